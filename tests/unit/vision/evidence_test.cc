// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/evidence.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace loopdock::vision {
namespace {

Read At(Symbology symbology, const std::string& content, double x, double y, int lines = 2) {
  Read read;
  read.symbology = symbology;
  read.content = content;
  read.corners = {cv::Point2d(x, y), {x + 100, y}, {x + 100, y + 30}, {x, y + 30}};
  read.lines = lines;
  return read;
}

std::vector<std::string> Accepted(const Evidence& evidence) {
  std::vector<std::string> values;
  for (const Read& read : evidence.Accepted()) values.push_back(read.content);
  return values;
}

using Values = std::vector<std::string>;

TEST(Evidence, StrongSymbolsNeedOneTry) {
  Evidence evidence;
  evidence.Add({At(Symbology::kCode128, "ABCD", 0, 0), At(Symbology::kQrCode, "x", 500, 0),
                At(Symbology::kCode93, "ABCDE", 0, 500)},
               "one");
  EXPECT_EQ(Accepted(evidence), (Values{"ABCD", "x", "ABCDE"}));
}

TEST(Evidence, WeakSymbolsNeedTwoTriesOrManyLines) {
  for (const Symbology symbology :
       {Symbology::kEan13, Symbology::kEan8, Symbology::kUpcA, Symbology::kUpcE, Symbology::kItf,
        Symbology::kCodabar, Symbology::kCode39}) {
    const std::string value = symbology == Symbology::kCode39 ? "ABCDEFGH" : "123456";
    Evidence twice;
    twice.Add({At(symbology, value, 0, 0)}, "one");
    EXPECT_EQ(Accepted(twice), Values{}) << SymbologyName(symbology);
    twice.Add({At(symbology, value, 5, 5)}, "one");
    EXPECT_EQ(Accepted(twice), Values{}) << "the same try again is no second one";
    twice.Add({At(symbology, value, 5, 5)}, "two");
    EXPECT_EQ(Accepted(twice), Values{value}) << SymbologyName(symbology);
    Evidence lines;
    lines.Add({At(symbology, value, 0, 0, Evidence::kLinesAlone)}, "one");
    EXPECT_EQ(Accepted(lines), Values{value}) << SymbologyName(symbology);
  }
}

TEST(Evidence, ShortItfAndCodabarAreNeverBelieved) {
  Evidence evidence;
  for (const char* name : {"one", "two"}) {
    evidence.Add(
        {At(Symbology::kItf, "1234", 0, 0, 20), At(Symbology::kCodabar, "1234", 500, 0, 20)}, name);
  }
  EXPECT_EQ(Accepted(evidence), Values{});
}

TEST(Evidence, OneSymbolReadTwiceIsOneAndTwoLabelsAreTwo) {
  Evidence evidence;
  evidence.Add({At(Symbology::kCode128, "SAME", 0, 0), At(Symbology::kCode128, "SAME", 0, 400)},
               "one");
  evidence.Add({At(Symbology::kCode128, "SAME", 4, 3)}, "two");
  EXPECT_EQ(Accepted(evidence), (Values{"SAME", "SAME"}));
}

TEST(Evidence, TheBetterOfTwoValuesAtOnePlaceStays) {
  Evidence evidence;
  evidence.Add({At(Symbology::kItf, "123456", 20, 5, 8), At(Symbology::kCode128, "RIGHT", 0, 0, 3)},
               "one");
  EXPECT_EQ(Accepted(evidence), Values{"RIGHT"});
  evidence.Add({At(Symbology::kEan13, "4006381333931", 300, 0, 30),
                At(Symbology::kEan8, "12345670", 310, 0, 8)},
               "one");
  EXPECT_EQ(Accepted(evidence), (Values{"RIGHT", "4006381333931"}));
}

TEST(Evidence, AddOnBelongsToItsSymbol) {
  Evidence evidence;
  evidence.Add({At(Symbology::kEan13, "9780306406157", 0, 0, 9)}, "one");
  evidence.Add({At(Symbology::kEan13, "9780306406157 51995", 0, 0, 9)}, "two");
  evidence.Add({At(Symbology::kUpcE, "01234565 12", 0, 400, 9)}, "one");
  EXPECT_EQ(Accepted(evidence), (Values{"9780306406157 51995", "01234565"}));
}

}  // namespace
}  // namespace loopdock::vision
