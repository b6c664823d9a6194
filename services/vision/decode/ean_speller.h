// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_EAN_SPELLER_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_EAN_SPELLER_H_

// Which six digits between two guards explain the picture best when every digit is seen together
// with its neighbours, into which it is blurred.
// Thread safety: const functions from any thread.

#include <array>
#include <vector>

#include "services/vision/decode/ean_model.h"

namespace loopdock::vision::ean {

class Speller {
 public:
  // `first_part` is the first of the six digits in the symbol.
  Speller(Parts parts, size_t first_part, double blur);

  double blur() const { return blur_; }
  // Sets the six glyphs in a symbol whose parts lie where the layout says.
  void Spell(const std::vector<float>& grid, Layout& layout) const;

 private:
  // How the parts before, at and after a place contribute to what is seen around it.
  using Pieces = std::vector<std::vector<float>>;
  // What a window around a digit says of every piece.
  struct Sight {
    std::array<std::vector<float>, 3> likeness;
    float energy = 0;
  };

  Sight Look(const std::vector<float>& grid, const Layout& layout, size_t part) const;

  size_t first_part_;
  double blur_;
  size_t glyphs_;
  // Before, at and after; of the first and the last the guard is the last piece.
  std::array<Pieces, 3> pieces_;
  // Of a piece with one of another place, each with half its own square.
  std::vector<float> before_at_;
  std::vector<float> before_after_;
  std::vector<float> at_after_;
};

}  // namespace loopdock::vision::ean

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_EAN_SPELLER_H_
