// SPDX-License-Identifier: Apache-2.0
// Lots, shipments, receipts, exceptions, and what time alone makes.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

constexpr int kSweepMax = 900;
constexpr absl::Duration kResponsesKept = absl::Hours(24 * 90);

}  // namespace

void CheckForm(const v1::CreateLotRequest& request, Form& form) {
  const v1::Lot& lot = request.lot();
  form.Wish("lot.name", lot.name(), "lots");
  form.Required("lot.description", lot.description());
  form.Required("lot.category", lot.category(), 64);
  form.Count("lot.piece_count", lot.piece_count(), 1'000'000'000);
  form.Mass("lot.mass_g", lot.mass_g());
  form.Check(lot.piece_count() > 0 || lot.mass_g() > 0, "lot.piece_count",
             "or mass_g must be more than 0");
  form.OptionalName("lot.load", lot.load(), "loads");
  form.OptionalName("lot.location", lot.location(), "locations");
}

absl::Status Apply(const v1::CreateLotRequest& request, Step& step, v1::Lot* answer) {
  const auto name = step.WishedName("lots", request.lot().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  if (!request.lot().load().empty()) {
    const auto load = step.Find<v1::Load>(request.lot().load());
    LOOPDOCK_RETURN_IF_ERROR(load.status());
    if (load->state() == v1::LOAD_STATE_CLOSED) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED",
                           Cat("'", load->name(), "' is closed; receive under a new load."),
                           {{"name", load->name()}});
    }
  }
  v1::Fact fact;
  v1::Lot* lot = fact.mutable_lot_set();
  *lot = request.lot();
  lot->set_name(*name);
  if (lot->location().empty()) {
    lot->set_location(common::FormatName(step.site(), "locations", "dock"));
  }
  LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Location>(lot->location()));
  // What the caller leaves open starts as R-01 wants it; what it asks for otherwise is refused.
  if (lot->applicability() == v1::R2_APPLICABILITY_UNSPECIFIED) {
    lot->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  }
  if (lot->controlled_reason() == v1::CONTROLLED_REASON_UNSPECIFIED) {
    lot->set_controlled_reason(v1::CONTROLLED_REASON_UNEVALUATED);
  }
  LOOPDOCK_RETURN_IF_ERROR(
      R01StartsControlled(*name, lot->applicability(), lot->controlled_reason()));
  *lot->mutable_create_time() = step.server_time();
  lot->clear_etag();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::ShipAssetsRequest& request, Form& form) {
  const v1::Shipment& shipment = request.shipment();
  form.Wish("shipment.name", shipment.name(), "shipments");
  form.Check(
      shipment.kind() == v1::SHIPMENT_KIND_SALE || shipment.kind() == v1::SHIPMENT_KIND_DOWNSTREAM,
      "shipment.kind", "must be a known kind");
  form.Name("shipment.receiver", shipment.receiver(), "parties");
  form.Text("shipment.bill_of_lading", shipment.bill_of_lading());
  form.Texts("shipment.seals", shipment.seals());
  form.Text("shipment.external_ref", shipment.external_ref(), kIdentifierMax);
  form.Check(shipment.assets_size() > 0 && shipment.assets_size() <= kShipmentAssetsMax,
             "shipment.assets", Cat("must have 1 to ", kShipmentAssetsMax, " entries"));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < std::min(shipment.assets_size(), kShipmentAssetsMax); ++i) {
    form.Name(Cat("shipment.assets[", i, "]"), shipment.assets(i), "assets");
    form.Check(seen.insert(shipment.assets(i)).second, Cat("shipment.assets[", i, "]"),
               "is there twice");
  }
}

void DeclareReads(const v1::ShipAssetsRequest& request, Reads& reads) {
  reads.Name(request.shipment().receiver());
  for (const std::string& asset : request.shipment().assets()) reads.Name(asset);
}

namespace {

absl::Status MayLeave(const v1::Asset& asset, v1::ShipmentKind kind, const v1::Party& receiver,
                      absl::Time now) {
  if (kind == v1::SHIPMENT_KIND_DOWNSTREAM) {
    LOOPDOCK_RETURN_IF_ERROR(R05LeavesSafely(asset, kind, receiver));
    return R10VendorIsQualified(asset, receiver, now);
  }
  LOOPDOCK_RETURN_IF_ERROR(R03NeverReused(asset));
  LOOPDOCK_RETURN_IF_ERROR(R06NoResale(asset));
  LOOPDOCK_RETURN_IF_ERROR(R05LeavesSafely(asset, kind, receiver));
  LOOPDOCK_RETURN_IF_ERROR(R07MayBeSold(asset));
  if (asset.holds_size() == 0) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "ASSET_ON_HOLD",
      Cat("'", asset.name(), "' is held (", asset.holds(0).reason(), "); release the hold first."),
      {{"name", asset.name()}, {"hold_id", asset.holds(0).id()}});
}

}  // namespace

absl::Status Apply(const v1::ShipAssetsRequest& request, Step& step, v1::Shipment* answer) {
  const v1::Shipment& wanted = request.shipment();
  const auto receiver = step.Find<v1::Party>(wanted.receiver());
  LOOPDOCK_RETURN_IF_ERROR(receiver.status());
  LOOPDOCK_RETURN_IF_ERROR(step.ReferenceIsFree("shipments", wanted.external_ref()));
  const auto name = step.WishedName("shipments", wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  for (const std::string& asset_name : wanted.assets()) {
    const auto asset = step.OpenAsset(asset_name);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    LOOPDOCK_RETURN_IF_ERROR(MayLeave(*asset, wanted.kind(), *receiver, step.now()));
  }
  v1::Fact fact;
  v1::Shipment* shipment = fact.mutable_shipment_shipped();
  *shipment = wanted;
  shipment->set_name(*name);
  shipment->set_state(v1::SHIPMENT_STATE_SHIPPED);
  shipment->clear_receipt();
  shipment->clear_etag();
  *shipment->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  for (const std::string& asset_name : wanted.assets()) {
    v1::Fact departed;
    departed.mutable_asset_departed()->set_asset(asset_name);
    departed.mutable_asset_departed()->set_shipment(*name);
    departed.mutable_asset_departed()->set_state(
        wanted.kind() == v1::SHIPMENT_KIND_SALE ? v1::ASSET_STATE_SOLD : v1::ASSET_STATE_SHIPPED);
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(departed)));
  }
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::ConfirmReceiptRequest& request, Form& form) {
  form.Name("name", request.name(), "shipments");
  form.Check(request.receipt_size() > 0, "receipt", "must name at least one document");
  form.Evidence("receipt", request.receipt());
}

absl::Status Apply(const v1::ConfirmReceiptRequest& request, Step& step, v1::Shipment* answer) {
  const auto shipment = step.Find<v1::Shipment>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(shipment.status());
  if (shipment->state() != v1::SHIPMENT_STATE_SHIPPED) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "RECEIPT_CONFIRMED",
                         Cat("The receipt of '", request.name(), "' is confirmed already."),
                         {{"name", request.name()}});
  }
  v1::Fact fact;
  v1::Shipment* confirmed = fact.mutable_shipment_receipt_confirmed()->mutable_shipment();
  *confirmed = *shipment;
  confirmed->set_state(v1::SHIPMENT_STATE_RECEIPT_CONFIRMED);
  *confirmed->mutable_receipt() = request.receipt();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::RecordExceptionRequest& request, Form& form) {
  const v1::ExceptionRecord& exception = request.exception();
  form.Wish("exception.name", exception.name(), "exceptions");
  form.Required("exception.rule", exception.rule(), 16);
  form.Required("exception.subject", exception.subject());
  form.Required("exception.reason", exception.reason(), kReasonMax);
  form.Required("exception.approver", exception.approver());
  form.Check(exception.evidence_size() > 0, "exception.evidence",
             "must name at least one document");
  form.Evidence("exception.evidence", exception.evidence());
  form.Check(exception.has_expire_time(), "exception.expire_time", "is required");
}

absl::Status Apply(const v1::RecordExceptionRequest& request, Step& step,
                   v1::ExceptionRecord* answer) {
  if (FromTimestamp(request.exception().expire_time()) <= step.now()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EXPIRED",
                         "The exception has ended before it begins; give a later expire_time.");
  }
  const RowKey subject = RowOf(request.exception().subject());
  const auto known = step.rows().Get(subject.table == 0 ? kResources : subject.table, subject.key);
  LOOPDOCK_RETURN_IF_ERROR(known.status());
  if (!known->has_value()) return NotFound(request.exception().subject());
  const auto name = step.WishedName("exceptions", request.exception().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  *fact.mutable_exception_recorded() = request.exception();
  fact.mutable_exception_recorded()->set_name(*name);
  *fact.mutable_exception_recorded()->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::SweepRequest&, Form&) {}

// Walks the feed from where the last sweep ended, by point reads, so that it stays pure.
absl::Status Apply(const v1::SweepRequest&, Step& step, v1::SweepResponse* answer) {
  const auto swept = step.Look(Lookup::kSweptThrough, "");
  LOOPDOCK_RETURN_IF_ERROR(swept.status());
  std::int64_t through =
      swept->has_value() ? std::strtoll((*swept)->c_str(), nullptr, 10) : std::int64_t{0};
  v1::Fact fact;
  v1::ResponsesExpired* expired = fact.mutable_responses_expired();
  while (expired->request_ids_size() < kSweepMax && through + 1 < step.sequence()) {
    v1::FeedEntry entry;
    const auto read = step.rows().Read(kFeed, FeedKey(step.site(), through + 1), &entry);
    LOOPDOCK_RETURN_IF_ERROR(read.status());
    if (!*read || FromTimestamp(entry.server_time()) + kResponsesKept > step.now()) break;
    ++through;
    *expired->mutable_through_time() = entry.server_time();
    if (!entry.request_id().empty()) expired->add_request_ids(entry.request_id());
  }
  answer->set_responses_expired_count(expired->request_ids_size());
  if (expired->request_ids_size() == 0) return absl::OkStatus();
  expired->set_through_sequence(through);
  return step.Emit(std::move(fact));
}

}  // namespace loopdock::inventory
