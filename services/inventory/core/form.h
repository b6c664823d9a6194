// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_FORM_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_FORM_H_

// Judges the form of a request, without the state: lengths, names, counts. Every bad field is
// named at once.
// Thread safety: none; one request uses it.
// Errors: INVALID_ARGUMENT INVALID_FIELDS.
// Limits: the constants below.

#include <google/protobuf/repeated_field.h>
#include <google/protobuf/repeated_ptr_field.h>

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "loopdock/common/v1/evidence.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"
#include "services/common/status.h"

namespace loopdock::inventory {

inline constexpr size_t kTextMax = 256;                // bytes of an ordinary field
inline constexpr size_t kReasonMax = 1000;             // bytes of a sentence
inline constexpr size_t kIdentifierMax = 128;          // bytes of an identifier's value
inline constexpr int kListMax = 64;                    // entries of an ordinary list
inline constexpr int kManifestLinesMax = 900;          // lines a command
inline constexpr int kDecisionsMax = 900;              // decisions a command
inline constexpr int kShipmentAssetsMax = 400;         // assets a shipment
inline constexpr std::int64_t kMassMax = 100'000'000;  // grams

class Form {
 public:
  explicit Form(std::string_view site) : site_(site) {}

  void Check(bool good, std::string_view field, std::string_view description);
  // `sites/{site}/{collection}/{id}` of this command's site, or `parties/{id}`.
  void Name(std::string_view field, std::string_view value, std::string_view collection);
  void OptionalName(std::string_view field, std::string_view value, std::string_view collection);
  // A name or a bare id of lower-case letters, digits and hyphens; may be empty.
  void Wish(std::string_view field, std::string_view value, std::string_view collection);
  // At most `max` bytes without control characters.
  void Text(std::string_view field, std::string_view value, size_t max = kTextMax);
  // The same, and not empty.
  void Required(std::string_view field, std::string_view value, size_t max = kTextMax);
  void Count(std::string_view field, std::int64_t value, std::int64_t max);
  void Date(std::string_view field, std::string_view value);
  // ISO 3166-1 alpha-2; may be empty.
  void Country(std::string_view field, std::string_view value);
  void Mass(std::string_view field, std::int64_t grams) { Count(field, grams, kMassMax); }
  void Texts(std::string_view field, const google::protobuf::RepeatedPtrField<std::string>& values,
             int max = kListMax);
  void Evidence(std::string_view field,
                const google::protobuf::RepeatedPtrField<common::v1::EvidenceRef>& refs);
  void Evidence(std::string_view field, const common::v1::EvidenceRef& ref);
  // Known ones, each at most once.
  void FocusMaterials(std::string_view field,
                      const google::protobuf::RepeatedField<int>& materials);
  void Identifiers(std::string_view field,
                   const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers);

  const std::string& site() const { return site_; }
  absl::Status status() const { return violations_.ToStatus(); }

 private:
  const std::string site_;
  common::FieldViolations violations_;
};

// At most kTextMax bytes, no control characters.
bool IsPlainText(std::string_view text, size_t max);
// Free of control characters, not empty and within kIdentifierMax.
bool IsIdentifierValue(std::string_view value);
// A GS1 company prefix: 4 to 12 digits.
bool IsGs1Prefix(std::string_view text);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_FORM_H_
