// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/broad.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/masks.h"

namespace loopdock::vision {
namespace {

double MedianWithin(const cv::Mat& values, const cv::Mat& mask) {
  std::vector<float> inside;
  for (int y = 0; y < values.rows; ++y) {
    for (int x = 0; x < values.cols; ++x) {
      if (mask.at<uchar>(y, x) != 0) inside.push_back(values.at<float>(y, x));
    }
  }
  if (inside.empty()) return 0;
  const auto middle = inside.begin() + static_cast<std::ptrdiff_t>(inside.size() / 2);
  std::nth_element(inside.begin(), middle, inside.end());
  return *middle;
}

double SpreadWithin(const cv::Mat& values, const cv::Mat& mask) {
  constexpr double kMadToSigma = 1.4826;
  return kMadToSigma * MedianWithin(cv::abs(values - MedianWithin(values, mask)), mask);
}

struct Part {
  std::vector<cv::Point> points;
  std::vector<cv::Point> hull;
  cv::Point2d middle;
  double area = 0;
  double peak = 0;
};

// Parts of `level` over `least`.
std::vector<Part> PartsOver(const cv::Mat& level, double least, const cv::Mat& mask) {
  const cv::Mat over = (level > least) & mask;
  cv::Mat labels;
  const int count = cv::connectedComponents(over, labels, 8, CV_32S);
  std::vector<Part> parts(static_cast<size_t>(count - 1));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      const int label = labels.at<int>(y, x);
      if (label == 0) continue;
      Part& part = parts[static_cast<size_t>(label - 1)];
      part.points.emplace_back(x, y);
      part.middle += cv::Point2d(x, y);
      part.peak = std::max<double>(part.peak, level.at<float>(y, x));
    }
  }
  for (Part& part : parts) {
    part.area = static_cast<double>(part.points.size());
    part.middle /= part.area;
    cv::convexHull(part.points, part.hull, true);
  }
  return parts;
}

double SideRatio(const cv::RotatedRect& rect) {
  const double longer = std::max(rect.size.width, rect.size.height) + 1;
  return longer / (std::min(rect.size.width, rect.size.height) + 1);
}

// A slope up and a slope down of one dent: alike in size and strength, side by side, together about
// as long as wide.
bool IsDent(const Part& bright, const Part& dark, const Parameters& p) {
  const auto alike = [](double a, double b, double ratio) {
    return std::max(a, b) <= ratio * std::min(a, b);
  };
  if (!alike(bright.area, dark.area, p.dent_area_ratio_max)) return false;
  if (!alike(bright.peak, dark.peak, p.dent_peak_ratio_max)) return false;
  const double size = std::sqrt((bright.area + dark.area) / 2);
  const double apart = cv::norm(bright.middle - dark.middle);
  if (apart < p.dent_apart_min * size || apart > p.dent_apart_max * size) return false;
  std::vector<cv::Point> both = bright.points;
  both.insert(both.end(), dark.points.begin(), dark.points.end());
  const cv::RotatedRect rect = cv::minAreaRect(both);
  return SideRatio(rect) <= p.dent_aspect_max &&
         std::max(rect.size.width, rect.size.height) <= p.dent_mm_max * p.dent_px_per_mm;
}

// From a small copy to the working picture.
void Enlarge(const std::vector<cv::Point>& outline, double factor, cv::Point offset,
             Region& region) {
  for (const cv::Point& at : outline) {
    region.outline.emplace_back(
        cv::Point(cv::Point2d((at.x + 0.5) * factor - 0.5, (at.y + 0.5) * factor - 0.5)) + offset);
  }
  region.rect = cv::minAreaRect(region.outline);
  region.length_px = std::max(region.rect.size.width, region.rect.size.height) + factor;
  region.width_px = std::min(region.rect.size.width, region.rect.size.height) + factor;
}

void Weigh(double scale, double strength, const Parameters& p, Region& region) {
  region.weight = std::sqrt(region.area_px2) / scale * region.contrast / p.weight_contrast;
  region.confidence = strength / (strength + 1);
}

// Of the surface: a plane bent once, found without strays. Values where `mask` is set, by x, y and,
// where given, `along` another channel.
cv::Mat Surface2(const cv::Mat& values, const cv::Mat& along, const cv::Mat& mask) {
  constexpr int kTerms = 7;
  constexpr int kRounds = 5;
  constexpr int kEvery = 4;
  const auto terms = [&](int x, int y) {
    const double u = static_cast<double>(x) / values.cols - 0.5;
    const double v = static_cast<double>(y) / values.rows - 0.5;
    const double l = along.empty() ? 0 : along.at<float>(y, x) / 50 - 1;
    return cv::Vec<double, kTerms>(1, u, v, u * u, u * v, v * v, l);
  };
  cv::Vec<double, kTerms> fit;
  double spread = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    cv::Matx<double, kTerms, kTerms> left = cv::Matx<double, kTerms, kTerms>::eye() * 1e-6;
    cv::Vec<double, kTerms> right;
    std::vector<double> off;
    for (int y = 0; y < values.rows; y += kEvery) {
      for (int x = 0; x < values.cols; x += kEvery) {
        if (mask.at<uchar>(y, x) == 0) continue;
        const auto row = terms(x, y);
        const double value = values.at<float>(y, x);
        const double stray = std::abs(value - row.dot(fit));
        if (round > 0) off.push_back(stray);
        const double weight = round == 0 ? 1 : 1 / (1 + std::pow(stray / spread, 4));
        left += weight * (row * row.t());
        right += weight * value * row;
      }
    }
    fit = left.solve(right, cv::DECOMP_CHOLESKY);
    if (off.empty()) {
      spread = 4;
      continue;
    }
    const auto middle = off.begin() + static_cast<std::ptrdiff_t>(off.size() / 2);
    std::nth_element(off.begin(), middle, off.end());
    spread = std::max(0.3, 3 * *middle);
  }
  cv::Mat surface(values.size(), CV_32F);
  for (int y = 0; y < values.rows; ++y) {
    for (int x = 0; x < values.cols; ++x) {
      surface.at<float>(y, x) = static_cast<float>(fit.dot(terms(x, y)));
    }
  }
  return surface;
}

// How steeply the level falls over the patch's border, of its peak: a soft reflection has no
// border.
double BorderShare(const cv::Mat& level, const Part& part, double reach) {
  cv::Mat own = cv::Mat::zeros(level.size(), CV_8U);
  for (const cv::Point& at : part.points) own.at<uchar>(at) = 255;
  const int side = 2 * static_cast<int>(std::lround(reach)) + 1;
  cv::Mat larger;
  cv::Mat smaller;
  cv::dilate(own, larger, cv::Mat::ones(side, side, CV_8U));
  cv::erode(own, smaller, cv::Mat::ones(side, side, CV_8U));
  const double outside = MedianWithin(level, larger & ~own);
  const double inside = MedianWithin(level, own & ~smaller);
  return (inside - outside) / std::max(1e-6, part.peak);
}

// Lab of the coarse picture, smoothed, each channel without its surface.
struct Colours {
  cv::Mat lightness;
  cv::Mat chroma;
};

Colours OffSurface(const cv::Mat& coarse_colour, const cv::Mat& mask) {
  cv::Mat lab;
  coarse_colour.convertTo(lab, CV_32F, 1.0 / 255);
  cv::cvtColor(lab, lab, cv::COLOR_BGR2Lab);
  cv::GaussianBlur(lab, lab, cv::Size(), 1.5);
  std::vector<cv::Mat> channels;
  cv::split(lab, channels);
  const cv::Mat a = channels[1] - Surface2(channels[1], channels[0], mask);
  const cv::Mat b = channels[2] - Surface2(channels[2], channels[0], mask);
  Colours colours{channels[0] - Surface2(channels[0], cv::Mat(), mask), {}};
  cv::magnitude(a, b, colours.chroma);
  return colours;
}

}  // namespace

std::vector<Region> FindDents(const BroadField& field, const InspectedArea& area,
                              const Parameters& p) {
  std::vector<Region> dents;
  const double factor = field.px_per_mm / p.dent_px_per_mm;
  if (area.area_px2 == 0 || factor < 1) return dents;
  const cv::Size size(std::max(1, static_cast<int>(area.box.width / factor)),
                      std::max(1, static_cast<int>(area.box.height / factor)));
  cv::Mat small;
  cv::resize(field.grey(area.box), small, size, 0, 0, cv::INTER_AREA);
  cv::Mat mask;
  cv::resize(area.mask, mask, size, 0, 0, cv::INTER_NEAREST);
  cv::Mat surface;
  cv::medianBlur(small, surface, p.dent_surface_px | 1);
  cv::GaussianBlur(surface, surface, cv::Size(), 2);
  cv::Mat level;
  small.convertTo(level, CV_32F);
  cv::GaussianBlur(level, level, cv::Size(), p.dent_sigma_px);
  cv::subtract(level, surface, level, cv::noArray(), CV_32F);
  const double least = std::max(p.dent_min, p.dent_sigmas * SpreadWithin(level, mask));
  const auto bright = PartsOver(level, least, mask);
  const auto dark = PartsOver(-level, least, mask);
  for (const Part& up : bright) {
    for (const Part& down : dark) {
      if (std::min(up.area, down.area) < p.dent_area_min_px2 || !IsDent(up, down, p)) continue;
      std::vector<cv::Point> both;
      for (const cv::Point& at : up.points) {
        if (level.at<float>(at) >= p.dent_border_share * up.peak) both.push_back(at);
      }
      for (const cv::Point& at : down.points) {
        if (-level.at<float>(at) >= p.dent_border_share * down.peak) both.push_back(at);
      }
      std::vector<cv::Point> hull;
      cv::convexHull(both, hull, true);
      Region region{.type = v1::DEFECT_TYPE_DENT};
      Enlarge(hull, factor, area.box.tl(), region);
      region.area_px2 = cv::contourArea(region.outline);
      region.contrast = (up.peak + down.peak) / 2;
      Weigh(field.scale, std::min(up.peak, down.peak) / least, p, region);
      dents.push_back(std::move(region));
    }
  }
  return dents;
}

std::vector<Region> FindDiscolourations(const BroadField& field, const InspectedArea& area,
                                        const Parameters& p) {
  std::vector<Region> found;
  if (area.area_px2 == 0 || field.coarse_colour.empty()) return found;
  const double factor = field.coarse_to_working;
  const double coarse_per_mm = field.px_per_mm / factor;
  const cv::Rect box = cv::Rect(cv::Point(cv::Point2d(area.box.tl()) / factor),
                                cv::Size(cv::Size2d(area.box.size()) / factor)) &
                       cv::Rect(cv::Point(0, 0), field.coarse_colour.size());
  if (box.empty()) return found;
  cv::Mat mask;
  cv::resize(area.mask, mask, box.size(), 0, 0, cv::INTER_NEAREST);
  cv::erode(mask, mask, cv::Mat::ones(5, 5, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  if (cv::countNonZero(mask) < p.discoloured_area_min_mm2 * coarse_per_mm * coarse_per_mm) {
    return found;
  }
  const Colours off = OffSurface(field.coarse_colour(box), mask);
  struct Look {
    cv::Mat level;
    double least;
  };
  for (const auto& [level, least] :
       {Look{off.chroma, p.chroma_min}, Look{off.lightness, p.lightness_min},
        Look{-off.lightness, p.lightness_min}}) {
    const double over = std::max(least, p.discoloured_sigmas * SpreadWithin(level, mask));
    for (const Part& part : PartsOver(level, over, mask)) {
      const double area_mm2 = part.area / (coarse_per_mm * coarse_per_mm);
      if (area_mm2 < p.discoloured_area_min_mm2) continue;
      if (SideRatio(cv::minAreaRect(part.points)) > p.discoloured_aspect_max) continue;
      if (part.area < p.discoloured_solid_min * cv::contourArea(part.hull)) continue;
      if (BorderShare(level, part, p.discoloured_border_mm * coarse_per_mm) <
          p.discoloured_border_share_min) {
        continue;
      }
      Region region{.type = v1::DEFECT_TYPE_DISCOLOURATION};
      Enlarge(part.hull, factor, area.box.tl(), region);
      region.area_px2 = part.area * factor * factor;
      region.contrast = 2.55 * part.peak;
      Weigh(field.scale, part.peak / over, p, region);
      const bool known = std::any_of(found.begin(), found.end(), [&](const Region& other) {
        return cv::pointPolygonTest(other.outline, region.rect.center, false) >= 0;
      });
      if (!known) found.push_back(std::move(region));
    }
  }
  return found;
}

}  // namespace loopdock::vision
