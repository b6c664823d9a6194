// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/database.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "clients/erp/schema.h"
#include "services/common/status.h"

namespace loopdock::erp {
namespace {

constexpr int kBusyMs = 30000;

absl::Status Bind(sqlite3_stmt* statement, int at, const Value& value) {
  int code = SQLITE_OK;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    code = sqlite3_bind_int64(statement, at, *number);
  } else {
    const std::string& text = std::get<std::string>(value);
    code =
        sqlite3_bind_text64(statement, at, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  }
  if (code == SQLITE_OK) return absl::OkStatus();
  return common::Error(absl::StatusCode::kUnavailable, "DATABASE_IO",
                       absl::StrCat("A value cannot be bound: ", sqlite3_errstr(code)));
}

Value Cell(sqlite3_stmt* statement, int column) {
  if (sqlite3_column_type(statement, column) == SQLITE_INTEGER) {
    return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
  }
  const unsigned char* text = sqlite3_column_text(statement, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(statement, column));
  return text == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(text), size);
}

}  // namespace

std::string Text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return absl::StrCat(std::get<std::int64_t>(value));
}

std::int64_t Number(const Value& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number == nullptr ? 0 : *number;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path) {
  sqlite3* connection = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  // SQLite hands out a connection also when it fails: it holds the reason.
  std::unique_ptr<Database> database(new Database(connection));
  if (code != SQLITE_OK) return database->Failed(absl::StrCat("open ", path));
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyMs);
  if (auto ready = database->Prepare(); !ready.ok()) return ready;
  return database;
}

absl::Status Database::Prepare() {
  for (const char* pragma :
       {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"}) {
    if (auto set = Run(pragma); !set.ok()) return set;
  }
  return PrepareSchema(this);
}

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(connection_);
}

absl::Status Database::Failed(std::string_view doing) const {
  const char* why = connection_ == nullptr ? "out of memory" : sqlite3_errmsg(connection_);
  return common::Error(absl::StatusCode::kUnavailable, "DATABASE_IO",
                       absl::StrCat("The database did not ", std::string(doing), ": ", why,
                                    ". Check its path, rights and free space."));
}

absl::StatusOr<sqlite3_stmt*> Database::Statement(const std::string& sql) {
  const auto known = statements_.find(sql);
  if (known != statements_.end()) return known->second;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_, sql.c_str(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return Failed(absl::StrCat("understand: ", sql));
  }
  statements_[sql] = statement;
  return statement;
}

absl::StatusOr<std::vector<Cells>> Database::Query(const std::string& sql,
                                                   const std::vector<Value>& values) {
  auto statement = Statement(sql);
  if (!statement.ok()) return statement.status();
  absl::Status status;
  for (size_t i = 0; i < values.size() && status.ok(); ++i) {
    status = Bind(*statement, static_cast<int>(i) + 1, values[i]);
  }
  std::vector<Cells> rows;
  int code = SQLITE_ROW;
  while (status.ok() && (code = sqlite3_step(*statement)) == SQLITE_ROW) {
    Cells& cells = rows.emplace_back();
    for (int i = 0; i < sqlite3_column_count(*statement); ++i) cells.push_back(Cell(*statement, i));
  }
  if (status.ok() && code != SQLITE_DONE) status = Failed(absl::StrCat("run: ", sql));
  sqlite3_reset(*statement);
  sqlite3_clear_bindings(*statement);
  if (!status.ok()) return status;
  return rows;
}

absl::Status Database::Run(const std::string& sql, const std::vector<Value>& values) {
  return Query(sql, values).status();
}

absl::Status Database::Put(const Row& row) {
  std::string names, marks;
  std::vector<Value> values;
  for (const auto& [name, value] : row.columns) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", name);
    absl::StrAppend(&marks, marks.empty() ? "?" : ", ?");
    values.push_back(value);
  }
  return Run(
      absl::StrCat("INSERT OR REPLACE INTO ", row.table, " (", names, ") VALUES (", marks, ")"),
      values);
}

std::int64_t Database::changed() const { return sqlite3_changes64(connection_); }

absl::StatusOr<std::unique_ptr<Transaction>> Transaction::Begin(Database* database) {
  if (auto begun = database->Run("BEGIN IMMEDIATE"); !begun.ok()) return begun;
  return std::unique_ptr<Transaction>(new Transaction(database));
}

Transaction::~Transaction() {
  // After some errors SQLite has undone the transaction itself.
  if (open_ && sqlite3_get_autocommit(database_->connection_) == 0) {
    database_->Run("ROLLBACK").IgnoreError();
  }
}

absl::Status Transaction::Commit() {
  auto committed = database_->Run("COMMIT");
  if (committed.ok()) open_ = false;
  return committed;
}

}  // namespace loopdock::erp
