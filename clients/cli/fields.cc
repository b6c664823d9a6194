// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/fields.h"

#include <google/protobuf/timestamp.pb.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "clients/cli/console.h"
#include "clients/cli/words.h"

namespace loopdock::cli {
namespace {

using Field = google::protobuf::FieldDescriptor;
using google::protobuf::Descriptor;
using google::protobuf::Message;

struct Path {
  std::vector<std::string> names;  // from the outermost message on
  std::vector<std::string> parts;  // fields of the innermost message, for texts with colons
};

Path SplitPath(std::string_view text) {
  Path path;
  const std::string whole(text);
  const size_t brace = whole.find('{');
  path.names = absl::StrSplit(whole.substr(0, brace), '.');
  if (brace != std::string::npos) {
    path.parts = absl::StrSplit(whole.substr(brace + 1, whole.size() - brace - 2), ',');
  }
  return path;
}

const Field* FindField(const Descriptor* type, const Path& path) {
  const Field* field = nullptr;
  for (const std::string& name : path.names) {
    field = type == nullptr ? nullptr : type->FindFieldByName(name);
    if (field == nullptr) return nullptr;
    type = field->message_type();
  }
  return field;
}

// "STREAM_KIND_" of the enumeration StreamKind.
std::string PrefixOf(const google::protobuf::EnumDescriptor* type) {
  const std::string name = type->value(0)->name();
  return name.substr(0, name.size() - std::string_view("UNSPECIFIED").size());
}

std::string EnumWord(const google::protobuf::EnumValueDescriptor* value) {
  return Word(value->name(), PrefixOf(value->type()));
}

absl::Status Unfit(const Field* field, const std::string& text, std::string_view wanted) {
  return UsageError(absl::StrCat("'", Visible(text, 40), "' does not fit ", field->name(),
                                 ": it takes ", std::string(wanted), "."));
}

absl::Status SetEnum(Message& message, const Field* field, const std::string& text) {
  std::string wanted = UpperCase(text);
  std::replace(wanted.begin(), wanted.end(), '-', '_');
  std::replace(wanted.begin(), wanted.end(), ' ', '_');
  const auto* type = field->enum_type();
  const auto* value = type->FindValueByName(PrefixOf(type) + wanted);
  if (value == nullptr) {
    std::vector<std::string> words;
    for (int i = 1; i < type->value_count(); ++i) {
      std::string word = EnumWord(type->value(i));
      std::replace(word.begin(), word.end(), ' ', '-');
      words.push_back(std::move(word));
    }
    return Unfit(field, text, absl::StrJoin(words, ", "));
  }
  const auto* reflection = message.GetReflection();
  if (field->is_repeated()) {
    reflection->AddEnum(&message, field, value);
  } else {
    reflection->SetEnum(&message, field, value);
  }
  return absl::OkStatus();
}

absl::Status SetTime(Message& message, const Field* field, const std::string& text) {
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) {
    return Unfit(field, text, "a time such as 2026-03-02T09:15:00Z");
  }
  auto* timestamp = static_cast<google::protobuf::Timestamp*>(
      message.GetReflection()->MutableMessage(&message, field));
  timestamp->set_seconds(absl::ToUnixSeconds(time));
  return absl::OkStatus();
}

absl::Status SetNumber(Message& message, const Field* field, const std::string& text) {
  std::int64_t number = 0;
  const bool small = field->cpp_type() == Field::CPPTYPE_INT32;
  if (!absl::SimpleAtoi(text, &number) || (small && number != static_cast<std::int32_t>(number))) {
    return Unfit(field, text, "a whole number");
  }
  const auto* reflection = message.GetReflection();
  if (field->is_repeated() && small) {
    reflection->AddInt32(&message, field, static_cast<std::int32_t>(number));
  } else if (field->is_repeated()) {
    reflection->AddInt64(&message, field, number);
  } else if (small) {
    reflection->SetInt32(&message, field, static_cast<std::int32_t>(number));
  } else {
    reflection->SetInt64(&message, field, number);
  }
  return absl::OkStatus();
}

absl::Status SetOne(const Settings& settings, Message& message, const Field* field,
                    std::string_view collection, const std::string& text) {
  const auto* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case Field::CPPTYPE_STRING:
      if (field->is_repeated()) {
        reflection->AddString(&message, field, CompleteName(settings, collection, text));
      } else {
        reflection->SetString(&message, field, CompleteName(settings, collection, text));
      }
      return absl::OkStatus();
    case Field::CPPTYPE_ENUM:
      return SetEnum(message, field, text);
    case Field::CPPTYPE_BOOL:
      if (text != "true" && text != "false") return Unfit(field, text, "true or false");
      reflection->SetBool(&message, field, text == "true");
      return absl::OkStatus();
    case Field::CPPTYPE_MESSAGE:
      return SetTime(message, field, text);
    default:
      return SetNumber(message, field, text);
  }
}

std::string ValueText(const Message& message, const Field* field, int index);

std::string InlineText(const Message& message) {
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    return TimeText(static_cast<const google::protobuf::Timestamp&>(message));
  }
  std::vector<const Field*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::string> words;
  for (const Field* field : fields) {
    words.push_back(absl::StrCat(field->name(), " ", FieldText(message, field->name())));
  }
  return absl::StrJoin(words, ", ");
}

// `index` is -1 for a field that is not repeated.
std::string ValueText(const Message& message, const Field* field, int index) {
  const auto* reflection = message.GetReflection();
  const bool many = index >= 0;
  switch (field->cpp_type()) {
    case Field::CPPTYPE_STRING:
      return Visible(many ? reflection->GetRepeatedString(message, field, index)
                          : reflection->GetString(message, field));
    case Field::CPPTYPE_ENUM:
      return EnumWord(many ? reflection->GetRepeatedEnum(message, field, index)
                           : reflection->GetEnum(message, field));
    case Field::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "yes" : "no";
    case Field::CPPTYPE_INT32:
      return absl::StrCat(many ? reflection->GetRepeatedInt32(message, field, index)
                               : reflection->GetInt32(message, field));
    case Field::CPPTYPE_INT64:
      return absl::StrCat(many ? reflection->GetRepeatedInt64(message, field, index)
                               : reflection->GetInt64(message, field));
    case Field::CPPTYPE_DOUBLE:
      return absl::StrCat(reflection->GetDouble(message, field));
    case Field::CPPTYPE_MESSAGE:
      return InlineText(many ? reflection->GetRepeatedMessage(message, field, index)
                             : reflection->GetMessage(message, field));
    default:
      return "?";
  }
}

}  // namespace

std::string CompleteName(const Settings& settings, std::string_view collection,
                         const std::string& text) {
  if (collection.empty() || text.empty() || text.rfind("sites/", 0) == 0) return text;
  if (text.rfind("parties/", 0) == 0) return text;
  if (collection == "parties" || collection == "sites") {
    return std::string(collection) + "/" + text;
  }
  if (collection == "*") return settings.site_name() + "/" + text;
  return settings.FullName(collection, text);
}

bool TakesMany(const Descriptor* type, std::string_view path) {
  const Field* field = FindField(type, SplitPath(path));
  return field != nullptr && field->is_repeated();
}

bool IsFlag(const Descriptor* type, std::string_view path) {
  const Field* field = FindField(type, SplitPath(path));
  return field != nullptr && field->cpp_type() == Field::CPPTYPE_BOOL;
}

absl::Status SetField(const Settings& settings, Message& message, std::string_view path,
                      std::string_view collection, const std::string& text) {
  const Path where = SplitPath(path);
  Message* at = &message;
  for (size_t i = 0; i + 1 < where.names.size(); ++i) {
    const Field* field = at->GetDescriptor()->FindFieldByName(where.names[i]);
    if (field == nullptr) return UsageError(absl::StrCat("There is no ", where.names[i], "."));
    at = at->GetReflection()->MutableMessage(at, field);
  }
  const Field* field = at->GetDescriptor()->FindFieldByName(where.names.back());
  if (field == nullptr) return UsageError(absl::StrCat("There is no ", where.names.back(), "."));
  if (where.parts.empty()) return SetOne(settings, *at, field, collection, text);
  const std::vector<std::string> words = absl::StrSplit(text, ':');
  if (words.size() > where.parts.size()) {
    return Unfit(field, text, absl::StrJoin(where.parts, ":"));
  }
  const auto* reflection = at->GetReflection();
  Message* made = field->is_repeated() ? reflection->AddMessage(at, field)
                                       : reflection->MutableMessage(at, field);
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i].empty()) continue;
    const auto status =
        SetField(settings, *made, where.parts[i], i == 0 ? collection : "", words[i]);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

std::string FieldText(const Message& message, std::string_view path) {
  const Path where = SplitPath(path);
  const Message* at = &message;
  for (size_t i = 0; i < where.names.size(); ++i) {
    const Field* field = at->GetDescriptor()->FindFieldByName(where.names[i]);
    if (field == nullptr) return "-";
    const auto* reflection = at->GetReflection();
    if (i + 1 < where.names.size()) {
      at = &reflection->GetMessage(*at, field);
      continue;
    }
    if (!field->is_repeated()) {
      const bool unset = field->has_presence() && !reflection->HasField(*at, field);
      const std::string text = unset ? "" : ValueText(*at, field, -1);
      return text.empty() ? "-" : text;
    }
    std::vector<std::string> texts;
    for (int j = 0; j < reflection->FieldSize(*at, field); ++j) {
      texts.push_back(ValueText(*at, field, j));
    }
    return texts.empty() ? "-" : absl::StrJoin(texts, ", ");
  }
  return "-";
}

std::vector<std::vector<std::string>> FieldRows(const Message& message) {
  std::vector<const Field*> fields;
  message.GetReflection()->ListFields(message, &fields);
  std::vector<std::vector<std::string>> rows;
  for (const Field* field : fields) {
    if (field->is_map()) continue;
    std::string label = field->name();
    std::replace(label.begin(), label.end(), '_', ' ');
    if (!field->is_repeated()) {
      rows.push_back({label, ValueText(message, field, -1)});
      continue;
    }
    for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
      rows.push_back({i == 0 ? label : "", ValueText(message, field, i)});
    }
  }
  return rows;
}

}  // namespace loopdock::cli
