// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_IDS_H_
#define LOOPDOCK_SERVICES_COMMON_IDS_H_

// Identifiers: UUIDs that sort by time (RFC 9562 version 7) and the short names that counters
// give to things people read aloud.
// Thread safety: every function is safe from any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/common/clock.h"

namespace loopdock::common {

// 36 lower-case characters; two from one process are never equal, and later ones sort after
// earlier ones of an earlier millisecond.
std::string NewUuidV7(const Clock& clock);
std::string NewUuidV7();

// A UUIDv7 made from a name: the same words give the same id, for what is sent again after a
// restart (an outbox row, a journal line). `time` fills the time bits.
std::string DerivedUuidV7(absl::Time time, std::string_view words);

// Any version, 36 characters, lower or upper case.
// The time that a UUIDv7 was made at.
absl::Time TimeOfUuidV7(std::string_view uuid);

bool IsUuid(std::string_view text);
// Version 7 and the RFC variant, lower case only: one id has one spelling.
bool IsUuidV7(std::string_view text);

// The name of the n-th thing: base32 without i, l, o and u (Crockford), lower case, padded with
// zeros to `width`, so that names sort as counters do up to 32^width.
std::string CounterName(std::uint64_t counter, int width = 6);
absl::StatusOr<std::uint64_t> ParseCounterName(std::string_view name);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_IDS_H_
