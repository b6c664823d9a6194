// SPDX-License-Identifier: Apache-2.0
#include "services/grading/result_outbox.h"

#include <utility>

#include "services/common/log.h"
#include "services/common/status.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

using inventory::v1::Asset;
using inventory::v1::Command;

std::string Sentence(const absl::Status& status) {
  return Cat("[", common::ReasonOf(status), "] ", std::string(status.message()));
}

}  // namespace

ResultOutbox::ResultOutbox(storage::Store* store, storage::Committer* committer,
                           std::shared_ptr<grpc::Channel> inventory, Authorize authorize,
                           Pauses pauses)
    : OutboxLoop(store, kResultOutboxTable, std::move(authorize), pauses),
      store_(store),
      committer_(committer),
      inventory_(inventory::v1::InventoryService::NewStub(std::move(inventory))) {
  Start();
}

ResultOutbox::~ResultOutbox() { Stop(); }

OutboxLoop::Sent ResultOutbox::Send(const storage::Row& row) {
  const auto kept = store_->Get(kResultTable, ResultKeyOf(row.key));
  v1::Result result;
  inventory::v1::ExecuteBatchRequest batch;
  if (!kept.ok() || !kept->has_value() || !result.ParseFromString(**kept) ||
      !batch.ParseFromString(row.value)) {
    common::LogError("result_unreadable", {{"hint", "run fsck"}});
    return Sent::kRefused;
  }
  if (!IsInOutbox(result)) return Sent::kAnswered;  // dismissed since the page was read
  const std::string about =
      result.asset().empty() ? result.record().device().serials(0) : result.asset();
  if (held_up_.contains(about)) return Sent::kRefused;
  const auto asset = Deliver(std::move(batch), result.asset());
  if (!asset.ok()) {
    held_up_.insert(about);
    if (IsNoAnswer(asset.status())) return Sent::kNoAnswer;
    const std::string why = Sentence(asset.status());
    if (result.state() != v1::RESULT_STATE_REFUSED || result.explanation() != why) {
      common::LogWarning("result_not_recorded", {{"result", result.name()}, {"error", why}});
      Keep(row.key, {.explanation = why});
    }
    return Sent::kRefused;
  }
  DeliveredCommand::Answer answer{.recorded = true, .asset = asset->name()};
  if (result.record().has_test()) {
    answer.functional = asset->functional();
    answer.functional_gap = asset->functional_gap();
  }
  Keep(row.key, std::move(answer));
  return Sent::kAnswered;
}

void ResultOutbox::Keep(const std::string& key, DeliveredCommand::Answer answer) {
  DeliveredCommand delivered(key, std::move(answer));
  const absl::Status kept = committer_->Run(delivered);
  // The row is sent again, with the same ids.
  if (!kept.ok()) common::LogWarning("result_not_kept", {{"error", kept.ToString()}});
}

absl::StatusOr<Asset> ResultOutbox::Deliver(inventory::v1::ExecuteBatchRequest batch,
                                            std::string asset) {
  absl::StatusOr<Asset> answer = absl::InternalError("nothing to send");
  for (Command& command : *batch.mutable_commands()) {
    if (command.has_create_asset()) {
      auto made = Make(command.create_asset());
      if (!made.ok()) return made.status();
      asset = *std::move(made);
      continue;
    }
    answer = DeliverOne(command, asset);
    if (!answer.ok()) return answer;
  }
  return answer;
}

// The drive; when another result has made it meanwhile, that one.
absl::StatusOr<std::string> ResultOutbox::Make(const inventory::v1::CreateAssetRequest& request) {
  Asset made;
  const absl::Status status = Call([&](grpc::ClientContext& context) {
    return inventory_->CreateAsset(&context, request, &made);
  });
  if (status.ok()) return made.name();
  const std::string holder = common::MetadataOf(status, "name");
  if (common::ReasonOf(status) == "IDENTIFIER_TAKEN" && !holder.empty()) return holder;
  return status;
}

absl::StatusOr<Asset> ResultOutbox::Get(const std::string& name) {
  Asset asset;
  inventory::v1::GetAssetRequest get;
  get.set_name(name);
  const absl::Status status = Call(
      [&](grpc::ClientContext& context) { return inventory_->GetAsset(&context, get, &asset); });
  if (!status.ok()) return status;
  return asset;
}

absl::StatusOr<Asset> ResultOutbox::DeliverOne(Command& command, const std::string& asset) {
  Asset answer;
  absl::Status status = absl::InternalError("a command of another kind");
  if (command.has_install_component()) {
    auto* request = command.mutable_install_component();
    request->set_name(asset);
    auto standing = Get(asset);
    if (!standing.ok() || standing->installed_in() == request->host()) return standing;
    status = Call([&](grpc::ClientContext& context) {
      return inventory_->InstallComponent(&context, *request, &answer);
    });
  } else if (command.has_begin_process()) {
    auto* request = command.mutable_begin_process();
    request->set_name(asset);
    // Begun before, or what comes next says what is missing.
    auto standing = Get(asset);
    if (!standing.ok() ||
        standing->data_device_state() != inventory::v1::DATA_DEVICE_STATE_SECURED) {
      return standing;
    }
    status = Call([&](grpc::ClientContext& context) {
      return inventory_->BeginProcess(&context, *request, &answer);
    });
  } else if (command.has_record_sanitization()) {
    auto* request = command.mutable_record_sanitization();
    request->mutable_sanitization()->set_asset(asset);
    status = Call([&](grpc::ClientContext& context) {
      return inventory_->RecordSanitization(&context, *request, &answer);
    });
  } else if (command.has_record_test()) {
    auto* request = command.mutable_record_test();
    request->mutable_test()->set_asset(asset);
    status = Call([&](grpc::ClientContext& context) {
      return inventory_->RecordTest(&context, *request, &answer);
    });
  }
  if (!status.ok()) return status;
  return answer;
}

}  // namespace loopdock::grading
