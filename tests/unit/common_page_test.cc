// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/timestamp.pb.h>
#include <gtest/gtest.h>

#include <limits>

#include "services/common/page.h"
#include "services/common/proto_time.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

TEST(PageTest, SizeHasADefaultAndAnEnd) {
  EXPECT_EQ(*PageSize(0), 50u);
  EXPECT_EQ(*PageSize(7), 7u);
  EXPECT_EQ(*PageSize(1'000'000), 1000u);
  EXPECT_EQ(ReasonOf(PageSize(-1).status()), "PAGE_SIZE_INVALID");
}

TEST(PageTest, TokenGoesOnAfterItsKey) {
  EXPECT_EQ(*AfterPageToken("list", ""), "");
  const std::string key("main\0a\xFF", 7);
  EXPECT_EQ(*AfterPageToken("list", PageToken("list", key)), key);
}

TEST(PageTest, TokenIsBoundToItsQuestion) {
  const std::string token = PageToken("list load=1", "key");
  EXPECT_EQ(ReasonOf(AfterPageToken("list load=2", token).status()), "PAGE_TOKEN_INVALID");
  // Neither may the border between question and key be moved.
  EXPECT_FALSE(AfterPageToken("list load=1k", PageToken("list load=1", "key")).ok());
}

TEST(PageTest, DamagedTokensAreRefused) {
  const std::string token = PageToken("list", "key-0123456789");
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string damaged = token;
    damaged[i] = damaged[i] == 'A' ? 'B' : 'A';
    const auto after = AfterPageToken("list", damaged);
    // The last character has bits that mean nothing.
    if (after.ok()) {
      EXPECT_EQ(i, token.size() - 1);
      EXPECT_EQ(*after, "key-0123456789");
    }
  }
  EXPECT_FALSE(AfterPageToken("list", "not base64 !").ok());
  EXPECT_FALSE(AfterPageToken("list", "AAAA").ok());
}

TEST(ProtoTimeTest, GoesThereAndBackAndStaysWithinTheRange) {
  for (const absl::Time time :
       {absl::UnixEpoch(), absl::FromUnixNanos(-1), absl::FromUnixNanos(1767323045123456789)}) {
    EXPECT_EQ(FromProto(ToProto(time)), time);
    EXPECT_GE(ToProto(time).nanos(), 0);
  }
  EXPECT_EQ(ToProto(absl::InfiniteFuture()).seconds(), 253402300799);
  EXPECT_EQ(ToProto(absl::InfinitePast()).seconds(), -62135596800);
  google::protobuf::Timestamp hostile;
  hostile.set_seconds(std::numeric_limits<std::int64_t>::max());
  hostile.set_nanos(std::numeric_limits<std::int32_t>::min());
  EXPECT_GE(ToProto(FromProto(hostile)).seconds(), 0);
}

}  // namespace
}  // namespace loopdock::common
