// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/refused_scans.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "clients/cli/receive_words.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {

absl::Status KeepRefused(const std::string& journal, const intake::v1::ScanRequest& scan,
                         const intake::v1::ScanResponse& answer) {
  const std::string path = journal + ".refused";
  std::string line;
  const auto add = [&](const intake::v1::ScanResponse& label) {
    if (!label.has_error()) return;
    nlohmann::ordered_json object = {{"scan", AsJson(scan)}, {"error", AsJson(label.error())}};
    line += common::DumpJson(object) + "\n";
  };
  add(answer);
  for (const intake::v1::ScanResponse& label : answer.further()) add(label);
  if (line.empty()) return absl::OkStatus();
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  bool kept = file >= 0;
  for (size_t at = 0; kept && at < line.size();) {
    const ssize_t put = ::write(file, line.data() + at, line.size() - at);
    if (put < 0 && errno == EINTR) continue;
    kept = put > 0;
    if (kept) at += static_cast<size_t>(put);
  }
  kept = kept && ::fdatasync(file) == 0;
  const std::string why = std::strerror(errno);
  if (file >= 0) ::close(file);
  if (kept) return absl::OkStatus();
  return common::Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
                       absl::StrCat(path, " cannot be written: ", why), {{"path", path}});
}

}  // namespace loopdock::cli
