// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/pallet_painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace loopdock::testing {
namespace {

constexpr int kColumns = 5;
constexpr int kRows = 4;
constexpr int kCellWidth = 800;
constexpr int kCellHeight = 750;
constexpr int kMargin = 28;
// Labels are painted larger than they are seen.
constexpr int kModule = 4;

struct EquipmentLabel {
  std::string title;
  // Bars below one another at the left, matrix symbols at the right.
  std::vector<LabelSymbol> bars;
  std::vector<LabelSymbol> matrix;
};

std::string Characters(cv::RNG& rng, const std::string& of, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    text += of[static_cast<size_t>(rng.uniform(0, static_cast<int>(of.size())))];
  }
  return text;
}

std::string Digits(cv::RNG& rng, int count) { return Characters(rng, "0123456789", count); }

std::string Letters(cv::RNG& rng, int count) {
  return Characters(rng, "0123456789ABCDEFGHJKLMNPRSTVWXYZ", count);
}

// With the check digit of GS1: weights 3 and 1 from the right.
std::string WithCheckDigit(std::string digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    sum += (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 3 : 1);
  }
  digits += static_cast<char>('0' + (10 - sum % 10) % 10);
  return digits;
}

// With the check digit of Luhn, as every IMEI has it.
std::string Imei(cv::RNG& rng) {
  std::string digits = "35" + Digits(rng, 12);
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    const int digit = (digits[digits.size() - 1 - i] - '0') * (i % 2 == 0 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits + static_cast<char>('0' + (10 - sum % 10) % 10);
}

LabelSymbol Bars(const std::string& format, const std::string& text) {
  return {.format = format, .text = text, .module_px = kModule, .height_px = 88};
}

LabelSymbol Matrix(const std::string& format, const std::string& text) {
  return {.format = format, .text = text, .module_px = 7, .height_px = 0};
}

EquipmentLabel Laptop(cv::RNG& rng) {
  const std::string serial = "5CG" + Letters(rng, 7);
  const std::string part = Letters(rng, 6) + "-" + Digits(rng, 3);
  return {"NOTEBOOK 14",
          {Bars("Code128", serial), Bars("Code39", part)},
          {Matrix("DataMatrix", "S" + serial + " P" + part)}};
}

EquipmentLabel Monitor(cv::RNG& rng) {
  const std::string serial = "CN0" + Letters(rng, 9);
  return {"MONITOR 27",
          {Bars("EAN-13", WithCheckDigit("4" + Digits(rng, 11))), Bars("Code128", serial),
           Bars("PDF417", "MODEL U27;SN " + serial + ";REV A0" + Digits(rng, 1))},
          {}};
}

EquipmentLabel Phone(cv::RNG& rng) {
  const std::string imei = Imei(rng);
  return {"PHONE 128 GB",
          {Bars("EAN-13", WithCheckDigit("8" + Digits(rng, 11))), Bars("Code128", imei),
           Bars("Code128", "R58" + Letters(rng, 8))},
          {Matrix("DataMatrix", "8904" + Digits(rng, 28))}};
}

EquipmentLabel Carton(cv::RNG& rng) {
  const std::string gtin = WithCheckDigit("1" + Digits(rng, 12));
  const std::string sscc = WithCheckDigit("3" + Digits(rng, 16));
  LabelSymbol unit = Bars("Code128", "00" + sscc);
  unit.encode = "[00]" + sscc;
  unit.gs1 = true;
  const std::string serial = Letters(rng, 8);
  LabelSymbol item = Matrix("DataMatrix", "01" + gtin + "21" + serial);
  item.encode = "[01]" + gtin + "[21]" + serial;
  item.gs1 = true;
  return {"CARTON 10 PCS", {Bars("ITF", gtin), unit}, {item}};
}

EquipmentLabel Server(cv::RNG& rng) {
  const std::string tag = Letters(rng, 7);
  return {"SERVER 1U",
          {Bars("Code39", tag), Bars("Code128", "MAC" + Characters(rng, "0123456789ABCDEF", 12))},
          {Matrix("QRCode", "https://example.org/s/" + tag)}};
}

std::string Printed(const LabelSymbol& symbol) {
  const std::string& text = symbol.encode.empty() ? symbol.text : symbol.encode;
  return text.substr(0, 34);
}

int Widest(const std::vector<cv::Mat>& pictures) {
  int width = 0;
  for (const cv::Mat& picture : pictures) width = std::max(width, picture.cols);
  return width;
}

cv::Mat LayOut(const EquipmentLabel& label) {
  constexpr int kTextHeight = 36;
  constexpr int kTop = kMargin + 46;
  std::vector<cv::Mat> bars;
  std::vector<cv::Mat> matrix;
  int left_height = kTop;
  int right_height = kTop;
  for (const LabelSymbol& symbol : label.bars) {
    bars.push_back(PaintSymbol(symbol));
    left_height += bars.back().rows + kTextHeight;
  }
  for (const LabelSymbol& symbol : label.matrix) {
    matrix.push_back(PaintSymbol(symbol));
    right_height += matrix.back().rows + kMargin;
  }
  const int left_width = Widest(bars);
  const int width = left_width + Widest(matrix) + (matrix.empty() ? 2 : 3) * kMargin;
  cv::Mat paper(std::max(left_height, right_height) + kMargin, width, CV_8UC1,
                cv::Scalar::all(235));
  const auto print = [&paper](const std::string& text, int x, int y, double size) {
    cv::putText(paper, text, {x, y}, cv::FONT_HERSHEY_SIMPLEX, size, cv::Scalar::all(30), 1,
                cv::LINE_AA);
  };
  print(label.title, kMargin, kMargin + 26, 1.0);
  int y = kTop;
  for (size_t i = 0; i < bars.size(); ++i) {
    bars[i].copyTo(paper(cv::Rect(kMargin, y, bars[i].cols, bars[i].rows)));
    y += bars[i].rows;
    if (label.bars[i].format != "PDF417") print(Printed(label.bars[i]), kMargin + 40, y + 24, 0.75);
    y += kTextHeight;
  }
  y = kTop;
  for (const cv::Mat& symbol : matrix) {
    symbol.copyTo(paper(cv::Rect(2 * kMargin + left_width, y, symbol.cols, symbol.rows)));
    y += symbol.rows + kMargin;
  }
  cv::GaussianBlur(paper, paper, {}, 0.6);  // Before it is made smaller.
  return paper;
}

// Boxes with edges and print: what stands between the labels of a real pallet.
cv::Mat PaintBoxes(cv::RNG& rng) {
  cv::Mat picture(kRows * kCellHeight, kColumns * kCellWidth, CV_8UC1);
  for (int row = 0; row < kRows; ++row) {
    for (int column = 0; column < kColumns; ++column) {
      const cv::Rect box(column * kCellWidth, row * kCellHeight, kCellWidth, kCellHeight);
      picture(box).setTo(cv::Scalar::all(rng.uniform(105, 165)));
      cv::rectangle(picture, box, cv::Scalar::all(60), rng.uniform(3, 9));
      const std::array kWords = {"FRAGILE", "THIS SIDE UP", "KEEP DRY", "QTY 1"};
      cv::putText(picture, kWords[static_cast<size_t>(rng.uniform(0, 4))],
                  box.tl() + cv::Point(rng.uniform(20, 400), kCellHeight - 24),
                  cv::FONT_HERSHEY_DUPLEX, 1.4, cv::Scalar::all(80), 2, cv::LINE_AA);
    }
  }
  return picture;
}

// Puts the label into its cell: turned by up to 12 degrees, each corner moved by up to 4 % of the
// shorter side, at 0.58 to 0.7 of its painted size or as large as the cell allows.
void Stick(const cv::Mat& paper, const cv::Rect& cell, cv::RNG& rng, cv::Mat& picture) {
  const double angle = rng.uniform(-12.0, 12.0) * CV_PI / 180;
  const double w = paper.cols;
  const double h = paper.rows;
  const double reach = 0.04 * std::min(w, h);
  const double across = (w + 2 * reach) * std::cos(angle) + h * std::abs(std::sin(angle));
  const double down = (h + 2 * reach) * std::cos(angle) + w * std::abs(std::sin(angle));
  const double scale = std::min({rng.uniform(0.58, 0.7), cell.width / across, cell.height / down});
  const double room_x = (cell.width - scale * across) / 2;
  const double room_y = (cell.height - scale * down) / 2;
  const cv::Point2d center(cell.x + cell.width / 2.0 + room_x * rng.uniform(-1.0, 1.0),
                           cell.y + cell.height / 2.0 + room_y * rng.uniform(-1.0, 1.0));
  const std::array<cv::Point2d, 4> flat = {{{0, 0}, {w, 0}, {w, h}, {0, h}}};
  std::vector<cv::Point2f> from;
  std::vector<cv::Point2f> to;
  for (const cv::Point2d& corner : flat) {
    const double x = scale * (corner.x - w / 2 + rng.uniform(-reach, reach));
    const double y = scale * (corner.y - h / 2 + rng.uniform(-reach, reach));
    from.emplace_back(corner);
    to.emplace_back(center + cv::Point2d(x * std::cos(angle) - y * std::sin(angle),
                                         x * std::sin(angle) + y * std::cos(angle)));
  }
  cv::warpPerspective(paper, picture, cv::getPerspectiveTransform(from, to), picture.size(),
                      cv::INTER_LINEAR, cv::BORDER_TRANSPARENT);
}

// Falls off from a lamp at one place, to about half in the far corner.
void Light(cv::Mat& picture, cv::RNG& rng) {
  const double lamp_x = rng.uniform(0.1, 0.9) * picture.cols;
  const double lamp_y = rng.uniform(0.1, 0.9) * picture.rows;
  const double reach = std::hypot(picture.cols, picture.rows);
  for (int y = 0; y < picture.rows; ++y) {
    auto* row = picture.ptr<uint8_t>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const double far = std::hypot(x - lamp_x, y - lamp_y) / reach;
      row[x] = cv::saturate_cast<uint8_t>(row[x] * (1.05 - 0.55 * far));
    }
  }
}

}  // namespace

Pallet PaintPallet(uint64_t seed) {
  constexpr std::array kKinds = {Laptop, Monitor, Phone, Carton, Server};
  cv::RNG rng(seed);
  Pallet pallet;
  pallet.picture = PaintBoxes(rng);
  for (int i = 0; i < kColumns * kRows; ++i) {
    const EquipmentLabel label = kKinds[static_cast<size_t>(i + i / kColumns) % kKinds.size()](rng);
    const cv::Rect cell(i % kColumns * kCellWidth, i / kColumns * kCellHeight, kCellWidth,
                        kCellHeight);
    Stick(LayOut(label), cell, rng, pallet.picture);
    pallet.labels.push_back(label.bars);
    pallet.labels.back().insert(pallet.labels.back().end(), label.matrix.begin(),
                                label.matrix.end());
  }
  Light(pallet.picture, rng);
  cv::GaussianBlur(pallet.picture, pallet.picture, {}, 0.8);
  cv::Mat noise(pallet.picture.size(), CV_16S);
  rng.fill(noise, cv::RNG::NORMAL, 0, 3);
  cv::add(pallet.picture, noise, pallet.picture, cv::noArray(), CV_8U);
  return pallet;
}

std::string JpegOf(const cv::Mat& picture) {
  std::vector<uint8_t> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 90});
  return {bytes.begin(), bytes.end()};
}

}  // namespace loopdock::testing
