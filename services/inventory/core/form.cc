// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/form.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/civil_time.h"
#include "services/common/names.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

bool IsPlainText(std::string_view text, size_t max) {
  return text.size() <= max && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

bool IsGs1Prefix(std::string_view text) {
  return text.size() >= 4 && text.size() <= 12 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool IsIdentifierValue(std::string_view value) {
  return !Trim(value).empty() && IsPlainText(value, kIdentifierMax);
}

void Form::Check(bool good, std::string_view field, std::string_view description) {
  if (!good) violations_.Add(std::string(field), std::string(description));
}

void Form::Name(std::string_view field, std::string_view value, std::string_view collection) {
  const auto parsed = common::ParseName(value, collection);
  const std::string form =
      collection == "parties" ? "parties/{id}" : Cat("sites/", site_, "/", collection, "/{id}");
  const bool good = parsed.ok() && (collection == "parties" || parsed->site == site_);
  Check(good, field, Cat("must be a name of the form ", form));
}

void Form::OptionalName(std::string_view field, std::string_view value,
                        std::string_view collection) {
  if (!value.empty()) Name(field, value, collection);
}

void Form::Wish(std::string_view field, std::string_view value, std::string_view collection) {
  if (value.empty()) return;
  if (value.find('/') != std::string_view::npos) Name(field, value, collection);
  const std::string_view id = IdOf(value);
  const bool good = common::IsValidId(id) && std::all_of(id.begin(), id.end(), [](char c) {
                      return c == '-' || (absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
                                          !absl::ascii_isupper(static_cast<unsigned char>(c)));
                    });
  Check(good, field, "must end in an id of at most 63 lower-case letters, digits and hyphens");
}

void Form::Text(std::string_view field, std::string_view value, size_t max) {
  Check(IsPlainText(value, max), field,
        Cat("must have at most ", max, " bytes and no control characters"));
}

void Form::Required(std::string_view field, std::string_view value, size_t max) {
  Check(!Trim(value).empty(), field, "is required");
  Text(field, value, max);
}

void Form::Count(std::string_view field, std::int64_t value, std::int64_t max) {
  Check(value >= 0 && value <= max, field, Cat("must be from 0 to ", max));
}

void Form::Date(std::string_view field, std::string_view value) {
  if (value.empty()) return;
  absl::CivilDay day;
  const bool good = value.size() == 10 && absl::ParseCivilTime(std::string(value), &day);
  Check(good, field, "must be a date of the form YYYY-MM-DD");
}

void Form::Country(std::string_view field, std::string_view value) {
  if (value.empty()) return;
  const bool good = value.size() == 2 && std::all_of(value.begin(), value.end(), [](char c) {
                      return absl::ascii_isupper(static_cast<unsigned char>(c));
                    });
  Check(good, field, "must be a country code of two capital letters, ISO 3166-1 alpha-2");
}

void Form::Texts(std::string_view field,
                 const google::protobuf::RepeatedPtrField<std::string>& values, int max) {
  Check(values.size() <= max, field, Cat("may have at most ", max, " entries"));
  for (int i = 0; i < std::min(values.size(), max); ++i) {
    Required(Cat(field, "[", i, "]"), values.Get(i));
  }
}

void Form::Evidence(std::string_view field, const common::v1::EvidenceRef& ref) {
  const bool hex = ref.sha256().size() == 64 &&
                   std::all_of(ref.sha256().begin(), ref.sha256().end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  Check(hex, Cat(field, ".sha256"), "must be 64 lower-case hexadecimal digits");
  Text(Cat(field, ".media_type"), ref.media_type(), 100);
  Text(Cat(field, ".purpose"), ref.purpose(), 100);
  Check(ref.size_bytes() >= 0, Cat(field, ".size_bytes"), "must not be negative");
}

void Form::Evidence(std::string_view field,
                    const google::protobuf::RepeatedPtrField<common::v1::EvidenceRef>& refs) {
  Check(refs.size() <= kListMax, field, Cat("may have at most ", kListMax, " entries"));
  for (int i = 0; i < std::min(refs.size(), kListMax); ++i) {
    Evidence(Cat(field, "[", i, "]"), refs.Get(i));
  }
}

void Form::FocusMaterials(std::string_view field,
                          const google::protobuf::RepeatedField<int>& materials) {
  bool good = true;
  for (int i = 0; i < materials.size(); ++i) {
    good =
        good && materials[i] != v1::FOCUS_MATERIAL_UNSPECIFIED &&
        v1::FocusMaterial_IsValid(materials[i]) &&
        std::find(materials.begin(), materials.begin() + i, materials[i]) == materials.begin() + i;
  }
  Check(good, field, "must be known focus materials, each once");
}

void Form::Identifiers(std::string_view field,
                       const google::protobuf::RepeatedPtrField<v1::Identifier>& identifiers) {
  Check(identifiers.size() <= kListMax, field, Cat("may have at most ", kListMax, " entries"));
  for (int i = 0; i < std::min(identifiers.size(), kListMax); ++i) {
    const v1::Identifier& identifier = identifiers.Get(i);
    const std::string at = Cat(field, "[", i, "]");
    Check(identifier.kind() != v1::IDENTIFIER_KIND_UNSPECIFIED &&
              v1::IdentifierKind_IsValid(identifier.kind()) &&
              identifier.kind() != v1::IDENTIFIER_KIND_SSCC,
          Cat(at, ".kind"), "must be a kind of identifier that an asset can have");
    Check(IsIdentifierValue(identifier.value()), Cat(at, ".value"),
          Cat("must have 1 to ", kIdentifierMax, " bytes and no control characters"));
    Text(Cat(at, ".issuer"), identifier.issuer());
  }
}

}  // namespace loopdock::inventory
