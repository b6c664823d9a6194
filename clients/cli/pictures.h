// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_PICTURES_H_
#define LOOPDOCK_CLIENTS_CLI_PICTURES_H_

// Works picture files through the worker that lies beside this program, without a server.
// Thread safety: main's thread only.
// Blocking: until the last answer.
// Errors: WORKER_UNAVAILABLE when no worker starts, after every file has had its answer; what is
// wrong with one file is its answer.
// Limits: as many files are in memory as twice the workers, each of at most 64 MiB.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::cli {

using PictureAnswer =
    std::function<void(const std::string& file, const absl::StatusOr<vision::v1::Response>&)>;

// Calls `answer` once for every file, in their order.
absl::Status WorkPictures(const std::vector<std::string>& files, int workers,
                          const vision::v1::Request& request, const PictureAnswer& answer);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_PICTURES_H_
