// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_accuracy.h"

#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <vector>

#include "services/vision/pool.h"
#include "tests/accuracy/decode_counts.h"
#include "tests/accuracy/decode_truth.h"
#include "tests/accuracy/picture_reading.h"

namespace loopdock::accuracy {
namespace {

// What labels of equipment carry.
bool IsOfEquipment(const std::string& symbology) {
  static const std::set<std::string> kEquipment = {"Code128",    "Code39", "ITF",
                                                   "DataMatrix", "QRCode", "PDF417"};
  return kEquipment.contains(symbology);
}

struct Tally {
  std::map<std::string, Counts> table;
  Counts all;
  Counts unique;
  Counts equipment;
  std::vector<double> times;
  int lost = 0;
};

void PrintDoubtful(const TruthRow& row, const Reading& reading, const Counts& counts) {
  const char* what = counts.Doubt();
  if (what == nullptr) return;
  std::printf("%s\t%s\t%s\ttruth=%s\t%s%s\t%.0f ms\n", what, row.symbology.c_str(),
              row.path.c_str(), row.text.c_str(), reading.error.c_str(), reading.shown().c_str(),
              reading.ms);
}

Tally Count(const DecodeRunOptions& options, const std::vector<TruthRow>& rows,
            const std::vector<Reading>& readings) {
  const PictureNotes seconds = LoadPictureNotes(options.lists + "second_symbols.tsv");
  std::set<std::string> broken;
  for (const auto& [path, reason] : LoadPictureNotes(options.lists + "broken_truth.tsv")) {
    broken.insert(path);
  }
  Tally tally;
  for (size_t i = 0; i < rows.size(); ++i) {
    const TruthRow& row = rows[i];
    const Counts counts = Judge(row, readings[i].values(), seconds);
    if (options.verbose) PrintDoubtful(row, readings[i], counts);
    tally.table["source " + row.source] += counts;
    tally.table[row.negative() ? "symbology none" : "symbology " + row.symbology] += counts;
    if (!row.duplicate) tally.unique += counts;
    if (IsOfEquipment(row.symbology) && !broken.contains(row.path)) tally.equipment += counts;
    tally.all += counts;
    tally.times.push_back(readings[i].ms);
    tally.lost += readings[i].service_lost ? 1 : 0;
  }
  return tally;
}

void Print(const Tally& tally, const vision::PoolStats& stats) {
  PrintCountsHead("decode");
  for (const auto& [name, counts] : tally.table) PrintCounts(name, counts);
  PrintCounts("unique pictures", tally.unique);
  PrintCounts("equipment labels", tally.equipment);
  PrintCounts("all", tally.all);
  std::printf("worker time: median %.1f ms, 95 of 100 within %.1f ms, longest %.1f ms\n",
              Percentile(tally.times, 0.5), Percentile(tally.times, 0.95),
              Percentile(tally.times, 1));
  std::printf("workers: %lld started, %lld ended by a picture, %lld by the deadline\n",
              static_cast<long long>(stats.starts), static_cast<long long>(stats.crashes),
              static_cast<long long>(stats.timeouts));
}

}  // namespace

AccuracyResult RunDecode(const DecodeRunOptions& options, const Budgets& budgets) {
  const std::string folder = options.data + "/barcodes";
  auto rows = LoadManifest(folder + "/manifest.tsv");
  vision::PoolOptions pool_options;
  pool_options.workers = kReadingWorkers;
  auto pool = vision::VisionPool::Create(pool_options);
  if (!rows.ok() || !pool.ok()) {
    std::fprintf(stderr, "decode: %s\n",
                 std::string((rows.ok() ? pool.status() : rows.status()).message()).c_str());
    return {false};
  }
  CompleteTruth(LoadPictureNotes(options.lists + "add_ons.tsv"), *rows);
  const auto readings = ReadPictures(**pool, "decode", rows->size(), [&](size_t i) {
    return FileBytes(folder + "/" + (*rows)[i].path);
  });
  const Tally tally = Count(options, *rows, readings);
  Print(tally, (*pool)->stats());
  AccuracyResult result;
  result.ok &= budgets.Hold("decode", "pictures_min", tally.all.pictures);
  result.ok &= budgets.Hold("decode", "correct_min", tally.all.correct);
  result.ok &= budgets.Hold("decode", "correct_unique_min", tally.unique.correct);
  result.ok &= budgets.Hold("decode", "equipment_pictures_min", tally.equipment.pictures);
  result.ok &= budgets.Hold("decode", "equipment_share_min", tally.equipment.ShareCorrect());
  result.ok &= budgets.Hold("decode", "wrong_max", tally.all.wrong);
  result.ok &= budgets.Hold("decode", "extra_max", tally.all.extra);
  result.ok &= budgets.Hold("decode", "false_positives_max", tally.all.false_positives);
  result.ok &= budgets.Hold("decode", "lost_services_max", tally.lost);
  return result;
}

}  // namespace loopdock::accuracy
