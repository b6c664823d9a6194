// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/demo_work.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "clients/cli/demo_server.h"
#include "clients/cli/progress.h"
#include "clients/cpp/scan_client.h"
#include "loopdock/routing/v1/routing.grpc.pb.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using grading::v1::GradingService;
using grading::v1::Inspection;
using intake::v1::ScanRequest;
using intake::v1::ScanResponse;
using inventory::v1::Asset;
using inventory::v1::InventoryService;

constexpr const char* kSupplier = "parties/demo-supplier";
constexpr int kInspectors = 2;
constexpr absl::Duration kFlushTimeout = absl::Minutes(10);
constexpr absl::Duration kSettleTimeout = absl::Minutes(1);
constexpr absl::Duration kLook = absl::Milliseconds(50);

absl::Status TooSlow(const std::string& what) {
  return common::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                       what + " within a minute. Look into the server's log.");
}

std::string RefusalText(const std::string& name, const ScanResponse& answer) {
  return absl::StrCat("The scan ", name, " was refused: ", answer.error().message());
}

// A device whose picture could be graded, with the best and the worst of them.
bool IsGraded(const Inspection& inspection) {
  return inspection.cosmetic() > inventory::v1::COSMETIC_C0;
}

}  // namespace

bool Succeeded(const ScanResponse& answer) {
  switch (answer.outcome()) {
    case inventory::v1::SCAN_OUTCOME_BOOKED:
    case inventory::v1::SCAN_OUTCOME_ADDED:
    case inventory::v1::SCAN_OUTCOME_CONTAINER:
    case inventory::v1::SCAN_OUTCOME_UNREAD:
      return true;
    case inventory::v1::SCAN_OUTCOME_DUPLICATE:
      return !answer.asset().empty();
    default:
      return false;
  }
}

DemoWork::DemoWork(const client::Connection& connection, std::string site, std::string journal,
                   const DemoPlan& plan, GoOn go_on)
    : connection_(connection),
      site_(std::move(site)),
      journal_(std::move(journal)),
      plan_(plan),
      go_on_(std::move(go_on)),
      inventory_(InventoryService::NewStub(connection.channel())),
      grading_(GradingService::NewStub(connection.channel())) {}

absl::Status DemoWork::Run(DemoResult* result) {
  absl::Status status = Register(result);
  if (status.ok()) status = Scan(result);
  if (status.ok()) status = Inspect(result);
  if (status.ok()) status = AwaitRecorded(result);
  if (status.ok()) status = Process(*result);
  if (status.ok()) status = Settle(result);
  return status;
}

std::string DemoWork::RequestId(std::string_view what, std::string_view about) const {
  return common::DerivedUuidV7(
      load_time_, absl::StrCat(std::string(what), "\n", session_, "\n", std::string(about)));
}

absl::Status DemoWork::EnsureSupplier(const std::string& name) {
  inventory::v1::GetPartyRequest get;
  get.set_name(name);
  const auto found = connection_.Ask(*inventory_, &InventoryService::Stub::GetParty, get);
  if (!absl::IsNotFound(found.status())) return found.status();
  inventory::v1::CreatePartyRequest create;
  create.mutable_party()->set_name(name);
  create.mutable_party()->set_display_name("Demonstration supplier");
  create.mutable_party()->add_roles(inventory::v1::PARTY_ROLE_SUPPLIER);
  create.set_request_id(common::NewUuidV7());
  return connection_.Ask(*inventory_, &InventoryService::Stub::CreateParty, create).status();
}

absl::Status DemoWork::Register(DemoResult* result) {
  inventory::v1::GetLoadRequest get;
  get.set_site(site_);
  get.set_supplier(kSupplier);
  get.set_external_ref(plan_.external_ref);
  auto load = connection_.Ask(*inventory_, &InventoryService::Stub::GetLoad, get);
  result->load_known = load.ok();
  if (absl::IsNotFound(load.status())) {
    if (auto status = EnsureSupplier(kSupplier); !status.ok()) return status;
    inventory::v1::CreateLoadRequest create;
    create.set_site(site_);
    create.mutable_load()->set_supplier(kSupplier);
    create.mutable_load()->set_external_ref(plan_.external_ref);
    create.mutable_load()->set_bill_of_lading("demonstration");
    create.set_request_id(common::NewUuidV7());
    load = connection_.Ask(*inventory_, &InventoryService::Stub::CreateLoad, create);
  }
  if (!load.ok()) return load.status();
  load_time_ = common::FromProto(load->create_time());
  if (load->open_sessions_size() > 0) {
    session_ = load->open_sessions(0);
  } else {
    inventory::v1::OpenSessionRequest open;
    open.set_site(site_);
    open.set_load(load->name());
    open.set_request_id(common::NewUuidV7());
    const auto session = connection_.Ask(*inventory_, &InventoryService::Stub::OpenSession, open);
    if (!session.ok()) return session.status();
    session_ = session->name();
  }
  result->load = *std::move(load);
  result->session = session_;
  return absl::OkStatus();
}

absl::Status DemoWork::Scan(DemoResult* result) {
  auto journal = client::ScanJournal::Open(journal_);
  if (!journal.ok()) return journal.status();
  std::map<std::string, size_t> place;  // of a scan in the plan, by its request_id
  for (size_t i = 0; i < plan_.scans.size(); ++i) place[RequestId("scan", plan_.scans[i].name)] = i;
  result->scans.resize(plan_.scans.size());
  Progress progress("scanned", plan_.scans.size());
  const absl::Time start = absl::Now();
  client::ScanClient client(
      intake::v1::IntakeService::NewStub(connection_.channel()),
      [this](grpc::ClientContext& context) { connection_.Authorize(context); }, journal->get(),
      [&](const ScanRequest& scan, const ScanResponse& answer) {
        // The journal may hold scans of an earlier run that was cut off.
        const auto found = place.find(scan.request_id());
        if (found != place.end()) result->scans[found->second] = answer;
        progress.Add();
      });
  std::map<std::string, bool> waiting;
  for (const ScanRequest& scan : (*journal)->Unacknowledged()) waiting[scan.request_id()] = true;
  for (const DemoScan& plan : plan_.scans) {
    if (auto status = go_on_(); !status.ok()) return status;
    ScanRequest scan;
    scan.set_request_id(RequestId("scan", plan.name));
    if (waiting.contains(scan.request_id())) continue;
    scan.set_session(session_);
    scan.set_display_name(plan.name.substr(0, 200));
    if (plan.path.empty()) {
      scan.set_text(plan.text);
    } else {
      auto bytes = common::ReadFile(plan.path);
      if (!bytes.ok()) return bytes.status();
      scan.set_picture(*std::move(bytes));
    }
    if (auto status = client.Send(scan); !status.ok()) return status;
  }
  const absl::Time latest = absl::Now() + kFlushTimeout;
  absl::Status flushed = client.Flush(absl::Milliseconds(200));
  while (!flushed.ok() && absl::Now() < latest) {
    if (auto status = go_on_(); !status.ok()) return status;
    flushed = client.Flush(absl::Milliseconds(200));
  }
  if (!flushed.ok()) return flushed;
  result->scan_time = absl::Now() - start;
  for (size_t i = 0; i < plan_.scans.size(); ++i) {
    if (Succeeded(result->scans[i])) continue;
    return absl::FailedPreconditionError(RefusalText(plan_.scans[i].name, result->scans[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<Inspection> DemoWork::InspectOne(const DemoScreen& screen,
                                                const std::string& asset) {
  grading::v1::InspectRequest inspect;
  inspect.set_asset(asset);
  inspect.set_request_id(RequestId("inspect", screen.name));
  auto bytes = common::ReadFile(screen.path);
  if (!bytes.ok()) return bytes.status();
  auto* picture = inspect.add_pictures();
  picture->set_inline_(*std::move(bytes));
  picture->set_um_per_px(plan_.um_per_px);
  const auto proposed = connection_.Ask(*grading_, &GradingService::Stub::Inspect, inspect);
  if (!proposed.ok()) return proposed.status();
  grading::v1::ConfirmInspectionRequest confirm;
  confirm.set_name(proposed->name());
  confirm.set_version(proposed->version());
  confirm.set_request_id(RequestId("confirm", screen.name));
  return connection_.Ask(*grading_, &GradingService::Stub::ConfirmInspection, confirm);
}

absl::Status DemoWork::Inspect(DemoResult* result) {
  result->inspections.resize(plan_.screens.size());
  Progress progress("inspected and confirmed", plan_.screens.size());
  const absl::Time start = absl::Now();
  std::atomic<size_t> next = 0;
  absl::Mutex mutex;
  absl::Status first_error;
  const auto work = [&] {
    for (size_t i = next++; i < plan_.screens.size() && !StopAsked(); i = next++) {
      const DemoScreen& screen = plan_.screens[i];
      auto inspection = InspectOne(screen, result->scans[screen.scan].asset());
      absl::MutexLock lock(&mutex);
      if (inspection.ok()) {
        result->inspections[i] = *std::move(inspection);
        progress.Add();
      } else {
        first_error.Update(inspection.status());
        return;
      }
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kInspectors; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  result->inspect_time = absl::Now() - start;
  // Why the server does not answer says more than that it does not.
  if (auto status = go_on_(); !status.ok()) return status;
  return first_error;
}

// Grading hands confirmed grades to inventory in its own time.
absl::Status DemoWork::AwaitRecorded(DemoResult* result) {
  const absl::Time latest = absl::Now() + kSettleTimeout;
  for (Inspection& inspection : result->inspections) {
    grading::v1::GetInspectionRequest get;
    get.set_name(inspection.name());
    while (!inspection.recorded()) {
      auto found = connection_.Ask(*grading_, &GradingService::Stub::GetInspection, get);
      if (!found.ok()) return found.status();
      inspection = *std::move(found);
      if (inspection.recorded()) break;
      if (absl::Now() > latest) return TooSlow("A confirmed grade has not reached inventory");
      absl::SleepFor(kLook);
    }
  }
  return absl::OkStatus();
}

absl::Status DemoWork::Process(const DemoResult& result) {
  const Inspection* best = nullptr;
  const Inspection* worst = nullptr;
  for (const Inspection& inspection : result.inspections) {
    if (!IsGraded(inspection)) continue;
    if (best == nullptr || inspection.cosmetic() > best->cosmetic()) best = &inspection;
    if (worst == nullptr || inspection.cosmetic() < worst->cosmetic()) worst = &inspection;
  }
  if (best == nullptr) return absl::OkStatus();
  if (auto status = ProcessOne(best->asset(), true); !status.ok()) return status;
  if (worst->asset() == best->asset()) return absl::OkStatus();
  return ProcessOne(worst->asset(), false);
}

absl::Status DemoWork::Sanitize(const std::string& asset) {
  inventory::v1::BeginProcessRequest begin;
  begin.set_name(asset);
  begin.set_process(inventory::v1::NEXT_PROCESS_DATA_SANITIZATION);
  begin.set_request_id(RequestId("begin", asset));
  auto done = connection_.Ask(*inventory_, &InventoryService::Stub::BeginProcess, begin);
  if (!done.ok()) return done.status();
  inventory::v1::RecordSanitizationRequest wipe;
  auto* sanitization = wipe.mutable_sanitization();
  sanitization->set_asset(asset);
  sanitization->set_method(inventory::v1::SANITIZATION_METHOD_PURGE);
  sanitization->set_tool("demonstration, nothing was erased");
  sanitization->set_standard("NIST SP 800-88r1");
  sanitization->set_succeeded(true);
  sanitization->set_verifier("demo-verifier");
  wipe.set_request_id(RequestId("sanitize", asset));
  done = connection_.Ask(*inventory_, &InventoryService::Stub::RecordSanitization, wipe);
  if (!done.ok()) return done.status();
  inventory::v1::ReconcileSanitizationRequest reconcile;
  reconcile.set_site(site_);
  reconcile.add_assets(asset);
  reconcile.set_received_count(1);
  reconcile.set_request_id(RequestId("reconcile", asset));
  const auto reconciled =
      connection_.Ask(*inventory_, &InventoryService::Stub::ReconcileSanitization, reconcile);
  if (!reconciled.ok()) return reconciled.status();
  inventory::v1::ReleaseSanitizationRequest release;
  release.set_name(asset);
  release.set_request_id(RequestId("release", asset));
  return connection_.Ask(*inventory_, &InventoryService::Stub::ReleaseSanitization, release)
      .status();
}

absl::Status DemoWork::ProcessOne(const std::string& asset, bool works) {
  if (auto status = Sanitize(asset); !status.ok()) return status;
  inventory::v1::RecordTestRequest record;
  record.mutable_test()->set_asset(asset);
  record.mutable_test()->set_plan("demonstration@1");
  for (const char* function : {"display", "touch", "battery", "complete"}) {
    auto* result = record.mutable_test()->add_results();
    result->set_function(function);
    result->set_key(std::string_view(function) != "complete");
    result->set_method("demonstration");
    const bool passes = works || std::string_view(function) != "touch";
    result->set_outcome(passes ? inventory::v1::TEST_OUTCOME_PASS
                               : inventory::v1::TEST_OUTCOME_FAIL);
  }
  record.set_request_id(RequestId("test", asset));
  return connection_.Ask(*inventory_, &InventoryService::Stub::RecordTest, record).status();
}

absl::Status DemoWork::ReadAssets(DemoResult* result) {
  result->assets.assign(plan_.scans.size(), Asset());
  for (size_t i = 0; i < plan_.scans.size(); ++i) {
    if (result->scans[i].asset().empty()) continue;
    inventory::v1::GetAssetRequest get;
    get.set_name(result->scans[i].asset());
    auto asset = connection_.Ask(*inventory_, &InventoryService::Stub::GetAsset, get);
    if (!asset.ok()) return asset.status();
    result->through_sequence = std::max(result->through_sequence, asset->last_sequence());
    result->assets[i] = *std::move(asset);
  }
  return absl::OkStatus();
}

// Routing decides in its own time; its decisions are entries of the feed too.
absl::Status DemoWork::Settle(DemoResult* result) {
  if (auto status = ReadAssets(result); !status.ok()) return status;
  const auto routing = routing::v1::RoutingService::NewStub(connection_.channel());
  routing::v1::GetStatusRequest get;
  get.set_site(site_);
  const absl::Time latest = absl::Now() + kSettleTimeout;
  while (true) {
    const auto status =
        connection_.Ask(*routing, &routing::v1::RoutingService::Stub::GetStatus, get);
    if (!status.ok()) return status.status();
    if (status->through_sequence() >= result->through_sequence &&
        status->through_sequence() >= status->feed_sequence()) {
      break;
    }
    if (auto alive = go_on_(); !alive.ok()) return alive;
    if (absl::Now() > latest) return TooSlow("Routing has not caught up");
    absl::SleepFor(kLook);
  }
  return ReadAssets(result);
}

}  // namespace loopdock::cli
