// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_
#define LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_

// Evidence bytes of a site by their SHA-256, each kept once. A site sees its own evidence only.
// Thread safety: all methods may be called from any thread.
// Ownership: the store outlives it.
// Durability: when Put answers OK, the bytes are durable and match their digest; bytes that have
// rotten in the store are replaced when they are put again. Of removed bytes the reference stays.
// Errors: NOT_FOUND EVIDENCE_NOT_FOUND; DATA_LOSS EVIDENCE_CORRUPT when bytes no longer match their
// digest; RESOURCE_EXHAUSTED DISK_RESERVE from Put; INVALID_ARGUMENT EVIDENCE_MISMATCH,
// EVIDENCE_TOO_LARGE, EVIDENCE_EMPTY, INVALID_FIELDS; FAILED_PRECONDITION EVIDENCE_RETAINED from
// Delete. Limits: 64 MiB each; media type and purpose 100 bytes.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/evidence_service.pb.h"
#include "services/common/clock.h"
#include "services/storage/disk_reserve.h"
#include "services/storage/store.h"

namespace loopdock::grading {

inline constexpr std::size_t kEvidenceBytesMax = std::size_t{64} << 20;
// For how long a recording of a destruction is kept at least, R2v3 Appendix B(9).
inline constexpr int kRecordingDays = 60;

// True for the reference that stays of removed bytes: its size is less than 0.
bool IsRemoved(const v1::StatResponse& kept);

class EvidenceStore {
 public:
  // `disk_reserve` may be null.
  EvidenceStore(storage::Store* store, const common::Clock* clock,
                storage::DiskReserve* disk_reserve = nullptr)
      : store_(store), clock_(clock), disk_reserve_(disk_reserve) {}

  // `declared` names media type and purpose, and may name size and digest: then they must match.
  absl::StatusOr<v1::PutResponse> Put(std::string_view site, std::string_view bytes,
                                      const loopdock::common::v1::EvidenceRef& declared);
  absl::StatusOr<v1::StatResponse> Stat(std::string_view site, const std::string& sha256) const;
  // Compares the bytes with their digest before it gives them out.
  absl::StatusOr<std::string> Get(std::string_view site, const std::string& sha256) const;
  // Removes bytes whose time is over, R2v3 CR3(c) and Appendix B(9): recordings after 60 days, all
  // else after `retention_years`. What was removed before is answered again.
  absl::StatusOr<v1::DeleteEvidenceResponse> Delete(std::string_view site,
                                                    const std::string& sha256, int retention_years);

 private:
  absl::StatusOr<v1::PutResponse> PutAgain(std::string_view site, v1::StatResponse known,
                                           const loopdock::common::v1::EvidenceRef& declared);
  // The reference of what is kept or was removed; NOT_FOUND only for what never was.
  absl::StatusOr<v1::StatResponse> Reference(std::string_view site,
                                             const std::string& sha256) const;

  storage::Store* const store_;
  const common::Clock* const clock_;
  storage::DiskReserve* const disk_reserve_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_EVIDENCE_STORE_H_
