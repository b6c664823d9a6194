// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_WORKER_WORK_H_
#define LOOPDOCK_SERVICES_VISION_WORKER_WORK_H_

// Answers one request about one picture.
// Thread safety: for the only thread of the worker.
// Errors: in the response, as a documented reason; nothing is thrown.

#include <string_view>

#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

v1::ModuleVersions Versions();

v1::Response Answer(const v1::Request& request, std::string_view picture);

// For a request whose picture did not arrive as agreed.
v1::Response Refuse(const v1::Request& request, std::string_view reason, std::string_view message);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_WORKER_WORK_H_
