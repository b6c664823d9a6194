// SPDX-License-Identifier: Apache-2.0
// Claim and reality: how a load compares with its manifest now, and where the two differ. What came
// before the manifest and was not compared yet is compared here, on one snapshot of the record.
#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/machine.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/paging.h"
#include "services/inventory/core/queries.h"
#include "services/inventory/core/receipts.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kChunk = 1000;
constexpr int kSessionsMax = 1000;
constexpr int kLinesLookedAtMax = 5000;     // for one page
constexpr int kMembersLookedAtMax = 20000;  // for one page
constexpr size_t kEarlyAssetsMax = 5000;
constexpr std::int64_t kMassPercent = 10;

absl::Status Unparsable(std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       Cat(what, " cannot be parsed; run fsck."));
}

bool IsThere(const v1::Asset& asset) {
  return asset.state() != v1::ASSET_STATE_WITHDRAWN && asset.state() != v1::ASSET_STATE_MERGED;
}

bool DiffersInMass(std::int64_t claimed, std::int64_t received) {
  return claimed > 0 && std::abs(received - claimed) * 100 > claimed * kMassPercent;
}

// One load on one snapshot.
class Audit {
 public:
  Audit(const storage::Reader& reader, std::string_view site) : reader_(reader), site_(site) {}

  absl::Status Open(std::string_view load);

  const storage::Reader& reader() const { return reader_; }
  const v1::Load& load() const { return load_; }
  const v1::Manifest& manifest() const { return manifest_; }
  std::string_view manifest_id() const { return IdOf(load_.manifest()); }
  // Summed over sessions, lots and what was compared only here.
  const v1::ReceivingCounts& counts() const { return counts_; }
  // What was compared only here, the first of it.
  const std::vector<std::string>& early_assets() const { return early_assets_; }

  absl::Status Read(std::string_view name, google::protobuf::Message* message) const;
  absl::StatusOr<std::vector<v1::Asset>> Assets(const std::vector<std::string>& ids) const;
  absl::StatusOr<std::optional<std::string>> Look(Lookup table, std::string_view words) const;
  // The rows of lines, in the order of their keys; nothing for a line that has none.
  absl::StatusOr<std::vector<std::optional<LineRow>>> Lines(
      const std::vector<v1::ManifestLine>& lines) const;
  // How a member of the load compares, by its mark or by what was compared here.
  v1::ManifestMatch MatchOf(const std::string& id, std::string_view mark) const;
  // Calls visit(id, value) for the members after `after`; false from it ends the walk.
  absl::Status Walk(
      const std::string& prefix, const std::string& after,
      absl::FunctionRef<absl::StatusOr<bool>(const std::string&, const std::string&)> visit) const;

 private:
  absl::Status CompareEarly();
  absl::Status CompareAssets(const std::vector<std::string>& ids);
  absl::Status CompareLots();
  // Takes what a line matches into the rows that are only here.
  absl::Status TakeInto(const v1::ManifestLineMatched& matched);

  const storage::Reader& reader_;
  const std::string site_;
  v1::Load load_;
  v1::Manifest manifest_;
  v1::ReceivingCounts counts_;
  absl::flat_hash_map<std::string, std::string> rows_;  // of kLookups, by key
  absl::flat_hash_map<std::string, v1::ManifestMatch> early_;
  std::vector<std::string> early_assets_;
};

absl::Status Audit::Read(std::string_view name, google::protobuf::Message* message) const {
  const RowKey row = RowOf(name);
  const auto value = reader_.Get(row.table, row.key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return NotFound(name);
  return message->ParseFromString(**value) ? absl::OkStatus() : Unparsable(name);
}

absl::StatusOr<std::vector<v1::Asset>> Audit::Assets(const std::vector<std::string>& ids) const {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (const std::string& id : ids) keys.push_back(AssetKey(site_, id));
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kAssets, key});
  const auto rows = reader_.MultiGet(wanted);
  if (!rows.ok()) return rows.status();
  std::vector<v1::Asset> assets(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!(*rows)[i].has_value() || !assets[i].ParseFromString(*(*rows)[i])) {
      return Unparsable(Cat("Asset ", ids[i]));
    }
  }
  return assets;
}

absl::StatusOr<std::optional<std::string>> Audit::Look(Lookup table, std::string_view words) const {
  const std::string key = LookupKey(site_, table, words);
  if (const auto kept = rows_.find(key); kept != rows_.end()) return kept->second;
  return reader_.Get(kLookups, key);
}

absl::StatusOr<std::vector<std::optional<LineRow>>> Audit::Lines(
    const std::vector<v1::ManifestLine>& lines) const {
  std::vector<std::string> keys;
  for (const v1::ManifestLine& line : lines) {
    const std::vector<std::string> values = ClaimedValues(line);
    keys.push_back(
        values.empty()
            ? LookupKey(site_, Lookup::kManifestNumber, NumberWords(manifest_id(), line.number()))
            : LookupKey(site_, Lookup::kManifestValue, ValueWords(manifest_id(), values.front())));
  }
  std::vector<storage::TableKey> wanted;
  for (const std::string& key : keys) wanted.push_back({kLookups, key});
  const auto rows = reader_.MultiGet(wanted);
  if (!rows.ok()) return rows.status();
  std::vector<std::optional<LineRow>> found(lines.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto kept = rows_.find(keys[i]);
    if (kept == rows_.end() && !(*rows)[i].has_value()) continue;
    auto row = DecodeLine(kept != rows_.end() ? kept->second : *(*rows)[i]);
    if (!row.ok()) return row.status();
    found[i] = *std::move(row);
  }
  return found;
}

v1::ManifestMatch Audit::MatchOf(const std::string& id, std::string_view mark) const {
  const MemberMark kept = DecodeMark(mark);
  if (kept.match != v1::MANIFEST_MATCH_UNSPECIFIED && kept.manifest == manifest_id()) {
    return kept.match;
  }
  const auto early = early_.find(id);
  return early == early_.end() ? v1::MANIFEST_MATCH_UNSPECIFIED : early->second;
}

absl::Status Audit::Walk(
    const std::string& prefix, const std::string& after,
    absl::FunctionRef<absl::StatusOr<bool>(const std::string&, const std::string&)> visit) const {
  std::string last = after.empty() ? "" : prefix + after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kMembers;
    options.prefix = prefix;
    if (!last.empty()) options.after = last;
    options.limit = kChunk;
    const auto page = reader_.Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    for (const storage::Row& row : page->rows) {
      const auto go_on = visit(row.key.substr(prefix.size()), row.value);
      LOOPDOCK_RETURN_IF_ERROR(go_on.status());
      if (!*go_on) return absl::OkStatus();
    }
    if (!page->more || page->rows.empty()) return absl::OkStatus();
    last = page->rows.back().key;
  }
}

absl::Status Audit::Open(std::string_view load) {
  LOOPDOCK_RETURN_IF_ERROR(Read(load, &load_));
  for (const std::string& name : load_.open_sessions()) {
    v1::ReceivingSession session;
    LOOPDOCK_RETURN_IF_ERROR(Read(name, &session));
    load_.set_asset_count(load_.asset_count() + session.asset_count());
    load_.set_scan_count(load_.scan_count() + session.scan_count());
    AddCounts(session.counts(), load_.mutable_counts());
  }
  counts_ = load_.counts();
  if (load_.manifest().empty()) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(Read(load_.manifest(), &manifest_));
  // Without lots the counts tell whether everything was compared.
  if (load_.lot_count() == 0 && counts_.matched() + counts_.unexpected() == load_.asset_count()) {
    return absl::OkStatus();
  }
  return CompareEarly();
}

absl::Status Audit::CompareEarly() {
  std::vector<std::string> ids;
  if (const absl::Status walked =
          Walk(LoadMemberKey(site_, IdOf(load_.name()), ""), "",
               [&](const std::string& id, const std::string& mark) -> absl::StatusOr<bool> {
                 if (MatchOf(id, mark) != v1::MANIFEST_MATCH_UNSPECIFIED) return true;
                 ids.push_back(id);
                 if (ids.size() < kChunk) return true;
                 LOOPDOCK_RETURN_IF_ERROR(CompareAssets(ids));
                 ids.clear();
                 return true;
               });
      !walked.ok()) {
    return walked;
  }
  LOOPDOCK_RETURN_IF_ERROR(CompareAssets(ids));
  return CompareLots();
}

absl::Status Audit::CompareAssets(const std::vector<std::string>& ids) {
  const auto assets = Assets(ids);
  LOOPDOCK_RETURN_IF_ERROR(assets.status());
  const auto look = [this](Lookup table, std::string_view words) { return Look(table, words); };
  for (const v1::Asset& asset : *assets) {
    if (!IsThere(asset)) continue;
    const auto comparison = Compare(look, manifest_id(), asset, "");
    LOOPDOCK_RETURN_IF_ERROR(comparison.status());
    early_[std::string(IdOf(asset.name()))] = comparison->match;
    if (early_assets_.size() < kEarlyAssetsMax) early_assets_.push_back(asset.name());
    if (comparison->row.line.number() == 0) {
      counts_.set_unexpected(counts_.unexpected() + 1);
      continue;
    }
    counts_.set_matched(counts_.matched() + 1);
    if (comparison->match == v1::MANIFEST_MATCH_WRONG_MODEL) {
      counts_.set_wrong_model(counts_.wrong_model() + 1);
    }
    v1::ManifestLineMatched matched;
    matched.set_line(comparison->row.line.number());
    matched.set_asset(asset.name());
    matched.set_serial(comparison->value);
    matched.set_mass_g(asset.mass_g());
    matched.set_received_model(comparison->received_model);
    LOOPDOCK_RETURN_IF_ERROR(TakeInto(matched));
  }
  return absl::OkStatus();
}

absl::Status Audit::CompareLots() {
  const auto look = [this](Lookup table, std::string_view words) { return Look(table, words); };
  return Walk(LoadLotKey(site_, IdOf(load_.name()), ""), "",
              [&](const std::string& id, const std::string& mark) -> absl::StatusOr<bool> {
                if (MatchOf(id, mark) != v1::MANIFEST_MATCH_UNSPECIFIED) return true;
                v1::Lot lot;
                LOOPDOCK_RETURN_IF_ERROR(Read(common::FormatName(site_, "lots", id), &lot));
                const auto found = FindByModel(look, manifest_id(), lot.model(), "");
                LOOPDOCK_RETURN_IF_ERROR(found.status());
                early_[id] =
                    found->has_value() ? v1::MANIFEST_MATCH_MATCHED : v1::MANIFEST_MATCH_UNEXPECTED;
                if (!found->has_value()) {
                  counts_.set_unexpected(counts_.unexpected() + lot.piece_count());
                  return true;
                }
                counts_.set_matched(counts_.matched() + lot.piece_count());
                v1::ManifestLineMatched matched;
                matched.set_line((*found)->row.line.number());
                matched.set_lot(lot.name());
                matched.set_quantity(lot.piece_count());
                matched.set_mass_g(lot.mass_g());
                LOOPDOCK_RETURN_IF_ERROR(TakeInto(matched));
                return true;
              });
}

absl::Status Audit::TakeInto(const v1::ManifestLineMatched& matched) {
  const auto look = [this](Lookup table, std::string_view words) { return Look(table, words); };
  auto found = matched.serial().empty() ? FindByNumber(look, manifest_id(), matched.line())
                                        : FindByValue(look, manifest_id(), matched.serial());
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  if (!found->has_value()) return Unparsable("A line of the manifest");
  FoundLine& line = **found;
  TakeIn(matched, &line.row);
  rows_[LookupKey(site_, line.table, line.words)] = EncodeLine(line.row);
  if (line.table != Lookup::kManifestNumber || !IsFull(line.row) || line.row.next == 0) {
    return absl::OkStatus();
  }
  const std::string words = ChainWords(manifest_id(), line.row.line);
  const auto model = Look(Lookup::kManifestModel, words);
  LOOPDOCK_RETURN_IF_ERROR(model.status());
  ModelRow chain = DecodeModel(model->value_or(""));
  chain.open = std::max(chain.open, line.row.next);
  rows_[LookupKey(site_, Lookup::kManifestModel, words)] = EncodeModel(chain);
  return absl::OkStatus();
}

// What the lines by count come to.
struct ByCount {
  std::int64_t claimed = 0;
  std::int64_t received = 0;
  std::int64_t missing = 0;
  std::int64_t over = 0;
  std::int64_t short_lines = 0;
  std::int64_t over_lines = 0;
};

absl::StatusOr<ByCount> SumByCount(const Audit& audit, std::string_view site) {
  ByCount sum;
  const std::string prefix =
      LookupKey(site, Lookup::kManifestNumber, Cat(audit.manifest_id(), std::string_view("\0", 1)));
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kLookups;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    const auto page = audit.reader().Scan(options);
    if (!page.ok()) return page.status();
    for (const storage::Row& row : page->rows) {
      const auto number = static_cast<std::int64_t>(ReadBigEndian64(row.key.substr(prefix.size())));
      const auto value =
          audit.Look(Lookup::kManifestNumber, NumberWords(audit.manifest_id(), number));
      if (!value.ok()) return value.status();
      const auto line = DecodeLine(value->value_or(row.value));
      if (!line.ok()) return line.status();
      const std::int64_t claimed = line->line.quantity();
      const std::int64_t received = line->line.received_quantity();
      sum.claimed += claimed;
      sum.received += received;
      sum.missing += std::max<std::int64_t>(0, claimed - received);
      sum.over += OverOf(*line);
      sum.short_lines += received < claimed ? 1 : 0;
      sum.over_lines += OverOf(*line) > 0 ? 1 : 0;
    }
    if (!page->more || page->rows.empty()) return sum;
    after = page->rows.back().key;
  }
}

absl::Status AddSessions(const Audit& audit, std::string_view site, v1::Reconciliation* answer) {
  return audit.Walk(
      LoadSessionKey(site, IdOf(audit.load().name()), ""), "",
      [&](const std::string& id, const std::string&) -> absl::StatusOr<bool> {
        v1::ReceivingSession session;
        LOOPDOCK_RETURN_IF_ERROR(audit.Read(common::FormatName(site, "sessions", id), &session));
        answer->set_unread(answer->unread() + session.unread_count());
        answer->set_withdrawn(answer->withdrawn() + session.withdrawn_count());
        answer->set_choices(answer->choices() + session.choice_count());
        if (answer->sessions_size() < kSessionsMax) *answer->add_sessions() = std::move(session);
        return true;
      });
}

absl::Status AddMass(const Audit& audit, std::string_view site, v1::Reconciliation* answer) {
  std::int64_t mass_g = 0;
  std::vector<std::string> ids;
  const auto add = [&]() -> absl::Status {
    const auto assets = audit.Assets(ids);
    LOOPDOCK_RETURN_IF_ERROR(assets.status());
    for (const v1::Asset& asset : *assets) mass_g += IsThere(asset) ? asset.mass_g() : 0;
    ids.clear();
    return absl::OkStatus();
  };
  if (const absl::Status walked =
          audit.Walk(LoadMemberKey(site, IdOf(audit.load().name()), ""), "",
                     [&](const std::string& id, const std::string&) -> absl::StatusOr<bool> {
                       ids.push_back(id);
                       if (ids.size() == kChunk) LOOPDOCK_RETURN_IF_ERROR(add());
                       return true;
                     });
      !walked.ok()) {
    return walked;
  }
  LOOPDOCK_RETURN_IF_ERROR(add());
  if (const absl::Status walked = audit.Walk(
          LoadLotKey(site, IdOf(audit.load().name()), ""), "",
          [&](const std::string& id, const std::string&) -> absl::StatusOr<bool> {
            v1::Lot lot;
            LOOPDOCK_RETURN_IF_ERROR(audit.Read(common::FormatName(site, "lots", id), &lot));
            mass_g += lot.mass_g();
            return true;
          });
      !walked.ok()) {
    return walked;
  }
  answer->set_received_mass_g(mass_g);
  return absl::OkStatus();
}

// A page of discrepancies on its way. A place in the list is a letter and what comes after it.
class Page {
 public:
  Page(const Audit& audit, std::string_view site, const v1::ListDiscrepanciesRequest& request,
       size_t size, v1::ListDiscrepanciesResponse* answer)
      : audit_(audit), site_(site), kind_(request.kind()), size_(size), answer_(*answer) {}

  // Goes on after a place; what is left begins after `next()`, empty at the end.
  absl::Status Fill(std::string_view after);
  const std::string& next() const { return next_; }

 private:
  bool Wants(v1::DiscrepancyKind kind) const {
    return kind_ == v1::DISCREPANCY_KIND_UNSPECIFIED || kind_ == kind;
  }
  bool WantsLines() const {
    return kind_ != v1::DISCREPANCY_KIND_UNEXPECTED && kind_ != v1::DISCREPANCY_KIND_DUPLICATE;
  }
  bool IsFullPage() const { return static_cast<size_t>(answer_.discrepancies_size()) >= size_; }
  v1::Discrepancy* Add(v1::DiscrepancyKind kind);
  void Describe(const v1::Asset& asset, v1::Discrepancy* discrepancy) const;
  absl::Status AddLines(std::string_view after);
  absl::Status AddLine(const LineRow& row);
  void AddByCount(const LineRow& row);
  absl::Status AddAssets(const std::string& after);
  absl::Status AddLots(const std::string& after);
  absl::Status AddDuplicates(const std::string& after);

  const Audit& audit_;
  const std::string site_;
  const v1::DiscrepancyKind kind_;
  const size_t size_;
  v1::ListDiscrepanciesResponse& answer_;
  std::string next_;
};

v1::Discrepancy* Page::Add(v1::DiscrepancyKind kind) {
  v1::Discrepancy* discrepancy = answer_.add_discrepancies();
  discrepancy->set_kind(kind);
  return discrepancy;
}

void Page::Describe(const v1::Asset& asset, v1::Discrepancy* discrepancy) const {
  discrepancy->set_asset(asset.name());
  discrepancy->set_maker(asset.maker());
  discrepancy->set_model(asset.model());
  for (const v1::Identifier& identifier : asset.identifiers()) {
    if (!discrepancy->identifiers().empty()) discrepancy->mutable_identifiers()->append(" ");
    discrepancy->mutable_identifiers()->append(identifier.value());
  }
}

absl::Status Page::Fill(std::string_view after) {
  char part = after.empty() ? 'l' : after.front();
  std::string from(after.empty() ? "" : after.substr(1));
  constexpr std::string_view kParts = "latd";  // lines, assets, lots ("t"), duplicates
  for (size_t i = kParts.find(part); i < kParts.size(); ++i) {
    next_.clear();
    part = kParts[i];
    if (part == 'l' && WantsLines()) LOOPDOCK_RETURN_IF_ERROR(AddLines(from));
    if (part == 'a') LOOPDOCK_RETURN_IF_ERROR(AddAssets(from));
    if (part == 't') LOOPDOCK_RETURN_IF_ERROR(AddLots(from));
    if (part == 'd') LOOPDOCK_RETURN_IF_ERROR(AddDuplicates(from));
    if (!next_.empty()) return absl::OkStatus();
    from.clear();
  }
  return absl::OkStatus();
}

absl::Status Page::AddLines(std::string_view after) {
  if (audit_.load().manifest().empty()) return absl::OkStatus();
  // The number of the last line, and the first number of the row that it was in.
  std::int64_t last = after.empty() ? 0 : static_cast<std::int64_t>(ReadBigEndian64(after));
  const std::int64_t row_before =
      after.empty() ? 0 : static_cast<std::int64_t>(ReadBigEndian64(after.substr(8)));
  const std::string first_key = ManifestLinesKey(site_, audit_.manifest_id(), 0);
  const std::string whole = first_key.substr(0, first_key.size() - 8);
  std::string from =
      row_before > 0 ? ManifestLinesKey(site_, audit_.manifest_id(), row_before - 1) : "";
  for (int looked_at = 0;;) {
    storage::ScanOptions options;
    options.table = kManifestLines;
    options.prefix = whole;
    if (!from.empty()) options.after = from;
    options.limit = 1;
    const auto page = audit_.reader().Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    if (page->rows.empty()) return absl::OkStatus();
    from = page->rows.back().key;
    v1::ManifestLinesAdded added;
    if (!added.ParseFromString(page->rows.back().value)) return Unparsable("manifest lines");
    std::vector<v1::ManifestLine> lines;
    for (const v1::ManifestLine& line : added.lines()) {
      if (line.number() > last) lines.push_back(line);
    }
    const auto rows = audit_.Lines(lines);
    LOOPDOCK_RETURN_IF_ERROR(rows.status());
    for (size_t i = 0; i < lines.size(); ++i) {
      if (IsFullPage() || looked_at >= kLinesLookedAtMax) {
        next_.assign(1, 'l');
        AppendBigEndian64(&next_, static_cast<std::uint64_t>(lines[i].number() - 1));
        AppendBigEndian64(&next_, static_cast<std::uint64_t>(added.lines(0).number()));
        return absl::OkStatus();
      }
      ++looked_at;
      if ((*rows)[i].has_value()) LOOPDOCK_RETURN_IF_ERROR(AddLine(*(*rows)[i]));
    }
    if (!lines.empty()) last = lines.back().number();
  }
}

absl::Status Page::AddLine(const LineRow& row) {
  const v1::ManifestLine& line = row.line;
  if (ClaimedValues(line).empty()) {
    AddByCount(row);
    return absl::OkStatus();
  }
  if (line.asset().empty()) {
    if (!Wants(v1::DISCREPANCY_KIND_MISSING)) return absl::OkStatus();
    v1::Discrepancy* missing = Add(v1::DISCREPANCY_KIND_MISSING);
    *missing->mutable_line() = line;
    missing->set_quantity(line.quantity());
    return absl::OkStatus();
  }
  const bool other_model =
      !line.received_model().empty() && Wants(v1::DISCREPANCY_KIND_WRONG_MODEL);
  const bool has_mass = line.mass_g() > 0 && Wants(v1::DISCREPANCY_KIND_MASS);
  if (!other_model && !has_mass) return absl::OkStatus();
  v1::Asset asset;
  LOOPDOCK_RETURN_IF_ERROR(audit_.Read(line.asset(), &asset));
  if (other_model) {
    v1::Discrepancy* wrong = Add(v1::DISCREPANCY_KIND_WRONG_MODEL);
    *wrong->mutable_line() = line;
    Describe(asset, wrong);
    wrong->set_quantity(1);
  }
  if (has_mass && asset.mass_g() > 0 && DiffersInMass(line.mass_g(), asset.mass_g())) {
    v1::Discrepancy* mass = Add(v1::DISCREPANCY_KIND_MASS);
    *mass->mutable_line() = line;
    Describe(asset, mass);
    mass->set_mass_difference_g(asset.mass_g() - line.mass_g());
  }
  return absl::OkStatus();
}

void Page::AddByCount(const LineRow& row) {
  const v1::ManifestLine& line = row.line;
  const std::int64_t lacking = line.quantity() - line.received_quantity();
  if (lacking > 0 && Wants(v1::DISCREPANCY_KIND_SHORT)) {
    v1::Discrepancy* lack = Add(v1::DISCREPANCY_KIND_SHORT);
    *lack->mutable_line() = line;
    lack->set_quantity(lacking);
  }
  if (OverOf(row) > 0 && Wants(v1::DISCREPANCY_KIND_OVER)) {
    v1::Discrepancy* over = Add(v1::DISCREPANCY_KIND_OVER);
    *over->mutable_line() = line;
    over->set_quantity(OverOf(row));
  }
  // Of a line of pieces, that share of its mass which the weighed pieces should have.
  const std::int64_t claimed =
      line.quantity() == 0 ? line.mass_g() : line.mass_g() * row.weighed / line.quantity();
  if (DiffersInMass(claimed, line.received_mass_g()) && Wants(v1::DISCREPANCY_KIND_MASS)) {
    v1::Discrepancy* mass = Add(v1::DISCREPANCY_KIND_MASS);
    *mass->mutable_line() = line;
    mass->set_mass_difference_g(line.received_mass_g() - claimed);
  }
}

absl::Status Page::AddAssets(const std::string& after) {
  if (audit_.load().manifest().empty() || !Wants(v1::DISCREPANCY_KIND_UNEXPECTED) ||
      audit_.counts().unexpected() == 0) {
    return absl::OkStatus();
  }
  std::vector<std::string> ids;
  std::string last = after;
  int looked_at = 0;
  const size_t room = size_ - std::min(size_, static_cast<size_t>(answer_.discrepancies_size()));
  LOOPDOCK_RETURN_IF_ERROR(
      audit_.Walk(LoadMemberKey(site_, IdOf(audit_.load().name()), ""), after,
                  [&](const std::string& id, const std::string& mark) -> absl::StatusOr<bool> {
                    if (ids.size() >= room || looked_at >= kMembersLookedAtMax) {
                      next_ = Cat("a", last);
                      return false;
                    }
                    ++looked_at;
                    last = id;
                    if (audit_.MatchOf(id, mark) == v1::MANIFEST_MATCH_UNEXPECTED)
                      ids.push_back(id);
                    return true;
                  }));
  const auto assets = audit_.Assets(ids);
  LOOPDOCK_RETURN_IF_ERROR(assets.status());
  for (const v1::Asset& asset : *assets) {
    v1::Discrepancy* unexpected = Add(v1::DISCREPANCY_KIND_UNEXPECTED);
    Describe(asset, unexpected);
    unexpected->set_quantity(1);
  }
  return absl::OkStatus();
}

absl::Status Page::AddLots(const std::string& after) {
  if (audit_.load().manifest().empty() || !Wants(v1::DISCREPANCY_KIND_UNEXPECTED)) {
    return absl::OkStatus();
  }
  std::string last = after;
  return audit_.Walk(
      LoadLotKey(site_, IdOf(audit_.load().name()), ""), after,
      [&](const std::string& id, const std::string& mark) -> absl::StatusOr<bool> {
        if (IsFullPage()) {
          next_ = Cat("t", last);
          return false;
        }
        last = id;
        if (audit_.MatchOf(id, mark) != v1::MANIFEST_MATCH_UNEXPECTED) return true;
        v1::Lot lot;
        LOOPDOCK_RETURN_IF_ERROR(audit_.Read(common::FormatName(site_, "lots", id), &lot));
        v1::Discrepancy* unexpected = Add(v1::DISCREPANCY_KIND_UNEXPECTED);
        unexpected->set_lot(lot.name());
        unexpected->set_model(lot.model());
        unexpected->set_quantity(lot.piece_count());
        return true;
      });
}

absl::Status Page::AddDuplicates(const std::string& after) {
  if (!Wants(v1::DISCREPANCY_KIND_DUPLICATE)) return absl::OkStatus();
  std::string last = after;
  return audit_.Walk(LoadDuplicateKey(site_, IdOf(audit_.load().name()), ""), after,
                     [&](const std::string& id, const std::string& asset) -> absl::StatusOr<bool> {
                       if (IsFullPage()) {
                         next_ = Cat("d", last);
                         return false;
                       }
                       last = id;
                       const auto there = audit_.Assets({asset});
                       LOOPDOCK_RETURN_IF_ERROR(there.status());
                       v1::Discrepancy* duplicate = Add(v1::DISCREPANCY_KIND_DUPLICATE);
                       duplicate->set_scan(common::FormatName(site_, "scans", id));
                       Describe(there->front(), duplicate);
                       return true;
                     });
}

}  // namespace

absl::Status Queries::Answer(const v1::GetReconciliationRequest& request,
                             v1::Reconciliation* answer) const {
  v1::Load unused;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.load(), "loads", &unused));
  const auto snapshot = inventory_.store().GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  const auto head = ReadHead(**snapshot, inventory_.site());
  LOOPDOCK_RETURN_IF_ERROR(head.status());
  Audit audit(**snapshot, inventory_.site());
  LOOPDOCK_RETURN_IF_ERROR(audit.Open(request.load()));
  answer->set_sequence(head->sequence);
  *answer->mutable_counts() = audit.counts();
  if (!audit.load().manifest().empty()) {
    *answer->mutable_manifest() = audit.manifest();
    const auto sum = SumByCount(audit, inventory_.site());
    LOOPDOCK_RETURN_IF_ERROR(sum.status());
    const std::int64_t devices = audit.counts().expected() - sum->claimed;
    answer->set_missing(devices - (audit.counts().matched() - sum->received) + sum->missing);
    answer->set_short_lines(sum->short_lines);
    answer->set_over_lines(sum->over_lines);
    answer->mutable_counts()->set_over(sum->over);
  }
  for (const std::string& name : audit.early_assets()) answer->add_early_assets(name);
  *answer->mutable_load() = audit.load();
  *answer->mutable_load()->mutable_counts() = answer->counts();
  LOOPDOCK_RETURN_IF_ERROR(AddSessions(audit, inventory_.site(), answer));
  return AddMass(audit, inventory_.site(), answer);
}

absl::Status Queries::Answer(const v1::ListDiscrepanciesRequest& request,
                             v1::ListDiscrepanciesResponse* answer) const {
  v1::Load unused;
  LOOPDOCK_RETURN_IF_ERROR(Get(request.load(), "loads", &unused));
  const auto page = PageOf(request);
  LOOPDOCK_RETURN_IF_ERROR(page.status());
  const auto snapshot = inventory_.store().GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  Audit audit(**snapshot, inventory_.site());
  LOOPDOCK_RETURN_IF_ERROR(audit.Open(request.load()));
  Page list(audit, inventory_.site(), request, page->first, answer);
  LOOPDOCK_RETURN_IF_ERROR(list.Fill(page->second));
  if (!list.next().empty()) {
    answer->set_next_page_token(common::PageToken(Question(request), list.next()));
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
