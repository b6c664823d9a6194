// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_SURFACE_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_SURFACE_H_
// Step 4 of measuring: the soft shape of the surface (shading, the camera's own reflection), to be
// taken away so that what stands out from its surroundings is left.
//
// Thread safety: a Surface never changes; all functions are pure. Errors: cv::Exception only,
// caught by Measure.

#include <opencv2/core.hpp>
#include <vector>

#include "services/vision/measure/parameters.h"

namespace loopdock::vision {

class Surface {
 public:
  // The large median around every pixel of `grey`, kept on a quarter of its sides.
  Surface(const cv::Mat& grey, double scale, const Parameters& parameters);
  // The same surface seen at `factor` times the size, in a picture of `size`.
  Surface(const Surface& reduced, double factor, cv::Size size);

  // Grey levels of `grey` above the surface, as floats, within `box`.
  cv::Mat Flat(const cv::Mat& grey, cv::Rect box) const;

 private:
  // Pixels of the picture a cell of `median_`, a side.
  double cell_x_ = 1;
  double cell_y_ = 1;
  cv::Mat median_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_SURFACE_H_
