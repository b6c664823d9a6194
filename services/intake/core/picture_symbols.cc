// SPDX-License-Identifier: Apache-2.0
#include "services/intake/core/picture_symbols.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace loopdock::intake {
namespace {

template <typename To, typename From>
void AddCorners(const From& from, To* to) {
  for (const vision::v1::Point& corner : from.corners()) {
    to->add_corners(corner.x());
    to->add_corners(corner.y());
  }
}

std::string SentenceFor(const PictureSymbols& symbols) {
  if (symbols.proposals.empty()) {
    return "A symbol is seen but cannot be read; the picture is kept. Type what the label says.";
  }
  const v1::TextProposal& first = symbols.proposals.front();
  return absl::StrCat("A symbol is seen but cannot be read; print says ", first.label(),
                      first.label().empty() ? "" : " ", first.value(), ": confirm or type it.");
}

}  // namespace

PictureSymbols PictureSymbolsOf(const vision::v1::DecodeResult& decoded) {
  PictureSymbols symbols;
  for (const vision::v1::Symbol& seen : decoded.symbols()) {
    v1::ReadSymbol& symbol = symbols.read.emplace_back();
    symbol.set_format(seen.format());
    symbol.set_content(seen.content());
    symbol.set_symbology_identifier(seen.symbology_identifier());
    AddCorners(seen, &symbol);
  }
  for (const vision::v1::UnreadSymbol& seen : decoded.unread()) {
    v1::UnreadSymbol& symbol = symbols.unread.emplace_back();
    symbol.set_kind(seen.kind());
    AddCorners(seen, &symbol);
  }
  for (const vision::v1::TextProposal& seen : decoded.proposals()) {
    v1::TextProposal& proposal = symbols.proposals.emplace_back();
    proposal.set_label(seen.label());
    proposal.set_value(seen.value());
    proposal.set_confidence(seen.confidence());
    AddCorners(seen, &proposal);
  }
  return symbols;
}

void AddPictureSymbols(const PictureSymbols& symbols, v1::ScanResponse* response) {
  for (const v1::ReadSymbol& symbol : symbols.read) *response->add_symbols() = symbol;
  for (const v1::UnreadSymbol& symbol : symbols.unread) *response->add_unread() = symbol;
  for (const v1::TextProposal& proposal : symbols.proposals) *response->add_proposals() = proposal;
  if (response->outcome() == inventory::v1::SCAN_OUTCOME_UNREAD && !symbols.unread.empty()) {
    response->set_message(SentenceFor(symbols));
  }
}

}  // namespace loopdock::intake
