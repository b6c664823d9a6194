// SPDX-License-Identifier: Apache-2.0
#include "services/storage/format.h"

#include <algorithm>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/status.h"

namespace loopdock::storage {
namespace {

using common::Error;

constexpr char kMagic[] = "loopdock.store";
constexpr size_t kNameBytesMax = 64;
constexpr size_t kFileBytesMax = 4096;

bool IsSnake(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
  });
}

// "<name>/<number>"
bool ParsePair(std::string_view text, std::string& name, uint32_t& number) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(text.data(), text.size()), '/');
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[1], &number)) return false;
  name = parts[0];
  return true;
}

}  // namespace

std::string EncodeFormat(const StoreFormat& format) {
  return absl::StrCat(kMagic, "/", format.store_version, " ", format.name, "/",
                      format.record_version, " ", format.incarnation, "\n");
}

absl::StatusOr<StoreFormat> DecodeFormat(std::string_view value) {
  const absl::Status bad = Error(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                                 "The format row of the store cannot be read; restore a backup.");
  if (value.empty() || value.back() != '\n') return bad;
  value.remove_suffix(1);
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(value.data(), value.size()), ' ');
  StoreFormat format;
  std::string magic;
  if (parts.size() < 3 || !ParsePair(parts[0], magic, format.store_version) || magic != kMagic) {
    return bad;
  }
  // A newer layout may say more; only its version is needed to refuse it.
  if (format.store_version > kStoreVersion) return format;
  if (parts.size() != 3 || !ParsePair(parts[1], format.name, format.record_version) ||
      !absl::SimpleAtoi(parts[2], &format.incarnation)) {
    return bad;
  }
  return format;
}

absl::Status CheckFormat(const StoreFormat& format, const StoreOptions& options) {
  if (format.store_version > kStoreVersion) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW",
        absl::StrCat("The store has layout version ", format.store_version,
                     " and this program knows ", kStoreVersion, "; run the version that wrote it."),
        {{"found", absl::StrCat(format.store_version)}, {"known", absl::StrCat(kStoreVersion)}});
  }
  if (format.name != options.name) {
    return Error(absl::StatusCode::kFailedPrecondition, "STORE_WRONG_NAME",
                 absl::StrCat("The path holds the store \"", format.name, "\", not \"",
                              options.name, "\"; correct the data directory."),
                 {{"found", format.name}, {"expected", options.name}});
  }
  if (format.record_version > options.record_version) {
    return Error(absl::StatusCode::kFailedPrecondition, "STORE_TOO_NEW",
                 absl::StrCat("The store has records of version ", format.record_version,
                              " and this program knows ", options.record_version,
                              "; run the version that wrote it."),
                 {{"found", absl::StrCat(format.record_version)},
                  {"known", absl::StrCat(options.record_version)}});
  }
  if (format.record_version < options.oldest_record_version) {
    return Error(absl::StatusCode::kFailedPrecondition, "STORE_TOO_OLD",
                 absl::StrCat("The store has records of version ", format.record_version,
                              " and this program reads them from ", options.oldest_record_version,
                              " on; run the version that wrote it."),
                 {{"found", absl::StrCat(format.record_version)},
                  {"known", absl::StrCat(options.oldest_record_version)}});
  }
  return absl::OkStatus();
}

uint64_t NextIncarnation(uint64_t previous) {
  return std::max(previous + 1, static_cast<uint64_t>(absl::ToUnixMicros(absl::Now())));
}

absl::Status CheckOptions(const StoreOptions& options) {
  std::set<TableId> ids;
  std::set<std::string> names;
  bool good = IsSnake(options.name) && options.oldest_record_version > 0 &&
              options.oldest_record_version <= options.record_version;
  for (const TableSpec& table : options.tables) {
    good = good && table.id > 0 && IsSnake(table.name) && table.name != "default" &&
           ids.insert(table.id).second && names.insert(table.name).second;
  }
  if (good) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "INTERNAL",
               absl::StrCat("The table list of the store \"", options.name, "\" is not valid."));
}

absl::Status CheckBatch(const WriteBatch& batch) {
  if (batch.key_bytes_largest() <= kKeyBytesMax && batch.value_bytes_largest() <= kValueBytesMax) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "ROW_TOO_LARGE",
               absl::StrCat("A row has a key of ", batch.key_bytes_largest(),
                            " bytes or a value of ", batch.value_bytes_largest(),
                            " bytes; the limits are ", kKeyBytesMax, " and ", kValueBytesMax, "."),
               {{"key_bytes", absl::StrCat(batch.key_bytes_largest())},
                {"value_bytes", absl::StrCat(batch.value_bytes_largest())}});
}

absl::Status UnknownTable(TableId table) {
  return Error(absl::StatusCode::kInternal, "UNKNOWN_TABLE",
               absl::StrCat("The store has no table ", table, "."),
               {{"table", absl::StrCat(table)}});
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

absl::Status CheckFile(std::string_view name, std::string_view content) {
  const bool good = !name.empty() && name.size() <= kNameBytesMax &&
                    content.size() <= kFileBytesMax &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return absl::ascii_isupper(static_cast<unsigned char>(c)) || c == '_';
                    });
  if (good) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "INTERNAL",
               "A file beside the rows needs a name in UPPER_SNAKE and at most 4 KiB.");
}

}  // namespace loopdock::storage
