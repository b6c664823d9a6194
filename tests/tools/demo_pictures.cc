// SPDX-License-Identifier: Apache-2.0
// loopdock-demo-pictures: paints the demonstration pallet that `make run` takes through, with its
// truth, from fixed seeds; and the picture that kills a reader without a process of its own.
//
//   loopdock-demo-pictures FOLDER        writes FOLDER/{labels,screens}/* and FOLDER/pallet.json
//   loopdock-demo-pictures --killer FILE writes the frame that aborts a naive reader, as PNG
//
// The pictures of the repository are in tests/data/demo; its README.md documents pallet.json.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/tools/device_painter.h"
#include "tests/tools/label_painter.h"

namespace loopdock::testing {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kUmPerPx = 80;

// One picture of a label: what must become of its scan, and whose screen belongs to it.
struct DemoLabel {
  std::string file;
  std::string expect;        // booked, duplicate or kept_unread
  std::string duplicate_of;  // the label that was first
  std::string screen;        // picture of the device's screen, if there is one
  Label label;
};

struct DemoScreen {
  std::string file;
  std::string expect_gate;  // passed, or the gate's reason
  Device device;
};

LabelSymbol Code128(const std::string& text) { return {"Code128", text, "", false, 2, 60, true}; }

std::string Iso15434(const std::string& part, const std::string& serial) {
  return "[)>\x1e"
         "06\x1d"
         "1P" +
         part + "\x1dS" + serial +
         "\x1d"
         "4LDE\x1e\x04";
}

std::vector<DemoLabel> PhoneLabels() {
  const Label first{"PHONE A9  128 GB  BLACK",
                    {Code128("001010123456780"), Code128("R58LD0A9KXW")},
                    {3, 0.02, 2.5, 0.5}};
  Label again = first;
  again.title = "PHONE A9  (second sticker)";
  again.symbols.pop_back();
  again.photo = {-6, 0.05, 4, 0.7};
  return {
      {"labels/phone-a9.jpg", "booked", "", "screens/clean.jpg", first},
      {"labels/phone-b4.jpg",
       "booked",
       "",
       "screens/scratched.jpg",
       {"PHONE B4  64 GB",
        {{"DataMatrix", Iso15434("LD-B4-64", "B4X20071133"), "", false, 6, 0, true},
         Code128("001010234567897")},
        {-4, 0.03, 3, 0.6}}},
      {"labels/phone-c2.jpg",
       "booked",
       "",
       "screens/cracked.jpg",
       {"PHONE C2",
        {{"QRCode", "https://id.example.org/01/09529999123459/21/C2Q55120", "", false, 5, 0, true}},
        {8, 0.02, 3, 0.5}}},
      {"labels/phone-a9-again.jpg", "duplicate", "labels/phone-a9.jpg", "", again}};
}

std::vector<DemoLabel> OtherLabels() {
  return {{"labels/laptop-l7.jpg",
           "booked",
           "",
           "screens/blurred.jpg",
           {"LAPTOP L7",
            {{"DataMatrix", "010952999912346621L7S30988", "[01]09529999123466[21]L7S30988", true, 6,
              0, true},
             {"Code39", "LDTAG00417", "", false, 2, 60, true}},
            {-4, 0.04, 3, 0.5}}},
          {"labels/tablet-t5.jpg",
           "booked",
           "",
           "screens/stained.jpg",
           {"TABLET T5",
            {{"ITF", "19529999123470", "", false, 2, 60, true}, Code128("T5M9930112")},
            {-2, 0.02, 3, 0.5}}},
          {"labels/pallet.jpg",
           "booked",
           "",
           "",
           {"INBOUND PALLET",
            {{"Code128", "00095299990000000170", "[00]095299990000000170", true, 2, 70, true},
             {"PDF417", "LOAD 417;A9 1;B4 1;C2 1;L7 1;T5 1;UNKNOWN 1", "", false, 3, 0, true}},
            {1, 0.02, 3, 0.5}}},
          {"labels/torn.jpg",
           "kept_unread",
           "",
           "",
           {"UNKNOWN  (label torn)",
            {{"Code128", "LOST0001", "", false, 2, 60, false}},
            {5, 0.02, 3, 0.8}}}};
}

std::vector<DemoScreen> Screens() {
  return {{"screens/clean.jpg", "passed", {{}, 0.4, 0.6, 12}},
          {"screens/scratched.jpg",
           "passed",
           {{Scratch({{640, 380}, {720, 420}, {810, 446}, {900, 452}}, 3, 70),
             Scratch({{1150, 700}, {1215, 640}}, 2, 45),
             Scratch({{980, 300}, {1035, 296}, {1080, 300}}, 2, 40)},
            0,
            0.6,
            12}},
          {"screens/stained.jpg",
           "passed",
           {{Stain({760, 560}, 70, 34, 11), Stain({1240, 420}, 38, 28, 12)}, 0, 0.6, 12}},
          {"screens/cracked.jpg", "passed", {{CrackWeb({900, 520}, 9, 330, 21)}, 0, 0.6, 12}},
          {"screens/blurred.jpg", "FOCUS", {{Scratch({{700, 400}, {860, 470}}, 3, 60)}, 0, 9, 12}}};
}

void WritePicture(const std::filesystem::path& file, const cv::Mat& picture, int jpeg_quality) {
  std::filesystem::create_directories(file.parent_path());
  if (!cv::imwrite(file.string(), picture,
                   {cv::IMWRITE_JPEG_QUALITY, jpeg_quality, cv::IMWRITE_JPEG_OPTIMIZE, 1})) {
    throw std::runtime_error("cannot write " + file.string());
  }
}

Json LabelTruth(const DemoLabel& demo) {
  Json symbols = Json::array();
  for (const LabelSymbol& symbol : demo.label.symbols) {
    symbols.push_back(
        {{"format", symbol.format}, {"text", symbol.text}, {"readable", symbol.readable}});
  }
  Json truth = {{"file", demo.file}, {"expect", demo.expect}};
  truth["duplicate_of"] = demo.duplicate_of.empty() ? Json() : Json(demo.duplicate_of);
  truth["screen"] = demo.screen.empty() ? Json() : Json(demo.screen);
  truth["symbols"] = symbols;
  return truth;
}

Json MarkTruth(const Mark& mark) {
  Json lines = Json::array();
  for (const auto& line : mark.lines) {
    Json points = Json::array();
    for (const cv::Point2d& point : line) {
      points.push_back({std::round(point.x * 10) / 10, std::round(point.y * 10) / 10});
    }
    lines.push_back(points);
  }
  return {{"type", mark.type},
          {"length_px", std::round(MarkLength(mark) * 10) / 10},
          {"width_px", mark.width_px},
          {"lines", lines}};
}

void WriteDemo(const std::filesystem::path& folder) {
  Json labels = Json::array();
  Json screens = Json::array();
  std::vector<DemoLabel> all = PhoneLabels();
  for (DemoLabel& label : OtherLabels()) all.push_back(std::move(label));
  uint64_t seed = 1000;
  for (const DemoLabel& demo : all) {
    WritePicture(folder / demo.file, PaintLabel(demo.label, ++seed), 80);
    labels.push_back(LabelTruth(demo));
  }
  for (const DemoScreen& demo : Screens()) {
    WritePicture(folder / demo.file, PaintDevice(demo.device, ++seed), 75);
    Json defects = Json::array();
    for (const Mark& mark : demo.device.marks) defects.push_back(MarkTruth(mark));
    screens.push_back(
        {{"file", demo.file}, {"expect_gate", demo.expect_gate}, {"defects", defects}});
  }
  const Json pallet = {
      {"version", 1}, {"um_per_px", kUmPerPx}, {"labels", labels}, {"screens", screens}};
  std::ofstream out(folder / "pallet.json");
  out << pallet.dump(1) << "\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + (folder / "pallet.json").string());
}

int Run(const std::vector<std::string>& args) {
  if (args.size() == 2 && args[0] == "--killer") {
    if (!cv::imwrite(args[1], PaintWorkerKiller())) {
      throw std::runtime_error("cannot write " + args[1]);
    }
    return 0;
  }
  if (args.size() != 1 || args[0].starts_with("-")) {
    std::fprintf(stderr, "usage: loopdock-demo-pictures FOLDER | --killer FILE\n");
    return 2;
  }
  WriteDemo(args[0]);
  return 0;
}

}  // namespace
}  // namespace loopdock::testing

int main(int argc, char** argv) {
  try {
    return loopdock::testing::Run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "loopdock-demo-pictures: %s\n", error.what());
    return 1;
  }
}
