// SPDX-License-Identifier: Apache-2.0
#include "services/grading/result_service.h"

#include <algorithm>
#include <utility>

#include "services/common/hash.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/status.h"
#include "services/grading/core/results/result_file.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kFileNameBytesMax = 200;
constexpr std::size_t kReasonBytesMax = 1000;
constexpr int kShownMax = 100;
// A page ends after the result that passes it: a client takes 4 MiB in one message.
constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;

// At most `bytes_max` bytes on one line; may be empty.
bool IsLine(std::string_view text, std::size_t bytes_max) {
  return text.size() <= bytes_max && std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
         });
}

absl::Status CheckImport(const v1::ImportResultsRequest& request) {
  common::FieldViolations violations;
  if (!common::ParseSite(request.site()).ok()) violations.Add("site", "is `sites/{site}`");
  if (request.source_case() == v1::ImportResultsRequest::SOURCE_NOT_SET) {
    violations.Add("data", "is required, or a sha256");
  }
  if (!v1::ResultFormat_IsValid(request.format())) violations.Add("format", "is no known format");
  if (!IsLine(request.file_name(), kFileNameBytesMax)) {
    violations.Add("file_name", "is at most 200 bytes without control characters");
  }
  if (!IsLine(request.operator_(), kResultTextMax)) {
    violations.Add("operator", "is at most 256 bytes without control characters");
  }
  return violations.ToStatus();
}

// What a service would record for the caller must be what the caller may record.
absl::Status MayRecord(const common::Caller& caller, const v1::ResultRecord& record) {
  using loopdock::common::v1::ROLE_DPR;
  using loopdock::common::v1::ROLE_ERP;
  using loopdock::common::v1::ROLE_GRADER;
  using loopdock::common::v1::ROLE_SERVICE;
  using loopdock::common::v1::ROLE_SUPERVISOR;
  const auto has_one = [&](std::initializer_list<loopdock::common::v1::Role> roles) {
    return std::any_of(roles.begin(), roles.end(),
                       [&](loopdock::common::v1::Role role) { return caller.HasRole(role); });
  };
  const bool may = record.has_wipe()
                       ? has_one({ROLE_SUPERVISOR, ROLE_DPR, ROLE_ERP, ROLE_SERVICE})
                       : has_one({ROLE_GRADER, ROLE_SUPERVISOR, ROLE_ERP, ROLE_SERVICE});
  if (may) return absl::OkStatus();
  return common::Error(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED",
                       Cat("'", caller.principal, "' may not record ",
                           record.has_wipe() ? "sanitizations: that takes supervisor, DPR or ERP."
                                             : "tests: that takes grader, supervisor or ERP."),
                       {{"principal", caller.principal}});
}

std::string MediaTypeOf(v1::ResultFormat format) {
  switch (format) {
    case v1::RESULT_FORMAT_BLANCCO:
      return "application/xml";
    case v1::RESULT_FORMAT_CSV:
      return "text/csv";
    case v1::RESULT_FORMAT_NWIPE:
      return "text/plain";
    default:
      return "application/json";
  }
}

ChangeContext ContextOf(const common::Caller& caller, const std::string& site,
                        const google::protobuf::Message& request, const std::string& request_id) {
  return {.site = site,
          .actor = caller.principal,
          .station = caller.station,
          .request_id = request_id,
          .request_hash = RequestHash(request)};
}

void Count(const v1::Result& result, v1::ImportResultsResponse* response) {
  if (WaitsForPerson(result)) {
    response->set_waiting_count(response->waiting_count() + 1);
  } else {
    response->set_matched_count(response->matched_count() + 1);
  }
  if (response->results_size() < kShownMax) *response->add_results() = result;
}

}  // namespace

void ResultService::Start(std::shared_ptr<grpc::Channel> inventory,
                          OutboxLoop::Authorize as_service, OutboxLoop::Pauses pauses) {
  inventory_ = inventory::v1::InventoryService::NewStub(inventory);
  outbox_ = std::make_unique<ResultOutbox>(parts_.store, parts_.committer, std::move(inventory),
                                           std::move(as_service), pauses);
}

void ResultService::Stop() {
  if (outbox_ != nullptr) outbox_->Stop();
}

grpc::ServerUnaryReactor* ResultService::ImportResults(grpc::CallbackServerContext* context,
                                                       const v1::ImportResultsRequest* request,
                                                       v1::ImportResultsResponse* response) {
  return shell_->UnaryBlocking(context, "ImportResults", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Import(caller, *request, response);
                               });
}

absl::Status ResultService::Import(const common::Caller& caller,
                                   const v1::ImportResultsRequest& request,
                                   v1::ImportResultsResponse* response) {
  if (auto status = CheckImport(request); !status.ok()) return status;
  const std::string site = *common::ParseSite(request.site());
  std::string bytes = request.data();
  if (request.has_sha256()) {
    auto kept = parts_.evidence->Get(site, request.sha256());
    if (!kept.ok()) return kept.status();
    bytes = *std::move(kept);
  }
  if (bytes.size() > kResultBytesMax) {
    return common::Error(absl::StatusCode::kInvalidArgument, "TOO_LARGE",
                         "A result file has at most 16 MiB. Split it.");
  }
  const ResultReading reading = ReadResults(bytes, request.format());
  response->set_format(reading.format);
  response->mutable_problems()->Assign(reading.problems.begin(), reading.problems.end());
  response->set_problem_count(reading.problem_count);
  response->set_record_count(static_cast<std::int32_t>(reading.records.size()));
  if (reading.problem_count > 0) return absl::OkStatus();
  loopdock::common::v1::EvidenceRef evidence;
  evidence.set_sha256(common::Sha256Hex(bytes));
  evidence.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  evidence.set_media_type(MediaTypeOf(reading.format));
  evidence.set_purpose("results");
  std::vector<v1::Result> results;
  for (const v1::ResultRecord& record : reading.records) {
    if (auto status = MayRecord(caller, record); !status.ok()) return status;
    v1::Result& result = results.emplace_back();
    result.set_name(
        common::FormatName(site, "results", ResultId(evidence.sha256(), results.size() - 1)));
    *result.mutable_record() = record;
    *result.mutable_evidence() = evidence;
    result.set_file_name(request.file_name());
    result.set_format(reading.format);
    result.set_actor(caller.principal);
    result.set_operator_(!record.operator_().empty()    ? record.operator_()
                         : !request.operator_().empty() ? request.operator_()
                                                        : caller.principal);
  }
  auto prepared = MatchAll(caller, std::move(results));
  if (!prepared.ok()) return prepared.status();
  if (request.validate_only()) {
    for (const PreparedResult& each : *prepared) Count(each.result, response);
    return absl::OkStatus();
  }
  auto put = parts_.evidence->Put(site, bytes, evidence);
  if (!put.ok()) return put.status();
  *response->mutable_evidence() = put->evidence();
  return Keep(ContextOf(caller, site, request, request.request_id()), *std::move(prepared),
              response);
}

// What is here already is not looked up again.
absl::StatusOr<std::vector<PreparedResult>> ResultService::MatchAll(
    const common::Caller& caller, std::vector<v1::Result> results) {
  ResultMatcher matcher(inventory_.get(), &plan_, &caller, parts_.clock->Now());
  std::vector<PreparedResult> prepared;
  for (v1::Result& result : results) {
    if (caller.cancelled()) {
      return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "The caller gave up.");
    }
    auto here = Read(result.name());
    if (here.ok()) {
      prepared.push_back({.result = *std::move(here)});
      continue;
    }
    if (!absl::IsNotFound(here.status())) return here.status();
    auto matched = matcher.Match(std::move(result));
    if (!matched.ok()) return matched.status();
    prepared.push_back(*std::move(matched));
  }
  return prepared;
}

// In parts: a command may change so many rows only. What breaks off between two parts goes on when
// the file is sent again.
absl::Status ResultService::Keep(const ChangeContext& change, std::vector<PreparedResult> prepared,
                                 v1::ImportResultsResponse* response) {
  for (std::size_t at = 0; at < prepared.size(); at += kKeptPerCommand) {
    const std::size_t end = std::min(at + kKeptPerCommand, prepared.size());
    std::vector<PreparedResult> part(
        std::make_move_iterator(prepared.begin() + static_cast<std::ptrdiff_t>(at)),
        std::make_move_iterator(prepared.begin() + static_cast<std::ptrdiff_t>(end)));
    KeepResultsCommand command(
        change, std::move(part), [response](std::vector<v1::Result> kept, int existing) {
          response->set_existing_count(response->existing_count() + existing);
          for (const v1::Result& result : kept) Count(result, response);
        });
    if (auto status = parts_.committer->Run(command); !status.ok()) return status;
    outbox_->Notify();
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Result> ResultService::Read(const std::string& name) const {
  const auto parsed = common::ParseName(name, "results");
  if (!parsed.ok()) return parsed.status();
  auto row = parts_.store->Get(kResultTable, SiteKey(parsed->site, parsed->id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return NoSuchResult(name);
  return ParseResult(**row, name);
}

grpc::ServerUnaryReactor* ResultService::GetResult(grpc::CallbackServerContext* context,
                                                   const v1::GetResultRequest* request,
                                                   v1::Result* response) {
  return shell_->UnaryBlocking(context, "GetResult", *request,
                               [this, request, response](const common::Caller&) -> absl::Status {
                                 auto result = Read(request->name());
                                 if (!result.ok()) return result.status();
                                 *response = *std::move(result);
                                 return absl::OkStatus();
                               });
}

grpc::ServerUnaryReactor* ResultService::ListUnmatchedResults(
    grpc::CallbackServerContext* context, const v1::ListUnmatchedResultsRequest* request,
    v1::ListUnmatchedResultsResponse* response) {
  return shell_->UnaryBlocking(
      context, "ListUnmatchedResults", *request,
      [this, request, response](const common::Caller&) { return List(*request, response); });
}

absl::Status ResultService::List(const v1::ListUnmatchedResultsRequest& request,
                                 v1::ListUnmatchedResultsResponse* response) const {
  const auto site = common::ParseSite(request.site());
  if (!site.ok()) return site.status();
  const auto size = common::PageSize(request.page_size());
  if (!size.ok()) return size.status();
  const std::string question = Cat("ListUnmatchedResults ", request.site());
  const auto after = common::AfterPageToken(question, request.page_token());
  if (!after.ok()) return after.status();
  const std::string prefix = SiteKey(*site, "");
  storage::ScanOptions scan{.table = kResultWaitingTable, .prefix = prefix, .limit = *size};
  if (!after->empty()) scan.after = *after;
  const auto page = parts_.store->Scan(scan);
  if (!page.ok()) return page.status();
  std::size_t bytes = 0;
  for (const storage::Row& row : page->rows) {
    const std::string key = ResultKeyOf(row.key);
    const auto kept = parts_.store->Get(kResultTable, key);
    if (!kept.ok()) return kept.status();
    if (kept->has_value()) {
      auto result = ParseResult(**kept, key.substr(prefix.size()));
      if (!result.ok()) return result.status();
      // Settled since the page was read.
      if (WaitsForPerson(*result)) {
        bytes += result->ByteSizeLong();
        *response->add_results() = *std::move(result);
      }
    }
    const bool last = &row == &page->rows.back();
    if ((!last && bytes > kPageBytesMax) || (last && page->more)) {
      response->set_next_page_token(common::PageToken(question, row.key));
      break;
    }
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ResultService::MatchResult(grpc::CallbackServerContext* context,
                                                     const v1::MatchResultRequest* request,
                                                     v1::Result* response) {
  return shell_->UnaryBlocking(context, "MatchResult", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Match(caller, *request, response);
                               });
}

absl::Status ResultService::Match(const common::Caller& caller,
                                  const v1::MatchResultRequest& request, v1::Result* response) {
  common::FieldViolations violations;
  const auto name = common::ParseName(request.name(), "results");
  if (!name.ok()) violations.Add("name", "is `sites/{site}/results/{result}`");
  const auto asset = common::ParseName(request.asset(), "assets");
  if (!request.asset().empty() && (!asset.ok() || !name.ok() || asset->site != name->site)) {
    violations.Add("asset", "is an asset of the result's site, or empty");
  }
  if (request.is_host() && request.asset().empty()) {
    violations.Add("asset", "is required: the device that the drive is in");
  }
  if (request.etag().empty()) violations.Add("etag", "is required, of the result as it was seen");
  if (auto status = violations.ToStatus(); !status.ok()) return status;
  auto result = Read(request.name());
  if (!result.ok()) return result.status();
  if (auto status = MayRecord(caller, result->record()); !status.ok()) return status;
  if (request.is_host() && !result->record().device().is_drive()) {
    violations.Add("is_host", "is for drives only");
    return violations.ToStatus();
  }
  SettleResultCommand::Settlement settlement{.result_id = name->id, .etag = request.etag()};
  // What is settled is the command's to refuse; what was answered before, to answer again.
  if (WaitsForPerson(*result) && result->etag() == request.etag()) {
    result->set_actor(caller.principal);
    ResultMatcher matcher(inventory_.get(), &plan_, &caller, parts_.clock->Now());
    auto matched = request.asset().empty()
                       ? matcher.Match(*std::move(result))
                       : matcher.MatchTo(*std::move(result), request.asset(), request.is_host());
    if (!matched.ok()) return matched.status();
    if (matched->result.state() == v1::RESULT_STATE_WAITING) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "RESULT_UNMATCHED",
                           matched->result.explanation(), {{"name", request.name()}});
    }
    settlement.match = *std::move(matched);
  }
  return Settle(ContextOf(caller, name->site, request, request.request_id()), std::move(settlement),
                response);
}

grpc::ServerUnaryReactor* ResultService::DismissResult(grpc::CallbackServerContext* context,
                                                       const v1::DismissResultRequest* request,
                                                       v1::Result* response) {
  return shell_->UnaryBlocking(
      context, "DismissResult", *request,
      [this, request, response](const common::Caller& caller) -> absl::Status {
        common::FieldViolations violations;
        const auto name = common::ParseName(request->name(), "results");
        if (!name.ok()) violations.Add("name", "is `sites/{site}/results/{result}`");
        if (Strip(request->reason()).empty() || !IsLine(request->reason(), kReasonBytesMax)) {
          violations.Add("reason",
                         "is required, at most 1000 bytes without control characters: why the "
                         "result has no effect");
        }
        if (request->etag().empty()) {
          violations.Add("etag", "is required, of the result as it was seen");
        }
        if (auto status = violations.ToStatus(); !status.ok()) return status;
        auto result = Read(request->name());
        if (!result.ok()) return result.status();
        if (auto status = MayRecord(caller, result->record()); !status.ok()) return status;
        return Settle(
            ContextOf(caller, name->site, *request, request->request_id()),
            {.result_id = name->id, .etag = request->etag(), .dismiss_reason = request->reason()},
            response);
      });
}

absl::Status ResultService::Settle(ChangeContext change, SettleResultCommand::Settlement settlement,
                                   v1::Result* response) {
  SettleResultCommand command(std::move(change), std::move(settlement),
                              [response](const absl::Status& status, const v1::Result& result) {
                                if (status.ok()) *response = result;
                              });
  const absl::Status status = parts_.committer->Run(command);
  if (status.ok()) outbox_->Notify();
  return status;
}

}  // namespace loopdock::grading
