// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/place.h"

#include <utility>

#include "services/inventory/core/evolve.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

absl::StatusOr<std::string> LocationOf(const v1::Asset& asset, ReadFn read) {
  v1::Asset outer;
  const v1::Asset* host = &asset;
  for (int depth = 0; !host->installed_in().empty() && depth < kComponentDepthMax; ++depth) {
    const std::string name = host->installed_in();
    LOOPDOCK_RETURN_IF_ERROR(read(name, &outer));
    host = &outer;
  }
  return ResolveLocation(
      host->location(), host->container(),
      [&](std::string_view name, v1::Container* container) { return read(name, container); });
}

absl::Status FillSecured(v1::Asset* asset, ReadFn read) {
  if (asset->data_device_state() != v1::DATA_DEVICE_STATE_DISCOVERED) return absl::OkStatus();
  const auto name = LocationOf(*asset, read);
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  if (name->empty()) return absl::OkStatus();
  v1::Location location;
  LOOPDOCK_RETURN_IF_ERROR(read(*name, &location));
  if (location.secured()) asset->set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
  return absl::OkStatus();
}

absl::Status FillPlace(v1::Asset* asset, ReadFn read) {
  LOOPDOCK_RETURN_IF_ERROR(FillSecured(asset, read));
  if (asset->container().empty() && asset->installed_in().empty()) return absl::OkStatus();
  if (!IsOpen(*asset)) return absl::OkStatus();
  auto location = LocationOf(*asset, read);
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  asset->set_location(*std::move(location));
  return absl::OkStatus();
}

}  // namespace loopdock::inventory
