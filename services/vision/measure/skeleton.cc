// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/skeleton.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <set>

namespace loopdock::vision {
namespace {

// Counting steps makes slanted lines too long; these weights of Vossepoel and Smeulders (1982),
// with one for the corners between straight and diagonal steps, are right within 1 %.
constexpr double kStraightStep = 0.980;
constexpr double kDiagonalStep = 1.406;
constexpr double kCorner = -0.091;

// The eight neighbours, clockwise from the one above.
constexpr std::array<std::array<int, 2>, 8> kAround = {
    {{0, -1}, {1, -1}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}}};

using Neighbours = std::array<bool, 8>;

// The image has a border of zeros, so that every pixel set has eight neighbours.
Neighbours Around(const cv::Mat& image, cv::Point at) {
  Neighbours set{};
  for (size_t i = 0; i < kAround.size(); ++i) {
    set[i] = image.at<unsigned char>(at.y + kAround[i][1], at.x + kAround[i][0]) != 0;
  }
  return set;
}

// The test of Zhang and Suen (1984), `second` for the second half of a round.
bool MayGo(const Neighbours& n, bool second) {
  const auto count = std::count(n.begin(), n.end(), true);
  if (count < 2 || count > 6) return false;
  int changes = 0;
  for (size_t i = 0; i < n.size(); ++i) changes += !n[i] && n[(i + 1) % n.size()] ? 1 : 0;
  if (changes != 1) return false;
  const bool up = n[0];
  const bool right = n[2];
  const bool down = n[4];
  const bool left = n[6];
  return second ? !(up && right && left) && !(up && down && left)
                : !(up && right && down) && !(right && down && left);
}

// Thins in place; visits only the pixels that are still set.
std::vector<cv::Point> ThinInPlace(cv::Mat& image) {
  std::vector<cv::Point> set;
  cv::findNonZero(image, set);
  std::vector<cv::Point> leaving;
  bool changed = true;
  while (changed) {
    changed = false;
    for (const bool second : {false, true}) {
      leaving.clear();
      for (const cv::Point& point : set) {
        if (MayGo(Around(image, point), second)) leaving.push_back(point);
      }
      for (const cv::Point& point : leaving) image.at<unsigned char>(point) = 0;
      if (leaving.empty()) continue;
      changed = true;
      std::erase_if(set, [&](const cv::Point& p) { return image.at<unsigned char>(p) == 0; });
    }
  }
  return set;
}

// Zhang and Suen leave stairs on slanted lines: a corner pixel goes where its two neighbours touch
// each other anyway. One after the other, so that a stair never breaks.
void CutStairs(cv::Mat& image, std::vector<cv::Point>& points) {
  for (const cv::Point& point : points) {
    const Neighbours n = Around(image, point);
    for (size_t side = 0; side < n.size(); side += 2) {
      const bool corner = n[side] && n[(side + 2) % 8] && !n[(side + 4) % 8] &&
                          !n[(side + 5) % 8] && !n[(side + 6) % 8];
      if (corner) {
        image.at<unsigned char>(point) = 0;
        break;
      }
    }
  }
  std::erase_if(points, [&](const cv::Point& p) { return image.at<unsigned char>(p) == 0; });
}

bool IsJunction(const cv::Mat& image, cv::Point at) {
  const Neighbours n = Around(image, at);
  int changes = 0;
  for (size_t i = 0; i < n.size(); ++i) changes += !n[i] && n[(i + 1) % n.size()] ? 1 : 0;
  return changes >= 3;
}

// Every pair of touching pixels is a step; a diagonal one only where no corner pixel joins them.
double PathLength(const cv::Mat& image, const std::vector<cv::Point>& points) {
  double length = 0;
  for (const cv::Point& point : points) {
    const Neighbours n = Around(image, point);
    int straight = 0;
    int diagonal = 0;
    for (size_t side = 0; side < n.size(); side += 2) straight += n[side] ? 1 : 0;
    for (size_t side = 1; side < n.size(); side += 2) {
      diagonal += n[side] && !n[side - 1] && !n[(side + 1) % n.size()] ? 1 : 0;
    }
    // Each step is seen from both of its ends.
    length += 0.5 * (straight * kStraightStep + diagonal * kDiagonalStep);
    if (straight == 1 && diagonal == 1) length += kCorner;
  }
  return length;
}

struct Branch {
  std::vector<cv::Point> points;
  // The same from end to end.
  std::vector<cv::Point> ordered;
  std::set<int> junctions;
  double chord = 0;
};

// The two pixels farthest apart, by two sweeps.
double Chord(const std::vector<cv::Point>& points) {
  const auto farthest = [&](cv::Point from) {
    return *std::max_element(points.begin(), points.end(), [&](cv::Point a, cv::Point b) {
      return cv::norm(a - from) < cv::norm(b - from);
    });
  };
  const cv::Point end = farthest(points.front());
  return cv::norm(farthest(end) - end) + 1;
}

// From an end to the other one, step by step; `image` is set on the branch, which has no junction,
// and cleared. A corner pixel that the way does not need is left out.
std::vector<cv::Point> InOrder(const std::vector<cv::Point>& points, cv::Mat& image) {
  // Sides first, so that no step over a corner leaves its pixel behind.
  constexpr std::array<size_t, 8> kSidesFirst = {0, 2, 4, 6, 1, 3, 5, 7};
  cv::Point at = points.front();
  for (const cv::Point& point : points) {
    const Neighbours n = Around(image, point);
    if (std::count(n.begin(), n.end(), true) <= 1) {
      at = point;
      break;
    }
  }
  std::vector<cv::Point> ordered = {at};
  while (true) {
    image.at<unsigned char>(at) = 0;
    const Neighbours n = Around(image, at);
    const auto* side =
        std::find_if(kSidesFirst.begin(), kSidesFirst.end(), [&](size_t i) { return n[i]; });
    if (side == kSidesFirst.end()) break;
    at += cv::Point(kAround[*side][0], kAround[*side][1]);
    ordered.push_back(at);
  }
  for (const cv::Point& point : points) image.at<unsigned char>(point) = 0;
  return ordered;
}

std::vector<Branch> Branches(const cv::Mat& image, const std::vector<cv::Point>& points,
                             cv::Mat& junction_labels, int& junction_count) {
  cv::Mat junctions = cv::Mat::zeros(image.size(), CV_8U);
  for (const cv::Point& point : points) {
    if (IsJunction(image, point)) junctions.at<unsigned char>(point) = 255;
  }
  cv::dilate(junctions, junctions, cv::Mat::ones(3, 3, CV_8U));
  junction_count = cv::connectedComponents(junctions, junction_labels, 8, CV_32S);
  cv::Mat rest = image & ~junctions;
  cv::Mat labels;
  const int count = cv::connectedComponents(rest, labels, 8, CV_32S);
  std::vector<Branch> branches(static_cast<size_t>(count));
  for (const cv::Point& point : points) {
    const int label = labels.at<int>(point);
    if (label == 0) continue;
    Branch& branch = branches[static_cast<size_t>(label)];
    branch.points.push_back(point);
    for (const auto& step : kAround) {
      const int junction = junction_labels.at<int>(point.y + step[1], point.x + step[0]);
      if (junction != 0) branch.junctions.insert(junction);
    }
  }
  std::erase_if(branches, [](const Branch& branch) { return branch.points.empty(); });
  for (Branch& branch : branches) branch.ordered = InOrder(branch.points, rest);
  return branches;
}

// `crest` has the border of `image`.
void CutBackEnds(const cv::Mat& crest, double faint_share, int steps, cv::Mat& image,
                 std::vector<cv::Point>& points) {
  if (points.empty()) return;
  std::vector<float> levels;
  levels.reserve(points.size());
  for (const cv::Point& point : points) levels.push_back(crest.at<float>(point));
  const auto middle = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  const double faint = faint_share * *middle;
  for (int step = 0; step < steps && points.size() > 2; ++step) {
    std::vector<cv::Point> ends;
    for (const cv::Point& point : points) {
      const Neighbours n = Around(image, point);
      if (crest.at<float>(point) < faint && std::count(n.begin(), n.end(), true) == 1) {
        ends.push_back(point);
      }
    }
    if (ends.empty()) break;
    for (const cv::Point& end : ends) image.at<unsigned char>(end) = 0;
    std::erase_if(points, [&](const cv::Point& p) { return image.at<unsigned char>(p) == 0; });
  }
}

}  // namespace

Skeleton Thin(const cv::Mat& mask, const cv::Mat& level, double spur_px, double faint_share,
              int blur_px) {
  Skeleton skeleton;
  cv::Mat image;
  cv::copyMakeBorder(mask, image, 2, 2, 2, 2, cv::BORDER_CONSTANT, cv::Scalar(0));
  skeleton.points = ThinInPlace(image);
  CutStairs(image, skeleton.points);
  cv::Mat junction_labels;
  int junction_count = 0;
  std::vector<Branch> branches = Branches(image, skeleton.points, junction_labels, junction_count);
  std::vector<int> meeting(static_cast<size_t>(junction_count), 0);
  double chords = 0;
  double paths = 0;
  for (Branch& branch : branches) {
    const auto steps = static_cast<double>(branch.points.size());
    if (branch.junctions.size() == 1 && steps < spur_px) {
      for (const cv::Point& point : branch.points) image.at<unsigned char>(point) = 0;
      continue;
    }
    for (const int junction : branch.junctions) ++meeting[static_cast<size_t>(junction)];
    chords += Chord(branch.points);
    paths += PathLength(image, branch.points) + 1;
    skeleton.branches.push_back(std::move(branch.ordered));
  }
  std::erase_if(skeleton.points,
                [&](const cv::Point& p) { return image.at<unsigned char>(p) == 0; });
  // Thinning may end beside the brightest pixel, so the brightest around counts.
  cv::Mat crest;
  cv::copyMakeBorder(level, crest, 2, 2, 2, 2, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::dilate(crest, crest, cv::Mat::ones(3, 3, CV_8U));
  CutBackEnds(crest, faint_share, blur_px, image, skeleton.points);
  for (const cv::Point& point : skeleton.points) skeleton.crest += crest.at<float>(point);
  skeleton.crest /= static_cast<double>(std::max<size_t>(1, skeleton.points.size()));
  skeleton.length_px = PathLength(image, skeleton.points);
  skeleton.junctions =
      static_cast<int>(std::count_if(meeting.begin(), meeting.end(), [](int n) { return n >= 3; }));
  if (paths > 0) skeleton.straightness = std::min(1.0, chords / paths);
  for (cv::Point& point : skeleton.points) point -= cv::Point(2, 2);
  for (auto& branch : skeleton.branches) {
    for (cv::Point& point : branch) point -= cv::Point(2, 2);
  }
  return skeleton;
}

}  // namespace loopdock::vision
