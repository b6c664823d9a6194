// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/lights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace loopdock::grading {
namespace {

using vision::v1::Defect;
using vision::v1::Measurement;

constexpr size_t kPicturesMax = 16;
// How far a mark may seem to have moved, as a share of the device's longer side: the outline is
// found again within a few pixels only.
constexpr double kMovedMax = 0.015;
// What each further look that shows nothing leaves of the confidence: a light from another side
// misses a fine scratch often, both its lights rarely.
constexpr double kUnseenFactor = 0.5;

struct Place {
  double x = 0;
  double y = 0;
};

// The device's own coordinates in one picture: along its longer side and across, both from 0 to 1,
// as the measuring worker gives them.
struct Frame {
  bool known = false;
  Place origin;
  Place along;
  Place across;
  double length = 0;
  double width = 0;
};

template <typename Points>
std::vector<Place> Places(const Points& points) {
  std::vector<Place> places;
  for (const auto& point : points) places.push_back({point.x(), point.y()});
  return places;
}

double Dot(const Place& a, const Place& b) { return a.x * b.x + a.y * b.y; }

// The smallest rectangle around the outline lies along one of its sides; the longer axis points to
// the right, an upright one down.
Frame FrameOf(const Measurement& picture) {
  Frame best;
  const std::vector<Place> outline = Places(picture.device_outline());
  double best_area = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < outline.size(); ++i) {
    const Place& from = outline[i];
    const Place& to = outline[(i + 1) % outline.size()];
    const double side = std::hypot(to.x - from.x, to.y - from.y);
    if (side < 1e-9) continue;
    Place along{(to.x - from.x) / side, (to.y - from.y) / side};
    Place across{-along.y, along.x};
    const auto reach = [&outline](const Place& axis) {
      const auto [low, high] = std::minmax_element(
          outline.begin(), outline.end(),
          [&axis](const Place& a, const Place& b) { return Dot(a, axis) < Dot(b, axis); });
      return std::pair(Dot(*low, axis), Dot(*high, axis));
    };
    auto [a0, a1] = reach(along);
    auto [c0, c1] = reach(across);
    if ((a1 - a0) * (c1 - c0) >= best_area || a1 - a0 < 1 || c1 - c0 < 1) continue;
    best_area = (a1 - a0) * (c1 - c0);
    const bool swap = c1 - c0 > a1 - a0;
    best.along = swap ? across : along;
    if (best.along.x < -1e-6 || (std::abs(best.along.x) <= 1e-6 && best.along.y < 0)) {
      best.along = {-best.along.x, -best.along.y};
    }
    best.across = {-best.along.y, best.along.x};
    const auto [l0, l1] = reach(best.along);
    const auto [w0, w1] = reach(best.across);
    best.length = l1 - l0;
    best.width = w1 - w0;
    best.origin = {best.along.x * l0 + best.across.x * w0, best.along.y * l0 + best.across.y * w0};
    best.known = true;
  }
  return best;
}

Place ToPicture(const Frame& frame, double along, double across) {
  return {
      frame.origin.x + frame.along.x * along * frame.length + frame.across.x * across * frame.width,
      frame.origin.y + frame.along.y * along * frame.length +
          frame.across.y * across * frame.width};
}

template <typename Points>
bool Inside(const Points& polygon, const Place& at) {
  const std::vector<Place> corners = Places(polygon);
  bool inside = false;
  for (size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
    const bool between = (corners[i].y > at.y) != (corners[j].y > at.y);
    if (between && at.x < (corners[j].x - corners[i].x) * (at.y - corners[i].y) /
                                  (corners[j].y - corners[i].y) +
                              corners[i].x) {
      inside = !inside;
    }
  }
  return inside;
}

bool Inspected(const Measurement& picture, const Place& at) {
  if (!Inside(picture.inspected_outline(), at)) return false;
  return std::none_of(picture.masked().begin(), picture.masked().end(),
                      [&at](const auto& area) { return Inside(area.polygon(), at); });
}

// Of `defect` in a picture whose device lies turned by half a turn or not.
Place PlaceOf(const Defect& defect, bool turned) {
  if (turned) return {1 - defect.along(), 1 - defect.across()};
  return {defect.along(), defect.across()};
}

// The same mark? Its middle may lie elsewhere where one light shows only a part of it.
bool Same(const Defect& a, const Frame& frame_a, const Defect& b, const Frame& frame_b,
          bool turned) {
  const Place at_a = PlaceOf(a, false);
  const Place at_b = PlaceOf(b, turned);
  const double shape = frame_a.width / frame_a.length;
  const double moved = std::hypot(at_a.x - at_b.x, (at_a.y - at_b.y) * shape);
  const double part =
      0.5 * std::abs(a.length_px() / frame_a.length - b.length_px() / frame_b.length);
  return moved <= kMovedMax + part;
}

struct View {
  const Measurement* picture = nullptr;
  Frame frame;
};

// Index of the defect of `other` that is this one; -1 when there is none.
int Find(const View& view, const Defect& defect, const View& other, bool turned) {
  for (int i = 0; i < other.picture->defects_size(); ++i) {
    if (Same(defect, view.frame, other.picture->defects(i), other.frame, turned)) return i;
  }
  return -1;
}

int Shared(const View& view, const View& other, bool turned) {
  int shared = 0;
  for (const Defect& defect : view.picture->defects()) {
    shared += Find(view, defect, other, turned) >= 0 ? 1 : 0;
  }
  return shared;
}

}  // namespace

std::vector<SeenDefect> CompareLights(std::span<const Measurement> face) {
  std::vector<View> views;
  for (const Measurement& picture : face.first(std::min(face.size(), kPicturesMax))) {
    views.push_back({&picture, FrameOf(picture)});
  }
  std::vector<std::vector<bool>> taken;
  for (const View& view : views) taken.emplace_back(view.picture->defects_size(), false);
  std::vector<SeenDefect> seen;
  for (size_t at = 0; at < views.size(); ++at) {
    for (int index = 0; index < views[at].picture->defects_size(); ++index) {
      if (taken[at][static_cast<size_t>(index)]) continue;
      const Defect& defect = views[at].picture->defects(index);
      SeenDefect one{.picture = static_cast<int>(at),
                     .defect = index,
                     .also = {},
                     .confidence = defect.confidence()};
      double weight = defect.weight();
      for (size_t other = 0; other < views.size(); ++other) {
        if (other == at || !views[at].frame.known || !views[other].frame.known) continue;
        const bool turned =
            Shared(views[at], views[other], true) > Shared(views[at], views[other], false);
        const int twin = Find(views[at], defect, views[other], turned);
        if (twin < 0) {
          const Place place = PlaceOf(defect, turned);
          if (!Inspected(*views[other].picture, ToPicture(views[other].frame, place.x, place.y))) {
            continue;
          }
          ++one.looked_in;
          one.confidence *= kUnseenFactor;
          continue;
        }
        if (taken[other][static_cast<size_t>(twin)]) continue;
        taken[other][static_cast<size_t>(twin)] = true;
        const Defect& again = views[other].picture->defects(twin);
        ++one.seen_in;
        ++one.looked_in;
        one.confidence = 1 - (1 - one.confidence) * (1 - again.confidence());
        if (again.weight() > weight) {
          weight = again.weight();
          one.also.emplace_back(one.picture, one.defect);
          one.picture = static_cast<int>(other);
          one.defect = twin;
        } else {
          one.also.emplace_back(static_cast<int>(other), twin);
        }
      }
      seen.push_back(one);
    }
  }
  return seen;
}

}  // namespace loopdock::grading
