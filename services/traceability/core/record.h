// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_RECORD_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_RECORD_H_

// The R2 record of one fact: who did what to which equipment, when, where and why, in one fixed
// byte form, and the leaf it becomes in the log. docs/internals/formats/log.md has the layout.
//
// Thread safety: values and free functions.
// Errors: INVALID_ARGUMENT with RECORD_INVALID for bytes that EncodeRecord would not have made.
// Limits: an encoded record has at most 60,000 bytes; 1,000 values of one repeated field.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/traceability/core/merkle.h"

namespace loopdock::traceability {

inline constexpr std::size_t kRecordBytesMax = 60000;
inline constexpr std::size_t kSaltBytes = 16;

enum class EventTimeSource : std::uint8_t {
  kStation = 1,  // the station's clock was within 24 hours of the server's
  kServer = 2,   // it was not, or the station gave no time
};

struct Record {
  std::string site;
  std::string epoch;             // of the feed
  std::uint64_t sequence = 0;    // of the feed entry
  std::uint64_t fact_index = 0;  // of the fact in its entry
  std::string fact;              // the fact's name in the proto, "asset_registered"
  std::string kind;              // of the record, "asset.registered"
  std::string clause;            // the clause of R2v3 that asks for it, "CR5(a)"
  std::int64_t event_time_us = 0;
  EventTimeSource event_time_source = EventTimeSource::kServer;
  std::int64_t utc_offset_minutes = 0;  // the site's zone at that time
  std::int64_t server_time_us = 0;
  std::string actor;
  std::string station;
  std::string request_id;
  std::vector<std::string> subjects;  // names of the assets, containers and lots
  std::string location;
  std::string biz_step;  // as in the EPCIS event; empty without one
  std::string disposition;
  std::string event_id;                      // the EPCIS event's ni URI; empty without one
  std::string fact_sha256;                   // of the fact's bytes as the feed gave them, 32 bytes
  std::vector<std::string> evidence_sha256;  // hex
  std::vector<std::string> rule_versions;
  std::vector<std::string> attributes;  // "key=value"

  friend bool operator==(const Record&, const Record&) = default;
};

// One byte form for one record: version 0x01, then for each field that is not empty its number, a
// big-endian uint32 length and its bytes, by rising number.
absl::StatusOr<std::string> EncodeRecord(const Record& record);
// Accepts exactly what EncodeRecord makes, so that a record has no second form.
absl::StatusOr<Record> DecodeRecord(std::string_view bytes);

// What the log holds for a record: version 0x01 and SHA-256(salt || record). The salt can be
// forgotten together with the record when personal data must go, and the log still verifies.
std::string LeafData(std::string_view salt, std::string_view record_bytes);

// How an entry of the log is kept and handed out: 0x01, the salt and the record; or, once the
// record was erased, 0x02 and the leaf data.
struct Entry {
  std::string leaf_data;
  std::string salt;  // both empty when the record was erased
  std::string record_bytes;
  bool erased() const { return record_bytes.empty(); }
};
std::string EncodeEntry(std::string_view salt, std::string_view record_bytes);
std::string EncodeErasedEntry(std::string_view leaf_data);
// Computes the leaf data anew: what comes out of an entry is what the log must hold.
absl::StatusOr<Entry> DecodeEntry(std::string_view bytes);

// The record as one JSON object with sorted keys, for people and programs; not what is hashed.
std::string RecordJson(const Record& record);

}  // namespace loopdock::traceability

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_RECORD_H_
