// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/screens_accuracy.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "services/common/status.h"
#include "services/grading/core/scale.h"
#include "services/vision/pool.h"
#include "tests/accuracy/screens_roc.h"

namespace loopdock::accuracy {
namespace {

constexpr int kDeadlineMs = 20'000;
constexpr int kResamplings = 2000;

struct Picture {
  std::string name;
  std::string path;
  // "good", or the kind by its name: "Oil", "Scr", "Sta".
  std::string kind;
};

struct Outcome {
  std::optional<double> score;
  std::string error;
  double ms = 0;
  bool retake = false;
  // Of the heaviest defect.
  std::string type;
  grading::GradeResult grade;
  int defects = 0;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<Picture> ListPictures(const std::string& folder) {
  std::vector<Picture> pictures;
  for (const std::string part : {"good", "defect"}) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/" + part, error)) {
      const std::string name = entry.path().filename().string();
      pictures.push_back({name, entry.path().string(), part == "good" ? part : name.substr(0, 3)});
    }
  }
  std::sort(pictures.begin(), pictures.end(),
            [](const Picture& a, const Picture& b) { return a.path < b.path; });
  return pictures;
}

Outcome MeasurePicture(vision::VisionPool& pool, const grading::Scale& scale, double um_per_px,
                       const std::string& path) {
  vision::v1::Request request;
  request.set_deadline_ms(kDeadlineMs);
  request.mutable_measure()->set_um_per_px(um_per_px);
  Outcome outcome;
  const auto response = pool.Run(ReadFile(path), request);
  if (!response.ok()) {
    outcome.error = common::ReasonOf(response.status());
    return outcome;
  }
  const vision::v1::Measurement& measurement = response->measurement();
  outcome.score = measurement.score();
  outcome.ms = response->worker_ms();
  outcome.retake = !measurement.quality().passed();
  outcome.defects = measurement.defects_size();
  if (outcome.defects > 0) outcome.type = grading::DefectTypeName(measurement.defects(0).type());
  outcome.grade = scale.Evaluate(measurement, {});
  return outcome;
}

struct Tally {
  std::map<std::string, Scores> by_kind;
  std::map<std::string, std::map<std::string, int>> grades;
  Scores all;
  std::vector<double> times;
  int retakes = 0;
  int damaged = 0;
  int kind_right = 0;
  // Of the clean ones that the gate let pass.
  int clean_graded = 0;
  int clean_right = 0;
  int errors = 0;
};

bool KindRight(const std::string& kind, const std::string& type) {
  return kind == "Scr" ? type == "scratch" : type == "stain";
}

// What a clean device gets at least: better ones need answers that no picture gives.
bool IsCleanGrade(const std::string& grade) {
  return grade.size() == 2 && grade[1] >= '6' && grade[1] <= '9';
}

void Count(const Picture& picture, const Outcome& outcome, Tally& tally) {
  const std::string& grade = outcome.grade.grade;
  if (picture.kind == "good") {
    tally.all.clean.push_back(outcome.score);
    tally.clean_graded += outcome.retake ? 0 : 1;
    tally.clean_right += !outcome.retake && IsCleanGrade(grade) ? 1 : 0;
  } else {
    tally.all.damaged.push_back(outcome.score);
    tally.by_kind[picture.kind].damaged.push_back(outcome.score);
    ++tally.damaged;
    tally.kind_right += KindRight(picture.kind, outcome.type) ? 1 : 0;
  }
  ++tally.grades[picture.kind][grade == "C0" ? "C0 " + outcome.grade.reason : grade];
  tally.retakes += outcome.retake ? 1 : 0;
  tally.errors += outcome.error.empty() ? 0 : 1;
  tally.times.push_back(outcome.ms);
}

void PrintRoc(const std::string& name, const Scores& scores) {
  const Interval interval = RocAreaInterval(scores, kResamplings);
  const int all = static_cast<int>(scores.damaged.size());
  const int found = FoundAtNoFalseAlarm(scores);
  const Interval share = ShareInterval(found, all);
  std::printf("%-10s %8d %10.4f (%.3f to %.3f) %8d of %-3d (%.2f to %.2f)\n", name.c_str(), all,
              RocArea(scores), interval.low, interval.high, found, all, share.low, share.high);
}

void PrintTable(Tally& tally) {
  std::printf("\n%-10s %8s %27s %31s\n", "screens", "pictures", "ROC area, damaged/clean",
              "found at no false alarm");
  for (auto& [kind, scores] : tally.by_kind) {
    scores.clean = tally.all.clean;
    PrintRoc(kind, scores);
  }
  PrintRoc("all", tally.all);
  for (const auto& [kind, grades] : tally.grades) {
    std::printf("%-10s", kind.c_str());
    for (const auto& [grade, count] : grades) std::printf("  %d x %s", count, grade.c_str());
    std::printf("\n");
  }
  const Interval right = ShareInterval(tally.clean_right, tally.clean_graded);
  std::printf("clean, at the given scale C6 or better: %d of %d (%.2f to %.2f)\n",
              tally.clean_right, tally.clean_graded, right.low, right.high);
  std::sort(tally.times.begin(), tally.times.end());
  std::printf("worker time: median %.1f ms, longest %.1f ms; %d to retake, %d errors\n",
              tally.times[tally.times.size() / 2], tally.times.back(), tally.retakes, tally.errors);
}

}  // namespace

AccuracyResult RunScreens(const ScreensRunOptions& options, const Budgets& budgets) {
  const std::vector<Picture> pictures = ListPictures(options.data + "/screens");
  const auto scale = grading::Scale::Parse(ReadFile(options.scale_file));
  auto pool = vision::VisionPool::Create({});
  if (pictures.empty() || !scale.ok() || !pool.ok()) {
    const std::string problem =
        pictures.empty() ? "no picture in " + options.data + "/screens"
                         : std::string((scale.ok() ? pool.status() : scale.status()).message());
    std::fprintf(stderr, "screens: %s\n", problem.c_str());
    return {false};
  }
  Tally tally;
  for (const Picture& picture : pictures) {
    const Outcome outcome = MeasurePicture(**pool, *scale, options.um_per_px, picture.path);
    Count(picture, outcome, tally);
    if (options.verbose) {
      std::printf("%-14s score %8.1f  %-3s %-14s %3d defects  %-8s %6.1f ms %s\n",
                  picture.name.c_str(), outcome.score.value_or(-1), outcome.grade.grade.c_str(),
                  outcome.grade.reason.c_str(), outcome.defects, outcome.type.c_str(), outcome.ms,
                  outcome.error.c_str());
    }
  }
  PrintTable(tally);
  const auto share = [](int part, size_t all) { return all == 0 ? 0.0 : part / double(all); };
  AccuracyResult result;
  result.ok &= budgets.Hold("screens", "pictures_min", static_cast<double>(pictures.size()));
  result.ok &= budgets.Hold("screens", "roc_area_min", RocArea(tally.all));
  result.ok &= budgets.Hold("screens", "found_at_no_false_alarm_min",
                            share(FoundAtNoFalseAlarm(tally.all), tally.all.damaged.size()));
  result.ok &=
      budgets.Hold("screens", "kind_right_min", share(tally.kind_right, tally.all.damaged.size()));
  result.ok &= budgets.Hold("screens", "clean_right_share_min",
                            share(tally.clean_right, static_cast<size_t>(tally.clean_graded)));
  result.ok &= budgets.Hold("screens", "retake_share_max", share(tally.retakes, pictures.size()));
  return result;
}

}  // namespace loopdock::accuracy
