// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/manifest_headings.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

struct FieldWords {
  ManifestField field;
  std::vector<std::string_view> words;
};

const std::vector<FieldWords>& Words() {
  static const auto* const kWords = new std::vector<FieldWords>{
#include "services/intake/core/manifest_headings.inc"
  };
  return *kWords;
}

// Word to field and rank.
const absl::flat_hash_map<std::string_view, std::pair<ManifestField, int>>& WordIndex() {
  static const auto* const kIndex = [] {
    auto* index = new absl::flat_hash_map<std::string_view, std::pair<ManifestField, int>>();
    for (const FieldWords& row : Words()) {
      for (std::size_t i = 0; i < row.words.size(); ++i) {
        index->try_emplace(row.words[i], row.field, static_cast<int>(i));
      }
    }
    return index;
  }();
  return *kIndex;
}

// Letters of Latin-1 from U+00C0 on without their accents; '-' for what is no letter.
constexpr std::string_view kFolded =
    "aaaaaaaceeeeiiiidnooooo-ouuuuypsaaaaaaaceeeeiiiidnooooo-ouuuuypy";

constexpr std::string_view kTotalWords[] = {
    "total",    "totals",        "grandtotal",  "totalquantity", "totalunits",   "totalweight",
    "summe",    "gesamt",        "gesamtsumme", "insgesamt",     "totalgeneral", "sum",
    "totaux",   "suma",          "sumas",       "totaal",        "totale",       "subtotal",
    "totalqty", "zwischensumme", "soustotal"};
constexpr std::string_view kNothingWords[] = {
    "-",   "--",      "---",  "n/a", "na",  "n.a.", "none",          "null",
    "nil", "unknown", "k.a.", "tbd", "n/v", "s/n",  "not available", "keine"};

std::string_view TrimmedHeading(std::string_view text) { return Strip(text); }

// Compared without case and outer white space.
bool SameHeading(std::string_view a, std::string_view b) {
  return Lower(TrimmedHeading(a)) == Lower(TrimmedHeading(b));
}

std::size_t ColumnOf(const std::vector<std::string_view>& cells, std::string_view heading) {
  const auto found = std::find_if(cells.begin(), cells.end(), [heading](std::string_view cell) {
    return SameHeading(cell, heading);
  });
  return static_cast<std::size_t>(found - cells.begin());
}

bool NamesThings(ManifestField field) {
  return field != kMaker && field != kQuantity && field != kMass && field != kPurchaseOrder &&
         field != kContainer && field != kManifestFieldCount;
}

void Take(ColumnPlan* plan, std::size_t column, ManifestField field, double unit_g) {
  plan->fields[column] = field;
  if (field == kMass) plan->mass_unit_g = unit_g;
  ++plan->recognised;
  plan->names_things = plan->names_things || NamesThings(field);
}

}  // namespace

std::string PlainHeading(std::string_view heading) {
  std::string plain;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    const auto c = static_cast<unsigned char>(heading[i]);
    if (IsAlnum(heading[i])) plain.push_back(ToLower(heading[i]));
    if (c == '#') plain += "no";
    if (c != 0xc3 || i + 1 == heading.size()) continue;
    const auto next = static_cast<unsigned char>(heading[++i]);
    const std::size_t at = next - std::size_t{0x80};
    if (at >= kFolded.size() || kFolded[at] == '-') continue;
    plain.push_back(kFolded[at]);
    if (next == 0x9f) plain.push_back('s');
  }
  return plain;
}

double HeadingUnit(std::string_view heading) {
  std::size_t end = heading.size();
  while (end > 0 && !IsAlnum(heading[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && IsAlnum(heading[begin - 1])) --begin;
  return GramsOfUnit(heading.substr(begin, end - begin));
}

HeadingMeaning MeaningOf(std::string_view heading) {
  const std::string plain = PlainHeading(heading);
  const auto found = WordIndex().find(plain);
  if (found != WordIndex().end()) return {found->second.first, found->second.second, 0};
  const double unit_g = HeadingUnit(heading);
  if (unit_g <= 0) return {};
  std::size_t end = heading.size();
  while (end > 0 && !IsAlnum(heading[end - 1])) --end;
  while (end > 0 && IsAlnum(heading[end - 1])) --end;
  std::string rest = PlainHeading(heading.substr(0, end));
  for (const std::string_view joint : {"in", "en", "total"}) {
    if (rest.size() > joint.size() && EndsWith(rest, joint))
      rest.resize(rest.size() - joint.size());
  }
  // A unit alone: "kg".
  if (rest.empty()) return {kMass, 100, unit_g};
  const auto mass = WordIndex().find(rest);
  if (mass == WordIndex().end() || mass->second.first != kMass) return {};
  return {kMass, mass->second.second, unit_g};
}

ColumnPlan PlanColumns(const std::vector<std::string_view>& cells, const ManifestOptions& options) {
  ColumnPlan plan;
  plan.headings.assign(cells.begin(), cells.end());
  plan.fields.assign(cells.size(), kManifestFieldCount);
  std::array<bool, kManifestFieldCount> settled = {};
  for (const ManifestColumns* named : {&options.columns, &options.remembered}) {
    for (const auto& [name, heading] : *named) {
      const ManifestField field = ManifestFieldOf(name);
      const std::size_t column = ColumnOf(cells, heading);
      const bool free = field != kManifestFieldCount && !settled[field] && column < cells.size() &&
                        plan.fields[column] == kManifestFieldCount;
      // A heading that was given and is not there is reported; the field is not guessed then.
      if (field != kManifestFieldCount)
        settled[field] = settled[field] || free || named == &options.columns;
      if (free) Take(&plan, column, field, HeadingUnit(cells[column]));
    }
  }
  std::array<std::size_t, kManifestFieldCount> best;
  best.fill(cells.size());
  std::vector<HeadingMeaning> meanings;
  for (const std::string_view cell : cells) meanings.push_back(MeaningOf(cell));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const ManifestField field = meanings[i].field;
    if (field == kManifestFieldCount || settled[field] || plan.fields[i] != kManifestFieldCount) {
      continue;
    }
    if (best[field] == cells.size() || meanings[i].rank < meanings[best[field]].rank) {
      best[field] = i;
    }
  }
  for (const std::size_t column : best) {
    if (column < cells.size()) {
      Take(&plan, column, meanings[column].field, meanings[column].mass_unit_g);
    }
  }
  return plan;
}

bool IsTotalWord(std::string_view text) {
  const std::string plain = PlainHeading(text);
  return std::find(std::begin(kTotalWords), std::end(kTotalWords), plain) != std::end(kTotalWords);
}

bool IsNothingWord(std::string_view text) {
  if (text.size() > 16) return false;
  const std::string lower = Lower(text);
  return std::find(std::begin(kNothingWords), std::end(kNothingWords), lower) !=
         std::end(kNothingWords);
}

}  // namespace loopdock::intake
