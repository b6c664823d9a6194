// SPDX-License-Identifier: Apache-2.0
#include "services/grading/evidence_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "services/common/hash.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

using loopdock::common::v1::EvidenceRef;

// As long as inventory takes them: a longer one could be stored but never be referred to.
constexpr std::size_t kLabelBytesMax = 100;

bool IsLabel(std::string_view text) {
  return text.size() <= kLabelBytesMax && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

absl::Status CheckDigest(const std::string& sha256) {
  const bool hex = std::all_of(sha256.begin(), sha256.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  common::FieldViolations violations;
  if (!hex || sha256.size() != 2 * common::kSha256Bytes) {
    violations.Add("sha256", "is 64 lower-case hexadecimal digits");
  }
  return violations.ToStatus();
}

absl::Status Mismatch(const std::string& message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_MISMATCH", message);
}

absl::Status Corrupt(const std::string& sha256, std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "EVIDENCE_CORRUPT",
                       absl::StrCat(std::string(what), " of evidence ", sha256,
                                    " no longer match their digest. Put the file again or restore "
                                    "it from a backup."),
                       {{"sha256", sha256}});
}

absl::Status CheckDeclared(std::string_view bytes, const std::string& digest,
                           const EvidenceRef& declared) {
  if (bytes.empty()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_EMPTY",
                         "There are no bytes. Send the file again.");
  }
  if (bytes.size() > kEvidenceBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_TOO_LARGE",
                         absl::StrCat("Evidence is at most ", kEvidenceBytesMax, " bytes."));
  }
  if (declared.size_bytes() != 0 &&
      declared.size_bytes() != static_cast<std::int64_t>(bytes.size())) {
    return Mismatch(absl::StrCat(declared.size_bytes(), " bytes were declared, ", bytes.size(),
                                 " came. Send the file again."));
  }
  if (!declared.sha256().empty() && declared.sha256() != digest) {
    return Mismatch(absl::StrCat("The bytes have SHA-256 ", digest, ", not the declared ",
                                 declared.sha256(), ". Send the file again."));
  }
  common::FieldViolations violations;
  for (const auto& [field, value] : {std::pair{"evidence.media_type", &declared.media_type()},
                                     {"evidence.purpose", &declared.purpose()}}) {
    if (!IsLabel(*value)) violations.Add(field, "has at most 100 bytes, no control characters");
  }
  return violations.ToStatus();
}

bool IsRecording(const EvidenceRef& evidence) {
  return evidence.media_type().starts_with("video/");
}

// From when on it may be removed.
absl::Time FreeFrom(const v1::StatResponse& kept, int retention_years) {
  const absl::Time stored =
      common::FromProto(kept.has_put_again_time() ? kept.put_again_time() : kept.create_time());
  if (IsRecording(kept.evidence())) return stored + absl::Hours(24) * kRecordingDays;
  const absl::CivilSecond at = absl::ToCivilSecond(stored, absl::UTCTimeZone());
  return absl::FromCivil(absl::CivilSecond(at.year() + retention_years, at.month(), at.day(),
                                           at.hour(), at.minute(), at.second()),
                         absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<v1::PutResponse> EvidenceStore::Put(std::string_view site, std::string_view bytes,
                                                   const EvidenceRef& declared) {
  const std::string digest = common::Sha256Hex(bytes);
  if (auto status = CheckDeclared(bytes, digest, declared); !status.ok()) return status;
  v1::PutResponse response;
  auto known = Stat(site, digest);
  absl::Status intact = known.status();
  if (intact.ok()) intact = Get(site, digest).status();
  if (intact.ok()) return PutAgain(site, *std::move(known), declared);
  if (!absl::IsNotFound(intact) && !absl::IsDataLoss(intact)) return intact;
  if (disk_reserve_ != nullptr) {
    if (auto room = disk_reserve_->Check(); !room.ok()) return room;
  }
  v1::StatResponse kept;
  *kept.mutable_evidence() = declared;
  kept.mutable_evidence()->set_sha256(digest);
  kept.mutable_evidence()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  *kept.mutable_create_time() = common::ToProto(clock_->Now());
  storage::WriteBatch batch;
  batch.Put(kEvidenceTable, SiteKey(site, digest), bytes);
  batch.Put(kEvidenceRefTable, SiteKey(site, digest), kept.SerializeAsString());
  if (auto status = store_->Write(batch); !status.ok()) return status;
  *response.mutable_evidence() = kept.evidence();
  return response;
}

// Each record calls the bytes by its own purpose. They are kept as long as the last record needs
// them, and what only one takes for a recording is none.
absl::StatusOr<v1::PutResponse> EvidenceStore::PutAgain(std::string_view site,
                                                        v1::StatResponse known,
                                                        const EvidenceRef& declared) {
  if (IsRecording(known.evidence()) && !declared.media_type().empty()) {
    known.mutable_evidence()->set_media_type(declared.media_type());
  }
  *known.mutable_put_again_time() = common::ToProto(clock_->Now());
  storage::WriteBatch batch;
  batch.Put(kEvidenceRefTable, SiteKey(site, known.evidence().sha256()), known.SerializeAsString());
  if (auto status = store_->Write(batch); !status.ok()) return status;
  v1::PutResponse response;
  *response.mutable_evidence() = known.evidence();
  if (!declared.purpose().empty()) response.mutable_evidence()->set_purpose(declared.purpose());
  response.set_existed(true);
  return response;
}

bool IsRemoved(const v1::StatResponse& kept) { return kept.evidence().size_bytes() < 0; }

absl::StatusOr<v1::StatResponse> EvidenceStore::Stat(std::string_view site,
                                                     const std::string& sha256) const {
  auto kept = Reference(site, sha256);
  if (!kept.ok() || !IsRemoved(*kept)) return kept;
  return common::Error(absl::StatusCode::kNotFound, "EVIDENCE_NOT_FOUND",
                       absl::StrCat("Evidence ", sha256, " was removed after its time was over."),
                       {{"sha256", sha256}});
}

absl::StatusOr<v1::DeleteEvidenceResponse> EvidenceStore::Delete(std::string_view site,
                                                                 const std::string& sha256,
                                                                 int retention_years) {
  auto kept = Reference(site, sha256);
  if (!kept.ok()) return kept.status();
  v1::DeleteEvidenceResponse response;
  *response.mutable_evidence() = kept->evidence();
  if (IsRemoved(*kept)) {
    response.mutable_evidence()->set_size_bytes(-kept->evidence().size_bytes());
    return response;
  }
  const absl::Time free = FreeFrom(*kept, retention_years);
  if (clock_->Now() < free) {
    const std::string day = absl::FormatTime("%Y-%m-%d", free, absl::UTCTimeZone());
    return common::Error(absl::StatusCode::kFailedPrecondition, "EVIDENCE_RETAINED",
                         absl::StrCat("Evidence ", sha256, " is kept until ", day, " (",
                                      IsRecording(kept->evidence()) ? "R-19, R2v3 Appendix B(9)"
                                                                    : "R-15, R2v3 CR3(c)",
                                      "). Delete it then or later."),
                         {{"sha256", sha256}, {"until", day}});
  }
  kept->mutable_evidence()->set_size_bytes(-kept->evidence().size_bytes());
  storage::WriteBatch batch;
  batch.Delete(kEvidenceTable, SiteKey(site, sha256));
  batch.Put(kEvidenceRefTable, SiteKey(site, sha256), kept->SerializeAsString());
  if (auto status = store_->Write(batch); !status.ok()) return status;
  return response;
}

absl::StatusOr<v1::StatResponse> EvidenceStore::Reference(std::string_view site,
                                                          const std::string& sha256) const {
  if (auto status = CheckDigest(sha256); !status.ok()) return status;
  auto row = store_->Get(kEvidenceRefTable, SiteKey(site, sha256));
  if (!row.ok()) return row.status();
  if (!row->has_value()) {
    return common::Error(
        absl::StatusCode::kNotFound, "EVIDENCE_NOT_FOUND",
        absl::StrCat("There is no evidence with SHA-256 '", sha256, "'. Put it first."),
        {{"sha256", sha256}});
  }
  v1::StatResponse kept;
  if (!kept.ParseFromString(**row) || kept.evidence().sha256() != sha256) {
    return Corrupt(sha256, "Type and size");
  }
  return kept;
}

absl::StatusOr<std::string> EvidenceStore::Get(std::string_view site,
                                               const std::string& sha256) const {
  if (auto known = Stat(site, sha256); !known.ok()) return known.status();
  auto row = store_->Get(kEvidenceTable, SiteKey(site, sha256));
  // A checksum of the store that does not hold says the same as a digest that does not.
  if (absl::IsDataLoss(row.status())) return Corrupt(sha256, "The bytes");
  if (!row.ok()) return row.status();
  if (!row->has_value() || common::Sha256Hex(**row) != sha256) return Corrupt(sha256, "The bytes");
  return **std::move(row);
}

}  // namespace loopdock::grading
