// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_LIT_PARAMETERS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_LIT_PARAMETERS_H_
// The numbers by which a display that shines is told from a dark one and from a light back. All of
// them [own], as parameters.h says. Levels are those of a pixel's brightest colour; shares are of
// the device's width unless they say otherwise.
//
// Thread safety: plain data.

namespace loopdock::vision {

struct LitParameters {
  int lit_width_px = 320;        // of the straightened face; what is called `_px` is of its pixels.
  int lit_round_things_max = 6;  // of a back; a page may show many.

  // Of a page to its bezel.
  double lit_level_min = 60;
  double lit_ratio_min = 1.8;
  double lit_step_min = 30;

  // A display that somebody said: in the middle against the rim.
  double lit_rim = 0.02;           // the bezel is at least this wide.
  double lit_light_rim_min = 120;  // a bezel that is light itself
  double lit_light_level = 100;    // leaves a dark display below this,
  double lit_light_share = 0.4;    // and below this share of its own level.

  // A page that begins behind a bezel, in pieces of the four sides.
  double lit_bezel_min = 0.018;      // the dark frame of a back is narrower.
  double lit_bezel_max = 0.14;       // of the length or width that it takes from.
  double lit_corner = 0.1;           // of a side, left out at both its ends.
  int lit_pieces = 8;                // of a side.
  int lit_before_px = 2;             // how much of the bezel is held
  int lit_page_px = 3;               // against how much of the page,
  int lit_step_soft_px = 2;          // beyond the blur of its border.
  double lit_beyond = 0.06;          // of the outline, that may lie on the page's border:
  double lit_table_ratio_min = 2.5;  // a table is so much lighter than the bezel,
  double lit_table_level_min = 15;   // or than this.
  double lit_light_step_min = 8;     // of a light page to a light bezel,
  double lit_uneven_max = 0.3;       // and of that, how uneven both are.
  double lit_agree = 0.012;          // a page's border is straight.
  int lit_sides_min = 3;             // half of a page has three,
  int lit_side_pieces_min = 2;       // with as many pieces at least,
  double lit_pieces_share = 0.36;    // and so many of all.

  // What shines on dark glass.
  double lit_glow_level = 90;
  double lit_glow_ratio = 3;           // of the glass.
  double lit_window_share_min = 0.02;  // of the face.
  double lit_window_fit_min = 0.9;     // of the upright rectangle around it; drops have 0.8.
  double lit_window_full_min = 0.6;    // a web of cracks is mostly holes.
  int lit_window_join_px = 5;
  double lit_centred = 0.03;
  double lit_digit_min = 0.045;  // high,
  double lit_digit_max = 0.5;
  double lit_digit_agree = 0.08;  // of a digit's height.
  double lit_digit_aspect_max = 1.5;
  int lit_digits_min = 3;
  int lit_lines_min = 4;           // of writing,
  int lit_line_min_px = 3;         // so high,
  int lit_words_min = 4;           // with as many words or letters each,
  double lit_blank_share = 0.25;   // and that much of the height blank between them.
  double lit_ink_min = 0.012;      // of the display.
  double lit_stray_share = 0.004;  // of a row, in which dust counts as blank.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_LIT_PARAMETERS_H_
