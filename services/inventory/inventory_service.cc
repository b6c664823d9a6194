// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/inventory_service.h"

#include <memory>

#include "services/common/names.h"
#include "services/common/rpc_status.h"
#include "services/common/status.h"
#include "services/inventory/query/exports.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kCommandsInFlightMax = 256;  // of one stream
constexpr int kResultsTogetherMax = 64;
constexpr size_t kFeedEntriesMax = 256;
constexpr size_t kFeedBytesMax = size_t{256} << 10;
constexpr absl::Duration kHeartbeat = absl::Seconds(5);
// How soon a stream that waits for entries sees that nobody reads any more.
constexpr absl::Duration kFeedPatience = absl::Milliseconds(100);

// Methods that may read many rows.
constexpr bool IsLong(std::string_view method) {
  return method.starts_with("List") || method == "CountAssets" || method == "GetTimeline" ||
         method == "GetStateHash" || method == "GetReconciliation";
}

}  // namespace

#define LOOPDOCK_INVENTORY_COMMAND(method, response)                                           \
  grpc::ServerUnaryReactor* InventoryService::method(                                          \
      Context* context, const v1::method##Request* request, v1::response* answer) {            \
    return shell_.UnaryAsync(                                                                  \
        context, #method, *request, [&](const common::Caller& caller, common::Done done) {     \
          inventory_.Submit(Sender{caller.principal, caller.station}, *request, answer, done); \
        });                                                                                    \
  }
LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_COMMAND)
#undef LOOPDOCK_INVENTORY_COMMAND

#define LOOPDOCK_INVENTORY_QUERY(method, response)                                  \
  grpc::ServerUnaryReactor* InventoryService::method(                               \
      Context* context, const v1::method##Request* request, v1::response* answer) { \
    if constexpr (IsLong(#method)) {                                                \
      return shell_.UnaryBlocking(context, #method, *request,                       \
                                  [this, request, answer](const common::Caller&) {  \
                                    return queries_.Answer(*request, answer);       \
                                  });                                               \
    } else {                                                                        \
      return shell_.Unary(context, #method, *request, [&](const common::Caller&) {  \
        return queries_.Answer(*request, answer);                                   \
      });                                                                           \
    }                                                                               \
  }
LOOPDOCK_INVENTORY_QUERIES(LOOPDOCK_INVENTORY_QUERY)
#undef LOOPDOCK_INVENTORY_QUERY

grpc::ServerUnaryReactor* InventoryService::ExecuteBatch(Context* context,
                                                         const v1::ExecuteBatchRequest* request,
                                                         v1::ExecuteBatchResponse* answer) {
  return shell_.UnaryAsync(
      context, "ExecuteBatch", *request, [&](const common::Caller& caller, common::Done done) {
        SubmitBatch(inventory_, Sender{caller.principal, caller.station}, *request,
                    MayUseFor(caller), answer,
                    [this, caller, request, answer, done](const absl::Status& status) {
                      RecordRefusals(caller, *request, *answer);
                      done(status);
                    });
      });
}

void InventoryService::RecordRefusals(const common::Caller& caller,
                                      const v1::ExecuteBatchRequest& request,
                                      const v1::ExecuteBatchResponse& answer) {
  for (int i = 0; answer.refused_count() > 0 && i < answer.results_size(); ++i) {
    const v1::CommandResult& result = answer.results(i);
    const std::string_view method = MethodOf(request.commands(i));
    if (!result.has_error() || method.empty()) continue;
    shell_.RecordCarried(method, caller, result.request_id(),
                         common::FromRpcStatus(result.error()));
  }
}

MayUse InventoryService::MayUseFor(const common::Caller& caller) {
  return [this, &caller](std::string_view method) {
    // A command of no kind calls no method and is refused for that.
    return method.empty() ? absl::OkStatus() : shell_.CheckCarried(method, caller);
  };
}

void InventoryService::Carry(const common::Caller& caller, const absl::Status& checked,
                             v1::Command command, client::CommandPort::Answer answer) {
  struct Item {
    v1::Command command;
    v1::CommandResult result;
    client::CommandPort::Answer answer;
  };
  auto item =
      std::make_shared<Item>(Item{std::move(command), v1::CommandResult(), std::move(answer)});
  const auto may_use = [&](std::string_view method) {
    return checked.ok() ? MayUseFor(caller)(method) : checked;
  };
  SubmitCommand(inventory_, Sender{caller.principal, caller.station}, item->command, may_use,
                &item->result, [this, &caller, item](const absl::Status& status) {
                  const std::string_view method = MethodOf(item->command);
                  if (!status.ok() && !method.empty()) {
                    shell_.RecordCarried(method, caller, item->result.request_id(), status);
                  }
                  item->answer(std::move(item->result));
                });
}

grpc::ServerBidiReactor<v1::StreamCommandsRequest, v1::StreamCommandsResponse>*
InventoryService::StreamCommands(Context* context) {
  return shell_.BidiItems<v1::StreamCommandsRequest, v1::StreamCommandsResponse>(
      context, "StreamCommands", kCommandsInFlightMax,
      [this](const common::Caller& caller, const absl::Status& checked,
             v1::StreamCommandsRequest request, common::Reply<v1::StreamCommandsResponse> reply) {
        Carry(caller, checked, std::move(*request.mutable_command()),
              [reply = std::move(reply)](v1::CommandResult result) {
                v1::StreamCommandsResponse response;
                *response.add_results() = std::move(result);
                reply(std::move(response));
              });
      },
      [](v1::StreamCommandsResponse& into, v1::StreamCommandsResponse& from) {
        if (into.results_size() >= kResultsTogetherMax) return false;
        into.mutable_results()->AddAllocated(from.mutable_results()->ReleaseLast());
        return true;
      });
}

void InventoryService::Send(const common::Caller& caller, v1::Command command,
                            client::CommandPort::Answer answer) {
  const absl::Status checked = shell_.CheckHandedOver("StreamCommands", caller, command);
  Carry(caller, checked, std::move(command), std::move(answer));
}

grpc::ServerWriteReactor<v1::ExportResponse>* InventoryService::Export(
    Context* context, const v1::ExportRequest* request) {
  return shell_.ServerStream<v1::ExportResponse>(
      context, "Export", *request,
      [this, wanted = *request](const common::Caller&, common::Sink<v1::ExportResponse>& sink) {
        return inventory::Export(inventory_, index_, wanted, [&sink](v1::ExportResponse part) {
          return !sink.over() && sink.Write(std::move(part));
        });
      });
}

grpc::ServerWriteReactor<v1::TailFeedResponse>* InventoryService::TailFeed(
    Context* context, const v1::TailFeedRequest* request) {
  return shell_.ServerStream<v1::TailFeedResponse>(
      context, "TailFeed", *request,
      [this, wanted = *request](const common::Caller&, common::Sink<v1::TailFeedResponse>& sink) {
        return Tail(wanted, sink);
      });
}

v1::TailFeedResponse InventoryService::FeedMessage() const {
  v1::TailFeedResponse message;
  message.set_last_sequence(inventory_.last_sequence());
  message.set_epoch(inventory_.epoch());
  return message;
}

absl::Status InventoryService::Tail(const v1::TailFeedRequest& request,
                                    common::Sink<v1::TailFeedResponse>& sink) const {
  if (request.site() != common::SiteName(inventory_.site())) return NotFound(request.site());
  if (request.from_sequence() < 1) {
    return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                         "from_sequence must be at least 1.");
  }
  if (!request.epoch().empty() && request.epoch() != inventory_.epoch()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "FEED_EPOCH_CHANGED",
                         "The feed was restored from a backup since you read it; forget what you "
                         "derived from it and begin again at 1 without epoch.",
                         {{"epoch", inventory_.epoch()}});
  }
  if (request.from_sequence() > inventory_.last_sequence() + 1) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "FEED_POSITION_AHEAD",
        Cat("The feed ends at ", inventory_.last_sequence(), "; ask for at most the next entry."),
        {{"last_sequence", std::to_string(inventory_.last_sequence())}});
  }
  std::int64_t next = request.from_sequence();
  absl::Time spoken = absl::InfinitePast();
  while (!sink.over()) {
    auto entries = inventory_.ReadFeed(next, kFeedEntriesMax, kFeedBytesMax);
    if (!entries.ok()) return entries.status();
    const bool at_end = entries->empty();
    if (!at_end || absl::Now() - spoken >= kHeartbeat) {
      v1::TailFeedResponse message = FeedMessage();
      for (v1::FeedEntry& entry : *entries) *message.add_entries() = std::move(entry);
      next += message.entries_size();
      // Waits while the reader is slow, so that at most a few messages are in memory.
      if (!sink.Write(std::move(message))) break;
      spoken = absl::Now();
    }
    if (!at_end) continue;
    if (!request.follow()) break;
    inventory_.WaitForEntries(next - 1, kFeedPatience);
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
