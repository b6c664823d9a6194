// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_LINE_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_LINE_H_

// The line that `loopdock decode --json` prints for one file: a contract, docs/reference/decode.md.
// Thread safety: safe from any thread.
// Errors: none; an error of the picture stands in the line.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// One JSON object without line end.
std::string DecodeLine(std::string_view file, const absl::StatusOr<v1::Response>& response);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_LINE_H_
