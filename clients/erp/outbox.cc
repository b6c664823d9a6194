// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/outbox.h"

#include "absl/strings/str_cat.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::erp {
namespace {

using inventory::v1::InventoryService;
namespace v1 = inventory::v1;

// Whether the server has judged the row itself; else it may be sent again as it is.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return true;
    default:
      return false;
  }
}

absl::Status ReadBody(const std::string& body, google::protobuf::Message* message) {
  const absl::Status read = common::JsonToProto(body, message);
  if (read.ok()) return read;
  return common::Error(absl::StatusCode::kInvalidArgument, "OUTBOX_BODY_INVALID",
                       absl::StrCat("body is no JSON of a ", message->GetDescriptor()->name(), ": ",
                                    std::string(read.message())));
}

}  // namespace

Outbox::Outbox(const client::Connection* connection, Database* database, std::string site,
               Report report)
    : connection_(connection),
      database_(database),
      stub_(InventoryService::NewStub(connection->channel())),
      site_(std::move(site)),
      report_(std::move(report)) {}

absl::StatusOr<std::unique_ptr<Outbox::Item>> Outbox::Next() {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  const auto rows = database_->Query(
      "SELECT id, kind, external_ref, body, state, request_id, resource FROM outbox"
      " WHERE state IN ('new', 'sending') ORDER BY id LIMIT 1");
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::unique_ptr<Item>();
  const Cells& row = rows->front();
  auto item = std::make_unique<Item>(
      Item{Number(row[0]), Text(row[1]), Text(row[2]), Text(row[3]), Text(row[5]), Text(row[6])});
  if (Text(row[4]) == "new") item->request_id = common::NewUuidV7();
  auto status = database_->Run(
      "UPDATE outbox SET state = 'sending', request_id = ?, attempts = attempts + 1 WHERE id = ?",
      {item->request_id, item->id});
  if (status.ok()) status = (*transaction)->Commit();
  if (!status.ok()) return status;
  report_(absl::StrCat("outbox ", item->id, " sending ", item->request_id));
  return item;
}

absl::StatusOr<bool> Outbox::SendNext() {
  const auto next = Next();
  if (!next.ok()) return next.status();
  if (*next == nullptr) return false;
  const Item& item = **next;
  const auto answer = Send(item);
  absl::Status kept;
  if (answer.ok()) {
    kept = Answered(item, *answer);
  } else if (!item.resource.empty() && common::ReasonOf(answer.status()) == "EXTERNAL_REF_TAKEN" &&
             common::MetadataOf(answer.status(), "name") == item.resource) {
    // The server has forgotten the answer, as it may after 90 days, but not what it made.
    kept = Answered(item, {item.resource, ""});
  } else if (IsRefusal(answer.status())) {
    kept = Refused(item, answer.status());
  } else {
    kept = Waits(item, answer.status());
    if (kept.ok()) return answer.status();
  }
  if (!kept.ok()) return kept;
  return true;
}

absl::StatusOr<Outbox::Answer> Outbox::Send(const Item& item) {
  return item.kind == "business_partner" ? SendParty(item) : SendLoad(item);
}

absl::StatusOr<Outbox::Answer> Outbox::SendParty(const Item& item) {
  v1::CreatePartyRequest request;
  if (auto read = ReadBody(item.body, request.mutable_party()); !read.ok()) return read;
  request.mutable_party()->set_external_ref(item.external_ref);
  request.set_request_id(item.request_id);
  const auto made = connection_->Ask(*stub_, &InventoryService::Stub::CreateParty, request);
  if (!made.ok()) return made.status();
  const auto json = common::ProtoToJson(*made);
  if (!json.ok()) return json.status();
  return Answer{made->name(), *json};
}

absl::StatusOr<Outbox::Answer> Outbox::SendLoad(const Item& item) {
  v1::CreateLoadRequest request;
  if (auto read = ReadBody(item.body, request.mutable_load()); !read.ok()) return read;
  request.mutable_load()->set_external_ref(item.external_ref);
  request.set_site(site_);
  request.set_request_id(item.request_id);
  const auto made = connection_->Ask(*stub_, &InventoryService::Stub::CreateLoad, request);
  if (!made.ok()) return made.status();
  const auto json = common::ProtoToJson(*made);
  if (!json.ok()) return json.status();
  return Answer{made->name(), *json};
}

absl::Status Outbox::Answered(const Item& item, const Answer& answer) {
  auto status = database_->Run(
      "UPDATE outbox SET state = 'answered', resource = ?1, reason = '', message = '',"
      " answer = CASE ?2 WHEN '' THEN answer ELSE ?2 END WHERE id = ?3",
      {answer.resource, answer.json, item.id});
  if (status.ok()) report_(absl::StrCat("outbox ", item.id, " answered ", answer.resource));
  return status;
}

absl::Status Outbox::Refused(const Item& item, const absl::Status& why) {
  const std::string reason = common::ReasonOf(why);
  auto status =
      database_->Run("UPDATE outbox SET state = 'refused', reason = ?, message = ? WHERE id = ?",
                     {reason, std::string(why.message()), item.id});
  if (status.ok()) report_(absl::StrCat("outbox ", item.id, " refused ", reason));
  return status;
}

absl::Status Outbox::Waits(const Item& item, const absl::Status& why) {
  return database_->Run("UPDATE outbox SET reason = ?, message = ? WHERE id = ?",
                        {common::ReasonOf(why), std::string(why.message()), item.id});
}

}  // namespace loopdock::erp
