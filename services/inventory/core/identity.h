// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_IDENTITY_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_IDENTITY_H_

// What a label says of which device it is on: the identifiers that tell it from every other, and
// the product. A serial number is its maker's, or its GTIN's where GS1 binds the two or nothing
// names the maker. A text that merely stands there is an identifier only where it looks like one.
// Thread safety: free functions, safe from any thread.

#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

struct Shown {
  std::vector<v1::Identifier> identifiers;
  std::string maker;
  std::string gtin;  // 14 digits, or empty
};

// The supplier issues asset tags. Values that cannot be kept become warnings, unless that is null.
Shown ShownBy(const v1::RecordScanRequest& request, std::string_view supplier,
              std::vector<std::string>* warnings);

// Why the label cannot be booked as it is, in one sentence for the person at the dock: it names
// neither a device nor a product, or what it says is no serial number by its form. Empty when it
// can.
std::string WhyNoDevice(const v1::RecordScanRequest& request, const Shown& shown);

// A person has said that this is the device's serial number.
bool IsPersonsSerial(const v1::LabelUnderstanding& label);

// 14 digits; empty for what is no GTIN by its form.
std::string NormaliseGtin(std::string_view gtin);
// The GTIN of an asset, as far as known.
std::string GtinOf(const v1::Asset& asset);

// Whether two things with one serial number, of which each may lack maker or GTIN, are one device.
enum class Likeness { kSame, kOther, kUnclear };
Likeness Compare(std::string_view maker, std::string_view gtin, std::string_view other_maker,
                 std::string_view other_gtin);

// The kind under which the same serial number may be known as well; UNSPECIFIED for other kinds.
v1::IdentifierKind TwinOf(v1::IdentifierKind kind);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_IDENTITY_H_
