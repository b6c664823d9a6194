// SPDX-License-Identifier: Apache-2.0
#include "clients/erp/connector.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/status.h"

namespace loopdock::erp {
namespace {

// Whether the same call may succeed later with nothing changed here.
bool PassesByItself(const absl::Status& status) {
  if (absl::StartsWith(common::ReasonOf(status), "DATABASE_")) return false;
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

Connector::Connector(ConnectorOptions options) : options_(std::move(options)) {}

absl::Status Connector::Open() {
  auto connection = client::Connection::Create(options_.connect);
  if (!connection.ok()) return connection.status();
  connection_ = *std::move(connection);
  for (auto* database : {&feed_database_, &outbox_database_}) {
    auto opened = Database::Open(options_.database);
    if (!opened.ok()) return opened.status();
    *database = *std::move(opened);
  }
  const Report report = [this](const std::string& line) { Say(line); };
  mirror_ =
      std::make_unique<Mirror>(connection_.get(), feed_database_.get(), options_.site, report);
  outbox_ =
      std::make_unique<Outbox>(connection_.get(), outbox_database_.get(), options_.site, report);
  return absl::OkStatus();
}

void Connector::Say(const std::string& line) {
  absl::MutexLock lock(&report_mutex_);
  if (options_.report) options_.report(line);
}

void Connector::StartFollowing(const Position& from) {
  client::FeedFollower::Options options;
  options.site = options_.site;
  options.from_sequence = from.sequence + 1;
  options.epoch = from.epoch;
  follower_ = std::make_unique<client::FeedFollower>(
      connection_->channel(),
      [this](grpc::ClientContext& context) { connection_->Authorize(context); }, options,
      [this](const inventory::v1::TailFeedResponse& response) { return Consume(response); });
}

absl::Status Connector::Consume(const inventory::v1::TailFeedResponse& response) {
  if (auto taken = mirror_->Take(response); !taken.ok()) return taken;
  // A message without entries comes only when there are none left.
  const bool at_end = response.entries().empty() ||
                      response.entries().rbegin()->sequence() >= response.last_sequence();
  absl::MutexLock lock(&mutex_);
  at_end_ = at_end;
  ++messages_;
  return absl::OkStatus();
}

absl::StatusOr<bool> Connector::SendAll() {
  bool any = false;
  while (!Wait(absl::ZeroDuration())) {
    const auto sent = outbox_->SendNext();
    if (!sent.ok()) return sent.status();
    if (!*sent) break;
    any = true;
  }
  return any;
}

// OK unless the feed cannot go on; a changed epoch makes all begin anew.
absl::Status Connector::CheckFeed() {
  const absl::Status status = follower_->status();
  if (status.ok() || PassesByItself(status)) return absl::OkStatus();
  if (common::ReasonOf(status) != "FEED_EPOCH_CHANGED") return status;
  follower_.reset();
  if (auto rebuilt = mirror_->Rebuild(); !rebuilt.ok()) return rebuilt;
  StartFollowing(Position{});
  return absl::OkStatus();
}

bool Connector::Wait(absl::Duration at_most) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&stopping_), at_most);
}

absl::Status Connector::RunOnce() {
  std::int64_t seen = 0;
  absl::Time until = absl::Now() + options_.connect.timeout;
  while (!Wait(absl::ZeroDuration())) {
    if (auto feed = CheckFeed(); !feed.ok()) return feed;
    // After a rebuild the outbox has rows again, and the feed ends behind what they make.
    const auto sent = SendAll();
    if (!sent.ok()) return sent.status();
    {
      const auto moved = [this, &seen] { return stopping_ || at_end_ || messages_ != seen; };
      absl::MutexLock lock(&mutex_);
      if (*sent) at_end_ = false;
      mutex_.AwaitWithTimeout(absl::Condition(&moved), options_.poll);
      if (at_end_) return absl::OkStatus();
      if (messages_ != seen) until = absl::Now() + options_.connect.timeout;
      seen = messages_;
    }
    if (absl::Now() < until) continue;
    const absl::Status why = follower_->status();
    if (seen > 0 && !why.ok()) return why;
    return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                         absl::StrCat("The feed of ", options_.connect.address,
                                      " does not come. Run the connector again."));
  }
  return absl::OkStatus();
}

absl::Status Connector::Follow() {
  absl::Status told;
  do {
    if (auto feed = CheckFeed(); !feed.ok()) return feed;
    const absl::Status sent = SendAll().status();
    if (!sent.ok() && !PassesByItself(sent)) return sent;
    const absl::Status problem = sent.ok() ? follower_->status() : sent;
    if (problem != told) {
      Say(problem.ok() ? "connected" : absl::StrCat("waiting: ", problem.message()));
    }
    told = problem;
  } while (!Wait(options_.poll));
  return absl::OkStatus();
}

absl::Status Connector::Run() {
  if (auto opened = Open(); !opened.ok()) return opened;
  if (options_.rebuild) {
    if (auto rebuilt = mirror_->Rebuild(); !rebuilt.ok()) return rebuilt;
  }
  // With `once` the outbox comes first, so that what it makes is in the feed that is read.
  if (options_.once) {
    if (auto sent = SendAll(); !sent.ok()) return sent.status();
  }
  const auto position = mirror_->GetPosition();
  if (!position.ok()) return position.status();
  StartFollowing(*position);
  const absl::Status status = options_.once ? RunOnce() : Follow();
  follower_.reset();
  return status;
}

void Connector::Stop() {
  absl::MutexLock lock(&mutex_);
  stopping_ = true;
}

}  // namespace loopdock::erp
