// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/report.h"

#include <grpcpp/grpcpp.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/json.h"

namespace loopdock::bench {
namespace {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<double> Values(const std::vector<Pair>& pairs) {
  std::vector<double> values;
  for (const Pair& pair : pairs) values.push_back(pair.value);
  return values;
}

std::vector<double> Ratios(const std::vector<Pair>& pairs) {
  std::vector<double> ratios;
  for (const Pair& pair : pairs) {
    if (pair.baseline > 0) ratios.push_back(pair.value / pair.baseline);
  }
  return ratios;
}

// Four significant digits are more than the noise leaves.
double Rounded(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.4g", value);
  return std::strtod(text, nullptr);
}

nlohmann::ordered_json Span(const std::vector<double>& values) {
  if (values.empty()) return nullptr;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {Rounded(*least), Rounded(*most)};
}

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

}  // namespace

Measured FromPairs(std::string name, std::string unit, std::vector<Pair> pairs, std::string note) {
  Measured measured;
  std::vector<double> baselines;
  for (const Pair& pair : pairs) baselines.push_back(pair.baseline);
  measured.row = {std::move(name), Median(Values(pairs)), std::move(unit), Median(baselines),
                  Median(Ratios(pairs))};
  measured.pairs = std::move(pairs);
  measured.note = std::move(note);
  return measured;
}

std::string MachineLine() {
  utsname kernel{};
  uname(&kernel);
  return absl::StrCat(std::thread::hardware_concurrency(), " cores of ", Processor(), ", ",
                      kernel.sysname, " ", kernel.release, ", gRPC ", grpc::Version(), ", ",
                      absl::FormatTime("%Y-%m-%d %H:%M UTC", absl::Now(), absl::UTCTimeZone()));
}

void PrintHead() {
  std::printf("%-28s %11s %11s  %-12s %6s  %s\n", "name", "value", "baseline", "unit", "ratio",
              "ratio least..most, notes");
}

void PrintMeasured(const Measured& measured) {
  const BenchRow& row = measured.row;
  std::string spread;
  const std::vector<double> ratios = Ratios(measured.pairs);
  if (!ratios.empty()) {
    const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
    char text[64];
    std::snprintf(text, sizeof text, "%.2f..%.2f of %zu pairs", *least, *most, ratios.size());
    spread = text;
  }
  const bool whole = row.value >= 100;
  std::printf("%-28s %11.*f %11.*f  %-12s %6.2f  %s%s%s\n", row.name.c_str(), whole ? 0 : 3,
              row.value, whole ? 0 : 3, row.baseline, row.unit.c_str(), row.ratio, spread.c_str(),
              spread.empty() || measured.note.empty() ? "" : "; ", measured.note.c_str());
  std::fflush(stdout);
}

absl::Status WriteJson(const std::string& path, const std::vector<Measured>& all) {
  const std::string machine = MachineLine();
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Measured& measured : all) {
    const BenchRow& row = measured.row;
    nlohmann::ordered_json json = {{"name", row.name},
                                   {"value", Rounded(row.value)},
                                   {"unit", row.unit},
                                   {"baseline", Rounded(row.baseline)},
                                   {"ratio", Rounded(row.ratio)}};
    if (!measured.pairs.empty()) {
      json["pairs"] = measured.pairs.size();
      json["value_least_most"] = Span(Values(measured.pairs));
      json["ratio_least_most"] = Span(Ratios(measured.pairs));
    }
    if (!measured.note.empty()) json["note"] = measured.note;
    json["machine"] = machine;
    rows.push_back(std::move(json));
  }
  std::string text = "[\n";
  for (size_t i = 0; i < rows.size(); ++i) {
    absl::StrAppend(&text, common::DumpJson(rows[i]), i + 1 < rows.size() ? ",\n" : "\n");
  }
  absl::StrAppend(&text, "]\n");
  return common::WriteFileAtomically(path, text);
}

}  // namespace loopdock::bench
