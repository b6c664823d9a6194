// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_VERBS_H_
#define LOOPDOCK_CLIENTS_CLI_VERBS_H_

// Commands that are one call each, as rows of a table: which method, which words go into which
// fields of its request, and what of the answer is shown.
// Thread safety: constant.

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/cli/cli.h"

namespace loopdock::cli {

// One word or option of a command.
struct VerbField {
  const char* option;  // "--receiver", or "NAME" for a word without option
  const char* path;    // of the request, as SetField takes it
  const char* about;
  const char* collection = "";  // completes short names
  bool required = false;
  bool replaces = false;  // of a change: the given ones instead of those that are there
};

struct VerbInput;

struct Verb {
  const char* group;
  const char* name;
  const char* about;
  const char* method;
  std::vector<VerbField> fields;
  // Of a list: the repeated field of the answer, and paths of its columns.
  const char* list = "";
  std::vector<const char*> columns = {};
  // Of a change of something: the method that reads it, and the field of the request that takes it.
  const char* read_first = "";
  const char* resource = "";
  // Of a list: an option that shows only rows where the field has this word.
  const char* only_option = "";
  const char* only_field = "";
  const char* only_word = "";
  // Does the work instead of the call.
  absl::Status (*run)(const Settings& settings, const VerbInput& input) = nullptr;
};

// What was given on the command line.
struct VerbInput {
  const Verb* verb = nullptr;
  std::vector<std::vector<std::string>> words;  // one list a field of the verb
  std::string reason;
  bool json = false;
  bool dry_run = false;
  bool only = false;
};

// The whole table, in the order of the help.
const std::vector<Verb>& Verbs();

// Stock takes by what scanners give: names of assets, serial numbers or tags, "-" for the lines of
// standard input.
absl::Status CountStock(const Settings& settings, const VerbInput& input);
// What the record has in the place and nobody counted.
absl::Status RecordMissing(const Settings& settings, const VerbInput& input);

// The answer of a verb, as JSON or for people.
absl::Status PrintAnswer(const VerbInput& input, const google::protobuf::Message& answer);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_VERBS_H_
