// SPDX-License-Identifier: Apache-2.0
#include "tests/crash/crash_load.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/ids.h"

namespace loopdock::e2e {
namespace {

namespace inv = inventory::v1;

constexpr int kClients = 4;
constexpr char kSite[] = "sites/main";
constexpr size_t kOldRepeated = 20;

// Any unary method of inventory, once or with retries, as comparable text.
template <typename Request, typename Response>
std::function<absl::StatusOr<std::string>(bool)> Sender(
    const Cluster& cluster, const Floor& floor,
    grpc::Status (InventoryStub::*method)(grpc::ClientContext*, const Request&, Response*),
    Request request) {
  return [&cluster, &floor, method, request](bool retries) -> absl::StatusOr<std::string> {
    if (retries) {
      const auto answer = floor.Do(method, request);
      if (!answer.ok()) return answer.status();
      return answer->ShortDebugString();
    }
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
    cluster.to("inventory").Authorize(context);
    Response response;
    const auto stub = inv::InventoryService::NewStub(cluster.to("inventory").channel());
    const auto status = common::FromGrpc(((*stub).*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response.ShortDebugString();
  };
}

// What no longer answers, as opposed to what refuses.
bool IsGone(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsCancelled(status) ||
         absl::IsDeadlineExceeded(status);
}

}  // namespace

absl::StatusOr<std::string> PutEvidence(const Cluster& cluster, const std::string& request_id,
                                        const std::string& bytes) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(10)));
  cluster.to("grading").Authorize(context);
  const auto stub = grading::v1::EvidenceService::NewStub(cluster.to("grading").channel());
  grading::v1::PutResponse response;
  const auto writer = stub->Put(&context, &response);
  grading::v1::PutRequest request;
  request.set_request_id(request_id);
  request.set_site(kSite);
  request.mutable_evidence()->set_sha256(common::Sha256Hex(bytes));
  request.mutable_evidence()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  request.mutable_evidence()->set_media_type("text/plain");
  request.set_data(bytes);
  writer->Write(request);
  writer->WritesDone();
  const auto status = common::FromGrpc(writer->Finish());
  if (!status.ok()) return status;
  return response.evidence().ShortDebugString();
}

CrashLoad::CrashLoad(const Cluster& cluster, const Floor& floor, std::uint64_t seed)
    : cluster_(cluster), floor_(floor), random_(seed) {}

absl::Status CrashLoad::Prepare() {
  const auto session = floor_.OpenSession();
  if (!session.ok()) return session.status();
  session_ = *session;
  inv::ListLocationsRequest list;
  list.set_site(kSite);
  const auto locations = floor_.Do(&InventoryStub::ListLocations, list);
  if (!locations.ok()) return locations.status();
  if (!locations->locations().empty()) location_ = locations->locations(0).name();
  return absl::OkStatus();
}

CrashLoad::Change CrashLoad::NextScan(int client) {
  std::int64_t serial = 0;
  {
    absl::MutexLock lock(&mutex_);
    serial = ++serial_;
  }
  const auto scan = floor_.TextScan(session_, absl::StrCat("S/N: CRASH", client, "X", serial));
  Change change;
  change.request_id = scan.request_id();
  change.send = [this, scan](bool retries) -> absl::StatusOr<std::string> {
    const auto answer = retries ? floor_.Scan(scan) : floor_.ScanOnce(scan);
    if (!answer.ok()) return answer.status();
    absl::MutexLock lock(&mutex_);
    if (!retries && !answer->asset().empty()) assets_.push_back(answer->asset());
    return answer->ShortDebugString();
  };
  return change;
}

CrashLoad::Change CrashLoad::NextContainer() {
  inv::CreateContainerRequest request;
  request.set_site(kSite);
  request.mutable_container()->set_location(location_);
  request.set_request_id(common::NewUuidV7());
  Change change;
  change.request_id = request.request_id();
  change.send = Sender(cluster_, floor_, &InventoryStub::CreateContainer, request);
  return change;
}

CrashLoad::Change CrashLoad::NextParty() {
  inv::CreatePartyRequest request;
  request.set_request_id(common::NewUuidV7());
  request.mutable_party()->set_display_name(absl::StrCat("Party ", request.request_id()));
  Change change;
  change.request_id = request.request_id();
  change.send = Sender(cluster_, floor_, &InventoryStub::CreateParty, request);
  return change;
}

CrashLoad::Change CrashLoad::NextHold(const std::string& asset) {
  inv::PlaceHoldRequest request;
  request.set_name(asset);
  request.set_kind(inv::HOLD_KIND_OTHER);
  request.set_reason("crash test");
  request.set_request_id(common::NewUuidV7());
  Change change;
  change.request_id = request.request_id();
  change.send = Sender(cluster_, floor_, &InventoryStub::PlaceHold, request);
  return change;
}

CrashLoad::Change CrashLoad::NextEvidence(std::mt19937_64& random) {
  Change change;
  change.request_id = common::NewUuidV7();
  change.in_feed = false;
  const std::string bytes =
      absl::StrCat(change.request_id, std::string(100 + random() % 20'000, 'e'));
  change.send = [this, bytes, id = change.request_id](bool retries) {
    auto answer = PutEvidence(cluster_, id, bytes);
    for (int i = 0; retries && i < 100 && IsGone(answer.status()); ++i) {
      absl::SleepFor(absl::Milliseconds(100));
      answer = PutEvidence(cluster_, id, bytes);
    }
    return answer;
  };
  return change;
}

CrashLoad::Change CrashLoad::Next(std::mt19937_64& random, int client) {
  const auto draw = random() % 100;
  if (draw < 15) return NextContainer();
  if (draw < 25) return NextParty();
  if (draw < 35) return NextEvidence(random);
  std::string asset;
  if (draw < 55) {
    absl::MutexLock lock(&mutex_);
    if (!assets_.empty()) {
      asset = assets_.back();
      assets_.pop_back();
    }
  }
  return asset.empty() ? NextScan(client) : NextHold(asset);
}

void CrashLoad::Client(int number, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (;;) {
    Change change = Next(random, number);
    const auto answer = change.send(false);
    if (answer.ok()) change.answer = *answer;
    absl::MutexLock lock(&mutex_);
    if (answer.ok()) ++acknowledged_;
    // A refusal changes nothing and is not compared.
    if (answer.ok() || IsGone(answer.status())) sent_.push_back(std::move(change));
    if (!answer.ok() && IsGone(answer.status())) gone_ = true;
    if (gone_) return;
  }
}

bool CrashLoad::Run(std::int64_t acknowledged, absl::Duration time_max,
                    const std::function<void()>& kill) {
  {
    absl::MutexLock lock(&mutex_);
    sent_.clear();
    acknowledged_ = 0;
    gone_ = false;
  }
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([this, i, seed = random_()] { Client(i, seed); });
  }
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return gone_ || acknowledged_ >= acknowledged;
  };
  bool by_itself = false;
  {
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&enough), time_max);
    by_itself = gone_;
  }
  kill();
  for (std::thread& client : clients) client.join();
  return by_itself;
}

size_t CrashLoad::to_check() {
  absl::MutexLock lock(&mutex_);
  return sent_.size() + kOldRepeated;
}

absl::Status CrashLoad::ReadNewFeed(CrashCounts* counts) {
  grpc::ClientContext context;
  cluster_.to("inventory").Authorize(context);
  inv::TailFeedRequest tail;
  tail.set_site(kSite);
  tail.set_from_sequence(feed_end_ + 1);
  const auto stub = inv::InventoryService::NewStub(cluster_.to("inventory").channel());
  const auto stream = stub->TailFeed(&context, tail);
  inv::TailFeedResponse part;
  while (stream->Read(&part)) {
    for (const inv::FeedEntry& entry : part.entries()) {
      if (entry.sequence() != ++feed_end_) ++counts->doubled;
      if (++feed_[entry.request_id()] > 1) ++counts->doubled;
    }
  }
  return common::FromGrpc(stream->Finish());
}

void CrashLoad::Compare(Change& change, CrashCounts* counts) {
  const auto again = change.send(true);
  ++counts->repeated;
  if (!again.ok()) {
    ++counts->lost;
    std::printf("not there: %s: %s\n", change.answer.c_str(), again.status().ToString().c_str());
  } else if (*again != change.answer) {
    ++counts->different;
    std::printf("answered: %s\nbut then: %s\n", change.answer.c_str(), again->c_str());
  }
}

absl::Status CrashLoad::Check(CrashCounts* counts) {
  std::vector<Change> sent;
  {
    absl::MutexLock lock(&mutex_);
    sent.swap(sent_);
  }
  // The feed first: what is sent again must not repair it.
  if (absl::Status read = ReadNewFeed(counts); !read.ok()) return read;
  for (Change& change : sent) {
    if (change.answer.empty()) {
      ++counts->unanswered;
      const auto now = change.send(true);
      if (!now.ok()) return now.status();
      change.answer = *now;
      continue;
    }
    ++counts->acknowledged;
    if (change.in_feed && feed_.count(change.request_id) == 0) {
      ++counts->lost;
      std::printf("not in the feed: %s\n", change.answer.c_str());
    }
    Compare(change, counts);
  }
  for (size_t i = 0; i < kOldRepeated && !checked_.empty(); ++i) {
    Compare(checked_[random_() % checked_.size()], counts);
  }
  // What was sent again may have made an entry only where none was.
  if (absl::Status read = ReadNewFeed(counts); !read.ok()) return read;
  std::move(sent.begin(), sent.end(), std::back_inserter(checked_));
  return absl::OkStatus();
}

}  // namespace loopdock::e2e
