// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/decode_bench.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "services/common/status.h"
#include "services/vision/pool.h"

namespace loopdock::bench {
namespace {

struct Totals {
  double ms = 0;
  int read = 0;
};

std::vector<std::string> ManifestPictures(const std::string& folder) {
  std::vector<std::string> pictures;
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

std::vector<std::string> FolderPictures(const std::string& folder) {
  std::vector<std::string> pictures;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.is_regular_file()) pictures.push_back(entry.path().string());
  }
  std::sort(pictures.begin(), pictures.end());
  return pictures;
}

std::vector<std::string> Thinned(const std::vector<std::string>& pictures, size_t most) {
  if (pictures.size() <= most) return pictures;
  std::vector<std::string> some;
  for (size_t i = 0; i < most; ++i) some.push_back(pictures[i * pictures.size() / most]);
  return some;
}

absl::StatusOr<Totals> Ours(const std::vector<std::string>& pictures) {
  vision::PoolOptions options;
  options.workers = 1;
  auto pool = vision::VisionPool::Create(options);
  if (!pool.ok()) return pool.status();
  Totals totals;
  for (const std::string& path : pictures) {
    std::ifstream file(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    vision::v1::Request request;
    request.mutable_decode();
    const auto response = (*pool)->Run(std::move(bytes), request);
    if (response.ok()) {
      totals.ms += response->worker_ms();
      totals.read += response->decode().symbols_size() > 0 ? 1 : 0;
    } else {
      totals.ms += std::strtod(common::MetadataOf(response.status(), "worker_ms").c_str(), nullptr);
    }
  }
  return totals;
}

// The list of pictures goes through a file: the program reads it and prints its totals.
absl::StatusOr<Totals> Plain(const std::vector<std::string>& pictures) {
  const auto program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "bench-plain-zxing";
  const auto list = std::filesystem::temp_directory_path() /
                    ("loopdock-bench-" + std::to_string(getpid()) + ".txt");
  {
    std::ofstream file(list);
    for (const std::string& picture : pictures) file << picture << '\n';
  }
  const std::string command = "'" + program.string() + "' '" + list.string() + "'";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "re"), pclose);
  std::array<char, 256> line{};
  Totals totals;
  const bool ok = pipe != nullptr && fgets(line.data(), line.size(), pipe.get()) != nullptr &&
                  std::sscanf(line.data(), "%lf %d", &totals.ms, &totals.read) == 2;
  std::filesystem::remove(list);
  if (!ok) return absl::InternalError(program.string() + " gave no result");
  return totals;
}

}  // namespace

absl::StatusOr<std::vector<BenchRow>> DecodeBench(const DecodeBenchOptions& options) {
  const std::vector<std::string> pictures =
      Thinned(options.data.empty() ? FolderPictures(options.demo)
                                   : ManifestPictures(options.data + "/barcodes"),
              options.pictures_max);
  if (pictures.empty()) return absl::NotFoundError("there are no pictures to read");
  const auto ours = Ours(pictures);
  if (!ours.ok()) return ours.status();
  const auto plain = Plain(pictures);
  if (!plain.ok()) return plain.status();
  const auto count = static_cast<double>(pictures.size());
  const auto row = [](const char* name, const char* unit, double value, double baseline) {
    return BenchRow{name, value, unit, baseline, baseline > 0 ? value / baseline : 0};
  };
  return std::vector<BenchRow>{
      row("decode/shared", "pictures/s", 1000 * count / ours->ms, 1000 * count / plain->ms),
      row("decode/shared/read", "share", ours->read / count, plain->read / count)};
}

}  // namespace loopdock::bench
