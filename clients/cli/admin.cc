// SPDX-License-Identifier: Apache-2.0
// loopdock admin: backups of running servers; restore, fsck and replay by the server program beside
// this one, which owns the formats on the disk.

#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "loopdock/common/v1/admin.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/status.h"

extern char** environ;

namespace loopdock::cli {
namespace {

using common::v1::AdminService;
using common::v1::Backup;
using common::v1::CreateBackupRequest;
using common::v1::CreateBackupResponse;
using common::v1::StoreBackup;

struct Options {
  bool full = false;
  std::vector<std::string> also;
  std::string backup;
  std::string from;
  std::string source;
  std::int64_t through = 0;
};

// Has one process back up its stores into the backup that `request` names, or into a new one,
// whose name it then holds.
absl::Status BackUp(const client::Connection& connection, CreateBackupRequest* request) {
  grpc::ClientContext context;
  connection.Authorize(context);
  const auto stub = AdminService::NewStub(connection.channel());
  const auto stream = stub->CreateBackup(&context, *request);
  CreateBackupResponse step;
  while (stream->Read(&step)) {
    request->set_backup(step.backup());
    if (!step.has_info()) continue;
    PrintLine(
        absl::StrCat(Visible(step.store()), ": ", step.info().size_bytes(), " bytes, read back"));
  }
  return common::FromGrpc(stream->Finish());
}

absl::Status RunBackup(const Settings& settings, const Options& options) {
  CreateBackupRequest request;
  request.set_full(options.full);
  std::vector<std::string> addresses = {settings.connect.address};
  addresses.insert(addresses.end(), options.also.begin(), options.also.end());
  for (const std::string& address : addresses) {
    Settings one = settings;
    one.connect.address = address;
    const auto connection = one.Connect();
    if (!connection.ok()) return connection.status();
    request.set_request_id(common::NewUuidV7());
    if (auto status = BackUp(**connection, &request); !status.ok()) return status;
  }
  PrintLine(absl::StrCat("backup ", Visible(request.backup())));
  return absl::OkStatus();
}

absl::Status RunBackups(const Settings& settings, const Options&) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = AdminService::NewStub((*connection)->channel());
  const auto answer =
      (*connection)->Ask(*stub, &AdminService::Stub::ListBackups, common::v1::ListBackupsRequest());
  if (!answer.ok()) return answer.status();
  Table table({"BACKUP", "KIND", "MADE", "STORES", "BYTES", "ENTRY"});
  for (const Backup& backup : answer->backups()) {
    std::int64_t bytes = 0;
    std::int64_t sequence = 0;
    std::string stores;
    for (const StoreBackup& store : backup.stores()) {
      bytes += store.size_bytes();
      if (store.store() == "inventory") sequence = store.sequence();
      absl::StrAppend(&stores, stores.empty() ? "" : " ", Visible(store.store()));
    }
    table.Add({Visible(backup.name()), backup.full() ? "full" : "incremental",
               TimeText(backup.create_time()), stores, absl::StrCat(bytes),
               absl::StrCat(sequence)});
  }
  PrintLine(table.ToString());
  return absl::OkStatus();
}

// Runs the server program beside this one to its end, on the same terminal.
absl::Status RunServer(std::vector<std::string> words) {
  const auto folder = common::ProgramDirectory();
  if (!folder.ok()) return folder.status();
  words.insert(words.begin(), *folder + "/loopdockd");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, words.front().c_str(), nullptr, nullptr, arguments.data(), environ);
  if (error != 0) {
    return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                         absl::StrCat(words.front(), " cannot be started: ", std::strerror(error),
                                      ". Install it beside loopdock."),
                         {{"path", words.front()}});
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError("loopdockd did not succeed; what it said is above.");
}

absl::Status RunRestore(const Settings& settings, const Options& options) {
  return RunServer({"--data-dir", settings.connect.data_dir, "--storage-backup-dir", options.from,
                    "--site", settings.site, "--restore", options.backup});
}

absl::Status RunFsck(const Settings& settings, const Options&) {
  const auto checked =
      RunServer({"--data-dir", settings.connect.data_dir, "--site", settings.site, "--fsck"});
  if (!absl::IsFailedPrecondition(checked)) return checked;
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       "Not every store is whole, or could be checked; see above.");
}

absl::Status RunReplay(const Settings& settings, const Options& options) {
  std::vector<std::string> words = {"--data-dir",  settings.connect.data_dir, "--site",
                                    settings.site, "--replay-from",           options.source};
  if (options.through > 0) {
    words.emplace_back("--replay-through");
    words.push_back(absl::StrCat(options.through));
  }
  return RunServer(std::move(words));
}

void Bind(CLI::App* command, const std::shared_ptr<Options>& options, Settings& settings,
          absl::Status (*runner)(const Settings&, const Options&)) {
  command->callback([options, runner, &settings] {
    settings.run = [options, runner, &settings] { return runner(settings, *options); };
  });
}

}  // namespace

void AddAdmin(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* admin = app.add_subcommand("admin", "Back up, restore, check and replay the stores");
  admin->require_subcommand(1);

  CLI::App* backup = admin->add_subcommand("backup", "Back up a running server's stores");
  backup->add_flag("--full", options->full, "Begin a new series instead of adding to the latest");
  backup->add_option("--also", options->also,
                     "Addresses of further processes, for one service a process: --address is "
                     "traceability's, then inventory's, then grading's");
  Bind(backup, options, settings, RunBackup);

  Bind(admin->add_subcommand("backups", "List the backups of a server"), options, settings,
       RunBackups);

  CLI::App* restore = admin->add_subcommand(
      "restore", "Restore a backup into --data-dir, where no store may be; no server is needed");
  restore->add_option("BACKUP", options->backup, "Its name, as 'admin backups' lists it")
      ->required();
  restore->add_option("--from", options->from, "Folder of the backups")->required();
  Bind(restore, options, settings, RunRestore);

  Bind(admin->add_subcommand("fsck", "Check every store in --data-dir; the server must be stopped"),
       options, settings, RunFsck);

  CLI::App* replay = admin->add_subcommand(
      "replay", "Make inventory as it was at an entry of the feed, in a --data-dir without one");
  replay->add_option("SOURCE", options->source, "Data folder whose feed is replayed")->required();
  replay->add_option("--through", options->through, "The last entry to take; all if left out")
      ->check(CLI::PositiveNumber);
  Bind(replay, options, settings, RunReplay);
}

}  // namespace loopdock::cli
