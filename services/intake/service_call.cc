// SPDX-License-Identifier: Apache-2.0
#include "services/intake/service_call.h"

#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/status.h"

namespace loopdock::intake {
namespace {

constexpr std::size_t kPartBytes = std::size_t{512} << 10;

absl::Status NotAnswered() {
  return common::WithRetry(common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                                         "A service did not answer in time; send the same again."),
                           absl::Seconds(1));
}

}  // namespace

void Forward(grpc::ClientContext& context, const common::Caller& caller) {
  common::Authorize(context, caller);
  if (caller.deadline == absl::InfiniteFuture()) {
    context.set_deadline(absl::ToChronoTime(absl::Now() + kStepDeadline));
  }
}

absl::Status FromService(const grpc::Status& answered) {
  const bool broke = answered.error_code() == grpc::StatusCode::INTERNAL ||
                     answered.error_code() == grpc::StatusCode::UNKNOWN ||
                     answered.error_code() == grpc::StatusCode::CANCELLED ||
                     answered.error_code() == grpc::StatusCode::ABORTED;
  if (!broke || !answered.error_details().empty()) return common::FromGrpc(answered);
  return NotAnswered();
}

absl::Status AnswerOf(const grpc::Status& answered, const common::Caller& caller) {
  absl::Status status = FromService(answered);
  if (!absl::IsDeadlineExceeded(status) || caller.deadline != absl::InfiniteFuture()) return status;
  return NotAnswered();
}

absl::Status PutEvidence(grading::v1::EvidenceService::StubInterface& store,
                         const common::Caller& caller, const std::string& site,
                         std::string_view bytes, loopdock::common::v1::EvidenceRef* evidence) {
  evidence->set_sha256(common::Sha256Hex(bytes));
  evidence->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  grpc::ClientContext context;
  Forward(context, caller);
  grading::v1::PutResponse kept;
  const auto writer = store.Put(&context, &kept);
  grading::v1::PutRequest part;
  part.set_request_id(common::NewUuidV7());
  part.set_site(site);
  *part.mutable_evidence() = *evidence;
  for (std::size_t at = 0; at < bytes.size(); at += kPartBytes) {
    part.set_data(std::string(bytes.substr(at, kPartBytes)));
    if (!writer->Write(part)) break;  // Finish says why.
    part.clear_evidence();
  }
  writer->WritesDone();
  auto status = AnswerOf(writer->Finish(), caller);
  if (status.ok()) *evidence = kept.evidence();
  return status;
}

}  // namespace loopdock::intake
