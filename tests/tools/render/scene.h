// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_RENDER_SCENE_H_
#define LOOPDOCK_TESTS_TOOLS_RENDER_SCENE_H_

// A picture of an invented device on its mat, as a station's camera would take it, with the truth
// of everything in it. tests/tools/render/README.md says what is simulated and what is not.
// Thread safety: free functions, safe from any thread. The same shot gives the same picture.
// Limits: 50 megapixels.

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "tests/tools/render/camera.h"
#include "tests/tools/render/defects.h"
#include "tests/tools/render/models.h"

namespace loopdock::render {

struct Shot {
  const DeviceModel* model = nullptr;
  std::vector<RenderedDefect> defects;
  int dust = 15;
  // What lies on the device, told from what the picture adds: the same twice is the same device.
  uint64_t device_seed = 1;
  // Middle of the device, from the middle of the mat, and how it is turned.
  cv::Point2d at_mm;
  double turn_deg = 0;
  loopdock::vision::v1::Board mat;
  // `looks_at_mm` is set by Render: the middle of the mat.
  CameraPose camera;
  // The lamp: where it stands around the mat, how bright, how uneven over the picture.
  double light_from_deg = 45;
  double light_level = 1;
  double light_uneven = 0.16;
  // Grey levels that the brightest part of its soft reflection adds on glass.
  double reflection = 12;
  double blur_px = 0.7;
  // Of a black pixel; brighter ones have more.
  double noise = 1.1;
  uint64_t seed = 1;
};

// Drawn from the seed: place and turn within what a mat's field allows, the four lights in turn, a
// lean of at most `tilt_max_deg`. The mat is the one that the model fits on.
Shot AnyShot(const DeviceModel& model, cv::Size size, double tilt_max_deg, uint64_t seed);

struct Rendering {
  cv::Mat picture;
  loopdock::vision::v1::Lens lens;
  // In pixels: the outline of the face, and each defect's paths.
  std::vector<cv::Point2d> outline;
  std::vector<std::vector<Path>> defects;
  // At the middle of the face.
  double mm_per_px = 0;
};

Rendering Render(const Shot& shot);

// A picture of the mat or board alone, for calibration.
cv::Mat RenderBoard(const loopdock::vision::v1::Board& board, const CameraPose& pose,
                    uint64_t seed);

// Pictures of a board as a station takes them to be calibrated, from all sides. A lens holds for
// pictures of the same shape.
std::vector<cv::Mat> RenderCalibration(const loopdock::vision::v1::Board& board, int count,
                                       cv::Size size = {1600, 1200});

loopdock::vision::v1::Lens TrueLens(const Camera& camera);

// What a station would tell the worker beside the picture: mat, lens, and the model's facts.
loopdock::vision::v1::MeasureRequest StationKnows(const Shot& shot,
                                                  const loopdock::vision::v1::Lens& lens);

// As a camera stores it: JPEG, quality 93.
std::string Jpeg(const cv::Mat& picture);

}  // namespace loopdock::render

#endif  // LOOPDOCK_TESTS_TOOLS_RENDER_SCENE_H_
