// SPDX-License-Identifier: Apache-2.0
// loopdock health: which services of a server are ready (grpc.health.v1).

#include <set>

#include "absl/time/clock.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/rpc.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

constexpr const char* kPath = "/grpc.health.v1.Health/Check";

// The two messages of grpc.health.v1 have one field each: name of the service, and its state.
std::string HealthRequest(const std::string& service) {
  if (service.empty()) return "";
  return std::string("\x0a") + static_cast<char>(service.size()) + service;
}

std::string StateOf(const std::string& response) {
  if (response.size() != 2 || response[0] != '\x08') return "unknown";
  if (response[1] == 1) return "serving";
  return response[1] == 2 ? "not serving" : "unknown";
}

absl::StatusOr<std::string> Check(grpc::Channel& channel, const std::string& service,
                                  absl::Time deadline) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(deadline));
  std::string response;
  const grpc::Status status = CallBytes(channel, context, kPath, HealthRequest(service), &response);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) return std::string("elsewhere");
  if (!status.ok()) return common::FromGrpc(status);
  return StateOf(response);
}

absl::Status Run(const Settings& settings) {
  // Health is open: no token is needed to ask for it.
  client::ConnectOptions options = settings.connect;
  options.token = "none";
  const auto connection = client::Connection::Create(options);
  if (!connection.ok()) return connection.status();
  const absl::Time deadline = absl::Now() + absl::Seconds(settings.timeout_s);
  const auto whole = Check(*(*connection)->channel(), "", deadline);
  if (!whole.ok()) return whole.status();
  Table table({"SERVICE", "STATE"});
  table.Add({"server", *whole});
  std::set<std::string> services;
  for (const MethodDescriptor* method : AllMethods()) {
    services.insert(method->service()->full_name());
  }
  for (const std::string& service : services) {
    const auto state = Check(*(*connection)->channel(), service, deadline);
    if (!state.ok()) return state.status();
    table.Add({service, *state});
  }
  PrintLine(table.ToString());
  if (*whole == "serving") return absl::OkStatus();
  return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                       "The server answers but is not ready.");
}

}  // namespace

void AddHealth(CLI::App& app, Settings& settings) {
  CLI::App* command =
      app.add_subcommand("health", "Say which services of the server are ready; needs no token");
  command->footer("Exit code 0 only when the whole server is serving.");
  command->callback([&settings] { settings.run = [&settings] { return Run(settings); }; });
}

}  // namespace loopdock::cli
