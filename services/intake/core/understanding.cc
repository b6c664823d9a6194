// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/understanding.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "services/intake/core/device_ids.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/label_shapes.h"
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
    {'t', "model", Field::kPartNumber, 0.6},
    {'t', "quantity", Field::kQuantity, 1.0},
    {'t', "purchase_order", Field::kPurchaseOrder, 1.0},
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

std::string_view NameOf(Field field) {
  switch (field) {
    case Field::kSerial:
      return "serial";
    case Field::kPartNumber:
      return "part_number";
    case Field::kImei:
      return "imei";
    case Field::kMac:
      return "mac";
    case Field::kGtin:
      return "gtin";
    case Field::kManufacturer:
      return "maker";
    case Field::kAssetTag:
      return "asset_tag";
    case Field::kSscc:
      return "sscc";
    case Field::kQuantity:
      return "quantity";
    case Field::kPurchaseOrder:
      return "purchase_order";
  }
  return "serial";
}

// Read from its symbol alone, without an identifier, a name or a pattern of the site's.
bool IsBare(const Parsed& parsed) {
  return parsed.error.ok() && parsed.elements.size() == 1 &&
         ((parsed.kind == LabelKind::kSerial && parsed.confidence < 0.9) ||
          (parsed.kind == LabelKind::kPlain && parsed.elements[0].id == "text"));
}

double Odds(double probability) { return probability / (1.001 - probability); }

// A rival less likely than this is none.
constexpr double kRivalMin = 0.1;
// Two values of one field, both that likely alone, cannot both be right.
constexpr double kPairTrust = 0.9;
// Below it, the syntax of a text is itself a guess.
constexpr double kNamedMin = 0.55;
// A value in the shape of a serial number that nothing on its label rivals.
constexpr double kUnrivalled = 0.6;
constexpr double kSerialShape = 0.5;
// What standing first adds to a value that only its shape speaks for.
constexpr double kFirstBonus = 0.05;

class Gatherer {
 public:
  explicit Gatherer(const LabelContext& context) : context_(context) {}

  Understanding Gather(std::span<const Parsed> texts) {
    several_ = texts.size() > 1;
    has_apple_order_number_ =
        several_ && std::any_of(texts.begin(), texts.end(), [](const Parsed& parsed) {
          return std::any_of(
              parsed.elements.begin(), parsed.elements.end(),
              [](const Element& element) { return IsAppleOrderNumber(Strip(element.value)); });
        });
    for (std::size_t i = 0; i < texts.size(); ++i) Take(texts[i], i);
    if (several_) {
      for (std::size_t i = 0; i < std::min(texts.size(), kUnderstoodTextsMax); ++i) {
        if (IsBare(texts[i])) GuessFor(texts[i], i);
      }
      DropExpressCodes();
      AskForParts();
      FavourTheFirst();
    } else {
      AskForTradeItem();
    }
    Assign();
    Weigh();
    TakeMakers(texts);
    std::stable_sort(
        understanding_.other.begin(), understanding_.other.end(),
        [](const Understood& a, const Understood& b) { return a.confidence > b.confidence; });
    return std::move(understanding_);
  }

 private:
  struct Candidate {
    Field field;
    Understood value;
    bool taken = false;
  };

  void Take(const Parsed& parsed, std::size_t index) {
    for (const std::string& warning : parsed.warnings) understanding_.warnings.push_back(warning);
    if (!parsed.error.ok()) {
      understanding_.warnings.push_back(Cat("NOT_RIGHT: Text ", std::to_string(index + 1), ": ",
                                            std::string(parsed.error.message())));
    }
    if (several_ && index < kUnderstoodTextsMax && IsBare(parsed)) return;
    for (const Element& element : parsed.elements) TakeElement(parsed, element, index);
  }

  static Understood Value(const Parsed& parsed, std::string value, const Element& element,
                          std::size_t index, double confidence, Basis basis) {
    return {.value = std::move(value),
            .written = element.value,
            .kind = std::string(ToString(parsed.kind)),
            .id = element.id,
            .text = index,
            .confidence = confidence,
            .basis = basis};
  }

  void TakeElement(const Parsed& parsed, const Element& element, std::size_t index) {
    const Meaning* meaning = MeaningOf(parsed.kind, element.id);
    if (meaning == nullptr || index >= kUnderstoodTextsMax || element.value.empty()) {
      understanding_.other.push_back(
          Value(parsed, element.value, element, index, 0, Basis::kIdentifier));
      return;
    }
    // A text that is wrong somewhere may be wrong here as well.
    const double trust = (parsed.error.ok() ? 1.0 : 0.3) * parsed.confidence;
    const bool named = parsed.confidence >= (KindsOf(parsed.kind) == 't' ? 0.9 : kNamedMin);
    Element part = element;
    if (element.id == "1S" && parsed.kind == LabelKind::kIso15434)
      SplitMachineType(parsed, &part, index, trust);
    Offer(meaning->field,
          Value(parsed, Stored(meaning->field, parsed, part), element, index,
                trust * meaning->confidence, named ? Basis::kIdentifier : Basis::kShape));
  }

  void Offer(Field field, Understood value) {
    // An IMEISV repeats the first 14 digits of the IMEI.
    if (field == Field::kImei) return OfferOneOfMany(14, &understanding_.imeis, std::move(value));
    if (field == Field::kMac) return OfferOneOfMany(16, &understanding_.macs, std::move(value));
    candidates_.push_back({field, std::move(value)});
  }

  // Lenovo prints machine type and serial as one: 1S, ten (or seven) characters, eight (or seven).
  void SplitMachineType(const Parsed& parsed, Element* part, std::size_t index, double trust) {
    const std::string& value = part->value;
    if ((value.size() != 18 && value.size() != 14) || !AllAlnum(value) || !IsDigit(value[0]))
      return;
    const std::size_t type = value.size() == 18 ? 10 : 7;
    Offer(Field::kPartNumber,
          Value(parsed, value.substr(0, type), *part, index, trust * 0.85, Basis::kIdentifier));
    part->value = value.substr(type);
  }

  // A value that nothing names, on a label that says more: several fields compete for it.
  void GuessFor(const Parsed& parsed, std::size_t index) {
    const Element& element = parsed.elements[0];
    const std::string_view written = Strip(element.value);
    const ShapeGuess guess = GuessByShape(written, parsed.maker_hint);
    const std::size_t before = candidates_.size();
    const auto offer = [&](Field field, std::string value, double confidence) {
      if (confidence <= 0) return;
      Offer(field, Value(parsed, std::move(value), element, index, confidence, Basis::kShape));
    };
    offer(Field::kPartNumber, std::string(written), guess.part_number);
    offer(Field::kQuantity, std::string(written), guess.quantity);
    offer(Field::kPurchaseOrder, std::string(written), guess.purchase_order);
    offer(Field::kGtin, PadGtin(written), guess.gtin);
    std::string serial = parsed.normalized;
    double confidence = guess.serial;
    // Apple's serial numbers carry the data identifier S under the bars, and have no fixed length.
    if (confidence > 0 && serial.size() >= 9 && serial.size() <= 15 && serial[0] == 'S' &&
        AllAlnum(serial) && has_apple_order_number_) {
      serial.erase(0, 1);
      confidence = 0.75;
      understanding_.warnings.push_back(
          "LEADING_S: The first S is taken for the data identifier of a serial number.");
    }
    offer(Field::kSerial, std::move(serial), confidence);
    if (candidates_.size() == before) {
      understanding_.other.push_back(
          Value(parsed, element.value, element, index, 0, Basis::kShape));
    }
  }

  // The express service code says the service tag once more.
  void DropExpressCodes() {
    const auto repeats = [this](const Candidate& candidate) {
      if (candidate.value.basis != Basis::kShape) return false;
      const std::string tag = TagOfExpressCode(candidate.value.value);
      return !tag.empty() &&
             std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
               return other.field == Field::kSerial && other.value.value == tag;
             });
    };
    const auto kept = std::stable_partition(candidates_.begin(), candidates_.end(),
                                            [&](const Candidate& c) { return !repeats(c); });
    for (auto code = kept; code != candidates_.end(); ++code) {
      if (code->field != Field::kSerial) continue;
      code->value.confidence = 0;
      understanding_.other.push_back(std::move(code->value));
    }
    candidates_.erase(kept, candidates_.end());
  }

  static bool IsGuessedSerial(const Candidate& candidate) {
    return candidate.field == Field::kSerial && IsGuess(candidate);
  }

  // What the catalog has as a part number is one, and no serial number.
  void AskForParts() {
    const auto guesses = std::count_if(candidates_.begin(), candidates_.end(),
                                       [](const Candidate& c) { return IsGuessedSerial(c); });
    if (context_.known_part == nullptr || guesses < 2) return;
    std::vector<std::size_t> parts;
    int asked = 0;
    for (const Candidate& candidate : candidates_) {
      if (!IsGuessedSerial(candidate) || asked == kKnownPartsMax) continue;
      ++asked;
      if (context_.known_part(Strip(candidate.value.written)))
        parts.push_back(candidate.value.text);
    }
    for (const std::size_t text : parts) {
      const auto of_text = [text](const Candidate& c) { return c.value.text == text; };
      Understood part = std::find_if(candidates_.begin(), candidates_.end(), of_text)->value;
      std::erase_if(candidates_, of_text);
      part.value = std::string(Strip(part.written));
      part.confidence = 0.9;
      part.basis = Basis::kCatalog;
      candidates_.push_back({Field::kPartNumber, std::move(part)});
    }
  }

  // Digits that may be a GTIN are one when the catalog has it.
  void AskForTradeItem() {
    if (context_.known_part == nullptr) return;
    for (Candidate& candidate : candidates_) {
      if (candidate.field != Field::kGtin || candidate.value.basis != Basis::kShape ||
          !context_.known_part(candidate.value.value)) {
        continue;
      }
      candidate.value.confidence = 0.9;
      candidate.value.basis = Basis::kCatalog;
    }
  }

  // Among serial numbers of which none is better, the first on the label is the likelier one.
  void FavourTheFirst() {
    const auto place = [this](const Candidate& c) {
      return c.value.text < context_.reading_order.size() ? context_.reading_order[c.value.text]
                                                          : kUnderstoodTextsMax;
    };
    Candidate* first = nullptr;
    int rivals = 0;
    for (Candidate& candidate : candidates_) {
      if (!IsGuessedSerial(candidate) || place(candidate) == kUnderstoodTextsMax) continue;
      ++rivals;
      if (first == nullptr || place(candidate) < place(*first)) first = &candidate;
    }
    if (rivals < 2) return;
    first->value.confidence += kFirstBonus;
    first->value.basis = Basis::kPosition;
  }

  // The likeliest value first, each value once.
  void Assign() {
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) {
                       return a.value.confidence > b.value.confidence;
                     });
    for (Candidate& candidate : candidates_) {
      Understood* slot = Slot(candidate.field);
      if (slot->found() || (IsGuess(candidate) && TakenElsewhere(candidate))) continue;
      *slot = candidate.value;
      candidate.taken = true;
    }
    RescueIdentity();
    for (const Candidate& candidate : candidates_) {
      if (!candidate.taken && !Placed(candidate)) understanding_.other.push_back(candidate.value);
    }
  }

  static bool IsGuess(const Candidate& candidate) {
    return candidate.value.basis == Basis::kShape || candidate.value.basis == Basis::kPosition;
  }

  bool TakenElsewhere(const Candidate& candidate) const {
    return std::any_of(candidates_.begin(), candidates_.end(), [&](const Candidate& other) {
      return other.taken && other.field != candidate.field &&
             (other.value.text == candidate.value.text ||
              other.value.value == candidate.value.value);
    });
  }

  // A device without any identity is worth less than one whose part number is unknown.
  void RescueIdentity() {
    if (understanding_.serial.found() || understanding_.asset_tag.found() ||
        understanding_.sscc.found() || !understanding_.imeis.empty()) {
      return;
    }
    for (Candidate& candidate : candidates_) {
      if (candidate.field != Field::kSerial) continue;
      for (Candidate& other : candidates_) {
        if (!other.taken || other.value.text != candidate.value.text) continue;
        *Slot(other.field) = {};
        other.taken = false;
      }
      understanding_.serial = candidate.value;
      candidate.taken = true;
      return;
    }
  }

  // Whether the value is in some field or already among the others.
  bool Placed(const Candidate& candidate) {
    const auto same = [&](const Understood& value) {
      return value.text == candidate.value.text && value.written == candidate.value.written;
    };
    return std::any_of(candidates_.begin(), candidates_.end(),
                       [&](const Candidate& other) {
                         return other.taken &&
                                (same(other.value) || (other.field == candidate.field &&
                                                       other.value.value == candidate.value.value));
                       }) ||
           std::any_of(understanding_.other.begin(), understanding_.other.end(), same);
  }

  // An identifier of its own beside a tag, not one instead of the other.
  static bool IsGiai(const Understood& value) { return value.id == "8004"; }

  // How sure each field is, given what else it could be.
  void Weigh() {
    for (const Candidate& taken : candidates_) {
      if (!taken.taken) continue;
      Rivalry rivalry{.field = NameOf(taken.field), .taken = taken.value};
      double best = kRivalMin;
      for (const Candidate& rival : candidates_) {
        if (rival.taken || rival.field != taken.field || rival.value.value == taken.value.value ||
            IsGiai(rival.value) != IsGiai(taken.value)) {
          continue;
        }
        const bool placed = IsGuess(rival) && TakenElsewhere(rival);
        const double weight = rival.value.confidence * (placed ? 0.5 : 1.0);
        if (weight <= best) continue;
        best = weight;
        rivalry.runner_up = rival.value;
      }
      if (!rivalry.runner_up.found()) {
        if (several_ && IsGuessedSerial(taken) && taken.value.confidence >= kSerialShape) {
          understanding_.serial.confidence = std::max(taken.value.confidence, kUnrivalled);
        }
        continue;
      }
      const double own = taken.value.confidence;
      const double share = Odds(own) / (Odds(own) + Odds(best));
      const double trust = std::max(own, kPairTrust);
      rivalry.confidence = share * trust;
      rivalry.runner_up_confidence = (1 - share) * trust;
      if (best > 0.4 && best > own - 0.2) {
        understanding_.warnings.push_back(
            Cat("AMBIGUOUS: ", taken.value.value, " (", taken.value.id, ") was chosen, ",
                rivalry.runner_up.value, " (", rivalry.runner_up.id, ") is possible too."));
      }
      understanding_.rivalries.push_back(std::move(rivalry));
    }
  }

  // The shape of the serial or part number that was taken names the maker where nothing else does.
  void TakeMakers(std::span<const Parsed> texts) {
    if (understanding_.manufacturer.found()) return;
    for (const Understood* value : {&understanding_.serial, &understanding_.part_number}) {
      if (!value->found() || value->text >= texts.size()) continue;
      const Parsed& parsed = texts[value->text];
      std::string maker = parsed.maker_hint;
      if (maker.empty() && several_ && value == &understanding_.part_number) {
        maker = std::string(GuessByShape(value->written, "").maker);
      }
      if (maker.empty()) continue;
      understanding_.manufacturer =
          Value(parsed, maker, {"shape", maker}, value->text, 0.3, Basis::kShape);
      return;
    }
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

  void OfferOneOfMany(std::size_t compared, std::vector<Understood>* many, Understood candidate) {
    for (Understood& known : *many) {
      if (known.value.substr(0, compared) != candidate.value.substr(0, compared)) continue;
      if (known.confidence < candidate.confidence) std::swap(known, candidate);
      if (known.value != candidate.value) understanding_.other.push_back(std::move(candidate));
      return;
    }
    many->push_back(std::move(candidate));
  }

  const LabelContext& context_;
  bool several_ = false;
  bool has_apple_order_number_ = false;
  std::vector<Candidate> candidates_;
  Understanding understanding_;
};

}  // namespace

std::string_view ToString(Basis basis) {
  switch (basis) {
    case Basis::kIdentifier:
      return "identifier";
    case Basis::kShape:
      return "shape";
    case Basis::kPosition:
      return "position";
    case Basis::kCatalog:
      return "catalog";
    case Basis::kLayout:
      return "layout";
    case Basis::kPerson:
      return "person";
    case Basis::kTyped:
      return "typed";
  }
  return "shape";
}

Understanding Understand(std::span<const Parsed> texts, const LabelContext& context) {
  return Gatherer(context).Gather(texts);
}

}  // namespace loopdock::intake
