// SPDX-License-Identifier: Apache-2.0
#include "clients/cli/rpc.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/words.h"
#include "loopdock/common/v1/admin.pb.h"
#include "loopdock/grading/v1/evidence_service.pb.h"
#include "loopdock/grading/v1/grading.pb.h"
#include "loopdock/grading/v1/results.pb.h"
#include "loopdock/grading/v1/stations.pb.h"
#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"
#include "loopdock/routing/v1/routing.pb.h"
#include "loopdock/traceability/v1/traceability.pb.h"
#include "services/common/grpc_status.h"
#include "services/common/ids.h"
#include "services/common/status.h"

namespace loopdock::cli {
namespace {

constexpr size_t kRequestsMax = 256;

// One message of each file that declares services: so the linker keeps its descriptors.
std::vector<const google::protobuf::FileDescriptor*> Files() {
  return {intake::v1::ScanRequest::descriptor()->file(),
          inventory::v1::GetSiteRequest::descriptor()->file(),
          grading::v1::InspectRequest::descriptor()->file(),
          grading::v1::GetRequest::descriptor()->file(),
          grading::v1::CalibrateStationRequest::descriptor()->file(),
          grading::v1::ImportResultsRequest::descriptor()->file(),
          routing::v1::GetStatusRequest::descriptor()->file(),
          traceability::v1::GetCheckpointRequest::descriptor()->file(),
          common::v1::ListBackupsRequest::descriptor()->file()};
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

// One call of any kind, step by step.
class Exchange {
 public:
  Exchange(grpc::Channel& channel, grpc::ClientContext& context, const std::string& path)
      // The stub keeps no channel beyond this object; the caller's outlives it.
      : stub_(std::shared_ptr<grpc::ChannelInterface>(&channel, [](auto*) {})),
        call_(stub_.PrepareCall(&context, path, &queue_)) {
    call_->StartCall(this);
    ok_ = Step();
  }
  ~Exchange() {
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void Write(const std::string& bytes) {
    if (!ok_) return;
    call_->Write(ToBuffer(bytes), this);
    ok_ = Step();
  }
  void EndWrites() {
    if (!ok_) return;
    call_->WritesDone(this);
    ok_ = Step();
  }
  bool Read(std::string* bytes) {
    grpc::ByteBuffer buffer;
    call_->Read(&buffer, this);
    if (!Step()) return false;
    *bytes = ToBytes(buffer);
    return true;
  }
  grpc::Status Finish() {
    grpc::Status status;
    call_->Finish(&status, this);
    Step();
    return status;
  }

 private:
  bool Step() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::GenericStub stub_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  bool ok_ = false;
};

std::string PathOf(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

absl::Status Parse(const std::string& bytes, Message& message) {
  if (message.ParseFromString(bytes)) return absl::OkStatus();
  return common::Error(absl::StatusCode::kInternal, "INTERNAL",
                       "The server's answer cannot be read. Install client and server of one "
                       "version.");
}

absl::Status CallUnary(const client::Connection& connection, const MethodDescriptor& method,
                       const Message& request, const OnAnswer& on_answer) {
  std::string bytes;
  const std::string sent = request.SerializeAsString();
  auto status = connection.Call([&](grpc::ClientContext& context) {
    return CallBytes(*connection.channel(), context, PathOf(method), sent, &bytes);
  });
  if (!status.ok()) return status;
  const auto answer = NewMessage(method.output_type());
  status = Parse(bytes, *answer);
  return status.ok() ? on_answer(*answer) : status;
}

}  // namespace

std::vector<const MethodDescriptor*> AllMethods() {
  std::vector<const MethodDescriptor*> methods;
  for (const auto* file : Files()) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

std::string ShortName(const MethodDescriptor& method) {
  return method.service()->name() + "/" + method.name();
}

absl::StatusOr<const MethodDescriptor*> FindMethod(std::string_view name) {
  std::string wanted(name);
  if (wanted.starts_with('/')) wanted.erase(0, 1);
  std::vector<const MethodDescriptor*> found;
  std::string near;
  for (const MethodDescriptor* method : AllMethods()) {
    const std::string full = PathOf(*method).substr(1);
    if (wanted == full || wanted == ShortName(*method)) return method;
    if (wanted == method->name()) found.push_back(method);
    if (ContainsIgnoringCase(full, wanted.substr(wanted.find('/') + 1))) {
      absl::StrAppend(&near, near.empty() ? " Did you mean " : " or ", ShortName(*method), "?");
    }
  }
  if (found.size() == 1) return found.front();
  return UsageError(
      absl::StrCat("There is no method ", wanted, ".", near, " 'loopdock methods' lists all."));
}

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type) {
  const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  return std::unique_ptr<Message>(prototype->New());
}

void FillRequestId(Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->is_repeated()) return;
  if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return;
  const auto* reflection = request.GetReflection();
  if (!reflection->GetString(request, field).empty()) return;
  reflection->SetString(&request, field, common::NewUuidV7());
}

absl::Status CallMethod(const client::Connection& connection, const MethodDescriptor& method,
                        const std::vector<std::unique_ptr<Message>>& requests,
                        const OnAnswer& on_answer) {
  if (requests.size() > kRequestsMax || (!method.client_streaming() && requests.size() != 1)) {
    return UsageError(
        absl::StrCat(ShortName(method), " takes ",
                     method.client_streaming() ? "at most 256 requests" : "one request", ", not ",
                     requests.size(), "."));
  }
  if (!method.client_streaming() && !method.server_streaming()) {
    return CallUnary(connection, method, *requests.front(), on_answer);
  }
  grpc::ClientContext context;
  connection.Authorize(context);
  Exchange exchange(*connection.channel(), context, PathOf(method));
  for (const auto& request : requests) exchange.Write(request->SerializeAsString());
  exchange.EndWrites();
  const auto answer = NewMessage(method.output_type());
  std::string bytes;
  absl::Status status;
  while (status.ok() && exchange.Read(&bytes)) {
    status = Parse(bytes, *answer);
    if (status.ok()) status = on_answer(*answer);
  }
  if (!status.ok()) context.TryCancel();
  const absl::Status finished = common::FromGrpc(exchange.Finish());
  return status.ok() ? finished : status;
}

grpc::Status CallBytes(grpc::Channel& channel, grpc::ClientContext& context,
                       const std::string& path, const std::string& request, std::string* response) {
  Exchange exchange(channel, context, path);
  exchange.Write(request);
  exchange.EndWrites();
  const bool answered = exchange.Read(response);
  grpc::Status status = exchange.Finish();
  if (status.ok() && !answered) {
    return grpc::Status(grpc::StatusCode::INTERNAL, "The server gave no answer.");
  }
  return status;
}

}  // namespace loopdock::cli
