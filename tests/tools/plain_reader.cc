// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/plain_reader.h"

#include <ZXing/ReadBarcode.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <opencv2/imgcodecs.hpp>

namespace loopdock::testing {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::vector<std::string> Read(const cv::Mat& grey, PlainMode mode) {
  if (grey.empty()) return {};
  const ZXing::ImageView view(grey.data, grey.cols, grey.rows, ZXing::ImageFormat::Lum,
                              static_cast<int>(grey.step));
  std::vector<std::string> texts;
  if (mode == PlainMode::kAll) {
    for (const ZXing::Result& symbol : ZXing::ReadBarcodes(view)) texts.push_back(symbol.text());
  } else if (const ZXing::Result symbol = ZXing::ReadBarcode(view); symbol.isValid()) {
    texts.push_back(symbol.text());
  }
  return texts;
}

// What the child says: the milliseconds, then each text behind its length.
std::string Packed(const PlainReading& reading) {
  std::string packed(sizeof reading.ms, '\0');
  std::memcpy(packed.data(), &reading.ms, sizeof reading.ms);
  for (const std::string& text : reading.texts) {
    const auto size = static_cast<uint32_t>(text.size());
    packed.append(reinterpret_cast<const char*>(&size), sizeof size);
    packed += text;
  }
  return packed;
}

PlainReading Unpacked(std::string_view packed) {
  PlainReading reading;
  std::memcpy(&reading.ms, packed.data(), sizeof reading.ms);
  packed.remove_prefix(sizeof reading.ms);
  uint32_t size = 0;
  while (packed.size() >= sizeof size) {
    std::memcpy(&size, packed.data(), sizeof size);
    reading.texts.emplace_back(packed.substr(sizeof size, size));
    packed.remove_prefix(std::min(packed.size(), sizeof size + size));
  }
  return reading;
}

PlainReading InChild(const std::function<std::vector<std::string>()>& read_texts) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child == 0) {
    // What the library says when it ends the process is no news.
    if (const int silence = open("/dev/null", O_WRONLY | O_CLOEXEC); silence >= 0) {
      dup2(silence, STDERR_FILENO);
    }
    const auto child_start = Clock::now();
    PlainReading reading;
    reading.texts = read_texts();
    reading.ms = MsSince(child_start);
    const std::string packed = Packed(reading);
    const ssize_t written = write(ends[1], packed.data(), packed.size());
    _exit(written == static_cast<ssize_t>(packed.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string packed;
  std::array<char, 4096> part{};
  for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;) {
    packed.append(part.data(), static_cast<size_t>(got));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (packed.size() < sizeof(double)) return {MsSince(start), {}};
  return Unpacked(packed);
}

}  // namespace

PlainReading ReadPlainly(std::string_view picture, PlainMode mode) {
  return InChild([picture, mode] {
    const cv::Mat bytes(1, static_cast<int>(picture.size()), CV_8UC1,
                        const_cast<char*>(picture.data()));  // NOLINT
    return Read(cv::imdecode(bytes, cv::IMREAD_GRAYSCALE), mode);
  });
}

PlainReading ReadPlainly(const cv::Mat& grey, PlainMode mode) {
  return InChild([&grey, mode] { return Read(grey, mode); });
}

}  // namespace loopdock::testing
