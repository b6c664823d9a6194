// SPDX-License-Identifier: Apache-2.0
// loopdock grade: cosmetic grade of picture files; docs/reference/grade.md.

#include <cstdlib>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/cli.h"
#include "clients/cli/console.h"
#include "clients/cli/inspection.h"
#include "clients/cli/pictures.h"
#include "services/common/fileio.h"
#include "services/common/models.h"
#include "services/common/status.h"
#include "services/grading/core/grade_line.h"
#include "services/grading/core/scale.h"

namespace loopdock::cli {
namespace {

constexpr std::int64_t kScaleBytesMax = 1 << 20;

struct Options {
  std::vector<std::string> files;
  bool json = false;
  std::optional<double> um_per_px;
  std::string mat;
  std::string face;
  double thickness_mm = 0;
  std::string scale;
  int workers = 2;
};

absl::StatusOr<grading::Scale> LoadScale(std::string path) {
  if (path.empty()) {
    const auto models = common::ModelsDirectory();
    if (!models.ok()) {
      return common::Error(models.status().code(), "FILE_NOT_FOUND",
                           absl::StrCat(std::string(models.status().message()),
                                        " Say which scale grades: --scale FILE."));
    }
    path = *models + "/grading/itad-1.toml";
  }
  auto text = common::ReadFile(path, kScaleBytesMax);
  if (!text.ok()) return text.status();
  return grading::Scale::Parse(*text);
}

void PrintAnswer(const grading::Scale& scale, const std::string& file,
                 const absl::StatusOr<vision::v1::Response>& answer) {
  if (!answer.ok()) {
    const std::string ms = common::MetadataOf(answer.status(), "worker_ms");
    PrintLine(grading::GradeLine(file, answer.status(), {}, std::strtod(ms.c_str(), nullptr)));
    return;
  }
  const vision::v1::Measurement& measurement = answer->measurement();
  PrintLine(
      grading::GradeLine(file, measurement, scale.Evaluate(measurement, {}), answer->worker_ms()));
}

void AddRow(Table& table, const grading::Scale& scale, const std::string& file,
            const absl::StatusOr<vision::v1::Response>& answer) {
  if (!answer.ok()) {
    table.Add({Visible(file), "-", "-", "-", "-",
               absl::StrCat(common::ReasonOf(answer.status()), ": ",
                            Visible(std::string(answer.status().message())))});
    return;
  }
  const vision::v1::Measurement& measurement = answer->measurement();
  const grading::GradeResult grade = scale.Evaluate(measurement, {});
  const std::string why = grade.reasons.empty() ? "" : ": " + grade.reasons.front();
  table.Add({Visible(file), grade.grade, absl::StrCat(measurement.defects_size()),
             absl::StrFormat("%.2f", measurement.score()), ScaleText(measurement),
             Visible(grade.reason + why)});
}

absl::StatusOr<vision::v1::MeasureRequest> MakeRequest(const Options& options) {
  vision::v1::MeasureRequest measure;
  if (options.um_per_px) measure.set_um_per_px(*options.um_per_px);
  if (!options.mat.empty()) {
    const auto mat = BoardNamed(options.mat);
    if (!mat.ok()) return mat.status();
    *measure.mutable_mat() = *mat;
  }
  const auto face = FaceOf(options.face);
  if (!face.ok()) return face.status();
  measure.set_face(*face);
  measure.set_thickness_um(options.thickness_mm * 1000);
  return measure;
}

absl::Status Run(const Options& options) {
  const auto measure = MakeRequest(options);
  if (!measure.ok()) return measure.status();
  const auto scale = LoadScale(options.scale);
  if (!scale.ok()) return scale.status();
  vision::v1::Request request;
  *request.mutable_measure() = *measure;
  bool by_mat = false;
  Table table({"FILE", "GRADE", "DEFECTS", "SCORE", "SCALE", "REASON"});
  const absl::Status status = WorkPictures(
      options.files, options.workers, request, [&](const std::string& file, const auto& answer) {
        if (options.json) {
          PrintAnswer(*scale, file, answer);
        } else {
          AddRow(table, *scale, file, answer);
        }
        by_mat |=
            answer.ok() && answer->measurement().scale_source() == vision::v1::SCALE_SOURCE_MAT;
      });
  if (!options.json) PrintLine(table.ToString());
  if (!options.json && by_mat && options.thickness_mm == 0) {
    PrintLine(
        "Sizes are those at the mat's height; a face above it is nearer to the camera and measures "
        "larger: --thickness-mm.");
  }
  return status;
}

}  // namespace

void AddGrade(CLI::App& app, Settings& settings) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("grade", "Measure and grade pictures of devices; no server needed");
  command->add_option("FILE", options->files, "Pictures: JPEG, PNG or WebP")->required();
  command->add_flag("--json", options->json, "One line of JSON a file (docs/reference/grade.md)");
  command
      ->add_option("--um-per-px", options->um_per_px,
                   "Micrometres a pixel at the device's surface, where no mat lies under it")
      ->check(CheckUmPerPx);
  command
      ->add_option(
          "--mat", options->mat,
          "The printed mat under the device, phone or tablet; else it is recognised by its "
          "marks")
      ->check(CLI::IsMember({"phone", "tablet"}));
  command->add_option("--face", options->face, "What the pictures show: display, back or side")
      ->check(CLI::IsMember({"display", "back", "side"}));
  command
      ->add_option("--thickness-mm", options->thickness_mm,
                   "How far the device's face lies above the mat")
      ->check(CLI::Range(0.0, 500.0));
  command->add_option("--scale", options->scale,
                      "File of the grading scale; else models/grading/itad-1.toml");
  command->add_option("--workers", options->workers, "Worker processes")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  command->footer(
      "How large a pixel is must be known, else the grade is C0: a printed mat under the device\n"
      "says so (loopdock station calibrate --board phone --sheet mat.pdf), or --um-per-px. A file\n"
      "that cannot be read has its error in its line; the exit code is 0.");
  command->callback([options, &settings] { settings.run = [options] { return Run(*options); }; });
}

}  // namespace loopdock::cli
