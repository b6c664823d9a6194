// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_PORT_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_PORT_H_

// What a receiving terminal needs of the world: journal, server, files. Tests give it another one.
// Thread safety: for the terminal's one thread.
// Blocking: a call to the server waits at most a few seconds and is not tried again; Keep, TakeBack
// and Remember wait for the disk.
// Errors: the server's; UNAVAILABLE or DEADLINE_EXCEEDED when it does not answer.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"

namespace loopdock::cli {

inline constexpr size_t kUndoableMax = 200;

// What a person must answer: a choice between values, or an unread label.
struct OpenQuestion {
  int number = 0;  // by which a person names it; not given to another one of the session
  intake::v1::ScanRequest scan;  // without its picture
  intake::v1::ScanResponse answer;
};

// What a terminal must know again after it was killed: the journal's side file.
struct ReceiveState {
  std::string session;
  std::string load;
  std::string supplier;
  std::string container;  // devices go into it; empty for none
  bool grouped = false;   // the scans of one device in turn, until the next device
  std::string asset_key;  // of the device in work, when grouped
  std::string scale;      // of the last weighing
  std::string remark;     // for the summary
  std::vector<std::string> hazard_findings;
  std::map<std::string, std::string> containers;  // by what was scanned or typed
  std::deque<OpenQuestion> open;                  // oldest first
  int asked = 0;                                  // questions of the session so far
  // Of the load, as last heard.
  inventory::v1::ReceivingCounts counts;
  std::int64_t assets = 0;
  std::int64_t unread = 0;
};

// How the load stands, as the server says.
struct ReceiveTotals {
  inventory::v1::ReceivingCounts load;
  inventory::v1::ReceivingCounts session;  // what of it the session contributes
  std::int64_t assets = 0;
  std::int64_t unread = 0;
};

class ReceivePort {
 public:
  virtual ~ReceivePort() = default;

  // True while the server answers, as far as one can know.
  virtual bool connected() = 0;
  // On the disk when OK; sent as soon as may be.
  virtual absl::Status Keep(const intake::v1::ScanRequest& scan) = 0;
  // False when it may have been sent.
  virtual absl::StatusOr<bool> TakeBack(const std::string& request_id) = 0;
  virtual absl::Status Remember(const ReceiveState& state) = 0;
  virtual absl::StatusOr<std::string> ReadPicture(const std::string& path) = 0;

  virtual absl::StatusOr<ReceiveTotals> Totals() = 0;
  virtual absl::StatusOr<inventory::v1::Scan> Withdraw(
      const inventory::v1::WithdrawScanRequest& request) = 0;
  virtual absl::StatusOr<inventory::v1::Lot> CreateLot(
      const inventory::v1::CreateLotRequest& request) = 0;
  virtual absl::StatusOr<inventory::v1::Lot> UpdateLot(
      const inventory::v1::UpdateLotRequest& request) = 0;
  // Whether the catalog has it.
  virtual absl::StatusOr<bool> KnowsCategory(const std::string& category) = 0;
  virtual absl::StatusOr<inventory::v1::Weighing> Weigh(
      const inventory::v1::RecordWeighingRequest& request) = 0;
  virtual absl::StatusOr<inventory::v1::ListDiscrepanciesResponse> Discrepancies(
      const inventory::v1::ListDiscrepanciesRequest& request) = 0;
  // By its name or by what stands on its label.
  virtual absl::StatusOr<inventory::v1::Container> FindContainer(const std::string& words) = 0;
  virtual absl::StatusOr<inventory::v1::Container> CreateContainer(
      const inventory::v1::CreateContainerRequest& request) = 0;
  virtual absl::StatusOr<inventory::v1::ReceivingSession> Close(
      const inventory::v1::CloseSessionRequest& request) = 0;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_PORT_H_
