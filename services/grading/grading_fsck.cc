// SPDX-License-Identifier: Apache-2.0
#include "services/grading/grading_fsck.h"

#include <optional>
#include <string>
#include <unordered_set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "loopdock/grading/v1/evidence_service.pb.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/stations.h"
#include "services/grading/core/tables.h"
#include "services/grading/evidence_store.h"
#include "services/grading/results_fsck.h"

namespace loopdock::grading {
namespace {

absl::Status Wrong(const std::string& what) { return absl::DataLossError(what); }

std::string SiteOfKey(std::string_view key) { return std::string(key.substr(0, key.find('\0'))); }

std::string RestOfKey(std::string_view key) {
  const size_t zero = key.find('\0');
  return zero == std::string_view::npos ? "" : std::string(key.substr(zero + 1));
}

std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

bool Parses(std::string_view value, google::protobuf::Message* message) {
  return message->ParseFromArray(value.data(), static_cast<int>(value.size()));
}

class Checker {
 public:
  explicit Checker(const storage::Store& store) : store_(store) {}

  absl::Status Check(storage::TableId table, std::string_view key, std::string_view value) {
    switch (table) {
      case kCounterTable: {
        std::uint64_t count = 0;
        return absl::SimpleAtoi(std::string(value), &count) ? absl::OkStatus()
                                                            : Wrong("is no number");
      }
      case kVersionTable:
        return Version(key, value);
      case kLatestTable:
        return Latest(key, value);
      case kByAssetTable:
        return ByAsset(key, value);
      case kResponseTable:
        return Response(value);
      case kOutboxTable:
        return OutboxRow(key, value);
      case kEvidenceTable:
        return Evidence(key, value);
      case kEvidenceRefTable:
        return EvidenceRef(key, value);
      case kReviewTable:
        return Review(key, value);
      case kHoldTable:
        return HoldRow(key, value);
      case kCalibrationTable:
        return StationRecord<v1::Calibration>(kCalibrations, key, value);
      case kReferenceTable:
        return StationRecord<v1::Reference>(kReferences, key, value);
      case kStationTable:
        return InForce<v1::Calibration>(kCalibrations, key, value);
      case kReferenceFaceTable:
        return InForce<v1::Reference>(kReferences, key, value);
      case kStationResponseTable:
        return DecodeResponse(value).ok() ? absl::OkStatus() : Wrong("cannot be read");
      default:
        return CheckResultRow(store_, table, key, value);
    }
  }

 private:
  // Nothing for a row that is absent or cannot be read, which its own table's check reports.
  std::optional<std::string> Row(storage::TableId table, std::string_view key) const {
    auto row = store_.Get(table, key);
    return row.ok() ? *std::move(row) : std::nullopt;
  }

  absl::Status Version(std::string_view key, std::string_view value) const {
    v1::Inspection version;
    if (!Parses(value, &version)) return Wrong("cannot be read");
    const std::string site = SiteOfKey(key);
    const std::string id = IdOf(version.name());
    if (version.name() != common::FormatName(site, "inspections", id) ||
        key != VersionKey(site, id, version.version()) || version.version() < 1) {
      return Wrong(absl::StrCat("is ", version.name(), " version ", version.version()));
    }
    v1::Inspection latest;
    const auto row = Row(kLatestTable, InspectionKeyOf(key));
    if (!row || !Parses(*row, &latest)) return Wrong("the inspection has no latest version");
    if (latest.version() < version.version()) {
      return Wrong(absl::StrCat("is newer than the latest version, ", latest.version()));
    }
    std::string dangling;
    for (const v1::InspectedPicture& picture : version.pictures()) {
      const std::string& digest = picture.evidence().sha256();
      if (!Row(kEvidenceRefTable, SiteKey(site, digest))) absl::StrAppend(&dangling, " ", digest);
    }
    return dangling.empty() ? absl::OkStatus()
                            : Wrong("names evidence that is not here:" + dangling);
  }

  absl::Status Latest(std::string_view key, std::string_view value) const {
    v1::Inspection latest;
    if (!Parses(value, &latest)) return Wrong("cannot be read");
    const std::string site = SiteOfKey(key);
    const std::string id = RestOfKey(key);
    const std::string version_key = VersionKey(site, id, latest.version());
    const auto version = Row(kVersionTable, version_key);
    if (!version || *version != value) {
      return Wrong(absl::StrCat("differs from version ", latest.version()));
    }
    if (!Row(kByAssetTable, ByAssetKey(site, IdOf(latest.asset()), id))) {
      return Wrong(absl::StrCat("is not listed under ", latest.asset()));
    }
    const auto number = common::ParseCounterName(id);
    std::uint64_t count = 0;
    const auto counter = Row(kCounterTable, site);
    if (!number.ok() || !counter || !absl::SimpleAtoi(*counter, &count) || *number > count) {
      return Wrong("is beyond the counter: its name would be given again");
    }
    const bool settled = latest.state() != v1::INSPECTION_STATE_PROPOSED;
    if (settled && !latest.recorded() && !Row(kOutboxTable, version_key)) {
      return Wrong("inventory was never told and will not be");
    }
    if (latest.needs_review() != Row(kReviewTable, key).has_value()) {
      return Wrong("and the queue of reviews do not agree");
    }
    if (latest.has_hazard_hold() && !latest.hazard_hold().placed() &&
        !Row(kHoldTable, version_key)) {
      return Wrong("found a hazard that nobody will hold");
    }
    return absl::OkStatus();
  }

  absl::Status ByAsset(std::string_view key, std::string_view value) const {
    const std::string site = SiteOfKey(key);
    const std::string rest = RestOfKey(key);
    const size_t zero = rest.find('\0');
    if (zero == std::string::npos || !value.empty()) return Wrong("has the wrong form");
    v1::Inspection latest;
    const auto row = Row(kLatestTable, InspectionKey(site, rest.substr(zero + 1)));
    if (!row || !Parses(*row, &latest)) return Wrong("names an inspection that is not here");
    if (latest.asset() != common::FormatName(site, "assets", rest.substr(0, zero))) {
      return Wrong(absl::StrCat("the inspection is of ", latest.asset()));
    }
    return absl::OkStatus();
  }

  static absl::Status Response(std::string_view value) {
    const auto remembered = DecodeResponse(value);
    v1::Inspection answer;
    if (!remembered.ok() || !Parses(remembered->response, &answer)) return Wrong("cannot be read");
    return absl::OkStatus();
  }

  absl::Status OutboxRow(std::string_view key, std::string_view value) const {
    v1::Inspection version;
    const auto row = Row(kVersionTable, key);
    if (!row || !Parses(*row, &version)) return Wrong("speaks of a version that is not here");
    if (version.recorded() || version.state() == v1::INSPECTION_STATE_PROPOSED ||
        ToRecordInspection(version).SerializeAsString() != value) {
      return Wrong("is not what inventory has to hear of its version");
    }
    return absl::OkStatus();
  }

  absl::Status Review(std::string_view key, std::string_view value) const {
    v1::Inspection latest;
    const auto row = Row(kLatestTable, key);
    if (!row || !Parses(*row, &latest) || !value.empty()) return Wrong("names no inspection");
    return latest.needs_review() ? absl::OkStatus() : Wrong("the inspection needs no review");
  }

  absl::Status HoldRow(std::string_view key, std::string_view value) const {
    v1::Inspection version;
    const auto row = Row(kVersionTable, key);
    if (!row || !Parses(*row, &version)) return Wrong("speaks of a version that is not here");
    if (version.hazard_hold().placed() || ToPlaceHold(version).SerializeAsString() != value) {
      return Wrong("is not what inventory has to hear of its version");
    }
    return absl::OkStatus();
  }

  template <typename Record>
  absl::Status StationRecord(const StationTables& tables, std::string_view key,
                             std::string_view value) const {
    Record record;
    if (!Parses(value, &record)) return Wrong("cannot be read");
    const std::string site = SiteOfKey(key);
    const std::string id = RestOfKey(key);
    if (record.name() != common::FormatName(site, tables.collection, id)) {
      return Wrong(absl::StrCat("is ", record.name()));
    }
    const auto number = common::ParseCounterName(id);
    std::uint64_t count = 0;
    const auto counter = Row(kCounterTable, SiteKey(site, tables.collection));
    if (!number.ok() || !counter || !absl::SimpleAtoi(*counter, &count) || *number > count) {
      return Wrong("is beyond the counter: its name would be given again");
    }
    return Row(tables.in_force, InForceKey(site, record)) ? absl::OkStatus()
                                                          : Wrong("nothing is in force");
  }

  template <typename Record>
  absl::Status InForce(const StationTables& tables, std::string_view key,
                       std::string_view value) const {
    Record record;
    const std::string site = SiteOfKey(key);
    const auto row = Row(tables.records, SiteKey(site, value));
    if (!row || !Parses(*row, &record)) return Wrong("names a record that is not here");
    return InForceKey(site, record) == key ? absl::OkStatus() : Wrong("names a record of another");
  }

  absl::Status Evidence(std::string_view key, std::string_view value) {
    evidence_.emplace(key);
    if (common::Sha256Hex(value) != RestOfKey(key))
      return Wrong("the bytes differ from the digest");
    v1::StatResponse kept;
    const auto row = Row(kEvidenceRefTable, key);
    if (!row) return Wrong("has no reference");
    if (!Parses(*row, &kept) ||
        kept.evidence().size_bytes() != static_cast<int64_t>(value.size())) {
      return Wrong("the size differs from the reference");
    }
    return absl::OkStatus();
  }

  // After Evidence: the tables are checked by rising id.
  absl::Status EvidenceRef(std::string_view key, std::string_view value) const {
    v1::StatResponse kept;
    if (!Parses(value, &kept)) return Wrong("cannot be read");
    if (kept.evidence().sha256() != RestOfKey(key)) return Wrong("is about another digest");
    const bool here = evidence_.contains(std::string(key));
    if (IsRemoved(kept)) return here ? Wrong("the bytes were removed") : absl::OkStatus();
    if (!here) return Wrong("the bytes are not here");
    return absl::OkStatus();
  }

  const storage::Store& store_;
  std::unordered_set<std::string> evidence_;
};

}  // namespace

storage::FsckReport FsckGrading(const storage::Store& store) {
  Checker checker(store);
  return storage::Fsck(store,
                       [&](storage::TableId table, std::string_view key, std::string_view value) {
                         return checker.Check(table, key, value);
                       });
}

}  // namespace loopdock::grading
