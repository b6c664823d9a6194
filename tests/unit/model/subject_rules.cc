// SPDX-License-Identifier: Apache-2.0
// Requests about the facility's rules and the processing of devices.
#include "absl/strings/str_cat.h"
#include "tests/unit/model/subject.h"

namespace loopdock::inventory::model {
namespace {

template <typename Refs>
void AddEvidence(Refs* refs, const std::string& purpose, const std::string& media_type) {
  auto* ref = refs->Add();
  ref->set_sha256(std::string(64, 'b'));
  ref->set_media_type(media_type);
  ref->set_purpose(purpose);
}

}  // namespace

std::string Subject::Wait(const Command& command) {
  clock_.Advance(SpanOf(command.a));
  return "OK";
}

std::string Subject::Sweep(const Command&) {
  for (int i = 0; i < 200; ++i) {
    v1::SweepRequest request;
    request.set_site("sites/main");
    const auto answer = Send(request);
    if (!answer.ok() || !answer->more()) return OutcomeOf(answer.status());
  }
  return "the sweep does not end";
}

std::string Subject::SetRules(const Command& command) {
  v1::SetFacilityRulesRequest request;
  request.set_site("sites/main");
  v1::FacilityRules* rules = request.mutable_rules();
  rules->set_reason("decided");
  request.set_reason("decided");
  if (command.a == kHundredDays) {
    rules->set_storage_days(100);
    rules->set_test_days(100);
  }
  if (command.a == kFewPieces) rules->add_caps()->set_pieces(kPieceCap);
  if (command.a == kOneBattery) {
    rules->add_caps()->set_pieces(1);
    rules->mutable_caps(0)->set_category("battery");
  }
  rules->set_require_authorization(command.a == kAuthorizedOnly);
  return Outcome(request);
}

std::string Subject::Grant(const Command& command) {
  v1::GrantAuthorizationRequest request;
  request.set_site("sites/main");
  v1::Authorization* authorization = request.mutable_authorization();
  authorization->set_person("ann");
  authorization->add_levels(LevelOf(command.a));
  authorization->set_training_date("2026-01-01");
  authorization->set_confidentiality_date("2026-01-01");
  if (command.b != kNoEnd) {
    authorization->set_expire_date(Date(command.b == kUntilYesterday ? 1 : 0));
  }
  const auto answer = Send(request);
  if (answer.ok()) authorization_ = answer->name();
  return OutcomeOf(answer.status());
}

std::string Subject::Revoke(const Command&) {
  v1::RevokeAuthorizationRequest request;
  request.set_name(authorization_.empty() ? "sites/main/authorizations/none" : authorization_);
  return Outcome(request);
}

std::string Subject::RecordException(const Command& command) {
  v1::RecordExceptionRequest request;
  request.set_site("sites/main");
  v1::ExceptionRecord* exception = request.mutable_exception();
  exception->set_rule(kExceptedRules[command.b]);
  exception->set_subject(command.d != 0 ? LoadIn(command.a % kLoads) : AssetIn(command.a));
  exception->set_reason("a permit is applied for");
  exception->set_approver("carol");
  AddEvidence(exception->mutable_evidence(), "permit", "application/pdf");
  exception->mutable_expire_time()->set_seconds(
      absl::ToUnixSeconds(clock_.Now() + SpanOf(command.c)));
  return Outcome(request);
}

// ---- Categories.

std::string Subject::Inspect(const Command& command) {
  v1::RecordInspectionRequest request;
  request.set_name(AssetIn(command.a));
  v1::InspectionSummary* summary = request.mutable_summary();
  summary->set_inspection(absl::StrCat("sites/main/inspections/i", requests_));
  summary->set_version(1);
  summary->set_cosmetic(v1::COSMETIC_C4);
  summary->set_overridden(command.b == kOverriddenWithoutReason);
  return Outcome(request);
}

std::string Subject::Test(const Command& command) {
  v1::RecordTestRequest request;
  request.mutable_test()->set_asset(AssetIn(command.a));
  request.mutable_test()->set_plan("phone/1");
  const auto add = [&](const std::string& function, bool key, v1::TestOutcome outcome) {
    v1::FunctionResult* result = request.mutable_test()->add_results();
    result->set_function(function);
    result->set_key(key);
    result->set_outcome(outcome);
  };
  add("display", true, v1::TEST_OUTCOME_PASS);
  if (command.b == kTestFailed) add("battery", true, v1::TEST_OUTCOME_FAIL);
  if (command.b == kTestOpen) add("battery", true, v1::TEST_OUTCOME_UNSPECIFIED);
  if (command.b == kTestComplete) add("complete", false, v1::TEST_OUTCOME_PASS);
  return Outcome(request);
}

std::string Subject::SetApplicability(const Command& command) {
  v1::SetApplicabilityRequest request;
  request.set_name(AssetIn(command.a));
  if (command.b == kForTestRepair) {
    request.set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
    request.set_controlled_reason(v1::CONTROLLED_REASON_FOR_TEST_REPAIR);
  } else {
    request.set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
    request.set_control_exit(ExitOf(command.b));
  }
  if (command.b == kNotElectronic) {
    request.set_unrestricted_reason(v1::UNRESTRICTED_REASON_NON_ELECTRONIC);
  }
  if (command.e != 0) {
    AddEvidence(request.mutable_evidence(), "evaluation", "application/pdf");
    AddEvidence(request.mutable_evidence(), "sampling", "application/pdf");
  }
  if (command.f != 0) request.set_reason("looked at it");
  request.set_etag(Etag(request.name(), command.c));
  return Outcome(request);
}

std::string Subject::Decide(const Command& command) {
  v1::RecordDecisionsRequest request;
  request.set_site("sites/main");
  v1::Decision* decision = request.add_decisions();
  decision->set_asset(AssetIn(command.a));
  decision->set_next(ProcessOf(command.b));
  decision->add_reasons("because");
  decision->set_policy("policy/1");
  decision->set_asset_etag(Etag(decision->asset(), command.c));
  if (decision->asset_etag().empty()) decision->set_asset_etag("none");
  return Outcome(request);
}

// ---- Processes.

std::string Subject::Begin(const Command& command) {
  v1::BeginProcessRequest request;
  request.set_name(AssetIn(command.a));
  request.set_process(ProcessOf(command.b));
  request.set_etag(Etag(request.name(), command.c));
  return Outcome(request);
}

std::string Subject::Sanitize(const Command& command) {
  static constexpr v1::SanitizationMethod kAll[kMethods] = {
      v1::SANITIZATION_METHOD_CLEAR,      v1::SANITIZATION_METHOD_PURGE,
      v1::SANITIZATION_METHOD_PURGE,      v1::SANITIZATION_METHOD_DESTROY,
      v1::SANITIZATION_METHOD_NO_STORAGE, v1::SANITIZATION_METHOD_EVALUATED_EMPTY};
  v1::RecordSanitizationRequest request;
  v1::Sanitization* done = request.mutable_sanitization();
  done->set_asset(AssetIn(command.a));
  done->set_method(kAll[command.b]);
  done->set_succeeded(command.b != kPurgeFailed);
  done->set_tool("wiper");
  done->set_tool_version("4.2");
  done->set_operator_("ann");
  if (command.c != kNobody) done->set_verifier(command.c == kAnother ? "bob" : "ann");
  AddEvidence(done->mutable_evidence(), "log", command.d != 0 ? "video/mp4" : "text/plain");
  const auto answer = Send(request);
  if (answer.ok() && (command.b == kClear || command.b == kPurge)) {
    choices_ = {answer->verification_required()};
  }
  return OutcomeOf(answer.status());
}

std::string Subject::SanitizeMany(const Command& command) {
  std::string outcome = "OK";
  for (int i = 0; i < command.a && outcome == "OK"; ++i) {
    v1::CreateAssetRequest create;
    create.set_site("sites/main");
    v1::Identifier* serial = create.mutable_asset()->add_identifiers();
    serial->set_kind(v1::IDENTIFIER_KIND_SERIAL);
    serial->set_value(absl::StrCat("U", ++units_));
    const auto made = Send(create);
    if (!made.ok()) return OutcomeOf(made.status());
    v1::BeginProcessRequest begin;
    begin.set_name(made->name());
    begin.set_process(v1::NEXT_PROCESS_DATA_SANITIZATION);
    outcome = Outcome(begin);
    if (outcome == "OK") {
      v1::RecordSanitizationRequest request;
      request.mutable_sanitization()->set_asset(made->name());
      request.mutable_sanitization()->set_method(v1::SANITIZATION_METHOD_CLEAR);
      request.mutable_sanitization()->set_succeeded(true);
      request.mutable_sanitization()->set_tool("wiper");
      const auto answer = Send(request);
      if (!answer.ok()) return OutcomeOf(answer.status());
      choices_.push_back(answer->verification_required());
    }
    v1::WithdrawAssetRequest withdraw;
    withdraw.set_name(made->name());
    withdraw.set_reason("for the plan only");
    if (Outcome(withdraw) != "OK") return "cannot be withdrawn";
  }
  return outcome;
}

std::string Subject::Verify(const Command& command) {
  v1::RecordVerificationRequest request;
  request.set_name(AssetIn(command.a));
  request.set_verifier(command.b == kAnother ? "bob" : "ann");
  request.set_passed(command.c != 0);
  request.set_method("recovery tool");
  request.set_etag(Etag(request.name(), command.d));
  return Outcome(request);
}

std::string Subject::Reconcile(const Command& command) {
  v1::ReconcileSanitizationRequest request;
  request.set_site("sites/main");
  request.add_assets(AssetIn(command.a));
  const bool of_load = Choice(command.d) >= 0;
  if (of_load) request.set_load(LoadIn(Choice(command.d)));
  request.set_received_count(command.b != 0 ? 2 : of_load ? 0 : 1);
  if (command.c != 0) request.set_supplier_notice("told by letter");
  return Outcome(request);
}

std::string Subject::Release(const Command& command) {
  v1::ReleaseSanitizationRequest request;
  request.set_name(AssetIn(command.a));
  return Outcome(request);
}

}  // namespace loopdock::inventory::model
