// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_TEXT_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_TEXT_H_

// Small things that the readers of result files share: texts, and what words, times and sizes mean.
// Thread safety: pure functions.
// Errors: std::nullopt for what is not understood.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "loopdock/grading/v1/results.pb.h"

namespace loopdock::grading {

// Debian's abseil has a string_view of its own, hence not absl::StrCat.
template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string text;
  (text.append(std::string_view(parts)), ...);
  return text;
}
std::string_view Strip(std::string_view text);
std::string Lower(std::string_view text);
std::vector<std::string_view> Split(std::string_view text, char separator);
bool ConsumePrefix(std::string_view* text, std::string_view prefix);

// A whole number of digits alone.
std::optional<std::int64_t> ParseCount(std::string_view text);
// Bytes: "500107862016", "500 GB", "465.8 GiB"; decimal units unless the unit has an i.
std::optional<std::int64_t> ParseBytes(std::string_view text);
// ISO 8601 with or without zone, or as nwipe writes it; without zone it is UTC.
std::optional<absl::Time> ParseTime(std::string_view text);
// "87", "87 %", "87.5%"; 0 to 200, since new batteries may have more than their nominal capacity.
std::optional<double> ParsePercent(std::string_view text);

// "passed", "ok", "not tested", ...; unspecified stands for not tested.
std::optional<inventory::v1::TestOutcome> ParseOutcome(std::string_view text);
inline constexpr std::string_view kOutcomesExpected =
    "Expected pass, fail, not applicable or not tested.";
// "successful", "failed", "cancelled", ...
std::optional<v1::WipeOutcome> ParseWipeOutcome(std::string_view text);
inline constexpr std::string_view kWipeOutcomesExpected = "Expected succeeded, failed or aborted.";
// Purge only where the procedure names itself so: an overwrite is a Clear.
inventory::v1::SanitizationMethod MethodOf(std::string_view procedure);

// What firmware says when it has no serial number, and serial numbers that were blotted out.
bool IsNoSerial(std::string_view text);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_TEXT_H_
