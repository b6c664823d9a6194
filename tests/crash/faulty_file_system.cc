// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/faulty_file_system.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace loopdock::storage {
namespace {

using rocksdb::FileOptions;
using rocksdb::FileSystem;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
namespace fs = std::filesystem;

std::string FolderOf(const std::string& name) { return fs::path(name).parent_path().string(); }

std::string Content(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// A slash at the end, or two in the middle, name the same file.
std::string Plain(const std::string& name) {
  std::string plain = fs::path(name).lexically_normal().string();
  if (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  return plain;
}

class FaultyWritableFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyWritableFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name,
                     FaultyFileSystem* system)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), system_(system) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    return Count(data.size(), [&] { return FSWritableFileWrapper::Append(data, options, debug); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo& info, IODebugContext* debug) override {
    return Count(data.size(),
                 [&] { return FSWritableFileWrapper::Append(data, options, info, debug); });
  }
  // Space that is set aside is no content, and to set it aside takes longer than all the rest.
  void PrepareWrite(size_t, size_t, const IOOptions&, IODebugContext*) override {}
  IOStatus Allocate(uint64_t, uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
    const FaultyFileSystem::Turn turn(system_, true);
    if (!turn.status.ok()) return turn.status;
    return FSWritableFileWrapper::Flush(options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const FaultyFileSystem::Turn turn(system_, true);
    if (!turn.status.ok()) return turn.status;
    // Forget undoes what was not synced: the real disk need not be waited for.
    IOStatus status = FSWritableFileWrapper::Flush(options, debug);
    if (status.ok()) system_->Synced(name_);
    return status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const FaultyFileSystem::Turn turn(system_, true);
    // The file is closed whatever is said, as close(2) does it.
    IOStatus closed = FSWritableFileWrapper::Close(options, debug);
    return turn.status.ok() ? closed : turn.status;
  }

 private:
  template <typename AppendFn>
  IOStatus Count(size_t bytes, AppendFn&& append) {
    const FaultyFileSystem::Turn turn(system_, true);
    if (!turn.status.ok()) return turn.status;
    IOStatus status = append();
    if (status.ok()) system_->Written(name_, bytes);
    return status;
  }

  const std::string name_;
  FaultyFileSystem* const system_;
};

class FaultySequentialFile : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  FaultySequentialFile(std::unique_ptr<rocksdb::FSSequentialFile> file, FaultyFileSystem* system)
      : FSSequentialFileOwnerWrapper(std::move(file)), system_(system) {}
  IOStatus Read(size_t bytes, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    const FaultyFileSystem::Turn turn(system_, false);
    if (!turn.status.ok()) return turn.status;
    return FSSequentialFileWrapper::Read(bytes, options, result, scratch, debug);
  }

 private:
  FaultyFileSystem* const system_;
};

class FaultyRandomAccessFile : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyRandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> file,
                         FaultyFileSystem* system)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), system_(system) {}
  IOStatus Read(uint64_t offset, size_t bytes, const IOOptions& options, Slice* result,
                char* scratch, IODebugContext* debug) const override {
    const FaultyFileSystem::Turn turn(system_, false);
    if (!turn.status.ok()) return turn.status;
    return FSRandomAccessFileWrapper::Read(offset, bytes, options, result, scratch, debug);
  }
  IOStatus MultiRead(rocksdb::FSReadRequest* requests, size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    const FaultyFileSystem::Turn turn(system_, false);
    if (!turn.status.ok()) return turn.status;
    return FSRandomAccessFileWrapper::MultiRead(requests, count, options, debug);
  }
  // What is prefetched is read again: a call that is not counted here is counted there.
  IOStatus Prefetch(uint64_t, size_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::NotSupported();
  }

 private:
  FaultyFileSystem* const system_;
};

class FaultyFolder : public rocksdb::FSDirectoryWrapper {
 public:
  FaultyFolder(std::unique_ptr<rocksdb::FSDirectory> folder, std::string name,
               FaultyFileSystem* system)
      : FSDirectoryWrapper(std::move(folder)), name_(std::move(name)), system_(system) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override { return Sync(); }
  IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                               const rocksdb::DirFsyncOptions&) override {
    return Sync();
  }

 private:
  IOStatus Sync() {
    const FaultyFileSystem::Turn turn(system_, true);
    if (!turn.status.ok()) return turn.status;
    system_->FolderSynced(name_);
    return IOStatus::OK();
  }

  const std::string name_;
  FaultyFileSystem* const system_;
};

}  // namespace

FaultyFileSystem::FaultyFileSystem() : FileSystemWrapper(FileSystem::Default()) {}

void FaultyFileSystem::FailCall(uint64_t n, Fault fault, uint64_t seed) {
  absl::MutexLock lock(&mutex_);
  fault_ = fault;
  fail_at_ = n;
  calls_ = 0;
  failed_ = false;
  random_.seed(seed);
}

bool FaultyFileSystem::failed() const {
  absl::MutexLock lock(&mutex_);
  return failed_;
}

bool FaultyFileSystem::IsTurnOfFault(bool writes) {
  absl::MutexLock lock(&mutex_);
  if (fault_ == Fault::kNone || (fault_ == Fault::kNoSpace && !writes)) return false;
  if (failed_ || ++calls_ < fail_at_) return false;
  failed_ = true;
  return true;
}

IOStatus FaultyFileSystem::Begin(bool writes) {
  const bool fails = IsTurnOfFault(writes);
  if (fails && fault_ == Fault::kPowerLoss) LosePower();
  calls_running_.ReaderLock();
  if (!fails) return IOStatus::OK();
  return fault_ == Fault::kNoSpace ? IOStatus::NoSpace("injected") : IOStatus::IOError("injected");
}

void FaultyFileSystem::LosePower() {
  calls_running_.Lock();  // no call runs, and none begins any more
  absl::MutexLock lock(&mutex_);
  try {
    Forget();
  } catch (const fs::filesystem_error&) {
    ::_exit(kForgetFailed);
  }
  ::_exit(kPowerLost);
}

void FaultyFileSystem::Written(const std::string& name, uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  files_[name].size += bytes;
}

void FaultyFileSystem::Synced(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  File& file = files_[name];
  file.synced = file.size;
}

void FaultyFileSystem::FolderSynced(const std::string& folder) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) { return FolderOf(entry.name) == folder; }),
                 entries_.end());
}

void FaultyFileSystem::Forget() {
  for (const auto& [name, file] : files_) {
    if (!fs::exists(name)) continue;
    // What was not synced may yet have reached the disk, up to any byte.
    const uint64_t kept =
        random() % 2 == 0 ? file.synced : file.synced + random() % (file.size - file.synced + 1);
    fs::resize_file(name, std::min<uint64_t>(kept, fs::file_size(name)));
  }
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
    if (entry->before.has_value()) {
      std::ofstream(entry->name, std::ios::binary | std::ios::trunc) << *entry->before;
    } else {
      fs::remove(entry->name);
    }
  }
}

IOStatus FaultyFileSystem::NewSequentialFile(const std::string& name, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                             IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  IOStatus status = FileSystemWrapper::NewSequentialFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultySequentialFile>(std::move(*file), this);
  return status;
}

IOStatus FaultyFileSystem::NewRandomAccessFile(const std::string& name, const FileOptions& options,
                                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                               IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  IOStatus status = FileSystemWrapper::NewRandomAccessFile(name, options, file, debug);
  if (status.ok()) *file = std::make_unique<FaultyRandomAccessFile>(std::move(*file), this);
  return status;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& name, const FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* file,
                                           IODebugContext* debug) {
  const Turn turn(this, true);
  if (!turn.status.ok()) return turn.status;
  const std::string plain = Plain(name);
  const bool existed = fs::exists(plain);
  IOStatus status = FileSystemWrapper::NewWritableFile(name, options, file, debug);
  if (!status.ok()) return status;
  {
    absl::MutexLock lock(&mutex_);
    files_[plain] = {};
    if (!existed) entries_.push_back({plain, std::nullopt});
  }
  *file = std::make_unique<FaultyWritableFile>(std::move(*file), plain, this);
  return status;
}

IOStatus FaultyFileSystem::NewDirectory(const std::string& name, const IOOptions& options,
                                        std::unique_ptr<rocksdb::FSDirectory>* folder,
                                        IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  IOStatus status = FileSystemWrapper::NewDirectory(name, options, folder, debug);
  if (status.ok()) {
    *folder = std::make_unique<FaultyFolder>(std::move(*folder), Plain(name), this);
  }
  return status;
}

IOStatus FaultyFileSystem::GetChildren(const std::string& folder, const IOOptions& options,
                                       std::vector<std::string>* names, IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  return FileSystemWrapper::GetChildren(folder, options, names, debug);
}

IOStatus FaultyFileSystem::GetFileSize(const std::string& name, const IOOptions& options,
                                       uint64_t* size, IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  return FileSystemWrapper::GetFileSize(name, options, size, debug);
}

IOStatus FaultyFileSystem::FileExists(const std::string& name, const IOOptions& options,
                                      IODebugContext* debug) {
  const Turn turn(this, false);
  if (!turn.status.ok()) return turn.status;
  return FileSystemWrapper::FileExists(name, options, debug);
}

IOStatus FaultyFileSystem::DeleteFile(const std::string& name, const IOOptions& options,
                                      IODebugContext* debug) {
  const Turn turn(this, true);
  if (!turn.status.ok()) return turn.status;
  IOStatus status = FileSystemWrapper::DeleteFile(name, options, debug);
  if (!status.ok()) return status;
  const std::string plain = Plain(name);
  absl::MutexLock lock(&mutex_);
  files_.erase(plain);
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const Entry& entry) { return entry.name == plain; }),
                 entries_.end());
  return status;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, IODebugContext* debug) {
  const Turn turn(this, true);
  if (!turn.status.ok()) return turn.status;
  const std::string source = Plain(from);
  const std::string target = Plain(to);
  Entry entry{target, std::nullopt};
  // Folders are not undone, and of files only small ones are ever renamed over.
  const bool folder = fs::is_directory(source);
  if (!folder && fs::exists(target)) entry.before = Content(target);
  IOStatus status = FileSystemWrapper::RenameFile(from, to, options, debug);
  if (!status.ok() || folder) return status;
  absl::MutexLock lock(&mutex_);
  if (const auto found = files_.find(source); found != files_.end()) {
    files_[target] = found->second;
    files_.erase(found);
  }
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(),
                                [&](const Entry& old) { return old.name == source; }),
                 entries_.end());
  entries_.push_back(std::move(entry));
  return status;
}

IOStatus FaultyFileSystem::LinkFile(const std::string& from, const std::string& to,
                                    const IOOptions& options, IODebugContext* debug) {
  const Turn turn(this, true);
  if (!turn.status.ok()) return turn.status;
  IOStatus status = FileSystemWrapper::LinkFile(from, to, options, debug);
  if (!status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  entries_.push_back({Plain(to), std::nullopt});
  return status;
}

}  // namespace loopdock::storage
