// SPDX-License-Identifier: Apache-2.0
// LOOPDOCK_UPDATE=1 writes docs/operating/configuration.md and deploy/loopdock.toml anew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "services/common/config.h"
#include "services/common/config_options.h"
#include "services/common/fileio.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using testing::HasSubstr;

absl::StatusOr<ConfigRequest> Load(std::vector<const char*> flags,
                                   const std::map<std::string, std::string>& environment = {}) {
  flags.insert(flags.begin(), "loopdockd");
  return LoadConfig(static_cast<int>(flags.size()), flags.data(), [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

class ConfigFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("loopdock-config-test");
    path_ = folder_ + "/loopdock.toml";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& text) { ASSERT_TRUE(WriteFileAtomically(path_, text).ok()); }
  std::string folder_;
  std::string path_;
};

TEST(ConfigTest, DefaultsAreValidAndRunEverything) {
  const auto request = Load({});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->action, ConfigAction::kRun);
  EXPECT_EQ(request->config.listen, "127.0.0.1:7400");
  EXPECT_TRUE(request->config.Runs("inventory"));
  EXPECT_EQ(request->config.principals_path(), "./data/principals.toml");
}

TEST_F(ConfigFileTest, FlagsWinOverEnvironmentOverFile) {
  Write(
      "site = \"file\"\nlog_level = \"debug\"\ndata_dir = \"/file\"\n"
      "[limits]\nstreams = 7\n[services]\nrun = [\"intake\"]\n"
      "[services.inventory]\naddress = \"127.0.0.1:1\"\n[grading]\num_per_px = 80\n");
  const auto request = Load({"--config", path_.c_str(), "--site=flag", "--reflection"},
                            {{"LOOPDOCK_SITE", "environment"},
                             {"LOOPDOCK_LOG_LEVEL", "error"},
                             {"LOOPDOCK_LIMITS_BLOCKING_THREADS", "3"}});
  ASSERT_TRUE(request.ok()) << request.status();
  const Config& config = request->config;
  EXPECT_EQ(config.site, "flag");
  EXPECT_EQ(config.log_level, "error");
  EXPECT_EQ(config.data_dir, "/file");
  EXPECT_EQ(config.limits.streams, 7);
  EXPECT_EQ(config.limits.blocking_threads, 3);
  EXPECT_TRUE(config.reflection);
  EXPECT_TRUE(config.Runs("intake"));
  EXPECT_FALSE(config.Runs("inventory"));
  EXPECT_EQ(config.services.address.at("inventory"), "127.0.0.1:1");
  EXPECT_EQ(config.grading.um_per_px, 80.0);
}

TEST_F(ConfigFileTest, UnknownKeyNamesFileLineAndNearest) {
  Write("site = \"main\"\n[limits]\nmesage_bytes = 5\n");
  const absl::Status status = Load({"--config", path_.c_str()}).status();
  EXPECT_EQ(ReasonOf(status), "CONFIG_INVALID");
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_ + ":3:"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("limits.mesage_bytes"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("'limits.message_bytes'"));
}

// Texts on which the parser's own assertions fail, in builds that have them: see toml.h.
TEST_F(ConfigFileTest, WhatIsNoTomlIsRefusedAndEndsNothing) {
  for (const char* text : {"site = \"main\"\n[ .7]\n", "site = \"main\"\n[.]\n",
                           "site = \"main\"\n[limits\n", "site = \"main\"\n= 1\n"}) {
    SCOPED_TRACE(text);
    Write(text);
    const absl::Status status = Load({"--config", path_.c_str()}).status();
    EXPECT_EQ(ReasonOf(status), "CONFIG_INVALID");
    EXPECT_THAT(status.message(), HasSubstr("loopdock.toml:2: "));
  }
}

TEST_F(ConfigFileTest, WrongTypesNameTheLine) {
  for (const char* text : {"\nlisten = 5", "\nreflection = \"yes\"", "\nservices.run = \"all\"",
                           "\nservices.run = [1]", "\nlimits.streams = 1.5"}) {
    Write(text);
    const absl::Status status = Load({"--config", path_.c_str()}).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr(path_ + ":2:")) << text;
  }
}

TEST(ConfigTest, BadValuesAreRefused) {
  for (const char* flag :
       {"--nonsense=1", "--listen=nowhere", "--listen=127.0.0.1:70000", "--services=inventry",
        "--services=", "--limits-streams=0", "--limits-streams=x", "--site=Main", "--metrics=:1",
        "--log-level=loud", "--storage-driver=mysql", "--grading-um-per-px=-1",
        "--grading-um-per-px=nan", "--services-inventory-address=x", "--tls-key=k"}) {
    EXPECT_EQ(ReasonOf(Load({flag}).status()), "CONFIG_INVALID") << flag;
  }
  EXPECT_EQ(ReasonOf(Load({}, {{"LOOPDOCK_LIMITS_STREAMS", "many"}}).status()), "CONFIG_INVALID");
  EXPECT_EQ(ReasonOf(Load({"--config=none.toml"}).status()), "FILE_NOT_FOUND");
}

TEST(ConfigTest, ListeningBeyondLoopbackNeedsTls) {
  for (const char* flag : {"--listen=0.0.0.0:7400", "--listen=[::]:7400", "--listen=dock:7400",
                           "--listen=127.evil.example:7400"}) {
    EXPECT_EQ(ReasonOf(Load({flag}).status()), "TLS_REQUIRED") << flag;
  }
  EXPECT_TRUE(Load({"--listen=0.0.0.0:1", "--tls-certificate=c", "--tls-key=k"}).ok());
  EXPECT_TRUE(Load({"--listen=[::1]:7400"}).ok());
  EXPECT_TRUE(Load({"--listen=localhost:0"}).ok());
}

TEST(ConfigTest, PrintedConfigurationGivesTheSameOne) {
  const auto request =
      Load({"--print-config", "--grading-um-per-px=80", "--site=a", "--services=intake,routing"});
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->action, ConfigAction::kPrint);
  Config again;
  const absl::Status applied = ApplyToml("printed", request->text, &again);
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_EQ(PrintConfig(again), request->text);
  EXPECT_EQ(again.grading.um_per_px, 80.0);
}

TEST(ConfigTest, ActionsAreRecognised) {
  EXPECT_EQ(Load({"--check-config"})->action, ConfigAction::kCheck);
  EXPECT_EQ(Load({"--version"})->action, ConfigAction::kVersion);
  const auto help = Load({"--help"});
  EXPECT_EQ(help->action, ConfigAction::kHelp);
  EXPECT_THAT(help->text, HasSubstr("--limits-message-bytes"));
}

TEST(ConfigTest, EveryKeyHasItsOwnFlagAndVariable) {
  Config config;
  std::set<std::string> flags;
  std::set<std::string> variables;
  for (const Option& option : OptionsOf(&config)) {
    EXPECT_TRUE(flags.insert(option.flag()).second) << option.key;
    EXPECT_TRUE(variables.insert(option.environment()).second) << option.key;
    EXPECT_EQ(option.help.back(), '.') << option.key;
  }
}

TEST(ConfigTest, DocumentationIsUpToDate) {
  const char* root = std::getenv("LOOPDOCK_SOURCE_DIR");
  ASSERT_NE(root, nullptr) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
  const std::pair<std::string, std::string> files[] = {
      {"/docs/operating/configuration.md", ConfigMarkdown()},
      {"/deploy/loopdock.toml",
       "# A sample: every key with its default. See docs/operating/configuration.md.\n\n" +
           PrintConfig(Config())},
  };
  for (const auto& [name, expected] : files) {
    const std::string path = root + name;
    if (std::getenv("LOOPDOCK_UPDATE") != nullptr) {
      ASSERT_TRUE(MakeDirectories(std::filesystem::path(path).parent_path().string()).ok());
      ASSERT_TRUE(WriteFileAtomically(path, expected).ok());
    }
    const auto text = ReadFile(path);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_TRUE(*text == expected) << path << " is old: run this test with LOOPDOCK_UPDATE=1";
  }
}

}  // namespace
}  // namespace loopdock::common
