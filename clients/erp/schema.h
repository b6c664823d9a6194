// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_SCHEMA_H_
#define LOOPDOCK_CLIENTS_ERP_SCHEMA_H_

// The tables of the second database; docs/using/erp.md explains every column.
// Thread safety: as of the Database.
// Durability: PrepareSchema makes all tables in one transaction or none.
// Errors: UNAVAILABLE DATABASE_IO; FAILED_PRECONDITION DATABASE_FOREIGN and DATABASE_TOO_NEW.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "clients/erp/database.h"

namespace loopdock::erp {

// Makes the tables in an empty file; checks that any other file is of this program and version.
absl::Status PrepareSchema(Database* database);

// Tables derived from the feed, those that are referred to after those that refer to them.
const std::vector<std::string>& DerivedTables();

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_SCHEMA_H_
