// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_SERVER_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_SERVER_H_

// The port of a receiving terminal to a real server, its journal and the side file.
// Thread safety: one thread.
// Ownership: connections, client and side outlive it.
// Blocking: a call waits at most five seconds.

#include <memory>
#include <string>

#include "clients/cli/receive_open.h"
#include "clients/cpp/scan_client.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"

namespace loopdock::cli {

class ServerPort final : public ReceivePort {
 public:
  ServerPort(const Settings& settings, std::string side_path, ReceiveSide* side,
             const client::Connection& inventory, const client::Connection& intake,
             client::ScanClient* scans);

  bool connected() override;
  absl::Status Keep(const intake::v1::ScanRequest& scan) override;
  absl::StatusOr<bool> TakeBack(const std::string& request_id) override;
  absl::Status Remember(const ReceiveState& state) override;
  absl::StatusOr<std::string> ReadPicture(const std::string& path) override;
  absl::StatusOr<ReceiveTotals> Totals() override;
  absl::StatusOr<inventory::v1::Scan> Withdraw(
      const inventory::v1::WithdrawScanRequest& request) override;
  absl::StatusOr<inventory::v1::Lot> CreateLot(
      const inventory::v1::CreateLotRequest& request) override;
  absl::StatusOr<inventory::v1::Lot> UpdateLot(
      const inventory::v1::UpdateLotRequest& request) override;
  absl::StatusOr<bool> KnowsCategory(const std::string& category) override;
  absl::StatusOr<inventory::v1::Weighing> Weigh(
      const inventory::v1::RecordWeighingRequest& request) override;
  absl::StatusOr<inventory::v1::ListDiscrepanciesResponse> Discrepancies(
      const inventory::v1::ListDiscrepanciesRequest& request) override;
  absl::StatusOr<inventory::v1::Container> FindContainer(const std::string& words) override;
  absl::StatusOr<inventory::v1::Container> CreateContainer(
      const inventory::v1::CreateContainerRequest& request) override;
  absl::StatusOr<inventory::v1::ReceivingSession> Close(
      const inventory::v1::CloseSessionRequest& request) override;

 private:
  using Stub = inventory::v1::InventoryService::Stub;
  template <typename Request, typename Response>
  absl::StatusOr<Response> Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request) const;

  const Settings& settings_;
  const std::string side_path_;
  ReceiveSide* const side_;
  const client::Connection& inventory_;
  const client::Connection& intake_;
  client::ScanClient* const scans_;
  const std::unique_ptr<Stub> stub_;
  bool connected_ = false;
  absl::Time changing_since_ = absl::InfiniteFuture();
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_SERVER_H_
