// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/manifest_claims.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "services/common/utf8.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// Inventory's limits: what is longer it would refuse.
constexpr std::size_t kTextBytesMax = 256;
constexpr std::size_t kIdentifierBytesMax = 128;
constexpr std::size_t kCategoryBytesMax = 64;
constexpr std::int64_t kPiecesMax = 1'000'000;
constexpr std::int64_t kMassGramsMax = 100'000'000;
constexpr std::size_t kShownBytesMax = 100;

constexpr std::pair<std::string_view, double> kUnits[] = {
    {"g", 1},
    {"gr", 1},
    {"grs", 1},
    {"gram", 1},
    {"grams", 1},
    {"gramm", 1},
    {"gramme", 1},
    {"grammes", 1},
    {"gramos", 1},
    {"kg", 1000},
    {"kgs", 1000},
    {"kilo", 1000},
    {"kilos", 1000},
    {"kilogram", 1000},
    {"kilograms", 1000},
    {"kilogramm", 1000},
    {"kilogrammes", 1000},
    {"kilogramos", 1000},
    {"lb", 453.59237},
    {"lbs", 453.59237},
    {"pound", 453.59237},
    {"pounds", 453.59237},
    {"libras", 453.59237},
    {"livres", 453.59237},
    {"oz", 28.349523125},
    {"ounce", 28.349523125},
    {"ounces", 28.349523125},
};

// Digits that a spreadsheet has rounded away: "3.5E+14".
bool IsRounded(std::string_view text) {
  const std::size_t e = text.find_first_of("Ee");
  if (e == std::string_view::npos || e == 0 || e + 2 >= text.size() || text[e + 1] != '+') {
    return false;
  }
  const std::string_view mantissa = text.substr(0, e);
  return AllDigits(text.substr(e + 2)) && IsDigit(mantissa.front()) &&
         mantissa.find_first_not_of("0123456789.,") == std::string_view::npos;
}

bool IsSpreadsheetError(std::string_view text) {
  constexpr std::string_view kErrors[] = {"#REF!", "#VALUE!", "#NAME?", "#DIV/0!",
                                          "#NUM!", "#NULL!",  "#N/A"};
  return std::find(std::begin(kErrors), std::end(kErrors), text) != std::end(kErrors);
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string Without(std::string_view text, std::string_view dropped) {
  std::string kept;
  for (const char c : text) {
    if (!Contains(dropped, c)) kept.push_back(c);
  }
  return kept;
}

// What is wrong with an IMEI whose blanks and dashes are gone; empty when nothing is.
std::string_view WrongImei(std::string_view digits) {
  if (!AllDigits(digits) || digits.size() != 15) {
    return "An IMEI has 15 digits; give one a line, without words around it.";
  }
  return LuhnHolds(digits) ? "" : "The check digit of the IMEI is wrong.";
}

std::string_view WrongGtin(std::string_view digits) {
  const std::size_t size = digits.size();
  if (!AllDigits(digits) || (size != 8 && size != 12 && size != 13 && size != 14)) {
    return "A GTIN has 8, 12, 13 or 14 digits; leading zeros count.";
  }
  return CheckDigitHolds(digits) ? "" : "The check digit of the GTIN is wrong.";
}

}  // namespace

ManifestField ManifestFieldOf(std::string_view name) {
  const auto* found = std::find(kManifestFieldNames.begin(), kManifestFieldNames.end(), name);
  return static_cast<ManifestField>(found - kManifestFieldNames.begin());
}

double GramsOfUnit(std::string_view unit) {
  const std::string lower = Lower(unit);
  for (const auto& [word, grams] : kUnits) {
    if (lower == word) return grams;
  }
  return 0;
}

std::int64_t ParsePieces(std::string_view text) {
  const std::size_t point = text.find_first_of(".,");
  if (point != std::string_view::npos) {
    const std::string_view fraction = text.substr(point + 1);
    // Three noughts could be thousands.
    if (fraction.empty() || fraction.size() > 2 ||
        fraction.find_first_not_of('0') != std::string_view::npos) {
      return 0;
    }
    text = text.substr(0, point);
  }
  std::int64_t pieces = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pieces);
  return error == std::errc() && end == text.data() + text.size() && pieces > 0 ? pieces : 0;
}

std::int64_t ParseMass(std::string_view text, double unit_g, char decimal) {
  std::size_t end = 0;
  while (end < text.size() && (IsDigit(text[end]) || Contains(".,", text[end]))) ++end;
  std::string_view unit = Strip(text.substr(end));
  ConsumeSuffix(&unit, ".");
  if (!unit.empty()) unit_g = GramsOfUnit(unit);
  std::string number;
  std::size_t group = std::string::npos;  // digits since the last thousands separator
  for (const char c : text.substr(0, end)) {
    const bool separates = c == '.' || c == ',';
    if (separates && c != decimal) {
      const bool first = group == std::string::npos;
      if (Contains(number, '.') || (first ? number.empty() || number.size() > 3 : group != 3)) {
        return -1;
      }
      group = 0;
      continue;
    }
    if (separates && Contains(number, '.')) return -1;
    if (separates && group != std::string::npos && group != 3) return -1;
    if (separates) group = std::string::npos;
    if (!separates && group != std::string::npos) ++group;
    number.push_back(separates ? '.' : c);
  }
  if (unit_g <= 0 || (group != std::string::npos && group != 3)) return -1;
  double value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || error != std::errc() || stop != number.data() + number.size()) return -1;
  const double grams = std::round(value * unit_g);
  return grams < 1e15 ? static_cast<std::int64_t>(grams) : -1;
}

void ManifestBuilder::Report(std::int64_t line, std::string_view column, std::string_view problem,
                             std::string_view value) {
  ++reading_->problem_count;
  if (reading_->problems.size() >= kManifestProblemsMax) return;
  v1::ManifestProblem& kept = reading_->problems.emplace_back();
  kept.set_line(line);
  kept.set_column(common::CleanUtf8Prefix(column, kTextBytesMax));
  kept.set_problem(std::string(problem));
  kept.set_value(common::CleanUtf8Prefix(value, kShownBytesMax));
}

bool ManifestBuilder::JudgeText(std::int64_t line, const Stated& stated, std::size_t bytes_max) {
  const std::string_view text = stated.text;
  if (text.size() > bytes_max) {
    Report(line, stated.column,
           Cat("Is too long: at most ", std::to_string(bytes_max), " bytes are kept."), text);
  } else if (HasControl(text)) {
    Report(line, stated.column, "Has control characters or a line break in it.", text);
  } else if (Contains(text, "\xEF\xBF\xBD")) {
    Report(line, stated.column, "Has characters that could not be read: save the file as UTF-8.",
           text);
  } else if (IsSpreadsheetError(text)) {
    Report(line, stated.column, "Is the error of a spreadsheet; correct the formula.", text);
  } else {
    return true;
  }
  return false;
}

bool ManifestBuilder::Remember(std::int64_t line, const Stated& stated, std::string_view what) {
  // As inventory compares them.
  std::string normalized = Upper(stated.text);
  std::erase_if(normalized,
                [](char c) { return !IsAlnum(c) && static_cast<unsigned char>(c) < 0x80; });
  if (normalized.empty()) {
    Report(line, stated.column, Cat("The ", what, " has no letter and no digit."), stated.text);
    return false;
  }
  const auto [found, fresh] = seen_.try_emplace(normalized, line);
  // One line may give the same number twice, as serial number and as tag.
  if (fresh || (found->second == line && what != "serial number")) return true;
  Report(line, stated.column,
         Cat("The ", what, " stands in line ", std::to_string(found->second), " already."),
         stated.text);
  return false;
}

bool ManifestBuilder::JudgeIds(const ManifestClaim& claim, inventory::v1::ManifestLine* line) {
  bool good = true;
  const auto rounded = [&](const Stated& stated) {
    if (!IsRounded(stated.text)) return false;
    Report(claim.line, stated.column,
           "A spreadsheet has rounded the number; write the column as text.", stated.text);
    return true;
  };
  for (const Stated& serial : claim.serials) {
    good = JudgeText(claim.line, serial, kIdentifierBytesMax) && !rounded(serial) &&
           Remember(claim.line, serial, "serial number") && good;
  }
  if (const Stated& imei = claim.fields[kImei]; !imei.text.empty()) {
    line->set_imei(Without(imei.text, " -/"));
    const std::string_view wrong = WrongImei(line->imei());
    if (rounded(imei)) {
      good = false;
    } else if (!wrong.empty()) {
      Report(claim.line, imei.column, wrong, imei.text);
      good = false;
    } else {
      good = Remember(claim.line, {line->imei(), imei.column}, "IMEI") && good;
    }
  }
  if (const Stated& tag = claim.fields[kAssetTag]; !tag.text.empty()) {
    good = JudgeText(claim.line, tag, kIdentifierBytesMax) && !rounded(tag) &&
           Remember(claim.line, tag, "asset tag") && good;
    line->set_asset_tag(std::string(tag.text));
  }
  if (const Stated& gtin = claim.fields[kGtin]; !gtin.text.empty()) {
    line->set_gtin(Without(gtin.text, " -"));
    const std::string_view wrong = WrongGtin(line->gtin());
    const bool lost = rounded(gtin);
    if (!lost && !wrong.empty()) Report(claim.line, gtin.column, wrong, gtin.text);
    good = good && !lost && wrong.empty();
  }
  return good;
}

bool ManifestBuilder::JudgeQuantity(const ManifestClaim& claim, inventory::v1::ManifestLine* line) {
  const Stated& quantity = claim.fields[kQuantity];
  const auto serials = static_cast<std::int64_t>(claim.serials.size());
  const bool named = serials > 0 || !line->imei().empty() || !line->asset_tag().empty();
  const std::int64_t named_pieces = std::max<std::int64_t>(serials, 1);
  if (quantity.text.empty()) {
    line->set_quantity(named_pieces);
    if (named || !claim.counts_pieces) return true;
    Report(claim.line, quantity.column,
           "Says no quantity; a line without a serial number needs one.");
    return false;
  }
  line->set_quantity(ParsePieces(quantity.text));
  if (line->quantity() == 0 || line->quantity() > kPiecesMax) {
    Report(claim.line, quantity.column, "Is no whole number of pieces from 1 to 1000000.",
           quantity.text);
    return false;
  }
  if (!named || line->quantity() == named_pieces) return true;
  Report(claim.line, quantity.column,
         serials > 1 ? Cat("Says another quantity than the ", std::to_string(serials),
                           " serial numbers of the line.")
                     : "A line that names one device has quantity 1; list the others too.",
         quantity.text);
  return false;
}

bool ManifestBuilder::JudgeNumbers(const ManifestClaim& claim, inventory::v1::ManifestLine* line) {
  bool good = JudgeQuantity(claim, line);
  if (claim.serials.size() > 1 && (!line->imei().empty() || !line->asset_tag().empty())) {
    const Stated& one = claim.fields[line->imei().empty() ? kAssetTag : kImei];
    Report(claim.line, one.column, "Names one device, the line's serial numbers several.",
           one.text);
    good = false;
  }
  const Stated& mass = claim.fields[kMass];
  if (mass.text.empty()) return good;
  line->set_mass_g(ParseMass(mass.text, claim.mass_unit_g, claim.decimal));
  if (line->mass_g() >= 0 && line->mass_g() <= kMassGramsMax) return good;
  Report(claim.line, mass.column,
         "Is no mass of at most 100 t: a number, with kg, g, lb or oz if the heading has no unit.",
         mass.text);
  return false;
}

bool ManifestBuilder::Judge(const ManifestClaim& claim, inventory::v1::ManifestLine* line) {
  bool good = true;
  using Line = inventory::v1::ManifestLine;
  struct Text {
    ManifestField field;
    std::size_t bytes_max;
    void (*set)(Line*, std::string);
  };
  static constexpr Text kTexts[] = {
      {kMaker, kTextBytesMax, [](Line* to, std::string text) { to->set_maker(std::move(text)); }},
      {kModel, kTextBytesMax, [](Line* to, std::string text) { to->set_model(std::move(text)); }},
      {kCategory, kCategoryBytesMax,
       [](Line* to, std::string text) { to->set_category(std::move(text)); }},
      {kDescription, kTextBytesMax,
       [](Line* to, std::string text) { to->set_description(std::move(text)); }},
      {kPurchaseOrder, kTextBytesMax,
       [](Line* to, std::string text) { to->set_purchase_order(std::move(text)); }},
      {kContainer, kIdentifierBytesMax,
       [](Line* to, std::string text) { to->set_container(std::move(text)); }},
  };
  bool named = !claim.serials.empty();
  for (const auto& [field, bytes_max, set] : kTexts) {
    const Stated& stated = claim.fields[field];
    if (stated.text.empty()) continue;
    named = named || (field != kPurchaseOrder && field != kContainer && field != kMaker);
    if (JudgeText(claim.line, stated, bytes_max)) {
      set(line, std::string(stated.text));
    } else {
      good = false;
    }
  }
  good = JudgeIds(claim, line) && good;
  good = JudgeNumbers(claim, line) && good;
  named = named || !line->imei().empty() || !line->asset_tag().empty() || !line->gtin().empty();
  if (named) return good;
  Report(claim.line, "",
         "Names nothing: needs a serial number, IMEI, asset tag, model, GTIN, category or "
         "description.");
  return false;
}

void ManifestBuilder::Emit(const ManifestClaim& claim, inventory::v1::ManifestLine line) {
  reading_->piece_count += line.quantity();
  mass_g_ += line.mass_g();
  const auto add = [this](inventory::v1::ManifestLine one) {
    one.set_number(static_cast<std::int64_t>(reading_->lines.size()) + 1);
    reading_->lines.push_back(std::move(one));
  };
  if (claim.serials.empty()) return add(std::move(line));
  const auto pieces = static_cast<std::int64_t>(claim.serials.size());
  const std::int64_t mass = line.mass_g();
  line.set_quantity(1);
  for (std::int64_t i = 0; i < pieces; ++i) {
    inventory::v1::ManifestLine one = line;
    one.set_serial(std::string(claim.serials[static_cast<std::size_t>(i)].text));
    // What does not divide goes to the first ones, so that the sum stays.
    one.set_mass_g(mass / pieces + (i < mass % pieces ? 1 : 0));
    add(std::move(one));
  }
}

bool ManifestBuilder::Add(const ManifestClaim& claim) {
  const auto lines = static_cast<std::int64_t>(std::max<std::size_t>(claim.serials.size(), 1));
  if (claims_ + lines > kManifestFileLinesMax) {
    Report(claim.line, "", "The file has more than 100000 lines; what follows was not read.");
    return false;
  }
  claims_ += lines;
  inventory::v1::ManifestLine line;
  if (Judge(claim, &line)) Emit(claim, std::move(line));
  return true;
}

void ManifestBuilder::Finish() {
  if (claims_ == 0 && reading_->problem_count == 0) {
    Report(0, "", "The file has no line that claims anything.");
  }
  if (reading_->problem_count == 0) return;
  std::stable_sort(reading_->problems.begin(), reading_->problems.end(),
                   [](const auto& a, const auto& b) { return a.line() < b.line(); });
}

}  // namespace loopdock::intake
