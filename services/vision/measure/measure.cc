// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/measure.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/vision/measure/find_defects.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/quality.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/report.h"
#include "services/vision/measure/sizes.h"
#include "services/vision/measure/zones.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

cv::RotatedRect Scaled(cv::RotatedRect rect, double factor) {
  rect.center *= factor;
  rect.size = cv::Size2f(rect.size * static_cast<float>(factor));
  return rect;
}

void AddPlaces(const Device& device, const InspectedArea& area, double coarse_to_working,
               double to_picture, v1::Measurement& measurement) {
  AddPoints(area.outline, to_picture, measurement.mutable_inspected_outline());
  if (!device.found) return;
  AddPoints(device.hull, coarse_to_working * to_picture, measurement.mutable_device_outline());
  v1::ZoneArea* zone = measurement.add_zones();
  zone->set_zone(SurfaceZone(device));
  zone->set_area_px2(area.area_px2 * to_picture * to_picture);
}

std::vector<cv::Point2d> OutlineOf(const v1::Measurement& measurement) {
  std::vector<cv::Point2d> outline;
  for (const v1::Point& at : measurement.device_outline()) outline.emplace_back(at.x(), at.y());
  return outline;
}

absl::Status DeadlineError() {
  return common::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                       "Measuring the picture took longer than allowed; allow more time or send a "
                       "smaller picture.");
}

absl::StatusOr<v1::Measurement> MeasureChecked(const cv::Mat& picture,
                                               const MeasureOptions& options) {
  const Parameters p;
  const auto late = [&] { return absl::Now() > options.deadline; };
  Working working = MakeWorking(picture, p);
  v1::Measurement measurement;
  measurement.set_width_px(picture.cols);
  measurement.set_height_px(picture.rows);
  PictureScale scale = ScaleFromMat(working.full, options);
  Device device;
  InspectedArea area;
  double coarse_to_working = 1;
  if (std::min(working.grey.cols, working.grey.rows) >= p.side_min_px) {
    cv::Mat coarse = CoarsePicture(working.grey, p);
    coarse_to_working = static_cast<double>(working.grey.cols) / coarse.cols;
    const double coarse_px = static_cast<double>(picture.cols) / coarse.cols;
    HideMat(scale.mat, coarse_px, coarse);
    device = FindDevice(coarse, p);
    device.whole = device.whole && !CrossesField(scale.mat, coarse_px, device);
    area = FindInspectedArea(device, coarse.size(), working.grey.size(), working.scale, p);
  }
  if (late()) return DeadlineError();
  *measurement.mutable_quality() = JudgeQuality(working.grey, device, area, working.scale, p);
  measurement.set_inspected_share(area.share);
  AddPlaces(device, area, coarse_to_working, working.to_picture, measurement);
  const std::vector<cv::Point2d> outline = OutlineOf(measurement);
  ScaleFromElsewhere(outline, options, scale);
  AddScale(scale, outline, measurement);
  if (area.area_px2 == 0) return measurement;
  if (late()) return DeadlineError();
  if (measurement.has_um_per_px()) {
    working.px_per_mm = 1000 / (measurement.um_per_px() * working.to_picture);
  }
  std::vector<Region> regions = FindDefects(working, area, p);
  if (late()) return DeadlineError();
  std::optional<FaceFrame> frame;
  if (device.found) {
    const cv::RotatedRect rect = Scaled(device.rect, coarse_to_working);
    DropEdgeHighlights(rect, working.scale, p, regions);
    frame.emplace(rect);
  }
  double score = 0;
  for (const Region& region : regions) {
    score += region.weight;
    if (measurement.defects_size() >= p.defects_max) continue;
    const double confidence = region.weight / (region.weight + p.confident_weight);
    AddDefect(region, SurfaceZone(device), confidence, frame, working.to_picture, measurement);
    SetSizes(region, working.to_picture, working.full, scale,
             *measurement.mutable_defects(measurement.defects_size() - 1));
  }
  measurement.set_score(score);
  return measurement;
}

absl::Status Invalid(const char* reason, const char* what) {
  return common::Error(absl::StatusCode::kInvalidArgument, reason, what);
}

absl::Status CheckOptions(const MeasureOptions& options, cv::Size picture) {
  if (options.um_per_px.has_value() &&
      !(std::isfinite(*options.um_per_px) && *options.um_per_px > 0)) {
    return Invalid("UM_PER_PX_INVALID",
                   "Give the scale as a positive number of micrometres a pixel.");
  }
  constexpr double kUmMax = 2e6;
  for (const double um : {options.thickness_um, options.body_length_um, options.body_width_um}) {
    // What is no number is not within anything.
    if (!(um >= 0 && um <= kUmMax)) {
      return Invalid("BODY_SIZE_INVALID", "A body is at most two metres long, wide and thick.");
    }
  }
  if (options.mat.has_value()) {
    if (const absl::Status board = CheckBoard(*options.mat); !board.ok()) return board;
    if (options.mat->kind() != v1::BOARD_KIND_FRAME) {
      return Invalid("BOARD_INVALID",
                     "A mat is a frame of marks; a chess board is for calibration.");
    }
  }
  return options.lens.has_value() ? CheckLens(*options.lens, picture) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Measurement> Measure(const cv::Mat& picture, const MeasureOptions& options) {
  if (picture.empty() || (picture.type() != CV_8UC3 && picture.type() != CV_8UC1)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "IMAGE_FORMAT_UNSUPPORTED",
                         "Only pictures of 8 bits with one or three channels can be measured.");
  }
  try {
    if (const absl::Status checked = CheckOptions(options, picture.size()); !checked.ok()) {
      return checked;
    }
    return MeasureChecked(picture, options);
  } catch (const cv::Exception& exception) {
    return common::Error(absl::StatusCode::kInternal, "MEASURE_FAILED",
                         "The picture could not be measured; keep it and report it.",
                         {{"cause", exception.what()}});
  }
}

}  // namespace loopdock::vision
