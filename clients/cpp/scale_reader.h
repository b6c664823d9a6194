// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_SCALE_READER_H_
#define LOOPDOCK_CLIENTS_CPP_SCALE_READER_H_

// What scales send, and a weight at rest from one. docs/reference/scales.md lists the forms.
// Thread safety: ParseScaleLine is pure; a reading is for one thread.
// Blocking: ReadStableWeight until the scale is at rest, at most until the deadline.
// Errors: those of device_line.h; SCALE_LINE_INVALID when what comes is no weight, SCALE_OVERLOADED
// when the scale shows over- or underload, SCALE_UNSTABLE when it does not come to rest in time.
// Limits: a line has at most 200 bytes.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cpp/device_line.h"

namespace loopdock::client {

struct ScaleReading {
  enum class State {
    kStable,
    kMoving,
    kUnknown,   // The scale does not say; equal lines one after the other are at rest.
    kOverload,  // Or underload.
    kNotReady,  // No weight at the moment.
  };
  State state = State::kUnknown;
  std::int64_t grams = 0;
  std::string raw;  // the line without its ends
};

absl::StatusOr<ScaleReading> ParseScaleLine(std::string_view line);

// `ask` makes the scale send, such as "S" for one that waits to be asked; empty for one that sends
// by itself. It is sent again after every answer.
absl::StatusOr<ScaleReading> ReadStableWeight(DeviceLine& line, const std::string& ask,
                                              absl::Time deadline);

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_SCALE_READER_H_
