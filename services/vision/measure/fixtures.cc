// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/fixtures.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// A rectangle in the device's own coordinates.
using Span = cv::Rect2d;

std::vector<cv::Point> ToOutline(const FaceFrame& frame, const Span& span) {
  std::vector<cv::Point> outline;
  for (const cv::Point2d& at :
       {cv::Point2d(span.x, span.y), cv::Point2d(span.x + span.width, span.y),
        cv::Point2d(span.x + span.width, span.y + span.height),
        cv::Point2d(span.x, span.y + span.height)}) {
    outline.emplace_back(frame.ToPicture(at));
  }
  return outline;
}

Span Union(const Span& a, const Span& b) { return a | b; }

bool Touch(const Span& a, const Span& b, double along, double across) {
  return a.x - along < b.x + b.width && b.x - along < a.x + a.width &&
         a.y - across < b.y + b.height && b.y - across < a.y + a.height;
}

// What somebody made has a border all around, in levels a pixel; the slopes of a dent are soft.
bool HasBorder(const cv::Mat& smooth, const cv::Mat& differs, const std::vector<cv::Point>& contour,
               const Parameters& p) {
  const cv::Rect box = cv::boundingRect(contour);
  cv::Mat along;
  cv::Mat across;
  cv::Mat steepness;
  cv::Sobel(smooth(box), along, CV_32F, 1, 0, 3, 1.0 / 8);
  cv::Sobel(smooth(box), across, CV_32F, 0, 1, 3, 1.0 / 8);
  cv::magnitude(along, across, steepness);
  cv::Mat own = cv::Mat::zeros(box.size(), CV_8U);
  cv::drawContours(own, std::vector<std::vector<cv::Point>>{contour}, 0, cv::Scalar(255),
                   cv::FILLED, cv::LINE_8, cv::noArray(), 0, -box.tl());
  double steep = 0;
  for (const cv::Point& at : contour) steep += steepness.at<float>(at - box.tl());
  steep /= static_cast<double>(contour.size());
  return steep >= p.round_step_min &&
         steep >= p.round_step_share_min * cv::mean(differs(box), own)[0];
}

// Contours that are a circle: as much area as its length allows, and as wide as long.
std::vector<cv::Rect> RoundThings(const cv::Mat& face, const Parameters& p) {
  std::vector<cv::Rect> found;
  cv::Mat smooth;
  cv::GaussianBlur(face, smooth, cv::Size(), 1.2);
  cv::Mat surface;
  cv::medianBlur(smooth, surface, 51);
  cv::Mat differs;
  cv::absdiff(smooth, surface, differs);
  for (const double level : {10.0, 22.0, 45.0}) {
    std::vector<std::vector<cv::Point>> contours;
    cv::findContours(differs > level, contours, cv::RETR_LIST, cv::CHAIN_APPROX_NONE);
    for (const auto& contour : contours) {
      const cv::Rect box = cv::boundingRect(contour);
      const double size = std::max(box.width, box.height);
      if (size < p.round_min * face.rows || size > p.round_max * face.rows) continue;
      if (std::min(box.width, box.height) < 0.85 * size) continue;
      const double area = cv::contourArea(contour);
      const double length = cv::arcLength(contour, true);
      if (4 * CV_PI * area < p.round_fit_min * length * length) continue;
      if (HasBorder(smooth, differs, contour, p)) found.push_back(box);
    }
  }
  return found;
}

// Where the shape lies in the device's own coordinates.
Span SpanOf(const FaceFrame& frame, const std::vector<cv::Point>& outline) {
  double low_x = 1e9;
  double low_y = 1e9;
  double high_x = -1e9;
  double high_y = -1e9;
  for (const cv::Point& corner : outline) {
    const cv::Point2d at = frame.ToFace(corner);
    low_x = std::min(low_x, at.x);
    high_x = std::max(high_x, at.x);
    low_y = std::min(low_y, at.y);
    high_y = std::max(high_y, at.y);
  }
  return {low_x, low_y, high_x - low_x, high_y - low_y};
}

// How much of the shape and its mirror image about the device's middle line is common to both.
double Symmetry(const FaceFrame& frame, const std::vector<cv::Point>& outline, const Span& span) {
  constexpr int kGrid = 96;
  const double reach = std::max(std::abs(span.y - 0.5), std::abs(span.y + span.height - 0.5));
  if (span.width <= 0 || reach <= 0) return 0;
  std::vector<cv::Point> shape;
  for (const cv::Point& corner : outline) {
    const cv::Point2d at = frame.ToFace(corner);
    shape.emplace_back(static_cast<int>((at.x - span.x) / span.width * (kGrid - 1)),
                       static_cast<int>((at.y - 0.5 + reach) / (2 * reach) * (kGrid - 1)));
  }
  // Of an arc the outline is too thin to lie on its own image.
  cv::convexHull(std::vector<cv::Point>(shape), shape);
  cv::Mat image = cv::Mat::zeros(kGrid, kGrid, CV_8U);
  cv::fillPoly(image, std::vector<std::vector<cv::Point>>{shape}, cv::Scalar(255));
  cv::Mat mirrored;
  cv::flip(image, mirrored, 0);
  return static_cast<double>(cv::countNonZero(image & mirrored)) /
         std::max(1, cv::countNonZero(image | mirrored));
}

// A seam for the antenna: straight across a body of metal, near an end. Where it lies along the
// border of what is inspected, only a part of its lines are its own.
bool IsSeam(const FaceFrame& frame, const Region& region, const Span& span, const Parameters& p) {
  if (region.path.size() < 2 || span.height < p.seam_across_min) return false;
  std::vector<cv::Point2f> path;
  for (const cv::Point& at : region.path) {
    const cv::Point2d face = frame.ToFace(at);
    path.emplace_back(static_cast<float>(face.x * frame.length_px()),
                      static_cast<float>(face.y * frame.width_px()));
  }
  cv::Vec4f line;
  cv::fitLine(path, line, cv::DIST_HUBER, 0, 0.01, 0.01);
  const double lean = std::atan2(std::abs(line[0]), std::abs(line[1])) * 180 / CV_PI;
  double low = 1;
  double high = 0;
  double middle = 0;
  size_t on_line = 0;
  for (const cv::Point2f& at : path) {
    const double off = std::abs((at.x - line[2]) * line[1] - (at.y - line[3]) * line[0]);
    if (off > p.seam_width_max * frame.width_px()) continue;
    low = std::min(low, at.y / frame.width_px());
    high = std::max(high, at.y / frame.width_px());
    middle += at.x / frame.length_px();
    ++on_line;
  }
  if (static_cast<double>(on_line) < p.seam_share_min * static_cast<double>(path.size())) {
    return false;
  }
  middle /= static_cast<double>(on_line);
  const bool from_side_to_side = high - low >= p.seam_whole_min;
  return high - low >= p.seam_across_min && std::min(middle, 1 - middle) <= p.seam_end_share &&
         lean <= (from_side_to_side ? p.seam_whole_lean_max_deg : p.seam_lean_max_deg);
}

// At a front's end the border of what is inspected cuts a button's ring to an arc: of a circle
// about the device's middle line. Of a ring that a reference shows, too, only arcs stand out.
bool IsArcOfButton(const FaceFrame& frame, const Region& region, const Parameters& p) {
  if (region.path.size() < 3) return false;
  // x^2 + y^2 = 2 a x + 2 b y + c, with the device's width as 1.
  cv::Mat known(static_cast<int>(region.path.size()), 3, CV_64F);
  cv::Mat squares(known.rows, 1, CV_64F);
  for (int i = 0; i < known.rows; ++i) {
    const cv::Point2d face = frame.ToFace(region.path[static_cast<size_t>(i)]);
    const cv::Point2d at(face.x * frame.length_px() / frame.width_px(), face.y - 0.5);
    known.at<double>(i, 0) = 2 * at.x;
    known.at<double>(i, 1) = 2 * at.y;
    known.at<double>(i, 2) = 1;
    squares.at<double>(i) = at.dot(at);
  }
  cv::Vec3d circle;
  if (!cv::solve(known, squares, circle, cv::DECOMP_SVD)) return false;
  const double radius_squared = circle[2] + circle[0] * circle[0] + circle[1] * circle[1];
  if (radius_squared <= 0) return false;
  const double radius = std::sqrt(radius_squared);
  double off = 0;
  for (int i = 0; i < known.rows; ++i) {
    const cv::Point2d at(known.at<double>(i, 0) / 2 - circle[0],
                         known.at<double>(i, 1) / 2 - circle[1]);
    off = std::max(off, std::abs(cv::norm(at) - radius));
  }
  const bool round = region.cut_off
                         ? off <= p.button_off_max * radius
                         : off <= p.button_whole_off_max * radius &&
                               region.length_px >= p.button_arc_min * radius * frame.width_px();
  return round && std::abs(circle[1]) <= p.centred_max && 2 * radius >= p.round_min &&
         2 * radius <= p.round_max;
}

bool IsFixture(const FaceFrame& frame, const Region& region, v1::Face face, const Parameters& p) {
  if (region.type == v1::DEFECT_TYPE_CRACK || region.outline.size() < 3) return false;
  const Span span = SpanOf(frame, region.outline);
  if (face != v1::FACE_DISPLAY && IsSeam(frame, region, span, p)) return true;
  const double from_end = std::max(span.x, 1 - span.x - span.width);
  if (face == v1::FACE_DISPLAY && from_end < 1 - p.front_fixture_end) return false;
  if (face == v1::FACE_DISPLAY && IsArcOfButton(frame, region, p)) return true;
  const double middle = span.y + span.height / 2;
  if (std::abs(middle - 0.5) > p.centred_max) return false;
  if (span.height > p.logo_across_max || span.width > p.logo_along_max) return false;
  // A lone thin line on the middle is a scratch all the same, a mark with a body is a logo.
  const double thin = std::min(region.rect.size.width, region.rect.size.height) + 1;
  // At a front's end the border of what is inspected cuts buttons to arcs.
  const bool cut_button = face == v1::FACE_DISPLAY && region.cut_off;
  if (!cut_button && thin < p.logo_thickness_min * frame.width_px()) return false;
  return Symmetry(frame, region.outline, span) >= p.symmetry_min;
}

// Round things near each other.
struct Module {
  Span span;
  std::vector<Span> lenses;
};

// A plate reaches about a lens's width beyond its lenses, so what is nearer is one module.
void Gather(const FaceFrame& frame, const Parameters& p, std::vector<Module>& modules) {
  for (size_t i = 0; i < modules.size(); ++i) {
    for (size_t k = i + 1; k < modules.size();) {
      const Span& a = modules[i].span;
      const Span& b = modules[k].span;
      const double reach = p.module_gap * std::min(0.15, std::max(a.height, b.height));
      if (!Touch(a, b, reach * frame.width_px() / frame.length_px(), reach)) {
        ++k;
        continue;
      }
      modules[i].span = Union(a, b);
      modules[i].lenses.insert(modules[i].lenses.end(), modules[k].lenses.begin(),
                               modules[k].lenses.end());
      modules.erase(modules.begin() + static_cast<std::ptrdiff_t>(k));
      k = i + 1;
    }
  }
}

// Lenses that lie beside each other, not rings around one middle.
int LensesApart(const Module& module, const FaceFrame& frame, const Parameters& p) {
  std::vector<Span> apart;
  for (const Span& lens : module.lenses) {
    if (lens.height < p.lens_min) continue;
    const bool known = std::any_of(apart.begin(), apart.end(), [&](const Span& other) {
      const double along = (lens.x + lens.width / 2 - other.x - other.width / 2) *
                           frame.length_px() / frame.width_px();
      const double across = lens.y + lens.height / 2 - other.y - other.height / 2;
      return std::hypot(along, across) < 0.5 * (lens.height + other.height);
    });
    if (!known) apart.push_back(lens);
  }
  return static_cast<int>(apart.size());
}

// The steps of the straightened face along (or across) it, each as the clearest of three side by
// side: seen aslant a border runs not quite along the axes.
struct Steps {
  cv::Mat rising;
  cv::Mat falling;
};

Steps StepsOf(const cv::Mat& face, bool along) {
  cv::Mat smooth;
  cv::GaussianBlur(face, smooth, cv::Size(), 1.2);
  cv::Mat steps;
  cv::Sobel(smooth, steps, CV_32F, along ? 1 : 0, along ? 0 : 1, 3, 1.0 / 8);
  const cv::Mat three = cv::Mat::ones(along ? cv::Size(3, 1) : cv::Size(1, 3), CV_8U);
  Steps found;
  cv::dilate(steps, found.rising, three);
  cv::dilate(-steps, found.falling, three);
  return found;
}

// How far outside `side`, a line beside the lenses, a plate's border runs along it: straight, all
// darker or all brighter inside. 0 where none does.
int BorderBeyond(const Steps& steps, cv::Rect side, cv::Point outwards, const Parameters& p) {
  const int reach = static_cast<int>(p.plate_reach * steps.rising.rows);
  const cv::Rect face({0, 0}, steps.rising.size());
  // What lies just inside still shows outside.
  for (int away = -p.plate_border_px; away <= reach; ++away) {
    const cv::Rect line = side + outwards * away;
    if (line.area() == 0 || (line & face) != line) return 0;
    const int clear = std::max(cv::countNonZero(steps.rising(line) >= p.plate_step_min),
                               cv::countNonZero(steps.falling(line) >= p.plate_step_min));
    if (clear >= p.plate_border_min * line.area()) return std::max(0, away + p.plate_border_px);
  }
  return 0;
}

// Beyond what a plate is taken to reach, as far as its border is seen.
Span ToBorder(const cv::Mat& face, const Span& lenses, const Span& plate, const Parameters& p) {
  const auto in_px = [&](const Span& span) {
    return cv::Rect(
        cv::Point(static_cast<int>(span.x * face.cols), static_cast<int>(span.y * face.rows)),
        cv::Size(static_cast<int>(span.width * face.cols),
                 static_cast<int>(span.height * face.rows)));
  };
  const cv::Rect inner = in_px(lenses);
  const cv::Rect outer = in_px(plate);
  const Steps along = StepsOf(face, true);
  const Steps across = StepsOf(face, false);
  const double before = BorderBeyond(along, {outer.x, inner.y, 1, inner.height}, {-1, 0}, p);
  const double behind = BorderBeyond(along, {outer.br().x, inner.y, 1, inner.height}, {1, 0}, p);
  const double above = BorderBeyond(across, {inner.x, outer.y, inner.width, 1}, {0, -1}, p);
  const double below = BorderBeyond(across, {inner.x, outer.br().y, inner.width, 1}, {0, 1}, p);
  return {plate.x - before / face.cols, plate.y - above / face.rows,
          plate.width + (before + behind) / face.cols, plate.height + (above + below) / face.rows};
}

}  // namespace

Cameras FindCameras(const cv::Mat& grey, const FaceFrame& frame, const Parameters& p) {
  constexpr int kWidth = 320;
  const cv::Mat face = Straightened(grey, frame, kWidth);
  std::vector<Module> modules;
  for (const cv::Rect& box : RoundThings(face, p)) {
    const Span span(static_cast<double>(box.x) / face.cols, static_cast<double>(box.y) / face.rows,
                    static_cast<double>(box.width) / face.cols,
                    static_cast<double>(box.height) / face.rows);
    modules.push_back({span, {span}});
  }
  Gather(frame, p, modules);
  Cameras cameras;
  for (const Module& module : modules) {
    const Span& lenses = module.span;
    const double middle = lenses.x + lenses.width / 2;
    const bool at_an_end = std::min(middle, 1 - middle) <= p.camera_end_share;
    const double across = at_an_end ? p.module_margin : p.round_margin;
    const double along = across * frame.width_px() / frame.length_px();
    Span plate(lenses.x - along, lenses.y - across, lenses.width + 2 * along,
               lenses.height + 2 * across);
    if (at_an_end) plate = ToBorder(face, lenses, plate, p);
    if (plate.width * plate.height > p.module_share_max) continue;
    const bool off_middle = std::abs(lenses.y + lenses.height / 2 - 0.5) > 2 * p.centred_max;
    const int lenses_apart = at_an_end && off_middle ? LensesApart(module, frame, p) : 0;
    const double from_end = middle <= 0.5 ? lenses.x + lenses.width : 1 - lenses.x;
    cameras.has_lens |= lenses_apart > 0;
    cameras.has_module |= lenses_apart > 1 && from_end >= p.front_camera_end;
    cameras.parts.push_back({v1::MASK_REASON_FIXTURE, ToOutline(frame, plate)});
  }
  return cameras;
}

std::vector<LeftOut> TakeFixtures(const FaceFrame& frame, v1::Face face, const Parameters& p,
                                  std::vector<Region>& regions) {
  std::vector<LeftOut> fixtures;
  std::erase_if(regions, [&](const Region& region) {
    if (!IsFixture(frame, region, face, p)) return false;
    fixtures.push_back({v1::MASK_REASON_FIXTURE, region.outline});
    return true;
  });
  return fixtures;
}

}  // namespace loopdock::vision
