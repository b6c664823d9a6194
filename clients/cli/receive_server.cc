// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_server.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/cli/receive_words.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/json.h"
#include "services/common/status.h"
#include "services/intake/core/label.h"

namespace loopdock::cli {
namespace {

constexpr absl::Duration kAnswerMax = absl::Seconds(5);
// A connection that is being made may be one that was merely idle.
constexpr absl::Duration kChangeMax = absl::Milliseconds(500);
constexpr std::int64_t kPictureBytesMax = 16 << 20;

// The SSCC of a container's label, or nothing.
std::string SsccOf(const std::string& text) {
  for (const intake::Element& element : intake::ParseLabel({.text = text}).elements) {
    if (element.id == "00" || element.id == "sscc") return element.value;
  }
  return "";
}

}  // namespace

ServerPort::ServerPort(const Settings& settings, std::string side_path, ReceiveSide* side,
                       const client::Connection& inventory, const client::Connection& intake,
                       client::ScanClient* scans)
    : settings_(settings),
      side_path_(std::move(side_path)),
      side_(side),
      inventory_(inventory),
      intake_(intake),
      scans_(scans),
      stub_(inventory::v1::InventoryService::NewStub(inventory.channel())),
      connected_(intake.channel()->GetState(false) == GRPC_CHANNEL_READY) {}

bool ServerPort::connected() {
  const auto state = intake_.channel()->GetState(/*try_to_connect=*/true);
  const bool changing = state == GRPC_CHANNEL_IDLE || state == GRPC_CHANNEL_CONNECTING;
  if (!changing) {
    changing_since_ = absl::InfiniteFuture();
    connected_ = state == GRPC_CHANNEL_READY;
    return connected_;
  }
  changing_since_ = std::min(changing_since_, absl::Now());
  if (absl::Now() - changing_since_ > kChangeMax) connected_ = false;
  return connected_;
}

absl::Status ServerPort::Keep(const intake::v1::ScanRequest& scan) {
  return scans_->Send(scan, absl::ZeroDuration());
}

absl::StatusOr<bool> ServerPort::TakeBack(const std::string& request_id) {
  return scans_->TakeBack(request_id);
}

absl::Status ServerPort::Remember(const ReceiveState& state) {
  side_->state = state;
  return WriteSide(side_path_, *side_);
}

absl::StatusOr<std::string> ServerPort::ReadPicture(const std::string& path) {
  return common::ReadFile(path, kPictureBytesMax);
}

template <typename Request, typename Response>
absl::StatusOr<Response> ServerPort::Ask(grpc::Status (Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                         const Request& request) const {
  grpc::ClientContext context;
  inventory_.Authorize(context);
  context.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
  Response response;
  const absl::Status status =
      common::FromGrpc((stub_.get()->*method)(&context, request, &response));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<ReceiveTotals> ServerPort::Totals() {
  inventory::v1::GetReconciliationRequest request;
  request.set_load(side_->state.load);
  const auto reconciliation = Ask(&Stub::GetReconciliation, request);
  if (!reconciliation.ok()) return reconciliation.status();
  return TotalsOf(side_->state.session, *reconciliation);
}

absl::StatusOr<inventory::v1::Scan> ServerPort::Withdraw(
    const inventory::v1::WithdrawScanRequest& request) {
  return Ask(&Stub::WithdrawScan, request);
}

absl::StatusOr<inventory::v1::Lot> ServerPort::CreateLot(
    const inventory::v1::CreateLotRequest& request) {
  return Ask(&Stub::CreateLot, request);
}

absl::StatusOr<inventory::v1::Lot> ServerPort::UpdateLot(
    const inventory::v1::UpdateLotRequest& request) {
  return Ask(&Stub::UpdateLot, request);
}

absl::StatusOr<bool> ServerPort::KnowsCategory(const std::string& category) {
  intake::v1::FindDeviceFactsRequest typical;
  typical.set_site(settings_.site_name());
  typical.set_category(category);
  grpc::ClientContext context;
  intake_.Authorize(context);
  context.set_deadline(absl::ToChronoTime(absl::Now() + kAnswerMax));
  intake::v1::FindDeviceFactsResponse facts;
  const absl::Status known = common::FromGrpc(intake::v1::IntakeService::NewStub(intake_.channel())
                                                  ->FindDeviceFacts(&context, typical, &facts));
  if (absl::IsNotFound(known)) return false;
  if (!known.ok()) return known;
  return true;
}

absl::StatusOr<inventory::v1::Weighing> ServerPort::Weigh(
    const inventory::v1::RecordWeighingRequest& request) {
  return Ask(&Stub::RecordWeighing, request);
}

absl::StatusOr<inventory::v1::ListDiscrepanciesResponse> ServerPort::Discrepancies(
    const inventory::v1::ListDiscrepanciesRequest& request) {
  return Ask(&Stub::ListDiscrepancies, request);
}

absl::StatusOr<inventory::v1::Container> ServerPort::FindContainer(const std::string& words) {
  const std::string sscc = SsccOf(words);
  if (sscc.empty() && words.find(' ') == std::string::npos) {
    inventory::v1::GetContainerRequest request;
    request.set_name(settings_.FullName("containers", words));
    auto container = Ask(&Stub::GetContainer, request);
    if (container.ok() || !absl::IsNotFound(container.status())) return container;
  }
  inventory::v1::FindRequest request;
  request.set_site(settings_.site_name());
  request.set_value(sscc.empty() ? words : sscc);
  const auto found = Ask(&Stub::Find, request);
  if (!found.ok()) return found.status();
  for (const auto& match : found->matches()) {
    if (match.has_container()) return match.container();
  }
  return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
                       "There is no such container. Scan its label without a command to make it "
                       "known, or type /container new.");
}

absl::StatusOr<inventory::v1::Container> ServerPort::CreateContainer(
    const inventory::v1::CreateContainerRequest& request) {
  return Ask(&Stub::CreateContainer, request);
}

absl::StatusOr<inventory::v1::ReceivingSession> ServerPort::Close(
    const inventory::v1::CloseSessionRequest& request) {
  return Ask(&Stub::CloseSession, request);
}

}  // namespace loopdock::cli
