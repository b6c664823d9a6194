// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_INTAKE_CORE_PICTURE_SYMBOLS_H_
#define LOOPDOCK_SERVICES_INTAKE_CORE_PICTURE_SYMBOLS_H_

// What was seen in a picture beside what is booked of it: symbols read, symbols that could not be
// read, and what print proposes for them. For the answer to the station only.
// Thread safety: plain values and free functions.

#include <vector>

#include "loopdock/intake/v1/intake.pb.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::intake {

struct PictureSymbols {
  std::vector<v1::ReadSymbol> read;
  std::vector<v1::UnreadSymbol> unread;
  std::vector<v1::TextProposal> proposals;
};

PictureSymbols PictureSymbolsOf(const vision::v1::DecodeResult& decoded);

// Adds them to an answer whose outcome and message are set. Where nothing could be read the message
// says what is seen and what print proposes.
void AddPictureSymbols(const PictureSymbols& symbols, v1::ScanResponse* response);

}  // namespace loopdock::intake

#endif  // LOOPDOCK_SERVICES_INTAKE_CORE_PICTURE_SYMBOLS_H_
