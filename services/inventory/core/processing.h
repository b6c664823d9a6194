// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_PROCESSING_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_PROCESSING_H_

// What follows from a test: the functional category of R2's equipment categorization.
// Thread safety: free functions, safe from any thread.

#include <google/protobuf/repeated_ptr_field.h>

#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

struct FunctionalResult {
  v1::Functional functional = v1::FUNCTIONAL_F_NONE;
  v1::FunctionalGap gap = v1::FUNCTIONAL_GAP_UNTESTED;
};

// Nothing is inferred: a key function without an outcome leaves no category. The category rises
// with what the results say of the functions named
//   complete                                  nothing is missing (F4),
//   licensed_os, diagnostics                  refurbished (F5),
//   oem_parts, original_software, oem_specs   like new (F6).
FunctionalResult DeriveFunctional(
    const google::protobuf::RepeatedPtrField<v1::FunctionResult>& results);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_PROCESSING_H_
