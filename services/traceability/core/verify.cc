// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/verify.h"

#include <utility>

#include "services/common/status.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

absl::Status Failed(std::string_view message) {
  return common::Error(absl::StatusCode::kDataLoss, "LOG_VERIFY_FAILED", message);
}

}  // namespace

std::string VerifyReport::Sentence() const {
  std::string text = Cat(entry_count, " of ", checkpoint.size, " records included");
  if (erased_count > 0) text += Cat(" (", erased_count, " erased, leaf proven)");
  return text;
}

absl::StatusOr<LogVerifier> LogVerifier::Start(std::string_view checkpoint_note,
                                               std::string_view vkey) {
  auto verifier = NoteVerifier::Parse(vkey);
  if (!verifier.ok()) return verifier.status();
  auto note = OpenNote(checkpoint_note, *verifier);
  if (!note.ok()) return note.status();
  auto checkpoint = ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return checkpoint.status();
  if (checkpoint->origin != verifier->name()) {
    return Failed("the checkpoint speaks for another log than the key that signed it.");
  }
  return LogVerifier(*std::move(checkpoint));
}

absl::Status LogVerifier::Add(std::uint64_t index, std::string_view entry_bytes) {
  if (index != next_index_) {
    return Failed(
        Cat("entry ", next_index_, " is missing: entry ", index, " follows in its place."));
  }
  ++next_index_;
  if (index >= report_.checkpoint.size) {
    ++report_.beyond_count;
    return absl::OkStatus();
  }
  auto entry = DecodeEntry(entry_bytes);
  if (!entry.ok()) return Failed(Cat("entry ", index, ": ", entry.status().message()));
  frontier_.Append(LeafHash(entry->leaf_data));
  ++report_.entry_count;
  if (entry->erased()) {
    ++report_.erased_count;
    return absl::OkStatus();
  }
  auto record = DecodeRecord(entry->record_bytes);
  if (!record.ok()) return Failed(Cat("entry ", index, ": ", record.status().message()));
  // A log is one site's history in the order of its feed.
  const bool later = record->sequence > last_sequence_ ||
                     (record->sequence == last_sequence_ && record->fact_index > last_fact_index_);
  if (report_.record_count > 0 && (record->site != site_ || !later)) {
    return Failed(Cat("entry ", index,
                      ": the record belongs to another site or comes before its "
                      "predecessor in the feed."));
  }
  site_ = record->site;
  last_sequence_ = record->sequence;
  last_fact_index_ = record->fact_index;
  ++report_.record_count;
  return absl::OkStatus();
}

absl::StatusOr<VerifyReport> LogVerifier::Finish() const {
  if (report_.entry_count < report_.checkpoint.size) {
    return Failed(Cat("the log has ", report_.entry_count, " entries, the checkpoint speaks of ",
                      report_.checkpoint.size, ": ", report_.checkpoint.size - report_.entry_count,
                      " are missing at the end."));
  }
  if (frontier_.Root() != report_.checkpoint.root) {
    return Failed(Cat("the entries give the root ", HashToHex(frontier_.Root()),
                      ", the checkpoint says ", HashToHex(report_.checkpoint.root),
                      ": an entry was changed, removed or exchanged."));
  }
  return report_;
}

absl::Status VerifyEntry(std::uint64_t index, std::string_view entry,
                         const std::vector<Hash>& proof, const Checkpoint& checkpoint) {
  auto decoded = DecodeEntry(entry);
  if (!decoded.ok()) return decoded.status();
  return VerifyInclusion(index, checkpoint.size, LeafHash(decoded->leaf_data), proof,
                         checkpoint.root);
}

}  // namespace loopdock::traceability
