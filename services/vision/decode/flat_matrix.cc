// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/flat_matrix.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "services/vision/decode/outline.h"
#include "services/vision/decode/zxing_reader.h"

namespace loopdock::vision {
namespace {

constexpr double kMargin = 0.12;
// Pixels of the crop along the symbol: a small one is enlarged towards the first, a large one is
// made smaller to the second, which is enough for any number of modules.
constexpr double kCropPx = 500;
constexpr double kCropPxMax = 1200;
constexpr double kScaleMax = 4;
// Around the flat symbol.
constexpr double kQuietShare = 0.1;
// Of the block's, below which an outline is a speck in it.
constexpr double kSideShareMin = 0.2;
constexpr double kSideMin = 16;

// A way of making the modules stand out.
struct Look {
  bool sharpened;
  // The wide bars of a PDF417 must not be wider than what the binarizer averages over.
  bool half;
  ReaderBinarizer binarizer;
};
constexpr Look kLooks[] = {
    {false, false, ReaderBinarizer::kLocalAverage},
    {false, true, ReaderBinarizer::kLocalAverage},
    {true, false, ReaderBinarizer::kLocalAverage},
    {true, false, ReaderBinarizer::kGlobalHistogram},
};
// Against noise, and against blur, as sigma in pixels of the picture.
constexpr double kSmooth = 1;
constexpr double kSharpen = 2.5;
constexpr double kSharpenAmount = 2;

struct Flat {
  cv::Mat grey;
  cv::Matx33d to_crop;
};

// Makes a rectangle of `size` out of `quad`, with `quiet` around it.
Flat Flatten(const cv::Mat& crop, const Quad& quad, cv::Size2d size, double quiet) {
  const auto left = static_cast<float>(quiet);
  const auto right = static_cast<float>(quiet + size.width);
  const auto low = static_cast<float>(quiet + size.height);
  const Quad upright = {cv::Point2f(left, left), {right, left}, {right, low}, {left, low}};
  Flat flat;
  flat.to_crop = cv::getPerspectiveTransform(upright.data(), quad.data());
  cv::warpPerspective(crop, flat.grey, flat.to_crop,
                      {cvRound(size.width + 2 * quiet), cvRound(size.height + 2 * quiet)},
                      cv::INTER_LINEAR | cv::WARP_INVERSE_MAP, cv::BORDER_REPLICATE);
  return flat;
}

// PDF417 is only looked for along its rows, where levels change more often than across them.
Quad AlongRows(const cv::Mat& crop, Quad quad) {
  const Flat look = Flatten(crop, quad, {100, 100}, 0);
  const cv::Rect inner(1, 1, 99, 99);
  const double along = cv::norm(look.grey(inner), look.grey(inner - cv::Point(1, 0)), cv::NORM_L1);
  const double across = cv::norm(look.grey(inner), look.grey(inner - cv::Point(0, 1)), cv::NORM_L1);
  if (across > along) std::rotate(quad.begin(), quad.begin() + 1, quad.end());
  return quad;
}

// What may be the symbol laid flat.
std::vector<Flat> FlatOf(const cv::Mat& crop, double symbol_px) {
  std::vector<Flat> flats;
  for (const Quad& outline : OutlinesOf(crop)) {
    const Quad quad = AlongRows(crop, outline);
    const cv::Size2d size((cv::norm(quad[1] - quad[0]) + cv::norm(quad[2] - quad[3])) / 2,
                          (cv::norm(quad[3] - quad[0]) + cv::norm(quad[2] - quad[1])) / 2);
    if (std::min(size.width, size.height) < kSideMin ||
        std::max(size.width, size.height) < kSideShareMin * symbol_px) {
      continue;
    }
    const double quiet = kQuietShare * std::max(size.width, size.height);
    flats.push_back(Flatten(crop, quad, size, quiet));
  }
  if (const auto rings = RingsOf(crop)) {
    const double side = cv::norm(rings->quad[1] - rings->quad[0]);
    flats.push_back(Flatten(crop, rings->quad, {side, side}, (1.2 * symbol_px - side) / 2));
  }
  return flats;
}

cv::Mat Sharpened(const cv::Mat& grey, double scale) {
  cv::Mat smooth;
  cv::Mat soft;
  cv::Mat sharp;
  cv::GaussianBlur(grey, smooth, {}, kSmooth * scale);
  cv::GaussianBlur(smooth, soft, {}, kSharpen * scale);
  cv::addWeighted(smooth, 1 + kSharpenAmount, soft, -kSharpenAmount, 0, sharp);
  return sharp;
}

cv::Mat Half(const cv::Mat& grey) {
  cv::Mat half;
  cv::resize(grey, half, {}, 0.5, 0.5, cv::INTER_AREA);
  return half;
}

// The first look that reads the symbol; at what is flat by a second guess only one is taken.
std::vector<Read> ReadFlat(const Flat& flat, double scale, bool first_guess) {
  cv::Mat sharpened;
  for (const Look& look : kLooks) {
    if (look.sharpened && sharpened.empty()) sharpened = Sharpened(flat.grey, scale);
    const cv::Mat& seen = look.sharpened ? sharpened : flat.grey;
    std::vector<Read> reads = ReadSymbols(look.half ? Half(seen) : seen,
                                          {ReaderFormats::kMatrix, false, false, look.binarizer});
    if (!reads.empty() && look.half) {
      for (cv::Point2d& corner : reads[0].corners) corner *= 2;
    }
    if (!reads.empty() || !first_guess) return reads;
  }
  return {};
}

}  // namespace

std::vector<Read> ReadFlattened(const cv::Mat& grey, const Block& block) {
  const double side = std::max(block.width, block.height);
  const double scale = std::clamp(kCropPx / side, std::min(1.0, kCropPxMax / side), kScaleMax);
  const Crop crop =
      CutOut(grey, block, kMargin * side, kMargin * side, scale, Interpolation::kLinear);
  const std::vector<Flat> flats = FlatOf(crop.grey, side * crop.scale());
  for (const Flat& flat : flats) {
    std::vector<Read> reads = ReadFlat(flat, crop.scale(), &flat == &flats.front());
    if (reads.empty()) continue;
    for (cv::Point2d& corner : reads[0].corners) {
      const cv::Vec3d at = flat.to_crop * cv::Vec3d(corner.x, corner.y, 1);
      corner = {at[0] / at[2], at[1] / at[2]};
    }
    return {ToPicture(std::move(reads[0]), crop)};
  }
  return {};
}

}  // namespace loopdock::vision
