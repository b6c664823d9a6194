// SPDX-License-Identifier: Apache-2.0
// loopdock catalog import and find: what the site knows of devices; docs/using/catalog.md.

#include <google/protobuf/util/message_differencer.h>

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/catalog_lists.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/progress.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/models.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::cli {
namespace {

using inventory::v1::CatalogEntry;
using inventory::v1::InventoryService;

constexpr int kBatch = 500;
constexpr int kPageSize = 1000;
constexpr std::size_t kProblemsShownMax = 50;

struct Options {
  std::string folder;
  std::vector<std::string> keys;
  std::string category;
  bool strict = false;
  bool dry_run = false;
  bool json = false;
};

// What an import came to.
struct Import {
  std::size_t rows = 0, entries = 0, unchanged = 0, set = 0, known = 0, refused = 0;
  std::vector<std::string> refusals;
};

// Everything the site has: name -> entry.
absl::StatusOr<std::map<std::string, CatalogEntry>> EntriesOf(const client::Connection& connection,
                                                              InventoryService::Stub& stub,
                                                              const std::string& site) {
  std::map<std::string, CatalogEntry> entries;
  inventory::v1::ListCatalogEntriesRequest request;
  request.set_site(site);
  request.set_page_size(kPageSize);
  do {
    auto page = connection.Ask(stub, &InventoryService::Stub::ListCatalogEntries, request);
    if (!page.ok()) return page.status();
    for (CatalogEntry& entry : *page->mutable_entries()) {
      entry.clear_update_time();
      const std::string name = entry.name();
      entries[name] = std::move(entry);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return entries;
}

// What is left to be set: new entries and changed ones. A key of an entry that the site made itself
// stays there.
std::vector<CatalogEntry> Differing(std::vector<CatalogEntry> listed,
                                    const std::map<std::string, CatalogEntry>& here,
                                    Import* import) {
  std::set<std::string> ours;
  for (const CatalogEntry& entry : listed) ours.insert(entry.name());
  std::set<std::string> taken;
  for (const auto& [name, entry] : here) {
    if (!ours.contains(name)) taken.insert(entry.keys().begin(), entry.keys().end());
  }
  std::vector<CatalogEntry> differing;
  for (CatalogEntry& entry : listed) {
    const std::vector<std::string> keys(entry.keys().begin(), entry.keys().end());
    entry.clear_keys();
    for (const std::string& key : keys) {
      if (!taken.contains(key)) entry.add_keys(key);
    }
    const auto known = here.find(entry.name());
    if (entry.keys().empty()) {
      ++import->known;
    } else if (known != here.end() &&
               google::protobuf::util::MessageDifferencer::Equals(known->second, entry)) {
      ++import->unchanged;
    } else {
      differing.push_back(std::move(entry));
    }
  }
  return differing;
}

absl::Status SendAll(const client::Connection& connection, InventoryService::Stub& stub,
                     const Settings& settings, const Options& options,
                     std::vector<CatalogEntry> entries, Import* import) {
  std::optional<Progress> progress;
  if (!options.json) progress.emplace("entries set", entries.size());
  for (std::size_t at = 0; at < entries.size();) {
    inventory::v1::ExecuteBatchRequest batch;
    batch.set_site(settings.site_name());
    batch.set_mode(inventory::v1::BATCH_MODE_BEST_EFFORT);
    batch.set_request_id(common::NewUuidV7());
    batch.set_validate_only(options.dry_run);
    const std::size_t first = at;
    for (; at < entries.size() && batch.commands_size() < kBatch; ++at) {
      auto* set = batch.add_commands()->mutable_set_catalog_entry();
      set->set_site(batch.site());
      set->set_reason(absl::StrCat("Imported from ", entries[at].source(), "."));
      *set->mutable_entry() = entries[at];
    }
    const auto done = connection.Ask(stub, &InventoryService::Stub::ExecuteBatch, batch);
    if (!done.ok()) return done.status();
    for (int i = 0; i < done->results_size(); ++i) {
      if (progress) progress->Add();
      if (!done->results(i).has_error()) {
        ++import->set;
        continue;
      }
      ++import->refused;
      const CatalogEntry& entry = entries[first + static_cast<std::size_t>(i)];
      import->refusals.push_back(absl::StrCat(entry.maker(), " ", entry.model(), ": ",
                                              done->results(i).error().message()));
    }
  }
  return absl::OkStatus();
}

void PrintProblems(const CatalogLists& lists, const Import& import) {
  std::size_t shown = 0;
  for (const ListProblem& problem : lists.problems) {
    if (++shown > kProblemsShownMax) break;
    std::cerr << problem.file << ":" << problem.line << ": " << problem.reason << "\n";
  }
  for (const std::string& refusal : import.refusals) {
    if (++shown > kProblemsShownMax) break;
    std::cerr << "refused: " << Visible(refusal, 300) << "\n";
  }
  const std::size_t all = lists.problems.size() + import.refusals.size();
  if (all > kProblemsShownMax) std::cerr << all - kProblemsShownMax << " more\n";
}

nlohmann::ordered_json AsJson(const CatalogLists& lists, const Import& import, bool dry_run) {
  nlohmann::ordered_json json;
  json["files"] = lists.files;
  json["rows"] = import.rows;
  json["entries"] = import.entries;
  json["set"] = import.set;
  json["unchanged"] = import.unchanged;
  json["known"] = import.known;
  json["refused"] = import.refused;
  json["dry_run"] = dry_run;
  json["problems"] = nlohmann::ordered_json::array();
  for (const ListProblem& problem : lists.problems) {
    nlohmann::ordered_json one;
    one["file"] = problem.file;
    one["line"] = problem.line;
    one["reason"] = problem.reason;
    json["problems"].push_back(std::move(one));
  }
  return json;
}

absl::Status RunImport(const Settings& settings, const Options& options) {
  const auto models = common::ModelsDirectory();
  if (!models.ok()) return models.status();
  const auto categories = intake::Catalog::Load(*models + "/catalog");
  if (!categories.ok()) return categories.status();
  auto lists = ReadCatalogFolder(options.folder, settings.site, *categories);
  if (!lists.ok()) return lists.status();
  Import import;
  import.rows = lists->row_count;
  import.entries = lists->entries.size();
  if (options.strict && !lists->problems.empty()) {
    PrintProblems(*lists, import);
    return absl::FailedPreconditionError(absl::StrCat(
        lists->problems.size(), " rows cannot be used; nothing was imported (--strict)."));
  }
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  const auto here = EntriesOf(**connection, *stub, settings.site_name());
  if (!here.ok()) return here.status();
  std::vector<CatalogEntry> differing = Differing(lists->entries, *here, &import);
  if (auto status = SendAll(**connection, *stub, settings, options, std::move(differing), &import);
      !status.ok()) {
    return status;
  }
  if (options.json) {
    PrintLine(common::DumpJson(AsJson(*lists, import, options.dry_run)));
  } else {
    PrintProblems(*lists, import);
    PrintLine(absl::StrCat(absl::StrJoin(lists->files, ", "), ": ", import.rows, " rows, ",
                           lists->problems.size(), " skipped, ", import.entries,
                           " entries: ", import.set, options.dry_run ? " would be set, " : " set, ",
                           import.unchanged, " unchanged, ", import.known,
                           " known by entries of the site's own, ", import.refused, " refused"));
  }
  if (import.refused == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(import.refused, " entries were refused."));
}

void PrintFacts(const std::string& key, const intake::v1::FindDeviceFactsResponse& facts,
                bool json) {
  if (json) {
    nlohmann::ordered_json line;
    line["asked"] = common::CleanUtf8(key);
    const auto found = common::ProtoToJson(facts);
    line["found"] = nlohmann::ordered_json::parse(found.ok() ? *found : "null", nullptr, false);
    return PrintLine(common::DumpJson(line));
  }
  const CatalogEntry& entry = facts.entry();
  PrintLine(absl::StrCat(Visible(key), "  ", Visible(entry.maker()), " ", Visible(entry.model()),
                         "  ", entry.category().empty() ? "-" : entry.category(), "  ",
                         entry.mass_g(), " g  UNU ",
                         entry.unu_key().empty() ? "-" : entry.unu_key(), "  ", facts.origin(),
                         ", ", Visible(entry.source())));
}

absl::Status RunFind(const Settings& settings, const Options& options) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = intake::v1::IntakeService::NewStub((*connection)->channel());
  std::size_t missing = 0;
  const auto find = [&](const std::string& key) -> absl::Status {
    intake::v1::FindDeviceFactsRequest request;
    request.set_site(settings.site_name());
    if (!key.empty()) request.add_keys(key);
    request.set_category(options.category);
    const auto facts =
        (*connection)->Ask(*stub, &intake::v1::IntakeService::Stub::FindDeviceFacts, request);
    if (facts.ok()) {
      PrintFacts(key, *facts, options.json);
    } else if (absl::IsNotFound(facts.status())) {
      ++missing;
      if (options.json) {
        PrintLine(common::DumpJson(
            nlohmann::ordered_json{{"asked", common::CleanUtf8(key)}, {"found", nullptr}}));
      } else {
        PrintLine(absl::StrCat(Visible(key), "  not known"));
      }
    } else {
      return facts.status();
    }
    return absl::OkStatus();
  };
  if (options.keys.empty() && options.category.empty()) {
    return UsageError("Give a key, - for the lines of standard input, or --category.");
  }
  if (options.keys.empty()) {
    if (auto status = find(""); !status.ok()) return status;
  }
  for (const std::string& key : options.keys) {
    if (key != "-") {
      if (auto status = find(key); !status.ok()) return status;
      continue;
    }
    while (const auto line = NextLine(std::cin)) {
      if (line->empty()) continue;
      if (auto status = find(*line); !status.ok()) return status;
    }
  }
  if (missing == 0) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat(missing, " keys are not known."));
}

}  // namespace

void AddCatalog(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* catalog = app.add_subcommand("catalog", "What is known of devices by their numbers");
  catalog->require_subcommand(1);
  const auto runs = [&settings, options](CLI::App* command, auto* run) {
    command->callback([&settings, options, run] {
      settings.run = [&settings, options, run] { return run(settings, *options); };
    });
  };
  CLI::App* import =
      catalog->add_subcommand("import", "Build entries of the site from published lists");
  import->add_option("FOLDER", options->folder, "Folder of the lists (docs/using/catalog.md)")
      ->required();
  import->add_flag("--strict", options->strict, "Import nothing when a row cannot be used");
  import->add_flag("--dry-run", options->dry_run, "Check only; nothing changes");
  import->add_flag("--json", options->json, "One line of JSON");
  import->footer(
      "Rows that cannot be used are named and skipped. The same lists again change nothing.\n"
      "Exit code 1 when an entry was refused.");
  runs(import, &RunImport);
  CLI::App* find = catalog->add_subcommand("find", "Facts of a device by GTIN, part number, TAC");
  find->add_option("KEY", options->keys, "A key; - for the lines of standard input");
  find->add_option("--category", options->category, "What is typical where no key is known");
  find->add_flag("--json", options->json, "One line of JSON a key");
  runs(find, &RunFind);
}

}  // namespace loopdock::cli
