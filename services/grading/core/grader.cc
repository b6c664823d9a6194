// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/grader.h"

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/status.h"
#include "services/grading/core/views.h"

namespace loopdock::grading {
namespace {

inventory::v1::Cosmetic CosmeticOf(const std::string& code) {
  inventory::v1::Cosmetic cosmetic = inventory::v1::COSMETIC_UNSPECIFIED;
  inventory::v1::Cosmetic_Parse("COSMETIC_" + code, &cosmetic);
  return cosmetic;
}

std::vector<Look> LooksAt(const v1::Inspection& inspection) {
  const std::vector<size_t> views = ViewsOf(inspection);
  // Marks that a second picture shows, too.
  std::set<std::string> seen_again;
  for (const v1::InspectedPicture& picture : inspection.pictures()) {
    for (const v1::DefectNote& note : picture.notes()) seen_again.insert(note.same_as());
  }
  std::vector<Look> looks;
  for (int i = 0; i < inspection.pictures_size(); ++i) {
    const v1::InspectedPicture& picture = inspection.pictures(i);
    Look& look = looks.emplace_back();
    look.measurement = &picture.measurement();
    look.view = views[static_cast<size_t>(i)];
    for (const v1::DefectNote& note : picture.notes()) {
      DefectKnowledge known{
          .felt = note.felt(),
          .confirmed = note.confirmed(),
          .counts = note.uncounted() != "SAME_MARK" && note.uncounted() != "ONE_LIGHT_ONLY"};
      // It has one of several pictures only where several looked at its place.
      if (note.has_confidence()) {
        known.confidence = note.confidence();
        known.doubted = !seen_again.contains(note.id());
      }
      look.known.push_back(known);
    }
  }
  return looks;
}

// What the scale does not count, besides what other pictures have said.
void NoteFaint(const Scale& scale, v1::InspectedPicture& picture) {
  for (int i = 0; i < picture.notes_size(); ++i) {
    v1::DefectNote& note = *picture.mutable_notes(i);
    if (!note.uncounted().empty() && note.uncounted() != "FAINT") continue;
    const double confidence =
        note.has_confidence() ? note.confidence() : picture.measurement().defects(i).confidence();
    const bool faint = !note.confirmed() && confidence < scale.confidence_min();
    note.set_uncounted(faint ? "FAINT" : "");
  }
}

void Clear(v1::Inspection& inspection) {
  inspection.clear_reason();
  inspection.clear_explanations();
  inspection.clear_margin();
  inspection.clear_letter();
  inspection.clear_next_better();
  inspection.clear_needs_review();
  inspection.clear_review_reasons();
  inspection.clear_faces_missing();
  for (v1::InspectedPicture& picture : *inspection.mutable_pictures()) picture.clear_severities();
}

void SetGrade(const GradeResult& result, v1::Inspection& inspection) {
  inspection.set_cosmetic(CosmeticOf(result.grade));
  inspection.set_letter(result.letter);
  inspection.set_reason(result.reason);
  inspection.set_margin(result.margin);
  inspection.mutable_explanations()->Assign(result.reasons.begin(), result.reasons.end());
  inspection.mutable_review_reasons()->Assign(result.review.begin(), result.review.end());
  if (!result.next_grade.empty()) {
    v1::NextGrade& next = *inspection.mutable_next_better();
    next.set_cosmetic(CosmeticOf(result.next_grade));
    next.set_letter(result.next_letter);
    next.mutable_needs()->Assign(result.needs.begin(), result.needs.end());
  }
  auto severity = result.severities.begin();
  for (v1::InspectedPicture& picture : *inspection.mutable_pictures()) {
    for (int i = 0; i < picture.measurement().defects_size(); ++i) {
      picture.add_severities(severity == result.severities.end() ? 0 : *severity++);
    }
  }
}

// What would have helped and was not there, whatever the grade.
void SayWhatIsNotKnown(v1::Inspection& inspection) {
  if (inspection.has_hazard_hold()) return;
  if (!inspection.uncalibrated_station().empty()) {
    inspection.add_explanations(absl::StrCat(
        "station ", inspection.uncalibrated_station(),
        " has no calibration: its lens is not corrected for, and its mat only where it is one of "
        "ours; calibrate it with `loopdock station calibrate`"));
  }
  const bool compared =
      std::any_of(inspection.pictures().begin(), inspection.pictures().end(),
                  [](const v1::InspectedPicture& picture) { return !picture.reference().empty(); });
  if (!inspection.model().empty() && inspection.body_width_um() == 0 && !compared) {
    inspection.add_explanations(absl::StrCat(
        "nothing is known of model '", inspection.model(),
        "': the catalog has no size of it, and no reference picture of these faces is registered"));
  }
}

}  // namespace

absl::StatusOr<const Scale*> Grader::FindScale(const std::string& id) const {
  for (const Scale& scale : scales_) {
    if (id.empty() || scale.id() == id) return &scale;
  }
  return common::Error(absl::StatusCode::kNotFound, "SCALE_NOT_FOUND",
                       absl::StrCat("There is no scale '", id, "'. ListScales names them."),
                       {{"scale", id}});
}

absl::StatusOr<const Scale*> Grader::ScaleOf(const v1::Inspection& inspection) const {
  return FindScale(inspection.scale().substr(0, inspection.scale().find('@')));
}

absl::Status Grader::Grade(const Scale& scale, v1::Inspection& inspection) const {
  const auto answered = checklists_.Read(inspection.category(), inspection.answers());
  if (!answered.ok()) return answered.status();
  Clear(inspection);
  inspection.set_scale(scale.name());
  inspection.set_scale_sha256(scale.sha256());
  inspection.set_inspected_share(InspectedShare(inspection));
  for (v1::InspectedPicture& picture : *inspection.mutable_pictures()) NoteFaint(scale, picture);
  GradeResult result = scale.Evaluate(LooksAt(inspection), answered->checklist);
  if (answered->checklist.hazard) {
    result.reasons = {
        absl::StrCat("the device is a hazard: it is held, not graded (", answered->hazard, ")")};
    inspection.mutable_hazard_hold()->set_reason(answered->hazard);
  }
  // A picture that could not be measured leaves the device ungraded: what was not seen is never
  // called clean.
  std::vector<std::string> problems;
  for (const v1::InspectedPicture& picture : inspection.pictures()) {
    if (!picture.problem().empty()) problems.push_back(picture.problem());
  }
  if (!problems.empty() && !answered->checklist.hazard) {
    result.grade = "C0";
    result.letter.clear();
    result.reason = "IMAGE_QUALITY";
    result.reasons = std::move(problems);
    result.margin = 0;
    result.next_grade.clear();
    result.review.clear();
  }
  SetGrade(result, inspection);
  SayWhatIsNotKnown(inspection);
  if (result.grade != "C0") SayWhatWasNotSeen(*answered, inspection);
  inspection.set_needs_review(inspection.review_reasons_size() > 0);
  return absl::OkStatus();
}

void Grader::SayWhatWasNotSeen(const Answered& answered, v1::Inspection& inspection) const {
  const auto any_by = [&](vision::v1::ScaleSource source) {
    return std::any_of(
        inspection.pictures().begin(), inspection.pictures().end(),
        [&](const auto& picture) { return picture.measurement().scale_source() == source; });
  };
  if (any_by(vision::v1::SCALE_SOURCE_CATALOG)) {
    inspection.add_explanations(
        "millimetres are reckoned from the catalog's size of the model, not from a mat");
  }
  if (inspection.calibration().empty() && any_by(vision::v1::SCALE_SOURCE_MAT)) {
    inspection.add_explanations(
        "millimetres are by a mat that was recognised, without the lens of a calibrated station");
  }
  if (inspection.thickness_um() == 0 && any_by(vision::v1::SCALE_SOURCE_MAT)) {
    inspection.add_explanations(
        "nobody said how far the face lies above the mat: it is nearer to the camera, so lengths "
        "measure larger, about 3 % for a face 8 mm up and a camera 30 cm away");
  }
  if (const std::string why = SizesDisagree(inspection); !why.empty()) {
    inspection.add_review_reasons(why);
  }
  if (inspection.category().empty()) {
    inspection.add_review_reasons(
        "the device's category is not known: nobody says which faces it has and what to ask of it");
  } else if (!checklists_.Knows(inspection.category())) {
    inspection.add_review_reasons(absl::StrCat(
        "no checklist knows the category '", inspection.category(),
        "': nobody says which faces it has and what to ask of it; `loopdock inspect checklist` "
        "lists those that are known"));
  }
  const auto missing = FacesMissing(inspection, checklists_.FacesOf(inspection.category()));
  std::vector<std::string> names;
  for (const vision::v1::Face face : missing) {
    inspection.add_faces_missing(face);
    names.push_back(FaceName(face));
  }
  if (!names.empty()) {
    const std::string unseen =
        absl::StrCat("no picture shows ", absl::StrJoin(names, ", "), ": nothing is said of ",
                     names.size() == 1 ? "it" : "them");
    inspection.add_explanations(unseen);
    inspection.add_review_reasons(unseen);
  }
  if (!answered.open.empty()) {
    inspection.add_review_reasons(
        absl::StrCat("the checklist was not answered: ", absl::StrJoin(answered.open, " ")));
  }
}

v1::GradeScale ToProto(const Scale& scale, bool is_default) {
  v1::GradeScale proto;
  proto.set_id(scale.id());
  proto.set_version(scale.version());
  proto.set_sha256(scale.sha256());
  proto.set_display_name(scale.display_name());
  proto.set_is_default(is_default);
  for (const Scale::Name& name : scale.names()) {
    v1::ScaleGrade& grade = *proto.add_grades();
    grade.set_cosmetic(CosmeticOf(name.code));
    grade.set_letter(name.letter);
  }
  for (const Scale::Correlation& row : scale.correlations()) {
    v1::ScaleCorrelation& correlation = *proto.add_correlations();
    correlation.set_grade(row.grade);
    for (const std::string& code : row.cosmetic) correlation.add_cosmetic(CosmeticOf(code));
    for (const std::string& code : row.functional) {
      inventory::v1::Functional functional = inventory::v1::FUNCTIONAL_UNSPECIFIED;
      inventory::v1::Functional_Parse("FUNCTIONAL_" + code, &functional);
      correlation.add_functional(functional);
    }
  }
  return proto;
}

}  // namespace loopdock::grading
