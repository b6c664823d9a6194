// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_CALLER_H_
#define LOOPDOCK_SERVICES_COMMON_CALLER_H_

// Who calls: what the guard found out about one call, handed to every handler.
// Thread safety: constant after the guard made it; safe to read from any thread.
// Ownership: lives until the call is answered; copy what must live longer. `cancelled` must not
// be called after that.

#include <loopdock/common/v1/access.pb.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"

namespace loopdock::common {

// A set of roles, one bit each.
class RoleSet {
 public:
  RoleSet() = default;
  void Add(v1::Role role) { bits_ |= Bit(role); }
  bool Has(v1::Role role) const { return (bits_ & Bit(role)) != 0; }
  bool Intersects(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  bool empty() const { return bits_ == 0; }

 private:
  static std::uint32_t Bit(v1::Role role) { return std::uint32_t{1} << static_cast<int>(role); }
  std::uint32_t bits_ = 0;
};

struct Caller {
  std::string principal;           // the name in the principals file
  RoleSet roles;                   // of the principal
  std::vector<std::string> sites;  // ids; "*" stands for every site
  std::string station;             // metadata `loopdock-station`, "" when not given
  std::string token;               // forwarded to other services, never logged
  std::string traceparent;         // W3C trace context, "" when not given
  absl::Time deadline = absl::InfiniteFuture();
  std::function<bool()> cancelled = [] { return false; };

  bool HasRole(v1::Role role) const { return roles.Has(role); }

  bool MayUseSite(std::string_view site) const {
    for (const std::string& allowed : sites) {
      if (allowed == "*" || allowed == site) return true;
    }
    return false;
  }
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_CALLER_H_
