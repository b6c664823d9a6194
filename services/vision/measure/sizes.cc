// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/sizes.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/trace.h"

namespace loopdock::vision {
namespace {

// Of the catalog's shape against the outline's; a device seen aslant, or another one, differs more.
constexpr double kShapeMax = 0.08;
// Of the catalog's size against the device's by the mat; side walls and a shadow take less.
constexpr double kBodyMax = 0.15;
// A patch that can be followed as a line is a scratch when it is this much longer than wide, at
// least so long, and no wider than scratches are.
constexpr double kScratchAspectMin = 2.5;
constexpr double kScratchLengthMinUm = 1500;
constexpr double kScratchWidthMaxUm = 1200;
// Of the trace's length against the patch's.
constexpr double kFollowedMin = 0.6;
constexpr double kFollowedMax = 1.1;
// A width counts from this many pixels on.
constexpr double kResolvedPx = 3;
// Pieces of a scratch this close are one.
constexpr double kGapUm = 1000;
constexpr double kGapPx = 20;
// Width of the ring along the field's border, in coarse pixels, and how far its light may be off
// what it is on the whole at first.
constexpr int kRingPx = 4;
constexpr double kRingStrayShare = 0.45;
// Over the device's outline a shadow may reach this far beyond the field; in coarse pixels.
constexpr int kFieldBorderPx = 2;

struct Sides {
  double longer = 0;
  double shorter = 0;
};

Sides SidesOf(const std::vector<cv::Point2d>& points) {
  const std::vector<cv::Point2f> exact(points.begin(), points.end());
  const cv::RotatedRect rect = cv::minAreaRect(exact);
  return {std::max(rect.size.width, rect.size.height), std::min(rect.size.width, rect.size.height)};
}

cv::Mat FieldMask(const MatView& mat, double px_per_coarse, cv::Size size) {
  std::vector<cv::Point> corners;
  for (const cv::Point2d& at : mat.field_px) corners.emplace_back(at / px_per_coarse);
  cv::Mat field = cv::Mat::zeros(size, CV_8U);
  cv::fillConvexPoly(field, corners, cv::Scalar(255));
  // The printed edge is soft, and the lens bends it.
  cv::erode(field, field, cv::Mat::ones(2 * kFieldBorderPx + 1, 2 * kFieldBorderPx + 1, CV_8U),
            {-1, -1}, 1, cv::BORDER_CONSTANT, cv::Scalar(0));
  return field;
}

cv::Mat InnerRing(const cv::Mat& field, int width) {
  cv::Mat inner;
  cv::erode(field, inner, cv::Mat::ones(2 * width + 1, 2 * width + 1, CV_8U), {-1, -1}, 1,
            cv::BORDER_CONSTANT, cv::Scalar(0));
  return field & ~inner;
}

// How bright the field would be everywhere without the device: it is printed in one grey, so that
// what differs along its border is the lamp. A surface of the second degree, without what lies on
// the border.
cv::Mat FieldLight(const cv::Mat& coarse, const std::vector<cv::Point>& ring, double level) {
  constexpr int kTerms = 6;
  constexpr int kRounds = 3;
  const auto terms = [&](double x, double y) {
    const double u = x / coarse.cols - 0.5;
    const double v = y / coarse.rows - 0.5;
    return cv::Vec<double, kTerms>(1, u, v, u * u, u * v, v * v);
  };
  cv::Vec<double, kTerms> fit(level, 0, 0, 0, 0, 0);
  for (int round = 0; round < kRounds; ++round) {
    cv::Matx<double, kTerms, kTerms> left = cv::Matx<double, kTerms, kTerms>::zeros();
    cv::Vec<double, kTerms> right;
    int used = 0;
    for (const cv::Point& at : ring) {
      const cv::Vec<double, kTerms> row = terms(at.x, at.y);
      const double value = coarse.at<unsigned char>(at);
      if (std::abs(value - fit.dot(row)) > kRingStrayShare * level / (1 + round)) continue;
      left += row * row.t();
      right += row * value;
      ++used;
    }
    if (used < 4 * kTerms) break;
    fit = left.solve(right, cv::DECOMP_SVD);
  }
  cv::Mat light(coarse.size(), CV_32F);
  for (int y = 0; y < light.rows; ++y) {
    float* out = light.ptr<float>(y);
    for (int x = 0; x < light.cols; ++x) {
      out[x] = static_cast<float>(
          std::max(1.0, std::clamp(fit.dot(terms(x, y)), 0.4 * level, 2.5 * level)));
    }
  }
  return light;
}

// The direction of the line at each of its points, by the points around it.
std::vector<cv::Point2d> Directions(const std::vector<cv::Point2d>& path, double reach) {
  std::vector<cv::Point2d> directions;
  for (const cv::Point2d& at : path) {
    double xx = 0;
    double xy = 0;
    double yy = 0;
    for (const cv::Point2d& other : path) {
      const cv::Point2d d = other - at;
      if (std::abs(d.x) > reach || std::abs(d.y) > reach) continue;
      xx += d.x * d.x;
      xy += d.x * d.y;
      yy += d.y * d.y;
    }
    const double angle = 0.5 * std::atan2(2 * xy, xx - yy);
    directions.emplace_back(std::cos(angle), std::sin(angle));
  }
  return directions;
}

double PathLength(const std::vector<cv::Point2d>& path) {
  double length = 0;
  for (size_t i = 1; i < path.size(); ++i) length += cv::norm(path[i] - path[i - 1]);
  return length;
}

void SetUm(double length, double width, double area, v1::Defect& defect) {
  defect.set_length_um(length);
  defect.set_width_um(width);
  defect.set_area_um2(area);
}

void SetOutline(const Trace& trace, v1::Defect& defect) {
  constexpr size_t kPoints = 24;
  const size_t last = trace.path.size() - 1;
  const size_t count = std::min(kPoints, last);
  std::vector<cv::Point2d> left;
  std::vector<cv::Point2d> right;
  for (size_t i = 0; i <= count; ++i) {
    const size_t k = i * last / count;
    const cv::Point2d step = trace.path[std::min(k + 1, last)] - trace.path[k > 0 ? k - 1 : 0];
    const cv::Point2d normal = cv::Point2d(-step.y, step.x) / cv::norm(step);
    const double half = trace.width_px / 2 + 1;
    // In a picture, whose y runs down, this side and then the other one back is clockwise.
    left.push_back(trace.path[k] - half * normal);
    right.push_back(trace.path[k] + half * normal);
  }
  std::reverse(right.begin(), right.end());
  left.insert(left.end(), right.begin(), right.end());
  defect.clear_polygon();
  for (const cv::Point2d& at : left) {
    v1::Point* point = defect.add_polygon();
    point->set_x(at.x);
    point->set_y(at.y);
  }
}

// A scratch that can be followed: all its sizes anew.
void SetTraced(const Trace& trace, const std::optional<Plane>& plane, v1::Defect& defect) {
  defect.set_length_px(PathLength(trace.path));
  defect.set_width_px(trace.width_px);
  defect.set_area_px2(defect.length_px() * trace.width_px);
  SetOutline(trace, defect);
  if (!plane.has_value()) return;
  const double length = PathLength(plane->ToUm(trace.path));
  const double width = trace.width_px * plane->Scale(trace.path, Directions(trace.path, 6)).across;
  SetUm(length, width, length * width, defect);
}

// A stain or a chip: its outline carried over to the face.
void SetPatch(const Plane& plane, v1::Defect& defect) {
  std::vector<cv::Point2d> outline;
  cv::Point2d middle;
  for (const v1::Point& at : defect.polygon()) {
    outline.emplace_back(at.x(), at.y());
    middle += outline.back();
  }
  if (outline.empty()) return;
  middle /= static_cast<double>(outline.size());
  const double um = plane.UmPerPx(middle);
  if (outline.size() < 3) {
    SetUm(defect.length_px() * um, defect.width_px() * um, defect.area_px2() * um * um, defect);
    return;
  }
  const Sides sides = SidesOf(plane.ToUm(outline));
  const Sides px = SidesOf(outline);
  const double pixel = px.longer > 0 ? sides.longer / px.longer : um;
  // The outline runs through the middles of pixels, so half a pixel is missing on each side.
  SetUm(sides.longer + pixel, sides.shorter + pixel, defect.area_px2() * um * um, defect);
}

// A short broad scratch looks like a patch to the coarse search; where it can be followed at full
// resolution, from end to end of the patch, it is a scratch after all. Only by a mat's scale:
// without it the sizes that tell a scratch from a drop are not sure enough. As SetSizes, the line's
// evidence.
double FollowPatch(const cv::Mat& grey, const Plane& plane, double blur_px, v1::Defect& defect) {
  std::vector<cv::Point2f> outline;
  for (const v1::Point& at : defect.polygon()) {
    outline.emplace_back(static_cast<float>(at.x()), static_cast<float>(at.y()));
  }
  if (outline.size() < 3 || defect.length_um() < kScratchLengthMinUm) return 0;
  const cv::RotatedRect rect = cv::minAreaRect(outline);
  const bool wide = rect.size.width >= rect.size.height;
  const double angle = (rect.angle + (wide ? 0 : 90)) * CV_PI / 180;
  const double longer = std::max(rect.size.width, rect.size.height);
  const double shorter = std::min(rect.size.width, rect.size.height);
  if (longer < 1.5 * shorter) return 0;
  TraceHint hint{.points = {}, .width_px = shorter / 2, .blur_px = blur_px};
  hint.gap_px = kGapUm / plane.UmPerPx(rect.center);
  constexpr int kPoints = 20;
  for (int i = 0; i <= kPoints; ++i) {
    const double along = (static_cast<double>(i) / kPoints - 0.5) * 0.8 * longer;
    hint.points.push_back(cv::Point2d(rect.center) +
                          along * cv::Point2d(std::cos(angle), std::sin(angle)));
  }
  const auto trace = TraceLine(grey, hint);
  if (!trace.has_value()) return 0;
  const double length_px = PathLength(trace->path);
  if (length_px < kFollowedMin * longer || length_px > kFollowedMax * longer) return 0;
  v1::Defect traced = defect;
  SetTraced(*trace, plane, traced);
  if (traced.length_um() < kScratchAspectMin * traced.width_um() ||
      traced.length_um() < kScratchLengthMinUm || traced.width_um() > kScratchWidthMaxUm) {
    return 0;
  }
  traced.set_type(v1::DEFECT_TYPE_SCRATCH);
  defect = traced;
  return trace->evidence;
}

bool IsAnotherBody(const Sides& seen, const MeasureOptions& options) {
  if (options.body_length_um <= 0 || options.body_width_um <= 0) return false;
  if (options.face == v1::FACE_SIDE) return false;
  return std::abs(seen.longer / options.body_length_um - 1) > kBodyMax ||
         std::abs(seen.shorter / options.body_width_um - 1) > kBodyMax;
}

// What marks that were not hidden may pass for.
bool MayBeMarks(const std::string& reason) {
  return reason == "SCREEN_ON" || reason == "SEVERAL_DEVICES";
}

// Where marks of an unknown sheet lie, whatever else was found may be these marks.
void RefuseForMat(const std::string& reason, v1::Quality& quality) {
  const bool unknown = reason == "MAT_UNKNOWN";
  if (reason.empty()) return;
  if (!quality.passed() && !unknown && !MayBeMarks(quality.reason())) return;
  quality.set_passed(false);
  quality.set_reason(reason);
  if (unknown) {
    quality.set_advice(
        "The marks around the device are of no mat that is known here: use a printed mat of "
        "ours, or a station that was calibrated with this one.");
  } else if (reason == "MAT_NOT_SEEN") {
    quality.set_advice("Show the mat's marks on all sides, evenly lit and not covered.");
  } else if (reason == "FACE_TOO_HIGH") {
    quality.set_advice("By that thickness the face would lie half way to the camera: correct it.");
  } else {
    quality.set_advice("Lay the mat flat; if that does not help, calibrate the station.");
  }
}

}  // namespace

PictureScale ScaleFromMat(const cv::Mat& grey, const MeasureOptions& options) {
  PictureScale scale;
  if (!options.mat.has_value()) return scale;
  scale.mat = LookAtMat(grey, *options.mat, options.lens, options.thickness_um);
  if (!scale.mat.reason.empty() || !scale.mat.face.has_value()) return scale;
  scale.plane = scale.mat.face;
  scale.source = v1::SCALE_SOURCE_MAT;
  return scale;
}

void ScaleFromElsewhere(const std::vector<cv::Point2d>& outline, const MeasureOptions& options,
                        PictureScale& scale) {
  if (scale.plane.has_value()) return;
  if (options.um_per_px.has_value()) {
    scale.plane = Plane::Uniform(*options.um_per_px);
    scale.source = v1::SCALE_SOURCE_GIVEN;
    return;
  }
  if (options.body_length_um <= 0 || options.body_width_um <= 0 || outline.size() < 3) return;
  const Sides seen = SidesOf(outline);
  if (seen.shorter < 1) return;
  const double along = options.body_length_um / seen.longer;
  const double across = options.body_width_um / seen.shorter;
  if (std::abs(along / across - 1) > kShapeMax) return;
  scale.plane = Plane::Uniform(std::sqrt(along * across));
  scale.source = v1::SCALE_SOURCE_CATALOG;
}

cv::Mat HideMat(const MatView& mat, double px_per_coarse, cv::Mat& coarse) {
  if (mat.field_px.empty()) return {};
  const cv::Mat field = FieldMask(mat, px_per_coarse, coarse.size());
  std::vector<cv::Point> ring;
  cv::findNonZero(InnerRing(field, kRingPx), ring);
  if (ring.empty()) return {};
  std::vector<unsigned char> levels;
  for (const cv::Point& at : ring) levels.push_back(coarse.at<unsigned char>(at));
  const auto middle = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() / 2);
  std::nth_element(levels.begin(), middle, levels.end());
  const double level = *middle;
  const cv::Mat light = FieldLight(coarse, ring, level);
  cv::Mat even;
  coarse.convertTo(even, CV_32F);
  cv::divide(even, light, even, level);
  even.convertTo(coarse, CV_8U);
  coarse.setTo(cv::Scalar(level), ~field);
  return field;
}

bool CrossesField(const MatView& mat, double px_per_coarse, const Device& device) {
  if (mat.field_px.empty() || device.mask.empty()) return false;
  const cv::Mat ring = InnerRing(FieldMask(mat, px_per_coarse, device.mask.size()), 1);
  const double shorter = std::min(device.rect.size.width, device.rect.size.height);
  constexpr double kShareMax = 0.25;
  return cv::countNonZero(ring & device.mask) > kShareMax * shorter;
}

void AddScale(const PictureScale& scale, const std::vector<cv::Point2d>& outline,
              const MeasureOptions& options, v1::Measurement& measurement) {
  measurement.set_scale_source(scale.source);
  measurement.set_marks_found(scale.mat.marks_found);
  measurement.set_reprojection_px(scale.mat.reprojection_px);
  measurement.set_tilt_deg(scale.mat.tilt_deg);
  if (scale.source == v1::SCALE_SOURCE_MAT) *measurement.mutable_mat() = *options.mat;
  v1::Quality& quality = *measurement.mutable_quality();
  RefuseForMat(scale.mat.reason, quality);
  if (!scale.plane.has_value()) return;
  cv::Point2d middle(measurement.width_px() / 2.0, measurement.height_px() / 2.0);
  if (outline.size() >= 3) {
    const cv::Moments moments =
        cv::moments(std::vector<cv::Point2f>(outline.begin(), outline.end()));
    if (moments.m00 > 0) middle = {moments.m10 / moments.m00, moments.m01 / moments.m00};
    const Sides sides = SidesOf(scale.plane->ToUm(outline));
    measurement.set_device_length_um(sides.longer);
    measurement.set_device_width_um(sides.shorter);
    if (quality.passed() && scale.source == v1::SCALE_SOURCE_MAT && IsAnotherBody(sides, options)) {
      quality.set_passed(false);
      quality.set_reason("DEVICE_NOT_FOUND");
      quality.set_advice(
          "What was found is not as large as the model: check the model, and lay the device flat "
          "and alone on the mat.");
    }
  }
  measurement.set_um_per_px(scale.plane->UmPerPx(middle));
  measurement.set_resolved_um(kResolvedPx * measurement.um_per_px());
}

double SetSizes(const Region& region, double to_picture, const cv::Mat& grey,
                const PictureScale& scale, v1::Defect& defect) {
  std::vector<cv::Point2d> path;
  for (const cv::Point& at : region.path) {
    path.push_back((cv::Point2d(at) + cv::Point2d(0.5, 0.5)) * to_picture - cv::Point2d(0.5, 0.5));
  }
  if (region.type == v1::DEFECT_TYPE_SCRATCH && !path.empty()) {
    TraceHint hint{.points = path, .width_px = defect.width_px(), .blur_px = scale.mat.blur_px};
    hint.gap_px = scale.plane.has_value() ? kGapUm / scale.plane->UmPerPx(path.front()) : kGapPx;
    if (const auto trace = TraceLine(grey, hint); trace.has_value()) {
      SetTraced(*trace, scale.plane, defect);
      return trace->evidence;
    }
  }
  if (!scale.plane.has_value()) return 0;
  if (path.empty()) {
    SetPatch(*scale.plane, defect);
    const bool follow =
        region.type == v1::DEFECT_TYPE_STAIN && scale.source == v1::SCALE_SOURCE_MAT;
    return follow ? FollowPatch(grey, *scale.plane, scale.mat.blur_px, defect) : 0;
  }
  const Plane::AlongAcross um = scale.plane->Scale(path, Directions(path, 6 * to_picture));
  SetUm(defect.length_px() * um.along, defect.width_px() * um.across,
        defect.area_px2() * um.along * um.across, defect);
  return 0;
}

}  // namespace loopdock::vision
