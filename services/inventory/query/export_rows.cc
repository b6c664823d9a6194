// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/export_rows.h"

#include "services/common/json.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/exports.h"

namespace loopdock::inventory {
namespace {

using Timestamp = google::protobuf::Timestamp;

template <typename Message>
struct Column {
  ExportColumn column;
  std::string (*get)(const Message&);
};

std::string Text(bool value) { return value ? "true" : "false"; }
std::string Text(std::int64_t value) { return std::to_string(value); }
std::string Text(const std::string& value) { return value; }
std::string Time(const Timestamp& time, bool set) {
  return set ? absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", FromTimestamp(time), absl::UTCTimeZone())
             : "";
}
template <typename Enum>
std::string EnumText(Enum value) {
  return ShortEnumName(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

template <typename List, typename TextFn>
std::string Joined(const List& list, TextFn&& text) {
  std::string joined;
  for (const auto& one : list) joined += Cat(joined.empty() ? "" : ";", text(one));
  return joined;
}
std::string JoinedTexts(const google::protobuf::RepeatedPtrField<std::string>& list) {
  return Joined(list, [](const std::string& one) { return one; });
}

// Values of one kind of identifier; serial numbers also where they are unique within a GTIN.
std::string Identifiers(const v1::Asset& asset, v1::IdentifierKind kind) {
  std::string joined;
  for (const v1::Identifier& one : asset.identifiers()) {
    const bool serial =
        kind == v1::IDENTIFIER_KIND_SERIAL && one.kind() == v1::IDENTIFIER_KIND_SGTIN;
    if (one.kind() == kind || serial) joined += Cat(joined.empty() ? "" : ";", one.value());
  }
  return joined;
}

#define COLUMN(message, name, type, help, value)                                                \
  {                                                                                             \
    {name, ColumnType::type, help}, [](const v1::message& row) -> std::string { return value; } \
  }
#define FIELD(message, field, type, help) COLUMN(message, #field, type, help, Text(row.field()))
#define ENUM(message, field, help) COLUMN(message, #field, kText, help, EnumText(row.field()))
#define TIME(message, field, help) \
  COLUMN(message, #field, kTime, help, Time(row.field(), row.has_##field()))

const Column<v1::Asset> kAssetColumns[] = {
    FIELD(Asset, name, kText, "Resource name."),
    FIELD(Asset, uid, kText, "UUID that never changes."),
    ENUM(Asset, state, "AssetState without its prefix."),
    COLUMN(Asset, "serials", kText, "Serial numbers, ';' between them.",
           Identifiers(row, v1::IDENTIFIER_KIND_SERIAL)),
    COLUMN(Asset, "imeis", kText, "IMEIs.", Identifiers(row, v1::IDENTIFIER_KIND_IMEI)),
    COLUMN(Asset, "asset_tags", kText, "Asset tags.",
           Identifiers(row, v1::IDENTIFIER_KIND_ASSET_TAG)),
    COLUMN(Asset, "identifiers", kText, "All identifiers as KIND=value.",
           Joined(row.identifiers(),
                  [](const v1::Identifier& one) {
                    return Cat(EnumText(one.kind()), "=", one.value());
                  })),
    FIELD(Asset, maker, kText, "Maker."),
    FIELD(Asset, model, kText, "Model or part number."),
    FIELD(Asset, gtin, kText, "GTIN of the product, 14 digits."),
    FIELD(Asset, category, kText, "Category."),
    FIELD(Asset, load, kText, "The load it came with."),
    FIELD(Asset, supplier, kText, "Who supplied it."),
    FIELD(Asset, location, kText, "Where it stands in the end."),
    FIELD(Asset, container, kText, "The container it is in."),
    FIELD(Asset, parent, kText, "The asset that it is or was a part of."),
    FIELD(Asset, installed_in, kText, "The asset that it is built into."),
    FIELD(Asset, previous_life, kText, "The earlier life of the same device."),
    FIELD(Asset, merged_into, kText, "The asset that goes on after a merge."),
    ENUM(Asset, applicability, "R2Applicability."),
    ENUM(Asset, controlled_reason, "Why controlled."),
    ENUM(Asset, unrestricted_reason, "Why unrestricted."),
    ENUM(Asset, control_exit, "How it left control."),
    ENUM(Asset, data_status, "What is known about data on it."),
    ENUM(Asset, data_device_state, "Where it stands as a data device."),
    ENUM(Asset, cosmetic, "Cosmetic category."),
    ENUM(Asset, functional, "Functional category."),
    COLUMN(Asset, "focus_materials", kText, "Focus materials.",
           Joined(row.focus_materials(),
                  [](int one) { return EnumText(static_cast<v1::FocusMaterial>(one)); })),
    COLUMN(Asset, "holds", kText, "Kinds of its holds.",
           Joined(row.holds(), [](const v1::Hold& one) { return EnumText(one.kind()); })),
    FIELD(Asset, no_resale, kBoolean, "Whether it may not be resold."),
    ENUM(Asset, instruction, "What its supplier wants done with it."),
    ENUM(Asset, manifest_match, "How it compared with the manifest."),
    FIELD(Asset, manifest_line, kInteger, "The line of the manifest that claims it, or 0."),
    COLUMN(Asset, "mass_g", kInteger, "Mass in grams.",
           row.mass_g() == 0 ? "" : Text(row.mass_g())),
    COLUMN(Asset, "decision", kText, "What happens next.", EnumText(row.decision().next())),
    COLUMN(Asset, "decision_rule", kText, "The rule that decided it.", row.decision().rule()),
    FIELD(Asset, shipment, kText, "The shipment that took it away."),
    FIELD(Asset, external_ref, kText, "The id that an ERP system uses."),
    TIME(Asset, control_start_time, "When control began."),
    TIME(Asset, received_time, "When it was received."),
    TIME(Asset, create_time, "When it was registered."),
    TIME(Asset, update_time, "When it last changed."),
    FIELD(Asset, etag, kText, "Changes with every change."),
    FIELD(Asset, last_sequence, kInteger, "The last feed entry that changed it."),
};

const Column<v1::Lot> kLotColumns[] = {
    FIELD(Lot, name, kText, "Resource name."),
    FIELD(Lot, description, kText, "What it is."),
    FIELD(Lot, category, kText, "Category."),
    FIELD(Lot, piece_count, kInteger, "Pieces; 0 when only the mass is known."),
    FIELD(Lot, mass_g, kInteger, "Net mass in grams."),
    FIELD(Lot, load, kText, "The load it came with."),
    FIELD(Lot, supplier, kText, "Who supplied it."),
    FIELD(Lot, location, kText, "Where it is."),
    ENUM(Lot, applicability, "R2Applicability."),
    ENUM(Lot, controlled_reason, "Why controlled."),
    ENUM(Lot, unrestricted_reason, "Why unrestricted."),
    COLUMN(Lot, "focus_materials", kText, "Focus materials.",
           Joined(row.focus_materials(),
                  [](int one) { return EnumText(static_cast<v1::FocusMaterial>(one)); })),
    FIELD(Lot, no_resale, kBoolean, "Whether it may not be resold."),
    ENUM(Lot, instruction, "What its supplier wants done with it."),
    FIELD(Lot, model, kText, "Model or part number."),
    FIELD(Lot, manifest_line, kInteger, "The line of the manifest it was counted against, or 0."),
    FIELD(Lot, data_bearing, kBoolean, "Whether it may hold data."),
    FIELD(Lot, transformation, kText, "The transformation that made it."),
    FIELD(Lot, external_ref, kText, "The id that an ERP system uses."),
    TIME(Lot, received_time, "When it was received."),
    TIME(Lot, create_time, "When it was booked."),
    TIME(Lot, update_time, "When it last changed."),
    FIELD(Lot, etag, kText, "Changes with every change."),
};

const Column<v1::Load> kLoadColumns[] = {
    FIELD(Load, name, kText, "Resource name."),
    FIELD(Load, supplier, kText, "Who delivers it."),
    FIELD(Load, carrier, kText, "Who carries it."),
    FIELD(Load, bill_of_lading, kText, "Number of the bill of lading."),
    FIELD(Load, purchase_order, kText, "Purchase order."),
    COLUMN(Load, "seals", kText, "Seal numbers.", JoinedTexts(row.seals())),
    FIELD(Load, external_ref, kText, "The id that an ERP system uses."),
    ENUM(Load, state, "LoadState."),
    FIELD(Load, no_resale, kBoolean, "Whether nothing of it may be resold."),
    ENUM(Load, instruction, "What the supplier wants done with it."),
    COLUMN(Load, "hazard_findings", kText, "What was found at the hazard inspection.",
           JoinedTexts(row.hazard_findings())),
    FIELD(Load, asset_count, kInteger, "Assets booked in sessions that are closed."),
    FIELD(Load, scan_count, kInteger, "Scans of sessions that are closed."),
    FIELD(Load, lot_count, kInteger, "Lots booked."),
    FIELD(Load, manifest, kText, "The manifest in force."),
    TIME(Load, create_time, "When it was announced."),
    FIELD(Load, etag, kText, "Changes with every change."),
};

const Column<v1::Shipment> kShipmentColumns[] = {
    FIELD(Shipment, name, kText, "Resource name."),
    ENUM(Shipment, kind, "ShipmentKind."),
    ENUM(Shipment, state, "ShipmentState."),
    FIELD(Shipment, receiver, kText, "Buyer or downstream vendor."),
    FIELD(Shipment, bill_of_lading, kText, "Number of the bill of lading."),
    COLUMN(Shipment, "seals", kText, "Seal numbers.", JoinedTexts(row.seals())),
    FIELD(Shipment, carrier, kText, "Who carries it."),
    FIELD(Shipment, vehicle, kText, "Trailer or vehicle."),
    FIELD(Shipment, container_number, kText, "Number of the freight container."),
    FIELD(Shipment, destination_country, kText, "ISO 3166-1 alpha-2; empty for the site's own."),
    ENUM(Shipment, stream, "StreamKind, for a downstream vendor."),
    COLUMN(Shipment, "assets", kText, "Assets in it.", JoinedTexts(row.assets())),
    COLUMN(Shipment, "lots", kText, "Lots of which parts are in it.",
           Joined(row.lots(), [](const v1::ShippedLot& one) { return one.lot(); })),
    FIELD(Shipment, piece_count, kInteger, "Pieces."),
    FIELD(Shipment, mass_g, kInteger, "Mass of what has a known mass, grams."),
    FIELD(Shipment, external_ref, kText, "The id that an ERP system uses."),
    TIME(Shipment, create_time, "When it left."),
    FIELD(Shipment, etag, kText, "Changes with every change."),
};
#undef COLUMN
#undef FIELD
#undef ENUM
#undef TIME

const ExportColumn kFactColumns[] = {
    {"site", ColumnType::kText, "The site's id."},
    {"epoch", ColumnType::kText, "Changes at every restore."},
    {"sequence", ColumnType::kInteger, "The feed entry."},
    {"number", ColumnType::kInteger, "Which fact of the entry, from 0."},
    {"server_time", ColumnType::kTime, "When it was committed."},
    {"station_time", ColumnType::kTime, "The station's clock."},
    {"actor", ColumnType::kText, "Who sent the command."},
    {"station", ColumnType::kText, "From which station."},
    {"request_id", ColumnType::kText, "The command's request id."},
    {"reason", ColumnType::kText, "Why, in the sender's words."},
    {"corrects_sequence", ColumnType::kInteger, "The entry that this one corrects."},
    {"rule_versions", ColumnType::kText, "Versions of the rules in force."},
    {"kind", ColumnType::kText, "The field of Fact, such as asset_moved."},
    {"fact", ColumnType::kText, "The fact as protobuf's JSON."},
};

template <typename Message, size_t kCount>
const std::vector<ExportColumn>& Names(const Column<Message> (&columns)[kCount]) {
  static const std::vector<ExportColumn> kNames = [&] {
    std::vector<ExportColumn> names;
    for (const auto& column : columns) names.push_back(column.column);
    return names;
  }();
  return kNames;
}

template <typename Message, size_t kCount>
std::vector<std::string> RowOfColumns(const Column<Message> (&columns)[kCount],
                                      const Message& message) {
  std::vector<std::string> values;
  values.reserve(kCount);
  for (const auto& column : columns) values.push_back(column.get(message));
  return values;
}

}  // namespace

absl::Span<const ExportColumn> ExportColumns(v1::ExportKind kind) {
  switch (kind) {
    case v1::EXPORT_KIND_ASSETS:
      return Names(kAssetColumns);
    case v1::EXPORT_KIND_LOTS:
      return Names(kLotColumns);
    case v1::EXPORT_KIND_LOADS:
      return Names(kLoadColumns);
    case v1::EXPORT_KIND_SHIPMENTS:
      return Names(kShipmentColumns);
    case v1::EXPORT_KIND_FACTS:
      return kFactColumns;
    default:
      return {};
  }
}

std::vector<std::string> AssetRow(const v1::Asset& asset) {
  return RowOfColumns(kAssetColumns, asset);
}
std::vector<std::string> LotRow(const v1::Lot& lot) { return RowOfColumns(kLotColumns, lot); }
std::vector<std::string> LoadRow(const v1::Load& load) { return RowOfColumns(kLoadColumns, load); }
std::vector<std::string> ShipmentRow(const v1::Shipment& shipment) {
  return RowOfColumns(kShipmentColumns, shipment);
}

absl::StatusOr<std::vector<std::string>> FactRow(const v1::FeedEntry& entry, int fact) {
  const v1::Fact& one = entry.facts(fact);
  const auto* field = v1::Fact::descriptor()->FindFieldByNumber(static_cast<int>(one.kind_case()));
  std::string json;
  if (field != nullptr) {
    auto made = common::ProtoToJson(one.GetReflection()->GetMessage(one, field));
    if (!made.ok()) return made.status();
    json = *std::move(made);
  }
  return std::vector<std::string>{
      entry.site(),
      entry.epoch(),
      std::to_string(entry.sequence()),
      std::to_string(fact),
      Time(entry.server_time(), entry.has_server_time()),
      Time(entry.station_time(), entry.has_station_time()),
      entry.actor(),
      entry.station(),
      entry.request_id(),
      entry.reason(),
      entry.corrects_sequence() == 0 ? "" : std::to_string(entry.corrects_sequence()),
      Joined(entry.rule_versions(), [](const std::string& version) { return version; }),
      field == nullptr ? "" : field->name(),
      json};
}

}  // namespace loopdock::inventory
