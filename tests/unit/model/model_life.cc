// SPDX-License-Identifier: Apache-2.0
// Receiving, and the life of assets, components and containers.
#include <algorithm>

#include "tests/unit/model/model.h"

namespace loopdock::inventory::model {

// ---- Receiving, R2v3 CR5(a), CR6(b)(2).

void Model::CreateLoad(const Command& command) {
  Load load;
  load.no_resale = command.b == kNoResaleSupplier;
  load.has_document = command.c != 0;
  loads_.Put(command.a, load);
}

// closed only with something received and a document; the supplier is always there.
void Model::CloseLoad(const Command& command) {
  Load* load = UnclosedLoad(command.a);
  if (load == nullptr || !accepted()) return;
  if (load->open_sessions > 0) Refuse("SESSIONS_OPEN");
  Rule("R-02", "LOAD_INCOMPLETE", load->assets + load->lots > 0 && load->has_document);
  if (accepted()) load->closed = true;
}

// not while the site holds as much as a cap allows.
void Model::OpenSession(const Command& command) {
  Load* load = UnclosedLoad(command.b);
  if (load == nullptr) return;
  if (facility_.cap_pieces > 0) {
    Rule("R-17", "INVENTORY_CAP", PiecesHere("") < facility_.cap_pieces);
  }
  if (facility_.cap_battery_goods > 0) {
    Rule("R-17", "INVENTORY_CAP", PiecesHere("battery") < facility_.cap_battery_goods);
  }
  if (!accepted()) return;
  Session session;
  session.load = loads_.IndexOf(command.b);
  session.location = command.c;
  session.no_resale = load->no_resale;
  ++load->open_sessions;
  sessions_.Put(command.a, session);
}

void Model::CloseSession(const Command& command) {
  Session* session = InSlot(sessions_, command.a);
  if (session == nullptr) return;
  if (!session->open) return Refuse("SESSION_CLOSED");
  session->open = false;
  --loads_[session->load].open_sessions;
}

// What is physically there is always recorded, as over a cap.
void Model::Scan(const Command& command) {
  Session* session = InSlot(sessions_, command.b);
  if (session == nullptr) return;
  if (!session->open) return Refuse("SESSION_CLOSED");
  const Place into{session->location, Choice(command.c)};
  const auto location = LocationToPut(into);
  if (!location.has_value() || !accepted()) return;
  Load& load = loads_[session->load];
  ++session->scans;
  ++load.scans;
  const auto holder = holders_.find(command.a);
  if (holder != holders_.end() && devices_[holder->second].here()) {
    ++session->duplicates;
    return;
  }
  ++session->assets;
  ++load.assets;
  Device device;
  PutDown(device, into, *location);
  device.load = session->load;
  device.session = sessions_.IndexOf(command.b);
  device.no_resale = session->no_resale;
  device.received = now_;
  Inherit(command.a, device);
  holders_[command.a] = devices_.size();
  devices_.Put(command.a, device);
}

// What was withdrawn or lost never left: booked again it is what it was to the rules.
void Model::Inherit(int tag, Device& device) const {
  const auto holder = holders_.find(tag);
  if (holder == holders_.end()) return;
  const Device& before = devices_[holder->second];
  if (before.state != v1::ASSET_STATE_WITHDRAWN && before.state != v1::ASSET_STATE_LOST) return;
  device.received = before.received;
  device.no_resale = device.no_resale || before.no_resale;
  device.holds = before.holds;
  device.materials = before.materials;
  if (before.data != v1::DATA_STATUS_SANITIZATION_FAILED) return;
  device.data = before.data;
  device.data_state = before.data_state;
}

// By another system. R-01: it starts controlled and unevaluated, unless, R-20, another facility has
// categorized it: an R2 facility whose certificate holds, or one whose categories we evaluated and
// sampled.
void Model::CreateAsset(const Command& command) {
  const Load* load = Choice(command.b) < 0 ? nullptr : UnclosedLoad(Choice(command.b));
  const Place place = PlaceOf(command.c);
  const auto location = LocationToPut(place);
  Device device;
  switch (command.d) {
    case kAsItComes:
      Rule("R-01", "MUST_START_CONTROLLED", true);
      break;
    case kUnrestrictedByItself:
      Rule("R-01", "MUST_START_CONTROLLED", false);
      break;
    case kByR2Facility:
    case kSpecialtyByR2Facility:
      Rule("R-20", "CATEGORIES_NOT_ACCEPTED", Certified(vendors_[command.e]));
      device.functional = command.d == kByR2Facility ? v1::FUNCTIONAL_F4 : v1::FUNCTIONAL_F1;
      break;
    default:
      Rule("R-20", "CATEGORIES_NOT_ACCEPTED", command.d == kSampled);
      device.functional = v1::FUNCTIONAL_F4;
  }
  const auto holder = holders_.find(command.a);
  if (holder != holders_.end() && devices_[holder->second].here()) Refuse("IDENTIFIER_TAKEN");
  if (!location.has_value() || !accepted()) return;
  if (command.d != kAsItComes) {
    device.facility = command.e;
    device.applicability = v1::R2_APPLICABILITY_UNRESTRICTED;
    device.controlled_reason = v1::CONTROLLED_REASON_UNSPECIFIED;
    device.exit =
        command.d == kSampled ? v1::CONTROL_EXIT_NON_R2_SAMPLED : v1::CONTROL_EXIT_R2_CATEGORIZED;
    device.gap = v1::FUNCTIONAL_GAP_UNSPECIFIED;
    device.cosmetic = v1::COSMETIC_C4;
    device.data = v1::DATA_STATUS_NO_STORAGE;
  }
  PutDown(device, place, *location);
  if (load != nullptr) {
    device.load = loads_.IndexOf(Choice(command.b));
    device.no_resale = load->no_resale;
    ++loads_[device.load].assets;
  }
  device.received = now_;
  Inherit(command.a, device);
  holders_[command.a] = devices_.size();
  devices_.Put(command.a, device);
}

// ---- Life.

// what may hold data stands in secured places. for where it is put.
void Model::MoveAsset(const Command& command) {
  Device* device = Loose(command.a, command.c);
  JudgeCorrection(command.d);
  if (device == nullptr || device->host >= 0) return;
  NotSealed(device->container);
  const Place place = PlaceOf(command.b);
  const auto to = LocationToPut(place);
  if (!to.has_value()) return;
  const int from = LocationOf(*device);
  if (!Safe(*device)) Rule("R-05", "DATA_NOT_SECURED", Secured(*to));
  JudgeCarrying(!Safe(*device), from, *to);
  JudgeStanding(*device, from, *to);
  if (accepted()) PutDown(*device, place, *to);
}

void Model::Describe(const Command& command) {
  Device* device = Here(command.a, command.d);
  if (device == nullptr || !accepted()) return;
  device->category = kCategories[command.b];
  if (command.c != 0) device->materials = {MaterialOf(command.c)};
}

// A correcting record names the entry that booked it, or none.
void Model::Withdraw(const Command& command) {
  JudgeCorrection(command.b);
  Device* device = Loose(command.a);
  if (device == nullptr) return;
  NotSealed(device->container);
  if (!PartsOf(NumberOf(*device)).empty()) Refuse("COMPONENT_INSTALLED");
  if (command.b != 0) Refuse("WRONG_SEQUENCE");
  if (!accepted()) return;
  LeaveLoad(*device);
  Leave(*device, v1::ASSET_STATE_WITHDRAWN);
}

// What a session was closed with stays as it was signed.
void Model::LeaveLoad(const Device& device) {
  if (device.load < 0) return;
  --loads_[device.load].assets;
  if (device.session < 0) return;
  Session& session = sessions_[device.session];
  if (session.open && session.load == device.load) --session.assets;
}

// It came with another load, and on the terms of that one.
void Model::Reassign(const Command& command) {
  Device* device = Loose(command.a, command.c);
  const Load* load = InSlot(loads_, command.b);
  if (device == nullptr || load == nullptr) return;
  const int number = loads_.IndexOf(command.b);
  if (device->load == number) Refuse("LOAD_UNCHANGED");
  if (!accepted()) return;
  LeaveLoad(*device);
  device->load = number;
  device->no_resale = load->no_resale;
  ++loads_[number].assets;
}

void Model::PlaceHold(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  if (device->holds.size() >= 32) return Refuse("TOO_MANY_HOLDS");
  device->holds.push_back(HoldOf(command.b));
}

void Model::ReleaseHold(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  if (command.b >= static_cast<int>(device->holds.size())) return Refuse("HOLD_NOT_FOUND");
  device->holds.erase(device->holds.begin() + command.b);
}

// ---- Components. A component is where its host is and leaves with it; both keep their histories.

// Components stand in components at most four deep, and never in themselves. `levels` come in.
void Model::JudgeNesting(int device, int host, int levels) {
  int depth = 0;
  for (int outer = host; outer >= 0; outer = devices_[outer].host) {
    if (outer == device) Refuse("COMPONENT_CYCLE");
    if (++depth + levels > 4) Refuse("COMPONENT_TOO_DEEP");
  }
}

int Model::LevelsIn(int number) const {
  int levels = 0;
  for (int i = 0; i < devices_.size(); ++i) {
    const Device& part = devices_[i];
    if (part.host == number && (part.here() || part.state == v1::ASSET_STATE_LOST)) {
      levels = std::max(levels, 1 + LevelsIn(i));
    }
  }
  return levels;
}

void Model::Install(const Command& command) {
  Device* device = Loose(command.a, command.c);
  Device* host = Here(command.b);
  if (device == nullptr || host == nullptr) return;
  JudgeNesting(NumberOf(*device), NumberOf(*host), LevelsIn(NumberOf(*device)));
  NotSealed(device->container);
  int root = NumberOf(*host);
  while (devices_[root].host >= 0) root = devices_[root].host;
  NotSealed(devices_[root].container);
  const int to = LocationOf(*host);
  if (!Safe(*device)) Rule("R-05", "DATA_NOT_SECURED", Secured(to));
  JudgeCarrying(!Safe(*device), LocationOf(*device), to);
  JudgeStanding(*device, LocationOf(*device), to);
  if (!accepted()) return;
  device->host = NumberOf(*host);
  device->container = -1;
}

void Model::Remove(const Command& command) {
  Device* device = Here(command.a, command.c);
  if (device == nullptr) return;
  if (device->host < 0) return Refuse("COMPONENT_ABSENT");
  int root = device->host;
  while (devices_[root].host >= 0) root = devices_[root].host;
  NotSealed(devices_[root].container);
  const Place place = PlaceOf(command.b);
  const auto to = LocationToPut(place);
  if (!to.has_value()) return;
  const int from = LocationOf(*device);
  if (!Safe(*device)) Rule("R-05", "DATA_NOT_SECURED", Secured(*to));
  JudgeCarrying(!Safe(*device), from, *to);
  JudgeStanding(*device, from, *to);
  if (accepted()) PutDown(*device, place, *to);
}

// Two identities of one device: what keeps either back keeps the one that goes on back.
void Model::Merge(const Command& command) {
  if (command.a == command.b) return Refuse("INVALID_FIELDS");
  Device* kept = Here(command.a, command.c);
  Device* other = Loose(command.b);
  if (kept == nullptr || other == nullptr || other->host >= 0) return;
  NotSealed(other->container);
  const int number = NumberOf(*other);
  JudgeNesting(number, NumberOf(*kept), LevelsIn(number) - 1);
  for (const int part : PartsOf(number)) {  // they go where the other one is
    if (!SafeItself(devices_[part])) {
      Rule("R-05", "DATA_NOT_SECURED", Secured(LocationOf(*kept)));
    }
  }
  if (kept->data >= v1::DATA_STATUS_NO_STORAGE && !SafeItself(*other)) Refuse("MERGE_UNSAFE");
  if (kept->holds.size() + other->holds.size() > 32) Refuse("TOO_MANY_HOLDS");
  if (!accepted()) return;
  for (Device& part : devices_.all) {
    if (part.here() && part.host == number) part.host = NumberOf(*kept);
  }
  for (auto& [serial, holder] : holders_) {
    if (holder == number) holder = NumberOf(*kept);
  }
  other->state = v1::ASSET_STATE_MERGED;
  other->container = -1;
  if (kept->category.empty()) kept->category = other->category;
  if (kept->mass_g == 0) kept->mass_g = other->mass_g;
  kept->materials.insert(other->materials.begin(), other->materials.end());
  kept->holds.insert(kept->holds.end(), other->holds.begin(), other->holds.end());
  kept->no_resale |= other->no_resale;
  kept->chosen |= other->chosen;
  kept->received = std::min(kept->received, other->received);
  if (other->controlled() && !kept->controlled()) {
    kept->applicability = v1::R2_APPLICABILITY_CONTROLLED;
    kept->controlled_reason = other->controlled_reason;
    kept->unrestricted_reason = v1::UNRESTRICTED_REASON_UNSPECIFIED;
    kept->exit = v1::CONTROL_EXIT_UNSPECIFIED;
  }
  if (other->data == v1::DATA_STATUS_SANITIZATION_FAILED && !SafeItself(*kept)) {
    kept->data = other->data;
    kept->data_state = other->data_state;
  }
}

// ---- Containers.

void Model::CreateContainer(const Command& command) {
  const Place place = PlaceOf(command.b);
  const auto location = LocationToPut(place);
  if (!location.has_value() || !accepted()) return;
  Container container;
  container.location = *location;
  container.parent = place.container >= 0 ? containers_.IndexOf(place.container) : -1;
  int depth = 1;
  for (int outer = container.parent; outer >= 0; outer = containers_[outer].parent) ++depth;
  if (depth > 8) return Refuse("CONTAINER_TOO_DEEP");
  containers_.Put(command.a, container);
}

void Model::SealContainer(const Command& command) {
  Container* container = InSlot(containers_, command.a);
  if (container == nullptr) return;
  if (container->sealed) return Refuse("CONTAINER_SEALED");
  container->sealed = true;
}

// R-05 for all that stands in it.
void Model::MoveContainer(const Command& command) {
  Container* container = InSlot(containers_, command.a);
  if (container == nullptr) return;
  const int number = containers_.IndexOf(command.a);
  NotSealed(container->parent);
  const Place place = PlaceOf(command.b);
  const auto to = LocationToPut(place);
  if (!to.has_value()) return;
  const int parent = place.container >= 0 ? containers_.IndexOf(place.container) : -1;
  for (int outer = parent; outer >= 0; outer = containers_[outer].parent) {
    if (outer == number) return Refuse("CONTAINER_CYCLE");
  }
  const int from = LocationOf(*container);
  if (Unsafe(number) > 0) Rule("R-05", "DATA_NOT_SECURED", Secured(*to));
  JudgeCarrying(Unsafe(number) > 0, from, *to);
  if (const absl::Time oldest = OldestIn(number); oldest != absl::InfiniteFuture()) {
    if (*to == kTestBench && from != *to) {
      Rule("R-18", "TEST_TOO_LATE", Days(oldest) <= facility_.test_days);
    }
    if (IsStorage(*to)) Rule("R-08", "STORED_TOO_LONG", Days(oldest) <= facility_.storage_days);
  }
  if (facility_.cap_pieces > 0 && IsStorage(*to) && !IsStorage(from)) {
    Rule("R-17", "INVENTORY_CAP", PiecesHere("") <= facility_.cap_pieces);
  }
  if (!accepted()) return;
  container->location = *to;
  container->parent = parent;
}

// ---- Stock takes: the record follows what was seen, and no guard keeps it from that.

void Model::OpenStockTake(const Command& command) {
  StockTake take;
  take.place = PlaceOf(command.b);
  if (take.place.container >= 0) {
    if (InSlot(containers_, take.place.container) == nullptr) return;
    take.place.container = containers_.IndexOf(take.place.container);
  }
  for (const StockTake& other : takes_.all) {
    if (other.open && other.place == take.place) return Refuse("STOCK_TAKE_OPEN");
  }
  takes_.Put(command.a, take);
}

StockTake* Model::OpenTake(int slot) {
  StockTake* take = InSlot(takes_, slot);
  if (take != nullptr && !take->open) Refuse("STOCK_TAKE_CLOSED");
  return take;
}

// In a location or container, alone or with what it stands in.
bool Model::StandsIn(const Device& device, const Place& place) const {
  if (device.host >= 0) return StandsIn(devices_[device.host], place);
  if (!device.here()) return false;
  if (place.container < 0) return LocationOf(device) == place.location;
  for (int outer = device.container; outer >= 0; outer = containers_[outer].parent) {
    if (outer == place.container) return true;
  }
  return false;
}

// A lost thing is found; one that was elsewhere is here, taken out of its host if it had one.
void Model::Count(const Command& command) {
  StockTake* take = OpenTake(command.a);
  const int number = devices_.IndexOf(command.b);
  if (number < 0) Refuse("RESOURCE_NOT_FOUND");
  if (take == nullptr || !accepted() || take->counted.contains(number)) return;
  Device& device = devices_[number];
  const bool lost = device.state == v1::ASSET_STATE_LOST;
  if (!lost && !device.here()) return Refuse("ASSET_NOT_OPEN");
  const bool moved = !lost && !StandsIn(device, take->place);
  take->counted.insert(number);
  take->found += lost ? 1 : 0;
  take->moved += moved ? 1 : 0;
  if (!lost && !moved) return;
  for (const int part : PartsOf(number)) devices_[part].state = v1::ASSET_STATE_IN_STOCK;
  device.state = v1::ASSET_STATE_IN_STOCK;
  device.host = -1;
  device.container = take->place.container;
  device.location = take->place.location;
  if (!lost) device.data_state = StateOf(device);
}

void Model::Missing(const Command& command) {
  StockTake* take = OpenTake(command.a);
  Device* device = Loose(command.b);
  if (take == nullptr || device == nullptr) return;
  if (take->counted.contains(NumberOf(*device))) Refuse("ASSET_COUNTED");
  if (!StandsIn(*device, take->place)) Refuse("ASSET_ELSEWHERE");
  if (!accepted()) return;
  ++take->lost;
  Leave(*device, v1::ASSET_STATE_LOST);
}

void Model::CloseStockTake(const Command& command) {
  StockTake* take = OpenTake(command.a);
  if (take != nullptr && accepted()) take->open = false;
}

}  // namespace loopdock::inventory::model
