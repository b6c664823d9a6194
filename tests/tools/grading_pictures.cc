// SPDX-License-Identifier: Apache-2.0
// loopdock-grading-pictures FOLDER SCALE: renders devices on their mats, has them measured by the
// real worker and graded by the scale, and writes what a grader sees: the pictures of
// docs/using/grading.md.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <utility>
#include <vector>

#include "services/grading/core/scale.h"
#include "services/vision/pool.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock {
namespace {

constexpr int kWidthPx = 3000;
constexpr int kDrawnPx = 1100;
constexpr int kQuality = 84;
constexpr size_t kBytesMax = 150 << 10;

// The last shot of a plan, which goes through the models in their order.
struct Wish {
  const char* name;
  const char* kind;
  uint64_t seed;
  int model;
};

constexpr Wish kWishes[] = {{"display-scratches", "mixed", 9'302, 0},
                            {"display-crack", "crack", 9'204, 3},
                            {"back-scratches", "mixed", 9'502, 7},
                            {"back-clean", "clean", 9'400, 6}};

vision::v1::Response Ask(vision::VisionPool& pool, const std::string& picture,
                         const vision::v1::Request& request) {
  auto response = pool.Run(picture, request);
  if (response.ok()) return *std::move(response);
  std::fprintf(stderr, "loopdock-grading-pictures: %s\n", response.status().ToString().c_str());
  std::exit(1);
}

// Smaller than the worker's drawing, which is made for a screen, not for a page.
std::string ForThePage(const std::string& jpeg) {
  const cv::Mat drawn =
      cv::imdecode(std::vector<unsigned char>(jpeg.begin(), jpeg.end()), cv::IMREAD_COLOR);
  for (int quality = kQuality;; quality -= 4) {
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", drawn, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
    if (bytes.size() <= kBytesMax || quality < 40) return {bytes.begin(), bytes.end()};
  }
}

void Make(vision::VisionPool& pool, const grading::Scale& scale, const Wish& wish,
          const std::filesystem::path& folder) {
  const render::PlanWish plan{
      .count = wish.model + 1, .seed = wish.seed, .width_px = kWidthPx, .tilt_max_deg = 8};
  const render::Shot shot = render::Plan(wish.kind, plan).back();
  const render::Rendering rendering = render::Render(shot);
  const std::string picture = render::Jpeg(rendering.picture);
  vision::v1::Request measure;
  *measure.mutable_measure() = render::StationKnows(shot, rendering.lens);
  const vision::v1::Measurement measured = Ask(pool, picture, measure).measurement();
  const grading::GradeResult grade = scale.Evaluate(measured, {});
  vision::v1::Request request;
  vision::v1::DrawRequest& draw = *request.mutable_draw();
  *draw.mutable_measurement() = measured;
  for (const int severity : grade.severities) draw.add_severities(severity);
  for (int i = 0; i < measured.defects_size(); ++i) {
    if (measured.defects(i).confidence() < scale.confidence_min()) draw.add_uncounted(i);
  }
  draw.set_title(grade.reasons.empty() ? grade.grade : grade.reasons.front());
  draw.set_long_side_px(kDrawnPx);
  const std::string drawn = ForThePage(Ask(pool, picture, request).drawing().jpeg());
  const auto path = folder / (std::string(wish.name) + ".jpg");
  std::ofstream(path, std::ios::binary) << drawn;
  std::printf("%s: %s, %d defects, %zu bytes: %s\n", path.c_str(), shot.model->name.c_str(),
              measured.defects_size(), drawn.size(), draw.title().c_str());
}

}  // namespace
}  // namespace loopdock

int main(int argc, char** argv) {
  using namespace loopdock;
  if (argc != 3) {
    std::fprintf(stderr, "usage: loopdock-grading-pictures FOLDER SCALE\n");
    return 2;
  }
  cv::setNumThreads(1);
  std::ifstream file(argv[2], std::ios::binary);
  const auto scale = grading::Scale::Parse(std::string(std::istreambuf_iterator<char>(file), {}));
  auto pool = vision::VisionPool::Create({.workers = 1});
  if (!scale.ok() || !pool.ok()) {
    std::fprintf(stderr, "loopdock-grading-pictures: %s\n",
                 (scale.ok() ? pool.status() : scale.status()).ToString().c_str());
    return 1;
  }
  std::filesystem::create_directories(argv[1]);
  for (const Wish& wish : kWishes) Make(**pool, *scale, wish, argv[1]);
  return 0;
}
