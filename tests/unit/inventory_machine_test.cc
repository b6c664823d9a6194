// SPDX-License-Identifier: Apache-2.0
// What inventory makes of commands, over the memory driver.
#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <functional>
#include <set>
#include <vector>

#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

using google::protobuf::util::MessageDifferencer;

class ScanTest : public InventoryTest {
 protected:
  ScanTest() : load_(MakeLoad()), session_(OpenSession(load_)) {}
  std::string load_;
  std::string session_;
};

TEST_F(InventoryTest, FirstStartMakesSiteAndPlaces) {
  v1::ListLocationsRequest request;
  request.set_site("sites/main");
  v1::ListLocationsResponse places;
  ASSERT_TRUE(Ask(request, &places).ok());
  ASSERT_EQ(places.locations_size(), 7);
  EXPECT_EQ(places.locations(0).name(), "sites/main/locations/cage");
  EXPECT_TRUE(places.locations(0).secured());
  v1::GetSiteRequest get;
  get.set_name("sites/main");
  v1::Site site;
  ASSERT_TRUE(Ask(get, &site).ok());
  EXPECT_EQ(inventory_->last_sequence(), 1);
  Open();
  EXPECT_EQ(inventory_->last_sequence(), 1) << "a second start makes nothing";
  ExpectSound();
}

TEST_F(InventoryTest, AnotherSiteHasItsOwnName) {
  inventory_.reset();
  auto store = storage::MakeMemoryDriver(disk_)->Open("east", Inventory::StoreOptions());
  ASSERT_TRUE(store.ok()) << store.status();
  Inventory::Options options;
  options.site = "east";
  options.clock = &clock_;
  inventory_ = *Inventory::Open(*std::move(store), options);
  v1::CreatePartyRequest party;
  party.mutable_party()->set_name("acme");
  party.mutable_party()->set_display_name("Acme");
  party.mutable_party()->set_external_ref("ERP-1");
  EXPECT_EQ(Do(party).name(), "parties/acme");
  v1::CreateLoadRequest load;
  load.set_site("sites/east");
  load.mutable_load()->set_supplier("parties/acme");
  EXPECT_EQ(Do(load).name(), "sites/east/loads/000003");
  load.set_site("sites/main");
  EXPECT_EQ(Reason(load), "RESOURCE_NOT_FOUND");
  party.mutable_party()->set_name("acme-2");
  EXPECT_EQ(Reason(party), "EXTERNAL_REF_TAKEN");
  ExpectSound();
}

TEST_F(ScanTest, BooksControlledAndUnevaluated) {
  const v1::RecordScanResponse response = Do(SerialScan(session_, "S-1"));
  EXPECT_EQ(response.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  const v1::Asset& asset = response.asset();
  EXPECT_EQ(asset.name(), response.scan().asset());
  EXPECT_EQ(asset.applicability(), v1::R2_APPLICABILITY_CONTROLLED);
  EXPECT_EQ(asset.controlled_reason(), v1::CONTROLLED_REASON_UNEVALUATED);
  EXPECT_EQ(asset.data_status(), v1::DATA_STATUS_UNEVALUATED);
  EXPECT_EQ(asset.data_device_state(), v1::DATA_DEVICE_STATE_SECURED);
  EXPECT_EQ(asset.load(), load_);
  EXPECT_EQ(asset.supplier(), "parties/unknown");
  EXPECT_EQ(asset.location(), "sites/main/locations/dock");
  EXPECT_TRUE(common::IsUuidV7(asset.uid()));
  EXPECT_TRUE(MessageDifferencer::Equals(GetAsset(asset.name()), asset));
  v1::GetScanRequest get;
  get.set_name(response.scan().name());
  v1::Scan scan;
  ASSERT_TRUE(Ask(get, &scan).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(scan, response.scan()));
  ExpectSound();
}

TEST_F(ScanTest, ScansOfOneKeyMakeOneAsset) {
  const v1::Asset booked = Do(SerialScan(session_, "S-1", "Acme", "k1")).asset();
  v1::RecordScanRequest more;
  more.set_session(session_);
  more.set_asset_key("k1");
  more.mutable_understanding()->add_imeis("490154203237518");
  more.mutable_understanding()->set_part_number("P-9");
  const v1::RecordScanResponse added = Do(more);
  EXPECT_EQ(added.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(added.asset().name(), booked.name());
  EXPECT_EQ(added.asset().identifiers_size(), 2);
  EXPECT_EQ(added.asset().model(), "P-9");
  // The same label again under its key adds nothing and duplicates nothing.
  const v1::RecordScanResponse again = Do(SerialScan(session_, "s-1", "ACME", "k1"));
  EXPECT_EQ(again.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(again.asset().identifiers_size(), 2);
  // Under another key, or none, it is a duplicate, whichever identifier is scanned.
  v1::RecordScanRequest imei;
  imei.set_session(session_);
  imei.mutable_understanding()->add_imeis("490154203237518");
  EXPECT_EQ(Do(imei).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  ExpectSound();
}

TEST_F(ScanTest, DuplicateNamesTheOpenAssetAndRegistersNothing) {
  const v1::Asset first = Book(session_, "S-1");
  const v1::RecordScanResponse second = Do(SerialScan(session_, " s-1 ", "acme", "k2"));
  EXPECT_EQ(second.scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  EXPECT_EQ(second.scan().asset(), first.name());
  // What follows under the same key is about the same device.
  v1::RecordScanRequest more;
  more.set_session(session_);
  more.set_asset_key("k2");
  more.mutable_understanding()->add_imeis("490154203237518");
  EXPECT_EQ(Do(more).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  v1::GetSessionRequest get;
  get.set_name(session_);
  v1::ReceivingSession session;
  ASSERT_TRUE(Ask(get, &session).ok());
  EXPECT_EQ(session.scan_count(), 3);
  EXPECT_EQ(session.asset_count(), 1);
  EXPECT_EQ(session.duplicate_count(), 2);
  ExpectSound();
}

TEST_F(ScanTest, ScanThatSaysNothingIsKeptRaw) {
  v1::RecordScanRequest request;
  request.set_session(session_);
  request.add_symbols()->set_content(std::string("\xff\x00\x1d", 3));
  const v1::RecordScanResponse response = Do(request);
  EXPECT_EQ(response.scan().outcome(), v1::SCAN_OUTCOME_UNREAD);
  EXPECT_FALSE(response.has_asset());
  v1::GetScanRequest get;
  get.set_name(response.scan().name());
  v1::Scan scan;
  ASSERT_TRUE(Ask(get, &scan).ok());
  EXPECT_EQ(scan.symbols(0).content(), std::string("\xff\x00\x1d", 3));
}

TEST_F(ScanTest, OtherValuesTellDevicesApart) {
  v1::RecordScanRequest request;
  request.set_session(session_);
  request.mutable_understanding()->add_others("HELLO:42");
  const v1::RecordScanResponse booked = Do(request);
  EXPECT_EQ(booked.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  ASSERT_EQ(booked.asset().identifiers_size(), 1);
  EXPECT_EQ(booked.asset().identifiers(0).kind(), v1::IDENTIFIER_KIND_PLAIN);
  request.clear_request_id();
  EXPECT_EQ(Do(request).scan().asset(), booked.asset().name());
  v1::RecordScanRequest too_long;
  too_long.set_session(session_);
  too_long.mutable_understanding()->add_others(std::string(129, 'x'));
  const v1::RecordScanResponse unnamed = Do(too_long);
  EXPECT_EQ(unnamed.scan().outcome(), v1::SCAN_OUTCOME_CHOICE) << "it names no device";
  EXPECT_EQ(unnamed.scan().warnings_size(), 1);
  ExpectSound();
}

TEST_F(ScanTest, HostileLabelIsBookedAndKeptWhole) {
  v1::RecordScanRequest request = SerialScan(session_, "S-1", std::string("A\0B", 3));
  request.mutable_understanding()->set_part_number(std::string(5000, 'p'));
  request.mutable_understanding()->add_imeis(std::string("1\0", 2));
  const v1::RecordScanResponse booked = Do(request);
  EXPECT_EQ(booked.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(booked.asset().maker(), "");
  EXPECT_EQ(booked.asset().model(), "");
  EXPECT_EQ(booked.asset().identifiers_size(), 1);
  EXPECT_EQ(booked.scan().understanding().part_number().size(), 5000u);
  EXPECT_EQ(booked.scan().warnings_size(), 1);
  ExpectSound();
}

TEST_F(ScanTest, SerialUnderAnotherMakerIsBookedAndHeld) {
  const v1::Asset first = Book(session_, "S-1");
  const v1::RecordScanResponse second = Do(SerialScan(session_, "S-1", ""));
  EXPECT_EQ(second.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(second.scan().warnings_size(), 1);
  ASSERT_EQ(second.asset().holds_size(), 1);
  EXPECT_EQ(second.asset().holds(0).kind(), v1::HOLD_KIND_IDENTITY);
  EXPECT_NE(second.asset().name(), first.name());
  v1::FindAssetRequest find;
  find.set_site("sites/main");
  find.mutable_identifier()->set_value("s-1");
  v1::Asset found;
  EXPECT_EQ(common::ReasonOf(Ask(find, &found)), "IDENTIFIER_AMBIGUOUS");
  find.mutable_identifier()->set_issuer("ACME");
  ASSERT_TRUE(Ask(find, &found).ok());
  EXPECT_EQ(found.name(), first.name());
  ExpectSound();
}

TEST_F(ScanTest, DeviceThatComesBackIsANewLife) {
  const v1::Asset first = Book(session_, "S-1");
  v1::WithdrawAssetRequest withdraw;
  withdraw.set_name(first.name());
  withdraw.set_reason("booked by mistake");
  EXPECT_EQ(Do(withdraw).state(), v1::ASSET_STATE_WITHDRAWN);
  const v1::RecordScanResponse again = Do(SerialScan(session_, "S-1"));
  EXPECT_EQ(again.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(again.asset().previous_life(), first.name());
  ExpectSound();
}

TEST_F(ScanTest, ContainerLabelMakesOrRecognisesAContainer) {
  v1::RecordScanRequest request;
  request.set_session(session_);
  request.mutable_understanding()->set_sscc("340123450000000017");
  const v1::RecordScanResponse made = Do(request);
  EXPECT_EQ(made.scan().outcome(), v1::SCAN_OUTCOME_CONTAINER);
  request.clear_request_id();
  EXPECT_EQ(Do(request).scan().container(), made.scan().container());
  v1::RecordScanRequest inside = SerialScan(session_, "S-1");
  inside.set_container(made.scan().container());
  const v1::Asset asset = Do(inside).asset();
  EXPECT_EQ(asset.container(), made.scan().container());
  EXPECT_EQ(asset.location(), "sites/main/locations/dock");
  v1::SealContainerRequest seal;
  seal.set_name(made.scan().container());
  EXPECT_EQ(Do(seal).asset_count(), 1);
  v1::CreateContainerRequest inner;
  inner.set_site("sites/main");
  inner.mutable_container()->set_parent(seal.name());
  EXPECT_EQ(Reason(inner), "CONTAINER_SEALED");
  v1::MoveAssetRequest out;
  out.set_name(asset.name());
  out.set_location("sites/main/locations/cage");
  EXPECT_EQ(Reason(out), "CONTAINER_SEALED");
  v1::RecordScanRequest late = SerialScan(session_, "S-2");
  late.set_container(made.scan().container());
  EXPECT_EQ(Reason(late), "CONTAINER_SEALED");
  ExpectSound();
}

TEST_F(ScanTest, ManifestLineIsMatchedOnce) {
  v1::CreateManifestRequest create;
  create.set_load(load_);
  const std::string manifest = Do(create).name();
  v1::AddManifestLinesRequest add;
  add.set_manifest(manifest);
  for (int i = 1; i <= 3; ++i) add.add_lines()->set_serial("S-" + std::to_string(i));
  EXPECT_EQ(Do(add).line_count(), 3);
  v1::ActivateManifestRequest activate;
  activate.set_name(manifest);
  Do(activate);
  EXPECT_EQ(Reason(add), "MANIFEST_ACTIVE");
  const v1::Asset asset = Book(session_, "s-2");
  EXPECT_EQ(asset.manifest_line(), 2);
  v1::FindManifestLineRequest find;
  find.set_load(load_);
  find.set_serial("S-2");
  v1::ManifestLine line;
  ASSERT_TRUE(Ask(find, &line).ok());
  EXPECT_EQ(line.asset(), asset.name());
  EXPECT_EQ(Do(SerialScan(session_, "S-2", "Other")).scan().warnings_size(), 2);
  v1::ListManifestLinesRequest list;
  list.set_manifest(manifest);
  list.set_page_size(2);
  v1::ListManifestLinesResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  ASSERT_EQ(page.lines_size(), 2);
  EXPECT_EQ(page.lines(1).asset(), asset.name());
  list.set_page_token(page.next_page_token());
  v1::ListManifestLinesResponse rest;
  ASSERT_TRUE(Ask(list, &rest).ok());
  ASSERT_EQ(rest.lines_size(), 1);
  EXPECT_EQ(rest.lines(0).number(), 3);
  EXPECT_EQ(rest.next_page_token(), "");
  ExpectSound();
}

TEST_F(ScanTest, ManifestInPartsIsListedWhole) {
  v1::CreateManifestRequest create;
  create.set_load(load_);
  const std::string manifest = Do(create).name();
  for (int part = 0; part < 4; ++part) {
    v1::AddManifestLinesRequest add;
    add.set_manifest(manifest);
    for (int i = 0; i < 900; ++i) {
      add.add_lines()->set_serial("S" + std::to_string(part * 900 + i));
    }
    Do(add);
  }
  v1::ListManifestLinesRequest list;
  list.set_manifest(manifest);
  list.set_page_size(1000);
  std::int64_t expected = 0;
  do {
    v1::ListManifestLinesResponse page;
    ASSERT_TRUE(Ask(list, &page).ok());
    for (const v1::ManifestLine& line : page.lines()) EXPECT_EQ(line.number(), ++expected);
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(expected, 3600);
}

TEST_F(ScanTest, ClosedSessionTakesNothingAndLoadKnowsItsCounts) {
  Book(session_, "S-1");
  v1::GetLoadRequest get;
  get.set_name(load_);
  v1::Load load;
  ASSERT_TRUE(Ask(get, &load).ok());
  EXPECT_EQ(load.asset_count(), 1) << "counted while the session is open";
  v1::CloseLoadRequest close_load;
  close_load.set_name(load_);
  EXPECT_EQ(Reason(close_load), "SESSIONS_OPEN");
  v1::CloseSessionRequest close;
  close.set_name(session_);
  EXPECT_FALSE(Do(close).open());
  EXPECT_EQ(Reason(SerialScan(session_, "S-2")), "SESSION_CLOSED");
  close.clear_request_id();
  EXPECT_EQ(Reason(close), "SESSION_CLOSED");
  EXPECT_EQ(Do(close_load).state(), v1::LOAD_STATE_CLOSED);
  ASSERT_TRUE(Ask(get, &load).ok());
  EXPECT_EQ(load.asset_count(), 1);
  EXPECT_EQ(load.scan_count(), 1);
  v1::OpenSessionRequest open;
  open.set_site("sites/main");
  open.set_load(load_);
  EXPECT_EQ(Reason(open), "LOAD_CLOSED");
  ExpectSound();
}

TEST_F(ScanTest, SameRequestIdGivesTheFirstAnswer) {
  v1::RecordScanRequest request = SerialScan(session_, "S-1");
  request.set_request_id(NewId());
  const v1::RecordScanResponse first = Do(request);
  const std::int64_t last = inventory_->last_sequence();
  EXPECT_TRUE(MessageDifferencer::Equals(Do(request), first));
  Open();
  EXPECT_TRUE(MessageDifferencer::Equals(Do(request), first)) << "also after a restart";
  EXPECT_EQ(inventory_->last_sequence(), last);
  request.mutable_understanding()->set_serial("S-2");
  EXPECT_EQ(Reason(request), "REQUEST_ID_REUSED");
  v1::MoveAssetRequest other;
  other.set_name(first.asset().name());
  other.set_location("sites/main/locations/cage");
  other.set_request_id(request.request_id());
  EXPECT_EQ(Reason(other), "REQUEST_ID_REUSED") << "also for another method";
}

TEST_F(ScanTest, RefusalIsNotRemembered) {
  v1::MoveAssetRequest move;
  move.set_name(Book(session_, "S-1").name());
  move.set_location("sites/main/locations/storage");
  move.set_request_id(NewId());
  EXPECT_EQ(Reason(move), "DATA_NOT_SECURED");
  Do(Sanitization(move.name(), v1::SANITIZATION_METHOD_NO_STORAGE));
  EXPECT_EQ(Do(move).location(), move.location()) << "the same request is judged again";
}

TEST_F(ScanTest, ValidateOnlyChangesNothing) {
  const std::string before = StateHash();
  const std::int64_t last = inventory_->last_sequence();
  v1::RecordScanRequest request = SerialScan(session_, "S-1");
  request.set_validate_only(true);
  EXPECT_EQ(Do(request).scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(StateHash(), before);
  EXPECT_EQ(inventory_->last_sequence(), last);
  v1::RecordScanRequest bad = SerialScan("sites/main/sessions/none", "S-1");
  bad.set_validate_only(true);
  EXPECT_EQ(Reason(bad), "RESOURCE_NOT_FOUND");
  EXPECT_EQ(Do(SerialScan(session_, "S-1")).scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
}

TEST_F(ScanTest, FormErrorsNameAllFields) {
  v1::RecordScanRequest request = SerialScan("sessions/x", "S-1");
  request.set_session(session_);
  request.set_container("nonsense");
  request.set_mass_g(-1);
  request.mutable_picture()->set_sha256("zz");
  const absl::Status status = Send(request).status();
  EXPECT_EQ(common::ReasonOf(status), "INVALID_FIELDS");
  for (const char* field : {"container", "mass_g", "picture.sha256"}) {
    EXPECT_NE(status.message().find(field), absl::string_view::npos) << status;
  }
  v1::RecordScanRequest big = SerialScan(session_, "S-1");
  big.mutable_symbols(0)->set_content(std::string(8192, 'x'));
  EXPECT_TRUE(Send(big).ok());
  big.clear_request_id();
  big.mutable_symbols(0)->set_content(std::string(8193, 'x'));
  EXPECT_EQ(Reason(big), "INVALID_FIELDS");
  v1::RecordScanRequest old = SerialScan(session_, "S-1");
  old.set_request_id("not-a-uuid");
  EXPECT_EQ(Reason(old), "REQUEST_ID_INVALID");
  EXPECT_EQ(Reason(SerialScan("sites/other/sessions/1", "S-1")), "RESOURCE_NOT_FOUND");
}

TEST_F(ScanTest, DataStaysSecuredUntilReleased) {
  const std::string asset = Book(session_, "S-1").name();
  EXPECT_EQ(common::ReasonOf(Move(asset, "storage").status()), "DATA_NOT_SECURED");
  EXPECT_TRUE(Move(asset, "cage").ok());
  Wipe(asset, v1::SANITIZATION_METHOD_CLEAR);
  EXPECT_EQ(common::ReasonOf(Move(asset, "storage").status()), "DATA_NOT_SECURED");
  Release(asset);
  EXPECT_TRUE(Move(asset, "storage").ok());
  ExpectSound();
}

TEST_F(ScanTest, ContainerCountsDataThroughAllItsLevels) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  const std::string outer = Do(create).name();
  create.clear_request_id();
  create.mutable_container()->set_parent(outer);
  const std::string inner = Do(create).name();
  v1::RecordScanRequest scan = SerialScan(session_, "S-1");
  scan.set_container(inner);
  const std::string asset = Do(scan).asset().name();
  v1::MoveContainerRequest move;
  move.set_name(outer);
  move.set_location("sites/main/locations/storage");
  EXPECT_EQ(Reason(move), "DATA_NOT_SECURED");
  v1::ListAssetsRequest list;
  list.set_site("sites/main");
  list.set_location("sites/main/locations/dock");
  v1::ListAssetsResponse at_dock;
  ASSERT_TRUE(Ask(list, &at_dock).ok());
  EXPECT_EQ(at_dock.assets_size(), 1) << "what is in containers stands there too";
  Do(Sanitization(asset, v1::SANITIZATION_METHOD_NO_STORAGE));
  EXPECT_EQ(Do(move).unsanitized_count(), 0);
  EXPECT_EQ(GetAsset(asset).location(), "sites/main/locations/storage");
  v1::ListAssetsResponse after;
  ASSERT_TRUE(Ask(list, &after).ok());
  EXPECT_EQ(after.assets_size(), 0);
  ExpectSound();
}

TEST_F(ScanTest, SaleNeedsEverythingAndRespectsHolds) {
  const std::string asset = Book(session_, "S-1").name();
  const v1::ShipAssetsRequest sale = Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", asset);
  EXPECT_EQ(Reason(sale), "DATA_NOT_SECURED");
  Do(Sanitization(asset, v1::SANITIZATION_METHOD_NO_STORAGE));
  EXPECT_EQ(Reason(sale), "NOT_READY_FOR_SALE");
  Test(asset);
  Inspect(asset);
  v1::PlaceHoldRequest hold;
  hold.set_name(asset);
  hold.set_kind(v1::HOLD_KIND_RECALLED);
  hold.set_reason("battery recall");
  const v1::Asset held = Do(hold);
  EXPECT_EQ(Reason(sale), "NEVER_REUSED");
  v1::ReleaseHoldRequest release;
  release.set_name(asset);
  release.set_hold_id(held.holds(0).id());
  release.set_reason("checked with the maker");
  EXPECT_EQ(Do(release).holds_size(), 0);
  const v1::Shipment shipment = Do(sale);
  EXPECT_EQ(GetAsset(asset).state(), v1::ASSET_STATE_SOLD);
  EXPECT_EQ(Reason(sale), "ASSET_NOT_OPEN");
  v1::ConfirmReceiptRequest receipt;
  receipt.set_name(shipment.name());
  receipt.mutable_confirmation()->set_date("2026-01-02");
  receipt.add_receipt()->set_sha256(Sha('a'));
  EXPECT_EQ(Do(receipt).state(), v1::SHIPMENT_STATE_RECEIPT_CONFIRMED);
  EXPECT_EQ(Do(SerialScan(session_, "S-1")).asset().previous_life(), asset);
  ExpectSound();
}

TEST_F(ScanTest, NoResaleOfTheLoadReachesTheAsset) {
  v1::CreateLoadRequest create;
  create.set_site("sites/main");
  create.mutable_load()->set_supplier("parties/unknown");
  create.mutable_load()->set_no_resale(true);
  const std::string asset = Book(OpenSession(Do(create).name()), "S-1").name();
  MakeReadyForSale(asset);
  EXPECT_EQ(Reason(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", asset)), "NO_RESALE");
  v1::ShipAssetsRequest recovery =
      Shipment(v1::SHIPMENT_KIND_DOWNSTREAM, MakeVendor(false, "2025-12-31"), asset);
  recovery.mutable_shipment()->set_stream(v1::STREAM_KIND_REUSE_EQUIPMENT);
  EXPECT_EQ(Reason(recovery), "NO_RESALE");
  recovery.mutable_shipment()->set_stream(v1::STREAM_KIND_RECOVERY_EQUIPMENT);
  Do(recovery);
}

TEST_F(ScanTest, DownstreamVendorMustBeQualified) {
  const std::string asset = Book(session_, "S-1").name();
  const std::string plain = MakeVendor(false, "2025-12-31");
  EXPECT_EQ(Reason(Shipment(v1::SHIPMENT_KIND_DOWNSTREAM, plain, asset)), "DATA_NOT_SECURED");
  const std::string lapsed = MakeVendor(true, "2024-12-31");
  EXPECT_EQ(Reason(Shipment(v1::SHIPMENT_KIND_DOWNSTREAM, lapsed, asset)), "VENDOR_NOT_QUALIFIED");
  const std::string good = MakeVendor(true, "2025-12-31");
  Do(Shipment(v1::SHIPMENT_KIND_DOWNSTREAM, good, asset));
  EXPECT_EQ(GetAsset(asset).state(), v1::ASSET_STATE_SHIPPED);
  ExpectSound();
}

TEST_F(ScanTest, FailedWipeLeavesOnlyDestruction) {
  const std::string asset = Book(session_, "S-1").name();
  v1::RecordSanitizationRequest wipe = Sanitization(asset, v1::SANITIZATION_METHOD_CLEAR);
  wipe.mutable_sanitization()->set_succeeded(false);
  Begin(asset, v1::NEXT_PROCESS_DATA_SANITIZATION);
  EXPECT_EQ(Do(wipe).data_status(), v1::DATA_STATUS_SANITIZATION_FAILED);
  EXPECT_EQ(Reason(Sanitization(asset, v1::SANITIZATION_METHOD_PURGE)), "ONLY_DESTRUCTION");
  v1::RecordSanitizationRequest destroy = Sanitization(asset, v1::SANITIZATION_METHOD_DESTROY);
  EXPECT_EQ(Reason(destroy), "DESTRUCTION_NOT_FILMED");
  destroy.mutable_sanitization()->add_evidence()->set_sha256(Sha('b'));
  destroy.mutable_sanitization()->mutable_evidence(0)->set_media_type("video/mp4");
  EXPECT_EQ(Do(destroy).data_device_state(), v1::DATA_DEVICE_STATE_DESTROYED);
  v1::RecordSanitizationRequest own = Sanitization(asset, v1::SANITIZATION_METHOD_CLEAR);
  own.mutable_sanitization()->set_verifier("bob");
  EXPECT_EQ(Reason(own), "VERIFIER_IS_OPERATOR");
  ExpectSound();
}

TEST_F(ScanTest, DecisionsKeepTheEtagAndStaleOnesAreNamed) {
  const v1::Asset asset = Book(session_, "S-1");
  v1::RecordDecisionsRequest request;
  request.set_site("sites/main");
  request.set_consumer("routing");
  request.set_through_sequence(asset.last_sequence());
  v1::Decision* decision = request.add_decisions();
  decision->set_asset(asset.name());
  decision->set_next(v1::NEXT_PROCESS_DATA_SANITIZATION);
  decision->add_reasons("may hold data");
  decision->set_policy("default/1");
  decision->set_asset_etag(asset.etag());
  EXPECT_EQ(Do(request).stale_size(), 0);
  const v1::Asset decided = GetAsset(asset.name());
  EXPECT_EQ(decided.etag(), asset.etag());
  EXPECT_EQ(decided.decision().next(), v1::NEXT_PROCESS_DATA_SANITIZATION);
  v1::GetConsumerPositionRequest get;
  get.set_site("sites/main");
  get.set_consumer("routing");
  v1::ConsumerPosition position;
  ASSERT_TRUE(Ask(get, &position).ok());
  EXPECT_EQ(position.through_sequence(), asset.last_sequence());
  Inspect(asset.name());
  const std::int64_t last = inventory_->last_sequence();
  const v1::RecordDecisionsResponse stale = Do(request);
  ASSERT_EQ(stale.stale_size(), 1);
  EXPECT_EQ(stale.stale(0), asset.name());
  EXPECT_EQ(inventory_->last_sequence(), last) << "nothing to record, no entry";
  request.clear_decisions();
  request.set_through_sequence(last + 1);
  EXPECT_EQ(Reason(request), "POSITION_AHEAD");
  ExpectSound();
}

TEST_F(ScanTest, ReuseOfStolenThingsCannotBeDecided) {
  const v1::Asset booked = Book(session_, "S-1");
  v1::PlaceHoldRequest hold;
  hold.set_name(booked.name());
  hold.set_kind(v1::HOLD_KIND_LOST_OR_STOLEN);
  hold.set_reason("on the police list");
  const v1::Asset asset = Do(hold);
  v1::RecordDecisionsRequest request;
  request.set_site("sites/main");
  v1::Decision* decision = request.add_decisions();
  decision->set_asset(asset.name());
  decision->set_next(v1::NEXT_PROCESS_REUSE);
  decision->add_reasons("sells well");
  decision->set_policy("default/1");
  decision->set_asset_etag(asset.etag());
  EXPECT_EQ(Reason(request), "NEVER_REUSED");
  request.mutable_decisions(0)->set_next(v1::NEXT_PROCESS_MATERIALS_RECOVERY);
  EXPECT_TRUE(Send(request).ok());
}

TEST_F(ScanTest, DisposalOfFocusMaterialsNeedsAnUnexpiredException) {
  const v1::Asset booked = Book(session_, "S-1");
  v1::DescribeAssetRequest describe;
  describe.set_name(booked.name());
  describe.add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  const v1::Asset asset = Do(describe);
  v1::RecordDecisionsRequest request;
  request.set_site("sites/main");
  v1::Decision* decision = request.add_decisions();
  decision->set_asset(asset.name());
  decision->set_next(v1::NEXT_PROCESS_DISPOSAL);
  decision->add_reasons("no vendor");
  decision->set_policy("default/1");
  decision->set_asset_etag(asset.etag());
  EXPECT_EQ(Reason(request), "FOCUS_MATERIAL_DISPOSAL");
  v1::RecordExceptionRequest exception;
  exception.set_site("sites/main");
  exception.mutable_exception()->set_rule("R-04");
  exception.mutable_exception()->set_subject(asset.name());
  exception.mutable_exception()->set_reason("the law demands it");
  exception.mutable_exception()->set_approver("eve");
  exception.mutable_exception()->add_evidence()->set_sha256(Sha('c'));
  *exception.mutable_exception()->mutable_expire_time() =
      ToTimestamp(clock_.Now() + absl::Hours(1));
  Do(exception);
  clock_.Advance(absl::Hours(2));
  EXPECT_EQ(Reason(request), "FOCUS_MATERIAL_DISPOSAL") << "the exception has ended";
  exception.clear_request_id();
  *exception.mutable_exception()->mutable_expire_time() =
      ToTimestamp(clock_.Now() + absl::Hours(1));
  Do(exception);
  EXPECT_TRUE(Send(request).ok());
  ExpectSound();
}

TEST_F(ScanTest, CorrectionNamesWhatItCorrects) {
  const v1::Asset first = Book(session_, "S-1");
  const v1::Asset second = Book(session_, "S-2");
  v1::CorrectIdentifiersRequest correct;
  correct.set_name(second.name());
  *correct.add_remove() = second.identifiers(0);
  *correct.add_add() = first.identifiers(0);
  correct.set_reason("typed wrong");
  EXPECT_EQ(Reason(correct), "IDENTIFIER_TAKEN");
  correct.mutable_add(0)->set_value("S-3");
  EXPECT_EQ(Do(correct).identifiers(0).value(), "S-3");
  EXPECT_EQ(Do(SerialScan(session_, "S-2")).scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(Do(SerialScan(session_, "S-3")).scan().asset(), second.name());
  correct.clear_request_id();
  EXPECT_EQ(Reason(correct), "IDENTIFIER_ABSENT");
  correct.set_etag("old");
  EXPECT_EQ(Reason(correct), "ETAG_MISMATCH");
  ExpectSound();
}

TEST_F(ScanTest, TimelineHasEveryFactAlsoBeyondTheKeptOnes) {
  const std::string asset = Book(session_, "S-1").name();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(Move(asset, i % 2 == 0 ? "cage" : "dock").ok());
  v1::GetTimelineRequest request;
  request.set_name(asset);
  request.set_page_size(30);
  std::vector<std::int64_t> sequences;
  do {
    v1::GetTimelineResponse page;
    ASSERT_TRUE(Ask(request, &page).ok());
    for (const v1::FeedEntry& entry : page.entries()) sequences.push_back(entry.sequence());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(sequences.size(), 41u);
  EXPECT_TRUE(std::is_sorted(sequences.begin(), sequences.end()));
  ExpectSound();
}

TEST_F(ScanTest, SweepForgetsResponsesAfterNinetyDays) {
  v1::RecordScanRequest request = SerialScan(session_, "S-1");
  request.set_request_id(NewId());
  Do(request);
  clock_.Advance(absl::Hours(24 * 90) - absl::Seconds(1));
  EXPECT_EQ(*inventory_->SweepAll(), 1) << "the device should have been sanitized";
  EXPECT_EQ(*inventory_->SweepAll(), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(*inventory_->SweepAll(), 4) << "first start, load, session, scan";
  EXPECT_EQ(*inventory_->SweepAll(), 0);
  EXPECT_EQ(Do(request).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE) << "it is a new request";
  ExpectSound();
}

TEST_F(ScanTest, ListsGoOnWhereThePageEnded) {
  for (int i = 0; i < 25; ++i) Book(session_, "S-" + std::to_string(i));
  for (const bool by_load : {false, true}) {
    v1::ListAssetsRequest request;
    request.set_site("sites/main");
    if (by_load) request.set_load(load_);
    request.set_page_size(10);
    std::vector<std::string> names;
    do {
      v1::ListAssetsResponse page;
      ASSERT_TRUE(Ask(request, &page).ok());
      for (const v1::Asset& asset : page.assets()) names.push_back(asset.name());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_EQ(names.size(), 25u);
    EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  }
  v1::ListAssetsRequest bad;
  bad.set_site("sites/main");
  bad.set_page_size(-1);
  v1::ListAssetsResponse page;
  EXPECT_EQ(common::ReasonOf(Ask(bad, &page)), "PAGE_SIZE_INVALID");
  bad.set_page_size(1);
  bad.set_page_token("forged");
  EXPECT_EQ(common::ReasonOf(Ask(bad, &page)), "PAGE_TOKEN_INVALID");
  v1::ListScansRequest scans;
  scans.set_site("sites/main");
  scans.set_session(session_);
  scans.set_page_size(1000);
  v1::ListScansResponse all;
  ASSERT_TRUE(Ask(scans, &all).ok());
  EXPECT_EQ(all.scans_size(), 25);
}

TEST_F(ScanTest, PagesOfLargeRowsEndBeforeAClientsLimit) {
  for (int i = 0; i < 80; ++i) {
    v1::RecordScanRequest scan = SerialScan(session_, "S-" + std::to_string(i));
    scan.mutable_understanding()->add_others(std::string(60'000, 'x'));
    Do(scan);
  }
  v1::ListScansRequest request;
  request.set_site("sites/main");
  request.set_page_size(1000);
  int scans = 0;
  int pages = 0;
  do {
    v1::ListScansResponse page;
    ASSERT_TRUE(Ask(request, &page).ok());
    EXPECT_LT(page.ByteSizeLong(), size_t{4} << 20);
    scans += page.scans_size();
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(scans, 80);
  EXPECT_EQ(pages, 2);
}

TEST_F(ScanTest, EntryThatNoFollowerCouldReceiveIsRefused) {
  v1::RecordDecisionsRequest request;
  request.set_site("sites/main");
  for (int i = 0; i < 200; ++i) {
    const v1::Asset asset = Book(session_, "S-" + std::to_string(i));
    v1::Decision* decision = request.add_decisions();
    decision->set_asset(asset.name());
    decision->set_next(v1::NEXT_PROCESS_EVALUATE);
    decision->add_reasons(std::string(16'000, 'r'));
    decision->set_policy("default/1");
    decision->set_asset_etag(asset.etag());
  }
  EXPECT_EQ(Reason(request), "COMMAND_TOO_LARGE");
  request.mutable_decisions()->DeleteSubrange(100, 100);
  EXPECT_TRUE(Send(request).ok());
  ExpectSound();
}

TEST_F(ScanTest, PlaceListGoesOnInsideContainers) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  const std::string box = Do(create).name();
  for (int i = 0; i < 12; ++i) {
    v1::RecordScanRequest scan = SerialScan(session_, "S-" + std::to_string(i));
    if (i % 2 == 0) scan.set_container(box);
    Do(scan);
  }
  v1::ListAssetsRequest request;
  request.set_site("sites/main");
  request.set_location("sites/main/locations/dock");
  request.set_page_size(5);
  std::set<std::string> names;
  int pages = 0;
  do {
    v1::ListAssetsResponse page;
    ASSERT_TRUE(Ask(request, &page).ok());
    for (const v1::Asset& asset : page.assets()) EXPECT_TRUE(names.insert(asset.name()).second);
    request.set_page_token(page.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(names.size(), 12u);
  EXPECT_EQ(pages, 3);
}

TEST_F(InventoryTest, ReferencesAreUnique) {
  v1::CreateLoadRequest create;
  create.set_site("sites/main");
  create.mutable_load()->set_supplier("parties/unknown");
  create.mutable_load()->set_external_ref("ERP-7");
  const std::string load = Do(create).name();
  EXPECT_EQ(Reason(create), "EXTERNAL_REF_TAKEN");
  v1::GetLoadRequest get;
  get.set_site("sites/main");
  get.set_supplier("parties/unknown");
  get.set_external_ref("ERP-7");
  v1::Load found;
  ASSERT_TRUE(Ask(get, &found).ok());
  EXPECT_EQ(found.name(), load);
  v1::CreatePartyRequest party;
  party.mutable_party()->set_name("acme");
  party.mutable_party()->set_display_name("Acme");
  EXPECT_EQ(Do(party).name(), "parties/acme");
  EXPECT_EQ(Reason(party), "RESOURCE_EXISTS");
  v1::UpdatePartyRequest update;
  update.mutable_party()->set_name("parties/acme");
  update.mutable_party()->set_display_name("Acme Ltd");
  update.mutable_party()->set_etag("stale");
  EXPECT_EQ(Reason(update), "ETAG_MISMATCH");
  update.mutable_party()->clear_etag();
  EXPECT_EQ(Do(update).display_name(), "Acme Ltd");
  ExpectSound();
}

TEST_F(InventoryTest, LoadNeedsWhatR02Asks) {
  v1::CloseLoadRequest close;
  close.set_name(MakeLoad());
  EXPECT_EQ(Reason(close), "LOAD_INCOMPLETE");
  v1::CreateLotRequest lot;
  lot.set_site("sites/main");
  lot.mutable_lot()->set_description("mixed cables");
  lot.mutable_lot()->set_category("cables");
  lot.mutable_lot()->set_mass_g(125'000);
  lot.mutable_lot()->set_load(close.name());
  EXPECT_EQ(Do(lot).applicability(), v1::R2_APPLICABILITY_CONTROLLED);
  EXPECT_EQ(Do(close).state(), v1::LOAD_STATE_CLOSED);
  ExpectSound();
}

TEST_F(InventoryTest, ACatalogEntryKeepsWhatItIsGivenWithinLimits) {
  v1::SetCatalogEntryRequest request;
  request.set_site("sites/main");
  v1::CatalogEntry* entry = request.mutable_entry();
  entry->set_maker("Acme");
  entry->set_model("Phone 1");
  entry->add_keys("35332510");
  entry->set_eu_category("6");
  entry->set_screen_um(154940);
  entry->set_typical_value_cents(12000);
  entry->set_value_currency("EUR");
  entry->set_licence("ODbL-1.0");
  entry->set_width_um(71500);
  entry->set_height_um(146700);
  const v1::CatalogEntry set = Do(request);
  EXPECT_EQ(set.eu_category(), "6");
  EXPECT_EQ(set.screen_um(), 154940);
  EXPECT_EQ(set.typical_value_cents(), 12000);
  EXPECT_EQ(set.value_currency(), "EUR");
  EXPECT_EQ(set.licence(), "ODbL-1.0");
  EXPECT_EQ(set.width_um(), 71500);
  EXPECT_EQ(set.height_um(), 146700);
  const auto refused = [&](const std::function<void(v1::CatalogEntry&)>& spoil) {
    v1::SetCatalogEntryRequest wrong = request;
    wrong.clear_request_id();
    spoil(*wrong.mutable_entry());
    return Reason(wrong);
  };
  EXPECT_EQ(refused([](auto& e) { e.set_value_currency(""); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_value_currency("euro"); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_typical_value_cents(-1); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_screen_um(10'000'001); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_width_um(-1); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_licence(std::string(65, 'x')); }), "INVALID_FIELDS");
  EXPECT_EQ(refused([](auto& e) { e.set_eu_category("a\tb"); }), "INVALID_FIELDS");
}

TEST_F(InventoryTest, ReferenceDataIsKeptAndFound) {
  v1::SetCatalogEntryRequest entry;
  entry.set_site("sites/main");
  entry.mutable_entry()->set_maker("Acme");
  entry.mutable_entry()->set_model("Phone 1");
  entry.mutable_entry()->add_keys("35332510");
  const v1::CatalogEntry set = Do(entry);
  EXPECT_EQ(Reason(entry), "CATALOG_KEY_TAKEN");
  v1::FindCatalogEntryRequest find;
  find.set_site("sites/main");
  find.set_key("35332510");
  v1::CatalogEntry found;
  ASSERT_TRUE(Ask(find, &found).ok());
  EXPECT_EQ(found.name(), set.name());
  v1::SetColumnMappingRequest mapping;
  mapping.set_site("sites/main");
  mapping.mutable_mapping()->set_supplier("parties/unknown");
  (*mapping.mutable_mapping()->mutable_columns())["serial"] = "S/N";
  Do(mapping);
  v1::GetColumnMappingRequest get;
  get.set_site("sites/main");
  get.set_supplier("parties/unknown");
  v1::ColumnMapping kept;
  ASSERT_TRUE(Ask(get, &kept).ok());
  EXPECT_EQ(kept.columns().at("serial"), "S/N");
  v1::SetLabelLayoutRequest layout;
  layout.set_site("sites/main");
  layout.mutable_layout()->set_name("sites/main/layouts/ab12");
  (*layout.mutable_layout()->mutable_choices())["2"] = "serial";
  Do(layout);
  v1::GetLabelLayoutRequest get_layout;
  get_layout.set_name("sites/main/layouts/ab12");
  v1::LabelLayout choice;
  ASSERT_TRUE(Ask(get_layout, &choice).ok());
  EXPECT_EQ(choice.choices().at("2"), "serial");
  v1::CreateStationRequest station;
  station.set_site("sites/main");
  station.mutable_station()->set_name("dock-1");
  station.mutable_station()->set_display_name("Dock scanner 1");
  station.mutable_station()->set_location("sites/main/locations/dock");
  EXPECT_EQ(Do(station).name(), "sites/main/stations/dock-1");
  v1::CreateLocationRequest location;
  location.set_site("sites/main");
  location.mutable_location()->set_display_name("Shelf");
  location.mutable_location()->set_kind(v1::LOCATION_KIND_STORAGE);
  Do(location);
  v1::UpdateSiteRequest site;
  site.mutable_site()->set_name("sites/main");
  site.mutable_site()->set_utc_offset("-06:00");
  EXPECT_EQ(Do(site).utc_offset(), "-06:00");
  site.clear_request_id();
  site.mutable_site()->set_utc_offset("6");
  EXPECT_EQ(Reason(site), "INVALID_FIELDS");
  ExpectSound();
}

TEST_F(ScanTest, FsckFindsARowThatTheFeedDoesNotMake) {
  const v1::Asset asset = Book(session_, "S-1");
  ExpectSound();
  storage::WriteBatch batch;
  batch.Delete(kIdentifiers, IdentifierKey("main", v1::IDENTIFIER_KIND_SERIAL, "S-1"));
  v1::Asset forged = asset;
  forged.set_data_status(v1::DATA_STATUS_NO_STORAGE);
  batch.Put(kAssets, AssetKey("main", IdOf(asset.name())), Serialize(forged));
  ASSERT_TRUE(inventory_->store().Write(batch).ok());
  const storage::FsckReport report = inventory_->Fsck();
  EXPECT_EQ(report.problem_count, 2u);
}

TEST_F(ScanTest, ApplicabilityChangesWithReasonAndProof) {
  const std::string asset = Book(session_, "S-1").name();
  v1::SetApplicabilityRequest request;
  request.set_name(asset);
  request.set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  request.set_control_exit(v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL);
  EXPECT_EQ(Reason(request), "CHANGE_UNEXPLAINED");
  request.set_reason("tested and wiped");
  EXPECT_EQ(Reason(request), "EXIT_NOT_PROVEN");
  MakeReadyForSale(asset);
  EXPECT_EQ(Do(request).applicability(), v1::R2_APPLICABILITY_UNRESTRICTED);
  ExpectSound();
}

}  // namespace
}  // namespace loopdock::inventory
