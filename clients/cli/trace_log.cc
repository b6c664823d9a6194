// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/trace_log.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "loopdock/traceability/v1/traceability.grpc.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/status.h"
#include "services/traceability/core/epcis.h"
#include "services/traceability/core/tiles.h"

namespace loopdock::cli {
namespace {

using traceability::LogVerifier;
using traceability::VerifyReport;
using traceability::v1::Checkpoint;
using traceability::v1::ExportLogResponse;
using traceability::v1::TraceabilityService;

absl::Status Broken(const std::string& why) {
  return common::Error(absl::StatusCode::kDataLoss, "LOG_ENTRIES_BROKEN",
                       why + " Export the log again.");
}

using OnPart = std::function<absl::Status(const ExportLogResponse&)>;

// Every part in order; the first one's checkpoint comes before its entries.
absl::Status ReadLog(const client::Connection& connection, const std::string& site,
                     const OnPart& on_part) {
  const auto stub = TraceabilityService::NewStub(connection.channel());
  grpc::ClientContext context;
  connection.Authorize(context);
  traceability::v1::ExportLogRequest request;
  request.set_site(site);
  const auto reader = stub->ExportLog(&context, request);
  ExportLogResponse part;
  std::int64_t next = 0;
  absl::Status status;
  while (status.ok() && reader->Read(&part)) {
    if (part.leaves_size() > 0 && part.from_index() != next) {
      status = Broken(absl::StrCat("The server left out entry ", next, "."));
    } else {
      status = on_part(part);
    }
    next += part.leaves_size();
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status finished = common::FromGrpc(reader->Finish());
  return status.ok() ? finished : status;
}

absl::Status AddAll(LogVerifier& verifier, const ExportLogResponse& part) {
  for (int i = 0; i < part.leaves_size(); ++i) {
    const auto index = static_cast<std::uint64_t>(part.from_index() + i);
    if (auto status = verifier.Add(index, part.leaves(i)); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Open(const std::string& path) {
  if (path.empty()) return std::unique_ptr<OutputFile>(new OutputFile("", stdout));
  std::unique_ptr<OutputFile> output(new OutputFile(path, nullptr));
  output->file_ = std::fopen(output->partial().c_str(), "wb");
  if (output->file_ == nullptr) return output->Unwritable();
  return output;
}

OutputFile::~OutputFile() {
  if (path_.empty() || file_ == nullptr) return;
  std::fclose(file_);
  ::unlink(partial().c_str());
}

absl::Status OutputFile::Unwritable() const {
  const std::string name = path_.empty() ? "standard output" : path_;
  return common::Error(absl::StatusCode::kUnavailable, "FILE_UNWRITABLE",
                       absl::StrCat("Cannot write ", name, ": ", std::strerror(errno), "."),
                       {{"path", name}});
}

absl::Status OutputFile::Write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) return Unwritable();
  return absl::OkStatus();
}

absl::Status OutputFile::Close() {
  if (std::fflush(file_) != 0) return Unwritable();
  if (path_.empty()) return absl::OkStatus();
  if (::fsync(::fileno(file_)) != 0) return Unwritable();
  if (std::rename(partial().c_str(), path_.c_str()) != 0) return Unwritable();
  std::fclose(file_);
  file_ = nullptr;
  return absl::OkStatus();
}

absl::StatusOr<Checkpoint> GetCheckpoint(const client::Connection& connection,
                                         const std::string& site, std::int64_t min_sequence) {
  const auto stub = TraceabilityService::NewStub(connection.channel());
  traceability::v1::GetCheckpointRequest request;
  request.set_site(site);
  request.set_min_sequence(min_sequence);
  return connection.Ask(*stub, &TraceabilityService::Stub::GetCheckpoint, request);
}

absl::Status ExportEpcis(const client::Connection& connection, const std::string& site,
                         const std::string& subject, OutputFile& output) {
  const auto stub = TraceabilityService::NewStub(connection.channel());
  grpc::ClientContext context;
  connection.Authorize(context);
  traceability::v1::ExportEpcisRequest request;
  request.set_site(site);
  request.set_subject(subject);
  const auto reader = stub->ExportEpcis(&context, request);
  absl::Status status = output.Write(traceability::DocumentHead(absl::Now()));
  traceability::v1::ExportEpcisResponse part;
  bool first = true;
  while (status.ok() && reader->Read(&part)) {
    for (const std::string& event : part.events()) {
      if (!status.ok()) break;
      status = output.Write(first ? event : ",\n" + event);
      first = false;
    }
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status finished = common::FromGrpc(reader->Finish());
  if (!status.ok()) return status;
  return finished.ok() ? output.Write(traceability::DocumentTail()) : finished;
}

absl::StatusOr<Checkpoint> ExportLog(const client::Connection& connection, const std::string& site,
                                     OutputFile& output) {
  Checkpoint checkpoint;
  auto status = ReadLog(connection, site, [&](const ExportLogResponse& part) -> absl::Status {
    if (part.has_checkpoint()) checkpoint = part.checkpoint();
    std::string bundle;
    for (const std::string& leaf : part.leaves()) {
      if (auto added = traceability::AppendEntry(leaf, &bundle); !added.ok()) return added;
    }
    return output.Write(bundle);
  });
  if (!status.ok()) return status;
  return checkpoint;
}

absl::StatusOr<VerifyReport> VerifyFile(const std::string& path, const std::string& note,
                                        const std::string& key) {
  auto verifier = LogVerifier::Start(note, key);
  if (!verifier.ok()) return verifier.status();
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return common::Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND",
                         absl::StrCat("Cannot read ", path, ": ", std::strerror(errno), "."),
                         {{"path", path}});
  }
  std::string entry;
  for (std::uint64_t index = 0; file.peek() != std::ifstream::traits_type::eof(); ++index) {
    unsigned char length[2] = {};
    file.read(reinterpret_cast<char*>(length), sizeof length);
    entry.resize(static_cast<size_t>(length[0]) << 8 | length[1]);
    file.read(entry.data(), static_cast<std::streamsize>(entry.size()));
    if (!file) return Broken(absl::StrCat(path, " ends in the middle of entry ", index, "."));
    if (auto status = verifier->Add(index, entry); !status.ok()) return status;
  }
  return verifier->Finish();
}

absl::StatusOr<VerifyReport> VerifyServer(const client::Connection& connection,
                                          const std::string& site, const std::string& note,
                                          const std::string& key) {
  absl::StatusOr<LogVerifier> present = absl::UnknownError("no answer");
  absl::StatusOr<LogVerifier> kept = absl::UnknownError("no answer");
  auto status = ReadLog(connection, site, [&](const ExportLogResponse& part) -> absl::Status {
    if (part.has_checkpoint()) {
      present = LogVerifier::Start(part.checkpoint().note(), key);
      kept = LogVerifier::Start(note.empty() ? part.checkpoint().note() : note, key);
    }
    if (!present.ok()) return present.status();
    if (!kept.ok()) return kept.status();
    auto added = AddAll(*present, part);
    return added.ok() ? AddAll(*kept, part) : added;
  });
  if (!status.ok()) return status;
  if (!present.ok() || !kept.ok()) return Broken("The server gave no checkpoint.");
  auto report = present->Finish();
  return report.ok() ? kept->Finish() : report;
}

}  // namespace loopdock::cli
