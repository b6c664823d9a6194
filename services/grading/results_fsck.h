// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_RESULTS_FSCK_H_
#define LOOPDOCK_SERVICES_GRADING_RESULTS_FSCK_H_

// Checks the rows of results against each other and against the evidence that they name.
// Thread safety: free function, safe from any thread on a store that nobody writes.
// Errors: DATA_LOSS with what is wrong of the row.

#include <string_view>

#include "absl/status/status.h"
#include "services/storage/store.h"

namespace loopdock::grading {

// OK for rows of other tables.
absl::Status CheckResultRow(const storage::Store& store, storage::TableId table,
                            std::string_view key, std::string_view value);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_RESULTS_FSCK_H_
