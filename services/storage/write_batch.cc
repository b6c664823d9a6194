// SPDX-License-Identifier: Apache-2.0
#include "services/storage/write_batch.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace loopdock::storage {
namespace {

// A batch that once carried a large picture must not hold that memory for ever.
constexpr size_t kBufferKeptBytesMax = size_t{4} << 20;

}  // namespace

void WriteBatch::Put(TableId table, std::string_view key, std::string_view value) {
  operations_.push_back({table, false, key.size(), value.size()});
  buffer_.append(key);
  buffer_.append(value);
  key_bytes_largest_ = std::max(key_bytes_largest_, key.size());
  value_bytes_largest_ = std::max(value_bytes_largest_, value.size());
}

void WriteBatch::Delete(TableId table, std::string_view key) {
  operations_.push_back({table, true, key.size(), 0});
  buffer_.append(key);
  key_bytes_largest_ = std::max(key_bytes_largest_, key.size());
}

void WriteBatch::Sort() {
  struct Change {
    const Operation* operation;
    std::string_view key;
    std::string_view bytes;  // key and value
  };
  std::vector<Change> changes;
  changes.reserve(operations_.size());
  std::string_view rest = buffer_;
  for (const Operation& operation : operations_) {
    const size_t size = operation.key_bytes + operation.value_bytes;
    changes.push_back({&operation, rest.substr(0, operation.key_bytes), rest.substr(0, size)});
    rest.remove_prefix(size);
  }
  std::stable_sort(changes.begin(), changes.end(), [](const Change& a, const Change& b) {
    return std::tie(a.operation->table, a.key) < std::tie(b.operation->table, b.key);
  });
  std::vector<Operation> operations;
  operations.reserve(operations_.size());
  std::string buffer;
  buffer.reserve(buffer_.size());
  for (const Change& change : changes) {
    operations.push_back(*change.operation);
    buffer.append(change.bytes);
  }
  operations_ = std::move(operations);
  buffer_ = std::move(buffer);
}

void WriteBatch::Clear() {
  operations_.clear();
  buffer_.clear();
  if (buffer_.capacity() > kBufferKeptBytesMax) buffer_.shrink_to_fit();
  key_bytes_largest_ = 0;
  value_bytes_largest_ = 0;
}

}  // namespace loopdock::storage
