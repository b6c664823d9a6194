// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_FORMAT_H_
#define LOOPDOCK_SERVICES_STORAGE_FORMAT_H_

// The row by which a store says what it is, and the checks that all drivers share.
// Thread safety: free functions, safe from any thread.
// Errors: FAILED_PRECONDITION STORE_WRONG_NAME, STORE_TOO_NEW, STORE_TOO_OLD; DATA_LOSS
//   STORE_CORRUPT.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/storage/store.h"

namespace loopdock::storage {

// Of the layout of a store itself; the owner's records have StoreOptions::record_version.
inline constexpr uint32_t kStoreVersion = 1;
// The key of the format row in the store's own table.
inline constexpr std::string_view kFormatKey = "format";

struct StoreFormat {
  uint32_t store_version = kStoreVersion;
  std::string name;
  uint32_t record_version = 1;
  uint64_t incarnation = 0;
};

// The row's bytes, docs/internals/formats/storage.md.
std::string EncodeFormat(const StoreFormat& format);
absl::StatusOr<StoreFormat> DecodeFormat(std::string_view value);

// Whether this program may open a store of that format under these options.
absl::Status CheckFormat(const StoreFormat& format, const StoreOptions& options);

// A new incarnation: the wall clock in unix microseconds, but more than `previous`.
uint64_t NextIncarnation(uint64_t previous);

// Names, ids and sizes make sense; INTERNAL if not, since they are constants of a program.
absl::Status CheckOptions(const StoreOptions& options);

// The limits of a row and of a batch.
absl::Status CheckBatch(const WriteBatch& batch);
absl::Status UnknownTable(TableId table);

// The smallest key that is greater than all with the prefix; empty if there is none.
std::string PrefixEnd(std::string_view prefix);

// UPPER_SNAKE and at most 4 KiB of content; INTERNAL otherwise.
absl::Status CheckFile(std::string_view name, std::string_view content);

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_FORMAT_H_
