// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode/tries.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <string>
#include <utility>

#include "services/vision/decode/bar_strips.h"
#include "services/vision/decode/data_matrix_grid.h"
#include "services/vision/decode/ean_blocks.h"
#include "services/vision/decode/evidence.h"
#include "services/vision/decode/flat_matrix.h"
#include "services/vision/decode/linear_blocks.h"
#include "services/vision/decode/matrix_blocks.h"
#include "services/vision/decode/pdf417_start.h"
#include "services/vision/decode/qr_grid.h"
#include "services/vision/decode/straight_bars.h"
#include "services/vision/decode/unread.h"
#include "services/vision/decode/zxing_reader.h"

namespace loopdock::vision {
namespace {

// Beyond this a full picture is shrunk: its symbols stay readable and the time bearable.
constexpr int kFullSideMax = 2600;
constexpr int kFullSideShrunk = 2000;
// Doubling helps small pictures only: blocks of larger ones are enlarged by themselves.
constexpr int kDoubleSideMax = 600;
constexpr double kShrunkSideMax = 800;
constexpr int kDrawnSideMax = 60;
// White around a picture, over its longer side.
constexpr double kQuietShare = 0.05;
constexpr double kBlockMargin = 0.15;
constexpr double kSmallBlockScale = 4;
constexpr double kSmallBlockPx = 260;
constexpr double kMatrixMargin = 0.15;
// What a grid is looked for in: little around the symbol, enough pixels for its modules.
constexpr double kGridMargin = 0.06;
constexpr double kGridPx = 400;
constexpr size_t kGridBlocks = 2;
// How much a crop is enlarged in which a start pattern is painted, and how large it is at most.
constexpr double kStartScale = 2;
constexpr double kStartPx = 700;
constexpr size_t kStartBlocks = 2;
// An add-on stands beside its symbol and is about half as wide.
constexpr double kAddOnMargin = 0.75;
constexpr size_t kLongAddOn = 5;
constexpr size_t kFittedBands = 1;
constexpr size_t kFittedMetalBands = 3;
constexpr size_t kFallbackBlocks = 4;
constexpr size_t kStraightBlocks = 8;
constexpr size_t kJoinedBlocks = 3;
constexpr size_t kFallbackMatrixBlocks = 4;
// Of a block that is bars and no matrix symbol, what they take of its area.
constexpr double kBarsShare = 0.4;

void Scale(std::vector<Read>& reads, double factor) {
  for (Read& read : reads) {
    for (cv::Point2d& corner : read.corners) corner *= factor;
  }
}

void Append(std::vector<Read>& to, std::vector<Read> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// Lines of a prepared picture are not independent of each other: however many agree, they must not
// stand in for a second try.
void DiscountLines(std::vector<Read>& reads) {
  for (Read& read : reads) read.lines = std::min(read.lines, Evidence::kLinesAlone - 1);
}

std::vector<Read> ReadFull(Scene& scene, ReaderFormats formats, bool all) {
  auto reads = ReadSymbols(scene.full(), {formats, all, true, ReaderBinarizer::kLocalAverage});
  Scale(reads, scene.full_scale());
  return reads;
}

// Reads a version of the full picture that is `factor` times its size. One symbol of each kind:
// with several the library aborts on some prepared pictures.
std::vector<Read> ReadPrepared(Scene& scene, const cv::Mat& prepared, double factor) {
  std::vector<Read> reads;
  for (const ReaderFormats formats : {ReaderFormats::kLinear, ReaderFormats::kMatrix}) {
    Append(reads, ReadSymbols(prepared, {formats, false, true, ReaderBinarizer::kLocalAverage}));
  }
  Scale(reads, scene.full_scale() / factor);
  DiscountLines(reads);
  return reads;
}

cv::Mat Unsharp(const cv::Mat& grey, double sigma, double amount) {
  cv::Mat soft;
  cv::Mat sharp;
  cv::GaussianBlur(grey, soft, {}, sigma);
  cv::addWeighted(grey, 1 + amount, soft, -amount, 0, sharp);
  return sharp;
}

// How the bars of a block are looked at.
struct BarsLook {
  // The middle part of the block's height that is used: less is faster, and leans less.
  double height_share;
  double scale_min;
  // Of the sharpening, in pixels of the crop; 0 leaves the crop as it is.
  double sigma;
  double amount;
};
constexpr BarsLook kSharpened{0.5, 2, 4, 2.5};
constexpr BarsLook kSharper{0.7, 2, 4, 4};
constexpr BarsLook kPlain{0.7, 2, 0, 0};

// Sharpens across the bars and averages along them, which costs bars nothing and noise much.
cv::Mat SharpenBars(const cv::Mat& crop, const BarsLook& look) {
  if (look.sigma == 0) return crop;
  const int reach = cvRound(3 * look.sigma);
  cv::Mat soft;
  cv::Mat bars;
  cv::GaussianBlur(crop, soft, {2 * reach + 1, 1}, look.sigma);
  cv::addWeighted(crop, 1 + look.amount, soft, -look.amount, 0, bars);
  cv::blur(bars, bars, {1, std::max(1, crop.rows / 12)});
  return bars;
}

using Prepare = cv::Mat (*)(const cv::Mat& crop);

// Whether scan lines over a third of the bars' height agree on the value: the prepared lines of a
// crop depend on their neighbours, but not over so much.
bool AgreesOverHeight(const cv::Mat& prepared, const Read& read) {
  constexpr int kScanLinesMax = 256;  // what the library looks at, however high the picture is
  ReaderOptions options{ReaderFormats::kLinear, false, false, ReaderBinarizer::kLocalAverage};
  options.lines_min = std::max(Evidence::kLinesAlone, std::min(prepared.rows, kScanLinesMax) / 3);
  const std::vector<Read> again = ReadSymbols(prepared, options);
  return !again.empty() && again[0].content == read.content;
}

std::vector<Read> ReadBars(const cv::Mat& grey, const std::vector<Block>& blocks,
                           ReaderFormats formats, const BarsLook& look) {
  std::vector<Read> reads;
  for (Block block : blocks) {
    const double scale = block.width < kSmallBlockPx ? kSmallBlockScale : look.scale_min;
    // Bars need their quiet zone.
    const double margin = kBlockMargin * std::max(block.width, block.height);
    block.height *= look.height_share;
    const Crop crop = CutOutBars(grey, block, margin, kBlockMargin * block.height, scale);
    const cv::Mat prepared = SharpenBars(crop.grey, look);
    for (Read& read :
         ReadSymbols(prepared, {formats, false, false, ReaderBinarizer::kLocalAverage})) {
      const bool agrees = formats == ReaderFormats::kLinear && AgreesOverHeight(prepared, read);
      read.lines = agrees ? Evidence::kLinesAlone : 1;
      reads.push_back(ToPicture(std::move(read), crop));
    }
  }
  return reads;
}

// The first blocks: they are ranked, and a fallback that reads nothing should end soon.
std::vector<Block> First(std::vector<Block> blocks, size_t count) {
  blocks.resize(std::min(blocks.size(), count));
  return blocks;
}

// Small symbols are enlarged, large ones need less.
double MatrixScale(const Block& block) {
  const double side = std::max(block.width, block.height);
  return side < 100 ? 3 : side < 250 ? 2 : side < 800 ? 1 : 0.5;
}

std::vector<Read> ReadMatrixBlocks(Scene& scene, size_t count, Prepare prepare,
                                   ReaderBinarizer binarizer) {
  std::vector<Read> reads;
  for (const Block& block : First(scene.matrix_blocks(), count)) {
    const double side = std::max(block.width, block.height);
    const Crop crop = CutOut(scene.grey(), block, kMatrixMargin * side, kMatrixMargin * side,
                             MatrixScale(block), Interpolation::kLinear);
    const cv::Mat prepared = prepare == nullptr ? crop.grey : prepare(crop.grey);
    for (Read& read : ReadSymbols(prepared, {ReaderFormats::kMatrix, false, true, binarizer})) {
      reads.push_back(ToPicture(std::move(read), crop));
    }
  }
  return reads;
}

// The symbol and what stands beside it, in reading direction.
Block BlockOf(const Read& symbol) {
  const Corners& at = symbol.corners;
  const cv::Point2d along = (at[1] - at[0] + at[2] - at[3]) / 2;
  const cv::Point2d across = (at[3] - at[0] + at[2] - at[1]) / 2;
  Block block;
  block.center = (at[0] + at[1] + at[2] + at[3]) / 4;
  block.width = std::hypot(along.x, along.y);
  block.height = std::hypot(across.x, across.y);
  block.angle = std::atan2(along.y, along.x);
  return block;
}

// EAN-13 and UPC-A without an add-on are looked at once more with more of their surroundings. The
// two digits of a short add-on have next to no check: two looks must agree on it.
std::vector<Read> ReadAddOns(const cv::Mat& grey, const Read& symbol) {
  const Block block = BlockOf(symbol);
  std::vector<Read> reads;
  if (block.width < 2) return reads;
  for (const double scale : {2.0, 1.0}) {
    const Crop crop =
        CutOutBars(grey, block, kAddOnMargin * block.width, kBlockMargin * block.width, scale);
    for (const cv::Mat& prepared : {crop.grey, SharpenBars(crop.grey, kSharpened)}) {
      for (Read& read : ReadSymbols(
               prepared, {ReaderFormats::kLinear, false, false, ReaderBinarizer::kLocalAverage})) {
        const size_t space = read.content.find(' ');
        if (read.symbology != symbol.symbology || space == std::string::npos ||
            read.content.substr(0, space) != symbol.content) {
          continue;
        }
        const bool twice = std::any_of(reads.begin(), reads.end(), [&read](const Read& earlier) {
          return earlier.content == read.content;
        });
        const bool is_long = read.content.size() - space - 1 == kLongAddOn;
        if (twice || is_long) return {ToPicture(std::move(read), crop)};
        reads.push_back(std::move(read));
      }
    }
  }
  return {};
}

cv::Mat Stretched(const cv::Mat& crop) {
  cv::Mat stretched;
  cv::normalize(crop, stretched, 0, 255, cv::NORM_MINMAX);
  return stretched;
}

std::vector<Read> FullLinear(Scene& scene) { return ReadFull(scene, ReaderFormats::kLinear, true); }
std::vector<Read> FullMatrix(Scene& scene) { return ReadFull(scene, ReaderFormats::kMatrix, true); }
std::vector<Read> FullDataBar(Scene& scene) {
  return ReadFull(scene, ReaderFormats::kDataBar, false);
}
std::vector<Read> SingleLinear(Scene& scene) {
  return ReadFull(scene, ReaderFormats::kLinear, false);
}
std::vector<Read> SingleMatrix(Scene& scene) {
  return ReadFull(scene, ReaderFormats::kMatrix, false);
}

std::vector<Read> BlockSharpened(Scene& scene) {
  return ReadBars(scene.grey(), scene.bars(), ReaderFormats::kLinear, kSharpened);
}
std::vector<Read> BlockSharper(Scene& scene) {
  return ReadBars(scene.grey(), First(scene.bars(), kFallbackBlocks), ReaderFormats::kLinear,
                  kSharper);
}
// The bars, and what may be the rest of a symbol that a white gap parts.
std::vector<Read> BlockStraight(Scene& scene) {
  std::vector<Block> blocks = First(scene.bars(), kStraightBlocks);
  // Beside symbols that were read what is left is mostly print.
  if (!scene.known().empty()) {
    std::erase_if(blocks, [&scene](const Block& block) { return !HasBars(scene.grey(), block); });
  }
  for (const Block& block : First(JoinBlocks(blocks), kJoinedBlocks)) blocks.push_back(block);
  std::vector<Read> reads;
  for (const Block& block : blocks) Append(reads, ReadStraightened(scene.grey(), block));
  return reads;
}
std::vector<Read> BlockDataBar(Scene& scene) {
  const std::vector<Block> blocks = First(scene.bars(), kFallbackBlocks);
  auto reads = ReadBars(scene.grey(), blocks, ReaderFormats::kDataBar, kSharpened);
  if (reads.empty()) reads = ReadBars(scene.grey(), blocks, ReaderFormats::kDataBar, kPlain);
  return reads;
}

// Fits that find nothing take long: only the best bands. Bars on bare metal change with the light
// from band to band, and UPC-E that is printed on paper is read without a fit.
std::vector<Read> BlockFitted(Scene& scene) {
  std::vector<Read> reads;
  const auto fit = [&](const std::vector<Block>& bands, size_t count, EanKind kind, bool light) {
    for (const Block& band : First(bands, count)) {
      if (!reads.empty()) return;
      if (auto read = FitEanBlock(scene.grey(), band, kind, light)) {
        reads.push_back(*std::move(read));
      }
    }
  };
  fit(scene.bars(), kFittedBands, EanKind::kEan13, false);
  if (scene.bars().empty()) fit(scene.faint_bars(), kFittedBands, EanKind::kEan13, false);
  fit(scene.faint_bars(), kFittedMetalBands, EanKind::kEan13, true);
  fit(scene.faint_bars(), kFittedMetalBands, EanKind::kUpcE, true);
  return reads;
}

std::vector<Read> MatrixTurned(Scene& scene) {
  return ReadMatrixBlocks(scene, kMatrixBlocksMax, nullptr, ReaderBinarizer::kLocalAverage);
}
std::vector<Read> MatrixStretched(Scene& scene) {
  return ReadMatrixBlocks(scene, kFallbackMatrixBlocks, Stretched,
                          ReaderBinarizer::kGlobalHistogram);
}
// Whether both show about the same.
bool AreAlike(const Block& a, const Block& b) {
  const double side_a = std::max(a.width, a.height);
  const double side_b = std::max(b.width, b.height);
  return cv::norm(a.center - b.center) < 0.1 * side_a && std::abs(side_a - side_b) < 0.1 * side_a;
}

// Without those that are full of bars which run from end to end.
std::vector<Block> WithoutBars(Scene& scene, std::vector<Block> blocks) {
  const std::vector<Block> bars = scene.high_bars();
  std::erase_if(blocks, [&bars](const Block& block) {
    return std::any_of(bars.begin(), bars.end(), [&block](const Block& band) {
      return band.width * band.height > kBarsShare * block.width * block.height &&
             Holds(block, band.center);
    });
  });
  return blocks;
}

// Where a matrix symbol or PDF417 may stand that was not read.
std::vector<Block> AreasWithoutBars(Scene& scene) {
  std::vector<Block> blocks =
      First(WithoutBars(scene, scene.matrix_blocks()), kFallbackMatrixBlocks);
  for (const Block& block : First(WithoutBars(scene, scene.ink_blocks()), kFallbackMatrixBlocks)) {
    const bool known = std::any_of(blocks.begin(), blocks.end(),
                                   [&block](const Block& other) { return AreAlike(block, other); });
    if (!known) blocks.push_back(block);
  }
  return blocks;
}

std::vector<Read> MatrixFlat(Scene& scene) {
  std::vector<Read> reads;
  for (const Block& block : AreasWithoutBars(scene)) {
    Append(reads, ReadFlattened(scene.grey(), block));
  }
  return reads;
}

// PDF417 that lost its start pattern, whichever side is up.
std::vector<Read> MatrixStart(Scene& scene) {
  std::vector<Read> reads;
  for (Block block : First(AreasWithoutBars(scene), kStartBlocks)) {
    const double side = std::max(block.width, block.height);
    const double margin = kGridMargin * side;
    const double scale = std::min(kStartScale, kStartPx / side);
    for (int turn = 0; turn < 4; ++turn) {
      const Crop crop = CutOut(scene.grey(), block, margin, margin, scale, Interpolation::kLinear);
      block.angle += CV_PI / 2;
      std::swap(block.width, block.height);
      const auto restored = RestoreStart(crop.grey);
      if (!restored.has_value()) continue;
      for (Read& read : ReadSymbols(restored->grey, {ReaderFormats::kMatrix, false, false,
                                                     ReaderBinarizer::kLocalAverage})) {
        for (cv::Point2d& corner : read.corners) corner.x -= restored->shift;
        reads.push_back(ToPicture(std::move(read), crop));
      }
    }
  }
  return reads;
}

// What a grid drew, read as the one symbol that it can be.
std::optional<Read> ReadGrids(const std::vector<DrawnGrid>& grids, Symbology symbology) {
  ReaderOptions options{ReaderFormats::kMatrix, false, false, ReaderBinarizer::kFixedThreshold};
  options.drawn = true;
  for (const DrawnGrid& grid : grids) {
    std::vector<Read> read = ReadSymbols(grid.drawn, options);
    if (read.empty() || read[0].symbology != symbology) continue;
    read[0].corners = grid.corners;
    return std::move(read[0]);
  }
  return std::nullopt;
}

std::vector<Read> MatrixGrid(Scene& scene) {
  std::vector<Read> reads;
  for (const Block& block : First(WithoutBars(scene, scene.matrix_blocks()), kGridBlocks)) {
    const double side = std::max(block.width, block.height);
    const Crop crop = CutOut(scene.grey(), block, kGridMargin * side, kGridMargin * side,
                             kGridPx / side, Interpolation::kLinear);
    auto read = ReadGrids(FindDataMatrixGrids(crop.grey), Symbology::kDataMatrix);
    if (!read.has_value()) read = ReadGrids(FindQrGrids(crop.grey), Symbology::kQrCode);
    if (!read.has_value()) {
      read = ReadGrids(FindTimedDataMatrixGrids(crop.grey), Symbology::kDataMatrix);
    }
    if (read.has_value()) reads.push_back(ToPicture(*std::move(read), crop));
  }
  return reads;
}

std::vector<Read> BlockAddOn(Scene& scene) {
  std::vector<Read> reads;
  for (const Read& symbol : scene.known()) {
    const bool may_have =
        symbol.symbology == Symbology::kEan13 || symbol.symbology == Symbology::kUpcA;
    if (!may_have || symbol.content.find(' ') != std::string::npos) continue;
    Append(reads, ReadAddOns(scene.grey(), symbol));
  }
  DiscountLines(reads);
  return reads;
}

std::vector<Read> FullContrast(Scene& scene) {
  cv::Mat prepared;
  cv::createCLAHE(3, {8, 8})->apply(scene.full(), prepared);
  return ReadPrepared(scene, prepared, 1);
}
std::vector<Read> FullSharpened(Scene& scene) {
  return ReadPrepared(scene, Unsharp(scene.full(), 2.5, 1.5), 1);
}
std::vector<Read> FullInverted(Scene& scene) { return ReadPrepared(scene, 255 - scene.full(), 1); }
// Blur and noise shrink with the picture, and the library's windows do not.
std::vector<Read> FullShrunk(Scene& scene) {
  cv::Mat prepared;
  if (std::min(scene.full().cols, scene.full().rows) < 16) return {};
  const int side = std::max(scene.full().cols, scene.full().rows);
  const double factor = std::min(0.5, kShrunkSideMax / side);
  cv::resize(scene.full(), prepared, {}, factor, factor, cv::INTER_AREA);
  return ReadPrepared(scene, prepared, factor);
}
// With white around it: a picture that was cut at its symbol has no quiet zone.
std::vector<Read> FullDouble(Scene& scene) {
  const int side = std::max(scene.full().cols, scene.full().rows);
  if (side > kDoubleSideMax) return {};
  // A drawn symbol of one or two pixels a module is enlarged as it is.
  const bool drawn = side <= kDrawnSideMax;
  const double factor = drawn ? 6 : 2;
  cv::Mat prepared;
  cv::resize(scene.full(), prepared, {}, factor, factor,
             drawn ? cv::INTER_NEAREST : cv::INTER_CUBIC);
  const int quiet = cvRound(kQuietShare * side * factor);
  cv::copyMakeBorder(prepared, prepared, quiet, quiet, quiet, quiet, cv::BORDER_CONSTANT,
                     cv::Scalar::all(255));
  std::vector<Read> reads = ReadPrepared(scene, prepared, factor);
  for (Read& read : reads) {
    const double offset = quiet / factor * scene.full_scale();
    for (cv::Point2d& corner : read.corners) corner -= cv::Point2d(offset, offset);
  }
  return reads;
}

}  // namespace

const cv::Mat& Scene::full() {
  if (!full_.empty()) return full_;
  full_ = grey_;
  const int side = std::max(grey_.cols, grey_.rows);
  if (side > kFullSideMax) {
    full_scale_ = double(side) / kFullSideShrunk;
    const cv::Size size(std::max(1, cvRound(grey_.cols / full_scale_)),
                        std::max(1, cvRound(grey_.rows / full_scale_)));
    cv::resize(grey_, full_, size, 0, 0, cv::INTER_AREA);
  }
  return full_;
}

double Scene::full_scale() {
  full();
  return full_scale_;
}

const CellMap& Scene::cells() {
  if (!cells_.has_value()) cells_ = MapCells(grey_);
  return *cells_;
}

bool Scene::blank() {
  constexpr int kSmall = 64;  // too few cells to tell
  return std::min(grey_.cols, grey_.rows) >= kSmall && cells().energy.empty();
}

std::vector<Block> Scene::linear_blocks() {
  if (!linear_blocks_.has_value()) linear_blocks_ = FindLinearBlocks(cells());
  return Unexplained(*linear_blocks_);
}

std::vector<Block> Scene::bars() {
  if (!bars_.has_value()) {
    linear_blocks();
    bars_.emplace();
    for (const Block& block : *linear_blocks_) {
      for (const Block& band : SplitBars(grey_, block)) bars_->push_back(band);
    }
  }
  return Unexplained(*bars_);
}

std::vector<Block> Scene::high_bars() {
  if (!high_bars_.has_value()) {
    high_bars_.emplace();
    for (const Block& band : bars()) {
      if (AreHigh(grey_, band)) high_bars_->push_back(band);
    }
  }
  return *high_bars_;
}

std::vector<Block> Scene::faint_bars() {
  if (!faint_bars_.has_value()) {
    cv::Mat prepared;
    cv::createCLAHE(4, {8, 8})->apply(full(), prepared);
    faint_bars_.emplace();
    for (Block block : FindLinearBlocks(MapCells(prepared))) {
      block.center *= full_scale();
      block.width *= full_scale();
      block.height *= full_scale();
      for (const Block& band : SplitBars(grey_, block)) faint_bars_->push_back(band);
    }
  }
  return Unexplained(*faint_bars_);
}

std::vector<Block> Scene::matrix_blocks() {
  if (!matrix_blocks_.has_value()) matrix_blocks_ = FindMatrixBlocks(cells());
  return Unexplained(*matrix_blocks_);
}

std::vector<Block> Scene::ink_blocks() {
  if (!ink_blocks_.has_value()) ink_blocks_ = FindInkBlocks(cells());
  return Unexplained(*ink_blocks_);
}

std::vector<Block> Scene::Unexplained(const std::vector<Block>& blocks) const {
  std::vector<Block> left;
  std::copy_if(blocks.begin(), blocks.end(), std::back_inserter(left), [this](const Block& block) {
    return std::none_of(known_.begin(), known_.end(),
                        [&block](const Read& symbol) { return Covers(symbol, block); });
  });
  return left;
}

const std::vector<Try>& Tries() {
  // Fallbacks in the order of what they read for the time they take.
  // Several symbols at once have aborted the process on prepared pictures, never on the picture as
  // it came; a single symbol without DataBar never.
  static const auto* const kTries = new std::vector<Try>{
      {"full/linear", TryStage::kFirst, TryMode::kNormal, FullLinear},
      {"full/matrix", TryStage::kFirst, TryMode::kNormal, FullMatrix},
      {"full/databar", TryStage::kFirst, TryMode::kNormal, FullDataBar},
      {"single/linear", TryStage::kFirst, TryMode::kSafest, SingleLinear},
      {"single/matrix", TryStage::kFirst, TryMode::kSafest, SingleMatrix},
      {"matrix/turned", TryStage::kBlocks, TryMode::kNormal, MatrixTurned},
      {"block/sharpened", TryStage::kBlocks, TryMode::kNormal, BlockSharpened},
      {"block/straight", TryStage::kBlocks, TryMode::kNormal, BlockStraight},
      {"full/contrast", TryStage::kFallback, TryMode::kNormal, FullContrast},
      {"full/shrunk", TryStage::kFallback, TryMode::kNormal, FullShrunk},
      {"block/sharper", TryStage::kFallback, TryMode::kNormal, BlockSharper},
      {"block/fitted", TryStage::kFallback, TryMode::kNormal, BlockFitted},
      {"matrix/stretched", TryStage::kFallback, TryMode::kNormal, MatrixStretched},
      {"matrix/flat", TryStage::kFallback, TryMode::kNormal, MatrixFlat},
      {"matrix/start", TryStage::kFallback, TryMode::kNormal, MatrixStart},
      {"full/sharpened", TryStage::kFallback, TryMode::kNormal, FullSharpened},
      {"full/inverted", TryStage::kFallback, TryMode::kNormal, FullInverted},
      {"block/databar", TryStage::kFallback, TryMode::kNormal, BlockDataBar},
      {"matrix/grid", TryStage::kFallback, TryMode::kNormal, MatrixGrid},
      {"full/double", TryStage::kFallback, TryMode::kNormal, FullDouble},
      {"block/add-on", TryStage::kBlocks, TryMode::kNormal, BlockAddOn},
  };
  return *kTries;
}

}  // namespace loopdock::vision
