// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <google/rpc/error_details.pb.h>
#include <gtest/gtest.h>

#include "services/common/status.h"
#include "services/common/utf8.h"

namespace loopdock::common {
namespace {

using testing::HasSubstr;

TEST(StatusTest, ErrorCarriesReasonAndMetadata) {
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND", "no such file", {{"path", "a"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReasonOf(status), "FILE_NOT_FOUND");
  EXPECT_EQ(MetadataOf(status, "path"), "a");
  EXPECT_EQ(MetadataOf(status, "other"), "");
  EXPECT_EQ(ReasonOf(absl::InternalError("x")), "");
  EXPECT_EQ(ReasonOf(absl::OkStatus()), "");
}

TEST(StatusTest, ValidationNamesAllFieldsAtOnce) {
  FieldViolations violations;
  EXPECT_TRUE(violations.ToStatus().ok());
  violations.Add("name", "must not be empty");
  violations.Add("items[3].serial", "is too long");
  const absl::Status status = violations.ToStatus();
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELDS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("name: must not be empty"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("items[3].serial: is too long"));
  google::rpc::BadRequest bad;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  ASSERT_TRUE(payload.has_value());
  ASSERT_TRUE(bad.ParseFromString(std::string(*payload)));
  EXPECT_EQ(bad.field_violations_size(), 2);
}

TEST(StatusTest, HostileSizesAreCut) {
  FieldViolations violations;
  for (int i = 0; i < 10'000; ++i) violations.Add(std::string(1000, 'f'), "bad");
  EXPECT_LE(violations.ToStatus().message().size(), 1000u);
}

TEST(StatusTest, BytesThatAreNotTextDoNotCostTheReason) {
  const std::string bytes = "\xFF\xFE serial\x80";
  const absl::Status status =
      PreconditionError("HELD", "not " + bytes, "R-05", bytes, bytes, {{"value", bytes}});
  EXPECT_EQ(ReasonOf(status), "HELD");
  EXPECT_THAT(MetadataOf(status, "value"), HasSubstr(" serial"));
  EXPECT_TRUE(IsUtf8(std::string(status.message())));
  google::rpc::PreconditionFailure failure;
  ASSERT_TRUE(failure.ParseFromString(
      std::string(*status.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure"))));
  FieldViolations violations;
  violations.Add(bytes, bytes);
  EXPECT_EQ(ReasonOf(violations.ToStatus()), "INVALID_FIELDS");
}

TEST(StatusTest, LongTextsAreCutBetweenCharacters) {
  std::string umlauts = "x";
  while (umlauts.size() < 3000) umlauts += "ü";
  const absl::Status status =
      Error(absl::StatusCode::kNotFound, "FILE_NOT_FOUND", umlauts, {{"path", umlauts}});
  EXPECT_EQ(status.message().size(), 999u);
  EXPECT_TRUE(IsUtf8(std::string(status.message())));
  EXPECT_EQ(MetadataOf(status, "path").size(), 999u);
}

TEST(StatusTest, PreconditionNamesRuleAndSubject) {
  const absl::Status status =
      PreconditionError("HELD", "the asset is held", "R-05", "sites/main/assets/1", "release it");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  google::rpc::PreconditionFailure failure;
  const auto payload = status.GetPayload("type.googleapis.com/google.rpc.PreconditionFailure");
  ASSERT_TRUE(payload.has_value());
  ASSERT_TRUE(failure.ParseFromString(std::string(*payload)));
  EXPECT_EQ(failure.violations(0).type(), "R-05");
}

TEST(StatusTest, OverloadSaysWhenToRetry) {
  const absl::Status status = Overloaded("full", absl::Milliseconds(1250));
  EXPECT_EQ(*RetryAfterOf(status), absl::Milliseconds(1250));
  EXPECT_FALSE(RetryAfterOf(absl::InternalError("x")).ok());
}

TEST(StatusTest, ErrorJsonIsForTheCommandLine) {
  EXPECT_EQ(ErrorJson(absl::OkStatus()), "null");
  EXPECT_EQ(ErrorJson(Overloaded("full")), R"({"reason":"OVERLOADED","message":"full"})");
  EXPECT_EQ(ErrorJson(absl::NotFoundError("\"x\"")), R"({"reason":"NOT_FOUND","message":"\"x\""})");
}

}  // namespace
}  // namespace loopdock::common
