// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_WORDS_H_
#define LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_WORDS_H_

// How the functions of fact_details.h put what a fact says into its details.
//
// Thread safety: free functions.

#include <google/protobuf/generated_enum_reflection.h>

#include <string>
#include <string_view>

#include "services/traceability/core/fact_details.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability::details {

namespace v1 = inventory::v1;

// COSMETIC_C4 without its prefix, in lower case: "c4"; empty when not set.
template <typename E>
std::string Word(E value, std::string_view prefix) {
  const int number = static_cast<int>(value);
  if (number == 0) return "";
  const auto* known = google::protobuf::GetEnumDescriptor<E>()->FindValueByNumber(number);
  if (known == nullptr) return Cat(number);
  std::string name = known->name();
  if (name.starts_with(prefix)) name.erase(0, prefix.size());
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

inline void Put(FactDetails& details, std::string_view key, std::string_view text) {
  if (!text.empty()) details.attributes.emplace_back(key, text);
}

inline void PutCount(FactDetails& details, std::string_view key, std::int64_t value) {
  if (value != 0) details.attributes.emplace_back(key, Cat(value));
}

inline void PutFlag(FactDetails& details, std::string_view key, bool value) {
  if (value) details.attributes.emplace_back(key, "true");
}

inline void About(FactDetails& details, const std::string& name) {
  if (!name.empty()) details.subjects.push_back(name);
}

template <typename Refs>
void PutEvidence(FactDetails& details, const Refs& refs) {
  for (const auto& ref : refs) details.evidence_sha256.push_back(ref.sha256());
}

inline std::string IdentifierText(const v1::Identifier& identifier) {
  return Cat(Word(identifier.kind(), "IDENTIFIER_KIND_"), ":", identifier.value());
}

template <typename Texts>
std::string Joined(const Texts& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

// A quantity of goods without serial numbers: grams are thousandths of a kilogram, pieces have no
// unit.
inline void AddQuantity(std::vector<Quantity>& quantities, const std::string& name,
                        std::int64_t piece_count, std::int64_t mass_g) {
  if (mass_g > 0) {
    quantities.push_back({name, mass_g, "KGM"});
  } else if (piece_count > 0) {
    quantities.push_back({name, piece_count * 1000, ""});
  }
}

}  // namespace loopdock::traceability::details

#endif  // LOOPDOCK_SERVICES_TRACEABILITY_CORE_FACT_WORDS_H_
