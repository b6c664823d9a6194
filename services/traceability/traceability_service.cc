// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/traceability_service.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "services/common/log.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/text.h"
#include "services/traceability/signing_key.h"

namespace loopdock::traceability {
namespace {

constexpr std::size_t kWaitersMax = 256;
constexpr std::size_t kExportBytes = 1 << 20;
constexpr std::size_t kExportEntries = 500;

// "https://<host of the origin>/": our names follow it in events.
std::string BaseUri(const std::string& origin) {
  return Cat("https://", origin.substr(0, origin.find('/')), "/");
}

absl::Status NotNegative(std::initializer_list<std::pair<const char*, std::int64_t>> fields) {
  common::FieldViolations violations;
  for (const auto& [name, value] : fields) {
    if (value < 0) violations.Add(name, "must not be negative");
  }
  return violations.ToStatus();
}

void PutHashes(const std::vector<Hash>& hashes,
               google::protobuf::RepeatedPtrField<std::string>* out) {
  for (const Hash& hash : hashes) *out->Add() = std::string(HashBytes(hash));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TraceabilityService>> TraceabilityService::Create(Options options) {
  auto rows = options.store->Scan({.table = kStateTable, .limit = 1});
  if (!rows.ok()) return rows.status();
  auto signer = LoadSigningKey(options.key_path, options.origin, rows->rows.empty());
  if (!signer.ok()) return signer.status();
  std::unique_ptr<TraceabilityService> service(
      new TraceabilityService(std::move(options), *std::move(signer)));
  LogStore::Options log;
  log.site = service->options_.site;
  log.base_uri = BaseUri(service->options_.origin);
  log.checkpoint_interval = service->options_.checkpoint_interval;
  log.store = service->options_.store.get();
  log.signer = &service->signer_;
  log.clock = service->options_.clock;
  log.on_fatal = service->options_.on_fatal;
  auto opened = LogStore::Open(std::move(log));
  if (!opened.ok()) return opened.status();
  service->log_ = *std::move(opened);
  return service;
}

TraceabilityService::TraceabilityService(Options options, NoteSigner signer)
    : options_(std::move(options)), signer_(std::move(signer)) {}

TraceabilityService::~TraceabilityService() { Stop(); }

void TraceabilityService::Start(std::shared_ptr<grpc::Channel> inventory,
                                client::FeedFollower::Authorize as_service) {
  const LogState state = log_->published().state;
  client::FeedFollower::Options follow;
  follow.site = common::SiteName(options_.site);
  follow.from_sequence = static_cast<std::int64_t>(state.through_sequence) + 1;
  follow.epoch = state.epoch;
  follow.on_final = [this](const absl::Status& status) {
    common::LogError("feed_lost", {{"service", "traceability"},
                                   {"reason", common::ReasonOf(status)},
                                   {"message", Cat(status.message())}});
    EndWaiters(status);
    if (options_.on_stopped) options_.on_stopped(status);
  };
  follower_ = std::make_unique<client::FeedFollower>(
      std::move(inventory), std::move(as_service), std::move(follow),
      [this](const inventory::v1::TailFeedResponse& part) { return Consume(part); });
}

void TraceabilityService::Stop() {
  if (follower_ != nullptr) follower_->Stop();
  EndWaiters(common::Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                           "the server is stopping; send the same request again."));
}

absl::Status TraceabilityService::status() const {
  return follower_ == nullptr ? absl::OkStatus() : follower_->status();
}

absl::Status TraceabilityService::Consume(const inventory::v1::TailFeedResponse& part) {
  absl::Status status;
  if (!part.entries().empty()) {
    std::vector<const inventory::v1::FeedEntry*> entries;
    for (const auto& entry : part.entries()) entries.push_back(&entry);
    status = log_->Append(entries, part.epoch(), part.last_sequence());
    if (!status.ok()) {
      common::LogError("feed_refused", {{"service", "traceability"},
                                        {"reason", common::ReasonOf(status)},
                                        {"message", Cat(status.message())}});
    }
  }
  AnswerWaiters();
  return status;
}

void TraceabilityService::AnswerWaiters() {
  v1::Checkpoint checkpoint;
  FillCheckpoint(&checkpoint);
  const absl::Time now = options_.clock->Now();
  std::vector<Waiter> ready;
  {
    absl::MutexLock lock(&mutex_);
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      const bool covered = waiter->min_sequence <= checkpoint.through_sequence();
      if (!covered && waiter->deadline > now) {
        ++waiter;
        continue;
      }
      ready.push_back(*waiter);
      waiter = waiters_.erase(waiter);
    }
  }
  for (const Waiter& waiter : ready) {
    if (waiter.min_sequence <= checkpoint.through_sequence()) {
      *waiter.response = checkpoint;
      waiter.done(absl::OkStatus());
    } else {
      waiter.done(common::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                                "the log does not cover this sequence yet; ask again."));
    }
  }
}

void TraceabilityService::EndWaiters(const absl::Status& status) {
  std::list<Waiter> waiters;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    waiters.swap(waiters_);
  }
  for (const Waiter& waiter : waiters) waiter.done(status);
}

absl::Status TraceabilityService::CheckSite(const std::string& site) const {
  auto id = common::ParseSite(site);
  if (!id.ok()) return id.status();
  if (*id == options_.site) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kNotFound, "LOG_NOT_FOUND",
      Cat("this server keeps the log of sites/", options_.site, ", not of ", site, "."),
      {{"site", site}});
}

absl::StatusOr<std::uint64_t> TraceabilityService::SizeOrCheckpoint(std::int64_t size) const {
  const std::uint64_t latest = log_->published().checkpoint.size;
  if (size == 0) return latest;
  if (static_cast<std::uint64_t>(size) <= latest) return static_cast<std::uint64_t>(size);
  return common::Error(absl::StatusCode::kInvalidArgument, "LOG_SIZE_INVALID",
                       Cat("the latest checkpoint covers ", latest, " records, not ", size, "."),
                       {{"size", Cat(size)}, {"checkpoint_size", Cat(latest)}});
}

void TraceabilityService::FillCheckpoint(v1::Checkpoint* response) const {
  const LogStore::Published published = log_->published();
  const SignedCheckpoint& checkpoint = published.checkpoint;
  // Entries that made no record are covered by the checkpoint before them.
  const std::uint64_t through = checkpoint.size == published.state.size
                                    ? published.state.through_sequence
                                    : checkpoint.through_sequence;
  response->set_note(checkpoint.note);
  response->set_size(static_cast<std::int64_t>(checkpoint.size));
  response->set_root(std::string(HashBytes(checkpoint.root)));
  response->set_verifier_key(verifier_key());
  *response->mutable_sign_time() = common::ToProto(absl::FromUnixMicros(checkpoint.sign_time_us));
  response->set_through_sequence(static_cast<std::int64_t>(through));
  const std::int64_t seen = follower_ == nullptr ? 0 : follower_->feed_sequence();
  response->set_feed_sequence(
      std::max(seen, static_cast<std::int64_t>(published.state.through_sequence)));
}

absl::Status TraceabilityService::FillRecord(std::uint64_t index, v1::TraceRecord* out) const {
  auto bytes = log_->GetEntry(index);
  if (!bytes.ok()) return bytes.status();
  auto entry = DecodeEntry(*bytes);
  if (!entry.ok()) return entry.status();
  out->set_index(static_cast<std::int64_t>(index));
  out->set_leaf_hash(std::string(HashBytes(LeafHash(entry->leaf_data))));
  if (entry->erased()) return absl::OkStatus();
  auto record = DecodeRecord(entry->record_bytes);
  if (!record.ok()) return record.status();
  out->set_sequence(static_cast<std::int64_t>(record->sequence));
  out->set_fact_index(static_cast<std::int32_t>(record->fact_index));
  out->set_kind(record->kind);
  if (!record->subjects.empty()) out->set_subject(record->subjects.front());
  out->set_actor(record->actor);
  out->set_station(record->station);
  *out->mutable_event_time() = common::ToProto(absl::FromUnixMicros(record->event_time_us));
  out->set_server_clock_used(record->event_time_source == EventTimeSource::kServer);
  out->set_clause(record->clause);
  out->set_body(RecordJson(*record));
  out->set_epcis_event_id(record->event_id);
  return absl::OkStatus();
}

absl::Status TraceabilityService::List(const v1::ListRecordsRequest& request,
                                       v1::ListRecordsResponse* response) const {
  const auto page_size = common::PageSize(request.page_size());
  if (!page_size.ok()) return page_size.status();
  const std::size_t page = *page_size;
  const std::string question = Cat("ListRecords/", options_.site, "/", request.subject());
  auto after = common::AfterPageToken(question, request.page_token());
  if (!after.ok()) return after.status();
  std::uint64_t from = 0;
  if (!after->empty() && absl::SimpleAtoi(Abs(*after), &from)) ++from;
  std::vector<std::uint64_t> indices;
  const std::uint64_t size = log_->published().state.size;
  if (request.subject().empty()) {
    for (std::uint64_t i = from; i < size && indices.size() <= page; ++i) indices.push_back(i);
  } else {
    // One more than the page tells whether there is another; the store gives at most 1,000.
    while (indices.size() <= page) {
      const std::uint64_t next = indices.empty() ? from : indices.back() + 1;
      auto more = log_->SubjectEntries(request.subject(), next, page + 1 - indices.size());
      if (!more.ok()) return more.status();
      if (more->empty()) break;
      indices.insert(indices.end(), more->begin(), more->end());
    }
  }
  for (std::size_t i = 0; i < std::min(page, indices.size()); ++i) {
    if (auto status = FillRecord(indices[i], response->add_records()); !status.ok()) return status;
  }
  if (indices.size() > page) {
    response->set_next_page_token(common::PageToken(question, Cat(indices[page - 1])));
  }
  return absl::OkStatus();
}

absl::Status TraceabilityService::StreamEvents(const v1::ExportEpcisRequest& request,
                                               common::Sink<v1::ExportEpcisResponse>& sink) const {
  if (auto status = CheckSite(request.site()); !status.ok()) return status;
  const std::uint64_t size = log_->published().state.size;
  v1::ExportEpcisResponse part;
  std::size_t bytes = 0;
  bool open = true;
  const auto add = [&](std::string event) {
    if (event.empty()) return;
    bytes += event.size();
    part.add_events(std::move(event));
    if (bytes < kExportBytes) return;
    open = sink.Write(std::exchange(part, {}));
    bytes = 0;
  };
  for (std::uint64_t next = 0; open && next < size;) {
    if (request.subject().empty()) {
      auto events = log_->GetEvents(next, kExportEntries);
      if (!events.ok()) return events.status();
      if (events->empty()) break;
      for (auto& event : *events) {
        if (event.index < size && open) add(std::move(event.json));
      }
      next = events->back().index + 1;
    } else {
      auto indices = log_->SubjectEntries(request.subject(), next, kExportEntries);
      if (!indices.ok()) return indices.status();
      if (indices->empty()) break;
      for (const std::uint64_t index : *indices) {
        auto event = log_->GetEvent(index);
        if (!event.ok()) return event.status();
        if (index < size && open) add(*std::move(event));
      }
      next = indices->back() + 1;
    }
  }
  if (open && part.events_size() > 0) sink.Write(std::move(part));
  return absl::OkStatus();
}

absl::Status TraceabilityService::StreamLog(const v1::ExportLogRequest& request,
                                            common::Sink<v1::ExportLogResponse>& sink) const {
  if (auto status = CheckSite(request.site()); !status.ok()) return status;
  if (auto status = NotNegative({{"size", request.size()}, {"from_index", request.from_index()}});
      !status.ok()) {
    return status;
  }
  v1::ExportLogResponse part;
  FillCheckpoint(part.mutable_checkpoint());
  auto size = SizeOrCheckpoint(request.size() == 0 ? part.checkpoint().size() : request.size());
  if (!size.ok()) return size.status();
  std::uint64_t next = static_cast<std::uint64_t>(request.from_index());
  part.set_from_index(request.from_index());
  std::size_t bytes = 0;
  while (next < *size) {
    auto entries = log_->GetEntries(next, *size, kExportEntries);
    if (!entries.ok()) return entries.status();
    for (std::string& entry : *entries) {
      bytes += entry.size();
      part.add_leaves(std::move(entry));
      ++next;
      if (bytes < kExportBytes) continue;
      if (!sink.Write(std::exchange(part, {}))) return absl::OkStatus();
      part.set_from_index(static_cast<std::int64_t>(next));
      bytes = 0;
    }
  }
  if (part.leaves_size() > 0 || part.has_checkpoint()) sink.Write(std::move(part));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* TraceabilityService::GetCheckpoint(
    grpc::CallbackServerContext* context, const v1::GetCheckpointRequest* request,
    v1::Checkpoint* response) {
  return shell_->UnaryAsync(
      context, "GetCheckpoint", *request,
      [&](const common::Caller& caller, const common::Done& done) {
        absl::Status status = CheckSite(request->site());
        if (status.ok()) status = NotNegative({{"min_sequence", request->min_sequence()}});
        if (!status.ok()) return done(status);
        {
          absl::MutexLock lock(&mutex_);
          // Under the lock, so that no progress falls between the look and the wait.
          FillCheckpoint(response);
          if (response->through_sequence() < request->min_sequence()) {
            if (!stopping_ && waiters_.size() < kWaitersMax) {
              waiters_.push_back({request->min_sequence(), caller.deadline, response, done});
              return;
            }
            status = stopping_ ? common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                                               "the log does not follow the feed any more.")
                               : common::Overloaded("too many calls wait for the log.");
          }
        }
        done(status);
      });
}

grpc::ServerUnaryReactor* TraceabilityService::GetRecord(grpc::CallbackServerContext* context,
                                                         const v1::GetRecordRequest* request,
                                                         v1::TraceRecord* response) {
  return shell_->UnaryBlocking(
      context, "GetRecord", *request, [this, request, response](const common::Caller&) {
        absl::Status status = CheckSite(request->site());
        if (status.ok()) status = NotNegative({{"index", request->index()}});
        if (!status.ok()) return status;
        return FillRecord(static_cast<std::uint64_t>(request->index()), response);
      });
}

grpc::ServerUnaryReactor* TraceabilityService::ListRecords(grpc::CallbackServerContext* context,
                                                           const v1::ListRecordsRequest* request,
                                                           v1::ListRecordsResponse* response) {
  return shell_->UnaryBlocking(context, "ListRecords", *request,
                               [this, request, response](const common::Caller&) {
                                 if (auto status = CheckSite(request->site()); !status.ok())
                                   return status;
                                 return List(*request, response);
                               });
}

grpc::ServerUnaryReactor* TraceabilityService::GetInclusionProof(
    grpc::CallbackServerContext* context, const v1::GetInclusionProofRequest* request,
    v1::InclusionProof* response) {
  return shell_->UnaryBlocking(
      context, "GetInclusionProof", *request, [this, request, response](const common::Caller&) {
        absl::Status status = CheckSite(request->site());
        if (status.ok()) {
          status = NotNegative({{"index", request->index()}, {"size", request->size()}});
        }
        if (!status.ok()) return status;
        auto size = SizeOrCheckpoint(request->size());
        if (!size.ok()) return size.status();
        const std::uint64_t index = static_cast<std::uint64_t>(request->index());
        auto hashes = log_->ProveInclusion(index, *size);
        if (!hashes.ok()) return hashes.status();
        v1::TraceRecord record;
        if (status = FillRecord(index, &record); !status.ok()) return status;
        response->set_index(request->index());
        response->set_size(static_cast<std::int64_t>(*size));
        PutHashes(*hashes, response->mutable_hashes());
        response->set_leaf_hash(record.leaf_hash());
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* TraceabilityService::GetConsistencyProof(
    grpc::CallbackServerContext* context, const v1::GetConsistencyProofRequest* request,
    v1::ConsistencyProof* response) {
  return shell_->UnaryBlocking(
      context, "GetConsistencyProof", *request, [this, request, response](const common::Caller&) {
        absl::Status status = CheckSite(request->site());
        if (status.ok()) {
          status =
              NotNegative({{"old_size", request->old_size()}, {"new_size", request->new_size()}});
        }
        if (!status.ok()) return status;
        auto new_size = SizeOrCheckpoint(request->new_size());
        if (!new_size.ok()) return new_size.status();
        auto hashes =
            log_->ProveConsistency(static_cast<std::uint64_t>(request->old_size()), *new_size);
        if (!hashes.ok()) return hashes.status();
        response->set_old_size(request->old_size());
        response->set_new_size(static_cast<std::int64_t>(*new_size));
        PutHashes(*hashes, response->mutable_hashes());
        return absl::OkStatus();
      });
}

grpc::ServerWriteReactor<v1::ExportEpcisResponse>* TraceabilityService::ExportEpcis(
    grpc::CallbackServerContext* context, const v1::ExportEpcisRequest* request) {
  return shell_->ServerStream<v1::ExportEpcisResponse>(
      context, "ExportEpcis", *request,
      [this, copy = *request](const common::Caller&, common::Sink<v1::ExportEpcisResponse>& sink) {
        return StreamEvents(copy, sink);
      });
}

grpc::ServerWriteReactor<v1::ExportLogResponse>* TraceabilityService::ExportLog(
    grpc::CallbackServerContext* context, const v1::ExportLogRequest* request) {
  return shell_->ServerStream<v1::ExportLogResponse>(
      context, "ExportLog", *request,
      [this, copy = *request](const common::Caller&, common::Sink<v1::ExportLogResponse>& sink) {
        return StreamLog(copy, sink);
      });
}

}  // namespace loopdock::traceability
