// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/delivery.h"

#include <string>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kReasonBytesMax = 1000;
constexpr char kDriveCategory[] = "drive";

class Delivery {
 public:
  Delivery(const v1::Result& result, absl::Time now) : result_(result), now_(now) {
    batch_.set_site(common::SiteName(common::SiteOf(result.name())));
  }

  template <typename Request>
  void Prepare(std::string_view step, Request* request) const {
    request->set_request_id(common::DerivedUuidV7(
        now_,
        Cat("result ", result_.name(), " ", std::to_string(result_.match_count()), " ", step)));
    std::string reason = Cat("Handed in by ", result_.actor(), " as ", result_.file_name());
    reason.resize(std::min(reason.size(), kReasonBytesMax));
    request->set_reason(reason);
  }

  // In its host's place, on its host's terms. Without load: what came with a load was counted when
  // it was received, and a drive in a device is a part of that.
  void MakeDrive(const inventory::v1::Asset& host) {
    auto* request = batch_.add_commands()->mutable_create_asset();
    Prepare("create", request);
    request->set_site(batch_.site());
    inventory::v1::Asset* asset = request->mutable_asset();
    const v1::DeviceClaim& drive = result_.record().device();
    for (const std::string& serial : drive.serials()) {
      auto* identifier = asset->add_identifiers();
      identifier->set_kind(inventory::v1::IDENTIFIER_KIND_SERIAL);
      identifier->set_issuer(drive.maker());
      identifier->set_value(serial);
    }
    asset->set_maker(drive.maker());
    asset->set_model(drive.model());
    asset->set_category(kDriveCategory);
    asset->set_supplier(host.supplier());
    asset->set_no_resale(host.no_resale());
    asset->set_instruction(host.instruction());
    asset->set_container(host.container());
    if (host.container().empty()) asset->set_location(host.location());
    *request->add_evidence() = result_.evidence();
  }

  void Install(const std::string& asset, const std::string& host) {
    auto* request = batch_.add_commands()->mutable_install_component();
    Prepare("install", request);
    request->set_name(asset);
    request->set_host(host);
    *request->add_evidence() = result_.evidence();
  }

  void Wipe(const std::string& asset) {
    const v1::ResultRecord& record = result_.record();
    const v1::WipeClaim& wipe = record.wipe();
    if (!IsEvaluation(wipe.method())) {
      auto* begin = batch_.add_commands()->mutable_begin_process();
      Prepare("begin", begin);
      begin->set_name(asset);
      begin->set_process(inventory::v1::NEXT_PROCESS_DATA_SANITIZATION);
    }
    auto* request = batch_.add_commands()->mutable_record_sanitization();
    Prepare("sanitization", request);
    inventory::v1::Sanitization* done = request->mutable_sanitization();
    done->set_asset(asset);
    done->set_method(wipe.method());
    const bool versioned = !record.tool_version().empty();
    done->set_tool(versioned ? Cat(record.tool(), " ", record.tool_version()) : record.tool());
    done->set_tool_version(record.tool_version());
    done->set_standard(wipe.standard());
    // What was broken off reaches inventory only when a person says that it failed.
    done->set_succeeded(wipe.outcome() == v1::WIPE_OUTCOME_SUCCEEDED);
    done->set_operator_(result_.operator_());
    done->set_verifier(wipe.verifier());
    done->set_verification_method(wipe.verification_method());
    done->set_media_serial(record.device().serials(0));
    done->set_media_maker(record.device().maker());
    done->set_media_model(record.device().model());
    done->set_media_type(record.device().media_type());
    done->set_capacity_bytes(record.device().capacity_bytes());
    *done->add_evidence() = result_.evidence();
  }

  void Test(const std::string& asset, const std::string& category, const FunctionPlan& plan) {
    auto* request = batch_.add_commands()->mutable_record_test();
    Prepare("test", request);
    inventory::v1::Test* test = request->mutable_test();
    *test = plan.Complete(category, result_.record().test());
    test->set_asset(asset);
    test->set_operator_(result_.operator_());
    *test->add_evidence() = result_.evidence();
  }

  inventory::v1::ExecuteBatchRequest Take() { return std::move(batch_); }

 private:
  const v1::Result& result_;
  const absl::Time now_;
  inventory::v1::ExecuteBatchRequest batch_;
};

// What the record knows of the device comes before what the file says of it.
std::string CategoryOf(const v1::Result& result, const inventory::v1::Asset* asset) {
  if (asset != nullptr && !asset->category().empty()) return asset->category();
  if (result.record().device().is_drive()) return kDriveCategory;
  return result.record().device().category();
}

}  // namespace

bool IsEvaluation(inventory::v1::SanitizationMethod method) {
  return method == inventory::v1::SANITIZATION_METHOD_NO_STORAGE ||
         method == inventory::v1::SANITIZATION_METHOD_EVALUATED_EMPTY;
}

inventory::v1::ExecuteBatchRequest DeliveryOf(const v1::Result& result,
                                              const MatchedAssets& matched,
                                              const FunctionPlan& plan, absl::Time now) {
  Delivery delivery(result, now);
  const std::string asset = matched.asset == nullptr ? "" : matched.asset->name();
  if (matched.asset == nullptr && matched.host != nullptr) delivery.MakeDrive(*matched.host);
  if (matched.host != nullptr) delivery.Install(asset, matched.host->name());
  if (result.record().has_wipe()) delivery.Wipe(asset);
  if (result.record().has_test()) {
    delivery.Test(asset, CategoryOf(result, matched.asset), plan);
  }
  return delivery.Take();
}

}  // namespace loopdock::grading
