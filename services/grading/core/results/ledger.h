// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_LEDGER_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_LEDGER_H_

// The commands that change results. A result's name follows from its file and its place in it, so
// that the same file makes the same results; what waits for a person has a row in one table, what
// goes to inventory has one in the outbox, in the same write.
// Thread safety: a command belongs to the committer once submitted; `finished` is called on the
// committer's thread and must not block.
// Errors: NOT_FOUND RESULT_NOT_FOUND; ABORTED RESULT_CHANGED; FAILED_PRECONDITION RESULT_SETTLED;
// ALREADY_EXISTS REQUEST_ID_REUSED.
// Limits: kKeptPerCommand results a command.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/grading/v1/results.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/grading/core/inspections.h"
#include "services/storage/command.h"

namespace loopdock::grading {

inline constexpr std::size_t kKeptPerCommand = 300;

// Id of the record at `index` of the file with this SHA-256.
std::string ResultId(std::string_view file_sha256, std::size_t index);
// Key in kResultWaitingTable and kResultOutboxTable: site, time, id, so that the oldest is first.
std::string ResultTimeKey(const v1::Result& result);
// The result's key in kResultTable that such a key stands for; empty for another key.
std::string ResultKeyOf(std::string_view time_key);

// A result as it is to be kept, and what inventory is to be sent: commands in order, where an empty
// asset stands for the one that the first command makes.
struct PreparedResult {
  v1::Result result;
  inventory::v1::ExecuteBatchRequest delivery;
};

// Keeps results of one file that are not here yet; `kept` are all of them as they stand.
class KeepResultsCommand final : public storage::Command {
 public:
  using Finished = std::function<void(std::vector<v1::Result> kept, int existing)>;
  KeepResultsCommand(ChangeContext context, std::vector<PreparedResult> part, Finished finished)
      : context_(std::move(context)), part_(std::move(part)), finished_(std::move(finished)) {}

  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override {
    if (outcome.ok()) finished_(std::move(kept_), existing_);
  }

 private:
  const ChangeContext context_;
  std::vector<PreparedResult> part_;
  const Finished finished_;
  std::vector<v1::Result> kept_;
  int existing_ = 0;
};

// A person's word on a result that waits: a new match, or with a reason its end.
class SettleResultCommand final : public storage::Command {
 public:
  struct Settlement {
    std::string result_id;
    std::string etag;
    std::string dismiss_reason;  // empty for a match
    PreparedResult match;
  };
  using Finished = std::function<void(const absl::Status&, const v1::Result&)>;
  SettleResultCommand(ChangeContext context, Settlement settlement, Finished finished)
      : context_(std::move(context)),
        settlement_(std::move(settlement)),
        finished_(std::move(finished)) {}

  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override { finished_(outcome, result_); }

 private:
  const ChangeContext context_;
  const Settlement settlement_;
  const Finished finished_;
  v1::Result result_;
};

// What inventory said of an outbox row.
class DeliveredCommand final : public storage::Command {
 public:
  struct Answer {
    bool recorded = false;
    std::string asset;        // when recorded
    std::string explanation;  // when refused
    inventory::v1::Functional functional = inventory::v1::FUNCTIONAL_UNSPECIFIED;
    inventory::v1::FunctionalGap functional_gap = inventory::v1::FUNCTIONAL_GAP_UNSPECIFIED;
  };
  DeliveredCommand(std::string outbox_key, Answer answer)
      : outbox_key_(std::move(outbox_key)), answer_(std::move(answer)) {}
  void DeclareReads(storage::ReadSet& reads) override;
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status&) override {}

 private:
  const std::string outbox_key_;
  const Answer answer_;
};

// The row of a result, parsed.
absl::StatusOr<v1::Result> ParseResult(std::string_view row, std::string_view name);
absl::Status NoSuchResult(std::string_view name);
bool WaitsForPerson(const v1::Result& result);
bool IsInOutbox(const v1::Result& result);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_LEDGER_H_
