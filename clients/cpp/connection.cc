// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/connection.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

constexpr int kMessageBytesMax = 32 << 20;
constexpr std::int64_t kTokenBytesMax = 4096;
constexpr absl::Duration kPauseMin = absl::Milliseconds(50);
constexpr absl::Duration kPauseMax = absl::Seconds(2);

absl::StatusOr<std::string> FindToken(const ConnectOptions& options) {
  if (!options.token.empty()) return options.token;
  std::string path = options.token_file;
  const char* from_environment = std::getenv("LOOPDOCK_TOKEN_FILE");
  if (path.empty() && from_environment != nullptr) path = from_environment;
  if (path.empty()) path = options.data_dir + "/admin.token";
  auto token = common::ReadFile(path, kTokenBytesMax);
  if (!token.ok()) {
    return common::Error(absl::StatusCode::kUnauthenticated, "TOKEN_MISSING",
                         absl::StrCat("No token: ", path,
                                      " cannot be read. Give --token-file or set "
                                      "LOOPDOCK_TOKEN_FILE."),
                         {{"path", path}});
  }
  return std::string(absl::StripAsciiWhitespace(*token));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> Connection::Create(const ConnectOptions& options) {
  ConnectOptions found = options;
  auto token = FindToken(options);
  if (!token.ok()) return token.status();
  found.token = *std::move(token);
  auto credentials = grpc::InsecureChannelCredentials();
  if (!options.tls_ca.empty()) {
    auto ca = common::ReadFile(options.tls_ca, 1 << 20);
    if (!ca.ok()) return ca.status();
    credentials = grpc::SslCredentials({.pem_root_certs = *std::move(ca)});
  }
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  arguments.SetMaxSendMessageSize(kMessageBytesMax);
  // A server that restarts is found again at once, not after gRPC's longest pause.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // A network that is gone is noticed even when nothing says so.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  auto channel = grpc::CreateCustomChannel(options.address, credentials, arguments);
  return std::unique_ptr<Connection>(new Connection(std::move(found), std::move(channel)));
}

void Connection::Authorize(grpc::ClientContext& context) const {
  context.AddMetadata("authorization", "Bearer " + options_.token);
  if (!options_.station.empty()) context.AddMetadata("loopdock-station", options_.station);
}

absl::Status Connection::Call(const std::function<grpc::Status(grpc::ClientContext&)>& call) const {
  const absl::Time deadline = absl::Now() + options_.timeout;
  absl::Duration pause = kPauseMin;
  while (true) {
    grpc::ClientContext context;
    Authorize(context);
    context.set_deadline(absl::ToChronoTime(deadline));
    absl::Status status = common::FromGrpc(call(context));
    if (status.ok()) return status;
    const auto retry_after = common::RetryAfterOf(status);
    const bool may_retry =
        absl::IsUnavailable(status) || (absl::IsResourceExhausted(status) && retry_after.ok());
    if (retry_after.ok()) pause = std::max(pause, *retry_after);
    if (!may_retry || absl::Now() + pause >= deadline) return status;
    Wait(pause);
    pause = std::min(pause * 2, kPauseMax);
  }
}

// gRPC connects a channel only while somebody waits for it: a client that merely slept would find a
// restarted server up to five seconds late.
void Connection::Wait(absl::Duration pause) const {
  const absl::Time until = absl::Now() + pause;
  if (channel_->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY ||
      !channel_->WaitForConnected(absl::ToChronoTime(until))) {
    absl::SleepFor(until - absl::Now());
  }
}

}  // namespace loopdock::client
