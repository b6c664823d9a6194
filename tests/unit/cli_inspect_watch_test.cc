// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/cli/inspect_watch.h"

namespace loopdock::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(PictureName, SaysAssetFaceAndLight) {
  const auto plain = ParsePictureName("000005.jpg");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->asset, "000005");
  EXPECT_EQ(plain->face, "");
  const auto all = ParsePictureName("000005_Back_left_2.JPEG");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->asset, "000005");
  EXPECT_EQ(all->face, "back");
  EXPECT_EQ(all->light, "left");
  EXPECT_TRUE(ParsePictureName("000005_back.heic")) << "the server says what is wrong with it";
  for (const char* other : {"000005.txt", "000005", ".hidden.jpg", "_back.jpg", ".jpg", ""}) {
    EXPECT_FALSE(ParsePictureName(other)) << other;
  }
}

TEST(PictureGroups, AnAssetIsReadyWhenNothingMoreComes) {
  const absl::Time start = absl::FromUnixSeconds(1000);
  PictureGroups groups(absl::Seconds(5));
  EXPECT_FALSE(groups.Until(start));
  groups.Add("a_display.jpg", start);
  groups.Add("b_display.jpg", start + absl::Seconds(1));
  EXPECT_FALSE(groups.Add("notes.txt", start));
  groups.Add("a_back.jpg", start + absl::Seconds(3));
  groups.Add("a_back.jpg", start + absl::Seconds(4));  // written again
  EXPECT_TRUE(groups.Ready(start + absl::Seconds(5)).empty());
  EXPECT_EQ(groups.Until(start + absl::Seconds(5)), absl::Seconds(1));
  EXPECT_THAT(groups.Ready(start + absl::Seconds(6)),
              ElementsAre(Pair("b", ElementsAre("b_display.jpg"))));
  EXPECT_THAT(groups.Ready(start + absl::Seconds(9)),
              ElementsAre(Pair("a", ElementsAre("a_back.jpg", "a_display.jpg")),
                          Pair("b", ElementsAre("b_display.jpg"))));
  groups.Remove("b");
  groups.Postpone("a", start + absl::Seconds(9));
  EXPECT_TRUE(groups.Ready(start + absl::Seconds(10)).empty());
  EXPECT_EQ(groups.Ready(start + absl::Seconds(14)).size(), 1u);
  groups.Remove("a");
  EXPECT_TRUE(groups.empty());
}

}  // namespace
}  // namespace loopdock::cli
