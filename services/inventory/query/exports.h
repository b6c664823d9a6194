// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORTS_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORTS_H_

// Exports: the columns of each kind, which only grow at the end, and their rows as CSV (RFC 4180)
// or JSON Lines. docs/reference/exports.md is made from the columns.
// Thread safety: free functions, safe from any thread.
// Ownership: inventory and index must outlive the call.
// Blocking: reads the disk and waits for the receiver.
// Errors: INVALID_ARGUMENT INVALID_FIELDS and FILTER_INVALID; UNAVAILABLE INDEX_UNAVAILABLE for a
// filter without an index; what the readers answer.
// Limits: a part has about 64 KiB.

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/query/query_index.h"

namespace loopdock::inventory {

// How a value is written: as text, or in JSON as a number or true and false. What is not set is
// empty in CSV and null in JSON.
enum class ColumnType { kText, kInteger, kBoolean, kTime };

struct ExportColumn {
  std::string_view name;
  ColumnType type;
  std::string_view help;
};

absl::Span<const ExportColumn> ExportColumns(v1::ExportKind kind);

// Calls write(part) until the end or until it returns false.
absl::Status Export(const Inventory& inventory, const QueryIndex* index,
                    const v1::ExportRequest& request,
                    const std::function<bool(v1::ExportResponse)>& write);

// The bytes of one field of CSV and of one line of JSON, for tests.
std::string CsvField(std::string_view value);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_EXPORTS_H_
