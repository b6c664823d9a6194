// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_FIELDS_H_
#define LOOPDOCK_CLIENTS_CLI_FIELDS_H_

// Words of a command line into fields of any message, and fields back into words, by descriptors.
// Thread safety: free functions, safe from any thread.
// Errors: USAGE for a word that does not fit its field.

#include <google/protobuf/message.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "clients/cli/cli.h"

namespace loopdock::cli {

// A full name of a short one: of `collection`, or "locations/dock" when that is "*". Parties belong
// to no site. An empty collection leaves the text as it is.
std::string CompleteName(const Settings& settings, std::string_view collection,
                         const std::string& text);

// Puts `text` into the field at `path`, such as "shipment.receiver"; into a repeated field one
// more. "shipment.lots{lot,piece_count,mass_g}" takes "L1:4:2000" apart. Enumerations go by their
// words: "data-devices". Names are completed with `collection`.
absl::Status SetField(const Settings& settings, google::protobuf::Message& message,
                      std::string_view path, std::string_view collection, const std::string& text);

// True when the path ends in a field that takes several words, or in one that takes none.
bool TakesMany(const google::protobuf::Descriptor* type, std::string_view path);
bool IsFlag(const google::protobuf::Descriptor* type, std::string_view path);

// What is at a path, for people; "-" when it is not set.
std::string FieldText(const google::protobuf::Message& message, std::string_view path);

// Every set field with its value, in the order of the message; inner messages in one line.
std::vector<std::vector<std::string>> FieldRows(const google::protobuf::Message& message);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_FIELDS_H_
