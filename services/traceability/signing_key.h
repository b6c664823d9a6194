// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_SIGNING_KEY_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_SIGNING_KEY_H_

// The file with the private key of a log.
//
// Blocking: reads and writes a file.
// Durability: a new key is on disk before it is used.
// Errors: FAILED_PRECONDITION LOG_KEY_MISSING when a log is there and its key is not;
// INVALID_ARGUMENT
//   LOG_KEY_INVALID for a file that is no key, or the key of another log.

#include <string>

#include "absl/status/statusor.h"
#include "services/traceability/core/note.h"

namespace loopdock::traceability {

// With `may_create` a missing file is made with mode 0600.
absl::StatusOr<NoteSigner> LoadSigningKey(const std::string& path, const std::string& origin,
                                          bool may_create);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_SIGNING_KEY_H_
