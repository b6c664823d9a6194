// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/choices.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/layout.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using inventory::v1::FieldReading;
using inventory::v1::LabelUnderstanding;
using inventory::v1::RawSymbol;

constexpr std::size_t kValueBytesMax = 128;
constexpr std::int64_t kQuantityMax = 1'000'000'000;
// A remembered choice is a person's, of another label of the same layout.
constexpr double kLayoutConfidence = 0.95;

absl::Status Wrong(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "IDENTIFIER_INVALID", message);
}

absl::StatusOr<std::string> Serial(std::string_view text) { return NormalizeSerial(text); }

absl::StatusOr<std::string> Plain(std::string_view text) { return std::string(text); }

absl::StatusOr<std::string> Named(LabelKind kind, std::string_view text) {
  Parsed parsed;
  ParseNamedDeviceId(kind, text, &parsed);
  if (!parsed.error.ok()) return parsed.error;
  return parsed.normalized;
}

absl::StatusOr<std::string> Imei(std::string_view text) { return Named(LabelKind::kImei, text); }
absl::StatusOr<std::string> Mac(std::string_view text) { return Named(LabelKind::kMac, text); }
absl::StatusOr<std::string> Sscc(std::string_view text) { return Named(LabelKind::kSscc, text); }

absl::StatusOr<std::string> Gtin(std::string_view text) {
  std::string gtin = PadGtin(text);
  if (gtin.size() == 14 && CheckDigitHolds(gtin)) return gtin;
  return Wrong("A GTIN has 8, 12, 13 or 14 digits of which the last checks the others.");
}

absl::StatusOr<std::string> Quantity(std::string_view text) {
  std::int64_t number = 0;
  if (absl::SimpleAtoi(std::string(text), &number) && number > 0 && number <= kQuantityMax) {
    return std::to_string(number);
  }
  return Wrong("A quantity is a whole number from 1.");
}

using Label = LabelUnderstanding;
struct ChosenField {
  std::string_view name;
  absl::StatusOr<std::string> (*check)(std::string_view);
  void (*set)(Label&, const std::string&);
  std::string (*get)(const Label&);
};

// The first of several IMEIs or MACs is the device's own.
template <typename Values>
void PutFirst(Values* values, const std::string& value) {
  const auto known = std::find(values->begin(), values->end(), value);
  if (known == values->end()) {
    *values->Add() = value;
    std::rotate(values->begin(), values->end() - 1, values->end());
  } else {
    std::rotate(values->begin(), known, known + 1);
  }
}

const ChosenField kFields[] = {
    {"serial", Serial, [](Label& l, const std::string& v) { l.set_serial(v); },
     [](const Label& l) { return l.serial(); }},
    {"part_number", Plain, [](Label& l, const std::string& v) { l.set_part_number(v); },
     [](const Label& l) { return l.part_number(); }},
    {"imei", Imei, [](Label& l, const std::string& v) { PutFirst(l.mutable_imeis(), v); },
     [](const Label& l) { return l.imeis_size() > 0 ? l.imeis(0) : std::string(); }},
    {"imei2", Imei,
     [](Label& l, const std::string& v) {
       if (std::find(l.imeis().begin(), l.imeis().end(), v) == l.imeis().end()) l.add_imeis(v);
     },
     [](const Label& l) { return l.imeis_size() > 1 ? l.imeis(1) : std::string(); }},
    {"mac", Mac, [](Label& l, const std::string& v) { PutFirst(l.mutable_macs(), v); },
     [](const Label& l) { return l.macs_size() > 0 ? l.macs(0) : std::string(); }},
    {"gtin", Gtin, [](Label& l, const std::string& v) { l.set_gtin(v); },
     [](const Label& l) { return l.gtin(); }},
    {"maker", Plain, [](Label& l, const std::string& v) { l.set_maker(v); },
     [](const Label& l) { return l.maker(); }},
    {"asset_tag", Serial, [](Label& l, const std::string& v) { l.set_asset_tag(v); },
     [](const Label& l) { return l.asset_tag(); }},
    {"sscc", Sscc, [](Label& l, const std::string& v) { l.set_sscc(v); },
     [](const Label& l) { return l.sscc(); }},
    {"quantity", Quantity,
     [](Label& l, const std::string& v) {
       std::int64_t number = 0;
       if (absl::SimpleAtoi(v, &number)) l.set_quantity(number);
     },
     [](const Label& l) {
       return l.quantity() == 0 ? std::string() : std::to_string(l.quantity());
     }},
    {"purchase_order", Plain, [](Label& l, const std::string& v) { l.set_purchase_order(v); },
     [](const Label& l) { return l.purchase_order(); }},
};

const ChosenField* FindField(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const ChosenField& field) { return field.name == name; });
  return found == std::end(kFields) ? nullptr : found;
}

std::string FieldNames() {
  std::string names;
  for (const ChosenField& field : kFields) Append(&names, field.name, ", ");
  return Cat(names, kIgnoreField);
}

FieldReading* ReadingOf(std::string_view field, Label* label) {
  for (FieldReading& reading : *label->mutable_readings()) {
    if (reading.field() == field) return &reading;
  }
  FieldReading* reading = label->add_readings();
  reading->set_field(std::string(field));
  return reading;
}

void DropReading(std::string_view field, Label* label) {
  auto* readings = label->mutable_readings();
  readings->erase(std::remove_if(readings->begin(), readings->end(),
                                 [&](const FieldReading& r) { return r.field() == field; }),
                  readings->end());
}

// A value is one thing: where it stood by guess in another field, it is no longer.
void ClearElsewhere(std::string_view field, const std::string& value, const Choices& choices,
                    Label* label) {
  const std::string normalized = NormalizeSerial(value);
  for (const std::string_view other : {"serial", "part_number", "asset_tag", "purchase_order"}) {
    if (other == field || choices.contains(std::string(other))) continue;
    const ChosenField* known = FindField(other);
    if (known->get(*label).empty() || NormalizeSerial(known->get(*label)) != normalized) continue;
    known->set(*label, "");
    DropReading(other, label);
  }
}

// What was as likely the number of this device is, after a choice, that of another one.
void DropRival(std::string_view field, const std::string& chosen, Label* label) {
  for (const FieldReading& reading : label->readings()) {
    if (reading.field() != field) continue;
    for (const std::string& rival : {reading.value(), reading.runner_up()}) {
      auto* values = field == "imei" ? label->mutable_imeis() : label->mutable_macs();
      const auto found = std::find(values->begin(), values->end(), rival);
      if (rival == chosen || reading.runner_up().empty() || found == values->end()) continue;
      values->erase(found);
      label->add_others(rival);
    }
  }
}

// The symbol that says the value, also where only a part of what is written is the value.
int SymbolOf(const std::string& written, const std::string& value, const LabelReading& reading) {
  const int symbol = PlaceOf(reading.symbols, written).symbol;
  if (symbol >= 0) return symbol;
  for (const FieldReading& read : reading.understanding.readings()) {
    if (read.value() == value) return read.symbol();
    if (read.runner_up() == value) return read.runner_up_symbol();
  }
  return -1;
}

int AddTyped(std::string_view field, const std::string& value, LabelReading* reading) {
  RawSymbol symbol;
  symbol.set_content(value);
  symbol.set_kind(std::string(field));
  inventory::v1::LabelElement* element = symbol.add_elements();
  element->set_id(std::string(field));
  element->set_value(value);
  reading->symbols.push_back(std::move(symbol));
  return static_cast<int>(reading->symbols.size()) - 1;
}

void ApplyOne(const ChosenField& field, const std::string& written, Basis basis,
              const Choices& choices, LabelReading* reading) {
  const auto value = ChosenValue(field.name, written);
  if (!value.ok()) return;  // A remembered place whose value is no longer of the kind.
  Label* label = &reading->understanding;
  const std::string before = field.get(*label);
  int symbol = SymbolOf(written, *value, *reading);
  if (symbol < 0 && before == *value) symbol = 0;
  if (symbol < 0) {
    symbol = AddTyped(field.name, written, reading);
    basis = Basis::kTyped;
  }
  field.set(*label, *value);
  if (field.name == "imei" || field.name == "mac") DropRival(field.name, *value, label);
  ClearElsewhere(field.name, *value, choices, label);
  FieldReading* found = ReadingOf(field.name, label);
  if (before != *value && !before.empty()) {
    found->set_runner_up(before);
    found->set_runner_up_symbol(std::max(PlaceOf(reading->symbols, before).symbol, 0));
  }
  const double confidence = basis == Basis::kLayout ? kLayoutConfidence : 1.0;
  found->set_value(*value);
  found->set_confidence(confidence);
  found->set_runner_up_confidence(found->runner_up().empty() ? 0 : 1 - confidence);
  found->set_basis(std::string(ToString(basis)));
  found->set_symbol(symbol);
  label->set_confidence(std::max(label->confidence(), confidence));
  reading->understood = true;
}

}  // namespace

absl::StatusOr<std::string> ChosenValue(std::string_view field, std::string_view written) {
  const std::string_view text = Strip(written);
  const bool plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
  if (text.empty() || text.size() > kValueBytesMax || !plain || !common::IsUtf8(text)) {
    return Wrong("A value has 1 to 128 bytes of UTF-8 without control characters.");
  }
  if (field == kIgnoreField) return std::string(text);
  const ChosenField* known = FindField(field);
  if (known == nullptr) return Wrong(Cat("There is no such field; known are ", FieldNames(), "."));
  auto value = known->check(text);
  if (value.ok() && value->empty()) return Wrong("The value holds nothing but blanks and dashes.");
  return value;
}

absl::Status CheckChoices(const Choices& choices) {
  common::FieldViolations violations;
  if (choices.size() > kChoicesMax) {
    violations.Add("choices", absl::StrCat("has at most ", kChoicesMax, " entries"));
    return violations.ToStatus();
  }
  for (const auto& [field, written] : choices) {
    const auto value = ChosenValue(field, written);
    if (value.ok()) continue;
    violations.Add(Cat("choices[", Shown(field, 32), "]"), std::string(value.status().message()));
  }
  return violations.ToStatus();
}

void ApplyChoices(const Choices& choices, Basis basis, LabelReading* reading) {
  // Fields in the order of the table, so that the same choices always give the same record.
  for (const ChosenField& field : kFields) {
    const auto chosen = choices.find(std::string(field.name));
    if (chosen != choices.end()) ApplyOne(field, chosen->second, basis, choices, reading);
  }
  const auto ignored = choices.find(std::string(kIgnoreField));
  if (ignored != choices.end()) {
    ClearElsewhere(kIgnoreField, ignored->second, choices, &reading->understanding);
  }
}

std::vector<std::string> FieldsInDoubt(const LabelUnderstanding& label, double threshold) {
  std::vector<std::string> fields;
  const bool identifies = Identifies(label);
  bool names_model = false;
  for (const FieldReading& reading : label.readings()) {
    const bool model = reading.field() == "gtin" || reading.field() == "part_number";
    names_model = names_model || model;
    const bool guess = model && reading.basis() == ToString(Basis::kShape) && threshold > 0;
    if (!IsIdentity(reading.field()) && (identifies || !model)) continue;
    if (guess || reading.confidence() < threshold) fields.push_back(reading.field());
  }
  names_model = names_model || !label.gtin().empty() || !label.part_number().empty();
  const bool says_something = label.others_size() > 0 || label.quantity() > 0 ||
                              !label.maker().empty() || !label.purchase_order().empty();
  if (!identifies && !names_model && says_something && threshold > 0) fields.push_back("serial");
  return fields;
}

}  // namespace loopdock::intake
