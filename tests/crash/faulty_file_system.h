// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_CRASH_FAULTY_FILE_SYSTEM_H_
#define LOOPDOCK_TESTS_CRASH_FAULTY_FILE_SYSTEM_H_

// A file system for RocksDB, over the real one, that fails at a chosen call, or loses power there:
// then it forgets what was never synced (bytes, names of new files, renames; deletions stay, and so
// do folders) and ends the process. Each call of RocksDB that reaches a disk is counted, but for
// its own log. Syncs do not wait for the real disk.
//
// Thread safety: all methods may be called from any thread.
// Errors: what cannot be forgotten ends the process with kForgetFailed: a test then proves nothing.

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace loopdock::storage {

enum class Fault {
  kNone,
  kIo,         // EIO, once, from any call
  kNoSpace,    // ENOSPC, once, from a call that writes; only those are counted
  kPowerLoss,  // the process ends with kPowerLost
};

inline constexpr int kPowerLost = 77;
inline constexpr int kForgetFailed = 78;

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem();
  const char* Name() const override { return "FaultyFileSystem"; }

  // The n-th call from now, counted from 1. The seed decides how much of what was not synced is
  // kept by a loss of power: it may yet have reached the disk, up to any byte.
  void FailCall(uint64_t n, Fault fault, uint64_t seed);
  // Whether it came to that.
  bool failed() const;

  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetChildren(const std::string& folder, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus GetFileSize(const std::string& name, const rocksdb::IOOptions& options,
                                uint64_t* size, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus FileExists(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus LinkFile(const std::string& from, const std::string& to,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

  // For the files. A call lasts as long as its Turn: power is lost between calls.
  class Turn {
   public:
    Turn(FaultyFileSystem* system, bool writes) : system_(system), status(system->Begin(writes)) {}
    ~Turn() { system_->calls_running_.ReaderUnlock(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    FaultyFileSystem* const system_;

   public:
    const rocksdb::IOStatus status;
  };
  void Written(const std::string& name, uint64_t bytes);
  void Synced(const std::string& name);
  void FolderSynced(const std::string& folder);

 private:
  rocksdb::IOStatus Begin(bool writes);
  bool IsTurnOfFault(bool writes);
  [[noreturn]] void LosePower();
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  struct File {
    uint64_t size = 0;
    uint64_t synced = 0;
  };
  // A name in a folder that was not synced since; `before` is what the name meant until then.
  struct Entry {
    std::string name;
    std::optional<std::string> before;
  };

  absl::Mutex calls_running_;  // shared by calls, alone for a loss of power
  mutable absl::Mutex mutex_;
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
  Fault fault_ = Fault::kNone;  // set before any file is open
  uint64_t fail_at_ = 0;
  uint64_t calls_ ABSL_GUARDED_BY(mutex_) = 0;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, File> files_ ABSL_GUARDED_BY(mutex_);
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // in the order in which they were made
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_TESTS_CRASH_FAULTY_FILE_SYSTEM_H_
