// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_

// Places of a picture that look like a symbol and that nothing read explains: a hint for a person.
// Thread safety: a Scene is for one thread.
// Limits: kUnreadMax places, largest first.

#include <vector>

#include "services/vision/decode/block.h"
#include "services/vision/decode/tries.h"

namespace loopdock::vision {

constexpr size_t kUnreadMax = 16;

struct Unread {
  bool linear = true;
  Block block;
};

// Of what the scene's known symbols leave.
std::vector<Unread> FindUnread(Scene& scene);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_UNREAD_H_
