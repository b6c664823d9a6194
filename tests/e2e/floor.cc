// SPDX-License-Identifier: Apache-2.0
#include "tests/e2e/floor.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/verify.h"

namespace loopdock::e2e {
namespace {

namespace trace = traceability;
using inventory::v1::FeedEntry;

constexpr char kSite[] = "sites/main";
constexpr absl::Duration kPatience = absl::Seconds(30);

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
}

absl::StatusOr<std::vector<trace::Hash>> Hashes(
    const google::protobuf::RepeatedPtrField<std::string>& all) {
  std::vector<trace::Hash> hashes;
  for (const std::string& bytes : all) {
    auto hash = trace::HashFromBytes(bytes);
    if (!hash.ok()) return hash.status();
    hashes.push_back(*hash);
  }
  return hashes;
}

}  // namespace

std::string DemoPicture(const std::string& file) {
  const char* root = std::getenv("LOOPDOCK_SOURCE_DIR");
  auto bytes =
      common::ReadFile(absl::StrCat(root == nullptr ? "." : root, "/tests/data/demo/", file));
  return bytes.ok() ? *bytes : "";
}

Floor::Floor(const Cluster& cluster)
    : cluster_(cluster),
      inventory_(inventory::v1::InventoryService::NewStub(cluster.to("inventory").channel())),
      grading_(grading::v1::GradingService::NewStub(cluster.to("grading").channel())),
      intake_(intake::v1::IntakeService::NewStub(cluster.to("intake").channel())),
      trace_(trace::v1::TraceabilityService::NewStub(cluster.to("traceability").channel())) {}

absl::StatusOr<std::string> Floor::OpenSession() const {
  inventory::v1::CreateLoadRequest load;
  load.set_request_id(common::NewUuidV7());
  load.set_site(kSite);
  load.mutable_load()->set_supplier("parties/unknown");
  load.mutable_load()->set_bill_of_lading("BOL-1");
  const auto made = Do(&InventoryStub::CreateLoad, load);
  if (!made.ok()) return made.status();
  inventory::v1::OpenSessionRequest session;
  session.set_request_id(common::NewUuidV7());
  session.set_site(kSite);
  session.set_load(made->name());
  const auto opened = Do(&InventoryStub::OpenSession, session);
  if (!opened.ok()) return opened.status();
  return opened->name();
}

intake::v1::ScanRequest Floor::TextScan(const std::string& session, const std::string& text) const {
  intake::v1::ScanRequest scan;
  scan.set_request_id(common::NewUuidV7());
  scan.set_session(session);
  scan.set_text(text);
  return scan;
}

intake::v1::ScanRequest Floor::PictureScan(const std::string& session,
                                           const std::string& bytes) const {
  intake::v1::ScanRequest scan;
  scan.set_request_id(common::NewUuidV7());
  scan.set_session(session);
  scan.set_picture(bytes);
  return scan;
}

absl::StatusOr<intake::v1::ScanResponse> Floor::Scan(const intake::v1::ScanRequest& scan) const {
  return Call("intake", *intake_, &intake::v1::IntakeService::Stub::ScanOne, scan);
}

absl::StatusOr<intake::v1::ScanResponse> Floor::ScanOnce(
    const intake::v1::ScanRequest& scan) const {
  grpc::ClientContext context;
  SetDeadline(context);
  cluster_.to("intake").Authorize(context);
  intake::v1::ScanResponse response;
  const absl::Status status = common::FromGrpc(intake_->ScanOne(&context, scan, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<inventory::v1::Asset> Floor::Asset(const std::string& name) const {
  inventory::v1::GetAssetRequest get;
  get.set_name(name);
  return Do(&InventoryStub::GetAsset, get);
}

absl::StatusOr<FeedEntry> Floor::Await(const Fits& fits) const {
  grpc::ClientContext context;
  SetDeadline(context);
  cluster_.to("inventory").Authorize(context);
  inventory::v1::TailFeedRequest tail;
  tail.set_site(kSite);
  tail.set_from_sequence(1);
  tail.set_follow(true);
  const auto stream = inventory_->TailFeed(&context, tail);
  inventory::v1::TailFeedResponse part;
  while (stream->Read(&part)) {
    for (const FeedEntry& entry : part.entries()) {
      for (const inventory::v1::Fact& fact : entry.facts()) {
        if (!fits(fact)) continue;
        context.TryCancel();
        return entry;
      }
    }
  }
  return common::FromGrpc(stream->Finish());
}

absl::StatusOr<std::vector<FeedEntry>> Floor::Feed() const {
  grpc::ClientContext context;
  SetDeadline(context);
  cluster_.to("inventory").Authorize(context);
  inventory::v1::TailFeedRequest tail;
  tail.set_site(kSite);
  tail.set_from_sequence(1);
  const auto stream = inventory_->TailFeed(&context, tail);
  std::vector<FeedEntry> feed;
  inventory::v1::TailFeedResponse part;
  while (stream->Read(&part)) feed.insert(feed.end(), part.entries().begin(), part.entries().end());
  if (auto status = common::FromGrpc(stream->Finish()); !status.ok()) return status;
  return feed;
}

absl::StatusOr<trace::v1::Checkpoint> Floor::Checkpoint(std::int64_t min_sequence) const {
  trace::v1::GetCheckpointRequest request;
  request.set_site(kSite);
  request.set_min_sequence(min_sequence);
  return Call("traceability", *trace_, &trace::v1::TraceabilityService::Stub::GetCheckpoint,
              request);
}

absl::StatusOr<std::int64_t> Floor::VerifyLog(const trace::v1::Checkpoint& checkpoint) const {
  auto verifier = trace::LogVerifier::Start(checkpoint.note(), checkpoint.verifier_key());
  if (!verifier.ok()) return verifier.status();
  grpc::ClientContext context;
  SetDeadline(context);
  cluster_.to("traceability").Authorize(context);
  trace::v1::ExportLogRequest export_log;
  export_log.set_site(kSite);
  export_log.set_size(checkpoint.size());
  const auto stream = trace_->ExportLog(&context, export_log);
  std::vector<std::string> entries;
  trace::v1::ExportLogResponse part;
  while (stream->Read(&part)) {
    for (const std::string& entry : part.leaves()) {
      if (auto added = verifier->Add(entries.size(), entry); !added.ok()) return added;
      entries.push_back(entry);
    }
  }
  if (auto status = common::FromGrpc(stream->Finish()); !status.ok()) return status;
  const auto report = verifier->Finish();
  if (!report.ok()) return report.status();
  for (size_t i = 0; i < entries.size(); ++i) {
    trace::v1::GetInclusionProofRequest ask;
    ask.set_site(kSite);
    ask.set_index(static_cast<std::int64_t>(i));
    ask.set_size(checkpoint.size());
    const auto proof = Call("traceability", *trace_,
                            &trace::v1::TraceabilityService::Stub::GetInclusionProof, ask);
    if (!proof.ok()) return proof.status();
    const auto hashes = Hashes(proof->hashes());
    if (!hashes.ok()) return hashes.status();
    const absl::Status included = trace::VerifyEntry(i, entries[i], *hashes, report->checkpoint);
    if (!included.ok()) return included;
  }
  return static_cast<std::int64_t>(report->record_count);
}

absl::Status Floor::VerifyGrowth(const trace::v1::Checkpoint& older,
                                 const trace::v1::Checkpoint& newer) const {
  trace::v1::GetConsistencyProofRequest ask;
  ask.set_site(kSite);
  ask.set_old_size(older.size());
  ask.set_new_size(newer.size());
  const auto proof = Call("traceability", *trace_,
                          &trace::v1::TraceabilityService::Stub::GetConsistencyProof, ask);
  if (!proof.ok()) return proof.status();
  const auto hashes = Hashes(proof->hashes());
  const auto old_root = trace::HashFromBytes(older.root());
  const auto new_root = trace::HashFromBytes(newer.root());
  if (!hashes.ok()) return hashes.status();
  if (!old_root.ok()) return old_root.status();
  if (!new_root.ok()) return new_root.status();
  return trace::VerifyConsistency(static_cast<std::uint64_t>(older.size()),
                                  static_cast<std::uint64_t>(newer.size()), *old_root, *new_root,
                                  *hashes);
}

absl::StatusOr<std::vector<std::string>> Floor::VerifyEvents() const {
  grpc::ClientContext context;
  SetDeadline(context);
  cluster_.to("traceability").Authorize(context);
  trace::v1::ExportEpcisRequest ask;
  ask.set_site(kSite);
  const auto stream = trace_->ExportEpcis(&context, ask);
  std::vector<std::string> events;
  trace::v1::ExportEpcisResponse part;
  while (stream->Read(&part)) {
    for (const std::string& text : part.events()) {
      const trace::Json event = trace::Json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (event.is_discarded()) return absl::DataLossError(absl::StrCat("no JSON: ", text));
      if (auto valid = trace::ValidateEvent(event); !valid.ok()) return valid;
      const auto name = trace::EventId(event);
      if (!name.ok()) return name.status();
      if (event.value("eventID", "") != *name) {
        return absl::DataLossError(absl::StrCat("the name does not fit: ", text));
      }
      events.push_back(text);
    }
  }
  if (auto status = common::FromGrpc(stream->Finish()); !status.ok()) return status;
  return events;
}

absl::StatusOr<std::vector<std::string>> Floor::RecordKinds(const std::string& subject) const {
  trace::v1::ListRecordsRequest list;
  list.set_site(kSite);
  list.set_subject(subject);
  list.set_page_size(1000);
  const auto page =
      Call("traceability", *trace_, &trace::v1::TraceabilityService::Stub::ListRecords, list);
  if (!page.ok()) return page.status();
  std::vector<std::string> kinds;
  for (const trace::v1::TraceRecord& record : page->records()) kinds.push_back(record.kind());
  return kinds;
}

}  // namespace loopdock::e2e
