// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_GRADER_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_GRADER_H_

// Everything that follows from what was measured, what a person answered, and a scale: the grade,
// why, what the next better one asks for, and whether a person should look.
// Thread safety: never changes; all methods may be called from any thread.
// Errors: NOT_FOUND SCALE_NOT_FOUND; INVALID_ARGUMENT ANSWER_INVALID.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/grading/v1/grading.pb.h"
#include "services/grading/core/checklists.h"
#include "services/grading/core/scale.h"

namespace loopdock::grading {

class Grader {
 public:
  // The first scale is the default; there must be one.
  Grader(std::vector<Scale> scales, Checklists checklists)
      : scales_(std::move(scales)), checklists_(std::move(checklists)) {}

  const std::vector<Scale>& scales() const { return scales_; }
  const Checklists& checklists() const { return checklists_; }
  // The default for an empty id.
  absl::StatusOr<const Scale*> FindScale(const std::string& id) const;
  // The scale that an inspection was graded by, as it is now.
  absl::StatusOr<const Scale*> ScaleOf(const v1::Inspection& inspection) const;

  // Grades pictures whose defects have notes, and answers. What was there before goes.
  absl::Status Grade(const Scale& scale, v1::Inspection& inspection) const;

 private:
  void SayWhatWasNotSeen(const Answered& answered, v1::Inspection& inspection) const;

  const std::vector<Scale> scales_;
  const Checklists checklists_;
};

// A scale as the API shows it, without its text.
v1::GradeScale ToProto(const Scale& scale, bool is_default);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_GRADER_H_
