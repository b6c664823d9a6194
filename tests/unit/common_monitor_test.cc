// SPDX-License-Identifier: Apache-2.0
#include <civetweb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "services/common/config.h"
#include "services/common/monitor.h"
#include "services/common/signals.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using testing::HasSubstr;

struct Answer {
  int status = 0;
  std::string body;
};

Answer Get(const std::string& address, const std::string& path) {
  const std::string host = HostOf(address);
  const int port = std::stoi(address.substr(address.rfind(':') + 1));
  char error[200] = {};
  mg_connection* connection = mg_download(host.c_str(), port, 0, error, sizeof(error),
                                          "GET %s HTTP/1.0\r\n\r\n", path.c_str());
  Answer answer;
  if (connection == nullptr) return answer;
  answer.status = mg_get_response_info(connection)->status_code;
  char buffer[4096];
  for (int got = 0; (got = mg_read(connection, buffer, sizeof(buffer))) > 0;) {
    answer.body.append(buffer, static_cast<size_t>(got));
  }
  mg_close_connection(connection);
  return answer;
}

TEST(MonitorTest, ServesMetricsLifeAndReadiness) {
  Metrics metrics;
  metrics.Counter("loopdock_test_total", "Help.").Increment(5);
  std::atomic<bool> ready{false};
  auto monitor = Monitor::Listen("127.0.0.1:0", metrics, [&] { return ready.load(); });
  ASSERT_TRUE(monitor.ok()) << monitor.status();
  const std::string address = (*monitor)->address();
  EXPECT_THAT(Get(address, "/metrics").body, HasSubstr("loopdock_test_total 5"));
  EXPECT_EQ(Get(address, "/livez").status, 200);
  EXPECT_EQ(Get(address, "/readyz").status, 503);
  ready = true;
  EXPECT_EQ(Get(address, "/readyz").status, 200);
  EXPECT_EQ(Get(address, "/").status, 404);
  EXPECT_EQ(Get(address, "/metrics/../readyz").status, 200);
  EXPECT_EQ(ReasonOf(Monitor::Listen(address, metrics, [] { return true; }).status()),
            "LISTEN_FAILED");
}

TEST(SignalsDeathTest, TheSecondSignalEndsTheProcessAtOnce) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        CatchSignals();
        std::raise(SIGTERM);
        BlockUntilSignal();
        std::raise(SIGINT);
        std::this_thread::sleep_for(std::chrono::seconds(20));
        std::_Exit(1);
      },
      testing::ExitedWithCode(130), "");
  EXPECT_EXIT(
      {
        CatchSignals();
        std::raise(SIGINT);
        BlockUntilSignal();
        std::_Exit(7);
      },
      testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace loopdock::common
