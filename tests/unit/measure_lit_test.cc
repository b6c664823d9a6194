// SPDX-License-Identifier: Apache-2.0
// Displays that shine, and what only looks like one.
#include <gtest/gtest.h>

#include <functional>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "services/vision/measure/measure.h"

namespace loopdock::vision {
namespace {

constexpr uint64_t kSeed = 11;
// The face is painted flat, at so many pixels a millimetre.
constexpr double kPxPerMm = 6;
const cv::Size kPhoto(960, 540);
const cv::Point2f kCentre(480, 270);
// Pixels of the photo a pixel of the face.
constexpr double kScale = 0.75;

struct Front {
  double length_mm = 150;
  double width_mm = 72;
  // Of the bezel, along the sides and at the ends.
  double side_mm = 2.2;
  double end_mm = 4;
  cv::Scalar bezel = {26, 25, 24};
  cv::Scalar glass = {25, 24, 23};
};

struct Shot {
  double exposure = 1;
  double turn_deg = 3;
  // How much shorter the far end looks.
  double lean = 0;
  double table = 112;
  // Light on everything, added after the face is painted; in pixels of the face.
  std::function<void(cv::Mat& face)> over;
};

using Paint = std::function<void(cv::Mat& page)>;

cv::Size FacePx(const Front& front) {
  return {static_cast<int>(front.length_mm * kPxPerMm),
          static_cast<int>(front.width_mm * kPxPerMm)};
}

cv::Mat Turned(const cv::Mat& picture, const cv::Mat& way, const cv::Scalar& around) {
  cv::Mat turned;
  cv::warpPerspective(picture, turned, way, kPhoto, cv::INTER_LINEAR, cv::BORDER_CONSTANT, around);
  return turned;
}

cv::Mat Rounded(cv::Size size, int corner) {
  cv::Mat mask = cv::Mat::zeros(size, CV_8U);
  mask(cv::Rect(corner, corner, size.width - 2 * corner, size.height - 2 * corner)).setTo(255);
  const int side = 2 * corner + 1;
  cv::dilate(mask, mask, cv::getStructuringElement(cv::MORPH_ELLIPSE, {side, side}));
  return mask;
}

// The device on a table; its page is what `paint` makes of dark glass.
cv::Mat Photo(const Front& front, const Shot& shot, const Paint& paint) {
  const cv::Size size = FacePx(front);
  cv::Mat face(size, CV_8UC3, front.bezel);
  const int side = static_cast<int>(front.side_mm * kPxPerMm);
  const int end = static_cast<int>(front.end_mm * kPxPerMm);
  cv::Mat page = face(cv::Rect(end, side, size.width - 2 * end, size.height - 2 * side));
  page.setTo(front.glass);
  paint(page);
  if (shot.over) shot.over(face);
  const cv::Mat turn = cv::getRotationMatrix2D(kCentre, shot.turn_deg, kScale);
  const double far = shot.lean * 0.5 * size.height;
  std::vector<cv::Point2f> from = {
      {0, 0},
      {static_cast<float>(size.width), 0},
      {static_cast<float>(size.width), static_cast<float>(size.height)},
      {0, static_cast<float>(size.height)}};
  std::vector<cv::Point2f> to;
  for (size_t i = 0; i < from.size(); ++i) {
    const double in = i == 1 ? far : i == 2 ? -far : 0;
    to.emplace_back(from[i].x + 0.5F * static_cast<float>(kPhoto.width - size.width),
                    static_cast<float>(from[i].y + in + 0.5 * (kPhoto.height - size.height)));
  }
  cv::transform(std::vector<cv::Point2f>(to), to, turn);
  const cv::Mat way = cv::getPerspectiveTransform(from, to);
  cv::Mat mask;
  cv::Mat(Turned(Rounded(size, static_cast<int>(7 * kPxPerMm)), way, cv::Scalar(0)))
      .convertTo(mask, CV_32F, 1 / 255.0);
  cv::cvtColor(mask, mask, cv::COLOR_GRAY2BGR);
  cv::Mat device;
  Turned(face, way, cv::Scalar::all(0)).convertTo(device, CV_32F);
  cv::Mat picture(kPhoto, CV_32FC3, cv::Scalar::all(shot.table));
  picture = picture.mul(cv::Scalar::all(1) - mask) + device.mul(mask);
  cv::GaussianBlur(picture, picture, cv::Size(), 0.8);
  cv::RNG rng(kSeed);
  cv::Mat noise(picture.size(), CV_32FC3);
  rng.fill(noise, cv::RNG::NORMAL, 0, 1.2);
  picture = picture * shot.exposure + noise;
  cv::Mat photo;
  picture.convertTo(photo, CV_8U);
  return photo;
}

// The gate's word, "" where the picture passes.
std::string Word(const cv::Mat& photo, v1::Face face = v1::FACE_UNSPECIFIED) {
  MeasureOptions options;
  options.face = face;
  const absl::StatusOr<v1::Measurement> measured = Measure(photo, options);
  EXPECT_TRUE(measured.ok()) << measured.status();
  return measured.ok() ? measured->quality().reason() : "not measured";
}

Paint Plain(const cv::Scalar& colour) {
  return [=](cv::Mat& page) { page.setTo(colour); };
}

// Rows of letters, `ink` on `paper`, in lines across the page.
Paint Text(const cv::Scalar& paper, const cv::Scalar& ink) {
  return [=](cv::Mat& page) {
    page.setTo(paper);
    cv::Mat upright(page.cols, page.rows, CV_8UC3, paper);
    for (int y = 60; y < upright.rows - 30; y += 26) {
      cv::putText(upright, "Settings wifi sound display", {24, y}, cv::FONT_HERSHEY_SIMPLEX, 0.7,
                  ink, 2, cv::LINE_AA);
    }
    cv::rotate(upright, page, cv::ROTATE_90_CLOCKWISE);
  };
}

void Blocks(cv::Mat& page) {
  page.setTo(cv::Scalar::all(150));
  for (int y = 12; y < page.rows - 40; y += 50) {
    for (int x = 15; x < page.cols - 50; x += 65) {
      cv::rectangle(page, cv::Rect(x, y, 40, 30), cv::Scalar::all(60), cv::FILLED);
    }
  }
}

// A picture as a camera shows it of a page: bands of the pixels' grid over the scene.
void Moire(cv::Mat& page) {
  for (int y = 0; y < page.rows; ++y) {
    for (int x = 0; x < page.cols; ++x) {
      const double band = 30 * std::sin(0.11 * x + 0.23 * y) + 20 * std::sin(0.31 * x - 0.05 * y);
      page.at<cv::Vec3b>(y, x) = {cv::saturate_cast<uchar>(150 + band),
                                  cv::saturate_cast<uchar>(120 + band + 60.0 * y / page.rows),
                                  cv::saturate_cast<uchar>(110 + band)};
    }
  }
}

void Icons(cv::Mat& page) {
  for (int row = 0; row < 6; ++row) {
    for (int column = 0; column < 4; ++column) {
      const int x = 80 + row * 130;
      const int y = 40 + column * 95;
      cv::rectangle(page, cv::Rect(x, y, 58, 58), cv::Scalar(60 + 60 * column, 200, 240 - 30 * row),
                    cv::FILLED);
    }
  }
}

void Half(cv::Mat& page) { page.colRange(0, page.cols / 2).setTo(cv::Scalar(190, 200, 210)); }

void Dialog(cv::Mat& page) {
  const cv::Point middle(page.cols / 2, page.rows / 2);
  cv::rectangle(page, cv::Rect(middle.x - 90, middle.y - 140, 180, 280), cv::Scalar::all(225),
                cv::FILLED);
  cv::putText(page, "Restart?", {middle.x - 60, middle.y}, cv::FONT_HERSHEY_SIMPLEX, 0.8,
              cv::Scalar::all(30), 2, cv::LINE_AA);
}

void Clock(cv::Mat& page) {
  cv::Mat upright(page.cols, page.rows, CV_8UC3, cv::Scalar(25, 24, 23));
  const cv::Size size = cv::getTextSize("10:48", cv::FONT_HERSHEY_SIMPLEX, 3, 8, nullptr);
  cv::putText(upright, "10:48", {(upright.cols - size.width) / 2, 220}, cv::FONT_HERSHEY_SIMPLEX, 3,
              cv::Scalar(240, 240, 240), 8, cv::LINE_AA);
  cv::rotate(upright, page, cv::ROTATE_90_CLOCKWISE);
}

// Dark at one end.
void LockScreen(cv::Mat& page) {
  for (int x = 0; x < page.cols; ++x) {
    const double share = 1 - static_cast<double>(x) / page.cols;
    page.col(x).setTo(cv::Scalar(30 + 150 * share, 24 + 60 * share, 24 + 90 * share));
  }
}

struct Page {
  const char* what;
  Paint paint;
};

std::vector<Page> LitPages() {
  return {{"light", Plain(cv::Scalar(235, 235, 235))},
          {"white", Plain(cv::Scalar::all(255))},
          {"grey", Plain(cv::Scalar::all(112))},
          {"blue", Plain(cv::Scalar(190, 40, 20))},
          {"red", Plain(cv::Scalar(20, 20, 170))},
          {"text", Text(cv::Scalar::all(235), cv::Scalar::all(40))},
          {"textOnBlack", Text(cv::Scalar::all(24), cv::Scalar::all(220))},
          {"blocks", Blocks},
          {"moire", Moire},
          {"icons", Icons},
          {"half", Half},
          {"dialog", Dialog},
          {"clock", Clock},
          {"lockScreen", LockScreen}};
}

class LitPage : public testing::TestWithParam<Page> {};

TEST_P(LitPage, WhetherTheFaceIsSaidOrNot) {
  const cv::Mat photo = Photo({}, {}, GetParam().paint);
  EXPECT_EQ(Word(photo), "SCREEN_ON");
  EXPECT_EQ(Word(photo, v1::FACE_DISPLAY), "SCREEN_ON");
}

TEST_P(LitPage, AtAnyExposureTurnAndLean) {
  // Said, since two of the dim blocks look like the lenses of a back.
  const cv::Mat dim = Photo({}, {.exposure = 0.6, .turn_deg = -8}, GetParam().paint);
  EXPECT_EQ(Word(dim, v1::FACE_DISPLAY), "SCREEN_ON");
  EXPECT_EQ(Word(Photo({}, {.exposure = 1.4, .turn_deg = 20, .lean = 0.05}, GetParam().paint)),
            "SCREEN_ON");
}

INSTANTIATE_TEST_SUITE_P(Pages, LitPage, testing::ValuesIn(LitPages()),
                         [](const auto& page) { return std::string(page.param.what); });

TEST(Lit, BehindAnyBezel) {
  const Paint light = Plain(cv::Scalar(235, 235, 235));
  const Front wide{.length_mm = 124, .width_mm = 59, .side_mm = 3, .end_mm = 14};
  EXPECT_EQ(Word(Photo(wide, {}, light)), "SCREEN_ON");
  const Front narrow{.side_mm = 1.8, .end_mm = 2.2};
  EXPECT_EQ(Word(Photo(narrow, {}, light)), "SCREEN_ON");
  Front white = wide;
  white.bezel = cv::Scalar(205, 208, 210);
  EXPECT_EQ(Word(Photo(white, {}, light), v1::FACE_DISPLAY), "SCREEN_ON");
  EXPECT_EQ(Word(Photo(white, {}, Moire), v1::FACE_DISPLAY), "SCREEN_ON");
  EXPECT_EQ(Word(Photo(white, {}, Dialog)), "SCREEN_ON");
  EXPECT_EQ(Word(Photo(white, {}, [](cv::Mat&) {})), "");
}

void Gradient(cv::Mat& page) {
  for (int x = 0; x < page.cols; ++x) {
    const double share = static_cast<double>(x) / page.cols;
    page.col(x).setTo(cv::Scalar(60 + 160 * share, 120, 220 - 190 * share));
  }
}

// Nothing tells a light bezel from the body of a back, but the page has a border too.
TEST(Lit, BehindALightBezelThatNobodySaid) {
  Front white{.side_mm = 3, .end_mm = 4};
  white.bezel = cv::Scalar(212, 214, 216);
  for (const Paint& page : {Plain(cv::Scalar(236, 232, 228)), Paint(Gradient), Paint(Icons),
                            Text(cv::Scalar(236, 232, 228), cv::Scalar::all(40))}) {
    EXPECT_EQ(Word(Photo(white, {}, page)), "SCREEN_ON");
  }
  EXPECT_EQ(Word(Photo(white, {}, [](cv::Mat&) {})), "");
}

// On a table between the bezel and the page the outline follows the page's border.
TEST(Lit, WhoseBorderIsClearerThanTheBezels) {
  for (const bool plain : {true, false}) {
    cv::Mat picture(1080, 1920, CV_8UC3, cv::Scalar::all(118));
    picture(cv::Rect(560, 240, 900, 450)).setTo(cv::Scalar::all(18));
    cv::Mat page = picture(cv::Rect(585, 260, 850, 410));
    page.setTo(cv::Scalar(240, 235, 230));
    if (!plain) Gradient(page);
    cv::RNG rng(kSeed);
    cv::Mat noise(picture.size(), CV_16SC3);
    rng.fill(noise, cv::RNG::NORMAL, 0, 3);
    cv::add(picture, noise, picture, cv::noArray(), CV_8U);
    cv::GaussianBlur(picture, picture, cv::Size(), 1);
    EXPECT_EQ(Word(picture), "SCREEN_ON") << plain;
    EXPECT_EQ(Word(picture, v1::FACE_DISPLAY), "SCREEN_ON") << plain;
  }
}

TEST(Lit, InGreyToo) {
  cv::Mat grey;
  cv::cvtColor(Photo({}, {}, Plain(cv::Scalar::all(200))), grey, cv::COLOR_BGR2GRAY);
  EXPECT_EQ(Word(grey), "SCREEN_ON");
}

TEST(NotLit, ALightBackInADarkFrame) {
  const Front back{.side_mm = 2.2, .end_mm = 2.2, .bezel = {40, 40, 40}, .glass = {208, 210, 210}};
  const Paint none = [](cv::Mat&) {};
  EXPECT_EQ(Word(Photo(back, {}, none), v1::FACE_BACK), "");
  const Paint lenses = [](cv::Mat& page) {
    for (const cv::Point at : {cv::Point(70, 70), {70, 150}, {130, 110}}) {
      cv::circle(page, at, 27, cv::Scalar::all(90), cv::FILLED, cv::LINE_AA);
      cv::circle(page, at, 23, cv::Scalar::all(12), cv::FILLED, cv::LINE_AA);
    }
  };
  EXPECT_EQ(Word(Photo(back, {}, lenses), v1::FACE_BACK), "");
  EXPECT_EQ(Word(Photo(back, {}, lenses)), "");
  // A frame as narrow as most, from above.
  const Front thin{.side_mm = 0.8, .end_mm = 0.8, .bezel = {40, 40, 40}, .glass = {208, 210, 210}};
  EXPECT_EQ(Word(Photo(thin, {}, none)), "");
  // Nothing tells it from a page: to be asked rather than to be called a clean back.
  EXPECT_EQ(Word(Photo(back, {}, none)), "SCREEN_ON");
}

// A body's sides are round: its rim is shaded, and a frame is narrow.
TEST(NotLit, ALightBackInALightFrame) {
  const Paint none = [](cv::Mat&) {};
  Front framed{.side_mm = 1, .end_mm = 1, .bezel = {180, 182, 184}, .glass = {208, 210, 210}};
  EXPECT_EQ(Word(Photo(framed, {}, none)), "");
  const auto shaded = [](cv::Mat& face) {
    constexpr double kRimMm = 4;
    for (int y = 0; y < face.rows; ++y) {
      for (int x = 0; x < face.cols; ++x) {
        const double in = std::min({x, y, face.cols - 1 - x, face.rows - 1 - y}) / kPxPerMm;
        if (in < kRimMm) face.at<cv::Vec3b>(y, x) *= 1 - 0.25 * std::pow(1 - in / kRimMm, 2);
      }
    }
  };
  framed.bezel = framed.glass;
  EXPECT_NE(Word(Photo(framed, {.over = shaded}, none)), "SCREEN_ON");
  EXPECT_NE(Word(Photo(framed, {.table = 30, .over = shaded}, none)), "SCREEN_ON");
}

// The glass of a display and its bezel are one pane.
TEST(NotLit, DarkGlassWithABroadReflection) {
  const Paint none = [](cv::Mat&) {};
  const auto reflection = [](double most) {
    return [=](cv::Mat& face) {
      for (int y = 0; y < face.rows; ++y) {
        for (int x = 0; x < face.cols; ++x) {
          const double off = std::hypot((x - 0.35 * face.cols) / (0.45 * face.cols),
                                        (y - 0.4 * face.rows) / (0.6 * face.rows));
          const double light = most * std::exp(-off * off);
          for (int i = 0; i < 3; ++i) {
            uchar& level = face.at<cv::Vec3b>(y, x)[i];
            level = cv::saturate_cast<uchar>(level + light);
          }
        }
      }
    };
  };
  for (const double most : {30.0, 70.0}) {
    EXPECT_NE(Word(Photo({}, {.over = reflection(most)}, none)), "SCREEN_ON") << most;
  }
  EXPECT_EQ(Word(Photo({}, {.over = reflection(15)}, none), v1::FACE_DISPLAY), "");
}

TEST(NotLit, ABrightStain) {
  const Paint none = [](cv::Mat&) {};
  for (const cv::Point at : {cv::Point(450, 216), {300, 120}, {60, 300}, {700, 10}}) {
    const auto stain = [=](cv::Mat& face) {
      std::vector<cv::Point> outline;
      for (int i = 0; i < 60; ++i) {
        const double angle = 2 * CV_PI * i / 60;
        const double r = 110 * (1 + 0.18 * std::sin(3 * angle + 1) + 0.09 * std::sin(5 * angle));
        outline.emplace_back(static_cast<int>(at.x + 1.3 * r * std::cos(angle)),
                             static_cast<int>(at.y + r * std::sin(angle)));
      }
      cv::fillPoly(face, std::vector<std::vector<cv::Point>>{outline}, cv::Scalar(150, 155, 150),
                   cv::LINE_AA);
    };
    EXPECT_EQ(Word(Photo({}, {.over = stain}, none)), "") << at;
  }
}

TEST(NotLit, Dust) {
  for (const int specks : {300, 3000, 12000}) {
    const auto dust = [=](cv::Mat& face) {
      cv::RNG rng(kSeed);
      for (int i = 0; i < specks; ++i) {
        const cv::Point at(rng.uniform(0, face.cols), rng.uniform(0, face.rows));
        cv::circle(face, at, rng.uniform(0, 3), cv::Scalar::all(rng.uniform(60, 220)), cv::FILLED,
                   cv::LINE_AA);
      }
    };
    const cv::Mat photo = Photo({}, {.over = dust}, [](cv::Mat&) {});
    EXPECT_NE(Word(photo), "SCREEN_ON") << specks;
    EXPECT_NE(Word(photo, v1::FACE_DISPLAY), "SCREEN_ON") << specks;
  }
}

TEST(NotLit, ScratchesAndShatteredGlass) {
  const auto damage = [](cv::Mat& face) {
    cv::RNG rng(kSeed);
    for (int i = 0; i < 12; ++i) {
      const cv::Point from(rng.uniform(60, 840), rng.uniform(40, 390));
      cv::line(face, from, from + cv::Point(rng.uniform(-200, 200), rng.uniform(-30, 30)),
               cv::Scalar::all(140), 2, cv::LINE_AA);
    }
    const cv::Point impact(500, 200);
    for (int ray = 0; ray < 14; ++ray) {
      const double angle = 2 * CV_PI * ray / 14;
      const auto at = [&](double r) {
        return impact + cv::Point(cv::Point2d(r * std::cos(angle), r * std::sin(angle)));
      };
      cv::line(face, impact, at(600), cv::Scalar::all(190), 2, cv::LINE_AA);
      for (const double r : {40.0, 90.0, 170.0}) {
        const double next = angle + 2 * CV_PI / 14;
        cv::line(face, at(r),
                 impact + cv::Point(cv::Point2d(r * std::cos(next), r * std::sin(next))),
                 cv::Scalar::all(170), 2, cv::LINE_AA);
      }
    }
  };
  EXPECT_EQ(Word(Photo({}, {.over = damage}, [](cv::Mat&) {})), "");
}

}  // namespace
}  // namespace loopdock::vision
