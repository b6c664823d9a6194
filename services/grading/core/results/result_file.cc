// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/result_file.h"

#include "services/common/utf8.h"
#include "services/grading/core/results/blancco_xml.h"
#include "services/grading/core/results/nwipe_log.h"
#include "services/grading/core/results/results_csv.h"
#include "services/grading/core/results/results_json.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/results/workbench_json.h"

namespace loopdock::grading {
namespace {

v1::ResultFormat FormatOf(std::string_view text) {
  const std::string_view content = Strip(text.substr(0, 4096));
  if (content.starts_with('<')) return v1::RESULT_FORMAT_BLANCCO;
  if (content.starts_with('{')) {
    return text.find("\"Snapshot\"") != std::string_view::npos ? v1::RESULT_FORMAT_WORKBENCH
                                                               : v1::RESULT_FORMAT_JSON;
  }
  // Times in brackets, or the tables, which some print alone.
  if (content.starts_with("[2") || content.find("* Error Summary *") != std::string_view::npos) {
    return v1::RESULT_FORMAT_NWIPE;
  }
  return v1::RESULT_FORMAT_CSV;
}

}  // namespace

ResultReading ReadResults(std::string_view bytes, v1::ResultFormat format) {
  ResultReading reading;
  ResultBuilder builder(&reading);
  std::string_view text = bytes;
  ConsumePrefix(&text, "\xEF\xBB\xBF");
  reading.format = format == v1::RESULT_FORMAT_UNSPECIFIED ? FormatOf(text) : format;
  if (Strip(text).empty()) {
    builder.Report(0, "", "Is empty. Expected a file with results.");
    return reading;
  }
  // An XML file says itself how it is encoded.
  if (reading.format == v1::RESULT_FORMAT_BLANCCO) {
    ReadBlanccoXml(text, &builder);
  } else if (!common::IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    builder.Report(0, "", "Is no text in UTF-8. Expected that: save the file so.");
  } else if (reading.format == v1::RESULT_FORMAT_NWIPE) {
    ReadNwipeLog(text, &builder);
  } else if (reading.format == v1::RESULT_FORMAT_WORKBENCH) {
    ReadWorkbenchJson(text, &builder);
  } else if (reading.format == v1::RESULT_FORMAT_JSON) {
    ReadResultsJson(text, &builder);
  } else {
    ReadResultsCsv(text, &builder);
  }
  builder.Finish();
  return reading;
}

}  // namespace loopdock::grading
