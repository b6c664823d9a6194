// SPDX-License-Identifier: Apache-2.0
#include "services/common/grpc_status.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

#include <string>

#include "absl/strings/cord.h"
#include "services/common/reasons.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::common {
namespace {

constexpr size_t kDetailsBytesMax = 6000;
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

google::rpc::Status Details(const absl::Status& status, bool error_info_only) {
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

}  // namespace

grpc::Status ToGrpc(const absl::Status& bare) {
  if (bare.ok()) return grpc::Status::OK;
  const absl::Status status = WithReason(bare);
  std::string details = Details(status, false).SerializeAsString();
  if (details.size() > kDetailsBytesMax) details = Details(status, true).SerializeAsString();
  if (details.size() > kDetailsBytesMax) details.clear();
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
                      details);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) details.Clear();
  details.set_code(static_cast<int>(status.error_code()));
  details.set_message(status.error_message());
  return FromRpcStatus(details);
}

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  return Details(WithReason(status), false);
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
