// SPDX-License-Identifier: Apache-2.0
// The table of commands fits the API, and words become fields.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "clients/cli/fields.h"
#include "clients/cli/rpc.h"
#include "clients/cli/verbs.h"
#include "loopdock/common/v1/access.pb.h"
#include "loopdock/inventory/v1/inventory_service.pb.h"

namespace loopdock::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using testing::ElementsAre;
using testing::HasSubstr;

// The field at a path, or null; what is in braces must be fields of it.
const FieldDescriptor* At(const Descriptor* type, std::string path) {
  std::string parts;
  if (const size_t brace = path.find('{'); brace != std::string::npos) {
    parts = path.substr(brace + 1, path.size() - brace - 2) + ",";
    path = path.substr(0, brace);
  }
  const FieldDescriptor* field = nullptr;
  for (std::string rest = path + "."; !rest.empty(); rest = rest.substr(rest.find('.') + 1)) {
    field = type == nullptr ? nullptr : type->FindFieldByName(rest.substr(0, rest.find('.')));
    if (field == nullptr) return nullptr;
    type = field->message_type();
  }
  for (; !parts.empty(); parts = parts.substr(parts.find(',') + 1)) {
    if (type == nullptr || type->FindFieldByName(parts.substr(0, parts.find(','))) == nullptr) {
      return nullptr;
    }
  }
  return field;
}

TEST(VerbsTest, EveryRowFitsTheApi) {
  std::set<std::string> names;
  for (const Verb& verb : Verbs()) {
    SCOPED_TRACE(std::string(verb.group) + " " + verb.name);
    EXPECT_TRUE(names.insert(std::string(verb.group) + " " + verb.name).second);
    const auto method = FindMethod(verb.method);
    ASSERT_TRUE(method.ok()) << method.status();
    const Descriptor* request = (*method)->input_type();
    for (const VerbField& field : verb.fields) {
      EXPECT_NE(At(request, field.path), nullptr) << field.path;
    }
    const bool writes =
        (*method)->options().GetExtension(common::v1::access).effect() == common::v1::EFFECT_WRITE;
    EXPECT_EQ(request->FindFieldByName("validate_only") != nullptr, writes) << "--dry-run";
    if (*verb.read_first != '\0') {
      const auto read = FindMethod(verb.read_first);
      ASSERT_TRUE(read.ok()) << read.status();
      const FieldDescriptor* resource = request->FindFieldByName(verb.resource);
      ASSERT_NE(resource, nullptr);
      EXPECT_EQ(resource->message_type(), (*read)->output_type());
    }
    if (*verb.list == '\0') continue;
    const FieldDescriptor* list = (*method)->output_type()->FindFieldByName(verb.list);
    ASSERT_NE(list, nullptr);
    EXPECT_FALSE(verb.columns.empty());
    for (const char* column : verb.columns) {
      EXPECT_NE(At(list->message_type(), column), nullptr) << column;
    }
    if (*verb.only_option != '\0') {
      EXPECT_NE(At(list->message_type(), verb.only_field), nullptr);
    }
  }
}

TEST(FieldsTest, WordsBecomeFieldsAndFieldsWords) {
  const Settings settings;
  inventory::v1::ShipAssetsRequest request;
  const auto set = [&](const char* path, const char* collection, const char* text) {
    return SetField(settings, request, path, collection, text);
  };
  ASSERT_TRUE(set("shipment.kind", "", "sale").ok());
  ASSERT_TRUE(set("shipment.stream", "", "data-devices").ok());
  ASSERT_TRUE(set("shipment.receiver", "parties", "acme").ok());
  EXPECT_EQ(CompleteName(settings, "sites", "north"), "sites/north");
  ASSERT_TRUE(set("shipment.assets", "assets", "1").ok());
  ASSERT_TRUE(set("shipment.assets", "assets", "sites/main/assets/2").ok());
  ASSERT_TRUE(set("shipment.lots{lot,piece_count,mass_g}", "lots", "L::900").ok());
  ASSERT_TRUE(set("shipment.legality.hazardous", "", "true").ok());
  const auto& shipment = request.shipment();
  EXPECT_EQ(shipment.kind(), inventory::v1::SHIPMENT_KIND_SALE);
  EXPECT_EQ(shipment.stream(), inventory::v1::STREAM_KIND_DATA_DEVICES);
  EXPECT_EQ(shipment.receiver(), "parties/acme");
  EXPECT_THAT(shipment.assets(), ElementsAre("sites/main/assets/1", "sites/main/assets/2"));
  EXPECT_EQ(shipment.lots(0).lot(), "sites/main/lots/L");
  EXPECT_EQ(shipment.lots(0).piece_count(), 0);
  EXPECT_EQ(shipment.lots(0).mass_g(), 900);
  EXPECT_EQ(FieldText(shipment, "stream"), "data devices");
  EXPECT_EQ(FieldText(shipment, "assets"), "sites/main/assets/1, sites/main/assets/2");
  EXPECT_EQ(FieldText(shipment, "lots"), "lot sites/main/lots/L, mass_g 900");
  EXPECT_EQ(FieldText(shipment, "legality.hazardous"), "yes");
  EXPECT_EQ(FieldText(shipment, "carrier"), "-");
  EXPECT_EQ(FieldRows(shipment).front(), (std::vector<std::string>{"kind", "sale"}));
}

TEST(FieldsTest, WordsThatDoNotFitAreToldWithWhatDoes) {
  const Settings settings;
  inventory::v1::ShipAssetsRequest request;
  const auto status = SetField(settings, request, "shipment.kind", "", "gift");
  EXPECT_EQ(ExitCode(status), kExitUsage);
  EXPECT_THAT(std::string(status.message()), HasSubstr("sale, downstream"));
  for (const auto& [path, text] :
       {std::pair<const char*, const char*>{"shipment.lots{lot,piece_count,mass_g}", "L:1:2:3"},
        {"shipment.lots{lot,piece_count,mass_g}", "L:many"},
        {"shipment.legality.hazardous", "maybe"},
        {"station_time", "yesterday"},
        {"shipment.nothing", "x"}}) {
    EXPECT_EQ(ExitCode(SetField(settings, request, path, "", text)), kExitUsage) << path;
  }
  EXPECT_EQ(CompleteName(settings, "*", "locations/dock"), "sites/main/locations/dock");
  EXPECT_EQ(CompleteName(settings, "*", "parties/acme"), "parties/acme");
}

}  // namespace
}  // namespace loopdock::cli
