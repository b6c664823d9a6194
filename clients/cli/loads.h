// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_LOADS_H_
#define LOOPDOCK_CLIENTS_CLI_LOADS_H_

// Which load or manifest a person means, and its file.
// Thread safety: free functions, safe from any thread.
// Blocking: until the server has answered, as Connection says.
// Errors: the server's; RESOURCE_NOT_FOUND; USAGE where a reference stands for several loads, and
// for a manifest file without a byte.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/cli.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::cli {

// By its name or the last part of it, else by its external reference. With a `supplier` the words
// are a reference of that one's.
absl::StatusOr<inventory::v1::Load> FindLoad(const client::Connection& connection,
                                             const Settings& settings, const std::string& words,
                                             const std::string& supplier = "");

// To a service at an address of its own; without one where the settings say.
absl::StatusOr<std::unique_ptr<client::Connection>> ConnectTo(const Settings& settings,
                                                              const std::string& address);

// The full name of a manifest: by its own, else of the one in force of a load.
absl::StatusOr<std::string> FindManifest(const client::Connection& connection,
                                         const Settings& settings, const std::string& words);

// All of a manifest's file.
absl::StatusOr<std::string> ReadManifest(const std::string& path);

// "file:line: column: reason (value)", as compilers do, so that editors jump to it.
std::string ProblemLine(const std::string& file, const intake::v1::ManifestProblem& problem);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_LOADS_H_
