// SPDX-License-Identifier: Apache-2.0
// Lists by filter, counts, contents, searches and exports through a real server, over both drivers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/contract/inventory_service_fixture.h"

namespace loopdock::inventory {
namespace {

using testing::HasSubstr;

class QuestionsTest : public ServiceFixture, public testing::WithParamInterface<const char*> {
 protected:
  QuestionsTest() : ServiceFixture(GetParam()) {}

  // Books assets; the last one's name.
  std::string Book(int count, const std::string& prefix = "S-") {
    const std::string session = OpenSession();
    v1::RecordScanResponse booked;
    for (int i = 0; i < count; ++i) {
      const absl::Status status = Scan(session, prefix + std::to_string(i), &booked);
      EXPECT_TRUE(status.ok()) << status;
    }
    return booked.asset().name();
  }

  v1::ListAssetsRequest ListRequest(const std::string& filter) {
    v1::ListAssetsRequest request;
    request.set_site("sites/main");
    request.set_filter(filter);
    request.set_min_sequence(server_->inventory().last_sequence());
    return request;
  }

  absl::StatusOr<std::string> Export(const v1::ExportRequest& request) {
    grpc::ClientContext context;
    Prepare(context);
    const auto reader = stub_->Export(&context, request);
    std::string data;
    v1::ExportResponse part;
    while (reader->Read(&part)) data += part.data();
    const absl::Status status = common::FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return data;
  }
};

INSTANTIATE_TEST_SUITE_P(Drivers, QuestionsTest, testing::Values("memory", "rocksdb"));

TEST_P(QuestionsTest, AListHasTheOwnWriteAndItsPosition) {
  const std::string last = Book(5);
  v1::ListAssetsResponse answer;
  absl::Status status = Call(&Stub::ListAssets, ListRequest("identifier = s-4"), &answer);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(answer.assets_size(), 1);
  EXPECT_EQ(answer.assets(0).name(), last);
  EXPECT_GE(answer.index_sequence(), server_->inventory().last_sequence());
  status = Call(&Stub::ListAssets, ListRequest("state = GONE"), &answer);
  EXPECT_EQ(common::ReasonOf(status), "FILTER_INVALID");
  EXPECT_EQ(common::MetadataOf(status, "position"), "9");
}

TEST_P(QuestionsTest, PagesStayStableWhileWritesGoOn) {
  Book(30);
  v1::ListAssetsRequest request = ListRequest("state = IN_STOCK");
  request.set_page_size(7);
  std::set<std::string> seen;
  int rows = 0;
  for (int page = 0; page < 100; ++page) {
    v1::ListAssetsResponse answer;
    ASSERT_TRUE(Call(&Stub::ListAssets, request, &answer).ok());
    for (const v1::Asset& asset : answer.assets()) seen.insert(asset.name());
    rows += answer.assets_size();
    request.set_page_token(answer.next_page_token());
    if (request.page_token().empty()) break;
    if (page < 3) Book(2, "later-" + std::to_string(page));
  }
  EXPECT_EQ(seen.size(), static_cast<size_t>(rows)) << "an asset came twice";
  EXPECT_GE(rows, 30);
  EXPECT_TRUE(request.page_token().empty());
}

TEST_P(QuestionsTest, CountsAndFinds) {
  const std::string last = Book(3);
  v1::CountAssetsRequest count;
  count.set_site("sites/main");
  count.set_group_by("state");
  count.set_min_sequence(server_->inventory().last_sequence());
  v1::CountAssetsResponse counts;
  ASSERT_TRUE(Call(&Stub::CountAssets, count, &counts).ok());
  ASSERT_EQ(counts.counts_size(), 1);
  EXPECT_EQ(counts.counts(0).value(), "IN_STOCK");
  EXPECT_EQ(counts.counts(0).count(), 3);
  v1::FindRequest find;
  find.set_site("sites/main");
  find.set_value("s-2");
  v1::FindResponse found;
  ASSERT_TRUE(Call(&Stub::Find, find, &found).ok());
  ASSERT_EQ(found.matches_size(), 1);
  EXPECT_EQ(found.matches(0).asset().name(), last);
}

TEST_P(QuestionsTest, ExportsAStreamOfWholeRows) {
  Book(3);
  v1::ExportRequest request;
  request.set_site("sites/main");
  request.set_kind(v1::EXPORT_KIND_ASSETS);
  request.set_format(v1::EXPORT_FORMAT_CSV);
  request.set_filter("state = IN_STOCK");
  request.set_min_sequence(server_->inventory().last_sequence());
  const auto rows = Export(request);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(std::count(rows->begin(), rows->end(), '\n'), 4);
  EXPECT_THAT(*rows, HasSubstr(",S-2,"));
  request.set_filter("nonsense =");
  EXPECT_EQ(common::ReasonOf(Export(request).status()), "FILTER_INVALID");
}

class IndexFolderTest : public QuestionsTest {};
INSTANTIATE_TEST_SUITE_P(Drivers, IndexFolderTest, testing::Values("rocksdb"));

TEST_P(IndexFolderTest, ADamagedOrMissingIndexIsMadeAnew) {
  const std::string last = Book(3);
  const std::string folder = folder_ + "/inventory_index";
  ASSERT_TRUE(std::filesystem::exists(folder));
  for (const bool damaged : {false, true}) {
    Stop();
    if (damaged) {
      std::ofstream(folder + "/CURRENT", std::ios::trunc) << "MANIFEST-does-not-exist\n";
    } else {
      std::filesystem::remove_all(folder);
    }
    Start();
    v1::ListAssetsResponse answer;
    const absl::Status status = Call(&Stub::ListAssets, ListRequest("identifier = S-2"), &answer);
    ASSERT_TRUE(status.ok()) << status;
    ASSERT_EQ(answer.assets_size(), 1) << damaged;
    EXPECT_EQ(answer.assets(0).name(), last);
  }
}

}  // namespace
}  // namespace loopdock::inventory
