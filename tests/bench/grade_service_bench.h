// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_GRADE_SERVICE_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_GRADE_SERVICE_BENCH_H_

// How many pictures a second a whole server inspects, with evidence kept and the calibration of the
// station used, beside plain reading of the same pictures on as many cores.
// Blocking: until all pairs are measured. Errors: those of the server.

#include "absl/status/statusor.h"
#include "tests/bench/commands_bench.h"

namespace loopdock::bench {

// The row `grade/service/{workers}` of README.md.
absl::StatusOr<Measured> GradeService(const BenchOptions& options, int workers);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_GRADE_SERVICE_BENCH_H_
