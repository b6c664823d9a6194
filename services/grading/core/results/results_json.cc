// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/results_json.h"

#include <string>

#include "services/common/proto_time.h"
#include "services/grading/core/results/json_tree.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

constexpr std::int64_t kCountMax = 1'000'000'000;

class OwnJson {
 public:
  explicit OwnJson(ResultBuilder* builder) : builder_(*builder) {}

  void Read(const JsonNode& root) {
    root.OnlyKeys({"format", "tool", "tool_version", "operator", "records"});
    if (root.Text("format") != kResultsJsonFormat) {
      root.Get("format").Report(Cat("Expected ", kResultsJsonFormat, "."), root.Text("format"));
    }
    v1::ResultRecord common;
    common.set_tool(root.Text("tool"));
    common.set_tool_version(root.Text("tool_version"));
    common.set_operator_(root.Text("operator"));
    const auto records = root.Objects("records");
    if (records.empty()) root.Get("records").Report("Has no record. Expected at least one.");
    for (const JsonNode& record : records) {
      if (over_) return;
      ReadRecord(record, common);
    }
  }

 private:
  void Add(v1::ResultRecord record) {
    if (!over_) over_ = !builder_.Add(std::move(record));
  }

  void ReadRecord(const JsonNode& node, v1::ResultRecord record) {
    node.OnlyKeys({"device", "drive", "wipe", "tests", "battery_percent", "plan", "done_time",
                   "operator", "tool", "tool_version"});
    record.set_path(node.path());
    if (node.Has("operator")) record.set_operator_(node.Text("operator"));
    if (node.Has("tool")) record.set_tool(node.Text("tool"));
    if (node.Has("tool_version")) record.set_tool_version(node.Text("tool_version"));
    if (const auto time = node.Time("done_time"); time) {
      *record.mutable_done_time() = common::ToProto(*time);
    }
    const JsonNode drive = node.Object("drive");
    const v1::DeviceClaim device = DeviceOf(node.Object("device"));
    v1::ResultRecord tests = record;
    if (drive.exists()) {
      *record.mutable_device() = DriveOf(drive);
      if (!device.serials().empty()) *record.mutable_host() = device;
    } else {
      *record.mutable_device() = device;
    }
    const JsonNode wipe = node.Object("wipe");
    if (wipe.exists()) ReadWipe(wipe, &record);
    const bool has_tests = ReadTests(node, &tests);
    if (!drive.exists() && !wipe.exists() && !has_tests) {
      return node.Report(
          "Says nothing of the device. Expected wipe, tests, battery_percent or drive.");
    }
    if (drive.exists() || wipe.exists()) Add(std::move(record));
    if (!has_tests) return;
    *tests.mutable_device() = device;
    Add(std::move(tests));
  }

  static v1::DeviceClaim DeviceOf(const JsonNode& node) {
    node.OnlyKeys({"serial", "imei", "asset_tag", "maker", "model", "category"});
    v1::DeviceClaim device;
    for (const char* key : {"serial", "imei", "asset_tag"}) {
      if (std::string value = node.Identifier(key); !value.empty()) device.add_serials(value);
    }
    device.set_maker(node.Text("maker"));
    device.set_model(node.Text("model"));
    device.set_category(node.Text("category"));
    return device;
  }

  static v1::DeviceClaim DriveOf(const JsonNode& node) {
    node.OnlyKeys({"serial", "maker", "model", "media_type", "capacity_bytes"});
    v1::DeviceClaim drive;
    drive.set_is_drive(true);
    if (std::string value = node.Identifier("serial"); !value.empty()) drive.add_serials(value);
    drive.set_maker(node.Text("maker"));
    drive.set_model(node.Text("model"));
    drive.set_media_type(node.Text("media_type"));
    drive.set_capacity_bytes(node.Count("capacity_bytes", 1'000'000'000'000'000'000));
    return drive;
  }

  static void ReadWipe(const JsonNode& node, v1::ResultRecord* record) {
    node.OnlyKeys({"method", "standard", "outcome", "passes_done", "passes_planned", "errors",
                   "verification_method", "verifier"});
    v1::WipeClaim* wipe = record->mutable_wipe();
    const std::string method = node.Text("method");
    if (method == "clear" || method == "purge" || method == "destroy") {
      wipe->set_method(method == "clear"   ? inventory::v1::SANITIZATION_METHOD_CLEAR
                       : method == "purge" ? inventory::v1::SANITIZATION_METHOD_PURGE
                                           : inventory::v1::SANITIZATION_METHOD_DESTROY);
    } else if (method == "no_storage") {
      wipe->set_method(inventory::v1::SANITIZATION_METHOD_NO_STORAGE);
    } else if (method == "empty") {
      wipe->set_method(inventory::v1::SANITIZATION_METHOD_EVALUATED_EMPTY);
    } else {
      node.Get("method").Report("Expected clear, purge, destroy, no_storage or empty.", method);
    }
    const std::string outcome = node.Text("outcome");
    if (outcome == "succeeded" || outcome == "failed" || outcome == "aborted") {
      wipe->set_outcome(*ParseWipeOutcome(outcome));
    } else {
      node.Get("outcome").Report(kWipeOutcomesExpected, outcome);
    }
    wipe->set_standard(node.Text("standard"));
    wipe->set_passes_done_count(static_cast<std::int32_t>(node.Count("passes_done", 1000)));
    wipe->set_passes_planned_count(static_cast<std::int32_t>(node.Count("passes_planned", 1000)));
    wipe->set_error_count(node.Count("errors", kCountMax));
    wipe->set_verification_method(node.Text("verification_method"));
    wipe->set_verifier(node.Text("verifier"));
    if (wipe->outcome() == v1::WIPE_OUTCOME_SUCCEEDED &&
        wipe->passes_done_count() < wipe->passes_planned_count()) {
      node.Get("passes_done")
          .Report("Is less than passes_planned of what succeeded. Expected all passes.");
    }
  }

  static bool ReadTests(const JsonNode& node, v1::ResultRecord* record) {
    const auto functions = node.Objects("tests");
    v1::TestClaim test;
    test.set_plan(node.Text("plan"));
    for (const JsonNode& function : functions) {
      function.OnlyKeys({"function", "outcome", "method", "value"});
      v1::FunctionClaim* claim = test.add_functions();
      claim->set_function(function.Text("function"));
      claim->set_method(function.Text("method"));
      claim->set_value(function.Text("value"));
      const std::string word = function.Text("outcome");
      if (word == "pass" || word == "fail" || word == "not_applicable" || word == "not_tested") {
        claim->set_outcome(*ParseOutcome(word));
      } else {
        function.Get("outcome").Report("Expected pass, fail, not_applicable or not_tested.", word);
      }
    }
    if (const auto percent = node.Number("battery_percent"); percent) {
      if (*percent >= 0 && *percent <= 200) {
        v1::FunctionClaim* claim = test.add_functions();
        claim->set_function("battery");
        claim->set_value(Cat(std::to_string(static_cast<int>(*percent)), " %"));
      } else {
        node.Get("battery_percent").Report("Is no share. Expected 0 to 200.");
      }
    }
    if (test.functions().empty()) return false;
    *record->mutable_test() = std::move(test);
    return true;
  }

  ResultBuilder& builder_;
  bool over_ = false;
};

}  // namespace

void ReadResultsJson(std::string_view text, ResultBuilder* builder) {
  const auto document = ParseJsonObject(text, builder);
  if (document) OwnJson(builder).Read(JsonNode(&*document, "", builder));
}

}  // namespace loopdock::grading
