// SPDX-License-Identifier: Apache-2.0
// Facts of receiving: manifests, sessions, scans, corrections and weighings.
#include <algorithm>
#include <limits>

#include "services/inventory/core/evolver.h"
#include "services/inventory/core/form.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/receipts.h"

namespace loopdock::inventory {
namespace {

// Looks of manifest.h through the rows of a fact.
auto LookIn(Evolver& evolver) {
  return [&evolver](Lookup table,
                    std::string_view words) -> absl::StatusOr<std::optional<std::string>> {
    const auto row = evolver.rows().Get(kLookups, LookupKey(evolver.site(), table, words));
    if (!row.ok()) return row.status();
    if (!row->has_value()) return std::nullopt;
    return std::string(**row);
  };
}

void PutLine(const FoundLine& found, Evolver& evolver) {
  evolver.rows().Put(kLookups, LookupKey(evolver.site(), found.table, found.words),
                     EncodeLine(found.row));
}

// Puts a line by count behind the last one of its model.
absl::Status Chain(std::string_view manifest, const LineRow& row, Evolver& evolver) {
  const std::int64_t number = row.line.number();
  PutLine({Lookup::kManifestNumber, NumberWords(manifest, number), row}, evolver);
  const std::string chain = ChainWords(manifest, row.line);
  if (chain.empty()) return absl::OkStatus();
  const std::string key = LookupKey(evolver.site(), Lookup::kManifestModel, chain);
  const auto value = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  ModelRow model = value->has_value() ? DecodeModel(**value) : ModelRow{number, number};
  if (value->has_value()) {
    auto last = FindByNumber(LookIn(evolver), manifest, model.last);
    LOOPDOCK_RETURN_IF_ERROR(last.status());
    if (last->has_value()) {
      (*last)->row.next = number;
      PutLine(**last, evolver);
    }
    model.last = number;
  }
  evolver.rows().Put(kLookups, key, EncodeModel(model));
  if (row.line.gtin().empty() || chain == GtinWords(manifest, row.line.gtin())) {
    return absl::OkStatus();
  }
  const std::string alias =
      LookupKey(evolver.site(), Lookup::kManifestModel, AliasWords(manifest, row.line.gtin()));
  const auto known = evolver.rows().Get(kLookups, alias);
  LOOPDOCK_RETURN_IF_ERROR(known.status());
  if (!known->has_value()) evolver.rows().Put(kLookups, alias, EncodeModel({number, number}));
  return absl::OkStatus();
}

absl::Status ManifestLinesAdded(const v1::ManifestLinesAdded& added, Evolver& evolver) {
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(added.manifest(), &manifest));
  manifest.set_line_count(manifest.line_count() + added.lines_size());
  if (added.lines_size() == 0) return evolver.Put(manifest);
  const std::string id(IdOf(added.manifest()));
  LineRow row;
  row.first = added.lines(0).number();
  evolver.rows().Write(kManifestLines, ManifestLinesKey(evolver.site(), id, row.first), added);
  for (const v1::ManifestLine& line : added.lines()) {
    manifest.set_piece_count(manifest.piece_count() + line.quantity());
    manifest.set_mass_g(manifest.mass_g() + line.mass_g());
    row.line = line;
    const std::vector<std::string> values = ClaimedValues(line);
    if (values.empty()) {
      LOOPDOCK_RETURN_IF_ERROR(Chain(id, row, evolver));
      continue;
    }
    PutLine({Lookup::kManifestValue, ValueWords(id, values.front()), row}, evolver);
    for (size_t i = 1; i < values.size(); ++i) {
      evolver.rows().Put(
          kLookups, LookupKey(evolver.site(), Lookup::kManifestValue, ValueWords(id, values[i])),
          EncodeAlias(values.front()));
    }
  }
  return evolver.Put(manifest);
}

// What a manifest claims; what was compared with an earlier one is to be compared anew.
void Expect(const v1::Manifest& manifest, v1::ReceivingCounts* counts) {
  counts->set_expected(manifest.piece_count());
  counts->set_expected_mass_g(manifest.mass_g());
  counts->clear_matched();
  counts->clear_unexpected();
  counts->clear_wrong_model();
  counts->clear_over();
}

// An earlier manifest stays active, so that it takes no more lines and is not activated again: the
// load's is in force.
absl::Status ManifestActivated(const v1::ManifestActivated& activated, Evolver& evolver) {
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(activated.manifest(), &manifest));
  manifest.set_active(true);
  LOOPDOCK_RETURN_IF_ERROR(evolver.Put(manifest));
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(activated.load(), &load));
  load.set_manifest(activated.manifest());
  Expect(manifest, load.mutable_counts());
  for (const std::string& name : load.open_sessions()) {
    LOOPDOCK_RETURN_IF_ERROR(
        evolver.Change<v1::ReceivingSession>(name, [&](v1::ReceivingSession& session) {
          session.set_manifest(activated.manifest());
          Expect(manifest, session.mutable_counts());
        }));
  }
  return evolver.Put(load);
}

// The line as it is before; nothing for line 0, which stands for none.
absl::StatusOr<std::optional<FoundLine>> LineOf(std::string_view manifest, std::string_view value,
                                                std::int64_t number, Evolver& evolver) {
  if (number == 0) return std::nullopt;
  auto found = value.empty() ? FindByNumber(LookIn(evolver), IdOf(manifest), number)
                             : FindByValue(LookIn(evolver), IdOf(manifest), value);
  if (!found.ok() || found->has_value()) return found;
  return common::Error(
      absl::StatusCode::kInternal, "INTERNAL",
      Cat("A fact names line ", number, " of '", manifest, "', which is not there; run fsck."));
}

// Sets where the search for a line of its model that is not full begins.
absl::Status OpenAt(std::string_view manifest, const FoundLine& found, Evolver& evolver) {
  if (found.table != Lookup::kManifestNumber) return absl::OkStatus();
  const std::int64_t number = found.row.line.number();
  const std::string chain = ChainWords(IdOf(manifest), found.row.line);
  if (chain.empty()) return absl::OkStatus();
  const std::string key = LookupKey(evolver.site(), Lookup::kManifestModel, chain);
  const auto value = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  ModelRow model = DecodeModel(value->value_or(""));
  const std::int64_t before = model.open;
  if (!IsFull(found.row)) {
    model.open = std::min(model.open, number);
  } else if (model.open <= number && found.row.next > 0) {
    model.open = found.row.next;
  }
  if (model.open != before) evolver.rows().Put(kLookups, key, EncodeModel(model));
  return absl::OkStatus();
}

void AddMatch(v1::ManifestMatch match, std::int64_t quantity, std::int64_t over,
              v1::ReceivingCounts* counts) {
  if (match == v1::MANIFEST_MATCH_UNEXPECTED) {
    counts->set_unexpected(counts->unexpected() + quantity);
    return;
  }
  counts->set_matched(counts->matched() + quantity);
  counts->set_over(counts->over() + over);
  if (match == v1::MANIFEST_MATCH_WRONG_MODEL) {
    counts->set_wrong_model(counts->wrong_model() + quantity);
  }
}

absl::Status ManifestLineMatched(const v1::ManifestLineMatched& matched, Evolver& evolver) {
  auto found = LineOf(matched.manifest(), matched.serial(), matched.line(), evolver);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  std::int64_t over = 0;
  if (found->has_value()) {
    FoundLine& line = **found;
    over = -OverOf(line.row);
    TakeIn(matched, &line.row);
    over += OverOf(line.row);
    PutLine(line, evolver);
    LOOPDOCK_RETURN_IF_ERROR(OpenAt(matched.manifest(), line, evolver));
  }
  if (matched.asset().empty()) {
    v1::Manifest manifest;
    LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(matched.manifest(), &manifest));
    return evolver.ChangeReceipt("", manifest.load(), [&](auto& receipt) {
      AddMatch(matched.match(), matched.quantity(), over, receipt.mutable_counts());
    });
  }
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(matched.asset(), &before));
  const auto mark = MarkOf(evolver.rows(), evolver.site(), before);
  LOOPDOCK_RETURN_IF_ERROR(mark.status());
  // A booking has said it with the asset already.
  if (mark->match != matched.match() || mark->manifest != IdOf(matched.manifest()) ||
      before.manifest_line() != matched.line()) {
    v1::Asset after = before;
    LOOPDOCK_RETURN_IF_ERROR(evolver.ForgetUnexpected(&after));
    after.set_manifest_line(matched.line());
    after.set_manifest_match(matched.match());
    LOOPDOCK_RETURN_IF_ERROR(MarkMember(after, matched.match(), evolver));
    LOOPDOCK_RETURN_IF_ERROR(evolver.PutAsset(&before, std::move(after)));
  }
  return evolver.ChangeReceipt(before.session(), before.load(), [&](auto& receipt) {
    AddMatch(matched.match(), 1, over, receipt.mutable_counts());
  });
}

// The asset stays, as one that no line claims.
absl::Status ManifestLineReleased(const v1::ManifestLineReleased& released, Evolver& evolver) {
  auto found = LineOf(released.manifest(), released.serial(), released.line(), evolver);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  std::int64_t over = 0;
  if (found->has_value()) {
    over = -OverOf((*found)->row);
    GiveBack(released, &(*found)->row);
    over += OverOf((*found)->row);
    PutLine(**found, evolver);
    LOOPDOCK_RETURN_IF_ERROR(OpenAt(released.manifest(), **found, evolver));
  }
  v1::Asset before;
  v1::Manifest manifest;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(released.manifest(), &manifest));
  if (!released.asset().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(released.asset(), &before));
  }
  const auto take_out = [&](v1::ReceivingCounts* counts) {
    AddMatch(before.manifest_match(), -released.quantity(), 0, counts);
    if (!released.asset().empty()) AddMatch(v1::MANIFEST_MATCH_UNEXPECTED, 1, 0, counts);
  };
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.ChangeReceipt(before.session(), manifest.load(),
                            [&](auto& receipt) { take_out(receipt.mutable_counts()); }));
  if (over != 0) {  // the piece that was too many may have come in another session
    LOOPDOCK_RETURN_IF_ERROR(evolver.Change<v1::Load>(manifest.load(), [&](v1::Load& load) {
      load.mutable_counts()->set_over(load.counts().over() + over);
    }));
  }
  if (released.asset().empty()) return absl::OkStatus();
  v1::Asset after = before;
  after.clear_manifest_line();
  after.set_manifest_match(v1::MANIFEST_MATCH_UNEXPECTED);
  LOOPDOCK_RETURN_IF_ERROR(MarkMember(after, after.manifest_match(), evolver));
  return evolver.PutAsset(&before, std::move(after));
}

absl::Status SessionOpened(const v1::ReceivingSession& session, Evolver& evolver) {
  LOOPDOCK_RETURN_IF_ERROR(evolver.Put(session));
  evolver.rows().Put(
      kMembers, LoadSessionKey(evolver.site(), IdOf(session.load()), IdOf(session.name())), "");
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(session.load(), &load));
  load.set_state(v1::LOAD_STATE_RECEIVING);
  load.add_open_sessions(session.name());
  return evolver.Put(load);
}

// Only now the load learns the session's counts: while it is open they are read from its own row,
// so that a scan changes one row of counts and not two.
absl::Status SessionClosed(const v1::SessionClosed& closed, Evolver& evolver) {
  v1::ReceivingSession session;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(closed.session(), &session));
  session.set_open(false);
  *session.mutable_close_time() = evolver.entry().server_time();
  if (closed.has_summary()) *session.mutable_summary() = closed.summary();
  LOOPDOCK_RETURN_IF_ERROR(evolver.Put(session));
  v1::Load load;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(session.load(), &load));
  load.set_asset_count(load.asset_count() + session.asset_count());
  load.set_scan_count(load.scan_count() + session.scan_count());
  AddCounts(session.counts(), load.mutable_counts());
  for (const std::string& finding : closed.summary().hazard_findings()) {
    const auto& known = load.hazard_findings();
    if (load.hazard_findings_size() < kListMax &&
        std::find(known.begin(), known.end(), finding) == known.end()) {
      load.add_hazard_findings(finding);
    }
  }
  auto* open = load.mutable_open_sessions();
  open->erase(std::remove(open->begin(), open->end(), session.name()), open->end());
  return evolver.Put(load);
}

constexpr std::int64_t kAllChoices = std::numeric_limits<std::int64_t>::max();

// Changes how many scans of the session wait for a choice about one thing, to 0 at least; by how
// much it did change.
absl::StatusOr<std::int64_t> CountChoices(std::string_view session, std::string_view question,
                                          std::int64_t change, Evolver& evolver) {
  const std::string key =
      LookupKey(evolver.site(), Lookup::kChoice, ChoiceWords(IdOf(session), question));
  const auto row = evolver.rows().Get(kLookups, key);
  if (!row.ok()) return row.status();
  const std::int64_t before =
      row->has_value() ? static_cast<std::int64_t>(ReadBigEndian64(**row)) : 0;
  const std::int64_t after = std::max<std::int64_t>(0, before + change);
  if (after == 0) {
    if (row->has_value()) evolver.rows().Delete(kLookups, key);
    return -before;
  }
  std::string value;
  AppendBigEndian64(&value, static_cast<std::uint64_t>(after));
  evolver.rows().Put(kLookups, key, value);
  return after - before;
}

// The scan itself stays in the feed entry, whose sequence its name tells.
absl::Status ScanRecorded(const v1::Scan& scan, Evolver& evolver) {
  const bool duplicate = scan.outcome() == v1::SCAN_OUTCOME_DUPLICATE;
  if (!scan.asset_key().empty() && !scan.asset().empty() &&
      scan.outcome() != v1::SCAN_OUTCOME_UNREAD && scan.outcome() != v1::SCAN_OUTCOME_CHOICE) {
    const std::string key = LookupKey(evolver.site(), Lookup::kAssetKey, scan.asset_key());
    const auto known = evolver.rows().Get(kLookups, key);
    LOOPDOCK_RETURN_IF_ERROR(known.status());
    // A key that has registered an asset keeps it, whatever else is scanned under it.
    if (!duplicate || !known->has_value()) {
      evolver.rows().Put(kLookups, key, Cat(duplicate ? "D" : "A", IdOf(scan.asset())));
    }
  }
  std::int64_t choices = 0;
  if (!scan.question().empty()) {
    const bool asks = scan.outcome() == v1::SCAN_OUTCOME_CHOICE;
    // All scans of one asset key are about one device; what two devices say alike are two
    // questions.
    const std::int64_t settled = scan.asset_key().empty() ? 1 : kAllChoices;
    const auto changed =
        CountChoices(scan.session(), scan.question(), asks ? 1 : -settled, evolver);
    LOOPDOCK_RETURN_IF_ERROR(changed.status());
    choices = *changed;
  }
  std::string load;
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Change<v1::ReceivingSession>(scan.session(), [&](v1::ReceivingSession& session) {
        load = session.load();
        session.set_scan_count(session.scan_count() + 1);
        switch (scan.outcome()) {
          case v1::SCAN_OUTCOME_BOOKED:
            session.set_asset_count(session.asset_count() + 1);
            break;
          case v1::SCAN_OUTCOME_DUPLICATE:
            session.set_duplicate_count(session.duplicate_count() + 1);
            session.mutable_counts()->set_duplicates(session.counts().duplicates() + 1);
            break;
          case v1::SCAN_OUTCOME_UNREAD:
            session.set_unread_count(session.unread_count() + 1);
            break;
          default:
            break;
        }
        session.set_choice_count(session.choice_count() + choices);
      }));
  if (duplicate) {
    evolver.rows().Put(kMembers, LoadDuplicateKey(evolver.site(), IdOf(load), IdOf(scan.name())),
                       IdOf(scan.asset()));
  }
  return absl::OkStatus();
}

// A closed session stays as it was signed, but for how many of its scans were withdrawn.
absl::Status ScanWithdrawn(const v1::ScanWithdrawn& withdrawn, Evolver& evolver) {
  std::string sequence;
  AppendBigEndian64(&sequence, static_cast<std::uint64_t>(evolver.entry().sequence()));
  evolver.rows().Put(kLookups,
                     LookupKey(evolver.site(), Lookup::kScanWithdrawn, IdOf(withdrawn.scan())),
                     sequence);
  const bool duplicate = withdrawn.outcome() == v1::SCAN_OUTCOME_DUPLICATE;
  std::int64_t choices = 0;
  if (!withdrawn.question().empty()) {
    const auto changed = CountChoices(withdrawn.session(), withdrawn.question(), -1, evolver);
    LOOPDOCK_RETURN_IF_ERROR(changed.status());
    choices = *changed;
  }
  std::string load;
  bool open = false;
  LOOPDOCK_RETURN_IF_ERROR(
      evolver.Change<v1::ReceivingSession>(withdrawn.session(), [&](v1::ReceivingSession& session) {
        load = session.load();
        open = session.open();
        session.set_withdrawn_count(session.withdrawn_count() + 1);
        if (!open) return;
        session.set_choice_count(session.choice_count() + choices);
        if (duplicate) session.set_duplicate_count(session.duplicate_count() - 1);
        if (withdrawn.outcome() == v1::SCAN_OUTCOME_UNREAD) {
          session.set_unread_count(session.unread_count() - 1);
        }
      }));
  if (!duplicate) return absl::OkStatus();
  evolver.rows().Delete(kMembers,
                        LoadDuplicateKey(evolver.site(), IdOf(load), IdOf(withdrawn.scan())));
  if (!withdrawn.asset_key().empty()) {  // what the key has registered it keeps
    const std::string key = LookupKey(evolver.site(), Lookup::kAssetKey, withdrawn.asset_key());
    const auto known = evolver.rows().Get(kLookups, key);
    LOOPDOCK_RETURN_IF_ERROR(known.status());
    if (known->value_or("").starts_with('D')) evolver.rows().Delete(kLookups, key);
  }
  return evolver.ChangeReceipt(withdrawn.session(), load, [](auto& receipt) {
    receipt.mutable_counts()->set_duplicates(receipt.counts().duplicates() - 1);
  });
}

// Its line was released by a fact before, and what it is in the other load the next one tells.
absl::Status AssetReassigned(const v1::AssetReassigned& reassigned, Evolver& evolver) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(reassigned.asset(), &before));
  v1::Asset after = before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.ForgetUnexpected(&after));
  if (!before.load().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeReceipt(
        before.session(), before.load(),
        [](auto& receipt) { receipt.set_asset_count(receipt.asset_count() - 1); }));
    evolver.rows().Delete(kMembers,
                          LoadMemberKey(evolver.site(), IdOf(before.load()), IdOf(before.name())));
  }
  after.set_load(reassigned.to_load());
  after.set_supplier(reassigned.supplier());
  after.set_no_resale(reassigned.no_resale());
  after.set_instruction(reassigned.instruction());
  evolver.SetReference("assets", ReferenceOf(before), ReferenceOf(after), after.name());
  LOOPDOCK_RETURN_IF_ERROR(evolver.Change<v1::Load>(
      after.load(), [](v1::Load& load) { load.set_asset_count(load.asset_count() + 1); }));
  LOOPDOCK_RETURN_IF_ERROR(MarkMember(after, v1::MANIFEST_MATCH_UNSPECIFIED, evolver));
  return evolver.PutAsset(&before, std::move(after));
}

// Takes the net mass of a weighing into the load that it is of, or out of it.
absl::Status AddWeighed(const v1::Weighing& weighing, std::int64_t sign, Evolver& evolver) {
  if (weighing.load().empty()) return absl::OkStatus();
  return evolver.Change<v1::Load>(weighing.load(), [&](v1::Load& load) {
    load.mutable_counts()->set_weighed_mass_g(load.counts().weighed_mass_g() +
                                              sign * weighing.net_mass_g());
  });
}

template <typename Thing>
absl::Status ReplaceWeighing(const v1::Weighing& weighing, Thing* thing, Evolver& evolver) {
  LOOPDOCK_RETURN_IF_ERROR(AddWeighed(thing->weighing(), -1, evolver));
  *thing->mutable_weighing() = weighing;
  return AddWeighed(weighing, 1, evolver);
}

absl::Status WeighingRecorded(const v1::Weighing& weighing, Evolver& evolver) {
  const std::string_view tail = TailOf(weighing.subject());
  if (tail.starts_with("assets/")) {
    return evolver.ChangeAsset(weighing.subject(),
                               [&](v1::Asset& asset) { asset.set_mass_g(weighing.net_mass_g()); });
  }
  if (tail.starts_with("containers/")) {
    v1::Container container;
    LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(weighing.subject(), &container));
    LOOPDOCK_RETURN_IF_ERROR(ReplaceWeighing(weighing, &container, evolver));
    return evolver.Put(container);
  }
  v1::Lot lot;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(weighing.subject(), &lot));
  LOOPDOCK_RETURN_IF_ERROR(ReplaceWeighing(weighing, &lot, evolver));
  return evolver.Put(lot);
}

}  // namespace

absl::Status TakeReceiving(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kScanRecorded:
      return ScanRecorded(fact.scan_recorded(), evolver);
    case v1::Fact::kManifestLineMatched:
      return ManifestLineMatched(fact.manifest_line_matched(), evolver);
    case v1::Fact::kManifestLineReleased:
      return ManifestLineReleased(fact.manifest_line_released(), evolver);
    case v1::Fact::kScanWithdrawn:
      return ScanWithdrawn(fact.scan_withdrawn(), evolver);
    case v1::Fact::kAssetReassigned:
      return AssetReassigned(fact.asset_reassigned(), evolver);
    case v1::Fact::kWeighingRecorded:
      return WeighingRecorded(fact.weighing_recorded(), evolver);
    case v1::Fact::kManifestCreated:
      return evolver.Put(fact.manifest_created());
    case v1::Fact::kManifestLinesAdded:
      return ManifestLinesAdded(fact.manifest_lines_added(), evolver);
    case v1::Fact::kManifestActivated:
      return ManifestActivated(fact.manifest_activated(), evolver);
    case v1::Fact::kSessionOpened:
      return SessionOpened(fact.session_opened(), evolver);
    case v1::Fact::kSessionClosed:
      return SessionClosed(fact.session_closed(), evolver);
    default:
      return TakeReference(fact, evolver);
  }
}

}  // namespace loopdock::inventory
