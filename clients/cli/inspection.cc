// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/inspection.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"
#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/vision/header_check.h"
#include "services/vision/sheet/board_layout.h"

namespace loopdock::cli {
namespace {

using grading::v1::EvidenceService;
using grading::v1::GradingService;
using grading::v1::Inspection;

constexpr std::size_t kInlineBytesMax = std::size_t{12} << 20;
constexpr std::size_t kPartBytes = std::size_t{1} << 20;

// One of none, one for all, or one for each.
const std::string& WordFor(const std::vector<std::string>& words, std::size_t place) {
  static const std::string* const kNone = new std::string;
  if (words.empty()) return *kNone;
  return words.size() == 1 ? words[0] : words[place];
}

absl::Status PutEvidence(const Settings& settings, const client::Connection& connection,
                         const std::string& bytes, const std::string& digest,
                         const std::string& purpose) {
  const auto stub = EvidenceService::NewStub(connection.channel());
  return connection.Call([&](grpc::ClientContext& context) {
    grading::v1::PutResponse response;
    const auto writer = stub->Put(&context, &response);
    grading::v1::PutRequest request;
    request.set_request_id(common::NewUuidV7());
    request.set_site(settings.site_name());
    const auto header = vision::CheckHeader(bytes);
    request.mutable_evidence()->set_media_type(
        header.ok() ? std::string(vision::MediaType(header->format)) : "application/octet-stream");
    request.mutable_evidence()->set_purpose(purpose);
    request.mutable_evidence()->set_sha256(digest);
    request.mutable_evidence()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    for (std::size_t at = 0; at < bytes.size(); at += kPartBytes) {
      request.set_data(bytes.substr(at, kPartBytes));
      if (!writer->Write(request)) break;
      request.Clear();
    }
    writer->WritesDone();
    return writer->Finish();
  });
}

// "phone mat" for ours, else what it is made of.
std::string MatText(const vision::v1::Board& mat) {
  const std::string name = vision::BoardName(mat);
  if (name == vision::BoardName(vision::PhoneMat())) return "phone mat";
  if (name == vision::BoardName(vision::TabletMat())) return "tablet mat";
  return name;
}

void AddPicture(Table& table, int number, const Inspection& inspection) {
  const auto& picture = inspection.pictures(number);
  const std::string about = absl::StrCat("picture ", number);
  if (!picture.problem().empty()) {
    table.Add({about, Visible(picture.problem())});
    return;
  }
  const auto& measurement = picture.measurement();
  std::string line = absl::StrFormat(
      "%s, %d marks, %.0f %% inspected%s", Word(vision::v1::Face_Name(measurement.face()), "FACE_"),
      measurement.defects_size(), 100 * measurement.inspected_share(),
      picture.light().empty() ? "" : ", light " + picture.light());
  if (measurement.has_um_per_px()) absl::StrAppend(&line, ", ", ScaleText(measurement));
  if (measurement.has_mat()) absl::StrAppend(&line, ", ", MatText(measurement.mat()));
  if (!picture.reference().empty()) {
    absl::StrAppend(&line, ", compared with ", picture.reference());
  } else if (!inspection.model().empty()) {
    absl::StrAppend(&line, ", compared with no reference");
  }
  table.Add({about, line});
  for (int i = 0; i < picture.notes_size() && i < measurement.defects_size(); ++i) {
    const auto& note = picture.notes(i);
    const auto& defect = measurement.defects(i);
    const int severity = i < picture.severities_size() ? picture.severities(i) : 0;
    line = absl::StrCat(note.id(), " ",
                        Word(vision::v1::DefectType_Name(defect.type()), "DEFECT_TYPE_"), " on ",
                        Word(vision::v1::Zone_Name(defect.zone()), "ZONE_"));
    if (defect.has_length_um()) {
      // What is narrower than the picture resolves is no figure.
      const bool resolved = defect.width_um() >= measurement.resolved_um();
      absl::StrAppendFormat(&line, ", %.1f by %s%.2f mm", defect.length_um() / 1000,
                            resolved ? "" : "less than ",
                            std::max(defect.width_um(), measurement.resolved_um()) / 1000);
    }
    if (severity > 0) absl::StrAppend(&line, ", S", severity);
    if (note.felt()) absl::StrAppend(&line, ", felt");
    if (note.confirmed()) absl::StrAppend(&line, ", confirmed");
    if (!note.uncounted().empty()) {
      absl::StrAppend(&line, ", not counted: ", note.uncounted(),
                      note.same_as().empty() ? "" : " " + note.same_as());
    }
    table.Add({"", line});
  }
}

}  // namespace

std::string ScaleText(const vision::v1::Measurement& measurement) {
  if (!measurement.has_um_per_px()) return "-";
  const std::string scale = absl::StrFormat("%.1f um a pixel ", measurement.um_per_px());
  switch (measurement.scale_source()) {
    case vision::v1::SCALE_SOURCE_MAT:
      return absl::StrCat(scale, "by mat (", measurement.marks_found(), " marks)");
    case vision::v1::SCALE_SOURCE_CATALOG:
      return absl::StrCat(scale, "by the catalog's size");
    default:
      return absl::StrCat(scale, "as given");
  }
}

absl::StatusOr<vision::v1::Face> FaceOf(const std::string& word) {
  vision::v1::Face face = vision::v1::FACE_UNSPECIFIED;
  if (word.empty()) return face;
  if (!vision::v1::Face_Parse("FACE_" + absl::AsciiStrToUpper(word), &face) ||
      face == vision::v1::FACE_UNSPECIFIED) {
    return UsageError(absl::StrCat("'", Visible(word, 40), "' is no face: display, back or side"));
  }
  return face;
}

absl::StatusOr<vision::v1::Board> BoardNamed(const std::string& word) {
  if (word == "chess") return vision::ChessBoard();
  if (word == "phone") return vision::PhoneMat();
  if (word == "tablet") return vision::TabletMat();
  return UsageError(absl::StrCat("'", Visible(word, 40), "' is no sheet: chess, phone or tablet"));
}

absl::Status AddPictures(const Settings& settings, const client::Connection& connection,
                         const PictureWords& words, const std::string& purpose,
                         google::protobuf::RepeatedPtrField<grading::v1::Picture>* pictures) {
  for (const auto* list : {&words.faces, &words.lights}) {
    if (list->size() > 1 && list->size() != words.files.size()) {
      return UsageError("give one --face and --light for all pictures, or one for each");
    }
  }
  std::vector<std::string> contents;
  std::size_t bytes = 0;
  for (const std::string& file : words.files) {
    auto content = common::ReadFile(file);
    if (!content.ok()) return content.status();
    bytes += content->size();
    contents.push_back(*std::move(content));
  }
  for (std::size_t i = 0; i < contents.size(); ++i) {
    grading::v1::Picture& picture = *pictures->Add();
    const auto face = FaceOf(WordFor(words.faces, i));
    if (!face.ok()) return face.status();
    picture.set_face(*face);
    picture.set_light(WordFor(words.lights, i));
    if (bytes <= kInlineBytesMax) {
      picture.set_inline_(std::move(contents[i]));
      continue;
    }
    const std::string digest = common::Sha256Hex(contents[i]);
    auto status = PutEvidence(settings, connection, contents[i], digest, purpose);
    if (!status.ok()) return status;
    picture.set_sha256(digest);
    contents[i].clear();
  }
  return absl::OkStatus();
}

absl::Status AddAnswers(const std::vector<std::string>& words,
                        google::protobuf::RepeatedPtrField<grading::v1::ChecklistAnswer>* answers) {
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(
          absl::StrCat("'", Visible(word, 40), "' is no answer: write QUESTION=ANSWER"));
    }
    grading::v1::ChecklistAnswer& answer = *answers->Add();
    answer.set_question(word.substr(0, equals));
    answer.set_answer(word.substr(equals + 1));
  }
  return absl::OkStatus();
}

absl::Status PrintInspection(const Inspection& inspection, bool json) {
  if (json) {
    const auto text = common::ProtoToJson(inspection, true);
    if (!text.ok()) return text.status();
    PrintLine(*text);
    return absl::OkStatus();
  }
  Table table({"inspection", absl::StrCat(inspection.name(), " version ", inspection.version())});
  table.Add({"asset", inspection.asset()});
  table.Add({"state", Word(InspectionState_Name(inspection.state()), "INSPECTION_STATE_")});
  std::string grade = Word(Cosmetic_Name(inspection.cosmetic()), "COSMETIC_");
  if (!inspection.letter().empty()) absl::StrAppend(&grade, ", letter ", inspection.letter());
  table.Add({"grade", absl::StrCat(grade, " by ", inspection.scale())});
  table.Add({"reason", Visible(inspection.reason())});
  for (const std::string& why : inspection.explanations()) table.Add({"", Visible(why)});
  if (inspection.has_next_better()) {
    const auto& next = inspection.next_better();
    table.Add({"for " + Word(Cosmetic_Name(next.cosmetic()), "COSMETIC_"),
               next.needs().empty() ? "-" : Visible(next.needs(0))});
    for (int i = 1; i < next.needs_size(); ++i) table.Add({"", Visible(next.needs(i))});
    table.Add({"margin", absl::StrFormat("%.0f %%", 100 * inspection.margin())});
  }
  if (inspection.has_hazard_hold()) {
    table.Add({"hazard", absl::StrCat(Visible(inspection.hazard_hold().reason()),
                                      inspection.hazard_hold().placed() ? " (held)" : "")});
  }
  for (const std::string& why : inspection.review_reasons()) {
    table.Add({inspection.needs_review() ? "review" : "reviewed", Visible(why)});
  }
  for (const std::string& change : inspection.changes()) table.Add({"changed", Visible(change)});
  if (!inspection.calibration().empty()) table.Add({"calibration", inspection.calibration()});
  for (int i = 0; i < inspection.pictures_size(); ++i) AddPicture(table, i, inspection);
  PrintLine(table.ToString());
  return absl::OkStatus();
}

absl::Status WriteDrawings(const client::Connection& connection, const Inspection& inspection,
                           const std::string& folder) {
  if (auto status = common::MakeDirectories(folder); !status.ok()) return status;
  const auto stub = GradingService::NewStub(connection.channel());
  const std::string id = inspection.name().substr(inspection.name().rfind('/') + 1);
  for (int i = 0; i < inspection.pictures_size(); ++i) {
    if (!inspection.pictures(i).problem().empty()) continue;
    grading::v1::DrawInspectionRequest request;
    request.set_name(inspection.name());
    request.set_version(inspection.version());
    request.set_picture(i);
    const auto drawn = connection.Ask(*stub, &GradingService::Stub::DrawInspection, request);
    if (!drawn.ok()) return drawn.status();
    const std::string path = absl::StrCat(folder, "/", id, "-", i + 1, ".jpg");
    auto status = common::WriteFileAtomically(path, drawn->jpeg());
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace loopdock::cli
