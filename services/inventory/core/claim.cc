// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/claim.h"

#include <algorithm>
#include <utility>

#include "services/common/status.h"
#include "services/inventory/core/identity.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

// A data identifier of serial numbers before the number, on a symbol of its own (ANSI MH10.8.2 S),
// and how makers spell it out.
constexpr std::string_view kSerialMarks[] = {"SN", "S"};

absl::StatusOr<std::optional<v1::ManifestLine>> LineOf(std::string_view manifest,
                                                       std::string_view value, Step& step) {
  auto found = FindByValue(LookIn(step), IdOf(manifest), value);
  if (!found.ok()) return found.status();
  if (!found->has_value()) return std::nullopt;
  return std::move((*found)->row.line);
}

// What a lone text may say: all of it, or what follows a mark.
std::vector<std::string> MeaningsOf(const v1::RecordScanRequest& request) {
  std::vector<std::string> meanings;
  const std::string& serial = request.understanding().serial();
  if (!serial.empty()) meanings.push_back(serial);
  if (request.symbols_size() != 1) return meanings;
  const std::string text(Trim(request.symbols(0).content()));
  meanings.push_back(text);
  for (const std::string_view mark : kSerialMarks) {
    if (text.starts_with(mark)) meanings.push_back(text.substr(mark.size()));
  }
  return meanings;
}

bool IsTag(const v1::ManifestLine& line, std::string_view value) {
  return IsSameClaim(line.asset_tag(), value) && !IsSameClaim(line.serial(), value);
}

// The serial reading, or a new one.
v1::FieldReading* ReadingOfSerial(v1::LabelUnderstanding* label) {
  for (v1::FieldReading& known : *label->mutable_readings()) {
    if (known.field() == "serial") return &known;
  }
  return label->add_readings();
}

// `rival` is another value of the label that the same line claims, or empty.
void Settle(const v1::ManifestLine& line, const std::string& value, const std::string& rival,
            v1::RecordScanRequest* request) {
  v1::LabelUnderstanding* label = request->mutable_understanding();
  std::string serial = value;
  if (IsTag(line, value)) {
    label->set_asset_tag(value);
    serial = IsSameClaim(line.serial(), rival) ? rival : "";
  } else if (IsTag(line, rival)) {
    label->set_asset_tag(rival);
  }
  if (request->symbols_size() == 1) {
    label->clear_others();
    label->clear_part_number();
  }
  label->set_serial(serial);
  v1::FieldReading* reading = ReadingOfSerial(label);
  reading->set_field(serial.empty() ? "asset_tag" : "serial");
  reading->set_value(serial.empty() ? value : serial);
  reading->set_confidence(kSureOfSerial);
  reading->set_basis("manifest");
  label->set_confidence(kSureOfSerial);
  request->set_needs_choice(false);
}

// The asset has a serial number, or a tag, other than the one shown; so it has where the two are
// written alike, since then maker or GTIN have told the devices apart.
bool Contradicts(const v1::Asset& asset, const v1::Identifier& shown, bool* is_known) {
  const auto is_serial = [](v1::IdentifierKind kind) {
    return TwinOf(kind) != v1::IDENTIFIER_KIND_UNSPECIFIED;
  };
  bool other = false;
  for (const v1::Identifier& known : asset.identifiers()) {
    const bool is_alike = NormaliseIdentifier(known.kind(), known.value()) ==
                          NormaliseIdentifier(shown.kind(), shown.value());
    if (IsSameClaim(known.value(), shown.value()) && !is_alike) *is_known = true;
    other = other || (is_serial(known.kind()) && is_serial(shown.kind())) ||
            (known.kind() == shown.kind() && known.kind() == v1::IDENTIFIER_KIND_ASSET_TAG);
  }
  return other && !*is_known;
}

}  // namespace

bool IsGuessed(const v1::LabelUnderstanding& label) {
  return label.confidence() > 0 && label.confidence() < kSureOfSerial;
}

absl::StatusOr<std::optional<v1::RecordScanRequest>> SettledByClaim(
    std::string_view manifest, const v1::RecordScanRequest& request, Step& step) {
  const v1::LabelUnderstanding& label = request.understanding();
  if (manifest.empty() || IsPersonsSerial(label)) return std::nullopt;
  // Of one symbol, and neither a retail code nor a container's.
  const bool is_text = label.serial().empty() && request.symbols_size() == 1 &&
                       label.imeis().empty() && label.gtin().empty() && label.sscc().empty() &&
                       label.asset_tag().empty();
  if (!is_text && !(request.needs_choice() || IsGuessed(label))) return std::nullopt;
  std::string rival;
  std::int64_t rival_line = 0;
  for (const v1::FieldReading& reading : label.readings()) {
    if (reading.field() != "serial" || reading.runner_up().empty()) continue;
    const auto line = LineOf(manifest, reading.runner_up(), step);
    LOOPDOCK_RETURN_IF_ERROR(line.status());
    if (!line->has_value()) continue;
    rival = reading.runner_up();
    rival_line = (*line)->number();
  }
  for (const std::string& value : MeaningsOf(request)) {
    const auto line = LineOf(manifest, value, step);
    LOOPDOCK_RETURN_IF_ERROR(line.status());
    if (!line->has_value()) continue;
    if (rival_line != 0 && rival_line != (*line)->number()) return std::nullopt;
    std::optional<v1::RecordScanRequest> settled = request;
    Settle(**line, value, rival, &*settled);
    return settled;
  }
  return std::nullopt;
}

absl::StatusOr<ClaimedAsset> HereByClaim(const v1::ReceivingSession& session,
                                         const std::vector<v1::Identifier>& shown, Step& step) {
  ClaimedAsset here;
  if (session.manifest().empty()) return here;
  for (const v1::Identifier& identifier : shown) {
    const auto line = LineOf(session.manifest(), identifier.value(), step);
    LOOPDOCK_RETURN_IF_ERROR(line.status());
    if (!line->has_value() || (*line)->asset().empty()) continue;
    if (!here.asset.empty() && here.asset != (*line)->asset()) return ClaimedAsset();
    here.asset = (*line)->asset();
    here.line = (*line)->number();
  }
  if (here.asset.empty()) return here;
  const auto asset = step.Find<v1::Asset>(here.asset);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (!IsOpen(*asset) || asset->load() != session.load()) return ClaimedAsset();
  for (const v1::Identifier& identifier : shown) {
    bool is_known = false;
    if (Contradicts(*asset, identifier, &is_known)) return ClaimedAsset();
    here.is_known_number = here.is_known_number || is_known;
  }
  return here;
}

}  // namespace loopdock::inventory
