// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/grade_bench.h"

#include <ctime>
#include <fstream>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "services/vision/pool.h"
#include "tests/bench/one_core.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock::bench {
namespace {

constexpr uint64_t kSeed = 70'000;

// A size of pictures, how many, and what was wanted of it.
struct Size {
  const char* name;
  int width_px;
  int pictures;
  int wanted_ms;   // 0: none
  int wanted_mib;  // 0: none
};

constexpr Size kSizes[] = {{"grade/1080", 1920, 10, 150, 0},
                           {"grade/12mp", 4000, 5, 900, 512},
                           {"grade/50mp", 8160, 1, 0, 1024}};

struct StationPicture {
  std::string jpeg;
  vision::v1::Request request;
  double decoded_mib = 0;
};

std::vector<StationPicture> MakePictures(const Size& size) {
  std::vector<StationPicture> pictures;
  for (const render::Shot& shot :
       render::PlanMixed({.count = size.pictures, .seed = kSeed, .width_px = size.width_px})) {
    const render::Rendering rendering = render::Render(shot);
    StationPicture picture{.jpeg = render::Jpeg(rendering.picture), .request = {}};
    *picture.request.mutable_measure() = render::StationKnows(shot, rendering.lens);
    picture.request.set_deadline_ms(60'000);
    picture.decoded_mib = static_cast<double>(rendering.picture.total() * 3) / (1 << 20);
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

// What a process has used of processors so far, to the nanosecond.
absl::StatusOr<absl::Duration> ProcessorTime(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/schedstat"));
  int64_t ns = 0;
  if (file >> ns) return absl::Nanoseconds(ns);
  return absl::InternalError(absl::StrCat("process ", pid, " does not tell its time"));
}

absl::Duration OwnProcessorTime() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

// The most memory that a process has had in use.
absl::StatusOr<double> PeakMib(pid_t pid) {
  std::ifstream file(absl::StrCat("/proc/", pid, "/status"));
  for (std::string word; file >> word;) {
    if (word != "VmHWM:") continue;
    double kib = 0;
    if (file >> kib) return kib / 1024;
  }
  return absl::InternalError(absl::StrCat("process ", pid, " does not tell its memory"));
}

std::string Wanted(int most, const char* unit) {
  return most == 0 ? "" : absl::StrCat("; wanted at most ", most, " ", unit);
}

// A pool of its own, so that the peak is of these pictures.
absl::Status AddSize(const Size& size, std::vector<Measured>& rows) {
  const std::vector<StationPicture> pictures = MakePictures(size);
  auto pool = vision::VisionPool::Create({.workers = 1});
  if (!pool.ok()) return pool.status();
  const pid_t worker = (*pool)->stats().workers.front();
  std::vector<Pair> pairs;
  int defects = 0;
  double decoded_mib = 0;
  for (const StationPicture& picture : pictures) {
    const bool plain_first = pairs.size() % 2 == 1;
    Pair pair;
    if (plain_first) pair.baseline = PlainReadingMs(picture.jpeg);
    const auto before = ProcessorTime(worker);
    if (!before.ok()) return before.status();
    const auto response = (*pool)->Run(picture.jpeg, picture.request);
    if (!response.ok()) return response.status();
    if (!response->measurement().quality().reason().empty()) {
      return absl::InternalError(absl::StrCat(
          size.name, " is not measured: ", response->measurement().quality().reason()));
    }
    const auto after = ProcessorTime(worker);
    if (!after.ok()) return after.status();
    pair.value = absl::ToDoubleMilliseconds(*after - *before);
    if (!plain_first) pair.baseline = PlainReadingMs(picture.jpeg);
    pairs.push_back(pair);
    defects += response->measurement().defects_size();
    decoded_mib = picture.decoded_mib;
  }
  rows.push_back(FromPairs(size.name, "ms", std::move(pairs),
                           absl::StrCat(defects, " defects", Wanted(size.wanted_ms, "ms"))));
  const auto peak = PeakMib(worker);
  if (!peak.ok()) return peak.status();
  rows.push_back(
      {{absl::StrCat(size.name, "/memory"), *peak, "MiB", decoded_mib, *peak / decoded_mib},
       {},
       absl::StrCat("peak of the worker", Wanted(size.wanted_mib, "MiB"))});
  return absl::OkStatus();
}

}  // namespace

double PlainReadingMs(const std::string& jpeg) {
  const absl::Duration begun = OwnProcessorTime();
  const cv::Mat raw(1, static_cast<int>(jpeg.size()), CV_8UC1,
                    const_cast<char*>(jpeg.data()));  // NOLINT: read only
  const cv::Mat pixels = cv::imdecode(raw, cv::IMREAD_COLOR);
  return pixels.empty() ? 0 : absl::ToDoubleMilliseconds(OwnProcessorTime() - begun);
}

absl::StatusOr<std::vector<Measured>> GradeBench() {
  const OneCore one_core;
  cv::setNumThreads(1);
  std::vector<Measured> rows;
  for (const Size& size : kSizes) {
    if (absl::Status added = AddSize(size, rows); !added.ok()) return added;
  }
  return rows;
}

}  // namespace loopdock::bench
