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
  const auto at = values.begin() + std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void Simplify(std::vector<cv::Point>& outline) {
  const std::vector<cv::Point> all = outline;
  for (double tolerance = 1; outline.size() > kOutlinePointsMax && tolerance < 100;
       tolerance *= 1.5) {
    cv::approxPolyDP(all, outline, tolerance, true);
  }
}

// One outline that follows the lines: closed over the gaps between the pieces, then drawn back.
std::vector<cv::Point> LineOutline(const cv::Mat& marks, double join) {
  const int pad = static_cast<int>(std::ceil(join)) + 2;
  cv::Mat closed;
  cv::copyMakeBorder(marks, closed, pad, pad, pad, pad, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::morphologyEx(closed, closed, cv::MORPH_CLOSE, Disc(join));
  cv::dilate(closed, closed, cv::Mat::ones(3, 3, CV_8U));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(closed, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Point> outline;
  for (const auto& contour : contours) {
    if (contour.size() > outline.size()) outline = contour;
  }
  Simplify(outline);
  // findContours walks the outer border against the clock as seen in a picture.
  std::reverse(outline.begin(), outline.end());
  for (cv::Point& point : outline) point -= cv::Point(pad, pad);
  return outline;
}

// Of a drop only the rim shines, so its hull says better how large it is than its marks.
std::vector<cv::Point> PatchOutline(const std::vector<cv::Point>& points) {
  std::vector<cv::Point> outline;
  cv::convexHull(points, outline, true);
  Simplify(outline);
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
      if (inside[x] != 0) light += value[x];
    }
  }
  if (skeleton.crest <= 0) return 1;
  return light / (skeleton.crest * (skeleton.length_px + 1));
}

// Share of the centre lines that run deeper than `depth` inside their hull: the lines of a web do,
// the rim of a drop follows the hull.
double InnerShare(const std::vector<cv::Point>& points, double depth) {
  if (points.size() < 3) return 0;
  std::vector<cv::Point> hull;
  cv::convexHull(points, hull);
  const auto inner = std::count_if(points.begin(), points.end(), [&](const cv::Point& point) {
    return cv::pointPolygonTest(hull, cv::Point2f(point), true) > depth;
  });
  return static_cast<double>(inner) / static_cast<double>(points.size());
}

v1::DefectType KindOf(const Skeleton& skeleton, double major, double minor, double width,
                      double scale, const Parameters& p) {
  const double curl = skeleton.length_px / major;
  if (major < p.scratch_length_min_px * scale) return v1::DEFECT_TYPE_STAIN;
  if (major >= p.scratch_aspect_min * minor && curl >= p.scratch_curl_min &&
      curl < p.scratch_curl_max) {
    return v1::DEFECT_TYPE_SCRATCH;
  }
  const bool lines_cross =
      skeleton.junctions > 0 && width <= p.web_width_max_px * scale &&
      skeleton.straightness >= p.web_straightness_min &&
      InnerShare(skeleton.points, p.web_rim_share * minor) >= p.web_inner_share_min;
  if (!lines_cross) return v1::DEFECT_TYPE_STAIN;
  return skeleton.junctions >= p.crack_junctions_min ? v1::DEFECT_TYPE_CRACK
                                                     : v1::DEFECT_TYPE_SCRATCH;
}

// A scratch that broke into pieces is as long as from end to end.
double EndToEnd(const std::vector<cv::Point>& points) {
  if (points.empty()) return 1;
  const cv::RotatedRect rect = cv::minAreaRect(points);
  return std::max(rect.size.width, rect.size.height) + 1.0;
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
  const Skeleton skeleton = Thin(joined, level, p.spur_px * scale, p.end_faint_share,
                                 static_cast<int>(std::lround(p.end_blur_px * scale)));
  const double width = LineWidth(marks, level, skeleton);
  region.type = KindOf(skeleton, major, minor, width, scale, p);
  if (region.type == v1::DEFECT_TYPE_STAIN) {
    region.outline = PatchOutline(points);
    region.length_px = major;
    region.width_px = minor;
    region.area_px2 = std::max(area, cv::contourArea(region.outline));
  } else {
    region.outline = LineOutline(marks, p.join_px * scale);
    region.path = skeleton.points;
    region.length_px = std::max(skeleton.length_px, EndToEnd(skeleton.points));
    region.width_px = width;
    region.area_px2 = region.length_px * region.width_px;
  }
  const bool long_enough =
      major >= p.speck_length_px * scale && major >= p.scratch_aspect_min * minor;
  const bool speck = region.type == v1::DEFECT_TYPE_STAIN && !long_enough;
  if (speck && region.weight < p.speck_weight) region.weight = 0;
  return region;
}

}  // namespace

std::vector<Region> FindRegions(const cv::Mat& marks, const cv::Mat& inspected, const cv::Mat& flat,
                                double scale, const Parameters& p) {
  cv::Mat rim;
  cv::erode(inspected, rim, cv::Mat::ones(7, 7, CV_8U), cv::Point(-1, -1), 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  cv::subtract(inspected, rim, rim);
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
    region.cut_off = cv::countNonZero(own & rim(box)) > 0;
    for (cv::Point& point : region.outline) point += box.tl();
    for (cv::Point& point : region.path) point += box.tl();
    region.rect.center += cv::Point2f(box.tl());
    regions.push_back(std::move(region));
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.weight > b.weight; });
  return regions;
}

}  // namespace loopdock::vision
