// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_ROWS_H_
#define LOOPDOCK_CLIENTS_ERP_ROWS_H_

// What Loopdock's resources and facts are as rows; docs/using/erp.md explains the columns.
// Thread safety: free functions, safe from any thread.

#include <set>
#include <string>
#include <vector>

#include "clients/erp/database.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::erp {

namespace v1 = inventory::v1;

// A resource as rows: its own first, then those that belong to it.
std::vector<Row> RowsOf(const v1::Party& party);
std::vector<Row> RowsOf(const v1::Location& location);
std::vector<Row> RowsOf(const v1::Container& container);
std::vector<Row> RowsOf(const v1::Load& load);
std::vector<Row> RowsOf(const v1::Asset& asset);
std::vector<Row> RowsOf(const v1::Lot& lot);
std::vector<Row> RowsOf(const v1::Shipment& shipment);

// One row for each fact that moves something.
std::vector<Row> MovesOf(const v1::FeedEntry& entry);

// Every resource name that a fact says in any field, those included that this program does not
// know yet.
void CollectNames(const google::protobuf::Message& message, std::set<std::string>* names);

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_ROWS_H_
