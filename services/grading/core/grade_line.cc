// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/grade_line.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::grading {
namespace {

using Json = nlohmann::ordered_json;

// More digits would promise what no camera can measure.
double Rounded(double value, double step) { return std::round(value / step) * step; }

Json Number(double value, int decimals) {
  const double factor = std::pow(10.0, decimals);
  return std::round(value * factor) / factor;
}

Json QualityJson(const vision::v1::Quality& quality) {
  Json json;
  json["passed"] = quality.passed();
  json["reason"] = quality.passed() ? Json(nullptr) : Json(quality.reason());
  json["advice"] = quality.passed() ? Json(nullptr) : Json(quality.advice());
  json["focus"] = Number(quality.focus(), 2);
  json["edge_width_px"] = Number(quality.edge_width_px(), 2);
  json["clipped_share"] = Number(quality.clipped_share(), 5);
  json["glare_share"] = Number(quality.glare_share(), 5);
  json["mean_level"] = Number(quality.mean_level(), 1);
  return json;
}

Json DefectJson(const vision::v1::Defect& defect, int severity) {
  Json json;
  json["type"] = DefectTypeName(defect.type());
  json["zone"] = ZoneName(defect.zone());
  json["polygon"] = Json::array();
  for (const vision::v1::Point& point : defect.polygon()) {
    json["polygon"].push_back({Number(point.x(), 1), Number(point.y(), 1)});
  }
  json["length_px"] = Number(defect.length_px(), 1);
  json["width_px"] = Number(defect.width_px(), 1);
  json["area_px2"] = Number(defect.area_px2(), 1);
  json["length_um"] = defect.has_length_um() ? Json(Rounded(defect.length_um(), 1)) : Json();
  json["width_um"] = defect.has_width_um() ? Json(Rounded(defect.width_um(), 1)) : Json();
  json["area_um2"] = defect.has_area_um2() ? Json(Rounded(defect.area_um2(), 1)) : Json();
  json["severity"] = severity > 0 ? Json(SeverityName(severity)) : Json();
  json["confidence"] = Number(defect.confidence(), 3);
  return json;
}

// What the next better grade asks for; null without one.
Json NextJson(const GradeResult& grade) {
  if (grade.next_grade.empty()) return Json();
  Json json;
  json["grade"] = grade.next_grade;
  json["letter"] = grade.next_letter.empty() ? Json() : Json(grade.next_letter);
  json["needs"] = grade.needs;
  return json;
}

Json ScaleSourceJson(vision::v1::ScaleSource source) {
  switch (source) {
    case vision::v1::SCALE_SOURCE_MAT:
      return "mat";
    case vision::v1::SCALE_SOURCE_GIVEN:
      return "given";
    case vision::v1::SCALE_SOURCE_CATALOG:
      return "catalog";
    default:
      return nullptr;
  }
}

}  // namespace

std::string GradeLine(const std::string& file,
                      const absl::StatusOr<vision::v1::Measurement>& measurement,
                      const GradeResult& grade, double ms) {
  Json json;
  json["file"] = file;
  const bool measured = measurement.ok();
  json["grade"] = measured ? Json(grade.grade) : Json();
  json["reason"] = measured ? Json(grade.reason) : Json();
  json["letter"] = measured && !grade.letter.empty() ? Json(grade.letter) : Json();
  json["why"] = measured ? Json(grade.reasons) : Json::array();
  json["next"] = measured ? NextJson(grade) : Json();
  json["margin"] = measured && grade.grade != "C0" ? Number(grade.margin, 4) : Json();
  json["score"] = measured ? Number(measurement->score(), 3) : Json();
  json["inspected_share"] = measured ? Number(measurement->inspected_share(), 4) : Json();
  json["scale_source"] = measured ? ScaleSourceJson(measurement->scale_source()) : Json();
  json["um_per_px"] =
      measured && measurement->has_um_per_px() ? Number(measurement->um_per_px(), 3) : Json();
  json["marks_found"] = measured ? Json(measurement->marks_found()) : Json();
  json["quality"] = measured ? QualityJson(measurement->quality()) : Json();
  json["defects"] = Json::array();
  if (measured) {
    for (int i = 0; i < measurement->defects_size(); ++i) {
      const auto at = static_cast<size_t>(i);
      const int severity = at < grade.severities.size() ? grade.severities[at] : 0;
      json["defects"].push_back(DefectJson(measurement->defects(i), severity));
    }
  }
  json["ms"] = Number(ms, 2);
  // null when it was measured.
  json["error"] = Json::parse(common::ErrorJson(measurement.status()));
  return common::DumpJson(json);
}

}  // namespace loopdock::grading
