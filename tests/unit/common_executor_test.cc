// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "absl/synchronization/notification.h"
#include "services/common/executor.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

TEST(ExecutorTest, RunsEverythingThatItTook) {
  Executor executor(3, 1000);
  std::atomic<int> done{0};
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(executor.Post([&] { ++done; }).ok());
  executor.Stop();
  EXPECT_EQ(done, 500);
}

TEST(ExecutorTest, RefusesBeyondThreadsAndQueue) {
  Executor executor(2, 1);
  absl::Notification go;
  int taken = 0;
  absl::Status refused;
  while (refused.ok() && taken < 10) {
    refused = executor.Post([&] { go.WaitForNotification(); });
    if (refused.ok()) ++taken;
  }
  EXPECT_EQ(taken, 3);
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(RetryAfterOf(refused).ok());
  go.Notify();
  executor.Stop();
  EXPECT_EQ(ReasonOf(executor.Post([] {})), "SHUTTING_DOWN");
}

TEST(ExecutorTest, WithoutAQueueAFreeThreadTakesTheNextTask) {
  Executor executor(1, 0);
  for (int i = 0; i < 3; ++i) {
    absl::Notification done;
    // The thread may need a moment to become free again.
    while (!executor.Post([&] { done.Notify(); }).ok()) {
    }
    done.WaitForNotification();
  }
}

}  // namespace
}  // namespace loopdock::common
