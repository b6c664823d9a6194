// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_MODEL_SUBJECT_H_
#define LOOPDOCK_TESTS_UNIT_MODEL_SUBJECT_H_

// The record under test behind the commands of a history: makes requests of them, tells what became
// of them as the model does, and says its state in the model's words. Two subjects that get the
// same history make the same feed.
// Thread safety: none.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "services/common/clock.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/inventory/core/inventory.h"
#include "services/inventory/core/queries.h"
#include "tests/unit/model/command.h"
#include "tests/unit/model/model.h"

namespace loopdock::inventory::model {

class Subject {
 public:
  // Makes the parties that histories name.
  Subject(std::unique_ptr<storage::Store> store, absl::Time start);

  // "OK", the reason of the refusal, or what the record did wrong.
  std::string Do(const Command& command);
  // Of the media that the last command sanitized logically: which are chosen for verification.
  const std::vector<bool>& choices() const { return choices_; }
  // What the last refusal said.
  const std::string& message() const { return message_; }
  State Words() const;
  Inventory& inventory() { return *inventory_; }

 private:
  // Sends it; every few times first as a trial, which must end the same and change nothing, and
  // then again, which must be answered the same.
  template <typename Request>
  absl::StatusOr<typename ResponseOf<Request>::Type> Send(Request request);
  template <typename Request, typename Response>
  void SendAgain(const Request& request, const Response& answer);
  template <typename Request>
  std::string Outcome(Request request) {
    return OutcomeOf(Send(std::move(request)).status());
  }
  static std::string OutcomeOf(const absl::Status& status);
  void Wrong(std::string what);

  // The name of what is in a slot, or one that nothing has.
  std::string NameIn(const Slots<std::string>& names, int slot, const char* collection) const;
  std::string AssetIn(int slot) const { return NameIn(assets_, slot, "assets"); }
  std::string LoadIn(int slot) const { return NameIn(loads_, slot, "loads"); }
  std::string ContainerIn(int slot) const { return NameIn(containers_, slot, "containers"); }
  std::string LotIn(int slot) const { return NameIn(lots_, slot, "lots"); }
  std::string ShipmentIn(int slot) const { return NameIn(shipments_, slot, "shipments"); }
  std::string TakeIn(int slot) const { return NameIn(takes_, slot, "stocktakes"); }
  std::string VendorName(int vendor) const;
  // The full name of a location or container.
  std::string PlaceName(const Place& place) const;
  template <typename Request>
  void SetPlace(int place, Request& request) const;
  template <typename Request>
  void SetCorrects(int corrects, Request& request) const;
  std::string Etag(const std::string& name, int etag) const;
  // A day so many days before the command.
  std::string Date(int days_ago) const;
  template <typename Request, typename Message>
  Message Ask(const std::string& name) const;
  v1::Asset Get(const std::string& name) const { return Ask<v1::GetAssetRequest, v1::Asset>(name); }
  void MakeParties();
  v1::RecordTransformationRequest RunOf(v1::TransformationKind kind, int mass_g, int loss) const;

#define LOOPDOCK_MODEL_DECLARE(kind, a, b, c, d, e, f) std::string kind(const Command& command);
  LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_DECLARE)
#undef LOOPDOCK_MODEL_DECLARE

  std::string DeviceWords(const v1::Asset& asset) const;
  void AddOutboundWords(State& state) const;

  common::ManualClock clock_;
  std::unique_ptr<Inventory> inventory_;
  std::unique_ptr<Queries> queries_;
  int requests_ = 0;
  int units_ = 0;  // made by SellMany and SanitizeMany
  std::vector<bool> choices_;
  std::string message_;
  std::string wrong_;
  std::string authorization_;
  Slots<std::string> assets_, loads_, sessions_, containers_, lots_, shipments_, takes_;
};

template <typename Request>
void Subject::SetPlace(int place, Request& request) const {
  const Place chosen = PlaceOf(place);
  (chosen.container >= 0 ? *request.mutable_container() : *request.mutable_location()) =
      PlaceName(chosen);
}

template <typename Request>
void Subject::SetCorrects(int corrects, Request& request) const {
  if (corrects == kCorrectsFirst) request.set_corrects_sequence(1);
  if (corrects == kCorrectsFuture) request.set_corrects_sequence(inventory_->last_sequence() + 1);
}

template <typename Request, typename Message>
Message Subject::Ask(const std::string& name) const {
  Request request;
  request.set_name(name);
  Message message;
  const absl::Status found = queries_->Answer(request, &message);
  EXPECT_TRUE(found.ok() || common::ReasonOf(found) == "RESOURCE_NOT_FOUND") << found;
  return message;
}

template <typename Request>
absl::StatusOr<typename ResponseOf<Request>::Type> Subject::Send(Request request) {
  const bool checked = ++requests_ % 5 == 0;
  const std::int64_t end = inventory_->last_sequence();
  request.set_request_id(common::DerivedUuidV7(clock_.Now(), std::to_string(requests_)));
  std::string trial;
  if (checked) {
    Request only = request;
    only.set_validate_only(true);
    trial = OutcomeOf(inventory_->Run(Sender{"ann", ""}, only).status());
    if (inventory_->last_sequence() != end) Wrong("validate_only has changed the record");
  }
  const auto answer = inventory_->Run(Sender{"ann", ""}, request);
  message_ = std::string(answer.status().message());
  if (checked && OutcomeOf(answer.status()) != trial) Wrong("validate_only foretold " + trial);
  if (checked && answer.ok() && inventory_->last_sequence() > end) SendAgain(request, *answer);
  return answer;
}

template <typename Request, typename Response>
void Subject::SendAgain(const Request& request, const Response& answer) {
  const std::int64_t end = inventory_->last_sequence();
  const auto again = inventory_->Run(Sender{"ann", ""}, request);
  if (!again.ok() || again->SerializeAsString() != answer.SerializeAsString()) {
    Wrong("the same request has another answer");
  }
  Request altered = request;
  altered.mutable_station_time()->set_seconds(1);
  const auto refused = inventory_->Run(Sender{"ann", ""}, altered);
  if (OutcomeOf(refused.status()) != "REQUEST_ID_REUSED") {
    Wrong("another request under a used id ends " + OutcomeOf(refused.status()));
  }
  if (inventory_->last_sequence() != end) Wrong("a request sent again has changed the record");
}

}  // namespace loopdock::inventory::model

#endif  // LOOPDOCK_TESTS_UNIT_MODEL_SUBJECT_H_
