// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/stock.h"

#include <algorithm>
#include <array>
#include <vector>

#include "absl/time/civil_time.h"
#include "services/inventory/core/evolver.h"
#include "services/inventory/core/tables.h"

namespace loopdock::inventory {
namespace {

constexpr int kMonths = 12;
constexpr std::int64_t kMillion = 1'000'000;

void AppendNumber(std::string* out, std::int64_t number) {
  AppendBigEndian64(out, static_cast<std::uint64_t>(number));
}

std::int64_t NumberAt(std::string_view value, size_t index) {
  if (value.size() < (index + 1) * 8) return 0;
  return static_cast<std::int64_t>(ReadBigEndian64(value.substr(index * 8)));
}

CapLevel LevelOf(std::int64_t here, std::int64_t cap, std::int64_t alert_ppm) {
  if (cap == 0 || here == 0) return CapLevel::kBelow;
  if (here > cap) return CapLevel::kOver;
  // 128 bits are not needed: caps have at most 1e12 pieces or grams.
  return here * kMillion >= cap * alert_ppm ? CapLevel::kAlert : CapLevel::kBelow;
}

// What a thing adds to the sums.
struct Share {
  std::int64_t pieces = 0;
  std::int64_t mass_g = 0;
  std::string_view category;
  std::vector<int> materials;  // each once
};

std::vector<int> Once(const google::protobuf::RepeatedField<int>& materials) {
  std::vector<int> once(materials.begin(), materials.end());
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  return once;
}

Share ShareOf(const v1::Asset* asset) {
  if (asset == nullptr || !IsOpen(*asset) || !asset->installed_in().empty()) return {};
  return {1, asset->mass_g(), asset->category(), Once(asset->focus_materials())};
}

Share ShareOf(const v1::Lot* lot) {
  if (lot == nullptr || (lot->piece_count() == 0 && lot->mass_g() == 0)) return {};
  return {lot->piece_count(), lot->mass_g(), lot->category(), Once(lot->focus_materials())};
}

v1::CapReached Reached(const StockRow& row, v1::FocusMaterial material, std::string_view category) {
  v1::CapReached reached;
  reached.mutable_cap()->set_focus_material(material);
  reached.mutable_cap()->set_category(std::string(category));
  reached.mutable_cap()->set_pieces(row.cap_pieces);
  reached.mutable_cap()->set_mass_g(row.cap_mass_g);
  reached.mutable_cap()->set_alert_ppm(static_cast<std::int32_t>(row.alert_ppm));
  reached.mutable_sum()->set_focus_material(material);
  reached.mutable_sum()->set_category(std::string(category));
  reached.mutable_sum()->set_pieces(row.pieces);
  reached.mutable_sum()->set_mass_g(row.mass_g);
  reached.set_over(LevelOf(row) == CapLevel::kOver);
  return reached;
}

template <typename ChangeFn>
absl::Status ChangeSum(Evolver& evolver, v1::FocusMaterial material, std::string_view category,
                       ChangeFn&& change) {
  const std::string key =
      LookupKey(evolver.site(), Lookup::kStockSum, StockWords(material, category));
  const auto value = evolver.rows().Get(kLookups, key);
  LOOPDOCK_RETURN_IF_ERROR(value.status());
  const StockRow before = DecodeStock(value->value_or(""));
  StockRow after = before;
  change(after);
  if (after == before) return absl::OkStatus();
  if (after == StockRow()) {
    evolver.rows().Delete(kLookups, key);
  } else {
    evolver.rows().Put(kLookups, key, EncodeStock(after));
  }
  if (LevelOf(after) > LevelOf(before)) {
    evolver.rows().caps_reached().push_back(Reached(after, material, category));
  }
  return absl::OkStatus();
}

absl::Status AddToSum(Evolver& evolver, v1::FocusMaterial material, std::string_view category,
                      std::int64_t pieces, std::int64_t mass_g) {
  if (pieces == 0 && mass_g == 0) return absl::OkStatus();
  return ChangeSum(evolver, material, category, [&](StockRow& row) {
    row.pieces += pieces;
    row.mass_g += mass_g;
  });
}

absl::Status Replace(const Share& before, const Share& after, Evolver& evolver) {
  const std::int64_t pieces = after.pieces - before.pieces;
  const std::int64_t mass_g = after.mass_g - before.mass_g;
  constexpr auto kNone = v1::FOCUS_MATERIAL_UNSPECIFIED;
  LOOPDOCK_RETURN_IF_ERROR(AddToSum(evolver, kNone, "", pieces, mass_g));
  if (before.category == after.category) {
    if (!after.category.empty()) {
      LOOPDOCK_RETURN_IF_ERROR(AddToSum(evolver, kNone, after.category, pieces, mass_g));
    }
  } else {
    if (!before.category.empty()) {
      LOOPDOCK_RETURN_IF_ERROR(
          AddToSum(evolver, kNone, before.category, -before.pieces, -before.mass_g));
    }
    if (!after.category.empty()) {
      LOOPDOCK_RETURN_IF_ERROR(
          AddToSum(evolver, kNone, after.category, after.pieces, after.mass_g));
    }
  }
  for (const int material : before.materials) {
    LOOPDOCK_RETURN_IF_ERROR(AddToSum(evolver, static_cast<v1::FocusMaterial>(material), "",
                                      -before.pieces, -before.mass_g));
  }
  for (const int material : after.materials) {
    LOOPDOCK_RETURN_IF_ERROR(AddToSum(evolver, static_cast<v1::FocusMaterial>(material), "",
                                      after.pieces, after.mass_g));
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeStock(const StockRow& row) {
  std::string value;
  AppendNumber(&value, row.pieces);
  AppendNumber(&value, row.mass_g);
  if (row.cap_pieces == 0 && row.cap_mass_g == 0) return value;
  AppendNumber(&value, row.cap_pieces);
  AppendNumber(&value, row.cap_mass_g);
  AppendNumber(&value, row.alert_ppm);
  return value;
}

StockRow DecodeStock(std::string_view value) {
  return {NumberAt(value, 0), NumberAt(value, 1), NumberAt(value, 2), NumberAt(value, 3),
          NumberAt(value, 4)};
}

CapLevel LevelOf(const StockRow& row) {
  return std::max(LevelOf(row.pieces, row.cap_pieces, row.alert_ppm),
                  LevelOf(row.mass_g, row.cap_mass_g, row.alert_ppm));
}

bool IsFull(const StockRow& row) {
  return (row.cap_pieces > 0 && row.pieces >= row.cap_pieces) ||
         (row.cap_mass_g > 0 && row.mass_g >= row.cap_mass_g);
}

std::string StockWords(v1::FocusMaterial material, std::string_view category) {
  if (material != v1::FOCUS_MATERIAL_UNSPECIFIED) return Cat("f", static_cast<int>(material));
  return category.empty() ? "" : Cat("c", category);
}

absl::StatusOr<StockRow> ReadStock(Rows& rows, std::string_view site, v1::FocusMaterial material,
                                   std::string_view category) {
  const auto value =
      rows.Get(kLookups, LookupKey(site, Lookup::kStockSum, StockWords(material, category)));
  if (!value.ok()) return value.status();
  return DecodeStock(value->value_or(""));
}

absl::Status CountStock(const v1::Asset* before, const v1::Asset& after, Evolver& evolver) {
  const bool was_open = before != nullptr && IsOpen(*before);
  // Most changes of an asset leave what it counts for as it is.
  if (was_open && IsOpen(after) && before->mass_g() == after.mass_g() &&
      before->category() == after.category() && before->installed_in() == after.installed_in() &&
      std::equal(before->focus_materials().begin(), before->focus_materials().end(),
                 after.focus_materials().begin(), after.focus_materials().end())) {
    return absl::OkStatus();
  }
  return Replace(ShareOf(before), ShareOf(&after), evolver);
}

absl::Status CountStock(const v1::Lot* before, const v1::Lot& after, Evolver& evolver) {
  return Replace(ShareOf(before), ShareOf(&after), evolver);
}

absl::Status SetCaps(const v1::FacilityRules& before, const v1::FacilityRules& after,
                     Evolver& evolver) {
  const auto same = [](const v1::InventoryCap& a, const v1::InventoryCap& b) {
    return a.focus_material() == b.focus_material() && a.category() == b.category();
  };
  for (const v1::InventoryCap& old : before.caps()) {
    const bool goes_on = std::any_of(after.caps().begin(), after.caps().end(),
                                     [&](const v1::InventoryCap& cap) { return same(cap, old); });
    if (goes_on) continue;
    LOOPDOCK_RETURN_IF_ERROR(
        ChangeSum(evolver, old.focus_material(), old.category(), [](StockRow& row) {
          row.cap_pieces = 0;
          row.cap_mass_g = 0;
          row.alert_ppm = 0;
        }));
  }
  for (const v1::InventoryCap& cap : after.caps()) {
    LOOPDOCK_RETURN_IF_ERROR(
        ChangeSum(evolver, cap.focus_material(), cap.category(), [&](StockRow& row) {
          row.cap_pieces = cap.pieces();
          row.cap_mass_g = cap.mass_g();
          row.alert_ppm = cap.alert_ppm();
        }));
  }
  return absl::OkStatus();
}

std::string EncodeSales(const SalesRow& row) {
  std::string value;
  AppendNumber(&value, row.sold);
  AppendNumber(&value, row.specialty);
  return value;
}

SalesRow DecodeSales(std::string_view value) { return {NumberAt(value, 0), NumberAt(value, 1)}; }

std::string SalesWords(absl::Time time, int back) {
  const absl::CivilMonth month = absl::ToCivilMonth(time, absl::UTCTimeZone()) - back;
  return absl::FormatCivilTime(month);
}

absl::StatusOr<SalesRow> SalesOfYear(Rows& rows, std::string_view site, absl::Time now) {
  SalesRow year;
  for (int back = 0; back < kMonths; ++back) {
    const auto value = rows.Get(kLookups, LookupKey(site, Lookup::kSales, SalesWords(now, back)));
    if (!value.ok()) return value.status();
    const SalesRow month = DecodeSales(value->value_or(""));
    year.sold += month.sold;
    year.specialty += month.specialty;
  }
  return year;
}

}  // namespace loopdock::inventory
