// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/tiles.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr std::size_t kHashBytes = 32;

absl::Status TileBroken(const TileId& id, std::string_view what) {
  return common::Error(absl::StatusCode::kDataLoss, "LOG_TILE_BROKEN",
                       Cat("tile ", id.level, "/", id.index, " of the log ", what,
                           "; run fsck and restore from a backup."));
}

// Groups of three digits, all but the last with an x: 1234067 is x001/x234/067.
std::string IndexPath(std::uint64_t index) {
  std::string path = absl::StrFormat("%03d", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) {
    path = absl::StrFormat("x%03d/%s", index % 1000, path);
  }
  return path;
}

std::string WithWidth(std::string path, int width) {
  if (width < kTileWidth) path += Cat(".p/", width);
  return path;
}

// The root of `count` (a power of two) hashes that lie side by side in a tile.
Hash FullRoot(std::string_view hashes) {
  std::vector<Hash> row(hashes.size() / kHashBytes);
  for (std::size_t i = 0; i < row.size(); ++i) {
    std::copy_n(hashes.begin() + static_cast<std::ptrdiff_t>(i * kHashBytes), kHashBytes,
                reinterpret_cast<char*>(row[i].data()));
  }
  for (; row.size() > 1; row.resize(row.size() / 2)) {
    for (std::size_t i = 0; i < row.size() / 2; ++i) row[i] = NodeHash(row[2 * i], row[2 * i + 1]);
  }
  return row.front();
}

}  // namespace

std::string TilePath(const TileId& id, int width) {
  return WithWidth(Cat("tile/", id.level, "/", IndexPath(id.index)), width);
}

std::string EntriesPath(std::uint64_t index, int width) {
  return WithWidth(Cat("tile/entries/", IndexPath(index)), width);
}

int TileWidthAt(const TileId& id, std::uint64_t size) {
  if (id.level < 0 || id.level * kTileHeight >= 63) return 0;
  const std::uint64_t hashes = size >> (id.level * kTileHeight);
  if (id.index >= (hashes + kTileWidth - 1) / kTileWidth) return 0;
  const std::uint64_t rest = hashes - id.index * kTileWidth;
  return static_cast<int>(std::min<std::uint64_t>(rest, kTileWidth));
}

absl::Status AppendEntry(std::string_view entry, std::string* bundle) {
  if (entry.size() > kEntryBytesMax) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "LOG_ENTRY_TOO_LARGE",
        Cat("an entry of the log has at most 65535 bytes, this one has ", entry.size(), "."));
  }
  bundle->push_back(static_cast<char>(entry.size() >> 8));
  bundle->push_back(static_cast<char>(entry.size() & 0xff));
  bundle->append(entry);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ParseEntries(std::string_view bundle) {
  std::vector<std::string> entries;
  while (!bundle.empty()) {
    if (bundle.size() < 2 || entries.size() == kTileWidth) {
      return common::Error(absl::StatusCode::kDataLoss, "LOG_ENTRIES_BROKEN",
                           "an entry bundle has bytes that belong to no entry.");
    }
    const std::size_t size =
        (static_cast<std::size_t>(static_cast<unsigned char>(bundle[0])) << 8) |
        static_cast<unsigned char>(bundle[1]);
    if (bundle.size() - 2 < size) {
      return common::Error(absl::StatusCode::kDataLoss, "LOG_ENTRIES_BROKEN",
                           "an entry bundle ends in the middle of an entry.");
    }
    entries.emplace_back(bundle.substr(2, size));
    bundle.remove_prefix(2 + size);
  }
  return entries;
}

absl::StatusOr<Hash> TileHashes::Get(int level, std::uint64_t index) {
  const int within = level % kTileHeight;
  const std::uint64_t first = index << within;
  const TileId id{level / kTileHeight, first / kTileWidth};
  auto found = cache_.find(id);
  if (found == cache_.end()) {
    auto tile = reader_.ReadTile(id);
    if (!tile.ok()) return tile.status();
    if (tile->size() % kHashBytes != 0 || tile->size() > kTileWidth * kHashBytes) {
      return TileBroken(id, "has a wrong length");
    }
    found = cache_.emplace(id, *std::move(tile)).first;
  }
  const std::size_t offset = static_cast<std::size_t>(first % kTileWidth) * kHashBytes;
  const std::size_t bytes = (std::size_t{1} << within) * kHashBytes;
  if (found->second.size() < offset + bytes) return TileBroken(id, "is too short");
  return FullRoot(std::string_view(found->second).substr(offset, bytes));
}

absl::StatusOr<TileAppender> TileAppender::Open(std::uint64_t size, TileReader& reader) {
  TileAppender appender;
  TileHashes source(reader);
  auto frontier = Frontier::Load(size, source);
  if (!frontier.ok()) return frontier.status();
  appender.frontier_ = *std::move(frontier);
  for (int level = 0; level * kTileHeight < 62; ++level) {
    const std::uint64_t hashes = size >> (level * kTileHeight);
    if (hashes == 0) break;
    Level open{hashes / kTileWidth, ""};
    const std::size_t bytes = static_cast<std::size_t>(hashes % kTileWidth) * kHashBytes;
    if (bytes > 0) {
      auto tile = reader.ReadTile({level, open.index});
      if (!tile.ok()) return tile.status();
      if (tile->size() != bytes) return TileBroken({level, open.index}, "has a wrong width");
      open.hashes = *std::move(tile);
    }
    appender.levels_.push_back(std::move(open));
  }
  return appender;
}

void TileAppender::Append(const Hash& leaf) {
  frontier_.Append(leaf);
  Hash hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    Level& open = levels_[level];
    open.hashes.append(HashBytes(hash));
    const TileId id{static_cast<int>(level), open.index};
    if (open.hashes.size() < kTileWidth * kHashBytes) {
      changed_[id].clear();  // its bytes are taken when they are asked for
      return;
    }
    hash = FullRoot(open.hashes);
    changed_[id] = std::exchange(open.hashes, "");
    ++open.index;
  }
}

std::vector<TileRow> TileAppender::TakeChanged() {
  std::vector<TileRow> rows;
  rows.reserve(changed_.size());
  for (auto& [id, hashes] : changed_) {
    if (hashes.empty()) hashes = levels_[static_cast<std::size_t>(id.level)].hashes;
    rows.push_back({id, std::move(hashes)});
  }
  changed_.clear();
  return rows;
}

}  // namespace loopdock::traceability
