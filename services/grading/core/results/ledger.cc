// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/ledger.h"

#include "absl/strings/numbers.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kDigestDigits = 24;  // 96 bits of the file's SHA-256
constexpr std::size_t kTimeBytes = 8;

std::string IdOf(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

std::string KeyOf(const v1::Result& result) {
  return SiteKey(common::SiteOf(result.name()), IdOf(result.name()));
}

// The result with its rows in the other tables.
void Put(const v1::Result& result, const std::string* delivery, storage::Changes& changes) {
  const std::string time_key = ResultTimeKey(result);
  changes.Put(kResultTable, KeyOf(result), result.SerializeAsString());
  if (WaitsForPerson(result)) {
    changes.Put(kResultWaitingTable, time_key, "");
  } else {
    changes.Delete(kResultWaitingTable, time_key);
  }
  if (!IsInOutbox(result)) {
    changes.Delete(kResultOutboxTable, time_key);
  } else if (delivery != nullptr) {
    changes.Put(kResultOutboxTable, time_key, *delivery);
  }
}

void Touch(storage::View& view, v1::Result* result) {
  std::int64_t version = 0;
  if (!absl::SimpleAtoi(result->etag(), &version)) version = 0;
  result->set_etag(std::to_string(version + 1));
  *result->mutable_update_time() = common::ToProto(view.server_time());
}

// The remembered answer to the request id, or nothing; an error when it was for other content.
absl::StatusOr<std::optional<std::string>> Remembered(storage::View& view,
                                                      const ChangeContext& context) {
  auto row = view.Get(kResultResponseTable, SiteKey(context.site, context.request_id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::nullopt;
  auto remembered = DecodeResponse(**row);
  if (!remembered.ok()) return remembered.status();
  if (remembered->hash != context.request_hash) {
    return common::Error(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                         "This request_id was used for other content. Make a new one.");
  }
  return std::move(remembered->response);
}

}  // namespace

std::string ResultId(std::string_view file_sha256, std::size_t index) {
  return Cat(file_sha256.substr(0, kDigestDigits), "-", common::CounterName(index + 1));
}

std::string ResultTimeKey(const v1::Result& result) {
  const auto micros =
      static_cast<std::uint64_t>(absl::ToUnixMicros(common::FromProto(result.create_time())));
  std::string rest;
  for (int shift = 56; shift >= 0; shift -= 8) {
    rest.push_back(static_cast<char>((micros >> shift) & 0xff));
  }
  return SiteKey(common::SiteOf(result.name()), rest + IdOf(result.name()));
}

std::string ResultKeyOf(std::string_view time_key) {
  const std::size_t zero = time_key.find('\0');
  if (zero == std::string_view::npos || time_key.size() < zero + 1 + kTimeBytes) return "";
  return SiteKey(time_key.substr(0, zero), time_key.substr(zero + 1 + kTimeBytes));
}

absl::Status NoSuchResult(std::string_view name) {
  return common::Error(absl::StatusCode::kNotFound, "RESULT_NOT_FOUND",
                       Cat("There is no result '", name, "'."), {{"name", std::string(name)}});
}

absl::StatusOr<v1::Result> ParseResult(std::string_view row, std::string_view name) {
  v1::Result result;
  if (result.ParseFromArray(row.data(), static_cast<int>(row.size()))) return result;
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       Cat("The record of ", name, " cannot be read. Run fsck."));
}

bool WaitsForPerson(const v1::Result& result) {
  return result.state() == v1::RESULT_STATE_WAITING || result.state() == v1::RESULT_STATE_REFUSED;
}

bool IsInOutbox(const v1::Result& result) {
  return result.state() == v1::RESULT_STATE_MATCHED || result.state() == v1::RESULT_STATE_REFUSED;
}

void KeepResultsCommand::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kResultResponseTable, SiteKey(context_.site, context_.request_id));
  for (const PreparedResult& prepared : part_) reads.Add(kResultTable, KeyOf(prepared.result));
}

absl::Status KeepResultsCommand::Apply(storage::View& view, storage::Changes& changes) {
  const auto remembered = Remembered(view, context_);
  if (!remembered.ok()) return remembered.status();
  kept_.clear();
  existing_ = 0;
  for (PreparedResult& prepared : part_) {
    v1::Result& result = prepared.result;
    auto row = view.Get(kResultTable, KeyOf(result));
    if (!row.ok()) return row.status();
    if (row->has_value()) {
      auto here = ParseResult(**row, result.name());
      if (!here.ok()) return here.status();
      ++existing_;
      kept_.push_back(*std::move(here));
      continue;
    }
    *result.mutable_create_time() = common::ToProto(view.server_time());
    Touch(view, &result);
    const std::string delivery = prepared.delivery.SerializeAsString();
    Put(result, &delivery, changes);
    kept_.push_back(result);
  }
  changes.Put(kResultResponseTable, SiteKey(context_.site, context_.request_id),
              EncodeResponse({context_.request_hash, ""}));
  return absl::OkStatus();
}

void SettleResultCommand::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kResultResponseTable, SiteKey(context_.site, context_.request_id));
  reads.Add(kResultTable, SiteKey(context_.site, settlement_.result_id));
}

absl::Status SettleResultCommand::Apply(storage::View& view, storage::Changes& changes) {
  const std::string name = common::FormatName(context_.site, "results", settlement_.result_id);
  const auto remembered = Remembered(view, context_);
  if (!remembered.ok()) return remembered.status();
  if (remembered->has_value()) {
    auto first = ParseResult(**remembered, name);
    if (first.ok()) result_ = *std::move(first);
    return first.status();
  }
  auto row = view.Get(kResultTable, SiteKey(context_.site, settlement_.result_id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return NoSuchResult(name);
  auto result = ParseResult(**row, name);
  if (!result.ok()) return result.status();
  if (!WaitsForPerson(*result)) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "RESULT_SETTLED",
                         Cat(name, " is ", v1::ResultState_Name(result->state()),
                             " and does not wait for a person."),
                         {{"name", name}, {"state", v1::ResultState_Name(result->state())}});
  }
  if (result->etag() != settlement_.etag) {
    return common::Error(absl::StatusCode::kAborted, "RESULT_CHANGED",
                         Cat(name, " has changed since it was looked at. Look at it again."),
                         {{"name", name}, {"etag", result->etag()}});
  }
  const google::protobuf::Timestamp created = result->create_time();
  std::string delivery;
  if (settlement_.dismiss_reason.empty()) {
    *result = settlement_.match.result;
    delivery = settlement_.match.delivery.SerializeAsString();
  } else {
    result->set_state(v1::RESULT_STATE_DISMISSED);
    result->set_dismiss_reason(settlement_.dismiss_reason);
  }
  *result->mutable_create_time() = created;
  result->set_actor(context_.actor);
  Touch(view, &*result);
  Put(*result, &delivery, changes);
  changes.Put(kResultResponseTable, SiteKey(context_.site, context_.request_id),
              EncodeResponse({context_.request_hash, result->SerializeAsString()}));
  result_ = *std::move(result);
  return absl::OkStatus();
}

void DeliveredCommand::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kResultTable, ResultKeyOf(outbox_key_));
}

absl::Status DeliveredCommand::Apply(storage::View& view, storage::Changes& changes) {
  auto row = view.Get(kResultTable, ResultKeyOf(outbox_key_));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return NoSuchResult("of an outbox row");
  auto result = ParseResult(**row, "an outbox row");
  if (!result.ok()) return result.status();
  if (answer_.recorded) {
    // Whatever a person did meanwhile: inventory has it.
    result->set_state(v1::RESULT_STATE_RECORDED);
    result->set_asset(answer_.asset);
    result->clear_explanation();
    result->set_functional(answer_.functional);
    result->set_functional_gap(answer_.functional_gap);
  } else {
    if (!IsInOutbox(*result)) return absl::OkStatus();
    result->set_state(v1::RESULT_STATE_REFUSED);
    result->set_explanation(answer_.explanation);
  }
  Touch(view, &*result);
  Put(*result, nullptr, changes);
  return absl::OkStatus();
}

}  // namespace loopdock::grading
