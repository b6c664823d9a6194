// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MODEL_MODEL_H_
#define LOOPDOCK_TESTS_UNIT_MODEL_MODEL_H_

// What inventory must do, written a second time in the simplest way: plain structs in plain
// containers, no rows, no indexes, no line of the guards. It says of a command which reasons it may
// be refused with; where there is none the command is accepted and changes the structs. Read it as
// the rules in short.
// Thread safety: none.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tests/unit/model/choices.h"
#include "tests/unit/model/command.h"
#include "tests/unit/model/things.h"

namespace loopdock::inventory::model {

class Model {
 public:
  explicit Model(absl::Time now) : now_(now) {}

  // The reasons that the command may be refused with; none when it is accepted, and then it has
  // happened.
  std::set<std::string> Do(const Command& command);

  // Counts for which rules the outcome, "OK" or a reason, tells something.
  void Settle(const std::string& outcome);
  const std::map<std::string, RuleCount>& rules() const { return rules_; }

  // Which media are verified nobody can foretell: the record says which of the logically sanitized
  // ones it chose, and the model holds it to the plan. "" or what is wrong.
  std::string LearnChoices(const Command& command, const std::vector<bool>& choices);

  // Whatever the guards say: what may hold data stands in a secured place, unless it was booked or
  // seen elsewhere. "" or what stands exposed since this command.
  std::string NewlyExposed(const Command& command);

  State Words() const;

 private:
  struct Judged {
    std::string rule;
    std::string reason;
    bool holds;
  };

  void Refuse(const std::string& reason) { reasons_.insert(reason); }
  // Notes what a rule says. Only called where the rule is about the command, so that `holds` is the
  // near side of its edge.
  void Rule(const std::string& rule, const std::string& reason, bool holds);
  bool accepted() const { return reasons_.empty(); }

  // What is in a slot; null and RESOURCE_NOT_FOUND when nothing is.
  template <typename T>
  T* InSlot(Slots<T>& slots, int slot);
  void Inherit(int tag, Device& device) const;
  // A device that is here: otherwise null and ASSET_NOT_OPEN.
  Device* Here(int slot, int etag = kNoEtag);
  // The same for one that is not built into another.
  Device* Loose(int slot, int etag = kNoEtag);
  Load* UnclosedLoad(int slot);
  StockTake* OpenTake(int slot);
  void JudgeNesting(int device, int host, int levels);
  int LevelsIn(int number) const;
  bool StandsIn(const Device& device, const Place& place) const;

  // Where things are.
  int LocationOf(const Device& device) const;
  int LocationOf(const Container& container) const;
  static bool Secured(int location) { return location < kSecuredCount; }
  static bool IsStorage(int location) { return location == kStorage || location == kFinishedGoods; }
  // Nothing goes in or out of a sealed container or one that stands in it; -1 is none.
  void NotSealed(int container);
  // Where `place` is; nothing when it is not there. Refuses what is sealed.
  std::optional<int> LocationToPut(const Place& place);
  Lot MadeLot(int mass_g, absl::Time received, bool no_resale) const;
  void PutDown(Device& device, const Place& place, int location);
  void Leave(Device& device, v1::AssetState state);
  // A device that was only found counts as secured while it stands in a secured place.
  v1::DataDeviceState StateOf(const Device& device) const;

  // Data, components, stock.
  static bool SafeItself(const Device& device);
  bool Safe(const Device& device) const;
  int NumberOf(const Device& device) const;
  std::vector<int> PartsOf(int number) const;  // and of these
  int Unsafe(int container) const;
  // The end of the day on which the oldest controlled thing in it was received; never for none.
  absl::Time OldestIn(int container) const;
  int PiecesHere(const std::string& category) const;  // "" for all
  int Days(absl::Time since) const { return static_cast<int>((now_ - since) / absl::Hours(24)); }
  absl::CivilDay today() const { return absl::ToCivilDay(now_, absl::UTCTimeZone()); }

  // Judgements that several commands share.
  bool Excepted(const Device& device, const std::string& rule) const;
  void JudgeAuthorization(v1::AccessLevel level);
  void JudgeStanding(const Device& device, int from, int to);
  void JudgeCounts(const Device& device, const Command& command);
  void LeaveLoad(const Device& device);
  void JudgePutAway(const std::string& category);
  void JudgeCarrying(bool unsafe, int from, int to);
  void JudgeTest(const Device& device);
  void JudgeReuse(const Device& device, bool reuse);
  void JudgeSale(const Device& device);
  void JudgeSpecialty();
  void JudgeData(bool safe, v1::StreamKind stream, const Vendor* vendor);
  void JudgeDownstream(bool controlled, bool has_materials, v1::StreamKind stream,
                       const Vendor* vendor);
  void ShipDevice(const Command& command, v1::StreamKind stream, const Vendor* vendor);
  void ShipLot(const Command& command, v1::StreamKind stream, const Vendor* vendor);
  void JudgeVendor(bool controlled, const Vendor& vendor, v1::StreamKind stream);
  bool Certified(const Vendor& vendor) const;
  void JudgeCorrection(int corrects);

  std::string DeviceWords(const Device& device) const;
  void AddOutboundWords(State& state) const;

#define LOOPDOCK_MODEL_DECLARE(kind, a, b, c, d, e, f) void kind(const Command& command);
  LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_DECLARE)
#undef LOOPDOCK_MODEL_DECLARE

  absl::Time now_;
  std::set<std::string> reasons_;
  std::vector<Judged> judged_;
  std::map<std::string, RuleCount> rules_;

  Slots<Device> devices_;
  std::map<int, int> holders_;  // serial number to the device that has it
  Slots<Load> loads_;
  Slots<Session> sessions_;
  Slots<Container> containers_;
  Slots<Lot> lots_;
  Slots<Shipment> shipments_;
  Slots<StockTake> takes_;
  Vendor vendors_[kVendors];
  Facility facility_;
  std::optional<Authorization> authorization_;     // of the one who sends everything
  std::vector<std::pair<absl::Time, bool>> sold_;  // units: when, and whether untested specialty
  std::set<int> exposed_;
  int unchosen_ = 0;  // logically sanitized media since the last that was chosen
};

}  // namespace loopdock::inventory::model

#endif  // LOOPDOCK_TESTS_UNIT_MODEL_MODEL_H_
