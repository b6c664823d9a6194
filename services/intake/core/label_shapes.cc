// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/label_shapes.h"

#include <algorithm>

#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// How much the shape of a maker's serial numbers says: that of Cisco holds a date, that of Dell
// fits any seven letters and digits.
double TrustInSerialShape(std::string_view maker) {
  constexpr struct {
    std::string_view maker;
    double trust;
  } kTrust[] = {{"Cisco", 0.8}, {"Apple", 0.75}, {"Samsung", 0.7},   {"HP", 0.65},
                {"Dell", 0.6},  {"Lenovo", 0.6}, {"Microsoft", 0.55}};
  for (const auto& known : kTrust) {
    if (known.maker == maker) return known.trust;
  }
  return 0.5;
}

bool HasLetter(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return IsUpper(ToUpper(c)); });
}

// The part before and after the only `separator`.
bool TwoParts(std::string_view value, char separator, std::string_view* head,
              std::string_view* tail) {
  const std::size_t at = value.find(separator);
  if (at == std::string_view::npos || value.find(separator, at + 1) != std::string_view::npos) {
    return false;
  }
  *head = value.substr(0, at);
  *tail = value.substr(at + 1);
  return AllAlnum(*head) && AllAlnum(*tail);
}

ShapeGuess Part(double trust, std::string_view maker) {
  return {.serial = 0.3, .part_number = trust, .maker = maker};
}

// An order or part number; part_number is 0 when the value has the shape of none.
ShapeGuess GuessPart(std::string_view value) {
  std::string_view head;
  std::string_view tail;
  if (IsAppleOrderNumber(value)) return Part(0.8, "Apple");
  if (StartsWithAnyCase(value, "SM-") && value.size() >= 7) return Part(0.8, "Samsung");
  if (TwoParts(value, '#', &head, &tail) && head.size() >= 5 && tail.size() == 3) {
    return Part(0.8, "HP");
  }
  if (TwoParts(value, '-', &head, &tail) && head.size() == 6 && tail.size() == 3 &&
      HasDigit(tail)) {
    return Part(0.65, "HP");
  }
  // Lenovo's machine type and model.
  if (value.size() == 10 && AllAlnum(value) && AllDigits(value.substr(0, 2)) && HasLetter(value)) {
    return Part(0.6, "Lenovo");
  }
  const bool separated = value.find_first_of("-/#.") != std::string_view::npos;
  return separated && HasDigit(value) && HasLetter(value) ? Part(0.55, "") : ShapeGuess();
}

}  // namespace

bool IsAppleOrderNumber(std::string_view value) {
  std::string_view head;
  std::string_view tail;
  return TwoParts(value, '/', &head, &tail) && head.size() >= 5 && head.size() <= 7 &&
         tail.size() == 1 && IsUpper(ToUpper(head[0])) && IsUpper(ToUpper(tail[0])) &&
         HasDigit(head);
}

ShapeGuess GuessByShape(std::string_view value, std::string_view maker) {
  if (AllDigits(value)) {
    if (value.size() <= 3 && value[0] != '0') return {.quantity = 0.4};
    if (value.size() == 4 && value[0] != '0') return {.serial = 0.3, .quantity = 0.35};
    // Purchase orders of the most common ERP system have ten digits from 45.
    if (value.size() == 10 && StartsWith(value, "45")) {
      return {.serial = 0.3, .purchase_order = 0.5};
    }
    if (value.size() >= 12 && value.size() <= 14 && CheckDigitHolds(value)) {
      return {.serial = 0.3, .gtin = 0.5};
    }
  }
  if (value.empty() || Contains(value, ' ') || value.size() > 40) return {};
  if (ShapeGuess part = GuessPart(value); part.part_number > 0) return part;
  if (value.size() < 4 || !HasDigit(value)) return {};
  return {.serial = TrustInSerialShape(maker), .maker = maker};
}

}  // namespace loopdock::intake
