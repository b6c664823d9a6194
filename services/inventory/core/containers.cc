// SPDX-License-Identifier: Apache-2.0
// Containers: made, sealed, moved.
#include "absl/strings/numbers.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

absl::Status Sealed(std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_SEALED",
                       Cat("'", name, "' is sealed", what), {{"name", std::string(name)}});
}

constexpr std::string_view kNothingPasses = "; nothing goes in or out. Choose another container.";

// Refuses a chain of containers that leaves no room for what comes in with all that has stood in
// it, that is sealed, or that `name` is a part of.
absl::Status CheckParents(Step& step, std::string_view parent, std::string_view name) {
  const auto row = step.Look(Lookup::kHeight, IdOf(name));
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  const int height = DecodeHeight(row->value_or(""));
  std::string outer(parent);
  for (int depth = 1; !outer.empty(); ++depth) {
    if (outer == name) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_CYCLE",
                           Cat("'", name, "' cannot stand in '", parent, "', which stands in it."),
                           {{"name", std::string(name)}});
    }
    if (depth + height >= kContainerDepthMax) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_TOO_DEEP",
                           Cat("Containers stand in containers at most ", kContainerDepthMax,
                               " deep; choose an outer one."),
                           {{"name", std::string(parent)}});
    }
    const auto container = step.Find<v1::Container>(outer);
    LOOPDOCK_RETURN_IF_ERROR(container.status());
    if (container->sealed()) return Sealed(outer, kNothingPasses);
    outer = container->parent();
  }
  return absl::OkStatus();
}

constexpr size_t kSsccDigits = 18;

bool IsDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

// The check digit of a GS1 key, for the digits before it.
char CheckDigit(std::string_view digits) {
  int sum = 0;
  int weight = 3;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    sum += (*digit - '0') * weight;
    weight = 4 - weight;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

// Extension digit, company prefix, serial reference, check digit; once the references of one
// extension digit are used up, those of the next. Empty when all are.
std::string SsccOf(std::string_view prefix, std::int64_t serial) {
  const size_t width = kSsccDigits - 2 - prefix.size();
  std::string reference = std::to_string(serial);
  if (reference.size() < width + 1) reference.insert(0, width + 1 - reference.size(), '0');
  if (reference.size() > width + 1) return "";
  std::string sscc = Cat(reference.substr(0, 1), prefix, reference.substr(1));
  sscc.push_back(CheckDigit(sscc));
  return sscc;
}

bool IsSscc(std::string_view text) {
  return text.size() == kSsccDigits && IsDigits(text) &&
         text.back() == CheckDigit(text.substr(0, kSsccDigits - 1));
}

absl::StatusOr<std::string> HolderOfSscc(Step& step, std::string_view sscc) {
  v1::Identifier identifier;
  identifier.set_kind(v1::IDENTIFIER_KIND_SSCC);
  identifier.set_value(std::string(sscc));
  const auto holders = step.Holders(identifier);
  if (!holders.ok()) return holders.status();
  return holders->empty() ? "" : Cat("sites/", step.site(), "/", holders->front().target);
}

// Gives the container the site's next SSCC that nobody has.
absl::Status AssignSscc(Step& step, v1::Container* container) {
  const auto site = step.Find<v1::Site>(common::SiteName(step.site()));
  LOOPDOCK_RETURN_IF_ERROR(site.status());
  const std::string& prefix = site->gs1_prefix();
  if (!IsGs1Prefix(prefix)) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "GS1_PREFIX_MISSING",
                         Cat("'", site->name(),
                             "' has no GS1 company prefix of 4 to 12 digits to make an SSCC from; "
                             "set it (loopdock site update --gs1-prefix, UpdateSite), or give the "
                             "container an SSCC."),
                         {{"name", site->name()}});
  }
  const auto row = step.Look(Lookup::kSsccSerial, "");
  LOOPDOCK_RETURN_IF_ERROR(row.status());
  std::int64_t serial = 0;
  if (row->has_value() && !absl::SimpleAtoi(std::string(**row), &serial)) {
    return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                         "The counter of SSCCs cannot be read; run fsck.");
  }
  for (;;) {
    const std::string sscc = SsccOf(prefix, ++serial);
    if (sscc.empty()) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "SSCC_EXHAUSTED",
                           Cat("All serial references of GS1 company prefix ", prefix,
                               " are used; set another prefix with UpdateSite."),
                           {{"name", site->name()}});
    }
    const auto holder = HolderOfSscc(step, sscc);
    LOOPDOCK_RETURN_IF_ERROR(holder.status());
    if (!holder->empty()) continue;
    container->set_sscc(sscc);
    container->set_sscc_serial(serial);
    return absl::OkStatus();
  }
}

}  // namespace

void CheckForm(const v1::CreateContainerRequest& request, Form& form) {
  const v1::Container& container = request.container();
  form.Wish("container.name", container.name(), "containers");
  form.Check(container.sscc().empty() || IsSscc(container.sscc()), "container.sscc",
             "must have 18 digits, of which the last checks the others; read it again");
  form.Check(container.sscc().empty() || !container.assign_sscc(), "container.assign_sscc",
             "must be false when sscc is given");
  form.Text("container.number", container.number(), kIdentifierMax);
  form.OptionalName("container.parent", container.parent(), "containers");
  form.OptionalName("container.location", container.location(), "locations");
  form.OptionalName("container.load", container.load(), "loads");
  form.Check(container.parent().empty() || container.location().empty(), "container.location",
             "must be empty when the container stands in another one");
}

absl::Status Apply(const v1::CreateContainerRequest& request, Step& step, v1::Container* answer) {
  const v1::Container& wanted = request.container();
  const auto name = step.WishedName("containers", wanted.name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  if (!wanted.sscc().empty()) {
    const auto holder = HolderOfSscc(step, wanted.sscc());
    LOOPDOCK_RETURN_IF_ERROR(holder.status());
    if (!holder->empty()) {
      return common::Error(absl::StatusCode::kAlreadyExists, "IDENTIFIER_TAKEN",
                           Cat("SSCC ", wanted.sscc(), " belongs to '", *holder, "'; use it."),
                           {{"name", *holder}});
    }
  }
  if (!wanted.load().empty()) LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Load>(wanted.load()));
  LOOPDOCK_RETURN_IF_ERROR(CheckParents(step, wanted.parent(), *name));
  v1::Fact fact;
  v1::Container* container = fact.mutable_container_set();
  container->set_name(*name);
  container->set_sscc(wanted.sscc());
  container->set_number(wanted.number());
  if (wanted.assign_sscc()) LOOPDOCK_RETURN_IF_ERROR(AssignSscc(step, container));
  container->set_parent(wanted.parent());
  container->set_load(wanted.load());
  container->set_location(wanted.location());
  if (wanted.parent().empty()) {
    if (wanted.location().empty()) {
      container->set_location(common::FormatName(step.site(), "locations", "dock"));
    }
    LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Location>(container->location()));
  }
  *container->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::SealContainerRequest& request, Form& form) {
  form.Name("name", request.name(), "containers");
}

absl::Status Apply(const v1::SealContainerRequest& request, Step& step, v1::Container* answer) {
  const auto container = step.Find<v1::Container>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(container.status());
  if (container->sealed()) {
    return Sealed(request.name(), " already.");
  }
  v1::Fact fact;
  *fact.mutable_container_set() = *container;
  fact.mutable_container_set()->set_sealed(true);
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

void CheckForm(const v1::MoveContainerRequest& request, Form& form) {
  form.Name("name", request.name(), "containers");
  form.OptionalName("location", request.location(), "locations");
  form.OptionalName("container", request.container(), "containers");
  form.Check(request.location().empty() != request.container().empty(), "location",
             "must be given, or a container, but not both");
}

// Where it stood is told by one fact and in what it stands now by another, so that followers of the
// feed who care for places alone need look at only one.
absl::Status Apply(const v1::MoveContainerRequest& request, Step& step, v1::Container* answer) {
  const auto container = step.Find<v1::Container>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(container.status());
  if (!container->parent().empty()) {
    const auto parent = step.Find<v1::Container>(container->parent());
    LOOPDOCK_RETURN_IF_ERROR(parent.status());
    if (parent->sealed()) return Sealed(container->parent(), kNothingPasses);
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckParents(step, request.container(), request.name()));
  const auto to = ResolveLocation(step.rows(), request.location(), request.container());
  LOOPDOCK_RETURN_IF_ERROR(to.status());
  const auto location = step.Find<v1::Location>(*to);
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*container, *location));
  const auto from = ResolveLocation(step.rows(), container->location(), container->parent());
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  const auto from_place = step.Find<v1::Location>(*from);
  LOOPDOCK_RETURN_IF_ERROR(from_place.status());
  LOOPDOCK_RETURN_IF_ERROR(
      CheckMayCarry(step, container->unsanitized_count() > 0, *from_place, *location));
  LOOPDOCK_RETURN_IF_ERROR(CheckMayStand(step, *container, *from_place, *location));
  if (request.container().empty() || *from != *to) {
    v1::Fact fact;
    fact.mutable_container_moved()->set_container(request.name());
    fact.mutable_container_moved()->set_from_location(*from);
    fact.mutable_container_moved()->set_to_location(*to);
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  if (!request.container().empty()) {
    v1::Fact fact;
    v1::Container* inside = fact.mutable_container_set();
    LOOPDOCK_RETURN_IF_ERROR(step.rows().ReadExpected(request.name(), inside));
    inside->set_parent(request.container());
    inside->clear_location();
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  return step.rows().ReadExpected(request.name(), answer);
}

}  // namespace loopdock::inventory
