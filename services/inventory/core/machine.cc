// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/machine.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <cstdint>

#include "services/common/status.h"
#include "services/inventory/core/facility.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

absl::StatusOr<bool> HasEntry(const storage::Reader& reader, std::string_view site,
                              std::int64_t sequence) {
  const auto row = reader.Get(kFeed, FeedKey(site, sequence));
  if (!row.ok()) return row.status();
  return row->has_value();
}

// Takes a field of the outermost message out of serialized bytes, which begin at `begin`: as if it
// had not been set, but without a copy of the message.
void EraseField(int number, size_t begin, std::string* bytes) {
  using google::protobuf::internal::WireFormatLite;
  google::protobuf::io::CodedInputStream input(
      reinterpret_cast<const std::uint8_t*>(bytes->data() + begin),
      static_cast<int>(bytes->size() - begin));
  for (;;) {
    const auto from = static_cast<size_t>(input.CurrentPosition());
    const std::uint32_t tag = input.ReadTag();
    if (tag == 0 || !WireFormatLite::SkipField(&input, tag)) return;
    if (WireFormatLite::GetTagFieldNumber(tag) != number) continue;
    bytes->erase(begin + from, static_cast<size_t>(input.CurrentPosition()) - from);
    return;
  }
}

}  // namespace

absl::StatusOr<bool> Machine::Remembered(const CommandContext& context, Rows& rows,
                                         google::protobuf::Message* answer) const {
  const auto row = rows.Get(kResponses, ResponseKey(site_, context.request_id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return false;
  const std::string_view hash = (*row)->substr(0, common::kSha256Bytes);
  if (hash != context.request_hash) {
    return common::Error(
        absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
        Cat("Request id ", context.request_id, " was used for another request; make a new one."),
        {{"request_id", context.request_id}});
  }
  const std::string_view bytes = (*row)->substr(hash.size());
  if (answer->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return true;
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       "A remembered response cannot be parsed; run fsck.");
}

absl::Status Machine::Apply(const CommandContext& context, storage::View& view,
                            storage::Changes& changes, google::protobuf::Message* answer,
                            absl::FunctionRef<absl::Status(Step&)> make) {
  parsed_.Trim();
  Rows rows(view, changes, parsed_);
  if (!context.validate_only) {
    const auto remembered = Remembered(context, rows, answer);
    if (!remembered.ok()) return remembered.status();
    if (*remembered) return absl::OkStatus();
  }
  v1::FeedEntry entry;
  entry.set_site(site_);
  entry.set_epoch(epoch_);
  entry.set_sequence(head_.sequence + 1);
  *entry.mutable_server_time() = ToTimestamp(view.server_time());
  entry.set_actor(context.actor);
  entry.set_station(context.station);
  if (context.station_time.has_value()) *entry.mutable_station_time() = *context.station_time;
  entry.set_request_id(context.request_id);
  entry.set_request_hash(context.request_hash);
  entry.add_rule_versions(std::string(kRuleVersion));
  entry.add_rule_versions(FacilityVersion(standing_.rules));
  Step step(entry, rows, standing_, context.validate_only);
  LOOPDOCK_RETURN_IF_ERROR(make(step));
  if (rows.changed_rows() + 2 > context.rows_max) {
    return common::Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
                         Cat("The command would change ", rows.changed_rows() + 2,
                             " rows; split it, at most ", context.rows_max, " may change."));
  }
  if (context.validate_only) changes.Discard();
  // What makes no fact changes nothing: there is nothing to remember either.
  if (context.validate_only || entry.facts_size() == 0) return absl::OkStatus();
  std::string entry_bytes = Serialize(entry);
  if (entry_bytes.size() > kEntryBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
                         Cat("The command's facts have ", entry_bytes.size(),
                             " bytes; split it, they may have ", kEntryBytesMax, "."),
                         {{"bytes_max", std::to_string(kEntryBytesMax)}});
  }
  response_ = context.request_hash;
  AppendTo(*answer, &response_);
  rows.Put(kResponses, ResponseKey(site_, context.request_id), response_);
  rows.Put(kFeed, FeedKey(site_, entry.sequence()), entry_bytes);
  head_.entry_bytes = std::move(entry_bytes);
  head_.sequence = entry.sequence();
  head_.server_time = view.server_time();
  for (const v1::Fact& fact : entry.facts()) {
    if (fact.has_facility_rules_set()) standing_.rules = fact.facility_rules_set();
  }
  return absl::OkStatus();
}

std::string HashRequest(const google::protobuf::Message& request) {
  const auto* descriptor = request.GetDescriptor();
  const auto* id = descriptor->FindFieldByName("request_id");
  std::string words = descriptor->full_name();
  words.push_back('\0');
  const auto* sent = descriptor->FindFieldByName("sent_sha256");
  if (sent != nullptr && request.GetReflection()->HasField(request, sent)) {
    return common::Sha256(words + request.GetReflection()->GetString(request, sent));
  }
  const size_t begin = words.size();
  AppendTo(request, &words);
  if (id != nullptr) EraseField(id->number(), begin, &words);
  return common::Sha256(words);
}

absl::StatusOr<Head> ReadHead(const storage::Reader& reader, std::string_view site) {
  // The feed has no gaps: double, then halve.
  std::int64_t present = 0;
  std::int64_t absent = 1;
  for (;;) {
    const auto has = HasEntry(reader, site, absent);
    if (!has.ok()) return has.status();
    if (!*has) break;
    present = absent;
    absent *= 2;
  }
  while (absent - present > 1) {
    const std::int64_t middle = present + (absent - present) / 2;
    const auto has = HasEntry(reader, site, middle);
    if (!has.ok()) return has.status();
    (*has ? present : absent) = middle;
  }
  Head head;
  head.sequence = present;
  if (present == 0) return head;
  auto row = reader.Get(kFeed, FeedKey(site, present));
  if (!row.ok()) return row.status();
  v1::FeedEntry entry;
  if (!row->has_value() || !entry.ParseFromString(**row)) {
    return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                         Cat("Feed entry ", present, " cannot be parsed; run fsck."));
  }
  head.server_time = FromTimestamp(entry.server_time());
  head.entry_bytes = *std::move(*row);
  return head;
}

}  // namespace loopdock::inventory
