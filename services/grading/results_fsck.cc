// SPDX-License-Identifier: Apache-2.0
#include "services/grading/results_fsck.h"

#include <optional>
#include <string>

#include "services/common/names.h"
#include "services/grading/core/results/ledger.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

absl::Status Wrong(const std::string& what) { return absl::DataLossError(what); }

// Nothing for a row that is absent or cannot be read, which its own table's check reports.
std::optional<std::string> Row(const storage::Store& store, storage::TableId table,
                               std::string_view key) {
  auto row = store.Get(table, key);
  return row.ok() ? *std::move(row) : std::nullopt;
}

absl::Status CheckResult(const storage::Store& store, std::string_view key,
                         std::string_view value) {
  const auto result = ParseResult(value, "");
  if (!result.ok()) return Wrong("cannot be read");
  const auto name = common::ParseName(result->name(), "results");
  if (!name.ok() || SiteKey(name->site, name->id) != key) {
    return Wrong(Cat("is ", result->name()));
  }
  if (!name->id.starts_with(result->evidence().sha256().substr(0, 24))) {
    return Wrong("is not named after its file");
  }
  if (!Row(store, kEvidenceRefTable, SiteKey(name->site, result->evidence().sha256()))) {
    return Wrong(Cat("names evidence that is not here: ", result->evidence().sha256()));
  }
  const std::string time_key = ResultTimeKey(*result);
  if (WaitsForPerson(*result) != Row(store, kResultWaitingTable, time_key).has_value()) {
    return Wrong(WaitsForPerson(*result) ? "waits and nobody would see it"
                                         : "does not wait and is listed so");
  }
  if (IsInOutbox(*result) != Row(store, kResultOutboxTable, time_key).has_value()) {
    return Wrong(IsInOutbox(*result) ? "inventory was never told and will not be"
                                     : "is in the outbox and should not be");
  }
  if (result->state() == v1::RESULT_STATE_DISMISSED && result->dismiss_reason().empty()) {
    return Wrong("was dismissed without a reason");
  }
  return absl::OkStatus();
}

// That the result is here and its row in this table is its own.
absl::Status CheckTimeKey(const storage::Store& store, std::string_view key) {
  const auto row = Row(store, kResultTable, ResultKeyOf(key));
  if (!row) return Wrong("speaks of a result that is not here");
  const auto result = ParseResult(*row, "");
  if (result.ok() && ResultTimeKey(*result) != key)
    return Wrong("has another time than its result");
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckResultRow(const storage::Store& store, storage::TableId table,
                            std::string_view key, std::string_view value) {
  switch (table) {
    case kResultTable:
      return CheckResult(store, key, value);
    case kResultWaitingTable:
      return value.empty() ? CheckTimeKey(store, key) : Wrong("has the wrong form");
    case kResultOutboxTable: {
      inventory::v1::ExecuteBatchRequest batch;
      if (!batch.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
          batch.commands().empty()) {
        return Wrong("cannot be read");
      }
      return CheckTimeKey(store, key);
    }
    case kResultResponseTable: {
      const auto remembered = DecodeResponse(value);
      v1::Result answer;
      const bool read = remembered.ok() && answer.ParseFromString(remembered->response);
      return read ? absl::OkStatus() : Wrong("cannot be read");
    }
    default:
      return absl::OkStatus();
  }
}

}  // namespace loopdock::grading
