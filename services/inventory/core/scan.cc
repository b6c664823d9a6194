// SPDX-License-Identifier: Apache-2.0
// RecordScan: the command that books what arrives.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/inventory/core/claim.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/identity.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {
namespace {

constexpr int kSymbolsMax = 64;
constexpr size_t kSymbolBytesMax = 8192;
constexpr size_t kScanBytesMax = 65536;
constexpr int kWarningsMax = 32;

bool SaysNothing(const v1::LabelUnderstanding& label) {
  return label.serial().empty() && label.part_number().empty() && label.imeis().empty() &&
         label.macs().empty() && label.gtin().empty() && label.maker().empty() &&
         label.asset_tag().empty() && label.sscc().empty() && label.quantity() == 0 &&
         label.purchase_order().empty() && label.others().empty() && label.identifiers().empty();
}

// What a label calls maker or model; what cannot be that stays in the scan only.
std::string PlainOrNothing(std::string_view text) {
  return IsPlainText(text, kTextMax) ? std::string(Trim(text)) : "";
}

// What a choice is about: the device of the asset key, or what was read first.
std::string QuestionOf(const v1::RecordScanRequest& request) {
  if (!request.asset_key().empty()) return common::Sha256(Cat("key ", request.asset_key()));
  // A picture may show the labels of several devices.
  return request.symbols().empty() ? ""
                                   : common::Sha256(Cat("text ", request.symbols(0).content()));
}

// A station whose clock is wrong hears of it; the time that it gave is kept as it is. Batches that
// were scanned offline are old by right.
void WarnOfClock(absl::Time station, absl::Time server, std::vector<std::string>* warnings) {
  constexpr absl::Duration kAheadMax = absl::Minutes(5);
  constexpr absl::Duration kBehindMax = absl::Hours(30 * 24);
  const absl::Duration ahead = station - server;
  if (ahead <= kAheadMax && ahead >= -kBehindMax) return;
  const absl::Duration off = absl::AbsDuration(ahead);
  const absl::Duration unit = off < absl::Hours(48) ? absl::Minutes(1) : absl::Hours(24);
  warnings->push_back(Cat("STATION_CLOCK: The station's clock is ", off / unit,
                          unit == absl::Minutes(1) ? " minutes " : " days ",
                          ahead > absl::ZeroDuration() ? "ahead of" : "behind",
                          " the server's; set it right. Scans count in the order of receipt."));
}

// One scan on its way to a row.
class Booking {
 public:
  Booking(const v1::RecordScanRequest& request, const v1::ReceivingSession& session, Step& step)
      : request_(request), session_(session), step_(step) {}

  absl::Status Book(v1::RecordScanResponse* answer);

 private:
  std::string NamedContainer();
  absl::Status BookContainer();
  absl::Status BookDevice();
  absl::Status FindKeyed();
  absl::Status CheckIdentity();
  absl::StatusOr<std::string> KnownPart();
  absl::Status FindByClaim();
  absl::StatusOr<bool> IsAnotherSerial();
  void Ask(std::string why);
  absl::Status SettleChoice();
  absl::Status Register();
  absl::Status Extend();
  absl::Status CompareLater(std::string_view name);
  void Say(const Comparison& comparison, const v1::Asset& asset);
  absl::Status SayOtherLoad(const v1::Asset& asset);
  v1::Asset FreshAsset();
  std::string AssetName(std::string_view id) const {
    return common::FormatName(step_.site(), "assets", id);
  }

  const v1::RecordScanRequest& request_;
  const v1::ReceivingSession& session_;
  Step& step_;
  std::vector<std::string> warnings_;
  Shown shown_;  // by the label
  Identity identity_;
  std::string keyed_;       // open asset that the asset key has registered
  std::string duplicates_;  // open asset that the key or one of the identifiers leads to
  v1::Scan scan_;
  v1::ManifestLine line_;  // that it matched, with it
};

absl::Status Booking::Book(v1::RecordScanResponse* answer) {
  scan_.set_name(step_.NewName("scans"));
  scan_.set_session(request_.session());
  scan_.set_asset_key(request_.asset_key());
  *scan_.mutable_symbols() = request_.symbols();
  if (request_.has_picture()) *scan_.mutable_picture() = request_.picture();
  if (request_.has_understanding()) *scan_.mutable_understanding() = request_.understanding();
  if (request_.has_station_time()) *scan_.mutable_station_time() = request_.station_time();
  *scan_.mutable_server_time() = step_.server_time();
  warnings_.assign(request_.warnings().begin(), request_.warnings().end());
  if (request_.has_station_time()) {
    WarnOfClock(FromTimestamp(request_.station_time()), step_.now(), &warnings_);
  }
  shown_ = ShownBy(request_, session_.supplier(), &warnings_);

  LOOPDOCK_RETURN_IF_ERROR(FindKeyed());
  if (const auto named = NamedContainer(); !named.empty()) {
    scan_.set_outcome(v1::SCAN_OUTCOME_CONTAINER);
    scan_.set_container(named);
  } else if (SaysNothing(request_.understanding())) {
    scan_.set_outcome(v1::SCAN_OUTCOME_UNREAD);
    scan_.set_asset(keyed_);
  } else if (request_.needs_choice()) {
    Ask("");
  } else if (!request_.understanding().sscc().empty() && shown_.identifiers.empty()) {
    LOOPDOCK_RETURN_IF_ERROR(BookContainer());
  } else if (std::string why = WhyNoDevice(request_, shown_); !why.empty() && keyed_.empty()) {
    Ask("NO_DEVICE: " + why);
  } else if (auto part = KnownPart(); !part.ok() || !part->empty()) {
    LOOPDOCK_RETURN_IF_ERROR(part.status());
    Ask(Cat("PART_NUMBER: The catalog has '", *part, "' as the number of a product, which many ",
            "devices bear: scan the serial number, or type it if it is one."));
  } else {
    LOOPDOCK_RETURN_IF_ERROR(BookDevice());
  }
  LOOPDOCK_RETURN_IF_ERROR(SettleChoice());
  for (const std::string& warning : warnings_) {
    if (scan_.warnings_size() < 2 * kWarningsMax) scan_.add_warnings(warning);
  }
  v1::Fact fact;
  *fact.mutable_scan_recorded() = scan_;
  LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  answer->mutable_scan()->Swap(&scan_);
  answer->set_sequence(step_.sequence());
  *answer->mutable_counts() = session_.counts();
  if (line_.number() > 0) answer->mutable_line()->Swap(&line_);
  if (answer->scan().asset().empty()) return absl::OkStatus();
  return step_.Answer(answer->scan().asset(), answer->mutable_asset());
}

// What the asset key says: 'A' it has registered an asset, 'D' it duplicates one.
absl::Status Booking::FindKeyed() {
  if (request_.asset_key().empty()) return absl::OkStatus();
  const auto row = step_.Look(Lookup::kAssetKey, request_.asset_key());
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  if (!row->has_value() || (*row)->size() < 2) return absl::OkStatus();
  const bool registered = (**row)[0] == 'A';
  std::string name = AssetName((*row)->substr(1));
  for (;;) {
    const auto asset = step_.Find<v1::Asset>(name);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    if (IsOpen(*asset)) (registered ? keyed_ : duplicates_) = name;
    if (asset->merged_into().empty()) return absl::OkStatus();
    name = asset->merged_into();  // the key goes on with the device
  }
}

// What was taken for a serial number by its shape alone, and the site's catalog has as a product's
// number; empty when it has not.
absl::StatusOr<std::string> Booking::KnownPart() {
  const v1::LabelUnderstanding& label = request_.understanding();
  if (label.serial().empty() || !IsGuessed(label) || IsPersonsSerial(label)) return "";
  std::vector<std::string> keys = {label.serial()};
  for (const v1::RawSymbol& symbol : request_.symbols()) {
    const std::string text(Trim(symbol.content()));
    if (NormaliseIdentifier(v1::IDENTIFIER_KIND_SERIAL, text) != label.serial()) continue;
    keys.push_back(text);
    keys.push_back(absl::AsciiStrToUpper(text));
  }
  for (const std::string& key : keys) {
    const auto entry = step_.Look(Lookup::kCatalogKey, key);
    LOOPDOCK_RETURN_IF_ERROR(entry.status());
    if (entry->has_value()) return key;
  }
  return "";
}

// Keeps the scan and registers nothing: a person chooses, or scans what the sentence asks for.
void Booking::Ask(std::string why) {
  scan_.set_outcome(v1::SCAN_OUTCOME_CHOICE);
  scan_.set_asset(keyed_);
  scan_.set_question(QuestionOf(request_));
  if (!why.empty()) warnings_.insert(warnings_.begin(), std::move(why));
}

// What was asked about the same device, or the same label, is answered by what books it.
absl::Status Booking::SettleChoice() {
  const bool books = scan_.outcome() == v1::SCAN_OUTCOME_BOOKED ||
                     scan_.outcome() == v1::SCAN_OUTCOME_ADDED ||
                     scan_.outcome() == v1::SCAN_OUTCOME_DUPLICATE ||
                     scan_.outcome() == v1::SCAN_OUTCOME_CONTAINER;
  if (!books || session_.choice_count() == 0) return absl::OkStatus();
  const std::string question = QuestionOf(request_);
  const auto asked = step_.Look(Lookup::kChoice, ChoiceWords(IdOf(request_.session()), question));
  LOOPDOCK_RETURN_IF_ERROR(asked.status());
  if (asked->has_value()) scan_.set_question(question);
  return absl::OkStatus();
}

// The container whose label, as Loopdock prints it, was scanned: its QR code has the name. Empty
// when it is no name, or of no container here.
std::string Booking::NamedContainer() {
  const std::string prefix = common::FormatName(step_.site(), "containers", "");
  for (const v1::RawSymbol& symbol : request_.symbols()) {
    const std::string name(Trim(symbol.content()));
    if (!name.starts_with(prefix) || !common::ParseName(name, "containers").ok()) continue;
    if (step_.Find<v1::Container>(name).ok()) return name;
  }
  return "";
}

absl::Status Booking::BookContainer() {
  const std::string& sscc = request_.understanding().sscc();
  scan_.set_outcome(v1::SCAN_OUTCOME_CONTAINER);
  if (!IsIdentifierValue(sscc)) {
    scan_.set_outcome(v1::SCAN_OUTCOME_UNREAD);
    return absl::OkStatus();
  }
  v1::Identifier identifier;
  identifier.set_kind(v1::IDENTIFIER_KIND_SSCC);
  identifier.set_value(sscc);
  const auto holders = step_.Holders(identifier);
  LOOPDOCK_RETURN_IF_ERROR(holders.status());
  if (!holders->empty()) {
    scan_.set_container(Cat("sites/", step_.site(), "/", holders->front().target));
    return absl::OkStatus();
  }
  v1::Fact fact;
  v1::Container* container = fact.mutable_container_set();
  container->set_name(step_.NewName("containers"));
  container->set_sscc(sscc);
  container->set_location(session_.location());
  container->set_load(session_.load());
  *container->mutable_create_time() = step_.server_time();
  scan_.set_container(container->name());
  return step_.Emit(std::move(fact));
}

absl::Status Booking::BookDevice() {
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step_, request_.container()));
  LOOPDOCK_RETURN_IF_ERROR(CheckIdentity());
  LOOPDOCK_RETURN_IF_ERROR(FindByClaim());
  const auto other = IsAnotherSerial();
  LOOPDOCK_RETURN_IF_ERROR(other.status());
  if (*other && !IsPersonsSerial(request_.understanding())) {
    Ask(Cat("ANOTHER_SERIAL: What was scanned of this device before is of '", duplicates_,
            "', which has another serial number. Begin a new device, or type the serial number "
            "if it is this one."));
    return absl::OkStatus();
  }
  if (*other) duplicates_.clear();
  if (!duplicates_.empty()) {
    scan_.set_outcome(v1::SCAN_OUTCOME_DUPLICATE);
    scan_.set_asset(duplicates_);
    return CompareLater(duplicates_);
  }
  if (!identity_.unclear.empty()) {
    std::string why = Cat("Serial number '", identity_.unclear_value, "' may be that of '",
                          identity_.unclear, "': maker and GTIN do not tell.");
    if (keyed_.empty() && !IsPersonsSerial(request_.understanding())) {
      Ask("MAY_BE_HERE: " + why + " If this is another device, type the serial number.");
      return absl::OkStatus();
    }
    warnings_.push_back(why + " A person must look.");
    if (identity_.clash.empty() && !identity_.added.empty()) identity_.clash = identity_.unclear;
  }
  LOOPDOCK_RETURN_IF_ERROR(keyed_.empty() ? Register() : Extend());
  return HoldClash(step_, identity_, scan_.asset());
}

// What the scan and its answer say of the manifest.
void Booking::Say(const Comparison& comparison, const v1::Asset& asset) {
  scan_.set_match(comparison.match);
  scan_.set_manifest_line(comparison.row.line.number());
  if (comparison.row.line.number() == 0) return;
  LineRow after = comparison.row;
  v1::ManifestLineMatched matched;
  matched.set_asset(asset.name());
  matched.set_serial(comparison.value);
  matched.set_mass_g(asset.mass_g());
  matched.set_received_model(comparison.received_model);
  TakeIn(matched, &after);
  line_ = std::move(after.line);
}

// Compares an asset that came before the manifest, or of which a further label says more.
absl::Status Booking::CompareLater(std::string_view name) {
  const std::string& manifest = session_.manifest();
  const auto asset = step_.Find<v1::Asset>(name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->load() != session_.load()) return SayOtherLoad(*asset);
  if (manifest.empty()) return absl::OkStatus();
  const auto compared = IsCompared(step_.rows(), step_.site(), *asset, manifest);
  LOOPDOCK_RETURN_IF_ERROR(compared.status());
  if (*compared && asset->manifest_line() > 0) return absl::OkStatus();
  std::vector<std::string> warnings;
  const auto comparison = CompareWith(step_, manifest, *asset, shown_.gtin, &warnings);
  LOOPDOCK_RETURN_IF_ERROR(comparison.status());
  if (*compared && comparison->match == v1::MANIFEST_MATCH_UNEXPECTED) return absl::OkStatus();
  warnings_.insert(warnings_.end(), warnings.begin(), warnings.end());
  Say(*comparison, *asset);
  return EmitLateMatch(step_, std::string(manifest), *asset, *comparison);
}

// The wrong pallet, mostly: who scans it here must hear where it is booked.
absl::Status Booking::SayOtherLoad(const v1::Asset& asset) {
  if (asset.load().empty()) return absl::OkStatus();
  std::string says = Cat("It is booked to '", asset.load(), "', not to this load");
  if (!session_.manifest().empty()) {
    const auto comparison = Compare(LookIn(step_), IdOf(session_.manifest()), asset, shown_.gtin);
    LOOPDOCK_RETURN_IF_ERROR(comparison.status());
    const std::int64_t line = comparison->row.line.number();
    if (line > 0 && !comparison->value.empty()) {
      says += Cat(", whose manifest claims it in line ", line);
    }
  }
  warnings_.push_back(says + ": reassign the asset if it came with this one.");
  return absl::OkStatus();
}

absl::Status Booking::CheckIdentity() {
  auto identity = Identify(step_, shown_, keyed_, &warnings_);
  LOOPDOCK_RETURN_IF_ERROR(identity.status());
  identity_ = *std::move(identity);
  if (duplicates_.empty()) duplicates_ = identity_.duplicates;
  return absl::OkStatus();
}

// The device may be here under another of the numbers that its line claims.
absl::Status Booking::FindByClaim() {
  if (!keyed_.empty() || !duplicates_.empty() || !identity_.unclear.empty()) {
    return absl::OkStatus();
  }
  auto here = HereByClaim(session_, shown_.identifiers, step_);
  LOOPDOCK_RETURN_IF_ERROR(here.status());
  if (here->asset.empty()) return absl::OkStatus();
  if (here->is_known_number) {
    identity_.duplicates = here->asset;
    duplicates_ = std::move(here->asset);
    return absl::OkStatus();
  }
  warnings_.push_back(Cat("Line ", here->line, " of the manifest claims this number for '",
                          here->asset, "', which is here: it was added to that device."));
  keyed_ = std::move(here->asset);
  return absl::OkStatus();
}

// The asset key leads to a device that is here, and this label to a serial number that it has not.
absl::StatusOr<bool> Booking::IsAnotherSerial() {
  if (duplicates_.empty() || !identity_.duplicates.empty()) return false;
  const auto asset = step_.Find<v1::Asset>(duplicates_);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const auto is_serial = [](const v1::Identifier& identifier) {
    return TwinOf(identifier.kind()) != v1::IDENTIFIER_KIND_UNSPECIFIED;
  };
  bool other = false;
  for (const v1::Identifier& shown : shown_.identifiers) {
    if (!is_serial(shown)) continue;
    for (const v1::Identifier& known : asset->identifiers()) {
      if (!is_serial(known)) continue;
      if (NormaliseIdentifier(known.kind(), known.value()) ==
          NormaliseIdentifier(shown.kind(), shown.value())) {
        return false;
      }
      other = true;
    }
  }
  return other;
}

v1::Asset Booking::FreshAsset() {
  const v1::LabelUnderstanding& label = request_.understanding();
  v1::Asset asset = StartAsset(step_);
  asset.set_asset_key(request_.asset_key());
  for (const v1::Identifier& identifier : identity_.added) *asset.add_identifiers() = identifier;
  asset.set_maker(PlainOrNothing(label.maker()));
  asset.set_model(PlainOrNothing(label.part_number()));
  asset.set_gtin(shown_.gtin);
  asset.set_category(request_.category());
  asset.set_load(session_.load());
  asset.set_supplier(session_.supplier());
  asset.set_container(request_.container());
  // In a container it is as secure as that one; who reads it is told, see FillSecured.
  if (request_.container().empty()) {
    asset.set_location(session_.location());
    if (session_.secured()) asset.set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
  }
  asset.set_previous_life(identity_.previous_life);
  asset.set_no_resale(session_.no_resale());
  asset.set_instruction(session_.instruction());
  asset.set_mass_g(request_.mass_g());
  if (request_.mass_g() == 0) asset.set_typical_mass_g(request_.typical_mass_g());
  asset.set_session(session_.name());
  return asset;
}

absl::Status Booking::Register() {
  v1::Fact fact;
  *fact.mutable_asset_registered() = FreshAsset();
  LOOPDOCK_RETURN_IF_ERROR(Inherit(step_, fact.mutable_asset_registered()));
  const auto comparison =
      CompareWith(step_, session_.manifest(), fact.asset_registered(), "", &warnings_);
  LOOPDOCK_RETURN_IF_ERROR(comparison.status());
  fact.mutable_asset_registered()->set_manifest_match(comparison->match);
  fact.mutable_asset_registered()->set_manifest_line(comparison->row.line.number());
  const v1::Asset& asset = fact.asset_registered();
  LOOPDOCK_RETURN_IF_ERROR(
      R01StartsControlled(asset.name(), asset.applicability(), asset.controlled_reason()));
  if (identity_.added.empty()) {
    warnings_.emplace_back("Nothing on the label tells this device from others of its kind.");
  }
  scan_.set_outcome(v1::SCAN_OUTCOME_BOOKED);
  scan_.set_asset(asset.name());
  Say(*comparison, asset);
  if (comparison->row.line.number() == 0) return step_.Emit(std::move(fact));
  const v1::Asset booked = asset;
  LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  return EmitMatch(step_, session_.manifest(), booked, *comparison);
}

absl::Status Booking::Extend() {
  const auto asset = step_.Find<v1::Asset>(keyed_);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  scan_.set_outcome(v1::SCAN_OUTCOME_ADDED);
  scan_.set_asset(keyed_);
  const v1::LabelUnderstanding& label = request_.understanding();
  v1::Fact fact;
  v1::AssetIdentified* identified = fact.mutable_asset_identified();
  identified->set_asset(keyed_);
  for (const v1::Identifier& identifier : identity_.added) {
    if (asset->identifiers_size() + identified->added_size() >= kAssetIdentifiersMax) {
      warnings_.push_back(
          Cat("The asset has ", kAssetIdentifiersMax, " identifiers; further ones are not kept."));
      break;
    }
    for (const v1::Identifier& known : asset->identifiers()) {
      const bool same_kind = known.kind() == identifier.kind();
      const auto twin = TwinOf(identifier.kind());
      if (twin == v1::IDENTIFIER_KIND_UNSPECIFIED || (!same_kind && known.kind() != twin)) {
        continue;
      }
      if (NormaliseIdentifier(known.kind(), known.value()) ==
          NormaliseIdentifier(identifier.kind(), identifier.value())) {
        // The same serial, now with its maker. Of two GTINs the label may bear both.
        if (same_kind && identifier.kind() == v1::IDENTIFIER_KIND_SERIAL) {
          *identified->add_removed() = known;
        }
      } else {
        warnings_.push_back(Cat("The asset has another serial number, '", known.value(), "'."));
      }
    }
    *identified->add_added() = identifier;
  }
  if (asset->maker().empty()) identified->set_maker(PlainOrNothing(label.maker()));
  if (asset->model().empty()) identified->set_model(PlainOrNothing(label.part_number()));
  if (asset->category().empty()) identified->set_category(request_.category());
  if (asset->mass_g() == 0) identified->set_mass_g(request_.mass_g());
  if (asset->gtin().empty()) identified->set_gtin(shown_.gtin);
  if (asset->mass_g() == 0 && asset->typical_mass_g() == 0 && identified->mass_g() == 0) {
    identified->set_typical_mass_g(request_.typical_mass_g());
  }
  v1::AssetIdentified nothing;
  nothing.set_asset(keyed_);
  const bool says_something = identified->ByteSizeLong() > nothing.ByteSizeLong();
  if (says_something) LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  return CompareLater(keyed_);
}

void CheckSymbols(const v1::RecordScanRequest& request, Form& form) {
  form.Check(request.symbols_size() <= kSymbolsMax, "symbols",
             Cat("may have at most ", kSymbolsMax, " entries"));
  size_t bytes = 0;
  for (int i = 0; i < std::min(request.symbols_size(), kSymbolsMax); ++i) {
    const v1::RawSymbol& symbol = request.symbols(i);
    bytes += symbol.ByteSizeLong();
    form.Check(symbol.content().size() <= kSymbolBytesMax, Cat("symbols[", i, "].content"),
               Cat("must have at most ", kSymbolBytesMax, " bytes"));
  }
  form.Check(bytes + request.understanding().ByteSizeLong() <= kScanBytesMax, "symbols",
             Cat("and understanding must have at most ", kScanBytesMax, " bytes together"));
}

}  // namespace

void CheckForm(const v1::RecordScanRequest& request, Form& form) {
  form.Name("session", request.session(), "sessions");
  form.Text("asset_key", request.asset_key(), kIdentifierMax);
  CheckSymbols(request, form);
  const v1::LabelUnderstanding& label = request.understanding();
  form.Check(
      label.others_size() + label.imeis_size() + label.macs_size() + label.identifiers_size() <=
          4 * kListMax,
      "understanding", Cat("may have at most ", 4 * kListMax, " values"));
  if (request.has_picture()) form.Evidence("picture", request.picture());
  form.Check(request.warnings_size() <= kWarningsMax, "warnings",
             Cat("may have at most ", kWarningsMax, " entries"));
  for (int i = 0; i < std::min(request.warnings_size(), kWarningsMax); ++i) {
    form.Check(request.warnings(i).size() <= kReasonMax, Cat("warnings[", i, "]"),
               Cat("must have at most ", kReasonMax, " bytes"));
  }
  form.OptionalName("container", request.container(), "containers");
  form.Text("category", request.category(), 64);
  form.Mass("mass_g", request.mass_g());
  form.Mass("typical_mass_g", request.typical_mass_g());
  form.Check(request.sent_sha256().empty() || request.sent_sha256().size() == common::kSha256Bytes,
             "sent_sha256", Cat("must have ", common::kSha256Bytes, " bytes"));
}

void DeclareReads(const v1::RecordScanRequest& request, Reads& reads) {
  reads.Name(request.session());
  reads.Name(request.container());
  if (!request.asset_key().empty()) {
    reads.Row(kLookups, LookupKey(reads.site(), Lookup::kAssetKey, request.asset_key()));
  }
  // The sum of all stock, which every booking adds to.
  reads.Row(kLookups, LookupKey(reads.site(), Lookup::kStockSum, ""));
  if (!request.category().empty()) {
    reads.Row(kLookups, LookupKey(reads.site(), Lookup::kStockSum,
                                  StockWords(v1::FOCUS_MATERIAL_UNSPECIFIED, request.category())));
  }
  for (const v1::Identifier& identifier : ShownBy(request, "", nullptr).identifiers) {
    reads.Row(kIdentifiers, IdentifierKey(reads.site(), identifier.kind(), identifier.value()));
    const auto twin = TwinOf(identifier.kind());
    if (twin == v1::IDENTIFIER_KIND_UNSPECIFIED) continue;
    reads.Row(kIdentifiers, IdentifierKey(reads.site(), twin, identifier.value()));
  }
}

absl::Status Apply(const v1::RecordScanRequest& request, Step& step,
                   v1::RecordScanResponse* answer) {
  const auto session = step.Peek<v1::ReceivingSession>(request.session());
  LOOPDOCK_RETURN_IF_ERROR(session.status());
  if (!(*session)->open()) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED",
        Cat("'", request.session(), "' is closed; open a new session on the load and scan again."),
        {{"name", request.session()}});
  }
  auto claimed = SettledByClaim((*session)->manifest(), request, step);
  LOOPDOCK_RETURN_IF_ERROR(claimed.status());
  if (claimed->has_value()) return Booking(**claimed, **session, step).Book(answer);
  return Booking(request, **session, step).Book(answer);
}

}  // namespace loopdock::inventory
