// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_FILTER_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_FILTER_H_

// Filters over assets in the syntax of AIP-160: the fields, the parser with its type check, and the
// evaluation on one asset. docs/reference/filters.md is made from the fields.
// Thread safety: free functions, safe from any thread.
// Errors: INVALID_ARGUMENT FILTER_INVALID with the position, what was expected and what is known.
// Limits: kFilterBytesMax bytes, kFilterTermsMax conditions, kFilterDepthMax nested brackets.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

inline constexpr size_t kFilterBytesMax = 4096;
inline constexpr int kFilterTermsMax = 64;
inline constexpr int kFilterDepthMax = 16;

enum class FieldType {
  kText,        // compared as it is
  kWords,       // compared without case; ':' looks for words
  kId,          // the id of a resource: its name and its id are both understood
  kIdentifier,  // compared in the form of its kind
  kEnum,
  kNumber,
  kTime,
  kBool,
};

// What an asset has in one field; texts point into the asset.
struct FieldValues {
  std::vector<std::string_view> texts;
  std::vector<std::int64_t> numbers;  // enums, times in unix microseconds, false and true
  void Clear();
};

struct FilterField {
  std::string_view name;
  FieldType type;
  // The letter of its postings in the query index; 0 when it is not indexed.
  char index;
  // Fills in the values. An unset time, number or enum has none.
  void (*get)(const v1::Asset& asset, FieldValues* values);
  // Of an enum, else null; `ordered` when its values may be compared with < and >.
  const google::protobuf::EnumDescriptor* (*values)();
  bool ordered;
  std::string_view help;
};

absl::Span<const FilterField> FilterFields();
// Null when there is none.
const FilterField* FindFilterField(std::string_view name);

// "IN_STOCK" of ASSET_STATE_IN_STOCK; "" for the value that means not set.
std::string ShortEnumName(const google::protobuf::EnumDescriptor& values, std::int64_t number);

// Lower case, each once, at most kWordBytesMax bytes each and kWordsMax of them.
std::vector<std::string> WordsOf(std::string_view text);
// Those of maker and model, each once.
std::vector<std::string> WordsOf(const v1::Asset& asset);
inline constexpr size_t kWordsMax = 12;
inline constexpr size_t kWordBytesMax = 32;

struct FilterNode {
  enum class Kind { kAnd, kOr, kNot, kCompare, kPresent, kWords };
  enum class Operator { kEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

  Kind kind = Kind::kAnd;
  std::vector<FilterNode> children;       // of kAnd, kOr and, one, of kNot
  const FilterField* field = nullptr;     // of kCompare and kPresent
  Operator operation = Operator::kEqual;  // of kCompare
  std::string text;                       // compared with texts
  bool pattern = false;                   // `text` has wildcards
  std::int64_t number = 0;                // compared with numbers
  std::vector<std::string> words;         // of kWords: each begins a word of maker or model
};

// `now` is what age_days counts to. An empty filter matches everything.
absl::StatusOr<FilterNode> ParseFilter(std::string_view filter, absl::Time now);

// `asset.location` must be where it stands in the end, whatever it is in.
bool Matches(const FilterNode& filter, const v1::Asset& asset);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_FILTER_H_
