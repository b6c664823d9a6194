// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/named_text.h"

#include <cstddef>
#include <string>
#include <vector>

#include "services/common/status.h"
#include "services/intake/core/device_ids.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

constexpr std::size_t kLinesMax = 50;

struct Name {
  std::string_view word;
  LabelKind kind;
  std::string_view id;  // where the kind alone does not say it
};

// A longer name stands before one that it begins with.
constexpr Name kNames[] = {
    {"SERIAL NUMBER", LabelKind::kSerial, ""},
    {"SERIAL NO", LabelKind::kSerial, ""},
    {"SERIAL", LabelKind::kSerial, ""},
    {"SERVICE TAG", LabelKind::kSerial, ""},
    {"S/N", LabelKind::kSerial, ""},
    {"SN", LabelKind::kSerial, ""},
    {"IMEISV", LabelKind::kImeisv, ""},
    {"IMEI 1", LabelKind::kImei, ""},
    {"IMEI 2", LabelKind::kImei, ""},
    {"IMEI1", LabelKind::kImei, ""},
    {"IMEI2", LabelKind::kImei, ""},
    {"IMEI", LabelKind::kImei, ""},
    {"MEID", LabelKind::kMeid, ""},
    {"MAC ADDRESS", LabelKind::kMac, ""},
    {"WI-FI MAC", LabelKind::kMac, ""},
    {"WIFI MAC", LabelKind::kMac, ""},
    {"MAC", LabelKind::kMac, ""},
    {"EID", LabelKind::kEid, ""},
    {"ICCID", LabelKind::kIccid, ""},
    {"SSCC", LabelKind::kSscc, ""},
    {"ASSET TAG", LabelKind::kTag, ""},
    {"ASSET NO", LabelKind::kTag, ""},
    {"ASSET", LabelKind::kTag, ""},
    {"EXPRESS SERVICE CODE", LabelKind::kSerial, "express"},
    {"EXPRESS CODE", LabelKind::kSerial, "express"},
    {"PRODUCT NUMBER", LabelKind::kPlain, "part_number"},
    {"PRODUCT NO", LabelKind::kPlain, "part_number"},
    {"PROD NO", LabelKind::kPlain, "part_number"},
    {"PART NUMBER", LabelKind::kPlain, "part_number"},
    {"PART NO", LabelKind::kPlain, "part_number"},
    {"P/N", LabelKind::kPlain, "part_number"},
    {"PN", LabelKind::kPlain, "part_number"},
    {"MTM", LabelKind::kPlain, "part_number"},
    {"QUANTITY", LabelKind::kPlain, "quantity"},
    {"QTY", LabelKind::kPlain, "quantity"},
    {"PURCHASE ORDER", LabelKind::kPlain, "purchase_order"},
    {"P.O", LabelKind::kPlain, "purchase_order"},
    {"PO", LabelKind::kPlain, "purchase_order"},
    {"MODEL", LabelKind::kPlain, "model"},
};

// Dell's number for the telephone: the service tag in base 36, written in base 10.
Parsed ReadExpressCode(std::string_view value) {
  Parsed parsed;
  parsed.kind = LabelKind::kSerial;
  const std::string tag = TagOfExpressCode(value);
  parsed.elements.push_back({"serial", tag.empty() ? std::string(value) : tag});
  parsed.normalized = NormalizeSerial(parsed.elements[0].value);
  parsed.confidence = 0.95;
  if (tag.empty()) {
    parsed.error = common::Error(absl::StatusCode::kInvalidArgument, "IDENTIFIER_INVALID",
                                 "The label calls this an express service code, but it stands for "
                                 "no service tag of seven characters. Scan again or type it.",
                                 {{"kind", "serial"}});
  } else {
    parsed.maker_hint = "Dell";
  }
  return parsed;
}

Parsed ReadLine(const Name& name, std::string_view value) {
  Parsed parsed;
  if (name.id == "express") return ReadExpressCode(value);
  if (name.kind == LabelKind::kSerial || name.kind == LabelKind::kTag ||
      name.kind == LabelKind::kPlain) {
    parsed.kind = name.kind;
    const std::string_view id = name.id.empty() ? ToString(name.kind) : name.id;
    parsed.elements.push_back({std::string(id), std::string(value)});
    parsed.normalized = NormalizeSerial(value);
    parsed.confidence = 0.95;
    if (name.kind == LabelKind::kSerial) parsed.maker_hint = std::string(MakerOfSerial(value));
  } else {
    ParseNamedDeviceId(name.kind, value, &parsed);
  }
  return parsed;
}

// "MAC mini" and "Serial cable" say no number: after a mere blank the value must look like one.
bool LooksMeant(const Parsed& parsed, std::string_view value) {
  const bool free_form = parsed.kind == LabelKind::kSerial || parsed.kind == LabelKind::kTag ||
                         parsed.kind == LabelKind::kPlain;
  return parsed.error.ok() && HasDigit(value) && !(free_form && Contains(value, ' '));
}

bool ReadNamedLine(std::string_view line, Parsed* parsed) {
  for (const Name& name : kNames) {
    if (!StartsWithAnyCase(line, name.word)) continue;
    const std::string_view rest = line.substr(name.word.size());
    const std::size_t begin = rest.find_first_not_of(".:#= \t");
    if (begin == 0 || begin == std::string_view::npos) continue;
    *parsed = ReadLine(name, rest.substr(begin));
    const bool only_blanks = Strip(rest.substr(0, begin)).empty();
    if (!only_blanks || LooksMeant(*parsed, rest.substr(begin))) return true;
  }
  return false;
}

// What says most about the device gives the whole text its kind.
int Rank(LabelKind kind) {
  return kind == LabelKind::kSerial ? 3 : kind == LabelKind::kPlain ? 1 : 2;
}

}  // namespace

bool ParseNamedText(std::string_view text, Parsed* parsed) {
  const std::vector<std::string_view> lines = Split(text, "\r\n;", kLinesMax);
  Parsed all;
  bool named = false;
  for (std::string_view line : lines) {
    line = Strip(line);
    if (line.empty()) continue;
    Parsed one;
    if (!ReadNamedLine(line, &one)) {
      all.elements.push_back({"raw", std::string(line)});
      continue;
    }
    if (!named || Rank(one.kind) > Rank(all.kind)) {
      all.kind = one.kind;
      all.normalized = one.normalized;
      all.confidence = one.confidence;
      all.maker_hint = one.maker_hint;
    }
    named = true;
    if (all.error.ok()) all.error = one.error;
    all.elements.insert(all.elements.end(), one.elements.begin(), one.elements.end());
    all.warnings.insert(all.warnings.end(), one.warnings.begin(), one.warnings.end());
  }
  if (named) *parsed = std::move(all);
  return named;
}

}  // namespace loopdock::intake
