// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/decoder.h"

#include <time.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/common/status.h"
#include "services/vision/decode/evidence.h"
#include "services/vision/decode/tries.h"
#include "services/vision/decode/unread.h"

namespace loopdock::vision {
namespace {

constexpr int kSymbolsMax = 256;
// Of the processor, after which no further fallback begins: a picture that says nothing to all of
// the tries before it holds up those behind it.
constexpr absl::Duration kFallbackTime = absl::Milliseconds(1500);
// Modules from the end of a symbol to that of the quiet zone of a short add-on, over those of the
// symbol.
constexpr double kShortAddOnShare = 31.0 / 95;

absl::Duration ProcessorTime() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return absl::DurationFromTimespec(used);
}

void AddCorners(const Corners& corners, google::protobuf::RepeatedPtrField<v1::Point>* points) {
  for (const cv::Point2d& corner : corners) {
    v1::Point* point = points->Add();
    point->set_x(corner.x);
    point->set_y(corner.y);
  }
}

v1::DecodeResult ResultOf(const cv::Mat& grey, const std::vector<Read>& symbols, int symbols_max) {
  v1::DecodeResult result;
  result.set_width_px(grey.cols);
  result.set_height_px(grey.rows);
  for (const Read& read : symbols) {
    if (result.symbols_size() == symbols_max) break;
    v1::Symbol* symbol = result.add_symbols();
    symbol->set_format(SymbologyName(read.symbology));
    symbol->set_content(read.content);
    symbol->set_symbology_identifier(read.symbology_identifier);
    symbol->set_attempt(read.attempt);
    AddCorners(read.corners, symbol->mutable_corners());
  }
  return result;
}

// A short add-on is easily read out of what the picture shows of a longer one: beyond the edge may
// stand the rest.
void DropCutAddOns(cv::Size picture, std::vector<Read>& reads) {
  const cv::Rect2d inside({0, 0}, cv::Size2d(picture));
  for (Read& read : reads) {
    const size_t space = read.content.find(' ');
    if (!IsRetail(read.symbology) || space == std::string::npos) continue;
    const Corners& at = read.corners;
    const cv::Point2d middle = (at[1] + at[2]) / 2;
    const cv::Point2d beyond = middle + (at[1] - at[0] + at[2] - at[3]) / 2 * kShortAddOnShare;
    const bool is_short = read.content.size() - space - 1 == 2;
    if (is_short && !inside.contains(beyond)) read.content.resize(space);
  }
}

}  // namespace

absl::StatusOr<v1::DecodeResult> DecodeSymbols(const cv::Mat& grey, const DecoderOptions& options) {
  Scene scene(grey);
  Evidence evidence;
  const TryMode mode = options.safest ? TryMode::kSafest : TryMode::kNormal;
  bool out_of_time = false;
  const absl::Duration begin = ProcessorTime();
  for (const Try& attempt : Tries()) {
    if (attempt.mode != TryMode::kBoth && attempt.mode != mode) continue;
    if (attempt.stage != TryStage::kFirst) {
      std::vector<Read> known = evidence.Accepted();
      const bool enough = !known.empty() || ProcessorTime() - begin > kFallbackTime;
      if (attempt.stage == TryStage::kFallback && enough) continue;
      scene.set_known(std::move(known));
    }
    out_of_time = absl::Now() >= options.deadline;
    if (out_of_time || scene.blank()) break;
    std::vector<Read> reads = attempt.run(scene);
    DropCutAddOns(grey.size(), reads);
    evidence.Add(reads, attempt.name);
  }
  const std::vector<Read> symbols = evidence.Accepted();
  if (symbols.empty() && out_of_time) {
    return common::Error(
        absl::StatusCode::kDeadlineExceeded, "PICTURE_TIMEOUT",
        "No symbol was found in the time given; allow more or send a smaller one.");
  }
  const int wanted = options.symbols_max > 0 ? options.symbols_max : kSymbolsMax;
  v1::DecodeResult result = ResultOf(grey, symbols, std::min(wanted, kSymbolsMax));
  scene.set_known(symbols);
  if (!out_of_time) AddUnread(grey, scene.bars(), scene.matrix_blocks(), result);
  return result;
}

}  // namespace loopdock::vision
