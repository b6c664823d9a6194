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
  entries_.clear();
  wanted_.clear();
  fetched_.clear();
  undo_.clear();
  arena_.Reset();
  command_error_ = absl::OkStatus();
  store_error_ = absl::OkStatus();
  row_bytes_ = 0;
  reads_fetched_ = 0;
  reads_single_ = 0;
}

const Workspace::Entry* Workspace::FindBefore(const KeyRef& key) const {
  if (before_ == nullptr) return nullptr;
  const auto found = before_->entries_.find(key);
  return found != before_->entries_.end() && found->second.changed ? &found->second : nullptr;
}

void Workspace::Add(TableId table, std::string_view key) {
  // A table that does not exist is answered by Get.
  if (tables_.count(table) == 0 || entries_.contains(KeyRef(table, key))) return;
  const KeyRef kept(table, arena_.Copy(key));
  Entry& entry = entries_[kept];
  if (const Entry* before = FindBefore(kept); before != nullptr) {
    entry.known = true;
    entry.value = before->value;
    return;
  }
  wanted_.push_back({table, kept.second});
}

absl::Status Workspace::Fetch() {
  if (wanted_.empty()) return absl::OkStatus();
  absl::StatusOr<std::vector<std::optional<std::string>>> values = store_->MultiGet(wanted_);
  if (!values.ok()) {
    store_error_ = values.status();
    return store_error_;
  }
  fetched_ = *std::move(values);
  reads_fetched_ = wanted_.size();
  for (size_t i = 0; i < wanted_.size(); ++i) {
    Entry& entry = entries_[KeyRef(wanted_[i].table, wanted_[i].key)];
    entry.known = true;
    if (fetched_[i].has_value()) entry.value = std::string_view(*fetched_[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string_view>> Workspace::Get(TableId table,
                                                               std::string_view key) {
  const auto found = entries_.find(KeyRef(table, key));
  if (found != entries_.end() && found->second.known) return found->second.value;
  if (tables_.count(table) == 0) return UnknownTable(table);
  if (!store_error_.ok()) return store_error_;
  Entry entry;
  entry.known = true;
  if (const Entry* before = FindBefore(KeyRef(table, key)); before != nullptr) {
    entry.value = before->value;
  } else {
    ++reads_single_;
    absl::StatusOr<std::optional<std::string>> value = store_->Get(table, key);
    if (!value.ok()) {
      store_error_ = value.status();
      return store_error_;
    }
    if (value->has_value()) entry.value = arena_.Copy(**value);
  }
  entries_[KeyRef(table, arena_.Copy(key))] = entry;
  return entry.value;
}

void Workspace::Put(TableId table, std::string_view key, std::string_view value) {
  Change(table, key, value);
}

void Workspace::Delete(TableId table, std::string_view key) { Change(table, key, std::nullopt); }

void Workspace::Change(TableId table, std::string_view key, std::optional<std::string_view> value) {
  if (!command_error_.ok()) return;
  const size_t value_bytes = value.has_value() ? value->size() : 0;
  if (tables_.count(table) == 0) {
    command_error_ = UnknownTable(table);
  } else if (key.size() > kKeyBytesMax || value_bytes > kValueBytesMax) {
    command_error_ = TooLarge(key.size(), value_bytes);
  } else if (undo_.size() == command_rows_max_) {
    command_error_ = Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
                           absl::StrCat("One change may touch ", command_rows_max_,
                                        " rows and this one needs more; split it."),
                           {{"rows_max", absl::StrCat(command_rows_max_)}});
  }
  if (!command_error_.ok()) return;
  auto found = entries_.find(KeyRef(table, key));
  if (found == entries_.end()) {
    found = entries_.try_emplace(KeyRef(table, arena_.Copy(key))).first;
  }
  undo_.push_back({found->first, found->second});
  Entry& entry = found->second;
  entry.known = true;
  entry.changed = true;
  entry.value.reset();
  if (value.has_value()) entry.value = arena_.Copy(*value);
  command_bytes_ += key.size() + value_bytes;
}

void Workspace::BeginCommand() {
  undo_.clear();
  command_error_ = absl::OkStatus();
  command_bytes_ = 0;
}

absl::Status Workspace::EndCommand(absl::Status applied) {
  absl::Status outcome = command_error_.ok() ? std::move(applied) : command_error_;
  if (outcome.ok()) {
    row_bytes_ += command_bytes_;
  } else {
    // A key that was not there before goes back to "wanted": read singly if asked for again.
    for (auto it = undo_.rbegin(); it != undo_.rend(); ++it) entries_[it->key] = it->entry;
  }
  return outcome;
}

void Workspace::BuildWrite(WriteBatch& batch) const {
  std::vector<std::pair<KeyRef, const Entry*>> changed;
  changed.reserve(entries_.size());
  for (const auto& [key, entry] : entries_) {
    if (entry.changed) changed.emplace_back(key, &entry);
  }
  // The same commands make the same bytes, whatever the order of the hash table.
  std::sort(changed.begin(), changed.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [key, entry] : changed) {
    if (entry->value.has_value()) {
      batch.Put(key.first, key.second, *entry->value);
    } else {
      batch.Delete(key.first, key.second);
    }
  }
}

}  // namespace loopdock::storage
