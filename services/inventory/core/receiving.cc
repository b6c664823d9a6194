// SPDX-License-Identifier: Apache-2.0
// Loads, manifests and receiving sessions.
#include "absl/container/flat_hash_map.h"
#include "services/common/hash.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/manifest.h"
#include "services/inventory/core/receipts.h"

namespace loopdock::inventory {
namespace {

constexpr int kOpenSessionsMax = 32;
constexpr std::int64_t kQuantityMax = 1'000'000;  // pieces of a line
constexpr size_t kGtinMax = 14;
constexpr size_t kCategoryMax = 64;
constexpr std::int64_t kManifestLinesTotalMax = 100'000;

absl::Status StateError(std::string_view reason, std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, reason, Cat("'", name, "' ", what),
                       {{"name", std::string(name)}});
}

absl::StatusOr<v1::Load> UnclosedLoad(Step& step, std::string_view name) {
  auto load = step.Find<v1::Load>(name);
  if (!load.ok() || load->state() != v1::LOAD_STATE_CLOSED) return load;
  return StateError("LOAD_CLOSED", name, "is closed; receive under a new load.");
}

void CheckLoad(const v1::Load& load, Form& form) {
  form.Name("load.supplier", load.supplier(), "parties");
  form.OptionalName("load.carrier", load.carrier(), "parties");
  form.Text("load.bill_of_lading", load.bill_of_lading());
  form.Text("load.purchase_order", load.purchase_order());
  form.Texts("load.seals", load.seals());
  form.Text("load.external_ref", load.external_ref(), kIdentifierMax);
  form.Evidence("load.documents", load.documents());
  form.Texts("load.hazard_findings", load.hazard_findings());
  form.Check(v1::SupplierInstruction_IsValid(load.instruction()), "load.instruction",
             "must be known");
}

// What is to be destroyed is not to be resold, CR6(d)(3).
bool ForbidsResale(const v1::Load& load, const v1::Party& supplier) {
  return load.no_resale() || supplier.no_resale() ||
         load.instruction() == v1::SUPPLIER_INSTRUCTION_DESTROY;
}

}  // namespace

void CheckForm(const v1::CreateLoadRequest& request, Form& form) {
  form.Wish("load.name", request.load().name(), "loads");
  CheckLoad(request.load(), form);
}

absl::Status Apply(const v1::CreateLoadRequest& request, Step& step, v1::Load* answer) {
  const auto supplier = step.Find<v1::Party>(request.load().supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  if (!request.load().carrier().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(request.load().carrier()));
  }
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("loads", request.load().supplier(), request.load().external_ref(), ""));
  const auto name = step.WishedName("loads", request.load().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  v1::Load* load = fact.mutable_load_set();
  *load = request.load();
  load->set_name(*name);
  load->set_state(v1::LOAD_STATE_EXPECTED);
  load->set_no_resale(ForbidsResale(request.load(), *supplier));
  load->clear_counts();
  load->clear_asset_count();
  load->clear_scan_count();
  load->clear_lot_count();
  load->clear_open_sessions();
  load->clear_manifest();
  load->clear_etag();
  *load->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::UpdateLoadRequest& request, Form& form) {
  form.Name("load.name", request.load().name(), "loads");
  CheckLoad(request.load(), form);
}

absl::Status Apply(const v1::UpdateLoadRequest& request, Step& step, v1::Load* answer) {
  const v1::Load& wanted = request.load();
  const auto before = step.Find<v1::Load>(wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(wanted.etag(), before->etag(), wanted.name()));
  const auto supplier = step.Find<v1::Party>(wanted.supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  if (!wanted.carrier().empty()) LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(wanted.carrier()));
  v1::Fact fact;
  v1::Load* load = fact.mutable_load_set();
  *load = *before;  // state, counts, manifest and sessions stay
  load->set_supplier(wanted.supplier());
  load->set_carrier(wanted.carrier());
  load->set_bill_of_lading(wanted.bill_of_lading());
  load->set_purchase_order(wanted.purchase_order());
  *load->mutable_seals() = wanted.seals();
  load->set_external_ref(wanted.external_ref());
  *load->mutable_documents() = wanted.documents();
  load->set_no_resale(ForbidsResale(wanted, *supplier));
  load->set_instruction(wanted.instruction());
  if (wanted.has_arrival_time()) *load->mutable_arrival_time() = wanted.arrival_time();
  *load->mutable_hazard_findings() = wanted.hazard_findings();
  // What came with it has them on its own rows.
  const bool in_use = before->state() != v1::LOAD_STATE_EXPECTED || before->asset_count() > 0 ||
                      before->lot_count() > 0;
  if (in_use &&
      (load->supplier() != before->supplier() || load->no_resale() != before->no_resale() ||
       load->instruction() != before->instruction())) {
    return StateError("LOAD_IN_USE", wanted.name(),
                      "was received from; its supplier, instruction and terms of resale stay.");
  }
  if (before->state() == v1::LOAD_STATE_CLOSED && step.reason().empty()) {
    return StateError("REASON_REQUIRED", wanted.name(), "is closed; say why it is changed.");
  }
  LOOPDOCK_RETURN_IF_ERROR(
      step.ReferenceIsFree("loads", load->supplier(), load->external_ref(), load->name()));
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(wanted.name(), answer);
}

void CheckForm(const v1::CloseLoadRequest& request, Form& form) {
  form.Name("name", request.name(), "loads");
}

absl::Status Apply(const v1::CloseLoadRequest& request, Step& step, v1::Load* answer) {
  const auto load = UnclosedLoad(step, request.name());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  if (load->open_sessions_size() > 0) {
    return StateError(
        "SESSIONS_OPEN", request.name(),
        Cat("has open sessions such as '", load->open_sessions(0), "'; close them first."));
  }
  LOOPDOCK_RETURN_IF_ERROR(R02LoadIsComplete(*load));
  v1::Fact fact;
  fact.mutable_load_closed()->set_load(request.name());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::CreateManifestRequest& request, Form& form) {
  form.Name("load", request.load(), "loads");
  if (request.has_source()) form.Evidence("source", request.source());
}

absl::Status Apply(const v1::CreateManifestRequest& request, Step& step, v1::Manifest* answer) {
  const auto load = UnclosedLoad(step, request.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  v1::Fact fact;
  v1::Manifest* manifest = fact.mutable_manifest_created();
  manifest->set_name(step.NewName("manifests"));
  manifest->set_load(request.load());
  if (request.has_source()) *manifest->mutable_source() = request.source();
  *manifest->mutable_create_time() = step.server_time();
  const std::string name = manifest->name();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

namespace {

void CheckLine(const v1::ManifestLine& line, const std::string& at, Form& form) {
  form.Check(line.number() >= 0, Cat(at, ".number"), "must not be negative");
  form.Text(Cat(at, ".serial"), line.serial(), kIdentifierMax);
  form.Text(Cat(at, ".imei"), line.imei(), kIdentifierMax);
  form.Text(Cat(at, ".asset_tag"), line.asset_tag(), kIdentifierMax);
  form.Text(Cat(at, ".maker"), line.maker());
  form.Text(Cat(at, ".model"), line.model());
  form.Text(Cat(at, ".gtin"), line.gtin(), kGtinMax);
  form.Text(Cat(at, ".category"), line.category(), kCategoryMax);
  form.Text(Cat(at, ".description"), line.description());
  form.Text(Cat(at, ".purchase_order"), line.purchase_order());
  form.Text(Cat(at, ".container"), line.container(), kIdentifierMax);
  form.Count(Cat(at, ".quantity"), line.quantity(), kQuantityMax);
  form.Check(line.quantity() <= 1 || ClaimedValues(line).empty(), Cat(at, ".quantity"),
             "must be 1 where a serial number, IMEI or asset tag names the device");
  form.Mass(Cat(at, ".mass_g"), line.mass_g());
}

// A line as it is kept. What is claimed by mass alone has no pieces.
v1::ManifestLine KeptLine(const v1::ManifestLine& line, std::int64_t number) {
  v1::ManifestLine kept = line;
  kept.set_number(number);
  kept.clear_asset();
  kept.clear_received_quantity();
  kept.clear_received_mass_g();
  kept.clear_received_model();
  const bool by_mass =
      kept.mass_g() > 0 && ClaimedValues(kept).empty() && ChainWords("", kept).empty();
  if (kept.quantity() == 0 && !by_mass) kept.set_quantity(1);
  return kept;
}

// Every value of a line is claimed by that line alone. `claimed` has those of the command so far.
absl::Status ClaimOnce(Step& step, std::string_view manifest, const v1::ManifestLine& line,
                       absl::flat_hash_map<std::string, std::int64_t>* claimed) {
  for (const std::string& value : ClaimedValues(line)) {
    std::int64_t other = claimed->try_emplace(value, line.number()).first->second;
    if (other == line.number()) {
      const auto found = FindByValue(LookIn(step), IdOf(manifest), value);
      LOOPDOCK_RETURN_IF_ERROR(found.status());
      if (found->has_value()) other = (*found)->row.line.number();
    }
    if (other == line.number()) continue;
    return common::Error(absl::StatusCode::kInvalidArgument, "MANIFEST_VALUE_TWICE",
                         Cat("Line ", line.number(), " claims '", value, "', which line ", other,
                             " claims already; correct the file."),
                         {{"name", std::string(manifest)},
                          {"line", std::to_string(line.number())},
                          {"other_line", std::to_string(other)},
                          {"value", value}});
  }
  return absl::OkStatus();
}

}  // namespace

void CheckForm(const v1::AddManifestLinesRequest& request, Form& form) {
  form.Name("manifest", request.manifest(), "manifests");
  form.Check(request.lines_size() > 0 && request.lines_size() <= kManifestLinesMax, "lines",
             Cat("must have 1 to ", kManifestLinesMax, " entries"));
  for (int i = 0; i < request.lines_size() && i < kManifestLinesMax; ++i) {
    const v1::ManifestLine& line = request.lines(i);
    CheckLine(line, Cat("lines[", i, "]"), form);
  }
}

void DeclareReads(const v1::AddManifestLinesRequest& request, Reads& reads) {
  reads.Name(request.manifest());
  for (const v1::ManifestLine& line : request.lines()) {
    for (const std::string& value : ClaimedValues(line)) {
      reads.Row(kLookups, LookupKey(reads.site(), Lookup::kManifestValue,
                                    ValueWords(IdOf(request.manifest()), value)));
    }
  }
}

absl::Status Apply(const v1::AddManifestLinesRequest& request, Step& step, v1::Manifest* answer) {
  const auto manifest = step.Find<v1::Manifest>(request.manifest());
  LOOPDOCK_RETURN_IF_ERROR(manifest.status());
  if (manifest->active()) {
    return StateError("MANIFEST_ACTIVE", request.manifest(),
                      "is active and takes no more lines; begin another manifest.");
  }
  if (manifest->line_count() + request.lines_size() > kManifestLinesTotalMax) {
    return StateError(
        "MANIFEST_FULL", request.manifest(),
        Cat("would have more than ", kManifestLinesTotalMax, " lines; split the load."));
  }
  v1::Fact fact;
  v1::ManifestLinesAdded* added = fact.mutable_manifest_lines_added();
  added->set_manifest(request.manifest());
  std::int64_t next = manifest->line_count();
  absl::flat_hash_map<std::string, std::int64_t> claimed;
  for (const v1::ManifestLine& line : request.lines()) {
    ++next;
    if (line.number() != 0 && line.number() != next) {
      return StateError(
          "MANIFEST_LINE_GAP", request.manifest(),
          Cat("goes on with line ", next, ", not ", line.number(), "; send the lines in order."));
    }
    *added->add_lines() = KeptLine(line, next);
    LOOPDOCK_RETURN_IF_ERROR(
        ClaimOnce(step, request.manifest(), *added->lines().rbegin(), &claimed));
  }
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.manifest(), answer);
}

void CheckForm(const v1::ActivateManifestRequest& request, Form& form) {
  form.Name("name", request.name(), "manifests");
}

absl::Status Apply(const v1::ActivateManifestRequest& request, Step& step, v1::Manifest* answer) {
  const auto manifest = step.Find<v1::Manifest>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(manifest.status());
  if (manifest->active()) {
    return StateError("MANIFEST_ACTIVE", request.name(), "is active already.");
  }
  LOOPDOCK_RETURN_IF_ERROR(UnclosedLoad(step, manifest->load()).status());
  v1::Fact fact;
  fact.mutable_manifest_activated()->set_manifest(request.name());
  fact.mutable_manifest_activated()->set_load(manifest->load());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::OpenSessionRequest& request, Form& form) {
  form.Name("load", request.load(), "loads");
  form.OptionalName("location", request.location(), "locations");
}

absl::Status Apply(const v1::OpenSessionRequest& request, Step& step,
                   v1::ReceivingSession* answer) {
  const auto load = UnclosedLoad(step, request.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  if (load->open_sessions_size() >= kOpenSessionsMax) {
    return StateError("SESSIONS_OPEN", request.load(),
                      Cat("has ", kOpenSessionsMax, " open sessions; close one first."));
  }
  const std::string location = request.location().empty()
                                   ? common::FormatName(step.site(), "locations", "dock")
                                   : request.location();
  const auto place = step.Find<v1::Location>(location);
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckHasRoom(step, load->name()));
  v1::Fact fact;
  v1::ReceivingSession* session = fact.mutable_session_opened();
  session->set_name(step.NewName("sessions"));
  session->set_load(load->name());
  session->set_location(location);
  session->set_operator_(step.actor());
  session->set_open(true);
  // What a scan needs to know of its load stands here, so that booking reads one row and not two.
  session->set_supplier(load->supplier());
  session->set_no_resale(load->no_resale());
  session->set_instruction(load->instruction());
  session->set_station(step.entry().station());
  session->set_manifest(load->manifest());
  session->mutable_counts()->set_expected(load->counts().expected());
  session->mutable_counts()->set_expected_mass_g(load->counts().expected_mass_g());
  session->set_secured(place->secured());
  *session->mutable_create_time() = step.server_time();
  const std::string name = session->name();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

void CheckForm(const v1::CloseSessionRequest& request, Form& form) {
  form.Name("name", request.name(), "sessions");
  form.Text("signed_by", request.signed_by());
  form.Text("remark", request.remark(), kReasonMax);
  form.Texts("hazard_findings", request.hazard_findings());
  form.Check(request.hazard_inspected() || request.hazard_findings().empty(), "hazard_inspected",
             "must be true where hazards were found");
}

namespace {

// The load's row has what lots, weighings and closed sessions came to.
absl::StatusOr<v1::ReceivingCounts> CountsOfLoad(const v1::ReceivingSession& closing, Step& step) {
  const auto load = step.Find<v1::Load>(closing.load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  v1::ReceivingCounts counts = load->counts();
  for (const std::string& name : load->open_sessions()) {
    const auto session = step.Find<v1::ReceivingSession>(name);
    LOOPDOCK_RETURN_IF_ERROR(session.status());
    AddCounts(session->counts(), &counts);
  }
  return counts;
}

v1::SessionSummary Summarize(const v1::CloseSessionRequest& request,
                             const v1::ReceivingSession& session,
                             const v1::ReceivingCounts& load_counts, const Step& step) {
  v1::SessionSummary summary;
  summary.set_session(session.name());
  summary.set_load(session.load());
  summary.set_operator_(session.operator_());
  *summary.mutable_open_time() = session.create_time();
  *summary.mutable_close_time() = step.server_time();
  summary.set_scan_count(session.scan_count());
  summary.set_asset_count(session.asset_count());
  summary.set_unread_count(session.unread_count());
  summary.set_withdrawn_count(session.withdrawn_count());
  summary.set_choice_count(session.choice_count());
  *summary.mutable_counts() = load_counts;
  *summary.mutable_hazard_findings() = request.hazard_findings();
  summary.set_hazard_inspected(request.hazard_inspected());
  summary.set_signed_by(request.signed_by().empty() ? step.actor() : request.signed_by());
  summary.set_remark(request.remark());
  summary.set_sha256(common::Sha256Hex(Serialize(summary)));
  return summary;
}

}  // namespace

absl::Status Apply(const v1::CloseSessionRequest& request, Step& step,
                   v1::ReceivingSession* answer) {
  const auto session = step.Find<v1::ReceivingSession>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(session.status());
  if (!session->open()) {
    return StateError("SESSION_CLOSED", request.name(), "is closed already.");
  }
  const auto load_counts = CountsOfLoad(*session, step);
  LOOPDOCK_RETURN_IF_ERROR(load_counts.status());
  v1::Fact fact;
  fact.mutable_session_closed()->set_session(request.name());
  *fact.mutable_session_closed()->mutable_summary() =
      Summarize(request, *session, *load_counts, step);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

}  // namespace loopdock::inventory
