// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker/load_picture.h"

#include <exception>
#include <new>
#include <opencv2/imgcodecs.hpp>

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

}  // namespace

absl::StatusOr<cv::Mat> LoadPicture(std::string_view bytes, PixelKind kind) {
  const auto header = CheckHeader(bytes);
  if (!header.ok()) return header.status();
  try {
    // The library takes a matrix over bytes that it does not change.
    const cv::Mat raw(1, static_cast<int>(bytes.size()), CV_8UC1,
                      const_cast<char*>(bytes.data()));  // NOLINT
    cv::Mat pixels =
        cv::imdecode(raw, kind == PixelKind::kGrey ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
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
