// SPDX-License-Identifier: Apache-2.0
// Evidence: the store, and the service on a real host.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "services/common/credentials.h"
#include "services/common/fileio.h"
#include "services/common/grpc_status.h"
#include "services/common/hash.h"
#include "services/common/server.h"
#include "services/common/status.h"
#include "services/grading/evidence_service.h"
#include "services/grading/evidence_store.h"
#include "services/grading/grading_fsck.h"
#include "tests/unit/fake_inventory.h"
#include "tests/unit/grading_fixture.h"

namespace loopdock::grading {
namespace {

using common::ReasonOf;
using loopdock::common::v1::EvidenceRef;

class EvidenceTest : public GradingTest {
 protected:
  void SetUp() override {
    GradingTest::SetUp();
    evidence_ = std::make_unique<EvidenceStore>(store_.get(), &clock_);
  }

  static EvidenceRef Declare(const std::string& bytes) {
    EvidenceRef ref;
    ref.set_sha256(common::Sha256Hex(bytes));
    ref.set_size_bytes(static_cast<std::int64_t>(bytes.size()));
    ref.set_media_type("image/png");
    ref.set_purpose("label");
    return ref;
  }

  std::unique_ptr<EvidenceStore> evidence_;
};

// The first to put bytes decided for all others how long they are kept, and what they are called.
TEST_F(EvidenceTest, EveryRecordHasItsPurposeAndTheFullTime) {
  const std::string bytes = "a film, somebody said";
  EvidenceRef film = Declare(bytes);
  film.set_media_type("video/mp4");
  film.set_purpose("destruction");
  ASSERT_TRUE(evidence_->Put("main", bytes, film).ok());
  const std::string digest = film.sha256();
  clock_.Advance(absl::Hours(24) * 50);
  const auto again = evidence_->Put("main", bytes, Declare(bytes));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->existed());
  EXPECT_EQ(again->evidence().purpose(), "label");
  EXPECT_EQ(again->evidence().media_type(), "image/png");
  clock_.Advance(absl::Hours(24) * 20);
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", digest, 3).status()), "EVIDENCE_RETAINED")
      << "60 days are over, three years are not";
  // Not made a film again by whoever comes later, and kept three years from then on.
  ASSERT_TRUE(evidence_->Put("main", bytes, film).ok());
  clock_.Advance(absl::Hours(24) * (3 * 365 - 10));
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", digest, 3).status()), "EVIDENCE_RETAINED");
  clock_.Advance(absl::Hours(24) * 12);
  EXPECT_TRUE(evidence_->Delete("main", digest, 3).ok());
}

TEST_F(EvidenceTest, KeepsBytesOnce) {
  const std::string bytes("a\0b", 3);
  const auto put = evidence_->Put("main", bytes, Declare(bytes));
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_FALSE(put->existed());
  const std::string digest = common::Sha256Hex(bytes);
  EXPECT_EQ(put->evidence().sha256(), digest);
  EXPECT_EQ(*evidence_->Get("main", digest), bytes);
  EXPECT_GT(evidence_->Stat("main", digest)->create_time().seconds(), 0);
  EXPECT_EQ(evidence_->Stat("main", digest)->evidence().media_type(), "image/png");
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(evidence_->Put("main", bytes, EvidenceRef())->existed());
  EXPECT_EQ(evidence_->Stat("main", digest)->create_time().seconds(),
            absl::ToUnixSeconds(clock_.Now()) - 3600);
}

TEST_F(EvidenceTest, RefusesWhatWasNotDeclaredSo) {
  EvidenceRef ref = Declare("abc");
  EXPECT_EQ(ReasonOf(evidence_->Put("main", "abd", ref).status()), "EVIDENCE_MISMATCH");
  ref.clear_sha256();
  EXPECT_EQ(ReasonOf(evidence_->Put("main", "abcd", ref).status()), "EVIDENCE_MISMATCH");
  EXPECT_EQ(ReasonOf(evidence_->Put("main", "", EvidenceRef()).status()), "EVIDENCE_EMPTY");
  const std::string large(kEvidenceBytesMax + 1, 'x');
  EXPECT_EQ(ReasonOf(evidence_->Put("main", large, EvidenceRef()).status()), "EVIDENCE_TOO_LARGE");
  ref = Declare("abc");
  ref.set_purpose("two\nlines");
  EXPECT_EQ(ReasonOf(evidence_->Put("main", "abc", ref).status()), "INVALID_FIELDS")
      << "inventory would never take a reference to it";
  EXPECT_THAT(Rows(kEvidenceTable), ::testing::IsEmpty());
}

TEST_F(EvidenceTest, AsksForDigestsOnly) {
  EXPECT_EQ(ReasonOf(evidence_->Stat("main", "").status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(evidence_->Get("main", std::string(100'000, 'a')).status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(evidence_->Get("main", std::string(64, 'A')).status()), "INVALID_FIELDS");
  EXPECT_EQ(ReasonOf(evidence_->Get("main", std::string(64, 'a')).status()), "EVIDENCE_NOT_FOUND");
}

TEST_F(EvidenceTest, ASiteSeesItsOwnEvidenceOnly) {
  ASSERT_TRUE(evidence_->Put("main", "abc", Declare("abc")).ok());
  EXPECT_TRUE(absl::IsNotFound(evidence_->Get("other", common::Sha256Hex("abc")).status()));
}

TEST_F(EvidenceTest, AFlippedByteIsNoticedAndRepairedByTheSameBytes) {
  ASSERT_TRUE(evidence_->Put("main", "abc", Declare("abc")).ok());
  const std::string digest = common::Sha256Hex("abc");
  Overwrite(kEvidenceTable, SiteKey("main", digest), "abd");
  const auto read = evidence_->Get("main", digest);
  EXPECT_TRUE(absl::IsDataLoss(read.status()));
  EXPECT_EQ(ReasonOf(read.status()), "EVIDENCE_CORRUPT");
  EXPECT_FALSE(evidence_->Put("main", "abc", Declare("abc"))->existed());
  EXPECT_EQ(*evidence_->Get("main", digest), "abc");
  Overwrite(kEvidenceRefTable, SiteKey("main", digest), "\xFF");
  EXPECT_TRUE(absl::IsDataLoss(evidence_->Stat("main", digest).status()));
  ASSERT_TRUE(evidence_->Put("main", "abc", Declare("abc")).ok());
  EXPECT_TRUE(evidence_->Stat("main", digest).ok());
}

TEST_F(EvidenceTest, KeepsRecordingsSixtyDaysAndAllElseForTheYearsOfRetention) {
  EvidenceRef film = Declare("film");
  film.set_media_type("video/mp4");
  ASSERT_TRUE(evidence_->Put("main", "film", film).ok());
  ASSERT_TRUE(evidence_->Put("main", "paper", Declare("paper")).ok());
  const std::string film_sha = common::Sha256Hex("film");
  const std::string paper_sha = common::Sha256Hex("paper");
  clock_.Advance(absl::Hours(24) * 60 - absl::Seconds(1));
  const auto early = evidence_->Delete("main", film_sha, 3);
  EXPECT_EQ(ReasonOf(early.status()), "EVIDENCE_RETAINED");
  EXPECT_NE(early.status().message().find("R-19"), absl::string_view::npos) << early.status();
  EXPECT_EQ(*evidence_->Get("main", film_sha), "film");
  clock_.Advance(absl::Seconds(1));
  const auto deleted = evidence_->Delete("main", film_sha, 3);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->evidence().size_bytes(), 4);
  EXPECT_EQ(ReasonOf(evidence_->Get("main", film_sha).status()), "EVIDENCE_NOT_FOUND");
  EXPECT_EQ(ReasonOf(evidence_->Stat("main", film_sha).status()), "EVIDENCE_NOT_FOUND");
  const auto again = evidence_->Delete("main", film_sha, 3);
  ASSERT_TRUE(again.ok()) << "the same answer once more";
  EXPECT_EQ(again->evidence().size_bytes(), 4);
  EXPECT_TRUE(FsckGrading(*store_).ok());
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", paper_sha, 3).status()), "EVIDENCE_RETAINED");
  // 2026-01-02 03:04:05 and three years.
  clock_.Set(absl::FromCivil(absl::CivilSecond(2029, 1, 2, 3, 4, 4), absl::UTCTimeZone()));
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", paper_sha, 3).status()), "EVIDENCE_RETAINED");
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", paper_sha, 7).status()), "EVIDENCE_RETAINED");
  EXPECT_TRUE(evidence_->Delete("main", paper_sha, 3).ok());
  EXPECT_FALSE(evidence_->Put("main", "paper", Declare("paper"))->existed()) << "put anew";
  EXPECT_EQ(*evidence_->Get("main", paper_sha), "paper");
  EXPECT_EQ(ReasonOf(evidence_->Delete("main", std::string(64, '0'), 3).status()),
            "EVIDENCE_NOT_FOUND");
  EXPECT_TRUE(FsckGrading(*store_).ok());
}

class EvidenceServiceTest : public EvidenceTest {
 protected:
  void SetUp() override {
    EvidenceTest::SetUp();
    folder_ = *common::MakeTemporaryDirectory("loopdock-evidence-test");
    common::Config config;
    config.listen = "127.0.0.1:0";
    config.metrics = "";
    config.data_dir = folder_ + "/data";
    config.log_level = "off";
    auto host = common::Host::Create(config);
    ASSERT_TRUE(host.ok()) << host.status();
    host_ = *std::move(host);
    service_ = std::make_unique<EvidenceService>(evidence_.get());
    const std::string name = v1::EvidenceService::service_full_name();
    service_->Attach(*host_->NewShell(name));
    host_->Register(service_.get());
    ASSERT_TRUE(host_->Start().ok());
    host_->SetReady(name, true);
    token_ = *common::ReadToken(config.data_dir + "/admin.token");
    stub_ = v1::EvidenceService::NewStub(host_->InProcessChannel());
  }
  void TearDown() override {
    if (host_ != nullptr) host_->Stop();
    std::filesystem::remove_all(folder_);
  }

  void Prepare(grpc::ClientContext& context) {
    common::Caller caller;
    caller.token = token_;
    caller.deadline = absl::Now() + absl::Seconds(20);
    common::Authorize(context, caller);
  }

  absl::StatusOr<v1::PutResponse> Put(const EvidenceRef& ref, const std::vector<std::string>& parts,
                                      const std::string& site = "sites/main") {
    grpc::ClientContext context;
    Prepare(context);
    v1::PutResponse response;
    const auto writer = stub_->Put(&context, &response);
    v1::PutRequest message;
    message.set_request_id(common::NewUuidV7());
    message.set_site(site);
    *message.mutable_evidence() = ref;
    for (const std::string& part : parts) {
      message.set_data(part);
      if (!writer->Write(message)) break;
      message.Clear();
    }
    writer->WritesDone();
    const absl::Status status = common::FromGrpc(writer->Finish());
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<std::string> Get(const std::string& digest) {
    grpc::ClientContext context;
    Prepare(context);
    v1::GetRequest request;
    request.set_site("sites/main");
    request.set_sha256(digest);
    const auto reader = stub_->Get(&context, request);
    std::string bytes;
    v1::GetResponse part;
    while (reader->Read(&part)) {
      EXPECT_EQ(part.has_evidence(), bytes.empty());
      bytes += part.data();
    }
    const absl::Status status = common::FromGrpc(reader->Finish());
    if (!status.ok()) return status;
    return bytes;
  }

  std::string folder_;
  std::string token_;
  std::unique_ptr<common::Host> host_;
  std::unique_ptr<EvidenceService> service_;
  std::unique_ptr<v1::EvidenceService::Stub> stub_;
};

TEST_F(EvidenceServiceTest, TakesAndGivesInParts) {
  const std::string part(700'000, 'p');
  const std::string whole = part + part + "end";
  const auto put = Put(Declare(whole), {part, part, "end"});
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->evidence().size_bytes(), 1'400'003);
  EXPECT_EQ(*Get(put->evidence().sha256()), whole);
  EXPECT_TRUE(Put(Declare(whole), {whole})->existed());
  EXPECT_EQ(ReasonOf(Get(std::string(64, '0')).status()), "EVIDENCE_NOT_FOUND");
}

TEST_F(EvidenceServiceTest, DeletesOnlyWhenTheYearsOfRetentionAreKnown) {
  ASSERT_TRUE(Put(Declare("abc"), {"abc"}).ok());
  v1::DeleteEvidenceRequest request;
  request.set_site("sites/main");
  request.set_sha256(common::Sha256Hex("abc"));
  const auto remove = [&] {
    grpc::ClientContext context;
    Prepare(context);
    v1::DeleteEvidenceResponse response;
    return common::FromGrpc(stub_->DeleteEvidence(&context, request, &response));
  };
  EXPECT_EQ(ReasonOf(remove()), "REQUEST_ID_INVALID");
  request.set_request_id(common::NewUuidV7());
  EXPECT_EQ(ReasonOf(remove()), "INVALID_FIELDS") << "no reason";
  request.set_reason("its time is over");
  EXPECT_EQ(ReasonOf(remove()), "UNAVAILABLE");
  service_->SetRetention([] { return absl::StatusOr<int>(3); });
  EXPECT_EQ(ReasonOf(remove()), "EVIDENCE_RETAINED");
  clock_.Advance(absl::Hours(24) * 366 * 3);
  EXPECT_TRUE(remove().ok());
  EXPECT_TRUE(remove().ok());
}

TEST_F(EvidenceServiceTest, RefusesWrongUploads) {
  EXPECT_EQ(ReasonOf(Put(EvidenceRef(), {}).status()), "UPLOAD_INVALID");
  EXPECT_EQ(ReasonOf(Put(EvidenceRef(), {"abc"}).status()), "UPLOAD_INVALID");
  EXPECT_EQ(ReasonOf(Put(Declare("abc"), {"ab"}).status()), "EVIDENCE_MISMATCH");
  EXPECT_EQ(ReasonOf(Put(Declare("abc"), {"ab", "cd"}).status()), "EVIDENCE_TOO_LARGE");
  EXPECT_EQ(ReasonOf(Put(Declare("abc"), {"abd"}).status()), "EVIDENCE_MISMATCH");
  EXPECT_FALSE(Put(Declare("abc"), {"abc"}, "nowhere").ok());
  EvidenceRef huge = Declare("abc");
  huge.set_size_bytes(static_cast<std::int64_t>(kEvidenceBytesMax) + 1);
  EXPECT_EQ(ReasonOf(Put(huge, {"abc"}).status()), "EVIDENCE_TOO_LARGE");
  EXPECT_THAT(Rows(kEvidenceTable), ::testing::IsEmpty());
}

TEST_F(EvidenceServiceTest, NotMoreThanTheMemoryForUploads) {
  // Four open uploads of 64 MiB fill it; nothing has to arrive for that.
  EvidenceRef large = Declare("abc");
  large.set_size_bytes(static_cast<std::int64_t>(kEvidenceBytesMax));
  struct Upload {
    grpc::ClientContext context;
    v1::PutResponse response;
    std::unique_ptr<grpc::ClientWriter<v1::PutRequest>> writer;
  };
  v1::PutRequest first;
  first.set_request_id(common::NewUuidV7());
  first.set_site("sites/main");
  *first.mutable_evidence() = large;
  std::vector<std::unique_ptr<Upload>> uploads;
  for (int i = 0; i < 4; ++i) {
    auto& upload = uploads.emplace_back(std::make_unique<Upload>());
    Prepare(upload->context);
    upload->writer = stub_->Put(&upload->context, &upload->response);
    ASSERT_TRUE(upload->writer->Write(first));
  }
  ASSERT_TRUE(
      testing::Eventually([&] { return service_->arriving_bytes() == 4 * large.size_bytes(); }));
  const absl::Status refused = Put(large, {"abc"}).status();
  EXPECT_EQ(ReasonOf(refused), "OVERLOADED");
  EXPECT_TRUE(common::RetryAfterOf(refused).ok());
  EXPECT_EQ(ReasonOf(Put(Declare("abc"), {"abc"}).status()), "OVERLOADED");
  for (auto& upload : uploads) {
    upload->writer->WritesDone();
    EXPECT_EQ(ReasonOf(common::FromGrpc(upload->writer->Finish())), "EVIDENCE_EMPTY");
  }
  EXPECT_TRUE(Put(Declare("abc"), {"abc"}).ok()) << "the memory was not given back";
}

}  // namespace
}  // namespace loopdock::grading
