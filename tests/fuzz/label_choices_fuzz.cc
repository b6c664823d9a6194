// SPDX-License-Identifier: Apache-2.0
// A label of several symbols on its way to inventory: understanding, layout, choices, remembered
// choices, the fit to inventory's limits and the sentence, with any bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/status.h"
#include "services/intake/core/choices.h"
#include "services/intake/core/layout.h"
#include "services/intake/core/scan_record.h"

namespace {

using loopdock::intake::Basis;
using loopdock::intake::Choices;
using loopdock::intake::ChoicesOf;
using loopdock::intake::FitToRecord;
using loopdock::intake::LabelReading;
using loopdock::intake::PlacesOf;
using loopdock::intake::ReadLabel;
using loopdock::intake::SentenceFor;

void Require(bool condition) {
  if (!condition) std::abort();
}

constexpr std::string_view kFields[] = {"serial",   "part_number",    "imei",      "mac",
                                        "gtin",     "maker",          "asset_tag", "sscc",
                                        "quantity", "purchase_order", "ignore",    "colour"};

// Symbols are separated by 0xFF; the first byte of each places it and names its format.
std::vector<loopdock::inventory::v1::RawSymbol> SymbolsIn(std::string_view text) {
  constexpr std::string_view kIdentifiers[] = {"", "]C0", "]C1", "]d1", "]d2", "]E0"};
  std::vector<loopdock::inventory::v1::RawSymbol> symbols;
  while (!text.empty() && symbols.size() < 20) {
    const std::string_view part = text.substr(0, text.find('\xff'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part.empty()) continue;
    const auto choice = static_cast<std::uint8_t>(part[0]);
    auto& symbol = symbols.emplace_back();
    symbol.set_content(std::string(part.substr(1)));
    symbol.set_symbology_identifier(std::string(kIdentifiers[choice % 6]));
    const int corners = choice >= 128 ? 8 : 0;
    for (int i = 0; i < corners; ++i) symbol.add_corners(choice * (i + 3) % 97);
  }
  return symbols;
}

void CheckReading(const LabelReading& reading) {
  loopdock::inventory::v1::RecordScanRequest command;
  command.mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
  *command.mutable_understanding() = reading.understanding;
  for (const std::string& warning : reading.warnings) command.add_warnings(warning);
  FitToRecord(&command);
  loopdock::inventory::v1::RecordScanRequest sent;
  Require(sent.ParseFromString(command.SerializeAsString()));
  for (const auto& field : reading.understanding.readings()) {
    Require(field.confidence() >= 0 && field.confidence() <= 1);
    Require(field.runner_up_confidence() >= 0 && field.runner_up_confidence() <= 1);
    const auto symbol = static_cast<std::size_t>(field.symbol());
    Require(symbol < std::max<std::size_t>(1, reading.symbols.size()));
  }
  loopdock::inventory::v1::RecordScanResponse recorded;
  *recorded.mutable_scan()->mutable_understanding() = reading.understanding;
  for (const auto outcome : {loopdock::inventory::v1::SCAN_OUTCOME_CHOICE,
                             loopdock::inventory::v1::SCAN_OUTCOME_BOOKED}) {
    recorded.mutable_scan()->set_outcome(outcome);
    Require(!SentenceFor(recorded).empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 3, size - 3);
  LabelReading reading =
      ReadLabel(SymbolsIn(text), {}, [&](std::string_view value) { return value.size() % 2 == 0; });
  CheckReading(reading);
  Require(reading.understanding.layout().empty() == (reading.symbols.size() < 2));
  // A choice of a value on the label, and one of any value.
  Choices choices;
  const std::string field(kFields[data[0] % 12]);
  if (!reading.symbols.empty()) {
    choices[field] = reading.symbols[data[1] % reading.symbols.size()].content();
  }
  choices[std::string(kFields[data[2] % 12])] = std::string(text.substr(0, 40));
  const absl::Status checked = loopdock::intake::CheckChoices(choices);
  if (!checked.ok()) {
    Require(loopdock::common::ReasonOf(checked) == "INVALID_FIELDS");
    return 0;
  }
  const auto places = PlacesOf(choices, reading.symbols);
  LabelReading remembered = reading;
  ApplyChoices(ChoicesOf(places, remembered.symbols), Basis::kLayout, &remembered);
  CheckReading(remembered);
  ApplyChoices(choices, Basis::kPerson, &reading);
  CheckReading(reading);
  return 0;
}
