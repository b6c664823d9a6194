// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/marks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace loopdock::vision {
namespace {

constexpr double kMadToSigma = 1.4826;
// Responses are kept as 16-bit numbers, in these parts of a grey level.
constexpr double kRidgeParts = 64;
constexpr int kStripRows = 96;

struct Spread {
  float median = 0;
  float sigma = 0;
};

Spread SpreadOf(std::vector<int16_t>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const int16_t median = *middle;
  for (int16_t& value : values) value = static_cast<int16_t>(std::abs(value - median));
  std::nth_element(values.begin(), middle, values.end());
  // Half a part, so that quiet pictures are not told to have no noise at all.
  return {static_cast<float>(median / kRidgeParts),
          static_cast<float>(kMadToSigma * (*middle + 0.5) / kRidgeParts)};
}

// Every `step`th pixel of every `step`th row.
std::vector<int16_t> Sample(const cv::Mat& ridge, const cv::Mat& mask, cv::Rect box, int step) {
  std::vector<int16_t> sample;
  sample.reserve(static_cast<size_t>(box.area() / (step * step) + 1));
  for (int y = box.y; y < box.br().y; y += step) {
    const auto* value = ridge.ptr<int16_t>(y);
    const unsigned char* inside = mask.ptr<unsigned char>(y);
    for (int x = box.x; x < box.br().x; x += step) {
      if (inside[x] != 0) sample.push_back(value[x]);
    }
  }
  return sample;
}

// The noise of the response, a tile at a time.
struct Noise {
  cv::Mat medians;
  cv::Mat sigmas;
  double tile_px = 1;
};

Noise MeasureNoise(const cv::Mat& ridge, const cv::Mat& mask, double scale, const Parameters& p) {
  constexpr size_t kSampleMin = 200;
  constexpr double kSamplesATile = 2300;
  const cv::Rect whole(0, 0, ridge.cols, ridge.rows);
  const int tile = std::max(16, static_cast<int>(std::lround(p.noise_tile_px * scale)));
  const int step = std::max(1, static_cast<int>(tile / std::sqrt(kSamplesATile)));
  std::vector<int16_t> all = Sample(ridge, mask, whole, 2 * step);
  Spread overall = all.empty() ? Spread{} : SpreadOf(all);
  const float floor = std::max(static_cast<float>(p.noise_floor_share) * overall.sigma,
                               static_cast<float>(p.noise_floor_absolute));
  overall.sigma = std::max(overall.sigma, floor);
  const cv::Size grid((ridge.cols + tile - 1) / tile, (ridge.rows + tile - 1) / tile);
  Noise noise{cv::Mat(grid, CV_32F, cv::Scalar(overall.median)),
              cv::Mat(grid, CV_32F, cv::Scalar(overall.sigma)), static_cast<double>(tile)};
  for (int row = 0; row < grid.height; ++row) {
    for (int column = 0; column < grid.width; ++column) {
      const cv::Rect box = cv::Rect(column * tile, row * tile, tile, tile) & whole;
      std::vector<int16_t> sample = Sample(ridge, mask, box, step);
      if (sample.size() < kSampleMin) continue;
      const Spread local = SpreadOf(sample);
      noise.medians.at<float>(row, column) = local.median;
      noise.sigmas.at<float>(row, column) = std::max(local.sigma, floor);
    }
  }
  return noise;
}

// Turns the response into 0 to 3 by the noise around.
cv::Mat LineCandidates(const MarkField& field, const cv::Mat& ridge, const Noise& noise,
                       const Parameters& p) {
  const int tile = static_cast<int>(noise.tile_px);
  const auto very_share =
      static_cast<float>((p.line_very_high - p.line_low) / (p.line_high - p.line_low));
  cv::Mat candidates(ridge.size(), CV_8U);
  // Thresholds for every column of every row of tiles, interpolated between rows below.
  cv::Mat low_grid = (noise.medians + p.line_low * noise.sigmas) * kRidgeParts;
  cv::Mat high_grid = (noise.medians + p.line_high * noise.sigmas) * kRidgeParts;
  cv::Mat low_rows;
  cv::Mat high_rows;
  const cv::Size wide(low_grid.cols * tile, low_grid.rows);
  cv::resize(low_grid, low_rows, wide, 0, 0, cv::INTER_LINEAR);
  cv::resize(high_grid, high_rows, wide, 0, 0, cv::INTER_LINEAR);
  for (int y = 0; y < ridge.rows; ++y) {
    const double at = std::clamp((y + 0.5) / tile - 0.5, 0.0, low_rows.rows - 1.0);
    const int upper = static_cast<int>(at);
    const int lower = std::min(upper + 1, low_rows.rows - 1);
    const auto share = static_cast<float>(at - upper);
    const float* low_a = low_rows.ptr<float>(upper);
    const float* low_b = low_rows.ptr<float>(lower);
    const float* high_a = high_rows.ptr<float>(upper);
    const float* high_b = high_rows.ptr<float>(lower);
    const auto* value = ridge.ptr<int16_t>(y);
    const unsigned char* inside = field.mask.ptr<unsigned char>(y);
    unsigned char* out = candidates.ptr<unsigned char>(y);
    for (int x = 0; x < ridge.cols; ++x) {
      const auto response = static_cast<float>(value[x]);
      const float low = low_a[x] + share * (low_b[x] - low_a[x]);
      const float high = high_a[x] + share * (high_b[x] - high_a[x]);
      const float very = low + very_share * (high - low);
      const int level =
          (response >= low ? 1 : 0) + (response >= high ? 1 : 0) + (response >= very ? 1 : 0);
      out[x] = static_cast<unsigned char>(level & inside[x]);
    }
  }
  return candidates;
}

void PatchRow(const float* smooth, const unsigned char* mask, int columns, bool both_signs,
              float low, float high, unsigned char* out) {
  for (int x = 0; x < columns; ++x) {
    const float level = both_signs ? std::abs(smooth[x]) : smooth[x];
    const int reached = (level >= low ? 1 : 0) + (level >= high ? 1 : 0);
    out[x] = static_cast<unsigned char>(reached & mask[x]);
  }
}

// What the filters say of a picture.
struct Responses {
  // In parts of a grey level.
  cv::Mat ridge;
  // 0, 1 or 2; empty when patches are not asked for.
  cv::Mat patches;
};

// Of a strip, what the mask and `beside` pixels around it take of its columns.
cv::Rect Needed(const cv::Mat& mask, cv::Rect strip, int beside) {
  const cv::Rect whole(0, 0, mask.cols, mask.rows);
  const cv::Point reach(beside, beside);
  const cv::Rect around = cv::Rect(strip.tl() - reach, strip.br() + reach) & whole;
  const cv::Rect set = cv::boundingRect(mask(around));
  if (set.empty()) return {};
  const int left = around.x + set.x - beside;
  return cv::Rect(left, strip.y, set.width + 2 * beside, strip.height) & strip;
}

// Within `beside` pixels of the mask; 0 elsewhere.
Responses Respond(const cv::Mat& grey, const MarkField& field, const Surface& surface, int beside,
                  double low, double high, const Parameters& p) {
  const cv::Rect whole(0, 0, grey.cols, grey.rows);
  const int margin = static_cast<int>(std::ceil(4 * p.ridge_sigma_px)) + 2;
  Responses responses;
  responses.ridge = cv::Mat::zeros(whole.size(), CV_16S);
  if (field.patches) responses.patches = cv::Mat::zeros(whole.size(), CV_8U);
  for (int top = 0; top < whole.height; top += kStripRows) {
    const cv::Rect strip =
        Needed(field.mask, {0, top, whole.width, std::min(kStripRows, whole.height - top)}, beside);
    if (strip.empty()) continue;
    const cv::Point reach(margin, margin);
    const cv::Rect around = cv::Rect(strip.tl() - reach, strip.br() + reach) & whole;
    cv::Mat smooth;
    cv::GaussianBlur(surface.Flat(grey, around), smooth, cv::Size(), p.ridge_sigma_px);
    const cv::Rect inner = strip - around.tl();
    Ridge(smooth, field.both_signs)(inner).convertTo(responses.ridge(strip), CV_16S, kRidgeParts);
    for (int y = 0; field.patches && y < strip.height; ++y) {
      PatchRow(smooth.ptr<float>(inner.y + y) + inner.x,
               field.mask.ptr<unsigned char>(top + y) + strip.x, strip.width, field.both_signs,
               static_cast<float>(low), static_cast<float>(high),
               responses.patches.ptr<unsigned char>(top + y) + strip.x);
    }
  }
  return responses;
}

}  // namespace

cv::Mat Ridge(const cv::Mat& smooth, bool both_signs) {
  cv::Mat ridge = cv::Mat::zeros(smooth.size(), CV_32F);
  for (int y = 1; y + 1 < smooth.rows; ++y) {
    const float* u = smooth.ptr<float>(y - 1);
    const float* m = smooth.ptr<float>(y);
    const float* d = smooth.ptr<float>(y + 1);
    float* out = ridge.ptr<float>(y);
    // Second derivatives over three pixels, smoothed across, a quarter of their weights' sum.
    for (int x = 1; x < smooth.cols - 1; ++x) {
      const float corners = u[x - 1] + u[x + 1] + d[x - 1] + d[x + 1];
      const float sides = m[x - 1] + m[x + 1];
      const float ends = u[x] + d[x];
      const float xx = 0.25F * (corners + 2 * sides - 2 * ends - 4 * m[x]);
      const float yy = 0.25F * (corners + 2 * ends - 2 * sides - 4 * m[x]);
      const float xy = 0.25F * (d[x + 1] - d[x - 1] - u[x + 1] + u[x - 1]);
      const float half_sum = 0.5F * (xx + yy);
      const float half_difference = 0.5F * (xx - yy);
      const float root = std::sqrt(half_difference * half_difference + xy * xy);
      out[x] = both_signs ? root + std::abs(half_sum) : root - half_sum;
    }
  }
  return ridge;
}

void KeepStrong(const PartMin& least, cv::Mat& candidates) {
  constexpr unsigned char kKept = 255;
  constexpr unsigned char kStrong = 2;
  constexpr unsigned char kVeryStrong = 3;
  std::vector<cv::Point> part;
  for (int y = 0; y < candidates.rows; ++y) {
    const unsigned char* row = candidates.ptr<unsigned char>(y);
    for (int x = 0; x < candidates.cols; ++x) {
      if (row[x] != kStrong && row[x] != kVeryStrong) continue;
      bool very_strong = row[x] == kVeryStrong;
      part.assign(1, {x, y});
      candidates.at<unsigned char>(y, x) = kKept;
      cv::Point low(x, y);
      cv::Point high(x, y);
      for (size_t next = 0; next < part.size(); ++next) {
        const cv::Point at = part[next];
        low = {std::min(low.x, at.x), std::min(low.y, at.y)};
        high = {std::max(high.x, at.x), std::max(high.y, at.y)};
        for (int ny = std::max(0, at.y - 1); ny <= std::min(candidates.rows - 1, at.y + 1); ++ny) {
          unsigned char* near = candidates.ptr<unsigned char>(ny);
          for (int nx = std::max(0, at.x - 1); nx <= std::min(candidates.cols - 1, at.x + 1);
               ++nx) {
            if (near[nx] == 0 || near[nx] > kVeryStrong) continue;
            very_strong = very_strong || near[nx] == kVeryStrong;
            near[nx] = kKept;
            part.emplace_back(nx, ny);
          }
        }
      }
      const double diagonal = std::hypot(high.x - low.x + 1, high.y - low.y + 1);
      if (diagonal >= (very_strong ? least.very_strong_diagonal : least.diagonal) &&
          static_cast<double>(part.size()) >= least.area) {
        continue;
      }
      for (const cv::Point& at : part) candidates.at<unsigned char>(at) = 0;
    }
  }
  cv::compare(candidates, kKept, candidates, cv::CMP_EQ);
}

cv::Mat FindMarks(const MarkField& field, const Surface& surface, const Parameters& p) {
  Responses found = Respond(field.grey, field, surface, 0, p.blob_low, p.blob_high, p);
  if (!field.reference.empty()) {
    const Surface clean(field.reference, field.scale, p);
    const double low = p.reference_level_share * p.blob_low;
    const int reach = static_cast<int>(std::ceil(p.reference_reach_px * field.scale));
    Responses known = Respond(field.reference, field, clean, reach, low, low, p);
    const int side = 2 * static_cast<int>(std::lround(p.reference_reach_px * field.scale / 2)) + 1;
    const cv::Mat around = cv::Mat::ones(side, side, CV_8U);
    cv::dilate(known.ridge, known.ridge, around);
    cv::scaleAdd(known.ridge, -p.reference_ridge_factor, found.ridge, found.ridge);
    if (field.patches) {
      cv::dilate(known.patches, known.patches, around);
      found.patches.setTo(0, known.patches);
    }
  }
  const Noise noise = MeasureNoise(found.ridge, field.mask, field.scale, p);
  cv::Mat marks = LineCandidates(field, found.ridge, noise, p);
  found.ridge.release();
  KeepStrong({field.line_min_px, field.bright_line_min_px, 1}, marks);
  if (field.patches) {
    KeepStrong({0, 0, p.blob_area_min_px2 * field.scale * field.scale}, found.patches);
    marks |= found.patches;
  }
  return marks;
}

}  // namespace loopdock::vision
