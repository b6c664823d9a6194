// SPDX-License-Identifier: Apache-2.0
// Counting by a scale; scale_words.cc says why.

#include "services/grading/core/scale.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/grading/core/join.h"
#include "services/grading/core/scale_evaluation.h"

namespace loopdock::grading {

using vision::v1::Defect;
using vision::v1::DefectType;
using vision::v1::Measurement;

namespace {

constexpr double kMicrometresPerMm = 1000;

double ZoneAreaPx2(const Measurement& measurement, vision::v1::Zone zone) {
  double area = 0;
  for (const auto& seen : measurement.zones()) {
    if (seen.zone() == zone) area += seen.area_px2();
  }
  return area;
}

// A measured length where there is one: it allows for lens and perspective.
double Millimetres(bool has_um, double um, double px, double mm_per_px) {
  return has_um ? um / kMicrometresPerMm : px * mm_per_px;
}

DefectKnowledge Known(const Look& look, int defect) {
  const auto at = static_cast<size_t>(defect);
  return at < look.known.size() ? look.known[at] : DefectKnowledge();
}

}  // namespace

bool IsDiscolouration(DefectType type) {
  return type == vision::v1::DEFECT_TYPE_DISCOLOURATION || type == vision::v1::DEFECT_TYPE_WEAR;
}

int SeverityOf(const std::array<double, kSeverities - 1>& edges, double value) {
  int severity = 1;
  for (const double edge : edges) severity += value >= edge ? 1 : 0;
  return severity;
}

std::optional<double> ScaleEvaluation::Measures::*ScaleEvaluation::MeasureOf(
    Scale::Attribute attribute) {
  switch (attribute) {
    case Scale::Attribute::kWidth:
      return &Measures::width_mm;
    case Scale::Attribute::kAreaShare:
      return &Measures::area_share;
    case Scale::Attribute::kLength:
    case Scale::Attribute::kDiameter:
      break;
  }
  return &Measures::length_mm;
}

const Scale::TypeRule* ScaleEvaluation::RuleOf(DefectType type) const {
  for (const Scale::TypeRule& rule : scale_.types_) {
    if (rule.type == type) return &rule;
  }
  return nullptr;
}

ScaleEvaluation::Counted ScaleEvaluation::Count(const Measurement& measurement,
                                                const Defect& defect, double length_mm) const {
  Counted counted{.measured_type = defect.type(), .type = defect.type(), .measures = {}};
  counted.on_back =
      measurement.face() == vision::v1::FACE_BACK && defect.zone() == vision::v1::ZONE_Z3;
  for (size_t group = 0; group < scale_.groups_.size(); ++group) {
    const auto& zones = scale_.groups_[group].zones;
    if (std::find(zones.begin(), zones.end(), defect.zone()) != zones.end()) counted.group = group;
  }
  if (!measurement.has_um_per_px()) return counted;
  counted.measures.length_mm = length_mm;
  if (defect.width_px() >= scale_.width_min_px_) {
    counted.measures.width_mm =
        Millimetres(defect.has_width_um(), defect.width_um(), defect.width_px(),
                    measurement.um_per_px() / kMicrometresPerMm);
  }
  const double zone_area = ZoneAreaPx2(measurement, defect.zone());
  if (zone_area > 0) counted.measures.area_share = defect.area_px2() / zone_area;
  Judge(counted);
  return counted;
}

// By its measures: what it counts as, and how severe it is.
void ScaleEvaluation::Judge(Counted& defect) const {
  const double length_mm = defect.measures.length_mm.value_or(0);
  const double width_mm = defect.measures.width_mm.value_or(0);
  defect.type = defect.measured_type;
  if (defect.type == vision::v1::DEFECT_TYPE_SCRATCH && width_mm >= scale_.dig_width_mm_ &&
      length_mm < scale_.dig_aspect_max_ * width_mm) {
    defect.type = vision::v1::DEFECT_TYPE_CHIP;
  }
  if (defect.type == vision::v1::DEFECT_TYPE_STAIN && checklist_.stains_permanent) {
    defect.type = vision::v1::DEFECT_TYPE_DISCOLOURATION;
  }
  defect.severity = 1;
  if (const Scale::TypeRule* rule = RuleOf(defect.type); rule != nullptr) {
    for (const Scale::Bands& bands : rule->bands) {
      const std::optional<double>& value = defect.measures.*MeasureOf(bands.attribute);
      if (value) defect.severity = std::max(defect.severity, SeverityOf(bands.edges, *value));
    }
    if (rule->always > 0) defect.severity = rule->always;
  }
  if (defect.felt) defect.severity = std::max(defect.severity, scale_.felt_severity_);
}

// Pieces of one scratch have its severity, and the first of them counts.
void ScaleEvaluation::CountLook(const Look& look) {
  const Measurement& measurement = *look.measurement;
  const double mm = measurement.um_per_px() / kMicrometresPerMm;
  const std::vector<int> first =
      mm > 0 ? JoinPieces(measurement, scale_.join_gap_mm_ / mm) : std::vector<int>();
  std::map<int, double> lengths;
  std::map<int, size_t> places;
  for (int i = 0; i < measurement.defects_size() && mm > 0; ++i) {
    const Defect& piece = measurement.defects(i);
    lengths[first[static_cast<size_t>(i)]] +=
        Millimetres(piece.has_length_um(), piece.length_um(), piece.length_px(), mm);
  }
  for (int i = 0; i < measurement.defects_size(); ++i) {
    const int whole = mm > 0 ? first[static_cast<size_t>(i)] : i;
    const Defect& defect = measurement.defects(i);
    const DefectKnowledge known = Known(look, i);
    Counted counted = Count(measurement, defect, mm > 0 ? lengths[whole] : 0);
    counted.felt = known.felt;
    if (counted.severity > 0) Judge(counted);
    counted.confidence = known.confirmed ? 1 : known.confidence.value_or(defect.confidence());
    counted.doubted = known.doubted && !known.confirmed;
    counted.faint = known.counts && counted.confidence < scale_.confidence_min_;
    counted.counts = known.counts && !counted.faint;
    const auto place = places.find(whole);
    if (place != places.end() && counted.counts) {
      // The worst piece speaks for all.
      Counted& spokesman = defects_[place->second];
      counted.counts = false;
      spokesman.felt = spokesman.felt || counted.felt;
      if (counted.severity > spokesman.severity) spokesman.measures = counted.measures;
      if (counted.severity > 0) Judge(spokesman);
    } else if (counted.counts) {
      places.emplace(whole, defects_.size());
    }
    defects_.push_back(std::move(counted));
  }
}

// Of several pictures of one face the one that shows most of a zone.
void ScaleEvaluation::AddAreas() {
  std::map<std::pair<size_t, size_t>, double> areas;  // view and group
  for (const Look& look : looks_) {
    const double mm = look.measurement->um_per_px() / kMicrometresPerMm;
    for (size_t group = 0; group < scale_.groups_.size(); ++group) {
      double area = 0;
      for (const vision::v1::Zone zone : scale_.groups_[group].zones) {
        area += ZoneAreaPx2(*look.measurement, zone) * mm * mm;
      }
      double& most = areas[{look.view, group}];
      most = std::max(most, area);
    }
  }
  group_area_mm2_.resize(scale_.groups_.size());
  for (const auto& [place, area] : areas) group_area_mm2_[place.second] += area;
}

void ScaleEvaluation::CountAll() {
  AddAreas();
  for (const Look& look : looks_) CountLook(look);
  tally_ = TallyOf(nullptr, nullptr);
}

void ScaleEvaluation::Add(const Counted& defect, Tally& tally) const {
  if (defect.severity <= 0) return;
  if (defect.type == vision::v1::DEFECT_TYPE_CRACK) {
    ++(defect.group == scale_.display_group_ ? tally.cracks_display : tally.cracks_elsewhere);
    tally.crack_length_mm = std::max(tally.crack_length_mm, defect.measures.length_mm.value_or(0));
    return;
  }
  const auto at = static_cast<size_t>(defect.severity - 1);
  ++tally.counts[defect.group][at];
  if (IsDiscolouration(defect.type)) ++tally.discolourations[at];
}

ScaleEvaluation::Tally ScaleEvaluation::TallyOf(const Counted* changed,
                                                const Counted* other) const {
  Tally tally;
  tally.counts.resize(scale_.groups_.size());
  for (const Counted& defect : defects_) {
    if (defect.counts && &defect != changed) Add(defect, tally);
  }
  if (other != nullptr) Add(*other, tally);
  return tally;
}

int ScaleEvaluation::LimitOf(int limit, size_t group) const {
  const double factor = group_area_mm2_[group] / scale_.area_reference_mm2_;
  if (factor <= 1) return limit;
  return static_cast<int>(std::floor(limit * std::sqrt(factor)));
}

bool ScaleEvaluation::Holds(const Grade& grade, const Tally& tally) const {
  const auto within = [](const auto& limit, const auto& value) {
    return !limit || value <= *limit;
  };
  for (size_t group = 0; group < grade.counts.size(); ++group) {
    for (size_t at = 0; at < kSeverities; ++at) {
      const std::optional<int>& limit = grade.counts[group][at];
      if (limit && tally.counts[group][at] > LimitOf(*limit, group)) return false;
    }
  }
  int discoloured = 0;
  for (int severity = 1; severity <= kSeverities; ++severity) {
    if (tally.discolourations[static_cast<size_t>(severity - 1)] > 0) discoloured = severity;
  }
  return (grade.damaged || !checklist_.damaged) &&
         within(grade.cracks_display_max, tally.cracks_display) &&
         within(grade.cracks_elsewhere_max, tally.cracks_elsewhere) &&
         within(grade.crack_length_max_mm, tally.crack_length_mm) &&
         within(grade.discolouration, discoloured) &&
         within(grade.dead_pixels_max, checklist_.dead_pixels) &&
         within(grade.missing_parts, checklist_.missing_parts) &&
         within(grade.latch_damage, checklist_.latch_damage);
}

const Scale::Grade& ScaleEvaluation::Best(const Tally& tally) const {
  for (const Grade& grade : scale_.grades_) {
    const bool attested =
        grade.attestation.empty() || checklist_.attestations.contains(grade.attestation);
    if (attested && Holds(grade, tally)) return grade;
  }
  return scale_.grades_.back();
}

// Where a measured value makes a difference: to its severity, to what a scratch counts as, to a
// limit of cracks.
std::vector<double> ScaleEvaluation::Edges(const Counted& defect,
                                           std::optional<double> Measures::*measure) const {
  std::vector<double> edges;
  const auto add_bands = [&](DefectType type) {
    const Scale::TypeRule* rule = RuleOf(type);
    if (rule == nullptr || rule->always > 0) return;
    for (const Scale::Bands& bands : rule->bands) {
      if (MeasureOf(bands.attribute) != measure) continue;
      edges.insert(edges.end(), bands.edges.begin(), bands.edges.end());
    }
  };
  add_bands(defect.type);
  const Measures& measures = defect.measures;
  if (defect.measured_type == vision::v1::DEFECT_TYPE_SCRATCH && measures.width_mm) {
    add_bands(defect.type == vision::v1::DEFECT_TYPE_CHIP ? vision::v1::DEFECT_TYPE_SCRATCH
                                                          : vision::v1::DEFECT_TYPE_CHIP);
    if (measure == &Measures::length_mm) {
      edges.push_back(scale_.dig_aspect_max_ * *measures.width_mm);
    } else if (measure == &Measures::width_mm) {
      edges.push_back(scale_.dig_width_mm_);
      edges.push_back(measures.length_mm.value_or(0) / scale_.dig_aspect_max_);
    }
  }
  if (defect.type == vision::v1::DEFECT_TYPE_CRACK && measure == &Measures::length_mm) {
    for (const Grade& grade : scale_.grades_) {
      if (grade.crack_length_max_mm) edges.push_back(*grade.crack_length_max_mm);
    }
  }
  return edges;
}

// Moves each value, one at a time, just over every edge.
double ScaleEvaluation::Margin(const std::string& grade) const {
  constexpr double kBeyond = 1e-9;
  double margin = 1;
  for (const Counted& defect : defects_) {
    if (!defect.counts) continue;
    for (const auto measure : {&Measures::length_mm, &Measures::width_mm, &Measures::area_share}) {
      if (!(defect.measures.*measure)) continue;
      const double value = *(defect.measures.*measure);
      for (const double edge : Edges(defect, measure)) {
        if (edge <= 0) continue;
        const double change = std::abs(value - edge) / edge;
        if (change >= margin) continue;
        Counted moved = defect;
        moved.measures.*measure = value < edge ? edge * (1 + kBeyond) : edge * (1 - kBeyond);
        Judge(moved);
        if (Best(TallyOf(&defect, &moved)).code != grade) margin = change;
      }
    }
  }
  return margin;
}

ScaleEvaluation::Stained ScaleEvaluation::MostStained() const {
  Stained worst;
  for (const Look& look : looks_) {
    std::map<vision::v1::Zone, double> stains;
    for (int i = 0; i < look.measurement->defects_size(); ++i) {
      const Defect& defect = look.measurement->defects(i);
      const DefectKnowledge known = Known(look, i);
      const double confidence =
          known.confirmed ? 1 : known.confidence.value_or(defect.confidence());
      if (defect.type() == vision::v1::DEFECT_TYPE_STAIN && known.counts &&
          confidence >= scale_.confidence_min_) {
        stains[defect.zone()] += defect.area_px2();
      }
    }
    for (const auto& [zone, area] : stains) {
      const double seen = ZoneAreaPx2(*look.measurement, zone);
      if (seen <= 0 || area / seen <= worst.share) continue;
      // A stain's outline may be larger than what was seen of the zone.
      worst = {.zone = zone, .face = look.measurement->face(), .share = std::min(1.0, area / seen)};
    }
  }
  return worst;
}

// Of a device that is shattered nobody wipes the glass: its grade takes whatever else is there.
bool ScaleEvaluation::StainsMatter() const {
  Tally tally;
  tally.counts.resize(scale_.groups_.size());
  for (const Counted& defect : defects_) {
    if (defect.counts && defect.type != vision::v1::DEFECT_TYPE_STAIN) Add(defect, tally);
  }
  const Grade& grade = Best(tally);
  const bool counts =
      std::any_of(grade.counts.begin(), grade.counts.end(), [](const Scale::Counts& group) {
        return std::any_of(group.begin(), group.end(),
                           [](const auto& limit) { return limit.has_value(); });
      });
  return counts || grade.cracks_display_max || grade.cracks_elsewhere_max ||
         grade.crack_length_max_mm || grade.discolouration;
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
  if (looks_.empty()) because("NOT_INSPECTED", "no picture was measured");
  // A poor picture first: it must be taken anew, and may be why no scale was found.
  for (size_t i = 0; i < looks_.size(); ++i) {
    const vision::v1::Quality& quality = looks_[i].measurement->quality();
    if (quality.passed()) continue;
    because("IMAGE_QUALITY",
            absl::StrCat(looks_.size() == 1 ? "the picture" : absl::StrCat("picture ", i),
                         " is not good enough (", quality.reason(), "): ", quality.advice()));
  }
  for (const Look& look : looks_) {
    if (look.measurement->has_um_per_px()) continue;
    because("SCALE_UNKNOWN",
            "how large a pixel is on the device is not known: lay it on a printed mat, give "
            "micrometres a pixel, or use a calibrated station");
    break;
  }
  if (!result.reason.empty()) return true;
  const Stained stained = MostStained();
  if (!checklist_.stains_permanent && stained.share > scale_.stain_share_max_ && StainsMatter()) {
    because("CLEAN_FIRST",
            absl::StrFormat("stains cover %.2f %% of zone %s of the %s, more than %.4g %%: clean "
                            "the device and take another picture",
                            100 * stained.share, ZoneName(stained.zone), FaceName(stained.face),
                            100 * scale_.stain_share_max_));
    return true;
  }
  return false;
}

GradeResult ScaleEvaluation::Run() {
  GradeResult result;
  CountAll();
  for (const Counted& defect : defects_) result.severities.push_back(defect.severity);
  if (Refused(result)) return result;
  const Grade& grade = Best(tally_);
  result.grade = grade.code;
  result.letter = grade.letter;
  result.margin = Margin(grade.code);
  Explain(grade, result);
  AddNotes(result);
  AddReview(grade, result);
  return result;
}

std::vector<Scale::Name> Scale::names() const {
  std::vector<Name> names;
  for (const Grade& grade : grades_) names.push_back({grade.code, grade.letter});
  return names;
}

bool Scale::Correlation::Takes(std::string_view cosmetic_code,
                               std::string_view functional_code) const {
  const auto among = [](const std::vector<std::string>& codes, std::string_view code) {
    return codes.empty() || std::find(codes.begin(), codes.end(), code) != codes.end();
  };
  return among(cosmetic, cosmetic_code) && among(functional, functional_code);
}

std::string Scale::Correlate(std::string_view cosmetic, std::string_view functional) const {
  for (const Correlation& correlation : correlations_) {
    if (correlation.Takes(cosmetic, functional)) return correlation.grade;
  }
  return "";
}

GradeResult Scale::Evaluate(const Measurement& measurement, const Checklist& checklist) const {
  const Look look{.measurement = &measurement, .view = 0, .known = {}};
  return Evaluate(std::span(&look, 1), checklist);
}

GradeResult Scale::Evaluate(std::span<const Look> looks, const Checklist& checklist) const {
  return ScaleEvaluation(*this, looks, checklist).Run();
}

}  // namespace loopdock::grading
