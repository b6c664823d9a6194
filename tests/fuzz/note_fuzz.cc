// SPDX-License-Identifier: Apache-2.0
// Everything that `loopdock trace verify` reads, with any bytes: notes, checkpoints, keys, records
// and log entries. What is accepted must come out again as it went in.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "services/traceability/core/note.h"
#include "services/traceability/core/record.h"
#include "services/traceability/core/tiles.h"
#include "services/traceability/core/uris.h"
#include "services/traceability/core/verify.h"

namespace {

using namespace loopdock::traceability;  // NOLINT(google-build-using-namespace)

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckOne(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto note = ParseNote(bytes); note.ok()) Require(FormatNote(*note) == bytes);
  if (auto checkpoint = ParseCheckpoint(bytes); checkpoint.ok()) {
    Require(FormatCheckpoint(*checkpoint) == bytes);
  }
  if (auto record = DecodeRecord(bytes); record.ok()) {
    Require(*EncodeRecord(*record) == bytes);
    Require(!RecordJson(*record).empty());
  }
  if (auto entry = DecodeEntry(bytes); entry.ok()) {
    Require(entry->erased() ? EncodeErasedEntry(entry->leaf_data) == bytes
                            : EncodeEntry(entry->salt, entry->record_bytes) == bytes);
  }
  if (auto verifier = NoteVerifier::Parse(bytes); verifier.ok()) {
    Require(bytes.find(verifier->Vkey()) != std::string_view::npos);
  }
  (void)ParseEntries(bytes).ok();
  const std::string canonical = CanonicalUri(bytes);
  Require(CanonicalUri(canonical) == canonical);
  const std::size_t half = size / 2;
  Require(!LogVerifier::Start(bytes.substr(0, half), bytes.substr(half)).ok() || size > 100);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  CheckOne(data, size);
  return 0;
}
