// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/common/log.h"
#include "services/common/metrics.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using testing::HasSubstr;

TEST(LogTest, OneJsonObjectALineWithSecretsMasked) {
  const std::string line = FormatLogLine(LogLevel::kInfo, "2026-01-02T03:04:05.000Z", "booked",
                                         {{"asset", "sites/main/assets/1"},
                                          {"admin_token", "ld_secret"},
                                          {"serial", "SN1"},
                                          {"count", 3},
                                          {"share", 0.5},
                                          {"good", true},
                                          {"text", "two\nlines \"and\" quotes"}});
  EXPECT_EQ(line, R"({"time":"2026-01-02T03:04:05.000Z","level":"info","event":"booked",)"
                  R"("asset":"sites/main/assets/1","admin_token":"***","serial":"***","count":3,)"
                  R"("share":0.5,"good":true,"text":"two\nlines \"and\" quotes"})");
}

TEST(LogTest, LongAndBrokenTextsStayOneShortLine) {
  const std::string line =
      FormatLogLine(LogLevel::kError, "t", "e", {{"text", std::string(1'000'000, '\xff')}});
  EXPECT_LT(line.size(), 10'000u);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(LogTest, UnknownLevelIsRefused) {
  EXPECT_EQ(ReasonOf(SetLogLevel("loud")), "CONFIG_INVALID");
  EXPECT_TRUE(SetLogLevel("info").ok());
}

TEST(MetricsTest, SameNameAndLabelsIsTheSameMetric) {
  Metrics metrics;
  metrics.Counter("loopdock_test_total", "Help.", {{"a", "b"}}).Increment();
  metrics.Counter("loopdock_test_total", "Help.", {{"a", "b"}}).Increment(2);
  metrics.Gauge("loopdock_test_depth", "Help.").Set(7);
  metrics.Histogram("loopdock_test_seconds", "Help.").Observe(0.002);
  const std::string text = metrics.Text();
  EXPECT_THAT(text, HasSubstr("loopdock_test_total{a=\"b\"} 3"));
  EXPECT_THAT(text, HasSubstr("loopdock_test_depth 7"));
  EXPECT_THAT(text, HasSubstr("loopdock_test_seconds_count 1"));
}

}  // namespace
}  // namespace loopdock::common
