// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_TESTS_UNIT_GRADING_HOST_FIXTURE_H_
#define LOOPDOCK_TESTS_UNIT_GRADING_HOST_FIXTURE_H_

// One of grading's services behind a host in this process, called as a station calls it, over a
// store on the memory driver.
// Thread safety: the test's thread.

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "absl/time/clock.h"
#include "services/common/config.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/server.h"
#include "services/grading/evidence_store.h"
#include "tests/unit/grading_fixture.h"

namespace loopdock::grading {

// `Api` is the generated class of the service.
template <typename Api>
class GradingHostTest : public GradingTest {
 protected:
  using Stub = typename Api::Stub;

  void SetUp() override {
    GradingTest::SetUp();
    folder_ = *common::MakeTemporaryDirectory("loopdock-grading-test");
    common::Config config;
    config.listen = "127.0.0.1:0";
    config.metrics = "";
    config.data_dir = folder_ + "/data";
    config.log_level = "off";
    auto host = common::Host::Create(config);
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    token_ = *common::ReadToken(config.data_dir + "/admin.token");
    evidence_ = std::make_unique<EvidenceStore>(store_.get(), &clock_);
  }

  void TearDown() override {
    if (host_ != nullptr) host_->Stop();
    committer_->Stop();
    std::filesystem::remove_all(folder_);
  }

  // `begin` runs between serving and being ready.
  template <typename Service>
  void Serve(
      Service& service, const std::function<void()>& begin = [] {}) {
    const std::string name = Api::service_full_name();
    service.Attach(*host_->NewShell(name, true));
    host_->Register(&service);
    ASSERT_TRUE(host_->Start().ok());
    begin();
    host_->SetReady(name, true);
    stub_ = Api::NewStub(host_->InProcessChannel());
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    common::Caller caller;
    caller.token = token_;
    caller.station = "bench-1";
    caller.deadline = absl::Now() + absl::Seconds(50);
    common::Authorize(context, caller);
    Response response;
    const absl::Status status =
        common::FromGrpc((stub_.get()->*method)(&context, request, &response));
    if (!status.ok()) return status;
    return response;
  }

  std::string folder_;
  std::string token_;
  std::unique_ptr<common::Host> host_;
  std::unique_ptr<EvidenceStore> evidence_;
  std::unique_ptr<Stub> stub_;
};

}  // namespace loopdock::grading

#endif  // LOOPDOCK_TESTS_UNIT_GRADING_HOST_FIXTURE_H_
