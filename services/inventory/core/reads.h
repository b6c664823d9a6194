// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_READS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_READS_H_

// The rows that a command says it will read, so that the committer fetches those of a whole batch
// at once. What is not said is read all the same, one row at a time.
// Thread safety: none; one command uses it.
// Ownership: the set must outlive it.

#include <string>
#include <string_view>

#include "services/inventory/core/tables.h"
#include "services/storage/command.h"

namespace loopdock::inventory {

// Collects the keys that a command will read.
class Reads {
 public:
  Reads(storage::ReadSet& set, std::string_view site) : set_(set), site_(site) {}
  const std::string& site() const { return site_; }
  void Row(storage::TableId table, std::string_view key) { set_.Add(table, key); }
  void Name(std::string_view name) {
    if (name.empty()) return;
    const RowKey row = RowOf(name);
    if (row.table != 0) set_.Add(row.table, row.key);
  }

 private:
  storage::ReadSet& set_;
  const std::string site_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_READS_H_
