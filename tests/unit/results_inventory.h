// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_RESULTS_INVENTORY_H_
#define LOOPDOCK_TESTS_UNIT_RESULTS_INVENTORY_H_

// A small inventory that keeps assets and request ids, and refuses or falls silent on demand.
// Thread safety: all methods may be called from any thread.

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/callback_queue.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::testing {

class ResultsInventory final : public inventory::v1::InventoryService::Service {
 public:
  using Asset = inventory::v1::Asset;
  ResultsInventory() {
    common::HoldCallbackQueue();
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~ResultsInventory() override { server_->Shutdown(absl::ToChronoTime(absl::Now())); }
  std::shared_ptr<grpc::Channel> Channel() { return server_->InProcessChannel({}); }
  // An asset in a secured place with this serial number; its name.
  std::string Have(const std::string& serial, const std::string& category = "",
                   const std::string& maker = "") {
    absl::MutexLock lock(&mutex_);
    Asset asset;
    asset.set_category(category);
    auto* identifier = asset.add_identifiers();
    identifier->set_kind(inventory::v1::IDENTIFIER_KIND_SERIAL);
    identifier->set_value(serial);
    identifier->set_issuer(maker);
    return Register(std::move(asset)).name();
  }
  void Change(const std::string& name, const std::function<void(Asset&)>& change) {
    absl::MutexLock lock(&mutex_);
    change(assets_.at(name));
  }
  Asset At(const std::string& name) {
    absl::MutexLock lock(&mutex_);
    return assets_.at(name);
  }
  // Asked before every command, by its method's name; an error is its answer.
  void Judge(std::function<absl::Status(const std::string&)> judge) {
    absl::MutexLock lock(&mutex_);
    judge_ = std::move(judge);
  }
  // The answers to commands get lost on the way while it is set.
  void LoseAnswers(bool lose) { lose_ = lose; }
  // "RecordTest sites/main/assets/000001" of each command that had an effect, in order.
  std::vector<std::string> Effects() {
    absl::MutexLock lock(&mutex_);
    return effects_;
  }
  std::vector<inventory::v1::Test> tests;
  std::vector<inventory::v1::Sanitization> sanitizations;

  grpc::Status FindAsset(grpc::ServerContext*, const inventory::v1::FindAssetRequest* request,
                         Asset* answer) override {
    absl::MutexLock lock(&mutex_);
    std::vector<const Asset*> found;
    for (const auto& [name, asset] : assets_) {
      for (const auto& identifier : asset.identifiers()) {
        const std::string& issuer = request->identifier().issuer();
        if (identifier.value() != request->identifier().value()) continue;
        if (!issuer.empty() && identifier.issuer() != issuer) continue;
        found.push_back(&asset);
      }
    }
    if (found.size() > 1) return Refuse("IDENTIFIER_AMBIGUOUS", "two have it");
    if (found.empty()) return None();
    *answer = *found[0];
    return grpc::Status::OK;
  }
  grpc::Status GetAsset(grpc::ServerContext*, const inventory::v1::GetAssetRequest* request,
                        Asset* answer) override {
    absl::MutexLock lock(&mutex_);
    if (!assets_.contains(request->name())) return None();
    *answer = assets_.at(request->name());
    return grpc::Status::OK;
  }
  grpc::Status CreateAsset(grpc::ServerContext*, const inventory::v1::CreateAssetRequest* request,
                           Asset* answer) override {
    const auto& asset = request->asset();
    const std::string holder = HolderOf(asset.identifiers(0).value(), request->request_id());
    if (!holder.empty()) {
      return common::ToGrpc(common::Error(absl::StatusCode::kAlreadyExists, "IDENTIFIER_TAKEN",
                                          "taken", {{"name", holder}}));
    }
    return Do("CreateAsset", *request, answer,
              [&]() -> std::string { return Register(asset).name(); });
  }
  grpc::Status InstallComponent(grpc::ServerContext*,
                                const inventory::v1::InstallComponentRequest* request,
                                Asset* answer) override {
    return Do("InstallComponent", *request, answer, [&] {
      assets_.at(request->name()).set_installed_in(request->host());
      return request->name();
    });
  }
  grpc::Status BeginProcess(grpc::ServerContext*, const inventory::v1::BeginProcessRequest* request,
                            Asset* answer) override {
    return Do("BeginProcess", *request, answer, [&] {
      assets_.at(request->name())
          .set_data_device_state(inventory::v1::DATA_DEVICE_STATE_IN_SANITIZATION);
      return request->name();
    });
  }
  grpc::Status RecordSanitization(grpc::ServerContext*,
                                  const inventory::v1::RecordSanitizationRequest* request,
                                  Asset* answer) override {
    return Do("RecordSanitization", *request, answer, [&] {
      sanitizations.push_back(request->sanitization());
      assets_.at(request->sanitization().asset())
          .set_data_device_state(inventory::v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL);
      return request->sanitization().asset();
    });
  }
  grpc::Status RecordTest(grpc::ServerContext*, const inventory::v1::RecordTestRequest* request,
                          Asset* answer) override {
    return Do("RecordTest", *request, answer, [&] {
      tests.push_back(request->test());
      assets_.at(request->test().asset()).set_functional(inventory::v1::FUNCTIONAL_F3);
      return request->test().asset();
    });
  }

 private:
  // Empty for a request that was answered before.
  std::string HolderOf(const std::string& serial, const std::string& request_id) {
    absl::MutexLock lock(&mutex_);
    if (requests_.contains(request_id)) return "";
    for (const auto& [name, asset] : assets_) {
      if (asset.identifiers_size() > 0 && asset.identifiers(0).value() == serial) return name;
    }
    return "";
  }
  static grpc::Status None() {
    return common::ToGrpc(common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND", "-"));
  }
  static grpc::Status Refuse(const std::string& reason, const std::string& message) {
    return common::ToGrpc(common::Error(absl::StatusCode::kFailedPrecondition, reason, message));
  }
  Asset& Register(Asset asset) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const std::string name = "sites/main/assets/00000" + std::to_string(assets_.size() + 1);
    asset.set_name(name);
    asset.set_state(inventory::v1::ASSET_STATE_IN_STOCK);
    asset.set_location("sites/main/locations/cage");
    asset.set_data_device_state(inventory::v1::DATA_DEVICE_STATE_SECURED);
    return assets_[name] = std::move(asset);
  }

  // The same request id gives the first answer again, with other content it is refused.
  template <typename Request>
  grpc::Status Do(const std::string& method, const Request& request, Asset* answer,
                  const std::function<std::string()>& apply) {
    absl::MutexLock lock(&mutex_);
    const auto [seen, is_new] = requests_.try_emplace(request.request_id(), "", "");
    if (is_new) {
      if (absl::Status status = judge_ ? judge_(method) : absl::OkStatus(); !status.ok()) {
        requests_.erase(seen);
        return common::ToGrpc(status);
      }
      const std::string asset = apply();
      seen->second = {request.SerializeAsString(), assets_.at(asset).SerializeAsString()};
      effects_.push_back(method + " " + asset);
    } else if (seen->second.first != request.SerializeAsString()) {
      return Refuse("REQUEST_ID_REUSED", "other content");
    }
    answer->ParseFromString(seen->second.second);
    return lose_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "lost") : grpc::Status::OK;
  }

  absl::Mutex mutex_;
  std::map<std::string, Asset> assets_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::pair<std::string, std::string>> requests_ ABSL_GUARDED_BY(mutex_);
  std::function<absl::Status(const std::string&)> judge_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> effects_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> lose_ = false;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace loopdock::testing

#endif  // LOOPDOCK_TESTS_UNIT_RESULTS_INVENTORY_H_
