// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/rows.h"

#include <google/protobuf/generated_enum_reflection.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/proto_time.h"

namespace loopdock::erp {
namespace {

// "IN_STOCK" for ASSET_STATE_IN_STOCK, "" for UNSPECIFIED, the number for a value that this
// program does not know.
template <typename Enum>
std::string Word(Enum value) {
  const auto* descriptor = google::protobuf::GetEnumDescriptor<Enum>();
  constexpr std::string_view kNone = "UNSPECIFIED";
  const std::string& none = descriptor->FindValueByNumber(0)->name();
  const auto* known = descriptor->FindValueByNumber(static_cast<int>(value));
  if (known == nullptr) return absl::StrCat(static_cast<int>(value));
  const std::string word = known->name().substr(none.size() - kNone.size());
  return word == kNone ? "" : word;
}

std::int64_t Flag(bool value) { return value ? 1 : 0; }

std::string SerialOf(const v1::Asset& asset) {
  for (const v1::Identifier& identifier : asset.identifiers()) {
    if (identifier.kind() == v1::IDENTIFIER_KIND_SERIAL ||
        identifier.kind() == v1::IDENTIFIER_KIND_SGTIN) {
      return identifier.value();
    }
  }
  return "";
}

const std::string& PlaceOf(const v1::Asset& asset) {
  return asset.container().empty() ? asset.location() : asset.container();
}

const std::string& Either(const std::string& container, const std::string& location) {
  return container.empty() ? location : container;
}

// What a move is about; the rest of its row is the entry's.
struct Move {
  std::string kind;
  std::string subject;
  std::int64_t quantity = 1;
  std::int64_t mass_g = 0;
  std::string from;
  std::string to;
  std::string document;
};

Move Registered(const v1::Asset& asset) {
  const bool made = !asset.transformation().empty();
  return {made ? "PRODUCTION" : "RECEIPT",
          asset.name(),
          1,
          asset.mass_g(),
          "",
          PlaceOf(asset),
          made ? asset.transformation() : asset.load()};
}

// A fact says what a lot holds from now on, not what was added: ERP systems call that a balance.
Move Balance(const v1::Lot& lot) {
  return {"BALANCE",
          lot.name(),
          lot.piece_count(),
          lot.mass_g(),
          "",
          lot.location(),
          lot.transformation().empty() ? lot.load() : lot.transformation()};
}

// No kind for a fact that moves nothing.
Move MoveOf(const v1::Fact& fact) {
  switch (fact.kind_case()) {
    case v1::Fact::kAssetRegistered:
      return Registered(fact.asset_registered());
    case v1::Fact::kLotSet:
      return Balance(fact.lot_set());
    case v1::Fact::kLotTaken:
      return {"ISSUE",
              fact.lot_taken().lot(),
              fact.lot_taken().piece_count(),
              fact.lot_taken().mass_g(),
              "",
              "",
              fact.lot_taken().taken_by()};
    case v1::Fact::kAssetMoved: {
      const v1::AssetMoved& moved = fact.asset_moved();
      return {"TRANSFER",
              moved.asset(),
              1,
              0,
              Either(moved.from_container(), moved.from_location()),
              Either(moved.to_container(), moved.to_location()),
              ""};
    }
    case v1::Fact::kContainerMoved:
      return {
          "TRANSFER", fact.container_moved().container(),     1,
          0,          fact.container_moved().from_location(), fact.container_moved().to_location(),
          ""};
    case v1::Fact::kAssetDeparted:
      return {"DELIVERY", fact.asset_departed().asset(),   1, 0, "",
              "",         fact.asset_departed().shipment()};
    case v1::Fact::kAssetWithdrawn:
      return {"REVERSAL", fact.asset_withdrawn().asset(), 1, 0, "", "", ""};
    case v1::Fact::kAssetMerged:
      return {"MERGE", fact.asset_merged().absorbed(), 1, 0, "", fact.asset_merged().asset(), ""};
    case v1::Fact::kComponentInstalled:
      return {"INSTALL", fact.component_installed().asset(), 1, 0,
              "",        fact.component_installed().host(),  ""};
    case v1::Fact::kComponentRemoved: {
      const v1::ComponentRemoved& removed = fact.component_removed();
      return {"REMOVE", removed.asset(), 1,
              0,        removed.host(),  Either(removed.to_container(), removed.to_location()),
              ""};
    }
    case v1::Fact::kAssetTransformed:
      return {"CONSUMPTION",
              fact.asset_transformed().asset(),
              1,
              0,
              "",
              "",
              fact.asset_transformed().transformation()};
    case v1::Fact::kAssetLost:
      return {"LOSS", fact.asset_lost().asset(), 1, 0, "", "", fact.asset_lost().stock_take()};
    case v1::Fact::kAssetFound:
      return {"FIND", fact.asset_found().asset(), 1, 0, "", "", fact.asset_found().stock_take()};
    default:
      return {};
  }
}

constexpr int kDepthMax = 32;

void CollectText(const std::string& text, std::set<std::string>* names) {
  constexpr size_t kNameMax = 256;
  if (text.size() > kNameMax) return;
  const bool name = text.rfind("sites/", 0) == 0 || text.rfind("parties/", 0) == 0;
  if (name) names->insert(text);
}

// A field of a newer API: its bytes are a text or a message, which nothing in them tells.
void CollectUnknown(const google::protobuf::UnknownFieldSet& fields, int depth,
                    std::set<std::string>* names) {
  for (int i = 0; i < fields.field_count() && depth < kDepthMax; ++i) {
    const google::protobuf::UnknownField& field = fields.field(i);
    if (field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED) continue;
    CollectText(field.length_delimited(), names);
    google::protobuf::UnknownFieldSet inner;
    if (inner.ParseFromString(field.length_delimited())) CollectUnknown(inner, depth + 1, names);
  }
}

void Collect(const google::protobuf::Message& message, int depth, std::set<std::string>* names) {
  if (depth >= kDepthMax) return;
  const google::protobuf::Reflection* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    const bool text = field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
    const bool inner = field->type() == google::protobuf::FieldDescriptor::TYPE_MESSAGE;
    if (!text && !inner) continue;
    const int size = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      if (text) {
        CollectText(field->is_repeated() ? reflection->GetRepeatedString(message, field, i)
                                         : reflection->GetString(message, field),
                    names);
      } else {
        Collect(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                     : reflection->GetMessage(message, field),
                depth + 1, names);
      }
    }
  }
  CollectUnknown(reflection->GetUnknownFields(message), depth + 1, names);
}

}  // namespace

std::vector<Row> RowsOf(const v1::Party& party) {
  const std::string roles = absl::StrJoin(party.roles(), ",", [](std::string* out, int role) {
    absl::StrAppend(out, Word(static_cast<v1::PartyRole>(role)));
  });
  return {{"business_partners",
           {{"business_partner", party.name()},
            {"display_name", party.display_name()},
            {"roles", roles},
            {"address", party.address()},
            {"country", party.country()},
            {"external_ref", party.external_ref()},
            {"no_resale", Flag(party.no_resale())},
            {"etag", party.etag()}}}};
}

std::vector<Row> RowsOf(const v1::Location& location) {
  return {{"bins",
           {{"bin", location.name()},
            {"display_name", location.display_name()},
            {"kind", Word(location.kind())},
            {"secured", Flag(location.secured())}}}};
}

std::vector<Row> RowsOf(const v1::Container& container) {
  return {{"containers",
           {{"container", container.name()},
            {"sscc", container.sscc()},
            {"parent", container.parent()},
            {"bin", container.location()},
            {"goods_receipt", container.load()},
            {"sealed", Flag(container.sealed())}}}};
}

std::vector<Row> RowsOf(const v1::Load& load) {
  return {{"goods_receipts",
           {{"goods_receipt", load.name()},
            {"supplier", load.supplier()},
            {"carrier", load.carrier()},
            {"purchase_order", load.purchase_order()},
            {"bill_of_lading", load.bill_of_lading()},
            {"external_ref", load.external_ref()},
            {"state", Word(load.state())},
            {"no_resale", Flag(load.no_resale())},
            {"item_count", load.asset_count()},
            {"lot_count", load.lot_count()},
            {"etag", load.etag()}}}};
}

std::vector<Row> RowsOf(const v1::Asset& asset) {
  std::vector<Row> rows = {{"items",
                            {{"item", asset.name()},
                             {"serial_no", SerialOf(asset)},
                             {"maker", asset.maker()},
                             {"model", asset.model()},
                             {"category", asset.category()},
                             {"state", Word(asset.state())},
                             {"goods_receipt", asset.load()},
                             {"supplier", asset.supplier()},
                             {"bin", asset.location()},
                             {"container", asset.container()},
                             {"installed_in", asset.installed_in()},
                             {"merged_into", asset.merged_into()},
                             {"cosmetic_grade", Word(asset.cosmetic())},
                             {"functional_grade", Word(asset.functional())},
                             {"data_status", Word(asset.data_status())},
                             {"applicability", Word(asset.applicability())},
                             {"decision", Word(asset.decision().next())},
                             {"holds", std::int64_t{asset.holds_size()}},
                             {"no_resale", Flag(asset.no_resale())},
                             {"mass_g", asset.mass_g()},
                             {"delivery_note", asset.shipment()},
                             {"external_ref", asset.external_ref()},
                             {"etag", asset.etag()},
                             {"sequence", asset.last_sequence()}}}};
  for (const v1::Identifier& identifier : asset.identifiers()) {
    rows.push_back({"item_identifiers",
                    {{"item", asset.name()},
                     {"kind", Word(identifier.kind())},
                     {"issuer", identifier.issuer()},
                     {"value", identifier.value()}}});
  }
  return rows;
}

std::vector<Row> RowsOf(const v1::Lot& lot) {
  return {{"lots",
           {{"lot", lot.name()},
            {"description", lot.description()},
            {"category", lot.category()},
            {"piece_count", lot.piece_count()},
            {"mass_g", lot.mass_g()},
            {"goods_receipt", lot.load()},
            {"supplier", lot.supplier()},
            {"bin", lot.location()},
            {"applicability", Word(lot.applicability())},
            {"no_resale", Flag(lot.no_resale())},
            {"external_ref", lot.external_ref()},
            {"etag", lot.etag()}}}};
}

std::vector<Row> RowsOf(const v1::Shipment& shipment) {
  std::vector<Row> rows = {{"delivery_notes",
                            {{"delivery_note", shipment.name()},
                             {"kind", Word(shipment.kind())},
                             {"receiver", shipment.receiver()},
                             {"carrier", shipment.carrier()},
                             {"bill_of_lading", shipment.bill_of_lading()},
                             {"state", Word(shipment.state())},
                             {"external_ref", shipment.external_ref()},
                             {"destination_country", shipment.destination_country()},
                             {"piece_count", shipment.piece_count()},
                             {"mass_g", shipment.mass_g()},
                             {"etag", shipment.etag()}}}};
  for (const std::string& asset : shipment.assets()) {
    rows.push_back({"delivery_note_items", {{"delivery_note", shipment.name()}, {"item", asset}}});
  }
  for (int i = 0; i < shipment.lots_size(); ++i) {
    const v1::ShippedLot& lot = shipment.lots(i);
    rows.push_back({"delivery_note_lots",
                    {{"delivery_note", shipment.name()},
                     {"line", std::int64_t{i + 1}},
                     {"lot", lot.lot()},
                     {"piece_count", lot.piece_count()},
                     {"mass_g", lot.mass_g()}}});
  }
  return rows;
}

std::vector<Row> MovesOf(const v1::FeedEntry& entry) {
  std::vector<Row> rows;
  const std::string time = absl::FormatTime(
      absl::RFC3339_full, common::FromProto(entry.server_time()), absl::UTCTimeZone());
  for (int i = 0; i < entry.facts_size(); ++i) {
    const Move move = MoveOf(entry.facts(i));
    if (move.kind.empty()) continue;
    rows.push_back({"stock_moves",
                    {{"sequence", entry.sequence()},
                     {"fact", std::int64_t{i}},
                     {"kind", move.kind},
                     {"subject", move.subject},
                     {"quantity", move.quantity},
                     {"mass_g", move.mass_g},
                     {"from_place", move.from},
                     {"to_place", move.to},
                     {"document", move.document},
                     {"reason", entry.reason()},
                     {"actor", entry.actor()},
                     {"station", entry.station()},
                     {"server_time", time}}});
  }
  return rows;
}

void CollectNames(const google::protobuf::Message& message, std::set<std::string>* names) {
  Collect(message, 0, names);
}

}  // namespace loopdock::erp
