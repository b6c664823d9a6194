// SPDX-License-Identifier: Apache-2.0
#include "services/storage/high_water.h"

#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/common/hash.h"
#include "services/common/status.h"

namespace loopdock::storage {
namespace {

using common::Error;

constexpr char kFileName[] = "HIGH_WATER";
constexpr char kMagic[] = "loopdock.high_water/1";
// Of the check over the line, enough to notice damage.
constexpr size_t kCheckDigits = 16;

std::string CheckOf(const std::string& text) {
  return common::Sha256Hex(text).substr(0, kCheckDigits);
}

}  // namespace

std::string EncodeHighWater(const HistoryMark& mark) {
  const std::string text =
      absl::StrCat(kMagic, " ", mark.sequence, " ", common::HexEncode(mark.digest));
  return absl::StrCat(text, " ", CheckOf(text), "\n");
}

absl::StatusOr<HistoryMark> DecodeHighWater(std::string_view content) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(content.data(), content.size()), ' ');
  HistoryMark mark;
  if (parts.size() == 4 && parts[0] == kMagic && absl::SimpleAtoi(parts[1], &mark.sequence)) {
    absl::StatusOr<std::string> digest = common::HexDecode(parts[2]);
    if (digest.ok() && digest->size() == common::kSha256Bytes) {
      mark.digest = *std::move(digest);
      // Only the one spelling is accepted, check included.
      if (EncodeHighWater(mark) == content) return mark;
    }
  }
  return Error(absl::StatusCode::kDataLoss, "HIGH_WATER_DAMAGED",
               "The file HIGH_WATER is damaged: run fsck, then remove the file to go on.");
}

HighWater::HighWater(Store* store, absl::Duration interval)
    : store_(store), interval_(interval), thread_([this] { Run(); }) {}

HighWater::~HighWater() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

absl::Status HighWater::Check(
    uint64_t last_sequence,
    const std::function<absl::StatusOr<std::string>(uint64_t sequence)>& digest_of) const {
  absl::StatusOr<std::optional<std::string>> content = store_->GetFile(kFileName);
  if (!content.ok()) return content.status();
  if (!content->has_value()) return absl::OkStatus();
  absl::StatusOr<HistoryMark> mark = DecodeHighWater(**content);
  if (!mark.ok()) return mark.status();
  if (mark->sequence == 0) return absl::OkStatus();
  if (last_sequence < mark->sequence) {
    return Error(
        absl::StatusCode::kDataLoss, "HISTORY_SHORTER",
        absl::StrCat("The store ends at sequence ", last_sequence, " but ", mark->sequence,
                     " was durable: acknowledged work is missing. Restore a backup, or "
                     "remove HIGH_WATER to accept the loss."),
        {{"found", absl::StrCat(last_sequence)}, {"expected", absl::StrCat(mark->sequence)}});
  }
  absl::StatusOr<std::string> digest = digest_of(mark->sequence);
  if (!digest.ok()) return digest.status();
  if (*digest == mark->digest) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "HISTORY_DIFFERS",
               absl::StrCat("Entry ", mark->sequence,
                            " is not the one that was acknowledged. Restore a backup, or remove "
                            "HIGH_WATER to accept the store as it is."),
               {{"sequence", absl::StrCat(mark->sequence)}});
}

void HighWater::Note(const HistoryMark& mark) {
  absl::MutexLock lock(&mutex_);
  if (mark.sequence > latest_.sequence) latest_ = mark;
}

absl::Status HighWater::Flush() {
  absl::MutexLock write_lock(&write_mutex_);
  HistoryMark mark;
  {
    absl::MutexLock lock(&mutex_);
    if (latest_.sequence <= written_) return absl::OkStatus();
    mark = latest_;
  }
  const absl::Status status = store_->PutFile(kFileName, EncodeHighWater(mark));
  if (status.ok()) {
    absl::MutexLock lock(&mutex_);
    written_ = mark.sequence;
  }
  return status;
}

void HighWater::Run() {
  bool stopping = false;
  while (!stopping) {
    {
      absl::MutexLock lock(&mutex_);
      // First until there is something to write, then as long as the interval asks.
      const auto has_work = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
        return stopping_ || latest_.sequence > written_;
      };
      mutex_.Await(absl::Condition(&has_work));
      stopping = stopping_;
    }
    // An older mark stays true, so a failure needs no more than another try at the next turn.
    Flush().IgnoreError();
    absl::MutexLock lock(&mutex_);
    stopping = stopping || mutex_.AwaitWithTimeout(absl::Condition(&stopping_), interval_);
    if (stopping) break;
  }
  Flush().IgnoreError();
}

}  // namespace loopdock::storage
