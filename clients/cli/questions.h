// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_QUESTIONS_H_
#define LOOPDOCK_CLIENTS_CLI_QUESTIONS_H_

// Counts, exports, and what is or was in a container.
// Thread safety: main's thread only.
// Ownership: as cli.h.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "clients/cli/cli.h"

namespace loopdock::cli {

// `asset count` and `asset export`.
void AddAssetQuestions(CLI::App& asset, Settings& settings);
// `container contents`.
void AddContainer(CLI::App& app, Settings& settings);

// One row on standard output, quoted as RFC 4180 says.
void PrintCsv(const std::vector<std::string>& row);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_QUESTIONS_H_
