// SPDX-License-Identifier: Apache-2.0
// What leaves: vendors, shipments and sales, their receipts and certificates; and lots.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/unit/model/model.h"

namespace loopdock::inventory::model {

// ---- Vendors, R2v3 Appendix A.

void Model::SetVendor(const Command& command) {
  Vendor vendor;
  const absl::CivilDay year_ago = today() - 365;
  switch (command.b) {
    case kAssessedToday:
    case kAssessedWithoutData:
      vendor.assessed = today();
      break;
    case kAssessedAYearAgo:
      vendor.assessed = year_ago;
      break;
    case kAssessedLongAgo:
      vendor.assessed = year_ago - 1;
      break;
    case kCertifiedUntilToday:
      vendor.certificate_last = today();
      break;
    case kCertifiedUntilYesterday:
      vendor.certificate_last = today() - 1;
      break;
    case kCheckedAYearAgo:
    case kCheckedLongAgo:
    case kCertifiedWithoutData:
      vendor.certificate_last = today() + 1000;
      break;
    default:
      break;
  }
  vendor.certificate_checked = today();
  vendor.certificate_covers_data = command.b != kCertifiedWithoutData;
  if (command.b == kCheckedAYearAgo) vendor.certificate_checked = year_ago;
  if (command.b == kCheckedLongAgo) vendor.certificate_checked = year_ago - 1;
  vendor.assessed_data_security = command.b != kAssessedWithoutData;
  if (command.c != 0) {
    vendor.streams = {v1::STREAM_KIND_RECOVERY_EQUIPMENT, v1::STREAM_KIND_REUSE_EQUIPMENT};
  }
  if (command.c == kDataToo) vendor.streams.insert(v1::STREAM_KIND_DATA_DEVICES);
  vendor.chain_known = command.d != 0;
  vendors_[command.a] = vendor;
}

// Its R2 certificate holds today and was looked at within a year, Appendix A(7).
bool Model::Certified(const Vendor& vendor) const {
  return vendor.certificate_last.has_value() && today() <= *vendor.certificate_last &&
         today() - vendor.certificate_checked <= 365;
}

// controlled streams go only to a vendor that is qualified on the day, may receive them, and
// whose chain is known; an R2 facility answers for its own chain.
void Model::JudgeVendor(bool controlled, const Vendor& vendor, v1::StreamKind stream) {
  const bool data = stream == v1::STREAM_KIND_DATA_DEVICES;
  if (!controlled && !data) return;
  const bool certified = Certified(vendor) && (!data || vendor.certificate_covers_data);
  const bool assessed = vendor.assessed.has_value() && today() - *vendor.assessed <= 365 &&
                        (!data || vendor.assessed_data_security);
  const bool qualified = (certified || assessed) && vendor.streams.contains(stream) &&
                         (certified || vendor.chain_known);
  Rule("R-10", "VENDOR_NOT_QUALIFIED", qualified);
}

// ---- Lots, and what turns things into lots.

// R-01 for lots too.
void Model::CreateLot(const Command& command) {
  const int load = Choice(command.b);
  if (load >= 0) UnclosedLoad(load);
  if (command.d != kLotOpen) {
    Rule("R-01", "MUST_START_CONTROLLED", command.d == kLotControlled);
  }
  if (!accepted()) return;
  Lot lot;
  lot.received = now_;
  lot.pieces = 10;
  lot.mass_g = 5000;
  lot.category = command.c == kCables ? "cables" : command.c == kBatteries ? "battery" : "phone";
  if (command.c == kBatteries) lot.materials = {v1::FOCUS_MATERIAL_BATTERIES};
  lot.data_bearing = command.c == kPhones;
  if (load >= 0) {
    lot.load = loads_.IndexOf(load);
    lot.no_resale = loads_[lot.load].no_resale;
    ++loads_[lot.load].lots;
  }
  lots_.Put(command.a, lot);
}

void Model::UpdateLot(const Command& command) {
  Lot* lot = InSlot(lots_, command.a);
  if (lot == nullptr) return;
  const bool explained = command.d != 0;
  Lot after = *lot;
  after.location = command.c;
  if (command.b == kOnePieceLess) after.pieces = std::max(0, lot->pieces - 1);
  if (command.b == kNoFocusMaterial) {
    if (lot->data_bearing || !lot->materials.empty()) return Refuse("INVALID_FIELDS");
    after.controlled = false;
    after.reason = v1::CONTROLLED_REASON_UNSPECIFIED;
  }
  if (command.b == kForRepair) {
    after.controlled = true;
    after.reason = v1::CONTROLLED_REASON_FOR_TEST_REPAIR;
  }
  if (after.pieces != lot->pieces && !explained) Refuse("REASON_REQUIRED");
  // a change of category says who and why.
  if (after.reason != lot->reason) Rule("R-16", "CHANGE_UNEXPLAINED", explained);
  if (after.location != lot->location) {
    if (lot->data_bearing) Rule("R-05", "DATA_NOT_SECURED", Secured(after.location));
    JudgeCarrying(lot->data_bearing, lot->location, after.location);
    const bool excepted = lot->load >= 0 && loads_[lot->load].exceptions.contains("R-08") &&
                          now_ <= loads_[lot->load].exceptions.at("R-08");
    if (after.controlled && IsStorage(after.location) && !excepted) {
      Rule("R-08", "STORED_TOO_LONG", Days(lot->received) <= facility_.storage_days);
    }
    if (IsStorage(after.location) && !IsStorage(lot->location)) {
      JudgePutAway(after.category);
    }
  }
  if (accepted()) *lot = after;
}

Lot Model::MadeLot(int mass_g, absl::Time received, bool no_resale) const {
  Lot lot;
  lot.received = received;
  lot.pieces = 1;
  lot.mass_g = mass_g;
  lot.category = "cables";
  lot.no_resale = no_resale;
  return lot;
}

// A component comes out and its device stays. That it holds no data is certain only where its
// device holds none.
void Model::Harvest(const Command& command) {
  Device* device = Loose(command.a);
  if (device == nullptr) return;
  NotSealed(device->container);
  const bool is_too_light = device->mass_g != 0 && device->mass_g < kDeviceMass;
  if (command.c == kLosses - 1 || is_too_light) Refuse("MASS_NOT_BALANCED");
  if (!accepted()) return;
  if (device->mass_g != 0) device->mass_g -= kDeviceMass;
  Device component;
  component.mass_g = kDeviceMass - LossOf(command.c, kDeviceMass);
  component.received = device->received;
  component.no_resale = device->no_resale;
  if (Safe(*device)) component.data = v1::DATA_STATUS_NO_STORAGE;
  devices_.Put(command.b, component);
}

// nothing is taken apart while it may hold data.
void Model::TakeApart(const Command& command) {
  Device* device = Loose(command.a);
  if (device == nullptr) return;
  NotSealed(device->container);
  Rule("R-05", "DATA_NOT_SECURED", Safe(*device));
  if (command.c == kLosses - 1) Refuse("MASS_NOT_BALANCED");
  if (!accepted()) return;
  Leave(*device, v1::ASSET_STATE_TRANSFORMED);
  lots_.Put(command.b, MadeLot(kDeviceMass - LossOf(command.c, kDeviceMass), device->received,
                               device->no_resale));
}

// shredding destroys data, so it is filmed. What is shredded is material and may be sold.
void Model::Shred(const Command& command) {
  Lot* lot = InSlot(lots_, command.a);
  if (lot == nullptr) return;
  if (lot->pieces < 2 || lot->mass_g < kLotMass) Refuse("LOT_SHORT");
  if (lot->data_bearing) Rule("R-19", "DESTRUCTION_NOT_FILMED", command.d != 0);
  if (command.c == kLosses - 1) Refuse("MASS_NOT_BALANCED");
  if (!accepted()) return;
  lot->pieces -= 2;
  lot->mass_g -= kLotMass;
  const Lot made = MadeLot(kLotMass - LossOf(command.c, kLotMass), lot->received, false);
  lots_.Put(command.b, made);
}

// ---- Shipments.

// what is lost, stolen, counterfeit or recalled, and what its supplier does not let
// be resold, may be recovered but is never reused.
void Model::JudgeReuse(const Device& device, bool reuse) {
  for (const auto hold : device.holds) {
    if (hold == v1::HOLD_KIND_LOST_OR_STOLEN || hold == v1::HOLD_KIND_COUNTERFEIT ||
        hold == v1::HOLD_KIND_RECALLED) {
      Rule("R-03", "NEVER_REUSED", !reuse);
    }
  }
  if (device.no_resale) Rule("R-06", "NO_RESALE", !reuse);
}

// a sale discloses function, data and looks of something that can be told from others.
void Model::JudgeSale(const Device& device) {
  Rule(
      "R-07", "NOT_READY_FOR_SALE",
      device.functional >= v1::FUNCTIONAL_F1 && device.cosmetic >= v1::COSMETIC_C1 && Safe(device));
  if (!device.holds.empty()) Refuse("ASSET_ON_HOLD");
  if (device.functional == v1::FUNCTIONAL_F2) Refuse("PART_NUMBER_MISSING");
}

// what may hold data leaves only to vendors for data, and in the stream of data devices.
void Model::JudgeData(bool safe, v1::StreamKind stream, const Vendor* vendor) {
  if (safe) return;
  const bool sale = stream == v1::STREAM_KIND_UNSPECIFIED;
  Rule("R-05", "DATA_NOT_SECURED",
       !sale && vendor != nullptr && vendor->streams.contains(v1::STREAM_KIND_DATA_DEVICES));
  if (!sale && stream != v1::STREAM_KIND_DATA_DEVICES) Refuse("STREAM_MISMATCH");
}

// What goes downstream; a buyer is no vendor.
void Model::JudgeDownstream(bool controlled, bool has_materials, v1::StreamKind stream,
                            const Vendor* vendor) {
  if (has_materials && stream == v1::STREAM_KIND_OTHER_MATERIALS) Refuse("STREAM_MISMATCH");
  if (vendor != nullptr) JudgeVendor(controlled, *vendor, stream);
  if (vendor == nullptr && (controlled || stream == v1::STREAM_KIND_DATA_DEVICES))
    Rule("R-10", "VENDOR_NOT_QUALIFIED", false);
}

// untested specialty units are at most a hundredth of what was sold in 12 months.
void Model::JudgeSpecialty() {
  int sold = 1;
  int specialty = 1;
  const absl::CivilMonth first = absl::CivilMonth(today()) - 11;
  for (const auto& [time, untested] : sold_) {
    if (absl::ToCivilMonth(time, absl::UTCTimeZone()) < first) continue;
    ++sold;
    specialty += untested ? 1 : 0;
  }
  Rule("R-09", "SPECIALTY_SHARE", specialty * 100 <= sold);
}

void Model::Ship(const Command& command) {
  const v1::StreamKind stream = StreamOf(command.b);
  // what crosses a border has a record that it may.
  if (command.f != kAtHome) {
    Rule("R-11", "EXPORT_NOT_LEGAL", command.f == kSameCountry || command.f == kAbroadWithRecord);
  }
  const Vendor* vendor = command.c == kBuyer ? nullptr : &vendors_[command.c - 1];
  if (Choice(command.e) >= 0) {
    ShipLot(command, stream, vendor);
  } else {
    ShipDevice(command, stream, vendor);
  }
}

void Model::ShipDevice(const Command& command, v1::StreamKind stream, const Vendor* vendor) {
  const bool sale = stream == v1::STREAM_KIND_UNSPECIFIED;
  Device* device = Loose(command.d);
  if (device == nullptr || !accepted()) return;
  std::vector<int> leaving = PartsOf(NumberOf(*device));
  leaving.push_back(NumberOf(*device));
  for (const int part : leaving) {
    JudgeReuse(devices_[part], sale || stream == v1::STREAM_KIND_REUSE_EQUIPMENT);
    JudgeData(Safe(devices_[part]), stream, vendor);
    if (!sale) JudgeDownstream(devices_[part].controlled(), false, stream, vendor);
  }
  if (sale) {
    JudgeSale(*device);
    if (device->functional == v1::FUNCTIONAL_F1) JudgeSpecialty();
  } else {
    JudgeDownstream(device->controlled(), !device->materials.empty(), stream, vendor);
  }
  if (!accepted()) return;
  if (sale) sold_.push_back({now_, device->functional == v1::FUNCTIONAL_F1});
  Leave(*device, sale ? v1::ASSET_STATE_SOLD : v1::ASSET_STATE_SHIPPED);
  Shipment shipment;
  shipment.sale = sale;
  shipment.pieces = 1;
  shipment.devices = {NumberOf(*device)};
  shipments_.Put(command.a, shipment);
}

// Two pieces of a lot, with their share of its mass.
void Model::ShipLot(const Command& command, v1::StreamKind stream, const Vendor* vendor) {
  const bool sale = stream == v1::STREAM_KIND_UNSPECIFIED;
  constexpr int kPieces = 2;
  Lot* lot = InSlot(lots_, Choice(command.e));
  if (lot == nullptr) return;
  if (lot->no_resale) {
    Rule("R-06", "NO_RESALE", !sale && stream != v1::STREAM_KIND_REUSE_EQUIPMENT);
  }
  JudgeData(!lot->data_bearing, stream, vendor);
  if (sale) {
    Rule("R-07", "NOT_READY_FOR_SALE", !lot->controlled && !lot->data_bearing);
  } else {
    JudgeDownstream(lot->controlled, !lot->materials.empty(), stream, vendor);
  }
  if (lot->pieces < kPieces) Refuse("LOT_SHORT");
  if (!accepted()) return;
  lot->mass_g -= (lot->mass_g * kPieces * 2 + lot->pieces) / (lot->pieces * 2);  // rounded
  lot->pieces -= kPieces;
  Shipment shipment;
  shipment.sale = sale;
  shipment.pieces = kPieces;
  shipments_.Put(command.a, shipment);
}

// Ordinary units that come and are sold within the hour.
void Model::SellMany(const Command& command) {
  for (int i = 0; i < command.a; ++i) sold_.push_back({now_, false});
}

void Model::ConfirmReceipt(const Command& command) {
  Shipment* shipment = InSlot(shipments_, command.a);
  if (shipment == nullptr) return;
  if (shipment->confirmed) return Refuse("RECEIPT_CONFIRMED");
  shipment->confirmed = true;
}

void Model::RecordCertificate(const Command& command) {
  Shipment* shipment = InSlot(shipments_, command.a);
  if (shipment == nullptr) return;
  const int device = devices_.IndexOf(command.b);
  if (device < 0 || !shipment->devices.contains(device)) return Refuse("NOT_IN_SHIPMENT");
  ++shipment->certificates;
}

void Model::AddOutboundWords(State& state) const {
  for (int i = 0; i < lots_.size(); ++i) {
    const Lot& lot = lots_[i];
    state[absl::StrCat("lot ", i)] =
        absl::StrCat("at ", kLocations[lot.location], " pieces ", lot.pieces, " grams ", lot.mass_g,
                     lot.no_resale ? " no resale" : "");
  }
  for (int i = 0; i < shipments_.size(); ++i) {
    const Shipment& shipment = shipments_[i];
    state[absl::StrCat("shipment ", i)] =
        absl::StrCat(shipment.sale ? "sale" : "downstream", shipment.confirmed ? " confirmed" : "",
                     " pieces ", shipment.pieces, " certificates ", shipment.certificates);
  }
  for (int i = 0; i < takes_.size(); ++i) {
    const StockTake& take = takes_[i];
    state[absl::StrCat("stock take ", i)] =
        absl::StrCat(take.open ? "open" : "closed", " counted ", take.counted.size(), " found ",
                     take.found, " moved ", take.moved, " lost ", take.lost);
  }
}

}  // namespace loopdock::inventory::model
