// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_MIRROR_H_
#define LOOPDOCK_CLIENTS_ERP_MIRROR_H_

// Keeps the derived tables in step with inventory's feed: for every entry, all resources that its
// facts name are asked for anew, and their rows, the stock moves and the position are written in
// one transaction.
// Thread safety: for one thread. Ownership: connection and database outlive it.
// Blocking: all methods.
// Durability: OK from Take means that rows and position are on the disk; entries that were taken
// before change nothing.
// Errors: the server's and the database's, after which nothing has changed; ABORTED
// DATABASE_SHARED; FAILED_PRECONDITION DATABASE_FOREIGN when the database follows another site.

#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"
#include "clients/erp/database.h"
#include "clients/erp/resources.h"

namespace loopdock::erp {

// Gets one line about each thing that was done.
using Report = std::function<void(const std::string& line)>;

struct Position {
  std::string epoch;  // Empty before the first entry.
  std::int64_t sequence = 0;

  bool operator==(const Position&) const = default;
};

class Mirror {
 public:
  // `site` is "sites/main".
  Mirror(const client::Connection* connection, Database* database, std::string site, Report report);

  absl::StatusOr<Position> GetPosition();
  absl::Status Take(const inventory::v1::TailFeedResponse& response);
  // Empties the derived tables and begins again at the first entry. What the outbox has made is
  // asked for again, each under its first request_id: the other history may not have it.
  absl::Status Rebuild();

 private:
  absl::StatusOr<std::set<std::string>> WithAffected(const std::set<std::string>& names);
  absl::Status Write(const Resource& resource);
  absl::Status Advance(const Position& from, const Position& to, std::int64_t facts,
                       std::int64_t unknown);

  Database* const database_;
  Resources resources_;
  const std::string site_;
  const Report report_;
};

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_MIRROR_H_
