// SPDX-License-Identifier: Apache-2.0
// From symbols to what inventory records, and back to a sentence.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/utf8.h"
#include "services/intake/core/scan_record.h"

namespace loopdock::intake {
namespace {

using inventory::v1::RawSymbol;
using inventory::v1::RecordScanRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

LabelReading Read(const std::vector<std::pair<std::string, std::string>>& contents) {
  std::vector<RawSymbol> symbols;
  for (const auto& [format, content] : contents) {
    RawSymbol& symbol = symbols.emplace_back();
    symbol.set_format(format);
    symbol.set_content(content);
  }
  return ReadLabel(std::move(symbols), {});
}

LabelReading ReadGs1(const std::string& content) {
  RawSymbol symbol;
  symbol.set_format("DataMatrix");
  symbol.set_symbology_identifier("]d2");
  symbol.set_content(content);
  return ReadLabel({symbol}, {});
}

TEST(ReadLabelTest, PutsTheSymbolsOfOneLabelTogether) {
  const LabelReading reading =
      Read({{"Code128", "S/N: PF3ABC12"}, {"Code128", "490154203237518"}, {"Code128", "1P20XY"}});
  ASSERT_TRUE(reading.understood);
  EXPECT_EQ(reading.understanding.serial(), "PF3ABC12");
  EXPECT_THAT(reading.understanding.imeis(), ElementsAre("490154203237518"));
  EXPECT_GT(reading.understanding.confidence(), 0.5);
  ASSERT_EQ(reading.symbols.size(), 3u);
  EXPECT_EQ(reading.symbols[1].kind(), "imei");
  EXPECT_EQ(reading.symbols[1].elements(0).value(), "490154203237518");
  EXPECT_EQ(reading.symbols[1].content(), "490154203237518");
}

TEST(ReadLabelTest, Gs1GivesGtinSerialAndGiai) {
  const LabelReading unit = ReadGs1(
      "0109501101530003"
      "21ABC123");
  EXPECT_EQ(unit.understanding.gtin(), "09501101530003");
  EXPECT_EQ(unit.understanding.serial(), "ABC123");
  const LabelReading giai = ReadGs1("80049501101530003A1");
  EXPECT_EQ(giai.understanding.asset_tag(), "") << "a GIAI is nobody's own tag";
  ASSERT_EQ(giai.understanding.identifiers_size(), 1);
  EXPECT_EQ(giai.understanding.identifiers(0).kind(), inventory::v1::IDENTIFIER_KIND_GIAI);
  EXPECT_EQ(giai.understanding.identifiers(0).value(), "9501101530003A1");
}

TEST(ReadLabelTest, FurtherIdentifiersHaveTheirKind) {
  const LabelReading eid = Read({{"QRCode", "89049032004008882600007700264613"}});
  ASSERT_EQ(eid.understanding.identifiers_size(), 1) << eid.understanding.DebugString();
  EXPECT_EQ(eid.understanding.identifiers(0).kind(), inventory::v1::IDENTIFIER_KIND_EID);
}

TEST(ReadLabelTest, SsccIsAContainer) {
  const LabelReading reading = ReadGs1("00106141411234567897");
  EXPECT_EQ(reading.understanding.sscc(), "106141411234567897");
  EXPECT_EQ(reading.understanding.serial(), "");
}

TEST(ReadLabelTest, WhatIsNotUtf8IsKeptRawAndSaysNothing) {
  const std::string bytes = "\xFF\xFE\x80 x";
  const LabelReading reading = Read({{"", bytes}});
  EXPECT_EQ(reading.symbols[0].content(), bytes);
  // Whatever it became, it can be sent.
  RecordScanRequest command;
  *command.mutable_symbols()->Add() = reading.symbols[0];
  *command.mutable_understanding() = reading.understanding;
  for (const std::string& warning : reading.warnings) command.add_warnings(warning);
  RecordScanRequest sent;
  ASSERT_TRUE(sent.ParseFromString(command.SerializeAsString()));
  EXPECT_EQ(sent.symbols(0).content(), bytes);
  EXPECT_THAT(reading.warnings, ::testing::Contains(HasSubstr("NOT_UTF8")));
}

// Every byte in every kind of text: nothing that comes out may be unreadable for protobuf.
TEST(ReadLabelTest, NoContentMakesAMessageThatCannotBeRead) {
  for (const std::string frame : {"@", "S/N: @", "]d201@", "]C1010950110153000321@",
                                  "[)>\x1e"
                                  "06\x1d"
                                  "S@\x1d"
                                  "1P@\x1e\x04",
                                  "8004@", "IMEI@"}) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string content = frame;
      const std::string part = std::string("A") + static_cast<char>(byte) + "\xC3";
      for (auto at = content.find('@'); at != std::string::npos; at = content.find('@', at + 3)) {
        content.replace(at, 1, part);
      }
      const LabelReading reading = Read({{"", content}});
      RecordScanRequest command;
      *command.add_symbols() = reading.symbols[0];
      *command.mutable_understanding() = reading.understanding;
      for (const std::string& warning : reading.warnings) command.add_warnings(warning);
      RecordScanRequest sent;
      ASSERT_TRUE(sent.ParseFromString(command.SerializeAsString())) << frame << " byte " << byte;
    }
  }
}

// A keyboard wedge spells control characters; what a camera read is what the label says.
TEST(ReadLabelTest, SpelledControlCharactersAreAWedges) {
  RawSymbol symbol;
  symbol.set_content("S/N: AB^D123");
  EXPECT_NE(ReadLabel({symbol}, {}).understanding.serial(), "AB^D123");
  for (const int corner : {0, 0, 9, 0, 9, 9, 0, 9}) symbol.add_corners(corner);
  EXPECT_EQ(ReadLabel({symbol}, {}).understanding.serial(), "AB^D123");
}

TEST(ReadLabelTest, NothingIsNotUnderstood) {
  EXPECT_FALSE(Read({}).understood);
  EXPECT_FALSE(Read({{"", ""}}).understood);
  // What a client claims to have understood is not taken over.
  RawSymbol claimed;
  claimed.set_content("PF3ABC12");
  claimed.set_kind("eid");
  claimed.add_elements()->set_value("other");
  const LabelReading reading = ReadLabel({claimed}, {});
  EXPECT_NE(reading.symbols[0].kind(), "eid");
  ASSERT_EQ(reading.symbols[0].elements_size(), 1);
  EXPECT_NE(reading.symbols[0].elements(0).value(), "other");
}

TEST(FitToRecordTest, LeavesAnOrdinaryScanAsItIs) {
  RecordScanRequest command;
  command.add_symbols()->set_content("PF3ABC12");
  command.mutable_understanding()->set_serial("PF3ABC12");
  command.add_warnings("LOOKS_ODD: It does.");
  const std::string before = command.SerializeAsString();
  FitToRecord(&command);
  EXPECT_EQ(command.SerializeAsString(), before);
  RecordScanRequest empty;
  FitToRecord(&empty);
  EXPECT_FALSE(empty.has_understanding());
  EXPECT_EQ(empty.warnings_size(), 0);
}

TEST(FitToRecordTest, WhateverTheLabelSaysTheScanIsTaken) {
  RecordScanRequest command;
  for (int i = 0; i < 200; ++i) {
    RawSymbol* symbol = command.add_symbols();
    symbol->set_content(std::string(3000, 'c'));
    symbol->add_elements()->set_value(std::string(3000, 'c'));
  }
  auto* label = command.mutable_understanding();
  for (int i = 0; i < 5000; ++i) label->add_others("other " + std::to_string(i));
  for (int i = 0; i < 300; ++i) label->add_imeis("490154203237518");
  label->set_maker(std::string(300, 'm'));
  label->set_part_number("two\nlines");
  label->set_quantity(std::int64_t{1} << 40);
  std::string long_warning(999, 'w');
  long_warning += "\n\xFF";
  for (int i = 0; i < 100; ++i) command.add_warnings(long_warning);
  FitToRecord(&command);
  EXPECT_LE(command.symbols_size(), 64);
  EXPECT_GE(command.symbols_size(), 15) << "what fits is kept";
  std::size_t bytes = label->ByteSizeLong();
  for (const RawSymbol& symbol : command.symbols()) bytes += symbol.ByteSizeLong();
  EXPECT_LE(bytes, 65536u);
  EXPECT_LE(label->others_size() + label->imeis_size(), 256);
  EXPECT_EQ(label->maker(), "");
  EXPECT_EQ(label->part_number(), "");
  EXPECT_EQ(label->quantity(), 0);
  EXPECT_EQ(command.warnings_size(), 32);
  for (const std::string& warning : command.warnings()) {
    EXPECT_LE(warning.size(), 1000u);
    EXPECT_TRUE(common::IsUtf8(warning));
    EXPECT_THAT(warning, Not(HasSubstr("\n")));
  }
  EXPECT_THAT(command.warnings(31), HasSubstr("LABEL_TOO_FULL"));
}

// The longest text of one scan, in pieces that are all identifiers: it must fit, and be kept whole.
TEST(FitToRecordTest, TheFullestTextFits) {
  std::string text =
      "[)>\x1e"
      "06";
  while (text.size() < 8180) text += "\x1dSA";
  text += "\x1e\x04";
  LabelReading reading = Read({{"", text}});
  RecordScanRequest command;
  command.mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
  *command.mutable_understanding() = reading.understanding;
  command.mutable_warnings()->Assign(reading.warnings.begin(), reading.warnings.end());
  FitToRecord(&command);
  EXPECT_EQ(command.symbols(0).content(), text);
  EXPECT_LE(command.symbols(0).ByteSizeLong() + command.understanding().ByteSizeLong(), 65536u);
  EXPECT_LE(command.understanding().others_size(), 256);
  EXPECT_LE(command.warnings_size(), 32);
}

TEST(SentenceTest, SaysWhatBecameOfTheScan) {
  inventory::v1::RecordScanResponse recorded;
  auto* scan = recorded.mutable_scan();
  scan->set_asset("sites/main/assets/000001");
  scan->set_outcome(inventory::v1::SCAN_OUTCOME_BOOKED);
  scan->mutable_understanding()->set_serial("PF3ABC12");
  EXPECT_EQ(SentenceFor(recorded), "Booked as 000001: serial PF3ABC12.");
  scan->set_outcome(inventory::v1::SCAN_OUTCOME_DUPLICATE);
  EXPECT_EQ(SentenceFor(recorded), "Already here as 000001: serial PF3ABC12.");
  scan->set_outcome(inventory::v1::SCAN_OUTCOME_ADDED);
  scan->add_warnings("The asset has another serial number.");
  EXPECT_THAT(SentenceFor(recorded), HasSubstr("Added to 000001: serial PF3ABC12. The asset has"));
  scan->set_outcome(inventory::v1::SCAN_OUTCOME_UNREAD);
  EXPECT_THAT(SentenceFor(recorded), HasSubstr("Nothing could be read"));
  scan->set_outcome(inventory::v1::SCAN_OUTCOME_CONTAINER);
  scan->set_container("sites/main/containers/000002");
  scan->clear_understanding();
  scan->mutable_understanding()->set_sscc("106141411234567897");
  EXPECT_THAT(SentenceFor(recorded), HasSubstr("Container 000002: SSCC 106141411234567897."));
}

TEST(SentenceTest, LongValuesAreCutBetweenCharacters) {
  inventory::v1::RecordScanResponse recorded;
  recorded.mutable_scan()->set_outcome(inventory::v1::SCAN_OUTCOME_BOOKED);
  std::string serial = "x";
  for (int i = 0; i < 100; ++i) serial += "ü";
  recorded.mutable_scan()->mutable_understanding()->set_serial(serial);
  const std::string sentence = SentenceFor(recorded);
  EXPECT_TRUE(common::IsUtf8(sentence));
  EXPECT_LT(sentence.size(), 120u);
}

}  // namespace
}  // namespace loopdock::intake
