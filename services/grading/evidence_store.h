// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_
#define LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_

// Evidence bytes of a site by their SHA-256, each kept once. A site sees its own evidence only.
// Thread safety: all methods may be called from any thread.
// Ownership: the store outlives it.
// Durability: when Put answers OK, the bytes are durable and match their digest; bytes that have
// rotten in the store are replaced when they are put again.
// Errors: NOT_FOUND EVIDENCE_NOT_FOUND; DATA_LOSS EVIDENCE_CORRUPT when bytes no longer match their
// digest; INVALID_ARGUMENT EVIDENCE_MISMATCH, EVIDENCE_TOO_LARGE, EVIDENCE_EMPTY, INVALID_FIELDS.
// Limits: 64 MiB each; media type and purpose 100 bytes.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/evidence_service.pb.h"
#include "services/common/clock.h"
#include "services/storage/store.h"

namespace loopdock::grading {

inline constexpr std::size_t kEvidenceBytesMax = std::size_t{64} << 20;

class EvidenceStore {
 public:
  EvidenceStore(storage::Store* store, const common::Clock* clock) : store_(store), clock_(clock) {}

  // `declared` names media type and purpose, and may name size and digest: then they must match.
  absl::StatusOr<v1::PutResponse> Put(std::string_view site, std::string_view bytes,
                                      const loopdock::common::v1::EvidenceRef& declared);
  absl::StatusOr<v1::StatResponse> Stat(std::string_view site, const std::string& sha256) const;
  // Compares the bytes with their digest before it gives them out.
  absl::StatusOr<std::string> Get(std::string_view site, const std::string& sha256) const;

 private:
  storage::Store* const store_;
  const common::Clock* const clock_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_
