// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_RECEIVE_WORDS_H_
#define LOOPDOCK_CLIENTS_CLI_RECEIVE_WORDS_H_

// What a receiving terminal says of scans, counts and differences, and how it reads masses.
// Thread safety: free functions, safe from any thread.
// Errors: USAGE for a mass that is none.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/receive_core.h"

namespace loopdock::cli {

// "12 of 200 matched, 188 missing, ..."; without a manifest the devices that came.
std::string TotalsText(const ReceiveState& state);
// Pieces claimed that have not come.
std::int64_t MissingOf(const inventory::v1::ReceivingCounts& counts);
// `plus` adds or, with -1, takes away what was received; the claim stays as it is.
void AddCounts(const inventory::v1::ReceivingCounts& counts, int plus,
               inventory::v1::ReceivingCounts* sum);

// A scan by what a person would recognise it by.
std::string WhatOf(const intake::v1::ScanRequest& scan);
// One line on what became of it, with how much it wants an eye.
Report DescribeAnswer(const intake::v1::ScanRequest& scan, const intake::v1::ScanResponse& answer);

// Differences of claim and reality as a table, with headings.
std::string DiscrepanciesTable(const inventory::v1::ListDiscrepanciesResponse& page);
std::string SummaryText(const inventory::v1::SessionSummary& summary);
// Whether the summary is what its SHA-256 says.
bool SummaryIsWhole(const inventory::v1::SessionSummary& summary);

// "412", "412g", "4.5kg", "4,5kg", "12lb" in grams.
absl::StatusOr<std::int64_t> ParseMass(std::string_view text);

// The members of the API's message, for the objects of --json.
nlohmann::ordered_json AsJson(const google::protobuf::Message& message);

// With a stop at its end, so that a further sentence can follow.
std::string AsSentence(std::string text);

// "1 problem", "2 problems".
std::string Counted(std::int64_t count, std::string_view what);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_RECEIVE_WORDS_H_
