// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_MONITOR_H_
#define LOOPDOCK_SERVICES_COMMON_MONITOR_H_

// The monitoring port: HTTP with /metrics (Prometheus text), /livez (200 while the process runs)
// and /readyz (200 while every service is ready, else 503).
// Thread safety: safe from any thread.
// Ownership: keeps a reference to the metrics, which must outlive it.
// Errors: UNAVAILABLE LISTEN_FAILED.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/common/metrics.h"

struct mg_context;
struct mg_connection;

namespace loopdock::common {

class Monitor {
 public:
  // `address` is host:port; port 0 takes a free one.
  static absl::StatusOr<std::unique_ptr<Monitor>> Listen(const std::string& address,
                                                         const Metrics& metrics,
                                                         std::function<bool()> ready);
  ~Monitor();
  // The bound host:port.
  const std::string& address() const { return address_; }

 private:
  Monitor(const Metrics& metrics, std::function<bool()> ready)
      : metrics_(metrics), ready_(std::move(ready)) {}
  static int Answer(mg_connection* connection, void* self);

  const Metrics& metrics_;
  const std::function<bool()> ready_;
  std::string address_;
  std::string host_;
  int port_ = 0;
  mg_context* context_ = nullptr;
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_MONITOR_H_
