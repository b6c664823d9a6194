// SPDX-License-Identifier: Apache-2.0
// One form of manifest files with any bytes. With libFuzzer: `manifest_csv_fuzz -max_len=4000`.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/common/utf8.h"
#include "services/intake/core/manifest_file.h"

namespace {

using loopdock::intake::ManifestOptions;
using loopdock::intake::ManifestReading;

#if defined(LOOPDOCK_FUZZ_X12)
constexpr auto kFormat = loopdock::intake::v1::MANIFEST_FORMAT_X12_856;
#elif defined(LOOPDOCK_FUZZ_JSON)
constexpr auto kFormat = loopdock::intake::v1::MANIFEST_FORMAT_JSON;
#else
constexpr auto kFormat = loopdock::intake::v1::MANIFEST_FORMAT_CSV;
#endif

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckOne(std::string_view bytes, const ManifestOptions& options) {
  const ManifestReading read = loopdock::intake::ReadManifest(bytes, options);
  Require(read.problem_count >= static_cast<std::int64_t>(read.problems.size()));
  Require(read.problem_count > 0 || !read.lines.empty());
  std::int64_t number = 0;
  std::int64_t pieces = 0;
  for (const auto& line : read.lines) {
    Require(line.number() == ++number);
    Require(line.quantity() >= 1 && line.quantity() <= 1'000'000);
    Require(line.serial().empty() || line.quantity() == 1);
    Require(line.mass_g() >= 0 && line.serial().size() <= 128);
    Require(loopdock::common::IsUtf8(line.serial()) && loopdock::common::IsUtf8(line.model()));
    pieces += line.quantity();
  }
  Require(pieces == read.piece_count);
  for (const auto& problem : read.problems) {
    Require(!problem.problem().empty() && problem.line() >= 0);
    Require(loopdock::common::IsUtf8(problem.column()));
    Require(loopdock::common::IsUtf8(problem.value()) && problem.value().size() <= 100);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  CheckOne(bytes, {});
  CheckOne(bytes,
           {.format = kFormat, .columns = {{"serial", "s"}}, .remembered = {{"model", "m"}}});
  return 0;
}
