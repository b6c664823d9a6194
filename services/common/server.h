// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_SERVER_H_
#define LOOPDOCK_SERVICES_COMMON_SERVER_H_

// One gRPC server with the services of this process, its health, its monitoring port and its end.
// A program makes a Host, a Shell for each service, registers the services, calls Start, lets the
// services begin their work, SetReady for each, and WaitForSignal; then Stop.
// Thread safety: SetReady, Channel and the accessors from any thread; the rest from main's thread.
// Ownership: shells belong to the Host; registered services must outlive Stop.
// Blocking: Stop waits at most drain plus deadline for calls, then as long as handlers take.
// Errors: UNAVAILABLE LISTEN_FAILED, FAILED_PRECONDITION METHOD_UNGUARDED and TLS_REQUIRED, those
// of the principals file.

#include <grpcpp/channel.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/common/clock.h"
#include "services/common/config.h"
#include "services/common/guard.h"
#include "services/common/metrics.h"
#include "services/common/monitor.h"
#include "services/common/principals.h"
#include "services/common/shell.h"

namespace loopdock::common {

class Host {
 public:
  // Sets the log level, makes the first start's files, reads the principals.
  static absl::StatusOr<std::unique_ptr<Host>> Create(const Config& config,
                                                      const Clock& clock = SystemClock());
  ~Host();

  // `service` is its full name, such as InventoryService::service_full_name(). With `pictures` its
  // messages may have limits.picture_message_bytes.
  absl::StatusOr<Shell*> NewShell(const std::string& service, bool pictures = false);
  void Register(grpc::Service* service) { services_.push_back(service); }

  // Listens. Every service answers UNAVAILABLE until SetReady.
  absl::Status Start();

  // To a service by its short name ("inventory"): in process when this process runs it, else to
  // its configured address. After Start. One channel a name.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(const std::string& name);
  std::shared_ptr<grpc::Channel> InProcessChannel();

  void SetReady(const std::string& service, bool ready);
  bool ready() const;

  // Writes `ready_file` if one is configured.
  absl::Status WriteReadyFile() const;

  // Waits for SIGTERM or SIGINT; a second one then ends the process at once with 130.
  void WaitForSignal();

  // NOT_SERVING, drain, end of streams, end of calls from outside. Services stop their own work
  // after it; until StopInside they may still call one another in process.
  void Stop();

  // The end of calls in process: nobody may make one from now on.
  void StopInside();

  const Config& config() const { return config_; }
  const Clock& clock() const { return clock_; }
  Metrics& metrics() { return metrics_; }
  int port() const { return port_; }
  std::string address() const;          // bound host:port
  std::string metrics_address() const;  // bound host:port, "" when there is none
  const std::string& service_token() const { return service_token_; }

 private:
  Host(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Credentials() const;
  void PublishReadiness();

  const Config config_;
  const Clock& clock_;
  Metrics metrics_;
  std::string service_token_;
  std::unique_ptr<Principals> principals_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<ShellContext> shell_context_;
  std::vector<std::unique_ptr<Shell>> shells_;
  std::vector<grpc::Service*> services_;
  std::unique_ptr<grpc::Server> server_;
  // The same services without a port, for calls in process: gRPC 1.51 crashes when a call is begun
  // on an in-process channel of a server that has been shut down, so this one outlives the callers.
  std::unique_ptr<grpc::Server> inside_;
  std::unique_ptr<Monitor> monitor_;
  int port_ = 0;
  bool stopped_ = false;
  std::atomic<bool> stopping_{false};
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_SERVER_H_
