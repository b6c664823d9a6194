// SPDX-License-Identifier: Apache-2.0
// Why a grade is what it is, in sentences for graders.

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/grading/core/scale_evaluation.h"

namespace loopdock::grading {
namespace {

using vision::v1::DefectType;

constexpr size_t kReasonsMax = 8;

std::string Noun(DefectType type) {
  if (type == vision::v1::DEFECT_TYPE_WEAR) return "worn area";
  if (type == vision::v1::DEFECT_TYPE_MISSING_PART) return "missing part";
  return DefectTypeName(type);
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

// "0.15", "7", "8.2": as many digits as a scale's edge has, and no more.
std::string Number(double value) { return absl::StrFormat("%.4g", value); }

std::string Measured(double value) {
  return value < 1 ? absl::StrFormat("%.2f", value) : absl::StrFormat("%.1f", value);
}

// A severity belongs to what decided it: a length, a width, a share of the zone, a fingernail.
enum class Decider { kMixed, kAlways, kFelt, kSize, kWidth, kShare };

// " of 8.2 mm"
std::string Amount(Decider decider, double value, bool up_to) {
  const std::string most = up_to ? "up to " : "";
  switch (decider) {
    case Decider::kSize:
      return absl::StrCat(" of ", most, Measured(value), " mm");
    case Decider::kWidth:
      return absl::StrCat(" ", most, Measured(value), " mm wide");
    case Decider::kShare:
      return absl::StrCat(" on ", most, Measured(100 * value), " % of the zone");
    case Decider::kFelt:
      return " that a fingernail feels";
    case Decider::kMixed:
    case Decider::kAlways:
      break;
  }
  return "";
}

// " of 7 mm or more": what the limit is about. `to` is 0 for no upper end, `from` for no lower one.
std::string Range(Decider decider, double from, double to) {
  const double factor = decider == Decider::kShare ? 100 : 1;
  const std::string unit = decider == Decider::kShare ? " %" : " mm";
  std::string text;
  if (from <= 0) {
    text = absl::StrCat("less than ", Number(to * factor), unit);
  } else if (to <= 0) {
    text = absl::StrCat(Number(from * factor), unit, " or more");
  } else {
    text = absl::StrCat(Number(from * factor), " to ", Number(to * factor), unit);
  }
  switch (decider) {
    case Decider::kSize:
      return absl::StrCat(" of ", text);
    case Decider::kWidth:
      return absl::StrCat(" with a width of ", text);
    case Decider::kShare:
      return absl::StrCat(" on ", text, " of the zone");
    case Decider::kFelt:
      return " that a fingernail feels";
    case Decider::kMixed:
    case Decider::kAlways:
      break;
  }
  return "";
}

}  // namespace

// What the defects of one severity in one group are, and what the limit about them says.
ScaleEvaluation::Broken ScaleEvaluation::CountSentence(const Grade& grade, size_t group,
                                                       int severity, int limit) const {
  const auto at = static_cast<size_t>(severity - 1);
  const int count = tally_.counts[group][at];
  Decider decider = Decider::kMixed;
  DefectType type = vision::v1::DEFECT_TYPE_UNSPECIFIED;
  double largest = 0;
  double from = 0;
  double to = 0;
  bool same = true;
  int on_back = 0;
  for (const Counted& defect : defects_) {
    if (!defect.counts || defect.group != group || defect.severity != severity ||
        defect.type == vision::v1::DEFECT_TYPE_CRACK) {
      continue;
    }
    on_back += defect.on_back ? 1 : 0;
    Decider own = defect.always > 0 ? Decider::kAlways : Decider::kFelt;
    for (const Value& value : defect.values) {
      const auto& edges = value.bands->edges;
      const double low = severity == 1 ? 0 : edges[at - 1];
      const double high = severity == kSeverities ? 0 : edges[at];
      if (value.value < low || (high > 0 && value.value >= high)) continue;
      own = value.bands->attribute == Scale::Attribute::kWidth       ? Decider::kWidth
            : value.bands->attribute == Scale::Attribute::kAreaShare ? Decider::kShare
                                                                     : Decider::kSize;
      from = low;
      to = high;
      largest = std::max(largest, value.value);
      break;
    }
    same = same &&
           (type == vision::v1::DEFECT_TYPE_UNSPECIFIED || (type == defect.type && decider == own));
    type = defect.type;
    decider = own;
  }
  const std::string& name = scale_.groups_[group].name;
  const std::string where = on_back == 0       ? name
                            : on_back == count ? "back"
                                               : absl::StrCat(name, " with back");
  std::string noun = "defect";
  std::string amount;
  std::string range = absl::StrCat(" of severity S", severity);
  if (same && type != vision::v1::DEFECT_TYPE_UNSPECIFIED) {
    // Where nothing worse is allowed either, the limit has no upper end.
    bool worse = false;
    for (size_t above = at + 1; above < kSeverities; ++above) {
      worse = worse || grade.counts[group][above].value_or(1) > 0;
    }
    noun = Noun(type);
    amount = Amount(decider, largest, count > 1);
    range = Range(decider, from, limit == 0 && !worse && from > 0 ? 0 : to);
  } else {
    amount = range;
  }
  return {.why = absl::StrCat(where, " has ", Plural(count, noun), amount, "; ", grade.code,
                              " allows ", Allowed(limit), range),
          .need = absl::StrCat(where, ": ", limit == 0 ? "no" : absl::StrCat("at most ", limit),
                               " ", noun, limit > 1 ? (noun.back() == 'h' ? "es" : "s") : "", range,
                               " (now ", count, ")")};
}

// The worst first: it decides.
void ScaleEvaluation::BrokenCounts(const Grade& grade, std::vector<Broken>& out) const {
  for (int severity = kSeverities; severity >= 1; --severity) {
    for (size_t group = 0; group < grade.counts.size(); ++group) {
      const auto at = static_cast<size_t>(severity - 1);
      if (!grade.counts[group][at].has_value()) continue;
      const int limit = LimitOf(*grade.counts[group][at], group);
      if (tally_.counts[group][at] > limit) {
        out.push_back(CountSentence(grade, group, severity, limit));
      }
    }
  }
  int discoloured = 0;
  for (int severity = 1; severity <= kSeverities; ++severity) {
    if (tally_.discolourations[static_cast<size_t>(severity - 1)] > 0) discoloured = severity;
  }
  if (grade.discolouration && discoloured > *grade.discolouration) {
    const std::string most =
        *grade.discolouration == 0 ? "none" : absl::StrCat("S", *grade.discolouration);
    out.push_back(
        {.why =
             absl::StrCat("a discolouration is S", discoloured, "; ", grade.code, " allows ", most),
         .need = absl::StrCat("discolouration of at most ", most, " (now S", discoloured, ")")});
  }
}

void ScaleEvaluation::BrokenCracks(const Grade& grade, std::vector<Broken>& out) const {
  const auto more_than = [&](const std::optional<int>& limit, int count, const std::string& have,
                             const char* where) {
    if (!limit || count <= *limit) return;
    out.push_back(
        {.why = absl::StrCat(have, "; ", grade.code, " allows ", Allowed(*limit)),
         .need = absl::StrCat(*limit == 0 ? "no" : absl::StrCat("at most ", *limit),
                              *limit > 1 ? " cracks " : " crack ", where, " (now ", count, ")")});
  };
  more_than(
      grade.cracks_display_max, tally_.cracks_display,
      absl::StrFormat("display has %s, %s %.1f mm in all", Plural(tally_.cracks_display, "crack"),
                      tally_.cracks_display == 1 ? "its lines" : "the lines of the largest",
                      tally_.crack_length_mm),
      "in the display");
  more_than(
      grade.cracks_elsewhere_max, tally_.cracks_elsewhere,
      absl::StrCat("there are ", Plural(tally_.cracks_elsewhere, "crack"), " beside the display"),
      "beside the display");
  if (grade.crack_length_max_mm && tally_.crack_length_mm > *grade.crack_length_max_mm) {
    out.push_back(
        {.why =
             absl::StrFormat("the lines of a crack are %.1f mm in all; %s allows at most %.1f mm",
                             tally_.crack_length_mm, grade.code, *grade.crack_length_max_mm),
         .need = absl::StrFormat("no crack whose lines are longer than %.1f mm (now %.1f mm)",
                                 *grade.crack_length_max_mm, tally_.crack_length_mm)});
  }
}

void ScaleEvaluation::BrokenChecklist(const Grade& grade, std::vector<Broken>& out) const {
  if (checklist_.damaged && !grade.damaged) {
    out.push_back({.why = absl::StrCat("the device is broken (checklist); ", grade.code,
                                       " is for usable devices"),
                   .need = "a device that is not broken (checklist)"});
  }
  if (grade.dead_pixels_max && checklist_.dead_pixels > *grade.dead_pixels_max) {
    out.push_back(
        {.why = absl::StrCat("there are ", Plural(checklist_.dead_pixels, "dead pixel"), "; ",
                             grade.code, " allows ", Allowed(*grade.dead_pixels_max)),
         .need = absl::StrCat("at most ", Plural(*grade.dead_pixels_max, "dead pixel"), " (now ",
                              checklist_.dead_pixels, ")")});
  }
  const auto condition = [&](const char* what, const std::optional<Condition>& limit,
                             Condition found) {
    if (!limit || found <= *limit) return;
    out.push_back({.why = absl::StrCat(what, ": ", ConditionName(found), "; ", grade.code,
                                       " allows ", ConditionName(*limit)),
                   .need = absl::StrCat(what, ": ", ConditionName(*limit), " (now ",
                                        ConditionName(found), ")")});
  };
  condition("missing parts", grade.missing_parts, checklist_.missing_parts);
  condition("damage to latches or hinges", grade.latch_damage, checklist_.latch_damage);
}

std::vector<ScaleEvaluation::Broken> ScaleEvaluation::BrokenLimits(const Grade& grade) const {
  std::vector<Broken> out;
  BrokenCracks(grade, out);
  BrokenCounts(grade, out);
  BrokenChecklist(grade, out);
  return out;
}

// Names what stands between the grade and the next better one.
void ScaleEvaluation::Explain(const Grade& grade, GradeResult& result) const {
  result.reason = "BEST";
  for (auto better = scale_.grades_.rbegin(); better != scale_.grades_.rend(); ++better) {
    if (better->code <= grade.code) continue;
    std::vector<Broken> broken = BrokenLimits(*better);
    if (broken.size() > kReasonsMax) broken.resize(kReasonsMax);
    for (Broken& limit : broken) {
      result.reasons.push_back(std::move(limit.why));
      result.needs.push_back(std::move(limit.need));
    }
    result.next_grade = better->code;
    result.next_letter = better->letter;
    if (!broken.empty()) {
      result.reason = "LIMIT";
      result.reasons[0] = absl::StrCat(grade.code, ": ", result.reasons[0]);
    }
    if (!better->attestation.empty() && !checklist_.attestations.contains(better->attestation)) {
      result.needs.push_back(absl::StrCat("somebody who attests '", better->attestation, "'"));
      if (broken.empty()) {
        result.reasons.push_back(absl::StrCat(grade.code, ": every limit of ", better->code,
                                              " holds, but nobody attested '", better->attestation,
                                              "'"));
      }
    }
    return;
  }
  result.reasons.push_back(absl::StrCat(grade.code, ": every limit holds"));
}

void ScaleEvaluation::AddNotes(GradeResult& result) const {
  const auto faint = std::count_if(defects_.begin(), defects_.end(),
                                   [](const Counted& defect) { return defect.faint; });
  if (faint > 0) {
    result.reasons.push_back(absl::StrCat(Plural(static_cast<int>(faint), "faint mark"),
                                          faint == 1 ? " is" : " are", " listed, not counted"));
  }
  for (const Look& look : looks_) {
    const double share = look.measurement->inspected_share();
    if (share > 0 && share < 1) {
      result.reasons.push_back(
          absl::StrFormat("%.0f %% of the device's face was not inspected", 100 * (1 - share)));
    }
  }
}

// Marks that are too unsure to count are a person's to judge where they would change the grade.
void ScaleEvaluation::AddFaintReview(const Grade& grade, GradeResult& result) const {
  Tally with;
  with.counts.resize(scale_.groups_.size());
  const Counted* worst = nullptr;
  for (const Counted& defect : defects_) {
    if (!(defect.counts || defect.faint) || defect.severity <= 0) continue;
    Add(defect, defect.severity, 1, with);
    if (defect.faint && (worst == nullptr || defect.severity > worst->severity)) worst = &defect;
  }
  if (worst == nullptr || Best(with).code >= grade.code) return;
  result.review.push_back(
      absl::StrFormat("a %s that the camera is not sure of (%.2f) is not counted; if it is there, "
                      "the grade is %s",
                      Noun(worst->type), worst->confidence, Best(with).code));
}

void ScaleEvaluation::AddReview(const Grade& grade, GradeResult& result) const {
  if (result.margin < scale_.review_margin_) {
    result.review.push_back(absl::StrFormat(
        "a change of %.1f %% in one measured value would change the grade", 100 * result.margin));
  }
  for (const Counted& unsure : defects_) {
    if (!unsure.counts || unsure.confidence >= scale_.review_confidence_) continue;
    Tally without;
    without.counts.resize(scale_.groups_.size());
    for (const Counted& defect : defects_) {
      if (&defect != &unsure && defect.counts && defect.severity > 0) {
        Add(defect, defect.severity, 1, without);
      }
    }
    if (Best(without).code <= grade.code) continue;
    result.review.push_back(
        absl::StrFormat("the grade hangs on a %s that the camera is not sure of (%.2f)",
                        Noun(unsure.type), unsure.confidence));
    break;
  }
  AddFaintReview(grade, result);
  std::map<size_t, double> shares;
  for (const Look& look : looks_) {
    double& share = shares[look.view];
    share = std::max(share, look.measurement->inspected_share());
  }
  for (const auto& [view, share] : shares) {
    if (share >= scale_.review_inspected_share_) continue;
    result.review.push_back(absl::StrFormat("only %.0f %% of a face was inspected", 100 * share));
    break;
  }
}

}  // namespace loopdock::grading
