// SPDX-License-Identifier: Apache-2.0
#include "tests/accuracy/rendered_kinds.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "services/grading/core/scale.h"
#include "tests/tools/render/plans.h"

namespace loopdock::accuracy {
namespace {

// Of a mark's middle from the rendered outline.
constexpr double kBesideMm = 2.5;

cv::Point2f MiddleOf(const vision::v1::Defect& defect) {
  std::vector<cv::Point2f> outline;
  for (const auto& at : defect.polygon()) {
    outline.emplace_back(static_cast<float>(at.x()), static_cast<float>(at.y()));
  }
  return outline.empty() ? cv::Point2f(-1e6F, -1e6F) : cv::minAreaRect(outline).center;
}

bool IsThere(const MeasuredShot& shot, const vision::v1::Defect& defect) {
  for (const auto& paths : shot.truth.defects) {
    for (const render::Path& path : paths) {
      const std::vector<cv::Point2f> outline(path.begin(), path.end());
      if (cv::pointPolygonTest(outline, MiddleOf(defect), true) * shot.truth.mm_per_px >
          -kBesideMm) {
        return true;
      }
    }
  }
  return false;
}

bool Has(const MeasuredShot& shot, const KindPlan& plan, double confidence_min, bool there) {
  const auto& defects = shot.measurement.defects();
  return std::any_of(defects.begin(), defects.end(), [&](const vision::v1::Defect& defect) {
    const bool in_zone = plan.zone == vision::v1::ZONE_UNSPECIFIED || plan.zone == defect.zone();
    return in_zone && defect.type() == plan.type && defect.confidence() >= confidence_min &&
           IsThere(shot, defect) == there;
  });
}

}  // namespace

std::vector<KindPlan> KindPlans(int pictures, uint64_t seed) {
  const auto wish = [&](uint64_t kind) {
    return render::PlanWish{.count = pictures, .seed = seed + 1000 * kind};
  };
  return {
      {"chip", vision::v1::DEFECT_TYPE_CHIP, render::PlanChips(wish(0))},
      {"dent", vision::v1::DEFECT_TYPE_DENT, render::PlanDents(wish(1))},
      {"discolouration", vision::v1::DEFECT_TYPE_DISCOLOURATION,
       render::PlanDiscolourations(wish(2))},
      {"wear", vision::v1::DEFECT_TYPE_WEAR, render::PlanWear(wish(3))},
      {"missing_part", vision::v1::DEFECT_TYPE_MISSING_PART, render::PlanMissingParts(wish(4)),
       true},
      {"bezel_scratch", vision::v1::DEFECT_TYPE_SCRATCH, render::PlanBezels(wish(5)), false,
       vision::v1::ZONE_Z2},
  };
}

bool KindFound(const MeasuredShot& shot, const KindPlan& plan, double confidence_min) {
  return Has(shot, plan, confidence_min, true);
}

bool KindFalse(const MeasuredShot& shot, const KindPlan& plan, double confidence_min) {
  const bool rendered =
      std::any_of(shot.shot.defects.begin(), shot.shot.defects.end(), [&](const auto& defect) {
        return render::KindName(defect.kind) == grading::DefectTypeName(plan.type);
      });
  return Has(shot, plan, confidence_min, false) ||
         (!rendered && Has(shot, plan, confidence_min, true));
}

}  // namespace loopdock::accuracy
