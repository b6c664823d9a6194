// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <set>

#include "services/common/clock.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/common/toml.h"

namespace loopdock::common {
namespace {

TEST(ClockTest, ManualClockMovesOnlyWhenTold) {
  ManualClock clock;
  const absl::Time start = clock.Now();
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Seconds(3));
  EXPECT_EQ(clock.Now() - start, absl::Seconds(3));
}

TEST(IdsTest, UuidV7HasTimeVersionAndVariant) {
  ManualClock clock(absl::FromUnixMillis(0x0123456789ab));
  const std::string id = NewUuidV7(clock);
  EXPECT_EQ(id.substr(0, 13), "01234567-89ab");
  EXPECT_TRUE(IsUuidV7(id)) << id;
  clock.Advance(absl::Milliseconds(1));
  EXPECT_LT(id, NewUuidV7(clock));
}

TEST(IdsTest, UuidsOfOneMillisecondDiffer) {
  ManualClock clock;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(NewUuidV7(clock));
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(IdsTest, DerivedIdsDependOnTheWordsOnly) {
  const absl::Time time = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(DerivedUuidV7(time, "inspection 1"), DerivedUuidV7(time, "inspection 1"));
  EXPECT_NE(DerivedUuidV7(time, "inspection 1"), DerivedUuidV7(time, "inspection 2"));
  EXPECT_TRUE(IsUuidV7(DerivedUuidV7(time, "")));
}

TEST(IdsTest, OnlyWellFormedUuidsAreTaken) {
  EXPECT_TRUE(IsUuid("0123e567-89ab-4def-8123-456789ABCDEF"));
  EXPECT_FALSE(IsUuidV7("0123e567-89ab-4def-8123-456789abcdef")) << "version 4";
  EXPECT_FALSE(IsUuidV7("0123e567-89ab-7def-8123-456789abcdeF")) << "upper case";
  EXPECT_FALSE(IsUuidV7("0123e567-89ab-7def-c123-456789abcdef")) << "variant";
  EXPECT_FALSE(IsUuid("0123e567-89ab-7def-8123-456789abcde"));
  EXPECT_FALSE(IsUuid("0123e567x89ab-7def-8123-456789abcdef"));
  EXPECT_FALSE(IsUuid(std::string(36, '-')));
  EXPECT_FALSE(IsUuid(""));
}

TEST(IdsTest, CounterNamesSortAndReadBack) {
  EXPECT_EQ(CounterName(0), "000000");
  EXPECT_EQ(CounterName(31), "00000z");
  EXPECT_EQ(CounterName(32), "000010");
  EXPECT_LT(CounterName(1023), CounterName(1024));
  for (const std::uint64_t n : {0ull, 1ull, 12345ull, ~0ull}) {
    EXPECT_EQ(*ParseCounterName(CounterName(n)), n);
  }
  EXPECT_FALSE(ParseCounterName("").ok());
  EXPECT_FALSE(ParseCounterName("00000i").ok());
  EXPECT_FALSE(ParseCounterName("zzzzzzzzzzzzzzz").ok()) << "more than 64 bits";
}

TEST(HashTest, KnownDigests) {
  // FIPS 180-2 appendix B.1.
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(Sha256Hex("abc"), abc);
  Sha256Stream stream;
  stream.Update("a");
  stream.Update("");
  stream.Update("bc");
  EXPECT_EQ(HexEncode(stream.Finish()), abc);
}

TEST(HashTest, TextFormsReadBackAndRefuseOthers) {
  const std::string bytes("\x00\xff\x10", 3);
  EXPECT_EQ(HexEncode(bytes), "00ff10");
  EXPECT_EQ(*HexDecode("00Ff10"), bytes);
  EXPECT_EQ(ReasonOf(HexDecode("0").status()), "ENCODING_INVALID");
  EXPECT_EQ(ReasonOf(HexDecode("0g").status()), "ENCODING_INVALID");
  EXPECT_EQ(*Base64Decode(Base64Encode(bytes)), bytes);
  EXPECT_EQ(ReasonOf(Base64Decode("*").status()), "ENCODING_INVALID");
  EXPECT_TRUE(ConstantTimeEqual("ab", "ab"));
  EXPECT_FALSE(ConstantTimeEqual("ab", "ac"));
  EXPECT_FALSE(ConstantTimeEqual("ab", "abc"));
}

TEST(NamesTest, FormsReadAndWrite) {
  EXPECT_EQ(*ParseName("sites/main/assets/00000z", "assets"),
            (ResourceName{"main", "assets", "00000z"}));
  EXPECT_EQ(ParseName("parties/acme", "parties")->ToString(), "parties/acme");
  EXPECT_EQ(*ParseSite("sites/main"), "main");
  EXPECT_EQ(FormatName("main", "lots", "1"), "sites/main/lots/1");
  EXPECT_EQ(SiteOf("sites/main/lots/1"), "main");
  EXPECT_EQ(SiteOf("sites/main"), "main");
  EXPECT_EQ(SiteOf("parties/1"), "");
}

TEST(NamesTest, OthersAreRefused) {
  for (const char* name :
       {"", "sites", "sites/", "sites//assets/1", "sites/Main/assets/1", "sites/main/assets",
        "sites/main/assets/", "sites/main/assets/1/2", "sites/main/assets/../x",
        "sites/main/parties/1", "/sites/main/assets/1", "sites/main/assets/a b",
        "sites/main/assets/-1", "parties/", "assets/1"}) {
    EXPECT_EQ(ReasonOf(ParseName(name, "assets").status()), "INVALID_NAME") << name;
  }
  EXPECT_FALSE(ParseName(std::string(100'000, 'a')).ok());
  EXPECT_FALSE(ParseSite("sites/main/assets/1").ok());
  EXPECT_FALSE(IsValidId(std::string(64, 'a')));
}

TEST(JsonTest, BadJsonIsAnErrorAndNeverAnException) {
  EXPECT_EQ((*ParseJson(R"({"a":[1]})"))["a"][0], 1);
  for (const char* text : {"", "{", "[1,]", "\"\xff\"", "nul"}) {
    EXPECT_EQ(ReasonOf(ParseJson(text).status()), "JSON_INVALID") << text;
  }
  EXPECT_FALSE(ParseJson(std::string(100'000, '[')).ok());
  EXPECT_EQ(DumpJson(nlohmann::json("\xff")), "\"\xef\xbf\xbd\"");
}

class FileTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = MakeTemporaryDirectory("loopdock-base-test");
    ASSERT_TRUE(made.ok()) << made.status();
    folder_ = *made;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

TEST_F(FileTest, WritesWholeFilesWithTheirMode) {
  const std::string path = folder_ + "/a";
  ASSERT_TRUE(WriteFileAtomically(path, "one", 0600).ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two", 0600).ok());
  EXPECT_EQ(*ReadFile(path), "two");
  struct stat info = {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  const auto files = std::filesystem::directory_iterator(folder_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "nothing is left beside it";
}

TEST_F(FileTest, ErrorsSayWhich) {
  EXPECT_EQ(ReasonOf(ReadFile(folder_ + "/none").status()), "FILE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(WriteFileAtomically(folder_ + "/none/a", "x")), "FILE_UNWRITABLE");
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/a", "12345").ok());
  EXPECT_EQ(ReasonOf(ReadFile(folder_ + "/a", 4).status()), "TOO_LARGE");
  EXPECT_EQ(*ReadFile(folder_ + "/a", 5), "12345");
  EXPECT_EQ(ReasonOf(MakeDirectories(folder_ + "/a/b")), "FILE_UNWRITABLE");
  EXPECT_TRUE(MakeDirectories(folder_ + "/x/y/z").ok());
  EXPECT_TRUE(MakeDirectories(folder_ + "/x/y/z").ok());
}

TEST(TomlTest, ErrorsNameFileAndLine) {
  EXPECT_EQ((*ParseToml("f", "a = 1"))["a"].value<int>(), 1);
  const absl::Status status = ParseToml("f.toml", "a = 1\nb = = 2\n").status();
  EXPECT_EQ(ReasonOf(status), "CONFIG_INVALID");
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("f.toml:2:"));
}

}  // namespace
}  // namespace loopdock::common
