// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_JSON_TREE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_JSON_TREE_H_

// A JSON document whose values are read by type, and whose wrong ones are reported by their path,
// such as "records[2].wipe.outcome".
// Thread safety: none; for one reading.
// Ownership: a node points into the document, which outlives it; the builder outlives both.
// Errors: reported to the builder; a wrong value reads as absent.
// Limits: 64 levels.

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "services/grading/core/results/reading.h"

namespace loopdock::grading {

class JsonNode {
 public:
  JsonNode(const nlohmann::json* value, std::string path, ResultBuilder* builder)
      : value_(value), path_(std::move(path)), builder_(builder) {}

  const std::string& path() const { return path_; }
  bool exists() const { return value_ != nullptr && !value_->is_null(); }
  bool Has(std::string_view key) const { return Get(key).exists(); }
  // The value under the key, which may not exist.
  JsonNode Get(std::string_view key) const;
  // The objects of an array under the key; whatever else is there is reported.
  std::vector<JsonNode> Objects(std::string_view key) const;
  // Of an object under the key; what is no object is reported and reads as absent.
  JsonNode Object(std::string_view key) const;
  // Texts; of identifiers also whole numbers, as some tools write them.
  std::string Text(std::string_view key) const;
  std::string Identifier(std::string_view key) const;
  std::optional<double> Number(std::string_view key) const;
  std::int64_t Count(std::string_view key, std::int64_t max) const;
  std::optional<absl::Time> Time(std::string_view key) const;
  // Reports keys that are none of these.
  void OnlyKeys(std::initializer_list<std::string_view> known) const;
  void Report(std::string_view problem, std::string_view value = "") const;

 private:
  std::string PathOf(std::string_view key) const;

  const nlohmann::json* value_;  // May be null.
  std::string path_;
  ResultBuilder* builder_;
};

// Null, with the problem reported, for what is no JSON object.
std::optional<nlohmann::json> ParseJsonObject(std::string_view text, ResultBuilder* builder);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_JSON_TREE_H_
