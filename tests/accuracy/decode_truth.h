// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_
#define LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_

// The truth of the real barcode pictures, and when a value equals it.
// Thread safety: safe from any thread.

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace loopdock::accuracy {

// One row of manifest.tsv.
struct TruthRow {
  std::string source;
  std::string set;
  std::string symbology;
  std::string path;
  std::string kind;
  std::string text;
  // Stands in another source too.
  bool duplicate = false;

  // A picture that holds nothing that may be read.
  bool negative() const;
  // A picture whose one text is known.
  bool has_text() const { return !negative() && kind == "txt"; }
};

absl::StatusOr<std::vector<TruthRow>> LoadManifest(const std::string& path);

// Of pictures of the manifest, by path: a list of ours says something of some of them.
using PictureNotes = std::set<std::pair<std::string, std::string>>;

// Lines of path, tab, note; those that begin with # are comments.
PictureNotes LoadPictureNotes(const std::string& file);

// Puts add-ons, which some truth leaves out, behind the text of their pictures.
void CompleteTruth(const PictureNotes& add_ons, std::vector<TruthRow>& rows);

// Whether `value` is what stands in the picture: equal to the truth, or the same symbol in another
// notation. The two families of pictures write their truth in different ones; each is explained
// where it is compared.
bool IsTruth(std::string_view symbology, std::string_view truth, std::string_view value);

}  // namespace loopdock::accuracy

#endif  // LOOPDOCK_TESTS_ACCURACY_DECODE_TRUTH_H_
