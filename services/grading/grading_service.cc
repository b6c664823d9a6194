// SPDX-License-Identifier: Apache-2.0
#include "services/grading/grading_service.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/credentials.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/grading/core/agreement.h"
#include "services/grading/core/tables.h"
#include "services/grading/core/views.h"

namespace loopdock::grading {
namespace {

constexpr int kPicturesMax = 16;
constexpr int kAnswersMax = 100;
constexpr std::size_t kWordBytesMax = 200;
constexpr std::size_t kLightBytesMax = 32;
constexpr double kThicknessUmMax = 500'000;
constexpr std::size_t kInlineBytesMax = std::size_t{16} << 20;
constexpr std::size_t kReasonBytesMax = 1000;
constexpr int kDrawingPxMax = 2400;
constexpr int kDaysDefault = 7;
constexpr int kDaysMax = 3650;
// A page ends after the inspection that passes it: a client takes 4 MiB in one message.
constexpr std::size_t kPageBytesMax = std::size_t{1} << 20;

bool IsLight(const std::string& word) {
  return word.size() <= kLightBytesMax && std::all_of(word.begin(), word.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-';
         });
}

std::string DigestOf(const v1::Picture& picture) {
  return picture.source_case() == v1::Picture::kSha256 ? picture.sha256()
                                                       : common::Sha256Hex(picture.inline_());
}

absl::Status CheckInspect(const v1::InspectRequest& request) {
  common::FieldViolations violations;
  if (!common::ParseName(request.asset(), "assets").ok()) {
    violations.Add("asset", "is `sites/{site}/assets/{asset}`");
  }
  if (request.pictures().empty() || request.pictures_size() > kPicturesMax) {
    violations.Add("pictures", absl::StrCat("has 1 to ", kPicturesMax, " pictures"));
  }
  std::size_t inline_bytes = 0;
  std::map<std::string, int> digests;
  for (int i = 0; i < request.pictures_size() && i < kPicturesMax; ++i) {
    const v1::Picture& picture = request.pictures(i);
    if (picture.source_case() == v1::Picture::SOURCE_NOT_SET) {
      violations.Add(absl::StrCat("pictures[", i, "]"), "needs inline bytes or a sha256");
    }
    if (picture.has_um_per_px() && !(picture.um_per_px() > 0 && picture.um_per_px() < 10'000)) {
      violations.Add(absl::StrCat("pictures[", i, "].um_per_px"),
                     "is between 0 and 10000 micrometres a pixel");
    }
    if (!vision::v1::Face_IsValid(picture.face())) {
      violations.Add(absl::StrCat("pictures[", i, "].face"), "is no face");
    }
    if (!IsLight(picture.light())) {
      violations.Add(absl::StrCat("pictures[", i, "].light"),
                     "is at most 32 letters, digits and hyphens");
    }
    inline_bytes += picture.inline_().size();
    const auto [first, is_new] = digests.emplace(DigestOf(picture), i);
    if (!is_new) {
      violations.Add(absl::StrCat("pictures[", i, "]"),
                     absl::StrCat("is the same picture as pictures[", first->second,
                                  "]: it is no second look; give each once"));
    }
  }
  if (request.answers_size() > kAnswersMax) violations.Add("answers", "has at most 100");
  if (request.model().size() > kWordBytesMax) violations.Add("model", "has at most 200 bytes");
  if (request.category().size() > kWordBytesMax) {
    violations.Add("category", "has at most 200 bytes");
  }
  if (!request.station().empty() && !common::IsValidId(request.station())) {
    violations.Add("station", "is the id of a station: letters, digits, - _ and .");
  }
  if (!(request.thickness_um() >= 0 && request.thickness_um() <= kThicknessUmMax)) {
    violations.Add("thickness_um", "is between 0 and 500000 micrometres");
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

absl::Status HazardHeld(const std::string& asset, const std::string& reason) {
  return common::Error(absl::StatusCode::kFailedPrecondition, "HAZARD_HOLD",
                       absl::StrCat("'", asset, "' is held as a hazard (", reason,
                                    "): a supervisor releases the hold before it is graded."),
                       {{"name", asset}});
}

}  // namespace

GradingService::GradingService(Parts parts) : parts_(std::move(parts)) {}

GradingService::~GradingService() { Stop(); }

void GradingService::Start(std::shared_ptr<grpc::Channel> inventory, Outbox::Authorize as_service) {
  inventory_ = inventory::v1::InventoryService::NewStub(inventory);
  holds_ = std::make_unique<Outbox>(parts_.store, parts_.committer, kHoldTable, inventory,
                                    as_service, Outbox::Pauses());
  outbox_ = std::make_unique<Outbox>(parts_.store, parts_.committer, kOutboxTable,
                                     std::move(inventory), std::move(as_service), Outbox::Pauses());
}

void GradingService::Stop() {
  if (holds_ != nullptr) holds_->Stop();
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
  auto scale = parts_.grader->FindScale(request.scale());
  if (!scale.ok()) return scale.status();
  // Wrong answers are refused before anything is measured.
  auto answered = parts_.grader->checklists().Read(request.category(), request.answers());
  if (!answered.ok()) return answered.status();
  auto asset = OpenAsset(caller, request.asset());
  if (!asset.ok()) return asset.status();
  v1::Inspection proposed;
  auto status = parts_.inspector->Measure(caller, request, *asset, &proposed);
  if (!status.ok()) return status;
  NoteDefects(proposed);
  if (status = parts_.grader->Grade(**scale, proposed); !status.ok()) return status;
  ProposeCommand command(std::move(change), std::move(proposed),
                         [response](const absl::Status& made, const v1::Inspection& inspection) {
                           if (made.ok()) *response = inspection;
                         });
  status = parts_.committer->Run(command);
  if (status.ok() && response->has_hazard_hold()) holds_->Notify();
  return status;
}

absl::StatusOr<inventory::v1::Asset> GradingService::OpenAsset(const common::Caller& caller,
                                                               const std::string& asset) {
  grpc::ClientContext context;
  common::Authorize(context, caller);
  inventory::v1::GetAssetRequest get;
  get.set_name(asset);
  inventory::v1::Asset found;
  const auto status = common::FromGrpc(inventory_->GetAsset(&context, get, &found));
  if (!status.ok()) return status;
  if (found.state() != inventory::v1::ASSET_STATE_IN_STOCK) {
    // Inventory would never take the grade.
    return common::Error(
        absl::StatusCode::kFailedPrecondition, "ASSET_NOT_OPEN",
        absl::StrCat("'", asset, "' is no longer here; if it has come back, scan it in first."),
        {{"name", asset}});
  }
  for (const inventory::v1::Hold& hold : found.holds()) {
    if (hold.kind() == inventory::v1::HOLD_KIND_HAZARD) return HazardHeld(asset, hold.reason());
  }
  return found;
}

// Inventory is asked only about a device in which an inspection found a hazard: whether its hold
// still stands.
absl::Status GradingService::CheckNoHazard(const common::Caller& caller,
                                           const v1::Inspection& inspection) {
  const auto asset = common::ParseName(inspection.asset(), "assets");
  if (!asset.ok()) return asset.status();
  const std::string prefix = ByAssetKey(asset->site, asset->id, "");
  auto rows = parts_.store->Scan({.table = kByAssetTable, .prefix = prefix, .reverse = true});
  if (!rows.ok()) return rows.status();
  for (const storage::Row& row : rows->rows) {
    auto other = LatestOf(*parts_.store, asset->site, row.key);
    if (!other.ok()) return other.status();
    if (!other->has_hazard_hold()) continue;
    if (!other->hazard_hold().placed()) {
      return HazardHeld(other->asset(), other->hazard_hold().reason());
    }
    return OpenAsset(caller, other->asset()).status();
  }
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* GradingService::ConfirmInspection(
    grpc::CallbackServerContext* context, const v1::ConfirmInspectionRequest* request,
    v1::Inspection* response) {
  return shell_->UnaryBlocking(
      context, "ConfirmInspection", *request,
      [this, request, response](const common::Caller& caller) {
        return Settle(caller, request->name(),
                      ContextOf(caller, request->name(), *request, request->request_id()),
                      {.inspection_id = "", .version = request->version(), .reason = ""}, response);
      });
}

grpc::ServerUnaryReactor* GradingService::OverrideInspection(
    grpc::CallbackServerContext* context, const v1::OverrideInspectionRequest* request,
    v1::Inspection* response) {
  return shell_->UnaryBlocking(
      context, "OverrideInspection", *request,
      [this, request, response](const common::Caller& caller) -> absl::Status {
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
        if (!violations.empty()) return violations.ToStatus();
        return Settle(caller, request->name(),
                      ContextOf(caller, request->name(), *request, request->request_id()),
                      {.inspection_id = "",
                       .version = request->version(),
                       .override_cosmetic = request->cosmetic(),
                       .reason = request->reason()},
                      response);
      });
}

absl::Status GradingService::Settle(const common::Caller& caller, const std::string& name,
                                    ChangeContext change, SettleCommand::Settlement settlement,
                                    v1::Inspection* response) {
  const auto parsed = common::ParseName(name, "inspections");
  if (!parsed.ok()) return parsed.status();
  auto before = AnsweredBefore(*parts_.store, change);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    *response = **std::move(before);
    return absl::OkStatus();
  }
  const auto latest = Find(name, 0);
  if (!latest.ok()) return latest.status();
  if (auto status = CheckNoHazard(caller, *latest); !status.ok()) return status;
  settlement.inspection_id = parsed->id;
  SettleCommand command(std::move(change), std::move(settlement),
                        [response](const absl::Status& status, const v1::Inspection& made) {
                          if (status.ok()) *response = made;
                        });
  const absl::Status status = parts_.committer->Run(command);
  if (status.ok()) outbox_->Notify();
  return status;
}

grpc::ServerUnaryReactor* GradingService::EditInspection(grpc::CallbackServerContext* context,
                                                         const v1::EditInspectionRequest* request,
                                                         v1::Inspection* response) {
  return shell_->UnaryBlocking(context, "EditInspection", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Edit(caller, *request, response);
                               });
}

absl::Status GradingService::Edit(const common::Caller& caller,
                                  const v1::EditInspectionRequest& request,
                                  v1::Inspection* response) {
  const auto name = common::ParseName(request.name(), "inspections");
  if (!name.ok()) return name.status();
  common::FieldViolations violations;
  if (request.edits().empty() && request.answers().empty()) {
    violations.Add("edits", "needs a change of a defect, or an answer in `answers`");
  }
  if (request.answers_size() > kAnswersMax) violations.Add("answers", "has at most 100");
  if (!request.reason().empty() && !IsSentence(request.reason())) {
    violations.Add("reason", "is at most 1000 bytes without control characters");
  }
  if (!violations.empty()) return violations.ToStatus();
  EditCommand command(ContextOf(caller, request.name(), request, request.request_id()), name->id,
                      request, parts_.grader,
                      [response](const absl::Status& status, const v1::Inspection& made) {
                        if (status.ok()) *response = made;
                      });
  const absl::Status status = parts_.committer->Run(command);
  if (status.ok() && response->has_hazard_hold()) holds_->Notify();
  return status;
}

absl::StatusOr<v1::Inspection> GradingService::Find(const std::string& name,
                                                    std::int32_t version) const {
  const auto parsed = common::ParseName(name, "inspections");
  if (!parsed.ok()) return parsed.status();
  auto row = version == 0
                 ? parts_.store->Get(kLatestTable, InspectionKey(parsed->site, parsed->id))
                 : parts_.store->Get(kVersionTable, VersionKey(parsed->site, parsed->id, version));
  if (!row.ok()) return row.status();
  if (row->has_value()) return ParseInspection(**row);
  return common::Error(
      absl::StatusCode::kNotFound, "INSPECTION_NOT_FOUND",
      absl::StrCat("There is no inspection '", name,
                   version == 0 ? "'." : absl::StrCat("' of version ", version, ".")),
      {{"name", name}});
}

grpc::ServerUnaryReactor* GradingService::GetInspection(grpc::CallbackServerContext* context,
                                                        const v1::GetInspectionRequest* request,
                                                        v1::Inspection* response) {
  return shell_->UnaryBlocking(context, "GetInspection", *request,
                               [this, request, response](const common::Caller&) -> absl::Status {
                                 auto inspection = Find(request->name(), request->version());
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
      absl::StrCat("ListInspections ", request.site(), " ", request.asset(), " ",
                   request.needs_review(), " ", request.state());
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
  } else if (request.needs_review()) {
    scan.table = kReviewTable;
  }
  scan.prefix = prefix;
  if (!after->empty()) scan.after = *after;
  auto page = parts_.store->Scan(scan);
  if (!page.ok()) return page.status();
  std::size_t bytes = 0;
  for (const storage::Row& row : page->rows) {
    auto inspection = scan.table == kLatestTable ? ParseInspection(row.value)
                                                 : LatestOf(*parts_.store, *site, row.key);
    if (!inspection.ok()) return inspection.status();
    const bool wanted = (!request.needs_review() || inspection->needs_review()) &&
                        (request.state() == v1::INSPECTION_STATE_UNSPECIFIED ||
                         inspection->state() == request.state());
    if (wanted) {
      bytes += inspection->ByteSizeLong();
      *response->add_inspections() = *std::move(inspection);
    }
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
    const std::vector<Scale>& scales = parts_.grader->scales();
    for (const Scale& scale : scales) {
      *response->add_scales() = ToProto(scale, &scale == &scales.front());
    }
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GradingService::GetScale(grpc::CallbackServerContext* context,
                                                   const v1::GetScaleRequest* request,
                                                   v1::GradeScale* response) {
  return shell_->Unary(context, "GetScale", *request, [&](const common::Caller&) -> absl::Status {
    const auto scale = parts_.grader->FindScale(request->id());
    if (!scale.ok()) return scale.status();
    const auto place = static_cast<std::size_t>(*scale - parts_.grader->scales().data());
    *response = ToProto(**scale, place == 0);
    response->set_text(parts_.scale_texts[place]);
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GradingService::ListChecklists(grpc::CallbackServerContext* context,
                                                         const v1::ListChecklistsRequest* request,
                                                         v1::ListChecklistsResponse* response) {
  return shell_->Unary(context, "ListChecklists", *request, [&](const common::Caller&) {
    for (v1::Checklist& list : parts_.grader->checklists().Lists(request->category())) {
      *response->add_checklists() = std::move(list);
    }
    response->set_sha256(parts_.grader->checklists().sha256());
    return absl::OkStatus();
  });
}

grpc::ServerUnaryReactor* GradingService::DrawInspection(grpc::CallbackServerContext* context,
                                                         const v1::DrawInspectionRequest* request,
                                                         v1::DrawInspectionResponse* response) {
  return shell_->UnaryBlocking(
      context, "DrawInspection", *request,
      [this, request, response](const common::Caller&) { return Draw(*request, response); });
}

absl::Status GradingService::Draw(const v1::DrawInspectionRequest& request,
                                  v1::DrawInspectionResponse* response) {
  const auto inspection = Find(request.name(), request.version());
  if (!inspection.ok()) return inspection.status();
  common::FieldViolations violations;
  if (request.long_side_px() < 0 || request.long_side_px() > kDrawingPxMax) {
    violations.Add("long_side_px", "is 0 to 2400");
  }
  if (request.picture() < 0 || request.picture() >= inspection->pictures_size()) {
    violations.Add("picture", absl::StrCat("is 0 to ", inspection->pictures_size() - 1, " here"));
  }
  if (!violations.empty()) return violations.ToStatus();
  const v1::InspectedPicture& picture = inspection->pictures(request.picture());
  const auto site = common::SiteOf(request.name());
  auto bytes = parts_.evidence->Get(site, picture.evidence().sha256());
  if (!bytes.ok()) return bytes.status();
  vision::v1::Request work;
  vision::v1::DrawRequest& draw = *work.mutable_draw();
  *draw.mutable_measurement() = picture.measurement();
  for (int i = 0; i < picture.severities_size(); ++i) {
    draw.add_severities(picture.severities(i));
    const bool counts = i >= picture.notes_size() || picture.notes(i).uncounted().empty();
    if (!counts) draw.add_uncounted(i);
  }
  draw.set_long_side_px(request.long_side_px());
  if (!picture.problem().empty()) {
    draw.set_title(picture.problem());
  } else if (inspection->explanations_size() > 0) {
    draw.set_title(inspection->explanations(0));
  }
  auto drawn = parts_.vision(*std::move(bytes), std::move(work));
  if (!drawn.ok()) return drawn.status();
  response->set_jpeg(drawn->drawing().jpeg());
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* GradingService::ReportAgreement(grpc::CallbackServerContext* context,
                                                          const v1::ReportAgreementRequest* request,
                                                          v1::AgreementReport* response) {
  return shell_->UnaryBlocking(context, "ReportAgreement", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Report(caller, *request, response);
                               });
}

absl::Status GradingService::Report(const common::Caller& caller,
                                    const v1::ReportAgreementRequest& request,
                                    v1::AgreementReport* response) const {
  const auto site = common::ParseSite(request.site());
  if (!site.ok()) return site.status();
  if (request.days_between_max() < 0 || request.days_between_max() > kDaysMax) {
    common::FieldViolations violations;
    violations.Add("days_between_max", "is 0 to 3650");
    return violations.ToStatus();
  }
  const int days = request.days_between_max() == 0 ? kDaysDefault : request.days_between_max();
  const absl::Time start =
      request.has_start_time() ? common::FromProto(request.start_time()) : absl::InfinitePast();
  const absl::Time end =
      request.has_end_time() ? common::FromProto(request.end_time()) : absl::InfiniteFuture();
  AgreementReporter reporter(days * absl::Hours(24));
  const std::string prefix = SiteKey(*site, "");
  storage::ScanOptions scan{.table = kVersionTable, .prefix = prefix};
  std::string after;
  bool wanted = false;
  while (true) {
    if (caller.cancelled()) {
      return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "The caller gave up.");
    }
    if (!after.empty()) scan.after = after;
    auto page = parts_.store->Scan(scan);
    if (!page.ok()) return page.status();
    for (const storage::Row& row : page->rows) {
      auto version = ParseInspection(row.value);
      if (!version.ok()) return version.status();
      // The first version decides about all of an inspection.
      if (version->version() == 1) {
        const absl::Time made = common::FromProto(version->create_time());
        const std::string scale = version->scale().substr(0, version->scale().find('@'));
        wanted =
            made >= start && made < end && (request.scale().empty() || request.scale() == scale);
      }
      if (wanted) reporter.Add(*version);
    }
    if (!page->more) break;
    after = page->rows.back().key;
  }
  *response = reporter.Finish();
  return absl::OkStatus();
}

}  // namespace loopdock::grading
