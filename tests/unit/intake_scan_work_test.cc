// SPDX-License-Identifier: Apache-2.0
// One scan from the request to inventory's command and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/synchronization/notification.h"
#include "services/common/hash.h"
#include "services/intake/scan_work.h"
#include "tests/unit/intake_fixture.h"

namespace loopdock::intake {
namespace {

using common::ReasonOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScanWorkTest : public IntakeTest {
 protected:
  absl::StatusOr<v1::ScanResponse> Scan(const v1::ScanRequest& request) {
    auto prepared = work_->Prepare(caller_, request);
    if (!prepared.ok()) return prepared.status();
    absl::Notification answered;
    absl::StatusOr<v1::ScanResponse> response;
    work_->Record(caller_, *std::move(prepared), nullptr,
                  [&](absl::StatusOr<v1::ScanResponse> answer) {
                    response = std::move(answer);
                    answered.Notify();
                  });
    answered.WaitForNotification();
    return response;
  }
};

// One white pixel.
std::string Png() {
  return *common::HexDecode(
      "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
      "0000000a49444154789c63f80f0001010100b138f6140000000049454e44ae426082");
}

TEST_F(ScanWorkTest, ATextBecomesOneCommand) {
  v1::ScanRequest request = Text("S/N: PF3ABC12");
  request.set_asset_key("k1");
  request.set_container("sites/main/containers/1");
  request.set_format("Code128");
  request.mutable_station_time()->set_seconds(17);
  const auto response = Scan(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->request_id(), request.request_id());
  EXPECT_EQ(response->asset(), "sites/main/assets/1");
  EXPECT_EQ(response->message(), "Booked as 1: serial PF3ABC12.");
  EXPECT_EQ(response->sequence(), 1);
  ASSERT_EQ(Commands().size(), 1u);
  const auto command = Commands()[0];
  EXPECT_EQ(command.request_id(), request.request_id());
  EXPECT_EQ(command.session(), request.session());
  EXPECT_EQ(command.asset_key(), "k1");
  EXPECT_EQ(command.container(), "sites/main/containers/1");
  EXPECT_EQ(command.station_time().seconds(), 17);
  EXPECT_EQ(command.symbols(0).content(), "S/N: PF3ABC12");
  EXPECT_EQ(command.symbols(0).format(), "Code128");
  EXPECT_EQ(command.understanding().serial(), "PF3ABC12");
  EXPECT_FALSE(command.has_picture());
}

TEST_F(ScanWorkTest, APictureIsEvidenceBeforeItIsRead) {
  read_ = [this](const std::string& picture, const vision::v1::Request&) {
    EXPECT_TRUE(evidence_.Has(picture));
    return Symbols({"PF3ABC12"});
  };
  v1::ScanRequest request = Text("");
  request.set_picture(Png());
  const auto response = Scan(request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->symbols_size(), 1);
  EXPECT_EQ(response->symbols(0).content(), "PF3ABC12");
  const auto command = Commands()[0];
  EXPECT_EQ(command.picture().sha256(), common::Sha256Hex(Png()));
  EXPECT_EQ(command.picture().media_type(), "image/png");
  EXPECT_EQ(command.symbols(0).content(), "PF3ABC12");
}

TEST_F(ScanWorkTest, EvidenceThatIsHereAlreadyIsRead) {
  read_ = [](const std::string& picture, const vision::v1::Request&) { return Symbols({picture}); };
  ASSERT_TRUE(Scan(Kept("PF3ABC12")).ok());
  EXPECT_EQ(Commands()[0].symbols(0).content(), "PF3ABC12");
  v1::ScanRequest unknown = Text("");
  unknown.set_picture_sha256(std::string(64, 'a'));
  EXPECT_TRUE(absl::IsNotFound(Scan(unknown).status()));
  EXPECT_EQ(Commands().size(), 1u);
}

TEST_F(ScanWorkTest, APictureThatKillsWorkersIsKeptUnread) {
  for (const char* reason : {"DECODER_CRASHED", "PICTURE_TIMEOUT"}) {
    read_ = [&](const std::string&, const vision::v1::Request&) {
      return common::Error(absl::StatusCode::kInternal, reason, "dead");
    };
    ASSERT_TRUE(Scan(Kept("picture")).ok());
    const auto command = Commands().back();
    EXPECT_FALSE(command.has_understanding());
    EXPECT_THAT(command.warnings(), ElementsAre(HasSubstr(reason)));
    EXPECT_EQ(command.picture().sha256(), common::Sha256Hex("picture"));
  }
}

TEST_F(ScanWorkTest, WhatIsNoPictureIsRefusedAndNotKept) {
  v1::ScanRequest request = Text("");
  for (const std::string& bytes : {std::string(), std::string(100, 'x'), Png().substr(0, 40)}) {
    request.set_picture(bytes);
    const auto response = Scan(request);
    EXPECT_TRUE(absl::IsInvalidArgument(response.status())) << response.status();
    EXPECT_FALSE(evidence_.Has(bytes));
  }
  // What the worker cannot do now it may do later: nothing is booked.
  read_ = [](const std::string&, const vision::v1::Request&) { return common::Overloaded("full"); };
  EXPECT_TRUE(absl::IsResourceExhausted(Scan(Kept("picture")).status()));
  EXPECT_EQ(Commands().size(), 0u);
}

TEST_F(ScanWorkTest, NothingIsRecordedWhenEvidenceIsNotKept) {
  {
    absl::MutexLock lock(&evidence_.mutex);
    evidence_.failure = absl::UnavailableError("down");
  }
  v1::ScanRequest request = Text("");
  request.set_picture(Png());
  EXPECT_TRUE(absl::IsUnavailable(Scan(request).status()));
  EXPECT_EQ(Commands().size(), 0u);
}

TEST_F(ScanWorkTest, UnreadableAndUnknownTextsAreKeptRaw) {
  for (const std::string& text : {std::string(), std::string("\xFF\x80\x00\x01", 4)}) {
    ASSERT_TRUE(Scan(Text(text)).ok());
    EXPECT_EQ(Commands().back().symbols(0).content(), text);
  }
}

TEST_F(ScanWorkTest, AHostilePictureFullOfSymbolsIsTaken) {
  read_ = [](const std::string&, const vision::v1::Request&) {
    return Symbols(std::vector<std::string>(250, std::string(2000, 'x')));
  };
  ASSERT_TRUE(Scan(Kept("picture")).ok());
  EXPECT_LE(Commands()[0].ByteSizeLong(), 80'000u);
  EXPECT_THAT(Commands()[0].warnings(), Contains(HasSubstr("LABEL_TOO_FULL")));
}

TEST_F(ScanWorkTest, RefusesBadRequestsByName) {
  v1::ScanRequest request = Text(std::string(1'000'000, 'x'));
  EXPECT_EQ(ReasonOf(Scan(request).status()), "TEXT_TOO_LONG");
  request = Text("a");
  request.set_session("somewhere");
  request.set_asset_key(std::string(129, 'k'));
  request.clear_content();
  const auto refused = Scan(request).status();
  EXPECT_EQ(ReasonOf(refused), "INVALID_FIELDS");
  for (const char* field : {"session", "asset_key", "content"}) {
    EXPECT_THAT(std::string(refused.message()), HasSubstr(field));
  }
  request = Text("");
  request.set_picture(std::string((16 << 20) + 1, 'x'));
  EXPECT_EQ(ReasonOf(Scan(request).status()), "INVALID_FIELDS");
}

TEST_F(ScanWorkTest, TheCatalogOnlyAdds) {
  inventory_.find_catalog_entry = [](const inventory::v1::FindCatalogEntryRequest& request,
                                     inventory::v1::CatalogEntry* entry) {
    EXPECT_EQ(request.site(), "sites/main");
    if (request.key() != "20XY") return absl::NotFoundError("none");
    entry->set_category("laptop");
    entry->set_maker("Lenovo");
    entry->set_mass_g(1300);
    return absl::OkStatus();
  };
  ASSERT_TRUE(Scan(Text("P/N: 20XY")).ok());
  EXPECT_EQ(Commands()[0].category(), "laptop");
  EXPECT_EQ(Commands()[0].mass_g(), 1300);
  EXPECT_EQ(Commands()[0].understanding().maker(), "Lenovo");
  ASSERT_TRUE(Scan(Text("P/N: 99ZZ")).ok());
  EXPECT_EQ(Commands()[1].category(), "");
}

TEST_F(ScanWorkTest, WhatInventorySaysIsPassedOn) {
  record_ = [](const inventory::v1::RecordScanRequest&, inventory::v1::RecordScanResponse*) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED", "closed");
  };
  EXPECT_EQ(ReasonOf(Scan(Text("PF3ABC12")).status()), "SESSION_CLOSED");
}

// A scan without a deadline of its own must be sent again, not given up.
TEST_F(ScanWorkTest, ATimeoutOfAStreamMayBeRepeated) {
  record_ = [](const inventory::v1::RecordScanRequest&, inventory::v1::RecordScanResponse*) {
    return absl::DeadlineExceededError("slow");
  };
  EXPECT_TRUE(absl::IsUnavailable(Scan(Text("PF3ABC12")).status()));
  caller_.deadline = absl::Now() + absl::Seconds(20);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Scan(Text("PF3ABC12")).status()));
}

}  // namespace
}  // namespace loopdock::intake
