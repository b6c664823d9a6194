// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "services/common/hash.h"
#include "services/common/status.h"
#include "services/traceability/core/note.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/verify.h"

namespace loopdock::traceability {
namespace {

Record Sample(std::uint64_t sequence) {
  Record record;
  record.site = "main";
  record.epoch = "e1";
  record.sequence = sequence;
  record.fact = "asset_registered";
  record.kind = "asset.registered";
  record.clause = "CR5(a)";
  record.event_time_us = 1767323045000000;
  record.event_time_source = EventTimeSource::kStation;
  record.utc_offset_minutes = -360;
  record.server_time_us = 1767323046000000;
  record.actor = "demo";
  record.subjects = {"sites/main/assets/A1"};
  record.attributes = {"load=sites/main/loads/L1", "maker=Example"};
  return record;
}

// The byte form is for ever: docs/internals/formats/log.md shows the same bytes.
TEST(TraceRecord, GoldenBytes) {
  Record record;
  record.site = "main";
  record.epoch = "e";
  record.sequence = 2;
  record.fact = "load_set";
  record.event_time_us = 1;
  record.event_time_source = EventTimeSource::kServer;
  record.utc_offset_minutes = -60;
  record.subjects = {"sites/main/loads/L1"};
  auto bytes = EncodeRecord(record);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(common::HexEncode(*bytes),
            "01"
            "01000000046d61696e"
            "020000000165"
            "03000000080000000000000002"
            "05000000086c6f61645f736574"
            "08000000080000000000000001"
            "090000000102"
            "0a00000008ffffffffffffffc4"
            "0f0000001373697465732f6d61696e2f6c6f6164732f4c31");
  const std::string leaf = LeafData(std::string(16, '\x11'), *bytes);
  EXPECT_EQ(leaf.size(), 33u);
  EXPECT_EQ(leaf, "\x01" + common::Sha256(std::string(16, '\x11') + *bytes));
}

TEST(TraceRecord, RoundTripAndOnlyOneForm) {
  const Record record = Sample(7);
  const std::string bytes = *EncodeRecord(record);
  auto decoded = DecodeRecord(bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, record);
  EXPECT_FALSE(DecodeRecord(bytes + "x").ok());
  EXPECT_FALSE(DecodeRecord(std::string_view(bytes).substr(1)).ok());
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = bytes.substr(0, 1 + random() % bytes.size());
    damaged[random() % damaged.size()] = static_cast<char>(random());
    auto again = DecodeRecord(damaged);
    if (again.ok()) {
      EXPECT_EQ(*EncodeRecord(*again), damaged);
    }
  }
}

TEST(TraceRecord, LimitsAreHeld) {
  Record record = Sample(1);
  record.attributes.assign(1001, "a=b");
  EXPECT_EQ(common::ReasonOf(EncodeRecord(record).status()), "RECORD_INVALID");
  record.attributes = {std::string(60001, 'x')};
  EXPECT_EQ(common::ReasonOf(EncodeRecord(record).status()), "RECORD_INVALID");
}

struct Log {
  std::vector<std::string> entries;
  std::string checkpoint;
  std::string vkey;
};

Log MakeLog(std::size_t size) {
  auto signer = *NoteSigner::FromSeed("loopdock.example/main", std::string(32, '\x05'));
  Log log;
  Frontier tree;
  for (std::size_t i = 0; i < size; ++i) {
    const std::string salt(kSaltBytes, static_cast<char>(i + 1));
    log.entries.push_back(EncodeEntry(salt, *EncodeRecord(Sample(i + 1))));
    tree.Append(LeafHash(DecodeEntry(log.entries.back())->leaf_data));
  }
  const Checkpoint checkpoint{"loopdock.example/main", tree.size(), tree.Root(), {}};
  log.checkpoint = FormatNote(*signer.Sign(FormatCheckpoint(checkpoint)));
  log.vkey = signer.verifier().Vkey();
  return log;
}

absl::StatusOr<VerifyReport> Verify(const Log& log) {
  auto verifier = LogVerifier::Start(log.checkpoint, log.vkey);
  if (!verifier.ok()) return verifier.status();
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    if (auto status = verifier->Add(i, log.entries[i]); !status.ok()) return status;
  }
  return verifier->Finish();
}

TEST(LogVerifier, ProvesAnUntouchedLog) {
  for (const std::size_t size : {0u, 1u, 2u, 13u}) {
    auto report = Verify(MakeLog(size));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->record_count, size);
    EXPECT_EQ(report->Sentence(),
              std::to_string(size) + " of " + std::to_string(size) + " records included");
  }
}

TEST(LogVerifier, FindsEveryKindOfTampering) {
  const Log good = MakeLog(9);
  Log log = good;
  log.entries[4] = EncodeEntry(std::string(kSaltBytes, '\x05'), *EncodeRecord(Sample(5000)));
  EXPECT_EQ(common::ReasonOf(Verify(log).status()), "LOG_VERIFY_FAILED") << "changed";
  log = good;
  log.entries[4][20] ^= 1;
  EXPECT_FALSE(Verify(log).ok()) << "one bit";
  log = good;
  log.entries.erase(log.entries.begin() + 3);
  EXPECT_FALSE(Verify(log).ok()) << "removed";
  log = good;
  log.entries.pop_back();
  EXPECT_FALSE(Verify(log).ok()) << "cut";
  log = good;
  std::swap(log.entries[2], log.entries[3]);
  EXPECT_FALSE(Verify(log).ok()) << "exchanged";
  log = good;
  log.entries.insert(log.entries.begin() + 1, log.entries[1]);
  EXPECT_FALSE(Verify(log).ok()) << "repeated";
  log = good;
  log.checkpoint[25] ^= 1;
  EXPECT_FALSE(Verify(log).ok()) << "checkpoint";
  log = good;
  log.vkey = NoteSigner::Generate("loopdock.example/main")->verifier().Vkey();
  EXPECT_EQ(common::ReasonOf(Verify(log).status()), "NOTE_UNSIGNED");
}

TEST(LogVerifier, AnErasedRecordStillVerifies) {
  Log log = MakeLog(5);
  log.entries[2] = EncodeErasedEntry(DecodeEntry(log.entries[2])->leaf_data);
  auto report = Verify(log);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->erased_count, 1u);
  EXPECT_EQ(report->record_count, 4u);
  EXPECT_EQ(report->Sentence(), "5 of 5 records included (1 erased, leaf proven)");
}

TEST(LogVerifier, EntriesBeyondTheCheckpointAreNotCounted) {
  Log log = MakeLog(5);
  log.entries.push_back("anything");
  auto report = Verify(log);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->entry_count, 5u);
  EXPECT_EQ(report->beyond_count, 1u);
}

}  // namespace
}  // namespace loopdock::traceability
