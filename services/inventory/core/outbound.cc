// SPDX-License-Identifier: Apache-2.0
// Exceptions that the standard allows.
#include <algorithm>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"

namespace loopdock::inventory {
void CheckForm(const v1::RecordExceptionRequest& request, Form& form) {
  const v1::ExceptionRecord& exception = request.exception();
  form.Wish("exception.name", exception.name(), "exceptions");
  form.Required("exception.rule", exception.rule(), 16);
  form.Required("exception.subject", exception.subject());
  form.Required("exception.reason", exception.reason(), kReasonMax);
  form.Required("exception.approver", exception.approver());
  form.Check(exception.evidence_size() > 0, "exception.evidence",
             "must name at least one document");
  form.Evidence("exception.evidence", exception.evidence());
  form.Check(exception.has_expire_time(), "exception.expire_time", "is required");
}

absl::Status Apply(const v1::RecordExceptionRequest& request, Step& step,
                   v1::ExceptionRecord* answer) {
  if (FromTimestamp(request.exception().expire_time()) <= step.now()) {
    return common::Error(absl::StatusCode::kInvalidArgument, "EXPIRED",
                         "The exception has ended before it begins; give a later expire_time.");
  }
  if (!AllowsException(request.exception().rule())) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "RULE_WITHOUT_EXCEPTION",
                         Cat("The standard allows no exception from '", request.exception().rule(),
                             "'; it allows them from R-04, R-08 and R-18."),
                         {{"rule", request.exception().rule()}});
  }
  const RowKey subject = RowOf(request.exception().subject());
  const auto known = step.rows().Get(subject.table == 0 ? kResources : subject.table, subject.key);
  LOOPDOCK_RETURN_IF_ERROR(known.status());
  if (!known->has_value()) return NotFound(request.exception().subject());
  const auto name = step.WishedName("exceptions", request.exception().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  *fact.mutable_exception_recorded() = request.exception();
  fact.mutable_exception_recorded()->set_name(*name);
  *fact.mutable_exception_recorded()->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

}  // namespace loopdock::inventory
