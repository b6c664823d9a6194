// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/regions.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "services/vision/measure/lines.h"
#include "services/vision/measure/skeleton.h"

namespace loopdock::vision {
namespace {

constexpr size_t kOutlinePointsMax = 64;

cv::Mat Disc(double radius) {
  const int reach = std::max(1, static_cast<int>(std::lround(radius)));
  return cv::getStructuringElement(cv::MORPH_ELLIPSE, cv::Size(2 * reach + 1, 2 * reach + 1));
}

double Percentile(std::vector<float>& values, double share) {
  const auto at = values.begin() + std::lround(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void Simplify(std::vector<cv::Point>& outline) {
  const std::vector<cv::Point> all = outline;
  for (double tolerance = 1; outline.size() > kOutlinePointsMax && tolerance < 100;
       tolerance *= 1.5) {
    cv::approxPolyDP(all, outline, tolerance, true);
  }
}

// One outline that follows the lines: closed over the gaps between the pieces, then drawn back.
std::vector<cv::Point> LineOutline(const cv::Mat& marks, double join) {
  const int pad = static_cast<int>(std::ceil(join)) + 2;
  cv::Mat closed;
  cv::copyMakeBorder(marks, closed, pad, pad, pad, pad, cv::BORDER_CONSTANT, cv::Scalar(0));
  cv::morphologyEx(closed, closed, cv::MORPH_CLOSE, Disc(join));
  cv::dilate(closed, closed, cv::Mat::ones(3, 3, CV_8U));
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(closed, contours, cv::RETR_EXTERNAL, cv::CHAIN_APPROX_NONE);
  std::vector<cv::Point> outline;
  for (const auto& contour : contours) {
    if (contour.size() > outline.size()) outline = contour;
  }
  Simplify(outline);
  // findContours walks the outer border against the clock as seen in a picture.
  std::reverse(outline.begin(), outline.end());
  for (cv::Point& point : outline) point -= cv::Point(pad, pad);
  return outline;
}

// Of a drop only the rim shines, so its hull says better how large it is than its marks.
std::vector<cv::Point> PatchOutline(const std::vector<cv::Point>& points) {
  std::vector<cv::Point> outline;
  cv::convexHull(points, outline, true);
  Simplify(outline);
  return outline;
}

// Light across the line against its peak: the width at which a sharp line of that peak would send
// as much light. Works below a pixel's width too, where counting pixels does not.
double LineWidth(const cv::Mat& marks, const cv::Mat& level, const Skeleton& skeleton) {
  if (skeleton.points.empty() || skeleton.length_px < 1) return 1;
  cv::Mat around;
  cv::dilate(marks, around, cv::Mat::ones(5, 5, CV_8U));
  double light = 0;
  for (int y = 0; y < level.rows; ++y) {
    const float* value = level.ptr<float>(y);
    const unsigned char* inside = around.ptr<unsigned char>(y);
    for (int x = 0; x < level.cols; ++x) {
      if (inside[x] != 0) light += value[x];
    }
  }
  if (skeleton.crest <= 0) return 1;
  return light / (skeleton.crest * (skeleton.length_px + 1));
}

// Whether a mark runs up to the border of what was inspected.
bool TouchesBorder(const cv::Mat& own, const cv::Mat& inspected, cv::Rect box) {
  constexpr int kReach = 3;
  const cv::Rect whole(0, 0, inspected.cols, inspected.rows);
  for (int y = 0; y < own.rows; ++y) {
    const unsigned char* mark = own.ptr<unsigned char>(y);
    for (int x = 0; x < own.cols; ++x) {
      if (mark[x] == 0) continue;
      const cv::Point at = cv::Point(x, y) + box.tl();
      for (const cv::Point& step :
           {cv::Point(kReach, 0), {-kReach, 0}, {0, kReach}, {0, -kReach}}) {
        const cv::Point beside = at + step;
        if (!whole.contains(beside) || inspected.at<unsigned char>(beside) == 0) return true;
      }
    }
  }
  return false;
}

// Share of the centre lines that run deeper than `depth` inside their hull: the lines of a web do,
// the rim of a drop follows the hull.
double InnerShare(const std::vector<cv::Point>& points, double depth) {
  if (points.size() < 3) return 0;
  std::vector<cv::Point> hull;
  cv::convexHull(points, hull);
  const auto inner = std::count_if(points.begin(), points.end(), [&](const cv::Point& point) {
    return cv::pointPolygonTest(hull, cv::Point2f(point), true) > depth;
  });
  return static_cast<double>(inner) / static_cast<double>(points.size());
}

// What a mark is, by its shape alone.
struct Shape {
  double major = 0;
  double minor = 0;
  // Across its lines.
  double width = 0;
  // Of its lines, over the gaps of one that is known to be one.
  double way = 0;
};

bool IsShortLine(const RegionField& field, const Shape& shape, const Parameters& p) {
  double least = p.speck_length_px * field.scale;
  if (field.px_per_mm.has_value()) {
    least = std::max(least, p.scratch_length_min_mm * *field.px_per_mm);
  }
  return shape.major >= least && shape.major >= p.short_scratch_aspect_min * shape.width &&
         shape.width <= p.short_scratch_width_max_px * field.scale;
}

// Thin and straight.
bool IsOfLines(const RegionField& field, const Skeleton& skeleton, const Shape& shape,
               const Parameters& p) {
  return shape.width <= p.web_width_max_px * field.scale &&
         skeleton.straightness >= p.web_straightness_min;
}

v1::DefectType KindOf(const RegionField& field, const Skeleton& skeleton, const Shape& shape,
                      const Parameters& p) {
  const double curl = shape.way / shape.major;
  const bool slender = shape.major >= p.scratch_aspect_min * shape.minor &&
                       curl >= p.scratch_curl_min && curl < p.scratch_curl_max;
  if (shape.major < p.scratch_length_min_px * field.scale) {
    return slender && IsShortLine(field, shape, p) ? v1::DEFECT_TYPE_SCRATCH
                                                   : v1::DEFECT_TYPE_STAIN;
  }
  if (slender) return v1::DEFECT_TYPE_SCRATCH;
  if (skeleton.junctions == 0 || !IsOfLines(field, skeleton, shape, p)) {
    return v1::DEFECT_TYPE_STAIN;
  }
  const double inner = InnerShare(skeleton.points, p.web_rim_share * shape.minor);
  const bool dense = inner >= p.web_dense_inner_min &&
                     skeleton.length_px >= p.web_dense_min * 2 * (shape.major + shape.minor);
  if (inner < p.web_inner_share_min && !dense) return v1::DEFECT_TYPE_STAIN;
  return skeleton.junctions >= p.crack_junctions_min ? v1::DEFECT_TYPE_CRACK
                                                     : v1::DEFECT_TYPE_SCRATCH;
}

// A scratch that broke into pieces is as long as from end to end.
double EndToEnd(const std::vector<cv::Point>& points) {
  if (points.empty()) return 1;
  const cv::RotatedRect rect = cv::minAreaRect(points);
  return std::max(rect.size.width, rect.size.height) + 1.0;
}

struct Described {
  Region region;
  Skeleton skeleton;
};

// In pixels of the box; weight 0 for what is dust. `line_px` is the length of marks that are known
// to be one line, 0 for others.
Described Describe(const RegionField& field, const Surface& surface, const cv::Mat& marks,
                   cv::Rect box, double line_px, const Parameters& p) {
  const double scale = field.scale;
  const cv::Mat level = cv::abs(surface.Flat(field.grey, box));
  Described described;
  Region& region = described.region;
  std::vector<cv::Point> points;
  cv::findNonZero(marks, points);
  if (points.empty()) return described;
  std::vector<float> levels;
  levels.reserve(points.size());
  for (const cv::Point& point : points) levels.push_back(level.at<float>(point));
  region.contrast = Percentile(levels, 0.95);
  region.rect = cv::minAreaRect(points);
  Shape shape;
  shape.major = std::max(region.rect.size.width, region.rect.size.height) + 1.0;
  shape.minor = std::min(region.rect.size.width, region.rect.size.height) + 1.0;
  const auto area = static_cast<double>(points.size());
  if (area < p.faint_area_px2 * scale * scale && region.contrast < p.faint_contrast)
    return described;
  region.weight = std::sqrt(area) / scale * region.contrast / p.weight_contrast;
  cv::Mat joined;
  cv::morphologyEx(marks, joined, cv::MORPH_CLOSE, cv::Mat::ones(3, 3, CV_8U));
  described.skeleton = Thin(joined, level, p.spur_px * scale, p.end_faint_share,
                            static_cast<int>(std::lround(p.end_blur_px * scale)));
  const Skeleton& skeleton = described.skeleton;
  shape.way = std::max(skeleton.length_px, line_px);
  shape.width = LineWidth(marks, level, skeleton);
  region.type = KindOf(field, skeleton, shape, p);
  if (region.type == v1::DEFECT_TYPE_STAIN) {
    region.outline = PatchOutline(points);
    region.length_px = shape.major;
    region.width_px = shape.minor;
    region.area_px2 = std::max(area, cv::contourArea(region.outline));
    if (IsOfLines(field, skeleton, shape, p)) {
      region.lines = {skeleton.points, skeleton.length_px, shape.width};
    }
  } else {
    region.outline = LineOutline(marks, p.join_px * scale);
    region.path = skeleton.points;
    region.length_px = std::max(skeleton.length_px, EndToEnd(skeleton.points));
    region.width_px = shape.width;
    region.area_px2 = region.length_px * region.width_px;
  }
  const double least = field.px_per_mm.has_value() ? std::min(p.speck_length_mm * *field.px_per_mm,
                                                              p.speck_length_px * scale)
                                                   : p.speck_length_px * scale;
  const bool long_enough = shape.major >= least && shape.major >= p.speck_aspect_min * shape.minor;
  const bool speck = region.type == v1::DEFECT_TYPE_STAIN && !long_enough;
  if (speck && region.weight < p.speck_weight) region.weight = 0;
  return described;
}

// Which marks belong together, on a grid whose cells are a quarter of the joining distance: 0
// where none are near. Coarse, because it only has to bridge gaps.
struct Groups {
  cv::Mat labels;
  cv::Mat stats;
  int count = 0;
  int cell_px = 1;
};

Groups GroupMarks(const cv::Mat& marks, double join_px) {
  constexpr int kCellsJoined = 4;
  Groups groups;
  groups.cell_px = std::max(1, static_cast<int>(std::lround(join_px / kCellsJoined)));
  const int cell = groups.cell_px;
  cv::Mat cells =
      cv::Mat::zeros((marks.rows + cell - 1) / cell, (marks.cols + cell - 1) / cell, CV_8U);
  for (int y = 0; y < marks.rows; ++y) {
    const unsigned char* mark = marks.ptr<unsigned char>(y);
    unsigned char* out = cells.ptr<unsigned char>(y / cell);
    for (int x = 0; x < marks.cols; ++x) {
      if (mark[x] != 0) out[x / cell] = 255;
    }
  }
  const int side = 2 * static_cast<int>(std::lround(join_px / cell)) + 1;
  cv::dilate(cells, cells, cv::Mat::ones(side, side, CV_8U));
  cv::Mat centres;
  groups.count =
      cv::connectedComponentsWithStats(cells, groups.labels, groups.stats, centres, 8, CV_32S);
  return groups;
}

struct Part {
  cv::Mat marks;
  cv::Rect box;
};

std::vector<Part> PartsOf(const cv::Mat& marks, double join_px) {
  const Groups groups = GroupMarks(marks, join_px);
  const int cell = groups.cell_px;
  const cv::Rect whole(0, 0, marks.cols, marks.rows);
  std::vector<Part> parts;
  for (int part = 1; part < groups.count; ++part) {
    const cv::Rect cells(groups.stats.at<int>(part, cv::CC_STAT_LEFT),
                         groups.stats.at<int>(part, cv::CC_STAT_TOP),
                         groups.stats.at<int>(part, cv::CC_STAT_WIDTH),
                         groups.stats.at<int>(part, cv::CC_STAT_HEIGHT));
    const cv::Rect box = cv::Rect(cells.tl() * cell, cells.size() * cell) & whole;
    cv::Mat own = groups.labels(cells) == part;
    cv::resize(own, own, cells.size() * cell, 0, 0, cv::INTER_NEAREST);
    parts.push_back({marks(box) & own(cv::Rect(cv::Point(0, 0), box.size())), box});
  }
  return parts;
}

// From pixels of the part's box.
Region Placed(const RegionField& field, const Part& part, Region region) {
  region.cut_off = TouchesBorder(part.marks, field.inspected, part.box);
  for (cv::Point& point : region.outline) point += part.box.tl();
  for (cv::Point& point : region.path) point += part.box.tl();
  for (cv::Point& point : region.lines.path) point += part.box.tl();
  region.rect.center += cv::Point2f(part.box.tl());
  return region;
}

void Keep(const RegionField& field, const Part& part, Region region, std::vector<Region>& regions) {
  if (region.weight <= 0) return;
  regions.push_back(Placed(field, part, std::move(region)));
}

// Marks that lie near each other, before it is known whether they are one.
struct Joined {
  Part part;
  Described whole;
};

double Apart(const Region& a, const Region& b) {
  double least = 1e9;
  for (const auto& [from, to] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    for (const cv::Point& at : from->outline) {
      least = std::min(least, -cv::pointPolygonTest(to->outline, cv::Point2f(at), true));
    }
  }
  return least;
}

// What a logo or a seam cuts off a web has too few places where lines meet to be told a web by
// itself, and would be a stain: but it lies beside the web, and both run up to what is not looked
// at.
void TakePiecesOfWebs(double scale, const Parameters& p, std::vector<Joined>& groups) {
  for (Joined& group : groups) {
    Region& piece = group.whole.region;
    if (piece.type != v1::DEFECT_TYPE_STAIN || piece.lines.path.empty() || !piece.cut_off) continue;
    if (piece.length_px < p.scratch_length_min_px * scale) continue;
    const bool beside = std::any_of(groups.begin(), groups.end(), [&](const Joined& other) {
      const Region& web = other.whole.region;
      return web.type == v1::DEFECT_TYPE_CRACK && web.cut_off &&
             Apart(piece, web) <= p.web_piece_reach_px * scale;
    });
    if (!beside) continue;
    piece.type = v1::DEFECT_TYPE_CRACK;
    piece.path = piece.lines.path;
    piece.length_px = piece.lines.length_px;
    piece.width_px = piece.lines.width_px;
    piece.area_px2 = piece.length_px * piece.width_px;
  }
}

// Of a broad scratch both sides may be found: the shorter one is no line of its own.
void DropSecondSides(double reach, double share, std::vector<Line>& lines) {
  // Of the points; enough for a reach of several pixels.
  constexpr size_t kEvery = 6;
  const auto near = [&](cv::Point at, const std::vector<cv::Point>& points) {
    for (size_t i = 0; i < points.size(); i += kEvery) {
      if (cv::norm(points[i] - at) <= reach) return true;
    }
    return false;
  };
  std::vector<Line> kept;
  for (Line& line : lines) {
    const bool second = std::any_of(kept.begin(), kept.end(), [&](const Line& longer) {
      int all = 0;
      int beside = 0;
      for (size_t i = 0; i < line.points.size(); i += kEvery, ++all) {
        beside += near(line.points[i], longer.points) ? 1 : 0;
      }
      return beside >= share * all;
    });
    if (!second) kept.push_back(std::move(line));
  }
  lines = std::move(kept);
}

// A crack begins and ends at others; scratches run across them and end in the open.
bool EndInTheOpen(const std::vector<Line>& lines, double reach) {
  for (const Line& line : lines) {
    for (const cv::Point& end : {line.points.front(), line.points.back()}) {
      for (const Line& other : lines) {
        if (&other == &line) continue;
        const bool near =
            std::any_of(other.points.begin(), other.points.end(),
                        [&](const cv::Point& point) { return cv::norm(point - end) <= reach; });
        if (near) return false;
      }
    }
  }
  return true;
}

// Whether a group of that kind is these lines: of what looks like a patch or a web they must be
// nearly all, and few.
bool ConsistsOf(const std::vector<Line>& lines, double straight_share, v1::DefectType type,
                double scale, const Parameters& p) {
  if (type == v1::DEFECT_TYPE_SCRATCH) return true;
  if (straight_share < p.line_share_min) return false;
  if (type == v1::DEFECT_TYPE_STAIN) return static_cast<int>(lines.size()) <= p.line_patch_max;
  return static_cast<int>(lines.size()) <= p.line_web_max &&
         EndInTheOpen(lines, p.line_open_px * scale);
}

// Lines that only lie near each other, or cross, each for itself, and then the rest. None where the
// marks are one line, a web or a patch.
std::vector<Region> Separate(const RegionField& field, const Surface& surface, const Part& part,
                             const Described& whole, const Parameters& p) {
  std::vector<Line> lines = FindLines(whole.skeleton.branches, field.scale, p);
  const auto length = [](const std::vector<Line>& some) {
    return std::accumulate(some.begin(), some.end(), 0.0,
                           [](double sum, const Line& line) { return sum + line.length_px; });
  };
  const double all_px = length(lines);
  std::erase_if(lines, [&](const Line& line) {
    return line.length_px < p.line_alone_min_px * field.scale ||
           line.straightness < p.line_straight_min;
  });
  if (lines.empty()) return {};
  const double straight_share = length(lines) / all_px;
  DropSecondSides(p.line_half_width_px * field.scale, p.line_same_share, lines);
  if (!ConsistsOf(lines, straight_share, whole.region.type, field.scale, p)) return {};
  const std::vector<cv::Mat> marks = MarksOfLines(part.marks, lines, field.scale, p);
  const cv::Mat& rest = marks.back();
  if (lines.size() == 1 && cv::countNonZero(rest) == 0 &&
      whole.region.type == v1::DEFECT_TYPE_SCRATCH) {
    return {};
  }
  std::vector<Region> regions;
  for (size_t i = 0; i < lines.size(); ++i) {
    const Part own{marks[i], part.box};
    Region region = Describe(field, surface, own.marks, own.box, lines[i].length_px, p).region;
    if (region.type != v1::DEFECT_TYPE_SCRATCH) return {};
    Keep(field, own, std::move(region), regions);
  }
  for (Part& other : PartsOf(rest, p.join_px * field.scale)) {
    other.box += part.box.tl();
    Keep(field, other, Describe(field, surface, other.marks, other.box, 0, p).region, regions);
  }
  return regions;
}

}  // namespace

std::vector<Region> FindRegions(const RegionField& field, const Surface& surface,
                                const Parameters& p) {
  std::vector<Joined> groups;
  for (const Part& part : PartsOf(field.marks, p.join_px * field.scale)) {
    Described whole = Describe(field, surface, part.marks, part.box, 0, p);
    if (whole.region.weight <= 0) continue;
    whole.region = Placed(field, part, std::move(whole.region));
    groups.push_back({part, std::move(whole)});
  }
  TakePiecesOfWebs(field.scale, p, groups);
  std::vector<Region> regions;
  for (Joined& group : groups) {
    std::vector<Region> apart = Separate(field, surface, group.part, group.whole, p);
    if (apart.empty()) apart.push_back(std::move(group.whole.region));
    std::move(apart.begin(), apart.end(), std::back_inserter(regions));
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.weight > b.weight; });
  return regions;
}

}  // namespace loopdock::vision
