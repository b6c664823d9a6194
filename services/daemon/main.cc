// SPDX-License-Identifier: Apache-2.0
// loopdockd: the server. Hosts any subset of the services; see docs/operating/configuration.md.

#include <cstdio>
#include <cstdlib>

#include "services/common/config.h"
#include "services/common/server.h"
#include "services/common/signals.h"
#include "services/daemon/fsck.h"
#include "services/daemon/restore.h"
#include "services/daemon/rooms.h"

namespace {

using loopdock::common::Config;
using loopdock::common::ConfigAction;
using loopdock::common::Host;
using loopdock::daemon::Room;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "loopdockd: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

absl::Status Serve(const Config& config) {
  auto host = Host::Create(config);
  if (!host.ok()) return host.status();
  auto rooms = loopdock::daemon::MakeRooms(config);
  for (const auto& room : rooms) {
    if (auto status = room->Open(**host); !status.ok()) return status;
  }
  absl::Status status = (*host)->Start();
  for (auto room = rooms.begin(); status.ok() && room != rooms.end(); ++room) {
    status = (*room)->Start(**host);
  }
  if (status.ok()) status = (*host)->WriteReadyFile();
  if (status.ok()) {
    (*host)->WaitForSignal();
  }
  (*host)->Stop();
  for (auto room = rooms.rbegin(); room != rooms.rend(); ++room) (*room)->Stop();
  (*host)->StopInside();
  // Who started us must see that this was no wish.
  if (status.ok()) status = loopdock::daemon::StoreFailure();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  loopdock::common::CatchSignals();
  const auto request = loopdock::common::LoadConfig(
      argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
  if (!request.ok()) return Fail(request.status());
  if (request->action == ConfigAction::kCheck) {
    std::puts("The configuration is right.");
    return EXIT_SUCCESS;
  }
  if (request->action == ConfigAction::kFsck) {
    return loopdock::daemon::FsckStores(request->config) ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  if (request->action == ConfigAction::kRestore) {
    const absl::Status restored =
        loopdock::daemon::RestoreBackup(request->config, request->restore);
    return restored.ok() ? EXIT_SUCCESS : Fail(restored);
  }
  if (request->action == ConfigAction::kReplay) {
    const absl::Status replayed = loopdock::daemon::ReplayFeed(
        request->config, request->replay_from, request->replay_through);
    return replayed.ok() ? EXIT_SUCCESS : Fail(replayed);
  }
  if (request->action != ConfigAction::kRun) {
    std::fputs(request->text.c_str(), stdout);
    return EXIT_SUCCESS;
  }
  const absl::Status served = Serve(request->config);
  return served.ok() ? EXIT_SUCCESS : Fail(served);
}
