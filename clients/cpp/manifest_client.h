// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_MANIFEST_CLIENT_H_
#define LOOPDOCK_CLIENTS_CPP_MANIFEST_CLIENT_H_

// Sends a manifest file to intake.
// Thread safety: free functions, safe from any thread.
// Blocking: until the manifest is active, or until the connection's timeout.
// Errors: the server's. A file with problems is no error: they stand in the response.
// Retries: as Connection says, under the same request_id, so that a file is imported once.

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "loopdock/intake/v1/intake.pb.h"

namespace loopdock::client {

// `sent` hears how many bytes have gone; it may be empty.
absl::StatusOr<intake::v1::ImportManifestResponse> ImportManifest(
    const Connection& connection, const std::string& request_id,
    const intake::v1::ManifestHeader& header, std::string_view bytes,
    const std::function<void(std::size_t)>& sent = nullptr);

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_MANIFEST_CLIENT_H_
