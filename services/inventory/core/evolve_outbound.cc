// SPDX-License-Identifier: Apache-2.0
// Facts of what leaves and of what the facility answers for.
#include "services/common/status.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {
namespace {

// A unit that is sold counts in its month, R-09; what is built into it is a part of it.
absl::Status CountSale(const v1::Asset& asset, Evolver& evolver) {
  const std::string key = LookupKey(evolver.site(), Lookup::kSales,
                                    SalesWords(FromTimestamp(evolver.entry().server_time()), 0));
  const auto value = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  SalesRow row = DecodeSales(value->value_or(""));
  row.sold += 1;
  row.specialty += asset.functional() == v1::FUNCTIONAL_F1 ? 1 : 0;
  evolver.rows().Put(kLookups, key, EncodeSales(row));
  return absl::OkStatus();
}

absl::Status AssetDeparted(const v1::AssetDeparted& departed, Evolver& evolver) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(departed.asset(), &before));
  if (departed.state() == v1::ASSET_STATE_SOLD && before.installed_in().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(CountSale(before, evolver));
  }
  v1::Asset after = before;
  after.set_state(departed.state());
  after.set_shipment(departed.shipment());
  after.clear_location();
  after.clear_container();
  return evolver.PutAsset(&before, std::move(after));
}

absl::Status LotTaken(const v1::LotTaken& taken, Evolver& evolver) {
  v1::Lot before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(taken.lot(), &before));
  v1::Lot after = before;
  after.set_piece_count(before.piece_count() - taken.piece_count());
  after.set_mass_g(before.mass_g() - taken.mass_g());
  LOOPDOCK_RETURN_IF_ERROR(CountStock(&before, after, evolver));
  return evolver.Put(std::move(after));
}

absl::Status CertificateRecorded(const v1::Certificate& certificate, Evolver& evolver) {
  LOOPDOCK_RETURN_IF_ERROR(evolver.Change<v1::Shipment>(
      certificate.shipment(),
      [&](v1::Shipment& shipment) { shipment.add_certificates(certificate.name()); }));
  return evolver.Put(certificate);
}

// The latest one granted to a person counts; revoking an earlier one changes nothing of it.
absl::Status AuthorizationSet(const v1::Authorization& authorization, Evolver& evolver) {
  if (!authorization.revoked()) {
    evolver.rows().Put(kLookups,
                       LookupKey(evolver.site(), Lookup::kAuthorization, authorization.person()),
                       IdOf(authorization.name()));
  }
  return evolver.Put(authorization);
}

}  // namespace

absl::Status TakeOutbound(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kShipmentShipped:
      return evolver.PutReferenced(fact.shipment_shipped(), "shipments");
    case v1::Fact::kShipmentReceiptConfirmed:
      return evolver.Put(fact.shipment_receipt_confirmed().shipment());
    case v1::Fact::kAssetDeparted:
      return AssetDeparted(fact.asset_departed(), evolver);
    case v1::Fact::kLotTaken:
      return LotTaken(fact.lot_taken(), evolver);
    case v1::Fact::kCertificateRecorded:
      return CertificateRecorded(fact.certificate_recorded(), evolver);
    case v1::Fact::kIncidentSet:
      return evolver.Put(fact.incident_set());
    case v1::Fact::kNonconformitySet:
      return evolver.Put(fact.nonconformity_set());
    case v1::Fact::kAuthorizationSet:
      return AuthorizationSet(fact.authorization_set(), evolver);
    default:
      return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                           "The feed has a fact of an unknown kind; run a newer version.");
  }
}

}  // namespace loopdock::inventory
