// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_COMMAND_PORT_H_
#define LOOPDOCK_CLIENTS_CPP_COMMAND_PORT_H_

// Commands for an inventory of the same process, without a call between: what
// InventoryService.StreamCommands does, behind the same guard.
// Thread safety: safe from any thread.
// Ownership: the caller must live until the answer is given.
// Blocking: Send never waits; `answer` may be called before it returns.
// Errors: those of the command, in its result.

#include <functional>

#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/common/caller.h"

namespace loopdock::client {

class CommandPort {
 public:
  using Answer = std::function<void(inventory::v1::CommandResult)>;
  virtual ~CommandPort() = default;
  // Commands that one thread sends are applied in their order.
  virtual void Send(const common::Caller& caller, inventory::v1::Command command,
                    Answer answer) = 0;
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_COMMAND_PORT_H_
