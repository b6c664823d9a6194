// SPDX-License-Identifier: Apache-2.0
// Every method that changes the record, sent again: five times at once, after a restart, and with
// another body. One effect, one answer, and a refusal for what is not the same request. A method
// without a scenario here fails the test.
#include <functional>
#include <map>
#include <thread>

#include "loopdock/common/v1/access.pb.h"
#include "tests/contract/inventory_service_fixture.h"

namespace loopdock::inventory {
namespace {

using google::protobuf::Message;

constexpr int kAtOnce = 5;

bool IsWrite(const google::protobuf::MethodDescriptor& method) {
  return method.options().GetExtension(common::v1::access).effect() == common::v1::EFFECT_WRITE;
}

void SetText(Message* message, const char* field, const std::string& value) {
  message->GetReflection()->SetString(message, message->GetDescriptor()->FindFieldByName(field),
                                      value);
}

// The same request with another body under the same id.
std::unique_ptr<Message> Altered(const Message& request) {
  std::unique_ptr<Message> altered(request.New());
  altered->CopyFrom(request);
  if (request.GetDescriptor()->FindFieldByName("reason") != nullptr) {
    SetText(altered.get(), "reason", "another reason");
  } else {
    google::protobuf::Timestamp time;
    time.set_seconds(1'700'000'000);
    const auto* field = request.GetDescriptor()->FindFieldByName("station_time");
    altered->GetReflection()->MutableMessage(altered.get(), field)->CopyFrom(time);
  }
  return altered;
}

// A request that was answered.
struct Sent {
  const google::protobuf::MethodDescriptor* method;
  std::unique_ptr<Message> request;
  std::string answer;
};

class RetryTest : public ServiceFixture, public testing::WithParamInterface<const char*> {
 protected:
  RetryTest() : ServiceFixture(GetParam()) {
    clock_ = &manual_clock_;
    AddReference();
    AddReceiving();
    AddCorrections();
    AddAssets();
    AddComponents();
    AddProcessing();
    AddLotsAndShipments();
    AddFacility();
    AddStockTakes();
    AddTime();
  }

  // ---- The record behind the scenarios.

  // Sends what a scenario needs beforehand.
  template <typename Request, typename Response>
  Response Do(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              Request request) {
    request.set_request_id(common::NewUuidV7());
    Response response;
    const absl::Status status = Call(method, request, &response);
    EXPECT_TRUE(status.ok()) << Request::descriptor()->name() << " " << status;
    return response;
  }

  static std::string LocationName(const std::string& id) { return "sites/main/locations/" + id; }
  std::string NewSerial() { return "R-" + std::to_string(++serials_); }

  static void AddEvidence(google::protobuf::RepeatedPtrField<common::v1::EvidenceRef>* list,
                          const std::string& media_type = "application/pdf") {
    common::v1::EvidenceRef* ref = list->Add();
    ref->set_sha256(std::string(64, 'a'));
    ref->set_media_type(media_type);
    ref->set_size_bytes(10);
  }

  std::string Today() const {
    return absl::FormatTime("%Y-%m-%d", manual_clock_.Now(), absl::UTCTimeZone());
  }

  std::string NewLoad() {
    v1::CreateLoadRequest request;
    request.set_site("sites/main");
    request.mutable_load()->set_supplier("parties/unknown");
    request.mutable_load()->set_bill_of_lading("BOL 1");
    return Do(&Stub::CreateLoad, request).name();
  }

  std::string NewSession(const std::string& load) {
    v1::OpenSessionRequest request;
    request.set_site("sites/main");
    request.set_load(load);
    return Do(&Stub::OpenSession, request).name();
  }

  v1::Asset NewAsset() {
    v1::RecordScanRequest request;
    request.set_session(NewSession(NewLoad()));
    request.mutable_understanding()->set_serial(NewSerial());
    return Do(&Stub::RecordScan, request).asset();
  }

  std::string NewContainer() {
    v1::CreateContainerRequest request;
    request.set_site("sites/main");
    return Do(&Stub::CreateContainer, request).name();
  }

  std::string NewParty(v1::PartyRole role) {
    v1::CreatePartyRequest request;
    request.mutable_party()->set_display_name("A party");
    request.mutable_party()->add_roles(role);
    return Do(&Stub::CreateParty, request).name();
  }

  std::string NewLot() { return Do(&Stub::CreateLot, LotRequest()).name(); }

  static v1::CreateLotRequest LotRequest() {
    v1::CreateLotRequest request;
    request.set_site("sites/main");
    request.mutable_lot()->set_description("cables");
    request.mutable_lot()->set_category("cables");
    request.mutable_lot()->set_piece_count(10);
    request.mutable_lot()->set_mass_g(5000);
    request.mutable_lot()->set_supplier("parties/unknown");
    return request;
  }

  static v1::RecordSanitizationRequest Sanitization(const std::string& asset,
                                                    v1::SanitizationMethod method) {
    v1::RecordSanitizationRequest request;
    v1::Sanitization* done = request.mutable_sanitization();
    done->set_asset(asset);
    done->set_method(method);
    done->set_tool("tool");
    done->set_tool_version("1.0");
    done->set_standard("NIST SP 800-88r1");
    done->set_succeeded(true);
    done->set_operator_("ann");
    done->set_media_serial("M-1");
    AddEvidence(done->mutable_evidence(), "video/mp4");
    return request;
  }

  // An asset whose sanitization has begun.
  std::string AssetInSanitization() {
    v1::BeginProcessRequest begin;
    begin.set_name(NewAsset().name());
    begin.set_process(v1::NEXT_PROCESS_DATA_SANITIZATION);
    return Do(&Stub::BeginProcess, begin).name();
  }

  std::string DestroyedAsset() {
    const std::string name = AssetInSanitization();
    Do(&Stub::RecordSanitization, Sanitization(name, v1::SANITIZATION_METHOD_DESTROY));
    return name;
  }

  static v1::ReconcileSanitizationRequest Reconciliation(const std::string& asset) {
    v1::ReconcileSanitizationRequest request;
    request.set_site("sites/main");
    request.add_assets(asset);
    request.set_received_count(1);
    return request;
  }

  static v1::RecordTestRequest TestOf(const std::string& asset) {
    v1::RecordTestRequest request;
    request.mutable_test()->set_asset(asset);
    request.mutable_test()->set_plan("phone/1");
    v1::FunctionResult* result = request.mutable_test()->add_results();
    result->set_function("display");
    result->set_key(true);
    result->set_outcome(v1::TEST_OUTCOME_PASS);
    return request;
  }

  static v1::RecordInspectionRequest InspectionOf(const std::string& asset) {
    v1::RecordInspectionRequest request;
    request.set_name(asset);
    request.mutable_summary()->set_inspection("sites/main/inspections/i1");
    request.mutable_summary()->set_version(1);
    request.mutable_summary()->set_cosmetic(v1::COSMETIC_C4);
    return request;
  }

  std::string AssetReadyForSale() {
    const std::string name = NewAsset().name();
    Do(&Stub::RecordSanitization, Sanitization(name, v1::SANITIZATION_METHOD_NO_STORAGE));
    Do(&Stub::RecordTest, TestOf(name));
    Do(&Stub::RecordInspection, InspectionOf(name));
    return name;
  }

  v1::ShipAssetsRequest SaleRequest() {
    v1::ShipAssetsRequest request;
    request.set_site("sites/main");
    request.mutable_shipment()->set_kind(v1::SHIPMENT_KIND_SALE);
    request.mutable_shipment()->set_receiver(NewParty(v1::PARTY_ROLE_CUSTOMER));
    request.mutable_shipment()->set_return_policy("30 days");
    request.mutable_shipment()->set_bill_of_lading("BOL 2");
    request.mutable_shipment()->add_assets(AssetReadyForSale());
    return request;
  }

  // A stock take of a container with one asset in it.
  std::pair<std::string, std::string> NewStockTake() {
    const std::string container = NewContainer();
    v1::MoveAssetRequest move;
    move.set_name(NewAsset().name());
    move.set_container(container);
    Do(&Stub::MoveAsset, move);
    v1::OpenStockTakeRequest request;
    request.set_site("sites/main");
    request.set_place(container);
    return {Do(&Stub::OpenStockTake, request).name(), move.name()};
  }

  // ---- The scenarios: one valid request of each method.

  template <typename Request>
  void Add(const std::string& method, std::function<Request()> make) {
    scenarios_[method] = [make] { return std::make_unique<Request>(make()); };
  }

  // The same for requests that name the site.
  template <typename Request>
  void AddForSite(const std::string& method, std::function<void(Request&)> fill) {
    Add<Request>(method, [fill] {
      Request request;
      request.set_site("sites/main");
      fill(request);
      return request;
    });
  }

  void AddReference();
  void AddReceiving();
  void AddCorrections();
  void AddAssets();
  void AddComponents();
  void AddProcessing();
  void AddLotsAndShipments();
  void AddFacility();
  void AddStockTakes();
  void AddTime();

  // ---- Sending.

  std::int64_t FeedEnd() { return server_->inventory().last_sequence(); }

  std::string StateHash() {
    v1::GetStateHashRequest request;
    request.set_site("sites/main");
    v1::StateHash hash;
    EXPECT_TRUE(Call(&Stub::GetStateHash, request, &hash).ok());
    return hash.sha256();
  }

  absl::Status Send(const google::protobuf::MethodDescriptor& method, const Message& request,
                    std::string* answer) {
    grpc::ClientContext context;
    Prepare(context, /*as_service=*/method.name() == "RecordDecisions");
    return SendAny(channel_, &context, method, request, answer);
  }

  void ExpectValidationChangesNothing(const google::protobuf::MethodDescriptor& method,
                                      const Message& request) {
    std::unique_ptr<Message> trial(request.New());
    trial->CopyFrom(request);
    SetText(trial.get(), "request_id", common::NewUuidV7());
    const auto* field = trial->GetDescriptor()->FindFieldByName("validate_only");
    ASSERT_NE(field, nullptr) << method.name();
    trial->GetReflection()->SetBool(trial.get(), field, true);
    const std::string hash = StateHash();
    const std::int64_t end = FeedEnd();
    std::string answer;
    const absl::Status status = Send(method, *trial, &answer);
    EXPECT_TRUE(status.ok()) << method.name() << " validate_only: " << status;
    EXPECT_EQ(FeedEnd(), end) << method.name();
    EXPECT_EQ(StateHash(), hash) << method.name();
  }

  // Sends it from several clients at once; what they were all answered.
  std::string SendAtOnce(const google::protobuf::MethodDescriptor& method, const Message& request) {
    const std::int64_t end = FeedEnd();
    std::vector<std::string> answers(kAtOnce);
    std::vector<std::thread> clients;
    for (std::string& answer : answers) {
      clients.emplace_back([&] {
        const absl::Status status = Send(method, request, &answer);
        EXPECT_TRUE(status.ok()) << method.name() << " " << status;
      });
    }
    for (std::thread& client : clients) client.join();
    for (const std::string& answer : answers) EXPECT_EQ(answer, answers[0]) << method.name();
    EXPECT_EQ(FeedEnd(), end + 1) << method.name() << " has one effect";
    return answers[0];
  }

  void ExpectAnsweredAsBefore(const Sent& sent) {
    const std::int64_t end = FeedEnd();
    std::string answer;
    const absl::Status again = Send(*sent.method, *sent.request, &answer);
    EXPECT_TRUE(again.ok()) << sent.method->name() << " " << again;
    EXPECT_EQ(answer, sent.answer) << sent.method->name();
    const absl::Status altered = Send(*sent.method, *Altered(*sent.request), &answer);
    EXPECT_EQ(altered.code(), absl::StatusCode::kAlreadyExists) << sent.method->name();
    EXPECT_EQ(common::ReasonOf(altered), "REQUEST_ID_REUSED") << sent.method->name();
    EXPECT_EQ(FeedEnd(), end) << sent.method->name();
  }

  // The methods that change the record and answer once, the sweep first: it forgets what is old.
  static std::vector<const google::protobuf::MethodDescriptor*> Methods() {
    const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
        v1::InventoryService::service_full_name());
    std::vector<const google::protobuf::MethodDescriptor*> methods = {
        service->FindMethodByName("Sweep")};
    for (int i = 0; i < service->method_count(); ++i) {
      const auto* method = service->method(i);
      if (!IsWrite(*method) || method->client_streaming() || method == methods[0]) continue;
      methods.push_back(method);
    }
    return methods;
  }

  common::ManualClock manual_clock_{absl::Now()};
  std::map<std::string, std::function<std::unique_ptr<Message>()>> scenarios_;
  int serials_ = 0;
};

void RetryTest::AddReference() {
  Add<v1::UpdateSiteRequest>("UpdateSite", [] {
    v1::UpdateSiteRequest request;
    request.mutable_site()->set_name("sites/main");
    request.mutable_site()->set_display_name("The site");
    request.mutable_site()->set_utc_offset("+01:00");
    return request;
  });
  Add<v1::CreatePartyRequest>("CreateParty", [] {
    v1::CreatePartyRequest request;
    request.mutable_party()->set_display_name("A supplier");
    request.mutable_party()->add_roles(v1::PARTY_ROLE_SUPPLIER);
    return request;
  });
  Add<v1::UpdatePartyRequest>("UpdateParty", [this] {
    v1::UpdatePartyRequest request;
    request.mutable_party()->set_name(NewParty(v1::PARTY_ROLE_SUPPLIER));
    request.mutable_party()->set_display_name("Another name");
    return request;
  });
  AddForSite<v1::CreateLocationRequest>("CreateLocation", [](auto& request) {
    request.mutable_location()->set_display_name("Shelf");
    request.mutable_location()->set_kind(v1::LOCATION_KIND_STORAGE);
  });
  Add<v1::UpdateLocationRequest>("UpdateLocation", [] {
    v1::UpdateLocationRequest request;
    request.mutable_location()->set_name(LocationName("storage"));
    request.mutable_location()->set_display_name("Rack");
    request.mutable_location()->set_kind(v1::LOCATION_KIND_STORAGE);
    return request;
  });
  AddForSite<v1::CreateStationRequest>("CreateStation", [](auto& request) {
    request.mutable_station()->set_display_name("Scanner");
  });
  AddForSite<v1::SetColumnMappingRequest>("SetColumnMapping", [](auto& request) {
    request.mutable_mapping()->set_supplier("parties/unknown");
    (*request.mutable_mapping()->mutable_columns())["serial"] = "Serial no.";
  });
  AddForSite<v1::SetLabelLayoutRequest>("SetLabelLayout", [](auto& request) {
    request.mutable_layout()->set_name("sites/main/layouts/l1");
    (*request.mutable_layout()->mutable_choices())["1"] = "serial";
  });
  AddForSite<v1::SetCatalogEntryRequest>("SetCatalogEntry", [](auto& request) {
    request.mutable_entry()->set_maker("Acme");
    request.mutable_entry()->set_model("One");
    request.mutable_entry()->add_keys("04012345678901");
  });
}

void RetryTest::AddReceiving() {
  AddForSite<v1::CreateLoadRequest>(
      "CreateLoad", [](auto& request) { request.mutable_load()->set_supplier("parties/unknown"); });
  Add<v1::UpdateLoadRequest>("UpdateLoad", [this] {
    v1::UpdateLoadRequest request;
    request.mutable_load()->set_name(NewLoad());
    request.mutable_load()->set_supplier("parties/unknown");
    request.mutable_load()->set_bill_of_lading("BOL 3");
    return request;
  });
  Add<v1::CloseLoadRequest>("CloseLoad", [this] {
    const std::string load = NewLoad();
    v1::CreateLotRequest lot = LotRequest();
    lot.mutable_lot()->set_load(load);
    Do(&Stub::CreateLot, lot);
    v1::CloseLoadRequest request;
    request.set_name(load);
    return request;
  });
  const auto new_manifest = [this] {
    v1::CreateManifestRequest request;
    request.set_load(NewLoad());
    return Do(&Stub::CreateManifest, request).name();
  };
  Add<v1::CreateManifestRequest>("CreateManifest", [this] {
    v1::CreateManifestRequest request;
    request.set_load(NewLoad());
    return request;
  });
  Add<v1::AddManifestLinesRequest>("AddManifestLines", [new_manifest] {
    v1::AddManifestLinesRequest request;
    request.set_manifest(new_manifest());
    request.add_lines()->set_serial("R-LINE");
    return request;
  });
  Add<v1::ActivateManifestRequest>("ActivateManifest", [new_manifest] {
    v1::ActivateManifestRequest request;
    request.set_name(new_manifest());
    return request;
  });
  AddForSite<v1::OpenSessionRequest>("OpenSession",
                                     [this](auto& request) { request.set_load(NewLoad()); });
  Add<v1::CloseSessionRequest>("CloseSession", [this] {
    v1::CloseSessionRequest request;
    request.set_name(NewSession(NewLoad()));
    return request;
  });
  Add<v1::RecordScanRequest>("RecordScan", [this] {
    v1::RecordScanRequest request;
    request.set_session(NewSession(NewLoad()));
    request.mutable_understanding()->set_serial(NewSerial());
    return request;
  });
}

void RetryTest::AddCorrections() {
  Add<v1::WithdrawScanRequest>("WithdrawScan", [this] {
    v1::RecordScanRequest scan;
    scan.set_session(NewSession(NewLoad()));
    scan.mutable_understanding()->set_serial(NewSerial());
    v1::WithdrawScanRequest request;
    request.set_name(Do(&Stub::RecordScan, scan).scan().name());
    request.set_reason("read from the neighbour's label");
    return request;
  });
  Add<v1::ReassignAssetRequest>("ReassignAsset", [this] {
    v1::ReassignAssetRequest request;
    request.set_name(NewAsset().name());
    request.set_load(NewLoad());
    request.set_reason("stood on the wrong pallet");
    return request;
  });
  Add<v1::CompareWithManifestRequest>("CompareWithManifest", [this] {
    v1::CompareWithManifestRequest request;
    request.set_load(NewLoad());
    v1::RecordScanRequest scan;
    scan.set_session(NewSession(request.load()));
    scan.mutable_understanding()->set_serial(NewSerial());
    request.add_assets(Do(&Stub::RecordScan, scan).asset().name());
    v1::CreateManifestRequest create;
    create.set_load(request.load());
    v1::ActivateManifestRequest activate;
    activate.set_name(Do(&Stub::CreateManifest, create).name());
    Do(&Stub::ActivateManifest, activate);
    return request;
  });
  AddForSite<v1::RecordWeighingRequest>("RecordWeighing", [this](auto& request) {
    request.mutable_weighing()->set_subject(NewContainer());
    request.mutable_weighing()->set_gross_mass_g(90'000);
    request.mutable_weighing()->set_tare_mass_g(20'000);
    request.mutable_weighing()->set_scale("dock-2");
  });
}

void RetryTest::AddAssets() {
  AddForSite<v1::CreateAssetRequest>("CreateAsset", [this](auto& request) {
    v1::Identifier* identifier = request.mutable_asset()->add_identifiers();
    identifier->set_kind(v1::IDENTIFIER_KIND_SERIAL);
    identifier->set_value(NewSerial());
    request.mutable_asset()->set_supplier("parties/unknown");
    request.mutable_asset()->set_location(LocationName("dock"));
  });
  Add<v1::MoveAssetRequest>("MoveAsset", [this] {
    v1::MoveAssetRequest request;
    request.set_name(NewAsset().name());
    request.set_location(LocationName("cage"));
    return request;
  });
  Add<v1::CorrectIdentifiersRequest>("CorrectIdentifiers", [this] {
    v1::CorrectIdentifiersRequest request;
    const v1::Asset asset = NewAsset();
    request.set_name(asset.name());
    request.add_add()->set_kind(v1::IDENTIFIER_KIND_SERIAL);
    request.mutable_add(0)->set_value(NewSerial());
    *request.add_remove() = asset.identifiers(0);
    request.set_reason("misread");
    return request;
  });
  Add<v1::DescribeAssetRequest>("DescribeAsset", [this] {
    v1::DescribeAssetRequest request;
    request.set_name(NewAsset().name());
    request.set_model("Two");
    return request;
  });
  Add<v1::WithdrawAssetRequest>("WithdrawAsset", [this] {
    v1::WithdrawAssetRequest request;
    request.set_name(NewAsset().name());
    request.set_reason("booked twice");
    return request;
  });
  Add<v1::PlaceHoldRequest>("PlaceHold", [this] {
    v1::PlaceHoldRequest request;
    request.set_name(NewAsset().name());
    request.set_kind(v1::HOLD_KIND_RECALLED);
    request.set_reason("recall 1");
    return request;
  });
  Add<v1::ReleaseHoldRequest>("ReleaseHold", [this] {
    v1::PlaceHoldRequest hold;
    hold.set_name(NewAsset().name());
    hold.set_kind(v1::HOLD_KIND_OTHER);
    hold.set_reason("look");
    v1::ReleaseHoldRequest request;
    request.set_name(hold.name());
    request.set_hold_id(Do(&Stub::PlaceHold, hold).holds(0).id());
    request.set_reason("looked");
    return request;
  });
  AddForSite<v1::CreateContainerRequest>("CreateContainer", [](auto& request) {
    request.mutable_container()->set_location(LocationName("cage"));
  });
  Add<v1::SealContainerRequest>("SealContainer", [this] {
    v1::SealContainerRequest request;
    request.set_name(NewContainer());
    return request;
  });
  Add<v1::MoveContainerRequest>("MoveContainer", [this] {
    v1::MoveContainerRequest request;
    request.set_name(NewContainer());
    request.set_location(LocationName("cage"));
    return request;
  });
}

void RetryTest::AddComponents() {
  Add<v1::MergeAssetsRequest>("MergeAssets", [this] {
    v1::MergeAssetsRequest request;
    request.set_name(NewAsset().name());
    request.set_absorbed(NewAsset().name());
    request.set_reason("one device with two labels");
    return request;
  });
  const auto install = [this] {
    v1::InstallComponentRequest request;
    request.set_name(NewAsset().name());
    request.set_host(NewAsset().name());
    return request;
  };
  Add<v1::InstallComponentRequest>("InstallComponent", install);
  Add<v1::RemoveComponentRequest>("RemoveComponent", [this, install] {
    v1::RemoveComponentRequest request;
    request.set_name(Do(&Stub::InstallComponent, install()).name());
    request.set_location(LocationName("cage"));
    return request;
  });
  AddForSite<v1::RecordTransformationRequest>("RecordTransformation", [this](auto& request) {
    v1::Transformation* run = request.mutable_transformation();
    run->set_kind(v1::TRANSFORMATION_KIND_TEARDOWN);
    run->set_location(LocationName("dock"));
    run->add_inputs()->set_lot(NewLot());
    run->mutable_inputs(0)->set_piece_count(2);
    run->mutable_inputs(0)->set_mass_g(1000);
    v1::TransformationOutput* output = run->add_outputs();
    output->set_description("copper");
    output->set_category("copper");
    output->set_mass_g(990);
    output->set_location(LocationName("storage"));
    output->set_unrestricted_reason(v1::UNRESTRICTED_REASON_NON_FM);
    run->set_loss_g(10);
  });
}

void RetryTest::AddProcessing() {
  Add<v1::RecordInspectionRequest>("RecordInspection",
                                   [this] { return InspectionOf(NewAsset().name()); });
  Add<v1::RecordTestRequest>("RecordTest", [this] { return TestOf(AssetReadyForSale()); });
  Add<v1::BeginProcessRequest>("BeginProcess", [this] {
    v1::BeginProcessRequest request;
    request.set_name(NewAsset().name());
    request.set_process(v1::NEXT_PROCESS_DATA_SANITIZATION);
    return request;
  });
  Add<v1::RecordSanitizationRequest>("RecordSanitization", [this] {
    return Sanitization(AssetInSanitization(), v1::SANITIZATION_METHOD_PURGE);
  });
  Add<v1::RecordVerificationRequest>("RecordVerification", [this] {
    v1::RecordVerificationRequest request;
    request.set_name(AssetInSanitization());
    Do(&Stub::RecordSanitization, Sanitization(request.name(), v1::SANITIZATION_METHOD_PURGE));
    request.set_verifier("bob");
    request.set_passed(true);
    request.set_method("recovery tool");
    return request;
  });
  Add<v1::ReconcileSanitizationRequest>("ReconcileSanitization",
                                        [this] { return Reconciliation(DestroyedAsset()); });
  Add<v1::ReleaseSanitizationRequest>("ReleaseSanitization", [this] {
    v1::ReleaseSanitizationRequest request;
    request.set_name(DestroyedAsset());
    Do(&Stub::ReconcileSanitization, Reconciliation(request.name()));
    return request;
  });
  Add<v1::SetApplicabilityRequest>("SetApplicability", [this] {
    v1::SetApplicabilityRequest request;
    request.set_name(NewAsset().name());
    request.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    request.set_controlled_reason(v1::CONTROLLED_REASON_FOR_TEST_REPAIR);
    request.set_reason("looked at it");
    return request;
  });
  AddForSite<v1::RecordDecisionsRequest>("RecordDecisions", [this](auto& request) {
    const v1::Asset asset = NewAsset();
    v1::Decision* decision = request.add_decisions();
    decision->set_asset(asset.name());
    decision->set_asset_etag(asset.etag());
    decision->set_next(v1::NEXT_PROCESS_TEST_REPAIR);
    decision->add_reasons("because");
    decision->set_policy("policy/1");
  });
}

void RetryTest::AddLotsAndShipments() {
  Add<v1::CreateLotRequest>("CreateLot", [] { return LotRequest(); });
  Add<v1::UpdateLotRequest>("UpdateLot", [this] {
    v1::UpdateLotRequest request;
    *request.mutable_lot() = Do(&Stub::CreateLot, LotRequest());
    request.mutable_lot()->set_piece_count(9);
    request.set_reason("counted again");
    return request;
  });
  Add<v1::ShipAssetsRequest>("ShipAssets", [this] { return SaleRequest(); });
  Add<v1::ConfirmReceiptRequest>("ConfirmReceipt", [this] {
    v1::ConfirmReceiptRequest request;
    request.set_name(Do(&Stub::ShipAssets, SaleRequest()).name());
    request.mutable_confirmation()->set_date("2026-03-02");
    AddEvidence(request.mutable_receipt());
    request.mutable_confirmation()->set_date(Today());
    return request;
  });
  AddForSite<v1::RecordCertificateRequest>("RecordCertificate", [this](auto& request) {
    const v1::Shipment shipment = Do(&Stub::ShipAssets, SaleRequest());
    v1::Certificate* certificate = request.mutable_certificate();
    certificate->set_kind(v1::CERTIFICATE_KIND_RECYCLING);
    certificate->set_issuer(shipment.receiver());
    certificate->set_number("C-1");
    certificate->set_issue_date(Today());
    certificate->set_shipment(shipment.name());
    AddEvidence(certificate->mutable_evidence());
  });
  AddForSite<v1::RecordExceptionRequest>("RecordException", [this](auto& request) {
    v1::ExceptionRecord* exception = request.mutable_exception();
    exception->set_rule("R-04");
    exception->set_subject(NewAsset().name());
    exception->set_reason("an order of the authority");
    exception->set_approver("carol");
    AddEvidence(exception->mutable_evidence());
    exception->mutable_expire_time()->set_seconds(4'000'000'000);
  });
}

void RetryTest::AddFacility() {
  const auto incident = [] {
    v1::CreateIncidentRequest request;
    request.set_site("sites/main");
    request.mutable_incident()->set_kind(v1::INCIDENT_KIND_LOSS);
    request.mutable_incident()->set_description("a box is gone");
    return request;
  };
  Add<v1::CreateIncidentRequest>("CreateIncident", incident);
  Add<v1::UpdateIncidentRequest>("UpdateIncident", [this, incident] {
    v1::UpdateIncidentRequest request;
    *request.mutable_incident() = Do(&Stub::CreateIncident, incident());
    request.mutable_incident()->set_resolution("found");
    return request;
  });
  const auto nonconformity = [] {
    v1::CreateNonconformityRequest request;
    request.set_site("sites/main");
    request.mutable_nonconformity()->set_description("a door was open");
    request.mutable_nonconformity()->set_clause("CR7");
    return request;
  };
  Add<v1::CreateNonconformityRequest>("CreateNonconformity", nonconformity);
  Add<v1::UpdateNonconformityRequest>("UpdateNonconformity", [this, nonconformity] {
    v1::UpdateNonconformityRequest request;
    *request.mutable_nonconformity() = Do(&Stub::CreateNonconformity, nonconformity());
    request.mutable_nonconformity()->set_root_cause("no spring");
    return request;
  });
  const auto authorization = [] {
    v1::GrantAuthorizationRequest request;
    request.set_site("sites/main");
    request.mutable_authorization()->set_person("ann");
    request.mutable_authorization()->add_levels(v1::ACCESS_LEVEL_SANITIZE);
    request.mutable_authorization()->set_training_date("2026-01-02");
    request.mutable_authorization()->set_confidentiality_date("2026-01-02");
    return request;
  };
  Add<v1::GrantAuthorizationRequest>("GrantAuthorization", authorization);
  Add<v1::RevokeAuthorizationRequest>("RevokeAuthorization", [this, authorization] {
    v1::RevokeAuthorizationRequest request;
    request.set_name(Do(&Stub::GrantAuthorization, authorization()).name());
    return request;
  });
  AddForSite<v1::SetFacilityRulesRequest>("SetFacilityRules", [](auto& request) {
    request.mutable_rules()->set_sanitize_days(20);
    request.mutable_rules()->set_reason("a customer wants it");
    request.set_reason("a customer wants it");
  });
}

void RetryTest::AddStockTakes() {
  AddForSite<v1::OpenStockTakeRequest>(
      "OpenStockTake", [this](auto& request) { request.set_place(NewContainer()); });
  Add<v1::RecordStockCountRequest>("RecordStockCount", [this] {
    v1::RecordStockCountRequest request;
    const auto [take, asset] = NewStockTake();
    request.set_name(take);
    request.add_assets(asset);
    return request;
  });
  Add<v1::RecordMissingRequest>("RecordMissing", [this] {
    v1::RecordMissingRequest request;
    const auto [take, asset] = NewStockTake();
    request.set_name(take);
    request.add_assets(asset);
    return request;
  });
  Add<v1::CloseStockTakeRequest>("CloseStockTake", [this] {
    v1::CloseStockTakeRequest request;
    const auto [take, asset] = NewStockTake();
    request.set_name(take);
    v1::RecordStockCountRequest count;
    count.set_name(take);
    count.add_assets(asset);
    Do(&Stub::RecordStockCount, count);
    return request;
  });
}

void RetryTest::AddTime() {
  // There must be something to sweep: remembered responses of more than 90 days ago.
  AddForSite<v1::SweepRequest>("Sweep", [this](auto&) {
    NewLoad();
    manual_clock_.Advance(absl::Hours(24 * 91));
  });
  AddForSite<v1::ExecuteBatchRequest>("ExecuteBatch", [this](auto& request) {
    request.set_mode(v1::BATCH_MODE_ATOMIC);
    request.add_commands()->mutable_place_hold()->set_name(NewAsset().name());
    request.mutable_commands(0)->mutable_place_hold()->set_kind(v1::HOLD_KIND_OTHER);
    request.mutable_commands(0)->mutable_place_hold()->set_reason("look");
    *request.add_commands()->mutable_create_lot() = LotRequest();
  });
}

INSTANTIATE_TEST_SUITE_P(Drivers, RetryTest, testing::Values("memory", "rocksdb"));

// The daemon's memory driver forgets at its end, so only the other one is started again.
TEST_P(RetryTest, EveryMethodHasOneEffectAndOneAnswer) {
  std::vector<Sent> all;
  for (const auto* method : Methods()) {
    const auto scenario = scenarios_.find(method->name());
    ASSERT_NE(scenario, scenarios_.end()) << "a scenario for " << method->name() << " is missing";
    Sent sent{method, scenario->second(), ""};
    ExpectValidationChangesNothing(*method, *sent.request);
    SetText(sent.request.get(), "request_id", common::NewUuidV7());
    sent.answer = SendAtOnce(*method, *sent.request);
    ExpectAnsweredAsBefore(sent);
    all.push_back(std::move(sent));
  }
  EXPECT_GE(all.size(), 60u);
  if (driver_ == "rocksdb") {
    const std::string hash = StateHash();
    Stop();
    Start();
    for (const Sent& sent : all) ExpectAnsweredAsBefore(sent);
    EXPECT_EQ(StateHash(), hash);
  }
  EXPECT_TRUE(server_->inventory().Fsck().ok());
}

// All commands of one stream; their results in order.
std::vector<v1::CommandResult> Stream(Stub& stub, grpc::ClientContext& context,
                                      const std::vector<v1::Command>& commands) {
  auto stream = stub.StreamCommands(&context);
  for (const v1::Command& command : commands) {
    v1::StreamCommandsRequest request;
    *request.mutable_command() = command;
    EXPECT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  std::vector<v1::CommandResult> results;
  v1::StreamCommandsResponse response;
  while (stream->Read(&response)) {
    results.insert(results.end(), response.results().begin(), response.results().end());
  }
  const absl::Status status = common::FromGrpc(stream->Finish());
  EXPECT_TRUE(status.ok()) << status;
  return results;
}

TEST_P(RetryTest, StreamedCommandsHaveOneEffectAndOneAnswer) {
  v1::Command command;
  *command.mutable_create_lot() = LotRequest();
  command.mutable_create_lot()->set_request_id(common::NewUuidV7());
  v1::Command altered = command;
  altered.mutable_create_lot()->mutable_lot()->set_piece_count(11);
  const std::int64_t end = FeedEnd();
  std::vector<std::vector<v1::CommandResult>> by_stream(kAtOnce);
  std::vector<std::thread> clients;
  for (auto& results : by_stream) {
    clients.emplace_back([&] {
      grpc::ClientContext context;
      Prepare(context);
      results = Stream(*stub_, context, {command, command});
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(FeedEnd(), end + 1);
  for (const auto& results : by_stream) {
    ASSERT_EQ(results.size(), 2u);
    for (const v1::CommandResult& result : results) {
      EXPECT_FALSE(result.has_error()) << result.ShortDebugString();
      EXPECT_EQ(result.SerializeAsString(), by_stream[0][0].SerializeAsString());
    }
  }
  if (driver_ == "rocksdb") {
    Stop();
    Start();
  }
  v1::Command trial = command;
  trial.mutable_create_lot()->set_request_id(common::NewUuidV7());
  trial.mutable_create_lot()->set_validate_only(true);
  grpc::ClientContext context;
  Prepare(context);
  const auto refused = Stream(*stub_, context, {altered, command, trial});
  ASSERT_EQ(refused.size(), 3u);
  EXPECT_FALSE(refused[2].has_error()) << refused[2].ShortDebugString();
  EXPECT_EQ(common::ReasonOf(common::FromRpcStatus(refused[0].error())), "REQUEST_ID_REUSED");
  EXPECT_EQ(refused[1].SerializeAsString(), by_stream[0][0].SerializeAsString());
  EXPECT_EQ(FeedEnd(), end + 1);
}

// Rows without request_id get one made from the batch's.
TEST_P(RetryTest, BatchesSentAgainHaveTheirRowsOnce) {
  v1::ExecuteBatchRequest request;
  request.set_site("sites/main");
  request.set_mode(v1::BATCH_MODE_BEST_EFFORT);
  request.set_request_id(common::NewUuidV7());
  *request.add_commands()->mutable_create_lot() = LotRequest();
  request.add_commands()->mutable_place_hold()->set_name("sites/main/assets/none");
  request.mutable_commands(1)->mutable_place_hold()->set_kind(v1::HOLD_KIND_OTHER);
  request.mutable_commands(1)->mutable_place_hold()->set_reason("look");
  *request.add_commands()->mutable_create_lot() = LotRequest();
  const std::int64_t end = FeedEnd();
  v1::ExecuteBatchResponse first;
  absl::Status status = Call(&Stub::ExecuteBatch, request, &first);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(first.refused_count(), 1);
  EXPECT_EQ(common::ReasonOf(common::FromRpcStatus(first.results(1).error())),
            "RESOURCE_NOT_FOUND");
  EXPECT_EQ(FeedEnd(), end + 2);
  v1::ExecuteBatchResponse again;
  status = Call(&Stub::ExecuteBatch, request, &again);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(FeedEnd(), end + 2);
}

}  // namespace
}  // namespace loopdock::inventory
