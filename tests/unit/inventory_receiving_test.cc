// SPDX-License-Identifier: Apache-2.0
// Claim and reality: lines found and counted, corrections, weighings, summaries, and the
// reconciliation compared with a count of everything.
#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "services/common/hash.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

class ReceivingTest : public InventoryTest {
 protected:
  ReceivingTest() : load_(MakeLoad()), session_(OpenSession(load_)) {}

  static v1::ManifestLine Serial(const std::string& serial, const std::string& model = "") {
    v1::ManifestLine line;
    line.set_serial(serial);
    line.set_model(model);
    return line;
  }

  static v1::ManifestLine ByCount(const std::string& model, int quantity, int mass_g = 0) {
    v1::ManifestLine line;
    line.set_model(model);
    line.set_quantity(quantity);
    line.set_mass_g(mass_g);
    return line;
  }

  std::string Import(const std::string& load, const std::vector<v1::ManifestLine>& lines,
                     bool activate = true) {
    v1::CreateManifestRequest create;
    create.set_load(load);
    const std::string name = Do(create).name();
    v1::AddManifestLinesRequest add;
    add.set_manifest(name);
    for (const v1::ManifestLine& line : lines) *add.add_lines() = line;
    Do(add);
    if (activate) Activate(name);
    return name;
  }

  void Activate(const std::string& manifest) {
    v1::ActivateManifestRequest request;
    request.set_name(manifest);
    Do(request);
  }

  // One symbol of which nothing says what it is.
  v1::RecordScanRequest Text(const std::string& text) {
    v1::RecordScanRequest request = Scan("");
    request.clear_understanding();
    request.clear_symbols();
    request.add_symbols()->set_content(text);
    request.mutable_understanding()->add_others(text);
    return request;
  }
  v1::RecordScanRequest Scan(const std::string& serial, const std::string& model = "",
                             const std::string& key = "") {
    v1::RecordScanRequest request = SerialScan(session_, serial, "Acme", key);
    request.mutable_understanding()->set_part_number(model);
    return request;
  }

  v1::Scan Withdraw(const std::string& scan) {
    v1::WithdrawScanRequest request;
    request.set_name(scan);
    request.set_reason("wrong label");
    return Do(request);
  }

  v1::ReceivingSession Session(const std::string& name = "") {
    v1::GetSessionRequest request;
    request.set_name(name.empty() ? session_ : name);
    v1::ReceivingSession session;
    EXPECT_TRUE(Ask(request, &session).ok());
    return session;
  }

  v1::Load Load(const std::string& name = "") {
    v1::GetLoadRequest request;
    request.set_name(name.empty() ? load_ : name);
    v1::Load load;
    EXPECT_TRUE(Ask(request, &load).ok());
    return load;
  }

  v1::Reconciliation Reconciled(const std::string& load = "") {
    v1::GetReconciliationRequest request;
    request.set_load(load.empty() ? load_ : load);
    v1::Reconciliation reconciliation;
    const absl::Status status = Ask(request, &reconciliation);
    EXPECT_TRUE(status.ok()) << status;
    return reconciliation;
  }

  std::vector<v1::Discrepancy> Discrepancies(
      v1::DiscrepancyKind kind = v1::DISCREPANCY_KIND_UNSPECIFIED, int page_size = 2) {
    v1::ListDiscrepanciesRequest request;
    request.set_load(load_);
    request.set_kind(kind);
    request.set_page_size(page_size);
    std::vector<v1::Discrepancy> all;
    do {
      v1::ListDiscrepanciesResponse page;
      const absl::Status status = Ask(request, &page);
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok()) break;
      EXPECT_LE(page.discrepancies_size(), page_size);
      all.insert(all.end(), page.discrepancies().begin(), page.discrepancies().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  std::string Close(const std::string& session = "") {
    v1::CloseSessionRequest request;
    request.set_name(session.empty() ? session_ : session);
    return Do(request).name();
  }

  std::string load_;
  std::string session_;
};

TEST_F(ReceivingTest, LinesAreFoundBySerialImeiTagAndModel) {
  v1::ManifestLine full = Serial("S-1", "M1");
  full.set_imei("490154203237518");
  full.set_asset_tag("tag-7");
  v1::ManifestLine by_gtin = ByCount("", 2);
  by_gtin.set_gtin("04012345678901");
  v1::ManifestLine imei;
  imei.set_imei("352099001761481");
  Import(load_, {full, ByCount("M 2", 2), by_gtin, imei});
  v1::RecordScanRequest tag = Scan("", "M1", "k");
  tag.mutable_understanding()->set_asset_tag("TAG-7");
  v1::RecordScanResponse booked = Do(tag);
  EXPECT_EQ(booked.scan().match(), v1::MANIFEST_MATCH_MATCHED);
  EXPECT_EQ(booked.scan().manifest_line(), 1);
  EXPECT_EQ(booked.line().asset(), booked.asset().name());
  EXPECT_EQ(booked.line().received_quantity(), 1);
  EXPECT_EQ(booked.asset().manifest_line(), 1);
  EXPECT_EQ(booked.asset().manifest_match(), v1::MANIFEST_MATCH_MATCHED);
  EXPECT_EQ(booked.counts().matched(), 1);
  EXPECT_EQ(booked.counts().expected(), 6);
  // The same device by another value of the line.
  EXPECT_EQ(Do(Scan("s-1", "", "k")).scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(Do(Scan("X-1", "m-2")).scan().manifest_line(), 2);
  v1::RecordScanRequest gtin = Scan("X-2");
  gtin.mutable_understanding()->set_gtin("4012345678901");
  EXPECT_EQ(Do(gtin).scan().manifest_line(), 3);
  v1::RecordScanRequest phone = Scan("X-3");
  phone.mutable_understanding()->add_imeis("352099001761481");
  EXPECT_EQ(Do(phone).scan().manifest_line(), 4);
  EXPECT_EQ(Session().counts().matched(), 4);
  EXPECT_EQ(Load().counts().matched(), 4);
  ExpectSound();
}

TEST_F(ReceivingTest, WarningsSayWhatLooksWrong) {
  Import(load_, {Serial("S-1", "Latitude 5440"), Serial("S-2", "Latitude 5440"), ByCount("M2", 1)});
  const v1::RecordScanResponse wrong = Do(Scan("S-1", "ThinkPad T14"));
  EXPECT_EQ(wrong.scan().match(), v1::MANIFEST_MATCH_WRONG_MODEL);
  ASSERT_EQ(wrong.scan().warnings_size(), 1);
  EXPECT_EQ(wrong.scan().warnings(0), "Line 1 claims model Latitude 5440, this is ThinkPad T14.");
  EXPECT_EQ(wrong.line().received_model(), "ThinkPad T14");
  EXPECT_EQ(Do(Scan("S-2", "latitude-5440 BTX")).scan().match(), v1::MANIFEST_MATCH_MATCHED);
  EXPECT_EQ(Do(Scan("N-1", "M2")).scan().match(), v1::MANIFEST_MATCH_MATCHED);
  const v1::Scan over = Do(Scan("N-2", "M2")).scan();
  EXPECT_EQ(over.match(), v1::MANIFEST_MATCH_OVER);
  EXPECT_EQ(over.warnings(0), "Line 3 claims 1, this is number 2.");
  const v1::Scan unexpected = Do(Scan("N-3")).scan();
  EXPECT_EQ(unexpected.match(), v1::MANIFEST_MATCH_UNEXPECTED);
  EXPECT_EQ(unexpected.warnings(0), "No line of the manifest claims it.");
  EXPECT_EQ(Do(Scan("N-3")).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  const v1::ReceivingCounts counts = Session().counts();
  EXPECT_EQ(counts.matched(), 4);
  EXPECT_EQ(counts.unexpected(), 1);
  EXPECT_EQ(counts.wrong_model(), 1);
  EXPECT_EQ(counts.over(), 1);
  EXPECT_EQ(counts.duplicates(), 1);
  ExpectSound();
}

// Codes of one device, scanned one by one: the line that claims them all says that it is one.
TEST_F(ReceivingTest, NumbersOfOneLineAreOneDevice) {
  v1::ManifestLine phone = Serial("S-1", "M1");
  phone.set_imei("490154203237518");
  phone.set_asset_tag("INV-7");
  v1::ManifestLine other = Serial("S-2", "M1");
  other.set_imei("352099001761481");
  Import(load_, {phone, other});
  const v1::RecordScanResponse booked = Do(Scan("S-1"));
  v1::RecordScanRequest imei = Scan("");
  imei.mutable_understanding()->add_imeis("490154203237518");
  const v1::RecordScanResponse added = Do(imei);
  EXPECT_EQ(added.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(added.asset().name(), booked.asset().name());
  EXPECT_EQ(added.scan().warnings(0), "Line 1 of the manifest claims this number for '" +
                                          booked.asset().name() +
                                          "', which is here: it was added to that device.");
  const v1::RecordScanResponse tag = Do(Text("INV-7"));
  EXPECT_EQ(tag.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  ASSERT_EQ(tag.asset().identifiers_size(), 3);
  EXPECT_EQ(tag.asset().identifiers(2).kind(), v1::IDENTIFIER_KIND_ASSET_TAG);
  EXPECT_EQ(Do(Text("inv-7")).scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  // Another serial number beside the claimed IMEI is another device, or a wrong claim: as before.
  Do(Scan("S-2"));
  v1::RecordScanRequest wrong = Scan("S-9");
  wrong.mutable_understanding()->add_imeis("352099001761481");
  const v1::RecordScanResponse unexpected = Do(wrong);
  EXPECT_EQ(unexpected.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(unexpected.scan().match(), v1::MANIFEST_MATCH_UNEXPECTED);
  EXPECT_EQ(Session().asset_count(), 3);
  ExpectSound();
}

TEST_F(ReceivingTest, ADuplicateSaysWhichLoadHasIt) {
  const v1::Asset asset = Do(Scan("S-1")).asset();
  const std::string load = MakeLoad();
  Import(load, {Serial("S-1")});
  const std::string session = OpenSession(load);
  v1::RecordScanRequest again = Scan("S-1");
  again.set_session(session);
  const v1::Scan scan = Do(again).scan();
  EXPECT_EQ(scan.outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  ASSERT_EQ(scan.warnings_size(), 1);
  EXPECT_EQ(scan.warnings(0), "It is booked to '" + load_ +
                                  "', not to this load, whose manifest claims it in line 1: "
                                  "reassign the asset if it came with this one.");
  EXPECT_EQ(GetAsset(asset.name()).load(), load_);
  ExpectSound();
}

// A bare text is what the manifest says it is: also with a blank, and behind the mark of serials.
TEST_F(ReceivingTest, ABareTextIsWhatTheLineClaims) {
  v1::ManifestLine tagged;
  tagged.set_asset_tag("TAG 0018");
  Import(load_, {Serial("QQ 1234567"), Serial("QQ0000001"), tagged, Serial("SER/9-1")});
  const v1::RecordScanResponse blank = Do(Text("QQ 1234567"));
  EXPECT_EQ(blank.scan().manifest_line(), 1);
  v1::RecordScanRequest guessed = Text("SQQ0000001");
  guessed.mutable_understanding()->clear_others();
  guessed.mutable_understanding()->set_serial("SQQ0000001");
  guessed.mutable_understanding()->set_confidence(0.6);
  const v1::RecordScanResponse marked = Do(guessed);
  EXPECT_EQ(marked.scan().manifest_line(), 2);
  ASSERT_EQ(marked.asset().identifiers_size(), 1);
  EXPECT_EQ(marked.asset().identifiers(0).value(), "QQ0000001");
  const v1::RecordScanResponse tag = Do(Text("TAG 0018"));
  EXPECT_EQ(tag.scan().manifest_line(), 3);
  EXPECT_EQ(tag.asset().identifiers(0).kind(), v1::IDENTIFIER_KIND_ASSET_TAG);
  const v1::RecordScanResponse slash = Do(Text("SER/9-1"));
  EXPECT_EQ(slash.scan().manifest_line(), 4);
  EXPECT_EQ(Do(Scan("ser91")).asset().name(), slash.asset().name());
  EXPECT_EQ(Session().asset_count(), 4);
  EXPECT_EQ(Session().counts().matched(), 4);
  ExpectSound();
}

TEST_F(ReceivingTest, AValueIsClaimedOnce) {
  v1::CreateManifestRequest create;
  create.set_load(load_);
  v1::AddManifestLinesRequest add;
  add.set_manifest(Do(create).name());
  *add.add_lines() = Serial("S-1");
  v1::ManifestLine tagged;
  tagged.set_asset_tag("s-1");
  *add.add_lines() = tagged;
  EXPECT_EQ(Reason(add), "MANIFEST_VALUE_TWICE");
  add.mutable_lines()->RemoveLast();
  Do(add);
  EXPECT_EQ(Reason(add), "MANIFEST_VALUE_TWICE");
  *add.mutable_lines(0) = Serial("S-2");
  add.mutable_lines(0)->set_quantity(3);
  EXPECT_EQ(Reason(add), "INVALID_FIELDS");
}

TEST_F(ReceivingTest, LinesOfOneModelFillInOrder) {
  Import(load_, {ByCount("M1", 1), ByCount("m1", 2), ByCount("M1", 1)});
  std::vector<v1::Scan> scans;
  for (int i = 0; i < 5; ++i) scans.push_back(Do(Scan("S-" + std::to_string(i), "M1")).scan());
  const std::vector<std::int64_t> expected = {1, 2, 2, 3, 3};
  for (size_t i = 0; i < scans.size(); ++i) EXPECT_EQ(scans[i].manifest_line(), expected[i]);
  EXPECT_EQ(Reconciled().over_lines(), 1);
  Withdraw(scans[0].name());
  EXPECT_EQ(Reconciled().missing(), 1);
  EXPECT_EQ(Reconciled().counts().over(), 1);
  EXPECT_EQ(Do(Scan("S-9", "M1")).scan().manifest_line(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, AGtinLeadsToTheLinesOfItsModelAndToItsOwn) {
  v1::ManifestLine both = ByCount("M1", 1);
  both.set_gtin("4012345678901");
  v1::ManifestLine own = ByCount("", 1);
  own.set_gtin("04012345678901");
  Import(load_, {both, ByCount("M1", 1), own, ByCount("M1", 1)});
  const auto line_of = [&](const std::string& serial, const std::string& model, bool gtin) {
    v1::RecordScanRequest scan = Scan(serial, model);
    if (gtin) scan.mutable_understanding()->set_gtin("4012345678901");
    return Do(scan).scan().manifest_line();
  };
  EXPECT_EQ(line_of("S-1", "M1", false), 1);
  EXPECT_EQ(line_of("S-2", "M1", false), 2);
  EXPECT_EQ(line_of("S-3", "", true), 3);
  EXPECT_EQ(line_of("S-4", "", true), 4) << "a line of the model that is not full";
  EXPECT_EQ(line_of("S-5", "", true), 3) << "over";
  EXPECT_EQ(Session().counts().over(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, WhatCameBeforeTheManifestIsCompared) {
  const v1::Asset early = Do(Scan("S-1")).asset();
  const v1::Asset other = Do(Scan("N-1")).asset();
  const v1::Asset counted = Do(Scan("N-2", "M2")).asset();
  Import(load_, {Serial("S-1"), Serial("S-2"), ByCount("M2", 2)});
  v1::Reconciliation now = Reconciled();
  EXPECT_EQ(now.counts().matched(), 2);
  EXPECT_EQ(now.counts().unexpected(), 1);
  EXPECT_EQ(now.missing(), 2);
  ASSERT_EQ(Discrepancies().size(), 3u);
  EXPECT_EQ(Discrepancies()[0].line().serial(), "S-2");
  EXPECT_EQ(Discrepancies()[1].kind(), v1::DISCREPANCY_KIND_SHORT);
  EXPECT_EQ(Discrepancies()[2].asset(), other.name());
  // For good, by the command and by a further scan.
  EXPECT_EQ(Do(Scan("S-1")).scan().manifest_line(), 1);
  v1::CompareWithManifestRequest compare;
  compare.set_load(load_);
  for (const v1::Asset& asset : {early, other, counted}) compare.add_assets(asset.name());
  const v1::CompareWithManifestResponse compared = Do(compare);
  EXPECT_EQ(compared.compared_count(), 2);
  EXPECT_EQ(compared.matched_count(), 1);
  EXPECT_EQ(GetAsset(early.name()).manifest_line(), 1);
  EXPECT_EQ(GetAsset(other.name()).manifest_match(), v1::MANIFEST_MATCH_UNEXPECTED);
  EXPECT_EQ(GetAsset(counted.name()).manifest_line(), 3);
  EXPECT_EQ(Session().counts().matched(), 2);
  EXPECT_EQ(Session().counts().unexpected(), 1);
  EXPECT_EQ(Reconciled().missing(), 2);
  ExpectSound();
}

TEST_F(ReceivingTest, WhatCameEarlyIsComparedByItsGtinToo) {
  v1::RecordScanRequest scan = Scan("S-1");
  scan.mutable_understanding()->set_gtin("4012345678901");
  const v1::Asset early = Do(scan).asset();
  EXPECT_EQ(early.gtin(), "04012345678901");
  v1::ManifestLine by_gtin = ByCount("", 2);
  by_gtin.set_gtin("4012345678901");
  Import(load_, {by_gtin});
  EXPECT_EQ(Reconciled().counts().matched(), 1);
  EXPECT_EQ(Reconciled().missing(), 1);
  ASSERT_EQ(Reconciled().early_assets_size(), 1);
  EXPECT_EQ(Reconciled().early_assets(0), early.name());
  v1::CompareWithManifestRequest compare;
  compare.set_load(load_);
  compare.add_assets(early.name());
  EXPECT_EQ(Do(compare).matched_count(), 1);
  EXPECT_EQ(GetAsset(early.name()).manifest_line(), 1);
  EXPECT_EQ(Reconciled().early_assets_size(), 0);
  // Corrected, it is compared anew, and still by its GTIN.
  v1::CorrectIdentifiersRequest correct;
  correct.set_name(early.name());
  *correct.add_remove() = early.identifiers(0);
  *correct.add_add() = early.identifiers(0);
  correct.mutable_add(0)->set_value("S-2");
  correct.set_reason("misread");
  EXPECT_EQ(Do(correct).manifest_line(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, ALaterManifestTakesThePlaceOfTheFirst) {
  const std::string before = Import(load_, {Serial("S-1"), Serial("S-3")});
  const v1::Asset first = Do(Scan("S-1")).asset();
  Do(Scan("S-2"));
  const std::string second = Import(load_, {Serial("S-2"), Serial("S-1")});
  EXPECT_EQ(Load().manifest(), second);
  EXPECT_EQ(Session().counts().matched(), 0);
  EXPECT_EQ(Reconciled().counts().matched(), 2);
  EXPECT_EQ(Reconciled().missing(), 0);
  v1::CompareWithManifestRequest compare;
  compare.set_load(load_);
  compare.add_assets(first.name());
  EXPECT_EQ(Do(compare).matched_count(), 1);
  EXPECT_EQ(GetAsset(first.name()).manifest_line(), 2);
  EXPECT_EQ(Reconciled().counts().matched(), 2);
  EXPECT_TRUE(Discrepancies().empty());
  v1::ActivateManifestRequest again;
  again.set_name(before);
  EXPECT_EQ(Reason(again), "MANIFEST_ACTIVE");
  ExpectSound();
}

TEST_F(ReceivingTest, ChoiceRegistersNothingAndTakesNoKey) {
  v1::RecordScanRequest scan = Scan("S-1", "", "k");
  scan.set_needs_choice(true);
  const v1::RecordScanResponse asked = Do(scan);
  EXPECT_EQ(asked.scan().outcome(), v1::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(asked.asset().name(), "");
  EXPECT_EQ(Session().asset_count(), 0);
  EXPECT_EQ(Do(Scan("S-1", "", "k")).scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(Withdraw(asked.scan().name()).outcome(), v1::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(Session().withdrawn_count(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, WithdrawnScanOpensItsLineAndItsKey) {
  Import(load_, {Serial("S-1")});
  const v1::RecordScanResponse booked = Do(Scan("S-1", "", "k"));
  v1::Scan withdrawn = Withdraw(booked.scan().name());
  EXPECT_TRUE(withdrawn.withdrawn());
  EXPECT_EQ(GetAsset(booked.asset().name()).state(), v1::ASSET_STATE_WITHDRAWN);
  EXPECT_EQ(Session().asset_count(), 0);
  EXPECT_EQ(Session().counts().matched(), 0);
  EXPECT_EQ(Session().counts().unexpected(), 0);
  v1::WithdrawScanRequest again;
  again.set_name(booked.scan().name());
  again.set_reason("again");
  EXPECT_EQ(Reason(again), "SCAN_WITHDRAWN");
  again.set_name("sites/main/scans/zzzzzz");
  EXPECT_EQ(Reason(again), "RESOURCE_NOT_FOUND");
  v1::GetScanRequest get;
  get.set_name(booked.scan().name());
  v1::Scan kept;
  ASSERT_TRUE(Ask(get, &kept).ok());
  EXPECT_TRUE(kept.withdrawn());
  v1::ListScansRequest list;
  list.set_site("sites/main");
  list.set_session(session_);
  v1::ListScansResponse scans;
  ASSERT_TRUE(Ask(list, &scans).ok());
  EXPECT_TRUE(scans.scans(0).withdrawn());
  const v1::RecordScanResponse anew = Do(Scan("S-1", "", "k"));
  EXPECT_EQ(anew.scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  EXPECT_EQ(anew.scan().manifest_line(), 1);
  EXPECT_EQ(anew.asset().previous_life(), booked.asset().name());
  EXPECT_EQ(Reconciled().withdrawn(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, WithdrawnAdditionTakesAwayWhatItAdded) {
  Import(load_, {Serial("S-2")});
  const v1::Asset asset = Do(Scan("S-1", "", "k")).asset();
  v1::RecordScanRequest more = Scan("S-2", "M9", "k");
  more.set_mass_g(700);
  const v1::RecordScanResponse added = Do(more);
  EXPECT_EQ(added.scan().outcome(), v1::SCAN_OUTCOME_ADDED);
  EXPECT_EQ(added.scan().manifest_line(), 1);
  EXPECT_EQ(Session().counts().matched(), 1);
  EXPECT_EQ(Session().counts().unexpected(), 0);
  Withdraw(added.scan().name());
  const v1::Asset after = GetAsset(asset.name());
  ASSERT_EQ(after.identifiers_size(), 1);
  EXPECT_EQ(after.identifiers(0).value(), "S-1");
  EXPECT_EQ(after.model(), "");
  EXPECT_EQ(after.mass_g(), 0);
  EXPECT_EQ(after.manifest_match(), v1::MANIFEST_MATCH_UNEXPECTED);
  EXPECT_EQ(Session().counts().matched(), 0);
  EXPECT_EQ(Session().counts().unexpected(), 1);
  EXPECT_EQ(Do(Scan("S-2")).scan().manifest_line(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, WithdrawnDuplicateFreesItsKey) {
  Do(Scan("S-1"));
  const v1::Scan duplicate = Do(Scan("S-1", "", "k")).scan();
  EXPECT_EQ(duplicate.outcome(), v1::SCAN_OUTCOME_DUPLICATE);
  ASSERT_EQ(Discrepancies(v1::DISCREPANCY_KIND_DUPLICATE).size(), 1u);
  Withdraw(duplicate.name());
  EXPECT_TRUE(Discrepancies().empty());
  EXPECT_EQ(Session().duplicate_count(), 0);
  EXPECT_EQ(Do(Scan("S-2", "", "k")).scan().outcome(), v1::SCAN_OUTCOME_BOOKED);
  ExpectSound();
}

TEST_F(ReceivingTest, WhatWasWorkedOnIsNotWithdrawnWithItsScan) {
  const v1::RecordScanResponse booked = Do(Scan("S-1", "", "k"));
  Do(Scan("S-2", "", "k"));  // a further scan does not count
  ASSERT_TRUE(Move(booked.asset().name(), "cage").ok());
  v1::WithdrawScanRequest request;
  request.set_name(booked.scan().name());
  request.set_reason("wrong");
  const absl::Status refused = Send(request).status();
  EXPECT_EQ(common::ReasonOf(refused), "ASSET_WORKED_ON");
  EXPECT_NE(refused.message().find("asset_moved"), std::string::npos) << refused;
  EXPECT_EQ(Session().withdrawn_count(), 0);
  ExpectSound();
}

TEST_F(ReceivingTest, ASignedSummarySpeaksOfTheWholeLoad) {
  Import(load_, {Serial("S-1"), Serial("S-2"), Serial("S-3"), ByCount("KAB5", 40)});
  Do(Scan("S-1"));
  v1::CreateLotRequest create;
  create.set_site("sites/main");
  create.mutable_lot()->set_description("cables");
  create.mutable_lot()->set_category("cable");
  create.mutable_lot()->set_model("KAB5");
  create.mutable_lot()->set_piece_count(38);
  create.mutable_lot()->set_mass_g(12'000);
  create.mutable_lot()->set_session(session_);
  Do(create);
  const std::string other = OpenSession(load_);
  Do(SerialScan(other, "S-2"));
  v1::CloseSessionRequest close;
  close.set_name(session_);
  EXPECT_EQ(Do(close).summary().counts().matched(), 40) << "with the other session, still open";
  Do(SerialScan(other, "S-3"));
  close.set_name(other);
  const v1::ReceivingSession closed = Do(close);
  EXPECT_EQ(closed.summary().counts().expected(), 43);
  EXPECT_EQ(closed.summary().counts().matched(), 41);
  EXPECT_EQ(closed.counts().matched(), 2);
  EXPECT_EQ(closed.summary().asset_count(), 2);
  ExpectSound();
}

TEST_F(ReceivingTest, ASignedSummaryStaysAndTheLoadIsCorrected) {
  Import(load_, {Serial("S-1"), Serial("S-2")});
  const v1::Scan scan = Do(Scan("S-1")).scan();
  v1::CloseSessionRequest close;
  close.set_name(session_);
  close.add_hazard_findings("a swollen battery");
  EXPECT_EQ(Reason(close), "INVALID_FIELDS");
  close.set_hazard_inspected(true);
  close.set_remark("two boxes were wet");
  const v1::SessionSummary summary = Do(close).summary();
  EXPECT_EQ(summary.signed_by(), "ann");
  EXPECT_EQ(summary.counts().matched(), 1);
  EXPECT_EQ(summary.counts().expected(), 2);
  v1::SessionSummary bare = summary;
  bare.clear_sha256();
  EXPECT_EQ(summary.sha256(), common::Sha256Hex(Serialize(bare)));
  EXPECT_EQ(summary.session(), session_);
  EXPECT_EQ(summary.load(), load_);
  EXPECT_EQ(summary.operator_(), "ann");
  EXPECT_EQ(absl::FromUnixSeconds(summary.open_time().seconds()),
            absl::FromUnixSeconds(Session().create_time().seconds()));
  EXPECT_EQ(summary.close_time().seconds(), Session().close_time().seconds());
  EXPECT_EQ(Load().hazard_findings(0), "a swollen battery");
  EXPECT_EQ(Session().station(), "dock-1");
  Withdraw(scan.name());
  EXPECT_EQ(Session().summary().SerializeAsString(), summary.SerializeAsString());
  EXPECT_EQ(Session().withdrawn_count(), 1);
  EXPECT_EQ(Load().asset_count(), 0);
  EXPECT_EQ(Load().counts().matched(), 0);
  EXPECT_EQ(Reconciled().missing(), 2);
  ExpectSound();
}

TEST_F(ReceivingTest, AnAssetGoesToTheLoadItCameWith) {
  Import(load_, {Serial("S-1")});
  v1::CreatePartyRequest party;
  party.mutable_party()->set_display_name("Strict");
  party.mutable_party()->add_roles(v1::PARTY_ROLE_SUPPLIER);
  party.mutable_party()->set_no_resale(true);
  const std::string strict = Do(party).name();
  v1::CreateLoadRequest create;
  create.set_site("sites/main");
  create.mutable_load()->set_supplier(strict);
  create.mutable_load()->set_instruction(v1::SUPPLIER_INSTRUCTION_RETURN);
  const std::string right = Do(create).name();
  Import(right, {Serial("S-0"), Serial("S-1")});
  const v1::Asset asset = Do(Scan("S-1")).asset();
  v1::ReassignAssetRequest request;
  request.set_name(asset.name());
  request.set_load(load_);
  request.set_reason("wrong pallet");
  EXPECT_EQ(Reason(request), "LOAD_UNCHANGED");
  request.set_load(right);
  const v1::Asset moved = Do(request);
  EXPECT_EQ(moved.load(), right);
  EXPECT_EQ(moved.supplier(), strict);
  EXPECT_TRUE(moved.no_resale());
  EXPECT_EQ(moved.instruction(), v1::SUPPLIER_INSTRUCTION_RETURN);
  EXPECT_EQ(moved.manifest_line(), 2);
  EXPECT_EQ(Session().asset_count(), 0);
  EXPECT_EQ(Session().counts().matched(), 0);
  EXPECT_EQ(Load(right).asset_count(), 1);
  EXPECT_EQ(Load(right).counts().matched(), 1);
  EXPECT_EQ(Reconciled().missing(), 1);
  EXPECT_EQ(Reconciled(right).missing(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, CorrectedSerialIsComparedAnew) {
  Import(load_, {Serial("S-1"), Serial("S-2")});
  const v1::Asset asset = Do(Scan("S-1")).asset();
  v1::CorrectIdentifiersRequest request;
  request.set_name(asset.name());
  *request.add_remove() = asset.identifiers(0);
  *request.add_add() = asset.identifiers(0);
  request.mutable_add(0)->set_value("S-2");
  request.set_reason("misread");
  EXPECT_EQ(Do(request).manifest_line(), 2);
  EXPECT_EQ(Session().counts().matched(), 1);
  EXPECT_EQ(Session().counts().unexpected(), 0);
  EXPECT_EQ(Do(Scan("S-1")).scan().manifest_line(), 1);
  ExpectSound();
}

TEST_F(ReceivingTest, WeighingsArePlausibleAndSumUp) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  create.mutable_container()->set_load(load_);
  create.mutable_container()->set_number("P-17");
  const std::string container = Do(create).name();
  for (int i = 0; i < 2; ++i) {
    v1::RecordScanRequest scan = Scan("S-" + std::to_string(i));
    scan.set_container(container);
    scan.set_mass_g(10'000);
    Do(scan);
  }
  v1::RecordWeighingRequest request;
  request.set_site("sites/main");
  v1::Weighing& weighing = *request.mutable_weighing();
  weighing.set_subject(container);
  weighing.set_gross_mass_g(45'000);
  weighing.set_tare_mass_g(22'000);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");  // no scale
  weighing.set_scale("dock-2");
  v1::Weighing said = Do(request);
  EXPECT_EQ(said.net_mass_g(), 23'000);
  EXPECT_EQ(said.warnings_size(), 0);
  EXPECT_EQ(said.load(), load_);
  EXPECT_EQ(Load().counts().weighed_mass_g(), 23'000);
  weighing.set_gross_mass_g(60'000);
  said = Do(request);
  EXPECT_EQ(said.warnings(0),
            "Net mass is 38000 g, and the assets in it have 20000 g; weigh again or count.");
  EXPECT_EQ(Load().counts().weighed_mass_g(), 38'000);
  v1::GetContainerRequest get;
  get.set_name(container);
  v1::Container after;
  ASSERT_TRUE(Ask(get, &after).ok());
  EXPECT_EQ(after.weighing().net_mass_g(), 38'000);
  EXPECT_EQ(after.assets_mass_g(), 20'000);
  EXPECT_EQ(after.assets_with_mass_count(), 2);
  EXPECT_EQ(after.number(), "P-17");
  weighing.set_tare_mass_g(60'000);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  weighing.set_subject(load_);
  EXPECT_EQ(Reason(request), "INVALID_FIELDS");
  ExpectSound();
}

TEST_F(ReceivingTest, AContainerIsWeighedAgainstWhatIsUsualWhereNoMassIsKnown) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  create.mutable_container()->set_load(load_);
  const std::string container = Do(create).name();
  v1::RecordScanRequest scan = Scan("S-1");
  scan.set_container(container);
  scan.set_mass_g(10'000);
  Do(scan);
  scan = Scan("S-2", "", "k");
  scan.set_container(container);
  Do(scan);
  v1::RecordWeighingRequest request;
  request.set_site("sites/main");
  request.mutable_weighing()->set_subject(container);
  request.mutable_weighing()->set_gross_mass_g(50'000);
  request.mutable_weighing()->set_scale("dock-2");
  EXPECT_EQ(Do(request).warnings_size(), 0) << "of one of them nothing is known";
  scan = Scan("S-2", "", "k");
  scan.set_typical_mass_g(4'000);
  const v1::Scan told = Do(scan).scan();
  EXPECT_EQ(GetAsset(told.asset()).mass_g(), 0);
  EXPECT_EQ(GetAsset(told.asset()).typical_mass_g(), 4'000);
  ASSERT_EQ(Do(request).warnings_size(), 1);
  EXPECT_EQ(Do(request).warnings(0),
            "Net mass is 50000 g, and things like those in it have 14000 g; weigh again or count.");
  request.mutable_weighing()->set_gross_mass_g(30'000);
  EXPECT_EQ(Do(request).warnings_size(), 0) << "what is usual says less than what is known";
  Withdraw(told.name());
  EXPECT_EQ(GetAsset(told.asset()).typical_mass_g(), 0);
  scan.set_mass_g(6'000);  // its own mass counts, and what is usual no more
  Do(scan);
  v1::GetContainerRequest get;
  get.set_name(container);
  v1::Container after;
  ASSERT_TRUE(Ask(get, &after).ok());
  EXPECT_EQ(after.assets_mass_g(), 16'000);
  EXPECT_EQ(after.assets_typical_count(), 0);
  ExpectSound();
}

TEST_F(ReceivingTest, SsccsAreMadeFromTheSitesPrefix) {
  v1::CreateContainerRequest create;
  create.set_site("sites/main");
  create.mutable_container()->set_assign_sscc(true);
  EXPECT_EQ(Reason(create), "GS1_PREFIX_MISSING");
  v1::GetSiteRequest get;
  get.set_name("sites/main");
  v1::UpdateSiteRequest update;
  ASSERT_TRUE(Ask(get, update.mutable_site()).ok());
  update.mutable_site()->set_gs1_prefix("0614141");
  Do(update);
  // The GS1 General Specifications' own example has serial reference 123456789.
  EXPECT_EQ(Do(create).sscc(), "006141410000000012");
  v1::CreateContainerRequest taken;
  taken.set_site("sites/main");
  taken.mutable_container()->set_sscc("006141410000000028");
  EXPECT_EQ(Reason(taken), "INVALID_FIELDS") << "its last digit does not check the others";
  taken.mutable_container()->set_sscc("006141410000000029");
  Do(taken);
  const v1::Container third = Do(create);
  EXPECT_EQ(third.sscc(), "006141410000000036");
  EXPECT_EQ(third.sscc_serial(), 3);
  ExpectSound();
}

TEST_F(ReceivingTest, LotsAreCountedAgainstLinesByCount) {
  v1::ManifestLine cables;
  cables.set_description("mixed cables");
  cables.set_mass_g(500'000);
  Import(load_, {ByCount("Keyboard K1", 100, 50'000), cables});
  v1::CreateLotRequest create;
  create.set_site("sites/main");
  v1::Lot& lot = *create.mutable_lot();
  lot.set_description("keyboards");
  lot.set_category("keyboard");
  lot.set_model("keyboard k1");
  lot.set_piece_count(80);
  lot.set_mass_g(60'000);
  lot.set_session(session_);
  v1::Lot booked = Do(create);
  EXPECT_EQ(booked.load(), load_);
  EXPECT_EQ(booked.manifest_line(), 1);
  lot.set_model("");
  lot.set_manifest_line(7);
  EXPECT_EQ(Reason(create), "MANIFEST_LINE_ABSENT");
  lot.set_manifest_line(2);
  lot.set_piece_count(0);
  lot.set_mass_g(480'000);
  Do(create);
  lot.set_manifest_line(0);
  lot.set_piece_count(5);
  const v1::Lot unexpected = Do(create);
  v1::ReceivingCounts counts = Load().counts();
  EXPECT_EQ(counts.expected(), 100);
  EXPECT_EQ(counts.matched(), 80);
  EXPECT_EQ(counts.unexpected(), 5);
  std::vector<v1::Discrepancy> all = Discrepancies();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0].kind(), v1::DISCREPANCY_KIND_SHORT);
  EXPECT_EQ(all[0].quantity(), 20);
  EXPECT_EQ(all[1].kind(), v1::DISCREPANCY_KIND_MASS);
  EXPECT_EQ(all[1].mass_difference_g(), 20'000);
  EXPECT_EQ(all[2].lot(), unexpected.name());
  v1::UpdateLotRequest update;
  *update.mutable_lot() = booked;
  update.mutable_lot()->set_piece_count(105);
  update.set_reason("counted again");
  Do(update);
  EXPECT_EQ(Load().counts().matched(), 105);
  *update.mutable_lot() = unexpected;
  for (const int pieces : {8, 3}) {
    update.mutable_lot()->clear_etag();
    update.mutable_lot()->set_piece_count(pieces);
    Do(update);
    EXPECT_EQ(Load().counts().unexpected(), pieces);
  }
  EXPECT_EQ(Reconciled().counts().unexpected(), 3);
  EXPECT_EQ(Reconciled().counts().over(), 5);
  EXPECT_EQ(Reconciled().missing(), 0);
  ExpectSound();
}

TEST_F(ReceivingTest, InstructionsReachWhatCame) {
  v1::CreateLoadRequest create;
  create.set_site("sites/main");
  create.mutable_load()->set_supplier("parties/unknown");
  create.mutable_load()->set_bill_of_lading("BOL");
  create.mutable_load()->set_instruction(v1::SUPPLIER_INSTRUCTION_DESTROY);
  const v1::Load load = Do(create);
  EXPECT_TRUE(load.no_resale());
  const std::string session = OpenSession(load.name());
  const v1::Asset asset = Book(session, "D-1");
  EXPECT_EQ(asset.instruction(), v1::SUPPLIER_INSTRUCTION_DESTROY);
  EXPECT_TRUE(asset.no_resale());
  v1::UpdateLoadRequest update;
  *update.mutable_load() = load;
  update.mutable_load()->clear_etag();
  update.mutable_load()->set_instruction(v1::SUPPLIER_INSTRUCTION_RETURN);
  EXPECT_EQ(Reason(update), "LOAD_IN_USE");
}

TEST_F(ReceivingTest, WhatIsWantedBackGoesToItsSupplierOnly) {
  v1::CreateLoadRequest create;
  create.set_site("sites/main");
  create.mutable_load()->set_supplier("parties/unknown");
  create.mutable_load()->set_instruction(v1::SUPPLIER_INSTRUCTION_RETURN);
  const v1::Asset asset = Book(OpenSession(Do(create).name()), "R-1");
  MakeReadyForSale(asset.name());
  const std::string vendor = MakeVendor(true, "1970-01-01");
  EXPECT_EQ(Reason(Shipment(v1::SHIPMENT_KIND_SALE, vendor, asset.name())), "SUPPLIER_INSTRUCTION");
  EXPECT_TRUE(Send(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", asset.name())).ok());
}

TEST_F(ReceivingTest, ASoldDeviceThatComesBackIsANewLife) {
  const v1::Asset first = Do(Scan("S-1")).asset();
  MakeReadyForSale(first.name());
  Do(Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", first.name()));
  const v1::RecordScanResponse back = Do(Scan("S-1"));
  EXPECT_EQ(back.asset().previous_life(), first.name());
  Withdraw(back.scan().name());
  const v1::Asset again = Do(Scan("S-1")).asset();
  EXPECT_EQ(again.previous_life(), back.asset().name());
  EXPECT_EQ(GetAsset(back.asset().name()).previous_life(), first.name());
  ExpectSound();
}

TEST_F(ReceivingTest, TheRecordCountsDataDevicesOfALoad) {
  std::vector<std::string> assets;
  for (int i = 0; i < 4; ++i) assets.push_back(Book(session_, "S-" + std::to_string(i)).name());
  Do(Sanitization(assets[3], v1::SANITIZATION_METHOD_NO_STORAGE));
  Withdraw(Do(Scan("S-9")).scan().name());
  auto destroy = [&](const std::string& asset) {
    Begin(asset, v1::NEXT_PROCESS_DATA_SANITIZATION);
    v1::RecordSanitizationRequest request = Sanitization(asset, v1::SANITIZATION_METHOD_DESTROY);
    auto* video = request.mutable_sanitization()->add_evidence();
    video->set_sha256(Sha('a'));
    video->set_media_type("video/mp4");
    video->set_size_bytes(1);
    Do(request);
  };
  destroy(assets[0]);
  destroy(assets[1]);
  v1::ReconcileSanitizationRequest request;
  request.set_site("sites/main");
  request.set_load(load_);
  request.add_assets(assets[0]);
  EXPECT_EQ(Reason(request), "NOT_RELEASABLE");  // one of three is not processed
  destroy(assets[2]);
  request.set_received_count(4);
  EXPECT_EQ(Reason(request), "COUNT_DIFFERS");
  request.set_received_count(0);
  EXPECT_EQ(Do(request).processed_count(), 3);
  *request.mutable_assets(0) = assets[1];
  request.add_assets(assets[2]);
  request.set_received_count(3);
  EXPECT_EQ(Do(request).processed_count(), 3);
  ExpectSound();
}

// The reconciliation is made of counters; here everything is counted.
class RandomReceiptTest : public ReceivingTest {
 protected:
  RandomReceiptTest() : open_({session_}) {
    for (int i = 0; i < kSerials; ++i) {
      lines_.push_back(Serial("S-" + std::to_string(i), "M1"));
    }
    for (int i = 0; i < 4; ++i) lines_.push_back(ByCount("C" + std::to_string(i % 2), 3));
  }

  size_t Pick(size_t size) { return static_cast<size_t>(random_() % size); }

  void ScanSomething() {
    session_ = open_[Pick(open_.size())];
    const std::string value = (Pick(2) == 0 ? "S-" : "N-") + std::to_string(Pick(40));
    std::string model = Pick(2) == 0 ? "M1" : "";
    if (Pick(3) == 0) model = "C" + std::to_string(Pick(2));
    scans_.push_back(Do(Scan(value, model)).scan().name());
  }

  v1::ListAssetsResponse AssetsHere(int page_size) {
    v1::ListAssetsRequest list;
    list.set_site("sites/main");
    list.set_load(load_);
    list.set_page_size(page_size);
    v1::ListAssetsResponse assets;
    EXPECT_TRUE(Ask(list, &assets).ok());
    return assets;
  }

  void CompareSome() {
    v1::CompareWithManifestRequest compare;
    compare.set_load(load_);
    const v1::ListAssetsResponse here = AssetsHere(7);
    for (const v1::Asset& asset : here.assets()) compare.add_assets(asset.name());
    if (compare.assets_size() > 0) Do(compare);
  }

  void DoSomething(bool has_manifest) {
    const size_t what = Pick(20);
    if (what < 12 || scans_.empty()) return ScanSomething();
    if (what < 17) {
      v1::WithdrawScanRequest withdraw;
      withdraw.set_name(scans_[Pick(scans_.size())]);
      withdraw.set_reason("r");
      return Send(withdraw).status().IgnoreError();  // twice is refused
    }
    if (what == 17 && open_.size() > 1) {
      const size_t at = Pick(open_.size());
      Close(open_[at]);
      open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(at));
    } else if (what == 18 && open_.size() < 4) {
      open_.push_back(OpenSession(load_));
    } else if (what == 19 && has_manifest) {
      CompareSome();
    }
  }

  // What is here: in all, claimed by value, and of each model by count.
  struct Tally {
    std::int64_t here = 0;
    std::int64_t claimed = 0;
    std::map<std::string, std::int64_t> models;
  };
  Tally CountEverything() {
    std::set<std::string> values;
    for (const v1::ManifestLine& line : lines_) values.insert(line.serial());
    Tally tally;
    const v1::ListAssetsResponse all = AssetsHere(1000);
    for (const v1::Asset& asset : all.assets()) {
      if (asset.state() != v1::ASSET_STATE_IN_STOCK) continue;
      ++tally.here;
      const bool is_claimed =
          std::any_of(asset.identifiers().begin(), asset.identifiers().end(),
                      [&](const v1::Identifier& one) { return values.count(one.value()) > 0; });
      if (is_claimed) {
        ++tally.claimed;
      } else if (asset.model().starts_with('C')) {
        ++tally.models[asset.model()];
      }
    }
    return tally;
  }

  static constexpr int kSerials = 30;
  static constexpr unsigned kSeed = 20261127;
  std::vector<v1::ManifestLine> lines_;
  std::vector<std::string> open_;
  std::vector<std::string> scans_;
  std::mt19937 random_{kSeed};
};

TEST_F(RandomReceiptTest, ReconciliationIsACountOfEverything) {
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  for (int step = 0; step < 400; ++step) {
    if (step == 60 || step == 250) Import(load_, lines_);
    DoSomething(step > 60);
  }
  Tally tally = CountEverything();
  const std::int64_t counted = tally.models["C0"] + tally.models["C1"];
  const v1::Reconciliation now = Reconciled();
  EXPECT_EQ(now.load().asset_count(), tally.here);
  EXPECT_EQ(now.counts().expected(), 42);
  EXPECT_EQ(now.counts().matched(), tally.claimed + counted);
  EXPECT_EQ(now.counts().unexpected(), tally.here - tally.claimed - counted);
  const auto above = [](std::int64_t count) { return std::max<std::int64_t>(0, count - 6); };
  EXPECT_EQ(now.counts().over(), above(tally.models["C0"]) + above(tally.models["C1"]));
  EXPECT_EQ(now.missing(), 42 - now.counts().matched() + now.counts().over());
  std::int64_t missing = 0;
  std::int64_t unexpected = 0;
  for (const v1::Discrepancy& one : Discrepancies(v1::DISCREPANCY_KIND_UNSPECIFIED, 3)) {
    if (one.kind() == v1::DISCREPANCY_KIND_MISSING || one.kind() == v1::DISCREPANCY_KIND_SHORT) {
      missing += one.quantity();
    }
    unexpected += one.kind() == v1::DISCREPANCY_KIND_UNEXPECTED ? one.quantity() : 0;
  }
  EXPECT_EQ(missing, now.missing());
  EXPECT_EQ(unexpected, now.counts().unexpected());
  ExpectSound();
}

}  // namespace
}  // namespace loopdock::inventory
