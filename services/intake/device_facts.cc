// SPDX-License-Identifier: Apache-2.0
#include "services/intake/device_facts.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/grpc_status.h"

namespace loopdock::intake {

using inventory::v1::CatalogEntry;

absl::StatusOr<std::optional<DeviceFacts::Found>> DeviceFacts::FindDevice(
    const common::Caller& caller, const std::string& site, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    auto entry = OfSite(caller, site, key);
    if (!entry.ok()) return entry.status();
    if (*entry != nullptr) return Found{**entry, key, "site"};
  }
  for (const std::string& key : keys) {
    const CatalogEntry* row = catalog_.FindDevice(key);
    if (row != nullptr) return Found{*row, key, "project"};
  }
  return std::nullopt;
}

bool DeviceFacts::Ships(const std::vector<std::string>& keys) const {
  return std::any_of(keys.begin(), keys.end(), [this](const std::string& key) {
    return catalog_.FindDevice(key) != nullptr;
  });
}

std::optional<DeviceFacts::Found> DeviceFacts::FindCategory(const std::string& category) const {
  const CatalogEntry* typical = catalog_.FindCategory(category);
  if (typical == nullptr) return std::nullopt;
  return Found{*typical, "", "category"};
}

absl::StatusOr<DeviceFacts::Entry> DeviceFacts::OfSite(const common::Caller& caller,
                                                       const std::string& site,
                                                       const std::string& key) {
  std::string place = site + '\n' + key;
  if (auto known = Known(place)) return *std::move(known);
  grpc::ClientContext context;
  common::Authorize(context, caller);
  context.set_deadline(absl::ToChronoTime(std::min(caller.deadline, absl::Now() + kAskDeadline)));
  inventory::v1::FindCatalogEntryRequest find;
  find.set_site(site);
  find.set_key(key);
  auto entry = std::make_shared<CatalogEntry>();
  const absl::Status status =
      common::FromGrpc(inventory_->FindCatalogEntry(&context, find, entry.get()));
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  Entry answer = status.ok() ? Entry(std::move(entry)) : nullptr;
  Remember(std::move(place), answer);
  return answer;
}

std::optional<DeviceFacts::Entry> DeviceFacts::Known(const std::string& place) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  for (const Generation* generation : {&young_, &old_}) {
    const auto found = generation->find(place);
    if (found != generation->end() && now < found->second.until) return found->second.entry;
  }
  return std::nullopt;
}

void DeviceFacts::Remember(std::string place, Entry entry) {
  const absl::Time until = clock_.Now() + kCachedFor;
  absl::MutexLock lock(&mutex_);
  if (young_.size() >= kCachedKeysMax / 2) {
    old_ = std::move(young_);
    young_.clear();
  }
  young_[std::move(place)] = {std::move(entry), until};
}

}  // namespace loopdock::intake
