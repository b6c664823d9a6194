// SPDX-License-Identifier: Apache-2.0
// CreateAsset: the command by which other systems book what arrives.
#include <algorithm>
#include <vector>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kCategoryMax = 64;

// Categories that another facility gave come with its name, CR6(b)(2)(A) and (B), and only then.
void CheckCategories(const v1::Asset& asset, Form& form) {
  form.Check(v1::Cosmetic_IsValid(asset.cosmetic()), "asset.cosmetic", "must be known");
  form.Check(v1::Functional_IsValid(asset.functional()), "asset.functional", "must be known");
  form.Check(v1::DataStatus_IsValid(asset.data_status()), "asset.data_status", "must be known");
  form.Check(v1::ControlledReason_IsValid(asset.controlled_reason()), "asset.controlled_reason",
             "must be known");
  form.Check(v1::UnrestrictedReason_IsValid(asset.unrestricted_reason()),
             "asset.unrestricted_reason", "must be known");
  if (asset.categorized_by().empty()) {
    form.Check(asset.cosmetic() == v1::COSMETIC_UNSPECIFIED &&
                   asset.functional() == v1::FUNCTIONAL_UNSPECIFIED &&
                   asset.data_status() == v1::DATA_STATUS_UNSPECIFIED &&
                   asset.unrestricted_reason() == v1::UNRESTRICTED_REASON_UNSPECIFIED &&
                   asset.control_exit() == v1::CONTROL_EXIT_UNSPECIFIED,
               "asset.categorized_by", "must name the facility that gave the categories");
    return;
  }
  form.Name("asset.categorized_by", asset.categorized_by(), "parties");
  form.Check(asset.control_exit() == v1::CONTROL_EXIT_R2_CATEGORIZED ||
                 asset.control_exit() == v1::CONTROL_EXIT_NON_R2_SAMPLED,
             "asset.control_exit", "must say what the categories of another facility rest on");
  const bool controlled = asset.applicability() == v1::R2_APPLICABILITY_CONTROLLED;
  form.Check(controlled || asset.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED,
             "asset.applicability", "must be controlled or unrestricted");
  form.Check(controlled == (asset.controlled_reason() != v1::CONTROLLED_REASON_UNSPECIFIED),
             "asset.controlled_reason", "must be given for controlled assets and only for those");
}

// Whose it is and on which terms, from the load or the supplier.
absl::Status SetOrigin(const v1::Asset& wanted, Step& step, v1::Asset* asset,
                       std::string* manifest) {
  asset->set_supplier(wanted.supplier());
  asset->set_no_resale(wanted.no_resale());
  asset->set_instruction(wanted.instruction());
  if (!wanted.load().empty()) {
    const auto load = step.Peek<v1::Load>(wanted.load());
    LOOPDOCK_RETURN_IF_ERROR(load.status());
    if ((*load)->state() == v1::LOAD_STATE_CLOSED) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "LOAD_CLOSED",
                           Cat("'", (*load)->name(), "' is closed; receive under a new load."),
                           {{"name", (*load)->name()}});
    }
    if (!wanted.supplier().empty() && wanted.supplier() != (*load)->supplier()) {
      return common::Error(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS",
                           Cat("asset.supplier must be empty or that of '", (*load)->name(), "', '",
                               (*load)->supplier(), "'."),
                           {{"name", (*load)->name()}});
    }
    asset->set_load((*load)->name());
    asset->set_supplier((*load)->supplier());
    asset->set_no_resale(wanted.no_resale() || (*load)->no_resale());
    if ((*load)->instruction() != v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
      asset->set_instruction((*load)->instruction());
    }
    *manifest = (*load)->manifest();
  }
  if (asset->supplier().empty()) asset->set_supplier("parties/unknown");
  const auto supplier = step.Peek<v1::Party>(asset->supplier());
  LOOPDOCK_RETURN_IF_ERROR(supplier.status());
  asset->set_no_resale(asset->no_resale() || (*supplier)->no_resale() ||
                       asset->instruction() == v1::SUPPLIER_INSTRUCTION_DESTROY);
  return step.ReferenceIsFree("assets", asset->supplier(), wanted.external_ref(), "");
}

// Where it stands. What may hold data is booked wherever it is, as at the dock.
absl::Status SetPlace(const v1::Asset& wanted, Step& step, v1::Asset* asset) {
  asset->set_container(wanted.container());
  if (wanted.container().empty()) {
    asset->set_location(wanted.location().empty()
                            ? common::FormatName(step.site(), "locations", "dock")
                            : wanted.location());
  }
  const auto place = PlaceToPut(step, asset->location(), asset->container());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  if (place->secured()) asset->set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
  return absl::OkStatus();
}

// What another facility found. Its sanitization still needs the release of our representative.
absl::Status SetCategories(const v1::Asset& wanted, Step& step, v1::Asset* asset) {
  if (wanted.categorized_by().empty()) {
    const bool open = wanted.applicability() == v1::R2_APPLICABILITY_UNSPECIFIED;
    return R01StartsControlled(asset->name(),
                               open ? asset->applicability() : wanted.applicability(),
                               wanted.controlled_reason() == v1::CONTROLLED_REASON_UNSPECIFIED
                                   ? asset->controlled_reason()
                                   : wanted.controlled_reason());
  }
  const auto facility = step.Find<v1::Party>(wanted.categorized_by());
  LOOPDOCK_RETURN_IF_ERROR(facility.status());
  LOOPDOCK_RETURN_IF_ERROR(R20CategoriesAreBacked(asset->name(), wanted.control_exit(), *facility,
                                                  step.evidence(), step.facility_rules(),
                                                  step.now()));
  asset->set_categorized_by(wanted.categorized_by());
  asset->set_applicability(wanted.applicability());
  asset->set_controlled_reason(wanted.controlled_reason());
  asset->set_unrestricted_reason(wanted.unrestricted_reason());
  if (wanted.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED) {
    asset->set_control_exit(wanted.control_exit());
  }
  asset->set_cosmetic(wanted.cosmetic());
  asset->set_functional(wanted.functional());
  if (wanted.functional() >= v1::FUNCTIONAL_F1) asset->clear_functional_gap();
  switch (wanted.data_status()) {
    case v1::DATA_STATUS_UNSPECIFIED:
      return absl::OkStatus();
    case v1::DATA_STATUS_SANITIZED_CLEAR:
    case v1::DATA_STATUS_SANITIZED_PURGE:
      asset->set_data_device_state(v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL);
      break;
    case v1::DATA_STATUS_DESTROYED:
      asset->set_data_device_state(v1::DATA_DEVICE_STATE_DESTROYED);
      break;
    case v1::DATA_STATUS_SANITIZATION_FAILED:
      asset->set_data_device_state(v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION);
      break;
    default:
      break;
  }
  asset->set_data_status(wanted.data_status());
  return absl::OkStatus();
}

}  // namespace

void CheckForm(const v1::CreateAssetRequest& request, Form& form) {
  const v1::Asset& asset = request.asset();
  form.Check(asset.name().empty(), "asset.name", "must be empty; the server names assets");
  form.Identifiers("asset.identifiers", asset.identifiers());
  form.Text("asset.maker", asset.maker());
  form.Text("asset.model", asset.model());
  form.Text("asset.category", asset.category(), kCategoryMax);
  form.Check(asset.gtin().empty() || !NormaliseGtin(asset.gtin()).empty(), "asset.gtin",
             "must have 8 to 14 digits");
  form.OptionalName("asset.load", asset.load(), "loads");
  form.OptionalName("asset.supplier", asset.supplier(), "parties");
  form.OptionalName("asset.location", asset.location(), "locations");
  form.OptionalName("asset.container", asset.container(), "containers");
  form.Check(asset.location().empty() || asset.container().empty(), "asset.location",
             "must be empty when the asset is in a container");
  form.OptionalName("asset.previous_life", asset.previous_life(), "assets");
  form.Mass("asset.mass_g", asset.mass_g());
  form.FocusMaterials("asset.focus_materials", asset.focus_materials());
  form.Text("asset.external_ref", asset.external_ref(), kIdentifierMax);
  form.Check(v1::SupplierInstruction_IsValid(asset.instruction()), "asset.instruction",
             "must be known");
  CheckCategories(asset, form);
}

void DeclareReads(const v1::CreateAssetRequest& request, Reads& reads) {
  const v1::Asset& asset = request.asset();
  reads.Name(asset.load());
  reads.Name(asset.supplier());
  reads.Name(asset.location());
  reads.Name(asset.container());
  for (const v1::Identifier& identifier : asset.identifiers()) {
    reads.Row(kIdentifiers, IdentifierKey(reads.site(), identifier.kind(), identifier.value()));
  }
}

absl::Status Apply(const v1::CreateAssetRequest& request, Step& step, v1::Asset* answer) {
  const v1::Asset& wanted = request.asset();
  v1::Asset asset = StartAsset(step);
  const std::string name = asset.name();
  std::string manifest;
  LOOPDOCK_RETURN_IF_ERROR(SetOrigin(wanted, step, &asset, &manifest));
  LOOPDOCK_RETURN_IF_ERROR(SetPlace(wanted, step, &asset));
  LOOPDOCK_RETURN_IF_ERROR(SetCategories(wanted, step, &asset));
  asset.set_maker(std::string(Trim(wanted.maker())));
  asset.set_model(std::string(Trim(wanted.model())));
  asset.set_gtin(NormaliseGtin(wanted.gtin()));
  asset.set_category(wanted.category());
  asset.set_mass_g(wanted.mass_g());
  *asset.mutable_focus_materials() = wanted.focus_materials();
  asset.set_external_ref(wanted.external_ref());
  if (!wanted.previous_life().empty()) {
    const auto earlier = step.Find<v1::Asset>(wanted.previous_life());
    LOOPDOCK_RETURN_IF_ERROR(earlier.status());
    if (IsOpen(*earlier)) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "PREVIOUS_LIFE_OPEN",
                           Cat("'", earlier->name(),
                               "' is still here; use that asset, or merge the two afterwards."),
                           {{"name", earlier->name()}});
    }
    asset.set_previous_life(wanted.previous_life());
  }
  std::vector<v1::Identifier> identifiers;
  for (const v1::Identifier& identifier : wanted.identifiers()) {
    const auto same = [&](const v1::Identifier& known) {
      return SameIdentifier(known, identifier);
    };
    if (std::none_of(identifiers.begin(), identifiers.end(), same)) {
      identifiers.push_back(identifier);
    }
  }
  LOOPDOCK_RETURN_IF_ERROR(RegisterAsset(step, std::move(asset), identifiers, manifest));
  return step.Answer(name, answer);
}

}  // namespace loopdock::inventory
