// SPDX-License-Identifier: Apache-2.0
#include "services/common/status.h"

#include <google/rpc/error_details.pb.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "services/common/utf8.h"

namespace loopdock::common {
namespace {

constexpr size_t kMessageBytesMax = 1000;
constexpr size_t kReasonCharsMax = 63;
constexpr size_t kViolationsMax = 100;

// Messages quote what came from labels and people. A protobuf string that is not UTF-8 cannot be
// read at the other side, and the whole detail would be lost with it.
std::string Quotable(std::string_view text) { return CleanUtf8Prefix(text, kMessageBytesMax); }

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

template <typename Message>
void Attach(absl::Status* status, const Message& message) {
  status->SetPayload(TypeUrl<Message>(), absl::Cord(message.SerializeAsString()));
}

template <typename Message>
std::optional<Message> Detail(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Message>());
  Message message;
  if (!payload || !message.ParseFromString(std::string(*payload))) return std::nullopt;
  return message;
}

}  // namespace

absl::Status Error(absl::StatusCode code, std::string_view reason, std::string_view message,
                   std::initializer_list<std::pair<std::string_view, std::string>> metadata) {
  absl::Status status(code, Quotable(message));
  google::rpc::ErrorInfo info;
  info.set_reason(CleanUtf8Prefix(reason, kReasonCharsMax));
  info.set_domain("loopdock");
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[Quotable(key)] = Quotable(value);
  }
  Attach(&status, info);
  return status;
}

absl::Status PreconditionError(
    std::string_view reason, std::string_view message, std::string_view rule,
    std::string_view subject, std::string_view description,
    std::initializer_list<std::pair<std::string_view, std::string>> metadata) {
  absl::Status status = Error(absl::StatusCode::kFailedPrecondition, reason, message, metadata);
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(std::string(rule));
  violation->set_subject(Quotable(subject));
  violation->set_description(Quotable(description));
  Attach(&status, failure);
  return status;
}

absl::Status WithRetry(absl::Status status, absl::Duration retry_after) {
  google::rpc::RetryInfo retry;
  const int64_t nanos = absl::ToInt64Nanoseconds(retry_after);
  retry.mutable_retry_delay()->set_seconds(nanos / 1'000'000'000);
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
  Attach(&status, retry);
  return status;
}

absl::Status Overloaded(std::string_view message, absl::Duration retry_after) {
  return WithRetry(Error(absl::StatusCode::kResourceExhausted, "OVERLOADED", message), retry_after);
}

std::string ReasonOf(const absl::Status& status) {
  const auto info = Detail<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

std::string MetadataOf(const absl::Status& status, std::string_view key) {
  const auto info = Detail<google::rpc::ErrorInfo>(status);
  if (!info) return "";
  const auto found = info->metadata().find(std::string(key));
  return found == info->metadata().end() ? "" : found->second;
}

absl::StatusOr<absl::Duration> RetryAfterOf(const absl::Status& status) {
  const auto retry = Detail<google::rpc::RetryInfo>(status);
  if (!retry) return absl::NotFoundError("the status carries no google.rpc.RetryInfo");
  return absl::Seconds(retry->retry_delay().seconds()) +
         absl::Nanoseconds(retry->retry_delay().nanos());
}

std::string ErrorJson(const absl::Status& status) {
  if (status.ok()) return "null";
  std::string reason = ReasonOf(status);
  if (reason.empty()) reason = absl::StatusCodeToString(status.code());
  const nlohmann::ordered_json json = {{"reason", reason},
                                       {"message", std::string(status.message())}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void FieldViolations::Add(std::string_view field, std::string_view description) {
  if (violations_.size() >= kViolationsMax) return;
  violations_.emplace_back(Quotable(field), Quotable(description));
}

absl::Status FieldViolations::ToStatus() const {
  if (empty()) return absl::OkStatus();
  std::string message = "correct these fields:";
  google::rpc::BadRequest bad;
  for (const auto& [field, description] : violations_) {
    absl::StrAppend(&message, message.back() == ':' ? " " : "; ", field, ": ", description);
    auto* violation = bad.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  absl::Status status = Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS", message);
  Attach(&status, bad);
  return status;
}

}  // namespace loopdock::common
