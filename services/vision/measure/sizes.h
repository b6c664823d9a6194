// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_SIZES_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_SIZES_H_
// Where the scale of a picture comes from, and how large a defect is by it: along its path, in the
// plane of the device's face.
//
// Thread safety: pure functions. Errors: cv::Exception only, caught by Measure.

#include <opencv2/core.hpp>
#include <optional>
#include <vector>

#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/measure.h"
#include "services/vision/measure/regions.h"
#include "services/vision/scale/plane.h"

namespace loopdock::vision {

struct PictureScale {
  // Unset when nothing tells the scale.
  std::optional<Plane> plane;
  v1::ScaleSource source = v1::SCALE_SOURCE_UNSPECIFIED;
  MatView mat;
};

// Looks for the mat, where the options name one.
PictureScale ScaleFromMat(const cv::Mat& grey, const MeasureOptions& options);

// Where there is no mat: what was given, else the catalog's body against the device's outline, in
// pixels of the picture, when their shapes agree.
void ScaleFromElsewhere(const std::vector<cv::Point2d>& outline, const MeasureOptions& options,
                        PictureScale& scale);

// Evens out the light over the mat's free field, which is printed in one grey, and fills what is
// outside with the field's level, so that the device lies on a quiet background; 255 in the field,
// empty without a mat. True when `device` reaches over the field's border.
cv::Mat HideMat(const MatView& mat, double px_per_coarse, cv::Mat& coarse);
bool CrossesField(const MatView& mat, double px_per_coarse, const Device& device);

// The figures of the scale, and of the device's outline by it; refuses a grade where the mat must
// not be trusted, or where by the mat the device is not of the body's size.
void AddScale(const PictureScale& scale, const std::vector<cv::Point2d>& outline,
              const MeasureOptions& options, v1::Measurement& measurement);

// Follows a scratch at full resolution, and gives every defect its micrometres. `to_picture` is
// pixels of the picture a region's pixel, `grey` the picture. Answers the followed line's evidence
// (trace.h), 0 where none was followed.
double SetSizes(const Region& region, double to_picture, const cv::Mat& grey,
                const PictureScale& scale, v1::Defect& defect);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_SIZES_H_
