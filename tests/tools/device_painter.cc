// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/device_painter.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::testing {
namespace {

constexpr int kWidth = 1920;
constexpr int kHeight = 1080;
constexpr double kTable = 80;
constexpr double kScreen = 22;
const cv::Rect kDevice(110, 110, 1700, 860);
constexpr int kCornerRadius = 60;
constexpr int kSubpixelBits = 4;

cv::Point Subpixel(const cv::Point2d& point) {
  constexpr double kScale = 1 << kSubpixelBits;
  return {static_cast<int>(std::lround(point.x * kScale)),
          static_cast<int>(std::lround(point.y * kScale))};
}

std::vector<cv::Point> Subpixels(const std::vector<cv::Point2d>& points) {
  std::vector<cv::Point> scaled;
  for (const cv::Point2d& point : points) scaled.push_back(Subpixel(point));
  return scaled;
}

// 255 inside the rounded rectangle of the device.
cv::Mat DeviceMask() {
  cv::Mat mask = cv::Mat::zeros(kHeight, kWidth, CV_8UC1);
  const cv::Rect core(kDevice.x + kCornerRadius, kDevice.y + kCornerRadius,
                      kDevice.width - 2 * kCornerRadius, kDevice.height - 2 * kCornerRadius);
  mask(core).setTo(255);
  const int side = 2 * kCornerRadius + 1;
  cv::dilate(mask, mask, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
  return mask;
}

// Smooth noise: large soft patches of light, as a table or a reflection shows them.
cv::Mat Patches(int cell_px, double deviation, cv::RNG& rng) {
  cv::Mat coarse(kHeight / cell_px + 2, kWidth / cell_px + 2, CV_32F);
  rng.fill(coarse, cv::RNG::NORMAL, 0, deviation);
  cv::Mat smooth;
  cv::resize(coarse, smooth, {kWidth, kHeight}, 0, 0, cv::INTER_CUBIC);
  return smooth;
}

// Speaker slot and front camera at one end, where no screen is.
void PaintFixtures(cv::Mat& picture) {
  const int x = kDevice.x + 45;
  cv::rectangle(picture, cv::Rect(x - 7, 440, 14, 200), cv::Scalar(58), cv::FILLED);
  cv::circle(picture, {x, 740}, 18, cv::Scalar(85), cv::FILLED, cv::LINE_AA);
}

// Light that the mark adds to the picture.
cv::Mat MarkLight(const Mark& mark) {
  cv::Mat light = cv::Mat::zeros(kHeight, kWidth, CV_8UC1);
  for (const auto& line : mark.lines) {
    const std::vector<cv::Point> points = Subpixels(line);
    if (mark.type == "stain") {
      cv::fillPoly(light, std::vector<std::vector<cv::Point>>{points}, cv::Scalar(255), cv::LINE_AA,
                   kSubpixelBits);
    } else {
      cv::polylines(light, points, false, cv::Scalar(255),
                    static_cast<int>(std::lround(mark.width_px)), cv::LINE_AA, kSubpixelBits);
    }
  }
  cv::Mat scaled;
  light.convertTo(scaled, CV_32F, mark.contrast / 255.0);
  if (mark.type == "stain") cv::GaussianBlur(scaled, scaled, {}, 2.0);
  return scaled;
}

cv::Mat Turned(const cv::Mat& picture, double degrees) {
  if (degrees == 0) return picture;
  cv::Mat turned;
  const cv::Mat turn = cv::getRotationMatrix2D({kWidth / 2.0F, kHeight / 2.0F}, -degrees, 1);
  cv::warpAffine(picture, turned, turn, picture.size(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return turned;
}

}  // namespace

Mark Scratch(const std::vector<cv::Point2d>& points, double width_px, double contrast) {
  return {"scratch", {points}, width_px, contrast};
}

Mark Stain(cv::Point2d centre, double radius_px, double contrast, uint64_t seed) {
  constexpr int kCorners = 48;
  cv::RNG rng(seed);
  const double phase = rng.uniform(0.0, 2 * CV_PI);
  std::vector<cv::Point2d> outline;
  for (int i = 0; i < kCorners; ++i) {
    const double angle = 2 * CV_PI * i / kCorners;
    const double radius =
        radius_px * (1 + 0.18 * std::sin(3 * angle + phase) + 0.09 * std::sin(5 * angle));
    outline.push_back(centre + radius * cv::Point2d(1.3 * std::cos(angle), std::sin(angle)));
  }
  return {"stain", {outline}, 0, contrast};
}

Mark CrackWeb(cv::Point2d impact, int rays, double reach_px, uint64_t seed) {
  constexpr int kSteps = 7;
  cv::RNG rng(seed);
  Mark web{"crack", {}, 2, 90};
  std::vector<std::vector<cv::Point2d>> spokes;
  for (int ray = 0; ray < rays; ++ray) {
    double angle = 2 * CV_PI * ray / rays + rng.uniform(-0.15, 0.15);
    const double step = reach_px * rng.uniform(0.6, 1.0) / kSteps;
    std::vector<cv::Point2d> spoke = {impact};
    for (int i = 0; i < kSteps; ++i) {
      angle += rng.uniform(-0.2, 0.2);
      spoke.push_back(spoke.back() + step * cv::Point2d(std::cos(angle), std::sin(angle)));
    }
    spokes.push_back(spoke);
  }
  web.lines = spokes;
  // Rings between neighbouring spokes.
  for (int ray = 0; ray < rays; ++ray) {
    const auto& here = spokes[static_cast<size_t>(ray)];
    const auto& next = spokes[static_cast<size_t>((ray + 1) % rays)];
    for (const size_t ring : {size_t{2}, size_t{4}}) {
      web.lines.push_back({here[ring], next[ring]});
    }
  }
  return web;
}

cv::Mat PaintDevice(const Device& device, uint64_t seed) {
  cv::RNG rng(seed);
  const cv::Mat mask = DeviceMask();
  cv::Mat table = Patches(6, 3.5, rng) + kTable;
  cv::Mat screen = Patches(240, 2.5, rng) + kScreen;
  PaintFixtures(screen);
  for (const Mark& mark : device.marks) screen += MarkLight(mark);
  for (int i = 0; i < device.dust; ++i) {
    const cv::Point point(rng.uniform(kDevice.x + 40, kDevice.br().x - 40),
                          rng.uniform(kDevice.y + 40, kDevice.br().y - 40));
    cv::circle(screen, point, 1, cv::Scalar(kScreen + rng.uniform(12, 30)), cv::FILLED);
  }
  cv::Mat picture = table.clone();
  screen.copyTo(picture, mask);
  picture = Turned(picture, device.turn_deg);
  cv::GaussianBlur(picture, picture, {}, device.blur_px);
  cv::Mat noise(picture.size(), CV_32F);
  rng.fill(noise, cv::RNG::NORMAL, 0, 1.2);
  picture += noise;
  cv::Mat grey;
  picture.convertTo(grey, CV_8U);
  return grey;
}

double MarkLength(const Mark& mark) {
  double length = 0;
  for (const auto& line : mark.lines) {
    std::vector<cv::Point2f> points;
    for (const cv::Point2d& point : line) points.emplace_back(point);
    length += cv::arcLength(points, mark.type == "stain");
  }
  return length;
}

}  // namespace loopdock::testing
