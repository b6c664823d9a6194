// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_RAW_WRITE_H_
#define LOOPDOCK_TESTS_BENCH_RAW_WRITE_H_

// Plain synced writes to a RocksDB with its default options, from several threads that each wait
// for their own write: what the machine gives without any of our code.
//
// Thread safety: one measurement at a time.
// Ownership: makes a database in the directory, which must be missing or empty, and removes it.
// Blocking: for the duration asked for, and a little more.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::bench {

struct RawWriteResult {
  uint64_t writes = 0;
  double writes_per_second = 0;
  absl::Duration p50;
  absl::Duration p99;
};

absl::StatusOr<RawWriteResult> MeasureRawWrites(const std::string& directory, int threads,
                                                size_t value_bytes, absl::Duration duration);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_RAW_WRITE_H_
