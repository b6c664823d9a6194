// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_GRPC_STATUS_H_
#define LOOPDOCK_SERVICES_COMMON_GRPC_STATUS_H_

// absl::Status inside, grpc::Status with a google.rpc.Status in `grpc-status-details-bin` outside.
// Thread safety: every function is safe from any thread.
// Limits: details beyond 6,000 bytes are left out but for the ErrorInfo (gRPC's own limit on
// metadata is 8 KiB).

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "services/common/rpc_status.h"

namespace loopdock::common {

// Every error gets an ErrorInfo: one without a reason gets the name of its code.
grpc::Status ToGrpc(const absl::Status& status);

// The payloads come back as they were; an error of the transport gets an ErrorInfo too.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_GRPC_STATUS_H_
