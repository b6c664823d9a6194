// SPDX-License-Identifier: Apache-2.0
// Lines become scans, answers become reports. The commands are in receive_commands.cc.
#include "clients/cli/receive_core.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "clients/cli/console.h"
#include "clients/cli/receive_words.h"
#include "services/common/ids.h"
#include "services/common/proto_time.h"
#include "services/intake/core/label.h"

namespace loopdock::cli {
namespace {

using intake::v1::ScanRequest;
using intake::v1::ScanResponse;

constexpr size_t kTextBytesMax = 8 * 1024;
constexpr size_t kOpenMax = 100;
// An answer is usually there within milliseconds; after this a person is told that it is not.
constexpr absl::Duration kAnswerSoon = absl::Seconds(1);

bool NamesContainer(const std::string& text) {
  const intake::Parsed parsed = intake::ParseLabel({.text = text});
  return std::any_of(
      parsed.elements.begin(), parsed.elements.end(),
      [](const intake::Element& element) { return element.id == "00" || element.id == "sscc"; });
}

std::string ScanCount(size_t count) { return absl::StrCat(count, count == 1 ? " scan" : " scans"); }

}  // namespace

ReceiveCore::ReceiveCore(ReceiveStart start, ReceivePort* port, absl::Time now)
    : port_(port),
      start_(std::move(start)),
      state_(start_.state),
      now_(now),
      online_(start_.how != "offline"),
      was_offline_(!online_),
      progress_(now) {
  for (const inventory::v1::Scan& scan : start_.scans) {
    const std::string text = scan.symbols_size() > 0 ? scan.symbols(0).content() : "a picture";
    undoable_.push_back({.scan = scan.name(), .what = Visible(text, 40)});
  }
  for (const ScanRequest& scan : start_.waiting) {
    waiting_.push_back({scan.request_id(), WhatOf(scan), now, /*shown=*/true});
    was_offline_ = true;
    if (scan.session() != state_.session) continue;
    undoable_.push_back({.request_id = scan.request_id(), .what = WhatOf(scan)});
    if (NamesContainer(scan.text())) container_scan_ = scan.request_id();
  }
  while (undoable_.size() > kUndoableMax) undoable_.pop_front();
  if (start_.totals) {
    state_.counts = start_.totals->load;
    state_.assets = start_.totals->assets;
    state_.unread = start_.totals->unread;
    others_ = start_.totals->load;
    AddCounts(start_.totals->session, -1, &others_);
  }
}

void ReceiveCore::Say(Tone tone, const char* event, std::string text, nlohmann::ordered_json data) {
  nlohmann::ordered_json object;
  object["event"] = event;
  for (auto& [key, value] : data.items()) object[key] = value;
  reports_.push_back({tone, std::move(text), std::move(object)});
}

void ReceiveCore::Refuse(const char* event, std::string text) {
  Say(Tone::kBad, event, text, {{"message", text}});
}

void ReceiveCore::NotTaken(const char* event, std::string text) {
  ++not_taken_;
  Refuse(event, std::move(text));
}

std::vector<Report> ReceiveCore::Begin() {
  const auto& load = start_.load;
  std::string text = absl::StrCat("Load ", state_.load, " of ", state_.supplier);
  if (!load.bill_of_lading().empty()) {
    absl::StrAppend(&text, ", bill of lading ", Visible(load.bill_of_lading()));
  }
  if (!load.purchase_order().empty()) {
    absl::StrAppend(&text, ", purchase order ", Visible(load.purchase_order()));
  }
  for (const std::string& seal : load.seals()) absl::StrAppend(&text, ", seal ", Visible(seal));
  absl::StrAppend(&text, "\nSession ", state_.session, ", ", start_.how);
  if (start_.how == "offline") {
    absl::StrAppend(&text,
                    ": the server does not answer. Scans are kept here and sent when it is "
                    "back; the totals are those last heard");
  }
  absl::StrAppend(&text, "\n", TotalsText(state_));
  if (load.instruction() == inventory::v1::SUPPLIER_INSTRUCTION_DESTROY) {
    absl::StrAppend(&text, "\nThe supplier wants all of it DESTROYED");
  } else if (load.instruction() == inventory::v1::SUPPLIER_INSTRUCTION_RETURN) {
    absl::StrAppend(&text, "\nThe supplier wants all of it BACK");
  }
  if (load.no_resale()) absl::StrAppend(&text, "\nNothing of it may be resold");
  if (!state_.container.empty()) {
    absl::StrAppend(&text, "\nDevices go into ", state_.container);
  }
  if (state_.grouped) {
    absl::StrAppend(&text, "\nScans are about one device until an empty line or /device");
  }
  if (!waiting_.empty()) {
    absl::StrAppend(&text, "\n", ScanCount(waiting_.size()), " of before are not yet sent");
  }
  if (!state_.open.empty()) {
    absl::StrAppend(&text, "\n", ScanCount(state_.open.size()),
                    state_.open.size() == 1 ? " of before waits" : " of before wait",
                    " for what a person types or chooses");
  }
  absl::StrAppend(&text, "\nScan. /help shows what can be typed; /close ends the session");
  nlohmann::ordered_json data = {
      {"how", start_.how},           {"load", state_.load},           {"session", state_.session},
      {"supplier", state_.supplier}, {"container", state_.container}, {"waiting", waiting_.size()}};
  data["counts"] = AsJson(state_.counts);
  Say(Tone::kPlain, "start", text, std::move(data));
  for (const std::string& note : start_.notes) {
    Say(Tone::kCheck, "start_note", note, {{"message", note}});
  }
  ShowAllOpen();
  Remember();
  return Reports();
}

std::vector<Report> ReceiveCore::Line(const ReceiveLine& line, absl::Time now) {
  Look(now);
  lines_.push_back(line);
  Pump();
  return Reports();
}

std::vector<Report> ReceiveCore::Tick(absl::Time now) {
  Look(now);
  for (Waiting& waiting : waiting_) {
    if (now - waiting.since < kAnswerSoon) break;
    if (waiting.shown) continue;
    waiting.shown = true;
    Say(Tone::kPlain, "unanswered",
        absl::StrCat(waiting.what, "  KEPT, no answer yet (", waiting_.size(), " waiting)"),
        {{"request_id", waiting.request_id}, {"waiting", waiting_.size()}});
  }
  Pump();
  return Reports();
}

std::vector<Report> ReceiveCore::Answer(const ScanRequest& scan, const ScanResponse& answer,
                                        absl::Time now) {
  Look(now);
  progress_ = now;
  TakeOff(scan);
  Settle(scan, answer);
  if (barrier_ == scan.request_id()) barrier_.clear();
  if (waiting_.empty() && was_offline_) {
    was_offline_ = false;
    RefreshTotals();
    Say(Tone::kGood, "sent", "All kept scans are sent.", {{"counts", AsJson(state_.counts)}});
    Remember();
  }
  Pump();
  return Reports();
}

std::vector<Report> ReceiveCore::End() {
  // The totals as last heard, for a start without the server.
  if (!closed_) Remember();
  for (const ReceiveLine& line : lines_) {
    if (line.text.empty()) continue;
    NotTaken("not_taken",
             absl::StrCat(Visible(line.text, 40), "  NOT TAKEN  It came after the end."));
  }
  std::string text;
  if (!closed_) {
    text = absl::StrCat("Session ", state_.session, " stays open.");
    if (!waiting_.empty()) {
      absl::StrAppend(&text, " ", ScanCount(waiting_.size()), " not yet acknowledged: kept in ",
                      start_.journal, ".");
    }
    absl::StrAppend(&text, "\nTo go on: loopdock receive --journal ", start_.journal);
  }
  Say(Tone::kPlain, "end", text,
      {{"closed", closed_},
       {"waiting", waiting_.size()},
       {"refused", refused_},
       {"not_taken", not_taken_}});
  return Reports();
}

// Whether the server is there.
void ReceiveCore::Look(absl::Time now) {
  now_ = now;
  const bool connected = port_->connected();
  if (connected == online_) return;
  online_ = connected;
  progress_ = now;
  if (!connected) {
    was_offline_ = true;
    barrier_.clear();
    Say(Tone::kCheck, "offline",
        "The server does not answer. Scans are kept here and sent when it is back.",
        {{"waiting", waiting_.size()}});
    Remember();
    return;
  }
  Say(Tone::kGood, "online",
      waiting_.empty()
          ? "The server is back."
          : absl::StrCat("The server is back; sending ", ScanCount(waiting_.size()), "."),
      {{"waiting", waiting_.size()}});
  if (!waiting_.empty()) return;
  was_offline_ = false;
  RefreshTotals();
}

void ReceiveCore::Pump() {
  while (!lines_.empty() && !done_ && !MustWait(lines_.front())) {
    const ReceiveLine line = std::move(lines_.front());
    lines_.pop_front();
    Take(line);
  }
}

void ReceiveCore::Take(const ReceiveLine& line) {
  using Kind = ReceiveLine::Kind;
  const std::string& text = line.text;
  if (line.kind == Kind::kEnd) {
    done_ = true;
  } else if (line.kind == Kind::kCut) {
    NotTaken("cut",
             absl::StrCat(Visible(text, 40), "  NOT TAKEN  Its end is missing; scan it again."));
  } else if (line.kind == Kind::kCode) {
    ScanText(text);
  } else if (signing_ != Signing::kNo) {
    Sign(text);
  } else if (text.empty()) {
    if (state_.grouped) NextDevice("");
  } else if (text.starts_with("//")) {
    ScanText(text.substr(1));
  } else if (text.front() == '/') {
    RunCommand(text);
  } else if (text.front() == '@') {
    ScanPicture(text.substr(1));
  } else {
    ScanText(text);
  }
}

ScanRequest ReceiveCore::NewScan() {
  ScanRequest scan;
  scan.set_request_id(common::NewUuidV7());
  scan.set_session(state_.session);
  scan.set_asset_key(state_.grouped ? state_.asset_key : "");
  scan.set_container(state_.container);
  *scan.mutable_station_time() = common::ToProto(now_);
  return scan;
}

void ReceiveCore::ScanText(const std::string& text) {
  if (text.empty()) return;
  if (text.size() > kTextBytesMax) {
    return NotTaken("not_taken",
                    absl::StrCat(Visible(text, 40), "  NOT TAKEN  It is longer than the ",
                                 kTextBytesMax, " bytes that a label may have."));
  }
  if (text.starts_with(start_.site + "/containers/")) return ScanOwnContainer(text);
  const bool names_container = NamesContainer(text);
  // The site's own number of a container is no device's. What any site may use is recorded as a
  // scan.
  const auto own = state_.containers.find(text);
  if (own != state_.containers.end() && !names_container) {
    SetContainer(own->second);
    return SayContainer(Tone::kCheck, absl::StrCat(Visible(text, 40), "  container  /raw ",
                                                   Visible(text, 40), " books it as a device."));
  }
  if (const auto codes = RunTogether(text)) {
    return NotTaken(
        "two_codes",
        absl::StrCat(Visible(text, 60), "  NOT TAKEN  Two codes in one: ",
                     Visible(codes->first, 40), " and ", Visible(codes->second, 40),
                     ". Scan them again, one after the other; /raw takes it as it is."));
  }
  ScanRequest scan = NewScan();
  scan.set_text(text);
  Keep(std::move(scan), Visible(text, 40), names_container);
}

void ReceiveCore::ScanOwnContainer(const std::string& name) {
  std::string whose;
  if (online_) {
    const auto container = port_->FindContainer(name);
    if (absl::IsNotFound(container.status()) || absl::IsInvalidArgument(container.status())) {
      // Rather in none than in the one before.
      SetContainer("");
      SayContainer(Tone::kGood, "");
      return Failed(name, container.status());
    }
    if (container.ok()) whose = OtherLoad(*container);
  }
  // Without an answer the label is believed; the server refuses scans into what is none.
  SetContainer(name);
  SayContainer(whose.empty() ? Tone::kGood : Tone::kCheck, whose);
}

// A device may stand in what came with another load; a person hears it.
std::string ReceiveCore::OtherLoad(const inventory::v1::Container& container) const {
  if (container.load().empty() || container.load() == state_.load) return "";
  return absl::StrCat(container.name(), " came with another load, ", container.load(), ".");
}

void ReceiveCore::ScanPicture(const std::string& path) {
  auto bytes = port_->ReadPicture(path);
  if (!bytes.ok()) {
    return NotTaken("not_taken",
                    absl::StrCat(Visible(path, 60), "  NOT TAKEN  ",
                                 AsSentence(Visible(std::string(bytes.status().message()), 300)),
                                 " A label that begins with @ is taken by /raw."));
  }
  ScanRequest scan = NewScan();
  scan.set_picture(*std::move(bytes));
  scan.set_display_name(path.substr(path.rfind('/') + 1).substr(0, 200));
  const std::string what = WhatOf(scan);
  // It may show the label of a container.
  Keep(std::move(scan), what, true);
}

void ReceiveCore::Keep(ScanRequest scan, const std::string& what, bool is_barrier) {
  if (auto kept = port_->Keep(scan); !kept.ok()) {
    return NotTaken("not_taken",
                    absl::StrCat(what, "  NOT TAKEN  ", Visible(std::string(kept.message()), 300)));
  }
  waiting_.push_back({scan.request_id(), what, now_, /*shown=*/!online_});
  undoable_.push_back({.request_id = scan.request_id(), .what = what});
  if (undoable_.size() > kUndoableMax) undoable_.pop_front();
  if (is_barrier) container_scan_ = scan.request_id();
  if (is_barrier && online_) barrier_ = scan.request_id();
  const std::string text =
      online_ ? "" : absl::StrCat(what, "  KEPT, not yet sent (", waiting_.size(), " waiting)");
  Say(Tone::kPlain, "kept", text,
      {{"request_id", scan.request_id()}, {"what", what}, {"waiting", waiting_.size()}});
  if (!is_barrier || online_ || !scan.has_text()) return;
  const auto known = state_.containers.find(scan.text());
  if (known != state_.containers.end()) {
    SetContainer(known->second);
    return SayContainer(Tone::kGood, "");
  }
  // Rather in none than in the one before.
  state_.container.clear();
  Remember();
  Refuse("container_unknown",
         "This container is not known until the server is back: devices go into none until then.");
}

void ReceiveCore::SetContainer(const std::string& name) {
  state_.container = name;
  container_scan_.clear();
  Remember();
}

void ReceiveCore::SayContainer(Tone tone, const std::string& what) {
  const std::string& name = state_.container;
  std::string text =
      name.empty() ? "Devices go into no container." : absl::StrCat("Devices go into ", name, ".");
  if (!what.empty()) text = absl::StrCat(what, "\n", text);
  Say(tone, "container", text, {{"container", name}});
}

void ReceiveCore::TakeOff(const ScanRequest& scan) {
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&scan](const Waiting& one) {
    return one.request_id == scan.request_id();
  });
  if (found != waiting_.end()) waiting_.erase(found);
}

// An answered scan can be undone by its name, a refused one is none.
void ReceiveCore::SettleUndo(const std::string& request_id, const ScanResponse& answer) {
  const std::string& name = answer.scan().name();
  const auto is_this = [&](const Undoable& one) { return one.request_id == request_id; };
  const auto found = std::find_if(undoable_.begin(), undoable_.end(), is_this);
  if (found == undoable_.end()) return;
  found->scan = name;
  // Sent by an earlier run, it may be among the session's scans already.
  const auto is_gone = [&](const Undoable& one) {
    return is_this(one) ? answer.has_error() : one.scan == name && !name.empty();
  };
  undoable_.erase(std::remove_if(undoable_.begin(), undoable_.end(), is_gone), undoable_.end());
}

// What an answer changes here. Each label of a picture is an item of its own.
void ReceiveCore::Settle(const ScanRequest& scan, const ScanResponse& answer) {
  SettleUndo(scan.request_id(), answer);
  if (scan.session() == state_.session && answer.has_counts()) {
    state_.counts = others_;
    AddCounts(answer.counts(), 1, &state_.counts);
    state_.counts.set_expected(answer.counts().expected());
  }
  SettleLabel(scan, answer, AsJson(answer));
  for (const ScanResponse& label : answer.further()) {
    SettleLabel(scan, label, AsJson(label));
    if (label.scan().name().empty()) continue;
    undoable_.push_back(
        {.request_id = label.request_id(), .scan = label.scan().name(), .what = WhatOf(scan)});
    if (undoable_.size() > kUndoableMax) undoable_.pop_front();
  }
}

void ReceiveCore::SettleLabel(const ScanRequest& scan, const ScanResponse& answer,
                              nlohmann::ordered_json response) {
  Report report = DescribeAnswer(scan, answer);
  const bool is_ours = scan.session() == state_.session;
  if (!is_ours) report.text = absl::StrCat("(", scan.session(), ") ", report.text);
  Say(report.tone, "answer", report.text,
      {{"what", WhatOf(scan)}, {"response", std::move(response)}});
  if (answer.has_error()) ++refused_;
  if (!is_ours || answer.has_error()) return;
  const auto outcome = answer.outcome();
  if (outcome == inventory::v1::SCAN_OUTCOME_BOOKED) ++state_.assets;
  if (outcome == inventory::v1::SCAN_OUTCOME_UNREAD) ++state_.unread;
  if (outcome == inventory::v1::SCAN_OUTCOME_CONTAINER && !answer.scan().container().empty()) {
    if (!scan.text().empty()) state_.containers[scan.text()] = answer.scan().container();
    // Unless another one was named since.
    if (container_scan_ == scan.request_id()) {
      SetContainer(answer.scan().container());
      SayContainer(Tone::kGood, "");
    }
  }
  if (outcome == inventory::v1::SCAN_OUTCOME_UNREAD ||
      outcome == inventory::v1::SCAN_OUTCOME_CHOICE) {
    Ask(scan, answer);
  }
}

// Of the answer only what the question needs is kept, so that the side file stays small.
void ReceiveCore::Ask(const ScanRequest& scan, const ScanResponse& answer) {
  if (state_.open.size() == kOpenMax) state_.open.pop_front();
  OpenQuestion& open = state_.open.emplace_back();
  open.number = ++state_.asked;
  open.scan = scan;
  open.scan.clear_picture();
  open.answer.set_label(answer.label());
  open.answer.set_message(answer.message());
  *open.answer.mutable_proposals() = answer.proposals();
  open.answer.mutable_scan()->set_name(answer.scan().name());
  *open.answer.mutable_scan()->mutable_picture() = answer.scan().picture();
  *open.answer.mutable_scan()->mutable_understanding()->mutable_readings() =
      answer.scan().understanding().readings();
  Remember();
  ShowOpen(open, false);
}

void ReceiveCore::RefreshTotals() {
  const auto totals = port_->Totals();
  if (!totals.ok()) return;
  state_.counts = totals->load;
  state_.assets = totals->assets;
  state_.unread = totals->unread;
  others_ = totals->load;
  AddCounts(totals->session, -1, &others_);
}

void ReceiveCore::Remember() {
  if (auto kept = port_->Remember(state_); !kept.ok()) {
    Refuse("problem", absl::StrCat("What the session is cannot be kept for a restart: ",
                                   Visible(std::string(kept.message()), 300)));
  }
}

std::string ReceiveCore::StatusLine() const {
  std::string text;
  if (!online_) {
    text = absl::StrCat("OFFLINE, ", waiting_.size(), " not sent | ");
  } else if (was_offline_) {
    text = absl::StrCat("sending ", waiting_.size(), " | ");
  }
  absl::StrAppend(&text, TotalsText(state_));
  if (!state_.container.empty()) {
    absl::StrAppend(&text, " | into ", state_.container.substr(state_.container.rfind('/') + 1));
  }
  if (state_.grouped) absl::StrAppend(&text, " | one device");
  if (!state_.open.empty()) absl::StrAppend(&text, " | ", state_.open.size(), " to type or choose");
  return text;
}

}  // namespace loopdock::cli
