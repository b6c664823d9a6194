// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "absl/hash/hash.h"
#include "services/common/status.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/placer.h"
#include "services/inventory/query/query_index.h"

namespace loopdock::inventory {
namespace {

// A set of rows as one number, whatever their order: equal sets have equal sums.
class RowSum {
 public:
  void Add(std::string_view row) {
    sum_ += absl::Hash<std::string_view>()(row);
    ++rows_;
  }
  bool operator==(const RowSum&) const = default;
  std::uint64_t rows() const { return rows_; }

 private:
  std::uint64_t sum_ = 0;
  std::uint64_t rows_ = 0;
};

class IndexCheck {
 public:
  IndexCheck(const storage::Store& index, const storage::Store& record, std::string_view site,
             storage::FsckReport* report)
      : index_(index), record_(record), site_(site), report_(*report), placer_(record) {}

  absl::Status Run() {
    LOOPDOCK_RETURN_IF_ERROR(Assets());
    LOOPDOCK_RETURN_IF_ERROR(Containers());
    LOOPDOCK_RETURN_IF_ERROR(Postings());
    LOOPDOCK_RETURN_IF_ERROR(Counts());
    return Stays();
  }

 private:
  void Problem(std::string_view table, std::string_view key, std::string_view what) {
    ++report_.problem_count;
    if (report_.problems.size() < storage::kFsckProblemsKept) {
      report_.problems.push_back({std::string(table), std::string(key), std::string(what)});
    }
  }

  template <typename VisitFn>
  absl::Status ForEachRow(const storage::Reader& reader, storage::TableId table,
                          const std::string& prefix, VisitFn&& visit) {
    std::string after;
    for (;;) {
      storage::ScanOptions options;
      options.table = table;
      options.prefix = prefix;
      if (!after.empty()) options.after = after;
      auto page = reader.Scan(options);
      LOOPDOCK_RETURN_IF_ERROR(page.status());
      for (const storage::Row& row : page->rows) {
        if (const absl::Status visited = visit(row); !visited.ok()) return visited;
      }
      if (!page->more || page->rows.empty()) return absl::OkStatus();
      after = page->rows.back().key;
    }
  }

  absl::Status Assets() {
    std::uint64_t assets = 0;
    const absl::Status compared =
        ForEachRow(record_, kAssets, SitePrefix(site_), [&](const storage::Row& row) {
          v1::Asset asset;
          if (!asset.ParseFromString(row.value)) return absl::OkStatus();  // the record's own fsck
          ++assets;
          LOOPDOCK_RETURN_IF_ERROR(placer_.Place(&asset));
          const IndexedAsset expected = IndexedOf(asset);
          const auto kept = index_.Get(kIndexAssets, row.key);
          LOOPDOCK_RETURN_IF_ERROR(kept.status());
          if (!kept->has_value()) {
            Problem("assets", row.key, "an asset is not indexed");
          } else if (DecodeIndexed(**kept) != expected) {
            Problem("assets", row.key, "the record makes another value");
          }
          for (const std::string& key : PostingsOf(site_, IdOf(asset.name()), expected)) {
            postings_.Add(key);
          }
          for (const std::string& term : expected.terms) {
            if (!HasCounts(term)) continue;
            std::string key = CountPrefix(site_, term);
            key.push_back(static_cast<char>(expected.state));
            ++counts_[key];
          }
          if (IsOpen(asset) && !asset.container().empty()) {
            stays_.Add(Cat(MemberOf(asset.name()), " ", IdOf(asset.container())));
          }
          return absl::OkStatus();
        });
    LOOPDOCK_RETURN_IF_ERROR(compared);
    std::uint64_t kept = 0;
    const absl::Status counted =
        ForEachRow(index_, kIndexAssets, SitePrefix(site_), [&](const storage::Row&) {
          ++kept;
          return absl::OkStatus();
        });
    LOOPDOCK_RETURN_IF_ERROR(counted);
    if (kept != assets) Problem("assets", "", Cat(kept, " rows, but ", assets, " assets"));
    return absl::OkStatus();
  }

  absl::Status Containers() {
    return ForEachRow(
        record_, kResources, ResourcePrefix(site_, "containers"), [&](const storage::Row& row) {
          v1::Container container;
          if (!container.ParseFromString(row.value)) return absl::OkStatus();
          if (!container.parent().empty()) {
            stays_.Add(Cat(MemberOf(container.name()), " ", IdOf(container.parent())));
          }
          const std::string id(IdOf(container.name()));
          const auto place = index_.Get(kIndexStays, PlaceKey(site_, id));
          LOOPDOCK_RETURN_IF_ERROR(place.status());
          const auto location = placer_.LocationOf(container.name());
          LOOPDOCK_RETURN_IF_ERROR(location.status());
          if (DecodePlace(place->value_or("")).resolved != IdOf(*location)) {
            Problem("stays", row.key, "a container is known to stand elsewhere");
          }
          return absl::OkStatus();
        });
  }

  absl::Status Postings() {
    RowSum found;
    LOOPDOCK_RETURN_IF_ERROR(
        ForEachRow(index_, kIndexPostings, SitePrefix(site_), [&](const storage::Row& row) {
          found.Add(row.key);
          return absl::OkStatus();
        }));
    if (found != postings_) {
      Problem("postings", "",
              Cat("the ", found.rows(), " rows are not the ", postings_.rows(),
                  " that the record makes"));
    }
    return absl::OkStatus();
  }

  absl::Status Counts() {
    std::map<std::string, std::int64_t> found;
    LOOPDOCK_RETURN_IF_ERROR(
        ForEachRow(index_, kIndexCounts, SitePrefix(site_), [&](const storage::Row& row) {
          if (row.key != PositionKey(site_)) found[row.key] = std::atoll(row.value.c_str());
          return absl::OkStatus();
        }));
    for (const auto& [key, count] : counts_) {
      if (const auto same = found.find(key); same == found.end() || same->second != count) {
        Problem("counts", key, Cat("the record makes ", count));
      }
    }
    if (found.size() != counts_.size()) Problem("counts", "", "there are counts of nothing");
    return absl::OkStatus();
  }

  absl::Status Stays() {
    RowSum open;
    const std::string prefix = Cat(SitePrefix(site_), "o");
    const absl::Status compared =
        ForEachRow(index_, kIndexStays, prefix, [&](const storage::Row& row) {
          const std::string_view rest = std::string_view(row.key).substr(prefix.size());
          const std::string member(rest.substr(0, rest.find('\0')));
          const Stay stay = ParseStayOf(site_, member, row);
          if (stay.to == 0) open.Add(Cat(member, " ", stay.container));
          const auto other = index_.Get(kIndexStays, StayInKey(site_, stay));
          LOOPDOCK_RETURN_IF_ERROR(other.status());
          if (!other->has_value() ||
              ReadBigEndian64(**other) != static_cast<std::uint64_t>(stay.to)) {
            Problem("stays", row.key, "container and member do not agree");
          }
          return absl::OkStatus();
        });
    LOOPDOCK_RETURN_IF_ERROR(compared);
    if (open != stays_) {
      Problem(
          "stays", "",
          Cat("the ", open.rows(), " open stays are not the ", stays_.rows(), " of the record"));
    }
    return absl::OkStatus();
  }

  const storage::Store& index_;
  const storage::Store& record_;
  const std::string_view site_;
  storage::FsckReport& report_;
  Placer placer_;
  RowSum postings_;
  RowSum stays_;
  std::map<std::string, std::int64_t> counts_;
};

}  // namespace

storage::FsckReport FsckIndex(const storage::Store& index, const storage::Store& record,
                              std::string_view site) {
  storage::FsckReport report = storage::Fsck(index);
  const absl::Status checked = IndexCheck(index, record, site, &report).Run();
  if (!checked.ok()) {
    ++report.problem_count;
    report.problems.push_back({"index", "", std::string(checked.message())});
  }
  return report;
}

}  // namespace loopdock::inventory
