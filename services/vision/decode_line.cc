// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode_line.h"

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "services/common/json.h"
#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::vision {
namespace {

using Json = nlohmann::ordered_json;

// Every byte as the character of the same number, so that nothing is lost.
std::string AsLatin1(const std::string& bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x80) {
      text += byte;
    } else {
      text += static_cast<char>(0xC0 | code >> 6);
      text += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  return text;
}

double Rounded(double value, double steps) { return std::round(value * steps) / steps; }

Json CornersJson(const google::protobuf::RepeatedPtrField<v1::Point>& corners) {
  Json json = Json::array();
  for (const v1::Point& corner : corners) {
    json.push_back({Rounded(corner.x(), 10), Rounded(corner.y(), 10)});
  }
  return json;
}

Json ProposalJson(const v1::TextProposal& proposal) {
  return {{"label", proposal.label()},
          {"value", proposal.value()},
          {"confidence", Rounded(proposal.confidence(), 100)},
          {"corners", CornersJson(proposal.corners())}};
}

Json SymbolJson(const v1::Symbol& symbol) {
  const bool is_text = common::IsUtf8(symbol.content());
  Json json;
  json["format"] = symbol.format();
  json["text"] = is_text ? symbol.content() : AsLatin1(symbol.content());
  if (!is_text) json["bytes"] = absl::Base64Escape(symbol.content());
  json["symbology_identifier"] = symbol.symbology_identifier();
  json["corners"] = CornersJson(symbol.corners());
  return json;
}

// The worker's time travels with an error as metadata.
double WorkerMs(const absl::StatusOr<v1::Response>& response) {
  if (response.ok()) return response->worker_ms();
  return std::strtod(common::MetadataOf(response.status(), "worker_ms").c_str(), nullptr);
}

}  // namespace

std::string DecodeLine(std::string_view file, const absl::StatusOr<v1::Response>& response) {
  Json line;
  line["file"] = std::string(file);
  line["symbols"] = Json::array();
  if (response.ok()) {
    for (const v1::Symbol& symbol : response->decode().symbols()) {
      line["symbols"].push_back(SymbolJson(symbol));
    }
    for (const v1::UnreadSymbol& unread : response->decode().unread()) {
      line["unread"].push_back(
          {{"kind", unread.kind()}, {"corners", CornersJson(unread.corners())}});
    }
    for (const v1::TextProposal& proposal : response->decode().proposals()) {
      line["proposals"].push_back(ProposalJson(proposal));
    }
  }
  line["ms"] = Rounded(WorkerMs(response), 1000);
  line["error"] = Json::parse(common::ErrorJson(response.status()), nullptr, false);
  return common::DumpJson(line);
}

}  // namespace loopdock::vision
