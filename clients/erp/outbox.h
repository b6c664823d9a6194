// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_OUTBOX_H_
#define LOOPDOCK_CLIENTS_ERP_OUTBOX_H_

// Sends what the ERP system has put into the table `outbox`, in order, each with one effect: its
// request_id is made once and is on the disk before the first sending.
// Thread safety: for one thread. Ownership: connection and database outlive it.
// Blocking: all methods; a call waits as long as the connection's timeout.
// Durability: OK from SendNext means that the answer is on the disk.
// Errors: the database's; those of the server that say nothing about the row: UNAVAILABLE,
// DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAUTHENTICATED, PERMISSION_DENIED and the like. Then
// the row waits with the reason beside it. Any other refusal is kept in the row and is no error.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "clients/erp/database.h"
#include "clients/erp/mirror.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"

namespace loopdock::erp {

class Outbox {
 public:
  Outbox(const client::Connection* connection, Database* database, std::string site, Report report);

  // Deals with the oldest row that waits; false when none does.
  absl::StatusOr<bool> SendNext();

 private:
  struct Item {
    std::int64_t id = 0;
    std::string kind;
    std::string external_ref;
    std::string body;
    std::string request_id;
    std::string resource;  // What an earlier answer said, or empty.
  };
  struct Answer {
    std::string resource;
    std::string json;
  };

  absl::StatusOr<std::unique_ptr<Item>> Next();
  absl::StatusOr<Answer> Send(const Item& item);
  absl::StatusOr<Answer> SendParty(const Item& item);
  absl::StatusOr<Answer> SendLoad(const Item& item);
  absl::Status Answered(const Item& item, const Answer& answer);
  absl::Status Refused(const Item& item, const absl::Status& why);
  absl::Status Waits(const Item& item, const absl::Status& why);

  const client::Connection* const connection_;
  Database* const database_;
  const std::unique_ptr<inventory::v1::InventoryService::Stub> stub_;
  const std::string site_;
  const Report report_;
};

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_OUTBOX_H_
