// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVER_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVER_H_

// What the kinds of fact share when they become rows. evolve.cc hands each fact from one Take
// function to the next, from the most frequent kinds to the rarest; the last one refuses.
// Thread safety: none; one thread uses an Evolver.
// Ownership: entry and rows must outlive it.
// Errors: as in evolve.h.

#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "loopdock/inventory/v1/feed.pb.h"
#include "services/inventory/core/evolve.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/text.h"

namespace loopdock::inventory {

// Where an open asset stands: "containers/x", "locations/x", or nothing once it has left.
std::string PlaceOf(const v1::Asset& asset);
std::string PlaceOf(const v1::Container& container);

// What another system calls a resource, and for which party.
struct Reference {
  std::string owner;
  std::string value;
  bool operator==(const Reference&) const = default;
};
// References of loads, assets and lots are their supplier's, those of shipments the receiver's.
template <typename Message>
Reference ReferenceOf(const Message& message) {
  if constexpr (requires { message.supplier(); }) {
    return {std::string(IdOf(message.supplier())), message.external_ref()};
  } else if constexpr (requires { message.receiver(); }) {
    return {std::string(IdOf(message.receiver())), message.external_ref()};
  } else {
    return {"", message.external_ref()};
  }
}

// What assets count for in the container that they stand in.
struct Held {
  int assets = 0;
  int with_mass = 0;
  std::int64_t mass_g = 0;
  int with_typical = 0;  // of those without a mass
  std::int64_t typical_g = 0;
  std::int64_t unsanitized = 0;
  bool operator==(const Held&) const = default;
};

class Evolver {
 public:
  Evolver(const v1::FeedEntry& entry, Rows& rows) : entry_(entry), rows_(rows) {}

  const v1::FeedEntry& entry() const { return entry_; }
  const std::string& site() const { return entry_.site(); }
  Rows& rows() { return rows_; }

  // Writes a resource under its name, with etag and times of creation and change.
  template <typename Message>
  absl::Status Put(Message message);
  // The same for a resource that has a unique reference in other systems.
  template <typename Message>
  absl::Status PutReferenced(const Message& message, std::string_view collection);
  // Reads a resource, changes it and writes it again.
  template <typename Message, typename ChangeFn>
  absl::Status Change(std::string_view name, ChangeFn&& change);
  // The same for an asset, with what it counts for where it stands and with its history.
  // `new_etag` is false for what no decision may depend on.
  template <typename ChangeFn>
  absl::Status ChangeAsset(std::string_view name, ChangeFn&& change, bool new_etag = true);
  absl::Status PutAsset(const v1::Asset* before, v1::Asset after, bool new_etag = true);

  // Moves a reference of `name` from one value to another.
  void SetReference(std::string_view collection, const Reference& before, const Reference& after,
                    std::string_view name);
  // Moves a member from one place to another.
  absl::Status Place(std::string_view before, std::string_view after, std::string_view member);
  // Changes what is counted of what is received: in its session while that is open on the load, so
  // that a scan changes one row of counts and not two, else in the load.
  template <typename ChangeFn>
  absl::Status ChangeReceipt(std::string_view session, std::string_view load, ChangeFn&& change);
  // Takes an asset that nothing claims out of the counts and clears how it compares.
  absl::Status ForgetUnexpected(v1::Asset* asset);
  // Adds to what a container and those around it hold; assets count only where they stand.
  absl::Status Count(std::string_view container, const Held& change);
  // Gives an identifier to an asset or container, or takes it away.
  absl::Status Hold(const v1::Identifier& identifier, std::string_view name);
  absl::Status LetGo(const v1::Identifier& identifier, std::string_view name);

 private:
  // Gives it etag and times of creation and change.
  template <typename Message>
  void Stamp(Message* message);
  void AddHistory(v1::Asset* asset);
  // Brings places, containers and hosts in line with what an asset becomes.
  absl::Status Settle(const v1::Asset* before, const v1::Asset& after);
  // Adds to the unsafe components of a host and of what that is built into.
  absl::Status CountInstalled(std::string_view host, int unsafe);
  void WriteAsset(v1::Asset asset, bool new_etag);

  const v1::FeedEntry& entry_;
  Rows& rows_;
};

// Each takes the kinds of its file and hands on the rest.
absl::Status TakeAsset(const v1::Fact& fact, Evolver& evolver);      // evolve.cc
absl::Status TakeReceiving(const v1::Fact& fact, Evolver& evolver);  // evolve_receiving.cc
absl::Status TakeReference(const v1::Fact& fact, Evolver& evolver);  // evolve_life.cc
absl::Status TakeLife(const v1::Fact& fact, Evolver& evolver);       // evolve_life.cc
absl::Status TakeStock(const v1::Fact& fact, Evolver& evolver);      // evolve_life.cc
absl::Status TakeRules(const v1::Fact& fact, Evolver& evolver);      // evolve_rules.cc
absl::Status TakeOutbound(const v1::Fact& fact, Evolver& evolver);   // evolve_outbound.cc

template <typename Message>
void Evolver::Stamp(Message* message) {
  if constexpr (requires { message->set_etag(""); }) message->set_etag(EtagOf(entry_));
  if constexpr (requires { message->mutable_create_time(); }) {
    if (!message->has_create_time()) *message->mutable_create_time() = entry_.server_time();
  }
  if constexpr (requires { message->mutable_update_time(); }) {
    *message->mutable_update_time() = entry_.server_time();
  }
}

template <typename Message>
absl::Status Evolver::Put(Message message) {
  Stamp(&message);
  rows_.Write(message.name(), message);
  return absl::OkStatus();
}

template <typename Message>
absl::Status Evolver::PutReferenced(const Message& message, std::string_view collection) {
  Message before;
  const auto found = rows_.Read(message.name(), &before);
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  SetReference(collection, ReferenceOf(before), ReferenceOf(message), message.name());
  return Put(message);
}

template <typename Message, typename ChangeFn>
absl::Status Evolver::Change(std::string_view name, ChangeFn&& change) {
  return rows_.Change<Message>(name, [&](Message& message) {
    change(message);
    Stamp(&message);
  });
}

template <typename ChangeFn>
absl::Status Evolver::ChangeReceipt(std::string_view session, std::string_view load,
                                    ChangeFn&& change) {
  if (!session.empty()) {
    const auto receipt = rows_.Peek<v1::ReceivingSession>(session);
    LOOPDOCK_RETURN_IF_ERROR(receipt.status());
    if (*receipt != nullptr && (*receipt)->open() && (*receipt)->load() == load) {
      return Change<v1::ReceivingSession>(session, change);
    }
  }
  return load.empty() ? absl::OkStatus() : Change<v1::Load>(load, change);
}

template <typename ChangeFn>
absl::Status Evolver::ChangeAsset(std::string_view name, ChangeFn&& change, bool new_etag) {
  v1::Asset before;
  LOOPDOCK_RETURN_IF_ERROR(rows_.ReadExpected(name, &before));
  v1::Asset after = before;
  change(after);
  return PutAsset(&before, std::move(after), new_etag);
}

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_EVOLVER_H_
