// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_

// What a command sees and makes: the rows as they are for it, the entry it fills with facts, and
// the names that come from the entry's sequence. Nothing here reads a clock or chance.
// Thread safety: none; one command uses it.
// Errors: NOT_FOUND RESOURCE_NOT_FOUND, FAILED_PRECONDITION ASSET_NOT_OPEN, ABORTED ETAG_MISMATCH,
// ALREADY_EXISTS RESOURCE_EXISTS and EXTERNAL_REF_TAKEN.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

absl::Status NotFound(std::string_view name);
// OK when `wanted` is empty or equal to `actual`.
absl::Status CheckEtag(std::string_view wanted, std::string_view actual, std::string_view name);

using EvidenceRefs = google::protobuf::RepeatedPtrField<common::v1::EvidenceRef>;
const EvidenceRefs& NoEvidence();

// What holds for every command and is not read each time.
struct Standing {
  v1::FacilityRules rules;      // in force; what a command sets holds from the next entry on
  std::string sampling_secret;  // behind the choice of samples; never in rows or facts
};

class Step {
 public:
  // `entry` has everything but facts; all must outlive the step.
  Step(v1::FeedEntry& entry, Rows& rows, const Standing& standing, bool dry_run = false)
      : entry_(entry), rows_(rows), standing_(standing), dry_run_(dry_run) {}

  const std::string& site() const { return entry_.site(); }
  const std::string& actor() const { return entry_.actor(); }
  std::int64_t sequence() const { return entry_.sequence(); }
  const google::protobuf::Timestamp& server_time() const { return entry_.server_time(); }
  absl::Time now() const { return FromTimestamp(entry_.server_time()); }
  const v1::FeedEntry& entry() const { return entry_; }
  Rows& rows() { return rows_; }
  const v1::FacilityRules& facility_rules() const { return standing_.rules; }
  const std::string& sampling_secret() const { return standing_.sampling_secret; }
  // Nothing of it will remain; what must not be known before it happens is not told.
  bool is_dry_run() const { return dry_run_; }

  // What the command at work says of itself; kept with the facts of its entry.
  std::string_view reason() const { return reason_; }
  const EvidenceRefs& evidence() const { return *evidence_; }
  // Begins a command: its words go into the entry, beside those of others of its batch. Both must
  // outlive the command. FAILED_PRECONDITION CORRECTION_UNKNOWN.
  absl::Status Begin(std::string_view reason, const EvidenceRefs& evidence,
                     std::int64_t corrects_sequence);
  // What the entry corrects where its command leaves it open.
  void Corrects(std::int64_t sequence) {
    if (entry_.corrects_sequence() == 0) entry_.set_corrects_sequence(sequence);
  }

  template <typename Message>
  absl::StatusOr<Message> Find(std::string_view name) {
    Message message;
    const absl::StatusOr<bool> found = rows_.Read(name, &message);
    if (!found.ok()) return found.status();
    if (!*found) return NotFound(name);
    return message;
  }

  // The same without a copy, for what many commands read: good until the command ends, and changed
  // with the row.
  template <typename Message>
  absl::StatusOr<const Message*> Peek(std::string_view name) {
    const absl::StatusOr<const Message*> message = rows_.Peek<Message>(name);
    if (message.ok() && *message == nullptr) return NotFound(name);
    return message;
  }

  // OK when the resource is there.
  template <typename Message>
  absl::Status Exists(std::string_view name) {
    return Find<Message>(name).status();
  }

  // An asset that is in the site's care, with the etag that the caller saw (empty: any), and with
  // the data device state that follows from where it stands.
  absl::StatusOr<v1::Asset> OpenAsset(std::string_view name, std::string_view etag = {});
  // The asset as callers see it, with the place where it really is.
  absl::Status Answer(std::string_view name, v1::Asset* asset);

  // The view of the value lives as long as the command.
  absl::StatusOr<std::optional<std::string_view>> Look(Lookup what, std::string_view words);
  absl::StatusOr<std::vector<Holder>> Holders(const v1::Identifier& identifier);

  // An id that nothing else of that collection can have: the entry's sequence in base32, with a
  // number behind it from the second one of the entry on.
  std::string NewId(std::string_view collection);
  std::string NewName(std::string_view collection);
  // The wished name if the caller wished one and nobody has it, else a new one.
  absl::StatusOr<std::string> WishedName(std::string_view collection, std::string_view wish);
  // OK when no other resource than `name` has the external reference of `owner`, or it is empty.
  // `owner` is the party for which it is unique: supplier or receiver, and empty for parties.
  absl::Status ReferenceIsFree(std::string_view collection, std::string_view owner,
                               std::string_view reference, std::string_view name);

  // Adds the fact and makes its rows, so that what follows sees them; then the caps that it
  // reaches.
  absl::Status Emit(v1::Fact fact);

 private:
  v1::FeedEntry& entry_;
  Rows& rows_;
  const Standing& standing_;
  const bool dry_run_;
  std::string_view reason_;
  const EvidenceRefs* evidence_ = &NoEvidence();
  absl::flat_hash_map<std::string, int> made_;  // by collection
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_STEP_H_
