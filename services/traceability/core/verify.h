// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_VERIFY_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_VERIFY_H_

// Proves an exported log against a checkpoint, trusting nothing but a public key: what
// `loopdock trace verify` runs.
//
// Thread safety: one thread a verifier.
// Errors: DATA_LOSS with LOG_VERIFY_FAILED naming the first entry that is wrong, or saying that the
//   root differs; INVALID_ARGUMENT for a checkpoint or key that is not in its form; NOTE_UNSIGNED
//   when the checkpoint was not signed by the key.
// Limits: memory does not grow with the log.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/traceability/core/merkle.h"
#include "services/traceability/core/note.h"

namespace loopdock::traceability {

struct VerifyReport {
  std::uint64_t entry_count = 0;   // entries of the checkpoint: all of them were seen and hashed
  std::uint64_t record_count = 0;  // entries whose record was there and belongs to its leaf
  std::uint64_t erased_count = 0;  // entries whose record was erased; the leaf is proven
  std::uint64_t beyond_count = 0;  // entries after the checkpoint: ignored
  Checkpoint checkpoint;

  // "12 of 12 records included".
  std::string Sentence() const;
};

// Feed it every entry in order, then ask for the report.
class LogVerifier {
 public:
  static absl::StatusOr<LogVerifier> Start(std::string_view checkpoint_note, std::string_view vkey);

  // `entry` is what ExportLog hands out, see record.h.
  absl::Status Add(std::uint64_t index, std::string_view entry);
  absl::StatusOr<VerifyReport> Finish() const;

 private:
  explicit LogVerifier(Checkpoint checkpoint) { report_.checkpoint = std::move(checkpoint); }

  Frontier frontier_;
  std::uint64_t next_index_ = 0;
  std::string site_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_fact_index_ = 0;
  VerifyReport report_;
};

// Checks one entry against a checkpoint by its inclusion proof.
absl::Status VerifyEntry(std::uint64_t index, std::string_view entry,
                         const std::vector<Hash>& proof, const Checkpoint& checkpoint);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_VERIFY_H_
