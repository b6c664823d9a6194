// SPDX-License-Identifier: Apache-2.0
// What a site grades by: the program's models and its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/grading/models.h"
#include "tests/unit/scale_fixture.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* root = std::getenv("LOOPDOCK_SOURCE_DIR");
    folder_ = std::string(root == nullptr ? "." : root) + "/models/grading";
    site_ = *common::MakeTemporaryDirectory("loopdock-models-test");
  }
  void TearDown() override { std::filesystem::remove_all(site_); }

  void Write(const std::string& name, const std::string& text) {
    ASSERT_TRUE(common::WriteFileAtomically(site_ + "/" + name, text).ok());
  }
  static std::string Renamed(const std::string& id) {
    std::string text = DefaultScaleText();
    return text.replace(text.find("id = \"itad-1\""), 13, "id = \"" + id + "\"");
  }
  absl::StatusOr<std::vector<std::string>> Ids(const std::string& site) {
    const auto models = ReadGradingModels({.folder = folder_, .site = site});
    if (!models.ok()) return models.status();
    std::vector<std::string> ids;
    for (const Scale& scale : models->scales) ids.push_back(scale.id());
    EXPECT_EQ(models->texts.size(), ids.size());
    return ids;
  }

  std::string folder_;
  std::string site_;
};

TEST_F(ModelsTest, TheProgramHasThreeScales) {
  EXPECT_THAT(*Ids(""), ElementsAre("itad-1", "ctia-style-1", "trade-1"));
  const auto models = ReadGradingModels({.folder = folder_, .site = ""});
  EXPECT_EQ(models->stations.calibration_days, 90);
  EXPECT_EQ(models->stations.reprojection_px_max, 1.0);
  EXPECT_FALSE(models->checklists.For("phone").empty());
}

TEST_F(ModelsTest, ASiteAddsItsOwnWithoutARelease) {
  Write("ours.toml", Renamed("ours"));
  EXPECT_THAT(*Ids(site_), ElementsAre("itad-1", "ctia-style-1", "ours", "trade-1"));
  EXPECT_EQ(Ids(site_ + "/ours.toml")->front(), "ours") << "a file is the default";
  Write("default.toml", Renamed("first"));
  EXPECT_EQ(Ids(site_)->front(), "first");
  Write("stations.toml", "calibration_days = 7\nreprojection_px_max = 0.5\n");
  Write("checklists.toml", "[[question]]\nid = \"own\"\ntext = \"?\"\ncounts = \"dead_pixels\"\n");
  const auto models = ReadGradingModels({.folder = folder_, .site = site_});
  ASSERT_TRUE(models.ok()) << models.status();
  EXPECT_EQ(models->stations.calibration_days, 7);
  EXPECT_EQ(models->checklists.For("phone").size(), 1u);
}

TEST_F(ModelsTest, ASiteSaysWhichFunctionsAreKey) {
  const auto plan = [&] { return ReadFunctionPlan({.folder = folder_, .site = site_}); };
  ASSERT_TRUE(plan().ok()) << plan().status();
  EXPECT_EQ(plan()->name(), "functions@1");
  Write("functions.toml",
        "id = \"ours\"\nversion = \"2\"\nbattery_min_percent = 70\n"
        "[[class]]\ncategories = [\"phone\"]\nkey = [\"power\"]\n");
  ASSERT_TRUE(plan().ok()) << plan().status();
  EXPECT_EQ(plan()->name(), "ours@2");
  EXPECT_THAT(*Ids(site_), ::testing::Contains("itad-1")) << "it is no scale";
  Write("functions.toml", "id = 3");
  EXPECT_THAT(std::string(plan().status().message()), HasSubstr("functions.toml"));
}

TEST_F(ModelsTest, AWrongFileIsNamed) {
  Write("a.toml", Renamed("same"));
  Write("b.toml", Renamed("same"));
  EXPECT_EQ(ReasonOf(Ids(site_).status()), "SCALE_INVALID");
  Write("b.toml", "id = 3");
  EXPECT_THAT(std::string(Ids(site_).status().message()), HasSubstr("b.toml"));
  std::filesystem::remove(site_ + "/b.toml");
  for (const char* text : {"calibration_days = 0\nreprojection_px_max = 1.0", "days = 3",
                           "calibration_days = 9\nreprojection_px_max = -1.0", "= "}) {
    Write("stations.toml", text);
    EXPECT_EQ(ReasonOf(Ids(site_).status()), "STATIONS_INVALID") << text;
  }
  EXPECT_EQ(ReasonOf(Ids("/nowhere/scale.toml").status()), "FILE_NOT_FOUND");
}

}  // namespace
}  // namespace loopdock::grading
