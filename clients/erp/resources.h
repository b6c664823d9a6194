// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_RESOURCES_H_
#define LOOPDOCK_CLIENTS_ERP_RESOURCES_H_

// Asks the server how resources stand now, many at once.
// Thread safety: for one thread. Ownership: the connection outlives it.
// Blocking: Fetch waits for all answers, at most half a minute for each.
// Errors: the server's. A name that names nothing is no error: its rows are gone.
// Limits: 64 questions under way.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "clients/erp/database.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"

namespace loopdock::erp {

// The rows that take the place of all rows of a name; none when there is no such resource.
struct Resource {
  std::string name;
  std::string table;
  std::string key_column;
  std::vector<Row> rows;
};

class Resources {
 public:
  explicit Resources(const client::Connection* connection);

  // Names of other collections are passed over; a session stands for its load.
  absl::StatusOr<std::vector<Resource>> Fetch(const std::set<std::string>& names);

 private:
  const client::Connection* const connection_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> stub_;
};

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_RESOURCES_H_
