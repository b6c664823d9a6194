// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_

// A cosmetic grading scale: data that turns measured defects into a grade, and says which limit
// decided. The file format is explained in models/grading/itad-1.toml.
// Thread safety: a Scale never changes after Parse; all methods may be called from any thread.
// Errors: Parse answers INVALID_ARGUMENT SCALE_INVALID with the line and what is expected there.
// Limits: 1 MiB of text, 16 grades, 8 groups of zones.

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

struct GradeResult {
  // C0 to C9.
  std::string grade;
  // Why, in a word: LIMIT (a limit of the next better grade), BEST (nothing better in the scale
  // without an attestation), or for C0 HAZARD_HOLD, NOT_INSPECTED, SCALE_UNKNOWN, IMAGE_QUALITY,
  // CLEAN_FIRST.
  std::string reason;
  // Sentences; the first is the limit that decided.
  std::vector<std::string> reasons;
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

  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const std::string& display_name() const { return display_name_; }
  // Hexadecimal, of the file's text.
  const std::string& sha256() const { return sha256_; }
  // Id and version, such as "itad-1@1".
  std::string name() const { return id_ + "@" + version_; }

  GradeResult Evaluate(const vision::v1::Measurement& measurement,
                       const Checklist& checklist) const;
  // Several pictures of one device, each of another face: what two of them show counts twice.
  GradeResult Evaluate(std::span<const vision::v1::Measurement* const> measurements,
                       const Checklist& checklist) const;

 private:
  friend class ScaleParser;
  friend class ScaleEvaluation;

  enum class Attribute { kLength, kWidth, kDiameter, kAreaShare };
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
    std::string attestation;
    // In the order of groups_; empty for no limits.
    std::vector<Counts> counts;
    std::optional<int> dead_pixels_max;
    std::optional<int> cracks_display_max;
    std::optional<int> cracks_elsewhere_max;
    std::optional<double> crack_length_max_mm;
    std::optional<Condition> missing_parts;
    std::optional<Condition> latch_damage;
    // 0 for "none".
    std::optional<int> discolouration;
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
  size_t display_group_ = 0;
  std::vector<Group> groups_;
  std::vector<TypeRule> types_;
  std::vector<Grade> grades_;
};

// The lower-case names that the files, the command line and the documents use: "scratch".
std::string DefectTypeName(vision::v1::DefectType type);
// "Z1".
std::string ZoneName(vision::v1::Zone zone);
// "S1"; empty for 0.
std::string SeverityName(int severity);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_SCALE_H_
