// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_FACE_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_FACE_H_

// Paints what a camera looks at before there is a camera: the face of a device, and the mat.
// Thread safety: free functions, safe from any thread.

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "tests/tools/render/defects.h"
#include "tests/tools/render/models.h"

namespace loopdock::render {

// Pixel (x, y) is the point (x, y) / px_per_mm - origin_mm.
struct Texture {
  cv::Point2d origin_mm;
  double px_per_mm = 1;
  // Colours under full light, CV_8UC3.
  cv::Mat colour;
  // Of a face: where it is, CV_8UC1, and how much it mirrors, CV_8UC1.
  cv::Mat inside;
  cv::Mat gloss;
  // Of a face: what texture, dust and damage add, CV_32FC1.
  cv::Mat light;
};

struct FaceWish {
  std::vector<RenderedDefect> defects;
  int dust = 15;
  double light_from_deg = 45;
  double px_per_mm = 20;
  uint64_t seed = 1;
};

Texture PaintFace(const DeviceModel& model, const FaceWish& wish);

// The printed sheet: white with black marks; a frame's free field is grey, so that black and white
// devices stand out from it.
Texture PaintMat(const loopdock::vision::v1::Board& board, double px_per_mm);

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_FACE_H_
