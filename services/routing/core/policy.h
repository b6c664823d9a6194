// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_ROUTING_CORE_POLICY_H_
#define LOOPDOCK_SERVICES_ROUTING_CORE_POLICY_H_

// A routing policy: rules in order over an asset's facts, the first that matches decides. The file
// format is explained at the top of models/policies/r2-default.toml.
// Thread safety: a Policy never changes after Parse; all methods may be called from any thread.
// Errors: Parse answers INVALID_ARGUMENT POLICY_INVALID with file position and what is expected.
// Limits: 500 rules, 32 conditions a rule, 1 MiB of text.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "loopdock/inventory/v1/categories.pb.h"

namespace loopdock::routing {

// What is known about one asset, by the fact names of docs/reference/routing-facts.md.
using Facts = std::map<std::string, std::string>;

// One test of one fact: any of its parts that is set must hold.
struct Condition {
  std::string fact;
  std::vector<std::string> any_of;
  std::vector<std::string> none_of;
  std::optional<double> at_least;
  std::optional<double> at_most;

  bool Holds(const Facts& facts) const;
  // The condition in words, such as `cosmetic is C1`.
  std::string ToString() const;
};

struct Rule {
  std::string id;
  std::vector<Condition> when;
  inventory::v1::NextProcess next;
  std::vector<std::string> reasons;
};

// How a policy came to its outcome.
struct Outcome {
  const Rule* rule = nullptr;  // Lives as long as the policy.
  inventory::v1::NextProcess next = inventory::v1::NEXT_PROCESS_UNSPECIFIED;
  std::vector<std::string> reasons;  // The deciding one first.
  // Rules tried before the deciding one, each with its first condition that did not hold.
  std::vector<std::pair<const Rule*, std::string>> passed_over;
};

class Policy {
 public:
  static absl::StatusOr<Policy> Parse(std::string_view toml);

  const std::string& id() const { return id_; }
  const std::string& version() const { return version_; }
  const std::string& display_name() const { return display_name_; }
  const std::string& sha256() const { return sha256_; }  // Hexadecimal, of the file's text.
  const std::vector<Rule>& rules() const { return rules_; }

  // The first rule that matches, then the guards that no policy can pass: where they forbid the
  // outcome, it is HOLD and the guard's reason stands first.
  Outcome Decide(const Facts& facts) const;

 private:
  std::string id_;
  std::string version_;
  std::string display_name_;
  std::string sha256_;
  std::vector<Rule> rules_;
};

}  // namespace loopdock::routing

#endif  // LOOPDOCK_SERVICES_ROUTING_CORE_POLICY_H_
