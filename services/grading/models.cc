// SPDX-License-Identifier: Apache-2.0
#include "services/grading/models.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/common/toml.h"

namespace loopdock::grading {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kFileBytesMax = 1 << 20;
constexpr size_t kScalesMax = 64;
constexpr int kDaysMax = 3650;
constexpr char kChecklistsFile[] = "checklists.toml";
constexpr char kStationsFile[] = "stations.toml";
constexpr char kFunctionsFile[] = "functions.toml";
constexpr char kDefaultFile[] = "default.toml";

// A folder of models has other files beside its scales.
bool IsScale(const fs::path& path) {
  const fs::path name = path.filename();
  return path.extension() == ".toml" && name != kChecklistsFile && name != kStationsFile &&
         name != kFunctionsFile;
}

struct Read {
  Scale scale;
  std::string text;
};

// The same error with the file in front: a line alone says little.
absl::Status InFile(const std::string& path, const absl::Status& status) {
  return common::Error(status.code(), common::ReasonOf(status),
                       absl::StrCat(path, ": ", std::string(status.message())), {{"path", path}});
}

absl::StatusOr<Read> ReadScale(const std::string& path) {
  auto text = common::ReadFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  auto scale = Scale::Parse(*text);
  if (!scale.ok()) return InFile(path, scale.status());
  return Read{*std::move(scale), *std::move(text)};
}

absl::Status ReadFolder(const std::string& folder, std::map<std::string, Read>* scales) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (IsScale(at->path())) {
      paths.push_back(at->path().string());
    }
  }
  if (error) {
    return common::Error(
        absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
        absl::StrCat("The folder of scales ", folder, " cannot be read: ", error.message()),
        {{"path", folder}});
  }
  std::sort(paths.begin(), paths.end());
  std::map<std::string, Read> here;
  for (const std::string& path : paths) {
    auto read = ReadScale(path);
    if (!read.ok()) return read.status();
    std::string id = read->scale.id();
    if (!here.emplace(id, *std::move(read)).second) {
      return common::Error(absl::StatusCode::kInvalidArgument, "SCALE_INVALID",
                           absl::StrCat(path, ": another file of the folder has the id '", id, "'"),
                           {{"path", path}});
    }
  }
  for (auto& [id, read] : here) scales->insert_or_assign(id, std::move(read));
  return absl::OkStatus();
}

// The site's file where it has one, else the program's.
std::string PathOf(const std::string& folder, const std::string& site_folder, const char* name) {
  const std::string own = absl::StrCat(site_folder, "/", name);
  std::error_code error;
  const bool has_own = !site_folder.empty() && fs::exists(own, error);
  return has_own ? own : absl::StrCat(folder, "/", name);
}

// A site names a file or a folder.
std::string SiteFolder(const ModelPlaces& places) {
  std::error_code error;
  return fs::is_directory(places.site, error) ? places.site : "";
}

absl::StatusOr<Checklists> ReadChecklists(const std::string& path) {
  auto text = common::ReadFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  auto checklists = Checklists::Parse(*text);
  if (!checklists.ok()) return InFile(path, checklists.status());
  return checklists;
}

absl::StatusOr<StationRules> ReadStations(const std::string& path) {
  auto text = common::ReadFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  const toml::parse_result parsed = toml::parse(*text);
  if (!parsed) {
    return InFile(path, common::TomlError("STATIONS_INVALID", parsed.error().source(),
                                          std::string(parsed.error().description())));
  }
  const toml::table& table = parsed.table();
  auto known =
      common::OnlyTomlKeys("STATIONS_INVALID", table, {"calibration_days", "reprojection_px_max"});
  if (!known.ok()) return InFile(path, known);
  const auto days = table["calibration_days"].value_exact<std::int64_t>();
  const auto reprojection = table["reprojection_px_max"].value<double>();
  if (!days || *days < 1 || *days > kDaysMax) {
    return InFile(path, common::TomlError("STATIONS_INVALID", table.source(),
                                          "'calibration_days' is a whole number from 1 to 3650"));
  }
  if (!reprojection || !(*reprojection > 0 && *reprojection <= 100)) {
    return InFile(path,
                  common::TomlError("STATIONS_INVALID", table.source(),
                                    "'reprojection_px_max' is a number above 0, at most 100"));
  }
  return StationRules{.calibration_days = static_cast<int>(*days),
                      .reprojection_px_max = *reprojection};
}

}  // namespace

absl::StatusOr<GradingModels> ReadGradingModels(const ModelPlaces& places) {
  std::map<std::string, Read> scales;
  if (auto status = ReadFolder(places.folder, &scales); !status.ok()) return status;
  std::error_code error;
  const std::string site_folder = SiteFolder(places);
  std::string default_file = site_folder.empty() ? places.site : "";
  if (!site_folder.empty()) {
    if (auto status = ReadFolder(site_folder, &scales); !status.ok()) return status;
    const std::string own = absl::StrCat(site_folder, "/", kDefaultFile);
    if (fs::exists(own, error)) default_file = own;
  }
  std::string first = kDefaultScale;
  if (!default_file.empty()) {
    auto read = ReadScale(default_file);
    if (!read.ok()) return read.status();
    first = read->scale.id();
    scales.insert_or_assign(first, *std::move(read));
  }
  if (scales.size() > kScalesMax || !scales.contains(first)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "SCALE_INVALID",
                         absl::StrCat("There must be at most ", kScalesMax,
                                      " scales, and one of them '", first, "'."));
  }
  auto checklists = ReadChecklists(PathOf(places.folder, site_folder, kChecklistsFile));
  if (!checklists.ok()) return checklists.status();
  auto stations = ReadStations(PathOf(places.folder, site_folder, kStationsFile));
  if (!stations.ok()) return stations.status();
  GradingModels models;
  models.checklists = *std::move(checklists);
  models.stations = *stations;
  const auto add = [&](Read& read) {
    models.scales.push_back(std::move(read.scale));
    models.texts.push_back(std::move(read.text));
  };
  add(scales.at(first));
  for (auto& [id, read] : scales) {
    if (id != first) add(read);
  }
  return models;
}

absl::StatusOr<FunctionPlan> ReadFunctionPlan(const ModelPlaces& places) {
  const std::string path = PathOf(places.folder, SiteFolder(places), kFunctionsFile);
  auto text = common::ReadFile(path, kFileBytesMax);
  if (!text.ok()) return text.status();
  auto plan = FunctionPlan::Parse(*text);
  if (!plan.ok()) return InFile(path, plan.status());
  return plan;
}

}  // namespace loopdock::grading
