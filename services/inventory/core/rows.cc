// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/rows.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "services/common/status.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

namespace {

absl::Status CannotBeParsed(storage::TableId table) {
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       Cat("A row of table ", table, " cannot be parsed; run fsck."));
}

bool Parse(std::string_view bytes, google::protobuf::Message* message) {
  return message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

}  // namespace

absl::StatusOr<std::optional<std::string_view>> Rows::Get(storage::TableId table,
                                                          std::string_view key) {
  return view_.Get(table, key);
}

void Rows::Put(storage::TableId table, std::string_view key, std::string_view value) {
  changes_.Put(table, key, value);
}

void Rows::Delete(storage::TableId table, std::string_view key) { changes_.Delete(table, key); }

absl::StatusOr<bool> Rows::Read(storage::TableId table, std::string_view key,
                                google::protobuf::Message* message) {
  const auto value = Get(table, key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return false;
  if (!Parse(**value, message)) return CannotBeParsed(table);
  return true;
}

absl::StatusOr<bool> Rows::Read(std::string_view name, google::protobuf::Message* message) {
  const RowKey row = RowOf(name);
  if (row.table == 0) return false;
  return Read(row.table, row.key, message);
}

absl::Status Rows::ReadExpected(std::string_view name, google::protobuf::Message* message) {
  const absl::StatusOr<bool> found = Read(name, message);
  if (!found.ok()) return found.status();
  return *found ? absl::OkStatus() : Missing(name);
}

absl::Status Rows::Missing(std::string_view name) {
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       Cat("A fact names '", name, "', which is not there; run fsck."));
}

void Rows::Write(storage::TableId table, std::string_view key,
                 const google::protobuf::Message& message) {
  parsed_.buffer_.clear();
  AppendTo(message, &parsed_.buffer_);
  Put(table, key, parsed_.buffer_);
}

void Rows::Write(std::string_view name, const google::protobuf::Message& message) {
  const RowKey row = RowOf(name);
  Write(row.table, row.key, message);
}

absl::StatusOr<ParsedRows::Entry*> Rows::Parsed(std::string_view name,
                                                const google::protobuf::Message& kind) {
  RowKey row = RowOf(name);
  if (row.table == 0) return nullptr;
  const auto value = Get(row.table, row.key);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return nullptr;
  ParsedRows::Entry& entry = parsed_.entries_[row.key];
  if (entry.message == nullptr || entry.message->GetDescriptor() != kind.GetDescriptor()) {
    entry.message.reset(kind.New());
    entry.row = std::move(row);
  } else if (entry.bytes == **value) {
    return &entry;
  }
  entry.bytes = **value;
  if (Parse(entry.bytes, entry.message.get())) return &entry;
  entry.message.reset();
  return CannotBeParsed(entry.row.table);
}

void Rows::WriteParsed(ParsedRows::Entry& entry) {
  entry.bytes.clear();
  AppendTo(*entry.message, &entry.bytes);
  Put(entry.row.table, entry.row.key, entry.bytes);
}

void AppendTo(const google::protobuf::Message& message, std::string* bytes) {
  const size_t size = message.ByteSizeLong();
  const size_t before = bytes->size();
  bytes->resize(before + size);
  google::protobuf::io::ArrayOutputStream stream(bytes->data() + before, static_cast<int>(size));
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeWithCachedSizes(&coded);
}

std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  AppendTo(message, &bytes);
  return bytes;
}

bool Mentions(const google::protobuf::Message& message, std::string_view name) {
  const auto* reflection = message.GetReflection();
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    const bool repeated = field->is_repeated();
    const int count = repeated ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
        const std::string value = repeated ? reflection->GetRepeatedString(message, field, i)
                                           : reflection->GetString(message, field);
        if (value == name) return true;
      } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
        const auto& inner = repeated ? reflection->GetRepeatedMessage(message, field, i)
                                     : reflection->GetMessage(message, field);
        if (Mentions(inner, name)) return true;
      }
    }
  }
  return false;
}

absl::StatusOr<std::string> ResolveLocation(
    std::string_view location, std::string_view container,
    absl::FunctionRef<absl::Status(std::string_view name, v1::Container*)> read) {
  std::string where(location);
  std::string inside(container);
  for (int depth = 0; !inside.empty() && depth < kContainerDepthMax; ++depth) {
    v1::Container outer;
    const absl::Status found = read(inside, &outer);
    if (!found.ok()) return found;
    where = outer.location();
    inside = outer.parent();
  }
  return where;
}

absl::StatusOr<std::string> ResolveLocation(Rows& rows, std::string_view location,
                                            std::string_view container) {
  return ResolveLocation(location, container, [&](std::string_view name, v1::Container* outer) {
    return rows.ReadExpected(name, outer);
  });
}

}  // namespace loopdock::inventory
