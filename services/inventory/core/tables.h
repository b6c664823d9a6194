// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_TABLES_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_TABLES_H_

// The tables of the inventory store and the bytes of their keys; every key begins with the site.
// The layouts are docs/internals/formats/inventory.md, with golden bytes in the tests.
// Thread safety: free functions, safe from any thread.
// Limits: a site or an id has at most 63 characters, so no key is longer than 400 bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/resources.pb.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

enum Table : storage::TableId {
  kFeed = 1,           // site, sequence -> FeedEntry
  kResponses = 2,      // site, request id -> remembered response
  kResources = 3,      // site, collection, id -> the resource
  kAssets = 4,         // site, asset -> Asset
  kIdentifiers = 5,    // site, kind, normalised value -> holders
  kLookups = 6,        // site, what, words -> name
  kMembers = 7,        // site, group, member -> nothing
  kManifestLines = 8,  // site, manifest, first number -> ManifestLinesAdded
  kHistory = 9,        // site, asset, first sequence -> sequences
};

// The tables that the state hash covers: all but feed and remembered responses.
inline constexpr Table kFirstStateTable = kResources;
inline constexpr Table kLastStateTable = kHistory;

std::vector<storage::TableSpec> TableSpecs();

// The site of what belongs to no site, such as parties: its keys begin with NUL.
inline constexpr std::string_view kNoSite = "";

// What a row of kLookups leads to.
enum class Lookup : char {
  kAssetKey = 'a',        // client-made asset key -> 'A' (registered) or 'D' (duplicates) and asset
  kExternalRef = 'e',     // ReferenceWords -> id
  kCatalogKey = 'k',      // key -> catalog entry
  kManifestValue = 'm',   // manifest, NUL, serial, IMEI or tag -> LineRow, or the value that has it
  kManifestNumber = 'n',  // manifest, NUL, number of a line by count -> LineRow
  kManifestModel = 'g',   // manifest, NUL, model or GTIN -> ModelRow of its lines by count
  kScanWithdrawn = 'w',   // scan -> sequence of the entry that withdrew it
  kSsccSerial = 'b',      // -> the last serial reference that the site used in an SSCC
  kLoadData = 'r',        // load -> LoadData
  kException = 'x',       // rule, NUL, subject -> exception
  kSweptThrough = 's',    // -> sequence of the last entry whose response was forgotten
  kComponents = 'i',      // asset -> ids of the components built into it, each with NUL behind it
  kHeight = 'h',          // container -> how deep containers have stood in it, in decimal
  kOpenStockTake = 'o',   // "locations/x" or "containers/x" -> id of the open stock take
  kFacilityRules = 'f',   // -> FacilityRules in force
  kStockSum = 'c',        // nothing, 'f' and a focus material, or 'c' and a category -> StockRow
  kSales = 't',           // month such as 2026-11 -> SalesRow
  kSamplingPick = 'y',    // tool -> place in its stream of the last medium that was chosen
  kAges = 'd',            // container -> Ages of what is in it
  kAuthorization = 'p',   // person -> id of the latest authorization granted to that person
  kChoice = 'q',          // session, NUL, digest of what is asked -> how many scans wait for it
};

// `site` NUL.
std::string SitePrefix(std::string_view site);
std::string FeedKey(std::string_view site, std::int64_t sequence);
// 0 when the key is no feed key.
std::int64_t FeedSequence(std::string_view key);
// `request_id` must be a UUID.
std::string ResponseKey(std::string_view site, std::string_view request_id);
std::string ResourceKey(std::string_view site, std::string_view collection, std::string_view id);
std::string ResourcePrefix(std::string_view site, std::string_view collection);
std::string AssetKey(std::string_view site, std::string_view id);
std::string IdentifierKey(std::string_view site, v1::IdentifierKind kind, std::string_view value);
std::string LookupKey(std::string_view site, Lookup what, std::string_view words);
// The words of kExternalRef: a reference is unique for one `owner`, the id of a party; empty for
// parties themselves, whose references are unique everywhere.
std::string ReferenceWords(std::string_view collection, std::string_view owner,
                           std::string_view reference);
std::string ChoiceWords(std::string_view session, std::string_view question);
// Assets, lots, sessions and duplicate scans of a load, all by their ids. Assets and lots have a
// MemberMark as value.
std::string LoadMemberKey(std::string_view site, std::string_view load, std::string_view asset);
std::string LoadLotKey(std::string_view site, std::string_view load, std::string_view lot);
std::string LoadSessionKey(std::string_view site, std::string_view load, std::string_view session);
std::string LoadDuplicateKey(std::string_view site, std::string_view load, std::string_view scan);
// How a member of a load compares with the manifest of that id, in 1 byte before the id; nothing
// when it was not compared. It counts while that manifest is in force.
struct MemberMark {
  v1::ManifestMatch match = v1::MANIFEST_MATCH_UNSPECIFIED;
  std::string manifest;
};
std::string EncodeMark(const MemberMark& mark);
MemberMark DecodeMark(std::string_view value);
// What stands in a place: `place` is "locations/x" or "containers/x", `member` "assets/x" or
// "containers/x".
std::string PlaceMemberKey(std::string_view site, std::string_view place, std::string_view member);
std::string ManifestLinesKey(std::string_view site, std::string_view manifest, std::int64_t first);
std::string HistoryKey(std::string_view site, std::string_view asset, std::int64_t first);

// The key of the row that a resource name leads to; table and key. Parties are of kNoSite.
struct RowKey {
  storage::TableId table = 0;  // 0: not a name of a stored resource
  std::string key;
};
RowKey RowOf(std::string_view name);

// The last part of a name, unchecked: "x" of "sites/main/assets/x".
std::string_view IdOf(std::string_view name);
// "assets/x" of "sites/main/assets/x".
std::string_view TailOf(std::string_view name);

// The form in which identifiers are compared: white space trimmed, letters of serial numbers and
// other machine-made values upper case, MAC addresses lower case without separators.
std::string NormaliseIdentifier(v1::IdentifierKind kind, std::string_view value);
// Makers and owners compare without case and outer white space.
std::string NormaliseIssuer(std::string_view issuer);

// One holder of an identifier: `target` is "assets/x" or "containers/x".
struct Holder {
  std::string issuer;
  std::string target;
  bool operator==(const Holder&) const = default;
};
// The value of an identifier's row: one holder an issuer.
std::string EncodeHolders(const std::vector<Holder>& holders);
std::vector<Holder> DecodeHolders(std::string_view value);

// Ids, each with NUL behind it.
std::string EncodeIds(const std::vector<std::string>& ids);
std::vector<std::string> DecodeIds(std::string_view value);

// The value of a kHeight row; 0 for none.
int DecodeHeight(std::string_view value);

// The same kind, issuer and value, as identifiers are compared.
bool SameIdentifier(const v1::Identifier& one, const v1::Identifier& other);

void AppendBigEndian64(std::string* out, std::uint64_t number);
std::uint64_t ReadBigEndian64(std::string_view bytes);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_TABLES_H_
