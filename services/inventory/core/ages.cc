// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/ages.h"

#include "services/inventory/core/evolver.h"
#include "services/inventory/core/tables.h"

namespace loopdock::inventory {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr size_t kAgeBytes = 12;

// Where a controlled asset stands and the day of its receipt; no container for all others.
struct Stay {
  std::string_view container;
  std::int32_t day = 0;
  bool operator==(const Stay&) const = default;
};

Stay StayOf(const v1::Asset* asset) {
  if (asset == nullptr || !IsOpen(*asset) || asset->container().empty() ||
      asset->applicability() != v1::R2_APPLICABILITY_CONTROLLED) {
    return {};
  }
  return {asset->container(),
          static_cast<std::int32_t>(asset->received_time().seconds() / kDaySeconds)};
}

// Adds to a container and all around it.
absl::Status Add(const Ages& added, int sign, std::string_view container, Evolver& evolver) {
  std::string name(container);
  for (int depth = 0; !name.empty() && !added.empty() && depth < kContainerDepthMax; ++depth) {
    auto ages = AgesOf(evolver.rows(), evolver.site(), name);
    LOOPDOCK_RETURN_IF_ERROR(ages.status());
    for (const auto& [day, count] : added) {
      if (((*ages)[day] += sign * count) == 0) ages->erase(day);
    }
    const std::string key = LookupKey(evolver.site(), Lookup::kAges, IdOf(name));
    if (ages->empty()) {
      evolver.rows().Delete(kLookups, key);
    } else {
      evolver.rows().Put(kLookups, key, EncodeAges(*ages));
    }
    v1::Container outer;
    LOOPDOCK_RETURN_IF_ERROR(evolver.rows().ReadExpected(name, &outer));
    name = outer.parent();
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeAges(const Ages& ages) {
  std::string value;
  for (const auto& [day, count] : ages) {
    const auto bits = static_cast<std::uint32_t>(day);
    for (int shift = 24; shift >= 0; shift -= 8) value.push_back(static_cast<char>(bits >> shift));
    AppendBigEndian64(&value, static_cast<std::uint64_t>(count));
  }
  return value;
}

Ages DecodeAges(std::string_view value) {
  Ages ages;
  for (; value.size() >= kAgeBytes; value.remove_prefix(kAgeBytes)) {
    std::uint32_t day = 0;
    for (size_t i = 0; i < 4; ++i) day = (day << 8) | static_cast<unsigned char>(value[i]);
    ages[static_cast<std::int32_t>(day)] =
        static_cast<std::int64_t>(ReadBigEndian64(value.substr(4)));
  }
  return ages;
}

absl::StatusOr<Ages> AgesOf(Rows& rows, std::string_view site, std::string_view container) {
  const auto value = rows.Get(kLookups, LookupKey(site, Lookup::kAges, IdOf(container)));
  if (!value.ok()) return value.status();
  return DecodeAges(value->value_or(""));
}

absl::Time OldestReceipt(const Ages& ages) {
  if (ages.empty()) return absl::InfiniteFuture();
  return absl::FromUnixSeconds((std::int64_t{ages.begin()->first} + 1) * kDaySeconds - 1);
}

absl::Status CountAges(const v1::Asset* before, const v1::Asset& after, Evolver& evolver) {
  const Stay was = StayOf(before);
  const Stay is = StayOf(&after);
  if (was == is) return absl::OkStatus();
  if (!was.container.empty()) {
    LOOPDOCK_RETURN_IF_ERROR(Add({{was.day, 1}}, -1, was.container, evolver));
  }
  return is.container.empty() ? absl::OkStatus() : Add({{is.day, 1}}, 1, is.container, evolver);
}

absl::Status MoveAges(std::string_view container, std::string_view from, std::string_view to,
                      Evolver& evolver) {
  if (from == to) return absl::OkStatus();
  const auto ages = AgesOf(evolver.rows(), evolver.site(), container);
  LOOPDOCK_RETURN_IF_ERROR(ages.status());
  LOOPDOCK_RETURN_IF_ERROR(Add(*ages, -1, from, evolver));
  return Add(*ages, 1, to, evolver);
}

}  // namespace loopdock::inventory
