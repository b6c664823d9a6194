// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "services/common/utf8.h"

namespace loopdock::common {
namespace {

TEST(Utf8Test, KnowsShortestFormsOnly) {
  for (const char* text : {"", "abc", "Zürich", "日本", "\xF0\x9F\x93\xA6", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(text)) << text;
    EXPECT_EQ(CleanUtf8(text), text);
  }
  for (const char* text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xE2\x82",
        "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
    EXPECT_FALSE(IsUtf8(text)) << text;
  }
}

TEST(Utf8Test, CleaningKeepsWhatIsText) {
  EXPECT_EQ(CleanUtf8("a\xFF"
                      "b\xC3\xBC\xC3"),
            "a\xEF\xBF\xBD"
            "bü\xEF\xBF\xBD");
  EXPECT_EQ(CleanUtf8("\xE2\x82x"), "\xEF\xBF\xBD\xEF\xBF\xBDx");
}

TEST(Utf8Test, PrefixNeverEndsInACharacter) {
  EXPECT_EQ(Utf8Prefix("aü", 2), "a");
  EXPECT_EQ(Utf8Prefix("aü", 3), "aü");
  EXPECT_EQ(Utf8Prefix("日本", 5), "日");
  EXPECT_EQ(Utf8Prefix("\xF0\x9F\x93\xA6", 3), "");
  EXPECT_EQ(Utf8Prefix("abc", 0), "");
}

TEST(Utf8Test, RandomBytesBecomeTextWithinTheLimit) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(random() % 40, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % 4 == 0 ? 'a' : random());
    EXPECT_TRUE(IsUtf8(CleanUtf8(bytes)));
    const std::size_t limit = random() % 24;
    const std::string cut = CleanUtf8Prefix(bytes, limit);
    EXPECT_TRUE(IsUtf8(cut));
    EXPECT_LE(cut.size(), limit);
  }
}

}  // namespace
}  // namespace loopdock::common
