// SPDX-License-Identifier: Apache-2.0
// loopdock stocktake count and missing: many assets in calls of at most 200.
#include <algorithm>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "clients/cli/console.h"
#include "clients/cli/fields.h"
#include "clients/cli/line_reader.h"
#include "clients/cli/verbs.h"
#include "loopdock/inventory/v1/inventory_service.grpc.pb.h"
#include "services/common/ids.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::StockTake;
using Stub = InventoryService::Stub;

constexpr int kAssetsMax = 200;  // a call
constexpr int kPageSize = 1000;
constexpr size_t kLineBytesMax = 4096;

std::vector<std::string> SeenOf(const VerbInput& input) {
  std::vector<std::string> seen = input.words[1];
  if (seen.size() != 1 || seen.front() != "-") return seen;
  seen.clear();
  while (auto line = NextLine(std::cin, kLineBytesMax)) {
    if (!line->empty()) seen.push_back(*std::move(line));
  }
  return seen;
}

// The asset of a name or of what a scanner read.
absl::StatusOr<std::string> AssetOf(const Settings& settings, const client::Connection& connection,
                                    Stub& stub, const std::string& text) {
  if (text.find("assets/") != std::string::npos) {
    return CompleteName(settings, text.rfind("assets/", 0) == 0 ? "*" : "assets", text);
  }
  inventory::v1::FindAssetRequest find;
  find.set_site(settings.site_name());
  find.mutable_identifier()->set_value(text);
  const auto asset = connection.Ask(stub, &Stub::FindAsset, find);
  if (asset.ok()) return asset->name();
  if (!absl::IsNotFound(asset.status())) return asset.status();
  inventory::v1::GetAssetRequest get;
  get.set_name(settings.FullName("assets", text));
  const auto named = connection.Ask(stub, &Stub::GetAsset, get);
  if (named.ok()) return named->name();
  return asset.status();
}

// Sends the assets in calls of at most kAssetsMax; the last answer.
template <typename Request, typename Response>
absl::StatusOr<Response> SendAll(const client::Connection& connection, Stub& stub,
                                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                                 const std::string& take, const std::vector<std::string>& assets,
                                 const VerbInput& input) {
  absl::StatusOr<Response> answer = Response();
  for (size_t at = 0; at < assets.size(); at += kAssetsMax) {
    Request request;
    request.set_name(take);
    request.set_request_id(common::NewUuidV7());
    request.set_reason(input.reason);
    request.set_validate_only(input.dry_run);
    const size_t end = std::min(assets.size(), at + kAssetsMax);
    for (size_t i = at; i < end; ++i) request.add_assets(assets[i]);
    answer = connection.Ask(stub, method, request);
    if (!answer.ok()) return answer;
  }
  return answer;
}

absl::StatusOr<std::vector<std::string>> AssetsIn(const Settings& settings,
                                                  const client::Connection& connection, Stub& stub,
                                                  const std::string& place) {
  inventory::v1::ListAssetsRequest list;
  list.set_site(settings.site_name());
  list.set_page_size(kPageSize);
  if (place.find("/containers/") != std::string::npos) {
    list.set_container(place);
  } else {
    list.set_location(place);
  }
  std::vector<std::string> names;
  do {
    const auto page = connection.Ask(stub, &Stub::ListAssets, list);
    if (!page.ok()) return page.status();
    for (const auto& asset : page->assets()) {
      // What is built in is missing with its host.
      if (asset.installed_in().empty()) names.push_back(asset.name());
    }
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  return names;
}

// The record itself says of each asset whether it was counted: a trial is refused then.
absl::StatusOr<std::vector<std::string>> NotCounted(const client::Connection& connection,
                                                    Stub& stub, const std::string& take,
                                                    const std::vector<std::string>& assets) {
  std::vector<std::string> missing;
  for (const std::string& asset : assets) {
    inventory::v1::RecordMissingRequest trial;
    trial.set_name(take);
    trial.set_request_id(common::NewUuidV7());
    trial.set_validate_only(true);
    trial.add_assets(asset);
    const auto answer = connection.Ask(stub, &Stub::RecordMissing, trial);
    if (answer.ok()) {
      missing.push_back(asset);
    } else if (common::ReasonOf(answer.status()) != "ASSET_COUNTED") {
      return answer.status();
    }
  }
  return missing;
}

}  // namespace

absl::Status CountStock(const Settings& settings, const VerbInput& input) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  std::vector<std::string> assets;
  for (const std::string& text : SeenOf(input)) {
    auto asset = AssetOf(settings, **connection, *stub, text);
    if (!asset.ok()) return asset.status();
    if (std::find(assets.begin(), assets.end(), *asset) == assets.end()) {
      assets.push_back(*std::move(asset));
    }
  }
  if (assets.empty()) return UsageError("Say what was seen.");
  const auto answer =
      SendAll(**connection, *stub, &Stub::RecordStockCount,
              settings.FullName("stocktakes", input.words[0].front()), assets, input);
  if (!answer.ok()) return answer.status();
  return PrintAnswer(input, *answer);
}

absl::Status RecordMissing(const Settings& settings, const VerbInput& input) {
  const auto connection = settings.Connect();
  if (!connection.ok()) return connection.status();
  const auto stub = InventoryService::NewStub((*connection)->channel());
  inventory::v1::GetStockTakeRequest get;
  get.set_name(settings.FullName("stocktakes", input.words[0].front()));
  const auto take = (*connection)->Ask(*stub, &Stub::GetStockTake, get);
  if (!take.ok()) return take.status();
  const auto there = AssetsIn(settings, **connection, *stub, take->place());
  if (!there.ok()) return there.status();
  const auto missing = NotCounted(**connection, *stub, take->name(), *there);
  if (!missing.ok()) return missing.status();
  if (!input.json) {
    for (const std::string& asset : *missing) PrintLine(absl::StrCat("missing ", asset));
  }
  if (missing->empty()) return PrintAnswer(input, *take);
  const auto answer =
      SendAll(**connection, *stub, &Stub::RecordMissing, take->name(), *missing, input);
  if (!answer.ok()) return answer.status();
  return PrintAnswer(input, *answer);
}

}  // namespace loopdock::cli
