// SPDX-License-Identifier: Apache-2.0
// Clients that move, describe, hold and read one asset at the same time through a real server: what
// they were answered is what one asset could have answered to one client after the other.
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "tests/contract/inventory_service_fixture.h"
#include "tests/contract/linearizability.h"

namespace loopdock::inventory {
namespace {

constexpr int kHistories = 50;
constexpr int kClients = 5;
constexpr int kOperationsEach = 8;

// The part of an asset that the clients change.
struct AssetState {
  std::string etag;
  std::string location;
  std::string maker;
  std::vector<std::string> holds;
  auto operator<=>(const AssetState&) const = default;
};

AssetState StateOf(const v1::Asset& asset) {
  AssetState state{asset.etag(), asset.location(), asset.maker(), {}};
  for (const v1::Hold& hold : asset.holds()) state.holds.push_back(hold.id());
  return state;
}

using AssetOperation = testing_tools::Operation<AssetState>;

// A change: refused as it must be for this state, or answered with the state after it.
struct Change {
  std::string etag;      // that the asset must have, or empty
  std::string released;  // hold that must be there, or empty
  std::function<void(AssetState&)> make;
  std::string reason;  // of the refusal, or empty
  AssetState answer;

  std::optional<AssetState> operator()(const AssetState& before) const {
    const bool held =
        std::find(before.holds.begin(), before.holds.end(), released) != before.holds.end();
    const std::string expected = !etag.empty() && etag != before.etag ? "ETAG_MISMATCH"
                                 : !released.empty() && !held         ? "HOLD_NOT_FOUND"
                                                                      : "";
    if (reason != expected) return std::nullopt;
    if (!reason.empty()) return before;
    AssetState after = before;
    make(after);
    if (answer.etag == before.etag) return std::nullopt;
    after.etag = answer.etag;
    // The server names new holds.
    if (after.holds.size() > before.holds.size() && !answer.holds.empty()) {
      after.holds.back() = answer.holds.back();
    }
    return after == answer ? std::optional<AssetState>(after) : std::nullopt;
  }
};

class LinearizabilityTest : public ServiceFixture, public testing::WithParamInterface<const char*> {
 protected:
  LinearizabilityTest() : ServiceFixture(GetParam()) {}

  // One client's operations on the asset.
  std::vector<AssetOperation> RunClient(int client, const v1::Asset& asset, unsigned seed,
                                        testing_tools::Moments& moments) {
    std::mt19937 random(seed);
    AssetState seen = StateOf(asset);
    std::vector<AssetOperation> operations;
    for (int i = 0; i < kOperationsEach; ++i) {
      AssetOperation operation;
      operation.client = client;
      v1::Asset answer;
      absl::Status status;
      Change change;
      const auto send = [&](auto method, auto request) {
        if constexpr (requires { request.set_request_id(""); }) {
          request.set_request_id(common::NewUuidV7());
        }
        request.set_name(asset.name());
        operation.begin = moments.Next();
        status = Call(method, request, &answer);
        operation.end = moments.Next();
      };
      Operate(random, Cat(client, "-", i), seen, send, &change, &operation.words);
      change.reason = common::ReasonOf(status);
      if (status.ok()) {
        change.answer = StateOf(answer);
        seen = change.answer;
      }
      absl::StrAppend(&operation.words, " -> ", status.ok() ? "etag " + seen.etag : change.reason);
      if (change.make == nullptr) {
        operation.step = [answered = change.answer](const AssetState& state) {
          return state == answered ? std::optional<AssetState>(state) : std::nullopt;
        };
      } else {
        operation.step = std::move(change);
      }
      operations.push_back(std::move(operation));
    }
    return operations;
  }

 private:
  static std::string Cat(int client, const char* between, int i) {
    return std::to_string(client) + between + std::to_string(i);
  }

  // Chooses one operation, says it in words, and sends it.
  template <typename SendFn>
  void Operate(std::mt19937& random, const std::string& tag, const AssetState& seen,
               const SendFn& send, Change* change, std::string* words) {
    const auto pick = [&](unsigned below) { return random() % below; };
    const std::string etag = pick(2) == 0 ? seen.etag : "";
    static const char* const kPlaces[] = {"dock", "cage", "hazard"};
    switch (pick(6)) {
      case 0:
      case 1: {
        v1::MoveAssetRequest move;
        const std::string place = std::string("sites/main/locations/") + kPlaces[pick(3)];
        move.set_location(place);
        move.set_etag(change->etag = etag);
        *words = "move to " + place + " etag '" + etag + "'";
        change->make = [place](AssetState& state) { state.location = place; };
        return send(&Stub::MoveAsset, move);
      }
      case 2: {
        v1::DescribeAssetRequest describe;
        describe.set_maker("maker " + tag);
        describe.set_etag(change->etag = etag);
        *words = "describe as maker " + tag + " etag '" + etag + "'";
        change->make = [tag](AssetState& state) { state.maker = "maker " + tag; };
        return send(&Stub::DescribeAsset, describe);
      }
      case 3: {
        v1::PlaceHoldRequest hold;
        hold.set_kind(v1::HOLD_KIND_OTHER);
        hold.set_reason("look at it");
        *words = "place a hold";
        change->make = [](AssetState& state) { state.holds.emplace_back(); };
        return send(&Stub::PlaceHold, hold);
      }
      case 4:
        if (!seen.holds.empty()) {
          v1::ReleaseHoldRequest release;
          release.set_hold_id(change->released = seen.holds.front());
          release.set_reason("looked at");
          *words = "release hold " + change->released;
          change->make = [id = change->released](AssetState& state) {
            std::erase(state.holds, id);
          };
          return send(&Stub::ReleaseHold, release);
        }
        [[fallthrough]];
      default:
        *words = "read";
        return send(&Stub::GetAsset, v1::GetAssetRequest());
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Drivers, LinearizabilityTest, testing::Values("memory", "rocksdb"));

TEST_P(LinearizabilityTest, ConcurrentHistoriesOfOneAsset) {
  const char* given = std::getenv("LOOPDOCK_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                                         : std::random_device()();
  std::cout << "LOOPDOCK_SEED=" << seed << "\n";
  std::mt19937 random(seed);
  const std::string session = OpenSession();
  for (int history = 0; history < kHistories; ++history) {
    v1::RecordScanResponse booked;
    ASSERT_TRUE(Scan(session, "L-" + std::to_string(history), &booked).ok());
    testing_tools::Moments moments;
    std::vector<std::vector<AssetOperation>> by_client(kClients);
    std::vector<std::thread> clients;
    for (int client = 0; client < kClients; ++client) {
      clients.emplace_back([&, client, client_seed = static_cast<unsigned>(random())] {
        by_client[static_cast<size_t>(client)] =
            RunClient(client, booked.asset(), client_seed, moments);
      });
    }
    for (std::thread& client : clients) client.join();
    std::vector<AssetOperation> all;
    for (const auto& operations : by_client) {
      all.insert(all.end(), operations.begin(), operations.end());
    }
    const AssetState initial = StateOf(booked.asset());
    testing_tools::LinearizabilityChecker<AssetState> checker(all, initial);
    ASSERT_TRUE(checker.Check()) << "history " << history << "\n" << checker.Words();
    // The same history with a reader at its end who saw nothing of it is none.
    AssetOperation stale;
    stale.begin = moments.Next();
    stale.end = moments.Next();
    stale.step = [initial](const AssetState& state) {
      return state == initial ? std::optional<AssetState>(state) : std::nullopt;
    };
    all.push_back(std::move(stale));
    testing_tools::LinearizabilityChecker<AssetState> doubter(std::move(all), initial);
    ASSERT_FALSE(doubter.Check()) << "history " << history;
  }
}

}  // namespace
}  // namespace loopdock::inventory
