// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/cluster.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "services/common/config.h"
#include "services/common/fileio.h"

namespace loopdock::e2e {
namespace {

namespace fs = std::filesystem;

// Name and parent of a process, as /proc/<pid>/stat tells: "pid (name) state parent ...".
struct ProcessLine {
  std::string name;
  pid_t parent = 0;
};

ProcessLine ReadProcess(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  std::string line;
  std::getline(file, line);
  const size_t open = line.find('('), close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 4 >= line.size()) {
    return {};
  }
  return {line.substr(open + 1, close - open - 1),
          static_cast<pid_t>(std::atoi(line.c_str() + close + 4))};
}

}  // namespace

bool IsSplit() {
  const char* mode = std::getenv("LOOPDOCK_E2E_MODE");
  return mode != nullptr && std::string(mode) == "split";
}

absl::StatusOr<std::unique_ptr<Cluster>> Cluster::Start(std::vector<std::string> flags) {
  auto folder = common::MakeTemporaryDirectory("loopdock-e2e");
  if (!folder.ok()) return folder.status();
  std::unique_ptr<Cluster> cluster(new Cluster(*folder, std::move(flags)));
  if (auto started = cluster->StartAll(); !started.ok()) return started;
  if (auto connected = cluster->Connect(); !connected.ok()) return connected;
  return cluster;
}

Cluster::~Cluster() {
  connections_.clear();
  Kill();
  std::error_code error;
  fs::remove_all(folder_, error);
}

absl::Status Cluster::StartAll() {
  // Who follows or calls another starts after it.
  const std::vector<std::string> names =
      IsSplit() ? common::ServiceNames() : std::vector<std::string>{"all"};
  for (const std::string& name : names) {
    if (auto started = StartProcess(name); !started.ok()) return started;
  }
  return absl::OkStatus();
}

absl::Status Cluster::StartProcess(const std::string& name) {
  std::string config = absl::StrCat("[services]\nrun = [\"", name, "\"]\n");
  for (const auto& [service, address] : addresses_) {
    if (service != name) {
      absl::StrAppend(&config, "[services.", service, "]\naddress = \"", address, "\"\n");
    }
  }
  const std::string path = absl::StrCat(folder_, "/", name, ".toml");
  if (auto written = common::WriteFileAtomically(path, config); !written.ok()) return written;
  std::vector<std::string> flags = flags_;
  flags.push_back(absl::StrCat("--config=", path));
  flags.push_back("--vision-workers=1");
  // A client without a call in flight answers the end of a connection only every five seconds.
  flags.push_back("--shutdown-deadline-ms=1500");
  const auto known = addresses_.find(name);
  if (known != addresses_.end()) flags.push_back(absl::StrCat("--listen=", known->second));
  auto process = testing::ServerProcess::Start(folder_, flags);
  if (!process.ok()) return process.status();
  addresses_[name] = (*process)->address();
  processes_.emplace_back(name, *std::move(process));
  return absl::OkStatus();
}

absl::Status Cluster::Connect() {
  for (const std::string& service : common::ServiceNames()) {
    client::ConnectOptions options;
    options.address = addresses_.at(IsSplit() ? service : "all");
    options.token_file = folder_ + "/admin.token";
    options.station = "dock-1";
    auto connection = client::Connection::Create(options);
    if (!connection.ok()) return connection.status();
    connections_[service] = *std::move(connection);
  }
  return absl::OkStatus();
}

void Cluster::Kill() {
  for (const auto& [name, process] : processes_) ::kill(process->pid(), SIGKILL);
  processes_.clear();
}

absl::Status Cluster::Stop() {
  absl::Status result;
  while (!processes_.empty()) {
    const int status = processes_.back().second->Stop(SIGTERM);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      result = absl::InternalError(
          absl::StrCat(processes_.back().first, " ended with ", status, ": ", Log()));
    }
    processes_.pop_back();
  }
  return result;
}

absl::Status Cluster::Restart() { return StartAll(); }

int Cluster::KillWorkers() {
  int killed = 0;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    const ProcessLine line = ReadProcess(entry.path());
    if (line.name != "loopdock-vision") continue;
    for (const auto& [name, process] : processes_) {
      if (process->pid() == line.parent && ::kill(pid, SIGKILL) == 0) ++killed;
    }
  }
  return killed;
}

std::int64_t Cluster::ResidentBytes() const {
  std::int64_t pages = 0;
  for (const auto& [name, process] : processes_) {
    std::ifstream file(absl::StrCat("/proc/", process->pid(), "/statm"));
    std::int64_t all = 0, resident = 0;
    if (file >> all >> resident) pages += resident;
  }
  return pages * sysconf(_SC_PAGESIZE);
}

std::string Cluster::Log() const {
  const auto log = common::ReadFile(folder_ + "/loopdockd.log");
  return log.ok() ? *log : std::string(log.status().message());
}

}  // namespace loopdock::e2e
