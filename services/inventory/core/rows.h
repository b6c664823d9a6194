// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_

// Rows as one command sees and changes them: its own changes lie over those of the commands before
// it. Nothing reaches the store until the command is accepted as a whole.
// Thread safety: none; one thread uses a Rows.
// Ownership: the base must outlive the Rows.
// Errors: what the base answers; INTERNAL INTERNAL for a row that cannot be parsed.

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/core/tables.h"
#include "services/storage/command.h"

namespace loopdock::inventory {

// Where rows come from: the committer's view, or a store at replay.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual absl::StatusOr<std::optional<std::string>> Get(storage::TableId table,
                                                         std::string_view key) = 0;
};

class Rows {
 public:
  explicit Rows(RowSource& base) : base_(base) {}

  absl::StatusOr<std::optional<std::string>> Get(storage::TableId table, std::string_view key);
  void Put(storage::TableId table, std::string_view key, std::string value);
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

  size_t changed_rows() const { return changes_.size(); }
  // Calls put(table, key, value) or remove(table, key) for every changed row, in no order.
  template <typename PutFn, typename DeleteFn>
  void ForEachChange(PutFn&& put, DeleteFn&& remove) const {
    for (const auto& [at, value] : changes_) {
      if (value.has_value()) {
        put(at.first, at.second, *value);
      } else {
        remove(at.first, at.second);
      }
    }
  }

 private:
  RowSource& base_;
  absl::flat_hash_map<std::pair<storage::TableId, std::string>, std::optional<std::string>>
      changes_;
};

// Deterministic bytes: the same message gives the same bytes on every machine and run.
std::string Serialize(const google::protobuf::Message& message);

// Where an asset or container stands in the end: its own location, or that of the container it is
// in. `container` may be empty.
absl::StatusOr<std::string> ResolveLocation(Rows& rows, std::string_view location,
                                            std::string_view container);

// Containers stand in containers at most this deep.
inline constexpr int kContainerDepthMax = 8;

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_ROWS_H_
