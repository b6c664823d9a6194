// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_BATCH_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_BATCH_H_

// Commands by their kind: those of a stream, one after the other, and those of a batch, all or
// nothing or each for itself.
// Thread safety: free functions, safe from any thread.
// Ownership: inventory, request and answer must live until `done` has been called.
// Blocking: never; `done` comes from the committer, or at once for what is refused at once.
// Durability: as Inventory::Submit.
// Errors: those of each command. A BEST_EFFORT batch has them in its results; an ATOMIC batch is
// refused with the first, whose metadata `row` says which command it was, counted from 0.
// Limits: kBatchCommandsMax commands; an ATOMIC batch is one entry of the feed with the bounds of
// machine.h.

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/inventory/core/inventory.h"

namespace loopdock::inventory {

inline constexpr int kBatchCommandsMax = 1000;

// Whether the sender may use a method, such as "RecordScan".
using MayUse = std::function<absl::Status(std::string_view method)>;

// The method that a command calls; "" for one of no kind.
std::string_view MethodOf(const v1::Command& command);

// Sends one command; its outcome is in the result as well. Commands that are submitted one after
// the other are applied in that order.
void SubmitCommand(Inventory& inventory, const Sender& sender, const v1::Command& command,
                   const MayUse& may_use, v1::CommandResult* result, Inventory::Callback done);

// OK when the batch was carried out, even where single commands of a BEST_EFFORT batch were
// refused.
void SubmitBatch(Inventory& inventory, const Sender& sender, const v1::ExecuteBatchRequest& request,
                 const MayUse& may_use, v1::ExecuteBatchResponse* response,
                 Inventory::Callback done);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_BATCH_H_
