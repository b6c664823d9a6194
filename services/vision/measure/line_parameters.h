// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_LINE_PARAMETERS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_LINE_PARAMETERS_H_
// The numbers by which neighbouring lines are told from each other, and a web of them from both: a
// part of parameters.h, which explains the units. All of them [own].
//
// Thread safety: plain data.

namespace loopdock::vision {

struct LineParameters {
  // A web of lines is one crack; two lines that cross are scratches; the rim of a drop is neither.
  double spur_px = 10;                // free ends shorter than this are no branches.
  int crack_junctions_min = 3;        // two crossing lines have one or two.
  double web_straightness_min = 0.6;  // rendered webs have 0.70 to 0.94.
  double web_width_max_px = 9;        // [own]
  double web_rim_share = 0.15;        // of the shorter side; what is deeper is inside.
  double web_inner_share_min = 0.35;  // rendered webs have 0.40 to 0.67, drops 0 to 0.17.

  // Pieces that go on in one direction are one line.
  double line_end_px = 20;        // what tells the direction of an end,
  double line_end_skip_px = 4;    // without what the meeting lines bend.
  double line_turn_max_deg = 15;  // of pieces that are one line,
  double line_turn_short_max_deg = 30;
  double line_gap_px = 40;  // as far as marks join.
  // Where two lines cross at a small angle, straight over the piece that they share is right.
  double line_turn_px_a_deg = 3;    // is as much gap.
  double line_beside_px = 2;        // so far beside each other,
  double line_beside_share = 0.12;  // and more over a gap.
  double line_piece_min_px = 5;     // shorter ones have no direction.
  int line_pieces_max = 200;        // more is no group of lines.

  // A line of its own.
  double line_corner_px = 20;            // each way of a corner
  double line_corner_min_deg = 28;       // between two lines that meet with their ends.
  double line_side_straight_min = 0.97;  // of both; the rim of a drop is rounder.
  double line_straight_min = 0.95;       // of a line on the whole.
  double line_alone_min_px = 24;         // shorter ones stay with what they lie by.
  double line_share_min = 0.75;          // of all lines, so that they are no patch,
  int line_patch_max = 5;                // and so few: oil runs in many.
  int line_web_max = 4;                  // of scratches that cross
  double line_open_px = 14;              // and end so far from each other.
  double line_half_width_px = 10;        // what belongs to a line,
  double line_same_share = 0.5;          // another one too: both sides of a broad scratch.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_LINE_PARAMETERS_H_
