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
#include "services/vision/measure/zones.h"

namespace loopdock::vision {
namespace {

// The grey picture that is worked on, and how its pixels relate to others.
struct Working {
  cv::Mat grey;
  // Working pixels a pixel at 1920.
  double scale = 1;
  // Pixels of the picture given a working pixel.
  double to_picture = 1;
};

Working MakeWorking(const cv::Mat& picture, const Parameters& p) {
  Working working;
  cv::Mat small_picture = picture;
  const int longer = std::max(picture.cols, picture.rows);
  if (longer > p.working_long_side_max) {
    const double factor = static_cast<double>(p.working_long_side_max) / longer;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * factor))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * factor))));
    cv::resize(picture, small_picture, size, 0, 0, cv::INTER_AREA);
    working.to_picture = 1.0 / factor;
  }
  if (picture.channels() == 1) {
    working.grey = small_picture;
  } else {
    cv::cvtColor(small_picture, working.grey, cv::COLOR_BGR2GRAY);
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
               const MeasureOptions& options, const Parameters& p, v1::Measurement& measurement) {
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
  if (options.um_per_px.has_value()) {
    const double um = *options.um_per_px;
    defect->set_length_um(defect->length_px() * um);
    defect->set_width_um(defect->width_px() * um);
    defect->set_area_um2(defect->area_px2() * um * um);
  }
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
  if (options.um_per_px.has_value()) measurement.set_um_per_px(*options.um_per_px);
  Device device;
  InspectedArea area;
  if (std::min(working.grey.cols, working.grey.rows) >= p.side_min_px) {
    const cv::Mat coarse = CoarsePicture(working.grey, p);
    device = FindDevice(coarse, p);
    area = FindInspectedArea(device, coarse.size(), working.grey.size(), working.scale, p);
  }
  if (late()) return DeadlineError();
  *measurement.mutable_quality() = JudgeQuality(working.grey, device, area, working.scale, p);
  measurement.set_inspected_share(area.share);
  if (area.area_px2 == 0) return measurement;
  if (late()) return DeadlineError();
  const std::vector<Region> regions = FindDefects(working, device, area, p);
  if (late()) return DeadlineError();
  double score = 0;
  for (const Region& region : regions) {
    score += region.weight;
    if (measurement.defects_size() < p.defects_max) {
      AddDefect(region, SurfaceZone(device), area.box.tl(), working, options, p, measurement);
    }
  }
  measurement.set_score(score);
  AddPlaces(working, device, area, measurement);
  return measurement;
}

}  // namespace

absl::StatusOr<v1::Measurement> Measure(const cv::Mat& picture, const MeasureOptions& options) {
  if (picture.empty() || (picture.type() != CV_8UC3 && picture.type() != CV_8UC1)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "IMAGE_FORMAT_UNSUPPORTED",
                         "Only pictures of 8 bits with one or three channels can be measured.");
  }
  if (options.um_per_px.has_value() &&
      !(std::isfinite(*options.um_per_px) && *options.um_per_px > 0)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "UM_PER_PX_INVALID",
                         "Give the scale as a positive number of micrometres a pixel.");
  }
  try {
    return MeasureChecked(picture, options);
  } catch (const cv::Exception& exception) {
    return common::Error(absl::StatusCode::kInternal, "MEASURE_FAILED",
                         "The picture could not be measured; keep it and report it.",
                         {{"cause", exception.what()}});
  }
}

}  // namespace loopdock::vision
