// SPDX-License-Identifier: Apache-2.0
// Every reason that the code uses is documented, and the documentation is what the table says.
// LOOPDOCK_UPDATE=1 writes docs/reference/errors.md anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <regex>
#include <set>

#include "services/common/fileio.h"
#include "services/common/reasons.h"

namespace loopdock::common {
namespace {

namespace fs = std::filesystem;

std::string SourceDirectory() {
  const char* directory = std::getenv("LOOPDOCK_SOURCE_DIR");
  return directory == nullptr ? "" : directory;
}

TEST(ReasonsTest, NamesAreWellFormedAndUnique) {
  std::set<std::string_view> names;
  for (const Reason& reason : Reasons()) {
    EXPECT_TRUE(names.insert(reason.name).second) << reason.name << " is listed twice";
    EXPECT_LE(reason.name.size(), 63u);
    EXPECT_TRUE(std::regex_match(std::string(reason.name), std::regex("[A-Z][A-Z0-9_]*")));
    EXPECT_EQ(reason.meaning.back(), '.') << reason.name << " is not explained in a sentence";
  }
  EXPECT_EQ(FindReason("OVERLOADED")->code, absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(FindReason("NO_SUCH_REASON"), nullptr);
}

TEST(ReasonsTest, EveryReasonUsedIsListed) {
  const std::string root = SourceDirectory();
  ASSERT_FALSE(root.empty()) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
  const std::regex use(
      R"re(\b(?:Error\(\s*absl::StatusCode::k\w+,|PreconditionError\()\s*"([A-Z][A-Z0-9_]*)")re");
  size_t uses = 0;
  for (const char* part : {"/services", "/clients"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root + part)) {
      if (entry.path().extension() != ".cc" && entry.path().extension() != ".h") continue;
      const auto text = ReadFile(entry.path().string());
      ASSERT_TRUE(text.ok()) << text.status();
      for (std::sregex_iterator match(text->begin(), text->end(), use), end; match != end;
           ++match) {
        ++uses;
        const Reason* reason = FindReason((*match)[1].str());
        EXPECT_NE(reason, nullptr)
            << entry.path() << ": " << (*match)[1] << " is not listed in services/common/reasons.h";
      }
    }
  }
  EXPECT_GT(uses, 10u) << "the search finds nothing: has the code moved?";
}

TEST(ReasonsTest, DocumentationIsUpToDate) {
  const std::string root = SourceDirectory();
  ASSERT_FALSE(root.empty()) << "set LOOPDOCK_SOURCE_DIR, as ctest does";
  const std::string path = root + "/docs/reference/errors.md";
  if (std::getenv("LOOPDOCK_UPDATE") != nullptr) {
    ASSERT_TRUE(MakeDirectories(root + "/docs/reference").ok());
    ASSERT_TRUE(WriteFileAtomically(path, ReasonsMarkdown()).ok());
  }
  const auto text = ReadFile(path);
  ASSERT_TRUE(text.ok()) << text.status();
  EXPECT_TRUE(*text == ReasonsMarkdown())
      << path << " is old: run this test with LOOPDOCK_UPDATE=1";
}

}  // namespace
}  // namespace loopdock::common
