// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_JOIN_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_JOIN_H_

// Pieces of one scratch: lines that go on in one direction over a small gap are one line.
// Thread safety: a free function, safe from any thread.

#include <vector>

#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::grading {

// For each defect, the index of the first one that it is a piece of: its own when it stands alone.
// Only scratches of one zone join; a gap of `gap_px` or more parts them.
std::vector<int> JoinPieces(const vision::v1::Measurement& measurement, double gap_px);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_JOIN_H_
