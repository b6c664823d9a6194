// SPDX-License-Identifier: Apache-2.0
#include "services/grading/core/agreement.h"

#include <cmath>
#include <cstdlib>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/common/proto_time.h"

namespace loopdock::grading {
namespace {

using inventory::v1::Cosmetic;

constexpr double kTwoSided95 = 1.96;
// Of fewer pairs one more or less turns kappa over.
constexpr int64_t kPairsMin = 10;

bool IsGrade(Cosmetic cosmetic) {
  return cosmetic >= inventory::v1::COSMETIC_C1 && cosmetic <= inventory::v1::COSMETIC_C9;
}

std::string SubjectOf(const v1::Inspection& inspection) {
  std::set<int> faces;
  for (const v1::InspectedPicture& picture : inspection.pictures()) {
    faces.insert(picture.measurement().face());
  }
  return absl::StrCat(inspection.asset(), " ", absl::StrJoin(faces, " "));
}

}  // namespace

void AgreementCounter::Add(Cosmetic first, Cosmetic second) {
  if (!IsGrade(first) || !IsGrade(second)) return;
  ++cells_[static_cast<size_t>(first - inventory::v1::COSMETIC_C1)]
          [static_cast<size_t>(second - inventory::v1::COSMETIC_C1)];
}

v1::Agreement AgreementCounter::ToProto() const {
  v1::Agreement proto;
  proto.set_pair_count_min(kPairsMin);
  std::array<double, kGrades> rows{};
  std::array<double, kGrades> columns{};
  for (size_t i = 0; i < kGrades; ++i) {
    for (size_t j = 0; j < kGrades; ++j) {
      const int64_t count = cells_[i][j];
      if (count == 0) continue;
      const size_t apart = i > j ? i - j : j - i;
      proto.set_pair_count(proto.pair_count() + count);
      if (apart == 0) proto.set_same_count(proto.same_count() + count);
      if (apart <= 1) proto.set_adjacent_count(proto.adjacent_count() + count);
      rows[i] += static_cast<double>(count);
      columns[j] += static_cast<double>(count);
      v1::AgreementCell& cell = *proto.add_cells();
      cell.set_first(static_cast<Cosmetic>(static_cast<size_t>(inventory::v1::COSMETIC_C1) + i));
      cell.set_second(static_cast<Cosmetic>(static_cast<size_t>(inventory::v1::COSMETIC_C1) + j));
      cell.set_count(count);
    }
  }
  if (proto.pair_count() < kPairsMin) return proto;
  const auto pairs = static_cast<double>(proto.pair_count());
  const double same = static_cast<double>(proto.same_count()) / pairs;
  double by_chance = 0;
  double apart_seen = 0;
  double apart_by_chance = 0;
  for (size_t i = 0; i < kGrades; ++i) {
    by_chance += rows[i] * columns[i] / (pairs * pairs);
    for (size_t j = 0; j < kGrades; ++j) {
      const double weight = std::pow(static_cast<double>(i) - static_cast<double>(j), 2);
      apart_seen += weight * static_cast<double>(cells_[i][j]) / pairs;
      apart_by_chance += weight * rows[i] * columns[j] / (pairs * pairs);
    }
  }
  // With one grade only, chance alone agrees fully: kappa says nothing.
  if (1 - by_chance > 1e-12) {
    proto.set_kappa((same - by_chance) / (1 - by_chance));
    // Two pairs more of each kind: with none apart, or none the same, it is not sure either.
    const double likely = (same * pairs + 2) / (pairs + 4);
    proto.set_kappa_half_width(kTwoSided95 * std::sqrt(likely * (1 - likely) / (pairs + 4)) /
                               (1 - by_chance));
  }
  if (apart_by_chance > 1e-12) proto.set_weighted_kappa(1 - apart_seen / apart_by_chance);
  return proto;
}

void AgreementReporter::Add(const v1::Inspection& version) {
  if (version.name() != current_.name) {
    Close();
    current_ = {.name = version.name(),
                .subject = SubjectOf(version),
                .time = common::FromProto(version.create_time()),
                .camera = version.cosmetic()};
  }
  if (version.state() == v1::INSPECTION_STATE_PROPOSED) return;
  if (IsGrade(current_.settled) && current_.grader != version.actor()) {
    graders_.Add(current_.settled, version.cosmetic());
  }
  current_.settled = version.cosmetic();
  current_.grader = version.actor();
}

// Of one asset each inspection is held against the one before it of the same faces.
void AgreementReporter::Close() {
  if (current_.name.empty()) return;
  report_.set_inspection_count(report_.inspection_count() + 1);
  if (IsGrade(current_.camera)) report_.set_graded_count(report_.graded_count() + 1);
  if (IsGrade(current_.settled)) {
    report_.set_settled_count(report_.settled_count() + 1);
    camera_and_graders_.Add(current_.camera, current_.settled);
  }
  const auto [before, first] = latest_.emplace(current_.subject, current_);
  if (first) return;
  if (current_.time - before->second.time <= apart_max_) {
    repeated_.Add(before->second.camera, current_.camera);
    if (before->second.grader != current_.grader) {
      graders_.Add(before->second.settled, current_.settled);
    }
  }
  before->second = current_;
}

v1::AgreementReport AgreementReporter::Finish() {
  Close();
  *report_.mutable_camera_and_graders() = camera_and_graders_.ToProto();
  *report_.mutable_graders() = graders_.ToProto();
  *report_.mutable_camera_repeated() = repeated_.ToProto();
  return std::move(report_);
}

}  // namespace loopdock::grading
