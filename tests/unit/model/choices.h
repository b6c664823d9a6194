// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MODEL_CHOICES_H_
#define LOOPDOCK_TESTS_UNIT_MODEL_CHOICES_H_

// What the small numbers of commands choose, for the model and for the record under test alike.
// Thread safety: free functions, safe from any thread.

#include "absl/time/time.h"
#include "loopdock/inventory/v1/facility.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory::model {

// How many slots there are of each kind of subject.
inline constexpr int kAssets = 10;
inline constexpr int kContainers = 4;
inline constexpr int kLoads = 3;
inline constexpr int kSessions = 2;
inline constexpr int kLots = 3;
inline constexpr int kShipments = 3;
inline constexpr int kTakes = 2;
inline constexpr int kVendors = 2;

// The places of a new site, in the order of `place` and `location`; the first three are secured.
inline constexpr const char* kLocations[] = {"dock", "cage",           "hazard",  "storage",
                                             "test", "finished-goods", "outbound"};
inline constexpr int kLocationCount = 7;
inline constexpr int kSecuredCount = 3;
inline constexpr int kStorage = 3;
inline constexpr int kTestBench = 4;
inline constexpr int kFinishedGoods = 5;

// A location, or the slot of a container when that is not negative.
struct Place {
  int location = -1;
  int container = -1;
  bool operator==(const Place&) const = default;
};
inline constexpr int kPlaces = kLocationCount + kContainers;
Place PlaceOf(int place);
// The slot of a container, load, lot or asset, or -1 for 0.
inline int Choice(int choice) { return choice - 1; }

inline constexpr int kNoEtag = 0;
inline constexpr int kRightEtag = 1;
inline constexpr int kStaleEtag = 2;
inline constexpr int kNoResaleSupplier = 1;
// Which entry a correction names: none, the first, one that the feed does not have.
inline constexpr int kCorrectsFirst = 1;
inline constexpr int kCorrectsFuture = 2;

inline constexpr int kSpans = 10;
absl::Duration SpanOf(int span);

inline constexpr const char* kCategories[] = {"phone", "battery", "cables"};
inline constexpr int kCategoryCount = 3;
// 0 for none.
inline v1::FocusMaterial MaterialOf(int choice) {
  return choice == 0 ? v1::FOCUS_MATERIAL_UNSPECIFIED
                     : static_cast<v1::FocusMaterial>(v1::FOCUS_MATERIAL_BATTERIES + choice - 1);
}
inline constexpr int kMaterials = 3;
inline v1::HoldKind HoldOf(int choice) { return static_cast<v1::HoldKind>(choice + 1); }
inline constexpr int kHoldKinds = 6;

// The facility's own rules.
enum Rules {
  kDefaultRules,
  kHundredDays,     // for storing and for beginning test and repair
  kFewPieces,       // a cap of 6 pieces of everything
  kOneBattery,      // a cap of 1 piece of category battery
  kAuthorizedOnly,  // who handles what may hold data is authorized
  kRuleVariants
};
inline constexpr int kPieceCap = 6;

// Until when an authorization holds.
enum Expiry { kNoEnd, kUntilToday, kUntilYesterday, kExpiries };

enum Method { kClear, kPurge, kPurgeFailed, kDestroy, kNoStorage, kFoundEmpty, kMethods };
// Who verifies: nobody, somebody else, who sanitized it.
enum Verifier { kNobody, kAnother, kOperator, kVerifiers };

enum Status {
  kForTestRepair,        // stays controlled
  kSanitizedFunctional,  // exit C
  kNoLongerControlled,   // exit D
  kNotElectronic,        // exit D with the reason
  kByAnotherR2,          // exit A
  kEvaluatedAndSampled,  // exit B
  kStatuses
};

v1::ControlExit ExitOf(int status);
v1::AccessLevel LevelOf(int level);

enum Tested { kTestPassed, kTestFailed, kTestOpen, kTestComplete };
inline constexpr int kOverriddenWithoutReason = 2;  // an inspection

// Rules that an exception may name; the last one allows none.
inline constexpr const char* kExceptedRules[] = {"R-04", "R-08", "R-18", "R-05"};
inline constexpr int kExceptedRuleCount = 4;

v1::NextProcess ProcessOf(int process);  // of Begin and Decide
inline constexpr int kBegun = 3;         // the first ones can begin
inline constexpr int kProcesses = 6;

// Goods of lots: 10 pieces of 500 grams.
enum Goods { kCables, kBatteries, kPhones, kGoods };
// What a lot is said to be controlled as: nothing is said, as R-01 wants it, otherwise.
enum LotStatus { kLotOpen, kLotControlled, kLotUnrestricted, kLotStatuses };
enum LotChange { kNothing, kOnePieceLess, kNoFocusMaterial, kForRepair, kLotChanges };
// Grams that go into a run, and the share of them that is lost: nothing, two and three in a
// hundred.
inline constexpr int kDeviceMass = 1000;
inline constexpr int kLotMass = 100;
inline constexpr int kLosses = 3;
inline int LossOf(int loss, int mass_g) { return loss == 0 ? 0 : mass_g * (loss + 1) / 100; }

// How a device that another system books was categorized before.
enum Categorized {
  kAsItComes,
  kUnrestrictedByItself,
  kByR2Facility,
  kSpecialtyByR2Facility,
  kSampled,
  kNotSampled,
  kCategorizations
};

// How a vendor is qualified: the days are about the day of the command.
enum Qualification {
  kNotQualified,
  kAssessedToday,
  kAssessedAYearAgo,  // 365 days
  kAssessedLongAgo,   // 366 days
  kAssessedWithoutData,
  kCertifiedUntilToday,
  kCertifiedUntilYesterday,
  kCheckedAYearAgo,
  kCheckedLongAgo,
  kCertifiedWithoutData,  // the scope does not have Appendix B
  kQualifications
};
inline constexpr int kDataToo = 2;  // of the streams that a vendor may receive
inline constexpr int kBuyer = 0;    // a receiver; from 1 on they are vendors

// A sale is STREAM_KIND_UNSPECIFIED.
v1::StreamKind StreamOf(int stream);
inline constexpr int kStreams = 5;

// What a shipment says of borders.
enum Border {
  kAtHome,
  kSameCountry,
  kAbroadWithRecord,
  kAbroadWithoutRecord,
  kAbroadToAnother,  // the record is about another country
  kAbroadWithoutEvidence,
  kBorders
};

}  // namespace loopdock::inventory::model

#endif  // LOOPDOCK_TESTS_UNIT_MODEL_CHOICES_H_
