// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_PICTURE_READING_H_
#define LOOPDOCK_TESTS_ACCURACY_PICTURE_READING_H_

// Reads many pictures through the real pool.
// Thread safety: the function is called from one thread; `picture` from several at once.

#include <functional>
#include <string>
#include <vector>

#include "services/vision/pool.h"

namespace loopdock::accuracy {

constexpr int kReadingWorkers = 2;

// What became of one picture.
struct Reading {
  std::vector<vision::v1::Symbol> symbols;
  double ms = 0;
  std::string error;
  bool service_lost = false;

  std::vector<std::string> values() const;
  // Each symbol as `format=content (attempt)`, for people.
  std::string shown() const;
};

// In order; `picture(i)` gives the bytes of picture i. Through as many callers as there are
// workers, with progress for the one who waits.
std::vector<Reading> ReadPictures(vision::VisionPool& pool, const std::string& name, size_t count,
                                  const std::function<std::string(size_t)>& picture);

std::string FileBytes(const std::string& path);

double Mean(const std::vector<double>& values);
// The value below which `share` of them lie; 0 of none.
double Percentile(std::vector<double> values, double share);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_PICTURE_READING_H_
