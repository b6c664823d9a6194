// SPDX-License-Identifier: Apache-2.0
// Malformed files: every problem is named with its place, all at once, and nothing is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/results_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<std::string> Problems(const std::string& text,
                                  v1::ResultFormat format = v1::RESULT_FORMAT_UNSPECIFIED) {
  const ResultReading read = ReadResults(text, format);
  EXPECT_GT(read.problem_count, 0);
  EXPECT_THAT(read.records, IsEmpty());
  return ProblemsOf(read);
}

std::string Replaced(std::string text, const std::string& old, const std::string& with) {
  const auto at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), with);
}

TEST(ResultProblems, OfAnyForm) {
  EXPECT_THAT(Problems(" \n"), ElementsAre(HasSubstr("Is empty.")));
  EXPECT_THAT(Problems("a,b\xFF\n1,2\n"), ElementsAre(HasSubstr("UTF-8")));
  EXPECT_THAT(Problems(std::string("serial,\0result\n", 15)), ElementsAre(HasSubstr("UTF-8")));
}

TEST(ResultProblems, OfNwipeLogsAreAllNamedAtOnce) {
  std::string log = ResultSample("nwipe-three-drives.log");
  log =
      Replaced(log, "[2026/03/12 09:00:01]    info: nwipe", "[2026/13/12 09:00:01]    info: nwipe");
  log = Replaced(log, "pass 2/3", "pass 4/3");
  log = Replaced(log, "           1 |                    0", "         one |                    0");
  log = Replaced(log, "|UABORTED|", "| Asleep |");
  EXPECT_THAT(Problems(log),
              ElementsAre(StartsWith("1 : Has no time."), StartsWith("27 : Expected `pass"),
                          StartsWith("40 Error Summary: Expected numbers"),
                          StartsWith("49 nvme0n1: Has an unknown status.")));
}

TEST(ResultProblems, ADriveCalledErasedWithoutAllItsPasses) {
  const std::string log = Replaced(ResultSample("nwipe-three-drives.log"),
                                   "Finished pass 3/3, round 1/1, on /dev/sda", "- on /dev/sda");
  EXPECT_THAT(Problems(log),
              ElementsAre(AllOf(StartsWith("47 sda: "), HasSubstr("2 of 3 passes"))));
}

TEST(ResultProblems, ASerialNumberThatWasBlottedOut) {
  std::string log = ResultSample("nwipe-cut-off.log");
  EXPECT_THAT(Problems(Replaced(log, "NDK160-0009", "XXXXXXXXXXX")),
              ElementsAre(HasSubstr("no serial number of the drive")));
  EXPECT_THAT(Problems(Replaced(log, ", S/N=NDK160-0009", "")),
              ElementsAre(HasSubstr("Has no serial number of the drive")));
}

TEST(ResultProblems, ALogInWhichNothingWasWiped) {
  EXPECT_THAT(Problems("[2026/03/12 09:00:01]    info: nwipe 0.34\n"),
              ElementsAre(HasSubstr("No drive was wiped")));
}

TEST(ResultProblems, OfXml) {
  const std::string good = ResultSample("blancco-laptop.xml");
  EXPECT_THAT(Problems(Replaced(good, "</root>", "")), ElementsAre(HasSubstr("Is no XML")));
  EXPECT_THAT(Problems("<root><a/></root>"), ElementsAre(HasSubstr("Has no report")));
  EXPECT_THAT(Problems("<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><r>&e;</r>"),
              ElementsAre(HasSubstr("Has a document type")));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "<a>";
  EXPECT_THAT(Problems(deep), ElementsAre(HasSubstr("deeper than 32")));
  std::string wrong = Replaced(good, ">Successful</entry>\n            <entry name=\"erasure",
                               ">Perhaps</entry>\n            <entry name=\"erasure");
  wrong = Replaced(wrong, ">312<", ">-3<");
  wrong = Replaced(wrong, "2026-03-01T10:30:00+0100", "yesterday");
  wrong = Replaced(wrong, ">Failed</entry>\n          </entries>",
                   ">Maybe</entry>\n          </entries>");
  EXPECT_THAT(Problems(wrong),
              ElementsAre(StartsWith("44 report[1].tests[2]: Expected pass"),
                          StartsWith("54 report[1].erasure[1].state: Expected succeeded"),
                          StartsWith("64 report[1].erasure[2].timestamp: Is no time."),
                          StartsWith("67 report[1].erasure[2].failed_sectors: Is no number.")));
}

TEST(ResultProblems, OfCsv) {
  EXPECT_THAT(Problems("model,result\nA,ok\n"), ElementsAre(HasSubstr("no column of serial")));
  EXPECT_THAT(Problems("serial,sn,result\nA,B,ok\n"), ElementsAre(StartsWith("1 sn: Is a second")));
  EXPECT_THAT(Problems("serial,result\n"), ElementsAre(HasSubstr("no line below its heading")));
  EXPECT_THAT(Problems("serial,result,tool,date,test:display,capacity,drive serial\n"
                       "A,maybe,t,soon,perhaps,big,D1\n"
                       "B,ok,t\n"
                       ",ok,t\n"
                       "C,ok,,,,,,,,\n"
                       "\"D,ok\n"
                       "E\n"),
              ElementsAre(StartsWith("2 date: Is no time."), StartsWith("2 result: Expected succ"),
                          StartsWith("2 capacity: Is no size."),
                          StartsWith("2 test:display: Expected pass"),
                          StartsWith("4 : Has no serial number of the device"),
                          StartsWith("5 : Has 10 cells, the heading 7"),
                          StartsWith("6 serial: A quote is opened"),
                          StartsWith("7 : Says nothing of the device.")));
  EXPECT_THAT(Problems("serial,result,errors,tool\nA,ok,3,t\n"),
              ElementsAre(HasSubstr("called successful and counts errors")));
  EXPECT_THAT(Problems("serial,result\nA,ok\n"), ElementsAre(HasSubstr("Names no tool.")));
}

TEST(ResultProblems, OfWorkbenchSnapshots) {
  std::string text = ResultSample("workbench-laptop.json");
  text = Replaced(text, R"("severity": "Info", "startTime")", R"("severity": "Fine", "startTime")");
  text = Replaced(text, R"("size": 500107)", R"("size": "large")");
  text = Replaced(text, R"("serialNumber": "NDK500-0043",)", "");
  text = Replaced(text, R"("size": 3480)", R"("size": 34800)");
  EXPECT_THAT(Problems(text, v1::RESULT_FORMAT_WORKBENCH),
              ElementsAre(StartsWith("0 components[1].actions[0].severity: Expected Info"),
                          StartsWith("0 components[2].size: Is no number."),
                          StartsWith("0 components[2]: Has no serial number of the drive"),
                          StartsWith("0 components[3].actions[0].size: Is no charge")));
  EXPECT_THAT(Problems("{\"type\": \"Snapshot\"}"),
              ElementsAre(StartsWith("0 device: Is missing.")));
}

TEST(ResultProblems, OfOurOwnJson) {
  EXPECT_THAT(Problems("{\n  \"format\": \"loopdock-results/1\",\n  x\n}"),
              ElementsAre(StartsWith("3 : Is no JSON at column 3")));
  EXPECT_THAT(Problems("[]", v1::RESULT_FORMAT_JSON), ElementsAre(HasSubstr("Is no object.")));
  std::string deep(100, '[');
  EXPECT_THAT(Problems(deep, v1::RESULT_FORMAT_JSON), ElementsAre(HasSubstr("deeper than 64")));
  std::string text = ResultSample("results.json");
  text = Replaced(text, "\"purge\"", "\"magic\"");
  text = Replaced(text, "\"errors\": 0", "\"errors\": -1");
  text = Replaced(text, "\"function\": \"touch\"", "\"function\": \"display\"");
  text = Replaced(text, "\"battery_percent\": 71", "\"battery\": 71");
  text = Replaced(text, "\"outcome\": \"fail\"", "\"outcome\": 0");
  text = Replaced(text, "{\"serial\": \"PH-55014\", \"category\": \"phone\"}", "7");
  EXPECT_THAT(Problems(text),
              ElementsAre(StartsWith("0 records[0].wipe.method: Expected clear"),
                          StartsWith("0 records[0].wipe.errors: Is no count."),
                          StartsWith("0 records[1].battery: Is no field here. Expected device,"),
                          StartsWith("0 records[1].tests[2].outcome: Is no text."),
                          StartsWith("0 records[1].tests[2].outcome: Expected pass"),
                          StartsWith("0 records[1]: Has the same function twice."),
                          StartsWith("0 records[2].device: Is no object."),
                          StartsWith("0 records[2]: Has no serial number of the device")));
}

TEST(ResultProblems, MoreThanAreKeptAreCounted) {
  std::string csv = "serial,result,tool\n";
  for (int i = 0; i < 1500; ++i) csv += "A,maybe,t\n";
  const ResultReading read = ReadResults(csv, v1::RESULT_FORMAT_UNSPECIFIED);
  EXPECT_EQ(read.problems.size(), kResultProblemsMax);
  EXPECT_EQ(read.problem_count, 1500);
}

TEST(ResultProblems, TooManyRecords) {
  std::string csv = "serial,result,tool\n";
  for (std::size_t i = 0; i <= kResultRecordsMax + 5; ++i) csv += "A,ok,t\n";
  EXPECT_THAT(Problems(csv), ElementsAre(HasSubstr("more than the 10000 records")));
}

}  // namespace
}  // namespace loopdock::grading
