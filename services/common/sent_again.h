// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_SENT_AGAIN_H_
#define LOOPDOCK_SERVICES_COMMON_SENT_AGAIN_H_

// Which errors leave open whether a change was made.
// Thread safety: pure function.

#include "absl/status/status.h"

namespace loopdock::common {

// After these the same request is sent again under the same request_id, and has its effect once.
// INTERNAL is none of them: a bug that answers one request would hold up all behind it for ever.
inline bool IsSentAgain(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsResourceExhausted(status) ||
         absl::IsDeadlineExceeded(status) || absl::IsAborted(status) || absl::IsCancelled(status);
}

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_SENT_AGAIN_H_
