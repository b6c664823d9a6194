// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/regions.h"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include "services/vision/measure/skeleton.h"

namespace loopdock::vision {
namespace {

constexpr size_t kOutlinePointsMax = 64;

cv::Mat Disc(double radius) {
  const int reach = std::max(1, static_cast<int>(std::lround(radius)));
  return cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * reach + 1, 2 * reach + 1));
}

double Percentile(std::vector<float>& values, double share) {
  const auto at =
      values.begin() +
      static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// One outline around all marks of the region: closed over the gaps, then drawn back.
std::vector<cv::Point> Outline(const cv::Mat& marks, double join, double& filled_area) {
  const int pad = static_cast<int>(std::ceil(join)) + 2;
  cv::Mat closed;
  cv::copyMakeBorder(marks, closed, pad, pad, pad, pad, cv::BORDER_CONSTANT, cv::Scalar(0));
  const cv::Mat disc = Disc(join);
  cv::morphologyEx(closed, closed, cv::MORPH_CLOSE, disc);
  cv::dilate(closed, closed, cv::Mat::ones(3, 3, CV_8U));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(closed, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Point> outline;
  for (const auto& contour : contours) {
    if (contour.size() > outline.size()) outline = contour;
  }
  filled_area = cv::contourArea(outline);
  const std::vector<cv::Point> all = outline;
  for (double tolerance = 1; outline.size() > kOutlinePointsMax && tolerance < 100;
       tolerance *= 1.5) {
    cv::approxPolyDP(all, outline, tolerance, true);
  }
  // findContours walks the outer border against the clock in picture coordinates.
  std::reverse(outline.begin(), outline.end());
  for (cv::Point& point : outline) point -= cv::Point(pad, pad);
  return outline;
}

// Light across the line against its peak: the width at which a sharp line of that peak would send
// as much light. Works below a pixel's width too, where counting pixels does not.
double LineWidth(const cv::Mat& marks, const cv::Mat& level, const Skeleton& skeleton) {
  if (skeleton.points.empty() || skeleton.length_px < 1) return 1;
  cv::Mat around;
  cv::dilate(marks, around, cv::Mat::ones(5, 5, CV_8U));
  double light = 0;
  for (int y = 0; y < level.rows; ++y) {
    const float* value = level.ptr<float>(y);
    const unsigned char* inside = around.ptr<unsigned char>(y);
    for (int x = 0; x < level.cols; ++x) {
      if (inside[x] != 0) light += std::max(0.0F, value[x]);
    }
  }
  double peak = 0;
  for (const cv::Point& point : skeleton.points) peak += level.at<float>(point);
  peak /= static_cast<double>(skeleton.points.size());
  if (peak <= 0) return 1;
  return light / (peak * (skeleton.length_px + 1));
}

v1::DefectType KindOf(const Skeleton& skeleton, double major, double minor, double width,
                      double scale, const Parameters& p) {
  const double curl = skeleton.length_px / major;
  if (skeleton.junctions >= p.crack_junctions_min && curl >= p.crack_curl_min &&
      skeleton.straightness >= p.crack_straightness_min && width <= p.crack_width_max_px * scale) {
    return v1::DEFECT_TYPE_CRACK;
  }
  if (major >= p.scratch_length_min_px * scale && major >= p.scratch_aspect_min * minor &&
      curl >= p.scratch_curl_min && curl < p.scratch_curl_max) {
    return v1::DEFECT_TYPE_SCRATCH;
  }
  return v1::DEFECT_TYPE_STAIN;
}

Region Describe(const cv::Mat& marks, const cv::Mat& level, double scale, const Parameters& p) {
  Region region;
  std::vector<cv::Point> points;
  cv::findNonZero(marks, points);
  std::vector<float> levels;
  levels.reserve(points.size());
  for (const cv::Point& point : points) levels.push_back(level.at<float>(point));
  region.contrast = Percentile(levels, 0.95);
  region.rect = cv::minAreaRect(points);
  const double major = std::max(region.rect.size.width, region.rect.size.height) + 1.0;
  const double minor = std::min(region.rect.size.width, region.rect.size.height) + 1.0;
  const auto area = static_cast<double>(points.size());
  if (area < p.faint_area_px2 * scale * scale && region.contrast < p.faint_contrast) return region;
  region.weight = std::sqrt(area) / scale * region.contrast / p.weight_contrast;

  cv::Mat joined;
  cv::morphologyEx(marks, joined, cv::MORPH_CLOSE, cv::Mat::ones(3, 3, CV_8U));
  const Skeleton skeleton = Thin(joined, p.spur_px * scale);
  const double width = LineWidth(marks, level, skeleton);
  region.type = KindOf(skeleton, major, minor, width, scale, p);
  double filled_area = 0;
  region.outline = Outline(marks, p.join_px * scale, filled_area);
  if (region.type == v1::DEFECT_TYPE_STAIN) {
    region.length_px = major;
    region.width_px = minor;
    region.area_px2 = std::max(area, filled_area);
  } else {
    // A scratch that broke into pieces is as long as from end to end.
    region.length_px = std::max(skeleton.length_px, major);
    region.width_px = width;
    region.area_px2 = region.length_px * region.width_px;
  }
  return region;
}

}  // namespace

std::vector<Region> FindRegions(const cv::Mat& marks, const cv::Mat& flat, double scale,
                                const Parameters& p) {
  cv::Mat near;
  // A square's sides can be dilated one after the other, which a disc's cannot.
  const int side = 2 * static_cast<int>(std::lround(p.join_px * scale)) + 1;
  cv::dilate(marks, near, cv::Mat::ones(side, side, CV_8U));
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(near, labels, stats, centres, 8, CV_32S);
  std::vector<Region> regions;
  for (int part = 1; part < count; ++part) {
    const cv::Rect box(stats.at<int>(part, cv::CC_STAT_LEFT), stats.at<int>(part, cv::CC_STAT_TOP),
                       stats.at<int>(part, cv::CC_STAT_WIDTH),
                       stats.at<int>(part, cv::CC_STAT_HEIGHT));
    const cv::Mat own = marks(box) & (labels(box) == part);
    const cv::Mat level = cv::abs(flat(box));
    Region region = Describe(own, level, scale, p);
    if (region.weight <= 0) continue;
    for (cv::Point& point : region.outline) point += box.tl();
    region.rect.center += cv::Point2f(box.tl());
    regions.push_back(std::move(region));
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.weight > b.weight; });
  return regions;
}

}  // namespace loopdock::vision
