// SPDX-License-Identifier: Apache-2.0
#include "services/vision/draw/lettering.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// Where Debian keeps it.
constexpr const char* kFont = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
constexpr int kStrokes = cv::FONT_HERSHEY_SIMPLEX;
// Height of a capital of the strokes at scale 1, in pixels.
constexpr double kStrokesHeight = 22;
// Of the height, below the line on which letters stand.
constexpr double kFoot = 0.25;

double StrokeScale(int height_px) { return height_px * (1 - kFoot) / kStrokesHeight; }

// Bytes of the character that begins at `at`; 0 when none of UTF-8 does.
size_t CharacterBytes(const std::string& text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  if (lead < 0x20 || lead == 0x7f) return 0;
  if (lead < 0x80) return 1;
  const size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || at + bytes > text.size()) return 0;
  for (size_t i = at + 1; i < at + bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  return bytes;
}

}  // namespace

std::string Printable(const std::string& text) {
  std::string printable;
  for (size_t i = 0; i < text.size();) {
    const size_t bytes = CharacterBytes(text, i);
    printable += bytes == 0 ? "?" : text.substr(i, bytes);
    i += std::max<size_t>(1, bytes);
  }
  return printable;
}

Lettering& Lettering::Get() {
  static Lettering& lettering = *new Lettering(kFont);
  return lettering;
}

Lettering::Lettering(const std::string& font_file) {
  try {
    font_ = cv::freetype::createFreeType2();
    font_->loadFontData(font_file, 0);
  } catch (const cv::Exception&) {
    // Not installed: the strokes do.
    font_.reset();
  }
}

cv::Size Lettering::SizeOf(const std::string& text, int height_px) {
  if (text.empty()) return {0, height_px};
  int base = 0;
  if (font_ != nullptr) {
    const cv::Size size = font_->getTextSize(text, height_px, -1, &base);
    return {size.width, height_px};
  }
  const cv::Size size = cv::getTextSize(text, kStrokes, StrokeScale(height_px), 1, &base);
  return {size.width, height_px};
}

void Lettering::Put(const std::string& text, cv::Point top_left, int height_px,
                    const cv::Scalar& colour, cv::Mat& on) {
  if (text.empty()) return;
  const cv::Point foot = top_left + cv::Point(0, cvRound(height_px * (1 - kFoot)));
  if (font_ != nullptr) {
    font_->putText(on, text, foot, height_px, colour, -1, cv::LINE_AA, true);
    return;
  }
  cv::putText(on, text, foot, kStrokes, StrokeScale(height_px), colour, 1, cv::LINE_AA);
}

std::string Lettering::Fitting(const std::string& text, int height_px, int width_px) {
  if (SizeOf(text, height_px).width <= width_px) return text;
  std::string fitting = text;
  while (!fitting.empty()) {
    // Back over one whole character.
    do {
      fitting.pop_back();
    } while (!fitting.empty() && (static_cast<unsigned char>(fitting.back()) & 0xc0) == 0x80);
    if (!fitting.empty() && (static_cast<unsigned char>(fitting.back()) & 0xc0) == 0xc0) {
      fitting.pop_back();
    }
    const std::string cut = fitting + "...";
    if (SizeOf(cut, height_px).width <= width_px) return cut;
  }
  return fitting;
}

std::vector<std::string> Lettering::Lines(const std::string& text, int height_px, int width_px,
                                          size_t lines_max) {
  std::vector<std::string> lines;
  std::string rest = text;
  while (lines.size() + 1 < lines_max && SizeOf(rest, height_px).width > width_px) {
    size_t end = rest.rfind(' ');
    while (end != std::string::npos && SizeOf(rest.substr(0, end), height_px).width > width_px) {
      end = end == 0 ? std::string::npos : rest.rfind(' ', end - 1);
    }
    if (end == std::string::npos || end == 0) break;  // one word is too long
    lines.push_back(rest.substr(0, end));
    rest.erase(0, end + 1);
  }
  lines.push_back(Fitting(rest, height_px, width_px));
  return lines;
}

}  // namespace loopdock::vision
