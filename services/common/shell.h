// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_SHELL_H_
#define LOOPDOCK_SERVICES_COMMON_SHELL_H_

// What every method of a service of ours goes through: readiness, guard, limits, metrics, audit
// log. A method of a gRPC shell is one call of Unary, UnaryAsync, UnaryBlocking, ServerStream,
// ClientStream or BidiItems.
// Thread safety: every function is safe from any thread; handlers are called from many threads.
// Ownership: made and owned by Host; outlives the service that uses it.
// Blocking: Unary and UnaryAsync handlers run on gRPC's threads and must not block; the others run
// on threads of the service, of which `limits.blocking_threads` and `limits.streams` exist. A
// stream of items takes one only while an item is handled; `limits.item_streams` may be open.
// Errors: UNAVAILABLE before SetReady, RESOURCE_EXHAUSTED OVERLOADED beyond a limit, and the
// guard's; a handler that drops its Done answers INTERNAL.

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "services/common/config.h"
#include "services/common/executor.h"
#include "services/common/guard.h"
#include "services/common/item_stream.h"
#include "services/common/metrics.h"
#include "services/common/stream_reactor.h"

namespace loopdock::common {

namespace internal {
struct MethodState;
class UnaryCall;
}  // namespace internal

// Answers one call, once, from any thread. Copies share the call; the response must be filled in
// before and not touched after.
class Done {
 public:
  void operator()(const absl::Status& status) const;

 private:
  friend class Shell;
  explicit Done(std::shared_ptr<internal::UnaryCall> call) : call_(std::move(call)) {}
  std::shared_ptr<internal::UnaryCall> call_;
};

// What the shells of one process share.
struct ShellContext {
  const Guard& guard;
  Metrics& metrics;
  const Config& config;
  std::atomic<std::int64_t> calls_in_flight{0};
};

class Shell {
 public:
  using Message = google::protobuf::Message;
  using Context = grpc::CallbackServerContext;

  // METHOD_UNGUARDED when a method of the service has no complete access rule.
  static absl::StatusOr<std::unique_ptr<Shell>> Create(ShellContext& context,
                                                       const std::string& service,
                                                       std::int64_t message_bytes_max);
  ~Shell();

  // For what is done at once without blocking.
  grpc::ServerUnaryReactor* Unary(Context* context, std::string_view method, const Message& request,
                                  absl::FunctionRef<absl::Status(const Caller&)> handler);

  // For what is queued and answered later; the caller stays valid until `Done` is called.
  grpc::ServerUnaryReactor* UnaryAsync(Context* context, std::string_view method,
                                       const Message& request,
                                       absl::FunctionRef<void(const Caller&, Done)> handler);

  // For what blocks: files, other services.
  grpc::ServerUnaryReactor* UnaryBlocking(Context* context, std::string_view method,
                                          const Message& request,
                                          std::function<absl::Status(const Caller&)> handler);

  // The producer runs on a thread of its own and writes until done or Write returns false.
  template <typename Response>
  grpc::ServerWriteReactor<Response>* ServerStream(
      Context* context, std::string_view method, const Message& request,
      std::function<absl::Status(const Caller&, Sink<Response>&)> producer) {
    auto* stream = new internal::ServerWriteStream<Response>();
    Start(context, method, &request, stream,
          [stream, producer](const Caller& caller) { return producer(caller, *stream); });
    return stream;
  }

  // The consumer runs on a thread of its own, reads to the end, fills in the response.
  template <typename Request>
  grpc::ServerReadReactor<Request>* ClientStream(
      Context* context, std::string_view method,
      std::function<absl::Status(const Caller&, Source<Request>&)> consumer) {
    auto* stream = new internal::ServerReadStream<Request>();
    Start(context, method, nullptr, stream,
          [stream, consumer](const Caller& caller) { return consumer(caller, *stream); });
    return stream;
  }

  // One response for each request, written in the order of the requests. The handler is called in
  // that order, on a thread of the service, with the guard's judgement of the item; it may reply at
  // once or later from any thread, and is called again while at most `in_flight_max` replies are
  // missing. With `merge`, replies that are ready together travel in one response. The caller lives
  // until the item is answered.
  template <typename Request, typename Response>
  grpc::ServerBidiReactor<Request, Response>* BidiItems(
      Context* context, std::string_view method, size_t in_flight_max,
      typename internal::ItemStream<Request, Response>::Handler handler,
      typename internal::ItemStream<Request, Response>::Merge merge = nullptr) {
    auto* stream = new internal::ItemStream<Request, Response>(in_flight_max, std::move(handler),
                                                               std::move(merge));
    StartItems(context, method, stream);
    return stream;
  }

  // For a message that another service of this process hands over without a call, from a caller
  // that the same guard has admitted: readiness, and what the guard says of method and message.
  absl::Status CheckHandedOver(std::string_view method, const Caller& caller,
                               const Message& message);
  // For a command that another call carries: the roles of the command's own method.
  absl::Status CheckCarried(std::string_view method, const Caller& caller);
  // Counts its answer and writes its refusal to the audit log.
  void RecordCarried(std::string_view method, const Caller& caller, const std::string& request_id,
                     const absl::Status& status);

  const std::string& service() const { return service_; }
  // For work that a handler hands on.
  Executor& executor() { return executor_; }
  Metrics& metrics() { return context_.metrics; }

  // Calls are refused UNAVAILABLE until then.
  void SetReady(bool ready) { ready_ = ready; }
  bool ready() const { return ready_; }

  // Ends all streams with UNAVAILABLE SHUTTING_DOWN and lets no new one begin.
  void AbandonStreams();
  // Waits for streams and blocking work; after the server's shutdown.
  void Stop();

 private:
  friend class internal::UnaryCall;

  Shell(ShellContext& context, std::string service, std::int64_t message_bytes_max);
  absl::Status AddMethods();
  internal::MethodState* FindMethod(std::string_view method);
  absl::StatusOr<Caller> Admit(Context* context, const internal::MethodState& method);
  absl::Status Check(const internal::MethodState& method, const Caller& caller,
                     const Message& message, bool first) const;
  // Null when refused; the reactor is finished then.
  std::shared_ptr<internal::UnaryCall> Enter(Context* context, std::string_view method,
                                             const Message& request,
                                             grpc::ServerUnaryReactor* reactor);
  void Start(Context* context, std::string_view method, const Message* request,
             internal::ThreadedControl* stream, std::function<absl::Status(const Caller&)> run);
  void StartItems(Context* context, std::string_view method, internal::ItemControl* stream);
  // Who opened a stream that may begin; null when it was refused, and closed, instead.
  std::shared_ptr<const Caller> Enlist(Context* context, internal::MethodState& method,
                                       const Message* request, internal::StreamControl* stream,
                                       std::int64_t items);
  void EndStream(internal::MethodState& method, const Caller& caller,
                 internal::StreamControl* stream, absl::Status result, std::int64_t items);
  // Counts an answer; writes refusals to the audit log, those of the guard with `by_guard`.
  void Record(internal::MethodState& method, const Caller& caller, const std::string& request_id,
              const absl::Status& status, bool by_guard = false);

  ShellContext& context_;
  const std::string service_;
  const std::int64_t message_bytes_max_;
  Executor executor_;
  Executor stream_threads_;
  Executor item_threads_;
  std::atomic<bool> ready_{false};
  absl::flat_hash_map<std::string, std::unique_ptr<internal::MethodState>> methods_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<internal::StreamControl*> streams_ ABSL_GUARDED_BY(mutex_);
  std::int64_t item_streams_ ABSL_GUARDED_BY(mutex_) = 0;  // of streams_
};

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_SHELL_H_
