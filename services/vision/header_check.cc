// SPDX-License-Identifier: Apache-2.0
#include "services/vision/header_check.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"

namespace loopdock::vision {
namespace {

using common::Error;

constexpr auto kBad = absl::StatusCode::kInvalidArgument;
constexpr char kEightBits[] = "save it with 8 bits a channel";
constexpr char kOneFrame[] = "save the one picture that counts";

absl::Status Truncated() {
  return Error(kBad, "IMAGE_TRUNCATED", "The picture ends before its end; send the whole file.");
}

absl::Status Corrupt(std::string_view what) {
  return Error(kBad, "IMAGE_CORRUPT", "The picture " + std::string(what) + "; take it again.");
}

absl::Status Unsupported(std::string_view format,
                         std::string_view remedy = "save it as JPEG, PNG or WebP") {
  return Error(kBad, "IMAGE_FORMAT_UNSUPPORTED",
               "This is " + std::string(format) + "; " + std::string(remedy) + ".",
               {{"format", std::string(format)}});
}

// Big-endian and little-endian numbers of `count` bytes; the caller has checked the range.
uint32_t BigEndian(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

uint32_t LittleEndian(std::string_view bytes, size_t at, size_t count) {
  uint32_t value = 0;
  for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
  return value;
}

bool Has(std::string_view bytes, size_t at, std::string_view expected) {
  return bytes.size() >= at + expected.size() && bytes.substr(at, expected.size()) == expected;
}

// The name of a picture or document format that we know and do not read; empty when unknown.
std::string_view KnownButUnsupported(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (Has(bytes, 0, "GIF8"sv)) return "GIF";
  if (Has(bytes, 0, "II*\0"sv) || Has(bytes, 0, "MM\0*"sv)) return "TIFF";
  if (Has(bytes, 0, "BM"sv) && bytes.size() > 14 && LittleEndian(bytes, 6, 4) == 0) return "BMP";
  if (Has(bytes, 0, "\xFF\x0A"sv) || Has(bytes, 4, "JXL \r\n"sv)) return "JPEG XL";
  if (Has(bytes, 4, "jP  \r\n"sv) || Has(bytes, 0, "\xFF\x4F\xFF\x51"sv)) return "JPEG 2000";
  if (Has(bytes, 0, "%PDF"sv)) return "PDF";
  if (Has(bytes, 0, "8BPS"sv)) return "PSD";
  if (Has(bytes, 0, "<svg"sv) || Has(bytes, 0, "<?xml"sv)) return "SVG or XML";
  if (Has(bytes, 0, "\x8AMNG"sv)) return "MNG";
  if (!Has(bytes, 4, "ftyp"sv) || bytes.size() < 12) return "";
  const std::string_view brand = bytes.substr(8, 4);
  if (brand == "avif" || brand == "avis") return "AVIF";
  for (std::string_view heif : {"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"}) {
    if (brand == heif) return "HEIC";
  }
  return "video";
}

// Walks the segments of a JPEG to its end mark, through the entropy coded data of every scan.
absl::StatusOr<PictureHeader> CheckJpeg(std::string_view bytes) {
  PictureHeader header{PictureFormat::kJpeg};
  bool scanned = false;
  size_t at = 2;
  while (true) {
    at = bytes.find('\xFF', at);  // outside entropy coded data this is where we already are
    while (at != std::string_view::npos && at < bytes.size() && bytes[at] == '\xFF') ++at;
    if (at == std::string_view::npos || at >= bytes.size()) return Truncated();
    const auto marker = static_cast<uint8_t>(bytes[at++]);
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
    if (marker == 0xD9) break;
    if (bytes.size() - at < 2) return Truncated();
    const size_t length = BigEndian(bytes, at, 2);
    if (length < 2) return Corrupt("has a segment without length");
    if (bytes.size() - at < length) return Truncated();
    const bool is_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame) {
      const bool lossy = marker <= 0xC2 || marker == 0xC9 || marker == 0xCA;
      if (!lossy)
        return Unsupported("lossless or hierarchical JPEG", "save it as baseline JPEG or as PNG");
      if (length < 8 || header.width_px != 0) return Corrupt("has a wrong frame header");
      // Grey levels of other depths and inks would be guessed, and a guess changes what is
      // measured.
      constexpr uint32_t kInks = 4;
      if (BigEndian(bytes, at + 2, 1) != 8)
        return Unsupported("JPEG of more than 8 bits", kEightBits);
      if (BigEndian(bytes, at + 7, 1) == kInks) return Unsupported("CMYK JPEG", "save it in RGB");
      header.height_px = BigEndian(bytes, at + 3, 2);
      header.width_px = BigEndian(bytes, at + 5, 2);
      if (header.width_px == 0 || header.height_px == 0) return Corrupt("has no size");
    }
    if (marker == 0xDA) {
      if (header.width_px == 0) return Corrupt("has a scan before its frame");
      scanned = true;
    }
    at += length;
  }
  if (!scanned) return Corrupt("has no scan");
  return header;
}

// Walks the chunks of a PNG to IEND. The decoder checks their sums.
absl::StatusOr<PictureHeader> CheckPng(std::string_view bytes) {
  PictureHeader header{PictureFormat::kPng};
  bool has_data = false;
  size_t at = 8;
  while (true) {
    if (bytes.size() - at < 12) return Truncated();
    const size_t length = BigEndian(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    const bool first = at == 8;
    if (first != (type == "IHDR")) return Corrupt("has no header chunk where it belongs");
    if (length > bytes.size() - at - 12) return Truncated();
    if (first) {
      if (length != 13) return Corrupt("has a header chunk of wrong length");
      header.width_px = BigEndian(bytes, at + 8, 4);
      header.height_px = BigEndian(bytes, at + 12, 4);
      if (header.width_px == 0 || header.height_px == 0) return Corrupt("has no size");
      if (BigEndian(bytes, at + 16, 1) == 16) return Unsupported("16-bit PNG", kEightBits);
      constexpr uint8_t kAlpha = 0x04;
      header.has_alpha = (static_cast<uint8_t>(bytes[at + 17]) & kAlpha) != 0;
    }
    if (type == "acTL" && !has_data) return Unsupported("animated PNG", kOneFrame);
    has_data = has_data || type == "IDAT";
    header.has_alpha = header.has_alpha || type == "tRNS";
    if (type == "IEND") break;
    at += 12 + length;
  }
  if (!has_data) return Corrupt("has no data chunk");
  return header;
}

absl::StatusOr<PictureHeader> CheckWebp(std::string_view bytes) {
  PictureHeader header{PictureFormat::kWebp};
  if (bytes.size() < 30) return Truncated();
  const size_t riff = LittleEndian(bytes, 4, 4);
  if (riff > bytes.size() - 8) return Truncated();
  const std::string_view chunk = bytes.substr(12, 4);
  if (chunk == "VP8X") {
    constexpr uint8_t kAnimation = 0x02;
    constexpr uint8_t kAlpha = 0x10;
    const auto flags = static_cast<uint8_t>(bytes[20]);
    if (flags & kAnimation) return Unsupported("animated WebP", kOneFrame);
    header.has_alpha = (flags & kAlpha) != 0;
    header.width_px = LittleEndian(bytes, 24, 3) + 1;
    header.height_px = LittleEndian(bytes, 27, 3) + 1;
  } else if (chunk == "VP8L") {
    if (bytes[20] != '\x2F') return Corrupt("has a wrong WebP signature");
    const uint32_t sizes = LittleEndian(bytes, 21, 4);
    header.width_px = (sizes & 0x3FFF) + 1;
    header.height_px = (sizes >> 14 & 0x3FFF) + 1;
    header.has_alpha = (sizes >> 28 & 1) != 0;
  } else if (chunk == "VP8 ") {
    if (!Has(bytes, 23, "\x9D\x01\x2A")) return Corrupt("has a wrong WebP signature");
    header.width_px = LittleEndian(bytes, 26, 2) & 0x3FFF;
    header.height_px = LittleEndian(bytes, 28, 2) & 0x3FFF;
    if (header.width_px == 0 || header.height_px == 0) return Corrupt("has no size");
  } else {
    return Corrupt("is a WebP without a known first chunk");
  }
  return header;
}

absl::StatusOr<PictureHeader> CheckByFormat(std::string_view bytes) {
  using namespace std::string_view_literals;
  constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n"sv;
  if (Has(bytes, 0, "\xFF\xD8\xFF"sv)) return CheckJpeg(bytes);
  if (Has(bytes, 0, kPng)) return CheckPng(bytes);
  if (Has(bytes, 0, "RIFF"sv) && Has(bytes, 8, "WEBP"sv)) return CheckWebp(bytes);
  // A file cut inside its signature is still the beginning of a picture.
  for (std::string_view start : {"\xFF\xD8\xFF"sv, kPng}) {
    if (bytes.size() >= 2 && bytes.size() < start.size() && Has(start, 0, bytes)) {
      return Truncated();
    }
  }
  const std::string_view known = KnownButUnsupported(bytes);
  if (!known.empty()) return Unsupported(known);
  return Error(kBad, "NOT_A_PICTURE",
               "The bytes are no picture of a known format; send a JPEG, PNG or WebP file.");
}

}  // namespace

absl::StatusOr<PictureHeader> CheckHeader(std::string_view bytes, const PictureLimits& limits) {
  if (bytes.empty()) {
    return Error(kBad, "EMPTY_PICTURE", "The picture has no bytes; send the whole file.");
  }
  if (bytes.size() > limits.bytes_max) {
    return Error(kBad, "IMAGE_TOO_LARGE",
                 absl::StrCat("The picture has ", bytes.size(), " bytes; the limit is ",
                              limits.bytes_max, "."),
                 {{"bytes", absl::StrCat(bytes.size())}});
  }
  auto header = CheckByFormat(bytes);
  if (!header.ok()) return header.status();
  const bool too_wide = std::max(header->width_px, header->height_px) > limits.side_max;
  if (too_wide || header->width_px * header->height_px > limits.pixels_max) {
    return Error(kBad, "IMAGE_TOO_LARGE",
                 absl::StrCat("The picture has ", header->width_px, " x ", header->height_px,
                              " pixels; the limit is ", limits.pixels_max, " in all and ",
                              limits.side_max, " a side."),
                 {{"width_px", absl::StrCat(header->width_px)},
                  {"height_px", absl::StrCat(header->height_px)}});
  }
  return header;
}

std::string_view MediaType(PictureFormat format) {
  switch (format) {
    case PictureFormat::kJpeg:
      return "image/jpeg";
    case PictureFormat::kPng:
      return "image/png";
    case PictureFormat::kWebp:
      return "image/webp";
  }
  return "application/octet-stream";
}

}  // namespace loopdock::vision
