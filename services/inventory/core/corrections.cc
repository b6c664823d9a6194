// SPDX-License-Identifier: Apache-2.0
// Corrections of what was received, each a record of its own: a scan withdrawn, an asset moved to
// the load it came with, early assets compared with a manifest.
#include <algorithm>

#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/receipts.h"

namespace loopdock::inventory {
namespace {

constexpr int kComparedMax = 200;

absl::Status Refusal(std::string_view reason, std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, reason, Cat("'", name, "' ", what),
                       {{"name", std::string(name)}});
}

absl::StatusOr<v1::FeedEntry> EntryOf(Step& step, std::int64_t sequence) {
  v1::FeedEntry entry;
  const auto found = step.rows().Read(kFeed, FeedKey(step.site(), sequence), &entry);
  if (!found.ok()) return found.status();
  if (*found) return entry;
  return NotFound(Cat("entry ", sequence));
}

// The entry that recorded a scan: its name tells the sequence.
absl::StatusOr<v1::FeedEntry> EntryOfScan(Step& step, std::string_view name) {
  const std::string id(IdOf(name));
  const auto sequence = common::ParseCounterName(id.substr(0, id.find('-')));
  if (!sequence.ok() || *sequence == 0 ||
      *sequence >= static_cast<std::uint64_t>(step.sequence())) {
    return NotFound(name);
  }
  return EntryOf(step, static_cast<std::int64_t>(*sequence));
}

bool IsOfScans(const v1::FeedEntry& entry) {
  return std::any_of(entry.facts().begin(), entry.facts().end(), [](const v1::Fact& fact) {
    return fact.has_scan_recorded() || fact.has_scan_withdrawn();
  });
}

// What happens to an asset by scans, and what the program itself makes of it, is undone with it.
bool GoesWithScans(const v1::Fact& fact, bool of_scans) {
  switch (fact.kind_case()) {
    case v1::Fact::kDecisionRecorded:
    case v1::Fact::kTermReached:
    case v1::Fact::kCapReached:
    case v1::Fact::kManifestLineMatched:
    case v1::Fact::kManifestLineReleased:
    case v1::Fact::kAssetReassigned:
    case v1::Fact::kScanRecorded:
    case v1::Fact::kScanWithdrawn:
      return true;
    case v1::Fact::kAssetRegistered:
    case v1::Fact::kAssetIdentified:
    case v1::Fact::kHoldPlaced:
      return of_scans;
    default:
      return false;
  }
}

// OK while nothing but scans has happened to the asset since the entry that booked it.
absl::Status OnlyScanned(Step& step, const v1::Asset& asset, std::int64_t booked) {
  const auto refuse = [&](std::string_view what, std::int64_t sequence) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "ASSET_WORKED_ON",
                         Cat("'", asset.name(), "' has more than scans: ", what, " in entry ",
                             sequence, ". If it was never here: loopdock asset withdraw."),
                         {{"name", asset.name()}, {"sequence", std::to_string(sequence)}});
  };
  if (asset.history_size() == 0 || asset.history(0) != booked) {
    return refuse("a longer history", asset.last_sequence());
  }
  for (const std::int64_t sequence : asset.history()) {
    if (sequence == step.sequence()) continue;  // by the same batch
    const auto entry = EntryOf(step, sequence);
    LOOPDOCK_RETURN_IF_ERROR(entry.status());
    const bool of_scans = IsOfScans(*entry);
    for (const v1::Fact& fact : entry->facts()) {
      if (GoesWithScans(fact, of_scans) || !Mentions(fact, asset.name())) continue;
      const auto* kind = v1::Fact::descriptor()->FindFieldByNumber(fact.kind_case());
      return refuse(kind->name(), sequence);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IsHeldByAnother(Step& step, const v1::Identifier& identifier,
                                     std::string_view name) {
  const auto holders = step.Holders(identifier);
  if (!holders.ok()) return holders.status();
  return std::any_of(holders->begin(), holders->end(), [&](const Holder& holder) {
    return holder.issuer == NormaliseIssuer(identifier.issuer()) && holder.target != TailOf(name);
  });
}

// Takes away what one scan said of the asset, and gives back what it had replaced.
absl::StatusOr<v1::AssetIdentified> Undo(Step& step, const v1::AssetIdentified& said,
                                         const v1::Asset& asset) {
  v1::AssetIdentified undone;
  undone.set_asset(asset.name());
  const auto has = [&](const v1::Identifier& wanted) {
    return std::any_of(asset.identifiers().begin(), asset.identifiers().end(),
                       [&](const v1::Identifier& known) { return SameIdentifier(known, wanted); });
  };
  for (const v1::Identifier& added : said.added()) {
    if (has(added)) *undone.add_removed() = added;
  }
  for (const v1::Identifier& removed : said.removed()) {
    const auto held = IsHeldByAnother(step, removed, asset.name());
    if (!held.ok()) return held.status();
    if (!*held && !has(removed)) *undone.add_added() = removed;
  }
  const auto clear = [&](const std::string& was, const std::string& is, const char* field) {
    if (!was.empty() && was == is) undone.add_cleared(field);
  };
  clear(said.maker(), asset.maker(), "maker");
  clear(said.model(), asset.model(), "model");
  clear(said.category(), asset.category(), "category");
  clear(said.gtin(), asset.gtin(), "gtin");
  if (said.mass_g() > 0 && said.mass_g() == asset.mass_g()) undone.add_cleared("mass_g");
  if (said.typical_mass_g() > 0 && said.typical_mass_g() == asset.typical_mass_g()) {
    undone.add_cleared("typical_mass_g");
  }
  return undone;
}

absl::Status UndoAdded(const v1::WithdrawScanRequest& request, const v1::FeedEntry& entry,
                       const v1::Scan& scan, Step& step) {
  const auto asset = step.OpenAsset(scan.asset());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  for (const v1::Fact& said : entry.facts()) {
    if (!said.has_asset_identified() || said.asset_identified().asset() != asset->name()) continue;
    auto undone = Undo(step, said.asset_identified(), *asset);
    LOOPDOCK_RETURN_IF_ERROR(undone.status());
    if (undone->removed_size() + undone->added_size() + undone->cleared_size() == 0) continue;
    const auto claimed = IsClaimedBy(step, *asset, undone->removed());
    LOOPDOCK_RETURN_IF_ERROR(claimed.status());
    const bool by_model =
        scan.manifest_line() > 0 && scan.manifest_line() == asset->manifest_line();
    if (*claimed || by_model) LOOPDOCK_RETURN_IF_ERROR(ReleaseLine(step, *asset));
    undone->set_reason(request.reason());
    undone->set_corrects_sequence(entry.sequence());
    v1::Fact fact;
    *fact.mutable_asset_identified() = *std::move(undone);
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
    return CompareAnew(step, scan.asset());
  }
  return absl::OkStatus();
}

}  // namespace

void CheckForm(const v1::WithdrawScanRequest& request, Form& form) {
  form.Name("name", request.name(), "scans");
  form.Required("reason", request.reason(), kReasonMax);
}

absl::Status Apply(const v1::WithdrawScanRequest& request, Step& step, v1::Scan* answer) {
  const auto entry = EntryOfScan(step, request.name());
  LOOPDOCK_RETURN_IF_ERROR(entry.status());
  const auto recorded = std::find_if(
      entry->facts().begin(), entry->facts().end(),
      [&](const v1::Fact& fact) { return fact.scan_recorded().name() == request.name(); });
  if (recorded == entry->facts().end()) return NotFound(request.name());
  const v1::Scan& scan = recorded->scan_recorded();
  const auto withdrawn = step.Look(Lookup::kScanWithdrawn, IdOf(request.name()));
  LOOPDOCK_RETURN_IF_ERROR(withdrawn.status());
  if (withdrawn->has_value()) {
    return Refusal("SCAN_WITHDRAWN", request.name(),
                   Cat("was withdrawn by entry ", ReadBigEndian64(**withdrawn), " already."));
  }
  if (scan.outcome() == v1::SCAN_OUTCOME_BOOKED) {
    const auto asset = LooseAsset(step, scan.asset());
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    LOOPDOCK_RETURN_IF_ERROR(OnlyScanned(step, *asset, entry->sequence()));
    LOOPDOCK_RETURN_IF_ERROR(Withdraw(step, *asset, request.reason(), entry->sequence()));
  } else if (scan.outcome() == v1::SCAN_OUTCOME_ADDED) {
    LOOPDOCK_RETURN_IF_ERROR(UndoAdded(request, *entry, scan, step));
  }
  step.Corrects(entry->sequence());
  v1::Fact fact;
  v1::ScanWithdrawn* gone = fact.mutable_scan_withdrawn();
  gone->set_scan(scan.name());
  gone->set_session(scan.session());
  gone->set_outcome(scan.outcome());
  gone->set_asset(scan.asset());
  gone->set_reason(request.reason());
  gone->set_asset_key(scan.asset_key());
  if (scan.outcome() == v1::SCAN_OUTCOME_CHOICE) gone->set_question(scan.question());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  *answer = scan;
  answer->set_withdrawn(true);
  return absl::OkStatus();
}

void CheckForm(const v1::ReassignAssetRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Name("load", request.load(), "loads");
  form.Required("reason", request.reason(), kReasonMax);
}

absl::Status Apply(const v1::ReassignAssetRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = LooseAsset(step, request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  const auto load = step.Find<v1::Load>(request.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  if (asset->load() == request.load()) {
    return Refusal("LOAD_UNCHANGED", request.name(),
                   Cat("came with '", request.load(), "' already."));
  }
  const auto supplier = step.Find<v1::Party>(load->supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("assets", load->supplier(), asset->external_ref(), request.name()));
  LOOPDOCK_RETURN_IF_ERROR(ReleaseLine(step, *asset));
  v1::Fact fact;
  v1::AssetReassigned* reassigned = fact.mutable_asset_reassigned();
  reassigned->set_asset(request.name());
  reassigned->set_from_load(asset->load());
  reassigned->set_to_load(request.load());
  reassigned->set_reason(request.reason());
  reassigned->set_supplier(load->supplier());
  reassigned->set_no_resale(load->no_resale() || supplier->no_resale());
  reassigned->set_instruction(load->instruction());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(CompareAnew(step, request.name()));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::CompareWithManifestRequest& request, Form& form) {
  form.Name("load", request.load(), "loads");
  form.Check(request.assets_size() > 0 && request.assets_size() <= kComparedMax, "assets",
             Cat("must have 1 to ", kComparedMax, " entries"));
  for (int i = 0; i < std::min(request.assets_size(), kComparedMax); ++i) {
    form.Name(Cat("assets[", i, "]"), request.assets(i), "assets");
  }
}

void DeclareReads(const v1::CompareWithManifestRequest& request, Reads& reads) {
  reads.Name(request.load());
  for (const std::string& asset : request.assets()) reads.Name(asset);
}

absl::Status Apply(const v1::CompareWithManifestRequest& request, Step& step,
                   v1::CompareWithManifestResponse* answer) {
  const auto load = step.Find<v1::Load>(request.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  if (load->manifest().empty()) {
    return Refusal("MANIFEST_ABSENT", request.load(),
                   "has no manifest in force; activate one with ActivateManifest.");
  }
  for (const std::string& name : request.assets()) {
    const auto asset = step.Find<v1::Asset>(name);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    if (asset->load() != request.load()) {
      return Refusal("NOT_OF_LOAD", name, Cat("did not come with '", request.load(), "'."));
    }
    if (asset->state() == v1::ASSET_STATE_WITHDRAWN || asset->state() == v1::ASSET_STATE_MERGED) {
      continue;
    }
    const auto compared = IsCompared(step.rows(), step.site(), *asset, load->manifest());
    LOOPDOCK_RETURN_IF_ERROR(compared.status());
    if (*compared) continue;
    const auto comparison = CompareWith(step, load->manifest(), *asset, "", nullptr);
    LOOPDOCK_RETURN_IF_ERROR(comparison.status());
    LOOPDOCK_RETURN_IF_ERROR(EmitLateMatch(step, load->manifest(), *asset, *comparison));
    answer->set_compared_count(answer->compared_count() + 1);
    if (comparison->row.line.number() > 0) answer->set_matched_count(answer->matched_count() + 1);
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
