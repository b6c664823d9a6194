// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_FILE_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_FILE_H_

// A supplier's manifest as a file: CSV, ASC X12 856 or JSON, read into lines that inventory takes,
// with everything that is wrong in it. docs/reference/manifest-files.md says what is understood.
// Thread safety: pure functions.
// Errors: none; what is wrong stands in `problems`, and then the lines are not to be booked.
// Limits: the constants below; the caller bounds the bytes.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::intake {

inline constexpr std::size_t kManifestBytesMax = std::size_t{64} << 20;
inline constexpr std::int64_t kManifestFileLinesMax = 100'000;
inline constexpr std::size_t kManifestFieldBytesMax = std::size_t{8} << 10;
inline constexpr std::size_t kManifestProblemsMax = 1000;  // that are kept; all are counted

// Field of ManifestLine to column heading.
using ManifestColumns = std::map<std::string, std::string>;

struct ManifestOptions {
  v1::ManifestFormat format = v1::MANIFEST_FORMAT_UNSPECIFIED;  // told from the bytes
  ManifestColumns columns;     // Given: a heading that is not there is a problem.
  ManifestColumns remembered;  // Of the supplier: a heading that is not there is passed over.
  double mass_unit_g = 0;      // 0: as the heading says, else grams.
};

struct ManifestReading {
  v1::ManifestFormat format = v1::MANIFEST_FORMAT_UNSPECIFIED;
  std::vector<inventory::v1::ManifestLine> lines;  // Numbered from 1.
  std::int64_t piece_count = 0;
  std::vector<v1::ManifestProblem> problems;  // By line.
  std::int64_t problem_count = 0;
  ManifestColumns columns;  // As used; of a CSV file.
  std::vector<std::string> unused_columns;
};

ManifestReading ReadManifest(std::string_view bytes, const ManifestOptions& options);

// Of a field name that `columns` may have.
bool IsManifestField(std::string_view name);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_MANIFEST_FILE_H_
