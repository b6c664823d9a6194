// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_TILES_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_TILES_H_

// How the log lies on disk: the tiles of C2SP tlog-tiles. A tile holds up to 256 neighbouring
// hashes of tree level 8 * L; everything between is computed. docs/internals/formats/log.md.
//
// Thread safety: none; one owner.
// Ownership: a TileReader must outlive the objects that read through it.
// Durability: TileAppender writes nothing; its owner writes what TakeChanged returns in one batch
//   with the entries, so the tree and the entries cannot part.
// Errors: DATA_LOSS for a tile that is missing, too short or not a multiple of 32 bytes.
// Limits: an entry is at most 65,535 bytes (its length is a uint16).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/traceability/core/merkle.h"

namespace loopdock::traceability {

inline constexpr int kTileWidth = 256;
inline constexpr int kTileHeight = 8;
inline constexpr std::size_t kEntryBytesMax = 65535;

struct TileId {
  int level = 0;  // tile level: tree level divided by 8
  std::uint64_t index = 0;
  friend bool operator==(const TileId&, const TileId&) = default;
  friend auto operator<=>(const TileId&, const TileId&) = default;
};

struct TileRow {
  TileId id;
  std::string hashes;  // 32 bytes each; fewer than 256 in the last tile of a level
};

// "tile/0/x001/x234/067" and, for a tile that is not full, "tile/0/000.p/17".
std::string TilePath(const TileId& id, int width);
// "tile/entries/000" and "tile/entries/000.p/17".
std::string EntriesPath(std::uint64_t index, int width);
// How many hashes tile `id` has in a log of `size` entries; 0 when it does not exist.
int TileWidthAt(const TileId& id, std::uint64_t size);

// One entry of an entry bundle: a big-endian uint16 length and the bytes.
absl::Status AppendEntry(std::string_view entry, std::string* bundle);
absl::StatusOr<std::vector<std::string>> ParseEntries(std::string_view bundle);

class TileReader {
 public:
  virtual ~TileReader() = default;
  // The hashes of one tile, as wide as it was written.
  virtual absl::StatusOr<std::string> ReadTile(const TileId& id) = 0;
};

// Hashes of complete subtrees out of tiles; remembers the tiles of one proof.
class TileHashes : public HashSource {
 public:
  explicit TileHashes(TileReader& reader) : reader_(reader) {}
  absl::StatusOr<Hash> Get(int level, std::uint64_t index) override;

 private:
  TileReader& reader_;
  std::map<TileId, std::string> cache_;
};

// Appends leaves: holds the unfinished tile of each level and nothing else.
class TileAppender {
 public:
  // Reads the unfinished tiles of a log of `size` entries: one for each level.
  static absl::StatusOr<TileAppender> Open(std::uint64_t size, TileReader& reader);

  void Append(const Hash& leaf);
  std::uint64_t size() const { return frontier_.size(); }
  Hash Root() const { return frontier_.Root(); }
  // The tiles that changed since the last call, each in its present width.
  std::vector<TileRow> TakeChanged();

 private:
  struct Level {
    std::uint64_t index = 0;
    std::string hashes;
  };
  Frontier frontier_;
  std::vector<Level> levels_;
  std::map<TileId, std::string> changed_;
};

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_TILES_H_
