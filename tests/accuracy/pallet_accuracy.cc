// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/pallet_accuracy.h"

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/intake/core/label_groups.h"
#include "services/intake/core/scan_record.h"
#include "services/vision/pool.h"
#include "tests/accuracy/picture_reading.h"
#include "tests/tools/pallet_painter.h"

namespace loopdock::accuracy {
namespace {

constexpr size_t kPallets = 3;
constexpr uint64_t kSeed = 4711;

struct PalletCounts {
  int symbols = 0;
  int read = 0;
  int wrong = 0;
  // A symbol that was given more than once.
  int repeated = 0;
};

using Value = std::pair<std::string, std::string>;  // format, content

void Count(const testing::Pallet& pallet, const Reading& reading, bool verbose,
           std::map<std::string, PalletCounts>& table) {
  std::set<Value> missing;
  for (const auto& label : pallet.labels) {
    for (const testing::LabelSymbol& symbol : label) {
      missing.emplace(symbol.format, symbol.text);
      ++table[symbol.format].symbols;
    }
  }
  const std::set<Value> truth = missing;
  for (const vision::v1::Symbol& symbol : reading.symbols) {
    const Value value(symbol.format(), symbol.content());
    PalletCounts& counts = table[symbol.format()];
    if (missing.erase(value) > 0) {
      ++counts.read;
    } else if (truth.contains(value)) {
      ++counts.repeated;
    } else {
      ++counts.wrong;
      if (verbose) {
        std::printf("wrong\tpallet\t%s=%s (%s)\n", symbol.format().c_str(),
                    symbol.content().c_str(), symbol.attempt().c_str());
      }
    }
  }
  if (!verbose) return;
  for (const auto& [format, content] : missing) {
    std::printf("missed\tpallet\t%s=%s\n", format.c_str(), content.c_str());
  }
}

struct LabelCounts {
  int labels = 0;
  // Whose symbols, as many as were read, make one group and nothing else does.
  int grouped = 0;
  // The others in pictures whose grouping is called certain; elsewhere a person is asked.
  int mistaken = 0;
};

void CountLabels(const testing::Pallet& pallet, const Reading& reading, bool verbose,
                 LabelCounts& counts) {
  vision::v1::DecodeResult decoded;
  decoded.mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
  const std::vector<inventory::v1::RawSymbol> symbols = intake::SymbolsOf(decoded);
  const intake::LabelGroups found = intake::GroupByLabel(symbols, {});
  std::set<std::set<Value>> groups;
  for (const std::vector<size_t>& group : found.labels) {
    std::set<Value> values;
    for (const size_t i : group) values.emplace(symbols[i].format(), symbols[i].content());
    groups.insert(std::move(values));
  }
  std::set<Value> read;
  for (const vision::v1::Symbol& symbol : reading.symbols) {
    read.emplace(symbol.format(), symbol.content());
  }
  for (const auto& label : pallet.labels) {
    std::set<Value> values;
    for (const testing::LabelSymbol& symbol : label) {
      Value value(symbol.format, symbol.text);
      if (read.contains(value)) values.insert(std::move(value));
    }
    const bool right = groups.contains(values);
    ++counts.labels;
    counts.grouped += right ? 1 : 0;
    counts.mistaken += !right && found.certain ? 1 : 0;
    if (!right && verbose) std::printf("not grouped\tpallet\t%s\n", label[0].text.c_str());
  }
}

PalletCounts Print(const std::map<std::string, PalletCounts>& table) {
  std::printf("%-28s %8s %8s %6s %9s\n", "pallets of 20 labels", "symbols", "read", "wrong",
              "repeated");
  PalletCounts all;
  const auto print = [](const std::string& name, const PalletCounts& counts) {
    std::printf("%-28s %8d %8d %6d %9d\n", name.c_str(), counts.symbols, counts.read, counts.wrong,
                counts.repeated);
  };
  for (const auto& [format, counts] : table) {
    print(format, counts);
    all.symbols += counts.symbols;
    all.read += counts.read;
    all.wrong += counts.wrong;
    all.repeated += counts.repeated;
  }
  print("all", all);
  return all;
}

}  // namespace

AccuracyResult RunPallets(const PalletRunOptions& options, const Budgets& budgets) {
  auto pool = vision::VisionPool::Create();
  if (!pool.ok()) {
    std::fprintf(stderr, "pallets: %s\n", std::string(pool.status().message()).c_str());
    return {false};
  }
  std::vector<testing::Pallet> pallets;
  for (size_t i = 0; i < kPallets; ++i) pallets.push_back(testing::PaintPallet(kSeed + i));
  const auto readings = ReadPictures(**pool, "pallets", pallets.size(), [&](size_t i) {
    std::string bytes = testing::JpegOf(pallets[i].picture);
    if (!options.keep.empty()) {
      std::ofstream(options.keep + "/pallet-" + std::to_string(i) + ".jpg", std::ios::binary)
          << bytes;
    }
    return bytes;
  });
  std::map<std::string, PalletCounts> table;
  std::vector<double> times;
  LabelCounts labels;
  for (size_t i = 0; i < pallets.size(); ++i) {
    if (!readings[i].error.empty()) std::printf("pallet %zu: %s\n", i, readings[i].error.c_str());
    Count(pallets[i], readings[i], options.verbose, table);
    times.push_back(readings[i].ms);
    CountLabels(pallets[i], readings[i], options.verbose, labels);
  }
  const PalletCounts all = Print(table);
  std::printf("labels grouped right: %d of %d, mistaken without a question: %d\n", labels.grouped,
              labels.labels, labels.mistaken);
  std::printf("worker time: median %.0f ms, longest %.0f ms\n", Percentile(times, 0.5),
              Percentile(times, 1));
  AccuracyResult result;
  result.ok &= budgets.Hold("pallets", "symbols_min", all.symbols);
  result.ok &=
      budgets.Hold("pallets", "read_share_min", all.symbols > 0 ? 1.0 * all.read / all.symbols : 0);
  result.ok &= budgets.Hold("pallets", "wrong_max", all.wrong);
  result.ok &= budgets.Hold("pallets", "labels_min", labels.labels);
  result.ok &= budgets.Hold("pallets", "labels_grouped_min", labels.grouped);
  result.ok &= budgets.Hold("pallets", "labels_mistaken_max", labels.mistaken);
  result.ok &= budgets.Hold("pallets", "repeated_max", all.repeated);
  return result;
}

}  // namespace loopdock::accuracy
