// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/xml_tree.h"

#include <expat.h>

#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

class Reader {
 public:
  Reader() : parser_(XML_ParserCreate(nullptr)) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, &Reader::Start, &Reader::End);
    XML_SetCharacterDataHandler(parser_, &Reader::Text);
    XML_SetStartDoctypeDeclHandler(parser_, &Reader::Doctype);
  }
  ~Reader() { XML_ParserFree(parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::unique_ptr<XmlElement> Read(std::string_view text, XmlProblem* problem) {
    const XML_Status status =
        XML_Parse(parser_, text.data(), static_cast<int>(text.size()), XML_TRUE);
    if (status != XML_STATUS_OK && problem_.problem.empty()) {
      problem_.line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_));
      problem_.problem =
          Cat("Is no XML from column ", std::to_string(XML_GetCurrentColumnNumber(parser_) + 1),
              " on: ", XML_ErrorString(XML_GetErrorCode(parser_)), ".");
    }
    *problem = problem_;
    return problem_.problem.empty() ? std::move(root_) : nullptr;
  }

 private:
  static Reader& Of(void* data) { return *static_cast<Reader*>(data); }

  static void Start(void* data, const XML_Char* tag, const XML_Char** attributes) {
    Reader& reader = Of(data);
    if (!reader.problem_.problem.empty()) return;
    if (++reader.elements_ > kXmlElementsMax) return reader.Stop("Has more than 200000 elements.");
    if (reader.open_.size() >= kXmlDepthMax) return reader.Stop("Is nested deeper than 32 levels.");
    auto element = std::make_unique<XmlElement>();
    const std::string_view full(tag);
    element->name = std::string(full.substr(full.rfind(':') + 1));
    for (; *attributes != nullptr; attributes += 2) {
      if (std::string_view(attributes[0]) == "name") element->name = attributes[1];
    }
    element->line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(reader.parser_));
    XmlElement* made = element.get();
    if (reader.open_.empty()) {
      reader.root_ = std::move(element);
    } else {
      reader.open_.back()->children.push_back(std::move(element));
    }
    reader.open_.push_back(made);
  }

  static void End(void* data, const XML_Char*) {
    Reader& reader = Of(data);
    if (!reader.problem_.problem.empty() || reader.open_.empty()) return;
    std::string& text = reader.open_.back()->text;
    text = std::string(Strip(text));
    reader.open_.pop_back();
  }

  static void Text(void* data, const XML_Char* bytes, int size) {
    Reader& reader = Of(data);
    if (!reader.problem_.problem.empty() || reader.open_.empty()) return;
    std::string& text = reader.open_.back()->text;
    if (text.size() + static_cast<std::size_t>(size) > kXmlTextBytesMax) {
      return reader.Stop("Has more than 64 KiB of text.");
    }
    text.append(bytes, static_cast<std::size_t>(size));
  }

  static void Doctype(void* data, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    Of(data).Stop("Has a document type. Expected a report without `<!DOCTYPE`.");
  }

  void Stop(std::string_view problem) {
    problem_.line = static_cast<std::int64_t>(XML_GetCurrentLineNumber(parser_));
    problem_.problem = std::string(problem);
    XML_StopParser(parser_, XML_FALSE);
  }

  XML_Parser parser_;
  std::unique_ptr<XmlElement> root_;
  std::vector<XmlElement*> open_;
  int elements_ = 0;
  XmlProblem problem_;
};

}  // namespace

const XmlElement* XmlElement::Find(std::string_view wanted) const {
  for (const auto& child : children) {
    if (child->name == wanted) return child.get();
  }
  return nullptr;
}

std::string XmlElement::Value(std::string_view wanted) const {
  const XmlElement* found = Find(wanted);
  return found == nullptr ? "" : found->text;
}

std::unique_ptr<XmlElement> ParseXml(std::string_view text, XmlProblem* problem) {
  return Reader().Read(text, problem);
}

}  // namespace loopdock::grading
