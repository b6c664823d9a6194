// SPDX-License-Identifier: Apache-2.0
// CSV: the separator and the heading line are found together, as what makes most sense of the first
// lines; everything below is judged by the heading.
#include <algorithm>
#include <optional>
#include <utility>

#include "services/common/csv_rows.h"
#include "services/intake/core/manifest_claims.h"
#include "services/intake/core/manifest_headings.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

using common::CsvRow;
using common::CsvRows;

constexpr int kTitleLinesMax = 20;
constexpr std::size_t kColumnsMax = 256;
constexpr std::string_view kSeparators = ",;\t|";
constexpr std::string_view kSerialListSeparators = ",;|\r\n";

struct Heading {
  char separator = ',';
  std::int64_t line = 0;
  ColumnPlan plan;
};

// Some spreadsheets say so in a first line "sep=;".
std::string_view SeparatorsOf(std::string_view* text, std::int64_t* lines) {
  std::string_view rest = *text;
  if (!ConsumePrefix(&rest, "sep=") || rest.empty()) return kSeparators;
  const std::string_view said = rest.substr(0, 1);
  rest.remove_prefix(1);
  if (!ConsumePrefix(&rest, "\r\n") && !ConsumePrefix(&rest, "\n")) return kSeparators;
  *text = rest;
  *lines = 1;
  return said;
}

// Of the first lines under every separator the one of which most is understood.
Heading FindHeading(std::string_view text, std::string_view separators,
                    const ManifestOptions& options) {
  Heading best;
  for (const char separator : separators) {
    CsvRows rows(text, separator);
    CsvRow row;
    for (int i = 0; i < kTitleLinesMax && rows.Next(&row);) {
      if (row.blank()) continue;
      ++i;
      if (!row.problem.empty() || row.cells.size() > kColumnsMax) continue;
      ColumnPlan plan = PlanColumns(row.cells, options);
      const bool better =
          plan.recognised > best.plan.recognised ||
          (plan.recognised == best.plan.recognised && best.plan.recognised > 0 &&
           separator != best.separator && plan.fields.size() > best.plan.fields.size());
      if (plan.names_things && better) best = {separator, row.line, std::move(plan)};
    }
  }
  return best;
}

// How the numbers of a mass column part a fraction. "1,234" alone could be both: a number elsewhere
// in the column that can be read in one way only decides, else the separator of the file.
class DecimalMark {
 public:
  void See(std::string_view text) {
    std::string_view digits =
        text.substr(0, std::min(text.find_first_not_of("0123456789.,"), text.size()));
    const std::size_t last = digits.find_last_of(".,");
    if (last == std::string_view::npos) return;
    const char mark = digits[last];
    const char other = mark == '.' ? ',' : '.';
    const bool repeated = digits.find(mark) != last;
    const bool both = Contains(digits, other);
    if (digits.size() - last != 4 || digits.starts_with("0") || last > 3 || (both && !repeated)) {
      Vote(repeated ? other : mark);
    } else if (repeated) {
      Vote(other);
    }
    (mark == '.' ? seen_dot_ : seen_comma_) = true;
  }
  // 0 when the column contradicts itself.
  char Choose(char separator) const {
    if (dot_ > 0 && comma_ > 0) return '\0';
    if (dot_ > 0) return '.';
    if (comma_ > 0) return ',';
    return seen_comma_ && !seen_dot_ && separator != ',' ? ',' : '.';
  }

 private:
  void Vote(char decimal) { ++(decimal == '.' ? dot_ : comma_); }

  int dot_ = 0;
  int comma_ = 0;
  bool seen_dot_ = false;
  bool seen_comma_ = false;
};

class CsvManifest {
 public:
  CsvManifest(std::string_view text, std::int64_t lines_before, Heading heading,
              const ManifestOptions& options, ManifestBuilder* builder)
      : text_(text),
        lines_before_(lines_before),
        heading_(std::move(heading)),
        options_(options),
        builder_(*builder) {}

  void Read() {
    ChooseDecimal();
    CsvRows rows(text_, heading_.separator);
    CsvRow row;
    for (std::int64_t read = 0; rows.Next(&row);) {
      if (row.line <= heading_.line || row.blank()) continue;
      if (++read > kManifestFileLinesMax + 1) {
        builder_.Report(row.line + lines_before_, "", "The file has more than 100000 lines.");
        return;
      }
      if (!Take(row)) return;
    }
    CheckTotals();
  }

 private:
  struct Totals {
    std::int64_t line = 0;
    std::string quantity, mass;
  };

  std::string_view ColumnName(std::size_t column) const {
    return column < heading_.plan.headings.size() ? std::string_view(heading_.plan.headings[column])
                                                  : std::string_view();
  }

  void ChooseDecimal() {
    const auto& fields = heading_.plan.fields;
    const auto column =
        static_cast<std::size_t>(std::find(fields.begin(), fields.end(), kMass) - fields.begin());
    counts_pieces_ = std::find(fields.begin(), fields.end(), kQuantity) != fields.end();
    if (column == fields.size()) return;
    CsvRows rows(text_, heading_.separator);
    CsvRow row;
    DecimalMark mark;
    while (rows.Next(&row)) {
      if (row.line > heading_.line && row.problem.empty() && column < row.cells.size()) {
        mark.See(row.cells[column]);
      }
    }
    decimal_ = mark.Choose(heading_.separator);
    if (decimal_ != '\0') return;
    decimal_ = '.';
    builder_.Report(heading_.line + lines_before_, ColumnName(column),
                    "Has numbers with decimal commas and numbers with decimal points: write all "
                    "in one way.");
  }

  // The columns of the row against those of the heading.
  bool RightWidth(const CsvRow& row) {
    const auto& fields = heading_.plan.fields;
    const std::int64_t line = row.line + lines_before_;
    for (std::size_t i = fields.size(); i < row.cells.size(); ++i) {
      if (row.cells[i].empty()) continue;
      builder_.Report(
          line, "",
          Cat("Has ", std::to_string(row.cells.size()), " cells, the heading ",
              std::to_string(fields.size()), ": a cell with a separator in it needs quotes."),
          row.cells[i]);
      return false;
    }
    for (std::size_t i = row.cells.size(); i < fields.size(); ++i) {
      if (fields[i] == kManifestFieldCount) continue;
      builder_.Report(line, ColumnName(i),
                      Cat("Is missing: the line ends after ", std::to_string(row.cells.size()),
                          " of ", std::to_string(fields.size()), " cells."));
      return false;
    }
    return true;
  }

  // False at the end of what is taken.
  bool Take(const CsvRow& row) {
    const std::int64_t line = row.line + lines_before_;
    if (!row.problem.empty()) {
      builder_.Report(line, ColumnName(row.problem_cell), row.problem);
      return true;
    }
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (row.cells[i].size() <= kManifestFieldBytesMax) continue;
      builder_.Report(line, ColumnName(i), "Has more than 8192 bytes.", row.cells[i]);
      return true;
    }
    ManifestClaim claim = ClaimOf(row);
    if (IsTotals(row, claim)) {
      DropTotals();
      totals_ = Totals{line, std::string(claim.fields[kQuantity].text),
                       std::string(claim.fields[kMass].text)};
      return true;
    }
    DropTotals();
    if (!RightWidth(row)) return true;
    return builder_.Add(claim);
  }

  ManifestClaim ClaimOf(const CsvRow& row) const {
    ManifestClaim claim;
    claim.line = row.line + lines_before_;
    claim.decimal = decimal_;
    claim.counts_pieces = counts_pieces_;
    claim.mass_unit_g = options_.mass_unit_g > 0        ? options_.mass_unit_g
                        : heading_.plan.mass_unit_g > 0 ? heading_.plan.mass_unit_g
                                                        : 1;
    const auto& fields = heading_.plan.fields;
    for (std::size_t i = 0; i < fields.size() && i < row.cells.size(); ++i) {
      if (fields[i] == kManifestFieldCount) continue;
      std::string_view cell = row.cells[i];
      const bool is_number = fields[i] == kSerial || fields[i] == kImei || fields[i] == kGtin ||
                             fields[i] == kAssetTag;
      if (is_number) ConsumePrefix(&cell, "'");  // what makes a spreadsheet keep digits
      if (IsNothingWord(cell)) cell = {};
      if (fields[i] != kSerial) {
        claim.fields[fields[i]] = {cell, heading_.plan.headings[i]};
        continue;
      }
      for (const std::string_view piece : Split(cell, kSerialListSeparators)) {
        const std::string_view serial = Strip(piece);
        if (!serial.empty()) claim.serials.push_back({serial, heading_.plan.headings[i]});
      }
    }
    return claim;
  }

  // A word for totals in any cell, and nothing in the line that names a device.
  static bool IsTotals(const CsvRow& row, const ManifestClaim& claim) {
    const auto first = std::find_if(row.cells.begin(), row.cells.end(), IsTotalWord);
    if (first == row.cells.end() || !claim.fields[kImei].text.empty()) return false;
    const auto is_word = [](const Stated& stated) {
      return stated.text.empty() || IsTotalWord(stated.text);
    };
    return is_word(claim.fields[kAssetTag]) && is_word(claim.fields[kModel]) &&
           std::all_of(claim.serials.begin(), claim.serials.end(), is_word);
  }

  // Totals that are not the last line.
  void DropTotals() {
    if (!totals_) return;
    builder_.Report(totals_->line, "", "A line of totals stands between other lines; take it out.");
    totals_.reset();
  }

  void CheckTotals() {
    if (!totals_) return;
    const auto& fields = heading_.plan.fields;
    const auto name = [&](ManifestField field) {
      const auto at = std::find(fields.begin(), fields.end(), field);
      return ColumnName(static_cast<std::size_t>(at - fields.begin()));
    };
    if (!totals_->quantity.empty() && !IsTotalWord(totals_->quantity)) {
      std::string plain = totals_->quantity;
      std::erase_if(plain, [](char c) { return c == ',' || c == '.' || c == ' '; });
      if (ParsePieces(totals_->quantity) != builder_.piece_count() &&
          ParsePieces(plain) != builder_.piece_count()) {
        builder_.Report(totals_->line, name(kQuantity),
                        Cat("The lines above have ", std::to_string(builder_.piece_count()),
                            " pieces together."),
                        totals_->quantity);
      }
    }
    if (totals_->mass.empty() || IsTotalWord(totals_->mass)) return;
    const double unit_g = ClaimOf({}).mass_unit_g;
    const std::int64_t total = ParseMass(totals_->mass, unit_g, decimal_);
    // Each line was rounded by itself.
    const std::int64_t apart =
        total > builder_.mass_g() ? total - builder_.mass_g() : builder_.mass_g() - total;
    if (total >= 0 && apart <= builder_.mass_g() / 1000 + 1) return;
    builder_.Report(totals_->line, name(kMass),
                    Cat("The lines above have ", std::to_string(builder_.mass_g()), " g together."),
                    totals_->mass);
  }

  const std::string_view text_;
  const std::int64_t lines_before_;
  const Heading heading_;
  const ManifestOptions& options_;
  ManifestBuilder& builder_;
  char decimal_ = '.';
  bool counts_pieces_ = false;
  std::optional<Totals> totals_;
};

// What the heading says of itself, for who sent the file.
void Describe(const Heading& heading, const ManifestOptions& options, std::int64_t line,
              ManifestReading* reading, ManifestBuilder* builder) {
  const ColumnPlan& plan = heading.plan;
  for (std::size_t i = 0; i < plan.headings.size(); ++i) {
    if (plan.headings[i].empty()) continue;
    if (plan.fields[i] == kManifestFieldCount) {
      reading->unused_columns.push_back(plan.headings[i]);
    } else {
      reading->columns[std::string(kManifestFieldNames[plan.fields[i]])] = plan.headings[i];
    }
  }
  for (const auto& [name, given] : options.columns) {
    if (!reading->columns.contains(name)) {
      builder->Report(line, given,
                      Cat("The heading has no such column, which is to be ", name, "."));
    }
  }
}

}  // namespace

void ReadManifestCsv(std::string_view text, const ManifestOptions& options,
                     ManifestReading* reading, ManifestBuilder* builder) {
  std::int64_t lines_before = 0;
  const std::string_view separators = SeparatorsOf(&text, &lines_before);
  Heading heading = FindHeading(text, separators, options);
  if (heading.line == 0) {
    builder->Report(
        0, "",
        "None of the first 20 lines has a heading that names serial numbers, models, "
        "GTINs or descriptions; say which is what: `--column FIELD=HEADING` at the command "
        "line, `columns` in the API.");
    return;
  }
  Describe(heading, options, heading.line + lines_before, reading, builder);
  CsvManifest(text, lines_before, std::move(heading), options, builder).Read();
}

}  // namespace loopdock::intake
