// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/model/command.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "tests/unit/model/choices.h"

namespace loopdock::inventory::model {
namespace {

struct KindWords {
  const char* name;
  const char* numbers[6];
};

constexpr KindWords kKinds[] = {
#define LOOPDOCK_MODEL_WORDS(kind, a, b, c, d, e, f) {#kind, {a, b, c, d, e, f}},
    LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_WORDS)
#undef LOOPDOCK_MODEL_WORDS
};

// Makes commands, alone or as a way that leads to an edge.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  History Run(size_t length) {
    Opening();
    while (history_.size() < length) {
      if (Pick(5) == 0) {
        Way();
      } else {
        Single();
      }
    }
    return std::move(history_);
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
  // 0 three times of four, else one below `below`.
  int Rarely(int below) { return Pick(4) == 0 ? Pick(below) : 0; }
  void Add(Kind kind, int a = 0, int b = 0, int c = 0, int d = 0, int e = 0, int f = 0) {
    history_.push_back({kind, a, b, c, d, e, f});
  }

  void Opening() {
    Add(Kind::kCreateLoad, 0, 0, 1);
    Add(Kind::kOpenSession, 0, 0, 0);
    Add(Kind::kCreateContainer, 0, 0);
    for (int asset = 0; asset < 4; ++asset) Add(Kind::kScan, asset, 0, 0);
  }

  void Single();
  void SingleReceiving();
  void SingleLife();
  void SingleProcessing();
  void SingleOutbound();
  void Way();
  void LifeWay(int asset);
  void Receive(int asset);
  void MakeReady(int asset);
  void Age(int asset);

  std::mt19937 random_;
  History history_;
};

void Generator::Single() {
  switch (Pick(20)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return SingleReceiving();
    case 4:
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      return SingleLife();
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
      return SingleProcessing();
    case 15:
    case 16:
    case 17:
    case 18:
      return SingleOutbound();
    default:
      switch (Pick(6)) {
        case 0:
          return Add(Kind::kSetRules, Rarely(kRuleVariants));
        case 1:
          return Add(Kind::kGrant, Pick(3), Pick(kExpiries));
        case 2:
          return Add(Kind::kRevoke);
        case 3:
          return Add(Kind::kSweep);
        default:
          return Add(Kind::kWait, Pick(6) == 0 ? Pick(kSpans) : Pick(3));
      }
  }
}

void Generator::SingleReceiving() {
  switch (Pick(12)) {
    case 0:
      return Add(Kind::kCreateLoad, Pick(kLoads), Rarely(2), Pick(2));
    case 1:
      return Add(Kind::kCloseLoad, Pick(kLoads));
    case 2:
    case 3:
      return Add(Kind::kOpenSession, Pick(kSessions), Pick(kLoads), Pick(kLocationCount));
    case 4:
      return Add(Kind::kCloseSession, Pick(kSessions));
    case 5:
    case 6:
      return Add(Kind::kCreateAsset, Pick(kAssets), Rarely(kLoads + 1), Pick(kPlaces),
                 Pick(kCategorizations), Pick(kVendors));
    case 7:
      return Add(Kind::kCreateLot, Pick(kLots), Rarely(kLoads + 1), Pick(kGoods), Pick(3));
    default:
      return Add(Kind::kScan, Pick(kAssets), Pick(kSessions), Rarely(kContainers + 1));
  }
}

void Generator::SingleLife() {
  switch (Pick(20)) {
    case 0:
      return Add(Kind::kWithdraw, Pick(kAssets), Rarely(3));
    case 1:
      return Add(Kind::kPlaceHold, Pick(kAssets), Pick(kHoldKinds));
    case 2:
      return Add(Kind::kReleaseHold, Pick(kAssets), Pick(2));
    case 3:
      return Add(Kind::kMerge, Pick(kAssets), Pick(kAssets), Rarely(3));
    case 4:
    case 5:
      return Add(Kind::kInstall, Pick(kAssets), Pick(kAssets), Rarely(3));
    case 6:
      return Add(Kind::kRemove, Pick(kAssets), Pick(kPlaces), Rarely(3));
    case 7:
      return Add(Kind::kCreateContainer, Pick(kContainers), Pick(kPlaces));
    case 8:
      return Pick(4) == 0 ? Add(Kind::kSealContainer, Pick(kContainers)) : Single();
    case 9:
    case 10:
      return Add(Kind::kMoveContainer, Pick(kContainers), Pick(kPlaces));
    case 11:
      return Add(Kind::kOpenStockTake, Pick(kTakes), Pick(kPlaces));
    case 12:
      return Add(Kind::kCount, Pick(kTakes), Pick(kAssets));
    case 13:
      return Add(Kind::kMissing, Pick(kTakes), Pick(kAssets));
    case 14:
      return Add(Kind::kCloseStockTake, Pick(kTakes));
    case 15:
      return Add(Kind::kDescribe, Pick(kAssets), Pick(kCategoryCount), Rarely(kMaterials),
                 Rarely(3));
    case 16:
      return Add(Kind::kReassign, Pick(kAssets), Pick(kLoads), Rarely(3));
    default:
      return Add(Kind::kMoveAsset, Pick(kAssets), Pick(kPlaces), Rarely(3), Rarely(3));
  }
}

void Generator::SingleProcessing() {
  const int asset = Pick(kAssets);
  switch (Pick(12)) {
    case 0:
      return Add(Kind::kInspect, asset, Pick(3));
    case 1:
      return Add(Kind::kTest, asset, Pick(4));
    case 2:
      return Add(Kind::kBegin, asset, Pick(kBegun), Rarely(3));
    case 3:
    case 4:
      return Add(Kind::kSanitize, asset, Pick(kMethods), Rarely(kVerifiers), Pick(2));
    case 5:
      return Add(Kind::kVerify, asset, 1 + Pick(2), Pick(4) == 0 ? 0 : 1, Rarely(3));
    case 6:
      return Add(Kind::kReconcile, asset, Rarely(2), Pick(2), Rarely(kLoads + 1));
    case 7:
      return Add(Kind::kRelease, asset);
    case 8:
    case 9:
      return Add(Kind::kSetApplicability, asset, Pick(kStatuses), Rarely(3), Pick(kVendors),
                 Pick(2), Pick(8) == 0 ? 0 : 1);
    case 10:
      return Add(Kind::kDecide, asset, Pick(kProcesses), Pick(4) == 0 ? kStaleEtag : kRightEtag);
    default:
      return Add(Kind::kRecordException, asset, Pick(kExceptedRuleCount), Pick(kSpans), Pick(2));
  }
}

void Generator::SingleOutbound() {
  switch (Pick(10)) {
    case 0:
    case 1:
      return Add(Kind::kSetVendor, Pick(kVendors), Pick(kQualifications), Pick(3), Pick(2));
    case 2:
      return Add(Kind::kUpdateLot, Pick(kLots), Pick(kLotChanges), Pick(kLocationCount), Pick(2));
    case 3:
      switch (Pick(3)) {
        case 0:
          return Add(Kind::kHarvest, Pick(kAssets), Pick(kAssets), Rarely(kLosses));
        case 1:
          return Add(Kind::kTakeApart, Pick(kAssets), Pick(kLots), Rarely(kLosses));
        default:
          return Add(Kind::kShred, Pick(kLots), Pick(kLots), Rarely(kLosses), Pick(2));
      }
    case 4:
      return Add(Kind::kConfirmReceipt, Pick(kShipments));
    case 5:
      return Add(Kind::kRecordCertificate, Pick(kShipments), Pick(kAssets));
    default:
      return Add(Kind::kShip, Pick(kShipments), Pick(kStreams), Pick(kVendors + 1), Pick(kAssets),
                 Rarely(kLots + 1), Rarely(kBorders));
  }
}

// A device that has just come.
void Generator::Receive(int asset) {
  const int load = Pick(kLoads);
  const int session = Pick(kSessions);
  Add(Kind::kCreateLoad, load, Rarely(2), 1);
  Add(Kind::kOpenSession, session, load, Pick(kSecuredCount));
  Add(Kind::kScan, asset, session, 0);
}

// All that a sale asks for.
void Generator::MakeReady(int asset) {
  if (Pick(2) == 0) {
    Add(Kind::kSanitize, asset, kNoStorage, 0, 0);
  } else {
    Add(Kind::kBegin, asset, 0);
    Add(Kind::kSanitize, asset, Pick(2), Rarely(kVerifiers), 0);
    if (Pick(3) == 0) Add(Kind::kVerify, asset, kOperator, 1);
    if (Pick(4) != 0) Add(Kind::kVerify, asset, kAnother, 1);
    Add(Kind::kReconcile, asset, 0, 0);
    Add(Kind::kRelease, asset);
  }
  Add(Kind::kTest, asset, Pick(5) == 0 ? Pick(4) : 0);
  Add(Kind::kInspect, asset, 1);
}

// On the last day of a term, and on the day after.
void Generator::Age(int asset) {
  const int what = Pick(3);
  const bool hundred = Pick(3) == 0;
  Add(Kind::kSetRules, hundred ? kHundredDays : kDefaultRules);
  Receive(asset);
  if (what == 0) Add(Kind::kSanitize, asset, kFoundEmpty, 0, 0);
  if (Pick(4) == 0) Add(Kind::kRecordException, asset, 1 + Pick(2), kSpans - 1, Pick(2));
  for (int day = 0; day < 2; ++day) {
    if (hundred) {
      if (day == 0) {
        Add(Kind::kWait, 4);  // 90 days
        for (int i = 0; i < 10; ++i) Add(Kind::kWait, 1);
      } else {
        Add(Kind::kWait, 1);
      }
    } else {
      Add(Kind::kWait, day == 0 ? 6 : 1);  // 365 days, and one more
    }
    if (what == 0) Add(Kind::kMoveAsset, asset, kStorage);
    if (what == 1) Add(Kind::kMoveAsset, asset, kTestBench);
    if (what == 2) Add(Kind::kBegin, asset, 1);
  }
  if (Pick(2) == 0) Add(Kind::kSweep);
}

void Generator::Way() {
  const int asset = Pick(kAssets);
  switch (Pick(15)) {
    case 9:
    case 10:
    case 11:
    case 12:
    case 13:
    case 14:
      return LifeWay(asset);
    case 0:
    case 1:
      Receive(asset);
      return MakeReady(asset);
    case 2:
      if (Pick(4) == 0) {
        Add(Kind::kSanitize, asset, kNoStorage, 0, 0);
      } else {
        MakeReady(asset);
      }
      if (Pick(3) == 0) Add(Kind::kPlaceHold, asset, Pick(kHoldKinds));
      return Add(Kind::kShip, Pick(kShipments), 0, kBuyer, asset, 0, Pick(kBorders));
    case 3:
      if (Pick(3) == 0) return Age(asset);
      return Receive(asset);
    case 4:  // 0.99 % and 1.01 % untested specialty
      if (Pick(4) != 0) return Receive(asset);
      Add(Kind::kSetVendor, 0, kCertifiedUntilToday, 2, 1);
      Add(Kind::kWithdraw, asset);
      Add(Kind::kCreateAsset, asset, 0, 0, kSpecialtyByR2Facility, 0);
      Add(Kind::kSellMany, 98);
      Add(Kind::kShip, Pick(kShipments), 0, kBuyer, asset);
      Add(Kind::kSellMany, 1);
      return Add(Kind::kShip, Pick(kShipments), 0, kBuyer, asset);
    case 5: {
      const int vendor = Pick(kVendors);
      if (Pick(2) == 0) Receive(asset);
      Add(Kind::kSetVendor, vendor, Pick(kQualifications), Pick(4) == 0 ? 1 : kDataToo, Pick(2));
      if (Pick(4) == 0) Add(Kind::kSetApplicability, asset, kNotElectronic, 0, 0, 0, 1);
      Add(Kind::kWait, Pick(2));
      return Add(Kind::kShip, Pick(kShipments), 1 + Pick(3), vendor + 1, asset, 0,
                 Rarely(kBorders));
    }
    case 6:
      Add(Kind::kBegin, asset, 0);
      Add(Kind::kSanitize, asset, kPurgeFailed, 0, 0);
      Add(Kind::kSanitize, asset, kPurge, 0, 0);
      Add(Kind::kSanitize, asset, kDestroy, 0, Pick(2));
      return Add(Kind::kReconcile, asset, Pick(2), Pick(2), Rarely(kLoads + 1));
    case 7:
      Add(Kind::kSetRules, kFewPieces + Pick(2));
      for (int i = 0; i < 3; ++i) {
        Add(Kind::kDescribe, Pick(kAssets), 1);
        Add(Kind::kOpenSession, Pick(kSessions), Pick(kLoads), 0);
        Add(Kind::kMoveAsset, Pick(kAssets), kStorage);
      }
      return Add(Kind::kSetRules, Pick(2) == 0 ? kDefaultRules : kFewPieces);
    default:
      Add(Kind::kDescribe, asset, 1, 1);
      if (Pick(2) == 0) Add(Kind::kRecordException, asset, 0, 2 + Pick(3), 0);
      return Add(Kind::kDecide, asset, 4 + Pick(2), kRightEtag);
  }
}

void Generator::LifeWay(int asset) {
  switch (Pick(6)) {
    case 0: {  // a load from its announcement to its end
      const int load = Pick(kLoads);
      Add(Kind::kCreateLoad, load, 0, Rarely(2) == 0 ? 1 : 0);
      Add(Kind::kCloseLoad, load);
      Add(Kind::kCreateLot, Pick(kLots), load + 1, Pick(kGoods), 0);
      return Add(Kind::kCloseLoad, load);
    }
    case 1: {  // what is never reused, and recovery of it
      const int load = Pick(kLoads);
      Add(Kind::kWithdraw, asset);
      Add(Kind::kCreateLoad, load, Pick(2), 1);
      Add(Kind::kCreateAsset, asset, load + 1, 0, kAsItComes);
      if (Pick(2) == 0) Add(Kind::kPlaceHold, asset, Pick(kHoldKinds));
      Add(Kind::kDecide, asset, 3, kRightEtag);
      return Add(Kind::kDecide, asset, 2, kRightEtag);
    }
    case 4:  // enough media for the sampling plan to show itself
      if (Pick(8) != 0) return Receive(asset);
      return Add(Kind::kSanitizeMany, 20 + Pick(25));
    case 2: {  // what comes with an identity that is merged
      const int other = (asset + 1) % kAssets;
      const int part = (asset + 2) % kAssets;
      for (const int one : {asset, other, part}) Receive(one);
      Add(Kind::kSanitize, asset, kNoStorage, 0, 0);
      Add(Kind::kMoveAsset, asset, Pick(kLocationCount));
      Add(Kind::kSanitize, other, kNoStorage, 0, 0);
      Add(Kind::kInstall, part, other);
      return Add(Kind::kMerge, asset, other);
    }
    case 3:  // out of control
      if (Pick(2) == 0) Add(Kind::kDescribe, asset, 0, Rarely(kMaterials));
      MakeReady(asset);
      return Add(Kind::kSetApplicability, asset, 1 + Pick(2), 0, 0, 0, 1);
    default:  // who may do what
      Add(Kind::kSetRules, kAuthorizedOnly);
      Add(Kind::kGrant, Pick(2), Pick(kExpiries));
      if (Pick(3) == 0) Add(Kind::kWait, 1);
      if (Pick(4) == 0) Add(Kind::kRevoke);
      Add(Kind::kMoveAsset, asset, Pick(kSecuredCount), 0, Pick(3));
      Add(Kind::kBegin, asset, 0);
      return Add(Kind::kSetRules, kDefaultRules);
  }
}

}  // namespace

std::string Words(const Command& command) {
  const KindWords& kind = kKinds[static_cast<size_t>(command.kind)];
  std::string words = kind.name;
  const int numbers[] = {command.a, command.b, command.c, command.d, command.e, command.f};
  for (int i = 0; i < 6 && *kind.numbers[i] != '\0'; ++i) {
    absl::StrAppend(&words, i == 0 ? " " : ", ", kind.numbers[i], " ", numbers[i]);
  }
  return words;
}

History RandomHistory(unsigned seed, size_t length) { return Generator(seed).Run(length); }

}  // namespace loopdock::inventory::model
