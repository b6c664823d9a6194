// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/tilted_pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <utility>

#include "tests/tools/plain_reader.h"

namespace loopdock::accuracy {
namespace {

using testing::PlainMode;
using testing::ReadPlainly;

constexpr std::array kLinear = {"Code128", "Code39",  "Code93",         "ITF",
                                "Codabar", "EAN-13",  "EAN-8",          "UPC-A",
                                "UPC-E",   "DataBar", "DataBarExpanded"};
constexpr std::array kMatrix = {"DataMatrix", "QRCode", "MicroQRCode", "PDF417", "Aztec"};

// Of one symbology; more give no new kind of picture.
constexpr size_t kSourcesMax = 20;
// How often one source may be used in a suite, at other angles.
constexpr size_t kUsesMax = 3;
// A lower strip of bars cannot be turned: it has no room for the lean.
constexpr int kSourceSideMin = 40;
constexpr int kSideMax = 3000;

struct Range {
  double least;
  double most;
};

struct Recipe {
  double perspective;
  Range scale;
  Range blur_px;
  double noise;
  uint64_t seed;
};

Recipe RecipeOf(Tilt tilt) {
  if (tilt == Tilt::kEasy) return {0.06, {1, 1}, {0.8, 1.6}, 4, 1000};
  return {0.12, {0.35, 0.55}, {1.5, 3}, 8, 2000};
}

cv::Mat Load(const std::string& folder, const TruthRow& row) {
  return cv::imread(folder + "/" + row.path, cv::IMREAD_GRAYSCALE);
}

cv::Mat Scaled(const cv::Mat& grey, double scale) {
  cv::Mat scaled;
  const int width = std::max(8, static_cast<int>(std::lround(grey.cols * scale)));
  const int height = std::max(8, static_cast<int>(std::lround(grey.rows * scale)));
  cv::resize(grey, scaled, {width, height}, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return scaled;
}

bool IsReadPlainly(const cv::Mat& grey, const TruthRow& row) {
  const auto reading = ReadPlainly(grey, PlainMode::kOne);
  return !reading.texts.empty() && IsTruth(row.symbology, row.text, reading.texts.front());
}

// Whether the resolution suffices: plain ZXing reads the picture upright, at this scale and blur.
bool IsPossible(const cv::Mat& grey, const TiltedPicture& picture) {
  cv::Mat control = Scaled(grey, picture.scale);
  cv::GaussianBlur(control, control, {}, picture.blur_px);
  return IsReadPlainly(control, picture.row);
}

// An order without rhyme or reason that is the same everywhere.
uint64_t Hash(const std::string& text) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

std::vector<TruthRow> Sources(const std::string& folder, const std::vector<TruthRow>& rows,
                              const std::string& symbology, bool bars) {
  std::vector<TruthRow> candidates;
  for (const TruthRow& row : rows) {
    if (row.symbology == symbology && row.has_text() && !row.duplicate) candidates.push_back(row);
  }
  std::sort(candidates.begin(), candidates.end(), [](const TruthRow& a, const TruthRow& b) {
    return std::pair(Hash(a.path), a.path) < std::pair(Hash(b.path), b.path);
  });
  std::vector<TruthRow> sources;
  for (const TruthRow& row : candidates) {
    if (sources.size() == kSourcesMax) break;
    const cv::Mat grey = Load(folder, row);
    if (grey.empty() || (bars && std::min(grey.cols, grey.rows) < kSourceSideMin)) continue;
    if (IsReadPlainly(grey, row)) sources.push_back(row);
  }
  return sources;
}

// The picture that `recipe` makes of `row`, enlarged until it is possible; none when it never is.
std::optional<TiltedPicture> Plan(const std::string& folder, const TruthRow& row,
                                  const Recipe& recipe, uint64_t seed) {
  cv::RNG rng(seed);
  TiltedPicture picture{.row = row, .seed = seed};
  picture.degrees = rng.uniform(5.0, 85.0) * (rng.uniform(0, 2) == 0 ? 1 : -1);
  picture.perspective = recipe.perspective;
  picture.scale = rng.uniform(recipe.scale.least, recipe.scale.most);
  picture.blur_px = rng.uniform(recipe.blur_px.least, recipe.blur_px.most);
  picture.noise = recipe.noise;
  const cv::Mat grey = Load(folder, row);
  const double side = std::hypot(grey.cols, grey.rows) * (1 + 2 * picture.perspective);
  for (; side * picture.scale <= kSideMax; picture.scale *= 1.2) {
    if (IsPossible(grey, picture)) return picture;
  }
  return std::nullopt;
}

// Round after round through the symbologies, each time the next source of each.
std::vector<TiltedPicture> PlanKind(const std::string& folder, const std::vector<TruthRow>& rows,
                                    const std::vector<std::string>& symbologies, bool bars,
                                    const Recipe& recipe, int count) {
  std::vector<std::vector<TruthRow>> sources;
  size_t rounds = 0;
  for (const std::string& symbology : symbologies) {
    sources.push_back(Sources(folder, rows, symbology, bars));
    rounds = std::max(rounds, kUsesMax * sources.back().size());
  }
  std::vector<TiltedPicture> pictures;
  uint64_t seed = recipe.seed;
  for (size_t round = 0; round < rounds; ++round) {
    for (const auto& of_one : sources) {
      if (round >= kUsesMax * of_one.size()) continue;
      auto picture = Plan(folder, of_one[round % of_one.size()], recipe, seed++);
      if (!picture.has_value()) continue;
      picture->matrix = !bars;
      pictures.push_back(*std::move(picture));
      if (static_cast<int>(pictures.size()) == count) return pictures;
    }
  }
  return pictures;
}

// The grey level of the paper or the table at the edge of the picture, on which bars may stand.
double EdgeLevel(const cv::Mat& grey) {
  cv::Mat edge;
  cv::hconcat(grey.row(0), grey.row(grey.rows - 1), edge);
  std::vector<uint8_t> levels(edge.begin<uint8_t>(), edge.end<uint8_t>());
  const auto place = levels.begin() + static_cast<std::ptrdiff_t>(levels.size() * 3 / 4);
  std::nth_element(levels.begin(), place, levels.end());
  return *place;
}

cv::Mat Warped(const cv::Mat& grey, const TiltedPicture& picture, cv::RNG& rng) {
  const auto w = static_cast<float>(grey.cols);
  const auto h = static_cast<float>(grey.rows);
  const std::vector<cv::Point2f> flat = {{0, 0}, {w, 0}, {w, h}, {0, h}};
  const double angle = picture.degrees * CV_PI / 180;
  const double reach = picture.perspective * std::min(w, h);
  std::vector<cv::Point2f> seen;
  for (const cv::Point2f& corner : flat) {
    const double x = corner.x - w / 2 + rng.uniform(-reach, reach);
    const double y = corner.y - h / 2 + rng.uniform(-reach, reach);
    seen.emplace_back(static_cast<float>(x * std::cos(angle) - y * std::sin(angle)),
                      static_cast<float>(x * std::sin(angle) + y * std::cos(angle)));
  }
  const cv::Rect bounds = cv::boundingRect(seen);
  for (cv::Point2f& corner : seen) corner -= cv::Point2f(bounds.tl());
  cv::Mat warped;
  cv::warpPerspective(grey, warped, cv::getPerspectiveTransform(flat, seen), bounds.size(),
                      cv::INTER_LINEAR, cv::BORDER_CONSTANT, cv::Scalar::all(EdgeLevel(grey)));
  return warped;
}

void AddNoise(cv::Mat& grey, double deviation, cv::RNG& rng) {
  cv::Mat noise(grey.size(), CV_32F);
  rng.fill(noise, cv::RNG::NORMAL, 0, deviation);
  cv::Mat sum;
  cv::add(grey, noise, sum, cv::noArray(), CV_32F);
  sum.convertTo(grey, CV_8U);
}

}  // namespace

std::vector<TiltedPicture> PlanTilted(const std::string& folder, const std::vector<TruthRow>& rows,
                                      Tilt tilt, int linear, int matrix) {
  cv::setNumThreads(1);
  const Recipe recipe = RecipeOf(tilt);
  auto pictures = PlanKind(folder, rows, {kLinear.begin(), kLinear.end()}, true, recipe, linear);
  const auto more = PlanKind(folder, rows, {kMatrix.begin(), kMatrix.end()}, false, recipe, matrix);
  pictures.insert(pictures.end(), more.begin(), more.end());
  return pictures;
}

std::string PaintTilted(const std::string& folder, const TiltedPicture& picture) {
  cv::RNG rng(picture.seed * 7919);
  cv::Mat grey = Warped(Scaled(Load(folder, picture.row), picture.scale), picture, rng);
  cv::GaussianBlur(grey, grey, {}, picture.blur_px);
  AddNoise(grey, picture.noise, rng);
  std::vector<uint8_t> bytes;
  cv::imencode(".png", grey, bytes, {cv::IMWRITE_PNG_COMPRESSION, 1});
  return {bytes.begin(), bytes.end()};
}

}  // namespace loopdock::accuracy
