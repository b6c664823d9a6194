// SPDX-License-Identifier: Apache-2.0
#include "services/common/fileio.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

namespace fs = std::filesystem;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }
  bool good() const { return descriptor_ >= 0; }
  // Closing may report a write that failed late.
  bool Close() { return ::close(std::exchange(descriptor_, -1)) == 0; }

 private:
  int descriptor_;
};

absl::Status Unreadable(const std::string& path, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  return Error(missing ? absl::StatusCode::kNotFound : absl::StatusCode::kPermissionDenied,
               missing ? "FILE_NOT_FOUND" : "FILE_UNREADABLE",
               absl::StrCat("cannot read ", path, ": ", std::strerror(error)), {{"path", path}});
}

absl::Status Unwritable(const std::string& path, int error) {
  return Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
               absl::StrCat("cannot write ", path, ": ", std::strerror(error)), {{"path", path}});
}

bool WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool SyncDirectoryOf(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  File folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.good() && ::fsync(folder.get()) == 0;
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t bytes_max) {
  // A pipe that nobody writes to must not stop the reader at open.
  File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.good()) return Unreadable(path, errno);
  std::string content;
  struct stat info = {};
  if (::fstat(file.get(), &info) != 0) return Unreadable(path, errno);
  if (S_ISFIFO(info.st_mode)) return Unreadable(path, ESPIPE);
  if (S_ISREG(info.st_mode)) {
    content.reserve(static_cast<size_t>(std::min<std::int64_t>(info.st_size, bytes_max)));
  }
  std::string buffer(64 * 1024, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unreadable(path, errno);
    if (got == 0) return content;
    content.append(buffer.data(), static_cast<size_t>(got));
    if (static_cast<std::int64_t>(content.size()) > bytes_max) {
      return Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
                   absl::StrCat(path, " is larger than ", bytes_max, " bytes"),
                   {{"path", path}, {"bytes_max", absl::StrCat(bytes_max)}});
    }
  }
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view content, unsigned mode) {
  const std::string beside = absl::StrCat(path, ".", HexEncode(RandomBytes(6)), ".new");
  File file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!file.good()) return Unwritable(path, errno);
  const bool good = WriteAll(file.get(), content) && ::fsync(file.get()) == 0 && file.Close() &&
                    ::rename(beside.c_str(), path.c_str()) == 0;
  if (!good) {
    const int error = errno;
    ::unlink(beside.c_str());
    return Unwritable(path, error);
  }
  return SyncDirectoryOf(path) ? absl::OkStatus() : Unwritable(path, errno);
}

absl::Status MakeDirectories(const std::string& path, unsigned mode) {
  std::string partial;
  for (const fs::path& part : fs::path(path)) {
    partial = (fs::path(partial) / part).string();
    if (::mkdir(partial.c_str(), mode) != 0 && errno != EEXIST) return Unwritable(path, errno);
  }
  std::error_code error;
  if (fs::is_directory(path, error)) return absl::OkStatus();
  return Unwritable(path, ENOTDIR);
}

absl::StatusOr<std::string> MakeTemporaryDirectory(std::string_view prefix) {
  std::error_code error;
  const fs::path root = fs::temp_directory_path(error);
  if (error) return Unwritable("the temporary folder", error.value());
  std::string path = (root / absl::StrCat(std::string(prefix), "-XXXXXX")).string();
  if (::mkdtemp(path.data()) == nullptr) return Unwritable(path, errno);
  return path;
}

absl::StatusOr<std::string> ProgramDirectory() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return Unreadable("/proc/self/exe", error.value());
  return program.parent_path().string();
}

}  // namespace loopdock::common
