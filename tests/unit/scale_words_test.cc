// SPDX-License-Identifier: Apache-2.0
// The sentences of a grade: the limit that binds, and needs that really reach the next grade. Cases
// by hand from the table of the default scale; then random devices against every scale.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <random>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using vision::v1::DefectType;
using vision::v1::Measurement;
using vision::v1::Zone;

// All zones of a device, each of the area of GoodPicture's.
Measurement WholeDevice() {
  Measurement picture = GoodPicture();
  for (int zone = vision::v1::ZONE_Z2; zone <= vision::v1::ZONE_Z6; ++zone) {
    *picture.add_zones() = picture.zones(0);
    picture.mutable_zones(picture.zones_size() - 1)->set_zone(static_cast<Zone>(zone));
  }
  // Small enough that no group's area raises its counts.
  for (auto& zone : *picture.mutable_zones()) zone.set_area_px2(6000e6 / (kUmPerPx * kUmPerPx));
  return picture;
}

// Of a zone of WholeDevice.
vision::v1::Defect& AddArea(Measurement& picture, DefectType type, double share,
                            Zone zone = vision::v1::ZONE_Z1) {
  vision::v1::Defect& defect = AddDefect(picture, type, 1, 0.04, zone);
  defect.set_area_px2(share * 6000e6 / (kUmPerPx * kUmPerPx));
  return defect;
}

GradeResult Graded(const Measurement& picture) {
  static const Scale scale = DefaultScale();
  return scale.Evaluate(picture, {});
}

struct Case {
  std::vector<double> lengths_mm;
  Zone zone;
  const char* sentence;
};

// Display 4/1/0/0 of C5, 8/4/0/0 of C4, any/12/4/1 of C3 and so on.
TEST(ScaleWords, EverySeverityOfAScratchInEveryGroup) {
  const Zone display = vision::v1::ZONE_Z1;
  const Zone front = vision::v1::ZONE_Z2;
  const Zone outer = vision::v1::ZONE_Z4;
  for (const Case& the : std::initializer_list<Case>{
           {{2, 2, 2},
            display,
            "C5: display has 3 scratches of up to 2.0 mm; C6 allows at most 2 of less than 3 mm"},
           {{4}, display, "C5: display has one scratch of 4.0 mm; C6 allows none of 3 mm or more"},
           {{4, 5},
            display,
            "C4: display has 2 scratches of up to 5.0 mm; C5 allows at most 1 of 3 to 7 mm"},
           {{8.2},
            display,
            "C3: display has one scratch of 8.2 mm; C4 allows none of 7 mm or more"},
           {{30},
            display,
            "C3: display has one scratch of 30.0 mm; C4 allows none of 7 mm or more"},
           {{8.2, 30},
            display,
            "C3: display has 2 scratches of up to 30.0 mm; C4 allows none of 7 mm or more"},
           {{30, 30},
            display,
            "C2: display has 2 scratches of up to 30.0 mm; C3 allows at most 1 of 25 mm or more"},
           {{8, 8, 8, 8, 8},
            display,
            "C2: display has 5 scratches of up to 8.0 mm; C3 allows at most 4 of 7 to 25 mm"},
           {{4, 4},
            front,
            "C5: front has 2 scratches of up to 4.0 mm; C6 allows at most 1 of 3 to 7 mm"},
           {{8}, front, "C4: front has one scratch of 8.0 mm; C5 allows none of 7 mm or more"},
           {{25}, front, "C3: front has one scratch of 25.0 mm; C4 allows none of 25 mm or more"},
           {{8}, outer, "C5: outer has one scratch of 8.0 mm; C6 allows none of 7 mm or more"},
           {{8, 8},
            outer,
            "C4: outer has 2 scratches of up to 8.0 mm; C5 allows at most 1 of 7 to 25 mm"},
           {{25},
            outer,
            "C3: outer has one scratch of 25.0 mm; C4 allows none of 25 mm or more"}}) {
    Measurement picture = WholeDevice();
    for (const double length_mm : the.lengths_mm) AddScratch(picture, length_mm, the.zone);
    EXPECT_EQ(Graded(picture).reasons[0], the.sentence);
  }
}

TEST(ScaleWords, EveryTypeByWhatMakesItSevere) {
  Measurement dent = WholeDevice();
  AddDefect(dent, vision::v1::DEFECT_TYPE_DENT, 9, 9);
  EXPECT_EQ(Graded(dent).reasons[0],
            "C3: display has one dent of 9.0 mm; C4 allows none of 3 mm or more");
  Measurement chip = WholeDevice();
  AddDefect(chip, vision::v1::DEFECT_TYPE_CHIP, 6, 6);
  EXPECT_EQ(Graded(chip).reasons[0],
            "C3: display has one chip of 6.0 mm; C4 allows none of 2 mm or more");
  Measurement missing = WholeDevice();
  AddDefect(missing, vision::v1::DEFECT_TYPE_MISSING_PART, 4, 4, vision::v1::ZONE_Z6);
  EXPECT_EQ(Graded(missing).reasons[0], "C3: outer has one missing part; C4 allows none");
  Measurement crack = WholeDevice();
  AddDefect(crack, vision::v1::DEFECT_TYPE_CRACK, 10.02, 0.1, vision::v1::ZONE_Z4);
  const GradeResult cracked = Graded(crack);
  EXPECT_EQ(cracked.reasons[0],
            "C2: the lines of a crack are 10.020 mm in all; C3 allows at most 10 mm");
  EXPECT_NEAR(cracked.margin, 0.002, 1e-6) << "2 parts of 1000 shorter and it is C3";
  Measurement four = WholeDevice();
  AddArea(four, vision::v1::DEFECT_TYPE_WEAR, 0.03, vision::v1::ZONE_Z5);
  EXPECT_EQ(
      Graded(four).reasons[0],
      "C4: outer has one worn area on 3.0 % of the zone; C5 allows none on 1 % or more of the "
      "zone");
}

// Two attributes are too much, and each alone.
TEST(ScaleWords, NamesEveryAttributeThatIsTooMuch) {
  Measurement both = WholeDevice();
  AddDefect(both, vision::v1::DEFECT_TYPE_SCRATCH, 30, 0.2);
  const GradeResult result = Graded(both);
  EXPECT_EQ(result.reasons[0],
            "C3: display has one scratch of 30.0 mm and 0.20 mm wide; C4 allows none of 7 mm or "
            "more or with a width of 0.15 mm or more");
  EXPECT_THAT(result.needs, ElementsAre("display: no scratch of 7 mm or more or with a width of "
                                        "0.15 mm or more (now 1)"));
}

TEST(ScaleWords, WearIsCalledWear) {
  for (const auto& [share, sentence] : std::initializer_list<std::pair<double, const char*>>{
           {0.02,
            "C4: display has one worn area on 2.0 % of the zone; C5 allows none on 1 % or more of "
            "the zone"},
           {0.08,
            "C3: display has one worn area on 8.0 % of the zone; C4 allows none on 5 % or more of "
            "the zone"},
           {0.2,
            "C2: display has one worn area on 20.0 % of the zone; C3 allows none on 15 % or more "
            "of the zone"}}) {
    Measurement worn = WholeDevice();
    AddArea(worn, vision::v1::DEFECT_TYPE_WEAR, share);
    const GradeResult result = Graded(worn);
    EXPECT_EQ(result.reasons[0], sentence);
    EXPECT_THAT(result.reasons, Not(Contains(HasSubstr("discolouration"))));
    EXPECT_THAT(result.needs, Not(Contains(HasSubstr("discolouration"))));
  }
  Measurement discoloured = WholeDevice();
  AddArea(discoloured, vision::v1::DEFECT_TYPE_DISCOLOURATION, 0.08);
  EXPECT_THAT(Graded(discoloured).reasons[0], HasSubstr("display has one discolouration on 8.0 %"));
}

TEST(ScaleWords, BestGradesAllowNothingAtAll) {
  Checklist checklist;
  checklist.attestations = {"certified_pre_owned"};
  Measurement picture = WholeDevice();
  AddScratch(picture, 1);
  const GradeResult result = DefaultScale().Evaluate(picture, checklist);
  EXPECT_EQ(result.reasons[0], "C6: display has one scratch of 1.0 mm; C7 allows none");
  EXPECT_THAT(result.needs, ElementsAre("display: no scratch (now 1)"));
}

// A rounded figure never lies on the wrong side of the limit that it is held against.
TEST(ScaleWords, FiguresKeepTheirSideOfTheLimit) {
  Measurement picture = WholeDevice();
  for (int i = 0; i < 2; ++i) AddScratch(picture, 6.98);
  EXPECT_EQ(Graded(picture).reasons[0],
            "C4: display has 2 scratches of up to 6.98 mm; C5 allows at most 1 of 3 to 7 mm");
}

// Four scratches of S2 are all that C4 allows: a long one may go, but not become a fifth.
TEST(ScaleWords, SaysWhatAShortenedScratchWouldBreak) {
  Measurement picture = WholeDevice();
  AddScratch(picture, 30);
  for (int i = 0; i < 4; ++i) AddScratch(picture, 5);
  EXPECT_THAT(
      Graded(picture).needs,
      ElementsAre("display: no scratch of 7 mm or more (now 1)",
                  "display: with what is made milder at most 4 defects of severity S2 (now 4)"));
}

TEST(ScaleWords, MarginSeesTheDigRuleAndFarBands) {
  Measurement dig = WholeDevice();
  // 2 % longer and it is no dig of S2 but a scratch of S4 by its width.
  AddDefect(dig, vision::v1::DEFECT_TYPE_SCRATCH, 1.8 / 1.02, 0.6);
  EXPECT_NEAR(Graded(dig).margin, 0.02, 0.001);
  // To 25 mm it stays C3; only below 7 mm it is C4.
  Measurement longer = WholeDevice();
  AddScratch(longer, 9.8);
  EXPECT_NEAR(Graded(longer).margin, 0.4, 1e-6);
}

// A limit as a sentence names it.
struct Named {
  std::string group;
  std::string noun;
  int at_most = 0;
  std::string range;
};

std::optional<Named> ParseNeed(const std::string& need) {
  static const std::regex form(
      "(display|front|outer): (with what is made milder )?(no|at most (\\d+)) (.*?)"
      "((?: of | with | on ).*)? \\(now \\d+\\)");
  std::smatch found;
  if (!std::regex_match(need, found, form)) return std::nullopt;
  Named named{.group = found[1], .noun = found[5], .range = found[6]};
  if (found[4].matched) named.at_most = std::stoi(found[4]);
  if (named.at_most > 1 && named.noun.back() == 's') named.noun.pop_back();
  if (named.noun == "scratche") named.noun = "scratch";
  return named;
}

DefectType TypeOf(const std::string& noun) {
  if (noun == "worn area") return vision::v1::DEFECT_TYPE_WEAR;
  for (int type = 1; type <= 8; ++type) {
    std::string name = DefectTypeName(static_cast<DefectType>(type));
    std::replace(name.begin(), name.end(), '_', ' ');
    if (name == noun) return static_cast<DefectType>(type);
  }
  return vision::v1::DEFECT_TYPE_UNSPECIFIED;
}

std::string GroupOf(Zone zone) {
  return zone == vision::v1::ZONE_Z1                                  ? "display"
         : zone == vision::v1::ZONE_Z2 || zone == vision::v1::ZONE_Z3 ? "front"
                                                                      : "outer";
}

// The lower end of a range, by the word before it; nothing where the range does not name it.
std::optional<double> From(const std::string& range, const std::string& word) {
  const std::regex form(word + R"( ([0-9.]+)(?: %| mm| to))");
  std::smatch found;
  if (!std::regex_search(range, found, form)) return std::nullopt;
  double value = 0;
  EXPECT_TRUE(absl::SimpleAtod(found[1].str(), &value)) << range;
  return value;
}

// What a defect measures, and what of it a range is about.
struct Edge {
  double from;
  double value;
  std::function<void(double)> set;
};
std::vector<Edge> EdgesOf(vision::v1::Defect& defect, const std::string& range) {
  std::vector<Edge> edges;
  const double px = 1000 / kUmPerPx;
  const double zone_px2 = 6000e6 / (kUmPerPx * kUmPerPx);
  if (const auto from = From(range, " of")) {
    edges.push_back({*from, defect.length_px() / px,
                     [&defect, px](double mm) { defect.set_length_px(mm * px); }});
  }
  if (const auto from = From(range, " with a width of")) {
    edges.push_back({*from, defect.width_um() / 1000,
                     [&defect](double mm) { defect.set_width_um(mm * 1000); }});
  }
  if (const auto from = From(range, " on")) {
    edges.push_back({*from, 100 * defect.area_px2() / zone_px2, [&defect, zone_px2](double share) {
                       defect.set_area_px2(share / 100 * zone_px2);
                     }});
  }
  return edges;
}

// A device that what a grade needs is done to.
struct Device {
  Measurement picture;
  Checklist checklist;

  GradeResult Grade(const Scale& scale) const { return scale.Evaluate(picture, checklist); }
};

// Too much is made smaller than the limit, or as small as it may not be where `just_short`.
void Shrink(Device& device, const Named& named, bool just_short) {
  for (int i = device.picture.defects_size() - 1; i >= 0; --i) {
    vision::v1::Defect& defect = *device.picture.mutable_defects(i);
    if (defect.type() != TypeOf(named.noun) || GroupOf(defect.zone()) != named.group) continue;
    if (named.range.empty()) {
      if (!just_short) device.picture.mutable_defects()->DeleteSubrange(i, 1);
      continue;
    }
    for (const Edge& edge : EdgesOf(defect, named.range)) {
      if (edge.value >= edge.from * (1 - 1e-12)) {
        edge.set(edge.from * (just_short ? 1 + 1e-9 : 1 - 1e-9));
      }
    }
  }
}

// The severity that a range of one severity is about.
int SeverityIn(const Named& named) {
  if (const auto at = named.range.find("severity S"); at != std::string::npos) {
    return named.range[at + 10] - '0';
  }
  if (named.range.empty()) return 4;  // a missing part
  if (absl::StrContains(named.range, "less than")) return 1;
  const DefectType type = TypeOf(named.noun);
  using Edges = std::vector<double>;
  const Edges sizes = type == vision::v1::DEFECT_TYPE_SCRATCH ? Edges{3, 7, 25}
                      : type == vision::v1::DEFECT_TYPE_CHIP  ? Edges{0.5, 2, 5}
                                                              : Edges{1, 3, 8};
  for (const auto& [word, edges] : std::initializer_list<std::pair<const char*, Edges>>{
           {" of", sizes}, {" with a width of", {0.05, 0.15, 0.5}}, {" on", {1, 5, 15}}}) {
    const auto from = From(named.range, word);
    const auto at = std::find(edges.begin(), edges.end(), from.value_or(-1));
    if (at != edges.end()) return static_cast<int>(at - edges.begin()) + 2;
  }
  ADD_FAILURE() << named.range;
  return 0;
}

// As many of a severity are taken away as are too many; what is spared is not among them.
void Thin(Device& device, const Scale& scale, const Named& named, DefectType spared) {
  const int severity = SeverityIn(named);
  const std::vector<int> severities = device.Grade(scale).severities;
  int kept = 0;
  Measurement left = device.picture;
  left.clear_defects();
  for (int i = 0; i < device.picture.defects_size(); ++i) {
    const vision::v1::Defect& defect = device.picture.defects(i);
    const bool counted = defect.type() != vision::v1::DEFECT_TYPE_CRACK &&
                         defect.type() != spared && GroupOf(defect.zone()) == named.group &&
                         severities[static_cast<size_t>(i)] == severity;
    if (!counted || ++kept <= named.at_most) *left.add_defects() = defect;
  }
  device.picture = left;
}

void MendCracks(Device& device, const std::string& need, bool just_short) {
  Measurement left = device.picture;
  left.clear_defects();
  int kept = 0;
  const bool display = absl::StrContains(need, "in the display");
  std::smatch found;
  static const std::regex longer("longer than ([0-9.]+) mm");
  static const std::regex most("at most ([0-9]+) crack");
  const bool by_length = std::regex_search(need, found, longer);
  const double length_mm = by_length ? std::stod(found[1]) : 0;
  const int at_most = !by_length && std::regex_search(need, found, most) ? std::stoi(found[1]) : 0;
  for (vision::v1::Defect defect : device.picture.defects()) {
    if (defect.type() == vision::v1::DEFECT_TYPE_CRACK) {
      const double longest = length_mm * (just_short ? 1 + 1e-9 : 1) * 1000 / kUmPerPx;
      if (by_length) {
        if (defect.length_px() > longest) defect.set_length_px(longest);
      } else if ((defect.zone() == vision::v1::ZONE_Z1) == display && ++kept > at_most) {
        continue;
      }
    }
    *left.add_defects() = defect;
  }
  device.picture = left;
}

Condition ConditionIn(const std::string& need) {
  return absl::StrContains(need, ": none") ? Condition::kNone : Condition::kCosmetic;
}

// Does what a need says; `just_short` of it where it is a measure.
void Fulfil(Device& device, const Scale& scale, const std::string& need, bool just_short = false,
            DefectType spared = vision::v1::DEFECT_TYPE_UNSPECIFIED) {
  static const std::regex attest("somebody who attests '(.*)'");
  static const std::regex dead("at most ([0-9]+) dead pixels? .*");
  std::smatch found;
  if (const auto named = ParseNeed(need)) {
    named->at_most > 0 ? Thin(device, scale, *named, spared) : Shrink(device, *named, just_short);
  } else if (absl::StrContains(need, "crack")) {
    MendCracks(device, need, just_short);
  } else if (std::regex_match(need, found, attest)) {
    device.checklist.attestations.insert(found[1]);
  } else if (std::regex_match(need, found, dead)) {
    device.checklist.dead_pixels = std::stoi(found[1]);
  } else if (absl::StartsWith(need, "missing parts: ")) {
    device.checklist.missing_parts = ConditionIn(need);
  } else if (absl::StartsWith(need, "damage to latches or hinges: ")) {
    device.checklist.latch_damage = ConditionIn(need);
  } else if (absl::StartsWith(need, "a device that is not broken")) {
    device.checklist.damaged = false;
  } else {
    ADD_FAILURE() << "a need that nobody can read: " << need;
  }
}

Device RandomDevice(std::mt19937& random) {
  const auto to = [&](double most) { return std::uniform_real_distribution<>(0, most)(random); };
  const auto below = [&](int end) { return std::uniform_int_distribution<>(0, end - 1)(random); };
  Device device{.picture = WholeDevice(), .checklist = {}};
  constexpr std::array kTypes = {
      vision::v1::DEFECT_TYPE_SCRATCH, vision::v1::DEFECT_TYPE_SCRATCH,
      vision::v1::DEFECT_TYPE_CHIP,    vision::v1::DEFECT_TYPE_DENT,
      vision::v1::DEFECT_TYPE_WEAR,    vision::v1::DEFECT_TYPE_DISCOLOURATION,
      vision::v1::DEFECT_TYPE_CRACK,   vision::v1::DEFECT_TYPE_MISSING_PART};
  // Some devices with all kinds of damage, some with many marks of one kind.
  const int kinds = 1 + below(static_cast<int>(kTypes.size()));
  const double scale = std::pow(10, to(1.6));
  for (int left = below(18); left > 0; --left) {
    const auto zone = static_cast<Zone>(1 + below(6));
    vision::v1::Defect& defect =
        AddDefect(device.picture, kTypes[static_cast<size_t>(below(kinds))], 0.2 + to(scale),
                  below(3) == 0 ? 0.15 + to(0.33) : 0.04, zone);
    // However fine, so many pixels wide that it counts.
    defect.set_width_um(defect.width_px() * kUmPerPx);
    defect.set_width_px(10);
    defect.set_area_px2(to(0.2) * to(1) * 6000e6 / (kUmPerPx * kUmPerPx));
  }
  if (below(4) == 0) {
    device.checklist.dead_pixels = below(10);
    device.checklist.missing_parts = static_cast<Condition>(below(3));
    device.checklist.latch_damage = static_cast<Condition>(below(3));
    device.checklist.damaged = below(4) == 0;
  }
  return device;
}

class ScaleWordsOf : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Scales, ScaleWordsOf,
                         ::testing::Values("itad-1", "ctia-style-1", "trade-1"),
                         [](const ::testing::TestParamInfo<const char*>& scale) {
                           return absl::StrReplaceAll(scale.param, {{"-", "_"}});
                         });

// All needs together reach the next grade; one that is just short of its limit is enough to miss
// it.
TEST_P(ScaleWordsOf, NeedsReachTheNextGradeAndEachIsNeeded) {
  const auto scale = Scale::Parse(ScaleText(GetParam()));
  ASSERT_TRUE(scale.ok()) << scale.status();
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  int limited = 0;
  for (int round = 0; round < 50 && !HasFailure(); ++round) {
    const Device device = RandomDevice(random);
    const GradeResult result = device.Grade(*scale);
    if (result.next_grade.empty()) continue;
    SCOPED_TRACE(absl::StrCat(result.reasons[0], "\n", absl::StrJoin(result.needs, "\n")));
    Device mended = device;
    for (const std::string& need : result.needs) Fulfil(mended, *scale, need);
    EXPECT_GE(mended.Grade(*scale).grade, result.next_grade)
        << mended.Grade(*scale).reasons[0] << mended.picture.ShortDebugString();
    if (result.reason != "LIMIT") continue;
    ++limited;
    const auto named = ParseNeed(result.needs[0]);
    if (named) {
      EXPECT_TRUE(absl::EndsWith(result.reasons[0], named->range)) << result.needs[0];
    }
    for (const std::string& left_out : result.needs) {
      const auto left = ParseNeed(left_out);
      if (!left || left->at_most > 0) continue;
      Device short_of = device;
      Fulfil(short_of, *scale, left_out, true);
      for (const std::string& need : result.needs) {
        if (need != left_out) Fulfil(short_of, *scale, need, false, TypeOf(left->noun));
      }
      EXPECT_LT(short_of.Grade(*scale).grade, result.next_grade) << "without: " << left_out;
    }
  }
  EXPECT_GT(limited, 10);
}

}  // namespace
}  // namespace loopdock::grading
