// SPDX-License-Identifier: Apache-2.0
// Inspections, tests, data sanitization, control status and decisions.
#include "services/inventory/core/processing.h"

#include <algorithm>
#include <array>

#include "absl/container/flat_hash_set.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

constexpr std::array<std::string_view, 6> kAttestations = {
    "complete", "licensed_os", "diagnostics", "oem_parts", "original_software", "oem_specs"};

bool IsAttestation(std::string_view function) {
  return std::find(kAttestations.begin(), kAttestations.end(), function) != kAttestations.end();
}

}  // namespace

FunctionalResult DeriveFunctional(
    const google::protobuf::RepeatedPtrField<v1::FunctionResult>& results) {
  bool key_passed = false;
  bool key_open = false;
  bool all_passed = true;
  bool tested = false;
  absl::flat_hash_set<std::string> attested;
  for (const v1::FunctionResult& result : results) {
    const bool passed = result.outcome() == v1::TEST_OUTCOME_PASS;
    const bool counts = result.outcome() != v1::TEST_OUTCOME_NOT_APPLICABLE;
    if (IsAttestation(result.function())) {
      if (passed) attested.insert(result.function());
      continue;
    }
    if (result.key() && result.outcome() == v1::TEST_OUTCOME_FAIL) {
      return {v1::FUNCTIONAL_F_NONE, v1::FUNCTIONAL_GAP_FAILED};
    }
    tested = tested || passed || result.outcome() == v1::TEST_OUTCOME_FAIL;
    key_passed = key_passed || (result.key() && passed);
    key_open = key_open || (result.key() && counts && !passed);
    all_passed = all_passed && (passed || !counts);
  }
  if (!tested) return {v1::FUNCTIONAL_F_NONE, v1::FUNCTIONAL_GAP_UNTESTED};
  if (!key_passed || key_open) {
    return {v1::FUNCTIONAL_F_NONE, v1::FUNCTIONAL_GAP_PARTIAL_UNTESTED};
  }
  const auto has = [&](const char* what) { return attested.contains(what); };
  v1::Functional functional = v1::FUNCTIONAL_F3;
  if (all_passed && has("complete")) {
    functional = v1::FUNCTIONAL_F4;
    if (has("licensed_os") && has("diagnostics")) {
      functional = v1::FUNCTIONAL_F5;
      if (has("oem_parts") && has("original_software") && has("oem_specs")) {
        functional = v1::FUNCTIONAL_F6;
      }
    }
  }
  return {functional, v1::FUNCTIONAL_GAP_UNSPECIFIED};
}

void CheckForm(const v1::RecordInspectionRequest& request, Form& form) {
  const v1::InspectionSummary& summary = request.summary();
  form.Name("name", request.name(), "assets");
  form.Name("summary.inspection", summary.inspection(), "inspections");
  form.Check(summary.version() >= 1, "summary.version", "must be at least 1");
  form.Check(
      summary.cosmetic() != v1::COSMETIC_UNSPECIFIED && v1::Cosmetic_IsValid(summary.cosmetic()),
      "summary.cosmetic", "must be a cosmetic category");
  form.Check(summary.margin() >= 0 && summary.margin() <= 1, "summary.margin",
             "must be from 0 to 1");
  form.Count("summary.defect_count", summary.defect_count(), 1'000'000);
  form.Text("summary.scale", summary.scale());
  form.Text("summary.scale_sha256", summary.scale_sha256(), 64);
  form.Text("summary.model", summary.model());
  form.Text("summary.reason", summary.reason(), kReasonMax);
  form.Evidence("summary.evidence", summary.evidence());
}

absl::Status Apply(const v1::RecordInspectionRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->inspection().inspection() == request.summary().inspection() &&
      asset->inspection().version() >= request.summary().version()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "INSPECTION_SUPERSEDED",
                         Cat("Version ", asset->inspection().version(), " of '",
                             request.summary().inspection(), "' is recorded already."),
                         {{"name", request.name()}});
  }
  if (request.summary().overridden()) {
    LOOPDOCK_RETURN_IF_ERROR(
        R16ChangeSaysWhy(request.name(), step.actor(), request.summary().reason()));
  }
  v1::Fact fact;
  fact.mutable_inspection_recorded()->set_asset(request.name());
  *fact.mutable_inspection_recorded()->mutable_summary() = request.summary();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::RecordTestRequest& request, Form& form) {
  const v1::Test& test = request.test();
  form.Name("test.asset", test.asset(), "assets");
  form.Required("test.plan", test.plan());
  form.Text("test.operator", test.operator_());
  form.Check(test.results_size() > 0 && test.results_size() <= 2 * kListMax, "test.results",
             Cat("must have 1 to ", 2 * kListMax, " entries"));
  for (int i = 0; i < std::min(test.results_size(), 2 * kListMax); ++i) {
    const v1::FunctionResult& result = test.results(i);
    const std::string at = Cat("test.results[", i, "]");
    form.Required(Cat(at, ".function"), result.function(), 64);
    form.Check(v1::TestOutcome_IsValid(result.outcome()), Cat(at, ".outcome"),
               "must be a known outcome");
    form.Text(Cat(at, ".method"), result.method());
    form.Text(Cat(at, ".value"), result.value());
  }
  form.Evidence("test.evidence", test.evidence());
}

absl::Status Apply(const v1::RecordTestRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.test().asset());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckMayBeTested(step, *asset));
  v1::Fact fact;
  v1::Test* test = fact.mutable_test_recorded();
  *test = request.test();
  const FunctionalResult derived = DeriveFunctional(test->results());
  test->set_functional(derived.functional);
  test->set_gap(derived.gap);
  if (test->operator_().empty()) test->set_operator_(step.actor());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.test().asset(), answer);
}

void CheckForm(const v1::SetApplicabilityRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  const bool controlled = request.applicability() == v1::R2_APPLICABILITY_CONTROLLED;
  form.Check(controlled || request.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED,
             "applicability", "must be controlled or unrestricted");
  form.Check(v1::ControlledReason_IsValid(request.controlled_reason()) &&
                 controlled == (request.controlled_reason() != v1::CONTROLLED_REASON_UNSPECIFIED),
             "controlled_reason", "must be given for controlled assets and only for those");
  form.Check(
      v1::UnrestrictedReason_IsValid(request.unrestricted_reason()) &&
          v1::ControlExit_IsValid(request.control_exit()) &&
          controlled == (request.unrestricted_reason() == v1::UNRESTRICTED_REASON_UNSPECIFIED &&
                         request.control_exit() == v1::CONTROL_EXIT_UNSPECIFIED),
      "unrestricted_reason",
      "or control_exit must be given for unrestricted assets and only for those");
  form.Text("reason", request.reason(), kReasonMax);
  form.Evidence("evidence", request.evidence());
}

namespace {

// CR6(b)(2)(A) to (D).
absl::Status CheckExit(const v1::SetApplicabilityRequest& request, const v1::Asset& asset,
                       Step& step) {
  const v1::ControlExit exit = request.control_exit();
  LOOPDOCK_RETURN_IF_ERROR(ExitIsProven(asset, exit));
  LOOPDOCK_RETURN_IF_ERROR(ExitIsJustified(asset, exit, request.unrestricted_reason()));
  v1::Party facility;
  if (!asset.categorized_by().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(step.rows().Read(asset.categorized_by(), &facility).status());
  }
  return R20CategoriesAreBacked(asset.name(), exit, facility, request.evidence(),
                                step.facility_rules(), step.now());
}

}  // namespace

absl::Status Apply(const v1::SetApplicabilityRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(R16ChangeSaysWhy(request.name(), step.actor(), request.reason()));
  LOOPDOCK_RETURN_IF_ERROR(CheckExit(request, *asset, step));
  v1::Fact fact;
  v1::ApplicabilityChanged* changed = fact.mutable_applicability_changed();
  changed->set_asset(request.name());
  changed->set_applicability(request.applicability());
  changed->set_controlled_reason(request.controlled_reason());
  changed->set_unrestricted_reason(request.unrestricted_reason());
  changed->set_control_exit(request.control_exit());
  changed->set_reason(request.reason());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::RecordDecisionsRequest& request, Form& form) {
  form.Check(request.decisions_size() <= kDecisionsMax, "decisions",
             Cat("may have at most ", kDecisionsMax, " entries"));
  for (int i = 0; i < std::min(request.decisions_size(), kDecisionsMax); ++i) {
    const v1::Decision& decision = request.decisions(i);
    const std::string at = Cat("decisions[", i, "]");
    form.Name(Cat(at, ".asset"), decision.asset(), "assets");
    form.Check(
        decision.next() != v1::NEXT_PROCESS_UNSPECIFIED && v1::NextProcess_IsValid(decision.next()),
        Cat(at, ".next"), "must be a known process");
    form.Check(decision.reasons_size() > 0 && decision.reasons_size() <= kListMax,
               Cat(at, ".reasons"), Cat("must have 1 to ", kListMax, " entries"));
    form.Check(decision.facts_seen_size() <= kListMax, Cat(at, ".facts_seen"),
               Cat("may have at most ", kListMax, " entries"));
    form.Check(decision.ByteSizeLong() <= 16384, at, "must have at most 16384 bytes");
    form.Required(Cat(at, ".policy"), decision.policy());
    form.Required(Cat(at, ".asset_etag"), decision.asset_etag(), 64);
  }
  const bool valid_consumer = request.consumer().empty() || common::IsValidId(request.consumer());
  form.Check(valid_consumer && (request.through_sequence() == 0 || !request.consumer().empty()),
             "consumer", "must be an id such as routing");
  form.Check(request.through_sequence() >= 0, "through_sequence", "must not be negative");
}

void DeclareReads(const v1::RecordDecisionsRequest& request, Reads& reads) {
  for (const v1::Decision& decision : request.decisions()) reads.Name(decision.asset());
  reads.Row(kResources, ResourceKey(reads.site(), "consumers", request.consumer()));
}

namespace {

absl::Status CheckDecision(const v1::Decision& decision, const v1::Asset& asset, Step& step) {
  if (IsReuse(decision.next())) {
    LOOPDOCK_RETURN_IF_ERROR(R03NeverReused(asset));
    LOOPDOCK_RETURN_IF_ERROR(R06NoResale(asset));
  }
  const auto excepted = HasException(step, "R-04", asset.name(), "");
  LOOPDOCK_RETURN_IF_ERROR(excepted.status());
  return R04NoDisposal(asset, decision.next(), *excepted);
}

absl::Status MoveConsumer(const v1::RecordDecisionsRequest& request, Step& step) {
  if (request.consumer().empty()) return absl::OkStatus();
  if (request.through_sequence() >= step.sequence()) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "POSITION_AHEAD",
        Cat("The feed ends at ", step.sequence() - 1, "; a consumer cannot be further."),
        {{"last_sequence", std::to_string(step.sequence() - 1)}});
  }
  v1::ConsumerPosition position;
  const auto read = step.rows().Read(
      kResources, ResourceKey(step.site(), "consumers", request.consumer()), &position);
  LOOPDOCK_RETURN_IF_ERROR(read.status());
  if (request.through_sequence() <= position.through_sequence()) return absl::OkStatus();
  v1::Fact fact;
  fact.mutable_consumer_position_set()->set_consumer(request.consumer());
  fact.mutable_consumer_position_set()->set_through_sequence(request.through_sequence());
  return step.Emit(std::move(fact));
}

}  // namespace

absl::Status Apply(const v1::RecordDecisionsRequest& request, Step& step,
                   v1::RecordDecisionsResponse* answer) {
  absl::flat_hash_set<std::string> decided;
  for (const v1::Decision& decision : request.decisions()) {
    const auto asset = step.Find<v1::Asset>(decision.asset());
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    const bool fresh = IsOpen(*asset) && asset->etag() == decision.asset_etag();
    if (!fresh || !decided.insert(decision.asset()).second) {
      answer->add_stale(decision.asset());
      continue;
    }
    LOOPDOCK_RETURN_IF_ERROR(CheckDecision(decision, *asset, step));
    v1::Fact fact;
    *fact.mutable_decision_recorded() = decision;
    fact.mutable_decision_recorded()->set_name(step.NewName("decisions"));
    *fact.mutable_decision_recorded()->mutable_create_time() = step.server_time();
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  LOOPDOCK_RETURN_IF_ERROR(MoveConsumer(request, step));
  answer->set_sequence(step.entry().facts_size() > 0 ? step.sequence() : step.sequence() - 1);
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
