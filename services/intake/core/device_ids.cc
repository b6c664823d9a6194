// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/device_ids.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "services/common/status.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// What a form check found: `fits` false with `why` when the text is not such a number.
struct Finding {
  bool fits = false;
  std::string why;
  std::string value;  // as compared and stored
  double confidence = 0;
  std::string warning;
};

Finding No(std::string_view why) { return {false, std::string(why), "", 0, ""}; }
Finding Yes(std::string value, double confidence, std::string warning = "") {
  return {true, "", std::move(value), confidence, std::move(warning)};
}

std::string Without(std::string_view text, std::string_view dropped) {
  std::string kept;
  for (const char c : text) {
    if (!Contains(dropped, c)) kept.push_back(c);
  }
  return kept;
}

// The first two digits of a type allocation code name the body that gave it.
bool KnownReportingBody(std::string_view digits) {
  constexpr std::string_view kBodies = " 01 10 30 33 35 44 45 49 50 51 52 53 54 86 91 98 99 ";
  return Contains(kBodies, Cat(" ", digits.substr(0, 2), " "));
}

Finding Imei(std::string_view text) {
  const std::string digits = Without(text, " -/");
  if (digits.size() != 15 || !AllDigits(digits)) return No("An IMEI has 15 digits.");
  if (AllSame(digits)) return No("All digits are the same.");
  if (!LuhnHolds(digits)) return No("The check digit is wrong.");
  return Yes(digits, KnownReportingBody(digits) ? 0.95 : 0.7);
}

Finding Imeisv(std::string_view text) {
  const std::string digits = Without(text, " -/");
  if (digits.size() != 16 || !AllDigits(digits)) return No("An IMEISV has 16 digits.");
  if (AllSame(digits)) return No("All digits are the same.");
  if (KnownReportingBody(digits)) return Yes(digits, 0.7);
  return Yes(digits, 0.4, "NO_CHECK_DIGIT: 16 digits; an IMEISV has no check digit.");
}

Finding MeidDecimal(const std::string& digits) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    std::uint64_t& part = i < 10 ? high : low;
    part = part * 10 + static_cast<std::uint64_t>(digits[i] - '0');
  }
  if (high < 0xA0000000U || high > 0xFFFFFFFFU || low > 0xFFFFFFU) {
    return No("18 digits are no MEID outside its range.");
  }
  char hex[16];
  std::snprintf(hex, sizeof(hex), "%08X%06X", static_cast<unsigned>(high),
                static_cast<unsigned>(low));
  return Yes(hex, 0.6);
}

Finding Meid(std::string_view text) {
  const std::string hex = Upper(Without(text, " -"));
  if (hex.size() == 18 && AllDigits(hex)) return MeidDecimal(hex);
  if ((hex.size() != 14 && hex.size() != 15) || !AllHex(hex)) {
    return No("A MEID has 14 hexadecimal digits, perhaps a check digit, or 18 decimal ones.");
  }
  if (HexValue(hex[0]) < 10) return No("The first byte of a MEID is at least A0.");
  if (hex.size() == 15 && !LuhnHolds(hex, 16)) return No("The check digit is wrong.");
  return Yes(hex.substr(0, 14), hex.size() == 15 ? 0.95 : 0.8);
}

bool RegularlySeparated(std::string_view text, char separator, std::size_t group) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool at_separator = i % (group + 1) == group;
    if (at_separator != (text[i] == separator)) return false;
  }
  return text.size() % (group + 1) == group;
}

Finding Mac(std::string_view text) {
  const bool separated = RegularlySeparated(text, ':', 2) || RegularlySeparated(text, '-', 2) ||
                         RegularlySeparated(text, '.', 4);
  std::string hex = separated ? Without(text, ":-.") : std::string(text);
  if ((hex.size() != 12 && hex.size() != 16) || !AllHex(hex)) {
    return No("A MAC address has 12 or 16 hexadecimal digits.");
  }
  std::transform(hex.begin(), hex.end(), hex.begin(), ToLower);
  const int first = HexValue(hex[0]) * 16 + HexValue(hex[1]);
  if (AllSame(hex)) return No("All digits are the same.");
  if (!separated &&
      (AllDigits(hex) || (first & 1) != 0 || (hex.size() == 16 && hex.substr(6, 4) != "fffe"))) {
    return No("Without separators these digits may be anything.");
  }
  std::string warning;
  if ((first & 2) != 0) {
    warning = "LOCALLY_ADMINISTERED: The MAC address is not unique to the device.";
  }
  if ((first & 1) != 0) warning = "GROUP_ADDRESS: The MAC address is that of a group.";
  return Yes(hex, separated ? 0.98 : 0.75, warning);
}

Finding Iccid(std::string_view text) {
  const std::string digits = Upper(Without(text, " -"));
  const std::string_view number = EndsWith(digits, "F")
                                      ? std::string_view(digits).substr(0, digits.size() - 1)
                                      : std::string_view(digits);
  if ((number.size() != 19 && number.size() != 20) || !AllDigits(number) ||
      !StartsWith(number, "89")) {
    return No("An ICCID has 19 or 20 digits and begins with 89.");
  }
  if (!LuhnHolds(number)) return No("The check digit is wrong.");
  return Yes(std::string(number), 0.95);
}

Finding Eid(std::string_view text) {
  const std::string digits = Without(text, " -");
  if (digits.size() != 32 || !AllDigits(digits)) return No("An EID has 32 digits.");
  if (AllSame(digits)) return No("All digits are the same.");
  int rest = 0;
  for (const char c : digits) rest = (rest * 10 + (c - '0')) % 97;
  if (rest == 1) return Yes(digits, 0.97);
  return Yes(digits, 0.6, "CHECK_DIGITS: The last two digits of the EID do not fit the others.");
}

Finding Sscc(std::string_view text) {
  std::string digits = Without(text, " ");
  if (StartsWith(digits, "(00)")) digits = digits.substr(4);
  if (digits.size() == 20 && StartsWith(digits, "00")) digits = digits.substr(2);
  if (digits.size() != 18 || !AllDigits(digits)) return No("An SSCC has 18 digits.");
  if (AllSame(digits)) return No("All digits are the same.");
  if (!CheckDigitHolds(digits)) return No("The check digit is wrong.");
  return Yes(digits, 0.7);
}

struct Form {
  LabelKind kind;
  Finding (*find)(std::string_view);
};

// In the order in which they are tried. An SSCC goes before the decimal MEID of the same length.
constexpr Form kForms[] = {
    {LabelKind::kImei, Imei},     {LabelKind::kEid, Eid},   {LabelKind::kIccid, Iccid},
    {LabelKind::kSscc, Sscc},     {LabelKind::kMeid, Meid}, {LabelKind::kMac, Mac},
    {LabelKind::kImeisv, Imeisv},
};

void Fill(LabelKind kind, const Finding& finding, std::string_view text, Parsed* parsed) {
  parsed->kind = kind;
  parsed->elements.push_back({std::string(ToString(kind)), std::string(text)});
  parsed->normalized = finding.value;
  parsed->confidence = finding.confidence;
  if (!finding.warning.empty()) parsed->warnings.push_back(finding.warning);
}

// 'A' letter, '0' digit, 'X' either; the length must be the same.
bool HasShape(std::string_view text, std::string_view shape) {
  return text.size() == shape.size() &&
         std::equal(text.begin(), text.end(), shape.begin(), [](char c, char s) {
           return s == 'A' ? IsUpper(c) : s == '0' ? IsDigit(c) : IsUpper(c) || IsDigit(c);
         });
}

// Plant, half-year, week, unit and model; the letters of the date avoid vowels and some others.
bool IsAppleSerial(std::string_view serial) {
  return HasShape(serial, "XXXXXXXXXXXX") && IsUpper(serial[0]) &&
         Contains("CDFGHJKLMNPQRTVWX", serial[3]) &&
         Contains("123456789CDFGHJKLMNPQRTVWXY", serial[4]);
}

bool IsCiscoSerial(std::string_view serial) {
  if (!HasShape(serial, "AAA0000XXXX")) return false;
  const int week = (serial[5] - '0') * 10 + (serial[6] - '0');
  return week >= 1 && week <= 53;
}

}  // namespace

bool ParseDeviceId(std::string_view text, Parsed* parsed) {
  if (text.size() > 48) return false;
  for (const Form& form : kForms) {
    const Finding finding = form.find(text);
    if (!finding.fits) continue;
    Fill(form.kind, finding, text, parsed);
    if (form.kind == LabelKind::kSscc && Meid(text).fits) {
      parsed->warnings.push_back("AMBIGUOUS: These digits may also be a MEID.");
      parsed->confidence = 0.5;
    }
    return true;
  }
  return false;
}

void ParseNamedDeviceId(LabelKind kind, std::string_view text, Parsed* parsed) {
  for (const Form& form : kForms) {
    if (form.kind != kind) continue;
    Finding finding = form.find(text);
    // Named so, bare digits are a MAC address where they would otherwise be in doubt.
    if (!finding.fits && kind == LabelKind::kMac && text.size() == 12 && AllHex(text)) {
      finding = Yes(std::string(text), 0.9);
      std::transform(finding.value.begin(), finding.value.end(), finding.value.begin(), ToLower);
    }
    if (finding.fits) {
      finding.confidence = std::max(finding.confidence, 0.95);
    } else {
      finding.value = NormalizeSerial(text);
      parsed->error = common::Error(absl::StatusCode::kInvalidArgument, "IDENTIFIER_INVALID",
                                    Cat("The label calls this ", ToString(kind),
                                        ", but: ", finding.why, " Scan again or type it."),
                                    {{"kind", std::string(ToString(kind))}});
    }
    Fill(kind, finding, text, parsed);
    return;
  }
}

std::string_view MakerOfSerial(std::string_view text) {
  const std::string upper = NormalizeSerial(text);
  const std::string_view serial = upper;
  if (!HasDigit(serial)) return "";
  if (IsCiscoSerial(serial)) return "Cisco";
  if (IsAppleSerial(serial)) return "Apple";
  if (HasShape(serial, "AXXXXXXXXXX") && serial[0] == 'R') return "Samsung";
  if (HasShape(serial, "XXX000XXXX")) return "HP";
  if (HasShape(serial, "000000000000")) return "Microsoft";
  if (HasShape(serial, "AAXXXXXX")) return "Lenovo";
  if (HasShape(serial, "XXXXXXX")) return "Dell";
  return "";
}

std::string TagOfExpressCode(std::string_view text) {
  const std::string digits = Without(text, " -");
  if (digits.size() < 8 || digits.size() > 11 || !AllDigits(digits)) return "";
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  std::string tag(7, '0');
  for (std::size_t i = tag.size(); i > 0; --i, number /= 36) {
    tag[i - 1] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 36];
  }
  // A tag with a leading zero is none: what is shorter is some other number.
  return number == 0 && tag[0] != '0' ? tag : "";
}

std::string NormalizeSerial(std::string_view text) { return Upper(Without(text, " -\t")); }

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  // Greedy with one way back, so that time is at most the product of the lengths.
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  const auto fits = [](char want, char c) {
    return want == '#'   ? IsDigit(c)
           : want == '@' ? IsUpper(ToUpper(c))
           : want == '?' ? IsAlnum(c)
                         : ToUpper(want) == ToUpper(c);
  };
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && fits(pattern[p], text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size() && !pattern.empty();
}

}  // namespace loopdock::intake
