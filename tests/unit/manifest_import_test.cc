// SPDX-License-Identifier: Apache-2.0
// A manifest file from the stream to an inventory of the test's own, which keeps what is
// idempotent.
#include "services/intake/manifest_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/status.h"
#include "tests/unit/intake_fixture.h"

namespace loopdock::intake {
namespace {

using common::ReasonOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;

class Parts final : public common::Source<v1::ImportManifestRequest> {
 public:
  explicit Parts(std::deque<v1::ImportManifestRequest> parts) : parts_(std::move(parts)) {}
  bool Read(v1::ImportManifestRequest* request, absl::Status* checked) override {
    if (parts_.empty()) return false;
    *request = std::move(parts_.front());
    parts_.pop_front();
    if (checked != nullptr) *checked = absl::OkStatus();
    return true;
  }

 private:
  std::deque<v1::ImportManifestRequest> parts_;
};

std::deque<v1::ImportManifestRequest> Sent(const std::string& id, const std::string& bytes,
                                           std::size_t part_bytes = 1000) {
  std::deque<v1::ImportManifestRequest> parts(1);
  parts[0].set_request_id(id);
  parts[0].mutable_header()->set_load("sites/main/loads/l1");
  parts[0].mutable_header()->set_display_name("pallets.csv");
  parts[0].mutable_header()->set_size_bytes(static_cast<std::int64_t>(bytes.size()));
  for (std::size_t at = 0; at < bytes.size(); at += part_bytes) {
    parts.emplace_back().set_data(bytes.substr(at, part_bytes));
  }
  return parts;
}

std::string Csv(int lines, const std::string& prefix = "SN") {
  std::string file = "Serial,Model\n";
  for (int i = 0; i < lines; ++i) absl::StrAppend(&file, prefix, 100'000 + i, ",M1\n");
  return file;
}

class ManifestImportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    inventory_.get_load = [this](const auto& request, inventory::v1::Load* load) {
      load->set_name(request.name());
      load->set_supplier("parties/acme");
      return load_answer_;
    };
    inventory_.get_column_mapping = [this](const auto&, inventory::v1::ColumnMapping* mapping) {
      if (mapping_.columns().empty()) {
        return common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND", "none");
      }
      *mapping = mapping_;
      return absl::OkStatus();
    };
    inventory_.set_column_mapping = [this](const auto& request, inventory::v1::ColumnMapping*) {
      mapping_ = request.mapping();
      return absl::OkStatus();
    };
    inventory_.create_manifest = [this](const auto& request, inventory::v1::Manifest* manifest) {
      if (!create_answer_.ok()) return create_answer_;
      if (request.validate_only()) return absl::OkStatus();
      return Once(request, manifest, [&] {
        source_ = request.source();
        manifest->set_name(absl::StrCat("sites/main/manifests/", ++created_));
        return absl::OkStatus();
      });
    };
    inventory_.add_manifest_lines = [this](const auto& request, inventory::v1::Manifest* manifest) {
      if (++parts_ > parts_until_break_) {
        return common::Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN", "stopping");
      }
      return Once(request, manifest, [&] {
        for (const auto& line : request.lines()) {
          EXPECT_EQ(line.number(), static_cast<std::int64_t>(lines_.size()) + 1);
          lines_.push_back(line);
        }
        EXPECT_LE(request.lines_size(), kPartLinesMax);
        return absl::OkStatus();
      });
    };
    inventory_.activate_manifest = [this](const auto& request, inventory::v1::Manifest* manifest) {
      return Once(request, manifest, [&] {
        ++activated_;
        manifest->set_name(request.name());
        manifest->set_active(true);
        return absl::OkStatus();
      });
    };
    import_ = std::make_unique<ManifestImport>(
        ManifestImport::Parts{inventory::v1::InventoryService::NewStub(inventory_.Channel()),
                              grading::v1::EvidenceService::NewStub(evidence_.Channel())});
  }

  // What inventory does with every change: the same id again gives the same answer.
  template <typename Request>
  absl::Status Once(const Request& request, inventory::v1::Manifest* manifest,
                    const std::function<absl::Status()>& apply) {
    absl::MutexLock lock(&mutex_);
    const auto [found, fresh] = answered_.try_emplace(request.request_id());
    const std::string content = request.SerializeAsString();
    if (!fresh) {
      if (found->second.first != content) {
        return common::Error(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                             "other content");
      }
      *manifest = found->second.second;
      return absl::OkStatus();
    }
    absl::Status status = apply();
    found->second = {content, *manifest};
    return status;
  }

  absl::Status Import(std::deque<v1::ImportManifestRequest> parts) {
    response_ = {};
    Parts source(std::move(parts));
    return import_->Import(caller_, source, &response_);
  }

  absl::Mutex mutex_;
  absl::Status load_answer_, create_answer_;
  inventory::v1::ColumnMapping mapping_;
  std::map<std::string, std::pair<std::string, inventory::v1::Manifest>> answered_;
  loopdock::common::v1::EvidenceRef source_;
  std::vector<inventory::v1::ManifestLine> lines_;
  int created_ = 0, activated_ = 0, parts_ = 0;
  int parts_until_break_ = 1 << 20;
  testing::FakeInventory inventory_;
  FakeEvidence evidence_;
  std::unique_ptr<ManifestImport> import_;
  v1::ImportManifestResponse response_;
  common::Caller caller_{.token = "token"};
  const std::string id_ = common::NewUuidV7();
};

TEST_F(ManifestImportTest, KeepsTheFileThenSendsLinesInPartsAndActivates) {
  const std::string file = Csv(2000);
  ASSERT_TRUE(Import(Sent(id_, file)).ok());
  EXPECT_THAT(response_.problems(), IsEmpty());
  EXPECT_EQ(response_.line_count(), 2000);
  EXPECT_EQ(response_.piece_count(), 2000);
  EXPECT_TRUE(response_.manifest().active());
  EXPECT_EQ(lines_.size(), 2000U);
  EXPECT_EQ(parts_, (2000 + kPartLinesMax - 1) / kPartLinesMax);
  EXPECT_TRUE(evidence_.Has(file));
  EXPECT_EQ(source_.sha256(), common::Sha256Hex(file));
  EXPECT_EQ(source_.media_type(), "text/csv");
  EXPECT_THAT(mapping_.columns(), Contains(Key("serial")));
  EXPECT_EQ(mapping_.supplier(), "parties/acme");
}

TEST_F(ManifestImportTest, TheSameRequestImportsOnceAndGoesOnAfterABreak) {
  parts_until_break_ = 1;
  EXPECT_EQ(ReasonOf(Import(Sent(id_, Csv(2000)))), "SHUTTING_DOWN");
  EXPECT_EQ(activated_, 0);
  parts_until_break_ = 1 << 20;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(Import(Sent(id_, Csv(2000), 70)).ok());
    EXPECT_TRUE(response_.manifest().active());
  }
  EXPECT_EQ(lines_.size(), 2000U);
  EXPECT_EQ(created_, 1);
  EXPECT_EQ(activated_, 1);
  EXPECT_EQ(ReasonOf(Import(Sent(id_, Csv(3, "XX")))), "REQUEST_ID_REUSED");
}

TEST_F(ManifestImportTest, WhatCameBeforeIsComparedOnceTheManifestIsInForce) {
  std::vector<std::string> early;
  for (int i = 0; i < 450; ++i) early.push_back(absl::StrCat("sites/main/assets/", i));
  std::vector<int> sizes;
  std::set<std::string> ids;
  inventory_.get_reconciliation = [&](const auto&, inventory::v1::Reconciliation* now) {
    EXPECT_EQ(activated_, 1);
    for (size_t i = 0; i < std::min<size_t>(early.size(), 300); ++i)
      now->add_early_assets(early[i]);
    return absl::OkStatus();
  };
  inventory_.compare_with_manifest = [&](const auto& request,
                                         inventory::v1::CompareWithManifestResponse* response) {
    sizes.push_back(request.assets_size());
    EXPECT_TRUE(ids.insert(request.request_id()).second);
    for (const std::string& asset : request.assets()) std::erase(early, asset);
    response->set_compared_count(request.assets_size());
    return absl::OkStatus();
  };
  ASSERT_TRUE(Import(Sent(id_, Csv(1))).ok());
  EXPECT_TRUE(early.empty());
  EXPECT_THAT(sizes, ::testing::AllOf(::testing::SizeIs(9), ::testing::Each(50)));
  EXPECT_EQ(response_.compared_count(), 450);
}

TEST_F(ManifestImportTest, ARefusedFileBooksNothing) {
  ASSERT_TRUE(Import(Sent(id_, "Serial,IMEI\nA,1\nA,\nB,\n")).ok());
  EXPECT_EQ(response_.problem_count(), 2);
  EXPECT_FALSE(response_.has_manifest());
  EXPECT_EQ(created_, 0);
  EXPECT_THAT(answered_, IsEmpty());
  EXPECT_THAT(evidence_.kept, IsEmpty());
  EXPECT_THAT(mapping_.columns(), IsEmpty());
}

TEST_F(ManifestImportTest, ADryRunAsksInventoryAndBooksNothing) {
  auto parts = Sent(id_, Csv(3));
  parts[0].mutable_header()->set_validate_only(true);
  ASSERT_TRUE(Import(parts).ok());
  EXPECT_EQ(response_.line_count(), 3);
  EXPECT_FALSE(response_.has_manifest());
  EXPECT_THAT(answered_, IsEmpty());
  create_answer_ = common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED", "closed");
  EXPECT_EQ(ReasonOf(Import(parts)), "LOAD_CLOSED");
}

TEST_F(ManifestImportTest, WhatInventoryRefusesPassesThrough) {
  create_answer_ = common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED", "closed");
  EXPECT_EQ(ReasonOf(Import(Sent(id_, Csv(3)))), "LOAD_CLOSED");
  load_answer_ = common::Error(absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND", "no load");
  EXPECT_EQ(ReasonOf(Import(Sent(id_, Csv(3)))), "RESOURCE_NOT_FOUND");
}

TEST_F(ManifestImportTest, UsesWhatIsRememberedForTheSupplier) {
  (*mapping_.mutable_columns())["serial"] = "Model";
  ASSERT_TRUE(Import(Sent(id_, "Serial,Model\nA,B\n")).ok());
  EXPECT_EQ(lines_.at(0).serial(), "B");
  EXPECT_EQ(mapping_.columns().at("serial"), "Model");
}

TEST_F(ManifestImportTest, RefusesWhatIsNotWhole) {
  auto cut = Sent(id_, Csv(2000));
  cut.pop_back();
  EXPECT_EQ(ReasonOf(Import(cut)), "MANIFEST_INCOMPLETE");
  auto longer = Sent(id_, Csv(1));
  longer.emplace_back().set_data("more");
  EXPECT_EQ(ReasonOf(Import(longer)), "MANIFEST_INCOMPLETE");
  EXPECT_EQ(ReasonOf(Import({})), "MANIFEST_INCOMPLETE");
  auto large = Sent(id_, "x");
  large[0].mutable_header()->set_size_bytes((std::int64_t{64} << 20) + 1);
  EXPECT_EQ(ReasonOf(Import(large)), "TOO_LARGE");
  auto wrong = Sent(id_, "x");
  (*wrong[0].mutable_header()->mutable_columns())["colour"] = "Farbe";
  wrong[0].mutable_header()->set_load("l1");
  EXPECT_EQ(ReasonOf(Import(wrong)), "INVALID_FIELDS");
  EXPECT_EQ(created_, 0);
}

}  // namespace
}  // namespace loopdock::intake
