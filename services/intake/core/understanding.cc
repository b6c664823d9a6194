// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/understanding.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/intake/core/device_ids.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

enum class Field {
  kSerial,
  kPartNumber,
  kImei,
  kMac,
  kGtin,
  kManufacturer,
  kAssetTag,
  kSscc,
  kQuantity,
  kPurchaseOrder,
};

// What an identifier says its value is, and how sure that makes it. `kinds`: 'g' GS1 and Digital
// Link, 'd' data identifiers, 't' texts without syntax.
struct Meaning {
  char kinds;
  std::string_view id;
  Field field;
  double confidence;
};

constexpr Meaning kMeanings[] = {
    {'g', "00", Field::kSscc, 1.0},
    {'g', "01", Field::kGtin, 1.0},
    {'g', "21", Field::kSerial, 0.98},
    {'g', "8011", Field::kSerial, 0.8},
    {'g', "250", Field::kSerial, 0.4},
    {'g', "240", Field::kPartNumber, 0.7},
    {'g', "241", Field::kPartNumber, 0.6},
    {'g', "8010", Field::kPartNumber, 0.9},
    {'g', "8040", Field::kImei, 0.99},
    {'g', "8041", Field::kImei, 0.99},
    {'g', "8004", Field::kAssetTag, 0.95},
    {'g', "30", Field::kQuantity, 0.9},
    {'g', "37", Field::kQuantity, 0.9},
    {'g', "400", Field::kPurchaseOrder, 0.95},
    {'d', "S", Field::kSerial, 0.95},
    {'d', "1S", Field::kSerial, 0.85},
    {'d', "25S", Field::kSerial, 0.7},
    {'d', "4S", Field::kSerial, 0.6},
    {'d', "1P", Field::kPartNumber, 0.95},
    {'d', "30P", Field::kPartNumber, 0.85},
    {'d', "P", Field::kPartNumber, 0.8},
    {'d', "23S", Field::kMac, 0.95},
    {'d', "1V", Field::kManufacturer, 0.95},
    {'d', "10V", Field::kManufacturer, 0.9},
    {'d', "21V", Field::kManufacturer, 0.8},
    {'d', "V", Field::kManufacturer, 0.5},
    {'d', "Q", Field::kQuantity, 0.95},
    {'d', "7Q", Field::kQuantity, 0.9},
    {'d', "K", Field::kPurchaseOrder, 0.9},
    {'d', "1K", Field::kPurchaseOrder, 0.6},
    {'t', "imei", Field::kImei, 1.0},
    {'t', "imeisv", Field::kImei, 0.9},
    {'t', "mac", Field::kMac, 1.0},
    {'t', "sscc", Field::kSscc, 1.0},
    {'t', "tag", Field::kAssetTag, 1.0},
    {'t', "serial", Field::kSerial, 1.0},
    {'t', "part_number", Field::kPartNumber, 1.0},
};

char KindsOf(LabelKind kind) {
  if (kind == LabelKind::kGs1 || kind == LabelKind::kDigitalLink) return 'g';
  return kind == LabelKind::kIso15434 ? 'd' : 't';
}

// Format 05 of ISO/IEC 15434 carries application identifiers: digits only, which no data
// identifier is.
const Meaning* MeaningOf(LabelKind kind, std::string_view id) {
  const char kinds = KindsOf(kind) == 'd' && AllDigits(id) ? 'g' : KindsOf(kind);
  const auto* found = std::find_if(
      std::begin(kMeanings), std::end(kMeanings),
      [&](const Meaning& meaning) { return meaning.kinds == kinds && meaning.id == id; });
  return found == std::end(kMeanings) ? nullptr : found;
}

std::string Digits(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits), IsDigit);
  return digits;
}

std::string HexDigits(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (HexValue(c) >= 0) digits.push_back(ToLower(c));
  }
  return digits;
}

std::string Stored(Field field, const Parsed& parsed, const Element& element) {
  switch (field) {
    case Field::kSerial:
    case Field::kAssetTag:
      return parsed.elements.size() == 1 && KindsOf(parsed.kind) == 't'
                 ? parsed.normalized
                 : NormalizeSerial(element.value);
    case Field::kImei:
      return Digits(element.value);
    case Field::kMac:
      return HexDigits(element.value);
    case Field::kSscc: {
      const std::string digits = Digits(element.value);
      return digits.size() == 20 ? digits.substr(2) : digits;
    }
    default:
      return std::string(Strip(element.value));
  }
}

class Gatherer {
 public:
  Understanding Gather(std::span<const Parsed> texts) {
    for (std::size_t i = 0; i < texts.size(); ++i) Take(texts[i], i);
    std::stable_sort(
        understanding_.other.begin(), understanding_.other.end(),
        [](const Understood& a, const Understood& b) { return a.confidence > b.confidence; });
    return std::move(understanding_);
  }

 private:
  void Take(const Parsed& parsed, std::size_t index) {
    for (const std::string& warning : parsed.warnings) understanding_.warnings.push_back(warning);
    if (!parsed.error.ok()) {
      understanding_.warnings.push_back(Cat("NOT_RIGHT: Text ", std::to_string(index + 1), ": ",
                                            std::string(parsed.error.message())));
    }
    for (const Element& element : parsed.elements) TakeElement(parsed, element, index);
    if (!parsed.maker_hint.empty()) {
      Offer(&understanding_.manufacturer,
            Candidate(parsed, parsed.maker_hint, {"shape", parsed.maker_hint}, index, 0.3));
    }
  }

  static Understood Candidate(const Parsed& parsed, std::string value, const Element& element,
                              std::size_t index, double confidence) {
    return {std::move(value), element.value, std::string(ToString(parsed.kind)),
            element.id,       index,         confidence};
  }

  void TakeElement(const Parsed& parsed, const Element& element, std::size_t index) {
    const Meaning* meaning = MeaningOf(parsed.kind, element.id);
    if (meaning == nullptr || index >= kUnderstoodTextsMax || element.value.empty()) {
      understanding_.other.push_back(Candidate(parsed, element.value, element, index, 0));
      return;
    }
    // A text that is wrong somewhere may be wrong here as well.
    const double trust = (parsed.error.ok() ? 1.0 : 0.3) * parsed.confidence;
    Element part = element;
    if (element.id == "1S" && parsed.kind == LabelKind::kIso15434)
      SplitMachineType(parsed, &part, index, trust);
    Understood candidate = Candidate(parsed, Stored(meaning->field, parsed, part), element, index,
                                     trust * meaning->confidence);
    if (meaning->field == Field::kImei) {
      OfferOneOfMany(&understanding_.imeis, std::move(candidate));
    } else if (meaning->field == Field::kMac) {
      OfferOneOfMany(&understanding_.macs, std::move(candidate));
    } else {
      Offer(Slot(meaning->field), std::move(candidate));
    }
  }

  // Lenovo prints machine type and serial as one: 1S, ten (or seven) characters, eight (or seven).
  void SplitMachineType(const Parsed& parsed, Element* part, std::size_t index, double trust) {
    const std::string& value = part->value;
    if ((value.size() != 18 && value.size() != 14) || !AllAlnum(value) || !IsDigit(value[0]))
      return;
    const std::size_t type = value.size() == 18 ? 10 : 7;
    Offer(&understanding_.part_number,
          Candidate(parsed, value.substr(0, type), *part, index, trust * 0.85));
    part->value = value.substr(type);
  }

  Understood* Slot(Field field) {
    switch (field) {
      case Field::kPartNumber:
        return &understanding_.part_number;
      case Field::kGtin:
        return &understanding_.gtin;
      case Field::kManufacturer:
        return &understanding_.manufacturer;
      case Field::kAssetTag:
        return &understanding_.asset_tag;
      case Field::kSscc:
        return &understanding_.sscc;
      case Field::kQuantity:
        return &understanding_.quantity;
      case Field::kPurchaseOrder:
        return &understanding_.purchase_order;
      default:
        return &understanding_.serial;
    }
  }

  // The better one stays; the other is kept as a candidate when it says something else.
  void Offer(Understood* slot, Understood candidate) {
    if (slot->value == candidate.value) {
      slot->confidence = std::max(slot->confidence, candidate.confidence);
      return;
    }
    if (slot->found()) {
      if (slot->confidence < candidate.confidence) std::swap(*slot, candidate);
      if (candidate.confidence > 0.4 && candidate.confidence > slot->confidence - 0.2) {
        understanding_.warnings.push_back(Cat("AMBIGUOUS: ", slot->value, " (", slot->id,
                                              ") was chosen, ", candidate.value, " (", candidate.id,
                                              ") is possible too."));
      }
      understanding_.other.push_back(std::move(candidate));
    } else {
      *slot = std::move(candidate);
    }
  }

  void OfferOneOfMany(std::vector<Understood>* many, Understood candidate) {
    for (Understood& known : *many) {
      // An IMEISV repeats the first 14 digits of the IMEI.
      if (known.value.substr(0, 14) != candidate.value.substr(0, 14)) continue;
      if (known.confidence < candidate.confidence) std::swap(known, candidate);
      if (known.value != candidate.value) understanding_.other.push_back(std::move(candidate));
      return;
    }
    many->push_back(std::move(candidate));
  }

  Understanding understanding_;
};

}  // namespace

Understanding Understand(std::span<const Parsed> texts) { return Gatherer().Gather(texts); }

}  // namespace loopdock::intake
