// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/reference.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "services/vision/measure/masks.h"
#include "services/vision/measure/outline.h"

namespace loopdock::vision {
namespace {

// Most phones are about as wide.
constexpr double kAssumedWidthMm = 72;

// From points of the coarse picture to points of the reference's: rectangle on rectangle.
cv::Mat RectOnRect(const FaceFrame& device, const FaceFrame& reference, bool turned) {
  cv::Point2f from[3];
  cv::Point2f to[3];
  const cv::Point2d places[3] = {{0, 0}, {1, 0}, {0, 1}};
  for (int i = 0; i < 3; ++i) {
    const cv::Point2d at = places[i];
    from[i] = cv::Point2f(device.ToPicture(at));
    to[i] = cv::Point2f(reference.ToPicture(turned ? cv::Point2d(1, 1) - at : at));
  }
  cv::Mat warp;
  cv::getAffineTransform(from, to).convertTo(warp, CV_32F);
  return warp;
}

cv::Mat Warped(const cv::Mat& picture, const cv::Mat& warp, cv::Size size) {
  cv::Mat warped;
  cv::warpAffine(picture, warped, warp, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return warped;
}

// Correlation of two pictures where `mask` is set.
double Correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  cv::Scalar mean_a;
  cv::Scalar mean_b;
  cv::Scalar deviation_a;
  cv::Scalar deviation_b;
  cv::meanStdDev(a, mean_a, deviation_a, mask);
  cv::meanStdDev(b, mean_b, deviation_b, mask);
  if (deviation_a[0] < 1e-6 || deviation_b[0] < 1e-6) return 0;
  cv::Mat product;
  cv::Mat from_a;
  cv::Mat from_b;
  a.convertTo(from_a, CV_32F, 1, -mean_a[0]);
  b.convertTo(from_b, CV_32F, 1, -mean_b[0]);
  cv::multiply(from_a, from_b, product);
  return cv::mean(product, mask)[0] / (deviation_a[0] * deviation_b[0]);
}

// What lies on the surface, and the outline, without the light: a lamp on another side must not
// tell two pictures of a plain back apart.
cv::Mat OnSurface(const cv::Mat& coarse) {
  constexpr int kSurfacePx = 31;
  cv::Mat surface;
  cv::medianBlur(coarse, surface, kSurfacePx);
  cv::Mat on;
  cv::subtract(coarse, surface, on, cv::noArray(), CV_32F);
  return on;
}

// The affine of the coarse pictures, for the full ones.
cv::Mat ForSizes(const cv::Mat& warp, double coarse_per_working, double coarse_per_reference) {
  cv::Mat scaled = warp.clone();
  for (int row = 0; row < 2; ++row) {
    float* w = scaled.ptr<float>(row);
    const double half = 0.5;
    // Middles of pixels stay middles: x' + 1/2 = (A ((x + 1/2) c - 1/2) + t + 1/2) / r.
    const double move = w[0] * (half * coarse_per_working - half) +
                        w[1] * (half * coarse_per_working - half) + w[2] + half;
    w[0] = static_cast<float>(w[0] * coarse_per_working / coarse_per_reference);
    w[1] = static_cast<float>(w[1] * coarse_per_working / coarse_per_reference);
    w[2] = static_cast<float>(move / coarse_per_reference - half);
  }
  return scaled;
}

// Grey levels over the surface, on a copy of few pixels.
cv::Mat SmallFlat(const cv::Mat& grey, cv::Size size, int surface_px) {
  cv::Mat small;
  cv::resize(grey, small, size, 0, 0, cv::INTER_AREA);
  cv::Mat surface;
  cv::medianBlur(small, surface, surface_px | 1);
  cv::Mat flat;
  cv::subtract(small, surface, flat, cv::noArray(), CV_32F);
  cv::GaussianBlur(flat, flat, cv::Size(), 0.7);
  return flat;
}

// From a copy that is `factor` times smaller.
std::vector<cv::Point> HullOf(const std::vector<cv::Point>& contour, double factor) {
  std::vector<cv::Point> hull;
  cv::convexHull(contour, hull, true);
  for (cv::Point& at : hull) {
    at = cv::Point2d((at.x + 0.5) * factor - 0.5, (at.y + 0.5) * factor - 0.5);
  }
  return hull;
}

// How well the part of the reference in `box` is found near there, -1 to 1.
double Likeness(const cv::Mat& reference, const cv::Mat& picture, cv::Rect box, int reach) {
  const cv::Rect around = (box - cv::Point(reach, reach) + cv::Size(2 * reach, 2 * reach)) &
                          cv::Rect(cv::Point(0, 0), picture.size());
  cv::Mat likeness;
  cv::matchTemplate(picture(around), reference(box), likeness, cv::TM_CCOEFF_NORMED);
  double most = 0;
  cv::minMaxLoc(likeness, nullptr, &most);
  return most;
}

// What is missing does not speak against the fit: the deep hole of a logo would outweigh all that
// agrees.
cv::Mat WithoutParts(const cv::Mat& mask, const std::vector<Region>& parts, double to_mask) {
  constexpr int kMargin = 2;
  cv::Mat without = mask.clone();
  for (const Region& part : parts) {
    std::vector<cv::Point> outline;
    for (const cv::Point& at : part.outline) outline.emplace_back(cv::Point2d(at) * to_mask);
    const std::vector<std::vector<cv::Point>> outlines{outline};
    cv::fillPoly(without, outlines, cv::Scalar(0));
    cv::polylines(without, outlines, true, cv::Scalar(0), 2 * kMargin + 1);
  }
  return without;
}

// How far the second affine puts a corner of the face from where the first does, at most.
double Moved(const FaceFrame& face, const cv::Mat& first, const cv::Mat& second) {
  const cv::Mat difference = second - first;
  double most = 0;
  for (const cv::Point2d corner : {cv::Point2d(0, 0), {1, 0}, {0, 1}, {1, 1}}) {
    const cv::Point2d at = face.ToPicture(corner);
    const auto of = [&](int row) {
      const float* d = difference.ptr<float>(row);
      return d[0] * at.x + d[1] * at.y + d[2];
    };
    most = std::max(most, std::hypot(of(0), of(1)));
  }
  return most;
}

// By the outline as it is followed, without the shadow, where it can be.
FaceFrame FrameOf(const cv::Mat& coarse, const Device& device, const Parameters& p) {
  const FaceFrame found(device.rect);
  OutlineField field{coarse, 1, 1, found.width_px() / kAssumedWidthMm};
  const auto outline = FollowOutline(field, device, p);
  return outline.has_value() ? FaceFrame(cv::minAreaRect(Corners(*outline))) : found;
}

}  // namespace

PartsFound CompareParts(const cv::Mat& grey, const cv::Mat& reference, const cv::Mat& device,
                        double px_per_mm, double scale, const Parameters& p) {
  PartsFound found;
  int compared = 0;
  const double factor = std::max(1.0, px_per_mm / p.part_px_per_mm);
  const double per_mm = px_per_mm / factor;
  const cv::Size size(std::max(1, static_cast<int>(grey.cols / factor)),
                      std::max(1, static_cast<int>(grey.rows / factor)));
  const cv::Mat clean = SmallFlat(reference, size, p.part_surface_px);
  const cv::Mat seen = SmallFlat(grey, size, p.part_surface_px);
  cv::Mat inside;
  cv::resize(device, inside, size, 0, 0, cv::INTER_NEAREST);
  const int rim = 2 * static_cast<int>(std::lround(p.part_rim_mm * per_mm)) + 1;
  cv::erode(inside, inside, cv::Mat::ones(rim, rim, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  cv::Mat inner;
  cv::erode(inside, inner, cv::Mat::ones(3, 3, CV_8U), {-1, -1}, 1, cv::BORDER_CONSTANT,
            cv::Scalar(0));
  cv::Mat parts = (cv::abs(clean) > p.part_level_min) & inside;
  const int join = 2 * static_cast<int>(std::lround(p.part_join_mm * per_mm / 2)) + 1;
  cv::morphologyEx(parts, parts, cv::MORPH_CLOSE, cv::Mat::ones(join, join, CV_8U));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(parts, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  const int margin = static_cast<int>(std::lround(p.part_margin_mm * per_mm));
  for (const auto& contour : contours) {
    cv::Rect box = cv::boundingRect(contour);
    Region region{.type = v1::DEFECT_TYPE_MISSING_PART};
    region.outline = HullOf(contour, factor);
    found.known.push_back({v1::MASK_REASON_FIXTURE, region.outline});
    const double longer = std::max(box.width, box.height) / per_mm;
    if (std::min(box.width, box.height) < p.part_mm_min * per_mm || longer > p.part_mm_max) {
      continue;
    }
    box -= cv::Point(margin, margin);
    box += cv::Size(2 * margin, 2 * margin);
    if ((box & cv::Rect(cv::Point(0, 0), size)) != box) continue;
    // What reaches the rim shows how exactly the outlines lie on each other, too.
    const bool at_rim = std::any_of(contour.begin(), contour.end(),
                                    [&](const cv::Point& at) { return inner.at<uchar>(at) == 0; });
    const cv::Size2f sides = cv::minAreaRect(contour).size;
    if (at_rim && std::min(sides.width, sides.height) + 1 < p.part_at_rim_mm_min * per_mm) continue;
    const double alike = Likeness(clean, seen, box, margin);
    ++compared;
    cv::Mat own = cv::Mat::zeros(box.size(), CV_8U);
    cv::drawContours(own, std::vector<std::vector<cv::Point>>{contour}, 0, cv::Scalar(255),
                     cv::FILLED, cv::LINE_8, cv::noArray(), 0, -box.tl());
    // A hole of the part's shape is like it, but deeper.
    const double deeper = std::abs(cv::mean(seen(box), own)[0]) /
                          std::max(p.part_level_min, std::abs(cv::mean(clean(box), own)[0]));
    if (alike >= p.part_alike_min && deeper <= p.part_deeper_max) continue;
    ++found.unlike;
    if (at_rim && alike >= p.part_alike_at_rim_min && deeper <= p.part_deeper_max) continue;
    region.rect = cv::minAreaRect(region.outline);
    region.length_px = std::max(region.rect.size.width, region.rect.size.height) + factor;
    region.width_px = std::min(region.rect.size.width, region.rect.size.height) + factor;
    region.area_px2 = cv::contourArea(region.outline);
    region.contrast = cv::norm(clean(box), seen(box), cv::NORM_INF);
    region.weight = std::sqrt(region.area_px2) / scale * region.contrast / p.weight_contrast;
    region.confidence = std::clamp(std::max(1 - alike, 1 - 1 / std::max(1.0, deeper)), 0.3, 1.0);
    found.missing.push_back(std::move(region));
  }
  // Where most are missing it is the reference that does not fit.
  if (found.missing.size() > 1 && 2 * found.missing.size() > static_cast<size_t>(compared)) {
    found.missing.clear();
  }
  return found;
}

std::optional<Reference> FitReference(const RegisteredPicture& reference, const cv::Mat& grey,
                                      const cv::Mat& coarse, const Device& device,
                                      const FaceFrame& here, double px_per_mm,
                                      const Parameters& p) {
  const cv::Mat& reference_grey = reference.grey;
  const cv::Mat& reference_coarse = reference.coarse;
  const Device clean = FindDevice({reference_coarse, reference.coarse_colour, reference.field}, p);
  if (!clean.found) return std::nullopt;
  const FaceFrame there = FrameOf(
      reference.coarse_colour.empty() ? reference_coarse : reference.coarse_colour, clean, p);
  cv::Mat around;
  cv::dilate(device.mask, around, cv::Mat::ones(5, 5, CV_8U));
  // Which end is up is told by what lies on the face: the outline is the same both ways.
  const cv::Mat on_here = OnSurface(coarse);
  const cv::Mat on_there = OnSurface(reference_coarse);
  const auto fit_of = [&](const cv::Mat& warp, const cv::Mat& mask) {
    return Correlation(on_here, Warped(on_there, warp, coarse.size()), mask);
  };
  const double coarse_per_working = static_cast<double>(coarse.cols) / grey.cols;
  const double coarse_per_reference =
      static_cast<double>(reference_coarse.cols) / reference_grey.cols;
  const auto laid = [&](const cv::Mat& warp) {
    return Warped(reference_grey, ForSizes(warp, coarse_per_working, coarse_per_reference),
                  grey.size());
  };
  cv::Mat best;
  cv::Mat mask;
  double best_fit = 0;
  int fewest = 0;
  for (const bool turned : {false, true}) {
    const cv::Mat warp = RectOnRect(here, there, turned);
    const PartsFound parts = CompareParts(grey, laid(warp), device.mask, px_per_mm, 1, p);
    const cv::Mat shown = WithoutParts(around, parts.missing, coarse_per_working);
    const double fit = fit_of(warp, shown);
    const bool better =
        parts.unlike < fewest || (parts.unlike == fewest && fit > best_fit) || best.empty();
    if (!better) continue;
    fewest = parts.unlike;
    best_fit = fit;
    best = warp;
    mask = shown;
  }
  cv::Mat refined = best.clone();
  try {
    cv::findTransformECC(
        on_here, on_there, refined, cv::MOTION_AFFINE,
        cv::TermCriteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, p.reference_steps, 1e-4),
        mask, 5);
    const double fit = fit_of(refined, mask);
    const double most_px = p.reference_move_max_mm * px_per_mm * coarse_per_working;
    if (fit > best_fit && Moved(here, best, refined) <= most_px) {
      best_fit = fit;
      best = refined;
    }
  } catch (const cv::Exception& error) {
    // It gives up where the pictures have nothing in common; the rectangles' fit says so too.
    if (error.code != cv::Error::StsNoConv) throw;
  }
  return Reference{laid(best), best_fit};
}

}  // namespace loopdock::vision
