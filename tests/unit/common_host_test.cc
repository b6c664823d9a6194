// SPDX-License-Identifier: Apache-2.0
// The host with small services behind the real interfaces: guard, limits, streams, health, end.
#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <loopdock/grading/v1/evidence_service.grpc.pb.h>
#include <loopdock/intake/v1/intake.grpc.pb.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <deque>
#include <filesystem>
#include <thread>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/json.h"
#include "services/common/server.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using loopdock::grading::v1::EvidenceService;
using loopdock::intake::v1::IntakeService;
using testing::HasSubstr;
namespace evidence = loopdock::grading::v1;
namespace intake = loopdock::intake::v1;
using Context = grpc::CallbackServerContext;

// Get writes `count` parts, Put counts bytes, Stat answers by what it is asked for.
class FakeEvidence : public EvidenceService::CallbackService {
 public:
  explicit FakeEvidence(Shell& shell) : shell_(shell) {}

  grpc::ServerUnaryReactor* Stat(Context* context, const evidence::StatRequest* request,
                                 evidence::StatResponse* response) override {
    if (request->sha256() == "slow") {
      return shell_.UnaryBlocking(context, "Stat", *request, [this](const Caller&) {
        entered.Notify();
        release.WaitForNotification();
        return absl::OkStatus();
      });
    }
    if (request->sha256() == "dropped") {
      return shell_.UnaryAsync(context, "Stat", *request, [](const Caller&, Done) {});
    }
    if (request->sha256() == "later") {
      return shell_.UnaryAsync(context, "Stat", *request, [&](const Caller& caller, Done done) {
        std::thread([&caller, response, done] {
          response->mutable_evidence()->set_purpose(caller.principal);
          done(absl::OkStatus());
          done(absl::InternalError("a second answer counts for nothing"));
        }).detach();
      });
    }
    return shell_.Unary(context, "Stat", *request, [&](const Caller& caller) {
      if (request->sha256().empty()) {
        FieldViolations violations;
        violations.Add("sha256", "must not be empty");
        return violations.ToStatus();
      }
      response->mutable_evidence()->set_purpose(caller.principal + "@" + caller.station);
      return absl::OkStatus();
    });
  }

  grpc::ServerWriteReactor<evidence::GetResponse>* Get(
      Context* context, const evidence::GetRequest* request) override {
    const std::string what = request->sha256();
    return shell_.ServerStream<evidence::GetResponse>(
        context, "Get", *request, [what](const Caller&, Sink<evidence::GetResponse>& sink) {
          for (int i = 0; what == "endless" || i < 500; ++i) {
            evidence::GetResponse part;
            part.set_data(std::to_string(i));
            if (!sink.Write(std::move(part))) break;
          }
          return what == "bad" ? absl::DataLossError("broken") : absl::OkStatus();
        });
  }

  grpc::ServerReadReactor<evidence::PutRequest>* Put(Context* context,
                                                     evidence::PutResponse* response) override {
    return shell_.ClientStream<evidence::PutRequest>(
        context, "Put", [response](const Caller&, Source<evidence::PutRequest>& source) {
          evidence::PutRequest part;
          std::int64_t bytes = 0;
          while (source.Read(&part)) bytes += static_cast<std::int64_t>(part.data().size());
          response->mutable_evidence()->set_size_bytes(bytes);
          return absl::OkStatus();
        });
  }

  absl::Notification entered;
  absl::Notification release;

 private:
  Shell& shell_;
};

// Scan answers from other threads, out of order on purpose; an item named "drop" never.
class FakeIntake : public IntakeService::CallbackService {
 public:
  explicit FakeIntake(Shell& shell) : shell_(shell) {}

  grpc::ServerBidiReactor<intake::ScanRequest, intake::ScanResponse>* Scan(
      Context* context) override {
    return shell_.BidiItems<intake::ScanRequest, intake::ScanResponse>(
        context, "Scan", 4,
        [this](const Caller&, const absl::Status& checked, intake::ScanRequest item,
               Reply<intake::ScanResponse> reply) {
          intake::ScanResponse response;
          response.set_request_id(item.request_id());
          response.set_message(ReasonOf(checked));
          if (item.text() == "drop") return;
          if (item.text() == "now") return reply(response);
          const absl::Status posted =
              shell_.executor().Post([reply, response] { reply(response); });
          if (!posted.ok()) reply(response);
        });
  }

 private:
  Shell& shell_;
};

class HostTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("loopdock-host-test");
    config_.listen = "127.0.0.1:0";
    config_.metrics = "127.0.0.1:0";
    config_.data_dir = folder_ + "/data";
    config_.ready_file = folder_ + "/ready.json";
    config_.log_level = "off";
    config_.limits.message_bytes = 64 * 1024;
    config_.limits.calls_in_flight = 4;
    config_.limits.streams = 4;
    config_.limits.blocking_queue = 4;
  }

  void TearDown() override {
    if (host_ != nullptr) host_->Stop();
    host_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Start(bool ready = true) {
    auto host = Host::Create(config_);
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    evidence_service_ =
        std::make_unique<FakeEvidence>(**host_->NewShell(EvidenceService::service_full_name()));
    intake_service_ =
        std::make_unique<FakeIntake>(**host_->NewShell(IntakeService::service_full_name()));
    host_->Register(evidence_service_.get());
    host_->Register(intake_service_.get());
    const absl::Status started = host_->Start();
    ASSERT_TRUE(started.ok()) << started;
    if (ready) {
      host_->SetReady(EvidenceService::service_full_name(), true);
      host_->SetReady(IntakeService::service_full_name(), true);
    }
    token_ = *ReadToken(config_.data_dir + "/admin.token");
    channel_ = grpc::CreateChannel(host_->address(), grpc::InsecureChannelCredentials());
    evidence_ = EvidenceService::NewStub(channel_);
    intake_ = IntakeService::NewStub(channel_);
  }

  void Prepare(grpc::ClientContext& context) {
    Caller caller;
    caller.token = token_;
    caller.station = "dock-1";
    caller.deadline = absl::Now() + absl::Seconds(20);
    Authorize(context, caller);
  }

  absl::Status Stat(const std::string& what, evidence::StatResponse* response = nullptr) {
    grpc::ClientContext context;
    Prepare(context);
    evidence::StatRequest request;
    request.set_sha256(what);
    evidence::StatResponse ignored;
    return FromGrpc(evidence_->Stat(&context, request, response ? response : &ignored));
  }

  // The answer of the standard health service, by hand: 1 is SERVING, 2 NOT_SERVING.
  std::string Health(const std::string& service) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    std::string bytes;
    if (!service.empty()) bytes = std::string("\x0a") + static_cast<char>(service.size()) + service;
    grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    absl::Notification done;
    grpc::Status status;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", {}, &request, &response,
                   [&](grpc::Status answered) {
                     status = answered;
                     done.Notify();
                   });
    done.WaitForNotification();
    if (!status.ok()) return status.error_message();
    std::vector<grpc::Slice> slices;
    EXPECT_TRUE(response.Dump(&slices).ok());
    std::string text;
    for (const auto& part : slices) text.append(part.begin(), part.end());
    return text == std::string("\x08\x01", 2) ? "SERVING" : "NOT_SERVING";
  }

  Config config_;
  std::string folder_;
  std::string token_;
  std::unique_ptr<FakeEvidence> evidence_service_;
  std::unique_ptr<FakeIntake> intake_service_;
  std::unique_ptr<Host> host_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<EvidenceService::Stub> evidence_;
  std::unique_ptr<IntakeService::Stub> intake_;
};

TEST_F(HostTest, UnaryCallsAreAnsweredWithTheCaller) {
  Start();
  evidence::StatResponse response;
  EXPECT_TRUE(Stat("x", &response).ok());
  EXPECT_EQ(response.evidence().purpose(), "admin@dock-1");
  EXPECT_TRUE(Stat("later", &response).ok());
  EXPECT_EQ(response.evidence().purpose(), "admin");
  const absl::Status invalid = Stat("");
  EXPECT_EQ(ReasonOf(invalid), "INVALID_FIELDS");
  EXPECT_TRUE(invalid.GetPayload("type.googleapis.com/google.rpc.BadRequest").has_value());
  EXPECT_EQ(Stat("dropped").code(), absl::StatusCode::kInternal);
  EXPECT_THAT(host_->metrics().Text(),
              HasSubstr("loopdock_rpc_total{code=\"OK\",method=\"Stat\",service=\"loopdock.grading."
                        "v1.EvidenceService\"} 2"));
}

TEST_F(HostTest, CallsInProcessPassTheSameGuard) {
  Start();
  auto stub = EvidenceService::NewStub(*host_->Channel("grading"));
  evidence::StatRequest request;
  request.set_sha256("x");
  evidence::StatResponse response;
  grpc::ClientContext open;
  EXPECT_EQ(ReasonOf(FromGrpc(stub->Stat(&open, request, &response))), "UNAUTHENTICATED");
  grpc::ClientContext context;
  AuthorizeAsService(context, host_->service_token());
  EXPECT_TRUE(stub->Stat(&context, request, &response).ok());
  EXPECT_EQ(response.evidence().purpose(), "service@");
}

TEST_F(HostTest, NothingIsServedBeforeReadyAndHealthTells) {
  Start(false);
  const absl::Status status = Stat("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(RetryAfterOf(status).ok());
  EXPECT_EQ(Health(""), "NOT_SERVING");
  host_->SetReady(EvidenceService::service_full_name(), true);
  EXPECT_EQ(Health(EvidenceService::service_full_name()), "SERVING");
  EXPECT_EQ(Health(IntakeService::service_full_name()), "NOT_SERVING");
  EXPECT_FALSE(host_->ready());
  host_->SetReady(IntakeService::service_full_name(), true);
  EXPECT_EQ(Health(""), "SERVING");
  EXPECT_TRUE(Stat("x").ok());
}

TEST_F(HostTest, TooLargeIsRefusedWithAReason) {
  Start();
  EXPECT_EQ(ReasonOf(Stat(std::string(100'000, 'x'))), "TOO_LARGE");
}

TEST_F(HostTest, CallsBeyondTheLimitAreToldToComeBack) {
  config_.limits.calls_in_flight = 1;
  Start();
  std::thread slow([&] { EXPECT_TRUE(Stat("slow").ok()); });
  evidence_service_->entered.WaitForNotification();
  const absl::Status refused = Stat("x");
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(RetryAfterOf(refused).ok());
  evidence_service_->release.Notify();
  slow.join();
  EXPECT_TRUE(Stat("x").ok());
}

TEST_F(HostTest, ServerStreamsArriveInOrderAndWhole) {
  Start();
  grpc::ClientContext context;
  Prepare(context);
  evidence::GetRequest request;
  auto reader = evidence_->Get(&context, request);
  evidence::GetResponse part;
  int parts = 0;
  while (reader->Read(&part)) EXPECT_EQ(part.data(), std::to_string(parts++));
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(parts, 500);
}

TEST_F(HostTest, AStreamsErrorComesAfterItsParts) {
  Start();
  grpc::ClientContext context;
  Prepare(context);
  evidence::GetRequest request;
  request.set_sha256("bad");
  auto reader = evidence_->Get(&context, request);
  evidence::GetResponse part;
  int parts = 0;
  while (reader->Read(&part)) ++parts;
  const absl::Status status = FromGrpc(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReasonOf(status), "INTERNAL") << "every error has a reason";
  EXPECT_EQ(parts, 500);
}

TEST_F(HostTest, CancelledStreamsEndTheirProducersAndMakeRoom) {
  Start();
  int served = 0;
  for (int attempts = 0; served < 8; ++attempts) {  // twice as many as may be open at once
    ASSERT_LT(attempts, 100'000) << "ended streams never made room";
    grpc::ClientContext context;
    Prepare(context);
    evidence::GetRequest request;
    request.set_sha256("endless");
    auto reader = evidence_->Get(&context, request);
    evidence::GetResponse part;
    if (!reader->Read(&part)) {
      ASSERT_EQ(ReasonOf(FromGrpc(reader->Finish())), "OVERLOADED");
      continue;
    }
    ++served;
    context.TryCancel();
    while (reader->Read(&part)) {
    }
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
}

TEST_F(HostTest, UploadsAreReadToTheEndAndNeedAnId) {
  Start();
  for (const bool with_id : {true, false}) {
    grpc::ClientContext context;
    Prepare(context);
    evidence::PutResponse response;
    auto writer = evidence_->Put(&context, &response);
    evidence::PutRequest part;
    part.set_data(std::string(1000, 'x'));
    if (with_id) part.set_request_id(NewUuidV7());
    for (int i = 0; i < 200 && writer->Write(part); ++i) part.clear_request_id();
    writer->WritesDone();
    const absl::Status status = FromGrpc(writer->Finish());
    EXPECT_EQ(ReasonOf(status), with_id ? "" : "REQUEST_ID_INVALID");
    if (with_id) {
      EXPECT_EQ(response.evidence().size_bytes(), 200000);
    }
  }
}

TEST_F(HostTest, ItemsAreAnsweredInOrderAndOneByOne) {
  Start();
  grpc::ClientContext context;
  Prepare(context);
  auto stream = intake_->Scan(&context);
  std::vector<std::string> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(i == 7 ? "bad" : NewUuidV7());
  std::thread writer([&] {
    for (size_t i = 0; i < ids.size(); ++i) {
      intake::ScanRequest item;
      item.set_request_id(ids[i]);
      item.set_text(i % 3 == 0 ? "now" : "later");
      if (!stream->Write(item)) break;
    }
    stream->WritesDone();
  });
  intake::ScanResponse response;
  size_t answered = 0;
  while (stream->Read(&response)) {
    ASSERT_LT(answered, ids.size());
    EXPECT_EQ(response.request_id(), ids[answered]);
    EXPECT_EQ(response.message(), answered == 7 ? "REQUEST_ID_INVALID" : "");
    ++answered;
  }
  writer.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(answered, ids.size());
}

TEST_F(HostTest, AnItemThatIsNeverAnsweredEndsTheStream) {
  Start();
  grpc::ClientContext context;
  Prepare(context);
  auto stream = intake_->Scan(&context);
  intake::ScanRequest item;
  item.set_request_id(NewUuidV7());
  item.set_text("drop");
  stream->Write(item);
  stream->WritesDone();
  intake::ScanResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(FromGrpc(stream->Finish()).code(), absl::StatusCode::kInternal);
}

// One scan over a stream that is open: "" or why there was no answer.
std::string ScanOver(grpc::ClientReaderWriter<intake::ScanRequest, intake::ScanResponse>& stream) {
  intake::ScanRequest item;
  item.set_request_id(NewUuidV7());
  item.set_text("now");
  intake::ScanResponse response;
  stream.Write(item);
  if (stream.Read(&response)) return response.request_id() == item.request_id() ? "" : "another's";
  return ReasonOf(FromGrpc(stream.Finish()));
}

TEST_F(HostTest, StreamsOfItemsShareThreadsAndAreBound) {
  config_.limits.streams = 1;
  config_.limits.item_streams = 8;
  Start();
  std::deque<grpc::ClientContext> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<intake::ScanRequest, intake::ScanResponse>>>
      streams;
  for (int i = 0; i < 9; ++i) {
    Prepare(contexts.emplace_back());
    streams.push_back(intake_->Scan(&contexts.back()));
    EXPECT_EQ(ScanOver(*streams.back()), i < 8 ? "" : "OVERLOADED") << i;
  }
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < 8; ++i) EXPECT_EQ(ScanOver(*streams[i]), "");
  }
  streams[0]->WritesDone();
  EXPECT_TRUE(streams[0]->Finish().ok());
  // One that ends without a word makes room as well.
  contexts[1].TryCancel();
  EXPECT_EQ(streams[1]->Finish().error_code(), grpc::StatusCode::CANCELLED);
  for (const size_t i : {0u, 1u}) {
    std::string refused;
    for (int attempt = 0; attempt < 100'000; ++attempt) {
      Prepare(contexts.emplace_back());
      streams[i] = intake_->Scan(&contexts.back());
      refused = ScanOver(*streams[i]);
      if (refused.empty()) break;
    }
    EXPECT_EQ(refused, "");
  }
  std::thread stop([&] { host_->Stop(); });
  intake::ScanResponse response;
  for (size_t i = 0; i < 8; ++i) {
    EXPECT_FALSE(streams[i]->Read(&response));
    EXPECT_EQ(ReasonOf(FromGrpc(streams[i]->Finish())), "SHUTTING_DOWN") << i;
  }
  stop.join();
}

TEST_F(HostTest, AnItemsStreamThatIsCutOffWithAnswersOpenEnds) {
  Start();
  for (int round = 0; round < 50; ++round) {
    grpc::ClientContext context;
    Prepare(context);
    auto stream = intake_->Scan(&context);
    for (int i = 0; i < 20; ++i) {
      intake::ScanRequest item;
      item.set_request_id(NewUuidV7());
      item.set_text("later");
      if (!stream->Write(item)) break;
    }
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  grpc::ClientContext context;
  Prepare(context);
  const auto stream = intake_->Scan(&context);
  EXPECT_EQ(ScanOver(*stream), "");
  context.TryCancel();
  stream->Finish();
}

TEST_F(HostTest, StoppingEndsOpenStreamsSoThatClientsRetry) {
  Start();
  grpc::ClientContext context;
  Prepare(context);
  auto stream = intake_->Scan(&context);
  intake::ScanRequest item;
  item.set_request_id(NewUuidV7());
  stream->Write(item);
  intake::ScanResponse response;
  ASSERT_TRUE(stream->Read(&response));
  std::thread stop([&] { host_->Stop(); });
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(ReasonOf(FromGrpc(stream->Finish())), "SHUTTING_DOWN");
  stop.join();
  EXPECT_EQ(Stat("x").code(), absl::StatusCode::kUnavailable);
}

TEST_F(HostTest, ReflectionOnlyWithTheFlag) {
  for (const bool reflection : {false, true}) {
    config_.reflection = reflection;
    Start();
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::ByteBuffer request;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareCall(
        &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    void* tag = nullptr;
    bool ok = false;
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    call->WritesDone(nullptr);
    queue.Next(&tag, &ok);
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    EXPECT_EQ(status.error_code() == grpc::StatusCode::UNIMPLEMENTED, !reflection);
    host_->Stop();
    host_.reset();
  }
}

TEST_F(HostTest, TheReadyFileNamesTheBoundPorts) {
  Start();
  ASSERT_TRUE(host_->WriteReadyFile().ok());
  const auto json = ParseJson(*ReadFile(config_.ready_file));
  ASSERT_TRUE(json.ok()) << json.status();
  EXPECT_EQ((*json)["address"], host_->address());
  EXPECT_EQ((*json)["metrics"], host_->metrics_address());
  EXPECT_NE(host_->port(), 0);
}

TEST_F(HostTest, AnAddressInUseIsAnError) {
  Start();
  Config second = config_;
  second.listen = host_->address();
  auto host = Host::Create(second);
  ASSERT_TRUE(host.ok());
  EXPECT_EQ(ReasonOf((*host)->Start()), "LISTEN_FAILED");
  second.listen = "127.0.0.1:0";
  second.metrics = host_->metrics_address();
  auto third = Host::Create(second);
  ASSERT_TRUE(third.ok());
  EXPECT_EQ(ReasonOf((*third)->Start()), "LISTEN_FAILED");
}

TEST_F(HostTest, ChannelsLeadInProcessOrToTheConfiguredAddress) {
  config_.services.run = {"grading", "intake"};
  config_.services.address["inventory"] = "127.0.0.1:1";
  config_.services.address["traceability"] = "warehouse.example:7400";
  Start();
  EXPECT_TRUE(host_->Channel("grading").ok());
  EXPECT_TRUE(host_->Channel("inventory").ok());
  EXPECT_EQ(ReasonOf(host_->Channel("routing").status()), "CONFIG_INVALID");
  EXPECT_EQ(ReasonOf(host_->Channel("traceability").status()), "TLS_REQUIRED");
}

// A key and a certificate of its own for 127.0.0.1, in PEM.
struct SelfSigned {
  std::string key;
  std::string certificate;
};

std::string TakeText(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<size_t>(size));
  BIO_free(bio);
  return text;
}

SelfSigned MakeSelfSigned() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("loopdock"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* address =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(certificate, address, -1);
  X509_EXTENSION_free(address);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  BIO* key_text = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(key_text, key, nullptr, nullptr, 0, nullptr, nullptr);
  BIO* certificate_text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate_text, certificate);
  EVP_PKEY_free(key);
  X509_free(certificate);
  return {TakeText(key_text), TakeText(certificate_text)};
}

TEST_F(HostTest, TlsServesBeyondLoopbackAndRefusesClearText) {
  const SelfSigned pair = MakeSelfSigned();
  config_.tls.key = folder_ + "/key.pem";
  config_.tls.certificate = folder_ + "/certificate.pem";
  config_.listen = "0.0.0.0:0";
  ASSERT_TRUE(WriteFileAtomically(config_.tls.key, pair.key, 0600).ok());
  ASSERT_TRUE(WriteFileAtomically(config_.tls.certificate, pair.certificate).ok());
  Start();
  const std::string address = "127.0.0.1:" + std::to_string(host_->port());
  evidence_ =
      EvidenceService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  EXPECT_EQ(Stat("x").code(), absl::StatusCode::kUnavailable);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pair.certificate;
  evidence_ = EvidenceService::NewStub(grpc::CreateChannel(address, grpc::SslCredentials(options)));
  EXPECT_TRUE(Stat("x").ok());
}

TEST(GrpcStatusTest, PayloadsSurviveBothWays) {
  const absl::Status status = PreconditionError("HELD", "held", "R-05", "a", "release it");
  const absl::Status back = FromGrpc(ToGrpc(status));
  EXPECT_EQ(back, status);
  // A message that is not UTF-8 must not cost the details.
  const absl::Status raw = WithRetry(absl::UnavailableError("\xFFlabel"), absl::Seconds(3));
  EXPECT_EQ(*RetryAfterOf(FromGrpc(ToGrpc(raw))), absl::Seconds(3));
  EXPECT_TRUE(FromGrpc(ToGrpc(absl::OkStatus())).ok());
  EXPECT_EQ(ReasonOf(FromGrpc(grpc::Status(grpc::StatusCode::UNAVAILABLE, "down"))), "UNAVAILABLE");
  FieldViolations many;
  for (int i = 0; i < 100; ++i) many.Add(std::string(500, 'f'), "bad");
  const grpc::Status cut = ToGrpc(many.ToStatus());
  EXPECT_LT(cut.error_details().size() + cut.error_message().size(), 8000u);
  EXPECT_EQ(ReasonOf(FromGrpc(cut)), "INVALID_FIELDS");
}

}  // namespace
}  // namespace loopdock::common
