// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_SCALE_EVALUATION_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_SCALE_EVALUATION_H_

// One evaluation of a scale: every defect gets a severity, the severities are counted, the best
// grade whose every limit holds is the answer, and the words say why. Only for scale.cc and
// scale_words.cc.
// Thread safety: one thread. Ownership: lives no longer than its inputs.

#include <array>
#include <string>
#include <vector>

#include "services/grading/core/scale.h"

namespace loopdock::grading {

class ScaleEvaluation {
 public:
  ScaleEvaluation(const Scale& scale, std::span<const Look> looks, const Checklist& checklist)
      : scale_(scale), looks_(looks), checklist_(checklist) {}

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
    vision::v1::DefectType type;
    // Seen on a back: a phone's shares its limits with a laptop's palmrest, in one group.
    bool on_back = false;
    size_t group = 0;
    int severity = 0;
    int always = 0;
    double length_mm = 0;
    double confidence = 0;
    bool felt = false;
    bool faint = false;
    bool counts = true;
    std::vector<Value> values;
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

  // Counting, in scale.cc.
  void CountAll();
  void CountLook(const Look& look);
  Counted Count(const vision::v1::Measurement& measurement, const vision::v1::Defect& defect,
                double length_mm) const;
  void SetSeverity(const vision::v1::Measurement& measurement, const vision::v1::Defect& defect,
                   double width_mm, Counted& counted) const;
  void AddAreas();
  void Add(const Counted& defect, int severity, int change, Tally& tally) const;
  int LimitOf(int limit, size_t group) const;
  bool Holds(const Grade& grade, const Tally& tally) const;
  const Grade& Best(const Tally& tally) const;
  double Margin(const std::string& grade) const;
  double StainShare() const;
  bool Refused(GradeResult& result) const;

  // Words, in scale_words.cc.
  std::vector<Broken> BrokenLimits(const Grade& grade) const;
  void BrokenCracks(const Grade& grade, std::vector<Broken>& out) const;
  void BrokenCounts(const Grade& grade, std::vector<Broken>& out) const;
  void BrokenChecklist(const Grade& grade, std::vector<Broken>& out) const;
  Broken CountSentence(const Grade& grade, size_t group, int severity, int limit) const;
  void Explain(const Grade& grade, GradeResult& result) const;
  void AddNotes(GradeResult& result) const;
  void AddReview(const Grade& grade, GradeResult& result) const;
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
