// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/demo_plan.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 6> kSets = {"code128-1", "code39-1", "datamatrix-1",
                                                   "qrcode-1",  "pdf417-1", "itf-1"};
constexpr size_t kSetColumn = 1;
constexpr size_t kPathColumn = 3;
// At which the pictures of `screens` were taken, as nearly as is known.
constexpr double kScreensUmPerPx = 80;

absl::Status NotThere(const std::string& path, const std::string& hint) {
  return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                       absl::StrCat(path, " is missing. ", hint), {{"path", path}});
}

absl::StatusOr<std::string> FindPallet(const std::string& folder) {
  std::vector<std::string> places = {folder};
  if (folder.empty()) {
    const auto program = common::ProgramDirectory();
    if (!program.ok()) return program.status();
    places = {*program + "/../share/loopdock/demo", *program + "/../../../tests/data/demo"};
  }
  for (const std::string& place : places) {
    std::error_code error;
    if (fs::exists(place + "/pallet.json", error)) return place;
  }
  return NotThere(places.back() + "/pallet.json", "Name the folder of a pallet with --pallet.");
}

std::string ReferenceOf(std::string_view kind, const DemoPlan& plan) {
  std::string all;
  for (const DemoScan& scan : plan.scans) absl::StrAppend(&all, scan.name, "\n");
  for (const DemoScreen& screen : plan.screens) absl::StrAppend(&all, screen.name, "\n");
  return absl::StrCat("demo-", std::string(kind), "-", common::Sha256Hex(all).substr(0, 8));
}

// nlohmann's accessors throw on another type; `value` with a default does so too.
std::string TextOf(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

absl::Status ReadLabels(const nlohmann::json& labels, const std::string& folder, DemoPlan* plan) {
  for (const nlohmann::json& label : labels) {
    const std::string file = label.is_object() ? TextOf(label, "file") : "";
    if (file.empty()) {
      return common::Error(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
                           absl::StrCat(folder, "/pallet.json has a label without a file."));
    }
    const std::string screen = TextOf(label, "screen");
    if (!screen.empty()) {
      plan->screens.push_back({screen, absl::StrCat(folder, "/", screen), plan->scans.size()});
    }
    plan->scans.push_back({file, absl::StrCat(folder, "/", file), ""});
  }
  return absl::OkStatus();
}

absl::Status ReadManifest(const std::string& folder, DemoPlan* plan) {
  const std::string path = folder + "/barcodes/manifest.tsv";
  const auto text = common::ReadFile(path);
  if (!text.ok()) {
    return NotThere(path, "Give a folder that holds barcodes/manifest.tsv and screens/.");
  }
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    const std::vector<std::string> columns = absl::StrSplit(line, '\t');
    if (columns.size() <= kPathColumn) continue;
    if (std::find(kSets.begin(), kSets.end(), columns[kSetColumn]) == kSets.end()) continue;
    plan->scans.push_back({columns[kPathColumn], folder + "/barcodes/" + columns[kPathColumn], ""});
  }
  return absl::OkStatus();
}

absl::Status ReadScreens(const std::string& folder, DemoPlan* plan) {
  const std::string root = folder + "/screens";
  std::map<std::string, std::string> pictures;  // by path below the folder
  std::error_code error;
  fs::recursive_directory_iterator at(root, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    if (!at->is_regular_file(error)) continue;
    const std::string extension = at->path().extension().string();
    if (extension != ".jpg" && extension != ".jpeg" && extension != ".png" && extension != ".webp")
      continue;
    pictures[fs::relative(at->path(), folder, error).string()] = at->path().string();
  }
  if (pictures.empty()) return NotThere(root, "It must hold pictures of devices.");
  for (const auto& [name, path] : pictures) {
    const std::string tag = fs::path(path).filename().string();
    plan->screens.push_back({name, path, plan->scans.size()});
    plan->scans.push_back({tag, "", "Asset tag: " + tag});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DemoPlan> OwnPallet(const std::string& folder) {
  const auto found = FindPallet(folder);
  if (!found.ok()) return found.status();
  const auto text = common::ReadFile(*found + "/pallet.json");
  if (!text.ok()) return text.status();
  const auto json = common::ParseJson(*text);
  if (!json.ok()) return json.status();
  DemoPlan plan;
  const auto scale = json->find("um_per_px");
  const auto labels = json->find("labels");
  if (scale == json->end() || !scale->is_number() || labels == json->end() || labels->empty()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
                         absl::StrCat(*found, "/pallet.json lacks um_per_px or labels."));
  }
  plan.um_per_px = scale->get<double>();
  if (auto status = ReadLabels(*labels, *found, &plan); !status.ok()) return status;
  plan.external_ref = ReferenceOf("pallet", plan);
  return plan;
}

absl::StatusOr<DemoPlan> RealPictures(const std::string& folder) {
  DemoPlan plan;
  plan.um_per_px = kScreensUmPerPx;
  if (auto status = ReadManifest(folder, &plan); !status.ok()) return status;
  if (auto status = ReadScreens(folder, &plan); !status.ok()) return status;
  plan.external_ref = ReferenceOf("pictures", plan);
  return plan;
}

}  // namespace loopdock::cli
