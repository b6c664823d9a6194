// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/render/scene.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "services/vision/sheet/board_layout.h"
#include "tests/tools/render/face.h"

namespace loopdock::render {
namespace {

constexpr double kTableLevel = 74;
// Texture pixels a picture pixel, so that nothing is lost before the lens.
constexpr double kOversample = 1.25;

cv::Point2d Unit(double degrees) {
  return {std::cos(degrees * CV_PI / 180), std::sin(degrees * CV_PI / 180)};
}

// Where the device lies in the world.
struct Place {
  cv::Point2d middle_mm;
  double turn_deg = 0;

  cv::Point2d ToWorld(cv::Point2d on_face) const {
    const cv::Point2d u = Unit(turn_deg);
    return middle_mm +
           cv::Point2d(u.x * on_face.x - u.y * on_face.y, u.y * on_face.x + u.x * on_face.y);
  }
};

Place PlaceOf(const Shot& shot) {
  const vision::SheetSize mat = vision::BoardSize(shot.mat);
  return {cv::Point2d(mat.width_mm / 2, mat.height_mm / 2) + shot.at_mm, shot.turn_deg};
}

std::vector<cv::Point2d> Seen(const Camera& camera, const Place& place, const Path& on_face,
                              double z_mm) {
  std::vector<cv::Point3d> world;
  for (const cv::Point2d& at : on_face) {
    const cv::Point2d w = place.ToWorld(at);
    world.emplace_back(w.x, w.y, z_mm);
  }
  return camera.Project(world);
}

// From the world points that pixels see to pixels of a texture.
cv::Mat TextureMap(const cv::Mat& plane_map, const Place& place, const Texture& texture) {
  const cv::Point2d u = Unit(place.turn_deg);
  const double k = texture.px_per_mm;
  const cv::Point2d back(-u.x * place.middle_mm.x - u.y * place.middle_mm.y,
                         u.y * place.middle_mm.x - u.x * place.middle_mm.y);
  cv::Mat map;
  cv::transform(plane_map, map,
                cv::Matx23d(k * u.x, k * u.y, k * (back.x + texture.origin_mm.x), -k * u.y, k * u.x,
                            k * (back.y + texture.origin_mm.y)));
  return map;
}

cv::Mat Look(const cv::Mat& texture, const cv::Mat& map, const cv::Scalar& beyond) {
  cv::Mat seen;
  cv::remap(texture, seen, map, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_CONSTANT, beyond);
  return seen;
}

// A smooth field over the picture, reckoned for every 32nd pixel.
template <typename Function>
cv::Mat Smooth(cv::Size size, Function value) {
  constexpr int kStep = 32;
  cv::Mat coarse(size.height / kStep + 2, size.width / kStep + 2, CV_32F);
  for (int y = 0; y < coarse.rows; ++y) {
    for (int x = 0; x < coarse.cols; ++x) {
      const cv::Point2d at((x + 0.5) * kStep / size.width - 0.5,
                           (y + 0.5) * kStep / size.height - 0.5);
      coarse.at<float>(y, x) = static_cast<float>(value(at));
    }
  }
  cv::Mat field;
  cv::resize(coarse, field, coarse.size() * kStep, 0, 0, cv::INTER_CUBIC);
  return field(cv::Rect(cv::Point(0, 0), size)).clone();
}

cv::Mat Illumination(const Shot& shot, cv::Size size) {
  const cv::Point2d lamp = Unit(shot.light_from_deg);
  return Smooth(size, [&](cv::Point2d at) {
    return shot.light_level * (1 + 2 * shot.light_uneven * at.dot(lamp) - 0.12 * at.dot(at));
  });
}

// The lamp's soft box and, fainter, the room, mirrored in the glass.
cv::Mat Mirrored(const Shot& shot, cv::Size size) {
  const cv::Point2d lamp = 0.38 * Unit(shot.light_from_deg);
  const cv::Point2d room = 0.3 * Unit(shot.light_from_deg + 200);
  return Smooth(size, [&](cv::Point2d at) {
    const cv::Point2d a = at - lamp;
    const cv::Point2d b = at - room;
    return shot.light_level * shot.reflection *
           (std::exp(-a.dot(a) / 0.05) + 0.35 * std::exp(-b.dot(b) / 0.02));
  });
}

void AddShadow(const Shot& shot, const Place& place, Texture& mat) {
  constexpr int kReduce = 8;
  cv::Mat dark = cv::Mat::zeros(mat.colour.rows / kReduce, mat.colour.cols / kReduce, CV_8U);
  std::vector<cv::Point> outline;
  const cv::Point2d away = -1.6 * Unit(shot.light_from_deg);
  for (const cv::Point2d& at : BodyOutline(*shot.model)) {
    outline.emplace_back((place.ToWorld(at) + away + mat.origin_mm) * (mat.px_per_mm / kReduce));
  }
  cv::fillPoly(dark, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(255));
  cv::GaussianBlur(dark, dark, {}, 2.2 * mat.px_per_mm / kReduce);
  cv::resize(dark, dark, mat.colour.size(), 0, 0, cv::INTER_LINEAR);
  cv::cvtColor(dark, dark, cv::COLOR_GRAY2BGR);
  cv::subtract(cv::Scalar::all(255), dark * 0.4, dark);
  cv::multiply(mat.colour, dark, mat.colour, 1 / 255.0);
}

// The side walls: all between the outline at the mat and the outline of the face.
void AddSides(const Camera& camera, const Shot& shot, const Place& place, cv::Mat& colour) {
  constexpr int kBits = 4;
  const auto outline = BodyOutline(*shot.model);
  std::vector<cv::Point> all;
  for (const double z : {0.0, -shot.model->thickness_mm}) {
    for (const cv::Point2d& at : Seen(camera, place, outline, z)) {
      all.emplace_back(at * (1 << kBits));
    }
  }
  std::vector<cv::Point> hull;
  cv::convexHull(all, hull);
  const Colour frame = shot.model->frame * 0.7;
  cv::fillConvexPoly(colour, hull, cv::Scalar(frame[0], frame[1], frame[2]), cv::LINE_AA, kBits);
}

// Grey levels of the sensor: the lens's blur, then noise that grows with the light.
void Expose(const Shot& shot, cv::Mat& level) {
  cv::RNG rng(shot.seed * 6364136223846793005ULL + 1442695040888963407ULL);
  cv::GaussianBlur(level, level, {}, shot.blur_px);
  cv::Mat noise(level.size(), CV_32F);
  rng.fill(noise, cv::RNG::NORMAL, 0, 1);
  for (int y = 0; y < level.rows; ++y) {
    auto* l = level.ptr<float>(y);
    const auto* n = noise.ptr<float>(y);
    for (int x = 0; x < level.cols; ++x) {
      l[x] += n[x] * std::sqrt(static_cast<float>(shot.noise * shot.noise) +
                               0.025F * std::max(0.0F, l[x]));
    }
  }
}

// Colours of that level: each keeps its share of the surface's grey.
cv::Mat Coloured(const cv::Mat& level, const cv::Mat& surface) {
  cv::Mat picture(level.size(), CV_8UC3);
  for (int y = 0; y < level.rows; ++y) {
    const auto* l = level.ptr<float>(y);
    const auto* s = surface.ptr<cv::Vec3b>(y);
    auto* p = picture.ptr<cv::Vec3b>(y);
    for (int x = 0; x < level.cols; ++x) {
      const float grey = 0.114F * s[x][0] + 0.587F * s[x][1] + 0.299F * s[x][2];
      for (int c = 0; c < 3; ++c) {
        p[x][c] = cv::saturate_cast<uchar>(l[x] * (static_cast<float>(s[x][c]) + 2) / (grey + 2));
      }
    }
  }
  return picture;
}

struct FaceSeen {
  cv::Mat colour;
  cv::Mat inside;
  cv::Mat gloss;
  cv::Mat light;
};

FaceSeen LookAtFace(const Camera& camera, const Shot& shot, const Place& place, double px_per_mm) {
  const Texture face =
      PaintFace(*shot.model, {.defects = shot.defects,
                              .dust = shot.dust,
                              .light_from_deg = shot.light_from_deg - shot.turn_deg,
                              .px_per_mm = px_per_mm,
                              .seed = shot.device_seed});
  const cv::Mat map = TextureMap(camera.PlaneMap(-shot.model->thickness_mm), place, face);
  return {Look(face.colour, map, 0), Look(face.inside, map, 0), Look(face.gloss, map, 0),
          Look(face.light, map, 0)};
}

// Lays the face over what is there already and returns the picture's grey levels.
cv::Mat Compose(const Shot& shot, const FaceSeen& face, cv::Mat& colour) {
  const cv::Mat shine = Illumination(shot, colour.size());
  const cv::Mat mirrored = Mirrored(shot, colour.size());
  cv::Mat level(colour.size(), CV_32F);
  for (int y = 0; y < level.rows; ++y) {
    auto* out = level.ptr<float>(y);
    auto* c = colour.ptr<cv::Vec3b>(y);
    const auto* f = face.colour.ptr<cv::Vec3b>(y);
    const auto* inside = face.inside.ptr<uchar>(y);
    const auto* gloss = face.gloss.ptr<uchar>(y);
    const auto* add = face.light.ptr<float>(y);
    const auto* lit = shine.ptr<float>(y);
    const auto* mirror = mirrored.ptr<float>(y);
    for (int x = 0; x < level.cols; ++x) {
      const float a = static_cast<float>(inside[x]) / 255;
      for (int k = 0; k < 3; ++k) {
        c[x][k] = cv::saturate_cast<uchar>(a * static_cast<float>(f[x][k]) +
                                           (1 - a) * static_cast<float>(c[x][k]));
      }
      const float grey = 0.114F * c[x][0] + 0.587F * c[x][1] + 0.299F * c[x][2];
      out[x] = lit[x] * (grey + a * add[x]) + a * mirror[x] * static_cast<float>(gloss[x]) / 255;
    }
  }
  return level;
}

double PxPerMm(const CameraPose& pose) { return pose.size.width / pose.width_mm; }

}  // namespace

Shot AnyShot(const DeviceModel& model, cv::Size size, double tilt_max_deg, uint64_t seed) {
  cv::RNG rng(seed * 7919 + 17);
  Shot shot{.model = &model, .device_seed = seed, .seed = seed};
  const bool large = model.length_mm > 165;
  shot.mat = large ? vision::TabletMat() : vision::PhoneMat();
  const vision::SheetField field = vision::FreeField(shot.mat);
  const double spare = field.bottom_right.y_mm - field.top_left.y_mm - model.width_mm;
  // What turning takes of the field, moving cannot have.
  shot.turn_deg = rng.uniform(-1.0, 1.0) * std::min(8.0, 0.35 * spare);
  const double lean = model.length_mm * std::abs(std::sin(shot.turn_deg * CV_PI / 180));
  const double free = std::max(0.0, (spare - lean) / 2 - 4);
  shot.at_mm = {rng.uniform(-1.0, 1.0) * 4, rng.uniform(-1.0, 1.0) * free};
  if (rng.uniform(0, 2) == 1) shot.turn_deg += 180;
  shot.camera.size = size;
  shot.camera.tilt_deg = rng.uniform(0.0, 1.0) * tilt_max_deg;
  shot.camera.tilt_towards_deg = rng.uniform(0.0, 360.0);
  shot.camera.roll_deg = rng.uniform(-2.0, 2.0);
  const vision::SheetSize mat = vision::BoardSize(shot.mat);
  const double height_as_width = mat.height_mm * size.width / size.height;
  shot.camera.width_mm =
      std::max(mat.width_mm, height_as_width) * (1.06 + 0.0085 * shot.camera.tilt_deg);
  shot.light_from_deg = 45 + 90 * static_cast<double>(seed % 4);
  shot.light_level = rng.uniform(0.92, 1.08);
  shot.light_uneven = rng.uniform(0.08, 0.2);
  shot.reflection = rng.uniform(6.0, 16.0);
  shot.blur_px = rng.uniform(0.6, 1.0);
  return shot;
}

Rendering Render(const Shot& shot) {
  const vision::SheetSize sheet = vision::BoardSize(shot.mat);
  CameraPose pose = shot.camera;
  pose.looks_at_mm = {sheet.width_mm / 2, sheet.height_mm / 2};
  const Camera camera(pose);
  const Place place = PlaceOf(shot);
  const double px_per_mm = PxPerMm(pose) * kOversample;
  Texture mat = PaintMat(shot.mat, px_per_mm);
  AddShadow(shot, place, mat);
  cv::Mat colour =
      Look(mat.colour, TextureMap(camera.PlaneMap(0), {}, mat), cv::Scalar::all(kTableLevel));
  AddSides(camera, shot, place, colour);
  const FaceSeen face = LookAtFace(camera, shot, place, px_per_mm);
  cv::Mat level = Compose(shot, face, colour);
  Expose(shot, level);
  Rendering result;
  result.picture = Coloured(level, colour);
  result.lens = TrueLens(camera);
  const double z = -shot.model->thickness_mm;
  result.outline = Seen(camera, place, BodyOutline(*shot.model), z);
  for (const RenderedDefect& defect : shot.defects) {
    auto& paths = result.defects.emplace_back();
    for (const Path& path : defect.paths) paths.push_back(Seen(camera, place, path, z));
  }
  const auto ruler = Seen(camera, place, {{-5, 0}, {5, 0}}, z);
  result.mm_per_px = 10 / cv::norm(ruler[1] - ruler[0]);
  return result;
}

cv::Mat RenderBoard(const vision::v1::Board& board, const CameraPose& wished, uint64_t seed) {
  const vision::SheetSize sheet = vision::BoardSize(board);
  CameraPose pose = wished;
  pose.looks_at_mm += cv::Point2d(sheet.width_mm / 2, sheet.height_mm / 2);
  const Camera camera(pose);
  const Texture mat = PaintMat(board, PxPerMm(pose) * kOversample);
  cv::Mat colour =
      Look(mat.colour, TextureMap(camera.PlaneMap(0), {}, mat), cv::Scalar::all(kTableLevel));
  cv::Mat level;
  cv::cvtColor(colour, level, cv::COLOR_BGR2GRAY);
  level.convertTo(level, CV_32F);
  Shot shot;
  shot.seed = seed;
  cv::multiply(level, Illumination(shot, level.size()), level);
  Expose(shot, level);
  return Coloured(level, colour);
}

vision::v1::Lens TrueLens(const Camera& camera) {
  vision::v1::Lens lens;
  lens.set_width_px(camera.size().width);
  lens.set_height_px(camera.size().height);
  lens.set_fx(camera.matrix()(0, 0));
  lens.set_fy(camera.matrix()(1, 1));
  lens.set_cx(camera.matrix()(0, 2));
  lens.set_cy(camera.matrix()(1, 2));
  for (const double k : camera.distortion()) lens.add_distortion(k);
  return lens;
}

std::vector<cv::Mat> RenderCalibration(const vision::v1::Board& board, int count, cv::Size size) {
  constexpr uint64_t kSeed = 5'000;
  std::vector<cv::Mat> pictures;
  for (int i = 0; i < count; ++i) {
    CameraPose pose;
    pose.size = size;
    pose.width_mm = 280;
    pose.tilt_deg = 24;
    pose.tilt_towards_deg = 360.0 * i / count;
    pose.looks_at_mm = {i % 2 == 0 ? 28.0 : -28.0, i % 4 < 2 ? 20.0 : -20.0};
    pictures.push_back(RenderBoard(board, pose, kSeed + static_cast<uint64_t>(i)));
  }
  return pictures;
}

vision::v1::MeasureRequest StationKnows(const Shot& shot, const vision::v1::Lens& lens) {
  vision::v1::MeasureRequest measure;
  *measure.mutable_mat() = shot.mat;
  *measure.mutable_lens() = lens;
  measure.set_thickness_um(shot.model->thickness_mm * 1000);
  measure.set_body_length_um(shot.model->length_mm * 1000);
  measure.set_body_width_um(shot.model->width_mm * 1000);
  measure.set_face(shot.model->shows_display ? vision::v1::FACE_DISPLAY : vision::v1::FACE_BACK);
  return measure;
}

std::string Jpeg(const cv::Mat& picture) {
  std::vector<uchar> bytes;
  cv::imencode(".jpg", picture, bytes, {cv::IMWRITE_JPEG_QUALITY, 93});
  return {bytes.begin(), bytes.end()};
}

}  // namespace loopdock::render
