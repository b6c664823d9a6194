// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/resources.h"

#include <deque>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clients/erp/rows.h"
#include "services/common/grpc_status.h"
#include "services/common/names.h"

namespace loopdock::erp {
namespace {

constexpr int kUnderWayMax = 64;
constexpr absl::Duration kPatience = absl::Seconds(30);

using Async = v1::InventoryService::StubInterface::async_interface;

// One question and its answer.
template <typename Request, typename Response>
struct Question {
  grpc::ClientContext context;
  Request request;
  Response response;
  absl::Status status;
};

template <typename Request, typename Response>
using Method = void (Async::*)(grpc::ClientContext*, const Request*, Response*,
                               std::function<void(grpc::Status)>);

// Chooses the method's form with a callback.
template <typename Request, typename Response>
Method<Request, Response> Of(Method<Request, Response> method) {
  return method;
}

// Asks for every name; `take` gets the name with the answer, or with none when nothing has it.
template <typename Request, typename Response, typename TakeFn>
absl::Status AskAll(const client::Connection& connection, Async& async,
                    Method<Request, Response> method, const std::set<std::string>& names,
                    TakeFn&& take) {
  std::deque<Question<Request, Response>> questions;
  absl::Mutex mutex;
  int under_way = 0;
  const auto room = [&under_way] { return under_way < kUnderWayMax; };
  for (const std::string& name : names) {
    auto& question = questions.emplace_back();
    question.request.set_name(name);
    connection.Authorize(question.context);
    question.context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    {
      absl::MutexLock lock(&mutex);
      mutex.Await(absl::Condition(&room));
      ++under_way;
    }
    (async.*method)(&question.context, &question.request, &question.response,
                    [&question, &mutex, &under_way](grpc::Status status) {
                      absl::MutexLock lock(&mutex);
                      question.status = common::FromGrpc(status);
                      --under_way;
                    });
  }
  {
    const auto over = [&under_way] { return under_way == 0; };
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&over));
  }
  for (const auto& question : questions) {
    // Free text can look like a name; it names nothing then.
    const bool nothing =
        absl::IsNotFound(question.status) || absl::IsInvalidArgument(question.status);
    if (!nothing && !question.status.ok()) return question.status;
    take(question.request.name(), nothing ? nullptr : &question.response);
  }
  return absl::OkStatus();
}

// The names of each collection.
using Names = std::map<std::string, std::set<std::string>>;

Names Sort(const std::set<std::string>& names) {
  Names sorted;
  for (const std::string& text : names) {
    const auto name = common::ParseName(text);
    if (name.ok()) sorted[name->collection].insert(text);
  }
  return sorted;
}

// Asks for the names of one collection; what each stands for goes to `found`.
template <typename Request, typename Response>
absl::Status FetchRows(const client::Connection& connection, Async& async,
                       Method<Request, Response> method, const std::set<std::string>& names,
                       const char* table, const char* key_column, std::vector<Resource>* found) {
  return AskAll(connection, async, method, names,
                [&](const std::string& name, const Response* response) {
                  found->push_back({name, table, key_column, {}});
                  if (response != nullptr) found->back().rows = RowsOf(*response);
                });
}

}  // namespace

Resources::Resources(const client::Connection* connection)
    : connection_(connection), stub_(v1::InventoryService::NewStub(connection->channel())) {}

absl::StatusOr<std::vector<Resource>> Resources::Fetch(const std::set<std::string>& names) {
  Names sorted = Sort(names);
  Async& async = *stub_->async();
  std::vector<Resource> found;
  absl::Status status = AskAll(*connection_, async, Of(&Async::GetSession), sorted["sessions"],
                               [&sorted](const std::string&, const v1::ReceivingSession* session) {
                                 if (session != nullptr) sorted["loads"].insert(session->load());
                               });
  const auto fetch = [&](auto method, const char* collection, const char* table,
                         const char* key_column) {
    if (!status.ok()) return;
    status = FetchRows(*connection_, async, method, sorted[collection], table, key_column, &found);
  };
  fetch(Of(&Async::GetParty), "parties", "business_partners", "business_partner");
  fetch(Of(&Async::GetLocation), "locations", "bins", "bin");
  fetch(Of(&Async::GetContainer), "containers", "containers", "container");
  fetch(Of(&Async::GetLoad), "loads", "goods_receipts", "goods_receipt");
  fetch(Of(&Async::GetAsset), "assets", "items", "item");
  fetch(Of(&Async::GetLot), "lots", "lots", "lot");
  fetch(Of(&Async::GetShipment), "shipments", "delivery_notes", "delivery_note");
  if (!status.ok()) return status;
  return found;
}

}  // namespace loopdock::erp
