// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/rendered_sizes.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <opencv2/imgproc.hpp>

namespace loopdock::accuracy {
namespace {

// How far beside a defect's outline a scratch may lie, in pixels.
constexpr double kNearPx = 4;
constexpr double kCoveredMin = 0.25;
constexpr double kCloseShare = 0.08;
constexpr double kCloseMm = 0.3;

std::vector<cv::Point2f> OutlineOf(const vision::v1::Defect& defect) {
  std::vector<cv::Point2f> outline;
  for (const auto& at : defect.polygon()) {
    outline.emplace_back(static_cast<float>(at.x()), static_cast<float>(at.y()));
  }
  return outline;
}

double Covered(const render::Path& path, const vision::v1::Defect& defect) {
  const std::vector<cv::Point2f> outline = OutlineOf(defect);
  if (outline.size() < 3) return 0;
  const auto near = std::count_if(path.begin(), path.end(), [&](const cv::Point2d& at) {
    return cv::pointPolygonTest(outline, cv::Point2f(at), true) > -kNearPx;
  });
  return static_cast<double>(near) / static_cast<double>(path.size());
}

SizeError Compare(const MeasuredShot& shot, size_t index) {
  const render::RenderedDefect& truth = shot.shot.defects[index];
  SizeError error{.length_mm = render::LengthMm(truth), .width_mm = truth.width_mm};
  error.width_px = truth.width_mm / shot.truth.mm_per_px;
  const vision::v1::Defect* best = nullptr;
  double most = kCoveredMin;
  for (const vision::v1::Defect& defect : shot.measurement.defects()) {
    const double covered = Covered(shot.truth.defects[index].front(), defect);
    if (covered < most || !defect.has_length_um()) continue;
    most = covered;
    best = &defect;
  }
  char text[160];
  std::snprintf(text, sizeof text, "%s seed %llu contrast %.0f", shot.shot.model->name.c_str(),
                static_cast<unsigned long long>(shot.shot.seed), truth.contrast);
  error.what = text;
  if (best == nullptr) {
    error.what += shot.measurement.quality().passed()
                      ? " not found"
                      : " retake " + shot.measurement.quality().reason() + shot.error;
    return error;
  }
  error.found = true;
  error.length_error = best->length_um() / 1000 / error.length_mm - 1;
  error.width_error = best->width_um() / 1000 / error.width_mm - 1;
  error.what += " as " + vision::v1::DefectType_Name(best->type()).substr(12);
  return error;
}

}  // namespace

bool SizeError::length_close() const {
  return found && std::abs(length_error) * length_mm <= std::max(kCloseMm, kCloseShare * length_mm);
}

std::vector<SizeError> SizeErrors(const MeasuredShot& shot) {
  std::vector<SizeError> errors;
  for (size_t i = 0; i < shot.shot.defects.size(); ++i) {
    if (shot.shot.defects[i].kind == render::RenderedDefect::Kind::kScratch) {
      errors.push_back(Compare(shot, i));
    }
  }
  return errors;
}

}  // namespace loopdock::accuracy
