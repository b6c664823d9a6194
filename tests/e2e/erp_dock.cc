// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/erp_dock.h"

#include <numeric>

#include "absl/strings/str_cat.h"
#include "services/common/ids.h"

namespace loopdock::e2e {
namespace {

namespace v1 = inventory::v1;

constexpr char kSite[] = "sites/main";
// Where a device may stand that may hold data.
const std::vector<std::string>& SecuredPlaces() {
  static const auto* places = new std::vector<std::string>{
      "sites/main/locations/dock", "sites/main/locations/cage", "sites/main/locations/hazard"};
  return *places;
}

bool IsRefusal(const absl::Status& status) {
  return absl::IsFailedPrecondition(status) || absl::IsInvalidArgument(status) ||
         absl::IsAlreadyExists(status) || absl::IsNotFound(status) || absl::IsUnimplemented(status);
}

}  // namespace

template <typename Request, typename Response>
absl::StatusOr<Response> ErpDock::Tell(grpc::Status (InventoryStub::*method)(grpc::ClientContext*,
                                                                             const Request&,
                                                                             Response*),
                                       Request request) {
  request.set_request_id(common::NewUuidV7());
  return floor_.Do(method, request);
}

const std::vector<ErpDock::Kind>& ErpDock::Kinds() {
  static const auto* kinds = new std::vector<Kind>{
      {"book", 30, &ErpDock::Book},
      {"describe", 6, &ErpDock::Describe},
      {"tag", 6, &ErpDock::AddTag},
      {"move", 15, &ErpDock::Move},
      {"container", 3, &ErpDock::MakeContainer},
      {"move container", 5, &ErpDock::MoveContainer},
      {"hold", 4, &ErpDock::Hold},
      {"grade", 8, &ErpDock::Grade},
      {"lot", 4, &ErpDock::BookLot},
      {"change lot", 3, &ErpDock::ChangeLot},
      {"withdraw", 2, &ErpDock::Withdraw},
      {"sell", 5, &ErpDock::Sell},
      {"install", 4, &ErpDock::Install},
      {"remove", 2, &ErpDock::Remove},
      {"merge", 2, &ErpDock::Merge},
      {"tear down", 3, &ErpDock::TearDown},
      {"change party", 2, &ErpDock::ChangeParty},
  };
  return *kinds;
}

std::string ErpDock::Any(const std::vector<std::string>& names) {
  return names.empty() ? "" : names[static_cast<size_t>(Draw(static_cast<int>(names.size())))];
}

absl::Status ErpDock::Open() {
  for (const char* name : {"parties/buyer", "parties/source"}) {
    v1::CreatePartyRequest party;
    party.mutable_party()->set_name(name);
    party.mutable_party()->set_display_name(name);
    party.mutable_party()->add_roles(v1::PARTY_ROLE_CUSTOMER);
    party.mutable_party()->add_roles(v1::PARTY_ROLE_SUPPLIER);
    const auto made = Tell(&InventoryStub::CreateParty, party);
    if (!made.ok()) return made.status();
  }
  auto session = floor_.OpenSession();
  if (!session.ok()) return session.status();
  session_ = *session;
  v1::GetSessionRequest get;
  get.set_name(session_);
  const auto opened = floor_.Do(&InventoryStub::GetSession, get);
  if (!opened.ok()) return opened.status();
  load_ = opened->load();
  return absl::OkStatus();
}

absl::Status ErpDock::Step() {
  const auto& kinds = Kinds();
  const int all = std::accumulate(kinds.begin(), kinds.end(), 0,
                                  [](int sum, const Kind& kind) { return sum + kind.share; });
  int drawn = Draw(all);
  for (const Kind& kind : kinds) {
    drawn -= kind.share;
    if (drawn >= 0) continue;
    const absl::Status status = (this->*kind.act)();
    if (status.ok()) ++done_[kind.name];
    return status.ok() || IsRefusal(status)
               ? absl::OkStatus()
               : absl::Status(status.code(), absl::StrCat(kind.name, ": ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status ErpDock::Close() {
  v1::CloseSessionRequest close;
  close.set_name(session_);
  return Tell(&InventoryStub::CloseSession, close).status();
}

absl::Status ErpDock::Book() {
  const auto booked =
      floor_.Scan(floor_.TextScan(session_, absl::StrCat("S/N: ERPT", 10000 + next_++)));
  if (!booked.ok()) return booked.status();
  if (!booked->asset().empty()) assets_.push_back(booked->asset());
  return absl::OkStatus();
}

absl::Status ErpDock::Describe() {
  v1::DescribeAssetRequest request;
  request.set_name(Any(assets_));
  request.set_maker(absl::StrCat("Maker ", Draw(5)));
  request.set_model(absl::StrCat("Model | ", Draw(50)));
  request.set_category("phone");
  request.set_mass_g(100 + Draw(100));
  return Tell(&InventoryStub::DescribeAsset, request).status();
}

absl::Status ErpDock::AddTag() {
  v1::CorrectIdentifiersRequest request;
  request.set_name(Any(assets_));
  v1::Identifier* tag = request.add_add();
  tag->set_kind(v1::IDENTIFIER_KIND_ASSET_TAG);
  tag->set_issuer("parties/source");
  tag->set_value(absl::StrCat("TAG", next_++));
  request.set_reason("found on the back");
  return Tell(&InventoryStub::CorrectIdentifiers, request).status();
}

absl::Status ErpDock::Move() {
  v1::MoveAssetRequest request;
  request.set_name(Any(assets_));
  if (!containers_.empty() && Draw(2) == 0) {
    request.set_container(Any(containers_));
  } else {
    request.set_location(Any(SecuredPlaces()));
  }
  return Tell(&InventoryStub::MoveAsset, request).status();
}

absl::Status ErpDock::MakeContainer() {
  v1::CreateContainerRequest request;
  request.set_site(kSite);
  if (!containers_.empty() && Draw(3) == 0) {
    request.mutable_container()->set_parent(Any(containers_));
  } else {
    request.mutable_container()->set_location(Any(SecuredPlaces()));
  }
  const auto made = Tell(&InventoryStub::CreateContainer, request);
  if (made.ok()) containers_.push_back(made->name());
  return made.status();
}

absl::Status ErpDock::MoveContainer() {
  v1::MoveContainerRequest request;
  request.set_name(Any(containers_));
  request.set_location(Any(SecuredPlaces()));
  return Tell(&InventoryStub::MoveContainer, request).status();
}

absl::Status ErpDock::Hold() {
  v1::PlaceHoldRequest request;
  request.set_name(Any(assets_));
  request.set_kind(v1::HOLD_KIND_OTHER);
  request.set_reason("looks odd");
  return Tell(&InventoryStub::PlaceHold, request).status();
}

absl::Status ErpDock::Grade() {
  v1::RecordInspectionRequest request;
  request.set_name(Any(assets_));
  request.mutable_summary()->set_inspection("sites/main/inspections/i1");
  request.mutable_summary()->set_version(1);
  request.mutable_summary()->set_cosmetic(static_cast<v1::Cosmetic>(2 + Draw(8)));
  return Tell(&InventoryStub::RecordInspection, request).status();
}

absl::Status ErpDock::BookLot() {
  v1::CreateLotRequest request;
  request.set_site(kSite);
  request.mutable_lot()->set_description("Cables");
  request.mutable_lot()->set_category("cables");
  request.mutable_lot()->set_piece_count(1 + Draw(40));
  request.mutable_lot()->set_mass_g(1000 + Draw(9000));
  request.mutable_lot()->set_load(load_);
  request.mutable_lot()->set_location("sites/main/locations/cage");
  const auto made = Tell(&InventoryStub::CreateLot, request);
  if (made.ok()) lots_.push_back(made->name());
  return made.status();
}

absl::Status ErpDock::ChangeLot() {
  v1::GetLotRequest get;
  get.set_name(Any(lots_));
  const auto lot = floor_.Do(&InventoryStub::GetLot, get);
  if (!lot.ok()) return lot.status();
  v1::UpdateLotRequest request;
  *request.mutable_lot() = *lot;
  request.mutable_lot()->set_description(absl::StrCat("Cables ", Draw(100)));
  request.mutable_lot()->set_location(Any(SecuredPlaces()));
  return Tell(&InventoryStub::UpdateLot, request).status();
}

absl::Status ErpDock::Withdraw() {
  v1::WithdrawAssetRequest request;
  request.set_name(Any(assets_));
  request.set_reason("booked by mistake");
  request.set_corrects_sequence(1);
  return Tell(&InventoryStub::WithdrawAsset, request).status();
}

absl::Status ErpDock::Sell() {
  const std::string asset = Any(assets_);
  v1::BeginProcessRequest begin;
  begin.set_name(asset);
  begin.set_process(v1::NEXT_PROCESS_DATA_SANITIZATION);
  const auto begun = Tell(&InventoryStub::BeginProcess, begin);
  if (!begun.ok()) return begun.status();
  v1::RecordSanitizationRequest sanitize;
  v1::Sanitization* done = sanitize.mutable_sanitization();
  done->set_asset(asset);
  done->set_method(v1::SANITIZATION_METHOD_PURGE);
  done->set_tool("wiper");
  done->set_tool_version("4.2");
  done->set_standard("NIST SP 800-88r1");
  done->set_succeeded(true);
  done->set_operator_("anna");
  done->set_verifier("bert");
  done->set_media_serial(absl::StrCat("MEDIUM", next_++));
  done->set_media_maker("Maker");
  done->set_media_model("Model");
  done->set_media_type("SSD");
  done->set_capacity_bytes(1000000);
  done->set_verification_method("read back");
  const auto sanitized = Tell(&InventoryStub::RecordSanitization, sanitize);
  if (!sanitized.ok()) return sanitized.status();
  v1::ReconcileSanitizationRequest reconcile;
  reconcile.set_site("sites/main");
  reconcile.add_assets(asset);
  reconcile.set_received_count(1);
  const auto reconciled = Tell(&InventoryStub::ReconcileSanitization, reconcile);
  if (!reconciled.ok()) return reconciled.status();
  v1::ReleaseSanitizationRequest release;
  release.set_name(asset);
  const auto released = Tell(&InventoryStub::ReleaseSanitization, release);
  if (!released.ok()) return released.status();
  return SellReady(asset);
}

absl::Status ErpDock::SellReady(const std::string& asset) {
  v1::RecordTestRequest test;
  test.mutable_test()->set_asset(asset);
  test.mutable_test()->set_plan("phone@3");
  v1::FunctionResult* result = test.mutable_test()->add_results();
  result->set_function("display");
  result->set_key(true);
  result->set_outcome(v1::TEST_OUTCOME_PASS);
  if (const auto tested = Tell(&InventoryStub::RecordTest, test); !tested.ok()) {
    return tested.status();
  }
  v1::RecordInspectionRequest inspect;
  inspect.set_name(asset);
  inspect.mutable_summary()->set_inspection("sites/main/inspections/i2");
  inspect.mutable_summary()->set_version(1);
  inspect.mutable_summary()->set_cosmetic(v1::COSMETIC_C5);
  if (const auto graded = Tell(&InventoryStub::RecordInspection, inspect); !graded.ok()) {
    return graded.status();
  }
  v1::ShipAssetsRequest ship;
  ship.set_site(kSite);
  ship.mutable_shipment()->set_kind(v1::SHIPMENT_KIND_SALE);
  ship.mutable_shipment()->set_receiver("parties/buyer");
  ship.mutable_shipment()->set_bill_of_lading(absl::StrCat("BOL-", next_++));
  ship.mutable_shipment()->set_return_policy("30 days");
  ship.mutable_shipment()->add_assets(asset);
  return Tell(&InventoryStub::ShipAssets, ship).status();
}

absl::Status ErpDock::Install() {
  v1::InstallComponentRequest request;
  request.set_name(Any(assets_));
  request.set_host(Any(assets_));
  const auto made = Tell(&InventoryStub::InstallComponent, request);
  if (made.ok()) installed_.push_back(request.name());
  return made.status();
}

absl::Status ErpDock::Remove() {
  v1::RemoveComponentRequest request;
  request.set_name(Any(installed_));
  request.set_location(Any(SecuredPlaces()));
  return Tell(&InventoryStub::RemoveComponent, request).status();
}

absl::Status ErpDock::Merge() {
  v1::MergeAssetsRequest request;
  request.set_name(Any(assets_));
  request.set_absorbed(Any(assets_));
  request.set_reason("one device, two labels");
  return Tell(&InventoryStub::MergeAssets, request).status();
}

absl::Status ErpDock::TearDown() {
  v1::RecordTransformationRequest request;
  request.set_site(kSite);
  v1::Transformation* run = request.mutable_transformation();
  run->set_kind(v1::TRANSFORMATION_KIND_TEARDOWN);
  run->set_location("sites/main/locations/cage");
  run->set_operator_("anna");
  v1::TransformationInput* input = run->add_inputs();
  if (!lots_.empty() && Draw(2) == 0) {
    input->set_lot(Any(lots_));
    input->set_piece_count(1);
  } else {
    input->set_asset(Any(assets_));
  }
  input->set_mass_g(200);
  v1::TransformationOutput* output = run->add_outputs();
  output->set_description("Boards");
  output->set_category("boards");
  output->set_mass_g(200);
  output->set_location("sites/main/locations/cage");
  output->set_controlled_reason(v1::CONTROLLED_REASON_FOCUS_MATERIAL);
  return Tell(&InventoryStub::RecordTransformation, request).status();
}

absl::Status ErpDock::ChangeParty() {
  v1::GetPartyRequest get;
  get.set_name("parties/source");
  const auto party = floor_.Do(&InventoryStub::GetParty, get);
  if (!party.ok()) return party.status();
  v1::UpdatePartyRequest request;
  *request.mutable_party() = *party;
  request.mutable_party()->set_address(absl::StrCat(Draw(100), " Dock Road"));
  return Tell(&InventoryStub::UpdateParty, request).status();
}

}  // namespace loopdock::e2e
