// SPDX-License-Identifier: Apache-2.0
#include "services/intake/scan_work.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/intake/core/label_groups.h"
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
constexpr std::size_t kLabelsMax = 64;
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

// The digest of what was sent, which stays the same whatever is understood of it: without the
// request's id and what is about its transport, with a picture by its own digest.
std::string SentSha256(const v1::ScanRequest& request, const std::string& picture_sha256) {
  v1::ScanRequest sent;
  sent.set_session(request.session());
  sent.set_asset_key(request.asset_key());
  if (request.content_case() == v1::ScanRequest::kText) {
    sent.set_text(request.text());
  } else {
    sent.set_picture_sha256(picture_sha256);
  }
  sent.set_format(request.format());
  sent.set_container(request.container());
  if (request.has_station_time()) *sent.mutable_station_time() = request.station_time();
  sent.set_display_name(request.display_name());
  *sent.mutable_choices() = request.choices();
  sent.set_remember_layout(request.remember_layout());
  sent.set_label(request.label());
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream output(&bytes);
    google::protobuf::io::CodedOutputStream coded(&output);
    coded.SetSerializationDeterministic(true);
    sent.SerializeToCodedStream(&coded);
  }
  return common::Sha256(bytes);
}

// What the worker could not do with a real picture is no reason to refuse the scan: the picture is
// kept and a person looks at it. Bytes that are no picture at all are the sender's mistake.
bool IsKeptUnread(const absl::Status& status) {
  const std::string reason = common::ReasonOf(status);
  return reason == "DECODER_CRASHED" || reason == "PICTURE_TIMEOUT";
}

v1::ScanResponse ResponseFor(inventory::v1::RecordScanResponse recorded) {
  v1::ScanResponse response;
  response.set_outcome(recorded.scan().outcome());
  response.set_asset(recorded.scan().asset());
  response.set_message(SentenceFor(recorded));
  response.set_sequence(recorded.sequence());
  *response.mutable_scan() = std::move(*recorded.mutable_scan());
  if (recorded.has_counts()) *response.mutable_counts() = std::move(*recorded.mutable_counts());
  return response;
}

absl::Status SeveralDevices(std::size_t count, std::string_view what_to_do) {
  return common::Error(
      absl::StatusCode::kInvalidArgument, "SEVERAL_DEVICES",
      absl::StrCat("The picture shows the labels of ", count, " devices", std::string(what_to_do)),
      {{"devices", absl::StrCat(count)}});
}

// The answers of the labels of one scan as they come in.
struct Answers {
  Answers(std::size_t count, ScanWork::Recorded recorded_all)
      : labels(count, absl::UnknownError("not answered")), recorded(std::move(recorded_all)) {
    missing = count;
  }
  absl::Mutex mutex;
  std::size_t missing ABSL_GUARDED_BY(mutex);
  std::vector<absl::StatusOr<v1::ScanResponse>> labels ABSL_GUARDED_BY(mutex);
  const ScanWork::Recorded recorded;
};

}  // namespace

bool ScanWork::Waits(const v1::ScanRequest& request) {
  return request.content_case() != v1::ScanRequest::kText;
}

absl::StatusOr<PreparedScan> ScanWork::Prepare(const common::Caller& caller,
                                               const v1::ScanRequest& request) const {
  if (auto status = CheckScan(request); !status.ok()) return status;
  PreparedScan scan;
  scan.request_id = request.request_id();
  inventory::v1::RecordScanRequest command;
  command.set_request_id(request.request_id());
  command.set_session(request.session());
  command.set_asset_key(request.asset_key());
  command.set_container(request.container());
  if (request.has_station_time()) *command.mutable_station_time() = request.station_time();
  if (request.content_case() == v1::ScanRequest::kText) {
    inventory::v1::RawSymbol* symbol = command.add_symbols();
    symbol->set_content(request.text());
    symbol->set_format(request.format());
    scan.labels.push_back({"", std::move(command)});
  } else {
    auto bytes = PictureBytes(caller, request, command.mutable_picture());
    if (!bytes.ok()) return bytes.status();
    auto status = ReadPicture(*std::move(bytes), &command, &scan.symbols);
    if (status.ok()) status = SplitByLabel(request, std::move(command), &scan);
    if (!status.ok()) return status;
  }
  const std::string sent = SentSha256(request, scan.labels[0].command.picture().sha256());
  for (PreparedScan::Label& label : scan.labels) {
    label.command.set_sent_sha256(sent);
    UnderstandLabel(caller, request, &label.command);
    // Beside the labels of other devices, what identifies nothing may be of any of them.
    if (!label.digest.empty() && request.choices().empty() &&
        !Identifies(label.command.understanding())) {
      label.command.set_needs_choice(true);
    }
    AskCatalog(caller, &label.command);
    FitToRecord(&label.command);
  }
  return scan;
}

absl::Status ScanWork::SplitByLabel(const v1::ScanRequest& request,
                                    inventory::v1::RecordScanRequest command,
                                    PreparedScan* scan) const {
  const std::vector<inventory::v1::RawSymbol> symbols(command.symbols().begin(),
                                                      command.symbols().end());
  const LabelGroups groups = GroupByLabel(symbols, parts_.labels);
  const std::size_t count = groups.labels.size();
  if (count == 1 && request.label().empty()) {
    scan->labels.push_back({"", std::move(command)});
    return absl::OkStatus();
  }
  if (!groups.certain || count > kLabelsMax) {
    return SeveralDevices(
        count, !groups.certain ? ", and it is not certain which symbols belong together. Take a "
                                 "picture of each label, or scan them one by one."
                               : ", more than are booked at once. Take several pictures.");
  }
  if (request.label().empty() && (!request.asset_key().empty() || !request.choices().empty())) {
    return SeveralDevices(count,
                          ", and an asset key or a choice is about one. Say which with `label`, or "
                          "take a picture of each label.");
  }
  command.clear_symbols();
  std::set<std::string> digests;
  for (const std::vector<std::size_t>& label : groups.labels) {
    std::vector<inventory::v1::RawSymbol> own;
    for (const std::size_t symbol : label) own.push_back(symbols[symbol]);
    std::string digest = LabelDigest(own);
    if (!digests.insert(digest).second) digest += absl::StrCat("-", digests.size());
    if (!request.label().empty() && request.label() != digest) continue;
    inventory::v1::RecordScanRequest one = command;
    one.mutable_symbols()->Assign(own.begin(), own.end());
    if (!scan->labels.empty()) {
      one.set_request_id(
          common::DerivedUuidV7(common::TimeOfUuidV7(request.request_id()),
                                absl::StrCat(request.request_id(), " label ", digest)));
    }
    scan->labels.push_back({std::move(digest), std::move(one)});
  }
  if (!scan->labels.empty()) return absl::OkStatus();
  common::FieldViolations violations;
  violations.Add("label", "is of no label that is read in this picture; scan the picture again");
  return violations.ToStatus();
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

absl::Status ScanWork::ReadPicture(std::string bytes, inventory::v1::RecordScanRequest* command,
                                   PictureSymbols* seen) const {
  vision::v1::Request read;
  read.mutable_decode()->set_propose_text(true);
  auto decoded = parts_.read(std::move(bytes), std::move(read));
  if (!decoded.ok()) {
    if (!IsKeptUnread(decoded.status())) return decoded.status();
    command->add_warnings(absl::StrCat(common::ReasonOf(decoded.status()),
                                       ": the picture could not be read and is kept."));
    return absl::OkStatus();
  }
  for (inventory::v1::RawSymbol& symbol : SymbolsOf(decoded->decode())) {
    *command->add_symbols() = std::move(symbol);
  }
  *seen = PictureSymbolsOf(decoded->decode());
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
    const std::vector<std::string> fields =
        FieldsInDoubt(reading.understanding, parts_.choice_threshold);
    // Beside the other scans of its device, a part number need not identify it.
    const bool only_part = fields == std::vector<std::string>{"part_number"};
    return !fields.empty() && !(only_part && !request.asset_key().empty());
  };
  if (!choices.empty()) {
    if (request.remember_layout()) RememberLayout(caller, request, choices, &reading);
    ApplyChoices(choices, Basis::kPerson, &reading);
  } else if (in_doubt() && !reading.understanding.layout().empty()) {
    ApplyLayout(caller, site, &reading);
  }
  const bool is_part = choices.empty() && IsKnownPart(reading);
  if (is_part) {
    reading.warnings.push_back(absl::StrCat(
        "PART_NUMBER: The catalog has '", reading.understanding.serial(),
        "' as the number of a product, which many devices bear: scan the serial number, or type it "
        "if it is one."));
  }
  command->set_needs_choice(in_doubt() || is_part);
  for (inventory::v1::RawSymbol& symbol : reading.symbols) *symbols->Add() = std::move(symbol);
  if (reading.understood) *command->mutable_understanding() = std::move(reading.understanding);
  for (std::string& warning : reading.warnings) command->add_warnings(std::move(warning));
}

// A lone text that looks like a serial number, and is the number of a product that the project's
// own catalog has. Inventory asks the site's, where that costs nothing.
bool ScanWork::IsKnownPart(const LabelReading& reading) const {
  const inventory::v1::LabelUnderstanding& label = reading.understanding;
  if (label.serial().empty() || label.confidence() >= kCatalogConfidence) return false;
  if (reading.symbols.size() != 1) return false;
  std::vector<std::string> keys;
  AddCatalogKey(reading.symbols[0].content(), &keys);
  return parts_.facts->Ships(keys);
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
  if (entry.mass_g() == 0) {
    const auto typical = parts_.facts->FindCategory(entry.category());
    if (typical.has_value()) command->set_typical_mass_g(typical->entry.mass_g());
  }
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
  std::vector<std::string> request_ids;
  for (const auto& label : scan.labels) request_ids.push_back(label.command.request_id());
  const auto answers = std::make_shared<Answers>(
      scan.labels.size(),
      [id = scan.request_id, symbols = std::move(scan.symbols),
       recorded = std::move(recorded)](absl::StatusOr<v1::ScanResponse> joined) {
        if (joined.ok()) {
          joined->set_request_id(id);
          AddPictureSymbols(symbols, &*joined);
        }
        recorded(std::move(joined));
      });
  for (std::size_t i = 0; i < scan.labels.size(); ++i) {
    const auto answer = [i, answers, request_ids, digest = scan.labels[i].digest](
                            absl::StatusOr<inventory::v1::RecordScanResponse> recorded_label) {
      absl::StatusOr<v1::ScanResponse> response = v1::ScanResponse();
      if (recorded_label.ok()) {
        response = ResponseFor(*std::move(recorded_label));
        response->set_label(digest);
      } else {
        response = recorded_label.status();
      }
      std::vector<absl::StatusOr<v1::ScanResponse>> all;
      {
        absl::MutexLock lock(&answers->mutex);
        answers->labels[i] = std::move(response);
        if (--answers->missing > 0) return;
        all = std::move(answers->labels);
      }
      answers->recorded(JoinAnswers(std::move(all), request_ids));
    };
    RecordLabel(caller, std::move(scan.labels[i].command), stream, answer);
  }
}

void ScanWork::RecordLabel(const common::Caller& caller, inventory::v1::RecordScanRequest command,
                           CommandStream* stream, RecordedLabel recorded) const {
  if (parts_.commands != nullptr) {
    inventory::v1::Command sent;
    *sent.mutable_record_scan() = std::move(command);
    parts_.commands->Send(caller, std::move(sent), [recorded](inventory::v1::CommandResult result) {
      if (result.has_error()) return recorded(common::FromRpcStatus(result.error()));
      recorded(std::move(*result.mutable_record_scan()));
    });
    return;
  }
  if (stream != nullptr) return stream->Send(caller, std::move(command), std::move(recorded));
  // Of its own, since gRPC may call back when whoever waits has gone.
  struct Call {
    common::Caller caller;
    grpc::ClientContext context;
    inventory::v1::RecordScanRequest command;
    inventory::v1::RecordScanResponse response;
  };
  auto call = std::make_shared<Call>();
  call->caller = caller;
  call->command = std::move(command);
  Forward(call->context, call->caller);
  parts_.inventory->async()->RecordScan(
      &call->context, &call->command, &call->response,
      [call, recorded = std::move(recorded)](const grpc::Status& status) {
        if (!status.ok()) return recorded(AnswerOf(status, call->caller));
        recorded(std::move(call->response));
      });
}

}  // namespace loopdock::intake
