// SPDX-License-Identifier: Apache-2.0
#include "services/common/models.h"

#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/fileio.h"
#include "services/common/status.h"

namespace loopdock::common {

absl::StatusOr<std::string> ModelsDirectory(const std::string& configured) {
  std::vector<std::string> places = {configured};
  if (configured.empty()) {
    const auto program = ProgramDirectory();
    if (!program.ok()) return program.status();
    places = {*program + "/../share/loopdock/models", *program + "/../../../models"};
  }
  for (const std::string& place : places) {
    std::error_code error;
    if (std::filesystem::is_directory(place + "/policies", error)) {
      return std::filesystem::weakly_canonical(place, error).string();
    }
  }
  return Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
               absl::StrCat("There are no models in ", absl::StrJoin(places, " or "),
                            ". They come with the program; a server is told another folder by "
                            "vision.models."));
}

}  // namespace loopdock::common
