// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/join.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace loopdock::grading {
namespace {

using vision::v1::Point;

constexpr int kPointsMax = 64;
constexpr double kDegree = 3.14159265358979 / 180;
// How far the directions of two pieces may differ.
constexpr double kTurnMax = 10 * kDegree;

double Distance(const Point& a, const Point& b) { return std::hypot(a.x() - b.x(), a.y() - b.y()); }

// The two ends of a line.
struct Ends {
  Point a;
  Point b;
};

// The points of the outline that lie furthest apart.
std::optional<Ends> EndsOf(const vision::v1::Defect& defect) {
  const int size = defect.polygon_size();
  if (size < 2) return std::nullopt;
  const int step = std::max(1, size / kPointsMax);
  Ends ends;
  double longest = 0;
  for (int i = 0; i < size; i += step) {
    for (int j = i + 1; j < size; j += step) {
      const double length = Distance(defect.polygon(i), defect.polygon(j));
      if (length <= longest) continue;
      longest = length;
      ends = {defect.polygon(i), defect.polygon(j)};
    }
  }
  if (longest <= 0) return std::nullopt;
  return ends;
}

// Between two directions, without regard to which way they point.
double Angle(const Point& from1, const Point& to1, const Point& from2, const Point& to2) {
  const double first = std::atan2(to1.y() - from1.y(), to1.x() - from1.x());
  const double second = std::atan2(to2.y() - from2.y(), to2.x() - from2.x());
  const double turn = std::abs(std::remainder(first - second, 180 * kDegree));
  return turn;
}

bool GoesOn(Ends one, Ends other, double gap_px) {
  // Turned so that `one.b` and `other.a` are the ends that face each other.
  if (std::min(Distance(one.a, other.a), Distance(one.a, other.b)) <
      std::min(Distance(one.b, other.a), Distance(one.b, other.b))) {
    std::swap(one.a, one.b);
  }
  if (Distance(one.b, other.b) < Distance(one.b, other.a)) std::swap(other.a, other.b);
  if (Distance(one.b, other.a) >= gap_px) return false;
  // One behind the other, not side by side.
  const double whole = Distance(one.a, other.b);
  if (whole < std::max(Distance(one.a, one.b), Distance(other.a, other.b))) return false;
  return Angle(one.a, one.b, one.a, other.b) <= kTurnMax &&
         Angle(other.a, other.b, one.a, other.b) <= kTurnMax;
}

}  // namespace

std::vector<int> JoinPieces(const vision::v1::Measurement& measurement, double gap_px) {
  const int size = measurement.defects_size();
  std::vector<int> first(static_cast<size_t>(size));
  std::iota(first.begin(), first.end(), 0);
  std::vector<std::optional<Ends>> ends;
  for (const vision::v1::Defect& defect : measurement.defects()) {
    ends.push_back(defect.type() == vision::v1::DEFECT_TYPE_SCRATCH ? EndsOf(defect)
                                                                    : std::nullopt);
  }
  for (int i = 0; i < size; ++i) {
    const auto& one = ends[static_cast<size_t>(i)];
    for (int j = i + 1; one && j < size; ++j) {
      const auto& other = ends[static_cast<size_t>(j)];
      if (!other || measurement.defects(i).zone() != measurement.defects(j).zone() ||
          !GoesOn(*one, *other, gap_px)) {
        continue;
      }
      const int from = std::max(first[static_cast<size_t>(i)], first[static_cast<size_t>(j)]);
      const int to = std::min(first[static_cast<size_t>(i)], first[static_cast<size_t>(j)]);
      std::replace(first.begin(), first.end(), from, to);
    }
  }
  return first;
}

}  // namespace loopdock::grading
