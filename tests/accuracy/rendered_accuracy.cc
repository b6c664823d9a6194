// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/rendered_accuracy.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/grading/core/scale.h"
#include "services/vision/pool.h"
#include "tests/accuracy/rendered_grades.h"
#include "tests/accuracy/rendered_kinds.h"
#include "tests/accuracy/rendered_run.h"
#include "tests/accuracy/rendered_sizes.h"
#include "tests/accuracy/screens_roc.h"
#include "tests/tools/render/plans.h"

namespace loopdock::accuracy {
namespace {

using render::PlanWish;

constexpr uint64_t kSizesSeed = 11'000;
constexpr uint64_t kSmallSeed = 99'000;
constexpr uint64_t kRepeatsSeed = 22'000;
constexpr uint64_t kCleanSeed = 33'000;
constexpr uint64_t kBesideReferenceSeed = 88'000;
constexpr uint64_t kLeaningSeed = 77'000;
constexpr uint64_t kCracksSeed = 44'000;
constexpr uint64_t kKindsSeed = 55'000;
constexpr uint64_t kScratchedSeed = 66'000;
constexpr double kWidthPxMin = 3;
constexpr size_t kTimes = 10;

struct Run {
  const RenderedRunOptions& options;
  const Budgets& budgets;
  const grading::Scale& scale;
  vision::VisionPool& pool;
};

std::vector<MeasuredShot> Measured(const Run& run, const std::string& name, uint64_t seed,
                                   std::vector<render::Shot> shots,
                                   const std::optional<vision::v1::Lens>& lens = {},
                                   bool with_reference = false) {
  if (run.options.at_most > 0 && shots.size() > static_cast<size_t>(run.options.at_most)) {
    shots.resize(static_cast<size_t>(run.options.at_most));
  }
  auto results =
      MeasureShots(run.pool, name, shots,
                   {.lens = lens, .with_reference = with_reference, .keep = run.options.keep});
  double ms = 0;
  for (const MeasuredShot& result : results) ms += result.ms;
  std::printf("\nrendered %s: %zu pictures of %dx%d, seed %llu, worker time %.0f ms a picture\n",
              name.c_str(), results.size(), shots.front().camera.size.width,
              shots.front().camera.size.height, static_cast<unsigned long long>(seed),
              ms / static_cast<double>(results.size()));
  return results;
}

std::string Graded(const Run& run, const MeasuredShot& shot) {
  if (!shot.error.empty()) return "C0";
  return run.scale.Evaluate(shot.measurement, {}).grade;
}

void PrintGraded(const Run& run, const std::string& name, size_t i, const MeasuredShot& shot,
                 const std::string& grade) {
  if (!run.options.verbose) return;
  const auto& m = shot.measurement;
  std::printf("%s-%zu %-6s %-3s score %6.1f seen %.2f, %d marks off %.2f px, %.1f deg %s%s",
              name.c_str(), i, shot.shot.model->name.c_str(), grade.c_str(), m.score(),
              m.inspected_share(), m.marks_found(), m.reprojection_px(), m.tilt_deg(),
              m.quality().reason().c_str(), shot.error.c_str());
  for (int k = 0; k < std::min(4, m.defects_size()); ++k) {
    const auto& d = m.defects(k);
    std::printf(" | %s %.1fx%.2f mm at %.0f,%.0f",
                vision::v1::DefectType_Name(d.type()).substr(12).c_str(), d.length_um() / 1000,
                d.width_um() / 1000, d.polygon_size() > 0 ? d.polygon(0).x() : 0,
                d.polygon_size() > 0 ? d.polygon(0).y() : 0);
  }
  std::printf("\n");
}

void PrintQuantile(const char* what, const std::vector<double>& values, double share) {
  const Quantile q = QuantileOf(values, share);
  std::printf("  %-44s %7.2f %% (%.2f to %.2f), n %zu\n", what, 100 * q.value, 100 * q.low,
              100 * q.high, values.size());
}

void PrintShare(const char* what, int hits, int all) {
  const Interval interval = ShareInterval(hits, all);
  std::printf("  %-44s %4d of %-4d %.3f (%.3f to %.3f)\n", what, hits, all,
              all == 0 ? 0 : static_cast<double>(hits) / all, interval.low, interval.high);
}

double Share(int hits, size_t all) {
  return all == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(all);
}

// What was not found counts as wrong by all of its length. `prefix` is of the budgets' names.
bool RunLengths(const Run& run, const std::string& name, const PlanWish& wish,
                const std::optional<vision::v1::Lens>& lens, const std::string& prefix) {
  const auto shots = Measured(run, name, wish.seed, render::PlanScratches(wish), lens);
  std::vector<double> lengths;
  std::vector<double> found_lengths;
  std::vector<double> widths;
  int close = 0;
  for (const MeasuredShot& shot : shots) {
    for (const SizeError& error : SizeErrors(shot)) {
      lengths.push_back(std::abs(error.length_error));
      if (error.found) found_lengths.push_back(std::abs(error.length_error));
      if (error.width_px > kWidthPxMin) widths.push_back(std::abs(error.width_error));
      close += error.length_close() ? 1 : 0;
      if (!run.options.verbose) continue;
      std::printf("%6.2f mm long %+7.1f %%, %5.3f mm (%4.1f px) wide %+7.1f %%  %s  %s\n",
                  error.length_mm, 100 * error.length_error, error.width_mm, error.width_px,
                  100 * error.width_error, error.length_close() ? "     " : "WRONG",
                  error.what.c_str());
    }
  }
  const int all = static_cast<int>(lengths.size());
  PrintShare("scratches found", static_cast<int>(found_lengths.size()), all);
  PrintQuantile("length, median error", lengths, 0.5);
  PrintQuantile("length, 95th percentile of the error", lengths, 0.95);
  PrintQuantile("length, median error of those found", found_lengths, 0.5);
  PrintShare("length within 8 % or 0.3 mm", close, all);
  PrintQuantile("width of 3 pixels and more, median error", widths, 0.5);
  bool ok = run.budgets.Hold("rendered", prefix + "scratches_min", all);
  ok &= run.budgets.Hold("rendered", prefix + "found_share_min",
                         Share(static_cast<int>(found_lengths.size()), lengths.size()));
  ok &= run.budgets.Hold("rendered", prefix + "length_median_error_max",
                         QuantileOf(lengths, 0.5).value);
  ok &=
      run.budgets.Hold("rendered", prefix + "length_close_share_min", Share(close, lengths.size()));
  ok &= run.budgets.Hold("rendered", prefix + "width_median_error_max",
                         QuantileOf(widths, 0.5).value);
  return ok;
}

bool RunSizes(const Run& run) {
  const PlanWish wish{
      .count = 60, .seed = kSizesSeed + run.options.seed, .width_px = 4000, .tilt_max_deg = 25};
  const auto lens = CalibratedLens(run.pool);
  if (!lens.ok()) {
    std::fprintf(stderr, "rendered: %s\n", std::string(lens.status().message()).c_str());
    return false;
  }
  std::printf("\nrendered lens: %.2f px between marks seen and reckoned\n",
              lens->reprojection_px());
  return RunLengths(run, "sizes", wish, lens->lens(), "");
}

// A device's grade is the one that most of its pictures have.
bool RunRepeats(const Run& run) {
  const PlanWish wish{.count = 200, .seed = kRepeatsSeed + run.options.seed, .tilt_max_deg = 6};
  const auto shots = Measured(run, "repeats", wish.seed, render::PlanRepeats(wish));
  int same = 0;
  int adjacent = 0;
  for (size_t first = 0; first < shots.size(); first += kTimes) {
    std::map<std::string, int> times;
    std::vector<std::string> grades;
    for (size_t i = first; i < std::min(shots.size(), first + kTimes); ++i) {
      grades.push_back(Graded(run, shots[i]));
      ++times[grades.back()];
      PrintGraded(run, "repeats", i, shots[i], grades.back());
    }
    const auto most =
        std::max_element(times.begin(), times.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const std::string& grade : grades) {
      const bool graded = grade != "C0" && most->first != "C0";
      same += graded && grade == most->first ? 1 : 0;
      adjacent += graded && std::abs(grade[1] - most->first[1]) <= 1 ? 1 : 0;
    }
    if (run.options.verbose) {
      for (const auto& [grade, count] : times) std::printf("%d x %s  ", count, grade.c_str());
      std::printf("%s\n", shots[first].shot.model->name.c_str());
    }
  }
  const int all = static_cast<int>(shots.size());
  PrintShare("the same device again: same grade", same, all);
  PrintShare("the same device again: same or adjacent", adjacent, all);
  bool ok = run.budgets.Hold("rendered", "repeat_pictures_min", all);
  ok &= run.budgets.Hold("rendered", "repeat_same_share_min", Share(same, shots.size()));
  ok &= run.budgets.Hold("rendered", "repeat_adjacent_share_min", Share(adjacent, shots.size()));
  return ok;
}

// Against the truth's own grade. C0 is neither the same, nor too good, nor too severe.
bool RunScratched(const Run& run) {
  const PlanWish wish{.count = 120, .seed = kScratchedSeed + run.options.seed};
  const auto shots = Measured(run, "scratched", wish.seed, render::PlanScratches(wish));
  int same = 0;
  int adjacent = 0;
  int too_good = 0;
  int too_severe = 0;
  int unasked = 0;
  int too_good_in_full = 0;
  for (size_t i = 0; i < shots.size(); ++i) {
    const GradePair pair = GradesOf(run.scale, shots[i]);
    const auto better = GradesBetter(pair.measured, pair.truth);
    same += better == 0 ? 1 : 0;
    adjacent += better.has_value() && std::abs(*better) <= 1 ? 1 : 0;
    too_good += better.value_or(0) > 0 ? 1 : 0;
    too_severe += better.value_or(0) < 0 ? 1 : 0;
    unasked += better.value_or(0) > 0 && !pair.asked ? 1 : 0;
    too_good_in_full += GradesBetter(pair.measured, pair.truth_in_full).value_or(0) > 0 ? 1 : 0;
    if (better != 0) PrintGraded(run, "scratched", i, shots[i], pair.measured + "/" + pair.truth);
  }
  const int all = static_cast<int>(shots.size());
  PrintShare("the truth's grade", same, all);
  PrintShare("the truth's grade or an adjacent one", adjacent, all);
  PrintShare("too good", too_good, all);
  PrintShare("too good, and nobody is asked", unasked, all);
  PrintShare("too severe", too_severe, all);
  PrintShare("not graded", all - same - too_good - too_severe, all);
  PrintShare("too good, were narrow widths known", too_good_in_full, all);
  bool ok = run.budgets.Hold("rendered", "scratched_pictures_min", all);
  ok &= run.budgets.Hold("rendered", "scratched_same_share_min", Share(same, shots.size()));
  ok &= run.budgets.Hold("rendered", "scratched_adjacent_share_min", Share(adjacent, shots.size()));
  ok &= run.budgets.Hold("rendered", "scratched_too_good_share_max", Share(too_good, shots.size()));
  ok &= run.budgets.Hold("rendered", "scratched_unasked_share_max", Share(unasked, shots.size()));
  return ok;
}

bool RunGrades(const Run& run, const char* name, uint64_t seed,
               const std::vector<render::Shot>& plan, char least, char most,
               bool with_reference = false) {
  const auto shots = Measured(run, name, seed, plan, {}, with_reference);
  int right = 0;
  int faint = 0;
  std::map<std::string, int> times;
  for (size_t i = 0; i < shots.size(); ++i) {
    const std::string grade = Graded(run, shots[i]);
    const bool good = grade[1] >= least && grade[1] <= most;
    right += good ? 1 : 0;
    ++times[grade];
    faint += FaintWouldLower(run.scale, shots[i].measurement) ? 1 : 0;
    if (!good) PrintGraded(run, name, i, shots[i], grade);
  }
  for (const auto& [grade, count] : times) std::printf("  %d x %s", count, grade.c_str());
  std::printf("\n");
  const std::string range = std::string("graded C") + least + " to C" + most;
  PrintShare(range.c_str(), right, static_cast<int>(shots.size()));
  PrintShare("go to a person for a faint mark", faint, static_cast<int>(shots.size()));
  bool ok = run.budgets.Hold("rendered", std::string(name) + "_pictures_min",
                             static_cast<double>(shots.size()));
  ok &= run.budgets.Hold("rendered", std::string(name) + "_right_share_min",
                         Share(right, shots.size()));
  return ok;
}

// Every kind on devices that have it; and on those and on clean ones, where it is not.
bool RunKinds(const Run& run) {
  constexpr int kPictures = 40;
  constexpr double kCounts = 0.1;
  const uint64_t seed = kKindsSeed + run.options.seed;
  std::vector<KindPlan> plans = KindPlans(kPictures, seed);
  const PlanWish clean{.count = kPictures, .seed = seed + 9000};
  plans.push_back({"none", vision::v1::DEFECT_TYPE_UNSPECIFIED, render::PlanClean(clean)});
  plans.push_back({"none", vision::v1::DEFECT_TYPE_UNSPECIFIED, render::PlanClean(clean), true});
  for (const bool with_reference : {false, true}) {
    plans.push_back({"none", vision::v1::DEFECT_TYPE_UNSPECIFIED, render::PlanCleanBezels(clean),
                     with_reference});
  }
  std::vector<std::vector<MeasuredShot>> results;
  for (const KindPlan& plan : plans) {
    results.push_back(Measured(run, plan.name, seed, plan.shots, {}, plan.with_reference));
    for (size_t i = 0; i < results.back().size(); ++i) {
      const MeasuredShot& shot = results.back()[i];
      if (KindFound(shot, plan, kCounts)) continue;
      PrintGraded(run, plan.name, i, shot, Graded(run, shot));
    }
  }
  bool ok = true;
  for (size_t kind = 0; kind < plans.size(); ++kind) {
    const KindPlan& plan = plans[kind];
    if (plan.type == vision::v1::DEFECT_TYPE_UNSPECIFIED) continue;
    int found = 0;
    int wrong = 0;
    int others = 0;
    for (const auto& shots : results) {
      for (const MeasuredShot& shot : shots) {
        wrong += KindFalse(shot, plan, kCounts) ? 1 : 0;
        ++others;
      }
    }
    for (const MeasuredShot& shot : results[kind]) {
      found += KindFound(shot, plan, kCounts) ? 1 : 0;
    }
    const size_t all = results[kind].size();
    std::printf("%s\n", plan.name.c_str());
    PrintShare("found", found, static_cast<int>(all));
    PrintShare("pictures with a false one", wrong, others);
    ok &= run.budgets.Hold("rendered", plan.name + "_pictures_min", static_cast<double>(all));
    ok &= run.budgets.Hold("rendered", plan.name + "_found_share_min", Share(found, all));
    ok &= run.budgets.Hold("rendered", plan.name + "_false_share_max",
                           Share(wrong, static_cast<size_t>(others)));
  }
  return ok;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

AccuracyResult RunRendered(const RenderedRunOptions& options, const Budgets& budgets) {
  const auto scale = grading::Scale::Parse(ReadFile(options.scale_file));
  auto pool = vision::VisionPool::Create({});
  if (!scale.ok() || !pool.ok()) {
    const absl::Status status = scale.ok() ? pool.status() : scale.status();
    std::fprintf(stderr, "rendered: %s\n", std::string(status.message()).c_str());
    return {false};
  }
  const Run run{options, budgets, *scale, **pool};
  const auto wants = [&](const char* suite) {
    return options.only.empty() || options.only == suite;
  };
  bool ok = true;
  if (wants("sizes")) ok &= RunSizes(run);
  if (wants("small")) {
    const PlanWish wish{.count = 60, .seed = kSmallSeed + run.options.seed, .tilt_max_deg = 25};
    ok &= RunLengths(run, "small", wish, {}, "small_");
  }
  if (wants("repeats")) ok &= RunRepeats(run);
  if (wants("scratched")) ok &= RunScratched(run);
  if (wants("kinds")) ok &= RunKinds(run);
  if (wants("clean")) {
    const PlanWish wish{.count = 200, .seed = kCleanSeed + run.options.seed};
    ok &= RunGrades(run, "clean", wish.seed, render::PlanClean(wish), '6', '9');
    const PlanWish leaning{
        .count = 100, .seed = kLeaningSeed + run.options.seed, .tilt_max_deg = 20};
    const PlanWish beside{.count = 60, .seed = kBesideReferenceSeed + run.options.seed};
    ok &= RunGrades(run, "clean_reference", beside.seed, render::PlanClean(beside), '6', '9', true);
    ok &= RunGrades(run, "clean_leaning", leaning.seed, render::PlanClean(leaning), '6', '9');
  }
  if (wants("cracks")) {
    const PlanWish wish{.count = 60, .seed = kCracksSeed + run.options.seed};
    ok &= RunGrades(run, "cracks", wish.seed, render::PlanCracks(wish), '1', '2');
  }
  return {ok};
}

}  // namespace loopdock::accuracy
