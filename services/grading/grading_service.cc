// SPDX-License-Identifier: Apache-2.0
#include "services/grading/grading_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/common/credentials.h"
#include "services/common/grpc_status.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/status.h"
#include "services/grading/core/tables.h"
#include "services/vision/header_check.h"

namespace loopdock::grading {
namespace {

constexpr int kPicturesMax = 16;
constexpr std::size_t kInlineBytesMax = std::size_t{16} << 20;
constexpr std::size_t kReasonBytesMax = 1000;
// A page ends after the inspection that passes it: a client takes 4 MiB in one message.
constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;

absl::Status CheckInspect(const v1::InspectRequest& request) {
  common::FieldViolations violations;
  if (!common::ParseName(request.asset(), "assets").ok()) {
    violations.Add("asset", "is `sites/{site}/assets/{asset}`");
  }
  if (request.pictures().empty() || request.pictures_size() > kPicturesMax) {
    violations.Add("pictures", absl::StrCat("has 1 to ", kPicturesMax, " pictures"));
  }
  std::size_t inline_bytes = 0;
  for (int i = 0; i < request.pictures_size(); ++i) {
    const v1::Picture& picture = request.pictures(i);
    if (picture.source_case() == v1::Picture::SOURCE_NOT_SET) {
      violations.Add(absl::StrCat("pictures[", i, "]"), "needs inline bytes or a sha256");
    }
    if (picture.has_um_per_px() && !(picture.um_per_px() > 0 && picture.um_per_px() < 10'000)) {
      violations.Add(absl::StrCat("pictures[", i, "].um_per_px"),
                     "is between 0 and 10000 micrometres a pixel");
    }
    inline_bytes += picture.inline_().size();
  }
  if (inline_bytes > kInlineBytesMax) {
    violations.Add("pictures", "are at most 16 MiB inline together; put larger ones as evidence");
  }
  return violations.ToStatus();
}

ChangeContext ContextOf(const common::Caller& caller, const std::string& name,
                        const google::protobuf::Message& request, const std::string& request_id) {
  return {.site = common::SiteOf(name),
          .actor = caller.principal,
          .station = caller.station,
          .request_id = request_id,
          .request_hash = RequestHash(request)};
}

// The first answer to a request that was answered before, or nothing.
absl::StatusOr<std::optional<v1::Inspection>> AnsweredBefore(const storage::Store& store,
                                                             const ChangeContext& change) {
  auto row = store.Get(kResponseTable, SiteKey(change.site, change.request_id));
  if (!row.ok()) return row.status();
  if (!row->has_value()) return std::optional<v1::Inspection>();
  auto first = ReplayResponse(**row, change.request_hash);
  if (!first.ok()) return first.status();
  return std::optional<v1::Inspection>(*std::move(first));
}

// What inventory takes as a reason: not empty, one line.
bool IsSentence(std::string_view text) {
  return !text.empty() && text.size() <= kReasonBytesMax &&
         std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string MediaTypeOf(std::string_view bytes) {
  const auto header = vision::CheckHeader(bytes);
  return header.ok() ? std::string(vision::MediaType(header->format)) : "application/octet-stream";
}

absl::StatusOr<v1::Inspection> ParseInspection(const std::string& bytes) {
  v1::Inspection inspection;
  if (inspection.ParseFromString(bytes)) return inspection;
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       "The record of an inspection cannot be read. Run fsck.");
}

// The inspection that a row of kByAssetTable stands for.
absl::StatusOr<v1::Inspection> LatestOf(const storage::Store& store, const std::string& site,
                                        const std::string& by_asset_key) {
  const std::string id = by_asset_key.substr(by_asset_key.rfind('\0') + 1);
  auto row = store.Get(kLatestTable, InspectionKey(site, id));
  if (!row.ok()) return row.status();
  if (row->has_value()) return ParseInspection(**row);
  return common::Error(absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
                       absl::StrCat("The record of inspection ", id, " is missing. Run fsck."));
}

}  // namespace

GradingService::GradingService(Parts parts, std::vector<Scale> scales,
                               std::optional<double> um_per_px)
    : parts_(parts), scales_(std::move(scales)), um_per_px_(um_per_px) {}

GradingService::~GradingService() { Stop(); }

void GradingService::Start(std::shared_ptr<grpc::Channel> inventory, Outbox::Authorize as_service) {
  inventory_ = inventory::v1::InventoryService::NewStub(inventory);
  outbox_ = std::make_unique<Outbox>(parts_.store, parts_.committer, std::move(inventory),
                                     std::move(as_service), Outbox::Pauses());
}

void GradingService::Stop() {
  if (outbox_ != nullptr) outbox_->Stop();
}

grpc::ServerUnaryReactor* GradingService::Inspect(grpc::CallbackServerContext* context,
                                                  const v1::InspectRequest* request,
                                                  v1::Inspection* response) {
  return shell_->UnaryBlocking(context, "Inspect", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Inspect(caller, *request, response);
                               });
}

absl::Status GradingService::Inspect(const common::Caller& caller,
                                     const v1::InspectRequest& request, v1::Inspection* response) {
  if (auto status = CheckInspect(request); !status.ok()) return status;
  ChangeContext change = ContextOf(caller, request.asset(), request, request.request_id());
  auto before = AnsweredBefore(*parts_.store, change);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    *response = **std::move(before);
    return absl::OkStatus();
  }
  auto scale = FindScale(request.scale());
  if (!scale.ok()) return scale.status();
  if (auto status = CheckAsset(caller, request.asset()); !status.ok()) return status;
  v1::Inspection proposed;
  proposed.set_asset(request.asset());
  for (const v1::Picture& picture : request.pictures()) {
    if (caller.cancelled()) {
      return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "The caller gave up.");
    }
    auto measured = Measure(change.site, picture, &proposed);
    if (!measured.ok()) return measured.status();
    *proposed.add_pictures() = *std::move(measured);
  }
  Grade(**scale, &proposed);
  ProposeCommand command(std::move(change), std::move(proposed),
                         [response](const absl::Status& status, const v1::Inspection& made) {
                           if (status.ok()) *response = made;
                         });
  return parts_.committer->Run(command);
}

absl::Status GradingService::CheckAsset(const common::Caller& caller, const std::string& asset) {
  grpc::ClientContext context;
  common::Authorize(context, caller);
  inventory::v1::GetAssetRequest get;
  get.set_name(asset);
  inventory::v1::Asset found;
  const auto status = common::FromGrpc(inventory_->GetAsset(&context, get, &found));
  if (!status.ok() || found.state() == inventory::v1::ASSET_STATE_IN_STOCK) return status;
  // Inventory would never take the grade.
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "ASSET_NOT_OPEN",
      absl::StrCat("'", asset, "' is no longer here; if it has come back, scan it in first."),
      {{"name", asset}});
}

absl::StatusOr<const Scale*> GradingService::FindScale(const std::string& id) const {
  for (const Scale& scale : scales_) {
    if (id.empty() || scale.id() == id) return &scale;
  }
  return common::Error(absl::StatusCode::kNotFound, "SCALE_NOT_FOUND",
                       absl::StrCat("There is no scale '", id, "'. ListScales names them."),
                       {{"scale", id}});
}

// A refusal of the pool is the call's, to be tried again; a picture that cannot be measured is a
// problem of the picture.
absl::StatusOr<v1::InspectedPicture> GradingService::Measure(const std::string& site,
                                                             const v1::Picture& picture,
                                                             v1::Inspection* inspection) {
  v1::InspectedPicture inspected;
  std::string bytes;
  if (picture.source_case() == v1::Picture::kSha256) {
    auto known = parts_.evidence->Stat(site, picture.sha256());
    if (!known.ok()) return known.status();
    auto kept = parts_.evidence->Get(site, picture.sha256());
    if (!kept.ok()) return kept.status();
    bytes = *std::move(kept);
    *inspected.mutable_evidence() = known->evidence();
  } else {
    loopdock::common::v1::EvidenceRef declared;
    declared.set_media_type(MediaTypeOf(picture.inline_()));
    declared.set_purpose("inspection");
    auto put = parts_.evidence->Put(site, picture.inline_(), declared);
    if (!put.ok()) return put.status();
    *inspected.mutable_evidence() = put->evidence();
    bytes = picture.inline_();
  }
  vision::v1::Request request;
  if (picture.has_um_per_px()) {
    request.mutable_measure()->set_um_per_px(picture.um_per_px());
  } else if (um_per_px_) {
    request.mutable_measure()->set_um_per_px(*um_per_px_);
  } else {
    request.mutable_measure();
  }
  auto measured = parts_.vision->Run(std::move(bytes), std::move(request));
  if (measured.ok()) {
    *inspected.mutable_measurement() = measured->measurement();
    *inspection->mutable_versions() = measured->versions();
  } else if (absl::IsResourceExhausted(measured.status()) ||
             absl::IsUnavailable(measured.status())) {
    return measured.status();
  } else {
    inspected.set_problem(absl::StrCat(common::ReasonOf(measured.status()), ": ",
                                       std::string(measured.status().message())));
  }
  return inspected;
}

// A picture that could not be measured leaves the device ungraded: what was not seen is never
// called clean.
void GradingService::Grade(const Scale& scale, v1::Inspection* inspection) const {
  inspection->set_scale(scale.name());
  inspection->set_scale_sha256(scale.sha256());
  std::vector<const vision::v1::Measurement*> measurements;
  for (const v1::InspectedPicture& picture : inspection->pictures()) {
    if (!picture.problem().empty()) {
      inspection->set_cosmetic(inventory::v1::COSMETIC_C0);
      inspection->set_reason("IMAGE_QUALITY");
      inspection->add_explanations(picture.problem());
      return;
    }
    measurements.push_back(&picture.measurement());
  }
  const GradeResult result = scale.Evaluate(measurements, Checklist());
  inventory::v1::Cosmetic cosmetic = inventory::v1::COSMETIC_C0;
  inventory::v1::Cosmetic_Parse("COSMETIC_" + result.grade, &cosmetic);
  inspection->set_cosmetic(cosmetic);
  inspection->set_reason(result.reason);
  inspection->set_margin(result.margin);
  inspection->mutable_explanations()->Assign(result.reasons.begin(), result.reasons.end());
  auto severity = result.severities.begin();
  for (v1::InspectedPicture& picture : *inspection->mutable_pictures()) {
    for (int i = 0; i < picture.measurement().defects_size(); ++i) {
      picture.add_severities(severity == result.severities.end() ? 0 : *severity++);
    }
  }
}

grpc::ServerUnaryReactor* GradingService::ConfirmInspection(
    grpc::CallbackServerContext* context, const v1::ConfirmInspectionRequest* request,
    v1::Inspection* response) {
  return shell_->UnaryAsync(
      context, "ConfirmInspection", *request,
      [&](const common::Caller& caller, const common::Done& done) {
        Settle(caller, ContextOf(caller, request->name(), *request, request->request_id()),
               {.inspection_id = request->name(), .version = request->version()}, response, done);
      });
}

grpc::ServerUnaryReactor* GradingService::OverrideInspection(
    grpc::CallbackServerContext* context, const v1::OverrideInspectionRequest* request,
    v1::Inspection* response) {
  return shell_->UnaryAsync(
      context, "OverrideInspection", *request,
      [&](const common::Caller& caller, const common::Done& done) {
        common::FieldViolations violations;
        if (request->cosmetic() == inventory::v1::COSMETIC_UNSPECIFIED ||
            !inventory::v1::Cosmetic_IsValid(request->cosmetic())) {
          violations.Add("cosmetic", "is required: C0 to C9");
        }
        if (!IsSentence(request->reason())) {
          violations.Add("reason",
                         "is required, at most 1000 bytes without control characters: why the "
                         "grade is changed");
        }
        if (!violations.empty()) return done(violations.ToStatus());
        Settle(caller, ContextOf(caller, request->name(), *request, request->request_id()),
               {.inspection_id = request->name(),
                .version = request->version(),
                .override_cosmetic = request->cosmetic(),
                .reason = request->reason()},
               response, done);
      });
}

void GradingService::Settle(const common::Caller&, ChangeContext change,
                            SettleCommand::Settlement settlement, v1::Inspection* response,
                            const common::Done& done) {
  const auto name = common::ParseName(settlement.inspection_id, "inspections");
  if (!name.ok()) return done(name.status());
  settlement.inspection_id = name->id;
  auto command = std::make_unique<SettleCommand>(
      std::move(change), std::move(settlement),
      [this, response, done](const absl::Status& status, const v1::Inspection& made) {
        if (status.ok()) {
          *response = made;
          outbox_->Notify();
        }
        done(status);
      });
  if (auto status = parts_.committer->Submit(std::move(command)); !status.ok()) done(status);
}

grpc::ServerUnaryReactor* GradingService::GetInspection(grpc::CallbackServerContext* context,
                                                        const v1::GetInspectionRequest* request,
                                                        v1::Inspection* response) {
  return shell_->UnaryBlocking(
      context, "GetInspection", *request,
      [this, request, response](const common::Caller&) -> absl::Status {
        const auto name = common::ParseName(request->name(), "inspections");
        if (!name.ok()) return name.status();
        auto row = request->version() == 0
                       ? parts_.store->Get(kLatestTable, InspectionKey(name->site, name->id))
                       : parts_.store->Get(kVersionTable,
                                           VersionKey(name->site, name->id, request->version()));
        if (!row.ok()) return row.status();
        if (!row->has_value()) {
          return common::Error(absl::StatusCode::kNotFound, "INSPECTION_NOT_FOUND",
                               absl::StrCat("There is no inspection '", request->name(),
                                            "' of version ", request->version(), "."),
                               {{"name", request->name()}});
        }
        auto inspection = ParseInspection(**row);
        if (!inspection.ok()) return inspection.status();
        *response = std::move(*inspection);
        return absl::OkStatus();
      });
}

grpc::ServerUnaryReactor* GradingService::ListInspections(grpc::CallbackServerContext* context,
                                                          const v1::ListInspectionsRequest* request,
                                                          v1::ListInspectionsResponse* response) {
  return shell_->UnaryBlocking(
      context, "ListInspections", *request,
      [this, request, response](const common::Caller&) { return List(*request, response); });
}

absl::Status GradingService::List(const v1::ListInspectionsRequest& request,
                                  v1::ListInspectionsResponse* response) {
  const auto site = common::ParseSite(request.site());
  if (!site.ok()) return site.status();
  const auto size = common::PageSize(request.page_size());
  if (!size.ok()) return size.status();
  const std::string question =
      absl::StrCat("ListInspections ", request.site(), " ", request.asset());
  const auto after = common::AfterPageToken(question, request.page_token());
  if (!after.ok()) return after.status();
  storage::ScanOptions scan{.table = kLatestTable, .limit = *size, .bytes_max = kPageBytesMax};
  std::string prefix = SiteKey(*site, "");
  if (!request.asset().empty()) {
    const auto asset = common::ParseName(request.asset(), "assets");
    if (!asset.ok()) return asset.status();
    if (asset->site != *site) {
      common::FieldViolations violations;
      violations.Add("asset", absl::StrCat("is an asset of ", request.site()));
      return violations.ToStatus();
    }
    scan.table = kByAssetTable;
    prefix = ByAssetKey(*site, asset->id, "");
  }
  scan.prefix = prefix;
  if (!after->empty()) scan.after = *after;
  auto page = parts_.store->Scan(scan);
  if (!page.ok()) return page.status();
  std::size_t bytes = 0;
  for (const storage::Row& row : page->rows) {
    auto inspection = scan.table == kByAssetTable ? LatestOf(*parts_.store, *site, row.key)
                                                  : ParseInspection(row.value);
    if (!inspection.ok()) return inspection.status();
    bytes += inspection->ByteSizeLong();
    *response->add_inspections() = *std::move(inspection);
    const bool last = &row == &page->rows.back();
    if ((!last && bytes > kPageBytesMax) || (last && page->more)) {
      response->set_next_page_token(common::PageToken(question, row.key));
      break;
    }
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* GradingService::ListScales(grpc::CallbackServerContext* context,
                                                     const v1::ListScalesRequest* request,
                                                     v1::ListScalesResponse* response) {
  return shell_->Unary(context, "ListScales", *request, [&](const common::Caller&) {
    for (const Scale& scale : scales_) {
      v1::GradeScale* listed = response->add_scales();
      listed->set_id(scale.id());
      listed->set_version(scale.version());
      listed->set_sha256(scale.sha256());
      listed->set_display_name(scale.display_name());
    }
    return absl::OkStatus();
  });
}

}  // namespace loopdock::grading
