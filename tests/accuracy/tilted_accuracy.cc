// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/tilted_accuracy.h"

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

#include "services/vision/pool.h"
#include "tests/accuracy/decode_counts.h"
#include "tests/accuracy/picture_reading.h"
#include "tests/accuracy/tilted_pictures.h"

namespace loopdock::accuracy {
namespace {

constexpr int kLinearCount = 144;
constexpr int kMatrixCount = 48;

struct Suite {
  const char* name;
  Tilt tilt;
  std::vector<TiltedPicture> pictures;
};

struct Kind {
  Counts counts;
  std::vector<double> times;
};

void Keep(const std::string& folder, const Suite& suite, size_t number, const std::string& bytes) {
  std::ofstream file(folder + "/" + suite.name + "-" + std::to_string(number) + ".png",
                     std::ios::binary);
  file << bytes;
}

void PrintDoubtful(const Suite& suite, size_t number, const Reading& reading,
                   const Counts& counts) {
  const char* what = counts.Doubt();
  if (what == nullptr) return;
  const TiltedPicture& picture = suite.pictures[number];
  std::printf("%s\t%s-%zu\t%s\t%s\t%.0f degrees, scale %.2f, blur %.1f\ttruth=%s\t%s%s\t%.0f ms\n",
              what, suite.name, number, picture.row.symbology.c_str(), picture.row.path.c_str(),
              picture.degrees, picture.scale, picture.blur_px, picture.row.text.c_str(),
              reading.error.c_str(), reading.shown().c_str(), reading.ms);
}

bool HoldKind(const Budgets& budgets, const std::string& name, const Kind& kind) {
  PrintCounts(name, kind.counts);
  std::printf("  worker time: mean %.1f ms, median %.1f ms, 95 of 100 within %.1f ms\n",
              Mean(kind.times), Percentile(kind.times, 0.5), Percentile(kind.times, 0.95));
  bool ok = budgets.Hold("tilted", name + "_pictures_min", kind.counts.pictures);
  ok &= budgets.Hold("tilted", name + "_correct_min", kind.counts.correct);
  ok &= budgets.Hold("tilted", name + "_wrong_max", kind.counts.wrong);
  return ok;
}

bool RunSuite(const TiltedRunOptions& options, const Suite& suite, const Budgets& budgets) {
  vision::PoolOptions pool_options;
  pool_options.workers = kReadingWorkers;
  auto pool = vision::VisionPool::Create(pool_options);
  if (!pool.ok()) {
    std::fprintf(stderr, "tilted: %s\n", std::string(pool.status().message()).c_str());
    return false;
  }
  const std::string folder = options.decode.data + "/barcodes";
  const auto readings = ReadPictures(**pool, suite.name, suite.pictures.size(), [&](size_t i) {
    std::string bytes = PaintTilted(folder, suite.pictures[i]);
    if (!options.keep.empty()) Keep(options.keep, suite, i, bytes);
    return bytes;
  });
  const PictureNotes seconds = LoadPictureNotes(options.decode.lists + "second_symbols.tsv");
  Kind linear;
  Kind matrix;
  for (size_t i = 0; i < readings.size(); ++i) {
    const Counts counts = Judge(suite.pictures[i].row, readings[i].values(), seconds);
    if (options.decode.verbose) PrintDoubtful(suite, i, readings[i], counts);
    Kind& kind = suite.pictures[i].matrix ? matrix : linear;
    kind.counts += counts;
    kind.times.push_back(readings[i].ms);
  }
  PrintCountsHead("tilted");
  bool ok = HoldKind(budgets, std::string(suite.name) + "_linear", linear);
  ok &= HoldKind(budgets, std::string(suite.name) + "_matrix", matrix);
  return ok;
}

}  // namespace

AccuracyResult RunTilted(const TiltedRunOptions& options, const Budgets& budgets) {
  const std::string folder = options.decode.data + "/barcodes";
  auto rows = LoadManifest(folder + "/manifest.tsv");
  if (!rows.ok()) {
    std::fprintf(stderr, "tilted: %s\n", std::string(rows.status().message()).c_str());
    return {false};
  }
  CompleteTruth(LoadPictureNotes(options.decode.lists + "add_ons.tsv"), *rows);
  // All plans first: they fork, which a process with threads must not.
  std::vector<Suite> suites = {{"easy", Tilt::kEasy, {}}, {"hard", Tilt::kHard, {}}};
  for (Suite& suite : suites) {
    suite.pictures = PlanTilted(folder, *rows, suite.tilt, kLinearCount, kMatrixCount);
  }
  AccuracyResult result;
  for (const Suite& suite : suites) result.ok &= RunSuite(options, suite, budgets);
  return result;
}

}  // namespace loopdock::accuracy
