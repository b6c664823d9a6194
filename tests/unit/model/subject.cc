// SPDX-License-Identifier: Apache-2.0
// What is common to all commands, and the state in words.
#include "tests/unit/model/subject.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace loopdock::inventory::model {
namespace {

constexpr char kLocationPrefix[] = "sites/main/locations/";

int NumberOf(const Slots<std::string>& names, const std::string& name) {
  const auto at = std::find(names.all.begin(), names.all.end(), name);
  return at == names.all.end() ? -1 : static_cast<int>(at - names.all.begin());
}

std::string ShortLocation(const std::string& name) {
  return name.substr(std::min(name.size(), sizeof(kLocationPrefix) - 1));
}

bool StandsSecured(const v1::Asset& asset) {
  const std::string location = ShortLocation(asset.location());
  return asset.state() == v1::ASSET_STATE_IN_STOCK &&
         std::find(kLocations, kLocations + kSecuredCount, location) != kLocations + kSecuredCount;
}

}  // namespace

Subject::Subject(std::unique_ptr<storage::Store> store, absl::Time start) : clock_(start) {
  Inventory::Options options;
  options.clock = &clock_;
  options.high_water = false;
  options.sampling_secret = "a secret";
  auto inventory = Inventory::Open(std::move(store), options);
  EXPECT_TRUE(inventory.ok()) << inventory.status();
  inventory_ = *std::move(inventory);
  queries_ = std::make_unique<Queries>(*inventory_);
  MakeParties();
}

std::string Subject::Do(const Command& command) {
  wrong_.clear();
  choices_.clear();
  std::string outcome;
  switch (command.kind) {
#define LOOPDOCK_MODEL_CASE(kind, a, b, c, d, e, f) \
  case Kind::k##kind:                               \
    outcome = kind(command);                        \
    break;
    LOOPDOCK_MODEL_COMMANDS(LOOPDOCK_MODEL_CASE)
#undef LOOPDOCK_MODEL_CASE
  }
  return wrong_.empty() ? outcome : outcome + ", but " + wrong_;
}

std::string Subject::OutcomeOf(const absl::Status& status) {
  return status.ok() ? "OK" : common::ReasonOf(status);
}

void Subject::Wrong(std::string what) {
  if (wrong_.empty()) wrong_ = std::move(what);
}

std::string Subject::NameIn(const Slots<std::string>& names, int slot,
                            const char* collection) const {
  const int number = names.IndexOf(slot);
  return number >= 0 ? names[number] : absl::StrCat("sites/main/", collection, "/none-", slot);
}

std::string Subject::PlaceName(const Place& place) const {
  return place.container >= 0 ? ContainerIn(place.container)
                              : absl::StrCat(kLocationPrefix, kLocations[place.location]);
}

std::string Subject::VendorName(int vendor) const {
  return absl::StrCat("parties/vendor-", vendor);
}

std::string Subject::Etag(const std::string& name, int etag) const {
  if (etag == kNoEtag) return "";
  return etag == kRightEtag ? Get(name).etag() : "000001";
}

std::string Subject::Date(int days_ago) const {
  return absl::FormatCivilTime(absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()) - days_ago);
}

// ---- In words.

std::string Subject::DeviceWords(const v1::Asset& asset) const {
  std::string words = v1::AssetState_Name(asset.state());
  if (asset.state() == v1::ASSET_STATE_IN_STOCK) {
    absl::StrAppend(&words, " at ", ShortLocation(asset.location()));
    if (!asset.installed_in().empty()) {
      absl::StrAppend(&words, " built into ", NumberOf(assets_, asset.installed_in()));
    } else if (!asset.container().empty()) {
      absl::StrAppend(&words, " in container ", NumberOf(containers_, asset.container()));
    }
  }
  absl::StrAppend(&words, " ", v1::R2Applicability_Name(asset.applicability()), " ",
                  v1::ControlledReason_Name(asset.controlled_reason()), " ",
                  v1::UnrestrictedReason_Name(asset.unrestricted_reason()), " ",
                  v1::ControlExit_Name(asset.control_exit()));
  absl::StrAppend(&words, " ", v1::DataStatus_Name(asset.data_status()), " ",
                  DataStateWords(asset.data_device_state(), StandsSecured(asset)), " ",
                  v1::Functional_Name(asset.functional()), " ",
                  v1::FunctionalGap_Name(asset.functional_gap()), " ",
                  v1::Cosmetic_Name(asset.cosmetic()));
  absl::StrAppend(
      &words, " category '", asset.category(), "' decision ",
      v1::NextProcess_Name(asset.decision().next()), " process ",
      v1::NextProcess_Name(asset.process()), asset.no_resale() ? " no resale" : "",
      asset.verification_required() ? " chosen" : "", " by '", asset.sanitized_by(), "' received ",
      absl::FormatTime(FromTimestamp(asset.received_time()), absl::UTCTimeZone()), " materials");
  const std::set<int> materials(asset.focus_materials().begin(), asset.focus_materials().end());
  for (const int material : materials) absl::StrAppend(&words, " ", material);
  absl::StrAppend(&words, " holds");
  for (const v1::Hold& hold : asset.holds()) absl::StrAppend(&words, " ", hold.kind());
  return words;
}

State Subject::Words() const {
  State state;
  for (int i = 0; i < assets_.size(); ++i) {
    state[absl::StrCat("device ", i)] = DeviceWords(Get(assets_[i]));
  }
  for (int i = 0; i < containers_.size(); ++i) {
    const auto container = Ask<v1::GetContainerRequest, v1::Container>(containers_[i]);
    state[absl::StrCat("container ", i)] = absl::StrCat(
        "in ", NumberOf(containers_, container.parent()), " at ",
        ShortLocation(container.location()), container.sealed() ? " sealed" : "", " assets ",
        container.asset_count(), " unsanitized ", container.unsanitized_count());
  }
  for (int i = 0; i < loads_.size(); ++i) {
    const auto load = Ask<v1::GetLoadRequest, v1::Load>(loads_[i]);
    state[absl::StrCat("load ", i)] = absl::StrCat(
        load.state() == v1::LOAD_STATE_CLOSED ? "closed" : "open",
        load.no_resale() ? " no resale" : "", " sessions ", load.open_sessions_size(), " scans ",
        load.scan_count(), " assets ", load.asset_count(), " lots ", load.lot_count());
  }
  for (int i = 0; i < sessions_.size(); ++i) {
    const auto session = Ask<v1::GetSessionRequest, v1::ReceivingSession>(sessions_[i]);
    state[absl::StrCat("session ", i)] =
        absl::StrCat(session.open() ? "open" : "closed", " scans ", session.scan_count(),
                     " assets ", session.asset_count(), " duplicates ", session.duplicate_count());
  }
  AddOutboundWords(state);
  return state;
}

void Subject::AddOutboundWords(State& state) const {
  for (int i = 0; i < lots_.size(); ++i) {
    const auto lot = Ask<v1::GetLotRequest, v1::Lot>(lots_[i]);
    state[absl::StrCat("lot ", i)] =
        absl::StrCat("at ", ShortLocation(lot.location()), " pieces ", lot.piece_count(), " grams ",
                     lot.mass_g(), lot.no_resale() ? " no resale" : "");
  }
  for (int i = 0; i < shipments_.size(); ++i) {
    const auto shipment = Ask<v1::GetShipmentRequest, v1::Shipment>(shipments_[i]);
    state[absl::StrCat("shipment ", i)] = absl::StrCat(
        shipment.kind() == v1::SHIPMENT_KIND_SALE ? "sale" : "downstream",
        shipment.state() == v1::SHIPMENT_STATE_RECEIPT_CONFIRMED ? " confirmed" : "", " pieces ",
        shipment.piece_count(), " certificates ", shipment.certificates_size());
  }
  for (int i = 0; i < takes_.size(); ++i) {
    const auto take = Ask<v1::GetStockTakeRequest, v1::StockTake>(takes_[i]);
    state[absl::StrCat("stock take ", i)] =
        absl::StrCat(take.open() ? "open" : "closed", " counted ", take.counted(), " found ",
                     take.found(), " moved ", take.moved(), " lost ", take.lost());
  }
}

}  // namespace loopdock::inventory::model
