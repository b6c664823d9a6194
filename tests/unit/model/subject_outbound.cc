// SPDX-License-Identifier: Apache-2.0
// Requests about parties, lots, shipments and what comes back.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/unit/model/subject.h"

namespace loopdock::inventory::model {
namespace {

template <typename Refs>
void AddEvidence(Refs* refs, const std::string& purpose = "", const std::string& media_type = "") {
  auto* ref = refs->Add();
  ref->set_sha256(std::string(64, 'a'));
  ref->set_media_type(media_type.empty() ? "application/pdf" : media_type);
  ref->set_purpose(purpose);
}

}  // namespace

// The site is in the United States; a supplier forbids resale; a buyer; vendors.
void Subject::MakeParties() {
  v1::UpdateSiteRequest site;
  site.mutable_site()->set_name("sites/main");
  site.mutable_site()->set_display_name("Main site");
  site.mutable_site()->set_country("US");
  EXPECT_EQ(Outcome(site), "OK");
  for (const char* const name : {"strict", "buyer", "vendor-0", "vendor-1"}) {
    v1::CreatePartyRequest request;
    v1::Party* party = request.mutable_party();
    party->set_name(name);
    party->set_display_name(name);
    party->set_no_resale(std::string(name) == "strict");
    party->add_roles(std::string(name) == "strict"  ? v1::PARTY_ROLE_SUPPLIER
                     : std::string(name) == "buyer" ? v1::PARTY_ROLE_CUSTOMER
                                                    : v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
    EXPECT_EQ(Outcome(request), "OK");
  }
}

std::string Subject::SetVendor(const Command& command) {
  v1::UpdatePartyRequest request;
  v1::Party* party = request.mutable_party();
  party->set_name(VendorName(command.a));
  party->set_display_name("A vendor");
  party->add_roles(v1::PARTY_ROLE_DOWNSTREAM_VENDOR);
  const auto assess = [&](int days_ago) {
    v1::PartyAssessment* assessment = party->add_assessments();
    assessment->set_date(Date(days_ago));
    assessment->set_assessor("carol");
    assessment->set_passed(true);
    assessment->set_data_security(command.b != kAssessedWithoutData);
    AddEvidence(assessment->mutable_evidence());
  };
  const auto certify = [&](int ended_days_ago, int checked_days_ago) {
    v1::PartyCertificate* certificate = party->add_certificates();
    certificate->set_standard(v1::CERTIFICATE_STANDARD_R2V3);
    certificate->set_certificate_id("C-1");
    if (command.b != kCertifiedWithoutData) certificate->add_appendices("B");
    certificate->set_expire_date(Date(ended_days_ago));
    certificate->set_checked_date(Date(checked_days_ago));
  };
  if (command.b == kAssessedToday || command.b == kAssessedWithoutData) assess(0);
  if (command.b == kAssessedAYearAgo) assess(365);
  if (command.b == kAssessedLongAgo) assess(366);
  if (command.b == kCertifiedUntilToday) certify(0, 0);
  if (command.b == kCertifiedUntilYesterday) certify(1, 0);
  if (command.b == kCheckedAYearAgo) certify(-1000, 365);
  if (command.b == kCheckedLongAgo) certify(-1000, 366);
  if (command.b == kCertifiedWithoutData) certify(-1000, 0);
  const auto permit = [&](v1::StreamKind stream) {
    v1::PermittedStream* permitted = party->add_streams();
    permitted->set_stream(stream);
    permitted->set_process(v1::NEXT_PROCESS_MATERIALS_RECOVERY_DSV);
    permitted->set_reaches_final_disposition(command.d != 0);
  };
  if (command.c != 0) {
    permit(v1::STREAM_KIND_RECOVERY_EQUIPMENT);
    permit(v1::STREAM_KIND_REUSE_EQUIPMENT);
  }
  if (command.c == kDataToo) permit(v1::STREAM_KIND_DATA_DEVICES);
  return Outcome(request);
}

std::string Subject::CreateAsset(const Command& command) {
  v1::CreateAssetRequest request;
  request.set_site("sites/main");
  v1::Asset* asset = request.mutable_asset();
  v1::Identifier* serial = asset->add_identifiers();
  serial->set_kind(v1::IDENTIFIER_KIND_SERIAL);
  serial->set_issuer("Acme");
  serial->set_value(absl::StrCat("S", command.a));
  if (Choice(command.b) >= 0) asset->set_load(LoadIn(Choice(command.b)));
  SetPlace(command.c, *asset);
  if (command.d == kAsItComes) {
    asset->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    asset->set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  } else {
    asset->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  }
  if (command.d >= kByR2Facility) {
    asset->set_categorized_by(VendorName(command.e));
    const bool r2 = command.d == kByR2Facility || command.d == kSpecialtyByR2Facility;
    asset->set_control_exit(r2 ? v1::CONTROL_EXIT_R2_CATEGORIZED : v1::CONTROL_EXIT_NON_R2_SAMPLED);
    asset->set_data_status(v1::DATA_STATUS_NO_STORAGE);
    asset->set_functional(command.d == kSpecialtyByR2Facility ? v1::FUNCTIONAL_F1
                                                              : v1::FUNCTIONAL_F4);
    asset->set_cosmetic(v1::COSMETIC_C4);
  }
  if (command.d == kSampled) {
    AddEvidence(request.mutable_evidence(), "evaluation");
    AddEvidence(request.mutable_evidence(), "sampling");
  }
  const auto answer = Send(request);
  if (answer.ok()) assets_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

// ---- Lots.

std::string Subject::CreateLot(const Command& command) {
  v1::CreateLotRequest request;
  request.set_site("sites/main");
  v1::Lot* lot = request.mutable_lot();
  lot->set_description("goods");
  lot->set_category(command.c == kCables      ? "cables"
                    : command.c == kBatteries ? "battery"
                                              : "phone");
  lot->set_piece_count(10);
  lot->set_mass_g(5000);
  if (command.c == kBatteries) lot->add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  lot->set_data_bearing(command.c == kPhones);
  if (Choice(command.b) >= 0) lot->set_load(LoadIn(Choice(command.b)));
  if (command.d == kLotControlled) {
    lot->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    lot->set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  }
  if (command.d == kLotUnrestricted) lot->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
  const auto answer = Send(request);
  if (answer.ok()) lots_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::UpdateLot(const Command& command) {
  v1::UpdateLotRequest request;
  v1::Lot* lot = request.mutable_lot();
  *lot = Ask<v1::GetLotRequest, v1::Lot>(LotIn(command.a));
  if (lot->name().empty()) {
    lot->set_name(LotIn(command.a));
    lot->set_description("goods");
    lot->set_category("cables");
    lot->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    lot->set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  }
  lot->set_location(PlaceName({command.c, -1}));
  if (command.b == kOnePieceLess) {
    lot->set_piece_count(std::max<std::int64_t>(0, lot->piece_count() - 1));
  }
  if (command.b == kNoFocusMaterial) {
    lot->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
    lot->clear_controlled_reason();
    lot->set_unrestricted_reason(v1::UNRESTRICTED_REASON_NON_FM);
  }
  if (command.b == kForRepair) {
    lot->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    lot->set_controlled_reason(v1::CONTROLLED_REASON_FOR_TEST_REPAIR);
    lot->clear_unrestricted_reason();
  }
  if (command.d != 0) request.set_reason("counted and looked at");
  return Outcome(request);
}

// A run with one input, of which `mass_g` go in, at the dock.
v1::RecordTransformationRequest Subject::RunOf(v1::TransformationKind kind, int mass_g,
                                               int loss) const {
  v1::RecordTransformationRequest request;
  request.set_site("sites/main");
  v1::Transformation* run = request.mutable_transformation();
  run->set_kind(kind);
  run->set_location(PlaceName({0, -1}));
  run->add_inputs()->set_mass_g(mass_g);
  v1::TransformationOutput* output = run->add_outputs();
  output->set_description("what came out");
  output->set_category("cables");
  output->set_piece_count(kind == v1::TRANSFORMATION_KIND_HARVEST ? 0 : 1);
  output->set_mass_g(mass_g - LossOf(loss, mass_g));
  run->set_loss_g(LossOf(loss, mass_g));
  return request;
}

std::string Subject::Harvest(const Command& command) {
  auto request = RunOf(v1::TRANSFORMATION_KIND_HARVEST, kDeviceMass, command.c);
  request.mutable_transformation()->mutable_inputs(0)->set_asset(AssetIn(command.a));
  v1::TransformationOutput* output = request.mutable_transformation()->mutable_outputs(0);
  output->set_serial(absl::StrCat("H", requests_));
  output->clear_category();
  const auto answer = Send(request);
  if (answer.ok()) assets_.Put(command.b, answer->outputs(0).made());
  return OutcomeOf(answer.status());
}

std::string Subject::TakeApart(const Command& command) {
  auto request = RunOf(v1::TRANSFORMATION_KIND_TEARDOWN, kDeviceMass, command.c);
  request.mutable_transformation()->mutable_inputs(0)->set_asset(AssetIn(command.a));
  const auto answer = Send(request);
  if (answer.ok()) lots_.Put(command.b, answer->outputs(0).made());
  return OutcomeOf(answer.status());
}

std::string Subject::Shred(const Command& command) {
  auto request = RunOf(v1::TRANSFORMATION_KIND_SHRED, kLotMass, command.c);
  v1::TransformationInput* input = request.mutable_transformation()->mutable_inputs(0);
  input->set_lot(LotIn(command.a));
  input->set_piece_count(2);
  AddEvidence(request.mutable_transformation()->mutable_evidence(), "",
              command.d != 0 ? "video/mp4" : "text/plain");
  const auto answer = Send(request);
  if (answer.ok()) lots_.Put(command.b, answer->outputs(0).made());
  return OutcomeOf(answer.status());
}

// ---- Shipments.

std::string Subject::Ship(const Command& command) {
  v1::ShipAssetsRequest request;
  request.set_site("sites/main");
  v1::Shipment* shipment = request.mutable_shipment();
  const v1::StreamKind stream = StreamOf(command.b);
  const bool sale = stream == v1::STREAM_KIND_UNSPECIFIED;
  shipment->set_kind(sale ? v1::SHIPMENT_KIND_SALE : v1::SHIPMENT_KIND_DOWNSTREAM);
  shipment->set_stream(stream);
  if (sale) shipment->set_return_policy("30 days");
  shipment->set_bill_of_lading("BOL 2");
  shipment->set_receiver(command.c == kBuyer ? "parties/buyer" : VendorName(command.c - 1));
  if (Choice(command.e) >= 0) {
    shipment->add_lots()->set_lot(LotIn(Choice(command.e)));
    shipment->mutable_lots(0)->set_piece_count(2);
  } else {
    shipment->add_assets(AssetIn(command.d));
  }
  if (command.f == kSameCountry) shipment->set_destination_country("US");
  if (command.f >= kAbroadWithRecord) {
    shipment->set_destination_country("DE");
    if (command.f != kAbroadWithoutRecord) {
      v1::ExportLegality* legality = shipment->mutable_legality();
      legality->set_export_country("US");
      legality->add_transit_countries("NL");
      legality->set_import_country(command.f == kAbroadToAnother ? "FR" : "DE");
      legality->set_basis("tested equipment for reuse");
      if (command.f != kAbroadWithoutEvidence) AddEvidence(legality->mutable_evidence());
    }
  }
  const auto answer = Send(request);
  if (answer.ok()) shipments_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::SellMany(const Command& command) {
  v1::ShipAssetsRequest sale;
  sale.set_site("sites/main");
  sale.mutable_shipment()->set_kind(v1::SHIPMENT_KIND_SALE);
  sale.mutable_shipment()->set_receiver("parties/buyer");
  sale.mutable_shipment()->set_return_policy("30 days");
  for (int i = 0; i < command.a; ++i) {
    v1::CreateAssetRequest request;
    request.set_site("sites/main");
    v1::Asset* asset = request.mutable_asset();
    v1::Identifier* serial = asset->add_identifiers();
    serial->set_kind(v1::IDENTIFIER_KIND_SERIAL);
    serial->set_value(absl::StrCat("U", ++units_));
    asset->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
    asset->set_categorized_by(VendorName(0));
    asset->set_control_exit(v1::CONTROL_EXIT_NON_R2_SAMPLED);
    asset->set_data_status(v1::DATA_STATUS_NO_STORAGE);
    asset->set_functional(v1::FUNCTIONAL_F4);
    asset->set_cosmetic(v1::COSMETIC_C4);
    AddEvidence(request.mutable_evidence(), "evaluation");
    AddEvidence(request.mutable_evidence(), "sampling");
    const auto answer = Send(request);
    if (!answer.ok()) return OutcomeOf(answer.status());
    sale.mutable_shipment()->add_assets(answer->name());
  }
  return Outcome(sale);
}

std::string Subject::ConfirmReceipt(const Command& command) {
  v1::ConfirmReceiptRequest request;
  request.set_name(ShipmentIn(command.a));
  AddEvidence(request.mutable_receipt());
  request.mutable_confirmation()->set_date(Date(0));
  return Outcome(request);
}

std::string Subject::RecordCertificate(const Command& command) {
  v1::RecordCertificateRequest request;
  request.set_site("sites/main");
  v1::Certificate* certificate = request.mutable_certificate();
  certificate->set_kind(v1::CERTIFICATE_KIND_RECYCLING);
  certificate->set_issuer(VendorName(0));
  certificate->set_number("N-1");
  certificate->set_issue_date(Date(0));
  certificate->set_shipment(ShipmentIn(command.a));
  certificate->add_assets(AssetIn(command.b));
  AddEvidence(certificate->mutable_evidence());
  return Outcome(request);
}

}  // namespace loopdock::inventory::model
