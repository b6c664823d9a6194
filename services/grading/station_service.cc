// SPDX-License-Identifier: Apache-2.0
#include "services/grading/station_service.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/common/names.h"
#include "services/common/page.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"
#include "services/vision/header_check.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::grading {
namespace {

// R2's cosmetic category of a device without marks that matter; no picture shows a better one.
constexpr char kCleanGrade[] = "C6";
constexpr int kPicturesMin = 4;
constexpr int kPicturesMax = 32;
constexpr std::size_t kInlineBytesMax = std::size_t{16} << 20;
constexpr std::size_t kReferenceBytesMax = std::size_t{8} << 20;
constexpr std::size_t kModelBytesMax = 200;
constexpr std::size_t kStationBytesMax = 63;
// Fewer points of a view say too little about the lens.
constexpr int kPointsMin = 8;

void CheckBoard(const vision::v1::Board& board, const std::string& field,
                common::FieldViolations& violations) {
  const absl::Status status = vision::CheckBoard(board);
  if (!status.ok()) violations.Add(field, std::string(status.message()));
}

absl::Status CheckCalibrate(const v1::CalibrateStationRequest& request,
                            const std::string& station) {
  common::FieldViolations violations;
  if (!common::ParseSite(request.site()).ok()) violations.Add("site", "is `sites/{site}`");
  if (!common::IsValidId(station) || station.size() > kStationBytesMax) {
    violations.Add("station", "is the id of a station, at most 63 letters, digits, - _ and .");
  }
  CheckBoard(request.board(), "board", violations);
  if (request.has_mat()) CheckBoard(request.mat(), "mat", violations);
  if (request.pictures_size() < kPicturesMin || request.pictures_size() > kPicturesMax) {
    violations.Add("pictures",
                   absl::StrCat("has ", kPicturesMin, " to ", kPicturesMax, " pictures"));
  }
  std::size_t inline_bytes = 0;
  for (const v1::Picture& picture : request.pictures()) {
    if (picture.source_case() == v1::Picture::SOURCE_NOT_SET) {
      violations.Add("pictures", "need inline bytes or a sha256 each");
      break;
    }
    inline_bytes += picture.inline_().size();
  }
  if (inline_bytes > kInlineBytesMax) {
    violations.Add("pictures", "are at most 16 MiB inline together; put larger ones as evidence");
  }
  return violations.ToStatus();
}

// The worker could not be asked, or failed: that says nothing about pictures.
bool IsNotOfThePicture(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsUnavailable(status) ||
         absl::IsInternal(status);
}

absl::Status Poor(const std::string& what) {
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "CALIBRATION_POOR",
      absl::StrCat(what,
                   " Take sharp pictures from other sides, the board flat and whole in each; "
                   "nothing was kept."));
}

// What a record is about: lists are asked for it.
const std::string& AboutOf(const v1::Calibration& calibration) { return calibration.station(); }
const std::string& AboutOf(const v1::Reference& reference) { return reference.model(); }

}  // namespace

grpc::ServerUnaryReactor* StationService::CalibrateStation(
    grpc::CallbackServerContext* context, const v1::CalibrateStationRequest* request,
    v1::Calibration* response) {
  return shell_->UnaryBlocking(context, "CalibrateStation", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Calibrate(caller, *request, response);
                               });
}

absl::Status StationService::Calibrate(const common::Caller& caller,
                                       const v1::CalibrateStationRequest& request,
                                       v1::Calibration* response) {
  const std::string station = request.station().empty() ? caller.station : request.station();
  if (auto status = CheckCalibrate(request, station); !status.ok()) return status;
  const std::string site = *common::ParseSite(request.site());
  ChangeContext change{.site = site,
                       .actor = caller.principal,
                       .station = caller.station,
                       .request_id = request.request_id(),
                       .request_hash = RequestHash(request)};
  auto row = parts_.store->Get(kStationResponseTable, SiteKey(site, change.request_id));
  if (!row.ok()) return row.status();
  auto before = KeptBefore<v1::Calibration>(*row, change.request_hash);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    *response = **std::move(before);
    return absl::OkStatus();
  }
  v1::Calibration calibration;
  calibration.set_station(station);
  *calibration.mutable_board() = request.board();
  if (request.has_mat()) *calibration.mutable_mat() = request.mat();
  vision::v1::SolveLensRequest solve;
  std::vector<int> used;
  auto status = FindBoards(caller, site, request, &calibration, &solve, &used);
  if (!status.ok()) return status;
  if (status = Solve(std::move(solve), &calibration); !status.ok()) return status;
  // Evidence of a calibration that holds; the pictures of a refused one prove nothing.
  for (const int i : used) {
    auto kept = parts_.inspector->Keep(site, request.pictures(i), "calibration");
    if (!kept.ok()) return kept.status();
    *calibration.add_pictures() = kept->evidence;
  }
  // The command sets when; how long it holds is known here.
  *calibration.mutable_create_time() = common::ToProto(absl::UnixEpoch());
  *calibration.mutable_expire_time() =
      common::ToProto(absl::UnixEpoch() + parts_.calibration_holds);
  KeepCommand<v1::Calibration> command(
      kCalibrations, std::move(change), std::move(calibration),
      [response](const absl::Status& made, const v1::Calibration& kept) {
        if (made.ok()) *response = kept;
      });
  status = parts_.committer->Run(command);
  if (status.ok()) response->set_in_force(true);
  return status;
}

// A picture in which the board cannot be seen is left out; too few that show it are refused.
absl::Status StationService::FindBoards(const common::Caller& caller, const std::string& site,
                                        const v1::CalibrateStationRequest& request,
                                        v1::Calibration* calibration,
                                        vision::v1::SolveLensRequest* solve,
                                        std::vector<int>* used) const {
  *solve->mutable_board() = request.board();
  std::vector<std::string> unseen;
  for (int i = 0; i < request.pictures_size(); ++i) {
    if (caller.cancelled()) {
      return common::Error(absl::StatusCode::kCancelled, "CANCELLED", "The caller gave up.");
    }
    auto bytes = parts_.inspector->Bytes(site, request.pictures(i));
    if (!bytes.ok()) return bytes.status();
    vision::v1::Request work;
    *work.mutable_find_board()->mutable_board() = request.board();
    auto found = parts_.vision(*std::move(bytes), std::move(work));
    if (IsNotOfThePicture(found.status())) return found.status();
    if (!found.ok() || found->board_view().points_size() < kPointsMin) {
      unseen.push_back(absl::StrCat(
          "picture ", i + 1, " ",
          found.ok() ? absl::StrCat("shows ", found->board_view().points_size(), " points")
                     : absl::StrCat("(", common::ReasonOf(found.status()), ")")));
      continue;
    }
    const vision::v1::BoardView& view = found->board_view();
    if (solve->views_size() > 0 && (solve->views(0).width_px() != view.width_px() ||
                                    solve->views(0).height_px() != view.height_px())) {
      return Poor(absl::StrCat("Picture ", i + 1, " has another size than the first."));
    }
    *solve->add_views() = view;
    used->push_back(i);
    *calibration->mutable_versions() = found->versions();
  }
  if (solve->views_size() >= kPicturesMin) return absl::OkStatus();
  return Poor(absl::StrCat("The board is seen in ", solve->views_size(), " pictures, at least ",
                           kPicturesMin, " are needed: ", absl::StrJoin(unseen, ", "), "."));
}

absl::Status StationService::Solve(vision::v1::SolveLensRequest solve,
                                   v1::Calibration* calibration) const {
  vision::v1::Request work;
  *work.mutable_solve_lens() = std::move(solve);
  auto solved = parts_.vision("", std::move(work));
  if (!solved.ok()) {
    if (IsNotOfThePicture(solved.status())) return solved.status();
    return Poor(
        absl::StrCat("No lens fits the pictures (", std::string(solved.status().message()), ")."));
  }
  const vision::v1::SolvedLens& lens = solved->solved_lens();
  // Written so that what is no number fails.
  if (!(lens.reprojection_px() >= 0 && lens.reprojection_px() <= parts_.reprojection_px_max)) {
    return Poor(
        absl::StrFormat("The marks lie %.2f pixels beside where the lens puts them, more "
                        "than %.2f.",
                        lens.reprojection_px(), parts_.reprojection_px_max));
  }
  *calibration->mutable_lens() = lens.lens();
  calibration->set_reprojection_px(lens.reprojection_px());
  *calibration->mutable_view_reprojection_px() = lens.view_reprojection_px();
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* StationService::RegisterReference(
    grpc::CallbackServerContext* context, const v1::RegisterReferenceRequest* request,
    v1::Reference* response) {
  return shell_->UnaryBlocking(context, "RegisterReference", *request,
                               [this, request, response](const common::Caller& caller) {
                                 return Register(caller, *request, response);
                               });
}

absl::Status StationService::Register(const common::Caller& caller,
                                      const v1::RegisterReferenceRequest& request,
                                      v1::Reference* response) {
  common::FieldViolations violations;
  if (!common::ParseSite(request.site()).ok()) violations.Add("site", "is `sites/{site}`");
  if (request.model().empty() || request.model().size() > kModelBytesMax ||
      request.model().find('\0') != std::string::npos) {
    violations.Add("model", "is required, at most 200 bytes");
  }
  if (request.picture().source_case() == v1::Picture::SOURCE_NOT_SET) {
    violations.Add("picture", "needs inline bytes or a sha256");
  }
  if (request.picture().face() == vision::v1::FACE_UNSPECIFIED ||
      !vision::v1::Face_IsValid(request.picture().face())) {
    violations.Add("picture.face", "is required: which face the picture shows");
  }
  if (!request.station().empty() && !common::IsValidId(request.station())) {
    violations.Add("station", "is the id of a station: letters, digits, - _ and .");
  }
  if (!violations.empty()) return violations.ToStatus();
  const std::string site = *common::ParseSite(request.site());
  ChangeContext change{.site = site,
                       .actor = caller.principal,
                       .station = caller.station,
                       .request_id = request.request_id(),
                       .request_hash = RequestHash(request)};
  auto row = parts_.store->Get(kStationResponseTable, SiteKey(site, change.request_id));
  if (!row.ok()) return row.status();
  auto before = KeptBefore<v1::Reference>(*row, change.request_hash);
  if (!before.ok()) return before.status();
  if (before->has_value()) {
    *response = **std::move(before);
    return absl::OkStatus();
  }
  auto bytes = parts_.inspector->Bytes(site, request.picture());
  if (!bytes.ok()) return bytes.status();
  const auto unfit = [](const std::string& what) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "REFERENCE_UNFIT",
                         absl::StrCat("The picture cannot serve as a reference: ", what));
  };
  const auto header = vision::CheckHeader(*bytes);
  if (!header.ok()) {
    return unfit(absl::StrCat(common::ReasonOf(header.status()), ". ",
                              std::string(header.status().message())));
  }
  const auto type = vision::MediaType(header->format);
  if ((type != "image/jpeg" && type != "image/png") || bytes->size() > kReferenceBytesMax) {
    return unfit("it is no JPEG or PNG of at most 8 MiB.");
  }
  vision::v1::Request work;
  work.mutable_measure()->set_face(request.picture().face());
  const auto calibration =
      parts_.inspector->UseStation(site, request.station(), caller, work.mutable_measure());
  if (!calibration.ok()) return calibration.status();
  auto measured = parts_.vision(*std::move(bytes), std::move(work));
  if (!measured.ok()) return measured.status();
  const vision::v1::Quality& quality = measured->measurement().quality();
  if (!quality.passed()) return unfit(absl::StrCat(quality.reason(), ". ", quality.advice()));
  if (const std::string damage = DamageOf(measured->measurement()); !damage.empty()) {
    return unfit(absl::StrCat("what it shows would count as belonging there (", damage,
                              "). Take a picture of a clean device."));
  }
  auto kept = parts_.inspector->Keep(site, request.picture(), "reference");
  if (!kept.ok()) return kept.status();
  v1::Reference reference;
  reference.set_model(request.model());
  reference.set_face(request.picture().face());
  *reference.mutable_evidence() = kept->evidence;
  *reference.mutable_measurement() = measured->measurement();
  KeepCommand<v1::Reference> command(
      kReferences, std::move(change), std::move(reference),
      [response](const absl::Status& made, const v1::Reference& record) {
        if (made.ok()) *response = record;
      });
  const absl::Status status = parts_.committer->Run(command);
  if (status.ok()) response->set_in_force(true);
  return status;
}

std::string StationService::DamageOf(const vision::v1::Measurement& measurement) const {
  const Scale& scale = parts_.grader->scales().front();
  if (!measurement.has_um_per_px()) {
    // What is no larger than dust cannot be told without a scale.
    for (const vision::v1::Defect& defect : measurement.defects()) {
      if (defect.confidence() < scale.confidence_min()) continue;
      return absl::StrCat("a ", DefectTypeName(defect.type()));
    }
    return "";
  }
  const GradeResult result = scale.Evaluate(measurement, {});
  const bool clean = result.grade >= kCleanGrade;
  return clean || result.reasons.empty() ? "" : result.reasons.front();
}

absl::StatusOr<bool> StationService::InForce(const StationTables& tables, const std::string& key,
                                             const std::string& name) const {
  auto id = parts_.store->Get(tables.in_force, key);
  if (!id.ok()) return id.status();
  return id->has_value() && name.ends_with("/" + **id);
}

template <typename Request, typename Record>
absl::Status StationService::List(const StationTables& tables, const Request& request,
                                  const std::string& about,
                                  google::protobuf::RepeatedPtrField<Record>* records,
                                  std::string* next_page_token) const {
  const auto site = common::ParseSite(request.site());
  if (!site.ok()) return site.status();
  const auto size = common::PageSize(request.page_size());
  if (!size.ok()) return size.status();
  const std::string question = absl::StrCat(tables.collection, " ", request.site(), " ", about);
  const auto after = common::AfterPageToken(question, request.page_token());
  if (!after.ok()) return after.status();
  const std::string prefix = SiteKey(*site, "");
  storage::ScanOptions scan{
      .table = tables.records, .prefix = prefix, .limit = *size, .bytes_max = 1 << 20};
  if (!after->empty()) scan.after = *after;
  auto page = parts_.store->Scan(scan);
  if (!page.ok()) return page.status();
  for (const storage::Row& row : page->rows) {
    Record record;
    if (!record.ParseFromString(row.value)) {
      return common::Error(
          absl::StatusCode::kDataLoss, "RECORD_CORRUPT",
          absl::StrCat("A record of ", tables.collection, " cannot be read. Run fsck."));
    }
    if (!about.empty() && AboutOf(record) != about) continue;
    auto in_force = InForce(tables, InForceKey(*site, record), record.name());
    if (!in_force.ok()) return in_force.status();
    record.set_in_force(*in_force);
    *records->Add() = std::move(record);
  }
  if (page->more) *next_page_token = common::PageToken(question, page->rows.back().key);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* StationService::ListCalibrations(
    grpc::CallbackServerContext* context, const v1::ListCalibrationsRequest* request,
    v1::ListCalibrationsResponse* response) {
  return shell_->UnaryBlocking(
      context, "ListCalibrations", *request, [this, request, response](const common::Caller&) {
        return List(kCalibrations, *request, request->station(), response->mutable_calibrations(),
                    response->mutable_next_page_token());
      });
}

grpc::ServerUnaryReactor* StationService::ListReferences(grpc::CallbackServerContext* context,
                                                         const v1::ListReferencesRequest* request,
                                                         v1::ListReferencesResponse* response) {
  return shell_->UnaryBlocking(
      context, "ListReferences", *request, [this, request, response](const common::Caller&) {
        return List(kReferences, *request, request->model(), response->mutable_references(),
                    response->mutable_next_page_token());
      });
}

}  // namespace loopdock::grading
