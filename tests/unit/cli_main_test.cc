// SPDX-License-Identifier: Apache-2.0
// The commands that need no server, as a person would call them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/cli/cli.h"
#include "services/common/fileio.h"
#include "services/traceability/core/merkle.h"
#include "services/traceability/core/note.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/tiles.h"

namespace loopdock::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Outcome {
  int exit = 0;
  std::string out;
  std::string error;

  std::vector<json> Lines() const {
    std::vector<json> lines;
    for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(out, "\n"), '\n')) {
      lines.push_back(json::parse(line, nullptr, false));
    }
    return lines;
  }
};

Outcome Loopdock(std::vector<std::string> words, const std::string& input = "") {
  words.insert(words.begin(), "loopdock");
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  std::istringstream stream(input);
  std::streambuf* const before = std::cin.rdbuf(stream.rdbuf());
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Outcome outcome;
  outcome.exit = Main(static_cast<int>(arguments.size()), arguments.data());
  outcome.out = ::testing::internal::GetCapturedStdout();
  outcome.error = ::testing::internal::GetCapturedStderr();
  std::cin.rdbuf(before);
  return outcome;
}

std::string Demo(const std::string& file) {
  return std::string(std::getenv("LOOPDOCK_SOURCE_DIR")) + "/tests/data/demo/" + file;
}

class CliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("cli-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

TEST_F(CliTest, DecodeGivesEveryFileALineInOrder) {
  const std::string label = Demo("labels/phone-c2.jpg");
  const std::string text = Write("text.jpg", "no picture");
  const std::string empty = Write("empty.png", "");
  const Outcome run =
      Loopdock({"decode", "--json", text, label, folder_ + "/none.jpg", empty, label, folder_});
  EXPECT_EQ(run.exit, kExitDone) << run.error;
  const auto lines = run.Lines();
  ASSERT_EQ(lines.size(), 6U) << run.out;
  EXPECT_EQ(lines[0]["file"], text);
  EXPECT_EQ(lines[0]["error"]["reason"], "NOT_A_PICTURE");
  for (const size_t i : {1U, 4U}) {
    EXPECT_TRUE(lines[i]["error"].is_null()) << lines[i];
    ASSERT_EQ(lines[i]["symbols"].size(), 1U);
    EXPECT_EQ(lines[i]["symbols"][0]["format"], "QRCode");
    EXPECT_EQ(lines[i]["symbols"][0]["text"],
              "https://id.example.org/01/09529999123459/21/C2Q55120");
    EXPECT_GT(lines[i]["ms"].get<double>(), 0);
  }
  EXPECT_EQ(lines[2]["error"]["reason"], "FILE_NOT_FOUND");
  EXPECT_EQ(lines[3]["error"]["reason"], "EMPTY_PICTURE");
  EXPECT_EQ(lines[5]["error"]["reason"], "FILE_UNREADABLE");
}

TEST_F(CliTest, GradeUsesTheScaleThatComesWithTheProgram) {
  const std::string cracked = Demo("screens/cracked.jpg");
  const Outcome run =
      Loopdock({"grade", "--json", "--um-per-px", "80", cracked, folder_ + "/none.jpg"});
  EXPECT_EQ(run.exit, kExitDone) << run.error;
  const auto lines = run.Lines();
  ASSERT_EQ(lines.size(), 2U) << run.out;
  EXPECT_EQ(lines[0]["reason"], "LIMIT");
  EXPECT_EQ(lines[0]["defects"][0]["type"], "crack");
  EXPECT_GT(lines[0]["defects"][0]["length_um"].get<double>(), 0);
  EXPECT_TRUE(lines[1]["grade"].is_null());
  EXPECT_EQ(lines[1]["error"]["reason"], "FILE_NOT_FOUND");

  const auto unknown = Loopdock({"grade", "--json", cracked}).Lines();
  EXPECT_EQ(unknown[0]["grade"], "C0");
  EXPECT_EQ(unknown[0]["reason"], "SCALE_UNKNOWN");
  EXPECT_TRUE(unknown[0]["defects"][0]["length_um"].is_null());
  EXPECT_EQ(unknown[0]["score"], lines[0]["score"]);
}

TEST_F(CliTest, GradeRefusesAScaleThatIsNone) {
  const std::string scale = Write("scale.toml", "id = 1");
  const Outcome run = Loopdock({"grade", "--scale", scale, Demo("screens/clean.jpg")});
  EXPECT_EQ(run.exit, kExitFailed);
  EXPECT_THAT(run.error, HasSubstr("SCALE_INVALID"));
  for (const char* option : {"--mat", "--face"}) {
    const Outcome bad = Loopdock({"grade", option, "chess", "x.jpg"});
    EXPECT_EQ(bad.exit, kExitUsage) << option;
  }
  for (const char* number : {"0", "-1", "nan", "inf", "x", ""}) {
    const Outcome bad = Loopdock({"grade", "--um-per-px", number, "x.jpg"});
    EXPECT_EQ(bad.exit, kExitUsage) << number;
    EXPECT_THAT(bad.out, IsEmpty());
  }
}

TEST_F(CliTest, LabelParseGivesEveryLineALine) {
  const Outcome run = Loopdock({"label", "parse", "--json", "--fnc1", "^"},
                               "]C1010950600013435221A1^10B\n"
                               "\n"
                               "\\u12\n"
                               "490154203237518\r\n" +
                                   std::string(2 << 20, 'x') + "\nlast \\u001d line");
  EXPECT_EQ(run.exit, kExitDone) << run.error;
  const auto lines = run.Lines();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0]["kind"], "gs1");
  EXPECT_EQ(lines[0]["elements"].dump(),
            R"([{"id":"01","value":"09506000134352"},{"id":"21","value":"A1"},)"
            R"({"id":"10","value":"B"}])");
  EXPECT_EQ(lines[1]["error"]["reason"], "SCAN_EMPTY");
  EXPECT_EQ(lines[2]["error"]["reason"], "ESCAPE_INVALID");
  EXPECT_EQ(lines[2]["elements"][0]["value"], "\\u12");
  EXPECT_EQ(lines[3]["kind"], "imei");
  EXPECT_TRUE(lines[3]["error"].is_null());
  EXPECT_EQ(lines[4]["error"]["reason"], "TEXT_TOO_LONG");
  EXPECT_TRUE(lines[5].is_object());
  EXPECT_EQ(Loopdock({"label", "parse", "--fnc1", "ab"}).exit, kExitUsage);
}

// An exported log with its checkpoint and key, as `trace export --format log` writes it.
class TraceVerifyTest : public CliTest {
 protected:
  void SetUp() override {
    CliTest::SetUp();
    auto signer = traceability::NoteSigner::Generate("cli.test/log");
    ASSERT_TRUE(signer.ok());
    key_ = signer->verifier().Vkey();
    traceability::Frontier frontier;
    for (std::uint64_t i = 0; i < 5; ++i) {
      traceability::Record record;
      record.site = "main";
      record.epoch = "e1";
      record.sequence = i + 1;
      record.fact = "asset_registered";
      record.kind = "asset.registered";
      record.clause = "CR5(a)";
      record.actor = "test";
      record.fact_sha256 = std::string(32, 'f');
      const auto bytes = traceability::EncodeRecord(record);
      ASSERT_TRUE(bytes.ok()) << bytes.status();
      const std::string salt(16, static_cast<char>('a' + i));
      frontier.Append(traceability::LeafHash(traceability::LeafData(salt, *bytes)));
      ASSERT_TRUE(traceability::AppendEntry(traceability::EncodeEntry(salt, *bytes), &log_).ok());
    }
    const auto note = signer->Sign(traceability::FormatCheckpoint(
        {.origin = "cli.test/log", .size = 5, .root = frontier.Root()}));
    ASSERT_TRUE(note.ok());
    checkpoint_ = Write("checkpoint", traceability::FormatNote(*note));
  }
  Outcome Verify(const std::string& log) const {
    return Loopdock({"trace", "verify", log, "--checkpoint", checkpoint_, "--key", key_});
  }

  std::string key_;
  std::string log_;
  std::string checkpoint_;
};

TEST_F(TraceVerifyTest, ProvesAnExportedLog) {
  const Outcome run = Verify(Write("log", log_));
  EXPECT_EQ(run.exit, kExitDone) << run.error;
  EXPECT_THAT(run.out, HasSubstr("verified: 5 of 5 records included\n"));
  const Outcome by_file = Loopdock({"trace", "verify", folder_ + "/log", "--checkpoint",
                                    checkpoint_, "--key", "@" + Write("key", key_ + "\n")});
  EXPECT_EQ(by_file.exit, kExitDone) << by_file.error;
}

TEST_F(TraceVerifyTest, ProvesNothingAboutALogWithAnyByteChanged) {
  for (size_t at = 0; at < log_.size(); at += 7) {
    std::string changed = log_;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const Outcome run = Verify(Write("changed", changed));
    EXPECT_NE(run.exit, kExitDone) << "byte " << at;
    EXPECT_THAT(run.out, IsEmpty()) << "byte " << at;
  }
}

TEST_F(TraceVerifyTest, ProvesNothingAboutAShortenedLog) {
  for (size_t length = 0; length < log_.size(); length += 5) {
    EXPECT_EQ(Verify(Write("short", log_.substr(0, length))).exit, kExitNotProven) << length;
  }
}

TEST_F(TraceVerifyTest, TrustsOnlyTheKeyThatIsGiven) {
  const std::string log = Write("log", log_);
  const auto other = traceability::NoteSigner::Generate("cli.test/log");
  ASSERT_TRUE(other.ok());
  key_ = other->verifier().Vkey();
  EXPECT_EQ(Verify(log).exit, kExitNotProven);
  key_ = "no key";
  EXPECT_EQ(Verify(log).exit, kExitFailed);
  EXPECT_EQ(Loopdock({"trace", "verify", log, "--checkpoint", checkpoint_}).exit, kExitUsage);
  EXPECT_EQ(Loopdock({"trace", "verify", log, "--key", "k"}).exit, kExitUsage);
}

TEST_F(CliTest, SaysWhenNoServerAnswersAndWhenNoTokenIsThere) {
  const std::string token = Write("token", "t");
  const Outcome nobody = Loopdock({"--address", "127.0.0.1:1", "--token-file", token, "--timeout",
                                   "0.2", "call", "GetSite", "{}"});
  EXPECT_EQ(nobody.exit, kExitUnreachable) << nobody.error;
  const Outcome no_token = Loopdock({"--data-dir", folder_, "asset", "list"});
  EXPECT_EQ(no_token.exit, kExitFailed);
  EXPECT_THAT(no_token.error, HasSubstr("TOKEN_MISSING"));
}

TEST_F(CliTest, WrongUsageIsToldOnStandardError) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{},
        {"nonsense"},
        {"decode"},
        {"trace"},
        {"decode", "--xml", "f"},
        {"call", "NoSuchMethod"},
        {"call", "GetSite", "{"},
        {"shipment", "show"},
        {"shipment", "ship", "--kind", "gift", "--receiver", "acme"},
        {"rules", "set", "--reason", "r", "--storage-days", "many"},
        {"call", "GetSite", "{\"nam\":1}"}}) {
    const Outcome run = Loopdock(words);
    EXPECT_EQ(run.exit, kExitUsage) << (words.empty() ? "" : words.back());
    EXPECT_THAT(run.out, IsEmpty());
    EXPECT_FALSE(run.error.empty());
  }
}

TEST_F(CliTest, EveryCommandHasHelp) {
  for (const char* command :
       {"decode",        "grade",         "label",   "trace",   "demo",      "scan",
        "inspect",       "asset",         "load",    "call",    "methods",   "health",
        "lot",           "shipment",      "receive", "session", "stocktake", "incident",
        "nonconformity", "authorization", "rules",   "party"}) {
    const Outcome run = Loopdock({command, "--help"});
    EXPECT_EQ(run.exit, kExitDone) << command;
    EXPECT_THAT(run.out, HasSubstr("--help")) << command;
    EXPECT_THAT(Loopdock({"--help"}).out, HasSubstr(command));
  }
}

TEST_F(CliTest, ScaleCheckNamesEveryFaultWithItsLine) {
  const std::string itad =
      std::string(std::getenv("LOOPDOCK_SOURCE_DIR")) + "/models/grading/itad-1.toml";
  const Outcome good = Loopdock({"scale", "check", itad});
  EXPECT_EQ(good.exit, kExitDone) << good.out;
  EXPECT_THAT(good.out, HasSubstr("itad-1.toml: nothing wrong; 9 notes"));
  std::string text = *common::ReadFile(itad);
  for (const auto& [from, to] :
       {std::pair<std::string, std::string>{"display = [4, 1, 0, 0]", "display = [1, 0, 0, 0]"},
        {"dead_pixels_max = 8", "dead_pixels_max = 2"}}) {
    text.replace(text.find(from), from.size(), to);
  }
  const Outcome bad = Loopdock({"scale", "check", Write("bad.toml", text)});
  EXPECT_EQ(bad.exit, kExitFailed);
  EXPECT_THAT(bad.out, HasSubstr("wrong: C5 is stricter than the better C6"));
  EXPECT_THAT(bad.out, HasSubstr("wrong: C3 is stricter than the better C4"));
  EXPECT_THAT(bad.error, HasSubstr("SCALE_INVALID"));
  EXPECT_EQ(Loopdock({"scale", "check", folder_ + "/none.toml"}).exit, kExitFailed);
}

TEST_F(CliTest, AWatchedFolderTakesNoWordsAboutOneAsset) {
  for (const auto& [option, word] : {std::pair{"--face", "back"},
                                     {"--light", "left"},
                                     {"--check", "bent=no"},
                                     {"--asset", "000005"}}) {
    const Outcome run = Loopdock({"inspect", "--watch", folder_, "--once", option, word});
    EXPECT_EQ(run.exit, kExitUsage) << option;
    EXPECT_THAT(run.error, HasSubstr("--watch takes")) << option;
  }
}

TEST_F(CliTest, InspectSaysWhatItNeeds) {
  EXPECT_EQ(Loopdock({"inspect"}).exit, kExitUsage);
  EXPECT_EQ(Loopdock({"inspect", "a.jpg"}).exit, kExitUsage) << "no asset";
  EXPECT_EQ(Loopdock({"inspect", "a.jpg", "--watch", folder_}).exit, kExitUsage);
  EXPECT_EQ(Loopdock({"inspect", "override", "000001", "--grade", "C3"}).exit, kExitUsage)
      << "no reason";
  EXPECT_EQ(Loopdock({"inspect", "override", "000001", "--grade", "good", "--reason", "x"}).exit,
            kExitUsage);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"--type", "d1=hole"},
                                                {"--zone", "d1=Z9"},
                                                {"--type", "dent"},
                                                {"--outline", "d1=1;2"},
                                                {"--add", "scratch Z1 1,2"},
                                                {"--check", "bent"}}) {
    std::vector<std::string> words = {"inspect", "edit", "000001"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(Loopdock(words).exit, kExitUsage) << wrong[1];
  }
  EXPECT_EQ(Loopdock({"station", "calibrate", "a.jpg"}).exit, kExitUsage) << "which station?";
  EXPECT_EQ(Loopdock({"station", "calibrate", "a.jpg", "--station", "b", "--board", "x"}).exit,
            kExitUsage);
}

TEST_F(CliTest, StationWritesItsSheet) {
  for (const char* board : {"chess", "phone", "tablet"}) {
    const std::string path = folder_ + "/" + board + ".pdf";
    const Outcome made = Loopdock({"station", "calibrate", "--board", board, "--sheet", path});
    EXPECT_EQ(made.exit, kExitDone) << made.error;
    EXPECT_EQ(common::ReadFile(path)->substr(0, 5), "%PDF-");
  }
  EXPECT_EQ(Loopdock({"station", "calibrate", "--station", "b"}).exit, kExitUsage);
}

}  // namespace
}  // namespace loopdock::cli
