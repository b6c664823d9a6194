// SPDX-License-Identifier: Apache-2.0
// What keeps an asset back, by the very guards that refuse, and what the facility's rules say now.
#include <deque>

#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/queries.h"

namespace loopdock::inventory {
namespace {

// Committed rows, as a command sees them; what a command would change goes nowhere.
class ReaderView : public storage::View, public storage::Changes {
 public:
  ReaderView(const storage::Reader& reader, absl::Time now) : reader_(reader), now_(now) {}

  absl::StatusOr<std::optional<std::string_view>> Get(storage::TableId table,
                                                      std::string_view key) override {
    auto row = reader_.Get(table, key);
    if (!row.ok()) return row.status();
    if (!row->has_value()) return std::optional<std::string_view>();
    values_.push_back(*std::move(*row));
    return std::optional<std::string_view>(values_.back());
  }
  absl::Time server_time() const override { return now_; }
  void Put(storage::TableId, std::string_view, std::string_view) override {}
  void Delete(storage::TableId, std::string_view) override {}
  size_t rows() const override { return 0; }
  void Discard() override {}

 private:
  const storage::Reader& reader_;
  const absl::Time now_;
  std::deque<std::string> values_;  // what was read lives as long as the question
};

class Explanation {
 public:
  explicit Explanation(v1::ExplainBlocksResponse* answer) : answer_(*answer) {}

  // Takes a refusal; an error of the store comes back.
  absl::Status Add(v1::BlockedAction action, const absl::Status& refusal) {
    if (refusal.ok()) return absl::OkStatus();
    if (refusal.code() != absl::StatusCode::kFailedPrecondition) return refusal;
    v1::Block* block = answer_.add_blocks();
    block->set_action(action);
    block->set_rule(common::MetadataOf(refusal, "rule"));
    block->set_clause(common::MetadataOf(refusal, "clause"));
    block->set_reason(common::ReasonOf(refusal));
    block->set_message(std::string(refusal.message()));
    return absl::OkStatus();
  }

 private:
  v1::ExplainBlocksResponse& answer_;
};

absl::Status HoldRefusal(const v1::Asset& asset, const v1::Hold& hold) {
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "ASSET_ON_HOLD",
      Cat("'", asset.name(), "' is held (", hold.reason(), "); release the hold first."),
      {{"name", asset.name()}, {"hold_id", hold.id()}});
}

absl::Status ExplainSale(const v1::Asset& asset, const v1::Party& receiver, Step& step,
                         Explanation& explanation) {
  constexpr auto kSell = v1::BLOCKED_ACTION_SELL;
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, R03NeverReused(asset)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, R06NoResale(asset)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, S1GoesToSupplier(asset, receiver)));
  LOOPDOCK_RETURN_IF_ERROR(
      explanation.Add(kSell, R05LeavesSafely(asset, v1::SHIPMENT_KIND_SALE, receiver)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, R07MayBeSold(asset)));
  for (const v1::Hold& hold : asset.holds()) {
    LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, HoldRefusal(asset, hold)));
  }
  const auto components = ComponentsOf(step.rows(), step.site(), asset.name());
  LOOPDOCK_RETURN_IF_ERROR(components.status());
  for (const std::string& name : *components) {
    const auto component = step.Find<v1::Asset>(name);
    LOOPDOCK_RETURN_IF_ERROR(component.status());
    LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, R03NeverReused(*component)));
    LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kSell, R06NoResale(*component)));
  }
  if (asset.functional() != v1::FUNCTIONAL_F1) return absl::OkStatus();
  auto year = SalesOfYear(step.rows(), step.site(), step.now());
  LOOPDOCK_RETURN_IF_ERROR(year.status());
  ++year->sold;
  ++year->specialty;
  return explanation.Add(kSell, R09SpecialtyShare(asset.name(), *year, 1, step.facility_rules()));
}

absl::Status ExplainShipment(const v1::Asset& asset, const v1::Party& receiver, Step& step,
                             Explanation& explanation) {
  const bool safe = IsDataSafe(asset);
  LOOPDOCK_RETURN_IF_ERROR(
      explanation.Add(v1::BLOCKED_ACTION_SHIP, S1GoesToSupplier(asset, receiver)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(
      v1::BLOCKED_ACTION_SHIP, R05LeavesSafely(asset, v1::SHIPMENT_KIND_DOWNSTREAM, receiver)));
  return explanation.Add(
      v1::BLOCKED_ACTION_SHIP,
      R10VendorIsQualified(asset.name(), asset.applicability(),
                           safe ? v1::STREAM_KIND_UNSPECIFIED : v1::STREAM_KIND_DATA_DEVICES,
                           receiver, step.facility_rules(), step.now()));
}

absl::Status ExplainStorage(const v1::Asset& asset, Step& step, Explanation& explanation) {
  v1::Location storage;
  storage.set_name("ordinary storage");
  storage.set_kind(v1::LOCATION_KIND_STORAGE);
  constexpr auto kStore = v1::BLOCKED_ACTION_STORE;
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kStore, R05StandsSecured(asset, storage)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kStore, CheckNotStoredOn(step, asset, storage)));
  return explanation.Add(kStore, CheckPutAway(step, asset, v1::Location(), storage));
}

absl::Status ExplainRelease(const v1::Asset& asset, Explanation& explanation) {
  constexpr auto kRelease = v1::BLOCKED_ACTION_RELEASE;
  LOOPDOCK_RETURN_IF_ERROR(
      explanation.Add(kRelease, R12OnlyDestruction(asset, v1::SANITIZATION_METHOD_UNSPECIFIED)));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kRelease, R14SampleIsVerified(asset)));
  if (R14MayBeReleased(asset).ok()) return absl::OkStatus();
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(kRelease, R14MayBeReleased(asset)));
  return explanation.Add(kRelease, NoSuchStep(asset, "a release"));
}

// True when something is left to be released: it is or was a data device and is not safe yet.
bool AwaitsRelease(const v1::Asset& asset) {
  return asset.data_device_state() != v1::DATA_DEVICE_STATE_RELEASED &&
         asset.data_status() != v1::DATA_STATUS_NO_STORAGE &&
         asset.data_status() != v1::DATA_STATUS_EVALUATED_NO_DATA;
}

}  // namespace

absl::StatusOr<v1::FacilityRules> Queries::FacilityRulesNow() const {
  const auto row = reader().Get(kLookups, LookupKey(inventory_.site(), Lookup::kFacilityRules, ""));
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  if (!row->has_value()) return DefaultRules();
  v1::FacilityRules rules;
  if (rules.ParseFromString(**row)) return rules;
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       "The facility's rules cannot be parsed; run fsck.");
}

absl::Status Queries::Answer(const v1::GetFacilityRulesRequest& request,
                             v1::FacilityRules* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  auto rules = FacilityRulesNow();
  LOOPDOCK_RETURN_IF_ERROR(rules.status());
  if (request.version() == 0 || request.version() == rules->version()) {
    *answer = *std::move(rules);
    return absl::OkStatus();
  }
  const std::string words = Cat("version ", request.version(), " of the facility's rules");
  if (request.version() < 0) return NotFound(words);
  const auto row = reader().Get(
      kResources, ResourceKey(inventory_.site(), "rules", FacilityRowId(request.version())));
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  if (!row->has_value()) return NotFound(words);
  if (answer->ParseFromString(**row)) return absl::OkStatus();
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       Cat(words, " cannot be parsed; run fsck."));
}

absl::Status Queries::Answer(const v1::GetStockSumsRequest& request,
                             v1::GetStockSumsResponse* answer) const {
  LOOPDOCK_RETURN_IF_ERROR(CheckSite(request.site()));
  const auto rules = FacilityRulesNow();
  LOOPDOCK_RETURN_IF_ERROR(rules.status());
  const auto add = [&](v1::FocusMaterial material, const std::string& category) -> absl::Status {
    const auto row = reader().Get(
        kLookups, LookupKey(inventory_.site(), Lookup::kStockSum, StockWords(material, category)));
    LOOPDOCK_RETURN_IF_ERROR(row.status());
    const StockRow stock = DecodeStock(row->value_or(""));
    v1::StockSum* sum = answer->add_sums();
    sum->set_focus_material(material);
    sum->set_category(category);
    sum->set_pieces(stock.pieces);
    sum->set_mass_g(stock.mass_g);
    return absl::OkStatus();
  };
  LOOPDOCK_RETURN_IF_ERROR(add(v1::FOCUS_MATERIAL_UNSPECIFIED, ""));
  for (const v1::InventoryCap& cap : rules->caps()) {
    LOOPDOCK_RETURN_IF_ERROR(add(cap.focus_material(), cap.category()));
    *answer->add_caps() = cap;
  }
  return absl::OkStatus();
}

absl::Status Queries::Answer(const v1::ExplainBlocksRequest& request,
                             v1::ExplainBlocksResponse* answer) const {
  v1::Asset asset;
  LOOPDOCK_RETURN_IF_ERROR(AssetByName(request.name(), &asset));
  v1::Party receiver;
  receiver.set_name("a buyer");
  if (!request.receiver().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(Get(request.receiver(), "parties", &receiver));
  }
  const auto snapshot = inventory_.store().GetSnapshot();
  LOOPDOCK_RETURN_IF_ERROR(snapshot.status());
  Standing standing;
  auto rules = FacilityRulesNow();
  LOOPDOCK_RETURN_IF_ERROR(rules.status());
  standing.rules = *std::move(rules);
  ReaderView view(**snapshot, inventory_.now());
  ParsedRows parsed;
  Rows rows(view, view, parsed);
  v1::FeedEntry entry;
  entry.set_site(inventory_.site());
  *entry.mutable_server_time() = ToTimestamp(view.server_time());
  Step step(entry, rows, standing);
  Explanation explanation(answer);
  if (const auto open = step.OpenAsset(request.name()); !open.ok()) {
    for (const auto action : {v1::BLOCKED_ACTION_SELL, v1::BLOCKED_ACTION_SHIP,
                              v1::BLOCKED_ACTION_STORE, v1::BLOCKED_ACTION_TEST}) {
      LOOPDOCK_RETURN_IF_ERROR(explanation.Add(action, open.status()));
    }
    return absl::OkStatus();
  }
  if (const auto loose = LooseAsset(step, request.name()); !loose.ok()) {
    for (const auto action :
         {v1::BLOCKED_ACTION_SELL, v1::BLOCKED_ACTION_SHIP, v1::BLOCKED_ACTION_STORE}) {
      LOOPDOCK_RETURN_IF_ERROR(explanation.Add(action, loose.status()));
    }
  }
  LOOPDOCK_RETURN_IF_ERROR(ExplainSale(asset, receiver, step, explanation));
  // Without a vendor in mind nothing can be said of its qualification.
  if (!request.receiver().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(ExplainShipment(asset, receiver, step, explanation));
  }
  LOOPDOCK_RETURN_IF_ERROR(ExplainStorage(asset, step, explanation));
  LOOPDOCK_RETURN_IF_ERROR(explanation.Add(v1::BLOCKED_ACTION_TEST, CheckMayBeTested(step, asset)));
  return AwaitsRelease(asset) ? ExplainRelease(asset, explanation) : absl::OkStatus();
}

}  // namespace loopdock::inventory
