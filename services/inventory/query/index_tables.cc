// SPDX-License-Identifier: Apache-2.0
#include "services/inventory/query/index_tables.h"

#include <algorithm>

#include "services/inventory/core/tables.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {
namespace {

constexpr std::string_view kNul("\0", 1);

void AppendSequence(std::string* out, std::int64_t sequence) {
  AppendBigEndian64(out, static_cast<std::uint64_t>(sequence));
}

std::int64_t ReadSequence(std::string_view bytes) {
  return static_cast<std::int64_t>(ReadBigEndian64(bytes));
}

// The parts of a text that ends each of them with NUL.
std::vector<std::string> Parts(std::string_view bytes) {
  std::vector<std::string> parts;
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find('\0'), bytes.size());
    parts.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return parts;
}

}  // namespace

storage::StoreOptions IndexStoreOptions() {
  storage::StoreOptions options;
  options.name = "inventory_index";
  options.tables = {{.id = kIndexAssets, .name = "assets", .point_lookups_only = true},
                    {.id = kIndexPostings, .name = "postings"},
                    {.id = kIndexCounts, .name = "counts"},
                    {.id = kIndexStays, .name = "stays"}};
  options.durable = false;
  options.memtable_bytes = size_t{16} << 20;
  options.cache_bytes = size_t{32} << 20;
  return options;
}

std::string Term(char letter, std::string_view value) {
  std::string term(1, letter);
  term += value.substr(0, kIndexValueBytesMax);
  std::replace(term.begin(), term.end(), '\0', ' ');
  return term;
}

std::string NumberTerm(char letter, std::int64_t number) {
  return Term(letter, std::to_string(number));
}

bool HasPostings(std::string_view term) {
  return term.size() > 1 && term.front() != kMakerLetter && term.front() != kModelLetter;
}

bool HasCounts(std::string_view term) {
  const char letter = term.front();
  return letter != kUidLetter && letter != kIdentifierLetter && letter != kReferenceLetter;
}

std::string PostingPrefix(std::string_view site, std::string_view term) {
  return Cat(SitePrefix(site), term, kNul);
}

std::string TimePrefix(std::string_view site, char letter) {
  return Cat(SitePrefix(site), std::string_view(&letter, 1));
}

std::string TimeBytes(std::int64_t micros) {
  std::string bytes;
  AppendBigEndian64(&bytes, static_cast<std::uint64_t>(micros) ^ (std::uint64_t{1} << 63));
  return bytes;
}

std::string CountPrefix(std::string_view site, std::string_view term) {
  return Cat(SitePrefix(site), term, kNul);
}

std::string CountsOfLetter(std::string_view site, char letter, std::string_view begin) {
  return Cat(SitePrefix(site), Term(letter, begin));
}

CountKey ParseCountKey(std::string_view site, std::string_view key) {
  CountKey parsed;
  const size_t start = site.size() + 2;  // the site, NUL and the letter
  const size_t end = key.find('\0', start);
  if (key.size() < start || end == std::string_view::npos || end + 2 != key.size()) return parsed;
  parsed.value = std::string(key.substr(start, end - start));
  parsed.state = static_cast<unsigned char>(key.back());
  return parsed;
}

std::string PositionKey(std::string_view site) { return SitePrefix(site); }

IndexedAsset IndexedOf(const v1::Asset& asset) {
  IndexedAsset indexed;
  if (asset.has_received_time()) {
    indexed.received = absl::ToUnixMicros(FromTimestamp(asset.received_time()));
  }
  if (asset.has_update_time()) {
    indexed.updated = absl::ToUnixMicros(FromTimestamp(asset.update_time()));
  }
  indexed.state = asset.state();
  indexed.location = std::string(IdOf(asset.location()));
  const auto add = [&](char letter, std::string_view value) {
    indexed.terms.push_back(Term(letter, value));
  };
  FieldValues values;
  for (const FilterField& field : FilterFields()) {
    if (field.index == 0 || field.type == FieldType::kIdentifier) continue;
    if (field.index == kReceivedLetter) continue;
    values.Clear();
    field.get(asset, &values);
    for (const std::string_view text : values.texts) add(field.index, text);
    for (const std::int64_t number : values.numbers) {
      indexed.terms.push_back(NumberTerm(field.index, number));
    }
    if (values.texts.empty() && values.numbers.empty()) add(field.index, "");
  }
  for (const v1::Identifier& identifier : asset.identifiers()) {
    add(kIdentifierLetter, NormaliseIdentifier(identifier.kind(), identifier.value()));
  }
  for (const std::string& word : WordsOf(asset)) add(kWordLetter, word);
  add(kMakerLetter, asset.maker());
  add(kModelLetter, asset.model());
  std::sort(indexed.terms.begin(), indexed.terms.end());
  indexed.terms.erase(std::unique(indexed.terms.begin(), indexed.terms.end()), indexed.terms.end());
  return indexed;
}

std::string EncodeIndexed(const IndexedAsset& indexed) {
  std::string bytes = TimeBytes(indexed.received) + TimeBytes(indexed.updated);
  bytes.push_back(static_cast<char>(indexed.state));
  bytes += Cat(indexed.location, kNul);
  for (const std::string& term : indexed.terms) bytes += Cat(term, kNul);
  return bytes;
}

std::optional<IndexedAsset> DecodeIndexed(std::string_view bytes) {
  if (bytes.size() < 2 * kTimeBytes + 2) return std::nullopt;
  const auto time = [&](size_t at) {
    return static_cast<std::int64_t>(ReadBigEndian64(bytes.substr(at)) ^ (std::uint64_t{1} << 63));
  };
  IndexedAsset indexed;
  indexed.received = time(0);
  indexed.updated = time(kTimeBytes);
  indexed.state = static_cast<unsigned char>(bytes[2 * kTimeBytes]);
  std::vector<std::string> parts = Parts(bytes.substr(2 * kTimeBytes + 1));
  if (parts.empty()) return std::nullopt;
  indexed.location = std::move(parts.front());
  parts.erase(parts.begin());
  indexed.terms = std::move(parts);
  return indexed;
}

std::vector<std::string> PostingsOf(std::string_view site, std::string_view id,
                                    const IndexedAsset& indexed) {
  std::vector<std::string> keys;
  for (const std::string& term : indexed.terms) {
    if (HasPostings(term)) keys.push_back(Cat(PostingPrefix(site, term), id));
  }
  keys.push_back(Cat(TimePrefix(site, kReceivedLetter), TimeBytes(indexed.received), id));
  keys.push_back(Cat(TimePrefix(site, kUpdatedLetter), TimeBytes(indexed.updated), id));
  return keys;
}

std::string MemberOf(std::string_view name) {
  const std::string_view tail = TailOf(name);
  return Cat(tail.substr(0, 1), IdOf(tail));
}

std::string MemberName(std::string_view site, std::string_view member) {
  return Cat("sites/", site, member.substr(0, 1) == "a" ? "/assets/" : "/containers/",
             member.substr(1));
}

std::string StaysInPrefix(std::string_view site, std::string_view container) {
  return Cat(SitePrefix(site), "i", container, kNul);
}

std::string StayInKey(std::string_view site, const Stay& stay) {
  std::string key = Cat(StaysInPrefix(site, stay.container), stay.member, kNul);
  AppendSequence(&key, stay.from);
  return key;
}

std::string StaysOfPrefix(std::string_view site, std::string_view member) {
  return Cat(SitePrefix(site), "o", member, kNul);
}

std::string StayOfKey(std::string_view site, const Stay& stay) {
  std::string key = StaysOfPrefix(site, stay.member);
  AppendSequence(&key, stay.from);
  return key;
}

std::string EncodeStayOf(const Stay& stay) {
  std::string value;
  AppendSequence(&value, stay.to);
  return value + stay.container;
}

Stay ParseStayIn(std::string_view site, std::string_view container, const storage::Row& row) {
  Stay stay;
  stay.container = std::string(container);
  std::string_view rest = std::string_view(row.key).substr(StaysInPrefix(site, container).size());
  const size_t end = std::min(rest.find('\0'), rest.size());
  stay.member = std::string(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  stay.from = ReadSequence(rest);
  stay.to = ReadSequence(row.value);
  return stay;
}

Stay ParseStayOf(std::string_view site, std::string_view member, const storage::Row& row) {
  Stay stay;
  stay.member = std::string(member);
  stay.from = ReadSequence(std::string_view(row.key).substr(StaysOfPrefix(site, member).size()));
  stay.to = ReadSequence(row.value);
  if (row.value.size() > 8) stay.container = row.value.substr(8);
  return stay;
}

std::string MovesPrefix(std::string_view site, std::string_view container) {
  return Cat(SitePrefix(site), "m", container, kNul);
}

std::string MoveKey(std::string_view site, std::string_view container, std::int64_t sequence) {
  std::string key = MovesPrefix(site, container);
  AppendSequence(&key, sequence);
  return key;
}

std::string ReferencePrefix(std::string_view site, std::string_view reference) {
  return Cat(SitePrefix(site), Term('r', reference), kNul);
}

std::string SecuredKey(std::string_view site, std::string_view location) {
  return Cat(SitePrefix(site), "q", location);
}

std::string PlaceKey(std::string_view site, std::string_view container) {
  return Cat(SitePrefix(site), "p", container);
}

std::string EncodePlace(const IndexedPlace& place) {
  return Cat(place.parent, kNul, place.location, kNul, place.resolved, kNul);
}

IndexedPlace DecodePlace(std::string_view bytes) {
  const std::vector<std::string> parts = Parts(bytes);
  IndexedPlace place;
  if (parts.size() != 3) return place;
  return {parts[0], parts[1], parts[2]};
}

}  // namespace loopdock::inventory
