// SPDX-License-Identifier: Apache-2.0
#include "services/common/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

// OpenSSL's digest fails only when memory is gone or the library is broken: nothing of ours could
// be trusted after that.
void Require(bool good) {
  if (!good) std::abort();
}

}  // namespace

std::string Sha256(std::string_view bytes) {
  // OpenSSL's SHA256() looks the algorithm up and makes a context each time, which takes longer
  // than to hash a short text.
  thread_local Sha256Stream stream;
  stream.Update(bytes);
  std::string digest = stream.Finish();
  stream.Reset();
  return digest;
}

std::string Sha256Hex(std::string_view bytes) { return HexEncode(Sha256(bytes)); }

void Sha256Stream::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr);
  Reset();
}
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Reset() {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  Require(kAlgorithm != nullptr && EVP_DigestInit_ex(context_.get(), kAlgorithm, nullptr) == 1);
}

void Sha256Stream::Update(std::string_view bytes) {
  Require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256Stream::Finish() {
  std::string digest(kSha256Bytes, '\0');
  Require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                             nullptr) == 1);
  return digest;
}

std::string HexEncode(std::string_view bytes) {
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<std::string> HexDecode(std::string_view text) {
  bool good = text.size() % 2 == 0;
  for (const char c : text) good = good && absl::ascii_isxdigit(static_cast<unsigned char>(c));
  if (good) return absl::HexStringToBytes(absl::string_view(text.data(), text.size()));
  return Error(absl::StatusCode::kInvalidArgument, "ENCODING_INVALID",
               "the text is not hexadecimal: give pairs of the digits 0-9 and a-f");
}

std::string Base64Encode(std::string_view bytes) {
  return absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
}

absl::StatusOr<std::string> Base64Decode(std::string_view text) {
  std::string bytes;
  if (absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes)) return bytes;
  return Error(absl::StatusCode::kInvalidArgument, "ENCODING_INVALID",
               "the text is not base64: use the alphabet of RFC 4648 section 4");
}

bool ConstantTimeEqual(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string RandomBytes(size_t bytes) {
  std::string random(bytes, '\0');
  Require(RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(bytes)) ==
          1);
  return random;
}

}  // namespace loopdock::common
