// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/csv_rows.h"
#include "services/intake/core/manifest_claims.h"
#include "services/intake/core/manifest_headings.h"
#include "tests/unit/manifest_fixture.h"

namespace loopdock::intake {
namespace {

using common::CsvRow;
using common::CsvRows;

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

ManifestReading Read(std::string_view bytes, const ManifestOptions& options = {}) {
  return ReadManifest(bytes, options);
}

std::string Utf16(std::string_view ascii, bool big_endian) {
  std::string bytes = big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) bytes += big_endian ? std::string{'\0', c} : std::string{c, '\0'};
  return bytes;
}

TEST(CsvRows, KeepsQuotedLineBreaksAndCountsThem) {
  CsvRows rows("a;\"b\r\nb \"\"x\"\"\" ; c\r\n\n\"d\" ;e\"f\r g", ';');
  CsvRow row;
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_THAT(row.cells, ElementsAre("a", "b\r\nb \"x\"", "c"));
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_TRUE(row.blank());
  EXPECT_EQ(row.line, 3);
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_EQ(row.line, 4);
  EXPECT_THAT(row.cells, ElementsAre("d", "e\"f"));
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_EQ(row.line, 5);
  EXPECT_FALSE(rows.Next(&row));
}

TEST(CsvRows, GoesOnAfterAQuoteThatIsNeverClosed) {
  CsvRows rows("a,\"b\nc,d\n\"e\"x,f\ng", ',');
  CsvRow row;
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_FALSE(row.problem.empty());
  EXPECT_EQ(row.problem_cell, 1U);
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_EQ(row.line, 2);
  EXPECT_THAT(row.cells, ElementsAre("c", "d"));
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_FALSE(row.problem.empty());
  ASSERT_TRUE(rows.Next(&row));
  EXPECT_EQ(row.line, 4);
}

TEST(ManifestCsv, TellsTheSeparatorFromTheHeading) {
  for (const char separator : {',', ';', '\t', '|'}) {
    std::string file = "Make|Serial No.|Part #|Weight (kg)\nDell|ABC1|P1|1.5\n";
    for (char& c : file) c = c == '|' ? separator : c;
    const ManifestReading read = Read(file);
    EXPECT_THAT(Problems(read), IsEmpty()) << separator;
    EXPECT_THAT(Lines(read), ElementsAre("ABC1,Dell,P1,1,1500")) << separator;
    EXPECT_EQ(read.format, v1::MANIFEST_FORMAT_CSV);
  }
}

TEST(ManifestCsv, ReadsEveryEncoding) {
  const std::string ascii = "Serial,Brand\nA1,Acme\n";
  for (const std::string& bytes :
       {ascii, "\xEF\xBB\xBF" + ascii, Utf16(ascii, false), Utf16(ascii, true)}) {
    EXPECT_THAT(Lines(Read(bytes)), ElementsAre("A1,Acme,,1,0"));
  }
  EXPECT_THAT(Lines(Read("Seriennummer;Hersteller;St\xFC"
                         "ck\nA1;M\xFCller \x80;1\n")),
              ElementsAre("A1,M\xC3\xBCller \xE2\x82\xAC,,1,0"));
}

TEST(ManifestCsv, UnderstandsHeadingsOfFourLanguages) {
  EXPECT_THAT(Lines(Read("Seriennummer;Hersteller;Modell;Gewicht in kg\nS1;Dell;E5;2,25\n")),
              ElementsAre("S1,Dell,E5,1,2250"));
  EXPECT_THAT(Lines(Read("N\xC2\xB0 de s\xC3\xA9rie;Marque;Mod\xC3\xA8le;Poids (kg)\nS1;HP;X;1\n")),
              ElementsAre("S1,HP,X,1,1000"));
  EXPECT_THAT(Lines(Read("Marca,Modelo,Cantidad,Peso (lb)\nHP,X,3,10\n")),
              ElementsAre(",HP,X,3,4536"));
}

TEST(ManifestCsv, EveryWordOfTheTableIsItsOwnPlainForm) {
  // A row with a word that PlainHeading never gives could not be found.
  for (const std::string_view word :
       {"serialno", "seriennr", "ndeserie", "stueckzahl", "pesoneto"}) {
    EXPECT_EQ(PlainHeading(word), word);
    EXPECT_NE(MeaningOf(word).field, kManifestFieldCount) << word;
  }
  EXPECT_EQ(MeaningOf("S/N").field, kSerial);
  EXPECT_EQ(MeaningOf("Qty.").field, kQuantity);
  EXPECT_EQ(MeaningOf("Unit weight (kg)").field, kManifestFieldCount);
  EXPECT_EQ(MeaningOf("Price").field, kManifestFieldCount);
}

TEST(ManifestCsv, SkipsTitlesAndBlankLinesAndChecksTotals) {
  const std::string file =
      "Acme Disposal,,\nManifest of 2026-03-02,,\n,,\nModel,Qty,Weight kg\n,,\nX1,2,3.5\n"
      "X2,1,1.25\n";
  const ManifestReading good = Read(file + "Total,3,4.75\n");
  EXPECT_THAT(Problems(good), IsEmpty());
  EXPECT_EQ(good.piece_count, 3);
  EXPECT_THAT(
      Problems(Read(file + "Total:,4,5.75\n")),
      ElementsAre("8|Qty|The lines above have 3 p|4", "8|Weight kg|The lines above have 475|5.75"));
  EXPECT_THAT(Problems(Read(file + "Subtotal,3,\nX3,1,1\n")),
              ElementsAre("8||A line of totals stands |"));
}

TEST(ManifestCsv, AGivenColumnWinsOverARememberedOneAndThatOverAGuess) {
  const std::string file = "Serial,Ident,Code,Model\nS1,I1,C1,M1\n";
  EXPECT_THAT(Lines(Read(file)), ElementsAre("S1,,M1,1,0"));
  EXPECT_THAT(Lines(Read(file, {.remembered = {{"serial", " ident "}, {"model", "Gone"}}})),
              ElementsAre("I1,,M1,1,0"));
  const ManifestReading given =
      Read(file, {.columns = {{"serial", "CODE"}}, .remembered = {{"serial", "Ident"}}});
  EXPECT_THAT(Lines(given), ElementsAre("C1,,M1,1,0"));
  EXPECT_THAT(given.columns, UnorderedElementsAre(Pair("serial", "Code"), Pair("model", "Model")));
  EXPECT_THAT(given.unused_columns, UnorderedElementsAre("Serial", "Ident"));
  EXPECT_THAT(Problems(Read(file, {.columns = {{"maker", "Firm"}}})),
              ElementsAre("1|Firm|The heading has no such |"));
}

TEST(ManifestCsv, ReportsEveryMalformedLineAtOnce) {
  const ManifestReading read = Read(
      "Serial,IMEI,GTIN,Model,Qty,Weight (kg)\n"
      "S1,,,M,1,2\n"
      "S1,,,M,1,2\n"               // 3: twice
      ",356938035643808,,M,1,1\n"  // 4: check digit
      ",3.56938E+14,,M,1,1\n"      // 5: rounded
      ",,4006381333932,M,2,1\n"    // 6: check digit
      ",,,M,two,1\n"               // 7
      ",,,M,1,heavy\n"             // 8
      ",,,,5,1\n"                  // 9: names nothing
      "S2,,,M,3,1\n"               // 10: one serial, quantity 3
      "S3,,\"x,M,1,1\n"            // 11: quote
      "S4,,,M,1,1,more\n"          // 12: too many cells
      "S5,,\n"                     // 13: too few
      ",,,M,,1\n"                  // 14: no quantity
      "S6,356938035643809,4006381333931,M,1,1.5\n");
  EXPECT_THAT(
      Problems(read),
      ElementsAre(
          "3|Serial|The serial number stands|S1", "4|IMEI|The check digit of the I|356938035643808",
          "5|IMEI|A spreadsheet has rounde|3.56938E+14",
          "6|GTIN|The check digit of the G|4006381333932", "7|Qty|Is no whole number of pi|two",
          "8|Weight (kg)|Is no mass of at most 10|heavy", "9||Names nothing: needs a s|",
          "10|Qty|A line that names one de|3", "11|GTIN|A quote is opened and no|",
          "12||Has 7 cells, the heading|more", "13|Model|Is missing: the line end|",
          "14|Qty|Says no quantity; a line|"));
  EXPECT_EQ(read.problem_count, 12);
}

TEST(ManifestCsv, SeveralSerialsInOneCellAreALineEach) {
  const ManifestReading read =
      Read("Model,Serials,Qty,Weight g\nM,\"A1; A2\nA3\",3,1000\nN,\"B1,B2\",3,\n");
  EXPECT_THAT(Problems(read), ElementsAre("4|Qty|Says another quantity th|3"));
  EXPECT_THAT(Lines(read), ElementsAre("A1,,M,1,334", "A2,,M,1,333", "A3,,M,1,333"));
}

TEST(ManifestCsv, OneNumberMeansOneDeviceWhateverItIsCalled) {
  const ManifestReading read = Read("Serial,Asset tag\nAB1,ab1\nX2,AB-1\nY3,Ab1\n");
  EXPECT_THAT(Problems(read), ElementsAre("3|Asset tag|The asset tag stands in |AB-1",
                                          "4|Asset tag|The asset tag stands in |Ab1"));
}

TEST(ManifestCsv, ReadsDecimalCommasByWhatTheColumnShows) {
  EXPECT_EQ(ParseMass("1.234,5", 1000, ','), 1'234'500);
  EXPECT_EQ(ParseMass("1,234.5", 1000, '.'), 1'234'500);
  EXPECT_EQ(ParseMass("2.5 lb", 1000, '.'), 1134);
  EXPECT_EQ(ParseMass("12,34", 1, '.'), -1);
  EXPECT_EQ(ParseMass("-1", 1, '.'), -1);
  EXPECT_EQ(ParseMass("1e5", 1, '.'), -1);
  EXPECT_THAT(Lines(Read("Model;kg\nA;1,234\nB;0,5\n")), ElementsAre(",,A,1,1234", ",,B,1,500"));
  EXPECT_THAT(Lines(Read("Model;kg\nA;1.234\n")), ElementsAre(",,A,1,1234"));
  EXPECT_THAT(Lines(Read("Model,kg\nA,\"1,234\"\n")), ElementsAre(",,A,1,1234000"));
  EXPECT_THAT(Problems(Read("Model;kg\nA;1,5\nB;2.5\n")),
              ElementsAre("1|kg|Has numbers with decimal|", "2|kg|Is no mass of at most 10|1,5"));
  EXPECT_THAT(Lines(Read("Model;Weight\nA;2\n", {.mass_unit_g = 1000})), ElementsAre(",,A,1,2000"));
}

TEST(ManifestCsv, SaysWhenAFileIsNoManifest) {
  EXPECT_THAT(Problems(Read("")), SizeIs(1));
  EXPECT_THAT(Problems(Read("PK\x03\x04xxxx")), ElementsAre("0||Is a workbook or an arch|"));
  EXPECT_THAT(Problems(Read("Price,Colour\n1,2\n")), ElementsAre("0||None of the first 20 lin|"));
  EXPECT_THAT(Problems(Read("Serial,Model\n")), ElementsAre("0||The file has no line tha|"));
  EXPECT_THAT(Problems(Read(std::string("Serial\0x\nA\n", 11))),
              ElementsAre("0||Has zero bytes: UTF-16 n|"));
}

TEST(ManifestCsv, KeepsAThousandProblemsAndCountsAll) {
  std::string file = "Model,Qty\n";
  for (int i = 0; i < 1500; ++i) file += "M,x\n";
  const ManifestReading read = Read(file);
  EXPECT_EQ(read.problem_count, 1500);
  EXPECT_THAT(read.problems, SizeIs(kManifestProblemsMax));
}

TEST(ManifestCsv, StopsAtAHundredThousandLines) {
  std::string file = "Model\n";
  for (int i = 0; i < 100'001; ++i) file += "M\n";
  const ManifestReading read = Read(file);
  EXPECT_EQ(read.problem_count, 1);
  EXPECT_THAT(read.lines, SizeIs(100'000));
}

}  // namespace
}  // namespace loopdock::intake
