// SPDX-License-Identifier: Apache-2.0
#include "services/storage/write_batch.h"

#include <algorithm>

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

void WriteBatch::Clear() {
  operations_.clear();
  buffer_.clear();
  if (buffer_.capacity() > kBufferKeptBytesMax) buffer_.shrink_to_fit();
  key_bytes_largest_ = 0;
  value_bytes_largest_ = 0;
}

}  // namespace loopdock::storage
