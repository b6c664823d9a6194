// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_

// The rules of R2v3 as guards: one function a rule, each OK or a refusal with the rule's number,
// its clause and what would make the change possible. docs/reference/rules.md is made from
// Rules(). No guard keeps the record from saying what is physically so, and none keeps a thing from
// leaving. What a guard must know of the record comes from guard_reads.h.
// Thread safety: free functions, safe from any thread.
// Errors: FAILED_PRECONDITION with the reason of the rule and a PreconditionFailure.

#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/stock.h"

namespace loopdock::inventory {

// One row of docs/reference/rules.md.
struct Rule {
  std::string_view id;
  std::string_view clause;
  std::string_view reason;
  std::string_view says;    // what it refuses
  std::string_view remedy;  // what makes it possible
};
const std::vector<Rule>& Rules();
std::string RulesMarkdown();
// The version that feed entries name.
inline constexpr std::string_view kRuleVersion = "guards/2";

using EvidenceRefs = google::protobuf::RepeatedPtrField<common::v1::EvidenceRef>;

// R-01, R2v3 CR6(b)(2): what arrives is controlled and unevaluated.
absl::Status R01StartsControlled(std::string_view name, v1::R2Applicability applicability,
                                 v1::ControlledReason reason);
// R-02, CR5(a): a load is closed only with supplier, something received of known type and quantity,
// and a document; the date is that of each receipt.
absl::Status R02LoadIsComplete(const v1::Load& load);
// R-03, CR2: what is lost, stolen, counterfeit or recalled is never reused.
absl::Status R03NeverReused(const v1::Asset& asset);
// R-04, CR2: focus materials are neither disposed of nor burnt without a recorded exception.
absl::Status R04NoDisposal(const v1::Asset& asset, v1::NextProcess next, bool has_exception);
// R-05, CR6(d)(2), CR7: what may hold data stands in secured places and leaves only to vendors
// qualified for data.
absl::Status R05StandsSecured(const v1::Asset& asset, const v1::Location& to);
absl::Status R05StandsSecured(const v1::Container& container, const v1::Location& to);
absl::Status R05StandsSecured(const v1::Lot& lot, const v1::Location& to);
absl::Status R05MayBeTakenApart(const v1::Asset& asset);
// `comes_out` is true when what may hold data is taken out of the lot and goes on as such.
absl::Status R05MayBeTakenApart(const v1::Lot& lot, bool comes_out);
absl::Status R05LeavesSafely(const v1::Asset& asset, v1::ShipmentKind kind,
                             const v1::Party& receiver);
// R-06, CR6(d)(3): what the supplier forbids to resell is not reused.
absl::Status R06NoResale(const v1::Asset& asset);
// S-1, CR6(d)(3): what its supplier wants back leaves to that supplier only.
absl::Status S1GoesToSupplier(const v1::Asset& asset, const v1::Party& receiver);
// R-07, CR6(e)(2): a sale discloses function, data and looks of a unit that has an identity.
absl::Status R07MayBeSold(const v1::Asset& asset);
// R-08, CR5(b)(3): controlled stock is not stored on after a year from receipt; an exception is (A)
// components evaluated under Appendix C or (B) an export permit applied for. `to` is where it goes.
absl::Status R08NotStoredOn(const v1::Asset& asset, const v1::Location& to,
                            const v1::FacilityRules& rules, absl::Time now, bool has_exception);
absl::Status R08NotStoredOn(const v1::Lot& lot, const v1::Location& to,
                            const v1::FacilityRules& rules, absl::Time now, bool has_exception);
// R-09, CR6(e)(3): untested specialty units are at most a hundredth of the units sold over 12
// months. `year` includes what is to be sold now, `adds_specialty` of which are untested specialty.
absl::Status R09SpecialtyShare(std::string_view name, const SalesRow& year,
                               std::int64_t adds_specialty, const v1::FacilityRules& rules);
// R-10, Appendix A(7), (8): controlled streams go only to vendors qualified on the day for that
// stream; STREAM_KIND_UNSPECIFIED asks for no stream in particular.
absl::Status R10VendorIsQualified(std::string_view name, v1::R2Applicability applicability,
                                  v1::StreamKind stream, const v1::Party& vendor,
                                  const v1::FacilityRules& rules, absl::Time now);
// R-10 too: nothing leaves the site by a move.
absl::Status R10LeavesByShipment(std::string_view name, const v1::Location& to);
// R-11, CR4, Appendix A(3): what crosses a border has a record that it may.
absl::Status R11ExportIsLegal(const v1::Shipment& shipment, const v1::Site& site);
// R-12, Appendix B(14): after a failed sanitization only destruction is left.
absl::Status R12OnlyDestruction(const v1::Asset& asset, v1::SanitizationMethod method);
// R-13, Appendix B(13): nobody verifies their own work.
absl::Status R13VerifierIsAnother(const v1::Sanitization& sanitization);
absl::Status R13VerifierIsAnother(const v1::Asset& asset, std::string_view verifier);
// R-14, Appendix B(15), (16): quantities agree or the supplier was told, chosen samples were
// verified, and only what was reconciled is released.
absl::Status R14Reconciles(std::string_view name, std::int64_t received, std::int64_t processed,
                           std::string_view supplier_notice);
absl::Status R14SampleIsVerified(const v1::Asset& asset);
absl::Status R14MayBeReleased(const v1::Asset& asset);
// R-15, CR3(c): a correction names an entry that the feed has; records stay. `last` is the last
// entry before this one.
absl::Status R15NamesWhatItCorrects(std::string_view name, std::int64_t corrects_sequence,
                                    std::int64_t last);
// R-16, CR6(a)(5): a change of category says who and why.
absl::Status R16ChangeSaysWhy(std::string_view name, std::string_view actor,
                              std::string_view reason);
// R-17, CR5(b)(2): nothing is received while a cap leaves no room, and nothing is put away while
// one is exceeded.
absl::Status R17HasRoom(std::string_view name, const StockRow& sum, const v1::InventoryCap& cap);
absl::Status R17MayBePutAway(std::string_view name, const StockRow& sum,
                             const v1::InventoryCap& cap);
// R-18, Appendix C(3): test and repair of controlled stock begin within a year from receipt.
absl::Status R18BeginsInTime(const v1::Asset& asset, const v1::FacilityRules& rules, absl::Time now,
                             bool has_exception);
// R-19, Appendix B(9): a destruction is recorded on video. The evidence store keeps it 60 days.
absl::Status R19DestructionIsFilmed(const v1::Sanitization& sanitization);
// R-20, CR6(b)(2)(A), (B): categories of another facility count when its R2 certificate holds and
// was checked, or else when our evaluation and sampling are documented.
absl::Status R20CategoriesAreBacked(std::string_view name, v1::ControlExit exit,
                                    const v1::Party& facility, const EvidenceRefs& evidence,
                                    const v1::FacilityRules& rules, absl::Time now);
// E-C, CR6(b)(2)(C): sanitized and functional by our own records.
absl::Status ExitIsProven(const v1::Asset& asset, v1::ControlExit exit);
// E-D, CR6(b)(2)(D): it no longer meets the definition.
absl::Status ExitIsJustified(const v1::Asset& asset, v1::ControlExit exit,
                             v1::UnrestrictedReason reason);
// P-1, CR7(a)(2)(D), (b)(5): who works with what may hold data is trained, bound to confidentiality
// and authorized. `authorization` is the person's latest, or null.
absl::Status PersonIsAuthorized(std::string_view person, v1::AccessLevel level,
                                const v1::Authorization* authorization, absl::Time now);

// Ways that end in somebody using the thing again.
bool IsReuse(v1::NextProcess next);
// Places where things are kept for later.
bool IsStorage(const v1::Location& location);
// Whole days since receipt.
std::int64_t AgeInDays(const google::protobuf::Timestamp& received, absl::Time now);
// An R2 certificate with the appendix (empty: any) that holds on the day and was looked at in time,
// Appendix A(7).
bool IsCertified(const v1::Party& party, const v1::FacilityRules& rules, absl::Time now,
                 std::string_view appendix = {});

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_
