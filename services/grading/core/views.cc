// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/views.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/grading/core/lights.h"

namespace loopdock::grading {
namespace {

using vision::v1::Measurement;

// Below this a mark that other looks at its place do not show is taken for dust or a reflection.
constexpr double kDoubted = 0.1;
// Two sizes of one device differ by less: a face above the mat measures some per cent too large.
constexpr double kSizeTolerance = 0.1;

// Pictures of one face, by their index in the inspection.
void CompareFace(const std::vector<int>& pictures, v1::Inspection& inspection) {
  std::vector<Measurement> face;
  for (const int picture : pictures) face.push_back(inspection.pictures(picture).measurement());
  const auto note_at = [&](int picture, int defect) -> v1::DefectNote& {
    return *inspection.mutable_pictures(pictures[static_cast<size_t>(picture)])
                ->mutable_notes(defect);
  };
  for (const SeenDefect& seen : CompareLights(face)) {
    v1::DefectNote& note = note_at(seen.picture, seen.defect);
    if (seen.looked_in > 1) note.set_confidence(seen.confidence);
    if (seen.looked_in > 1 && seen.seen_in == 1 && seen.confidence < kDoubted) {
      note.set_uncounted("ONE_LIGHT_ONLY");
    }
    for (const auto& [picture, defect] : seen.also) {
      v1::DefectNote& same = note_at(picture, defect);
      same.set_uncounted("SAME_MARK");
      same.set_same_as(note.id());
    }
  }
}

// By the shoelace formula.
double AreaPx2(const google::protobuf::RepeatedPtrField<vision::v1::Point>& outline) {
  double twice = 0;
  for (int i = 0; i < outline.size(); ++i) {
    const auto& a = outline[i];
    const auto& b = outline[(i + 1) % outline.size()];
    twice += a.x() * b.y() - b.x() * a.y();
  }
  return std::abs(twice) / 2;
}

// The size of a device's larger faces.
struct Size {
  double length_um = 0;
  double width_um = 0;
};

bool Differ(double one, double other) {
  return std::abs(one - other) > kSizeTolerance * std::max(one, other);
}

bool Differ(const Size& one, const Size& other) {
  return Differ(one.length_um, other.length_um) || Differ(one.width_um, other.width_um);
}

std::string SizeText(const Size& size) {
  return absl::StrFormat("%.0f by %.0f mm", size.length_um / 1000, size.width_um / 1000);
}

// What a picture has measured: nothing of a side, and nothing where the catalog's size is the
// scale.
std::optional<Size> SizeOf(const Measurement& measurement) {
  if (measurement.face() == vision::v1::FACE_SIDE || !measurement.quality().passed() ||
      measurement.scale_source() == vision::v1::SCALE_SOURCE_CATALOG ||
      !measurement.has_device_length_um() || !measurement.has_device_width_um()) {
    return std::nullopt;
  }
  return Size{.length_um = measurement.device_length_um(),
              .width_um = measurement.device_width_um()};
}

}  // namespace

std::vector<size_t> ViewsOf(const v1::Inspection& inspection) {
  std::vector<size_t> views;
  std::map<vision::v1::Face, size_t> of_face;
  size_t next = 0;
  for (const v1::InspectedPicture& picture : inspection.pictures()) {
    const vision::v1::Face face = picture.measurement().face();
    if (face == vision::v1::FACE_SIDE || face == vision::v1::FACE_UNSPECIFIED) {
      views.push_back(next++);
      continue;
    }
    const auto [known, added] = of_face.emplace(face, next);
    if (added) ++next;
    views.push_back(known->second);
  }
  return views;
}

void NoteDefects(v1::Inspection& inspection) {
  int id = 0;
  for (v1::InspectedPicture& picture : *inspection.mutable_pictures()) {
    for (int i = 0; i < picture.measurement().defects_size(); ++i) {
      v1::DefectNote* note = picture.add_notes();
      note->set_id(absl::StrCat("d", ++id));
      note->set_origin(v1::DEFECT_ORIGIN_CAMERA);
    }
  }
  inspection.set_last_defect(id);
  std::map<size_t, std::vector<int>> faces;
  const std::vector<size_t> views = ViewsOf(inspection);
  for (int i = 0; i < inspection.pictures_size(); ++i) {
    faces[views[static_cast<size_t>(i)]].push_back(i);
  }
  for (const auto& [view, pictures] : faces) {
    if (pictures.size() > 1) CompareFace(pictures, inspection);
  }
}

double InspectedShare(const v1::Inspection& inspection) {
  struct Seen {
    double area = 0;
    double share = 0;
  };
  std::map<size_t, Seen> views;
  const std::vector<size_t> view_of = ViewsOf(inspection);
  bool sized = true;
  for (int i = 0; i < inspection.pictures_size(); ++i) {
    const Measurement& measurement = inspection.pictures(i).measurement();
    Seen& seen = views[view_of[static_cast<size_t>(i)]];
    const double um = measurement.um_per_px();
    const double area = AreaPx2(measurement.device_outline()) * um * um;
    sized = sized && area > 0;
    seen.area = std::max(seen.area, area);
    seen.share = std::max(seen.share, measurement.inspected_share());
  }
  double whole = 0;
  double inspected = 0;
  for (const auto& [view, seen] : views) {
    const double weight = sized ? seen.area : 1;
    whole += weight;
    inspected += weight * seen.share;
  }
  return whole > 0 ? inspected / whole : 0;
}

std::vector<vision::v1::Face> FacesMissing(const v1::Inspection& inspection,
                                           const std::vector<vision::v1::Face>& expected) {
  std::vector<vision::v1::Face> missing;
  for (const vision::v1::Face face : expected) {
    const bool shown = std::any_of(
        inspection.pictures().begin(), inspection.pictures().end(),
        [&](const v1::InspectedPicture& picture) { return picture.measurement().face() == face; });
    if (!shown) missing.push_back(face);
  }
  return missing;
}

std::string SizesDisagree(const v1::Inspection& inspection) {
  const Size body{.length_um = inspection.body_length_um(), .width_um = inspection.body_width_um()};
  std::optional<Size> first;
  int first_at = 0;
  for (int i = 0; i < inspection.pictures_size(); ++i) {
    const std::optional<Size> size = SizeOf(inspection.pictures(i).measurement());
    if (!size) continue;
    if (body.width_um > 0 && Differ(*size, body)) {
      return absl::StrCat("picture ", i, " shows a face of ", SizeText(*size), ", but ",
                          inspection.model().empty() ? "the catalog's device" : inspection.model(),
                          " has ", SizeText(body), ": it may be another model");
    }
    if (first && Differ(*size, *first)) {
      return absl::StrCat("picture ", first_at, " shows a face of ", SizeText(*first), ", picture ",
                          i, " one of ", SizeText(*size), ": they may not be of one device");
    }
    if (!first) {
      first = size;
      first_at = i;
    }
  }
  return "";
}

}  // namespace loopdock::grading
