// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_HIGH_WATER_H_
#define LOOPDOCK_SERVICES_STORAGE_HIGH_WATER_H_

// The high-water mark: sequence and digest of a recent durable entry of the owner's history, in a
// file beside the rows. A store that comes back with a shorter or other history than the mark has
// lost acknowledged work, and is not served silently.
//
// Thread safety: Note may be called from any thread; Check before the first Note.
// Ownership: keeps a pointer to the store, which must outlive it.
// Blocking: Note never; a thread of its own writes the file at most once an interval, and once
//   more when the object is destroyed.
// Durability: the mark is a lower bound of what is durable, at most an interval behind.
// Errors: DATA_LOSS HISTORY_SHORTER, HISTORY_DIFFERS, HIGH_WATER_DAMAGED from Check.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "services/storage/store.h"

namespace loopdock::storage {

struct HistoryMark {
  uint64_t sequence = 0;                       // 0: no entry yet
  std::string digest = std::string(32, '\0');  // SHA-256 of the entry, as the owner defines it
};

// The file's bytes, docs/internals/formats/storage.md.
std::string EncodeHighWater(const HistoryMark& mark);
absl::StatusOr<HistoryMark> DecodeHighWater(std::string_view content);

class HighWater {
 public:
  explicit HighWater(Store* store, absl::Duration interval = absl::Seconds(1));
  ~HighWater();
  HighWater(const HighWater&) = delete;
  HighWater& operator=(const HighWater&) = delete;

  // Holds the store's file against what was recovered: last_sequence is the newest entry there
  // is, digest_of gives the digest of one entry. OK when there is no file.
  absl::Status Check(
      uint64_t last_sequence,
      const std::function<absl::StatusOr<std::string>(uint64_t sequence)>& digest_of) const;

  // Says that the entry is durable. Marks with a lower sequence than the latest are ignored.
  void Note(const HistoryMark& mark);

  // Writes the latest mark now.
  absl::Status Flush();

 private:
  void Run();

  Store* const store_;
  const absl::Duration interval_;
  absl::Mutex write_mutex_;  // one writer of the file; taken before mutex_
  absl::Mutex mutex_;
  HistoryMark latest_ ABSL_GUARDED_BY(mutex_);
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_HIGH_WATER_H_
