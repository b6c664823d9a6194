// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/find_defects.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/marks.h"
#include "services/vision/measure/surface.h"

namespace loopdock::vision {
namespace {

// Dust and fibres have a size in millimetres, so that decides where it is known how short a bright
// line may be; a picture that shows little still needs some pixels to tell a line.
void SetLineMin(const Working& working, double factor, const Parameters& p, MarkField& field) {
  field.line_min_px = p.line_length_min_px * working.scale * factor;
  field.bright_line_min_px = field.line_min_px;
  if (!working.px_per_mm.has_value()) return;
  field.bright_line_min_px =
      std::min(field.line_min_px,
               std::max(p.line_length_min_mm * *working.px_per_mm * factor, p.line_pixels_min));
}

// Hairlines that the reduced copy loses, found in the picture as it came; in working pixels.
cv::Mat FineMarks(const Working& working, const InspectedArea& area, const MarkField& coarse,
                  const Surface& surface, const Parameters& p) {
  const double factor = working.to_picture;
  const cv::Rect whole(0, 0, working.full.cols, working.full.rows);
  const cv::Rect box =
      cv::Rect(cv::Point2d(area.box.tl()) * factor, cv::Size2d(area.box.size()) * factor) & whole;
  MarkField field;
  field.grey = working.full(box);
  cv::resize(area.mask, field.mask, box.size(), 0, 0, cv::INTER_NEAREST);
  field.scale = working.scale * factor;
  field.both_signs = coarse.both_signs;
  SetLineMin(working, factor, p, field);
  field.patches = false;
  if (!coarse.reference.empty()) {
    cv::resize(coarse.reference, field.reference, box.size(), 0, 0, cv::INTER_LINEAR);
  }
  const cv::Mat marks = FindMarks(field, Surface(surface, factor, box.size()), p);
  cv::Mat reduced;
  cv::resize(marks, reduced, area.box.size(), 0, 0, cv::INTER_AREA);
  // A hairline covers only a part of a working pixel.
  return reduced > 255 / (2 * factor);
}

cv::Mat Grey(const cv::Mat& picture) {
  if (picture.channels() == 1) return picture;
  cv::Mat grey;
  cv::cvtColor(picture, grey, cv::COLOR_BGR2GRAY);
  return grey;
}

}  // namespace

Working MakeWorking(const cv::Mat& picture, const Parameters& p) {
  Working working;
  working.full = Grey(picture);
  working.grey = working.full;
  const int longer = std::max(picture.cols, picture.rows);
  if (longer > p.working_long_side_max) {
    const double factor = static_cast<double>(p.reference_long_side_px) / longer;
    const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.cols * factor))),
                        std::max(1, static_cast<int>(std::lround(picture.rows * factor))));
    cv::Mat reduced;
    cv::resize(working.full, reduced, size, 0, 0, cv::INTER_AREA);
    working.grey = reduced;
    working.to_picture = 1.0 / factor;
  }
  working.scale = static_cast<double>(std::max(working.grey.cols, working.grey.rows)) /
                  p.reference_long_side_px;
  return working;
}

std::vector<Region> FindDefects(const Working& working, const InspectedArea& area,
                                const cv::Mat& reference, const Parameters& p) {
  MarkField field;
  field.grey = working.grey(area.box);
  field.mask = area.mask;
  field.scale = working.scale;
  field.both_signs = cv::mean(field.grey, area.mask)[0] >= p.light_surface_level;
  SetLineMin(working, 1, p, field);
  if (!reference.empty()) field.reference = reference(area.box);
  const Surface surface(field.grey, working.scale, p);
  RegionField found{field.grey, FindMarks(field, surface, p), area.mask, working.scale,
                    working.px_per_mm};
  if (working.to_picture > 1) {
    found.marks |= FineMarks(working, area, field, surface, p);
  }
  std::vector<Region> regions = FindRegions(found, surface, p);
  for (Region& region : regions) {
    for (cv::Point& point : region.outline) point += area.box.tl();
    for (cv::Point& point : region.path) point += area.box.tl();
    for (cv::Point& point : region.lines.path) point += area.box.tl();
    region.rect.center += cv::Point2f(area.box.tl());
  }
  return regions;
}

}  // namespace loopdock::vision
