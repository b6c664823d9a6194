// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_MODEL_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_MODEL_H_

// What the bars of an EAN-13 or UPC-A look like through a lens out of focus, which makes a disc of
// every point. Lengths are samples of a working grid of kGrid samples a module; darkness is up.
// Thread safety: safe from any thread.

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace loopdock::vision::ean {

constexpr int kGrid = 4;
constexpr int kModules = 95;
constexpr size_t kDigits = 12;

// From left to right: the start guard, six digits, the middle guard, six digits, the end guard.
enum class Part { kStart, kLeft, kMiddle, kRight, kEnd };
using enum Part;
constexpr std::array<Part, 15> kParts = {kStart, kLeft,  kLeft,   kLeft,  kLeft,
                                         kLeft,  kLeft,  kMiddle, kRight, kRight,
                                         kRight, kRight, kRight,  kRight, kEnd};
constexpr size_t kMiddleAt = 7;

int ModulesOf(Part part);
bool BeginsDark(Part part);
// Choices of a digit, 1 for a guard.
int GlyphsOf(Part part);

// A digit in a form: 0 to 9 as L or R, 10 to 19 as G, which only the left half has.
using Glyphs = std::array<int, kDigits>;

// A symbol laid over the picture.
struct Layout {
  // Of each part, then where the last one ends.
  std::array<double, kParts.size() + 1> begins{};
  Glyphs glyphs{};
  // Radius of the disc, in modules.
  double blur = 1;

  double module() const { return (begins.back() - begins.front()) / kModules; }
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
