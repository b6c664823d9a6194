// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/evidence.h"

#include <algorithm>
#include <cmath>

namespace loopdock::vision {
namespace {

constexpr size_t kItfDigitsMin = 6;
constexpr size_t kCodabarMin = 5;
constexpr size_t kCode128Min = 4;
// Share of a symbol's longer side by which two reads of it may lie apart.
constexpr double kPlaceTolerance = 0.15;

cv::Rect2d Bounds(const Corners& corners, double grow_share) {
  cv::Point2d low = corners[0];
  cv::Point2d high = corners[0];
  for (const cv::Point2d& corner : corners) {
    low = {std::min(low.x, corner.x), std::min(low.y, corner.y)};
    high = {std::max(high.x, corner.x), std::max(high.y, corner.y)};
  }
  const double grow = grow_share * std::max(high.x - low.x, high.y - low.y) + 1;
  return {low.x - grow, low.y - grow, high.x - low.x + 2 * grow, high.y - low.y + 2 * grow};
}

bool SamePlace(const Read& a, const Read& b) {
  return (Bounds(a.corners, kPlaceTolerance) & Bounds(b.corners, kPlaceTolerance)).area() > 0;
}

// Whether the middle of either lies within the other.
bool Overlap(const Read& a, const Read& b) {
  const cv::Rect2d box_a = Bounds(a.corners, 0);
  const cv::Rect2d box_b = Bounds(b.corners, 0);
  return box_a.contains((box_b.tl() + box_b.br()) / 2) ||
         box_b.contains((box_a.tl() + box_a.br()) / 2);
}

// The value without its add-on.
std::string MainPart(const Read& read) {
  return IsRetail(read.symbology) ? read.content.substr(0, read.content.find(' ')) : read.content;
}

}  // namespace

void Evidence::Add(const std::vector<Read>& reads, const char* attempt) {
  for (Read read : reads) {
    if (++reads_ > kReadsMax) return;
    read.attempt = attempt;
    // The short retail symbols carry no add-on in practice; one beside them is a misreading.
    if (read.symbology == Symbology::kUpcE || read.symbology == Symbology::kEan8) {
      read.content = MainPart(read);
    }
    auto same = std::find_if(candidates_.begin(), candidates_.end(), [&](const Candidate& known) {
      return known.best.symbology == read.symbology && MainPart(known.best) == MainPart(read) &&
             SamePlace(known.best, read);
    });
    if (same == candidates_.end()) {
      candidates_.push_back({read, {attempt}});
      continue;
    }
    same->attempts.insert(attempt);
    if (read.content.size() > same->best.content.size()) same->best.content = read.content;
    same->best.lines = std::max(same->best.lines, read.lines);
  }
}

bool Evidence::IsAcceptable(const Candidate& candidate) {
  const Read& read = candidate.best;
  const size_t length = read.content.size();
  const bool twice = candidate.attempts.size() >= 2 || read.lines >= kLinesAlone;
  switch (read.symbology) {
    case Symbology::kCode128:
    case Symbology::kCode93:
      return length >= kCode128Min || twice;
    case Symbology::kItf:
      return length >= kItfDigitsMin && twice;
    case Symbology::kCodabar:
      return length >= kCodabarMin && twice;
    case Symbology::kCode39:  // has no check digit that it must have
    case Symbology::kEan13:
    case Symbology::kEan8:
    case Symbology::kUpcA:
    case Symbology::kUpcE:
      return twice;
    default:
      return true;
  }
}

double Evidence::Weight(const Candidate& candidate) {
  const Read& read = candidate.best;
  double weight = read.lines + Evidence::kLinesAlone * double(candidate.attempts.size());
  // A symbol with a strong check is hardly ever read by chance; a weak one inside it often is.
  const bool weak = IsRetail(read.symbology) || read.symbology == Symbology::kItf ||
                    read.symbology == Symbology::kCodabar;
  if (!weak) weight += 1000;
  if (read.symbology == Symbology::kEan8 || read.symbology == Symbology::kUpcE) weight /= 2;
  return weight;
}

std::vector<Read> Evidence::Accepted() const {
  std::vector<Read> accepted;
  for (const Candidate& candidate : candidates_) {
    if (!IsAcceptable(candidate)) continue;
    const bool beaten =
        std::any_of(candidates_.begin(), candidates_.end(), [&candidate](const Candidate& rival) {
          return &rival != &candidate && IsAcceptable(rival) && IsLinear(rival.best.symbology) &&
                 IsLinear(candidate.best.symbology) && Overlap(rival.best, candidate.best) &&
                 Weight(rival) > Weight(candidate);
        });
    if (!beaten) accepted.push_back(candidate.best);
  }
  return accepted;
}

}  // namespace loopdock::vision
