// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/words.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/time/time.h"

namespace loopdock::cli {
namespace {

// Codes such as C4, S2 and F3 keep their capitals.
bool IsCode(std::string_view word) {
  return word.size() <= 2 && word.size() > 1 &&
         absl::ascii_isdigit(static_cast<unsigned char>(word[1]));
}

}  // namespace

std::string Word(const std::string& enum_name, std::string_view prefix) {
  std::string word = enum_name.starts_with(prefix) ? enum_name.substr(prefix.size()) : enum_name;
  if (word.empty() || word == "UNSPECIFIED") return "-";
  if (IsCode(word)) return word;
  absl::AsciiStrToLower(&word);
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

std::string UpperCase(std::string_view text) {
  std::string upper(text);
  absl::AsciiStrToUpper(&upper);
  return upper;
}

bool ContainsIgnoringCase(std::string_view text, std::string_view part) {
  return UpperCase(text).find(UpperCase(part)) != std::string::npos;
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "-";
  return absl::FormatTime("%Y-%m-%d %H:%M:%SZ", absl::FromUnixSeconds(time.seconds()),
                          absl::UTCTimeZone());
}

std::string FactName(const inventory::v1::Fact& fact) {
  const auto* oneof = inventory::v1::Fact::descriptor()->FindOneofByName("kind");
  const auto* field = fact.GetReflection()->GetOneofFieldDescriptor(fact, oneof);
  if (field == nullptr) return "unknown";
  std::string name = field->name();
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace loopdock::cli
