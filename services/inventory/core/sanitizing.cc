// SPDX-License-Identifier: Apache-2.0
// The life of a data device from secured to released, R2v3 Appendix B, and the beginning of any
// process on an asset. A state leads only where the table of steps says.
#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guard_reads.h"
#include "services/inventory/core/guards.h"
#include "services/inventory/core/place.h"
#include "services/inventory/core/receipts.h"
#include "services/inventory/core/sampling.h"

namespace loopdock::inventory {
namespace {

constexpr int kReconciledMax = 200;

bool IsEvaluation(v1::SanitizationMethod method) {
  return method == v1::SANITIZATION_METHOD_NO_STORAGE ||
         method == v1::SANITIZATION_METHOD_EVALUATED_EMPTY;
}

bool IsLogical(v1::SanitizationMethod method) {
  return method == v1::SANITIZATION_METHOD_CLEAR || method == v1::SANITIZATION_METHOD_PURGE;
}

// True when a sanitization can follow on the state.
bool MayRecord(v1::DataDeviceState state, v1::SanitizationMethod method) {
  switch (state) {
    case v1::DATA_DEVICE_STATE_IN_SANITIZATION:
      return true;
    case v1::DATA_DEVICE_STATE_UNSPECIFIED:
    case v1::DATA_DEVICE_STATE_DISCOVERED:
    case v1::DATA_DEVICE_STATE_SECURED:
      return IsEvaluation(method);
    case v1::DATA_DEVICE_STATE_FAILED:
    case v1::DATA_DEVICE_STATE_VERIFY_FAILED:
    case v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION:
      return method == v1::SANITIZATION_METHOD_DESTROY;
    default:
      return false;
  }
}

// The asset as it stands: discovered, or secured by where it is.
absl::StatusOr<v1::Asset> AsItStands(Step& step, const v1::Asset& asset) {
  v1::Asset standing = asset;
  const absl::Status filled =
      FillSecured(&standing, [&](std::string_view other, google::protobuf::Message* message) {
        return step.rows().ReadExpected(other, message);
      });
  if (!filled.ok()) return filled;
  return standing;
}

// Where a device stands after a sanitization, R2v3 Appendix B.
void Conclude(const v1::Asset& asset, v1::SanitizationRecorded* recorded) {
  const v1::Sanitization& done = recorded->sanitization();
  recorded->set_data_device_state(asset.data_device_state());
  if (IsEvaluation(done.method())) {
    recorded->set_data_status(done.method() == v1::SANITIZATION_METHOD_NO_STORAGE
                                  ? v1::DATA_STATUS_NO_STORAGE
                                  : v1::DATA_STATUS_EVALUATED_NO_DATA);
    // Nothing is left to sanitize.
    if (asset.data_device_state() == v1::DATA_DEVICE_STATE_IN_SANITIZATION) {
      recorded->set_data_device_state(v1::DATA_DEVICE_STATE_SECURED);
    }
  } else if (!done.succeeded()) {
    // What failed waits for its destruction from then on, Appendix B(14).
    recorded->set_data_status(v1::DATA_STATUS_SANITIZATION_FAILED);
    recorded->set_data_device_state(v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION);
  } else if (done.method() == v1::SANITIZATION_METHOD_DESTROY) {
    recorded->set_data_status(v1::DATA_STATUS_DESTROYED);
    recorded->set_data_device_state(v1::DATA_DEVICE_STATE_DESTROYED);
  } else {
    recorded->set_data_status(done.method() == v1::SANITIZATION_METHOD_PURGE
                                  ? v1::DATA_STATUS_SANITIZED_PURGE
                                  : v1::DATA_STATUS_SANITIZED_CLEAR);
    recorded->set_data_device_state(done.verifier().empty()
                                        ? v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL
                                        : v1::DATA_DEVICE_STATE_VERIFIED);
  }
}

// once its sanitization has begun a device may hold data, whatever was found before.
absl::Status BeginsSecured(Step& step, v1::Asset asset) {
  const auto location =
      LocationOf(asset, [&](std::string_view name, google::protobuf::Message* message) {
        return step.rows().ReadExpected(name, message);
      });
  LOOPDOCK_RETURN_IF_ERROR(location.status());
  const auto place = step.Find<v1::Location>(*location);
  LOOPDOCK_RETURN_IF_ERROR(place.status());
  asset.set_data_status(v1::DATA_STATUS_SANITIZATION_IN_PROGRESS);
  return R05StandsSecured(asset, *place);
}

absl::Status CheckWorker(Step& step, const std::string& person, v1::AccessLevel level) {
  if (!step.facility_rules().require_authorization()) return absl::OkStatus();
  return CheckAuthorized(step, person, level);
}

}  // namespace

std::string_view NextSteps(const v1::Asset& asset) {
  switch (asset.data_device_state()) {
    case v1::DATA_DEVICE_STATE_SECURED:
      return "begin its sanitization with BeginProcess, or record that it has no storage or that "
             "its storage is empty";
    case v1::DATA_DEVICE_STATE_IN_SANITIZATION:
      return "record its sanitization or destruction, or that it has no storage";
    case v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL:
      return asset.verification_required()
                 ? "have it verified by another person with RecordVerification"
                 : "reconcile it with ReconcileSanitization, or have it verified by another person";
    case v1::DATA_DEVICE_STATE_VERIFIED:
    case v1::DATA_DEVICE_STATE_DESTROYED:
      return "reconcile it with ReconcileSanitization";
    case v1::DATA_DEVICE_STATE_VERIFY_FAILED:
    case v1::DATA_DEVICE_STATE_FAILED:
    case v1::DATA_DEVICE_STATE_AWAIT_DESTRUCTION:
      return "record its physical destruction";
    case v1::DATA_DEVICE_STATE_QC_RECONCILED:
      return "have it released by the data protection representative";
    case v1::DATA_DEVICE_STATE_RELEASED:
      return "nothing: it is released";
    default:
      return "move it to a secured place, or record that it has no storage or that its storage is "
             "empty";
  }
}

absl::Status NoSuchStep(const v1::Asset& asset, std::string_view wanted) {
  const std::string& state = v1::DataDeviceState_Name(asset.data_device_state());
  return common::Error(absl::StatusCode::kFailedPrecondition, "NO_SUCH_STEP",
                       Cat("'", asset.name(), "' is ", state, " and ", wanted,
                           " does not follow on that. Possible now: ", NextSteps(asset), "."),
                       {{"name", asset.name()}, {"state", state}});
}

void CheckForm(const v1::BeginProcessRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Check(request.process() == v1::NEXT_PROCESS_DATA_SANITIZATION ||
                 request.process() == v1::NEXT_PROCESS_TEST_REPAIR ||
                 request.process() == v1::NEXT_PROCESS_MATERIALS_RECOVERY,
             "process", "must be data sanitization, test and repair, or materials recovery");
}

absl::Status Apply(const v1::BeginProcessRequest& request, Step& step, v1::Asset* answer) {
  const auto found = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(found.status());
  const auto asset = AsItStands(step, *found);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (request.process() == v1::NEXT_PROCESS_DATA_SANITIZATION) {
    LOOPDOCK_RETURN_IF_ERROR(R12OnlyDestruction(*asset, v1::SANITIZATION_METHOD_UNSPECIFIED));
    if (asset->data_device_state() != v1::DATA_DEVICE_STATE_SECURED) {
      return NoSuchStep(*asset, "the beginning of a sanitization");
    }
    LOOPDOCK_RETURN_IF_ERROR(BeginsSecured(step, *asset));
    LOOPDOCK_RETURN_IF_ERROR(CheckWorker(step, step.actor(), v1::ACCESS_LEVEL_SANITIZE));
  }
  if (request.process() == v1::NEXT_PROCESS_TEST_REPAIR) {
    LOOPDOCK_RETURN_IF_ERROR(CheckMayBeTested(step, *asset));
  }
  v1::Fact fact;
  fact.mutable_process_begun()->set_asset(request.name());
  fact.mutable_process_begun()->set_process(request.process());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::RecordSanitizationRequest& request, Form& form) {
  const v1::Sanitization& done = request.sanitization();
  form.Name("sanitization.asset", done.asset(), "assets");
  form.Check(done.method() != v1::SANITIZATION_METHOD_UNSPECIFIED &&
                 v1::SanitizationMethod_IsValid(done.method()),
             "sanitization.method", "must be a known method");
  form.Check(!IsEvaluation(done.method()) || done.succeeded(), "sanitization.succeeded",
             "must be true for an evaluation");
  form.Required("sanitization.tool", done.tool());
  form.Text("sanitization.tool_version", done.tool_version());
  form.Text("sanitization.standard", done.standard());
  form.Text("sanitization.operator", done.operator_());
  form.Text("sanitization.verifier", done.verifier());
  form.Text("sanitization.verification_method", done.verification_method());
  form.Text("sanitization.media_serial", done.media_serial(), kIdentifierMax);
  form.Text("sanitization.media_maker", done.media_maker());
  form.Text("sanitization.media_model", done.media_model());
  form.Text("sanitization.media_type", done.media_type());
  form.Check(done.capacity_bytes() >= 0, "sanitization.capacity_bytes", "must not be negative");
  form.Evidence("sanitization.evidence", done.evidence());
}

absl::Status Apply(const v1::RecordSanitizationRequest& request, Step& step, v1::Asset* answer) {
  const std::string& name = request.sanitization().asset();
  const auto asset = step.OpenAsset(name);
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  v1::Fact fact;
  v1::SanitizationRecorded* recorded = fact.mutable_sanitization_recorded();
  *recorded->mutable_sanitization() = request.sanitization();
  const v1::Sanitization& done = recorded->sanitization();
  if (done.operator_().empty()) recorded->mutable_sanitization()->set_operator_(step.actor());
  LOOPDOCK_RETURN_IF_ERROR(R12OnlyDestruction(*asset, done.method()));
  LOOPDOCK_RETURN_IF_ERROR(R13VerifierIsAnother(done));
  LOOPDOCK_RETURN_IF_ERROR(R19DestructionIsFilmed(done));
  if (!MayRecord(asset->data_device_state(), done.method())) {
    const auto standing = AsItStands(step, *asset);
    LOOPDOCK_RETURN_IF_ERROR(standing.status());
    return NoSuchStep(*standing, "this sanitization");
  }
  LOOPDOCK_RETURN_IF_ERROR(CheckWorker(
      step, done.operator_(),
      IsEvaluation(done.method()) ? v1::ACCESS_LEVEL_HANDLE_DATA : v1::ACCESS_LEVEL_SANITIZE));
  if (!done.verifier().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(CheckWorker(step, done.verifier(), v1::ACCESS_LEVEL_VERIFY));
  }
  Conclude(*asset, recorded);
  if (IsLogical(done.method()) && done.succeeded()) {
    LOOPDOCK_RETURN_IF_ERROR(Choose(step, *asset, recorded));
  }
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(name, answer);
}

void CheckForm(const v1::RecordVerificationRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
  form.Text("verifier", request.verifier());
  form.Required("method", request.method());
}

absl::Status Apply(const v1::RecordVerificationRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name(), request.etag());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  if (asset->data_device_state() != v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL) {
    return NoSuchStep(*asset, "a verification");
  }
  const std::string& verifier = request.verifier().empty() ? step.actor() : request.verifier();
  LOOPDOCK_RETURN_IF_ERROR(R13VerifierIsAnother(*asset, verifier));
  LOOPDOCK_RETURN_IF_ERROR(CheckWorker(step, verifier, v1::ACCESS_LEVEL_VERIFY));
  v1::Fact fact;
  v1::SanitizationVerified* verified = fact.mutable_sanitization_verified();
  verified->set_asset(request.name());
  verified->set_verifier(verifier);
  verified->set_passed(request.passed());
  verified->set_method(request.method());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

void CheckForm(const v1::ReconcileSanitizationRequest& request, Form& form) {
  form.Check(request.assets_size() > 0 && request.assets_size() <= kReconciledMax, "assets",
             Cat("must have 1 to ", kReconciledMax, " entries"));
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < std::min(request.assets_size(), kReconciledMax); ++i) {
    form.Name(Cat("assets[", i, "]"), request.assets(i), "assets");
    form.Check(seen.insert(request.assets(i)).second, Cat("assets[", i, "]"), "is there twice");
  }
  form.Count("received_count", request.received_count(), 1'000'000);
  form.Text("supplier_notice", request.supplier_notice(), kReasonMax);
  form.OptionalName("load", request.load(), "loads");
}

void DeclareReads(const v1::ReconcileSanitizationRequest& request, Reads& reads) {
  for (const std::string& asset : request.assets()) reads.Name(asset);
  reads.Name(request.load());
}

namespace {

// The pieces that R-14 compares: those of the load by the record, else those that the caller names.
absl::StatusOr<DataDevices> PiecesOf(const v1::ReconcileSanitizationRequest& request, Step& step) {
  if (request.load().empty()) {
    return DataDevices{request.received_count(), request.assets_size()};
  }
  const auto load = step.Find<v1::Load>(request.load());
  if (!load.ok()) return load.status();
  const auto devices = DataDevicesOf(step.rows(), step.site(), *load);
  if (!devices.ok()) return devices.status();
  if (request.received_count() == 0 || request.received_count() == devices->received) {
    return devices;
  }
  return common::Error(
      absl::StatusCode::kFailedPrecondition, "COUNT_DIFFERS",
      Cat("By the record ", devices->received, " data devices came with '", request.load(),
          "', not ", request.received_count(),
          "; correct the record, or send 0 to take its count."),
      {{"name", request.load()}, {"received_count", std::to_string(devices->received)}});
}

}  // namespace

absl::Status Apply(const v1::ReconcileSanitizationRequest& request, Step& step,
                   v1::ReconcileSanitizationResponse* answer) {
  for (const std::string& name : request.assets()) {
    const auto asset = step.OpenAsset(name);
    LOOPDOCK_RETURN_IF_ERROR(asset.status());
    const v1::DataDeviceState state = asset->data_device_state();
    if (state != v1::DATA_DEVICE_STATE_SANITIZED_LOGICAL &&
        state != v1::DATA_DEVICE_STATE_VERIFIED && state != v1::DATA_DEVICE_STATE_DESTROYED) {
      return NoSuchStep(*asset, "a reconciliation");
    }
    LOOPDOCK_RETURN_IF_ERROR(R14SampleIsVerified(*asset));
    if (!request.load().empty() && asset->load() != request.load()) {
      return common::Error(absl::StatusCode::kFailedPrecondition, "NOT_OF_LOAD",
                           Cat("'", name, "' did not come with '", request.load(), "'."),
                           {{"name", name}});
    }
  }
  const auto pieces = PiecesOf(request, step);
  LOOPDOCK_RETURN_IF_ERROR(pieces.status());
  LOOPDOCK_RETURN_IF_ERROR(
      R14Reconciles(request.load().empty() ? request.assets(0) : request.load(), pieces->received,
                    pieces->processed, request.supplier_notice()));
  v1::Fact fact;
  v1::SanitizationReconciled* reconciled = fact.mutable_sanitization_reconciled();
  *reconciled->mutable_assets() = request.assets();
  reconciled->set_received_count(pieces->received);
  reconciled->set_processed_count(pieces->processed);
  reconciled->set_supplier_notice(request.supplier_notice());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  answer->set_processed_count(pieces->processed);
  for (const std::string& name : request.assets()) {
    LOOPDOCK_RETURN_IF_ERROR(step.Answer(name, answer->add_assets()));
  }
  return absl::OkStatus();
}

void CheckForm(const v1::ReleaseSanitizationRequest& request, Form& form) {
  form.Name("name", request.name(), "assets");
}

absl::Status Apply(const v1::ReleaseSanitizationRequest& request, Step& step, v1::Asset* answer) {
  const auto asset = step.OpenAsset(request.name());
  LOOPDOCK_RETURN_IF_ERROR(asset.status());
  LOOPDOCK_RETURN_IF_ERROR(R14MayBeReleased(*asset));
  v1::Fact fact;
  fact.mutable_sanitization_released()->set_asset(request.name());
  fact.mutable_sanitization_released()->set_representative(step.actor());
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.Answer(request.name(), answer);
}

}  // namespace loopdock::inventory
