// SPDX-License-Identifier: Apache-2.0
// One scan from the request to inventory's command and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <utility>

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

TEST_F(ScanWorkTest, WhatWasSentHasOneDigestWhateverIsUnderstoodOfIt) {
  v1::ScanRequest request = Text("4006381333931");
  ASSERT_TRUE(Scan(request).ok());
  inventory_.find_catalog_entry = [](const auto&, inventory::v1::CatalogEntry* entry) {
    entry->set_category("phone");
    return absl::OkStatus();
  };
  request.set_takes_more(true);
  ASSERT_TRUE(Scan(request).ok());
  ASSERT_EQ(Commands()[0].sent_sha256().size(), common::kSha256Bytes);
  EXPECT_EQ(Commands()[1].sent_sha256(), Commands()[0].sent_sha256());
  for (const auto& change : std::vector<std::function<void(v1::ScanRequest*)>>{
           [](auto* r) { r->set_text("4006381333932"); },
           [](auto* r) { r->set_session("sites/main/sessions/2"); },
           [](auto* r) { r->set_asset_key("k"); }, [](auto* r) { r->set_format("Code128"); },
           [](auto* r) { r->set_container("sites/main/containers/1"); },
           [](auto* r) { r->mutable_station_time()->set_seconds(1); },
           [](auto* r) { (*r->mutable_choices())["serial"] = "4006381333931"; }}) {
    v1::ScanRequest other = request;
    change(&other);
    ASSERT_TRUE(Scan(other).ok());
    EXPECT_NE(Commands().back().sent_sha256(), Commands()[0].sent_sha256()) << other.DebugString();
  }
  read_ = [](const std::string&, const vision::v1::Request&) { return Symbols({"PF3ABC12"}); };
  v1::ScanRequest picture = Text("");
  picture.set_picture(Png());
  ASSERT_TRUE(Scan(picture).ok());
  const std::string sent = Commands().back().sent_sha256();
  picture.set_picture_sha256(common::Sha256Hex(Png()));
  ASSERT_TRUE(Scan(picture).ok());
  EXPECT_EQ(Commands().back().sent_sha256(), sent) << "the same picture by its digest";
}

TEST_F(ScanWorkTest, ACategorysMassIsTypicalOnly) {
  inventory_.find_catalog_entry = [](const auto&, inventory::v1::CatalogEntry* entry) {
    entry->set_category("phone");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Scan(Text("4006381333931")).ok());
  EXPECT_EQ(Commands()[0].mass_g(), 0);
  EXPECT_EQ(Commands()[0].typical_mass_g(), 90);
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

// A picture of several devices; inventory answers each command with the asset of its turn.
class SeveralLabelsTest : public ScanWorkTest {
 protected:
  void SetUp() override {
    ScanWorkTest::SetUp();
    contents_ = {"S/N: AAAA1111", "S/N: BBBB2222", "S/N: CCCC3333"};
    read_ = [this](const std::string&, const vision::v1::Request&) { return Symbols(contents_); };
    record_ = [this](const inventory::v1::RecordScanRequest& request,
                     inventory::v1::RecordScanResponse* response) {
      if (request.understanding().serial() == refused_) return refusal_;
      auto* scan = response->mutable_scan();
      scan->set_outcome(request.needs_choice() ? inventory::v1::SCAN_OUTCOME_CHOICE
                                               : inventory::v1::SCAN_OUTCOME_BOOKED);
      scan->set_asset("sites/main/assets/" + request.understanding().serial());
      *scan->mutable_understanding() = request.understanding();
      return absl::OkStatus();
    };
  }

  // Labels travel side by side: in the order of their serial numbers, those without one last.
  std::vector<inventory::v1::RecordScanRequest> BySerial(std::size_t first = 0) {
    auto commands = Commands();
    commands.erase(commands.begin(), commands.begin() + static_cast<std::ptrdiff_t>(first));
    std::sort(commands.begin(), commands.end(), [](const auto& a, const auto& b) {
      const auto key = [](const auto& command) {
        const std::string& serial = command.understanding().serial();
        return std::pair(serial.empty(), serial);
      };
      return key(a) < key(b);
    });
    return commands;
  }

  std::vector<std::string> contents_;
  std::string refused_ = "none";
  absl::Status refusal_;
};

TEST_F(SeveralLabelsTest, EachDeviceOfAPictureIsBookedByItself) {
  const auto request = Kept("picture");
  const auto response = Scan(request);
  ASSERT_TRUE(response.ok()) << response.status();
  const auto commands = BySerial();
  ASSERT_EQ(commands.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(commands[i].symbols_size(), 1);
    EXPECT_EQ(commands[i].symbols(0).content(), contents_[i]);
    EXPECT_EQ(commands[i].picture().sha256(), common::Sha256Hex("picture"));
    EXPECT_TRUE(common::IsUuidV7(commands[i].request_id()));
  }
  EXPECT_EQ(commands[0].request_id(), request.request_id());
  EXPECT_EQ(response->request_id(), request.request_id());
  EXPECT_EQ(response->asset(), "sites/main/assets/AAAA1111");
  EXPECT_THAT(response->message(), HasSubstr("3 labels: 3 booked."));
  EXPECT_EQ(response->symbols_size(), 3);
  ASSERT_EQ(response->further_size(), 2);
  EXPECT_EQ(response->further(1).asset(), "sites/main/assets/CCCC3333");
  EXPECT_EQ(response->further(1).request_id(), commands[2].request_id());
  EXPECT_EQ(response->further(1).label().size(), 16u);
  // Sent again, the same commands.
  ASSERT_TRUE(Scan(request).ok());
  const auto again = BySerial(3);
  ASSERT_EQ(again.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again[i].SerializeAsString(), commands[i].SerializeAsString());
  }
}

TEST_F(SeveralLabelsTest, ALabelWithoutIdentityAmongThemIsNoDevice) {
  read_ = [](const std::string&, const vision::v1::Request&) {
    auto seen = Symbols({"S/N: AAAA1111", "(1P)20AQ", "S/N: BBBB2222", "(1P)30BX", "(1P)40CY"});
    for (int i = 0; i < 5; ++i) {
      const double top = std::vector<double>{0, 30, 500, 530, 2000}[static_cast<std::size_t>(i)];
      auto* corners = seen.mutable_decode()->mutable_symbols(i)->mutable_corners();
      for (int c = 0; c < 4; ++c) (*corners)[c].set_y(top + (c < 2 ? 0 : 20));
    }
    return seen;
  };
  const auto response = Scan(Kept("picture"));
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->further_size(), 2);
  const auto commands = BySerial();
  ASSERT_EQ(commands.size(), 3u);
  EXPECT_EQ(commands[0].understanding().part_number(), "20AQ");
  EXPECT_EQ(commands[1].understanding().part_number(), "30BX");
  EXPECT_TRUE(commands[2].needs_choice());
  EXPECT_THAT(response->message(), HasSubstr("2 booked, 1 to be chosen"));
}

TEST_F(SeveralLabelsTest, OneOfThemMayBeSaid) {
  const auto all = Scan(Kept("picture"));
  ASSERT_TRUE(all.ok()) << all.status();
  v1::ScanRequest one = Kept("picture");
  one.set_label(all->further(0).label());
  one.set_asset_key("k");
  (*one.mutable_choices())["serial"] = "BBBB2222";
  const auto response = Scan(one);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->asset(), "sites/main/assets/BBBB2222");
  EXPECT_EQ(response->further_size(), 0);
  EXPECT_EQ(Commands().back().request_id(), one.request_id());
  one.set_label("0000000000000000");
  EXPECT_EQ(ReasonOf(Scan(one).status()), "INVALID_FIELDS");
}

TEST_F(SeveralLabelsTest, WhatIsAboutOneDeviceIsRefused) {
  v1::ScanRequest keyed = Kept("picture");
  keyed.set_asset_key("k");
  EXPECT_EQ(ReasonOf(Scan(keyed).status()), "SEVERAL_DEVICES");
  v1::ScanRequest chosen = Kept("picture");
  (*chosen.mutable_choices())["serial"] = "AAAA1111";
  const auto refused = Scan(chosen).status();
  EXPECT_EQ(ReasonOf(refused), "SEVERAL_DEVICES");
  EXPECT_EQ(common::MetadataOf(refused, "devices"), "3");
  // The bars in the middle are as near to the one label as to the other.
  contents_ = {"S/N: AAAA1111", "490154203237518", "S/N: BBBB2222"};
  EXPECT_EQ(ReasonOf(Scan(Kept("picture")).status()), "SEVERAL_DEVICES");
  EXPECT_EQ(Commands().size(), 0u);
}

TEST_F(SeveralLabelsTest, OneRefusalIsItsOwnAndAnOpenEndIsThatOfAll) {
  refused_ = "AAAA1111";
  refusal_ = common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_SEALED", "sealed");
  const auto request = Kept("picture");
  const auto response = Scan(request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->asset(), "sites/main/assets/BBBB2222");
  EXPECT_EQ(response->request_id(), request.request_id());
  ASSERT_EQ(response->further_size(), 2);
  EXPECT_TRUE(response->further(0).has_error());
  EXPECT_THAT(response->message(), HasSubstr("2 booked, 1 refused"));
  refusal_ = absl::UnavailableError("down");
  EXPECT_TRUE(absl::IsUnavailable(Scan(request).status())) << "to be sent again";
}

// The label of two numbers of which either may be the serial.
class ChoiceTest : public ScanWorkTest {
 protected:
  void SetUp() override {
    ScanWorkTest::SetUp();
    read_ = [](const std::string&, const vision::v1::Request&) {
      return Symbols({"AB12345678", "CD87654321"});
    };
    record_ = [](const inventory::v1::RecordScanRequest& request,
                 inventory::v1::RecordScanResponse* response) {
      auto* scan = response->mutable_scan();
      scan->set_outcome(request.needs_choice() ? inventory::v1::SCAN_OUTCOME_CHOICE
                                               : inventory::v1::SCAN_OUTCOME_BOOKED);
      scan->set_asset("sites/main/assets/1");
      *scan->mutable_understanding() = request.understanding();
      return absl::OkStatus();
    };
    inventory_.get_label_layout = [this](const inventory::v1::GetLabelLayoutRequest& request,
                                         inventory::v1::LabelLayout* layout) {
      ++layouts_asked_;
      if (request.name() != layout_.name()) return absl::NotFoundError("none");
      *layout = layout_;
      return absl::OkStatus();
    };
    inventory_.set_label_layout = [this](const inventory::v1::SetLabelLayoutRequest& request,
                                         inventory::v1::LabelLayout* layout) {
      set_requests_.push_back(request.request_id());
      layout_ = request.layout();
      *layout = layout_;
      return absl::OkStatus();
    };
  }

  std::atomic<int> layouts_asked_ = 0;
  inventory::v1::LabelLayout layout_;
  std::vector<std::string> set_requests_;
};

TEST_F(ChoiceTest, APersonIsAskedWhenTheIdentityIsInDoubt) {
  const auto response = Scan(Kept("picture"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_TRUE(Commands()[0].needs_choice());
  EXPECT_EQ(Commands()[0].symbols(1).corners_size(), 8);
  EXPECT_EQ(Commands()[0].symbols(1).corners(1), 100);
  EXPECT_EQ(response->outcome(), inventory::v1::SCAN_OUTCOME_CHOICE);
  EXPECT_EQ(response->message(), "Not booked, please choose: serial is AB12345678 or CD87654321.");
  ASSERT_EQ(response->scan().understanding().readings_size(), 1);
  EXPECT_EQ(response->scan().understanding().readings(0).runner_up(), "CD87654321");
  EXPECT_EQ(layouts_asked_, 1);
}

TEST_F(ChoiceTest, WhatAPersonChoseIsBookedAndRemembered) {
  v1::ScanRequest chosen = Kept("picture");
  (*chosen.mutable_choices())["serial"] = "CD87654321";
  chosen.set_remember_layout(true);
  ASSERT_TRUE(Scan(chosen).ok());
  ASSERT_TRUE(Scan(chosen).ok());  // sent again
  EXPECT_FALSE(Commands()[0].needs_choice());
  EXPECT_EQ(Commands()[0].understanding().serial(), "CD87654321");
  EXPECT_EQ(Commands()[0].understanding().readings(0).basis(), "person");
  EXPECT_EQ(layouts_asked_, 0);
  ASSERT_EQ(set_requests_.size(), 2u);
  EXPECT_EQ(set_requests_[0], set_requests_[1]) << "the same request, so that it has one effect";
  EXPECT_TRUE(common::IsUuidV7(set_requests_[0]));
  EXPECT_EQ(layout_.choices().at("1"), "serial");
  // The next label of that kind needs nobody.
  read_ = [](const std::string&, const vision::v1::Request&) {
    return Symbols({"XY00000001", "ZZ00000002"});
  };
  ASSERT_TRUE(Scan(Kept("next")).ok());
  EXPECT_FALSE(Commands()[2].needs_choice());
  EXPECT_EQ(Commands()[2].understanding().serial(), "ZZ00000002");
  EXPECT_EQ(Commands()[2].understanding().readings(0).basis(), "layout");
}

TEST_F(ChoiceTest, WhatCannotBeRememberedIsBookedAllTheSame) {
  v1::ScanRequest typed = Text("AB12345678");
  (*typed.mutable_choices())["serial"] = "EF11111111";
  typed.set_remember_layout(true);
  ASSERT_TRUE(Scan(typed).ok());
  EXPECT_EQ(Commands()[0].understanding().serial(), "EF11111111");
  EXPECT_EQ(Commands()[0].symbols(1).content(), "EF11111111");
  EXPECT_THAT(Commands()[0].warnings(), Contains(HasSubstr("LAYOUT_NOT_REMEMBERED")));
  inventory_.set_label_layout = [](const inventory::v1::SetLabelLayoutRequest&,
                                   inventory::v1::LabelLayout*) {
    return absl::PermissionDeniedError("not you");
  };
  v1::ScanRequest chosen = Kept("picture");
  (*chosen.mutable_choices())["serial"] = "CD87654321";
  chosen.set_remember_layout(true);
  ASSERT_TRUE(Scan(chosen).ok());
  EXPECT_THAT(Commands()[1].warnings(), Contains(HasSubstr("not you")));
  EXPECT_EQ(set_requests_.size(), 0u);
}

TEST_F(ChoiceTest, WrongChoicesAreRefusedByName) {
  v1::ScanRequest wrong = Text("AB12345678");
  (*wrong.mutable_choices())["imei"] = "123";
  (*wrong.mutable_choices())["colour"] = "red";
  const auto refused = Scan(wrong).status();
  EXPECT_EQ(ReasonOf(refused), "INVALID_FIELDS");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("choices[imei]"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("choices[colour]"));
  EXPECT_EQ(Commands().size(), 0u);
}

TEST_F(ChoiceTest, AnOrdinaryScanAsksNobody) {
  std::atomic<int> asked = 0;
  inventory_.find_catalog_entry = [&asked](const inventory::v1::FindCatalogEntryRequest&,
                                           inventory::v1::CatalogEntry*) {
    ++asked;
    return absl::NotFoundError("none");
  };
  for (const char* text : {"PF3ABC12", "S/N: PF3ABC13", "C02L13ABF5V7"}) {
    ASSERT_TRUE(Scan(Text(text)).ok());
  }
  EXPECT_EQ(asked, 0);
  EXPECT_EQ(layouts_asked_, 0);
  // The same model is asked about once.
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Scan(Text("490154203237518")).ok());
  EXPECT_EQ(asked, 1);
}

TEST_F(ScanWorkTest, AnImeiNamesTheModelByItsTypeAllocationCode) {
  inventory_.find_catalog_entry = [](const inventory::v1::FindCatalogEntryRequest& request,
                                     inventory::v1::CatalogEntry* entry) {
    if (request.key() != "49015420") return absl::NotFoundError("none");
    entry->set_maker("Samsung");
    entry->set_model("SM-N960F");
    entry->set_category("phone");
    return absl::OkStatus();
  };
  ASSERT_TRUE(Scan(Text("490154203237518")).ok());
  EXPECT_EQ(Commands()[0].category(), "phone");
  EXPECT_EQ(Commands()[0].understanding().maker(), "Samsung");
  EXPECT_EQ(Commands()[0].understanding().part_number(), "SM-N960F");
  EXPECT_EQ(Commands()[0].understanding().readings(0).basis(), "catalog");
}

class DeviceFactsTest : public IntakeTest {
 protected:
  void SetUp() override {
    IntakeTest::SetUp();
    inventory_.find_catalog_entry = [this](const inventory::v1::FindCatalogEntryRequest& request,
                                           inventory::v1::CatalogEntry* entry) {
      ++asked_;
      if (!failure_.ok()) return failure_;
      if (request.key() != site_key_) return absl::NotFoundError("none");
      entry->set_name("sites/main/catalog/1");
      entry->set_mass_g(1);
      return absl::OkStatus();
    };
    const auto catalog = Catalog::Parse(
        "[[category]]\nid = \"phone\"\ndisplay_name = \"Phones\"\nunu_key = \"0306\"\n"
        "eu_category = \"6\"\nmass_g = 90\ndata_bearing = true\n"
        "focus_materials = [\"BATTERIES\"]\nsource = \"s\"\n",
        "[[device]]\nmaker = \"M\"\nmodel = \"N\"\nkeys = [\"A1\", \"A2\"]\n"
        "category = \"phone\"\nmass_g = 100\nsource = \"s\"\n");
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    facts_ = std::make_unique<DeviceFacts>(
        inventory::v1::InventoryService::NewStub(inventory_.Channel()), *catalog, clock_);
  }

  std::optional<DeviceFacts::Found> Find(const std::vector<std::string>& keys) {
    auto found = facts_->FindDevice(caller_, "sites/main", keys);
    EXPECT_TRUE(found.ok()) << found.status();
    return found.ok() ? *found : std::nullopt;
  }

  common::ManualClock clock_;
  std::atomic<int> asked_ = 0;
  std::string site_key_ = "S1";
  absl::Status failure_;
  std::unique_ptr<DeviceFacts> facts_;
};

TEST_F(DeviceFactsTest, TheSiteGoesBeforeTheProjectAndThatBeforeTheCategory) {
  const auto project = Find({"A1"});
  ASSERT_TRUE(project.has_value());
  EXPECT_EQ(project->origin, "project");
  EXPECT_EQ(project->entry.mass_g(), 100);
  const auto site = Find({"A1", "S1"});
  ASSERT_TRUE(site.has_value());
  EXPECT_EQ(site->origin, "site");
  EXPECT_EQ(site->key, "S1");
  EXPECT_FALSE(Find({"X"}).has_value());
  EXPECT_EQ(facts_->FindCategory("phone")->entry.mass_g(), 90);
  EXPECT_FALSE(facts_->FindCategory("boat").has_value());
}

TEST_F(DeviceFactsTest, AnswersAreKeptForAShortTime) {
  for (int i = 0; i < 3; ++i) Find({"S1", "X"});
  for (int i = 0; i < 3; ++i) Find({"X"});
  EXPECT_EQ(asked_, 2);
  site_key_ = "X";
  EXPECT_FALSE(Find({"X"}).has_value());
  clock_.Advance(kCachedFor);
  EXPECT_TRUE(Find({"X"}).has_value()) << "a new entry is seen after that time";
}

TEST_F(DeviceFactsTest, AFailureIsNotRemembered) {
  failure_ = absl::UnavailableError("down");
  EXPECT_TRUE(absl::IsUnavailable(facts_->FindDevice(caller_, "sites/main", {"S1"}).status()));
  failure_ = absl::OkStatus();
  EXPECT_TRUE(Find({"S1"}).has_value());
}

TEST_F(DeviceFactsTest, TheCacheIsBounded) {
  for (std::size_t i = 0; i < kCachedKeysMax; ++i) Find({std::to_string(i)});
  const int asked = asked_;
  Find({std::to_string(kCachedKeysMax - 1)});
  EXPECT_EQ(asked_, asked) << "the last ones are there";
  Find({"more", "0"});
  EXPECT_EQ(asked_, asked + 2) << "the first ones are not";
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
