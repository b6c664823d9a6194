// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_words.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "services/common/hash.h"
#include "services/common/json.h"

namespace loopdock::cli {
namespace {

using intake::v1::ScanRequest;
using intake::v1::ScanResponse;
using inventory::v1::ReceivingCounts;

constexpr size_t kWhatMax = 40;
constexpr size_t kMessageMax = 500;

struct OutcomeWords {
  const char* word;
  Tone tone;
};

OutcomeWords WordsOf(inventory::v1::ScanOutcome outcome) {
  switch (outcome) {
    case inventory::v1::SCAN_OUTCOME_BOOKED:
      return {"booked", Tone::kGood};
    case inventory::v1::SCAN_OUTCOME_ADDED:
      return {"added", Tone::kGood};
    case inventory::v1::SCAN_OUTCOME_CONTAINER:
      return {"container", Tone::kGood};
    case inventory::v1::SCAN_OUTCOME_DUPLICATE:
      return {"DUPLICATE", Tone::kCheck};
    case inventory::v1::SCAN_OUTCOME_UNREAD:
      return {"UNREAD", Tone::kBad};
    case inventory::v1::SCAN_OUTCOME_CHOICE:
      return {"CHOOSE", Tone::kBad};
    default:
      return {"answered", Tone::kCheck};
  }
}

// How it compares with the manifest, or nothing.
OutcomeWords MatchWords(inventory::v1::ManifestMatch match) {
  switch (match) {
    case inventory::v1::MANIFEST_MATCH_MATCHED:
      return {"on the manifest", Tone::kGood};
    case inventory::v1::MANIFEST_MATCH_UNEXPECTED:
      return {"NOT ON THE MANIFEST", Tone::kCheck};
    case inventory::v1::MANIFEST_MATCH_WRONG_MODEL:
      return {"ANOTHER MODEL THAN CLAIMED", Tone::kCheck};
    case inventory::v1::MANIFEST_MATCH_OVER:
      return {"MORE THAN CLAIMED", Tone::kCheck};
    default:
      return {"", Tone::kPlain};
  }
}

void AddPart(std::vector<std::string>& parts, std::int64_t count, const char* what) {
  if (count > 0) parts.push_back(absl::StrCat(count, " ", what));
}

std::string WhatCame(const inventory::v1::Discrepancy& row) {
  if (!row.identifiers().empty()) return Visible(row.identifiers(), 40);
  const auto& line = row.line();
  for (const std::string* claimed :
       {&line.serial(), &line.imei(), &line.asset_tag(), &line.model(), &line.gtin()}) {
    if (!claimed->empty()) return Visible(*claimed, 40);
  }
  return Visible(line.description(), 40);
}

}  // namespace

nlohmann::ordered_json AsJson(const google::protobuf::Message& message) {
  const auto text = common::ProtoToJson(message);
  if (!text.ok()) return {};
  auto json = nlohmann::ordered_json::parse(*text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? nlohmann::ordered_json() : json;
}

std::int64_t MissingOf(const ReceivingCounts& counts) {
  return std::max<std::int64_t>(counts.expected() - (counts.matched() - counts.over()), 0);
}

void AddCounts(const ReceivingCounts& counts, int plus, ReceivingCounts* sum) {
  sum->set_matched(sum->matched() + plus * counts.matched());
  sum->set_unexpected(sum->unexpected() + plus * counts.unexpected());
  sum->set_duplicates(sum->duplicates() + plus * counts.duplicates());
  sum->set_wrong_model(sum->wrong_model() + plus * counts.wrong_model());
  sum->set_over(sum->over() + plus * counts.over());
}

std::string TotalsText(const ReceiveState& state) {
  const ReceivingCounts& counts = state.counts;
  std::vector<std::string> parts;
  if (counts.expected() > 0) {
    parts.push_back(absl::StrCat(counts.matched(), " of ", counts.expected(), " matched"));
    parts.push_back(absl::StrCat(MissingOf(counts), " missing"));
    parts.push_back(absl::StrCat(counts.unexpected(), " unexpected"));
  } else {
    parts.push_back("no manifest");
    parts.push_back(absl::StrCat(state.assets, state.assets == 1 ? " device" : " devices"));
  }
  parts.push_back(absl::StrCat(counts.duplicates(), " duplicate"));
  AddPart(parts, counts.wrong_model(), "wrong model");
  AddPart(parts, counts.over(), "over");
  AddPart(parts, state.unread, "unread");
  return absl::StrJoin(parts, ", ");
}

std::string WhatOf(const ScanRequest& scan) {
  return Visible(scan.display_name().empty() ? scan.text() : scan.display_name(), kWhatMax);
}

Report DescribeAnswer(const ScanRequest& scan, const ScanResponse& answer) {
  const std::string what = WhatOf(scan);
  if (answer.has_error()) {
    return {Tone::kBad,
            absl::StrCat(what, "  REFUSED  ", Visible(answer.error().message(), kMessageMax))};
  }
  const OutcomeWords outcome = WordsOf(answer.outcome());
  const OutcomeWords match = MatchWords(answer.scan().match());
  Report report{
      std::max(outcome.tone, match.tone),
      absl::StrCat(what, "  ", outcome.word, "  ", Visible(answer.message(), kMessageMax))};
  if (*match.word != '\0') absl::StrAppend(&report.text, "  [", match.word);
  if (answer.scan().manifest_line() > 0) {
    absl::StrAppend(&report.text, ", line ", answer.scan().manifest_line());
  }
  if (*match.word != '\0') absl::StrAppend(&report.text, "]");
  return report;
}

std::string DiscrepanciesTable(const inventory::v1::ListDiscrepanciesResponse& page) {
  Table table({"DIFFERENCE", "LINE", "WHAT", "MODEL", "PIECES", "ASSET"});
  for (const auto& row : page.discrepancies()) {
    const std::string& model = row.model().empty() ? row.line().model() : row.model();
    table.Add({Word(DiscrepancyKind_Name(row.kind()), "DISCREPANCY_KIND_"),
               row.has_line() ? absl::StrCat(row.line().number()) : "", WhatCame(row),
               Visible(model, 30), row.quantity() == 0 ? "" : absl::StrCat(row.quantity()),
               row.asset().empty() ? row.lot() : row.asset()});
  }
  return table.ToString();
}

std::string SummaryText(const inventory::v1::SessionSummary& summary) {
  Table table({"Summary", "signed by " + Visible(summary.signed_by())});
  table.Add({"scans", absl::StrCat(summary.scan_count())});
  table.Add({"assets", absl::StrCat(summary.asset_count())});
  table.Add({"unread", absl::StrCat(summary.unread_count())});
  table.Add({"withdrawn", absl::StrCat(summary.withdrawn_count())});
  if (summary.choice_count() > 0) {
    table.Add({"NOT CHOSEN YET", absl::StrCat(summary.choice_count(), " scans, not booked")});
  }
  // Of the whole load: all its sessions, lots and weighings.
  const ReceivingCounts& counts = summary.counts();
  const std::pair<const char*, std::int64_t> rows[] = {{"expected", counts.expected()},
                                                       {"matched", counts.matched()},
                                                       {"missing", MissingOf(counts)},
                                                       {"unexpected", counts.unexpected()},
                                                       {"duplicates", counts.duplicates()},
                                                       {"wrong model", counts.wrong_model()},
                                                       {"over", counts.over()}};
  for (const auto& [what, count] : rows) {
    table.Add({absl::StrCat("load: ", what), absl::StrCat(count)});
  }
  if (counts.weighed_mass_g() > 0) {
    table.Add({"load: weighed", absl::StrCat(counts.weighed_mass_g(), " g")});
  }
  table.Add({"hazards looked for", summary.hazard_inspected() ? "yes" : "no"});
  for (const std::string& finding : summary.hazard_findings()) {
    table.Add({"hazard", Visible(finding)});
  }
  if (!summary.remark().empty()) table.Add({"remark", Visible(summary.remark())});
  table.Add({"SHA-256", summary.sha256()});
  return table.ToString();
}

bool SummaryIsWhole(const inventory::v1::SessionSummary& summary) {
  inventory::v1::SessionSummary content = summary;
  content.clear_sha256();
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    if (!content.SerializeToCodedStream(&coded)) return false;
  }
  return common::Sha256Hex(bytes) == summary.sha256();
}

absl::StatusOr<std::int64_t> ParseMass(std::string_view text) {
  constexpr double kGramsMax = 1e9;
  double unit = 1;
  const std::string lower = absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
  absl::string_view number = lower;
  for (const auto& [suffix, grams] :
       {std::pair<const char*, double>{"kg", 1000}, {"lb", 453.59237}, {"g", 1}}) {
    if (!absl::ConsumeSuffix(&number, suffix)) continue;
    unit = grams;
    break;
  }
  // A comma before one or two digits is a decimal one; before three it may be of thousands.
  std::string point(number);
  const size_t comma = point.find(',');
  const size_t digits = comma == std::string::npos ? 0 : point.size() - comma - 1;
  if (digits == 1 || digits == 2) point[comma] = '.';
  double value = 0;
  const bool is_number = absl::SimpleAtod(point, &value) && std::isfinite(value);
  if (!is_number || value < 0 || value * unit > kGramsMax) {
    return UsageError("'" + Visible(text, 40) + "' is no mass. Type grams, or such as 4.5kg.");
  }
  return static_cast<std::int64_t>(std::llround(value * unit));
}

std::string AsSentence(std::string text) {
  if (!text.empty() && text.back() != '.') text.push_back('.');
  return text;
}

std::string Counted(std::int64_t count, std::string_view what) {
  return absl::StrCat(count, " ", std::string(what), count == 1 ? "" : "s");
}

}  // namespace loopdock::cli
