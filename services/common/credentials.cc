// SPDX-License-Identifier: Apache-2.0
#include "services/common/credentials.h"

#include "absl/time/clock.h"

namespace loopdock::common {
namespace {

constexpr absl::Duration kMargin = absl::Milliseconds(50);

}  // namespace

void Authorize(grpc::ClientContext& context, const Caller& caller) {
  context.AddMetadata("authorization", "Bearer " + caller.token);
  if (!caller.station.empty()) context.AddMetadata("loopdock-station", caller.station);
  if (!caller.traceparent.empty()) context.AddMetadata("traceparent", caller.traceparent);
  if (caller.deadline != absl::InfiniteFuture()) {
    context.set_deadline(absl::ToChronoTime(caller.deadline - kMargin));
  }
}

void AuthorizeAsService(grpc::ClientContext& context, const std::string& service_token,
                        absl::Duration timeout) {
  context.AddMetadata("authorization", "Bearer " + service_token);
  if (timeout != absl::InfiniteDuration()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  }
}

}  // namespace loopdock::common
