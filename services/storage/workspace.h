// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_WORKSPACE_H_
#define LOOPDOCK_SERVICES_STORAGE_WORKSPACE_H_

// The rows of one batch while its commands are applied: what was fetched for it and what its
// commands changed. The committer keeps two and uses them in turn; a replay needs one.
//
// Thread safety: one thread at a time.
// Ownership: keys and values are copied into an arena that lives until Reset; views of values
//   stay good until then. `before` is read until the next Reset.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/storage/command.h"
#include "services/storage/store.h"

namespace loopdock::storage {

// Memory that is given out in pieces and taken back as a whole.
class Arena {
 public:
  std::string_view Copy(std::string_view bytes);
  void Reset();

 private:
  std::vector<std::unique_ptr<char[]>> chunks_;  // of one size, kept over Reset up to a bound
  std::vector<std::unique_ptr<char[]>> large_;
  size_t chunk_ = 0;  // the chunk in use
  size_t used_ = 0;   // of that chunk
};

class Workspace : public ReadSet, public View, public Changes {
 public:
  Workspace(const Reader* store, absl::flat_hash_set<TableId> tables, size_t command_rows_max);

  // Starts a batch. `before` is the batch that is on its way to the disk, or null.
  void Reset(const Workspace* before, absl::Time server_time);

  // Reads with one MultiGet what was added since Reset and is not known yet.
  absl::Status Fetch();

  // Around each Apply: EndCommand takes the rows of a refused command back and returns the
  // outcome, which is a refusal too where the command broke a limit.
  void BeginCommand();
  absl::Status EndCommand(absl::Status applied);

  // The changes in byte order, one a key.
  void BuildWrite(WriteBatch& batch) const;

  // The first error of the store itself, after which the batch must not be committed.
  const absl::Status& store_error() const { return store_error_; }
  size_t row_bytes() const { return row_bytes_; }
  uint64_t reads_fetched() const { return reads_fetched_; }
  uint64_t reads_single() const { return reads_single_; }

  void Add(TableId table, std::string_view key) override;
  absl::StatusOr<std::optional<std::string_view>> Get(TableId table, std::string_view key) override;
  absl::Time server_time() const override { return server_time_; }
  void Put(TableId table, std::string_view key, std::string_view value) override;
  void Delete(TableId table, std::string_view key) override;
  size_t rows() const override { return undo_.size(); }
  void Discard() override;

 private:
  using KeyRef = std::pair<TableId, std::string_view>;
  struct Entry {
    KeyRef key;               // in the arena
    bool known = false;       // fetched or changed; otherwise only wanted
    bool changed = false;     // by a command of this batch
    uint32_t changed_by = 0;  // the latest command that changed it, counted from 1
    std::optional<std::string_view> value;
  };
  struct Undo {
    size_t index;
    Entry entry;
  };

  const Entry* Find(const KeyRef& key) const;
  // The index of a key's entry, which is made when it is not there.
  size_t Make(TableId table, std::string_view key);
  // The value that the batch before gives the key, if it changed it.
  const Entry* FindBefore(const KeyRef& key) const;
  void Change(TableId table, std::string_view key, std::optional<std::string_view> value);
  absl::Status CheckChange(TableId table, size_t key_bytes, size_t value_bytes, bool again) const;
  void TakeBack();

  const Reader* const store_;
  const absl::flat_hash_set<TableId> tables_;
  const size_t command_rows_max_;

  const Workspace* before_ = nullptr;
  absl::Time server_time_;
  Arena arena_;
  std::vector<Entry> entries_;
  absl::flat_hash_map<KeyRef, size_t> index_;  // of entries_
  std::vector<size_t> wanted_;                 // of entries_
  std::vector<std::optional<std::string>> fetched_;
  uint32_t command_ = 0;        // the one being applied, counted from 1
  std::vector<Undo> undo_;      // of the command being applied, one a row
  absl::Status command_error_;  // a limit that the command broke
  absl::Status store_error_;
  size_t row_bytes_ = 0;
  size_t command_bytes_ = 0;
  uint64_t reads_fetched_ = 0;
  uint64_t reads_single_ = 0;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_WORKSPACE_H_
