// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/rim.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <opencv2/imgproc.hpp>
#include <utility>

namespace loopdock::vision {
namespace {

double MedianOf(std::vector<float>& values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Columns that are looked at: not the middle of an end.
std::vector<bool> LookedAt(const Outline& line, const FaceFrame& frame, const Parameters& p) {
  std::vector<bool> looked;
  for (const cv::Point2d& at : line.points) {
    const cv::Point2d face = frame.ToFace(at);
    const bool at_end = std::min(face.x, 1 - face.x) < p.rim_end_share;
    looked.push_back(!at_end || std::abs(face.y - 0.5) > p.rim_end_middle_share);
  }
  return looked;
}

// What the strip shows above (or below) what it shows before and behind, in grey levels. 1 for
// weak, 2 for strong. 1 where it is brighter than there and than the ground in front.
struct Standing {
  cv::Mat level;
  cv::Mat marks;
  cv::Mat gleams;
};

// The levels before and behind a column.
class Window {
 public:
  void Add(uchar level, int times) {
    counts_[level] += times;
    count_ += times;
  }
  int Median() const {
    int level = 0;
    for (int below = counts_[0]; 2 * below <= count_; below += counts_[level]) ++level;
    return level;
  }
  // How far half of them are off `middle` at most.
  int Spread(int middle) const {
    int off = 0;
    int within = counts_[middle];
    while (2 * within <= count_) {
      ++off;
      if (middle >= off) within += counts_[middle - off];
      if (middle + off < kLevels) within += counts_[middle + off];
    }
    return off;
  }

 private:
  static constexpr int kLevels = 256;
  int counts_[kLevels] = {};
  int count_ = 0;
};

// `ground` is what lies in front of each column.
Standing StandOut(const cv::Mat& strip, const cv::Mat& ground, const std::vector<bool>& looked,
                  int reach, const Parameters& p) {
  constexpr double kMadToSigma = 1.4826;
  Standing standing{cv::Mat::zeros(strip.size(), CV_32F), cv::Mat::zeros(strip.size(), CV_8U),
                    cv::Mat::zeros(strip.size(), CV_8U)};
  const auto columns = static_cast<size_t>(strip.cols);
  for (int row = 0; row < strip.rows; ++row) {
    const uchar* level = strip.ptr<uchar>(row);
    Window window;
    for (int k = -reach - 1; k < reach; ++k) window.Add(level[OnOutline(k, columns)], 1);
    for (int column = 0; column < strip.cols; ++column) {
      window.Add(level[OnOutline(column - reach - 1, columns)], -1);
      window.Add(level[OnOutline(column + reach, columns)], 1);
      if (!looked[static_cast<size_t>(column)]) continue;
      const int middle = window.Median();
      const double sigma = std::max(p.rim_noise_floor, kMadToSigma * window.Spread(middle));
      const int off = level[column] - middle;
      standing.level.at<float>(row, column) = static_cast<float>(off);
      const bool weak = std::abs(off) >= std::max(p.chip_low, p.chip_low_sigmas * sigma);
      const bool strong = std::abs(off) >= std::max(p.chip_high, p.chip_high_sigmas * sigma);
      standing.marks.at<uchar>(row, column) = static_cast<uchar>(strong ? 2 : weak ? 1 : 0);
      const bool gleams = std::min(off, level[column] - ground.at<uchar>(column)) >= p.chip_high;
      standing.gleams.at<uchar>(row, column) = gleams ? 1 : 0;
    }
  }
  return standing;
}

// In working pixels, from a part of the strip: its outline column by column, there at its inner
// border and back at its outer one, and its sizes.
Region FromStrip(const std::vector<cv::Point>& part, const Outline& line, double row_px) {
  std::map<int, std::pair<int, int>> rows;
  for (const cv::Point& at : part) {
    auto [known, added] = rows.try_emplace(at.x, at.y, at.y);
    known->second = {std::min(known->second.first, at.y), std::max(known->second.second, at.y)};
  }
  Region region;
  const auto add = [&](int column, double row) {
    const size_t i = OnOutline(column, line.points.size());
    region.outline.emplace_back(line.points[i] + line.inwards[i] * (row * row_px));
  };
  // Clockwise in a picture: along the edge, then back inside.
  for (const auto& [column, deep] : rows) add(column, deep.first);
  for (auto it = rows.rbegin(); it != rows.rend(); ++it) add(it->first, it->second.second + 1);
  cv::approxPolyDP(std::vector<cv::Point>(region.outline), region.outline, 0.7, true);
  region.rect = cv::minAreaRect(region.outline);
  region.length_px = std::max(region.rect.size.width, region.rect.size.height) + 1;
  region.width_px = std::min(region.rect.size.width, region.rect.size.height) + 1;
  region.area_px2 = static_cast<double>(part.size()) * row_px * line.step_px;
  return region;
}

struct StripScale {
  double row_px = 1;
  double column_px = 1;
  double px_per_mm = 1;
  double scale = 1;
};

// The level in front of each column, beyond the blur of the edge.
cv::Mat Ground(const cv::Mat& grey, const Outline& line, const StripScale& of,
               const Parameters& p) {
  const int rows = static_cast<int>(p.chip_ground_mm * of.px_per_mm / of.row_px);
  const double from_px = -p.chip_ground_from_mm * of.px_per_mm - rows * of.row_px;
  cv::Mat level;
  cv::reduce(Strip(grey, line, {from_px, of.row_px, std::max(1, rows)}), level, 0, cv::REDUCE_AVG);
  return level;
}

// How sharply the part begins and ends along the rim, the less sharp of both, of its own level: a
// broken edge is as sharp as the picture, a lamp's reflection fades.
double EndStep(const std::vector<cv::Point>& part, const Standing& standing) {
  constexpr int kReach = 2;
  const auto columns = static_cast<size_t>(standing.level.cols);
  const auto level = [&](int row, int column) {
    return standing.level.at<float>(row, static_cast<int>(OnOutline(column, columns)));
  };
  std::map<int, std::pair<int, int>> runs;
  for (const cv::Point& at : part) {
    auto [known, added] = runs.try_emplace(at.y, at.x, at.x);
    known->second = {std::min(known->second.first, at.x), std::max(known->second.second, at.x)};
  }
  std::vector<float> begins;
  std::vector<float> ends;
  for (const auto& [row, run] : runs) {
    float most = 1;
    for (int x = run.first; x <= run.second; ++x) most = std::max(most, std::abs(level(row, x)));
    const auto step = [&, row = row](int column) {
      float steepest = 0;
      for (int x = column - kReach; x < column + kReach; ++x) {
        steepest = std::max(steepest, std::abs(level(row, x + 1) - level(row, x)));
      }
      return steepest / most;
    };
    begins.push_back(step(run.first));
    ends.push_back(step(run.second));
  }
  return std::min(MedianOf(begins), MedianOf(ends));
}

// Of a part that stands out; nothing when it is no chip.
std::optional<Region> AsChip(const std::vector<cv::Point>& part, const Standing& standing,
                             const Outline& line, const StripScale& of, const Parameters& p) {
  const cv::Rect box = cv::boundingRect(part);
  const double mm_row = of.row_px / of.px_per_mm;
  const double mm_column = of.column_px / of.px_per_mm;
  const double deep = box.height * mm_row;
  const double along = box.width * mm_column;
  std::vector<float> levels;
  int strong = 0;
  int gleaming = 0;
  for (const cv::Point& at : part) {
    const cv::Point once(at.x % standing.marks.cols, at.y);
    levels.push_back(std::abs(standing.level.at<float>(once)));
    strong += standing.marks.at<uchar>(once) == 2 ? 1 : 0;
    gleaming += standing.gleams.at<uchar>(once);
  }
  const auto size = static_cast<double>(part.size());
  const double area = size * mm_row * mm_column;
  const double strong_share = strong / size;
  if (strong_share < p.chip_strong_share_min) return {};
  // Broken glass and what is seen behind a bite are bright in parts at most, a lamp's reflection on
  // a rounded edge is as a whole.
  if (gleaming > p.chip_gleam_share_max * size) return {};
  // What goes on inwards is no chip: a seam, a crack, a fixture.
  if (box.br().y >= standing.marks.rows - 1) return {};
  if (box.y * mm_row > p.chip_edge_mm) return {};
  if (deep < p.chip_mm_min || along < p.chip_mm_min || along > p.chip_mm_max) return {};
  if (area < p.chip_area_min_mm2) return {};
  // A bite is filled; what only juts out of a faint edge is a hair or a glint.
  const bool sure = strong_share >= p.chip_sure_share;
  const double full = std::min(deep, area / along / p.chip_fill);
  if (along > (sure ? p.chip_sure_aspect_max : p.chip_aspect_max) * full) return {};
  if (deep < p.chip_soft_mm_max && EndStep(part, standing) < p.chip_end_step_min) return {};
  Region region = FromStrip(part, line, of.row_px);
  region.type = v1::DEFECT_TYPE_CHIP;
  region.contrast = MedianOf(levels);
  region.weight = std::sqrt(region.area_px2) / of.scale * region.contrast / p.weight_contrast;
  region.confidence = region.contrast / (region.contrast + p.chip_high);
  return region;
}

// The mean colour of short pieces of the rim, a row for each depth.
cv::Mat Pieces(const RimField& field, const Outline& line, int columns, const Parameters& p) {
  const cv::Mat strip =
      Strip(field.colour, line,
            {p.wear_from_mm * field.px_per_mm, p.wear_row_mm * field.px_per_mm, p.wear_rows},
            field.to_picture);
  cv::Mat pieces;
  cv::resize(strip, pieces, cv::Size(columns, p.wear_rows), 0, 0, cv::INTER_AREA);
  pieces.convertTo(pieces, CV_32F, 1.0 / 255);
  cv::cvtColor(pieces, pieces, cv::COLOR_BGR2Lab);
  return pieces;
}

// The rim around each piece at each depth: its median lightness and chroma.
struct RimAround {
  cv::Mat level;
  cv::Mat chroma;
};

double Chroma(const cv::Vec3f& lab) { return std::hypot(lab[1], lab[2]); }

RimAround Around(const cv::Mat& pieces, const std::vector<bool>& looked, int reach) {
  constexpr int kEvery = 3;
  RimAround around{cv::Mat(pieces.size(), CV_32F), cv::Mat(pieces.size(), CV_32F)};
  for (int row = 0; row < pieces.rows; ++row) {
    const auto* lab = pieces.ptr<cv::Vec3f>(row);
    for (int i = 0; i < pieces.cols; ++i) {
      std::vector<float> levels;
      std::vector<float> chromas;
      for (int k = -reach; k <= reach; k += kEvery) {
        const size_t other = OnOutline(i + k, looked.size());
        if (!looked[other]) continue;
        levels.push_back(lab[other][0]);
        chromas.push_back(static_cast<float>(Chroma(lab[other])));
      }
      around.level.at<float>(row, i) = static_cast<float>(MedianOf(levels));
      around.chroma.at<float>(row, i) = static_cast<float>(MedianOf(chromas));
    }
  }
  return around;
}

// How much brighter, or paler where that is more, each piece is than the rim around, a row for each
// depth; and below which value that is the rim's own unsteadiness.
struct Rubbed {
  cv::Mat pieces;
  RimAround around;
  cv::Mat by_row;
  std::vector<double> mean;
  double least = 0;
  // Of a light rim.
  bool light = false;
};

Rubbed HowRubbed(const cv::Mat& pieces, const std::vector<bool>& looked, int reach,
                 const Parameters& p) {
  const auto columns = static_cast<size_t>(pieces.cols);
  Rubbed rubbed{pieces, Around(pieces, looked, reach), cv::Mat::zeros(pieces.size(), CV_32F),
                std::vector<double>(columns)};
  for (int row = 0; row < pieces.rows; ++row) {
    for (int i = 0; i < pieces.cols; ++i) {
      if (!looked[static_cast<size_t>(i)]) continue;
      const auto& lab = pieces.at<cv::Vec3f>(row, i);
      const double brighter = lab[0] - rubbed.around.level.at<float>(row, i);
      const double paler = rubbed.around.chroma.at<float>(row, i) - Chroma(lab);
      const double more = std::max(brighter, brighter > -p.wear_min ? paler : 0.0);
      rubbed.by_row.at<float>(row, i) = static_cast<float>(more);
      if (row < p.wear_edge_rows) rubbed.mean[static_cast<size_t>(i)] += more / p.wear_edge_rows;
    }
  }
  std::vector<float> off;
  std::vector<float> lightness;
  for (size_t i = 0; i < columns; ++i) {
    if (!looked[i]) continue;
    off.push_back(static_cast<float>(std::abs(rubbed.mean[i])));
    lightness.push_back(pieces.at<cv::Vec3f>(0, static_cast<int>(i))[0]);
  }
  rubbed.light = MedianOf(lightness) >= p.wear_light_from;
  rubbed.least =
      std::max(rubbed.light ? p.wear_min_light : p.wear_min, p.wear_spread_factor * MedianOf(off));
  return rubbed;
}

// How deep a run of pieces is rubbed: where what is left falls below half. 0 where it does not
// begin at the edge: then it is the outline that strayed into the shadow.
int RubbedRows(const Rubbed& rubbed, int first, int length, const Parameters& p) {
  double at_edge = 0;
  double most = 0;
  int deep = 0;
  for (int row = 0; row < rubbed.by_row.rows; ++row) {
    double sum = 0;
    for (int k = 0; k < length; ++k) {
      sum += rubbed.by_row.at<float>(row, (first + k) % rubbed.by_row.cols);
    }
    if (row == 0) at_edge = sum;
    most = std::max(most, sum);
    if (sum >= most / 2) deep = row + 1;
    if (sum < most / 2) break;
  }
  return !rubbed.light && at_edge < p.wear_edge_share_min * most ? 0 : deep;
}

// True where the run looks as the rim around does a little deeper or nearer the edge: there the
// outline strayed, such as from a grey frame to a white back.
bool OutlineStrayed(const Rubbed& rubbed, int first, int length, const Parameters& p) {
  const int rows = rubbed.by_row.rows;
  double as_it_is = 0;
  double least = 100;
  for (int shift = -p.wear_stray_rows; shift <= p.wear_stray_rows; ++shift) {
    double most = 0;
    for (int row = 0; row < rows; ++row) {
      const int other = std::clamp(row + shift, 0, rows - 1);
      double level = 0;
      double chroma = 0;
      for (int k = 0; k < length; ++k) {
        const int piece = (first + k) % rubbed.by_row.cols;
        const auto& lab = rubbed.pieces.at<cv::Vec3f>(row, piece);
        level += lab[0] - rubbed.around.level.at<float>(other, piece);
        chroma += Chroma(lab) - rubbed.around.chroma.at<float>(other, piece);
      }
      most = std::max({most, std::abs(level) / length, std::abs(chroma) / length});
    }
    if (shift == 0) as_it_is = most;
    least = std::min(least, most);
  }
  return least < p.wear_stray_share * as_it_is;
}

std::vector<Region> FindWear(const RimField& field, const Outline& line,
                             const std::vector<bool>& looked, const StripScale& of,
                             const Parameters& p) {
  std::vector<Region> found;
  const auto columns =
      static_cast<int>(static_cast<double>(line.points.size()) * of.column_px / of.px_per_mm);
  const int reach = static_cast<int>(p.wear_window_mm);
  if (columns < 2 * reach) return found;
  const double per_piece = static_cast<double>(line.points.size()) / columns;
  std::vector<bool> pieces_looked;
  for (int i = 0; i < columns; ++i) {
    pieces_looked.push_back(looked[static_cast<size_t>(i * per_piece)]);
  }
  const Rubbed rubbed = HowRubbed(Pieces(field, line, columns, p), pieces_looked, reach, p);
  const auto is = [&](int i) {
    return rubbed.mean[static_cast<size_t>(i % columns)] >= rubbed.least;
  };
  int first = 0;
  while (first < columns && is(first)) ++first;
  const int end = first + columns;
  for (int i = first; i < end; ++i) {
    if (!is(i)) continue;
    int length = 1;
    double sum = 0;
    for (int k = 0; k <= length + 1 && i + k < end; ++k) {
      if (!is(i + k)) continue;
      length = k + 1;
      sum += rubbed.mean[static_cast<size_t>((i + k) % columns)];
    }
    const int deep = RubbedRows(rubbed, i, length, p);
    const double deep_mm = p.wear_from_mm + deep * p.wear_row_mm;
    if (deep > 0 && length >= p.wear_length_min_mm && length >= p.wear_aspect_min * deep_mm &&
        !OutlineStrayed(rubbed, i, length, p)) {
      std::vector<cv::Point> part;
      const double rows_px = deep_mm * of.px_per_mm / of.row_px;
      for (int column = static_cast<int>(i * per_piece); column < (i + length) * per_piece;
           ++column) {
        for (int row = 0; row < rows_px; ++row) part.emplace_back(column, row);
      }
      Region region = FromStrip(part, line, of.row_px);
      region.type = v1::DEFECT_TYPE_WEAR;
      // A unit of lightness is about two and a half grey levels.
      region.contrast = 2.55 * sum / length;
      region.weight = std::sqrt(region.area_px2) / of.scale * region.contrast / p.weight_contrast;
      region.confidence = sum / length / (sum / length + rubbed.least);
      found.push_back(std::move(region));
    }
    i += length;
  }
  return found;
}

// Doubled at its seam, so that what lies over it is one part.
std::vector<std::vector<cv::Point>> Parts(const cv::Mat& marks) {
  cv::Mat twice;
  cv::hconcat(marks, marks, twice);
  cv::Mat weak = twice > 0;
  cv::morphologyEx(weak, weak, cv::MORPH_CLOSE, cv::Mat::ones(5, 3, CV_8U));
  cv::Mat labels;
  const int count = cv::connectedComponents(weak, labels, 8, CV_32S);
  std::vector<std::vector<cv::Point>> all(static_cast<size_t>(count));
  for (int y = 0; y < labels.rows; ++y) {
    for (int x = 0; x < labels.cols; ++x) {
      const int label = labels.at<int>(y, x);
      if (label > 0) all[static_cast<size_t>(label)].emplace_back(x, y);
    }
  }
  std::vector<std::vector<cv::Point>> parts;
  for (std::vector<cv::Point>& part : all) {
    if (part.empty()) continue;
    int left = part.front().x;
    int right = left;
    for (const cv::Point& at : part) {
      left = std::min(left, at.x);
      right = std::max(right, at.x);
    }
    // Each part once: the copy that begins in the first half; what touches an end is cut.
    const bool cut = left == 0 || right == labels.cols - 1;
    if (cut || left >= marks.cols || right - left >= marks.cols) continue;
    parts.push_back(std::move(part));
  }
  return parts;
}

// Columns where the body's side wall is about as broad as a little before and behind. Where it
// begins, at a corner of a device that is seen aslant, frame, wall and ground meet at an angle.
std::vector<bool> OnSteadyWall(const Outline& line, const Outline& face_edge,
                               const std::vector<bool>& looked, const StripScale& of,
                               const Parameters& p) {
  const auto wall_mm = [&](std::ptrdiff_t column) {
    const size_t i = OnOutline(column, line.points.size());
    return cv::norm(face_edge.points[i] - line.points[i]) / of.px_per_mm;
  };
  const auto around = static_cast<std::ptrdiff_t>(p.wall_steady_mm * of.px_per_mm / of.column_px);
  std::vector<bool> steady = looked;
  for (size_t i = 0; i < looked.size(); ++i) {
    const auto at = static_cast<std::ptrdiff_t>(i);
    const double change = std::abs(wall_mm(at + around) - wall_mm(at - around));
    if (change > p.wall_change_max_mm) steady[i] = false;
  }
  return steady;
}

std::vector<Region> FindChips(const cv::Mat& grey, const Outline& edge, const cv::Mat& ground,
                              const std::vector<bool>& looked, int reach, const StripScale& of,
                              const Parameters& p) {
  const int depth = static_cast<int>(p.chip_depth_mm * of.px_per_mm / of.row_px);
  cv::Mat strip = Strip(grey, edge, {0, of.row_px, depth});
  cv::GaussianBlur(strip, strip, cv::Size(3, 3), 0);
  const Standing standing = StandOut(strip, ground, looked, reach, p);
  std::vector<Region> chips;
  for (const auto& part : Parts(standing.marks)) {
    if (auto chip = AsChip(part, standing, edge, of, p)) chips.push_back(std::move(*chip));
  }
  return chips;
}

}  // namespace

RimFindings InspectRim(const RimField& field, const Outline& line, const Outline& face_edge,
                       const FaceFrame& frame, bool with_wear, const Parameters& p) {
  RimFindings findings;
  const double mm = field.px_per_mm;
  const StripScale of{.row_px = std::max(1.0, p.rim_row_mm * mm),
                      .column_px = line.step_px,
                      .px_per_mm = mm,
                      .scale = field.scale};
  const int reach = static_cast<int>(p.rim_window_mm * mm / of.column_px);
  if (line.points.size() < static_cast<size_t>(4 * reach)) return findings;
  const std::vector<bool> looked = LookedAt(line, frame, p);
  const std::vector<bool> steady = OnSteadyWall(line, face_edge, looked, of, p);
  const cv::Mat ground = Ground(field.grey, line, of, p);
  findings.regions = FindChips(field.grey, face_edge, ground, steady, reach, of, p);
  findings.area_px2 = static_cast<double>(std::count(looked.begin(), looked.end(), true)) *
                      of.column_px * p.rim_depth_mm * mm;
  if (!with_wear || field.colour.empty()) return findings;
  const std::vector<Region> worn = FindWear(field, face_edge, steady, of, p);
  // What is left of the paint in a rubbed piece stands out too.
  std::erase_if(findings.regions, [&](const Region& chip) {
    return std::any_of(worn.begin(), worn.end(), [&](const Region& wear) {
      return cv::pointPolygonTest(wear.outline, chip.rect.center, true) > -p.chip_edge_mm * mm;
    });
  });
  findings.regions.insert(findings.regions.end(), worn.begin(), worn.end());
  return findings;
}

}  // namespace loopdock::vision
