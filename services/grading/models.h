// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_MODELS_H_
#define LOOPDOCK_SERVICES_GRADING_MODELS_H_

// The scales, checklists and rules of stations that a site grades by: those that come with the
// program, and the site's own.
// Thread safety: free functions, safe from any thread. Blocking: reads files.
// Errors: those of Scale::Parse, Checklists::Parse and FunctionPlan::Parse with the file's name,
// SCALE_INVALID when two files of a folder have one id, STATIONS_INVALID, and those of reading.
// Limits: 1 MiB a file, 64 scales.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/grading/core/checklists.h"
#include "services/grading/core/results/function_plan.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

inline constexpr char kDefaultScale[] = "itad-1";

// models/grading/stations.toml
struct StationRules {
  int calibration_days = 0;
  double reprojection_px_max = 0;
};

struct GradingModels {
  // The first is the default; `texts` are the files' contents in the same order.
  std::vector<Scale> scales;
  std::vector<std::string> texts;
  Checklists checklists;
  StationRules stations;
};

struct ModelPlaces {
  // The program's: every *.toml is a scale but checklists.toml, stations.toml and functions.toml.
  std::string folder;
  // A file: the default scale. A folder in the same form: what is there goes before the program's
  // of the same id or name, and the scale in its default.toml is the default. Empty for none.
  std::string site;
};

absl::StatusOr<GradingModels> ReadGradingModels(const ModelPlaces& places);

// functions.toml: of the site's folder where it has one, else the program's.
absl::StatusOr<FunctionPlan> ReadFunctionPlan(const ModelPlaces& places);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_MODELS_H_
