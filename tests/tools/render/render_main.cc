// SPDX-License-Identifier: Apache-2.0
// loopdock-render FOLDER [--kind KIND] [--count N] [--seed N] [--width N] [--tilt DEG]
// Writes pictures of invented devices on their mats, and truth.json: what is in them, in
// millimetres and pixels, with the mat, the lens and the thickness that a station would know.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core/utility.hpp>
#include <string>

#include "services/vision/sheet/board_layout.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock::render {
namespace {

using Json = nlohmann::ordered_json;

Json Points(const std::vector<cv::Point2d>& points) {
  Json list = Json::array();
  for (const cv::Point2d& at : points) {
    list.push_back({std::round(at.x * 100) / 100, std::round(at.y * 100) / 100});
  }
  return list;
}

Json Truth(const Shot& shot, const Rendering& rendering, const std::string& file) {
  Json defects = Json::array();
  for (size_t i = 0; i < shot.defects.size(); ++i) {
    const RenderedDefect& defect = shot.defects[i];
    Json paths = Json::array();
    for (const Path& path : rendering.defects[i]) paths.push_back(Points(path));
    defects.push_back({{"type", KindName(defect.kind)},
                       {"length_mm", LengthMm(defect)},
                       {"width_mm", defect.width_mm},
                       {"contrast", defect.contrast},
                       {"paths_px", paths}});
  }
  const auto& lens = rendering.lens;
  return {{"file", file},
          {"model", shot.model->name},
          {"display", shot.model->shows_display},
          {"seed", shot.seed},
          {"mat", vision::BoardName(shot.mat)},
          {"body_mm", {shot.model->length_mm, shot.model->width_mm, shot.model->thickness_mm}},
          {"tilt_deg", shot.camera.tilt_deg},
          {"mm_per_px", rendering.mm_per_px},
          {"lens", {lens.fx(), lens.fy(), lens.cx(), lens.cy()}},
          {"outline_px", Points(rendering.outline)},
          {"defects", defects}};
}

void WriteAll(const std::filesystem::path& folder, const std::vector<Shot>& shots) {
  std::filesystem::create_directories(folder);
  Json all = Json::array();
  for (size_t i = 0; i < shots.size(); ++i) {
    char name[64];
    std::snprintf(name, sizeof name, "%03zu-%s.jpg", i, shots[i].model->name.c_str());
    const Rendering rendering = Render(shots[i]);
    std::ofstream(folder / name, std::ios::binary) << Jpeg(rendering.picture);
    all.push_back(Truth(shots[i], rendering, name));
  }
  std::ofstream(folder / "truth.json") << all.dump(1) << "\n";
}

}  // namespace
}  // namespace loopdock::render

int main(int argc, char** argv) {
  CLI::App app("Renders pictures of invented devices with known damage.");
  std::string folder;
  std::string kind = "mixed";
  loopdock::render::PlanWish wish{.count = 20};
  app.add_option("folder", folder, "where the pictures go")->required();
  app.add_option("--kind", kind, "what to render")
      ->check(CLI::IsMember({"clean", "scratch", "crack", "mixed", "repeat", "chip", "dent",
                             "discolouration", "wear", "missing"}));
  app.add_option("--count", wish.count, "how many pictures")->check(CLI::Range(1, 10000));
  app.add_option("--seed", wish.seed, "of the first picture");
  app.add_option("--width", wish.width_px, "of a picture, in pixels")->check(CLI::Range(640, 8000));
  app.add_option("--tilt", wish.tilt_max_deg, "how far the camera leans at most")
      ->check(CLI::Range(0.0, 40.0));
  CLI11_PARSE(app, argc, argv);
  cv::setNumThreads(1);
  std::printf("seed %llu\n", static_cast<unsigned long long>(wish.seed));
  loopdock::render::WriteAll(folder, loopdock::render::Plan(kind, wish));
  return 0;
}
