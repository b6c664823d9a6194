// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/gs1_rules.h"

#include <array>
#include <cstddef>
#include <utility>

#include "services/intake/core/code_lists.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// In the order of their values in the check pair of a GMN.
constexpr std::string_view kSet82 =
    "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kSet32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::size_t kPrefixMin = 4;  // the shortest GS1 company prefix
constexpr std::size_t kIbanMin = 11;   // country, check digits and the shortest account

int Number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

bool OnlyZeros(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

std::string_view Prefix(std::string_view part, std::size_t skip) {
  if (part.size() < skip + kPrefixMin) return "TOO_SHORT_FOR_GCP";
  return AllDigits(part.substr(skip, kPrefixMin)) ? "" : "INVALID_GCP_PREFIX";
}

std::string_view Day(int year, int month, int day, bool day_zero) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12) return "ILLEGAL_MONTH";
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const int last = month == 2 && leap ? 29 : kDays[static_cast<std::size_t>(month - 1)];
  return day < (day_zero ? 0 : 1) || day > last ? "ILLEGAL_DAY" : "";
}

std::string_view Birthdate(std::string_view part) {
  return Day(Number(part.substr(0, 4)), Number(part.substr(4, 2)), Number(part.substr(6, 2)),
             false);
}

std::string_view Hour(std::string_view part) { return Number(part) > 23 ? "ILLEGAL_HOUR" : ""; }
std::string_view Minute(std::string_view part) { return Number(part) > 59 ? "ILLEGAL_MINUTE" : ""; }
std::string_view Second(std::string_view part) { return Number(part) > 59 ? "ILLEGAL_SECOND" : ""; }
std::string_view Clock(std::string_view part) {
  const std::string_view hour = Hour(part.substr(0, 2));
  return hour.empty() ? Minute(part.substr(2)) : hour;
}

// Two characters of a set of 32 over all before them: primes as weights from the right, modulo
// 1021.
std::string_view CheckPair(std::string_view part) {
  constexpr std::array<int, 23> kPrimes = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37,
                                           41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83};
  if (part.size() < 2) return "TOO_SHORT_FOR_CHECK_PAIR";
  const std::string_view model = part.substr(0, part.size() - 2);
  const std::string_view pair = part.substr(model.size());
  if (model.size() > kPrimes.size()) return "TOO_LONG_FOR_CHECK_PAIR_IMPLEMENTATION";
  for (const char c : pair) {
    if (!Contains(kSet32, c)) return "INVALID_CSET32_CHARACTER";
  }
  std::size_t sum = 0;
  for (std::size_t i = 0; i < model.size(); ++i) {
    const std::size_t value = kSet82.find(model[model.size() - 1 - i]);
    if (value == std::string_view::npos) return "INVALID_CSET82_CHARACTER";
    sum += value * static_cast<std::size_t>(kPrimes[i]);
  }
  sum %= 1021;
  return pair[0] == kSet32[sum / 32] && pair[1] == kSet32[sum % 32] ? "" : "INCORRECT_CHECK_PAIR";
}

// ISO 13616: the first four characters move to the end, letters count from 10, modulo 97 is 1.
std::string_view Iban(std::string_view part) {
  if (part.size() < kIbanMin) return "IBAN_TOO_SHORT";
  for (const char c : part) {
    if (!IsDigit(c) && !IsUpper(c)) return "INVALID_IBAN_CHARACTER";
  }
  if (!IsCountryAlpha2(part.substr(0, 2))) return "ILLEGAL_IBAN_COUNTRY_CODE";
  int rest = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[(i + 4) % part.size()];
    rest = (IsDigit(c) ? rest * 10 + (c - '0') : rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1 ? "" : "INCORRECT_IBAN_CHECKSUM";
}

std::string_view Percent(std::string_view part) {
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (part[i] != '%') continue;
    if (i + 2 >= part.size() || HexValue(part[i + 1]) < 0 || HexValue(part[i + 2]) < 0) {
      return "INVALID_PERCENT_SEQUENCE";
    }
    i += 2;
  }
  return "";
}

std::string_view Pieces(std::string_view part) {
  if (part.size() % 2 != 0) return "INVALID_LENGTH_FOR_PIECE_OF_TOTAL";
  const int piece = Number(part.substr(0, part.size() / 2));
  const int total = Number(part.substr(part.size() / 2));
  if (piece == 0) return "ZERO_PIECE_NUMBER";
  if (total == 0) return "ZERO_TOTAL_PIECES";
  return piece > total ? "PIECE_NUMBER_EXCEEDS_TOTAL" : "";
}

std::string_view Position(std::string_view part) {
  const std::size_t slash = part.find('/');
  if (slash == std::string_view::npos) return "POSITION_IN_SEQUENCE_MALFORMED";
  const std::string_view position = part.substr(0, slash);
  const std::string_view end = part.substr(slash + 1);
  if (!AllDigits(position) || !AllDigits(end)) return "POSITION_IN_SEQUENCE_MALFORMED";
  if (position[0] == '0' || end[0] == '0') return "ILLEGAL_ZERO_PREFIX";
  return Number(position) > Number(end) ? "POSITION_EXCEEDS_END" : "";
}

std::string_view Medium(std::string_view part) {
  const int code = Number(part);
  return (code >= 1 && code <= 10) || (code >= 80 && code <= 99) ? "" : "INVALID_MEDIA_TYPE";
}

// base64url with padding to a multiple of four where padding is written at all.
std::string_view Base64Url(std::string_view part) {
  const std::size_t data = part.find_last_not_of('=');
  const std::size_t length = data == std::string_view::npos ? 0 : data + 1;
  for (const char c : part.substr(0, length)) {
    if (!IsAlnum(c) && c != '-' && c != '_') return "INVALID_CSET64_CHARACTER";
  }
  const std::size_t padding = part.size() - length;
  return padding > 2 || (padding > 0 && part.size() % 4 != 0) ? "INVALID_CSET64_PADDING" : "";
}

bool OneOf(std::string_view part, std::string_view allowed) {
  return part.size() == 1 && Contains(allowed, part);
}

using Rule = std::string_view (*)(std::string_view);
constexpr std::pair<std::string_view, Rule> kRules[] = {
    {"mod10",
     [](std::string_view p) -> std::string_view {
       return CheckDigitHolds(p) ? "" : "INCORRECT_CHECK_DIGIT";
     }},
    {"prefix", [](std::string_view p) { return Prefix(p, 0); }},
    {"prefix2", [](std::string_view p) { return Prefix(p, 1); }},
    {"date0", [](std::string_view p) { return CheckDate(p, true); }},
    {"date", [](std::string_view p) { return CheckDate(p, false); }},
    {"birthdate", Birthdate},
    {"clock", Clock},
    {"hour", Hour},
    {"minute", Minute},
    {"second", Second},
    {"country",
     [](std::string_view p) -> std::string_view { return IsCountry(p) ? "" : "NOT_ISO3166"; }},
    {"country999",
     [](std::string_view p) -> std::string_view {
       return p == "999" || IsCountry(p) ? "" : "NOT_ISO3166_OR_999";
     }},
    {"country2",
     [](std::string_view p) -> std::string_view {
       return IsCountryAlpha2(p) ? "" : "NOT_ISO3166_ALPHA2";
     }},
    {"currency",
     [](std::string_view p) -> std::string_view { return IsCurrency(p) ? "" : "NOT_ISO4217"; }},
    {"percent", Percent},
    {"flag",
     [](std::string_view p) -> std::string_view {
       return OneOf(p, "01") ? "" : "NOT_ZERO_OR_ONE";
     }},
    {"latitude",
     [](std::string_view p) -> std::string_view {
       return p <= "1800000000" ? "" : "INVALID_LATITUDE";
     }},
    {"longitude",
     [](std::string_view p) -> std::string_view {
       return p <= "3600000000" ? "" : "INVALID_LONGITUDE";
     }},
    {"minus",
     [](std::string_view p) -> std::string_view {
       return p.find_first_not_of('-') == std::string_view::npos ? "" : "NOT_HYPHEN";
     }},
    {"importer",
     [](std::string_view p) -> std::string_view {
       return p.size() == 1 && (IsAlnum(p[0]) || p[0] == '-' || p[0] == '_')
                  ? ""
                  : "INVALID_IMPORT_IDX_CHARACTER";
     }},
    {"package",
     [](std::string_view p) -> std::string_view {
       return IsPackageType(p) ? "" : "INVALID_PACKAGE_TYPE";
     }},
    {"medium", Medium},
    {"sex",
     [](std::string_view p) -> std::string_view {
       return OneOf(p, "0129") ? "" : "INVALID_BIOLOGICAL_SEX_CODE";
     }},
    {"position", Position},
    {"nonzero",
     [](std::string_view p) -> std::string_view {
       return OnlyZeros(p) ? "ILLEGAL_ZERO_VALUE" : "";
     }},
    {"zero", [](std::string_view p) -> std::string_view { return OnlyZeros(p) ? "" : "NOT_ZERO"; }},
    {"winding",
     [](std::string_view p) -> std::string_view {
       return OneOf(p, "019") ? "" : "INVALID_WINDING_DIRECTION";
     }},
    {"pieces", Pieces},
    {"iban", Iban},
    {"nolead0",
     [](std::string_view p) -> std::string_view {
       return p.size() > 1 && p[0] == '0' ? "ILLEGAL_ZERO_PREFIX" : "";
     }},
    {"pair", CheckPair},
    {"nondigit",
     [](std::string_view p) -> std::string_view {
       return AllDigits(p) ? "REQUIRES_NON_DIGIT_CHARACTER" : "";
     }},
    {"coupon", CheckCoupon},
    {"offer", CheckOffer},
};

}  // namespace

std::string_view CheckCharacters(char type, std::string_view part) {
  if (type == 'z') return Base64Url(part);
  for (const char c : part) {
    if (type == 'n' && !IsDigit(c)) return "NON_DIGIT_CHARACTER";
    if (type == 'x' && !Contains(kSet82, c)) return "INVALID_CSET82_CHARACTER";
    if (type == 'y' && !IsDigit(c) && !IsUpper(c) && c != '#' && c != '-' && c != '/') {
      return "INVALID_CSET39_CHARACTER";
    }
  }
  return "";
}

std::string_view CheckRule(std::string_view rule, std::string_view part) {
  for (const auto& [name, check] : kRules) {
    if (name == rule) return check(part);
  }
  return "UNKNOWN_RULE";
}

std::string_view CheckDate(std::string_view digits, bool day_zero) {
  // Of the centuries in question only 2000 could matter, and it is a leap year.
  return Day(2000 + Number(digits.substr(0, 2)), Number(digits.substr(2, 2)),
             Number(digits.substr(4, 2)), day_zero);
}

std::string_view ReasonOfRule(std::string_view broken) {
  if (Contains(broken, "CHECK_DIGIT") || Contains(broken, "CHECK_PAIR") ||
      broken == "INCORRECT_IBAN_CHECKSUM") {
    return "GS1_CHECK_DIGIT";
  }
  if (StartsWith(broken, "COUPON_")) return "GS1_COUPON";
  if (StartsWith(broken, "ILLEGAL_") && !Contains(broken, "ZERO") && !Contains(broken, "IBAN")) {
    return "GS1_DATE";
  }
  if (StartsWith(broken, "VALUE_TOO_")) return "GS1_LENGTH";
  if (EndsWith(broken, "_CHARACTER")) return "GS1_CHARACTER";
  return "GS1_VALUE";
}

}  // namespace loopdock::intake
