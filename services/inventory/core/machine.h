// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INVENTORY_CORE_MACHINE_H_
#define LOOPDOCK_SERVICES_INVENTORY_CORE_MACHINE_H_

// The deterministic state machine: takes one command after the other, answers what was sent
// before, makes the entry of what is new, and hands its rows to the committer.
// Thread safety: Apply is for the committer's applier thread; the rest is constant.
// Errors: ALREADY_EXISTS REQUEST_ID_REUSED, INVALID_ARGUMENT COMMAND_TOO_LARGE, and those of the
// commands.
// Limits: kCommandRowsMax rows a command, kBatchRowsMax an atomic batch, kEntryBytesMax either.

#include <google/protobuf/message.h>

#include <optional>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/common/hash.h"
#include "services/inventory/core/rows.h"
#include "services/inventory/core/step.h"
#include "services/storage/command.h"
#include "services/storage/store.h"

namespace loopdock::inventory {

inline constexpr size_t kCommandRowsMax = 1000;
// An atomic batch is one entry of at most 1,000 commands; a booking changes about nine rows.
inline constexpr size_t kBatchRowsMax = 12'000;
// Below the 4 MiB that a follower of the feed receives at once.
inline constexpr size_t kEntryBytesMax = size_t{3} << 20;

// Who sends a command, and what makes it the same command when it is sent again.
struct CommandContext {
  std::string actor;
  std::string station;
  std::string request_id;
  std::string request_hash;  // of the request without its id
  std::optional<google::protobuf::Timestamp> station_time;
  bool validate_only = false;
  size_t rows_max = kCommandRowsMax;
};

// The end of the feed.
struct Head {
  std::int64_t sequence = 0;
  absl::Time server_time = absl::InfinitePast();
  std::string entry_bytes;  // of the last entry, "" when there is none
};

class Machine {
 public:
  // `head` as it is in the store; the machine counts on from there.
  Machine(std::string site, std::string epoch, Head head, Standing standing)
      : site_(std::move(site)),
        epoch_(std::move(epoch)),
        head_(std::move(head)),
        standing_(std::move(standing)) {}

  // `make` fills in entry and answer. A validate_only command changes nothing and its answer shows
  // what would be. On a refusal nothing of the command remains.
  absl::Status Apply(const CommandContext& context, storage::View& view, storage::Changes& changes,
                     google::protobuf::Message* answer,
                     absl::FunctionRef<absl::Status(Step&)> make);

  const std::string& site() const { return site_; }
  const std::string& epoch() const { return epoch_; }
  const Head& head() const { return head_; }

 private:
  // True when the request was answered before; then the answer is in `answer`.
  absl::StatusOr<bool> Remembered(const CommandContext& context, Rows& rows,
                                  google::protobuf::Message* answer) const;

  const std::string site_;
  const std::string epoch_;
  Head head_;
  Standing standing_;
  ParsedRows parsed_;
  std::string response_;  // a row of kResponses being made
};

// SHA-256 over the type and the deterministic bytes of the request without its request_id; over the
// type and sent_sha256 where the request was made from what somebody sent and has its digest.
std::string HashRequest(const google::protobuf::Message& request);

// The last entry of the feed of a store, found with a few point reads.
absl::StatusOr<Head> ReadHead(const storage::Reader& reader, std::string_view site);

}  // namespace loopdock::inventory

#endif  // LOOPDOCK_SERVICES_INVENTORY_CORE_MACHINE_H_
