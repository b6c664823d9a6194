// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_TOOLS_PLAIN_READER_H_
#define LOOPDOCK_TESTS_TOOLS_PLAIN_READER_H_

// What Debian's ZXing reads with default options and nothing around it, each picture in a child
// process because some end it.
// Thread safety: forks; only for a process that has no other thread at that moment.
// Errors: none; a lost child has read nothing, and `ms` is the time until it was lost.

#include <opencv2/core.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::testing {

enum class PlainMode {
  // ReadBarcode: the first symbol.
  kOne,
  // ReadBarcodes: all symbols.
  kAll,
};

struct PlainReading {
  // From the picture as given to the result.
  double ms = 0;
  std::vector<std::string> texts;
};

// Of the bytes of a picture file.
PlainReading ReadPlainly(std::string_view picture, PlainMode mode);
// Of CV_8UC1.
PlainReading ReadPlainly(const cv::Mat& grey, PlainMode mode);

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_TOOLS_PLAIN_READER_H_
