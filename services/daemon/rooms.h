// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_DAEMON_ROOMS_H_
#define LOOPDOCK_SERVICES_DAEMON_ROOMS_H_

// What the daemon does for each service it hosts: one room a service, all with the same life.
// Thread safety: main's thread only.
// Ownership: a room owns its stores and its gRPC services and is destroyed after Host::Stop.

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cpp/command_port.h"
#include "services/common/server.h"
#include "services/daemon/backup.h"

namespace loopdock::daemon {

class Room {
 public:
  virtual ~Room() = default;
  // Opens what the service owns and registers it; before the server listens.
  virtual absl::Status Open(common::Host& host) = 0;
  // Connects it with the others, begins its own work, makes it ready.
  virtual absl::Status Start(common::Host& host) = 0;
  // Ends its own work; after the server answered its last call.
  virtual void Stop() = 0;
  // The way for commands to an inventory of this room, once open; null in all others.
  virtual client::CommandPort* commands() { return nullptr; }
  // What it owns on a disk, once open.
  virtual std::vector<BackupSource> Sources(const common::Config&) { return {}; }
};

// The rooms of the services that this process runs, in the order in which they start.
std::vector<std::unique_ptr<Room>> MakeRooms(const common::Config& config);

// What made this process stop because a store could no longer be written; OK when none did.
absl::Status StoreFailure();

}  // namespace loopdock::daemon

#endif  // LOOPDOCK_SERVICES_DAEMON_ROOMS_H_
