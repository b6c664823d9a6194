// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/rows.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "services/common/status.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

absl::StatusOr<std::optional<std::string>> Rows::Get(storage::TableId table, std::string_view key) {
  const auto found = changes_.find(std::pair(table, std::string(key)));
  if (found != changes_.end()) return found->second;
  return base_.Get(table, key);
}

void Rows::Put(storage::TableId table, std::string_view key, std::string value) {
  changes_[std::pair(table, std::string(key))] = std::move(value);
}

void Rows::Delete(storage::TableId table, std::string_view key) {
  changes_[std::pair(table, std::string(key))] = std::nullopt;
}

absl::StatusOr<bool> Rows::Read(storage::TableId table, std::string_view key,
                                google::protobuf::Message* message) {
  auto value = Get(table, key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return false;
  if (message->ParseFromString(**value)) return true;
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       Cat("A row of table ", table, " cannot be parsed; run fsck."));
}

absl::StatusOr<bool> Rows::Read(std::string_view name, google::protobuf::Message* message) {
  const RowKey row = RowOf(name);
  if (row.table == 0) return false;
  return Read(row.table, row.key, message);
}

absl::Status Rows::ReadExpected(std::string_view name, google::protobuf::Message* message) {
  const absl::StatusOr<bool> found = Read(name, message);
  if (!found.ok()) return found.status();
  if (*found) return absl::OkStatus();
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       Cat("A fact names '", name, "', which is not there; run fsck."));
}

void Rows::Write(storage::TableId table, std::string_view key,
                 const google::protobuf::Message& message) {
  Put(table, key, Serialize(message));
}

void Rows::Write(std::string_view name, const google::protobuf::Message& message) {
  const RowKey row = RowOf(name);
  Write(row.table, row.key, message);
}

std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

absl::StatusOr<std::string> ResolveLocation(Rows& rows, std::string_view location,
                                            std::string_view container) {
  std::string where(location);
  std::string inside(container);
  for (int depth = 0; !inside.empty() && depth < kContainerDepthMax; ++depth) {
    v1::Container outer;
    const absl::Status read = rows.ReadExpected(inside, &outer);
    if (!read.ok()) return read;
    where = outer.location();
    inside = outer.parent();
  }
  return where;
}

}  // namespace loopdock::inventory
