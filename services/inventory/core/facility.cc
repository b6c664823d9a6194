// SPDX-License-Identifier: Apache-2.0
// The facility's own rules: SetFacilityRules and what all commands know of them.
#include "services/inventory/core/facility.h"

#include <algorithm>
#include <set>
#include <utility>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"

namespace loopdock::inventory {
namespace {

constexpr int kYearDays = 365;           // CR5(b)(3), Appendix A(7), (8), Appendix C(3)
constexpr int kSpecialtyPpm = 10'000;    // CR6(e)(3)
constexpr int kSamplePpmMin = 10'000;    // Appendix B(13)
constexpr int kSamplePpmStart = 50'000;  // Appendix B(13)
constexpr int kRetentionYearsMin = 3;    // CR3(c)
constexpr int kMillion = 1'000'000;
constexpr std::int64_t kCapMax = 1'000'000'000'000;

void CheckRange(Form& form, std::string_view field, std::int64_t value, std::int64_t min,
                std::int64_t max) {
  form.Check(value == 0 || (value >= min && value <= max), field,
             Cat("must be from ", min, " to ", max, ", or 0 for the default"));
}

void CheckSampling(const v1::SamplingRules& sampling, Form& form) {
  const auto& steps = sampling.steps_ppm();
  form.Check(steps.size() <= 8, "rules.sampling.steps_ppm", "may have at most 8 entries");
  for (int i = 0; i < steps.size(); ++i) {
    form.Check(steps.Get(i) >= kSamplePpmMin && steps.Get(i) <= kMillion &&
                   (i == 0 || steps.Get(i) < steps.Get(i - 1)),
               Cat("rules.sampling.steps_ppm[", i, "]"),
               "must be lower than the one before, and from 10000 to 1000000");
  }
  form.Check(steps.empty() || steps.Get(0) >= kSamplePpmStart, "rules.sampling.steps_ppm[0]",
             "must be at least 50000: a twentieth is verified at the start");
  CheckRange(form, "rules.sampling.clean_to_lower", sampling.clean_to_lower(), 1, kMillion);
  CheckRange(form, "rules.sampling.clean_to_recover", sampling.clean_to_recover(), 1, kMillion);
  const int first = steps.empty() ? DefaultRules().sampling().steps_ppm(0)
                                  : std::clamp(steps.Get(0), 1, kMillion);
  CheckRange(form, "rules.sampling.failure_ppm", sampling.failure_ppm(), first, kMillion);
}

void CheckCaps(const v1::FacilityRules& rules, Form& form) {
  form.Check(rules.caps_size() <= kListMax, "rules.caps",
             Cat("may have at most ", kListMax, " entries"));
  std::set<std::pair<int, std::string>> seen;
  for (int i = 0; i < std::min(rules.caps_size(), kListMax); ++i) {
    const v1::InventoryCap& cap = rules.caps(i);
    const std::string at = Cat("rules.caps[", i, "]");
    form.Check(v1::FocusMaterial_IsValid(cap.focus_material()), Cat(at, ".focus_material"),
               "must be a known focus material");
    form.Text(Cat(at, ".category"), cap.category(), 64);
    form.Check(cap.focus_material() == v1::FOCUS_MATERIAL_UNSPECIFIED || cap.category().empty(),
               Cat(at, ".category"), "must be empty when a focus material is given");
    form.Count(Cat(at, ".pieces"), cap.pieces(), kCapMax);
    form.Count(Cat(at, ".mass_g"), cap.mass_g(), kCapMax);
    form.Check(cap.pieces() > 0 || cap.mass_g() > 0, Cat(at, ".pieces"),
               "or mass_g must be more than 0");
    CheckRange(form, Cat(at, ".alert_ppm"), cap.alert_ppm(), 1, kMillion);
    form.Check(seen.emplace(cap.focus_material(), cap.category()).second, at,
               "is the second cap of the same things");
  }
}

}  // namespace

const v1::FacilityRules& DefaultRules() {
  static const auto* rules = [] {
    auto* made = new v1::FacilityRules();
    made->set_sanitize_days(30);
    made->set_storage_days(kYearDays);
    made->set_test_days(kYearDays);
    for (const int days : {270, 330, kYearDays}) made->add_alert_days(days);
    made->set_assessment_days(kYearDays);
    made->set_certificate_check_days(kYearDays);
    made->set_specialty_ppm(kSpecialtyPpm);
    made->set_loss_ppm(20'000);
    made->set_retention_years(kRetentionYears);
    v1::SamplingRules* sampling = made->mutable_sampling();
    for (const int ppm : {kSamplePpmStart, 30'000, kSamplePpmMin}) sampling->add_steps_ppm(ppm);
    sampling->set_clean_to_lower(300);
    sampling->set_failure_ppm(200'000);
    sampling->set_clean_to_recover(100);
    return made;
  }();
  return *rules;
}

v1::FacilityRules WithDefaults(v1::FacilityRules rules) {
#define LOOPDOCK_DEFAULT(path, field) \
  if ((path)->field() == 0) (path)->set_##field(standard->field())
  {
    const v1::FacilityRules* standard = &DefaultRules();
    v1::FacilityRules* own = &rules;
    LOOPDOCK_DEFAULT(own, sanitize_days);
    LOOPDOCK_DEFAULT(own, storage_days);
    LOOPDOCK_DEFAULT(own, test_days);
    LOOPDOCK_DEFAULT(own, assessment_days);
    LOOPDOCK_DEFAULT(own, certificate_check_days);
    LOOPDOCK_DEFAULT(own, specialty_ppm);
    LOOPDOCK_DEFAULT(own, loss_ppm);
    LOOPDOCK_DEFAULT(own, retention_years);
    if (own->alert_days().empty()) *own->mutable_alert_days() = standard->alert_days();
  }
  const v1::SamplingRules* standard = &DefaultRules().sampling();
  v1::SamplingRules* sampling = rules.mutable_sampling();
  if (sampling->steps_ppm().empty()) *sampling->mutable_steps_ppm() = standard->steps_ppm();
  LOOPDOCK_DEFAULT(sampling, clean_to_lower);
  LOOPDOCK_DEFAULT(sampling, failure_ppm);
  sampling->set_failure_ppm(std::max(sampling->failure_ppm(), sampling->steps_ppm(0)));
  LOOPDOCK_DEFAULT(sampling, clean_to_recover);
#undef LOOPDOCK_DEFAULT
  for (v1::InventoryCap& cap : *rules.mutable_caps()) {
    if (cap.alert_ppm() == 0) cap.set_alert_ppm(900'000);
  }
  return rules;
}

absl::StatusOr<v1::FacilityRules> RulesInForce(Rows& rows, std::string_view site) {
  v1::FacilityRules rules;
  const auto found = rows.Read(kLookups, LookupKey(site, Lookup::kFacilityRules, ""), &rules);
  if (!found.ok()) return found.status();
  return *found ? rules : DefaultRules();
}

std::string FacilityVersion(const v1::FacilityRules& rules) {
  return Cat("facility/", rules.version());
}

std::string FacilityRowId(std::int64_t version) {
  std::string digits = std::to_string(version);
  return std::string(digits.size() < 10 ? 10 - digits.size() : 0, '0') + digits;
}

void CheckForm(const v1::SetFacilityRulesRequest& request, Form& form) {
  const v1::FacilityRules& rules = request.rules();
  CheckRange(form, "rules.sanitize_days", rules.sanitize_days(), 1, 3650);
  CheckRange(form, "rules.storage_days", rules.storage_days(), 1, kYearDays);
  CheckRange(form, "rules.test_days", rules.test_days(), 1, kYearDays);
  CheckRange(form, "rules.assessment_days", rules.assessment_days(), 1, kYearDays);
  CheckRange(form, "rules.certificate_check_days", rules.certificate_check_days(), 1, kYearDays);
  CheckRange(form, "rules.specialty_ppm", rules.specialty_ppm(), 1, kSpecialtyPpm);
  CheckRange(form, "rules.loss_ppm", rules.loss_ppm(), 1, kMillion);
  CheckRange(form, "rules.retention_years", rules.retention_years(), kRetentionYearsMin, 100);
  form.Check(rules.alert_days_size() <= 8, "rules.alert_days", "may have at most 8 entries");
  for (int i = 0; i < rules.alert_days_size(); ++i) {
    form.Check(rules.alert_days(i) >= 1 && rules.alert_days(i) <= 3650 &&
                   (i == 0 || rules.alert_days(i) > rules.alert_days(i - 1)),
               Cat("rules.alert_days[", i, "]"), "must be later than the one before");
  }
  CheckSampling(rules.sampling(), form);
  CheckCaps(rules, form);
  form.Required("rules.reason", rules.reason(), kReasonMax);
}

absl::Status Apply(const v1::SetFacilityRulesRequest& request, Step& step,
                   v1::FacilityRules* answer) {
  const std::int64_t version = step.facility_rules().version() + 1;
  v1::Fact fact;
  v1::FacilityRules* rules = fact.mutable_facility_rules_set();
  *rules = WithDefaults(request.rules());
  rules->set_name(common::FormatName(step.site(), "rules", std::to_string(version)));
  rules->set_version(version);
  *rules->mutable_create_time() = step.server_time();
  *answer = *rules;
  return step.Emit(std::move(fact));
}

}  // namespace loopdock::inventory
