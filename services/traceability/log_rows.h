// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_LOG_ROWS_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_LOG_ROWS_H_

// Tables, keys and small records of traceability's store. docs/internals/formats/log.md shows the
// bytes, traceability_log_store_test holds them.
//
// Thread safety: values and free functions.
// Errors: DATA_LOSS LOG_STORE_BROKEN for a row that is not in its form.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/storage/store.h"
#include "services/traceability/core/merkle.h"
#include "services/traceability/core/tiles.h"

namespace loopdock::traceability {

inline constexpr storage::TableId kStateTable = 1;
inline constexpr storage::TableId kEntryTable = 2;
inline constexpr storage::TableId kEventTable = 3;
inline constexpr storage::TableId kTileTable = 4;
inline constexpr storage::TableId kSubjectTable = 5;
inline constexpr storage::TableId kCheckpointTable = 6;

// Name, version and tables of the store `traceability`.
storage::StoreOptions LogStoreOptions();

// All keys begin with the site and a zero byte; numbers are big-endian.
std::string SitePrefix(std::string_view site);
std::string IndexKey(std::string_view site, std::uint64_t index);  // entries, events, checkpoints
std::string TileKey(std::string_view site, const TileId& id);
std::string SubjectPrefix(std::string_view site, std::string_view subject);
std::string SubjectKey(std::string_view site, std::string_view subject, std::uint64_t index);
// The number that a key ends in.
absl::StatusOr<std::uint64_t> IndexOfKey(std::string_view key);

// How far the log is: one row a site, written together with all that it speaks of.
struct LogState {
  std::string epoch;
  std::uint64_t through_sequence = 0;
  std::uint64_t size = 0;
  std::uint64_t checkpoint_size = 0;
  bool has_checkpoint = false;
  int utc_offset_minutes = 0;
};
std::string EncodeState(const LogState& state);
absl::StatusOr<LogState> DecodeState(std::string_view bytes);

// One signed checkpoint.
struct SignedCheckpoint {
  std::string note;
  std::uint64_t size = 0;
  Hash root{};
  std::int64_t sign_time_us = 0;
  std::uint64_t through_sequence = 0;
};
std::string EncodeSignedCheckpoint(const SignedCheckpoint& checkpoint);
absl::StatusOr<SignedCheckpoint> DecodeSignedCheckpoint(std::string_view bytes);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_LOG_ROWS_H_
