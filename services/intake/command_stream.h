// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_COMMAND_STREAM_H_
#define LOOPDOCK_SERVICES_INTAKE_COMMAND_STREAM_H_

// The commands of one station on their way to inventory: one stream, sent and applied in order,
// many unanswered. A stream that breaks is opened again by the next command.
// Thread safety: every method may be called from any thread; who sends, sends in order.
// Ownership: the stub must outlive it and every answer. At its end it lets inventory finish: what
// was sent is still answered.
// Blocking: never.
// Errors: what inventory says of a command; when the stream breaks or nothing is answered for
// kAnswerPatience, all that is unanswered hears UNAVAILABLE or what ended the stream: it may or may
// not have been recorded, and may be sent again under the same request_id.
// Limits: none of its own; the caller bounds what is unanswered.

#include <functional>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/caller.h"

namespace loopdock::intake {

inline constexpr absl::Duration kAnswerPatience = absl::Seconds(30);

class CommandStream {
 public:
  using Stub = inventory::v1::InventoryService::StubInterface;
  using Answer = std::function<void(absl::StatusOr<inventory::v1::RecordScanResponse>)>;

  explicit CommandStream(Stub* stub) : stub_(stub) {}
  ~CommandStream();
  CommandStream(const CommandStream&) = delete;
  CommandStream& operator=(const CommandStream&) = delete;

  // `answer` is called once, on a thread of gRPC.
  void Send(const common::Caller& caller, inventory::v1::RecordScanRequest command, Answer answer);

 private:
  class Call;

  Stub* const stub_;
  absl::Mutex mutex_;
  std::shared_ptr<Call> call_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_COMMAND_STREAM_H_
