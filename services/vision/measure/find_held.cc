// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/find_held.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "services/vision/measure/masks.h"

namespace loopdock::vision {
namespace {

constexpr int kClusters = 5;

// Skin, by the usual box of its two colour differences.
cv::Mat Skin(const cv::Mat& colour) {
  cv::Mat differences;
  cv::cvtColor(colour, differences, cv::COLOR_BGR2YCrCb);
  cv::Mat skin;
  cv::inRange(differences, cv::Scalar(40, 135, 85), cv::Scalar(255, 180, 135), skin);
  return Morph(skin, cv::MORPH_OPEN, 5);
}

// Parts of about one colour each.
std::vector<cv::Mat> ColourParts(const cv::Mat& colour) {
  cv::Mat lab;
  cv::cvtColor(colour, lab, cv::COLOR_BGR2Lab);
  cv::Mat samples;
  lab.reshape(1, static_cast<int>(lab.total())).convertTo(samples, CV_32F);
  // Colour says more than shade, which a bent light changes over one surface.
  samples.col(0) *= 0.5;
  // The library draws its first centres from this thread's generator: same picture, same result.
  cv::theRNG().state = 1;
  cv::Mat labels;
  cv::kmeans(samples, kClusters, labels,
             cv::TermCriteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, 12, 1.0), 1,
             cv::KMEANS_PP_CENTERS);
  labels = labels.reshape(1, lab.rows);
  std::vector<cv::Mat> parts;
  for (int i = 0; i < kClusters; ++i) parts.push_back(labels == i);
  for (int i = 0; i < kClusters; ++i) {
    for (int k = i + 1; k < kClusters; ++k) {
      parts.push_back(parts[static_cast<size_t>(i)] | parts[static_cast<size_t>(k)]);
    }
  }
  return parts;
}

// Darker than parts of Otsu's level, and brighter than it.
std::vector<cv::Mat> LevelParts(const cv::Mat& grey) {
  cv::Mat unused;
  const double otsu = cv::threshold(grey, unused, 0, 255, cv::THRESH_BINARY | cv::THRESH_OTSU);
  std::vector<cv::Mat> parts;
  for (const double share : {0.45, 0.55, 0.65, 0.75, 0.85, 0.95, 1.05, 1.15}) {
    parts.push_back(grey < share * otsu);
  }
  for (const double share : {0.9, 1.05, 1.2, 1.35}) parts.push_back(grey > share * otsu);
  return parts;
}

struct Scored {
  double score = 0;
  Device device;
};

// 0 for what no device looks like.
Scored Score(const std::vector<cv::Point>& contour, const cv::Mat& grey, const Parameters& p) {
  Scored scored;
  Device& device = scored.device;
  cv::convexHull(contour, device.hull);
  const double area = cv::contourArea(device.hull);
  const double whole = static_cast<double>(grey.total());
  if (area < p.held_share_min * whole || area > p.held_share_max * whole) return scored;
  device.rect = cv::minAreaRect(device.hull);
  const double longer = std::max(device.rect.size.width, device.rect.size.height);
  const double shorter = std::max(1.0F, std::min(device.rect.size.width, device.rect.size.height));
  const double fit = area / (longer * shorter);
  const double solid = cv::contourArea(contour) / area;
  const double aspect = longer / shorter;
  if (fit < p.held_fit_min || solid < p.held_solid_min || aspect < p.held_aspect_min ||
      aspect > p.held_aspect_max) {
    return scored;
  }
  const cv::Point2d off =
      (cv::Point2d(device.rect.center) - cv::Point2d(grey.cols / 2.0, grey.rows / 2.0)) /
      std::max(grey.cols, grey.rows);
  const double centred = std::exp(-3 * off.dot(off));
  const double rectangular = (fit - p.held_fit_min) / (1 - p.held_fit_min);
  scored.score = solid * (0.3 + 0.7 * rectangular) * std::pow(area / whole, 0.35) * centred;
  device.found = true;
  device.held = true;
  device.candidates = 1;
  return scored;
}

}  // namespace

Device FindHeld(const cv::Mat& grey, const cv::Mat& colour, const Parameters& p) {
  std::vector<cv::Mat> parts = LevelParts(grey);
  if (!colour.empty()) {
    const cv::Mat skin = Skin(colour);
    const size_t count = parts.size();
    for (size_t i = 0; i < count; ++i) parts.push_back(parts[i] & ~skin);
    for (const cv::Mat& part : ColourParts(colour)) parts.push_back(part);
  }
  Scored best;
  for (const cv::Mat& part : parts) {
    cv::Mat solid = Fill(Morph(Morph(part, cv::MORPH_OPEN, 5), cv::MORPH_CLOSE, 9));
    solid = Morph(solid, cv::MORPH_OPEN, p.held_open_coarse_px);
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(solid, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
    for (const auto& contour : contours) {
      Scored scored = Score(contour, grey, p);
      if (scored.score > best.score) best = std::move(scored);
    }
  }
  Device device = std::move(best.device);
  if (!device.found) return device;
  device.mask = HullMask(device.hull, grey.size());
  const double shorter = std::min(device.rect.size.width, device.rect.size.height);
  device.whole = BorderContact(device.mask) <= p.device_cut_share_max * shorter;
  return device;
}

}  // namespace loopdock::vision
