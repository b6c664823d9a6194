// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_SIDE_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_SIDE_H_

// The side file of a journal: which session a terminal is in, so that it goes on after it was
// killed, and without the server. docs/internals/formats/journal.md has its members.
// Thread safety: free functions; one program has the journal and with it the side file.
// Durability: what Write was given is on the disk when it returns OK.
// Errors: SIDE_FILE_INVALID for a file that is none; those of fileio.h.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/receive_port.h"

namespace loopdock::cli {

struct ReceiveSide {
  ReceiveState state;  // without a session before one is open
  // What the command line asked for, so that the same one finds its session again.
  std::string asked;
  // Of the calls that open, made before they are sent: sent again they have one effect.
  std::string load_request_id, session_request_id;
};

std::string SidePath(const std::string& journal);
std::optional<absl::StatusOr<ReceiveSide>> ReadSide(const std::string& path);
absl::Status WriteSide(const std::string& path, const ReceiveSide& side);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_SIDE_H_
