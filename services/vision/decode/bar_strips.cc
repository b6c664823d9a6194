// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/bar_strips.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace loopdock::vision {
namespace {

// Pixels along a block at which its rows are compared.
constexpr double kComparedPx = 800;
// Rows so far apart are compared.
constexpr int kApart = 3;
constexpr double kRowsAlike = 0.5;
// Of a row's energy, over that of a strong one.
constexpr double kRowEnergy = 0.12;
constexpr double kStrongShare = 0.9;
// Rows of other looks that do not end a band, as under a scratch.
constexpr int kRowsBridged = 2;
constexpr int kBandRowsMin = 5;
// A column belongs to the bars when it changes this much of what a strong one does.
constexpr double kColumnShare = 0.25;
constexpr double kWidthPxMin = 20;
constexpr double kMarginShare = 0.08;
// Height over width of the lowest bars that count as high, and what of it is compared at each end.
constexpr double kHighShare = 0.15;
constexpr double kEndShare = 0.3;
constexpr double kEndsAlike = 0.8;

float Strong(std::vector<float> values) {
  const auto at = static_cast<std::ptrdiff_t>(kStrongShare * double(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

// First and last row of each run of rows that show the same bars.
std::vector<cv::Range> BandsOf(const cv::Mat1f& dx) {
  std::vector<float> energy;
  for (int y = 0; y < dx.rows; ++y) energy.push_back(float(cv::norm(dx.row(y), cv::NORM_L2SQR)));
  const double energy_min = kRowEnergy * Strong(energy);
  std::vector<cv::Range> bands;
  int other = kRowsBridged + 1;
  for (int y = 0; y + kApart < dx.rows; ++y) {
    const double a = energy[static_cast<size_t>(y)];
    const double b = energy[static_cast<size_t>(y + kApart)];
    const bool alike = std::min(a, b) > energy_min &&
                       dx.row(y).dot(dx.row(y + kApart)) > kRowsAlike * std::sqrt(a * b);
    if (!alike) {
      ++other;
      continue;
    }
    if (other > kRowsBridged) bands.emplace_back(y, y);
    bands.back().end = y + kApart + 1;
    other = 0;
  }
  std::erase_if(bands, [](const cv::Range& band) { return band.size() < kBandRowsMin + kApart; });
  return bands;
}

// From the first to the last column in which the band changes.
cv::Range ColumnsOf(const cv::Mat1f& dx, const cv::Range& rows) {
  cv::Mat1f mean;
  cv::reduce(dx.rowRange(rows), mean, 0, cv::REDUCE_AVG);
  const cv::Mat1f change(cv::abs(mean));
  const float least = float(kColumnShare) * Strong({change.begin(), change.end()});
  int first = 0;
  int last = change.cols;
  while (first < last && change(0, first) < least) ++first;
  while (last > first && change(0, last - 1) < least) --last;
  return {first, last};
}

}  // namespace

std::vector<float> StripOf(const cv::Mat& crop, double begin, double height) {
  const int top = std::min(static_cast<int>(begin * crop.rows), crop.rows - 1);
  const int rows = std::clamp(static_cast<int>(height * crop.rows), 1, crop.rows - top);
  cv::Mat1f mean;
  cv::reduce(crop.rowRange(top, top + rows), mean, 0, cv::REDUCE_AVG, CV_32F);
  return {mean.begin(), mean.end()};
}

double Alike(const std::vector<float>& a, const std::vector<float>& b) {
  const int size = static_cast<int>(a.size());
  const int shift_max = size / 40;
  const auto fine = [size](const std::vector<float>& values) {
    const cv::Mat1f row(1, size, const_cast<float*>(values.data()));
    cv::Mat1f smooth;
    cv::blur(row, smooth, {size / 10 + 1, 1});
    return cv::Mat1f(row - smooth);
  };
  const cv::Mat1f fine_a = fine(a);
  const cv::Mat1f fine_b = fine(b);
  double best = 0;
  for (int shift = -shift_max; shift <= shift_max; shift += 2) {
    const cv::Range at(shift_max, size - shift_max);
    const cv::Mat1f part_a = fine_a.colRange(at);
    const cv::Mat1f part_b = fine_b.colRange(at.start + shift, at.end + shift);
    best = std::max(best, part_a.dot(part_b) / (cv::norm(part_a) * cv::norm(part_b) + 1e-6));
  }
  return best;
}

std::vector<Block> SplitBars(const cv::Mat& grey, const Block& block) {
  const double scale = std::min(1.0, kComparedPx / block.width);
  const double margin = kMarginShare * block.height;
  const Crop crop = CutOut(grey, block, margin, margin, scale, Interpolation::kLinear);
  cv::Mat smooth;
  cv::GaussianBlur(crop.grey, smooth, {3, 3}, 0.8);
  cv::Mat1f dx;
  cv::Sobel(smooth, dx, CV_32F, 1, 0, 1);
  std::vector<std::pair<double, Block>> found;
  for (const cv::Range& rows : BandsOf(dx)) {
    const cv::Range columns = ColumnsOf(dx, rows);
    if (columns.size() < kWidthPxMin) continue;
    Block band = block;
    const cv::Vec2d middle = crop.to_picture * cv::Vec3d((columns.start + columns.end) / 2.0,
                                                         (rows.start + rows.end) / 2.0, 1);
    band.center = {middle[0], middle[1]};
    band.width = columns.size() / crop.scale();
    band.height = rows.size() / crop.scale();
    found.emplace_back(band.width * band.height, band);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Block> bands;
  for (const auto& [area, band] : found) bands.push_back(band);
  return bands;
}

bool AreHigh(const cv::Mat& grey, const Block& band) {
  if (band.height < kHighShare * band.width) return false;
  const double scale = std::min(1.0, kComparedPx / band.width);
  const Crop crop = CutOut(grey, band, 0, 0, scale, Interpolation::kLinear);
  return Alike(StripOf(crop.grey, 0.1, kEndShare), StripOf(crop.grey, 0.9 - kEndShare, kEndShare)) >
         kEndsAlike;
}

}  // namespace loopdock::vision
