// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_TRIES_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_TRIES_H_

// The named ways in which a picture is read, in the order in which they are tried. A new way is one
// more row of Tries().
// Thread safety: a Scene is for one thread.

#include <opencv2/core.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "services/vision/decode/block.h"
#include "services/vision/decode/read.h"

namespace loopdock::vision {

// A picture and what several tries need of it, made when first asked for.
class Scene {
 public:
  // `grey` is CV_8UC1 and not copied.
  explicit Scene(const cv::Mat& grey) : grey_(grey) {}

  const cv::Mat& grey() const { return grey_; }
  // The whole picture for full-picture tries: shrunk when it is large. Points of it times
  // `full_scale()` are points of the picture.
  const cv::Mat& full();
  double full_scale();
  // Where bars, or a matrix symbol, may stand and no symbol is known yet.
  std::vector<Block> linear_blocks();
  std::vector<Block> matrix_blocks();
  // Where there is any dense detail.
  std::vector<Block> ink_blocks();
  // The bands of the linear blocks that show the same bars over their height.
  std::vector<Block> bars();
  // Those whose bars run from end to end, as those of PDF417 do not.
  std::vector<Block> high_bars();
  // Like the bars, of the picture with its contrast evened out.
  std::vector<Block> faint_bars();
  // Whether nothing but noise is to be seen.
  bool blank();
  const std::vector<Read>& known() const { return known_; }
  void set_known(std::vector<Read> symbols) { known_ = std::move(symbols); }

 private:
  const CellMap& cells();
  std::vector<Block> Unexplained(const std::vector<Block>& blocks) const;

  const cv::Mat grey_;
  cv::Mat full_;
  double full_scale_ = 1;
  std::optional<CellMap> cells_;
  std::optional<std::vector<Block>> linear_blocks_;
  std::optional<std::vector<Block>> matrix_blocks_;
  std::optional<std::vector<Block>> ink_blocks_;
  std::optional<std::vector<Block>> faint_bars_;
  std::optional<std::vector<Block>> bars_;
  std::optional<std::vector<Block>> high_bars_;
  std::vector<Read> known_;
};

// When a try is made.
enum class TryStage {
  // Always.
  kFirst,
  // Always, on the blocks that no symbol explains yet.
  kBlocks,
  // When nothing has been accepted so far.
  kFallback,
};

// After a worker died on the picture only the tries that have never been seen to crash are made.
enum class TryMode { kNormal, kSafest, kBoth };

struct Try {
  // Stands in results, such as "full/linear".
  const char* name;
  TryStage stage;
  TryMode mode;
  // Corners are points of the picture.
  std::vector<Read> (*run)(Scene& scene);
};

const std::vector<Try>& Tries();

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_TRIES_H_
