// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/gs1_dictionary.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

#include "services/intake/core/gs1.h"
#include "services/intake/core/text.h"

namespace loopdock::intake {
namespace {

// The dictionary's names of rules and ours.
std::string RuleName(const std::string& linter) {
  static const auto& names = *new std::map<std::string, std::string>{{"csum", "mod10"},
                                                                     {"gcppos1", "prefix"},
                                                                     {"gcppos2", "prefix2"},
                                                                     {"yymmd0", "date0"},
                                                                     {"yymmdd", "date"},
                                                                     {"yyyymmdd", "birthdate"},
                                                                     {"hhmi", "clock"},
                                                                     {"hh", "hour"},
                                                                     {"mi", "minute"},
                                                                     {"ss", "second"},
                                                                     {"iso4217", "currency"},
                                                                     {"iso3166", "country"},
                                                                     {"iso3166999", "country999"},
                                                                     {"iso3166alpha2", "country2"},
                                                                     {"pcenc", "percent"},
                                                                     {"yesno", "flag"},
                                                                     {"hyphen", "minus"},
                                                                     {"importeridx", "importer"},
                                                                     {"packagetype", "package"},
                                                                     {"mediatype", "medium"},
                                                                     {"iso5218", "sex"},
                                                                     {"posinseqslash", "position"},
                                                                     {"pieceoftotal", "pieces"},
                                                                     {"nozeroprefix", "nolead0"},
                                                                     {"csumalpha", "pair"},
                                                                     {"hasnondigit", "nondigit"},
                                                                     {"couponcode", "coupon"},
                                                                     {"couponposoffer", "offer"}};
  const auto found = names.find(linter);
  return found == names.end() ? linter : found->second;
}

// "N13,csum,gcppos1" as "n13:mod10,prefix", "X..20" as "x1-20", "[X..17]" as "x0-17" and
// "[N3],iso3166" as "n3?:country".
std::string PartOf(const std::string& component) {
  const std::vector<std::string_view> words = Split(component, ",");
  std::string_view type = words[0];
  const bool optional = ConsumePrefix(&type, "[") && ConsumeSuffix(&type, "]");
  std::string part(1, ToLower(type[0]));
  std::string_view length = type.substr(1);
  if (ConsumePrefix(&length, "..")) {
    Append(&part, optional ? "0-" : "1-", length);
  } else {
    Append(&part, length, optional ? "?" : "");
  }
  for (std::size_t i = 1; i < words.size(); ++i) {
    Append(&part, i == 1 ? ":" : ",", RuleName(std::string(words[i])));
  }
  return part;
}

// "01,02,35nn" as "01|02|35??".
std::string Alternatives(std::string_view list) {
  std::string ours(list);
  std::replace(ours.begin(), ours.end(), ',', '|');
  std::replace(ours.begin(), ours.end(), 'n', '?');
  return ours;
}

struct Entry {
  std::string first, last;
  bool fixed = false, attribute = false, key = false;
  std::string parts, needs, clashes, path;
};

// One line of the dictionary; false for a comment or an empty one.
bool ReadEntry(const std::string& line, Entry* entry) {
  std::istringstream words(line.substr(0, line.find(" #")));
  std::string word;
  if (!(words >> word) || !IsDigit(word[0])) return false;
  entry->first = word.substr(0, word.find('-'));
  entry->last = word.substr(word.find('-') == std::string::npos ? 0 : word.find('-') + 1);
  while (words >> word) {
    if (word.find_first_not_of("*?") == std::string::npos) {
      entry->fixed = Contains(word, '*');
      entry->attribute = Contains(word, '?');
    } else if (IsUpper(word[0]) || word[0] == '[') {
      Append(&entry->parts, entry->parts.empty() ? "" : " ", PartOf(word));
    } else if (StartsWith(word, "req=")) {
      Append(&entry->needs, entry->needs.empty() ? "" : ";", Alternatives(word.substr(4)));
    } else if (StartsWith(word, "ex=")) {
      entry->clashes = Alternatives(word.substr(3));
    } else if (StartsWith(word, "dlpkey")) {
      entry->key = true;
      if (word.size() > 7) entry->path = word.substr(7);
    }
  }
  return true;
}

std::string Differences(const Entry& entry, const std::string& ai) {
  const Gs1Ai* row = FindAi(ai);
  if (row == nullptr || row->first.size() != ai.size()) return " we do not know it";
  std::string found;
  const auto compare = [&](std::string_view what, std::string_view theirs, std::string_view ours) {
    if (theirs != ours) Append(&found, " ", what, ": '", theirs, "', ours '", ours, "'");
  };
  const auto flag = [&](std::string_view what, bool theirs, char ours) {
    compare(what, theirs ? "yes" : "no", row->Is(ours) ? "yes" : "no");
  };
  flag("predefined length", entry.fixed, 'P');
  flag("attribute of a link", entry.attribute, 'A');
  flag("key of a link", entry.key, 'K');
  compare("parts", entry.parts, row->parts);
  compare("needs", entry.needs, row->needs);
  compare("excludes", entry.clashes, row->clashes);
  compare("qualifiers", entry.path, row->path);
  return found;
}

}  // namespace

DictionaryResult CompareDictionary(const std::string& path) {
  DictionaryResult result;
  std::set<std::string> known;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    Entry entry;
    if (!ReadEntry(line, &entry)) continue;
    for (int number = std::stoi(entry.first); number <= std::stoi(entry.last); ++number) {
      std::string ai = std::to_string(number);
      ai.insert(0, entry.first.size() - ai.size(), '0');
      known.insert(ai);
      const std::string differences = Differences(entry, ai);
      ++(differences.empty() ? result.same : result.different);
      if (!differences.empty())
        std::printf("DIFFERENT AI %s:%s\n", ai.c_str(), differences.c_str());
    }
  }
  if (known.empty()) return result;
  for (const int size : {2, 3, 4}) {
    for (int number = 0; number < (size == 2 ? 100 : size == 3 ? 1000 : 10'000); ++number) {
      std::string ai = std::to_string(number);
      ai.insert(0, static_cast<std::size_t>(size) - ai.size(), '0');
      const Gs1Ai* row = FindAi(ai);
      if (row == nullptr || row->first.size() != ai.size() || known.contains(ai)) continue;
      ++result.different;
      std::printf("DIFFERENT AI %s: only we know it\n", ai.c_str());
    }
  }
  return result;
}

}  // namespace loopdock::intake
