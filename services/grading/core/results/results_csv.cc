// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/results_csv.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/common/csv_rows.h"
#include "services/common/proto_time.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

using inventory::v1::SanitizationMethod;

enum Column {
  kSerial,
  kImei,
  kAssetTag,
  kMaker,
  kModel,
  kCategory,
  kDriveSerial,
  kDriveMaker,
  kDriveModel,
  kMediaType,
  kCapacity,
  kResult,
  kMethod,
  kStandard,
  kPasses,
  kErrors,
  kVerification,
  kVerifier,
  kTool,
  kToolVersion,
  kOperator,
  kDate,
  kPlan,
  kBattery,
  kTest,
  kUnused,
};

// Headings in lower case, with blanks for dashes, underscores and dots.
constexpr std::array<std::pair<std::string_view, Column>, 61> kHeadings = {{
    {"serial", kSerial},
    {"serial number", kSerial},
    {"serial no", kSerial},
    {"s/n", kSerial},
    {"sn", kSerial},
    {"device serial", kSerial},
    {"host serial", kSerial},
    {"imei", kImei},
    {"asset tag", kAssetTag},
    {"asset", kAssetTag},
    {"maker", kMaker},
    {"manufacturer", kMaker},
    {"vendor", kMaker},
    {"model", kModel},
    {"product", kModel},
    {"category", kCategory},
    {"device type", kCategory},
    {"drive serial", kDriveSerial},
    {"disk serial", kDriveSerial},
    {"hdd serial", kDriveSerial},
    {"media serial", kDriveSerial},
    {"drive serial number", kDriveSerial},
    {"drive maker", kDriveMaker},
    {"drive manufacturer", kDriveMaker},
    {"disk vendor", kDriveMaker},
    {"drive model", kDriveModel},
    {"disk model", kDriveModel},
    {"media type", kMediaType},
    {"drive type", kMediaType},
    {"capacity", kCapacity},
    {"size", kCapacity},
    {"result", kResult},
    {"status", kResult},
    {"state", kResult},
    {"erasure result", kResult},
    {"erasure status", kResult},
    {"wipe result", kResult},
    {"method", kMethod},
    {"standard", kStandard},
    {"erasure standard", kStandard},
    {"erasure method", kStandard},
    {"wipe method", kStandard},
    {"passes", kPasses},
    {"rounds", kPasses},
    {"errors", kErrors},
    {"verification", kVerification},
    {"verification method", kVerification},
    {"verifier", kVerifier},
    {"verified by", kVerifier},
    {"tool", kTool},
    {"software", kTool},
    {"tool version", kToolVersion},
    {"software version", kToolVersion},
    {"operator", kOperator},
    {"technician", kOperator},
    {"date", kDate},
    {"time", kDate},
    {"end time", kDate},
    {"completed", kDate},
    {"test plan", kPlan},
    {"battery health", kBattery},
}};

std::string Plain(std::string_view heading) {
  std::string plain = Lower(Strip(heading));
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return c == '-' || c == '_' || c == '.'; }, ' ');
  return std::string(Strip(plain));
}

struct Heading {
  Column column = kUnused;
  std::string text;      // as it stands in the file
  std::string function;  // of a test
};

Heading HeadingOf(std::string_view text) {
  Heading heading{.text = std::string(Strip(text))};
  std::string_view rest = heading.text;
  if (Lower(rest.substr(0, 5)) == "test:") {
    heading.column = kTest;
    heading.function = std::string(Strip(rest.substr(5)));
    return heading;
  }
  const std::string plain = Plain(text);
  const auto found = std::find_if(kHeadings.begin(), kHeadings.end(),
                                  [&](const auto& known) { return known.first == plain; });
  if (found != kHeadings.end()) heading.column = found->second;
  return heading;
}

std::optional<SanitizationMethod> MethodNamed(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, SanitizationMethod>, 5> kMethods = {{
      {"clear", inventory::v1::SANITIZATION_METHOD_CLEAR},
      {"purge", inventory::v1::SANITIZATION_METHOD_PURGE},
      {"destroy", inventory::v1::SANITIZATION_METHOD_DESTROY},
      {"no storage", inventory::v1::SANITIZATION_METHOD_NO_STORAGE},
      {"empty", inventory::v1::SANITIZATION_METHOD_EVALUATED_EMPTY},
  }};
  const std::string word = Plain(text);
  for (const auto& [name, method] : kMethods) {
    if (word == name) return method;
  }
  return std::nullopt;
}

class CsvResults {
 public:
  CsvResults(std::string_view text, ResultBuilder* builder) : text_(text), builder_(*builder) {}

  void Read() {
    const char separator = SeparatorOf();
    common::CsvRows rows(text_, separator);
    common::CsvRow row;
    while (rows.Next(&row)) {
      if (row.blank()) continue;
      if (headings_.empty()) {
        if (!TakeHeading(row)) return;
      } else if (!TakeRow(row)) {
        return;
      }
    }
    if (headings_.empty()) {
      builder_.Report(1, "",
                      "Has no heading. Expected columns such as serial, result, test:display.");
    } else if (builder_.empty()) {
      builder_.Report(1, "", "Has no line below its heading. Expected one for each device.");
    }
  }

 private:
  // The one that makes the most of the first line into known headings.
  char SeparatorOf() const {
    const std::string_view first = text_.substr(0, text_.find_first_of("\r\n"));
    char best = ',';
    std::ptrdiff_t most = 0;
    for (const char separator : {',', ';', '\t', '|'}) {
      const auto cells = Split(first, separator);
      const auto known = std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
        if (cell.size() > 1 && cell.front() == '"') cell = cell.substr(1, cell.size() - 2);
        return HeadingOf(cell).column != kUnused;
      });
      if (known > most) {
        most = known;
        best = separator;
      }
    }
    return best;
  }

  bool TakeHeading(const common::CsvRow& row) {
    if (!row.problem.empty()) {
      builder_.Report(row.line, "", row.problem);
      return false;
    }
    bool good = true;
    std::vector<std::string> seen;
    for (const std::string_view cell : row.cells) {
      Heading heading = HeadingOf(cell);
      if (heading.column != kUnused) {
        const std::string key = Cat(std::to_string(heading.column), " ", Lower(heading.function));
        if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
          builder_.Report(row.line, heading.text,
                          "Is a second column of the same meaning. Expected one.");
          good = false;
        }
        seen.push_back(key);
      }
      headings_.push_back(std::move(heading));
    }
    const auto is_id = [](const Heading& heading) {
      return heading.column <= kAssetTag || heading.column == kDriveSerial;
    };
    if (std::none_of(headings_.begin(), headings_.end(), is_id)) {
      builder_.Report(row.line, "",
                      "Has no column of serial numbers. Expected serial, imei, asset tag or drive "
                      "serial.");
      good = false;
    }
    return good;
  }

  bool TakeRow(const common::CsvRow& row) {
    line_ = row.line;
    if (!row.problem.empty()) {
      const bool named = row.problem_cell < headings_.size();
      builder_.Report(line_, named ? headings_[row.problem_cell].text : "", row.problem);
      return true;
    }
    if (row.cells.size() > headings_.size()) {
      builder_.Report(
          line_, "",
          Cat("Has ", std::to_string(row.cells.size()), " cells, the heading ",
              std::to_string(headings_.size()), ": a cell with a separator in it needs quotes."));
      return true;
    }
    row_ = &row;
    v1::ResultRecord record;
    record.set_line(line_);
    ReadCommon(&record);
    const bool has_drive = !Cell(kDriveSerial).empty();
    v1::DeviceClaim device = DeviceOf();
    v1::ResultRecord wipe = record;
    const bool has_wipe = ReadWipe(&wipe);
    if (has_drive) {
      *wipe.mutable_device() = DriveOf();
      if (!device.serials().empty()) *wipe.mutable_host() = device;
    } else {
      *wipe.mutable_device() = device;
    }
    const bool has_test = ReadTests(&record);
    if (!has_wipe && !has_test && !has_drive) {
      builder_.Report(line_, "",
                      "Says nothing of the device. Expected a result, a test or a drive.");
      return true;
    }
    if ((has_wipe || has_drive) && !builder_.Add(std::move(wipe))) return false;
    if (!has_test) return true;
    *record.mutable_device() = std::move(device);
    return builder_.Add(std::move(record));
  }

  std::string_view Cell(Column column) const {
    for (std::size_t i = 0; i < headings_.size() && i < row_->cells.size(); ++i) {
      if (headings_[i].column == column) return Strip(row_->cells[i]);
    }
    return "";
  }
  std::string_view NameOf(Column column) const {
    for (const Heading& heading : headings_) {
      if (heading.column == column) return heading.text;
    }
    return "";
  }
  void Bad(Column column, std::string_view problem) {
    builder_.Report(line_, NameOf(column), problem, Cell(column));
  }
  std::string Text(Column column) const { return std::string(Cell(column)); }

  v1::DeviceClaim DeviceOf() const {
    v1::DeviceClaim device;
    for (const Column column : {kSerial, kImei, kAssetTag}) {
      if (!Cell(column).empty()) device.add_serials(Text(column));
    }
    device.set_maker(Text(kMaker));
    device.set_model(Text(kModel));
    device.set_category(Lower(Cell(kCategory)));
    return device;
  }

  v1::DeviceClaim DriveOf() {
    v1::DeviceClaim drive;
    drive.set_is_drive(true);
    drive.add_serials(Text(kDriveSerial));
    drive.set_maker(Text(kDriveMaker));
    drive.set_model(Text(kDriveModel));
    drive.set_media_type(Text(kMediaType));
    if (!Cell(kCapacity).empty()) {
      const auto bytes = ParseBytes(Cell(kCapacity));
      if (bytes) drive.set_capacity_bytes(*bytes);
      if (!bytes) Bad(kCapacity, "Is no size. Expected bytes, or a number with GB, GiB, TB.");
    }
    return drive;
  }

  void ReadCommon(v1::ResultRecord* record) {
    record->set_operator_(Text(kOperator));
    record->set_tool(Text(kTool));
    record->set_tool_version(Text(kToolVersion));
    if (Cell(kDate).empty()) return;
    const auto time = ParseTime(Cell(kDate));
    if (!time) return Bad(kDate, "Is no time. Expected ISO 8601, such as 2026-03-01T09:30:00Z.");
    *record->mutable_done_time() = common::ToProto(*time);
  }

  std::int32_t CountOf(Column column) {
    if (Cell(column).empty()) return 0;
    const auto count = ParseCount(Cell(column));
    if (count && *count <= 1'000'000) return static_cast<std::int32_t>(*count);
    Bad(column, "Is no number. Expected a whole number.");
    return 0;
  }

  bool ReadWipe(v1::ResultRecord* record) {
    if (Cell(kResult).empty()) return false;
    v1::WipeClaim* wipe = record->mutable_wipe();
    const auto outcome = ParseWipeOutcome(Cell(kResult));
    if (!outcome) Bad(kResult, kWipeOutcomesExpected);
    wipe->set_outcome(outcome.value_or(v1::WIPE_OUTCOME_UNSPECIFIED));
    wipe->set_standard(Text(kStandard));
    wipe->set_method(MethodOf(wipe->standard()));
    if (!Cell(kMethod).empty()) {
      const auto method = MethodNamed(Cell(kMethod));
      if (!method) Bad(kMethod, "Expected clear, purge, destroy, no storage or empty.");
      if (method) wipe->set_method(*method);
    }
    wipe->set_passes_planned_count(CountOf(kPasses));
    if (outcome == v1::WIPE_OUTCOME_SUCCEEDED) {
      wipe->set_passes_done_count(wipe->passes_planned_count());
    }
    wipe->set_error_count(CountOf(kErrors));
    wipe->set_verification_method(Text(kVerification));
    wipe->set_verifier(Text(kVerifier));
    return true;
  }

  bool ReadTests(v1::ResultRecord* record) {
    v1::TestClaim test;
    test.set_plan(Text(kPlan));
    for (std::size_t i = 0; i < headings_.size() && i < row_->cells.size(); ++i) {
      const Heading& heading = headings_[i];
      const std::string_view cell = Strip(row_->cells[i]);
      if (cell.empty() || (heading.column != kTest && heading.column != kBattery)) continue;
      v1::FunctionClaim* function = test.add_functions();
      if (heading.column == kBattery) {
        function->set_function("battery");
        function->set_value(std::string(cell));
        if (!ParsePercent(cell)) {
          builder_.Report(line_, heading.text, "Is no share. Expected per cent, such as 87.", cell);
        }
        continue;
      }
      function->set_function(heading.function);
      const auto outcome = ParseOutcome(cell);
      if (!outcome) builder_.Report(line_, heading.text, kOutcomesExpected, cell);
      function->set_outcome(outcome.value_or(inventory::v1::TEST_OUTCOME_UNSPECIFIED));
    }
    if (test.functions().empty()) return false;
    *record->mutable_test() = std::move(test);
    return true;
  }

  const std::string_view text_;
  ResultBuilder& builder_;
  std::vector<Heading> headings_;
  const common::CsvRow* row_ = nullptr;
  std::int64_t line_ = 0;
};

}  // namespace

void ReadResultsCsv(std::string_view text, ResultBuilder* builder) {
  CsvResults(text, builder).Read();
}

}  // namespace loopdock::grading
