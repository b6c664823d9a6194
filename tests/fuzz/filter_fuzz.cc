// SPDX-License-Identifier: Apache-2.0
// Filters of any bytes, parsed and applied. With libFuzzer: `filter_fuzz -max_len=5000`.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/common/status.h"
#include "services/inventory/query/filter.h"

namespace {

using loopdock::inventory::Matches;
using loopdock::inventory::ParseFilter;

const loopdock::inventory::v1::Asset& Sample() {
  static const auto* const kAsset = [] {
    auto* asset = new loopdock::inventory::v1::Asset();
    asset->set_name("sites/main/assets/00001k");
    asset->set_state(loopdock::inventory::v1::ASSET_STATE_IN_STOCK);
    asset->set_maker("Acme");
    asset->set_model("Pocket X-200 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    asset->set_mass_g(5);
    asset->mutable_received_time()->set_seconds(1'790'000'000);
    asset->add_identifiers()->set_value("SN1");
    return asset;
  }();
  return *kAsset;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto filter = ParseFilter(text, absl::FromUnixSeconds(1'790'000'000));
  if (filter.ok()) {
    Matches(*filter, Sample());
  } else if (loopdock::common::ReasonOf(filter.status()) != "FILTER_INVALID") {
    std::abort();
  }
  return 0;
}
