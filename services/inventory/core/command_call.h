// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_COMMAND_CALL_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_COMMAND_CALL_H_

// One request on its way through the committer.
// Thread safety: as storage/command.h.
// Ownership: request and response stay the caller's and must live until `done` has been called.

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/machine.h"
#include "services/storage/command.h"

namespace loopdock::inventory {

template <typename Request>
class CommandCall : public storage::Command {
 public:
  using Response = typename ResponseOf<Request>::Type;
  using Callback = std::function<void(const absl::Status&)>;
  CommandCall(Machine& machine, CommandContext context, const Request& request, Response* response,
              Callback done)
      : machine_(machine),
        context_(std::move(context)),
        request_(request),
        response_(response),
        done_(std::move(done)) {}

  void DeclareReads(storage::ReadSet& set) override {
    if (!context_.validate_only) {
      set.Add(kResponses, ResponseKey(machine_.site(), context_.request_id));
    }
    Reads reads(set, machine_.site());
    inventory::DeclareReads(request_, reads);
  }

  absl::Status Apply(storage::View& view, storage::Changes& changes) override {
    return machine_.Apply(context_, view, changes, response_,
                          [this](Step& step) { return ApplyCommand(request_, step, response_); });
  }

  void Done(const absl::Status& outcome) override { done_(outcome); }

 private:
  Machine& machine_;
  const CommandContext context_;
  const Request& request_;
  Response* const response_;
  const Callback done_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_COMMAND_CALL_H_
