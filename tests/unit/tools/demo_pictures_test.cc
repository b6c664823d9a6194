// SPDX-License-Identifier: Apache-2.0
// The committed demonstration pallet is what its program paints, and its truth is true.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <set>
#include <sstream>
#include <string>

#include "tests/tools/hostile_inputs.h"

namespace loopdock::testing {
namespace {

namespace fs = std::filesystem;

fs::path FromEnvironment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

fs::path Program(const std::string& name) {
  return FromEnvironment("LOOPDOCK_BIN_DIR", "build/release/bin") / name;
}

fs::path DemoFolder() { return FromEnvironment("LOOPDOCK_SOURCE_DIR", ".") / "tests/data/demo"; }

std::string ReadAll(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Outcome {
  int wait_status = 0;
  std::string output;
};

Outcome RunShell(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  char buffer[4096];
  size_t size = 0;
  while ((size = fread(buffer, 1, sizeof(buffer), pipe)) > 0) outcome.output.append(buffer, size);
  outcome.wait_status = pclose(pipe);
  return outcome;
}

std::string Quoted(const fs::path& path) { return "'" + path.string() + "'"; }

// As naive-reader prints it.
std::string Printable(const std::string& text) {
  std::string printable;
  for (const char c : text) {
    char escaped[8];
    std::snprintf(escaped, sizeof(escaped), c < ' ' ? "\\x%02x" : "%c", c);
    printable += escaped;
  }
  return printable;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "demo_pictures_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

TEST(DemoPictures, CommittedTruthIsWhatTheProgramPaints) {
  const TemporaryFolder folder;
  const Outcome painted =
      RunShell(Quoted(Program("loopdock-demo-pictures")) + " " + Quoted(folder.path()));
  ASSERT_EQ(painted.wait_status, 0);
  EXPECT_EQ(ReadAll(folder.path() / "pallet.json"), ReadAll(DemoFolder() / "pallet.json"))
      << "paint them again: build/release/bin/loopdock-demo-pictures tests/data/demo";
  for (const char* kind : {"labels", "screens"}) {
    std::set<fs::path> fresh;
    std::set<fs::path> kept;
    for (const auto& entry : fs::directory_iterator(folder.path() / kind)) {
      fresh.insert(entry.path().filename());
    }
    uintmax_t bytes = 0;
    for (const auto& entry : fs::directory_iterator(DemoFolder() / kind)) {
      kept.insert(entry.path().filename());
      bytes += entry.file_size();
    }
    EXPECT_EQ(fresh, kept);
    EXPECT_LT(bytes, 300000U) << kind << " grow too large for the repository";
  }
}

TEST(DemoPictures, EverySymbolReadsAsItsTruthSays) {
  const auto pallet = nlohmann::json::parse(ReadAll(DemoFolder() / "pallet.json"));
  ASSERT_GE(pallet.at("labels").size(), 7U);
  for (const auto& label : pallet.at("labels")) {
    const fs::path picture = DemoFolder() / label.at("file").get<std::string>();
    std::string read;
    for (const char* mode : {" linear ", " matrix "}) {
      const Outcome outcome = RunShell(Quoted(Program("naive-reader")) + mode + Quoted(picture));
      EXPECT_EQ(outcome.wait_status, 0) << picture;
      read += outcome.output;
    }
    for (const auto& symbol : label.at("symbols")) {
      const std::string line = symbol.at("format").get<std::string>() + "\t" +
                               Printable(symbol.at("text").get<std::string>()) + "\n";
      EXPECT_EQ(read.find(line) != std::string::npos, symbol.at("readable").get<bool>())
          << picture << ": wanted " << line << "got " << read;
    }
  }
}

TEST(DemoPictures, KillerFrameAbortsANaiveReader) {
  const TemporaryFolder folder;
  const fs::path killer = folder.path() / "killer.png";
  ASSERT_EQ(RunShell(Quoted(Program("loopdock-demo-pictures")) + " --killer " + Quoted(killer))
                .wait_status,
            0);
  // popen's shell reports a child that a signal ended as 128 + signal.
  const Outcome outcome =
      RunShell(Quoted(Program("naive-reader")) + " " + Quoted(killer) + " 2>/dev/null; exit $?");
  ASSERT_TRUE(WIFEXITED(outcome.wait_status));
  EXPECT_EQ(WEXITSTATUS(outcome.wait_status), 128 + SIGABRT) << outcome.output;
  const Outcome careful = RunShell(Quoted(Program("naive-reader")) + " linear " + Quoted(killer));
  EXPECT_EQ(careful.output, "Code128\tLD-0000-KILLER\n");
}

TEST(HostileInputs, BombIsAValidPngOfItsSize) {
  const std::string png = PngBomb(300, 200, 0.1);
  const cv::Mat picture =
      cv::imdecode(std::vector<uint8_t>(png.begin(), png.end()), cv::IMREAD_GRAYSCALE);
  EXPECT_EQ(picture.cols, 300);
  EXPECT_EQ(picture.rows, 200);
}

TEST(HostileInputs, TheLargeBombStaysNearOneMegabyte) {
  // A tenth of the size in each direction, so a hundredth of its bytes.
  const size_t size = PngBomb(2000, 2000, 0.0015).size();
  EXPECT_LT(size, 15000U);
  EXPECT_GT(size, 3000U);
}

}  // namespace
}  // namespace loopdock::testing
