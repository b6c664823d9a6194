// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/straight_bars.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "services/vision/decode/bar_strips.h"
#include "services/vision/decode/evidence.h"

namespace loopdock::vision {
namespace {

// Pixels of the crop along the bars that are aimed at, and how far small ones are enlarged.
constexpr double kCropPx = 1000;
constexpr double kScaleMax = 4;
constexpr double kMargin = 0.12;
// Columns in which the lean is measured.
constexpr int kLeanColumns = 16;
constexpr double kLeanMax = 0.5;
// Of the height, where a band begins; none reaches the ends, where bars stop.
constexpr std::array<double, 3> kBands = {0.38, 0.1, 0.66};
constexpr double kBandHeight = 0.24;
// Blurs that are undone, as sigma in pixels of the picture; 0 leaves the bars as they are.
constexpr std::array<double, 4> kBlurs = {0, 1.2, 2, 3};
// Noise over signal at which a frequency counts half.
constexpr float kNoise = 0.02F;
// Between the lightest and the darkest nearby is the threshold, within this share of the bars.
constexpr double kNearby = 0.06;
// Of the contrast of all, below which there is nothing but paper.
constexpr double kContrastMin = 0.2;
constexpr int kDrawnRows = 4;

constexpr double kJoinAngle = 0.15;
constexpr double kJoinOffset = 0.35;
constexpr double kJoinHeights = 1.8;
constexpr double kJoinGap = 0.45;

// How far bars lean: a point `v` rows below the middle row is shifted by v * (offset + slope * u)
// from column u of the middle row.
struct Lean {
  double offset = 0;
  double slope = 0;

  double At(double u) const { return std::clamp(offset + slope * u, -kLeanMax, kLeanMax); }
};

Lean LeanOf(const cv::Mat& crop) {
  cv::Mat smooth;
  cv::GaussianBlur(crop, smooth, {5, 5}, 1.2);
  const int quarter = smooth.rows / 5;
  const cv::Mat middle = smooth.rowRange(quarter, std::max(quarter + 3, smooth.rows - quarter));
  cv::Mat1f dx;
  cv::Mat1f dy;
  cv::Scharr(middle, dx, CV_32F, 1, 0);
  cv::Scharr(middle, dy, CV_32F, 0, 1);
  // Weighted straight line through the lean of the columns.
  double w = 0;
  double wu = 0;
  double wuu = 0;
  double ws = 0;
  double wus = 0;
  for (int i = 0; i < kLeanColumns; ++i) {
    const cv::Range columns(crop.cols * i / kLeanColumns, crop.cols * (i + 1) / kLeanColumns);
    const cv::Mat1f x = dx.colRange(columns);
    const cv::Mat1f y = dy.colRange(columns);
    const double xx = x.dot(x);
    const double yy = y.dot(y);
    const double xy = x.dot(y);
    const double energy = xx + yy;
    const double coherence = std::hypot(xx - yy, 2 * xy) / (energy + 1);
    const double turn = 0.5 * std::atan2(2 * xy, xx - yy);
    if (coherence < 0.4 || std::abs(turn) > kLeanMax) continue;
    const double u = (columns.start + columns.end) / 2.0;
    const double lean = -std::tan(turn);
    const double weight = energy * coherence;
    w += weight;
    wu += weight * u;
    wuu += weight * u * u;
    ws += weight * lean;
    wus += weight * u * lean;
  }
  Lean lean;
  const double spread = w * wuu - wu * wu;
  if (w <= 0) return lean;
  if (spread > 1e-6 * w * w) lean.slope = (w * wus - wu * ws) / spread;
  lean.offset = (ws - lean.slope * wu) / w;
  return lean;
}

cv::Mat Straighten(const cv::Mat& crop, const Lean& lean) {
  cv::Mat1f map_x(crop.size());
  cv::Mat1f map_y(crop.size());
  const double middle = crop.rows / 2.0;
  for (int v = 0; v < crop.rows; ++v) {
    for (int u = 0; u < crop.cols; ++u) {
      map_x(v, u) = float(u + (v - middle) * lean.At(u));
      map_y(v, u) = float(v);
    }
  }
  cv::Mat straight;
  cv::remap(crop, straight, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return straight;
}

// Wiener's filter against a blur of `sigma` samples.
cv::Mat1f Deblurred(const cv::Mat1f& profile, double sigma) {
  if (sigma <= 0) return profile;
  const int size = cv::getOptimalDFTSize(profile.cols * 5 / 4);
  cv::Mat1f padded;
  cv::copyMakeBorder(profile, padded, 0, 0, 0, size - profile.cols, cv::BORDER_REPLICATE);
  cv::Mat2f spectrum;
  cv::dft(padded, spectrum, cv::DFT_COMPLEX_OUTPUT);
  for (int i = 0; i < size; ++i) {
    const double f = 2 * std::numbers::pi * std::min(i, size - i) / size;
    const auto blur = static_cast<float>(std::exp(-0.5 * f * f * sigma * sigma));
    spectrum(0, i) *= blur * (1 + kNoise) / (blur * blur + kNoise);
  }
  cv::Mat1f sharp;
  cv::dft(spectrum, sharp, cv::DFT_INVERSE | cv::DFT_SCALE | cv::DFT_REAL_OUTPUT);
  return sharp.colRange(0, profile.cols);
}

// Black and white: dark where the profile is below the middle between what is lightest and darkest
// nearby.
cv::Mat DrawBars(const cv::Mat1f& profile, int nearby) {
  cv::Mat1f light;
  cv::Mat1f dark;
  const cv::Mat window = cv::Mat::ones(1, 2 * nearby + 1, CV_8U);
  cv::dilate(profile, light, window);
  cv::erode(profile, dark, window);
  cv::blur(light, light, {2 * nearby + 1, 1});
  cv::blur(dark, dark, {2 * nearby + 1, 1});
  double low = 0;
  double high = 0;
  cv::minMaxLoc(profile, &low, &high);
  cv::Mat drawn(kDrawnRows, profile.cols, CV_8UC1, cv::Scalar::all(255));
  for (int x = 0; x < profile.cols; ++x) {
    const float contrast = light(0, x) - dark(0, x);
    if (contrast < kContrastMin * (high - low)) continue;
    if (profile(0, x) < (light(0, x) + dark(0, x)) / 2) drawn.col(x).setTo(0);
  }
  return drawn;
}

struct Vote {
  Read read;
  // Of kBands, one bit each.
  unsigned bands = 0;
};

int Bands(const Vote& vote) { return std::popcount(vote.bands); }

void Count(Read read, size_t band, std::vector<Vote>& votes) {
  const unsigned bit = 1U << band;
  for (Vote& vote : votes) {
    if (vote.read.symbology != read.symbology || vote.read.content != read.content) continue;
    vote.bands |= bit;
    return;
  }
  votes.push_back({std::move(read), bit});
}

}  // namespace

std::vector<Read> ReadStraightened(const cv::Mat& grey, const Block& block, ReaderFormats formats) {
  const double scale = std::clamp(kCropPx / block.width, 1.0, kScaleMax);
  const Crop crop = CutOut(grey, block, kMargin * block.width, 0, scale, Interpolation::kCubic);
  const Lean lean = LeanOf(crop.grey);
  const cv::Mat straight = Straighten(crop.grey, lean);
  const double middle = crop.grey.rows / 2.0;
  const int nearby = std::max(4, cvRound(kNearby * block.width * crop.scale()));
  ReaderOptions options{formats, false, false, ReaderBinarizer::kFixedThreshold};
  options.lines_min = 1;
  std::vector<Vote> votes;
  const auto agreed = [&votes] {
    return std::any_of(votes.begin(), votes.end(), [](const Vote& vote) { return Bands(vote) > 1; });
  };
  for (const double blur : kBlurs) {
    for (size_t band = 0; band < kBands.size(); ++band) {
      const std::vector<float> strip = StripOf(straight, kBands[band], kBandHeight);
      const cv::Mat1f profile(1, static_cast<int>(strip.size()), const_cast<float*>(strip.data()));
      const cv::Mat drawn = DrawBars(Deblurred(profile, blur * crop.scale()), nearby);
      for (Read& read : ReadSymbols(drawn, options)) {
        const double half = middle * (read.corners[0].y <= read.corners[3].y ? 1 : -1);
        for (size_t i = 0; i < 4; ++i) {
          cv::Point2d& corner = read.corners[i];
          const double v = i < 2 ? -half : half;
          corner = {corner.x + v * lean.At(corner.x), middle + v};
        }
        Count(std::move(read), band, votes);
      }
    }
    if (agreed()) break;
  }
  std::vector<Read> reads;
  for (Vote& vote : votes) {
    // Where bands agree, what one of them says otherwise is a misreading.
    if (agreed() && Bands(vote) < 2) continue;
    vote.read.lines = Bands(vote) > 1 ? Evidence::kLinesAlone : 1;
    reads.push_back(ToPicture(std::move(vote.read), crop));
  }
  return reads;
}

std::vector<Block> JoinBlocks(const std::vector<Block>& blocks) {
  std::vector<Block> joined;
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (size_t k = i + 1; k < blocks.size(); ++k) {
      const Block& a = blocks[i];
      const Block& b = blocks[k];
      const double turn = std::remainder(a.angle - b.angle, std::numbers::pi);
      const double low = std::min(a.height, b.height);
      if (std::abs(turn) > kJoinAngle || std::max(a.height, b.height) > kJoinHeights * low) continue;
      const cv::Point2d along(std::cos(a.angle), std::sin(a.angle));
      const cv::Point2d across(-along.y, along.x);
      const cv::Point2d apart = b.center - a.center;
      if (std::abs(apart.dot(across)) > kJoinOffset * low) continue;
      const double distance = apart.dot(along);
      const double gap = std::abs(distance) - (a.width + b.width) / 2;
      if (gap < -kJoinGap * std::min(a.width, b.width) ||
          gap > kJoinGap * std::min(a.width, b.width)) {
        continue;
      }
      const double begin = std::min(-a.width / 2, distance - b.width / 2);
      const double end = std::max(a.width / 2, distance + b.width / 2);
      Block both = a;
      both.center = a.center + along * ((begin + end) / 2) + across * (apart.dot(across) / 2);
      both.width = end - begin;
      both.height = low;
      joined.push_back(both);
    }
  }
  return joined;
}

}  // namespace loopdock::vision
