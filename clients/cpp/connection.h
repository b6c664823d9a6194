// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_CONNECTION_H_
#define LOOPDOCK_CLIENTS_CPP_CONNECTION_H_

// A connection to a Loopdock server: address, token, station, and the retry of what may be retried.
// Thread safety: all methods may be called from any thread.
// Blocking: Call waits for the answer and between retries, at most `timeout` in all.
// Errors: the server's, with its google.rpc details; UNAVAILABLE when nothing answers in time;
// TOKEN_MISSING when no token is found.
// Retries: UNAVAILABLE, and RESOURCE_EXHAUSTED with RetryInfo; nothing else (AIP-194). A change
// keeps its request_id over retries, so that it has one effect.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace loopdock::client {

struct ConnectOptions {
  std::string address = "127.0.0.1:7400";
  // The token itself, or a file that holds it, or neither: then LOOPDOCK_TOKEN_FILE, then
  // <data_dir>/admin.token.
  std::string token;
  std::string token_file;
  std::string data_dir = "./data";
  std::string station;
  // PEM file of the authority that signed the server's certificate; empty for no TLS.
  std::string tls_ca;
  absl::Duration timeout = absl::Seconds(30);
};

class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Create(const ConnectOptions& options);
  virtual ~Connection() = default;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const ConnectOptions& options() const { return options_; }

  // Adds token and station; for streams, which this class does not retry.
  void Authorize(grpc::ClientContext& context) const;

  // One unary call with retries: `call` makes it with the context it is given.
  absl::Status Call(const std::function<grpc::Status(grpc::ClientContext&)>& call) const;

  // The same for one method of a generated stub:
  //   connection.Ask(*stub, &InventoryService::Stub::GetAsset, request)
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Ask(Stub& stub,
                               grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request) const {
    Response response;
    const absl::Status status = Call(
        [&](grpc::ClientContext& context) { return (stub.*method)(&context, request, &response); });
    if (!status.ok()) return status;
    return response;
  }

 protected:
  Connection(ConnectOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)), channel_(std::move(channel)) {}

 private:
  // Until the channel is connected anew, at most so long.
  void Wait(absl::Duration pause) const;

  const ConnectOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_CONNECTION_H_
