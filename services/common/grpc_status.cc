// SPDX-License-Identifier: Apache-2.0
#include "services/common/grpc_status.h"

#include <string>

namespace loopdock::common {
namespace {

constexpr size_t kDetailsBytesMax = 6000;

}  // namespace

grpc::Status ToGrpc(const absl::Status& bare) {
  if (bare.ok()) return grpc::Status::OK;
  std::string details = ToRpcStatus(bare).SerializeAsString();
  if (details.size() > kDetailsBytesMax) details = ToRpcStatus(bare, true).SerializeAsString();
  if (details.size() > kDetailsBytesMax) details.clear();
  return grpc::Status(static_cast<grpc::StatusCode>(bare.code()), std::string(bare.message()),
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

}  // namespace loopdock::common
