// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/erp_expected.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace loopdock::e2e {
namespace {

namespace v1 = inventory::v1;

constexpr char kSite[] = "sites/main";

// "PHONE" for ("KIND_PHONE", "KIND_").
std::string Tail(const std::string& name, const std::string& prefix) {
  const std::string tail = name.substr(prefix.size());
  return tail == "UNSPECIFIED" ? "" : tail;
}

template <typename... Cells>
std::string Line(const Cells&... cells) {
  std::string line;
  for (const std::string& cell : {absl::StrCat(cells)...}) absl::StrAppend(&line, cell, " ; ");
  return line;
}

// All pages of a list.
template <typename Request, typename Response, typename TakeFn>
absl::Status All(const Floor& floor,
                 grpc::Status (InventoryStub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                 TakeFn&& take) {
  Request request;
  if constexpr (requires { request.set_site(""); }) request.set_site(kSite);
  // Small, so that pages are turned.
  request.set_page_size(100);
  do {
    const auto page = floor.Do(method, request);
    if (!page.ok()) return page.status();
    take(*page);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

std::string ItemLine(const v1::Asset& asset) {
  std::string serial;
  for (const v1::Identifier& identifier : asset.identifiers()) {
    if (serial.empty() && (identifier.kind() == v1::IDENTIFIER_KIND_SERIAL ||
                           identifier.kind() == v1::IDENTIFIER_KIND_SGTIN)) {
      serial = identifier.value();
    }
  }
  return Line(asset.name(), serial, asset.maker(), asset.model(), asset.category(),
              Tail(v1::AssetState_Name(asset.state()), "ASSET_STATE_"), asset.load(),
              asset.supplier(), asset.location(), asset.container(), asset.installed_in(),
              asset.merged_into(), Tail(v1::Cosmetic_Name(asset.cosmetic()), "COSMETIC_"),
              Tail(v1::Functional_Name(asset.functional()), "FUNCTIONAL_"),
              Tail(v1::DataStatus_Name(asset.data_status()), "DATA_STATUS_"),
              Tail(v1::R2Applicability_Name(asset.applicability()), "R2_APPLICABILITY_"),
              Tail(v1::NextProcess_Name(asset.decision().next()), "NEXT_PROCESS_"),
              asset.holds_size(), asset.no_resale() ? 1 : 0, asset.mass_g(), asset.shipment(),
              asset.external_ref(), asset.etag(), asset.last_sequence());
}

void AddAssets(const v1::ListAssetsResponse& page, Tables* tables) {
  for (const v1::Asset& asset : page.assets()) {
    (*tables)["items"].push_back(ItemLine(asset));
    for (const v1::Identifier& identifier : asset.identifiers()) {
      (*tables)["item_identifiers"].push_back(
          Line(asset.name(), Tail(v1::IdentifierKind_Name(identifier.kind()), "IDENTIFIER_KIND_"),
               identifier.issuer(), identifier.value()));
    }
  }
}

void AddShipments(const v1::ListShipmentsResponse& page, Tables* tables) {
  for (const v1::Shipment& shipment : page.shipments()) {
    (*tables)["delivery_notes"].push_back(
        Line(shipment.name(), Tail(v1::ShipmentKind_Name(shipment.kind()), "SHIPMENT_KIND_"),
             shipment.receiver(), shipment.carrier(), shipment.bill_of_lading(),
             Tail(v1::ShipmentState_Name(shipment.state()), "SHIPMENT_STATE_"),
             shipment.external_ref(), shipment.destination_country(), shipment.piece_count(),
             shipment.mass_g(), shipment.etag()));
    for (const std::string& asset : shipment.assets()) {
      (*tables)["delivery_note_items"].push_back(Line(shipment.name(), asset));
    }
    for (int i = 0; i < shipment.lots_size(); ++i) {
      const v1::ShippedLot& lot = shipment.lots(i);
      (*tables)["delivery_note_lots"].push_back(
          Line(shipment.name(), i + 1, lot.lot(), lot.piece_count(), lot.mass_g()));
    }
  }
}

void AddReceipts(const v1::ListLoadsResponse& page, Tables* tables) {
  for (const v1::Load& load : page.loads()) {
    (*tables)["goods_receipts"].push_back(Line(
        load.name(), load.supplier(), load.carrier(), load.purchase_order(), load.bill_of_lading(),
        load.external_ref(), Tail(v1::LoadState_Name(load.state()), "LOAD_STATE_"),
        load.no_resale() ? 1 : 0, load.asset_count(), load.lot_count(), load.etag()));
  }
}

void AddLots(const v1::ListLotsResponse& page, Tables* tables) {
  for (const v1::Lot& lot : page.lots()) {
    (*tables)["lots"].push_back(
        Line(lot.name(), lot.description(), lot.category(), lot.piece_count(), lot.mass_g(),
             lot.load(), lot.supplier(), lot.location(),
             Tail(v1::R2Applicability_Name(lot.applicability()), "R2_APPLICABILITY_"),
             lot.no_resale() ? 1 : 0, lot.external_ref(), lot.etag()));
  }
}

void AddPartners(const v1::ListPartiesResponse& page, Tables* tables) {
  for (const v1::Party& party : page.parties()) {
    std::vector<std::string> roles;
    for (const int role : party.roles()) {
      roles.push_back(Tail(v1::PartyRole_Name(static_cast<v1::PartyRole>(role)), "PARTY_ROLE_"));
    }
    (*tables)["business_partners"].push_back(
        Line(party.name(), party.display_name(), absl::StrJoin(roles, ","), party.address(),
             party.country(), party.external_ref(), party.no_resale() ? 1 : 0, party.etag()));
  }
}

void AddPlaces(const v1::ListLocationsResponse& page, Tables* tables) {
  for (const v1::Location& location : page.locations()) {
    (*tables)["bins"].push_back(Line(location.name(), location.display_name(),
                                     Tail(v1::LocationKind_Name(location.kind()), "LOCATION_KIND_"),
                                     location.secured() ? 1 : 0));
  }
}

void AddContainers(const v1::ListContainersResponse& page, Tables* tables) {
  for (const v1::Container& container : page.containers()) {
    (*tables)["containers"].push_back(Line(container.name(), container.sscc(), container.parent(),
                                           container.location(), container.load(),
                                           container.sealed() ? 1 : 0));
  }
}

// The moves that a reader of the feed would count, fact by fact.
absl::Status AddMoves(const Floor& floor, Tables* tables) {
  static const auto* kinds = new std::map<v1::Fact::KindCase, std::string>{
      {v1::Fact::kLotSet, "BALANCE"},          {v1::Fact::kLotTaken, "ISSUE"},
      {v1::Fact::kAssetMoved, "TRANSFER"},     {v1::Fact::kContainerMoved, "TRANSFER"},
      {v1::Fact::kAssetDeparted, "DELIVERY"},  {v1::Fact::kAssetWithdrawn, "REVERSAL"},
      {v1::Fact::kAssetMerged, "MERGE"},       {v1::Fact::kComponentInstalled, "INSTALL"},
      {v1::Fact::kComponentRemoved, "REMOVE"}, {v1::Fact::kAssetTransformed, "CONSUMPTION"},
      {v1::Fact::kAssetLost, "LOSS"},          {v1::Fact::kAssetFound, "FIND"},
  };
  const auto feed = floor.Feed();
  if (!feed.ok()) return feed.status();
  for (const v1::FeedEntry& entry : *feed) {
    for (int i = 0; i < entry.facts_size(); ++i) {
      const v1::Fact& fact = entry.facts(i);
      std::string kind;
      if (const auto known = kinds->find(fact.kind_case()); known != kinds->end()) {
        kind = known->second;
      }
      if (fact.has_asset_registered()) {
        kind = fact.asset_registered().transformation().empty() ? "RECEIPT" : "PRODUCTION";
      }
      if (!kind.empty()) (*tables)["stock_moves"].push_back(Line(entry.sequence(), i, kind));
    }
  }
  return absl::OkStatus();
}

void Sort(Tables* tables) {
  for (auto& [name, rows] : *tables) std::sort(rows.begin(), rows.end());
}

}  // namespace

absl::StatusOr<Tables> TablesOfApi(const Floor& floor) {
  Tables tables;
  absl::Status status;
  const auto add = [&](auto method, auto take) {
    if (!status.ok()) return;
    status = All(floor, method, [&](const auto& page) { take(page, &tables); });
  };
  add(&InventoryStub::ListParties, AddPartners);
  add(&InventoryStub::ListLocations, AddPlaces);
  add(&InventoryStub::ListContainers, AddContainers);
  add(&InventoryStub::ListLoads, AddReceipts);
  add(&InventoryStub::ListAssets, AddAssets);
  add(&InventoryStub::ListLots, AddLots);
  add(&InventoryStub::ListShipments, AddShipments);
  if (status.ok()) status = AddMoves(floor, &tables);
  if (!status.ok()) return status;
  Sort(&tables);
  return tables;
}

absl::StatusOr<Tables> TablesOfDatabase(erp::Database& database) {
  const std::map<std::string, std::string> questions = {
      {"business_partners", "SELECT * FROM business_partners"},
      {"bins", "SELECT * FROM bins"},
      {"containers", "SELECT * FROM containers"},
      {"goods_receipts", "SELECT * FROM goods_receipts"},
      {"items", "SELECT * FROM items"},
      {"item_identifiers", "SELECT * FROM item_identifiers"},
      {"lots", "SELECT * FROM lots"},
      {"delivery_notes", "SELECT * FROM delivery_notes"},
      {"delivery_note_items", "SELECT * FROM delivery_note_items"},
      {"delivery_note_lots", "SELECT * FROM delivery_note_lots"},
      {"stock_moves", "SELECT sequence, fact, kind FROM stock_moves"},
  };
  Tables tables;
  for (const auto& [table, question] : questions) {
    const auto rows = database.Query(question);
    if (!rows.ok()) return rows.status();
    for (const erp::Cells& row : *rows) {
      std::string line;
      for (const erp::Value& value : row) absl::StrAppend(&line, erp::Text(value), " ; ");
      tables[table].push_back(line);
    }
  }
  Sort(&tables);
  return tables;
}

}  // namespace loopdock::e2e
