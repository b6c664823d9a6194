// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_CATALOG_LISTS_H_
#define LOOPDOCK_CLIENTS_CLI_CATALOG_LISTS_H_

// Published lists of devices, turned into entries of a site's catalog. Which files, their columns,
// licences and what is taken from them: docs/using/catalog.md.
// Thread safety: pure functions, but for ReadCatalogFolder, which reads files.
// Errors: those of the file system; a file that is no CSV or JSON is one problem, as is each row
// that cannot be used: the rows beside it are taken.
// Limits: files of 64 MiB; what an entry may hold in inventory.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/intake/core/catalog.h"

namespace loopdock::cli {

// A row that cannot be used.
struct ListProblem {
  std::string file;
  std::size_t line = 0;  // from 1; of a JSON file the place in its array
  std::string reason;
};

struct CatalogLists {
  // Ids are made from the list and its words for the device, so that the same row always is the
  // same entry. A key stands in one entry only: that of the list that comes first.
  std::vector<inventory::v1::CatalogEntry> entries;
  std::vector<ListProblem> problems;
  std::vector<std::string> files;  // those that were there
  std::size_t row_count = 0;
};

// One published list: rows of `text` are added.
struct ListFormat {
  std::string_view file, source, licence;
  void (*read)(std::string_view text, const intake::Catalog& categories, CatalogLists* lists);
};
// In the order in which they are read.
const std::vector<ListFormat>& ListFormats();

// Reads the lists that are there. NOT_FOUND FILE_NOT_FOUND when none is. `categories` gives what is
// typical of a category.
absl::StatusOr<CatalogLists> ReadCatalogFolder(const std::string& folder, const std::string& site,
                                               const intake::Catalog& categories);

// What ReadCatalogFolder does with texts that were read: names, sources, and each key once.
void FinishLists(const std::string& site, CatalogLists* lists);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_CATALOG_LISTS_H_
