// SPDX-License-Identifier: Apache-2.0
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>
#include <loopdock/grading/v1/evidence_service.pb.h>
#include <loopdock/inventory/v1/inventory_service.pb.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "services/common/fileio.h"
#include "services/common/guard.h"
#include "services/common/hash.h"
#include "services/common/ids.h"
#include "services/common/status.h"

namespace loopdock::common {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;
using google::protobuf::MethodDescriptor;

const MethodDescriptor& Method(const std::string& name) {
  return *DescriptorPool::generated_pool()->FindMethodByName(name);
}

MethodRule Rule(const std::string& name) {
  auto rule = RuleOf(Method(name));
  EXPECT_TRUE(rule.ok()) << rule.status();
  return *rule;
}

// A service with one method, made at run time.
class MadeMethod {
 public:
  MadeMethod(const v1::Access* access, bool request_id) : pool_(DescriptorPool::generated_pool()) {
    FileDescriptorProto file;
    file.set_name("made.proto");
    file.set_package("made");
    file.set_syntax("proto3");
    auto* request = file.add_message_type();
    request->set_name("Request");
    if (request_id) {
      auto* field = request->add_field();
      field->set_name("request_id");
      field->set_number(1);
      field->set_type(google::protobuf::FieldDescriptorProto::TYPE_STRING);
      field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
    }
    auto* service = file.add_service();
    service->set_name("MadeService");
    auto* method = service->add_method();
    method->set_name("Make");
    method->set_input_type(".made.Request");
    method->set_output_type(".made.Request");
    if (access != nullptr) *method->mutable_options()->MutableExtension(v1::access) = *access;
    file_ = pool_.BuildFile(file);
  }
  const MethodDescriptor& method() const { return *file_->service(0)->method(0); }

 private:
  DescriptorPool pool_;
  const google::protobuf::FileDescriptor* file_;
};

v1::Access MakeAccess(std::vector<v1::Role> roles, v1::Effect effect) {
  v1::Access access;
  for (const v1::Role role : roles) access.add_roles(role);
  access.set_effect(effect);
  return access;
}

TEST(RuleTest, AMethodWithoutACompleteRuleIsRefused) {
  const v1::Access read = MakeAccess({v1::ROLE_DOCK}, v1::EFFECT_READ);
  const v1::Access write = MakeAccess({v1::ROLE_DOCK}, v1::EFFECT_WRITE);
  const v1::Access nobody = MakeAccess({}, v1::EFFECT_READ);
  const v1::Access nothing = MakeAccess({v1::ROLE_DOCK}, v1::EFFECT_UNSPECIFIED);
  const v1::Access no_role = MakeAccess({v1::ROLE_UNSPECIFIED}, v1::EFFECT_READ);
  EXPECT_TRUE(RuleOf(MadeMethod(&read, false).method()).ok());
  EXPECT_TRUE(RuleOf(MadeMethod(&write, true).method()).ok());
  for (const v1::Access* access :
       {static_cast<const v1::Access*>(nullptr), &nobody, &nothing, &no_role, &write}) {
    EXPECT_EQ(ReasonOf(RuleOf(MadeMethod(access, false).method()).status()), "METHOD_UNGUARDED");
  }
}

// Walks every method of ours that this program links.
TEST(RuleTest, EveryMethodOfOursHasARule) {
  int methods = 0;
  for (const auto* file : {loopdock::inventory::v1::GetAssetRequest::descriptor()->file(),
                           loopdock::grading::v1::StatRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        const absl::Status status = RuleOf(*file->service(s)->method(m)).status();
        EXPECT_TRUE(status.ok()) << status;
        ++methods;
      }
    }
  }
  EXPECT_GT(methods, 10);
}

class GuardTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *MakeTemporaryDirectory("loopdock-guard-test");
    const std::string path = folder_ + "/principals.toml";
    std::string text;
    for (const auto& [name, role, site] :
         {std::tuple{"dock", "dock", "main"}, std::tuple{"auditor", "auditor", "*"},
          std::tuple{"supervisor", "supervisor", "*"}}) {
      absl::StrAppend(&text, "[[principal]]\nname = \"", name, "\"\nroles = [\"", role,
                      "\"]\nsites = [\"", site, "\"]\ntoken_sha256 = \"", Sha256Hex(name), "\"\n");
    }
    ASSERT_TRUE(WriteFileAtomically(path, text).ok());
    principals_ = *Principals::Load(path, clock_);
    guard_ = std::make_unique<Guard>(*principals_, clock_, absl::Seconds(60));
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<Caller> Admit(const MethodRule& rule, const std::string& authorization,
                               absl::Time deadline = absl::InfiniteFuture()) {
    CallFacts facts;
    facts.authorization = authorization;
    facts.station = "dock-1";
    facts.deadline = deadline;
    return guard_->Admit(rule, facts);
  }

  ManualClock clock_;
  std::string folder_;
  std::unique_ptr<Principals> principals_;
  std::unique_ptr<Guard> guard_;
  const MethodRule scan_ = Rule("loopdock.inventory.v1.InventoryService.RecordScan");
  const MethodRule move_ = Rule("loopdock.inventory.v1.InventoryService.MoveAsset");
  const MethodRule get_ = Rule("loopdock.inventory.v1.InventoryService.GetAsset");
  const MethodRule put_ = Rule("loopdock.grading.v1.EvidenceService.Put");
};

TEST_F(GuardTest, TokenAndRoleDecide) {
  const auto caller = Admit(get_, "Bearer dock");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->principal, "dock");
  EXPECT_EQ(caller->station, "dock-1");
  EXPECT_EQ(caller->token, "dock");
  for (const char* authorization : {"", "dock", "Bearer", "Bearer ", "Bearer nobody", "Basic dock",
                                    "bearer dock", "Bearer dock "}) {
    EXPECT_EQ(ReasonOf(Admit(get_, authorization).status()), "UNAUTHENTICATED") << authorization;
  }
  EXPECT_EQ(ReasonOf(Admit(move_, "Bearer auditor").status()), "PERMISSION_DENIED");
}

TEST_F(GuardTest, DeadlinesAreBounded) {
  const absl::Time now = clock_.Now();
  EXPECT_EQ(Admit(get_, "Bearer dock")->deadline, now + absl::Seconds(60));
  EXPECT_EQ(Admit(get_, "Bearer dock", now + absl::Seconds(5))->deadline, now + absl::Seconds(5));
  EXPECT_EQ(ReasonOf(Admit(get_, "Bearer dock", now + absl::Seconds(90)).status()),
            "DEADLINE_TOO_LONG");
  EXPECT_TRUE(Admit(put_, "Bearer dock", now + absl::Hours(1)).ok()) << "streams are exempt";
}

TEST_F(GuardTest, AChangeNeedsARequestId) {
  const Caller caller = *Admit(move_, "Bearer supervisor");
  loopdock::inventory::v1::MoveAssetRequest request;
  for (const char* id : {"", "1", "0123e567-89ab-4def-8123-456789abcdef"}) {
    request.set_request_id(id);
    EXPECT_EQ(ReasonOf(guard_->CheckMessage(move_, caller, request)), "REQUEST_ID_INVALID") << id;
  }
  request.set_request_id(NewUuidV7(clock_));
  EXPECT_TRUE(guard_->CheckMessage(move_, caller, request).ok());
  EXPECT_EQ(RequestIdOf(move_, request), request.request_id());
}

TEST_F(GuardTest, AnUploadNeedsItFirstOnly) {
  const Caller caller = *Admit(put_, "Bearer supervisor");
  loopdock::grading::v1::PutRequest request;
  EXPECT_FALSE(guard_->CheckMessage(put_, caller, request, true).ok());
  EXPECT_TRUE(guard_->CheckMessage(put_, caller, request, false).ok());
  request.set_request_id("bad");
  EXPECT_FALSE(guard_->CheckMessage(put_, caller, request, false).ok());
}

TEST_F(GuardTest, SitesAreChecked) {
  const Caller caller = *Admit(get_, "Bearer dock");
  loopdock::inventory::v1::GetAssetRequest get;
  get.set_name("sites/main/assets/1");
  EXPECT_TRUE(guard_->CheckMessage(get_, caller, get).ok());
  for (const char* name : {"sites/other/assets/1", "sites/mainx/assets/1", "sites/other"}) {
    get.set_name(name);
    EXPECT_EQ(ReasonOf(guard_->CheckMessage(get_, caller, get)), "SITE_DENIED") << name;
  }
  loopdock::grading::v1::PutRequest put;
  put.set_request_id(NewUuidV7(clock_));
  for (const char* site : {"other", "sites/other"}) {
    put.set_site(site);
    EXPECT_EQ(ReasonOf(guard_->CheckMessage(put_, caller, put)), "SITE_DENIED") << site;
  }
  put.set_site("sites/main");
  EXPECT_TRUE(guard_->CheckMessage(put_, caller, put).ok());
}

TEST_F(GuardTest, SitesInsideMessagesAreCheckedAndScannedTextIsNot) {
  const Caller caller = *Admit(scan_, "Bearer dock");
  loopdock::inventory::v1::RecordScanRequest request;
  request.set_request_id(NewUuidV7(clock_));
  request.set_session("sites/main/sessions/1");
  request.add_symbols()->add_elements()->set_value("sites/other/assets/1");
  request.mutable_understanding()->set_serial("sites/other/assets/1");
  EXPECT_TRUE(guard_->CheckMessage(scan_, caller, request).ok());

  const MethodRule decide = Rule("loopdock.inventory.v1.InventoryService.RecordDecisions");
  loopdock::inventory::v1::RecordDecisionsRequest decisions;
  decisions.set_request_id(NewUuidV7(clock_));
  decisions.add_decisions()->set_asset("sites/main/assets/1");
  EXPECT_TRUE(guard_->CheckMessage(decide, caller, decisions).ok());
  decisions.add_decisions()->set_asset("sites/other/assets/1");
  EXPECT_EQ(ReasonOf(guard_->CheckMessage(decide, caller, decisions)), "SITE_DENIED");
}

}  // namespace
}  // namespace loopdock::common
