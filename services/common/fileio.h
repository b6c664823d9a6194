// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_FILEIO_H_
#define LOOPDOCK_SERVICES_COMMON_FILEIO_H_

// Whole files: read with a limit, written so that a crash leaves the old one or the new one.
// Thread safety: every function is safe from any thread.
// Blocking: all of them; none belongs on a gRPC thread.
// Durability: what WriteFileAtomically wrote survives a power cut when it returns OK.
// Errors: NOT_FOUND FILE_NOT_FOUND, PERMISSION_DENIED FILE_UNREADABLE, UNAVAILABLE FILE_UNWRITABLE,
// INVALID_ARGUMENT TOO_LARGE.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loopdock::common {

inline constexpr std::int64_t kFileBytesMax = std::int64_t{64} * 1024 * 1024;

// Regular files and devices, not pipes; more than `bytes_max` is refused, not cut.
absl::StatusOr<std::string> ReadFile(const std::string& path,
                                     std::int64_t bytes_max = kFileBytesMax);

// Writes beside `path`, syncs, renames over it and syncs the folder; `mode` holds from the first
// byte on.
absl::Status WriteFileAtomically(const std::string& path, std::string_view content,
                                 unsigned mode = 0644);

// The folder and its parents; OK when it is there already.
absl::Status MakeDirectories(const std::string& path, unsigned mode = 0755);

// A new empty folder under the system's temporary folder.
absl::StatusOr<std::string> MakeTemporaryDirectory(std::string_view prefix);

// The folder of the running program, without a slash at its end.
absl::StatusOr<std::string> ProgramDirectory();

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_FILEIO_H_
