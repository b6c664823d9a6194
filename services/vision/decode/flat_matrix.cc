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
// Of few large modules and of many small ones, beside which print may stand.
constexpr double kGaps[] = {1.0 / 12, 1.0 / 30};
// Around the flat symbol.
constexpr double kQuietShare = 0.1;
constexpr double kSideMin = 16;

// A way of making the modules stand out; lengths in pixels of the picture.
struct Look {
  double smooth;
  double sharpen;
  double amount;
  // The wide bars of a PDF417 must not be wider than what the binarizer averages over.
  bool half;
  ReaderBinarizer binarizer;
};
constexpr Look kLooks[] = {
    {0, 0, 0, false, ReaderBinarizer::kLocalAverage},
    {0, 0, 0, true, ReaderBinarizer::kLocalAverage},
    {1, 2.5, 2, false, ReaderBinarizer::kLocalAverage},
    {1, 2.5, 2, false, ReaderBinarizer::kGlobalHistogram},
};

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
  std::optional<Quad> earlier;
  for (const double gap : kGaps) {
    const std::optional<Quad> outline = OutlineOf(crop, gap);
    if (!outline.has_value() || outline == earlier) continue;
    earlier = outline;
    const Quad quad = AlongRows(crop, *outline);
    const cv::Size2d size((cv::norm(quad[1] - quad[0]) + cv::norm(quad[2] - quad[3])) / 2,
                          (cv::norm(quad[3] - quad[0]) + cv::norm(quad[2] - quad[1])) / 2);
    if (std::min(size.width, size.height) < kSideMin) continue;
    const double quiet = kQuietShare * std::max(size.width, size.height);
    flats.push_back(Flatten(crop, quad, size, quiet));
  }
  if (const auto rings = RingsOf(crop)) {
    const double side = cv::norm(rings->quad[1] - rings->quad[0]);
    flats.push_back(Flatten(crop, rings->quad, {side, side}, (1.2 * symbol_px - side) / 2));
  }
  return flats;
}

cv::Mat LookAt(const cv::Mat& grey, const Look& look, double scale) {
  cv::Mat smooth;
  if (look.half) cv::resize(grey, smooth, {}, 0.5, 0.5, cv::INTER_AREA);
  if (look.smooth == 0) return look.half ? smooth : grey;
  cv::Mat soft;
  cv::Mat sharp;
  cv::GaussianBlur(grey, smooth, {}, look.smooth * scale);
  cv::GaussianBlur(smooth, soft, {}, look.sharpen * scale);
  cv::addWeighted(smooth, 1 + look.amount, soft, -look.amount, 0, sharp);
  return sharp;
}

}  // namespace

std::vector<Read> ReadFlattened(const cv::Mat& grey, const Block& block) {
  const double side = std::max(block.width, block.height);
  const double scale = std::clamp(kCropPx / side, std::min(1.0, kCropPxMax / side), kScaleMax);
  const Crop crop =
      CutOut(grey, block, kMargin * side, kMargin * side, scale, Interpolation::kLinear);
  for (const Flat& flat : FlatOf(crop.grey, side * crop.scale())) {
    for (const Look& look : kLooks) {
      std::vector<Read> reads = ReadSymbols(LookAt(flat.grey, look, crop.scale()),
                                            {ReaderFormats::kMatrix, false, false, look.binarizer});
      if (reads.empty()) continue;
      for (cv::Point2d& corner : reads[0].corners) {
        if (look.half) corner *= 2;
        const cv::Vec3d at = flat.to_crop * cv::Vec3d(corner.x, corner.y, 1);
        corner = {at[0] / at[2], at[1] / at[2]};
      }
      return {ToPicture(std::move(reads[0]), crop)};
    }
  }
  return {};
}

}  // namespace loopdock::vision
