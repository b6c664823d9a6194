// SPDX-License-Identifier: Apache-2.0
// loopdock receive: a whole receiving session at a terminal.

#include <unistd.h>

#include <deque>
#include <variant>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/loads.h"
#include "clients/cli/receive_core.h"
#include "clients/cli/receive_open.h"
#include "clients/cli/receive_server.h"
#include "clients/cli/receive_terminal.h"
#include "clients/cli/receive_words.h"
#include "clients/cli/refused_scans.h"
#include "clients/cpp/scan_client.h"
#include "services/common/ids.h"
#include "services/common/log.h"
#include "services/common/status.h"
#include "services/intake/core/label.h"

namespace loopdock::cli {
namespace {

using intake::v1::ScanRequest;
using intake::v1::ScanResponse;

constexpr absl::Duration kTick = absl::Milliseconds(200);
constexpr size_t kUnreadEventsMax = 1024;
// Days of work without a server; beyond it a scan is refused, loudly.
constexpr client::ScanLimits kOffline = {.scans = 100'000, .bytes = size_t{256} << 20};

struct Answered {
  ScanRequest scan;
  ScanResponse answer;
};
using Event = std::variant<ReceiveInput, Answered>;

// From the reading thread and the client's thread to main's.
class Events {
 public:
  // Waits while main is far behind; answers never wait, since main may wait for them.
  void AddInput(ReceiveInput input) {
    const auto has_room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return ended_ || events_.size() < kUnreadEventsMax;
    };
    absl::MutexLock lock(&mutex_, absl::Condition(&has_room));
    events_.emplace_back(std::move(input));
  }
  void AddAnswer(Answered answered) {
    absl::MutexLock lock(&mutex_);
    events_.emplace_back(std::move(answered));
  }
  std::deque<Event> Take(absl::Duration timeout) {
    const auto has_any = [this]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !events_.empty(); };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&has_any), timeout);
    return std::exchange(events_, {});
  }
  // Nobody takes events any more.
  void End() {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }

 private:
  absl::Mutex mutex_;
  std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

void Append(std::vector<Report> more, std::vector<Report>* reports) {
  for (Report& report : more) reports->push_back(std::move(report));
}

// What was typed and answered, until the session or the input ends.
class Session {
 public:
  Session(ReceiveCore* core, ReceiveTerminal* terminal, Events* events, LineFormat format)
      : core_(core), terminal_(terminal), events_(events), lines_(std::move(format)) {}

  void Run() {
    terminal_->Show(core_->Begin(), core_->StatusLine(), "");
    terminal_->Read([events = events_](ReceiveInput input) { events->AddInput(std::move(input)); });
    while (!core_->done() && !stopped_) {
      for (Event& event : events_->Take(kTick)) {
        std::visit([this](auto& one) { Take(one); }, event);
      }
      Append(core_->Tick(absl::Now()), &reports_);
      terminal_->Show(std::exchange(reports_, {}), core_->StatusLine(), lines_.unfinished());
    }
    events_->End();
    terminal_->Show(core_->End(), "", "");
  }

 private:
  void Take(Answered& answered) {
    Append(core_->Answer(answered.scan, answered.answer, absl::Now()), &reports_);
  }
  void Take(ReceiveInput& input) {
    switch (input.kind) {
      case ReceiveInput::Kind::kBytes:
        return TakeLines(lines_.Add(input.bytes));
      case ReceiveInput::Kind::kEnd:
        return TakeLines(lines_.Finish());
      case ReceiveInput::Kind::kStop:
        stopped_ = true;
        return;
      case ReceiveInput::Kind::kRedraw:
        return terminal_->Forget();
    }
  }
  void TakeLines(const std::vector<ReceiveLine>& lines) {
    for (const ReceiveLine& line : lines) Append(core_->Line(line, absl::Now()), &reports_);
  }

  ReceiveCore* const core_;
  ReceiveTerminal* const terminal_;
  Events* const events_;
  LineSplitter lines_;
  std::vector<Report> reports_;
  bool stopped_ = false;
};

absl::StatusOr<LineFormat> FormatOf(const ReceiveOptions& options) {
  const auto prefix = intake::Unescape(options.prefix);
  if (!prefix.ok()) return prefix.status();
  const auto suffix = intake::Unescape(options.suffix);
  if (!suffix.ok()) return suffix.status();
  return LineFormat{.prefix = *prefix, .suffix = *suffix};
}

// At a terminal a person was told of what was not taken, and scanned it again.
absl::Status HowItEnded(const ReceiveCore& core, const std::string& journal, bool person) {
  if (core.waiting() > 0) {
    return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                         absl::StrCat(Counted(static_cast<std::int64_t>(core.waiting()), "scan"),
                                      " not acknowledged yet; kept in ", journal, "."));
  }
  if (core.refused() > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(Counted(core.refused(), "scan"), " refused; kept in ", journal, ".refused."));
  }
  if (person || core.not_taken() == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(Counted(core.not_taken(), "scan"), " not taken; kept nowhere."));
}

absl::Status Run(const Settings& settings, const ReceiveOptions& options) {
  auto format = FormatOf(options);
  if (!format.ok()) return format.status();
  const auto inventory = settings.Connect();
  if (!inventory.ok()) return inventory.status();
  const auto intake = ConnectTo(settings, options.intake);
  if (!intake.ok()) return intake.status();
  const auto journal = client::ScanJournal::Open(options.journal);
  if (!journal.ok()) return journal.status();
  ReceiveSide side;
  const std::string side_path = SidePath(options.journal);
  if (const auto known = ReadSide(side_path)) {
    if (!known->ok()) return known->status();
    side = **known;
  }
  auto start = OpenReceiving(settings, options, **inventory, **intake, &side);
  if (!start.ok()) return start.status();
  start->waiting = (*journal)->Unacknowledged();
  if (options.group && !start->state.grouped) {
    start->state.grouped = true;
    start->state.asset_key = common::NewUuidV7();
  }
  Events events;
  const auto answered = [&events, &options](const ScanRequest& scan, const ScanResponse& answer) {
    const auto kept = KeepRefused(options.journal, scan, answer);
    if (!kept.ok()) common::LogError("refused_scan_not_kept", {{"error", kept.ToString()}});
    events.AddAnswer({scan, answer});
  };
  client::ScanClient scans(
      intake::v1::IntakeService::NewStub((*intake)->channel()),
      [&intake](grpc::ClientContext& context) { (*intake)->Authorize(context); }, journal->get(),
      answered, kOffline);
  ServerPort port(settings, side_path, &side, **inventory, **intake, &scans);
  ReceiveCore core(*std::move(start), &port, absl::Now());
  bool person = false;
  {
    ReceiveTerminal terminal(options.json, options.quiet);
    person = format->keyboard = terminal.keyboard();
    Session(&core, &terminal, &events, *std::move(format)).Run();
  }
  scans.Stop();
  if (core.closed()) ::unlink(side_path.c_str());
  return HowItEnded(core, options.journal, person);
}

}  // namespace

void AddReceive(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<ReceiveOptions>();
  CLI::App* command = app.add_subcommand(
      "receive", "Receive a load at a terminal, scan by scan, until it is signed");
  command->add_option(
      "--load", options->load,
      "The load, by name or reference; with --supplier its reference. Not needed to go on");
  command->add_option("--supplier", options->supplier, "Make the load if it is not there yet");
  command
      ->add_option("--session", options->session,
                   "Go on with this open session, whatever the journal knows")
      ->excludes("--load")
      ->excludes("--supplier");
  command->add_option("--bill-of-lading", options->bill_of_lading, "For a new load: its number");
  command->add_option("--purchase-order", options->purchase_order, "For a new load");
  command->add_option("--seal", options->seals, "For a new load: a seal; may come again");
  command->add_option("--carrier", options->carrier, "For a new load: who brought it");
  command
      ->add_option("--instruction", options->instruction,
                   "For a new load: what the supplier wants, destroy or return")
      ->check(CLI::IsMember({"destroy", "return"}));
  command->add_flag("--no-resale", options->no_resale, "For a new load: nothing may be resold");
  command->add_option("--manifest", options->manifest,
                      "A manifest file, imported unless the load has one");
  command->add_option("--location", options->location, "Where; else the site's dock");
  command->add_option("--journal", options->journal, "File that keeps scans until acknowledged")
      ->capture_default_str()
      ->envname("LOOPDOCK_JOURNAL");
  command->add_option("--intake", options->intake,
                      "Address of intake, when it is not at --address with inventory");
  command->add_option("--prefix", options->prefix,
                      "What the scanner sends before each code, with escapes such as \\u0002");
  command->add_option("--suffix", options->suffix,
                      "What it sends behind each code, if not CR, LF or Tab");
  command->add_flag("--group", options->group,
                    "Scans are about one device until an empty line or /device");
  command->add_flag("--quiet", options->quiet, "No bell");
  command->add_flag("--json", options->json, "One JSON object a line for every event");
  command->footer(
      "Each line is a scan; /help lists the commands. A scan is in the journal before it is "
      "shown;\n"
      "without the server scans are kept there and sent when it is back. The same command again\n"
      "goes on with the session. docs/using/receiving.md.");
  command->callback([options, &settings] {
    settings.run = [options, &settings] { return Run(settings, *options); };
  });
}

}  // namespace loopdock::cli
