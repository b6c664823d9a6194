// SPDX-License-Identifier: Apache-2.0
#include "services/routing/core/facts.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"

namespace loopdock::routing {
namespace {

using inventory::v1::Asset;
using inventory::v1::HoldKind;

std::string YesNo(bool value) { return value ? "yes" : "no"; }

bool HasHold(const Asset& asset, HoldKind kind) {
  return std::any_of(asset.holds().begin(), asset.holds().end(),
                     [&](const auto& hold) { return hold.kind() == kind; });
}

// The value's name without its type's prefix; the zero value is "unknown".
std::string EnumWord(std::string_view name, std::string_view prefix) {
  const std::string_view word = name.substr(prefix.size());
  return word == "UNSPECIFIED" ? "unknown" : std::string(word);
}

std::string TextOrUnknown(const std::string& text) { return text.empty() ? "unknown" : text; }

struct FactSource {
  std::string_view name;
  std::string_view meaning;
  std::string (*read)(const Asset&);
};

constexpr std::array kFacts = {
    FactSource{"applicability", "CONTROLLED or UNRESTRICTED (R2v3 CR6(b))",
               [](const Asset& a) {
                 return EnumWord(R2Applicability_Name(a.applicability()), "R2_APPLICABILITY_");
               }},
    FactSource{"category", "category of the equipment, such as phone",
               [](const Asset& a) { return TextOrUnknown(a.category()); }},
    FactSource{"cosmetic", "C0 to C9",
               [](const Asset& a) { return EnumWord(Cosmetic_Name(a.cosmetic()), "COSMETIC_"); }},
    FactSource{"data",
               "pre_sanitization or non_data; logically sanitized or destroyed counts as non_data "
               "only after release (Appendix B(16))",
               [](const Asset& a) -> std::string {
                 const bool sanitized =
                     a.data_status() == inventory::v1::DATA_STATUS_SANITIZED_CLEAR ||
                     a.data_status() == inventory::v1::DATA_STATUS_SANITIZED_PURGE ||
                     a.data_status() == inventory::v1::DATA_STATUS_DESTROYED;
                 const bool released =
                     a.data_device_state() == inventory::v1::DATA_DEVICE_STATE_RELEASED;
                 return IsNonData(a.data_status()) && (released || !sanitized) ? "non_data"
                                                                               : "pre_sanitization";
               }},
    FactSource{
        "data_status", "status of data on it, such as SANITIZED_PURGE",
        [](const Asset& a) { return EnumWord(DataStatus_Name(a.data_status()), "DATA_STATUS_"); }},
    FactSource{"excluded", "yes when lost or stolen, counterfeit or recalled (CR2)",
               [](const Asset& a) {
                 return YesNo(HasHold(a, inventory::v1::HOLD_KIND_LOST_OR_STOLEN) ||
                              HasHold(a, inventory::v1::HOLD_KIND_COUNTERFEIT) ||
                              HasHold(a, inventory::v1::HOLD_KIND_RECALLED));
               }},
    FactSource{"focus_material", "yes when it contains a focus material (CR8)",
               [](const Asset& a) { return YesNo(a.focus_materials_size() > 0); }},
    FactSource{
        "functional", "F_NONE, F1 to F6",
        [](const Asset& a) { return EnumWord(Functional_Name(a.functional()), "FUNCTIONAL_"); }},
    FactSource{"functional_gap", "UNTESTED, FAILED or PARTIAL_UNTESTED where F_NONE",
               [](const Asset& a) {
                 return EnumWord(FunctionalGap_Name(a.functional_gap()), "FUNCTIONAL_GAP_");
               }},
    FactSource{"hazard", "yes when a hazard was found (CR3(d)(4))",
               [](const Asset& a) { return YesNo(HasHold(a, inventory::v1::HOLD_KIND_HAZARD)); }},
    FactSource{"identity_hold", "yes when the identity is not certain",
               [](const Asset& a) { return YesNo(HasHold(a, inventory::v1::HOLD_KIND_IDENTITY)); }},
    FactSource{"instruction",
               "DESTROY or RETURN when the supplier asks for it, else none (CR6(d)(3))",
               [](const Asset& a) -> std::string {
                 const std::string word =
                     EnumWord(SupplierInstruction_Name(a.instruction()), "SUPPLIER_INSTRUCTION_");
                 return word == "unknown" ? "none" : word;
               }},
    FactSource{"maker", "maker, as recorded",
               [](const Asset& a) { return TextOrUnknown(a.maker()); }},
    FactSource{"mass_g", "mass in grams, a number",
               [](const Asset& a) -> std::string {
                 return a.mass_g() == 0 ? "unknown" : absl::StrCat(a.mass_g());
               }},
    FactSource{"no_resale", "yes when the supplier allows no resale (CR6(d)(3))",
               [](const Asset& a) { return YesNo(a.no_resale()); }},
};

const FactSource* Find(std::string_view fact) {
  const auto* found = std::find_if(kFacts.begin(), kFacts.end(),
                                   [&](const FactSource& source) { return source.name == fact; });
  return found == kFacts.end() ? nullptr : found;
}

}  // namespace

bool IsNonData(inventory::v1::DataStatus status) {
  switch (status) {
    case inventory::v1::DATA_STATUS_NO_STORAGE:
    case inventory::v1::DATA_STATUS_EVALUATED_NO_DATA:
    case inventory::v1::DATA_STATUS_SANITIZED_CLEAR:
    case inventory::v1::DATA_STATUS_SANITIZED_PURGE:
    case inventory::v1::DATA_STATUS_DESTROYED:
      return true;
    default:
      return false;
  }
}

Facts FactsOf(const Asset& asset) {
  Facts facts;
  for (const FactSource& source : kFacts) {
    facts.emplace(std::string(source.name), source.read(asset));
  }
  return facts;
}

bool IsKnownFact(std::string_view fact) { return Find(fact) != nullptr; }

std::vector<std::string> KnownFacts() {
  std::vector<std::string> names;
  for (const FactSource& source : kFacts) names.emplace_back(source.name);
  return names;
}

std::string_view DescribeFact(std::string_view fact) {
  const FactSource* source = Find(fact);
  return source == nullptr ? std::string_view() : source->meaning;
}

std::string FactsMarkdown() {
  std::string text =
      "# The facts of routing\n\n"
      "What a rule of a policy (`models/policies`) may ask for, and what `loopdock.routing.v1` "
      "takes "
      "as overrides. A value that is not known is `unknown`; values of the record are written as "
      "its enums have them, without their prefix. Made from the table in "
      "`services/routing/core/facts.cc` by `routing_policy_test` (`LOOPDOCK_UPDATE=1`).\n\n"
      "| fact | meaning and values |\n|---|---|\n";
  for (const FactSource& source : kFacts) {
    absl::StrAppend(&text, "| `", std::string(source.name), "` | ", std::string(source.meaning),
                    " |\n");
  }
  return text;
}

}  // namespace loopdock::routing
