// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/exports.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "services/common/json.h"
#include "services/common/names.h"
#include "services/common/status.h"
#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/asset_queries.h"
#include "services/inventory/query/export_rows.h"

namespace loopdock::inventory {
namespace {

constexpr size_t kPartBytes = size_t{64} << 10;
constexpr size_t kPageRows = 500;
constexpr size_t kPageBytes = size_t{4} << 20;

class Writer {
 public:
  Writer(absl::Span<const ExportColumn> columns, v1::ExportFormat format,
         const std::function<bool(v1::ExportResponse)>& write)
      : columns_(columns), csv_(format == v1::EXPORT_FORMAT_CSV), write_(write) {
    part_.set_media_type(csv_ ? "text/csv; charset=utf-8" : "application/jsonl");
    if (!csv_) return;
    std::vector<std::string> names;
    for (const ExportColumn& column : columns_) names.emplace_back(column.name);
    AddCsv(names);
  }

  // False when nobody reads any more.
  bool Add(const std::vector<std::string>& values) {
    if (csv_) {
      AddCsv(values);
    } else {
      AddJson(values);
    }
    part_.set_row_count(part_.row_count() + 1);
    return part_.data().size() < kPartBytes || Send();
  }
  void Finish() {
    if (!part_.data().empty() || !part_.media_type().empty()) Send();
  }

 private:
  void AddCsv(const std::vector<std::string>& values) {
    std::string* data = part_.mutable_data();
    for (size_t i = 0; i < values.size(); ++i) {
      if (i > 0) data->push_back(',');
      data->append(CsvField(values[i]));
    }
    data->append("\r\n");
  }

  void AddJson(const std::vector<std::string>& values) {
    nlohmann::ordered_json row;
    for (size_t i = 0; i < columns_.size(); ++i) {
      auto& cell = row[std::string(columns_[i].name)];
      if (values[i].empty()) continue;  // null
      switch (columns_[i].type) {
        case ColumnType::kInteger:
          cell = std::stoll(values[i]);
          break;
        case ColumnType::kBoolean:
          cell = values[i] == "true";
          break;
        default:
          cell = values[i];
      }
    }
    part_.mutable_data()->append(common::DumpJson(row)).push_back('\n');
  }

  bool Send() {
    const bool read = write_(std::move(part_));
    part_ = v1::ExportResponse();
    return read;
  }

  const absl::Span<const ExportColumn> columns_;
  const bool csv_;
  const std::function<bool(v1::ExportResponse)>& write_;
  v1::ExportResponse part_;
};

absl::Status ExportAssets(const Inventory& inventory, const QueryIndex* index,
                          const v1::ExportRequest& request, Writer& writer) {
  const auto filter = ParseFilter(request.filter(), absl::Now());
  LOOPDOCK_RETURN_IF_ERROR(filter.status());
  if (index == nullptr && !request.filter().empty()) {
    return common::Error(absl::StatusCode::kUnavailable, "INDEX_UNAVAILABLE",
                         "No query index is kept here; export without a filter.");
  }
  if (index != nullptr && (!request.filter().empty() || request.min_sequence() > 0)) {
    LOOPDOCK_RETURN_IF_ERROR(index->Await(request.min_sequence(), absl::Seconds(5)));
  }
  // Without a filter the index is not asked.
  const storage::Reader& candidates =
      index == nullptr ? static_cast<const storage::Reader&>(inventory.store()) : index->store();
  std::string after;
  for (bool more = true; more;) {
    AssetQueries queries(inventory.store(), candidates, inventory.site());
    queries.BePatient();
    const auto page = queries.List(*filter, AssetOrder(), after, kPageRows, kPageBytes);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    for (const v1::Asset& asset : page->assets) {
      if (!writer.Add(AssetRow(asset))) return absl::OkStatus();
    }
    after = page->last;
    more = page->more;
  }
  return absl::OkStatus();
}

template <typename Message>
absl::Status ExportResources(const Inventory& inventory, std::string_view collection,
                             std::vector<std::string> (*row_of)(const Message&), Writer& writer) {
  const std::string prefix = ResourcePrefix(inventory.site(), collection);
  std::string after;
  for (;;) {
    storage::ScanOptions options;
    options.table = kResources;
    options.prefix = prefix;
    if (!after.empty()) options.after = after;
    options.limit = kPageRows;
    options.bytes_max = kPageBytes;
    const auto page = inventory.store().Scan(options);
    LOOPDOCK_RETURN_IF_ERROR(page.status());
    for (const storage::Row& row : page->rows) {
      Message message;
      if (!message.ParseFromString(row.value)) {
        return common::Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                             Cat("A row of ", collection, " cannot be parsed; run fsck."));
      }
      if (!writer.Add(row_of(message))) return absl::OkStatus();
    }
    if (!page->more || page->rows.empty()) return absl::OkStatus();
    after = page->rows.back().key;
  }
}

absl::Status ExportFacts(const Inventory& inventory, Writer& writer) {
  const std::int64_t last = inventory.last_sequence();
  for (std::int64_t next = 1; next <= last;) {
    const auto entries = inventory.ReadFeed(next, kPageRows, kPageBytes);
    LOOPDOCK_RETURN_IF_ERROR(entries.status());
    if (entries->empty()) return absl::OkStatus();
    for (const v1::FeedEntry& entry : *entries) {
      if (entry.sequence() > last) return absl::OkStatus();
      for (int i = 0; i < entry.facts_size(); ++i) {
        const auto row = FactRow(entry, i);
        LOOPDOCK_RETURN_IF_ERROR(row.status());
        if (!writer.Add(*row)) return absl::OkStatus();
      }
    }
    next = entries->back().sequence() + 1;
  }
  return absl::OkStatus();
}

absl::Status CheckExport(const Inventory& inventory, const v1::ExportRequest& request) {
  const auto site = common::ParseSite(request.site());
  LOOPDOCK_RETURN_IF_ERROR(site.status());
  if (*site != inventory.site()) return NotFound(request.site());
  common::FieldViolations violations;
  if (ExportColumns(request.kind()).empty()) violations.Add("kind", "says what to export");
  if (request.format() != v1::EXPORT_FORMAT_CSV &&
      request.format() != v1::EXPORT_FORMAT_JSON_LINES) {
    violations.Add("format", "is CSV or JSON_LINES");
  }
  if (!request.filter().empty() && request.kind() != v1::EXPORT_KIND_ASSETS) {
    violations.Add("filter", "is for assets only");
  }
  return violations.ToStatus();
}

}  // namespace

std::string CsvField(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

absl::Status Export(const Inventory& inventory, const QueryIndex* index,
                    const v1::ExportRequest& request,
                    const std::function<bool(v1::ExportResponse)>& write) {
  LOOPDOCK_RETURN_IF_ERROR(CheckExport(inventory, request));
  Writer writer(ExportColumns(request.kind()), request.format(), write);
  absl::Status status;
  switch (request.kind()) {
    case v1::EXPORT_KIND_ASSETS:
      status = ExportAssets(inventory, index, request, writer);
      break;
    case v1::EXPORT_KIND_LOTS:
      status = ExportResources<v1::Lot>(inventory, "lots", LotRow, writer);
      break;
    case v1::EXPORT_KIND_LOADS:
      status = ExportResources<v1::Load>(inventory, "loads", LoadRow, writer);
      break;
    case v1::EXPORT_KIND_SHIPMENTS:
      status = ExportResources<v1::Shipment>(inventory, "shipments", ShipmentRow, writer);
      break;
    default:
      status = ExportFacts(inventory, writer);
  }
  if (status.ok()) writer.Finish();
  return status;
}

}  // namespace loopdock::inventory
