// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RPC_H_
#define LOOPDOCK_CLIENTS_CLI_RPC_H_

// Every RPC of every service by its name, with messages that only the descriptors know.
// Thread safety: free functions, safe from any thread.
// Blocking: CallMethod until the last answer; unary calls retry as Connection says, streams do not.
// Errors: the server's; USAGE for a method that does not exist or a wrong number of requests.
// Limits: 256 requests of a client stream: they are written before answers are read.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cpp/connection.h"

namespace loopdock::cli {

using MethodDescriptor = google::protobuf::MethodDescriptor;
using Message = google::protobuf::Message;

// All methods of all services, by service and in the order of the .proto file.
std::vector<const MethodDescriptor*> AllMethods();

// "AssetService/GetAsset" for "loopdock.x.v1.AssetService.GetAsset".
std::string ShortName(const MethodDescriptor& method);

// By "Service/Method", also with its package, or by "Method" where that is enough.
absl::StatusOr<const MethodDescriptor*> FindMethod(std::string_view name);

std::unique_ptr<Message> NewMessage(const google::protobuf::Descriptor* type);

// Gives `request` a request_id if it has such a field and it is empty.
void FillRequestId(Message& request);

using OnAnswer = std::function<absl::Status(const Message&)>;

// Sends the requests and hands over every answer.
absl::Status CallMethod(const client::Connection& connection, const MethodDescriptor& method,
                        const std::vector<std::unique_ptr<Message>>& requests,
                        const OnAnswer& on_answer);

// One unary call with bytes as they are on the wire.
grpc::Status CallBytes(grpc::Channel& channel, grpc::ClientContext& context,
                       const std::string& path, const std::string& request, std::string* response);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RPC_H_
