// SPDX-License-Identifier: Apache-2.0
#include "services/vision/draw/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/common/status.h"
#include "services/vision/draw/label_places.h"
#include "services/vision/draw/lettering.h"

namespace loopdock::vision {
namespace {

constexpr int kLongSideDefault = 1600;
constexpr int kLongSideMin = 320;
constexpr int kLongSideMax = 4096;
constexpr int kDefectsMax = 512;
constexpr int kLabelsMax = 40;
constexpr int kPointsMax = 200'000;
constexpr size_t kTitleBytesMax = 400;
constexpr int kJpegQuality = 92;
// Of the title, in pixels at 1600: its letters, from line to line, and around it.
constexpr double kTitleText = 28;
constexpr double kTitleLine = 38;
constexpr double kTitlePad = 12;
constexpr size_t kTitleLinesMax = 4;
constexpr int kBits = 3;

// Blue, green, red: unknown, S1 to S4.
const std::array<cv::Scalar, 5> kColours = {cv::Scalar(225, 200, 140), cv::Scalar(120, 205, 110),
                                            cv::Scalar(60, 215, 250), cv::Scalar(50, 140, 255),
                                            cv::Scalar(70, 60, 245)};
const cv::Scalar kWhite(245, 245, 245);
const cv::Scalar kFaint(190, 190, 190);
const cv::Scalar kUncounted(205, 205, 205);
const cv::Scalar kDark(22, 20, 18);
// What was looked at.
const cv::Scalar kLook(235, 190, 120);

using Outline = std::vector<cv::Point>;
using Points = google::protobuf::RepeatedPtrField<v1::Point>;

absl::Status Invalid(const std::string& what) {
  return common::Error(absl::StatusCode::kInvalidArgument, "DRAWING_INVALID", what);
}

// Counts the points and looks that each is a place near the picture.
absl::Status CheckPoints(const Points& points, cv::Size picture, int& total) {
  total += points.size();
  if (total > kPointsMax) return Invalid("The measurement has more than 200,000 points.");
  for (const v1::Point& at : points) {
    const bool near = at.x() >= -picture.width && at.x() <= 2.0 * picture.width &&
                      at.y() >= -picture.height && at.y() <= 2.0 * picture.height;
    if (!near) return Invalid("The measurement has a point far outside of the picture.");
  }
  return absl::OkStatus();
}

absl::Status CheckAllPoints(const v1::Measurement& measurement, cv::Size picture) {
  int total = 0;
  absl::Status good = CheckPoints(measurement.device_outline(), picture, total);
  if (good.ok()) good = CheckPoints(measurement.inspected_outline(), picture, total);
  for (const auto& zone : measurement.zones()) {
    if (good.ok()) good = CheckPoints(zone.polygon(), picture, total);
  }
  for (const auto& part : measurement.masked()) {
    if (good.ok()) good = CheckPoints(part.polygon(), picture, total);
  }
  for (const auto& defect : measurement.defects()) {
    if (good.ok()) good = CheckPoints(defect.polygon(), picture, total);
  }
  return good;
}

absl::Status Check(const cv::Mat& picture, const v1::DrawRequest& request) {
  const v1::Measurement& measurement = request.measurement();
  if (picture.empty() || picture.type() != CV_8UC3) {
    return Invalid("Only colour pictures of 8 bits are drawn into.");
  }
  if (measurement.width_px() != picture.cols || measurement.height_px() != picture.rows) {
    return Invalid(absl::StrCat("The measurement is of a picture of ", measurement.width_px(), "x",
                                measurement.height_px(), ", this one has ", picture.cols, "x",
                                picture.rows, "."));
  }
  if (measurement.defects_size() > kDefectsMax) return Invalid("At most 512 defects are drawn.");
  if (request.severities_size() != 0 && request.severities_size() != measurement.defects_size()) {
    return Invalid("Give one severity for each defect, or none.");
  }
  for (const int severity : request.severities()) {
    if (severity < 0 || severity > 4) return Invalid("A severity is 0 to 4.");
  }
  for (const int place : request.uncounted()) {
    if (place < 0 || place >= measurement.defects_size()) {
      return Invalid("A defect that does not count is named by its place, from 0.");
    }
  }
  const int side = request.long_side_px();
  if (side != 0 && (side < kLongSideMin || side > kLongSideMax)) {
    return Invalid("The longer side of a drawing has 320 to 4096 pixels.");
  }
  if (request.title().size() > kTitleBytesMax) return Invalid("A title has at most 400 bytes.");
  return CheckAllPoints(measurement, picture.size());
}

// Everything of one drawing; sizes follow from the longer side.
class Drawer {
 public:
  Drawer(const cv::Mat& picture, const v1::DrawRequest& request);
  cv::Mat Draw();

 private:
  Outline On(const Points& points) const;
  int Px(double at_1600) const { return std::max(1, cvRound(at_1600 * unit_)); }
  int Severity(int defect) const {
    return request_.severities_size() == 0 ? 0 : request_.severities(defect);
  }
  bool Counts(int defect) const { return counts_[static_cast<size_t>(defect)]; }
  // Grey where it does not count, else the colour of its severity.
  const cv::Scalar& Colour(int defect) const;
  // Those that do not count first, then by severity.
  int Rank(int defect) const { return Counts(defect) ? 1 + Severity(defect) : 0; }
  void Dashes(const Outline& ring, const cv::Scalar& colour, int width, cv::Mat part) const;
  void Ring(const std::vector<Outline>& rings, int defect, cv::Mat part) const;
  void Dim();
  void Tint(const Outline& outline, const cv::Scalar& colour, double share);
  void Line(const Outline& outline, const cv::Scalar& colour, double share, int width);
  void DrawSurroundings();
  void DrawZone(const Outline& inspected);
  void DrawDefects();
  void DrawLabels();
  std::vector<cv::Point> Extremes(const Points& polygon) const;
  void DrawTitle();
  int TitleHeight() const;
  void DrawFooter();
  // Returns its width.
  int DrawLegend(cv::Point at);
  void DrawScaleBar();
  void Plate(const cv::Rect& box, double share);
  std::string Label(int defect) const;

  const v1::DrawRequest& request_;
  const v1::Measurement& measurement_;
  // What is shown of the picture.
  const cv::Rect shown_;
  Lettering& lettering_ = Lettering::Get();
  // Pixels of the canvas a pixel of the picture, and a pixel at 1600.
  double factor_ = 1;
  double unit_ = 1;
  int text_px_ = 0;
  cv::Mat canvas_;
  // 255 beside the device.
  cv::Mat outside_;
  // By defect: what surrounds it.
  std::vector<cv::Rect> boxes_;
  std::vector<bool> counts_;
  std::vector<std::string> title_;
  LabelPlaces places_;
};

// The device with some room around it for title and labels; all of the picture where none is found.
cv::Rect ShownPart(cv::Size picture, const v1::Measurement& measurement) {
  constexpr double kRoom = 0.08;
  const cv::Rect whole(cv::Point(0, 0), picture);
  if (measurement.device_outline_size() < 3) return whole;
  std::vector<cv::Point> outline;
  for (const v1::Point& at : measurement.device_outline()) {
    outline.emplace_back(cvRound(at.x()), cvRound(at.y()));
  }
  cv::Rect device = cv::boundingRect(outline);
  const int room = cvRound(kRoom * std::max(device.width, device.height));
  device -= cv::Point(room, room);
  device += cv::Size(2 * room, 2 * room);
  device &= whole;
  return device.empty() ? whole : device;
}

double FactorOf(const cv::Rect& shown, const v1::DrawRequest& request) {
  const int side = request.long_side_px() == 0 ? kLongSideDefault : request.long_side_px();
  return static_cast<double>(side) / std::max(shown.width, shown.height);
}

cv::Size CanvasSize(const cv::Rect& shown, double factor) {
  return {std::max(1, cvRound(shown.width * factor)), std::max(1, cvRound(shown.height * factor))};
}

Drawer::Drawer(const cv::Mat& picture, const v1::DrawRequest& request)
    : request_(request),
      measurement_(request.measurement()),
      shown_(ShownPart(picture.size(), request.measurement())),
      factor_(FactorOf(shown_, request)),
      places_(CanvasSize(shown_, factor_)) {
  cv::resize(picture(shown_), canvas_, CanvasSize(shown_, factor_), 0, 0,
             factor_ < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  unit_ = std::max(canvas_.cols, canvas_.rows) / static_cast<double>(kLongSideDefault);
  text_px_ = std::max(11, Px(20));
  outside_ = cv::Mat::zeros(canvas_.size(), CV_8U);
  counts_.assign(static_cast<size_t>(measurement_.defects_size()), true);
  for (const int place : request_.uncounted()) counts_[static_cast<size_t>(place)] = false;
  if (request_.title().empty()) return;
  title_ = lettering_.Lines(Printable(request_.title()), Px(kTitleText),
                            canvas_.cols - 2 * Px(kTitlePad), kTitleLinesMax);
}

const cv::Scalar& Drawer::Colour(int defect) const {
  return Counts(defect) ? kColours[static_cast<size_t>(Severity(defect))] : kUncounted;
}

Outline Drawer::On(const Points& points) const {
  Outline outline;
  for (const v1::Point& at : points) {
    outline.emplace_back(cvRound(((at.x() - shown_.x + 0.5) * factor_ - 0.5) * (1 << kBits)),
                         cvRound(((at.y() - shown_.y + 0.5) * factor_ - 0.5) * (1 << kBits)));
  }
  return outline;
}

void Drawer::Tint(const Outline& outline, const cv::Scalar& colour, double share) {
  if (outline.size() < 3) return;
  cv::Mat tinted = canvas_.clone();
  cv::fillPoly(tinted, std::vector<Outline>{outline}, colour, cv::LINE_AA, kBits);
  cv::addWeighted(tinted, share, canvas_, 1 - share, 0, canvas_);
}

void Drawer::Line(const Outline& outline, const cv::Scalar& colour, double share, int width) {
  if (outline.size() < 2) return;
  cv::Mat drawn = canvas_.clone();
  cv::polylines(drawn, outline, true, colour, width, cv::LINE_AA, kBits);
  cv::addWeighted(drawn, share, canvas_, 1 - share, 0, canvas_);
}

// What is not the device steps back.
void Drawer::Dim() {
  const Outline device = On(measurement_.device_outline());
  if (device.size() < 3) return;
  outside_.setTo(255);
  cv::fillPoly(outside_, std::vector<Outline>{device}, cv::Scalar(0), cv::LINE_8, kBits);
  cv::Mat dimmed = canvas_ * 0.55;
  dimmed.copyTo(canvas_, outside_);
}

void Drawer::DrawSurroundings() {
  constexpr int kPartsMax = 40;
  Dim();
  const cv::Mat before = canvas_.clone();
  for (int i = 0; i < std::min(kPartsMax, measurement_.masked_size()); ++i) {
    const Outline part = On(measurement_.masked(i).polygon());
    Tint(part, cv::Scalar(150, 140, 130), 0.22);
    Line(part, kFaint, 0.35, 1);
  }
  before.copyTo(canvas_, outside_);
  for (int i = 0; i < std::min(kPartsMax, measurement_.zones_size()); ++i) {
    Line(On(measurement_.zones(i).polygon()), kLook, 0.4, Px(1));
  }
  const Outline inspected = On(measurement_.inspected_outline());
  Line(inspected, kLook, 0.6, Px(2));
  Line(On(measurement_.device_outline()), kWhite, 0.7, Px(2));
  DrawZone(inspected);
}

// Its letter and digit, and what it is, at the left end of what was looked at.
void Drawer::DrawZone(const Outline& inspected) {
  if (inspected.empty() || measurement_.zones_size() == 0) return;
  const auto zone = measurement_.zones(0).zone();
  const char* words = zone == v1::ZONE_Z1   ? "Z1 display"
                      : zone == v1::ZONE_Z3 ? "Z3 back"
                      : zone == v1::ZONE_Z4 ? "Z4 sides"
                                            : nullptr;
  if (words == nullptr) return;
  const auto lowest = *std::min_element(
      inspected.begin(), inspected.end(),
      [](const cv::Point& a, const cv::Point& b) { return a.x - a.y < b.x - b.y; });
  const cv::Size size = lettering_.SizeOf(words, text_px_);
  const cv::Point at = lowest / (1 << kBits) + cv::Point(Px(14), -Px(16) - size.height);
  lettering_.Put(words, at, text_px_, kLook, canvas_);
  places_.Keep(cv::Rect(at, size));
}

void Drawer::Dashes(const Outline& ring, const cv::Scalar& colour, int width, cv::Mat part) const {
  const int dash = Px(9);
  double gone = 0;
  for (size_t i = 0; i < ring.size(); ++i) {
    const cv::Point2d from = ring[i];
    const cv::Point2d way = cv::Point2d(ring[(i + 1) % ring.size()]) - from;
    const double length = cv::norm(way);
    // As far as the dash or the gap reaches that the way is in.
    for (double at = 0; at < length;) {
      const double end = std::min(length, at + dash - std::fmod(gone, dash));
      if (static_cast<int>(gone / dash) % 2 == 0) {
        cv::line(part, from + way * (at / length), from + way * (end / length), colour, width,
                 cv::LINE_AA);
      }
      gone += std::max(end - at, 1e-6);
      at = std::max(end, at + 1e-6);
    }
  }
}

// Whole where the defect counts, thin and dashed where it does not.
void Drawer::Ring(const std::vector<Outline>& rings, int defect, cv::Mat part) const {
  if (Counts(defect)) {
    cv::drawContours(part, rings, -1, kDark, Px(4), cv::LINE_AA);
    cv::drawContours(part, rings, -1, Colour(defect), Px(2), cv::LINE_AA);
    return;
  }
  for (const auto& [colour, width] : {std::pair(kDark, Px(3)), {Colour(defect), Px(1)}}) {
    for (const Outline& ring : rings) Dashes(ring, colour, width, part);
  }
}

// The outline keeps clear of the defect, so that the defect itself stays to be seen.
void Drawer::DrawDefects() {
  const int clear = Px(5);
  const cv::Rect all(cv::Point(0, 0), canvas_.size());
  boxes_.assign(static_cast<size_t>(measurement_.defects_size()), {});
  // The worst come last and lie on top.
  std::vector<int> order(boxes_.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return Rank(a) < Rank(b); });
  for (const int i : order) {
    Outline outline = On(measurement_.defects(i).polygon());
    if (outline.empty()) continue;
    Outline coarse;
    for (const cv::Point& at : outline) coarse.push_back(at / (1 << kBits));
    cv::Rect box = cv::boundingRect(coarse);
    box -= cv::Point(2 * clear + 2, 2 * clear + 2);
    box += cv::Size(4 * clear + 4, 4 * clear + 4);
    box &= all;
    if (box.empty()) continue;
    boxes_[static_cast<size_t>(i)] = box;
    for (cv::Point& at : outline) at -= box.tl() * (1 << kBits);
    cv::Mat mask = cv::Mat::zeros(box.size(), CV_8U);
    cv::fillPoly(mask, std::vector<Outline>{outline}, cv::Scalar(255), cv::LINE_8, kBits);
    cv::dilate(mask, mask,
               cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * clear + 1, 2 * clear + 1}));
    std::vector<Outline> rings;
    cv::findContours(mask, rings, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_SIMPLE);
    Ring(rings, i, canvas_(box));
    places_.Keep(mask, box.tl());
  }
}

std::string Number(double mm) {
  return absl::StrFormat(mm < 1 ? "%.2f" : mm < 20 ? "%.1f" : "%.0f", mm);
}

std::string Drawer::Label(int i) const {
  const v1::Defect& defect = measurement_.defects(i);
  const int severity = Counts(i) ? Severity(i) : 0;
  std::string text = severity == 0 ? "" : absl::StrCat("S", severity, " ");
  if (defect.type() != v1::DEFECT_TYPE_UNSPECIFIED && v1::DefectType_IsValid(defect.type())) {
    constexpr std::size_t kPrefix = sizeof "DEFECT_TYPE_" - 1;
    std::string word = absl::AsciiStrToLower(v1::DefectType_Name(defect.type()).substr(kPrefix));
    std::replace(word.begin(), word.end(), '_', ' ');
    text += word + " ";
  }
  const auto good = [](double value) { return std::isfinite(value) && value >= 0 && value < 1e9; };
  if (!defect.has_length_um() || !good(defect.length_um())) {
    if (!good(defect.length_px())) return text + "?";
    return text + absl::StrFormat("%.0f px", defect.length_px());
  }
  const bool line =
      defect.type() == v1::DEFECT_TYPE_SCRATCH || defect.type() == v1::DEFECT_TYPE_CRACK;
  text += Number(defect.length_um() / 1000);
  // A width finer than the picture resolves is not known.
  const bool resolved = defect.width_um() >= measurement_.resolved_um();
  if (good(defect.width_um()) && (!line || resolved)) {
    text += " x " + Number(defect.width_um() / 1000);
  }
  return text + " mm";
}

void Drawer::Plate(const cv::Rect& wished, double share) {
  const cv::Rect box = wished & cv::Rect(cv::Point(0, 0), canvas_.size());
  if (box.empty()) return;
  cv::Mat part = canvas_(box);
  cv::addWeighted(part, 1 - share, cv::Mat(part.size(), CV_8UC3, kDark), share, 0, part);
}

// The outermost points of an outline to the four sides: where its label may hang.
std::vector<cv::Point> Drawer::Extremes(const Points& polygon) const {
  const Outline outline = On(polygon);
  const auto [left, right] =
      std::minmax_element(outline.begin(), outline.end(),
                          [](const cv::Point& a, const cv::Point& b) { return a.x < b.x; });
  const auto [top, bottom] =
      std::minmax_element(outline.begin(), outline.end(),
                          [](const cv::Point& a, const cv::Point& b) { return a.y < b.y; });
  std::vector<cv::Point> extremes;
  for (const auto& at : {right, left, top, bottom}) extremes.push_back(*at / (1 << kBits));
  return extremes;
}

void Drawer::DrawLabels() {
  std::vector<int> order;
  for (int i = 0; i < measurement_.defects_size(); ++i) {
    if (!boxes_[static_cast<size_t>(i)].empty()) order.push_back(i);
  }
  // The worst first: they get the best places.
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return Rank(a) > Rank(b); });
  if (order.size() > kLabelsMax) order.resize(kLabelsMax);
  const int pad = Px(5);
  for (const int i : order) {
    const std::string text = Label(i);
    const cv::Size size = lettering_.SizeOf(text, text_px_);
    const auto place = places_.Place({size.width + 3 * pad, size.height + 2 * pad},
                                     Extremes(measurement_.defects(i).polygon()), Px(9));
    if (!place.has_value()) continue;
    const cv::Scalar& colour = Colour(i);
    const cv::Rect& box = place->box;
    const cv::Point from(std::clamp(place->beside.x, box.x, box.br().x),
                         std::clamp(place->beside.y, box.y, box.br().y));
    if (cv::norm(from - place->beside) > Px(24)) {
      cv::line(canvas_, from, place->beside, kDark, Px(3), cv::LINE_AA);
      cv::line(canvas_, from, place->beside, colour, Px(1), cv::LINE_AA);
    }
    Plate(box, 0.78);
    cv::rectangle(canvas_, cv::Rect(box.tl(), cv::Size(Px(4), box.height)), colour, cv::FILLED);
    lettering_.Put(text, box.tl() + cv::Point(2 * pad, pad), text_px_,
                   Counts(i) ? kWhite : kUncounted, canvas_);
  }
}

void Drawer::DrawTitle() {
  if (title_.empty()) return;
  Plate({0, 0, canvas_.cols, TitleHeight()}, 0.8);
  cv::Point at(Px(kTitlePad), Px(kTitlePad));
  for (const std::string& line : title_) {
    lettering_.Put(line, at, Px(kTitleText), kWhite, canvas_);
    at.y += Px(kTitleLine);
  }
}

int Drawer::TitleHeight() const {
  if (title_.empty()) return 0;
  return Px(2 * kTitlePad + kTitleText) + static_cast<int>(title_.size() - 1) * Px(kTitleLine);
}

int Drawer::DrawLegend(cv::Point at) {
  std::array<int, 5> counts{};
  for (int i = 0; i < measurement_.defects_size(); ++i) {
    if (Counts(i)) ++counts[static_cast<size_t>(Severity(i))];
  }
  const int begin = at.x;
  for (size_t severity = 0; severity < counts.size(); ++severity) {
    if (counts[severity] == 0) continue;
    const std::string text =
        absl::StrCat(severity == 0 ? "" : absl::StrCat("S", severity, ": "), counts[severity]);
    const cv::Size size = lettering_.SizeOf(text, text_px_);
    if (at.x + size.width + text_px_ > canvas_.cols * 6 / 10) break;
    cv::circle(canvas_, at + cv::Point(text_px_ / 3, text_px_ / 2 - Px(1)), text_px_ / 3,
               kColours[severity], cv::FILLED, cv::LINE_AA);
    lettering_.Put(text, at + cv::Point(text_px_, 0), text_px_, kWhite, canvas_);
    at.x += size.width + 2 * text_px_;
  }
  const auto uncounted = std::count(counts_.begin(), counts_.end(), false);
  const std::string text = absl::StrCat("not counted: ", uncounted);
  const cv::Size size = lettering_.SizeOf(text, text_px_);
  if (uncounted == 0 || at.x + size.width + text_px_ > canvas_.cols * 6 / 10) return at.x - begin;
  const cv::Point middle = at + cv::Point(text_px_ / 3, text_px_ / 2 - Px(1));
  for (int turn = 0; turn < 360; turn += 60) {
    cv::ellipse(canvas_, middle, {text_px_ / 3, text_px_ / 3}, turn, 0, 34, kUncounted, Px(2),
                cv::LINE_AA);
  }
  lettering_.Put(text, at + cv::Point(text_px_, 0), text_px_, kUncounted, canvas_);
  at.x += size.width + 2 * text_px_;
  return at.x - begin;
}

void Drawer::DrawScaleBar() {
  const double um = measurement_.has_um_per_px() ? measurement_.um_per_px() : 0;
  const int pad = Px(10);
  const int y = canvas_.rows - pad - text_px_;
  if (!(std::isfinite(um) && um > 0)) {
    const std::string text = "no scale";
    const int width = lettering_.SizeOf(text, text_px_).width;
    lettering_.Put(text, {canvas_.cols - pad - width, y}, text_px_, kFaint, canvas_);
    return;
  }
  // The longest round length that is no more than an eighth of the picture.
  const double mm_per_px = um / 1000 / factor_;
  double mm = 0;
  for (const double round : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0}) {
    if (round / mm_per_px <= canvas_.cols / 8.0) mm = round;
  }
  if (mm == 0) return;
  const int length = cvRound(mm / mm_per_px);
  const std::string text = absl::StrCat(mm, " mm");
  const int width = lettering_.SizeOf(text, text_px_).width;
  const int right = canvas_.cols - pad - width - Px(10);
  const int middle = y + text_px_ / 2;
  lettering_.Put(text, {canvas_.cols - pad - width, y}, text_px_, kWhite, canvas_);
  cv::line(canvas_, {right - length, middle}, {right, middle}, kWhite, Px(3));
  for (const int x : {right - length, right}) {
    cv::line(canvas_, {x, middle - Px(7)}, {x, middle + Px(7)}, kWhite, Px(3));
  }
}

std::string SourceText(const v1::Measurement& measurement) {
  switch (measurement.scale_source()) {
    case v1::SCALE_SOURCE_MAT:
      return "scale by the mat";
    case v1::SCALE_SOURCE_GIVEN:
      return "scale as given";
    case v1::SCALE_SOURCE_CATALOG:
      return "scale by the catalog's size";
    default:
      return "";
  }
}

void Drawer::DrawFooter() {
  const int pad = Px(10);
  const int height = text_px_ + 2 * pad;
  const int y = canvas_.rows - pad - text_px_;
  Plate({0, canvas_.rows - height, canvas_.cols, height}, 0.72);
  const int used = DrawLegend({pad, y});
  const double share = std::clamp(measurement_.inspected_share(), 0.0, 1.0);
  std::string text = absl::StrFormat("%.0f %% of the face inspected", 100 * share);
  const std::string source = SourceText(measurement_);
  if (!source.empty()) text += ", " + source;
  const int room = canvas_.cols * 7 / 10 - used;
  if (room > 0) {
    lettering_.Put(lettering_.Fitting(text, text_px_, room), {pad + used, y}, text_px_, kFaint,
                   canvas_);
  }
  DrawScaleBar();
}

cv::Mat Drawer::Draw() {
  DrawSurroundings();
  DrawDefects();
  // Labels keep off the title and the line below.
  places_.Keep(cv::Rect(0, 0, canvas_.cols, TitleHeight()));
  places_.Keep(cv::Rect(0, canvas_.rows - text_px_ - Px(20), canvas_.cols, text_px_ + Px(20)));
  DrawLabels();
  DrawTitle();
  DrawFooter();
  return canvas_;
}

}  // namespace

absl::StatusOr<std::string> Draw(const cv::Mat& picture, const v1::DrawRequest& request) {
  if (const absl::Status checked = Check(picture, request); !checked.ok()) return checked;
  const cv::Mat drawn = Drawer(picture, request).Draw();
  std::vector<unsigned char> jpeg;
  cv::imencode(".jpg", drawn, jpeg, {cv::IMWRITE_JPEG_QUALITY, kJpegQuality});
  return std::string(jpeg.begin(), jpeg.end());
}

}  // namespace loopdock::vision
