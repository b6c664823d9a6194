// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/workbench_json.h"

#include <cmath>
#include <string>

#include "services/common/proto_time.h"
#include "services/grading/core/results/json_tree.h"
#include "services/grading/core/results/text.h"

namespace loopdock::grading {
namespace {

constexpr std::string_view kSeveritiesExpected = "Expected Info, Notice, Warning or Error.";
constexpr double kMegabyte = 1e6;

bool IsErasure(const std::string& type) {
  return type == "EraseBasic" || type == "EraseSectors" || type == "EraseCrypto" ||
         type == "EraseDataWipe";
}

class Snapshot {
 public:
  explicit Snapshot(ResultBuilder* builder) : builder_(*builder) {}

  void Read(const JsonNode& root) {
    if (root.Text("type") != "Snapshot") {
      root.Get("type").Report("Expected a snapshot, whose `type` is Snapshot.");
    }
    const JsonNode device = root.Object("device");
    if (!device.exists()) return device.Report("Is missing. Expected the device of the snapshot.");
    common_.set_tool(root.Text("software").empty() ? "Workbench" : root.Text("software"));
    common_.set_tool_version(root.Identifier("version"));
    if (const auto end = root.Time("endTime"); end) {
      *common_.mutable_done_time() = common::ToProto(*end);
    }
    ReadDevice(device, &host_);
    host_.set_category(CategoryOf(device));
    tests_ = common_;
    tests_.set_path(device.path());
    for (const JsonNode& action : device.Objects("actions")) ReadTest(action, "");
    const auto components = root.Objects("components");
    for (const JsonNode& component : components) {
      if (over_) return;
      const std::string type = component.Text("type");
      if (type.empty()) component.Report("Has no `type`. Expected one, such as SolidStateDrive.");
      if (type == "HardDrive" || type == "SolidStateDrive" || type == "DataStorage") {
        ReadDrive(component, type);
      } else if (type == "Battery") {
        ReadBattery(component);
      } else {
        for (const JsonNode& action : component.Objects("actions")) ReadTest(action, type);
      }
    }
    if (tests_.has_test()) {
      *tests_.mutable_device() = host_;
      Add(tests_);
    }
    if (builder_.empty()) {
      builder_.Report(0, "", "Says nothing to book. Expected a drive, a battery or a test.");
    }
  }

 private:
  void Add(v1::ResultRecord record) {
    if (!over_) over_ = !builder_.Add(std::move(record));
  }

  static void ReadDevice(const JsonNode& node, v1::DeviceClaim* device) {
    if (std::string serial = node.Identifier("serialNumber"); !serial.empty()) {
      device->add_serials(serial);
    }
    device->set_maker(node.Text("manufacturer"));
    device->set_model(node.Text("model"));
  }

  static std::string CategoryOf(const JsonNode& device) {
    const std::string type = Lower(device.Text("type"));
    if (type == "laptop" || type == "netbook") return "laptop";
    if (type == "smartphone") return "phone";
    return type;  // desktop, server, tablet, monitor: as the catalog calls them
  }

  void ReadDrive(const JsonNode& node, const std::string& type) {
    v1::ResultRecord drive = common_;
    drive.set_path(node.path());
    v1::DeviceClaim* device = drive.mutable_device();
    ReadDevice(node, device);
    device->set_is_drive(true);
    if (type != "DataStorage") device->set_media_type(type == "HardDrive" ? "HDD" : "SSD");
    if (const auto size = node.Number("size"); size) {
      if (*size >= 0 && *size < 1e12) {
        device->set_capacity_bytes(std::llround(*size * kMegabyte));
      } else {
        node.Get("size").Report("Is no size. Expected megabytes.");
      }
    }
    if (!host_.serials().empty()) *drive.mutable_host() = host_;
    bool erased = false;
    v1::ResultRecord tests = drive;
    for (const JsonNode& action : node.Objects("actions")) {
      const std::string kind = action.Text("type");
      if (IsErasure(kind)) {
        ReadErasure(action, kind, drive);
        erased = true;
      } else if (kind == "TestDataStorage") {
        ReadStorageTest(action, &tests);
      }
    }
    if (tests.has_test()) {
      Add(std::move(tests));
    } else if (!erased) {
      Add(std::move(drive));
    }
  }

  // Errors of a severity are failures; a warning tells of blocks that were not reached.
  static v1::WipeOutcome OutcomeOf(const JsonNode& action) {
    const std::string severity = action.Text("severity");
    if (severity == "Info" || severity == "Notice") return v1::WIPE_OUTCOME_SUCCEEDED;
    if (severity == "Warning" || severity == "Error") return v1::WIPE_OUTCOME_FAILED;
    action.Get("severity").Report(kSeveritiesExpected, severity);
    return v1::WIPE_OUTCOME_UNSPECIFIED;
  }

  void ReadErasure(const JsonNode& action, const std::string& kind, v1::ResultRecord record) {
    record.set_path(action.path());
    if (const auto end = action.Time("endTime"); end) {
      *record.mutable_done_time() = common::ToProto(*end);
    }
    v1::WipeClaim* wipe = record.mutable_wipe();
    wipe->set_outcome(OutcomeOf(action));
    wipe->set_standard(action.Text("standard").empty() ? kind
                                                       : Cat(kind, ", ", action.Text("standard")));
    wipe->set_method(MethodOf(wipe->standard()));
    int done = 0;
    const auto steps = action.Objects("steps");
    for (const JsonNode& step : steps) {
      const v1::WipeOutcome outcome = OutcomeOf(step);
      if (outcome == v1::WIPE_OUTCOME_SUCCEEDED) ++done;
      if (outcome == v1::WIPE_OUTCOME_FAILED) wipe->set_outcome(v1::WIPE_OUTCOME_FAILED);
    }
    wipe->set_passes_done_count(done);
    wipe->set_passes_planned_count(static_cast<std::int32_t>(steps.size()));
    // It reads back what it wrote, sector by sector.
    if (kind == "EraseSectors") wipe->set_verification_method("sectors read back by badblocks");
    Add(std::move(record));
  }

  void ReadStorageTest(const JsonNode& action, v1::ResultRecord* record) {
    v1::FunctionClaim* function = record->mutable_test()->add_functions();
    function->set_function("storage");
    function->set_method(Cat("SMART ", action.Text("length")));
    function->set_value(action.Text("status"));
    function->set_outcome(TestOutcomeOf(action));
  }

  static inventory::v1::TestOutcome TestOutcomeOf(const JsonNode& action) {
    const std::string severity = action.Text("severity");
    if (severity == "Info" || severity == "Notice") return inventory::v1::TEST_OUTCOME_PASS;
    if (severity == "Warning" || severity == "Error") return inventory::v1::TEST_OUTCOME_FAIL;
    action.Get("severity").Report(kSeveritiesExpected, severity);
    return inventory::v1::TEST_OUTCOME_UNSPECIFIED;
  }

  // Actions that test: "StressTest", "TestAudio", "TestCamera"; measures and benchmarks say nothing
  // of whether a function works.
  void ReadTest(const JsonNode& action, const std::string& component) {
    const std::string type = action.Text("type");
    std::string_view name = type;
    if (type == "StressTest") {
      name = "stress";
    } else if (!ConsumePrefix(&name, "Test") || name.empty()) {
      return;
    }
    v1::FunctionClaim* function = tests_.mutable_test()->add_functions();
    function->set_function(Lower(name));
    function->set_method(component.empty() ? type : Cat(type, " of ", component));
    function->set_outcome(TestOutcomeOf(action));
  }

  // What it still holds against what it held when it was new.
  void ReadBattery(const JsonNode& node) {
    const auto nominal = node.Number("size");
    for (const JsonNode& action : node.Objects("actions")) {
      if (action.Text("type") != "MeasureBattery") continue;
      const auto size = action.Number("size");
      if (!size || !nominal) continue;
      if (*nominal <= 0 || *size < 0 || *size > 2 * *nominal) {
        action.Get("size").Report(
            "Is no charge that the battery can hold. Expected mAh up to "
            "twice the component's `size`.");
        continue;
      }
      v1::FunctionClaim* function = tests_.mutable_test()->add_functions();
      function->set_function("battery");
      function->set_method("MeasureBattery");
      function->set_value(Cat(std::to_string(std::lround(100 * *size / *nominal)), " %"));
      break;
    }
  }

  ResultBuilder& builder_;
  v1::ResultRecord common_;
  v1::DeviceClaim host_;
  v1::ResultRecord tests_;
  bool over_ = false;
};

}  // namespace

void ReadWorkbenchJson(std::string_view text, ResultBuilder* builder) {
  const auto document = ParseJsonObject(text, builder);
  if (document) Snapshot(builder).Read(JsonNode(&*document, "", builder));
}

}  // namespace loopdock::grading
