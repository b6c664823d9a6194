// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker/load_picture.h"

#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "services/common/status.h"

namespace loopdock::vision {
namespace {

// White with a dark top left quarter.
std::string Encoded(const std::string& extension) {
  cv::Mat pixels(40, 80, CV_8UC3, cv::Scalar::all(255));
  pixels(cv::Rect(0, 0, 40, 20)) = cv::Scalar::all(0);
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

// The picture with an orientation mark, as a camera writes it.
std::string WithOrientation(const std::string& jpeg, char orientation) {
  using namespace std::string_literals;
  const std::string body =
      "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0\0\0\0\0"s;
  const size_t length = body.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1"s + static_cast<char>(length >> 8) +
         static_cast<char>(length & 0xFF) + body + jpeg.substr(2);
}

TEST(LoadPicture, ReadsTheThreeFormats) {
  for (const char* extension : {".jpg", ".png", ".webp"}) {
    const auto grey = LoadPicture(Encoded(extension), PixelKind::kGrey);
    ASSERT_TRUE(grey.ok()) << extension << grey.status();
    EXPECT_EQ(grey->size(), cv::Size(80, 40));
    EXPECT_EQ(grey->type(), CV_8UC1);
    const auto colour = LoadPicture(Encoded(extension), PixelKind::kColour);
    ASSERT_TRUE(colour.ok());
    EXPECT_EQ(colour->type(), CV_8UC3);
  }
}

TEST(LoadPicture, TurnsAsTheCameraSays) {
  const std::string turned = WithOrientation(Encoded(".jpg"), 6);  // a quarter turn clockwise
  for (const PixelKind kind : {PixelKind::kGrey, PixelKind::kColour}) {
    const auto pixels = LoadPicture(turned, kind);
    ASSERT_TRUE(pixels.ok()) << pixels.status();
    ASSERT_EQ(pixels->size(), cv::Size(40, 80));
    EXPECT_LT(cv::mean((*pixels)(cv::Rect(25, 5, 10, 30)))[0], 40);  // now top right
    EXPECT_GT(cv::mean((*pixels)(cv::Rect(5, 5, 10, 30)))[0], 200);
  }
}

TEST(LoadPicture, TransparentPartsAreWhite) {
  cv::Mat pixels(20, 30, CV_8UC4, cv::Scalar(0, 0, 0, 0));
  pixels(cv::Rect(0, 0, 10, 20)) = cv::Scalar(0, 0, 0, 255);
  for (const char* extension : {".png", ".webp"}) {
    std::vector<unsigned char> bytes;
    cv::imencode(extension, pixels, bytes, {cv::IMWRITE_WEBP_QUALITY, 101});
    const std::string picture(bytes.begin(), bytes.end());
    for (const PixelKind kind : {PixelKind::kGrey, PixelKind::kColour}) {
      const auto loaded = LoadPicture(picture, kind);
      ASSERT_TRUE(loaded.ok()) << loaded.status();
      EXPECT_EQ(cv::mean((*loaded)(cv::Rect(0, 0, 10, 20)))[0], 0) << extension;
      EXPECT_EQ(cv::mean((*loaded)(cv::Rect(10, 0, 20, 20)))[0], 255) << extension;
    }
  }
}

TEST(LoadPicture, RefusesContentThatDoesNotFitItsHeader) {
  std::string png = Encoded(".png");
  const size_t data = png.find("IDAT");
  for (size_t i = data + 4; i < data + 24; ++i) png[i] = static_cast<char>(png[i] ^ 0x5A);
  EXPECT_EQ(common::ReasonOf(LoadPicture(png, PixelKind::kGrey).status()), "IMAGE_CORRUPT");
  EXPECT_EQ(common::ReasonOf(LoadPicture("", PixelKind::kGrey).status()), "EMPTY_PICTURE");
}

}  // namespace
}  // namespace loopdock::vision
