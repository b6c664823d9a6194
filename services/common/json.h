// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_JSON_H_
#define LOOPDOCK_SERVICES_COMMON_JSON_H_

// JSON of protobuf messages and JSON texts from outside.
// Thread safety: every function is safe from any thread.
// Errors: INVALID_ARGUMENT JSON_INVALID; no exception of the JSON library leaves these functions.

#include <google/protobuf/message.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace loopdock::common {

// protobuf's own JSON form, with the field names of the .proto file; `pretty` adds line breaks.
absl::StatusOr<std::string> ProtoToJson(const google::protobuf::Message& message,
                                        bool pretty = false);
// Unknown fields are refused.
absl::Status JsonToProto(std::string_view json, google::protobuf::Message* message);

// Limits: deeper than 64 levels is refused.
absl::StatusOr<nlohmann::json> ParseJson(std::string_view text);

// One line; bytes that are not UTF-8 become U+FFFD.
std::string DumpJson(const nlohmann::json& json);
std::string DumpJson(const nlohmann::ordered_json& json);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_JSON_H_
