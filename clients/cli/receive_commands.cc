// SPDX-License-Identifier: Apache-2.0
// What can be typed at a receiving terminal beside codes.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/console.h"
#include "clients/cli/receive_core.h"
#include "clients/cli/receive_words.h"
#include "clients/cli/words.h"
#include "services/common/ids.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

constexpr int kListRows = 20;
constexpr int kListRowsOfEach = 5;
constexpr size_t kOpenShown = 10;
constexpr std::int64_t kLotPiecesMax = 1'000'000;
constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kPatienceAtEnd = absl::Seconds(30);

std::vector<std::string> Words(std::string_view text) {
  return absl::StrSplit(absl::string_view(text.data(), text.size()), ' ', absl::SkipWhitespace());
}

// Takes the words that are "key=value" with one of the keys out of `words`.
std::map<std::string, std::string> TakeOptions(std::vector<std::string>& words,
                                               const std::vector<std::string>& keys) {
  std::map<std::string, std::string> options;
  const auto is_option = [&](const std::string& word) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return false;
    const std::string key = word.substr(0, equals);
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) return false;
    options[key] = word.substr(equals + 1);
    return true;
  };
  words.erase(std::remove_if(words.begin(), words.end(), is_option), words.end());
  return options;
}

bool GotNoAnswer(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

bool HasDigit(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

}  // namespace

struct ReceiveCore::Command {
  const char* name;
  const char* words;
  const char* about;
  bool waits;  // for the answers of the scans before it
  void (ReceiveCore::*run)(std::string_view words);
};

const std::vector<ReceiveCore::Command>& ReceiveCore::Commands() {
  using Core = ReceiveCore;
  static const auto* const kCommands = new std::vector<Command>{
      {"/undo", "[WHY]", "takes back the last scan or lot; again for the one before", true,
       &Core::Undo},
      {"/container", "NAME|SSCC|new [NUMBER]|none", "where the next devices go", true,
       &Core::UseContainer},
      {"/device", "", "the next scans are about one device; again, or an empty line, for the next",
       false, &Core::NextDevice},
      {"/each", "", "each scan is a device of its own again", false, &Core::EachDevice},
      {"/lot", "PIECES MASS WORDS... [model=] [category=] [data=yes]",
       "books goods without serial numbers; MASS such as 4.5kg", true, &Core::BookLot},
      {"/weigh", "GROSS [TARE] [NAME] [scale=]", "what a scale shows, of the container or NAME",
       true, &Core::Weigh},
      {"/hazard", "[FINDING|undo]", "a hazard found, for the summary; undo takes back the last one",
       false, &Core::Hazard},
      {"/note", "[TEXT]", "a remark, for the summary", false, &Core::Note},
      {"/totals", "", "how the load stands, asked anew", true, &Core::ShowTotals},
      {"/list", "[missing|unexpected|duplicate|wrong-model|short|over|mass]",
       "the first differences between claim and reality, of a kind or of all", true, &Core::List},
      {"/choose", "[#LABEL] NUMBER...|FIELD=VALUE... [remember]", "which value is which", true,
       &Core::Choose},
      {"/type", "[#LABEL] SERIAL|FIELD=VALUE...", "what an unread label says", true, &Core::Type},
      {"/raw", "TEXT", "takes a code that looks like a command or like two", false, &Core::Raw},
      {"/help", "", "this list", false, &Core::Help},
      {"/close", "", "ends the session with a signed summary", true, &Core::Close},
      {"/quit", "", "leaves the session open", true, &Core::Quit},
  };
  return *kCommands;
}

const ReceiveCore::Command* ReceiveCore::FindCommand(std::string_view line) {
  const std::string_view name = line.substr(0, line.find(' '));
  for (const Command& command : Commands()) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

// The lines behind one that waits wait too: what is scanned in turn is booked in turn.
bool ReceiveCore::MustWait(const ReceiveLine& line) const {
  if (!online_ || waiting_.empty()) return false;
  const bool is_end = line.kind == ReceiveLine::Kind::kEnd;
  if (now_ - progress_ > (is_end ? kPatienceAtEnd : kPatience)) return false;
  if (is_end || !barrier_.empty()) return true;
  if (line.kind != ReceiveLine::Kind::kLine || signing_ != Signing::kNo) return false;
  const Command* command = FindCommand(line.text);
  return command != nullptr && command->waits;
}

void ReceiveCore::RunCommand(const std::string& line) {
  const Command* command = FindCommand(line);
  if (command == nullptr) {
    return Refuse("unknown_command",
                  absl::StrCat("There is no ", Visible(line.substr(0, line.find(' ')), 40),
                               "; /help lists what there is. A label that begins with / is taken "
                               "by a second / before it."));
  }
  const size_t space = line.find(' ');
  (this->*command->run)(space == std::string::npos ? "" : std::string_view(line).substr(space + 1));
}

bool ReceiveCore::NeedsServer(std::string_view what) {
  if (online_) return true;
  Refuse("needs_server", absl::StrCat(std::string(what),
                                      " needs the server, which does not answer. Nothing was "
                                      "done; try again when it is back."));
  return false;
}

void ReceiveCore::Failed(std::string_view what, const absl::Status& status) {
  const std::string reason = common::ReasonOf(status);
  Say(Tone::kBad, "failed",
      absl::StrCat(std::string(what), " FAILED  ", Visible(std::string(status.message()), 500),
                   GotNoAnswer(status) ? " Type the same line again: it takes effect once." : ""),
      {{"what", std::string(what)},
       {"reason", reason},
       {"message", std::string(status.message())}});
}

std::string ReceiveCore::RequestIdFor(const std::string& line) {
  std::string& id = unanswered_[line];
  if (id.empty()) id = common::NewUuidV7();
  return id;
}

void ReceiveCore::Undo(std::string_view words) {
  if (undoable_.empty()) return Refuse("nothing_to_undo", "There is no scan to undo.");
  const Undoable& last = undoable_.back();
  const bool is_lot = !last.lot.name().empty();
  if (!is_lot && last.scan.empty()) return UndoUnsent();
  if (!NeedsServer("Undoing what was sent")) return;
  is_lot ? UndoLot(words) : UndoScan(words);
}

void ReceiveCore::UndoUnsent() {
  const Undoable& last = undoable_.back();
  const auto taken = port_->TakeBack(last.request_id);
  if (!taken.ok()) return Failed("/undo", taken.status());
  if (!*taken) {
    return Refuse("undo_must_wait", absl::StrCat(last.what,
                                                 " may have reached the server, which has not "
                                                 "answered. Undo it again when it has."));
  }
  Say(Tone::kGood, "undone", absl::StrCat(last.what, "  UNDONE  It was not sent."),
      {{"request_id", last.request_id}, {"what", last.what}});
  intake::v1::ScanRequest scan;
  scan.set_request_id(last.request_id);
  TakeOff(scan);
  undoable_.pop_back();
}

void ReceiveCore::UndoFailed(const absl::Status& status) {
  Undoable& last = undoable_.back();
  const std::string what = last.what;
  if (!GotNoAnswer(status)) last.undo_id.clear();
  // Somebody else did; the next undo is of the scan before.
  if (common::ReasonOf(status) == "SCAN_WITHDRAWN") undoable_.pop_back();
  Failed("/undo " + what, status);
}

void ReceiveCore::UndoScan(std::string_view words) {
  Undoable& last = undoable_.back();
  if (last.undo_id.empty()) last.undo_id = common::NewUuidV7();
  inventory::v1::WithdrawScanRequest request;
  request.set_name(last.scan);
  request.set_request_id(last.undo_id);
  request.set_reason(words.empty() ? "scanned by mistake" : std::string(words));
  const auto withdrawn = port_->Withdraw(request);
  if (!withdrawn.ok()) return UndoFailed(withdrawn.status());
  RefreshTotals();
  Say(Tone::kGood, "undone",
      absl::StrCat(last.what, "  UNDONE  ",
                   withdrawn->asset().empty() ? "" : "Withdrawn: ", withdrawn->asset()),
      {{"scan", last.scan}, {"what", last.what}, {"counts", AsJson(state_.counts)}});
  const std::string name = last.scan;
  undoable_.pop_back();
  state_.open.erase(std::remove_if(state_.open.begin(), state_.open.end(),
                                   [&name](const OpenQuestion& open) {
                                     return open.answer.scan().name() == name;
                                   }),
                    state_.open.end());
  Remember();
}

// A lot cannot be withdrawn: it is corrected to nothing, unless somebody changed it since.
void ReceiveCore::UndoLot(std::string_view words) {
  Undoable& last = undoable_.back();
  if (last.undo_id.empty()) last.undo_id = common::NewUuidV7();
  inventory::v1::UpdateLotRequest request;
  *request.mutable_lot() = last.lot;
  request.mutable_lot()->set_piece_count(0);
  request.mutable_lot()->set_mass_g(0);
  request.set_request_id(last.undo_id);
  request.set_reason(words.empty() ? "booked by mistake" : std::string(words));
  const auto corrected = port_->UpdateLot(request);
  if (!corrected.ok()) return UndoFailed(corrected.status());
  RefreshTotals();
  Say(Tone::kGood, "undone",
      absl::StrCat(last.what, "  UNDONE  ", last.lot.name(), " has no pieces and no mass now."),
      {{"lot", last.lot.name()}, {"what", last.what}, {"counts", AsJson(state_.counts)}});
  undoable_.pop_back();
}

void ReceiveCore::UseContainer(std::string_view words) {
  const std::vector<std::string> parts = Words(words);
  if (parts.empty()) {
    return SayContainer(Tone::kPlain, "");
  }
  const std::string text(words);
  const auto known = state_.containers.find(text);
  if (parts[0] == "none" || known != state_.containers.end()) {
    SetContainer(parts[0] == "none" ? "" : known->second);
    return SayContainer(Tone::kGood, "");
  }
  if (!NeedsServer("A container that was not used in the session")) return;
  absl::StatusOr<inventory::v1::Container> container = absl::UnknownError("not asked");
  if (parts[0] == "new") {
    if (parts.size() > 1 && unanswered_.count(text) == 0 && !NumberIsFree(parts[1])) return;
    inventory::v1::CreateContainerRequest request;
    request.set_site(start_.site);
    request.set_request_id(RequestIdFor(text));
    request.mutable_container()->set_load(state_.load);
    if (parts.size() > 1) {
      request.mutable_container()->set_number(parts[1]);
    } else {
      request.mutable_container()->set_assign_sscc(true);
    }
    container = port_->CreateContainer(request);
    if (!GotNoAnswer(container.status())) unanswered_.erase(text);
  } else {
    container = port_->FindContainer(text);
  }
  if (!container.ok()) return Failed("/container " + text, container.status());
  if (parts[0] != "new") state_.containers[text] = container->name();
  if (!container->number().empty()) state_.containers[container->number()] = container->name();
  if (!container->sscc().empty()) state_.containers[container->sscc()] = container->name();
  SetContainer(container->name());
  const std::string whose = OtherLoad(*container);
  SayContainer(whose.empty() ? Tone::kGood : Tone::kCheck, whose);
}

// Two containers of one number would be one for who scans it.
bool ReceiveCore::NumberIsFree(const std::string& number) {
  std::string other;
  if (const auto known = state_.containers.find(number); known != state_.containers.end()) {
    other = known->second;
  } else {
    const auto found = port_->FindContainer(number);
    if (found.ok() && found->number() == number) other = found->name();
    if (!found.ok() && !absl::IsNotFound(found.status()) &&
        !absl::IsInvalidArgument(found.status())) {
      Failed("/container new " + number, found.status());
      return false;
    }
  }
  if (other.empty()) return true;
  Refuse("usage", absl::StrCat("No container was made: ", Visible(number, 40), " is the number of ",
                               other, ". /container ", Visible(number, 40),
                               " uses that one; a new one needs another number."));
  return false;
}

void ReceiveCore::NextDevice(std::string_view) {
  state_.grouped = true;
  state_.asset_key = common::NewUuidV7();
  Remember();
  Say(Tone::kPlain, "device", "Next device: its scans in turn, then an empty line or /device.",
      {{"asset_key", state_.asset_key}});
}

void ReceiveCore::EachDevice(std::string_view) {
  state_.grouped = false;
  state_.asset_key.clear();
  Remember();
  Say(Tone::kPlain, "device", "Each scan is a device of its own.", {{"asset_key", ""}});
}

void ReceiveCore::BookLot(std::string_view words) {
  const std::string line = absl::StrCat("/lot ", std::string(words));
  std::vector<std::string> parts = Words(words);
  const auto options = TakeOptions(parts, {"model", "category", "data"});
  std::int64_t pieces = 0;
  if (parts.size() < 3 || !absl::SimpleAtoi(parts[0], &pieces) || pieces < 1 ||
      pieces > kLotPiecesMax) {
    return Refuse("usage", absl::StrCat("Type /lot PIECES MASS WORDS, such as /lot 40 4.5kg "
                                        "network cables, with 1 to ",
                                        kLotPiecesMax, " pieces."));
  }
  const auto mass = ParseMass(parts[1]);
  if (!mass.ok()) return Refuse("usage", std::string(mass.status().message()));
  if (!NeedsServer("A lot")) return;
  const auto category = options.find("category");
  if (category != options.end() && !CategoryIsMeant(category->second)) return;
  inventory::v1::CreateLotRequest request;
  request.set_site(start_.site);
  request.set_request_id(RequestIdFor(line));
  inventory::v1::Lot& lot = *request.mutable_lot();
  lot.set_load(state_.load);
  lot.set_session(state_.session);
  lot.set_piece_count(pieces);
  lot.set_mass_g(*mass);
  lot.set_description(absl::StrJoin(parts.begin() + 2, parts.end(), " "));
  lot.set_category("unsorted");  // until somebody says more
  for (const auto& [key, value] : options) {
    if (key == "model") lot.set_model(value);
    if (key == "category") lot.set_category(value);
    if (key == "data") lot.set_data_bearing(value == "yes");
  }
  const auto made = port_->CreateLot(request);
  if (!GotNoAnswer(made.status())) unanswered_.erase(line);
  if (!made.ok()) return Failed("/lot", made.status());
  undoable_.push_back(
      {.what = absl::StrCat(pieces, " ", Visible(made->description(), 40)), .lot = *made});
  if (undoable_.size() > kUndoableMax) undoable_.pop_front();
  RefreshTotals();
  const bool unexpected = state_.counts.expected() > 0 && made->manifest_line() == 0;
  Say(unexpected ? Tone::kCheck : Tone::kGood, "lot",
      absl::StrCat("Booked as ", made->name(), ": ", pieces, " pieces, ", *mass, " g",
                   unexpected ? "  [NOT ON THE MANIFEST]" : "",
                   made->manifest_line() > 0
                       ? absl::StrCat("  [on the manifest, line ", made->manifest_line(), "]")
                       : ""),
      {{"lot", AsJson(*made)}});
}

bool ReceiveCore::CategoryIsMeant(const std::string& category) {
  if (categories_.count(category) > 0) return true;
  const auto known = port_->KnowsCategory(category);
  if (!known.ok()) {
    Failed("/lot", known.status());
    return false;
  }
  categories_.insert(category);
  if (*known) return true;
  Refuse("unknown_category",
         absl::StrCat("Not booked: the catalog has no category '", Visible(category, 64),
                      "', such as phone. If you mean it, type the same line again."));
  return false;
}

void ReceiveCore::Weigh(std::string_view words) {
  const std::string line = absl::StrCat("/weigh ", std::string(words));
  std::vector<std::string> parts = Words(words);
  const auto options = TakeOptions(parts, {"scale"});
  if (parts.empty()) return Refuse("usage", "Type /weigh GROSS [TARE] [NAME], such as 412kg 14kg.");
  const auto gross = ParseMass(parts[0]);
  if (!gross.ok()) return Refuse("usage", std::string(gross.status().message()));
  std::int64_t tare_g = 0;
  size_t at = 1;
  if (parts.size() > 1 && parts[1].find('/') == std::string::npos) {
    const auto tare = ParseMass(parts[1]);
    if (!tare.ok()) return Refuse("usage", std::string(tare.status().message()));
    tare_g = *tare;
    at = 2;
  }
  std::string subject = at < parts.size() ? parts[at] : state_.container;
  if (!subject.empty() && !absl::StartsWith(subject, "sites/")) {
    subject = absl::StrCat(start_.site, "/", subject);
  }
  if (subject.empty()) {
    return Refuse("usage", "What was weighed? Name a /container first, or such as lots/000001.");
  }
  if (options.count("scale") > 0) state_.scale = options.at("scale");
  if (state_.scale.empty()) state_.scale = start_.station;
  if (state_.scale.empty()) return Refuse("usage", "Which scale? Add such as scale=dock-2 once.");
  if (!NeedsServer("A weighing")) return;
  inventory::v1::RecordWeighingRequest request;
  request.set_site(start_.site);
  request.set_request_id(RequestIdFor(line));
  inventory::v1::Weighing& weighing = *request.mutable_weighing();
  weighing.set_subject(subject);
  weighing.set_gross_mass_g(*gross);
  weighing.set_tare_mass_g(tare_g);
  weighing.set_scale(state_.scale);
  weighing.set_typed(true);
  const auto weighed = port_->Weigh(request);
  if (!GotNoAnswer(weighed.status())) unanswered_.erase(line);
  if (!weighed.ok()) return Failed("/weigh", weighed.status());
  Remember();
  std::string text = absl::StrCat(subject, ": net ", weighed->net_mass_g(), " g");
  for (const std::string& warning : weighed->warnings()) {
    absl::StrAppend(&text, "  ", Visible(warning));
  }
  Say(weighed->warnings().empty() ? Tone::kGood : Tone::kCheck, "weighed", text,
      {{"weighing", AsJson(*weighed)}});
}

void ReceiveCore::Hazard(std::string_view words) {
  const std::string word = absl::AsciiStrToLower(
      absl::StripAsciiWhitespace(absl::string_view(words.data(), words.size())));
  if (word == "none" || word == "no") {
    if (!state_.hazard_findings.empty()) {
      return Refuse("usage", "Hazards are noted; /hazard undo takes back the last one.");
    }
  } else if (word == "undo") {
    if (state_.hazard_findings.empty()) return Refuse("nothing_to_undo", "No hazards are noted.");
    state_.hazard_findings.pop_back();
    Remember();
  } else if (!word.empty()) {
    state_.hazard_findings.emplace_back(words);
    Remember();
  }
  std::string text = state_.hazard_findings.empty() ? "No hazards noted." : "Hazards noted:";
  for (const std::string& finding : state_.hazard_findings) {
    absl::StrAppend(&text, "\n  ", Visible(finding));
  }
  Say(Tone::kPlain, "hazard", text, {{"findings", state_.hazard_findings}});
}

void ReceiveCore::Note(std::string_view words) {
  if (!words.empty()) {
    absl::StrAppend(&state_.remark, state_.remark.empty() ? "" : "; ", std::string(words));
    Remember();
  }
  Say(Tone::kPlain, "note", absl::StrCat("Remark: ", Visible(state_.remark, 500)),
      {{"remark", state_.remark}});
}

void ReceiveCore::ShowTotals(std::string_view) {
  if (online_) {
    RefreshTotals();
    Remember();
  }
  Say(Tone::kPlain, "totals",
      absl::StrCat(TotalsText(state_),
                   online_ ? "" : " (as last heard; the server does not answer)"),
      {{"counts", AsJson(state_.counts)},
       {"missing", MissingOf(state_.counts)},
       {"assets", state_.assets},
       {"unread", state_.unread},
       {"waiting", waiting_.size()}});
}

void ReceiveCore::List(std::string_view words) {
  namespace inv = inventory::v1;
  if (words.empty()) {
    return ListKinds(
        {inv::DISCREPANCY_KIND_MISSING, inv::DISCREPANCY_KIND_SHORT,
         inv::DISCREPANCY_KIND_UNEXPECTED, inv::DISCREPANCY_KIND_DUPLICATE,
         inv::DISCREPANCY_KIND_WRONG_MODEL, inv::DISCREPANCY_KIND_OVER, inv::DISCREPANCY_KIND_MASS},
        kListRowsOfEach);
  }
  std::string kind(words);
  std::replace(kind.begin(), kind.end(), '-', '_');
  inv::DiscrepancyKind parsed;
  if (!inv::DiscrepancyKind_Parse("DISCREPANCY_KIND_" + UpperCase(kind), &parsed)) {
    return Refuse("usage", absl::StrCat("There is no difference '", Visible(kind, 40),
                                        "'. Type missing, unexpected, duplicate, wrong-model, "
                                        "short, over or mass."));
  }
  std::vector<inv::DiscrepancyKind> kinds = {parsed};
  // What is missing of a line by count is missing, too.
  if (parsed == inv::DISCREPANCY_KIND_MISSING) kinds.push_back(inv::DISCREPANCY_KIND_SHORT);
  ListKinds(kinds, kListRows);
}

void ReceiveCore::ListKinds(const std::vector<inventory::v1::DiscrepancyKind>& kinds, int rows) {
  if (!NeedsServer("/list")) return;
  inventory::v1::ListDiscrepanciesResponse all;
  for (const auto kind : kinds) {
    inventory::v1::ListDiscrepanciesRequest request;
    request.set_load(state_.load);
    request.set_kind(kind);
    request.set_page_size(rows);
    auto page = port_->Discrepancies(request);
    if (!page.ok()) return Failed("/list", page.status());
    for (auto& row : *page->mutable_discrepancies()) all.add_discrepancies()->Swap(&row);
    if (!page->next_page_token().empty()) all.set_next_page_token(page->next_page_token());
  }
  std::string text = all.discrepancies().empty() ? "None." : DiscrepanciesTable(all);
  if (!all.next_page_token().empty()) {
    absl::StrAppend(&text, "\nThere are more: loopdock load discrepancies ", state_.load);
  }
  Say(Tone::kPlain, "list", text, {{"list", AsJson(all)}});
}

std::vector<ReceiveCore::Candidate> ReceiveCore::Candidates(const OpenQuestion& open) {
  std::vector<Candidate> candidates;
  const auto add = [&candidates](const std::string& field, const std::string& value, double sure) {
    if (value.empty()) return;
    const bool known = std::any_of(candidates.begin(), candidates.end(), [&](const Candidate& one) {
      return one.field == field && one.value == value;
    });
    if (!known) candidates.push_back({field, value, sure});
  };
  for (const auto& reading : open.answer.scan().understanding().readings()) {
    add(reading.field(), reading.value(), reading.confidence());
    add(reading.field(), reading.runner_up(), reading.runner_up_confidence());
  }
  for (const auto& proposal : open.answer.proposals()) {
    add("serial", proposal.value(), proposal.confidence());
  }
  return candidates;
}

void ReceiveCore::ShowOpen(const OpenQuestion& open, bool again) {
  const std::vector<Candidate> candidates = Candidates(open);
  const std::string what = WhatOf(open.scan);
  std::string text = absl::StrCat("  #", open.number, "  ", what);
  if (again && !open.answer.message().empty()) {
    absl::StrAppend(&text, ": ", Visible(open.answer.message(), 200));
  }
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (size_t i = 0; i < candidates.size(); ++i) {
    const Candidate& one = candidates[i];
    absl::StrAppend(&text, "\n  ", i + 1, "  ", one.field, " = ", Visible(one.value, 60), "  (",
                    static_cast<int>(one.confidence * 100 + 0.5), " %)");
    rows.push_back({{"field", one.field}, {"value", one.value}, {"confidence", one.confidence}});
  }
  // With several open a number must say which.
  const std::string which = state_.open.size() == 1 ? "" : absl::StrCat("#", open.number, " ");
  absl::StrAppend(&text, "\n  ",
                  candidates.empty()
                      ? absl::StrCat("/type ", which, "SERIAL if you see one; set it aside if not.")
                      : absl::StrCat("/choose ", which, "NUMBER takes one; /type ", which,
                                     "SERIAL another one."));
  Say(Tone::kPlain, "open", text, {{"number", open.number}, {"what", what}, {"candidates", rows}});
}

// The oldest first.
void ReceiveCore::ShowAllOpen() {
  const size_t shown = std::min(state_.open.size(), kOpenShown);
  for (size_t i = 0; i < shown; ++i) ShowOpen(state_.open[i], true);
  if (shown == state_.open.size()) return;
  Say(Tone::kPlain, "more_open",
      absl::StrCat("  ... and ", state_.open.size() - shown,
                   " more; /choose shows the oldest that wait."),
      {{"open", state_.open.size()}});
}

const OpenQuestion* ReceiveCore::QuestionMeant(std::string_view* words) {
  if (state_.open.empty()) {
    Refuse("nothing_open", "No scan waits for a choice, or for what its label says.");
    return nullptr;
  }
  int number = 0;
  const std::string first(words->substr(0, words->find(' ')));
  if (first.size() > 1 && first[0] == '#' && absl::SimpleAtoi(first.substr(1), &number)) {
    for (const OpenQuestion& open : state_.open) {
      if (open.number != number) continue;
      words->remove_prefix(std::min(words->size(), first.size() + 1));
      return &open;
    }
    Refuse("nothing_open", absl::StrCat("No question #", number, " is open."));
    return nullptr;
  }
  if (state_.open.size() == 1) return &state_.open.front();
  ShowAllOpen();
  if (!words->empty()) {
    Refuse("which_question", absl::StrCat(state_.open.size(), " labels wait: say which, such as #",
                                          state_.open.front().number, " before what you typed."));
  }
  return nullptr;
}

// A further scan with the same content that says what a person saw.
void ReceiveCore::AnswerOpen(OpenQuestion open, const std::map<std::string, std::string>& choices,
                             bool remember) {
  intake::v1::ScanRequest scan = NewScan();
  scan.set_asset_key(open.scan.asset_key());
  scan.set_container(open.scan.container());
  scan.set_display_name(open.scan.display_name());
  if (open.scan.has_text()) {
    scan.set_text(open.scan.text());
  } else {
    scan.set_picture_sha256(open.answer.scan().picture().sha256());
  }
  for (const auto& [field, value] : choices) (*scan.mutable_choices())[field] = value;
  scan.set_remember_layout(remember);
  scan.set_label(open.answer.label());
  state_.open.erase(
      std::find_if(state_.open.begin(), state_.open.end(),
                   [&open](const OpenQuestion& one) { return one.number == open.number; }));
  Keep(std::move(scan), WhatOf(open.scan), false);
  Remember();
}

void ReceiveCore::Choose(std::string_view words) {
  const OpenQuestion* open = QuestionMeant(&words);
  if (open == nullptr) return;
  std::vector<std::string> parts = Words(words);
  const bool remember = !parts.empty() && parts.back() == "remember";
  if (remember) parts.pop_back();
  if (parts.empty()) return ShowOpen(*open, true);
  const std::vector<Candidate> candidates = Candidates(*open);
  std::map<std::string, std::string> choices;
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    size_t number = 0;
    if (equals != std::string::npos) {
      choices[part.substr(0, equals)] = part.substr(equals + 1);
    } else if (absl::SimpleAtoi(part, &number) && number >= 1 && number <= candidates.size()) {
      choices[candidates[number - 1].field] = candidates[number - 1].value;
    } else {
      return Refuse("usage", absl::StrCat("'", Visible(part, 40), "' is none of the numbers."));
    }
  }
  AnswerOpen(*open, choices, remember);
}

void ReceiveCore::Type(std::string_view words) {
  const std::string_view all = words;
  const OpenQuestion* open = QuestionMeant(&words);
  if (open == nullptr) return;
  const std::vector<std::string> parts = Words(words);
  if (parts.empty()) return ShowOpen(*open, true);
  if (parts[0].find('=') != std::string::npos) return Choose(all);
  AnswerOpen(*open, {{"serial", std::string(words)}}, false);
}

void ReceiveCore::Raw(std::string_view words) {
  if (words.empty()) return Refuse("usage", "Type the code behind /raw.");
  if (words.size() > kReceiveLineMax / 2) {
    return NotTaken("not_taken",
                    absl::StrCat(Visible(words, 40), "  NOT TAKEN  It is longer than the ",
                                 kReceiveLineMax / 2, " bytes that a label may have."));
  }
  intake::v1::ScanRequest scan = NewScan();
  scan.set_text(std::string(words));
  Keep(std::move(scan), Visible(words, 40), false);
}

void ReceiveCore::Help(std::string_view) {
  Table table({"type", ""});
  for (const Command& command : Commands()) {
    table.Add({absl::StrCat(command.name, " ", command.words), command.about});
  }
  table.Add({"@FILE", "scans a picture of a label"});
  table.Add({"//...", "a label that begins with /"});
  Say(Tone::kPlain, "help", table.ToString());
}

void ReceiveCore::Close(std::string_view) {
  if (!NeedsServer("Closing")) return;
  if (!waiting_.empty()) {
    return Refuse("close_must_wait",
                  absl::StrCat(Counted(static_cast<std::int64_t>(waiting_.size()), "scan"),
                               " not answered yet; close when answered."));
  }
  RefreshTotals();
  signing_ = Signing::kName;
  std::string text = TotalsText(state_);
  if (!state_.open.empty()) {
    absl::StrAppend(&text, "\nFor what a person types or chooses: ",
                    Counted(static_cast<std::int64_t>(state_.open.size()), "label"), " to come.");
  }
  Say(Tone::kPlain, "sign",
      absl::StrCat(text, "\nWho signs? Type your name. /cancel goes back to scanning."),
      {{"ask", "name"}, {"counts", AsJson(state_.counts)}});
}

// What is typed while the session is being closed; a code scanned meanwhile is not taken for an
// answer.
void ReceiveCore::Sign(const std::string& text) {
  const std::string answer(absl::StripAsciiWhitespace(text));
  if (answer == "/cancel") {
    signing_ = Signing::kNo;
    return Say(Tone::kPlain, "cancelled", "Not closed. Scan.");
  }
  if (signing_ == Signing::kName) {
    if (answer.empty() || HasDigit(answer) || answer.front() == '/') {
      return NotTaken("not_taken", absl::StrCat(Visible(text, 40),
                                                "  NOT TAKEN  That is no name. Type who signs, or "
                                                "/cancel and scan it again."));
    }
    signed_by_ = answer;
    signing_ = Signing::kHazard;
    return Say(Tone::kPlain, "sign",
               absl::StrCat(Visible(answer), " signs. Were hazards looked for? y or n"),
               {{"ask", "hazard_inspected"}});
  }
  const std::string word = absl::AsciiStrToLower(answer);
  if (word == "y" || word == "yes") return CloseSession(true);
  if (word == "n" || word == "no") return CloseSession(false);
  NotTaken("not_taken", absl::StrCat(Visible(text, 40),
                                     "  NOT TAKEN  Type y or n, or /cancel and scan it again."));
}

void ReceiveCore::CloseSession(bool inspected) {
  signing_ = Signing::kNo;
  const std::string line = absl::StrCat("/close ", signed_by_, inspected ? " y" : " n");
  inventory::v1::CloseSessionRequest request;
  request.set_name(state_.session);
  request.set_request_id(RequestIdFor(line));
  request.set_signed_by(signed_by_);
  request.set_remark(state_.remark);
  request.set_hazard_inspected(inspected);
  for (const std::string& finding : state_.hazard_findings) request.add_hazard_findings(finding);
  const auto session = port_->Close(request);
  if (!GotNoAnswer(session.status())) unanswered_.erase(line);
  if (!session.ok()) return Failed("/close", session.status());
  std::string text =
      absl::StrCat("Session ", state_.session, " is closed.\n", SummaryText(session->summary()));
  const bool whole = SummaryIsWhole(session->summary());
  if (!whole)
    absl::StrAppend(&text, "\nThe summary is NOT what its SHA-256 says. Tell the office.");
  Say(whole ? Tone::kPlain : Tone::kBad, "closed", text,
      {{"session", state_.session}, {"summary", AsJson(session->summary())}, {"whole", whole}});
  closed_ = true;
  done_ = true;
}

void ReceiveCore::Quit(std::string_view) { done_ = true; }

}  // namespace loopdock::cli
