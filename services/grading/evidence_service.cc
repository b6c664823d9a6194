// SPDX-License-Identifier: Apache-2.0
#include "services/grading/evidence_service.h"

#include "absl/strings/str_cat.h"
#include "services/common/status.h"

namespace loopdock::grading {
namespace {

constexpr size_t kPartBytes = size_t{256} << 10;

absl::Status UploadInvalid(const std::string& message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "UPLOAD_INVALID", message);
}

}  // namespace

grpc::ServerReadReactor<v1::PutRequest>* EvidenceService::Put(grpc::CallbackServerContext* context,
                                                              v1::PutResponse* response) {
  return shell_->ClientStream<v1::PutRequest>(
      context, "Put",
      [this, response](const common::Caller&, common::Source<v1::PutRequest>& source) {
        return Receive(source, response);
      });
}

absl::Status EvidenceService::Receive(common::Source<v1::PutRequest>& source,
                                      v1::PutResponse* response) {
  loopdock::common::v1::EvidenceRef declared;
  std::string bytes;
  v1::PutRequest part;
  absl::Status checked;
  bool first = true;
  while (source.Read(&part, &checked)) {
    if (!checked.ok()) return checked;
    if (first) {
      declared = part.evidence();
      if (declared.sha256().empty() || declared.size_bytes() <= 0) {
        return UploadInvalid("The first message declares evidence.sha256 and evidence.size_bytes.");
      }
      first = false;
    }
    const auto arrived = static_cast<std::int64_t>(bytes.size() + part.data().size());
    if (arrived > declared.size_bytes() || arrived > static_cast<std::int64_t>(kEvidenceBytesMax)) {
      return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_TOO_LARGE",
                           absl::StrCat("More bytes came than the declared ", declared.size_bytes(),
                                        " or the limit of ", kEvidenceBytesMax, "."));
    }
    bytes += part.data();
  }
  if (first) return UploadInvalid("The upload is empty. Send the reference, then the bytes.");
  auto put = evidence_->Put(bytes, declared);
  if (put.ok()) *response = *std::move(put);
  return put.status();
}

grpc::ServerWriteReactor<v1::GetResponse>* EvidenceService::Get(
    grpc::CallbackServerContext* context, const v1::GetRequest* request) {
  return shell_->ServerStream<v1::GetResponse>(
      context, "Get", *request,
      [this, sha256 = request->sha256()](const common::Caller&,
                                         common::Sink<v1::GetResponse>& sink) -> absl::Status {
        auto known = evidence_->Stat(sha256);
        if (!known.ok()) return known.status();
        auto bytes = evidence_->Get(sha256);
        if (!bytes.ok()) return bytes.status();
        for (size_t at = 0; at < bytes->size(); at += kPartBytes) {
          v1::GetResponse part;
          if (at == 0) *part.mutable_evidence() = known->evidence();
          part.set_data(bytes->substr(at, kPartBytes));
          if (!sink.Write(std::move(part))) break;  // The caller has gone.
        }
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* EvidenceService::Stat(grpc::CallbackServerContext* context,
                                                const v1::StatRequest* request,
                                                v1::StatResponse* response) {
  return shell_->UnaryBlocking(context, "Stat", *request,
                               [this, request, response](const common::Caller&) {
                                 auto known = evidence_->Stat(request->sha256());
                                 if (known.ok()) *response = *std::move(known);
                                 return known.status();
                               });
}

}  // namespace loopdock::grading
