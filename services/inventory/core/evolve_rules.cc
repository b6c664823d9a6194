// SPDX-License-Identifier: Apache-2.0
// Facts of processing, of the facility's rules, and of what time alone makes.
#include <algorithm>

#include "services/common/status.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/sampling.h"
#include "services/inventory/core/stock.h"
#include "services/inventory/core/sweep.h"

namespace loopdock::inventory {
namespace {

// Nothing more goes on once the result is there.
void EndSanitization(v1::Asset& asset) {
  if (asset.process() != v1::NEXT_PROCESS_DATA_SANITIZATION) return;
  asset.clear_process();
  asset.clear_process_time();
}

absl::Status ApplicabilityChanged(const v1::ApplicabilityChanged& changed, Evolver& evolver) {
  return evolver.ChangeAsset(changed.asset(), [&](v1::Asset& asset) {
    asset.set_applicability(changed.applicability());
    asset.set_controlled_reason(changed.controlled_reason());
    asset.set_unrestricted_reason(changed.unrestricted_reason());
    asset.set_control_exit(changed.control_exit());
  });
}

absl::Status ResponsesExpired(const v1::ResponsesExpired& expired, Evolver& evolver) {
  for (const std::string& request_id : expired.request_ids()) {
    evolver.rows().Delete(kResponses, ResponseKey(evolver.entry().site(), request_id));
  }
  evolver.rows().Put(kLookups, LookupKey(evolver.entry().site(), Lookup::kSweptThrough, ""),
                     std::to_string(expired.through_sequence()));
  return absl::OkStatus();
}

absl::Status SanitizationRecorded(const v1::SanitizationRecorded& recorded, Evolver& evolver) {
  const v1::Sanitization& done = recorded.sanitization();
  // A rate stands only in facts about logical sanitization.
  if (recorded.rate_ppm() > 0) {
    LOOPDOCK_RETURN_IF_ERROR(CountSanitized(recorded, evolver));
    if (recorded.data_device_state() == v1::DATA_DEVICE_STATE_VERIFIED) {
      LOOPDOCK_RETURN_IF_ERROR(
          CountVerified(done.tool(), recorded.chosen(), /*passed=*/true, evolver));
    }
  }
  return evolver.ChangeAsset(done.asset(), [&](v1::Asset& asset) {
    asset.set_data_status(recorded.data_status());
    asset.set_data_device_state(recorded.data_device_state());
    asset.set_verification_required(recorded.chosen());
    asset.set_sanitized_by(done.operator_());
    asset.set_sanitized_with(done.tool());
    EndSanitization(asset);
  });
}

absl::Status SanitizationVerified(const v1::SanitizationVerified& verified, Evolver& evolver) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(verified.asset(), &before));
  LOOPDOCK_RETURN_IF_ERROR(CountVerified(before.sanitized_with(), before.verification_required(),
                                         verified.passed(), evolver));
  return evolver.ChangeAsset(verified.asset(), [&](v1::Asset& asset) {
    if (verified.passed()) {
      asset.set_data_device_state(v1::DATA_DEVICE_STATE_VERIFIED);
    } else {
      asset.set_data_status(v1::DATA_STATUS_SANITIZATION_FAILED);
      asset.set_data_device_state(v1::DATA_DEVICE_STATE_VERIFY_FAILED);
    }
  });
}

absl::Status ProcessBegun(const v1::ProcessBegun& begun, Evolver& evolver) {
  return evolver.ChangeAsset(begun.asset(), [&](v1::Asset& asset) {
    asset.set_process(begun.process());
    *asset.mutable_process_time() = evolver.entry().server_time();
    if (begun.process() == v1::NEXT_PROCESS_DATA_SANITIZATION) {
      asset.set_data_status(v1::DATA_STATUS_SANITIZATION_IN_PROGRESS);
      asset.set_data_device_state(v1::DATA_DEVICE_STATE_IN_SANITIZATION);
    }
  });
}

absl::Status FacilityRulesSet(const v1::FacilityRules& rules, Evolver& evolver) {
  const auto before = RulesInForce(evolver.rows(), evolver.site());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(SetCaps(*before, rules, evolver));
  evolver.rows().Write(kResources,
                       ResourceKey(evolver.site(), "rules", FacilityRowId(rules.version())), rules);
  evolver.rows().Write(kLookups, LookupKey(evolver.site(), Lookup::kFacilityRules, ""), rules);
  return absl::OkStatus();
}

absl::Status TermReached(const v1::TermReached& reached, Evolver& evolver) {
  const auto report = [&](auto& stock) {
    if (reached.rule() == kAgeRule) {
      stock.set_reported_days(std::max(stock.reported_days(), reached.days()));
    }
  };
  // Age changes nothing that a decision depends on: the etag stays.
  if (RowOf(reached.subject()).table == kAssets) {
    return evolver.ChangeAsset(reached.subject(), report, /*new_etag=*/false);
  }
  v1::Lot lot;
  LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(reached.subject(), &lot));
  report(lot);
  evolver.rows().Write(lot.name(), lot);
  return absl::OkStatus();
}

absl::Status TakeSanitization(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kProcessBegun:
      return ProcessBegun(fact.process_begun(), evolver);
    case v1::Fact::kSanitizationRecorded:
      return SanitizationRecorded(fact.sanitization_recorded(), evolver);
    case v1::Fact::kSanitizationVerified:
      return SanitizationVerified(fact.sanitization_verified(), evolver);
    case v1::Fact::kSanitizationReconciled:
      for (const std::string& name : fact.sanitization_reconciled().assets()) {
        LOOPDOCK_RETURN_IF_ERROR(evolver.ChangeAsset(name, [](v1::Asset& asset) {
          asset.set_data_device_state(v1::DATA_DEVICE_STATE_QC_RECONCILED);
        }));
      }
      return absl::OkStatus();
    case v1::Fact::kSanitizationReleased:
      return evolver.ChangeAsset(fact.sanitization_released().asset(), [](v1::Asset& asset) {
        asset.set_data_device_state(v1::DATA_DEVICE_STATE_RELEASED);
      });
    case v1::Fact::kFacilityRulesSet:
      return FacilityRulesSet(fact.facility_rules_set(), evolver);
    case v1::Fact::kTermReached:
      return TermReached(fact.term_reached(), evolver);
    case v1::Fact::kCapReached:
      return absl::OkStatus();  // the sum itself changed with the fact before
    default:
      return TakeOutbound(fact, evolver);
  }
}

}  // namespace

absl::Status TakeRules(const v1::Fact& fact, Evolver& evolver) {
  switch (fact.kind_case()) {
    case v1::Fact::kInspectionRecorded:
      return evolver.ChangeAsset(fact.inspection_recorded().asset(), [&](v1::Asset& asset) {
        *asset.mutable_inspection() = fact.inspection_recorded().summary();
        asset.set_cosmetic(fact.inspection_recorded().summary().cosmetic());
      });
    case v1::Fact::kTestRecorded:
      return evolver.ChangeAsset(fact.test_recorded().asset(), [&](v1::Asset& asset) {
        asset.set_functional(fact.test_recorded().functional());
        asset.set_functional_gap(fact.test_recorded().gap());
      });
    case v1::Fact::kApplicabilityChanged:
      return ApplicabilityChanged(fact.applicability_changed(), evolver);
    case v1::Fact::kDecisionRecorded:
      // A decision depends on the facts, so it must not change their etag.
      return evolver.ChangeAsset(
          fact.decision_recorded().asset(),
          [&](v1::Asset& asset) {
            *asset.mutable_decision() = fact.decision_recorded();
            *asset.mutable_decision()->mutable_create_time() = evolver.entry().server_time();
          },
          /*new_etag=*/false);
    case v1::Fact::kExceptionRecorded: {
      const v1::ExceptionRecord& exception = fact.exception_recorded();
      evolver.rows().Put(
          kLookups,
          LookupKey(evolver.entry().site(), Lookup::kException,
                    Cat(exception.rule(), std::string_view("\0", 1), exception.subject())),
          std::string(IdOf(exception.name())));
      return evolver.Put(exception);
    }
    case v1::Fact::kConsumerPositionSet:
      evolver.rows().Write(
          kResources,
          ResourceKey(evolver.entry().site(), "consumers", fact.consumer_position_set().consumer()),
          fact.consumer_position_set());
      return absl::OkStatus();
    case v1::Fact::kResponsesExpired:
      return ResponsesExpired(fact.responses_expired(), evolver);
    default:
      return TakeSanitization(fact, evolver);
  }
}

}  // namespace loopdock::inventory
