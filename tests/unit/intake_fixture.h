// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_INTAKE_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_INTAKE_FIXTURE_H_

// The steps of a scan between an evidence store and an inventory of the test's own; reading a
// picture is a function of the test.
// Thread safety: set handlers before the first scan.

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "services/common/callback_queue.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/intake/scan_work.h"
#include "tests/unit/fake_inventory.h"

namespace loopdock::intake {

// Keeps what it gets, in memory.
class FakeEvidence final : public grading::v1::EvidenceService::Service {
 public:
  FakeEvidence() {
    common::HoldCallbackQueue();
    grpc::ServerBuilder builder;
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakeEvidence() override { server_->Shutdown(absl::ToChronoTime(absl::Now())); }
  std::shared_ptr<grpc::Channel> Channel() { return server_->InProcessChannel({}); }

  grpc::Status Put(grpc::ServerContext*, grpc::ServerReader<grading::v1::PutRequest>* reader,
                   grading::v1::PutResponse* response) override {
    grading::v1::PutRequest part;
    std::string bytes;
    while (reader->Read(&part)) {
      if (part.has_evidence()) *response->mutable_evidence() = part.evidence();
      EXPECT_LE(part.data().size(), std::size_t{1} << 20);
      bytes += part.data();
    }
    EXPECT_EQ(response->evidence().sha256(), common::Sha256Hex(bytes));
    absl::MutexLock lock(&mutex);
    if (!failure.ok()) return common::ToGrpc(failure);
    kept[common::Sha256Hex(bytes)] = bytes;
    return grpc::Status::OK;
  }
  grpc::Status Get(grpc::ServerContext*, const grading::v1::GetRequest* request,
                   grpc::ServerWriter<grading::v1::GetResponse>* writer) override {
    grading::v1::GetResponse part;
    {
      absl::MutexLock lock(&mutex);
      const auto found = kept.find(request->sha256());
      if (found == kept.end()) return grpc::Status(grpc::StatusCode::NOT_FOUND, "no such evidence");
      part.mutable_evidence()->set_sha256(found->first);
      part.set_data(found->second);
    }
    writer->Write(part);
    return grpc::Status::OK;
  }

  bool Has(const std::string& bytes) {
    absl::MutexLock lock(&mutex);
    return kept.contains(common::Sha256Hex(bytes));
  }

  absl::Mutex mutex;
  absl::Status failure ABSL_GUARDED_BY(mutex);
  std::map<std::string, std::string> kept ABSL_GUARDED_BY(mutex);

 private:
  std::unique_ptr<grpc::Server> server_;
};

inline constexpr char kCategories[] = R"(
[[category]]
id = "phone"
display_name = "Mobile phones"
unu_key = "0306"
eu_category = "6"
mass_g = 90
data_bearing = true
focus_materials = ["BATTERIES"]
source = "a test"
)";

class IntakeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    inventory_.record_scan = [this](const inventory::v1::RecordScanRequest& request,
                                    inventory::v1::RecordScanResponse* response) {
      absl::MutexLock lock(&mutex_);
      commands_.push_back(request);
      if (record_) return record_(request, response);
      auto* scan = response->mutable_scan();
      scan->set_name("sites/main/scans/1");
      scan->set_outcome(inventory::v1::SCAN_OUTCOME_BOOKED);
      scan->set_asset("sites/main/assets/1");
      *scan->mutable_understanding() = request.understanding();
      response->set_sequence(static_cast<std::int64_t>(commands_.size()));
      return absl::OkStatus();
    };
    work_ = std::make_unique<ScanWork>(
        ScanWork::Parts{.inventory = inventory::v1::InventoryService::NewStub(inventory_.Channel()),
                        .evidence = grading::v1::EvidenceService::NewStub(evidence_.Channel()),
                        .read =
                            [this](std::string picture, vision::v1::Request request) {
                              EXPECT_TRUE(request.has_decode());
                              return read_(std::move(picture), std::move(request));
                            },
                        .facts = std::make_shared<DeviceFacts>(
                            inventory::v1::InventoryService::NewStub(inventory_.Channel()),
                            *Catalog::Parse(kCategories, ""))});
  }

  static v1::ScanRequest Text(const std::string& text) {
    v1::ScanRequest request;
    request.set_request_id(common::NewUuidV7());
    request.set_session("sites/main/sessions/1");
    request.set_text(text);
    return request;
  }

  // A scan of a picture that the evidence store has already.
  v1::ScanRequest Kept(const std::string& picture) {
    absl::MutexLock lock(&evidence_.mutex);
    evidence_.kept[common::Sha256Hex(picture)] = picture;
    v1::ScanRequest request = Text("");
    request.set_picture_sha256(common::Sha256Hex(picture));
    return request;
  }

  static vision::v1::Response Symbols(const std::vector<std::string>& contents) {
    vision::v1::Response response;
    response.mutable_decode();
    for (const std::string& content : contents) {
      auto* symbol = response.mutable_decode()->add_symbols();
      symbol->set_content(content);
      symbol->set_format("Code128");
      // One below the other.
      const double top = 50.0 * response.decode().symbols_size();
      for (const auto& [x, y] :
           {std::pair{10.0, top}, {90.0, top}, {90.0, top + 20}, {10.0, top + 20}}) {
        auto* corner = symbol->add_corners();
        corner->set_x(x);
        corner->set_y(y);
      }
    }
    return response;
  }

  std::vector<inventory::v1::RecordScanRequest> Commands() {
    absl::MutexLock lock(&mutex_);
    return commands_;
  }

  absl::Mutex mutex_;
  std::vector<inventory::v1::RecordScanRequest> commands_ ABSL_GUARDED_BY(mutex_);
  testing::FakeInventory::Handler<inventory::v1::RecordScanRequest,
                                  inventory::v1::RecordScanResponse>
      record_;
  ScanWork::Read read_ = [](const std::string&, const vision::v1::Request&) { return Symbols({}); };
  testing::FakeInventory inventory_;
  FakeEvidence evidence_;
  std::unique_ptr<ScanWork> work_;
  common::Caller caller_{.token = "token"};
};

}  // namespace loopdock::intake

#endif  // LOOPDOCK_TESTS_UNIT_INTAKE_FIXTURE_H_
