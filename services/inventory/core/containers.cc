// SPDX-License-Identifier: Apache-2.0
// Containers: made, sealed, moved.
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

absl::Status Sealed(std::string_view name, std::string_view what) {
  return common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_SEALED",
                       Cat("'", name, "' is sealed", what), {{"name", std::string(name)}});
}

constexpr std::string_view kNothingPasses = "; nothing goes in or out. Choose another container.";

// Refuses a chain of containers that is as deep as it may be, or sealed.
absl::Status CheckParents(Step& step, std::string_view parent) {
  std::string name(parent);
  for (int depth = 1; !name.empty(); ++depth) {
    if (depth >= kContainerDepthMax) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "CONTAINER_TOO_DEEP",
                           Cat("Containers stand in containers at most ", kContainerDepthMax,
                               " deep; choose an outer one."),
                           {{"name", std::string(parent)}});
    }
    const auto outer = step.Find<v1::Container>(name);
    LOOPDOCK_RETURN_IF_ERROR(outer.status());
    if (outer->sealed()) return Sealed(name, kNothingPasses);
    name = outer->parent();
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
  LOOPDOCK_RETURN_IF_ERROR(CheckParents(step, wanted.parent()));
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
  form.Name("location", request.location(), "locations");
}

absl::Status Apply(const v1::MoveContainerRequest& request, Step& step, v1::Container* answer) {
  const auto container = step.Find<v1::Container>(request.name());
  LOOPDOCK_RETURN_IF_ERROR(container.status());
  if (!container->parent().empty()) {
    const auto parent = step.Find<v1::Container>(container->parent());
    LOOPDOCK_RETURN_IF_ERROR(parent.status());
    if (parent->sealed()) return Sealed(container->parent(), kNothingPasses);
  }
  const auto location = step.Find<v1::Location>(request.location());
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*container, *location));
  const auto from = ResolveLocation(step.rows(), container->location(), container->parent());
  LOOPDOCK_RETURN_IF_ERROR(from.status());
  v1::Fact fact;
  fact.mutable_container_moved()->set_container(request.name());
  fact.mutable_container_moved()->set_from_location(*from);
  fact.mutable_container_moved()->set_to_location(request.location());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.name(), answer);
}

}  // namespace loopdock::inventory
