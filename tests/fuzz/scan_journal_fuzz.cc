// SPDX-License-Identifier: Apache-2.0
// A scan journal with any bytes, and one of ours with a part of it changed: it is refused or read,
// and what is read can be written on.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "clients/cpp/scan_journal.h"
#include "services/common/fileio.h"
#include "services/common/status.h"

namespace {

using loopdock::client::ScanJournal;

void Require(bool condition) {
  if (!condition) std::abort();
}

void Open(const std::string& path) {
  auto journal = ScanJournal::Open(path);
  if (!journal.ok()) {
    Require(loopdock::common::ReasonOf(journal.status()) == "JOURNAL_CORRUPT");
    return;
  }
  const std::size_t before = (*journal)->Unacknowledged().size();
  loopdock::intake::v1::ScanRequest scan;
  scan.set_request_id("01890000-0000-7000-8000-00000000f022");
  Require((*journal)->Add(scan).ok());
  journal->reset();
  auto again = ScanJournal::Open(path);
  Require(again.ok());
  const std::size_t after = (*again)->Unacknowledged().size();
  Require(after >= 1 && after <= before + 1);
}

// Of the process, removed at its end.
struct Folder {
  Folder() {
    auto made = loopdock::common::MakeTemporaryDirectory("journal-fuzz");
    Require(made.ok());
    path = *made;
  }
  ~Folder() {
    ::unlink((path + "/journal").c_str());
    ::rmdir(path.c_str());
  }
  std::string path;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  const std::string path = folder.path + "/journal";
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  Require(loopdock::common::WriteFileAtomically(path, bytes, 0600).ok());
  Open(path);
  // Behind two records that are right.
  ::unlink(path.c_str());
  {
    auto journal = ScanJournal::Open(path);
    Require(journal.ok());
    for (const char* id : {"a", "b"}) {
      loopdock::intake::v1::ScanRequest scan;
      scan.set_request_id(id);
      scan.set_text(bytes);
      Require((*journal)->Add(scan).ok());
    }
  }
  auto ours = loopdock::common::ReadFile(path, 1 << 20);
  Require(ours.ok());
  for (std::size_t i = 0; i + 1 < size && i < 8; i += 2) {
    (*ours)[(data[i] * 256U + data[i + 1]) % ours->size()] ^= static_cast<char>(data[i + 1] | 1);
  }
  Require(loopdock::common::WriteFileAtomically(path, *ours, 0600).ok());
  Open(path);
  ::unlink(path.c_str());
  return 0;
}
