// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/catalog.h"

#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/common/toml.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using inventory::v1::CatalogEntry;

constexpr std::int64_t kFileBytesMax = std::int64_t{4} << 20;
constexpr std::size_t kTextBytesMax = 256;
constexpr std::size_t kKeysMax = 64;
constexpr std::int64_t kMassMax = 100'000'000;
constexpr std::int64_t kLengthMax = 10'000'000;
constexpr std::string_view kReason = "CATALOG_INVALID";

// The fields of one row, with the first thing that is wrong with it.
class Row {
 public:
  Row(const toml::table& table, const std::set<std::string>& known)
      : table_(table), status_(common::OnlyTomlKeys(kReason, table, known)) {}

  std::string Text(const std::string& key, bool required) {
    const toml::node* node = table_.get(key);
    const auto text = node == nullptr ? std::nullopt : node->value_exact<std::string>();
    if (text && !text->empty() && text->size() <= kTextBytesMax) return *text;
    if (node != nullptr || required) {
      Fail(node, absl::StrCat("'", key, "' is a string of 1 to ", kTextBytesMax, " bytes"));
    }
    return "";
  }

  std::int64_t Number(const std::string& key, std::int64_t max) {
    const toml::node* node = table_.get(key);
    if (node == nullptr) return 0;
    const auto number = node->value_exact<std::int64_t>();
    if (number && *number > 0 && *number <= max) return *number;
    Fail(node, absl::StrCat("'", key, "' is a whole number from 1 to ", max));
    return 0;
  }

  bool Flag(const std::string& key) {
    const toml::node* node = table_.get(key);
    const auto flag = node == nullptr ? std::nullopt : node->value_exact<bool>();
    if (!flag) Fail(node, absl::StrCat("'", key, "' is true or false"));
    return flag.value_or(false);
  }

  std::vector<std::string> List(const std::string& key) {
    std::vector<std::string> values;
    const toml::node* node = table_.get(key);
    const toml::array* array = node == nullptr ? nullptr : node->as_array();
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      if (const auto text = array->get(i)->value_exact<std::string>()) values.push_back(*text);
    }
    if (array == nullptr || values.size() != array->size() || values.empty() ||
        values.size() > kKeysMax) {
      Fail(node, absl::StrCat("'", key, "' is a list of 1 to ", kKeysMax, " strings"));
    }
    return values;
  }

  void Fail(const toml::node* node, const std::string& what) {
    if (!status_.ok()) return;
    status_ = common::TomlError(kReason, (node == nullptr ? table_ : *node).source(), what);
  }
  const toml::node* node(const std::string& key) const { return table_.get(key); }
  const absl::Status& status() const { return status_; }

 private:
  const toml::table& table_;
  absl::Status status_;
};

// The one list that a file holds, table by table.
absl::StatusOr<std::vector<const toml::table*>> Tables(const toml::table& file,
                                                       const std::string& key) {
  if (auto status = common::OnlyTomlKeys(kReason, file, {key}); !status.ok()) return status;
  std::vector<const toml::table*> tables;
  const toml::array* array = file.get_as<toml::array>(key);
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    const toml::table* table = array->get(i)->as_table();
    if (table == nullptr) {
      return common::TomlError(kReason, array->source(), absl::StrCat("write [[", key, "]]"));
    }
    tables.push_back(table);
  }
  return tables;
}

absl::Status TakeCategory(const toml::table& table, std::map<std::string, CatalogEntry>* all) {
  Row row(table, {"id", "display_name", "unu_key", "eu_category", "mass_g", "data_bearing",
                  "focus_materials", "screen_um", "source"});
  CatalogEntry entry;
  entry.set_category(row.Text("id", true));
  entry.set_model(row.Text("display_name", true));
  entry.set_unu_key(row.Text("unu_key", true));
  entry.set_eu_category(row.Text("eu_category", true));
  entry.set_mass_g(row.Number("mass_g", kMassMax));
  entry.set_data_bearing(row.Flag("data_bearing"));
  entry.set_screen_um(row.Number("screen_um", kLengthMax));
  entry.set_source(row.Text("source", true));
  for (const std::string& word : row.List("focus_materials")) {
    inventory::v1::FocusMaterial material;
    if (!inventory::v1::FocusMaterial_Parse(absl::StrCat("FOCUS_MATERIAL_", word), &material) ||
        material == inventory::v1::FOCUS_MATERIAL_UNSPECIFIED) {
      row.Fail(row.node("focus_materials"), absl::StrCat("unknown focus material '", word, "'"));
    } else {
      entry.add_focus_materials(material);
    }
  }
  if (entry.mass_g() == 0) row.Fail(row.node("mass_g"), "'mass_g' is required");
  if (!row.status().ok()) return row.status();
  const std::string id = entry.category();
  if (!all->emplace(id, std::move(entry)).second) {
    row.Fail(row.node("id"), absl::StrCat("'", id, "' stands twice"));
  }
  return row.status();
}

}  // namespace

std::string CatalogKey(std::string_view text) {
  std::string key;
  for (const char c : Strip(text)) {
    if (c == ' ' && !key.empty() && key.back() == ' ') continue;
    key.push_back(ToUpper(c));
  }
  return key;
}

void AddCatalogKey(const std::string& written, std::vector<std::string>* keys) {
  std::string key = CatalogKey(written);
  const bool same = key == written;
  keys->push_back(std::move(key));
  if (!same) keys->push_back(written);
}

std::vector<std::string> CatalogKeysOf(const inventory::v1::LabelUnderstanding& label) {
  constexpr std::size_t kTacDigits = 8;
  std::vector<std::string> keys;
  if (!label.gtin().empty()) keys.push_back(label.gtin());
  if (!label.part_number().empty()) AddCatalogKey(label.part_number(), &keys);
  for (const std::string& imei : label.imeis()) {
    std::string tac = imei.substr(0, kTacDigits);
    if (tac.size() < kTacDigits || (!keys.empty() && keys.back() == tac)) continue;
    keys.push_back(std::move(tac));
  }
  return keys;
}

absl::StatusOr<Catalog> Catalog::Load(const std::string& folder) {
  std::string texts[2];
  const char* const names[] = {"/categories.toml", "/devices.toml"};
  for (int i = 0; i < 2; ++i) {
    auto text = common::ReadFile(folder + names[i], kFileBytesMax);
    if (!text.ok()) return text.status();
    texts[i] = *std::move(text);
  }
  auto catalog = Parse(texts[0], texts[1]);
  if (catalog.ok()) return catalog;
  return common::Error(absl::StatusCode::kInvalidArgument, "CATALOG_INVALID",
                       absl::StrCat(folder, ": ", std::string(catalog.status().message())));
}

absl::StatusOr<Catalog> Catalog::Parse(std::string_view categories, std::string_view devices) {
  Catalog catalog;
  const auto categories_file = common::ParseToml("categories.toml", std::string(categories));
  if (!categories_file.ok()) return categories_file.status();
  const auto category_tables = Tables(*categories_file, "category");
  if (!category_tables.ok()) return category_tables.status();
  for (const toml::table* table : *category_tables) {
    auto status = TakeCategory(*table, &catalog.categories_);
    if (!status.ok()) return status;
  }
  const auto devices_file = common::ParseToml("devices.toml", std::string(devices));
  if (!devices_file.ok()) return devices_file.status();
  const auto device_tables = Tables(*devices_file, "device");
  if (!device_tables.ok()) return device_tables.status();
  for (const toml::table* table : *device_tables) {
    Row row(*table, {"maker", "model", "keys", "category", "mass_g", "screen_um", "width_um",
                     "height_um", "source"});
    const std::string category = row.Text("category", true);
    const CatalogEntry* typical = catalog.FindCategory(category);
    if (typical == nullptr) {
      row.Fail(row.node("category"), absl::StrCat("there is no category '", category, "'"));
      return row.status();
    }
    CatalogEntry entry = *typical;
    entry.set_maker(row.Text("maker", true));
    entry.set_model(row.Text("model", true));
    entry.set_mass_g(row.Number("mass_g", kMassMax));
    entry.set_screen_um(row.Number("screen_um", kLengthMax));
    entry.set_width_um(row.Number("width_um", kLengthMax));
    entry.set_height_um(row.Number("height_um", kLengthMax));
    entry.set_source(row.Text("source", true));
    for (const std::string& key : row.List("keys")) {
      entry.add_keys(CatalogKey(key));
      if (!catalog.places_.emplace(CatalogKey(key), catalog.devices_.size()).second) {
        row.Fail(row.node("keys"), absl::StrCat("key '", key, "' stands twice"));
      }
    }
    if (!row.status().ok()) return row.status();
    catalog.devices_.push_back(std::move(entry));
  }
  return catalog;
}

const CatalogEntry* Catalog::FindDevice(const std::string& key) const {
  const auto found = places_.find(key);
  return found == places_.end() ? nullptr : &devices_[found->second];
}

const CatalogEntry* Catalog::FindCategory(const std::string& category) const {
  const auto found = categories_.find(category);
  return found == categories_.end() ? nullptr : &found->second;
}

}  // namespace loopdock::intake
