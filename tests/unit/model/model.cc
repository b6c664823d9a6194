// SPDX-License-Identifier: Apache-2.0
// What is common to all commands: finding things, places, components, and the state in words.
#include "tests/unit/model/model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace loopdock::inventory::model {

std::set<std::string> Model::Do(const Command& command) {
  reasons_.clear();
  judged_.clear();
  switch (command.kind) {
#define LOOPDOCK_MODEL_CASE(kind, a, b, c, d, e, f) \
  case Kind::k##kind:                               \
    kind(command);                                  \
    break;
    LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_CASE)
#undef LOOPDOCK_MODEL_CASE
  }
  return reasons_;
}

void Model::Settle(const std::string& outcome) {
  for (const Judged& judged : judged_) {
    if (judged.holds && outcome == "OK") ++rules_[judged.rule].allowed;
    if (!judged.holds && outcome == judged.reason) ++rules_[judged.rule].refused;
  }
}

void Model::Rule(const std::string& rule, const std::string& reason, bool holds) {
  judged_.push_back({rule, reason, holds});
  if (!holds) Refuse(reason);
}

// ---- Finding things.

template <typename T>
T* Model::InSlot(Slots<T>& slots, int slot) {
  const int number = slots.IndexOf(slot);
  if (number >= 0) return &slots[number];
  Refuse("RESOURCE_NOT_FOUND");
  return nullptr;
}
template Device* Model::InSlot(Slots<Device>&, int);
template Load* Model::InSlot(Slots<Load>&, int);
template Session* Model::InSlot(Slots<Session>&, int);
template Container* Model::InSlot(Slots<Container>&, int);
template Lot* Model::InSlot(Slots<Lot>&, int);
template Shipment* Model::InSlot(Slots<Shipment>&, int);
template StockTake* Model::InSlot(Slots<StockTake>&, int);

Device* Model::Here(int slot, int etag) {
  Device* device = InSlot(devices_, slot);
  if (device == nullptr) return nullptr;
  if (!device->here()) {
    Refuse("ASSET_NOT_OPEN");
    return nullptr;
  }
  if (etag == kStaleEtag) Refuse("ETAG_MISMATCH");
  return device;
}

Device* Model::Loose(int slot, int etag) {
  Device* device = Here(slot, etag);
  if (device != nullptr && device->host >= 0) Refuse("COMPONENT_INSTALLED");
  return device;
}

Load* Model::UnclosedLoad(int slot) {
  Load* load = InSlot(loads_, slot);
  if (load != nullptr && load->closed) Refuse("LOAD_CLOSED");
  return load;
}

// ---- Where things are.

int Model::LocationOf(const Container& container) const {
  return container.parent >= 0 ? LocationOf(containers_[container.parent]) : container.location;
}

// A component is where its host is, and what stands in a container where that is.
int Model::LocationOf(const Device& device) const {
  if (device.host >= 0) return LocationOf(devices_[device.host]);
  return device.container >= 0 ? LocationOf(containers_[device.container]) : device.location;
}

void Model::NotSealed(int container) {
  for (; container >= 0; container = containers_[container].parent) {
    if (containers_[container].sealed) Refuse("CONTAINER_SEALED");
  }
}

std::optional<int> Model::LocationToPut(const Place& place) {
  if (place.container < 0) return place.location;
  const Container* container = InSlot(containers_, place.container);
  if (container == nullptr) return std::nullopt;
  NotSealed(containers_.IndexOf(place.container));
  return LocationOf(*container);
}

void Model::PutDown(Device& device, const Place& place, int location) {
  device.host = -1;
  device.location = location;
  device.container = place.container >= 0 ? containers_.IndexOf(place.container) : -1;
  device.data_state = StateOf(device);
}

// What leaves takes what is built into it along.
void Model::Leave(Device& device, v1::AssetState state) {
  for (const int part : PartsOf(NumberOf(device))) devices_[part].state = state;
  device.state = state;
  device.container = -1;
}

v1::DataDeviceState Model::StateOf(const Device& device) const {
  const bool secured = device.here() && Secured(LocationOf(device));
  return secured && device.data_state == v1::DATA_DEVICE_STATE_DISCOVERED
             ? v1::DATA_DEVICE_STATE_SECURED
             : device.data_state;
}

// ---- Data and components.

// Nothing on it that somebody could read, by a process that was finished and released, R2v3 CR7,
// Appendix B(16).
bool Model::SafeItself(const Device& device) {
  if (device.data == v1::DATA_STATUS_NO_STORAGE ||
      device.data == v1::DATA_STATUS_EVALUATED_NO_DATA) {
    return true;
  }
  return device.data_state == v1::DATA_DEVICE_STATE_RELEASED;
}

// With all that is built into it.
bool Model::Safe(const Device& device) const {
  if (!SafeItself(device)) return false;
  for (const int part : PartsOf(NumberOf(device))) {
    if (!SafeItself(devices_[part])) return false;
  }
  return true;
}

int Model::NumberOf(const Device& device) const {
  return static_cast<int>(&device - devices_.all.data());
}

std::vector<int> Model::PartsOf(int number) const {
  std::vector<int> parts;
  for (int i = 0; i < devices_.size(); ++i) {
    const Device& part = devices_[i];
    if (part.host != number || (!part.here() && part.state != v1::ASSET_STATE_LOST)) continue;
    parts.push_back(i);
    for (const int inner : PartsOf(i)) parts.push_back(inner);
  }
  return parts;
}

// Devices that may hold data in a container or in those that stand in it.
int Model::Unsafe(int container) const {
  int count = 0;
  for (const Device& device : devices_.all) {
    if (device.here() && device.host < 0 && device.container == container && !Safe(device)) ++count;
  }
  for (int i = 0; i < containers_.size(); ++i) {
    if (containers_[i].parent == container) count += Unsafe(i);
  }
  return count;
}

absl::Time Model::OldestIn(int container) const {
  absl::Time oldest = absl::InfiniteFuture();
  for (const Device& device : devices_.all) {
    if (!device.here() || device.host >= 0 || device.container != container) continue;
    if (!device.controlled()) continue;
    const absl::CivilDay day = absl::ToCivilDay(device.received, absl::UTCTimeZone());
    oldest = std::min(oldest, absl::FromCivil(day + 1, absl::UTCTimeZone()) - absl::Seconds(1));
  }
  for (int i = 0; i < containers_.size(); ++i) {
    if (containers_[i].parent == container) oldest = std::min(oldest, OldestIn(i));
  }
  return oldest;
}

// What the facility's caps are measured against; a component counts with its host.
int Model::PiecesHere(const std::string& category) const {
  int pieces = 0;
  for (const Device& device : devices_.all) {
    if (!device.here() || device.host >= 0) continue;
    if (category.empty() || device.category == category) ++pieces;
  }
  for (const Lot& lot : lots_.all) {
    if (category.empty() || lot.category == category) pieces += lot.pieces;
  }
  return pieces;
}

std::string Model::NewlyExposed(const Command& command) {
  std::set<int> exposed;
  for (int i = 0; i < devices_.size(); ++i) {
    const Device& device = devices_[i];
    if (device.here() && !SafeItself(device) && !Secured(LocationOf(device))) exposed.insert(i);
  }
  const bool recorded = command.kind == Kind::kScan || command.kind == Kind::kCreateAsset ||
                        command.kind == Kind::kCount;
  std::string words;
  for (const int i : exposed) {
    if (recorded || exposed_.contains(i)) continue;
    absl::StrAppend(&words, "device ", i, " may hold data and stands at ",
                    kLocations[LocationOf(devices_[i])], "\n");
  }
  exposed_ = std::move(exposed);
  return words;
}

// ---- In words.

std::string Model::DeviceWords(const Device& device) const {
  std::string words = v1::AssetState_Name(device.state);
  if (device.here()) {
    absl::StrAppend(&words, " at ", kLocations[LocationOf(device)]);
    if (device.host >= 0) {
      absl::StrAppend(&words, " built into ", device.host);
    } else if (device.container >= 0) {
      absl::StrAppend(&words, " in container ", device.container);
    }
  }
  absl::StrAppend(&words, " ", v1::R2Applicability_Name(device.applicability), " ",
                  v1::ControlledReason_Name(device.controlled_reason), " ",
                  v1::UnrestrictedReason_Name(device.unrestricted_reason), " ",
                  v1::ControlExit_Name(device.exit));
  absl::StrAppend(&words, " ", v1::DataStatus_Name(device.data), " ",
                  DataStateWords(StateOf(device), device.here() && Secured(LocationOf(device))),
                  " ", v1::Functional_Name(device.functional), " ",
                  v1::FunctionalGap_Name(device.gap), " ", v1::Cosmetic_Name(device.cosmetic));
  absl::StrAppend(&words, " category '", device.category, "' decision ",
                  v1::NextProcess_Name(device.decision), " process ",
                  v1::NextProcess_Name(device.process), device.no_resale ? " no resale" : "",
                  device.chosen ? " chosen" : "", " by '", device.sanitized_by, "' received ",
                  absl::FormatTime(device.received, absl::UTCTimeZone()), " materials");
  for (const auto material : device.materials) absl::StrAppend(&words, " ", material);
  absl::StrAppend(&words, " holds");
  for (const auto hold : device.holds) absl::StrAppend(&words, " ", hold);
  return words;
}

State Model::Words() const {
  State state;
  for (int i = 0; i < devices_.size(); ++i) {
    state[absl::StrCat("device ", i)] = DeviceWords(devices_[i]);
  }
  for (int i = 0; i < containers_.size(); ++i) {
    const Container& container = containers_[i];
    const auto inside =
        std::count_if(devices_.all.begin(), devices_.all.end(), [&](const Device& device) {
          return device.here() && device.host < 0 && device.container == i;
        });
    state[absl::StrCat("container ", i)] = absl::StrCat(
        "in ", container.parent, " at ",
        container.parent >= 0 ? "" : kLocations[container.location],
        container.sealed ? " sealed" : "", " assets ", inside, " unsanitized ", Unsafe(i));
  }
  for (int i = 0; i < loads_.size(); ++i) {
    const Load& load = loads_[i];
    state[absl::StrCat("load ", i)] = absl::StrCat(
        load.closed ? "closed" : "open", load.no_resale ? " no resale" : "", " sessions ",
        load.open_sessions, " scans ", load.scans, " assets ", load.assets, " lots ", load.lots);
  }
  for (int i = 0; i < sessions_.size(); ++i) {
    const Session& session = sessions_[i];
    state[absl::StrCat("session ", i)] =
        absl::StrCat(session.open ? "open" : "closed", " scans ", session.scans, " assets ",
                     session.assets, " duplicates ", session.duplicates);
  }
  AddOutboundWords(state);
  return state;
}

}  // namespace loopdock::inventory::model
