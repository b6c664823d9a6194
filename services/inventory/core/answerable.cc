// SPDX-License-Identifier: Apache-2.0
// What a facility answers for: incidents, nonconformities, and who may do what.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kStoryMax = 4000;  // bytes of a description
constexpr int kLevelsMax = 16;

void CheckSubjects(std::string_view field,
                   const google::protobuf::RepeatedPtrField<std::string>& subjects, Form& form) {
  form.Texts(field, subjects);
  for (int i = 0; i < std::min(subjects.size(), kListMax); ++i) {
    const std::string& subject = subjects.Get(i);
    const bool ours = absl::StartsWith(subject, common::SiteName(form.site()) + "/") ||
                      absl::StartsWith(subject, "parties/");
    form.Check(ours && RowOf(subject).table != 0, Cat(field, "[", i, "]"),
               "must be the name of something in this site's record");
  }
}

absl::Status SubjectsExist(const google::protobuf::RepeatedPtrField<std::string>& subjects,
                           Step& step) {
  for (const std::string& subject : subjects) {
    const RowKey row = RowOf(subject);
    const auto found = step.rows().Get(row.table, row.key);
    LOOPDOCK_RETURN_IF_ERROR(found.status());
    if (!found->has_value()) return NotFound(subject);
  }
  return absl::OkStatus();
}

void CheckIncident(const v1::Incident& incident, Form& form) {
  form.Check(
      incident.kind() != v1::INCIDENT_KIND_UNSPECIFIED && v1::IncidentKind_IsValid(incident.kind()),
      "incident.kind", "must be a known kind");
  form.Required("incident.description", incident.description(), kStoryMax);
  CheckSubjects("incident.subjects", incident.subjects(), form);
  form.Texts("incident.notifications", incident.notifications());
  form.Text("incident.resolution", incident.resolution(), kStoryMax);
  form.Evidence("incident.evidence", incident.evidence());
}

absl::Status SetIncident(v1::Incident incident, Step& step, v1::Incident* answer) {
  LOOPDOCK_RETURN_IF_ERROR(SubjectsExist(incident.subjects(), step));
  const std::string name = incident.name();
  incident.clear_etag();
  v1::Fact fact;
  *fact.mutable_incident_set() = std::move(incident);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

void CheckNonconformity(const v1::Nonconformity& nonconformity, Form& form) {
  form.Required("nonconformity.description", nonconformity.description(), kStoryMax);
  form.Required("nonconformity.clause", nonconformity.clause(), kIdentifierMax);
  CheckSubjects("nonconformity.subjects", nonconformity.subjects(), form);
  form.Text("nonconformity.root_cause", nonconformity.root_cause(), kStoryMax);
  form.Text("nonconformity.corrective_action", nonconformity.corrective_action(), kStoryMax);
  form.Text("nonconformity.responsible", nonconformity.responsible());
  form.Date("nonconformity.due_date", nonconformity.due_date());
  form.Date("nonconformity.closed_date", nonconformity.closed_date());
  form.Text("nonconformity.verified_by", nonconformity.verified_by());
  form.Evidence("nonconformity.evidence", nonconformity.evidence());
  if (nonconformity.closed_date().empty()) return;
  form.Required("nonconformity.corrective_action", nonconformity.corrective_action(), kStoryMax);
  form.Required("nonconformity.responsible", nonconformity.responsible());
  form.Required("nonconformity.verified_by", nonconformity.verified_by());
}

absl::Status SetNonconformity(v1::Nonconformity nonconformity, Step& step,
                              v1::Nonconformity* answer) {
  const std::string name = nonconformity.name();
  const std::string verifier(Trim(nonconformity.verified_by()));
  if (!verifier.empty() &&
      absl::EqualsIgnoreCase(verifier, std::string(Trim(nonconformity.responsible())))) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "VERIFIER_IS_RESPONSIBLE",
                         Cat("'", name, "' is verified by ", verifier,
                             ", who is responsible for it; have another person verify it."),
                         {{"name", name}});
  }
  LOOPDOCK_RETURN_IF_ERROR(SubjectsExist(nonconformity.subjects(), step));
  nonconformity.clear_etag();
  v1::Fact fact;
  *fact.mutable_nonconformity_set() = std::move(nonconformity);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

}  // namespace

void CheckForm(const v1::CreateIncidentRequest& request, Form& form) {
  form.Wish("incident.name", request.incident().name(), "incidents");
  CheckIncident(request.incident(), form);
}

absl::Status Apply(const v1::CreateIncidentRequest& request, Step& step, v1::Incident* answer) {
  const auto name = step.WishedName("incidents", request.incident().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Incident incident = request.incident();
  incident.set_name(*name);
  incident.set_reported_by(step.actor());
  *incident.mutable_create_time() = step.server_time();
  return SetIncident(std::move(incident), step, answer);
}

void CheckForm(const v1::UpdateIncidentRequest& request, Form& form) {
  form.Name("incident.name", request.incident().name(), "incidents");
  CheckIncident(request.incident(), form);
}

absl::Status Apply(const v1::UpdateIncidentRequest& request, Step& step, v1::Incident* answer) {
  const auto before = step.Find<v1::Incident>(request.incident().name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(
      CheckEtag(request.incident().etag(), before->etag(), request.incident().name()));
  v1::Incident incident = request.incident();
  incident.set_reported_by(before->reported_by());
  *incident.mutable_create_time() = before->create_time();
  return SetIncident(std::move(incident), step, answer);
}

void CheckForm(const v1::CreateNonconformityRequest& request, Form& form) {
  form.Wish("nonconformity.name", request.nonconformity().name(), "nonconformities");
  CheckNonconformity(request.nonconformity(), form);
}

absl::Status Apply(const v1::CreateNonconformityRequest& request, Step& step,
                   v1::Nonconformity* answer) {
  const auto name = step.WishedName("nonconformities", request.nonconformity().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Nonconformity nonconformity = request.nonconformity();
  nonconformity.set_name(*name);
  *nonconformity.mutable_create_time() = step.server_time();
  return SetNonconformity(std::move(nonconformity), step, answer);
}

void CheckForm(const v1::UpdateNonconformityRequest& request, Form& form) {
  form.Name("nonconformity.name", request.nonconformity().name(), "nonconformities");
  CheckNonconformity(request.nonconformity(), form);
}

absl::Status Apply(const v1::UpdateNonconformityRequest& request, Step& step,
                   v1::Nonconformity* answer) {
  const auto before = step.Find<v1::Nonconformity>(request.nonconformity().name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(
      CheckEtag(request.nonconformity().etag(), before->etag(), request.nonconformity().name()));
  v1::Nonconformity nonconformity = request.nonconformity();
  *nonconformity.mutable_create_time() = before->create_time();
  return SetNonconformity(std::move(nonconformity), step, answer);
}

void CheckForm(const v1::GrantAuthorizationRequest& request, Form& form) {
  const v1::Authorization& authorization = request.authorization();
  form.Wish("authorization.name", authorization.name(), "authorizations");
  form.Required("authorization.person", authorization.person(), kIdentifierMax);
  form.Check(authorization.levels_size() > 0 && authorization.levels_size() <= kLevelsMax,
             "authorization.levels", Cat("must have 1 to ", kLevelsMax, " entries"));
  for (const int level : authorization.levels()) {
    form.Check(level != v1::ACCESS_LEVEL_UNSPECIFIED && v1::AccessLevel_IsValid(level),
               "authorization.levels", "must be known levels");
  }
  form.Check(!authorization.training_date().empty(), "authorization.training_date",
             "is required, R2v3 CR7(a)(2)(D)");
  form.Date("authorization.training_date", authorization.training_date());
  form.Check(!authorization.confidentiality_date().empty(), "authorization.confidentiality_date",
             "is required, R2v3 CR7(b)(5)");
  form.Date("authorization.confidentiality_date", authorization.confidentiality_date());
  form.Date("authorization.expire_date", authorization.expire_date());
  form.Evidence("authorization.evidence", authorization.evidence());
}

absl::Status Apply(const v1::GrantAuthorizationRequest& request, Step& step,
                   v1::Authorization* answer) {
  const auto name = step.WishedName("authorizations", request.authorization().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  v1::Authorization* authorization = fact.mutable_authorization_set();
  *authorization = request.authorization();
  authorization->set_name(*name);
  authorization->set_granted_by(step.actor());
  authorization->set_revoked(false);
  authorization->clear_etag();
  *authorization->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::RevokeAuthorizationRequest& request, Form& form) {
  form.Name("name", request.name(), "authorizations");
}

absl::Status Apply(const v1::RevokeAuthorizationRequest& request, Step& step,
                   v1::Authorization* answer) {
  const auto before = step.Find<v1::Authorization>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  if (before->revoked()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "AUTHORIZATION_REVOKED",
                         Cat("'", request.name(), "' is revoked already."),
                         {{"name", request.name()}});
  }
  v1::Fact fact;
  *fact.mutable_authorization_set() = *before;
  fact.mutable_authorization_set()->set_revoked(true);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

}  // namespace loopdock::inventory
