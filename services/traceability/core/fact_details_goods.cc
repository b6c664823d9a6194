// SPDX-License-Identifier: Apache-2.0
// Facts about goods: identities, components, transformations, stock takes, processes.
#include <string>

#include "services/traceability/core/fact_details.h"
#include "services/traceability/core/fact_words.h"

namespace loopdock::traceability::details {

// The event is about the identity that ends; who has its label is led to the other one.
void AssetMerged(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_merged().asset());
  About(details, fact.asset_merged().absorbed());
  details.epcs = {fact.asset_merged().absorbed()};
  Put(details, "merged_into", fact.asset_merged().asset());
}

void ComponentInstalled(const Fact& fact, FactDetails& details) {
  About(details, fact.component_installed().asset());
  About(details, fact.component_installed().host());
  details.epcs = {fact.component_installed().asset()};
  details.parent = fact.component_installed().host();
}

void ComponentRemoved(const Fact& fact, FactDetails& details) {
  const v1::ComponentRemoved& removed = fact.component_removed();
  About(details, removed.asset());
  About(details, removed.host());
  About(details, removed.to_container());
  details.epcs = {removed.asset()};
  details.parent = removed.host();
  details.location = removed.to_location();
  Put(details, "to_container", removed.to_container());
}

void TransformationRecorded(const Fact& fact, FactDetails& details) {
  const v1::Transformation& run = fact.transformation_recorded();
  About(details, run.name());
  std::int64_t in = 0;
  for (const v1::TransformationInput& input : run.inputs()) {
    About(details, input.asset());
    About(details, input.lot());
    in += input.mass_g();
    if (!input.asset().empty()) {
      details.epcs.push_back(input.asset());
    } else {
      AddQuantity(details.event.input_quantities, input.lot(), input.piece_count(), input.mass_g());
    }
  }
  std::int64_t out = 0;
  for (const v1::TransformationOutput& output : run.outputs()) {
    About(details, output.made());
    out += output.mass_g();
    if (output.made().empty()) continue;
    if (!output.serial().empty()) {
      details.outputs.push_back(output.made());
    } else {
      AddQuantity(details.event.quantities, output.made(), output.piece_count(), output.mass_g());
    }
  }
  details.transformation = run.name();
  details.location = run.location();
  if (run.kind() == v1::TRANSFORMATION_KIND_SHRED) details.event.biz_step = "destroying";
  Put(details, "transformation_kind", Word(run.kind(), "TRANSFORMATION_KIND_"));
  PutCount(details, "input_mass_g", in);
  PutCount(details, "output_mass_g", out);
  PutCount(details, "loss_g", run.loss_g());
  for (const int removed : run.focus_materials_removed()) {
    Put(details, "focus_material_removed",
        Word(static_cast<v1::FocusMaterial>(removed), "FOCUS_MATERIAL_"));
  }
  Put(details, "operator", run.operator_());
  PutEvidence(details, run.evidence());
}

void AssetTransformed(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_transformed().asset());
  About(details, fact.asset_transformed().transformation());
}

void LotTaken(const Fact& fact, FactDetails& details) {
  About(details, fact.lot_taken().lot());
  About(details, fact.lot_taken().taken_by());
  PutCount(details, "piece_count", fact.lot_taken().piece_count());
  PutCount(details, "mass_g", fact.lot_taken().mass_g());
}

void StockTakeOpened(const Fact& fact, FactDetails& details) {
  const v1::StockTake& take = fact.stock_take_opened();
  About(details, take.name());
  About(details, take.place());
  Put(details, "place", take.place());
  Put(details, "operator", take.operator_());
}

void AssetCounted(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_counted().asset());
  About(details, fact.asset_counted().stock_take());
  PutFlag(details, "found", fact.asset_counted().found());
  PutFlag(details, "moved", fact.asset_counted().moved());
}

void StockTakeClosed(const Fact& fact, FactDetails& details) {
  About(details, fact.stock_take_closed().stock_take());
}

void AssetLost(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_lost().asset());
  About(details, fact.asset_lost().stock_take());
}

void AssetFound(const Fact& fact, FactDetails& details) {
  About(details, fact.asset_found().asset());
  About(details, fact.asset_found().stock_take());
}

void ProcessBegun(const Fact& fact, FactDetails& details) {
  const v1::NextProcess process = fact.process_begun().process();
  About(details, fact.process_begun().asset());
  Put(details, "process", Word(process, "NEXT_PROCESS_"));
  if (process == v1::NEXT_PROCESS_DATA_SANITIZATION) {
    details.event.biz_step = OwnTerm("bizstep", "sanitizing");
  } else if (process == v1::NEXT_PROCESS_TEST_REPAIR) {
    details.event.biz_step = "repairing";
  } else if (process == v1::NEXT_PROCESS_MATERIALS_RECOVERY) {
    details.event.biz_step = "disassembling";
  }
}

void SanitizationVerified(const Fact& fact, FactDetails& details) {
  const v1::SanitizationVerified& verified = fact.sanitization_verified();
  About(details, verified.asset());
  Put(details, "verifier", verified.verifier());
  Put(details, "passed", verified.passed() ? "true" : "false");
  Put(details, "method", verified.method());
  if (!verified.passed()) details.event.disposition = "non_conformant";
}

void SanitizationReconciled(const Fact& fact, FactDetails& details) {
  const v1::SanitizationReconciled& reconciled = fact.sanitization_reconciled();
  for (const std::string& asset : reconciled.assets()) About(details, asset);
  details.epcs.assign(reconciled.assets().begin(), reconciled.assets().end());
  Put(details, "received_count", Cat(reconciled.received_count()));
  Put(details, "processed_count", Cat(reconciled.processed_count()));
  Put(details, "supplier_notice", reconciled.supplier_notice());
  if (reconciled.received_count() != reconciled.processed_count()) {
    details.event.disposition = "mismatch_quantity";
  }
}

}  // namespace loopdock::traceability::details
