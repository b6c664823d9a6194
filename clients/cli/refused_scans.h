// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_REFUSED_SCANS_H_
#define LOOPDOCK_CLIENTS_CLI_REFUSED_SCANS_H_

// Where refused scans stay when they leave the journal: JOURNAL.refused, one JSON object a line.
// Thread safety: one thread a journal.
// Durability: on the disk when OK.
// Errors: FILE_UNWRITABLE.

#include <string>

#include "absl/status/status.h"
#include "loopdock/intake/v1/intake.pb.h"

namespace loopdock::cli {

// Does nothing when neither the scan nor one of its labels was refused.
absl::Status KeepRefused(const std::string& journal, const intake::v1::ScanRequest& scan,
                         const intake::v1::ScanResponse& answer);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_REFUSED_SCANS_H_
