// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/scan_record.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/rpc_status.h"
#include "services/common/sent_again.h"
#include "services/common/utf8.h"
#include "services/intake/core/label.h"
#include "services/intake/core/label_groups.h"
#include "services/intake/core/layout.h"
#include "services/intake/core/understanding.h"

namespace loopdock::intake {
namespace {

using inventory::v1::FieldReading;
using inventory::v1::Identifier;
using inventory::v1::LabelUnderstanding;
using inventory::v1::RawSymbol;

// What inventory takes in one scan.
constexpr int kSymbolsMax = 64;
constexpr std::size_t kScanBytesMax = 65536;
constexpr int kValuesMax = 256;
constexpr std::size_t kTextBytesMax = 256;
constexpr std::int64_t kQuantityMax = 1'000'000'000;
constexpr int kWarningsMax = 32;
constexpr std::size_t kWarningBytesMax = 400;
// What a worker reads of one value.
constexpr std::size_t kShownBytesMax = 60;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// For people: UTF-8 without control characters, not too long.
std::string Readable(std::string_view text, std::size_t bytes_max) {
  std::string shown = common::CleanUtf8Prefix(text, bytes_max);
  std::replace_if(shown.begin(), shown.end(), IsControl, ' ');
  return shown;
}

// The worker is not to be trusted: what is no place in a picture becomes one.
int PixelOf(double place) {
  constexpr double kPixelMax = 1e6;
  return std::isnan(place)
             ? 0
             : static_cast<int>(std::lround(std::clamp(place, -kPixelMax, kPixelMax)));
}

// Identifiers that have no field of their own in LabelUnderstanding, by kind and element id.
inventory::v1::IdentifierKind IdentifierKindOf(const Understood& value) {
  if (value.kind == "meid") return inventory::v1::IDENTIFIER_KIND_MEID;
  // Format 05 of ISO/IEC 15434 carries GS1's identifiers: four digits are one, whatever the syntax.
  if (value.kind == "eid" || value.id == "8042") return inventory::v1::IDENTIFIER_KIND_EID;
  if (value.kind == "iccid" || value.id == "8043") return inventory::v1::IDENTIFIER_KIND_ICCID;
  if (value.id == "8004") return inventory::v1::IDENTIFIER_KIND_GIAI;
  return inventory::v1::IDENTIFIER_KIND_UNSPECIFIED;
}

// Protobuf strings are UTF-8; what is not stays in the raw symbol, which is bytes.
std::string Utf8OrEmpty(const std::string& text) {
  return common::IsUtf8(text) ? text : std::string();
}

// A field that is as sure as this needs no word about how it was read.
constexpr double kSure = 0.9;

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

void AddOther(const Understood& other, LabelUnderstanding* proto) {
  const auto kind = IdentifierKindOf(other);
  const std::string value = Utf8OrEmpty(other.value.empty() ? other.written : other.value);
  if (value.empty()) return;
  if (kind == inventory::v1::IDENTIFIER_KIND_UNSPECIFIED) {
    proto->add_others(value);
    return;
  }
  Identifier* identifier = proto->add_identifiers();
  identifier->set_kind(kind);
  identifier->set_value(value);
}

FieldReading NewReading(std::string_view field, const Understood& taken, double confidence) {
  FieldReading reading;
  reading.set_field(std::string(field));
  reading.set_value(Utf8OrEmpty(taken.value));
  reading.set_confidence(confidence);
  reading.set_basis(std::string(ToString(taken.basis)));
  reading.set_symbol(static_cast<int>(taken.text));
  return reading;
}

// Where something else was possible, and what only its shape or its place speaks for.
void AddReadings(const Understanding& meaning, LabelUnderstanding* proto) {
  for (const Rivalry& rivalry : meaning.rivalries) {
    FieldReading reading = NewReading(rivalry.field, rivalry.taken, rivalry.confidence);
    reading.set_runner_up(Utf8OrEmpty(rivalry.runner_up.value));
    reading.set_runner_up_confidence(rivalry.runner_up_confidence);
    reading.set_runner_up_symbol(static_cast<int>(rivalry.runner_up.text));
    *proto->add_readings() = std::move(reading);
  }
  const auto add = [&](std::string_view field, const Understood& value) {
    if (!value.found() || value.confidence >= kSure) return;
    for (const FieldReading& reading : proto->readings()) {
      if (reading.field() == field) return;
    }
    *proto->add_readings() = NewReading(field, value, value.confidence);
  };
  add("serial", meaning.serial);
  add("part_number", meaning.part_number);
  add("gtin", meaning.gtin);
  add("asset_tag", meaning.asset_tag);
  add("sscc", meaning.sscc);
  add("quantity", meaning.quantity);
  add("purchase_order", meaning.purchase_order);
}

// Two IMEIs or MAC addresses of two symbols are of one device where a serial number holds them
// together, or where the label counts its IMEIs; else they may be of two.
void AddTwins(const Understanding& meaning, const std::vector<RawSymbol>& symbols,
              LabelUnderstanding* proto) {
  constexpr double kEven = 0.45;
  if (meaning.serial.found() || meaning.asset_tag.found()) return;
  const bool counted = std::any_of(symbols.begin(), symbols.end(), [](const RawSymbol& symbol) {
    return SaysSecondImei(symbol.content());
  });
  const auto& imeis = meaning.imeis;
  const auto& twins = imeis.empty() ? meaning.macs : imeis;
  const auto second = std::find_if(twins.begin(), twins.end(), [&](const Understood& value) {
    return value.text != twins.front().text;
  });
  if (second == twins.end() || (!imeis.empty() && counted)) return;
  FieldReading reading = NewReading(imeis.empty() ? "mac" : "imei", twins.front(), kEven);
  reading.set_runner_up(Utf8OrEmpty(second->value));
  reading.set_runner_up_confidence(kEven);
  reading.set_runner_up_symbol(static_cast<int>(second->text));
  *proto->add_readings() = std::move(reading);
}

// How sure the device's identity is: a doubt about one of its identifiers is a doubt about all.
double ConfidenceOf(const Understanding& meaning) {
  double confidence = SurestOf(meaning);
  for (const Rivalry& rivalry : meaning.rivalries) {
    if (rivalry.field == "serial" || rivalry.field == "asset_tag") {
      confidence = std::min(confidence, rivalry.confidence);
    }
  }
  return confidence;
}

LabelUnderstanding ToProto(const Understanding& meaning) {
  LabelUnderstanding proto;
  proto.set_serial(Utf8OrEmpty(meaning.serial.value));
  proto.set_part_number(Utf8OrEmpty(meaning.part_number.value));
  for (const Understood& imei : meaning.imeis) proto.add_imeis(Utf8OrEmpty(imei.value));
  for (const Understood& mac : meaning.macs) proto.add_macs(Utf8OrEmpty(mac.value));
  proto.set_gtin(Utf8OrEmpty(meaning.gtin.value));
  // The shape of a serial number only hints at its maker: shapes overlap, and a maker tells devices
  // apart.
  if (meaning.manufacturer.basis != Basis::kShape) {
    proto.set_maker(Utf8OrEmpty(meaning.manufacturer.value));
  }
  // A tag is its owner's, a GIAI (AI 8004) is unique in the world.
  if (IdentifierKindOf(meaning.asset_tag) == inventory::v1::IDENTIFIER_KIND_GIAI) {
    AddOther(meaning.asset_tag, &proto);
  } else {
    proto.set_asset_tag(Utf8OrEmpty(meaning.asset_tag.value));
  }
  proto.set_sscc(Utf8OrEmpty(meaning.sscc.value));
  std::int64_t quantity = 0;
  if (absl::SimpleAtoi(meaning.quantity.value, &quantity)) proto.set_quantity(quantity);
  proto.set_purchase_order(Utf8OrEmpty(meaning.purchase_order.value));
  for (const Understood& other : meaning.other) AddOther(other, &proto);
  proto.set_confidence(ConfidenceOf(meaning));
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
    if (value.empty()) return;
    parts.push_back(absl::StrCat(std::string(what), " ", Readable(value, kShownBytesMax)));
  };
  add("serial", u.serial());
  for (const std::string& imei : u.imeis()) add("IMEI", imei);
  add("tag", u.asset_tag());
  add("part", u.part_number());
  add("GTIN", u.gtin());
  for (const std::string& mac : u.macs()) add("MAC", mac);
  for (const Identifier& further : u.identifiers()) {
    add(inventory::v1::IdentifierKind_Name(further.kind()).substr(sizeof("IDENTIFIER_KIND_") - 1),
        further.value());
  }
  add("SSCC", u.sscc());
  if (parts.empty() && u.others_size() > 0) add("text", u.others(0));
  return absl::StrJoin(parts, ", ");
}

std::string_view OutcomeWord(inventory::v1::ScanOutcome outcome) {
  switch (outcome) {
    case inventory::v1::SCAN_OUTCOME_BOOKED:
      return "booked";
    case inventory::v1::SCAN_OUTCOME_ADDED:
      return "added";
    case inventory::v1::SCAN_OUTCOME_DUPLICATE:
      return "here already";
    case inventory::v1::SCAN_OUTCOME_CONTAINER:
      return "of containers";
    case inventory::v1::SCAN_OUTCOME_CHOICE:
      return "to be chosen";
    default:
      return "unread";
  }
}

// Where the symbols stand, when all of them are known to stand somewhere.
std::vector<std::size_t> PlacesInOrder(const std::vector<RawSymbol>& symbols) {
  if (std::any_of(symbols.begin(), symbols.end(),
                  [](const RawSymbol& symbol) { return symbol.corners_size() == 0; })) {
    return {};
  }
  const std::vector<std::size_t> order = ReadingOrder(symbols);
  std::vector<std::size_t> places(order.size());
  for (std::size_t place = 0; place < order.size(); ++place) places[order[place]] = place;
  return places;
}

// "serial is PF3ABC12 or R90XYZ12", "gtin may be 04006381333931"
std::string WhatCompetes(const LabelUnderstanding& u) {
  std::vector<std::string> parts;
  for (const FieldReading& reading : u.readings()) {
    if (!IsIdentity(reading.field()) && Identifies(u)) continue;
    const std::string field = reading.field() == "asset_tag" ? "tag" : reading.field();
    const std::string value = Readable(reading.value(), kShownBytesMax);
    if (reading.runner_up().empty()) {
      parts.push_back(absl::StrCat(field, " may be ", value));
    } else {
      parts.push_back(absl::StrCat(field, " is ", value, " or ",
                                   Readable(reading.runner_up(), kShownBytesMax)));
    }
  }
  return absl::StrJoin(parts, "; ");
}

// What inventory itself asks stands first among the warnings, behind a code.
std::string SentenceForChoice(const inventory::v1::Scan& scan) {
  for (const std::string_view code : {"MAY_BE_HERE: ", "NO_DEVICE: "}) {
    if (scan.warnings().empty() || !scan.warnings(0).starts_with(code)) continue;
    return absl::StrCat("Not booked: ",
                        Readable(scan.warnings(0), kWarningBytesMax).substr(code.size()));
  }
  const LabelUnderstanding& u = scan.understanding();
  const std::string competes = WhatCompetes(u);
  if (!competes.empty()) return absl::StrCat("Not booked, please choose: ", competes, ".");
  const std::string what = WhatWasUnderstood(u);
  return absl::StrCat("Not booked: ", what.empty() ? "the label" : what,
                      " tells no device from others. Type the serial number if you see one.");
}

}  // namespace

bool IsIdentity(std::string_view field) {
  return field == "serial" || field == "imei" || field == "mac" || field == "asset_tag";
}

bool Identifies(const LabelUnderstanding& label) {
  return !label.serial().empty() || label.imeis_size() > 0 || label.macs_size() > 0 ||
         !label.asset_tag().empty() || label.identifiers_size() > 0 || !label.sscc().empty();
}

Parsed ParseSymbol(const RawSymbol& symbol, const ParseOptions& options) {
  const ScanText text{.text = symbol.content(),
                      .symbology_identifier = symbol.symbology_identifier(),
                      .format = symbol.format()};
  if (symbol.corners().empty()) return ParseLabel(text, options);
  ParseOptions seen = options;
  seen.wedge_aliases = false;
  return ParseLabel(text, seen);
}

LabelReading ReadLabel(std::vector<RawSymbol> symbols, const ParseOptions& options,
                       const std::function<bool(std::string_view)>& known_part) {
  LabelReading reading;
  std::vector<Parsed> texts;
  texts.reserve(symbols.size());
  for (RawSymbol& symbol : symbols) {
    symbol.clear_kind();
    symbol.clear_elements();
    symbol.clear_problem();
    Parsed parsed = ParseSymbol(symbol, options);
    if (parsed.error.ok()) {
      symbol.set_kind(std::string(ToString(parsed.kind)));
    } else {
      symbol.set_problem(Readable(std::string(parsed.error.message()), kWarningBytesMax));
      reading.warnings.push_back(symbol.problem());
    }
    for (const Element& element : parsed.elements) {
      if (!common::IsUtf8(element.value) || !common::IsUtf8(element.id)) continue;
      inventory::v1::LabelElement* kept = symbol.add_elements();
      kept->set_id(element.id);
      kept->set_value(element.value);
    }
    // Half of a text that breaks its own rules would make two different labels look the same: such
    // a text counts as a whole, or not at all.
    if (!parsed.error.ok()) parsed.elements = {{.id = "raw", .value = symbol.content()}};
    texts.push_back(std::move(parsed));
  }
  LabelContext context;
  const bool several = texts.size() > 1;
  context.known_part = known_part;
  if (several) context.reading_order = PlacesInOrder(symbols);
  const Understanding meaning = Understand(texts, context);
  reading.symbols = std::move(symbols);
  reading.understanding = ToProto(meaning);
  AddReadings(meaning, &reading.understanding);
  AddTwins(meaning, reading.symbols, &reading.understanding);
  if (several) reading.understanding.set_layout(LayoutOf(reading.symbols));
  reading.understood = SaysAnything(reading.understanding);
  for (const std::string& warning : meaning.warnings) {
    reading.warnings.push_back(Readable(warning, kWarningBytesMax));
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
    if (read.corners_size() != 4) continue;
    for (const vision::v1::Point& corner : read.corners()) {
      symbol.add_corners(PixelOf(corner.x()));
      symbol.add_corners(PixelOf(corner.y()));
    }
  }
  return symbols;
}

void FitToRecord(inventory::v1::RecordScanRequest* command) {
  bool fits = true;
  const auto leave_out = [&fits](auto* values) {
    values->RemoveLast();
    fits = false;
  };
  LabelUnderstanding* label = command->mutable_understanding();
  for (std::string* text : {label->mutable_maker(), label->mutable_part_number()}) {
    if (text->size() <= kTextBytesMax && std::none_of(text->begin(), text->end(), IsControl)) {
      continue;
    }
    text->clear();
    fits = false;
  }
  if (label->quantity() < 0 || label->quantity() > kQuantityMax) {
    label->clear_quantity();
    fits = false;
  }
  while (command->symbols_size() > kSymbolsMax) leave_out(command->mutable_symbols());
  const auto values = [label] {
    return label->others_size() + label->macs_size() + label->identifiers_size() +
           label->imeis_size();
  };
  while (values() > kValuesMax && label->others_size() > 0) leave_out(label->mutable_others());
  while (values() > kValuesMax && label->macs_size() > 0) leave_out(label->mutable_macs());
  while (values() > kValuesMax && label->identifiers_size() > 0) {
    leave_out(label->mutable_identifiers());
  }
  while (values() > kValuesMax) leave_out(label->mutable_imeis());
  // What was derived goes first, what was read last.
  const auto bytes = [&] {
    std::size_t sum = label->ByteSizeLong();
    for (const RawSymbol& symbol : command->symbols()) sum += symbol.ByteSizeLong();
    return sum;
  };
  for (int i = command->symbols_size(); i > 0 && bytes() > kScanBytesMax; --i) {
    fits = false;
    command->mutable_symbols(i - 1)->clear_elements();
  }
  while (bytes() > kScanBytesMax && label->others_size() > 0) leave_out(label->mutable_others());
  while (bytes() > kScanBytesMax && label->readings_size() > 0) {
    leave_out(label->mutable_readings());
  }
  while (bytes() > kScanBytesMax && command->symbols_size() > 1) {
    leave_out(command->mutable_symbols());
  }
  if (label->ByteSizeLong() == 0) command->clear_understanding();
  while (command->warnings_size() >= kWarningsMax) leave_out(command->mutable_warnings());
  for (std::string& warning : *command->mutable_warnings()) {
    warning = Readable(warning, kWarningBytesMax);
  }
  if (!fits) {
    command->add_warnings(
        "LABEL_TOO_FULL: The label says more than a scan keeps apart; look at the scan itself.");
  }
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
    case inventory::v1::SCAN_OUTCOME_CHOICE:
      return SentenceForChoice(scan);
    default:
      sentence = "Nothing could be read; the scan is kept. Type the serial number if you see one.";
  }
  if (scan.warnings_size() > 0)
    absl::StrAppend(&sentence, " ", Readable(scan.warnings(0), kWarningBytesMax));
  return sentence;
}

absl::StatusOr<v1::ScanResponse> JoinAnswers(std::vector<absl::StatusOr<v1::ScanResponse>> labels,
                                             const std::vector<std::string>& request_ids) {
  if (labels.size() == 1) return std::move(labels[0]);
  const auto open = std::find_if(labels.begin(), labels.end(), [](const auto& label) {
    return common::IsSentAgain(label.status());
  });
  if (open != labels.end()) return open->status();
  const auto first =
      std::find_if(labels.begin(), labels.end(), [](const auto& label) { return label.ok(); });
  if (first == labels.end()) return labels[0].status();
  v1::ScanResponse joined = *std::move(*first);
  std::map<std::string, int> outcomes;
  ++outcomes[std::string(OutcomeWord(joined.outcome()))];
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels.begin() + static_cast<std::ptrdiff_t>(i) == first) continue;
    v1::ScanResponse* further = joined.add_further();
    if (labels[i].ok()) {
      further->Swap(&*labels[i]);
      if (further->has_counts()) *joined.mutable_counts() = further->counts();
    } else {
      *further->mutable_error() = common::ToRpcStatus(labels[i].status());
    }
    further->set_request_id(request_ids[i]);
    ++outcomes[std::string(further->has_error() ? "refused" : OutcomeWord(further->outcome()))];
  }
  std::string counted;
  for (const auto& [word, count] : outcomes) {
    absl::StrAppend(&counted, counted.empty() ? "" : ", ", count, " ", word);
  }
  joined.set_message(
      absl::StrCat(labels.size(), " labels: ", counted, ". The first: ", joined.message()));
  return joined;
}

}  // namespace loopdock::intake
