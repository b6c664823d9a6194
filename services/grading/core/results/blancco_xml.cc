// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/results/blancco_xml.h"

#include <set>
#include <string>

#include "services/common/proto_time.h"
#include "services/grading/core/results/text.h"
#include "services/grading/core/results/xml_tree.h"

namespace loopdock::grading {
namespace {

constexpr int kReportsMax = 10'000;

// The first of the names that has a text.
std::string FirstOf(const XmlElement& element, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::string value = element.Value(name); !value.empty()) return value;
  }
  return "";
}

class BlanccoReports {
 public:
  explicit BlanccoReports(ResultBuilder* builder) : builder_(*builder) {}

  void Read(const XmlElement& root) {
    Search(root);
    if (reports_ == 0) {
      builder_.Report(root.line, root.name,
                      "Has no report. Expected an element `report` with `blancco_data` in it.");
    }
  }

 private:
  void Search(const XmlElement& element) {
    if (element.name == "report" || element.Find("blancco_data") != nullptr) {
      return Report(element);
    }
    for (const auto& child : element.children) Search(*child);
  }

  void Report(const XmlElement& report) {
    if (++reports_ > kReportsMax || over_) return;
    at_ = Cat("report[", std::to_string(reports_), "]");
    const XmlElement* data = report.Find("blancco_data");
    if (data == nullptr) {
      return builder_.Report(report.line, at_, "Has no `blancco_data`. Expected one.");
    }
    common_ = v1::ResultRecord();
    wiped_.clear();
    records_ = 0;
    ReadTool(*data);
    const XmlElement* hardware = data->Find("blancco_hardware_report");
    const XmlElement* system = hardware == nullptr ? nullptr : hardware->Find("system");
    if (system != nullptr) ReadDevice(*system, common_.mutable_host());
    if (const XmlElement* erasure = data->Find("blancco_erasure_report"); erasure != nullptr) {
      ReadErasures(*erasure, hardware);
    }
    if (hardware != nullptr) {
      ReadTests(*hardware);
      ReadDisks(*hardware);
    }
    if (records_ == 0 && !over_) {
      builder_.Report(data->line, at_,
                      "Has neither an erasure nor a test nor a disk. Expected at least one.");
    }
  }

  void Add(v1::ResultRecord record) {
    ++records_;
    if (!over_) over_ = !builder_.Add(std::move(record));
  }

  // description > document_log > log_entry > author.
  void ReadTool(const XmlElement& data) {
    common_.set_tool("Blancco");
    const XmlElement* at = data.Find("description");
    for (const char* name : {"document_log", "log_entry", "author"}) {
      if (at != nullptr) at = at->Find(name);
    }
    if (at == nullptr) return;
    if (const std::string name = at->Value("product_name"); !name.empty()) common_.set_tool(name);
    common_.set_tool_version(at->Value("product_version"));
  }

  static void ReadDevice(const XmlElement& element, v1::DeviceClaim* device) {
    for (const char* name : {"serial", "imei", "imei2", "meid"}) {
      if (std::string serial = element.Value(name); !IsNoSerial(serial))
        device->add_serials(serial);
    }
    device->set_maker(FirstOf(element, {"manufacturer", "vendor"}));
    device->set_model(FirstOf(element, {"model", "product"}));
    const std::string kind = Lower(FirstOf(element, {"chassis_type", "device_type"}));
    if (kind == "notebook" || kind == "laptop" || kind == "portable")
      device->set_category("laptop");
    if (kind == "desktop" || kind == "tower" || kind == "mini tower")
      device->set_category("desktop");
    if (kind == "smartphone" || kind == "phone" || kind == "handset") device->set_category("phone");
    if (kind == "tablet") device->set_category("tablet");
  }

  void ReadDrive(const XmlElement& element, const std::string& path, v1::DeviceClaim* device) {
    device->set_is_drive(true);
    if (std::string serial = element.Value("serial"); !serial.empty()) device->add_serials(serial);
    device->set_maker(FirstOf(element, {"vendor", "manufacturer"}));
    device->set_model(element.Value("model"));
    device->set_media_type(FirstOf(element, {"media_type", "type", "interface_type"}));
    const XmlElement* capacity = element.Find("capacity");
    if (capacity == nullptr || capacity->text.empty()) return;
    const auto bytes = ParseBytes(capacity->text);
    if (bytes) return device->set_capacity_bytes(*bytes);
    builder_.Report(capacity->line, Cat(path, ".capacity"), "Is no size. Expected bytes.",
                    capacity->text);
  }

  std::int64_t CountOf(const XmlElement& element, std::string_view name, const std::string& path) {
    const XmlElement* found = element.Find(name);
    if (found == nullptr || found->text.empty()) return 0;
    const auto count = ParseCount(found->text);
    if (count && *count <= 1'000'000'000'000) return *count;
    builder_.Report(found->line, Cat(path, ".", name), "Is no number. Expected a whole number.",
                    found->text);
    return 0;
  }

  void ReadErasures(const XmlElement& report, const XmlElement* hardware) {
    const XmlElement* list = report.Find("erasures");
    const XmlElement& from = list == nullptr ? report : *list;
    int index = 0;
    for (const auto& erasure : from.children) {
      if (erasure->name != "erasure") continue;
      ReadErasure(*erasure, hardware, Cat(at_, ".erasure[", std::to_string(++index), "]"));
    }
  }

  void ReadErasure(const XmlElement& erasure, const XmlElement* hardware, const std::string& path) {
    v1::ResultRecord record = common_;
    record.set_line(erasure.line);
    record.set_path(path);
    const XmlElement* target = erasure.Find("target");
    if (target != nullptr) {
      ReadDrive(*DiskOf(*target, hardware), Cat(path, ".target"), record.mutable_device());
      for (const std::string& serial : record.device().serials()) wiped_.insert(serial);
    } else {  // of a phone or another device that is its own medium
      *record.mutable_device() = record.host();
      record.clear_host();
    }
    v1::WipeClaim* wipe = record.mutable_wipe();
    wipe->set_standard(FirstOf(erasure, {"erasure_standard_name", "erasure_standard"}));
    wipe->set_method(MethodOf(wipe->standard()));
    const XmlElement* state = erasure.Find("state");
    const auto outcome = ParseWipeOutcome(state == nullptr ? "" : state->text);
    if (outcome) {
      wipe->set_outcome(*outcome);
    } else {
      builder_.Report(state == nullptr ? erasure.line : state->line, Cat(path, ".state"),
                      kWipeOutcomesExpected, state == nullptr ? "" : state->text);
    }
    wipe->set_error_count(
        std::max(CountOf(erasure, "total_errors", path), CountOf(erasure, "failed_sectors", path)));
    const std::int64_t rounds =
        std::min<std::int64_t>(CountOf(erasure, "total_erasure_rounds", path), 1000);
    wipe->set_passes_planned_count(static_cast<std::int32_t>(rounds));
    if (wipe->outcome() == v1::WIPE_OUTCOME_SUCCEEDED) {
      wipe->set_passes_done_count(static_cast<std::int32_t>(rounds));
    }
    if (const std::string share = erasure.Value("verification_percentage"); !share.empty()) {
      wipe->set_verification_method(Cat("read back, ", share, " %"));
    }
    ReadTime(erasure, path, &record);
    Add(std::move(record));
  }

  void ReadTime(const XmlElement& erasure, const std::string& path, v1::ResultRecord* record) {
    for (const char* name : {"end_time", "timestamp"}) {
      const XmlElement* found = erasure.Find(name);
      if (found == nullptr || found->text.empty()) continue;
      const auto time = ParseTime(found->text);
      if (time) {
        *record->mutable_done_time() = common::ToProto(*time);
      } else {
        builder_.Report(found->line, Cat(path, ".", name),
                        "Is no time. Expected ISO 8601, such as 2026-03-01T09:30:00+0100.",
                        found->text);
      }
      return;
    }
  }

  // The target itself, or the disk of the hardware report that it points to.
  static const XmlElement* DiskOf(const XmlElement& target, const XmlElement* hardware) {
    if (!target.Value("serial").empty() || hardware == nullptr) return &target;
    const std::string id = FirstOf(target, {"target_id", "id"});
    const XmlElement* disks = hardware->Find("disks");
    if (id.empty() || disks == nullptr) return &target;
    for (const auto& disk : disks->children) {
      if (disk->name == "disk" && disk->Value("id") == id) return disk.get();
    }
    return &target;
  }

  // Disks that were found and not erased.
  void ReadDisks(const XmlElement& hardware) {
    const XmlElement* disks = hardware.Find("disks");
    if (disks == nullptr || common_.host().serials().empty()) return;
    int index = 0;
    for (const auto& disk : disks->children) {
      if (disk->name != "disk") continue;
      ++index;
      const std::string serial = disk->Value("serial");
      if (IsNoSerial(serial) || wiped_.contains(serial)) continue;
      v1::ResultRecord record = common_;
      record.set_line(disk->line);
      record.set_path(Cat(at_, ".disk[", std::to_string(index), "]"));
      ReadDrive(*disk, record.path(), record.mutable_device());
      Add(std::move(record));
    }
  }

  // Entries `test` with `name` and `result` in a list of tests.
  void ReadTests(const XmlElement& hardware) {
    v1::ResultRecord record = common_;
    for (const char* name : {"tests", "hardware_tests", "functional_tests"}) {
      const XmlElement* list = hardware.Find(name);
      if (list == nullptr) continue;
      if (record.line() == 0) record.set_line(list->line);
      int index = 0;
      for (const auto& test : list->children) {
        const std::string path = Cat(at_, ".", name, "[", std::to_string(++index), "]");
        v1::FunctionClaim* function = record.mutable_test()->add_functions();
        function->set_function(test->Value("name"));
        function->set_value(test->Value("value"));
        const std::string word = FirstOf(*test, {"result", "state"});
        const auto outcome = ParseOutcome(word);
        if (!outcome) builder_.Report(test->line, path, kOutcomesExpected, word);
        function->set_outcome(outcome.value_or(inventory::v1::TEST_OUTCOME_UNSPECIFIED));
      }
    }
    if (!record.has_test()) return;
    record.set_path(Cat(at_, ".tests"));
    *record.mutable_device() = record.host();
    record.clear_host();
    Add(std::move(record));
  }

  ResultBuilder& builder_;
  int reports_ = 0;
  bool over_ = false;
  // Of the report.
  std::string at_;
  v1::ResultRecord common_;
  std::set<std::string> wiped_;
  int records_ = 0;
};

}  // namespace

void ReadBlanccoXml(std::string_view text, ResultBuilder* builder) {
  XmlProblem problem;
  const auto root = ParseXml(text, &problem);
  if (root == nullptr) return builder->Report(problem.line, "", problem.problem);
  BlanccoReports(builder).Read(*root);
}

}  // namespace loopdock::grading
