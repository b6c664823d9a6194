// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/decode_bench.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "services/vision/pool.h"
#include "tests/bench/one_core.h"
#include "tests/tools/pallet_painter.h"

namespace loopdock::bench {
namespace {

using Paths = std::vector<std::string>;

// Of pictures in turn.
struct Readings {
  std::vector<double> ms;
  std::vector<double> symbols;

  double Sum() const { return std::accumulate(ms.begin(), ms.end(), 0.0); }
  double AllSymbols() const { return std::accumulate(symbols.begin(), symbols.end(), 0.0); }
  double ShareRead() const {
    const auto read = std::count_if(symbols.begin(), symbols.end(), [](double n) { return n > 0; });
    return static_cast<double>(read) / static_cast<double>(symbols.size());
  }
  double Percentile(double share) const {
    std::vector<double> sorted = ms;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1))];
  }
};

Paths ManifestPictures(const std::string& folder) {
  Paths pictures;
  std::ifstream file(folder + "/manifest.tsv");
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) {
    size_t begin = 0;
    for (int column = 0; column < 3 && begin != std::string::npos; ++column) {
      begin = line.find('\t', begin) + 1;
    }
    pictures.push_back(folder + "/" + line.substr(begin, line.find('\t', begin) - begin));
  }
  return pictures;
}

Paths FolderPictures(const std::string& folder) {
  Paths pictures;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) pictures.push_back(entry.path().string());
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

Paths Thinned(const Paths& pictures, size_t most) {
  if (pictures.size() <= most) return pictures;
  Paths some;
  for (size_t i = 0; i < most; ++i) some.push_back(pictures[i * pictures.size() / most]);
  return some;
}

// Pictures that we make, in a folder of their own until the end of the scope.
class MadePictures {
 public:
  MadePictures()
      : folder_(std::filesystem::temp_directory_path() /
                absl::StrCat("loopdock-bench-pictures-", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~MadePictures() {
    std::error_code error;
    std::filesystem::remove_all(folder_, error);
  }
  MadePictures(const MadePictures&) = delete;
  MadePictures& operator=(const MadePictures&) = delete;

  std::string Write(const std::string& name, const std::string& bytes) const {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }

 private:
  const std::filesystem::path folder_;
};

// A camera's frame of 1280 x 720 with nothing in it but its noise.
cv::Mat EmptyFrame() {
  cv::Mat frame(720, 1280, CV_8UC1, cv::Scalar::all(140));
  cv::Mat noise(frame.size(), CV_16S);
  cv::RNG rng(1);
  rng.fill(noise, cv::RNG::NORMAL, 0, 2.5);
  cv::add(frame, noise, frame, cv::noArray(), CV_8U);
  return frame;
}

absl::StatusOr<Readings> Ours(const Paths& pictures) {
  vision::PoolOptions options;
  options.workers = 1;
  auto pool = vision::VisionPool::Create(options);
  if (!pool.ok()) return pool.status();
  Readings readings;
  for (const std::string& path : pictures) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    vision::v1::Request request;
    request.mutable_decode();
    const auto response = (*pool)->Run(std::move(bytes), request);
    readings.ms.push_back(
        response.ok()
            ? response->worker_ms()
            : std::strtod(common::MetadataOf(response.status(), "worker_ms").c_str(), nullptr));
    readings.symbols.push_back(response.ok() ? response->decode().symbols_size() : 0);
  }
  return readings;
}

// The list of pictures goes through a file: the program reads it and prints a line a picture.
absl::StatusOr<Readings> Plain(const Paths& pictures, const char* mode = "") {
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench-plain-zxing";
  const auto list =
      std::filesystem::temp_directory_path() / absl::StrCat("loopdock-bench-", getpid(), ".txt");
  {
    std::ofstream file(list);
    for (const std::string& picture : pictures) file << picture << '\n';
  }
  const std::string command =
      absl::StrCat("'", program.string(), "' ", mode, " '", list.string(), "'");
  Readings readings;
  {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
    double ms = 0;
    double symbols = 0;
    while (pipe != nullptr && std::fscanf(pipe.get(), "%lf %lf", &ms, &symbols) == 2) {
      readings.ms.push_back(ms);
      readings.symbols.push_back(symbols);
    }
  }
  std::filesystem::remove(list);
  if (readings.ms.size() != pictures.size()) {
    return absl::InternalError(program.string() + " gave no result");
  }
  return readings;
}

Measured Row(const std::string& name, const char* unit, double value, double baseline,
             std::string note) {
  return {{name, value, unit, baseline, baseline > 0 ? value / baseline : 0}, {}, std::move(note)};
}

absl::Status AddShared(const DecodeBenchOptions& options, std::vector<Measured>& rows) {
  const Paths pictures =
      Thinned(options.data.empty() ? FolderPictures(options.demo)
                                   : ManifestPictures(options.data + "/barcodes"),
              options.pictures_max);
  if (pictures.empty()) return absl::NotFoundError("there are no pictures to read");
  const auto ours = Ours(pictures);
  if (!ours.ok()) return ours.status();
  const auto plain = Plain(pictures);
  if (!plain.ok()) return plain.status();
  const auto count = static_cast<double>(pictures.size());
  const std::string which = absl::StrCat(
      pictures.size(), options.data.empty() ? " of the demonstration's pictures" : " pictures");
  rows.push_back(Row("decode/shared", "pictures/s", 1000 * count / ours->Sum(),
                     1000 * count / plain->Sum(), which));
  rows.push_back(Row("decode/shared/read", "share", ours->ShareRead(), plain->ShareRead(), which));
  rows.push_back(Row("decode/shared/median", "ms", ours->Percentile(0.5), plain->Percentile(0.5),
                     which + ", wanted at most 20 ms"));
  rows.push_back(Row("decode/shared/p95", "ms", ours->Percentile(0.95), plain->Percentile(0.95),
                     which + ", wanted at most 200 ms"));
  return absl::OkStatus();
}

// The baseline reads all symbols, too, and may be lost on the way.
absl::Status AddMade(const std::string& name, const Paths& pictures, const std::string& wanted,
                     std::vector<Measured>& rows) {
  const auto ours = Ours(pictures);
  if (!ours.ok()) return ours.status();
  const auto plain = Plain(pictures, "--all");
  if (!plain.ok()) return plain.status();
  rows.push_back(
      Row(name, "ms", ours->Percentile(0.5), plain->Percentile(0.5),
          absl::StrCat("median of ", pictures.size(), ", ", ours->AllSymbols(), " symbols, plain ",
                       plain->AllSymbols(), "; wanted at most ", wanted)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<Measured>> DecodeBench(const DecodeBenchOptions& options) {
  const OneCore one_core;
  const MadePictures made;
  Paths pallets;
  for (const uint64_t seed : {1, 2, 3}) {
    pallets.push_back(made.Write(absl::StrCat("pallet-", seed, ".jpg"),
                                 testing::JpegOf(testing::PaintPallet(seed).picture)));
  }
  const Paths empty(15, made.Write("empty.jpg", testing::JpegOf(EmptyFrame())));
  std::vector<Measured> rows;
  absl::Status done = AddShared(options, rows);
  if (done.ok()) done = AddMade("decode/pallet", pallets, "1500 ms", rows);
  if (done.ok()) done = AddMade("decode/empty", empty, "15 ms", rows);
  if (!done.ok()) return done;
  return rows;
}

}  // namespace loopdock::bench
