// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/models.h"

#include <algorithm>
#include <cmath>

namespace loopdock::render {
namespace {

using Shape = Fixture::Shape;

Fixture Disc(double x, double y, double diameter, Colour colour) {
  return {Shape::kRounded,
          {x - diameter / 2, y - diameter / 2, diameter, diameter},
          diameter / 2,
          colour};
}

Fixture Slot(double x, double y, double width, double height, Colour colour) {
  return {Shape::kRounded,
          {x - width / 2, y - height / 2, width, height},
          std::min(width, height) / 2,
          colour};
}

Fixture Plate(cv::Rect2d box, double corner, Colour colour) {
  return {Shape::kRounded, box, corner, colour};
}

Fixture Ring(double x, double y, double diameter, Colour colour) {
  return {
      Shape::kRing, {x - diameter / 2, y - diameter / 2, diameter, diameter}, diameter / 2, colour};
}

constexpr double kDark = 24;
const Colour kBlack(kDark, kDark, kDark);
const Colour kGlass(26, 24, 23);
const Colour kLens(14, 12, 12);
const Colour kLensRing(70, 70, 72);
const Colour kFlash(190, 215, 225);
const Colour kSteel(150, 150, 148);

void AddLens(double x, double y, double diameter, std::vector<Fixture>& fixtures) {
  fixtures.push_back(Disc(x, y, diameter + 1.6, kLensRing));
  fixtures.push_back(Disc(x, y, diameter, kLens));
  fixtures.push_back(Disc(x - diameter * 0.1, y - diameter * 0.12, diameter * 0.35, {40, 28, 26}));
}

DeviceModel Front(std::string name, cv::Size2d size, Colour bezel, double side, double end) {
  DeviceModel model{.name = std::move(name), .shows_display = true};
  model.length_mm = size.width;
  model.width_mm = size.height;
  model.thickness_mm = 8;
  model.corner_mm = 9;
  model.frame = {62, 62, 64};
  model.face = bezel;
  model.display = {-size.width / 2 + end, -size.height / 2 + side, size.width - 2 * end,
                   size.height - 2 * side};
  model.display_corner_mm = std::max(0.5, 7 - side);
  model.display_colour = kGlass;
  model.texture = 0.25;
  return model;
}

DeviceModel Back(std::string name, cv::Size2d size, Colour face, Colour frame) {
  DeviceModel model{.name = std::move(name)};
  model.length_mm = size.width;
  model.width_mm = size.height;
  model.thickness_mm = 8.2;
  model.corner_mm = 10;
  model.frame = frame;
  model.face = face;
  model.texture = 0.6;
  model.gloss = 0.7;
  return model;
}

// A camera module in a plate at the top corner.
void AddModule(double x, double y, double length, double width, int lenses, Colour plate,
               DeviceModel& model) {
  model.fixtures.push_back(Plate({x, y, length, width}, 5, plate));
  for (int i = 0; i < lenses; ++i) {
    const bool low = i % 2 == 1;
    AddLens(x + length * (0.28 + 0.44 * i / std::max(1, lenses - 1)), y + width * (low ? 0.7 : 0.3),
            9, model.fixtures);
  }
  model.fixtures.push_back(Disc(x + length * 0.75, y + width * 0.2, 3.4, kFlash));
}

std::vector<DeviceModel> MakeFronts() {
  DeviceModel slate = Front("slate", {152, 72}, kBlack, 1.6, 2.2);
  slate.fixtures = {Disc(-70, 0, 4.2, kLens), Disc(-70, 0, 2.4, {46, 34, 32}),
                    Slot(-75, 0, 0.7, 11, {48, 48, 50})};
  DeviceModel birch = Front("birch", {144, 71}, {205, 208, 210}, 3.4, 17);
  birch.frame = {172, 174, 176};
  birch.fixtures = {Slot(-64.5, 0, 1.6, 13, {70, 70, 70}), Disc(-64.5, -13, 3, {38, 34, 34}),
                    Ring(63.5, 0, 11, {150, 152, 154})};
  DeviceModel reed = Front("reed", {124, 59}, kBlack, 3, 14);
  reed.thickness_mm = 7.3;
  reed.fixtures = {Slot(-55, 0, 1.4, 10, {60, 60, 60}), Disc(-55, -10, 2.6, {52, 40, 38}),
                   Ring(54.5, 0, 10.6, {62, 62, 64})};
  DeviceModel moss = Front("moss", {158, 76}, {46, 48, 47}, 2.4, 5);
  moss.fixtures = {Slot(-72, 0, 5, 7, {44, 46, 45}), Disc(-71.8, 0, 2.6, kLens),
                   Slot(-77, 0, 0.8, 14, {84, 84, 84})};
  DeviceModel fjord = Front("fjord", {203, 134}, kBlack, 9, 11);
  fjord.thickness_mm = 7.4;
  fjord.corner_mm = 11;
  fjord.frame = {128, 128, 126};
  fjord.fixtures = {Disc(-96.5, 0, 3.2, {50, 40, 38}), Disc(-96.5, 8, 1.4, {36, 34, 34})};
  return {slate, birch, reed, moss, fjord};
}

DeviceModel MakeWideBezel() {
  DeviceModel heron = Front("heron", {200, 136}, {206, 208, 209}, 12, 15);
  heron.thickness_mm = 7.2;
  heron.corner_mm = 10;
  heron.frame = {176, 178, 180};
  heron.fixtures = {Disc(-92.5, 0, 2.6, {50, 40, 38}), Disc(-92.5, 9, 1.4, {120, 116, 116}),
                    Ring(92.5, 0, 9, {150, 152, 154})};
  return heron;
}

std::vector<DeviceModel> MakeBacks() {
  DeviceModel onyx = Back("onyx", {151, 71}, {30, 29, 28}, {70, 70, 72});
  AddModule(-71, 3, 31, 30, 3, {36, 35, 34}, onyx);
  onyx.fixtures.push_back(Ring(0, 0, 12, {74, 74, 76}));
  DeviceModel chalk = Back("chalk", {149, 72}, {214, 216, 216}, kSteel);
  AddModule(-69, 16, 38, 15, 2, {196, 198, 198}, chalk);
  chalk.fixtures.push_back(Slot(8, 0, 22, 4, {168, 170, 170}));
  DeviceModel sea = Back("sea", {146, 70}, {132, 78, 34}, {120, 74, 40});
  AddModule(-68, 2, 28, 28, 2, {112, 66, 30}, sea);
  sea.fixtures.push_back(Disc(2, 0, 10, {176, 140, 110}));
  DeviceModel rust = Back("rust", {157, 75}, {62, 74, 178}, {58, 66, 150});
  rust.texture = 1.1;
  rust.gloss = 0.25;
  rust.fixtures = {Plate({-66, -34, 17, 68}, 8, {30, 30, 32})};
  for (const double y : {-20.0, 0.0, 20.0}) AddLens(-57.5, y, 10, rust.fixtures);
  rust.fixtures.push_back(Slot(52, 0, 4, 24, {96, 106, 200}));
  DeviceModel tin = Back("tin", {143, 70}, {166, 166, 164}, {182, 182, 180});
  tin.texture = 1.3;
  tin.brushed = true;
  tin.gloss = 0.4;
  AddLens(-62, 23, 9, tin.fixtures);
  tin.fixtures.push_back(Disc(-62, 12, 4.2, kFlash));
  for (const double x : {-53.0, 58.0}) {
    tin.fixtures.push_back(Plate({x, -34.2, 1.4, 68.4}, 0.1, {138, 138, 136}));
  }
  tin.fixtures.push_back(Ring(-12, 0, 14, {126, 126, 124}));
  return {onyx, chalk, sea, rust, tin};
}

}  // namespace

const std::vector<DeviceModel>& Models() {
  static const auto& models = *[] {
    auto* all = new std::vector<DeviceModel>(MakeFronts());
    for (DeviceModel& back : MakeBacks()) all->push_back(std::move(back));
    return all;
  }();
  return models;
}

const DeviceModel& WideBezel() {
  static const auto& model = *new DeviceModel(MakeWideBezel());
  return model;
}

std::vector<cv::Point2d> Rounded(const cv::Rect2d& box, double corner_mm) {
  constexpr int kSteps = 16;
  const double r = std::min({corner_mm, box.width / 2, box.height / 2});
  const cv::Point2d centres[] = {{box.br().x - r, box.br().y - r},
                                 {box.x + r, box.br().y - r},
                                 {box.x + r, box.y + r},
                                 {box.br().x - r, box.y + r}};
  std::vector<cv::Point2d> outline;
  for (int quarter = 0; quarter < 4; ++quarter) {
    for (int i = 0; i <= kSteps; ++i) {
      const double angle = CV_PI / 2 * (quarter + static_cast<double>(i) / kSteps);
      outline.push_back(centres[quarter] + r * cv::Point2d(std::cos(angle), std::sin(angle)));
    }
  }
  return outline;
}

std::vector<cv::Point2d> BodyOutline(const DeviceModel& model) {
  return Rounded({-model.length_mm / 2, -model.width_mm / 2, model.length_mm, model.width_mm},
                 model.corner_mm);
}

bool IsPlainBezel(const DeviceModel& model, cv::Point2d at) {
  constexpr double kRimMm = 6;
  constexpr double kDisplayMm = 3.5;
  constexpr double kMiddleShare = 0.28;
  const cv::Point2d from_edge(model.length_mm / 2 - std::abs(at.x),
                              model.width_mm / 2 - std::abs(at.y));
  if (std::min(from_edge.x, from_edge.y) < kRimMm) return false;
  const cv::Rect2d& display = model.display;
  const bool at_end = at.x < display.x - kDisplayMm || at.x > display.br().x + kDisplayMm;
  const bool at_side = at.y < display.y - kDisplayMm || at.y > display.br().y + kDisplayMm;
  if (!at_end && !at_side) return false;
  return std::abs(at_end ? at.y : at.x) > kMiddleShare * model.width_mm;
}

bool IsPlain(const DeviceModel& model, cv::Point2d at, double clear_mm) {
  constexpr double kEndShare = 0.11;
  constexpr double kRimMm = 5.5;
  const cv::Rect2d face =
      model.shows_display
          ? model.display
          : cv::Rect2d(-model.length_mm / 2, -model.width_mm / 2, model.length_mm, model.width_mm);
  const double end = std::max(kEndShare * model.length_mm, kRimMm);
  if (std::abs(at.x) > model.length_mm / 2 - end) return false;
  if (at.x < face.x + kRimMm || at.x > face.br().x - kRimMm) return false;
  if (at.y < face.y + kRimMm || at.y > face.br().y - kRimMm) return false;
  return std::none_of(model.fixtures.begin(), model.fixtures.end(), [&](const Fixture& fixture) {
    return at.x > fixture.box.x - clear_mm && at.x < fixture.box.br().x + clear_mm &&
           at.y > fixture.box.y - clear_mm && at.y < fixture.box.br().y + clear_mm;
  });
}

}  // namespace loopdock::render
