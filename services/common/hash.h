// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_HASH_H_
#define LOOPDOCK_SERVICES_COMMON_HASH_H_

// SHA-256 and the two ways we write bytes as text.
// Thread safety: free functions are safe from any thread; Sha256Stream is for one thread.

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct evp_md_ctx_st;

namespace loopdock::common {

inline constexpr size_t kSha256Bytes = 32;

// 32 raw bytes.
std::string Sha256(std::string_view bytes);
// 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

// SHA-256 of what arrives in parts.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(Sha256Stream&&) noexcept;
  Sha256Stream& operator=(Sha256Stream&&) noexcept;

  // Begins anew, also after Finish.
  void Reset();
  void Update(std::string_view bytes);
  // 32 raw bytes; call it once, and no Update after it.
  std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

// Lower case.
std::string HexEncode(std::string_view bytes);
// INVALID_ARGUMENT ENCODING_INVALID unless pairs of hexadecimal digits.
absl::StatusOr<std::string> HexDecode(std::string_view text);

// RFC 4648 section 4, with padding.
std::string Base64Encode(std::string_view bytes);
// INVALID_ARGUMENT ENCODING_INVALID otherwise.
absl::StatusOr<std::string> Base64Decode(std::string_view text);

// Compares secrets in time that depends on the length only.
bool ConstantTimeEqual(std::string_view a, std::string_view b);

// `bytes` raw bytes from the system's random source; stops the process when there are none.
std::string RandomBytes(size_t bytes);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_HASH_H_
