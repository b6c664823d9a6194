// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_

// The rules of R2v3 as guards: one function a rule, each OK or a refusal with the rule's number,
// its clause and what would make the change possible. docs/reference/rules.md is made from
// Rules(). No guard keeps the record from saying what is physically so.
// Thread safety: free functions, safe from any thread.
// Errors: FAILED_PRECONDITION with the reason of the rule and a PreconditionFailure.

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/resources.pb.h"

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
inline constexpr std::string_view kRuleVersion = "guards/1";

// R-01, R2v3 CR6(b)(2): what arrives is controlled and unevaluated.
absl::Status R01StartsControlled(std::string_view name, v1::R2Applicability applicability,
                                 v1::ControlledReason reason);
// R-02, CR5(a): a load is closed only with supplier, something received, and a document.
absl::Status R02LoadIsComplete(const v1::Load& load);
// R-03, CR2: what is lost, stolen, counterfeit or recalled is never reused.
absl::Status R03NeverReused(const v1::Asset& asset);
// R-04, CR2: focus materials are neither disposed of nor burnt without a recorded exception.
absl::Status R04NoDisposal(const v1::Asset& asset, v1::NextProcess next, bool has_exception);
// R-05, CR6(d)(2), CR7: what may hold data stands in secured places and leaves only to vendors
// qualified for data.
absl::Status R05StandsSecured(const v1::Asset& asset, const v1::Location& to);
absl::Status R05StandsSecured(const v1::Container& container, const v1::Location& to);
absl::Status R05LeavesSafely(const v1::Asset& asset, v1::ShipmentKind kind,
                             const v1::Party& receiver);
// R-06, CR6(d)(3): what the supplier forbids to resell is not reused.
absl::Status R06NoResale(const v1::Asset& asset);
// R-07, CR6(e)(2): a sale discloses function, data and looks of a unit that has an identity.
absl::Status R07MayBeSold(const v1::Asset& asset);
// R-10, Appendix A: controlled streams go only to vendors qualified on the day.
absl::Status R10VendorIsQualified(const v1::Asset& asset, const v1::Party& vendor, absl::Time now);
// R-12, Appendix B(14): after a failed sanitization only destruction is left.
absl::Status R12OnlyDestruction(const v1::Asset& asset, v1::SanitizationMethod method);
// R-13, Appendix B(13): nobody verifies their own work.
absl::Status R13VerifierIsAnother(const v1::Sanitization& sanitization);
// R-14, Appendix B(16): only what was sanitized or destroyed is released.
absl::Status R14MayBeReleased(const v1::Asset& asset);
// R-19, Appendix B(9): a destruction is recorded on video.
absl::Status R19DestructionIsFilmed(const v1::Sanitization& sanitization);
// E-C, CR6(b)(2)(C): sanitized and functional by our own records.
absl::Status ExitIsProven(const v1::Asset& asset, v1::ControlExit exit);

// Ways that end in somebody using the thing again.
bool IsReuse(v1::NextProcess next);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_GUARDS_H_
