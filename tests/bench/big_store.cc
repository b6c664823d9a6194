// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/big_store.h"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "services/inventory/core/batch.h"
#include "services/inventory/query/index_tables.h"
#include "services/inventory/query/query_index.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/bench/load.h"
#include "tests/bench/scan_commands.h"

namespace loopdock::bench {
namespace {

namespace fs = std::filesystem;
namespace pb = inventory::v1;

constexpr int kLanes = 512;
constexpr char kDoneFile[] = "/MADE";
constexpr char kIndex[] = "_index";  // beside the record, as loopdockd has it
const inventory::Sender kMaker{"bench", "bench-1"};

absl::Status Anyone(std::string_view) { return absl::OkStatus(); }

// One asset after the other on its way through the two requests.
class Lane {
 public:
  Lane(inventory::Inventory* record, std::string session, LoadMeter* meter,
       std::atomic<std::uint64_t>* next, std::uint64_t assets)
      : record_(record),
        session_(std::move(session)),
        meter_(meter),
        next_(next),
        assets_(assets) {}

  void Begin() {
    number_ = next_->fetch_add(1);
    if (number_ >= assets_ || !meter_->GoesOn()) return meter_->LaneEnded();
    scan_.Clear();
    scan_.set_request_id(common::NewUuidV7());
    scan_.set_session(session_);
    scan_.add_symbols()->set_content(BigStoreSerial(number_));
    scan_.mutable_understanding()->set_serial(BigStoreSerial(number_));
    booked_.Clear();
    record_->Submit(kMaker, scan_, &booked_, [this](const absl::Status& status) {
      const absl::Status good = status.ok() ? IsBooked(booked_.scan().outcome()) : status;
      if (!good.ok()) return Fail(good);
      Process(booked_.asset().name());
    });
  }

 private:
  void Fail(const absl::Status& status) {
    meter_->Answered(0, absl::Now(), status);
    meter_->LaneEnded();
  }

  void Move(const std::string& asset, const char* location) {
    pb::MoveAssetRequest* move = batch_.add_commands()->mutable_move_asset();
    move->set_name(asset);
    move->set_location(absl::StrCat("sites/main/locations/", location));
  }

  void Describe(const std::string& asset, const char* maker, const char* category,
                std::int64_t mass_g) {
    pb::DescribeAssetRequest* describe = batch_.add_commands()->mutable_describe_asset();
    describe->set_name(asset);
    describe->set_maker(maker);
    describe->set_model(category[0] == '\0' ? "X-1000" : "");
    describe->set_category(category);
    describe->set_mass_g(mass_g);
  }

  void Inspect(const std::string& asset, int version) {
    pb::RecordInspectionRequest* inspect = batch_.add_commands()->mutable_record_inspection();
    inspect->set_name(asset);
    inspect->mutable_summary()->set_inspection(absl::StrCat("sites/main/inspections/", number_));
    inspect->mutable_summary()->set_version(version);
    inspect->mutable_summary()->set_cosmetic(pb::COSMETIC_C4);
    inspect->mutable_summary()->set_margin(0.25);
    inspect->mutable_summary()->set_scale("phone/1");
  }

  // Eight facts more.
  void Process(const std::string& asset) {
    batch_.Clear();
    batch_.set_site("sites/main");
    batch_.set_request_id(common::NewUuidV7());
    batch_.set_mode(pb::BATCH_MODE_ATOMIC);
    Move(asset, "cage");
    Describe(asset, "Acme", "", 0);
    Describe(asset, "", "laptop", 0);
    Describe(asset, "", "", 1800 + static_cast<std::int64_t>(number_ % 400));
    Inspect(asset, 1);
    Inspect(asset, 2);
    pb::CorrectIdentifiersRequest* tag = batch_.add_commands()->mutable_correct_identifiers();
    tag->set_name(asset);
    tag->set_reason("tag put on");
    tag->add_add()->set_kind(pb::IDENTIFIER_KIND_ASSET_TAG);
    tag->mutable_add(0)->set_value(absl::StrCat("T", BigStoreSerial(number_)));
    pb::PlaceHoldRequest* hold = batch_.add_commands()->mutable_place_hold();
    hold->set_name(asset);
    hold->set_kind(pb::HOLD_KIND_OTHER);
    hold->set_reason("sample");
    done_.Clear();
    SubmitBatch(*record_, kMaker, batch_, Anyone, &done_, [this](const absl::Status& status) {
      if (!status.ok()) return Fail(status);
      Begin();
    });
  }

  inventory::Inventory* const record_;
  const std::string session_;
  LoadMeter* const meter_;
  std::atomic<std::uint64_t>* const next_;
  const std::uint64_t assets_;
  std::uint64_t number_ = 0;
  pb::RecordScanRequest scan_;
  pb::RecordScanResponse booked_;
  pb::ExecuteBatchRequest batch_;
  pb::ExecuteBatchResponse done_;
};

absl::Status FileError(const std::error_code& error, const std::string& path) {
  return absl::UnavailableError(absl::StrCat(path, ": ", error.message()));
}

std::uint64_t BytesOnDisk(const std::string& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const auto& file : fs::recursive_directory_iterator(directory, error)) {
    if (file.is_regular_file(error)) bytes += file.file_size(error);
  }
  return bytes;
}

absl::Status MakeIndex(const inventory::Inventory& record, const std::string& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  inventory::QueryIndex::Options options;
  options.open = [&](bool) {
    return storage::MakeRocksDbDriver()->Open(directory, inventory::IndexStoreOptions());
  };
  auto index = inventory::QueryIndex::Open(record, options);
  return index.ok() ? (*index)->CatchUp() : index.status();
}

// A directory of RocksDB: tables, which never change, are linked.
absl::Status LinkDirectory(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::remove_all(to, error);
  if (absl::Status made = common::MakeDirectories(to, 0700); !made.ok()) return made;
  for (const auto& file : fs::directory_iterator(from, error)) {
    const fs::path target = fs::path(to) / file.path().filename();
    const fs::path extension = file.path().extension();
    if (extension == ".sst" || extension == ".blob") {
      fs::create_hard_link(file.path(), target, error);
    } else if (file.path().filename() != "LOCK") {
      fs::copy_file(file.path(), target, error);
    }
    if (error) return FileError(error, target.string());
  }
  return error ? FileError(error, from) : absl::OkStatus();
}

}  // namespace

std::string BigStoreSerial(std::uint64_t number) {
  return absl::StrCat("BG", absl::Hex(number * 0x9e3779b97f4a7c15u, absl::kZeroPad16));
}

absl::Status MakeBigStore(const std::string& directory, std::uint64_t assets) {
  const std::string done = directory + kDoneFile;
  const auto made = common::ReadFile(done, 64);
  if (made.ok() && *made == absl::StrCat(assets)) return absl::OkStatus();
  std::error_code error;
  fs::remove_all(directory, error);
  {
    auto record = OpenLocalRecord(directory);
    if (!record.ok()) return record.status();
    LoadOptions load;
    load.duration = absl::Hours(12);
    LoadMeter meter(load, kLanes);
    std::atomic<std::uint64_t> next{0};
    std::vector<std::unique_ptr<Lane>> lanes;
    for (int i = 0; i < kLanes; ++i) {
      lanes.push_back(
          std::make_unique<Lane>(record->inventory.get(), record->session, &meter, &next, assets));
    }
    for (const auto& lane : lanes) lane->Begin();
    if (auto ended = meter.Wait(); !ended.ok()) return ended;
    if (auto indexed = MakeIndex(*record->inventory, directory + kIndex); !indexed.ok()) {
      return indexed;
    }
  }
  return common::WriteFileAtomically(done, absl::StrCat(assets));
}

absl::Status LinkStore(const std::string& from, const std::string& to) {
  if (absl::Status linked = LinkDirectory(from, to); !linked.ok()) return linked;
  return LinkDirectory(from + kIndex, to + kIndex);
}

std::uint64_t StoreBytes(const std::string& directory) {
  return BytesOnDisk(directory) + BytesOnDisk(directory + kIndex);
}

void RemoveStore(const std::string& directory) {
  std::error_code error;
  fs::remove_all(directory, error);
  fs::remove_all(directory + kIndex, error);
}

}  // namespace loopdock::bench
