// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CONTRACT_FAILING_STORE_H_
#define LOOPDOCK_TESTS_CONTRACT_FAILING_STORE_H_

// A store whose writes can be held at a gate and made to fail, over a real one.
// Thread safety: as a store; the controls may be used from any thread.
// Ownership: keeps a pointer to the real store.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/storage/store.h"

namespace loopdock::storage {

class FailingStore : public Store {
 public:
  explicit FailingStore(Store* store) : store_(store) {}

  // Writes wait from now on / go through again.
  void CloseGate() {
    absl::MutexLock lock(&mutex_);
    open_ = false;
  }
  void OpenGate() {
    absl::MutexLock lock(&mutex_);
    open_ = true;
  }
  // Blocks until that many writes have come to the gate since the start.
  void AwaitWrites(int count) {
    absl::MutexLock lock(&mutex_);
    const auto reached = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return arrived_ >= count; };
    mutex_.Await(absl::Condition(&reached));
  }
  // The writes that have come to the gate since the start.
  int writes() const {
    absl::MutexLock lock(&mutex_);
    return arrived_;
  }
  // The n-th write from now, counted from 1, and all after it fail.
  void FailFrom(int n, absl::Status status) {
    absl::MutexLock lock(&mutex_);
    good_writes_left_ = n - 1;
    failure_ = std::move(status);
  }
  void FailReads(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    read_failure_ = std::move(status);
  }

  absl::Status Write(const WriteBatch& batch) override {
    {
      absl::MutexLock lock(&mutex_);
      ++arrived_;
      mutex_.Await(absl::Condition(&open_));
      if (!failure_.ok() && good_writes_left_-- <= 0) return failure_;
    }
    return store_->Write(batch);
  }
  absl::StatusOr<std::optional<std::string>> Get(TableId table,
                                                 std::string_view key) const override {
    if (absl::Status status = ReadFailure(); !status.ok()) return status;
    return store_->Get(table, key);
  }
  absl::StatusOr<std::vector<std::optional<std::string>>> MultiGet(
      absl::Span<const TableKey> keys) const override {
    if (absl::Status status = ReadFailure(); !status.ok()) return status;
    return store_->MultiGet(keys);
  }
  absl::StatusOr<ScanResult> Scan(const ScanOptions& options) const override {
    return store_->Scan(options);
  }
  absl::StatusOr<std::unique_ptr<Snapshot>> GetSnapshot() const override {
    return store_->GetSnapshot();
  }
  absl::Status PutFile(std::string_view name, std::string_view content) override {
    return store_->PutFile(name, content);
  }
  absl::StatusOr<std::optional<std::string>> GetFile(std::string_view name) const override {
    return store_->GetFile(name);
  }
  absl::StatusOr<BackupInfo> Backup(const std::string& directory) override {
    return store_->Backup(directory);
  }
  absl::Status VerifyChecksums() const override { return store_->VerifyChecksums(); }
  absl::StatusOr<StoreStats> Stats() const override { return store_->Stats(); }
  uint64_t incarnation() const override { return store_->incarnation(); }
  const std::vector<TableSpec>& tables() const override { return store_->tables(); }

 private:
  absl::Status ReadFailure() const {
    absl::MutexLock lock(&mutex_);
    return read_failure_;
  }

  Store* const store_;
  mutable absl::Mutex mutex_;
  bool open_ ABSL_GUARDED_BY(mutex_) = true;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
  int good_writes_left_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  absl::Status read_failure_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_TESTS_CONTRACT_FAILING_STORE_H_
