// SPDX-License-Identifier: Apache-2.0
#include "services/common/monitor.h"

#include <civetweb.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/config.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

void Send(mg_connection* connection, const char* status, const std::string& body) {
  const std::string head = absl::StrCat(
      "HTTP/1.1 ", status, "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n",
      "Content-Length: ", body.size(), "\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
}

}  // namespace

int Monitor::Answer(mg_connection* connection, void* self) {
  const auto* monitor = static_cast<const Monitor*>(self);
  const std::string path = mg_get_request_info(connection)->local_uri;
  if (path == "/metrics") {
    Send(connection, "200 OK", monitor->metrics_.Text());
  } else if (path == "/livez") {
    Send(connection, "200 OK", "alive\n");
  } else if (path == "/readyz" && monitor->ready_()) {
    Send(connection, "200 OK", "ready\n");
  } else if (path == "/readyz") {
    Send(connection, "503 Service Unavailable", "not ready\n");
  } else {
    Send(connection, "404 Not Found", "use /metrics, /livez or /readyz\n");
  }
  return 1;
}

absl::StatusOr<std::unique_ptr<Monitor>> Monitor::Listen(const std::string& address,
                                                         const Metrics& metrics,
                                                         std::function<bool()> ready) {
  std::unique_ptr<Monitor> monitor(new Monitor(metrics, std::move(ready)));
  mg_init_library(0);
  const char* options[] = {"listening_ports",    address.c_str(), "num_threads", "2",
                           "request_timeout_ms", "5000",          nullptr};
  const mg_callbacks callbacks = {};
  monitor->context_ = mg_start(&callbacks, nullptr, options);
  mg_server_port port = {};
  if (monitor->context_ == nullptr || mg_get_server_ports(monitor->context_, 1, &port) != 1) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                 absl::StrCat("cannot listen on ", address,
                              " for metrics: choose another address or stop what uses it"),
                 {{"address", address}});
  }
  monitor->host_ = HostOf(address);
  monitor->port_ = port.port;
  monitor->address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", port.port);
  mg_set_request_handler(monitor->context_, "**", &Monitor::Answer, monitor.get());
  return monitor;
}

// civetweb looks whether it should stop only when a connection comes or two seconds have passed, so
// connections are made until it has looked.
Monitor::~Monitor() {
  if (context_ == nullptr) return;
  std::atomic<bool> stopped{false};
  std::thread knock([&] {
    while (!stopped) {
      char error[64];
      mg_connection* connection = mg_connect_client(host_.c_str(), port_, 0, error, sizeof(error));
      if (connection != nullptr) mg_close_connection(connection);
      absl::SleepFor(absl::Milliseconds(2));
    }
  });
  mg_stop(context_);
  stopped = true;
  knock.join();
}

}  // namespace loopdock::common
