// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/edits.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {
namespace {

using vision::v1::Defect;
using Points = google::protobuf::RepeatedPtrField<vision::v1::Point>;

constexpr int kEditsMax = 256;
constexpr int kPointsMax = 256;
constexpr int kDefectsMax = 1024;
constexpr double kExtentMinPx = 0.5;
constexpr double kAreaMinPx2 = 1;

absl::Status Invalid(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "EDIT_INVALID", what);
}

struct Place {
  int picture = 0;
  int defect = 0;
};

std::optional<Place> Find(const v1::Inspection& inspection, const std::string& id) {
  for (int picture = 0; picture < inspection.pictures_size(); ++picture) {
    const auto& notes = inspection.pictures(picture).notes();
    for (int i = 0; i < notes.size(); ++i) {
      if (notes[i].id() == id) return Place{picture, i};
    }
  }
  return std::nullopt;
}

absl::Status NoSuch(const std::string& id) {
  return common::Error(absl::StatusCode::kNotFound, "DEFECT_NOT_FOUND",
                       absl::StrCat("The inspection has no defect '", id, "'."), {{"defect", id}});
}

int CountDefects(const v1::Inspection& inspection) {
  int count = 0;
  for (const auto& picture : inspection.pictures()) count += picture.measurement().defects_size();
  return count;
}

bool IsLine(vision::v1::DefectType type) {
  return type == vision::v1::DEFECT_TYPE_SCRATCH || type == vision::v1::DEFECT_TYPE_CRACK;
}

absl::Status InvalidOutline(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "OUTLINE_INVALID", what);
}

// Twice the area of a triangle: above 0 where c lies left of the way from a to b.
double Turn(const vision::v1::Point& a, const vision::v1::Point& b, const vision::v1::Point& c) {
  return (b.x() - a.x()) * (c.y() - a.y()) - (b.y() - a.y()) * (c.x() - a.x());
}

double Area(const Points& outline) {
  double twice = 0;
  for (int i = 1; i + 1 < outline.size(); ++i) {
    twice += Turn(outline[0], outline[i], outline[i + 1]);
  }
  return std::abs(twice) / 2;
}

double Length(const Points& outline) {
  double length = 0;
  for (int i = 0; i < outline.size(); ++i) {
    for (int j = i + 1; j < outline.size(); ++j) {
      length = std::max(
          length, std::hypot(outline[i].x() - outline[j].x(), outline[i].y() - outline[j].y()));
    }
  }
  return length;
}

// Sides that meet in a corner do not cross.
absl::Status CheckCrossings(const Points& outline) {
  const int size = outline.size();
  for (int i = 0; i < size; ++i) {
    for (int j = i + 1; j < size; ++j) {
      const auto& a = outline[i];
      const auto& b = outline[(i + 1) % size];
      const auto& c = outline[j];
      const auto& d = outline[(j + 1) % size];
      if (Turn(a, b, c) * Turn(a, b, d) >= 0 || Turn(c, d, a) * Turn(c, d, b) >= 0) continue;
      return InvalidOutline(absl::StrCat("The outline crosses itself: its side after point ", i + 1,
                                         " and that after point ", j + 1,
                                         ". Go round the defect, or give a line's two ends."));
    }
  }
  return absl::OkStatus();
}

double DistanceToSide(const vision::v1::Point& at, const vision::v1::Point& a,
                      const vision::v1::Point& b) {
  const double x = b.x() - a.x();
  const double y = b.y() - a.y();
  const double square = x * x + y * y;
  const double along =
      square > 0 ? std::clamp(((at.x() - a.x()) * x + (at.y() - a.y()) * y) / square, 0.0, 1.0) : 0;
  return std::hypot(at.x() - a.x() - along * x, at.y() - a.y() - along * y);
}

// How far a point lies outside of an outline; 0 within.
double Outside(const vision::v1::Point& at, const Points& outline) {
  bool within = false;
  double distance = std::numeric_limits<double>::infinity();
  for (int i = 0; i < outline.size(); ++i) {
    const auto& a = outline[i];
    const auto& b = outline[(i + 1) % outline.size()];
    distance = std::min(distance, DistanceToSide(at, a, b));
    if ((a.y() > at.y()) != (b.y() > at.y()) &&
        at.x() < a.x() + (at.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x())) {
      within = !within;
    }
  }
  return within ? 0 : distance;
}

// The device's own outline is rounded off: a mark at its rim may lie a little beside it.
absl::Status CheckOnDevice(const vision::v1::Measurement& measurement, const Points& outline) {
  constexpr double kBesideMax = 0.05;
  const Points& device = measurement.device_outline();
  if (device.size() < 3) return absl::OkStatus();
  const double beside_max = kBesideMax * Length(device);
  for (int i = 0; i < outline.size(); ++i) {
    const double outside = Outside(outline[i], device);
    if (outside <= beside_max) continue;
    return InvalidOutline(absl::StrCat("Point ", i + 1, " of the outline lies ",
                                       std::lround(outside), " pixels beside the device."));
  }
  return absl::OkStatus();
}

absl::Status CheckOutline(const vision::v1::Measurement& measurement, const Points& outline,
                          vision::v1::DefectType type) {
  const bool line = IsLine(type);
  if (outline.size() < (line ? 2 : 3) || outline.size() > kPointsMax) {
    return Invalid(absl::StrCat("An outline has ", line ? 2 : 3, " to ", kPointsMax, " points."));
  }
  for (const vision::v1::Point& point : outline) {
    // Written so that what is no number fails.
    const bool inside = point.x() >= 0 && point.x() <= measurement.width_px() && point.y() >= 0 &&
                        point.y() <= measurement.height_px();
    if (!inside) {
      return Invalid(absl::StrCat("A point lies outside the picture of ", measurement.width_px(),
                                  " by ", measurement.height_px(), " pixels."));
    }
  }
  if (Length(outline) < kExtentMinPx) {
    return InvalidOutline("All points of the outline are one: it has no length.");
  }
  if (auto status = CheckCrossings(outline); !status.ok()) return status;
  if (!line && Area(outline) < kAreaMinPx2) {
    return InvalidOutline("The outline encloses less than a pixel: go round the defect.");
  }
  return CheckOnDevice(measurement, outline);
}

// Length is the longest extent, area what the outline encloses, width what follows from both.
void MeasureOutline(const vision::v1::Measurement& measurement, const Points& outline,
                    Defect& defect) {
  const double length = Length(outline);
  *defect.mutable_polygon() = outline;
  defect.set_length_px(length);
  defect.set_area_px2(Area(outline));
  defect.set_width_px(length > 0 ? defect.area_px2() / length : 0);
  defect.clear_length_um();
  defect.clear_width_um();
  defect.clear_area_um2();
  if (!measurement.has_um_per_px()) return;
  const double um = measurement.um_per_px();
  defect.set_length_um(length * um);
  defect.set_width_um(defect.width_px() * um);
  defect.set_area_um2(defect.area_px2() * um * um);
}

bool IsType(vision::v1::DefectType type) {
  return type != vision::v1::DEFECT_TYPE_UNSPECIFIED && vision::v1::DefectType_IsValid(type);
}

bool IsZone(vision::v1::Zone zone) {
  return zone != vision::v1::ZONE_UNSPECIFIED && vision::v1::Zone_IsValid(zone);
}

absl::Status Confirm(const std::string& id, v1::Inspection& inspection) {
  const auto place = Find(inspection, id);
  if (!place) return NoSuch(id);
  v1::DefectNote& note = *inspection.mutable_pictures(place->picture)->mutable_notes(place->defect);
  note.set_confirmed(true);
  if (note.uncounted() != "SAME_MARK") note.clear_uncounted();
  inspection.add_changes(absl::StrCat("confirmed ", id));
  return absl::OkStatus();
}

void Remove(const Place& place, v1::Inspection& inspection) {
  v1::InspectedPicture& picture = *inspection.mutable_pictures(place.picture);
  picture.mutable_measurement()->mutable_defects()->DeleteSubrange(place.defect, 1);
  picture.mutable_notes()->DeleteSubrange(place.defect, 1);
}

// What is not there is not there in the other pictures of it either.
absl::Status Delete(const std::string& id, v1::Inspection& inspection) {
  const auto place = Find(inspection, id);
  if (!place) return NoSuch(id);
  const Defect& defect = inspection.pictures(place->picture).measurement().defects(place->defect);
  inspection.add_changes(absl::StrCat("deleted ", id, ", ", DefectTypeName(defect.type()), " on ",
                                      ZoneName(defect.zone())));
  Remove(*place, inspection);
  for (int picture = 0; picture < inspection.pictures_size(); ++picture) {
    for (int i = inspection.pictures(picture).notes_size() - 1; i >= 0; --i) {
      if (inspection.pictures(picture).notes(i).same_as() == id) Remove({picture, i}, inspection);
    }
  }
  return absl::OkStatus();
}

absl::Status Change(const v1::DefectChange& change, v1::Inspection& inspection) {
  const auto place = Find(inspection, change.id());
  if (!place) return NoSuch(change.id());
  v1::InspectedPicture& picture = *inspection.mutable_pictures(place->picture);
  Defect& defect = *picture.mutable_measurement()->mutable_defects(place->defect);
  v1::DefectNote& note = *picture.mutable_notes(place->defect);
  std::string said = absl::StrCat("changed ", change.id());
  if (change.type() != vision::v1::DEFECT_TYPE_UNSPECIFIED) {
    if (!IsType(change.type())) return Invalid("The kind of a defect is unknown.");
    if (!IsLine(change.type()) && change.polygon().empty() && defect.polygon_size() == 2) {
      return InvalidOutline(absl::StrCat("A line encloses nothing: give the outline of the ",
                                         DefectTypeName(change.type()), ", too."));
    }
    defect.set_type(change.type());
    absl::StrAppend(&said, ", is ", DefectTypeName(change.type()));
  }
  if (change.zone() != vision::v1::ZONE_UNSPECIFIED) {
    if (!IsZone(change.zone())) return Invalid("The zone of a defect is unknown.");
    defect.set_zone(change.zone());
    absl::StrAppend(&said, ", on ", ZoneName(change.zone()));
  }
  if (!change.polygon().empty()) {
    auto status = CheckOutline(picture.measurement(), change.polygon(), defect.type());
    if (!status.ok()) return status;
    MeasureOutline(picture.measurement(), change.polygon(), defect);
    absl::StrAppend(&said, ", outlined anew");
  }
  if (change.has_felt()) {
    note.set_felt(change.felt());
    absl::StrAppend(&said, change.felt() ? ", felt" : ", not felt");
  }
  note.set_confirmed(true);
  if (note.uncounted() != "SAME_MARK") note.clear_uncounted();
  inspection.add_changes(std::move(said));
  return absl::OkStatus();
}

absl::Status Add(const v1::DefectAddition& addition, v1::Inspection& inspection) {
  if (addition.picture() < 0 || addition.picture() >= inspection.pictures_size()) {
    return Invalid(
        absl::StrCat("Pictures are counted from 0 to ", inspection.pictures_size() - 1, "."));
  }
  v1::InspectedPicture& picture = *inspection.mutable_pictures(addition.picture());
  if (!picture.problem().empty()) return Invalid("That picture could not be measured.");
  if (!IsType(addition.type())) return Invalid("A defect that is added needs its kind.");
  if (!IsZone(addition.zone())) return Invalid("A defect that is added needs its zone, Z1 to Z6.");
  auto status = CheckOutline(picture.measurement(), addition.polygon(), addition.type());
  if (!status.ok()) return status;
  if (CountDefects(inspection) >= kDefectsMax) {
    return Invalid(absl::StrCat("An inspection has at most ", kDefectsMax, " defects."));
  }
  inspection.set_last_defect(inspection.last_defect() + 1);
  const std::string id = absl::StrCat("d", inspection.last_defect());
  Defect& defect = *picture.mutable_measurement()->add_defects();
  defect.set_type(addition.type());
  defect.set_zone(addition.zone());
  defect.set_confidence(1);
  MeasureOutline(picture.measurement(), addition.polygon(), defect);
  v1::DefectNote& note = *picture.add_notes();
  note.set_id(id);
  note.set_origin(v1::DEFECT_ORIGIN_PERSON);
  note.set_confirmed(true);
  note.set_felt(addition.felt());
  inspection.add_changes(absl::StrCat("added ", id, ", ", DefectTypeName(addition.type()), " on ",
                                      ZoneName(addition.zone())));
  return absl::OkStatus();
}

}  // namespace

absl::Status ApplyEdits(const google::protobuf::RepeatedPtrField<v1::DefectEdit>& edits,
                        v1::Inspection& inspection) {
  if (edits.size() > kEditsMax) {
    return Invalid(absl::StrCat("At most ", kEditsMax, " changes at once."));
  }
  for (const v1::DefectEdit& edit : edits) {
    absl::Status status;
    switch (edit.edit_case()) {
      case v1::DefectEdit::kConfirm:
        status = Confirm(edit.confirm(), inspection);
        break;
      case v1::DefectEdit::kDelete:
        status = Delete(edit.delete_(), inspection);
        break;
      case v1::DefectEdit::kChange:
        status = Change(edit.change(), inspection);
        break;
      case v1::DefectEdit::kAdd:
        status = Add(edit.add(), inspection);
        break;
      case v1::DefectEdit::EDIT_NOT_SET:
        status = Invalid("A change says nothing.");
        break;
    }
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

void ApplyAnswers(const google::protobuf::RepeatedPtrField<v1::ChecklistAnswer>& answers,
                  v1::Inspection& inspection) {
  for (const v1::ChecklistAnswer& answer : answers) {
    auto& kept = *inspection.mutable_answers();
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const v1::ChecklistAnswer& one) {
      return one.question() == answer.question();
    });
    if (same == kept.end()) {
      *inspection.add_answers() = answer;
    } else {
      *same = answer;
    }
    inspection.add_changes(absl::StrCat("answered ", answer.question(), " with ", answer.answer()));
  }
}

}  // namespace loopdock::grading
