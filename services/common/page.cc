// SPDX-License-Identifier: Apache-2.0
#include "services/common/page.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr size_t kSealBytes = 8;

// Not a secret: it catches damaged tokens and tokens of another question.
std::string Seal(std::string_view question, std::string_view last_key) {
  std::string sealed(question);
  sealed.push_back('\0');
  sealed.append(last_key);
  return Sha256(sealed).substr(0, kSealBytes);
}

}  // namespace

absl::StatusOr<std::size_t> PageSize(std::int32_t requested) {
  if (requested < 0) {
    return Error(absl::StatusCode::kInvalidArgument, "PAGE_SIZE_INVALID",
                 absl::StrCat("page_size is ", requested, "; it is 1 to ", kPageSizeMax,
                              ", or 0 for ", kPageSizeDefault, "."));
  }
  if (requested == 0) return static_cast<std::size_t>(kPageSizeDefault);
  return static_cast<std::size_t>(std::min(requested, kPageSizeMax));
}

std::string PageToken(std::string_view question, std::string_view last_key) {
  std::string token = Seal(question, last_key);
  token.append(last_key);
  return absl::WebSafeBase64Escape(token);
}

absl::StatusOr<std::string> AfterPageToken(std::string_view question, const std::string& token) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (absl::WebSafeBase64Unescape(token, &bytes) && bytes.size() > kSealBytes) {
    std::string last_key = bytes.substr(kSealBytes);
    if (bytes.substr(0, kSealBytes) == Seal(question, last_key)) return last_key;
  }
  return Error(absl::StatusCode::kInvalidArgument, "PAGE_TOKEN_INVALID",
               "page_token is not one that this list gave. Begin again without it.");
}

}  // namespace loopdock::common
