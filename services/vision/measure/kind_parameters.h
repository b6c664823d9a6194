// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_KIND_PARAMETERS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_KIND_PARAMETERS_H_
// Every number of the search for chips, wear, dents, discolourations and missing parts: a part of
// parameters.h. All are our own, checked by tests/unit/vision/kinds_test.cc and by `make accuracy`;
// the units are those of parameters.h.
//
// Thread safety: plain data.

namespace loopdock::vision {

struct KindParameters {
  // What the reference has and the picture has not.
  double part_px_per_mm = 3;    // of the copy that is compared.
  int part_surface_px = 61;     // about 20 mm; what is broader is surface.
  double part_rim_mm = 1.5;     // not compared: the outlines are not laid on each other exactly.
  double part_level_min = 9;    // grey levels over the clean surface.
  double part_join_mm = 1.5;    // of a ring or a word.
  double part_margin_mm = 1.2;  // compared with its surroundings.
  double part_mm_min = 3.5;
  double part_mm_max = 60;
  double part_at_rim_mm_min = 2.2;  // thinner is the rim's own line.
  double part_deeper_max = 2.2;     // of the part's own level over the surface.
  double part_alike_min = 0.45;     // correlation.
  double part_alike_at_rim_min = 0.2;
  double reference_move_max_mm = 5;  // from outline on outline; farther is led astray.

  // The rim, rolled off along the outline.
  double rim_row_mm = 0.11;  // one pixel at 1080p, as all columns are about two.
  double rim_column_mm = 0.23;
  double outline_step_min = 8;         // grey levels, on the whole.
  double outline_clear = 12;           // grey levels; a frame's outer border may be fainter.
  double outline_frame_mm = 2.0;       // how broad a frame looks.
  double outline_field_margin_mm = 1;  // of the mat's field, whose place leaves out distortion.
  double rim_search_mm = 3.2;          // how far the coarse outline may be off.
  double rim_smooth_mm = 9;            // each way; a bite up to this size is no bend.
  double rim_window_mm = 14;           // each way; what is before and behind.
  double rim_depth_mm = 3.6;           // a little more than is left out of the search for marks.
  double rim_end_share = 0.08;         // of the length,
  double rim_end_middle_share = 0.25;  // of the width, each way: ports, slots, lips.
  double rim_noise_floor = 2;          // grey levels.
  double chip_depth_mm = 6.5;          // deeper than the longest chips.
  double chip_low = 7;                 // grey levels.
  double chip_high = 15;
  double chip_low_sigmas = 3.5;
  double chip_high_sigmas = 7;
  double chip_edge_mm = 0.5;  // it reaches so near to the edge,
  double chip_mm_min = 0.45;  // is so deep and long at least,
  double chip_mm_max = 12;
  double chip_area_min_mm2 = 0.3;
  double chip_aspect_max = 2.8;
  double chip_strong_share_min = 0.08;
  double chip_sure_share = 0.3;  // of it strong, and it may be flatter.
  double chip_sure_aspect_max = 4.2;
  double chip_fill = 0.55;  // of its box; a shallow bite has two thirds, and facets leave holes.
  double chip_ground_from_mm = 0.8;  // before the edge,
  double chip_ground_mm = 1;         // and so much of it.
  double chip_gleam_share_max = 0.5;
  double chip_end_step_min = 0.24;  // of its level, from one column to the next;
  double chip_soft_mm_max = 1.5;    // no reflection at the rim is so deep.
  double wall_steady_mm = 2.5;      // each way; so far the side wall's breadth
  double wall_change_max_mm = 0.4;  // changes by no more.
  double wear_from_mm = 0.3;        // nearer the edge the outline is not exact.
  double wear_row_mm = 0.3;
  int wear_rows = 10;
  int wear_stray_rows = 6;            // how far the outline strays, between a frame and a back.
  double wear_stray_share = 0.5;      // of the difference is left where straying explains it.
  int wear_edge_rows = 4;             // rubbed at the edge first.
  double wear_edge_share_min = 0.25;  // of the most rubbed row.
  double wear_window_mm = 45;         // each way, so that 40 mm of wear are the smaller part.
  double wear_min = 12;               // of Lab's lightness or chroma, 0 to 100.
  double wear_light_from = 55;        // lightness; on a darker rim reflections change it more.
  double wear_min_light = 4;
  double wear_spread_factor = 5;
  double wear_length_min_mm = 6;
  double wear_aspect_min = 2.5;

  // Dents and discolourations.
  double dent_px_per_mm = 3;  // of the copy that dents are looked for on.
  int dent_surface_px = 61;   // the surface is what is broader than two large dents.
  double dent_sigma_px = 1.5;
  double dent_min = 4;  // grey levels.
  double dent_sigmas = 5;
  double dent_border_share = 0.45;   // of a slope's peak; where a bell-shaped hollow looks to end.
  double dent_area_min_px2 = 4;      // of one slope.
  double dent_area_ratio_max = 3;    // of one slope to the other,
  double dent_peak_ratio_max = 2.2;  // and of their strength.
  double dent_apart_min = 0.6;       // of a slope's size,
  double dent_apart_max = 2.4;       // between their middles.
  double dent_mm_max = 20;
  double dent_aspect_max = 2.1;
  double chroma_min = 2;  // of Lab, 0 to 100.
  double lightness_min = 2;
  double discoloured_sigmas = 4;
  double discoloured_area_min_mm2 = 80;
  double discoloured_aspect_max = 4;
  double discoloured_solid_min = 0.6;
  double discoloured_border_mm = 2;
  double discoloured_border_share_min = 0.35;

  // What is round and belongs to a back has a border, of so many grey levels a pixel of the
  // straightened face, and of what it differs from the surface. Slopes of dents have up to 4.3.
  double round_step_min = 6;
  double round_step_share_min = 0.2;

  // An arc that the border does not cut is a button's where it is long and exactly round.
  double button_whole_off_max = 0.05;  // of the radius.
  double button_arc_min = 0.7;         // radians.

  // A web that the border of what is inspected cuts is not deep inside its hull, but has more lines
  // than that is long around: rendered ones 1.27 to 1.56 times the rectangle around them and 0.20
  // to 0.35 of them inside, rims of drops up to 1.23 and 0.17.
  double web_dense_min = 1.25;
  double web_dense_inner_min = 0.18;
  double web_piece_reach_px = 100;  // at 1920; how far a logo or a seam keeps a piece from its web.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_KIND_PARAMETERS_H_
