// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_SCALE_EVALUATION_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_SCALE_EVALUATION_H_

// One evaluation of a scale: every defect gets a severity, the severities are counted, the best
// grade whose every limit holds is the answer, and the words say why. Only for scale.cc and
// scale_words.cc.
// Thread safety: one thread. Ownership: lives no longer than its inputs.

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/grading/core/scale.h"

namespace loopdock::grading {

bool IsDiscolouration(vision::v1::DefectType type);
// Which of the bands between the edges; a value on an edge belongs above it.
int SeverityOf(const std::array<double, kSeverities - 1>& edges, double value);

class ScaleEvaluation {
 public:
  ScaleEvaluation(const Scale& scale, std::span<const Look> looks, const Checklist& checklist)
      : scale_(scale), looks_(looks), checklist_(checklist) {}

  GradeResult Run();

 private:
  using Grade = Scale::Grade;

  // What was measured of a defect; nothing for what cannot be told or is too small to count.
  struct Measures {
    std::optional<double> length_mm;
    std::optional<double> width_mm;
    std::optional<double> area_share;
  };
  // A defect as the scale sees it.
  struct Counted {
    vision::v1::DefectType measured_type;
    vision::v1::DefectType type;  // as the scale's rules make it
    // Seen on a back: a phone's shares its limits with a laptop's palmrest, in one group.
    bool on_back = false;
    size_t group = 0;
    int severity = 0;  // 0 where the scale is unknown
    double confidence = 0;
    bool felt = false;
    bool faint = false;
    bool doubted = false;
    bool counts = true;
    Measures measures;
  };
  struct Tally {
    // For each group, how many of S1 to S4; cracks are not among them.
    std::vector<std::array<int, kSeverities>> counts;
    std::array<int, kSeverities> discolourations{};
    int cracks_display = 0;
    int cracks_elsewhere = 0;
    double crack_length_mm = 0;
  };
  // A limit that does not hold: why the grade is not given, and what it asks for.
  struct Broken {
    std::string why;
    std::string need;
  };
  // What one limit is about: defects of one group, of one type or of all, of severities in a row.
  struct Band {
    size_t group = 0;
    std::optional<vision::v1::DefectType> type;
    int lowest = 1;
    int highest = kSeverities;
    int at_most = 0;
  };

  // Counting, in scale.cc.
  void CountAll();
  void CountLook(const Look& look);
  Counted Count(const vision::v1::Measurement& measurement, const vision::v1::Defect& defect,
                double length_mm) const;
  void Judge(Counted& defect) const;
  static std::optional<double> Measures::*MeasureOf(Scale::Attribute attribute);
  const Scale::TypeRule* RuleOf(vision::v1::DefectType type) const;
  void AddAreas();
  void Add(const Counted& defect, Tally& tally) const;
  // Of all that counts, with `other` in the place of `changed`; without it where there is none.
  Tally TallyOf(const Counted* changed, const Counted* other) const;
  int LimitOf(int limit, size_t group) const;
  bool Holds(const Grade& grade, const Tally& tally) const;
  const Grade& Best(const Tally& tally) const;
  std::vector<double> Edges(const Counted& defect, std::optional<double> Measures::*measure) const;
  double Margin(const std::string& grade) const;
  // The zone that stains cover most of.
  struct Stained {
    vision::v1::Zone zone = vision::v1::ZONE_UNSPECIFIED;
    vision::v1::Face face = vision::v1::FACE_UNSPECIFIED;
    double share = 0;
  };
  Stained MostStained() const;
  // Whether what lies under stains could make the grade another one.
  bool StainsMatter() const;
  bool Refused(GradeResult& result) const;

  // Words, in scale_words.cc.
  std::vector<Broken> BrokenLimits(const Grade& grade) const;
  void BrokenCracks(const Grade& grade, std::vector<Broken>& out) const;
  void BrokenCounts(const Grade& grade, std::vector<Broken>& out) const;
  void BrokenChecklist(const Grade& grade, std::vector<Broken>& out) const;
  bool AllowsNone(const Grade& grade, size_t group, vision::v1::DefectType type,
                  int severity) const;
  std::vector<Band> NoneBands(const Grade& grade, size_t group) const;
  std::vector<const Counted*> Within(const Grade& grade, const Band& band) const;
  // The parts of a sentence about defects of one type.
  struct Words {
    std::string noun;
    std::string amount;
    std::string range;
  };
  Words WordsOf(const Band& band, vision::v1::DefectType type,
                std::span<const Counted* const> defects) const;
  Broken CountSentence(const Grade& grade, const Band& band) const;
  void AddKeptLimits(const Grade& grade, std::vector<std::string>& needs) const;
  void Explain(const Grade& grade, GradeResult& result) const;
  void AddNotes(GradeResult& result) const;
  void AddReview(const Grade& grade, GradeResult& result) const;
  void AddUnsureReview(const Grade& grade, GradeResult& result) const;
  void AddFaintReview(const Grade& grade, GradeResult& result) const;

  const Scale& scale_;
  const std::span<const Look> looks_;
  const Checklist& checklist_;
  std::vector<Counted> defects_;
  Tally tally_;
  std::vector<double> group_area_mm2_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_SCALE_EVALUATION_H_
