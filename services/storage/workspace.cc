// SPDX-License-Identifier: Apache-2.0
#include "services/storage/workspace.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/storage/format.h"

namespace loopdock::storage {
namespace {

using common::Error;

constexpr size_t kChunkBytes = size_t{256} << 10;
constexpr size_t kChunksKept = 32;

absl::Status TooLarge(size_t key_bytes, size_t value_bytes) {
  return Error(
      absl::StatusCode::kInvalidArgument, "ROW_TOO_LARGE",
      absl::StrCat("A row has a key of ", key_bytes, " bytes and a value of ", value_bytes,
                   " bytes; the limits are ", kKeyBytesMax, " and ", kValueBytesMax, "."),
      {{"key_bytes", absl::StrCat(key_bytes)}, {"value_bytes", absl::StrCat(value_bytes)}});
}

}  // namespace

std::string_view Arena::Copy(std::string_view bytes) {
  if (bytes.empty()) return "";
  char* to = nullptr;
  if (bytes.size() > kChunkBytes / 4) {
    large_.push_back(std::make_unique_for_overwrite<char[]>(bytes.size()));
    to = large_.back().get();
  } else {
    if (chunk_ < chunks_.size() && used_ + bytes.size() > kChunkBytes) {
      ++chunk_;
      used_ = 0;
    }
    if (chunk_ == chunks_.size()) {
      chunks_.push_back(std::make_unique_for_overwrite<char[]>(kChunkBytes));
    }
    to = chunks_[chunk_].get() + used_;
    used_ += bytes.size();
  }
  std::memcpy(to, bytes.data(), bytes.size());
  return {to, bytes.size()};
}

void Arena::Reset() {
  large_.clear();
  if (chunks_.size() > kChunksKept) chunks_.resize(kChunksKept);
  chunk_ = 0;
  used_ = 0;
}

Workspace::Workspace(const Reader* store, absl::flat_hash_set<TableId> tables,
                     size_t command_rows_max)
    : store_(store), tables_(std::move(tables)), command_rows_max_(command_rows_max) {}

void Workspace::Reset(const Workspace* before, absl::Time server_time) {
  before_ = before;
  server_time_ = server_time;
  // Clearing a large table gives its memory back: as much will be needed again.
  const size_t used = index_.size();
  index_.clear();
  index_.reserve(used);
  entries_.clear();
  wanted_.clear();
  fetched_.clear();
  undo_.clear();
  arena_.Reset();
  command_error_ = absl::OkStatus();
  store_error_ = absl::OkStatus();
  command_ = 0;
  row_bytes_ = 0;
  reads_fetched_ = 0;
  reads_single_ = 0;
}

const Workspace::Entry* Workspace::Find(const KeyRef& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

size_t Workspace::Make(TableId table, std::string_view key) {
  const auto at = index_.lazy_emplace(KeyRef(table, key), [&](const auto& construct) {
    Entry& entry = entries_.emplace_back();
    entry.key = KeyRef(table, arena_.Copy(key));
    construct(entry.key, entries_.size() - 1);
  });
  return at->second;
}

const Workspace::Entry* Workspace::FindBefore(const KeyRef& key) const {
  if (before_ == nullptr) return nullptr;
  const Entry* found = before_->Find(key);
  return found != nullptr && found->changed ? found : nullptr;
}

void Workspace::Add(TableId table, std::string_view key) {
  // A table that does not exist is answered by Get.
  if (tables_.count(table) == 0) return;
  const size_t count = entries_.size();
  if (Make(table, key) < count) return;
  Entry& entry = entries_[count];
  if (const Entry* before = FindBefore(entry.key); before != nullptr) {
    entry.known = true;
    entry.value = before->value;
    return;
  }
  wanted_.push_back(count);
}

absl::Status Workspace::Fetch() {
  if (wanted_.empty()) return absl::OkStatus();
  std::vector<TableKey> keys;
  keys.reserve(wanted_.size());
  for (const size_t index : wanted_) {
    keys.push_back({entries_[index].key.first, entries_[index].key.second});
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> values = store_->MultiGet(keys);
  if (!values.ok()) {
    store_error_ = values.status();
    return store_error_;
  }
  fetched_ = *std::move(values);
  reads_fetched_ = wanted_.size();
  for (size_t i = 0; i < wanted_.size(); ++i) {
    Entry& entry = entries_[wanted_[i]];
    entry.known = true;
    if (fetched_[i].has_value()) entry.value = std::string_view(*fetched_[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string_view>> Workspace::Get(TableId table,
                                                               std::string_view key) {
  const Entry* found = Find(KeyRef(table, key));
  if (found != nullptr && found->known) return found->value;
  if (tables_.count(table) == 0) return UnknownTable(table);
  if (!store_error_.ok()) return store_error_;
  std::optional<std::string_view> value;
  if (const Entry* before = FindBefore(KeyRef(table, key)); before != nullptr) {
    value = before->value;
  } else {
    ++reads_single_;
    absl::StatusOr<std::optional<std::string>> read = store_->Get(table, key);
    if (!read.ok()) {
      store_error_ = read.status();
      return store_error_;
    }
    if (read->has_value()) value = arena_.Copy(**read);
  }
  Entry& entry = entries_[Make(table, key)];
  entry.known = true;
  entry.value = value;
  return value;
}

void Workspace::Put(TableId table, std::string_view key, std::string_view value) {
  Change(table, key, value);
}

void Workspace::Delete(TableId table, std::string_view key) { Change(table, key, std::nullopt); }

absl::Status Workspace::CheckChange(TableId table, size_t key_bytes, size_t value_bytes,
                                    bool again) const {
  if (tables_.count(table) == 0) return UnknownTable(table);
  if (key_bytes > kKeyBytesMax || value_bytes > kValueBytesMax) {
    return TooLarge(key_bytes, value_bytes);
  }
  if (again || undo_.size() < command_rows_max_) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
               absl::StrCat("One change may touch ", command_rows_max_,
                            " rows and this one needs more; split it."),
               {{"rows_max", absl::StrCat(command_rows_max_)}});
}

void Workspace::Change(TableId table, std::string_view key, std::optional<std::string_view> value) {
  if (!command_error_.ok()) return;
  const size_t value_bytes = value.has_value() ? value->size() : 0;
  const auto found = index_.find(KeyRef(table, key));
  const bool again = found != index_.end() && entries_[found->second].changed_by == command_;
  command_error_ = CheckChange(table, key.size(), value_bytes, again);
  if (!command_error_.ok()) return;
  const size_t index = found != index_.end() ? found->second : Make(table, key);
  Entry& entry = entries_[index];
  if (again) {
    command_bytes_ -= entry.value.has_value() ? entry.value->size() : 0;
  } else {
    undo_.push_back({index, entry});
    command_bytes_ += key.size();
  }
  entry.known = true;
  entry.changed = true;
  entry.changed_by = command_;
  entry.value.reset();
  if (value.has_value()) entry.value = arena_.Copy(*value);
  command_bytes_ += value_bytes;
}

void Workspace::BeginCommand() {
  ++command_;
  undo_.clear();
  command_error_ = absl::OkStatus();
  command_bytes_ = 0;
}

void Workspace::TakeBack() {
  // A key that was not there before goes back to "wanted": read singly if asked for again.
  for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) entries_[it->index] = it->entry;
  undo_.clear();
  command_bytes_ = 0;
}

void Workspace::Discard() {
  TakeBack();
  command_error_ = absl::OkStatus();
}

absl::Status Workspace::EndCommand(absl::Status applied) {
  absl::Status outcome = command_error_.ok() ? std::move(applied) : command_error_;
  if (outcome.ok()) {
    row_bytes_ += command_bytes_;
  } else {
    TakeBack();
  }
  return outcome;
}

void Workspace::BuildWrite(WriteBatch& batch) const {
  std::vector<const Entry*> changed;
  changed.reserve(entries_.size());
  for (const Entry& entry : entries_) {
    if (entry.changed) changed.push_back(&entry);
  }
  // In byte order: neighbours in a table are quicker to insert after one another.
  std::sort(changed.begin(), changed.end(),
            [](const Entry* a, const Entry* b) { return a->key < b->key; });
  for (const Entry* entry : changed) {
    if (entry->value.has_value()) {
      batch.Put(entry->key.first, entry->key.second, *entry->value);
    } else {
      batch.Delete(entry->key.first, entry->key.second);
    }
  }
}

}  // namespace loopdock::storage
