// SPDX-License-Identifier: Apache-2.0
#include "services/storage/fsck.h"

#include <memory>
#include <optional>
#include <utility>

namespace loopdock::storage {
namespace {

constexpr size_t kPageRows = 1000;

void AddProblem(FsckReport& report, const std::string& table, const std::string& key,
                const absl::Status& status) {
  ++report.problem_count;
  if (report.problems.size() < kFsckProblemsKept) {
    report.problems.push_back({table, key, std::string(status.message())});
  }
}

void CheckTable(const Snapshot& snapshot, const TableSpec& table, const RowValidator& validate,
                FsckReport& report) {
  FsckTable& counts = report.tables.emplace_back();
  counts.name = table.name;
  std::optional<std::string> last;
  while (true) {
    ScanOptions options;
    options.table = table.id;
    options.limit = kPageRows;
    if (last.has_value()) options.after = *last;
    absl::StatusOr<ScanResult> page = snapshot.Scan(options);
    if (!page.ok()) {
      AddProblem(report, table.name, "", page.status());
      return;
    }
    for (Row& row : page->rows) {
      if (last.has_value() && row.key <= *last) {
        AddProblem(report, table.name, row.key, absl::DataLossError("The key is out of order."));
        return;
      }
      ++counts.rows;
      counts.bytes += row.key.size() + row.value.size();
      if (validate) {
        const absl::Status status = validate(table.id, row.key, row.value);
        if (!status.ok()) AddProblem(report, table.name, row.key, status);
      }
      last = std::move(row.key);
    }
    if (!page->more) return;
  }
}

}  // namespace

FsckReport Fsck(const Store& store, const RowValidator& validate) {
  FsckReport report;
  const absl::Status checksums = store.VerifyChecksums();
  if (!checksums.ok()) AddProblem(report, "", "", checksums);
  absl::StatusOr<std::unique_ptr<Snapshot>> snapshot = store.GetSnapshot();
  if (!snapshot.ok()) {
    AddProblem(report, "", "", snapshot.status());
    return report;
  }
  for (const TableSpec& table : store.tables()) CheckTable(**snapshot, table, validate, report);
  return report;
}

}  // namespace loopdock::storage
