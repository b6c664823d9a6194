// SPDX-License-Identifier: Apache-2.0
// loopdock-bench-raw: serves RawService with the flags of loopdockd.

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "services/common/config.h"
#include "services/common/server.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/raw_service.h"

namespace loopdock::bench {
namespace {

absl::Status Serve(const common::Config& config) {
  auto host = common::Host::Create(config);
  if (!host.ok()) return host.status();
  const std::string name = v1::RawService::service_full_name();
  auto shell = (*host)->NewShell(name);
  if (!shell.ok()) return shell.status();
  auto store = storage::MakeRocksDbDriver()->Open(config.data_dir + "/raw", RawStoreOptions());
  if (!store.ok()) return store.status();
  storage::Committer committer(store->get(), {});
  RawService service(**shell, committer);
  (*host)->Register(&service);
  if (auto started = (*host)->Start(); !started.ok()) return started;
  (*host)->SetReady(name, true);
  const absl::Status ready = (*host)->WriteReadyFile();
  if (ready.ok()) (*host)->WaitForSignal();
  (*host)->Stop();
  committer.Stop();
  return ready;
}

}  // namespace
}  // namespace loopdock::bench

int main(int argc, char** argv) {
  const auto request = loopdock::common::LoadConfig(
      argc, argv, [](const char* name) -> const char* { return std::getenv(name); });
  const absl::Status served =
      request.ok() ? loopdock::bench::Serve(request->config) : request.status();
  if (served.ok()) return EXIT_SUCCESS;
  std::fprintf(stderr, "loopdock-bench-raw: %s\n", std::string(served.message()).c_str());
  return EXIT_FAILURE;
}
