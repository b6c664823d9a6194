// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_MODEL_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_MODEL_H_

// What the bars of an EAN-13, UPC-A or UPC-E look like through a lens out of focus, which makes a
// disc of every point. Lengths are samples of a working grid of kGrid samples a module; darkness is
// up. Thread safety: safe from any thread.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace loopdock::vision::ean {

constexpr int kGrid = 4;
constexpr size_t kDigitsMax = 12;
constexpr size_t kPartsMax = 15;

// Guards, and digits of the left half or of the right one; a UPC-E has digits of the left kind and
// a long end guard.
enum class Part { kStart, kLeft, kMiddle, kRight, kEnd, kLongEnd };
constexpr size_t kPartKinds = 6;
using enum Part;

// A symbol from left to right.
using Parts = std::span<const Part>;
constexpr std::array<Part, 15> kEan13 = {kStart, kLeft,  kLeft,   kLeft,  kLeft,
                                         kLeft,  kLeft,  kMiddle, kRight, kRight,
                                         kRight, kRight, kRight,  kRight, kEnd};
constexpr std::array<Part, 8> kUpcE = {kStart, kLeft, kLeft, kLeft, kLeft, kLeft, kLeft, kLongEnd};
// Digits stand in runs of six.
constexpr size_t kRun = 6;

int ModulesOf(Part part);
int ModulesOf(Parts parts);
bool BeginsDark(Part part);
// Choices of a digit, 1 for a guard.
int GlyphsOf(Part part);

// A digit in a form: 0 to 9 as L or R, 10 to 19 as G, which only the left half has.
using Glyphs = std::array<int, kDigitsMax>;

// A symbol laid over the picture.
struct Layout {
  Parts parts;
  // Of each part, then where the last one ends.
  std::array<double, kPartsMax + 1> begins{};
  Glyphs glyphs{};
  // Radius of the disc, in modules.
  double blur = 1;

  double begin() const { return begins.front(); }
  double end() const { return begins[parts.size()]; }
  double module() const { return (end() - begin()) / ModulesOf(parts); }
};

// Appends where light and dark change within a part, in modules from its begin, the first one
// included and its end not.
void AppendEdges(Part part, int glyph, std::vector<double>& edges);

// Draws bars, which begin and end at the edges in turn, into samples that lie at `first`,
// `first + 1` and so on. `blur` in samples.
void Draw(std::span<const double> edges, double first, double blur, std::vector<float>& drawn);

// Takes the mean off.
void Center(std::vector<float>& values);
float Dot(std::span<const float> a, std::span<const float> b);

// Between two samples; sample i reaches from i to i + 1.
float At(std::span<const float> grid, double x);

}  // namespace loopdock::vision::ean

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EAN_MODEL_H_
