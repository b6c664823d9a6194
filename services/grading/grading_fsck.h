// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_GRADING_FSCK_H_
#define LOOPDOCK_SERVICES_GRADING_GRADING_FSCK_H_

// Checks grading's store row by row and against each other: evidence by its digest, inspections by
// their versions, what inventory has still to hear, and digests that name nothing.
// Thread safety: beside a writer it may report rows that were written meanwhile; run it on a store
// that nobody writes.
// Blocking: reads everything. Memory grows by about 100 bytes a piece of evidence.
// Errors: what is wrong is in the report.

#include "services/storage/fsck.h"
#include "services/storage/store.h"

namespace loopdock::grading {

storage::FsckReport FsckGrading(const storage::Store& store);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_GRADING_FSCK_H_
