// SPDX-License-Identifier: Apache-2.0
#include "services/intake/container_label.h"

#include "absl/time/time.h"
#include "services/common/names.h"
#include "services/common/proto_time.h"
#include "services/intake/core/zpl.h"
#include "services/intake/service_call.h"

namespace loopdock::intake {
namespace {

using Stub = inventory::v1::InventoryService::StubInterface;

template <typename Request, typename Response>
absl::Status Ask(Stub& stub, const common::Caller& caller,
                 grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                 const std::string& name, Response* response) {
  grpc::ClientContext context;
  Forward(context, caller);
  Request request;
  request.set_name(name);
  return AnswerOf((stub.*method)(&context, request, response), caller);
}

// What people call the supplier of the load; nothing where there is none.
absl::Status FindSupplier(Stub& stub, const common::Caller& caller, const std::string& load_name,
                          ContainerLabel* label) {
  if (load_name.empty()) return absl::OkStatus();
  label->load = load_name.substr(load_name.rfind('/') + 1);
  inventory::v1::Load load;
  auto status = Ask(stub, caller, &Stub::GetLoad, load_name, &load);
  if (!status.ok() || load.supplier().empty()) return status;
  inventory::v1::Party party;
  status = Ask(stub, caller, &Stub::GetParty, load.supplier(), &party);
  label->supplier = party.display_name();
  return status;
}

}  // namespace

absl::Status RenderContainerLabel(Stub& inventory, const common::Caller& caller,
                                  const v1::RenderContainerLabelRequest& request,
                                  v1::RenderContainerLabelResponse* response) {
  if (auto name = common::ParseName(request.container(), "containers"); !name.ok()) {
    return name.status();
  }
  inventory::v1::Container container;
  auto status = Ask(inventory, caller, &Stub::GetContainer, request.container(), &container);
  if (!status.ok()) return status;
  ContainerLabel label{.name = container.name(),
                       .sscc = container.sscc(),
                       .number = container.number(),
                       .gross_g = container.weighing().gross_mass_g(),
                       .net_g = container.weighing().net_mass_g()};
  if (container.has_create_time()) {
    label.date = absl::FormatTime("%Y-%m-%d", common::FromProto(container.create_time()),
                                  absl::UTCTimeZone());
  }
  if (status = FindSupplier(inventory, caller, container.load(), &label); !status.ok()) {
    return status;
  }
  LabelSize size;
  if (request.dots_per_mm() != 0) size.dots_per_mm = request.dots_per_mm();
  if (request.copies() != 0) size.copies = request.copies();
  auto zpl = ContainerLabelZpl(label, size);
  if (!zpl.ok()) return zpl.status();
  response->set_zpl(*std::move(zpl));
  if (!label.sscc.empty()) response->add_contents(SsccElementString(label.sscc));
  response->add_contents(label.name);
  response->set_width_mm(size.width_mm);
  response->set_height_mm(size.height_mm);
  return absl::OkStatus();
}

}  // namespace loopdock::intake
