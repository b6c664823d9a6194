// SPDX-License-Identifier: Apache-2.0
// The commands that are one call each. A row more is a command more.
#include "clients/cli/verbs.h"

namespace loopdock::cli {
namespace {

constexpr const char* kEvidence = "SHA-256 of a document in the evidence store, :media type";

std::vector<Verb> GoodsVerbs() {
  const std::vector<VerbField> lot = {
      {"--description", "lot.description", "What it is"},
      {"--category", "lot.category", "Such as cables"},
      {"--pieces", "lot.piece_count", "Pieces"},
      {"--mass-g", "lot.mass_g", "Net mass in grams"},
      {"--location", "lot.location", "Where it is", "locations"},
      {"--focus-material", "lot.focus_materials", "A focus material in it", "", false, true},
      {"--external-ref", "lot.external_ref", "What the ERP system calls it"},
  };
  std::vector<VerbField> create = lot;
  create.push_back({"--load", "lot.load", "The load it came with", "loads"});
  create.push_back({"--data-bearing", "lot.data_bearing", "It may hold data"});
  std::vector<VerbField> update = lot;
  update.insert(update.begin(), {"NAME", "lot.name", "The lot", "lots", true});
  return {
      {"asset",
       "blocks",
       "What keeps an asset from being sold, shipped, stored or released",
       "ExplainBlocks",
       {{"NAME", "name", "The asset", "assets", true},
        {"--receiver", "receiver", "The party that it would go to", "parties"}},
       "blocks",
       {"action", "rule", "reason", "message"}},
      {"asset",
       "move",
       "Move an asset to a location or into a container",
       "MoveAsset",
       {{"NAME", "name", "The asset", "assets", true},
        {"--location", "location", "Where to", "locations"},
        {"--container", "container", "Into which container", "containers"}}},
      {"asset",
       "reassign",
       "Book an asset to the load that it really came with",
       "ReassignAsset",
       {{"NAME", "name", "The asset", "assets", true},
        {"LOAD", "load", "The right load", "loads", true},
        {"--reason", "reason", "Why; kept with the facts", "", true}}},
      {"asset",
       "withdraw",
       "Take back the booking of an asset that was never here",
       "WithdrawAsset",
       {{"NAME", "name", "The asset", "assets", true},
        {"--reason", "reason", "Why; kept with the facts", "", true}}},
      {"asset",
       "hold",
       "Stop an asset: it is neither sold, shipped nor stored elsewhere until the hold is released",
       "PlaceHold",
       {{"NAME", "name", "The asset", "assets", true},
        {"--kind", "kind", "hazard, recalled, lost-or-stolen, counterfeit, identity or other", "",
         true},
        {"--reason", "reason", "In words; kept with the facts", "", true}}},
      {"asset",
       "release-hold",
       "Release a hold of an asset; asset show names its holds",
       "ReleaseHold",
       {{"NAME", "name", "The asset", "assets", true},
        {"HOLD", "hold_id", "The hold, such as 00000f", "", true},
        {"--reason", "reason", "Why; kept with the facts", "", true}}},
      {"asset",
       "correct",
       "Correct identifiers of an asset",
       "CorrectIdentifiers",
       {{"NAME", "name", "The asset", "assets", true},
        {"--add", "add{kind,value,issuer}",
         "KIND:VALUE:ISSUER, such as serial:5CG1; may come again"},
        {"--remove", "remove{kind,value,issuer}", "The same of a wrong one; may come again"},
        {"--reason", "reason", "Why; kept with the facts", "", true}}},
      {"asset",
       "merge",
       "Make two identities of one device one asset",
       "MergeAssets",
       {{"NAME", "name", "The asset that goes on", "assets", true},
        {"ABSORBED", "absorbed", "The one that ends", "assets", true}}},
      {"lot", "create", "Book goods by count and mass", "CreateLot", create},
      {"lot",
       "update",
       "Move, describe or correct a lot",
       "UpdateLot",
       update,
       "",
       {},
       "GetLot",
       "lot"},
      {"lot", "show", "One lot", "GetLot", {{"NAME", "name", "The lot", "lots", true}}},
      {"lot",
       "list",
       "Lots, one a line",
       "ListLots",
       {},
       "lots",
       {"name", "description", "category", "piece_count", "mass_g", "location", "applicability"}},
  };
}

std::vector<Verb> LoadVerbs() {
  return {
      {"load",
       "update",
       "State or correct what a load came with",
       "UpdateLoad",
       {{"LOAD", "load.name", "The load", "loads", true},
        {"--bill-of-lading", "load.bill_of_lading", "Its number"},
        {"--purchase-order", "load.purchase_order", "Its number"},
        {"--carrier", "load.carrier", "Who brought it", "parties"},
        {"--seal", "load.seals", "A seal; all are given anew", "", false, true},
        {"--external-ref", "load.external_ref", "What the ERP system calls it"},
        {"--instruction", "load.instruction", "What the supplier wants: destroy or return"},
        {"--no-resale", "load.no_resale", "true or false: nothing of it may be resold"}},
       "",
       {},
       "GetLoad",
       "load"},
      {"load",
       "close",
       "End a load: all of it has been received",
       "CloseLoad",
       {{"LOAD", "name", "The load", "loads", true}}},
  };
}

std::vector<Verb> ManifestVerbs() {
  return {
      {"manifest",
       "show",
       "The manifest in force of a load, and how what came compares with it",
       "GetReconciliation",
       {{"LOAD", "load", "The load", "loads", true}}},
      {"manifest",
       "lines",
       "The lines of a manifest, one a line",
       "ListManifestLines",
       {{"NAME", "manifest", "The manifest, or the load whose one is in force", "manifests", true}},
       "lines",
       {"number", "serial", "imei", "asset_tag", "maker", "model", "quantity", "received_quantity",
        "mass_g", "asset"}},
  };
}

std::vector<Verb> SessionVerbs() {
  return {
      {"session",
       "show",
       "One receiving session, with its summary once it is closed",
       "GetSession",
       {{"NAME", "name", "The session", "sessions", true}}},
      {"session",
       "scans",
       "The scans of a session, one a line",
       "ListScans",
       {{"NAME", "session", "The session", "sessions", true}},
       "scans",
       {"name", "outcome", "symbols", "asset", "match", "manifest_line", "withdrawn"}},
      {"session",
       "withdraw",
       "Take a scan back; what it booked goes with it",
       "WithdrawScan",
       {{"SCAN", "name", "The scan", "scans", true},
        {"--reason", "reason", "Why; kept with the facts", "", true}}},
      {"session",
       "list",
       "Receiving sessions, one a line",
       "ListSessions",
       {},
       "sessions",
       {"name", "load", "station", "open", "scan_count", "asset_count", "duplicate_count",
        "unread_count", "create_time", "close_time"},
       "",
       "",
       "--open",
       "open",
       "yes"},
  };
}

std::vector<Verb> ShipmentVerbs() {
  return {
      {"shipment",
       "ship",
       "Ship or sell assets and parts of lots",
       "ShipAssets",
       {{"--kind", "shipment.kind", "sale or downstream", "", true},
        {"--receiver", "shipment.receiver", "Buyer or downstream vendor", "parties", true},
        {"--asset", "shipment.assets", "An asset; may come again", "assets"},
        {"--lot", "shipment.lots{lot,piece_count,mass_g}", "LOT:PIECES:GRAMS; may come again",
         "lots"},
        {"--stream", "shipment.stream", "For a vendor: what it is, such as data-devices"},
        {"--return-policy", "shipment.return_policy", "For a sale: what was offered before it"},
        {"--bol", "shipment.bill_of_lading", "Bill of lading"},
        {"--seal", "shipment.seals", "A seal; may come again"},
        {"--carrier", "shipment.carrier", "Who carries it", "parties"},
        {"--vehicle", "shipment.vehicle", "Trailer or vehicle"},
        {"--container-number", "shipment.container_number", "Freight container"},
        {"--country", "shipment.destination_country", "Where it goes, two letters"},
        {"--export-country", "shipment.legality.export_country", "Across borders: from"},
        {"--transit-country", "shipment.legality.transit_countries", "Through; may come again"},
        {"--import-country", "shipment.legality.import_country", "To"},
        {"--hazardous", "shipment.legality.hazardous", "It is hazardous waste in one of them"},
        {"--code", "shipment.legality.codes", "A code on the papers; may come again"},
        {"--basis", "shipment.legality.basis", "Why it is legal"},
        {"--legal-evidence", "shipment.legality.evidence{sha256,media_type}", kEvidence},
        {"--part-number", "shipment.requested_part_number",
         "For specialty equipment: what the buyer asked for"},
        {"--external-ref", "shipment.external_ref", "What the ERP system calls it"}}},
      {"shipment",
       "confirm",
       "Record that the receiver has it",
       "ConfirmReceipt",
       {{"NAME", "name", "The shipment", "shipments", true},
        {"--receipt", "receipt{sha256,media_type}", kEvidence, "", true},
        {"--date", "confirmation.date", "The day of receipt, YYYY-MM-DD", "", true},
        {"--by", "confirmation.confirmed_by", "Who confirmed it there"},
        {"--pieces", "confirmation.piece_count", "Pieces received"},
        {"--mass-g", "confirmation.mass_g", "Grams received"}}},
      {"shipment",
       "certificate",
       "Record a vendor's certificate",
       "RecordCertificate",
       {{"SHIPMENT", "certificate.shipment", "The shipment it speaks of", "shipments", true},
        {"--kind", "certificate.kind", "recycling, data-destruction or final-disposition", "",
         true},
        {"--issuer", "certificate.issuer", "Who issued it", "parties", true},
        {"--number", "certificate.number", "Its number", "", true},
        {"--date", "certificate.issue_date", "The day of issue, YYYY-MM-DD", "", true},
        {"--asset", "certificate.assets", "An asset that it names; may come again", "assets"},
        {"--mass-g", "certificate.mass_g", "Grams that it certifies"},
        {"--evidence", "certificate.evidence{sha256,media_type}", kEvidence, "", true}}},
      {"shipment",
       "show",
       "One shipment",
       "GetShipment",
       {{"NAME", "name", "The shipment", "shipments", true}}},
      {"shipment",
       "list",
       "Shipments, one a line",
       "ListShipments",
       {},
       "shipments",
       {"name", "kind", "receiver", "stream", "piece_count", "mass_g", "state", "create_time"},
       "",
       "",
       "--unconfirmed",
       "state",
       "shipped"},
      {"shipment",
       "certificates",
       "Certificates received, one a line",
       "ListCertificates",
       {},
       "certificates",
       {"name", "kind", "issuer", "number", "issue_date", "shipment"}},
  };
}

std::vector<Verb> StockVerbs() {
  const VerbField name = {"NAME", "name", "The stock take", "stocktakes", true};
  const std::vector<const char*> columns = {"name",  "place", "open", "counted",
                                            "found", "moved", "lost", "create_time"};
  Verb count = {
      "stocktake",
      "count",
      "Record what was seen",
      "RecordStockCount",
      {name, {"SEEN", "assets", "Assets, serial numbers or tags; - reads lines", "", true}}};
  count.run = CountStock;
  Verb missing = {"stocktake",
                  "missing",
                  "Record as lost what the record has in the place and nobody counted",
                  "RecordMissing",
                  {name}};
  missing.run = RecordMissing;
  return {
      {"stocktake",
       "open",
       "Begin to take stock",
       "OpenStockTake",
       {{"PLACE", "place", "locations/NAME or containers/NAME", "*", true}}},
      count,
      missing,
      {"stocktake", "close", "End a stock take", "CloseStockTake", {name}},
      {"stocktake", "show", "One stock take", "GetStockTake", {name}},
      {"stocktake",
       "list",
       "Stock takes, one a line",
       "ListStockTakes",
       {},
       "stock_takes",
       columns},
  };
}

std::vector<Verb> CatalogVerbs() {
  return {
      {"catalog",
       "add",
       "Add an entry of the site's own, or replace one by its NAME",
       "SetCatalogEntry",
       {{"--name", "entry.name", "Its id, to be replaced later", "catalog"},
        {"--maker", "entry.maker", "Maker", "", true},
        {"--model", "entry.model", "Model", "", true},
        {"--key", "entry.keys", "GTIN, part number, model code or TAC, in capitals; may come again",
         "", true},
        {"--category", "entry.category", "Such as phone"},
        {"--unu-key", "entry.unu_key", "Such as 0306"},
        {"--eu-category", "entry.eu_category", "Collection category, such as 6 or 4a"},
        {"--mass-g", "entry.mass_g", "Grams of one"},
        {"--data-bearing", "entry.data_bearing", "It can hold data"},
        {"--focus-material", "entry.focus_materials", "A focus material in it"},
        {"--screen-um", "entry.screen_um", "Diagonal of the screen, micrometres"},
        {"--width-um", "entry.width_um", "Width of the front face, micrometres"},
        {"--height-um", "entry.height_um", "Height of the front face, micrometres"},
        {"--value-cents", "entry.typical_value_cents", "What a working one is worth, in cents"},
        {"--currency", "entry.value_currency", "Such as EUR"},
        {"--source", "entry.source", "Who says so"}}},
      {"catalog",
       "list",
       "Entries of the site's own, imported ones too",
       "ListCatalogEntries",
       {},
       "entries",
       {"name", "maker", "model", "category", "mass_g", "licence", "source"}},
  };
}

std::vector<Verb> IncidentVerbs() {
  const std::vector<VerbField> fields = {
      {"--kind", "incident.kind", "data, loss, safety, environment, violation or other"},
      {"--description", "incident.description", "What happened"},
      {"--time", "incident.occur_time", "When, such as 2026-03-02T09:15:00Z"},
      {"--subject", "incident.subjects", "What it is about, such as assets/0001; may come again",
       "*"},
      {"--notified", "incident.notifications", "Who was told, with the date; may come again"},
      {"--resolution", "incident.resolution", "How it ended"},
      {"--evidence", "incident.evidence{sha256,media_type}", kEvidence},
  };
  std::vector<VerbField> change = fields;
  change.insert(change.begin(), {"NAME", "incident.name", "The incident", "incidents", true});
  return {
      {"incident", "create", "Record an incident", "CreateIncident", fields},
      {"incident",
       "update",
       "Add to an incident, or end it",
       "UpdateIncident",
       change,
       "",
       {},
       "GetIncident",
       "incident"},
      {"incident",
       "show",
       "One incident",
       "GetIncident",
       {{"NAME", "name", "The incident", "incidents", true}}},
      {"incident",
       "list",
       "Incidents, one a line",
       "ListIncidents",
       {},
       "incidents",
       {"name", "kind", "create_time", "reported_by", "description", "resolution"},
       "",
       "",
       "--open",
       "resolution",
       "-"},
  };
}

std::vector<Verb> NonconformityVerbs() {
  const std::vector<VerbField> fields = {
      {"--description", "nonconformity.description", "What was found"},
      {"--clause", "nonconformity.clause", "The rule or clause, such as R-13"},
      {"--subject", "nonconformity.subjects", "What it is about; may come again", "*"},
      {"--root-cause", "nonconformity.root_cause", "Why it happened"},
      {"--action", "nonconformity.corrective_action", "What is done about it"},
      {"--responsible", "nonconformity.responsible", "Who is responsible"},
      {"--due", "nonconformity.due_date", "By when, YYYY-MM-DD"},
      {"--closed", "nonconformity.closed_date", "When its effect was verified, YYYY-MM-DD"},
      {"--verified-by", "nonconformity.verified_by", "Who verified it; another person"},
      {"--evidence", "nonconformity.evidence{sha256,media_type}", kEvidence},
  };
  std::vector<VerbField> change = fields;
  change.insert(change.begin(),
                {"NAME", "nonconformity.name", "The nonconformity", "nonconformities", true});
  return {
      {"nonconformity", "create", "Record a nonconformity", "CreateNonconformity", fields},
      {"nonconformity",
       "update",
       "Record its corrective action, or close it",
       "UpdateNonconformity",
       change,
       "",
       {},
       "GetNonconformity",
       "nonconformity"},
      {"nonconformity",
       "show",
       "One nonconformity",
       "GetNonconformity",
       {{"NAME", "name", "The nonconformity", "nonconformities", true}}},
      {"nonconformity",
       "list",
       "Nonconformities, one a line",
       "ListNonconformities",
       {},
       "nonconformities",
       {"name", "clause", "description", "responsible", "due_date", "closed_date"},
       "",
       "",
       "--open",
       "closed_date",
       "-"},
  };
}

std::vector<Verb> PeopleVerbs() {
  return {
      {"authorization",
       "grant",
       "Authorize a person",
       "GrantAuthorization",
       {{"PERSON", "authorization.person", "The principal", "", true},
        {"--level", "authorization.levels",
         "handle-data, sanitize, verify or hazard; may come again", "", true},
        {"--trained", "authorization.training_date", "The day of training, YYYY-MM-DD", "", true},
        {"--confidential", "authorization.confidentiality_date",
         "The day on which confidentiality was signed, YYYY-MM-DD", "", true},
        {"--until", "authorization.expire_date", "The last day, YYYY-MM-DD"},
        {"--evidence", "authorization.evidence{sha256,media_type}", kEvidence}}},
      {"authorization",
       "revoke",
       "Take an authorization back",
       "RevokeAuthorization",
       {{"NAME", "name", "The authorization", "authorizations", true}}},
      {"authorization",
       "list",
       "Authorizations, one a line",
       "ListAuthorizations",
       {},
       "authorizations",
       {"name", "person", "levels", "granted_by", "expire_date", "revoked"}},
  };
}

std::vector<Verb> PartyVerbs() {
  const std::vector<VerbField> fields = {
      {"--display-name", "party.display_name", "For people"},
      {"--role", "party.roles", "supplier, customer, carrier or downstream-vendor; may come again",
       "", false, true},
      {"--postal-address", "party.address", "Postal address, one line"},
      {"--country", "party.country", "Two letters, such as DE"},
      {"--external-ref", "party.external_ref", "What the ERP system calls it"},
      {"--no-resale", "party.no_resale", "It never allows resale of what it supplies"},
  };
  std::vector<VerbField> add = fields;
  add.insert(add.begin(),
             {"NAME", "party.name", "Lower-case letters, digits and hyphens", "parties", true});
  std::vector<VerbField> update = fields;
  update.insert(update.begin(), {"NAME", "party.name", "The party", "parties", true});
  return {
      {"party", "add", "Make a party: a supplier, customer, carrier or vendor", "CreateParty", add},
      {"party",
       "update",
       "Change what is known of a party",
       "UpdateParty",
       update,
       "",
       {},
       "GetParty",
       "party"},
      {"party",
       "show",
       "One party with its register",
       "GetParty",
       {{"NAME", "name", "The party", "parties", true}}},
      {"party",
       "list",
       "Parties, one a line",
       "ListParties",
       {},
       "parties",
       {"name", "display_name", "roles", "country", "external_ref"}},
  };
}

std::vector<Verb> SiteVerbs() {
  return {
      {"site", "show", "One site", "GetSite", {{"SITE", "name", "The site", "sites", true}}},
      {"site",
       "update",
       "State or correct what is known of a site",
       "UpdateSite",
       {{"SITE", "site.name", "The site", "sites", true},
        {"--display-name", "site.display_name", "For people"},
        {"--gs1-prefix", "site.gs1_prefix", "GS1 company prefix, of which it makes SSCCs"},
        {"--utc-offset", "site.utc_offset", "Local time, such as -06:00"},
        {"--country", "site.country", "Two letters, such as DE"},
        {"--r2-certificate", "site.r2_certificate", "Id of its R2 certificate"},
        {"--r2-appendix", "site.r2_appendices", "A certified appendix; all are given anew", "",
         false, true}},
       "",
       {},
       "GetSite",
       "site"},
  };
}

std::vector<Verb> RulesVerbs() {
  return {
      {"rules",
       "show",
       "The rules in force, or an earlier version",
       "GetFacilityRules",
       {{"--version", "version", "Which version"}}},
      {"rules",
       "list",
       "All versions, one a line",
       "ListFacilityRules",
       {},
       "rules",
       {"version", "create_time", "storage_days", "sanitize_days", "test_days", "specialty_ppm",
        "reason"}},
      {"rules",
       "set",
       "Change some of the rules in force; makes a new version",
       "SetFacilityRules",
       {{"--reason", "rules.reason", "Why; kept with the version", "", true},
        {"--sanitize-days", "rules.sanitize_days", "Days from receipt to sanitization"},
        {"--storage-days", "rules.storage_days", "Days that controlled stock may be stored"},
        {"--test-days", "rules.test_days", "Days within which test and repair begin"},
        {"--alert-days", "rules.alert_days", "An age that is reported; may come again", "", false,
         true},
        {"--assessment-days", "rules.assessment_days", "Days that an assessment holds"},
        {"--certificate-check-days", "rules.certificate_check_days",
         "Days that a look at a certificate holds"},
        {"--specialty-ppm", "rules.specialty_ppm", "Untested specialty units in a million sold"},
        {"--loss-ppm", "rules.loss_ppm", "What a teardown may lose, in a million"},
        {"--retention-years", "rules.retention_years", "Years that records are kept"},
        {"--require-authorization", "rules.require_authorization", "true or false"},
        {"--cap", "rules.caps{category,pieces,mass_g}",
         "CATEGORY:PIECES:GRAMS; all caps of categories and materials are given anew", "", false,
         true},
        {"--material-cap", "rules.caps{focus_material,pieces,mass_g}",
         "MATERIAL:PIECES:GRAMS; goes with --cap", "", false, true}},
       "",
       {},
       "GetFacilityRules",
       "rules"},
  };
}

}  // namespace

const std::vector<Verb>& Verbs() {
  static const auto* const kVerbs = [] {
    auto* verbs = new std::vector<Verb>();
    for (const auto& part :
         {GoodsVerbs(), LoadVerbs(), ManifestVerbs(), SessionVerbs(), ShipmentVerbs(), StockVerbs(),
          CatalogVerbs(), IncidentVerbs(), NonconformityVerbs(), PeopleVerbs(), PartyVerbs(),
          SiteVerbs(), RulesVerbs()}) {
      verbs->insert(verbs->end(), part.begin(), part.end());
    }
    return verbs;
  }();
  return *kVerbs;
}

}  // namespace loopdock::cli
