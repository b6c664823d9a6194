// SPDX-License-Identifier: Apache-2.0
// One flipped bit at twenty offsets of each kind of file: found by the open, the high-water mark,
// a read or fsck, or without any effect on what is read.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/crash/child.h"
#include "tests/crash/script.h"

namespace loopdock::storage {
namespace {

namespace fs = std::filesystem;

constexpr int kOffsets = 20;
// What a judging child exits with.
constexpr int kHarmless = 0;
constexpr int kFound = 1;
constexpr int kShorter = 2;  // a prefix, with nothing wrong in it
constexpr int kServedWrong = 3;

struct Counts {
  int found = 0;
  int harmless = 0;
  int shorter = 0;
};

class BitFlipTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = FastTemporaryFolder();
    std::cout << "seed " << seed_ << std::endl;
    const int made = InChild(false, [&] {
      std::atomic<int> acknowledged{0};
      const auto driver = MakeRocksDbDriver();
      const absl::Status ran =
          RunScript(*driver, root_ + "/good/store", root_ + "/good/backups", &acknowledged);
      return ran.ok() && acknowledged == kScriptCommands ? 0 : 1;
    });
    ASSERT_TRUE(WIFEXITED(made) && WEXITSTATUS(made) == 0);
  }
  void TearDown() override { fs::remove_all(root_); }

  // The non-empty files under good/<folder> whose name begins or ends so.
  std::vector<std::string> Files(const std::string& folder, const std::string& part) const {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(root_ + "/good/" + folder)) {
      const std::string name = entry.path().filename().string();
      if (!entry.is_regular_file() || entry.file_size() == 0) continue;
      if (name.rfind(part, 0) == 0 ||
          (name.size() > part.size() && name.substr(name.size() - part.size()) == part)) {
        files.push_back(fs::relative(entry.path(), root_ + "/good").string());
      }
    }
    return files;
  }

  void Flip(const std::string& path, uint64_t offset, int bit) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    const auto byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ (1 << bit)));
    ASSERT_TRUE(file.good());
  }

  static int JudgeStore(const std::string& path, int expected) {
    const auto driver = MakeRocksDbDriver();
    const auto recovered = Recovered(*driver, path);
    if (!recovered.ok()) return absl::IsUnknown(recovered.status()) ? kServedWrong : kFound;
    return *recovered == expected ? kHarmless : kShorter;
  }
  static int JudgeBackup(const std::string& bad) {
    const auto driver = MakeRocksDbDriver();
    if (!driver->Restore(bad + "/backups", 1, bad + "/restored").ok()) return kFound;
    return JudgeStore(bad + "/restored", kScriptCommands / 2);
  }

  // One flip in a copy of everything.
  int JudgeFlip(const std::string& file, uint64_t offset, int bit, bool backup, bool marked) {
    const std::string bad = root_ + "/bad";
    fs::remove_all(bad);
    fs::copy(root_ + "/good", bad, fs::copy_options::recursive);
    if (!marked) fs::remove(bad + "/store/HIGH_WATER");
    Flip(bad + "/" + file, offset, bit);
    const int status = InChild(true, [&] {
      return backup ? JudgeBackup(bad) : JudgeStore(bad + "/store", kScriptCommands);
    });
    // RocksDB's own assertions find things too.
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGABRT ? kFound : kServedWrong;
    return WEXITSTATUS(status);
  }

  Counts FlipAll(const std::string& kind, const std::vector<std::string>& files, bool backup,
                 bool marked = true) {
    Counts counts;
    EXPECT_FALSE(files.empty()) << kind;
    if (files.empty()) return counts;
    uint64_t total = 0;
    for (const std::string& file : files) total += fs::file_size(root_ + "/good/" + file);
    for (int i = 0; i < kOffsets; ++i) {
      // Spread over all the bytes, first and last included.
      uint64_t at = total == 1 ? 0 : static_cast<uint64_t>(i) * (total - 1) / (kOffsets - 1);
      std::string chosen;
      for (const std::string& file : files) {
        chosen = file;
        const uint64_t size = fs::file_size(root_ + "/good/" + file);
        if (at < size) break;
        at -= size;
      }
      const int bit = static_cast<int>(random_() % 8);
      const int judged = JudgeFlip(chosen, at, bit, backup, marked);
      EXPECT_TRUE(judged == kHarmless || judged == kFound || judged == kShorter)
          << chosen << " byte " << at << " bit " << bit << ": served wrong (" << judged << ")";
      counts.found += judged == kFound ? 1 : 0;
      counts.harmless += judged == kHarmless ? 1 : 0;
      counts.shorter += judged == kShorter ? 1 : 0;
    }
    std::cout << kind << ": " << kOffsets << " flips, " << counts.found << " found, "
              << counts.harmless << " without effect, " << counts.shorter
              << " shorter without the mark" << std::endl;
    return counts;
  }

  const uint64_t seed_ = std::random_device{}();
  std::mt19937_64 random_{seed_};
  std::string root_;
};

TEST_F(BitFlipTest, InEachKindOfFileOfAStore) {
  const std::map<std::string, int> found_at_least = {
      {".sst", 15},    {".blob", 15},  {".log", 15},    {"MANIFEST", 10},
      {"CURRENT", 15}, {"OPTIONS", 0}, {"IDENTITY", 0}, {"HIGH_WATER", 20}};
  for (const auto& [kind, least] : found_at_least) {
    const Counts counts = FlipAll(kind, Files("store", kind), false);
    EXPECT_GE(counts.found, least) << kind;
    EXPECT_EQ(counts.shorter, 0) << kind << ": acknowledged commands vanished unnoticed";
  }
}

TEST_F(BitFlipTest, InTheUnmarkedTailOfTheLogLooksLikeATornWrite) {
  // Documented in docs/operating/backup-and-recovery.md: shorter, never wrong.
  const Counts counts = FlipAll("log without mark", Files("store", ".log"), false, false);
  EXPECT_GT(counts.shorter, 0);
}

TEST_F(BitFlipTest, InEachKindOfFileOfABackup) {
  for (const auto& [kind, least] :
       std::map<std::string, int>{{".sst", 20}, {".blob", 20}, {"MANIFEST", 20}, {"CURRENT", 20}}) {
    const Counts counts = FlipAll("backup " + kind, Files("backups", kind), true);
    EXPECT_GE(counts.found, least) << kind;
    EXPECT_EQ(counts.shorter, 0) << kind;
  }
  FlipAll("backup meta", {"backups/meta/1"}, true);
}

}  // namespace
}  // namespace loopdock::storage
