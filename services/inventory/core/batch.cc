// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/batch.h"

#include <google/rpc/error_details.pb.h>

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "services/common/ids.h"
#include "services/common/rpc_status.h"
#include "services/common/status.h"
#include "services/inventory/core/command_call.h"

namespace loopdock::inventory {
namespace {

using google::protobuf::FieldDescriptor;

const FieldDescriptor* KindOf(const v1::Command& command) {
  return v1::Command::descriptor()->FindFieldByNumber(command.kind_case());
}

// The field of a result that holds answers of this type.
const FieldDescriptor* AnswerField(const google::protobuf::Descriptor* type) {
  const auto* result = v1::CommandResult::descriptor();
  for (int i = 0; i < result->field_count(); ++i) {
    const FieldDescriptor* field = result->field(i);
    if (field->real_containing_oneof() != nullptr && field->message_type() == type) return field;
  }
  return nullptr;
}

// Calls visit(request, answer) with the command's request and the place for its answer.
template <typename VisitFn>
absl::Status Visit(const v1::Command& command, v1::CommandResult* result, const VisitFn& visit) {
  const auto request = [&]() -> const google::protobuf::Message& {
    return command.GetReflection()->GetMessage(command, KindOf(command));
  };
  const auto answer = [&](const FieldDescriptor* field) {
    return result->GetReflection()->MutableMessage(result, field);
  };
  switch (command.kind_case()) {
#define LOOPDOCK_INVENTORY_KIND(method, response)                                        \
  case v1::Command::k##method: {                                                         \
    static const FieldDescriptor* const field = AnswerField(v1::response::descriptor()); \
    return visit(static_cast<const v1::method##Request&>(request()),                     \
                 static_cast<v1::response*>(answer(field)));                             \
  }
    LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_KIND)
#undef LOOPDOCK_INVENTORY_KIND
    default:
      return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                           "A command says nothing to do; set one of its kinds.");
  }
}

// What a command says, and where it says nothing what its batch says.
CommandContext ContextInBatch(const Sender& sender, const v1::ExecuteBatchRequest& batch, int row,
                              CommandContext own) {
  if (own.request_id.empty()) {
    own.request_id = common::DerivedUuidV7(common::TimeOfUuidV7(batch.request_id()),
                                           Cat(batch.request_id(), "/", row));
  }
  if (!own.station_time.has_value() && batch.has_station_time()) {
    own.station_time = batch.station_time();
  }
  own.validate_only = own.validate_only || batch.validate_only();
  own.actor = sender.actor;
  own.station = sender.station;
  return own;
}

void Settle(const absl::Status& status, v1::CommandResult* result) {
  if (status.ok()) return;
  result->clear_answer();
  *result->mutable_error() = common::ToRpcStatus(status);
}

// The refusal of a command as that of the batch around it.
absl::Status AtRow(const absl::Status& status, int row) {
  constexpr char kErrorInfo[] = "type.googleapis.com/google.rpc.ErrorInfo";
  absl::Status named(status.code(), Cat("commands[", row, "]: ", std::string(status.message())));
  status.ForEachPayload([&](auto type, const absl::Cord& bytes) {
    google::rpc::ErrorInfo info;
    if (type == kErrorInfo && info.ParseFromString(std::string(bytes))) {
      (*info.mutable_metadata())["row"] = std::to_string(row);
      named.SetPayload(type, absl::Cord(info.SerializeAsString()));
    } else {
      named.SetPayload(type, bytes);
    }
  });
  return named;
}

// Each for itself: counts the answers that are missing.
struct BestEffort {
  BestEffort(int commands, v1::ExecuteBatchResponse* answers, Inventory::Callback callback)
      : missing(commands), response(answers), done(std::move(callback)) {}

  std::atomic<int> missing;
  v1::ExecuteBatchResponse* response;
  Inventory::Callback done;

  void Answered() {
    if (missing.fetch_sub(1) > 1) return;
    int refused = 0;
    for (const v1::CommandResult& result : response->results()) refused += result.has_error();
    response->set_refused_count(refused);
    done(absl::OkStatus());
  }
};

void SubmitBestEffort(Inventory& inventory, const Sender& sender,
                      const v1::ExecuteBatchRequest& batch, const MayUse& may_use,
                      v1::ExecuteBatchResponse* response, Inventory::Callback done) {
  // One more than commands, so that nobody answers before all are on their way.
  auto open = std::make_shared<BestEffort>(batch.commands_size() + 1, response, std::move(done));
  std::vector<std::unique_ptr<storage::Command>> calls;
  calls.reserve(static_cast<size_t>(batch.commands_size()));
  for (int row = 0; row < batch.commands_size(); ++row) {
    const v1::Command& command = batch.commands(row);
    v1::CommandResult* result = response->mutable_results(row);
    absl::Status made = may_use(MethodOf(command));
    if (made.ok()) {
      made = Visit(command, result, [&](const auto& request, auto* answer) {
        CommandContext context = ContextInBatch(sender, batch, row, ContextOf(sender, request));
        result->set_request_id(context.request_id);
        auto call = inventory.MakeCall(std::move(context), request, answer,
                                       [open, result](const absl::Status& status) {
                                         Settle(status, result);
                                         open->Answered();
                                       });
        if (call.ok()) calls.push_back(*std::move(call));
        return call.status();
      });
    }
    if (made.ok()) continue;
    Settle(made, result);
    open->missing.fetch_sub(1);
  }
  const absl::Status submitted = inventory.committer().SubmitAll(std::move(calls));
  if (!submitted.ok()) {
    open->done(submitted);
    return;
  }
  open->Answered();
}

// All or nothing: one command whose facts are those of all.
class AtomicCall : public storage::Command {
 public:
  AtomicCall(Machine& machine, CommandContext context, const v1::ExecuteBatchRequest& batch,
             v1::ExecuteBatchResponse* response, Inventory::Callback done)
      : machine_(machine),
        context_(std::move(context)),
        batch_(batch),
        response_(response),
        done_(std::move(done)) {}

  void DeclareReads(storage::ReadSet& set) override {
    if (!context_.validate_only) {
      set.Add(kResponses, ResponseKey(machine_.site(), context_.request_id));
    }
    Reads reads(set, machine_.site());
    v1::CommandResult unused;
    for (const v1::Command& command : batch_.commands()) {
      Visit(command, &unused, [&](const auto& request, auto*) {
        inventory::DeclareReads(request, reads);
        return absl::OkStatus();
      }).IgnoreError();
    }
  }

  absl::Status Apply(storage::View& view, storage::Changes& changes) override {
    return machine_.Apply(context_, view, changes, response_, [this](Step& step) {
      for (int row = 0; row < batch_.commands_size(); ++row) {
        const absl::Status applied = Visit(
            batch_.commands(row), response_->mutable_results(row),
            [&](const auto& request, auto* answer) { return ApplyCommand(request, step, answer); });
        if (!applied.ok()) return AtRow(applied, row);
      }
      return absl::OkStatus();
    });
  }

  void Done(const absl::Status& outcome) override {
    if (!outcome.ok()) response_->Clear();
    done_(outcome);
  }

 private:
  Machine& machine_;
  const CommandContext context_;
  const v1::ExecuteBatchRequest& batch_;
  v1::ExecuteBatchResponse* const response_;
  const Inventory::Callback done_;
};

absl::Status SubmitAtomic(Inventory& inventory, const Sender& sender,
                          const v1::ExecuteBatchRequest& batch, const MayUse& may_use,
                          v1::ExecuteBatchResponse* response, const Inventory::Callback& done) {
  for (int row = 0; row < batch.commands_size(); ++row) {
    const v1::Command& command = batch.commands(row);
    v1::CommandResult* result = response->mutable_results(row);
    absl::Status good = may_use(MethodOf(command));
    if (good.ok()) {
      good = Visit(command, result, [&](const auto& request, auto*) {
        const CommandContext context =
            ContextInBatch(sender, batch, row, ContextOf(sender, request));
        result->set_request_id(context.request_id);
        if (request.validate_only()) {
          return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                               "validate_only belongs to the batch, which is all or nothing.");
        }
        return inventory.CheckForms(context.request_id, request);
      });
    }
    if (!good.ok()) return AtRow(good, row);
  }
  CommandContext context = ContextOf(sender, batch);
  context.request_hash = HashRequest(batch);
  context.rows_max = kBatchRowsMax;
  return inventory.committer().Submit(
      std::make_unique<AtomicCall>(inventory.machine(), std::move(context), batch, response, done));
}

absl::Status CheckBatch(const Inventory& inventory, const v1::ExecuteBatchRequest& batch) {
  Form form(inventory.site());
  form.Check(batch.commands_size() > 0 && batch.commands_size() <= kBatchCommandsMax, "commands",
             Cat("must have 1 to ", kBatchCommandsMax, " entries"));
  form.Check(batch.mode() == v1::BATCH_MODE_ATOMIC || batch.mode() == v1::BATCH_MODE_BEST_EFFORT,
             "mode", "must be ATOMIC or BEST_EFFORT");
  if (absl::Status status = form.status(); !status.ok()) return status;
  return inventory.CheckRequest(batch.site(), batch.request_id());
}

}  // namespace

std::string_view MethodOf(const v1::Command& command) {
  switch (command.kind_case()) {
#define LOOPDOCK_INVENTORY_KIND(method, response) \
  case v1::Command::k##method:                    \
    return #method;
    LOOPDOCK_INVENTORY_COMMANDS(LOOPDOCK_INVENTORY_KIND)
#undef LOOPDOCK_INVENTORY_KIND
    default:
      return "";
  }
}

void SubmitCommand(Inventory& inventory, const Sender& sender, const v1::Command& command,
                   const MayUse& may_use, v1::CommandResult* result, Inventory::Callback done) {
  const auto finish = [result, done = std::move(done)](const absl::Status& status) {
    Settle(status, result);
    done(status);
  };
  absl::Status status = may_use(MethodOf(command));
  if (status.ok()) {
    status = Visit(command, result, [&](const auto& request, auto* answer) {
      result->set_request_id(request.request_id());
      auto call = inventory.MakeCall(ContextOf(sender, request), request, answer, finish);
      return call.ok() ? inventory.committer().Submit(*std::move(call)) : call.status();
    });
  }
  if (!status.ok()) finish(status);
}

void SubmitBatch(Inventory& inventory, const Sender& sender, const v1::ExecuteBatchRequest& request,
                 const MayUse& may_use, v1::ExecuteBatchResponse* response,
                 Inventory::Callback done) {
  absl::Status status = CheckBatch(inventory, request);
  if (status.ok()) {
    response->mutable_results()->Reserve(request.commands_size());
    for (int i = 0; i < request.commands_size(); ++i) response->add_results();
    if (request.mode() == v1::BATCH_MODE_BEST_EFFORT) {
      SubmitBestEffort(inventory, sender, request, may_use, response, std::move(done));
      return;
    }
    status = SubmitAtomic(inventory, sender, request, may_use, response, done);
  }
  if (!status.ok()) {
    response->Clear();
    done(status);
  }
}

}  // namespace loopdock::inventory
