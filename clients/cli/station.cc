// SPDX-License-Identifier: Apache-2.0
// loopdock station: calibrates the camera of an inspection station, keeps reference pictures.

#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "clients/cli/words.h"
#include "loopdock/grading/v1/stations.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/vision/sheet/board_layout.h"
#include "services/vision/sheet/sheet_pdf.h"

namespace loopdock::cli {
namespace {

using grading::v1::StationService;

struct Options {
  std::string station;
  std::string board = "chess";
  std::string mat = "phone";
  std::string sheet;
  std::vector<std::string> files;
  std::string model;
  std::string face;
  bool all = false;
  bool json = false;
};

absl::Status WriteSheet(const Options& options) {
  const auto board = BoardNamed(options.board);
  if (!board.ok()) return board.status();
  const auto pdf = vision::SheetPdf(*board);
  if (!pdf.ok()) return pdf.status();
  if (auto status = common::WriteFileAtomically(options.sheet, *pdf); !status.ok()) return status;
  PrintLine(absl::StrCat(Visible(options.sheet), ": ", vision::BoardName(*board),
                         ". Print it at 100 % and measure the ruler before you use it."));
  return absl::OkStatus();
}

void Print(const grading::v1::Calibration& calibration) {
  Table table({"calibration", calibration.name()});
  table.Add({"station", calibration.station()});
  table.Add({"made", TimeText(calibration.create_time())});
  table.Add({"holds until", TimeText(calibration.expire_time())});
  table.Add({"pictures", absl::StrCat(calibration.pictures_size())});
  table.Add({"error", absl::StrFormat("%.2f pixels", calibration.reprojection_px())});
  for (int i = 0; i < calibration.view_reprojection_px_size(); ++i) {
    table.Add({absl::StrCat("  picture ", i + 1),
               absl::StrFormat("%.2f pixels", calibration.view_reprojection_px(i))});
  }
  const auto& lens = calibration.lens();
  table.Add({"lens",
             absl::StrFormat("f %.0f, %.0f pixels, middle at %.0f, %.0f of %d by %d", lens.fx(),
                             lens.fy(), lens.cx(), lens.cy(), lens.width_px(), lens.height_px())});
  table.Add({"mat", calibration.has_mat() ? vision::BoardName(calibration.mat()) : "none"});
  PrintLine(table.ToString());
}

template <typename Message>
absl::Status PrintJson(const Message& message) {
  const auto json = common::ProtoToJson(message, true);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

absl::Status Calibrate(const Settings& settings, const Options& options) {
  if (!options.sheet.empty()) {
    if (!options.files.empty()) return UsageError("--sheet writes the sheet and takes no pictures");
    return WriteSheet(options);
  }
  if (options.files.empty()) return UsageError("give pictures of the board, or --sheet FILE.pdf");
  grading::v1::CalibrateStationRequest request;
  request.set_site(settings.site_name());
  request.set_station(settings.connect.station);
  if (request.station().empty()) return UsageError("give --station: which camera it is");
  const auto board = BoardNamed(options.board);
  if (!board.ok()) return board.status();
  *request.mutable_board() = *board;
  if (options.mat != "none") {
    const auto mat = BoardNamed(options.mat);
    if (!mat.ok()) return mat.status();
    *request.mutable_mat() = *mat;
  }
  request.set_request_id(common::NewUuidV7());
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  auto status =
      AddPictures(settings, **connection, {.files = options.files, .faces = {}, .lights = {}},
                  "calibration", request.mutable_pictures());
  if (!status.ok()) return status;
  const auto stub = StationService::NewStub((*connection)->channel());
  const auto calibration =
      (*connection)->Ask(*stub, &StationService::Stub::CalibrateStation, request);
  if (!calibration.ok()) return calibration.status();
  if (options.json) return PrintJson(*calibration);
  Print(*calibration);
  return absl::OkStatus();
}

absl::Status List(const Settings& settings, const Options& options) {
  grading::v1::ListCalibrationsRequest request;
  request.set_site(settings.site_name());
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = StationService::NewStub((*connection)->channel());
  Table table({"STATION", "CALIBRATION", "MADE", "HOLDS UNTIL", "ERROR", "MAT"});
  do {
    const auto page = (*connection)->Ask(*stub, &StationService::Stub::ListCalibrations, request);
    if (!page.ok()) return page.status();
    for (const auto& one : page->calibrations()) {
      if (!one.in_force() && !options.all) continue;
      if (options.json) {
        const auto json = common::ProtoToJson(one, false);
        if (!json.ok()) return json.status();
        PrintLine(*json);
        continue;
      }
      table.Add({one.station(), one.name().substr(one.name().rfind('/') + 1),
                 TimeText(one.create_time()), TimeText(one.expire_time()),
                 absl::StrFormat("%.2f pixels", one.reprojection_px()),
                 one.has_mat() ? vision::BoardName(one.mat()) : "none"});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!options.json) PrintLine(table.ToString());
  return absl::OkStatus();
}

absl::Status Register(const Settings& settings, const Options& options) {
  grading::v1::RegisterReferenceRequest request;
  request.set_site(settings.site_name());
  request.set_model(options.model);
  request.set_station(settings.named_station());
  request.set_request_id(common::NewUuidV7());
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  google::protobuf::RepeatedPtrField<grading::v1::Picture> pictures;
  auto status = AddPictures(settings, **connection,
                            {.files = options.files, .faces = {options.face}, .lights = {}},
                            "reference", &pictures);
  if (!status.ok()) return status;
  *request.mutable_picture() = std::move(pictures[0]);
  const auto stub = StationService::NewStub((*connection)->channel());
  const auto kept = (*connection)->Ask(*stub, &StationService::Stub::RegisterReference, request);
  if (!kept.ok()) return kept.status();
  if (options.json) return PrintJson(*kept);
  PrintLine(absl::StrCat(kept->name(), ": ", Visible(kept->model()), ", ",
                         Word(vision::v1::Face_Name(kept->face()), "FACE_"), ", ",
                         kept->measurement().defects_size(), " marks on the clean device"));
  return absl::OkStatus();
}

absl::Status References(const Settings& settings, const Options& options) {
  grading::v1::ListReferencesRequest request;
  request.set_site(settings.site_name());
  request.set_model(options.model);
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = StationService::NewStub((*connection)->channel());
  Table table({"REFERENCE", "MODEL", "FACE", "MADE", "IN FORCE"});
  do {
    const auto page = (*connection)->Ask(*stub, &StationService::Stub::ListReferences, request);
    if (!page.ok()) return page.status();
    for (const auto& one : page->references()) {
      table.Add({one.name().substr(one.name().rfind('/') + 1), Visible(one.model()),
                 Word(vision::v1::Face_Name(one.face()), "FACE_"), TimeText(one.create_time()),
                 one.in_force() ? "yes" : "-"});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  PrintLine(table.ToString());
  return absl::OkStatus();
}

CLI::App* Add(CLI::App& group, Settings& settings, const char* name, const char* about,
              const std::shared_ptr<Options>& options,
              absl::Status (*run)(const Settings&, const Options&)) {
  CLI::App* command = group.add_subcommand(name, about);
  command->callback([options, run, &settings] {
    settings.run = [options, run, &settings] { return run(settings, *options); };
  });
  return command;
}

}  // namespace

void AddStation(CLI::App& app, Settings& settings) {
  CLI::App* group = app.add_subcommand("station", "Inspection stations: calibration, references");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  CLI::App* calibrate = Add(*group, settings, "calibrate",
                            "Work out the lens of the station's camera", options, Calibrate);
  calibrate->add_option("PICTURE", options->files, "4 to 32 pictures of the board")
      ->expected(0, 32);
  calibrate->add_option("--board", options->board, "The board: chess, phone or tablet")
      ->capture_default_str();
  calibrate->add_option("--mat", options->mat, "What lies under devices: phone, tablet, or none")
      ->capture_default_str();
  calibrate->add_option("--sheet", options->sheet,
                        "Write the board as a PDF to print, and do nothing else");
  calibrate->add_flag("--json", options->json, "The Calibration of the API as JSON");
  calibrate->footer(
      "First print the board: loopdock station calibrate --sheet board.pdf. Then take pictures of "
      "it\n"
      "with the station's camera, flat, whole and sharp, from different sides and in different\n"
      "corners. The mat that lies under devices is printed with --board phone --sheet mat.pdf.\n"
      "Whose camera it is: --station NAME, or LOOPDOCK_STATION.");
  options = std::make_shared<Options>();
  CLI::App* list =
      Add(*group, settings, "list", "Stations with their calibration in force", options, List);
  list->add_flag("--all", options->all, "Those before it too");
  list->add_flag("--json", options->json, "One Calibration of the API a line");
  options = std::make_shared<Options>();
  CLI::App* reference =
      Add(*group, settings, "reference", "Keep a picture of a clean device to compare others with",
          options, Register);
  reference->add_option("PICTURE", options->files, "JPEG or PNG, at most 8 MiB")
      ->required()
      ->expected(1);
  reference->add_option("--model", options->model, "The model, as assets carry it")->required();
  reference->add_option("--face", options->face, "display, back or side")->required();
  reference->add_flag("--json", options->json, "The Reference of the API as JSON");
  options = std::make_shared<Options>();
  CLI::App* references =
      Add(*group, settings, "references", "Reference pictures, one a line", options, References);
  references->add_option("--model", options->model, "Only of this model");
}

}  // namespace loopdock::cli
