// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_GUARD_H_
#define LOOPDOCK_SERVICES_COMMON_GUARD_H_

// The guard that every handler passes through: the rule of a method, read from its option
// (loopdock.common.v1.access), and the judgement of one call by it.
// Thread safety: MethodRule is constant; Guard is safe from any thread.
// Ownership: a Guard keeps references to principals and clock, which must outlive it.
// Errors: UNAUTHENTICATED, PERMISSION_DENIED (PERMISSION_DENIED, SITE_DENIED), INVALID_ARGUMENT
// (REQUEST_ID_INVALID, DEADLINE_TOO_LONG, TOO_LARGE); FAILED_PRECONDITION METHOD_UNGUARDED at
// start.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/caller.h"
#include "services/common/clock.h"
#include "services/common/principals.h"

namespace loopdock::common {

// What one method demands.
struct MethodRule {
  std::string service;  // "loopdock.inventory.v1.InventoryService"
  std::string method;   // "GetAsset"
  RoleSet roles;
  bool write = false;
  bool client_streaming = false;
  bool server_streaming = false;
  // Null for READ, and where each message carries a command that has its own.
  const google::protobuf::FieldDescriptor* request_id = nullptr;

  bool streaming() const { return client_streaming || server_streaming; }
};

// METHOD_UNGUARDED when the method has no access rule, no role, no effect, or is a WRITE without a
// request id.
absl::StatusOr<MethodRule> RuleOf(const google::protobuf::MethodDescriptor& method);

// What the guard reads of a call, apart from its message.
struct CallFacts {
  std::string_view authorization;  // metadata `authorization`
  std::string_view station;        // metadata `loopdock-station`
  std::string_view traceparent;    // metadata `traceparent`
  absl::Time deadline = absl::InfiniteFuture();
};

class Guard {
 public:
  Guard(Principals& principals, const Clock& clock, absl::Duration deadline_max)
      : principals_(principals), clock_(clock), deadline_max_(deadline_max) {}

  // Token, role, station and deadline. A unary call without a deadline gets the longest one.
  absl::StatusOr<Caller> Admit(const MethodRule& rule, const CallFacts& facts) const;

  // PERMISSION_DENIED when the caller has none of the method's roles.
  static absl::Status CheckRoles(const MethodRule& rule, const Caller& caller);

  // Request id and sites of one message; a stream has every message checked. In an upload (many
  // messages, one response) only the `first` message must carry the request id.
  absl::Status CheckMessage(const MethodRule& rule, const Caller& caller,
                            const google::protobuf::Message& message, bool first = true) const;

 private:
  Principals& principals_;
  const Clock& clock_;
  const absl::Duration deadline_max_;
};

// "" when the method changes nothing.
std::string RequestIdOf(const MethodRule& rule, const google::protobuf::Message& message);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_GUARD_H_
