// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_BIG_STORE_H_
#define LOOPDOCK_TESTS_BENCH_BIG_STORE_H_

// A store with many assets of ten facts each, made by the commands that a site would send: a scan,
// then an ATOMIC batch of eight more commands an asset.
// Thread safety: one thread.
// Ownership: the caller removes what it made.
// Blocking: minutes for a million assets.
// Errors: those of the commands, and of the file system.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loopdock::bench {

inline constexpr int kFactsAnAsset = 10;

// The serial number of the n-th asset, counted from 0; its asset tag is the same behind "T".
std::string BigStoreSerial(std::uint64_t number);

// Makes the store, or leaves it when one with as many assets is there already.
absl::Status MakeBigStore(const std::string& directory, std::uint64_t assets);

// A second store with the same rows, record and query index, without a copy of its tables.
absl::Status LinkStore(const std::string& from, const std::string& to);

// Of record and query index.
std::uint64_t StoreBytes(const std::string& directory);
void RemoveStore(const std::string& directory);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_BIG_STORE_H_
