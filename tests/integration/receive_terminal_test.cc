// SPDX-License-Identifier: Apache-2.0
// `loopdock receive` at a pseudoterminal, without a server: what a scanner sends is in the journal
// byte for byte, and the terminal is as it was however the program ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "clients/cli/receive_side.h"
#include "clients/cpp/scan_journal.h"
#include "services/common/fileio.h"
#include "tests/integration/receive_process.h"

namespace loopdock::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ReceiveTerminalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("receive-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
    ASSERT_TRUE(common::WriteFileAtomically(folder_ + "/token", "t").ok());
    // The journal knows its session: the terminal works without the server.
    cli::ReceiveSide side;
    side.state.session = "sites/main/sessions/1";
    side.state.load = "sites/main/loads/1";
    side.state.supplier = "parties/acme";
    side.state.counts.set_expected(200);
    ASSERT_TRUE(cli::WriteSide(cli::SidePath(journal()), side).ok());
  }
  void TearDown() override {
    process_.reset();
    std::filesystem::remove_all(folder_);
  }
  std::string journal() const { return folder_ + "/journal"; }
  void Start(std::vector<std::string> words = {}) {
    words.insert(words.end(), {"--journal", journal(), "--address", "127.0.0.1:1", "--token-file",
                               folder_ + "/token"});
    auto process = ReceiveProcess::Start(words, ReceiveProcess::Ends::kTerminal);
    ASSERT_TRUE(process.ok()) << process.status();
    process_ = *std::move(process);
    ASSERT_TRUE(process_->Await("/help shows")) << process_->shown();
  }
  std::vector<std::string> Kept() {
    auto opened = client::ScanJournal::Open(journal());
    EXPECT_TRUE(opened.ok()) << opened.status();
    std::vector<std::string> texts;
    if (!opened.ok()) return texts;
    for (const auto& scan : (*opened)->Unacknowledged()) texts.push_back(scan.text());
    return texts;
  }
  bool IsRaw() const { return (process_->Mode().c_lflag & ICANON) == 0; }
  bool IsRestored() const {
    const struct termios now = process_->Mode();
    const struct termios& before = process_->ModeBefore();
    return now.c_iflag == before.c_iflag && now.c_lflag == before.c_lflag &&
           std::memcmp(now.c_cc, before.c_cc, sizeof now.c_cc) == 0;
  }

  std::string folder_;
  std::unique_ptr<ReceiveProcess> process_;
};

TEST_F(ReceiveTerminalTest, ControlCharactersOfCodesAreKept) {
  Start();
  ASSERT_TRUE(IsRaw());
  // Group, record, file and unit separator, end of transmission, XON and XOFF, quoting and kill.
  const std::string code =
      "[)>\x1e"
      "06\x1dS1\x1cP2\x1f\x11\x13\x16\x15\x17\x12\x1e\x04";
  process_->Write(code + "\r");
  EXPECT_TRUE(process_->Await("not yet sent (1 waiting)")) << process_->shown();
  process_->Write("R58N1\tR58N2\r\nR58N3\n");
  EXPECT_TRUE(process_->Await("(4 waiting)"));
  EXPECT_THAT(process_->shown(), HasSubstr("OFFLINE, 4 not sent"));
  process_->Write("\x04");
  const int status = process_->Wait();
  ASSERT_TRUE(WIFEXITED(status)) << status;
  EXPECT_EQ(WEXITSTATUS(status), 3) << "scans wait for the server";
  EXPECT_TRUE(IsRestored());
  EXPECT_THAT(process_->shown(), HasSubstr("4 scans not yet acknowledged: kept in"));
  EXPECT_THAT(Kept(), ElementsAre(code, "R58N1", "R58N2", "R58N3"));
}

TEST_F(ReceiveTerminalTest, ABurstIsNeitherLostNorMerged) {
  Start();
  std::string burst;
  std::vector<std::string> codes;
  for (int i = 0; i < 1000; ++i) {
    codes.push_back(absl::StrCat("SN", 100000 + i));
    absl::StrAppend(&burst, codes.back(), "\r");
  }
  process_->Write(burst);
  ASSERT_TRUE(process_->Await("(1000 waiting)"));
  process_->Write("/quit\r");
  process_->Wait();
  EXPECT_EQ(Kept(), codes);
}

TEST_F(ReceiveTerminalTest, TheTerminalIsRestoredWhateverEndsTheProgram) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT}) {
    Start();
    ASSERT_TRUE(IsRaw()) << signal;
    process_->Write("R58N1\r");
    ASSERT_TRUE(process_->Await("not yet sent")) << signal;
    process_->Signal(signal);
    const int status = process_->Wait();
    const bool crash = signal == SIGSEGV || signal == SIGABRT;
    EXPECT_EQ(WIFSIGNALED(status), crash) << signal;
    EXPECT_TRUE(IsRestored()) << signal;
    if (!crash) {
      EXPECT_THAT(process_->shown(), HasSubstr("To go on: loopdock receive")) << signal;
    }
  }
  Start();
  process_->Write("\x03");
  EXPECT_TRUE(WIFEXITED(process_->Wait()));
  EXPECT_TRUE(IsRestored());
}

TEST_F(ReceiveTerminalTest, GoesOnAfterItWasKilled) {
  Start();
  process_->Write("R58N1\rR58N2\r");
  ASSERT_TRUE(process_->Await("(2 waiting)"));
  process_->Signal(SIGKILL);
  process_->Wait();
  Start();
  EXPECT_THAT(process_->shown(), HasSubstr("2 scans of before are not yet sent"));
  EXPECT_THAT(process_->shown(), HasSubstr("0 of 200 matched"));
  process_->Write("R58N3\r");
  ASSERT_TRUE(process_->Await("(3 waiting)"));
  // The last one was never sent; the ones before may have been, as far as this run knows.
  process_->Write("/undo\r");
  ASSERT_TRUE(process_->Await("UNDONE"));
  process_->Write("/undo\r");
  ASSERT_TRUE(process_->Await("may have reached the server"));
  process_->Signal(SIGKILL);
  process_->Wait();
  EXPECT_THAT(Kept(), ElementsAre("R58N1", "R58N2"));
}

TEST_F(ReceiveTerminalTest, ErrorsSoundUnlessQuiet) {
  Start();
  process_->Write("R58N1\r");
  ASSERT_TRUE(process_->Await("not yet sent"));
  EXPECT_EQ(process_->Count("\a"), 0);
  process_->Write("/nonsense\r");
  ASSERT_TRUE(process_->Await("There is no"));
  ASSERT_TRUE(process_->Await("\a"));
  process_->Write("\x04");
  process_->Wait();
  Start({"--quiet"});
  process_->Write("/nonsense\r");
  ASSERT_TRUE(process_->Await("There is no"));
  process_->Write("\x04");
  process_->Wait();
  EXPECT_THAT(process_->shown(), Not(HasSubstr("\a")));
}

TEST_F(ReceiveTerminalTest, WhatIsTypedIsShownAndCanBeErased) {
  Start();
  process_->Write("R58N1\r");
  ASSERT_TRUE(process_->Await("OFFLINE, 1 not sent"));
  process_->Write("half a code");
  ASSERT_TRUE(process_->Await("> half a code"));
  process_->Write("\x7f\x7f\x7f\x7f\r");
  ASSERT_TRUE(process_->Await("half a   KEPT"));
  process_->Write("\x04");
  process_->Wait();
  EXPECT_THAT(Kept(), ElementsAre("R58N1", "half a "));
}

}  // namespace
}  // namespace loopdock::testing
