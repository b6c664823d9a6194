// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_PAGE_H_
#define LOOPDOCK_SERVICES_COMMON_PAGE_H_

// Paging of lists (AIP-158): the size of a page and the opaque token that goes on after its last
// key. A token is bound to the question it was made for: used with another one it is refused.
// Thread safety: free functions, safe from any thread.
// Errors: INVALID_ARGUMENT PAGE_SIZE_INVALID, PAGE_TOKEN_INVALID.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::common {

inline constexpr std::int32_t kPageSizeDefault = 50;
inline constexpr std::int32_t kPageSizeMax = 1000;

// 0 becomes the default, more than the largest becomes the largest; negative is refused.
absl::StatusOr<std::size_t> PageSize(std::int32_t requested);

// `question` is everything of the request that decides which rows are listed, such as the method
// and its filters.
std::string PageToken(std::string_view question, std::string_view last_key);
// The key to go on after; "" for an empty token: from the beginning.
absl::StatusOr<std::string> AfterPageToken(std::string_view question, const std::string& token);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_PAGE_H_
