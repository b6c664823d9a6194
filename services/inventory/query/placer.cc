// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/placer.h"

#include "services/common/status.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

absl::Status Placer::Read(std::string_view name, google::protobuf::Message* message) {
  const std::string key(name);
  auto known = rows_.find(key);
  if (known == rows_.end()) {
    const RowKey row = RowOf(name);
    auto value = reader_.Get(row.table, row.key);
    LOOPDOCK_RETURN_IF_ERROR(value.status());
    if (rows_.size() >= kRowsMax) rows_.clear();
    if (value->has_value()) known = rows_.emplace(key, **std::move(value)).first;
  }
  if (known != rows_.end() && message->ParseFromString(known->second)) return absl::OkStatus();
  return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       Cat(name, " is missing or cannot be parsed; run fsck."));
}

absl::StatusOr<std::string> Placer::LocationOf(std::string_view container) {
  return ResolveLocation("", container, [this](std::string_view name, v1::Container* outer) {
    return Read(name, outer);
  });
}

absl::Status Placer::Place(v1::Asset* asset) {
  return FillPlace(asset, [this](std::string_view name, google::protobuf::Message* message) {
    return Read(name, message);
  });
}

}  // namespace loopdock::inventory
