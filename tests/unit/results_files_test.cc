// SPDX-License-Identifier: Apache-2.0
// What the sample files say, in every form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/proto_time.h"
#include "tests/unit/results_fixture.h"

namespace loopdock::grading {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

absl::Time Utc(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

TEST(NwipeLog, TellsErasedFailedAndAbortedApart) {
  const auto read = ReadSample("nwipe-three-drives.log");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  EXPECT_EQ(read.format, v1::RESULT_FORMAT_NWIPE);
  ASSERT_THAT(read.records, SizeIs(3));
  const v1::ResultRecord& aborted = read.records[0];
  EXPECT_THAT(aborted.device().serials(), ElementsAre("OFA10003"));
  EXPECT_EQ(aborted.wipe().outcome(), v1::WIPE_OUTCOME_ABORTED);
  EXPECT_EQ(aborted.wipe().passes_done_count(), 0);
  const v1::ResultRecord& erased = read.records[1];
  EXPECT_THAT(erased.device().serials(), ElementsAre("NDK500-0001")) << "not the cut one";
  EXPECT_TRUE(erased.device().is_drive());
  EXPECT_EQ(erased.device().model(), "NORDDISK ND500");
  EXPECT_EQ(erased.device().capacity_bytes(), 500107862016);
  EXPECT_EQ(erased.wipe().outcome(), v1::WIPE_OUTCOME_SUCCEEDED);
  EXPECT_EQ(erased.wipe().method(), inventory::v1::SANITIZATION_METHOD_CLEAR);
  EXPECT_EQ(erased.wipe().standard(), "DoD Short, PRNG Isaac, rounds 1");
  EXPECT_EQ(erased.wipe().passes_done_count(), 3);
  EXPECT_EQ(erased.wipe().passes_planned_count(), 3);
  EXPECT_EQ(erased.wipe().verification_method(), "read back by nwipe: 1 (last pass)");
  EXPECT_EQ(erased.tool(), "nwipe");
  EXPECT_EQ(erased.tool_version(), "0.34");
  EXPECT_EQ(erased.line(), 18);
  EXPECT_FALSE(erased.has_host()) << "its serial number is a word of the firmware";
  const v1::ResultRecord& failed = read.records[2];
  EXPECT_THAT(failed.device().serials(), ElementsAre("NDK500-0002"));
  EXPECT_EQ(failed.wipe().outcome(), v1::WIPE_OUTCOME_FAILED);
  EXPECT_EQ(failed.wipe().error_count(), 3);
}

TEST(NwipeLog, ALogThatEndsWithinAPassIsAborted) {
  const auto read = ReadSample("nwipe-cut-off.log");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  ASSERT_THAT(read.records, SizeIs(1));
  EXPECT_EQ(read.records[0].wipe().outcome(), v1::WIPE_OUTCOME_ABORTED);
  EXPECT_EQ(read.records[0].wipe().passes_planned_count(), 1);
  EXPECT_EQ(read.records[0].tool_version(), "0.17");
}

TEST(NwipeLog, AnErasedDriveWithAnErrorInTheLogHasFailed) {
  std::string log = ResultSample("nwipe-cut-off.log");
  log +=
      "[2026/03/13 10:00:00] nwipe: error: Write error on '/dev/sdc'.\n"
      "[2026/03/13 10:00:01] nwipe: notice: Finished pass 1 of 1, round 1 of 1, on device "
      "'/dev/sdc'.\n"
      "[2026/03/13 10:00:01] nwipe: notice: Finished final round 1 of 1 on device '/dev/sdc'.\n";
  const auto read = ReadResults(log, v1::RESULT_FORMAT_UNSPECIFIED);
  ASSERT_THAT(read.records, SizeIs(1)) << ProblemsOf(read).size();
  EXPECT_EQ(read.records[0].wipe().outcome(), v1::WIPE_OUTCOME_FAILED);
  EXPECT_EQ(read.records[0].wipe().error_count(), 1);
}

TEST(NwipeLog, RunsInOneFileAreEachTheirOwn) {
  const auto read =
      ReadResults(ResultSample("nwipe-cut-off.log") + ResultSample("nwipe-three-drives.log"),
                  v1::RESULT_FORMAT_NWIPE);
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  ASSERT_THAT(read.records, SizeIs(4));
  EXPECT_EQ(read.records[0].tool_version(), "0.17");
  EXPECT_EQ(read.records[3].tool_version(), "0.34");
}

TEST(BlanccoXml, ReadsErasuresWithTheirDisksAndTests) {
  const auto read = ReadSample("blancco-laptop.xml");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  EXPECT_EQ(read.format, v1::RESULT_FORMAT_BLANCCO);
  ASSERT_THAT(read.records, SizeIs(3));
  const v1::ResultRecord& erased = read.records[0];
  EXPECT_THAT(erased.device().serials(), ElementsAre("OFB20001")) << "by the id of the disk";
  EXPECT_EQ(erased.device().capacity_bytes(), 256060514304);
  EXPECT_THAT(erased.host().serials(), ElementsAre("W14-77031"));
  EXPECT_EQ(erased.host().category(), "laptop");
  EXPECT_EQ(erased.wipe().method(), inventory::v1::SANITIZATION_METHOD_PURGE);
  EXPECT_EQ(erased.wipe().outcome(), v1::WIPE_OUTCOME_SUCCEEDED);
  EXPECT_EQ(erased.wipe().verification_method(), "read back, 10 %");
  EXPECT_EQ(erased.tool(), "Drive Eraser");
  EXPECT_EQ(erased.tool_version(), "7.1.0");
  EXPECT_EQ(common::FromProto(erased.done_time()), Utc("2026-03-01T08:30:00Z"));
  const v1::ResultRecord& failed = read.records[1];
  EXPECT_EQ(failed.wipe().outcome(), v1::WIPE_OUTCOME_FAILED);
  EXPECT_EQ(failed.wipe().method(), inventory::v1::SANITIZATION_METHOD_CLEAR);
  EXPECT_EQ(failed.wipe().error_count(), 312);
  const v1::ResultRecord& tested = read.records[2];
  EXPECT_THAT(tested.device().serials(), ElementsAre("W14-77031"));
  ASSERT_EQ(tested.test().functions_size(), 2);
  EXPECT_EQ(tested.test().functions(0).function(), "Display");
  EXPECT_EQ(tested.test().functions(0).outcome(), inventory::v1::TEST_OUTCOME_PASS);
  EXPECT_EQ(tested.test().functions(1).outcome(), inventory::v1::TEST_OUTCOME_FAIL);
}

TEST(ResultsCsv, ReadsDrivesAndTestsByTheirHeadings) {
  const auto read = ReadSample("results.csv");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  EXPECT_EQ(read.format, v1::RESULT_FORMAT_CSV);
  ASSERT_THAT(read.records, SizeIs(2));
  const v1::ResultRecord& wiped = read.records[0];
  EXPECT_EQ(wiped.line(), 2);
  EXPECT_THAT(wiped.device().serials(), ElementsAre("OFB20002"));
  EXPECT_EQ(wiped.device().capacity_bytes(), 256'000'000'000);
  EXPECT_THAT(wiped.host().serials(), ElementsAre("W14-77032"));
  EXPECT_EQ(wiped.wipe().outcome(), v1::WIPE_OUTCOME_SUCCEEDED);
  EXPECT_EQ(wiped.operator_(), "anna");
  const v1::ResultRecord& tested = read.records[1];
  EXPECT_THAT(tested.device().serials(), ElementsAre("PH-55012"));
  EXPECT_EQ(tested.device().category(), "phone");
  ASSERT_EQ(tested.test().functions_size(), 3);
  EXPECT_EQ(tested.test().functions(1).outcome(), inventory::v1::TEST_OUTCOME_FAIL);
  EXPECT_EQ(tested.test().functions(2).function(), "battery");
  EXPECT_EQ(tested.test().functions(2).value(), "87 %");
}

TEST(WorkbenchJson, ReadsDrivesErasuresAndBattery) {
  const auto read = ReadSample("workbench-laptop.json");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  EXPECT_EQ(read.format, v1::RESULT_FORMAT_WORKBENCH);
  ASSERT_THAT(read.records, SizeIs(4));
  const v1::ResultRecord& erased = read.records[0];
  EXPECT_EQ(erased.path(), "components[1].actions[0]");
  EXPECT_THAT(erased.device().serials(), ElementsAre("OFB20003"));
  EXPECT_EQ(erased.device().media_type(), "SSD");
  EXPECT_EQ(erased.device().capacity_bytes(), 256060000000);
  EXPECT_THAT(erased.host().serials(), ElementsAre("W14-77033"));
  EXPECT_EQ(erased.wipe().outcome(), v1::WIPE_OUTCOME_SUCCEEDED);
  EXPECT_EQ(erased.wipe().passes_done_count(), 2);
  const v1::ResultRecord& drive_test = read.records[1];
  EXPECT_THAT(drive_test.device().serials(), ElementsAre("OFB20003"));
  EXPECT_EQ(drive_test.test().functions(0).function(), "storage");
  const v1::ResultRecord& found = read.records[2];
  EXPECT_THAT(found.device().serials(), ElementsAre("NDK500-0043"));
  EXPECT_EQ(found.finding_case(), v1::ResultRecord::FINDING_NOT_SET);
  const v1::ResultRecord& laptop = read.records[3];
  EXPECT_EQ(laptop.device().category(), "laptop");
  ASSERT_EQ(laptop.test().functions_size(), 2);
  EXPECT_EQ(laptop.test().functions(0).function(), "stress");
  EXPECT_EQ(laptop.test().functions(1).value(), "87 %");
}

TEST(WorkbenchJson, AStepThatFailedFailsTheErasure) {
  std::string text = ResultSample("workbench-laptop.json");
  const std::string step = R"({"type": "StepZero", "severity": "Info"})";
  text.replace(text.find(step), step.size(), R"({"type": "StepZero", "severity": "Error"})");
  const auto read = ReadResults(text, v1::RESULT_FORMAT_WORKBENCH);
  ASSERT_THAT(read.records, SizeIs(4));
  EXPECT_EQ(read.records[0].wipe().outcome(), v1::WIPE_OUTCOME_FAILED);
  EXPECT_EQ(read.records[0].wipe().passes_done_count(), 1);
}

TEST(ResultsJson, ReadsEveryField) {
  const auto read = ReadSample("results.json");
  ASSERT_THAT(ProblemsOf(read), IsEmpty());
  EXPECT_EQ(read.format, v1::RESULT_FORMAT_JSON);
  ASSERT_THAT(read.records, SizeIs(3));
  EXPECT_EQ(read.records[0].wipe().method(), inventory::v1::SANITIZATION_METHOD_PURGE);
  EXPECT_EQ(read.records[0].path(), "records[0]");
  EXPECT_EQ(read.records[1].test().functions(1).outcome(), inventory::v1::TEST_OUTCOME_UNSPECIFIED);
  EXPECT_EQ(read.records[1].test().functions(3).value(), "71 %");
  EXPECT_EQ(read.records[2].wipe().outcome(), v1::WIPE_OUTCOME_ABORTED);
  EXPECT_THAT(read.records[2].device().serials(), ElementsAre("PH-55014"));
  EXPECT_FALSE(read.records[2].device().is_drive());
}

}  // namespace
}  // namespace loopdock::grading
