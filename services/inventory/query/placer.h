// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_PLACER_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_PLACER_H_

// Where the assets of one answer stand in the end (core/place.h). Remembers containers, hosts and
// locations, so that the assets that share one cost one look-up.
// Thread safety: none; one for each answer.
// Ownership: the reader must outlive it.
// Errors: what the reader answers; DATA_LOSS STORE_CORRUPT for a row that is missing or cannot be
// parsed.
// Limits: remembers kRowsMax rows, then begins again.

#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

class Placer {
 public:
  explicit Placer(const storage::Reader& reader) : reader_(reader) {}

  // Fills in what the asset's row leaves to where it stands.
  absl::Status Place(v1::Asset* asset);
  // The name of the location where the container of that name stands.
  absl::StatusOr<std::string> LocationOf(std::string_view container);

 private:
  static constexpr size_t kRowsMax = 20'000;

  absl::Status Read(std::string_view name, google::protobuf::Message* message);

  const storage::Reader& reader_;
  absl::flat_hash_map<std::string, std::string> rows_;
};

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_PLACER_H_
