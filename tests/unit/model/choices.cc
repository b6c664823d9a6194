// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/model/choices.h"

namespace loopdock::inventory::model {

absl::Duration SpanOf(int span) {
  constexpr int kHours[kSpans] = {1,       24,       24 * 7,   24 * 30,  24 * 90,
                                  24 * 91, 24 * 365, 24 * 366, 24 * 400, 24 * 1000};
  return absl::Hours(kHours[span]);
}

Place PlaceOf(int place) {
  if (place < kLocationCount) return {place, -1};
  return {-1, place - kLocationCount};
}

v1::StreamKind StreamOf(int stream) {
  constexpr v1::StreamKind kAll[kStreams] = {
      v1::STREAM_KIND_UNSPECIFIED, v1::STREAM_KIND_DATA_DEVICES, v1::STREAM_KIND_RECOVERY_EQUIPMENT,
      v1::STREAM_KIND_REUSE_EQUIPMENT, v1::STREAM_KIND_OTHER_MATERIALS};
  return kAll[stream];
}

v1::ControlExit ExitOf(int status) {
  switch (status) {
    case kSanitizedFunctional:
      return v1::CONTROL_EXIT_SANITIZED_FUNCTIONAL;
    case kNoLongerControlled:
    case kNotElectronic:
      return v1::CONTROL_EXIT_NOT_CONTROLLED;
    case kByAnotherR2:
      return v1::CONTROL_EXIT_R2_CATEGORIZED;
    case kEvaluatedAndSampled:
      return v1::CONTROL_EXIT_NON_R2_SAMPLED;
    default:
      return v1::CONTROL_EXIT_UNSPECIFIED;
  }
}

v1::AccessLevel LevelOf(int level) {
  return static_cast<v1::AccessLevel>(v1::ACCESS_LEVEL_HANDLE_DATA + level);
}

v1::NextProcess ProcessOf(int process) {
  constexpr v1::NextProcess kAll[kProcesses] = {
      v1::NEXT_PROCESS_DATA_SANITIZATION,  v1::NEXT_PROCESS_TEST_REPAIR,
      v1::NEXT_PROCESS_MATERIALS_RECOVERY, v1::NEXT_PROCESS_REUSE,
      v1::NEXT_PROCESS_ENERGY_RECOVERY,    v1::NEXT_PROCESS_DISPOSAL};
  return kAll[process];
}

}  // namespace loopdock::inventory::model
