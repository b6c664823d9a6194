// SPDX-License-Identifier: Apache-2.0
#include "services/vision/header_check.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "services/common/reasons.h"
#include "services/common/status.h"
#include "tests/tools/hostile_inputs.h"

namespace loopdock::vision {
namespace {

std::string Encoded(const std::string& extension, int width = 123, int height = 45,
                    const std::vector<int>& parameters = {}) {
  cv::Mat pixels(height, width, CV_8UC3);
  cv::RNG(7).fill(pixels, cv::RNG::UNIFORM, 0, 255);
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes, parameters);
  return {bytes.begin(), bytes.end()};
}

std::string ReasonFor(std::string_view bytes) {
  return common::ReasonOf(CheckHeader(bytes).status());
}

TEST(HeaderCheck, FindsFormatAndSizeByContent) {
  const struct {
    std::string bytes;
    PictureFormat format;
    std::string_view media_type;
  } cases[] = {
      {Encoded(".jpg"), PictureFormat::kJpeg, "image/jpeg"},
      {Encoded(".jpg", 123, 45, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}), PictureFormat::kJpeg,
       "image/jpeg"},
      {Encoded(".png"), PictureFormat::kPng, "image/png"},
      {Encoded(".webp", 123, 45, {cv::IMWRITE_WEBP_QUALITY, 80}), PictureFormat::kWebp,
       "image/webp"},
      {Encoded(".webp", 123, 45, {cv::IMWRITE_WEBP_QUALITY, 101}), PictureFormat::kWebp,
       "image/webp"},
  };
  for (const auto& one : cases) {
    const auto header = CheckHeader(one.bytes);
    ASSERT_TRUE(header.ok()) << one.media_type << ": " << header.status();
    EXPECT_EQ(header->format, one.format);
    EXPECT_EQ(header->width_px, 123);
    EXPECT_EQ(header->height_px, 45);
    EXPECT_EQ(MediaType(header->format), one.media_type);
  }
}

TEST(HeaderCheck, SaysTruncatedWhereverAPictureIsCut) {
  for (const char* extension : {".jpg", ".png", ".webp"}) {
    const std::string whole = Encoded(extension);
    for (size_t size = 12; size < whole.size(); size += 64) {
      EXPECT_EQ(ReasonFor(whole.substr(0, size)), "IMAGE_TRUNCATED") << extension << " at " << size;
    }
    EXPECT_EQ(ReasonFor(whole.substr(0, whole.size() - 1)), "IMAGE_TRUNCATED") << extension;
  }
  EXPECT_EQ(ReasonFor("\xFF\xD8"), "IMAGE_TRUNCATED");
  EXPECT_EQ(ReasonFor("\x89PN"), "IMAGE_TRUNCATED");
}

TEST(HeaderCheck, NamesWhatIsNotRead) {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> cases[] = {
      {"GIF89a\1\0\1\0"s, "GIF"},
      {"II*\0\10\0\0\0"s, "TIFF"},
      {"MM\0*\0\0\0\10"s, "TIFF"},
      {"\0\0\0\x18"
       "ftypheic\0\0\0\0"s,
       "HEIC"},
      {"\0\0\0\x18"
       "ftypavif\0\0\0\0"s,
       "AVIF"},
      {"%PDF-1.7"s, "PDF"},
      {"\xFF\x0A\x12\x34"s, "JPEG XL"},
  };
  for (const auto& [bytes, name] : cases) {
    const auto header = CheckHeader(bytes);
    EXPECT_EQ(common::ReasonOf(header.status()), "IMAGE_FORMAT_UNSUPPORTED") << name;
    EXPECT_EQ(common::MetadataOf(header.status(), "format"), name);
  }
}

std::string FormatNamed(std::string_view bytes) {
  const absl::Status status = CheckHeader(bytes).status();
  EXPECT_EQ(common::ReasonOf(status), "IMAGE_FORMAT_UNSUPPORTED");
  return common::MetadataOf(status, "format");
}

TEST(HeaderCheck, NamesKindsOfPicturesThatAreNotRead) {
  std::string deep = Encoded(".png");
  deep[24] = 16;
  EXPECT_EQ(FormatNamed(deep), "16-bit PNG");
  EXPECT_EQ(CheckHeader(deep).status().message(),
            "This is 16-bit PNG; save it with 8 bits a channel.")
      << "it is a PNG already";
  std::string animated = Encoded(".png");
  // After the header chunk: eight bytes, then a sum that the decoder would check.
  animated.insert(33, std::string("\0\0\0\10acTL\0\0\0\2\0\0\0\0\0\0\0\0", 20));
  EXPECT_EQ(FormatNamed(animated), "animated PNG");
  std::string inks = Encoded(".jpg");
  const size_t frame = inks.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  inks[frame + 9] = 4;
  EXPECT_EQ(FormatNamed(inks), "CMYK JPEG");
  EXPECT_EQ(CheckHeader(inks).status().message(), "This is CMYK JPEG; save it in RGB.");
  inks[frame + 4] = 12;
  EXPECT_EQ(FormatNamed(inks), "JPEG of more than 8 bits");
}

TEST(HeaderCheck, RefusesNothingAndNoise) {
  EXPECT_EQ(ReasonFor(""), "EMPTY_PICTURE");
  EXPECT_EQ(ReasonFor("A"), "NOT_A_PICTURE");
  EXPECT_EQ(ReasonFor(loopdock::testing::RandomBytes(4096, 3)), "NOT_A_PICTURE");
}

TEST(HeaderCheck, RefusesBombsByTheirHeader) {
  EXPECT_EQ(ReasonFor(loopdock::testing::PngBomb(20'000, 20'000)), "IMAGE_TOO_LARGE");
  const std::string good = Encoded(".jpg");
  PictureLimits limits;
  limits.pixels_max = 123 * 45 - 1;
  EXPECT_EQ(common::ReasonOf(CheckHeader(good, limits).status()), "IMAGE_TOO_LARGE");
  limits.pixels_max = 123 * 45;
  EXPECT_TRUE(CheckHeader(good, limits).ok());
  limits.side_max = 122;
  EXPECT_EQ(common::ReasonOf(CheckHeader(good, limits).status()), "IMAGE_TOO_LARGE");
  limits.side_max = 123;
  limits.bytes_max = good.size() - 1;
  EXPECT_EQ(common::ReasonOf(CheckHeader(good, limits).status()), "IMAGE_TOO_LARGE");
}

TEST(HeaderCheck, RefusesAPictureWithoutSize) {
  std::string jpeg = Encoded(".jpg");
  const size_t frame = jpeg.find("\xFF\xC0");
  ASSERT_NE(frame, std::string::npos);
  jpeg[frame + 5] = jpeg[frame + 6] = 0;
  EXPECT_EQ(ReasonFor(jpeg), "IMAGE_CORRUPT");
}

TEST(HeaderCheck, EveryDamagedByteEndsInADocumentedReason) {
  for (const char* extension : {".jpg", ".png", ".webp"}) {
    const std::string whole = Encoded(extension, 20, 12);
    for (size_t i = 0; i < whole.size(); ++i) {
      for (const char mask : {'\x01', '\x80', '\xFF'}) {
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ mask);
        const auto header = CheckHeader(damaged);
        if (!header.ok()) {
          EXPECT_NE(common::FindReason(common::ReasonOf(header.status())), nullptr);
        }
      }
    }
  }
}

}  // namespace
}  // namespace loopdock::vision
