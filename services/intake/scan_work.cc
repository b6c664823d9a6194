// SPDX-License-Identifier: Apache-2.0
#include "services/intake/scan_work.h"

#include "absl/strings/str_cat.h"
#include "services/common/grpc_status.h"
#include "services/common/names.h"
#include "services/common/status.h"
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
                             const std::vector<v1::ReadSymbol>& symbols) {
  v1::ScanResponse response;
  response.set_request_id(request_id);
  response.set_outcome(recorded.scan().outcome());
  response.set_asset(recorded.scan().asset());
  response.set_message(SentenceFor(recorded));
  response.set_sequence(recorded.sequence());
  *response.mutable_scan() = std::move(*recorded.mutable_scan());
  for (const v1::ReadSymbol& symbol : symbols) *response.add_symbols() = symbol;
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
  std::vector<inventory::v1::RawSymbol> symbols(scan.command.symbols().begin(),
                                                scan.command.symbols().end());
  LabelReading reading = ReadLabel(std::move(symbols), parts_.labels);
  scan.command.mutable_symbols()->Assign(reading.symbols.begin(), reading.symbols.end());
  if (reading.understood) {
    *scan.command.mutable_understanding() = std::move(reading.understanding);
  }
  for (std::string& warning : reading.warnings) scan.command.add_warnings(std::move(warning));
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
  read.mutable_decode();
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
  for (const vision::v1::Symbol& symbol : decoded->decode().symbols()) {
    v1::ReadSymbol& read_symbol = scan->symbols.emplace_back();
    read_symbol.set_format(symbol.format());
    read_symbol.set_content(symbol.content());
    read_symbol.set_symbology_identifier(symbol.symbology_identifier());
    for (const vision::v1::Point& corner : symbol.corners()) {
      read_symbol.add_corners(corner.x());
      read_symbol.add_corners(corner.y());
    }
  }
  return absl::OkStatus();
}

// The catalog only adds to a scan: where it does not answer, the scan goes on without it.
void ScanWork::AskCatalog(const common::Caller& caller,
                          inventory::v1::RecordScanRequest* command) const {
  const auto& understanding = command->understanding();
  for (const std::string& key : {understanding.gtin(), understanding.part_number()}) {
    if (key.empty()) continue;
    grpc::ClientContext context;
    Forward(context, caller);
    inventory::v1::FindCatalogEntryRequest find;
    find.set_site(common::SiteName(common::SiteOf(command->session())));
    find.set_key(key);
    inventory::v1::CatalogEntry entry;
    if (!parts_.inventory->FindCatalogEntry(&context, find, &entry).ok()) continue;
    command->set_category(entry.category());
    command->set_mass_g(entry.mass_g());
    if (understanding.maker().empty()) {
      command->mutable_understanding()->set_maker(entry.maker());
    }
    return;
  }
}

void ScanWork::Record(const common::Caller& caller, PreparedScan scan, CommandStream* stream,
                      Recorded recorded) const {
  struct Call {
    common::Caller caller;
    grpc::ClientContext context;
    inventory::v1::RecordScanRequest command;
    inventory::v1::RecordScanResponse response;
    std::vector<v1::ReadSymbol> symbols;
    Recorded recorded;
  };
  auto call = std::make_shared<Call>();
  call->caller = caller;
  call->command = std::move(scan.command);
  call->symbols = std::move(scan.symbols);
  call->recorded = std::move(recorded);
  const auto answer = [call, id = call->command.request_id()](
                          absl::StatusOr<inventory::v1::RecordScanResponse> recorded_scan) {
    if (!recorded_scan.ok()) return call->recorded(recorded_scan.status());
    call->recorded(ResponseFor(id, *std::move(recorded_scan), call->symbols));
  };
  if (stream != nullptr) return stream->Send(caller, std::move(call->command), answer);
  Forward(call->context, caller);
  parts_.inventory->async()->RecordScan(&call->context, &call->command, &call->response,
                                        [call, answer](const grpc::Status& status) {
                                          if (!status.ok())
                                            return answer(AnswerOf(status, call->caller));
                                          answer(std::move(call->response));
                                        });
}

}  // namespace loopdock::intake
