// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_DECODE_DATABAR_TEXT_H_
#define LOOPDOCK_SERVICES_VISION_DECODE_DATABAR_TEXT_H_

// ZXing 1.4 writes the application identifiers of DataBar Expanded in brackets; all other symbols
// give GS1 element strings, so this one should.
// Thread safety: safe from any thread.

#include <string>
#include <string_view>

namespace loopdock::vision {

// Without brackets, with U+001D after every value that has no fixed length and is not the last.
// Brackets within a value stay where they cannot be an identifier: inside a value of fixed length,
// around a number that is none, or before what cannot be its value. "(21)A(10)B" can be read in two
// ways, and is read as two elements.
std::string ElementStringOf(std::string_view bracketed);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_DECODE_DATABAR_TEXT_H_
