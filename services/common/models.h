// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_MODELS_H_
#define LOOPDOCK_SERVICES_COMMON_MODELS_H_

// Where the models are: what domain people edit (scales, policies, device facts).
// Thread safety: a free function, safe from any thread.
// Errors: NOT_FOUND FILE_NOT_FOUND naming the places that were looked at.

#include <string>

#include "absl/status/statusor.h"

namespace loopdock::common {

// `configured` if it is not empty, else the folder that comes with the running program: beside an
// installed one (../share/loopdock/models) or in the source tree that it was built in
// (../../../models).
absl::StatusOr<std::string> ModelsDirectory(const std::string& configured = "");

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_MODELS_H_
