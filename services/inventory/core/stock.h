// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_STOCK_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_STOCK_H_

// What is here, summed up for the caps of R-17, and what was sold by month for R-09. A sum's row
// has the cap that it is measured against, so that a booking, which changes the row, sees whether
// the cap is reached without reading the facility's rules. What is built into another asset is part
// of that one and not counted by itself. Thread safety: free functions, safe from any thread on
// Rows of their own. Errors: those of the rows.

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "loopdock/inventory/v1/facility.pb.h"
#include "loopdock/inventory/v1/resources.pb.h"

namespace loopdock::inventory {

class Evolver;
class Rows;

// The value of a Lookup::kStockSum row.
struct StockRow {
  std::int64_t pieces = 0;
  std::int64_t mass_g = 0;
  std::int64_t cap_pieces = 0;  // 0: no limit
  std::int64_t cap_mass_g = 0;  // 0: no limit
  std::int64_t alert_ppm = 0;
  bool operator==(const StockRow&) const = default;
};
std::string EncodeStock(const StockRow& row);
StockRow DecodeStock(std::string_view value);

// How near a sum is to its cap.
enum class CapLevel { kBelow, kAlert, kOver };
CapLevel LevelOf(const StockRow& row);
// True when not one piece or gram more fits.
bool IsFull(const StockRow& row);

// The words of a sum: of a focus material, else of a category, else of everything.
std::string StockWords(v1::FocusMaterial material, std::string_view category);
absl::StatusOr<StockRow> ReadStock(Rows& rows, std::string_view site, v1::FocusMaterial material,
                                   std::string_view category);

// Takes a change into the sums; `before` is null for what is new.
absl::Status CountStock(const v1::Asset* before, const v1::Asset& after, Evolver& evolver);
absl::Status CountStock(const v1::Lot* before, const v1::Lot& after, Evolver& evolver);
// Puts the caps of new rules into the sums that they are about, and takes those of the old away.
absl::Status SetCaps(const v1::FacilityRules& before, const v1::FacilityRules& after,
                     Evolver& evolver);

// The value of a Lookup::kSales row, and a sum of such.
struct SalesRow {
  std::int64_t sold = 0;
  std::int64_t specialty = 0;  // untested specialty units of these
};
std::string EncodeSales(const SalesRow& row);
SalesRow DecodeSales(std::string_view value);
// The words of a month's row, `back` months before that of `time`.
std::string SalesWords(absl::Time time, int back);
// What was sold in the month of `now` and the eleven before it.
absl::StatusOr<SalesRow> SalesOfYear(Rows& rows, std::string_view site, absl::Time now);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_STOCK_H_
