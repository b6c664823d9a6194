// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/manifest_client.h"

#include <algorithm>

#include "loopdock/intake/v1/intake.grpc.pb.h"

namespace loopdock::client {
namespace {

constexpr std::size_t kPartBytes = std::size_t{256} << 10;

}  // namespace

absl::StatusOr<intake::v1::ImportManifestResponse> ImportManifest(
    const Connection& connection, const std::string& request_id,
    const intake::v1::ManifestHeader& header, std::string_view bytes,
    const std::function<void(std::size_t)>& sent) {
  const auto stub = intake::v1::IntakeService::NewStub(connection.channel());
  intake::v1::ImportManifestResponse response;
  const absl::Status status = connection.Call([&](grpc::ClientContext& context) {
    response.Clear();
    const auto writer = stub->ImportManifest(&context, &response);
    intake::v1::ImportManifestRequest part;
    part.set_request_id(request_id);
    *part.mutable_header() = header;
    part.mutable_header()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    for (std::size_t at = 0; at < bytes.size() || part.has_header(); at += kPartBytes) {
      const std::string_view data = bytes.substr(std::min(at, bytes.size()), kPartBytes);
      part.set_data(std::string(data));
      if (!writer->Write(part)) break;  // Finish says why.
      part.Clear();
      if (sent) sent(data.size());
    }
    writer->WritesDone();
    return writer->Finish();
  });
  if (!status.ok()) return status;
  return response;
}

}  // namespace loopdock::client
