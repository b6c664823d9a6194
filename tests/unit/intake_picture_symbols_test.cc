// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "services/intake/core/picture_symbols.h"

namespace loopdock::intake {
namespace {

vision::v1::DecodeResult Seen() {
  vision::v1::DecodeResult decoded;
  vision::v1::UnreadSymbol* unread = decoded.add_unread();
  unread->set_kind("linear");
  unread->add_corners()->set_x(5);
  vision::v1::TextProposal* proposal = decoded.add_proposals();
  proposal->set_label("S/N");
  proposal->set_value("5CG1234XYZ");
  proposal->set_confidence(0.9);
  proposal->add_corners()->set_y(7);
  return decoded;
}

v1::ScanResponse Answer(inventory::v1::ScanOutcome outcome) {
  v1::ScanResponse response;
  response.set_outcome(outcome);
  response.set_message("As recorded.");
  return response;
}

TEST(PictureSymbols, AnUnreadPictureSaysWhatPrintProposes) {
  v1::ScanResponse response = Answer(inventory::v1::SCAN_OUTCOME_UNREAD);
  AddPictureSymbols(PictureSymbolsOf(Seen()), &response);
  EXPECT_EQ(response.message(),
            "A symbol is seen but cannot be read; print says S/N 5CG1234XYZ: confirm or type it.");
  ASSERT_EQ(response.unread_size(), 1);
  EXPECT_EQ(response.unread(0).kind(), "linear");
  EXPECT_EQ(response.unread(0).corners(0), 5);
  ASSERT_EQ(response.proposals_size(), 1);
  EXPECT_EQ(response.proposals(0).label(), "S/N");
  EXPECT_EQ(response.proposals(0).value(), "5CG1234XYZ");
  EXPECT_EQ(response.proposals(0).confidence(), 0.9);
  EXPECT_EQ(response.proposals(0).corners(1), 7);
}

TEST(PictureSymbols, WithoutProposalThePersonTypes) {
  vision::v1::DecodeResult decoded = Seen();
  decoded.clear_proposals();
  v1::ScanResponse response = Answer(inventory::v1::SCAN_OUTCOME_UNREAD);
  AddPictureSymbols(PictureSymbolsOf(decoded), &response);
  EXPECT_EQ(response.message(),
            "A symbol is seen but cannot be read; the picture is kept. Type what the label says.");
}

TEST(PictureSymbols, WhatWasBookedKeepsItsMessage) {
  v1::ScanResponse booked = Answer(inventory::v1::SCAN_OUTCOME_BOOKED);
  AddPictureSymbols(PictureSymbolsOf(Seen()), &booked);
  EXPECT_EQ(booked.message(), "As recorded.");
  EXPECT_EQ(booked.proposals_size(), 1);
  v1::ScanResponse nothing_seen = Answer(inventory::v1::SCAN_OUTCOME_UNREAD);
  AddPictureSymbols({}, &nothing_seen);
  EXPECT_EQ(nothing_seen.message(), "As recorded.");
}

}  // namespace
}  // namespace loopdock::intake
