// SPDX-License-Identifier: Apache-2.0
#include "services/common/names.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

constexpr size_t kIdCharsMax = 63;

absl::Status Invalid(std::string_view name, std::string_view form) {
  const std::string shown(name.substr(0, 100));
  return Error(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
               absl::StrCat("'", shown, "' is not a resource name of the form ", std::string(form)),
               {{"name", shown}});
}

bool IsGlobal(std::string_view collection) { return collection == "parties"; }

}  // namespace

std::string ResourceName::ToString() const {
  if (site.empty()) return absl::StrCat(collection, "/", id);
  if (collection.empty()) return SiteName(site);
  return FormatName(site, collection, id);
}

bool IsValidId(std::string_view id) {
  if (id.empty() || id.size() > kIdCharsMax) return false;
  if (!absl::ascii_isalnum(static_cast<unsigned char>(id.front()))) return false;
  for (const char c : id) {
    const bool good =
        absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
    if (!good) return false;
  }
  return true;
}

bool IsValidSite(std::string_view site) {
  for (const char c : site) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c))) return false;
  }
  return IsValidId(site);
}

absl::StatusOr<ResourceName> ParseName(std::string_view name) {
  constexpr std::string_view kForm = "sites/{site}, sites/{site}/{collection}/{id} or parties/{id}";
  if (name.size() > 4 * kIdCharsMax) return Invalid(name, kForm);
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(name.data(), name.size()), '/');
  if (parts.size() == 2 && IsGlobal(parts[0]) && IsValidId(parts[1])) {
    return ResourceName{"", parts[0], parts[1]};
  }
  const bool sited = parts.size() >= 2 && parts[0] == "sites" && IsValidSite(parts[1]);
  if (sited && parts.size() == 2) return ResourceName{parts[1], "", ""};
  const bool whole = sited && parts.size() == 4 && IsValidSite(parts[2]) && IsValidId(parts[3]);
  if (!whole || IsGlobal(parts[2])) return Invalid(name, kForm);
  return ResourceName{parts[1], parts[2], parts[3]};
}

absl::StatusOr<ResourceName> ParseName(std::string_view name, std::string_view collection) {
  absl::StatusOr<ResourceName> parsed = ParseName(name);
  if (parsed.ok() && parsed->collection == collection) return parsed;
  const std::string form =
      absl::StrCat(IsGlobal(collection) ? "" : "sites/{site}/", std::string(collection), "/{id}");
  return Invalid(name, form);
}

absl::StatusOr<std::string> ParseSite(std::string_view name) {
  absl::StatusOr<ResourceName> parsed = ParseName(name);
  if (parsed.ok() && !parsed->site.empty() && parsed->collection.empty()) return parsed->site;
  return Invalid(name, "sites/{site}");
}

std::string SiteName(std::string_view site) {
  return absl::StrCat("sites/", absl::string_view(site.data(), site.size()));
}

std::string FormatName(std::string_view site, std::string_view collection, std::string_view id) {
  std::string name = SiteName(site);
  name.append("/").append(collection).append("/").append(id);
  return name;
}

std::string SiteOf(std::string_view name) {
  constexpr std::string_view kPrefix = "sites/";
  if (name.substr(0, kPrefix.size()) != kPrefix) return "";
  name.remove_prefix(kPrefix.size());
  return std::string(name.substr(0, name.find('/')));
}

}  // namespace loopdock::common
