// SPDX-License-Identifier: Apache-2.0
// Files of other tools through the whole house, from the command line to inventory: drives become
// assets in their hosts, wipes and tests are recorded once, also across a crash, and what matches
// nothing waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <map>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace inv = inventory::v1;

struct Ended {
  int code = -1;
  std::string output;  // of both kinds
};

class ResultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
    samples_ = absl::StrCat(source == nullptr ? "." : source, "/tests/data/results/");
  }

  Ended Results(const std::string& words) {
    const std::string line =
        absl::StrCat(testing::ProgramPath("loopdock"), " results ", words, " --address ",
                     cluster_->to("grading").options().address, " --token-file ",
                     cluster_->folder(), "/admin.token 2>&1");
    Ended ended;
    FILE* pipe = ::popen(line.c_str(), "r");
    if (pipe == nullptr) return ended;
    char buffer[4096];
    while (const size_t bytes = std::fread(buffer, 1, sizeof buffer, pipe)) {
      ended.output.append(buffer, bytes);
    }
    const int status = ::pclose(pipe);
    if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
    return ended;
  }

  // An asset at the dock, which is secured.
  std::string Receive(const std::string& serial, const std::string& category) {
    inv::CreateAssetRequest create;
    create.set_request_id(common::NewUuidV7());
    create.set_site("sites/main");
    create.mutable_asset()->set_category(category);
    auto* identifier = create.mutable_asset()->add_identifiers();
    identifier->set_kind(inv::IDENTIFIER_KIND_SERIAL);
    identifier->set_value(serial);
    const auto made = floor_->Do(&InventoryStub::CreateAsset, create);
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? made->name() : "";
  }

  absl::StatusOr<inv::Asset> Find(const std::string& serial) {
    inv::FindAssetRequest find;
    find.set_site("sites/main");
    find.mutable_identifier()->set_value(serial);
    return floor_->Do(&InventoryStub::FindAsset, find);
  }

  // How many facts of tests and of sanitizations there are of each asset.
  std::map<std::string, int> Recorded() {
    std::map<std::string, int> recorded;
    const auto feed = floor_->Feed();
    EXPECT_TRUE(feed.ok()) << feed.status();
    if (!feed.ok()) return recorded;
    for (const inv::FeedEntry& entry : *feed) {
      for (const inv::Fact& fact : entry.facts()) {
        if (fact.has_test_recorded()) ++recorded["test " + fact.test_recorded().asset()];
        if (fact.has_sanitization_recorded()) {
          ++recorded["wipe " + fact.sanitization_recorded().sanitization().asset()];
        }
        if (fact.has_component_installed()) {
          ++recorded["installed " + fact.component_installed().asset()];
        }
      }
    }
    return recorded;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string samples_;
};

TEST_F(ResultsTest, ASnapshotMakesDrivesAndRecordsWhatWasDoneToThem) {
  const std::string laptop = Receive("W14-77033", "laptop");
  const Ended imported = Results("import " + samples_ + "workbench-laptop.json");
  ASSERT_EQ(imported.code, 0) << imported.output;
  EXPECT_THAT(imported.output, HasSubstr("4 records, 4 matched, 0 waiting"));
  const auto tested =
      floor_->Await([&](const inv::Fact& fact) { return fact.test_recorded().asset() == laptop; });
  ASSERT_TRUE(tested.ok()) << tested.status();
  const auto wiped = Find("OFB20003");
  ASSERT_TRUE(wiped.ok()) << wiped.status();
  EXPECT_EQ(wiped->installed_in(), laptop);
  EXPECT_EQ(wiped->parent(), laptop);
  EXPECT_EQ(wiped->category(), "drive");
  EXPECT_EQ(wiped->data_device_state(), inv::DATA_DEVICE_STATE_SANITIZED_LOGICAL);
  EXPECT_EQ(wiped->data_status(), inv::DATA_STATUS_SANITIZED_CLEAR);
  EXPECT_EQ(wiped->functional(), inv::FUNCTIONAL_F3) << "the storage test is its only key function";
  const auto found = Find("NDK500-0043");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->installed_in(), laptop);
  EXPECT_EQ(found->data_device_state(), inv::DATA_DEVICE_STATE_SECURED);
  const auto host = floor_->Asset(laptop);
  ASSERT_TRUE(host.ok()) << host.status();
  EXPECT_EQ(host->functional(), inv::FUNCTIONAL_F_NONE);
  EXPECT_EQ(host->functional_gap(), inv::FUNCTIONAL_GAP_PARTIAL_UNTESTED)
      << "a stress test and a battery say nothing of display and keyboard";
  EXPECT_GT(host->installed_unsafe_count(), 0) << "the other disk may hold data";
  const auto before = Recorded();
  const Ended again = Results("import " + samples_ + "workbench-laptop.json");
  EXPECT_THAT(again.output, HasSubstr("4 were here already"));
  EXPECT_EQ(Recorded(), before);
}

TEST_F(ResultsTest, WhatMatchesNothingWaitsAcrossACrashAndIsMatchedOrDismissed) {
  const Ended imported = Results("import " + samples_ + "results.csv " + samples_ +
                                 "nwipe-three-drives.log --operator anna");
  ASSERT_EQ(imported.code, 0) << imported.output;
  EXPECT_THAT(imported.output, HasSubstr("3 records, 0 matched, 3 waiting"));
  cluster_->Kill();
  ASSERT_TRUE(cluster_->Restart().ok());
  const Ended queue = Results("queue");
  ASSERT_EQ(queue.code, 0) << queue.output;
  for (const char* serial : {"OFB20002", "PH-55012", "NDK500-0001", "NDK500-0002", "OFA10003"}) {
    EXPECT_THAT(queue.output, HasSubstr(serial));
  }
  const std::string drive = Receive("NDK500-0001", "drive");
  const std::string id_of_erased = [&] {
    const size_t at = queue.output.find("NDK500-0001");
    const size_t line = queue.output.rfind('\n', at) + 1;
    return queue.output.substr(line, queue.output.find(' ', line) - line);
  }();
  const Ended matched = Results("match " + id_of_erased);
  ASSERT_EQ(matched.code, 0) << matched.output;
  ASSERT_TRUE(floor_
                  ->Await([&](const inv::Fact& fact) {
                    return fact.sanitization_recorded().sanitization().asset() == drive;
                  })
                  .ok());
  const auto wiped = floor_->Asset(drive);
  ASSERT_TRUE(wiped.ok()) << wiped.status();
  EXPECT_EQ(wiped->sanitized_by(), "anna");
  EXPECT_EQ(wiped->sanitized_with(), "nwipe 0.34");
  EXPECT_EQ(Recorded()["wipe " + drive], 1);
  const size_t at = queue.output.find("OFA10003");
  const size_t line = queue.output.rfind('\n', at) + 1;
  const std::string aborted = queue.output.substr(line, queue.output.find(' ', line) - line);
  EXPECT_EQ(Results("dismiss " + aborted).code, 2) << "without a reason";
  EXPECT_EQ(Results("dismiss " + aborted + " --reason 'Wiped again.'").code, 0);
  const Ended rest = Results("queue");
  EXPECT_THAT(rest.output, Not(HasSubstr("OFA10003")));
  EXPECT_THAT(rest.output, Not(HasSubstr("NDK500-0001")));
  EXPECT_THAT(rest.output, HasSubstr("PH-55012"));
}

TEST_F(ResultsTest, AWipeThatTheGuardsRefuseWaitsWithTheirReason) {
  // A sanitization of it failed before.
  const std::string drive = Receive("OFB20002", "drive");
  inv::BeginProcessRequest begin;
  begin.set_request_id(common::NewUuidV7());
  begin.set_name(drive);
  begin.set_process(inv::NEXT_PROCESS_DATA_SANITIZATION);
  ASSERT_TRUE(floor_->Do(&InventoryStub::BeginProcess, begin).ok());
  inv::RecordSanitizationRequest failed;
  failed.set_request_id(common::NewUuidV7());
  failed.mutable_sanitization()->set_asset(drive);
  failed.mutable_sanitization()->set_method(inv::SANITIZATION_METHOD_CLEAR);
  failed.mutable_sanitization()->set_tool("other");
  ASSERT_TRUE(floor_->Do(&InventoryStub::RecordSanitization, failed).ok());
  const Ended imported = Results("import " + samples_ + "results.csv");
  ASSERT_EQ(imported.code, 0) << imported.output;
  Ended queue;
  for (int tries = 0; tries < 100 && queue.output.find("REFUSED") == std::string::npos; ++tries) {
    queue = Results("queue");
  }
  EXPECT_THAT(queue.output, HasSubstr("REFUSED"));
  EXPECT_THAT(queue.output, HasSubstr("OFB20002"));
  EXPECT_EQ(floor_->Asset(drive)->data_status(), inv::DATA_STATUS_SANITIZATION_FAILED)
      << "R-12: what failed is only destroyed";
}

TEST_F(ResultsTest, AFileWithProblemsIsRefusedWholeAndNamesThemAll) {
  const std::string path = cluster_->folder() + "/wrong.csv";
  ASSERT_TRUE(common::WriteFileAtomically(
                  path, "serial,result,tool,date\nA1,erased,t,soon\nA2,perhaps,t,\nA3,ok,t,\n")
                  .ok());
  const Ended imported = Results("import " + path);
  EXPECT_EQ(imported.code, 1);
  EXPECT_THAT(imported.output, HasSubstr("wrong.csv:2: date: Is no time."));
  EXPECT_THAT(imported.output, HasSubstr("wrong.csv:3: result: Expected succeeded"));
  EXPECT_THAT(Results("queue").output, HasSubstr("Nothing waits."));
}

}  // namespace
}  // namespace loopdock::e2e
