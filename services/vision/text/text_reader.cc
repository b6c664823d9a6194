// SPDX-License-Identifier: Apache-2.0
#include "services/vision/text/text_reader.h"

#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace loopdock::vision {
namespace {

constexpr int kSideMax = 2400;
constexpr int kSideMin = 16;
// Tells the recogniser the size of print that crops are scaled for.
constexpr int kDotsPerInch = 200;

// What stands in serial numbers. The blank belongs to it: without it words run together and nothing
// is certain.
constexpr const char* kCharacters =
    " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/.:#";

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

TextReader::TextReader(const std::string& model_file) : model_(FileBytes(model_file)) {
  // Makes the library's cache first, so that it ends after us.
  tesseract::TessBaseAPI::ClearPersistentCache();
  if (!model_.empty()) version_ = absl::StrCat("tesseract ", tesseract::TessBaseAPI::Version());
}

TextReader::~TextReader() = default;

bool TextReader::Unpack() {
  if (engine_ != nullptr) return true;
  if (model_.empty()) return false;
  auto engine = std::make_unique<tesseract::TessBaseAPI>();
  // Serial numbers are no words: the dictionaries only bend them.
  const std::vector<std::string> names = {"load_system_dawg", "load_freq_dawg"};
  const std::vector<std::string> values = {"0", "0"};
  const std::string model = std::move(model_);
  model_.clear();
  if (engine->Init(model.data(), static_cast<int>(model.size()), "eng", tesseract::OEM_LSTM_ONLY,
                   nullptr, 0, &names, &values, false, nullptr) != 0) {
    version_.clear();
    return false;
  }
  engine->SetVariable("tessedit_char_whitelist", kCharacters);
  engine->SetPageSegMode(tesseract::PSM_SPARSE_TEXT);
  engine_ = std::move(engine);
  return true;
}

std::vector<PrintedWord> TextReader::Read(const cv::Mat& grey, absl::Time deadline) {
  const int shorter = std::min(grey.cols, grey.rows);
  if (shorter < kSideMin || std::max(grey.cols, grey.rows) > kSideMax || !Unpack()) return {};
  const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
  if (left_ms <= 0) return {};
  engine_->SetImage(grey.data, grey.cols, grey.rows, 1, static_cast<int>(grey.step));
  engine_->SetSourceResolution(kDotsPerInch);
  tesseract::ETEXT_DESC monitor;
  monitor.set_deadline_msecs(static_cast<int32_t>(std::min<int64_t>(left_ms, INT32_MAX)));
  std::vector<PrintedWord> words;
  if (engine_->Recognize(&monitor) == 0) {
    const std::unique_ptr<tesseract::ResultIterator> at(engine_->GetIterator());
    constexpr auto kWord = tesseract::RIL_WORD;
    for (bool more = at != nullptr && !at->Empty(kWord); more; more = at->Next(kWord)) {
      const std::unique_ptr<char[]> text(at->GetUTF8Text(kWord));
      int left = 0;
      int top = 0;
      int right = 0;
      int bottom = 0;
      if (text == nullptr || !at->BoundingBox(kWord, &left, &top, &right, &bottom)) continue;
      words.push_back({text.get(),
                       {left, top, right - left, bottom - top},
                       std::clamp(double{at->Confidence(kWord)} / 100, 0.0, 1.0)});
    }
  }
  engine_->Clear();
  return words;
}

}  // namespace loopdock::vision
