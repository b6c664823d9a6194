// SPDX-License-Identifier: Apache-2.0
#include "services/common/ids.h"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr std::string_view kBase32 = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr size_t kUuidChars = 36;

std::string FormatUuidV7(absl::Time time, std::array<unsigned char, 16> bytes) {
  const auto milliseconds = static_cast<std::uint64_t>(absl::ToUnixMillis(time));
  for (size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<unsigned char>(milliseconds >> (8 * (5 - i)));
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex =
      HexEncode(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

bool IsDash(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string NewUuidV7(const Clock& clock) {
  std::array<unsigned char, 16> bytes;
  // Without randomness two requests could share an id and one of them be lost: better to stop.
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
  return FormatUuidV7(clock.Now(), bytes);
}

std::string NewUuidV7() { return NewUuidV7(SystemClock()); }

std::string DerivedUuidV7(absl::Time time, std::string_view words) {
  const std::string digest = Sha256(words);
  std::array<unsigned char, 16> bytes;
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(digest[i]);
  return FormatUuidV7(time, bytes);
}

absl::Time TimeOfUuidV7(std::string_view uuid) {
  std::int64_t milliseconds = 0;
  for (size_t i = 0; i < std::min<size_t>(uuid.size(), 13); ++i) {
    const auto c = static_cast<unsigned char>(uuid[i]);
    if (c == '-') continue;
    milliseconds = milliseconds * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  }
  return absl::FromUnixMillis(milliseconds);
}

bool IsUuid(std::string_view text) {
  if (text.size() != kUuidChars) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (IsDash(i) ? c != '-' : !absl::ascii_isxdigit(c)) return false;
  }
  return true;
}

bool IsUuidV7(std::string_view text) {
  if (!IsUuid(text) || text[14] != '7') return false;
  if (std::string_view("89ab").find(text[19]) == std::string_view::npos) return false;
  return text.find_first_of("ABCDEF") == std::string_view::npos;
}

std::string CounterName(std::uint64_t counter, int width) {
  std::string name;
  for (; counter > 0; counter /= 32) name.insert(name.begin(), kBase32[counter % 32]);
  const auto padded = static_cast<size_t>(std::max(width, 1));
  if (name.size() < padded) name.insert(0, padded - name.size(), '0');
  return name;
}

absl::StatusOr<std::uint64_t> ParseCounterName(std::string_view name) {
  std::uint64_t counter = 0;
  bool good = !name.empty();
  for (const char c : name) {
    const size_t digit = kBase32.find(c);
    good = good && digit != std::string_view::npos &&
           counter <= std::numeric_limits<std::uint64_t>::max() / 32;
    counter = counter * 32 + (digit % 32);
  }
  if (good) return counter;
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
               absl::StrCat("'", std::string(name.substr(0, 32)),
                            "' is not a counter in base32: use 0-9 and a-z without i, l, o, u"));
}

}  // namespace loopdock::common
