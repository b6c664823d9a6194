// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_RPC_STATUS_H_
#define LOOPDOCK_SERVICES_COMMON_RPC_STATUS_H_

// absl::Status inside, google.rpc.Status where an error stands in a message, such as one item's in
// a stream.
// Thread safety: every function is safe from any thread.

#include <google/rpc/status.pb.h>

#include "absl/status/status.h"

namespace loopdock::common {

// Every error gets an ErrorInfo: one without a reason gets the name of its code. The other details
// may be left out.
google::rpc::Status ToRpcStatus(const absl::Status& status, bool error_info_only = false);

// The payloads come back as they were; an error without an ErrorInfo gets one too.
absl::Status FromRpcStatus(const google::rpc::Status& status);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_RPC_STATUS_H_
