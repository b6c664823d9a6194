// SPDX-License-Identifier: Apache-2.0
#include "services/vision/measure/measure.h"

#include <absl/time/clock.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/vision/measure/back_fixtures.h"
#include "services/vision/measure/bezel.h"
#include "services/vision/measure/broad.h"
#include "services/vision/measure/find_defects.h"
#include "services/vision/measure/find_device.h"
#include "services/vision/measure/fixtures.h"
#include "services/vision/measure/inspected_area.h"
#include "services/vision/measure/lit.h"
#include "services/vision/measure/outline.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/measure/quality.h"
#include "services/vision/measure/reference.h"
#include "services/vision/measure/regions.h"
#include "services/vision/measure/report.h"
#include "services/vision/measure/rim.h"
#include "services/vision/measure/sizes.h"
#include "services/vision/measure/zones.h"
#include "services/vision/scale/find_board.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::vision {
namespace {

cv::RotatedRect Scaled(cv::RotatedRect rect, double factor) {
  rect.center *= factor;
  rect.size = cv::Size2f(rect.size * static_cast<float>(factor));
  return rect;
}

std::vector<cv::Point2d> OutlineOf(const v1::Measurement& measurement) {
  std::vector<cv::Point2d> outline;
  for (const v1::Point& at : measurement.device_outline()) outline.emplace_back(at.x(), at.y());
  return outline;
}

absl::Status DeadlineError() {
  return common::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                       "Measuring the picture took longer than allowed; allow more time or send a "
                       "smaller picture.");
}

// What was found before any defect is looked for.
struct Scene {
  // Reduced; what is outside the mat's field is filled.
  cv::Mat coarse;
  double coarse_to_working = 1;
  Device device;
  std::optional<FaceFrame> frame;
  // Of the device, in the working picture.
  double px_per_mm = 1;
  // Of a device on a quiet background.
  std::optional<Outline> outline;
  // Of its face.
  Outline face_edge;
  // Of a clean device, when one was given and fits.
  cv::Mat reference;
  InspectedArea area;
  // Of a front, beside its display.
  std::vector<InspectedArea> bezel;
  // The picture in colour, as it came and reduced as `coarse` is; empty when it has none.
  cv::Mat colour;
  cv::Mat coarse_colour;
  // Modules and lenses of a back.
  std::vector<LeftOut> cameras;
  // Of the rim, that was looked at.
  double rim_px2 = 0;
};

void AddPlaces(const Scene& scene, double to_picture, v1::Measurement& measurement) {
  if (!scene.device.found) return;
  if (!scene.outline.has_value()) {
    AddPoints(scene.device.hull, scene.coarse_to_working * to_picture,
              measurement.mutable_device_outline());
    return;
  }
  AddPoints(Corners(*scene.outline), to_picture, measurement.mutable_device_outline());
}

void AddLeftOut(const InspectedArea& area, double to_picture, v1::Measurement& measurement) {
  for (const LeftOut& part : area.left_out) {
    v1::MaskedArea* masked = measurement.add_masked();
    masked->set_reason(part.reason);
    AddPoints(part.outline, to_picture, masked->mutable_polygon());
  }
}

// Once it is known what was left out.
void AddInspected(const Scene& scene, double to_picture, v1::Measurement& measurement) {
  AddPoints(scene.area.outline, to_picture, measurement.mutable_inspected_outline());
  double share = scene.area.share;
  double beside_px2 = scene.rim_px2;
  AddLeftOut(scene.area, to_picture, measurement);
  for (const InspectedArea& part : scene.bezel) {
    share += part.share;
    beside_px2 += part.area_px2;
    AddLeftOut(part, to_picture, measurement);
  }
  measurement.set_inspected_share(share);
  const auto add_zone = [&](v1::Zone zone, double area_px2) {
    v1::ZoneArea* seen = measurement.add_zones();
    seen->set_zone(zone);
    seen->set_area_px2(area_px2 * to_picture * to_picture);
    return seen;
  };
  if (!scene.device.found) return;
  v1::ZoneArea* surface = add_zone(SurfaceZone(measurement.face()), scene.area.area_px2);
  AddPoints(LargestPartHull(scene.device.surface_mask), scene.coarse_to_working * to_picture,
            surface->mutable_polygon());
  if (beside_px2 > 0) add_zone(RimZone(measurement.face()), beside_px2);
}

// A device's width, where no scale tells: most phones are about as wide.
constexpr double kAssumedWidthMm = 72;

// Follows the device's outline.
void Follow(const Working& working, const PictureScale& scale, const MeasureOptions& options,
            const Parameters& p, Scene& scene) {
  const cv::RotatedRect rect = Scaled(scene.device.rect, scene.coarse_to_working);
  scene.frame.emplace(rect);
  if (scene.device.held) return;
  OutlineField field{working.grey, 1, scene.coarse_to_working,
                     scene.frame->width_px() / kAssumedWidthMm};
  if (scale.plane.has_value()) {
    field.px_per_mm = 1000 / (scale.plane->UmPerPx(cv::Point2d(rect.center) * working.to_picture) *
                              working.to_picture);
  } else if (options.um_per_px.has_value()) {
    field.px_per_mm = 1000 / (*options.um_per_px * working.to_picture);
  }
  if (!scene.colour.empty()) {
    field.picture = scene.colour;
    field.to_picture = working.to_picture;
  }
  for (const cv::Point2d& at : scale.mat.field_px) {
    field.limit_px.push_back((at + cv::Point2d(0.5, 0.5)) *
                                 (field.to_picture / working.to_picture) -
                             cv::Point2d(0.5, 0.5));
  }
  scene.px_per_mm = field.px_per_mm;
  scene.outline = FollowOutline(field, scene.device, p);
  if (!scene.outline.has_value()) return;
  scene.frame.emplace(scene.outline->points);
  scene.face_edge = FaceEdge(*scene.outline, scale.mat, working.to_picture);
}

// Registered at a station, it shows the station's mat too.
RegisteredPicture Registered(const MeasureOptions& options, const Parameters& p) {
  RegisteredPicture registered;
  registered.grey = MakeWorking(options.reference, p).grey;
  registered.coarse = CoarsePicture(registered.grey, p);
  // Its camera need not be this one, so its lens is not known.
  const MatView mat = options.mat.has_value()
                          ? LookAtMat(registered.grey, *options.mat, {}, options.thickness_um)
                          : MatView();
  const double coarse_px = static_cast<double>(registered.grey.cols) / registered.coarse.cols;
  registered.field = HideMat(mat, coarse_px, registered.coarse);
  if (options.reference.channels() == 3) {
    cv::resize(options.reference, registered.coarse_colour, registered.coarse.size(), 0, 0,
               cv::INTER_AREA);
  }
  return registered;
}

// A reference that does not fit is left out: its figure says so, and the ends stay unseen.
void LayReference(const Working& working, const MeasureOptions& options, const Parameters& p,
                  Scene& scene, v1::Measurement& measurement) {
  if (options.reference.empty() || !scene.device.found) return;
  const FaceFrame here(scene.outline.has_value() ? Scaled(cv::minAreaRect(Corners(*scene.outline)),
                                                          1 / scene.coarse_to_working)
                                                 : scene.device.rect);
  // Parts are of a phone's size on a larger device too.
  const double px_per_mm =
      std::min(scene.px_per_mm, here.width_px() * scene.coarse_to_working / kAssumedWidthMm);
  const auto fitted = FitReference(Registered(options, p), working.grey, scene.coarse, scene.device,
                                   here, px_per_mm, p);
  if (!fitted.has_value()) return;
  measurement.set_reference_fit(fitted->fit);
  if (fitted->fit >= p.reference_fit_min) scene.reference = fitted->grey;
}

// Looked at in the picture as it came, in colour.
bool Shines(const Working& working, const Scene& scene, const Cameras& cameras, v1::Face said,
            const Parameters& p) {
  const double to_picture = scene.colour.empty() ? 1 : working.to_picture;
  LitView view{scene.colour.empty() ? working.grey : scene.colour,
               scene.coarse_to_working * to_picture,
               scene.outline.has_value() ? Corners(*scene.outline) : scene.device.hull};
  const double factor = scene.outline.has_value() ? to_picture : view.coarse_to_picture;
  for (cv::Point& at : view.outline) at = cv::Point(cv::Point2d(at) * factor);
  return DisplayShines(view, scene.device, cameras, said, p);
}

Scene LookAround(const cv::Mat& picture, const Working& working, const PictureScale& scale,
                 const MeasureOptions& options, const Parameters& p, v1::Measurement& measurement) {
  Scene scene;
  if (std::min(working.grey.cols, working.grey.rows) < p.side_min_px) return scene;
  scene.coarse = CoarsePicture(working.grey, p);
  scene.coarse_to_working = static_cast<double>(working.grey.cols) / scene.coarse.cols;
  const double coarse_px = static_cast<double>(picture.cols) / scene.coarse.cols;
  const cv::Mat field = HideMat(scale.mat, coarse_px, scene.coarse);
  if (picture.channels() == 3) {
    scene.colour = picture;
    cv::resize(picture, scene.coarse_colour, scene.coarse.size(), 0, 0, cv::INTER_AREA);
  }
  scene.device = FindDevice({scene.coarse, scene.coarse_colour, field}, p);
  scene.device.whole = scene.device.whole && !CrossesField(scale.mat, coarse_px, scene.device);
  if (scene.device.found) Follow(working, scale, options, p, scene);
  const bool may_be_back = options.face == v1::FACE_UNSPECIFIED || options.face == v1::FACE_BACK;
  const cv::RotatedRect rect = Scaled(scene.device.rect, scene.coarse_to_working);
  const Cameras cameras = scene.frame.has_value() && may_be_back
                              ? FindCameras(working.grey, FaceFrame(rect), p)
                              : Cameras();
  scene.cameras = cameras.parts;
  scene.device.display_on = Shines(working, scene, cameras, options.face, p);
  measurement.set_face(FaceOf(scene.device, cameras.has_module, options.face, p));
  if (measurement.face() == v1::FACE_BACK || measurement.face() == v1::FACE_SIDE) {
    scene.device.surface_mask = scene.device.mask;
  }
  LayReference(working, options, p, scene, measurement);
  const AreaChoice choice{working.scale, !scene.reference.empty(),
                          p.rim_depth_mm * scene.px_per_mm};
  scene.area = FindInspectedArea(scene.device, scene.coarse.size(), working.grey, choice, p);
  if (!scene.device.found) return scene;
  if (measurement.face() == v1::FACE_DISPLAY && !scene.device.held) {
    scene.bezel = FindBezel(scene.device, working.grey, choice, p, scene.area);
  }
  // Against a reference, too: it is laid to a pixel or two, and these have the strongest edges.
  if (measurement.face() == v1::FACE_BACK) {
    LeaveOut(cameras.parts, scene.area);
    LeaveOut(FindBackFixtures(working.grey, *scene.frame, p), scene.area);
  }
  return scene;
}

// Light and pose are nobody's choice.
bool IsHeld(const Scene& scene) { return scene.device.held || !scene.device.found; }

// A mark is as sure as it is large and bright. A line is also as sure as it stands out over all of
// its length, however thin it is: chance and grain make none so long.
double Confidence(const Region& region, double evidence, const Parameters& p) {
  if (region.confidence > 0) return region.confidence;
  return std::max(region.weight / (region.weight + p.confident_weight),
                  evidence / (evidence + p.confident_evidence));
}

// Before clutter patches are mostly reflections, and so are many lines.
void WeighHeld(const Parameters& p, std::vector<Region>& regions) {
  for (Region& region : regions) {
    if (region.type == v1::DEFECT_TYPE_STAIN) region.weight *= p.held_stain_weight;
    if (region.type == v1::DEFECT_TYPE_SCRATCH) region.weight *= p.held_scratch_weight;
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.weight > b.weight; });
}

// What takes the place of others: of two regions that lie on each other one is the same seen twice.
void Replace(std::vector<Region> found, std::vector<Region>& regions) {
  std::erase_if(regions, [&](const Region& region) {
    return std::any_of(found.begin(), found.end(), [&](const Region& other) {
      return cv::pointPolygonTest(other.outline, region.rect.center, false) >= 0;
    });
  });
  std::move(found.begin(), found.end(), std::back_inserter(regions));
}

// What the search for lines and patches does not see: the rim, dents, colours, missing parts. Only
// on a quiet background, where the outline is exact and the light somebody's choice.
void AddOthers(const Working& working, v1::Face face, const Parameters& p, Scene& scene,
               std::vector<Region>& regions) {
  const double px_per_mm = working.px_per_mm.value_or(scene.frame->width_px() / kAssumedWidthMm);
  const bool is_display = face == v1::FACE_DISPLAY;
  InspectedArea plain = scene.area;
  if (!scene.reference.empty()) {
    PartsFound parts =
        CompareParts(working.grey, scene.reference, scene.device.mask, px_per_mm, working.scale, p);
    LeaveOut(parts.known, plain);
    LeaveOut(scene.cameras, plain);
    Replace(std::move(parts.missing), regions);
  }
  if (!is_display) {
    const BroadField field{working.grey, scene.coarse_colour, scene.coarse_to_working,
                           working.scale, px_per_mm};
    Replace(FindDents(field, plain, p), regions);
    Replace(FindDiscolourations(field, plain, p), regions);
  }
  if (scene.outline.has_value()) {
    RimFindings rim =
        InspectRim({working.grey, scene.colour, working.to_picture, working.scale, px_per_mm},
                   *scene.outline, scene.face_edge, *scene.frame, !is_display, p);
    for (Region& region : rim.regions) region.zone = RimZone(face);
    scene.rim_px2 = rim.area_px2;
    Replace(std::move(rim.regions), regions);
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const Region& a, const Region& b) { return a.weight > b.weight; });
}

// Flat, unlike the glass at the rim; but what its border cuts off may be the border's own.
std::vector<Region> BezelDefects(const Working& working, const Parameters& p, const Scene& scene) {
  std::vector<Region> all;
  for (const InspectedArea& part : scene.bezel) {
    std::vector<Region> regions = FindDefects(working, part, scene.reference, p);
    DropCutHighlights(Scaled(scene.device.rect, scene.coarse_to_working), p, regions);
    for (Region& region : regions) region.zone = v1::ZONE_Z2;
    std::move(regions.begin(), regions.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<Region> Defects(const Working& working, const Parameters& p, Scene& scene,
                            v1::Measurement& measurement) {
  std::vector<Region> regions = FindDefects(working, scene.area, scene.reference, p);
  const Device& device = scene.device;
  if (device.found) {
    DropEdgeHighlights(Scaled(device.rect, scene.coarse_to_working), working.scale, p, regions);
    LeaveOut(TakeFixtures(*scene.frame, measurement.face(), p, regions), scene.area);
  }
  std::vector<Region> beside = BezelDefects(working, p, scene);
  std::move(beside.begin(), beside.end(), std::back_inserter(regions));
  if (IsHeld(scene)) {
    WeighHeld(p, regions);
  } else if (measurement.face() != v1::FACE_SIDE) {
    AddOthers(working, measurement.face(), p, scene, regions);
  }
  return regions;
}

// Whoever lays a device on one of our mats need not say so: marks around it would pass for marks on
// it. True when there are marks of another sheet.
bool RecogniseUntold(const cv::Mat& grey, MeasureOptions& options) {
  if (options.mat.has_value()) return false;
  const MatSeen seen = RecogniseMat(grey);
  options.mat = seen.mat;
  return seen.any && !seen.mat.has_value();
}

absl::StatusOr<v1::Measurement> MeasureChecked(const cv::Mat& picture, MeasureOptions options) {
  const Parameters p;
  const auto late = [&] { return absl::Now() > options.deadline; };
  Working working = MakeWorking(picture, p);
  v1::Measurement measurement;
  measurement.set_width_px(picture.cols);
  measurement.set_height_px(picture.rows);
  const bool mat_unknown = RecogniseUntold(working.full, options);
  PictureScale scale = ScaleFromMat(working.full, options);
  if (mat_unknown) scale.mat.reason = "MAT_UNKNOWN";
  if (late()) return DeadlineError();
  Scene scene = LookAround(picture, working, scale, options, p, measurement);
  if (late()) return DeadlineError();
  *measurement.mutable_quality() =
      JudgeQuality(working.grey, scene.device, measurement.face(), scene.area,
                   {scale.mat.blur_px, scale.mat.blur_px / working.to_picture}, working.scale, p);
  AddPlaces(scene, working.to_picture, measurement);
  const std::vector<cv::Point2d> outline = OutlineOf(measurement);
  ScaleFromElsewhere(outline, options, scale);
  AddScale(scale, outline, options, measurement);
  if (scene.area.area_px2 == 0) return measurement;
  if (late()) return DeadlineError();
  if (measurement.has_um_per_px()) {
    working.px_per_mm = 1000 / (measurement.um_per_px() * working.to_picture);
  }
  const std::vector<Region> regions = Defects(working, p, scene, measurement);
  if (late()) return DeadlineError();
  const v1::Zone zone = SurfaceZone(measurement.face());
  double score = 0;
  for (const Region& region : regions) {
    score += region.weight;
    if (measurement.defects_size() >= p.defects_max) continue;
    v1::Defect& defect = AddDefect(region, zone, scene.frame, working.to_picture, measurement);
    const double evidence = SetSizes(region, working.to_picture, working.full, scale, defect);
    defect.set_confidence(Confidence(region, IsHeld(scene) ? 0 : evidence, p));
  }
  measurement.set_score(score);
  AddInspected(scene, working.to_picture, measurement);
  return measurement;
}

absl::Status Invalid(const char* reason, const char* what) {
  return common::Error(absl::StatusCode::kInvalidArgument, reason, what);
}

absl::Status CheckOptions(const MeasureOptions& options, cv::Size picture) {
  if (options.um_per_px.has_value() &&
      !(std::isfinite(*options.um_per_px) && *options.um_per_px > 0)) {
    return Invalid("UM_PER_PX_INVALID",
                   "Give the scale as a positive number of micrometres a pixel.");
  }
  constexpr double kUmMax = 2e6;
  for (const double um : {options.thickness_um, options.body_length_um, options.body_width_um}) {
    // What is no number is not within anything.
    if (!(um >= 0 && um <= kUmMax)) {
      return Invalid("BODY_SIZE_INVALID", "A body is at most two metres long, wide and thick.");
    }
  }
  if (options.mat.has_value()) {
    if (const absl::Status board = CheckBoard(*options.mat); !board.ok()) return board;
    if (options.mat->kind() != v1::BOARD_KIND_FRAME) {
      return Invalid("BOARD_INVALID",
                     "A mat is a frame of marks; a chess board is for calibration.");
    }
  }
  return options.lens.has_value() ? CheckLens(*options.lens, picture) : absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Measurement> Measure(const cv::Mat& picture, const MeasureOptions& options) {
  if (picture.empty() || (picture.type() != CV_8UC3 && picture.type() != CV_8UC1)) {
    return common::Error(absl::StatusCode::kInvalidArgument, "IMAGE_FORMAT_UNSUPPORTED",
                         "Only pictures of 8 bits with one or three channels can be measured.");
  }
  try {
    const cv::Mat& reference = options.reference;
    if (!reference.empty() && reference.type() != CV_8UC3 && reference.type() != CV_8UC1) {
      return Invalid("IMAGE_FORMAT_UNSUPPORTED",
                     "A reference has 8 bits and one or three channels.");
    }
    if (const absl::Status checked = CheckOptions(options, picture.size()); !checked.ok()) {
      return checked;
    }
    return MeasureChecked(picture, options);
  } catch (const cv::Exception& exception) {
    return common::Error(absl::StatusCode::kInternal, "MEASURE_FAILED",
                         "The picture could not be measured; keep it and report it.",
                         {{"cause", exception.what()}});
  }
}

}  // namespace loopdock::vision
