// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/raw_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace loopdock::bench {
namespace {

constexpr size_t kStreamInFlightMax = 256;  // as a stream of commands
constexpr int kAnswersTogetherMax = 64;

size_t Bytes(std::int64_t wanted) {
  return static_cast<size_t>(std::clamp<std::int64_t>(wanted, 8, kRawRowBytesMax));
}

// The payload that makes a response of that many bytes; its tag and length take three.
std::string Payload(std::int64_t response_bytes) {
  return std::string(Bytes(response_bytes) - 3, 'p');
}

}  // namespace

storage::StoreOptions RawStoreOptions() {
  storage::StoreOptions options;
  options.name = "bench";
  storage::TableSpec table;
  table.id = kRawTable;
  table.name = "rows";
  options.tables = {table};
  return options;
}

absl::Status RawCommand::Apply(storage::View&, storage::Changes& changes) {
  static const std::string kFill(kRawRowBytesMax, 'v');
  char key[8];
  const std::uint64_t number = ++*next_key_;
  for (int i = 0; i < 8; ++i) key[i] = static_cast<char>(number >> (56 - 8 * i));
  changes.Put(kRawTable, std::string_view(key, sizeof key),
              std::string_view(kFill).substr(0, row_bytes_ - sizeof key));
  return absl::OkStatus();
}

void RawService::Submit(const v1::PutRequest& request, const RawCommand::Callback& done) {
  const absl::Status submitted =
      committer_.Submit(std::make_unique<RawCommand>(&next_key_, Bytes(request.row_bytes()), done));
  if (!submitted.ok()) done(submitted);
}

grpc::ServerUnaryReactor* RawService::Put(grpc::CallbackServerContext* context,
                                          const v1::PutRequest* request,
                                          v1::PutResponse* response) {
  return shell_.UnaryAsync(
      context, "Put", *request, [&](const common::Caller&, const common::Done& done) {
        Submit(*request, [request, response, done](const absl::Status& status) {
          response->set_payload(Payload(request->response_bytes()));
          done(status);
        });
      });
}

grpc::ServerBidiReactor<v1::PutRequest, v1::PutResponses>* RawService::PutStream(
    grpc::CallbackServerContext* context) {
  return shell_.BidiItems<v1::PutRequest, v1::PutResponses>(
      context, "PutStream", kStreamInFlightMax,
      [this](const common::Caller&, const absl::Status& checked, const v1::PutRequest& request,
             const common::Reply<v1::PutResponses>& reply) {
        const auto answer = [reply, bytes = request.response_bytes()](const absl::Status& status) {
          v1::PutResponses responses;
          v1::PutResponse* response = responses.add_responses();
          if (status.ok()) response->set_payload(Payload(bytes));
          reply(std::move(responses));
        };
        if (!checked.ok()) return answer(checked);
        Submit(request, answer);
      },
      [](v1::PutResponses& into, v1::PutResponses& from) {
        if (into.responses_size() >= kAnswersTogetherMax) return false;
        into.mutable_responses()->AddAllocated(from.mutable_responses()->ReleaseLast());
        return true;
      });
}

grpc::ServerUnaryReactor* RawService::PutBatch(grpc::CallbackServerContext* context,
                                               const v1::PutBatchRequest* request,
                                               v1::PutResponses* response) {
  return shell_.UnaryAsync(
      context, "PutBatch", *request, [&](const common::Caller&, const common::Done& done) {
        const int count = request->requests_size();
        auto missing = std::make_shared<std::atomic<int>>(count);
        std::vector<std::unique_ptr<storage::Command>> commands;
        for (const v1::PutRequest& put : request->requests()) {
          v1::PutResponse* answer = response->add_responses();
          commands.push_back(std::make_unique<RawCommand>(
              &next_key_, Bytes(put.row_bytes()),
              [missing, answer, done, bytes = put.response_bytes()](const absl::Status& status) {
                if (status.ok()) answer->set_payload(Payload(bytes));
                if (missing->fetch_sub(1) == 1) done(absl::OkStatus());
              }));
        }
        const absl::Status submitted = committer_.SubmitAll(std::move(commands));
        if (!submitted.ok()) done(submitted);
      });
}

}  // namespace loopdock::bench
