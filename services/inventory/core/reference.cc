// SPDX-License-Identifier: Apache-2.0
// Sites, locations, stations, column mappings, label layouts, the site's catalog, and the
// first start.
#include <algorithm>

#include "services/common/names.h"
#include "services/inventory/core/commands.h"
#include "services/inventory/core/guards.h"

namespace loopdock::inventory {
namespace {

constexpr std::int64_t kLengthMaxUm = 10'000'000;        // ten metres
constexpr std::int64_t kValueMaxCents = 100'000'000'00;  // of any currency

void CheckLocation(const v1::Location& location, Form& form) {
  form.Required("location.display_name", location.display_name());
  form.Check(
      location.kind() != v1::LOCATION_KIND_UNSPECIFIED && v1::LocationKind_IsValid(location.kind()),
      "location.kind", "must be a known kind of place");
  form.Check(location.access_levels_size() <= 8, "location.access_levels",
             "may have at most 8 entries");
  for (const int level : location.access_levels()) {
    form.Check(level != v1::ACCESS_LEVEL_UNSPECIFIED && v1::AccessLevel_IsValid(level),
               "location.access_levels", "must be known levels");
  }
}

v1::Location MakeLocation(std::string_view site, std::string_view id, std::string_view display,
                          v1::LocationKind kind, bool secured) {
  v1::Location location;
  location.set_name(common::FormatName(site, "locations", id));
  location.set_display_name(std::string(display));
  location.set_kind(kind);
  location.set_secured(secured);
  return location;
}

}  // namespace

void CheckForm(const v1::UpdateSiteRequest& request, Form& form) {
  const v1::Site& site = request.site();
  form.Check(site.name() == common::SiteName(form.site()), "site.name",
             "must be of the form sites/{site}");
  form.Text("site.display_name", site.display_name());
  const std::string& offset = site.utc_offset();
  const bool good = offset.size() == 6 && (offset[0] == '+' || offset[0] == '-') &&
                    offset[3] == ':' && offset.find_first_not_of("0123456789", 1) == 3 &&
                    offset.find_first_not_of("0123456789", 4) == std::string::npos &&
                    offset.substr(1) <= "14:00" && offset.substr(4) <= "59";
  form.Check(offset.empty() || good, "site.utc_offset",
             "must be of the form +hh:mm or -hh:mm, at most 14:00");
  const std::string& prefix = site.gs1_prefix();
  form.Check(prefix.empty() || IsGs1Prefix(prefix), "site.gs1_prefix",
             "must have 4 to 12 digits, as GS1 has assigned it");
  form.Text("site.r2_certificate", site.r2_certificate());
  form.Texts("site.r2_appendices", site.r2_appendices(), 8);
  for (const std::string& appendix : site.r2_appendices()) {
    form.Check(appendix.size() == 1 && appendix[0] >= 'A' && appendix[0] <= 'G',
               "site.r2_appendices", "must be letters of R2v3's process requirements, A to G");
  }
  form.Country("site.country", site.country());
}

absl::Status Apply(const v1::UpdateSiteRequest& request, Step& step, v1::Site* answer) {
  const auto before = step.Find<v1::Site>(request.site().name());
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(request.site().etag(), before->etag(), request.site().name()));
  v1::Fact fact;
  *fact.mutable_site_set() = request.site();
  *fact.mutable_site_set()->mutable_create_time() = before->create_time();
  fact.mutable_site_set()->clear_etag();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(request.site().name(), answer);
}

void CheckForm(const v1::CreateLocationRequest& request, Form& form) {
  form.Wish("location.name", request.location().name(), "locations");
  CheckLocation(request.location(), form);
}

absl::Status Apply(const v1::CreateLocationRequest& request, Step& step, v1::Location* answer) {
  const auto name = step.WishedName("locations", request.location().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  v1::Fact fact;
  v1::Location* location = fact.mutable_location_set();
  location->set_name(*name);
  location->set_display_name(request.location().display_name());
  location->set_kind(request.location().kind());
  location->set_secured(request.location().secured());
  *location->mutable_access_levels() = request.location().access_levels();
  *location->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::UpdateLocationRequest& request, Form& form) {
  form.Name("location.name", request.location().name(), "locations");
  CheckLocation(request.location(), form);
}

// That a place is no longer secured is recorded as it is; what may hold data can then only leave.
absl::Status Apply(const v1::UpdateLocationRequest& request, Step& step, v1::Location* answer) {
  const std::string& name = request.location().name();
  const auto before = step.Find<v1::Location>(name);
  LOOPDOCK_RETURN_IF_ERROR(before.status());
  LOOPDOCK_RETURN_IF_ERROR(CheckEtag(request.location().etag(), before->etag(), name));
  if (before->secured() != request.location().secured() && step.reason().empty()) {
    return common::Error(absl::StatusCode::kFailedPrecondition, "REASON_REQUIRED",
                         Cat("'", name, "' ", before->secured() ? "was" : "was not",
                             " secured; say in the reason what has changed."),
                         {{"name", name}});
  }
  // What stands there would leave the site by a word.
  if (before->kind() != request.location().kind()) {
    LOOPDOCK_RETURN_IF_ERROR(R10LeavesByShipment(name, request.location()));
  }
  v1::Fact fact;
  v1::Location* location = fact.mutable_location_set();
  *location = *before;
  location->set_display_name(request.location().display_name());
  location->set_kind(request.location().kind());
  location->set_secured(request.location().secured());
  *location->mutable_access_levels() = request.location().access_levels();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

void CheckForm(const v1::CreateStationRequest& request, Form& form) {
  form.Wish("station.name", request.station().name(), "stations");
  form.Required("station.display_name", request.station().display_name());
  form.OptionalName("station.location", request.station().location(), "locations");
}

absl::Status Apply(const v1::CreateStationRequest& request, Step& step, v1::Station* answer) {
  const auto name = step.WishedName("stations", request.station().name());
  LOOPDOCK_RETURN_IF_ERROR(name.status());
  if (!request.station().location().empty()) {
    LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Location>(request.station().location()));
  }
  v1::Fact fact;
  v1::Station* station = fact.mutable_station_set();
  station->set_name(*name);
  station->set_display_name(request.station().display_name());
  station->set_location(request.station().location());
  *station->mutable_create_time() = step.server_time();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(*name, answer);
}

void CheckForm(const v1::SetColumnMappingRequest& request, Form& form) {
  form.Name("mapping.supplier", request.mapping().supplier(), "parties");
  form.Check(request.mapping().columns_size() <= kListMax, "mapping.columns",
             Cat("may have at most ", kListMax, " entries"));
  for (const auto& [field, column] : request.mapping().columns()) {
    form.Required("mapping.columns", field, 64);
    form.Required("mapping.columns", column);
  }
}

absl::Status Apply(const v1::SetColumnMappingRequest& request, Step& step,
                   v1::ColumnMapping* answer) {
  LOOPDOCK_RETURN_IF_ERROR(step.Exists<v1::Party>(request.mapping().supplier()));
  v1::Fact fact;
  *fact.mutable_column_mapping_set() = request.mapping();
  *fact.mutable_column_mapping_set()->mutable_update_time() = step.server_time();
  *answer = fact.column_mapping_set();
  return step.Emit(std::move(fact));
}

void CheckForm(const v1::SetLabelLayoutRequest& request, Form& form) {
  form.Name("layout.name", request.layout().name(), "layouts");
  form.Check(request.layout().choices_size() <= kListMax, "layout.choices",
             Cat("may have at most ", kListMax, " entries"));
  for (const auto& [position, field] : request.layout().choices()) {
    form.Required("layout.choices", position, 64);
    form.Required("layout.choices", field, 64);
  }
}

absl::Status Apply(const v1::SetLabelLayoutRequest& request, Step& step, v1::LabelLayout* answer) {
  v1::Fact fact;
  *fact.mutable_label_layout_set() = request.layout();
  *fact.mutable_label_layout_set()->mutable_update_time() = step.server_time();
  *answer = fact.label_layout_set();
  return step.Emit(std::move(fact));
}

void CheckForm(const v1::SetCatalogEntryRequest& request, Form& form) {
  const v1::CatalogEntry& entry = request.entry();
  form.Wish("entry.name", entry.name(), "catalog");
  form.Required("entry.maker", entry.maker());
  form.Required("entry.model", entry.model());
  form.Check(entry.keys_size() > 0, "entry.keys", "must have at least one key");
  form.Texts("entry.keys", entry.keys());
  form.Text("entry.category", entry.category(), 64);
  form.Text("entry.unu_key", entry.unu_key(), 16);
  form.Mass("entry.mass_g", entry.mass_g());
  form.Text("entry.source", entry.source(), kReasonMax);
  form.Text("entry.eu_category", entry.eu_category(), 16);
  form.Text("entry.licence", entry.licence(), 64);
  form.Count("entry.screen_um", entry.screen_um(), kLengthMaxUm);
  form.Count("entry.width_um", entry.width_um(), kLengthMaxUm);
  form.Count("entry.height_um", entry.height_um(), kLengthMaxUm);
  form.Count("entry.typical_value_cents", entry.typical_value_cents(), kValueMaxCents);
  const std::string& currency = entry.value_currency();
  const bool code =
      currency.size() == 3 &&
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  form.Check(code || (currency.empty() && entry.typical_value_cents() == 0), "entry.value_currency",
             "must be a code of three capital letters, ISO 4217, where there is a value");
  for (const int material : entry.focus_materials()) {
    form.Check(v1::FocusMaterial_IsValid(material), "entry.focus_materials",
               "must be known focus materials");
  }
}

// An entry of that name is replaced; a key belongs to one entry only.
absl::Status Apply(const v1::SetCatalogEntryRequest& request, Step& step,
                   v1::CatalogEntry* answer) {
  v1::Fact fact;
  v1::CatalogEntry* entry = fact.mutable_catalog_entry_set();
  *entry = request.entry();
  entry->set_name(request.entry().name().empty()
                      ? step.NewName("catalog")
                      : common::FormatName(step.site(), "catalog", IdOf(request.entry().name())));
  for (const std::string& key : request.entry().keys()) {
    const auto taken = step.Look(Lookup::kCatalogKey, key);
    LOOPDOCK_RETURN_IF_ERROR(taken.status());
    if (taken->has_value() && **taken != IdOf(entry->name())) {
      const std::string other = common::FormatName(step.site(), "catalog", **taken);
      return common::Error(absl::StatusCode::kAlreadyExists, "CATALOG_KEY_TAKEN",
                           Cat("Key '", key, "' belongs to '", other, "'; change that entry."),
                           {{"key", key}, {"name", other}});
    }
  }
  *entry->mutable_update_time() = step.server_time();
  const std::string name = entry->name();
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  return step.rows().ReadExpected(name, answer);
}

absl::Status ApplyFirstStart(Step& step) {
  const std::string site = common::SiteName(step.site());
  v1::Fact made;
  made.mutable_site_set()->set_name(site);
  made.mutable_site_set()->set_display_name("Main site");
  made.mutable_site_set()->set_utc_offset("+00:00");
  LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(made)));
  // Whatever arrives may hold data, so the dock and the hazard store are secured as the cage is.
  const v1::Location places[] = {
      MakeLocation(step.site(), "dock", "Receiving dock", v1::LOCATION_KIND_DOCK, true),
      MakeLocation(step.site(), "cage", "Secured cage", v1::LOCATION_KIND_SECURED_CAGE, true),
      MakeLocation(step.site(), "hazard", "Hazard containment", v1::LOCATION_KIND_HAZARD, true),
      MakeLocation(step.site(), "storage", "Storage", v1::LOCATION_KIND_STORAGE, false),
      MakeLocation(step.site(), "test", "Test and repair", v1::LOCATION_KIND_TEST, false),
      MakeLocation(step.site(), "finished-goods", "Finished goods",
                   v1::LOCATION_KIND_FINISHED_GOODS, false),
      MakeLocation(step.site(), "outbound", "Outbound staging", v1::LOCATION_KIND_OUTBOUND, false)};
  for (const v1::Location& place : places) {
    v1::Fact fact;
    *fact.mutable_location_set() = place;
    LOOPDOCK_RETURN_IF_ERROR(step.Emit(std::move(fact)));
  }
  v1::Fact party;
  party.mutable_party_set()->set_name("parties/unknown");
  party.mutable_party_set()->set_display_name("Unknown supplier");
  party.mutable_party_set()->add_roles(v1::PARTY_ROLE_SUPPLIER);
  return step.Emit(std::move(party));
}

}  // namespace loopdock::inventory
