// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_TEXT_TEXT_READER_H_
#define LOOPDOCK_SERVICES_VISION_TEXT_TEXT_READER_H_

// Reads print: the only place that calls tesseract, so only the worker links it. The model is read
// from its file at once and unpacked when print is first asked for: most workers never are.
// Thread safety: for one thread.
// Errors: none; without a model, or with one that is no good, nothing is read and version() is
// empty. Limits: a picture of at most 2400 pixels a side; what takes longer than the deadline gives
// nothing.

#include <memory>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace tesseract {
class TessBaseAPI;
}

namespace loopdock::vision {

// One word of print.
struct PrintedWord {
  std::string text;  // ASCII.
  cv::Rect box;      // In the picture that was read.
  double confidence = 0;
};

class TextReader {
 public:
  explicit TextReader(const std::string& model_file);
  ~TextReader();
  TextReader(const TextReader&) = delete;
  TextReader& operator=(const TextReader&) = delete;

  // Such as "tesseract 5.3.0".
  const std::string& version() const { return version_; }

  // Unpacks the model, once; false when there is none that is good. Read does it by itself.
  bool Unpack();

  // `grey` is CV_8UC1, upright.
  std::vector<PrintedWord> Read(const cv::Mat& grey, absl::Time deadline);

 private:
  std::string model_;
  std::string version_;
  std::unique_ptr<tesseract::TessBaseAPI> engine_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_TEXT_TEXT_READER_H_
