// SPDX-License-Identifier: Apache-2.0
// Evaluating a scale: every defect gets a severity, the severities are counted, and the best grade
// whose every limit holds is the answer.

#include "services/grading/core/scale.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace loopdock::grading {

using vision::v1::Defect;
using vision::v1::DefectType;
using vision::v1::Measurement;

namespace {

constexpr double kMicrometresPerMm = 1000;
constexpr size_t kReasonsMax = 8;

bool IsDiscolouration(DefectType type) {
  return type == vision::v1::DEFECT_TYPE_DISCOLOURATION || type == vision::v1::DEFECT_TYPE_WEAR;
}

std::string Plural(int count, const std::string& one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : one.back() == 'h' ? "es" : "s");
}

std::string Allowed(int limit) { return limit == 0 ? "none" : absl::StrCat("at most ", limit); }

std::string ConditionName(Condition condition) {
  return condition == Condition::kNone       ? "none"
         : condition == Condition::kCosmetic ? "cosmetic"
                                             : "critical";
}

}  // namespace

// One evaluation; lives no longer than its inputs.
class ScaleEvaluation {
 public:
  ScaleEvaluation(const Scale& scale, std::span<const Measurement* const> measurements,
                  const Checklist& checklist)
      : scale_(scale), measurements_(measurements), checklist_(checklist) {}

  GradeResult Run();

 private:
  using Grade = Scale::Grade;

  // A value of a defect that has bands in the scale.
  struct Value {
    const Scale::Bands* bands;
    double value;
  };
  // A defect as the scale sees it.
  struct Counted {
    DefectType type;
    size_t group = 0;
    int severity = 0;
    int always = 0;
    double length_mm = 0;
    std::vector<Value> values;
    bool counts = true;
  };
  struct Tally {
    // For each group, how many of S1 to S4; cracks are not among them.
    std::vector<std::array<int, kSeverities>> counts;
    std::array<int, kSeverities> discolourations{};
    int cracks_display = 0;
    int cracks_elsewhere = 0;
    double crack_length_mm = 0;
  };

  Counted Count(const Measurement& measurement, const Defect& defect) const;
  void CountAll();
  void Add(const Counted& defect, int severity, int change, Tally& tally) const;
  int LimitOf(int limit, size_t group) const;
  // The limits of `grade` that do not hold, in words; only the first when `one`.
  std::vector<std::string> Broken(const Grade& grade, const Tally& tally, bool one) const;
  void BrokenCounts(const Grade& grade, const Tally& tally, std::vector<std::string>& out) const;
  std::string Largest(size_t group, int severity) const;
  const Grade& Best(const Tally& tally) const;
  double Margin(const std::string& grade) const;
  bool Refused(GradeResult& result) const;
  double StainShare() const;
  void Explain(const Grade& grade, GradeResult& result) const;
  void AddNotes(GradeResult& result) const;

  const Scale& scale_;
  std::span<const Measurement* const> measurements_;
  const Checklist& checklist_;
  std::vector<Counted> defects_;
  Tally tally_;
  std::vector<double> group_area_mm2_;
};

namespace {

int SeverityOf(const std::array<double, kSeverities - 1>& edges, double value) {
  int severity = 1;
  for (const double edge : edges) severity += value >= edge ? 1 : 0;
  return severity;
}

double ZoneAreaPx2(const Measurement& measurement, vision::v1::Zone zone) {
  double area = 0;
  for (const auto& seen : measurement.zones()) {
    if (seen.zone() == zone) area += seen.area_px2();
  }
  return area;
}

}  // namespace

ScaleEvaluation::Counted ScaleEvaluation::Count(const Measurement& measurement,
                                                const Defect& defect) const {
  Counted counted{.type = defect.type(), .values = {}};
  for (size_t group = 0; group < scale_.groups_.size(); ++group) {
    const auto& zones = scale_.groups_[group].zones;
    if (std::find(zones.begin(), zones.end(), defect.zone()) != zones.end()) counted.group = group;
  }
  counted.counts = defect.confidence() >= scale_.confidence_min_;
  if (!measurement.has_um_per_px()) return counted;
  const double mm = measurement.um_per_px() / kMicrometresPerMm;
  counted.length_mm = defect.length_px() * mm;
  const double width_mm = defect.width_px() * mm;
  const bool dig = counted.type == vision::v1::DEFECT_TYPE_SCRATCH &&
                   width_mm >= scale_.dig_width_mm_ &&
                   counted.length_mm < scale_.dig_aspect_max_ * width_mm;
  if (dig) counted.type = vision::v1::DEFECT_TYPE_CHIP;
  if (counted.type == vision::v1::DEFECT_TYPE_STAIN && checklist_.stains_permanent) {
    counted.type = vision::v1::DEFECT_TYPE_DISCOLOURATION;
  }
  const double zone_area = ZoneAreaPx2(measurement, defect.zone());
  counted.severity = 1;
  for (const Scale::TypeRule& rule : scale_.types_) {
    if (rule.type != counted.type) continue;
    counted.always = rule.always;
    for (const Scale::Bands& bands : rule.bands) {
      double value = counted.length_mm;
      if (bands.attribute == Scale::Attribute::kWidth) {
        if (defect.width_px() < scale_.width_min_px_) continue;
        value = width_mm;
      } else if (bands.attribute == Scale::Attribute::kAreaShare) {
        if (zone_area <= 0) continue;
        value = defect.area_px2() / zone_area;
      }
      counted.values.push_back({&bands, value});
      counted.severity = std::max(counted.severity, SeverityOf(bands.edges, value));
    }
  }
  if (counted.always > 0) counted.severity = counted.always;
  return counted;
}

void ScaleEvaluation::Add(const Counted& defect, int severity, int change, Tally& tally) const {
  if (defect.type == vision::v1::DEFECT_TYPE_CRACK) {
    (defect.group == scale_.display_group_ ? tally.cracks_display : tally.cracks_elsewhere) +=
        change;
    tally.crack_length_mm = std::max(tally.crack_length_mm, defect.length_mm);
    return;
  }
  const auto at = static_cast<size_t>(severity - 1);
  tally.counts[defect.group][at] += change;
  if (IsDiscolouration(defect.type)) tally.discolourations[at] += change;
}

void ScaleEvaluation::CountAll() {
  tally_.counts.resize(scale_.groups_.size());
  group_area_mm2_.resize(scale_.groups_.size());
  for (const Measurement* measurement : measurements_) {
    const double mm = measurement->um_per_px() / kMicrometresPerMm;
    for (size_t group = 0; group < scale_.groups_.size(); ++group) {
      for (const vision::v1::Zone zone : scale_.groups_[group].zones) {
        group_area_mm2_[group] += ZoneAreaPx2(*measurement, zone) * mm * mm;
      }
    }
    for (const Defect& defect : measurement->defects()) {
      defects_.push_back(Count(*measurement, defect));
      const Counted& counted = defects_.back();
      if (counted.counts && counted.severity > 0) Add(counted, counted.severity, 1, tally_);
    }
  }
}

int ScaleEvaluation::LimitOf(int limit, size_t group) const {
  const double factor = group_area_mm2_[group] / scale_.area_reference_mm2_;
  if (factor <= 1) return limit;
  return static_cast<int>(std::floor(limit * std::sqrt(factor)));
}

// " of 8.2 mm", of the longest there.
std::string ScaleEvaluation::Largest(size_t group, int severity) const {
  const Counted* largest = nullptr;
  int kinds = 0;
  std::map<DefectType, bool> seen;
  for (const Counted& defect : defects_) {
    if (!defect.counts || defect.group != group || defect.severity != severity ||
        defect.type == vision::v1::DEFECT_TYPE_CRACK) {
      continue;
    }
    kinds += seen.emplace(defect.type, true).second ? 1 : 0;
    if (largest == nullptr || defect.length_mm > largest->length_mm) largest = &defect;
  }
  const int count = tally_.counts[group][static_cast<size_t>(severity - 1)];
  if (largest == nullptr) return Plural(count, "defect");
  const std::string noun =
      kinds == 1 ? absl::StrCat(DefectTypeName(largest->type)) : std::string("defect");
  return absl::StrFormat("%s of %s%.1f mm", Plural(count, noun), count == 1 ? "" : "up to ",
                         largest->length_mm);
}

void ScaleEvaluation::BrokenCounts(const Grade& grade, const Tally& tally,
                                   std::vector<std::string>& out) const {
  for (int severity = kSeverities; severity >= 1; --severity) {
    for (size_t group = 0; group < grade.counts.size(); ++group) {
      const auto at = static_cast<size_t>(severity - 1);
      if (!grade.counts[group][at].has_value()) continue;
      const int limit = LimitOf(*grade.counts[group][at], group);
      if (tally.counts[group][at] <= limit) continue;
      out.push_back(absl::StrCat(scale_.groups_[group].name, " has ", Largest(group, severity),
                                 " (S", severity, "); ", grade.code, " allows ", Allowed(limit)));
    }
  }
}

std::vector<std::string> ScaleEvaluation::Broken(const Grade& grade, const Tally& tally,
                                                 bool one) const {
  std::vector<std::string> out;
  const auto more_than = [&](const std::optional<int>& limit, int count, const std::string& what) {
    if (limit && count > *limit) {
      out.push_back(absl::StrCat(what, "; ", grade.code, " allows ", Allowed(*limit)));
    }
  };
  if (checklist_.damaged && !grade.damaged) {
    out.push_back(absl::StrCat("the device is broken (checklist); ", grade.code,
                               " is for usable "
                               "devices"));
  }
  more_than(grade.cracks_display_max, tally.cracks_display,
            absl::StrFormat("display has %s, the longest %.1f mm",
                            Plural(tally.cracks_display, "crack"), tally.crack_length_mm));
  more_than(
      grade.cracks_elsewhere_max, tally.cracks_elsewhere,
      absl::StrCat("there are ", Plural(tally.cracks_elsewhere, "crack"), " beside the display"));
  if (grade.crack_length_max_mm && tally.crack_length_mm > *grade.crack_length_max_mm) {
    out.push_back(absl::StrFormat("a crack is %.1f mm long; %s allows at most %.1f mm",
                                  tally.crack_length_mm, grade.code, *grade.crack_length_max_mm));
  }
  if (one && !out.empty()) return out;
  BrokenCounts(grade, tally, out);
  int discoloured = 0;
  for (int severity = 1; severity <= kSeverities; ++severity) {
    if (tally.discolourations[static_cast<size_t>(severity - 1)] > 0) discoloured = severity;
  }
  if (grade.discolouration && discoloured > *grade.discolouration) {
    const std::string most =
        *grade.discolouration == 0 ? "none" : SeverityName(*grade.discolouration);
    out.push_back(
        absl::StrCat("a discolouration is S", discoloured, "; ", grade.code, " allows ", most));
  }
  more_than(grade.dead_pixels_max, checklist_.dead_pixels,
            absl::StrCat("there are ", Plural(checklist_.dead_pixels, "dead pixel")));
  if (grade.missing_parts && checklist_.missing_parts > *grade.missing_parts) {
    out.push_back(absl::StrCat("missing parts: ", ConditionName(checklist_.missing_parts), "; ",
                               grade.code, " allows ", ConditionName(*grade.missing_parts)));
  }
  if (grade.latch_damage && checklist_.latch_damage > *grade.latch_damage) {
    out.push_back(
        absl::StrCat("damage to latches or hinges: ", ConditionName(checklist_.latch_damage), "; ",
                     grade.code, " allows ", ConditionName(*grade.latch_damage)));
  }
  return out;
}

const Scale::Grade& ScaleEvaluation::Best(const Tally& tally) const {
  for (const Grade& grade : scale_.grades_) {
    const bool attested =
        grade.attestation.empty() || checklist_.attestations.contains(grade.attestation);
    if (attested && Broken(grade, tally, true).empty()) return grade;
  }
  return scale_.grades_.back();
}

// Moves each value, one at a time, just over the edges of its band.
double ScaleEvaluation::Margin(const std::string& grade) const {
  double margin = 1;
  for (const Counted& defect : defects_) {
    if (!defect.counts || defect.always > 0) continue;
    for (const Value& moved : defect.values) {
      int others = 1;
      for (const Value& value : defect.values) {
        if (&value != &moved)
          others = std::max(others, SeverityOf(value.bands->edges, value.value));
      }
      const int own = SeverityOf(moved.bands->edges, moved.value);
      for (const int target : {own - 1, own + 1}) {
        if (target < 1 || target > kSeverities) continue;
        const double edge = moved.bands->edges[static_cast<size_t>(std::max(own, target) - 2)];
        const double change = std::abs(moved.value - edge) / edge;
        const int severity = std::max(others, target);
        if (change >= margin || severity == defect.severity) continue;
        Tally tally = tally_;
        Add(defect, defect.severity, -1, tally);
        Add(defect, severity, 1, tally);
        if (Best(tally).code != grade) margin = change;
      }
    }
  }
  return margin;
}

double ScaleEvaluation::StainShare() const {
  double worst = 0;
  for (const Measurement* measurement : measurements_) {
    std::map<vision::v1::Zone, double> stains;
    for (const Defect& defect : measurement->defects()) {
      if (defect.type() == vision::v1::DEFECT_TYPE_STAIN &&
          defect.confidence() >= scale_.confidence_min_) {
        stains[defect.zone()] += defect.area_px2();
      }
    }
    for (const auto& [zone, area] : stains) {
      const double seen = ZoneAreaPx2(*measurement, zone);
      if (seen > 0) worst = std::max(worst, area / seen);
    }
  }
  return worst;
}

// What comes before any grade.
bool ScaleEvaluation::Refused(GradeResult& result) const {
  result.grade = "C0";
  const auto because = [&](const char* reason, std::string sentence) {
    if (result.reason.empty()) result.reason = reason;
    result.reasons.push_back(std::move(sentence));
  };
  if (checklist_.hazard) {
    because("HAZARD_HOLD", "the device is a hazard: it is held, not graded");
    return true;
  }
  if (measurements_.empty()) because("NOT_INSPECTED", "no picture was measured");
  for (const Measurement* measurement : measurements_) {
    if (measurement->has_um_per_px()) continue;
    because("SCALE_UNKNOWN",
            "how large a pixel is on the device is not known: give micrometres a pixel or use a "
            "calibrated station");
    break;
  }
  for (const Measurement* measurement : measurements_) {
    if (measurement->quality().passed()) continue;
    because("IMAGE_QUALITY",
            absl::StrCat("the picture is not good enough (", measurement->quality().reason(),
                         "): ", measurement->quality().advice()));
  }
  if (!result.reason.empty()) return true;
  const double stained = StainShare();
  if (!checklist_.stains_permanent && stained > scale_.stain_share_max_) {
    because("CLEAN_FIRST",
            absl::StrFormat("stains cover %.1f %% of a zone, more than %.1f %%: clean the device "
                            "and take another picture",
                            100 * stained, 100 * scale_.stain_share_max_));
    return true;
  }
  return false;
}

// Names what stands between the grade and the next better one.
void ScaleEvaluation::Explain(const Grade& grade, GradeResult& result) const {
  result.reason = "BEST";
  for (auto better = scale_.grades_.rbegin(); better != scale_.grades_.rend(); ++better) {
    if (better->code <= grade.code) continue;
    result.reasons = Broken(*better, tally_, false);
    if (result.reasons.size() > kReasonsMax) result.reasons.resize(kReasonsMax);
    if (!result.reasons.empty()) {
      result.reason = "LIMIT";
    } else if (!better->attestation.empty()) {
      result.reasons.push_back(absl::StrCat("every limit of ", better->code,
                                            " holds, but nobody attested '", better->attestation,
                                            "'"));
    }
    return;
  }
  result.reasons.push_back(absl::StrCat("every limit of ", grade.code, " holds"));
}

void ScaleEvaluation::AddNotes(GradeResult& result) const {
  const auto faint = std::count_if(defects_.begin(), defects_.end(),
                                   [](const Counted& defect) { return !defect.counts; });
  if (faint > 0) {
    result.reasons.push_back(absl::StrCat(Plural(static_cast<int>(faint), "faint mark"),
                                          faint == 1 ? " is" : " are", " listed, not counted"));
  }
  for (const Measurement* measurement : measurements_) {
    if (measurement->inspected_share() > 0 && measurement->inspected_share() < 1) {
      result.reasons.push_back(absl::StrFormat("%.0f %% of the device's face was not inspected",
                                               100 * (1 - measurement->inspected_share())));
    }
  }
}

GradeResult ScaleEvaluation::Run() {
  GradeResult result;
  CountAll();
  for (const Counted& defect : defects_) result.severities.push_back(defect.severity);
  if (Refused(result)) return result;
  const Grade& grade = Best(tally_);
  result.grade = grade.code;
  Explain(grade, result);
  AddNotes(result);
  result.margin = Margin(grade.code);
  return result;
}

GradeResult Scale::Evaluate(const Measurement& measurement, const Checklist& checklist) const {
  const Measurement* const one = &measurement;
  return Evaluate(std::span(&one, 1), checklist);
}

GradeResult Scale::Evaluate(std::span<const Measurement* const> measurements,
                            const Checklist& checklist) const {
  return ScaleEvaluation(*this, measurements, checklist).Run();
}

}  // namespace loopdock::grading
