// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_TEXT_PROPOSE_TEXT_H_
#define LOOPDOCK_SERVICES_VISION_TEXT_PROPOSE_TEXT_H_

// Where a symbol is seen but could not be read, what the print around it says. It only proposes: a
// person confirms or types the value.
// Thread safety: for the thread of the reader.
// Blocking: until the deadline.
// Limits: the largest four unread places, at most eight proposals.

#include <opencv2/core.hpp>

#include "absl/time/time.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/vision/text/text_reader.h"

namespace loopdock::vision {

// Fills `result.proposals` for `result.unread` of the picture `grey`. What a symbol of the picture
// says already is not proposed.
void ProposeText(const cv::Mat& grey, absl::Time deadline, TextReader& reader,
                 v1::DecodeResult& result);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_TEXT_PROPOSE_TEXT_H_
