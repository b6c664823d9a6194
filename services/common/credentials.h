// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CREDENTIALS_H_
#define LOOPDOCK_SERVICES_COMMON_CREDENTIALS_H_

// What a service of ours sends along when it calls another.
// Thread safety: every function is safe from any thread; a ClientContext is for one call.

#include <grpcpp/client_context.h>

#include <string>

#include "absl/time/time.h"
#include "services/common/caller.h"

namespace loopdock::common {

// For a person: forwards token, station, trace and what is left of the deadline less 50 ms.
void Authorize(grpc::ClientContext& context, const Caller& caller);

// For a service's own work: the token of role service (Host::service_token()); a unary call gets
// `timeout`, a stream none (InfiniteDuration).
void AuthorizeAsService(grpc::ClientContext& context, const std::string& service_token,
                        absl::Duration timeout = absl::Seconds(10));

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CREDENTIALS_H_
