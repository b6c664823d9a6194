// SPDX-License-Identifier: Apache-2.0
// What leaves and what the facility answers for: the register of vendors, shipments with parts of
// lots, receipts, certificates, incidents, nonconformities and authorizations.
#include <gtest/gtest.h>

#include <string>

#include "services/inventory/core/outbound.h"
#include "services/inventory/core/stock.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

using common::ReasonOf;

class OutboundTest : public InventoryTest {
 protected:
  std::string Ready(const std::string& serial) {
    if (session_.empty()) session_ = OpenSession(MakeLoad());
    const std::string asset = Book(session_, serial).name();
    Do(Sanitization(asset, v1::SANITIZATION_METHOD_NO_STORAGE));
    Test(asset);
    Inspect(asset);
    return asset;
  }

  v1::ShipAssetsRequest Sale(const std::string& asset) {
    return Shipment(v1::SHIPMENT_KIND_SALE, "parties/unknown", asset);
  }

  v1::CreateLotRequest LotOf(std::int64_t pieces, std::int64_t mass_g) {
    v1::CreateLotRequest request;
    request.set_site("sites/main");
    request.mutable_lot()->set_description("Boards");
    request.mutable_lot()->set_category("boards");
    request.mutable_lot()->set_piece_count(pieces);
    request.mutable_lot()->set_mass_g(mass_g);
    return request;
  }

  v1::ShipAssetsRequest LotShipment(const std::string& vendor, const std::string& lot,
                                    std::int64_t pieces, std::int64_t mass_g,
                                    v1::StreamKind stream = v1::STREAM_KIND_RECOVERY_EQUIPMENT) {
    v1::ShipAssetsRequest request;
    request.set_site("sites/main");
    v1::Shipment* shipment = request.mutable_shipment();
    shipment->set_kind(v1::SHIPMENT_KIND_DOWNSTREAM);
    shipment->set_receiver(vendor);
    shipment->set_stream(stream);
    shipment->add_lots()->set_lot(lot);
    shipment->mutable_lots(0)->set_piece_count(pieces);
    shipment->mutable_lots(0)->set_mass_g(mass_g);
    return request;
  }

  v1::Lot GetLot(const std::string& name) {
    v1::Lot lot;
    const RowKey row = RowOf(name);
    const auto value = inventory_->store().Get(row.table, row.key);
    EXPECT_TRUE(value.ok() && value->has_value() && lot.ParseFromString(**value)) << name;
    return lot;
  }

  std::string session_;
};

v1::Party* AddRegister(v1::Party* party) {
  party->set_display_name("Recycler");
  party->add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
  party->set_country("DE");
  v1::PartyCertificate* certificate = party->add_certificates();
  certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
  certificate->set_certificate_id("R2-1");
  certificate->add_appendices("B");
  certificate->set_expire_date("2027-01-31");
  certificate->set_checked_date("2026-01-01");
  v1::PartyAssessment* assessment = party->add_assessments();
  assessment->set_date("2025-12-31");
  assessment->set_assessor("eve");
  assessment->set_passed(true);
  v1::PermittedStream* stream = party->add_streams();
  stream->set_stream(v1::STREAM_KIND_BATTERIES);
  stream->add_tiers("parties/unknown");
  return party;
}

TEST_F(OutboundTest, TheRegisterIsKeptAndItsFormChecked) {
  v1::CreatePartyRequest create;
  AddRegister(create.mutable_party());
  const v1::Party party = Do(create);
  v1::GetPartyRequest get;
  get.set_name(party.name());
  v1::Party read;
  ASSERT_TRUE(Ask(get, &read).ok());
  EXPECT_EQ(read.certificates(0).certificate_id(), "R2-1");
  EXPECT_EQ(read.streams(0).tiers(0), "parties/unknown");

  v1::UpdatePartyRequest update;
  *update.mutable_party() = party;
  update.mutable_party()->mutable_streams(0)->set_tiers(0, "parties/nobody");
  EXPECT_EQ(Reason(update), "RESOURCE_NOT_FOUND");
  update.mutable_party()->mutable_streams(0)->set_tiers(0, party.name());
  EXPECT_EQ(Reason(update), "INVALID_FIELDS") << "a chain that leads back";

  struct Wrong {
    const char* what;
    void (*spoil)(v1::Party*);
  };
  for (const Wrong& wrong : {
           Wrong{"country", [](v1::Party* p) { p->set_country("de"); }},
           Wrong{"standard", [](v1::Party* p) { p->mutable_certificates(0)->clear_standard(); }},
           Wrong{"expiry", [](v1::Party* p) { p->mutable_certificates(0)->clear_expire_date(); }},
           Wrong{"day",
                 [](v1::Party* p) { p->mutable_certificates(0)->set_checked_date("2026-02-30"); }},
           Wrong{"assessor", [](v1::Party* p) { p->mutable_assessments(0)->clear_assessor(); }},
           Wrong{"order",
                 [](v1::Party* p) {
                   *p->add_assessments() = p->assessments(0);
                   p->mutable_assessments(1)->set_date("2025-01-01");
                 }},
           Wrong{"stream twice", [](v1::Party* p) { *p->add_streams() = p->streams(0); }},
           Wrong{"no stream", [](v1::Party* p) { p->mutable_streams(0)->clear_stream(); }},
           Wrong{"many",
                 [](v1::Party* p) {
                   while (p->certificates_size() <= kListMax) {
                     *p->add_certificates() = p->certificates(0);
                   }
                 }},
       }) {
    v1::CreatePartyRequest request;
    wrong.spoil(AddRegister(request.mutable_party()));
    EXPECT_EQ(Reason(request), "INVALID_FIELDS") << wrong.what;
  }
}

TEST(PartOfLot, NeverMoreThanIsThereAndMassByShare) {
  v1::Lot lot;
  lot.set_piece_count(3);
  lot.set_mass_g(1000);
  EXPECT_EQ(PartOfLot(lot, 1, 0)->mass_g(), 333);
  EXPECT_EQ(PartOfLot(lot, 2, 0)->mass_g(), 667);
  EXPECT_EQ(PartOfLot(lot, 3, 0)->mass_g(), 1000);
  EXPECT_EQ(PartOfLot(lot, 1, 400)->mass_g(), 400);
  EXPECT_EQ(ReasonOf(PartOfLot(lot, 4, 0).status()), "LOT_SHORT");
  EXPECT_EQ(ReasonOf(PartOfLot(lot, 1, 1001).status()), "LOT_SHORT");
  EXPECT_EQ(ReasonOf(PartOfLot(lot, 0, 10).status()), "LOT_SHORT") << "pieces must be said";
  lot.set_piece_count(999'999'999);
  lot.set_mass_g(kMassMax);
  EXPECT_EQ(PartOfLot(lot, 999'999'999, 0)->mass_g(), kMassMax);
  lot.clear_piece_count();
  EXPECT_EQ(PartOfLot(lot, 0, kMassMax)->mass_g(), kMassMax);
  EXPECT_EQ(ReasonOf(PartOfLot(lot, 0, kMassMax + 1).status()), "LOT_SHORT");
}

TEST_F(OutboundTest, PartsOfLotsLeaveUntilNothingIsThere) {
  const std::string vendor = MakeVendor(true, "2025-12-31");
  const std::string lot = Do(LotOf(10, 5000)).name();
  const v1::Shipment first = Do(LotShipment(vendor, lot, 4, 0));
  EXPECT_EQ(first.piece_count(), 4);
  EXPECT_EQ(first.mass_g(), 2000);
  EXPECT_EQ(first.lots(0).mass_g(), 2000);
  EXPECT_EQ(GetLot(lot).piece_count(), 6);
  EXPECT_EQ(GetLot(lot).mass_g(), 3000);
  EXPECT_EQ(Reason(LotShipment(vendor, lot, 7, 0)), "LOT_SHORT");
  Do(LotShipment(vendor, lot, 6, 0));
  EXPECT_EQ(GetLot(lot).piece_count(), 0);
  EXPECT_EQ(GetLot(lot).mass_g(), 0);
  EXPECT_EQ(Reason(LotShipment(vendor, lot, 1, 0)), "LOT_SHORT");
  ExpectSound();
}

TEST_F(OutboundTest, LotsMeetTheGuardsOfUnits) {
  const std::string vendor = MakeVendor(false, "2025-12-31");
  v1::CreateLotRequest create = LotOf(10, 5000);
  const std::string lot = Do(create).name();
  v1::ShipAssetsRequest sale = LotShipment("parties/unknown", lot, 1, 0);
  sale.mutable_shipment()->set_kind(v1::SHIPMENT_KIND_SALE);
  sale.mutable_shipment()->set_return_policy("30 days");
  EXPECT_EQ(Reason(sale), "NOT_READY_FOR_SALE") << "still controlled";
  EXPECT_EQ(Reason(LotShipment("parties/unknown", lot, 1, 0)), "VENDOR_NOT_QUALIFIED");
  EXPECT_EQ(Reason(LotShipment(vendor, lot, 1, 0, v1::STREAM_KIND_BATTERIES)),
            "VENDOR_NOT_QUALIFIED")
      << "qualified, but not for this stream";
  EXPECT_EQ(Reason(LotShipment(vendor, lot, 1, 0, v1::STREAM_KIND_UNSPECIFIED)), "INVALID_FIELDS");
  create.mutable_lot()->set_data_bearing(true);
  const std::string drives = Do(create).name();
  EXPECT_EQ(Reason(LotShipment(vendor, drives, 1, 0)), "DATA_NOT_SECURED");
  EXPECT_EQ(Reason(LotShipment(MakeVendor(true, "2025-12-31"), drives, 1, 0)), "STREAM_MISMATCH");
  create.mutable_lot()->set_data_bearing(false);
  create.mutable_lot()->add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  const std::string batteries = Do(create).name();
  EXPECT_EQ(Reason(LotShipment(vendor, batteries, 1, 0, v1::STREAM_KIND_OTHER_MATERIALS)),
            "STREAM_MISMATCH");
  ExpectSound();
}

TEST_F(OutboundTest, ASaleSaysItsReturnPolicyAndNamesItsUnits) {
  const std::string asset = Ready("S-1");
  v1::ShipAssetsRequest sale = Sale(asset);
  sale.mutable_shipment()->clear_return_policy();
  EXPECT_EQ(Reason(sale), "INVALID_FIELDS");
  sale = Sale(asset);
  sale.mutable_shipment()->set_piece_count(77);
  sale.mutable_shipment()->add_certificates("sites/main/certificates/forged");
  sale.mutable_shipment()->set_carrier("parties/nobody");
  EXPECT_EQ(Reason(sale), "RESOURCE_NOT_FOUND");
  sale.mutable_shipment()->set_carrier("parties/unknown");
  const v1::Shipment sold = Do(sale);
  EXPECT_EQ(sold.piece_count(), 1);
  EXPECT_EQ(sold.certificates_size(), 0);
  const auto entry = inventory_->ReadFeed(inventory_->last_sequence(), 1, 1 << 20);
  ASSERT_TRUE(entry.ok() && entry->size() == 1);
  EXPECT_EQ(entry->front().facts(0).shipment_shipped().assets(0), asset);
  v1::GetShipmentRequest get;
  get.set_name(sold.name());
  v1::Shipment read;
  ASSERT_TRUE(Ask(get, &read).ok());
  EXPECT_EQ(read.etag(), sold.etag());
}

TEST_F(OutboundTest, BordersNeedALegalityRecord) {
  v1::UpdateSiteRequest site;
  site.mutable_site()->set_name("sites/main");
  site.mutable_site()->set_country("US");
  Do(site);
  v1::CreatePartyRequest buyer;
  buyer.mutable_party()->set_display_name("Buyer");
  buyer.mutable_party()->set_country("MX");
  const std::string abroad = Do(buyer).name();
  v1::ShipAssetsRequest sale = Sale(Ready("S-1"));
  sale.mutable_shipment()->set_receiver(abroad);
  EXPECT_EQ(Reason(sale), "EXPORT_NOT_LEGAL") << "the receiver's country counts when none is said";
  v1::ExportLegality* legality = sale.mutable_shipment()->mutable_legality();
  legality->set_export_country("US");
  legality->set_import_country("MX");
  legality->set_basis("Functional equipment, no waste");
  EXPECT_EQ(Reason(sale), "EXPORT_NOT_LEGAL") << "no evidence";
  legality->add_evidence()->set_sha256(Sha('d'));
  legality->add_transit_countries("u");
  EXPECT_EQ(Reason(sale), "INVALID_FIELDS");
  legality->clear_transit_countries();
  EXPECT_EQ(Do(sale).destination_country(), "MX");
}

TEST_F(OutboundTest, ReceiptsAreConfirmedOnceWithVariances) {
  const std::string vendor = MakeVendor(true, "2025-12-31");
  const v1::Shipment sent = Do(LotShipment(vendor, Do(LotOf(10, 5000)).name(), 4, 0));
  v1::ConfirmReceiptRequest receipt;
  receipt.set_name(sent.name());
  receipt.add_receipt()->set_sha256(Sha('a'));
  EXPECT_EQ(Reason(receipt), "INVALID_FIELDS") << "a day is needed";
  receipt.mutable_confirmation()->set_date("2026-01-02");
  receipt.mutable_confirmation()->set_confirmed_by("Gate 3");
  receipt.mutable_confirmation()->set_piece_count(3);
  receipt.mutable_confirmation()->set_piece_variance(99);
  v1::ConfirmReceiptRequest no_paper = receipt;
  no_paper.clear_receipt();
  EXPECT_EQ(Reason(no_paper), "INVALID_FIELDS");
  const v1::Shipment confirmed = Do(receipt);
  EXPECT_EQ(confirmed.confirmation().piece_variance(), -1);
  EXPECT_EQ(confirmed.confirmation().mass_variance_g(), 0) << "no mass was said";
  receipt.clear_request_id();
  EXPECT_EQ(Reason(receipt), "RECEIPT_CONFIRMED");
  v1::ListShipmentsRequest list;
  list.set_site("sites/main");
  v1::ListShipmentsResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  EXPECT_EQ(page.shipments(0).state(), v1::SHIPMENT_STATE_RECEIPT_CONFIRMED);
  ExpectSound();
}

TEST_F(OutboundTest, CertificatesBelongToTheirShipment) {
  const std::string asset = Ready("S-1");
  const v1::Shipment sold = Do(Sale(asset));
  v1::RecordCertificateRequest request;
  request.set_site("sites/main");
  v1::Certificate* certificate = request.mutable_certificate();
  certificate->set_kind(v1::CERTIFICATE_KIND_RECYCLING);
  certificate->set_issuer("parties/unknown");
  certificate->set_number("C-1");
  certificate->set_issue_date("2026-01-02");
  certificate->set_shipment(sold.name());
  EXPECT_EQ(Reason(request), "INVALID_FIELDS") << "without a document";
  certificate->add_evidence()->set_sha256(Sha('c'));
  certificate->add_assets("sites/main/assets/other");
  EXPECT_EQ(Reason(request), "NOT_IN_SHIPMENT");
  certificate->set_assets(0, asset);
  const std::string name = Do(request).name();
  v1::GetShipmentRequest get;
  get.set_name(sold.name());
  v1::Shipment shipment;
  ASSERT_TRUE(Ask(get, &shipment).ok());
  ASSERT_EQ(shipment.certificates_size(), 1);
  EXPECT_EQ(shipment.certificates(0), name);
  for (int i = 1; i < 64; ++i) Do(request);
  EXPECT_EQ(Reason(request), "TOO_MANY_CERTIFICATES");
  v1::ListCertificatesRequest list;
  list.set_site("sites/main");
  list.set_page_size(100);
  v1::ListCertificatesResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  EXPECT_EQ(page.certificates_size(), 64);
  ExpectSound();
}

TEST_F(OutboundTest, SalesAreCountedByMonth) {
  Do(Sale(Ready("S-1")));
  Do(Sale(Ready("S-2")));
  const auto row = inventory_->store().Get(
      kLookups, LookupKey("main", Lookup::kSales, SalesWords(clock_.Now(), 0)));
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ(DecodeSales(**row).sold, 2);
  EXPECT_EQ(DecodeSales(**row).specialty, 0);
}

TEST_F(OutboundTest, ComponentsLeaveWithTheirHostAndAreNoUnits) {
  const std::string host = Ready("S-1");
  const std::string drive = Ready("D-1");
  v1::InstallComponentRequest install;
  install.set_name(drive);
  install.set_host(host);
  Do(install);
  EXPECT_EQ(Reason(Sale(drive)), "COMPONENT_INSTALLED");
  v1::PlaceHoldRequest hold;
  hold.set_name(drive);
  hold.set_kind(v1::HOLD_KIND_RECALLED);
  hold.set_reason("recall");
  const v1::Asset held = Do(hold);
  EXPECT_EQ(Reason(Sale(host)), "NEVER_REUSED") << "what is built in counts, too";
  v1::ReleaseHoldRequest release;
  release.set_name(drive);
  release.set_hold_id(held.holds(0).id());
  release.set_reason("checked");
  Do(release);
  EXPECT_EQ(Do(Sale(host)).piece_count(), 1);
  EXPECT_EQ(GetAsset(host).state(), v1::ASSET_STATE_SOLD);
  EXPECT_EQ(GetAsset(drive).state(), v1::ASSET_STATE_SOLD);
  const auto row = inventory_->store().Get(
      kLookups, LookupKey("main", Lookup::kSales, SalesWords(clock_.Now(), 0)));
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ(DecodeSales(**row).sold, 1);
  ExpectSound();
}

TEST_F(OutboundTest, IncidentsAreAddedTo) {
  const std::string asset = Ready("S-1");
  v1::CreateIncidentRequest create;
  create.set_site("sites/main");
  v1::Incident* incident = create.mutable_incident();
  incident->set_kind(v1::INCIDENT_KIND_DATA);
  incident->set_description("A drive was left on the dock");
  incident->add_subjects(asset);
  incident->set_reported_by("somebody else");
  const v1::Incident made = Do(create);
  EXPECT_EQ(made.reported_by(), "ann");
  create.mutable_incident()->set_subjects(0, "sites/main/assets/none");
  EXPECT_EQ(Reason(create), "RESOURCE_NOT_FOUND");
  for (const char* subject : {"sites/other/assets/a", "nonsense", "sites/main"}) {
    create.mutable_incident()->set_subjects(0, subject);
    EXPECT_EQ(Reason(create), "INVALID_FIELDS") << subject;
  }
  v1::UpdateIncidentRequest update;
  *update.mutable_incident() = made;
  update.mutable_incident()->add_notifications("Supplier, 2026-01-02");
  update.mutable_incident()->set_resolution("Found unread");
  const v1::Incident ended = Do(update);
  EXPECT_EQ(ended.reported_by(), "ann");
  EXPECT_EQ(ended.create_time().seconds(), made.create_time().seconds());
  update.clear_request_id();
  EXPECT_EQ(Reason(update), "ETAG_MISMATCH");
  v1::ListIncidentsRequest list;
  list.set_site("sites/main");
  v1::ListIncidentsResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  ASSERT_EQ(page.incidents_size(), 1);
  EXPECT_EQ(page.incidents(0).resolution(), "Found unread");
  v1::GetIncidentRequest get;
  get.set_name(made.name());
  EXPECT_TRUE(Ask(get, &page.mutable_incidents()->at(0)).ok());
  ExpectSound();
}

TEST_F(OutboundTest, NobodyVerifiesTheirOwnCorrectiveAction) {
  v1::CreateNonconformityRequest create;
  create.set_site("sites/main");
  v1::Nonconformity* nonconformity = create.mutable_nonconformity();
  nonconformity->set_description("Stock older than a year");
  nonconformity->set_clause("R-08");
  nonconformity->set_responsible("Bob");
  nonconformity->set_due_date("2026-02-28");
  v1::UpdateNonconformityRequest update;
  *update.mutable_nonconformity() = Do(create);
  nonconformity = update.mutable_nonconformity();
  nonconformity->set_closed_date("2026-01-31");
  EXPECT_EQ(Reason(update), "INVALID_FIELDS") << "neither action nor verifier";
  nonconformity->set_corrective_action("Shipped; alerts at 270 days");
  nonconformity->set_verified_by(" bob ");
  EXPECT_EQ(Reason(update), "VERIFIER_IS_RESPONSIBLE");
  nonconformity->set_verified_by("Eve");
  EXPECT_EQ(Do(update).closed_date(), "2026-01-31");
  v1::ListNonconformitiesRequest list;
  list.set_site("sites/main");
  v1::ListNonconformitiesResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  EXPECT_EQ(page.nonconformities_size(), 1);
  v1::GetNonconformityRequest get;
  get.set_name(nonconformity->name());
  v1::Nonconformity read;
  ASSERT_TRUE(Ask(get, &read).ok());
  EXPECT_EQ(read.verified_by(), "Eve");
  ExpectSound();
}

TEST_F(OutboundTest, TheLatestAuthorizationOfAPersonCounts) {
  v1::GrantAuthorizationRequest grant;
  grant.set_site("sites/main");
  v1::Authorization* authorization = grant.mutable_authorization();
  authorization->set_person("bob");
  authorization->add_levels(v1::ACCESS_LEVEL_HANDLE_DATA);
  authorization->set_training_date("2026-01-01");
  EXPECT_EQ(Reason(grant), "INVALID_FIELDS") << "confidentiality is not signed";
  authorization->set_confidentiality_date("2026-01-01");
  const v1::Authorization first = Do(grant);
  EXPECT_EQ(first.granted_by(), "ann");
  authorization->add_levels(v1::ACCESS_LEVEL_VERIFY);
  const v1::Authorization second = Do(grant);
  v1::RevokeAuthorizationRequest revoke;
  revoke.set_name(first.name());
  EXPECT_TRUE(Do(revoke).revoked());
  EXPECT_EQ(Reason(revoke), "AUTHORIZATION_REVOKED");
  const auto row =
      inventory_->store().Get(kLookups, LookupKey("main", Lookup::kAuthorization, "bob"));
  ASSERT_TRUE(row.ok() && row->has_value());
  EXPECT_EQ(**row, IdOf(second.name()));
  v1::ListAuthorizationsRequest list;
  list.set_site("sites/main");
  v1::ListAuthorizationsResponse page;
  ASSERT_TRUE(Ask(list, &page).ok());
  EXPECT_EQ(page.authorizations_size(), 2);
  ExpectSound();
}

}  // namespace
}  // namespace loopdock::inventory
