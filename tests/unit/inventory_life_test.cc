// SPDX-License-Identifier: Apache-2.0
// The life of assets, lots and containers: created, merged, built in and taken out, transformed,
// moved in containers, counted; and that all of it comes out of the feed again.
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

constexpr char kSite[] = "sites/main";

std::string Place(const std::string& id) { return "sites/main/locations/" + id; }

class LifeTest : public InventoryTest {
 protected:
  static v1::CreateAssetRequest NewAsset(const std::string& serial) {
    v1::CreateAssetRequest request;
    request.set_site(kSite);
    v1::Identifier* identifier = request.mutable_asset()->add_identifiers();
    identifier->set_kind(v1::IDENTIFIER_KIND_SERIAL);
    identifier->set_issuer("Acme");
    identifier->set_value(serial);
    return request;
  }
  v1::Asset Create(const std::string& serial) { return Do(NewAsset(serial)); }

  static v1::InstallComponentRequest Install(const std::string& part, const std::string& host) {
    v1::InstallComponentRequest request;
    request.set_name(part);
    request.set_host(host);
    return request;
  }
  static v1::RemoveComponentRequest Remove(const std::string& part, const std::string& location) {
    v1::RemoveComponentRequest request;
    request.set_name(part);
    request.set_location(Place(location));
    return request;
  }
  static v1::MergeAssetsRequest Merge(const std::string& name, const std::string& absorbed) {
    v1::MergeAssetsRequest request;
    request.set_name(name);
    request.set_absorbed(absorbed);
    return request;
  }

  // No storage of its own, so that only what is built in can hold data.
  v1::Asset Chassis(const std::string& serial) {
    const v1::Asset asset = Create(serial);
    Do(Sanitization(asset.name(), v1::SANITIZATION_METHOD_NO_STORAGE));
    return GetAsset(asset.name());
  }

  std::string MakeContainer(const std::string& parent = "", const std::string& location = "") {
    v1::CreateContainerRequest request;
    request.set_site(kSite);
    request.mutable_container()->set_parent(parent);
    if (!location.empty()) request.mutable_container()->set_location(Place(location));
    return Do(request).name();
  }
  v1::Container GetContainer(const std::string& name) {
    v1::GetContainerRequest request;
    request.set_name(name);
    v1::Container container;
    EXPECT_TRUE(Ask(request, &container).ok()) << name;
    return container;
  }
  static v1::MoveContainerRequest MoveInto(const std::string& name, const std::string& container) {
    v1::MoveContainerRequest request;
    request.set_name(name);
    request.set_container(container);
    return request;
  }
  void PutInto(const std::string& asset, const std::string& container) {
    v1::MoveAssetRequest request;
    request.set_name(asset);
    request.set_container(container);
    Do(request);
  }

  v1::Lot MakeLot(std::int64_t pieces, std::int64_t mass_g) {
    v1::CreateLotRequest request;
    request.set_site(kSite);
    request.mutable_lot()->set_description("Mixed boards");
    request.mutable_lot()->set_category("boards");
    request.mutable_lot()->set_piece_count(pieces);
    request.mutable_lot()->set_mass_g(mass_g);
    return Do(request);
  }
  v1::Lot GetLot(const std::string& name) {
    v1::GetLotRequest request;
    request.set_name(name);
    v1::Lot lot;
    EXPECT_TRUE(Ask(request, &lot).ok()) << name;
    return lot;
  }

  static v1::RecordTransformationRequest RunOf(v1::TransformationKind kind) {
    v1::RecordTransformationRequest request;
    request.set_site(kSite);
    request.mutable_transformation()->set_kind(kind);
    request.mutable_transformation()->set_location(Place("dock"));
    return request;
  }
  static void In(v1::RecordTransformationRequest& request, const v1::Lot& lot, std::int64_t pieces,
                 std::int64_t mass_g) {
    v1::TransformationInput* input = request.mutable_transformation()->add_inputs();
    input->set_lot(lot.name());
    input->set_piece_count(pieces);
    input->set_mass_g(mass_g);
  }
  static void In(v1::RecordTransformationRequest& request, const v1::Asset& asset,
                 std::int64_t mass_g) {
    v1::TransformationInput* input = request.mutable_transformation()->add_inputs();
    input->set_asset(asset.name());
    input->set_mass_g(mass_g);
  }
  static v1::TransformationOutput* Out(v1::RecordTransformationRequest& request,
                                       std::int64_t mass_g) {
    v1::TransformationOutput* output = request.mutable_transformation()->add_outputs();
    output->set_description("Shred");
    output->set_category("metal");
    output->set_mass_g(mass_g);
    return output;
  }

  std::string OpenTake(const std::string& place) {
    v1::OpenStockTakeRequest request;
    request.set_site(kSite);
    request.set_place(place);
    return Do(request).name();
  }
  static v1::RecordStockCountRequest Seen(const std::string& take, const std::string& asset) {
    v1::RecordStockCountRequest request;
    request.set_name(take);
    request.add_assets(asset);
    return request;
  }
  static v1::RecordMissingRequest Missing(const std::string& take, const std::string& asset) {
    v1::RecordMissingRequest request;
    request.set_name(take);
    request.add_assets(asset);
    return request;
  }

  // The kinds of fact in an asset's timeline, oldest first.
  std::vector<int> Timeline(const std::string& name) {
    v1::GetTimelineRequest request;
    request.set_name(name);
    v1::GetTimelineResponse response;
    EXPECT_TRUE(Ask(request, &response).ok());
    std::vector<int> kinds;
    for (const v1::FeedEntry& entry : response.entries()) {
      for (const v1::Fact& fact : entry.facts()) kinds.push_back(fact.kind_case());
    }
    return kinds;
  }

  v1::FeedEntry LastEntry() {
    const auto entries = inventory_->ReadFeed(inventory_->last_sequence(), 1, 1 << 20);
    EXPECT_TRUE(entries.ok() && entries->size() == 1);
    return entries->front();
  }

  void TearDown() override { ExpectSound(); }  // replaying the feed makes the same rows
};

TEST_F(LifeTest, AnAssetIsCreatedAsItArrives) {
  v1::CreateAssetRequest request = NewAsset("S-1");
  request.mutable_asset()->set_load(MakeLoad());
  request.mutable_asset()->set_maker(" Acme ");
  request.mutable_asset()->set_external_ref("ERP-1");
  request.mutable_asset()->add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  request.set_reason("from the ERP");
  request.add_evidence()->set_sha256(Sha('a'));
  const v1::Asset asset = Do(request);
  EXPECT_EQ(asset.maker(), "Acme");
  EXPECT_EQ(asset.supplier(), "parties/unknown");
  EXPECT_EQ(asset.location(), Place("dock"));
  EXPECT_EQ(asset.applicability(), v1::R2_APPLICABILITY_CONTROLLED);
  EXPECT_EQ(asset.controlled_reason(), v1::CONTROLLED_REASON_UNEVALUATED);
  EXPECT_EQ(asset.data_device_state(), v1::DATA_DEVICE_STATE_SECURED);
  EXPECT_EQ(LastEntry().reason(), "from the ERP");
  EXPECT_EQ(LastEntry().evidence(0).sha256(), Sha('a'));

  EXPECT_EQ(Reason(NewAsset("s-1")), "IDENTIFIER_TAKEN");
  v1::CreateAssetRequest same_ref = NewAsset("S-2");
  same_ref.mutable_asset()->set_external_ref("ERP-1");
  EXPECT_EQ(Reason(same_ref), "EXTERNAL_REF_TAKEN");
  v1::CreatePartyRequest party;
  party.mutable_party()->set_display_name("Other supplier");
  party.mutable_party()->add_roles(v1::PARTY_ROLE_SUPPLIER);
  same_ref.mutable_asset()->set_supplier(Do(party).name());
  Do(same_ref);  // a reference is unique for one party

  v1::GetLoadRequest get;
  get.set_name(asset.load());
  v1::Load load;
  ASSERT_TRUE(Ask(get, &load).ok());
  EXPECT_EQ(load.asset_count(), 1);
}

TEST_F(LifeTest, TheSameSerialOfAnotherMakerIsHeld) {
  const v1::Asset first = Create("S-1");
  v1::CreateAssetRequest request = NewAsset("S-1");
  request.mutable_asset()->mutable_identifiers(0)->set_issuer("Other");
  const v1::Asset second = Do(request);
  ASSERT_EQ(second.holds_size(), 1);
  EXPECT_EQ(second.holds(0).kind(), v1::HOLD_KIND_IDENTITY);
  EXPECT_EQ(GetAsset(first.name()).holds_size(), 0);
}

TEST_F(LifeTest, AReturnedDeviceIsANewLife) {
  const v1::Asset first = Create("S-1");
  v1::CreateAssetRequest again = NewAsset("S-9");
  again.mutable_asset()->set_previous_life(first.name());
  EXPECT_EQ(Reason(again), "PREVIOUS_LIFE_OPEN");
  MakeReadyForSale(first.name());
  Do(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", first.name()));
  EXPECT_EQ(Create("S-1").previous_life(), first.name());
  EXPECT_EQ(Do(again).previous_life(), first.name());
}

TEST_F(LifeTest, CategoriesOfAnotherFacilityNeedItsName) {
  v1::CreateAssetRequest request = NewAsset("S-1");
  request.mutable_asset()->set_functional(v1::FUNCTIONAL_F4);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  v1::CreateAssetRequest unrestricted = NewAsset("S-1");
  unrestricted.mutable_asset()->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  EXPECT_EQ(Reason(unrestricted), "MUST_START_CONTROLLED");
  request.mutable_asset()->set_categorized_by("parties/unknown");
  request.mutable_asset()->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  request.mutable_asset()->set_control_exit(v1::CONTROL_EXIT_R2_CATEGORIZED);
  EXPECT_EQ(Reason(request), "CATEGORIES_NOT_ACCEPTED");
}

TEST_F(LifeTest, ADriveKeepsBothHistories) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset drive = Create("D-1");
  EXPECT_TRUE(Move(laptop.name(), "storage").ok());  // nothing in it holds data
  EXPECT_EQ(Reason(Install(drive.name(), laptop.name())), "DATA_NOT_SECURED");
  ASSERT_TRUE(Move(laptop.name(), "cage").ok());
  Do(Install(drive.name(), laptop.name()));
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 1);
  EXPECT_EQ(GetAsset(drive.name()).location(), Place("cage"));
  EXPECT_EQ(GetAsset(drive.name()).parent(), laptop.name());

  // It goes with its host, and what it holds keeps the host back.
  EXPECT_EQ(common::ReasonOf(Move(laptop.name(), "storage").status()), "DATA_NOT_SECURED");
  EXPECT_EQ(common::ReasonOf(Move(drive.name(), "cage").status()), "COMPONENT_INSTALLED");
  ASSERT_TRUE(Move(laptop.name(), "dock").ok());
  EXPECT_EQ(GetAsset(drive.name()).location(), Place("dock"));

  EXPECT_EQ(Reason(Remove(drive.name(), "storage")), "DATA_NOT_SECURED");
  const v1::Asset taken = Do(Remove(drive.name(), "cage"));
  EXPECT_EQ(taken.location(), Place("cage"));
  EXPECT_TRUE(taken.installed_in().empty());
  EXPECT_EQ(taken.parent(), laptop.name());
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 0);
  EXPECT_TRUE(Move(laptop.name(), "storage").ok());
  EXPECT_EQ(Reason(Remove(drive.name(), "cage")), "COMPONENT_ABSENT");

  for (const std::string& name : {laptop.name(), drive.name()}) {
    const std::vector<int> kinds = Timeline(name);
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), v1::Fact::kComponentInstalled), 1) << name;
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), v1::Fact::kComponentRemoved), 1) << name;
  }
}

TEST_F(LifeTest, SanitizingABuiltInDriveFreesItsHost) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset caddy = Chassis("C-1");
  const v1::Asset drive = Create("D-1");
  Do(Install(drive.name(), caddy.name()));
  Do(Install(caddy.name(), laptop.name()));
  const std::string pallet = MakeContainer();
  PutInto(laptop.name(), pallet);
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 1);
  EXPECT_EQ(GetContainer(pallet).unsanitized_count(), 1);
  EXPECT_EQ(Reason(Install(laptop.name(), drive.name())), "COMPONENT_CYCLE");
  Do(Sanitization(drive.name(), v1::SANITIZATION_METHOD_NO_STORAGE));
  EXPECT_EQ(GetAsset(caddy.name()).installed_unsafe_count(), 0);
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 0);
  EXPECT_EQ(GetContainer(pallet).unsanitized_count(), 0);
}

TEST_F(LifeTest, ComponentsStandOnlySoDeep) {
  std::string host = Chassis("H-0").name();
  const std::string outermost = host;
  for (int depth = 1; depth <= 4; ++depth) {
    const std::string part = Chassis("H-" + std::to_string(depth)).name();
    Do(Install(part, host));
    host = part;
  }
  EXPECT_EQ(Reason(Install(Chassis("H-5").name(), host)), "COMPONENT_TOO_DEEP");
  EXPECT_EQ(Reason(Install(outermost, Chassis("H-6").name())), "COMPONENT_TOO_DEEP");
  EXPECT_EQ(Reason(Install(outermost, host)), "COMPONENT_CYCLE");
}

TEST_F(LifeTest, TwoIdentitiesOfOneDeviceBecomeOne) {
  v1::CreateAssetRequest with_ref = NewAsset("S-2");
  with_ref.mutable_asset()->set_external_ref("ERP-2");
  with_ref.mutable_asset()->set_no_resale(true);
  with_ref.mutable_asset()->set_mass_g(900);
  const v1::Asset kept = Create("S-1");
  const v1::Asset absorbed = Do(with_ref);
  const v1::Asset drive = Create("D-1");
  Do(Install(drive.name(), absorbed.name()));
  const v1::Asset merged = Do(Merge(kept.name(), absorbed.name()));
  EXPECT_EQ(merged.identifiers_size(), 2);
  EXPECT_EQ(merged.mass_g(), 900);
  EXPECT_TRUE(merged.no_resale());
  EXPECT_EQ(merged.installed_unsafe_count(), 1);
  EXPECT_EQ(GetAsset(drive.name()).installed_in(), kept.name());
  const v1::Asset ended = GetAsset(absorbed.name());
  EXPECT_EQ(ended.state(), v1::ASSET_STATE_MERGED);
  EXPECT_EQ(ended.merged_into(), kept.name());

  v1::FindAssetRequest find;
  find.set_site(kSite);
  find.mutable_identifier()->set_value("S-2");
  v1::Asset found;
  ASSERT_TRUE(Ask(find, &found).ok());
  EXPECT_EQ(found.name(), kept.name());
  EXPECT_EQ(Reason(NewAsset("S-2")), "IDENTIFIER_TAKEN");
  EXPECT_EQ(Reason(Merge(kept.name(), absorbed.name())), "ASSET_NOT_OPEN");
  for (const std::string& name : {kept.name(), absorbed.name()}) {
    EXPECT_EQ(Timeline(name).back(), v1::Fact::kAssetMerged) << name;
  }
}

TEST_F(LifeTest, AMergeHidesNoData) {
  const v1::Asset clean = Chassis("S-1");
  const v1::Asset dirty = Create("S-2");
  EXPECT_EQ(Reason(Merge(clean.name(), dirty.name())), "MERGE_UNSAFE");
  v1::BeginProcessRequest begin;
  begin.set_name(dirty.name());
  begin.set_process(v1::NEXT_PROCESS_DATA_SANITIZATION);
  Do(begin);
  v1::RecordSanitizationRequest failed = Sanitization(dirty.name(), v1::SANITIZATION_METHOD_PURGE);
  failed.mutable_sanitization()->set_succeeded(false);
  Do(failed);
  const v1::Asset third = Create("S-3");
  EXPECT_EQ(Do(Merge(third.name(), dirty.name())).data_status(),
            v1::DATA_STATUS_SANITIZATION_FAILED);
  // The other way round the careful record is the one that goes on.
  EXPECT_EQ(Do(Merge(third.name(), clean.name())).data_status(),
            v1::DATA_STATUS_SANITIZATION_FAILED);
}

TEST_F(LifeTest, AScanKeyFollowsAMergedAsset) {
  const std::string session = OpenSession(MakeLoad());
  const v1::Asset kept = Do(SerialScan(session, "S-1", "Acme", "k1")).asset();
  const v1::Asset absorbed = Do(SerialScan(session, "S-2", "Acme", "k2")).asset();
  Do(Merge(kept.name(), absorbed.name()));
  const v1::RecordScanResponse again = Do(SerialScan(session, "S-3", "Acme", "k2"));
  EXPECT_EQ(again.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(again.asset().name(), kept.name());
}

TEST_F(LifeTest, MassOfATransformationIsBalanced) {
  const v1::Lot lot = MakeLot(10, 10'000);
  const auto run = [&](std::int64_t out_g, std::int64_t loss_g) {
    v1::RecordTransformationRequest request = RunOf(v1::TRANSFORMATION_KIND_SHRED);
    In(request, lot, 10, 10'000);
    Out(request, out_g);
    request.mutable_transformation()->set_loss_g(loss_g);
    request.set_validate_only(true);
    return request;
  };
  EXPECT_EQ(Reason(run(10'000, 0)), "");
  EXPECT_EQ(Reason(run(9'800, 200)), "");  // 2 % by default
  EXPECT_EQ(Reason(run(9'800, 0)), "");
  EXPECT_EQ(Reason(run(9'799, 201)), "MASS_NOT_BALANCED");
  EXPECT_EQ(Reason(run(10'200, 0)), "");
  EXPECT_EQ(Reason(run(10'201, 0)), "MASS_NOT_BALANCED");
  EXPECT_EQ(Reason(run(10'000, 201)), "MASS_NOT_BALANCED");
  const auto refused = Send(run(9'000, 100)).status();
  EXPECT_NE(std::string(refused.message()).find("900 g are not accounted for"), std::string::npos)
      << refused;
}

TEST_F(LifeTest, ATeardownMakesLotsAndAssets) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset fan = Chassis("F-1");
  Do(Install(fan.name(), laptop.name()));
  const v1::Lot boards = MakeLot(5, 5'000);
  v1::RecordTransformationRequest request = RunOf(v1::TRANSFORMATION_KIND_TEARDOWN);
  In(request, laptop, 2'000);
  In(request, boards, 2, 2'000);
  Out(request, 1'000)->set_piece_count(3);
  v1::TransformationOutput* addition = Out(request, 2'500);
  addition->set_lot(boards.name());
  addition->set_category("boards");
  addition->set_piece_count(4);
  v1::TransformationOutput* panel = Out(request, 490);
  panel->set_serial("P-1");
  request.mutable_transformation()->set_loss_g(10);
  const v1::Transformation run = Do(request);
  ASSERT_EQ(run.outputs_size(), 3);

  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_TRANSFORMED);
  EXPECT_EQ(GetAsset(laptop.name()).transformation(), run.name());
  EXPECT_EQ(GetAsset(fan.name()).state(), v1::ASSET_STATE_TRANSFORMED);
  const v1::Lot made = GetLot(run.outputs(0).made());
  EXPECT_EQ(made.mass_g(), 1'000);
  EXPECT_EQ(made.transformation(), run.name());
  EXPECT_EQ(made.applicability(), v1::R2_APPLICABILITY_CONTROLLED);
  EXPECT_EQ(run.outputs(1).made(), boards.name());
  EXPECT_EQ(GetLot(boards.name()).piece_count(), 5 - 2 + 4);
  EXPECT_EQ(GetLot(boards.name()).mass_g(), 5'000 - 2'000 + 2'500);
  const v1::Asset made_panel = GetAsset(run.outputs(2).made());
  EXPECT_EQ(made_panel.parent(), laptop.name());
  EXPECT_EQ(made_panel.data_status(), v1::DATA_STATUS_NO_STORAGE);
  EXPECT_EQ(made_panel.identifiers(0).value(), "P-1");

  v1::RecordTransformationRequest too_much = RunOf(v1::TRANSFORMATION_KIND_SHRED);
  In(too_much, boards, 8, 5'500);
  Out(too_much, 5'500);
  EXPECT_EQ(Reason(too_much), "LOT_SHORT");
}

TEST_F(LifeTest, WhatMayHoldDataIsNotTakenApart) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset drive = Create("D-1");
  Do(Install(drive.name(), laptop.name()));
  v1::RecordTransformationRequest shred = RunOf(v1::TRANSFORMATION_KIND_SHRED);
  In(shred, laptop, 2'000);
  Out(shred, 2'000);
  EXPECT_EQ(Reason(shred), "DATA_NOT_SECURED");
  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_IN_STOCK);
  Do(Remove(drive.name(), "cage"));
  Do(shred);
  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_TRANSFORMED);
  EXPECT_EQ(GetAsset(drive.name()).state(), v1::ASSET_STATE_IN_STOCK);
}

TEST_F(LifeTest, AHarvestLeavesTheRest) {
  v1::CreateAssetRequest heavy = NewAsset("L-1");
  heavy.mutable_asset()->set_mass_g(2'000);
  const v1::Asset laptop = Do(heavy);  // nobody has looked whether it holds data
  v1::RecordTransformationRequest harvest = RunOf(v1::TRANSFORMATION_KIND_HARVEST);
  In(harvest, laptop, 100);
  Out(harvest, 100)->set_serial("M-1");
  v1::RecordTransformationRequest outside = harvest;
  outside.mutable_transformation()->mutable_outputs(0)->set_location(Place("storage"));
  EXPECT_EQ(Reason(outside), "DATA_NOT_SECURED");
  const v1::Transformation run = Do(harvest);
  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_IN_STOCK);
  EXPECT_EQ(GetAsset(laptop.name()).mass_g(), 1'900);
  EXPECT_EQ(GetAsset(run.outputs(0).made()).data_status(), v1::DATA_STATUS_UNEVALUATED);
  v1::RecordTransformationRequest too_much = RunOf(v1::TRANSFORMATION_KIND_HARVEST);
  In(too_much, laptop, 1'901);
  Out(too_much, 1'901);
  EXPECT_EQ(Reason(too_much), "MASS_NOT_BALANCED");
  const std::vector<int> kinds = Timeline(laptop.name());
  EXPECT_EQ(std::count(kinds.begin(), kinds.end(), v1::Fact::kTransformationRecorded), 1);
}

TEST_F(LifeTest, ALotIsMovedDescribedAndAdjusted) {
  const v1::Lot lot = MakeLot(10, 10'000);
  EXPECT_EQ(lot.supplier(), "parties/unknown");
  EXPECT_TRUE(lot.has_received_time());
  v1::UpdateLotRequest request;
  *request.mutable_lot() = lot;
  request.mutable_lot()->set_location(Place("storage"));
  request.mutable_lot()->set_description("Green boards");
  EXPECT_EQ(Do(request).location(), Place("storage"));
  EXPECT_EQ(Reason(request), "ETAG_MISMATCH");
  request.mutable_lot()->clear_etag();
  request.mutable_lot()->set_piece_count(9);
  EXPECT_EQ(Reason(request), "REASON_REQUIRED");
  request.set_reason("one was miscounted");
  EXPECT_EQ(Do(request).piece_count(), 9);
  request.mutable_lot()->set_piece_count(-1);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  request.mutable_lot()->set_piece_count(9);
  request.mutable_lot()->set_data_bearing(true);
  EXPECT_EQ(Reason(request), "DATA_NOT_SECURED");
  EXPECT_EQ(GetLot(lot.name()).received_time().seconds(), lot.received_time().seconds());
}

TEST_F(LifeTest, ALotLeavesControlAsItWasNotAsTheChangeMakesIt) {
  v1::UpdateLotRequest request;
  *request.mutable_lot() = MakeLot(10, 10'000);
  request.mutable_lot()->add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  request.set_reason("batteries in it");
  v1::Lot lot = Do(request);
  const auto unrestricted = [&] {
    *request.mutable_lot() = lot;
    request.mutable_lot()->clear_focus_materials();
    request.mutable_lot()->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
    request.mutable_lot()->clear_controlled_reason();
    request.mutable_lot()->set_unrestricted_reason(v1::UNRESTRICTED_REASON_NON_FM);
  };
  unrestricted();
  EXPECT_EQ(Reason(request), "REASON_REQUIRED");  // no document
  auto* paper = request.add_evidence();
  paper->set_sha256(Sha('a'));
  EXPECT_EQ(Reason(request), "STILL_CONTROLLED");
  *request.mutable_lot() = lot;
  request.mutable_lot()->clear_focus_materials();
  lot = Do(request);
  unrestricted();
  EXPECT_EQ(Do(request).applicability(), v1::R2_APPLICABILITY_UNRESTRICTED);
}

TEST_F(LifeTest, WhatWasWithdrawnKeepsItsClockAndHolds) {
  const v1::Asset first = Create("S-1");
  v1::PlaceHoldRequest hold;
  hold.set_name(first.name());
  hold.set_kind(v1::HOLD_KIND_LOST_OR_STOLEN);
  hold.set_reason("reported stolen");
  Do(hold);
  v1::WithdrawAssetRequest withdraw;
  withdraw.set_name(first.name());
  withdraw.set_reason("booked by mistake");
  clock_.Advance(absl::Hours(24 * 400));
  Do(withdraw);
  const v1::Asset again = Create("S-1");
  EXPECT_EQ(again.previous_life(), first.name());
  EXPECT_EQ(again.received_time().seconds(), first.received_time().seconds());
  ASSERT_EQ(again.holds_size(), 1);
  EXPECT_EQ(again.holds(0).kind(), v1::HOLD_KIND_LOST_OR_STOLEN);
  ExpectSound();
}

TEST_F(LifeTest, ALoadIsChangedUntilItIsReceived) {
  v1::CreateLoadRequest create;
  create.set_site(kSite);
  create.mutable_load()->set_supplier("parties/unknown");
  create.mutable_load()->set_external_ref("ERP-1");
  const v1::Load load = Do(create);
  v1::UpdateLoadRequest request;
  *request.mutable_load() = load;
  request.mutable_load()->set_external_ref("ERP-2");
  request.mutable_load()->set_bill_of_lading("BOL-9");
  request.mutable_load()->set_state(v1::LOAD_STATE_CLOSED);
  EXPECT_EQ(Do(request).state(), v1::LOAD_STATE_EXPECTED);
  Do(create);  // the reference is free again
  v1::GetLoadRequest get;
  get.set_site(kSite);
  get.set_supplier("parties/unknown");
  get.set_external_ref("ERP-2");
  v1::Load found;
  ASSERT_TRUE(Ask(get, &found).ok());
  EXPECT_EQ(found.name(), load.name());
  OpenSession(load.name());
  request.mutable_load()->clear_etag();
  request.mutable_load()->set_no_resale(true);
  EXPECT_EQ(Reason(request), "LOAD_IN_USE");
}

TEST_F(LifeTest, ALocationLosesItsSecurityWithAReason) {
  v1::UpdateLocationRequest request;
  request.mutable_location()->set_name(Place("cage"));
  request.mutable_location()->set_display_name("Cage");
  request.mutable_location()->set_kind(v1::LOCATION_KIND_SECURED_CAGE);
  EXPECT_EQ(Reason(request), "REASON_REQUIRED");
  request.set_reason("the lock is broken");
  EXPECT_FALSE(Do(request).secured());
  EXPECT_EQ(common::ReasonOf(Move(Create("S-1").name(), "cage").status()), "DATA_NOT_SECURED");
  request.mutable_location()->add_access_levels(v1::ACCESS_LEVEL_HANDLE_DATA);
  request.mutable_location()->set_secured(true);
  request.clear_request_id();
  request.clear_reason();
  EXPECT_EQ(Reason(request), "REASON_REQUIRED");
  request.set_reason("a new lock");
  EXPECT_EQ(Do(request).access_levels_size(), 1);
  EXPECT_EQ(common::ReasonOf(Move(Create("S-2").name(), "cage").status()), "PERSON_NOT_AUTHORIZED");
}

TEST_F(LifeTest, ContainersStandInContainers) {
  const std::string pallet = MakeContainer();
  const std::string box = MakeContainer("", "cage");
  const v1::Asset asset = Create("S-1");
  PutInto(asset.name(), box);
  EXPECT_EQ(GetAsset(asset.name()).location(), Place("cage"));
  Do(MoveInto(box, pallet));
  EXPECT_EQ(GetAsset(asset.name()).location(), Place("dock"));
  EXPECT_EQ(GetContainer(pallet).unsanitized_count(), 1);
  EXPECT_EQ(Reason(MoveInto(pallet, box)), "CONTAINER_CYCLE");
  EXPECT_EQ(Reason(MoveInto(pallet, pallet)), "CONTAINER_CYCLE");

  v1::MoveContainerRequest away;
  away.set_name(pallet);
  away.set_location(Place("storage"));
  EXPECT_EQ(Reason(away), "DATA_NOT_SECURED");
  const std::string outside = MakeContainer("", "storage");
  EXPECT_EQ(Reason(MoveInto(box, outside)), "DATA_NOT_SECURED");
  Do(Sanitization(asset.name(), v1::SANITIZATION_METHOD_NO_STORAGE));
  EXPECT_EQ(GetContainer(pallet).unsanitized_count(), 0);
  Do(away);
  EXPECT_EQ(GetAsset(asset.name()).location(), Place("storage"));
  v1::MoveContainerRequest out;
  out.set_name(box);
  out.set_location(Place("dock"));
  EXPECT_TRUE(Do(out).parent().empty());
  EXPECT_EQ(GetAsset(asset.name()).location(), Place("dock"));
}

TEST_F(LifeTest, ContainersStandOnlySoDeep) {
  const auto chain = [&](int length) {
    std::string first = MakeContainer();
    std::string last = first;
    for (int i = 1; i < length; ++i) last = MakeContainer(last);
    return std::pair(first, last);
  };
  const auto [outer, inner] = chain(5);
  const auto [three, three_inner] = chain(3);
  const auto [four, four_inner] = chain(4);
  EXPECT_EQ(Reason(MoveInto(four, inner)), "CONTAINER_TOO_DEEP");
  Do(MoveInto(three, inner));
  EXPECT_EQ(Reason(MoveInto(MakeContainer(), three_inner)), "CONTAINER_TOO_DEEP");
}

TEST_F(LifeTest, ADiscoveredDeviceIsSecuredWithItsContainer) {
  const std::string box = MakeContainer("", "storage");
  v1::CreateAssetRequest request = NewAsset("S-1");
  request.mutable_asset()->set_container(box);
  const v1::Asset asset = Do(request);
  EXPECT_EQ(asset.data_device_state(), v1::DATA_DEVICE_STATE_DISCOVERED);
  v1::MoveContainerRequest move;
  move.set_name(box);
  move.set_location(Place("cage"));
  Do(move);
  EXPECT_EQ(GetAsset(asset.name()).data_device_state(), v1::DATA_DEVICE_STATE_SECURED);
}

TEST_F(LifeTest, AStockTakeFindsAndLoses) {
  const v1::Asset here = Create("S-1");
  const v1::Asset elsewhere = Create("S-2");
  const v1::Asset laptop = Chassis("S-3");
  const v1::Asset drive = Create("D-3");
  Do(Install(drive.name(), laptop.name()));
  ASSERT_TRUE(Move(here.name(), "cage").ok());
  ASSERT_TRUE(Move(laptop.name(), "cage").ok());
  const std::string take = OpenTake(Place("cage"));
  v1::OpenStockTakeRequest twice;
  twice.set_site(kSite);
  twice.set_place(Place("cage"));
  EXPECT_EQ(Reason(twice), "STOCK_TAKE_OPEN");

  EXPECT_EQ(Do(Seen(take, here.name())).counted(), 1);
  EXPECT_EQ(Do(Seen(take, here.name())).counted(), 1);  // seen once
  EXPECT_EQ(Do(Seen(take, elsewhere.name())).moved(), 1);
  EXPECT_EQ(GetAsset(elsewhere.name()).location(), Place("cage"));
  EXPECT_EQ(Reason(Missing(take, here.name())), "ASSET_COUNTED");
  EXPECT_EQ(Reason(Missing(take, Create("S-4").name())), "ASSET_ELSEWHERE");
  EXPECT_EQ(Reason(Missing(take, drive.name())), "COMPONENT_INSTALLED");
  EXPECT_EQ(Do(Missing(take, laptop.name())).lost(), 1);
  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_LOST);
  EXPECT_EQ(GetAsset(drive.name()).state(), v1::ASSET_STATE_LOST);
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 0);
  v1::CloseStockTakeRequest close;
  close.set_name(take);
  EXPECT_FALSE(Do(close).open());
  EXPECT_EQ(Reason(Seen(take, laptop.name())), "STOCK_TAKE_CLOSED");

  const std::string box = MakeContainer();
  const std::string second = OpenTake(box);
  EXPECT_EQ(Do(Seen(second, laptop.name())).found(), 1);
  EXPECT_EQ(GetAsset(laptop.name()).state(), v1::ASSET_STATE_IN_STOCK);
  EXPECT_EQ(GetAsset(laptop.name()).container(), box);
  EXPECT_EQ(GetAsset(drive.name()).state(), v1::ASSET_STATE_IN_STOCK);
  EXPECT_EQ(GetAsset(drive.name()).location(), Place("dock"));
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 1);
  EXPECT_EQ(GetContainer(box).unsanitized_count(), 1);
}

TEST_F(LifeTest, APartSeenAwayFromItsHostWasTakenOut) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset drive = Create("D-1");
  Do(Install(drive.name(), laptop.name()));
  const std::string take = OpenTake(Place("cage"));
  EXPECT_EQ(Do(Seen(take, drive.name())).moved(), 1);
  EXPECT_TRUE(GetAsset(drive.name()).installed_in().empty());
  EXPECT_EQ(GetAsset(drive.name()).location(), Place("cage"));
  EXPECT_EQ(GetAsset(laptop.name()).installed_unsafe_count(), 0);
}

TEST_F(LifeTest, ACorrectionNamesAnEntryThatIsThere) {
  v1::CreateAssetRequest request = NewAsset("S-1");
  request.set_corrects_sequence(inventory_->last_sequence() + 1);  // its own
  EXPECT_EQ(Reason(request), "CORRECTION_UNKNOWN");
  request.set_corrects_sequence(-1);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  request.set_corrects_sequence(inventory_->last_sequence());
  Do(request);
  EXPECT_EQ(LastEntry().corrects_sequence(), LastEntry().sequence() - 1);
  request.clear_corrects_sequence();
  request.clear_request_id();
  request.mutable_asset()->mutable_identifiers(0)->set_value("S-2");
  request.add_evidence()->set_sha256("short");
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
}

TEST_F(LifeTest, WhatIsBuiltInLeavesWithItsHost) {
  const v1::Asset laptop = Chassis("L-1");
  const v1::Asset fan = Chassis("F-1");
  Do(Install(fan.name(), laptop.name()));
  Test(laptop.name());
  Inspect(laptop.name());
  EXPECT_EQ(Reason(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", fan.name())),
            "COMPONENT_INSTALLED");
  Do(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", laptop.name()));
  EXPECT_EQ(GetAsset(fan.name()).state(), v1::ASSET_STATE_SOLD);
  EXPECT_EQ(Create("F-1").previous_life(), fan.name());
}

}  // namespace
}  // namespace loopdock::inventory
