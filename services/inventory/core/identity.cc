// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/identity.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/inventory/core/form.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr int kPlainMax = 16;
constexpr size_t kGtinDigits = 14;
constexpr size_t kImeiDigits = 15;
// As sure as an identifier that names its value.
constexpr double kNamed = 0.9;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlnum(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)); }
bool AllDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsDigit);
}
bool HasDigit(std::string_view text) { return std::any_of(text.begin(), text.end(), IsDigit); }

std::string Bare(std::string_view serial) {
  return NormaliseIdentifier(v1::IDENTIFIER_KIND_SERIAL, serial);
}

// The check digit of an IMEI (Luhn).
bool CheckDigitHolds(std::string_view digits) {
  int sum = 0;
  for (size_t i = 0; i < digits.size(); ++i) {
    int digit = digits[i] - '0';
    if ((digits.size() - i) % 2 == 0) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 == 0;
}

bool IsNoImei(std::string_view text) {
  return text.size() == kImeiDigits && AllDigits(text) && !CheckDigitHolds(text);
}

// Order and part numbers that cannot be told from serial numbers by their length: Apple's end in
// "/A", HP's in '#' and three letters.
bool IsOrderNumber(std::string_view text) {
  const size_t at = text.find_first_of("/#");
  if (at == std::string_view::npos || at < 5 || !IsAlnum(text[0])) return false;
  const std::string_view head = text.substr(0, at);
  const std::string_view tail = text.substr(at + 1);
  return std::all_of(head.begin(), head.end(), IsAlnum) &&
         std::all_of(tail.begin(), tail.end(), IsAlnum) && HasDigit(head) &&
         tail.size() == (text[at] == '/' ? 1 : 3);
}

// Of the web or of mail, also without what stands before the host's name.
bool IsAddress(std::string_view text) {
  const std::string lower = absl::AsciiStrToLower(std::string(text));
  if (lower.find("://") != std::string::npos || lower.starts_with("www.") ||
      lower.find('@') != std::string::npos) {
    return true;
  }
  const std::string_view host = std::string_view(lower).substr(0, lower.find('/'));
  const size_t dot = host.rfind('.');
  if (host.size() == lower.size() || dot == std::string_view::npos) return false;
  const std::string_view domain = host.substr(dot + 1);
  return domain.size() >= 2 && std::all_of(domain.begin(), domain.end(), [](char c) {
           return absl::ascii_isalpha(static_cast<unsigned char>(c));
         });
}

// Of a text that nothing names: numbers and codes without blanks, no words, addresses or part
// numbers.
bool LooksLikeIdentity(std::string_view value) {
  const std::string_view text = Trim(value);
  constexpr size_t kMin = 4;
  constexpr size_t kMax = 40;
  const bool is_code = std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c)) || c == '?' || c == '&';
  });
  return text.size() >= kMin && text.size() <= kMax && is_code && HasDigit(text) &&
         !IsAddress(text) && !IsOrderNumber(text) && !IsNoImei(text);
}

// A serial number that only its shape speaks for, and whose shape is that of something else.
bool IsDoubtfulSerial(const v1::LabelUnderstanding& label) {
  const bool guessed = label.confidence() > 0 && label.confidence() < kNamed;
  return guessed && !IsPersonsSerial(label) &&
         (IsNoImei(label.serial()) || IsOrderNumber(label.serial()) || IsAddress(label.serial()));
}

// Collects identifiers once each; those that cannot be kept become warnings.
class IdentifierList {
 public:
  explicit IdentifierList(std::vector<std::string>* warnings) : warnings_(warnings) {}

  void Add(v1::IdentifierKind kind, std::string_view issuer, std::string_view value) {
    if (Trim(value).empty()) return;
    if (!IsIdentifierValue(value)) {
      if (warnings_ != nullptr) {
        warnings_->emplace_back("A value is too long or has control characters for an identifier.");
      }
      return;
    }
    const std::string normal = NormaliseIdentifier(kind, value);
    const bool known = std::any_of(list_.begin(), list_.end(), [&](const v1::Identifier& other) {
      return other.kind() == kind && NormaliseIdentifier(kind, other.value()) == normal;
    });
    if (known || list_.size() >= static_cast<size_t>(kListMax)) return;
    v1::Identifier identifier;
    identifier.set_kind(kind);
    if (IsPlainText(issuer, kTextMax)) identifier.set_issuer(std::string(Trim(issuer)));
    identifier.set_value(std::string(Trim(value)));
    list_.push_back(std::move(identifier));
  }

  std::vector<v1::Identifier> Take() { return std::move(list_); }

 private:
  std::vector<std::string>* warnings_;
  std::vector<v1::Identifier> list_;
};

// The GTIN, or the piece of one (AI 8006), that one symbol binds the serial number (AI 21) to; of
// any symbol where `serial` is empty. Empty when none does.
std::string BoundTo(const v1::RecordScanRequest& request, std::string_view serial) {
  for (const v1::RawSymbol& symbol : request.symbols()) {
    std::string scope;
    bool has_serial = serial.empty();
    for (const v1::LabelElement& element : symbol.elements()) {
      if (element.id() == "01") scope = NormaliseGtin(element.value());
      if (element.id() == "8006") scope = std::string(Trim(element.value()));
      has_serial = has_serial || (element.id() == "21" && Bare(element.value()) == Bare(serial));
    }
    if (has_serial && !scope.empty()) return scope;
  }
  return "";
}

bool OnlyOthers(const v1::LabelUnderstanding& label) {
  return !label.others().empty() && label.serial().empty() && label.part_number().empty() &&
         label.imeis().empty() && label.macs().empty() && label.gtin().empty() &&
         label.maker().empty() && label.asset_tag().empty() && label.sscc().empty() &&
         label.quantity() == 0 && label.purchase_order().empty() && label.identifiers().empty();
}

}  // namespace

Shown ShownBy(const v1::RecordScanRequest& request, std::string_view supplier,
              std::vector<std::string>* warnings) {
  const v1::LabelUnderstanding& label = request.understanding();
  Shown shown;
  shown.maker = std::string(Trim(label.maker()));
  shown.gtin = NormaliseGtin(label.gtin());
  if (shown.gtin.empty()) shown.gtin = BoundTo(request, "").substr(0, kGtinDigits);
  IdentifierList list(warnings);
  if (warnings != nullptr && IsPersonsSerial(label) && IsNoImei(label.serial())) {
    warnings->push_back(Cat("'", label.serial(), "' has the length of an IMEI and not its check ",
                            "digit: compare it with the label."));
  }
  if (!label.serial().empty() && !IsDoubtfulSerial(label)) {
    std::string scope = BoundTo(request, label.serial());
    if (scope.empty() && shown.maker.empty()) scope = shown.gtin;
    if (scope.empty()) {
      list.Add(v1::IDENTIFIER_KIND_SERIAL, shown.maker, label.serial());
    } else {
      list.Add(v1::IDENTIFIER_KIND_SGTIN, scope, label.serial());
    }
  }
  for (const std::string& imei : label.imeis()) list.Add(v1::IDENTIFIER_KIND_IMEI, "", imei);
  for (const std::string& mac : label.macs()) list.Add(v1::IDENTIFIER_KIND_MAC, "", mac);
  list.Add(v1::IDENTIFIER_KIND_ASSET_TAG, supplier, label.asset_tag());
  for (const v1::Identifier& further : label.identifiers()) {
    if (further.kind() == v1::IDENTIFIER_KIND_SSCC ||
        further.kind() == v1::IDENTIFIER_KIND_UNSPECIFIED ||
        !v1::IdentifierKind_IsValid(further.kind())) {
      continue;
    }
    list.Add(further.kind(), further.issuer(), further.value());
  }
  if (OnlyOthers(label)) {
    for (int i = 0; i < std::min(label.others_size(), kPlainMax); ++i) {
      if (LooksLikeIdentity(label.others(i))) {
        list.Add(v1::IDENTIFIER_KIND_PLAIN, "", label.others(i));
      }
    }
  }
  shown.identifiers = list.Take();
  return shown;
}

std::string WhyNoDevice(const v1::RecordScanRequest& request, const Shown& shown) {
  const v1::LabelUnderstanding& label = request.understanding();
  if (!shown.identifiers.empty()) return "";
  if (IsNoImei(label.serial()) && IsDoubtfulSerial(label)) {
    return Cat("'", label.serial(), "' has the length of an IMEI and not its check digit: scan it ",
               "again, or type it as a serial number if it is one.");
  }
  if (IsDoubtfulSerial(label) && IsOrderNumber(label.serial())) {
    return Cat("'", label.serial(),
               "' looks like a part number, which many devices have: scan the ",
               "serial number, or type it if it is one.");
  }
  const bool has_product =
      !label.part_number().empty() || !shown.gtin.empty() || !request.category().empty();
  return has_product ? "" : "This label names no device: scan its serial number, or type it.";
}

bool IsPersonsSerial(const v1::LabelUnderstanding& label) {
  return std::any_of(label.readings().begin(), label.readings().end(),
                     [&](const v1::FieldReading& reading) {
                       return reading.field() == "serial" && reading.value() == label.serial() &&
                              (reading.basis() == "person" || reading.basis() == "typed");
                     });
}

std::string NormaliseGtin(std::string_view gtin) {
  const std::string_view digits = Trim(gtin);
  if (digits.size() < 8 || digits.size() > kGtinDigits || !AllDigits(digits)) return "";
  return Cat(std::string(kGtinDigits - digits.size(), '0'), digits);
}

std::string GtinOf(const v1::Asset& asset) {
  if (!asset.gtin().empty()) return asset.gtin();
  for (const v1::Identifier& identifier : asset.identifiers()) {
    if (identifier.kind() == v1::IDENTIFIER_KIND_SGTIN) {
      return NormaliseGtin(std::string_view(identifier.issuer()).substr(0, kGtinDigits));
    }
  }
  return "";
}

Likeness Compare(std::string_view maker, std::string_view gtin, std::string_view other_maker,
                 std::string_view other_gtin) {
  if (!gtin.empty() && !other_gtin.empty()) {
    return gtin == other_gtin ? Likeness::kSame : Likeness::kOther;
  }
  const std::string one = NormaliseIssuer(maker);
  const std::string other = NormaliseIssuer(other_maker);
  if (one.empty() || other.empty()) return Likeness::kUnclear;
  return one == other ? Likeness::kSame : Likeness::kOther;
}

v1::IdentifierKind TwinOf(v1::IdentifierKind kind) {
  if (kind == v1::IDENTIFIER_KIND_SERIAL) return v1::IDENTIFIER_KIND_SGTIN;
  if (kind == v1::IDENTIFIER_KIND_SGTIN) return v1::IDENTIFIER_KIND_SERIAL;
  return v1::IDENTIFIER_KIND_UNSPECIFIED;
}

}  // namespace loopdock::inventory
