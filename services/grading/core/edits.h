// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_EDITS_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_EDITS_H_

// What a person changes about the defects of an inspection.
// Thread safety: free functions, safe from any thread.
// Errors: NOT_FOUND DEFECT_NOT_FOUND; INVALID_ARGUMENT EDIT_INVALID. After an error the inspection
// may be changed in part: throw it away.
// Limits: 256 edits, 256 points each, 1,024 defects an inspection.

#include "absl/status/status.h"
#include "loopdock/grading/v1/grading.pb.h"

namespace loopdock::grading {

// Changes the inspection and says in its `changes` what was done.
absl::Status ApplyEdits(const google::protobuf::RepeatedPtrField<v1::DefectEdit>& edits,
                        v1::Inspection& inspection);

// Replaces answers to the same questions and adds the others.
void ApplyAnswers(const google::protobuf::RepeatedPtrField<v1::ChecklistAnswer>& answers,
                  v1::Inspection& inspection);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_EDITS_H_
