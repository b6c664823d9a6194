// SPDX-License-Identifier: Apache-2.0
// gs1-vectors DIR [--vectors-min N] [--linter-min N] [--dictionary-min N] [--verbose]
// Runs the rows of DIR/vectors.tsv and DIR/linter_vectors.tsv against our parser, prints how many
// were exact, failed or could not apply (with the reason), and compares our table of application
// identifiers with DIR/gs1-syntax-dictionary.txt. Exits with 1 when fewer than the given numbers
// are exact; where no number is given, when any row failed or none was exact; and when any
// identifier differs.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/common/status.h"
#include "services/intake/core/gs1.h"
#include "services/intake/core/label.h"
#include "tests/accuracy/gs1_dictionary.h"

namespace loopdock::intake {
namespace {

struct Outcome {
  enum { kExact, kFailed, kNotApplicable } result;
  std::string why;
};

Outcome Check(bool right, std::string why) {
  return {right ? Outcome::kExact : Outcome::kFailed, std::move(why)};
}
Outcome NotApplicable(std::string why) { return {Outcome::kNotApplicable, std::move(why)}; }

std::vector<std::string> Columns(const std::string& line) {
  std::vector<std::string> columns;
  std::size_t begin = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
    columns.push_back(line.substr(begin, tab - begin));
    begin = tab + 1;
  }
  columns.push_back(line.substr(begin));
  return columns;
}

std::string Text(const Parsed& parsed) {
  std::string text(ToString(parsed.kind));
  for (const Element& element : parsed.elements) text += " (" + element.id + ")" + element.value;
  if (!parsed.error.ok()) {
    text += " " + common::ReasonOf(parsed.error) + " " + common::MetadataOf(parsed.error, "rule");
  }
  return text;
}

Parsed Parse(const std::string& text) {
  ParseOptions options;
  options.fnc1_alias = '^';
  return ParseLabel({text, "", ""}, options);
}

bool IsRightGs1(const Parsed& parsed) {
  return parsed.error.ok() &&
         (parsed.kind == LabelKind::kGs1 || parsed.kind == LabelKind::kDigitalLink);
}

// The unbracketed form in which the rows give their result: FNC1 first and after every value of
// open length.
std::string Unbracketed(const std::vector<Element>& elements) {
  std::string text = "^";
  bool separate = false;
  for (const Element& element : elements) {
    if (separate) text += "^";
    text += element.id + element.value;
    const Gs1Ai* row = FindAi(element.id);
    separate = row != nullptr && !row->Is('P');
  }
  return text;
}

// Rows whose result hangs on a switch of GS1's engine that we decided once: names written out and
// unknown identifiers are refused. The row with the other setting cannot apply.
bool NeedsOtherSwitch(std::string_view input) {
  return input.find("/gtin/12312312312333/ser/") != std::string_view::npos ||
         input.find("&89=ABC123") != std::string_view::npos;
}

Outcome ParsingRow(const std::vector<std::string>& row) {
  const bool expected = row[2] == "true";
  const std::string input = row.size() > 3 ? row[3] : "";
  if (input == "buf") return NotApplicable("the input is a variable of the test program");
  if (expected && NeedsOtherSwitch(input)) {
    return NotApplicable("needs a switch of the engine that we keep off");
  }
  const Parsed parsed = Parse(input);
  if (!expected) return Check(!IsRightGs1(parsed), Text(parsed));
  const std::string want = row.size() > 4 ? row[4] : input;
  std::string got = Unbracketed(parsed.elements);
  if (row.size() <= 4 && want.back() == '^') got += "^";
  return Check(IsRightGs1(parsed) && got == want, Text(parsed));
}

// Plain data of the engine: a leading `\` escapes `^` and itself.
std::string Unescaped(std::string_view text) {
  const std::size_t slashes = text.find_first_not_of('\\');
  const bool escaped = slashes != std::string_view::npos && slashes > 0 && text[slashes] == '^';
  return std::string(escaped ? text.substr(1) : text);
}

std::vector<Element> ElementsOf(std::string_view message) {
  std::vector<Element> elements;
  const std::size_t bar = message.find("|^");
  if (bar != std::string_view::npos) {
    std::string_view linear = message.substr(0, bar);
    if (linear[0] == '^') {
      (void)ParseElementString(linear.substr(1), "^", &elements);
    } else {
      elements.push_back({"01", PadGtin(linear)});
    }
    (void)ParseElementString(message.substr(bar + 2), "^", &elements);
  } else {
    (void)ParseElementString(message.substr(1), "^", &elements);
  }
  return elements;
}

// `message` is the engine's form: "^..." for GS1, else plain; "|^" begins a composite part.
bool Equals(const Parsed& parsed, const std::string& message, bool retail) {
  if (!parsed.error.ok()) return false;
  if (message.rfind('^', 0) == 0 || (retail && !message.empty())) {
    std::vector<Element> want = message[0] == '^' || message.find("|^") != std::string::npos
                                    ? ElementsOf(message)
                                    : std::vector<Element>{{"01", PadGtin(message)}};
    return parsed.kind == LabelKind::kGs1 && parsed.elements == want;
  }
  if (parsed.kind == LabelKind::kDigitalLink) return IsRightGs1(Parse(message));
  return parsed.kind != LabelKind::kGs1 && parsed.elements.size() == 1 &&
         parsed.elements[0].value == Unescaped(message);
}

bool IsRetail(std::string_view symbology) {
  return symbology.substr(0, 3) == "EAN" || symbology.substr(0, 3) == "UPC" ||
         symbology == "DataBarOmni" || symbology == "DataBarLimited";
}

Outcome ScanRow(const std::vector<std::string>& row) {
  const bool expected = row[2] == "true";
  const Parsed parsed = Parse(row[3]);
  if (!expected) return Check(!parsed.error.ok(), Text(parsed));
  return Check(Equals(parsed, row.size() > 5 ? row[5] : "", IsRetail(row[4])), Text(parsed));
}

// Making scan data is not ours; reading what should have been made is. What the engine refuses to
// put under bars of a kind, we refuse to have read from such bars.
Outcome MadeScanRow(const std::vector<std::string>& row) {
  if (row.size() < 5) return NotApplicable("no result in the row");
  if (row[4] == "NULL") {
    const std::string format = row[2] == "EAN13" ? "EAN-13" : row[2];
    if (format == "NONE") return NotApplicable("no symbology, so that there is nothing to read");
    const Parsed refused = ParseLabel({row[3], "", format});
    return Check(!refused.error.ok(), Text(refused));
  }
  const Parsed parsed = Parse(row[4]);
  // The engine computes a check digit that the input leaves out.
  std::string message = row[3];
  if (row[2] == "EAN13" && message.size() == 12) message = row[4].substr(3);
  return Check(Equals(parsed, message, IsRetail(row[2])), Text(parsed));
}

// Making links is not ours; the link that should have been made must say the same elements.
Outcome MadeLinkRow(const std::vector<std::string>& row) {
  std::vector<Element> want;
  const absl::Status readable = ParseBracketed(row[4], &want);
  if (row[2] != "true") {
    if (!readable.ok()) return Check(true, "");  // The elements alone are refused by us as well.
    return NotApplicable("right elements that fit no path; we make no links");
  }
  if (!readable.ok()) return Check(false, "the input is refused");
  const Parsed link = Parse(row[5]);
  const auto within = [](const std::vector<Element>& all, const std::vector<Element>& part) {
    return std::all_of(part.begin(), part.end(), [&](const Element& element) {
      return std::find(all.begin(), all.end(), element) != all.end();
    });
  };
  const bool same = IsRightGs1(link) && within(want, link.elements) && within(link.elements, want);
  return Check(same, Text(link));
}

Outcome VectorRow(const std::vector<std::string>& row) {
  if (row.size() < 3) return NotApplicable("no result in the row");
  const std::string& test = row[1];
  if (test == "test_parseAIdata" || test == "test_processAIdata" || test == "test_parseDLuri") {
    return ParsingRow(row);
  }
  if (test == "test_testProcessScanData" && row.size() > 4) return ScanRow(row);
  if (test == "test_testGenerateScanData") return MadeScanRow(row);
  if (test == "test_testGenerateDLuri" && row.size() > 4) return MadeLinkRow(row);
  return NotApplicable("an unknown test");
}

Outcome LinterRow(const std::vector<std::string>& row) {
  constexpr std::string_view kPrefix = "GS1_LINTER_";
  if (row.size() != 2 || row[1].rfind(kPrefix, 0) != 0) return NotApplicable("no result");
  const Parsed parsed = Parse(row[0]);
  const std::string want = row[1].substr(kPrefix.size());
  if (want == "OK") return Check(IsRightGs1(parsed), Text(parsed));
  return Check(common::MetadataOf(parsed.error, "rule") == want, Text(parsed));
}

struct Counts {
  int exact = 0, failed = 0, not_applicable = 0;
};

struct Table {
  std::map<std::string, Counts> groups;
  std::map<std::string, int> reasons;
  int exact = 0, failed = 0;
};

bool Run(const std::string& path, bool linter, bool verbose, Table* table) {
  std::ifstream file(path);
  if (!file) {
    std::fprintf(stderr, "gs1-vectors: cannot read %s\n", path.c_str());
    return false;
  }
  int number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) continue;
    const std::vector<std::string> row = Columns(line);
    const Outcome outcome = linter ? LinterRow(row) : VectorRow(row);
    Counts& counts = table->groups[linter || row.size() < 2 ? "linters" : row[1]];
    if (outcome.result == Outcome::kExact) {
      ++counts.exact;
      ++table->exact;
    } else if (outcome.result == Outcome::kFailed) {
      ++counts.failed;
      ++table->failed;
      std::printf("FAILED %s:%d  %s\n       ours: %s\n", path.c_str(), number, line.c_str(),
                  outcome.why.c_str());
    } else {
      ++counts.not_applicable;
      ++table->reasons[outcome.why];
      if (verbose) std::printf("n/a    %s:%d  %s\n", path.c_str(), number, line.c_str());
    }
  }
  for (const auto& [name, counts] : table->groups) {
    std::printf("%-28s %4d exact %4d failed %4d not applicable\n", name.c_str(), counts.exact,
                counts.failed, counts.not_applicable);
  }
  for (const auto& [why, count] : table->reasons) {
    std::printf("  not applicable: %d x %s\n", count, why.c_str());
  }
  return true;
}

bool Holds(const Table& table, int minimum) {
  return table.failed == 0 && table.exact > 0 && table.exact >= minimum;
}

int Main(int argc, char** argv) {
  std::string folder;
  int vectors_min = -1;
  int linter_min = -1;
  int dictionary_min = -1;
  bool verbose = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--vectors-min") == 0 && i + 1 < argc) {
      vectors_min = std::atoi(argv[++i]);
    } else if (std::strcmp(argv[i], "--linter-min") == 0 && i + 1 < argc) {
      linter_min = std::atoi(argv[++i]);
    } else if (std::strcmp(argv[i], "--dictionary-min") == 0 && i + 1 < argc) {
      dictionary_min = std::atoi(argv[++i]);
    } else if (std::strcmp(argv[i], "--verbose") == 0) {
      verbose = true;
    } else {
      folder = argv[i];
    }
  }
  if (folder.empty()) {
    std::fprintf(stderr,
                 "gs1-vectors DIR [--vectors-min N] [--linter-min N] [--dictionary-min N] "
                 "[--verbose]\n");
    return 2;
  }
  Table vectors;
  Table linter;
  if (!Run(folder + "/vectors.tsv", false, verbose, &vectors) ||
      !Run(folder + "/linter_vectors.tsv", true, verbose, &linter)) {
    return 2;
  }
  std::printf("vectors.tsv: %d exact, %d failed; linter_vectors.tsv: %d exact, %d failed\n",
              vectors.exact, vectors.failed, linter.exact, linter.failed);
  const DictionaryResult dictionary = CompareDictionary(folder + "/gs1-syntax-dictionary.txt");
  std::printf("gs1-syntax-dictionary.txt: %d identifiers the same, %d different\n", dictionary.same,
              dictionary.different);
  const bool same = dictionary.different == 0 && dictionary.same >= dictionary_min;
  return Holds(vectors, vectors_min) && Holds(linter, linter_min) && same ? 0 : 1;
}

}  // namespace
}  // namespace loopdock::intake

int main(int argc, char** argv) { return loopdock::intake::Main(argc, argv); }
