// SPDX-License-Identifier: Apache-2.0
// The query index over both drivers: lists, counts and contents as a plain look at everything gives
// them, whatever happened before.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/inventory/core/text.h"
#include "services/inventory/query/asset_queries.h"
#include "services/inventory/query/query_index.h"
#include "services/inventory/query/stays.h"
#include "services/storage/rocksdb_driver.h"
#include "tests/contract/failing_store.h"
#include "tests/unit/inventory_fixture.h"

namespace loopdock::inventory {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class IndexTest : public InventoryTest, public testing::WithParamInterface<const char*> {
 protected:
  IndexTest() {
    if (OnDisk()) root_ = common::MakeTemporaryDirectory("loopdock-index").value();
    OpenIndex();
    load_ = MakeLoad();
    session_ = OpenSession(load_);
  }
  ~IndexTest() override {
    queries_.reset();
    index_.reset();
    std::error_code error;
    if (OnDisk()) std::filesystem::remove_all(root_, error);
  }

  bool OnDisk() const { return std::string(GetParam()) == "rocksdb"; }

  // Closes the index, if there is one, and opens it again as a start does.
  void OpenIndex() {
    index_.reset();
    QueryIndex::Options options;
    options.open = [this](bool fresh) -> absl::StatusOr<std::unique_ptr<storage::Store>> {
      if (!OnDisk()) {
        if (fresh) index_disk_ = std::make_shared<storage::MemoryDisk>();
        return storage::MakeMemoryDriver(index_disk_)->Open("index", IndexStoreOptions());
      }
      if (fresh) std::filesystem::remove_all(root_ + "/index");
      storage::StoreOptions store = IndexStoreOptions();
      store.memtable_bytes = 1 << 20;
      return storage::MakeRocksDbDriver()->Open(root_ + "/index", store);
    };
    options.on_rebuild = [this](std::string_view) { ++rebuilds_; };
    auto index = QueryIndex::Open(*inventory_, std::move(options));
    ASSERT_TRUE(index.ok()) << index.status();
    index_ = *std::move(index);
    queries_ = std::make_unique<Queries>(*inventory_, index_.get());
  }

  void CatchUp() {
    const absl::Status status = index_->CatchUp();
    ASSERT_TRUE(status.ok()) << status;
  }

  void ExpectIndexSound() {
    const storage::FsckReport report = FsckIndex(index_->store(), inventory_->store(), "main");
    for (const auto& problem : report.problems) {
      ADD_FAILURE() << problem.table << " " << testing::PrintToString(problem.key) << ": "
                    << problem.what;
    }
  }

  std::vector<v1::Asset> Everything() {
    std::vector<v1::Asset> all;
    v1::ListAssetsRequest request;
    request.set_site("sites/main");
    request.set_page_size(1000);
    do {
      v1::ListAssetsResponse answer;
      EXPECT_TRUE(Ask(request, &answer).ok());
      for (const v1::Asset& asset : answer.assets()) all.push_back(asset);
      request.set_page_token(answer.next_page_token());
    } while (!request.page_token().empty());
    return all;
  }

  // The ids of all pages.
  absl::StatusOr<std::vector<std::string>> List(const std::string& filter,
                                                const std::string& order_by = "name",
                                                int page_size = 7) {
    std::vector<std::string> ids;
    v1::ListAssetsRequest request;
    request.set_site("sites/main");
    request.set_filter(filter);
    request.set_order_by(order_by);
    request.set_page_size(page_size);
    request.set_min_sequence(inventory_->last_sequence());
    do {
      v1::ListAssetsResponse answer;
      const absl::Status status = Ask(request, &answer);
      if (!status.ok()) return status;
      EXPECT_LE(answer.assets_size(), page_size);
      EXPECT_EQ(answer.index_sequence(), inventory_->last_sequence());
      for (const v1::Asset& asset : answer.assets()) ids.emplace_back(IdOf(asset.name()));
      request.set_page_token(answer.next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

  std::string ListError(const std::string& filter, const std::string& order_by = "name") {
    return common::ReasonOf(List(filter, order_by).status());
  }

  std::map<std::string, std::int64_t> Counts(const std::string& filter,
                                             const std::string& group_by) {
    v1::CountAssetsRequest request;
    request.set_site("sites/main");
    request.set_filter(filter);
    request.set_group_by(group_by);
    v1::CountAssetsResponse answer;
    const absl::Status status = Ask(request, &answer);
    EXPECT_TRUE(status.ok()) << status;
    std::map<std::string, std::int64_t> counts;
    for (const v1::AssetCount& count : answer.counts()) counts[count.value()] = count.count();
    return counts;
  }

  std::string MakeContainer(const std::string& location, const std::string& parent = "",
                            const std::string& sscc = "") {
    v1::CreateContainerRequest request;
    request.set_site("sites/main");
    if (parent.empty()) {
      request.mutable_container()->set_location("sites/main/locations/" + location);
    } else {
      request.mutable_container()->set_parent(parent);
    }
    request.mutable_container()->set_sscc(sscc);
    return Do(request).name();
  }

  void MoveContainer(const std::string& container, const std::string& location) {
    v1::MoveContainerRequest request;
    request.set_name(container);
    request.set_location("sites/main/locations/" + location);
    Send(request).IgnoreError();
  }

  absl::StatusOr<v1::Asset> PutInto(const std::string& asset, const std::string& container) {
    v1::MoveAssetRequest request;
    request.set_name(asset);
    request.set_container(container);
    return Send(request);
  }

  void Describe(const std::string& asset, const std::string& model, const std::string& category) {
    v1::DescribeAssetRequest request;
    request.set_name(asset);
    request.set_model(model);
    request.set_category(category);
    Send(request).IgnoreError();
  }

  void SetSecured(const std::string& location, bool secured) {
    v1::UpdateLocationRequest request;
    request.mutable_location()->set_name("sites/main/locations/" + location);
    request.mutable_location()->set_display_name(location);
    request.mutable_location()->set_kind(v1::LOCATION_KIND_STORAGE);
    request.mutable_location()->set_secured(secured);
    request.set_reason("the door");
    Send(request).IgnoreError();
  }

  std::vector<std::string> Contents(const std::string& container,
                                    std::optional<absl::Time> time = std::nullopt) {
    std::vector<std::string> names;
    v1::ListContainerContentsRequest request;
    request.set_name(container);
    request.set_page_size(2);
    if (time.has_value()) *request.mutable_time() = ToTimestamp(*time);
    do {
      v1::ListContainerContentsResponse answer;
      const absl::Status status = Ask(request, &answer);
      EXPECT_TRUE(status.ok()) << status;
      for (const auto& item : answer.items()) names.emplace_back(TailOf(item.name()));
      request.set_page_token(answer.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  void AnyCommand(std::mt19937& random, std::vector<std::string>* assets,
                  std::vector<std::string>* containers);

  std::string root_;
  std::shared_ptr<storage::MemoryDisk> index_disk_ = std::make_shared<storage::MemoryDisk>();
  std::unique_ptr<QueryIndex> index_;
  int rebuilds_ = 0;
  std::string load_;
  std::string session_;
};

TEST_P(IndexTest, ListsBySeveralConditions) {
  const std::string phone = Book(session_, "A1").name();
  const std::string laptop = Book(session_, "A2").name();
  Describe(phone, "Pocket 200", "phone");
  Describe(laptop, "Lap 14", "laptop");
  Inspect(phone, v1::COSMETIC_C5);
  CatchUp();
  EXPECT_THAT(*List("category = phone"), ElementsAre(IdOf(phone)));
  EXPECT_THAT(*List("state = IN_STOCK"), ElementsAre(IdOf(phone), IdOf(laptop)));
  EXPECT_THAT(*List("state = IN_STOCK", "name desc", 1), ElementsAre(IdOf(laptop), IdOf(phone)));
  EXPECT_THAT(*List("state = IN_STOCK cosmetic >= C4"), ElementsAre(IdOf(phone)));
  EXPECT_THAT(*List("pock"), ElementsAre(IdOf(phone)));
  EXPECT_THAT(*List("acme -pocket"), ElementsAre(IdOf(laptop)));
  EXPECT_THAT(*List("identifier = a2"), ElementsAre(IdOf(laptop)));
  EXPECT_THAT(*List("state = SOLD"), IsEmpty());
  EXPECT_EQ(Counts("", "category"),
            (std::map<std::string, std::int64_t>{{"phone", 1}, {"laptop", 1}}));
  EXPECT_EQ(Counts("category = phone", "cosmetic"),
            (std::map<std::string, std::int64_t>{{"C5", 1}}));
  ExpectIndexSound();
}

TEST_P(IndexTest, SaysWhatIsWrongWithAList) {
  Book(session_, "A1");
  CatchUp();
  EXPECT_EQ(ListError("state = "), "FILTER_INVALID");
  EXPECT_EQ(ListError("", "mass_g"), "ORDER_BY_INVALID");
  EXPECT_EQ(ListError("", "name upwards"), "ORDER_BY_INVALID");
  v1::ListAssetsRequest request;
  request.set_site("sites/main");
  request.set_filter("acme");
  request.set_load(load_);
  v1::ListAssetsResponse answer;
  EXPECT_EQ(common::ReasonOf(Ask(request, &answer)), "INVALID_FIELDS");
  request.clear_load();
  request.set_min_sequence(inventory_->last_sequence() + 1);
  EXPECT_EQ(common::ReasonOf(Ask(request, &answer)), "FEED_POSITION_AHEAD");
  v1::CountAssetsRequest count;
  count.set_site("sites/main");
  count.set_group_by("colour");
  v1::CountAssetsResponse counted;
  EXPECT_THAT(std::string(Ask(count, &counted).message()), HasSubstr("there are state location"));
  Queries without(*inventory_);
  request.set_min_sequence(0);
  EXPECT_EQ(common::ReasonOf(without.Answer(request, &answer)), "INDEX_UNAVAILABLE");
}

TEST_P(IndexTest, APageTokenIsOfItsFilterAndOrder) {
  for (int i = 0; i < 5; ++i) Book(session_, absl::StrCat("A", i));
  CatchUp();
  v1::ListAssetsRequest request;
  request.set_site("sites/main");
  request.set_filter("acme");
  request.set_page_size(2);
  v1::ListAssetsResponse answer;
  ASSERT_TRUE(Ask(request, &answer).ok());
  request.set_page_token(answer.next_page_token());
  // Waiting for the own write is no part of the question.
  request.set_min_sequence(1);
  ASSERT_TRUE(Ask(request, &answer).ok());
  request.set_order_by("name desc");
  EXPECT_EQ(common::ReasonOf(Ask(request, &answer)), "PAGE_TOKEN_INVALID");
}

TEST_P(IndexTest, AReaderWaitsForItsOwnWrite) {
  index_->Start();
  const std::string asset = Book(session_, "A1").name();
  // List asks for the last sequence.
  EXPECT_THAT(*List("identifier = A1"), ElementsAre(IdOf(asset)));
  index_->Stop();
  Book(session_, "A2");
  EXPECT_EQ(common::ReasonOf(index_->Await(inventory_->last_sequence(), absl::Seconds(5))),
            "INDEX_BEHIND");
}

TEST_P(IndexTest, AMovedContainerTakesItsContentsAlong) {
  const std::string outer = MakeContainer("storage");
  const std::string inner = MakeContainer("", outer);
  const std::string asset = Book(session_, "A1").name();
  Do(Sanitization(asset, v1::SANITIZATION_METHOD_NO_STORAGE));
  ASSERT_TRUE(PutInto(asset, inner).ok());
  CatchUp();
  EXPECT_THAT(*List("location = storage"), ElementsAre(IdOf(asset)));
  clock_.Advance(absl::Hours(1));
  MoveContainer(outer, "finished-goods");
  CatchUp();
  EXPECT_THAT(*List("location = storage"), IsEmpty());
  EXPECT_THAT(*List("location = finished-goods"), ElementsAre(IdOf(asset)));
  EXPECT_THAT(*List("container = " + std::string(IdOf(inner))), ElementsAre(IdOf(asset)));
  ExpectIndexSound();
  // The move of the container is in the asset's life, once.
  v1::GetTimelineRequest request;
  request.set_name(asset);
  v1::GetTimelineResponse timeline;
  ASSERT_TRUE(Ask(request, &timeline).ok());
  const v1::FeedEntry& last = *timeline.entries().rbegin();
  ASSERT_EQ(last.facts_size(), 1);
  EXPECT_EQ(last.facts(0).container_moved().container(), outer);
}

TEST_P(IndexTest, KnowsWhatWasInAContainer) {
  const std::string box = MakeContainer("cage");
  const std::string other = MakeContainer("cage");
  const std::string a = Book(session_, "A1").name();
  const std::string b = Book(session_, "A2").name();
  const std::string in_a(TailOf(a));
  const std::string in_b(TailOf(b));
  const absl::Time empty = clock_.Now();
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(PutInto(a, box).ok());
  const absl::Time one = clock_.Now();
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(PutInto(b, box).ok());
  const absl::Time both = clock_.Now();
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(PutInto(a, other).ok());
  ASSERT_TRUE(PutInto(a, box).ok());
  ASSERT_TRUE(PutInto(a, other).ok());
  CatchUp();
  EXPECT_THAT(Contents(box, empty), IsEmpty());
  EXPECT_THAT(Contents(box, one), ElementsAre(in_a));
  EXPECT_THAT(Contents(box, both), ElementsAre(in_a, in_b));
  EXPECT_THAT(Contents(box), ElementsAre(in_b));
  EXPECT_THAT(Contents(box, clock_.Now() + absl::Hours(9)), ElementsAre(in_b));
  EXPECT_THAT(Contents(other), ElementsAre(in_a));
  v1::ListContainerContentsRequest request;
  request.set_name(box);
  *request.mutable_time() = ToTimestamp(both);
  v1::ListContainerContentsResponse answer;
  ASSERT_TRUE(Ask(request, &answer).ok());
  EXPECT_EQ(FromTimestamp(answer.items(0).enter_time()), one);
  EXPECT_EQ(FromTimestamp(answer.items(0).leave_time()), clock_.Now());
  EXPECT_FALSE(answer.items(1).has_leave_time());
  ExpectIndexSound();
}

TEST_P(IndexTest, FindsWhateverHasAnIdentifier) {
  const std::string box = MakeContainer("dock", "", "106141411234567897");
  const v1::Asset asset = Book(session_, "Find-1");
  CatchUp();
  const auto find = [&](const std::string& value) {
    v1::FindRequest request;
    request.set_site("sites/main");
    request.set_value(value);
    v1::FindResponse answer;
    const absl::Status status = Ask(request, &answer);
    if (!status.ok()) return common::ReasonOf(status);
    std::string found;
    for (const v1::FindMatch& match : answer.matches()) {
      found += match.matched() + ":" +
               std::string(TailOf(match.has_asset()  ? match.asset().name()
                                  : match.has_load() ? match.load().name()
                                                     : match.container().name())) +
               " ";
    }
    return found;
  };
  const std::string tail(TailOf(asset.name()));
  EXPECT_EQ(find(" find-1 "), "serial:" + tail + " ");
  EXPECT_EQ(find("106141411234567897"), absl::StrCat("sscc:", std::string(TailOf(box)), " "));
  EXPECT_EQ(find(asset.name()), "name:" + tail + " ");
  EXPECT_EQ(find(std::string(IdOf(asset.name()))), "name:" + tail + " ");
  EXPECT_EQ(find(asset.uid()), "uid:" + tail + " ");
  EXPECT_EQ(find(load_), absl::StrCat("name:", std::string(TailOf(load_)), " "));
  EXPECT_EQ(find("nobody has this"), "");
  EXPECT_EQ(find("sites/other/assets/x"), "");
  EXPECT_EQ(find(""), "INVALID_FIELDS");
}

TEST_P(IndexTest, GoesOnWhereItWasAndBeginsAnewWhereItMust) {
  Book(session_, "A1");
  CatchUp();
  const int before = rebuilds_;
  OpenIndex();
  EXPECT_EQ(rebuilds_, before);
  EXPECT_EQ(index_->position(), inventory_->last_sequence());
  ExpectIndexSound();
  // Another history: the record begins again with nothing, but with another incarnation.
  index_.reset();
  disk_ = std::make_shared<storage::MemoryDisk>();
  Open();
  OpenIndex();
  EXPECT_EQ(rebuilds_, before + 1);
  EXPECT_EQ(index_->position(), 0);
  CatchUp();
  ExpectIndexSound();
  EXPECT_THAT(*List("acme"), IsEmpty());
}

TEST_P(IndexTest, AgesFollowTheTimeOfReceipt) {
  std::vector<std::string> ids;
  clock_.Set(absl::Now() - absl::Hours(24 * 30));
  for (int i = 0; i < 30; ++i) {
    ids.emplace_back(IdOf(Book(session_, absl::StrCat("A", i)).name()));
    clock_.Advance(absl::Hours(24));
  }
  CatchUp();
  EXPECT_THAT(*List("age_days >= 28", "received_time"), ElementsAre(ids[0], ids[1], ids[2]));
  EXPECT_THAT(*List("age_days >= 28", "received_time desc", 2),
              ElementsAre(ids[2], ids[1], ids[0]));
  EXPECT_THAT(*List("age_days = 5 state = IN_STOCK"), testing::SizeIs(1));
  EXPECT_EQ(Counts("age_days <= 3", "age_days"),
            (std::map<std::string, std::int64_t>{{"1", 1}, {"2", 1}, {"3", 1}}));
}

void IndexTest::AnyCommand(std::mt19937& random, std::vector<std::string>* assets,
                           std::vector<std::string>* containers) {
  const auto pick = [&random](size_t size) {
    return static_cast<size_t>(std::uniform_int_distribution<size_t>(0, size - 1)(random));
  };
  constexpr const char* kPlaces[] = {"dock", "cage", "storage", "test", "finished-goods"};
  constexpr const char* kModels[] = {"Pocket 100", "Pocket 200 Pro", "Lap 14", "Server-X"};
  constexpr const char* kCategories[] = {"phone", "laptop", "server"};
  const std::string& asset = (*assets)[pick(assets->size())];
  const std::string& container = (*containers)[pick(containers->size())];
  clock_.Advance(absl::Milliseconds(static_cast<std::int64_t>(pick(3))));
  switch (pick(14)) {
    case 0:
    case 1:
      assets->push_back(Book(session_, absl::StrCat("S", assets->size())).name());
      break;
    case 2:
      Move(asset, kPlaces[pick(5)]).IgnoreError();
      break;
    case 3:
    case 4:
      PutInto(asset, container).IgnoreError();
      break;
    case 5:
      MoveContainer(container, kPlaces[pick(5)]);
      break;
    case 6:
      containers->push_back(pick(2) == 0 ? MakeContainer(kPlaces[pick(2)])
                                         : MakeContainer("", container));
      if (containers->back().empty()) containers->pop_back();
      break;
    case 7:
    case 8:
      Describe(asset, kModels[pick(4)], kCategories[pick(3)]);
      break;
    case 9: {
      v1::PlaceHoldRequest request;
      request.set_name(asset);
      request.set_kind(static_cast<v1::HoldKind>(1 + pick(6)));
      request.set_reason("a test");
      Send(request).IgnoreError();
      break;
    }
    case 10: {
      v1::RecordInspectionRequest request;
      request.set_name(asset);
      request.mutable_summary()->set_inspection("sites/main/inspections/i1");
      request.mutable_summary()->set_version(1);
      request.mutable_summary()->set_cosmetic(static_cast<v1::Cosmetic>(1 + pick(9)));
      Send(request).IgnoreError();
      break;
    }
    case 11:
      Send(Sanitization(asset, pick(2) == 0 ? v1::SANITIZATION_METHOD_NO_STORAGE
                                            : v1::SANITIZATION_METHOD_DESTROY))
          .IgnoreError();
      break;
    case 12: {
      v1::InstallComponentRequest request;
      request.set_name(asset);
      request.set_host((*assets)[pick(assets->size())]);
      Send(request).IgnoreError();
      break;
    }
    default: {
      if (pick(4) == 0) {
        SetSecured("storage", pick(2) == 0);
        break;
      }
      v1::WithdrawAssetRequest request;
      request.set_name(asset);
      request.set_reason("a test");
      Send(request).IgnoreError();
    }
  }
}

// Random histories, indexed in random steps, then random filters: the answers are those of a look
// at every asset, the contents those of every moment.
TEST_P(IndexTest, AnswersAsALookAtEverythingDoes) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937 random(seed);
  const auto pick = [&random](size_t size) {
    return static_cast<size_t>(std::uniform_int_distribution<size_t>(0, size - 1)(random));
  };
  std::vector<std::string> assets = {Book(session_, "S0").name(), Book(session_, "S1").name()};
  std::vector<std::string> containers = {MakeContainer("cage"), MakeContainer("storage")};
  CatchUp();
  // sequence -> container -> what is directly in it
  std::map<std::int64_t, std::map<std::string, std::set<std::string>>> moments;
  for (int step = 0; step < 250; ++step) {
    AnyCommand(random, &assets, &containers);
    if (pick(6) == 0) CatchUp();
    if (pick(10) == 0) OpenIndex();
    auto& inside = moments[inventory_->last_sequence()];
    for (const v1::Asset& asset : Everything()) {
      if (!asset.container().empty()) {
        inside[std::string(IdOf(asset.container()))].insert(MemberOf(asset.name()));
      }
    }
    for (const std::string& name : containers) {
      v1::GetContainerRequest request;
      request.set_name(name);
      v1::Container container;
      ASSERT_TRUE(Ask(request, &container).ok());
      if (!container.parent().empty()) {
        inside[std::string(IdOf(container.parent()))].insert(MemberOf(name));
      }
    }
  }
  CatchUp();
  EXPECT_EQ(rebuilds_, 1) << "only the first opening begins anew";
  ExpectIndexSound();
  const std::vector<v1::Asset> all = Everything();
  const std::vector<std::string> conditions = {"state = IN_STOCK",
                                               "state != IN_STOCK",
                                               "location = cage",
                                               "location = storage",
                                               "category = phone",
                                               "category:*",
                                               "hold:*",
                                               "hold = RECALLED",
                                               "cosmetic >= C4",
                                               "cosmetic < C3",
                                               "NOT cosmetic:*",
                                               "pocket",
                                               "\"200 pro\"",
                                               "maker = \"ac*\"",
                                               "model = \"lap 14\"",
                                               "container:*",
                                               "installed_in:*",
                                               "mass_g = 0",
                                               "age_days >= 0",
                                               "data_device_state = SECURED",
                                               "data_status:*",
                                               "identifier = S1",
                                               "received_time > 2026-01-02T03:04:05.200Z",
                                               "container = " + std::string(IdOf(containers[0]))};
  const std::vector<std::string> orders = {
      "name", "name desc", "create_time", "received_time desc", "update_time", "update_time desc"};
  for (int round = 0; round < 150; ++round) {
    std::string filter = conditions[pick(conditions.size())];
    for (size_t more = pick(3); more > 0; --more) {
      filter += (pick(2) == 0 ? " OR " : " AND ") + conditions[pick(conditions.size())];
    }
    const std::string order = orders[pick(orders.size())];
    SCOPED_TRACE(filter + " by " + order);
    const auto parsed = ParseFilter(filter, absl::Now());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    std::vector<std::pair<std::string, std::string>> expected;
    std::map<std::string, std::int64_t> by_location;
    for (const v1::Asset& asset : all) {
      if (!Matches(*parsed, asset)) continue;
      const std::string id(IdOf(asset.name()));
      const auto& time =
          order.starts_with("received") ? asset.received_time() : asset.update_time();
      const bool by_time = order.starts_with("received") || order.starts_with("update");
      expected.emplace_back(by_time ? TimeBytes(absl::ToUnixMicros(FromTimestamp(time))) + id : id,
                            id);
      ++by_location[std::string(IdOf(asset.location()))];
    }
    std::sort(expected.begin(), expected.end());
    if (order.ends_with("desc")) std::reverse(expected.begin(), expected.end());
    std::vector<std::string> ids;
    for (const auto& [key, id] : expected) ids.push_back(id);
    const auto listed = List(filter, order, static_cast<int>(1 + pick(40)));
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(*listed, ids);
    ASSERT_EQ(Counts(filter, "location"), by_location);
    ASSERT_EQ(Counts(filter, "")[""], static_cast<std::int64_t>(ids.size()));
  }
  for (const auto& [sequence, inside] : moments) {
    for (const std::string& name : containers) {
      const std::string id(IdOf(name));
      const auto contents = ContentsAt(index_->store(), "main", id, sequence, "", 1000);
      ASSERT_TRUE(contents.ok());
      std::set<std::string> members;
      for (const Stay& stay : contents->stays) members.insert(stay.member);
      const auto known = inside.find(id);
      ASSERT_EQ(members, known == inside.end() ? std::set<std::string>() : known->second)
          << name << " at " << sequence;
    }
  }
}

// Cut off between any two of its writes, a step is taken again with the same result.
TEST_P(IndexTest, AStepThatWasCutOffIsTakenAgain) {
  const std::string box = MakeContainer("cage");
  const std::string other = MakeContainer("dock");
  const std::string host = Book(session_, "H").name();
  const std::string part = Book(session_, "P").name();
  v1::InstallComponentRequest install;
  install.set_name(part);
  install.set_host(host);
  Do(install);
  ASSERT_TRUE(PutInto(host, box).ok());
  const std::int64_t half = inventory_->last_sequence();
  const auto all = [&] { return inventory_->ReadFeed(1, 1000, size_t{1} << 24).value(); };
  const auto disk = std::make_shared<storage::MemoryDisk>();
  const auto open = [&](const std::string& path) {
    return storage::MakeMemoryDriver(disk)->Open(path, IndexStoreOptions()).value();
  };
  {
    const auto store = open("half");
    ASSERT_TRUE(IndexBuilder("main", &inventory_->store(), store.get()).Take(all(), "1").ok());
  }
  ASSERT_TRUE(PutInto(host, other).ok());
  ASSERT_TRUE(PutInto(host, box).ok());
  MoveContainer(box, "storage");
  ASSERT_TRUE(Move(host, "dock").ok());
  const std::vector<v1::FeedEntry> entries = all();
  const auto rest = absl::MakeSpan(entries).subspan(static_cast<size_t>(half));
  int writes = 1;
  for (bool cut_off = true; cut_off; ++writes) {
    ASSERT_LT(writes, 20);
    const std::string path = absl::StrCat("copy", writes);
    ASSERT_TRUE(disk->Clone("half", path).ok());
    const auto store = open(path);
    storage::FailingStore failing(store.get());
    failing.FailFrom(writes, absl::UnavailableError("a test"));
    cut_off = !IndexBuilder("main", &inventory_->store(), &failing).Take(rest, "2").ok();
    ASSERT_TRUE(IndexBuilder("main", &inventory_->store(), store.get()).Take(rest, "2").ok());
    const storage::FsckReport report = FsckIndex(*store, inventory_->store(), "main");
    EXPECT_TRUE(report.ok()) << writes << " " << report.problems.front().what;
    const auto stays = [&](const std::string& container, std::int64_t sequence) {
      const auto page = ContentsAt(*store, "main", std::string(IdOf(container)), sequence, "", 10);
      return page.ok() ? page->stays.size() : 99;
    };
    EXPECT_EQ(stays(box, half), 1u);
    EXPECT_EQ(stays(box, half + 1), 0u);
    EXPECT_EQ(stays(other, half + 1), 1u);
    EXPECT_EQ(stays(box, half + 2), 1u);
    EXPECT_EQ(stays(box, inventory_->last_sequence()), 0u);
  }
}

// The golden bytes of docs/internals/formats/inventory-index.md.
TEST(IndexFormat, KeysAndRowsKeepTheirBytes) {
  using namespace std::string_literals;
  EXPECT_EQ(PostingPrefix("main", Term('l', "cage")) + "00001k", "main\0lcage\0"s + "00001k");
  EXPECT_EQ(TimePrefix("main", kReceivedLetter) + TimeBytes(1) + "a",
            "main\0R\x80\0\0\0\0\0\0\x01"s + "a");
  EXPECT_LT(TimeBytes(-5), TimeBytes(3));
  EXPECT_EQ(CountPrefix("main", NumberTerm('s', 1)) + "\x01", "main\0s1\0\x01"s);
  EXPECT_EQ(PositionKey("main"), "main\0"s);
  const Stay stay{"a00001k", "00002d", 258, 0};
  EXPECT_EQ(StayInKey("main", stay), "main\0i00002d\0a00001k\0\0\0\0\0\0\0\x01\x02"s);
  EXPECT_EQ(StayOfKey("main", stay), "main\0oa00001k\0\0\0\0\0\0\0\x01\x02"s);
  EXPECT_EQ(EncodeStayOf(stay), "\0\0\0\0\0\0\0\0"s + "00002d");
  EXPECT_EQ(MoveKey("main", "00002d", 1), "main\0m00002d\0\0\0\0\0\0\0\0\x01"s);
  EXPECT_EQ(PlaceKey("main", "00002d"), "main\0p00002d"s);
  EXPECT_EQ(EncodePlace({"", "cage", "cage"}), "\0cage\0cage\0"s);
  EXPECT_EQ(SecuredKey("main", "cage"), "main\0qcage"s);
  EXPECT_EQ(ReferencePrefix("main", "PO-1"), "main\0rPO-1\0"s);
  IndexedAsset indexed;
  indexed.received = 1;
  indexed.state = 1;
  indexed.location = "cage";
  indexed.terms = {"kphone", "s1"};
  const std::string bytes = EncodeIndexed(indexed);
  EXPECT_EQ(bytes, "\x80\0\0\0\0\0\0\x01\x80\0\0\0\0\0\0\0\x01"s + "cage\0kphone\0s1\0"s);
  EXPECT_EQ(DecodeIndexed(bytes), indexed);
  EXPECT_EQ(DecodeIndexed("short"), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Drivers, IndexTest, testing::Values("memory", "rocksdb"),
                         [](const auto& driver) { return std::string(driver.param); });

}  // namespace
}  // namespace loopdock::inventory
