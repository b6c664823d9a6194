// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_OUTLINE_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_OUTLINE_H_

// The corners of a dark symbol on light ground, seen in perspective, and of the rings in the middle
// of an Aztec symbol.
// Thread safety: safe from any thread.

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <vector>

namespace loopdock::vision {

// Clockwise.
using Quad = std::array<cv::Point2f, 4>;

// The four points of the largest dark area's hull nearest to the corners of the box around it. Dark
// places belong together when less than `gap` of the picture lies between them; what is dark as far
// as the picture's edge is a table, a frame or other print. Nothing when nothing is dark.
std::optional<Quad> OutlineOf(const cv::Mat& grey, double gap);

// The outlines by a wide gap and by a narrow one, as there are: of few large modules, and of many
// small ones beside which print may stand.
std::vector<Quad> OutlinesOf(const cv::Mat& grey);

// The outermost of at least four squares around one another that is whole.
struct Rings {
  Quad quad;
  // Of one module, in pixels.
  double module = 0;
};
std::optional<Rings> RingsOf(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_OUTLINE_H_
