// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_

// Rows as one command sees and changes them, as bytes and as messages. The committer keeps what the
// command changes apart until it is accepted as a whole.
// Thread safety: none; one thread uses a Rows, and one at a time those that share ParsedRows.
// Ownership: view, changes and parsed rows must outlive the Rows.
// Errors: what the view answers; INTERNAL INTERNAL for a row that cannot be parsed.

#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/tables.h"
#include "services/storage/command.h"

namespace loopdock::inventory {

// Messages of rows that many commands read or change, such as sessions, so that they are not parsed
// each time. A message counts only while its row has the very bytes that it stands for.
class ParsedRows {
 public:
  // Between commands: forgets, when there are too many.
  void Trim() {
    if (entries_.size() > kEntriesMax) entries_.clear();
  }

 private:
  friend class Rows;
  static constexpr size_t kEntriesMax = 256;
  struct Entry {
    RowKey row;
    std::string bytes;
    std::unique_ptr<google::protobuf::Message> message;
  };
  absl::flat_hash_map<std::string, Entry> entries_;  // by key
  std::string buffer_;                               // for what is being serialized
};

class Rows {
 public:
  Rows(storage::View& view, storage::Changes& changes, ParsedRows& parsed)
      : view_(view), changes_(changes), parsed_(parsed) {}

  // The view of the value lives as long as the command.
  absl::StatusOr<std::optional<std::string_view>> Get(storage::TableId table, std::string_view key);
  void Put(storage::TableId table, std::string_view key, std::string_view value);
  void Delete(storage::TableId table, std::string_view key);

  // False when there is no such row.
  absl::StatusOr<bool> Read(storage::TableId table, std::string_view key,
                            google::protobuf::Message* message);
  // The resource of a name. False when there is none.
  absl::StatusOr<bool> Read(std::string_view name, google::protobuf::Message* message);
  // The same; INTERNAL when there is none, for what a fact says must be there.
  absl::Status ReadExpected(std::string_view name, google::protobuf::Message* message);
  void Write(storage::TableId table, std::string_view key,
             const google::protobuf::Message& message);
  // Under the resource's own name.
  void Write(std::string_view name, const google::protobuf::Message& message);

  // The resource of a name without a copy, for what many commands read: null when there is none,
  // good until the command ends, and changed by Change.
  template <typename T>
  absl::StatusOr<const T*> Peek(std::string_view name) {
    auto entry = Parsed(name, T::default_instance());
    if (!entry.ok()) return entry.status();
    return *entry == nullptr ? nullptr : static_cast<const T*>((*entry)->message.get());
  }
  // Lets `change` alter the resource and writes it. INTERNAL when there is none.
  template <typename T, typename ChangeFn>
  absl::Status Change(std::string_view name, ChangeFn&& change) {
    auto entry = Parsed(name, T::default_instance());
    if (!entry.ok()) return entry.status();
    if (*entry == nullptr) return Missing(name);
    change(static_cast<T&>(*(*entry)->message));
    WriteParsed(**entry);
    return absl::OkStatus();
  }

  size_t changed_rows() const { return changes_.rows(); }

  // Caps that a fact has reached, for the step that emits it.
  std::vector<v1::CapReached>& caps_reached() { return caps_reached_; }

 private:
  // Null when there is no such row.
  absl::StatusOr<ParsedRows::Entry*> Parsed(std::string_view name,
                                            const google::protobuf::Message& kind);
  void WriteParsed(ParsedRows::Entry& entry);
  static absl::Status Missing(std::string_view name);

  storage::View& view_;
  storage::Changes& changes_;
  ParsedRows& parsed_;
  std::vector<v1::CapReached> caps_reached_;
};

// Deterministic bytes: the same message gives the same bytes on every machine and run.
std::string Serialize(const google::protobuf::Message& message);
// The same behind what `bytes` holds.
void AppendTo(const google::protobuf::Message& message, std::string* bytes);

// True when a text of the message, however deep, is the name.
bool Mentions(const google::protobuf::Message& message, std::string_view name);

// Where an asset or container stands in the end: its own location, or that of the container it is
// in. `container` may be empty; `read` reads the container of a name.
absl::StatusOr<std::string> ResolveLocation(
    std::string_view location, std::string_view container,
    absl::FunctionRef<absl::Status(std::string_view name, v1::Container*)> read);
absl::StatusOr<std::string> ResolveLocation(Rows& rows, std::string_view location,
                                            std::string_view container);

// Containers stand in containers at most this deep.
inline constexpr int kContainerDepthMax = 8;

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_
