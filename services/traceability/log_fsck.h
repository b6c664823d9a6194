// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_LOG_FSCK_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_LOG_FSCK_H_

// Checks a site's log from its entries alone: derives every hash anew and holds tiles, events,
// subjects, state and checkpoints against it.
//
// Thread safety: works on one moment of the store; may run beside readers and the writer.
// Blocking: reads the whole log. Memory grows by 40 bytes a checkpoint.
// Errors: what is wrong with the log is in the report; a status only when the store cannot be read.

#include <string_view>

#include "absl/status/statusor.h"
#include "services/storage/fsck.h"
#include "services/storage/store.h"
#include "services/traceability/core/note.h"

namespace loopdock::traceability {

// With a verifier also the signatures of all checkpoints are checked.
absl::StatusOr<storage::FsckReport> FsckLog(const storage::Store& store, std::string_view site,
                                            const NoteVerifier* verifier);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_LOG_FSCK_H_
