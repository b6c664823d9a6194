// SPDX-License-Identifier: Apache-2.0
// The example ERP connector: its database ends equal to what the API says, and what its outbox
// asked for is made once, however often connector and server were killed.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/erp_dock.h"
#include "tests/e2e/erp_expected.h"
#include "tests/integration/server_process.h"

extern char** environ;

namespace loopdock::e2e {
namespace {

namespace v1 = inventory::v1;

// A running loopdock-erp whose lines are read as it works.
class ConnectorProcess {
 public:
  ConnectorProcess(const Cluster& cluster, const std::string& database,
                   const std::vector<std::string>& flags) {
    const client::ConnectOptions& connect = cluster.to("inventory").options();
    std::vector<std::string> words = {testing::ProgramPath("loopdock-erp"),
                                      "--verbose",
                                      "--poll-ms=5",
                                      "--address=" + connect.address,
                                      "--token-file=" + connect.token_file,
                                      "--database=" + database};
    words.insert(words.end(), flags.begin(), flags.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    EXPECT_EQ(::posix_spawn(&pid_, words[0].c_str(), &actions, nullptr, arguments.data(), environ),
              0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    lines_ = ::fdopen(ends[0], "r");
  }
  ~ConnectorProcess() {
    if (pid_ != 0) End(SIGKILL);
    std::fclose(lines_);
  }
  ConnectorProcess(const ConnectorProcess&) = delete;
  ConnectorProcess& operator=(const ConnectorProcess&) = delete;

  // The next line, "" at the end of the program.
  std::string ReadLine() {
    char line[1024];
    return std::fgets(line, sizeof line, lines_) == nullptr ? "" : line;
  }
  // Sends the signal, if any, and waits; what waitpid says.
  int End(int signal) {
    if (signal != 0) ::kill(pid_, signal);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_ = 0;
  std::FILE* lines_ = nullptr;
};

class ErpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::random_device device;
    seed_ = device();
    if (const char* given = std::getenv("LOOPDOCK_TEST_SEED")) {
      seed_ = static_cast<unsigned>(std::strtoul(given, nullptr, 10));
    }
    std::cout << "LOOPDOCK_TEST_SEED=" << seed_ << std::endl;
    auto cluster = Cluster::Start();
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    floor_ = std::make_unique<Floor>(*cluster_);
    path_ = cluster_->folder() + "/erp.db";
    auto database = erp::Database::Open(path_);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
  }

  // What the ERP system does: it adds a row.
  void Ask(const std::string& kind, const std::string& external_ref, const std::string& body) {
    const auto added =
        database_->Run("INSERT INTO outbox (kind, external_ref, body) VALUES (?, ?, ?)",
                       {kind, external_ref, body});
    ASSERT_TRUE(added.ok()) << added;
  }
  // Every fourth a supplier, the others purchase orders with it.
  void Order(int number) {
    const int supplier = number - number % 4;
    if (number == supplier) {
      Ask("business_partner", absl::StrCat("ERP-", number),
          absl::StrCat(R"({"name":"parties/erp-)", number, R"(","display_name":"Supplier )", number,
                       R"(","roles":["PARTY_ROLE_SUPPLIER"]})"));
    } else {
      Ask("goods_receipt", absl::StrCat("ERP-", number),
          absl::StrCat(R"({"supplier":"parties/erp-)", supplier, R"(","purchase_order":"PO-)",
                       number, R"("})"));
    }
  }
  std::vector<erp::Cells> Query(const std::string& sql) {
    const auto rows = database_->Query(sql);
    EXPECT_TRUE(rows.ok()) << rows.status();
    return rows.ok() ? *rows : std::vector<erp::Cells>{};
  }

  // Runs the connector to the end of the feed until nothing new comes while it does: routing
  // decides on its own. Then compares row by row.
  void ExpectEqual() {
    v1::GetStateHashRequest ask;
    ask.set_site("sites/main");
    for (int round = 0; round < 50; ++round) {
      ConnectorProcess connector(*cluster_, path_, {"--once"});
      const int status = connector.End(0);
      ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
      const auto api = TablesOfApi(*floor_);
      ASSERT_TRUE(api.ok()) << api.status();
      const auto now = floor_->Do(&InventoryStub::GetStateHash, ask);
      ASSERT_TRUE(now.ok()) << now.status();
      const auto position = Query("SELECT sequence FROM feed_position");
      ASSERT_EQ(position.size(), 1u);
      if (erp::Number(position[0][0]) != now->sequence()) continue;
      const auto ours = TablesOfDatabase(*database_);
      ASSERT_TRUE(ours.ok()) << ours.status();
      for (const auto& [table, rows] : *api) {
        const auto own = ours->find(table);
        ASSERT_NE(own, ours->end()) << table;
        for (const auto& row : own->second) {
          EXPECT_TRUE(std::count(rows.begin(), rows.end(), row) > 0)
              << table << " has what the API has not: " << ::testing::PrintToString(row);
        }
        for (const auto& row : rows) {
          EXPECT_TRUE(std::count(own->second.begin(), own->second.end(), row) > 0)
              << table << " lacks " << ::testing::PrintToString(row);
        }
        EXPECT_EQ(own->second.size(), rows.size()) << table;
      }
      EXPECT_EQ(ours->size(), api->size());
      return;
    }
    FAIL() << "the feed never came to rest";
  }

  // Every request_id of the outbox in exactly one feed entry, and one load for every reference.
  void ExpectMadeOnce(int answered) {
    const auto feed = floor_->Feed();
    ASSERT_TRUE(feed.ok()) << feed.status();
    std::map<std::string, int> entries;
    for (const v1::FeedEntry& entry : *feed) ++entries[entry.request_id()];
    const auto rows = Query(
        "SELECT request_id, resource, external_ref, kind, state, reason FROM outbox ORDER BY id");
    std::map<std::string, std::vector<std::string>> made;  // names by kind and reference
    for (const erp::Cells& row : Query("SELECT 'goods_receipt' || external_ref, goods_receipt"
                                       " FROM goods_receipts UNION ALL SELECT 'business_partner' ||"
                                       " external_ref, business_partner FROM business_partners")) {
      made[erp::Text(row[0])].push_back(erp::Text(row[1]));
    }
    int answers = 0;
    for (const erp::Cells& row : rows) {
      const std::string key = erp::Text(row[3]) + erp::Text(row[2]);
      if (erp::Text(row[4]) == "refused") {
        EXPECT_FALSE(erp::Text(row[5]).empty()) << key;
        EXPECT_EQ(made.count(key), 0u) << key;
        continue;
      }
      ++answers;
      EXPECT_EQ(erp::Text(row[4]), "answered") << key;
      EXPECT_EQ(entries[erp::Text(row[0])], 1) << key;
      EXPECT_EQ(made[key], std::vector<std::string>{erp::Text(row[1])}) << key;
    }
    EXPECT_EQ(answers, answered);
  }

  unsigned seed_ = 0;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<Floor> floor_;
  std::string path_;
  std::unique_ptr<erp::Database> database_;
};

// Starts the connector again and again and kills it after some lines of its work.
class ConnectorKiller {
 public:
  ConnectorKiller(const Cluster& cluster, std::string database, unsigned seed)
      : cluster_(cluster), database_(std::move(database)), random_(seed) {
    thread_ = std::thread([this] {
      while (!over_) LiveAndDie();
    });
  }
  // The connector must have something to tell after `over`, or it is waited for in vain.
  void Over() { over_ = true; }
  void Join() { thread_.join(); }

  int kills() const { return kills_; }
  int kills_while_sending() const { return kills_while_sending_; }
  int transactions() const { return transactions_; }

 private:
  void LiveAndDie() {
    ConnectorProcess connector(cluster_, database_, {});
    bool sending = false;
    for (unsigned lines = static_cast<unsigned>(random_()) % 30; lines > 0 && !over_; --lines) {
      const std::string line = connector.ReadLine();
      EXPECT_FALSE(line.empty()) << "the connector ended by itself";
      if (line.empty()) return;
      if (absl::StartsWith(line, "feed ")) ++transactions_;
      // Between the sending and the answer is where a kill hurts most.
      sending = absl::StrContains(line, " sending ");
      if (sending && random_() % 3 == 0) break;
    }
    if (!WIFSIGNALED(connector.End(SIGKILL))) return;
    ++kills_;
    if (sending) ++kills_while_sending_;
  }

  const Cluster& cluster_;
  const std::string database_;
  std::mt19937 random_;
  std::atomic<bool> over_ = false;
  std::atomic<int> kills_ = 0, kills_while_sending_ = 0, transactions_ = 0;
  std::thread thread_;
};

// Kills and restarts the server each time the dock has come some random way further.
class ServerKiller {
 public:
  ServerKiller(Cluster* cluster, unsigned seed) : cluster_(*cluster), random_(seed) {
    thread_ = std::thread([this] {
      while (WaitForSteps(20 + static_cast<int>(random_() % 60))) {
        cluster_.Kill();
        const absl::Status restarted = cluster_.Restart();
        EXPECT_TRUE(restarted.ok()) << restarted;
        absl::MutexLock lock(&mutex_);
        ++kills_;
      }
    });
  }
  // The dock has done one more.
  void Step() {
    absl::MutexLock lock(&mutex_);
    ++steps_;
  }
  void End() {
    {
      absl::MutexLock lock(&mutex_);
      over_ = true;
    }
    thread_.join();
  }
  int kills() {
    absl::MutexLock lock(&mutex_);
    return kills_;
  }

 private:
  // False when it is over.
  bool WaitForSteps(int more) {
    absl::MutexLock lock(&mutex_);
    const int until = steps_ + more;
    const auto reached = [&] { return over_ || steps_ >= until; };
    mutex_.Await(absl::Condition(&reached));
    return !over_;
  }

  Cluster& cluster_;
  std::mt19937 random_;
  absl::Mutex mutex_;
  int steps_ = 0;
  int kills_ = 0;
  bool over_ = false;
  std::thread thread_;
};

TEST_F(ErpTest, EndsEqualHoweverOftenEitherSideIsKilled) {
  constexpr int kSteps = 500, kStepsMax = 20000, kOrders = 40;
  constexpr int kConnectorKills = 25, kServerKills = 5;
  std::mt19937 random(seed_);
  const auto draw = [&random] { return static_cast<unsigned>(random()); };
  ErpDock dock(*floor_, draw());
  const absl::Status opened = dock.Open();
  ASSERT_TRUE(opened.ok()) << opened;
  ConnectorKiller connectors(*cluster_, path_, draw());
  ServerKiller servers(cluster_.get(), draw());
  absl::Status step;
  int steps = 0, orders = 0;
  const auto enough = [&] {
    return steps >= kSteps && connectors.kills() >= kConnectorKills &&
           connectors.kills_while_sending() > 0 && servers.kills() >= kServerKills;
  };
  for (; step.ok() && steps < kStepsMax && !enough(); ++steps) {
    step = dock.Step();
    servers.Step();
    if (steps % (kSteps / kOrders) == 0) Order(orders++);
  }
  servers.End();
  connectors.Over();
  Order(orders++);
  connectors.Join();
  ASSERT_TRUE(step.ok()) << step;
  EXPECT_TRUE(enough()) << connectors.kills() << " " << connectors.kills_while_sending() << " "
                        << servers.kills();
  EXPECT_GT(connectors.transactions(), 0) << "the connector never got anywhere";
  const absl::Status closed = dock.Close();
  EXPECT_TRUE(closed.ok()) << closed;

  ExpectEqual();
  ExpectMadeOnce(orders);
  std::cout << steps << " steps, " << connectors.kills() << " kills of the connector ("
            << connectors.kills_while_sending() << " while sending), " << servers.kills()
            << " of the server, " << orders << " orders;";
  for (const auto& [kind, times] : dock.done()) std::cout << " " << kind << " " << times;
  std::cout << std::endl;
  for (const char* kind : {"book", "move", "move container", "lot", "sell"}) {
    EXPECT_EQ(dock.done().count(kind), 1u) << kind << " never happened";
  }
}

TEST_F(ErpTest, AnotherHistoryIsReadAnewAndARefusalWaitsForACorrection) {
  ErpDock dock(*floor_, seed_);
  ASSERT_TRUE(dock.Open().ok());
  for (int i = 0; i < 60; ++i) {
    const absl::Status step = dock.Step();
    ASSERT_TRUE(step.ok()) << step;
  }
  for (int i = 0; i < 5; ++i) Order(i);
  Ask("goods_receipt", "NOBODY", R"({"supplier":"parties/nobody"})");
  Ask("goods_receipt", "TYPO", R"({"suplier":"parties/source"})");
  ExpectEqual();
  ExpectMadeOnce(5);
  const auto refused = Query("SELECT reason, attempts FROM outbox WHERE state = 'refused'");
  ASSERT_EQ(refused.size(), 2u);
  EXPECT_EQ(refused[1][0], erp::Value("OUTBOX_BODY_INVALID"));
  EXPECT_EQ(refused[0][1], erp::Value(std::int64_t{1})) << "a refusal was sent again";
  const auto before = Query("SELECT * FROM stock_moves ORDER BY sequence, fact");

  // As after a restore: the feed is another one.
  ASSERT_TRUE(database_->Run("UPDATE feed_position SET epoch = 'older'").ok());
  ASSERT_TRUE(database_->Run("DELETE FROM items WHERE rowid % 2 = 0").ok());
  ASSERT_TRUE(
      database_
          ->Run("UPDATE outbox SET state = 'new', body = '{\"supplier\":\"parties/source\"}'"
                " WHERE external_ref = 'TYPO'")
          .ok());
  ExpectEqual();
  ExpectMadeOnce(6);
  EXPECT_EQ(Query("SELECT rebuilds FROM feed_position")[0][0], erp::Value(std::int64_t{1}));
  auto after = Query("SELECT * FROM stock_moves ORDER BY sequence, fact");
  ASSERT_GE(after.size(), before.size());
  after.resize(before.size());
  EXPECT_EQ(after, before);
}

TEST_F(ErpTest, FollowsUntilItIsStopped) {
  ErpDock dock(*floor_, seed_);
  ASSERT_TRUE(dock.Open().ok());
  ConnectorProcess connector(*cluster_, path_, {});
  Order(0);
  std::string line = "-";
  while (!line.empty() && !absl::StrContains(line, " answered parties/erp-0")) {
    line = connector.ReadLine();
  }
  ASSERT_FALSE(line.empty());
  const int status = connector.End(SIGTERM);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  ExpectEqual();
  ExpectMadeOnce(1);
}

}  // namespace
}  // namespace loopdock::e2e
