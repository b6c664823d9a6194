// SPDX-License-Identifier: Apache-2.0
// GS1 Digital Link URIs: the rightmost key of the path with its qualifiers in order, then the
// attributes of the query. Names written out (/gtin/) left the standard and are no keys here.

#include <algorithm>
#include <cstddef>

#include "services/common/status.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

absl::Status Invalid(std::string_view message, std::string_view found) {
  return common::Error(absl::StatusCode::kInvalidArgument, "DIGITAL_LINK_INVALID", message,
                       {{"found", Shown(found, 64)}});
}

bool LegalInUri(char c) { return IsAlnum(c) || Contains("-._~:/?#[]@!$&'()*+,;=%", c); }

bool LegalHost(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return IsAlnum(c) || c == '-' || c == '.' || c == ':' || c == '[' || c == ']';
  });
}

bool Decode(std::string_view text, bool plus_is_blank, std::string* decoded) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      decoded->push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      decoded->push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return true;
}

const Gs1Ai* ExactAi(std::string_view ai) {
  const Gs1Ai* row = FindAi(ai);
  return row != nullptr && row->first.size() == ai.size() ? row : nullptr;
}

bool IsQualifier(const Gs1Ai& key, std::string_view ai) {
  const std::vector<std::string_view> all = Split(key.path, ",|");
  return !key.path.empty() && std::find(all.begin(), all.end(), ai) != all.end();
}

// The qualifiers must be a part, in order, of one of the alternatives of the key.
bool InOrder(const Gs1Ai& key, const std::vector<std::string_view>& qualifiers) {
  if (qualifiers.empty()) return true;
  for (const std::string_view alternative : Split(key.path, "|")) {
    const std::vector<std::string_view> order = Split(alternative, ",");
    std::size_t next = 0;
    for (const std::string_view ai : order) {
      if (next < qualifiers.size() && ai == qualifiers[next]) ++next;
    }
    if (next == qualifiers.size()) return true;
  }
  return false;
}

absl::Status Take(std::string_view ai, std::string_view written, bool query,
                  std::vector<Element>* elements) {
  const Gs1Ai* row = ExactAi(ai);
  std::string value;
  if (row == nullptr) return Invalid("Not an application identifier of GS1.", ai);
  if (!Decode(written, query, &value))
    return Invalid("A % is not followed by two digits.", written);
  if (ai == "01" || ai == "02") value = PadGtin(value);
  if (elements->size() >= kGs1ElementsMax) return Invalid("The link has too many parts.", ai);
  for (const Element& element : *elements) {
    if (element.id == ai) return Invalid("The link gives an identifier twice.", ai);
  }
  elements->push_back({std::string(ai), value});
  return CheckElement(*row, ai, value);
}

absl::Status TakeQuery(const Gs1Ai& key, std::string_view query, std::vector<Element>* elements) {
  for (const std::string_view pair : Split(query, "&")) {
    const std::size_t equals = pair.find('=');
    const std::string_view ai = pair.substr(0, equals);
    // Words are the business of the web server; only numbers are ours.
    if (equals == std::string_view::npos || !AllDigits(ai)) continue;
    const Gs1Ai* row = ExactAi(ai);
    if (row == nullptr || !row->Is('A') || IsQualifier(key, ai)) {
      return Invalid("An identifier may not stand in the query of this link.", ai);
    }
    if (absl::Status status = Take(ai, pair.substr(equals + 1), true, elements); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool ParseDigitalLink(std::string_view uri, std::vector<Element>* elements, absl::Status* status) {
  std::string_view rest = uri;
  if (!ConsumePrefix(&rest, "https://") && !ConsumePrefix(&rest, "HTTPS://") &&
      !ConsumePrefix(&rest, "http://") && !ConsumePrefix(&rest, "HTTP://")) {
    return false;
  }
  rest = rest.substr(0, rest.find('#'));
  const std::size_t question = rest.find('?');
  const std::string_view query =
      question == std::string_view::npos ? std::string_view() : rest.substr(question + 1);
  rest = rest.substr(0, question);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !LegalHost(rest.substr(0, slash))) return false;
  const std::vector<std::string_view> path = Split(rest.substr(slash + 1), "/");

  // Pairs are counted from the end, as anything may stand before the key.
  const Gs1Ai* key = nullptr;
  std::size_t at = path.size();
  while (at >= 2 && key == nullptr) {
    at -= 2;
    const Gs1Ai* row = ExactAi(path[at]);
    if (row != nullptr && row->Is('K')) key = row;
  }
  if (key == nullptr) return false;

  if (!std::all_of(uri.begin(), uri.end(), LegalInUri)) {
    *status = Invalid("The link holds a character that a URI may not hold.", uri);
    return true;
  }
  std::vector<std::string_view> qualifiers;
  for (std::size_t i = at + 2; i < path.size(); i += 2) qualifiers.push_back(path[i]);
  *status = InOrder(*key, qualifiers)
                ? absl::OkStatus()
                : Invalid("What follows the key is no qualifier of it, or not in order.", rest);
  for (std::size_t i = at; status->ok() && i < path.size(); i += 2) {
    *status = Take(path[i], path[i + 1], false, elements);
  }
  if (status->ok()) *status = TakeQuery(*key, query, elements);
  return true;
}

}  // namespace loopdock::intake
