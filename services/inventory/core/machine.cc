// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/machine.h"

#include <memory>

#include "services/common/status.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

class ViewSource : public RowSource {
 public:
  explicit ViewSource(storage::View& view) : view_(view) {}
  absl::StatusOr<std::optional<std::string>> Get(storage::TableId table,
                                                 std::string_view key) override {
    const auto value = view_.Get(table, key);
    if (!value.ok()) return value.status();
    if (!value->has_value()) return std::optional<std::string>();
    return std::optional<std::string>(std::string(**value));
  }

 private:
  storage::View& view_;
};

absl::StatusOr<bool> HasEntry(const storage::Reader& reader, std::string_view site,
                              std::int64_t sequence) {
  const auto row = reader.Get(kFeed, FeedKey(site, sequence));
  if (!row.ok()) return row.status();
  return row->has_value();
}

}  // namespace

absl::StatusOr<bool> Machine::Remembered(const CommandContext& context, Rows& rows,
                                         google::protobuf::Message* answer) const {
  const auto row = rows.Get(kResponses, ResponseKey(site_, context.request_id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return false;
  const std::string& value = **row;
  if (value.compare(0, common::kSha256Bytes, context.request_hash) != 0) {
    return common::Error(
        absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
        Cat("Request id ", context.request_id, " was used for another request; make a new one."),
        {{"request_id", context.request_id}});
  }
  if (answer->ParseFromString(value.substr(common::kSha256Bytes))) return true;
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       "A remembered response cannot be parsed; run fsck.");
}

absl::Status Machine::Apply(const CommandContext& context, storage::View& view,
                            storage::Changes& changes, google::protobuf::Message* answer,
                            absl::FunctionRef<absl::Status(Step&)> make) {
  ViewSource source(view);
  Rows rows(source);
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
  Step step(entry, rows);
  LOOPDOCK_RETURN_IF_ERROR(make(step));
  if (rows.changed_rows() + 2 > kCommandRowsMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
                         Cat("The command would change ", rows.changed_rows() + 2,
                             " rows; split it, at most ", kCommandRowsMax, " may change."));
  }
  // What makes no fact changes nothing: there is nothing to remember either.
  if (context.validate_only || entry.facts_size() == 0) return absl::OkStatus();
  std::string entry_bytes = Serialize(entry);
  if (entry_bytes.size() > kEntryBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "COMMAND_TOO_LARGE",
                         Cat("The command's facts have ", entry_bytes.size(),
                             " bytes; split it, they may have ", kEntryBytesMax, "."),
                         {{"bytes_max", std::to_string(kEntryBytesMax)}});
  }
  rows.ForEachChange(
      [&](storage::TableId table, std::string_view key, std::string_view value) {
        changes.Put(table, key, value);
      },
      [&](storage::TableId table, std::string_view key) { changes.Delete(table, key); });
  changes.Put(kResponses, ResponseKey(site_, context.request_id),
              context.request_hash + Serialize(*answer));
  head_.entry_bytes = std::move(entry_bytes);
  changes.Put(kFeed, FeedKey(site_, entry.sequence()), head_.entry_bytes);
  head_.sequence = entry.sequence();
  head_.server_time = view.server_time();
  return absl::OkStatus();
}

std::string HashRequest(const google::protobuf::Message& request) {
  const auto* descriptor = request.GetDescriptor();
  const auto* id = descriptor->FindFieldByName("request_id");
  std::string words = descriptor->full_name();
  words.push_back('\0');
  if (id == nullptr || !request.GetReflection()->HasField(request, id)) {
    return common::Sha256(words + Serialize(request));
  }
  const std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  copy->GetReflection()->ClearField(copy.get(), id);
  return common::Sha256(words + Serialize(*copy));
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
