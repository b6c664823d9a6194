// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_DATABASE_H_
#define LOOPDOCK_CLIENTS_ERP_DATABASE_H_

// One connection to the connector's SQLite database.
// Thread safety: one connection is for one thread; any number may be open on one file.
// Ownership: statements and transactions must end before their Database.
// Blocking: all methods; a writer waits at most 30 seconds for another.
// Durability: a commit is on the disk when it returns OK (write-ahead log, synchronous=FULL).
// Errors: UNAVAILABLE DATABASE_IO; Open also FAILED_PRECONDITION DATABASE_FOREIGN and
// DATABASE_TOO_NEW.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace loopdock::erp {

using Value = std::variant<std::int64_t, std::string>;
// A row of an answer; a NULL reads as "".
using Cells = std::vector<Value>;

// One row to be written: column names and values.
struct Row {
  std::string table;
  std::vector<std::pair<std::string, Value>> columns;

  bool operator==(const Row&) const = default;
};

class Database {
 public:
  // Opens the file, or makes it with all tables.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One statement with values for its "?" in order. Statements are kept prepared, so the text
  // must come from the program and not from data.
  absl::StatusOr<std::vector<Cells>> Query(const std::string& sql,
                                           const std::vector<Value>& values = {});
  absl::Status Run(const std::string& sql, const std::vector<Value>& values = {});
  // Inserts the row, in place of one with the same key.
  absl::Status Put(const Row& row);
  // Rows that the last Run changed.
  std::int64_t changed() const;

 private:
  friend class Transaction;
  explicit Database(sqlite3* connection) : connection_(connection) {}
  absl::Status Prepare();
  absl::StatusOr<sqlite3_stmt*> Statement(const std::string& sql);
  absl::Status Failed(std::string_view doing) const;

  sqlite3* const connection_;
  std::map<std::string, sqlite3_stmt*> statements_;
};

// A transaction that holds the write lock from its begin on; undone unless committed.
class Transaction {
 public:
  static absl::StatusOr<std::unique_ptr<Transaction>> Begin(Database* database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}

  Database* const database_;
  bool open_ = true;
};

std::string Text(const Value& value);
std::int64_t Number(const Value& value);

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_DATABASE_H_
