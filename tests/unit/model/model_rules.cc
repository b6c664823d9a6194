// SPDX-License-Identifier: Apache-2.0
// What the facility decides, and the processing of devices: sanitization, tests, control status.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/unit/model/model.h"

namespace loopdock::inventory::model {

void Model::Wait(const Command& command) { now_ += SpanOf(command.a); }

// What time alone makes changes nothing that the model knows.
void Model::Sweep(const Command&) {}

// ---- The facility.

void Model::SetRules(const Command& command) {
  facility_ = Facility();
  if (command.a == kHundredDays) facility_.storage_days = facility_.test_days = 100;
  if (command.a == kFewPieces) facility_.cap_pieces = kPieceCap;
  if (command.a == kOneBattery) facility_.cap_battery_goods = 1;
  facility_.require_authorization = command.a == kAuthorizedOnly;
}

void Model::Grant(const Command& command) {
  Authorization granted;
  granted.level = LevelOf(command.a);
  if (command.b != kNoEnd) granted.last = today() - (command.b == kUntilYesterday ? 1 : 0);
  authorization_ = granted;
}

void Model::Revoke(const Command&) {
  if (!authorization_.has_value()) return Refuse("RESOURCE_NOT_FOUND");
  if (authorization_->revoked) return Refuse("AUTHORIZATION_REVOKED");
  authorization_->revoked = true;
}

// Who handles what may hold data is trained, bound and authorized, R2v3 CR7(a)(2)(D), where the
// facility says so.
void Model::JudgeAuthorization(v1::AccessLevel level) {
  if (!facility_.require_authorization) return;
  const bool authorized = authorization_.has_value() && !authorization_->revoked &&
                          authorization_->level == level &&
                          (!authorization_->last.has_value() || today() <= *authorization_->last);
  Rule("P-1", "PERSON_NOT_AUTHORIZED", authorized);
}

void Model::JudgeCarrying(bool unsafe, int from, int to) {
  if (unsafe && (Secured(from) || Secured(to))) {
    JudgeAuthorization(v1::ACCESS_LEVEL_HANDLE_DATA);
  }
}

// a correction names an entry that the feed has; what was written stays.
void Model::JudgeCorrection(int corrects) {
  if (corrects != 0) Rule("R-15", "CORRECTION_UNKNOWN", corrects != kCorrectsFuture);
}

bool Model::Excepted(const Device& device, const std::string& rule) const {
  const auto own = device.exceptions.find(rule);
  if (own != device.exceptions.end() && now_ <= own->second) return true;
  if (rule == "R-04" || device.load < 0) return false;
  const auto& exceptions = loads_[device.load].exceptions;
  const auto of_load = exceptions.find(rule);
  return of_load != exceptions.end() && now_ <= of_load->second;
}

// controlled stock is not stored on after a year from its receipt; R-17: nothing is put away
// while a cap is exceeded; R-18: it does not come to the test bench any more.
void Model::JudgeStanding(const Device& device, int from, int to) {
  if (to == kTestBench && from != to) JudgeTest(device);
  if (!IsStorage(to)) return;
  if (device.controlled() && !Excepted(device, "R-08")) {
    Rule("R-08", "STORED_TOO_LONG", Days(device.received) <= facility_.storage_days);
  }
  if (!IsStorage(from)) JudgePutAway(device.category);
}

void Model::JudgePutAway(const std::string& category) {
  if (facility_.cap_pieces > 0) {
    Rule("R-17", "INVENTORY_CAP", PiecesHere("") <= facility_.cap_pieces);
  }
  if (facility_.cap_battery_goods > 0 && category == "battery") {
    Rule("R-17", "INVENTORY_CAP", PiecesHere("battery") <= facility_.cap_battery_goods);
  }
}

// test and repair of controlled stock begin within a year; what has begun may take its time.
void Model::JudgeTest(const Device& device) {
  if (!device.controlled() || Excepted(device, "R-18")) return;
  if (device.process == v1::NEXT_PROCESS_TEST_REPAIR) return;
  Rule("R-18", "TEST_TOO_LATE", Days(device.received) <= facility_.test_days);
}

// The standard allows exceptions from three rules, with an end.
void Model::RecordException(const Command& command) {
  const std::string rule = kExceptedRules[command.b];
  if (rule == "R-05") return Refuse("RULE_WITHOUT_EXCEPTION");
  const absl::Time end = now_ + SpanOf(command.c);
  if (command.d != 0) {
    Load* load = InSlot(loads_, command.a % kLoads);
    if (load != nullptr) load->exceptions[rule] = end;
  } else {
    Device* device = InSlot(devices_, command.a);
    if (device != nullptr) device->exceptions[rule] = end;
  }
}

// ---- Categories.

void Model::Inspect(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  if (command.b == kOverriddenWithoutReason) {  // whoever changes a grade says why
    Rule("R-16", "CHANGE_UNEXPLAINED", false);
  }
  if (accepted()) device->cosmetic = v1::COSMETIC_C4;
}

void Model::Test(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  JudgeTest(*device);
  if (!accepted()) return;
  device->gap = v1::FUNCTIONAL_GAP_UNSPECIFIED;
  device->functional = command.b == kTestComplete ? v1::FUNCTIONAL_F4 : v1::FUNCTIONAL_F3;
  if (command.b == kTestFailed || command.b == kTestOpen) {
    device->functional = v1::FUNCTIONAL_F_NONE;
    device->gap =
        command.b == kTestFailed ? v1::FUNCTIONAL_GAP_FAILED : v1::FUNCTIONAL_GAP_PARTIAL_UNTESTED;
  }
}

// CR6(b)(2)(A) to (D), with who and why.
void Model::SetApplicability(const Command& command) {
  Device* device = Here(command.a, command.c);
  if (device == nullptr) return;
  Rule("R-16", "CHANGE_UNEXPLAINED", command.f != 0);
  const bool done = Safe(*device);
  switch (command.b) {
    case kSanitizedFunctional:
      Rule("E-C", "EXIT_NOT_PROVEN", done && device->functional >= v1::FUNCTIONAL_F3);
      break;
    case kNoLongerControlled:
      Rule("E-D", "STILL_CONTROLLED", done && device->materials.empty());
      break;
    case kByAnotherR2:  // only one that stands in the record
      Rule("R-20", "CATEGORIES_NOT_ACCEPTED",
           device->facility >= 0 && Certified(vendors_[device->facility]));
      break;
    case kEvaluatedAndSampled:
      Rule("R-20", "CATEGORIES_NOT_ACCEPTED", command.e != 0);
      break;
    case kNotElectronic:
      Rule("E-D", "STILL_CONTROLLED", done);
      break;
    default:
      break;
  }
  if (!accepted()) return;
  const bool controlled = command.b == kForTestRepair;
  device->applicability =
      controlled ? v1::R2_APPLICABILITY_CONTROLLED : v1::R2_APPLICABILITY_UNRESTRICTED;
  device->controlled_reason =
      controlled ? v1::CONTROLLED_REASON_FOR_TEST_REPAIR : v1::CONTROLLED_REASON_UNSPECIFIED;
  device->unrestricted_reason = command.b == kNotElectronic ? v1::UNRESTRICTED_REASON_NON_ELECTRONIC
                                                            : v1::UNRESTRICTED_REASON_UNSPECIFIED;
  device->exit = ExitOf(command.b);
}

// A decision on facts that have changed since is not recorded, and that is no error.
void Model::Decide(const Command& command) {
  Device* device = InSlot(devices_, command.a);
  if (device == nullptr || !device->here() || command.c != kRightEtag) return;
  const v1::NextProcess next = ProcessOf(command.b);
  JudgeReuse(*device, next == v1::NEXT_PROCESS_REUSE);
  // focus materials are neither burnt nor disposed of without an exception.
  if (!device->materials.empty() &&
      (next == v1::NEXT_PROCESS_ENERGY_RECOVERY || next == v1::NEXT_PROCESS_DISPOSAL)) {
    Rule("R-04", "FOCUS_MATERIAL_DISPOSAL", Excepted(*device, "R-04"));
  }
  if (accepted()) device->decision = next;
}

// ---- Processes, and the way of a data device, Appendix B.

void Model::Begin(const Command& command) {
  Device* device = Here(command.a, command.c);
  if (device == nullptr) return;
  const v1::NextProcess process = ProcessOf(command.b);
  if (process == v1::NEXT_PROCESS_DATA_SANITIZATION) {
    if (device->data == v1::DATA_STATUS_SANITIZATION_FAILED) {
      Rule("R-12", "ONLY_DESTRUCTION", false);
    }
    if (StateOf(*device) != v1::DATA_DEVICE_STATE_SECURED) Refuse("NO_SUCH_STEP");
    // from now on it may hold data, whatever was found before.
    Rule("R-05", "DATA_NOT_SECURED", Secured(LocationOf(*device)));
    if (!Secured(LocationOf(*device))) Refuse("NO_SUCH_STEP");  // it may never have been secured
    JudgeAuthorization(v1::ACCESS_LEVEL_SANITIZE);
  }
  if (process == v1::NEXT_PROCESS_TEST_REPAIR) JudgeTest(*device);
  if (!accepted()) return;
  device->process = process;
  if (process == v1::NEXT_PROCESS_DATA_SANITIZATION) {
    device->data = v1::DATA_STATUS_SANITIZATION_IN_PROGRESS;
    device->data_state = v1::DATA_DEVICE_STATE_IN_SANITIZATION;
  }
}

void Model::Sanitize(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  const bool evaluation = command.b == kNoStorage || command.b == kFoundEmpty;
  const bool destruction = command.b == kDestroy;
  const bool failed = command.b == kPurgeFailed;
  // what failed is only destroyed.
  if (device->data == v1::DATA_STATUS_SANITIZATION_FAILED) {
    Rule("R-12", "ONLY_DESTRUCTION", destruction);
  }
  // nobody verifies their own work.
  if (command.c != kNobody) Rule("R-13", "VERIFIER_IS_OPERATOR", command.c == kAnother);
  // a destruction is filmed.
  if (destruction) Rule("R-19", "DESTRUCTION_NOT_FILMED", command.d != 0);
  bool follows = false;
  switch (StateOf(*device)) {
    case v1::DATA_DEVICE_STATE_IN_SANITIZATION:
      follows = true;
      break;
    case v1::DATA_DEVICE_STATE_DISCOVERED:
    case v1::DATA_DEVICE_STATE_SECURED:
      follows = evaluation;
      break;
    case v1::DATA_DEVICE_STATE_VERIFY_FAILED:
    case v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION:
      follows = destruction;
      break;
    default:
      break;
  }
  if (!follows) Refuse("NO_SUCH_STEP");
  JudgeAuthorization(evaluation ? v1::ACCESS_LEVEL_HANDLE_DATA : v1::ACCESS_LEVEL_SANITIZE);
  // Verified by another person than the one whom the model authorizes.
  if (command.c == kAnother && facility_.require_authorization) Refuse("PERSON_NOT_AUTHORIZED");
  if (!accepted()) return;
  device->sanitized_by = "ann";
  device->chosen = false;
  if (device->process == v1::NEXT_PROCESS_DATA_SANITIZATION) {
    device->process = v1::NEXT_PROCESS_UNSPECIFIED;
  }
  if (evaluation) {
    device->data_state = StateOf(*device);
    device->data =
        command.b == kNoStorage ? v1::DATA_STATUS_NO_STORAGE : v1::DATA_STATUS_EVALUATED_NO_DATA;
    if (device->data_state == v1::DATA_DEVICE_STATE_IN_SANITIZATION) {
      device->data_state = v1::DATA_DEVICE_STATE_SECURED;
    }
  } else if (failed) {
    device->data = v1::DATA_STATUS_SANITIZATION_FAILED;
    device->data_state = v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION;
  } else if (destruction) {
    device->data = v1::DATA_STATUS_DESTROYED;
    device->data_state = v1::DATA_DEVICE_STATE_DESTROYED;
  } else {
    device->data =
        command.b == kPurge ? v1::DATA_STATUS_SANITIZED_PURGE : v1::DATA_STATUS_SANITIZED_CLEAR;
    device->data_state = command.c == kNobody ? v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL
                                              : v1::DATA_DEVICE_STATE_VERIFIED;
  }
}

// Media that come, are sanitized and are booked out again.
void Model::SanitizeMany(const Command&) { JudgeAuthorization(v1::ACCESS_LEVEL_SANITIZE); }

// Appendix B(13): of twenty at least one, and of fewer after a failure.
std::string Model::LearnChoices(const Command& command, const std::vector<bool>& choices) {
  const int number = devices_.IndexOf(command.a);
  if (command.kind == Kind::kSanitize && number >= 0) devices_[number].chosen = choices.front();
  for (const bool chosen : choices) {
    unchosen_ = chosen ? 0 : unchosen_ + 1;
    // The first of one run of twenty may be chosen, and then the last of the next one.
    if (unchosen_ > 38) return absl::StrCat(unchosen_, " media without a chosen one\n");
  }
  return "";
}

void Model::Verify(const Command& command) {
  Device* device = Here(command.a, command.d);
  if (device == nullptr) return;
  if (device->data_state != v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL) Refuse("NO_SUCH_STEP");
  if (device->data_state == v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL) {
    Rule("R-13", "VERIFIER_IS_OPERATOR", command.b == kAnother);
  }
  if (facility_.require_authorization) Refuse("PERSON_NOT_AUTHORIZED");
  if (!accepted()) return;
  if (command.c != 0) {
    device->data_state = v1::DATA_DEVICE_STATE_VERIFIED;
  } else {
    device->data = v1::DATA_STATUS_SANITIZATION_FAILED;
    device->data_state = v1::DATA_DEVICE_STATE_VERIFY_FAILED;
  }
}

// what was chosen is verified, and quantities agree or the supplier is told.
void Model::Reconcile(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  const bool logical = device->data_state == v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL;
  if (!logical && device->data_state != v1::DATA_DEVICE_STATE_VERIFIED &&
      device->data_state != v1::DATA_DEVICE_STATE_DESTROYED) {
    Refuse("NO_SUCH_STEP");
  }
  if (logical && device->chosen) Rule("R-14", "NOT_RELEASABLE", false);
  if (Choice(command.d) >= 0) {
    JudgeCounts(*device, command);
  } else if (command.b != 0) {
    Rule("R-14", "NOT_RELEASABLE", command.c != 0);
  }
  if (accepted()) device->data_state = v1::DATA_DEVICE_STATE_QC_RECONCILED;
}

// R-14 by the count of all that came with the device's load, Appendix B(15).
void Model::JudgeCounts(const Device& device, const Command& command) {
  if (device.load < 0 || device.load != loads_.IndexOf(Choice(command.d))) {
    return Refuse("NOT_OF_LOAD");
  }
  int received = 0;
  int processed = 0;
  for (const Device& one : devices_.all) {
    if (one.load != device.load || one.state == v1::ASSET_STATE_WITHDRAWN ||
        one.state == v1::ASSET_STATE_MERGED || one.data == v1::DATA_STATUS_NO_STORAGE ||
        one.data == v1::DATA_STATUS_EVALUATED_NO_DATA) {
      continue;
    }
    ++received;
    const bool dealt_with = one.data_state == v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL ||
                            one.data_state == v1::DATA_DEVICE_STATE_VERIFIED ||
                            one.data_state == v1::DATA_DEVICE_STATE_DESTROYED ||
                            one.data_state == v1::DATA_DEVICE_STATE_QC_RECONCILED ||
                            one.data_state == v1::DATA_DEVICE_STATE_RELEASED;
    processed += dealt_with ? 1 : 0;
  }
  if (command.b != 0 && received != 2) return Refuse("COUNT_DIFFERS");
  if (received != processed) Rule("R-14", "NOT_RELEASABLE", command.c != 0);
}

// only what was reconciled is released, Appendix B(16).
void Model::Release(const Command& command) {
  Device* device = Here(command.a);
  if (device == nullptr) return;
  Rule("R-14", "NOT_RELEASABLE", device->data_state == v1::DATA_DEVICE_STATE_QC_RECONCILED);
  if (accepted()) device->data_state = v1::DATA_DEVICE_STATE_RELEASED;
}

}  // namespace loopdock::inventory::model
