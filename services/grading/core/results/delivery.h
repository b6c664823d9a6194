// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_DELIVERY_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_DELIVERY_H_

// What inventory is sent for a matched result. The request ids follow from the result's name and
// the count of its matches, so that sending it twice has one effect. Thread safety: pure functions.

#include "absl/time/time.h"
#include "loopdock/grading/v1/results.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "services/grading/core/results/function_plan.h"

namespace loopdock::grading {

// Whom a result was found to be about.
struct MatchedAssets {
  const inventory::v1::Asset* asset = nullptr;  // null for a drive that is to be made
  const inventory::v1::Asset* host = nullptr;   // null unless the drive is to be put into it
};

// True for evaluations: no sanitization has to begin before them.
bool IsEvaluation(inventory::v1::SanitizationMethod method);

// The commands in order: make the drive, put it into its host, begin the sanitization, record it,
// record the test; as far as each is needed. An asset that is not known yet is left empty.
inventory::v1::ExecuteBatchRequest DeliveryOf(const v1::Result& result,
                                              const MatchedAssets& matched,
                                              const FunctionPlan& plan, absl::Time now);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_DELIVERY_H_
