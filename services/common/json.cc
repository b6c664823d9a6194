// SPDX-License-Identifier: Apache-2.0
#include "services/common/json.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr int kDepthMax = 64;

absl::Status Invalid(std::string_view why) {
  return Error(absl::StatusCode::kInvalidArgument, "JSON_INVALID",
               absl::StrCat("the JSON is not as expected: ", std::string(why)));
}

bool TooDeep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDepthMax) return true;
  }
  return false;
}

// Of a byte, counted from 1.
std::string PlaceInText(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position == 0 ? 0 : position - 1);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_end = before.rfind('\n');
  const std::size_t column =
      before.size() - (line_end == std::string_view::npos ? 0 : line_end + 1) + 1;
  return absl::StrCat("line ", line, ", column ", column);
}

}  // namespace

absl::StatusOr<std::string> ProtoToJson(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.add_whitespace = pretty;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return Invalid(status.message().ToString());
  return json;
}

absl::Status JsonToProto(std::string_view json, google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), message);
  return status.ok() ? absl::OkStatus() : Invalid(status.message().ToString());
}

absl::StatusOr<nlohmann::json> ParseJson(std::string_view text) {
  if (TooDeep(text)) return Invalid(absl::StrCat("nested deeper than ", kDepthMax, " levels"));
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    return Invalid(absl::StrCat("it breaks off or goes wrong at ", PlaceInText(text, error.byte)));
  } catch (const nlohmann::json::exception&) {
    return Invalid("it has a number that is out of range");
  }
}

std::string DumpJson(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string DumpJson(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace loopdock::common
