// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/manifest_fixture.h"

namespace loopdock::intake {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kHead =
    "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*LOOPDOCK       *260302*0915*U*00401*"
    "000000007*0*P*>~\n"
    "GS*SH*SUPPLIER*LOOPDOCK*20260302*0915*7*X*004010~\nST*856*0001~\n"
    "BSN*00*SHIP1*20260302*0915~\nHL*1**S~\nTD1*PLT*1****G*25*KG~\nTD3*TL**T1******SEAL1~\n"
    "HL*2*1*O~\nPRF*PO77~\nHL*3*2*T~\nMAN*GM*00106141412345678908~\n";
constexpr std::string_view kItems =
    "HL*4*3*I~\nLIN**MG*P100*VP*V9*MF*Acme*UP*036000291452~\nSN1**2*EA~\nPID*F****Laptop~\n"
    "REF*SE*SER1~\nREF*SE*SER2~\nMEA*PD*G*4.5*KG~\n"
    "HL*5*3*I~\nLIN**BP*B7~\nSN1**10*EA~\n"
    "SLN*1**I*3*EA****MG*CHARGER~\n";

// Everything with a right count of segments and control numbers.
std::string Notice(std::string_view items, std::string_view ctt = "CTT*5*12~\n") {
  std::string set = std::string(kHead) + std::string(items) + std::string(ctt);
  const auto st = set.find("ST*");
  const auto segments =
      std::count(set.begin() + static_cast<std::ptrdiff_t>(st), set.end(), '~') + 1;
  return set + "SE*" + std::to_string(segments) + "*0001~\nGE*1*7~\nIEA*1*000000007~\n";
}

TEST(ManifestX12, ReadsItemsUnderTheirOrderAndPallet) {
  const ManifestReading read = ReadManifest(Notice(kItems), {});
  EXPECT_THAT(Problems(read), IsEmpty());
  EXPECT_EQ(read.format, v1::MANIFEST_FORMAT_X12_856);
  EXPECT_THAT(Lines(read), ElementsAre("SER1,Acme,P100,1,2250", "SER2,Acme,P100,1,2250",
                                       ",,B7,10,0", ",,CHARGER,3,0"));
  EXPECT_EQ(read.lines[0].purchase_order(), "PO77");
  EXPECT_EQ(read.lines[0].container(), "106141412345678908");
  EXPECT_EQ(read.lines[0].gtin(), "036000291452");
  EXPECT_EQ(read.lines[0].description(), "Laptop");
  EXPECT_EQ(read.lines[3].container(), "106141412345678908");
}

TEST(ManifestX12, TakesTheSeparatorsThatTheHeaderDeclares) {
  std::string notice = Notice(kItems);
  for (char& c : notice) c = c == '*' ? '|' : c == '~' ? '\'' : c;
  EXPECT_THAT(Problems(ReadManifest(notice, {})), IsEmpty());
  EXPECT_EQ(ReadManifest(notice, {}).lines.size(), 4U);
}

TEST(ManifestX12, ReportsCountsAndControlNumbersThatDoNotHold) {
  std::string notice = Notice(kItems, "CTT*4*13~\n");
  const auto se = notice.rfind("SE*");
  notice.replace(se, notice.find('~', se) - se, "SE*9*0002");
  const auto ge = notice.rfind("GE*");
  notice.replace(ge, notice.find('~', ge) - ge, "GE*2*8");
  const auto iea = notice.rfind("IEA*");
  notice.replace(iea, notice.find('~', iea) - iea, "IEA*1*000000008");
  EXPECT_THAT(
      Problems(ReadManifest(notice, {})),
      ElementsAre("23|CTT01|Counts another number of|4", "23|CTT02|Is another sum than the |13",
                  "24|SE01|Counts another number of|9", "24|SE02|Is not the control numbe|0002",
                  "25|GE01|Counts another number of|2", "25|GE02|Is not the control numbe|8",
                  "26|IEA02|Is not the control numbe|000000008"));
}

TEST(ManifestX12, ReportsWhatIsWrongInItems) {
  const ManifestReading read = ReadManifest(
      Notice("HL*4*9*I~\nLIN**MG*P1*SN~\nSN1**3*EA~\nREF*SE*A~\nREF*SE*B~\n"
             "HL*5*3*I~\nLIN**UP*036000291453~\nSN1**2.5*EA~\nMEA*PD*N*x*KG~\nMEA*PD*G*1*ZZ~\n"
             "HL*6*3*P~\nMAN*GM*00106141412345678909~\nHL*7*6*I~\nLIN**MG*P2~\nSN1**4*LB~\n",
             "CTT*7~\n"),
      {});
  EXPECT_THAT(
      Problems(read),
      ElementsAre("12|HL02|Names a level that does |9", "13|LIN05|Has a qualifier before i|",
                  "13|SN102|Says another quantity th|3",
                  "18|LIN03|The check digit of the G|036000291453",
                  "18|SN102|Is no whole number of pi|2.5", "18|MEA03|Is no mass of at most 10|x kg",
                  "23|MAN02|Is no SSCC: 18 digits of|00106141412345678909",
                  "26|SN103|Does not count pieces: E|LB"));
}

TEST(ManifestX12, SaysWhenTheFileIsCutOff) {
  const std::string notice = Notice(kItems);
  const ManifestReading read = ReadManifest(notice.substr(0, notice.find("CTT")), {});
  EXPECT_THAT(Problems(read),
              ElementsAre("22|SLN|SE is missing: the file |", "22|SLN|GE is missing: the file |",
                          "22|SLN|IEA is missing: the file|"));
  EXPECT_EQ(ReadManifest("ISA*00*short~", {}).problem_count, 1);
  EXPECT_EQ(ReadManifest(notice.substr(0, 106), {}).problem_count, 2);
}

TEST(ManifestX12, RefusesOtherTransactionSets) {
  std::string notice = Notice(kItems);
  notice.replace(notice.find("ST*856"), 6, "ST*850");
  EXPECT_THAT(Problems(ReadManifest(notice, {})),
              ElementsAre("3|ST01|Is not 856, a ship notic|850"));
}

}  // namespace
}  // namespace loopdock::intake
