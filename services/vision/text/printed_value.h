// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_TEXT_PRINTED_VALUE_H_
#define LOOPDOCK_SERVICES_VISION_TEXT_PRINTED_VALUE_H_

// Which printed words of a label are a value that identifies a device: those behind or below "S/N",
// "IMEI", "Service Tag" and the like, and those that look like one and stand alone.
// Thread safety: safe from any thread.
// Limits: a value has 4 to 40 characters.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "services/vision/text/text_reader.h"

namespace loopdock::vision {

// How well a value tells one device from all others.
enum class PrintedRank { kSerial, kOther, kAlone };

struct PrintedValue {
  std::string label;  // As printed, such as "S/N"; empty when the value stands alone.
  std::string value;
  cv::Rect box;
  double confidence = 0;  // Of its least certain word.
  PrintedRank rank = PrintedRank::kAlone;
};

// Whether `a` is the better proposal: by rank, then by confidence.
bool IsBetter(const PrintedValue& a, const PrintedValue& b);

// The best first. An IMEI whose check digit is wrong was
// misread and is left out.
std::vector<PrintedValue> FindPrintedValues(const std::vector<PrintedWord>& words);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_TEXT_PRINTED_VALUE_H_
