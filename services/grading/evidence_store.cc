// SPDX-License-Identifier: Apache-2.0
#include "services/grading/evidence_store.h"

#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

absl::Status Mismatch(const std::string& message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_MISMATCH", message);
}

absl::Status CheckDeclared(std::string_view bytes, const std::string& digest,
                           const loopdock::common::v1::EvidenceRef& declared) {
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
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::PutResponse> EvidenceStore::Put(
    std::string_view bytes, const loopdock::common::v1::EvidenceRef& declared) {
  const std::string digest = common::Sha256Hex(bytes);
  if (auto status = CheckDeclared(bytes, digest, declared); !status.ok()) return status;
  v1::PutResponse response;
  auto known = Stat(digest);
  if (known.ok()) {
    *response.mutable_evidence() = known->evidence();
    response.set_existed(true);
    return response;
  }
  if (!absl::IsNotFound(known.status())) return known.status();
  v1::StatResponse kept;
  *kept.mutable_evidence() = declared;
  kept.mutable_evidence()->set_sha256(digest);
  kept.mutable_evidence()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  *kept.mutable_create_time() = common::ToProto(clock_->Now());
  storage::WriteBatch batch;
  batch.Put(kEvidenceTable, digest, bytes);
  batch.Put(kEvidenceRefTable, digest, kept.SerializeAsString());
  if (auto status = store_->Write(batch); !status.ok()) return status;
  *response.mutable_evidence() = kept.evidence();
  return response;
}

absl::StatusOr<v1::StatResponse> EvidenceStore::Stat(const std::string& sha256) const {
  auto row = store_->Get(kEvidenceRefTable, sha256);
  if (!row.ok()) return row.status();
  if (!row->has_value()) {
    return common::Error(absl::StatusCode::kNotFound, "EVIDENCE_NOT_FOUND",
                         absl::StrCat("There is no evidence with SHA-256 '", sha256.substr(0, 64),
                                      "'. Put it first."),
                         {{"sha256", sha256.substr(0, 64)}});
  }
  v1::StatResponse kept;
  if (!kept.ParseFromString(**row)) {
    return common::Error(absl::StatusCode::kDataLoss, "EVIDENCE_CORRUPT",
                         absl::StrCat("The record of evidence ", sha256, " cannot be read."));
  }
  return kept;
}

absl::StatusOr<std::string> EvidenceStore::Get(const std::string& sha256) const {
  if (auto known = Stat(sha256); !known.ok()) return known.status();
  auto row = store_->Get(kEvidenceTable, sha256);
  if (!row.ok()) return row.status();
  if (!row->has_value() || common::Sha256Hex(**row) != sha256) {
    return common::Error(absl::StatusCode::kDataLoss, "EVIDENCE_CORRUPT",
                         absl::StrCat("The bytes of evidence ", sha256,
                                      " no longer match their digest. Restore them from a backup."),
                         {{"sha256", sha256}});
  }
  return **std::move(row);
}

}  // namespace loopdock::grading
