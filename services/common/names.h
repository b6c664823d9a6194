// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_COMMON_NAMES_H_
#define LOOPDOCK_SERVICES_COMMON_NAMES_H_

// Resource names: `sites/{site}`, `sites/{site}/{collection}/{id}` and the global
// `parties/{party}`.
// Thread safety: every function is safe from any thread.
// Errors: INVALID_ARGUMENT INVALID_NAME.
// Limits: a site or an id has 1 to 63 characters of a-z, 0-9, '-', '_' and '.', and begins with a
// letter or a digit; ids may also have upper case.

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace loopdock::common {

// What a name says. A site's own name has no collection and no id; a global one has no site.
struct ResourceName {
  std::string site;
  std::string collection;
  std::string id;

  bool operator==(const ResourceName&) const = default;
  std::string ToString() const;
};

// Any of the three forms.
absl::StatusOr<ResourceName> ParseName(std::string_view name);
// `sites/{site}/{collection}/{id}` (or `{collection}/{id}` for parties) of that collection.
absl::StatusOr<ResourceName> ParseName(std::string_view name, std::string_view collection);
// The site of `sites/{site}`.
absl::StatusOr<std::string> ParseSite(std::string_view name);

std::string SiteName(std::string_view site);
std::string FormatName(std::string_view site, std::string_view collection, std::string_view id);

// The site that any text beginning with `sites/{site}` names; "" when there is none.
std::string SiteOf(std::string_view name);

bool IsValidId(std::string_view id);
bool IsValidSite(std::string_view site);

}  // namespace loopdock::common

#endif  // LOOPDOCK_SERVICES_COMMON_NAMES_H_
