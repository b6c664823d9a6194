// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_TRACE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_TRACE_H_
// Follows one scratch in the picture at full resolution, after the coarser search has found it: its
// middle line, where it really ends, and how wide it is. The picture around the line is
// straightened to a strip, so that along and across are rows and columns.
//
// Thread safety: pure function. Errors: cv::Exception only, caught by Measure.
// Limits: lines that turn back on themselves, or cross others, are not followed.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

namespace loopdock::vision {

struct Trace {
  // From end to end, in steps of about a pixel.
  std::vector<cv::Point2d> path;
  // Where the light is half of the middle's, without the blur where that is known.
  double width_px = 0;
  // How far its light stands out over the whole length, in units of what lines beside it have; it
  // grows with the length, as noise evens out.
  double evidence = 0;
};

struct TraceHint {
  // Points near the line, in any order.
  std::vector<cv::Point2d> points;
  double width_px = 1;
  // Pieces with a smaller gap between them are one scratch.
  double gap_px = 20;
  // Of BlurOf (scale/blur.h); 0 for unknown.
  double blur_px = 0;
};

// Nothing when the line cannot be followed.
std::optional<Trace> TraceLine(const cv::Mat& grey, const TraceHint& hint);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_TRACE_H_
