// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/inspections.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/common/utf8.h"
#include "services/grading/core/edits.h"
#include "services/grading/core/tables.h"

namespace loopdock::grading {
namespace {

constexpr std::size_t kReasonBytesMax = 1000;

absl::Status Unreadable(const std::string& what) {
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       absl::StrCat("The record of ", what, " cannot be read. Run fsck."));
}

absl::StatusOr<v1::Inspection> ReadInspection(storage::View& view, storage::TableId table,
                                              const std::string& key, const std::string& name) {
  auto row = view.Get(table, key);
  if (!row.ok()) return row.status();
  if (!row->has_value()) {
    return common::Error(absl::StatusCode::kNotFound, "INSPECTION_NOT_FOUND",
                         absl::StrCat("There is no inspection '", name, "'."), {{"name", name}});
  }
  v1::Inspection inspection;
  if (!inspection.ParseFromArray((*row)->data(), static_cast<int>((*row)->size()))) {
    return Unreadable(name);
  }
  return inspection;
}

// Id of the last part of a resource name; names are checked before commands are made.
std::string IdOf(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

std::string RequestHash(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  const auto* field = copy->GetDescriptor()->FindFieldByName("request_id");
  if (field != nullptr) copy->GetReflection()->ClearField(copy.get(), field);
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    copy->SerializeToCodedStream(&coded);
  }
  return common::Sha256(absl::StrCat(request.GetTypeName(), "\n", bytes));
}

std::string EncodeResponse(const RememberedResponse& remembered) {
  return remembered.hash + remembered.response;
}

absl::StatusOr<RememberedResponse> DecodeResponse(std::string_view row) {
  if (row.size() < common::kSha256Bytes) return Unreadable("a remembered response");
  return RememberedResponse{.hash = std::string(row.substr(0, common::kSha256Bytes)),
                            .response = std::string(row.substr(common::kSha256Bytes))};
}

absl::StatusOr<v1::Inspection> ReplayResponse(std::string_view row, const std::string& hash) {
  auto remembered = DecodeResponse(row);
  if (!remembered.ok()) return remembered.status();
  if (remembered->hash != hash) {
    return common::Error(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                         "This request_id was used for other content. Make a new one.");
  }
  v1::Inspection first;
  if (!first.ParseFromString(remembered->response)) return Unreadable("a remembered response");
  return first;
}

void InspectionCommand::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kResponseTable, SiteKey(context_.site, context_.request_id));
  DeclareOwnReads(reads);
}

absl::Status InspectionCommand::Apply(storage::View& view, storage::Changes& changes) {
  const std::string response_key = SiteKey(context_.site, context_.request_id);
  auto remembered = view.Get(kResponseTable, response_key);
  if (!remembered.ok()) return remembered.status();
  if (remembered->has_value()) {
    auto first = ReplayResponse(**remembered, context_.request_hash);
    if (first.ok()) result_ = std::move(*first);
    return first.status();
  }
  auto made = Make(view, changes);
  if (!made.ok()) return made.status();
  result_ = *std::move(made);
  changes.Put(kResponseTable, response_key,
              EncodeResponse({context_.request_hash, result_.SerializeAsString()}));
  return absl::OkStatus();
}

void InspectionCommand::Keep(const v1::Inspection& inspection, storage::Changes& changes) const {
  const std::string id = IdOf(inspection.name());
  const std::string bytes = inspection.SerializeAsString();
  const std::string version_key = VersionKey(context_.site, id, inspection.version());
  changes.Put(kLatestTable, InspectionKey(context_.site, id), bytes);
  changes.Put(kVersionTable, version_key, bytes);
  if (inspection.state() != v1::INSPECTION_STATE_PROPOSED) {
    changes.Put(kOutboxTable, version_key, ToRecordInspection(inspection).SerializeAsString());
  }
  const std::string latest_key = InspectionKey(context_.site, id);
  if (inspection.needs_review()) {
    changes.Put(kReviewTable, latest_key, "");
  } else {
    changes.Delete(kReviewTable, latest_key);
  }
  // Once only: a version after it is refused.
  if (inspection.has_hazard_hold()) {
    changes.Put(kHoldTable, version_key, ToPlaceHold(inspection).SerializeAsString());
  }
}

absl::StatusOr<v1::Inspection> InspectionCommand::Latest(storage::View& view,
                                                         const std::string& inspection_id,
                                                         std::int32_t version) const {
  const std::string name = common::FormatName(context_.site, "inspections", inspection_id);
  auto latest =
      ReadInspection(view, kLatestTable, InspectionKey(context_.site, inspection_id), name);
  if (!latest.ok()) return latest.status();
  if (latest->version() != version) {
    return common::Error(absl::StatusCode::kAborted, "INSPECTION_CHANGED",
                         absl::StrCat("The latest version of ", name, " is ", latest->version(),
                                      ", not ", version, ". Look at it again."),
                         {{"name", name}, {"version", absl::StrCat(latest->version())}});
  }
  if (latest->has_hazard_hold()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "HAZARD_HOLD",
                         absl::StrCat(name, " found a hazard (", latest->hazard_hold().reason(),
                                      "): the device is held and has no grade."),
                         {{"name", name}});
  }
  return latest;
}

void InspectionCommand::Raise(storage::View& view, v1::Inspection& inspection) const {
  inspection.set_version(inspection.version() + 1);
  inspection.set_etag(absl::StrCat(inspection.version()));
  inspection.set_actor(context_.actor);
  inspection.set_station(context_.station);
  inspection.set_recorded(false);
  inspection.clear_changes();
  *inspection.mutable_create_time() = common::ToProto(view.server_time());
}

void ProposeCommand::DeclareOwnReads(storage::ReadSet& reads) {
  reads.Add(kCounterTable, context_.site);
}

absl::StatusOr<v1::Inspection> ProposeCommand::Make(storage::View& view,
                                                    storage::Changes& changes) {
  auto row = view.Get(kCounterTable, context_.site);
  if (!row.ok()) return row.status();
  std::uint64_t count = 0;
  if (row->has_value() && !absl::SimpleAtoi(std::string(**row), &count)) {
    return Unreadable("the inspection counter");
  }
  ++count;
  changes.Put(kCounterTable, context_.site, absl::StrCat(count));
  v1::Inspection inspection = proposed_;
  const std::string id = common::CounterName(count);
  inspection.set_name(common::FormatName(context_.site, "inspections", id));
  inspection.set_version(1);
  inspection.set_state(v1::INSPECTION_STATE_PROPOSED);
  inspection.set_actor(context_.actor);
  inspection.set_station(context_.station);
  *inspection.mutable_create_time() = common::ToProto(view.server_time());
  inspection.set_etag("1");
  changes.Put(kByAssetTable, ByAssetKey(context_.site, IdOf(inspection.asset()), id), "");
  Keep(inspection, changes);
  return inspection;
}

void SettleCommand::DeclareOwnReads(storage::ReadSet& reads) {
  reads.Add(kLatestTable, InspectionKey(context_.site, settlement_.inspection_id));
}

absl::StatusOr<v1::Inspection> SettleCommand::Make(storage::View& view, storage::Changes& changes) {
  auto latest = Latest(view, settlement_.inspection_id, settlement_.version);
  if (!latest.ok()) return latest.status();
  const bool overrides = settlement_.override_cosmetic != inventory::v1::COSMETIC_UNSPECIFIED;
  if (!overrides && latest->state() != v1::INSPECTION_STATE_PROPOSED) {
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "INSPECTION_SETTLED",
        absl::StrCat(latest->name(), " is settled already. Override it to change it."),
        {{"name", latest->name()}});
  }
  v1::Inspection inspection = *std::move(latest);
  Raise(view, inspection);
  inspection.set_state(overrides ? v1::INSPECTION_STATE_OVERRIDDEN
                                 : v1::INSPECTION_STATE_CONFIRMED);
  inspection.set_needs_review(false);
  if (overrides) {
    inspection.set_cosmetic(settlement_.override_cosmetic);
    inspection.clear_letter();
    inspection.clear_next_better();
    inspection.set_reason("OVERRIDE");
    inspection.set_override_reason(settlement_.reason);
    inspection.mutable_explanations()->Clear();
    inspection.add_explanations(settlement_.reason);
  }
  Keep(inspection, changes);
  return inspection;
}

void EditCommand::DeclareOwnReads(storage::ReadSet& reads) {
  reads.Add(kLatestTable, InspectionKey(context_.site, inspection_id_));
}

absl::StatusOr<v1::Inspection> EditCommand::Make(storage::View& view, storage::Changes& changes) {
  auto latest = Latest(view, inspection_id_, request_.version());
  if (!latest.ok()) return latest.status();
  v1::Inspection inspection = *std::move(latest);
  const auto scale = grader_->ScaleOf(inspection);
  if (!scale.ok()) return scale.status();
  Raise(view, inspection);
  inspection.set_state(v1::INSPECTION_STATE_PROPOSED);
  inspection.clear_override_reason();
  if (auto status = ApplyEdits(request_.edits(), inspection); !status.ok()) return status;
  ApplyAnswers(request_.answers(), inspection);
  if (!request_.reason().empty()) {
    inspection.add_changes(absl::StrCat("because: ", request_.reason()));
  }
  if (auto status = grader_->Grade(**scale, inspection); !status.ok()) return status;
  Keep(inspection, changes);
  return inspection;
}

void RecordedCommand::DeclareReads(storage::ReadSet& reads) {
  reads.Add(kVersionTable, outbox_key_);
  reads.Add(kLatestTable, InspectionKeyOf(outbox_key_));
}

absl::Status RecordedCommand::Apply(storage::View& view, storage::Changes& changes) {
  changes.Delete(table_, outbox_key_);
  if (!recorded_) return absl::OkStatus();
  const std::string latest_key = InspectionKeyOf(outbox_key_);
  auto version = ReadInspection(view, kVersionTable, outbox_key_, "an outbox row");
  if (!version.ok()) return version.status();
  auto latest = ReadInspection(view, kLatestTable, latest_key, version->name());
  if (!latest.ok()) return latest.status();
  if (table_ == kHoldTable) {
    version->mutable_hazard_hold()->set_placed(true);
  } else {
    version->set_recorded(true);
  }
  changes.Put(kVersionTable, outbox_key_, version->SerializeAsString());
  if (latest->version() == version->version()) {
    changes.Put(kLatestTable, latest_key, version->SerializeAsString());
  }
  return absl::OkStatus();
}

namespace {

// Inventory refuses what is longer or has control characters, and would refuse it for ever.
std::string ReasonFor(const std::string& text) {
  std::string reason = common::CleanUtf8Prefix(text, kReasonBytesMax);
  for (char& c : reason) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return reason;
}

std::string RequestIdFor(const char* what, const v1::Inspection& inspection) {
  return common::DerivedUuidV7(
      common::FromProto(inspection.create_time()),
      absl::StrCat(what, " ", inspection.name(), " ", inspection.version()));
}

}  // namespace

inventory::v1::RecordInspectionRequest ToRecordInspection(const v1::Inspection& inspection) {
  inventory::v1::RecordInspectionRequest request;
  request.set_name(inspection.asset());
  request.set_request_id(RequestIdFor("inspection", inspection));
  auto* summary = request.mutable_summary();
  summary->set_inspection(inspection.name());
  summary->set_version(inspection.version());
  summary->set_cosmetic(inspection.cosmetic());
  summary->set_margin(inspection.margin());
  summary->set_scale(inspection.scale());
  summary->set_scale_sha256(inspection.scale_sha256());
  summary->set_model(inspection.versions().measure());
  summary->set_overridden(inspection.state() == v1::INSPECTION_STATE_OVERRIDDEN);
  summary->set_confirmed_by(inspection.actor());
  if (inspection.explanations_size() > 0) {
    summary->set_reason(ReasonFor(inspection.explanations(0)));
  }
  std::int32_t defects = 0;
  for (const auto& picture : inspection.pictures()) {
    // What another picture shows too is one defect.
    for (int i = 0; i < picture.measurement().defects_size(); ++i) {
      defects += i < picture.notes_size() && !picture.notes(i).uncounted().empty() ? 0 : 1;
    }
    *summary->add_evidence() = picture.evidence();
  }
  summary->set_defect_count(defects);
  return request;
}

inventory::v1::PlaceHoldRequest ToPlaceHold(const v1::Inspection& inspection) {
  inventory::v1::PlaceHoldRequest request;
  request.set_name(inspection.asset());
  request.set_kind(inventory::v1::HOLD_KIND_HAZARD);
  request.set_reason(
      ReasonFor(absl::StrCat(inspection.name(), ": ", inspection.hazard_hold().reason())));
  request.set_request_id(RequestIdFor("hazard", inspection));
  for (const auto& picture : inspection.pictures()) {
    *request.add_evidence() = picture.evidence();
  }
  return request;
}

}  // namespace loopdock::grading
