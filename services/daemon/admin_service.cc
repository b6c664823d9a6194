// SPDX-License-Identifier: Apache-2.0
#include "services/daemon/admin_service.h"

#include "services/common/log.h"

namespace loopdock::daemon {

using common::v1::CreateBackupRequest;
using common::v1::CreateBackupResponse;

grpc::ServerWriteReactor<CreateBackupResponse>* AdminService::CreateBackup(
    grpc::CallbackServerContext* context, const CreateBackupRequest* request) {
  // The reactor keeps no copy of the request, and the work outlives this call.
  return shell_.ServerStream<CreateBackupResponse>(
      context, "CreateBackup", *request,
      [this, asked = *request](const common::Caller&, common::Sink<CreateBackupResponse>& sink) {
        // A caller that went away does not undo what was begun.
        absl::Status created = backups_.Create(asked, [&](const CreateBackupResponse& step) {
          if (step.has_info()) {
            common::LogInfo("backed_up", {{"backup", step.backup()},
                                          {"store", step.store()},
                                          {"bytes", step.info().size_bytes()}});
          }
          sink.Write(step);
        });
        return created;
      });
}

grpc::ServerUnaryReactor* AdminService::ListBackups(grpc::CallbackServerContext* context,
                                                    const common::v1::ListBackupsRequest* request,
                                                    common::v1::ListBackupsResponse* response) {
  return shell_.UnaryBlocking(context, "ListBackups", *request,
                              [this, response](const common::Caller&) {
                                auto backups = ReadBackups(backups_.folder());
                                if (!backups.ok()) return backups.status();
                                for (auto& backup : *backups) {
                                  *response->add_backups() = std::move(backup);
                                }
                                return absl::OkStatus();
                              });
}

}  // namespace loopdock::daemon
