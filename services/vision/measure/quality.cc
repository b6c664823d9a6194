// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr int kClippedHigh = 255;
constexpr int kClippedLow = 0;

// The device's outline is the one sharp thing that every picture of a device has, a flawless dark
// display has none. Rise distance of the grey level across it, in pixels; 0 when it has no edge.
double EdgeWidth(const cv::Mat& grey, const Device& device, cv::Size coarse, double scale) {
  constexpr double kStepMin = 15;
  constexpr int kSamples = 200;
  const double factor = static_cast<double>(grey.cols) / coarse.width;
  const int reach = std::max(8, static_cast<int>(std::lround(32 * scale)));
  cv::Mat smooth;
  cv::GaussianBlur(grey, smooth, cv::Size(3, 3), 0);
  const double perimeter = cv::arcLength(device.hull, true);
  std::vector<double> widths;
  for (size_t i = 0; i < device.hull.size(); ++i) {
    const cv::Point2d from = device.hull[i];
    const cv::Point2d side = cv::Point2d(device.hull[(i + 1) % device.hull.size()]) - from;
    const double length = cv::norm(side);
    const int samples = static_cast<int>(length / perimeter * kSamples);
    for (int k = 0; k < samples; ++k) {
      const cv::Point2d at = (from + side * ((k + 0.5) / samples)) * factor;
      const cv::Point2d normal(side.y / length, -side.x / length);
      std::vector<double> profile;
      for (int t = -reach; t <= reach; ++t) {
        const cv::Point px(at + normal * t);
        if (px.x < 0 || px.y < 0 || px.x >= smooth.cols || px.y >= smooth.rows) break;
        profile.push_back(smooth.at<unsigned char>(px));
      }
      if (profile.size() != static_cast<size_t>(2 * reach + 1)) continue;
      double slope = 0;
      for (size_t t = 1; t < profile.size(); ++t) {
        slope = std::max(slope, std::abs(profile[t] - profile[t - 1]));
      }
      const auto [low, high] = std::minmax_element(profile.begin(), profile.end());
      if (*high - *low >= kStepMin && slope > 0) widths.push_back((*high - *low) / slope);
    }
  }
  if (widths.empty()) return 0;
  const auto middle = widths.begin() + static_cast<std::ptrdiff_t>(widths.size() / 2);
  std::nth_element(widths.begin(), middle, widths.end());
  return *middle;
}

double LaplacianVariance(const cv::Mat& grey, const cv::Mat& mask) {
  cv::Mat laplacian;
  cv::Laplacian(grey, laplacian, CV_16S, 1);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(laplacian, mean, deviation, mask);
  return deviation[0] * deviation[0];
}

void Refuse(const char* reason, const char* advice, v1::Quality& quality) {
  quality.set_passed(false);
  quality.set_reason(reason);
  quality.set_advice(advice);
}

// A lamp's reflection lies on a surface that is darker; one that is nearly white beside what is
// saturated, or that is hardly seen at all, has too much light everywhere.
bool IsOverExposed(const v1::Quality& quality, const Parameters& p) {
  return quality.glare_share() > 1 - p.glare_open_min ||
         quality.mean_level() >= p.over_exposed_level;
}

// The outline of a rounded body rises slowly in a sharp picture, too: the mat's marks tell blur
// better. They lie below the face, which may be sharp beside a soft mat: then its outline is.
bool IsSoft(const v1::Quality& quality, const MatBlur& mat, double scale, const Parameters& p) {
  // The square root of two pi of a pure step; noise makes it look steeper.
  constexpr double kEdgePerBlur = 1.8;
  if (quality.edge_width_px() > p.edge_width_max_px * std::max(0.5, scale)) return true;
  return (mat.working_px > p.mat_blur_length_px || mat.picture_px > p.mat_blur_width_px) &&
         quality.edge_width_px() > kEdgePerBlur * mat.working_px;
}

void Decide(const cv::Mat& grey, const Device& device, v1::Face face, const InspectedArea& area,
            const MatBlur& mat, double scale, const Parameters& p, v1::Quality& quality) {
  const double level = cv::mean(grey)[0];
  if (std::min(grey.cols, grey.rows) < p.side_min_px) {
    Refuse("IMAGE_TOO_SMALL", "Send the camera's picture, at least 64 pixels on each side.",
           quality);
  } else if (level < p.level_min || level > p.level_max) {
    Refuse("EXPOSURE", "The picture is nearly black or white: set exposure and lamps.", quality);
  } else if (!device.found || area.area_px2 + area.glare_px2 == 0) {
    Refuse("DEVICE_NOT_FOUND",
           "Lay one device flat on an even, empty ground of another shade, clear of the border.",
           quality);
  } else if (device.candidates > 1) {
    Refuse("SEVERAL_DEVICES", "Lay one device at a time under the camera.", quality);
  } else if (!device.whole) {
    Refuse("DEVICE_CUT_OFF", "Move the device so that all of it is in the picture.", quality);
  } else if (device.display_on && face == v1::FACE_DISPLAY) {
    Refuse(
        "SCREEN_ON",
        "The display seems to shine: switch it off. If this is no display, say which face it is.",
        quality);
  } else if (IsSoft(quality, mat, scale, p)) {
    Refuse("FOCUS", "The picture is blurred: focus the camera and wipe its lens.", quality);
  } else if (quality.glare_share() > p.glare_share_max && IsOverExposed(quality, p)) {
    Refuse("EXPOSURE", "Much of the surface is white: lower the exposure or dim the lamps.",
           quality);
  } else if (quality.glare_share() > p.glare_share_max) {
    Refuse("GLARE", "A lamp reflects in the surface: move the lamp or the device.", quality);
  } else if (quality.clipped_share() > p.clipped_share_max) {
    Refuse("EXPOSURE", "Too much of the surface is pure black or white: change the exposure.",
           quality);
  } else {
    quality.set_passed(true);
  }
}

}  // namespace

v1::Quality JudgeQuality(const cv::Mat& grey, const Device& device, v1::Face face,
                         const InspectedArea& area, const MatBlur& mat, double scale,
                         const Parameters& p) {
  v1::Quality quality;
  if (area.glare_px2 > 0) {
    quality.set_glare_share(static_cast<double>(area.glare_px2) / (area.glare_px2 + area.area_px2));
  }
  if (area.area_px2 > 0) {
    const cv::Mat inspected = grey(area.box);
    cv::Mat clipped = ((inspected == kClippedHigh) | (inspected == kClippedLow)) & area.mask;
    if (!area.barely_white.empty()) clipped.setTo(0, area.barely_white);
    quality.set_clipped_share(static_cast<double>(cv::countNonZero(clipped)) / area.area_px2);
    quality.set_mean_level(cv::mean(inspected, area.mask)[0]);
    quality.set_focus(LaplacianVariance(inspected, area.mask));
  }
  if (device.found) {
    quality.set_edge_width_px(EdgeWidth(grey, device, device.mask.size(), scale));
  }
  Decide(grey, device, face, area, mat, scale, p, quality);
  return quality;
}

}  // namespace loopdock::vision
