// SPDX-License-Identifier: Apache-2.0
// Which device a scan is about: serial numbers within their GTIN, texts that name none, questions
// to a person, and scans that are sent again.
#include "services/common/hash.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

constexpr char kPhone[] = "04012345678901";
constexpr char kTablet[] = "04012345678918";

class IdentityTest : public InventoryTest {
 protected:
  IdentityTest() : load_(MakeLoad()), session_(OpenSession(load_)) {}

  // A label of one symbol that says (01) and (21).
  v1::RecordScanRequest Gs1(const std::string& gtin, const std::string& serial,
                            const std::string& maker = "") {
    v1::RecordScanRequest request = Printed(serial, maker);
    v1::RawSymbol* symbol = request.mutable_symbols(0);
    symbol->set_content("]d201" + gtin + "21" + serial);
    symbol->set_kind("gs1");
    symbol->add_elements()->set_id("01");
    symbol->mutable_elements(0)->set_value(gtin);
    symbol->add_elements()->set_id("21");
    symbol->mutable_elements(1)->set_value(serial);
    request.mutable_understanding()->set_gtin(gtin);
    request.mutable_understanding()->set_confidence(0.98);
    return request;
  }

  v1::RecordScanRequest Printed(const std::string& serial, const std::string& maker = "") {
    return SerialScan(session_, serial, maker);
  }

  // A lone text that nothing names.
  v1::RecordScanRequest Text(const std::string& text) {
    v1::RecordScanRequest request;
    request.set_session(session_);
    request.add_symbols()->set_content(text);
    request.mutable_understanding()->add_others(text);
    request.mutable_understanding()->set_confidence(0.5);
    return request;
  }

  // A manifest in force that claims these, one a line.
  void Claim(const std::vector<std::string>& serials) {
    v1::CreateManifestRequest create;
    create.set_load(load_);
    v1::AddManifestLinesRequest add;
    add.set_manifest(Do(create).name());
    for (const std::string& serial : serials) add.add_lines()->set_serial(serial);
    Do(add);
    v1::ActivateManifestRequest activate;
    activate.set_name(add.manifest());
    Do(activate);
  }

  static void SayAsPerson(v1::RecordScanRequest* request) {
    v1::FieldReading* reading = request->mutable_understanding()->add_readings();
    reading->set_field("serial");
    reading->set_value(request->understanding().serial());
    reading->set_basis("person");
    reading->set_confidence(1);
  }

  v1::ReceivingSession Session() {
    v1::GetSessionRequest request;
    request.set_name(session_);
    v1::ReceivingSession session;
    EXPECT_TRUE(Ask(request, &session).ok());
    return session;
  }

  v1::ScanOutcome OutcomeOf(const v1::RecordScanRequest& request) {
    return Do(request).scan().outcome();
  }

  std::string load_;
  std::string session_;
};

TEST_F(IdentityTest, OneSerialOfTwoGtinsIsTwoDevices) {
  const v1::RecordScanResponse phone = Do(Gs1(kPhone, "1001"));
  ASSERT_EQ(phone.asset().identifiers_size(), 1);
  EXPECT_EQ(phone.asset().identifiers(0).kind(), v1::IDENTIFIER_KIND_SGTIN);
  EXPECT_EQ(phone.asset().identifiers(0).issuer(), kPhone);
  EXPECT_EQ(phone.asset().identifiers(0).value(), "1001");
  EXPECT_EQ(phone.asset().gtin(), kPhone);
  const v1::RecordScanResponse tablet = Do(Gs1(kTablet, "1001"));
  EXPECT_EQ(tablet.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(tablet.asset().holds_size(), 0) << "GS1 numbers each product by itself";
  EXPECT_EQ(Do(Gs1(kPhone, "1001")).scan().asset(), phone.asset().name());
  EXPECT_EQ(Do(Gs1(kTablet, "1001", "Acme")).scan().asset(), tablet.asset().name());
  EXPECT_EQ(Session().asset_count(), 2);
  EXPECT_EQ(Session().duplicate_count(), 2);
  ExpectSound();
}

TEST_F(IdentityTest, PiecesOfOneItemAreTwoDevices) {
  const auto piece = [&](const std::string& which) {
    v1::RecordScanRequest request = Gs1(kPhone, "7");
    request.mutable_symbols(0)->mutable_elements(0)->set_id("8006");
    request.mutable_symbols(0)->mutable_elements(0)->set_value(kPhone + which);
    request.mutable_understanding()->clear_gtin();
    return request;
  };
  const v1::Asset first = Do(piece("0102")).asset();
  EXPECT_EQ(first.gtin(), kPhone);
  EXPECT_EQ(OutcomeOf(piece("0202")), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(Do(piece("0102")).scan().asset(), first.name());
  ExpectSound();
}

TEST_F(IdentityTest, APrintedSerialAndItsSgtinAreOneDevice) {
  const std::string by_maker = Do(Printed("1001", "Acme")).scan().asset();
  EXPECT_EQ(Do(Gs1(kPhone, "1001", "ACME ")).scan().asset(), by_maker);
  v1::RecordScanRequest beside = Printed("2002", "Acme");  // a GTIN in a symbol of its own
  beside.mutable_understanding()->set_gtin(kPhone);
  const std::string by_gtin = Do(beside).scan().asset();
  EXPECT_EQ(Do(Gs1(kPhone, "2002")).scan().asset(), by_gtin);
  const std::string sgtin = Do(Gs1(kPhone, "3003", "Acme")).scan().asset();
  EXPECT_EQ(Do(Printed("3003", "acme")).scan().asset(), sgtin);
  EXPECT_EQ(Session().asset_count(), 3);
  EXPECT_EQ(Session().duplicate_count(), 3);
  // By one key it is one device anyhow, and both numbers are kept.
  v1::RecordScanRequest keyed = Printed("4004");
  keyed.set_asset_key("k");
  const std::string asset = Do(keyed).scan().asset();
  v1::RecordScanRequest more = Gs1(kPhone, "4004");
  more.set_asset_key("k");
  const v1::RecordScanResponse added = Do(more);
  EXPECT_EQ(added.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(added.asset().identifiers_size(), 2);
  EXPECT_EQ(added.asset().gtin(), kPhone);
  EXPECT_EQ(added.scan().warnings_size(), 0);
  EXPECT_EQ(Do(Gs1(kPhone, "4004")).scan().asset(), asset);
  ExpectSound();
}

TEST_F(IdentityTest, WhereMakerAndGtinDoNotTellAPersonIsAsked) {
  const std::string printed = Do(Printed("1001")).scan().asset();
  const v1::RecordScanResponse asked = Do(Gs1(kPhone, "1001"));
  EXPECT_EQ(asked.scan().outcome(), v1::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(
      asked.scan().warnings(0),
      "MAY_BE_HERE: Serial number '1001' may be that of '" + printed +
          "': maker and GTIN do not tell. If this is another device, type the serial number.");
  EXPECT_EQ(Session().asset_count(), 1);
  EXPECT_EQ(Session().choice_count(), 1);
  v1::RecordScanRequest another = Gs1(kPhone, "1001");
  SayAsPerson(&another);
  const v1::RecordScanResponse booked = Do(another);
  EXPECT_EQ(booked.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  ASSERT_EQ(GetAsset(booked.asset().name()).holds_size(), 1);
  EXPECT_EQ(GetAsset(booked.asset().name()).holds(0).kind(), v1::HOLD_KIND_IDENTITY);
  EXPECT_EQ(Session().choice_count(), 0);
  EXPECT_EQ(OutcomeOf(Gs1(kPhone, "1001")), v1::SCAN_OUTCOME_DUPLICATE);
  // The other way round.
  Do(Gs1(kTablet, "2002"));
  EXPECT_EQ(OutcomeOf(Printed("2002")), v1::SCAN_OUTCOME_CHOICE);
  ExpectSound();
}

TEST_F(IdentityTest, OneSerialOfTwoKnownProductsIsBookedAndHeld) {
  v1::RecordScanRequest beside = Printed("1001", "Acme");
  beside.mutable_understanding()->set_gtin(kTablet);
  const std::string tablet = Do(beside).scan().asset();
  const v1::RecordScanResponse phone = Do(Gs1(kPhone, "1001", "Acme"));
  EXPECT_EQ(phone.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  ASSERT_EQ(GetAsset(phone.asset().name()).holds_size(), 1);
  EXPECT_EQ(GetAsset(phone.asset().name()).holds(0).reason(),
            "Same serial number as '" + tablet + "'.");
  ExpectSound();
}

TEST_F(IdentityTest, AManifestLineBySerialIsMatchedByItsSgtin) {
  v1::CreateManifestRequest create;
  create.set_load(load_);
  v1::AddManifestLinesRequest add;
  add.set_manifest(Do(create).name());
  add.add_lines()->set_serial("1001");
  add.add_lines()->set_serial("2002");
  add.mutable_lines(1)->set_gtin(kTablet);
  Do(add);
  v1::ActivateManifestRequest activate;
  activate.set_name(add.manifest());
  Do(activate);
  EXPECT_EQ(Do(Gs1(kPhone, "1001")).scan().manifest_line(), 1);
  EXPECT_EQ(Do(Gs1(kPhone, "2002")).scan().match(), v1::MANIFEST_MATCH_UNEXPECTED)
      << "the line claims that number of another product";
  EXPECT_EQ(Do(Gs1(kTablet, "2002")).scan().manifest_line(), 2);
  ExpectSound();
}

TEST_F(IdentityTest, DashesAndBlanksDoNotTellNumbersApart) {
  Claim({"AE-1001", "R2 54321", "00:1A:2B:3C:4D:5E"});
  const v1::RecordScanResponse serial = Do(Printed("AE1001", "Acme"));
  EXPECT_EQ(serial.scan().manifest_line(), 1);
  EXPECT_EQ(Do(Printed("ae-10 01", "Acme")).scan().asset(), serial.asset().name());
  v1::RecordScanRequest tag = Printed("", "");
  tag.mutable_understanding()->set_asset_tag("R254321");
  EXPECT_EQ(Do(tag).scan().manifest_line(), 2);
  v1::RecordScanRequest mac = Printed("", "");
  mac.mutable_understanding()->add_macs("001a2b3c4d5e");
  EXPECT_EQ(Do(mac).scan().manifest_line(), 3);
  ExpectSound();
}

TEST_F(IdentityTest, TheClaimSettlesWhatTheLabelLeavesInDoubt) {
  Claim({"AC-2001", "490154203237519", "BC-1", "BC-2"});
  v1::RecordScanRequest doubt = Printed("AC2001");
  doubt.mutable_understanding()->set_confidence(0.45);
  doubt.set_needs_choice(true);
  const v1::Scan booked = Do(doubt).scan();
  EXPECT_EQ(booked.outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(booked.manifest_line(), 1);
  ASSERT_EQ(booked.understanding().readings_size(), 1);
  EXPECT_EQ(booked.understanding().readings(0).basis(), "manifest");

  v1::RecordScanRequest digits = Printed("490154203237519");  // no IMEI by its check digit
  digits.mutable_understanding()->set_confidence(0.6);
  EXPECT_EQ(Do(digits).scan().manifest_line(), 2);

  v1::RecordScanRequest other = Printed("AC2002");  // nobody claims it
  other.mutable_understanding()->set_confidence(0.45);
  other.set_needs_choice(true);
  EXPECT_EQ(OutcomeOf(other), v1::SCAN_OUTCOME_CHOICE);

  v1::RecordScanRequest both = Printed("BC1");
  both.mutable_understanding()->set_confidence(0.5);
  both.set_needs_choice(true);
  v1::FieldReading* reading = both.mutable_understanding()->add_readings();
  reading->set_field("serial");
  reading->set_value("BC1");
  reading->set_runner_up("BC2");
  EXPECT_EQ(OutcomeOf(both), v1::SCAN_OUTCOME_CHOICE) << "two lines claim what it may be";
  ExpectSound();
}

TEST_F(IdentityTest, AContainersPrintedNameIsTheContainer) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  const std::string box = Do(create).name();
  v1::RecordScanRequest label = Text(box);
  label.set_needs_choice(true);
  const v1::Scan scanned = Do(label).scan();
  EXPECT_EQ(scanned.outcome(), v1::SCAN_OUTCOME_CONTAINER);
  EXPECT_EQ(scanned.container(), box);
  v1::RecordScanRequest other = Text("sites/main/containers/zzzz");
  other.set_needs_choice(true);
  EXPECT_EQ(OutcomeOf(other), v1::SCAN_OUTCOME_CHOICE) << "there is no such container";
  ExpectSound();
}

TEST_F(IdentityTest, AProductsNumberThatLooksLikeASerialIsAsked) {
  v1::SetCatalogEntryRequest set;
  set.set_site("sites/main");
  set.mutable_entry()->set_maker("HP");
  set.mutable_entry()->set_model("Zed");
  set.mutable_entry()->add_keys("KX9000Z");
  set.mutable_entry()->set_category("laptop");
  Do(set);
  const auto guessed = [&](const std::string& text) {
    v1::RecordScanRequest request = Printed(text);
    request.mutable_symbols(0)->set_content(text);
    request.mutable_understanding()->set_confidence(0.65);
    return request;
  };
  EXPECT_EQ(OutcomeOf(guessed("KX9000Z")), v1::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(OutcomeOf(guessed("KX9001Z")), v1::SCAN_OUTCOME_BOOKED);
  v1::RecordScanRequest said = guessed("KX9000Z");
  SayAsPerson(&said);
  EXPECT_EQ(OutcomeOf(said), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(OutcomeOf(Printed("KX9000Z", "HP")), v1::SCAN_OUTCOME_BOOKED) << "named a serial";
  ExpectSound();
}

TEST_F(IdentityTest, AnotherSerialUnderADuplicatesKeyIsAsked) {
  const std::string first = Do(Printed("1001", "Acme")).scan().asset();
  const auto keyed = [&](const std::string& serial) {
    v1::RecordScanRequest request = Printed(serial, "Acme");
    request.set_asset_key("device-2");
    return request;
  };
  EXPECT_EQ(Do(keyed("1001")).scan().asset(), first);
  const v1::Scan asked = Do(keyed("2002")).scan();
  EXPECT_EQ(asked.outcome(), v1::SCAN_OUTCOME_CHOICE) << "it was never seen before";
  EXPECT_EQ(asked.asset(), "");
  v1::RecordScanRequest imei = Printed("", "");  // says nothing against it
  imei.mutable_understanding()->add_imeis("490154203237518");
  imei.set_asset_key("device-2");
  EXPECT_EQ(Do(imei).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  v1::RecordScanRequest said = keyed("2002");
  SayAsPerson(&said);
  const v1::Scan booked = Do(said).scan();
  EXPECT_EQ(booked.outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_NE(booked.asset(), first);
  EXPECT_EQ(Session().choice_count(), 0);
  ExpectSound();
}

TEST_F(IdentityTest, ADeviceIsFoundByItsSerialNumberAlone) {
  const v1::Asset asset = Do(Gs1(kPhone, "1001")).asset();
  v1::FindAssetRequest find;
  find.set_site("sites/main");
  find.mutable_identifier()->set_kind(v1::IDENTIFIER_KIND_SERIAL);
  find.mutable_identifier()->set_value("1001");
  v1::Asset found;
  ASSERT_TRUE(Ask(find, &found).ok());
  EXPECT_EQ(found.name(), asset.name());
  find.mutable_identifier()->set_issuer("Acme");
  EXPECT_TRUE(absl::IsNotFound(Ask(find, &found)));
}

TEST_F(IdentityTest, ASoldDeviceComesBackByItsOtherNumber) {
  const v1::Asset first = Do(Printed("1001", "Acme")).asset();
  MakeReadyForSale(first.name());
  Do(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", first.name()));
  EXPECT_EQ(Do(Gs1(kPhone, "1001", "Acme")).asset().previous_life(), first.name());
  ExpectSound();
}

TEST_F(IdentityTest, ATextThatNamesNoDeviceIsNoIdentity) {
  for (const char* text :
       {"MADE IN CHINA", "https://example.com/support", "www.example.com/x1", "MGYN3D/A",
        "8AB12EA#ABB", "490154203237510", "+49 30 1234567", "B2", "info@example.com"}) {
    const v1::Scan scan = Do(Text(text)).scan();
    EXPECT_EQ(scan.outcome(), v1::SCAN_OUTCOME_CHOICE) << text;
    ASSERT_GT(scan.warnings_size(), 0) << text;
    EXPECT_EQ(scan.warnings(0),
              "NO_DEVICE: This label names no device: scan its serial number, or type it.");
    EXPECT_EQ(OutcomeOf(Text(text)), v1::SCAN_OUTCOME_CHOICE) << text << ": a second device";
  }
  EXPECT_EQ(Session().asset_count(), 0);
  EXPECT_EQ(Session().choice_count(), 18);
  for (const char* text : {"A1:2345", "SN*77812", "490154203237518", "TAG_00017"}) {
    EXPECT_EQ(OutcomeOf(Text(text)), v1::SCAN_OUTCOME_BOOKED) << text;
    EXPECT_EQ(OutcomeOf(Text(text)), v1::SCAN_OUTCOME_DUPLICATE) << text;
  }
  v1::RecordScanRequest tag = Text("");
  tag.mutable_understanding()->clear_others();
  tag.mutable_understanding()->set_asset_tag("MADE IN CHINA");  // the site's pattern says so
  EXPECT_EQ(OutcomeOf(tag), v1::SCAN_OUTCOME_BOOKED);
  ExpectSound();
}

TEST_F(IdentityTest, AProductAloneIsADeviceWithoutIdentity) {
  v1::RecordScanRequest known = Text("MGYN3D/A");
  known.mutable_understanding()->clear_others();
  known.mutable_understanding()->set_part_number("MGYN3D/A");
  for (int i = 0; i < 2; ++i) {
    const v1::RecordScanResponse booked = Do(known);
    EXPECT_EQ(booked.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
    EXPECT_EQ(booked.asset().model(), "MGYN3D/A");
    EXPECT_EQ(booked.asset().identifiers_size(), 0);
  }
  EXPECT_EQ(Session().asset_count(), 2);
}

TEST_F(IdentityTest, WhatIsNoSerialByItsShapeIsAskedAbout) {
  for (const char* text : {"490154203237510", "MGYN3D/A"}) {
    v1::RecordScanRequest guessed = Printed(text);
    guessed.mutable_understanding()->set_confidence(0.5);
    EXPECT_EQ(OutcomeOf(guessed), v1::SCAN_OUTCOME_CHOICE) << text;
    v1::RecordScanRequest named = Printed(text);  // "S/N:" stands before it
    named.mutable_understanding()->set_confidence(1);
    EXPECT_EQ(OutcomeOf(named), v1::SCAN_OUTCOME_BOOKED) << text;
  }
  v1::RecordScanRequest typed = Printed("490154203237528");
  typed.mutable_understanding()->set_confidence(0.5);
  SayAsPerson(&typed);
  const v1::Scan booked = Do(typed).scan();
  EXPECT_EQ(booked.outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(booked.warnings(0),
            "'490154203237528' has the length of an IMEI and not its check digit: compare it with "
            "the label.");
  ExpectSound();
}

TEST_F(IdentityTest, OpenChoicesAreCountedUntilTheyAreSettledOrWithdrawn) {
  const auto ask = [&](const std::string& key) {
    v1::RecordScanRequest request = Printed("S-1");
    request.set_asset_key(key);
    request.set_needs_choice(true);
    return Do(request).scan();
  };
  ask("k");
  ask("k");
  const v1::Scan other = ask("");
  ask("");
  EXPECT_EQ(Session().choice_count(), 4);
  v1::RecordScanRequest answer = Printed("S-1");
  answer.set_asset_key("k");
  EXPECT_EQ(OutcomeOf(answer), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(Session().choice_count(), 2) << "what one key is about is one device";
  EXPECT_EQ(OutcomeOf(Printed("S-1")), v1::SCAN_OUTCOME_DUPLICATE);
  EXPECT_EQ(Session().choice_count(), 1) << "two labels alike may be two devices";
  v1::WithdrawScanRequest withdraw;
  withdraw.set_name(other.name());
  withdraw.set_reason("was the same");
  Do(withdraw);
  EXPECT_EQ(Session().choice_count(), 0);
  ask("z");
  v1::CloseSessionRequest close;
  close.set_name(session_);
  EXPECT_EQ(Do(close).summary().choice_count(), 1);
  v1::GetReconciliationRequest get;
  get.set_load(load_);
  v1::Reconciliation reconciliation;
  ASSERT_TRUE(Ask(get, &reconciliation).ok());
  EXPECT_EQ(reconciliation.choices(), 1);
  ExpectSound();
}

TEST_F(IdentityTest, TheSameScanGetsTheSameAnswerWhateverIsUnderstoodNow) {
  v1::RecordScanRequest request = Printed("S-1");
  request.set_request_id(NewId());
  request.set_sent_sha256(common::Sha256("what was sent"));
  const v1::RecordScanResponse first = Do(request);
  request.set_category("phone");  // the catalog knows it by now
  request.mutable_understanding()->set_maker("Acme");
  request.set_needs_choice(true);
  EXPECT_EQ(Do(request).SerializeAsString(), first.SerializeAsString());
  request.set_sent_sha256(common::Sha256("something else"));
  EXPECT_EQ(Reason(request), "REQUEST_ID_REUSED");
  request.clear_sent_sha256();
  EXPECT_EQ(Reason(request), "REQUEST_ID_REUSED");
  request.set_request_id(NewId());
  request.set_sent_sha256("short");
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
}

}  // namespace
}  // namespace loopdock::inventory
