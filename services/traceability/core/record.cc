// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/record.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/time.h"
#include "services/common/hash.h"
#include "services/common/json.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr char kRecordVersion = 0x01;
constexpr char kLeafVersion = 0x01;
constexpr char kEntryFull = 0x01;
constexpr char kEntryErased = 0x02;
constexpr std::size_t kLeafBytes = 33;
constexpr std::size_t kRepeatedMax = 1000;

absl::Status BadRecord(std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "RECORD_INVALID", message);
}

std::string PutInt(std::uint64_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>((value >> shift) & 0xff));
  }
  return out;
}

std::uint64_t TakeInt(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

// The one list of fields: numbers are for ever, a retired one is never used again.
template <typename R, typename F>
void ForEachField(R& record, F&& field) {
  field(1, record.site);
  field(2, record.epoch);
  field(3, record.sequence);
  field(4, record.fact_index);
  field(5, record.fact);
  field(6, record.kind);
  field(7, record.clause);
  field(8, record.event_time_us);
  field(9, record.event_time_source);
  field(10, record.utc_offset_minutes);
  field(11, record.server_time_us);
  field(12, record.actor);
  field(13, record.station);
  field(14, record.request_id);
  field(15, record.subjects);
  field(16, record.location);
  field(17, record.biz_step);
  field(18, record.disposition);
  field(19, record.event_id);
  field(20, record.fact_sha256);
  field(21, record.evidence_sha256);
  field(22, record.rule_versions);
  field(23, record.attributes);
}

struct Encoder {
  std::string out;

  void Put(int number, std::string_view bytes) {
    out += Cat(PutInt(static_cast<std::uint64_t>(number), 1), PutInt(bytes.size(), 4), bytes);
  }
  void operator()(int number, const std::string& value) {
    if (!value.empty()) Put(number, value);
  }
  void operator()(int number, const std::vector<std::string>& values) {
    for (const std::string& value : values) Put(number, value);
  }
  void operator()(int number, std::uint64_t value) {
    if (value != 0) Put(number, PutInt(value, 8));
  }
  void operator()(int number, std::int64_t value) {
    (*this)(number, static_cast<std::uint64_t>(value));
  }
  void operator()(int number, EventTimeSource value) {
    Put(number, PutInt(static_cast<std::uint64_t>(value), 1));
  }
};

struct Decoder {
  std::string_view rest;
  bool ok = true;

  bool Next(int number, std::string_view* value) {
    if (!ok || rest.size() < 5 || static_cast<unsigned char>(rest[0]) != number) return false;
    const std::uint64_t size = TakeInt(rest.substr(1, 4));
    if (size > rest.size() - 5) {
      ok = false;
      return false;
    }
    *value = rest.substr(5, static_cast<std::size_t>(size));
    rest.remove_prefix(5 + static_cast<std::size_t>(size));
    return true;
  }
  void operator()(int number, std::string& value) {
    std::string_view bytes;
    if (!Next(number, &bytes)) return;
    ok = !bytes.empty();
    value = std::string(bytes);
  }
  void operator()(int number, std::vector<std::string>& values) {
    std::string_view bytes;
    while (Next(number, &bytes)) {
      ok = values.size() < kRepeatedMax;
      values.emplace_back(bytes);
    }
  }
  void operator()(int number, std::uint64_t& value) {
    std::string_view bytes;
    if (!Next(number, &bytes)) return;
    value = TakeInt(bytes);
    ok = bytes.size() == 8 && value != 0;
  }
  void operator()(int number, std::int64_t& value) {
    std::uint64_t bits = 0;
    (*this)(number, bits);
    value = static_cast<std::int64_t>(bits);
  }
  void operator()(int number, EventTimeSource& value) {
    std::string_view bytes;
    if (!Next(number, &bytes)) {
      ok = false;
      return;
    }
    ok = bytes.size() == 1 && (bytes[0] == 1 || bytes[0] == 2);
    if (ok) value = static_cast<EventTimeSource>(bytes[0]);
  }
};

}  // namespace

absl::StatusOr<std::string> EncodeRecord(const Record& record) {
  for (const auto* values :
       {&record.subjects, &record.evidence_sha256, &record.rule_versions, &record.attributes}) {
    if (values->size() > kRepeatedMax) return BadRecord("a field has more than 1,000 values.");
  }
  if (!record.fact_sha256.empty() && record.fact_sha256.size() != 32) {
    return BadRecord("the fact's hash has not 32 bytes.");
  }
  Encoder encoder;
  encoder.out.push_back(kRecordVersion);
  ForEachField(record, encoder);
  if (encoder.out.size() > kRecordBytesMax) {
    return BadRecord(
        Cat("a record has at most 60,000 bytes, this one would have ", encoder.out.size(), "."));
  }
  return std::move(encoder.out);
}

absl::StatusOr<Record> DecodeRecord(std::string_view bytes) {
  if (bytes.size() > kRecordBytesMax) return BadRecord("a record has at most 60,000 bytes.");
  if (bytes.empty() || bytes[0] != kRecordVersion) {
    return BadRecord("the record's first byte is not a version this program knows (1).");
  }
  Record record;
  Decoder decoder{bytes.substr(1)};
  ForEachField(record, decoder);
  if (!decoder.ok || !decoder.rest.empty()) {
    return BadRecord("a field of the record is cut off, out of order, repeated or unknown.");
  }
  if (!record.fact_sha256.empty() && record.fact_sha256.size() != 32) {
    return BadRecord("the fact's hash has not 32 bytes.");
  }
  return record;
}

std::string LeafData(std::string_view salt, std::string_view record_bytes) {
  const Hash commitment = Sha256(Cat(salt, record_bytes));
  return Cat(std::string_view(&kLeafVersion, 1), HashBytes(commitment));
}

std::string EncodeEntry(std::string_view salt, std::string_view record_bytes) {
  return Cat(std::string_view(&kEntryFull, 1), salt, record_bytes);
}

std::string EncodeErasedEntry(std::string_view leaf_data) {
  return Cat(std::string_view(&kEntryErased, 1), leaf_data);
}

absl::StatusOr<Entry> DecodeEntry(std::string_view bytes) {
  Entry entry;
  if (bytes.size() > kSaltBytes + 1 && bytes[0] == kEntryFull &&
      bytes.size() <= kSaltBytes + 1 + kRecordBytesMax) {
    entry.salt = std::string(bytes.substr(1, kSaltBytes));
    entry.record_bytes = std::string(bytes.substr(1 + kSaltBytes));
    entry.leaf_data = LeafData(entry.salt, entry.record_bytes);
    return entry;
  }
  if (bytes.size() == kLeafBytes + 1 && bytes[0] == kEntryErased && bytes[1] == kLeafVersion) {
    entry.leaf_data = std::string(bytes.substr(1));
    return entry;
  }
  return BadRecord("an entry of the log is neither a salt with a record nor an erased one.");
}

std::string RecordJson(const Record& record) {
  nlohmann::json json;
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  const auto time = [](std::int64_t us) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMicros(us), absl::UTCTimeZone());
  };
  text("site", record.site);
  text("epoch", record.epoch);
  json["sequence"] = record.sequence;
  json["fact_index"] = record.fact_index;
  text("fact", record.fact);
  text("kind", record.kind);
  text("clause", record.clause);
  json["event_time"] = time(record.event_time_us);
  json["event_time_source"] =
      record.event_time_source == EventTimeSource::kStation ? "station" : "server";
  json["utc_offset_minutes"] = record.utc_offset_minutes;
  json["server_time"] = time(record.server_time_us);
  text("actor", record.actor);
  text("station", record.station);
  text("request_id", record.request_id);
  json["subjects"] = record.subjects;
  text("location", record.location);
  text("biz_step", record.biz_step);
  text("disposition", record.disposition);
  text("event_id", record.event_id);
  text("fact_sha256", common::HexEncode(record.fact_sha256));
  if (!record.evidence_sha256.empty()) json["evidence_sha256"] = record.evidence_sha256;
  if (!record.rule_versions.empty()) json["rule_versions"] = record.rule_versions;
  for (const std::string& attribute : record.attributes) {
    const std::size_t equals = attribute.find('=');
    if (equals == std::string::npos) continue;
    json["attributes"][attribute.substr(0, equals)] = attribute.substr(equals + 1);
  }
  return common::DumpJson(json);
}

}  // namespace loopdock::traceability
