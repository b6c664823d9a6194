// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "clients/cpp/scan_journal.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

using intake::v1::ScanRequest;
using ::testing::ElementsAre;

ScanRequest Scan(const std::string& id, const std::string& text = "S1") {
  ScanRequest scan;
  scan.set_request_id(id);
  scan.set_text(text);
  return scan;
}

class ScanJournalTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = common::MakeTemporaryDirectory("journal-test");
    ASSERT_TRUE(folder.ok()) << folder.status();
    folder_ = *folder;
    path_ = folder_ + "/scans.journal";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<ScanJournal> Open() {
    auto journal = ScanJournal::Open(path_);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? *std::move(journal) : nullptr;
  }
  std::vector<std::string> IdsAfterOpening() {
    const auto journal = Open();
    std::vector<std::string> ids;
    if (journal == nullptr) return ids;
    for (const ScanRequest& scan : journal->Unacknowledged()) ids.push_back(scan.request_id());
    return ids;
  }
  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void Write(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string ReasonOfOpening() {
    const auto journal = ScanJournal::Open(path_);
    return journal.ok() ? "" : common::ReasonOf(journal.status());
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ScanJournalTest, KeepsWhatIsNotAcknowledgedInOrder) {
  {
    const auto journal = Open();
    for (const char* id : {"c", "a", "b"}) ASSERT_TRUE(journal->Add(Scan(id)).ok());
    ASSERT_TRUE(journal->Acknowledge("a").ok());
    ASSERT_TRUE(journal->Acknowledge("unknown").ok());
  }
  EXPECT_THAT(IdsAfterOpening(), ElementsAre("c", "b"));
}

TEST_F(ScanJournalTest, ForgetsWhatIsTakenBack) {
  {
    const auto journal = Open();
    for (const char* id : {"a", "b"}) ASSERT_TRUE(journal->Add(Scan(id)).ok());
    ASSERT_TRUE(journal->TakeBack("b").ok());
    ASSERT_TRUE(journal->TakeBack("unknown").ok());
  }
  EXPECT_THAT(IdsAfterOpening(), ElementsAre("a"));
  { ASSERT_TRUE(Open()->TakeBack("a").ok()); }
  EXPECT_TRUE(Bytes().empty());
}

TEST_F(ScanJournalTest, KeepsTheWholeScan) {
  ScanRequest scan = Scan("a", std::string("\0\xff\n", 3));
  scan.set_session("sites/main/sessions/1");
  { ASSERT_TRUE(Open()->Add(scan).ok()); }
  const auto journal = Open();
  ASSERT_EQ(journal->Unacknowledged().size(), 1U);
  EXPECT_EQ(journal->Unacknowledged()[0].SerializeAsString(), scan.SerializeAsString());
}

// The golden bytes of docs/internals/formats/journal.md.
TEST_F(ScanJournalTest, WritesTheDocumentedBytes) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Add(Scan("a", "")).ok());
  ASSERT_TRUE(journal->Add(Scan("b", "")).ok());
  ASSERT_TRUE(journal->Acknowledge("a").ok());
  const std::string hex = common::HexEncode(Bytes());
  EXPECT_TRUE(hex.starts_with("5305000000f80b0d400a0161220013edf791e4825229")) << hex;
  EXPECT_TRUE(hex.ends_with("4101000000893f906a61ca978112ca1bbdca")) << hex;
}

TEST_F(ScanJournalTest, ShrinksToNothingWhenAllIsAcknowledged) {
  const auto journal = Open();
  ASSERT_TRUE(journal->Add(Scan("a")).ok());
  ASSERT_TRUE(journal->Add(Scan("b")).ok());
  ASSERT_TRUE(journal->Acknowledge("a").ok());
  EXPECT_FALSE(Bytes().empty());
  ASSERT_TRUE(journal->Acknowledge("b").ok());
  EXPECT_TRUE(Bytes().empty());
}

TEST_F(ScanJournalTest, DropsARecordTornAtAnyByteAndGoesOn) {
  std::string first;
  std::string both;
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Add(Scan("a")).ok());
    first = Bytes();
    ASSERT_TRUE(journal->Add(Scan("b")).ok());
    both = Bytes();
  }
  for (size_t length = first.size(); length < both.size(); ++length) {
    Write(both.substr(0, length));
    EXPECT_THAT(IdsAfterOpening(), ElementsAre("a")) << length;
    EXPECT_EQ(Bytes(), first) << length;
    // A loss of power may leave zeros where the record was to be.
    Write(both.substr(0, length) + std::string(both.size() - length, '\0'));
    EXPECT_THAT(IdsAfterOpening(), ElementsAre("a")) << length;
  }
  Write(both.substr(0, both.size() - 1));
  { ASSERT_TRUE(Open()->Add(Scan("c")).ok()); }
  EXPECT_THAT(IdsAfterOpening(), ElementsAre("a", "c"));
}

TEST_F(ScanJournalTest, RefusesDamageBeforeTheLastRecordAtAnyByte) {
  size_t first = 0;
  {
    const auto journal = Open();
    ASSERT_TRUE(journal->Add(Scan("a")).ok());
    first = Bytes().size();
    ASSERT_TRUE(journal->Add(Scan("b")).ok());
  }
  const std::string whole = Bytes();
  for (size_t at = 0; at < first; ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    Write(damaged);
    EXPECT_EQ(ReasonOfOpening(), "JOURNAL_CORRUPT") << at;
    EXPECT_EQ(Bytes(), damaged) << "the damaged file must stay as it is, byte " << at;
  }
}

TEST_F(ScanJournalTest, IsForOneProgramAtATime) {
  const auto journal = Open();
  EXPECT_EQ(ReasonOfOpening(), "JOURNAL_LOCKED");
}

TEST_F(ScanJournalTest, RefusesAScanThatIsTooLarge) {
  const auto journal = Open();
  const absl::Status status = journal->Add(Scan("a", std::string((20 << 20) + 1, 'x')));
  EXPECT_EQ(common::ReasonOf(status), "TOO_LARGE");
  EXPECT_TRUE(journal->Unacknowledged().empty());
}

TEST_F(ScanJournalTest, SaysWhenTheFolderIsMissing) {
  path_ = folder_ + "/none/scans.journal";
  EXPECT_EQ(ReasonOfOpening(), "JOURNAL_IO");
}

}  // namespace
}  // namespace loopdock::client
