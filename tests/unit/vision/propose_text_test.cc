// SPDX-License-Identifier: Apache-2.0
#include "services/vision/text/propose_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "services/vision/worker/work.h"
#include "tests/tools/label_painter.h"

namespace loopdock::vision {
namespace {

constexpr const char* kModel = "/usr/share/tesseract-ocr/5/tessdata/eng.traineddata";

TextReader& Reader() {
  static TextReader reader(kModel);
  return reader;
}

// A label with bars and "S/N" printed below; what lies over the bars may be torn away.
cv::Mat PaintDeviceLabel(const std::string& serial, bool torn) {
  cv::Mat paper(360, 900, CV_8UC1, cv::Scalar::all(235));
  cv::Mat bars = loopdock::testing::PaintSymbol({"Code128", serial, "", false, 3, 90, true});
  if (torn) {
    // All but the upper edges of the bars are scratched away.
    for (int x = 40; x < bars.cols; x += 60) {
      cv::line(bars, {x, 0}, {x + 25, bars.rows}, cv::Scalar::all(200), 24, cv::LINE_AA);
    }
  }
  bars.copyTo(paper(cv::Rect(100, 90, bars.cols, bars.rows)));
  const auto print = [&paper](const std::string& text, int y) {
    cv::putText(paper, text, {120, y}, cv::FONT_HERSHEY_SIMPLEX, 1, cv::Scalar::all(25), 2,
                cv::LINE_AA);
  };
  print("NOTEBOOK 14", 60);
  print("S/N: " + serial, 250);
  cv::Mat noise(paper.size(), CV_16S);
  cv::RNG rng(3);
  rng.fill(noise, cv::RNG::NORMAL, 0, 3);
  cv::add(paper, noise, paper, cv::noArray(), CV_8U);
  return paper;
}

v1::DecodeResult WithUnread(const std::vector<cv::Point>& corners, const std::string& kind) {
  v1::DecodeResult result;
  v1::UnreadSymbol* unread = result.add_unread();
  unread->set_kind(kind);
  for (const cv::Point& corner : corners) {
    v1::Point* point = unread->add_corners();
    point->set_x(corner.x);
    point->set_y(corner.y);
  }
  return result;
}

const std::vector<cv::Point> kBars = {{130, 100}, {600, 100}, {600, 180}, {130, 180}};

v1::Response Answered(const cv::Mat& picture) {
  std::vector<uint8_t> bytes;
  cv::imencode(".png", picture, bytes);
  v1::Request request;
  request.mutable_decode()->set_propose_text(true);
  return Answer(request, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

TEST(ProposeText, FindsTheSerialNumberBesideAnUnreadSymbol) {
  auto result = WithUnread(kBars, "linear");
  ProposeText(PaintDeviceLabel("R58LD4A9KXW", true), absl::InfiniteFuture(), Reader(), result);
  ASSERT_GE(result.proposals_size(), 1);
  const v1::TextProposal& first = result.proposals(0);
  EXPECT_EQ(first.label(), "S/N");
  EXPECT_EQ(first.value(), "R58LD4A9KXW");
  EXPECT_GT(first.confidence(), 0.2);
  ASSERT_EQ(first.corners_size(), 4);
  // Where it is printed: behind "S/N:", above the base line.
  EXPECT_NEAR(first.corners(0).y(), 228, 12);
  EXPECT_NEAR(first.corners(2).y(), 250, 12);
  EXPECT_GT(first.corners(0).x(), 150);
  EXPECT_LT(first.corners(2).x(), 450);
}

TEST(ProposeText, LooksFromTheOtherSideToo) {
  cv::Mat label = PaintDeviceLabel("R58LD4A9KXW", true);
  cv::rotate(label, label, cv::ROTATE_180);
  auto result = WithUnread({{300, 180}, {770, 180}, {770, 260}, {300, 260}}, "linear");
  ProposeText(label, absl::InfiniteFuture(), Reader(), result);
  ASSERT_GE(result.proposals_size(), 1);
  EXPECT_EQ(result.proposals(0).value(), "R58LD4A9KXW");
}

TEST(ProposeText, ProposesNothingThatASymbolSays) {
  auto result = WithUnread(kBars, "linear");
  result.add_symbols()->set_content("1PA4711 SR58LD4A9KXW");
  ProposeText(PaintDeviceLabel("R58LD4A9KXW", true), absl::InfiniteFuture(), Reader(), result);
  for (const v1::TextProposal& proposal : result.proposals()) {
    EXPECT_NE(proposal.value(), "R58LD4A9KXW");
  }
}

TEST(ProposeText, ProposesNothingWithoutUnreadSymbolTimeOrModel) {
  const cv::Mat label = PaintDeviceLabel("R58LD4A9KXW", true);
  v1::DecodeResult nothing_unread;
  ProposeText(label, absl::InfiniteFuture(), Reader(), nothing_unread);
  EXPECT_EQ(nothing_unread.proposals_size(), 0);

  auto late = WithUnread(kBars, "linear");
  ProposeText(label, absl::Now() - absl::Seconds(1), Reader(), late);
  EXPECT_EQ(late.proposals_size(), 0);

  TextReader without_model("/nowhere/eng.traineddata");
  EXPECT_EQ(without_model.version(), "");
  auto unable = WithUnread(kBars, "linear");
  ProposeText(label, absl::InfiniteFuture(), without_model, unable);
  EXPECT_EQ(unable.proposals_size(), 0);
}

TEST(ProposeText, IsSilentWithAModelThatIsNoGood) {
  // A file that is no model: this program's own.
  TextReader reader("/proc/self/exe");
  EXPECT_TRUE(reader.Read(PaintDeviceLabel("R58LD4A9KXW", true), absl::InfiniteFuture()).empty());
  EXPECT_EQ(reader.version(), "");
}

TEST(ProposeText, BearsAnyPlaceAndAnyPicture) {
  cv::Mat noise(300, 400, CV_8UC1);
  cv::RNG rng(5);
  rng.fill(noise, cv::RNG::UNIFORM, 0, 256);
  const std::vector<std::vector<cv::Point>> places = {
      {{0, 0}, {0, 0}, {0, 0}, {0, 0}},
      {{-500, -500}, {9000, -500}, {9000, 7000}, {-500, 7000}},
      {{10, 10}, {390, 10}, {390, 11}, {10, 11}}};
  for (const auto& place : places) {
    auto result = WithUnread(place, "matrix");
    ProposeText(noise, absl::Now() + absl::Milliseconds(100), Reader(), result);
    EXPECT_LE(result.proposals_size(), 8);
  }
  auto wrong = WithUnread({{1, 1}}, "linear");
  ProposeText(noise, absl::InfiniteFuture(), Reader(), wrong);
  EXPECT_EQ(wrong.proposals_size(), 0);
}

// The whole way of a picture in the worker.
TEST(ProposeText, AnswersWithAnUnreadSymbolAndWhatIsPrinted) {
  const auto torn = Answered(PaintDeviceLabel("R58LD4A9KXW", true));
  EXPECT_TRUE(torn.decode().symbols().empty()) << torn.ShortDebugString();
  EXPECT_GE(torn.decode().unread_size(), 1);
  ASSERT_GE(torn.decode().proposals_size(), 1) << torn.ShortDebugString();
  EXPECT_EQ(torn.decode().proposals(0).value(), "R58LD4A9KXW");
  EXPECT_EQ(torn.versions().text().rfind("tesseract ", 0), 0U);

  const auto whole = Answered(PaintDeviceLabel("R58LD4A9KXW", false));
  ASSERT_EQ(whole.decode().symbols_size(), 1) << whole.ShortDebugString();
  EXPECT_EQ(whole.decode().proposals_size(), 0) << whole.ShortDebugString();
}

}  // namespace
}  // namespace loopdock::vision
