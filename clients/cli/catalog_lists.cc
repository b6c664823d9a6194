// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/catalog_lists.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/csv_rows.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::cli {
namespace {

using intake::Catalog;
using intake::CatalogKey;
using inventory::v1::CatalogEntry;

constexpr std::int64_t kFileBytesMax = std::int64_t{64} << 20;
constexpr std::size_t kTextBytesMax = 256;
constexpr int kKeysMax = 64;
constexpr double kMassMaxKg = 100'000;
constexpr double kScreenMaxInches = 300;
constexpr double kUmPerInch = 25'400;

// A text that an entry may hold; nothing otherwise.
std::optional<std::string> Usable(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return std::nullopt;
  text = text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (!plain || text.size() > kTextBytesMax || !common::IsUtf8(text)) return std::nullopt;
  return std::string(text);
}

// A CSV file with a heading line, by the names of its columns.
class CsvTable {
 public:
  CsvTable(std::string_view file, std::string_view text, CatalogLists* lists)
      : file_(file), lists_(lists), rows_(WithoutMark(text), ',') {
    if (rows_.Next(&row_)) headings_.assign(row_.cells.begin(), row_.cells.end());
  }

  // Notes what is missing.
  bool HasColumns(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      if (std::find(headings_.begin(), headings_.end(), name) != headings_.end()) continue;
      lists_->problems.push_back({file_, 1, absl::StrCat("there is no column '", name, "'")});
      return false;
    }
    return true;
  }
  // To the next row that is well formed.
  bool Next() {
    while (rows_.Next(&row_)) {
      if (row_.blank()) continue;
      ++lists_->row_count;
      if (row_.problem.empty()) return true;
      Skip(std::string(row_.problem));
    }
    return false;
  }
  std::string Get(const std::string& column) const {
    const auto at = std::find(headings_.begin(), headings_.end(), column) - headings_.begin();
    const auto place = static_cast<std::size_t>(at);
    return place < row_.cells.size() ? std::string(row_.cells[place]) : "";
  }
  void Skip(std::string reason) {
    lists_->problems.push_back({file_, static_cast<std::size_t>(row_.line), std::move(reason)});
  }

 private:
  static std::string_view WithoutMark(std::string_view text) {
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
  }

  const std::string file_;
  CatalogLists* const lists_;
  common::CsvRows rows_;
  common::CsvRow row_;
  std::vector<std::string> headings_;
};

// What holds for all of a category; nothing where the list does not tell one.
CatalogEntry OfCategory(const std::string& category, const Catalog& categories) {
  CatalogEntry entry;
  const CatalogEntry* typical = categories.FindCategory(category);
  if (typical == nullptr) return entry;
  entry.set_category(category);
  entry.set_unu_key(typical->unu_key());
  entry.set_eu_category(typical->eu_category());
  entry.set_data_bearing(typical->data_bearing());
  *entry.mutable_focus_materials() = typical->focus_materials();
  return entry;
}

void AddKey(std::string_view key, CatalogEntry* entry) {
  const auto usable = Usable(key);
  if (!usable) return;
  std::string spelled = CatalogKey(*usable);
  const auto& keys = entry->keys();
  if (std::find(keys.begin(), keys.end(), spelled) == keys.end()) {
    entry->add_keys(std::move(spelled));
  }
}

// By its id later: the list and its own words for the device.
void Put(const ListFormat& format, const std::string& words, CatalogEntry entry,
         CatalogLists* lists) {
  const std::string file(format.file);
  entry.set_name(absl::StrCat(file.substr(0, file.find_first_of("-_")), "-",
                              common::Sha256Hex(absl::StrCat(file, "\n", words)).substr(0, 24)));
  entry.set_source(std::string(format.source));
  entry.set_licence(std::string(format.licence));
  lists->entries.push_back(std::move(entry));
}

std::string BoaviztaCategory(const std::string& subcategory) {
  static const auto& names = *new std::map<std::string, std::string>{
      {"LAPTOP", "laptop"},          {"MONITOR", "monitor"},         {"DESKTOP", "desktop"},
      {"WORKSTATION", "desktop"},    {"THIN CLIENT", "thin_client"}, {"TABLET", "tablet"},
      {"SMARTPHONE", "phone"},       {"SERVER", "server"},           {"SAN/NAS", "server"},
      {"CONVERGED", "server"},       {"CONVERGED EDGE", "server"},   {"PRINTER", "printer"},
      {"HARD DRIVE", "drive"},       {"GAMING", "console"},          {"NETWORK", "network"},
      {"MULTIMEDIA", "media_player"}};
  const auto found = names.find(CatalogKey(subcategory));
  return found == names.end() ? "" : found->second;
}

// A positive number up to `max`; 0 for an empty cell. False when it is neither.
bool ReadNumber(const std::string& cell, double max, double* number) {
  *number = 0;
  if (cell.empty()) return true;
  return absl::SimpleAtod(cell, number) && std::isfinite(*number) && *number >= 0 && *number <= max;
}

void ReadBoavizta(std::string_view text, const Catalog& categories, CatalogLists* lists) {
  const ListFormat& format = ListFormats()[0];
  CsvTable table(format.file, text, lists);
  if (!table.HasColumns({"manufacturer", "name", "subcategory", "weight", "screen_size"})) return;
  std::set<std::string> seen;
  while (table.Next()) {
    const auto maker = Usable(table.Get("manufacturer"));
    const auto name = Usable(table.Get("name"));
    double kg = 0;
    double inches = 0;
    if (!maker || !name) {
      table.Skip("a row needs a manufacturer and a name of at most 256 bytes");
    } else if (!ReadNumber(table.Get("weight"), kMassMaxKg, &kg)) {
      table.Skip("the weight is no number of kilograms");
    } else if (!ReadNumber(table.Get("screen_size"), kScreenMaxInches, &inches)) {
      table.Skip("the screen size is no number of inches");
    } else if (const std::string words = CatalogKey(absl::StrCat(*maker, "\n", *name));
               !seen.insert(words).second) {
      table.Skip("the list has this device already");
    } else {
      CatalogEntry entry = OfCategory(BoaviztaCategory(table.Get("subcategory")), categories);
      entry.set_maker(*maker);
      entry.set_model(*name);
      // Half a gram is rounded up, whatever the binary fraction makes of it.
      entry.set_mass_g(std::llround(kg * 1000 + 1e-6));
      entry.set_screen_um(std::llround(inches * kUmPerInch));
      AddKey(*name, &entry);
      AddKey(absl::StrCat(*maker, " ", *name), &entry);
      Put(format, words, std::move(entry), lists);
    }
  }
}

// An array of objects; notes what is not one.
nlohmann::json ReadArray(const ListFormat& format, std::string_view text, CatalogLists* lists) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_array()) return json;
  lists->problems.push_back({std::string(format.file), 1, "the file is no JSON array"});
  return nlohmann::json::array();
}

std::string TextOf(const nlohmann::json& object, const char* member) {
  if (!object.is_object()) return "";
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// A list of texts, or one text alone.
std::vector<std::string> TextsOf(const nlohmann::json& object, const char* member) {
  if (const std::string alone = TextOf(object, member); !alone.empty()) return {alone};
  std::vector<std::string> texts;
  if (!object.is_object()) return texts;
  const auto found = object.find(member);
  if (found == object.end() || !found->is_array()) return texts;
  for (const auto& item : *found) {
    if (item.is_string()) texts.push_back(item.get<std::string>());
  }
  return texts;
}

std::string AppleCategory(const std::string& name) {
  constexpr struct {
    std::string_view begin, category;
  } kBegins[] = {{"iPhone", "phone"},         {"iPad", "tablet"},
                 {"iPod", "media_player"},    {"Apple TV", "media_player"},
                 {"Apple Watch", "wearable"}, {"AirPods", "audio"},
                 {"HomePod", "audio"},        {"MacBook", "laptop"},
                 {"iMac", "desktop"},         {"Mac", "desktop"}};
  for (const auto& begin : kBegins) {
    if (name.starts_with(begin.begin)) return std::string(begin.category);
  }
  return "";
}

// Rows of one name are one device: the list has a row for each of its hardware numbers.
void ReadApple(std::string_view text, const Catalog& categories, CatalogLists* lists) {
  const ListFormat& format = ListFormats()[1];
  std::map<std::string, CatalogEntry> devices;
  std::size_t place = 0;
  for (const auto& row : ReadArray(format, text, lists)) {
    ++place;
    ++lists->row_count;
    const auto name = Usable(TextOf(row, "name"));
    const auto model = Usable(TextOf(row, "model"));
    if (!name || !model) {
      lists->problems.push_back(
          {std::string(format.file), place, "an entry needs a name and a model"});
      continue;
    }
    CatalogEntry& entry = devices.try_emplace(*name).first->second;
    if (entry.maker().empty()) {
      entry = OfCategory(AppleCategory(*name), categories);
      entry.set_maker("Apple");
      entry.set_model(*name);
    }
    for (const std::string& number : TextsOf(row, "ANumber")) AddKey(number, &entry);
    AddKey(*model, &entry);
    AddKey(*name, &entry);
    AddKey(absl::StrCat("Apple ", *name), &entry);
  }
  for (auto& [name, entry] : devices) Put(format, name, std::move(entry), lists);
}

// Samsung's letter behind the first dash says what it is.
std::string SamsungCategory(std::string_view code) {
  const std::string spelled = CatalogKey(code);
  if (spelled.starts_with("SM-T") || spelled.starts_with("SM-X") || spelled.starts_with("SM-P") ||
      spelled.starts_with("GT-P")) {
    return "tablet";
  }
  if (spelled.starts_with("SM-R")) return "wearable";
  return "phone";
}

// A model code that several makers use finds none of them alone, only behind its maker's name.
void ReadAndroid(std::string_view text, const Catalog& categories, CatalogLists* lists) {
  const ListFormat& format = ListFormats()[2];
  std::map<std::pair<std::string, std::string>, std::set<std::string>> devices;
  std::map<std::string, std::set<std::string>> makers;  // of a code
  std::size_t place = 0;
  for (const auto& row : ReadArray(format, text, lists)) {
    ++place;
    ++lists->row_count;
    const auto maker = Usable(TextOf(row, "brand"));
    const auto code = Usable(TextOf(row, "model"));
    const auto name = Usable(TextOf(row, "name"));
    if (!maker || !code) {
      lists->problems.push_back(
          {std::string(format.file), place, "an entry needs a brand and a model"});
      continue;
    }
    devices[{*maker, name.value_or(*code)}].insert(*code);
    makers[CatalogKey(*code)].insert(CatalogKey(*maker));
  }
  for (const auto& [device, codes] : devices) {
    const auto& [maker, name] = device;
    const bool samsung = CatalogKey(maker) == "SAMSUNG" && codes.begin()->starts_with("SM-");
    CatalogEntry entry = OfCategory(samsung ? SamsungCategory(*codes.begin()) : "", categories);
    entry.set_maker(maker);
    entry.set_model(name);
    AddKey(absl::StrCat(maker, " ", name), &entry);
    for (const std::string& code : codes) {
      if (makers[CatalogKey(code)].size() == 1) AddKey(code, &entry);
      AddKey(absl::StrCat(maker, " ", code), &entry);
    }
    Put(format, absl::StrCat(maker, "\n", name), std::move(entry), lists);
  }
}

// All type allocation codes of one model are one entry, or several where they are many.
void ReadTacs(std::string_view text, const Catalog& categories, CatalogLists* lists) {
  const ListFormat& format = ListFormats()[3];
  CsvTable table(format.file, text, lists);
  if (!table.HasColumns({"tac", "model"})) return;
  std::map<std::string, std::set<std::string>> tacs;  // of a model code
  std::map<std::string, std::string> seen;
  while (table.Next()) {
    const std::string tac = table.Get("tac");
    const auto model = Usable(table.Get("model"));
    const bool digits = tac.size() == 8 && tac.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) {
      table.Skip("a type allocation code has eight digits");
    } else if (!model) {
      table.Skip("the row names no model");
    } else if (const auto first = seen.emplace(tac, *model).first; first->second != *model) {
      table.Skip("an earlier row gives this type allocation code another model");
    } else {
      tacs[*model].insert(tac);
    }
  }
  for (const auto& [model, codes] : tacs) {
    CatalogEntry entry;
    int part = 0;
    for (auto code = codes.begin(); code != codes.end();) {
      entry = OfCategory(SamsungCategory(model), categories);
      entry.set_maker("Samsung");
      entry.set_model(model);
      if (part == 0) AddKey(model, &entry);
      while (code != codes.end() && entry.keys_size() < kKeysMax) AddKey(*code++, &entry);
      Put(format, absl::StrCat(model, "\n", part++), std::move(entry), lists);
    }
  }
}

}  // namespace

const std::vector<ListFormat>& ListFormats() {
  static const auto& formats = *new std::vector<ListFormat>{
      {"boavizta-data-us.csv", "Boavizta, environmental footprint data of devices", "ODbL-1.0",
       ReadBoavizta},
      {"apple_devices.json", "apple_devices.json, list of Apple's model numbers", "MIT", ReadApple},
      {"android_devices.json", "android_devices.json, list of Android devices", "MIT", ReadAndroid},
      {"samsung_tacs.csv", "samsung_tacs.csv, list of Samsung's type allocation codes", "MIT",
       ReadTacs},
  };
  return formats;
}

void FinishLists(const std::string& site, CatalogLists* lists) {
  std::set<std::string> taken;
  std::vector<CatalogEntry> kept;
  for (CatalogEntry& entry : lists->entries) {
    std::vector<std::string> keys;
    for (const std::string& key : entry.keys()) {
      if (key.size() > kTextBytesMax || static_cast<int>(keys.size()) == kKeysMax) continue;
      if (taken.insert(key).second) keys.push_back(key);
    }
    if (keys.empty()) continue;
    entry.mutable_keys()->Assign(keys.begin(), keys.end());
    entry.set_name(common::FormatName(site, "catalog", entry.name()));
    kept.push_back(std::move(entry));
  }
  lists->entries = std::move(kept);
}

absl::StatusOr<CatalogLists> ReadCatalogFolder(const std::string& folder, const std::string& site,
                                               const Catalog& categories) {
  CatalogLists lists;
  std::string looked_for;
  for (const ListFormat& format : ListFormats()) {
    const std::string path = absl::StrCat(folder, "/", std::string(format.file));
    absl::StrAppend(&looked_for, looked_for.empty() ? "" : ", ", std::string(format.file));
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    const auto text = common::ReadFile(path, kFileBytesMax);
    if (!text.ok()) return text.status();
    lists.files.emplace_back(format.file);
    format.read(*text, categories, &lists);
  }
  if (lists.files.empty()) {
    return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                         absl::StrCat("There is none of ", looked_for, " in ", folder, "."),
                         {{"path", folder}});
  }
  FinishLists(site, &lists);
  return lists;
}

}  // namespace loopdock::cli
