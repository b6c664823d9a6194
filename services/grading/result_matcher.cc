// SPDX-License-Identifier: Apache-2.0
#include "services/grading/result_matcher.h"

#include <utility>

#include "services/common/credentials.h"
#include "services/common/grpc_status.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

using inventory::v1::Asset;

PreparedResult Waiting(v1::Result result, std::string why) {
  result.set_state(v1::RESULT_STATE_WAITING);
  result.set_explanation(std::move(why));
  return {.result = std::move(result)};
}

// Why a result with its asset needs a person nevertheless; empty when it does not.
std::string NeedsPerson(const v1::ResultRecord& record) {
  if (!record.has_wipe()) return "";
  if (record.wipe().outcome() == v1::WIPE_OUTCOME_ABORTED) {
    return "The sanitization was broken off, which is neither success nor failure. Do it again and "
           "dismiss this, or match it to its asset by name to record it as failed.";
  }
  if (IsEvaluation(record.wipe().method()) &&
      record.wipe().outcome() != v1::WIPE_OUTCOME_SUCCEEDED) {
    return "The storage was read and is not empty. Sanitize it and dismiss this.";
  }
  return "";
}

bool IsFoundDrive(const v1::ResultRecord& record) {
  return record.finding_case() == v1::ResultRecord::FINDING_NOT_SET;
}

}  // namespace

absl::StatusOr<ResultMatcher::Found> ResultMatcher::FindBy(const std::string& site,
                                                           const std::string& serial,
                                                           const std::string& maker) {
  const std::string key = Cat(maker, "\n", serial);
  if (const auto known = known_.find(key); known != known_.end()) return known->second;
  inventory::v1::FindAssetRequest request;
  request.set_site(site);
  request.mutable_identifier()->set_value(serial);
  if (!maker.empty()) {
    request.mutable_identifier()->set_kind(inventory::v1::IDENTIFIER_KIND_SERIAL);
    request.mutable_identifier()->set_issuer(maker);
  }
  grpc::ClientContext context;
  common::Authorize(context, caller_);
  Asset asset;
  const absl::Status status = common::FromGrpc(inventory_.FindAsset(&context, request, &asset));
  Found found;
  if (status.ok() && asset.state() == inventory::v1::ASSET_STATE_IN_STOCK) {
    found.asset = std::move(asset);
  } else if (status.ok()) {
    found.why = Cat("'", serial, "' belongs to ", asset.name(), ", which is no longer here.");
  } else if (common::ReasonOf(status) == "IDENTIFIER_AMBIGUOUS") {
    found.why = std::string(status.message());
  } else if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) {
    found.why = Cat("No asset has the number '", serial, "'.");
  } else {
    return status;
  }
  known_.emplace(key, found);
  return found;
}

absl::StatusOr<ResultMatcher::Found> ResultMatcher::Find(const std::string& site,
                                                         const v1::DeviceClaim& device) {
  Found first;
  for (const std::string& serial : device.serials()) {
    auto found = FindBy(site, serial, "");
    if (!found.ok()) return found.status();
    if (!found->asset && !device.maker().empty()) {
      // Two makers may give the same number.
      auto of_maker = FindBy(site, serial, device.maker());
      if (!of_maker.ok()) return of_maker.status();
      if (of_maker->asset) found = std::move(of_maker);
    }
    if (!found->asset) {
      if (!first.asset && first.why.empty()) first.why = found->why;
      continue;
    }
    if (first.asset && first.asset->name() != found->asset->name()) {
      return Found{.why = Cat("Its numbers belong to ", first.asset->name(), " and ",
                              found->asset->name(), ".")};
    }
    first = {.asset = found->asset};
  }
  return first;
}

absl::StatusOr<Asset> ResultMatcher::Get(const std::string& name) {
  grpc::ClientContext context;
  common::Authorize(context, caller_);
  inventory::v1::GetAssetRequest get;
  get.set_name(name);
  Asset asset;
  const absl::Status status = common::FromGrpc(inventory_.GetAsset(&context, get, &asset));
  if (!status.ok()) return status;
  if (asset.state() == inventory::v1::ASSET_STATE_IN_STOCK) return asset;
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "ASSET_NOT_OPEN",
      Cat("'", name, "' is no longer here; if it has come back, scan it in first."),
      {{"name", name}});
}

PreparedResult ResultMatcher::Prepare(v1::Result result, const MatchedAssets& matched) const {
  result.set_state(v1::RESULT_STATE_MATCHED);
  result.set_match_count(result.match_count() + 1);
  result.clear_explanation();
  result.set_asset(matched.asset == nullptr ? "" : matched.asset->name());
  result.set_host(matched.host == nullptr ? "" : matched.host->name());
  PreparedResult prepared{.result = std::move(result)};
  prepared.delivery = DeliveryOf(prepared.result, matched, plan_, now_);
  return prepared;
}

absl::StatusOr<PreparedResult> ResultMatcher::Match(v1::Result result) {
  const std::string site = common::SiteName(common::SiteOf(result.name()));
  const v1::ResultRecord& record = result.record();
  auto device = Find(site, record.device());
  if (!device.ok()) return device.status();
  if (device->asset) result.set_asset(device->asset->name());
  if (const std::string why = NeedsPerson(record); !why.empty()) return Waiting(result, why);
  const bool needs_host = record.device().is_drive() && (!device->asset || IsFoundDrive(record));
  if (!needs_host) {
    if (!device->asset) return Waiting(std::move(result), device->why);
    return Prepare(std::move(result), {.asset = &*device->asset});
  }
  auto host = Find(site, record.host());
  if (!host.ok()) return host.status();
  if (!host->asset) {
    const std::string of_host =
        host->why.empty() ? "" : Cat(" Of the device it is in: ", host->why);
    return Waiting(std::move(result), device->asset ? host->why : Cat(device->why, of_host));
  }
  result.set_host(host->asset->name());
  if (!device->asset) return Prepare(std::move(result), {.host = &*host->asset});
  const std::string& in = device->asset->installed_in();
  if (in == host->asset->name()) {
    result.set_state(v1::RESULT_STATE_RECORDED);
    result.clear_explanation();
    return PreparedResult{.result = std::move(result)};
  }
  if (!in.empty()) {
    return Waiting(std::move(result),
                   Cat("By the record it is built into ", in,
                       "; if it was moved, take it out there, then match this."));
  }
  return Prepare(std::move(result), {.asset = &*device->asset, .host = &*host->asset});
}

absl::StatusOr<PreparedResult> ResultMatcher::MatchTo(v1::Result result, const std::string& asset,
                                                      bool is_host) {
  const auto found = Get(asset);
  if (!found.ok()) return found.status();
  if (is_host) return Prepare(std::move(result), {.host = &*found});
  if (!IsFoundDrive(result.record())) return Prepare(std::move(result), {.asset = &*found});
  // That a drive is in a device says nothing without the device.
  auto host = Find(common::SiteName(common::SiteOf(result.name())), result.record().host());
  if (!host.ok()) return host.status();
  if (!host->asset) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "RESULT_UNMATCHED", host->why);
  }
  return Prepare(std::move(result), {.asset = &*found, .host = &*host->asset});
}

}  // namespace loopdock::grading
