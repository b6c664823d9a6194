// SPDX-License-Identifier: Apache-2.0
#include "services/grading/outbox.h"

#include <algorithm>
#include <utility>

#include "services/common/log.h"
#include "services/common/status.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr size_t kLoggedMax = 1000;

}  // namespace

Outbox::Outbox(storage::Store* store, storage::Committer* committer, storage::TableId table,
               std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses)
    : OutboxLoop(store, table, std::move(authorize), pauses),
      committer_(committer),
      table_(table),
      inventory_(inventory::v1::InventoryService::NewStub(std::move(inventory))) {
  Start();
}

Outbox::~Outbox() { Stop(); }

Outbox::Sent Outbox::Send(const storage::Row& row) {
  const absl::Status sent = Tell(row);
  const bool overtaken = common::ReasonOf(sent) == "INSPECTION_SUPERSEDED";
  if (!sent.ok() && !overtaken) {
    LogOnce(row.key, sent);
    return IsNoAnswer(sent) ? Sent::kNoAnswer : Sent::kRefused;
  }
  RecordedCommand recorded(table_, row.key, sent.ok(), [](const absl::Status&) {});
  const auto kept = committer_->Run(recorded);
  if (!kept.ok()) {
    LogOnce(row.key, kept);
    return Sent::kRefused;
  }
  logged_.erase(row.key);
  return Sent::kAnswered;
}

absl::Status Outbox::Tell(const storage::Row& row) {
  inventory::v1::RecordInspectionRequest grade;
  inventory::v1::PlaceHoldRequest hold;
  inventory::v1::Asset asset;
  const bool holds = table_ == kHoldTable;
  if (!(holds ? hold.ParseFromString(row.value) : grade.ParseFromString(row.value))) {
    return absl::DataLossError("The row cannot be read. Run fsck.");
  }
  return Call([&](grpc::ClientContext& context) {
    return holds ? inventory_->PlaceHold(&context, hold, &asset)
                 : inventory_->RecordInspection(&context, grade, &asset);
  });
}

void Outbox::LogOnce(const std::string& key, const absl::Status& status) {
  if (logged_.size() >= kLoggedMax) logged_.clear();
  if (std::exchange(logged_[key], status.ToString()) == status.ToString()) return;
  std::string inspection = InspectionKeyOf(key);
  std::replace(inspection.begin(), inspection.end(), '\0', '/');
  common::LogWarning(table_ == kHoldTable ? "hazard_not_held" : "inspection_not_recorded",
                     {{"inspection", inspection}, {"error", status.ToString()}});
}

}  // namespace loopdock::grading
