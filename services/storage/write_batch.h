// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_WRITE_BATCH_H_
#define LOOPDOCK_SERVICES_STORAGE_WRITE_BATCH_H_

// A list of row changes that a store applies as one atomic step, kept as one flat buffer so that
// filling it costs no allocation a row and a driver converts it in one pass.
//
// Thread safety: none; one thread fills a batch, then hands it over.
// Ownership: keys and values are copied in; ForEach lends views that live as long as the batch
//   is neither changed nor destroyed.
// Limits: a key of kKeyBytesMax, a value of kValueBytesMax; Store::Write refuses what is longer.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::storage {

using TableId = uint32_t;

inline constexpr size_t kKeyBytesMax = 4096;
inline constexpr size_t kValueBytesMax = size_t{80} << 20;

class WriteBatch {
 public:
  // Sets the row; the last change of a key in a batch wins.
  void Put(TableId table, std::string_view key, std::string_view value);
  // Removes the row; removing what is absent is no error.
  void Delete(TableId table, std::string_view key);

  // Brings the changes into the order of tables and keys, those of one key in turn as they are:
  // neighbours are quicker to insert after one another.
  void Sort();

  // Empties the batch and keeps its memory, up to a bound, for the next use.
  void Clear();

  bool empty() const { return operations_.empty(); }
  size_t rows() const { return operations_.size(); }
  size_t bytes() const { return buffer_.size(); }
  size_t key_bytes_largest() const { return key_bytes_largest_; }
  size_t value_bytes_largest() const { return value_bytes_largest_; }

  // Calls put(table, key, value) or remove(table, key) for each change in order.
  template <typename PutFn, typename DeleteFn>
  void ForEach(PutFn&& put, DeleteFn&& remove) const {
    const char* at = buffer_.data();
    for (const Operation& operation : operations_) {
      const std::string_view key(at, operation.key_bytes);
      at += operation.key_bytes;
      if (operation.is_delete) {
        remove(operation.table, key);
      } else {
        put(operation.table, key, std::string_view(at, operation.value_bytes));
        at += operation.value_bytes;
      }
    }
  }

 private:
  struct Operation {
    TableId table;
    bool is_delete;
    size_t key_bytes;
    size_t value_bytes;
  };

  std::vector<Operation> operations_;
  std::string buffer_;
  size_t key_bytes_largest_ = 0;
  size_t value_bytes_largest_ = 0;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_WRITE_BATCH_H_
