// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_SCAN_WORK_H_
#define LOOPDOCK_SERVICES_INTAKE_SCAN_WORK_H_

// The steps of one scan: check, keep the picture as evidence, read and understand, let a person or
// a remembered layout decide what is in doubt, ask the catalog, then one command to inventory.
// Thread safety: all methods may be called from any thread.
// Blocking: Prepare may wait for the evidence store, a vision worker and inventory (a key that the
// catalog's cache does not have; the layout of a label that is in doubt), each at most 30 seconds
// where the caller has no deadline; Record does not wait.
// Errors: INVALID_FIELDS, TEXT_TOO_LONG, SEVERAL_DEVICES, what the vision pool says of bytes that
// are no picture, what inventory says of the command. Limits: text 8 KiB, picture 16 MiB inline, 64
// labels of a picture.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cpp/command_port.h"
#include "loopdock/grading/v1/evidence_service.grpc.pb.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "loopdock/vision/v1/vision.pb.h"
#include "services/common/caller.h"
#include "services/intake/command_stream.h"
#include "services/intake/core/choices.h"
#include "services/intake/core/label_types.h"
#include "services/intake/core/picture_symbols.h"
#include "services/intake/core/scan_record.h"
#include "services/intake/device_facts.h"

namespace loopdock::intake {

// The configuration's default.
inline constexpr double kChoiceThreshold = 0.6;

// A scan that is ready to be recorded: one command, or one for each label of a picture that shows
// several devices.
struct PreparedScan {
  struct Label {
    std::string digest;  // empty where there is only one
    inventory::v1::RecordScanRequest command;
  };
  std::string request_id;
  std::vector<Label> labels;  // at least one
  PictureSymbols symbols;     // As seen in a picture.
};

class ScanWork {
 public:
  // Has a vision worker work on a picture, and waits for it.
  using Read =
      std::function<absl::StatusOr<vision::v1::Response>(std::string, vision::v1::Request)>;
  struct Parts {
    std::shared_ptr<inventory::v1::InventoryService::StubInterface> inventory;
    std::shared_ptr<grading::v1::EvidenceService::StubInterface> evidence;
    Read read;
    ParseOptions labels;
    std::shared_ptr<DeviceFacts> facts;
    // Below it, a person chooses among what a label may mean.
    double choice_threshold = kChoiceThreshold;
    // To an inventory of this process; null where it is elsewhere.
    client::CommandPort* commands = nullptr;
  };
  explicit ScanWork(Parts parts) : parts_(std::move(parts)) {}

  // Whether Prepare would wait for a picture: then it belongs beside other scans, on a thread of
  // its own.
  static bool Waits(const v1::ScanRequest& request);
  absl::StatusOr<PreparedScan> Prepare(const common::Caller& caller,
                                       const v1::ScanRequest& request) const;

  using Recorded = std::function<void(absl::StatusOr<v1::ScanResponse>)>;
  // Calls `recorded` once, from any thread, until when the caller must live. Scans of a stream are
  // recorded in the order of their Records; without a stream a scan is a call of its own.
  void Record(const common::Caller& caller, PreparedScan scan, CommandStream* stream,
              Recorded recorded) const;
  // For the scans of one station.
  std::unique_ptr<CommandStream> OpenStream() const {
    return std::make_unique<CommandStream>(parts_.inventory.get());
  }

 private:
  absl::StatusOr<std::string> PictureBytes(const common::Caller& caller,
                                           const v1::ScanRequest& request,
                                           loopdock::common::v1::EvidenceRef* evidence) const;
  absl::Status KeepPicture(const common::Caller& caller, const v1::ScanRequest& request,
                           loopdock::common::v1::EvidenceRef* evidence) const;
  // Adds symbols and warnings to the command.
  absl::Status ReadPicture(std::string bytes, inventory::v1::RecordScanRequest* command,
                           PictureSymbols* seen) const;
  // Makes of a command with all symbols of a picture one for each label.
  absl::Status SplitByLabel(const v1::ScanRequest& request,
                            inventory::v1::RecordScanRequest command, PreparedScan* scan) const;
  // Fills understanding, warnings and needs_choice from the command's symbols.
  void UnderstandLabel(const common::Caller& caller, const v1::ScanRequest& request,
                       inventory::v1::RecordScanRequest* command) const;
  bool IsKnownPart(const LabelReading& reading) const;
  void ApplyLayout(const common::Caller& caller, const std::string& site,
                   LabelReading* reading) const;
  void RememberLayout(const common::Caller& caller, const v1::ScanRequest& request,
                      const Choices& choices, LabelReading* reading) const;
  void AskCatalog(const common::Caller& caller, inventory::v1::RecordScanRequest* command) const;
  using RecordedLabel = std::function<void(absl::StatusOr<inventory::v1::RecordScanResponse>)>;
  void RecordLabel(const common::Caller& caller, inventory::v1::RecordScanRequest command,
                   CommandStream* stream, RecordedLabel recorded) const;

  const Parts parts_;
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_SCAN_WORK_H_
