// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_DOCK_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_DOCK_BENCH_H_

// What a dock feels: how long a scan waits for its acknowledgement at a pace, how long a large
// manifest takes meanwhile, and what a full store costs.
// Thread safety: one measurement at a time.
// Ownership: makes its stores in `directory` and removes them.
// Errors: what starting a server or calling it says.

#include "absl/status/statusor.h"
#include "tests/bench/commands_bench.h"

namespace loopdock::bench {

// dock/ack/<per_second>/<fill>: 99th percentile, in milliseconds, of the acknowledgement of text
// scans that eight stations send over IntakeService.Scan, so many a second in all, beside rows of
// RawService.PutStream at the same pace.
absl::StatusOr<Measured> AckAtPace(const BenchOptions& options, int per_second);
// dock/manifest/<serials>/<fill>: seconds until so many serials are validated, durable and active
// while stations scan at 1,000 a second, beside RawService.PutBatch of as many rows of as many
// bytes; the note has the scans' 99th percentile.
absl::StatusOr<Measured> ManifestAtPace(const BenchOptions& options, int serials);
// dock/growth/<in_flight>/<fill>: Inventory::Submit in the large store beside the same in a store
// of 1,000 assets.
absl::StatusOr<Measured> Growth(const BenchOptions& options, int in_flight);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_DOCK_BENCH_H_
