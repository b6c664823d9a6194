// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_DEVICE_LINE_H_
#define LOOPDOCK_CLIENTS_CPP_DEVICE_LINE_H_

// The bytes to and from a device of the floor, such as a label printer or a scale: over TCP or a
// serial line.
// Thread safety: for one thread.
// Blocking: every call until its deadline.
// Errors: DEVICE_UNREACHABLE when it cannot be opened or closes the line, DEVICE_TIMEOUT when it
// does not take or send anything in time, USAGE for an address or a speed that is none.

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::client {

class DeviceLine {
 public:
  // "host", "host:port" or "[v6 address]:port"; without a port `default_port`, 0 for none.
  static absl::StatusOr<DeviceLine> OpenTcp(const std::string& address, int default_port,
                                            absl::Time deadline);
  // Eight bits, no parity, one stop bit.
  static absl::StatusOr<DeviceLine> OpenSerial(const std::string& device, int baud);

  ~DeviceLine();
  DeviceLine(DeviceLine&& other) noexcept;
  DeviceLine& operator=(DeviceLine&&) = delete;

  // All of it.
  absl::Status Write(std::string_view bytes, absl::Time deadline);
  // At least one byte.
  absl::StatusOr<std::string> Read(absl::Time deadline);
  // Says that nothing more is written, and waits until the device has taken all.
  absl::Status Finish(absl::Time deadline);

  const std::string& name() const { return name_; }

 private:
  DeviceLine(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  absl::Status Wait(short events, absl::Time deadline) const;

  int fd_;
  std::string name_;
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_DEVICE_LINE_H_
