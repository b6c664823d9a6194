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
// Thread safety: plain data.

namespace loopdock::vision {

// Raise with every change that can change a result; it stands in every record.
inline constexpr char kMeasureVersion[] = "2";

struct Parameters {
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
  double device_aspect_max = 4.0;         // [own] longer than any phone, tablet or laptop.
  double device_cut_share_max = 0.25;     // [own] of the short side lying on the picture's border.

  // Steps 2 and 3: the display and the inspected area.
  int display_open_small_coarse_px = 7;  // [study]
  double display_share_min = 0.35;       // [own] of the device; less is a camera or a logo.
  double erode_px = 28;                  // [study] 16 lets rims and dust set the threshold.
  double end_band_share = 0.09;          // [study] speaker and camera, until a reference exists.

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
  double confident_weight = 85;  // [study] its threshold for "damaged"; confidence 0.5 here.
  int defects_max = 512;         // [own] a longer list helps nobody; the score counts all.

  double end_faint_share = 0.4;  // [own] of the median level: blur beyond the true end.
  double end_blur_px = 8;        // [own] how far an end is cut back at most.
  double speck_weight = 15;      // [own] a lighter round spot, or group of them, is dust,
  double speck_length_px = 14;  // [own] unless it is this long: a short scratch, or a piece of one.

  // A web of lines is one crack; two lines that cross are scratches; the rim of a drop is neither.
  double spur_px = 10;                // [own] free ends shorter than this are no branches.
  int crack_junctions_min = 3;        // [own] two crossing lines have one or two.
  double web_straightness_min = 0.6;  // [own] rendered webs have 0.70 to 0.94.
  double web_width_max_px = 9;        // [own]
  double web_rim_share = 0.15;        // [own] of the shorter side; what is deeper is inside.
  double web_inner_share_min = 0.45;  // [own] rendered webs have 0.57 to 0.79, drops 0 to 0.31.

  // Step 9: highlights of curved glass.
  double edge_band_px = 70;            // [study]
  double edge_angle_max_deg = 8;       // [own]
  double edge_aspect_min = 4;          // [own]
  double edge_cut_angle_max_deg = 25;  // [own] for what the inspected area's border cuts off.

  // The gate.
  double level_min = 6;             // [own] darker pictures show nothing.
  double level_max = 249;           // [own] brighter pictures show nothing.
  double clipped_share_max = 0.01;  // [rec]
  double glare_share_max = 0.02;    // [rec]
  double glare_spot_px = 15;        // [own] narrower saturated marks are defects, not lamps.
  double edge_width_max_px = 9;     // [own] rise of the outline; sharp rig pictures have 2 to 4.
};

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_MEASURE_PARAMETERS_H_
