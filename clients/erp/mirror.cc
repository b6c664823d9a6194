// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/mirror.h"

#include "absl/strings/str_cat.h"
#include "clients/erp/rows.h"
#include "clients/erp/schema.h"
#include "services/common/status.h"

namespace loopdock::erp {

Mirror::Mirror(const client::Connection* connection, Database* database, std::string site,
               Report report)
    : database_(database),
      resources_(connection),
      site_(std::move(site)),
      report_(std::move(report)) {}

absl::StatusOr<Position> Mirror::GetPosition() {
  auto status =
      database_->Run("INSERT OR IGNORE INTO feed_position VALUES (1, ?, '', 0, 0, 0, 0)", {site_});
  if (!status.ok()) return status;
  const auto rows = database_->Query("SELECT site, epoch, sequence FROM feed_position");
  if (!rows.ok()) return rows.status();
  const Cells& row = rows->front();
  if (Text(row[0]) != site_) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "DATABASE_FOREIGN",
                         absl::StrCat("The database follows ", Text(row[0]), ", not ", site_,
                                      ". Give another file."));
  }
  return Position{Text(row[1]), Number(row[2])};
}

// What changes without a fact of its own: what stands in a container or is built into an asset is
// where that is, and what an asset is built into counts what becomes of it.
absl::StatusOr<std::set<std::string>> Mirror::WithAffected(const std::set<std::string>& names) {
  std::set<std::string> all = names;
  for (const std::string& name : names) {
    const bool holds = name.find("/containers/") != name.npos || name.find("/assets/") != name.npos;
    if (!holds) continue;
    const auto affected = database_->Query(
        "WITH RECURSIVE holding (name) AS (SELECT ?1 UNION"
        "  SELECT container FROM containers JOIN holding ON parent = name),"
        " standing (name) AS (SELECT item FROM items JOIN holding ON container = name"
        "  UNION SELECT item FROM items WHERE installed_in = ?1"
        "  UNION SELECT item FROM items JOIN standing ON installed_in = name),"
        " host (name) AS (SELECT installed_in FROM items WHERE item = ?1"
        "  UNION SELECT installed_in FROM items JOIN host ON item = name)"
        " SELECT name FROM standing UNION SELECT name FROM host WHERE name != ''",
        {name});
    if (!affected.ok()) return affected.status();
    for (const Cells& row : *affected) all.insert(Text(row[0]));
  }
  return all;
}

absl::Status Mirror::Write(const Resource& resource) {
  auto status = database_->Run(
      absl::StrCat("DELETE FROM ", resource.table, " WHERE ", resource.key_column, " = ?"),
      {resource.name});
  for (const Row& row : resource.rows) {
    if (status.ok()) status = database_->Put(row);
  }
  return status;
}

absl::Status Mirror::Advance(const Position& from, const Position& to, std::int64_t facts,
                             std::int64_t unknown) {
  auto status = database_->Run(
      "UPDATE feed_position SET epoch = ?, sequence = ?, facts = facts + ?,"
      " facts_unknown = facts_unknown + ? WHERE epoch = ? AND sequence = ?",
      {to.epoch, to.sequence, facts, unknown, from.epoch, from.sequence});
  if (!status.ok() || database_->changed() == 1) return status;
  return common::Error(absl::StatusCode::kAborted, "DATABASE_SHARED",
                       absl::StrCat("The position is no longer ", from.sequence,
                                    ": another connector writes this database. Stop one of them."));
}

absl::Status Mirror::Take(const v1::TailFeedResponse& response) {
  const auto position = GetPosition();
  if (!position.ok()) return position.status();
  std::set<std::string> names;
  std::vector<Row> moves;
  Position to{response.epoch(), position->sequence};
  std::int64_t facts = 0, unknown = 0;
  for (const v1::FeedEntry& entry : response.entries()) {
    if (entry.sequence() <= to.sequence) continue;
    to.sequence = entry.sequence();
    for (const v1::Fact& fact : entry.facts()) {
      ++facts;
      if (fact.kind_case() == v1::Fact::KIND_NOT_SET) ++unknown;
      CollectNames(fact, &names);
    }
    for (Row& move : MovesOf(entry)) moves.push_back(std::move(move));
  }
  if (to == *position) return absl::OkStatus();
  const auto touched = WithAffected(names);
  if (!touched.ok()) return touched.status();
  // Asked for after the entries were committed: never older than they are, perhaps newer; then
  // later entries name the same resources again. That is why asking comes before the transaction.
  const auto resources = resources_.Fetch(*touched);
  if (!resources.ok()) return resources.status();

  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  absl::Status status = Advance(*position, to, facts, unknown);
  for (const Resource& resource : *resources) {
    if (status.ok()) status = Write(resource);
  }
  for (const Row& move : moves) {
    if (status.ok()) status = database_->Put(move);
  }
  if (status.ok()) status = (*transaction)->Commit();
  if (status.ok()) report_(absl::StrCat("feed ", to.sequence, " of ", response.last_sequence()));
  return status;
}

absl::Status Mirror::Rebuild() {
  auto transaction = Transaction::Begin(database_);
  if (!transaction.ok()) return transaction.status();
  absl::Status status = GetPosition().status();
  for (const std::string& table : DerivedTables()) {
    if (status.ok()) status = database_->Run("DELETE FROM " + table);
  }
  if (status.ok()) {
    status = database_->Run(
        "UPDATE feed_position SET epoch = '', sequence = 0, facts = 0, facts_unknown = 0,"
        " rebuilds = rebuilds + 1");
  }
  if (status.ok()) {
    status = database_->Run("UPDATE outbox SET state = 'sending' WHERE state = 'answered'");
  }
  if (status.ok()) status = (*transaction)->Commit();
  if (status.ok()) report_("feed rebuild");
  return status;
}

}  // namespace loopdock::erp
