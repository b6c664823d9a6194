// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_SCALE_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_SCALE_FIXTURE_H_

// The default scale as a text, and measurements made by hand, for the tests of the grading core.
// Thread safety: free functions, safe from any thread.

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

inline constexpr double kUmPerPx = 50;

// A file of models/grading, without ".toml".
inline std::string ScaleText(const std::string& name) {
  const char* root = std::getenv("LOOPDOCK_SOURCE_DIR");
  std::ifstream file(std::string(root == nullptr ? "." : root) + "/models/grading/" + name +
                     ".toml");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string DefaultScaleText() { return ScaleText("itad-1"); }

inline Scale DefaultScale() {
  absl::StatusOr<Scale> scale = Scale::Parse(DefaultScaleText());
  if (!scale.ok()) {
    ADD_FAILURE() << scale.status();
    std::abort();
  }
  return *std::move(scale);
}

// A good picture of a display of 150 mm x 70 mm at kUmPerPx.
inline vision::v1::Measurement GoodPicture(vision::v1::Zone zone = vision::v1::ZONE_Z1) {
  vision::v1::Measurement measurement;
  measurement.mutable_quality()->set_passed(true);
  measurement.set_um_per_px(kUmPerPx);
  measurement.set_inspected_share(1);
  auto* seen = measurement.add_zones();
  seen->set_zone(zone);
  seen->set_area_px2(150 * 70 * 1e6 / (kUmPerPx * kUmPerPx));
  return measurement;
}

inline vision::v1::Defect& AddDefect(vision::v1::Measurement& measurement,
                                     vision::v1::DefectType type, double length_mm, double width_mm,
                                     vision::v1::Zone zone = vision::v1::ZONE_Z1) {
  vision::v1::Defect& defect = *measurement.add_defects();
  defect.set_type(type);
  defect.set_zone(zone);
  defect.set_length_px(length_mm * 1000 / kUmPerPx);
  defect.set_width_px(width_mm * 1000 / kUmPerPx);
  defect.set_area_px2(defect.length_px() * defect.width_px());
  defect.set_confidence(0.9);
  return defect;
}

inline vision::v1::Defect& AddScratch(vision::v1::Measurement& measurement, double length_mm,
                                      vision::v1::Zone zone = vision::v1::ZONE_Z1) {
  return AddDefect(measurement, vision::v1::DEFECT_TYPE_SCRATCH, length_mm, 0.04, zone);
}

}  // namespace loopdock::grading

#endif  // LOOPDOCK_TESTS_UNIT_SCALE_FIXTURE_H_
