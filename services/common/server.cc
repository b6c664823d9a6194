// SPDX-License-Identifier: Apache-2.0
#include "services/common/server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/callback_queue.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/common/log.h"
#include "services/common/names.h"
#include "services/common/signals.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

// gRPC's own share of a message, so that our own limit answers first with a reason.
constexpr std::int64_t kMessageMargin = 64 * 1024;
constexpr std::int64_t kTlsBytesMax = 1024 * 1024;

// The reflection library serves as soon as it is linked; without the flag it is taken out again.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [](const auto& plugin) {
                                    return plugin->name() == "proto_server_reflection";
                                  }),
                   plugins->end());
  }
};

int ToInt(std::int64_t value) {
  return static_cast<int>(std::min<std::int64_t>(value, std::numeric_limits<int>::max()));
}

void SetLimits(const Config& config, grpc::ServerBuilder& builder) {
  const auto& limits = config.limits;
  const std::int64_t largest = std::max(limits.message_bytes, limits.picture_message_bytes);
  builder.SetMaxReceiveMessageSize(ToInt(largest + kMessageMargin));
  builder.SetMaxSendMessageSize(ToInt(largest + kMessageMargin));
  grpc::ResourceQuota quota("loopdock");
  quota.Resize(static_cast<size_t>(limits.memory_bytes));
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, ToInt(limits.streams_per_connection));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Two servers must never share a port by accident.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

grpc::ChannelArguments ChannelArgumentsOf(const Config& config) {
  grpc::ChannelArguments arguments;
  const int largest = ToInt(
      std::max(config.limits.message_bytes, config.limits.picture_message_bytes) + kMessageMargin);
  arguments.SetMaxReceiveMessageSize(largest);
  arguments.SetMaxSendMessageSize(largest);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return arguments;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Host>> Host::Create(const Config& config, const Clock& clock) {
  if (absl::Status set = SetLogLevel(config.log_level); !set.ok()) return set;
  HoldCallbackQueue();
  // Debian's library looks for deadlocks at every lock, in one graph behind one lock of all
  // threads.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  std::unique_ptr<Host> host(new Host(config, clock));
  absl::Status prepared =
      PrepareFirstStart(config.data_dir, config.principals_path(), config.service_token_path());
  if (!prepared.ok()) return prepared;
  auto principals = Principals::Load(config.principals_path(), clock);
  if (!principals.ok()) return principals.status();
  auto token = ReadToken(config.service_token_path());
  if (!token.ok()) return token.status();
  host->principals_ = *std::move(principals);
  host->service_token_ = *std::move(token);
  host->guard_ = std::make_unique<Guard>(*host->principals_, clock,
                                         absl::Milliseconds(config.limits.deadline_ms));
  // NOLINTNEXTLINE(modernize-make-unique): an aggregate.
  host->shell_context_.reset(new ShellContext{*host->guard_, host->metrics_, host->config_});
  return host;
}

Host::~Host() {
  Stop();
  StopInside();
}

absl::StatusOr<Shell*> Host::NewShell(const std::string& service, bool pictures) {
  const auto& limits = config_.limits;
  auto shell = Shell::Create(*shell_context_, service,
                             pictures ? limits.picture_message_bytes : limits.message_bytes);
  if (!shell.ok()) return shell.status();
  shells_.push_back(*std::move(shell));
  return shells_.back().get();
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Host::Credentials() const {
  if (config_.tls.certificate.empty()) {
    if (!IsLoopback(config_.listen)) {
      return Error(absl::StatusCode::kFailedPrecondition, "TLS_REQUIRED",
                   absl::StrCat("listening on ", config_.listen, " needs TLS"));
    }
    return grpc::InsecureServerCredentials();
  }
  auto certificate = ReadFile(config_.tls.certificate, kTlsBytesMax);
  if (!certificate.ok()) return certificate.status();
  auto key = ReadFile(config_.tls.key, kTlsBytesMax);
  if (!key.ok()) return key.status();
  grpc::SslServerCredentialsOptions options;
  options.pem_key_cert_pairs.push_back({*std::move(key), *std::move(certificate)});
  return grpc::SslServerCredentials(options);
}

absl::Status Host::Start() {
  auto credentials = Credentials();
  if (!credentials.ok()) return credentials.status();
  grpc::EnableDefaultHealthCheckService(true);
  // Before the builder is made: it takes its plugins then.
  if (config_.reflection) grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  if (!config_.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
  SetLimits(config_, builder);
  builder.AddListeningPort(config_.listen, *credentials, &port_);
  for (grpc::Service* service : services_) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return Error(absl::StatusCode::kUnavailable, "LISTEN_FAILED",
                 absl::StrCat("cannot listen on ", config_.listen,
                              ": choose another address or stop what uses it"),
                 {{"address", config_.listen}});
  }
  grpc::ServerBuilder inside;
  inside.SetOption(std::make_unique<WithoutReflection>());
  SetLimits(config_, inside);
  for (grpc::Service* service : services_) inside.RegisterService(service);
  inside_ = inside.BuildAndStart();
  if (inside_ == nullptr) {
    return Error(absl::StatusCode::kInternal, "INTERNAL", "the server in process did not start");
  }
  PublishReadiness();
  if (config_.metrics.empty()) return absl::OkStatus();
  auto monitor = Monitor::Listen(config_.metrics, metrics_, [this] { return ready(); });
  if (!monitor.ok()) return monitor.status();
  monitor_ = *std::move(monitor);
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Host::InProcessChannel() {
  return inside_->InProcessChannel(ChannelArgumentsOf(config_));
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Host::Channel(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<grpc::Channel>& channel = channels_[name];
  if (channel != nullptr) return channel;
  if (config_.Runs(name)) return channel = InProcessChannel();
  const auto address = config_.services.address.find(name);
  if (address == config_.services.address.end() || address->second.empty()) {
    return Error(
        absl::StatusCode::kInvalidArgument, "CONFIG_INVALID",
        absl::StrCat("this process does not run ", name, ": set services.", name, ".address"),
        {{"key", absl::StrCat("services.", name, ".address")}});
  }
  auto credentials = grpc::InsecureChannelCredentials();
  if (!config_.tls.ca.empty()) {
    auto roots = ReadFile(config_.tls.ca, kTlsBytesMax);
    if (!roots.ok()) return roots.status();
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = *std::move(roots);
    credentials = grpc::SslCredentials(options);
  } else if (!IsLoopback(address->second)) {
    // A token must not cross a network in clear text.
    return Error(absl::StatusCode::kFailedPrecondition, "TLS_REQUIRED",
                 absl::StrCat("calling ", address->second, " needs TLS: set tls.ca"),
                 {{"address", address->second}});
  }
  channel = grpc::CreateCustomChannel(address->second, credentials, ChannelArgumentsOf(config_));
  return channel;
}

bool Host::ready() const {
  return !stopping_ && std::all_of(shells_.begin(), shells_.end(),
                                   [](const auto& shell) { return shell->ready(); });
}

void Host::PublishReadiness() {
  auto* health = server_->GetHealthCheckService();
  if (health == nullptr) return;
  for (const auto& shell : shells_) {
    health->SetServingStatus(shell->service(), shell->ready() && !stopping_);
  }
  health->SetServingStatus("", ready());
}

void Host::SetReady(const std::string& service, bool ready) {
  for (const auto& shell : shells_) {
    if (shell->service() == service) shell->SetReady(ready);
  }
  LogInfo("readiness", {{"service", service}, {"ready", ready}});
  if (server_ != nullptr) PublishReadiness();
}

std::string Host::address() const {
  return absl::StrCat(config_.listen.substr(0, config_.listen.rfind(':')), ":", port_);
}

std::string Host::metrics_address() const { return monitor_ ? monitor_->address() : ""; }

absl::Status Host::WriteReadyFile() const {
  LogInfo("serving", {{"address", address()}, {"metrics", metrics_address()}});
  if (config_.ready_file.empty()) return absl::OkStatus();
  const nlohmann::ordered_json json = {{"address", address()}, {"metrics", metrics_address()}};
  return WriteFileAtomically(config_.ready_file, DumpJson(json) + "\n");
}

void Host::WaitForSignal() { BlockUntilSignal(); }

void Host::Stop() {
  if (stopped_) return;
  stopped_ = true;
  stopping_ = true;
  if (server_ != nullptr) {
    LogInfo("stopping");
    PublishReadiness();
    absl::SleepFor(absl::Milliseconds(config_.shutdown.drain_ms));
    for (const auto& shell : shells_) shell->AbandonStreams();
    server_->Shutdown(
        absl::ToChronoTime(absl::Now() + absl::Milliseconds(config_.shutdown.deadline_ms)));
  }
  for (const auto& shell : shells_) shell->Stop();
  monitor_.reset();
  if (server_ != nullptr) LogInfo("stopped");
}

void Host::StopInside() {
  if (inside_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    channels_.clear();
  }
  inside_->Shutdown(absl::ToChronoTime(absl::Now()));
  inside_.reset();
}

}  // namespace loopdock::common
