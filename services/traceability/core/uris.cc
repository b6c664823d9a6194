// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/core/uris.h"

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "services/common/status.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr std::string_view kCanonicalDomain = "https://id.gs1.org/";
constexpr std::size_t kUriBytesMax = 2048;

// A GS1 key that can stand alone in a Digital Link.
struct KeyRule {
  std::string_view ai;
  std::size_t digits;          // leading digits, the last of them a check digit; 0: free text
  std::size_t more_bytes_max;  // what may follow the digits
  std::array<std::string_view, 3> qualifiers;  // the finest first
};

constexpr std::array<KeyRule, 16> kKeys = {{
    {"00", 18, 0, {}},
    {"01", 14, 0, {"21", "10", "235"}},
    {"253", 13, 17, {}},
    {"255", 13, 12, {}},
    {"401", 0, 30, {}},
    {"402", 17, 0, {}},
    {"410", 13, 0, {}},
    {"412", 13, 0, {}},
    {"414", 13, 0, {"254"}},
    {"417", 13, 0, {}},
    {"8003", 14, 16, {}},
    {"8004", 0, 30, {}},
    {"8006", 14, 4, {"21", "10"}},
    {"8010", 0, 30, {"8011"}},
    {"8017", 18, 0, {}},
    {"8018", 18, 0, {}},
}};

const KeyRule* FindKey(std::string_view ai) {
  for (const KeyRule& rule : kKeys) {
    if (rule.ai == ai) return &rule;
  }
  return nullptr;
}

bool AllDigits(std::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return false;
  }
  return !text.empty();
}

// Where a Digital Link's key stands among the parts of a path.
struct Link {
  const KeyRule* rule = nullptr;
  std::string_view value;
  std::vector<std::string_view> rest;
};

std::optional<Link> FindLink(std::string_view uri) {
  if (!uri.starts_with("https://") && !uri.starts_with("http://")) return std::nullopt;
  uri = uri.substr(0, uri.find_first_of("?#"));
  const std::vector<std::string_view> parts = Split(uri, '/');
  for (std::size_t i = 3; i + 1 < parts.size(); ++i) {
    const KeyRule* rule = FindKey(parts[i]);
    if (rule == nullptr || parts[i + 1].empty()) continue;
    // On a domain that is not GS1's, only what begins like the key is taken for one.
    const bool ours = uri.starts_with(kCanonicalDomain);
    if (!ours && (rule->digits == 0 || !AllDigits(parts[i + 1].substr(0, rule->digits)) ||
                  parts[i + 1].size() < rule->digits)) {
      continue;
    }
    return Link{
        rule, parts[i + 1], {parts.begin() + static_cast<std::ptrdiff_t>(i) + 2, parts.end()}};
  }
  return std::nullopt;
}

std::string WithCheckDigit(std::string_view digits) {
  return Cat(digits, std::string(1, Gs1CheckDigit(digits)));
}

// "prefix" and the reference whose first digit moves to the front.
std::string Rotated(std::string_view prefix, std::string_view reference) {
  return WithCheckDigit(Cat(reference.substr(0, 1), prefix, reference.substr(1)));
}

// The Digital Link path of an EPC URN's parts, or empty when the scheme is not one of ours.
std::string PathOfEpc(std::string_view scheme, const std::vector<std::string_view>& p) {
  if (p.size() < 2 || !AllDigits(p[0])) return "";
  const bool numeric = AllDigits(p[1]);
  const std::string_view last = p.size() > 2 ? p[2] : std::string_view();
  if (numeric && scheme == "sscc") return Cat("00/", Rotated(p[0], p[1]));
  if (scheme == "giai") return Cat("8004/", p[0], p[1]);
  if (scheme == "ginc") return Cat("401/", p[0], p[1]);
  if (scheme == "pgln" && (numeric || p[1].empty())) {
    return Cat("417/", WithCheckDigit(Cat(p[0], p[1])));
  }
  if (scheme == "gsin" && numeric) return Cat("402/", WithCheckDigit(Cat(p[0], p[1])));
  if (scheme == "gsrn" && numeric) return Cat("8018/", WithCheckDigit(Cat(p[0], p[1])));
  if (scheme == "gsrnp" && numeric) return Cat("8017/", WithCheckDigit(Cat(p[0], p[1])));
  if (p.size() < 3) return "";
  if (scheme == "sgln" && (numeric || p[1].empty())) {
    const std::string gln = WithCheckDigit(Cat(p[0], p[1]));
    return last == "0" ? Cat("414/", gln) : Cat("414/", gln, "/254/", last);
  }
  if (scheme == "cpi") return Cat("8010/", p[0], p[1], "/8011/", last);
  if (scheme == "gdti" && (numeric || p[1].empty())) {
    return Cat("253/", WithCheckDigit(Cat(p[0], p[1])), last);
  }
  if (scheme == "sgcn" && (numeric || p[1].empty())) {
    return Cat("255/", WithCheckDigit(Cat(p[0], p[1])), last);
  }
  if (scheme == "grai" && (numeric || p[1].empty())) {
    return Cat("8003/0", WithCheckDigit(Cat(p[0], p[1])), last);
  }
  if (!numeric) return "";
  const std::string gtin = Cat("01/", Rotated(p[0], p[1]));
  if (scheme == "lgtin") return Cat(gtin, "/10/", last);
  if (scheme == "upui") return Cat(gtin, "/235/", last);
  if (scheme == "sgtin") return last == "*" ? gtin : Cat(gtin, "/21/", last);
  return "";
}

}  // namespace

bool IsUri(std::string_view text) {
  if (text.size() > kUriBytesMax) return false;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  if (!absl::ascii_isalpha(static_cast<unsigned char>(text[0]))) return false;
  for (const char c : text.substr(0, colon)) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '+' && c != '-' && c != '.') {
      return false;
    }
  }
  constexpr std::string_view kOther = "-._~:/?#[]@!$&'()*+,;=";
  bool fragment = false;
  for (std::size_t i = colon + 1; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '%') {
      if (i + 2 >= text.size() || !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) ||
          !absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]))) {
        return false;
      }
      continue;
    }
    if (!absl::ascii_isalnum(c) && kOther.find(text[i]) == std::string_view::npos) return false;
    if (c == '#' && fragment) return false;
    fragment = fragment || c == '#';
  }
  return !text.substr(colon + 1).starts_with("///") || text.size() > colon + 4;
}

char Gs1CheckDigit(std::string_view digits) {
  int sum = 0;
  int weight = 3;
  for (std::size_t i = digits.size(); i-- > 0; weight = 4 - weight) {
    sum += (digits[i] - '0') * weight;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

absl::Status CheckDigitalLink(std::string_view uri) {
  const auto link = FindLink(uri);
  if (!link || link->rule->digits == 0) return absl::OkStatus();
  const KeyRule& rule = *link->rule;
  const std::string_view value = link->value;
  const auto wrong = [&](std::string_view what) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EPCIS_INVALID",
                         Cat("the GS1 key (", rule.ai, ") of \"", uri, "\" ", what, "."));
  };
  if (value.size() < rule.digits || value.size() > rule.digits + rule.more_bytes_max ||
      !AllDigits(value.substr(0, rule.digits))) {
    return wrong(Cat("does not begin with ", rule.digits, " digits or is too long"));
  }
  const std::string_view digits = value.substr(0, rule.digits);
  const char expected = Gs1CheckDigit(digits.substr(0, rule.digits - 1));
  if (digits.back() != expected) {
    return wrong(Cat("should have the check digit ", std::string(1, expected)));
  }
  return absl::OkStatus();
}

std::string CanonicalUri(std::string_view uri) {
  if (!IsUri(uri)) return std::string(uri);
  for (const std::string_view start : {"urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:"}) {
    if (!uri.starts_with(start)) continue;
    const std::string_view rest = uri.substr(start.size());
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos || rest.find_first_of("/?#") != rest.npos) break;
    const std::vector<std::string_view> parts = Split(rest.substr(colon + 1), '.', 2);
    const std::string path = PathOfEpc(rest.substr(0, colon), parts);
    return path.empty() ? std::string(uri) : Cat(kCanonicalDomain, path);
  }
  const auto link = FindLink(uri);
  if (!link) return std::string(uri);
  std::string canonical = Cat(kCanonicalDomain, link->rule->ai, "/", link->value);
  for (const std::string_view qualifier : link->rule->qualifiers) {
    for (std::size_t i = 0; i + 1 < link->rest.size(); i += 2) {
      if (qualifier.empty() || link->rest[i] != qualifier) continue;
      return Cat(canonical, "/", qualifier, "/", link->rest[i + 1]);
    }
  }
  return canonical;
}

}  // namespace loopdock::traceability
