// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_accuracy.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "services/common/status.h"
#include "services/vision/pool.h"
#include "tests/accuracy/decode_truth.h"

namespace loopdock::accuracy {
namespace {

constexpr int kWorkers = 2;
constexpr int kDeadlineMs = 20'000;

using SecondSymbols = std::set<std::pair<std::string, std::string>>;

struct Counts {
  int pictures = 0;
  int correct = 0;
  int wrong = 0;
  int missed = 0;
  int extra = 0;
  int negatives = 0;
  int false_positives = 0;
};

// What became of one picture.
struct Outcome {
  std::vector<std::string> values;
  std::vector<std::string> shown;
  double ms = 0;
  std::string error;
  bool service_lost = false;
};

SecondSymbols LoadSecondSymbols(const std::string& path) {
  SecondSymbols symbols;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    if (line.starts_with('#') || tab == std::string::npos) continue;
    symbols.emplace(line.substr(0, tab), line.substr(tab + 1));
  }
  return symbols;
}

Outcome ReadPicture(vision::VisionPool& pool, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  vision::v1::Request request;
  request.set_deadline_ms(kDeadlineMs);
  request.mutable_decode();
  Outcome outcome;
  const auto response = pool.Run(std::move(bytes), request);
  if (!response.ok()) {
    outcome.error = common::ReasonOf(response.status());
    // The picture's own fault leaves the service standing; anything else has lost it.
    outcome.service_lost = outcome.error == "WORKER_UNAVAILABLE" || outcome.error.empty();
    outcome.ms = std::strtod(common::MetadataOf(response.status(), "worker_ms").c_str(), nullptr);
    return outcome;
  }
  outcome.ms = response->worker_ms();
  for (const auto& symbol : response->decode().symbols()) {
    outcome.values.push_back(symbol.content());
    outcome.shown.push_back(symbol.format() + "=" + symbol.content() + " (" + symbol.attempt() +
                            ")");
  }
  return outcome;
}

// Through as many callers as there are workers, with progress for the one who waits.
std::vector<Outcome> ReadAll(vision::VisionPool& pool, const std::string& folder,
                             const std::vector<TruthRow>& rows) {
  std::vector<Outcome> outcomes(rows.size());
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < rows.size(); i = next++) {
      outcomes[i] = ReadPicture(pool, folder + "/" + rows[i].path);
      if (i % 100 == 0) std::fprintf(stderr, "\r  decode %zu of %zu", i, rows.size());
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < kWorkers; ++i) callers.emplace_back(work);
  for (std::thread& caller : callers) caller.join();
  std::fprintf(stderr, "\r  decode %zu of %zu\n", rows.size(), rows.size());
  return outcomes;
}

Counts Judge(const TruthRow& row, const Outcome& outcome, const SecondSymbols& seconds) {
  Counts counts;
  if (row.negative()) {
    counts.negatives = 1;
    counts.false_positives = outcome.values.empty() ? 0 : 1;
    return counts;
  }
  if (!row.has_text()) return counts;
  counts.pictures = 1;
  int right = 0;
  int known = 0;
  for (const std::string& value : outcome.values) {
    if (IsTruth(row.symbology, row.text, value)) {
      ++right;
    } else if (seconds.contains({row.path, value})) {
      ++known;
    }
  }
  const int all = static_cast<int>(outcome.values.size());
  if (right > 0) {
    counts.correct = 1;
    // The right value twice is one too many as well.
    counts.extra = seconds.contains({row.path, "*"}) ? 0 : all - 1 - known;
  } else {
    (all > 0 ? counts.wrong : counts.missed) = 1;
  }
  return counts;
}

void Add(Counts& sum, const Counts& more) {
  sum.pictures += more.pictures;
  sum.correct += more.correct;
  sum.wrong += more.wrong;
  sum.missed += more.missed;
  sum.extra += more.extra;
  sum.negatives += more.negatives;
  sum.false_positives += more.false_positives;
}

void PrintRow(const std::string& name, const Counts& counts) {
  std::printf("%-28s %8d %8d %6d %7d %6d   %d of %d\n", name.c_str(), counts.pictures,
              counts.correct, counts.wrong, counts.missed, counts.extra, counts.false_positives,
              counts.negatives);
}

void PrintTable(const std::map<std::string, Counts>& table, const Counts& total) {
  std::printf("%-28s %8s %8s %6s %7s %6s   %s\n", "decode", "pictures", "correct", "wrong",
              "missed", "extra", "false positives");
  for (const auto& [name, counts] : table) PrintRow(name, counts);
  PrintRow("all", total);
}

void PrintDoubtful(const TruthRow& row, const Outcome& outcome, const Counts& counts) {
  const char* what = counts.wrong > 0             ? "wrong"
                     : counts.missed > 0          ? "missed"
                     : counts.false_positives > 0 ? "false positive"
                     : counts.extra > 0           ? "extra"
                                                  : nullptr;
  if (what == nullptr) return;
  std::printf("%s\t%s\t%s\ttruth=%s\t%s", what, row.symbology.c_str(), row.path.c_str(),
              row.text.c_str(), outcome.error.c_str());
  for (const std::string& value : outcome.shown) std::printf("\t%s", value.c_str());
  std::printf("\t%.0f ms\n", outcome.ms);
}

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

AccuracyResult RunDecode(const DecodeRunOptions& options, const Budgets& budgets) {
  const std::string folder = options.data + "/barcodes";
  const auto rows = LoadManifest(folder + "/manifest.tsv");
  vision::PoolOptions pool_options;
  pool_options.workers = kWorkers;
  auto pool = vision::VisionPool::Create(pool_options);
  if (!rows.ok() || !pool.ok()) {
    std::fprintf(stderr, "decode: %s\n",
                 std::string((rows.ok() ? pool.status() : rows.status()).message()).c_str());
    return {false};
  }
  const SecondSymbols seconds = LoadSecondSymbols(options.second_symbols);
  const std::vector<Outcome> outcomes = ReadAll(**pool, folder, *rows);
  std::map<std::string, Counts> table;
  Counts total;
  std::vector<double> times;
  int lost = 0;
  for (size_t i = 0; i < rows->size(); ++i) {
    const TruthRow& row = (*rows)[i];
    const Counts counts = Judge(row, outcomes[i], seconds);
    if (options.verbose) PrintDoubtful(row, outcomes[i], counts);
    Add(table["source " + row.source], counts);
    Add(table[row.negative() ? "symbology none" : "symbology " + row.symbology], counts);
    if (!row.duplicate) Add(table["unique pictures"], counts);
    Add(total, counts);
    times.push_back(outcomes[i].ms);
    lost += outcomes[i].service_lost ? 1 : 0;
  }
  const vision::PoolStats stats = (*pool)->stats();
  PrintTable(table, total);
  std::printf("worker time: median %.1f ms, 95 of 100 within %.1f ms, longest %.1f ms\n",
              Percentile(times, 0.5), Percentile(times, 0.95), Percentile(times, 1));
  std::printf("workers: %lld started, %lld ended by a picture, %lld by the deadline\n",
              static_cast<long long>(stats.starts), static_cast<long long>(stats.crashes),
              static_cast<long long>(stats.timeouts));
  AccuracyResult result;
  result.ok &= budgets.Hold("decode", "pictures_min", total.pictures);
  result.ok &= budgets.Hold("decode", "correct_min", total.correct);
  result.ok &= budgets.Hold("decode", "correct_unique_min", table["unique pictures"].correct);
  result.ok &= budgets.Hold("decode", "wrong_max", total.wrong);
  result.ok &= budgets.Hold("decode", "extra_max", total.extra);
  result.ok &= budgets.Hold("decode", "false_positives_max", total.false_positives);
  result.ok &= budgets.Hold("decode", "lost_services_max", lost);
  return result;
}

}  // namespace loopdock::accuracy
