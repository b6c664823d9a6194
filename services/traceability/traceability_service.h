// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_TRACEABILITY_SERVICE_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_TRACEABILITY_SERVICE_H_

// The gRPC shell of traceability: follows inventory's feed into the log and answers from it.
//
// Thread safety: all methods may be called from any thread.
// Ownership: the store belongs to the service; clock and shell must outlive it.
// Blocking: Create and Stop do. Stop after the server's end.
// Durability: what any method answers is on disk.
// Errors: those of traceability.proto; LOG_KEY_MISSING, LOG_KEY_INVALID and those of the store from
//   Create; see log_store.h.
// Limits: 256 calls of GetCheckpoint may wait at once; messages of at most 1 MiB in exports.

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "clients/cpp/feed_follower.h"
#include "loopdock/traceability/v1/traceability.grpc.pb.h"
#include "services/common/clock.h"
#include "services/common/shell.h"
#include "services/storage/store.h"
#include "services/traceability/core/note.h"
#include "services/traceability/log_store.h"

namespace loopdock::traceability {

class TraceabilityService final : public v1::TraceabilityService::CallbackService {
 public:
  struct Options {
    std::string site = "main";
    std::string origin;    // name of the log and of its key, "example.com/main"
    std::string key_path;  // made with mode 0600 when neither it nor a log is there
    absl::Duration checkpoint_interval = absl::Seconds(1);
    std::unique_ptr<storage::Store> store;  // opened with LogStoreOptions()
    common::Clock* clock = &common::SystemClock();
    // A failed write: the process should stop, the next start recovers.
    std::function<void(const absl::Status&)> on_fatal;
    // The feed can never be followed again (FEED_EPOCH_CHANGED): the service is not serving.
    std::function<void(const absl::Status&)> on_stopped;
  };

  static absl::StatusOr<std::unique_ptr<TraceabilityService>> Create(Options options);
  ~TraceabilityService() override;

  // `shell` outlives the service. Call before the server starts.
  void Attach(common::Shell* shell) { shell_ = shell; }
  // Begins to follow; inventory need not be up yet. `as_service` authorizes as role service.
  void Start(std::shared_ptr<grpc::Channel> inventory, client::FeedFollower::Authorize as_service);
  void Stop();
  // OK while the feed is followed; why not otherwise.
  absl::Status status() const;
  const LogStore& log() const { return *log_; }
  std::string verifier_key() const { return signer_.verifier().Vkey(); }

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::Checkpoint* response) override;
  grpc::ServerUnaryReactor* GetRecord(grpc::CallbackServerContext* context,
                                      const v1::GetRecordRequest* request,
                                      v1::TraceRecord* response) override;
  grpc::ServerUnaryReactor* ListRecords(grpc::CallbackServerContext* context,
                                        const v1::ListRecordsRequest* request,
                                        v1::ListRecordsResponse* response) override;
  grpc::ServerUnaryReactor* GetInclusionProof(grpc::CallbackServerContext* context,
                                              const v1::GetInclusionProofRequest* request,
                                              v1::InclusionProof* response) override;
  grpc::ServerUnaryReactor* GetConsistencyProof(grpc::CallbackServerContext* context,
                                                const v1::GetConsistencyProofRequest* request,
                                                v1::ConsistencyProof* response) override;
  grpc::ServerWriteReactor<v1::ExportEpcisResponse>* ExportEpcis(
      grpc::CallbackServerContext* context, const v1::ExportEpcisRequest* request) override;
  grpc::ServerWriteReactor<v1::ExportLogResponse>* ExportLog(
      grpc::CallbackServerContext* context, const v1::ExportLogRequest* request) override;

 private:
  // A GetCheckpoint that asked for a sequence that is not covered yet.
  struct Waiter {
    std::int64_t min_sequence;
    absl::Time deadline;
    v1::Checkpoint* response;
    common::Done done;
  };

  TraceabilityService(Options options, NoteSigner signer);
  absl::Status Consume(const inventory::v1::TailFeedResponse& part);
  void AnswerWaiters();
  void EndWaiters(const absl::Status& status);
  absl::Status CheckSite(const std::string& site) const;
  absl::StatusOr<std::uint64_t> SizeOrCheckpoint(std::int64_t size) const;
  void FillCheckpoint(v1::Checkpoint* response) const;
  absl::Status FillRecord(std::uint64_t index, v1::TraceRecord* record) const;
  absl::Status List(const v1::ListRecordsRequest& request, v1::ListRecordsResponse* response) const;
  absl::Status StreamEvents(const v1::ExportEpcisRequest& request,
                            common::Sink<v1::ExportEpcisResponse>& sink) const;
  absl::Status StreamLog(const v1::ExportLogRequest& request,
                         common::Sink<v1::ExportLogResponse>& sink) const;

  const Options options_;
  const NoteSigner signer_;
  std::unique_ptr<LogStore> log_;
  common::Shell* shell_ = nullptr;
  std::unique_ptr<client::FeedFollower> follower_;

  absl::Mutex mutex_;
  std::list<Waiter> waiters_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_TRACEABILITY_SERVICE_H_
