// SPDX-License-Identifier: Apache-2.0
// Facts about the facility: papers, people, what went wrong, its own rules, time and caps.
#include <string>

#include "services/traceability/core/fact_details.h"
#include "services/traceability/core/fact_words.h"

namespace loopdock::traceability::details {

void CertificateRecorded(const Fact& fact, FactDetails& details) {
  const v1::Certificate& certificate = fact.certificate_recorded();
  About(details, certificate.name());
  About(details, certificate.shipment());
  for (const std::string& asset : certificate.assets()) About(details, asset);
  Put(details, "certificate_kind", Word(certificate.kind(), "CERTIFICATE_KIND_"));
  Put(details, "issuer", certificate.issuer());
  Put(details, "number", certificate.number());
  Put(details, "issue_date", certificate.issue_date());
  PutCount(details, "mass_g", certificate.mass_g());
  PutEvidence(details, certificate.evidence());
}

void IncidentSet(const Fact& fact, FactDetails& details) {
  const v1::Incident& incident = fact.incident_set();
  About(details, incident.name());
  for (const std::string& subject : incident.subjects()) About(details, subject);
  Put(details, "incident_kind", Word(incident.kind(), "INCIDENT_KIND_"));
  Put(details, "description", incident.description());
  for (const std::string& notification : incident.notifications()) {
    Put(details, "notification", notification);
  }
  Put(details, "resolution", incident.resolution());
  PutEvidence(details, incident.evidence());
}

void NonconformitySet(const Fact& fact, FactDetails& details) {
  const v1::Nonconformity& nonconformity = fact.nonconformity_set();
  About(details, nonconformity.name());
  for (const std::string& subject : nonconformity.subjects()) About(details, subject);
  Put(details, "description", nonconformity.description());
  Put(details, "clause", nonconformity.clause());
  Put(details, "root_cause", nonconformity.root_cause());
  Put(details, "corrective_action", nonconformity.corrective_action());
  Put(details, "responsible", nonconformity.responsible());
  Put(details, "due_date", nonconformity.due_date());
  Put(details, "closed_date", nonconformity.closed_date());
  Put(details, "verified_by", nonconformity.verified_by());
  PutEvidence(details, nonconformity.evidence());
}

void AuthorizationSet(const Fact& fact, FactDetails& details) {
  const v1::Authorization& authorization = fact.authorization_set();
  About(details, authorization.name());
  Put(details, "person", authorization.person());
  for (const int level : authorization.levels()) {
    Put(details, "level", Word(static_cast<v1::AccessLevel>(level), "ACCESS_LEVEL_"));
  }
  Put(details, "training_date", authorization.training_date());
  Put(details, "confidentiality_date", authorization.confidentiality_date());
  Put(details, "granted_by", authorization.granted_by());
  Put(details, "expire_date", authorization.expire_date());
  PutFlag(details, "revoked", authorization.revoked());
  PutEvidence(details, authorization.evidence());
}

void FacilityRulesSet(const Fact& fact, FactDetails& details) {
  const v1::FacilityRules& rules = fact.facility_rules_set();
  About(details, rules.name());
  PutCount(details, "version", rules.version());
  PutCount(details, "sanitize_days", rules.sanitize_days());
  PutCount(details, "storage_days", rules.storage_days());
  PutCount(details, "test_days", rules.test_days());
  PutCount(details, "assessment_days", rules.assessment_days());
  PutCount(details, "certificate_check_days", rules.certificate_check_days());
  PutCount(details, "specialty_ppm", rules.specialty_ppm());
  PutCount(details, "loss_ppm", rules.loss_ppm());
  PutCount(details, "retention_years", rules.retention_years());
  PutFlag(details, "require_authorization", rules.require_authorization());
  PutCount(details, "cap_count", rules.caps_size());
  Put(details, "reason", rules.reason());
}

void TermReached(const Fact& fact, FactDetails& details) {
  About(details, fact.term_reached().subject());
  Put(details, "rule", fact.term_reached().rule());
  PutCount(details, "days", fact.term_reached().days());
}

// A cap has no name of its own; its subject says what it counts.
void CapReached(const Fact& fact, FactDetails& details) {
  const v1::InventoryCap& cap = fact.cap_reached().cap();
  std::string what = Word(cap.focus_material(), "FOCUS_MATERIAL_");
  if (what.empty()) what = cap.category();
  if (what.empty()) what = "everything";
  About(details, Cat("stock/", what));
  PutCount(details, "cap_pieces", cap.pieces());
  PutCount(details, "cap_mass_g", cap.mass_g());
  Put(details, "pieces", Cat(fact.cap_reached().sum().pieces()));
  Put(details, "mass_g", Cat(fact.cap_reached().sum().mass_g()));
  PutFlag(details, "over", fact.cap_reached().over());
}

}  // namespace loopdock::traceability::details
