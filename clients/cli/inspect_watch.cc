// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/inspect_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "clients/cli/words.h"
#include "services/common/fileio.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

namespace fs = std::filesystem;

using grading::v1::GradingService;

constexpr size_t kPicturesMax = 16;
// What cameras and phones write.
constexpr std::array<std::string_view, 11> kEndings = {
    "jpg", "jpeg", "png", "webp", "heic", "heif", "avif", "tif", "tiff", "gif", "bmp"};

absl::Status FolderError(const std::string& folder, int error) {
  return common::Error(
      absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
      absl::StrCat("The folder ", folder, " cannot be watched: ", std::strerror(error)),
      {{"path", folder}});
}

// inotify tells of a file when whoever wrote it has closed it, or has moved it in: until then it
// may be half a picture.
class Arrivals {
 public:
  static absl::StatusOr<std::unique_ptr<Arrivals>> Open(const std::string& folder) {
    const int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (fd < 0) return FolderError(folder, errno);
    std::unique_ptr<Arrivals> arrivals(new Arrivals(fd));
    if (inotify_add_watch(fd, folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
      return FolderError(folder, errno);
    }
    return arrivals;
  }
  ~Arrivals() { close(fd_); }
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // Names that arrived within `patience`; more may follow. `overflow` when some were lost.
  std::vector<std::string> Wait(absl::Duration patience, bool* overflow) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    const auto ms = static_cast<int>(
        std::clamp<std::int64_t>(absl::ToInt64Milliseconds(patience) + 1, 0, 60'000));
    std::vector<std::string> names;
    if (poll(&waiting, 1, ms) <= 0) return names;
    alignas(inotify_event) std::array<char, 64 << 10> buffer;
    const ssize_t size = read(fd_, buffer.data(), buffer.size());
    for (ssize_t at = 0; at < size;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      if ((event.mask & IN_Q_OVERFLOW) != 0) *overflow = true;
      if (event.len > 0 && (event.mask & IN_ISDIR) == 0) {
        names.emplace_back(buffer.data() + at + sizeof event);
      }
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
    return names;
  }

 private:
  explicit Arrivals(int fd) : fd_(fd) {}
  const int fd_;
};

class Watcher {
 public:
  Watcher(const Settings& settings, const WatchOptions& options)
      : settings_(settings), options_(options), groups_(absl::Seconds(options.settle_s)) {}

  absl::Status Run() {
    auto arrivals = Arrivals::Open(options_.folder);
    if (!arrivals.ok()) return arrivals.status();
    auto connection = settings_.Connect();
    if (!connection.ok()) return connection.status();
    connection_ = *std::move(connection);
    stub_ = GradingService::NewStub(connection_->channel());
    // After the watch was set, so that none falls between.
    if (auto status = AddPresent(); !status.ok()) return status;
    while (true) {
      const absl::Time now = absl::Now();
      for (const auto& [asset, files] : groups_.Ready(now)) {
        if (auto status = Work(asset, files); !status.ok()) return status;
      }
      if (options_.once && groups_.empty()) return absl::OkStatus();
      const absl::Duration patience = groups_.Until(absl::Now()).value_or(absl::Seconds(60));
      bool overflow = false;
      for (const std::string& name : (*arrivals)->Wait(patience, &overflow)) {
        Add(name, absl::Now());
      }
      if (!overflow) continue;
      if (auto status = AddPresent(); !status.ok()) return status;
    }
  }

 private:
  // Hidden files are what programs write on the way; of others it is said once for each ending.
  void Add(const std::string& file, absl::Time time) {
    if (groups_.Add(file, time) || file.starts_with('.')) return;
    const std::string ending = fs::path(file).extension().string();
    if (!left_alone_.insert(ending).second) return;
    PrintLine(absl::StrCat(Visible(file), ": left alone, as all files ",
                           ending.empty() ? "without an ending" : "ending in " + Visible(ending),
                           "; pictures are named ASSET_WORD_WORD....jpg"));
  }

  // What lay there before is as old as its last change: what somebody still writes is young.
  absl::Status AddPresent() {
    std::error_code error;
    for (fs::directory_iterator at(options_.folder, error), end; !error && at != end;
         at.increment(error)) {
      std::error_code ignored;
      if (!at->is_regular_file(ignored)) continue;
      const auto age = fs::file_time_type::clock::now() - at->last_write_time(ignored);
      Add(at->path().filename().string(), absl::Now() - absl::FromChrono(age));
    }
    return error ? FolderError(options_.folder, error.value()) : absl::OkStatus();
  }

  std::string PathOf(const std::string& file) const {
    return absl::StrCat(options_.folder, "/", file);
  }

  absl::StatusOr<grading::v1::InspectRequest> MakeRequest(const std::string& asset,
                                                          const std::vector<std::string>& files) {
    if (files.size() > kPicturesMax) {
      return UsageError(
          absl::StrCat("an asset has at most ", kPicturesMax, " pictures, not ", files.size()));
    }
    PictureWords words;
    std::string identity = absl::StrCat("watch ", settings_.site, " ", asset);
    for (const std::string& file : files) {
      auto bytes = common::ReadFile(PathOf(file));
      if (!bytes.ok()) return bytes.status();
      absl::StrAppend(&identity, "\n", file, " ", common::Sha256Hex(*bytes));
      const auto name = ParsePictureName(file);
      words.files.push_back(PathOf(file));
      words.faces.push_back(name->face);
      words.lights.push_back(name->light);
    }
    grading::v1::InspectRequest request = options_.all;
    request.set_asset(settings_.FullName("assets", asset));
    std::error_code error;
    const auto age =
        fs::file_time_type::clock::now() - fs::last_write_time(PathOf(files.front()), error);
    // To the second: a copy on another file system keeps no more.
    const absl::Time written = absl::FromUnixSeconds(
        absl::ToUnixSeconds(absl::Now() - (error ? absl::ZeroDuration() : absl::FromChrono(age)) +
                            absl::Milliseconds(500)));
    request.set_request_id(common::DerivedUuidV7(written, identity));
    auto status =
        AddPictures(settings_, *connection_, words, "inspection", request.mutable_pictures());
    if (!status.ok()) return status;
    if (options_.um_per_px) {
      for (auto& picture : *request.mutable_pictures()) picture.set_um_per_px(*options_.um_per_px);
    }
    return request;
  }

  // What the server could not be asked stays; everything else leaves the folder.
  absl::Status Work(const std::string& asset, const std::vector<std::string>& files) {
    const auto request = MakeRequest(asset, files);
    const absl::StatusOr<grading::v1::Inspection> inspection =
        request.ok() ? connection_->Ask(*stub_, &GradingService::Stub::Inspect, *request)
                     : absl::StatusOr<grading::v1::Inspection>(request.status());
    const absl::Status& status = inspection.status();
    if (absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
        absl::IsResourceExhausted(status)) {
      if (options_.once) return status;
      PrintLine(absl::StrCat(Visible(asset), ": waits, ", common::ReasonOf(status)));
      groups_.Postpone(asset, absl::Now());
      return absl::OkStatus();
    }
    groups_.Remove(asset);
    if (status.ok()) {
      if (auto said = Say(*inspection); !said.ok()) return said;
      if (!options_.drawings.empty()) {
        if (auto drawn = WriteDrawings(*connection_, *inspection, options_.drawings); !drawn.ok()) {
          PrintLine(absl::StrCat(Visible(asset), ": not drawn, ", drawn.message()));
        }
      }
      return MoveTo("done", files);
    }
    const std::string why =
        absl::StrCat(common::ReasonOf(status), ": ", std::string(status.message()));
    PrintLine(absl::StrCat(Visible(asset), ": ", Visible(why)));
    if (auto moved = MoveTo("failed", files); !moved.ok()) return moved;
    return common::WriteFileAtomically(absl::StrCat(options_.folder, "/failed/", asset, ".txt"),
                                       why + "\n");
  }

  absl::Status Say(const grading::v1::Inspection& inspection) const {
    if (options_.json) {
      const auto json = common::ProtoToJson(inspection, false);
      if (!json.ok()) return json.status();
      PrintLine(*json);
      return absl::OkStatus();
    }
    std::string grade = Cosmetic_Name(inspection.cosmetic());
    grade = grade.substr(grade.find('_') + 1);
    // What the pictures' names were taken for: a mistyped face is a light.
    std::vector<std::string> seen;
    for (const auto& picture : inspection.pictures()) {
      seen.push_back(
          absl::StrCat(picture.problem().empty()
                           ? Word(vision::v1::Face_Name(picture.measurement().face()), "FACE_")
                           : "not read",
                       picture.light().empty() ? "" : " in light " + picture.light()));
    }
    PrintLine(absl::StrCat(inspection.asset().substr(inspection.asset().rfind('/') + 1), " (",
                           Visible(absl::StrJoin(seen, ", ")), "): ", grade, ", ",
                           inspection.explanations_size() > 0 ? Visible(inspection.explanations(0))
                                                              : inspection.reason(),
                           inspection.needs_review() ? ", to be reviewed" : ""));
    return absl::OkStatus();
  }

  absl::Status MoveTo(const char* folder, const std::vector<std::string>& files) const {
    const std::string to = absl::StrCat(options_.folder, "/", folder);
    if (auto status = common::MakeDirectories(to); !status.ok()) return status;
    for (const std::string& file : files) {
      std::error_code error;
      fs::rename(PathOf(file), absl::StrCat(to, "/", file), error);
      // A file that somebody took away meanwhile is gone as well.
      if (error && error != std::errc::no_such_file_or_directory) {
        return common::Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
                             absl::StrCat(file, " cannot be moved to ", to, ": ", error.message()),
                             {{"path", to}});
      }
    }
    return absl::OkStatus();
  }

  const Settings& settings_;
  const WatchOptions& options_;
  PictureGroups groups_;
  std::set<std::string> left_alone_;  // endings
  std::unique_ptr<client::Connection> connection_;
  std::unique_ptr<GradingService::Stub> stub_;
};

}  // namespace

absl::Status WatchFolder(const Settings& settings, const WatchOptions& options) {
  return Watcher(settings, options).Run();
}

std::optional<PictureName> ParsePictureName(const std::string& file) {
  const size_t dot = file.rfind('.');
  if (dot == std::string::npos || dot == 0) return std::nullopt;
  const std::string ending = absl::AsciiStrToLower(file.substr(dot + 1));
  if (std::find(kEndings.begin(), kEndings.end(), ending) == kEndings.end()) return std::nullopt;
  const std::vector<std::string> words = absl::StrSplit(file.substr(0, dot), '_');
  PictureName name{.asset = words[0], .face = "", .light = ""};
  if (name.asset.empty() || name.asset[0] == '.') return std::nullopt;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string word = absl::AsciiStrToLower(words[i]);
    const bool number = std::all_of(word.begin(), word.end(), [](char c) {
      return absl::ascii_isdigit(static_cast<unsigned char>(c));
    });
    if (number) continue;
    if (word == "display" || word == "back" || word == "side") {
      name.face = word;
    } else {
      name.light = word;
    }
  }
  return name;
}

bool PictureGroups::Add(const std::string& file, absl::Time time) {
  const auto name = ParsePictureName(file);
  if (!name) return false;
  Group& group = groups_[name->asset];
  const auto place = std::lower_bound(group.files.begin(), group.files.end(), file);
  if (place == group.files.end() || *place != file) group.files.insert(place, file);
  group.latest = group.files.size() == 1 ? time : std::max(group.latest, time);
  return true;
}

std::vector<std::pair<std::string, std::vector<std::string>>> PictureGroups::Ready(
    absl::Time now) const {
  std::vector<std::pair<std::string, std::vector<std::string>>> ready;
  for (const auto& [asset, group] : groups_) {
    if (now - group.latest >= settle_) ready.emplace_back(asset, group.files);
  }
  return ready;
}

std::optional<absl::Duration> PictureGroups::Until(absl::Time now) const {
  std::optional<absl::Duration> until;
  for (const auto& [asset, group] : groups_) {
    const absl::Duration left = std::max(group.latest + settle_ - now, absl::ZeroDuration());
    until = until ? std::min(*until, left) : left;
  }
  return until;
}

void PictureGroups::Postpone(const std::string& asset, absl::Time now) {
  const auto group = groups_.find(asset);
  if (group != groups_.end()) group->second.latest = now;
}

}  // namespace loopdock::cli
