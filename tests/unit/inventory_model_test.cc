// SPDX-License-Identifier: Apache-2.0
// Random histories against a plain model written in the simplest way, on both drivers.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "services/common/fileio.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

constexpr int kSteps = 2000;

struct ModelAsset {
  std::string serial;
  std::string location;
  bool open = true;
  bool safe = false;
};

// What must be true, without identifiers' normal forms, rows or indexes.
class Model {
 public:
  // The open asset with that serial, or "".
  std::string Holder(const std::string& serial) const {
    for (const auto& [name, asset] : assets) {
      if (asset.open && asset.serial == serial) return name;
    }
    return "";
  }
  std::map<std::string, ModelAsset> assets;
  std::map<std::string, std::string> registered;  // asset key to asset
};

class History {
 public:
  History(std::unique_ptr<storage::Store> store, unsigned seed) : random_(seed) {
    Inventory::Options options;
    options.clock = &clock_;
    options.high_water = false;
    auto opened = Inventory::Open(std::move(store), options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    inventory_ = *std::move(opened);
  }

  void Run() {
    OpenSession();
    for (step_ = 0; step_ < kSteps && !testing::Test::HasFailure(); ++step_) {
      clock_.Advance(absl::Milliseconds(10));
      switch (Pick(8)) {
        case 0:
        case 1:
        case 2:
          Scan();
          break;
        case 3:
        case 4:
          Move();
          break;
        case 5:
          Clean();
          break;
        case 6:
          Withdraw();
          break;
        default:
          Again();
      }
    }
    Compare();
  }

  std::string StateHash() const { return HashState(inventory_->store(), "main")->sha256(); }
  storage::FsckReport Fsck() const { return inventory_->Fsck(); }

 private:
  size_t Pick(size_t below) { return random_() % below; }

  // Ids depend on the seed only, so that both drivers see the same history.
  std::string NewId() { return common::DerivedUuidV7(clock_.Now(), std::to_string(++ids_)); }

  template <typename Request>
  auto Send(Request& request) {
    if (request.request_id().empty()) request.set_request_id(NewId());
    return inventory_->Run(Sender{"ann", ""}, request);
  }

  void OpenSession() {
    v1::CreateLoadRequest load;
    load.set_site("sites/main");
    load.mutable_load()->set_supplier("parties/unknown");
    const auto made = Send(load);
    ASSERT_TRUE(made.ok()) << made.status();
    v1::OpenSessionRequest open;
    open.set_site("sites/main");
    open.set_load(made->name());
    const auto session = Send(open);
    ASSERT_TRUE(session.ok()) << session.status();
    session_ = session->name();
  }

  void Scan() {
    v1::RecordScanRequest request;
    request.set_session(session_);
    const std::string serial = "S" + std::to_string(Pick(400));
    request.mutable_understanding()->set_serial(serial);
    request.mutable_understanding()->set_maker("Acme");
    request.set_request_id(NewId());
    const auto response = Send(request);
    ASSERT_TRUE(response.ok()) << step_ << " " << response.status();
    const std::string holder = model_.Holder(serial);
    if (holder.empty()) {
      ASSERT_EQ(response->scan().outcome(), v1::SCAN_OUTCOME_BOOKED) << step_;
      model_.assets[response->asset().name()] = {serial, "dock"};
    } else {
      ASSERT_EQ(response->scan().outcome(), v1::SCAN_OUTCOME_DUPLICATE) << step_;
      ASSERT_EQ(response->scan().asset(), holder) << step_;
    }
    last_scan_ = request;
    last_answer_ = *response;
  }

  // Any asset, open or not.
  std::optional<std::string> AnyAsset() {
    if (model_.assets.empty()) return std::nullopt;
    auto at = model_.assets.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(Pick(model_.assets.size())));
    return at->first;
  }

  void Move() {
    const auto name = AnyAsset();
    if (!name) return;
    ModelAsset& asset = model_.assets[*name];
    static const std::vector<std::string> kPlaces = {"dock", "cage", "storage", "outbound"};
    const std::string& place = kPlaces[Pick(kPlaces.size())];
    v1::MoveAssetRequest request;
    request.set_name(*name);
    request.set_location("sites/main/locations/" + place);
    const auto moved = Send(request);
    const bool secured = place == "dock" || place == "cage";
    if (!asset.open) {
      ASSERT_EQ(common::ReasonOf(moved.status()), "ASSET_NOT_OPEN") << step_;
    } else if (!asset.safe && !secured) {
      ASSERT_EQ(common::ReasonOf(moved.status()), "DATA_NOT_SECURED") << step_;
    } else {
      ASSERT_TRUE(moved.ok()) << step_ << " " << moved.status();
      asset.location = place;
    }
  }

  void Clean() {
    const auto name = AnyAsset();
    if (!name) return;
    v1::RecordSanitizationRequest request;
    request.mutable_sanitization()->set_asset(*name);
    request.mutable_sanitization()->set_method(v1::SANITIZATION_METHOD_EVALUATED_EMPTY);
    request.mutable_sanitization()->set_tool("checklist 1");
    request.mutable_sanitization()->set_succeeded(true);
    const auto cleaned = Send(request);
    ASSERT_EQ(cleaned.ok(), model_.assets[*name].open) << step_ << " " << cleaned.status();
    if (cleaned.ok()) model_.assets[*name].safe = true;
  }

  void Withdraw() {
    const auto name = AnyAsset();
    if (!name) return;
    v1::WithdrawAssetRequest request;
    request.set_name(*name);
    request.set_reason("mistake");
    const auto withdrawn = Send(request);
    ASSERT_EQ(withdrawn.ok(), model_.assets[*name].open) << step_ << " " << withdrawn.status();
    model_.assets[*name].open = false;
  }

  // The last scan once more, as it was or altered.
  void Again() {
    if (last_scan_.request_id().empty()) return;
    const std::int64_t before = inventory_->last_sequence();
    v1::RecordScanRequest request = last_scan_;
    const bool altered = Pick(2) == 0;
    if (altered) request.mutable_understanding()->set_maker("Other");
    const auto response = Send(request);
    if (altered) {
      ASSERT_EQ(common::ReasonOf(response.status()), "REQUEST_ID_REUSED") << step_;
    } else {
      ASSERT_TRUE(response.ok()) << step_ << " " << response.status();
      ASSERT_EQ(response->SerializeAsString(), last_answer_.SerializeAsString()) << step_;
    }
    ASSERT_EQ(inventory_->last_sequence(), before) << step_;
  }

  void Compare() {
    const Queries queries(*inventory_);
    std::map<std::string, int> at_place;
    for (const auto& [name, expected] : model_.assets) {
      v1::GetAssetRequest get;
      get.set_name(name);
      v1::Asset asset;
      ASSERT_TRUE(queries.Answer(get, &asset).ok()) << name;
      ASSERT_EQ(IsOpen(asset), expected.open) << name;
      ASSERT_EQ(IsDataSafe(asset), expected.safe) << name;
      if (!expected.open) continue;
      ASSERT_EQ(asset.location(), "sites/main/locations/" + expected.location) << name;
      ++at_place[expected.location];
      v1::FindAssetRequest find;
      find.set_site("sites/main");
      find.mutable_identifier()->set_value(expected.serial);
      v1::Asset found;
      ASSERT_TRUE(queries.Answer(find, &found).ok()) << expected.serial;
      ASSERT_EQ(found.name(), name);
    }
    for (const auto& [place, count] : at_place) {
      v1::ListAssetsRequest list;
      list.set_site("sites/main");
      list.set_location("sites/main/locations/" + place);
      list.set_page_size(1000);
      v1::ListAssetsResponse page;
      ASSERT_TRUE(queries.Answer(list, &page).ok());
      ASSERT_EQ(page.assets_size(), count) << place;
    }
  }

  common::ManualClock clock_;
  std::mt19937 random_;
  std::unique_ptr<Inventory> inventory_;
  Model model_;
  std::string session_;
  v1::RecordScanRequest last_scan_;
  v1::RecordScanResponse last_answer_;
  int ids_ = 0;
  int step_ = 0;
};

TEST(InventoryModel, RandomHistoryOnBothDrivers) {
  const char* given = std::getenv("LOOPDOCK_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device()();
  std::cout << "LOOPDOCK_SEED=" << seed << "\n";
  auto memory = storage::MakeMemoryDriver(std::make_shared<storage::MemoryDisk>())
                    ->Open("inventory", Inventory::StoreOptions());
  ASSERT_TRUE(memory.ok()) << memory.status();
  History in_memory(*std::move(memory), seed);
  in_memory.Run();
  const auto folder = common::MakeTemporaryDirectory("inventory-model");
  ASSERT_TRUE(folder.ok());
  {
    auto disk = storage::MakeRocksDbDriver()->Open(*folder + "/store", Inventory::StoreOptions());
    ASSERT_TRUE(disk.ok()) << disk.status();
    History on_disk(*std::move(disk), seed);
    on_disk.Run();
    EXPECT_EQ(in_memory.StateHash(), on_disk.StateHash());
    const storage::FsckReport report = on_disk.Fsck();
    EXPECT_EQ(report.problem_count, 0u);
  }
  std::filesystem::remove_all(*folder);
}

}  // namespace
}  // namespace loopdock::inventory
