// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EVIDENCE_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EVIDENCE_H_

// Collects what the tries read and decides which of it are symbols, each once.
//
// Symbols with strong checks (matrix symbols, DataBar, longer Code 128 and 93) are accepted at
// once. Code 39, EAN, UPC, ITF, Codabar and very short symbols are easily read out of noise: they
// need two tries or kLinesAlone equal lines, and ITF and Codabar a least length. Of two values at
// one place the one with more evidence stays. Thread safety: for one thread. Limits: kReadsMax
// reads; later ones are dropped.

#include <set>
#include <string>
#include <vector>

#include "services/vision/decode/read.h"

namespace loopdock::vision {

class Evidence {
 public:
  // Equal scan lines that count as much as a second try.
  static constexpr int kLinesAlone = 6;
  static constexpr size_t kReadsMax = 1024;

  void Add(const std::vector<Read>& reads, const char* attempt);

  // In the order first read.
  std::vector<Read> Accepted() const;

 private:
  // All reads of one value at one place.
  struct Candidate {
    Read best;
    std::set<std::string> attempts;
  };

  static bool IsAcceptable(const Candidate& candidate);
  static double Weight(const Candidate& candidate);

  size_t reads_ = 0;
  std::vector<Candidate> candidates_;
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EVIDENCE_H_
