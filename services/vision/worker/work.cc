// SPDX-License-Identifier: Apache-2.0
#include "services/vision/worker/work.h"

#include <ZXing/ZXVersion.h>

#include <algorithm>
#include <exception>
#include <new>
#include <opencv2/core/version.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/status.h"
#include "services/vision/decode/decoder.h"
#include "services/vision/draw/draw.h"
#include "services/vision/measure/measure.h"
#include "services/vision/measure/parameters.h"
#include "services/vision/scale/find_board.h"
#include "services/vision/scale/solve_lens.h"
#include "services/vision/text/propose_text.h"
#include "services/vision/text/text_reader.h"
#include "services/vision/worker/load_picture.h"

namespace loopdock::vision {
namespace {

constexpr const char* kWorkerVersion = "1";

// For print, a picture.
constexpr absl::Duration kPrintTimeMax = absl::Milliseconds(1500);
// Where Debian keeps it.
constexpr const char* kTextModel = "/usr/share/tesseract-ocr/5/tessdata/eng.traineddata";

// Its file is read at the first call, which is before the worker closes itself in.
TextReader& Text() {
  static TextReader reader(kTextModel);
  return reader;
}

void SetError(v1::Response& response, const absl::Status& status) {
  const std::string reason = common::ReasonOf(status);
  response.mutable_error()->set_reason(reason.empty() ? "WORKER_FAILED" : reason);
  response.mutable_error()->set_message(std::string(status.message()));
}

absl::Status Decode(const v1::Request& request, std::string_view picture, absl::Time deadline,
                    v1::Response& response) {
  const auto grey = LoadPicture(picture, PixelKind::kGrey);
  if (!grey.ok()) return grey.status();
  auto decoded =
      DecodeSymbols(*grey, {request.decode().symbols_max(), deadline, request.safest_mode()});
  if (!decoded.ok()) return decoded.status();
  // A worker died on this picture: print is the first thing to do without.
  if (request.decode().propose_text() && !request.safest_mode() && decoded->unread_size() > 0 &&
      Text().Unpack()) {
    ProposeText(*grey, std::min(deadline, absl::Now() + kPrintTimeMax), Text(), *decoded);
  }
  *response.mutable_decode() = *std::move(decoded);
  return absl::OkStatus();
}

absl::Status MeasureDefects(const v1::Request& request, std::string_view picture,
                            absl::Time deadline, v1::Response& response) {
  const auto colour = LoadPicture(picture, PixelKind::kColour);
  if (!colour.ok()) return colour.status();
  MeasureOptions options;
  options.deadline = deadline;
  const v1::MeasureRequest& wish = request.measure();
  if (wish.has_um_per_px()) options.um_per_px = wish.um_per_px();
  if (wish.has_mat()) options.mat = wish.mat();
  if (wish.has_lens()) options.lens = wish.lens();
  options.thickness_um = wish.thickness_um();
  options.body_length_um = wish.body_length_um();
  options.body_width_um = wish.body_width_um();
  options.face = wish.face();
  if (!wish.reference().empty()) {
    const auto reference = LoadPicture(wish.reference(), PixelKind::kColour);
    if (!reference.ok()) return reference.status();
    options.reference = *reference;
  }
  auto measured = Measure(*colour, options);
  if (!measured.ok()) return measured.status();
  *response.mutable_measurement() = *std::move(measured);
  return absl::OkStatus();
}

absl::Status LookForBoard(const v1::Request& request, std::string_view picture,
                          v1::Response& response) {
  const auto grey = LoadPicture(picture, PixelKind::kGrey);
  if (!grey.ok()) return grey.status();
  auto view = FindBoard(*grey, request.find_board().board());
  if (!view.ok()) return view.status();
  *response.mutable_board_view() = *std::move(view);
  return absl::OkStatus();
}

absl::Status Calibrate(const v1::Request& request, v1::Response& response) {
  auto solved = SolveLens(request.solve_lens());
  if (!solved.ok()) return solved.status();
  *response.mutable_solved_lens() = *std::move(solved);
  return absl::OkStatus();
}

absl::Status DrawPicture(const v1::Request& request, std::string_view picture,
                         v1::Response& response) {
  const auto colour = LoadPicture(picture, PixelKind::kColour);
  if (!colour.ok()) return colour.status();
  auto jpeg = Draw(*colour, request.draw());
  if (!jpeg.ok()) return jpeg.status();
  response.mutable_drawing()->set_jpeg(*std::move(jpeg));
  return absl::OkStatus();
}

absl::Status Work(const v1::Request& request, std::string_view picture, absl::Time deadline,
                  v1::Response& response) {
  try {
    if (request.has_decode()) return Decode(request, picture, deadline, response);
    if (request.has_measure()) return MeasureDefects(request, picture, deadline, response);
    if (request.has_find_board()) return LookForBoard(request, picture, response);
    if (request.has_solve_lens()) return Calibrate(request, response);
    if (request.has_draw()) return DrawPicture(request, picture, response);
  } catch (const std::bad_alloc&) {
    return common::Error(
        absl::StatusCode::kInvalidArgument, "IMAGE_TOO_LARGE",
        "The picture needs more memory than a worker may use; send a smaller one.");
  } catch (const std::exception& error) {
    return common::Error(absl::StatusCode::kInternal, "WORKER_FAILED",
                         std::string("A picture library failed: ") + error.what());
  }
  return common::Error(absl::StatusCode::kInternal, "WORKER_REQUEST_INVALID",
                       "The request asks for nothing that this worker knows.");
}

}  // namespace

v1::ModuleVersions Versions() {
  v1::ModuleVersions versions;
  versions.set_worker(kWorkerVersion);
  versions.set_decoder(absl::StrCat("zxing ", ZXING_VERSION_MAJOR, ".", ZXING_VERSION_MINOR, ".",
                                    ZXING_VERSION_PATCH));
  versions.set_pictures("opencv " CV_VERSION);
  versions.set_measure(kMeasureVersion);
  versions.set_text(Text().version());
  return versions;
}

v1::Response Answer(const v1::Request& request, std::string_view picture) {
  const absl::Time start = absl::Now();
  v1::Response response;
  response.set_id(request.id());
  const absl::Time deadline = request.deadline_ms() > 0
                                  ? start + absl::Milliseconds(request.deadline_ms())
                                  : absl::InfiniteFuture();
  const absl::Status done = Work(request, picture, deadline, response);
  if (!done.ok()) {
    response.clear_result();
    SetError(response, done);
  }
  response.set_worker_ms(absl::ToDoubleMilliseconds(absl::Now() - start));
  *response.mutable_versions() = Versions();
  return response;
}

v1::Response Refuse(const v1::Request& request, std::string_view reason, std::string_view message) {
  v1::Response response;
  response.set_id(request.id());
  response.mutable_error()->set_reason(std::string(reason));
  response.mutable_error()->set_message(std::string(message));
  return response;
}

}  // namespace loopdock::vision
