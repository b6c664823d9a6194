// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/core/tables.h"

#include "absl/strings/ascii.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

// The parts joined, each but the last followed by NUL.
template <typename... Parts>
std::string Join(std::string_view site, const Parts&... parts) {
  std::string key(site);
  ((key.push_back('\0'), key.append(parts)), ...);
  return key;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::vector<storage::TableSpec> TableSpecs() {
  const auto point = [](Table table, const char* name) {
    storage::TableSpec spec;
    spec.id = table;
    spec.name = name;
    spec.point_lookups_only = true;
    return spec;
  };
  const auto sorted = [](Table table, const char* name) {
    storage::TableSpec spec;
    spec.id = table;
    spec.name = name;
    return spec;
  };
  return {sorted(kFeed, "feed"),
          point(kResponses, "responses"),
          sorted(kResources, "resources"),
          point(kAssets, "assets"),
          point(kIdentifiers, "identifiers"),
          point(kLookups, "lookups"),
          sorted(kMembers, "members"),
          sorted(kManifestLines, "manifest_lines"),
          sorted(kHistory, "history")};
}

void AppendBigEndian64(std::string* out, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>((number >> shift) & 0xff));
  }
}

std::uint64_t ReadBigEndian64(std::string_view bytes) {
  std::uint64_t number = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) {
    number = (number << 8) | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

std::string SitePrefix(std::string_view site) { return Join(site, ""); }

std::string FeedKey(std::string_view site, std::int64_t sequence) {
  std::string key = SitePrefix(site);
  AppendBigEndian64(&key, static_cast<std::uint64_t>(sequence));
  return key;
}

std::int64_t FeedSequence(std::string_view key) {
  const size_t nul = key.find('\0');
  if (nul == std::string_view::npos || key.size() != nul + 9) return 0;
  return static_cast<std::int64_t>(ReadBigEndian64(key.substr(nul + 1)));
}

std::string ResponseKey(std::string_view site, std::string_view request_id) {
  std::string key = SitePrefix(site);
  key.reserve(key.size() + 16);
  int high = -1;
  for (const char c : request_id) {
    const int digit = HexDigit(c);
    if (digit < 0) continue;
    if (high < 0) {
      high = digit;
    } else {
      key.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return key;
}

std::string ResourceKey(std::string_view site, std::string_view collection, std::string_view id) {
  return Join(site, collection, id);
}

std::string ResourcePrefix(std::string_view site, std::string_view collection) {
  return Join(site, collection, "");
}

std::string AssetKey(std::string_view site, std::string_view id) { return Join(site, id); }

std::string IdentifierKey(std::string_view site, v1::IdentifierKind kind, std::string_view value) {
  std::string key = SitePrefix(site);
  key.push_back(static_cast<char>(kind));
  key.append(NormaliseIdentifier(kind, value));
  return key;
}

std::string LookupKey(std::string_view site, Lookup what, std::string_view words) {
  std::string key = SitePrefix(site);
  key.push_back(static_cast<char>(what));
  key.append(words);
  return key;
}

std::string ReferenceWords(std::string_view collection, std::string_view owner,
                           std::string_view reference) {
  return Join(collection, owner, reference);
}

std::string ChoiceWords(std::string_view session, std::string_view question) {
  return Cat(session, std::string_view("\0", 1), question);
}

std::string LoadMemberKey(std::string_view site, std::string_view load, std::string_view asset) {
  return Join(site, "loads/" + std::string(load), asset);
}

std::string LoadLotKey(std::string_view site, std::string_view load, std::string_view lot) {
  return Join(site, "lots-of/" + std::string(load), lot);
}

std::string LoadSessionKey(std::string_view site, std::string_view load, std::string_view session) {
  return Join(site, "sessions-of/" + std::string(load), session);
}

std::string LoadDuplicateKey(std::string_view site, std::string_view load, std::string_view scan) {
  return Join(site, "duplicates-of/" + std::string(load), scan);
}

std::string EncodeMark(const MemberMark& mark) {
  if (mark.match == v1::MANIFEST_MATCH_UNSPECIFIED) return "";
  return std::string(1, static_cast<char>(mark.match)) + mark.manifest;
}

MemberMark DecodeMark(std::string_view value) {
  if (value.empty()) return {};
  return {static_cast<v1::ManifestMatch>(value.front()), std::string(value.substr(1))};
}

std::string PlaceMemberKey(std::string_view site, std::string_view place, std::string_view member) {
  return Join(site, place, member);
}

std::string ManifestLinesKey(std::string_view site, std::string_view manifest, std::int64_t first) {
  std::string key = Join(site, manifest, "");
  AppendBigEndian64(&key, static_cast<std::uint64_t>(first));
  return key;
}

std::string HistoryKey(std::string_view site, std::string_view asset, std::int64_t first) {
  std::string key = Join(site, asset, "");
  AppendBigEndian64(&key, static_cast<std::uint64_t>(first));
  return key;
}

RowKey RowOf(std::string_view name) {
  constexpr std::string_view kSites = "sites/";
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {};
  if (name.substr(0, kSites.size()) != kSites) {
    return {kResources, ResourceKey(kNoSite, name.substr(0, slash), name.substr(slash + 1))};
  }
  const std::string_view rest = name.substr(kSites.size());
  const size_t end = rest.find('/');
  const std::string_view site = rest.substr(0, end);
  if (end == std::string_view::npos) return {kResources, ResourceKey(site, "sites", site)};
  const std::string_view tail = rest.substr(end + 1);
  const size_t middle = tail.find('/');
  if (middle == std::string_view::npos) return {};
  const std::string_view collection = tail.substr(0, middle);
  const std::string_view id = tail.substr(middle + 1);
  if (collection == "assets") return {kAssets, AssetKey(site, id)};
  return {kResources, ResourceKey(site, collection, id)};
}

std::string_view IdOf(std::string_view name) { return name.substr(name.rfind('/') + 1); }

std::string_view TailOf(std::string_view name) {
  const size_t last = name.rfind('/');
  if (last == std::string_view::npos || last == 0) return name;
  const size_t before = name.rfind('/', last - 1);
  return before == std::string_view::npos ? name : name.substr(before + 1);
}

std::string NormaliseIdentifier(v1::IdentifierKind kind, std::string_view value) {
  std::string text(Trim(value));
  switch (kind) {
    case v1::IDENTIFIER_KIND_MAC: {
      std::string digits;
      for (const char c : text) {
        if (c != ':' && c != '-' && c != '.')
          digits.push_back(static_cast<char>(absl::ascii_tolower(static_cast<unsigned char>(c))));
      }
      return digits;
    }
    case v1::IDENTIFIER_KIND_SERIAL:
    case v1::IDENTIFIER_KIND_SGTIN:
    case v1::IDENTIFIER_KIND_ASSET_TAG:
      // Labels, manifests and people write the same number with dashes and blanks or without.
      std::erase_if(text, [](char c) { return c == ' ' || c == '-' || c == '\t'; });
      absl::AsciiStrToUpper(&text);
      return text;
    case v1::IDENTIFIER_KIND_PLAIN:
      return text;
    default:
      absl::AsciiStrToUpper(&text);
      return text;
  }
}

std::string NormaliseIssuer(std::string_view issuer) {
  std::string text(Trim(issuer));
  absl::AsciiStrToLower(&text);
  return text;
}

std::string EncodeHolders(const std::vector<Holder>& holders) {
  std::string value;
  for (const Holder& holder : holders) {
    value.append(holder.issuer).push_back('\0');
    value.append(holder.target).push_back('\0');
  }
  return value;
}

std::vector<Holder> DecodeHolders(std::string_view value) {
  std::vector<Holder> holders;
  while (!value.empty()) {
    const size_t first = value.find('\0');
    if (first == std::string_view::npos) break;
    const size_t second = value.find('\0', first + 1);
    if (second == std::string_view::npos) break;
    holders.push_back({std::string(value.substr(0, first)),
                       std::string(value.substr(first + 1, second - first - 1))});
    value.remove_prefix(second + 1);
  }
  return holders;
}

std::string EncodeIds(const std::vector<std::string>& ids) {
  std::string value;
  for (const std::string& id : ids) value.append(id).push_back('\0');
  return value;
}

std::vector<std::string> DecodeIds(std::string_view value) {
  std::vector<std::string> ids;
  for (size_t end = value.find('\0'); end != std::string_view::npos; end = value.find('\0')) {
    ids.emplace_back(value.substr(0, end));
    value.remove_prefix(end + 1);
  }
  return ids;
}

int DecodeHeight(std::string_view value) {
  int height = 0;
  for (const char c : value) height = height * 10 + (c - '0');
  return height;
}

bool SameIdentifier(const v1::Identifier& one, const v1::Identifier& other) {
  return one.kind() == other.kind() &&
         NormaliseIssuer(one.issuer()) == NormaliseIssuer(other.issuer()) &&
         NormaliseIdentifier(one.kind(), one.value()) ==
             NormaliseIdentifier(other.kind(), other.value());
}

}  // namespace loopdock::inventory
