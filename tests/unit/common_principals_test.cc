// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "services/common/clock.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/principals.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using testing::HasSubstr;

std::string Entry(const std::string& name, const std::string& token,
                  const std::string& roles = "\"dock\"") {
  return absl::StrCat("[[principal]]\nname = \"", name, "\"\nroles = [", roles,
                      "]\nsites = [\"main\"]\ntoken_sha256 = \"", Sha256Hex(token), "\"\n");
}

class PrincipalsTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("loopdock-principals-test");
    path_ = folder_ + "/principals.toml";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void Write(const std::string& text) { ASSERT_TRUE(WriteFileAtomically(path_, text, 0600).ok()); }
  std::string folder_;
  std::string path_;
  ManualClock clock_;
};

TEST_F(PrincipalsTest, FindsByToken) {
  Write(Entry("anna", "t1", "\"dock\", \"supervisor\"") + Entry("bert", "t2"));
  auto principals = Principals::Load(path_, clock_);
  ASSERT_TRUE(principals.ok()) << principals.status();
  const auto anna = (*principals)->Find("t1");
  ASSERT_TRUE(anna.ok());
  EXPECT_EQ((*anna)->name, "anna");
  EXPECT_TRUE((*anna)->roles.Has(v1::ROLE_SUPERVISOR));
  EXPECT_FALSE((*anna)->roles.Has(v1::ROLE_ADMIN));
  for (const char* token : {"", "t3", "T1"}) {
    EXPECT_EQ((*principals)->Find(token).status().code(), absl::StatusCode::kUnauthenticated);
  }
}

TEST_F(PrincipalsTest, ChangesTakeEffectAndBadFilesDoNot) {
  Write(Entry("anna", "t1"));
  auto principals = Principals::Load(path_, clock_);
  ASSERT_TRUE(principals.ok());
  Write(Entry("bert", "t2"));
  EXPECT_TRUE((*principals)->Find("t1").ok()) << "not looked at again within a second";
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE((*principals)->Find("t1").ok()) << "withdrawn";
  EXPECT_TRUE((*principals)->Find("t2").ok());
  Write("nonsense");
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE((*principals)->Find("t2").ok()) << "the last good file stays in force";
  std::filesystem::remove(path_);
  clock_.Advance(absl::Seconds(2));
  EXPECT_TRUE((*principals)->Find("t2").ok());
}

TEST_F(PrincipalsTest, WrongFilesNameTheLine) {
  const std::string good = Entry("anna", "t1");
  const std::pair<std::string, const char*> cases[] = {
      {"", "no [[principal]]"},
      {"principal = 5", "no [[principal]]"},
      {"[[principals]]\nname = \"x\"\n", "unknown key 'principals'"},
      {good + "color = \"red\"\n", ":1: unknown key 'color'"},
      {good + Entry("bert", "t1"), ":6: two principals have the same token"},
      {Entry("anna", "t1", "\"king\""), "'king' is not a role"},
      {Entry("anna", "t1", "\"unspecified\""), "is not a role"},
      {Entry("anna", "t1", ""), "'roles'"},
      {Entry("an na", "t1"), "'name'"},
      {"[[principal]]\nname = \"a\"\nroles = [\"dock\"]\nsites = [\"main\"]\ntoken_sha256 = \"12\"",
       "64 hexadecimal"},
  };
  for (const auto& [text, expected] : cases) {
    Write(text);
    const absl::Status status = Principals::Load(path_, clock_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(expected)) << text;
  }
}

TEST_F(PrincipalsTest, FirstStartMakesTokensOnce) {
  const std::string service = folder_ + "/service.token";
  ASSERT_TRUE(PrepareFirstStart(folder_, path_, service).ok());
  const std::string admin_token = *ReadToken(folder_ + "/admin.token");
  const std::string service_token = *ReadToken(service);
  for (const char* name : {"/admin.token", "/service.token", "/principals.toml"}) {
    struct stat info = {};
    ASSERT_EQ(::stat((folder_ + name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777u, 0600u) << name;
  }
  auto principals = Principals::Load(path_, clock_);
  ASSERT_TRUE(principals.ok()) << principals.status();
  EXPECT_TRUE((*(*principals)->Find(admin_token))->roles.Has(v1::ROLE_ADMIN));
  EXPECT_TRUE((*(*principals)->Find(admin_token))->roles.Has(v1::ROLE_DOCK));
  EXPECT_FALSE((*(*principals)->Find(admin_token))->roles.Has(v1::ROLE_SERVICE));
  EXPECT_TRUE((*(*principals)->Find(service_token))->roles.Has(v1::ROLE_SERVICE));
  const std::string text = *ReadFile(path_);
  EXPECT_EQ(text.find(admin_token), std::string::npos) << "only the digest is kept";
  ASSERT_TRUE(PrepareFirstStart(folder_, path_, service).ok());
  EXPECT_EQ(*ReadFile(path_), text) << "a second start changes nothing";
  EXPECT_EQ(*ReadToken(folder_ + "/admin.token"), admin_token);
}

}  // namespace
}  // namespace loopdock::common
