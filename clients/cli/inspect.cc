// SPDX-License-Identifier: Apache-2.0
// loopdock inspect: pictures of an asset are measured and graded by the server, and confirmed.

#include <optional>

#include "absl/strings/str_cat.h"
#include "clients/cli/inspect_watch.h"
#include "clients/cli/inspection.h"
#include "services/common/ids.h"

namespace loopdock::cli {
namespace {

using grading::v1::GradingService;

struct Options {
  PictureWords pictures;
  std::string asset;
  std::optional<double> um_per_px;
  double thickness_mm = 0;
  std::string scale;
  std::string model;
  std::string category;
  std::vector<std::string> answers;
  std::string drawings;
  WatchOptions watch;
  bool confirm = false;
  bool json = false;
};

// What may be said of pictures of any asset.
grading::v1::InspectRequest ForAll(const Settings& settings, const Options& options) {
  grading::v1::InspectRequest request;
  request.set_station(settings.named_station());
  request.set_scale(options.scale);
  request.set_model(options.model);
  request.set_category(options.category);
  request.set_thickness_um(options.thickness_mm * 1000);
  return request;
}

absl::StatusOr<grading::v1::InspectRequest> MakeRequest(const Settings& settings,
                                                        const client::Connection& connection,
                                                        const Options& options) {
  grading::v1::InspectRequest request = ForAll(settings, options);
  request.set_asset(settings.FullName("assets", options.asset));
  request.set_request_id(common::NewUuidV7());
  auto status = AddAnswers(options.answers, request.mutable_answers());
  if (!status.ok()) return status;
  status =
      AddPictures(settings, connection, options.pictures, "inspection", request.mutable_pictures());
  if (!status.ok()) return status;
  if (options.um_per_px) {
    for (auto& picture : *request.mutable_pictures()) picture.set_um_per_px(*options.um_per_px);
  }
  return request;
}

absl::Status Run(const Settings& settings, const Options& options) {
  if (!options.watch.folder.empty()) {
    if (!options.pictures.files.empty() || !options.asset.empty()) {
      return UsageError("--watch takes its pictures and assets from the folder");
    }
    if (!options.pictures.faces.empty() || !options.pictures.lights.empty() ||
        !options.answers.empty() || options.confirm) {
      return UsageError(
          "--watch takes faces and lights from the names of the pictures; a checklist is answered "
          "and a grade confirmed for one asset: loopdock inspect edit, loopdock inspect confirm");
    }
    WatchOptions watch = options.watch;
    watch.all = ForAll(settings, options);
    watch.um_per_px = options.um_per_px;
    watch.json = options.json;
    watch.drawings = options.drawings;
    return WatchFolder(settings, watch);
  }
  if (options.pictures.files.empty() || options.asset.empty()) {
    return UsageError("give pictures and --asset, or --watch FOLDER");
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto request = MakeRequest(settings, **connection, options);
  if (!request.ok()) return request.status();
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
  if (auto status = PrintInspection(*inspection, options.json); !status.ok()) return status;
  if (options.drawings.empty()) return absl::OkStatus();
  return WriteDrawings(**connection, *inspection, options.drawings);
}

void AddOptions(CLI::App& command, Options& options) {
  command.add_option("FILE", options.pictures.files, "Pictures of the asset, at most 16")
      ->expected(0, 16);
  command.add_option("--asset", options.asset, "Its name, or the last part of it");
  command
      .add_option("--face", options.pictures.faces,
                  "display, back or side: one for all pictures, or one for each")
      ->allow_extra_args(false);
  command
      .add_option("--light", options.pictures.lights,
                  "A word for where the light comes from, likewise")
      ->allow_extra_args(false);
  command
      .add_option("--um-per-px", options.um_per_px,
                  "Micrometres a pixel at the device's surface, where no mat lies under it")
      ->check(CheckUmPerPx);
  command
      .add_option("--thickness-mm", options.thickness_mm,
                  "How far the device's face lies above the mat")
      ->check(CLI::Range(0.0, 500.0));
  command.add_option("--scale", options.scale, "Id of a scale; else the server's default");
  command.add_option("--model", options.model, "The model; else the asset's");
  command.add_option("--category", options.category, "Whose checklist was asked; else the asset's");
  command
      .add_option("--check", options.answers,
                  "An answer of the checklist, QUESTION=ANSWER; may come again")
      ->allow_extra_args(false);
  command.add_option("--picture-out", options.drawings, "Folder for the drawn pictures");
  command.add_flag("--confirm", options.confirm, "Confirm the proposed grade");
  command.add_flag("--json", options.json, "The Inspection of the API as JSON");
  command.add_option("--watch", options.watch.folder,
                     "Inspect what a camera drops into this folder");
  command
      .add_option("--settle", options.watch.settle_s,
                  "With --watch: seconds without a new picture until an asset is complete")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
  command.add_flag("--once", options.watch.once,
                   "With --watch: end when nothing is left in the folder");
}

}  // namespace

void AddInspect(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inspect", "Have pictures of an asset measured and graded by the server");
  AddOptions(*command, *options);
  command->require_subcommand(0, 1);
  command->footer(
      "A watched picture is named ASSET_WORD_WORD....jpg: display, back and side are the face, a\n"
      "number only tells pictures apart, another word is the light; pictures of one asset are one\n"
      "inspection. A file is taken when it was closed after writing or moved in. Done pictures go\n"
      "to FOLDER/done, others to FOLDER/failed with the reason in ASSET.txt; when the server does\n"
      "not answer they stay and are tried again.\n"
      "Which station's camera took the pictures: --station NAME, which must be calibrated, or\n"
      "LOOPDOCK_STATION; its lens and its mat are used then. Without one a printed mat of ours is\n"
      "recognised by its marks.");
  command->callback([command, options, &settings] {
    if (!command->get_subcommands().empty()) return;
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
  AddReview(*command, settings);
}

}  // namespace loopdock::cli
