// SPDX-License-Identifier: Apache-2.0
#include "services/vision/utf8.h"

#include <cstddef>
#include <cstdint>

namespace loopdock::vision {

bool IsUtf8(std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const auto lead = static_cast<uint8_t>(bytes[at++]);
    if (lead < 0x80) continue;
    if (lead < 0xC2 || lead > 0xF4) return false;
    const size_t follow = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (bytes.size() - at < follow) return false;
    uint32_t code = lead & (0x3F >> follow);
    for (size_t i = 0; i < follow; ++i) {
      const auto byte = static_cast<uint8_t>(bytes[at++]);
      if ((byte & 0xC0) != 0x80) return false;
      code = code << 6 | (byte & 0x3F);
    }
    const uint32_t smallest = follow == 1 ? 0x80 : follow == 2 ? 0x800 : 0x10000;
    if (code < smallest || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
  }
  return true;
}

}  // namespace loopdock::vision
