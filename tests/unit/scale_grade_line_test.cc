// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "services/common/status.h"
#include "services/grading/core/grade_line.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using nlohmann::json;

std::vector<std::string> Keys(const json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

vision::v1::Measurement OneScratch(bool with_scale) {
  vision::v1::Measurement picture = GoodPicture();
  vision::v1::Defect& scratch = AddScratch(picture, 5);
  auto* corner = scratch.add_polygon();
  corner->set_x(10.26);
  corner->set_y(20);
  if (with_scale) {
    scratch.set_length_um(5000);
    scratch.set_width_um(40);
    scratch.set_area_um2(200000);
  } else {
    picture.clear_um_per_px();
  }
  picture.set_score(12.5);
  return picture;
}

TEST(GradeLine, HasTheFieldsOfTheContract) {
  auto picture = OneScratch(true);
  picture.set_scale_source(vision::v1::SCALE_SOURCE_MAT);
  picture.set_marks_found(42);
  const std::string text =
      GradeLine("a b.jpg", picture, DefaultScale().Evaluate(picture, {}), 81.257);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.rfind("{\"file\":\"a b.jpg\",\"grade\":\"C5\",\"reason\":\"LIMIT\",", 0), 0U);
  const json line = json::parse(text);
  EXPECT_EQ(Keys(line),
            (std::vector<std::string>{"defects", "error", "file", "grade", "inspected_share",
                                      "letter", "margin", "marks_found", "ms", "next", "quality",
                                      "reason", "scale_source", "score", "um_per_px", "why"}));
  EXPECT_EQ(line["scale_source"], "mat");
  EXPECT_EQ(line["um_per_px"], picture.um_per_px());
  EXPECT_EQ(line["marks_found"], 42);
  EXPECT_EQ(line["why"][0],
            "C5: display has one scratch of 5.0 mm; C6 allows none of 3 mm or more");
  EXPECT_EQ(line["next"]["grade"], "C6");
  EXPECT_EQ(line["next"]["needs"][0], "display: no scratch of 3 mm or more (now 1)");
  EXPECT_EQ(line["margin"], 0.2857);
  EXPECT_TRUE(line["letter"].is_null());
  EXPECT_EQ(line["score"], 12.5);
  EXPECT_EQ(line["ms"], 81.26);
  EXPECT_TRUE(line["error"].is_null());
  EXPECT_TRUE(line["quality"]["passed"].get<bool>());
  ASSERT_EQ(line["defects"].size(), 1U);
  const json& defect = line["defects"][0];
  EXPECT_EQ(Keys(defect), (std::vector<std::string>{"area_px2", "area_um2", "confidence",
                                                    "length_px", "length_um", "polygon", "severity",
                                                    "type", "width_px", "width_um", "zone"}));
  EXPECT_EQ(defect["type"], "scratch");
  EXPECT_EQ(defect["zone"], "Z1");
  EXPECT_EQ(defect["severity"], "S2");
  EXPECT_EQ(defect["length_um"], 5000);
  EXPECT_EQ(defect["polygon"], json::parse("[[10.3, 20.0]]"));
}

TEST(GradeLine, WithoutScaleMicrometresAndSeverityAreNull) {
  const auto picture = OneScratch(false);
  const json line =
      json::parse(GradeLine("a.jpg", picture, DefaultScale().Evaluate(picture, {}), 1));
  EXPECT_EQ(line["grade"], "C0");
  EXPECT_EQ(line["reason"], "SCALE_UNKNOWN");
  EXPECT_EQ(line["score"], 12.5);
  EXPECT_TRUE(line["scale_source"].is_null());
  EXPECT_TRUE(line["um_per_px"].is_null());
  const json& defect = line["defects"][0];
  for (const char* key : {"length_um", "width_um", "area_um2", "severity"}) {
    EXPECT_TRUE(defect.at(key).is_null()) << key;
  }
  EXPECT_EQ(defect["length_px"], 100);
}

TEST(GradeLine, APictureThatCannotBeReadGivesALine) {
  const absl::Status status = common::Error(absl::StatusCode::kInvalidArgument, "IMAGE_TRUNCATED",
                                            "The picture ends before its end.");
  const json line = json::parse(GradeLine("bad\xff.jpg", status, {}, 3));
  EXPECT_EQ(line["error"]["reason"], "IMAGE_TRUNCATED");
  EXPECT_EQ(line["error"]["message"], "The picture ends before its end.");
  EXPECT_EQ(line["ms"], 3);
  EXPECT_TRUE(line["defects"].empty());
  for (const char* key : {"grade", "reason", "score", "inspected_share", "quality"}) {
    EXPECT_TRUE(line.at(key).is_null()) << key;
  }
}

}  // namespace
}  // namespace loopdock::grading
