// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DRAW_LETTERING_H_
#define LOOPDOCK_SERVICES_VISION_DRAW_LETTERING_H_

// Text in pictures: DejaVu Sans where the font is installed, else the picture library's own
// strokes. Thread safety: for one thread. The font's file is read when the object is made, which
// the worker does before it closes itself in.

#include <opencv2/core.hpp>
#include <opencv2/freetype.hpp>
#include <string>
#include <vector>

namespace loopdock::vision {

class Lettering {
 public:
  // The one of the process.
  static Lettering& Get();

  explicit Lettering(const std::string& font_file);

  // Width of the text, and its height from the top of a capital to the foot of a comma.
  cv::Size SizeOf(const std::string& text, int height_px);

  // `top_left` of the box of SizeOf; the text must lie within the picture.
  void Put(const std::string& text, cv::Point top_left, int height_px, const cv::Scalar& colour,
           cv::Mat& on);

  // As much of the text as fits, with an ellipsis where something is left out.
  std::string Fitting(const std::string& text, int height_px, int width_px);

  // Broken at spaces into lines that fit, at most `lines_max` (1 or more); the last is `Fitting`.
  std::vector<std::string> Lines(const std::string& text, int height_px, int width_px,
                                 size_t lines_max);

 private:
  cv::Ptr<cv::freetype::FreeType2> font_;
};

// Valid UTF-8 without control characters: what is not becomes a question mark.
std::string Printable(const std::string& text);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DRAW_LETTERING_H_
