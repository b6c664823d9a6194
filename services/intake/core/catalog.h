// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_CATALOG_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_CATALOG_H_

// The device facts that come with the program: what is typical of a category, and rows of single
// models. The form of both files is explained at their top, models/catalog/.
// Thread safety: immutable once read.
// Errors: INVALID_ARGUMENT CATALOG_INVALID naming file and line; those of ReadFile.
// Limits: files of 4 MiB, 64 keys a device.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"

namespace loopdock::intake {

// One spelling for a key: capitals, single blanks, none around it. Entries are found by it.
std::string CatalogKey(std::string_view text);

// The keys that a label gives, likeliest first: GTIN, part number, and of every IMEI the type
// allocation code, its first eight digits.
std::vector<std::string> CatalogKeysOf(const inventory::v1::LabelUnderstanding& label);

// In that spelling, then as written where that is another: an entry that somebody set over the API
// may have it so.
void AddCatalogKey(const std::string& written, std::vector<std::string>* keys);

class Catalog {
 public:
  Catalog() = default;
  // The files `categories.toml` and `devices.toml` of a folder.
  static absl::StatusOr<Catalog> Load(const std::string& folder);
  static absl::StatusOr<Catalog> Parse(std::string_view categories, std::string_view devices);

  // Null when there is none. `key` as CatalogKey spells it.
  const inventory::v1::CatalogEntry* FindDevice(const std::string& key) const;
  const inventory::v1::CatalogEntry* FindCategory(const std::string& category) const;

  const std::map<std::string, inventory::v1::CatalogEntry>& categories() const {
    return categories_;
  }
  std::size_t device_count() const { return devices_.size(); }

 private:
  std::map<std::string, inventory::v1::CatalogEntry> categories_;
  std::vector<inventory::v1::CatalogEntry> devices_;
  std::map<std::string, std::size_t> places_;  // key -> place in devices_
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_CATALOG_H_
