// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/rendered_run.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <opencv2/core/utility.hpp>
#include <random>
#include <thread>

#include "services/common/status.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::accuracy {
namespace {

constexpr int kThreads = 2;
constexpr int kDeadlineMs = 30'000;

vision::v1::Request RequestFor(const render::Shot& shot, const vision::v1::Lens& lens) {
  vision::v1::Request request;
  request.set_deadline_ms(kDeadlineMs);
  *request.mutable_measure() = render::StationKnows(shot, lens);
  return request;
}

// Another device of the model, without damage, as somebody laid it once.
std::string ReferenceFor(const render::Shot& shot) {
  constexpr uint64_t kOtherSeed = 500'000;
  return render::Jpeg(
      render::Render(render::AnyShot(*shot.model, shot.camera.size, 6, shot.seed + kOtherSeed))
          .picture);
}

MeasuredShot MeasureShot(vision::VisionPool& pool, const std::string& file,
                         const render::Shot& shot, const RenderedOptions& options) {
  MeasuredShot result{.shot = shot, .truth = render::Render(shot)};
  const std::string bytes = render::Jpeg(result.truth.picture);
  result.truth.picture.release();
  if (!options.keep.empty()) {
    std::ofstream(options.keep + "/" + file + ".jpg", std::ios::binary) << bytes;
  }
  vision::v1::Request request = RequestFor(shot, options.lens.value_or(result.truth.lens));
  if (options.with_reference) request.mutable_measure()->set_reference(ReferenceFor(shot));
  const auto response = pool.Run(bytes, request);
  if (response.ok()) {
    result.measurement = response->measurement();
    result.ms = response->worker_ms();
  } else {
    result.error = common::ReasonOf(response.status());
  }
  return result;
}

}  // namespace

std::vector<MeasuredShot> MeasureShots(vision::VisionPool& pool, const std::string& name,
                                       const std::vector<render::Shot>& shots,
                                       const RenderedOptions& options) {
  cv::setNumThreads(1);
  std::vector<MeasuredShot> results(shots.size());
  std::atomic<size_t> next{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (size_t i = next++; i < shots.size(); i = next++) {
        results[i] = MeasureShot(pool, name + "-" + std::to_string(i), shots[i], options);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return results;
}

absl::StatusOr<vision::v1::SolvedLens> CalibratedLens(vision::VisionPool& pool) {
  constexpr int kViews = 12;
  const vision::v1::Board board = vision::ChessBoard();
  vision::v1::Request solve;
  solve.set_deadline_ms(kDeadlineMs);
  *solve.mutable_solve_lens()->mutable_board() = board;
  for (const cv::Mat& picture : render::RenderCalibration(board, kViews)) {
    vision::v1::Request find;
    find.set_deadline_ms(kDeadlineMs);
    *find.mutable_find_board()->mutable_board() = board;
    const auto view = pool.Run(render::Jpeg(picture), find);
    if (!view.ok()) return view.status();
    *solve.mutable_solve_lens()->add_views() = view->board_view();
  }
  const auto solved = pool.Run("", solve);
  if (!solved.ok()) return solved.status();
  return solved->solved_lens();
}

Quantile QuantileOf(const std::vector<double>& values, double share) {
  constexpr int kRounds = 1000;
  if (values.empty()) return {};
  const auto at = [&](std::vector<double> sample) {
    const auto place = sample.begin() + static_cast<std::ptrdiff_t>(
                                            share * static_cast<double>(sample.size() - 1) + 0.5);
    std::nth_element(sample.begin(), place, sample.end());
    return *place;
  };
  std::mt19937 random(1);
  std::vector<double> drawn;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> sample;
    for (size_t i = 0; i < values.size(); ++i) sample.push_back(values[random() % values.size()]);
    drawn.push_back(at(std::move(sample)));
  }
  std::sort(drawn.begin(), drawn.end());
  return {at(values), drawn[kRounds / 40], drawn[kRounds - kRounds / 40]};
}

}  // namespace loopdock::accuracy
