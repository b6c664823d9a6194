// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SCALE_FIND_BOARD_H_
#define LOOPDOCK_SERVICES_VISION_SCALE_FIND_BOARD_H_

// Finds the marks of a mat or a calibration board in a picture.
// Thread safety: pure function.
// Errors: INVALID_ARGUMENT BOARD_INVALID; NOT_FOUND BOARD_NOT_SEEN when fewer than four marks, or
// than four corners of a chess board, are found; cv::Exception, caught by the callers.
// Limits: marks of at least 16 pixels where the longer side has 1600, of 16 where it has 960 to
// recognise a mat; a mark whose id is not the board's is passed over.

#include <opencv2/core.hpp>
#include <optional>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// `grey` has 8 bits and one channel. Points are those of BoardPoints (sheet/board_layout.h), as far
// as they were seen, to a fraction of a pixel.
absl::StatusOr<v1::BoardView> FindBoard(const cv::Mat& grey, const v1::Board& board);

// What a picture shows of which nobody said what mat lies there.
struct MatSeen {
  // Marks that are of the dictionary; four at least.
  bool any = false;
  // The printed mat whose marks they are; unset when they are of none.
  std::optional<v1::Board> mat;
};
MatSeen RecogniseMat(const cv::Mat& grey);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SCALE_FIND_BOARD_H_
