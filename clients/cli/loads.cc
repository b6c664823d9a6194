// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/loads.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/console.h"
#include "clients/cli/fields.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/status.h"
#include "services/intake/core/manifest_file.h"

namespace loopdock::cli {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::Load;
using Stub = InventoryService::Stub;

bool IsFullName(const std::string& words) { return words.find('/') != std::string::npos; }

// A reference need not look like a name.
bool IsNoName(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsInvalidArgument(status);
}

absl::StatusOr<Load> FindByReference(const client::Connection& connection, const Settings& settings,
                                     Stub& stub, const std::string& reference) {
  inventory::v1::FindRequest request;
  request.set_site(settings.site_name());
  request.set_value(reference);
  const auto found = connection.Ask(stub, &Stub::Find, request);
  if (!found.ok()) return found.status();
  std::vector<Load> loads;
  for (const auto& match : found->matches()) {
    if (match.has_load() && match.load().external_ref() == reference) loads.push_back(match.load());
  }
  if (loads.size() == 1) return loads.front();
  if (loads.empty()) {
    return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                         absl::StrCat("No load has the name or the reference '",
                                      Visible(reference, 100), "'. loopdock load list shows all."));
  }
  const std::string names = absl::StrJoin(loads, ", ", [](std::string* text, const Load& load) {
    absl::StrAppend(text, load.name(), " of ", load.supplier());
  });
  return UsageError(absl::StrCat("'", Visible(reference, 100), "' is a reference of ", loads.size(),
                                 " loads: ", names, ". Give the name of one."));
}

}  // namespace

absl::StatusOr<Load> FindLoad(const client::Connection& connection, const Settings& settings,
                              const std::string& words, const std::string& supplier) {
  const auto stub = InventoryService::NewStub(connection.channel());
  inventory::v1::GetLoadRequest request;
  if (!supplier.empty()) {
    request.set_site(settings.site_name());
    request.set_supplier(CompleteName(settings, "parties", supplier));
    request.set_external_ref(words);
    return connection.Ask(*stub, &Stub::GetLoad, request);
  }
  request.set_name(settings.FullName("loads", words));
  auto load = connection.Ask(*stub, &Stub::GetLoad, request);
  if (load.ok() || IsFullName(words) || !IsNoName(load.status())) return load;
  return FindByReference(connection, settings, *stub, words);
}

absl::StatusOr<std::unique_ptr<client::Connection>> ConnectTo(const Settings& settings,
                                                              const std::string& address) {
  Settings other = settings;
  if (!address.empty()) other.connect.address = address;
  return other.Connect();
}

absl::StatusOr<std::string> FindManifest(const client::Connection& connection,
                                         const Settings& settings, const std::string& words) {
  const std::string name = settings.FullName("manifests", words);
  if (IsFullName(words)) return name;
  const auto stub = InventoryService::NewStub(connection.channel());
  inventory::v1::ListManifestLinesRequest request;
  request.set_manifest(name);
  request.set_page_size(1);
  const auto lines = connection.Ask(*stub, &Stub::ListManifestLines, request);
  if (lines.ok()) return name;
  if (!IsNoName(lines.status())) return lines.status();
  const auto load = FindLoad(connection, settings, words);
  if (!load.ok()) return load.status();
  if (!load->manifest().empty()) return load->manifest();
  return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                       absl::StrCat(load->name(), " has no manifest in force."));
}

absl::StatusOr<std::string> ReadManifest(const std::string& path) {
  auto bytes = common::ReadFile(path, intake::kManifestBytesMax);
  if (bytes.ok() && bytes->empty()) return UsageError(Visible(path) + " is empty.");
  return bytes;
}

std::string ProblemLine(const std::string& file, const intake::v1::ManifestProblem& problem) {
  std::string line = Visible(file);
  if (problem.line() > 0) absl::StrAppend(&line, ":", problem.line());
  if (!problem.column().empty()) absl::StrAppend(&line, ": ", Visible(problem.column(), 60));
  absl::StrAppend(&line, ": ", Visible(problem.problem()));
  if (!problem.value().empty()) absl::StrAppend(&line, " (", Visible(problem.value(), 100), ")");
  return line;
}

}  // namespace loopdock::cli
