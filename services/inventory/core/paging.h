// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_PAGING_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_PAGING_H_

// The page that a list request asks for; its token is bound to the rest of the request.
// Thread safety: free functions, safe from any thread.
// Errors: INVALID_ARGUMENT PAGE_SIZE_INVALID, PAGE_TOKEN_INVALID.

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "services/common/page.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

// Below the 4 MiB that a client receives at once, with room for the last row.
inline constexpr size_t kAnswerBytesMax = size_t{3} << 20;

// The question that a page token is bound to: the request without size, token and waiting.
template <typename Request>
std::string Question(const Request& request) {
  Request question = request;
  question.clear_page_size();
  question.clear_page_token();
  if constexpr (requires { question.clear_min_sequence(); }) question.clear_min_sequence();
  return Cat(Request::descriptor()->full_name(), " ", Serialize(question));
}

// Size and place of the wanted page.
template <typename Request>
absl::StatusOr<std::pair<size_t, std::string>> PageOf(const Request& request) {
  const auto size = common::PageSize(request.page_size());
  if (!size.ok()) return size.status();
  auto after = common::AfterPageToken(Question(request), request.page_token());
  if (!after.ok()) return after.status();
  return std::pair<size_t, std::string>(*size, *std::move(after));
}

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_PAGING_H_
