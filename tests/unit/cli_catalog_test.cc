// SPDX-License-Identifier: Apache-2.0
// Published lists of devices as entries of a site's catalog.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "clients/cli/catalog_lists.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using inventory::v1::CatalogEntry;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class CatalogListsTest : public ::testing::Test {
 protected:
  CatalogListsTest() : folder_(::testing::TempDir() + "/catalog_lists") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void SetUp() override {
    const char* source = std::getenv("LOOPDOCK_SOURCE_DIR");
    ASSERT_NE(source, nullptr) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
    const auto categories = intake::Catalog::Load(std::string(source) + "/models/catalog");
    ASSERT_TRUE(categories.ok()) << categories.status();
    categories_ = *categories;
  }
  void Write(const std::string& file, const std::string& text) {
    std::ofstream(folder_ + "/" + file, std::ios::binary) << text;
  }
  CatalogLists Read() {
    auto lists = ReadCatalogFolder(folder_, "main", categories_);
    EXPECT_TRUE(lists.ok()) << lists.status();
    return lists.ok() ? *std::move(lists) : CatalogLists();
  }
  std::vector<std::string> Problems(const CatalogLists& lists) {
    std::vector<std::string> texts;
    for (const ListProblem& problem : lists.problems) {
      texts.push_back(problem.file + ":" + std::to_string(problem.line) + ": " + problem.reason);
    }
    return texts;
  }

  const std::string folder_;
  intake::Catalog categories_;
};

TEST_F(CatalogListsTest, MassesAndCategories) {
  Write("boavizta-data-us.csv",
        "manufacturer,name,category,subcategory,weight,screen_size\r\n"
        "Acme,\"Pad, \"\"ten\"\"\",Workplace,Tablet,0.4835,10.1\r\n"
        "Acme,Lap  14,Workplace,Laptop,,14\r\n"
        "\r\n"
        "Acme,Disk,Datacenter,Hard drive,0.72,0\r\n");
  const CatalogLists lists = Read();
  EXPECT_THAT(Problems(lists), ElementsAre());
  ASSERT_EQ(lists.entries.size(), 3u);
  EXPECT_EQ(lists.row_count, 3u);
  const CatalogEntry& pad = lists.entries[0];
  EXPECT_EQ(pad.maker(), "Acme");
  EXPECT_EQ(pad.model(), "Pad, \"ten\"");
  EXPECT_EQ(pad.mass_g(), 484);
  EXPECT_EQ(pad.screen_um(), 256540);
  EXPECT_EQ(pad.category(), "tablet");
  EXPECT_EQ(pad.unu_key(), "0303");
  EXPECT_TRUE(pad.data_bearing());
  EXPECT_EQ(pad.licence(), "ODbL-1.0");
  EXPECT_THAT(pad.source(), HasSubstr("Boavizta"));
  EXPECT_THAT(pad.keys(), ElementsAre("PAD, \"TEN\"", "ACME PAD, \"TEN\""));
  EXPECT_THAT(pad.name(), HasSubstr("sites/main/catalog/boavizta-"));
  EXPECT_LE(pad.name().size(), 63u + sizeof("sites/main/catalog/"));
  EXPECT_EQ(lists.entries[1].mass_g(), 0);
  EXPECT_THAT(lists.entries[1].keys(), ElementsAre("LAP 14", "ACME LAP 14"));
  EXPECT_EQ(lists.entries[2].category(), "drive");
  EXPECT_EQ(lists.entries[2].screen_um(), 0);
  // The same rows are the same entries.
  EXPECT_EQ(Read().entries[0].SerializeAsString(), pad.SerializeAsString());
}

TEST_F(CatalogListsTest, RowsThatCannotBeUsedAreNamedAndSkipped) {
  Write("boavizta-data-us.csv",
        "manufacturer,name,subcategory,weight,screen_size\n"
        ",Nameless maker,Laptop,1,\n"
        "Acme,\"two\nlines\",Laptop,1,\n"
        "Acme,A,Laptop,heavy,\n"
        "Acme,B,Laptop,-1,\n"
        "Acme,C,Laptop,1,wide\n"
        "Acme,D,Laptop,1,14\n"
        "acme,d,Laptop,2,14\n");
  Write("samsung_tacs.csv",
        "tac,model,model2\n35332811,SM-N960F,\n8918162,SM-G970F\n35332811,X\n35332811,SM-N960F\n");
  Write("apple_devices.json",
        R"([{"name":"iPhone 12"}, 7, {"name":"iPhone 12","model":"iPhone13,2"}])");
  Write("android_devices.json", "{}");
  const CatalogLists lists = Read();
  EXPECT_THAT(
      Problems(lists),
      ElementsAre(HasSubstr("boavizta-data-us.csv:2: a row needs a manufacturer"),
                  HasSubstr("boavizta-data-us.csv:3: a row needs a manufacturer"),
                  HasSubstr("boavizta-data-us.csv:5: the weight"),
                  HasSubstr("boavizta-data-us.csv:6: the weight"),
                  HasSubstr("boavizta-data-us.csv:7: the screen size"),
                  HasSubstr("boavizta-data-us.csv:9: the list has this device already"),
                  HasSubstr("apple_devices.json:1: an entry needs a name and a model"),
                  HasSubstr("apple_devices.json:2: an entry needs a name and a model"),
                  HasSubstr("android_devices.json:1: the file is no JSON array"),
                  HasSubstr("samsung_tacs.csv:3: a type allocation code has eight digits"),
                  HasSubstr("samsung_tacs.csv:4: an earlier row gives this type allocation code")));
  EXPECT_EQ(lists.entries.size(), 3u);
  Write("boavizta-data-us.csv", "name\nx\n");
  EXPECT_THAT(Problems(Read())[0], HasSubstr("there is no column 'manufacturer'"));
}

TEST_F(CatalogListsTest, NamesCodesAndTypeAllocationCodes) {
  Write("apple_devices.json",
        R"([{"name":"iPhone 12","model":"iPhone13,2","ANumber":["A2172","A2402"]},)"
        R"({"name":"iPhone 12","model":"iPhone13,9","ANumber":["A2172"]}])");
  Write("android_devices.json",
        R"([{"brand":"Acme","name":"One","device":"one","model":"X1"},)"
        R"({"brand":"Bolt","name":"Two","device":"two","model":"x1"},)"
        R"({"brand":"Samsung","name":"Galaxy Note9","device":"crownlte","model":"SM-N960F"}])");
  Write("samsung_tacs.csv", "tac,model\n35332811,SM-N960F\n35332812,SM-N960F\n35332813,SM-T510\n");
  const CatalogLists lists = Read();
  ASSERT_EQ(lists.entries.size(), 6u);
  const CatalogEntry& phone = lists.entries[0];
  EXPECT_EQ(phone.model(), "iPhone 12");
  EXPECT_EQ(phone.category(), "phone");
  EXPECT_THAT(phone.keys(), ElementsAre("A2172", "A2402", "IPHONE13,2", "IPHONE 12",
                                        "APPLE IPHONE 12", "IPHONE13,9"));
  EXPECT_THAT(lists.entries[1].keys(), UnorderedElementsAre("ACME ONE", "ACME X1"))
      << "two brands use X1";
  const CatalogEntry& note = lists.entries[3];
  EXPECT_EQ(note.model(), "Galaxy Note9");
  EXPECT_EQ(note.category(), "phone");
  EXPECT_THAT(note.keys(), ElementsAre("SAMSUNG GALAXY NOTE9", "SM-N960F", "SAMSUNG SM-N960F"));
  // The model code belongs to the entry of the list before.
  EXPECT_THAT(lists.entries[4].keys(), ElementsAre("35332811", "35332812"));
  EXPECT_EQ(lists.entries[5].category(), "tablet");
  EXPECT_THAT(lists.entries[5].keys(), ElementsAre("SM-T510", "35332813"));
}

TEST_F(CatalogListsTest, ManyTypeAllocationCodesAreSeveralEntries) {
  std::string text = "tac,model\n";
  for (int i = 0; i < 100; ++i) text += std::to_string(35000000 + i) + ",SM-N960F\n";
  Write("samsung_tacs.csv", text);
  const CatalogLists lists = Read();
  ASSERT_EQ(lists.entries.size(), 2u);
  EXPECT_EQ(lists.entries[0].keys_size(), 64);
  EXPECT_EQ(lists.entries[1].keys_size(), 37);
  EXPECT_NE(lists.entries[0].name(), lists.entries[1].name());
}

TEST_F(CatalogListsTest, AFolderWithoutListsIsNone) {
  const auto lists = ReadCatalogFolder(folder_, "main", categories_);
  EXPECT_EQ(common::ReasonOf(lists.status()), "FILE_NOT_FOUND");
  EXPECT_THAT(std::string(lists.status().message()), HasSubstr("samsung_tacs.csv"));
}

}  // namespace
}  // namespace loopdock::cli
