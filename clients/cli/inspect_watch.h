// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_INSPECT_WATCH_H_
#define LOOPDOCK_CLIENTS_CLI_INSPECT_WATCH_H_

// A folder that cameras drop pictures into: each asset's pictures become one inspection.
// Thread safety: main's thread only.
// Blocking: WatchFolder until the process is ended, or, with `once`, until nothing is left.
// Durability: a picture leaves the folder after the server's answer; the request id follows from
// the pictures' names and bytes, so that a second try has one effect.
// Errors: those of reading the folder; what is wrong with pictures is written beside them.
// Limits: 16 pictures an asset; more are refused together.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/cli/cli.h"
#include "loopdock/grading/v1/grading.pb.h"

namespace loopdock::cli {

struct WatchOptions {
  std::string folder;
  double settle_s = 5;
  bool once = false;
  // What is the same for all assets: scale, model, category, thickness.
  grading::v1::InspectRequest all;
  std::optional<double> um_per_px;
  std::string drawings;
  bool json = false;
};

absl::Status WatchFolder(const Settings& settings, const WatchOptions& options);

// What a picture's name says: "000005_back_left_2.jpg".
struct PictureName {
  std::string asset;
  std::string face;   // "display", "back", "side", or empty
  std::string light;  // or empty
};
// Nothing for a file that is no picture by its name. Of what the server cannot read, such as HEIC,
// it says so itself.
std::optional<PictureName> ParsePictureName(const std::string& file);

// Pictures that have arrived, by asset.
class PictureGroups {
 public:
  explicit PictureGroups(absl::Duration settle) : settle_(settle) {}

  // `file` is whole since `time`; a file that comes again replaces itself. False for what is no
  // picture by its name.
  bool Add(const std::string& file, absl::Time time);
  // Assets that have had no new picture for the time of settling, each with its files by name.
  std::vector<std::pair<std::string, std::vector<std::string>>> Ready(absl::Time now) const;
  // How long until the next one may be ready; nothing when there is none.
  std::optional<absl::Duration> Until(absl::Time now) const;
  void Remove(const std::string& asset) { groups_.erase(asset); }
  // Tries an asset again after the time of settling.
  void Postpone(const std::string& asset, absl::Time now);
  bool empty() const { return groups_.empty(); }

 private:
  struct Group {
    std::vector<std::string> files;  // sorted
    absl::Time latest;
  };
  const absl::Duration settle_;
  std::map<std::string, Group> groups_;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_INSPECT_WATCH_H_
