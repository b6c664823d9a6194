// SPDX-License-Identifier: Apache-2.0
// Harvest, teardown and shredding: what goes in, what comes out, and that nothing is lost between.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/life.h"
#include "services/inventory/core/outbound.h"

namespace loopdock::inventory {
namespace {

constexpr int kSidesMax = 100;  // inputs, and outputs

void CheckInput(const v1::TransformationInput& input, const std::string& at, Form& form) {
  form.Check(input.asset().empty() != input.lot().empty(), Cat(at, ".asset"),
             "must be given, or a lot, but not both");
  form.OptionalName(Cat(at, ".asset"), input.asset(), "assets");
  form.OptionalName(Cat(at, ".lot"), input.lot(), "lots");
  form.Count(Cat(at, ".piece_count"), input.piece_count(), kPiecesMax);
  form.Check(input.asset().empty() || input.piece_count() == 0, Cat(at, ".piece_count"),
             "must be empty for an asset");
  form.Mass(Cat(at, ".mass_g"), input.mass_g());
  form.Check(input.mass_g() > 0, Cat(at, ".mass_g"), "is required; weigh it");
}

void CheckOutput(const v1::TransformationOutput& output, const std::string& at, Form& form) {
  form.OptionalName(Cat(at, ".lot"), output.lot(), "lots");
  form.Check(output.serial().empty() || IsIdentifierValue(output.serial()), Cat(at, ".serial"),
             Cat("must have at most ", kIdentifierMax, " bytes and no control characters"));
  form.Check(output.lot().empty() || output.serial().empty(), Cat(at, ".serial"),
             "must be empty for what is added to a lot");
  const bool is_new_lot = output.lot().empty() && output.serial().empty();
  form.Text(Cat(at, ".description"), output.description());
  form.Check(!is_new_lot || !Trim(output.description()).empty(), Cat(at, ".description"),
             "is required for a new lot");
  form.Text(Cat(at, ".category"), output.category(), 64);
  form.Check(!is_new_lot || !output.category().empty(), Cat(at, ".category"),
             "is required for a new lot");
  form.Count(Cat(at, ".piece_count"), output.piece_count(), kPiecesMax);
  form.Mass(Cat(at, ".mass_g"), output.mass_g());
  form.Check(output.mass_g() > 0, Cat(at, ".mass_g"), "is required; weigh it");
  form.OptionalName(Cat(at, ".location"), output.location(), "locations");
  form.FocusMaterials(Cat(at, ".focus_materials"), output.focus_materials());
  form.Check(v1::ControlledReason_IsValid(output.controlled_reason()) &&
                 v1::UnrestrictedReason_IsValid(output.unrestricted_reason()) &&
                 (output.controlled_reason() == v1::CONTROLLED_REASON_UNSPECIFIED ||
                  output.unrestricted_reason() == v1::UNRESTRICTED_REASON_UNSPECIFIED),
             Cat(at, ".controlled_reason"), "or unrestricted_reason must be given, not both");
  form.Check(output.unrestricted_reason() == v1::UNRESTRICTED_REASON_UNSPECIFIED ||
                 (output.focus_materials_size() == 0 && !output.data_bearing()),
             Cat(at, ".unrestricted_reason"),
             "must be empty for what has focus materials in it or may hold data");
}

// What the outputs take over from all that went in.
struct Sources {
  std::vector<std::string> assets;
  std::optional<google::protobuf::Timestamp> received;  // the earliest: no clock starts anew
  std::optional<std::string> supplier;                  // of all, or "" where they differ
  bool no_resale = false;
  v1::SupplierInstruction instruction = v1::SUPPLIER_INSTRUCTION_UNSPECIFIED;  // the strictest
  bool may_hold_data = false;
};

// One run on its way to facts.
class Run {
 public:
  Run(const v1::RecordTransformationRequest& request, Step& step)
      : step_(step), run_(request.transformation()) {}

  absl::Status Record(v1::Transformation* answer);

 private:
  bool is(v1::TransformationKind kind) const { return run_.kind() == kind; }
  absl::Status TakeAsset(const v1::TransformationInput& input);
  absl::Status TakeLot(v1::TransformationInput* input);
  template <typename Thing>
  void AddSource(const Thing& thing);
  absl::Status CheckMass() const;
  absl::Status EmitTaken();
  absl::Status EmitLot(const v1::TransformationOutput& output);
  absl::Status EmitAddition(const v1::TransformationOutput& output);
  absl::Status EmitAsset(const v1::TransformationOutput& output, v1::Asset asset);

  Step& step_;
  v1::Transformation run_;
  Sources sources_;
  std::vector<std::string> used_up_;  // assets with what is built into them
  std::vector<v1::ShippedLot> taken_;
};

template <typename Thing>
void Run::AddSource(const Thing& thing) {
  if (!sources_.received.has_value() ||
      FromTimestamp(thing.received_time()) < FromTimestamp(*sources_.received)) {
    sources_.received = thing.received_time();
  }
  if (!sources_.supplier.has_value()) sources_.supplier = thing.supplier();
  if (*sources_.supplier != thing.supplier()) sources_.supplier = "";
  sources_.no_resale = sources_.no_resale || thing.no_resale();
  if (sources_.instruction != v1::SUPPLIER_INSTRUCTION_DESTROY &&
      thing.instruction() != v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
    sources_.instruction = thing.instruction();
  }
}

absl::Status Run::TakeAsset(const v1::TransformationInput& input) {
  const auto asset = LooseAsset(step_, input.asset());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(NotSealed(step_, asset->container()));
  AddSource(*asset);
  sources_.assets.push_back(asset->name());
  if (is(v1::TRANSFORMATION_KIND_HARVEST)) {
    sources_.may_hold_data = sources_.may_hold_data || !IsDataSafe(*asset);
    if (asset->mass_g() == 0 || input.mass_g() <= asset->mass_g()) return absl::OkStatus();
    return common::Error(absl::StatusCode::kFailedPrecondition, "MASS_NOT_BALANCED",
                         Cat("'", asset->name(), "' has ", asset->mass_g(), " g, and ",
                             input.mass_g(), " g cannot be taken out of it; weigh again."),
                         {{"name", asset->name()}});
  }
  LOOPDOCK_RETURN_IF_ERROR(R05MayBeTakenApart(*asset));
  const auto components = ComponentsOf(step_.rows(), step_.site(), asset->name());
  LOOPDOCK_RETURN_IF_ERROR(components.status());
  used_up_.push_back(asset->name());
  used_up_.insert(used_up_.end(), components->begin(), components->end());
  return absl::OkStatus();
}

absl::Status Run::TakeLot(v1::TransformationInput* input) {
  const auto lot = step_.Find<v1::Lot>(input->lot());
  LOOPDOCK_RETURN_IF_ERROR(lot.status());
  auto part = PartOfLot(*lot, input->piece_count(), input->mass_g());
  LOOPDOCK_RETURN_IF_ERROR(part.status());
  taken_.push_back(*std::move(part));
  AddSource(*lot);
  if (!lot->data_bearing()) return absl::OkStatus();
  sources_.may_hold_data = true;
  if (is(v1::TRANSFORMATION_KIND_SHRED)) {  // this is what destroys the data
    v1::Sanitization destruction;
    destruction.set_asset(lot->name());
    destruction.set_method(v1::SANITIZATION_METHOD_DESTROY);
    *destruction.mutable_evidence() = run_.evidence();
    return R19DestructionIsFilmed(destruction);
  }
  const bool comes_out =
      std::any_of(run_.outputs().begin(), run_.outputs().end(),
                  [](const v1::TransformationOutput& output) { return output.data_bearing(); });
  return R05MayBeTakenApart(*lot, comes_out);
}

// The facility says what a run may lose; what is weighed may also come out a little too heavy.
absl::Status Run::CheckMass() const {
  std::int64_t in = 0;
  std::int64_t out = 0;
  for (const v1::TransformationInput& input : run_.inputs()) in += input.mass_g();
  for (const v1::TransformationOutput& output : run_.outputs()) out += output.mass_g();
  const std::int64_t most = in * step_.facility_rules().loss_ppm() / 1'000'000;
  const std::int64_t difference = in - out - run_.loss_g();
  if (in - out <= most && -difference <= most) return absl::OkStatus();
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "MASS_NOT_BALANCED",
      Cat("What went in has ", in, " g, what came out ", out, " g, and ", run_.loss_g(),
          " g are said to be lost: ", difference, " g are not accounted for. At most ", most,
          " g may be lost or too much; weigh again."),
      {{"input_g", std::to_string(in)},
       {"output_g", std::to_string(out)},
       {"loss_g", std::to_string(run_.loss_g())},
       {"difference_g", std::to_string(difference)},
       {"allowed_g", std::to_string(most)}});
}

absl::Status Run::EmitTaken() {
  for (const std::string& asset : used_up_) {
    v1::Fact fact;
    fact.mutable_asset_transformed()->set_asset(asset);
    fact.mutable_asset_transformed()->set_transformation(run_.name());
    LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  }
  for (const v1::ShippedLot& part : taken_) {
    v1::Fact fact;
    v1::LotTaken* taken = fact.mutable_lot_taken();
    taken->set_lot(part.lot());
    taken->set_piece_count(part.piece_count());
    taken->set_mass_g(part.mass_g());
    taken->set_taken_by(run_.name());
    LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  }
  return absl::OkStatus();
}

// Control status as the run says it; each output is categorized again, Appendix E(9).
template <typename Thing>
void SetControl(const v1::TransformationOutput& output, Thing* thing) {
  if (output.unrestricted_reason() != v1::UNRESTRICTED_REASON_UNSPECIFIED) {
    thing->set_applicability(v1::R2_APPLICABILITY_UNRESTRICTED);
    thing->clear_controlled_reason();
    thing->set_unrestricted_reason(output.unrestricted_reason());
    return;
  }
  thing->set_applicability(v1::R2_APPLICABILITY_CONTROLLED);
  thing->set_controlled_reason(output.controlled_reason() == v1::CONTROLLED_REASON_UNSPECIFIED
                                   ? v1::CONTROLLED_REASON_UNEVALUATED
                                   : output.controlled_reason());
}

absl::Status Run::EmitLot(const v1::TransformationOutput& output) {
  v1::Fact fact;
  v1::Lot* lot = fact.mutable_lot_set();
  lot->set_name(output.made());
  lot->set_description(output.description());
  lot->set_category(output.category());
  lot->set_piece_count(output.piece_count());
  lot->set_mass_g(output.mass_g());
  lot->set_location(output.location());
  lot->set_supplier(*sources_.supplier);
  // What is shredded is material, which CR6(d)(3) lets go.
  lot->set_no_resale(sources_.no_resale && !is(v1::TRANSFORMATION_KIND_SHRED));
  if (!is(v1::TRANSFORMATION_KIND_SHRED)) lot->set_instruction(sources_.instruction);
  *lot->mutable_focus_materials() = output.focus_materials();
  lot->set_data_bearing(output.data_bearing());
  lot->set_transformation(run_.name());
  SetControl(output, lot);
  *lot->mutable_received_time() = *sources_.received;
  *lot->mutable_create_time() = step_.server_time();
  const auto place = step_.Find<v1::Location>(output.location());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*lot, *place));
  return step_.Emit(std::move(fact));
}

absl::Status Run::EmitAddition(const v1::TransformationOutput& output) {
  const auto before = step_.Find<v1::Lot>(output.lot());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  v1::Fact fact;
  v1::Lot* lot = fact.mutable_lot_set();
  *lot = *before;
  v1::Lot added;
  SetControl(output, &added);
  if ((!output.category().empty() && output.category() != lot->category()) ||
      (!output.location().empty() && output.location() != lot->location()) ||
      added.applicability() != lot->applicability()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "LOT_DIFFERS",
                         Cat("'", lot->name(),
                             "' has another category, place or control status than what is added; "
                             "make a new lot of it."),
                         {{"name", lot->name()}});
  }
  lot->set_piece_count(lot->piece_count() + output.piece_count());
  lot->set_mass_g(lot->mass_g() + output.mass_g());
  lot->set_no_resale(lot->no_resale() ||
                     (sources_.no_resale && !is(v1::TRANSFORMATION_KIND_SHRED)));
  if (!is(v1::TRANSFORMATION_KIND_SHRED) &&
      lot->instruction() == v1::SUPPLIER_INSTRUCTION_UNSPECIFIED) {
    lot->set_instruction(sources_.instruction);
  }
  lot->set_data_bearing(lot->data_bearing() || output.data_bearing());
  for (const int material : output.focus_materials()) {
    const auto& known = lot->focus_materials();
    if (std::find(known.begin(), known.end(), material) == known.end()) {
      lot->add_focus_materials(static_cast<v1::FocusMaterial>(material));
    }
  }
  if (FromTimestamp(*sources_.received) < FromTimestamp(lot->received_time())) {
    *lot->mutable_received_time() = *sources_.received;
  }
  const auto place = step_.Find<v1::Location>(lot->location());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(*lot, *place));
  return step_.Emit(std::move(fact));
}

// A component that comes out of what may hold data is not free of it because somebody says so: that
// takes an evaluation on the record.
absl::Status Run::EmitAsset(const v1::TransformationOutput& output, v1::Asset asset) {
  asset.set_model(output.description());
  asset.set_category(output.category());
  asset.set_mass_g(output.mass_g());
  asset.set_location(output.location());
  asset.set_supplier(*sources_.supplier);
  asset.set_no_resale(sources_.no_resale);
  asset.set_instruction(sources_.instruction);
  *asset.mutable_focus_materials() = output.focus_materials();
  asset.set_transformation(run_.name());
  if (sources_.assets.size() == 1) asset.set_parent(sources_.assets.front());
  *asset.mutable_received_time() = *sources_.received;
  *asset.mutable_control_start_time() = *sources_.received;
  if (output.data_bearing()) {
    asset.set_data_status(v1::DATA_STATUS_DATA_PRESENT);
  } else if (!sources_.may_hold_data) {
    asset.set_data_status(v1::DATA_STATUS_NO_STORAGE);
  }
  const auto place = step_.Find<v1::Location>(output.location());
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  LOOPDOCK_RETURN_IF_ERROR(R05StandsSecured(asset, *place));
  SetControl(output, &asset);
  if (asset.applicability() == v1::R2_APPLICABILITY_UNRESTRICTED) {
    asset.set_control_exit(v1::CONTROL_EXIT_NOT_CONTROLLED);
    LOOPDOCK_RETURN_IF_ERROR(
        ExitIsJustified(asset, asset.control_exit(), v1::UNRESTRICTED_REASON_UNSPECIFIED));
  }
  v1::Identifier serial;
  serial.set_kind(v1::IDENTIFIER_KIND_SERIAL);
  serial.set_value(std::string(Trim(output.serial())));
  return RegisterAsset(step_, std::move(asset), {serial}, "");
}

absl::Status Run::Record(v1::Transformation* answer) {
  LOOPDOCK_RETURN_IF_ERROR(step_.Exists<v1::Location>(run_.location()));
  run_.set_name(step_.NewName("transformations"));
  if (run_.operator_().empty()) run_.set_operator_(step_.actor());
  *run_.mutable_create_time() = step_.server_time();
  for (v1::TransformationInput& input : *run_.mutable_inputs()) {
    LOOPDOCK_RETURN_IF_ERROR(input.asset().empty() ? TakeLot(&input) : TakeAsset(input));
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckMass());
  std::vector<v1::Asset> assets;
  for (v1::TransformationOutput& output : *run_.mutable_outputs()) {
    if (!output.lot().empty()) {
      output.set_made(output.lot());
      continue;
    }
    if (output.location().empty()) output.set_location(run_.location());
    if (output.serial().empty()) {
      output.set_made(step_.NewName("lots"));
    } else {
      assets.push_back(StartAsset(step_));
      output.set_made(assets.back().name());
    }
  }
  v1::Fact fact;
  *fact.mutable_transformation_recorded() = run_;
  LOOPDOCK_RETURN_IF_ERROR(step_.Emit(std::move(fact)));
  LOOPDOCK_RETURN_IF_ERROR(EmitTaken());
  auto asset = assets.begin();
  for (const v1::TransformationOutput& output : run_.outputs()) {
    absl::Status emitted;
    if (!output.lot().empty()) {
      emitted = EmitAddition(output);
    } else if (output.serial().empty()) {
      emitted = EmitLot(output);
    } else {
      emitted = EmitAsset(output, std::move(*asset++));
    }
    LOOPDOCK_RETURN_IF_ERROR(emitted);
  }
  return step_.rows().ReadExpected(run_.name(), answer);
}

}  // namespace

void CheckForm(const v1::RecordTransformationRequest& request, Form& form) {
  const v1::Transformation& run = request.transformation();
  form.Check(run.name().empty(), "transformation.name", "must be empty; the server names runs");
  form.Check(run.kind() != v1::TRANSFORMATION_KIND_UNSPECIFIED &&
                 v1::TransformationKind_IsValid(run.kind()),
             "transformation.kind", "must be a known kind");
  form.Name("transformation.location", run.location(), "locations");
  form.Text("transformation.operator", run.operator_());
  form.Mass("transformation.loss_g", run.loss_g());
  form.FocusMaterials("transformation.focus_materials_removed", run.focus_materials_removed());
  form.Evidence("transformation.evidence", run.evidence());
  form.Check(run.inputs_size() > 0 && run.inputs_size() <= kSidesMax, "transformation.inputs",
             Cat("must have 1 to ", kSidesMax, " entries"));
  form.Check(run.outputs_size() > 0 && run.outputs_size() <= kSidesMax, "transformation.outputs",
             Cat("must have 1 to ", kSidesMax, " entries"));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < std::min(run.inputs_size(), kSidesMax); ++i) {
    const std::string at = Cat("transformation.inputs[", i, "]");
    CheckInput(run.inputs(i), at, form);
    form.Check(seen.insert(Cat(run.inputs(i).asset(), run.inputs(i).lot())).second, at,
               "is there twice");
  }
  for (int i = 0; i < std::min(run.outputs_size(), kSidesMax); ++i) {
    CheckOutput(run.outputs(i), Cat("transformation.outputs[", i, "]"), form);
  }
}

void DeclareReads(const v1::RecordTransformationRequest& request, Reads& reads) {
  const v1::Transformation& run = request.transformation();
  reads.Name(run.location());
  for (const v1::TransformationInput& input : run.inputs()) {
    reads.Name(input.asset());
    reads.Name(input.lot());
  }
  for (const v1::TransformationOutput& output : run.outputs()) {
    reads.Name(output.lot());
    reads.Name(output.location());
  }
}

absl::Status Apply(const v1::RecordTransformationRequest& request, Step& step,
                   v1::Transformation* answer) {
  return Run(request, step).Record(answer);
}

}  // namespace loopdock::inventory
