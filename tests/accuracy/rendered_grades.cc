// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/rendered_grades.h"

#include <opencv2/imgproc.hpp>
#include <span>

namespace loopdock::accuracy {

using vision::v1::Measurement;

Measurement TrueMeasurement(const MeasuredShot& shot, double um_per_px) {
  const render::DeviceModel& model = *shot.shot.model;
  const vision::v1::Zone zone = model.shows_display ? vision::v1::ZONE_Z1 : vision::v1::ZONE_Z3;
  Measurement truth;
  truth.mutable_quality()->set_passed(true);
  truth.set_face(model.shows_display ? vision::v1::FACE_DISPLAY : vision::v1::FACE_BACK);
  truth.set_inspected_share(1);
  truth.set_um_per_px(um_per_px);
  vision::v1::ZoneArea* seen = truth.add_zones();
  seen->set_zone(zone);
  seen->set_area_px2(model.length_mm * model.width_mm * 1e6 / (um_per_px * um_per_px));
  for (const render::RenderedDefect& scratch : shot.shot.defects) {
    if (scratch.kind != render::RenderedDefect::Kind::kScratch) continue;
    const double length_um = 1000 * render::LengthMm(scratch);
    const double width_um = 1000 * scratch.width_mm;
    vision::v1::Defect* defect = truth.add_defects();
    defect->set_type(vision::v1::DEFECT_TYPE_SCRATCH);
    defect->set_zone(zone);
    defect->set_length_um(length_um);
    defect->set_length_px(length_um / um_per_px);
    defect->set_width_um(width_um);
    defect->set_width_px(width_um / um_per_px);
    defect->set_confidence(1);
  }
  return truth;
}

GradePair GradesOf(const grading::Scale& scale, const MeasuredShot& shot) {
  GradePair pair{.measured = "C0"};
  if (shot.error.empty()) {
    const grading::GradeResult result = scale.Evaluate(shot.measurement, {});
    pair.measured = result.grade;
    pair.asked = !result.review.empty();
  }
  pair.truth = scale.Evaluate(TrueMeasurement(shot, 1000 * shot.truth.mm_per_px), {}).grade;
  pair.truth_in_full = scale.Evaluate(TrueMeasurement(shot, 1), {}).grade;
  return pair;
}

std::optional<int> GradesBetter(const std::string& grade, const std::string& than) {
  if (grade == "C0" || than == "C0") return std::nullopt;
  return grade[1] - than[1];
}

bool FaintWouldLower(const grading::Scale& scale, const Measurement& measurement) {
  grading::Look look{.measurement = &measurement, .view = 0, .known = {}};
  for (const vision::v1::Defect& defect : measurement.defects()) {
    look.known.push_back({.confirmed = defect.confidence() < scale.confidence_min()});
  }
  const auto better = GradesBetter(scale.Evaluate(measurement, {}).grade,
                                   scale.Evaluate(std::span(&look, 1), {}).grade);
  return better.value_or(0) > 0;
}

}  // namespace loopdock::accuracy
