// SPDX-License-Identifier: Apache-2.0
// bench-plain-zxing LIST: reads each picture that LIST names with ReadBarcode and default options,
// each in a child of its own because some end it, and prints the milliseconds from bytes to result
// and the number of pictures in which something was read. A lost child counts the time it took.

#include <ZXing/ReadBarcode.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct Outcome {
  double ms = 0;
  int read = 0;
};

Outcome ReadPicture(const std::vector<unsigned char>& bytes) {
  const auto start = Clock::now();
  const cv::Mat grey = cv::imdecode(bytes, cv::IMREAD_GRAYSCALE);
  Outcome outcome;
  if (!grey.empty()) {
    const ZXing::ImageView view(grey.data, grey.cols, grey.rows, ZXing::ImageFormat::Lum);
    outcome.read = ZXing::ReadBarcode(view).isValid() ? 1 : 0;
  }
  outcome.ms = MsSince(start);
  return outcome;
}

Outcome InChild(const std::vector<unsigned char>& bytes) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return {};
  const auto start = Clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const Outcome outcome = ReadPicture(bytes);
    _exit(write(ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 1);
  }
  close(ends[1]);
  Outcome outcome;
  if (read(ends[0], &outcome, sizeof outcome) != sizeof outcome) outcome = {MsSince(start), 0};
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return outcome;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: bench-plain-zxing LIST\n");
    return 2;
  }
  // The first picture of a process pays for what is loaded late: every child inherits it paid.
  ReadPicture(std::vector<unsigned char>(8));
  std::ifstream list(argv[1]);
  Outcome total;
  for (std::string path; std::getline(list, path);) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<unsigned char> bytes{std::istreambuf_iterator<char>(file),
                                           std::istreambuf_iterator<char>()};
    const Outcome outcome = InChild(bytes);
    total.ms += outcome.ms;
    total.read += outcome.read;
  }
  std::printf("%f %d\n", total.ms, total.read);
  return 0;
}
