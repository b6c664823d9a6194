// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/manifest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/common/status.h"
#include "services/inventory/core/identity.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kHeadBytes = 24;

std::string Compact(std::string_view model) {
  std::string text;
  for (const char c : model) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || byte >= 0x80) {
      text.push_back(absl::ascii_toupper(byte));
    }
  }
  return text;
}

// The forms of one GTIN differ in the zeros before it.
std::string WithoutZeros(std::string_view gtin) {
  std::string digits = Compact(gtin);
  return digits.erase(0, digits.find_first_not_of('0'));
}

// Letters and digits alone: a claim may be written otherwise than the label, a MAC with colons,
// say.
std::string NormaliseValue(std::string_view value) { return Compact(value); }

void AddValue(std::string_view value, std::vector<std::string>* values) {
  std::string normal = NormaliseValue(value);
  if (normal.empty() || std::find(values->begin(), values->end(), normal) != values->end()) return;
  values->push_back(std::move(normal));
}

absl::Status Unreadable() {
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       "A row of a manifest's line cannot be parsed; run fsck.");
}

absl::StatusOr<std::optional<FoundLine>> Found(Lookup table, std::string words,
                                               std::string_view value) {
  auto row = DecodeLine(value);
  if (!row.ok()) return row.status();
  return FoundLine{table, std::move(words), *std::move(row)};
}

}  // namespace

std::string EncodeLine(const LineRow& row) {
  std::string value;
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.first));
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.next));
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.weighed));
  AppendTo(row.line, &value);
  return value;
}

absl::StatusOr<LineRow> DecodeLine(std::string_view value) {
  LineRow row;
  if (value.size() < kHeadBytes) return Unreadable();
  row.first = static_cast<std::int64_t>(ReadBigEndian64(value));
  row.next = static_cast<std::int64_t>(ReadBigEndian64(value.substr(8)));
  row.weighed = static_cast<std::int64_t>(ReadBigEndian64(value.substr(16)));
  value.remove_prefix(kHeadBytes);
  if (!row.line.ParseFromArray(value.data(), static_cast<int>(value.size()))) return Unreadable();
  return row;
}

// No line's row begins with zeros, since lines are counted from 1.
std::string EncodeAlias(std::string_view value) {
  std::string bytes;
  AppendBigEndian64(&bytes, 0);
  bytes.append(value);
  return bytes;
}

std::string EncodeModel(const ModelRow& row) {
  std::string value;
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.open));
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.last));
  return value;
}

ModelRow DecodeModel(std::string_view value) {
  if (value.size() != 16) return {};
  return {static_cast<std::int64_t>(ReadBigEndian64(value)),
          static_cast<std::int64_t>(ReadBigEndian64(value.substr(8)))};
}

std::string ValueWords(std::string_view manifest, std::string_view value) {
  return Cat(manifest, std::string_view("\0", 1), NormaliseValue(value));
}

std::string NumberWords(std::string_view manifest, std::int64_t number) {
  std::string words = Cat(manifest, std::string_view("\0", 1));
  AppendBigEndian64(&words, static_cast<std::uint64_t>(number));
  return words;
}

std::string ModelWords(std::string_view manifest, std::string_view model) {
  return Cat(manifest, std::string_view("\0", 1), "m", Compact(model));
}

std::string GtinWords(std::string_view manifest, std::string_view gtin) {
  return Cat(manifest, std::string_view("\0", 1), "g", WithoutZeros(gtin));
}

std::string AliasWords(std::string_view manifest, std::string_view gtin) {
  return Cat(manifest, std::string_view("\0", 1), "a", WithoutZeros(gtin));
}

std::vector<std::string> ClaimedValues(const v1::ManifestLine& line) {
  std::vector<std::string> values;
  AddValue(line.serial(), &values);
  AddValue(line.imei(), &values);
  AddValue(line.asset_tag(), &values);
  return values;
}

std::vector<std::string> ComparedValues(
    const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers) {
  std::vector<std::string> values;
  for (const v1::Identifier& identifier : identifiers) {
    switch (identifier.kind()) {
      case v1::IDENTIFIER_KIND_SERIAL:
      case v1::IDENTIFIER_KIND_SGTIN:
      case v1::IDENTIFIER_KIND_IMEI:
      case v1::IDENTIFIER_KIND_ASSET_TAG:
      case v1::IDENTIFIER_KIND_MAC:
      case v1::IDENTIFIER_KIND_PLAIN:
        AddValue(identifier.value(), &values);
        break;
      default:
        break;
    }
  }
  return values;
}

std::string ChainWords(std::string_view manifest, const v1::ManifestLine& line) {
  if (!Compact(line.model()).empty()) return ModelWords(manifest, line.model());
  return WithoutZeros(line.gtin()).empty() ? "" : GtinWords(manifest, line.gtin());
}

bool IsSameClaim(std::string_view claimed, std::string_view value) {
  const std::string normal = NormaliseValue(value);
  return !normal.empty() && NormaliseValue(claimed) == normal;
}

bool IsAnotherModel(std::string_view claimed, std::string_view received) {
  const std::string one = Compact(claimed);
  const std::string other = Compact(received);
  if (one.empty() || other.empty()) return false;
  return one.find(other) == std::string::npos && other.find(one) == std::string::npos;
}

void TakeIn(const v1::ManifestLineMatched& matched, LineRow* row) {
  v1::ManifestLine& line = row->line;
  const std::int64_t quantity =
      matched.lot().empty() ? std::max<std::int64_t>(1, matched.quantity()) : matched.quantity();
  line.set_received_quantity(line.received_quantity() + quantity);
  line.set_received_mass_g(line.received_mass_g() + matched.mass_g());
  if (matched.mass_g() > 0) row->weighed += quantity;
  line.set_received_model(matched.received_model());
  if (!matched.serial().empty()) line.set_asset(matched.asset());
}

void GiveBack(const v1::ManifestLineReleased& released, LineRow* row) {
  v1::ManifestLine& line = row->line;
  line.set_received_quantity(line.received_quantity() - released.quantity());
  line.set_received_mass_g(std::max<std::int64_t>(0, line.received_mass_g() - released.mass_g()));
  if (released.mass_g() > 0) {
    row->weighed = std::max<std::int64_t>(0, row->weighed - released.quantity());
  }
  line.clear_received_model();
  line.clear_asset();
}

std::int64_t OverOf(const LineRow& row) {
  const v1::ManifestLine& line = row.line;
  if (line.quantity() == 0) return 0;  // claimed by mass alone
  return std::max<std::int64_t>(0, line.received_quantity() - line.quantity());
}

bool IsFull(const LineRow& row) {
  return row.line.quantity() > 0 && row.line.received_quantity() >= row.line.quantity();
}

absl::StatusOr<std::optional<FoundLine>> FindByValue(ManifestLook look, std::string_view manifest,
                                                     std::string_view value) {
  std::string words = ValueWords(manifest, value);
  auto row = look(Lookup::kManifestValue, words);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::nullopt;
  if (ReadBigEndian64(**row) == 0) {
    words = ValueWords(manifest, std::string_view(**row).substr(8));
    row = look(Lookup::kManifestValue, words);
    if (!row.ok()) return row.status();
    if (!row->has_value()) return Unreadable();
  }
  return Found(Lookup::kManifestValue, std::move(words), **row);
}

absl::StatusOr<std::optional<FoundLine>> FindByNumber(ManifestLook look, std::string_view manifest,
                                                      std::int64_t number) {
  std::string words = NumberWords(manifest, number);
  const auto row = look(Lookup::kManifestNumber, words);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::nullopt;
  return Found(Lookup::kManifestNumber, std::move(words), **row);
}

namespace {

// The first line from that one on that is not full, else the last.
absl::StatusOr<FoundLine> LastOfChain(ManifestLook look, std::string_view manifest,
                                      std::int64_t number) {
  for (;;) {
    auto line = FindByNumber(look, manifest, number);
    if (!line.ok()) return line.status();
    if (!line->has_value()) return Unreadable();
    if (!IsFull((*line)->row) || (*line)->row.next == 0) return *std::move(*line);
    number = (*line)->row.next;
  }
}

}  // namespace

absl::StatusOr<std::optional<FoundLine>> FindByModel(ManifestLook look, std::string_view manifest,
                                                     std::string_view model,
                                                     std::string_view gtin) {
  std::vector<std::string> chains;
  if (!Compact(model).empty()) chains.push_back(ModelWords(manifest, model));
  if (!WithoutZeros(gtin).empty()) {
    chains.push_back(GtinWords(manifest, gtin));
    chains.push_back(AliasWords(manifest, gtin));
  }
  std::optional<FoundLine> full;
  for (const std::string& words : chains) {
    const auto chain = look(Lookup::kManifestModel, words);
    if (!chain.ok()) return chain.status();
    if (!chain->has_value()) continue;
    auto last = LastOfChain(look, manifest, DecodeModel(**chain).open);
    if (!last.ok()) return last.status();
    if (!IsFull(last->row)) return std::optional<FoundLine>(*std::move(last));
    if (!full.has_value()) full = *std::move(last);
  }
  return full;
}

namespace {

// The line claims the same serial number of another GTIN: it is another device's, where the number
// is unique within its GTIN only.
bool IsOfAnotherGtin(const v1::ManifestLine& line, const v1::Asset& asset, std::string_view value) {
  const std::string claimed = NormaliseGtin(line.gtin());
  const std::string gtin = GtinOf(asset);
  if (claimed.empty() || gtin.empty() || claimed == gtin) return false;
  return std::any_of(asset.identifiers().begin(), asset.identifiers().end(),
                     [&](const v1::Identifier& identifier) {
                       return identifier.kind() == v1::IDENTIFIER_KIND_SGTIN &&
                              NormaliseValue(identifier.value()) == value;
                     });
}

}  // namespace

absl::StatusOr<Comparison> Compare(ManifestLook look, std::string_view manifest,
                                   const v1::Asset& asset, std::string_view gtin) {
  Comparison comparison;
  comparison.match = v1::MANIFEST_MATCH_UNEXPECTED;
  for (const std::string& value : ComparedValues(asset.identifiers())) {
    auto found = FindByValue(look, manifest, value);
    if (!found.ok()) return found.status();
    if (!found->has_value()) continue;
    const v1::ManifestLine& line = (*found)->row.line;
    if (IsOfAnotherGtin(line, asset, value)) continue;
    if (!line.asset().empty() && line.asset() != asset.name()) {
      comparison.warnings.push_back(Cat("Line ", line.number(), " of the manifest claims '", value,
                                        "' and is matched by '", line.asset(), "' already."));
      return comparison;
    }
    comparison.match = v1::MANIFEST_MATCH_MATCHED;
    comparison.value = value;
    if (IsAnotherModel(line.model(), asset.model())) {
      comparison.match = v1::MANIFEST_MATCH_WRONG_MODEL;
      comparison.received_model = asset.model();
      comparison.warnings.push_back(Cat("Line ", line.number(), " claims model ", line.model(),
                                        ", this is ", asset.model(), "."));
    }
    comparison.row = std::move((*found)->row);
    return comparison;
  }
  auto found = FindByModel(look, manifest, asset.model(), gtin.empty() ? GtinOf(asset) : gtin);
  if (!found.ok()) return found.status();
  if (!found->has_value()) {
    comparison.warnings.push_back("No line of the manifest claims it.");
    return comparison;
  }
  comparison.row = std::move((*found)->row);
  comparison.match = v1::MANIFEST_MATCH_MATCHED;
  const v1::ManifestLine& line = comparison.row.line;
  if (IsFull(comparison.row)) {
    comparison.match = v1::MANIFEST_MATCH_OVER;
    comparison.warnings.push_back(Cat("Line ", line.number(), " claims ", line.quantity(),
                                      ", this is number ", line.received_quantity() + 1, "."));
  }
  return comparison;
}

}  // namespace loopdock::inventory
