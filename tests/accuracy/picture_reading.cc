// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/picture_reading.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <thread>
#include <utility>

#include "services/common/status.h"

namespace loopdock::accuracy {
namespace {

constexpr int kDeadlineMs = 20'000;

Reading ReadPicture(vision::VisionPool& pool, std::string bytes) {
  vision::v1::Request request;
  request.set_deadline_ms(kDeadlineMs);
  request.mutable_decode();
  Reading reading;
  const auto response = pool.Run(std::move(bytes), request);
  if (!response.ok()) {
    reading.error = common::ReasonOf(response.status());
    // The picture's own fault leaves the service standing; anything else has lost it.
    reading.service_lost = reading.error == "WORKER_UNAVAILABLE" || reading.error.empty();
    reading.ms = std::strtod(common::MetadataOf(response.status(), "worker_ms").c_str(), nullptr);
    return reading;
  }
  reading.ms = response->worker_ms();
  reading.symbols.assign(response->decode().symbols().begin(), response->decode().symbols().end());
  return reading;
}

}  // namespace

std::vector<std::string> Reading::values() const {
  std::vector<std::string> values;
  for (const vision::v1::Symbol& symbol : symbols) values.push_back(symbol.content());
  return values;
}

std::string Reading::shown() const {
  std::string shown;
  for (const vision::v1::Symbol& symbol : symbols) {
    shown += "\t" + symbol.format() + "=" + symbol.content() + " (" + symbol.attempt() + ")";
  }
  return shown;
}

std::vector<Reading> ReadPictures(vision::VisionPool& pool, const std::string& name, size_t count,
                                  const std::function<std::string(size_t)>& picture) {
  std::vector<Reading> readings(count);
  std::atomic<size_t> next = 0;
  const auto work = [&] {
    for (size_t i = next++; i < count; i = next++) {
      readings[i] = ReadPicture(pool, picture(i));
      if (i % 100 == 0) std::fprintf(stderr, "\r  %s %zu of %zu", name.c_str(), i, count);
    }
  };
  std::vector<std::thread> callers;
  for (int i = 0; i < kReadingWorkers; ++i) callers.emplace_back(work);
  for (std::thread& caller : callers) caller.join();
  std::fprintf(stderr, "\r  %s %zu of %zu\n", name.c_str(), count, count);
  return readings;
}

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

double Mean(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace loopdock::accuracy
