// SPDX-License-Identifier: Apache-2.0
#include "services/grading/inspector.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/names.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/tables.h"
#include "services/vision/header_check.h"

namespace loopdock::grading {
namespace {

constexpr size_t kTacDigits = 8;

std::string MediaTypeOf(std::string_view bytes) {
  const auto header = vision::CheckHeader(bytes);
  return header.ok() ? std::string(vision::MediaType(header->format)) : "application/octet-stream";
}

absl::Status Unreadable(const std::string& what) {
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       absl::StrCat("The record of ", what, " cannot be read. Run fsck."));
}

// What the catalog may know the device by: its model, and the front of its IMEI.
std::vector<std::string> KeysOf(const inventory::v1::Asset& asset, const std::string& model) {
  std::vector<std::string> keys;
  if (!model.empty()) keys.push_back(model);
  for (const inventory::v1::Identifier& identifier : asset.identifiers()) {
    if (identifier.kind() == inventory::v1::IDENTIFIER_KIND_IMEI &&
        identifier.value().size() > kTacDigits) {
      keys.push_back(identifier.value().substr(0, kTacDigits));
    }
  }
  return keys;
}

}  // namespace

absl::StatusOr<std::optional<v1::Calibration>> Inspector::CalibrationOf(
    const std::string& site, const std::string& station) const {
  auto id = parts_.store->Get(kStationTable, SiteKey(site, station));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return std::optional<v1::Calibration>();
  auto row = parts_.store->Get(kCalibrationTable, SiteKey(site, **id));
  if (!row.ok()) return row.status();
  v1::Calibration calibration;
  if (!row->has_value() || !calibration.ParseFromString(**row)) {
    return Unreadable(absl::StrCat("calibration ", **id));
  }
  return std::optional<v1::Calibration>(std::move(calibration));
}

absl::StatusOr<std::string> Inspector::Bytes(const std::string& site,
                                             const v1::Picture& picture) const {
  if (picture.source_case() == v1::Picture::kSha256) {
    return parts_.evidence->Get(site, picture.sha256());
  }
  return picture.inline_();
}

absl::StatusOr<Inspector::Kept> Inspector::Keep(const std::string& site, const v1::Picture& picture,
                                                const std::string& purpose) const {
  Kept kept;
  auto bytes = Bytes(site, picture);
  if (!bytes.ok()) return bytes.status();
  kept.bytes = *std::move(bytes);
  // Put again where it is known already: then its time begins anew.
  loopdock::common::v1::EvidenceRef declared;
  declared.set_media_type(MediaTypeOf(kept.bytes));
  declared.set_purpose(purpose);
  auto put = parts_.evidence->Put(site, kept.bytes, declared);
  if (!put.ok()) return put.status();
  kept.evidence = put->evidence();
  return kept;
}

absl::Status Inspector::NotCalibrated(const std::string& site, const std::string& station) const {
  constexpr std::size_t kNamesMax = 20;
  const std::string prefix = SiteKey(site, "");
  auto rows = parts_.store->Scan({.table = kStationTable, .prefix = prefix, .limit = kNamesMax});
  if (!rows.ok()) return rows.status();
  std::vector<std::string> names;
  for (const storage::Row& row : rows->rows) names.push_back(row.key.substr(prefix.size()));
  return common::Error(
      absl::StatusCode::kNotFound, "STATION_NOT_CALIBRATED",
      absl::StrCat("Station '", station, "' has no calibration. ",
                   names.empty() ? "No station has one here"
                                 : absl::StrCat("Calibrated are ", absl::StrJoin(names, ", "),
                                                rows->more ? " and others" : ""),
                   ". Correct the name, or calibrate it: loopdock station calibrate."),
      {{"station", station}});
}

// Whoever names a station means its millimetres. The one that merely calls need have none: a
// warehouse's stations do more than take pictures. A calibration that is too old would give
// millimetres that nobody can trust: refused, not used.
absl::StatusOr<std::optional<v1::Calibration>> Inspector::UseStation(
    const std::string& site, const std::string& named, const common::Caller& caller,
    vision::v1::MeasureRequest* measure) const {
  const std::string& station = named.empty() ? caller.station : named;
  if (station.empty()) return std::optional<v1::Calibration>();
  auto calibration = CalibrationOf(site, station);
  if (!calibration.ok()) return calibration;
  if (!calibration->has_value()) {
    if (!named.empty()) return NotCalibrated(site, named);
    return calibration;
  }
  const v1::Calibration& used = **calibration;
  if (parts_.clock->Now() >= common::FromProto(used.expire_time())) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "CALIBRATION_EXPIRED",
        absl::StrCat("The calibration of station ", station, " held until ",
                     absl::FormatTime("%Y-%m-%d", common::FromProto(used.expire_time()),
                                      absl::UTCTimeZone()),
                     ". Calibrate the station: loopdock station calibrate."),
        {{"calibration", used.name()}, {"station", station}});
  }
  *measure->mutable_lens() = used.lens();
  if (used.has_mat()) *measure->mutable_mat() = used.mat();
  return calibration;
}

void Inspector::SetBody(const common::Caller& caller, const std::string& site,
                        const inventory::v1::Asset& asset, v1::Inspection* inspection,
                        vision::v1::MeasureRequest* measure) const {
  const std::vector<std::string> keys = KeysOf(asset, inspection->model());
  if (keys.empty() || parts_.body_sizes == nullptr) return;
  const BodySize body = parts_.body_sizes(caller, common::SiteName(site), keys);
  measure->set_body_length_um(body.length_um);
  measure->set_body_width_um(body.width_um);
  inspection->set_body_length_um(body.length_um);
  inspection->set_body_width_um(body.width_um);
}

// Only where somebody said which face it is: a wrong reference is worse than none.
absl::Status Inspector::SetReference(const std::string& site, vision::v1::Face face,
                                     v1::Inspection* inspection, v1::InspectedPicture* inspected,
                                     vision::v1::MeasureRequest* measure) const {
  const std::string& model = inspection->model();
  if (model.empty() || face == vision::v1::FACE_UNSPECIFIED) return absl::OkStatus();
  auto id = parts_.store->Get(kReferenceFaceTable, ReferenceFaceKey(site, model, face));
  if (!id.ok()) return id.status();
  if (!id->has_value()) return absl::OkStatus();
  auto row = parts_.store->Get(kReferenceTable, SiteKey(site, **id));
  if (!row.ok()) return row.status();
  v1::Reference reference;
  if (!row->has_value() || !reference.ParseFromString(**row)) {
    return Unreadable(absl::StrCat("reference ", **id));
  }
  auto bytes = parts_.evidence->Get(site, reference.evidence().sha256());
  if (!bytes.ok()) return bytes.status();
  measure->set_reference(*std::move(bytes));
  inspected->set_reference(reference.name());
  const vision::v1::Measurement& clean = reference.measurement();
  if (inspection->body_width_um() == 0 && face != vision::v1::FACE_SIDE) {
    inspection->set_body_length_um(clean.device_length_um());
    inspection->set_body_width_um(clean.device_width_um());
  }
  return absl::OkStatus();
}

// A refusal of the pool is the call's, to be tried again; a picture that cannot be measured is a
// problem of the picture.
absl::StatusOr<v1::InspectedPicture> Inspector::MeasureOne(const std::string& site,
                                                           const v1::Picture& picture,
                                                           vision::v1::MeasureRequest measure,
                                                           v1::Inspection* inspection) const {
  v1::InspectedPicture inspected;
  inspected.set_light(picture.light());
  auto kept = Keep(site, picture, "inspection");
  if (!kept.ok()) return kept.status();
  *inspected.mutable_evidence() = kept->evidence;
  measure.set_face(picture.face());
  if (picture.has_um_per_px()) {
    measure.set_um_per_px(picture.um_per_px());
  } else if (parts_.um_per_px) {
    measure.set_um_per_px(*parts_.um_per_px);
  }
  auto status = SetReference(site, picture.face(), inspection, &inspected, &measure);
  if (!status.ok()) return status;
  vision::v1::Request request;
  *request.mutable_measure() = std::move(measure);
  auto measured = parts_.vision(std::move(kept->bytes), std::move(request));
  if (measured.ok()) {
    *inspected.mutable_measurement() = measured->measurement();
    if (picture.face() != vision::v1::FACE_UNSPECIFIED) {
      inspected.mutable_measurement()->set_face(picture.face());
    }
    *inspection->mutable_versions() = measured->versions();
  } else if (absl::IsResourceExhausted(measured.status()) ||
             absl::IsUnavailable(measured.status())) {
    return measured.status();
  } else {
    inspected.set_problem(absl::StrCat(common::ReasonOf(measured.status()), ": ",
                                       std::string(measured.status().message())));
  }
  return inspected;
}

absl::Status Inspector::Measure(const common::Caller& caller, const v1::InspectRequest& request,
                                const inventory::v1::Asset& asset,
                                v1::Inspection* inspection) const {
  const std::string site = common::SiteOf(request.asset());
  inspection->set_asset(request.asset());
  inspection->set_model(request.model().empty() ? asset.model() : request.model());
  inspection->set_category(request.category().empty() ? asset.category() : request.category());
  *inspection->mutable_answers() = request.answers();
  vision::v1::MeasureRequest measure;
  measure.set_thickness_um(request.thickness_um());
  inspection->set_thickness_um(request.thickness_um());
  const auto calibration = UseStation(site, request.station(), caller, &measure);
  if (!calibration.ok()) return calibration.status();
  if (calibration->has_value()) {
    inspection->set_calibration((*calibration)->name());
  } else {
    inspection->set_uncalibrated_station(caller.station);
  }
  SetBody(caller, site, asset, inspection, &measure);
  for (const v1::Picture& picture : request.pictures()) {
    if (caller.cancelled()) {
      return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "The caller gave up.");
    }
    auto measured = MeasureOne(site, picture, measure, inspection);
    if (!measured.ok()) return measured.status();
    *inspection->add_pictures() = *std::move(measured);
  }
  return absl::OkStatus();
}

}  // namespace loopdock::grading
