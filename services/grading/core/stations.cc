// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/stations.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::grading {
namespace {

absl::Status Unreadable(const char* what) {
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       absl::StrCat("The record of ", what, " cannot be read. Run fsck."));
}

// Both kinds have a time of making; a calibration also one of its end, given as how long it holds.
void SetTime(absl::Time now, v1::Calibration& calibration) {
  const absl::Duration holds =
      common::FromProto(calibration.expire_time()) - common::FromProto(calibration.create_time());
  *calibration.mutable_create_time() = common::ToProto(now);
  *calibration.mutable_expire_time() = common::ToProto(now + holds);
}
void SetTime(absl::Time now, v1::Reference& reference) {
  *reference.mutable_create_time() = common::ToProto(now);
}

}  // namespace

std::string InForceKey(std::string_view site, const v1::Calibration& calibration) {
  return SiteKey(site, calibration.station());
}

std::string InForceKey(std::string_view site, const v1::Reference& reference) {
  return ReferenceFaceKey(site, reference.model(), reference.face());
}

template <typename Record>
absl::StatusOr<std::optional<Record>> KeptBefore(const std::optional<std::string>& row,
                                                 const std::string& hash) {
  if (!row) return std::optional<Record>();
  const auto remembered = DecodeResponse(*row);
  if (!remembered.ok()) return remembered.status();
  if (remembered->hash != hash) {
    return common::Error(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                         "This request_id was used for other content. Make a new one.");
  }
  Record first;
  if (!first.ParseFromString(remembered->response)) return Unreadable("a remembered response");
  return std::optional<Record>(std::move(first));
}

template <typename Record>
void KeepCommand<Record>::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kStationResponseTable, SiteKey(context_.site, context_.request_id));
  reads.Add(kCounterTable, SiteKey(context_.site, tables_.collection));
}

template <typename Record>
absl::Status KeepCommand<Record>::Apply(storage::View& view, storage::Changes& changes) {
  const std::string response_key = SiteKey(context_.site, context_.request_id);
  auto remembered = view.Get(kStationResponseTable, response_key);
  if (!remembered.ok()) return remembered.status();
  std::optional<std::string> row;
  if (remembered->has_value()) row = std::string(**remembered);
  auto before = KeptBefore<Record>(row, context_.request_hash);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    record_ = **std::move(before);
    return absl::OkStatus();
  }
  const std::string counter_key = SiteKey(context_.site, tables_.collection);
  auto counter = view.Get(kCounterTable, counter_key);
  if (!counter.ok()) return counter.status();
  std::uint64_t count = 0;
  if (counter->has_value() && !absl::SimpleAtoi(std::string(**counter), &count)) {
    return Unreadable("a counter");
  }
  ++count;
  const std::string id = common::CounterName(count);
  record_.set_name(common::FormatName(context_.site, tables_.collection, id));
  record_.set_actor(context_.actor);
  SetTime(view.server_time(), record_);
  const std::string bytes = record_.SerializeAsString();
  changes.Put(kCounterTable, counter_key, absl::StrCat(count));
  changes.Put(tables_.records, SiteKey(context_.site, id), bytes);
  changes.Put(tables_.in_force, InForceKey(context_.site, record_), id);
  changes.Put(kStationResponseTable, response_key, EncodeResponse({context_.request_hash, bytes}));
  return absl::OkStatus();
}

template class KeepCommand<v1::Calibration>;
template class KeepCommand<v1::Reference>;
template absl::StatusOr<std::optional<v1::Calibration>> KeptBefore(
    const std::optional<std::string>& row, const std::string& hash);
template absl::StatusOr<std::optional<v1::Reference>> KeptBefore(
    const std::optional<std::string>& row, const std::string& hash);

}  // namespace loopdock::grading
