// SPDX-License-Identifier: Apache-2.0
#include "services/traceability/log_rows.h"

#include "services/common/json.h"
#include "services/common/status.h"
#include "services/traceability/core/note.h"
#include "services/traceability/core/text.h"

namespace loopdock::traceability {
namespace {

constexpr int kRowVersion = 1;

absl::Status Broken(std::string_view what) {
  return common::Error(
      absl::StatusCode::kDataLoss, "LOG_STORE_BROKEN",
      Cat("a row of the log's store ", what, "; run fsck and restore from a backup."));
}

std::string BigEndian(std::uint64_t value) {
  std::string bytes(8, '\0');
  for (std::size_t i = 8; i-- > 0; value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  return bytes;
}

// The JSON object of a row of our version.
absl::StatusOr<nlohmann::json> ParseRow(std::string_view bytes) {
  auto json = common::ParseJson(bytes);
  if (!json.ok() || !json->is_object() || json->value("version", nlohmann::json()) != kRowVersion) {
    return Broken("is no JSON object of version 1");
  }
  return json;
}

bool IsCount(const nlohmann::json& json, const char* key) {
  return json.contains(key) && json[key].is_number_unsigned();
}

}  // namespace

storage::StoreOptions LogStoreOptions() {
  storage::StoreOptions options;
  options.name = "traceability";
  options.record_version = 1;
  options.tables = {
      {.id = kStateTable, .name = "state"},      {.id = kEntryTable, .name = "entries"},
      {.id = kEventTable, .name = "events"},     {.id = kTileTable, .name = "tiles"},
      {.id = kSubjectTable, .name = "subjects"}, {.id = kCheckpointTable, .name = "checkpoints"}};
  return options;
}

std::string SitePrefix(std::string_view site) { return Cat(site, std::string(1, '\0')); }

std::string IndexKey(std::string_view site, std::uint64_t index) {
  return Cat(SitePrefix(site), BigEndian(index));
}

std::string TileKey(std::string_view site, const TileId& id) {
  return Cat(SitePrefix(site), std::string(1, static_cast<char>(id.level)), BigEndian(id.index));
}

std::string SubjectPrefix(std::string_view site, std::string_view subject) {
  return Cat(SitePrefix(site), subject, std::string(1, '\0'));
}

std::string SubjectKey(std::string_view site, std::string_view subject, std::uint64_t index) {
  return Cat(SubjectPrefix(site, subject), BigEndian(index));
}

absl::StatusOr<std::uint64_t> IndexOfKey(std::string_view key) {
  if (key.size() < 9) return Broken("has a key that is too short");
  std::uint64_t index = 0;
  for (const char c : key.substr(key.size() - 8)) {
    index = (index << 8) | static_cast<unsigned char>(c);
  }
  return index;
}

std::string EncodeState(const LogState& state) {
  nlohmann::ordered_json json;
  json["version"] = kRowVersion;
  json["epoch"] = state.epoch;
  json["through_sequence"] = state.through_sequence;
  json["size"] = state.size;
  if (state.has_checkpoint) json["checkpoint_size"] = state.checkpoint_size;
  json["utc_offset_minutes"] = state.utc_offset_minutes;
  return common::DumpJson(json);
}

absl::StatusOr<LogState> DecodeState(std::string_view bytes) {
  auto json = ParseRow(bytes);
  if (!json.ok()) return json.status();
  const bool checkpointed = json->contains("checkpoint_size");
  if (!json->contains("epoch") || !(*json)["epoch"].is_string() ||
      !IsCount(*json, "through_sequence") || !IsCount(*json, "size") ||
      (checkpointed && !IsCount(*json, "checkpoint_size")) ||
      !json->contains("utc_offset_minutes") || !(*json)["utc_offset_minutes"].is_number_integer()) {
    return Broken("lacks a field of the log's state");
  }
  LogState state;
  state.epoch = (*json)["epoch"];
  state.through_sequence = (*json)["through_sequence"];
  state.size = (*json)["size"];
  state.has_checkpoint = checkpointed;
  if (checkpointed) state.checkpoint_size = (*json)["checkpoint_size"];
  state.utc_offset_minutes = (*json)["utc_offset_minutes"];
  return state;
}

std::string EncodeSignedCheckpoint(const SignedCheckpoint& checkpoint) {
  nlohmann::ordered_json json;
  json["version"] = kRowVersion;
  json["note"] = checkpoint.note;
  json["sign_time_us"] = checkpoint.sign_time_us;
  json["through_sequence"] = checkpoint.through_sequence;
  return common::DumpJson(json);
}

absl::StatusOr<SignedCheckpoint> DecodeSignedCheckpoint(std::string_view bytes) {
  auto json = ParseRow(bytes);
  if (!json.ok()) return json.status();
  if (!json->contains("note") || !(*json)["note"].is_string() || !json->contains("sign_time_us") ||
      !(*json)["sign_time_us"].is_number_integer() || !IsCount(*json, "through_sequence")) {
    return Broken("lacks a field of a checkpoint");
  }
  SignedCheckpoint checkpoint;
  checkpoint.note = (*json)["note"];
  checkpoint.sign_time_us = (*json)["sign_time_us"];
  checkpoint.through_sequence = (*json)["through_sequence"];
  auto note = ParseNote(checkpoint.note);
  if (!note.ok()) return Broken("holds a checkpoint that is no signed note");
  auto text = ParseCheckpoint(note->text);
  if (!text.ok()) return Broken("holds a note that is no checkpoint");
  checkpoint.size = text->size;
  checkpoint.root = text->root;
  return checkpoint;
}

}  // namespace loopdock::traceability
