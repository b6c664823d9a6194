// SPDX-License-Identifier: Apache-2.0
#include "services/intake/manifest_import.h"

#include <algorithm>
#include <cstdint>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/ids.h"
#include "services/common/names.h"
#include "services/common/rpc_status.h"
#include "services/common/status.h"
#include "services/intake/service_call.h"

namespace loopdock::intake {
namespace {

constexpr std::int64_t kArrivingBytesMax = std::int64_t{128} << 20;
constexpr std::size_t kMessageBytesMax = std::size_t{1} << 20;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::size_t kHeadingBytesMax = 256;
// Commands that inventory has not answered yet: enough to keep it busy, few enough that none waits
// for room.
constexpr int kPartsInFlightMax = 2;
// Assets that inventory compares in one command, which scans wait for: each changes several rows.
constexpr int kComparedMax = 50;

absl::Status CheckHeader(const v1::ImportManifestRequest& request) {
  const v1::ManifestHeader& header = request.header();
  common::FieldViolations violations;
  if (!request.has_header()) violations.Add("header", "is required in the first message");
  if (!common::ParseName(header.load(), "loads").ok()) {
    violations.Add("header.load", "is `sites/{site}/loads/{load}`");
  }
  if (!v1::ManifestFormat_IsValid(header.format())) {
    violations.Add("header.format", "is no known format");
  }
  if (header.display_name().size() > kNameBytesMax) {
    violations.Add("header.display_name", "is at most 200 bytes");
  }
  if (!(header.mass_unit_g() >= 0 && header.mass_unit_g() <= 1e6)) {
    violations.Add("header.mass_unit_g", "is 0 to 1000000 grams");
  }
  if (header.size_bytes() <= 0) {
    violations.Add("header.size_bytes", "is the size of the file, at least 1");
  }
  for (const auto& [field, heading] : header.columns()) {
    if (!IsManifestField(field)) {
      violations.Add("header.columns",
                     absl::StrCat("'", field.substr(0, 60), "' is no field that a file gives"));
    } else if (heading.empty() || heading.size() > kHeadingBytesMax) {
      violations.Add("header.columns",
                     absl::StrCat(field, " needs a heading of at most 256 bytes"));
    }
  }
  return violations.ToStatus();
}

absl::Status TooLarge() {
  return common::Error(
      absl::StatusCode::kInvalidArgument, "TOO_LARGE",
      absl::StrCat("A manifest file has at most ", kManifestBytesMax, " bytes. Split the load."));
}

// A share of the memory for files that arrive, given back at the end.
class Reservation {
 public:
  Reservation(std::atomic<std::int64_t>* all, std::int64_t bytes)
      : all_(all), bytes_(bytes), granted_(all->fetch_add(bytes) + bytes <= kArrivingBytesMax) {}
  ~Reservation() { *all_ -= bytes_; }
  Reservation(const Reservation&) = delete;
  Reservation& operator=(const Reservation&) = delete;
  bool granted() const { return granted_; }

 private:
  std::atomic<std::int64_t>* const all_;
  const std::int64_t bytes_;
  const bool granted_;
};

// A stream that breaks looks like one that ends, so that the bytes are counted.
absl::Status Incomplete(std::int64_t expected, std::size_t arrived) {
  return common::Error(
      absl::StatusCode::kInvalidArgument, "MANIFEST_INCOMPLETE",
      absl::StrCat("The header says ", expected, " bytes and ", arrived,
                   " arrived; send it again."),
      {{"size_bytes", absl::StrCat(expected)}, {"arrived_bytes", absl::StrCat(arrived)}});
}

// The first message; it may bring bytes.
absl::Status ReceiveHeader(common::Source<v1::ImportManifestRequest>& source,
                           v1::ImportManifestRequest* first) {
  absl::Status checked;
  if (!source.Read(first, &checked)) return Incomplete(0, 0);
  if (!checked.ok()) return checked;
  if (auto status = CheckHeader(*first); !status.ok()) return status;
  const bool fits = first->header().size_bytes() <= static_cast<std::int64_t>(kManifestBytesMax);
  return fits ? absl::OkStatus() : TooLarge();
}

absl::StatusOr<std::string> ReceiveBytes(common::Source<v1::ImportManifestRequest>& source,
                                         v1::ImportManifestRequest* first) {
  const std::int64_t size = first->header().size_bytes();
  std::string bytes;
  v1::ImportManifestRequest part;
  part.set_data(std::move(*first->mutable_data()));
  absl::Status checked;
  do {
    if (!checked.ok()) return checked;
    common::FieldViolations violations;
    if (part.has_header()) violations.Add("header", "stands in the first message only");
    if (part.data().size() > kMessageBytesMax) violations.Add("data", "is at most 1 MiB a message");
    if (auto status = violations.ToStatus(); !status.ok()) return status;
    bytes += part.data();
    if (bytes.size() > static_cast<std::size_t>(size)) return Incomplete(size, bytes.size());
  } while (source.Read(&part, &checked));
  if (bytes.size() != static_cast<std::size_t>(size)) return Incomplete(size, bytes.size());
  return bytes;
}

// How many parts may be unanswered.
class Window {
 public:
  // Waits for a free place; false when the stream is over.
  bool Open() {
    absl::MutexLock lock(&mutex_);
    while (unanswered_ >= kPartsInFlightMax && !over_) changed_.Wait(&mutex_);
    ++unanswered_;
    return !over_;
  }
  void Answered(int parts) {
    absl::MutexLock lock(&mutex_);
    unanswered_ -= parts;
    changed_.SignalAll();
  }
  void End() {
    absl::MutexLock lock(&mutex_);
    over_ = true;
    changed_.SignalAll();
  }

 private:
  absl::Mutex mutex_;
  absl::CondVar changed_;
  int unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
};

std::string MediaTypeOf(v1::ManifestFormat format) {
  if (format == v1::MANIFEST_FORMAT_X12_856) return "application/edi-x12";
  return format == v1::MANIFEST_FORMAT_JSON ? "application/json" : "text/csv";
}

void Describe(const ManifestReading& reading, v1::ImportManifestResponse* response) {
  response->set_line_count(static_cast<std::int64_t>(reading.lines.size()));
  response->set_piece_count(reading.piece_count);
  response->mutable_problems()->Assign(reading.problems.begin(), reading.problems.end());
  response->set_problem_count(reading.problem_count);
  for (const auto& [field, heading] : reading.columns) {
    (*response->mutable_columns())[field] = heading;
  }
  response->mutable_unused_columns()->Assign(reading.unused_columns.begin(),
                                             reading.unused_columns.end());
  response->set_format(reading.format);
}

}  // namespace

struct ManifestImport::Job {
  const common::Caller& caller;
  const v1::ManifestHeader& header;
  const std::string& request_id;
  std::string bytes;
  ManifestReading reading;

  std::string site() const { return common::SiteName(common::SiteOf(header.load())); }
  // The id of one command: the same for the same request, whenever it is sent.
  std::string IdOf(std::string_view step) const {
    return common::DerivedUuidV7(common::TimeOfUuidV7(request_id),
                                 absl::StrCat(request_id, " ", std::string(step)));
  }
  template <typename Request>
  Request Command(std::string_view step) const {
    Request request;
    request.set_request_id(IdOf(step));
    if (header.has_station_time()) *request.mutable_station_time() = header.station_time();
    return request;
  }
};

absl::Status ManifestImport::AskSupplier(const Job& job, std::string* supplier,
                                         ManifestColumns* remembered) const {
  grpc::ClientContext context;
  Forward(context, job.caller);
  inventory::v1::GetLoadRequest get;
  get.set_name(job.header.load());
  inventory::v1::Load load;
  absl::Status status = AnswerOf(parts_.inventory->GetLoad(&context, get, &load), job.caller);
  if (!status.ok()) return status;
  *supplier = load.supplier();
  if (supplier->empty()) return absl::OkStatus();
  grpc::ClientContext mapping_context;
  Forward(mapping_context, job.caller);
  inventory::v1::GetColumnMappingRequest get_mapping;
  get_mapping.set_site(job.site());
  get_mapping.set_supplier(*supplier);
  inventory::v1::ColumnMapping mapping;
  status = AnswerOf(parts_.inventory->GetColumnMapping(&mapping_context, get_mapping, &mapping),
                    job.caller);
  if (absl::IsNotFound(status)) return absl::OkStatus();
  remembered->insert(mapping.columns().begin(), mapping.columns().end());
  return status;
}

absl::StatusOr<std::string> ManifestImport::CreateManifest(
    const Job& job, const loopdock::common::v1::EvidenceRef* source) const {
  auto create = job.Command<inventory::v1::CreateManifestRequest>("create");
  create.set_load(job.header.load());
  if (!job.header.display_name().empty()) {
    create.set_reason(absl::StrCat("Claimed in the file ", job.header.display_name()));
  }
  create.set_validate_only(source == nullptr);
  if (source != nullptr) *create.mutable_source() = *source;
  grpc::ClientContext context;
  Forward(context, job.caller);
  inventory::v1::Manifest manifest;
  const absl::Status status =
      AnswerOf(parts_.inventory->CreateManifest(&context, create, &manifest), job.caller);
  if (!status.ok()) return status;
  return manifest.name();
}

std::vector<inventory::v1::AddManifestLinesRequest> ManifestImport::PartsOf(
    const Job& job, const std::string& manifest) {
  std::vector<inventory::v1::AddManifestLinesRequest> parts;
  const auto& lines = job.reading.lines;
  for (std::size_t next = 0; next < lines.size();) {
    const std::string step = absl::StrCat("lines ", parts.size());
    auto& add = parts.emplace_back(job.Command<inventory::v1::AddManifestLinesRequest>(step));
    add.set_manifest(manifest);
    for (std::size_t bytes = 0; next < lines.size() && add.lines_size() < kPartLinesMax; ++next) {
      bytes += lines[next].ByteSizeLong();
      if (bytes > kPartBytesMax && add.lines_size() > 0) break;
      *add.add_lines() = lines[next];
    }
  }
  return parts;
}

// In order over one stream: the next part is on its way while one is written. Parts are sent beside
// the reading of answers: a stream within one process hands a message over only when the other side
// takes it, and each side would wait for the other.
absl::Status ManifestImport::AddLines(const Job& job, const std::string& manifest) const {
  grpc::ClientContext context;
  common::Authorize(context, job.caller);
  context.set_deadline(absl::ToChronoTime(absl::Now() + kLinesDeadline));
  const auto stream = parts_.inventory->StreamCommands(&context);
  std::vector<inventory::v1::AddManifestLinesRequest> parts = PartsOf(job, manifest);
  const std::size_t part_count = parts.size();
  Window window;
  std::thread writer([&stream, &parts, &window] {
    inventory::v1::StreamCommandsRequest request;
    for (auto& part : parts) {
      if (!window.Open()) return;
      *request.mutable_command()->mutable_add_manifest_lines() = std::move(part);
      if (!stream->Write(request)) return;  // Finish says why.
    }
    stream->WritesDone();
  });
  absl::Status refused;
  std::size_t answered = 0;
  inventory::v1::StreamCommandsResponse response;
  while (stream->Read(&response)) {
    for (const auto& result : response.results()) {
      ++answered;
      if (refused.ok()) refused = common::FromRpcStatus(result.error());
    }
    if (!refused.ok()) context.TryCancel();
    window.Answered(response.results_size());
  }
  window.End();
  writer.join();
  const absl::Status ended = AnswerOf(stream->Finish(), job.caller);
  if (!refused.ok()) return refused;
  if (!ended.ok() || answered == part_count) return ended;
  return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                       "Inventory ended the stream of lines early; send the same file again.");
}

absl::Status ManifestImport::Remember(const Job& job, const std::string& supplier,
                                      const ManifestColumns& remembered) const {
  const ManifestColumns& used = job.reading.columns;
  if (used.empty() || supplier.empty() || used == remembered) return absl::OkStatus();
  auto set = job.Command<inventory::v1::SetColumnMappingRequest>("columns");
  set.set_site(job.site());
  set.mutable_mapping()->set_supplier(supplier);
  for (const auto& [field, heading] : used)
    (*set.mutable_mapping()->mutable_columns())[field] = heading;
  grpc::ClientContext context;
  Forward(context, job.caller);
  inventory::v1::ColumnMapping mapping;
  return AnswerOf(parts_.inventory->SetColumnMapping(&context, set, &mapping), job.caller);
}

absl::Status ManifestImport::Book(const Job& job, const std::string& supplier,
                                  const ManifestColumns& remembered,
                                  inventory::v1::Manifest* manifest) const {
  loopdock::common::v1::EvidenceRef source;
  source.set_media_type(MediaTypeOf(job.reading.format));
  source.set_purpose("manifest");
  absl::Status status = PutEvidence(*parts_.evidence, job.caller, job.site(), job.bytes, &source);
  if (!status.ok()) return status;
  const auto name = CreateManifest(job, &source);
  if (!name.ok()) return name.status();
  if (status = AddLines(job, *name); !status.ok()) return status;
  if (status = Remember(job, supplier, remembered); !status.ok()) return status;
  auto activate = job.Command<inventory::v1::ActivateManifestRequest>("activate");
  activate.set_name(*name);
  grpc::ClientContext context;
  Forward(context, job.caller);
  return AnswerOf(parts_.inventory->ActivateManifest(&context, activate, manifest), job.caller);
}

absl::Status ManifestImport::CompareEarly(const Job& job, std::int64_t* compared_count) const {
  for (;;) {
    grpc::ClientContext context;
    Forward(context, job.caller);
    inventory::v1::GetReconciliationRequest get;
    get.set_load(job.header.load());
    inventory::v1::Reconciliation now;
    absl::Status status =
        AnswerOf(parts_.inventory->GetReconciliation(&context, get, &now), job.caller);
    if (!status.ok() || now.early_assets().empty()) return status;
    std::int64_t compared = 0;
    for (int next = 0; next < now.early_assets_size();) {
      const int end = std::min(next + kComparedMax, now.early_assets_size());
      // What was compared is asked for no more, so that the names tell one command from the next.
      std::string step = "compare";
      for (int i = next; i < end; ++i) absl::StrAppend(&step, " ", now.early_assets(i));
      auto command = job.Command<inventory::v1::CompareWithManifestRequest>(step);
      command.set_load(job.header.load());
      for (; next < end; ++next) command.add_assets(now.early_assets(next));
      grpc::ClientContext compare_context;
      Forward(compare_context, job.caller);
      inventory::v1::CompareWithManifestResponse done;
      status = AnswerOf(parts_.inventory->CompareWithManifest(&compare_context, command, &done),
                        job.caller);
      if (!status.ok()) return status;
      compared += done.compared_count();
    }
    *compared_count += compared;
    if (compared == 0) return absl::OkStatus();  // Others have compared them meanwhile.
  }
}

absl::Status ManifestImport::Import(const common::Caller& caller,
                                    common::Source<v1::ImportManifestRequest>& source,
                                    v1::ImportManifestResponse* response) {
  v1::ImportManifestRequest first;
  if (auto status = ReceiveHeader(source, &first); !status.ok()) return status;
  const Reservation reservation(&arriving_bytes_, first.header().size_bytes());
  if (!reservation.granted()) {
    return common::Overloaded("Too many manifest files arrive at once; send it again later.");
  }
  auto bytes = ReceiveBytes(source, &first);
  if (!bytes.ok()) return bytes.status();
  Job job{caller, first.header(), first.request_id(), *std::move(bytes), {}};
  std::string supplier;
  ManifestColumns remembered;
  if (auto status = AskSupplier(job, &supplier, &remembered); !status.ok()) return status;
  const auto& given = job.header.columns();
  job.reading = ReadManifest(job.bytes, {.format = job.header.format(),
                                         .columns = {given.begin(), given.end()},
                                         .remembered = remembered,
                                         .mass_unit_g = job.header.mass_unit_g()});
  Describe(job.reading, response);
  if (job.reading.problem_count > 0) return absl::OkStatus();
  if (job.header.validate_only()) return CreateManifest(job, nullptr).status();
  if (auto status = Book(job, supplier, remembered, response->mutable_manifest()); !status.ok()) {
    return status;
  }
  std::int64_t compared_count = 0;
  const absl::Status compared = CompareEarly(job, &compared_count);
  response->set_compared_count(compared_count);
  return compared;
}

}  // namespace loopdock::intake
