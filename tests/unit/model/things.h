// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MODEL_THINGS_H_
#define LOOPDOCK_TESTS_UNIT_MODEL_THINGS_H_

// What the model keeps of the things of the record, as plain structs.
// Thread safety: none.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/facility.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "tests/unit/model/choices.h"

namespace loopdock::inventory::model {

// The rules of R2v3 that guard the record, then the exits from control and who may work with data;
// each must be met on both sides of its edge.
inline constexpr const char* kRules[] = {
    "R-01", "R-02", "R-03", "R-04", "R-05", "R-06", "R-07", "R-08", "R-09", "R-10", "R-11", "R-12",
    "R-13", "R-14", "R-15", "R-16", "R-17", "R-18", "R-19", "R-20", "E-C",  "E-D",  "P-1"};

// Subject and what is known of it, in words: the same words are made from the record under test.
using State = std::map<std::string, std::string>;

// Whether a device was ever secured is told only while it stands in a secured place.
inline std::string DataStateWords(v1::DataDeviceState state, bool secured) {
  if (!secured && state == v1::DATA_DEVICE_STATE_SECURED) state = v1::DATA_DEVICE_STATE_DISCOVERED;
  return v1::DataDeviceState_Name(state);
}

// All of one kind that ever were, and which of them are in the slots of the commands. Model and
// record under test fill theirs in the same order, so that both call a thing by the same number.
template <typename T>
struct Slots {
  std::vector<T> all;
  std::map<int, int> at;

  void Put(int slot, T made) {
    at[slot] = static_cast<int>(all.size());
    all.push_back(std::move(made));
  }
  // -1 when nothing is in the slot.
  int IndexOf(int slot) const {
    const auto found = at.find(slot);
    return found == at.end() ? -1 : found->second;
  }
  T& operator[](int index) { return all[static_cast<size_t>(index)]; }
  const T& operator[](int index) const { return all[static_cast<size_t>(index)]; }
  int size() const { return static_cast<int>(all.size()); }
};

// A downstream vendor or a facility that categorizes, Appendix A.
struct Vendor {
  std::optional<absl::CivilDay> assessed;  // passed
  bool assessed_data_security = false;
  std::optional<absl::CivilDay> certificate_last;  // the last day of its R2 certificate
  absl::CivilDay certificate_checked;
  bool certificate_covers_data = true;  // Appendix B is in its scope
  std::set<v1::StreamKind> streams;
  bool chain_known = false;
};

// What the facility chose within the standard.
struct Facility {
  int storage_days = 365;
  int test_days = 365;
  int cap_pieces = 0;         // of everything; 0 for none
  int cap_battery_goods = 0;  // pieces of category battery
  bool require_authorization = false;
};

struct Authorization {
  v1::AccessLevel level;
  std::optional<absl::CivilDay> last;
  bool revoked = false;
};

struct Load {
  bool closed = false;
  bool no_resale = false;
  bool has_document = false;
  int open_sessions = 0;
  int scans = 0;
  int assets = 0;
  int lots = 0;
  std::map<std::string, absl::Time> exceptions;  // rule to end
};

struct Session {
  int load = 0;  // its number
  int location = 0;
  bool open = true;
  bool no_resale = false;
  int scans = 0;
  int assets = 0;
  int duplicates = 0;
};

struct Container {
  int location = 0;  // where it stands, unless
  int parent = -1;   // it stands in this one
  bool sealed = false;
};

// One life of a device.
struct Device {
  v1::AssetState state = v1::ASSET_STATE_IN_STOCK;
  int location = 0;    // where it stands, unless
  int container = -1;  // it stands in this one, or
  int host = -1;       // it is built into this one
  int load = -1;
  int session = -1;   // that booked it
  int facility = -1;  // the vendor that categorized it before
  v1::R2Applicability applicability = v1::R2_APPLICABILITY_CONTROLLED;
  v1::ControlledReason controlled_reason = v1::CONTROLLED_REASON_UNEVALUATED;
  v1::UnrestrictedReason unrestricted_reason = v1::UNRESTRICTED_REASON_UNSPECIFIED;
  v1::ControlExit exit = v1::CONTROL_EXIT_UNSPECIFIED;
  v1::DataStatus data = v1::DATA_STATUS_UNEVALUATED;
  v1::DataDeviceState data_state = v1::DATA_DEVICE_STATE_DISCOVERED;
  v1::Functional functional = v1::FUNCTIONAL_UNSPECIFIED;
  v1::FunctionalGap gap = v1::FUNCTIONAL_GAP_UNTESTED;
  v1::Cosmetic cosmetic = v1::COSMETIC_UNSPECIFIED;
  std::set<v1::FocusMaterial> materials;
  std::vector<v1::HoldKind> holds;
  std::string category;
  int mass_g = 0;  // 0: not known
  v1::NextProcess decision = v1::NEXT_PROCESS_UNSPECIFIED;
  v1::NextProcess process = v1::NEXT_PROCESS_UNSPECIFIED;
  bool no_resale = false;
  bool chosen = false;  // for verification by a second person
  std::string sanitized_by;
  absl::Time received;
  std::map<std::string, absl::Time> exceptions;  // rule to end

  bool here() const { return state == v1::ASSET_STATE_IN_STOCK; }
  bool controlled() const { return applicability == v1::R2_APPLICABILITY_CONTROLLED; }
};

struct Lot {
  int load = -1;
  absl::Time received;
  int location = 0;
  int pieces = 0;
  int mass_g = 0;
  std::string category;
  std::set<v1::FocusMaterial> materials;
  bool data_bearing = false;
  bool no_resale = false;
  bool controlled = true;
  v1::ControlledReason reason = v1::CONTROLLED_REASON_UNEVALUATED;
};

struct Shipment {
  bool sale = false;
  bool confirmed = false;
  std::set<int> devices;
  int pieces = 0;
  int certificates = 0;
};

struct StockTake {
  Place place;  // location, or the number of a container
  bool open = true;
  std::set<int> counted;
  int found = 0;
  int moved = 0;
  int lost = 0;
};

// How often a rule refused, and how often it allowed what it would have refused a little further.
struct RuleCount {
  int refused = 0;
  int allowed = 0;
};

}  // namespace loopdock::inventory::model

#endif  // LOOPDOCK_TESTS_UNIT_MODEL_THINGS_H_
