// SPDX-License-Identifier: Apache-2.0
// Containers: made, sealed, moved.
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

}  // namespace

void CheckForm(const v1::CreateContainerRequest& request, Form& form) {
  const v1::Container& container = request.container();
  form.Wish("container.name", container.name(), "containers");
  form.Check(container.sscc().empty() ||
                 (container.sscc().size() == 18 &&
                  container.sscc().find_first_not_of("0123456789") == std::string::npos),
             "container.sscc", "must have 18 digits");
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
    v1::Identifier identifier;
    identifier.set_kind(v1::IDENTIFIER_KIND_SSCC);
    identifier.set_value(wanted.sscc());
    const auto holders = step.Holders(identifier);
    LOOPDOCK_RETURN_IF_ERROR(holders.status());
    if (!holders->empty()) {
      const std::string other = Cat("sites/", step.site(), "/", holders->front().target);
      return common::Error(absl::StatusCode::kAlreadyExists, "IDENTIFIER_TAKEN",
                           Cat("SSCC ", wanted.sscc(), " belongs to '", other, "'; use it."),
                           {{"name", other}});
    }
  }
  if (!wanted.load().empty()) LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Load>(wanted.load()));
  LOOPDOCK_RETURN_IF_ERROR(CheckParents(step, wanted.parent(), *name));
  v1::Fact fact;
  v1::Container* container = fact.mutable_container_set();
  container->set_name(*name);
  container->set_sscc(wanted.sscc());
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
