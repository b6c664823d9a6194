// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_PROTO_TIME_H_
#define LOOPDOCK_SERVICES_COMMON_PROTO_TIME_H_

// Between absl::Time and google.protobuf.Timestamp.
// Thread safety: free functions, safe from any thread.
// Limits: times outside the years 1 to 9999 become the nearest end of that range.

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "absl/time/time.h"

namespace loopdock::common {

inline google::protobuf::Timestamp ToProto(absl::Time time) {
  const absl::Time first = absl::FromUnixSeconds(-62135596800);
  const absl::Time last = absl::FromUnixSeconds(253402300799);
  const absl::Time kept = std::clamp(time, first, last);
  google::protobuf::Timestamp proto;
  const std::int64_t seconds = absl::ToUnixSeconds(kept);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<std::int32_t>(absl::ToInt64Nanoseconds(kept - absl::FromUnixSeconds(seconds))));
  return proto;
}

inline absl::Time FromProto(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_PROTO_TIME_H_
