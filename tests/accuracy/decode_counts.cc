// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/decode_counts.h"

#include <cstdio>

namespace loopdock::accuracy {

Counts& Counts::operator+=(const Counts& more) {
  pictures += more.pictures;
  correct += more.correct;
  wrong += more.wrong;
  missed += more.missed;
  extra += more.extra;
  negatives += more.negatives;
  false_positives += more.false_positives;
  return *this;
}

const char* Counts::Doubt() const {
  if (wrong > 0) return "wrong";
  if (missed > 0) return "missed";
  if (false_positives > 0) return "false positive";
  return extra > 0 ? "extra" : nullptr;
}

Counts Judge(const TruthRow& row, const std::vector<std::string>& values,
             const PictureNotes& seconds) {
  Counts counts;
  if (row.negative()) {
    counts.negatives = 1;
    counts.false_positives = values.empty() ? 0 : 1;
    return counts;
  }
  if (!row.has_text()) return counts;
  counts.pictures = 1;
  int right = 0;
  int known = 0;
  for (const std::string& value : values) {
    if (IsTruth(row.symbology, row.text, value)) {
      ++right;
    } else if (seconds.contains({row.path, value})) {
      ++known;
    }
  }
  const int all = static_cast<int>(values.size());
  if (right > 0) {
    counts.correct = 1;
    // The right value twice is one too many as well.
    counts.extra = seconds.contains({row.path, "*"}) ? 0 : all - 1 - known;
  } else {
    (all > 0 ? counts.wrong : counts.missed) = 1;
  }
  return counts;
}

void PrintCountsHead(const char* what) {
  std::printf("%-28s %8s %8s %6s %7s %6s   %s\n", what, "pictures", "correct", "wrong", "missed",
              "extra", "false positives");
}

void PrintCounts(const std::string& name, const Counts& counts) {
  std::printf("%-28s %8d %8d %6d %7d %6d   %d of %d\n", name.c_str(), counts.pictures,
              counts.correct, counts.wrong, counts.missed, counts.extra, counts.false_positives,
              counts.negatives);
}

}  // namespace loopdock::accuracy
