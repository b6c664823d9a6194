// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_DAEMON_ADMIN_SERVICE_H_
#define LOOPDOCK_SERVICES_DAEMON_ADMIN_SERVICE_H_

// The gRPC shell of backups: every method is one call of the Shell and one of Backups.
// Thread safety: every method may be called from any thread.
// Ownership: shell and backups must outlive it.
// Errors: those of the guard and of backup.h.

#include "loopdock/common/v1/admin.grpc.pb.h"
#include "services/common/shell.h"
#include "services/daemon/backup.h"

namespace loopdock::daemon {

class AdminService final : public common::v1::AdminService::CallbackService {
 public:
  AdminService(common::Shell& shell, Backups& backups) : shell_(shell), backups_(backups) {}

  grpc::ServerWriteReactor<common::v1::CreateBackupResponse>* CreateBackup(
      grpc::CallbackServerContext* context,
      const common::v1::CreateBackupRequest* request) override;
  grpc::ServerUnaryReactor* ListBackups(grpc::CallbackServerContext* context,
                                        const common::v1::ListBackupsRequest* request,
                                        common::v1::ListBackupsResponse* response) override;

 private:
  common::Shell& shell_;
  Backups& backups_;
};

}  // namespace loopdock::daemon

#endif  // LOOPDOCK_SERVICES_DAEMON_ADMIN_SERVICE_H_
