// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_DEMO_REPORT_H_
#define LOOPDOCK_CLIENTS_CLI_DEMO_REPORT_H_

// What the demonstration shows of its results.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <string_view>

#include "clients/cli/demo_plan.h"
#include "clients/cli/demo_server.h"
#include "clients/cli/demo_work.h"

namespace loopdock::cli {

// One row a scan: asset, what was scanned, format, how it was understood, grade, decision.
std::string DemoTable(const DemoPlan& plan, const DemoResult& result);

// How many of what, and how fast.
std::string DemoCounts(const DemoPlan& plan, const DemoResult& result);

// Commands to look further at what the running server holds.
// `key` is the log's public key.
std::string LookFurther(const DemoResult& result, const DemoServer& server, const std::string& key);

// Lower-case hexadecimal.
std::string HexOf(std::string_view bytes);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_DEMO_REPORT_H_
