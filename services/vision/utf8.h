// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_UTF8_H_
#define LOOPDOCK_SERVICES_VISION_UTF8_H_

// Whether bytes are valid UTF-8: shortest forms, no surrogates, at most U+10FFFF.
// Thread safety: safe from any thread.

#include <string_view>

namespace loopdock::vision {

bool IsUtf8(std::string_view bytes);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_UTF8_H_
