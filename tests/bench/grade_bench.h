// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_GRADE_BENCH_H_
#define LOOPDOCK_TESTS_BENCH_GRADE_BENCH_H_

// Measuring defects beside plain reading of the same pictures: rendered devices on their mats, in
// one worker on one core, against the picture library's decoder on the same core; both in processor
// time, because others may share the core.
// Thread safety: one measurement at a time.
// Blocking: about two minutes; most of it renders the pictures.
// Errors: those of VisionPool; INTERNAL when a picture that should be measured is not.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/report.h"

namespace loopdock::bench {

// The rows `grade/1080`, `grade/12mp`, `grade/50mp` and their memory of README.md.
absl::StatusOr<std::vector<Measured>> GradeBench();

// Milliseconds of a processor that plain reading of a JPEG takes: to colours, in this thread.
double PlainReadingMs(const std::string& jpeg);

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_GRADE_BENCH_H_
