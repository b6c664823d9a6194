// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_MANIFEST_IMPORT_H_
#define LOOPDOCK_SERVICES_INTAKE_MANIFEST_IMPORT_H_

// A manifest file on its way into the record: received whole, judged whole, kept as evidence, then
// sent to inventory in parts and activated.
// Thread safety: all methods may be called from any thread.
// Blocking: Import until the manifest is active; each step at most kStepDeadline, the lines
// together kLinesDeadline. Durability: OK with a manifest means that every line is durable and the
// manifest in force. Errors: INVALID_FIELDS, TOO_LARGE, MANIFEST_INCOMPLETE, OVERLOADED, and what
// inventory or the evidence store says. What is wrong in the file is no error but stands in the
// response, and nothing is booked then. The commands to inventory have ids made from the request's:
// sent again after an error, the same request goes on where it broke off, and with other content it
// is refused REQUEST_ID_REUSED. Limits: those of core/manifest_file.h; 128 MiB of files that are
// worked on at once; kPartLinesMax lines and kPartBytesMax bytes a command.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/caller.h"
#include "services/common/stream_io.h"
#include "services/intake/core/manifest_file.h"

namespace loopdock::intake {

// Scans that come meanwhile wait for the parts before them: so few take some milliseconds.
inline constexpr int kPartLinesMax = 200;
inline constexpr std::size_t kPartBytesMax = std::size_t{512} << 10;
inline constexpr absl::Duration kLinesDeadline = absl::Minutes(5);

class ManifestImport {
 public:
  struct Parts {
    std::shared_ptr<inventory::v1::InventoryService::StubInterface> inventory;
    std::shared_ptr<grading::v1::EvidenceService::StubInterface> evidence;
  };
  explicit ManifestImport(Parts parts) : parts_(std::move(parts)) {}

  absl::Status Import(const common::Caller& caller,
                      common::Source<v1::ImportManifestRequest>& source,
                      v1::ImportManifestResponse* response);

 private:
  // One import: who asks, what was sent, and what came out of it.
  struct Job;

  absl::Status AskSupplier(const Job& job, std::string* supplier,
                           ManifestColumns* remembered) const;
  absl::StatusOr<std::string> CreateManifest(const Job& job,
                                             const loopdock::common::v1::EvidenceRef* source) const;
  static std::vector<inventory::v1::AddManifestLinesRequest> PartsOf(const Job& job,
                                                                     const std::string& manifest);
  absl::Status AddLines(const Job& job, const std::string& manifest) const;
  absl::Status Remember(const Job& job, const std::string& supplier,
                        const ManifestColumns& remembered) const;
  absl::Status Book(const Job& job, const std::string& supplier, const ManifestColumns& remembered,
                    inventory::v1::Manifest* manifest) const;
  // What came before the manifest is compared with it for good.
  absl::Status CompareEarly(const Job& job, std::int64_t* compared_count) const;

  const Parts parts_;
  std::atomic<std::int64_t> arriving_bytes_{0};
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_MANIFEST_IMPORT_H_
