// SPDX-License-Identifier: Apache-2.0
// Reading a scale's file: everything unknown, missing, out of order or contradictory is refused.

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/common/toml.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {
namespace {

constexpr size_t kTextBytesMax = 1 << 20;
constexpr size_t kGradesMax = 16;
constexpr size_t kGroupsMax = 8;
constexpr size_t kCorrelationsMax = 64;
constexpr int kCountMax = 1'000'000;

absl::Status Invalid(const toml::source_region& where, const std::string& what) {
  return common::TomlError("SCALE_INVALID", where, what);
}

absl::Status OnlyKeys(const toml::table& table, const std::set<std::string>& known) {
  return common::OnlyTomlKeys("SCALE_INVALID", table, known);
}

absl::Status ReadString(const toml::table& table, const std::string& key, std::string& out) {
  const auto value = table[key].value_exact<std::string>();
  if (!value || value->empty()) {
    return Invalid(table.source(), absl::StrCat("'", key, "' is missing or no text"));
  }
  out = *value;
  return absl::OkStatus();
}

absl::Status ReadPositive(const toml::table& table, const std::string& key, double& out) {
  const auto value = table[key].value<double>();
  if (!value || !std::isfinite(*value) || *value <= 0) {
    return Invalid(table.source(), absl::StrCat("'", key, "' must be a number above 0"));
  }
  out = *value;
  return absl::OkStatus();
}

absl::Status ReadCount(const toml::table& table, const std::string& key, std::optional<int>& out) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return absl::OkStatus();
  const auto value = node->value_exact<int64_t>();
  if (!value || *value < 0 || *value > kCountMax) {
    return Invalid(node->source(), absl::StrCat("'", key, "' must be a whole number from 0"));
  }
  out = static_cast<int>(*value);
  return absl::OkStatus();
}

// One of `words`, as its place among them.
absl::Status ReadWord(const toml::table& table, const std::string& key,
                      const std::vector<std::string>& words, std::optional<int>& out) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return absl::OkStatus();
  const auto value = node->value_exact<std::string>();
  const auto found = value ? std::find(words.begin(), words.end(), *value) : words.end();
  if (found == words.end()) {
    return Invalid(node->source(),
                   absl::StrCat("'", key, "' must be one of ", absl::StrJoin(words, ", ")));
  }
  out = static_cast<int>(found - words.begin());
  return absl::OkStatus();
}

std::optional<vision::v1::DefectType> TypeNamed(std::string_view name) {
  for (int type = 1; vision::v1::DefectType_IsValid(type); ++type) {
    const auto value = static_cast<vision::v1::DefectType>(type);
    if (DefectTypeName(value) == name) return value;
  }
  return std::nullopt;
}

// True when a limit of the worse grade is below that of the better one.
template <typename T>
bool Tighter(const std::optional<T>& worse, const std::optional<T>& better) {
  return worse.has_value() && (!better.has_value() || *worse < *better);
}

}  // namespace

class ScaleParser {
 public:
  // Nothing when the text is no scale at all; else the scale, which holds only when there are no
  // problems.
  std::optional<Scale> Parse(std::string_view text);
  // The first is what Scale::Parse answers.
  const std::vector<absl::Status>& problems() const { return problems_; }

 private:
  using Bands = Scale::Bands;
  using Grade = Scale::Grade;

  absl::Status Head(const toml::table& table);
  absl::Status Groups(const toml::table& table);
  absl::Status Severity(const toml::table& table);
  absl::Status OneType(const std::string& name, const toml::table& table);
  absl::Status Grades(const toml::table& table);
  absl::Status OneGrade(const toml::table& table);
  absl::Status CountsOf(const toml::node& node, Grade& grade);
  absl::Status OneCounts(const toml::node& node, Scale::Counts& counts);
  void Order(const toml::table& row, const Grade& better, const Grade& worse);
  absl::Status Review(const toml::table& table);
  absl::Status Correlations(const toml::table& table);
  absl::Status OneCorrelation(const toml::table& table);
  absl::Status Whole(std::string_view text);

  Scale scale_;
  std::vector<absl::Status> problems_;
};

absl::Status ScaleParser::Head(const toml::table& table) {
  for (auto [key, out] : {std::pair{"id", &scale_.id_},
                          {"version", &scale_.version_},
                          {"display_name", &scale_.display_name_}}) {
    if (auto s = ReadString(table, key, *out); !s.ok()) return s;
  }
  for (auto [key, out] : {std::pair{"confidence_min", &scale_.confidence_min_},
                          {"width_min_px", &scale_.width_min_px_},
                          {"stain_share_max", &scale_.stain_share_max_},
                          {"area_reference_mm2", &scale_.area_reference_mm2_},
                          {"dig_width_mm", &scale_.dig_width_mm_},
                          {"dig_aspect_max", &scale_.dig_aspect_max_},
                          {"join_gap_mm", &scale_.join_gap_mm_}}) {
    if (auto s = ReadPositive(table, key, *out); !s.ok()) return s;
  }
  for (auto [key, value] : {std::pair{"confidence_min", scale_.confidence_min_},
                            {"stain_share_max", scale_.stain_share_max_}}) {
    if (value > 1) {
      return Invalid(table.get(key)->source(), absl::StrCat("'", key, "' is a share, at most 1"));
    }
  }
  std::optional<int> felt;
  if (auto s = ReadWord(table, "felt_severity", {"S1", "S2", "S3", "S4"}, felt); !s.ok()) return s;
  if (!felt) return Invalid(table.source(), "'felt_severity' is missing");
  scale_.felt_severity_ = *felt + 1;
  return absl::OkStatus();
}

absl::Status ScaleParser::Review(const toml::table& table) {
  const toml::table* review = table["review"].as_table();
  if (review == nullptr) return Invalid(table.source(), "there must be a table [review]");
  if (auto s = OnlyKeys(*review, {"margin_min", "confidence_min", "inspected_share_min"});
      !s.ok()) {
    return s;
  }
  for (auto [key, out] : {std::pair{"margin_min", &scale_.review_margin_},
                          {"confidence_min", &scale_.review_confidence_},
                          {"inspected_share_min", &scale_.review_inspected_share_}}) {
    const auto value = (*review)[key].value<double>();
    if (!value || !(*value >= 0 && *value <= 1)) {
      return Invalid(review->source(), absl::StrCat("'", key, "' must be a number from 0 to 1"));
    }
    *out = *value;
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::OneCorrelation(const toml::table& table) {
  if (auto s = OnlyKeys(table, {"grade", "cosmetic", "functional"}); !s.ok()) return s;
  Scale::Correlation correlation;
  correlation.line = static_cast<int>(table.source().begin.line);
  if (auto s = ReadString(table, "grade", correlation.grade); !s.ok()) return s;
  const std::set<std::string> cosmetic = {"C0", "C1", "C2", "C3", "C4",
                                          "C5", "C6", "C7", "C8", "C9"};
  const std::set<std::string> functional = {"F_NONE", "F1", "F2", "F3", "F4", "F5", "F6"};
  for (auto [key, known, out] : {std::tuple{"cosmetic", &cosmetic, &correlation.cosmetic},
                                 std::tuple{"functional", &functional, &correlation.functional}}) {
    const toml::node* node = table.get(key);
    if (node == nullptr) continue;
    const toml::array* codes = node->as_array();
    if (codes == nullptr || codes->empty()) {
      return Invalid(node->source(), absl::StrCat("'", key, "' is a list of R2's categories"));
    }
    for (const toml::node& item : *codes) {
      const auto code = item.value_exact<std::string>();
      if (!code || !known->contains(*code)) {
        return Invalid(item.source(),
                       absl::StrCat("'", key, "' has one of ", absl::StrJoin(*known, ", ")));
      }
      out->push_back(*code);
    }
  }
  scale_.correlations_.push_back(std::move(correlation));
  return absl::OkStatus();
}

absl::Status ScaleParser::Correlations(const toml::table& table) {
  const toml::node* node = table.get("correlation");
  if (node == nullptr) return absl::OkStatus();
  const toml::array* rows = node->as_array();
  if (rows == nullptr || rows->size() > kCorrelationsMax) {
    return Invalid(node->source(), "there may be at most 64 tables [[correlation]]");
  }
  for (const toml::node& row : *rows) {
    if (!row.is_table()) return Invalid(row.source(), "a correlation is a table");
    if (auto s = OneCorrelation(*row.as_table()); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::Groups(const toml::table& table) {
  const toml::table* groups = table["groups"].as_table();
  if (groups == nullptr || groups->size() > kGroupsMax) {
    return Invalid(table.source(), "there must be a table [groups] of at most 8 groups");
  }
  std::set<vision::v1::Zone> seen;
  for (const auto& [key, node] : *groups) {
    Scale::Group group{.name = std::string(key.str()), .zones = {}};
    const toml::array* zones = node.as_array();
    if (zones == nullptr) return Invalid(node.source(), "a group is a list of zones, [\"Z1\"]");
    for (const toml::node& item : *zones) {
      vision::v1::Zone zone = vision::v1::ZONE_UNSPECIFIED;
      const auto name = item.value_exact<std::string>();
      if (!name || !vision::v1::Zone_Parse("ZONE_" + *name, &zone) || ZoneName(zone) != *name) {
        return Invalid(item.source(), "a zone is one of Z1 to Z6");
      }
      if (!seen.insert(zone).second) {
        return Invalid(item.source(), absl::StrCat("zone ", *name, " stands in two groups"));
      }
      group.zones.push_back(zone);
    }
    scale_.groups_.push_back(std::move(group));
  }
  for (int zone = vision::v1::Zone_MIN + 1; zone <= vision::v1::Zone_MAX; ++zone) {
    if (!seen.contains(static_cast<vision::v1::Zone>(zone))) {
      return Invalid(groups->source(),
                     absl::StrCat("zone ", ZoneName(static_cast<vision::v1::Zone>(zone)),
                                  " stands in no group"));
    }
  }
  const auto display = std::find_if(scale_.groups_.begin(), scale_.groups_.end(),
                                    [](const Scale::Group& g) { return g.name == "display"; });
  if (display == scale_.groups_.end()) {
    return Invalid(groups->source(), "there must be a group 'display'");
  }
  scale_.display_group_ = static_cast<size_t>(display - scale_.groups_.begin());
  return absl::OkStatus();
}

absl::Status ScaleParser::Severity(const toml::table& table) {
  const toml::table* severity = table["severity"].as_table();
  if (severity == nullptr) return Invalid(table.source(), "there must be a table [severity]");
  for (const auto& [key, node] : *severity) {
    if (!node.is_table()) return Invalid(node.source(), "a severity rule is a table");
    if (auto s = OneType(std::string(key.str()), *node.as_table()); !s.ok()) return s;
  }
  for (int type = vision::v1::DefectType_MIN + 1; type <= vision::v1::DefectType_MAX; ++type) {
    const auto has = std::any_of(scale_.types_.begin(), scale_.types_.end(),
                                 [&](const Scale::TypeRule& rule) { return rule.type == type; });
    if (!has) {
      return Invalid(severity->source(),
                     absl::StrCat("'", DefectTypeName(static_cast<vision::v1::DefectType>(type)),
                                  "' has no severity rule"));
    }
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::OneType(const std::string& name, const toml::table& table) {
  const auto type = TypeNamed(name);
  if (!type) return Invalid(table.source(), absl::StrCat("'", name, "' is no kind of defect"));
  const std::map<std::string, Scale::Attribute> attributes = {
      {"length_mm", Scale::Attribute::kLength},
      {"width_mm", Scale::Attribute::kWidth},
      {"diameter_mm", Scale::Attribute::kDiameter},
      {"area_share", Scale::Attribute::kAreaShare}};
  Scale::TypeRule rule{.type = *type, .bands = {}, .always = 0};
  for (const auto& [key, node] : table) {
    if (key.str() == "always") {
      std::optional<int> place;
      if (auto s = ReadWord(table, "always", {"S1", "S2", "S3", "S4"}, place); !s.ok()) return s;
      rule.always = *place + 1;
      continue;
    }
    const auto attribute = attributes.find(std::string(key.str()));
    if (attribute == attributes.end()) {
      return Invalid(node.source(),
                     absl::StrCat("unknown attribute '", std::string(key.str()), "' of ", name));
    }
    Bands bands{.attribute = attribute->second, .edges = {}};
    const toml::array* edges = node.as_array();
    if (edges == nullptr || edges->size() != bands.edges.size()) {
      return Invalid(node.source(), "give three numbers: where S2, S3 and S4 begin");
    }
    double last = 0;
    for (size_t i = 0; i < bands.edges.size(); ++i) {
      const auto edge = (*edges)[i].value<double>();
      if (!edge || !std::isfinite(*edge) || *edge <= last) {
        return Invalid(node.source(), "the three numbers must be above 0 and rise");
      }
      bands.edges[i] = last = *edge;
    }
    rule.bands.push_back(bands);
  }
  if (rule.bands.empty() == (rule.always == 0)) {
    return Invalid(table.source(), absl::StrCat("'", name, "' needs bands or 'always', not both"));
  }
  scale_.types_.push_back(std::move(rule));
  return absl::OkStatus();
}

absl::Status ScaleParser::OneCounts(const toml::node& node, Scale::Counts& counts) {
  const toml::array* limits = node.as_array();
  if (limits == nullptr || limits->size() != counts.size()) {
    return Invalid(node.source(), "give four limits, for S1, S2, S3 and S4");
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    const toml::node& limit = (*limits)[i];
    if (limit.value_exact<std::string>() == "any") continue;
    const auto count = limit.value_exact<int64_t>();
    if (!count || *count < 0 || *count > kCountMax) {
      return Invalid(limit.source(), "a limit is a whole number from 0, or \"any\"");
    }
    counts[i] = static_cast<int>(*count);
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::CountsOf(const toml::node& node, Grade& grade) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return Invalid(node.source(), "'counts' is a table with every group");
  std::set<std::string> names;
  for (const Scale::Group& group : scale_.groups_) names.insert(group.name);
  if (auto s = OnlyKeys(*table, names); !s.ok()) return s;
  for (const Scale::Group& group : scale_.groups_) {
    const toml::node* limits = table->get(group.name);
    if (limits == nullptr) {
      return Invalid(node.source(), absl::StrCat("'counts' says nothing of '", group.name, "'"));
    }
    if (auto s = OneCounts(*limits, grade.counts.emplace_back()); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::OneGrade(const toml::table& table) {
  if (auto s = OnlyKeys(table, {"code", "letter", "attestation", "counts", "dead_pixels_max",
                                "cracks_display_max", "cracks_elsewhere_max", "crack_length_max_mm",
                                "missing_parts", "latch_damage", "discolouration", "damaged"});
      !s.ok()) {
    return s;
  }
  Grade grade;
  if (auto s = ReadString(table, "code", grade.code); !s.ok()) return s;
  if (grade.code.size() != 2 || grade.code[0] != 'C' || grade.code[1] < '1' ||
      grade.code[1] > '9') {
    return Invalid(table.source(), "'code' must be one of C1 to C9");
  }
  grade.line = static_cast<int>(table.source().begin.line);
  if (table.contains("letter")) {
    if (auto s = ReadString(table, "letter", grade.letter); !s.ok()) return s;
  }
  if (table.contains("attestation")) {
    if (auto s = ReadString(table, "attestation", grade.attestation); !s.ok()) return s;
  }
  if (const toml::node* counts = table.get("counts")) {
    if (auto s = CountsOf(*counts, grade); !s.ok()) return s;
  }
  for (auto [key, out] : {std::pair{"dead_pixels_max", &grade.dead_pixels_max},
                          {"cracks_display_max", &grade.cracks_display_max},
                          {"cracks_elsewhere_max", &grade.cracks_elsewhere_max}}) {
    if (auto s = ReadCount(table, key, *out); !s.ok()) return s;
  }
  if (table.contains("crack_length_max_mm")) {
    double length = 0;
    if (auto s = ReadPositive(table, "crack_length_max_mm", length); !s.ok()) return s;
    grade.crack_length_max_mm = length;
  }
  for (auto [key, out] :
       {std::pair{"missing_parts", &grade.missing_parts}, {"latch_damage", &grade.latch_damage}}) {
    std::optional<int> place;
    if (auto s = ReadWord(table, key, {"none", "cosmetic"}, place); !s.ok()) return s;
    if (place) *out = static_cast<Condition>(*place);
  }
  if (auto s = ReadWord(table, "discolouration", {"none", "S1", "S2", "S3"}, grade.discolouration);
      !s.ok()) {
    return s;
  }
  if (const toml::node* damaged = table.get("damaged")) {
    const auto value = damaged->value_exact<bool>();
    if (!value) return Invalid(damaged->source(), "'damaged' must be true or false");
    grade.damaged = *value;
  }
  if (!scale_.grades_.empty()) {
    Order(table, scale_.grades_.back(), grade);
  }
  scale_.grades_.push_back(std::move(grade));
  return absl::OkStatus();
}

// A worse grade that allows less somewhere would leave devices that fit the better one only.
void ScaleParser::Order(const toml::table& row, const Grade& better, const Grade& worse) {
  const auto place = [&](const char* key) {
    const toml::node* node = row.get(key);
    return node == nullptr ? row.source() : node->source();
  };
  if (worse.code >= better.code) {
    problems_.push_back(
        Invalid(place("code"), absl::StrCat(worse.code, " stands after ", better.code,
                                            "; grades go from the best to the "
                                            "worst")));
    return;
  }
  const auto check = [&](bool tighter, const char* key, const std::string& what) {
    if (!tighter) return;
    problems_.push_back(Invalid(
        place(key),
        absl::StrCat(worse.code, " is stricter than the better ", better.code, " in ", what)));
  };
  for (size_t group = 0; group < worse.counts.size(); ++group) {
    for (size_t i = 0; i < worse.counts[group].size(); ++i) {
      const int above =
          better.counts.empty() ? kCountMax : better.counts[group][i].value_or(kCountMax);
      check(worse.counts[group][i].value_or(kCountMax) < above, "counts",
            absl::StrCat("counts of S", i + 1, " for ", scale_.groups_[group].name));
    }
  }
  const auto limit = [&](const char* key, const auto& of_worse, const auto& of_better) {
    check(Tighter(of_worse, of_better), key, key);
  };
  limit("dead_pixels_max", worse.dead_pixels_max, better.dead_pixels_max);
  limit("cracks_display_max", worse.cracks_display_max, better.cracks_display_max);
  limit("cracks_elsewhere_max", worse.cracks_elsewhere_max, better.cracks_elsewhere_max);
  // Where the better one allows no crack at all, it needs no length.
  const bool cracks =
      better.cracks_display_max.value_or(1) + better.cracks_elsewhere_max.value_or(1) > 0;
  if (cracks) limit("crack_length_max_mm", worse.crack_length_max_mm, better.crack_length_max_mm);
  limit("missing_parts", worse.missing_parts, better.missing_parts);
  limit("latch_damage", worse.latch_damage, better.latch_damage);
  limit("discolouration", worse.discolouration, better.discolouration);
  check(better.damaged && !worse.damaged, "damaged", "damaged");
}

absl::Status ScaleParser::Grades(const toml::table& table) {
  const toml::array* grades = table["grade"].as_array();
  if (grades == nullptr || grades->empty() || grades->size() > kGradesMax) {
    return Invalid(table.source(), "there must be 1 to 16 tables [[grade]]");
  }
  for (const toml::node& node : *grades) {
    if (!node.is_table()) return Invalid(node.source(), "a grade is a table");
    if (auto s = OneGrade(*node.as_table()); !s.ok()) return s;
  }
  const Grade& last = scale_.grades_.back();
  const bool takes_all = last.attestation.empty() && last.counts.empty() && !last.dead_pixels_max &&
                         !last.cracks_display_max && !last.cracks_elsewhere_max &&
                         !last.crack_length_max_mm && !last.missing_parts && !last.latch_damage &&
                         !last.discolouration && last.damaged;
  if (!takes_all) {
    return Invalid(grades->back().source(), absl::StrCat("the last grade, ", last.code,
                                                         ", must take every device: only "
                                                         "'code' and 'damaged = true'"));
  }
  return absl::OkStatus();
}

absl::Status ScaleParser::Whole(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "SCALE_INVALID",
                         "A scale is at most 1 MiB of text.");
  }
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) return Invalid(parsed.error().source(), std::string(parsed.error().description()));
  const toml::table& table = parsed.table();
  if (auto s = OnlyKeys(table, {"id", "version", "display_name", "confidence_min", "width_min_px",
                                "stain_share_max", "area_reference_mm2", "dig_width_mm",
                                "dig_aspect_max", "join_gap_mm", "felt_severity", "review",
                                "groups", "severity", "grade", "correlation"});
      !s.ok()) {
    return s;
  }
  if (auto s = Head(table); !s.ok()) return s;
  if (auto s = Review(table); !s.ok()) return s;
  if (auto s = Groups(table); !s.ok()) return s;
  if (auto s = Severity(table); !s.ok()) return s;
  if (auto s = Grades(table); !s.ok()) return s;
  return Correlations(table);
}

std::optional<Scale> ScaleParser::Parse(std::string_view text) {
  absl::Status whole = Whole(text);
  scale_.sha256_ = common::Sha256Hex(text);
  if (whole.ok()) return std::move(scale_);
  problems_.push_back(std::move(whole));
  return std::nullopt;
}

std::optional<Scale> Scale::Parse(std::string_view toml, std::vector<absl::Status>* problems) {
  ScaleParser parser;
  std::optional<Scale> scale = parser.Parse(toml);
  *problems = parser.problems();
  return scale;
}

absl::StatusOr<Scale> Scale::Parse(std::string_view toml) {
  std::vector<absl::Status> problems;
  std::optional<Scale> scale = Parse(toml, &problems);
  if (!problems.empty()) return problems.front();
  return *std::move(scale);
}

std::string DefectTypeName(vision::v1::DefectType type) {
  const std::string& name = vision::v1::DefectType_Name(type);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "DEFECT_TYPE_"));
}

std::string FaceName(vision::v1::Face face) {
  if (face == vision::v1::FACE_UNSPECIFIED) return "face";
  const std::string name = vision::v1::Face_Name(face);
  return absl::AsciiStrToLower(name.substr(name.find('_') + 1));
}

std::string ZoneName(vision::v1::Zone zone) {
  return std::string(absl::StripPrefix(vision::v1::Zone_Name(zone), "ZONE_"));
}

std::string SeverityName(int severity) {
  return severity == 0 ? std::string() : absl::StrCat("S", severity);
}

}  // namespace loopdock::grading
