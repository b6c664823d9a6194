// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_TABLES_H_
#define LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_TABLES_H_

// The tables of the query index, the bytes of their keys, and what the index keeps of one asset.
// The layouts are docs/internals/formats/inventory-index.md; every key begins with the site.
// Thread safety: free functions, safe from any thread.
// Limits: a value in a key is cut at kValueBytesMax; answers are checked against the record's rows,
// so that two values that begin alike are not confused.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "loopdock/inventory/v1/resources.pb.h"
#include "services/inventory/query/filter.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

enum IndexTable : storage::TableId {
  kIndexAssets = 1,  // site, asset -> what is indexed of it
  kIndexPostings =
      2,             // site, letter, value, asset -> nothing; site, letter, time, asset -> nothing
  kIndexCounts = 3,  // site, letter, value, state -> how many assets; site -> position
  kIndexStays = 4,   // what stood in which container from when to when, and its moves
};

// Changes whenever what is derived changes: an index of another version is made anew.
inline constexpr int kIndexVersion = 2;
inline constexpr size_t kIndexValueBytesMax = 200;

storage::StoreOptions IndexStoreOptions();

// Letters of postings that are not of one field of the filter.
inline constexpr char kWordLetter = 'w';
inline constexpr char kIdentifierLetter = 'i';
inline constexpr char kHostLetter = 'b';
inline constexpr char kUidLetter = 'U';
inline constexpr char kReferenceLetter = 'e';
inline constexpr char kReceivedLetter = 'R';
inline constexpr char kUpdatedLetter = 'T';
// Counted only.
inline constexpr char kMakerLetter = 'M';
inline constexpr char kModelLetter = 'N';

// A letter and a value, as postings and counts have them.
std::string Term(char letter, std::string_view value);
std::string NumberTerm(char letter, std::int64_t number);
// Whether a term has postings; "not set", which is a letter alone, and some letters only count.
bool HasPostings(std::string_view term);
// Whether assets with the term are counted: not where nearly each has its own.
bool HasCounts(std::string_view term);

std::string PostingPrefix(std::string_view site, std::string_view term);
// Of a list in order of time.
std::string TimePrefix(std::string_view site, char letter);
// The time as bytes that sort as times do; unix microseconds.
std::string TimeBytes(std::int64_t micros);
inline constexpr size_t kTimeBytes = 8;

std::string CountPrefix(std::string_view site, std::string_view term);
// All values of a letter that begin so.
std::string CountsOfLetter(std::string_view site, char letter, std::string_view begin);
// The value and the state of a key of a count.
struct CountKey {
  std::string value;
  int state = 0;
};
CountKey ParseCountKey(std::string_view site, std::string_view key);
std::string PositionKey(std::string_view site);

// What the index keeps of an asset.
struct IndexedAsset {
  std::int64_t received = 0;  // unix microseconds, 0 when unset
  std::int64_t updated = 0;
  int state = 0;
  std::string location;            // id of where it stands in the end
  std::vector<std::string> terms;  // sorted, each once
  bool operator==(const IndexedAsset&) const = default;
};
// `asset.location` must be where it stands in the end.
IndexedAsset IndexedOf(const v1::Asset& asset);
std::string EncodeIndexed(const IndexedAsset& indexed);
std::optional<IndexedAsset> DecodeIndexed(std::string_view bytes);
// Keys of all postings of the asset.
std::vector<std::string> PostingsOf(std::string_view site, std::string_view id,
                                    const IndexedAsset& indexed);

// A member of a container: "a" or "c" and the id of the asset or container.
std::string MemberOf(std::string_view name);
// "assets/x" of "ax".
std::string MemberName(std::string_view site, std::string_view member);

// One stay of a member in a container, from one sequence up to, not with, another; 0: still there.
struct Stay {
  std::string member;
  std::string container;
  std::int64_t from = 0;
  std::int64_t to = 0;
};
// By container: member and beginning follow in the key.
std::string StaysInPrefix(std::string_view site, std::string_view container);
std::string StayInKey(std::string_view site, const Stay& stay);
// By member: the beginning follows in the key, the container in the value.
std::string StaysOfPrefix(std::string_view site, std::string_view member);
std::string StayOfKey(std::string_view site, const Stay& stay);
std::string EncodeStayOf(const Stay& stay);
Stay ParseStayIn(std::string_view site, std::string_view container, const storage::Row& row);
Stay ParseStayOf(std::string_view site, std::string_view member, const storage::Row& row);
// Sequences at which a container was moved.
std::string MovesPrefix(std::string_view site, std::string_view container);
std::string MoveKey(std::string_view site, std::string_view container, std::int64_t sequence);

// What has, or had, an external reference: the end of its name, such as "loads/x", follows.
std::string ReferencePrefix(std::string_view site, std::string_view reference);

// Where the index knows a container to be.
struct IndexedPlace {
  std::string parent;    // id, as the facts up to the position say
  std::string location;  // id, the same
  std::string resolved;  // id of the location in the end, as indexed for what is in it
};
// Whether a location is secured, as the facts up to the position say: "1" or "0".
std::string SecuredKey(std::string_view site, std::string_view location);
std::string PlaceKey(std::string_view site, std::string_view container);
std::string EncodePlace(const IndexedPlace& place);
IndexedPlace DecodePlace(std::string_view bytes);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_QUERY_INDEX_TABLES_H_
