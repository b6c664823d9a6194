// SPDX-License-Identifier: Apache-2.0
// A disk that fails, is full, or loses power at the n-th call, for every n of a scripted run: the
// store refuses or stops, and what it comes back with is a prefix of the commands that contains
// every acknowledged one. Runs and judgements are processes of their own, since RocksDB as Debian
// builds it also stops at failed assertions.
#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <sys/mman.h>

#include <csignal>
#include <filesystem>
#include <iostream>
#include <random>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/crash/child.h"
#include "tests/crash/faulty_file_system.h"
#include "tests/crash/script.h"

namespace loopdock::storage {
namespace {

constexpr int kCompleted = 0;
constexpr int kRefused = 70;
constexpr int kWrong = 71;

// What children tell their parent, even when they are killed.
struct Shared {
  std::atomic<int> acknowledged{0};
  std::atomic<int> recovered{-1};
  std::atomic<bool> failed{false};
};

class IoFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = FastTemporaryFolder();
    shared_ = new (::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared;
  }
  void TearDown() override {
    std::filesystem::remove_all(root_);
    ::munmap(shared_, sizeof(Shared));
  }

  int RunFaulty(Fault fault, uint64_t n) {
    const auto system = std::make_shared<FaultyFileSystem>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(system);
    system->FailCall(n, fault, seed_ + n);
    const auto driver = MakeRocksDbDriver({.env = env.get()});
    const absl::Status ended =
        RunScript(*driver, root_ + "/store", root_ + "/backups", &shared_->acknowledged);
    shared_->failed = system->failed();
    if (ended.ok()) return kCompleted;
    // Refused without a cause, acknowledged after a refusal, or refused without a reason.
    if (!system->failed() || absl::IsUnknown(ended)) return kWrong;
    return common::ReasonOf(ended).empty() ? kWrong : kRefused;
  }

  int Judge() {
    const auto system = std::make_shared<FaultyFileSystem>();
    const std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(system);
    const auto driver = MakeRocksDbDriver({.env = env.get()});
    const auto recovered = Recovered(*driver, root_ + "/store");
    if (!recovered.ok()) {
      std::cerr << recovered.status() << std::endl;
      return kWrong;
    }
    shared_->recovered = *recovered;
    return kCompleted;
  }

  // One run with a fault at call n; false when it ended before that call.
  bool RunWith(Fault fault, uint64_t n) {
    SCOPED_TRACE(absl::StrCat("call ", n, " seed ", seed_));
    shared_->acknowledged = 0;
    shared_->recovered = -1;
    shared_->failed = false;
    const int run = InChild(true, [&] { return RunFaulty(fault, n); });
    bool failed = shared_->failed;
    if (WIFSIGNALED(run)) {
      EXPECT_EQ(WTERMSIG(run), SIGABRT);
      ++aborted_;
      failed = true;
    } else if (WEXITSTATUS(run) == kPowerLost) {
      failed = true;
    } else if (WEXITSTATUS(run) == kRefused) {
      ++refused_;
    } else {
      EXPECT_EQ(WEXITSTATUS(run), kCompleted);
    }
    const int judged = InChild(false, [&] { return Judge(); });
    EXPECT_TRUE(WIFEXITED(judged) && WEXITSTATUS(judged) == kCompleted);
    EXPECT_GE(shared_->recovered, shared_->acknowledged);
    // One command is in flight at a time.
    EXPECT_LE(shared_->recovered, shared_->acknowledged + 1);
    std::filesystem::remove_all(root_ + "/store");
    std::filesystem::remove_all(root_ + "/backups");
    return failed;
  }

  // Every n until a run makes fewer calls: `make crash`. In `make test` every third.
  void RunAll(Fault fault) {
    const uint64_t step = std::getenv("LOOPDOCK_CRASH_FULL") != nullptr ? 1 : 3;
    uint64_t n = 1 + seed_ % step;
    int runs = 0;
    for (; RunWith(fault, n) && !HasFailure(); n += step) ++runs;
    std::cout << "seed " << seed_ << ": " << runs << " faults within " << n << " calls; "
              << refused_ << " runs refused, " << aborted_ << " stopped by RocksDB's assertions"
              << std::endl;
    EXPECT_GT(n, 200u);
  }

  const uint64_t seed_ = std::random_device{}();
  std::string root_;
  Shared* shared_ = nullptr;
  int refused_ = 0;
  int aborted_ = 0;
};

TEST_F(IoFaultTest, AnErrorOfTheDiskAtEveryCall) { RunAll(Fault::kIo); }

TEST_F(IoFaultTest, AFullDiskAtEveryCall) { RunAll(Fault::kNoSpace); }

TEST_F(IoFaultTest, ALossOfPowerAtEveryCall) { RunAll(Fault::kPowerLoss); }

}  // namespace
}  // namespace loopdock::storage
