// SPDX-License-Identifier: Apache-2.0
// loopdock inspect: pictures of an asset are measured and graded by the server, and confirmed.

#include <optional>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/json.h"

namespace loopdock::cli {
namespace {

using grading::v1::GradingService;
using grading::v1::Inspection;

constexpr std::int64_t kPictureBytesMax = 16 << 20;

struct Options {
  std::vector<std::string> files;
  std::string asset;
  std::optional<double> um_per_px;
  std::string scale;
  bool confirm = false;
  bool json = false;
};

void Print(const Inspection& inspection) {
  Table table({"inspection", absl::StrCat(inspection.name(), " version ", inspection.version())});
  table.Add({"asset", inspection.asset()});
  table.Add({"state", Word(InspectionState_Name(inspection.state()), "INSPECTION_STATE_")});
  table.Add({"grade", Word(Cosmetic_Name(inspection.cosmetic()), "COSMETIC_")});
  table.Add({"reason", Visible(inspection.reason())});
  for (const std::string& why : inspection.explanations()) table.Add({"", Visible(why)});
  for (const auto& picture : inspection.pictures()) {
    table.Add({"picture", picture.problem().empty()
                              ? absl::StrCat(picture.measurement().defects_size(), " defects")
                              : Visible(picture.problem())});
  }
  PrintLine(table.ToString());
}

absl::StatusOr<grading::v1::InspectRequest> MakeRequest(const Settings& settings,
                                                        const Options& options) {
  grading::v1::InspectRequest request;
  request.set_asset(settings.FullName("assets", options.asset));
  request.set_scale(options.scale);
  request.set_request_id(common::NewUuidV7());
  for (const std::string& file : options.files) {
    auto bytes = common::ReadFile(file, kPictureBytesMax);
    if (!bytes.ok()) return bytes.status();
    auto* picture = request.add_pictures();
    picture->set_inline_(*std::move(bytes));
    if (options.um_per_px) picture->set_um_per_px(*options.um_per_px);
  }
  return request;
}

absl::Status Run(const Settings& settings, const Options& options) {
  const auto request = MakeRequest(settings, options);
  if (!request.ok()) return request.status();
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = GradingService::NewStub((*connection)->channel());
  auto inspection = (*connection)->Ask(*stub, &GradingService::Stub::Inspect, *request);
  if (inspection.ok() && options.confirm) {
    grading::v1::ConfirmInspectionRequest confirm;
    confirm.set_name(inspection->name());
    confirm.set_version(inspection->version());
    confirm.set_request_id(common::NewUuidV7());
    inspection = (*connection)->Ask(*stub, &GradingService::Stub::ConfirmInspection, confirm);
  }
  if (!inspection.ok()) return inspection.status();
  if (!options.json) {
    Print(*inspection);
    return absl::OkStatus();
  }
  const auto json = common::ProtoToJson(*inspection, true);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

}  // namespace

void AddInspect(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inspect", "Have pictures of an asset measured and graded by the server");
  command->add_option("FILE", options->files, "Pictures of the asset, at most 16")
      ->required()
      ->expected(1, 16);
  command->add_option("--asset", options->asset, "Its name, or the last part of it")->required();
  command
      ->add_option("--um-per-px", options->um_per_px,
                   "Micrometres a pixel at the device's surface; without it the grade is C0")
      ->check(CheckUmPerPx);
  command->add_option("--scale", options->scale, "Id of a scale; else the server's default");
  command->add_flag("--confirm", options->confirm, "Confirm the proposed grade");
  command->add_flag("--json", options->json, "The Inspection of the API as JSON");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
