// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/reference.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>

#include "services/vision/measure/masks.h"
#include "services/vision/measure/report.h"

namespace loopdock::vision {
namespace {

// From points of the coarse picture to points of the reference's: rectangle on rectangle.
cv::Mat RectOnRect(const FaceFrame& device, const FaceFrame& reference, bool turned) {
  cv::Point2f from[3];
  cv::Point2f to[3];
  const cv::Point2d places[3] = {{0, 0}, {1, 0}, {0, 1}};
  for (int i = 0; i < 3; ++i) {
    const cv::Point2d at = places[i];
    from[i] = cv::Point2f(device.ToPicture(at));
    to[i] = cv::Point2f(reference.ToPicture(turned ? cv::Point2d(1, 1) - at : at));
  }
  cv::Mat warp;
  cv::getAffineTransform(from, to).convertTo(warp, CV_32F);
  return warp;
}

cv::Mat Warped(const cv::Mat& picture, const cv::Mat& warp, cv::Size size) {
  cv::Mat warped;
  cv::warpAffine(picture, warped, warp, size, cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REPLICATE);
  return warped;
}

// Correlation of two pictures where `mask` is set.
double Correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  cv::Scalar mean_a;
  cv::Scalar mean_b;
  cv::Scalar deviation_a;
  cv::Scalar deviation_b;
  cv::meanStdDev(a, mean_a, deviation_a, mask);
  cv::meanStdDev(b, mean_b, deviation_b, mask);
  if (deviation_a[0] < 1e-6 || deviation_b[0] < 1e-6) return 0;
  cv::Mat product;
  cv::Mat from_a;
  cv::Mat from_b;
  a.convertTo(from_a, CV_32F, 1, -mean_a[0]);
  b.convertTo(from_b, CV_32F, 1, -mean_b[0]);
  cv::multiply(from_a, from_b, product);
  return cv::mean(product, mask)[0] / (deviation_a[0] * deviation_b[0]);
}

// The affine of the coarse pictures, for the full ones.
cv::Mat ForSizes(const cv::Mat& warp, double coarse_per_working, double coarse_per_reference) {
  cv::Mat scaled = warp.clone();
  for (int row = 0; row < 2; ++row) {
    float* w = scaled.ptr<float>(row);
    const double half = 0.5;
    // Middles of pixels stay middles: x' + 1/2 = (A ((x + 1/2) c - 1/2) + t + 1/2) / r.
    const double move = w[0] * (half * coarse_per_working - half) +
                        w[1] * (half * coarse_per_working - half) + w[2] + half;
    w[0] = static_cast<float>(w[0] * coarse_per_working / coarse_per_reference);
    w[1] = static_cast<float>(w[1] * coarse_per_working / coarse_per_reference);
    w[2] = static_cast<float>(move / coarse_per_reference - half);
  }
  return scaled;
}

}  // namespace

std::optional<Reference> FitReference(const cv::Mat& reference, const cv::Mat& grey,
                                      const cv::Mat& coarse, const Device& device,
                                      const Parameters& p) {
  cv::Mat reference_grey = reference;
  if (reference.channels() == 3) cv::cvtColor(reference, reference_grey, cv::COLOR_BGR2GRAY);
  const cv::Mat reference_coarse = CoarsePicture(reference_grey, p);
  const Device clean =
      FindDevice({reference_coarse, reference.channels() == 3 ? reference : cv::Mat(), {}}, p);
  if (!clean.found) return std::nullopt;
  const FaceFrame here(device.rect);
  const FaceFrame there(clean.rect);
  cv::Mat mask;
  cv::dilate(device.mask, mask, cv::Mat::ones(9, 9, CV_8U));
  cv::Mat best;
  double best_fit = -1;
  for (const bool turned : {false, true}) {
    const cv::Mat warp = RectOnRect(here, there, turned);
    const double fit = Correlation(coarse, Warped(reference_coarse, warp, coarse.size()), mask);
    if (fit <= best_fit) continue;
    best_fit = fit;
    best = warp;
  }
  if (best.empty()) return std::nullopt;
  cv::Mat refined = best.clone();
  try {
    cv::findTransformECC(
        coarse, reference_coarse, refined, cv::MOTION_AFFINE,
        cv::TermCriteria(cv::TermCriteria::COUNT | cv::TermCriteria::EPS, p.reference_steps, 1e-4),
        mask, 5);
    const double fit = Correlation(coarse, Warped(reference_coarse, refined, coarse.size()), mask);
    if (fit > best_fit) {
      best_fit = fit;
      best = refined;
    }
  } catch (const cv::Exception& error) {
    // It gives up where the pictures have nothing in common; the rectangles' fit says so too.
    if (error.code != cv::Error::StsNoConv) throw;
  }
  const double coarse_per_working = static_cast<double>(coarse.cols) / grey.cols;
  const double coarse_per_reference =
      static_cast<double>(reference_coarse.cols) / reference_grey.cols;
  const cv::Mat warp = ForSizes(best, coarse_per_working, coarse_per_reference);
  return Reference{Warped(reference_grey, warp, grey.size()), best_fit};
}

}  // namespace loopdock::vision
