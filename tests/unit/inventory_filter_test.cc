// SPDX-License-Identifier: Apache-2.0
// The filters of lists: what they accept, what they mean, what they say when they are wrong; and
// docs/reference/filters.md against the fields.

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/filter.h"

namespace loopdock::inventory {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

v1::Asset Phone() {
  v1::Asset asset;
  asset.set_name("sites/main/assets/00001k");
  asset.set_uid("01890000-0000-7000-8000-000000000001");
  asset.set_state(v1::ASSET_STATE_IN_STOCK);
  asset.set_maker("Acme Corp.");
  asset.set_model("Pocket X-200 Pro");
  asset.set_category("phone");
  asset.set_location("sites/main/locations/cage");
  asset.set_supplier("parties/bank");
  asset.set_cosmetic(v1::COSMETIC_C4);
  asset.set_mass_g(180);
  asset.add_holds()->set_kind(v1::HOLD_KIND_IDENTITY);
  asset.add_holds()->set_kind(v1::HOLD_KIND_HAZARD);
  asset.add_focus_materials(v1::FOCUS_MATERIAL_BATTERIES);
  v1::Identifier* serial = asset.add_identifiers();
  serial->set_kind(v1::IDENTIFIER_KIND_SERIAL);
  serial->set_value("SN-77A");
  asset.mutable_decision()->set_next(v1::NEXT_PROCESS_REUSE);
  *asset.mutable_received_time() = ToTimestamp(kNow - absl::Hours(24 * 10 + 1));
  *asset.mutable_create_time() = ToTimestamp(kNow - absl::Hours(1));
  return asset;
}

bool Matching(std::string_view filter, const v1::Asset& asset = Phone()) {
  const auto parsed = ParseFilter(filter, kNow);
  EXPECT_TRUE(parsed.ok()) << filter << ": " << parsed.status();
  return parsed.ok() && Matches(*parsed, asset);
}

std::string ErrorOf(std::string_view filter) {
  const auto parsed = ParseFilter(filter, kNow);
  EXPECT_FALSE(parsed.ok()) << filter;
  EXPECT_EQ(common::ReasonOf(parsed.status()), "FILTER_INVALID") << filter;
  return std::string(parsed.status().message());
}

TEST(Filter, ComparesEachTypeOfField) {
  EXPECT_TRUE(Matching(""));
  EXPECT_TRUE(Matching("  "));
  EXPECT_TRUE(Matching("state = IN_STOCK"));
  EXPECT_TRUE(Matching("state=ASSET_STATE_IN_STOCK"));
  EXPECT_TRUE(Matching("state:in_stock"));
  EXPECT_FALSE(Matching("state != IN_STOCK"));
  EXPECT_TRUE(Matching("location = cage"));
  EXPECT_TRUE(Matching("location = sites/main/locations/cage"));
  EXPECT_TRUE(Matching("supplier = \"parties/bank\""));
  EXPECT_FALSE(Matching("supplier = 'parties/other'"));
  EXPECT_TRUE(Matching("maker = \"ACME corp.\""));
  EXPECT_FALSE(Matching("maker = acme"));
  EXPECT_TRUE(Matching("maker:corp"));
  EXPECT_TRUE(Matching("model:\"pocket 200\""));
  EXPECT_FALSE(Matching("model:corp"));
  EXPECT_TRUE(Matching("model = \"*x-2*pro\""));
  EXPECT_FALSE(Matching("model = \"x-2*pro\""));
  EXPECT_TRUE(Matching("mass_g >= 180 AND mass_g < 181"));
  EXPECT_FALSE(Matching("mass_g > 180"));
  EXPECT_TRUE(Matching("no_resale = false"));
  EXPECT_FALSE(Matching("no_resale = true"));
  EXPECT_TRUE(Matching("identifier = sn-77a"));
  EXPECT_TRUE(Matching("identifier = \"SN-7*\""));
  EXPECT_FALSE(Matching("identifier = \"SN-78*\""));
  EXPECT_TRUE(Matching("decision = REUSE"));
  EXPECT_TRUE(Matching("focus_material:BATTERIES"));
}

TEST(Filter, KnowsPresenceAndWhatIsNotSet) {
  EXPECT_TRUE(Matching("hold:*"));
  EXPECT_TRUE(Matching("hold = HAZARD"));
  EXPECT_TRUE(Matching("hold = IDENTITY"));
  EXPECT_FALSE(Matching("hold = RECALLED"));
  EXPECT_FALSE(Matching("hold != HAZARD"));
  EXPECT_TRUE(Matching("NOT container:*"));
  EXPECT_TRUE(Matching("container = \"\""));
  EXPECT_TRUE(Matching("container != *"));
  EXPECT_TRUE(Matching("functional = UNSPECIFIED"));
  EXPECT_TRUE(Matching("-functional:*"));
  EXPECT_FALSE(Matching("functional < F3"));
  EXPECT_TRUE(Matching("cosmetic >= C4 cosmetic < C5"));
  EXPECT_FALSE(Matching("update_time > 2000-01-01"));
}

TEST(Filter, CountsAgeInWholeDays) {
  EXPECT_TRUE(Matching("age_days = 10"));
  EXPECT_TRUE(Matching("age_days >= 10 age_days <= 10"));
  EXPECT_TRUE(Matching("age_days > 9"));
  EXPECT_TRUE(Matching("age_days < 11"));
  EXPECT_FALSE(Matching("age_days > 10"));
  EXPECT_FALSE(Matching("age_days < 10"));
  EXPECT_FALSE(Matching("age_days != 10"));
  v1::Asset asset = Phone();
  *asset.mutable_received_time() = ToTimestamp(kNow - absl::Hours(24 * 365));
  EXPECT_TRUE(Matching("age_days > 364", asset));
  EXPECT_FALSE(Matching("age_days > 365", asset));
  asset.clear_received_time();
  EXPECT_FALSE(Matching("age_days >= 0", asset));
  EXPECT_FALSE(Matching("age_days:*", asset));
}

TEST(Filter, ReadsTimes) {
  v1::Asset asset = Phone();
  *asset.mutable_received_time() =
      ToTimestamp(absl::FromCivil(absl::CivilHour(2026, 9, 1, 14), absl::UTCTimeZone()));
  EXPECT_TRUE(Matching("received_time = 2026-09-01T14:00:00Z", asset));
  EXPECT_TRUE(Matching("received_time = \"2026-09-01T16:00:00+02:00\"", asset));
  EXPECT_TRUE(Matching("received_time > 2026-09-01", asset));
  EXPECT_FALSE(Matching("received_time <= 2026-09-01", asset));
}

TEST(Filter, FindsWordsOfMakerAndModel) {
  EXPECT_TRUE(Matching("acme"));
  EXPECT_TRUE(Matching("POCK"));
  EXPECT_TRUE(Matching("acme 200"));
  EXPECT_TRUE(Matching("\"pro acme\""));
  EXPECT_TRUE(Matching("x-20"));
  EXPECT_FALSE(Matching("acme 300"));
  EXPECT_FALSE(Matching("-acme"));
  EXPECT_TRUE(Matching("acme -phone"));  // phone is its category, not a word of its names
}

TEST(Filter, BindsOrTighterThanAnd) {
  // Read as a AND (b OR c): false, though c holds.
  EXPECT_FALSE(Matching("state = SOLD AND category = laptop OR category = phone"));
  EXPECT_TRUE(Matching("(state = SOLD AND category = laptop) OR category = phone"));
  EXPECT_TRUE(Matching("state = SOLD OR state = IN_STOCK AND category = phone"));
  EXPECT_TRUE(Matching("category = phone state = IN_STOCK AND mass_g < 200"));
  EXPECT_TRUE(Matching("NOT (state = SOLD OR state = LOST)"));
  EXPECT_TRUE(Matching("NOT(state = SOLD)"));
  EXPECT_FALSE(Matching("-(state = IN_STOCK)"));
}

TEST(Filter, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(ErrorOf("state = GONE").substr(0, 57),
            "filter, position 9: 'GONE' is no value of 'state'; there ");
  EXPECT_NE(ErrorOf("state = GONE").find("IN_STOCK SOLD SHIPPED"), std::string::npos);
  EXPECT_NE(ErrorOf("colour = red").find("position 1: there is no field 'colour'; there are name"),
            std::string::npos);
  EXPECT_NE(ErrorOf("state < SOLD").find("position 9: 'state' can only be compared with = !="),
            std::string::npos);
  EXPECT_NE(ErrorOf("age_days > old").find("position 12: 'old' is no whole number"),
            std::string::npos);
  EXPECT_NE(ErrorOf("age_days > -1").find("0 to 100000"), std::string::npos);
  EXPECT_NE(ErrorOf("received_time > yesterday").find("position 17"), std::string::npos);
  EXPECT_NE(ErrorOf("no_resale = yes").find("true or false"), std::string::npos);
  EXPECT_NE(ErrorOf("(state = SOLD").find("position 1: the bracket is not closed"),
            std::string::npos);
  EXPECT_NE(ErrorOf("state = SOLD)").find("position 13: ')' closes no bracket"), std::string::npos);
  EXPECT_NE(ErrorOf("maker = \"Acme").find("position 9: the quote is not closed"),
            std::string::npos);
  EXPECT_NE(ErrorOf("state =").find("position 8: expected a value"), std::string::npos);
  EXPECT_NE(ErrorOf("state = (SOLD OR LOST)").find("write field = A OR field = B"),
            std::string::npos);
  EXPECT_NE(ErrorOf("AND state = SOLD").find("position 1: expected a condition"),
            std::string::npos);
  EXPECT_NE(ErrorOf("state = SOLD OR").find("position 16: expected a condition"),
            std::string::npos);
  EXPECT_NE(ErrorOf("NOT").find("position 4: expected a condition"), std::string::npos);
  EXPECT_NE(ErrorOf("state ! SOLD").find("position 7: expected one of = !="), std::string::npos);
  EXPECT_NE(ErrorOf("***").find("no letter and no digit"), std::string::npos);
}

TEST(Filter, KeepsItsLimits) {
  EXPECT_NE(ErrorOf(std::string(kFilterBytesMax + 1, 'a')).find("more than 4096 bytes"),
            std::string::npos);
  std::string many = "a";
  for (int i = 1; i < kFilterTermsMax; ++i) many += " a";
  EXPECT_TRUE(ParseFilter(many, kNow).ok());
  EXPECT_NE(ErrorOf(many + " a").find("more than 64 conditions"), std::string::npos);
  const std::string open(kFilterDepthMax, '(');
  const std::string close(kFilterDepthMax, ')');
  EXPECT_TRUE(ParseFilter(open + "a" + close, kNow).ok());
  EXPECT_NE(ErrorOf("(" + open + "a" + close + ")").find("deeper than 16"), std::string::npos);
}

TEST(Filter, PatternsOfStarsEndSoon) {
  v1::Asset asset = Phone();
  asset.set_model(std::string(4000, 'a'));
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "a*";
  EXPECT_FALSE(Matching("model = \"" + pattern + "b\"", asset));
}

std::string Reference() {
  std::string page =
      "# Filters\n\n"
      "Made from the fields in `services/inventory/query/filter_fields.cc`; do not edit.\n\n"
      "Lists, counts and exports of assets take a filter in the syntax of AIP-160:\n"
      "`state = IN_STOCK AND age_days > 270`, `cosmetic >= C4 (location = cage OR hold:*)`,\n"
      "`pocket -maker:acme`. Conditions beside one another must all hold; `OR` binds tighter than\n"
      "`AND`; `NOT` and `-` negate one condition or bracket. A word without a field is looked for\n"
      "at the beginning of the words of maker and model. `*` in a quoted value stands for any\n"
      "characters; `field:*` means that the field is set. Values of enums go with or without\n"
      "their prefix, resources by name or by id, times as `2026-11-21T14:00:00Z` or as a date\n"
      "(its midnight in UTC). A filter has at most 4,096 bytes, 64 conditions and 16 brackets in\n"
      "one another.\n\n"
      "An indexed field makes a list fast. A list in which nothing matches among the first 20,000\n"
      "assets looked at is refused `FILTER_TOO_BROAD`; with a match it gives a short page and the\n"
      "token to go on with.\n\n"
      "| field | type | compared with | indexed | what |\n|---|---|---|---|---|\n";
  for (const FilterField& field : FilterFields()) {
    const char* type = field.type == FieldType::kEnum     ? "enum"
                       : field.type == FieldType::kNumber ? "number"
                       : field.type == FieldType::kTime   ? "time"
                       : field.type == FieldType::kBool   ? "true, false"
                       : field.type == FieldType::kId     ? "name or id"
                                                          : "text";
    const bool words = field.type == FieldType::kWords;
    page += Cat("| `", field.name, "` | ", type, " | ",
                field.ordered ? "`= != < <= > >= :`" : "`= != :`", " | ",
                words              ? "words"
                : field.index != 0 ? "yes"
                                   : "",
                " | ", field.help, " |\n");
  }
  page +=
      "\n`order_by` is `name`, `create_time`, `received_time` or `update_time`, with ` asc` or\n"
      "` desc`. `group_by` of a count is any field but identifiers, times and mass.\n";
  return page;
}

TEST(Filter, TheReferenceIsUpToDate) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const std::string path = std::string(source) + "/docs/reference/filters.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) {
    ASSERT_TRUE(common::WriteFileAtomically(path, Reference(), 0644).ok());
  }
  const auto page = common::ReadFile(path, 1 << 20);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(*page, Reference()) << "run this test with LOOPDOCK_UPDATE=1";
}

}  // namespace
}  // namespace loopdock::inventory
