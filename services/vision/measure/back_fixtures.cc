// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/back_fixtures.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

constexpr int kWidth = 320;
// Broader than a seam or the strokes of a logo, narrower than the light's changes.
constexpr int kSurfacePx = 51;

// A line across the straightened face: its column on the middle row, and columns a row.
struct Seam {
  int column = 0;
  double slope = 0;
  // Of the rows, that differ from the surface, all darker or all brighter.
  double share = 0;
};

// Share of the rows on which the line differs one way.
double SeamShare(const cv::Mat& differs, double column, double slope, const Parameters& p) {
  const int rim = static_cast<int>(p.seam_rim * differs.rows);
  int darker = 0;
  int brighter = 0;
  for (int y = rim; y < differs.rows - rim; ++y) {
    const int x = static_cast<int>(std::lround(column + slope * (y - differs.rows / 2)));
    if (x < 0 || x >= differs.cols) return 0;
    const int16_t level = differs.at<int16_t>(y, x);
    darker += level <= -p.seam_level_min ? 1 : 0;
    brighter += level >= p.seam_level_min ? 1 : 0;
  }
  return static_cast<double>(std::max(darker, brighter)) / std::max(1, differs.rows - 2 * rim);
}

// The best line with its middle in those columns; seen aslant it leans a little.
Seam BestSeam(const cv::Mat& differs, int from, int to, const Parameters& p) {
  constexpr int kSlopes = 12;
  Seam best;
  for (int x = std::max(0, from); x < std::min(differs.cols, to); ++x) {
    for (int i = -kSlopes; i <= kSlopes; ++i) {
      const double slope = std::tan(p.seam_slant_max_deg * CV_PI / 180) * i / kSlopes;
      const double share = SeamShare(differs, x, slope, p);
      if (share > best.share) best = {x, slope, share};
    }
  }
  return best;
}

// Both zones near the ends, a seam in each.
void AddSeams(const cv::Mat& differs, const FaceFrame& frame, const Parameters& p,
              std::vector<LeftOut>& fixtures) {
  const int length = differs.cols;
  const int zone = static_cast<int>(p.seam_end_share * length);
  for (const auto& [from, to] : {std::pair(0, zone), std::pair(length - zone, length)}) {
    // What runs along the very end is the outline.
    const int end = static_cast<int>(p.seam_from_end * length);
    const Seam seam = BestSeam(differs, std::max(from, end), std::min(to, length - end), p);
    if (seam.share < p.seam_rows_min) continue;
    const auto reach = [&](int step) {
      int at = seam.column;
      while (std::abs(at + step - seam.column) <= zone &&
             SeamShare(differs, at + step, seam.slope, p) >= 0.5 * seam.share) {
        at += step;
      }
      return at + step * p.seam_margin * differs.rows;
    };
    const double low = reach(-1);
    const double high = reach(1) + 1;
    const double lean = seam.slope * differs.rows / 2;
    std::vector<cv::Point> outline;
    for (const cv::Point2d& at : {cv::Point2d(low - lean, 0), cv::Point2d(high - lean, 0),
                                  cv::Point2d(high + lean, 1), cv::Point2d(low + lean, 1)}) {
      outline.emplace_back(frame.ToPicture({at.x / length, at.y}));
    }
    fixtures.push_back({v1::MASK_REASON_FIXTURE, std::move(outline)});
  }
}

// Of the shape, filled, and its mirror image about the middle row.
double Symmetry(const std::vector<cv::Point>& contour, int rows) {
  std::vector<cv::Point> hull;
  cv::convexHull(contour, hull);
  cv::Rect box = cv::boundingRect(hull);
  const int reach = std::max(rows / 2 - box.y, box.br().y - rows / 2);
  if (reach <= 0) return 0;
  for (cv::Point& at : hull) at -= cv::Point(box.x, rows / 2 - reach);
  cv::Mat shape = cv::Mat::zeros(2 * reach + 1, box.width, CV_8U);
  cv::fillConvexPoly(shape, hull, cv::Scalar(255));
  cv::Mat mirrored;
  cv::flip(shape, mirrored, 0);
  return static_cast<double>(cv::countNonZero(shape & mirrored)) /
         std::max(1, cv::countNonZero(shape | mirrored));
}

// Centred on the middle line, symmetric about it, with a body. A web of cracks may be so too, but
// has many holes.
bool IsLogo(const std::vector<cv::Point>& contour, int holes, cv::Size face, const Parameters& p) {
  const cv::Rect box = cv::boundingRect(contour);
  const cv::RotatedRect rect = cv::minAreaRect(contour);
  const double middle = (box.y + 0.5 * box.height) / face.height;
  const double thin = std::min(rect.size.width, rect.size.height) + 1;
  return holes <= p.logo_holes_max && std::abs(middle - 0.5) <= p.centred_max &&
         box.height <= p.logo_across_max * face.height &&
         box.width <= p.logo_along_max * face.width && thin >= p.logo_thickness_min * face.height &&
         Symmetry(contour, face.height) >= p.symmetry_min;
}

std::vector<cv::Point> AroundLogo(const std::vector<cv::Point>& contour, cv::Size face,
                                  const FaceFrame& frame, const Parameters& p) {
  const double margin = p.logo_margin * face.height;
  std::vector<cv::Point> hull;
  cv::convexHull(contour, hull, true);
  const cv::Rect box = cv::boundingRect(hull);
  const cv::Point2d centre(box.x + 0.5 * box.width, box.y + 0.5 * box.height);
  std::vector<cv::Point> outline;
  for (const cv::Point& corner : hull) {
    const cv::Point2d from = cv::Point2d(corner) + cv::Point2d(0.5, 0.5) - centre;
    // Along each axis, since the side of a long logo is hardly away from its centre.
    const cv::Point2d at =
        cv::Point2d(corner) + cv::Point2d(0.5, 0.5) +
        cv::Point2d(std::copysign(margin, from.x), std::copysign(margin, from.y));
    outline.emplace_back(frame.ToPicture({at.x / face.width, at.y / face.height}));
  }
  return outline;
}

void AddLogos(const cv::Mat& differs, const FaceFrame& frame, const Parameters& p,
              std::vector<LeftOut>& fixtures) {
  const cv::Mat strength = cv::abs(differs);
  // At a low level all of a faint logo is one part; at a higher one a fainter scratch that meets it
  // is none of it.
  for (const auto& [level, join] : {std::pair(8.0, 9), std::pair(20.0, 9), std::pair(20.0, 3)}) {
    cv::Mat parts = strength >= level;
    // Letters are a word; but what lies beside a logo is none of it.
    cv::morphologyEx(parts, parts, cv::MORPH_CLOSE, cv::Mat::ones(join, join, CV_8U));
    std::vector<std::vector<cv::Point>> contours;
    std::vector<cv::Vec4i> tree;
    cv::findContours(parts, contours, tree, cv::RETR_CCOMP, cv::CHAIN_APPROX_NONE);
    for (size_t i = 0; i < contours.size(); ++i) {
      if (tree[i][3] >= 0) continue;
      int holes = 0;
      for (int hole = tree[i][2]; hole >= 0; hole = tree[static_cast<size_t>(hole)][0]) ++holes;
      if (!IsLogo(contours[i], holes, differs.size(), p)) continue;
      fixtures.push_back(
          {v1::MASK_REASON_FIXTURE, AroundLogo(contours[i], differs.size(), frame, p)});
    }
  }
}

}  // namespace

std::vector<LeftOut> FindBackFixtures(const cv::Mat& grey, const FaceFrame& frame,
                                      const Parameters& p) {
  cv::Mat smooth;
  cv::GaussianBlur(Straightened(grey, frame, kWidth), smooth, cv::Size(), 1.2);
  cv::Mat surface;
  cv::medianBlur(smooth, surface, kSurfacePx);
  cv::Mat differs;
  cv::subtract(smooth, surface, differs, cv::noArray(), CV_16S);
  std::vector<LeftOut> fixtures;
  AddSeams(differs, frame, p, fixtures);
  AddLogos(differs, frame, p, fixtures);
  return fixtures;
}

}  // namespace loopdock::vision
