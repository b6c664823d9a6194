// SPDX-License-Identifier: Apache-2.0
// loopdock-crash: kills a real loopdockd under mixed load, again and again, at random moments and
// at named points, and compares what it comes back with to what it had acknowledged.
// loopdock-crash [--kills=25] [--seed=N]; prints one table, exits with 0 only when nothing is
// lost, doubled, partial or answered otherwise.
// loopdock-crash --measure-restore=BYTES: how long a backup of so many bytes and its restore take.

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "loopdock/common/v1/admin.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "tests/crash/crash_load.h"

namespace loopdock::e2e {
namespace {

constexpr int kFsckEvery = 25;
constexpr const char* kAtRandom = "at random";
constexpr const char* kPoints[] = {kAtRandom,       "before_write", kAtRandom,  "after_write",
                                   "before_answer", kAtRandom,      "in_backup"};

struct Options {
  std::int64_t kills = 25;
  std::uint64_t seed = std::random_device{}();
  std::int64_t restore_bytes = 0;
};

struct Report {
  std::map<std::string, int> kills;
  CrashCounts counts;
  int stores_checked = 0;
  int backups_made = 0;
  absl::Duration longest_start;
};

// loopdockd with flags, to its end; whether it succeeded.
bool RunServer(const std::string& flags) {
  const std::string command =
      absl::StrCat(testing::ProgramPath("loopdockd"), " ", flags, " >/dev/null");
  const int status = std::system(command.c_str());
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The name of the backup.
absl::StatusOr<std::string> MakeBackup(const Cluster& cluster) {
  grpc::ClientContext context;
  cluster.to("inventory").Authorize(context);
  common::v1::CreateBackupRequest request;
  request.set_request_id(common::NewUuidV7());
  const auto stub = common::v1::AdminService::NewStub(cluster.to("inventory").channel());
  const auto stream = stub->CreateBackup(&context, request);
  common::v1::CreateBackupResponse step;
  std::string name;
  while (stream->Read(&step)) name = step.backup();
  if (auto status = common::FromGrpc(stream->Finish()); !status.ok()) return status;
  return name;
}

class Crasher {
 public:
  explicit Crasher(const Options& options) : options_(options), random_(options.seed) {}

  absl::Status Run() {
    auto cluster = Cluster::Start({"--log-level=warning"});
    if (!cluster.ok()) return cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    load_ = std::make_unique<CrashLoad>(*cluster_, *floor_, options_.seed);
    if (absl::Status ready = load_->Prepare(); !ready.ok()) return ready;
    for (std::int64_t i = 0; i < options_.kills; ++i) {
      if (absl::Status killed = Kill(i); !killed.ok()) {
        return absl::Status(killed.code(),
                            absl::StrCat("kill ", i + 1, ": ", std::string(killed.message()), "\n",
                                         cluster_->Log()));
      }
    }
    return CheckBackup();
  }

  const Report& report() const { return report_; }

 private:
  // One round: the server that runs is already planned to die somewhere, or is killed.
  absl::Status Kill(std::int64_t i) {
    std::thread backup;
    if (point_ == "in_backup") {
      backup = std::thread([this] { MakeBackup(*cluster_).status().IgnoreError(); });
    } else if (i % 5 == 4) {
      backup = std::thread([this] {
        if (MakeBackup(*cluster_).ok()) ++report_.backups_made;
      });
    }
    const auto enough =
        static_cast<std::int64_t>(point_ == kAtRandom ? 1 + random_() % 150 : std::int64_t{1500});
    const bool by_itself = load_->Run(enough, absl::Seconds(10), [this] { cluster_->Kill(); });
    if (backup.joinable()) backup.join();
    ++report_.kills[by_itself ? point_ : kAtRandom];
    if ((i + 1) % kFsckEvery == 0 || i + 1 == options_.kills) {
      ++report_.stores_checked;
      if (!RunServer(absl::StrCat("--fsck --data-dir=", cluster_->folder()))) {
        return absl::DataLossError("fsck found damage");
      }
    }
    PlanNext(i + 1);
    const absl::Time start = absl::Now();
    absl::Status started = cluster_->Restart();
    ::unsetenv("LOOPDOCK_CRASH_AT");
    if (!started.ok()) return started;
    report_.longest_start = std::max(report_.longest_start, absl::Now() - start);
    CrashCounts& counts = report_.counts;
    started = load_->Check(&counts);
    if (!started.ok()) return started;
    std::fprintf(stderr, "\rkill %lld of %lld, %lld acknowledged, %lld wrong ",
                 static_cast<long long>(i + 1), static_cast<long long>(options_.kills),
                 static_cast<long long>(counts.acknowledged),
                 static_cast<long long>(counts.lost + counts.different + counts.doubled));
    return absl::OkStatus();
  }

  // Where the next process dies: beyond the passes that the comparison before may need, which
  // answers all that it sends again and writes what was not answered.
  void PlanNext(std::int64_t i) {
    point_ = kPoints[static_cast<size_t>(i) % std::size(kPoints)];
    if (point_ == kAtRandom || i >= options_.kills) {
      point_ = kAtRandom;
      return;
    }
    size_t pass = 60 + random_() % 150;
    if (point_ == "in_backup") pass = 1 + random_() % 6;
    if (point_ == "before_answer") pass += 3 * load_->to_check();
    ::setenv("LOOPDOCK_CRASH_AT", absl::StrCat(point_, ":", pass).c_str(), 1);
  }

  // The backups that were made between the kills restore to stores that are whole.
  absl::Status CheckBackup() {
    const auto backup = MakeBackup(*cluster_);
    if (!backup.ok()) return backup.status();
    ++report_.backups_made;
    const std::string folder = cluster_->folder() + "/restored";
    if (!RunServer(absl::StrCat("--restore=", *backup, " --data-dir=", folder,
                                " --storage-backup-dir=", cluster_->folder(), "/backups")) ||
        !RunServer(absl::StrCat("--fsck --data-dir=", folder))) {
      return absl::DataLossError("the backup does not restore to whole stores");
    }
    ++report_.stores_checked;
    return absl::OkStatus();
  }

  const Options options_;
  std::mt19937_64 random_;
  std::string point_ = kAtRandom;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::unique_ptr<CrashLoad> load_;
  Report report_;
};

// Fills a house with evidence, backs it up in full, and restores it.
absl::Status MeasureRestore(std::int64_t bytes) {
  constexpr std::int64_t kPiece = 1'000'000;
  auto cluster = Cluster::Start({"--log-level=warning"});
  if (!cluster.ok()) return cluster.status();
  for (std::int64_t put = 0; put < bytes; put += kPiece) {
    const auto kept = PutEvidence(**cluster, common::NewUuidV7(), common::RandomBytes(kPiece));
    if (!kept.ok()) return kept.status();
  }
  absl::Time start = absl::Now();
  const auto backup = MakeBackup(**cluster);
  if (!backup.ok()) return backup.status();
  const absl::Duration backing_up = absl::Now() - start;
  const std::string folder = (*cluster)->folder() + "/restored";
  start = absl::Now();
  if (!RunServer(absl::StrCat("--restore=", *backup, " --data-dir=", folder,
                              " --storage-backup-dir=", (*cluster)->folder(), "/backups"))) {
    return absl::InternalError("the restore failed");
  }
  std::printf("%lld bytes: backup, read back, %.1f s; restore, verified first, %.1f s\n",
              static_cast<long long>(bytes), absl::ToDoubleSeconds(backing_up),
              absl::ToDoubleSeconds(absl::Now() - start));
  return absl::OkStatus();
}

void Print(const Options& options, const Report& report) {
  const auto line = [](const std::string& what, std::int64_t count) {
    std::printf("%-44s %10lld\n", what.c_str(), static_cast<long long>(count));
  };
  std::printf("\n%-44s %10llu\n", "seed", static_cast<unsigned long long>(options.seed));
  for (const auto& [point, kills] : report.kills) line(absl::StrCat("kills ", point), kills);
  line("changes acknowledged", report.counts.acknowledged);
  line("changes without an answer at the kill", report.counts.unanswered);
  line("acknowledged changes sent again", report.counts.repeated);
  line("lost", report.counts.lost);
  line("answered otherwise", report.counts.different);
  line("doubled, or gaps in the feed", report.counts.doubled);
  line("checks of all stores, all whole", report.stores_checked);
  line("backups made", report.backups_made);
  line("longest start, ms", absl::ToInt64Milliseconds(report.longest_start));
}

bool Parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    absl::string_view word = argv[i];
    if (absl::ConsumePrefix(&word, "--kills=") && absl::SimpleAtoi(word, &options->kills)) continue;
    if (absl::ConsumePrefix(&word, "--seed=") && absl::SimpleAtoi(word, &options->seed)) continue;
    if (absl::ConsumePrefix(&word, "--measure-restore=") &&
        absl::SimpleAtoi(word, &options->restore_bytes)) {
      continue;
    }
    std::fprintf(stderr, "loopdock-crash [--kills=25] [--seed=N] | --measure-restore=BYTES\n");
    return false;
  }
  return true;
}

int Main(int argc, char** argv) {
  Options options;
  if (!Parse(argc, argv, &options)) return 2;
  const auto folder = common::ProgramDirectory();
  if (folder.ok()) ::setenv("LOOPDOCK_BIN_DIR", folder->c_str(), 0);
  if (options.restore_bytes > 0) {
    const absl::Status measured = MeasureRestore(options.restore_bytes);
    if (!measured.ok()) std::fprintf(stderr, "FAILED: %s\n", measured.ToString().c_str());
    return measured.ok() ? 0 : 1;
  }
  std::fprintf(stderr, "seed %llu\n", static_cast<unsigned long long>(options.seed));
  Crasher crasher(options);
  const absl::Status ran = crasher.Run();
  Print(options, crasher.report());
  const CrashCounts& counts = crasher.report().counts;
  if (!ran.ok()) std::fprintf(stderr, "FAILED: %s\n", ran.ToString().c_str());
  return ran.ok() && counts.lost + counts.different + counts.doubled == 0 ? 0 : 1;
}

}  // namespace
}  // namespace loopdock::e2e

int main(int argc, char** argv) { return loopdock::e2e::Main(argc, argv); }
