// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/tiles.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "services/common/status.h"

namespace loopdock::traceability {
namespace {

class TileMap : public TileReader {
 public:
  absl::StatusOr<std::string> ReadTile(const TileId& id) override {
    ++reads;
    const auto found = tiles.find(id);
    if (found == tiles.end()) {
      return common::Error(absl::StatusCode::kDataLoss, "LOG_TILE_BROKEN", "missing");
    }
    return found->second;
  }
  void Keep(TileAppender& appender) {
    for (TileRow& row : appender.TakeChanged()) tiles[row.id] = std::move(row.hashes);
  }
  std::map<TileId, std::string> tiles;
  int reads = 0;
};

Hash Leaf(std::uint64_t i) { return LeafHash("entry " + std::to_string(i)); }

TEST(Tiles, PathsAreThoseOfC2sp) {
  EXPECT_EQ(TilePath({0, 0}, 256), "tile/0/000");
  EXPECT_EQ(TilePath({0, 1234067}, 256), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({1, 5}, 17), "tile/1/005.p/17");
  EXPECT_EQ(EntriesPath(1000, 256), "tile/entries/x001/000");
  EXPECT_EQ(EntriesPath(7, 3), "tile/entries/007.p/3");
}

TEST(Tiles, WidthsOfALogOf70000) {
  EXPECT_EQ(TileWidthAt({0, 272}, 70000), 256);
  EXPECT_EQ(TileWidthAt({0, 273}, 70000), 112);
  EXPECT_EQ(TileWidthAt({0, 274}, 70000), 0);
  EXPECT_EQ(TileWidthAt({1, 0}, 70000), 256);
  EXPECT_EQ(TileWidthAt({1, 1}, 70000), 17);
  EXPECT_EQ(TileWidthAt({2, 0}, 70000), 1);
  EXPECT_EQ(TileWidthAt({2, 1}, 70000), 0);
  EXPECT_EQ(TileWidthAt({3, 0}, 70000), 0);
}

TEST(Tiles, GrowsAcrossReopensLikeAPlainTree) {
  TileMap disk;
  Frontier plain;
  std::uint64_t size = 0;
  for (const std::uint64_t step : {1u, 2u, 5u, 248u, 1u, 255u, 256u, 300u, 3000u}) {
    disk.reads = 0;
    auto appender = TileAppender::Open(size, disk);
    ASSERT_TRUE(appender.ok()) << appender.status();
    EXPECT_LE(disk.reads, 6);  // O(log n), whatever the size
    for (std::uint64_t i = 0; i < step; ++i, ++size) {
      appender->Append(Leaf(size));
      plain.Append(Leaf(size));
    }
    disk.Keep(*appender);
    EXPECT_TRUE(appender->TakeChanged().empty());
    ASSERT_EQ(appender->size(), size);
    ASSERT_EQ(appender->Root(), plain.Root());
  }
  for (const auto& [id, hashes] : disk.tiles) {
    EXPECT_EQ(hashes.size(), static_cast<std::size_t>(TileWidthAt(id, size)) * 32)
        << TilePath(id, 256);
  }
}

TEST(Tiles, ProofsAtOldSizesFromTodaysTiles) {
  TileMap disk;
  auto appender = TileAppender::Open(0, disk);
  ASSERT_TRUE(appender.ok());
  std::vector<Hash> roots = {EmptyRoot()};
  for (std::uint64_t i = 0; i < 1300; ++i) {
    appender->Append(Leaf(i));
    roots.push_back(appender->Root());
  }
  disk.Keep(*appender);
  TileHashes source(disk);
  for (const std::uint64_t size : {1u, 255u, 256u, 257u, 511u, 700u, 1024u, 1300u}) {
    EXPECT_EQ(*RootAt(size, source), roots[size]);
    for (std::uint64_t index = 0; index < size; index += 1 + index / 3) {
      auto proof = InclusionProof(index, size, source);
      ASSERT_TRUE(proof.ok());
      EXPECT_TRUE(VerifyInclusion(index, size, Leaf(index), *proof, roots[size]).ok());
    }
    auto proof = ConsistencyProof(size, 1300, source);
    ASSERT_TRUE(proof.ok());
    EXPECT_TRUE(VerifyConsistency(size, 1300, roots[size], roots[1300], *proof).ok());
  }
}

TEST(Tiles, BrokenTilesAreDataLoss) {
  TileMap disk;
  auto appender = TileAppender::Open(0, disk);
  ASSERT_TRUE(appender.ok());
  for (std::uint64_t i = 0; i < 300; ++i) appender->Append(Leaf(i));
  disk.Keep(*appender);
  disk.tiles[{0, 1}].pop_back();
  EXPECT_EQ(TileAppender::Open(300, disk).status().code(), absl::StatusCode::kDataLoss);
  disk.tiles[{0, 1}].resize(32);
  TileHashes source(disk);
  EXPECT_EQ(InclusionProof(299, 300, source).status().code(), absl::StatusCode::kDataLoss);
  disk.tiles.erase({0, 1});
  EXPECT_EQ(TileAppender::Open(300, disk).status().code(), absl::StatusCode::kDataLoss);
}

TEST(Tiles, EntryBundles) {
  std::string bundle;
  ASSERT_TRUE(AppendEntry("", &bundle).ok());
  ASSERT_TRUE(AppendEntry(std::string(300, 'x'), &bundle).ok());
  EXPECT_EQ(bundle.substr(0, 4), std::string("\x00\x00\x01\x2c", 4));
  auto entries = ParseEntries(bundle);
  ASSERT_TRUE(entries.ok());
  EXPECT_EQ(*entries, (std::vector<std::string>{"", std::string(300, 'x')}));
  EXPECT_FALSE(AppendEntry(std::string(65536, 'x'), &bundle).ok());
  bundle.pop_back();
  EXPECT_EQ(ParseEntries(bundle).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace loopdock::traceability
