// SPDX-License-Identifier: Apache-2.0
#include "services/storage/crash_point.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"

namespace loopdock::storage::internal {
namespace {

struct Plan {
  std::string name;       // empty: none
  std::int64_t pass = 0;  // at which the process dies
};

Plan ReadPlan() {
  const char* text = std::getenv("LOOPDOCK_CRASH_AT");
  if (text == nullptr) return {};
  const std::string words(text);
  const size_t colon = words.find(':');
  Plan plan;
  if (colon == std::string::npos || !absl::SimpleAtoi(words.substr(colon + 1), &plan.pass)) {
    return {};
  }
  plan.name = words.substr(0, colon);
  return plan;
}

const Plan& ThePlan() {
  static const Plan kPlan = ReadPlan();
  return kPlan;
}

}  // namespace

bool HasCrashPlan() { return !ThePlan().name.empty(); }

void PassCrashPoint(std::string_view name) {
  static std::atomic<std::int64_t> passes{0};
  if (name == ThePlan().name && ++passes == ThePlan().pass) ::kill(::getpid(), SIGKILL);
}

}  // namespace loopdock::storage::internal
