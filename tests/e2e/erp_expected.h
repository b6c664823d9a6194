// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_E2E_ERP_EXPECTED_H_
#define LOOPDOCK_TESTS_E2E_ERP_EXPECTED_H_

// What a connector's tables must hold, taken from the API's lists and not from the connector.
// Thread safety: free functions, safe from any thread.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/erp/database.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {

// One text a row, sorted, by table.
using Tables = std::map<std::string, std::vector<std::string>>;

absl::StatusOr<Tables> TablesOfApi(const Floor& floor);
absl::StatusOr<Tables> TablesOfDatabase(erp::Database& database);

}  // namespace loopdock::e2e

#endif  // LOOPDOCK_TESTS_E2E_ERP_EXPECTED_H_
