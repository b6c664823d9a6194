// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/zpl.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr double kMarginMm = 5;
// GS1 logistic labels: bars of at least 0.495 mm, 32 mm high.
constexpr double kModuleMm = 0.495;
constexpr double kBarsMm = 32;
constexpr int kModuleDotsMax = 10;  // of ^BY and ^BQ
// Start, FNC1, ten pairs of digits, check and stop.
constexpr int kSsccModules = 13 * 11 + 13;
constexpr double kQrModuleMm = 0.75;
constexpr double kQrSideMm = 30;

// Bytes that a QR code of version 1, 2, ... holds at level M.
constexpr std::size_t kQrBytes[] = {14,  26,  42,  62,  84,  106, 122, 152,
                                    180, 213, 251, 287, 331, 362, 412};

class Writer {
 public:
  explicit Writer(const LabelSize& size) : size_(size) {
    Append(&zpl_, "^XA\n^CI28\n^PW", Dots(size.width_mm), "\n^LL", Dots(size.height_mm),
           "\n^LH0,0\n");
  }

  void Line(double x_mm, double y_mm, double height_mm, double width_mm, std::string_view text) {
    if (text.empty()) return;
    // The printer's own font is proportional: a letter is at most so wide.
    const auto letters = static_cast<std::size_t>(width_mm / (height_mm * 0.5));
    Append(&zpl_, "^FO", Dots(x_mm), ",", Dots(y_mm), "^A0N,", Dots(height_mm), ",",
           Dots(height_mm * 0.8), "^FH^FD", ZplText(FirstLetters(text, letters)), "^FS\n");
  }

  void Sscc(double y_mm, const std::string& sscc) {
    const int module = ModuleDots(std::ceil(kModuleMm * size_.dots_per_mm));
    const int x = std::max(0, size_.width_mm * size_.dots_per_mm - kSsccModules * module) / 2;
    // Subset C from the start, then FNC1.
    Append(&zpl_, "^BY", std::to_string(module), ",2,", Dots(kBarsMm), "\n^FO", std::to_string(x),
           ",", Dots(y_mm), "^BCN,", Dots(kBarsMm), ",N,N,N,N^FD>;>800", sscc, "^FS\n");
    Line(kMarginMm + 10, y_mm + kBarsMm + 2, 6, 80, "(00) " + sscc);
  }

  void Qr(double x_mm, double y_mm, std::string_view text) {
    const auto* fits = std::find_if(std::begin(kQrBytes), std::end(kQrBytes),
                                    [&](std::size_t bytes) { return text.size() <= bytes; });
    const auto modules = 17 + 4 * (fits - std::begin(kQrBytes) + 1);
    const double module_mm = std::min(kQrModuleMm, kQrSideMm / static_cast<double>(modules));
    const int module = ModuleDots(std::floor(module_mm * size_.dots_per_mm));
    Append(&zpl_, "^FO", Dots(x_mm), ",", Dots(y_mm), "^BQN,2,", std::to_string(module),
           "^FH^FDMA,", ZplText(text), "^FS\n");
  }

  std::string Finish() && {
    Append(&zpl_, "^PQ", std::to_string(size_.copies), "\n^XZ\n");
    return std::move(zpl_);
  }

 private:
  static int ModuleDots(double dots) {
    return std::clamp(static_cast<int>(dots), 1, kModuleDotsMax);
  }
  std::string Dots(double mm) const {
    return std::to_string(static_cast<int>(std::lround(mm * size_.dots_per_mm)));
  }
  static std::string_view FirstLetters(std::string_view text, std::size_t letters) {
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
      const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
      if (begins && letters-- == 0) break;
    }
    return text.substr(0, end);
  }

  const LabelSize size_;
  std::string zpl_;
};

std::string Kilograms(std::string_view what, std::int64_t grams) {
  if (grams <= 0) return "";
  char text[64];
  std::snprintf(text, sizeof(text), " %.1f kg", static_cast<double>(grams) / 1000);
  return Cat(what, text);
}

absl::Status Check(const ContainerLabel& label, const LabelSize& size) {
  common::FieldViolations violations;
  constexpr int kDots[] = {6, 8, 12, 24};
  if (std::find(std::begin(kDots), std::end(kDots), size.dots_per_mm) == std::end(kDots)) {
    violations.Add("dots_per_mm", "is 6, 8, 12 or 24");
  }
  if (size.copies < 1 || size.copies > 99) violations.Add("copies", "is 1 to 99");
  const bool is_sscc = label.sscc.size() == 18 && CheckDigitHolds(label.sscc);
  if (!label.sscc.empty() && !is_sscc) {
    violations.Add("container.sscc", "is 18 digits of which the last checks the others");
  }
  return violations.ToStatus();
}

}  // namespace

std::string SsccElementString(std::string_view sscc) { return Cat("(00)", sscc); }

std::string ZplText(std::string_view text) {
  std::string data;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && !Contains("^~_\\", c)) {
      data.push_back(c);
      continue;
    }
    char hex[4];
    std::snprintf(hex, sizeof(hex), "_%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    data += hex;
  }
  return data;
}

absl::StatusOr<std::string> ContainerLabelZpl(const ContainerLabel& label, const LabelSize& size) {
  if (auto status = Check(label, size); !status.ok()) return status;
  const std::string id = label.name.substr(label.name.rfind('/') + 1);
  Writer writer(size);
  writer.Line(kMarginMm, 5, 6, 90, label.supplier);
  writer.Line(kMarginMm, 13, 12, 90, id);
  writer.Line(kMarginMm, 28, 6, 55, label.number);
  writer.Line(kMarginMm, 36, 5, 55, label.load.empty() ? "" : "Load " + label.load);
  writer.Line(kMarginMm, 43, 5, 55, Kilograms("Gross", label.gross_g));
  writer.Line(kMarginMm, 50, 5, 55, Kilograms("Net", label.net_g));
  writer.Line(kMarginMm, 57, 5, 55, label.date);
  writer.Qr(63, 27, label.name);
  if (!label.sscc.empty()) writer.Sscc(70, label.sscc);
  return std::move(writer).Finish();
}

}  // namespace loopdock::intake
