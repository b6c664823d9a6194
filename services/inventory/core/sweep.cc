// SPDX-License-Identifier: Apache-2.0
// Sweep: what time alone makes. It walks the feed by point reads, so that it stays pure.
#include "services/inventory/core/sweep.h"

#include <cstdlib>

#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

constexpr int kResponsesMax = 300;
constexpr int kTermsMax = 100;
constexpr int kEntriesMax = 1000;  // read by one command, all terms together
constexpr absl::Duration kResponsesKept = absl::Hours(24 * 90);

absl::StatusOr<bool> ReadEntry(Step& step, std::int64_t sequence, v1::FeedEntry* entry) {
  if (sequence >= step.sequence()) return false;
  return step.rows().Read(kFeed, FeedKey(step.site(), sequence), entry);
}

// Forgets responses that are old enough.
absl::Status ExpireResponses(Step& step, v1::SweepResponse* answer) {
  const auto swept = step.Look(Lookup::kSweptThrough, "");
  LOOPDOCK_RETURN_IF_ERROR(swept.status());
  std::int64_t through = swept->has_value()
                             ? std::strtoll(std::string(**swept).c_str(), nullptr, 10)
                             : std::int64_t{0};
  v1::Fact fact;
  v1::ResponsesExpired* expired = fact.mutable_responses_expired();
  while (expired->request_ids_size() < kResponsesMax) {
    v1::FeedEntry entry;
    const auto read = ReadEntry(step, through + 1, &entry);
    LOOPDOCK_RETURN_IF_ERROR(read.status());
    if (!*read || FromTimestamp(entry.server_time()) + kResponsesKept > step.now()) break;
    ++through;
    *expired->mutable_through_time() = entry.server_time();
    if (!entry.request_id().empty()) expired->add_request_ids(entry.request_id());
  }
  answer->set_responses_expired_count(expired->request_ids_size());
  if (expired->request_ids_size() == 0) return absl::OkStatus();
  if (expired->request_ids_size() == kResponsesMax) answer->set_more(true);
  expired->set_through_sequence(through);
  return step.Emit(std::move(fact));
}

// One term on its way through the feed.
class TermWalk {
 public:
  TermWalk(const SweepTerm& term, Step& step, int* reads, v1::SweepResponse* answer)
      : term_(term), step_(step), reads_(*reads), answer_(*answer) {}

  absl::Status Run();

 private:
  bool IsSpent() const { return reads_ == 0 || answer_.terms_reached_count() >= kTermsMax; }
  absl::Status Look(const v1::FeedEntry& entry);
  absl::Status LookAt(const std::string& name, const google::protobuf::Timestamp& registered);
  template <typename Stock>
  bool IsReached(const Stock& stock) const {
    return term_.rule != kAgeRule || (stock.applicability() == v1::R2_APPLICABILITY_CONTROLLED &&
                                      stock.reported_days() < term_.days);
  }
  absl::Status Report(const std::string& name);

  const SweepTerm& term_;
  Step& step_;
  int& reads_;
  v1::SweepResponse& answer_;
};

absl::Status TermWalk::Run() {
  v1::ConsumerPosition position;
  LOOPDOCK_RETURN_IF_ERROR(
      step_.rows()
          .Read(kResources, ResourceKey(step_.site(), "consumers", term_.cursor), &position)
          .status());
  const std::int64_t before = position.through_sequence();
  std::int64_t through = before;
  for (;;) {
    if (IsSpent()) {
      answer_.set_more(true);
      break;
    }
    v1::FeedEntry entry;
    const auto read = ReadEntry(step_, through + 1, &entry);
    LOOPDOCK_RETURN_IF_ERROR(read.status());
    if (!*read || FromTimestamp(entry.server_time()) + absl::Hours(24) * term_.days > step_.now()) {
      break;
    }
    --reads_;
    LOOPDOCK_RETURN_IF_ERROR(Look(entry));
    ++through;
  }
  if (through == before) return absl::OkStatus();
  v1::Fact fact;
  fact.mutable_consumer_position_set()->set_consumer(term_.cursor);
  fact.mutable_consumer_position_set()->set_through_sequence(through);
  return step_.Emit(std::move(fact));
}

absl::Status TermWalk::Look(const v1::FeedEntry& entry) {
  for (const v1::Fact& fact : entry.facts()) {
    if (fact.has_asset_registered()) {
      LOOPDOCK_RETURN_IF_ERROR(LookAt(fact.asset_registered().name(), entry.server_time()));
    } else if (fact.has_lot_set()) {
      LOOPDOCK_RETURN_IF_ERROR(LookAt(fact.lot_set().name(), entry.server_time()));
    }
  }
  return absl::OkStatus();
}

absl::Status TermWalk::LookAt(const std::string& name,
                              const google::protobuf::Timestamp& registered) {
  if (RowOf(name).table == kAssets) {
    v1::Asset asset;
    LOOPDOCK_RETURN_IF_ERROR(step_.rows().ReadExpected(name, &asset));
    if (!IsOpen(asset) || !IsReached(asset)) return absl::OkStatus();
    if (term_.rule == kSanitizeRule && IsDataSafe(asset)) return absl::OkStatus();
    return Report(name);
  }
  v1::Lot lot;
  LOOPDOCK_RETURN_IF_ERROR(step_.rows().ReadExpected(name, &lot));
  // Of a lot that was changed only the entry that made it counts.
  if (FromTimestamp(lot.create_time()) != FromTimestamp(registered)) return absl::OkStatus();
  if (lot.piece_count() == 0 && lot.mass_g() == 0) return absl::OkStatus();
  if (!IsReached(lot) || (term_.rule == kSanitizeRule && !lot.data_bearing())) {
    return absl::OkStatus();
  }
  return Report(name);
}

absl::Status TermWalk::Report(const std::string& name) {
  v1::Fact fact;
  fact.mutable_term_reached()->set_subject(name);
  fact.mutable_term_reached()->set_rule(std::string(term_.rule));
  fact.mutable_term_reached()->set_days(term_.days);
  answer_.set_terms_reached_count(answer_.terms_reached_count() + 1);
  return step_.Emit(std::move(fact));
}

}  // namespace

std::vector<SweepTerm> TermsOf(const v1::FacilityRules& rules) {
  std::vector<SweepTerm> terms;
  for (int rank = 0; rank < rules.alert_days_size(); ++rank) {
    terms.push_back({Cat("sweep-age-", rank + 1), kAgeRule, rules.alert_days(rank)});
  }
  terms.push_back({"sweep-storage", kAgeRule, rules.storage_days()});
  terms.push_back({"sweep-sanitize", kSanitizeRule, rules.sanitize_days()});
  return terms;
}

void CheckForm(const v1::SweepRequest&, Form&) {}

absl::Status Apply(const v1::SweepRequest&, Step& step, v1::SweepResponse* answer) {
  LOOPDOCK_RETURN_IF_ERROR(ExpireResponses(step, answer));
  int reads = kEntriesMax;
  for (const SweepTerm& term : TermsOf(step.facility_rules())) {
    LOOPDOCK_RETURN_IF_ERROR(TermWalk(term, step, &reads, answer).Run());
  }
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
