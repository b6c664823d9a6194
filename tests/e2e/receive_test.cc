// SPDX-License-Identifier: Apache-2.0
// A pallet received at a terminal whose server and whose own program are killed in the middle: the
// signed summary counts exactly, and what was kept without the server is sent at full speed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "clients/cpp/scan_journal.h"
#include "services/common/fileio.h"
#include "services/common/ids.h"
#include "tests/e2e/floor.h"
#include "tests/integration/receive_process.h"
#include "tests/integration/server_process.h"

namespace loopdock::e2e {
namespace {

namespace inv = inventory::v1;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::ReceiveProcess;

constexpr int kClaimed = 200;
constexpr int kMissing = 10;
constexpr int kUnexpected = 5;
constexpr int kDuplicates = 3;

std::string Serial(int line) { return absl::StrFormat("RX%05d", line); }
std::string Code(int line) { return "S/N: " + Serial(line); }

// Each object of that event in what was printed.
std::vector<json> EventsIn(const std::string& shown, const std::string& name) {
  std::vector<json> events;
  for (const absl::string_view line : absl::StrSplit(shown, '\n')) {
    json event = json::parse(line, nullptr, false);
    if (event.is_object() && event.value("event", "") == name) events.push_back(std::move(event));
  }
  return events;
}

class ReceiveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    MakeLoad();
  }

  void MakeLoad() {
    inv::CreateLoadRequest load;
    load.set_request_id(common::NewUuidV7());
    load.set_site("sites/main");
    load.mutable_load()->set_supplier("parties/unknown");
    load.mutable_load()->set_bill_of_lading("BOL-7");
    const auto made = floor_->Do(&InventoryStub::CreateLoad, load);
    ASSERT_TRUE(made.ok()) << made.status();
    load_ = made->name();
    inv::CreateManifestRequest manifest;
    manifest.set_request_id(common::NewUuidV7());
    manifest.set_load(load_);
    const auto begun = floor_->Do(&InventoryStub::CreateManifest, manifest);
    ASSERT_TRUE(begun.ok()) << begun.status();
    inv::AddManifestLinesRequest lines;
    lines.set_request_id(common::NewUuidV7());
    lines.set_manifest(begun->name());
    for (int line = 1; line <= kClaimed; ++line) {
      inv::ManifestLine& claimed = *lines.add_lines();
      claimed.set_number(line);
      claimed.set_serial(Serial(line));
      claimed.set_quantity(1);
    }
    const auto added = floor_->Do(&InventoryStub::AddManifestLines, lines);
    ASSERT_TRUE(added.ok()) << added.status();
    inv::ActivateManifestRequest activate;
    activate.set_request_id(common::NewUuidV7());
    activate.set_name(begun->name());
    const auto active = floor_->Do(&InventoryStub::ActivateManifest, activate);
    ASSERT_TRUE(active.ok()) << active.status();
  }

  std::string journal() const { return cluster_->folder() + "/dock.journal"; }
  void Start() {
    auto process =
        ReceiveProcess::Start({"--json", "--load", load_, "--journal", journal(), "--station",
                               "dock-1", "--token-file", cluster_->folder() + "/admin.token",
                               "--address", cluster_->to("inventory").options().address, "--intake",
                               cluster_->to("intake").options().address},
                              ReceiveProcess::Ends::kPipes);
    ASSERT_TRUE(process.ok()) << process.status();
    terminal_ = *std::move(process);
    ASSERT_TRUE(terminal_->Await(R"("event":"start")")) << terminal_->shown();
  }
  std::vector<json> Events(const std::string& name) const {
    return EventsIn(terminal_->shown(), name);
  }
  const std::string& address(const std::string& service) const {
    return cluster_->to(service).options().address;
  }
  struct Ran {
    int exit = -1;
    std::string shown;  // of standard output and error
  };
  // `loopdock` with these words and what is typed, between pipes.
  Ran Run(const std::string& words, const std::string& typed = "") const {
    const std::string input = cluster_->folder() + "/typed";
    EXPECT_TRUE(common::WriteFileAtomically(input, typed).ok());
    const std::string line = absl::StrCat(
        testing::ProgramPath("loopdock"), " ", words, " --token-file=", cluster_->folder(),
        "/admin.token", " --address=", address("inventory"), " <", input, " 2>&1");
    Ran ran;
    std::FILE* const output = ::popen(line.c_str(), "r");
    if (output == nullptr) return ran;
    char part[4096];
    for (size_t got; (got = std::fread(part, 1, sizeof part, output)) > 0;) {
      ran.shown.append(part, got);
    }
    const int status = ::pclose(output);
    if (WIFEXITED(status)) ran.exit = WEXITSTATUS(status);
    return ran;
  }
  void Scan(int first, int last) {
    for (int line = first; line <= last; ++line) terminal_->Write(Code(line) + "\n");
  }
  int ScansOfTheSession(const std::string& session, std::set<std::string>* texts) const {
    inv::ListScansRequest list;
    list.set_site("sites/main");
    list.set_session(session);
    list.set_page_size(1000);
    int count = 0;
    do {
      const auto page = floor_->Do(&InventoryStub::ListScans, list);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return -1;
      for (const auto& scan : page->scans()) texts->insert(scan.symbols(0).content());
      count += page->scans_size();
      list.set_page_token(page->next_page_token());
    } while (!list.page_token().empty());
    return count;
  }

  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string load_;
  std::unique_ptr<ReceiveProcess> terminal_;
};

TEST_F(ReceiveTest, CountsExactlyThoughServerAndTerminalAreKilled) {
  Start();
  const std::string session = Events("start").at(0).at("session").get<std::string>();
  EXPECT_EQ(Events("start")[0].at("how"), "opened");
  Scan(1, 60);
  ASSERT_TRUE(terminal_->Await(R"("event":"answer")", 40)) << terminal_->shown();
  cluster_->Kill();
  ASSERT_TRUE(terminal_->Await(R"("event":"offline")")) << terminal_->shown();
  Scan(61, 100);
  ASSERT_TRUE(terminal_->Await(R"("event":"kept")", 100)) << terminal_->shown();

  // The terminal dies too, and comes back before the server.
  terminal_->Signal(SIGKILL);
  terminal_->Wait();
  Start();
  EXPECT_EQ(Events("start").at(0).at("how"), "offline");
  EXPECT_EQ(Events("start")[0].at("session"), session);
  EXPECT_GE(Events("start")[0].at("waiting").get<int>(), 40);
  Scan(101, 120);
  ASSERT_TRUE(terminal_->Await(R"("event":"kept")", 20));
  ASSERT_TRUE(cluster_->Restart().ok()) << cluster_->Log();
  ASSERT_TRUE(terminal_->Await(R"("event":"sent")")) << terminal_->shown();
  EXPECT_EQ(Events("sent").at(0).at("counts").value("matched", ""), "120");

  // The terminal dies with the server there. What it had not taken is scanned again.
  Scan(121, 160);
  ASSERT_TRUE(terminal_->Await(R"("event":"answer")", 60));
  terminal_->Signal(SIGKILL);
  terminal_->Wait();
  std::set<std::string> known;
  {
    const auto left = client::ScanJournal::Open(journal());
    ASSERT_TRUE(left.ok()) << left.status();
    for (const auto& scan : (*left)->Unacknowledged()) known.insert(scan.text());
  }
  ASSERT_GT(ScansOfTheSession(session, &known), 0);
  Start();
  EXPECT_EQ(Events("start").at(0).at("how"), "resumed");
  for (int line = 121; line <= 160; ++line) {
    if (known.count(Code(line)) == 0) Scan(line, line);
  }

  // One scanned by mistake, taken back and scanned again; then the rest.
  Scan(161, 161);
  terminal_->Write("/undo\n");
  ASSERT_TRUE(terminal_->Await(R"("event":"undone")")) << terminal_->shown();
  Scan(161, kClaimed - kMissing);
  Scan(7, 7);
  Scan(70, 70);
  Scan(170, 170);
  for (int i = 1; i <= kUnexpected; ++i) terminal_->Write(absl::StrCat("S/N: EXTRA", i, "\n"));
  terminal_->Write("/close\nJane Dock\ny\n");
  ASSERT_TRUE(terminal_->Await(R"("event":"end")")) << terminal_->shown();
  const int status = terminal_->Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status << terminal_->shown();

  ASSERT_EQ(Events("closed").size(), 1U) << terminal_->shown();
  const json closed = Events("closed")[0];
  EXPECT_EQ(closed.at("whole"), true);
  const json& summary = closed.at("summary");
  EXPECT_EQ(summary.value("signed_by", ""), "Jane Dock");
  EXPECT_EQ(summary.value("hazard_inspected", false), true);
  const auto number = [](const json& object, const char* key) {
    return std::stoi(object.value(key, "0"));
  };
  const json& counts = summary.at("counts");
  EXPECT_EQ(number(counts, "expected"), kClaimed);
  EXPECT_EQ(number(counts, "matched"), kClaimed - kMissing);
  EXPECT_EQ(number(counts, "unexpected"), kUnexpected);
  EXPECT_EQ(number(counts, "duplicates"), kDuplicates);
  EXPECT_EQ(number(counts, "wrong_model"), 0);
  EXPECT_EQ(number(summary, "unread_count"), 0);
  EXPECT_EQ(number(summary, "withdrawn_count"), 1);
  EXPECT_EQ(number(summary, "asset_count"), kClaimed - kMissing + kUnexpected);
  std::set<std::string> texts;
  EXPECT_EQ(ScansOfTheSession(session, &texts),
            kClaimed - kMissing + kUnexpected + kDuplicates + 1);

  inv::GetReconciliationRequest ask;
  ask.set_load(load_);
  const auto reconciliation = floor_->Do(&InventoryStub::GetReconciliation, ask);
  ASSERT_TRUE(reconciliation.ok()) << reconciliation.status();
  EXPECT_EQ(reconciliation->missing(), kMissing);
  EXPECT_EQ(reconciliation->counts().unexpected(), kUnexpected);
}

// What a person types from an empty store on: the supplier, its load by reference, corrections.
TEST_F(ReceiveTest, APersonMakesThePartyAndNamesTheLoadByItsReference) {
  const std::string receive = "receive --json --supplier=acme --load=PO-88 --journal=" + journal() +
                              " --intake=" + address("intake");
  const Ran unknown = Run(receive);
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_THAT(unknown.shown, HasSubstr("loopdock party add acme --role supplier"));
  const Ran party = Run("party add acme --role supplier --country DE --display-name Acme");
  EXPECT_EQ(party.exit, 0) << party.shown;
  EXPECT_THAT(Run("party show acme").shown, HasSubstr("Acme"));
  EXPECT_EQ(Run("party update acme --country FR").exit, 0);
  EXPECT_THAT(Run("party list").shown, HasSubstr("FR"));

  const Ran received = Run(receive, "S/N: PO88A\n");
  ASSERT_EQ(received.exit, 0) << received.shown;
  const Ran update = Run("load update PO-88 --bill-of-lading 4711 --seal S1 --seal S2");
  EXPECT_THAT(update.shown, AllOf(HasSubstr("4711"), HasSubstr("S2"), HasSubstr("PO-88")));
  EXPECT_THAT(Run("load show PO-88").shown, HasSubstr("parties/acme"));
  EXPECT_THAT(Run("load show PO-88 --supplier acme").shown, HasSubstr("unexpected"));
  EXPECT_THAT(Run("load show PO-99").shown, HasSubstr("No load has the name or the reference"));
  EXPECT_THAT(Run("load discrepancies PO-88").shown, HasSubstr("claimed_serial"));
  EXPECT_THAT(Run("manifest lines PO-88").shown, HasSubstr("has no manifest in force"));

  // Corrections by the commands: the serial number, the load, the scan.
  const json asset = json::parse(Run("asset find PO88A --kind serial --json").shown);
  const std::string name = asset.at("name").get<std::string>();
  EXPECT_EQ(
      Run("asset correct " + name + " --add serial:PO88B --remove serial:PO88A --reason typo").exit,
      0);
  EXPECT_EQ(Run("asset find PO88B --kind serial").exit, 0);
  EXPECT_EQ(Run("asset reassign " + name + " " + load_ + " --reason pallet").exit, 0);
  const Ran scans = Run("session scans " +
                        EventsIn(received.shown, "start").at(0).at("session").get<std::string>());
  EXPECT_THAT(scans.shown, HasSubstr("PO88A"));
  EXPECT_EQ(Run("load close PO-88").exit, 1) << "its session is open";
}

// A second file for a load takes the place of the first, and is not booked unasked.
TEST_F(ReceiveTest, ASecondManifestSaysWhatItReplaces) {
  const std::string file = cluster_->folder() + "/second.csv";
  ASSERT_TRUE(common::WriteFileAtomically(file, "Serial,Model\nRX99999,M1\n").ok());
  const std::string import =
      "manifest import " + file + " --load " + load_ + " --intake=" + address("intake");
  const Ran refused = Run(import);
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.shown,
              AllOf(HasSubstr("has a manifest of 200 lines in force"), HasSubstr("--replace")));
  EXPECT_THAT(Run("load show " + load_).shown, HasSubstr("200"));
  const Ran replaced = Run(import + " --replace");
  EXPECT_EQ(replaced.exit, 0) << replaced.shown;
  EXPECT_THAT(replaced.shown, HasSubstr("is active: 1 line, 1 piece"));
}

TEST_F(ReceiveTest, ReplaysThousandsOfScansThatWereKeptWithoutTheServer) {
  constexpr int kScans = 5000;
  Start();
  cluster_->Kill();
  ASSERT_TRUE(terminal_->Await(R"("event":"offline")")) << terminal_->shown();
  const absl::Time begun = absl::Now();
  for (int i = 0; i < kScans; i += 100) {
    std::string burst;
    for (int j = i; j < i + 100; ++j) absl::StrAppend(&burst, "S/N: OFF", j, "\n");
    terminal_->Write(burst);
  }
  ASSERT_TRUE(terminal_->Await(R"("event":"kept")", kScans));
  const absl::Time kept = absl::Now();
  ASSERT_TRUE(cluster_->Restart().ok()) << cluster_->Log();
  ASSERT_TRUE(terminal_->Await(R"("event":"online")"));
  const absl::Time back = absl::Now();
  ASSERT_TRUE(terminal_->Await(R"("event":"sent")"));
  const double seconds = absl::ToDoubleSeconds(absl::Now() - back);
  std::cout << absl::StrFormat(
      "%d scans kept in %.2f s (%.0f a second), sent in %.2f s (%.0f a second)\n", kScans,
      absl::ToDoubleSeconds(kept - begun), kScans / absl::ToDoubleSeconds(kept - begun), seconds,
      kScans / seconds);
  std::set<std::string> texts;
  EXPECT_EQ(ScansOfTheSession(Events("start").at(0).at("session").get<std::string>(), &texts),
            kScans);
  EXPECT_EQ(texts.size(), static_cast<size_t>(kScans));
  EXPECT_LT(seconds, 25) << "200 a second is what hands and slow disks need";
  terminal_->CloseInput();
  const int status = terminal_->Wait();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace loopdock::e2e
