// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/measure.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/vision/measure/blobs.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/flatten.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/lines.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/quality.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/sizes.h"
#include "services/vision/measure/zones.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

// The grey picture that is worked on, and how its pixels relate to others.
struct Working {
  cv::Mat grey;
  // All of the picture's pixels, for what needs them.
  cv::Mat full;
  // Working pixels a pixel at 1920.
  double scale = 1;
  // Pixels of the picture given a working pixel.
  double to_picture = 1;
};

Working MakeWorking(const cv::Mat& picture, const Parameters& p) {
  Working working;
  if (picture.channels() == 1) {
    working.full = picture;
  } else {
    cv::cvtColor(picture, working.full, cv::COLOR_BGR2GRAY);
  }
  working.grey = working.full;
  const int longer = std::max(picture.cols, picture.rows);
  if (longer > p.working_long_side_max) {
    const double factor = static_cast<double>(p.working_long_side_max) / longer;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * factor))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * factor))));
    cv::resize(working.full, working.grey, size, 0, 0, cv::INTER_AREA);
    working.to_picture = 1.0 / factor;
  }
  working.scale = static_cast<double>(std::max(working.grey.cols, working.grey.rows)) /
                  p.reference_long_side_px;
  return working;
}

void AddPoint(const cv::Point2d& at, double factor, v1::Point* point) {
  // Centres of pixels stay centres when the picture was reduced.
  point->set_x((at.x + 0.5) * factor - 0.5);
  point->set_y((at.y + 0.5) * factor - 0.5);
}

void AddDefect(const Region& region, v1::Zone zone, cv::Point box, const Working& working,
               const PictureScale& scale, const Parameters& p, v1::Measurement& measurement) {
  const double factor = working.to_picture;
  v1::Defect* defect = measurement.add_defects();
  defect->set_type(region.type);
  defect->set_zone(zone);
  for (const cv::Point& point : region.outline) {
    AddPoint(point + box, factor, defect->add_polygon());
  }
  defect->set_length_px(region.length_px * factor);
  defect->set_width_px(region.width_px * factor);
  defect->set_area_px2(region.area_px2 * factor * factor);
  SetSizes(region, box, factor, working.full, scale, *defect);
  defect->set_contrast(region.contrast);
  defect->set_confidence(region.weight / (region.weight + p.confident_weight));
  defect->set_weight(region.weight);
}

std::vector<Region> FindDefects(const Working& working, const Device& device,
                                const InspectedArea& area, const Parameters& p) {
  const cv::Mat grey = working.grey(area.box);
  const bool light = cv::mean(grey, area.mask)[0] >= p.light_surface_level;
  const cv::Mat flat = Flatten(grey, working.scale, p);
  cv::Mat marks = FindLines(flat, area.mask, working.scale, light, p);
  marks |= FindBlobs(flat, area.mask, working.scale, light, p);
  std::vector<Region> regions = FindRegions(marks, area.mask, flat, working.scale, p);
  if (device.found) {
    cv::RotatedRect rect = device.rect;
    const double factor = static_cast<double>(working.grey.cols) / device.mask.cols;
    rect.center *= factor;
    rect.size = cv::Size2f(rect.size * static_cast<float>(factor));
    DropEdgeHighlights(rect, area.box.tl(), working.scale, p, regions);
  }
  return regions;
}

void AddPlaces(const Working& working, const Device& device, const InspectedArea& area,
               v1::Measurement& measurement) {
  const double factor = working.to_picture;
  if (device.found) {
    const double coarse = static_cast<double>(working.grey.cols) / device.mask.cols * factor;
    for (const cv::Point& point : device.hull) {
      AddPoint(point, coarse, measurement.add_device_outline());
    }
    v1::ZoneArea* zone = measurement.add_zones();
    zone->set_zone(SurfaceZone(device));
    zone->set_area_px2(area.area_px2 * factor * factor);
  }
  for (const cv::Point& point : area.outline) {
    AddPoint(point, factor, measurement.add_inspected_outline());
  }
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
  const Working working = MakeWorking(picture, p);
  v1::Measurement measurement;
  measurement.set_width_px(picture.cols);
  measurement.set_height_px(picture.rows);
  PictureScale scale = ScaleFromMat(working.full, options);
  Device device;
  InspectedArea area;
  if (std::min(working.grey.cols, working.grey.rows) >= p.side_min_px) {
    cv::Mat coarse = CoarsePicture(working.grey, p);
    const double coarse_px = static_cast<double>(picture.cols) / coarse.cols;
    HideMat(scale.mat, coarse_px, coarse);
    device = FindDevice(coarse, p);
    device.whole = device.whole && !CrossesField(scale.mat, coarse_px, device);
    area = FindInspectedArea(device, coarse.size(), working.grey.size(), working.scale, p);
  }
  if (late()) return DeadlineError();
  *measurement.mutable_quality() = JudgeQuality(working.grey, device, area, working.scale, p);
  measurement.set_inspected_share(area.share);
  AddPlaces(working, device, area, measurement);
  const std::vector<cv::Point2d> outline = OutlineOf(measurement);
  ScaleFromElsewhere(outline, options, scale);
  AddScale(scale, outline, measurement);
  if (area.area_px2 == 0) return measurement;
  if (late()) return DeadlineError();
  const std::vector<Region> regions = FindDefects(working, device, area, p);
  if (late()) return DeadlineError();
  double score = 0;
  for (const Region& region : regions) {
    score += region.weight;
    if (measurement.defects_size() < p.defects_max) {
      AddDefect(region, SurfaceZone(device), area.box.tl(), working, scale, p, measurement);
    }
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
