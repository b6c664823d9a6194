// SPDX-License-Identifier: Apache-2.0
// What leaves the site: sales and shipments, their receipts, and the certificates that come back.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/outbound.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {
namespace {

constexpr int kTransitMax = 8;
constexpr int kCodesMax = 16;
constexpr int kCertificatesMax = 64;  // of one shipment

absl::Status Refusal(std::string_view reason, std::string_view message, std::string_view name) {
  return common::Error(absl::StatusCode::kFailedPrecondition, reason, message,
                       {{"name", std::string(name)}});
}

void CheckGoods(const v1::Shipment& shipment, Form& form) {
  const int assets = shipment.assets_size();
  const int lots = shipment.lots_size();
  form.Check(assets + lots > 0, "shipment.assets", "or lots must have at least one entry");
  form.Check(assets <= kShipmentAssetsMax, "shipment.assets",
             Cat("may have at most ", kShipmentAssetsMax, " entries"));
  form.Check(lots <= kListMax, "shipment.lots", Cat("may have at most ", kListMax, " entries"));
  std::set<std::string> seen;
  for (int i = 0; i < std::min(assets, kShipmentAssetsMax); ++i) {
    form.Name(Cat("shipment.assets[", i, "]"), shipment.assets(i), "assets");
    form.Check(seen.insert(shipment.assets(i)).second, Cat("shipment.assets[", i, "]"),
               "is there twice");
  }
  for (int i = 0; i < std::min(lots, kListMax); ++i) {
    const v1::ShippedLot& part = shipment.lots(i);
    const std::string at = Cat("shipment.lots[", i, "]");
    form.Name(Cat(at, ".lot"), part.lot(), "lots");
    form.Check(seen.insert(part.lot()).second, Cat(at, ".lot"), "is there twice");
    form.Count(Cat(at, ".piece_count"), part.piece_count(), kPiecesMax);
    form.Mass(Cat(at, ".mass_g"), part.mass_g());
    form.Check(part.piece_count() > 0 || part.mass_g() > 0, Cat(at, ".piece_count"),
               "or mass_g must be more than 0");
  }
}

void CheckLegality(const v1::ExportLegality& legality, Form& form) {
  form.Country("shipment.legality.export_country", legality.export_country());
  form.Country("shipment.legality.import_country", legality.import_country());
  form.Texts("shipment.legality.transit_countries", legality.transit_countries(), kTransitMax);
  for (const std::string& country : legality.transit_countries()) {
    form.Country("shipment.legality.transit_countries", country);
  }
  form.Texts("shipment.legality.codes", legality.codes(), kCodesMax);
  form.Text("shipment.legality.basis", legality.basis(), kReasonMax);
  form.Evidence("shipment.legality.evidence", legality.evidence());
}

}  // namespace

void CheckForm(const v1::ShipAssetsRequest& request, Form& form) {
  const v1::Shipment& shipment = request.shipment();
  const bool sale = shipment.kind() == v1::SHIPMENT_KIND_SALE;
  const bool downstream = shipment.kind() == v1::SHIPMENT_KIND_DOWNSTREAM;
  form.Wish("shipment.name", shipment.name(), "shipments");
  form.Check(sale || downstream, "shipment.kind", "must be a known kind");
  form.Name("shipment.receiver", shipment.receiver(), "parties");
  form.OptionalName("shipment.carrier", shipment.carrier(), "parties");
  form.Text("shipment.bill_of_lading", shipment.bill_of_lading());
  form.Texts("shipment.seals", shipment.seals());
  form.Text("shipment.vehicle", shipment.vehicle());
  form.Text("shipment.container_number", shipment.container_number(), kIdentifierMax);
  form.Text("shipment.external_ref", shipment.external_ref(), kIdentifierMax);
  form.Text("shipment.requested_part_number", shipment.requested_part_number(), kIdentifierMax);
  form.Text("shipment.return_policy", shipment.return_policy(), kReasonMax);
  form.Check(!sale || !Trim(shipment.return_policy()).empty(), "shipment.return_policy",
             "must say what was offered before the sale, R2v3 CR6(e)(2)(E)");
  form.Check(v1::StreamKind_IsValid(shipment.stream()), "shipment.stream",
             "must be a known stream");
  form.Check(!downstream || shipment.stream() != v1::STREAM_KIND_UNSPECIFIED, "shipment.stream",
             "must say what goes to the vendor, R2v3 Appendix A");
  form.Country("shipment.destination_country", shipment.destination_country());
  CheckLegality(shipment.legality(), form);
  CheckGoods(shipment, form);
}

void DeclareReads(const v1::ShipAssetsRequest& request, Reads& reads) {
  reads.Name(request.shipment().receiver());
  reads.Name(request.shipment().carrier());
  for (const std::string& asset : request.shipment().assets()) reads.Name(asset);
  for (const v1::ShippedLot& part : request.shipment().lots()) reads.Name(part.lot());
}

absl::StatusOr<v1::ShippedLot> PartOfLot(const v1::Lot& lot, std::int64_t piece_count,
                                         std::int64_t mass_g) {
  const auto refuse = [&](std::string_view what) {
    return Refusal("LOT_SHORT",
                   Cat("'", lot.name(), "' has ", lot.piece_count(), " pieces and ", lot.mass_g(),
                       " g, and ", what, "."),
                   lot.name());
  };
  v1::ShippedLot part;
  part.set_lot(lot.name());
  part.set_piece_count(piece_count);
  part.set_mass_g(mass_g);
  if (lot.piece_count() > 0 && piece_count == 0) return refuse("pieces must be said");
  if (piece_count > lot.piece_count()) return refuse(Cat(piece_count, " pieces were asked for"));
  if (mass_g == 0 && piece_count > 0) {
    // mass * pieces / all pieces, rounded; divided first, since the product may be beyond 64 bits.
    const std::int64_t all = lot.piece_count();
    part.set_mass_g(lot.mass_g() / all * piece_count +
                    (lot.mass_g() % all * piece_count * 2 + all) / (all * 2));
  }
  if (part.mass_g() > lot.mass_g()) return refuse(Cat(part.mass_g(), " g were asked for"));
  return part;
}

namespace {

// A lot as the guards of units see it: its name is the batch id of CR6(d)(4)(A), and its function
// and looks are settled with its exit from control.
v1::Asset AsUnit(const v1::Lot& lot) {
  v1::Asset unit;
  unit.set_name(lot.name());
  unit.set_no_resale(lot.no_resale());
  unit.set_supplier(lot.supplier());
  unit.set_instruction(lot.instruction());
  unit.set_applicability(lot.applicability());
  unit.set_data_status(lot.data_bearing() ? v1::DATA_STATUS_UNEVALUATED
                                          : v1::DATA_STATUS_NO_STORAGE);
  *unit.mutable_focus_materials() = lot.focus_materials();
  unit.add_identifiers();
  if (lot.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED) {
    unit.set_functional(v1::FUNCTIONAL_F3);
    unit.set_cosmetic(v1::COSMETIC_C1);
  }
  return unit;
}

// What a thing and all that is built into it must meet, whoever gets it.
absl::Status MayGo(const v1::Asset& thing, const v1::Shipment& shipment,
                   const v1::Party& receiver) {
  LOOPDOCK_RETURN_IF_ERROR(S1GoesToSupplier(thing, receiver));
  if (shipment.kind() == v1::SHIPMENT_KIND_SALE ||
      shipment.stream() == v1::STREAM_KIND_REUSE_EQUIPMENT) {
    LOOPDOCK_RETURN_IF_ERROR(R03NeverReused(thing));
    LOOPDOCK_RETURN_IF_ERROR(R06NoResale(thing));
  }
  return R05LeavesSafely(thing, shipment.kind(), receiver);
}

// Goods go by a stream that says what they are, so that the vendor's permission is about them.
absl::Status FitsStream(const v1::Asset& thing, v1::StreamKind stream) {
  if (!IsDataSafe(thing) && stream != v1::STREAM_KIND_DATA_DEVICES) {
    return Refusal(
        "STREAM_MISMATCH",
        Cat("'", thing.name(), "' may hold data; ship it in the stream of data devices."),
        thing.name());
  }
  if (thing.focus_materials_size() > 0 && stream == v1::STREAM_KIND_OTHER_MATERIALS) {
    return Refusal("STREAM_MISMATCH",
                   Cat("'", thing.name(),
                       "' contains focus materials; ship it in the stream of that material or of "
                       "equipment for recovery."),
                   thing.name());
  }
  return absl::OkStatus();
}

absl::Status MayLeave(const v1::Asset& thing, const v1::Shipment& shipment,
                      const v1::Party& receiver, Step& step) {
  LOOPDOCK_RETURN_IF_ERROR(MayGo(thing, shipment, receiver));
  if (shipment.kind() == v1::SHIPMENT_KIND_DOWNSTREAM) {
    LOOPDOCK_RETURN_IF_ERROR(FitsStream(thing, shipment.stream()));
    return R10VendorIsQualified(thing.name(), thing.applicability(), shipment.stream(), receiver,
                                step.facility_rules(), step.now());
  }
  LOOPDOCK_RETURN_IF_ERROR(R07MayBeSold(thing));
  if (thing.holds_size() > 0) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "ASSET_ON_HOLD",
                         Cat("'", thing.name(), "' is held (", thing.holds(0).reason(),
                             "); release the hold first."),
                         {{"name", thing.name()}, {"hold_id", thing.holds(0).id()}});
  }
  if (thing.functional() == v1::FUNCTIONAL_F2 && shipment.requested_part_number().empty()) {
    return Refusal("PART_NUMBER_MISSING",
                   Cat("'", thing.name(),
                       "' is verified specialty equipment; name the part number that the buyer "
                       "asked for."),
                   thing.name());
  }
  return absl::OkStatus();
}

// What a shipment adds up to on its way through the guards.
struct Departure {
  v1::Shipment shipment;
  std::vector<std::string> leaving;  // its assets with what is built into them
  std::int64_t specialty = 0;        // untested specialty units
};

absl::Status AddAsset(const std::string& name, const v1::Party& receiver, Step& step,
                      Departure& departure) {
  const auto asset = LooseAsset(step, name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(MayLeave(*asset, departure.shipment, receiver, step));
  departure.leaving.push_back(name);
  departure.specialty += asset->functional() == v1::FUNCTIONAL_F1 ? 1 : 0;
  departure.shipment.set_piece_count(departure.shipment.piece_count() + 1);
  departure.shipment.set_mass_g(departure.shipment.mass_g() + asset->mass_g());
  const auto components = ComponentsOf(step.rows(), step.site(), name);
  LOOPDOCK_RETURN_IF_ERROR(components.status());
  for (const std::string& component_name : *components) {
    const auto component = step.OpenAsset(component_name);
    LOOPDOCK_RETURN_IF_ERROR(component.status());
    LOOPDOCK_RETURN_IF_ERROR(MayGo(*component, departure.shipment, receiver));
    if (departure.shipment.kind() == v1::SHIPMENT_KIND_DOWNSTREAM) {
      LOOPDOCK_RETURN_IF_ERROR(R10VendorIsQualified(component_name, component->applicability(),
                                                    departure.shipment.stream(), receiver,
                                                    step.facility_rules(), step.now()));
    }
    departure.leaving.push_back(component_name);
  }
  return absl::OkStatus();
}

absl::Status AddLot(v1::ShippedLot* part, const v1::Party& receiver, Step& step,
                    Departure& departure) {
  const auto lot = step.Find<v1::Lot>(part->lot());
  LOOPDOCK_RETURN_IF_ERROR(lot.status());
  LOOPDOCK_RETURN_IF_ERROR(MayLeave(AsUnit(*lot), departure.shipment, receiver, step));
  auto taken = PartOfLot(*lot, part->piece_count(), part->mass_g());
  LOOPDOCK_RETURN_IF_ERROR(taken.status());
  *part = *std::move(taken);
  departure.shipment.set_piece_count(departure.shipment.piece_count() + part->piece_count());
  departure.shipment.set_mass_g(departure.shipment.mass_g() + part->mass_g());
  return absl::OkStatus();
}

// R-09 over the units sold in 12 months and those of this sale.
absl::Status MaySell(const Departure& departure, Step& step) {
  if (departure.shipment.kind() != v1::SHIPMENT_KIND_SALE || departure.specialty == 0) {
    return absl::OkStatus();
  }
  auto year = SalesOfYear(step.rows(), step.site(), step.now());
  LOOPDOCK_RETURN_IF_ERROR(year.status());
  year->sold += departure.shipment.assets_size();
  year->specialty += departure.specialty;
  return R09SpecialtyShare(departure.shipment.name(), *year, departure.specialty,
                           step.facility_rules());
}

v1::Shipment StartShipment(const v1::Shipment& wanted, const std::string& name,
                           const v1::Party& receiver, const v1::Site& site, Step& step) {
  v1::Shipment shipment = wanted;
  shipment.set_name(name);
  shipment.set_state(v1::SHIPMENT_STATE_SHIPPED);
  shipment.clear_receipt();
  shipment.clear_confirmation();
  shipment.clear_certificates();
  shipment.clear_piece_count();
  shipment.clear_mass_g();
  shipment.clear_etag();
  *shipment.mutable_create_time() = step.server_time();
  // Who leaves the country open does not pass by R-11.
  if (shipment.destination_country().empty() && !site.country().empty()) {
    shipment.set_destination_country(receiver.country());
  }
  return shipment;
}

absl::Status EmitDeparture(const Departure& departure, Step& step) {
  const v1::Shipment& shipment = departure.shipment;
  v1::Fact shipped;
  *shipped.mutable_shipment_shipped() = shipment;
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(shipped)));
  for (const std::string& asset : departure.leaving) {
    v1::Fact fact;
    v1::AssetDeparted* departed = fact.mutable_asset_departed();
    departed->set_asset(asset);
    departed->set_shipment(shipment.name());
    departed->set_state(shipment.kind() == v1::SHIPMENT_KIND_SALE ? v1::ASSET_STATE_SOLD
                                                                  : v1::ASSET_STATE_SHIPPED);
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  for (const v1::ShippedLot& part : shipment.lots()) {
    v1::Fact fact;
    v1::LotTaken* taken = fact.mutable_lot_taken();
    taken->set_lot(part.lot());
    taken->set_piece_count(part.piece_count());
    taken->set_mass_g(part.mass_g());
    taken->set_taken_by(shipment.name());
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Apply(const v1::ShipAssetsRequest& request, Step& step, v1::Shipment* answer) {
  const v1::Shipment& wanted = request.shipment();
  const auto receiver = step.Find<v1::Party>(wanted.receiver());
  LOOPDOCK_RETURN_IF_ERROR(receiver.status());
  if (!wanted.carrier().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(wanted.carrier()));
  }
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("shipments", wanted.receiver(), wanted.external_ref(), ""));
  const auto name = step.WishedName("shipments", wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  const auto site = step.Find<v1::Site>(common::SiteName(step.site()));
  LOOPDOCK_RETURN_IF_ERROR(site.status());
  Departure departure;
  departure.shipment = StartShipment(wanted, *name, *receiver, *site, step);
  LOOPDOCK_RETURN_IF_ERROR(R11ExportIsLegal(departure.shipment, *site));
  for (const std::string& asset : wanted.assets()) {
    LOOPDOCK_RETURN_IF_ERROR(AddAsset(asset, *receiver, step, departure));
  }
  for (v1::ShippedLot& part : *departure.shipment.mutable_lots()) {
    LOOPDOCK_RETURN_IF_ERROR(AddLot(&part, *receiver, step, departure));
  }
  LOOPDOCK_RETURN_IF_ERROR(MaySell(departure, step));
  LOOPDOCK_RETURN_IF_ERROR(EmitDeparture(departure, step));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::ConfirmReceiptRequest& request, Form& form) {
  const v1::ReceiptConfirmation& confirmation = request.confirmation();
  form.Name("name", request.name(), "shipments");
  form.Check(request.receipt_size() > 0, "receipt", "must name at least one document");
  form.Evidence("receipt", request.receipt());
  form.Check(!confirmation.date().empty(), "confirmation.date", "is required");
  form.Date("confirmation.date", confirmation.date());
  form.Text("confirmation.confirmed_by", confirmation.confirmed_by());
  form.Count("confirmation.piece_count", confirmation.piece_count(), kPiecesMax);
  form.Count("confirmation.mass_g", confirmation.mass_g(), kMassMax * kListMax);
}

absl::Status Apply(const v1::ConfirmReceiptRequest& request, Step& step, v1::Shipment* answer) {
  const auto shipment = step.Find<v1::Shipment>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(shipment.status());
  if (shipment->state() != v1::SHIPMENT_STATE_SHIPPED) {
    return Refusal("RECEIPT_CONFIRMED",
                   Cat("The receipt of '", request.name(), "' is confirmed already."),
                   request.name());
  }
  const auto variance = [](std::int64_t received, std::int64_t sent) {
    return received > 0 && sent > 0 ? received - sent : std::int64_t{0};
  };
  v1::Fact fact;
  v1::Shipment* confirmed = fact.mutable_shipment_receipt_confirmed()->mutable_shipment();
  *confirmed = *shipment;
  confirmed->set_state(v1::SHIPMENT_STATE_RECEIPT_CONFIRMED);
  *confirmed->mutable_receipt() = request.receipt();
  v1::ReceiptConfirmation* confirmation = confirmed->mutable_confirmation();
  *confirmation = request.confirmation();
  confirmation->set_piece_variance(variance(confirmation->piece_count(), shipment->piece_count()));
  confirmation->set_mass_variance_g(variance(confirmation->mass_g(), shipment->mass_g()));
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::RecordCertificateRequest& request, Form& form) {
  const v1::Certificate& certificate = request.certificate();
  form.Wish("certificate.name", certificate.name(), "certificates");
  form.Check(certificate.kind() != v1::CERTIFICATE_KIND_UNSPECIFIED &&
                 v1::CertificateKind_IsValid(certificate.kind()),
             "certificate.kind", "must be a known kind");
  form.Name("certificate.issuer", certificate.issuer(), "parties");
  form.Required("certificate.number", certificate.number(), kIdentifierMax);
  form.Check(!certificate.issue_date().empty(), "certificate.issue_date", "is required");
  form.Date("certificate.issue_date", certificate.issue_date());
  form.Name("certificate.shipment", certificate.shipment(), "shipments");
  form.Texts("certificate.assets", certificate.assets(), kShipmentAssetsMax);
  form.Count("certificate.mass_g", certificate.mass_g(), kMassMax * kListMax);
  form.Check(certificate.evidence_size() > 0, "certificate.evidence",
             "must name at least one document");
  form.Evidence("certificate.evidence", certificate.evidence());
}

absl::Status Apply(const v1::RecordCertificateRequest& request, Step& step,
                   v1::Certificate* answer) {
  const v1::Certificate& wanted = request.certificate();
  LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(wanted.issuer()));
  const auto shipment = step.Find<v1::Shipment>(wanted.shipment());
  LOOPDOCK_RETURN_IF_ERROR(shipment.status());
  const std::set<std::string> shipped(shipment->assets().begin(), shipment->assets().end());
  for (const std::string& asset : wanted.assets()) {
    if (shipped.count(asset) > 0) continue;
    return Refusal("NOT_IN_SHIPMENT",
                   Cat("'", asset, "' did not leave with '", shipment->name(), "'."), asset);
  }
  if (shipment->certificates_size() >= kCertificatesMax) {
    return Refusal("TOO_MANY_CERTIFICATES",
                   Cat("'", shipment->name(), "' has ", kCertificatesMax, " certificates already."),
                   shipment->name());
  }
  const auto name = step.WishedName("certificates", wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  *fact.mutable_certificate_recorded() = wanted;
  fact.mutable_certificate_recorded()->set_name(*name);
  *fact.mutable_certificate_recorded()->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

}  // namespace loopdock::inventory
