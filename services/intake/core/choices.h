// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_CHOICES_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_CHOICES_H_

// When a label leaves the device's identity in doubt, and what a person's word makes of it.
// Thread safety: pure functions.
// Errors: INVALID_ARGUMENT INVALID_FIELDS naming `choices[field]`.
// Limits: kChoicesMax choices, values of 128 bytes.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/core/understanding.h"

namespace loopdock::intake {

inline constexpr std::size_t kChoicesMax = 16;
// The field of a choice whose value says nothing of the device.
inline constexpr std::string_view kIgnoreField = "ignore";

using Choices = std::map<std::string, std::string>;  // field of LabelUnderstanding -> value

// Every field must be known and every value a right one of its kind.
absl::Status CheckChoices(const Choices& choices);

// The value as it is stored, when it is a right one for the field; else INVALID_ARGUMENT with what
// is wrong, for people.
absl::StatusOr<std::string> ChosenValue(std::string_view field, std::string_view written);

// Puts the choices, which have been checked, into the understanding. `basis` is kPerson or kLayout;
// a person's value that no symbol says is recorded as typed, in a symbol of its own.
void ApplyChoices(const Choices& choices, Basis basis, LabelReading* reading);

// The fields of the identity (serial, imei, mac, asset_tag) that are less sure than `threshold`. On
// a label without any, the GTIN or part number that is less sure or only has the shape of one, or
// "serial" where the label does not even name a model. None for a threshold of 0.
std::vector<std::string> FieldsInDoubt(const inventory::v1::LabelUnderstanding& label,
                                       double threshold);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_CHOICES_H_
