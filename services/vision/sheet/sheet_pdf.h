// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_SERVICES_VISION_SHEET_SHEET_PDF_H_
#define LOOPDOCK_SERVICES_VISION_SHEET_SHEET_PDF_H_

// A mat or a calibration board as a page to print: vectors at their true size, with a line of
// 100 mm to hold a ruler against, and what the sheet is. The field of a mat is grey, so that black
// and white devices both stand out from it.
// Thread safety: pure function.
// Errors: INVALID_ARGUMENT BOARD_INVALID, also when the board is too large for A3.

#include <string>

#include "absl/status/statusor.h"
#include "loopdock/vision/v1/vision.pb.h"

namespace loopdock::vision {

// The bytes of a PDF of one page, A4 where the board fits on it, else A3, lying.
absl::StatusOr<std::string> SheetPdf(const v1::Board& board);

}  // namespace loopdock::vision

#endif  // LOOPDOCK_SERVICES_VISION_SHEET_SHEET_PDF_H_
