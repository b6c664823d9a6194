// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/demo_report.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"

namespace loopdock::cli {
namespace {

using grading::v1::Inspection;
using intake::v1::ScanResponse;
using inventory::v1::Asset;

constexpr size_t kPartCharsMax = 28;
constexpr size_t kCellCharsMax = 44;

// What Visible has made stays as it is.
std::string Shortened(const std::string& visible) { return Visible(visible, kCellCharsMax); }

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string Scanned(const ScanResponse& answer) {
  std::vector<std::string> texts;
  for (const auto& symbol : answer.scan().symbols()) {
    texts.push_back(Visible(symbol.content(), kPartCharsMax));
  }
  return texts.empty() ? "-" : Shortened(absl::StrJoin(texts, " + "));
}

std::string Formats(const ScanResponse& answer) {
  std::vector<std::string> formats;
  for (const auto& symbol : answer.scan().symbols()) {
    formats.push_back(symbol.format().empty() ? "typed" : symbol.format());
  }
  return formats.empty() ? "-" : absl::StrJoin(formats, " + ");
}

std::string Understood(const ScanResponse& answer) {
  std::vector<std::string> parts;
  const auto& label = answer.scan().understanding();
  const auto add = [&parts](const char* what, const std::string& value) {
    if (!value.empty()) parts.push_back(absl::StrCat(what, " ", Visible(value, kPartCharsMax)));
  };
  add("serial", label.serial());
  add("part", label.part_number());
  for (const std::string& imei : label.imeis()) add("IMEI", imei);
  for (const std::string& mac : label.macs()) add("MAC", mac);
  add("GTIN", label.gtin());
  add("tag", label.asset_tag());
  add("SSCC", label.sscc());
  for (const std::string& other : label.others()) add("text", other);
  const std::string outcome =
      Word(inventory::v1::ScanOutcome_Name(answer.outcome()), "SCAN_OUTCOME_");
  return Shortened(outcome + (parts.empty() ? "" : ": " + absl::StrJoin(parts, ", ")));
}

std::string Grade(const Asset& asset, const Inspection* inspection) {
  if (inspection == nullptr) return "-";
  const std::string grade = Word(Cosmetic_Name(asset.cosmetic()), "COSMETIC_");
  const int defects = asset.inspection().defect_count();
  const std::string why = grade == "C0" ? " " + inspection->reason() : "";
  return absl::StrCat(grade, why, ", ", defects, defects == 1 ? " defect" : " defects");
}

std::string Decided(const Asset& asset) {
  if (!asset.has_decision()) return "-";
  const auto& decision = asset.decision();
  const std::string why = decision.reasons().empty() ? "" : ": " + Visible(decision.reasons(0), 90);
  return UpperCase(Word(NextProcess_Name(decision.next()), "NEXT_PROCESS_")) + why;
}

std::string Rate(size_t count, absl::Duration time) {
  const double seconds = absl::ToDoubleSeconds(time);
  return absl::StrFormat("%.1f s, %.1f a second", seconds,
                         seconds > 0 ? static_cast<double>(count) / seconds : 0.0);
}

}  // namespace

std::string HexOf(std::string_view bytes) { return common::HexEncode(bytes); }

std::string DemoTable(const DemoPlan& plan, const DemoResult& result) {
  std::map<size_t, const Inspection*> inspections;  // by scan
  for (size_t i = 0; i < plan.screens.size(); ++i) {
    inspections[plan.screens[i].scan] = &result.inspections[i];
  }
  Table table({"ASSET", "SCANNED", "FORMAT", "UNDERSTOOD", "GRADE", "DECISION"});
  for (size_t i = 0; i < plan.scans.size(); ++i) {
    const ScanResponse& answer = result.scans[i];
    const auto inspection = inspections.find(i);
    // A duplicate's grade and decision stand in the row of the asset that it names.
    const bool own = answer.outcome() != inventory::v1::SCAN_OUTCOME_DUPLICATE;
    table.Add(
        {answer.asset().empty() ? "-" : LastPart(answer.asset()), Scanned(answer), Formats(answer),
         Understood(answer),
         Grade(result.assets[i], inspection == inspections.end() ? nullptr : inspection->second),
         own ? Decided(result.assets[i]) : "-"});
  }
  return "\n" + table.ToString() + "\n";
}

std::string DemoCounts(const DemoPlan& plan, const DemoResult& result) {
  std::map<std::string, int> outcomes;
  std::set<std::string> assets;
  std::map<std::string, int> decisions;
  for (size_t i = 0; i < result.scans.size(); ++i) {
    const ScanResponse& answer = result.scans[i];
    ++outcomes[Word(inventory::v1::ScanOutcome_Name(answer.outcome()), "SCAN_OUTCOME_")];
    if (answer.asset().empty() || !assets.insert(answer.asset()).second) continue;
    ++decisions[Word(NextProcess_Name(result.assets[i].decision().next()), "NEXT_PROCESS_")];
  }
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : outcomes) parts.push_back(absl::StrCat(count, " ", outcome));
  std::string text = absl::StrCat(
      "Load ", result.load.name(), " (", result.load.external_ref(), "), ",
      result.load_known ? "recognised from an earlier run" : "new", ", session ", result.session,
      "\nScans: ", result.scans.size(), " (", absl::StrJoin(parts, ", "), ") in ",
      Rate(result.scans.size(), result.scan_time), "\nInspections: ", plan.screens.size(), " in ",
      Rate(plan.screens.size(), result.inspect_time));
  parts.clear();
  for (const auto& [next, count] : decisions) parts.push_back(absl::StrCat(count, " ", next));
  absl::StrAppend(&text, "\nAssets: ", assets.size(), ", decided: ", absl::StrJoin(parts, ", "));
  return text;
}

std::string LookFurther(const DemoResult& result, const DemoServer& server,
                        const std::string& key) {
  const auto folder = common::ProgramDirectory();
  const std::string program = (folder.ok() ? *folder + "/" : "") + "loopdock --address " +
                              server.address() + " --token-file " + server.token_path() + " ";
  std::string asset = "ASSET";
  for (const Asset& candidate : result.assets) {
    if (candidate.decision().next() == inventory::v1::NEXT_PROCESS_REUSE) {
      asset = LastPart(candidate.name());
    }
  }
  return absl::StrCat("\nLook further:\n  ", program, "asset list --load ",
                      LastPart(result.load.name()), "\n  ", program, "asset show ", asset, "\n  ",
                      program, "trace export --format epcis -o events.json\n  ", program,
                      "trace checkpoint -o checkpoint.txt\n  ", program,
                      "trace verify --checkpoint checkpoint.txt --key '", key, "'\n  ", program,
                      "methods\n  curl http://", server.metrics(), "/metrics");
}

}  // namespace loopdock::cli
