// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_DEVICE_PAINTER_H_
#define LOOPDOCK_TESTS_TOOLS_DEVICE_PAINTER_H_

// Paints pictures of a phone, screen up and dark, on the grey table of an inspection rig,
// 1920x1080, with defects whose place and size are known because they were painted.
//
// Thread safety: none of the functions keeps state; call them from any thread.
// Limits: the physics is simple (marks are added light); a grader that does well here has not
// been measured, only exercised. Measuring is what `make accuracy` is for.

#include <cstdint>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace loopdock::testing {

// A painted defect, in pixels of the picture.
struct Mark {
  std::string type;  // scratch, stain or crack
  // Scratch and crack: the lines, each a chain of points. Stain: one closed outline.
  std::vector<std::vector<cv::Point2d>> lines;
  double width_px = 2;
  double contrast = 40;  // grey levels over the dark screen
};

struct Device {
  std::vector<Mark> marks;
  double turn_deg = 0;
  double blur_px = 0.6;  // of the lens; 6 and more is out of focus
  int dust = 12;         // single bright points, no defects
};

Mark Scratch(const std::vector<cv::Point2d>& points, double width_px, double contrast);
// A smear with a wavy outline around `centre`.
Mark Stain(cv::Point2d centre, double radius_px, double contrast, uint64_t seed);
// A web of cracks that starts at `impact`.
Mark CrackWeb(cv::Point2d impact, int rays, double reach_px, uint64_t seed);

cv::Mat PaintDevice(const Device& device, uint64_t seed);

// Length of all lines of a mark, or of its outline.
double MarkLength(const Mark& mark);

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_DEVICE_PAINTER_H_
