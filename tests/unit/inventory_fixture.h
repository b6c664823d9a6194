// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_INVENTORY_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_INVENTORY_FIXTURE_H_

// Short ways to book into the inventory of inventory_record_fixture.h, and through a device's life.

#include <string>
#include <vector>

#include "tests/unit/inventory_record_fixture.h"

namespace loopdock::inventory {

class InventoryTest : public InventoryRecordTest {
 protected:
  std::string MakeLoad(std::string_view supplier = "parties/unknown") {
    v1::CreateLoadRequest request;
    request.set_site("sites/main");
    request.mutable_load()->set_supplier(std::string(supplier));
    request.mutable_load()->set_bill_of_lading("BOL-1");
    return Do(request).name();
  }

  std::string OpenSession(const std::string& load, const std::string& location = "") {
    v1::OpenSessionRequest request;
    request.set_site("sites/main");
    request.set_load(load);
    request.set_location(location);
    return Do(request).name();
  }

  static v1::RecordScanRequest SerialScan(const std::string& session, const std::string& serial,
                                          const std::string& maker = "Acme",
                                          const std::string& key = "") {
    v1::RecordScanRequest request;
    request.set_session(session);
    request.set_asset_key(key);
    request.add_symbols()->set_content(serial);
    request.mutable_understanding()->set_serial(serial);
    request.mutable_understanding()->set_maker(maker);
    return request;
  }

  v1::Asset Book(const std::string& session, const std::string& serial) {
    return Do(SerialScan(session, serial)).asset();
  }

  v1::Asset GetAsset(const std::string& name) {
    v1::GetAssetRequest request;
    request.set_name(name);
    v1::Asset asset;
    EXPECT_TRUE(Ask(request, &asset).ok()) << name;
    return asset;
  }

  absl::StatusOr<v1::Asset> Move(const std::string& asset, const std::string& location) {
    v1::MoveAssetRequest request;
    request.set_name(asset);
    request.set_location("sites/main/locations/" + location);
    return Send(request);
  }

  v1::RecordSanitizationRequest Sanitization(const std::string& asset,
                                             v1::SanitizationMethod method) {
    v1::RecordSanitizationRequest request;
    request.mutable_sanitization()->set_asset(asset);
    request.mutable_sanitization()->set_method(method);
    request.mutable_sanitization()->set_tool("wiper 4.2");
    request.mutable_sanitization()->set_succeeded(true);
    request.mutable_sanitization()->set_operator_("bob");
    return request;
  }

  v1::Asset Begin(const std::string& asset, v1::NextProcess process) {
    v1::BeginProcessRequest request;
    request.set_name(asset);
    request.set_process(process);
    return Do(request);
  }

  v1::Asset Wipe(const std::string& asset, v1::SanitizationMethod method) {
    Begin(asset, v1::NEXT_PROCESS_DATA_SANITIZATION);
    return Do(Sanitization(asset, method));
  }

  // Verifies what was chosen and reconciles it.
  void Reconcile(const std::string& asset) {
    const v1::Asset now = GetAsset(asset);
    if (now.verification_required() &&
        now.data_device_state() == v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL) {
      v1::RecordVerificationRequest verify;
      verify.set_name(asset);
      verify.set_passed(true);
      verify.set_method("read back");
      Do(verify);
    }
    v1::ReconcileSanitizationRequest request;
    request.set_site("sites/main");
    request.add_assets(asset);
    request.set_received_count(1);
    Do(request);
  }

  void Release(const std::string& asset) {
    Reconcile(asset);
    v1::ReleaseSanitizationRequest request;
    request.set_name(asset);
    Do(request);
  }

  void Test(const std::string& asset) {
    v1::RecordTestRequest request;
    request.mutable_test()->set_asset(asset);
    request.mutable_test()->set_plan("phone/1");
    v1::FunctionResult* result = request.mutable_test()->add_results();
    result->set_function("display");
    result->set_key(true);
    result->set_outcome(v1::TEST_OUTCOME_PASS);
    Do(request);
  }

  void Inspect(const std::string& asset, v1::Cosmetic cosmetic = v1::COSMETIC_C4) {
    v1::RecordInspectionRequest request;
    request.set_name(asset);
    request.mutable_summary()->set_inspection("sites/main/inspections/i1");
    request.mutable_summary()->set_version(1);
    request.mutable_summary()->set_cosmetic(cosmetic);
    Do(request);
  }

  void MakeReadyForSale(const std::string& asset) {
    Wipe(asset, v1::SANITIZATION_METHOD_PURGE);
    Release(asset);
    Test(asset);
    Inspect(asset);
  }

  v1::ShipAssetsRequest Shipment(v1::ShipmentKind kind, const std::string& receiver,
                                 const std::string& asset) {
    v1::ShipAssetsRequest request;
    request.set_site("sites/main");
    request.mutable_shipment()->set_kind(kind);
    request.mutable_shipment()->set_receiver(receiver);
    request.mutable_shipment()->add_assets(asset);
    if (kind == v1::SHIPMENT_KIND_SALE) {
      request.mutable_shipment()->set_return_policy("30 days");
    } else {
      request.mutable_shipment()->set_stream(v1::STREAM_KIND_DATA_DEVICES);
    }
    return request;
  }

  std::string MakeVendor(bool data_qualified, const std::string& qualified_date) {
    v1::CreatePartyRequest request;
    request.mutable_party()->set_display_name("Vendor");
    request.mutable_party()->add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
    std::vector<v1::StreamKind> streams = {v1::STREAM_KIND_REUSE_EQUIPMENT,
                                           v1::STREAM_KIND_RECOVERY_EQUIPMENT,
                                           v1::STREAM_KIND_OTHER_MATERIALS};
    if (data_qualified) streams.push_back(v1::STREAM_KIND_DATA_DEVICES);
    for (const v1::StreamKind stream : streams) {
      request.mutable_party()->add_streams()->set_stream(stream);
      request.mutable_party()->mutable_streams()->rbegin()->set_reaches_final_disposition(true);
    }
    auto* assessment = request.mutable_party()->add_assessments();
    assessment->set_date(qualified_date);
    assessment->set_assessor("eve");
    assessment->set_passed(true);
    assessment->set_data_security(data_qualified);
    return Do(request).name();
  }
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_TESTS_UNIT_INVENTORY_FIXTURE_H_
