// SPDX-License-Identifier: Apache-2.0
// Exports: whole rows, typed columns, and docs/reference/exports.md against the columns.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/exports.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

using testing::HasSubstr;

class ExportTest : public InventoryTest {
 protected:
  ExportTest() {
    QueryIndex::Options options;
    options.open = [](bool) {
      return storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())
          ->Open("index", IndexStoreOptions());
    };
    index_ = *QueryIndex::Open(*inventory_, std::move(options));
    session_ = OpenSession(MakeLoad());
  }
  ~ExportTest() override { index_.reset(); }

  struct Exported {
    std::string text;
    std::int64_t rows = 0;
    int parts = 0;
    std::string media_type;
  };
  absl::StatusOr<Exported> Run(v1::ExportKind kind, v1::ExportFormat format,
                               const std::string& filter = "") {
    const absl::Status caught_up = index_->CatchUp();
    if (!caught_up.ok()) return caught_up;
    v1::ExportRequest request;
    request.set_site("sites/main");
    request.set_kind(kind);
    request.set_format(format);
    request.set_filter(filter);
    Exported exported;
    const absl::Status status =
        Export(*inventory_, index_.get(), request, [&](v1::ExportResponse part) {
          if (exported.parts++ == 0) exported.media_type = part.media_type();
          EXPECT_LE(part.data().size(), size_t{128} << 10);
          exported.text += part.data();
          exported.rows += part.row_count();
          return true;
        });
    if (!status.ok()) return status;
    return exported;
  }

  std::unique_ptr<QueryIndex> index_;
  std::string session_;
};

TEST_F(ExportTest, QuotesAsRfc4180Does) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"hi\"\r\n"), "\"say \"\"hi\"\"\r\n\"");
  EXPECT_EQ(CsvField(""), "");
}

TEST_F(ExportTest, WritesAssetsAsCsv) {
  v1::RecordScanRequest scan = SerialScan(session_, "S-1", "Acme, \"Inc\"");
  const std::string name = Do(scan).asset().name();
  const auto exported = Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_CSV);
  ASSERT_TRUE(exported.ok()) << exported.status();
  EXPECT_EQ(exported->rows, 1);
  EXPECT_EQ(exported->media_type, "text/csv; charset=utf-8");
  const std::vector<std::string> lines = absl::StrSplit(exported->text, "\r\n");
  ASSERT_EQ(lines.size(), 3u);  // headings, one row, and nothing behind the last line end
  EXPECT_TRUE(lines[0].starts_with("name,uid,state,serials,"));
  EXPECT_TRUE(lines[1].starts_with(name + ","));
  EXPECT_THAT(lines[1], HasSubstr(",IN_STOCK,S-1,"));
  EXPECT_THAT(lines[1], HasSubstr(",\"Acme, \"\"Inc\"\"\","));
  EXPECT_EQ(lines[2], "");
}

TEST_F(ExportTest, WritesTypedJsonLines) {
  const std::string name = Book(session_, "S-1").name();
  const auto exported = Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_JSON_LINES);
  ASSERT_TRUE(exported.ok()) << exported.status();
  ASSERT_EQ(exported->text.back(), '\n');
  const auto row = common::ParseJson(exported->text);
  ASSERT_TRUE(row.ok()) << exported->text;
  EXPECT_EQ(row->size(), ExportColumns(v1::EXPORT_KIND_ASSETS).size());
  EXPECT_EQ((*row)["name"], name);
  EXPECT_TRUE((*row)["no_resale"].is_boolean());
  EXPECT_TRUE((*row)["last_sequence"].is_number_integer());
  EXPECT_TRUE((*row)["mass_g"].is_null());
  EXPECT_TRUE((*row)["cosmetic"].is_null());
  EXPECT_EQ((*row)["received_time"], "2026-01-02T03:04:05Z");
}

TEST_F(ExportTest, WritesManyRowsInPartsAndThoseOfAFilter) {
  for (int i = 0; i < 1200; ++i) Book(session_, absl::StrCat("S", i));
  const auto all = Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_CSV);
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(all->rows, 1200);
  EXPECT_GT(all->parts, 2);
  const auto one = Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_CSV, "identifier = S7");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_EQ(one->rows, 1);
  // Nothing matches and nothing is indexed: an export looks at everything all the same.
  const auto none = Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_CSV, "mass_g > 1");
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(none->rows, 0);
  EXPECT_EQ(none->parts, 1);
}

TEST_F(ExportTest, WritesEveryFactOnce) {
  Book(session_, "S-1");
  const auto facts = Run(v1::EXPORT_KIND_FACTS, v1::EXPORT_FORMAT_JSON_LINES);
  ASSERT_TRUE(facts.ok()) << facts.status();
  const auto entries = inventory_->ReadFeed(1, 10'000, size_t{1} << 26);
  ASSERT_TRUE(entries.ok());
  std::int64_t expected = 0;
  for (const v1::FeedEntry& entry : *entries) expected += entry.facts_size();
  EXPECT_EQ(facts->rows, expected);
  const std::vector<std::string> lines = absl::StrSplit(facts->text, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), static_cast<size_t>(expected));
  bool found = false;
  for (const std::string& line : lines) {
    const auto row = common::ParseJson(line);
    ASSERT_TRUE(row.ok()) << line;
    found = found || (*row)["kind"] == "asset_registered";
  }
  EXPECT_TRUE(found);
}

TEST_F(ExportTest, WritesLoadsAndRefusesWhatIsNoExport) {
  const auto loads = Run(v1::EXPORT_KIND_LOADS, v1::EXPORT_FORMAT_CSV);
  ASSERT_TRUE(loads.ok()) << loads.status();
  EXPECT_EQ(loads->rows, 1);
  EXPECT_TRUE(Run(v1::EXPORT_KIND_LOTS, v1::EXPORT_FORMAT_CSV).ok());
  EXPECT_TRUE(Run(v1::EXPORT_KIND_SHIPMENTS, v1::EXPORT_FORMAT_CSV).ok());
  const auto reason = [](const auto& result) { return common::ReasonOf(result.status()); };
  EXPECT_EQ(reason(Run(v1::EXPORT_KIND_UNSPECIFIED, v1::EXPORT_FORMAT_CSV)), "INVALID_FIELDS");
  EXPECT_EQ(reason(Run(v1::EXPORT_KIND_LOTS, v1::EXPORT_FORMAT_UNSPECIFIED)), "INVALID_FIELDS");
  EXPECT_EQ(reason(Run(v1::EXPORT_KIND_LOTS, v1::EXPORT_FORMAT_CSV, "acme")), "INVALID_FIELDS");
  EXPECT_EQ(reason(Run(v1::EXPORT_KIND_ASSETS, v1::EXPORT_FORMAT_CSV, "a =")), "FILTER_INVALID");
}

std::string Reference() {
  std::string page =
      "# Exports\n\n"
      "Made from the columns in `services/inventory/query/export_rows.cc`; do not edit.\n\n"
      "`InventoryService.Export` streams all rows of one kind as CSV (RFC 4180, UTF-8, with\n"
      "headings) or as JSON Lines, in order of name, facts in order of the feed. Columns keep\n"
      "their names, types and order; new ones are added at the end. What is not set is empty in\n"
      "CSV and `null` in JSON. Several values of one column have `;` between them. Times are RFC\n"
      "3339 in UTC. Values stand as they were booked: a program that opens CSV as a spreadsheet\n"
      "should not take texts for formulas.\n";
  const auto& kinds = *v1::ExportKind_descriptor();
  for (int i = 1; i < kinds.value_count(); ++i) {
    page += Cat("\n## ", kinds.value(i)->name(), "\n\n| column | type | what |\n|---|---|---|\n");
    for (const ExportColumn& column :
         ExportColumns(static_cast<v1::ExportKind>(kinds.value(i)->number()))) {
      const char* type = column.type == ColumnType::kInteger   ? "integer"
                         : column.type == ColumnType::kBoolean ? "boolean"
                         : column.type == ColumnType::kTime    ? "time"
                                                               : "text";
      page += Cat("| `", column.name, "` | ", type, " | ", column.help, " |\n");
    }
  }
  return page;
}

TEST(ExportReference, IsUpToDate) {
  const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  const std::string path = std::string(source) + "/docs/reference/exports.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) {
    ASSERT_TRUE(common::WriteFileAtomically(path, Reference(), 0644).ok());
  }
  const auto page = common::ReadFile(path, 1 << 20);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(*page, Reference()) << "run this test with LOOPDOCK_UPDATE=1";
}

}  // namespace
}  // namespace loopdock::inventory
