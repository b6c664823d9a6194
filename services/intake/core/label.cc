// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/label.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/iso15434.h"
#include "services/intake/core/label_shapes.h"
#include "services/intake/core/named_text.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr std::size_t kPatternsMax = 100;
constexpr std::size_t kBracketedFieldsMax = 50;
// Of a form that other values have as often.
constexpr double kUnsure = 0.5;

absl::Status Invalid(std::string_view reason, std::string_view message) {
  return common::Error(absl::StatusCode::kInvalidArgument, reason, message);
}

// "]C1" and the like (ISO/IEC 15424): a flag, the code of the symbology, a modifier.
bool IsSymbologyIdentifier(std::string_view text) {
  return text.size() == 3 && text[0] == ']' &&
         Contains("ABCDEFGHIJKLMNOPQRSTXZbcdefghijklmnopqrstuvwxyz", text[1]) &&
         HexValue(text[2]) >= 0 && !IsLower(text[2]);
}

bool IsGs1Carrier(std::string_view identifier, std::string_view format) {
  if (identifier.empty()) return format == "DataBarExpanded" || format == "DataBar";
  return Contains("]C1 ]e0 ]e1 ]e2 ]d2 ]d5 ]Q3 ]Q4 ]J1", identifier);
}

bool IsRetailCarrier(std::string_view identifier, std::string_view format) {
  return StartsWith(identifier, "]E") || StartsWith(format, "EAN") || StartsWith(format, "UPC");
}

// What keyboard wedges type for the control characters they cannot send.
std::string ReplaceAliases(std::string_view text, char fnc1_alias, bool* replaced) {
  struct Alias {
    std::string_view spelling;
    char meaning;
  };
  constexpr Alias kAliases[] = {
      {"<GS>", '\x1d'},
      {"<RS>", '\x1e'},
      {"<EOT>", '\x04'},
      {"<FS>", '\x1c'},
      {"<US>", '\x1f'},
      {"~029", '\x1d'},
      {"~030", '\x1e'},
      {"~004", '\x04'},
      {"~028", '\x1c'},
      {"~031", '\x1f'},
      {"^]", '\x1d'},
      {"^^", '\x1e'},
      {"^D", '\x04'},
      {"{GS}", '\x1d'},
      {"{RS}", '\x1e'},
      {"{EOT}", '\x04'},
      {"[GS]", '\x1d'},
      {"[RS]", '\x1e'},
      {"[EOT]", '\x04'},
      // The pictures that Unicode has for them, U+241D, U+241E and U+2404.
      {"\xE2\x90\x9D", '\x1d'},
      {"\xE2\x90\x9E", '\x1e'},
      {"\xE2\x90\x84", '\x04'},
  };
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const auto* alias = std::find_if(std::begin(kAliases), std::end(kAliases), [&](const Alias& a) {
      return a.spelling[0] != fnc1_alias && StartsWith(text, a.spelling);
    });
    const bool found = alias != std::end(kAliases);
    plain.push_back(found ? alias->meaning : text[0]);
    text.remove_prefix(found ? alias->spelling.size() : 1);
    *replaced = *replaced || found;
  }
  return plain;
}

// One text on its way through the forms; each Try* answers whether it took the text.
class LabelParser {
 public:
  LabelParser(std::string text, std::string identifier, std::string format,
              const ParseOptions& options)
      : text_(std::move(text)),
        identifier_(std::move(identifier)),
        format_(std::move(format)),
        options_(options) {
    if (options.fnc1_alias != 0) separators_.push_back(options.fnc1_alias);
  }

  Parsed Parse() {
    if (IsGs1Carrier(identifier_, format_)) {
      TakeGs1();
    } else if (IsRetailCarrier(identifier_, format_)) {
      TakeRetail();
    } else if (!TryEnvelope() && !TryLink() && !TryElementString() && !TryBracketed() &&
               !TryInnerSeparators()) {
      TakeOneValue();
    }
    if (parsed_.elements.empty() && !text_.empty()) parsed_.elements.push_back({"raw", text_});
    return std::move(parsed_);
  }

 private:
  void Warn(std::string warning) { parsed_.warnings.push_back(std::move(warning)); }

  void FinishGs1(LabelKind kind, double confidence) {
    parsed_.kind = kind;
    parsed_.confidence = confidence;
    if (parsed_.error.ok()) parsed_.error = CheckTogether(parsed_.elements);
    parsed_.normalized = Gs1Key(parsed_.elements);
    if (!parsed_.error.ok()) return;
    for (std::string& warning : MissingCompanions(parsed_.elements)) Warn(std::move(warning));
  }

  // Blanks are data (and wrong in GS1); only line ends are the scanner's.
  std::string_view Data() const {
    const std::size_t last = text_.find_last_not_of("\r\n");
    return std::string_view(text_).substr(0, last == std::string::npos ? 0 : last + 1);
  }

  void TakeGs1() {
    std::string_view data = Data();
    if (!data.empty() && Contains(separators_, data[0])) data.remove_prefix(1);
    parsed_.error = ParseElementString(data, separators_, &parsed_.elements);
    if (!parsed_.error.ok()) RescueGs1(data);
    FinishGs1(LabelKind::kGs1, 0.99);
  }

  // Readers that print the brackets, or give a bare GTIN for DataBar.
  void RescueGs1(std::string_view data) {
    std::vector<Element> elements;
    if (StartsWith(data, "(") && ParseBracketed(data, &elements).ok()) {
      Warn("BRACKETS_IN_DATA: The symbol data is in human form.");
    } else if (data.size() == 14 && CheckDigitHolds(data) &&
               (identifier_ == "]e0" || StartsWith(format_, "DataBar"))) {
      elements.push_back({"01", std::string(data)});
    } else {
      return;
    }
    parsed_.elements = std::move(elements);
    parsed_.error = absl::OkStatus();
  }

  // EAN and UPC, perhaps with an add-on, perhaps with the composite part of the symbol.
  void TakeRetail() {
    std::string_view rest = StripRight(text_);
    std::string_view composite;
    if (const std::size_t bar = rest.find("|]e"); bar != std::string_view::npos) {
      composite = rest.substr(std::min(bar + 4, rest.size()));
      rest = rest.substr(0, bar);
    }
    std::string_view digits = rest.substr(0, rest.find(' '));
    std::string_view addon = digits.size() < rest.size() ? rest.substr(digits.size() + 1) : "";
    if (identifier_ == "]E3" && addon.empty() && digits.size() > 13) {
      addon = digits.substr(13);
      digits = digits.substr(0, 13);
    }
    std::string gtin = PadGtin(digits);
    // Decoders give UPC as printed; the identifier in the data of a scanner promises full length.
    const bool full = digits.size() == (identifier_ == "]E4" ? 8U : 13U);
    if (format_ == "UPC-E" && digits.size() == 8) gtin = PadGtin(ExpandUpcE(digits));
    parsed_.elements.push_back({"01", gtin});
    if ((!full && format_.empty()) || gtin.size() != 14 || !CheckDigitHolds(gtin)) {
      parsed_.elements.back().value = std::string(digits);
      parsed_.error = Invalid("GS1_CHECK_DIGIT",
                              "The number under the bars has a wrong length or check digit. Scan "
                              "again.");
    }
    if (!addon.empty()) parsed_.elements.push_back({"addon", std::string(addon)});
    if (!composite.empty() && parsed_.error.ok()) {
      parsed_.error = ParseElementString(composite, separators_, &parsed_.elements);
    }
    FinishGs1(LabelKind::kGs1, 0.99);
  }

  bool TryEnvelope() {
    if (!HasIso15434Header(text_) && !Contains(text_, kRecordSeparator)) return false;
    parsed_.error = ParseIso15434(Data(), &parsed_.elements, &parsed_.warnings);
    FinishFields(HasIso15434Header(text_) ? 0.98 : 0.8);
    return true;
  }

  void FinishFields(double confidence) {
    parsed_.kind = LabelKind::kIso15434;
    parsed_.confidence = confidence;
    std::string all;
    for (const Element& element : parsed_.elements) {
      if (element.id == "S" && parsed_.normalized.empty()) {
        parsed_.normalized = NormalizeSerial(element.value);
      }
      Append(&all, all.empty() ? "" : " ", element.id, Upper(element.value));
    }
    if (parsed_.normalized.empty()) parsed_.normalized = all;
  }

  bool TryLink() {
    const std::string_view uri = Strip(text_);
    if (!StartsWithAnyCase(uri, "http://") && !StartsWithAnyCase(uri, "https://")) {
      return false;
    }
    if (ParseDigitalLink(uri, &parsed_.elements, &parsed_.error)) {
      if (!parsed_.error.ok() && parsed_.elements.empty()) {
        parsed_.elements.push_back({"raw", std::string(uri)});
      }
      FinishGs1(LabelKind::kDigitalLink, 0.98);
    } else {
      TakePlain(uri, 0.9);
    }
    return true;
  }

  // A leading FNC1. A symbol that names itself and is no carrier of GS1 has none.
  bool TryElementString() {
    if (!identifier_.empty() || text_.empty() || !Contains(separators_, text_[0])) {
      return false;
    }
    std::vector<Element> fields;
    std::vector<std::string> warnings;
    TakeGs1();
    if (!parsed_.error.ok() && text_[0] == kGroupSeparator &&
        ParseBareFields(Data(), &fields, &warnings)) {
      parsed_ = Parsed();
      parsed_.elements = std::move(fields);
      parsed_.warnings = std::move(warnings);
      FinishFields(0.7);
    }
    return true;
  }

  bool TryBracketed() {
    const std::string_view data = StripLeft(Data());
    if (TryBracketedFields(data)) return true;
    if (data.size() < 2 || data[0] != '(' || (!IsDigit(data[1]) && data[1] != ')')) return false;
    parsed_.error = ParseBracketed(data, &parsed_.elements);
    if (!parsed_.error.ok()) {
      // Printed lines set blanks around the brackets.
      std::vector<Element> elements;
      if (ParseBracketed(WithoutBlanksAtBrackets(data), &elements).ok()) {
        parsed_.elements = std::move(elements);
        parsed_.error = absl::OkStatus();
        Warn("BLANKS_DROPPED: Blanks beside the brackets were dropped.");
      }
    }
    FinishGs1(LabelKind::kGs1, 0.97);
    return true;
  }

  // Data identifiers as they are printed beside their bars: "(1P) MGYN3D/A", "(S)C02L13ABF5V7".
  bool TryBracketedFields(std::string_view data) {
    std::vector<Element> fields;
    while (ConsumePrefix(&data, "(")) {
      const std::size_t close = data.find(')');
      const std::string_view id = data.substr(0, close);
      if (close == std::string_view::npos || DataIdentifierLength(id) != id.size()) return false;
      data.remove_prefix(close + 1);
      std::size_t next = data.find('(');
      while (next != std::string_view::npos && !BeginsBracketedField(data.substr(next))) {
        next = data.find('(', next + 1);
      }
      fields.push_back({std::string(id), std::string(Strip(data.substr(0, next)))});
      data.remove_prefix(std::min(next, data.size()));
    }
    if (fields.empty() || fields.size() > kBracketedFieldsMax || !data.empty()) return false;
    parsed_.elements = std::move(fields);
    Warn("ENVELOPE_MISSING: Data identifiers in brackets, without the envelope of ISO/IEC 15434.");
    FinishFields(0.9);
    return true;
  }

  static bool BeginsBracketedField(std::string_view text) {
    const std::size_t close = text.find(')');
    return close != std::string_view::npos && close > 1 &&
           DataIdentifierLength(text.substr(1)) == close - 1;
  }

  static std::string WithoutBlanksAtBrackets(std::string_view text) {
    std::string kept;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '(') {
        while (!kept.empty() && kept.back() == ' ') kept.pop_back();
      }
      if (text[i] == ' ' && !kept.empty() && kept.back() == ')') continue;
      kept.push_back(text[i]);
    }
    return kept;
  }

  // Separators inside although nothing announced GS1: scanners drop what they cannot send.
  bool TryInnerSeparators() {
    const std::string_view data = Data();
    const std::string_view separators =
        identifier_.empty() ? std::string_view(separators_) : std::string_view("\x1d");
    if (data.find_first_of(separators) == std::string_view::npos) return false;
    if (TryUnannouncedGs1(data, separators)) return true;
    if (!Contains(data, kGroupSeparator) ||
        !ParseBareFields(data, &parsed_.elements, &parsed_.warnings)) {
      return false;
    }
    FinishFields(0.75);
    return true;
  }

  bool TryUnannouncedGs1(std::string_view data, std::string_view separators) {
    std::vector<Element> elements;
    if (!ParseElementString(data, separators, &elements).ok() || !CheckTogether(elements).ok()) {
      return false;
    }
    parsed_.elements = std::move(elements);
    Warn("FNC1_MISSING: Nothing said that this is GS1 data; its form does.");
    FinishGs1(LabelKind::kGs1, 0.75);
    return true;
  }

  // One value without any syntax around it.
  void TakeOneValue() {
    const std::string_view value = Strip(text_);
    if (value.empty()) {
      parsed_.elements.push_back({"text", text_});
      if (identifier_.empty() && format_.empty()) {
        parsed_.error = Invalid("SCAN_EMPTY", "The scan holds no text. Scan again.");
      }
      return;
    }
    if (TryPatterns(value) || ParseNamedText(value, &parsed_) || TryLoneGtin(value) ||
        ParseDeviceId(value, &parsed_) || TryTypedGtin(value)) {
      return;
    }
    if (value.size() > 18 && StartsWith(value, "01") && TryUnannouncedGs1(value, separators_)) {
      return;
    }
    if (!TryBareIdentifier(value) && !TryPartNumber(value) && !TrySerial(value)) {
      TakePlain(value, 0.5);
    }
  }

  // 16 digits that are AI 01 and a GTIN are taken for that and not for an IMEISV: nine of ten such
  // IMEISVs fail the check digit, and an IMEISV hardly ever stands under bars.
  bool TryLoneGtin(std::string_view value) {
    if (value.size() != 16 || !StartsWith(value, "01") || !IsTradeItem(value.substr(2))) {
      return false;
    }
    std::vector<Element> elements;
    if (!ParseElementString(value, separators_, &elements).ok()) return false;
    parsed_.elements = std::move(elements);
    Warn("AMBIGUOUS: Nothing said that this is GS1 data; these digits may also be an IMEISV.");
    FinishGs1(LabelKind::kGs1, 0.6);
    return true;
  }

  // The number under retail bars as a wedge types it, without a symbology identifier. Taken for a
  // serial number it would make two devices of one model look like one; one in ten
  // serial numbers of that length has the form as well, so that the digits alone leave a doubt.
  bool TryTypedGtin(std::string_view value) {
    // ITF-14 has no identifier of its own to say so.
    const bool is_itf = StartsWith(identifier_, "]I") || format_ == "ITF";
    const bool may_be = identifier_.empty() || (is_itf && value.size() == 14);
    if (!may_be || value.size() < 12 || value.size() > 14 || !IsTradeItem(value)) return false;
    parsed_.elements.push_back({"01", PadGtin(value)});
    FinishGs1(LabelKind::kGs1, is_itf && value.size() == 14 ? 0.9 : kUnsure);
    if (parsed_.confidence > kUnsure) return true;
    Warn("AMBIGUOUS: Nothing said that this is a GTIN; these digits may also be a serial number.");
    return true;
  }

  // A right check digit over digits that GS1 may have given out: no zeros only, no number that
  // shops give themselves (prefix 2).
  static bool IsTradeItem(std::string_view digits) {
    if (!AllDigits(digits)) return false;
    const std::string gtin = PadGtin(digits);
    return CheckDigitHolds(gtin) && !StartsWith(gtin, "000000") && gtin[1] != '2' &&
           !AllSame(digits);
  }

  bool TryPatterns(std::string_view value) {
    const auto matches = [&](const std::vector<std::string>& patterns) {
      const auto end =
          patterns.begin() + static_cast<std::ptrdiff_t>(std::min(patterns.size(), kPatternsMax));
      return std::any_of(patterns.begin(), end, [&](const std::string& pattern) {
        return MatchesPattern(pattern, value);
      });
    };
    if (value.size() > 256) return false;
    if (matches(options_.tag_patterns)) {
      TakeNamed(LabelKind::kTag, value, 0.95);
    } else if (matches(options_.serial_patterns)) {
      TakeNamed(LabelKind::kSerial, value, 0.95);
    } else {
      return false;
    }
    return true;
  }

  void TakeNamed(LabelKind kind, std::string_view value, double confidence) {
    parsed_.kind = kind;
    parsed_.elements.push_back({std::string(ToString(kind)), std::string(value)});
    parsed_.normalized = NormalizeSerial(value);
    parsed_.confidence = confidence;
  }

  // One data identifier on a symbol of its own, as AIAG labels have it. Only identifiers that begin
  // with a digit: a letter alone begins half of all serials.
  bool TryBareIdentifier(std::string_view value) {
    const std::size_t length = DataIdentifierLength(value);
    if (length < 2 || value.size() < length + 2 || !HasDigit(value.substr(length)) ||
        MakerOfSerial(value) == "Dell" || AllHex(value)) {
      return false;
    }
    const std::string_view id = value.substr(0, length);
    const bool from_symbol = !format_.empty() || !identifier_.empty();
    if (!Contains(from_symbol ? " 1P 2P 30P 33P 1S 3S 4S 1T 1V 4L 9D 10D 13Q 14K 1J 2J 3J "
                                "4J 5J 6J 23S "
                              : " 1P 30P 1S ",
                  Cat(" ", id, " "))) {
      return false;
    }
    ParseBareFields(value, &parsed_.elements, &parsed_.warnings);
    // Lenovo's machine type and serial number in one: ten or seven characters before eight or
    // seven.
    const bool is_whole = id == "1S" && (value.size() == 20 || value.size() == 16) &&
                          AllAlnum(value) && IsDigit(value[2]);
    FinishFields(is_whole ? 0.8 : from_symbol ? 0.6 : kUnsure);
    return true;
  }

  // An order number in the shape that its maker alone uses.
  bool TryPartNumber(std::string_view value) {
    constexpr double kSureShape = 0.8;
    const ShapeGuess guess = GuessByShape(value, "");
    if (guess.part_number < kSureShape) return false;
    parsed_.kind = LabelKind::kPlain;
    parsed_.elements.push_back({"part_number", std::string(value)});
    parsed_.normalized = NormalizeSerial(value);
    parsed_.confidence = guess.part_number;
    parsed_.maker_hint = std::string(guess.maker);
    return true;
  }

  // How sure it is that a lone value of letters and digits is a serial number: its shape may be one
  // that other values have more often.
  static double TrustInSerial(std::string_view value, std::string_view maker) {
    if (value.size() == 15 && AllDigits(value)) return 0.3;
    const bool is_short = value.size() < 5;
    const bool is_dotted = value.find_first_of("./_") != std::string_view::npos;
    const bool is_date = !AllAlnum(value) && !std::any_of(value.begin(), value.end(), [](char c) {
      return IsUpper(ToUpper(c));
    });
    const bool is_other = GuessByShape(value, maker).serial < 0.5;
    // Seven characters may be Dell's service tag, or the identifier 1P before a part number, which
    // many devices have.
    const bool is_part = value.substr(0, 2) == "1P" && MakerOfSerial(value) == "Dell";
    if (is_short || is_dotted || is_date || is_other || is_part) return 0.45;
    return maker.empty() ? 0.6 : 0.65;
  }

  bool TrySerial(std::string_view value) {
    const bool shape = value.size() >= 4 && value.size() <= 40 && HasDigit(value) &&
                       std::all_of(value.begin(), value.end(), [](char c) {
                         return IsAlnum(c) || c == '-' || c == '/' || c == '.' || c == '_';
                       });
    if (!shape) return false;
    parsed_.maker_hint = std::string(MakerOfSerial(value));
    TakeNamed(LabelKind::kSerial, value, TrustInSerial(value, parsed_.maker_hint));
    const std::string_view rest = value.substr(1);
    if (value[0] == 'S' && value.size() == 13 && MakerOfSerial(rest) == "Apple") {
      parsed_.maker_hint = "Apple";
      parsed_.normalized = NormalizeSerial(rest);
      parsed_.confidence = 0.65;
      Warn("LEADING_S: The first S is taken for the data identifier of a serial number.");
    }
    if (value.size() == 15 && AllDigits(value)) {
      Warn("NOT_AN_IMEI: 15 digits, but the check digit of an IMEI does not hold.");
    }
    return true;
  }

  void TakePlain(std::string_view value, double confidence) {
    parsed_.kind = LabelKind::kPlain;
    parsed_.elements.push_back({"text", std::string(value)});
    parsed_.normalized = std::string(value);
    parsed_.confidence = confidence;
  }

  const std::string text_;
  const std::string identifier_;
  const std::string format_;
  const ParseOptions& options_;
  std::string separators_ = "\x1d";
  Parsed parsed_;
};

}  // namespace

std::string_view ToString(LabelKind kind) {
  switch (kind) {
    case LabelKind::kGs1:
      return "gs1";
    case LabelKind::kDigitalLink:
      return "digital_link";
    case LabelKind::kIso15434:
      return "iso15434";
    case LabelKind::kImei:
      return "imei";
    case LabelKind::kImeisv:
      return "imeisv";
    case LabelKind::kMeid:
      return "meid";
    case LabelKind::kMac:
      return "mac";
    case LabelKind::kIccid:
      return "iccid";
    case LabelKind::kEid:
      return "eid";
    case LabelKind::kSscc:
      return "sscc";
    case LabelKind::kSerial:
      return "serial";
    case LabelKind::kTag:
      return "tag";
    case LabelKind::kPlain:
      return "plain";
  }
  return "plain";
}

Parsed ParseLabel(const ScanText& scan, const ParseOptions& options) {
  Parsed refused;
  if (scan.text.size() > kLabelTextMax) {
    refused.error = common::Error(
        absl::StatusCode::kInvalidArgument, "TEXT_TOO_LONG",
        "The text is longer than any symbol holds and is kept without being read.",
        {{"bytes", std::to_string(scan.text.size())}, {"limit", std::to_string(kLabelTextMax)}});
    return refused;
  }
  std::string_view text = scan.text;
  std::string identifier =
      IsSymbologyIdentifier(scan.symbology_identifier) ? scan.symbology_identifier : "";
  if (!identifier.empty()) {
    (void)ConsumePrefix(&text, identifier);
  } else if (StartsWith(text, "]")) {
    if (!IsSymbologyIdentifier(text.substr(0, 3))) {
      refused.elements.push_back({"raw", scan.text});
      refused.normalized = scan.text;
      refused.error = Invalid("SYMBOLOGY_IDENTIFIER_INVALID",
                              "The text begins with ] but no known symbology identifier follows. "
                              "Check the settings of the scanner.");
      return refused;
    }
    identifier = std::string(text.substr(0, 3));
    text.remove_prefix(3);
  }
  bool replaced = false;
  std::string plain = options.wedge_aliases ? ReplaceAliases(text, options.fnc1_alias, &replaced)
                                            : std::string(text);
  const bool utf8 = common::IsUtf8(plain);
  Parsed parsed =
      LabelParser(std::move(plain), std::move(identifier), scan.format, options).Parse();
  if (replaced) {
    parsed.warnings.push_back(
        "CONTROLS_SPELLED: The scanner spells control characters; they were read as meant.");
  }
  if (!utf8) parsed.warnings.push_back("NOT_UTF8: The text is not UTF-8; its bytes are kept.");
  return parsed;
}

}  // namespace loopdock::intake
