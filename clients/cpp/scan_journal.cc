// SPDX-License-Identifier: Apache-2.0
#include "clients/cpp/scan_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::client {
namespace {

// A record: kind ('S' scan, 'A' acknowledgement), length (4 bytes, little-endian), the first 4
// bytes of the SHA-256 of these five, payload, and the first 8 bytes of the payload's SHA-256. The
// head has a sum of its own, so that a wrong length is never taken for a torn record.
constexpr size_t kFactsBytes = 5;
constexpr size_t kHeadSumBytes = 4;
constexpr size_t kHeadBytes = kFactsBytes + kHeadSumBytes;
constexpr size_t kSumBytes = 8;
constexpr size_t kPayloadBytesMax = size_t{20} << 20;

absl::Status SystemError(const std::string& what, const std::string& path) {
  return common::Error(absl::StatusCode::kUnavailable, "JOURNAL_IO",
                       absl::StrCat("Cannot ", what, " the journal ", path, ": ",
                                    std::strerror(errno), ". Check the disk."),
                       {{"path", path}});
}

absl::StatusOr<std::string> ReadAll(int file, const std::string& path) {
  std::string bytes;
  char part[65536];
  while (true) {
    const ssize_t got = ::pread(file, part, sizeof part, static_cast<off_t>(bytes.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read", path);
    if (got == 0) return bytes;
    bytes.append(part, static_cast<size_t>(got));
  }
}

std::string HeadSum(const std::string& facts) {
  return common::Sha256(facts).substr(0, kHeadSumBytes);
}

// Where the last write was torn, all that follows may be zeros that the file system filled in.
bool OnlyZerosFrom(const std::string& bytes, size_t at) {
  return bytes.find_first_not_of('\0', at) == std::string::npos;
}

size_t LengthAt(const std::string& bytes, size_t at) {
  size_t length = 0;
  for (size_t i = 0; i < 4; ++i) {
    length |= static_cast<size_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * i);
  }
  return length;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ScanJournal>> ScanJournal::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return SystemError("open", path);
  std::unique_ptr<ScanJournal> journal(new ScanJournal(path, file));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "JOURNAL_LOCKED",
                         absl::StrCat("Another program uses the journal ", path, "."),
                         {{"path", path}});
  }
  if (auto status = journal->Load(); !status.ok()) return status;
  return journal;
}

ScanJournal::~ScanJournal() { ::close(file_); }

absl::Status ScanJournal::Corrupt(size_t at) const {
  return common::Error(absl::StatusCode::kDataLoss, "JOURNAL_CORRUPT",
                       absl::StrCat("The journal ", path_, " is damaged at byte ", at,
                                    ". Keep the file and ask for help."),
                       {{"path", path_}, {"byte", absl::StrCat(at)}});
}

absl::Status ScanJournal::Load() {
  absl::MutexLock lock(&mutex_);
  auto bytes = ReadAll(file_, path_);
  if (!bytes.ok()) return bytes.status();
  size_t at = 0;
  while (at + kHeadBytes <= bytes->size()) {
    if (HeadSum(bytes->substr(at, kFactsBytes)) != bytes->substr(at + kFactsBytes, kHeadSumBytes)) {
      if (OnlyZerosFrom(*bytes, at + kHeadBytes)) break;
      return Corrupt(at);
    }
    const size_t length = LengthAt(*bytes, at + 1);
    const size_t end = at + kHeadBytes + length + kSumBytes;
    if (end > bytes->size()) break;
    const std::string payload = bytes->substr(at + kHeadBytes, length);
    if (bytes->substr(end - kSumBytes, kSumBytes) != common::Sha256(payload).substr(0, kSumBytes)) {
      if (end == bytes->size()) break;
      return Corrupt(at);
    }
    intake::v1::ScanRequest scan;
    if ((*bytes)[at] == 'S' && scan.ParseFromString(payload)) {
      order_[scan.request_id()] = next_;
      waiting_[next_++] = std::move(scan);
    } else if (const auto known = order_.find(payload); known != order_.end()) {
      waiting_.erase(known->second);
      order_.erase(known);
    }
    at = end;
  }
  // What follows is a record that a crash tore: its scan was never shown as accepted.
  if (at < bytes->size() && ::ftruncate(file_, static_cast<off_t>(at)) != 0) {
    return SystemError("shorten", path_);
  }
  return absl::OkStatus();
}

absl::Status ScanJournal::Append(char kind, const std::string& payload, bool sync) {
  std::string record(1, kind);
  for (int i = 0; i < 4; ++i) {
    record.push_back(static_cast<char>((payload.size() >> (8 * i)) & 0xff));
  }
  record += HeadSum(record);
  record += payload;
  record += common::Sha256(payload).substr(0, kSumBytes);
  const off_t before = ::lseek(file_, 0, SEEK_END);
  size_t written = 0;
  while (written < record.size()) {
    const ssize_t put = ::write(file_, record.data() + written, record.size() - written);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const absl::Status failed = SystemError("write", path_);
      // Half a record must not stand before the next one; if it does, Load will say so.
      if (before < 0 || ::ftruncate(file_, before) != 0) return SystemError("shorten", path_);
      return failed;
    }
    written += static_cast<size_t>(put);
  }
  if (sync && ::fdatasync(file_) != 0) return SystemError("sync", path_);
  return absl::OkStatus();
}

absl::Status ScanJournal::Add(const intake::v1::ScanRequest& scan) {
  absl::MutexLock lock(&mutex_);
  const std::string payload = scan.SerializeAsString();
  if (payload.size() > kPayloadBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
                         "A scan is at most 20 MiB with its picture.");
  }
  if (auto status = Append('S', payload, true); !status.ok()) return status;
  order_[scan.request_id()] = next_;
  waiting_[next_++] = scan;
  return absl::OkStatus();
}

absl::Status ScanJournal::Acknowledge(const std::string& request_id) {
  return Forget(request_id, /*sync=*/false);
}

absl::Status ScanJournal::TakeBack(const std::string& request_id) {
  return Forget(request_id, /*sync=*/true);
}

absl::Status ScanJournal::Forget(const std::string& request_id, bool sync) {
  absl::MutexLock lock(&mutex_);
  const auto known = order_.find(request_id);
  if (known == order_.end()) return absl::OkStatus();
  waiting_.erase(known->second);
  order_.erase(known);
  if (!waiting_.empty()) return Append('A', request_id, sync);
  if (::ftruncate(file_, 0) != 0) return SystemError("shorten", path_);
  if (sync && ::fdatasync(file_) != 0) return SystemError("sync", path_);
  return absl::OkStatus();
}

std::vector<intake::v1::ScanRequest> ScanJournal::Unacknowledged() const {
  absl::MutexLock lock(&mutex_);
  std::vector<intake::v1::ScanRequest> scans;
  for (const auto& [place, scan] : waiting_) scans.push_back(scan);
  return scans;
}

}  // namespace loopdock::client
