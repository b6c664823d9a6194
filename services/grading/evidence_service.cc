// SPDX-License-Identifier: Apache-2.0
#include "services/grading/evidence_service.h"

#include "absl/strings/str_cat.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/names.h"
#include "services/common/status.h"

namespace loopdock::grading {
namespace {

constexpr size_t kPartBytes = size_t{256} << 10;
constexpr std::int64_t kArrivingBytesMax = std::int64_t{256} << 20;

absl::Status UploadInvalid(const std::string& message) {
  return common::Error(absl::StatusCode::kInvalidArgument, "UPLOAD_INVALID", message);
}

absl::Status TooLarge(std::int64_t declared) {
  return common::Error(absl::StatusCode::kInvalidArgument, "EVIDENCE_TOO_LARGE",
                       absl::StrCat("More bytes than the declared ", declared, " or the limit of ",
                                    kEvidenceBytesMax, "."));
}

// A share of the memory for what arrives, given back at the end.
class Reservation {
 public:
  Reservation(std::atomic<std::int64_t>* all, std::int64_t bytes)
      : all_(all), bytes_(bytes), granted_(all->fetch_add(bytes) + bytes <= kArrivingBytesMax) {}
  ~Reservation() { *all_ -= bytes_; }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<std::int64_t>* const all_;
  const std::int64_t bytes_;
  const bool granted_;
};

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
  v1::PutRequest part;
  absl::Status checked;
  if (!source.Read(&part, &checked)) {
    return UploadInvalid("The upload is empty. Send the reference, then the bytes.");
  }
  if (!checked.ok()) return checked;
  const auto site = common::ParseSite(part.site());
  if (!site.ok()) return site.status();
  const loopdock::common::v1::EvidenceRef declared = part.evidence();
  if (declared.sha256().empty() || declared.size_bytes() <= 0) {
    return UploadInvalid("The first message declares evidence.sha256 and evidence.size_bytes.");
  }
  if (declared.size_bytes() > static_cast<std::int64_t>(kEvidenceBytesMax)) {
    return TooLarge(declared.size_bytes());
  }
  const Reservation reservation(&arriving_bytes_, declared.size_bytes());
  if (!reservation.granted()) {
    return common::Overloaded("Too much evidence arrives at once; send it again later.");
  }
  std::string bytes;
  do {
    if (!checked.ok()) return checked;
    if (static_cast<std::int64_t>(bytes.size() + part.data().size()) > declared.size_bytes()) {
      return TooLarge(declared.size_bytes());
    }
    bytes += part.data();
  } while (source.Read(&part, &checked));
  auto put = evidence_->Put(*site, bytes, declared);
  if (!put.ok()) return put.status();
  *response = std::move(*put);
  return absl::OkStatus();
}

grpc::ServerWriteReactor<v1::GetResponse>* EvidenceService::Get(
    grpc::CallbackServerContext* context, const v1::GetRequest* request) {
  return shell_->ServerStream<v1::GetResponse>(
      context, "Get", *request,
      [this, request = *request](const common::Caller&,
                                 common::Sink<v1::GetResponse>& sink) -> absl::Status {
        const auto site = common::ParseSite(request.site());
        if (!site.ok()) return site.status();
        auto known = evidence_->Stat(*site, request.sha256());
        if (!known.ok()) return known.status();
        auto bytes = evidence_->Get(*site, request.sha256());
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
                               [this, request, response](const common::Caller&) -> absl::Status {
                                 const auto site = common::ParseSite(request->site());
                                 if (!site.ok()) return site.status();
                                 auto known = evidence_->Stat(*site, request->sha256());
                                 if (!known.ok()) return known.status();
                                 *response = std::move(*known);
                                 return absl::OkStatus();
                               });
}

grpc::ServerUnaryReactor* EvidenceService::DeleteEvidence(grpc::CallbackServerContext* context,
                                                          const v1::DeleteEvidenceRequest* request,
                                                          v1::DeleteEvidenceResponse* response) {
  return shell_->UnaryBlocking(context, "DeleteEvidence", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Delete(caller, *request, response);
                               });
}

absl::Status EvidenceService::Delete(const common::Caller& caller,
                                     const v1::DeleteEvidenceRequest& request,
                                     v1::DeleteEvidenceResponse* response) {
  const auto site = common::ParseSite(request.site());
  if (!site.ok()) return site.status();
  if (!common::IsUuidV7(request.request_id())) {
    return common::Error(absl::StatusCode::kInvalidArgument, "REQUEST_ID_INVALID",
                         "request_id must be a UUIDv7 in lower case; make one for each change.");
  }
  common::FieldViolations violations;
  if (request.reason().empty() || request.reason().size() > 1000) {
    violations.Add("reason", "is required and has at most 1000 bytes");
  }
  if (auto status = violations.ToStatus(); !status.ok()) return status;
  if (!retention_) {
    return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                         "The years of retention are not known yet; send it again later.");
  }
  const auto years = retention_();
  if (!years.ok()) return years.status();
  auto removed = evidence_->Delete(*site, request.sha256(), *years);
  if (!removed.ok()) return removed.status();
  common::LogInfo("evidence_deleted", {{"sha256", request.sha256()},
                                       {"principal", caller.principal},
                                       {"reason", request.reason()}});
  *response = *std::move(removed);
  return absl::OkStatus();
}

}  // namespace loopdock::grading
