// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/defects.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::render {
namespace {

using Kind = RenderedDefect::Kind;

constexpr int kTries = 400;

cv::Point2d Direction(double angle) { return {std::cos(angle), std::sin(angle)}; }

double PathLength(const Path& path, bool closed) {
  double length = 0;
  for (size_t i = 1; i < path.size(); ++i) length += cv::norm(path[i] - path[i - 1]);
  return closed ? length + cv::norm(path.front() - path.back()) : length;
}

cv::Point2d AnyPoint(const DeviceModel& model, cv::RNG& rng) {
  return {rng.uniform(-model.length_mm / 2, model.length_mm / 2),
          rng.uniform(-model.width_mm / 2, model.width_mm / 2)};
}

// An arc of steps of a quarter millimetre.
Path Arc(cv::Point2d from, double angle, double bend, double length_mm) {
  const int steps = std::max(4, static_cast<int>(std::lround(length_mm * 4)));
  Path path = {from};
  for (int i = 0; i < steps; ++i) {
    const double here = angle + bend * (i + 0.5) / steps;
    path.push_back(path.back() + length_mm / steps * Direction(here));
  }
  return path;
}

bool AllPlain(const DeviceModel& model, const Path& path) {
  return std::all_of(path.begin(), path.end(),
                     [&](cv::Point2d at) { return IsPlain(model, at, 2); });
}

// Light along a line: slow waves, never below a quarter of the full contrast.
class Waves {
 public:
  Waves(double unsteady, uint64_t seed) : unsteady_(unsteady) {
    cv::RNG rng(seed * 31 + 7);
    for (int i = 0; i < 4; ++i) {
      rate_[i] = rng.uniform(0.3, 2.2);
      phase_[i] = rng.uniform(0.0, 2 * CV_PI);
    }
  }
  double At(double along_mm) const {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += std::sin(rate_[i] * along_mm + phase_[i]);
    return std::max(0.25, 1 + unsteady_ * sum / 2.5);
  }

 private:
  double unsteady_;
  double rate_[4];
  double phase_[4];
};

double Ramp(double px) { return std::clamp(px + 0.5, 0.0, 1.0); }

// One straight piece in pixels. Ends that are ends of the whole line are cut square, others round,
// so that neighbours join without a gap.
struct Piece {
  cv::Point2d from;
  cv::Point2d to;
  bool first = false;
  bool last = false;
  double half_width = 0;
  double level = 0;
};

double Coverage(const Piece& piece, cv::Point2d at) {
  const cv::Point2d along = piece.to - piece.from;
  const double length = cv::norm(along);
  const cv::Point2d unit = along / length;
  const double t = (at - piece.from).dot(unit);
  double across = std::abs((at - piece.from).cross(unit));
  double ends = 1;
  if (piece.first) ends *= Ramp(t);
  if (piece.last) ends *= Ramp(length - t);
  if (t < 0 && !piece.first) across = cv::norm(at - piece.from);
  if (t > length && !piece.last) across = cv::norm(at - piece.to);
  // A line thinner than a pixel covers a part of it.
  const double left = std::clamp(across - 0.5, -piece.half_width, piece.half_width);
  const double right = std::clamp(across + 0.5, -piece.half_width, piece.half_width);
  return ends * (right - left);
}

// Where pieces overlap the stronger counts, so that a joint is no brighter than its line.
void AddPiece(const Piece& piece, cv::Mat& light) {
  const double reach = piece.half_width + 2;
  const cv::Rect all(0, 0, light.cols, light.rows);
  const cv::Point low(static_cast<int>(std::floor(std::min(piece.from.x, piece.to.x) - reach)),
                      static_cast<int>(std::floor(std::min(piece.from.y, piece.to.y) - reach)));
  const cv::Point high(static_cast<int>(std::ceil(std::max(piece.from.x, piece.to.x) + reach)),
                       static_cast<int>(std::ceil(std::max(piece.from.y, piece.to.y) + reach)));
  const cv::Rect box = cv::Rect(low, high) & all;
  for (int y = box.y; y < box.br().y; ++y) {
    for (int x = box.x; x < box.br().x; ++x) {
      const double level = piece.level * Coverage(piece, cv::Point2d(x, y));
      float& out = light.at<float>(y, x);
      if (std::abs(level) > std::abs(out)) out = static_cast<float>(level);
    }
  }
}

void AddLine(const RenderedDefect& defect, const Path& path, const Waves& waves,
             cv::Point2d origin_mm, double px_per_mm, double light_from_deg, cv::Mat& light) {
  double along_mm = 0;
  const double lamp = light_from_deg * CV_PI / 180;
  for (size_t i = 1; i < path.size(); ++i) {
    const cv::Point2d step = path[i] - path[i - 1];
    const double length = cv::norm(step);
    if (length <= 0) continue;
    // A groove across the light shines more than one along it.
    const double glint = 0.7 + 0.3 * std::abs(step.cross(Direction(lamp))) / length;
    Piece piece{(path[i - 1] + origin_mm) * px_per_mm, (path[i] + origin_mm) * px_per_mm};
    piece.first = i == 1;
    piece.last = i + 1 == path.size();
    piece.half_width = defect.width_mm / 2 * px_per_mm;
    piece.level = defect.contrast * glint * waves.At(along_mm + length / 2);
    AddPiece(piece, light);
    along_mm += length;
  }
}

// Where an outline is, in the pixels of a texture.
struct Patch {
  cv::Rect box;
  // 0 to 1, of the box's size.
  cv::Mat cover;
};

Patch Cover(const Path& outline_mm, double soft_mm, cv::Point2d origin_mm, double px_per_mm,
            cv::Size size) {
  constexpr int kBits = 4;
  std::vector<cv::Point> outline;
  for (const cv::Point2d& at : outline_mm) {
    outline.emplace_back((at + origin_mm) * px_per_mm * (1 << kBits));
  }
  std::vector<cv::Point> coarse;
  for (const cv::Point& at : outline) coarse.emplace_back(at / (1 << kBits));
  const int soft = static_cast<int>(px_per_mm * soft_mm);
  Patch patch{cv::boundingRect(coarse), {}};
  patch.box -= cv::Point(soft + 3, soft + 3);
  patch.box += cv::Size(2 * soft + 6, 2 * soft + 6);
  patch.box &= cv::Rect(cv::Point(0, 0), size);
  if (patch.box.empty()) return patch;
  for (cv::Point& at : outline) at -= patch.box.tl() * (1 << kBits);
  cv::Mat filled = cv::Mat::zeros(patch.box.size(), CV_8U);
  cv::fillPoly(filled, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(255), cv::LINE_AA,
               kBits);
  filled.convertTo(patch.cover, CV_32F, 1.0 / 255);
  if (soft > 0) cv::GaussianBlur(patch.cover, patch.cover, {}, soft / 3.0);
  return patch;
}

void AddPatch(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
              cv::Mat& light) {
  const double soft = defect.kind == Kind::kStain ? 1.2 : 0;
  const Patch patch = Cover(defect.paths.front(), soft, origin_mm, px_per_mm, light.size());
  if (!patch.box.empty()) light(patch.box) += patch.cover * defect.contrast;
}

cv::Point2d Middle(const Path& outline) {
  cv::Point2d sum;
  for (const cv::Point2d& at : outline) sum += at;
  return sum / static_cast<double>(outline.size());
}

double Diameter(const Path& outline) {
  double area = 0;
  for (size_t i = 0; i < outline.size(); ++i) {
    area += outline[i].cross(outline[(i + 1) % outline.size()]) / 2;
  }
  return 2 * std::sqrt(std::abs(area) / CV_PI);
}

// A hollow whose depth falls off as a bell: what slopes to the lamp shines, what slopes away is
// dark, both at most a quarter of the diameter from the middle.
void AddDent(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
             double light_from_deg, cv::Mat& light) {
  const Path& outline = defect.paths.front();
  const cv::Point2d middle = (Middle(outline) + origin_mm) * px_per_mm;
  const double sigma = Diameter(outline) / 4 * px_per_mm;
  const cv::Point2d lamp = Direction(light_from_deg * CV_PI / 180);
  const int reach = static_cast<int>(4 * sigma);
  const cv::Rect box = cv::Rect(static_cast<int>(middle.x) - reach,
                                static_cast<int>(middle.y) - reach, 2 * reach, 2 * reach) &
                       cv::Rect(cv::Point(0, 0), light.size());
  for (int y = box.y; y < box.br().y; ++y) {
    for (int x = box.x; x < box.br().x; ++x) {
      const cv::Point2d from = (cv::Point2d(x, y) - middle) / sigma;
      light.at<float>(y, x) -=
          static_cast<float>(defect.contrast * from.dot(lamp) * std::exp(0.5 - from.dot(from) / 2));
    }
  }
}

// Facets of about a third of a millimetre, each turned another way.
void AddFacets(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
               cv::Mat& light) {
  const cv::Point2d middle = Middle(defect.paths.front());
  Path around;
  for (const cv::Point2d& at : defect.paths.front()) {
    around.push_back(middle + 1.3 * (at - middle));
  }
  const Patch patch = Cover(around, 0, origin_mm, px_per_mm, light.size());
  if (patch.box.empty()) return;
  const double facet = px_per_mm / 3;
  cv::Mat turned(static_cast<int>(patch.box.height / facet) + 1,
                 static_cast<int>(patch.box.width / facet) + 1, CV_32F);
  cv::RNG rng(defect.seed * 7 + 3);
  rng.fill(turned, cv::RNG::UNIFORM, -0.3, 1.0);
  cv::Mat facets;
  cv::resize(turned, facets, patch.box.size(), 0, 0, cv::INTER_NEAREST);
  light(patch.box) += patch.cover.mul(facets) * defect.contrast;
}

Path Blob(cv::Point2d centre, double diameter_mm, double uneven, cv::RNG& rng) {
  const double phase = rng.uniform(0.0, 2 * CV_PI);
  const double stretch = rng.uniform(0.8, 1.25);
  Path outline;
  for (int i = 0; i < 60; ++i) {
    const double angle = 2 * CV_PI * i / 60;
    const double radius =
        diameter_mm / 2 *
        (1 + uneven * std::sin(3 * angle + phase) + uneven / 2 * std::sin(7 * angle + 2 * phase));
    outline.push_back(centre +
                      radius * cv::Point2d(stretch * std::cos(angle), std::sin(angle) / stretch));
  }
  return outline;
}

// A way along the rim of the face.
class Rim {
 public:
  Rim(std::vector<cv::Point2d> outline, double start_mm)
      : outline_(std::move(outline)), start_mm_(start_mm) {}

  // That far from where it begins, and that deep inside.
  cv::Point2d At(double along_mm, double depth_mm = 0) const {
    double left = std::fmod(start_mm_ + along_mm, PathLength(outline_, true));
    for (size_t i = 0; i < outline_.size(); ++i) {
      const cv::Point2d step = outline_[(i + 1) % outline_.size()] - outline_[i];
      const double length = cv::norm(step);
      if (length <= 0 || left > length) {
        left -= length;
        continue;
      }
      // The outline runs clockwise in a picture, so inside is to its right.
      const cv::Point2d inwards = cv::Point2d(-step.y, step.x) / length;
      return outline_[i] + step * (left / length) + depth_mm * inwards;
    }
    return outline_.front();
  }

 private:
  std::vector<cv::Point2d> outline_;
  double start_mm_;
};

// Along which nothing lies near the middle of an end, where ports and slots are.
Rim AnyRim(const DeviceModel& model, double length_mm, cv::RNG& rng) {
  const std::vector<cv::Point2d> outline = BodyOutline(model);
  const double around = PathLength(outline, true);
  for (int i = 0; i < kTries; ++i) {
    const Rim rim(outline, rng.uniform(0.0, around));
    bool plain = true;
    for (double along = 0; along <= length_mm && plain; along += 1) {
      const cv::Point2d at = rim.At(along);
      plain = std::abs(at.y) > 0.28 * model.width_mm;
    }
    if (plain) return rim;
  }
  return {outline, 0};
}

// Damage on a dark surface shines; on a light one it shows dark or, less, lighter.
double Signed(const Colour& colour, double contrast, cv::RNG& rng) {
  const bool light = (colour[0] + colour[1] + colour[2]) / 3 > 120;
  return light && rng.uniform(0.0, 1.0) < 0.8 ? -contrast : contrast;
}

}  // namespace

std::string KindName(Kind kind) {
  constexpr const char* kNames[] = {"scratch", "crack",          "chip", "stain",       "dust",
                                    "dent",    "discolouration", "wear", "missing_part"};
  return kNames[static_cast<size_t>(kind)];
}

double LengthMm(const RenderedDefect& defect) {
  const bool closed = defect.kind != Kind::kScratch && defect.kind != Kind::kCrack;
  double length = 0;
  for (const Path& path : defect.paths) length += PathLength(path, closed);
  return length;
}

RenderedDefect MakeScratch(const DeviceModel& model, const ScratchWish& wish, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect scratch{.kind = Kind::kScratch, .width_mm = wish.width_mm, .seed = seed};
  scratch.contrast =
      Signed(wish.in_bezel || !model.shows_display ? model.face : model.display_colour,
             wish.contrast, rng);
  scratch.unsteady = rng.uniform(0.1, 0.45);
  for (int i = 0; i < kTries; ++i) {
    const double bend = rng.uniform(0, 3) == 0 ? 0 : rng.uniform(-0.35, 0.35);
    const Path path = Arc(AnyPoint(model, rng), rng.uniform(0.0, 2 * CV_PI), bend, wish.length_mm);
    const bool plain = std::all_of(path.begin(), path.end(), [&](cv::Point2d at) {
      return wish.in_bezel ? IsPlainBezel(model, at) : IsPlain(model, at, 2);
    });
    if (!plain) continue;
    scratch.paths = {path};
    break;
  }
  return scratch;
}

RenderedDefect MakeCrackWeb(const DeviceModel& model, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect web{.kind = Kind::kCrack, .width_mm = rng.uniform(0.12, 0.3), .seed = seed};
  web.contrast = Signed(model.shows_display ? model.display_colour : model.face,
                        rng.uniform(45.0, 110.0), rng);
  web.unsteady = 0.35;
  cv::Point2d impact;
  for (int i = 0; i < kTries; ++i) {
    impact = AnyPoint(model, rng);
    if (IsPlain(model, impact, 4)) break;
  }
  const int rays = rng.uniform(7, 13);
  const double reach = rng.uniform(0.3, 0.6) * model.width_mm;
  constexpr size_t kSteps = 9;
  for (int ray = 0; ray < rays; ++ray) {
    double angle = 2 * CV_PI * ray / rays + rng.uniform(-0.18, 0.18);
    const double step = reach * rng.uniform(0.6, 1.2) / kSteps;
    Path path = {impact};
    for (size_t i = 0; i < kSteps; ++i) {
      angle += rng.uniform(-0.22, 0.22);
      path.push_back(path.back() + step * Direction(angle));
    }
    web.paths.push_back(path);
  }
  for (size_t ray = 0; ray < static_cast<size_t>(rays); ++ray) {
    const Path here = web.paths[ray];
    const Path next = web.paths[(ray + 1) % static_cast<size_t>(rays)];
    for (const size_t ring : {size_t{2}, size_t{4}, size_t{7}}) {
      if (rng.uniform(0.0, 1.0) < 0.7) web.paths.push_back({here[ring], next[ring]});
    }
  }
  return web;
}

RenderedDefect MakeChip(const DeviceModel& model, double diameter_mm, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect chip{.kind = Kind::kChip, .seed = seed};
  chip.contrast = Signed(model.shows_display ? model.display_colour : model.face,
                         rng.uniform(50.0, 110.0), rng);
  const Rim rim = AnyRim(model, 0, rng);
  chip.paths = {Blob(rim.At(0), diameter_mm, 0.2, rng)};
  return chip;
}

RenderedDefect MakeDent(const DeviceModel& model, double diameter_mm, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect dent{.kind = Kind::kDent, .seed = seed};
  dent.contrast = rng.uniform(10.0, 26.0);
  for (int i = 0; i < kTries; ++i) {
    const Path outline = Blob(AnyPoint(model, rng), diameter_mm, 0, rng);
    if (!AllPlain(model, outline)) continue;
    dent.paths = {outline};
    break;
  }
  return dent;
}

RenderedDefect MakeDiscolouration(const DeviceModel& model, double diameter_mm, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect faded{.kind = Kind::kDiscolouration, .seed = seed};
  // Yellowed, bleached, or dark as where a case held dirt.
  const float much = rng.uniform(0.09F, 0.2F);
  const Colour tints[] = {{1 - 1.4F * much, 1 - 0.4F * much, 1},
                          {1 + 1.6F * much, 1 + 1.2F * much, 1 + 0.8F * much},
                          {1 - 0.9F * much, 1 - 0.9F * much, 1 - 0.8F * much}};
  faded.tint = tints[rng.uniform(0, 3)];
  for (int i = 0; i < kTries; ++i) {
    const Path outline = Blob(AnyPoint(model, rng), diameter_mm, 0.12, rng);
    if (!AllPlain(model, outline)) continue;
    faded.paths = {outline};
    break;
  }
  return faded;
}

RenderedDefect MakeWear(const DeviceModel& model, double length_mm, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect wear{.kind = Kind::kWear, .seed = seed};
  const float bare = rng.uniform(175.0F, 225.0F);
  wear.tint = {bare, bare, bare};
  wear.unsteady = rng.uniform(0.3, 0.7);
  const Rim rim = AnyRim(model, length_mm, rng);
  const double depth_mm = rng.uniform(1.2, 2.6);
  constexpr int kSteps = 40;
  Path outline;
  for (int i = 0; i <= kSteps; ++i) outline.push_back(rim.At(length_mm * i / kSteps));
  // The inner border comes back to the edge at both ends.
  for (int i = kSteps; i >= 0; --i) {
    const double inner = depth_mm * std::sin(CV_PI * i / kSteps) * rng.uniform(0.8, 1.0);
    outline.push_back(rim.At(length_mm * i / kSteps, inner));
  }
  wear.paths = {outline};
  return wear;
}

RenderedDefect MakeStain(const DeviceModel& model, double diameter_mm, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect stain{.kind = Kind::kStain, .seed = seed};
  stain.contrast =
      Signed(model.shows_display ? model.display_colour : model.face, rng.uniform(22.0, 45.0), rng);
  for (int i = 0; i < kTries; ++i) {
    const Path outline = Blob(AnyPoint(model, rng), diameter_mm, 0.15, rng);
    if (!AllPlain(model, outline)) continue;
    stain.paths = {outline};
    break;
  }
  return stain;
}

RenderedDefect MakeMissingPart(const DeviceModel& model) {
  RenderedDefect hole{.kind = Kind::kMissingPart, .tint = {12, 12, 12}};
  const cv::Rect2d& box = model.fixtures.back().box;
  hole.paths = {Rounded(box, std::min(box.width, box.height) / 2)};
  return hole;
}

RenderedDefect MakeDust(const DeviceModel& model, uint64_t seed) {
  cv::RNG rng(seed);
  RenderedDefect dust{.kind = Kind::kDust, .seed = seed};
  dust.contrast = rng.uniform(20.0, 70.0);
  dust.paths = {Blob(AnyPoint(model, rng) * 0.96, rng.uniform(0.05, 0.2), 0.2, rng)};
  return dust;
}

void AddLight(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
              double light_from_deg, cv::Mat& light) {
  const bool lines = defect.kind == Kind::kScratch || defect.kind == Kind::kCrack;
  uint64_t seed = defect.seed;
  for (const Path& path : defect.paths) {
    if (lines) {
      const Waves waves(defect.unsteady, seed++);
      AddLine(defect, path, waves, origin_mm, px_per_mm, light_from_deg, light);
    } else if (defect.kind == Kind::kDent) {
      AddDent(defect, origin_mm, px_per_mm, light_from_deg, light);
    } else if (defect.kind == Kind::kChip) {
      AddFacets(defect, origin_mm, px_per_mm, light);
    } else if (defect.kind == Kind::kStain || defect.kind == Kind::kDust) {
      AddPatch(defect, origin_mm, px_per_mm, light);
    }
  }
}

void AddColour(const RenderedDefect& defect, cv::Point2d origin_mm, double px_per_mm,
               cv::Mat& inside, cv::Mat& colour) {
  const bool bare = defect.kind == Kind::kWear || defect.kind == Kind::kMissingPart;
  const bool tints = bare || defect.kind == Kind::kDiscolouration;
  if ((!tints && defect.kind != Kind::kChip) || defect.paths.empty()) return;
  const double soft = defect.kind == Kind::kDiscolouration ? 1.5
                      : defect.kind == Kind::kWear         ? 0.4
                                                           : 0;
  const Patch patch = Cover(defect.paths.front(), soft, origin_mm, px_per_mm, inside.size());
  cv::RNG rng(defect.seed * 11 + 5);
  for (int y = 0; y < patch.cover.rows; ++y) {
    for (int x = 0; x < patch.cover.cols; ++x) {
      const float cover = patch.cover.at<float>(y, x);
      if (cover <= 0) continue;
      const cv::Point at = cv::Point(x, y) + patch.box.tl();
      if (!tints) {
        auto& in = inside.at<uchar>(at);
        in = cv::saturate_cast<uchar>((1 - cover) * static_cast<float>(in));
        continue;
      }
      auto& pixel = colour.at<cv::Vec3b>(at);
      // Paint comes off in spots.
      const float share =
          cover * (1 - static_cast<float>(rng.uniform(0.0, std::max(1e-9, defect.unsteady))));
      for (int c = 0; c < 3; ++c) {
        const float now = static_cast<float>(pixel[c]);
        const float then = bare ? defect.tint[c] : now * defect.tint[c];
        pixel[c] = cv::saturate_cast<uchar>(now + share * (then - now));
      }
    }
  }
}

}  // namespace loopdock::render
