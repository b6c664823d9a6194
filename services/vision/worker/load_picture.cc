// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker/load_picture.h"

#include <exception>
#include <new>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "services/common/status.h"
#include "services/vision/header_check.h"

namespace loopdock::vision {
namespace {

using common::Error;

constexpr auto kBad = absl::StatusCode::kInvalidArgument;

absl::Status NoMemory() {
  return Error(kBad, "IMAGE_TOO_LARGE",
               "The picture needs more memory than a worker may use; send a smaller one.");
}

absl::Status Corrupt() {
  return Error(kBad, "IMAGE_CORRUPT", "The picture's content cannot be decoded; take it again.");
}

// Lays a picture of four channels on white; others stay.
cv::Mat OnWhite(const cv::Mat& pixels) {
  if (pixels.channels() != 4) return pixels;
  cv::Mat eight = pixels;
  if (pixels.depth() == CV_16U) pixels.convertTo(eight, CV_8U, 1.0 / 257);
  cv::Mat colour(eight.size(), CV_8UC3);
  for (int y = 0; y < eight.rows; ++y) {
    const auto* from = eight.ptr<cv::Vec4b>(y);
    auto* to = colour.ptr<cv::Vec3b>(y);
    for (int x = 0; x < eight.cols; ++x) {
      const int alpha = from[x][3];
      for (int c = 0; c < 3; ++c) {
        to[x][c] = static_cast<uchar>((from[x][c] * alpha + 255 * (255 - alpha) + 127) / 255);
      }
    }
  }
  return colour;
}

// Pictures with transparency carry no orientation mark that the library would follow.
cv::Mat DecodePixels(const cv::Mat& raw, bool has_alpha, PixelKind kind) {
  const bool grey = kind == PixelKind::kGrey;
  if (!has_alpha) return cv::imdecode(raw, grey ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
  const cv::Mat pixels = cv::imdecode(raw, cv::IMREAD_UNCHANGED);
  // Grey with transparency comes as four channels from PNG; what comes otherwise is read again.
  if (pixels.channels() != 4) return DecodePixels(raw, false, kind);
  cv::Mat colour = OnWhite(pixels);
  if (!grey) return colour;
  cv::Mat levels;
  cv::cvtColor(colour, levels, cv::COLOR_BGR2GRAY);
  return levels;
}

}  // namespace

absl::StatusOr<cv::Mat> LoadPicture(std::string_view bytes, PixelKind kind) {
  const auto header = CheckHeader(bytes);
  if (!header.ok()) return header.status();
  try {
    // The library takes a matrix over bytes that it does not change.
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1,
                      const_cast<char*>(bytes.data()));  // NOLINT
    cv::Mat pixels = DecodePixels(raw, header->has_alpha, kind);
    if (pixels.empty()) return Corrupt();
    return pixels;
  } catch (const cv::Exception& error) {
    return error.code == cv::Error::StsNoMem ? NoMemory() : Corrupt();
  } catch (const std::bad_alloc&) {
    return NoMemory();
  } catch (const std::exception&) {
    return Corrupt();
  }
}

}  // namespace loopdock::vision
