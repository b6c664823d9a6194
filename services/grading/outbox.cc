// SPDX-License-Identifier: Apache-2.0
#include "services/grading/outbox.h"

#include <utility>

#include "services/common/log.h"
#include "services/common/status.h"
#include "services/grading/core/inspections.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr size_t kLoggedMax = 1000;

}  // namespace

Outbox::Outbox(storage::Store* store, storage::Committer* committer,
               std::shared_ptr<grpc::Channel> inventory, Authorize authorize, Pauses pauses)
    : OutboxLoop(store, kOutboxTable, std::move(authorize), pauses),
      committer_(committer),
      inventory_(inventory::v1::InventoryService::NewStub(std::move(inventory))) {
  Start();
}

Outbox::~Outbox() { Stop(); }

Outbox::Sent Outbox::Send(const storage::Row& row) {
  inventory::v1::RecordInspectionRequest request;
  if (!request.ParseFromString(row.value)) {
    LogOnce(row.key, request, absl::DataLossError("The row cannot be read. Run fsck."));
    return Sent::kRefused;
  }
  inventory::v1::Asset asset;
  const absl::Status sent = Call([&](grpc::ClientContext& context) {
    return inventory_->RecordInspection(&context, request, &asset);
  });
  const bool overtaken = common::ReasonOf(sent) == "INSPECTION_SUPERSEDED";
  if (!sent.ok() && !overtaken) {
    LogOnce(row.key, request, sent);
    return IsNoAnswer(sent) ? Sent::kNoAnswer : Sent::kRefused;
  }
  RecordedCommand recorded(row.key, sent.ok(), [](const absl::Status&) {});
  const auto kept = committer_->Run(recorded);
  if (!kept.ok()) {
    LogOnce(row.key, request, kept);
    return Sent::kRefused;
  }
  logged_.erase(row.key);
  return Sent::kAnswered;
}

void Outbox::LogOnce(const std::string& key, const inventory::v1::RecordInspectionRequest& request,
                     const absl::Status& status) {
  if (logged_.size() >= kLoggedMax) logged_.clear();
  if (std::exchange(logged_[key], status.ToString()) == status.ToString()) return;
  common::LogWarning("inspection_not_recorded", {{"asset", request.name()},
                                                 {"inspection", request.summary().inspection()},
                                                 {"error", status.ToString()}});
}

}  // namespace loopdock::grading
