// SPDX-License-Identifier: Apache-2.0
#include "services/vision/text/propose_text.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "services/vision/decode/block.h"
#include "services/vision/text/printed_value.h"

namespace loopdock::vision {
namespace {

constexpr int kPlacesMax = 4;
constexpr int kProposalsMax = 8;
// Print is best recognised when its capitals are some thirty pixels high: about a third of the
// height of the bars beside it.
constexpr double kCropSide = 1400;
constexpr double kScaleMax = 3;
constexpr double kBarsHeightSeen = 130;
// Around the symbol, in pixels, even when it is small.
constexpr double kMarginMin = 60;

cv::Point2d PointOf(const v1::Point& point) { return {point.x(), point.y()}; }

// With the angle of the reading direction within a quarter turn of the x axis: most labels stand
// upright.
Block BlockOf(const v1::UnreadSymbol& unread) {
  const cv::Point2d along = PointOf(unread.corners(1)) - PointOf(unread.corners(0));
  const cv::Point2d across = PointOf(unread.corners(3)) - PointOf(unread.corners(0));
  Block block;
  for (const v1::Point& corner : unread.corners()) block.center += PointOf(corner) / 4;
  block.width = std::hypot(along.x, along.y);
  block.height = std::hypot(across.x, across.y);
  block.angle = std::atan2(along.y, along.x);
  if (block.angle > CV_PI / 2) block.angle -= CV_PI;
  if (block.angle <= -CV_PI / 2) block.angle += CV_PI;
  return block;
}

Block Turned(Block block, int quarters) {
  block.angle += quarters * CV_PI / 2;
  if (quarters % 2 != 0) std::swap(block.width, block.height);
  return block;
}

// Bars can stand on their head; a matrix symbol on any side. The likeliest first.
std::vector<Block> WaysToLook(const v1::UnreadSymbol& unread) {
  const Block block = BlockOf(unread);
  if (unread.kind() == "linear") return {block, Turned(block, 2)};
  const int first = block.angle > CV_PI / 4 ? -1 : block.angle < -CV_PI / 4 ? 1 : 0;
  return {Turned(block, first), Turned(block, first + 2), Turned(block, first + 1),
          Turned(block, first + 3)};
}

Crop CutOutWithPrint(const cv::Mat& grey, const Block& block, bool bars) {
  const double margin_along = std::max(kMarginMin, bars ? block.width * 0.3 : block.width * 1.5);
  const double margin_across = std::max(kMarginMin, block.height * 1.5);
  const double longer = std::max(block.width + 2 * margin_along, block.height + 2 * margin_across);
  double scale = std::min(kScaleMax, kCropSide / longer);
  if (bars) scale = std::min(scale, std::max(1.0, kBarsHeightSeen / block.height));
  Crop crop = CutOut(grey, block, margin_along, margin_across, scale, Interpolation::kCubic);
  // What is left of the symbol only confuses the recogniser: it is painted over.
  const double used = crop.grey.cols / (block.width + 2 * margin_along);
  const cv::Size2d size(block.width * used, block.height * used);
  const cv::Rect2d symbol((crop.grey.cols - size.width) / 2, (crop.grey.rows - size.height) / 2,
                          size.width, size.height);
  cv::Scalar mean;
  cv::Scalar deviation;
  cv::meanStdDev(crop.grey, mean, deviation);
  crop.grey(cv::Rect(symbol) & cv::Rect({}, crop.grey.size())).setTo(mean + deviation);
  return crop;
}

v1::TextProposal ProposalOf(const PrintedValue& printed, const Crop& crop) {
  v1::TextProposal proposal;
  proposal.set_label(printed.label);
  proposal.set_value(printed.value);
  proposal.set_confidence(printed.confidence);
  const cv::Rect& box = printed.box;
  const cv::Point corners[] = {box.tl(), {box.br().x, box.y}, box.br(), {box.x, box.br().y}};
  for (const cv::Point& corner : corners) {
    const cv::Vec2d at = crop.to_picture * cv::Vec3d(corner.x, corner.y, 1);
    v1::Point* point = proposal.add_corners();
    point->set_x(at[0]);
    point->set_y(at[1]);
  }
  return proposal;
}

struct Found {
  PrintedValue printed;
  v1::TextProposal proposal;
};

// Looks from one side after the other until print with a label is found; print on its head looks
// like other print, so only what is seen from the best side counts.
std::vector<Found> LookAround(const cv::Mat& grey, const v1::UnreadSymbol& unread,
                              absl::Time deadline, TextReader& reader) {
  std::vector<PrintedValue> best;
  Crop best_crop;
  for (const Block& block : WaysToLook(unread)) {
    if (absl::Now() >= deadline) break;
    Crop crop = CutOutWithPrint(grey, block, unread.kind() == "linear");
    std::vector<PrintedValue> values = FindPrintedValues(reader.Read(crop.grey, deadline));
    if (values.empty() || (!best.empty() && !IsBetter(values.front(), best.front()))) continue;
    best = std::move(values);
    best_crop = std::move(crop);
    if (best.front().rank != PrintedRank::kAlone) break;
  }
  std::vector<Found> found;
  for (const PrintedValue& value : best) found.push_back({value, ProposalOf(value, best_crop)});
  return found;
}

bool IsKnown(const v1::DecodeResult& result, const std::string& value) {
  return std::any_of(result.symbols().begin(), result.symbols().end(),
                     [&](const v1::Symbol& symbol) {
                       return absl::StrContains(symbol.content(), value);
                     }) ||
         std::any_of(result.proposals().begin(), result.proposals().end(),
                     [&](const v1::TextProposal& proposal) { return proposal.value() == value; });
}

}  // namespace

void ProposeText(const cv::Mat& grey, absl::Time deadline, TextReader& reader,
                 v1::DecodeResult& result) {
  std::vector<Found> all;
  const int places = std::min(result.unread_size(), kPlacesMax);
  for (int i = 0; i < places; ++i) {
    const v1::UnreadSymbol& unread = result.unread(i);
    // A block of print looks like a matrix symbol: where something was read, that is what it is.
    const bool print = unread.kind() == "matrix" && result.symbols_size() > 0;
    if (print || unread.corners_size() != 4) continue;
    const auto found = LookAround(grey, unread, deadline, reader);
    all.insert(all.end(), found.begin(), found.end());
    // Each look takes a tenth of a second and more: one serial number is enough.
    if (!found.empty() && found.front().printed.rank == PrintedRank::kSerial) break;
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Found& a, const Found& b) { return IsBetter(a.printed, b.printed); });
  for (Found& found : all) {
    if (result.proposals_size() == kProposalsMax) break;
    if (!IsKnown(result, found.printed.value)) *result.add_proposals() = std::move(found.proposal);
  }
}

}  // namespace loopdock::vision
