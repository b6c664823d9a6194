// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_STATUS_H_
#define LOOPDOCK_SERVICES_COMMON_STATUS_H_

// How an error is made and read: an absl::Status whose payloads are the messages of google.rpc,
// keyed by their type URL, so that the gRPC shell passes them on unchanged.
// Thread safety: free functions are safe from any thread; FieldViolations is for one thread.
// Limits: a message and each text of a detail longer than 1,000 bytes is cut between two
// characters, a reason is at most 63 characters, and at most 100 field violations are kept. Bytes
// that are not UTF-8 become U+FFFD.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::common {

// `reason` is one of services/common/reasons.h; `message` is a sentence that says what to do; the
// dynamic parts of the message are repeated in `metadata` for programs.
absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::initializer_list<std::pair<std::string_view, std::string>> metadata = {});

// FAILED_PRECONDITION with a google.rpc.PreconditionFailure: `rule` such as "R-05", `subject` the
// name of the resource, `description` what would make the call possible.
absl::Status PreconditionError(
    std::string_view reason, std::string_view message, std::string_view rule,
    std::string_view subject, std::string_view description,
    std::initializer_list<std::pair<std::string_view, std::string>> metadata = {});

// RESOURCE_EXHAUSTED with reason OVERLOADED and a google.rpc.RetryInfo.
absl::Status Overloaded(std::string_view message,
                        absl::Duration retry_after = absl::Milliseconds(200));

// The same status with a google.rpc.RetryInfo added.
absl::Status WithRetry(absl::Status status, absl::Duration retry_after);

// "" when the status is OK or carries no google.rpc.ErrorInfo.
std::string ReasonOf(const absl::Status& status);

// "" when there is no such metadata.
std::string MetadataOf(const absl::Status& status, std::string_view key);

// How long to wait before the call may be sent again; nothing when it may not.
absl::StatusOr<absl::Duration> RetryAfterOf(const absl::Status& status);

// {"reason":...,"message":...} as the command line prints it; "null" when OK. The reason of a
// status without one is the name of its code.
std::string ErrorJson(const absl::Status& status);

// Collects every bad field of a request, so that all are named at once.
class FieldViolations {
 public:
  void Add(std::string_view field, std::string_view description);
  bool empty() const { return violations_.empty(); }
  // OK when empty, else INVALID_ARGUMENT INVALID_FIELDS with a google.rpc.BadRequest.
  absl::Status ToStatus() const;

 private:
  std::vector<std::pair<std::string, std::string>> violations_;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_STATUS_H_
