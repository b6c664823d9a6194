// SPDX-License-Identifier: Apache-2.0
#include "services/intake/scan_work.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/intake/core/layout.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/service_call.h"
#include "services/vision/header_check.h"

namespace loopdock::intake {
namespace {

// Twice the largest symbol; inventory keeps no larger one.
constexpr std::size_t kTextBytesMax = std::size_t{8} << 10;
constexpr std::size_t kPictureBytesMax = std::size_t{16} << 20;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kKeyBytesMax = 128;
constexpr double kCatalogConfidence = 0.9;

Choices ChoicesIn(const v1::ScanRequest& request) {
  return {request.choices().begin(), request.choices().end()};
}

absl::Status CheckScan(const v1::ScanRequest& request) {
  common::FieldViolations violations;
  if (!common::ParseName(request.session(), "sessions").ok()) {
    violations.Add("session", "is `sites/{site}/sessions/{session}` of an open session");
  }
  if (request.content_case() == v1::ScanRequest::CONTENT_NOT_SET) {
    violations.Add("content", "needs text, picture or picture_sha256");
  }
  if (request.picture().size() > kPictureBytesMax) {
    violations.Add("picture", "is at most 16 MiB inline; put a larger one as evidence");
  }
  if (request.asset_key().size() > kKeyBytesMax) {
    violations.Add("asset_key", "is at most 128 bytes");
  }
  for (const auto& [field, value] :
       {std::pair{"display_name", &request.display_name()}, {"format", &request.format()}}) {
    if (value->size() > kNameBytesMax) violations.Add(field, "is at most 200 bytes");
  }
  if (auto status = violations.ToStatus(); !status.ok()) return status;
  if (auto status = CheckChoices(ChoicesIn(request)); !status.ok()) return status;
  if (request.text().size() > kTextBytesMax) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "TEXT_TOO_LONG",
        absl::StrCat("A scan has at most ", kTextBytesMax, " bytes of text, not ",
                     request.text().size(), ": no symbol holds more. Check the scanner's suffix."),
        {{"bytes", absl::StrCat(request.text().size())}});
  }
  return absl::OkStatus();
}

// What the worker could not do with a real picture is no reason to refuse the scan: the picture is
// kept and a person looks at it. Bytes that are no picture at all are the sender's mistake.
bool IsKeptUnread(const absl::Status& status) {
  const std::string reason = common::ReasonOf(status);
  return reason == "DECODER_CRASHED" || reason == "PICTURE_TIMEOUT";
}

v1::ScanResponse ResponseFor(const std::string& request_id,
                             inventory::v1::RecordScanResponse recorded,
                             const PictureSymbols& symbols) {
  v1::ScanResponse response;
  response.set_request_id(request_id);
  response.set_outcome(recorded.scan().outcome());
  response.set_asset(recorded.scan().asset());
  response.set_message(SentenceFor(recorded));
  response.set_sequence(recorded.sequence());
  *response.mutable_scan() = std::move(*recorded.mutable_scan());
  if (recorded.has_counts()) *response.mutable_counts() = std::move(*recorded.mutable_counts());
  AddPictureSymbols(symbols, &response);
  return response;
}

}  // namespace

bool ScanWork::Waits(const v1::ScanRequest& request) {
  return request.content_case() != v1::ScanRequest::kText;
}

absl::StatusOr<PreparedScan> ScanWork::Prepare(const common::Caller& caller,
                                               const v1::ScanRequest& request) const {
  if (auto status = CheckScan(request); !status.ok()) return status;
  PreparedScan scan;
  scan.command.set_request_id(request.request_id());
  scan.command.set_session(request.session());
  scan.command.set_asset_key(request.asset_key());
  scan.command.set_container(request.container());
  if (request.has_station_time()) {
    *scan.command.mutable_station_time() = request.station_time();
  }
  if (request.content_case() == v1::ScanRequest::kText) {
    inventory::v1::RawSymbol* symbol = scan.command.add_symbols();
    symbol->set_content(request.text());
    symbol->set_format(request.format());
  } else {
    auto bytes = PictureBytes(caller, request, scan.command.mutable_picture());
    if (!bytes.ok()) return bytes.status();
    if (auto status = ReadPicture(*std::move(bytes), &scan); !status.ok()) return status;
  }
  UnderstandLabel(caller, request, &scan.command);
  AskCatalog(caller, &scan.command);
  FitToRecord(&scan.command);
  return scan;
}

absl::StatusOr<std::string> ScanWork::PictureBytes(
    const common::Caller& caller, const v1::ScanRequest& request,
    loopdock::common::v1::EvidenceRef* evidence) const {
  if (request.content_case() == v1::ScanRequest::kPicture) {
    const auto header = vision::CheckHeader(request.picture());
    if (!header.ok()) return header.status();
    evidence->set_media_type(std::string(vision::MediaType(header->format)));
    if (auto status = KeepPicture(caller, request, evidence); !status.ok()) return status;
    return request.picture();
  }
  grpc::ClientContext context;
  Forward(context, caller);
  grading::v1::GetRequest get;
  get.set_site(common::SiteName(common::SiteOf(request.session())));
  get.set_sha256(request.picture_sha256());
  const auto reader = parts_.evidence->Get(&context, get);
  grading::v1::GetResponse part;
  std::string bytes;
  while (reader->Read(&part)) {
    if (part.has_evidence()) *evidence = part.evidence();
    bytes += part.data();
  }
  if (auto status = AnswerOf(reader->Finish(), caller); !status.ok()) return status;
  return bytes;
}

absl::Status ScanWork::KeepPicture(const common::Caller& caller, const v1::ScanRequest& request,
                                   loopdock::common::v1::EvidenceRef* evidence) const {
  evidence->set_purpose("label");
  return PutEvidence(*parts_.evidence, caller, common::SiteName(common::SiteOf(request.session())),
                     request.picture(), evidence);
}

absl::Status ScanWork::ReadPicture(std::string bytes, PreparedScan* scan) const {
  vision::v1::Request read;
  read.mutable_decode()->set_propose_text(true);
  auto decoded = parts_.read(std::move(bytes), std::move(read));
  if (!decoded.ok()) {
    if (!IsKeptUnread(decoded.status())) return decoded.status();
    scan->command.add_warnings(absl::StrCat(common::ReasonOf(decoded.status()),
                                            ": the picture could not be read and is kept."));
    return absl::OkStatus();
  }
  for (inventory::v1::RawSymbol& symbol : SymbolsOf(decoded->decode())) {
    *scan->command.add_symbols() = std::move(symbol);
  }
  scan->symbols = PictureSymbolsOf(decoded->decode());
  return absl::OkStatus();
}

void ScanWork::UnderstandLabel(const common::Caller& caller, const v1::ScanRequest& request,
                               inventory::v1::RecordScanRequest* command) const {
  const std::string site = common::SiteName(common::SiteOf(request.session()));
  const auto known_part = [&](std::string_view value) {
    std::vector<std::string> keys;
    AddCatalogKey(std::string(value), &keys);
    const auto found = parts_.facts->FindDevice(caller, site, keys);
    return found.ok() && found->has_value();
  };
  auto* symbols = command->mutable_symbols();
  LabelReading reading = ReadLabel(
      {std::make_move_iterator(symbols->begin()), std::make_move_iterator(symbols->end())},
      parts_.labels, known_part);
  symbols->Clear();
  const Choices choices = ChoicesIn(request);
  const auto in_doubt = [&] {
    return !FieldsInDoubt(reading.understanding, parts_.choice_threshold).empty();
  };
  if (!choices.empty()) {
    if (request.remember_layout()) RememberLayout(caller, request, choices, &reading);
    ApplyChoices(choices, Basis::kPerson, &reading);
  } else if (in_doubt() && !reading.understanding.layout().empty()) {
    ApplyLayout(caller, site, &reading);
  }
  command->set_needs_choice(in_doubt());
  for (inventory::v1::RawSymbol& symbol : reading.symbols) *symbols->Add() = std::move(symbol);
  if (reading.understood) *command->mutable_understanding() = std::move(reading.understanding);
  for (std::string& warning : reading.warnings) command->add_warnings(std::move(warning));
}

// Where inventory does not answer, the person is asked once more.
void ScanWork::ApplyLayout(const common::Caller& caller, const std::string& site,
                           LabelReading* reading) const {
  grpc::ClientContext context;
  Forward(context, caller);
  inventory::v1::GetLabelLayoutRequest get;
  get.set_name(absl::StrCat(site, "/layouts/", reading->understanding.layout()));
  inventory::v1::LabelLayout layout;
  if (!parts_.inventory->GetLabelLayout(&context, get, &layout).ok()) return;
  const std::map<std::string, std::string> places(layout.choices().begin(), layout.choices().end());
  ApplyChoices(ChoicesOf(places, reading->symbols), Basis::kLayout, reading);
}

// A label is booked also where its layout cannot be remembered; a warning says so.
void ScanWork::RememberLayout(const common::Caller& caller, const v1::ScanRequest& request,
                              const Choices& choices, LabelReading* reading) const {
  const std::string& id = reading->understanding.layout();
  const auto places = PlacesOf(choices, reading->symbols);
  if (id.empty() || places.empty()) {
    reading->warnings.push_back(
        "LAYOUT_NOT_REMEMBERED: Only what was chosen among several symbols of a label can be "
        "remembered for labels like it.");
    return;
  }
  grpc::ClientContext context;
  Forward(context, caller);
  inventory::v1::SetLabelLayoutRequest set;
  // Sent again, the scan remembers the same once.
  set.set_request_id(common::DerivedUuidV7(common::TimeOfUuidV7(request.request_id()),
                                           absl::StrCat(request.request_id(), " layout ", id)));
  set.set_site(common::SiteName(common::SiteOf(request.session())));
  set.mutable_layout()->set_name(absl::StrCat(set.site(), "/layouts/", id));
  set.mutable_layout()->mutable_choices()->insert(places.begin(), places.end());
  inventory::v1::LabelLayout layout;
  const absl::Status status =
      AnswerOf(parts_.inventory->SetLabelLayout(&context, set, &layout), caller);
  if (status.ok()) return;
  reading->warnings.push_back(
      absl::StrCat("LAYOUT_NOT_REMEMBERED: ", std::string(status.message())));
}

// The catalog only adds to a scan: where it does not answer, the scan goes on without it. What is
// typical of a category is no fact about this device.
void ScanWork::AskCatalog(const common::Caller& caller,
                          inventory::v1::RecordScanRequest* command) const {
  const std::vector<std::string> keys = CatalogKeysOf(command->understanding());
  if (keys.empty()) return;
  const std::string site = common::SiteName(common::SiteOf(command->session()));
  const auto found = parts_.facts->FindDevice(caller, site, keys);
  if (!found.ok() || !found->has_value()) return;
  const inventory::v1::CatalogEntry& entry = (*found)->entry;
  command->set_category(entry.category());
  command->set_mass_g(entry.mass_g());
  auto* label = command->mutable_understanding();
  // A maker that only the shape of a serial number suggests gives way.
  if (!entry.maker().empty()) label->set_maker(entry.maker());
  if (label->part_number().empty() && !entry.model().empty()) {
    label->set_part_number(entry.model());
    inventory::v1::FieldReading* reading = label->add_readings();
    reading->set_field("part_number");
    reading->set_value(entry.model());
    reading->set_confidence(kCatalogConfidence);
    reading->set_basis(std::string(ToString(Basis::kCatalog)));
  }
}

void ScanWork::Record(const common::Caller& caller, PreparedScan scan, CommandStream* stream,
                      Recorded recorded) const {
  const auto answer = [id = scan.command.request_id(), symbols = std::move(scan.symbols),
                       recorded = std::move(recorded)](
                          absl::StatusOr<inventory::v1::RecordScanResponse> recorded_scan) {
    if (!recorded_scan.ok()) return recorded(recorded_scan.status());
    recorded(ResponseFor(id, *std::move(recorded_scan), symbols));
  };
  if (parts_.commands != nullptr) {
    inventory::v1::Command command;
    *command.mutable_record_scan() = std::move(scan.command);
    parts_.commands->Send(caller, std::move(command),
                          [answer](inventory::v1::CommandResult result) {
                            if (result.has_error())
                              return answer(common::FromRpcStatus(result.error()));
                            answer(std::move(*result.mutable_record_scan()));
                          });
    return;
  }
  if (stream != nullptr) return stream->Send(caller, std::move(scan.command), answer);
  struct Call {
    grpc::ClientContext context;
    inventory::v1::RecordScanRequest command;
    inventory::v1::RecordScanResponse response;
  };
  auto call = std::make_shared<Call>();
  call->command = std::move(scan.command);
  Forward(call->context, caller);
  parts_.inventory->async()->RecordScan(&call->context, &call->command, &call->response,
                                        [call, answer, &caller](const grpc::Status& status) {
                                          if (!status.ok()) return answer(AnswerOf(status, caller));
                                          answer(std::move(call->response));
                                        });
}

}  // namespace loopdock::intake
