// SPDX-License-Identifier: Apache-2.0
// loopdock-quickstart SESSION TEXT...: books each text as a scan and prints what became of it.

#include <iostream>

#include "absl/time/clock.h"
#include "clients/cpp/connection.h"
#include "clients/cpp/scan_client.h"
#include "clients/cpp/scan_journal.h"
#include "loopdock/intake/v1/intake.grpc.pb.h"
#include "services/common/ids.h"

namespace {

using loopdock::intake::v1::IntakeService;
using loopdock::intake::v1::ScanRequest;
using loopdock::intake::v1::ScanResponse;

int Fail(const absl::Status& status) {
  std::cerr << status.message() << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return Fail(absl::InvalidArgumentError("usage: loopdock-quickstart SESSION TEXT..."));
  // Address and token as the server's first start makes them; see ConnectOptions.
  const auto connection = loopdock::client::Connection::Create({.station = "quickstart"});
  if (!connection.ok()) return Fail(connection.status());
  // What is in the journal when the program ends is sent by its next start.
  const auto journal = loopdock::client::ScanJournal::Open("quickstart.journal");
  if (!journal.ok()) return Fail(journal.status());

  loopdock::client::ScanClient scans(
      IntakeService::NewStub((*connection)->channel()),
      [&connection](grpc::ClientContext& context) { (*connection)->Authorize(context); },
      journal->get(),
      [](const ScanRequest& scan, const ScanResponse& answer) {
        std::cout << scan.text() << ": "
                  << (answer.has_error() ? answer.error().message() : answer.message()) << "\n";
      });
  for (int i = 2; i < argc; ++i) {
    ScanRequest scan;
    scan.set_request_id(loopdock::common::NewUuidV7());
    scan.set_session(argv[1]);
    scan.set_text(argv[i]);
    if (const auto status = scans.Send(scan); !status.ok()) return Fail(status);
  }
  const auto status = scans.Flush(absl::Seconds(30));
  return status.ok() ? 0 : Fail(status);
}
