// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CONTAINER_LABEL_H_
#define LOOPDOCK_SERVICES_INTAKE_CONTAINER_LABEL_H_

// The label of a container from what the record knows of it, its load and its supplier.
// Thread safety: safe from any thread.
// Blocking: asks inventory up to three times, each at most kStepDeadline.
// Errors: inventory's, and those of core/zpl.h.

#include "absl/status/status.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/caller.h"

namespace loopdock::intake {

absl::Status RenderContainerLabel(inventory::v1::InventoryService::StubInterface& inventory,
                                  const common::Caller& caller,
                                  const v1::RenderContainerLabelRequest& request,
                                  v1::RenderContainerLabelResponse* response);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CONTAINER_LABEL_H_
