// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/grade_service_bench.h"

#include <atomic>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "loopdock/grading/v1/stations.grpc.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/vision/sheet/board_layout.h"
#include "tests/bench/grade_bench.h"
#include "tests/tools/render/plans.h"
#include "tests/tools/render/scene.h"

namespace loopdock::bench {
namespace {

using grading::v1::GradingService;
using grading::v1::StationService;
using inventory::v1::InventoryService;

constexpr uint64_t kSeed = 71'000;
constexpr int kDevices = 6;
constexpr int kCalibrationPictures = 8;

// Devices that lie on the mat of a phone.
std::vector<std::string> Pictures() {
  std::vector<std::string> pictures;
  const std::string mat = vision::BoardName(vision::PhoneMat());
  for (const render::Shot& shot : render::PlanMixed({.count = 10, .seed = kSeed})) {
    if (vision::BoardName(shot.mat) != mat) continue;
    pictures.push_back(render::Jpeg(render::Render(shot).picture));
    if (pictures.size() == kDevices) break;
  }
  return pictures;
}

// The same picture in other bytes, by a comment after the JPEG's first marker: evidence of its own.
std::string Numbered(const std::string& jpeg, int number) {
  const std::string comment = absl::StrCat("bench ", number);
  const auto size = static_cast<unsigned>(comment.size() + 2);
  std::string bytes = jpeg.substr(0, 2);
  bytes += "\xff\xfe";
  bytes += static_cast<char>(size >> 8);
  bytes += static_cast<char>(size & 0xff);
  return absl::StrCat(bytes, comment, jpeg.substr(2));
}

absl::Status Calibrate(const client::Connection& connection) {
  grading::v1::CalibrateStationRequest request;
  request.set_site("sites/main");
  request.set_station(connection.options().station);
  *request.mutable_board() = vision::ChessBoard();
  *request.mutable_mat() = vision::PhoneMat();
  for (const cv::Mat& picture :
       render::RenderCalibration(request.board(), kCalibrationPictures, {1920, 1080})) {
    request.add_pictures()->set_inline_(render::Jpeg(picture));
  }
  request.set_request_id(common::NewUuidV7());
  const auto stub = StationService::NewStub(connection.channel());
  return connection.Ask(*stub, &StationService::Stub::CalibrateStation, request).status();
}

absl::StatusOr<std::string> BookAsset(const client::Connection& connection) {
  const auto session = OpenBenchSession(connection);
  if (!session.ok()) return session.status();
  const auto stub = InventoryService::NewStub(connection.channel());
  const auto booked =
      connection.Ask(*stub, &InventoryService::Stub::RecordScan, ScanMaker(*session).Command());
  if (!booked.ok()) return booked.status();
  return booked->asset().name();
}

absl::Status IsMeasured(const grading::v1::Inspection& inspection) {
  const auto& quality = inspection.pictures(0).measurement().quality();
  if (quality.passed()) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("a picture of the bench was not measured: ",
                                          quality.reason(), inspection.pictures(0).problem()));
}

absl::StatusOr<LoadResult> Inspect(const client::Connection& connection, const std::string& asset,
                                   const std::vector<std::string>& pictures,
                                   const LoadOptions& load) {
  struct Call {
    grpc::ClientContext context;
    grading::v1::InspectRequest request;
    grading::v1::Inspection response;
  };
  static std::atomic<int> next{0};
  const auto stub = GradingService::NewStub(connection.channel());
  return RunLoad(load, [&](int, const Answer& answer) {
    auto call = std::make_shared<Call>();
    connection.Authorize(call->context);
    const int number = next++;
    call->request.set_asset(asset);
    call->request.set_request_id(common::NewUuidV7());
    call->request.add_pictures()->set_inline_(
        Numbered(pictures[static_cast<size_t>(number) % pictures.size()], number));
    stub->async()->Inspect(
        &call->context, &call->request, &call->response,
        [call, answer](const grpc::Status& status) {
          answer(status.ok() ? IsMeasured(call->response) : common::FromGrpc(status));
        });
  });
}

double ReadPlainly(const std::vector<std::string>& pictures, absl::Duration duration, int threads) {
  std::atomic<int> read{0};
  const absl::Time begun = absl::Now();
  std::vector<std::thread> all;
  for (int t = 0; t < threads; ++t) {
    all.emplace_back([&] {
      for (size_t i = 0; absl::Now() < begun + duration; ++i) {
        PlainReadingMs(pictures[i % pictures.size()]);
        ++read;
      }
    });
  }
  for (std::thread& thread : all) thread.join();
  return read / absl::ToDoubleSeconds(absl::Now() - begun);
}

}  // namespace

absl::StatusOr<Measured> GradeService(const BenchOptions& options, int workers) {
  cv::setNumThreads(1);
  const std::vector<std::string> pictures = Pictures();
  auto server = BenchServer::Start(options.directory, "", "loopdockd",
                                   {absl::StrCat("--vision-workers=", workers)});
  if (!server.ok()) return server.status();
  const client::Connection& connection = (*server)->connection();
  if (absl::Status done = Calibrate(connection); !done.ok()) return done;
  const auto asset = BookAsset(connection);
  if (!asset.ok()) return asset.status();
  // One picture waits for each that is worked on.
  const LoadOptions load{.in_flight = 2 * workers, .duration = options.duration};
  std::vector<Pair> pairs;
  absl::Duration p50;
  for (int i = 0; i < options.pairs; ++i) {
    Pair pair;
    if (i % 2 == 1) pair.baseline = ReadPlainly(pictures, load.duration, workers);
    const auto inspected = Inspect(connection, *asset, pictures, load);
    if (!inspected.ok()) return inspected.status();
    pair.value = inspected->per_second;
    p50 = inspected->p50;
    if (i % 2 == 0) pair.baseline = ReadPlainly(pictures, load.duration, workers);
    pairs.push_back(pair);
  }
  return FromPairs(absl::StrCat("grade/service/", workers), "pictures/s", std::move(pairs),
                   absl::StrCat(load.in_flight, " in flight, half within ",
                                absl::ToInt64Milliseconds(p50), " ms"));
}

}  // namespace loopdock::bench
