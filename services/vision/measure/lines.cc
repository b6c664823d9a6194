// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/lines.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr double kMadToSigma = 1.4826;

// Minus the smaller eigenvalue of the Hessian: high on a bright line, whatever its direction.
cv::Mat Ridge(const cv::Mat& flat, double sigma, bool both_signs) {
  cv::Mat smooth;
  cv::GaussianBlur(flat, smooth, cv::Size(), sigma);
  cv::Mat xx;
  cv::Mat yy;
  cv::Mat xy;
  // A quarter turns the weights of these kernels into derivatives a pixel.
  cv::Sobel(smooth, xx, CV_32F, 2, 0, 3, 0.25);
  cv::Sobel(smooth, yy, CV_32F, 0, 2, 3, 0.25);
  cv::Sobel(smooth, xy, CV_32F, 1, 1, 3, 0.25);
  cv::Mat ridge(flat.size(), CV_32F);
  for (int y = 0; y < flat.rows; ++y) {
    const float* a = xx.ptr<float>(y);
    const float* b = yy.ptr<float>(y);
    const float* c = xy.ptr<float>(y);
    float* out = ridge.ptr<float>(y);
    for (int x = 0; x < flat.cols; ++x) {
      const float half_sum = 0.5F * (a[x] + b[x]);
      const float half_difference = 0.5F * (a[x] - b[x]);
      const float root = std::sqrt(half_difference * half_difference + c[x] * c[x]);
      out[x] = both_signs ? root + std::abs(half_sum) : root - half_sum;
    }
  }
  return ridge;
}

struct Spread {
  float median = 0;
  float sigma = 0;
};

Spread SpreadOf(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  Spread spread;
  spread.median = *middle;
  for (float& value : values) value = std::abs(value - spread.median);
  std::nth_element(values.begin(), middle, values.end());
  spread.sigma = static_cast<float>(kMadToSigma) * *middle;
  return spread;
}

// Every second pixel of every second row: a quarter of the work, the same figures.
std::vector<float> Sample(const cv::Mat& values, const cv::Mat& mask, cv::Rect box, int step) {
  std::vector<float> sample;
  sample.reserve(static_cast<size_t>(box.area() / (step * step) + 1));
  for (int y = box.y; y < box.br().y; y += step) {
    const float* value = values.ptr<float>(y);
    const unsigned char* inside = mask.ptr<unsigned char>(y);
    for (int x = box.x; x < box.br().x; x += step) {
      if (inside[x] != 0) sample.push_back(value[x]);
    }
  }
  return sample;
}

// Turns the response into units of its local noise.
void Normalise(const cv::Mat& mask, double scale, const Parameters& p, cv::Mat& ridge) {
  constexpr size_t kSampleMin = 200;
  const cv::Rect whole(0, 0, ridge.cols, ridge.rows);
  std::vector<float> all = Sample(ridge, mask, whole, 4);
  if (all.empty()) return;
  Spread overall = SpreadOf(all);
  const float floor = std::max(static_cast<float>(p.noise_floor_share) * overall.sigma,
                               static_cast<float>(p.noise_floor_absolute));
  overall.sigma = std::max(overall.sigma, floor);
  const int tile = std::max(16, static_cast<int>(std::lround(p.noise_tile_px * scale)));
  const cv::Size grid((ridge.cols + tile - 1) / tile, (ridge.rows + tile - 1) / tile);
  cv::Mat medians(grid, CV_32F, cv::Scalar(overall.median));
  cv::Mat sigmas(grid, CV_32F, cv::Scalar(overall.sigma));
  for (int row = 0; row < grid.height; ++row) {
    for (int column = 0; column < grid.width; ++column) {
      const cv::Rect box = cv::Rect(column * tile, row * tile, tile, tile) & whole;
      std::vector<float> sample = Sample(ridge, mask, box, 2);
      if (sample.size() < kSampleMin) continue;
      const Spread local = SpreadOf(sample);
      medians.at<float>(row, column) = local.median;
      sigmas.at<float>(row, column) = std::max(local.sigma, floor);
    }
  }
  const cv::Size full(grid.width * tile, grid.height * tile);
  cv::Mat median_map;
  cv::Mat sigma_map;
  cv::resize(medians, median_map, full, 0, 0, cv::INTER_LINEAR);
  cv::resize(sigmas, sigma_map, full, 0, 0, cv::INTER_LINEAR);
  ridge -= median_map(whole);
  ridge /= sigma_map(whole);
}

}  // namespace

cv::Mat FindLines(const cv::Mat& flat, const cv::Mat& mask, double scale, bool both_signs,
                  const Parameters& p) {
  cv::Mat ridge = Ridge(flat, p.ridge_sigma_px, both_signs);
  Normalise(mask, scale, p, ridge);
  return Hysteresis(ridge, mask, p.line_low, p.line_high, p.line_length_min_px * scale, 1);
}

cv::Mat Hysteresis(const cv::Mat& values, const cv::Mat& mask, double low, double high,
                   double diagonal_min, double area_min) {
  cv::Mat candidates = values >= low;
  candidates &= mask;
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centres;
  const int count = cv::connectedComponentsWithStats(candidates, labels, stats, centres, 8, CV_32S);
  std::vector<unsigned char> strong(static_cast<size_t>(count), 0);
  for (int y = 0; y < values.rows; ++y) {
    const float* value = values.ptr<float>(y);
    const int* label = labels.ptr<int>(y);
    for (int x = 0; x < values.cols; ++x) {
      if (label[x] != 0 && value[x] >= high) strong[static_cast<size_t>(label[x])] = 255;
    }
  }
  strong[0] = 0;
  for (int part = 1; part < count; ++part) {
    const double width = stats.at<int>(part, cv::CC_STAT_WIDTH);
    const double height = stats.at<int>(part, cv::CC_STAT_HEIGHT);
    if (std::hypot(width, height) < diagonal_min ||
        stats.at<int>(part, cv::CC_STAT_AREA) < area_min) {
      strong[static_cast<size_t>(part)] = 0;
    }
  }
  for (int y = 0; y < values.rows; ++y) {
    const int* label = labels.ptr<int>(y);
    unsigned char* out = candidates.ptr<unsigned char>(y);
    for (int x = 0; x < values.cols; ++x) out[x] = strong[static_cast<size_t>(label[x])];
  }
  return candidates;
}

}  // namespace loopdock::vision
