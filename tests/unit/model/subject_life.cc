// SPDX-License-Identifier: Apache-2.0
// Requests of receiving, and of the life of assets, components and containers.
#include "absl/strings/str_cat.h"
#include "tests/unit/model/subject.h"

namespace loopdock::inventory::model {

// ---- Receiving.

std::string Subject::CreateLoad(const Command& command) {
  v1::CreateLoadRequest request;
  request.set_site("sites/main");
  request.mutable_load()->set_supplier(command.b == kNoResaleSupplier ? "parties/strict"
                                                                      : "parties/unknown");
  if (command.c != 0) request.mutable_load()->set_bill_of_lading("BOL 1");
  const auto answer = Send(request);
  if (answer.ok()) loads_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::CloseLoad(const Command& command) {
  v1::CloseLoadRequest request;
  request.set_name(LoadIn(command.a));
  return Outcome(request);
}

std::string Subject::OpenSession(const Command& command) {
  v1::OpenSessionRequest request;
  request.set_site("sites/main");
  request.set_load(LoadIn(command.b));
  request.set_location(PlaceName({command.c, -1}));
  const auto answer = Send(request);
  if (answer.ok()) sessions_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::CloseSession(const Command& command) {
  v1::CloseSessionRequest request;
  request.set_name(NameIn(sessions_, command.a, "sessions"));
  return Outcome(request);
}

std::string Subject::Scan(const Command& command) {
  v1::RecordScanRequest request;
  request.set_session(NameIn(sessions_, command.b, "sessions"));
  if (Choice(command.c) >= 0) request.set_container(ContainerIn(Choice(command.c)));
  request.mutable_understanding()->set_serial(absl::StrCat("S", command.a));
  request.mutable_understanding()->set_maker("Acme");
  const auto answer = Send(request);
  if (answer.ok() && answer->scan().outcome() == v1::SCAN_OUTCOME_BOOKED) {
    assets_.Put(command.a, answer->asset().name());
  }
  return OutcomeOf(answer.status());
}

// ---- Life.

std::string Subject::MoveAsset(const Command& command) {
  v1::MoveAssetRequest request;
  request.set_name(AssetIn(command.a));
  SetPlace(command.b, request);
  request.set_etag(Etag(request.name(), command.c));
  SetCorrects(command.d, request);
  return Outcome(request);
}

std::string Subject::Describe(const Command& command) {
  v1::DescribeAssetRequest request;
  request.set_name(AssetIn(command.a));
  request.set_category(kCategories[command.b]);
  if (command.c != 0) request.add_focus_materials(MaterialOf(command.c));
  request.set_etag(Etag(request.name(), command.d));
  return Outcome(request);
}

std::string Subject::Withdraw(const Command& command) {
  v1::WithdrawAssetRequest request;
  request.set_name(AssetIn(command.a));
  request.set_reason("booked by mistake");
  SetCorrects(command.b, request);
  return Outcome(request);
}

std::string Subject::Reassign(const Command& command) {
  v1::ReassignAssetRequest request;
  request.set_name(AssetIn(command.a));
  request.set_load(LoadIn(command.b));
  request.set_reason("stood on the wrong pallet");
  request.set_etag(Etag(request.name(), command.c));
  return Outcome(request);
}

std::string Subject::PlaceHold(const Command& command) {
  v1::PlaceHoldRequest request;
  request.set_name(AssetIn(command.a));
  request.set_kind(HoldOf(command.b));
  request.set_reason("found at the inspection");
  return Outcome(request);
}

std::string Subject::ReleaseHold(const Command& command) {
  v1::ReleaseHoldRequest request;
  request.set_name(AssetIn(command.a));
  const v1::Asset asset = Get(request.name());
  request.set_hold_id(command.b < asset.holds_size() ? asset.holds(command.b).id() : "none");
  request.set_reason("looked at it");
  return Outcome(request);
}

std::string Subject::Merge(const Command& command) {
  v1::MergeAssetsRequest request;
  request.set_name(AssetIn(command.a));
  request.set_absorbed(AssetIn(command.b));
  request.set_etag(Etag(request.name(), command.c));
  request.set_reason("one device with two labels");
  return Outcome(request);
}

std::string Subject::Install(const Command& command) {
  v1::InstallComponentRequest request;
  request.set_name(AssetIn(command.a));
  request.set_host(AssetIn(command.b));
  request.set_etag(Etag(request.name(), command.c));
  return Outcome(request);
}

std::string Subject::Remove(const Command& command) {
  v1::RemoveComponentRequest request;
  request.set_name(AssetIn(command.a));
  SetPlace(command.b, request);
  request.set_etag(Etag(request.name(), command.c));
  return Outcome(request);
}

// ---- Containers and stock takes.

std::string Subject::CreateContainer(const Command& command) {
  v1::CreateContainerRequest request;
  request.set_site("sites/main");
  const Place place = PlaceOf(command.b);
  (place.container >= 0 ? *request.mutable_container()->mutable_parent()
                        : *request.mutable_container()->mutable_location()) = PlaceName(place);
  const auto answer = Send(request);
  if (answer.ok()) containers_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::SealContainer(const Command& command) {
  v1::SealContainerRequest request;
  request.set_name(ContainerIn(command.a));
  return Outcome(request);
}

std::string Subject::MoveContainer(const Command& command) {
  v1::MoveContainerRequest request;
  request.set_name(ContainerIn(command.a));
  SetPlace(command.b, request);
  return Outcome(request);
}

std::string Subject::OpenStockTake(const Command& command) {
  v1::OpenStockTakeRequest request;
  request.set_site("sites/main");
  request.set_place(PlaceName(PlaceOf(command.b)));
  const auto answer = Send(request);
  if (answer.ok()) takes_.Put(command.a, answer->name());
  return OutcomeOf(answer.status());
}

std::string Subject::Count(const Command& command) {
  v1::RecordStockCountRequest request;
  request.set_name(TakeIn(command.a));
  request.add_assets(AssetIn(command.b));
  return Outcome(request);
}

std::string Subject::Missing(const Command& command) {
  v1::RecordMissingRequest request;
  request.set_name(TakeIn(command.a));
  request.add_assets(AssetIn(command.b));
  return Outcome(request);
}

std::string Subject::CloseStockTake(const Command& command) {
  v1::CloseStockTakeRequest request;
  request.set_name(TakeIn(command.a));
  return Outcome(request);
}

}  // namespace loopdock::inventory::model
