// SPDX-License-Identifier: Apache-2.0
// loopdock weigh: a weight from a scale, or as typed, into the record; docs/reference/scales.md.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/fields.h"
#include "clients/cpp/scale_reader.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/proto_time.h"

namespace loopdock::cli {
namespace {

using inventory::v1::InventoryService;

struct Options {
  std::string subject;
  std::string scale;
  std::string tcp;
  std::string serial;
  int baud = 9600;
  std::string ask;
  std::int64_t gross_g = -1;
  std::int64_t tare_g = 0;
  double patience_s = 10;
  bool dry_run = false;
  bool json = false;
};

absl::StatusOr<client::ScaleReading> ReadScale(const Options& options) {
  const absl::Time deadline = absl::Now() + absl::Seconds(options.patience_s);
  auto line = options.tcp.empty() ? client::DeviceLine::OpenSerial(options.serial, options.baud)
                                  : client::DeviceLine::OpenTcp(options.tcp, 0, deadline);
  if (!line.ok()) return line.status();
  return client::ReadStableWeight(*line, options.ask, deadline);
}

std::string Kilograms(std::int64_t grams) {
  return absl::StrFormat("%.3f kg", static_cast<double>(grams) / 1000);
}

absl::Status Run(const Settings& settings, const Options& options) {
  inventory::v1::RecordWeighingRequest request;
  request.set_site(settings.site_name());
  request.set_request_id(common::NewUuidV7());
  request.set_validate_only(options.dry_run);
  auto& weighing = *request.mutable_weighing();
  const bool short_name = options.subject.find('/') == std::string::npos;
  weighing.set_subject(short_name ? settings.FullName("containers", options.subject)
                                  : CompleteName(settings, "*", options.subject));
  weighing.set_scale(options.scale);
  weighing.set_tare_mass_g(options.tare_g);
  if (options.gross_g >= 0) {
    weighing.set_gross_mass_g(options.gross_g);
    weighing.set_typed(true);
  } else {
    const auto reading = ReadScale(options);
    if (!reading.ok()) return reading.status();
    weighing.set_gross_mass_g(reading->grams);
    weighing.set_raw(reading->raw);
  }
  *request.mutable_station_time() = common::ToProto(absl::Now());
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  const auto recorded = (*connection)->Ask(*stub, &InventoryService::Stub::RecordWeighing, request);
  if (!recorded.ok()) return recorded.status();
  if (options.json) {
    const auto json = common::ProtoToJson(*recorded, true);
    if (!json.ok()) return json.status();
    PrintLine(*json);
    return absl::OkStatus();
  }
  PrintLine(absl::StrCat(recorded->subject(), ": net ", Kilograms(recorded->net_mass_g()),
                         " (gross ", Kilograms(recorded->gross_mass_g()), ", tare ",
                         Kilograms(recorded->tare_mass_g()), ")"));
  for (const std::string& warning : recorded->warnings()) PrintLine("! " + Visible(warning));
  return absl::OkStatus();
}

}  // namespace

void AddWeigh(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("weigh", "Record what a scale says of a container or lot");
  command->add_option("SUBJECT", options->subject, "A container, or lots/ID or assets/ID")
      ->required();
  command->add_option("--scale", options->scale, "Which scale it is, such as dock-2")->required();
  CLI::Option_group* source = command->add_option_group("source", "One of these");
  source->add_option("--tcp", options->tcp, "Read it from HOST:PORT");
  source->add_option("--serial", options->serial,
                     "Read it from a serial line, such as /dev/ttyUSB0");
  source->add_option("--gross-g", options->gross_g, "Grams that a person read")
      ->check(CLI::NonNegativeNumber);
  source->require_option(1);
  command->add_option("--baud", options->baud, "Speed of the serial line")->capture_default_str();
  command->add_option("--ask", options->ask,
                      "What makes the scale send a weight, such as S; else it sends by itself");
  command->add_option("--tare-g", options->tare_g, "Grams of the empty container")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--patience", options->patience_s, "Seconds for the scale to come to rest")
      ->capture_default_str()
      ->check(CLI::Range(0.1, 600.0));
  command->add_flag("--dry-run", options->dry_run, "Say what would be, and change nothing");
  command->add_flag("--json", options->json, "The Weighing of the API as JSON");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
