// SPDX-License-Identifier: Apache-2.0
#include "services/common/shell.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/grpc_status.h"
#include "services/common/log.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace internal {

constexpr size_t kCodes = 17;

struct MethodState {
  MethodRule rule;
  prometheus::Histogram* duration = nullptr;
  // Made when first needed: most methods never see most codes.
  std::array<std::atomic<prometheus::Counter*>, kCodes> answered = {};
  prometheus::Gauge* open = nullptr;
};

// One unary call that was admitted.
class UnaryCall {
 public:
  UnaryCall(Shell& shell, MethodState& method, Caller caller, const Shell::Message& request,
            grpc::ServerUnaryReactor* reactor)
      : shell_(shell),
        method_(method),
        caller_(std::move(caller)),
        request_(request),
        reactor_(reactor) {
    method_.open->Increment();
  }

  ~UnaryCall() {
    Answer(Error(absl::StatusCode::kInternal, "INTERNAL", "the call was dropped unanswered"));
  }

  // After it the request, the response and the context may be gone.
  void Answer(const absl::Status& status) {
    if (answered_.exchange(true)) return;
    method_.duration->Observe(absl::ToDoubleSeconds(absl::Now() - start_));
    method_.open->Decrement();
    const bool refused = !status.ok() && method_.rule.write;
    shell_.Record(method_, caller_, refused ? RequestIdOf(method_.rule, request_) : "", status);
    --shell_.context_.calls_in_flight;
    reactor_->Finish(ToGrpc(status));
  }

  const Caller& caller() const { return caller_; }

 private:
  Shell& shell_;
  MethodState& method_;
  const Caller caller_;
  const Shell::Message& request_;
  grpc::ServerUnaryReactor* const reactor_;
  const absl::Time start_ = absl::Now();
  std::atomic<bool> answered_{false};
};

}  // namespace internal

namespace {

std::string_view MetadataValue(const grpc::CallbackServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return std::string_view(found->second.data(), found->second.size());
}

absl::Time DeadlineOf(const grpc::CallbackServerContext& context) {
  const auto deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return absl::InfiniteFuture();
  return absl::FromChrono(deadline);
}

absl::Status Stopping() {
  return Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
               "the server is stopping; send the same request again");
}

absl::Status NotReady(const std::string& service) {
  return WithRetry(Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                         absl::StrCat(service, " is not ready yet; send the same request again")),
                   absl::Milliseconds(200));
}

}  // namespace

void Done::operator()(const absl::Status& status) const { call_->Answer(status); }

Shell::Shell(ShellContext& context, std::string service, std::int64_t message_bytes_max)
    : context_(context),
      service_(std::move(service)),
      message_bytes_max_(message_bytes_max),
      executor_(static_cast<size_t>(context.config.limits.blocking_threads),
                static_cast<size_t>(context.config.limits.blocking_queue)),
      stream_threads_(static_cast<size_t>(context.config.limits.streams), 0),
      item_threads_(static_cast<size_t>(context.config.limits.streams),
                    static_cast<size_t>(context.config.limits.item_streams)) {}

Shell::~Shell() {
  AbandonStreams();
  Stop();
}

absl::StatusOr<std::unique_ptr<Shell>> Shell::Create(ShellContext& context,
                                                     const std::string& service,
                                                     std::int64_t message_bytes_max) {
  std::unique_ptr<Shell> shell(new Shell(context, service, message_bytes_max));
  if (absl::Status added = shell->AddMethods(); !added.ok()) return added;
  return shell;
}

absl::Status Shell::AddMethods() {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_);
  if (descriptor == nullptr) {
    return Error(absl::StatusCode::kFailedPrecondition, "METHOD_UNGUARDED",
                 absl::StrCat("the service ", service_, " is not in this program"),
                 {{"service", service_}});
  }
  Metrics& metrics = context_.metrics;
  for (int i = 0; i < descriptor->method_count(); ++i) {
    auto rule = RuleOf(*descriptor->method(i));
    if (!rule.ok()) return rule.status();
    auto state = std::make_unique<internal::MethodState>();
    state->rule = *std::move(rule);
    const Metrics::Labels labels = {{"service", service_}, {"method", state->rule.method}};
    state->duration = &metrics.Histogram("loopdock_rpc_duration_seconds",
                                         "Time from admission to answer of unary calls.", labels);
    state->open =
        &metrics.Gauge("loopdock_rpc_open", "Calls and streams that are not yet answered.", labels);
    const std::string name = state->rule.method;
    methods_.emplace(name, std::move(state));
  }
  return absl::OkStatus();
}

internal::MethodState* Shell::FindMethod(std::string_view method) {
  const auto found = methods_.find(absl::string_view(method.data(), method.size()));
  // A shell that names a method which its service has not is wrong in every call.
  if (found == methods_.end()) {
    LogError("method_unknown", {{"service", service_}, {"method", method}});
    std::abort();
  }
  return found->second.get();
}

absl::StatusOr<Caller> Shell::Admit(Context* context, const internal::MethodState& method) {
  CallFacts facts;
  facts.authorization = MetadataValue(*context, "authorization");
  facts.station = MetadataValue(*context, "loopdock-station");
  facts.traceparent = MetadataValue(*context, "traceparent");
  facts.deadline = DeadlineOf(*context);
  auto caller = context_.guard.Admit(method.rule, facts);
  if (!caller.ok()) return caller.status();
  caller->cancelled = [context] { return context->IsCancelled(); };
  if (ready_) return caller;
  return NotReady(service_);
}

absl::Status Shell::Check(const internal::MethodState& method, const Caller& caller,
                          const Message& message, bool first) const {
  const auto bytes = static_cast<std::int64_t>(message.ByteSizeLong());
  if (bytes > message_bytes_max_) {
    return Error(
        absl::StatusCode::kInvalidArgument, "TOO_LARGE",
        absl::StrCat("the message has ", bytes, " bytes and may have ", message_bytes_max_),
        {{"bytes_max", absl::StrCat(message_bytes_max_)}});
  }
  return context_.guard.CheckMessage(method.rule, caller, message, first);
}

void Shell::Record(internal::MethodState& method, const Caller& caller,
                   const std::string& request_id, const absl::Status& status, bool by_guard) {
  const auto code = std::min(static_cast<size_t>(status.code()), internal::kCodes - 1);
  prometheus::Counter* counter = method.answered[code];
  if (counter == nullptr) {
    counter = &context_.metrics.Counter(
        "loopdock_rpc_total", "Calls and streams by answer.",
        {{"service", service_},
         {"method", method.rule.method},
         {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(code))}});
    method.answered[code] = counter;
  }
  counter->Increment();
  if (status.ok() && !method.rule.write) return;
  if (status.ok()) {
    LogDebug("changed", {{"method", method.rule.method}, {"principal", caller.principal}});
    return;
  }
  Log(method.rule.write || by_guard ? LogLevel::kInfo : LogLevel::kDebug, "refused",
      {{"service", service_},
       {"method", method.rule.method},
       {"principal", caller.principal},
       {"station", caller.station},
       {"request_id", request_id},
       {"trace", caller.traceparent},
       {"code", absl::StatusCodeToString(status.code())},
       {"reason", ReasonOf(status)},
       {"message", std::string(status.message())}});
}

absl::Status Shell::CheckHandedOver(std::string_view method, const Caller& caller,
                                    const Message& message) {
  const internal::MethodState& state = *FindMethod(method);
  if (!ready_) return NotReady(service_);
  if (auto may = Guard::CheckRoles(state.rule, caller); !may.ok()) return may;
  return Check(state, caller, message, true);
}

absl::Status Shell::CheckCarried(std::string_view method, const Caller& caller) {
  return Guard::CheckRoles(FindMethod(method)->rule, caller);
}

void Shell::RecordCarried(std::string_view method, const Caller& caller,
                          const std::string& request_id, const absl::Status& status) {
  Record(*FindMethod(method), caller, request_id, status);
}

std::shared_ptr<internal::UnaryCall> Shell::Enter(Context* context, std::string_view method,
                                                  const Message& request,
                                                  grpc::ServerUnaryReactor* reactor) {
  internal::MethodState& state = *FindMethod(method);
  auto caller = Admit(context, state);
  absl::Status status = caller.status();
  if (status.ok()) status = Check(state, *caller, request, true);
  if (status.ok() && ++context_.calls_in_flight > context_.config.limits.calls_in_flight) {
    --context_.calls_in_flight;
    status = Overloaded("too many calls at once; send again later");
  }
  if (status.ok()) {
    return std::make_shared<internal::UnaryCall>(*this, state, *std::move(caller), request,
                                                 reactor);
  }
  Record(state, caller.ok() ? *caller : Caller(), RequestIdOf(state.rule, request), status, true);
  reactor->Finish(ToGrpc(status));
  return nullptr;
}

grpc::ServerUnaryReactor* Shell::Unary(Context* context, std::string_view method,
                                       const Message& request,
                                       absl::FunctionRef<absl::Status(const Caller&)> handler) {
  auto* reactor = context->DefaultReactor();
  if (auto call = Enter(context, method, request, reactor)) call->Answer(handler(call->caller()));
  return reactor;
}

grpc::ServerUnaryReactor* Shell::UnaryAsync(Context* context, std::string_view method,
                                            const Message& request,
                                            absl::FunctionRef<void(const Caller&, Done)> handler) {
  auto* reactor = context->DefaultReactor();
  if (auto call = Enter(context, method, request, reactor)) {
    const Caller& caller = call->caller();
    handler(caller, Done(call));
  }
  return reactor;
}

grpc::ServerUnaryReactor* Shell::UnaryBlocking(Context* context, std::string_view method,
                                               const Message& request,
                                               std::function<absl::Status(const Caller&)> handler) {
  auto* reactor = context->DefaultReactor();
  auto call = Enter(context, method, request, reactor);
  if (call == nullptr) return reactor;
  const absl::Status posted = executor_.Post([call, handler = std::move(handler)] {
    if (call->caller().cancelled()) {
      call->Answer(Error(absl::StatusCode::kCancelled, "CANCELLED", "the caller gave up"));
    } else {
      call->Answer(handler(call->caller()));
    }
  });
  if (!posted.ok()) call->Answer(posted);
  return reactor;
}

std::shared_ptr<const Caller> Shell::Enlist(Context* context, internal::MethodState& method,
                                            const Message* request, internal::StreamControl* stream,
                                            std::int64_t items) {
  auto admitted = Admit(context, method);
  absl::Status status = admitted.status();
  if (status.ok() && request != nullptr) status = Check(method, *admitted, *request, true);
  auto caller = std::make_shared<const Caller>(admitted.ok() ? *std::move(admitted) : Caller());
  stream->SetCheck([this, &method, caller](const Message& message, bool first) {
    return Check(method, *caller, message, first);
  });
  if (status.ok()) {
    absl::MutexLock lock(&mutex_);
    if (stopping_) status = Stopping();
    if (item_streams_ + items > context_.config.limits.item_streams) {
      status = Overloaded("too many streams at once; open one again later");
    }
    if (status.ok()) {
      streams_.insert(stream);
      item_streams_ += items;
    }
  }
  if (status.ok()) {
    method.open->Increment();
    return caller;
  }
  Record(method, *caller, "", status, true);
  stream->Close(ToGrpc(status));
  return nullptr;
}

void Shell::EndStream(internal::MethodState& method, const Caller& caller,
                      internal::StreamControl* stream, absl::Status result, std::int64_t items) {
  {
    absl::MutexLock lock(&mutex_);
    streams_.erase(stream);
    item_streams_ -= items;
  }
  if (stream->abandoned()) result = Stopping();
  method.open->Decrement();
  Record(method, caller, "", result);
  stream->Close(ToGrpc(result));
}

void Shell::Start(Context* context, std::string_view method, const Message* request,
                  internal::ThreadedControl* stream,
                  std::function<absl::Status(const Caller&)> run) {
  internal::MethodState& state = *FindMethod(method);
  const auto caller = Enlist(context, state, request, stream, 0);
  if (caller == nullptr) return;
  const absl::Status posted =
      stream_threads_.Post([this, &state, stream, caller, run = std::move(run)] {
        absl::Status result = run(*caller);
        stream->Drain();
        if (!stream->failure().ok()) result = stream->failure();
        EndStream(state, *caller, stream, result, 0);
      });
  if (!posted.ok()) EndStream(state, *caller, stream, posted, 0);
}

void Shell::StartItems(Context* context, std::string_view method, internal::ItemControl* stream) {
  internal::MethodState& state = *FindMethod(method);
  const auto caller = Enlist(context, state, nullptr, stream, 1);
  if (caller == nullptr) return;
  stream->Begin(caller.get(), &item_threads_,
                [this, &state, stream, caller](const absl::Status& result) {
                  EndStream(state, *caller, stream, result, 1);
                });
}

void Shell::AbandonStreams() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
  for (internal::StreamControl* stream : streams_) stream->Abandon();
}

void Shell::Stop() {
  {
    // Abandoned streams of items end once their last answers are in, which takes a thread.
    const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return item_streams_ == 0; };
    const absl::MutexLock lock(&mutex_, absl::Condition(&none));
  }
  stream_threads_.Stop();
  item_threads_.Stop();
  executor_.Stop();
}

}  // namespace loopdock::common
