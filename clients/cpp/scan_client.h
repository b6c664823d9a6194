// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CPP_SCAN_CLIENT_H_
#define LOOPDOCK_CLIENTS_CPP_SCAN_CLIENT_H_

// Sends a station's scans over one stream, in order, and keeps each in the journal until it is
// acknowledged - over broken streams and restarts of either side.
// Thread safety: Send, Flush and Stop may be called from any thread; `answered` is called on one
// thread, once for each scan, in the order of sending.
// Blocking: Send waits for the disk and, when as many scans wait as the limits allow, for room;
// Flush waits for all answers. Durability: OK from Send means that the scan is in the journal.
// Errors: a scan that is refused is answered with its error and leaves the journal, except after
// what leaves open whether it was booked (services/common/sent_again.h): then it is sent again.
// Limits: 256 scans are under way at a time, whatever waits behind them; what waits is in memory
// too.

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/scan_journal.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"

namespace loopdock::client {

// How much may wait for its acknowledgement. A station that works without a server for hours needs
// more than the default, with which Send paces itself by the server.
struct ScanLimits {
  size_t scans = 256;
  size_t bytes = size_t{256} << 20;
};

class ScanClient {
 public:
  using Authorize = std::function<void(grpc::ClientContext&)>;
  using Answered =
      std::function<void(const intake::v1::ScanRequest&, const intake::v1::ScanResponse&)>;

  // Begins by sending what the journal still holds. `journal` outlives the client. `stub` may be a
  // mock.
  ScanClient(std::unique_ptr<intake::v1::IntakeService::StubInterface> stub, Authorize authorize,
             ScanJournal* journal, Answered answered, ScanLimits limits = {});
  ~ScanClient();
  ScanClient(const ScanClient&) = delete;
  ScanClient& operator=(const ScanClient&) = delete;

  // DEADLINE_EXCEEDED when there was no room in time: then the scan is not taken.
  absl::Status Send(const intake::v1::ScanRequest& scan,
                    absl::Duration room_timeout = absl::Seconds(30));
  // Takes a scan back that was never sent, on the disk too; false when it may have been sent, by an
  // earlier run as well, or is answered already.
  absl::StatusOr<bool> TakeBack(const std::string& request_id);
  // OK when everything sent is answered; DEADLINE_EXCEEDED with why not otherwise.
  absl::Status Flush(absl::Duration timeout);
  void Stop();

 private:
  using Stream =
      grpc::ClientReaderWriterInterface<intake::v1::ScanRequest, intake::v1::ScanResponse>;
  struct Waiting {
    intake::v1::ScanRequest scan;
    bool was_sent = false;  // at any time, as far as one can know
  };

  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  absl::Status StreamOnce();
  void WriteAll(Stream* stream);
  absl::Status Answer(const intake::v1::ScanResponse& response);

  const std::unique_ptr<intake::v1::IntakeService::StubInterface> stub_;
  const Authorize authorize_;
  ScanJournal* const journal_;
  const Answered answered_;
  const ScanLimits limits_;

  absl::Mutex mutex_;
  std::deque<Waiting> queue_ ABSL_GUARDED_BY(mutex_);  // Unanswered, in order.
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;           // of all in the queue
  size_t written_ ABSL_GUARDED_BY(mutex_) = 0;         // Of these, written to the stream.
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;        // The stream under way has ended.
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace loopdock::client

#endif  // LOOPDOCK_CLIENTS_CPP_SCAN_CLIENT_H_
