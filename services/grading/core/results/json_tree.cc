// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/json_tree.h"

#include <algorithm>
#include <cmath>

#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

using nlohmann::json;

constexpr std::size_t kDepthMax = 64;

// Builds the document, and keeps where it is no JSON or too deep.
class Reader : public nlohmann::detail::json_sax_dom_parser<json> {
 public:
  using Base = nlohmann::detail::json_sax_dom_parser<json>;
  explicit Reader(json* document) : Base(*document, false) {}

  bool start_object(std::size_t size) { return Deeper() && Base::start_object(size); }
  bool start_array(std::size_t size) { return Deeper() && Base::start_array(size); }
  bool end_object() {
    --depth_;
    return Base::end_object();
  }
  bool end_array() {
    --depth_;
    return Base::end_array();
  }
  bool parse_error(std::size_t position, const std::string&, const json::exception&) {
    position_ = position;
    return false;
  }
  bool too_deep() const { return too_deep_; }
  std::size_t position() const { return position_; }

 private:
  bool Deeper() {
    too_deep_ = ++depth_ > kDepthMax;
    return !too_deep_;
  }
  std::size_t depth_ = 0;
  std::size_t position_ = 0;
  bool too_deep_ = false;
};

std::string TypeOf(const json& value) {
  return value.is_string() || value.is_number() || value.is_boolean()
             ? value.dump(-1, ' ', false, json::error_handler_t::replace)
             : value.type_name();
}

}  // namespace

std::optional<json> ParseJsonObject(std::string_view text, ResultBuilder* builder) {
  json document;
  Reader reader(&document);
  const bool parsed = json::sax_parse(text.begin(), text.end(), &reader);
  if (reader.too_deep()) {
    builder->Report(0, "", "Is nested deeper than 64 levels.");
    return std::nullopt;
  }
  if (!parsed) {
    const std::string_view before = text.substr(0, reader.position());
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t begin = before.rfind('\n');
    const std::size_t column = before.size() - (begin == std::string_view::npos ? 0 : begin + 1);
    builder->Report(line, "", Cat("Is no JSON at column ", std::to_string(column), "."));
    return std::nullopt;
  }
  if (!document.is_object()) {
    builder->Report(0, "", "Is no object. Expected `{ ... }`.", TypeOf(document));
    return std::nullopt;
  }
  return document;
}

std::string JsonNode::PathOf(std::string_view key) const {
  return path_.empty() ? std::string(key) : Cat(path_, ".", key);
}

void JsonNode::Report(std::string_view problem, std::string_view value) const {
  builder_->Report(0, path_, problem, value);
}

JsonNode JsonNode::Get(std::string_view key) const {
  const json* found = nullptr;
  if (exists() && value_->is_object()) {
    const auto at = value_->find(std::string(key));
    if (at != value_->end()) found = &*at;
  }
  return {found, PathOf(key), builder_};
}

std::vector<JsonNode> JsonNode::Objects(std::string_view key) const {
  const JsonNode list = Get(key);
  std::vector<JsonNode> objects;
  if (!list.exists()) return objects;
  if (!list.value_->is_array()) {
    list.Report("Is no array. Expected `[ ... ]` of objects.", TypeOf(*list.value_));
    return objects;
  }
  for (std::size_t i = 0; i < list.value_->size(); ++i) {
    const json& value = (*list.value_)[i];
    JsonNode node(&value, Cat(list.path_, "[", std::to_string(i), "]"), builder_);
    if (value.is_object()) {
      objects.push_back(std::move(node));
    } else {
      node.Report("Is no object. Expected `{ ... }`.", TypeOf(value));
    }
  }
  return objects;
}

JsonNode JsonNode::Object(std::string_view key) const {
  JsonNode node = Get(key);
  if (!node.exists() || node.value_->is_object()) return node;
  node.Report("Is no object. Expected `{ ... }`.", TypeOf(*node.value_));
  node.value_ = nullptr;
  return node;
}

std::string JsonNode::Text(std::string_view key) const {
  const JsonNode node = Get(key);
  if (!node.exists()) return "";
  if (node.value_->is_string()) {
    return std::string(Strip(node.value_->get_ref<const std::string&>()));
  }
  node.Report("Is no text. Expected a string.", TypeOf(*node.value_));
  return "";
}

std::string JsonNode::Identifier(std::string_view key) const {
  const JsonNode node = Get(key);
  if (node.exists() && node.value_->is_number_integer()) return node.value_->dump();
  return Text(key);
}

std::optional<double> JsonNode::Number(std::string_view key) const {
  const JsonNode node = Get(key);
  if (!node.exists()) return std::nullopt;
  if (node.value_->is_number() && std::isfinite(node.value_->get<double>())) {
    return node.value_->get<double>();
  }
  node.Report("Is no number. Expected one.", TypeOf(*node.value_));
  return std::nullopt;
}

std::int64_t JsonNode::Count(std::string_view key, std::int64_t max) const {
  const JsonNode node = Get(key);
  if (!node.exists()) return 0;
  if (node.value_->is_number_unsigned() &&
      node.value_->get<std::uint64_t>() <= static_cast<std::uint64_t>(max)) {
    return node.value_->get<std::int64_t>();
  }
  node.Report(Cat("Is no count. Expected a whole number up to ", std::to_string(max), "."),
              TypeOf(*node.value_));
  return 0;
}

std::optional<absl::Time> JsonNode::Time(std::string_view key) const {
  const std::string text = Text(key);
  if (text.empty()) return std::nullopt;
  const auto time = ParseTime(text);
  if (!time) {
    Get(key).Report("Is no time. Expected ISO 8601, such as 2026-03-01T09:30:00Z.", text);
  }
  return time;
}

void JsonNode::OnlyKeys(std::initializer_list<std::string_view> known) const {
  if (!exists() || !value_->is_object()) return;
  for (const auto& [key, value] : value_->items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string expected;
    for (const std::string_view name : known) expected += Cat(expected.empty() ? "" : ", ", name);
    builder_->Report(0, PathOf(key), Cat("Is no field here. Expected ", expected, "."));
  }
}

}  // namespace loopdock::grading
