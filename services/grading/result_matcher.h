// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_RESULT_MATCHER_H_
#define LOOPDOCK_SERVICES_GRADING_RESULT_MATCHER_H_

// Finds the assets that a result is about, by the serial numbers in it, and prepares what inventory
// is to be sent.
// Thread safety: one matcher for one call, on one thread.
// Ownership: stub, plan and caller outlive it.
// Blocking: asks inventory; every serial number once.
// Errors: inventory's, where it gives no answer. What cannot be matched is no error: the result
// waits, and says why.

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/caller.h"
#include "services/grading/core/results/delivery.h"
#include "services/grading/core/results/function_plan.h"
#include "services/grading/core/results/ledger.h"

namespace loopdock::grading {

class ResultMatcher {
 public:
  ResultMatcher(inventory::v1::InventoryService::StubInterface* inventory, const FunctionPlan* plan,
                const common::Caller* caller, absl::Time now)
      : inventory_(*inventory), plan_(*plan), caller_(*caller), now_(now) {}

  // Looks the result up. It comes back matched, with what is to be sent; or waiting, with the
  // reason; or recorded, when inventory has all of it already.
  absl::StatusOr<PreparedResult> Match(v1::Result result);
  // As a person says: `asset` is the one, or the host of a drive.
  absl::StatusOr<PreparedResult> MatchTo(v1::Result result, const std::string& asset, bool is_host);

 private:
  // An open asset with one of the numbers; or none, and why.
  struct Found {
    std::optional<inventory::v1::Asset> asset;
    std::string why;
  };
  absl::StatusOr<Found> Find(const std::string& site, const v1::DeviceClaim& device);
  absl::StatusOr<Found> FindBy(const std::string& site, const std::string& serial,
                               const std::string& maker);
  absl::StatusOr<inventory::v1::Asset> Get(const std::string& name);
  PreparedResult Prepare(v1::Result result, const MatchedAssets& matched) const;

  inventory::v1::InventoryService::StubInterface& inventory_;
  const FunctionPlan& plan_;
  const common::Caller& caller_;
  const absl::Time now_;
  std::map<std::string, Found> known_;  // by maker and serial number
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_RESULT_MATCHER_H_
