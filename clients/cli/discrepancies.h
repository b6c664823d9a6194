// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_DISCREPANCIES_H_
#define LOOPDOCK_CLIENTS_CLI_DISCREPANCIES_H_

// The rows of the file that tells a supplier where claim and reality differ.
// Thread safety: pure functions.

#include <string>
#include <string_view>

#include "loopdock/inventory/v1/inventory_service.pb.h"

namespace loopdock::cli {

// One line each, with its line end.
std::string DiscrepancyHeading();
std::string DiscrepancyRow(const inventory::v1::Discrepancy& one);

// Quoted where RFC 4180 asks for it; a text that a spreadsheet would take for a formula begins with
// an apostrophe.
std::string CsvCell(std::string_view text, bool is_text);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_DISCREPANCIES_H_
