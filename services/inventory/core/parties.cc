// SPDX-License-Identifier: Apache-2.0
// Suppliers, customers, carriers and downstream vendors, with the register of R2v3 Appendix A:
// certificates, assessments, permitted streams and the vendors behind them.
#include <algorithm>
#include <set>
#include <utility>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"

namespace loopdock::inventory {
namespace {

constexpr int kRolesMax = 8;
constexpr int kAppendicesMax = 8;
constexpr int kTiersMax = 16;

void CheckCertificates(const v1::Party& party, Form& form) {
  form.Check(party.certificates_size() <= kListMax, "party.certificates",
             Cat("may have at most ", kListMax, " entries"));
  for (int i = 0; i < std::min(party.certificates_size(), kListMax); ++i) {
    const v1::PartyCertificate& certificate = party.certificates(i);
    const std::string at = Cat("party.certificates[", i, "]");
    form.Check(certificate.standard() != v1::CERTIFICATE_STANDARD_UNSPECIFIED &&
                   v1::CertificateStandard_IsValid(certificate.standard()),
               Cat(at, ".standard"), "must be a known standard");
    form.Required(Cat(at, ".certificate_id"), certificate.certificate_id(), kIdentifierMax);
    form.Texts(Cat(at, ".appendices"), certificate.appendices(), kAppendicesMax);
    form.Check(!certificate.expire_date().empty(), Cat(at, ".expire_date"), "is required");
    form.Date(Cat(at, ".expire_date"), certificate.expire_date());
    form.Date(Cat(at, ".checked_date"), certificate.checked_date());
    form.Evidence(Cat(at, ".evidence"), certificate.evidence());
  }
}

void CheckAssessments(const v1::Party& party, Form& form) {
  form.Check(party.assessments_size() <= kListMax, "party.assessments",
             Cat("may have at most ", kListMax, " entries"));
  for (int i = 0; i < std::min(party.assessments_size(), kListMax); ++i) {
    const v1::PartyAssessment& assessment = party.assessments(i);
    const std::string at = Cat("party.assessments[", i, "]");
    form.Check(!assessment.date().empty(), Cat(at, ".date"), "is required");
    form.Date(Cat(at, ".date"), assessment.date());
    form.Check(i == 0 || party.assessments(i - 1).date() <= assessment.date(), Cat(at, ".date"),
               "must not be before the one above; give the oldest first");
    form.Required(Cat(at, ".assessor"), assessment.assessor());
    form.Evidence(Cat(at, ".evidence"), assessment.evidence());
  }
}

void CheckStreams(const v1::Party& party, Form& form) {
  form.Check(party.streams_size() <= kListMax, "party.streams",
             Cat("may have at most ", kListMax, " entries"));
  std::set<std::pair<int, int>> seen;
  for (int i = 0; i < std::min(party.streams_size(), kListMax); ++i) {
    const v1::PermittedStream& stream = party.streams(i);
    const std::string at = Cat("party.streams[", i, "]");
    form.Check(
        stream.stream() != v1::STREAM_KIND_UNSPECIFIED && v1::StreamKind_IsValid(stream.stream()),
        Cat(at, ".stream"), "must be a known stream");
    form.Check(v1::NextProcess_IsValid(stream.process()), Cat(at, ".process"),
               "must be a known process");
    form.Check(seen.emplace(stream.stream(), stream.process()).second, at, "is there twice");
    form.Check(stream.tiers_size() <= kTiersMax, Cat(at, ".tiers"),
               Cat("may have at most ", kTiersMax, " entries"));
    std::set<std::string> chain = {party.name()};
    for (int j = 0; j < std::min(stream.tiers_size(), kTiersMax); ++j) {
      const std::string tier = Cat(at, ".tiers[", j, "]");
      form.Name(tier, stream.tiers(j), "parties");
      form.Check(chain.insert(stream.tiers(j)).second, tier, "is in the chain already");
    }
  }
}

void CheckParty(const v1::Party& party, Form& form) {
  form.Required("party.display_name", party.display_name());
  form.Check(party.roles_size() <= kRolesMax, "party.roles",
             Cat("may have at most ", kRolesMax, " entries"));
  for (const int role : party.roles()) {
    form.Check(role != v1::PARTY_ROLE_UNSPECIFIED && v1::PartyRole_IsValid(role), "party.roles",
               "must be known roles");
  }
  form.Text("party.address", party.address(), kReasonMax);
  form.Text("party.external_ref", party.external_ref(), kIdentifierMax);
  form.Country("party.country", party.country());
  CheckCertificates(party, form);
  CheckAssessments(party, form);
  CheckStreams(party, form);
}

// The vendors behind this one are in the register, too: a chain ends at nobody unknown.
absl::Status TiersExist(const v1::Party& party, Step& step) {
  std::set<std::string> asked;
  for (const v1::PermittedStream& stream : party.streams()) {
    for (const std::string& tier : stream.tiers()) {
      if (asked.insert(tier).second) LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(tier));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void CheckForm(const v1::CreatePartyRequest& request, Form& form) {
  form.Wish("party.name", request.party().name(), "parties");
  CheckParty(request.party(), form);
}

absl::Status Apply(const v1::CreatePartyRequest& request, Step& step, v1::Party* answer) {
  const auto name = step.WishedName("parties", request.party().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  LOOPDOCK_RETURN_IF_ERROR(step.ReferenceIsFree("parties", "", request.party().external_ref(), ""));
  LOOPDOCK_RETURN_IF_ERROR(TiersExist(request.party(), step));
  v1::Fact fact;
  v1::Party* party = fact.mutable_party_set();
  *party = request.party();
  party->set_name(*name);
  *party->mutable_create_time() = step.server_time();
  party->clear_etag();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::UpdatePartyRequest& request, Form& form) {
  form.Name("party.name", request.party().name(), "parties");
  CheckParty(request.party(), form);
}

absl::Status Apply(const v1::UpdatePartyRequest& request, Step& step, v1::Party* answer) {
  const std::string& name = request.party().name();
  const auto before = step.Find<v1::Party>(name);
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(request.party().etag(), before->etag(), name));
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("parties", "", request.party().external_ref(), name));
  LOOPDOCK_RETURN_IF_ERROR(TiersExist(request.party(), step));
  v1::Fact fact;
  *fact.mutable_party_set() = request.party();
  *fact.mutable_party_set()->mutable_create_time() = before->create_time();
  fact.mutable_party_set()->clear_etag();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

}  // namespace loopdock::inventory
