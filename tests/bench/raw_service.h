// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_BENCH_RAW_SERVICE_H_
#define LOOPDOCK_TESTS_BENCH_RAW_SERVICE_H_

// What our gRPC server and group commit give without domain logic: one Put of the same bytes a
// command, nothing read, nothing judged.
// Thread safety: as every service; RawCommand as storage/command.h.
// Ownership: shell and committer outlive the service; request and response the call.
// Limits: rows of kRawRowBytesMax.

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "loopdock/bench/v1/raw.grpc.pb.h"
#include "services/common/shell.h"
#include "services/storage/committer.h"

namespace loopdock::bench {

inline constexpr size_t kRawRowBytesMax = size_t{64} << 10;
inline constexpr storage::TableId kRawTable = 1;

// One table with the sorted memtable: rising keys make it the quickest there is.
storage::StoreOptions RawStoreOptions();

// Puts one row of `row_bytes` under the next key.
class RawCommand : public storage::Command {
 public:
  using Callback = std::function<void(const absl::Status&)>;
  RawCommand(std::uint64_t* next_key, size_t row_bytes, Callback done)
      : next_key_(next_key), row_bytes_(row_bytes), done_(std::move(done)) {}
  void DeclareReads(storage::ReadSet&) override {}
  absl::Status Apply(storage::View& view, storage::Changes& changes) override;
  void Done(const absl::Status& outcome) override { done_(outcome); }

 private:
  std::uint64_t* const next_key_;  // of the applier's thread
  const size_t row_bytes_;
  const Callback done_;
};

class RawService final : public v1::RawService::CallbackService {
 public:
  RawService(common::Shell& shell, storage::Committer& committer)
      : shell_(shell), committer_(committer) {}

  grpc::ServerUnaryReactor* Put(grpc::CallbackServerContext* context, const v1::PutRequest* request,
                                v1::PutResponse* response) override;
  grpc::ServerBidiReactor<v1::PutRequest, v1::PutResponses>* PutStream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* PutBatch(grpc::CallbackServerContext* context,
                                     const v1::PutBatchRequest* request,
                                     v1::PutResponses* response) override;

 private:
  void Submit(const v1::PutRequest& request, const RawCommand::Callback& done);

  common::Shell& shell_;
  storage::Committer& committer_;
  std::uint64_t next_key_ = 0;
};

}  // namespace loopdock::bench

#endif  // LOOPDOCK_TESTS_BENCH_RAW_SERVICE_H_
