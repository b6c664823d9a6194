// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_UTF8_H_
#define LOOPDOCK_SERVICES_COMMON_UTF8_H_

// UTF-8 as protobuf's strings demand it: shortest forms, no surrogates, at most U+10FFFF. What
// comes from labels and people is bytes until it went through here.
// Thread safety: free functions, safe from any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace loopdock::common {

bool IsUtf8(std::string_view bytes);

// The same text; each byte that is no part of a character becomes U+FFFD.
std::string CleanUtf8(std::string_view bytes);

// At most the first `bytes_max` bytes, never ending in the middle of a character.
std::string_view Utf8Prefix(std::string_view text, std::size_t bytes_max);

// Both: valid UTF-8 of at most `bytes_max` bytes, whatever the bytes were.
std::string CleanUtf8Prefix(std::string_view bytes, std::size_t bytes_max);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_UTF8_H_
