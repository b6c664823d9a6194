// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/trace.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace loopdock::vision {
namespace {

// A scratch bends slowly: a curve of the third degree over its length follows it.
constexpr int kDegree = 3;
constexpr int kPointsMin = 6;
// Of the points around the curve; more, and it is no simple line.
constexpr double kStrayPxMax = 4;
// Columns of the strip a pixel.
constexpr int kAcrossPerPx = 2;
// Rows over which light is averaged along the line.
constexpr int kSmoothRows = 7;
// Of the light inside; where it falls below, the line ends.
constexpr double kEndShare = 0.5;
constexpr double kNoiseUnits = 4;
constexpr double kFollowedShareMin = 0.5;
constexpr double kMadToSigma = 1.4826;
// Nearer to the line its own blur reaches.
constexpr double kBesidePx = 2;
// Of what lies beside a line, in grey levels: a picture without any noise was made, not taken.
constexpr double kBesideMin = 0.02;

double Median(std::vector<float> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A curve over a straight axis: where along, how far beside.
struct Curve {
  cv::Point2d origin;
  cv::Point2d axis;
  // To keep the powers small.
  double unit = 1;
  cv::Vec<double, kDegree + 1> beside;

  double Along(cv::Point2d at) const { return (at - origin).dot(axis); }
  double Beside(double along) const {
    const double u = along / unit;
    return beside[0] + u * (beside[1] + u * (beside[2] + u * beside[3]));
  }
  double Slope(double along) const {
    const double u = along / unit;
    return (beside[1] + u * (2 * beside[2] + u * 3 * beside[3])) / unit;
  }
  cv::Point2d At(double along) const {
    return origin + along * axis + Beside(along) * cv::Point2d(-axis.y, axis.x);
  }
  cv::Point2d Normal(double along) const {
    const cv::Point2d step = axis + Slope(along) * cv::Point2d(-axis.y, axis.x);
    return cv::Point2d(-step.y, step.x) / cv::norm(step);
  }
};

// Fits the curve's offsets to (along, beside) pairs with weights; short lines stay straight.
void Fit(const std::vector<cv::Point2d>& samples, const std::vector<double>& weights, double length,
         Curve& curve) {
  const int degree = length < 25 ? 1 : (length < 60 ? 2 : kDegree);
  cv::Mat left(static_cast<int>(samples.size()), degree + 1, CV_64F);
  cv::Mat right(static_cast<int>(samples.size()), 1, CV_64F);
  for (int i = 0; i < left.rows; ++i) {
    const cv::Point2d& sample = samples[static_cast<size_t>(i)];
    double power = weights[static_cast<size_t>(i)];
    right.at<double>(i) = power * sample.y;
    for (int k = 0; k <= degree; ++k) {
      left.at<double>(i, k) = power;
      power *= sample.x / curve.unit;
    }
  }
  cv::Mat solved;
  cv::solve(left, right, solved, cv::DECOMP_SVD);
  curve.beside = cv::Vec<double, kDegree + 1>::all(0);
  for (int k = 0; k <= degree; ++k) curve.beside[k] = solved.at<double>(k);
}

// The line through the hint's points; `low` and `high` are where along it they begin and end.
std::optional<Curve> FirstCurve(const std::vector<cv::Point2d>& points, double& low, double& high) {
  if (points.size() < kPointsMin) return std::nullopt;
  std::vector<cv::Point2f> exact(points.begin(), points.end());
  cv::Vec4f line;
  cv::fitLine(exact, line, cv::DIST_L2, 0, 0.01, 0.01);
  Curve curve{.origin = {line[2], line[3]}, .axis = {line[0], line[1]}};
  std::vector<cv::Point2d> samples;
  for (const cv::Point2d& at : points) {
    const cv::Point2d from = at - curve.origin;
    samples.emplace_back(from.dot(curve.axis), curve.axis.cross(from));
  }
  const auto [least, most] =
      std::minmax_element(samples.begin(), samples.end(),
                          [](const cv::Point2d& a, const cv::Point2d& b) { return a.x < b.x; });
  low = least->x;
  high = most->x;
  curve.unit = std::max(1.0, (high - low) / 2);
  Fit(samples, std::vector<double>(samples.size(), 1), high - low, curve);
  double stray = 0;
  for (const cv::Point2d& sample : samples) {
    const double off = sample.y - curve.Beside(sample.x);
    stray += off * off;
  }
  if (std::sqrt(stray / static_cast<double>(samples.size())) > kStrayPxMax) return std::nullopt;
  return curve;
}

// Rows follow the curve from `first` in steps of a pixel of the axis; columns lie across it.
struct Strip {
  cv::Mat light;
  double first = 0;
  double reach = 0;

  double AlongOf(int row) const { return first + row; }
  double AcrossOf(double column) const { return column / kAcrossPerPx - reach; }
  int middle() const { return light.cols / 2; }
};

// The surface beside the line, row by row, is taken away.
Strip Straighten(const cv::Mat& grey, const Curve& curve, double low, double high, double reach) {
  Strip strip{.first = low, .reach = reach};
  const int rows = static_cast<int>(std::ceil(high - low)) + 1;
  const int columns = 2 * static_cast<int>(std::lround(reach * kAcrossPerPx)) + 1;
  strip.reach = (columns - 1) / 2.0 / kAcrossPerPx;
  cv::Mat map(rows, columns, CV_32FC2);
  for (int row = 0; row < rows; ++row) {
    const cv::Point2d at = curve.At(low + row);
    const cv::Point2d normal = curve.Normal(low + row);
    for (int column = 0; column < columns; ++column) {
      const cv::Point2d px = at + strip.AcrossOf(column) * normal;
      map.at<cv::Vec2f>(row, column) = {static_cast<float>(px.x), static_cast<float>(px.y)};
    }
  }
  cv::remap(grey, strip.light, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  strip.light.convertTo(strip.light, CV_32F);
  const int side = columns / 5;
  std::vector<float> beside;
  std::vector<float> surface;
  for (int row = 0; row < rows; ++row) {
    const float* light = strip.light.ptr<float>(row);
    beside.assign(light, light + side);
    beside.insert(beside.end(), light + columns - side, light + columns);
    surface.push_back(static_cast<float>(Median(beside)));
  }
  cv::Mat smooth(surface, true);
  cv::blur(smooth, smooth, {1, 9});
  for (int row = 0; row < rows; ++row) strip.light.row(row) -= smooth.at<float>(row);
  return strip;
}

// Mean over the columns within `half` pixels of `centre`, smoothed along the line.
std::vector<double> LightAlong(const Strip& strip, double centre, double half) {
  const int from =
      std::max(0, static_cast<int>(std::lround((centre - half + strip.reach) * kAcrossPerPx)));
  const int to =
      std::min(strip.light.cols - 1,
               static_cast<int>(std::lround((centre + half + strip.reach) * kAcrossPerPx)));
  cv::Mat mean;
  cv::reduce(strip.light.colRange(from, std::max(from, to) + 1), mean, 1, cv::REDUCE_AVG);
  cv::blur(mean, mean, {1, kSmoothRows}, {-1, -1}, cv::BORDER_REPLICATE);
  return {mean.begin<float>(), mean.end<float>()};
}

// Moves the curve onto the light: in windows along the line, the centre of what stands out.
bool Centre(const Strip& strip, double sign, double half, Curve& curve, double length) {
  constexpr int kWindow = 12;
  std::vector<cv::Point2d> samples;
  std::vector<double> weights;
  for (int row = 0; row + kWindow <= strip.light.rows; row += kWindow / 2) {
    cv::Mat profile;
    cv::reduce(strip.light.rowRange(row, row + kWindow), profile, 0, cv::REDUCE_AVG);
    profile *= sign;
    double peak = 0;
    cv::Point at;
    cv::minMaxLoc(profile, nullptr, &peak, nullptr, &at);
    if (peak <= 0) continue;
    double sum = 0;
    double moment = 0;
    for (int x = 0; x < profile.cols; ++x) {
      const double over = profile.at<float>(x) - 0.4 * peak;
      if (over <= 0 || std::abs(x - at.x) > half * kAcrossPerPx) continue;
      sum += over;
      moment += over * x;
    }
    const double along = strip.AlongOf(row) + kWindow / 2.0 - 0.5;
    const double off = strip.AcrossOf(moment / sum);
    const cv::Point2d to = curve.At(along) + off * curve.Normal(along) - curve.origin;
    samples.emplace_back(to.dot(curve.axis), curve.axis.cross(to));
    weights.push_back(std::min(peak, 40.0));
  }
  if (samples.size() < 2) return true;
  // Twice, the second time without what lies far from the first curve.
  for (int round = 0; round < 3; ++round) {
    Fit(samples, weights, length, curve);
    for (size_t i = 0; i < samples.size(); ++i) {
      const double stray = std::abs(samples[i].y - curve.Beside(samples[i].x));
      if (stray > 2 - 0.5 * round) weights[i] *= 0.1;
    }
  }
  return true;
}

// The row where the line ends, to a fraction, looking from `inside` in the direction `step`; the
// line is known to reach `known` rows inwards from there.
double FindEnd(const std::vector<double>& light, int inside, int step, int known, double noise,
               double gap) {
  constexpr int kLevelRows = 40;
  const int rows = static_cast<int>(light.size());
  const int inwards = std::min(kLevelRows, known);
  std::vector<float> around;
  for (int k = 0; k < inwards; ++k) {
    const int row = inside - step * k;
    if (row >= 0 && row < rows) around.push_back(static_cast<float>(light[row]));
  }
  double level = Median(around);
  double end = inside;
  int dark = 0;
  bool passed = false;
  for (int row = inside - step * (inwards / 2); row >= 0 && row < rows; row += step) {
    const double needed = std::max(kEndShare * level, kNoiseUnits * noise);
    if (light[static_cast<size_t>(row)] >= needed) {
      dark = 0;
      passed = false;
      end = row;
      // The level follows the line's own changes slowly.
      level += 0.05 * (std::min(light[static_cast<size_t>(row)], 1.5 * level) - level);
      continue;
    }
    if (!passed) {
      passed = true;
      const int before = row - step;
      if (before >= 0 && before < rows && light[static_cast<size_t>(before)] > needed) {
        const double a = light[static_cast<size_t>(before)];
        const double b = light[static_cast<size_t>(row)];
        end = before + step * (a - needed) / (a - b);
      }
    }
    if (++dark > gap) break;
  }
  return end;
}

double NoiseOf(const Strip& strip, double half) {
  // As light along the line is made, but of the surface beside it.
  std::vector<float> beside;
  for (const double centre : {-0.75 * strip.reach, 0.75 * strip.reach}) {
    for (const double value : LightAlong(strip, centre, std::min(half, 0.2 * strip.reach))) {
      beside.push_back(std::abs(static_cast<float>(value)));
    }
  }
  return kMadToSigma * Median(beside);
}

// How far the line stands out over its whole length, in units of what lines beside it, as long and
// wide, differ from the surface's shape: by noise, or by a grain that runs with the line.
double Evidence(const Strip& strip, double sign, double half, int from, int to, double noise) {
  constexpr size_t kColumnsMin = 6;
  cv::Mat profile;
  cv::reduce(strip.light.rowRange(from, to + 1), profile, 0, cv::REDUCE_AVG);
  const int across = std::max(1, static_cast<int>(std::lround(2 * half * kAcrossPerPx)));
  cv::blur(profile, profile, {across, 1}, {-1, -1}, cv::BORDER_REPLICATE);
  const auto shape = [&](double px) {
    const double u = px / strip.reach;
    return cv::Vec3d(1, u, u * u);
  };
  std::vector<int> beside;
  cv::Matx33d left = cv::Matx33d::zeros();
  cv::Vec3d right;
  for (int x = across / 2; x < profile.cols - across / 2; ++x) {
    const double px = strip.AcrossOf(x);
    if (std::abs(px) < 2 * half + kBesidePx) continue;
    beside.push_back(x);
    left += shape(px) * shape(px).t();
    right += shape(px) * static_cast<double>(profile.at<float>(x));
  }
  if (beside.size() < kColumnsMin) return 0;
  const cv::Vec3d surface = left.solve(right, cv::DECOMP_SVD);
  double stray = 0;
  for (const int x : beside) {
    const double off = profile.at<float>(x) - surface.dot(shape(strip.AcrossOf(x)));
    stray += off * off;
  }
  stray /= static_cast<double>(beside.size());
  const double by_chance = noise * noise * kSmoothRows / (to - from + 1);
  const double light = sign * (profile.at<float>(strip.middle()) - surface[0]);
  return std::max(0.0, light) / std::max(kBesideMin, std::sqrt(by_chance + stray));
}

// Full width at half of the middle's light.
double HalfWidth(const cv::Mat& profile) {
  double peak = 0;
  cv::Point at;
  cv::minMaxLoc(profile, nullptr, &peak, nullptr, &at);
  // The plateau's level rather than its noisiest column.
  double level = 0;
  int count = 0;
  for (int x = 0; x < profile.cols; ++x) {
    if (profile.at<float>(x) < 0.85 * peak || std::abs(x - at.x) > profile.cols / 4) continue;
    level += profile.at<float>(x);
    ++count;
  }
  const double half = 0.5 * level / count;
  const auto cross = [&](int step) {
    int x = at.x;
    while (x + step >= 0 && x + step < profile.cols && profile.at<float>(x + step) >= half) {
      x += step;
    }
    const double a = profile.at<float>(x);
    const double b =
        x + step >= 0 && x + step < profile.cols ? profile.at<float>(x + step) : half - 1;
    return std::abs(x - at.x) + (a > b ? (a - half) / (a - b) : 0);
  };
  return (cross(1) + cross(-1)) / kAcrossPerPx;
}

cv::Mat ProfileOf(const Strip& strip, double sign, int from, int to) {
  cv::Mat profile;
  cv::reduce(strip.light.rowRange(from, to + 1), profile, 0, cv::REDUCE_AVG);
  return profile * sign;
}

// The steepest step a pixel of a profile, of its height.
double Steepness(const cv::Mat& profile) {
  double peak = 0;
  cv::minMaxLoc(profile, nullptr, &peak);
  double steepest = 0;
  for (int x = 0; x + kAcrossPerPx < profile.cols; ++x) {
    const double step = profile.at<float>(x + kAcrossPerPx) - profile.at<float>(x);
    steepest = std::max(steepest, std::abs(step));
  }
  return peak > 0 ? steepest / peak : 0;
}

// As a line of that width is seen through that blur, on columns as those of a strip.
cv::Mat BlurredLine(double width_px, double blur_px, int columns) {
  cv::Mat profile(1, columns, CV_32F);
  for (int x = 0; x < columns; ++x) {
    const double px = static_cast<double>(x - columns / 2) / kAcrossPerPx;
    const double unit = std::sqrt(2.0) * blur_px;
    profile.at<float>(x) = static_cast<float>(std::erf((px + width_px / 2) / unit) -
                                              std::erf((px - width_px / 2) / unit));
  }
  return profile;
}

// The width of a sharp line that would be seen as wide as `seen_px`: blur makes every line about as
// wide as itself, and hardly widens one that is much wider. As good as none for what is as narrow
// as the blur.
double Sharpened(double seen_px, double blur_px, int columns) {
  constexpr int kHalvings = 12;
  constexpr double kNarrowPx = 0.05;
  if (blur_px <= 0) return seen_px;
  double low = kNarrowPx;
  double high = seen_px;
  if (HalfWidth(BlurredLine(low, blur_px, columns)) >= seen_px) return low;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (HalfWidth(BlurredLine(middle, blur_px, columns)) < seen_px ? low : high) = middle;
  }
  return (low + high) / 2;
}

// The width of the sharp line that is seen as `profile`. The mat lies lower than the face and may
// be softer: a line that is clearly steeper than its blur allows has a smaller one of its own.
double SharpWidth(const cv::Mat& profile, double blur_px) {
  constexpr double kClearly = 1.15;
  constexpr int kHalvings = 8;
  const double seen_px = HalfWidth(profile);
  const double steepness = Steepness(profile);
  const auto allowed = [&](double blur) {
    const double width = Sharpened(seen_px, blur, profile.cols);
    return Steepness(BlurredLine(width, blur, profile.cols));
  };
  if (blur_px <= 0 || steepness <= kClearly * allowed(blur_px)) {
    return Sharpened(seen_px, blur_px, profile.cols);
  }
  double low = 0;
  double high = blur_px;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (allowed(middle) < steepness ? high : low) = middle;
  }
  return Sharpened(seen_px, (low + high) / 2, profile.cols);
}

}  // namespace

std::optional<Trace> TraceLine(const cv::Mat& grey, const TraceHint& hint) {
  double low = 0;
  double high = 0;
  auto curve = FirstCurve(hint.points, low, high);
  if (!curve.has_value()) return std::nullopt;
  double half = std::max(1.0, hint.width_px / 2);
  const double reach = std::max(9.0, 1.6 * hint.width_px + 8);
  Strip strip = Straighten(grey, *curve, low, high, reach);
  const double sign = cv::mean(strip.light.colRange(strip.middle() - kAcrossPerPx,
                                                    strip.middle() + kAcrossPerPx + 1))[0] < 0
                          ? -1
                          : 1;
  for (int round = 0; round < 2; ++round) {
    Centre(strip, sign, half + 2, *curve, high - low);
    strip = Straighten(grey, *curve, low, high, reach);
  }
  const double width = HalfWidth(ProfileOf(strip, sign, 0, strip.light.rows - 1));
  half = std::clamp(width / 2, 0.75, reach / 2);
  // Beyond the ends of the hint as far as a faint part of the line may reach.
  const double beyond = 3 * hint.gap_px + 0.2 * (high - low);
  strip = Straighten(grey, *curve, low - beyond, high + beyond, reach);
  std::vector<double> light = LightAlong(strip, 0, half);
  for (double& value : light) value *= sign;
  const double noise = NoiseOf(strip, half);
  const int first = static_cast<int>(beyond);
  const int last = static_cast<int>(beyond + high - low);
  const int known = last - first + 1;
  const double end = FindEnd(light, last, 1, known, noise, hint.gap_px);
  const double begin = FindEnd(light, first, -1, known, noise, hint.gap_px);
  if (end - begin < 3) return std::nullopt;
  int followed = 0;
  for (int row = static_cast<int>(begin); row < end; ++row) {
    followed += light[static_cast<size_t>(row)] > kNoiseUnits * noise ? 1 : 0;
  }
  if (followed < kFollowedShareMin * (end - begin)) return std::nullopt;
  Trace trace;
  const int steps = std::max(2, static_cast<int>(std::ceil(end - begin)));
  for (int i = 0; i <= steps; ++i) {
    trace.path.push_back(curve->At(strip.first + begin + (end - begin) * i / steps));
  }
  const cv::Mat profile = ProfileOf(strip, sign, static_cast<int>(begin), static_cast<int>(end));
  trace.width_px = SharpWidth(profile, hint.blur_px);
  trace.evidence =
      Evidence(strip, sign, half, static_cast<int>(begin), static_cast<int>(end), noise);
  return trace;
}

}  // namespace loopdock::vision
