// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "absl/strings/ascii.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/filter.h"

namespace loopdock::inventory {
namespace {

using Enum = google::protobuf::EnumDescriptor;

void AddTime(const google::protobuf::Timestamp& time, bool is_set, FieldValues* values) {
  if (is_set) values->numbers.push_back(absl::ToUnixMicros(FromTimestamp(time)));
}

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || absl::ascii_isalnum(byte);
}

#define TEXT(field) \
  [](const v1::Asset& asset, FieldValues* values) { values->texts.push_back(asset.field()); }
#define ID(field) \
  [](const v1::Asset& asset, FieldValues* values) { values->texts.push_back(IdOf(asset.field())); }
#define NUMBER(field)                                                 \
  [](const v1::Asset& asset, FieldValues* values) {                   \
    if (asset.field() != 0) values->numbers.push_back(asset.field()); \
  }
#define BOOL(field) \
  [](const v1::Asset& asset, FieldValues* values) { values->numbers.push_back(asset.field()); }
#define TIME(field)                                      \
  [](const v1::Asset& asset, FieldValues* values) {      \
    AddTime(asset.field(), asset.has_##field(), values); \
  }
#define VALUES(type) [] { return v1::type##_descriptor(); }

// Ages are parsed into comparisons of received_time.
constexpr std::string_view kAgeHelp =
    "Whole days since it was received; the one-year clock of R2v3 CR5(b)(3) runs from there.";

const FilterField kFields[] = {
    {"name", FieldType::kId, 0, ID(name), nullptr, false, "Its name or id."},
    {"uid", FieldType::kText, 'U', TEXT(uid), nullptr, false, "The UUID that never changes."},
    {"state", FieldType::kEnum, 's', NUMBER(state), VALUES(AssetState), false, "How it stands."},
    {"location", FieldType::kId, 'l', ID(location), nullptr, false,
     "Where it stands in the end, whatever it is in."},
    {"container", FieldType::kId, 'c', ID(container), nullptr, false,
     "The container that it stands in directly."},
    {"category", FieldType::kText, 'k', TEXT(category), nullptr, false, "Such as phone."},
    {"load", FieldType::kId, 'o', ID(load), nullptr, false, "The load it came with."},
    {"supplier", FieldType::kId, 'p', ID(supplier), nullptr, false, "Who supplied it."},
    {"session", FieldType::kId, 0, ID(session), nullptr, false,
     "The receiving session that booked it."},
    {"hold", FieldType::kEnum, 'h',
     [](const v1::Asset& asset, FieldValues* values) {
       for (const v1::Hold& hold : asset.holds()) values->numbers.push_back(hold.kind());
     },
     VALUES(HoldKind), false, "Kinds of the holds on it; hold:* for any."},
    {"cosmetic", FieldType::kEnum, 'g', NUMBER(cosmetic), VALUES(Cosmetic), true,
     "Cosmetic category."},
    {"functional", FieldType::kEnum, 'f', NUMBER(functional), VALUES(Functional), true,
     "Functional category."},
    {"decision", FieldType::kEnum, 'd',
     [](const v1::Asset& asset, FieldValues* values) {
       if (asset.decision().next() != 0) values->numbers.push_back(asset.decision().next());
     },
     VALUES(NextProcess), false, "What the decision in force says comes next."},
    {"process", FieldType::kEnum, 0, NUMBER(process), VALUES(NextProcess), false,
     "The process that has begun on it."},
    {"applicability", FieldType::kEnum, 'a', NUMBER(applicability), VALUES(R2Applicability), false,
     "Controlled or not."},
    {"data_status", FieldType::kEnum, 't', NUMBER(data_status), VALUES(DataStatus), false,
     "What is known about data on it."},
    {"data_device_state", FieldType::kEnum, 'v', NUMBER(data_device_state), VALUES(DataDeviceState),
     false, "Where it stands as a data device."},
    {"focus_material", FieldType::kEnum, 0,
     [](const v1::Asset& asset, FieldValues* values) {
       for (const int material : asset.focus_materials()) values->numbers.push_back(material);
     },
     VALUES(FocusMaterial), false, "Focus materials in it."},
    {"maker", FieldType::kWords, 0, TEXT(maker), nullptr, false,
     "Maker; without case, maker:word for a word of it. Found through the index of words."},
    {"model", FieldType::kWords, 0, TEXT(model), nullptr, false,
     "Model; without case, model:word for a word of it. Found through the index of words."},
    {"identifier", FieldType::kIdentifier, 'i',
     [](const v1::Asset& asset, FieldValues* values) {
       for (const v1::Identifier& one : asset.identifiers()) values->texts.push_back(one.value());
     },
     nullptr, false, "Any of its identifiers, in the form of its kind."},
    {"external_ref", FieldType::kText, 'e', TEXT(external_ref), nullptr, false,
     "The id that an ERP system uses."},
    {"parent", FieldType::kId, 'n', ID(parent), nullptr, false,
     "The asset that it is or was a part of."},
    {"installed_in", FieldType::kId, 'b', ID(installed_in), nullptr, false,
     "The asset that it is built into."},
    {"shipment", FieldType::kId, 'x', ID(shipment), nullptr, false,
     "The shipment that took it away."},
    {"mass_g", FieldType::kNumber, 0, NUMBER(mass_g), nullptr, true, "Mass in grams."},
    {"no_resale", FieldType::kBool, 0, BOOL(no_resale), nullptr, false,
     "Whether it may not be resold."},
    {"instruction", FieldType::kEnum, 0, NUMBER(instruction), VALUES(SupplierInstruction), false,
     "What its supplier wants done with it."},
    {"manifest_match", FieldType::kEnum, 0, NUMBER(manifest_match), VALUES(ManifestMatch), false,
     "How it compared with the manifest."},
    {"verification_required", FieldType::kBool, 0, BOOL(verification_required), nullptr, false,
     "Whether the sampling plan has chosen it."},
    {"received_time", FieldType::kTime, 'R', TIME(received_time), nullptr, true,
     "When it was received."},
    {"age_days", FieldType::kNumber, 'R', nullptr, nullptr, true, kAgeHelp},
    {"create_time", FieldType::kTime, 0, TIME(create_time), nullptr, true,
     "When it was registered."},
    {"update_time", FieldType::kTime, 0, TIME(update_time), nullptr, true, "When it last changed."},
};
#undef TEXT
#undef ID
#undef NUMBER
#undef BOOL
#undef TIME
#undef VALUES

}  // namespace

void FieldValues::Clear() {
  texts.clear();
  numbers.clear();
}

absl::Span<const FilterField> FilterFields() { return kFields; }

const FilterField* FindFilterField(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFields), std::end(kFields),
                                   [&](const FilterField& field) { return field.name == name; });
  return found == std::end(kFields) ? nullptr : found;
}

std::string ShortEnumName(const Enum& values, std::int64_t number) {
  const auto* value = values.FindValueByNumber(static_cast<int>(number));
  if (value == nullptr) return std::to_string(number);
  if (number == 0) return "";
  constexpr std::string_view kUnset = "UNSPECIFIED";
  const std::string& first = values.value(0)->name();
  return value->name().substr(first.size() - kUnset.size());
}

std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size() && words.size() < kWordsMax;) {
    if (!IsWordByte(text[at])) {
      ++at;
      continue;
    }
    const size_t first = at;
    while (at < text.size() && IsWordByte(text[at])) ++at;
    std::string word(text.substr(first, std::min(at - first, kWordBytesMax)));
    absl::AsciiStrToLower(&word);
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

std::vector<std::string> WordsOf(const v1::Asset& asset) {
  std::vector<std::string> words = WordsOf(asset.maker());
  for (std::string& word : WordsOf(asset.model())) {
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      words.push_back(std::move(word));
    }
  }
  return words;
}

}  // namespace loopdock::inventory
