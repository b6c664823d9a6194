// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_GS1_DICTIONARY_H_
#define LOOPDOCK_TESTS_ACCURACY_GS1_DICTIONARY_H_

// Compares our table of GS1's application identifiers with the dictionary that GS1 publishes.
// Thread safety: a free function, safe from any thread.

#include <string>

namespace loopdock::intake {

struct DictionaryResult {
  int same = 0, different = 0;
};

// Every identifier of the dictionary against ours: format, check digits and other rules of its
// parts, what it needs beside it, what it excludes, its place in a Digital Link; and that we know
// none that the dictionary does not. Prints each difference. Nothing compared when the file cannot
// be read.
DictionaryResult CompareDictionary(const std::string& path);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_TESTS_ACCURACY_GS1_DICTIONARY_H_
