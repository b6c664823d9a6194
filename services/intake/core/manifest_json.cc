// SPDX-License-Identifier: Apache-2.0
// JSON, read as it comes: an array of lines, alone or as `lines` of an object.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "services/intake/core/manifest_claims.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// "assetTag" for "asset_tag": both name the field.
std::string LowerCamel(std::string_view name) {
  std::string camel;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i + 1 < name.size()) {
      camel.push_back(ToUpper(name[++i]));
    } else {
      camel.push_back(name[i]);
    }
  }
  return camel;
}

ManifestField FieldOfKey(std::string_view key) {
  for (std::size_t i = 0; i < kManifestFieldNames.size(); ++i) {
    if (key == kManifestFieldNames[i] || key == LowerCamel(kManifestFieldNames[i])) {
      return static_cast<ManifestField>(i);
    }
  }
  return kManifestFieldCount;
}

constexpr std::string_view kOutputOnly[] = {
    "asset",         "received_quantity", "receivedQuantity", "received_mass_g",
    "receivedMassG", "received_model",    "receivedModel"};

class JsonManifest : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonManifest(std::string_view text, ManifestBuilder* builder) : text_(text), builder_(*builder) {}

  bool null() override { return Scalar(Kind::kNothing, ""); }
  bool boolean(bool value) override { return Scalar(Kind::kOther, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return Scalar(Kind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Scalar(Kind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return Scalar(Kind::kNumber, text);
  }
  bool string(string_t& value) override { return Scalar(Kind::kText, value); }
  bool binary(binary_t&) override { return Scalar(Kind::kOther, ""); }

  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 1) return true;
    if (!in_lines_ || depth_ != lines_depth_ + 1) return Container();
    in_line_ = good_ = true;
    ++entry_;
    keys_.clear();
    values_ = {};
    return true;
  }
  bool key(string_t& key) override {
    if (depth_ == 1) {
      lines_next_ = key == "lines";
      if (!lines_next_) {
        builder_.Report(0, key, "Is no field of the file; `lines` is.");
      } else if (lines_seen_) {
        builder_.Report(0, key, "Stands twice.");
      }
    } else if (in_line_ && depth_ == lines_depth_ + 1) {
      key_ = key;
      if (!keys_.insert(key).second) Bad("Stands twice.", "");
    }
    return true;
  }
  bool end_object() override {
    const bool ends_line = in_line_ && depth_ == lines_depth_ + 1;
    --depth_;
    if (!ends_line) return true;
    in_line_ = false;
    return !good_ || AddLine();
  }
  bool start_array(std::size_t) override {
    ++depth_;
    const bool is_lines = !lines_seen_ && (depth_ == 1 || (depth_ == 2 && lines_next_));
    if (!is_lines) return Container();
    in_lines_ = lines_seen_ = true;
    lines_depth_ = depth_;
    return true;
  }
  bool end_array() override {
    if (in_lines_ && depth_ == lines_depth_) in_lines_ = false;
    --depth_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    builder_.Report(entry_, "", Cat("Is no JSON at ", PlaceOf(position), "."));
    broken_ = true;
    return false;
  }

  void Finish() {
    if (lines_seen_ || broken_) return;
    builder_.Report(0, "", "Has no lines: an array of objects, or an object with `lines`.");
  }

 private:
  enum class Kind { kNothing, kText, kNumber, kOther };

  // Of a byte, counted from 1.
  std::string PlaceOf(std::size_t byte) const {
    const std::string_view before = text_.substr(0, byte - std::min<std::size_t>(byte, 1));
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t end = before.rfind('\n');
    const std::size_t column = before.size() - (end == std::string_view::npos ? 0 : end + 1) + 1;
    return Cat("line ", std::to_string(line), ", column ", std::to_string(column));
  }

  bool AddLine() {
    ManifestClaim claim;
    claim.line = entry_;
    for (std::size_t i = 0; i < kManifestFieldCount; ++i) {
      const Stated stated = {Strip(values_[i]), kManifestFieldNames[i]};
      claim.fields[i] = stated;
      if (i == kSerial && !stated.text.empty()) claim.serials.push_back(stated);
    }
    return builder_.Add(claim);
  }

  // What is wrong with the value of `key_`.
  void Bad(std::string_view problem, std::string_view value) {
    builder_.Report(entry_, key_, problem, value);
    good_ = false;
  }

  // An object or array where none belongs. What is in it is part of the same mistake.
  bool Container() {
    if (depth_ > kDepthMax) {
      builder_.Report(entry_, "", "Is nested deeper than 64 levels; what follows was not read.");
      broken_ = true;
      return false;
    }
    if (in_line_ && depth_ == lines_depth_ + 2) Bad("Takes a text or a number.", "");
    if (!in_line_) NoLine(lines_depth_ + 1);
    return true;
  }

  // Something other than a line at `depth` of the lines, or than lines under "lines".
  void NoLine(int depth) {
    if (in_lines_ && depth_ == depth) {
      builder_.Report(++entry_, "", "Is no object with the fields of a line.");
    } else if (!in_lines_ && lines_next_ && depth_ <= 2) {
      builder_.Report(0, "lines", "Is no array.");
      broken_ = true;
    }
  }

  bool Scalar(Kind kind, const std::string& text) {
    if (!in_line_) {
      NoLine(lines_depth_);
    } else if (depth_ == lines_depth_ + 1) {
      Judge(kind, text);
    }
    return true;
  }

  void Judge(Kind kind, const std::string& text) {
    const ManifestField field = FieldOfKey(key_);
    const bool counts = field == kQuantity || field == kMass;
    if (text.size() > kManifestFieldBytesMax) return Bad("Has more than 8192 bytes.", text);
    if (key_ == "number") {
      const bool right = kind == Kind::kNothing || text == std::to_string(entry_);
      return right ? void() : Bad("Is not the place of the line in the file.", text);
    }
    if (std::find(std::begin(kOutputOnly), std::end(kOutputOnly), key_) != std::end(kOutputOnly)) {
      return Bad("Is told by the record, not by a file.", text);
    }
    if (field == kManifestFieldCount) return Bad("Is no field of a line.", text);
    if (kind == Kind::kOther || (kind == Kind::kNumber && !counts)) {
      return Bad("Takes a text.", text);
    }
    if (field == kMass && text.find_first_not_of("0123456789") != std::string::npos) {
      return Bad("Is no whole number of grams.", text);
    }
    // As protobuf has it, zero says nothing.
    values_[field] = counts && text == "0" ? "" : text;
  }

  static constexpr int kDepthMax = 64;

  const std::string_view text_;
  ManifestBuilder& builder_;
  int depth_ = 0;
  int lines_depth_ = 0;  // of the array of lines
  bool in_lines_ = false;
  bool in_line_ = false;
  bool lines_seen_ = false;
  bool lines_next_ = false;  // the key of the outermost object is "lines"
  bool broken_ = false;
  bool good_ = true;  // the line, so far
  std::int64_t entry_ = 0;
  std::string key_;
  std::set<std::string> keys_;
  std::array<std::string, kManifestFieldCount> values_;
};

}  // namespace

void ReadManifestJson(std::string_view text, ManifestBuilder* builder) {
  JsonManifest reader(text, builder);
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  reader.Finish();
}

}  // namespace loopdock::intake
