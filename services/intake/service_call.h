// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_SERVICE_CALL_H_
#define LOOPDOCK_SERVICES_INTAKE_SERVICE_CALL_H_

// How intake asks another service on behalf of its caller, and puts a file into the evidence store.
// Thread safety: free functions, safe from any thread.
// Blocking: PutEvidence until it is kept, at most kStepDeadline where the caller has no deadline.
// Errors: the service's; UNAVAILABLE when it does not answer in a time that was ours.

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/common/v1/evidence.pb.h"
#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "services/common/caller.h"

namespace loopdock::intake {

// A stream has no deadline, but each of its steps has: a service that hangs must not hold up the
// station for ever.
inline constexpr absl::Duration kStepDeadline = absl::Seconds(30);

// The caller's token and deadline, or kStepDeadline.
void Forward(grpc::ClientContext& context, const common::Caller& caller);

// What a service answered; UNAVAILABLE where only the transport says that a call broke, since every
// error of ours carries details.
absl::Status FromService(const grpc::Status& answered);

// Where the deadline was ours, the same may be sent again: one request has one effect.
absl::Status AnswerOf(const grpc::Status& answered, const common::Caller& caller);

// `evidence` says what it is; its SHA-256 and size are filled in.
absl::Status PutEvidence(grading::v1::EvidenceService::StubInterface& store,
                         const common::Caller& caller, const std::string& site,
                         std::string_view bytes, loopdock::common::v1::EvidenceRef* evidence);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_SERVICE_CALL_H_
