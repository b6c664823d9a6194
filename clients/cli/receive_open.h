// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_OPEN_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_OPEN_H_

// How a receiving terminal comes by its session: goes on with the one that is named, else with the
// journal's if it is of the load, joins the station's, or opens one on a load that is there or made
// now.
// Thread safety: one thread.
// Blocking: two seconds for the server where the journal knows the session, else as the connection
// says.
// Errors: the server's; UNAVAILABLE when it does not answer and the journal knows no session.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/cli.h"
#include "clients/cli/receive_core.h"
#include "clients/cli/receive_side.h"

namespace loopdock::cli {

struct ReceiveOptions {
  std::string load;  // its name, or with `supplier` the load's external_ref
  std::string supplier;
  std::string session;  // by its name, instead of a load
  std::string bill_of_lading;
  std::string purchase_order;
  std::string carrier;
  std::string instruction;  // "destroy", "return" or empty
  std::vector<std::string> seals;
  std::string manifest;  // a file
  std::string location;
  std::string journal = "loopdock-scans.journal";
  std::string intake;  // address of intake, when it is another process
  std::string prefix, suffix;
  bool no_resale = false;
  bool group = false;
  bool quiet = false;
  bool json = false;
};

// `side` is what the journal's side file says, and what it is to say from now on; it is written
// before anything is opened.
absl::StatusOr<ReceiveStart> OpenReceiving(const Settings& settings, const ReceiveOptions& options,
                                           const client::Connection& inventory,
                                           const client::Connection& intake, ReceiveSide* side);

// Load and the receiving session as the server counts them.
ReceiveTotals TotalsOf(const std::string& session,
                       const inventory::v1::Reconciliation& reconciliation);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_OPEN_H_
