// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/receipts.h"

#include "services/inventory/core/evolver.h"

namespace loopdock::inventory {
namespace {

LoadData ShareOf(const v1::Asset* asset) {
  if (asset == nullptr || asset->load().empty() || asset->state() == v1::ASSET_STATE_WITHDRAWN) {
    return {};
  }
  if (asset->state() == v1::ASSET_STATE_MERGED ||
      asset->data_status() == v1::DATA_STATUS_NO_STORAGE ||
      asset->data_status() == v1::DATA_STATUS_EVALUATED_NO_DATA) {
    return {1, 0};
  }
  switch (asset->data_device_state()) {
    case v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL:
    case v1::DATA_DEVICE_STATE_VERIFIED:
    case v1::DATA_DEVICE_STATE_DESTROYED:
    case v1::DATA_DEVICE_STATE_QC_RECONCILED:
    case v1::DATA_DEVICE_STATE_RELEASED:
      return {0, 1};
    default:
      return {};
  }
}

absl::Status AddShare(std::string_view load, const LoadData& share, std::int64_t sign,
                      Evolver& evolver) {
  if (share == LoadData()) return absl::OkStatus();
  const std::string key = LookupKey(evolver.site(), Lookup::kLoadData, IdOf(load));
  const auto value = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  LoadData row = DecodeLoadData(value->value_or(""));
  row.without += sign * share.without;
  row.processed += sign * share.processed;
  if (row == LoadData()) {
    evolver.rows().Delete(kLookups, key);
  } else {
    evolver.rows().Put(kLookups, key, EncodeLoadData(row));
  }
  return absl::OkStatus();
}

// The manifest in force for what came in a session, or else with a load.
absl::StatusOr<std::string> ManifestOf(std::string_view load, Rows& rows) {
  const auto row = rows.Peek<v1::Load>(load);
  if (!row.ok()) return row.status();
  return *row == nullptr ? "" : (*row)->manifest();
}

}  // namespace

std::string EncodeLoadData(const LoadData& row) {
  std::string value;
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.without));
  AppendBigEndian64(&value, static_cast<std::uint64_t>(row.processed));
  return value;
}

LoadData DecodeLoadData(std::string_view value) {
  if (value.size() != 16) return {};
  return {static_cast<std::int64_t>(ReadBigEndian64(value)),
          static_cast<std::int64_t>(ReadBigEndian64(value.substr(8)))};
}

absl::Status CountLoadData(const v1::Asset* before, const v1::Asset& after, Evolver& evolver) {
  const LoadData was = ShareOf(before);
  const LoadData is = ShareOf(&after);
  if (was == is && (before == nullptr || before->load() == after.load())) return absl::OkStatus();
  if (before != nullptr) LOOPDOCK_RETURN_IF_ERROR(AddShare(before->load(), was, -1, evolver));
  return AddShare(after.load(), is, 1, evolver);
}

absl::StatusOr<DataDevices> DataDevicesOf(Rows& rows, std::string_view site, const v1::Load& load) {
  const auto value = rows.Get(kLookups, LookupKey(site, Lookup::kLoadData, IdOf(load.name())));
  if (!value.ok()) return value.status();
  const LoadData data = DecodeLoadData(value->value_or(""));
  DataDevices devices;
  devices.received = load.asset_count() - data.without;
  devices.processed = data.processed;
  for (const std::string& name : load.open_sessions()) {
    const auto session = rows.Peek<v1::ReceivingSession>(name);
    if (!session.ok()) return session.status();
    if (*session != nullptr) devices.received += (*session)->asset_count();
  }
  return devices;
}

absl::StatusOr<MemberMark> MarkOf(Rows& rows, std::string_view site, const v1::Asset& asset) {
  const auto value =
      rows.Get(kMembers, LoadMemberKey(site, IdOf(asset.load()), IdOf(asset.name())));
  if (!value.ok()) return value.status();
  return DecodeMark(value->value_or(""));
}

absl::StatusOr<bool> IsCompared(Rows& rows, std::string_view site, const v1::Asset& asset,
                                std::string_view manifest) {
  if (asset.load().empty() || manifest.empty()) return false;
  const auto mark = MarkOf(rows, site, asset);
  if (!mark.ok()) return mark.status();
  return mark->match != v1::MANIFEST_MATCH_UNSPECIFIED && mark->manifest == IdOf(manifest);
}

absl::Status MarkMember(const v1::Asset& asset, v1::ManifestMatch match, Evolver& evolver) {
  MemberMark mark;
  if (match != v1::MANIFEST_MATCH_UNSPECIFIED) {
    const auto manifest = ManifestOf(asset.load(), evolver.rows());
    LOOPDOCK_RETURN_IF_ERROR(manifest.status());
    mark = {match, std::string(IdOf(*manifest))};
  }
  evolver.rows().Put(kMembers,
                     LoadMemberKey(evolver.site(), IdOf(asset.load()), IdOf(asset.name())),
                     EncodeMark(mark));
  return absl::OkStatus();
}

absl::Status EnterLoad(const v1::Lot& lot, Evolver& evolver) {
  if (lot.load().empty()) return absl::OkStatus();
  MemberMark mark;
  LOOPDOCK_RETURN_IF_ERROR(evolver.Change<v1::Load>(lot.load(), [&](v1::Load& load) {
    load.set_lot_count(load.lot_count() + 1);
    if (load.manifest().empty()) return;
    mark = {lot.manifest_line() > 0 ? v1::MANIFEST_MATCH_MATCHED : v1::MANIFEST_MATCH_UNEXPECTED,
            std::string(IdOf(load.manifest()))};
    if (lot.manifest_line() > 0) return;  // the line's own fact counts it
    load.mutable_counts()->set_unexpected(load.counts().unexpected() + lot.piece_count());
  }));
  evolver.rows().Put(kMembers, LoadLotKey(evolver.site(), IdOf(lot.load()), IdOf(lot.name())),
                     EncodeMark(mark));
  return absl::OkStatus();
}

absl::Status Evolver::ForgetUnexpected(v1::Asset* asset) {
  if (asset->load().empty()) return absl::OkStatus();
  const auto mark = MarkOf(rows_, site(), *asset);
  LOOPDOCK_RETURN_IF_ERROR(mark.status());
  const auto load = rows_.Peek<v1::Load>(asset->load());
  LOOPDOCK_RETURN_IF_ERROR(load.status());
  const bool counted = mark->match == v1::MANIFEST_MATCH_UNEXPECTED && *load != nullptr &&
                       mark->manifest == IdOf((*load)->manifest());
  asset->clear_manifest_match();
  asset->clear_manifest_line();
  if (mark->match != v1::MANIFEST_MATCH_UNSPECIFIED) {
    LOOPDOCK_RETURN_IF_ERROR(MarkMember(*asset, v1::MANIFEST_MATCH_UNSPECIFIED, *this));
  }
  if (!counted) return absl::OkStatus();
  return ChangeReceipt(asset->session(), asset->load(), [](auto& receipt) {
    receipt.mutable_counts()->set_unexpected(receipt.counts().unexpected() - 1);
  });
}

void AddCounts(const v1::ReceivingCounts& more, v1::ReceivingCounts* counts) {
  counts->set_matched(counts->matched() + more.matched());
  counts->set_unexpected(counts->unexpected() + more.unexpected());
  counts->set_duplicates(counts->duplicates() + more.duplicates());
  counts->set_wrong_model(counts->wrong_model() + more.wrong_model());
  counts->set_over(counts->over() + more.over());
  counts->set_weighed_mass_g(counts->weighed_mass_g() + more.weighed_mass_g());
}

}  // namespace loopdock::inventory
