// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/straight_bars.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <string>
#include <utility>

#include "services/vision/decode/bar_strips.h"
#include "services/vision/decode/evidence.h"
#include "services/vision/decode/zxing_reader.h"

namespace loopdock::vision {
namespace {

// Pixels of the crop along the bars that are aimed at, and how far small ones are enlarged.
constexpr double kCropPx = 1000;
constexpr double kScaleMax = 4;
constexpr double kMargin = 0.12;
constexpr int kRowsEnough = 150;
// Columns in which the lean is measured.
constexpr int kLeanColumns = 16;
constexpr double kLeanMax = 0.5;
// Of the height, where a band begins; none reaches the ends, where bars stop.
constexpr std::array<double, 3> kBands = {0.38, 0.1, 0.66};
constexpr double kBandHeight = 0.24;
constexpr double kAlikeMin = 0.4;
// Blurs that are undone, as sigma in pixels of the picture; 0 leaves the bars as they are.
constexpr std::array<double, 5> kBlurs = {0, 1.2, 1.8, 2.4, 3};
// Noise over signal at which a frequency counts half.
constexpr float kNoise = 0.01F;
// Between the lightest and the darkest nearby is the threshold, within this share of the bars.
constexpr double kNearby = 0.06;
// Of the contrast of all, below which there is nothing but paper.
constexpr double kContrastMin = 0.2;
constexpr int kDrawnRows = 2;

constexpr double kJoinAngle = 0.15;
constexpr double kJoinOffset = 0.35;
constexpr double kJoinHeights = 1.8;
constexpr double kJoinGap = 0.45;

// How far bars lean: a point `v` rows below the middle row is shifted by v * (offset + slope * u)
// from column u of the middle row, and by no more than v * most.
struct Lean {
  double offset = 0;
  double slope = 0;
  double most = kLeanMax;

  double At(double u) const { return std::clamp(offset + slope * u, -most, most); }
};

// In a crop that has `stretch` times as many pixels along the block as across it.
Lean LeanOf(const cv::Mat& crop, double stretch) {
  Lean lean;
  lean.most = kLeanMax * stretch;
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
    const double here = -std::tan(turn);
    if (coherence < 0.4 || std::abs(here) > lean.most) continue;
    const double u = (columns.start + columns.end) / 2.0;
    const double weight = energy * coherence;
    w += weight;
    wu += weight * u;
    wuu += weight * u * u;
    ws += weight * here;
    wus += weight * u * here;
  }
  const double spread = w * wuu - wu * wu;
  if (w <= 0) return lean;
  if (spread > 1e-6 * w * w) lean.slope = (w * wus - wu * ws) / spread;
  lean.offset = (ws - lean.slope * wu) / w;
  return lean;
}

// The crop with upright bars; of high ones only as many rows as it takes.
cv::Mat Straighten(const cv::Mat& crop, const Lean& lean) {
  const int step = std::max(1, crop.rows / kRowsEnough);
  cv::Mat soft = crop;
  if (step > 1) cv::blur(crop, soft, {1, step});
  std::vector<float> leans;
  for (int u = 0; u < crop.cols; ++u) leans.push_back(static_cast<float>(lean.At(u)));
  cv::Mat1f map_x(std::max(1, crop.rows / step), crop.cols);
  cv::Mat1f map_y(map_x.size());
  for (int row = 0; row < map_x.rows; ++row) {
    const float v = (float(row) + 0.5F) * float(step) - 0.5F;
    const float from_middle = v - float(crop.rows) / 2;
    auto* x = map_x[row];
    for (int u = 0; u < crop.cols; ++u) {
      x[u] = float(u) + from_middle * leans[static_cast<size_t>(u)];
    }
    map_y.row(row).setTo(v);
  }
  cv::Mat straight;
  cv::remap(soft, straight, map_x, map_y, cv::INTER_LINEAR, cv::BORDER_REPLICATE);
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

std::vector<Read> ReadDrawn(const cv::Mat& drawn) {
  std::vector<Read> reads;
  for (const ReaderFormats formats : {ReaderFormats::kLinear, ReaderFormats::kDataBar}) {
    ReaderOptions options{formats, false, false, ReaderBinarizer::kFixedThreshold};
    options.lines_min = 1;
    for (Read& read : ReadSymbols(drawn, options)) reads.push_back(std::move(read));
  }
  return reads;
}

// Corners of drawn bars as those of the leaning bars from end to end; `middle` is the middle row.
Corners Leaning(Corners corners, const Lean& lean, double middle) {
  const bool upside_down = corners[0].x > corners[1].x;
  for (size_t i = 0; i < corners.size(); ++i) {
    const bool upper = (i < 2) != upside_down;
    const double down = upper ? -middle : middle;
    corners[i] = {corners[i].x + down * lean.At(corners[i].x), middle + down};
  }
  return corners;
}

// Both as one, where they stand side by side in one line.
std::optional<Block> Joined(const Block& a, const Block& b) {
  const double turn = std::remainder(a.angle - b.angle, std::numbers::pi);
  const double low = std::min(a.height, b.height);
  if (std::abs(turn) > kJoinAngle || std::max(a.height, b.height) > kJoinHeights * low) {
    return std::nullopt;
  }
  const cv::Point2d along(std::cos(a.angle), std::sin(a.angle));
  const cv::Point2d across(-along.y, along.x);
  const cv::Point2d apart = b.center - a.center;
  const double distance = apart.dot(along);
  const double gap = std::abs(distance) - (a.width + b.width) / 2;
  const double gap_max = kJoinGap * std::max(low, std::min(a.width, b.width));
  if (std::abs(apart.dot(across)) > kJoinOffset * low || std::abs(gap) > gap_max) {
    return std::nullopt;
  }
  const double begin = std::min(-a.width / 2, distance - b.width / 2);
  const double end = std::max(a.width / 2, distance + b.width / 2);
  Block both = a;
  both.center = a.center + along * ((begin + end) / 2) + across * (apart.dot(across) / 2);
  both.width = end - begin;
  both.height = low;
  return both;
}

}  // namespace

std::vector<Read> ReadStraightened(const cv::Mat& grey, const Block& block) {
  const double scale = std::clamp(kCropPx / block.width, 1.0, kScaleMax);
  const Crop crop = CutOutBars(grey, block, kMargin * block.width, 0, scale);
  const Lean lean = LeanOf(crop.grey, crop.scale() / crop.scale_across());
  const cv::Mat straight = Straighten(crop.grey, lean);
  const int nearby = std::max(4, cvRound(kNearby * block.width * crop.scale()));
  std::array<std::vector<float>, kBands.size()> strips;
  for (size_t band = 0; band < kBands.size(); ++band) {
    strips[band] = StripOf(straight, kBands[band], kBandHeight);
  }
  // Print and texture look otherwise in every band.
  if (std::max(Alike(strips[0], strips[1]), Alike(strips[0], strips[2])) < kAlikeMin) return {};
  std::vector<Vote> votes;
  const auto agreed = [&votes] {
    return std::any_of(votes.begin(), votes.end(),
                       [](const Vote& vote) { return Bands(vote) > 1; });
  };
  for (const double blur : kBlurs) {
    for (size_t band = 0; band < kBands.size(); ++band) {
      const cv::Mat1f profile(1, static_cast<int>(strips[band].size()), strips[band].data());
      const cv::Mat drawn = DrawBars(Deblurred(profile, blur * crop.scale()), nearby);
      for (Read& read : ReadDrawn(drawn)) Count(std::move(read), band, votes);
    }
    if (agreed()) break;
  }
  std::vector<Read> reads;
  for (Vote& vote : votes) {
    // Where bands agree, what one of them says otherwise is a misreading.
    if (agreed() && Bands(vote) < 2) continue;
    vote.read.lines = Bands(vote) > 1 ? Evidence::kLinesAlone : 1;
    vote.read.corners = Leaning(vote.read.corners, lean, crop.grey.rows / 2.0);
    reads.push_back(ToPicture(std::move(vote.read), crop));
  }
  return reads;
}

std::vector<Block> JoinBlocks(const std::vector<Block>& blocks) {
  std::vector<Block> joined;
  for (size_t i = 0; i < blocks.size(); ++i) {
    // What grew together may reach one more.
    std::optional<Block> grown;
    for (size_t k = i + 1; k < blocks.size(); ++k) {
      const auto pair = Joined(blocks[i], blocks[k]);
      const auto more = grown.has_value() ? Joined(*grown, blocks[k]) : std::nullopt;
      if (pair.has_value()) joined.push_back(*pair);
      if (more.has_value()) joined.push_back(*more);
      grown = more.has_value() ? more : pair.has_value() ? pair : grown;
    }
  }
  std::stable_sort(joined.begin(), joined.end(), [](const Block& a, const Block& b) {
    return a.width * a.height > b.width * b.height;
  });
  return joined;
}

}  // namespace loopdock::vision
