// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_

// A cosmetic grading scale: data that turns measured defects into a grade, says which limit decided
// and what the next better grade asks for. The file format is explained in
// models/grading/itad-1.toml.
// Thread safety: a Scale never changes after Parse; all methods may be called from any thread.
// Errors: Parse answers INVALID_ARGUMENT SCALE_INVALID with the line and what is expected there.
// Limits: 1 MiB of text, 16 grades, 8 groups of zones, 64 correlations.

#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::grading {

inline constexpr int kSeverities = 4;

// The worst that is so, from the best to the worst.
enum class Condition { kNone, kCosmetic, kCritical };

// What a camera cannot see and a person has answered.
struct Checklist {
  // Swollen battery, exposed cells, broken lamp or tube: held, not graded.
  bool hazard = false;
  // Shattered, bent, burnt, wet, or the display broken inside.
  bool damaged = false;
  int dead_pixels = 0;
  Condition missing_parts = Condition::kNone;
  // Hinges too.
  Condition latch_damage = Condition::kNone;
  // What looked like a stain does not come off: it counts as a discolouration.
  bool stains_permanent = false;
  // Words of the scale's `attestation`, such as "unused".
  std::set<std::string> attestations;
};

// What is known of a defect beside its measures.
struct DefectKnowledge {
  // A fingernail feels it.
  bool felt = false;
  // A person says that it is there: it counts, however faint.
  bool confirmed = false;
  // False for what another picture shows too, or what was found to be no defect.
  bool counts = true;
  std::optional<double> confidence;  // of several pictures, instead of the picture's own
  bool doubted = false;              // other pictures of its place do not show it
};

// One picture as a scale sees it.
struct Look {
  const vision::v1::Measurement* measurement = nullptr;
  // Pictures of one face are one view: its area counts once.
  size_t view = 0;
  // In the order of the defects; empty when nothing is known.
  std::vector<DefectKnowledge> known;
};

struct GradeResult {
  // C0 to C9.
  std::string grade;
  std::string letter;  // in the scale's own letters; empty where it has none
  // Why, in a word: LIMIT (a limit of the next better grade), BEST (nothing better in the scale
  // without an attestation), or for C0 HAZARD_HOLD, NOT_INSPECTED, SCALE_UNKNOWN, IMAGE_QUALITY,
  // CLEAN_FIRST.
  std::string reason;
  // Sentences; the first is the limit that decided.
  std::vector<std::string> reasons;
  // The next better grade of the scale and what it asks for; empty when there is none.
  std::string next_grade;
  std::string next_letter;
  std::vector<std::string> needs;
  // Why a person should look at it; empty when nobody has to.
  std::vector<std::string> review;
  // The smallest relative change of one measured value that would change the grade, at most 1;
  // 0 when not graded.
  double margin = 0;
  // Of each defect, 1 to 4 for S1 to S4, in the order of the measurements and their defects; 0
  // where the scale is unknown.
  std::vector<int> severities;
};

class Scale {
 public:
  static absl::StatusOr<Scale> Parse(std::string_view toml);
  // The same with everything that is wrong; nothing when it cannot be read to its end.
  static std::optional<Scale> Parse(std::string_view toml, std::vector<absl::Status>* problems);

  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const std::string& display_name() const { return display_name_; }
  // Hexadecimal, of the file's text.
  const std::string& sha256() const { return sha256_; }
  // Id and version, such as "itad-1@1".
  std::string name() const { return id_ + "@" + version_; }

  // What makes a defect severe.
  enum class Attribute { kLength, kWidth, kDiameter, kAreaShare };

  // One grade of the scale: its code, C1 to C9, and its letter, which may be empty.
  struct Name {
    std::string code;
    std::string letter;
  };
  std::vector<Name> names() const;  // from the best to the worst
  double confidence_min() const { return confidence_min_; }
  // A grade that follows from R2's categories, "C6" and "F5" or "F_NONE"; empty lists take all.
  struct Correlation {
    std::string grade;
    std::vector<std::string> cosmetic;
    std::vector<std::string> functional;
    int line = 0;
    bool Takes(std::string_view cosmetic_code, std::string_view functional_code) const;
  };
  const std::vector<Correlation>& correlations() const { return correlations_; }
  // Of the first correlation that takes both; empty when none does.
  std::string Correlate(std::string_view cosmetic, std::string_view functional) const;

  GradeResult Evaluate(const vision::v1::Measurement& measurement,
                       const Checklist& checklist) const;
  // All pictures of one device.
  GradeResult Evaluate(std::span<const Look> looks, const Checklist& checklist) const;

 private:
  friend class ScaleParser;
  friend class ScaleEvaluation;
  friend class ScaleChecker;

  // Where S2, S3 and S4 begin.
  struct Bands {
    Attribute attribute;
    std::array<double, kSeverities - 1> edges;
  };
  struct TypeRule {
    vision::v1::DefectType type;
    std::vector<Bands> bands;
    int always = 0;
  };
  struct Group {
    std::string name;
    std::vector<vision::v1::Zone> zones;
  };
  // Nothing for no limit.
  using Counts = std::array<std::optional<int>, kSeverities>;
  struct Grade {
    std::string code;
    std::string letter;
    std::string attestation;
    int line = 0;
    std::vector<Counts> counts;  // in the order of groups_; empty for no limits
    std::optional<int> dead_pixels_max;
    std::optional<int> cracks_display_max;
    std::optional<int> cracks_elsewhere_max;
    std::optional<double> crack_length_max_mm;
    std::optional<Condition> missing_parts;
    std::optional<Condition> latch_damage;
    std::optional<int> discolouration;  // 0 for "none"
    bool damaged = false;
  };

  std::string id_;
  std::string version_;
  std::string display_name_;
  std::string sha256_;
  double confidence_min_ = 0;
  double width_min_px_ = 0;
  double stain_share_max_ = 0;
  double area_reference_mm2_ = 0;
  double dig_width_mm_ = 0;
  double dig_aspect_max_ = 0;
  double join_gap_mm_ = 0;
  int felt_severity_ = 0;
  // Below these a person should look.
  double review_margin_ = 0;
  double review_confidence_ = 0;
  double review_inspected_share_ = 0;
  size_t display_group_ = 0;
  std::vector<Group> groups_;
  std::vector<TypeRule> types_;
  std::vector<Grade> grades_;
  std::vector<Correlation> correlations_;
};

// The names that files and people use: "scratch", "Z1", "back" ("face" if unknown), "S1" or "".
std::string DefectTypeName(vision::v1::DefectType type);
std::string ZoneName(vision::v1::Zone zone);
std::string FaceName(vision::v1::Face face);
std::string SeverityName(int severity);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_
