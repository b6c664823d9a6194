// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_AGREEMENT_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_AGREEMENT_H_

// How far the camera, graders, and the camera with itself agree: shares and Cohen's kappa.
// Thread safety: one thread an AgreementCounter.

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "loopdock/grading/v1/grading.pb.h"

namespace loopdock::grading {

// Counts pairs of grades. C0 says nothing: pairs with it are left out.
class AgreementCounter {
 public:
  void Add(inventory::v1::Cosmetic first, inventory::v1::Cosmetic second);
  v1::Agreement ToProto() const;

 private:
  static constexpr size_t kGrades = 9;  // C1 to C9
  std::array<std::array<int64_t, kGrades>, kGrades> cells_{};
};

// Takes every version of every inspection, versions of one in their order, inspections in the order
// of their names, which is that of their making.
class AgreementReporter {
 public:
  // Two inspections of the same faces of one asset are held against each other when they lie no
  // further apart.
  explicit AgreementReporter(absl::Duration apart_max) : apart_max_(apart_max) {}

  void Add(const v1::Inspection& version);
  v1::AgreementReport Finish();

 private:
  // What was said in one inspection.
  struct Judged {
    std::string name;
    // The asset and which of its faces were seen: a side says nothing of a display.
    std::string subject;
    absl::Time time;
    inventory::v1::Cosmetic camera = inventory::v1::COSMETIC_UNSPECIFIED;
    inventory::v1::Cosmetic settled = inventory::v1::COSMETIC_UNSPECIFIED;
    std::string grader;
  };
  void Close();

  const absl::Duration apart_max_;
  Judged current_;
  std::map<std::string, Judged> latest_;  // by subject
  v1::AgreementReport report_;
  AgreementCounter camera_and_graders_;
  AgreementCounter graders_;
  AgreementCounter repeated_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_AGREEMENT_H_
