// SPDX-License-Identifier: Apache-2.0
#include "services/vision/decode_line.h"

#include <gtest/gtest.h>

#include <string>

#include "services/common/status.h"

namespace loopdock::vision {
namespace {

v1::Response OneSymbol(const std::string& content) {
  v1::Response response;
  response.set_worker_ms(1.23456);
  v1::Symbol* symbol = response.mutable_decode()->add_symbols();
  symbol->set_format("Code128");
  symbol->set_content(content);
  symbol->set_symbology_identifier("]C1");
  for (int i = 0; i < 4; ++i) {
    symbol->add_corners()->set_x(i + 0.26);
    symbol->mutable_corners(i)->set_y(10 * i);
  }
  return response;
}

TEST(DecodeLine, IsTheDocumentedContract) {
  EXPECT_EQ(DecodeLine("a.png", OneSymbol("10AB\x1D"
                                          "21C")),
            R"({"file":"a.png","symbols":[{"format":"Code128","text":"10AB\u001d21C",)"
            R"("symbology_identifier":"]C1",)"
            R"("corners":[[0.3,0.0],[1.3,10.0],[2.3,20.0],[3.3,30.0]]}],"ms":1.235,"error":null})");
}

TEST(DecodeLine, GivesBytesOnlyWhereTheyAreNoText) {
  const std::string line = DecodeLine("b", OneSymbol("\xFF\x01"));
  EXPECT_NE(line.find(R"("text":"ÿ\u0001","bytes":"/wE=")"), std::string::npos) << line;
  EXPECT_EQ(DecodeLine("b", OneSymbol("Zürich")).find("bytes"), std::string::npos);
}

TEST(DecodeLine, NamesWhatIsUnreadAndWhatPrintSays) {
  v1::Response response;
  response.set_worker_ms(2);
  v1::UnreadSymbol* unread = response.mutable_decode()->add_unread();
  unread->set_kind("linear");
  unread->add_corners()->set_x(4);
  v1::TextProposal* proposal = response.mutable_decode()->add_proposals();
  proposal->set_label("S/N");
  proposal->set_value("5CG1");
  proposal->set_confidence(0.876);
  proposal->add_corners()->set_y(7);
  EXPECT_EQ(DecodeLine("d", response),
            R"({"file":"d","symbols":[],"unread":[{"kind":"linear","corners":[[4.0,0.0]]}],)"
            R"("proposals":[{"label":"S/N","value":"5CG1","confidence":0.88,)"
            R"("corners":[[0.0,7.0]]}],"ms":2.0,"error":null})");
}

TEST(DecodeLine, SaysWhyAPictureWasRefused) {
  const auto error = common::Error(absl::StatusCode::kInvalidArgument, "EMPTY_PICTURE",
                                   "The picture has no bytes.", {{"worker_ms", "0.5"}});
  EXPECT_EQ(DecodeLine("dir/c\xFF", error),
            "{\"file\":\"dir/c\xEF\xBF\xBD\",\"symbols\":[],\"ms\":0.5,\"error\":"
            "{\"reason\":\"EMPTY_PICTURE\",\"message\":\"The picture has no bytes.\"}}");
}

}  // namespace
}  // namespace loopdock::vision
