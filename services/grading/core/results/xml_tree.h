// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_XML_TREE_H_
#define LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_XML_TREE_H_

// A small XML document as a tree of named elements with their lines. An element's name is its
// attribute `name` where it has one, else its tag, without namespace prefix.
// Thread safety: pure functions; a tree is for one thread.
// Errors: the first thing that is wrong, with its line; the document type declaration is one, so
// that no entity is ever defined and nothing is fetched.
// Limits: the constants below.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace loopdock::grading {

inline constexpr int kXmlDepthMax = 32;
inline constexpr int kXmlElementsMax = 200'000;
inline constexpr std::size_t kXmlTextBytesMax = std::size_t{64} << 10;

struct XmlElement {
  std::string name;
  std::string text;  // without blanks around it
  std::int64_t line = 0;
  std::vector<std::unique_ptr<XmlElement>> children;

  // The first child of the name, or null.
  const XmlElement* Find(std::string_view wanted) const;
  // Its text, or empty.
  std::string Value(std::string_view wanted) const;
};

struct XmlProblem {
  std::int64_t line = 0;
  std::string problem;  // empty when there is none
};

// The outermost element; null when there is a problem.
std::unique_ptr<XmlElement> ParseXml(std::string_view text, XmlProblem* problem);

}  // namespace loopdock::grading

#endif  // LOOPDOCK_SERVICES_GRADING_CORE_RESULTS_XML_TREE_H_
