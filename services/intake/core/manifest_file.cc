// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/manifest_file.h"

#include <cstdint>

#include "services/common/utf8.h"
#include "services/intake/core/manifest_claims.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

void AppendUtf8(std::uint32_t c, std::string* text) {
  const auto add = [text](std::uint32_t byte) { text->push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    add(c);
  } else if (c < 0x800) {
    add(0xc0 | (c >> 6));
    add(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    add(0xe0 | (c >> 12));
    add(0x80 | ((c >> 6) & 0x3f));
    add(0x80 | (c & 0x3f));
  } else {
    add(0xf0 | (c >> 18));
    add(0x80 | ((c >> 12) & 0x3f));
    add(0x80 | ((c >> 6) & 0x3f));
    add(0x80 | (c & 0x3f));
  }
}

bool DecodeUtf16(std::string_view bytes, bool big_endian, std::string* text) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  bool good = bytes.size() % 2 == 0;
  text->reserve(bytes.size());
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint32_t high = unit(i);
    if (high < 0xd800 || high > 0xdfff) {
      AppendUtf8(high, text);
      continue;
    }
    const std::uint32_t low = i + 3 < bytes.size() ? unit(i + 2) : 0;
    if (high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff) {
      AppendUtf8(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), text);
      i += 2;
    } else {
      text->append(kReplacement);
      good = false;
    }
  }
  return good;
}

// What Windows-1252 has from 0x80 to 0x9f; 0 where it has nothing.
constexpr std::uint16_t kWindows1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

bool DecodeWindows1252(std::string_view bytes, std::string* text) {
  bool good = true;
  text->reserve(bytes.size() + bytes.size() / 8);
  for (const char byte : bytes) {
    std::uint32_t c = static_cast<unsigned char>(byte);
    if (c >= 0x80 && c < 0xa0) c = kWindows1252[c - 0x80];
    good = good && (c != 0 || byte == 0);
    AppendUtf8(c == 0 && byte != 0 ? 0xfffd : c, text);
  }
  return good;
}

// Files that people send instead of a manifest.
std::string_view WhatElse(std::string_view bytes) {
  if (bytes.starts_with("PK\x03\x04")) {
    return "Is a workbook or an archive, not text: save the sheet as CSV.";
  }
  if (bytes.starts_with("\xD0\xCF\x11\xE0")) return "Is an old workbook: save the sheet as CSV.";
  if (bytes.starts_with("%PDF")) return "Is a PDF document: ask for the list as CSV.";
  return "";
}

bool IsInterchange(std::string_view text) {
  return text.size() > 6 && text.starts_with("ISA") && !IsAlnum(text[3]) && text[3] == text[6];
}

v1::ManifestFormat FormatOf(std::string_view text) {
  if (IsInterchange(text)) return v1::MANIFEST_FORMAT_X12_856;
  if (text.starts_with("{") || text.starts_with("[")) return v1::MANIFEST_FORMAT_JSON;
  return v1::MANIFEST_FORMAT_CSV;
}

}  // namespace

bool IsManifestField(std::string_view name) { return ManifestFieldOf(name) != kManifestFieldCount; }

bool DecodeText(std::string_view bytes, std::string* text) {
  if (ConsumePrefix(&bytes, "\xFF\xFE")) return DecodeUtf16(bytes, false, text);
  if (ConsumePrefix(&bytes, "\xFE\xFF")) return DecodeUtf16(bytes, true, text);
  const bool marked = ConsumePrefix(&bytes, "\xEF\xBB\xBF");
  if (common::IsUtf8(bytes)) {
    text->assign(bytes);
    return true;
  }
  if (!marked) return DecodeWindows1252(bytes, text);
  *text = common::CleanUtf8(bytes);
  return false;
}

ManifestReading ReadManifest(std::string_view bytes, const ManifestOptions& options) {
  ManifestReading reading;
  ManifestBuilder builder(&reading);
  reading.format = options.format;
  if (const std::string_view what = WhatElse(bytes); !what.empty()) {
    builder.Report(0, "", what);
    return reading;
  }
  std::string text;
  // Where it is not, the line says so.
  const bool readable = DecodeText(bytes, &text);
  const std::string_view content = StripLeft(text);
  if (reading.format == v1::MANIFEST_FORMAT_UNSPECIFIED) reading.format = FormatOf(content);
  if (Contains(text, '\0')) {
    builder.Report(0, "", "Has zero bytes: UTF-16 needs its byte order mark, else it is no text.");
  } else if (reading.format == v1::MANIFEST_FORMAT_X12_856) {
    ReadManifestX12(content, &builder);
  } else if (reading.format == v1::MANIFEST_FORMAT_JSON) {
    ReadManifestJson(content, &builder);
  } else {
    ReadManifestCsv(text, options, &reading, &builder);
  }
  if (!readable && reading.problem_count == 0) {
    builder.Report(0, "", "Has characters that could not be read: save the file as UTF-8.");
  }
  builder.Finish();
  return reading;
}

}  // namespace loopdock::intake
