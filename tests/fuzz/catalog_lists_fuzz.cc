// SPDX-License-Identifier: Apache-2.0
// The published lists that `loopdock catalog import` reads, and the project's own device facts,
// with any bytes. The first byte chooses which.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>

#include "clients/cli/catalog_lists.h"
#include "services/common/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto& formats = loopdock::cli::ListFormats();
  const std::size_t choice = data[0] % formats.size();
  loopdock::cli::CatalogLists lists;
  formats[choice].read(text, {}, &lists);
  loopdock::cli::FinishLists("main", &lists);
  std::set<std::string> keys;
  for (const auto& entry : lists.entries) {
    Require(!entry.maker().empty() && !entry.model().empty() && entry.mass_g() >= 0);
    Require(entry.keys_size() > 0 && entry.keys_size() <= 64);
    Require(!entry.licence().empty() && !entry.source().empty());
    for (const std::string& key : entry.keys()) {
      Require(loopdock::common::IsUtf8(key) && keys.insert(key).second);
    }
  }
  for (const auto& problem : lists.problems) Require(problem.line > 0 && !problem.reason.empty());
  return 0;
}
