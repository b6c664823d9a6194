// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/schema.h"

#include "absl/strings/str_cat.h"
#include "services/common/status.h"

namespace loopdock::erp {
namespace {

constexpr std::int64_t kVersion = 1;
// "LDEK" in the file's header marks it as ours.
constexpr std::int64_t kApplicationId = 0x4c44454b;

constexpr const char* kDerived[] = {
    R"(CREATE TABLE business_partners (
  business_partner TEXT PRIMARY KEY, display_name TEXT NOT NULL, roles TEXT NOT NULL,
  address TEXT NOT NULL, country TEXT NOT NULL, external_ref TEXT NOT NULL,
  no_resale INTEGER NOT NULL, etag TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE bins (
  bin TEXT PRIMARY KEY, display_name TEXT NOT NULL, kind TEXT NOT NULL,
  secured INTEGER NOT NULL) STRICT)",
    R"(CREATE TABLE containers (
  container TEXT PRIMARY KEY, sscc TEXT NOT NULL, parent TEXT NOT NULL, bin TEXT NOT NULL,
  goods_receipt TEXT NOT NULL, sealed INTEGER NOT NULL) STRICT)",
    "CREATE INDEX containers_parent ON containers (parent)",
    R"(CREATE TABLE goods_receipts (
  goods_receipt TEXT PRIMARY KEY, supplier TEXT NOT NULL, carrier TEXT NOT NULL,
  purchase_order TEXT NOT NULL, bill_of_lading TEXT NOT NULL, external_ref TEXT NOT NULL,
  state TEXT NOT NULL, no_resale INTEGER NOT NULL, item_count INTEGER NOT NULL,
  lot_count INTEGER NOT NULL, etag TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE items (
  item TEXT PRIMARY KEY, serial_no TEXT NOT NULL, maker TEXT NOT NULL, model TEXT NOT NULL,
  category TEXT NOT NULL, state TEXT NOT NULL, goods_receipt TEXT NOT NULL, supplier TEXT NOT NULL,
  bin TEXT NOT NULL, container TEXT NOT NULL, installed_in TEXT NOT NULL,
  merged_into TEXT NOT NULL, cosmetic_grade TEXT NOT NULL, functional_grade TEXT NOT NULL,
  data_status TEXT NOT NULL, applicability TEXT NOT NULL, decision TEXT NOT NULL,
  holds INTEGER NOT NULL, no_resale INTEGER NOT NULL, mass_g INTEGER NOT NULL,
  delivery_note TEXT NOT NULL, external_ref TEXT NOT NULL, etag TEXT NOT NULL,
  sequence INTEGER NOT NULL) STRICT)",
    "CREATE INDEX items_container ON items (container)",
    "CREATE INDEX items_installed_in ON items (installed_in)",
    R"(CREATE TABLE item_identifiers (
  item TEXT NOT NULL REFERENCES items ON DELETE CASCADE, kind TEXT NOT NULL,
  issuer TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (item, kind, issuer, value)) STRICT)",
    R"(CREATE TABLE lots (
  lot TEXT PRIMARY KEY, description TEXT NOT NULL, category TEXT NOT NULL,
  piece_count INTEGER NOT NULL, mass_g INTEGER NOT NULL, goods_receipt TEXT NOT NULL,
  supplier TEXT NOT NULL, bin TEXT NOT NULL, applicability TEXT NOT NULL,
  no_resale INTEGER NOT NULL, external_ref TEXT NOT NULL, etag TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE delivery_notes (
  delivery_note TEXT PRIMARY KEY, kind TEXT NOT NULL, receiver TEXT NOT NULL,
  carrier TEXT NOT NULL, bill_of_lading TEXT NOT NULL, state TEXT NOT NULL,
  external_ref TEXT NOT NULL, destination_country TEXT NOT NULL, piece_count INTEGER NOT NULL,
  mass_g INTEGER NOT NULL, etag TEXT NOT NULL) STRICT)",
    R"(CREATE TABLE delivery_note_items (
  delivery_note TEXT NOT NULL REFERENCES delivery_notes ON DELETE CASCADE, item TEXT NOT NULL,
  PRIMARY KEY (delivery_note, item)) STRICT)",
    R"(CREATE TABLE delivery_note_lots (
  delivery_note TEXT NOT NULL REFERENCES delivery_notes ON DELETE CASCADE, line INTEGER NOT NULL,
  lot TEXT NOT NULL, piece_count INTEGER NOT NULL, mass_g INTEGER NOT NULL,
  PRIMARY KEY (delivery_note, line)) STRICT)",
    R"(CREATE TABLE stock_moves (
  sequence INTEGER NOT NULL, fact INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
  quantity INTEGER NOT NULL, mass_g INTEGER NOT NULL, from_place TEXT NOT NULL,
  to_place TEXT NOT NULL, document TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,
  station TEXT NOT NULL, server_time TEXT NOT NULL, PRIMARY KEY (sequence, fact)) STRICT)",
    "CREATE INDEX stock_moves_subject ON stock_moves (subject)",
};

// What is no derived table: where the feed was read up to, and what the ERP wants made.
constexpr const char* kOwn[] = {
    R"(CREATE TABLE feed_position (
  id INTEGER PRIMARY KEY CHECK (id = 1), site TEXT NOT NULL, epoch TEXT NOT NULL,
  sequence INTEGER NOT NULL, facts INTEGER NOT NULL, facts_unknown INTEGER NOT NULL,
  rebuilds INTEGER NOT NULL) STRICT)",
    R"(CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('business_partner', 'goods_receipt')),
  external_ref TEXT NOT NULL CHECK (external_ref <> ''),
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'sending', 'answered', 'refused')),
  request_id TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
  resource TEXT NOT NULL DEFAULT '', answer TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
  UNIQUE (kind, external_ref)) STRICT)",
    "CREATE INDEX outbox_state ON outbox (state, id)",
    // What may have reached the server must not change under its request_id.
    R"(CREATE TRIGGER outbox_keeps_what_was_sent BEFORE UPDATE ON outbox
WHEN OLD.state IN ('sending', 'answered') AND (NEW.request_id <> OLD.request_id OR
  NEW.kind <> OLD.kind OR NEW.external_ref <> OLD.external_ref OR NEW.body <> OLD.body OR
  NEW.state = 'new')
BEGIN SELECT RAISE(ABORT, 'the row was sent: add another one instead'); END)",
    R"(CREATE TRIGGER outbox_keeps_its_rows BEFORE DELETE ON outbox WHEN OLD.state = 'sending'
BEGIN SELECT RAISE(ABORT, 'the row was sent and not answered yet'); END)",
};

absl::StatusOr<std::int64_t> Pragma(Database* database, const std::string& name) {
  const auto rows = database->Query("PRAGMA " + name);
  if (!rows.ok()) return rows.status();
  return rows->empty() ? 0 : Number(rows->front().front());
}

absl::Status Make(Database* database) {
  for (const char* sql : kDerived) {
    if (auto made = database->Run(sql); !made.ok()) return made;
  }
  for (const char* sql : kOwn) {
    if (auto made = database->Run(sql); !made.ok()) return made;
  }
  if (auto set = database->Run(absl::StrCat("PRAGMA application_id=", kApplicationId)); !set.ok()) {
    return set;
  }
  return database->Run(absl::StrCat("PRAGMA user_version=", kVersion));
}

}  // namespace

absl::Status PrepareSchema(Database* database) {
  auto transaction = Transaction::Begin(database);
  if (!transaction.ok()) return transaction.status();
  const auto tables = database->Query("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();
  if (Number(tables->front().front()) == 0) {
    if (auto made = Make(database); !made.ok()) return made;
    return (*transaction)->Commit();
  }
  const auto application = Pragma(database, "application_id");
  if (!application.ok()) return application.status();
  const auto version = Pragma(database, "user_version");
  if (!version.ok()) return version.status();
  if (*application != kApplicationId) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "DATABASE_FOREIGN",
                         "The file holds tables of another program. Give another file.");
  }
  if (*version > kVersion) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "DATABASE_TOO_NEW",
        absl::StrCat("The database is of version ", *version, ", this program knows up to ",
                     kVersion, ". Run the newer program."));
  }
  return (*transaction)->Commit();
}

const std::vector<std::string>& DerivedTables() {
  static const auto* tables = new std::vector<std::string>{"item_identifiers",
                                                           "items",
                                                           "delivery_note_items",
                                                           "delivery_note_lots",
                                                           "delivery_notes",
                                                           "lots",
                                                           "goods_receipts",
                                                           "containers",
                                                           "bins",
                                                           "stock_moves",
                                                           "business_partners"};
  return *tables;
}

}  // namespace loopdock::erp
