// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_EVIDENCE_SERVICE_H_
#define LOOPDOCK_SERVICES_GRADING_EVIDENCE_SERVICE_H_

// The gRPC shell of the evidence store.
// Thread safety: all methods may be called from any thread.
// Errors: those of evidence_store.h; UPLOAD_INVALID for an upload that does not begin with a
// reference; RESOURCE_EXHAUSTED OVERLOADED when too many arrive at once.
// Limits: 64 MiB each, held in memory while it arrives; 256 MiB for all that arrive at once.

#include <atomic>
#include <functional>
#include <utility>

#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "services/common/shell.h"
#include "services/grading/evidence_store.h"

namespace loopdock::grading {

class EvidenceService final : public v1::EvidenceService::CallbackService {
 public:
  // `evidence` outlives the service.
  explicit EvidenceService(EvidenceStore* evidence) : evidence_(evidence) {}
  // `shell` outlives the service. Call before the server starts.
  void Attach(common::Shell* shell) { shell_ = shell; }
  // Tells for how many years the facility keeps records, R2v3 CR3(c); asked at each deletion. Call
  // before the service is ready; without it nothing can be deleted.
  using RetentionYears = std::function<absl::StatusOr<int>()>;
  void SetRetention(RetentionYears retention_years) { retention_ = std::move(retention_years); }

  // Declared bytes of the uploads under way.
  std::int64_t arriving_bytes() const { return arriving_bytes_; }

  grpc::ServerReadReactor<v1::PutRequest>* Put(grpc::CallbackServerContext* context,
                                               v1::PutResponse* response) override;
  grpc::ServerWriteReactor<v1::GetResponse>* Get(grpc::CallbackServerContext* context,
                                                 const v1::GetRequest* request) override;
  grpc::ServerUnaryReactor* Stat(grpc::CallbackServerContext* context,
                                 const v1::StatRequest* request,
                                 v1::StatResponse* response) override;
  grpc::ServerUnaryReactor* DeleteEvidence(grpc::CallbackServerContext* context,
                                           const v1::DeleteEvidenceRequest* request,
                                           v1::DeleteEvidenceResponse* response) override;

 private:
  absl::Status Delete(const common::Caller& caller, const v1::DeleteEvidenceRequest& request,
                      v1::DeleteEvidenceResponse* response);
  absl::Status Receive(common::Source<v1::PutRequest>& source, v1::PutResponse* response);

  EvidenceStore* const evidence_;
  RetentionYears retention_;
  std::atomic<std::int64_t> arriving_bytes_{0};
  common::Shell* shell_ = nullptr;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_EVIDENCE_SERVICE_H_
