// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/scan_commands.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "services/common/ids.h"
#include "services/storage/rocksdb_driver.h"

namespace loopdock::bench {
namespace {

const inventory::Sender kSender{"bench", "bench-1"};

}  // namespace

// Apart from the numbers of other processes, whose devices may be in the same store.
std::atomic<std::uint64_t> ScanMaker::next_number{
    static_cast<std::uint64_t>(absl::ToUnixMicros(absl::Now())) << 8};

std::string ScanMaker::NextSerial() {
  const std::uint64_t mixed = next_number.fetch_add(1) * 0x9e3779b97f4a7c15u;
  return absl::StrCat("SN", absl::Hex(mixed >> 8, absl::kZeroPad14));
}

inventory::v1::RecordScanRequest ScanMaker::Command() {
  inventory::v1::RecordScanRequest command;
  const std::string serial = NextSerial();
  command.set_request_id(common::NewUuidV7());
  command.set_session(session_);
  inventory::v1::RawSymbol* symbol = command.add_symbols();
  symbol->set_content(serial);
  symbol->set_format("Code128");
  symbol->set_symbology_identifier("]C0");
  symbol->set_kind("serial");
  command.mutable_understanding()->set_serial(serial);
  command.mutable_understanding()->set_confidence(0.9);
  return command;
}

intake::v1::ScanRequest ScanMaker::Line() {
  intake::v1::ScanRequest line;
  line.set_request_id(common::NewUuidV7());
  line.set_session(session_);
  line.set_text(absl::StrCat("S/N: ", NextSerial()));
  line.set_format("Code128");
  line.set_takes_more(true);
  return line;
}

absl::Status IsBooked(inventory::v1::ScanOutcome outcome) {
  if (outcome == inventory::v1::SCAN_OUTCOME_BOOKED) return absl::OkStatus();
  return absl::InternalError(
      absl::StrCat("a scan became ", inventory::v1::ScanOutcome_Name(outcome)));
}

inventory::v1::CreateLoadRequest NewLoad() {
  inventory::v1::CreateLoadRequest load;
  load.set_request_id(common::NewUuidV7());
  load.set_site("sites/main");
  load.mutable_load()->set_supplier("parties/unknown");
  load.mutable_load()->set_bill_of_lading("BENCH-1");
  return load;
}

inventory::v1::OpenSessionRequest NewSession(const std::string& load) {
  inventory::v1::OpenSessionRequest session;
  session.set_request_id(common::NewUuidV7());
  session.set_site("sites/main");
  session.set_load(load);
  return session;
}

absl::StatusOr<LocalRecord> OpenLocalRecord(const std::string& directory) {
  auto store = storage::MakeRocksDbDriver()->Open(directory, inventory::Inventory::StoreOptions());
  if (!store.ok()) return store.status();
  LocalRecord record;
  auto opened = inventory::Inventory::Open(*std::move(store), {});
  if (!opened.ok()) return opened.status();
  record.inventory = *std::move(opened);
  const auto load = record.inventory->Run(kSender, NewLoad());
  if (!load.ok()) return load.status();
  const auto session = record.inventory->Run(kSender, NewSession(load->name()));
  if (!session.ok()) return session.status();
  record.session = session->name();
  return record;
}

absl::StatusOr<CommandBytes> MeasureCommandBytes(const std::string& directory) {
  constexpr int kCommands = 64;
  auto record = OpenLocalRecord(directory);
  if (!record.ok()) return record.status();
  ScanMaker maker(record->session);
  const storage::CommitterStats before = record->inventory->committer().stats();
  CommandBytes bytes;
  for (int i = 0; i < kCommands; ++i) {
    const auto command = maker.Command();
    const auto answer = record->inventory->Run(kSender, command);
    if (!answer.ok()) return answer.status();
    if (auto booked = IsBooked(answer->scan().outcome()); !booked.ok()) return booked;
    bytes.request = static_cast<std::int64_t>(command.ByteSizeLong());
    bytes.response = static_cast<std::int64_t>(answer->ByteSizeLong());
  }
  const storage::CommitterStats after = record->inventory->committer().stats();
  bytes.row = static_cast<std::int64_t>((after.row_bytes - before.row_bytes) / kCommands);
  bytes.rows = static_cast<std::int64_t>((after.rows - before.rows) / kCommands);
  return bytes;
}

absl::StatusOr<std::vector<inventory::v1::FeedEntry>> MakeFeed(const std::string& directory,
                                                               int count) {
  auto record = OpenLocalRecord(directory);
  if (!record.ok()) return record.status();
  ScanMaker maker(record->session);
  std::vector<inventory::v1::RecordScanRequest> commands;
  for (int i = 0; i < count; ++i) commands.push_back(maker.Command());
  std::vector<inventory::v1::RecordScanResponse> answers(commands.size());
  constexpr size_t kTogether = 1000;
  for (size_t from = 0; from < commands.size(); from += kTogether) {
    const size_t to = std::min(from + kTogether, commands.size());
    absl::BlockingCounter open(static_cast<int>(to - from));
    for (size_t i = from; i < to; ++i) {
      record->inventory->Submit(kSender, commands[i], &answers[i],
                                [&open](const absl::Status&) { open.DecrementCount(); });
    }
    open.Wait();
  }
  std::vector<inventory::v1::FeedEntry> feed;
  while (static_cast<std::int64_t>(feed.size()) < record->inventory->last_sequence()) {
    auto part = record->inventory->ReadFeed(static_cast<std::int64_t>(feed.size()) + 1, 1000,
                                            size_t{16} << 20);
    if (!part.ok()) return part.status();
    if (part->empty()) return absl::InternalError("the feed has a gap");
    for (auto& entry : *part) feed.push_back(std::move(entry));
  }
  if (feed.size() < static_cast<size_t>(count)) return absl::InternalError("commands were refused");
  return feed;
}

}  // namespace loopdock::bench
