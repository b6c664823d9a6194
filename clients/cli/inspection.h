// SPDX-License-Identifier: Apache-2.0
#ifndef LOOPDOCK_CLIENTS_CLI_INSPECTION_H_
#define LOOPDOCK_CLIENTS_CLI_INSPECTION_H_

// What the commands around inspections share: pictures from files, words of the command line,
// inspections for people.
// Thread safety: main's thread only.
// Errors: USAGE for words; those of reading files and of the server.
// Limits: pictures of at most 64 MiB; what is more than 12 MiB together is put as evidence first.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/cli.h"
#include "loopdock/grading/v1/grading.grpc.pb.h"

namespace loopdock::cli {

// What is said about pictures on the command line. Of faces and lights there are none, one for all,
// or one for each file.
struct PictureWords {
  std::vector<std::string> files;
  std::vector<std::string> faces;
  std::vector<std::string> lights;
};

// Reads the files into pictures of a request; large ones go to the evidence store, for `purpose`.
absl::Status AddPictures(const Settings& settings, const client::Connection& connection,
                         const PictureWords& words, const std::string& purpose,
                         google::protobuf::RepeatedPtrField<grading::v1::Picture>* pictures);

// "display", "back" or "side".
absl::StatusOr<vision::v1::Face> FaceOf(const std::string& word);

// "81.2 um a pixel by mat (42 marks)"; "-" without a scale.
std::string ScaleText(const vision::v1::Measurement& measurement);

// The sheets that we print: "chess", "phone" or "tablet".
absl::StatusOr<vision::v1::Board> BoardNamed(const std::string& word);

// "hinge=worn"
absl::Status AddAnswers(const std::vector<std::string>& words,
                        google::protobuf::RepeatedPtrField<grading::v1::ChecklistAnswer>* answers);

// For people, or the message of the API.
absl::Status PrintInspection(const grading::v1::Inspection& inspection, bool json);

// Writes the drawing of every picture that was measured to "FOLDER/000001-1.jpg" and so on.
absl::Status WriteDrawings(const client::Connection& connection,
                           const grading::v1::Inspection& inspection, const std::string& folder);

// Adds show, list, queue, checklist, confirm, override and edit to `inspect`.
void AddReview(CLI::App& inspect, Settings& settings);

// The commands of the inspection room beside `inspect`, as those of cli.h.
void AddStation(CLI::App& app, Settings& settings);
void AddScale(CLI::App& app, Settings& settings);
void AddAgreement(CLI::App& app, Settings& settings);

}  // namespace loopdock::cli

#endif  // LOOPDOCK_CLIENTS_CLI_INSPECTION_H_
