// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_WORDS_H_
#define LOOPDOCK_CLIENTS_CLI_WORDS_H_

// How values of the API read to people.
// Thread safety: free functions, safe from any thread.

#include <google/protobuf/timestamp.pb.h>

#include <string>
#include <string_view>

#include "loopdock/inventory/v1/feed.pb.h"

namespace loopdock::cli {

// "C4" for ("COSMETIC_C4", "COSMETIC_"), "in stock" for longer words, "-" for UNSPECIFIED.
std::string Word(const std::string& enum_name, std::string_view prefix);

std::string UpperCase(std::string_view text);
bool ContainsIgnoringCase(std::string_view text, std::string_view part);

// "2026-03-02 09:15:00Z"; "-" when unset.
std::string TimeText(const google::protobuf::Timestamp& time);

// "asset registered" for a Fact of that kind.
std::string FactName(const inventory::v1::Fact& fact);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_WORDS_H_
