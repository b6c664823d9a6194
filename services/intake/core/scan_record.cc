// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/scan_record.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/intake/core/label.h"
#include "services/intake/core/understanding.h"
#include "services/common/utf8.h"

namespace loopdock::intake {
namespace {

using inventory::v1::Identifier;
using inventory::v1::LabelUnderstanding;
using inventory::v1::RawSymbol;

// Identifiers that have no field of their own in LabelUnderstanding, by kind and element id.
inventory::v1::IdentifierKind IdentifierKindOf(const Understood& value) {
  if (value.kind == "meid") return inventory::v1::IDENTIFIER_KIND_MEID;
  if (value.kind == "eid" || (value.kind == "gs1" && value.id == "8042")) {
    return inventory::v1::IDENTIFIER_KIND_EID;
  }
  if (value.kind == "iccid" || (value.kind == "gs1" && value.id == "8043")) {
    return inventory::v1::IDENTIFIER_KIND_ICCID;
  }
  if ((value.kind == "gs1" || value.kind == "digital_link") && value.id == "8004") {
    return inventory::v1::IDENTIFIER_KIND_GIAI;
  }
  return inventory::v1::IDENTIFIER_KIND_UNSPECIFIED;
}

// Protobuf strings are UTF-8; what is not stays in the raw symbol, which is bytes.
std::string Utf8OrEmpty(const std::string& text) {
  return vision::IsUtf8(text) ? text : std::string();
}

double SurestOf(const Understanding& meaning) {
  double best = 0;
  for (const Understood* value : {&meaning.serial, &meaning.asset_tag, &meaning.sscc}) {
    if (value->found()) best = std::max(best, value->confidence);
  }
  for (const auto* values : {&meaning.imeis, &meaning.macs, &meaning.other}) {
    for (const Understood& value : *values) best = std::max(best, value.confidence);
  }
  return best;
}

LabelUnderstanding ToProto(const Understanding& meaning) {
  LabelUnderstanding proto;
  proto.set_serial(Utf8OrEmpty(meaning.serial.value));
  proto.set_part_number(Utf8OrEmpty(meaning.part_number.value));
  for (const Understood& imei : meaning.imeis) proto.add_imeis(imei.value);
  for (const Understood& mac : meaning.macs) proto.add_macs(mac.value);
  proto.set_gtin(meaning.gtin.value);
  proto.set_maker(Utf8OrEmpty(meaning.manufacturer.value));
  proto.set_asset_tag(Utf8OrEmpty(meaning.asset_tag.value));
  proto.set_sscc(meaning.sscc.value);
  std::int64_t quantity = 0;
  if (absl::SimpleAtoi(meaning.quantity.value, &quantity)) proto.set_quantity(quantity);
  proto.set_purchase_order(Utf8OrEmpty(meaning.purchase_order.value));
  for (const Understood& other : meaning.other) {
    const auto kind = IdentifierKindOf(other);
    const std::string value = Utf8OrEmpty(other.value.empty() ? other.written : other.value);
    if (value.empty()) continue;
    if (kind == inventory::v1::IDENTIFIER_KIND_UNSPECIFIED) {
      proto.add_others(value);
      continue;
    }
    Identifier* identifier = proto.add_identifiers();
    identifier->set_kind(kind);
    identifier->set_value(value);
  }
  proto.set_confidence(SurestOf(meaning));
  return proto;
}

bool SaysAnything(const LabelUnderstanding& u) {
  return !u.serial().empty() || !u.part_number().empty() || u.imeis_size() > 0 ||
         u.macs_size() > 0 || !u.gtin().empty() || !u.maker().empty() || !u.asset_tag().empty() ||
         !u.sscc().empty() || u.quantity() != 0 || !u.purchase_order().empty() ||
         u.others_size() > 0 || u.identifiers_size() > 0;
}

std::string ShortName(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string WhatWasUnderstood(const LabelUnderstanding& u) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view what, const std::string& value) {
    if (!value.empty()) parts.push_back(absl::StrCat(std::string(what), " ", value.substr(0, 60)));
  };
  add("serial", u.serial());
  for (const std::string& imei : u.imeis()) add("IMEI", imei);
  add("tag", u.asset_tag());
  add("part", u.part_number());
  add("GTIN", u.gtin());
  for (const std::string& mac : u.macs()) add("MAC", mac);
  add("SSCC", u.sscc());
  if (parts.empty() && u.others_size() > 0) add("text", u.others(0));
  return absl::StrJoin(parts, ", ");
}

}  // namespace

LabelReading ReadLabel(std::vector<RawSymbol> symbols, const ParseOptions& options) {
  LabelReading reading;
  std::vector<Parsed> texts;
  texts.reserve(symbols.size());
  for (RawSymbol& symbol : symbols) {
    Parsed parsed = ParseLabel({.text = symbol.content(),
                                .symbology_identifier = symbol.symbology_identifier(),
                                .format = symbol.format()},
                               options);
    if (parsed.error.ok()) {
      symbol.set_kind(std::string(ToString(parsed.kind)));
    } else {
      symbol.set_problem(std::string(parsed.error.message()));
    }
    for (const Element& element : parsed.elements) {
      if (!vision::IsUtf8(element.value) || !vision::IsUtf8(element.id)) continue;
      inventory::v1::LabelElement* kept = symbol.add_elements();
      kept->set_id(element.id);
      kept->set_value(element.value);
    }
    texts.push_back(std::move(parsed));
  }
  const Understanding meaning = Understand(texts);
  reading.symbols = std::move(symbols);
  reading.understanding = ToProto(meaning);
  reading.understood = SaysAnything(reading.understanding);
  for (const std::string& warning : meaning.warnings) {
    if (vision::IsUtf8(warning)) reading.warnings.push_back(warning);
  }
  return reading;
}

std::vector<RawSymbol> SymbolsOf(const vision::v1::DecodeResult& decoded) {
  std::vector<RawSymbol> symbols;
  for (const vision::v1::Symbol& read : decoded.symbols()) {
    RawSymbol& symbol = symbols.emplace_back();
    symbol.set_content(read.content());
    symbol.set_format(read.format());
    symbol.set_symbology_identifier(read.symbology_identifier());
  }
  return symbols;
}

std::string SentenceFor(const inventory::v1::RecordScanResponse& recorded) {
  const inventory::v1::Scan& scan = recorded.scan();
  const std::string asset = ShortName(scan.asset());
  const std::string what = WhatWasUnderstood(scan.understanding());
  std::string sentence;
  switch (scan.outcome()) {
    case inventory::v1::SCAN_OUTCOME_BOOKED:
      sentence = absl::StrCat("Booked as ", asset, what.empty() ? "" : ": ", what, ".");
      break;
    case inventory::v1::SCAN_OUTCOME_ADDED:
      sentence = absl::StrCat("Added to ", asset, what.empty() ? "" : ": ", what, ".");
      break;
    case inventory::v1::SCAN_OUTCOME_DUPLICATE:
      sentence = absl::StrCat("Already here as ", asset, what.empty() ? "" : ": ", what, ".");
      break;
    case inventory::v1::SCAN_OUTCOME_CONTAINER:
      sentence = absl::StrCat("Container ", ShortName(scan.container()), ": ", what, ".");
      break;
    default:
      sentence = "Nothing could be read; the scan is kept. Type the serial number if you see one.";
  }
  if (scan.warnings_size() > 0) absl::StrAppend(&sentence, " ", scan.warnings(0));
  return sentence;
}

}  // namespace loopdock::intake
