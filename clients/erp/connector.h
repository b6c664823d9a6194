// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_ERP_CONNECTOR_H_
#define LOOPDOCK_CLIENTS_ERP_CONNECTOR_H_

// The example connector: keeps a SQLite database in step with inventory in both directions, over
// kills of either side.
// Thread safety: Run once; Stop from any thread.
// Blocking: Run, until stopped or, with `once`, until outbox and feed are at their end.
// Durability: all that it must not forget is in the database.
// Errors: those that waiting does not cure. With `once` also the server's when nothing moves for as
// long as the connection's timeout.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "clients/cpp/connection.h"
#include "clients/cpp/feed_follower.h"
#include "clients/erp/database.h"
#include "clients/erp/mirror.h"
#include "clients/erp/outbox.h"

namespace loopdock::erp {

struct ConnectorOptions {
  client::ConnectOptions connect;
  std::string database;
  std::string site = "sites/main";
  bool once = false;
  // Empties the derived tables first.
  bool rebuild = false;
  // How often the outbox is looked at.
  absl::Duration poll = absl::Milliseconds(250);
  // Called on two threads, on one at a time.
  Report report;
};

class Connector {
 public:
  explicit Connector(ConnectorOptions options);

  absl::Status Run();
  void Stop();

 private:
  absl::Status Open();
  void StartFollowing(const Position& from);
  absl::Status Consume(const inventory::v1::TailFeedResponse& response);
  // Whether anything was sent.
  absl::StatusOr<bool> SendAll();
  absl::Status RunOnce();
  absl::Status Follow();
  absl::Status CheckFeed();
  // True when stopped.
  bool Wait(absl::Duration at_most);
  void Say(const std::string& line);

  const ConnectorOptions options_;
  std::unique_ptr<client::Connection> connection_;
  // Each of the two threads has its own way into the file.
  std::unique_ptr<Database> feed_database_;
  std::unique_ptr<Database> outbox_database_;
  std::unique_ptr<Mirror> mirror_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<client::FeedFollower> follower_;

  absl::Mutex mutex_;
  absl::Mutex report_mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool at_end_ ABSL_GUARDED_BY(mutex_) = false;
  std::int64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace loopdock::erp

#endif  // LOOPDOCK_CLIENTS_ERP_CONNECTOR_H_
