// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_STORAGE_COMMAND_H_
#define LOOPDOCK_SERVICES_STORAGE_COMMAND_H_

// What the committer asks of a change to a store: which rows it reads, what it makes of them, and
// whom to tell. The pure logic of a service includes only this header.
//
// Thread safety: DeclareReads and Apply run on the applier's thread, Done on the answerer's, one
//   after the other; nobody else touches the command after Submit.
// Ownership: the committer owns a command from a successful Submit until its Done has returned.
// Blocking: none of the three may wait for anything; Done should hand its answer over and return.

#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/storage/write_batch.h"

namespace loopdock::storage {

// Collects the keys that a command will read; the whole batch is fetched with one MultiGet.
class ReadSet {
 public:
  virtual ~ReadSet() = default;
  virtual void Add(TableId table, std::string_view key) = 0;
};

// The rows as this command must see them: its own changes, those of the commands before it, then
// the store. A read that was not declared works and is counted.
class View {
 public:
  virtual ~View() = default;
  // The view of the value lives until Apply returns, even when the row is changed meanwhile. An
  // error is one of the store: return it.
  virtual absl::StatusOr<std::optional<std::string_view>> Get(TableId table,
                                                              std::string_view key) = 0;
  // One for all commands of a batch; never less than that of an earlier batch.
  virtual absl::Time server_time() const = 0;
};

// Takes a command's rows. Of a refused command none remain.
class Changes {
 public:
  virtual ~Changes() = default;
  virtual void Put(TableId table, std::string_view key, std::string_view value) = 0;
  virtual void Delete(TableId table, std::string_view key) = 0;
  // How many different rows this command has changed so far.
  virtual size_t rows() const = 0;
  // Takes back what this command has changed so far, as for a trial that is not to be kept.
  virtual void Discard() = 0;
};

class Command {
 public:
  virtual ~Command() = default;

  // May be called again if the batch was cut before this command.
  virtual void DeclareReads(ReadSet& reads) = 0;
  // OK: the rows in `changes` are to be committed. Anything else is a refusal, handed to Done.
  // Called at most once.
  virtual absl::Status Apply(View& view, Changes& changes) = 0;
  // Called exactly once after a successful Submit. OK: the rows are durable. Apply's refusal:
  // nothing of this command is stored and all that it saw is durable. DISK_RESERVE: Apply was not
  // called, since the disk has too little free space. UNAVAILABLE STORE_FAILED:
  // a write failed and the outcome is known only after the next start.
  virtual void Done(const absl::Status& outcome) = 0;
};

}  // namespace loopdock::storage

#endif  // LOOPDOCK_SERVICES_STORAGE_COMMAND_H_
