// SPDX-License-Identifier: Apache-2.0
#include "services/common/rpc_status.h"

#include <google/rpc/error_details.pb.h>

#include <string>

#include "absl/strings/cord.h"
#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::common {
namespace {

constexpr char kErrorInfo[] = "type.googleapis.com/google.rpc.ErrorInfo";

absl::Status WithReason(const absl::Status& status) {
  if (status.ok() || !ReasonOf(status).empty()) return status;
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = FindReason(code) != nullptr ? code : "INTERNAL";
  absl::Status named = Error(status.code(), reason, std::string(status.message()));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    if (type_url != kErrorInfo) named.SetPayload(type_url, payload);
  });
  return named;
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& bare, bool error_info_only) {
  const absl::Status status = WithReason(bare);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(
      CleanUtf8(std::string_view(status.message().data(), status.message().size())));
  status.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    if (error_info_only && type_url != kErrorInfo) return;
    auto* detail = details.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(payload));
  });
  return details;
}

absl::Status FromRpcStatus(const google::rpc::Status& status) {
  if (status.code() == 0) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.code()), status.message());
  for (const auto& detail : status.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return WithReason(result);
}

}  // namespace loopdock::common
