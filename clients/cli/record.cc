// SPDX-License-Identifier: Apache-2.0
// loopdock asset and loopdock load: questions to the record.

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/loads.h"
#include "clients/cli/questions.h"
#include "clients/cli/receive_words.h"
#include "clients/cli/words.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using inventory::v1::Asset;
using inventory::v1::InventoryService;
using inventory::v1::Load;

constexpr int kPageSize = 1000;
constexpr int kDiscrepanciesShown = 20;

struct Options {
  std::string name;
  std::string kind;
  std::string load;
  std::string container;
  std::string location;
  std::string filter;
  std::string order_by;
  std::string supplier;
  bool json = false;
  bool csv = false;
};

absl::Status PrintJson(const google::protobuf::Message& message, bool pretty = true) {
  const auto json = common::ProtoToJson(message, pretty);
  if (!json.ok()) return json.status();
  PrintLine(*json);
  return absl::OkStatus();
}

void PrintAsset(const Asset& asset) {
  Table table({"asset", asset.name()});
  for (const auto& identifier : asset.identifiers()) {
    table.Add({Word(IdentifierKind_Name(identifier.kind()), "IDENTIFIER_KIND_"),
               Visible(identifier.value())});
  }
  table.Add({"device", Visible(absl::StrCat(asset.maker(), asset.maker().empty() ? "" : " ",
                                            asset.model(), " ", asset.category()))});
  table.Add({"state", Word(AssetState_Name(asset.state()), "ASSET_STATE_")});
  table.Add({"load", asset.load()});
  table.Add({"where", asset.container().empty() ? asset.location() : asset.container()});
  table.Add({"data", Word(DataStatus_Name(asset.data_status()), "DATA_STATUS_")});
  table.Add({"control", Word(R2Applicability_Name(asset.applicability()), "R2_APPLICABILITY_")});
  table.Add({"cosmetic", Word(Cosmetic_Name(asset.cosmetic()), "COSMETIC_")});
  table.Add({"functional", Word(Functional_Name(asset.functional()), "FUNCTIONAL_")});
  for (const auto& hold : asset.holds()) table.Add({"hold " + hold.id(), Visible(hold.reason())});
  table.Add({"decision", Word(NextProcess_Name(asset.decision().next()), "NEXT_PROCESS_")});
  for (const auto& reason : asset.decision().reasons()) table.Add({"", Visible(reason)});
  PrintLine(table.ToString());
}

absl::Status PrintTimeline(const client::Connection& connection, InventoryService::Stub& stub,
                           const std::string& name) {
  inventory::v1::GetTimelineRequest request;
  request.set_name(name);
  request.set_page_size(kPageSize);
  Table table({"SEQUENCE", "TIME", "ACTOR", "FACTS"});
  do {
    const auto page = connection.Ask(stub, &InventoryService::Stub::GetTimeline, request);
    if (!page.ok()) return page.status();
    for (const auto& entry : page->entries()) {
      std::vector<std::string> facts;
      for (const auto& fact : entry.facts()) facts.push_back(FactName(fact));
      table.Add({absl::StrCat(entry.sequence()), TimeText(entry.server_time()),
                 Visible(entry.actor()), absl::StrJoin(facts, ", ")});
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  PrintLine(table.ToString());
  return absl::OkStatus();
}

absl::Status ShowAsset(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::GetAssetRequest request;
  request.set_name(settings.FullName("assets", options.name));
  const auto asset = (*connection)->Ask(*stub, &InventoryService::Stub::GetAsset, request);
  if (!asset.ok()) return asset.status();
  if (options.json) return PrintJson(*asset);
  PrintAsset(*asset);
  return PrintTimeline(**connection, *stub, asset->name());
}

// The one asset of an identifier of that kind.
absl::Status FindByKind(const client::Connection& connection, InventoryService::Stub& stub,
                        const Settings& settings, const Options& options) {
  inventory::v1::IdentifierKind kind;
  if (!IdentifierKind_Parse("IDENTIFIER_KIND_" + UpperCase(options.kind), &kind)) {
    return UsageError("There is no kind '" + Visible(options.kind, 40) +
                      "'. Use serial, imei, meid, mac, asset_tag, giai, sgtin, eid, iccid or "
                      "plain.");
  }
  inventory::v1::FindAssetRequest request;
  request.set_site(settings.site_name());
  request.mutable_identifier()->set_value(options.name);
  request.mutable_identifier()->set_kind(kind);
  const auto asset = connection.Ask(stub, &InventoryService::Stub::FindAsset, request);
  if (!asset.ok()) return asset.status();
  if (options.json) return PrintJson(*asset);
  PrintAsset(*asset);
  return absl::OkStatus();
}

// The name of what a match is about.
std::string NameOf(const inventory::v1::FindMatch& match) {
  if (match.has_asset()) return match.asset().name();
  if (match.has_container()) return match.container().name();
  if (match.has_load()) return match.load().name();
  if (match.has_lot()) return match.lot().name();
  return match.has_shipment() ? match.shipment().name() : match.party().name();
}

absl::Status FindAsset(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  if (!options.kind.empty()) return FindByKind(**connection, *stub, settings, options);
  inventory::v1::FindRequest request;
  request.set_site(settings.site_name());
  request.set_value(options.name);
  const auto found = (*connection)->Ask(*stub, &InventoryService::Stub::Find, request);
  if (!found.ok()) return found.status();
  if (options.json) return PrintJson(*found);
  if (found->matches().empty()) {
    return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                         "Nothing has the identifier '" + Visible(options.name, 100) + "'.");
  }
  if (found->matches_size() == 1 && found->matches(0).has_asset()) {
    PrintAsset(found->matches(0).asset());
    return absl::OkStatus();
  }
  Table table({"MATCHED", "WHAT"});
  for (const auto& match : found->matches()) table.Add({match.matched(), NameOf(match)});
  PrintLine(table.ToString());
  return absl::OkStatus();
}

const std::vector<std::string> kAssetHeadings = {"ASSET", "IDENTIFIERS", "STATE",
                                                 "DATA",  "COSMETIC",    "DECISION"};

std::vector<std::string> AssetRow(const Asset& asset) {
  std::vector<std::string> identifiers;
  for (const auto& identifier : asset.identifiers()) {
    identifiers.push_back(Visible(identifier.value(), 40));
  }
  return {asset.name(),
          absl::StrJoin(identifiers, " "),
          Word(AssetState_Name(asset.state()), "ASSET_STATE_"),
          Word(DataStatus_Name(asset.data_status()), "DATA_STATUS_"),
          Word(Cosmetic_Name(asset.cosmetic()), "COSMETIC_"),
          Word(NextProcess_Name(asset.decision().next()), "NEXT_PROCESS_")};
}

inventory::v1::ListAssetsRequest ListRequest(const Settings& settings, const Options& options) {
  inventory::v1::ListAssetsRequest request;
  request.set_site(settings.site_name());
  request.set_page_size(kPageSize);
  request.set_filter(options.filter);
  request.set_order_by(options.order_by);
  if (!options.container.empty()) {
    request.set_container(settings.FullName("containers", options.container));
  }
  if (!options.location.empty()) {
    request.set_location(settings.FullName("locations", options.location));
  }
  return request;
}

absl::Status ListAssets(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::ListAssetsRequest request = ListRequest(settings, options);
  if (!options.load.empty()) {
    const auto load = FindLoad(**connection, settings, options.load);
    if (!load.ok()) return load.status();
    request.set_load(load->name());
  }
  Table table(kAssetHeadings);
  if (options.csv) PrintCsv(kAssetHeadings);
  do {
    const auto page = (*connection)->Ask(*stub, &InventoryService::Stub::ListAssets, request);
    if (!page.ok()) return page.status();
    for (const Asset& asset : page->assets()) {
      if (options.csv) {
        PrintCsv(AssetRow(asset));
      } else if (!options.json) {
        table.Add(AssetRow(asset));
      } else if (auto status = PrintJson(asset, false); !status.ok()) {
        return status;
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!options.json && !options.csv) PrintLine(table.ToString());
  return absl::OkStatus();
}

std::vector<std::string> LoadRow(const Load& load) {
  return {load.name(),
          Visible(load.external_ref(), 40),
          load.supplier(),
          Word(LoadState_Name(load.state()), "LOAD_STATE_"),
          absl::StrCat(load.scan_count()),
          absl::StrCat(load.asset_count())};
}

const std::vector<std::string> kLoadHeadings = {"LOAD",  "EXTERNAL_REF", "SUPPLIER",
                                                "STATE", "SCANS",        "ASSETS"};

void PrintReconciliation(const inventory::v1::Reconciliation& reconciliation) {
  const inventory::v1::ReceivingCounts& counts = reconciliation.counts();
  Table table({"load", reconciliation.load().name()});
  table.Add({"manifest", reconciliation.has_manifest() ? reconciliation.manifest().name() : "-"});
  const std::pair<const char*, std::int64_t> rows[] = {
      {"expected", counts.expected()},
      {"matched", counts.matched()},
      {"missing", reconciliation.missing()},
      {"unexpected", counts.unexpected()},
      {"duplicates", counts.duplicates()},
      {"wrong model", counts.wrong_model()},
      {"over", counts.over()},
      {"lines short", reconciliation.short_lines()},
      {"lines over", reconciliation.over_lines()},
      {"unread", reconciliation.unread()},
      {"not chosen yet", reconciliation.choices()},
      {"withdrawn", reconciliation.withdrawn()}};
  for (const auto& [what, count] : rows) table.Add({what, absl::StrCat(count)});
  const std::pair<const char*, std::int64_t> masses[] = {
      {"mass claimed", counts.expected_mass_g()},
      {"mass weighed", counts.weighed_mass_g()},
      {"mass received", reconciliation.received_mass_g()}};
  for (const auto& [what, mass_g] : masses) {
    if (mass_g > 0) table.Add({what, absl::StrCat(mass_g, " g")});
  }
  for (const auto& session : reconciliation.sessions()) {
    table.Add({"session",
               absl::StrCat(session.name(), session.open() ? ", open" : ", closed", ", ",
                            session.scan_count(), " scans, ", session.asset_count(), " assets")});
  }
  PrintLine(table.ToString());
}

// How claim and reality compare, and the first differences.
absl::Status PrintHowLoadStands(const client::Connection& connection, InventoryService::Stub& stub,
                                const std::string& load, bool json) {
  inventory::v1::GetReconciliationRequest request;
  request.set_load(load);
  const auto reconciliation =
      connection.Ask(stub, &InventoryService::Stub::GetReconciliation, request);
  if (!reconciliation.ok()) return reconciliation.status();
  inventory::v1::ListDiscrepanciesRequest list;
  list.set_load(load);
  list.set_page_size(kDiscrepanciesShown);
  const auto page = connection.Ask(stub, &InventoryService::Stub::ListDiscrepancies, list);
  if (!page.ok()) return page.status();
  if (json) {
    if (auto status = PrintJson(*reconciliation, false); !status.ok()) return status;
    return PrintJson(*page, false);
  }
  PrintReconciliation(*reconciliation);
  if (page->discrepancies().empty()) return absl::OkStatus();
  PrintLine("\n" + DiscrepanciesTable(*page));
  if (!page->next_page_token().empty()) PrintLine("... and more.");
  return absl::OkStatus();
}

absl::Status ShowLoad(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  const auto load = FindLoad(**connection, settings, options.name, options.supplier);
  if (!load.ok()) return load.status();
  if (!options.json) {
    Table table(kLoadHeadings);
    table.Add(LoadRow(*load));
    PrintLine(table.ToString() + "\n");
  }
  return PrintHowLoadStands(**connection, *stub, load->name(), options.json);
}

absl::Status ListLoads(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::ListLoadsRequest request;
  request.set_site(settings.site_name());
  request.set_page_size(kPageSize);
  Table table(kLoadHeadings);
  do {
    const auto page = (*connection)->Ask(*stub, &InventoryService::Stub::ListLoads, request);
    if (!page.ok()) return page.status();
    for (const Load& load : page->loads()) {
      if (!options.json) {
        table.Add(LoadRow(load));
      } else if (auto status = PrintJson(load, false); !status.ok()) {
        return status;
      }
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (!options.json) PrintLine(table.ToString());
  return absl::OkStatus();
}

using Runner = absl::Status (*)(const Settings&, const Options&);

CLI::App* AddOne(CLI::App& parent, Settings& settings, const std::shared_ptr<Options>& options,
                 const std::string& name, const std::string& about, Runner runner) {
  CLI::App* command = parent.add_subcommand(name, about);
  command->add_flag("--json", options->json, "The messages of the API as JSON");
  command->callback([options, runner, &settings] {
    settings.run = [options, runner, &settings] { return runner(settings, *options); };
  });
  return command;
}

}  // namespace

void AddRecord(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* asset = app.add_subcommand("asset", "Look at assets and correct them");
  asset->require_subcommand(1);
  AddOne(*asset, settings, options, "show", "One asset with its history", ShowAsset)
      ->add_option("NAME", options->name, "Its name, or the last part of it")
      ->required();
  CLI::App* find =
      AddOne(*asset, settings, options, "find", "Whatever has an identifier", FindAsset);
  find->add_option("VALUE", options->name,
                   "Serial number, IMEI, asset tag, SSCC, external reference, uid, (old) name")
      ->required();
  find->add_option("--kind", options->kind, "Only identifiers of this kind, such as serial");
  CLI::App* list = AddOne(*asset, settings, options, "list", "Assets, one a line", ListAssets);
  auto* load_option = list->add_option("--load", options->load, "Only of this load");
  auto* container = list->add_option("--container", options->container, "Only in this container");
  auto* location = list->add_option("--location", options->location, "Only at this location");
  load_option->excludes(container)->excludes(location);
  container->excludes(location);
  list->add_option("--filter", options->filter,
                   "Only what matches, such as 'state = IN_STOCK AND age_days > 270'")
      ->excludes(load_option)
      ->excludes(container)
      ->excludes(location);
  list->add_option("--order-by", options->order_by,
                   "name, create_time, received_time or update_time, with ' desc' if wanted")
      ->excludes(load_option)
      ->excludes(container)
      ->excludes(location);
  list->add_flag("--csv", options->csv, "Rows of CSV");
  AddAssetQuestions(*asset, settings);
  AddContainer(app, settings);

  CLI::App* load = app.add_subcommand("load", "Inbound loads: claim, reality and papers");
  load->require_subcommand(1);
  CLI::App* show = AddOne(*load, settings, options, "show",
                          "How a load stands: claim, reality, first differences", ShowLoad);
  show->add_option("NAME", options->name, "Its name, the last part of it, or its reference")
      ->required();
  show->add_option("--supplier", options->supplier,
                   "NAME is the external_ref of a load of this supplier");
  AddOne(*load, settings, options, "list", "Loads, one a line", ListLoads);
}

}  // namespace loopdock::cli
