// SPDX-License-Identifier: Apache-2.0
// RecordWeighing: what a scale said, with what looks wrong about it.
#include <algorithm>

#include "services/inventory/core/commands.h"
#include "services/inventory/core/life.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kRawMax = 200;
// A net mass that differs by more than this share of what is known is asked about.
constexpr std::int64_t kDifferencePercent = 25;
// Where some of it is only what is usual: things of one category differ by as much.
constexpr std::int64_t kUsualTimes = 3;

// What is there by the record, for certain or as is usual of such things.
struct Known {
  std::string_view what;
  std::int64_t mass_g = 0;
  bool usual = false;
};

bool Differs(std::int64_t net_g, const Known& known) {
  if (known.mass_g == 0) return false;
  if (known.usual) {
    return net_g > known.mass_g * kUsualTimes || net_g * kUsualTimes < known.mass_g;
  }
  return std::abs(net_g - known.mass_g) * 100 > known.mass_g * kDifferencePercent;
}

void WarnOfDifference(const Known& known, v1::Weighing* weighing) {
  if (!Differs(weighing->net_mass_g(), known)) return;
  weighing->add_warnings(Cat("Net mass is ", weighing->net_mass_g(), " g, and ", known.what, " ",
                             known.mass_g, " g; weigh again or count."));
}

// What is in the container is known only where every asset in it has a mass, its own or that of its
// category, and no container ever stood in it.
absl::Status WeighContainer(Step& step, v1::Weighing* weighing) {
  const auto container = step.Find<v1::Container>(weighing->subject());
  LOOPDOCK_RETURN_IF_ERROR(container.status());
  // What stands in another container is weighed with that one; what was counted goes on being so.
  if (container->parent().empty() || !container->weighing().load().empty()) {
    weighing->set_load(container->load());
  }
  const auto height = step.Look(Lookup::kHeight, IdOf(weighing->subject()));
  LOOPDOCK_RETURN_IF_ERROR(height.status());
  const std::int64_t typical = container->assets_typical_count();
  if (height->has_value() ||
      container->assets_with_mass_count() + typical != container->asset_count()) {
    return absl::OkStatus();
  }
  WarnOfDifference({.what = typical == 0 ? "the assets in it have" : "things like those in it have",
                    .mass_g = container->assets_mass_g() + container->assets_typical_mass_g(),
                    .usual = typical > 0},
                   weighing);
  return absl::OkStatus();
}

absl::Status WeighLot(Step& step, v1::Weighing* weighing) {
  const auto lot = step.Find<v1::Lot>(weighing->subject());
  LOOPDOCK_RETURN_IF_ERROR(lot.status());
  weighing->set_load(lot->load());
  WarnOfDifference({"the lot is recorded with", lot->mass_g()}, weighing);
  return absl::OkStatus();
}

absl::Status WeighAsset(Step& step, v1::Weighing* weighing) {
  const auto asset = step.OpenAsset(weighing->subject());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  weighing->set_load(asset->load());
  WarnOfDifference({"it is recorded with", asset->mass_g()}, weighing);
  return absl::OkStatus();
}

}  // namespace

void CheckForm(const v1::RecordWeighingRequest& request, Form& form) {
  const v1::Weighing& weighing = request.weighing();
  const std::string_view tail = TailOf(weighing.subject());
  const std::string_view collection = tail.substr(0, tail.find('/'));
  const bool known = collection == "containers" || collection == "lots" || collection == "assets";
  form.Check(known, "weighing.subject", "must be the name of a container, a lot or an asset");
  if (known) form.Name("weighing.subject", weighing.subject(), collection);
  form.Mass("weighing.gross_mass_g", weighing.gross_mass_g());
  form.Check(weighing.gross_mass_g() > 0, "weighing.gross_mass_g", "is required");
  form.Mass("weighing.tare_mass_g", weighing.tare_mass_g());
  form.Check(weighing.tare_mass_g() < weighing.gross_mass_g(), "weighing.tare_mass_g",
             "must be less than gross_mass_g");
  form.Required("weighing.scale", weighing.scale(), kIdentifierMax);
  form.Check(weighing.raw().size() <= kRawMax, "weighing.raw",
             Cat("must have at most ", kRawMax, " bytes"));
  form.Check(weighing.raw().empty() || !weighing.typed(), "weighing.raw",
             "must be empty for what a person typed");
}

void DeclareReads(const v1::RecordWeighingRequest& request, Reads& reads) {
  reads.Name(request.weighing().subject());
}

absl::Status Apply(const v1::RecordWeighingRequest& request, Step& step, v1::Weighing* answer) {
  v1::Fact fact;
  v1::Weighing* weighing = fact.mutable_weighing_recorded();
  *weighing = request.weighing();
  weighing->set_net_mass_g(weighing->gross_mass_g() - weighing->tare_mass_g());
  weighing->clear_warnings();
  weighing->clear_load();
  *weighing->mutable_create_time() = step.server_time();
  const std::string_view tail = TailOf(weighing->subject());
  LOOPDOCK_RETURN_IF_ERROR(tail.starts_with("containers/") ? WeighContainer(step, weighing)
                           : tail.starts_with("lots/")     ? WeighLot(step, weighing)
                                                           : WeighAsset(step, weighing));
  *answer = *weighing;
  return step.Emit(std::move(fact));
}

}  // namespace loopdock::inventory
