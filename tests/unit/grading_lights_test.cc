// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <utility>
#include <vector>

#include "services/grading/core/lights.h"

namespace loopdock::grading {
namespace {

using vision::v1::Measurement;

constexpr double kLength = 1600;
constexpr double kWidth = 800;

struct Mark {
  double along;
  double across;
  double confidence = 0.6;
  double weight = 100;
};

// A device in a picture with its corner at (100, 50), all of it inspected.
Measurement Picture(std::initializer_list<Mark> marks, double moved_x = 0) {
  Measurement picture;
  for (const auto& [x, y] :
       {std::pair(0.0, 0.0), {kLength, 0.0}, {kLength, kWidth}, {0.0, kWidth}}) {
    for (auto* point : {picture.add_device_outline(), picture.add_inspected_outline()}) {
      point->set_x(100 + moved_x + x);
      point->set_y(50 + y);
    }
  }
  for (const Mark& mark : marks) {
    auto* defect = picture.add_defects();
    defect->set_along(mark.along);
    defect->set_across(mark.across);
    defect->set_confidence(mark.confidence);
    defect->set_weight(mark.weight);
    defect->set_length_px(60);
  }
  return picture;
}

TEST(Lights, OnePictureStaysAsItIs) {
  const std::vector<Measurement> face = {Picture({{0.3, 0.3}, {0.7, 0.2, 0.4}})};
  const std::vector<SeenDefect> seen = CompareLights(face);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].defect, 1);
  EXPECT_DOUBLE_EQ(seen[0].confidence, 0.6);
  EXPECT_EQ(seen[0].looked_in, 1);
  EXPECT_TRUE(CompareLights({}).empty());
}

TEST(Lights, WhatStaysIsConfirmedAndWhatMovesIsDoubted) {
  const std::vector<Measurement> face = {Picture({{0.3, 0.3}, {0.6, 0.6}}),
                                         Picture({{0.305, 0.3, 0.6, 150}, {0.66, 0.6}}, 37)};
  const std::vector<SeenDefect> seen = CompareLights(face);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0].seen_in, 2);
  EXPECT_EQ(seen[0].picture, 1) << "the heavier of the two describes it";
  EXPECT_NEAR(seen[0].confidence, 0.84, 1e-9);
  for (const size_t moved : {size_t{1}, size_t{2}}) {
    EXPECT_EQ(seen[moved].seen_in, 1);
    EXPECT_EQ(seen[moved].looked_in, 2);
    EXPECT_NEAR(seen[moved].confidence, 0.3, 1e-9);
  }
}

TEST(Lights, APlaceThatWasNotInspectedSaysNothing) {
  Measurement glare = Picture({});
  auto* masked = glare.add_masked();
  masked->set_reason(vision::v1::MASK_REASON_GLARE);
  for (const auto& [x, y] : {std::pair(500, 200), {700, 200}, {700, 400}, {500, 400}}) {
    auto* point = masked->add_polygon();
    point->set_x(x);
    point->set_y(y);
  }
  const std::vector<Measurement> face = {Picture({{0.3, 0.3}, {0.6, 0.6}}), glare};
  const std::vector<SeenDefect> seen = CompareLights(face);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].looked_in, 1);
  EXPECT_DOUBLE_EQ(seen[0].confidence, 0.6);
  EXPECT_EQ(seen[1].looked_in, 2);
  EXPECT_LT(seen[1].confidence, 0.6);
}

TEST(Lights, ADeviceTurnedRoundIsRecognised) {
  const std::vector<Measurement> face = {Picture({{0.3, 0.3}, {0.8, 0.6}}),
                                         Picture({{0.7, 0.7}, {0.2, 0.4}})};
  const std::vector<SeenDefect> seen = CompareLights(face);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].seen_in, 2);
  EXPECT_EQ(seen[1].seen_in, 2);
}

TEST(Lights, APartOfALongMarkIsThatMark) {
  Measurement whole = Picture({{0.5, 0.5}});
  whole.mutable_defects(0)->set_length_px(320);
  Measurement part = Picture({{0.55, 0.5}});
  part.mutable_defects(0)->set_length_px(150);
  const std::vector<Measurement> face = {whole, part};
  EXPECT_EQ(CompareLights(face).size(), 1U);
}

TEST(Lights, WithoutAnOutlineThereIsNothingToCompare) {
  Measurement lost = Picture({{0.3, 0.3}});
  lost.clear_device_outline();
  const std::vector<Measurement> face = {Picture({{0.3, 0.3}}), lost};
  const std::vector<SeenDefect> seen = CompareLights(face);
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0].looked_in, 1);
}

}  // namespace
}  // namespace loopdock::grading
