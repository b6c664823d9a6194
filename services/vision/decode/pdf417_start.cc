// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/pdf417_start.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

// Modules of dark and light in turn.
constexpr std::array<int, 8> kStart = {8, 1, 1, 1, 1, 1, 1, 3};
constexpr std::array<int, 9> kStop = {7, 1, 1, 3, 1, 1, 1, 2, 1};
constexpr int kStopModules = 18;
constexpr int kCodewordModules = 17;
constexpr int kQuietModules = 4;
// Of a module, by which an element may be wider or narrower, and the symbol no multiple of a
// codeword.
constexpr double kElementError = 0.6;
constexpr double kEdgeError = 3;
// Rows that show the stop pattern, and of all rows between the first and the last of them.
constexpr size_t kRowsMin = 8;
constexpr double kRowsShare = 0.4;
constexpr int kCodewordsMin = 3;
constexpr int kCodewordsMax = 32;

// Where a row shows the stop pattern, and where its first dark element begins.
struct StopInRow {
  int y = 0;
  double begin = 0;
  double module = 0;
  double first_dark = 0;
};

std::optional<StopInRow> FindStop(const cv::Mat1b& dark, int y) {
  // Where each element begins, the first one dark.
  std::vector<int> begins;
  for (int x = 0; x < dark.cols; ++x) {
    const bool is_dark = dark(y, x) != 0;
    if (is_dark == (begins.size() % 2 == 0)) begins.push_back(x);
  }
  begins.push_back(dark.cols);
  for (size_t i = begins.size(); i-- > kStop.size();) {
    const size_t first = i - kStop.size();
    if (first % 2 != 0) continue;
    const double module = double(begins[i] - begins[first]) / kStopModules;
    bool fits = module >= 1;
    for (size_t k = 0; k < kStop.size() && fits; ++k) {
      const int width = begins[first + k + 1] - begins[first + k];
      fits = std::abs(width - kStop[k] * module) <= kElementError * module;
    }
    if (fits) return StopInRow{y, double(begins[first]), module, double(begins[0])};
  }
  return std::nullopt;
}

template <typename Value>
double Median(const std::vector<StopInRow>& rows, Value value) {
  std::vector<double> values;
  for (const StopInRow& row : rows) values.push_back(value(row));
  std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// The rows whose stop pattern lies in one line with most others'.
std::vector<StopInRow> FindStops(const cv::Mat& grey) {
  cv::Mat1b dark;
  cv::threshold(grey, dark, 0, 255, cv::THRESH_BINARY_INV | cv::THRESH_OTSU);
  std::vector<StopInRow> rows;
  for (int y = 0; y < dark.rows; ++y) {
    if (const auto row = FindStop(dark, y)) rows.push_back(*row);
  }
  if (rows.size() < kRowsMin) return {};
  const double begin = Median(rows, [](const StopInRow& row) { return row.begin; });
  const double module = Median(rows, [](const StopInRow& row) { return row.module; });
  std::erase_if(rows, [&](const StopInRow& row) {
    return std::abs(row.begin - begin) > kEdgeError * module;
  });
  const bool enough = rows.size() >= kRowsMin &&
                      double(rows.size()) >= kRowsShare * (rows.back().y - rows.front().y + 1);
  return enough ? rows : std::vector<StopInRow>();
}

}  // namespace

std::optional<RestoredStart> RestoreStart(const cv::Mat& grey) {
  const std::vector<StopInRow> rows = FindStops(grey);
  if (rows.empty()) return std::nullopt;
  const double module = Median(rows, [](const StopInRow& row) { return row.module; });
  const double modules = Median(
      rows, [module](const StopInRow& row) { return (row.begin - row.first_dark) / module; });
  const double codewords = std::round(modules / kCodewordModules);
  if (codewords < kCodewordsMin || codewords > kCodewordsMax ||
      std::abs(modules - codewords * kCodewordModules) > kEdgeError) {
    return std::nullopt;
  }
  RestoredStart restored;
  restored.shift = static_cast<int>(std::ceil((kCodewordModules + kQuietModules) * module));
  cv::copyMakeBorder(grey, restored.grey, 0, 0, restored.shift, 0, cv::BORDER_CONSTANT,
                     cv::Scalar::all(255));
  const double length =
      Median(rows, [](const StopInRow& row) { return row.begin - row.first_dark; });
  const double stop = Median(rows, [](const StopInRow& row) { return row.begin; });
  const cv::Range range(rows.front().y, rows.back().y + 1);
  double at = restored.shift + stop - length - kCodewordModules * module;
  restored.grey(range, cv::Range(0, cvRound(at + kCodewordModules * module))) = 255;
  for (size_t k = 0; k < kStart.size(); ++k) {
    const double end = at + kStart[k] * module;
    restored.grey(range, cv::Range(cvRound(at), cvRound(end))) = k % 2 == 0 ? 0 : 255;
    at = end;
  }
  return restored;
}

}  // namespace loopdock::vision
