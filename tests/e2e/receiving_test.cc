// SPDX-License-Identifier: Apache-2.0
// A supplier's manifest through the whole house: refused whole, imported once, also across a crash.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "clients/cpp/manifest_client.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "tests/e2e/floor.h"

namespace loopdock::e2e {
namespace {

using common::ReasonOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace inv = inventory::v1;

std::string Csv(int lines, const std::string& prefix) {
  std::string file = "Serial Number;Manufacturer;Model;Weight (kg)\n";
  for (int i = 0; i < lines; ++i) {
    absl::StrAppend(&file, prefix, 100'000 + i, ";Acme;M", i % 7, ";1,5\n");
  }
  return file;
}

class ReceivingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    inv::CreateLoadRequest create;
    create.set_request_id(common::NewUuidV7());
    create.set_site("sites/main");
    create.mutable_load()->set_supplier("parties/unknown");
    create.mutable_load()->set_bill_of_lading("BOL-7");
    const auto load = floor_->Do(&InventoryStub::CreateLoad, create);
    ASSERT_TRUE(load.ok()) << load.status();
    load_ = load->name();
  }

  absl::StatusOr<intake::v1::ImportManifestResponse> Import(const std::string& id,
                                                            const std::string& bytes) {
    intake::v1::ManifestHeader header;
    header.set_load(load_);
    header.set_display_name("pallets");
    return client::ImportManifest(cluster_->to("intake"), id, header, bytes);
  }

  std::string ManifestInForce() {
    inv::GetLoadRequest get;
    get.set_name(load_);
    const auto load = floor_->Do(&InventoryStub::GetLoad, get);
    return load.ok() ? load->manifest() : std::string(load.status().message());
  }

  // Of all entries: how often each step of a manifest was recorded, and the lines.
  struct Recorded {
    int created = 0, activated = 0;
    std::int64_t lines = 0;
  };
  Recorded CountFacts() {
    Recorded recorded;
    const auto feed = floor_->Feed();
    EXPECT_TRUE(feed.ok()) << feed.status();
    if (!feed.ok()) return recorded;
    for (const inv::FeedEntry& entry : *feed) {
      for (const inv::Fact& fact : entry.facts()) {
        recorded.created += fact.has_manifest_created() ? 1 : 0;
        recorded.activated += fact.has_manifest_activated() ? 1 : 0;
        recorded.lines += fact.manifest_lines_added().lines_size();
      }
    }
    return recorded;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string load_;
};

TEST_F(ReceivingTest, AFileWithFiveMalformedLinesIsRefusedWhole) {
  std::string file = Csv(50, "OK");
  file +=
      "OK100007;Acme;M1;1\n"  // 52: stands in line 9
      "X1;Acme;M1;heavy\n"    // 53
      ";;;\"\n"               // 54: quote
      "X2;Acme;M1;1;2\n"      // 55: one cell too many
      "3.5E+14;Acme;M1;1\n";  // 56: rounded
  const auto answer = Import(common::NewUuidV7(), file);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->problem_count(), 5);
  std::vector<std::int64_t> lines;
  for (const auto& problem : answer->problems()) lines.push_back(problem.line());
  EXPECT_THAT(lines, ElementsAre(52, 53, 54, 55, 56));
  EXPECT_FALSE(answer->has_manifest());
  EXPECT_EQ(ManifestInForce(), "");
  EXPECT_EQ(CountFacts().created, 0);
}

TEST_F(ReceivingTest, AShipNoticeBecomesTheManifestInForce) {
  const std::string notice =
      "ISA*00*          *00*          *ZZ*SUPPLIER       *ZZ*LOOPDOCK       *260302*0915*U*00401*"
      "000000007*0*P*>~GS*SH*S*L*20260302*0915*7*X*004010~ST*856*0001~BSN*00*1*20260302*0915~"
      "HL*1**S~HL*2*1*I~LIN**MG*P100~SN1**2*EA~REF*SE*X12A~REF*SE*X12B~"
      "HL*3*1*I~LIN**MG*P200~SN1**40*EA~CTT*3*42~SE*13*0001~GE*1*7~IEA*1*000000007~";
  const auto answer = Import(common::NewUuidV7(), notice);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->problem_count(), 0) << answer->DebugString();
  EXPECT_EQ(answer->format(), intake::v1::MANIFEST_FORMAT_X12_856);
  EXPECT_EQ(answer->piece_count(), 42);
  EXPECT_TRUE(answer->manifest().active());
  EXPECT_EQ(ManifestInForce(), answer->manifest().name());
  inv::ListManifestLinesRequest list;
  list.set_manifest(answer->manifest().name());
  const auto lines = floor_->Do(&InventoryStub::ListManifestLines, list);
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->lines_size(), 3);
  EXPECT_EQ(lines->lines(1).serial(), "X12B");
  EXPECT_EQ(lines->lines(2).quantity(), 40);
}

TEST_F(ReceivingTest, TheSameRequestImportsOnceAndOtherContentIsRefused) {
  const std::string id = common::NewUuidV7();
  const auto first = Import(id, Csv(1000, "A"));
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = Import(id, Csv(1000, "A"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->manifest().name(), first->manifest().name());
  EXPECT_EQ(ReasonOf(Import(id, Csv(1000, "B")).status()), "REQUEST_ID_REUSED");
  const Recorded recorded = CountFacts();
  EXPECT_EQ(recorded.created, 1);
  EXPECT_EQ(recorded.activated, 1);
  EXPECT_EQ(recorded.lines, 1000);
  // What worked is remembered for the supplier.
  inv::GetColumnMappingRequest get;
  get.set_site("sites/main");
  get.set_supplier("parties/unknown");
  const auto mapping = floor_->Do(&InventoryStub::GetColumnMapping, get);
  ASSERT_TRUE(mapping.ok()) << mapping.status();
  EXPECT_EQ(mapping->columns().at("serial"), "Serial Number");
}

TEST_F(ReceivingTest, AContainerIsWeighedAndItsLabelSaysSo) {
  inv::CreateContainerRequest create;
  create.set_request_id(common::NewUuidV7());
  create.set_site("sites/main");
  create.mutable_container()->set_sscc("106141412345678908");
  create.mutable_container()->set_number("P-7");
  create.mutable_container()->set_load(load_);
  const auto container = floor_->Do(&InventoryStub::CreateContainer, create);
  ASSERT_TRUE(container.ok()) << container.status();
  inv::RecordWeighingRequest weigh;
  weigh.set_request_id(common::NewUuidV7());
  weigh.set_site("sites/main");
  weigh.mutable_weighing()->set_subject(container->name());
  weigh.mutable_weighing()->set_gross_mass_g(431'500);
  weigh.mutable_weighing()->set_tare_mass_g(15'000);
  weigh.mutable_weighing()->set_scale("dock-2");
  weigh.mutable_weighing()->set_raw("S S  431.5 kg");
  const auto weighed = floor_->Do(&InventoryStub::RecordWeighing, weigh);
  ASSERT_TRUE(weighed.ok()) << weighed.status();
  EXPECT_EQ(weighed->net_mass_g(), 416'500);

  intake::v1::RenderContainerLabelRequest render;
  render.set_container(container->name());
  const auto label = cluster_->to("intake").Ask(
      floor_->intake(), &intake::v1::IntakeService::Stub::RenderContainerLabel, render);
  ASSERT_TRUE(label.ok()) << label.status();
  EXPECT_THAT(label->contents(), ElementsAre("(00)106141412345678908", container->name()));
  EXPECT_THAT(label->zpl(), HasSubstr("Gross 431.5 kg"));
  EXPECT_THAT(label->zpl(), HasSubstr("Net 416.5 kg"));
  EXPECT_THAT(label->zpl(), HasSubstr("P-7"));
  render.set_container("sites/main/containers/none");
  EXPECT_EQ(ReasonOf(cluster_->to("intake")
                         .Ask(floor_->intake(),
                              &intake::v1::IntakeService::Stub::RenderContainerLabel, render)
                         .status()),
            "RESOURCE_NOT_FOUND");
}

TEST_F(ReceivingTest, AnImportGoesOnAfterTheServerWasKilled) {
  constexpr int kLines = 30'000;
  const std::string id = common::NewUuidV7();
  absl::StatusOr<intake::v1::ImportManifestResponse> answer = absl::UnknownError("never answered");
  std::thread client([&] { answer = Import(id, Csv(kLines, "K")); });
  const auto some =
      floor_->Await([](const inv::Fact& fact) { return fact.has_manifest_lines_added(); });
  cluster_->Kill();
  const absl::Status restarted = cluster_->Restart();
  client.join();
  ASSERT_TRUE(some.ok()) << some.status();
  ASSERT_TRUE(restarted.ok()) << restarted;
  // The client has sent it again by itself, or an answer came before the crash; once more is
  // harmless.
  answer = Import(id, Csv(kLines, "K"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_TRUE(answer->manifest().active());
  EXPECT_EQ(ManifestInForce(), answer->manifest().name());
  const Recorded recorded = CountFacts();
  EXPECT_EQ(recorded.created, 1);
  EXPECT_EQ(recorded.activated, 1);
  EXPECT_EQ(recorded.lines, kLines);
}

}  // namespace
}  // namespace loopdock::e2e
