// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/receive_side.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "clients/cli/receive_words.h"
#include "services/common/fileio.h"
#include "services/common/json.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::int64_t kSideBytesMax = 4 << 20;

absl::Status Invalid(const std::string& path, const std::string& why) {
  return common::Error(absl::StatusCode::kDataLoss, "SIDE_FILE_INVALID",
                       absl::StrCat(path, " does not say which session this is: ", why,
                                    ". Remove it and give --load or --supplier."),
                       {{"path", path}});
}

std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t Number(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

absl::Status FromJson(const json& object, ReceiveSide* side) {
  ReceiveState& state = side->state;
  state.session = Text(object, "session");
  state.load = Text(object, "load");
  state.supplier = Text(object, "supplier");
  state.container = Text(object, "container");
  state.asset_key = Text(object, "asset_key");
  state.grouped = !state.asset_key.empty();
  state.scale = Text(object, "scale");
  state.remark = Text(object, "remark");
  side->asked = Text(object, "asked");
  side->load_request_id = Text(object, "load_request_id");
  side->session_request_id = Text(object, "session_request_id");
  if (const auto findings = object.find("hazard_findings"); findings != object.end()) {
    for (const json& finding : *findings) {
      if (finding.is_string()) state.hazard_findings.push_back(finding.get<std::string>());
    }
  }
  if (const auto known = object.find("containers"); known != object.end()) {
    for (const auto& [label, name] : known->items()) {
      if (name.is_string()) state.containers[label] = name.get<std::string>();
    }
  }
  if (const auto open = object.find("open"); open != object.end()) {
    for (const json& question : *open) {
      OpenQuestion& known = state.open.emplace_back();
      for (const auto& [key, message] :
           {std::pair<const char*, google::protobuf::Message*>{"scan", &known.scan},
            {"answer", &known.answer}}) {
        const auto found = question.find(key);
        if (found == question.end()) return absl::InvalidArgumentError("a question lacks a part");
        auto status = common::JsonToProto(common::DumpJson(*found), message);
        if (!status.ok()) return status;
      }
      known.number = static_cast<int>(Number(question, "number"));
      // Kept by an earlier version.
      if (known.number == 0) known.number = static_cast<int>(state.open.size());
    }
  }
  state.asked = static_cast<int>(Number(object, "questions"));
  for (const OpenQuestion& one : state.open) state.asked = std::max(state.asked, one.number);
  state.assets = Number(object, "assets");
  state.unread = Number(object, "unread");
  const auto counts = object.find("counts");
  if (counts == object.end()) return absl::OkStatus();
  return common::JsonToProto(common::DumpJson(*counts), &state.counts);
}

}  // namespace

std::string SidePath(const std::string& journal) { return journal + ".session"; }

std::optional<absl::StatusOr<ReceiveSide>> ReadSide(const std::string& path) {
  const auto text = common::ReadFile(path, kSideBytesMax);
  if (absl::IsNotFound(text.status())) return std::nullopt;
  if (!text.ok()) return text.status();
  const auto object = common::ParseJson(*text);
  if (!object.ok()) return Invalid(path, "it is no JSON");
  const bool is_ours = object->is_object() && object->contains("format") &&
                       (*object)["format"].is_number_integer() && (*object)["format"] == kFormat;
  if (!is_ours) {
    return Invalid(path, absl::StrCat("its format is not ", kFormat));
  }
  ReceiveSide side;
  if (auto status = FromJson(*object, &side); !status.ok()) {
    return Invalid(path, std::string(status.message()));
  }
  return side;
}

absl::Status WriteSide(const std::string& path, const ReceiveSide& side) {
  const ReceiveState& state = side.state;
  nlohmann::ordered_json object = {{"format", kFormat},
                                   {"session", state.session},
                                   {"load", state.load},
                                   {"supplier", state.supplier},
                                   {"asked", side.asked},
                                   {"container", state.container},
                                   {"asset_key", state.grouped ? state.asset_key : ""},
                                   {"scale", state.scale},
                                   {"remark", state.remark},
                                   {"hazard_findings", state.hazard_findings},
                                   {"containers", state.containers},
                                   {"assets", state.assets},
                                   {"unread", state.unread},
                                   {"load_request_id", side.load_request_id},
                                   {"session_request_id", side.session_request_id}};
  object["open"] = nlohmann::ordered_json::array();
  for (const OpenQuestion& open : state.open) {
    object["open"].push_back(
        {{"number", open.number}, {"scan", AsJson(open.scan)}, {"answer", AsJson(open.answer)}});
  }
  object["questions"] = state.asked;
  object["counts"] = AsJson(state.counts);
  return common::WriteFileAtomically(path, common::DumpJson(object) + "\n", 0600);
}

}  // namespace loopdock::cli
