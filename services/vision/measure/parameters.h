// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_MEASURE_PARAMETERS_H_
#define LOOPDOCK_SERVICES_VISION_MEASURE_PARAMETERS_H_
// Every number of the measuring pipeline, in one place and with where it comes from.
//
// Lengths called `_px` hold for a picture whose longer side is 1920 pixels and are scaled with the
// working picture; those called `_coarse_px` hold for the coarse picture, whose longer side is
// always 480. Grey levels are those of an 8-bit picture.
//
// Sources: [study] our feasibility study on rig pictures, frozen before its held-out run;
// [rec] the proposal for measurement rules next to the default scale; [own] chosen by us while
// building, checked by tests/unit/measure_test.cc or by `make accuracy`.
//
// Those of chips, dents, discolourations, wear and missing parts are in kind_parameters.h, those of
// displays that shine in lit_parameters.h, of devices before clutter in held_parameters.h, of lines
// that cross or lie beside each other in line_parameters.h.
//
// Thread safety: plain data.

#include "services/vision/measure/held_parameters.h"
#include "services/vision/measure/kind_parameters.h"
#include "services/vision/measure/line_parameters.h"
#include "services/vision/measure/lit_parameters.h"

namespace loopdock::vision {

// Raise with every change that can change a result; it stands in every record.
inline constexpr char kMeasureVersion[] = "8";

struct Parameters : HeldParameters, KindParameters, LineParameters, LitParameters {
  // Sizes of the copies we work on.
  int reference_long_side_px = 1920;  // [study] all of its figures are at 1080p.
  int working_long_side_max = 2560;   // [own] bounds time and memory for any camera.
  int coarse_long_side = 480;         // [study] a quarter of 1080p.
  int side_min_px = 64;               // [own] below this there is nothing to measure.

  // Step 1: the device.
  int border_ring_coarse_px = 12;         // [study]
  double darker_than_background = 0.62;   // [study]
  double brighter_than_background = 1.6;  // [study]
  int device_close_coarse_px = 9;         // [study]
  int device_open_coarse_px = 41;         // [study] stops frame corners from pulling the hull out.
  double device_share_min = 0.04;         // [own] of the picture; smaller is clutter.
  double device_share_max = 0.97;         // [own] of the picture; larger shows no background.
  double device_fit_min = 0.85;           // [study] 0.87 for hand-held; a rig may be a bit lower.
  double device_aspect_max = 25.0;        // [own] longer than any device's side.
  double side_aspect_min = 4.0;           // [own] longer than any face; it is a side then.
  double side_share_min = 0.01;           // [own] of the picture.
  int side_open_coarse_px = 7;            // [own] a side is only a few coarse pixels thick.
  double second_device_share_min = 0.3;   // [own] of the first; smaller things lie about.
  double quiet_range_share = 0.8;         // [own] of the border's level, 10 to 90 %; rigs have
  double quiet_range_levels = 20;         // up to 0.4. More is clutter.
  double differs_min = 14;                // [own] grey levels.
  double differs_border_ranges = 0.8;     // [own] of the border's 10 to 90 % range.
  double larger_body_fit_min = 0.93;      // [own] rounded corners cost up to 0.05.
  double colour_differs_min = 9;          // [own] in the two colour channels of Lab.
  double larger_body_share_min = 1.1;     // [own] of what is much darker: a bezel is more.
  double lit_body_share_min = 0.8;        // [own] of what differs; the rest may be its shadow.
  double device_cut_share_max = 0.25;     // [own] of the short side lying on the picture's border.
  double straight_cut_share_max = 0.8;    // [own] rounded corners leave this where it only touches.
  double straight_max_deg = 4;            // [own]

  // Steps 2 and 3: the display and the inspected area.
  int display_open_small_coarse_px = 7;  // [study]
  double display_level_max = 45;         // [own] darker is glass over black, on any table.
  double display_share_min = 0.35;       // [own] of the device; less is a camera or a logo.
  double erode_px = 28;                  // [study] 16 lets rims and dust set the threshold.
  double end_band_share = 0.09;          // [study] speaker and camera, until a reference exists.
  double bezel_beside_px = 12;           // [own] of the display's border, which is known so well.
  double bezel_width_min_px = 16;        // [own] of what is left of it to look at.

  // Step 4: flattening.
  int flatten_median_px = 51;       // [study]
  double light_surface_level = 90;  // [own] from here marks may be darker than the surface.

  // Step 5: lines.
  double ridge_sigma_px = 1.2;         // [study] best length error of the compared filters.
  int noise_tile_px = 96;              // [study]
  double noise_floor_share = 0.7;      // [study] of the whole area's noise.
  double noise_floor_absolute = 0.14;  // [own] a quiet rig has 0.13 to 0.19; JPEG smooths it away.
  double line_low = 3.5;               // [study] in noise units.
  double line_high = 7.0;              // [study] in noise units.
  double line_very_high = 12;          // [own] in noise units; from here a line may be short.
  double line_length_min_mm =
      1.4;                         // [own] where the scale is known; fibres are longer only rarely.
  double line_pixels_min = 14;     // [own] of the finest picture; fewer are noise.
  double line_length_min_px = 28;  // [study] shorter is dust and fibres.

  // Step 6: patches, on the picture that was smoothed for the lines.
  double blob_low = 8;           // [study] grey levels.
  double blob_high = 20;         // [study] grey levels.
  double blob_area_min_px2 = 6;  // [study]

  // Step 7: regions.
  double join_px = 16;                    // [study] on each side.
  double scratch_length_min_mm = 1.6;     // [own] where the scale is known.
  double scratch_length_min_px = 45;      // [study]
  double scratch_aspect_min = 2.5;        // [study]
  double scratch_curl_min = 0.7;          // [study]
  double scratch_curl_max = 2.0;          // [study]
  double short_scratch_aspect_min = 4;    // [own] a shorter one is a scratch only when it is thin,
  double short_scratch_width_max_px = 5;  // [own] as no drop or crumb is.
  double faint_area_px2 = 60;             // [study] below both of these a mark is dust.
  double faint_contrast = 30;             // [study]
  double weight_contrast = 40;            // [study]
  double confident_weight = 85;     // [study] its threshold for "damaged"; confidence 0.5 here.
  double confident_evidence = 360;  // [own] of a followed line; confidence 0.1 at 40. Lines on real
                                    // clean fronts have up to 34, scratches of 7 mm from 43.
  int defects_max = 512;            // [own] a longer list helps nobody; the score counts all.

  double end_faint_share = 0.4;     // [own] of the median level: blur beyond the true end.
  double end_blur_px = 8;           // [own] how far an end is cut back at most.
  double broken_contrast_min = 45;  // [own] pieces in a row are one scratch from here.
  double speck_length_mm = 1.4;     // [own] where the scale is known; no dust is so long.
  double speck_aspect_min = 2;      // [own] blur makes short ones rounder than they are.
  double speck_weight = 15;         // [own] a lighter round spot, or group of them, is dust,
  double speck_length_px = 14;  // [own] unless it is this long: a short scratch, or a piece of one.

  // What belongs to a face; shares are of the device's width unless they say otherwise.
  double round_min = 0.025;            // [own] a flash is about 3 mm wide,
  double round_max = 0.40;             // [own] the largest round module about 30.
  double round_fit_min = 0.84;         // [own] area over a circle's of the same length.
  double module_gap = 1.2;             // [own] between lenses, of a lens.
  double module_margin = 0.075;        // [own] a plate reaches beyond its lenses.
  double plate_reach = 0.06;           // [own] farther, where its border is seen,
  double plate_step_min = 1;           // [own] by so many grey levels a pixel
  double plate_border_min = 0.5;       // [own] over so much of the lenses' reach: round corners.
  int plate_border_px = 4;             // [own] of the straightened face.
  double round_margin = 0.02;          // [own]
  double module_share_max = 0.3;       // [own] of the face; more is no module.
  double lens_min = 0.05;              // [own] smaller ones are on fronts too.
  double front_fixture_end = 0.16;     // [own] of the length: buttons and slots of a front.
  double front_camera_end = 0.07;      // [own] of the length: cameras of a front, in its frame.
  double button_off_max = 0.15;        // [own] of the radius: how exactly its ring is a circle.
  double camera_end_share = 0.4;       // [own] of the length, from an end.
  double centred_max = 0.03;           // [own] off the middle line.
  double logo_across_max = 0.6;        // [own]
  double logo_along_max = 0.3;         // [own] of the length.
  double logo_thickness_min = 0.02;    // [own] thinner is a line.
  double seam_across_min = 0.4;        // [own] what a camera module leaves of it.
  double seam_end_share = 0.2;         // [own] of the length.
  double seam_lean_max_deg = 2.5;      // [own] no scratch runs so exactly across by chance.
  double seam_whole_min = 0.75;        // [own] from side to side it may lean more: perspective.
  double seam_whole_lean_max_deg = 5;  // [own]
  double seam_width_max = 0.03;        // [own]
  double seam_share_min = 0.6;         // [own] of its lines; the rest is the border's.
  double symmetry_min = 0.6;           // [own] of the shape and its mirror image.

  // Of a back, before marks are looked for; shares are of the device's width. All [own].
  double logo_margin = 0.012;
  int logo_holes_max = 4;         // a web of cracks has more.
  double seam_level_min = 6;      // grey levels off the surface,
  double seam_rows_min = 0.75;    // on so many of its rows.
  double seam_rim = 0.08;         // where sides curve.
  double seam_from_end = 0.04;    // of the length; nearer is the outline itself.
  double seam_slant_max_deg = 5;  // by perspective.
  double seam_margin = 0.012;

  // Step 8: the reference.
  int reference_steps = 40;             // [study]
  double reference_fit_min = 0.6;       // [own] below it is another model, or lies another way.
  double reference_ridge_factor = 1.5;  // [study]
  double reference_reach_px = 9;        // [study] how far a fixture may lie beside its place.
  double reference_level_share = 0.5;   // [own] of a patch's lower level.

  // Before clutter light and pose are nobody's choice: reflections look like patches and lines, and
  // only webs of lines are surely damage.
  double held_stain_weight = 0.08;   // [own]
  double held_scratch_weight = 0.3;  // [own]

  // Step 9: highlights of curved glass.
  double edge_band_px = 70;            // [study]
  double edge_angle_max_deg = 8;       // [own]
  double edge_aspect_min = 4;          // [own]
  double edge_cut_angle_max_deg = 25;  // [own] for what the inspected area's border cuts off.

  // The gate.
  double level_min = 20;            // [own] real pictures have 34 to 60; darker ones hide devices.
  double level_max = 249;           // [own] brighter pictures show nothing.
  double clipped_share_max = 0.01;  // [rec]
  double glare_share_max = 0.02;    // [rec]
  double glare_level = 250;         // [own] saturated, with what JPEG takes off.
  double glare_halo_px = 21;        // [study]
  double glare_over_max = 8;        // [own] grey levels beyond white; blob_low hides as much.
  double glare_open_min = 0.5;      // [own] of the area; with less it is over-exposed.
  double barely_open_min = 0.15;    // [own] of the area; with less nothing tells how light grows.
  double over_exposed_level = 215;  // [own] of the surface beside what is saturated.
  double glare_spot_px = 15;        // [own] narrower saturated marks are defects, not lamps.
  double edge_width_max_px = 9;     // [own] rise of the outline; sharp rig pictures have 2 to 4.
  double mat_blur_length_px = 2.3;  // [own] beyond it lengths are off by more than 3 %,
  double mat_blur_width_px = 3.1;   // [own] of the picture: and widths by more than 15 %.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_PARAMETERS_H_
