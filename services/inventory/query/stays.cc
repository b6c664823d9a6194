// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/stays.h"

#include <algorithm>

#include "services/common/status.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kLookedAtStaysMax = 100'000;
constexpr size_t kMovesMax = 10'000;

absl::StatusOr<storage::ScanResult> ScanStays(const storage::Reader& index,
                                              const std::string& prefix, const std::string& after) {
  storage::ScanOptions options;
  options.table = kIndexStays;
  options.prefix = prefix;
  if (!after.empty()) options.after = after;
  return index.Scan(options);
}

class MovesCollector {
 public:
  MovesCollector(const storage::Reader& index, std::string_view site)
      : index_(index), site_(site) {}

  // Moves of what the member stood in between the two sequences.
  absl::Status Collect(const std::string& member, std::int64_t from, std::int64_t to, int depth) {
    if (depth > kContainerDepthMax) return absl::OkStatus();
    const std::string prefix = StaysOfPrefix(site_, member);
    std::string after;
    for (;;) {
      const auto page = ScanStays(index_, prefix, after);
      LOOPDOCK_RETURN_IF_ERROR(page.status());
      for (const storage::Row& row : page->rows) {
        const Stay stay = ParseStayOf(site_, member, row);
        const std::int64_t first = std::max(from, stay.from);
        const std::int64_t last = stay.to == 0 ? to : std::min(to, stay.to);
        if (first >= last) continue;
        LOOPDOCK_RETURN_IF_ERROR(CollectMoves(stay.container, first, last));
        LOOPDOCK_RETURN_IF_ERROR(Collect(Cat("c", stay.container), first, last, depth + 1));
      }
      if (!page->more || page->rows.empty() || moves_.size() > kMovesMax) return absl::OkStatus();
      after = page->rows.back().key;
    }
  }
  std::map<std::int64_t, std::string> Take() { return std::move(moves_); }

 private:
  absl::Status CollectMoves(const std::string& container, std::int64_t from, std::int64_t to) {
    const std::string prefix = MovesPrefix(site_, container);
    std::string after = MoveKey(site_, container, from);
    while (moves_.size() <= kMovesMax) {
      const auto page = ScanStays(index_, prefix, after);
      LOOPDOCK_RETURN_IF_ERROR(page.status());
      for (const storage::Row& row : page->rows) {
        const auto sequence = static_cast<std::int64_t>(
            ReadBigEndian64(std::string_view(row.key).substr(prefix.size())));
        if (sequence >= to) return absl::OkStatus();
        moves_[sequence] = container;
      }
      if (!page->more || page->rows.empty()) return absl::OkStatus();
      after = page->rows.back().key;
    }
    return absl::OkStatus();
  }

  const storage::Reader& index_;
  const std::string_view site_;
  std::map<std::int64_t, std::string> moves_;
};

}  // namespace

absl::StatusOr<ContentsPage> ContentsAt(const storage::Reader& index, std::string_view site,
                                        std::string_view container, std::int64_t sequence,
                                        std::string_view after, size_t limit) {
  const std::string prefix = StaysInPrefix(site, container);
  std::string last = after.empty() ? "" : Cat(prefix, after);
  ContentsPage contents;
  for (size_t looked_at = 0;;) {
    const auto page = ScanStays(index, prefix, last);
    if (!page.ok()) return page.status();
    for (size_t i = 0; i < page->rows.size(); ++i) {
      const storage::Row& row = page->rows[i];
      last = row.key;
      Stay stay = ParseStayIn(site, container, row);
      if (stay.from > sequence || (stay.to != 0 && stay.to <= sequence)) continue;
      contents.stays.push_back(std::move(stay));
      if (contents.stays.size() < limit) continue;
      contents.last = last.substr(prefix.size());
      contents.more = page->more || i + 1 < page->rows.size();
      return contents;
    }
    looked_at += page->rows.size();
    if (!page->more || page->rows.empty()) return contents;
    if (looked_at < kLookedAtStaysMax) continue;
    contents.last = last.substr(prefix.size());
    contents.more = true;
    return contents;
  }
}

absl::StatusOr<std::map<std::int64_t, std::string>> MovesAround(const storage::Reader& index,
                                                                std::string_view site,
                                                                std::string_view asset) {
  MovesCollector collector(index, site);
  const absl::Status collected = collector.Collect(Cat("a", asset), 0, INT64_MAX, 0);
  if (!collected.ok()) return collected;
  return collector.Take();
}

absl::StatusOr<std::int64_t> SequenceAt(const Inventory& inventory, absl::Time time) {
  std::int64_t before = 0;  // committed at or before the time
  std::int64_t beyond = inventory.last_sequence() + 1;
  while (beyond - before > 1) {
    const std::int64_t middle = before + (beyond - before) / 2;
    const auto entry = inventory.ReadFeed(middle, 1, 1);
    if (!entry.ok()) return entry.status();
    if (entry->empty()) {
      return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                           Cat("Feed entry ", middle, " is missing; run fsck."));
    }
    if (FromTimestamp(entry->front().server_time()) <= time) {
      before = middle;
    } else {
      beyond = middle;
    }
  }
  return before;
}

}  // namespace loopdock::inventory
