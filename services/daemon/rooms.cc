// SPDX-License-Identifier: Apache-2.0
#include "services/daemon/rooms.h"

#include <algorithm>
#include <csignal>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/log.h"
#include "services/common/models.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/daemon/admin_service.h"
#include "services/grading/core/tables.h"
#include "services/grading/evidence_service.h"
#include "services/grading/grading_service.h"
#include "services/grading/models.h"
#include "services/grading/result_service.h"
#include "services/grading/station_service.h"
#include "services/intake/intake_service.h"
#include "services/inventory/inventory_server.h"
#include "services/routing/routing_service.h"
#include "services/storage/committer.h"
#include "services/storage/memory_driver.h"
#include "services/storage/rocksdb_driver.h"
#include "services/traceability/log_rows.h"
#include "services/traceability/traceability_service.h"
#include "services/vision/pool.h"

namespace loopdock::daemon {
namespace {

using common::Config;
using common::Host;

constexpr std::int64_t kModelBytesMax = 1 << 20;

struct FirstFailure {
  absl::Mutex mutex;
  absl::Status status ABSL_GUARDED_BY(mutex);
};

FirstFailure& TheFirstFailure() {
  static FirstFailure failure;
  return failure;
}

// After a failed write nothing that this process holds in memory can be trusted: it stops, and the
// next start recovers what is durable.
void StopAfterFailure(const absl::Status& failure) {
  common::LogError("store_failed", {{"error", failure.ToString()}});
  {
    absl::MutexLock lock(&TheFirstFailure().mutex);
    TheFirstFailure().status.Update(failure);
  }
  std::raise(SIGTERM);
}

std::function<void(grpc::ClientContext&)> AsService(const Host& host) {
  return [token = host.service_token()](grpc::ClientContext& context) {
    common::AuthorizeAsService(context, token);
  };
}

// A stream that follows the feed has no end, hence no deadline.
std::function<void(grpc::ClientContext&)> AsServiceWithoutDeadline(const Host& host) {
  return [token = host.service_token()](grpc::ClientContext& context) {
    common::AuthorizeAsService(context, token, absl::InfiniteDuration());
  };
}

absl::StatusOr<std::unique_ptr<storage::Store>> OpenStore(const Config& config,
                                                          const storage::StoreOptions& options) {
  const std::string path = config.data_dir + "/" + options.name;
  storage::StoreOptions opened = options;
  opened.cache_bytes = static_cast<size_t>(config.storage.cache_bytes);
  opened.on_background_error = StopAfterFailure;
  if (config.storage.driver == "memory") {
    static const auto kDisk = std::make_shared<storage::MemoryDisk>();
    return storage::MakeMemoryDriver(kDisk)->Open(path, opened);
  }
  return storage::MakeRocksDbDriver()->Open(path, opened);
}

// One for all stores: they are on one disk.
storage::DiskReserve* SharedReserve(const Config& config) {
  static storage::DiskReserve reserve(config.data_dir,
                                      static_cast<uint64_t>(config.storage.disk_reserve_bytes));
  return &reserve;
}

// Intake and grading of one process share the workers.
absl::StatusOr<vision::VisionPool*> SharedPool(const Config& config) {
  static std::unique_ptr<vision::VisionPool> pool;
  if (pool != nullptr) return pool.get();
  vision::PoolOptions options;
  options.worker_path = config.vision.program;
  const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  options.workers = static_cast<int>(
      config.vision.workers > 0 ? config.vision.workers : std::clamp<std::int64_t>(cores, 1, 8));
  options.queue_max = static_cast<size_t>(config.vision.queue);
  options.deadline_default = absl::Milliseconds(config.vision.deadline_ms);
  auto made = vision::VisionPool::Create(options);
  if (!made.ok()) return made.status();
  pool = *std::move(made);
  return pool.get();
}

class InventoryRoom final : public Room {
 public:
  absl::Status Open(Host& host) override {
    auto shell = host.NewShell(inventory::v1::InventoryService::service_full_name());
    if (!shell.ok()) return shell.status();
    auto server = inventory::InventoryServer::Open(
        **shell, {.path = host.config().data_dir + "/inventory",
                  .site = host.config().site,
                  .driver = host.config().storage.driver,
                  .clock = &host.clock(),
                  .queue_commands_max = static_cast<size_t>(host.config().storage.queue),
                  .sweep_interval = absl::Milliseconds(host.config().inventory.sweep_ms),
                  .disk_reserve = SharedReserve(host.config()),
                  .on_fatal = StopAfterFailure});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    host.Register(server_->service());
    return absl::OkStatus();
  }
  absl::Status Start(Host& host) override {
    host.SetReady(inventory::v1::InventoryService::service_full_name(), true);
    return absl::OkStatus();
  }
  void Stop() override {
    if (server_ != nullptr) server_->Stop();
  }
  client::CommandPort* commands() override { return server_->service(); }
  std::vector<BackupSource> Sources(const Config& config) override {
    inventory::Inventory& inventory = server_->inventory();
    return {{.name = "inventory",
             .store = &inventory.store(),
             .position = [&inventory]() -> absl::StatusOr<FeedPosition> {
               return FeedPosition{inventory.epoch(), inventory.last_sequence()};
             },
             .files = {config.data_dir + "/inventory-sampling.key"}}};
  }

 private:
  std::unique_ptr<inventory::InventoryServer> server_;
};

class GradingRoom final : public Room {
 public:
  absl::Status Open(Host& host) override {
    const Config& config = host.config();
    auto store = OpenStore(config, grading::StoreOptions());
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    committer_ = std::make_unique<storage::Committer>(
        store_.get(),
        storage::CommitterOptions{.queue_commands_max = static_cast<size_t>(config.storage.queue),
                                  .batch_commands_max = static_cast<size_t>(config.storage.batch),
                                  .clock = &host.clock(),
                                  .disk_reserve = SharedReserve(config),
                                  .on_fatal = StopAfterFailure});
    auto models = ReadModels(config);
    if (!models.ok()) return models.status();
    auto pool = SharedPool(config);
    if (!pool.ok()) return pool.status();
    evidence_ = std::make_unique<grading::EvidenceStore>(store_.get(), &host.clock(),
                                                         SharedReserve(config));
    evidence_service_ = std::make_unique<grading::EvidenceService>(evidence_.get());
    grader_ =
        std::make_unique<grading::Grader>(std::move(models->scales), std::move(models->checklists));
    const grading::VisionWork work = [pool = *pool](std::string picture,
                                                    vision::v1::Request request) {
      return pool->Run(std::move(picture), std::move(request));
    };
    inspector_ = std::make_unique<grading::Inspector>(grading::Inspector::Parts{
        .store = store_.get(),
        .evidence = evidence_.get(),
        .clock = &host.clock(),
        .vision = work,
        .body_sizes = [this](const auto& caller, const auto& site,
                             const auto& keys) { return BodySizeOf(caller, site, keys); },
        .um_per_px = config.grading.um_per_px});
    grading_service_ = std::make_unique<grading::GradingService>(
        grading::GradingService::Parts{.store = store_.get(),
                                       .committer = committer_.get(),
                                       .inspector = inspector_.get(),
                                       .grader = grader_.get(),
                                       .scale_texts = std::move(models->texts),
                                       .vision = work,
                                       .evidence = evidence_.get()});
    station_service_ = std::make_unique<grading::StationService>(grading::StationService::Parts{
        .store = store_.get(),
        .committer = committer_.get(),
        .inspector = inspector_.get(),
        .grader = grader_.get(),
        .vision = work,
        .calibration_holds = absl::Hours(24 * models->stations.calibration_days),
        .reprojection_px_max = models->stations.reprojection_px_max});
    auto shell = host.NewShell(grading::v1::GradingService::service_full_name(), true);
    if (!shell.ok()) return shell.status();
    auto evidence_shell = host.NewShell(grading::v1::EvidenceService::service_full_name());
    if (!evidence_shell.ok()) return evidence_shell.status();
    auto station_shell = host.NewShell(grading::v1::StationService::service_full_name(), true);
    if (!station_shell.ok()) return station_shell.status();
    grading_service_->Attach(*shell);
    station_service_->Attach(*station_shell);
    evidence_service_->Attach(*evidence_shell);
    host.Register(grading_service_.get());
    host.Register(station_service_.get());
    host.Register(evidence_service_.get());
    return OpenResults(host);
  }
  absl::Status Start(Host& host) override {
    auto inventory = host.Channel("inventory");
    if (!inventory.ok()) return inventory.status();
    // Without intake there are no sizes of models: a mat or `um_per_px` gives the scale then.
    const auto intake = host.Channel("intake");
    if (intake.ok()) intake_ = intake::v1::IntakeService::NewStub(*intake);
    grading_service_->Start(*inventory, AsService(host));
    result_service_->Start(*inventory, AsService(host));
    evidence_service_->SetRetention(
        [stub = std::shared_ptr<inventory::v1::InventoryService::Stub>(
             inventory::v1::InventoryService::NewStub(*inventory)),
         authorize = AsService(host),
         site = common::SiteName(host.config().site)]() -> absl::StatusOr<int> {
          grpc::ClientContext context;
          authorize(context);
          inventory::v1::GetFacilityRulesRequest request;
          request.set_site(site);
          inventory::v1::FacilityRules rules;
          const auto status = common::FromGrpc(stub->GetFacilityRules(&context, request, &rules));
          if (!status.ok()) return status;
          return rules.retention_years();
        });
    host.SetReady(grading::v1::EvidenceService::service_full_name(), true);
    host.SetReady(grading::v1::StationService::service_full_name(), true);
    host.SetReady(grading::v1::GradingService::service_full_name(), true);
    host.SetReady(grading::v1::ResultService::service_full_name(), true);
    return absl::OkStatus();
  }
  void Stop() override {
    if (grading_service_ != nullptr) grading_service_->Stop();
    if (result_service_ != nullptr) result_service_->Stop();
    if (committer_ != nullptr) committer_->Stop();
  }

  std::vector<BackupSource> Sources(const Config&) override {
    return {{.name = "grading", .store = store_.get()}};
  }

 private:
  absl::Status OpenResults(Host& host) {
    auto plan = ReadFunctionPlan(host.config());
    if (!plan.ok()) return plan.status();
    result_service_ = std::make_unique<grading::ResultService>(
        grading::ResultService::Parts{.store = store_.get(),
                                      .committer = committer_.get(),
                                      .evidence = evidence_.get(),
                                      .clock = &host.clock()},
        *std::move(plan));
    auto shell = host.NewShell(grading::v1::ResultService::service_full_name(), true);
    if (!shell.ok()) return shell.status();
    result_service_->Attach(*shell);
    host.Register(result_service_.get());
    return absl::OkStatus();
  }

  static absl::StatusOr<grading::FunctionPlan> ReadFunctionPlan(const Config& config) {
    const auto models = common::ModelsDirectory(config.vision.models);
    if (!models.ok()) return models.status();
    return grading::ReadFunctionPlan(
        {.folder = *models + "/grading", .site = config.grading.scale});
  }

  static absl::StatusOr<grading::GradingModels> ReadModels(const Config& config) {
    const auto models = common::ModelsDirectory(config.vision.models);
    if (!models.ok()) return models.status();
    return grading::ReadGradingModels(
        {.folder = *models + "/grading", .site = config.grading.scale});
  }

  // Zeros when the catalog does not know it, or intake does not answer: the size is a help, and an
  // inspection goes on without it.
  grading::BodySize BodySizeOf(const common::Caller& caller, const std::string& site,
                               const std::vector<std::string>& keys) {
    if (intake_ == nullptr) return {};
    grpc::ClientContext context;
    common::Authorize(context, caller);
    intake::v1::FindDeviceFactsRequest request;
    request.set_site(site);
    for (const std::string& key : keys) request.add_keys(key);
    intake::v1::FindDeviceFactsResponse found;
    const auto status = common::FromGrpc(intake_->FindDeviceFacts(&context, request, &found));
    if (!status.ok()) {
      if (!absl::IsNotFound(status)) {
        common::LogWarning("body_size_unknown", {{"error", status.ToString()}});
      }
      return {};
    }
    const auto [width, length] = std::minmax({found.entry().width_um(), found.entry().height_um()});
    if (width <= 0) return {};
    return {.length_um = static_cast<double>(length), .width_um = static_cast<double>(width)};
  }

  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<storage::Committer> committer_;
  std::unique_ptr<grading::EvidenceStore> evidence_;
  std::unique_ptr<grading::EvidenceService> evidence_service_;
  std::unique_ptr<grading::Grader> grader_;
  std::unique_ptr<grading::Inspector> inspector_;
  std::unique_ptr<grading::GradingService> grading_service_;
  std::unique_ptr<grading::ResultService> result_service_;
  std::unique_ptr<grading::StationService> station_service_;
  std::unique_ptr<intake::v1::IntakeService::Stub> intake_;
};

class TraceabilityRoom final : public Room {
 public:
  absl::Status Open(Host& host) override {
    const Config& config = host.config();
    auto store = OpenStore(config, traceability::LogStoreOptions());
    if (!store.ok()) return store.status();
    traceability::TraceabilityService::Options options;
    options.site = config.site;
    options.origin = config.traceability.origin;
    options.key_path = config.traceability.signing_key.empty()
                           ? config.data_dir + "/traceability/signing.key"
                           : config.traceability.signing_key;
    options.checkpoint_interval = absl::Milliseconds(config.traceability.checkpoint_ms);
    store_ = store->get();
    options.store = *std::move(store);
    options.on_fatal = StopAfterFailure;
    options.on_stopped = [&host](const absl::Status& why) {
      common::LogError("feed_not_followed", {{"error", why.ToString()}});
      host.SetReady(traceability::v1::TraceabilityService::service_full_name(), false);
    };
    auto service = traceability::TraceabilityService::Create(std::move(options));
    if (!service.ok()) return service.status();
    service_ = *std::move(service);
    auto shell = host.NewShell(traceability::v1::TraceabilityService::service_full_name());
    if (!shell.ok()) return shell.status();
    service_->Attach(*shell);
    host.Register(service_.get());
    return absl::OkStatus();
  }
  absl::Status Start(Host& host) override {
    auto inventory = host.Channel("inventory");
    if (!inventory.ok()) return inventory.status();
    // Ready first: losing the feed, which may be known at once, takes it back.
    host.SetReady(traceability::v1::TraceabilityService::service_full_name(), true);
    service_->Start(*inventory, AsServiceWithoutDeadline(host));
    return absl::OkStatus();
  }
  void Stop() override {
    if (service_ != nullptr) service_->Stop();
  }

  std::vector<BackupSource> Sources(const Config& config) override {
    const auto position = [this, site = config.site]() -> absl::StatusOr<FeedPosition> {
      const auto row = store_->Get(traceability::kStateTable, traceability::SitePrefix(site));
      if (!row.ok()) return row.status();
      if (!row->has_value()) return FeedPosition();
      const auto state = traceability::DecodeState(**row);
      if (!state.ok()) return state.status();
      return FeedPosition{state->epoch, static_cast<std::int64_t>(state->through_sequence)};
    };
    // A key that is kept elsewhere stays there.
    std::vector<std::string> files;
    if (config.traceability.signing_key.empty()) {
      files.push_back(config.data_dir + "/traceability/signing.key");
    }
    return {
        {.name = "traceability", .store = store_, .position = position, .files = std::move(files)}};
  }

 private:
  storage::Store* store_ = nullptr;  // the service's
  std::unique_ptr<traceability::TraceabilityService> service_;
};

class IntakeRoom final : public Room {
 public:
  // The others of this process, opened before it starts.
  explicit IntakeRoom(std::vector<Room*> others) : others_(std::move(others)) {}
  absl::Status Open(Host& host) override {
    auto pool = SharedPool(host.config());
    if (!pool.ok()) return pool.status();
    std::string folder = host.config().intake.catalog;
    if (folder.empty()) {
      const auto models = common::ModelsDirectory(host.config().vision.models);
      if (!models.ok()) return models.status();
      folder = *models + "/catalog";
    }
    auto catalog = intake::Catalog::Load(folder);
    if (!catalog.ok()) return catalog.status();
    options_.catalog = *std::move(catalog);
    options_.labels.tag_patterns = host.config().intake.tag_patterns;
    options_.labels.serial_patterns = host.config().intake.serial_patterns;
    options_.choice_threshold =
        static_cast<double>(host.config().intake.choice_below_percent) / 100.0;
    service_ = std::make_unique<intake::IntakeService>(*pool);
    auto shell = host.NewShell(intake::v1::IntakeService::service_full_name(), true);
    if (!shell.ok()) return shell.status();
    service_->Attach(*shell);
    host.Register(service_.get());
    return absl::OkStatus();
  }
  absl::Status Start(Host& host) override {
    auto inventory = host.Channel("inventory");
    if (!inventory.ok()) return inventory.status();
    auto grading = host.Channel("grading");
    if (!grading.ok()) return grading.status();
    client::CommandPort* commands = nullptr;
    for (Room* room : others_) {
      if (room->commands() != nullptr) commands = room->commands();
    }
    service_->Start(*inventory, *grading, commands, std::move(options_));
    host.SetReady(intake::v1::IntakeService::service_full_name(), true);
    return absl::OkStatus();
  }
  void Stop() override {}

 private:
  const std::vector<Room*> others_;
  intake::IntakeService::Options options_;
  std::unique_ptr<intake::IntakeService> service_;
};

class RoutingRoom final : public Room {
 public:
  absl::Status Open(Host& host) override {
    std::string path = host.config().routing.policy;
    if (path.empty()) {
      const auto models = common::ModelsDirectory(host.config().vision.models);
      if (!models.ok()) return models.status();
      path = *models + "/policies/r2-default.toml";
    }
    auto service = routing::RoutingService::Create(
        {.site = common::SiteName(host.config().site), .policy_path = path});
    if (!service.ok()) return service.status();
    service_ = *std::move(service);
    auto shell = host.NewShell(routing::v1::RoutingService::service_full_name());
    if (!shell.ok()) return shell.status();
    service_->Attach(*shell);
    host.Register(service_.get());
    return absl::OkStatus();
  }
  absl::Status Start(Host& host) override {
    auto inventory = host.Channel("inventory");
    if (!inventory.ok()) return inventory.status();
    service_->Start(*inventory, AsServiceWithoutDeadline(host));
    host.SetReady(routing::v1::RoutingService::service_full_name(), true);
    return absl::OkStatus();
  }
  void Stop() override {
    if (service_ != nullptr) service_->Stop();
  }

 private:
  std::unique_ptr<routing::RoutingService> service_;
};

// Backups of what the other rooms of this process own; opened after them.
class AdminRoom final : public Room {
 public:
  explicit AdminRoom(std::vector<Room*> others) : others_(std::move(others)) {}
  absl::Status Open(Host& host) override {
    std::vector<BackupSource> sources;
    for (const std::string& name : StoresInBackupOrder()) {
      for (Room* room : others_) {
        for (BackupSource& source : room->Sources(host.config())) {
          if (source.name == name) sources.push_back(std::move(source));
        }
      }
    }
    backups_ = std::make_unique<Backups>(host.config().backup_path(), std::move(sources));
    auto shell = host.NewShell(common::v1::AdminService::service_full_name());
    if (!shell.ok()) return shell.status();
    service_ = std::make_unique<AdminService>(**shell, *backups_);
    host.Register(service_.get());
    return absl::OkStatus();
  }
  absl::Status Start(Host& host) override {
    host.SetReady(common::v1::AdminService::service_full_name(), true);
    return absl::OkStatus();
  }
  void Stop() override {}

 private:
  const std::vector<Room*> others_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<AdminService> service_;
};

}  // namespace

absl::Status StoreFailure() {
  absl::MutexLock lock(&TheFirstFailure().mutex);
  return TheFirstFailure().status;
}

std::vector<std::unique_ptr<Room>> MakeRooms(const Config& config) {
  std::vector<std::unique_ptr<Room>> rooms;
  const auto add = [&](const char* name, auto room) {
    if (config.Runs(name)) rooms.push_back(std::move(room));
  };
  add("inventory", std::make_unique<InventoryRoom>());
  add("grading", std::make_unique<GradingRoom>());
  add("traceability", std::make_unique<TraceabilityRoom>());
  std::vector<Room*> owners;
  for (const auto& room : rooms) owners.push_back(room.get());
  add("intake", std::make_unique<IntakeRoom>(owners));
  add("routing", std::make_unique<RoutingRoom>());
  const bool owns =
      config.Runs("inventory") || config.Runs("grading") || config.Runs("traceability");
  if (owns && config.storage.driver == "rocksdb") {
    rooms.push_back(std::make_unique<AdminRoom>(std::move(owners)));
  }
  return rooms;
}

}  // namespace loopdock::daemon
