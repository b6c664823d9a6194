// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/nwipe_log.h"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/common/proto_time.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kLineBytesMax = 8 << 10;
constexpr std::size_t kDrivesMax = 1000;  // of one run

enum class Table { kNone, kErrors, kStatus };

// What the log has said of one drive so far.
struct Drive {
  std::int64_t line = 0;  // where its wipe began, else where it was first named
  std::string serial;
  std::string model;
  std::string bus;
  std::int64_t bytes = 0;
  std::string method;
  std::int64_t passes_done = 0;
  std::int64_t passes_planned = 0;
  std::int64_t errors = 0;
  std::string status;  // of the table, lower case
  std::int64_t status_line = 0;
  bool finished = false;
  bool verified = false;
  std::optional<absl::Time> last;
};

// "/dev/sda", "'/dev/sda'.", "device '/dev/sda'" and "sda" name the same drive.
std::string DriveName(std::string_view text) {
  text = Strip(text);
  ConsumePrefix(&text, "device ");
  while (!text.empty() && (text.front() == '\'' || text.front() == '!')) text.remove_prefix(1);
  text = Strip(text);
  ConsumePrefix(&text, "/dev/");
  text = text.substr(0, text.find_first_of("',. "));
  return std::string(text);
}

// The drive that a message ends with: "... on /dev/sda".
std::string DriveAfter(std::string_view message, std::string_view word) {
  const std::size_t at = message.rfind(word);
  return at == std::string_view::npos ? "" : DriveName(message.substr(at + word.size()));
}

// "1/3" or "1 of 3" behind "pass ".
bool ParsePass(std::string_view message, std::int64_t* pass, std::int64_t* passes) {
  const std::size_t at = message.find("pass ");
  if (at == std::string_view::npos) return false;
  std::string_view text = message.substr(at + 5);
  text = text.substr(0, text.find(','));
  const std::size_t slash = text.find('/');
  const std::size_t of = text.find(" of ");
  const std::size_t cut = slash != std::string_view::npos ? slash : of;
  if (cut == std::string_view::npos) return false;
  const auto first = ParseCount(text.substr(0, cut));
  const auto second = ParseCount(text.substr(cut + (slash != std::string_view::npos ? 1 : 4)));
  if (!first || !second || *first < 1 || *first > *second) return false;
  *pass = *first;
  *passes = *second;
  return true;
}

class NwipeLog {
 public:
  explicit NwipeLog(ResultBuilder* builder) : builder_(*builder) {}

  void Read(std::string_view text) {
    while (!text.empty() && !over_) {
      const std::size_t end = text.find('\n');
      ++line_;
      TakeLine(text.substr(0, end));
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
    EndRun();
    if (builder_.empty() && !said_) {
      builder_.Report(0, "",
                      "No drive was wiped in this log. Expected lines such as `notice: Invoking "
                      "method 'PRNG Stream' on /dev/sda`.");
    }
  }

 private:
  void TakeLine(std::string_view line) {
    if (line.size() > kLineBytesMax) return Report("", "Has more than 8192 bytes.", line);
    line = Strip(line);
    if (line.empty()) return;
    if (line.find("* Error Summary *") != std::string_view::npos) {
      table_ = Table::kErrors;
    } else if (line.find("* Drive Status *") != std::string_view::npos) {
      table_ = Table::kStatus;
    } else if (line.front() == '[') {
      table_ = Table::kNone;
      TakeEntry(line);
    } else if (line.find_first_not_of("*-") == std::string_view::npos) {
      return;  // a rule of a table
    } else if (table_ != Table::kNone) {
      TakeRow(line);
    } else {
      TakeOption(line);  // the options stand without time in some versions
    }
  }

  // "[2023/03/12 10:11:12]  notice: message", in old versions with "nwipe: " before the level.
  void TakeEntry(std::string_view line) {
    const std::size_t close = line.find(']');
    const auto time =
        close == std::string_view::npos ? std::nullopt : ParseTime(line.substr(1, close - 1));
    if (!time) {
      return Report("", "Has no time. Expected `[YYYY/MM/DD HH:MM:SS]  level: message`.", line);
    }
    now_ = *time;
    std::string_view rest = Strip(line.substr(close + 1));
    if (ConsumePrefix(&rest, "nwipe:")) rest = Strip(rest);
    constexpr std::array<std::string_view, 8> kLevels = {
        "debug:", "info:", "notice:", "warning:", "error:", "fatal:", "sanity:", "none:"};
    for (const std::string_view level : kLevels) {
      if (!ConsumePrefix(&rest, level)) continue;
      TakeMessage(Strip(rest), level == "error:" || level == "fatal:" || level == "sanity:");
      return;
    }
    TakeMessage(rest, false);  // such as the line of the total throughput
  }

  void TakeMessage(std::string_view message, bool is_error) {
    std::string_view rest = message;
    if (ConsumePrefix(&rest, "nwipe ") && !rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
      EndRun();
      version_ = std::string(rest.substr(0, rest.find(' ')));
    } else if (message.starts_with("Found ")) {
      TakeFound(message.substr(6));
    } else if (message.starts_with("Nwipe was aborted by the user")) {
      aborted_ = true;
    } else if (is_error) {
      TakeError(message);
    } else if (!TakeProgress(message) && !TakeFact(message)) {
      TakeOption(message);
    }
  }

  // "Found /dev/sda,  ATA, TOSHIBA MQ01,  500 GB, S/N=Y5K7": the line is cut in some versions, so
  // that its serial number serves only until a better one is told.
  void TakeFound(std::string_view text) {
    const std::vector<std::string_view> parts = Split(text, ',');
    Drive* drive = Of(DriveName(parts[0]));
    if (drive == nullptr) return;
    if (parts.size() > 1) drive->bus = std::string(Strip(parts[1]));
    if (parts.size() > 2) drive->model = std::string(Strip(parts[2]));
    const std::size_t at = text.find("S/N=");
    if (at != std::string_view::npos && drive->serial.empty()) {
      drive->serial = std::string(Strip(text.substr(at + 4)));
    }
  }

  void TakeError(std::string_view message) {
    for (auto& [name, drive] : drives_) {
      const std::size_t at = message.find(Cat("/dev/", name));
      if (at == std::string_view::npos) continue;
      const std::string_view behind = message.substr(at + 5 + name.size(), 1);
      if (!behind.empty() && behind.find_first_of("'., :") == std::string_view::npos) continue;
      ++drive.errors;
      drive.last = now_;
    }
  }

  bool TakeProgress(std::string_view message) {
    if (message.starts_with("Invoking method ")) {
      const std::size_t begin = message.find('\'');
      const std::size_t end = message.find('\'', begin + 1);
      Drive* drive = Of(DriveAfter(message, " on "));
      if (begin == std::string_view::npos || end == std::string_view::npos || drive == nullptr) {
        Report("", "Expected `Invoking method 'NAME' on DEVICE`.", message);
        return true;
      }
      drive->method = std::string(message.substr(begin + 1, end - begin - 1));
      drive->line = line_;
      return true;
    }
    const bool starts = message.starts_with("Starting pass ");
    const bool ends = message.starts_with("Finished pass ");
    const bool verified = message.starts_with("Verified pass ");
    if (starts || ends || verified) {
      std::int64_t pass = 0;
      std::int64_t passes = 0;
      Drive* drive = Of(DriveAfter(message, " on "));
      if (drive == nullptr || !ParsePass(message, &pass, &passes)) {
        Report("", "Expected `pass N/M, round N/M, on DEVICE` or `pass N of M, ...`.", message);
        return true;
      }
      drive->passes_planned = std::max(drive->passes_planned, passes);
      if (ends) drive->passes_done = std::max(drive->passes_done, pass);
      drive->verified = drive->verified || verified;
      return true;
    }
    if (message.starts_with("Finished final round ")) {
      if (Drive* drive = Of(DriveAfter(message, " on ")); drive != nullptr) drive->finished = true;
      return true;
    }
    if (message.starts_with("[SUCCESS] Verified that ")) {
      if (Drive* drive = Of(DriveAfter(message, "that ")); drive != nullptr) drive->verified = true;
      return true;
    }
    if (message.starts_with("[FAILURE] ")) {
      if (Drive* drive = Of(DriveName(message.substr(10))); drive != nullptr) ++drive->errors;
      return true;
    }
    return false;
  }

  // What the log tells of a drive or of the machine.
  bool TakeFact(std::string_view message) {
    if (const std::size_t at = message.find(" has serial number "); at != std::string_view::npos) {
      if (Drive* drive = Of(DriveName(message.substr(0, at))); drive != nullptr) {
        drive->serial = std::string(Strip(message.substr(at + 19)));
      }
      return true;
    }
    if (const std::size_t at = message.find(", sect/blk/dev "); at != std::string_view::npos) {
      Drive* drive = Of(DriveName(message.substr(0, at)));
      const auto bytes = ParseCount(message.substr(message.rfind('/') + 1));
      if (drive != nullptr && bytes) drive->bytes = *bytes;
      return true;
    }
    const std::size_t equals = message.find('=');
    if (equals == std::string_view::npos) return false;
    const std::string_view name = Strip(message.substr(0, equals));
    const std::string_view value = Strip(message.substr(equals + 1));
    if (name == "system-serial-number" && !IsNoSerial(value)) host_serial_ = std::string(value);
    if (name == "system-manufacturer" && !IsNoSerial(value)) host_maker_ = std::string(value);
    if (name == "system-product-name" && !IsNoSerial(value)) host_model_ = std::string(value);
    return name.starts_with("system-");
  }

  // "prng     = Isaac (rand.c 20010626)", of the options of the program.
  void TakeOption(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view name = Strip(text.substr(0, equals));
    const std::string_view value = Strip(text.substr(equals + 1));
    if (name == "prng") prng_ = std::string(value);
    if (name == "rounds") rounds_ = std::string(value);
    if (name == "verify") verify_ = std::string(value);
  }

  void TakeRow(std::string_view line) {
    const std::vector<std::string_view> cells = Split(line, '|');
    if (cells.size() < 2 || cells[0].find("Device") != std::string_view::npos) return;
    Drive* drive = Of(DriveName(cells[0]));
    if (drive == nullptr) return Report("", "Expected the name of a drive in the table.", line);
    if (table_ == Table::kErrors) {
      std::int64_t errors = 0;
      for (std::size_t i = 1; i < cells.size(); ++i) {
        if (Strip(cells[i]).empty()) continue;
        const auto count = ParseCount(cells[i]);
        if (!count) return Report("Error Summary", "Expected numbers of errors.", line);
        errors += *count;
      }
      drive->errors = std::max(drive->errors, errors);
      return;
    }
    std::string_view status = Strip(cells[1]);
    while (!status.empty() && status.front() == '-') status.remove_prefix(1);
    while (!status.empty() && status.back() == '-') status.remove_suffix(1);
    drive->status = Lower(status);
    drive->status_line = line_;
    const std::string_view last = cells.back();
    const std::size_t slash = last.rfind('/');
    if (cells.size() < 5 || slash == std::string_view::npos) return;
    if (drive->model.empty()) drive->model = std::string(Strip(last.substr(0, slash)));
    if (drive->serial.empty()) drive->serial = std::string(Strip(last.substr(slash + 1)));
  }

  // Null for what is no name, and when there are too many.
  Drive* Of(const std::string& name) {
    if (name.empty()) return nullptr;
    const auto found = drives_.find(name);
    if (found == drives_.end() && drives_.size() >= kDrivesMax) return nullptr;
    Drive& drive = found == drives_.end() ? drives_[name] : found->second;
    if (drive.line == 0) drive.line = line_;
    drive.last = now_;
    return &drive;
  }

  void Report(std::string_view path, std::string_view problem, std::string_view value) {
    said_ = true;
    builder_.Report(line_, path, problem, value);
  }

  void EndRun() {
    for (const auto& [name, drive] : drives_) {
      if (drive.method.empty() && drive.status.empty()) continue;  // found, not wiped
      if (!over_) over_ = !builder_.Add(RecordOf(name, drive));
    }
    drives_.clear();
    version_.clear();
    prng_.clear();
    rounds_.clear();
    verify_.clear();
    host_serial_.clear();
    host_maker_.clear();
    host_model_.clear();
    aborted_ = false;
    now_.reset();
  }

  v1::WipeOutcome OutcomeOf(const std::string& name, const Drive& drive) {
    if (drive.status == "uaborted" || (drive.status.empty() && aborted_)) {
      return v1::WIPE_OUTCOME_ABORTED;
    }
    if (drive.status == "failed" || drive.status == "insanity" || drive.errors > 0) {
      return v1::WIPE_OUTCOME_FAILED;
    }
    if (drive.status.empty()) {  // a log that broke off, or of a version without tables
      const bool whole = drive.finished && drive.passes_done >= drive.passes_planned;
      return whole ? v1::WIPE_OUTCOME_SUCCEEDED : v1::WIPE_OUTCOME_ABORTED;
    }
    if (drive.status != "erased") {
      said_ = true;
      builder_.Report(drive.status_line, name,
                      "Has an unknown status. Expected Erased, -FAILED-, UABORTED or INSANITY.",
                      drive.status);
    } else if (drive.passes_done < drive.passes_planned) {
      said_ = true;
      builder_.Report(
          drive.status_line, name,
          Cat("Is called erased, and the log shows ", std::to_string(drive.passes_done), " of ",
              std::to_string(drive.passes_planned), " passes finished. Expected the whole log."));
    }
    return v1::WIPE_OUTCOME_SUCCEEDED;
  }

  std::string StandardOf(const Drive& drive) const {
    std::string standard = drive.method.empty() ? "overwrite" : drive.method;
    if (!prng_.empty()) standard += Cat(", PRNG ", prng_);
    if (!rounds_.empty()) standard += Cat(", rounds ", rounds_);
    return standard;
  }

  v1::ResultRecord RecordOf(const std::string& name, const Drive& drive) {
    v1::ResultRecord record;
    record.set_line(drive.line);
    record.set_path(name);
    record.set_tool("nwipe");
    record.set_tool_version(version_);
    if (drive.last) *record.mutable_done_time() = common::ToProto(*drive.last);
    v1::DeviceClaim* device = record.mutable_device();
    if (!drive.serial.empty()) device->add_serials(drive.serial);
    device->set_model(drive.model);
    device->set_media_type(drive.bus);
    device->set_capacity_bytes(drive.bytes);
    device->set_is_drive(true);
    if (!host_serial_.empty()) {
      record.mutable_host()->add_serials(host_serial_);
      record.mutable_host()->set_maker(host_maker_);
      record.mutable_host()->set_model(host_model_);
    }
    v1::WipeClaim* wipe = record.mutable_wipe();
    // These two only read.
    wipe->set_method(drive.method.starts_with("Verify ")
                         ? inventory::v1::SANITIZATION_METHOD_EVALUATED_EMPTY
                         : inventory::v1::SANITIZATION_METHOD_CLEAR);
    wipe->set_standard(StandardOf(drive));
    wipe->set_outcome(OutcomeOf(name, drive));
    wipe->set_passes_done_count(static_cast<std::int32_t>(drive.passes_done));
    wipe->set_passes_planned_count(static_cast<std::int32_t>(drive.passes_planned));
    wipe->set_error_count(drive.errors);
    if (drive.verified) {
      wipe->set_verification_method(verify_.empty() ? "read back by nwipe"
                                                    : Cat("read back by nwipe: ", verify_));
    }
    return record;
  }

  ResultBuilder& builder_;
  std::int64_t line_ = 0;
  Table table_ = Table::kNone;
  bool said_ = false;
  bool over_ = false;
  // Of the run.
  std::map<std::string, Drive> drives_;
  std::optional<absl::Time> now_;
  std::string version_;
  std::string prng_;
  std::string rounds_;
  std::string verify_;
  std::string host_serial_;
  std::string host_maker_;
  std::string host_model_;
  bool aborted_ = false;
};

}  // namespace

void ReadNwipeLog(std::string_view text, ResultBuilder* builder) { NwipeLog(builder).Read(text); }

}  // namespace loopdock::grading
