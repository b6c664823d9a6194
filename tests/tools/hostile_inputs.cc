// SPDX-License-Identifier: Apache-2.0
#include "tests/tools/hostile_inputs.h"

#include <zlib.h>

#include <array>
#include <random>
#include <stdexcept>
#include <string_view>

namespace loopdock::testing {
namespace {

constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);

void AppendBigEndian(std::string& out, uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>((value >> shift) & 0xFF));
}

// A PNG chunk: length, type, data, CRC of type and data.
void AppendChunk(std::string& out, std::string_view type, std::string_view data) {
  AppendBigEndian(out, static_cast<uint32_t>(data.size()));
  std::string body(type);
  body.append(data);
  out.append(body);
  const uLong crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  AppendBigEndian(out, static_cast<uint32_t>(crc));
}

std::string PngStart(uint32_t width_px, uint32_t height_px) {
  std::string header;
  AppendBigEndian(header, width_px);
  AppendBigEndian(header, height_px);
  header.append("\x08\x00\x00\x00\x00",
                5);  // 8 bits, grey, deflate, no filter method, no interlace
  std::string png(kPngSignature);
  AppendChunk(png, "IHDR", header);
  return png;
}

// A zlib stream that is fed row by row.
class Compressor {
 public:
  Compressor() {
    if (deflateInit(&stream_, Z_BEST_COMPRESSION) != Z_OK) throw std::runtime_error("deflateInit");
  }
  ~Compressor() { deflateEnd(&stream_); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  void Add(std::string& bytes, int flush) {
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, 16384> chunk;
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(chunk.data());
      stream_.avail_out = static_cast<uInt>(chunk.size());
      deflate(&stream_, flush);
      compressed_.append(chunk.data(), chunk.size() - stream_.avail_out);
    } while (stream_.avail_out == 0);
  }
  const std::string& compressed() const { return compressed_; }

 private:
  z_stream stream_ = {};
  std::string compressed_;
};

std::string PngOfSize(uint32_t width_px, uint32_t height_px, const std::string& data) {
  std::string png = PngStart(width_px, height_px);
  AppendChunk(png, "IDAT", data);
  AppendChunk(png, "IEND", "");
  return png;
}

std::string Flipped(std::string bytes, size_t at) {
  if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ 0x5A);
  return bytes;
}

}  // namespace

std::string PngBomb(int width_px, int height_px, double random_share) {
  std::string png = PngStart(static_cast<uint32_t>(width_px), static_cast<uint32_t>(height_px));
  Compressor rows;
  double owed = 0;
  for (int y = 0; y < height_px; ++y) {
    owed += random_share;
    std::string row(static_cast<size_t>(width_px) + 1, '\0');  // filter byte, then pixels
    if (owed >= 1) {
      owed -= 1;
      row.replace(1, std::string::npos,
                  RandomBytes(static_cast<size_t>(width_px), static_cast<uint64_t>(y)));
    }
    rows.Add(row, Z_NO_FLUSH);
  }
  std::string nothing;
  rows.Add(nothing, Z_FINISH);
  AppendChunk(png, "IDAT", rows.compressed());
  AppendChunk(png, "IEND", "");
  return png;
}

std::string Truncated(const std::string& bytes, double share) {
  return bytes.substr(0, static_cast<size_t>(static_cast<double>(bytes.size()) * share));
}

std::string RandomBytes(size_t size, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 0xFF);
  return bytes;
}

std::string PngHeaderOnly(uint32_t width_px, uint32_t height_px) {
  std::string png = PngStart(width_px, height_px);
  AppendChunk(png, "IEND", "");
  return png;
}

std::vector<HostileInput> HostilePictures(const std::string& good_picture, uint64_t seed) {
  std::vector<HostileInput> inputs = {
      {"empty", ""},
      {"one byte", "\x89"},
      {"png of zero size", PngHeaderOnly(0, 0)},
      {"png of zero height", PngHeaderOnly(640, 0)},
      {"png without data", PngHeaderOnly(640, 480)},
      {"png of 2^31-1", PngOfSize(0x7FFFFFFF, 0x7FFFFFFF, RandomBytes(64, seed))},
      {"png of 2^32-1", PngOfSize(0xFFFFFFFF, 0xFFFFFFFF, RandomBytes(64, seed))},
      {"png with damaged data", PngOfSize(640, 480, RandomBytes(4096, seed))},
      {"text", "this is not a picture"}};
  for (const double share : {0.01, 0.1, 0.3, 0.5}) {
    inputs.push_back({"truncated at " + std::to_string(share), Truncated(good_picture, share)});
  }
  inputs.push_back({"damaged magic number", Flipped(good_picture, 1)});
  const std::vector<std::string> magics = {std::string(kPngSignature),
                                           "\xFF\xD8\xFF\xE0",
                                           "RIFF....WEBPVP8 ",
                                           "BM",
                                           "II*",
                                           "MM",
                                           "GIF89a",
                                           "P5\n9999999 9",
                                           "P6\n"};
  for (size_t i = 0; i < magics.size(); ++i) {
    inputs.push_back({"random behind magic number " + std::to_string(i),
                      magics[i] + RandomBytes(4096, seed + i)});
  }
  inputs.push_back({"random bytes", RandomBytes(65536, seed + magics.size())});
  return inputs;
}

std::vector<HostileInput> HostileTexts() {
  constexpr size_t kMegabyte = 1 << 20;
  return {{"1 MB of one letter", std::string(kMegabyte, 'A')},
          {"1 MB of digits", std::string(kMegabyte, '9')},
          {"a million brackets", std::string(1000000, '(')},
          {"invalid UTF-8", "SN\xC3\x28\xFF\xFE"},
          {"cut UTF-8", "SN\xE2\x82"},
          {"surrogate in UTF-8", "SN\xED\xA0\x80"},
          {"embedded NUL", std::string("SN\0"
                                       "12345",
                                       8)},
          {"separators only", std::string(300, '\x1d')},
          {"ISO 15434 without end",
           "[)>\x1e"
           "06\x1d"},
          {"empty", ""}};
}

}  // namespace loopdock::testing
