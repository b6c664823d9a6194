// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/scale_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

class ScaleChecker {
 public:
  explicit ScaleChecker(const Scale& scale) : scale_(scale) {}

  std::vector<ScaleProblem> Run() {
    for (size_t row = 0; row < scale_.grades_.size(); ++row) {
      NeverApplies(row);
      NeverDecide(scale_.grades_[row]);
      if (row > 0) Skipped(scale_.grades_[row - 1], scale_.grades_[row]);
    }
    Letters();
    Correlations();
    return std::move(problems_);
  }

 private:
  using Grade = Scale::Grade;

  void Wrong(int line, std::string what) { problems_.push_back({line, std::move(what), false}); }
  void Note(int line, std::string what) { problems_.push_back({line, std::move(what), true}); }

  // All that limits a device, the attestation aside.
  static auto Limits(const Grade& grade) {
    return std::tuple(grade.counts, grade.dead_pixels_max, grade.cracks_display_max,
                      grade.cracks_elsewhere_max, grade.crack_length_max_mm, grade.missing_parts,
                      grade.latch_damage, grade.discolouration, grade.damaged);
  }

  // The parser has made sure that no row is stricter than a better one: so a row takes nothing that
  // a better one leaves only when both say the same.
  void NeverApplies(size_t row) {
    const Grade& grade = scale_.grades_[row];
    for (size_t above = 0; above < row; ++above) {
      const Grade& better = scale_.grades_[above];
      const bool shut = better.attestation.empty() || better.attestation == grade.attestation;
      if (!shut || Limits(better) != Limits(grade)) continue;
      Wrong(grade.line, absl::StrCat(grade.code, " can never apply: ", better.code,
                                     " takes every device that it would take"));
      return;
    }
  }

  void NeverDecide(const Grade& grade) {
    if (grade.crack_length_max_mm && grade.cracks_display_max == 0 &&
        grade.cracks_elsewhere_max == 0) {
      Wrong(grade.line, absl::StrCat("crack_length_max_mm of ", grade.code,
                                     " can never decide: it allows no crack at all"));
    }
    int worst = 0;
    for (size_t group = 0; group < grade.counts.size(); ++group) {
      const Scale::Counts& counts = grade.counts[group];
      for (size_t at = 0; at < counts.size(); ++at) {
        if (counts[at].value_or(1) > 0) worst = std::max(worst, static_cast<int>(at) + 1);
        if (at == 0 || !counts[at - 1].has_value()) continue;
        if (counts[at].has_value() && *counts[at] <= *counts[at - 1]) continue;
        Wrong(grade.line,
              absl::StrCat(grade.code, " allows more of S", at + 1, " than of the milder S", at,
                           " for ", scale_.groups_[group].name));
      }
    }
    if (!grade.counts.empty() && grade.discolouration && *grade.discolouration > worst) {
      Wrong(grade.line, absl::StrCat("discolouration = \"S", *grade.discolouration, "\" of ",
                                     grade.code, " can never decide: its counts allow nothing of S",
                                     *grade.discolouration));
    }
  }

  void Skipped(const Grade& better, const Grade& worse) {
    for (char code = static_cast<char>(better.code[1] - 1); code > worse.code[1]; --code) {
      Note(worse.line, absl::StrCat("gap: no row gives C", std::string(1, code),
                                    "; what does not fit ", better.code, " is ", worse.code));
    }
  }

  void Letters() {
    std::set<std::string> left;
    std::string last;
    for (const Grade& grade : scale_.grades_) {
      if (grade.letter.empty() != scale_.grades_[0].letter.empty()) {
        Wrong(grade.line,
              absl::StrCat(grade.code, grade.letter.empty() ? " has no letter, others do"
                                                            : " has a letter, others "
                                                              "have none"));
      }
      if (grade.letter == last) continue;
      left.insert(last);
      last = grade.letter;
      if (left.contains(last)) {
        Wrong(grade.line, absl::StrCat("letter ", last, " comes back after another one"));
      }
    }
  }

  void Correlations() {
    if (scale_.correlations_.empty()) return;
    std::set<std::string> codes;
    for (const Grade& grade : scale_.grades_) codes.insert(grade.code);
    std::vector<int> taken(scale_.correlations_.size());
    std::map<std::string, std::vector<std::string>> gaps;
    for (const std::string& cosmetic : codes) {
      for (const char* functional : {"F_NONE", "F1", "F2", "F3", "F4", "F5", "F6"}) {
        bool found = false;
        for (size_t row = 0; row < scale_.correlations_.size() && !found; ++row) {
          found = scale_.correlations_[row].Takes(cosmetic, functional);
          taken[row] += found ? 1 : 0;
        }
        if (!found) gaps[cosmetic].push_back(functional);
      }
    }
    for (size_t row = 0; row < taken.size(); ++row) {
      if (taken[row] > 0) continue;
      Wrong(scale_.correlations_[row].line,
            absl::StrCat("correlation '", scale_.correlations_[row].grade,
                         "' can never apply: rows before it take all that it would take, or no row "
                         "of the scale gives its categories"));
    }
    for (const auto& [cosmetic, functional] : gaps) {
      Note(scale_.correlations_.front().line,
           absl::StrCat("gap: no correlation takes ", cosmetic, " with ",
                        absl::StrJoin(functional, ", "), "; such a device has no trade name"));
    }
  }

  const Scale& scale_;
  std::vector<ScaleProblem> problems_;
};

namespace {

// "line 12: what" of a refusal of the parser.
ScaleProblem FromStatus(const absl::Status& status) {
  const std::string text(status.message());
  const size_t colon = text.find(": ");
  ScaleProblem problem;
  const bool has_line = text.starts_with("line ") && colon != std::string::npos &&
                        absl::SimpleAtoi(text.substr(5, colon - 5), &problem.line);
  problem.what = has_line ? text.substr(colon + 2) : text;
  return problem;
}

}  // namespace

std::vector<ScaleProblem> CheckScale(std::string_view toml) {
  std::vector<absl::Status> refusals;
  const std::optional<Scale> scale = Scale::Parse(toml, &refusals);
  std::vector<ScaleProblem> problems;
  for (const absl::Status& refusal : refusals) problems.push_back(FromStatus(refusal));
  if (scale) {
    std::vector<ScaleProblem> found = ScaleChecker(*scale).Run();
    problems.insert(problems.end(), found.begin(), found.end());
  }
  std::stable_sort(problems.begin(), problems.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return problems;
}

}  // namespace loopdock::grading
