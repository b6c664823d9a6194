// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_CORE_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_CORE_H_

// A receiving terminal without its terminal: lines and answers go in, reports come out. What it
// wants of journal and server it asks of its port.
// Thread safety: one thread.
// Ownership: the port outlives it.
// Limits: 200 scans can be undone, 100 unread pictures wait for what a person types.

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "clients/cli/receive_input.h"
#include "clients/cli/receive_port.h"

namespace loopdock::cli {

// kCheck and kBad want a person's eye: they sound.
enum class Tone { kPlain, kGood, kCheck, kBad };

// One thing that happened: for people, and as one JSON object whose first member is "event". An
// empty text is for programs only.
struct Report {
  Tone tone = Tone::kPlain;
  std::string text;
  nlohmann::ordered_json data;
};

// How the session was come by.
struct ReceiveStart {
  ReceiveState state;
  inventory::v1::Load load;  // unset when the server was not there
  std::string how;           // "opened", "resumed" or "offline"
  std::string site;          // "sites/main"
  std::string journal;       // its file
  std::string station;
  // Scans of the session that can be undone, oldest first.
  std::vector<inventory::v1::Scan> scans;
  // What an earlier run left in the journal.
  std::vector<intake::v1::ScanRequest> waiting;
  std::optional<ReceiveTotals> totals;
  std::vector<std::string> notes;  // what was asked for and is not so
};

class ReceiveCore {
 public:
  ReceiveCore(ReceiveStart start, ReceivePort* port, absl::Time now);

  // Each answers what is to be shown now.
  std::vector<Report> Begin();
  std::vector<Report> Line(const ReceiveLine& line, absl::Time now);
  std::vector<Report> Answer(const intake::v1::ScanRequest& scan,
                             const intake::v1::ScanResponse& answer, absl::Time now);
  // To be called a few times a second.
  std::vector<Report> Tick(absl::Time now);

  // What is to be said when the terminal is left, for whatever reason.
  std::vector<Report> End();

  // Running totals in one line, the most urgent first.
  std::string StatusLine() const;
  bool done() const { return done_; }
  bool closed() const { return closed_; }
  size_t waiting() const { return waiting_.size(); }
  int refused() const { return refused_; }
  // Scans that are neither in the journal nor anywhere else.
  int not_taken() const { return not_taken_; }
  const ReceiveState& state() const { return state_; }

 private:
  struct Waiting {
    std::string request_id;
    std::string what;
    absl::Time since;
    bool shown = false;  // as kept
  };
  struct Undoable {
    std::string request_id;
    std::string scan;  // its name, once answered
    std::string what;
    std::string undo_id;     // of an undo that got no answer
    inventory::v1::Lot lot;  // what was booked, when it is a lot and no scan
  };
  struct Candidate {
    std::string field, value;
    double confidence = 0;
  };
  enum class Signing { kNo, kName, kHazard };
  struct Command;

  static const std::vector<Command>& Commands();
  static const Command* FindCommand(std::string_view line);
  static std::vector<Candidate> Candidates(const OpenQuestion& open);

  void Say(Tone tone, const char* event, std::string text, nlohmann::ordered_json data = {});
  void Refuse(const char* event, std::string text);
  // Of a scan that is lost unless it is scanned again.
  void NotTaken(const char* event, std::string text);
  std::vector<Report> Reports() { return std::exchange(reports_, {}); }
  void Look(absl::Time now);
  void Pump();
  bool MustWait(const ReceiveLine& line) const;
  void Take(const ReceiveLine& line);
  void RunCommand(const std::string& line);
  // False, and says so, when the server does not answer.
  bool NeedsServer(std::string_view what);
  void Failed(std::string_view what, const absl::Status& status);
  void Remember();

  void ScanText(const std::string& text);
  void ScanPicture(const std::string& path);
  // The QR code of a label that Loopdock printed: the container's name.
  void ScanOwnContainer(const std::string& name);
  void Keep(intake::v1::ScanRequest scan, const std::string& what, bool is_barrier);
  intake::v1::ScanRequest NewScan();
  void SetContainer(const std::string& name);
  void SayContainer(Tone tone, const std::string& what);
  std::string OtherLoad(const inventory::v1::Container& container) const;
  void TakeOff(const intake::v1::ScanRequest& scan);
  void Settle(const intake::v1::ScanRequest& scan, const intake::v1::ScanResponse& answer);
  void SettleLabel(const intake::v1::ScanRequest& scan, const intake::v1::ScanResponse& answer,
                   nlohmann::ordered_json response);
  void Ask(const intake::v1::ScanRequest& scan, const intake::v1::ScanResponse& answer);
  void SettleUndo(const std::string& request_id, const intake::v1::ScanResponse& answer);
  // `again` with what the answer said of it.
  void ShowOpen(const OpenQuestion& open, bool again);
  void ShowAllOpen();
  // Takes "#2" off the front of `words`: that question, else the only one. Null, and says why, when
  // there is none or it is not clear which.
  const OpenQuestion* QuestionMeant(std::string_view* words);
  void AnswerOpen(OpenQuestion open, const std::map<std::string, std::string>& choices,
                  bool remember);
  void ListKinds(const std::vector<inventory::v1::DiscrepancyKind>& kinds, int rows);
  void RefreshTotals();

  void Undo(std::string_view words);
  void UndoUnsent();
  void UndoScan(std::string_view words);
  void UndoLot(std::string_view words);
  void UndoFailed(const absl::Status& status);
  void UseContainer(std::string_view words);
  // False, and says so, when the number is another container's.
  bool NumberIsFree(const std::string& number);
  void NextDevice(std::string_view words);
  void EachDevice(std::string_view words);
  void BookLot(std::string_view words);
  // False, and says so, when nobody knows the category; the same line again books it.
  bool CategoryIsMeant(const std::string& category);
  void Weigh(std::string_view words);
  void Hazard(std::string_view words);
  void Note(std::string_view words);
  void ShowTotals(std::string_view words);
  void List(std::string_view words);
  void Choose(std::string_view words);
  void Type(std::string_view words);
  void Raw(std::string_view words);
  void Help(std::string_view words);
  void Close(std::string_view words);
  void Quit(std::string_view words);
  void Sign(const std::string& text);
  void CloseSession(bool inspected);
  // The same line again after no answer is the same request.
  std::string RequestIdFor(const std::string& line);

  ReceivePort* const port_;
  const ReceiveStart start_;
  ReceiveState state_;
  absl::Time now_;
  bool online_ = false;
  bool was_offline_ = false;  // since all was last sent
  absl::Time progress_;       // when the server last did something
  std::vector<Report> reports_;
  std::deque<ReceiveLine> lines_;          // not taken yet
  std::deque<Waiting> waiting_;            // for the answer, in order
  std::string barrier_;                    // this scan's answer decides what the next ones are
  std::string container_scan_;             // the last one that may have named a container
  std::deque<Undoable> undoable_;          // newest last
  inventory::v1::ReceivingCounts others_;  // of the load beside the session
  Signing signing_ = Signing::kNo;
  std::string signed_by_;
  std::map<std::string, std::string> unanswered_;    // line of a command to its request id
  std::set<std::string> categories_ = {"unsorted"};  // known, or asked about
  int refused_ = 0;
  int not_taken_ = 0;
  bool done_ = false;
  bool closed_ = false;
};

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_CORE_H_
