// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_open.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/console.h"
#include "clients/cli/fields.h"
#include "clients/cli/loads.h"
#include "clients/cli/receive_words.h"
#include "clients/cpp/manifest_client.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::cli {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::Load;
using inventory::v1::ReceivingSession;
using Stub = InventoryService::Stub;

constexpr absl::Duration kServerSoon = absl::Seconds(2);
constexpr int kPageSize = 1000;
constexpr int kProblemsShown = 50;

// A server that refuses at once is not waited for.
bool IsThere(grpc::Channel& channel) {
  for (const absl::Duration patience : {kServerSoon / 8, kServerSoon}) {
    if (channel.WaitForConnected(absl::ToChronoTime(absl::Now() + patience))) return true;
    if (channel.GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) return false;
  }
  return false;
}

class Opener {
 public:
  Opener(const Settings& settings, const ReceiveOptions& options,
         const client::Connection& inventory, const client::Connection& intake, ReceiveSide* side)
      : settings_(settings),
        options_(options),
        inventory_(inventory),
        intake_(intake),
        side_(side),
        stub_(InventoryService::NewStub(inventory.channel())) {
    start_.site = settings.site_name();
    start_.station = settings.connect.station;
    start_.journal = options.journal;
  }

  absl::StatusOr<ReceiveStart> Open();

 private:
  bool ServerIsThere() const {
    return IsThere(*intake_.channel()) && IsThere(*inventory_.channel());
  }
  // The load as the command line says it.
  std::string Asked() const {
    return absl::StrJoin({options_.load, options_.supplier, options_.bill_of_lading}, "|");
  }
  std::string Session() const {
    return options_.session.empty() ? "" : settings_.FullName("sessions", options_.session);
  }
  // Whether the journal's session is the one that is meant, as far as words can tell.
  bool Knows() const;
  // The same without a server, which alone knows whose reference it is.
  bool MayKnow() const;
  absl::StatusOr<bool> IsOfTheLoad() const;
  absl::StatusOr<Load> FindOrMakeLoad();
  void NoteWhatIsNot(const Load& load);
  absl::StatusOr<ReceiveStart> GoOnWith(const std::string& name);
  absl::StatusOr<ReceiveStart> OpenOnLoad();

  absl::StatusOr<ReceivingSession> GetSession(const std::string& name) const;
  absl::StatusOr<Load> MakeLoad();
  absl::Status ImportManifest(const std::string& load);
  // One that is open on the load at this station.
  absl::StatusOr<std::string> StationsSession(const Load& load) const;
  absl::StatusOr<ReceivingSession> NewSession(const std::string& load);
  absl::StatusOr<ReceiveStart> Begin(const ReceivingSession& session, const std::string& how);
  absl::Status ReadScans();

  const Settings& settings_;
  const ReceiveOptions& options_;
  const client::Connection& inventory_;
  const client::Connection& intake_;
  ReceiveSide* const side_;
  const std::unique_ptr<Stub> stub_;
  ReceiveStart start_;
};

bool Opener::Knows() const {
  if (side_->state.session.empty()) return false;
  if (!options_.session.empty()) return side_->state.session == Session();
  if (options_.load.empty() && options_.supplier.empty()) return true;
  return side_->asked == Asked() ||
         (options_.supplier.empty() &&
          side_->state.load == settings_.FullName("loads", options_.load));
}

bool Opener::MayKnow() const {
  if (Knows()) return true;
  if (side_->state.session.empty() || options_.load.empty()) return false;
  const std::string asked = side_->asked.substr(0, side_->asked.find('|'));
  return asked == options_.load &&
         (options_.supplier.empty() ||
          side_->state.supplier == CompleteName(settings_, "parties", options_.supplier));
}

absl::StatusOr<bool> Opener::IsOfTheLoad() const {
  if (Knows()) return true;
  if (side_->state.session.empty() || options_.load.empty()) return false;
  const auto load = FindLoad(inventory_, settings_, options_.load, options_.supplier);
  if (absl::IsNotFound(load.status())) return false;
  if (!load.ok()) return load.status();
  return load->name() == side_->state.load;
}

absl::StatusOr<ReceivingSession> Opener::GetSession(const std::string& name) const {
  inventory::v1::GetSessionRequest request;
  request.set_name(name);
  return inventory_.Ask(*stub_, &Stub::GetSession, request);
}

absl::StatusOr<Load> Opener::MakeLoad() {
  inventory::v1::CreateLoadRequest request;
  request.set_site(settings_.site_name());
  request.set_request_id(side_->load_request_id);
  Load& load = *request.mutable_load();
  load.set_supplier(CompleteName(settings_, "parties", options_.supplier));
  load.set_external_ref(options_.load);
  load.set_bill_of_lading(options_.bill_of_lading);
  load.set_purchase_order(options_.purchase_order);
  if (!options_.carrier.empty())
    load.set_carrier(CompleteName(settings_, "parties", options_.carrier));
  for (const std::string& seal : options_.seals) load.add_seals(seal);
  load.set_no_resale(options_.no_resale);
  if (options_.instruction == "destroy") {
    load.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_DESTROY);
  } else if (options_.instruction == "return") {
    load.set_instruction(inventory::v1::SUPPLIER_INSTRUCTION_RETURN);
  }
  auto made = inventory_.Ask(*stub_, &Stub::CreateLoad, request);
  if (!absl::IsNotFound(made.status())) return made;
  const std::string party = common::MetadataOf(made.status(), "name");
  if (party != load.supplier() && party != load.carrier()) return made;
  const std::string id = party.substr(party.rfind('/') + 1);
  return common::Error(
      absl::StatusCode::kNotFound, "RESOURCE_NOT_FOUND",
      absl::StrCat("There is no party '", Visible(id, 60), "' yet. To make it: loopdock party add ",
                   Visible(id, 60), " --role ", party == load.supplier() ? "supplier" : "carrier",
                   " --display-name \"", Visible(id, 60), "\""),
      {{"name", party}});
}

absl::Status Opener::ImportManifest(const std::string& load) {
  const auto bytes = ReadManifest(options_.manifest);
  if (!bytes.ok()) return bytes.status();
  // A file that was corrected is another request, the same one after no answer is not.
  const std::string request_id =
      common::DerivedUuidV7(common::TimeOfUuidV7(side_->session_request_id),
                            absl::StrCat("manifest ", load, " ", common::Sha256Hex(*bytes)));
  intake::v1::ManifestHeader header;
  header.set_load(load);
  header.set_display_name(
      common::CleanUtf8Prefix(options_.manifest.substr(options_.manifest.rfind('/') + 1), 200));
  const auto response = client::ImportManifest(intake_, request_id, header, *bytes);
  if (!response.ok()) return response.status();
  for (int i = 0; i < std::min(response->problems_size(), kProblemsShown); ++i) {
    std::cerr << "loopdock: " << ProblemLine(options_.manifest, response->problems(i)) << "\n";
  }
  if (response->problem_count() == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("The manifest has ",
                                                 Counted(response->problem_count(), "problem"),
                                                 "; nothing of it was booked."));
}

absl::StatusOr<std::string> Opener::StationsSession(const Load& load) const {
  if (start_.station.empty()) return "";
  for (const std::string& name : load.open_sessions()) {
    const auto session = GetSession(name);
    if (!session.ok()) return session.status();
    const std::string& station = session->station();
    if (station.substr(station.rfind('/') + 1) == start_.station) return name;
  }
  return "";
}

absl::StatusOr<ReceivingSession> Opener::NewSession(const std::string& load) {
  inventory::v1::OpenSessionRequest request;
  request.set_site(settings_.site_name());
  request.set_request_id(side_->session_request_id);
  request.set_load(load);
  if (!options_.location.empty()) {
    request.set_location(settings_.FullName("locations", options_.location));
  }
  return inventory_.Ask(*stub_, &Stub::OpenSession, request);
}

// The session's scans, so that they can be undone.
absl::Status Opener::ReadScans() {
  inventory::v1::ListScansRequest request;
  request.set_site(settings_.site_name());
  request.set_session(start_.state.session);
  request.set_page_size(kPageSize);
  do {
    const auto page = inventory_.Ask(*stub_, &Stub::ListScans, request);
    if (!page.ok()) return page.status();
    for (const auto& scan : page->scans()) {
      if (!scan.withdrawn()) start_.scans.push_back(scan);
    }
    if (start_.scans.size() > kUndoableMax) {
      start_.scans.erase(start_.scans.begin(), start_.scans.end() - kUndoableMax);
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::StatusOr<ReceiveStart> Opener::Begin(const ReceivingSession& session,
                                           const std::string& how) {
  ReceiveState& state = side_->state;
  if (state.session != session.name()) state = ReceiveState();
  state.session = session.name();
  state.load = session.load();
  state.supplier = session.supplier();
  start_.how = how;
  start_.state = state;
  inventory::v1::GetReconciliationRequest request;
  request.set_load(session.load());
  const auto reconciliation = inventory_.Ask(*stub_, &Stub::GetReconciliation, request);
  if (!reconciliation.ok()) return reconciliation.status();
  start_.load = reconciliation->load();
  start_.totals = TotalsOf(session.name(), *reconciliation);
  NoteWhatIsNot(start_.load);
  if (auto read = ReadScans(); !read.ok()) return read;
  return start_;
}

// By the reference, which another terminal may have given to the same load meanwhile.
absl::StatusOr<Load> Opener::FindOrMakeLoad() {
  const auto find = [this] {
    return FindLoad(inventory_, settings_, options_.load, options_.supplier);
  };
  absl::StatusOr<Load> load = absl::NotFoundError("no external reference");
  if (!options_.load.empty()) load = find();
  if (!absl::IsNotFound(load.status()) || options_.supplier.empty()) return load;
  load = MakeLoad();
  return common::ReasonOf(load.status()) == "EXTERNAL_REF_TAKEN" ? find() : load;
}

// A load that is there is not changed by how it is called.
void Opener::NoteWhatIsNot(const Load& load) {
  const auto note = [&](const char* option, const std::string& asked, const std::string& is) {
    if (asked.empty() || asked == is) return;
    start_.notes.push_back(absl::StrCat(
        "NOT CHANGED  ", option, " ", Visible(asked, 60), ": the load has ",
        is.empty() ? "none" : Visible(is, 60), ". To change it: loopdock load update ",
        load.name().substr(load.name().rfind('/') + 1), " ", option, " ", Visible(asked, 60)));
  };
  note("--bill-of-lading", options_.bill_of_lading, load.bill_of_lading());
  note("--purchase-order", options_.purchase_order, load.purchase_order());
  const std::string& carrier = options_.carrier;
  note("--carrier", carrier.empty() ? "" : CompleteName(settings_, "parties", carrier),
       load.carrier());
  if (!options_.manifest.empty() && load.manifest().empty()) {
    start_.notes.push_back(absl::StrCat("NOT IMPORTED  ", Visible(options_.manifest, 60),
                                        ": the session was there already. To import it: loopdock "
                                        "manifest import FILE --load ",
                                        load.name().substr(load.name().rfind('/') + 1)));
  }
  note("--seal", absl::StrJoin(options_.seals, " --seal "),
       absl::StrJoin(load.seals(), " --seal "));
}

// The session that somebody named, whatever the journal knows.
absl::StatusOr<ReceiveStart> Opener::GoOnWith(const std::string& name) {
  const auto session = GetSession(name);
  if (!session.ok()) return session.status();
  if (!session->open()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "SESSION_CLOSED",
                         absl::StrCat(name, " is closed: loopdock session show ",
                                      name.substr(name.rfind('/') + 1), " has its summary."),
                         {{"name", name}});
  }
  if (side_->state.session != name) *side_ = ReceiveSide();
  return Begin(*session, "resumed");
}

absl::StatusOr<ReceiveStart> Opener::Open() {
  const bool there = ServerIsThere();
  if (!there && MayKnow()) {
    start_.how = "offline";
    start_.state = side_->state;
    return start_;
  }
  if (options_.session.empty() && options_.load.empty() && options_.supplier.empty() &&
      side_->state.session.empty()) {
    return UsageError("Give --load, or --supplier for a load that is not there yet.");
  }
  if (!there) {
    return common::Error(absl::StatusCode::kUnavailable, "UNAVAILABLE",
                         absl::StrCat("The server does not answer at ", intake_.options().address,
                                      ", and the journal knows no open session of this load. "
                                      "Opening one needs the server."));
  }
  if (!side_->state.session.empty()) {
    const auto is_ours = IsOfTheLoad();
    if (!is_ours.ok()) return is_ours.status();
    const auto session = GetSession(side_->state.session);
    if (!session.ok() && *is_ours) return session.status();
    const bool open = session.ok() && session->open();
    if (open && *is_ours) return Begin(*session, "resumed");
    if (open) {
      start_.notes.push_back(
          absl::StrCat("Session ", session->name(), " of load ", session->load(),
                       " stays open. To go on with it: loopdock receive --session ",
                       session->name().substr(session->name().rfind('/') + 1)));
    }
  }
  if (!options_.session.empty()) return GoOnWith(Session());
  if (options_.load.empty() && options_.supplier.empty()) {
    return UsageError(
        "The journal's session is closed. Give --load, or --supplier for a new load.");
  }
  return OpenOnLoad();
}

absl::StatusOr<ReceiveStart> Opener::OpenOnLoad() {
  // Kept before they are used: the same command line after a crash has one effect.
  if (side_->asked != Asked() || !side_->state.session.empty()) {
    *side_ = ReceiveSide();
    side_->asked = Asked();
    side_->load_request_id = common::NewUuidV7();
    side_->session_request_id = common::NewUuidV7();
  }
  const std::string path = SidePath(options_.journal);
  if (auto written = WriteSide(path, *side_); !written.ok()) return written;
  const auto load = FindOrMakeLoad();
  if (!load.ok()) return load.status();
  if (!options_.manifest.empty() && load->manifest().empty()) {
    if (auto imported = ImportManifest(load->name()); !imported.ok()) return imported;
  }
  const auto joined = StationsSession(*load);
  if (!joined.ok()) return joined.status();
  const auto session = joined->empty() ? NewSession(load->name()) : GetSession(*joined);
  if (!session.ok()) return session.status();
  return Begin(*session, joined->empty() ? "opened" : "resumed");
}

}  // namespace

ReceiveTotals TotalsOf(const std::string& session,
                       const inventory::v1::Reconciliation& reconciliation) {
  ReceiveTotals totals;
  totals.load = reconciliation.counts();
  totals.assets = reconciliation.load().asset_count();
  totals.unread = reconciliation.unread();
  for (const auto& one : reconciliation.sessions()) {
    if (one.name() == session) totals.session = one.counts();
  }
  return totals;
}

absl::StatusOr<ReceiveStart> OpenReceiving(const Settings& settings, const ReceiveOptions& options,
                                           const client::Connection& inventory,
                                           const client::Connection& intake, ReceiveSide* side) {
  return Opener(settings, options, inventory, intake, side).Open();
}

}  // namespace loopdock::cli
