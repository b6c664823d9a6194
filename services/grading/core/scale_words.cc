// SPDX-License-Identifier: Apache-2.0
// Why a grade is what it is, in sentences for graders.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/grading/core/scale_evaluation.h"

namespace loopdock::grading {
namespace {

using vision::v1::DefectType;
using vision::v1::Measurement;

std::string Noun(DefectType type) {
  if (type == vision::v1::DEFECT_TYPE_WEAR) return "worn area";
  if (type == vision::v1::DEFECT_TYPE_MISSING_PART) return "missing part";
  return DefectTypeName(type);
}

std::string Plural(int count, const std::string& one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : one.back() == 'h' ? "es" : "s");
}

// One is a word, so that a sentence begins with no bare figure: "one scratch".
std::string Have(int count, const std::string& one) {
  return count == 1 ? absl::StrCat("one ", one) : Plural(count, one);
}

std::string Allowed(int limit) { return limit == 0 ? "none" : absl::StrCat("at most ", limit); }

std::string ConditionName(Condition condition) {
  return condition == Condition::kNone       ? "none"
         : condition == Condition::kCosmetic ? "cosmetic"
                                             : "critical";
}

// "0.15", "7", "8.2": as many digits as a scale's edge has, and no more.
std::string Number(double value) { return absl::StrFormat("%.4g", value); }

// The value in as many digits as keep it on its side of the edges it lies between; no upper one
// where `to` is 0.
std::string Measured(double value, double from, double to) {
  constexpr int kDecimalsMax = 4;
  std::string text;
  for (int decimals = value < 1 ? 2 : 1; decimals <= kDecimalsMax; ++decimals) {
    text = absl::StrFormat("%.*f", decimals, value);
    double shown = 0;
    if (absl::SimpleAtod(text, &shown) && shown >= from && (to <= 0 || shown < to)) break;
  }
  return text;
}

// " of 8.2 mm"
std::string Amount(Scale::Attribute attribute, const std::string& value) {
  switch (attribute) {
    case Scale::Attribute::kWidth:
      return absl::StrCat(" ", value, " mm wide");
    case Scale::Attribute::kAreaShare:
      return absl::StrCat(" on ", value, " % of the zone");
    case Scale::Attribute::kLength:
    case Scale::Attribute::kDiameter:
      break;
  }
  return absl::StrCat(" of ", value, " mm");
}

// " of 7 mm or more": what a limit is about. `to` is 0 for no upper end, `from` for no lower one.
std::string Range(Scale::Attribute attribute, double from, double to) {
  const bool share = attribute == Scale::Attribute::kAreaShare;
  const double factor = share ? 100 : 1;
  const std::string unit = share ? " %" : " mm";
  std::string text;
  if (from <= 0) {
    text = absl::StrCat("less than ", Number(to * factor), unit);
  } else if (to <= 0) {
    text = absl::StrCat(Number(from * factor), unit, " or more");
  } else {
    text = absl::StrCat(Number(from * factor), " to ", Number(to * factor), unit);
  }
  if (share) return absl::StrCat(" on ", text, " of the zone");
  return absl::StrCat(attribute == Scale::Attribute::kWidth ? " with a width of " : " of ", text);
}

// " of severity S3 or worse"
std::string SeverityRange(int lowest, int highest) {
  if (lowest == highest) return absl::StrCat(" of severity ", SeverityName(lowest));
  return absl::StrCat(
      " of severity ", SeverityName(lowest),
      highest == kSeverities ? " or worse" : absl::StrCat(" to ", SeverityName(highest)));
}

// Where a severity begins, and where it ends; 0 for no such end.
double LowerEdge(const std::array<double, kSeverities - 1>& edges, int severity) {
  return severity == 1 ? 0 : edges[static_cast<size_t>(severity - 2)];
}
double UpperEdge(const std::array<double, kSeverities - 1>& edges, int severity) {
  return severity == kSeverities ? 0 : edges[static_cast<size_t>(severity - 1)];
}

}  // namespace

bool ScaleEvaluation::AllowsNone(const Grade& grade, size_t group, DefectType type,
                                 int severity) const {
  if (IsDiscolouration(type) && grade.discolouration && severity > *grade.discolouration) {
    return true;
  }
  return !grade.counts.empty() &&
         grade.counts[group][static_cast<size_t>(severity - 1)].value_or(1) == 0;
}

// What a band is about; of a limit for several, only what may be there at all.
std::vector<const ScaleEvaluation::Counted*> ScaleEvaluation::Within(const Grade& grade,
                                                                     const Band& band) const {
  std::vector<const Counted*> within;
  for (const Counted& defect : defects_) {
    if (defect.counts && defect.group == band.group && defect.severity >= band.lowest &&
        defect.severity <= band.highest && defect.type != vision::v1::DEFECT_TYPE_CRACK &&
        (band.type ? defect.type == *band.type
                   : !AllowsNone(grade, band.group, defect.type, defect.severity))) {
      within.push_back(&defect);
    }
  }
  return within;
}

// What a grade allows none of, each type with the mildest severity that is too much already: the
// next band down is no help where it is shut, too.
std::vector<ScaleEvaluation::Band> ScaleEvaluation::NoneBands(const Grade& grade,
                                                              size_t group) const {
  std::vector<Band> bands;
  std::set<DefectType> types;
  for (const Counted& defect : defects_) types.insert(defect.type);
  for (const DefectType type : types) {
    for (int highest = kSeverities; highest >= 1; --highest) {
      if (!AllowsNone(grade, group, type, highest)) continue;
      int lowest = highest;
      while (lowest > 1 && AllowsNone(grade, group, type, lowest - 1)) --lowest;
      bands.push_back({.group = group, .type = type, .lowest = lowest, .highest = highest});
      highest = lowest;
    }
  }
  return bands;
}

// What the defects of a band are, and what the limit about them says.
ScaleEvaluation::Broken ScaleEvaluation::CountSentence(const Grade& grade, const Band& band) const {
  const std::vector<const Counted*> defects = Within(grade, band);
  const int count = static_cast<int>(defects.size());
  const auto all = [&](const auto& has) {
    return std::all_of(defects.begin(), defects.end(), has);
  };
  const auto on_back = [](const Counted* defect) { return defect->on_back; };
  const std::string& name = scale_.groups_[band.group].name;
  const std::string where = all(on_back) ? "back"
                            : std::any_of(defects.begin(), defects.end(), on_back)
                                ? absl::StrCat(name, " with back")
                                : name;
  const DefectType type = defects.front()->type;
  const Words words = all([type](const Counted* defect) { return defect->type == type; })
                          ? WordsOf(band, type, defects)
                          : Words{.noun = "defect",
                                  .amount = SeverityRange(band.lowest, band.highest),
                                  .range = SeverityRange(band.lowest, band.highest)};
  return {.why = absl::StrCat(where, " has ", Have(count, words.noun), words.amount, "; ",
                              grade.code, " allows ", Allowed(band.at_most), words.range),
          .need = absl::StrCat(where, ": ",
                               band.at_most == 0
                                   ? absl::StrCat("no ", words.noun)
                                   : absl::StrCat("at most ", Plural(band.at_most, words.noun)),
                               words.range, " (now ", count, ")")};
}

// A severity belongs to what reached it: a length, a width, a share of the zone, a fingernail; all
// of them are named, for each alone is too much.
ScaleEvaluation::Words ScaleEvaluation::WordsOf(const Band& band, DefectType type,
                                                std::span<const Counted* const> defects) const {
  Words words{.noun = Noun(type), .amount = "", .range = ""};
  const Scale::TypeRule* rule = RuleOf(type);
  if (rule == nullptr || rule->always > 0) return words;
  const bool everything = band.lowest == 1 && band.highest == kSeverities;
  std::vector<std::string> amounts;
  std::vector<std::string> ranges;
  for (const Scale::Bands& bands : rule->bands) {
    std::optional<double> largest;
    for (const Counted* defect : defects) {
      const std::optional<double>& value = defect->measures.*MeasureOf(bands.attribute);
      if (value && SeverityOf(bands.edges, *value) >= band.lowest) {
        largest = std::max(largest.value_or(0), *value);
      }
    }
    // Where the mildest counts, every measure reaches it: the first says enough.
    if (!largest || (band.lowest == 1 && !amounts.empty())) continue;
    const double factor = bands.attribute == Scale::Attribute::kAreaShare ? 100 : 1;
    const int severity = SeverityOf(bands.edges, *largest);
    const std::string value = Measured(*largest * factor, LowerEdge(bands.edges, severity) * factor,
                                       UpperEdge(bands.edges, severity) * factor);
    amounts.push_back(
        Amount(bands.attribute, defects.size() > 1 ? absl::StrCat("up to ", value) : value));
    if (everything) continue;
    ranges.push_back(Range(bands.attribute, LowerEdge(bands.edges, band.lowest),
                           UpperEdge(bands.edges, band.highest)));
  }
  words.amount = absl::StrJoin(amounts, " and");
  words.range = absl::StrJoin(ranges, " or");
  const bool felt = std::any_of(defects.begin(), defects.end(),
                                [](const Counted* defect) { return defect->felt; });
  if (felt && scale_.felt_severity_ >= band.lowest && !everything) {
    words.amount += " that a fingernail feels";
    words.range += words.range.empty() ? " that a fingernail feels" : " or that a fingernail feels";
  }
  return words;
}

// The worst first: it decides.
void ScaleEvaluation::BrokenCounts(const Grade& grade, std::vector<Broken>& out) const {
  std::vector<Band> broken;
  for (size_t group = 0; group < scale_.groups_.size(); ++group) {
    for (const Band& band : NoneBands(grade, group)) {
      if (!Within(grade, band).empty()) broken.push_back(band);
    }
    for (int severity = 1; severity <= kSeverities && !grade.counts.empty(); ++severity) {
      const auto limit = grade.counts[group][static_cast<size_t>(severity - 1)];
      if (limit.value_or(0) == 0) continue;
      const Band band{.group = group,
                      .lowest = severity,
                      .highest = severity,
                      .at_most = LimitOf(*limit, group)};
      if (static_cast<int>(Within(grade, band).size()) > band.at_most) broken.push_back(band);
    }
  }
  const auto worst = [&](const Band& band) {
    int severity = 0;
    for (const Counted* defect : Within(grade, band))
      severity = std::max(severity, defect->severity);
    return severity;
  };
  std::stable_sort(broken.begin(), broken.end(),
                   [&](const Band& one, const Band& other) { return worst(one) > worst(other); });
  for (const Band& band : broken) out.push_back(CountSentence(grade, band));
}

// What is made smaller counts as a milder defect; limits that it would then break are said, too.
void ScaleEvaluation::AddKeptLimits(const Grade& grade, std::vector<std::string>& needs) const {
  for (size_t group = 0; group < grade.counts.size(); ++group) {
    std::array<int, kSeverities + 1> arriving{};
    for (const Band& band : NoneBands(grade, group)) {
      arriving[static_cast<size_t>(band.lowest - 1)] +=
          static_cast<int>(Within(grade, band).size());
    }
    for (int severity = kSeverities; severity >= 1; --severity) {
      const auto at = static_cast<size_t>(severity);
      const auto limit = grade.counts[group][at - 1];
      if (limit.value_or(0) == 0) continue;
      const Band band{.group = group,
                      .lowest = severity,
                      .highest = severity,
                      .at_most = LimitOf(*limit, group)};
      const int now = static_cast<int>(Within(grade, band).size());
      const int excess = now + arriving[at] - band.at_most;
      if (excess <= 0) continue;
      arriving[at - 1] += excess;
      if (now > band.at_most) continue;  // said already
      needs.push_back(absl::StrCat(
          scale_.groups_[group].name, ": with what is made milder at most ",
          Plural(band.at_most, "defect"), SeverityRange(severity, severity), " (now ", now, ")"));
    }
  }
}

void ScaleEvaluation::BrokenCracks(const Grade& grade, std::vector<Broken>& out) const {
  const auto more_than = [&](const std::optional<int>& limit, int count, const std::string& have,
                             const char* where) {
    if (!limit || count <= *limit) return;
    out.push_back({.why = absl::StrCat(have, "; ", grade.code, " allows ", Allowed(*limit)),
                   .need = absl::StrCat(
                       *limit == 0 ? "no crack" : absl::StrCat("at most ", Plural(*limit, "crack")),
                       " ", where, " (now ", count, ")")});
  };
  // Of the cracks that may stay the longest must hold its own limit.
  double display_mm = 0;
  double longest_mm = 0;
  for (const Counted& defect : defects_) {
    if (!defect.counts || defect.type != vision::v1::DEFECT_TYPE_CRACK) continue;
    const double length_mm = defect.measures.length_mm.value_or(0);
    const bool display = defect.group == scale_.display_group_;
    if (display) display_mm = std::max(display_mm, length_mm);
    const auto& limit = display ? grade.cracks_display_max : grade.cracks_elsewhere_max;
    if (limit.value_or(1) > 0) longest_mm = std::max(longest_mm, length_mm);
  }
  more_than(grade.cracks_display_max, tally_.cracks_display,
            absl::StrFormat(
                "display has %s, %s %.1f mm in all", Have(tally_.cracks_display, "crack"),
                tally_.cracks_display == 1 ? "its lines" : "the lines of the largest", display_mm),
            "in the display");
  more_than(grade.cracks_elsewhere_max, tally_.cracks_elsewhere,
            absl::StrCat("there ", tally_.cracks_elsewhere == 1 ? "is " : "are ",
                         Have(tally_.cracks_elsewhere, "crack"), " beside the display"),
            "beside the display");
  if (grade.crack_length_max_mm && longest_mm > *grade.crack_length_max_mm) {
    const std::string most = Number(*grade.crack_length_max_mm);
    // More digits where fewer would hide that it is longer.
    std::string now = absl::StrFormat("%.1f", longest_mm);
    if (absl::StrFormat("%.1f", *grade.crack_length_max_mm) == now) {
      now = absl::StrFormat("%.3f", longest_mm);
    }
    out.push_back({.why = absl::StrCat("the lines of a crack are ", now, " mm in all; ", grade.code,
                                       " allows at most ", most, " mm"),
                   .need = absl::StrCat("no crack whose lines are longer than ", most, " mm (now ",
                                        now, " mm)")});
  }
}

void ScaleEvaluation::BrokenChecklist(const Grade& grade, std::vector<Broken>& out) const {
  if (checklist_.damaged && !grade.damaged) {
    out.push_back({.why = absl::StrCat("the device is broken (checklist); ", grade.code,
                                       " is for usable devices"),
                   .need = "a device that is not broken (checklist)"});
  }
  if (grade.dead_pixels_max && checklist_.dead_pixels > *grade.dead_pixels_max) {
    out.push_back({.why = absl::StrCat("there ", checklist_.dead_pixels == 1 ? "is " : "are ",
                                       Have(checklist_.dead_pixels, "dead pixel"), "; ", grade.code,
                                       " allows ", Allowed(*grade.dead_pixels_max)),
                   .need = absl::StrCat("at most ", Plural(*grade.dead_pixels_max, "dead pixel"),
                                        " (now ", checklist_.dead_pixels, ")")});
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
    for (Broken& limit : broken) {
      result.reasons.push_back(std::move(limit.why));
      result.needs.push_back(std::move(limit.need));
    }
    AddKeptLimits(*better, result.needs);
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
      result.reasons.push_back(absl::StrFormat("%.0f %% of the %s was not inspected",
                                               100 * (1 - share),
                                               FaceName(look.measurement->face())));
    }
  }
}

// Marks that are too unsure to count are a person's to judge where they would change the grade.
void ScaleEvaluation::AddFaintReview(const Grade& grade, GradeResult& result) const {
  Tally with = tally_;
  const Counted* worst = nullptr;
  for (const Counted& defect : defects_) {
    if (!defect.faint || defect.severity <= 0) continue;
    Add(defect, with);
    if (worst == nullptr || defect.severity > worst->severity) worst = &defect;
  }
  if (worst == nullptr || Best(with).code >= grade.code) return;
  result.review.push_back(
      absl::StrFormat("a %s that the camera is not sure of (%.2f) is not counted; if it is there, "
                      "the grade is %s",
                      Noun(worst->type), worst->confidence, Best(with).code));
}

// All of them together: each alone may leave the grade as it is.
void ScaleEvaluation::AddUnsureReview(const Grade& grade, GradeResult& result) const {
  Tally without;
  without.counts.resize(scale_.groups_.size());
  std::vector<const Counted*> unsure;
  int doubted = 0;
  for (const Counted& defect : defects_) {
    if (!defect.counts) continue;
    if (defect.confidence >= scale_.review_confidence_ && !defect.doubted) {
      Add(defect, without);
      continue;
    }
    doubted += defect.doubted ? 1 : 0;
    unsure.push_back(&defect);
  }
  if (unsure.empty() || Best(without).code <= grade.code) return;
  const auto least = std::min_element(
      unsure.begin(), unsure.end(),
      [](const Counted* a, const Counted* b) { return a->confidence < b->confidence; });
  std::string sentence =
      unsure.size() == 1
          ? absl::StrFormat("the grade hangs on a %s that the camera is not sure of (%.2f)",
                            Noun((*least)->type), (*least)->confidence)
          : absl::StrFormat(
                "the grade hangs on %d marks that the camera is not sure of (from %.2f)",
                static_cast<int>(unsure.size()), (*least)->confidence);
  if (doubted > 0) {
    absl::StrAppend(&sentence, ": ", doubted == 1 ? "one is" : absl::StrCat(doubted, " are"),
                    " in one picture and not in others of the same place, as dust and reflections "
                    "are");
  }
  result.review.push_back(std::move(sentence));
}

void ScaleEvaluation::AddReview(const Grade& grade, GradeResult& result) const {
  if (result.margin < scale_.review_margin_) {
    result.review.push_back(absl::StrFormat(
        "a change of %.1f %% in one measured value would change the grade", 100 * result.margin));
  }
  AddUnsureReview(grade, result);
  AddFaintReview(grade, result);
  // By view: the look that shows most of it.
  std::map<size_t, const Measurement*> most;
  for (const Look& look : looks_) {
    const Measurement*& seen = most[look.view];
    if (seen == nullptr || look.measurement->inspected_share() > seen->inspected_share()) {
      seen = look.measurement;
    }
  }
  for (const auto& [view, seen] : most) {
    if (seen->inspected_share() >= scale_.review_inspected_share_) continue;
    result.review.push_back(absl::StrFormat("only %.0f %% of the %s was inspected",
                                            100 * seen->inspected_share(), FaceName(seen->face())));
  }
}

}  // namespace loopdock::grading
